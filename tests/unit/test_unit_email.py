"""E-mail through the whole pipeline: who gets a mail, who gets none, and what is counted and written of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from custom_sender.channels.email import Email
from custom_sender.channels.sms import Limits as TextLimits
from custom_sender.cognito.triggers import KNOWN_TRIGGERS
from custom_sender.guards.limits import Limit, Mode
from custom_sender.guards.protection import Testers
from custom_sender.outcome import Outcome
from support import emf, refusals
from support.cognito import CODE, make_event
from support.configured import email
from support.dynamodb import DynamoDb
from support.function import Function
from support.published import EVENTS
from support.senders import MailSender

ADDRESS = "jane.roe@customer.example"
LIMIT = {"max": 1000, "per_seconds": 3600, "mode": "enforce"}
LIMITS: Mapping[str, Any] = {"address": LIMIT, "domain": LIMIT, "overall": LIMIT}
NOTICES = [event for event in EVENTS if event["triggerSource"].endswith("AccountTakeOverNotification")]


def channel(content: Mapping[str, Any] | None = None, **more: Any) -> Email:
    return email(content, senders=("first", "second"), **more)


def event(function: Function, trigger: str = "SignUp", **attributes: Any) -> dict[str, Any]:
    request = {"type": "customEmailSenderRequestV1"}
    source = f"CustomEmailSender_{trigger}"
    code = function.kms.code()
    return make_event(trigger, code=code, request=request, attributes=attributes, triggerSource=source)


@pytest.fixture
def function(function: Function, dynamodb: DynamoDb) -> Function:
    dynamodb.clear()
    function.dynamodb = dynamodb
    function.channels = {"email": channel()}
    function.others = {"first": MailSender(), "second": MailSender(host="second.example")}
    return function


class TestSending:
    @pytest.mark.parametrize("trigger", [*sorted(KNOWN_TRIGGERS - {"AccountTakeOverNotification"}), "StepUp"])
    def test_a_mail_of_every_trigger_goes_to_its_address_with_the_code(self, function: Function, trigger: str) -> None:
        assert function(event(function, trigger))["outcome"] == "SENT"
        (request,) = function.transport.requests
        assert ADDRESS in request.url
        assert CODE in request.body.decode()

    def test_it_is_written_and_counted_by_its_domain_without_the_address(
        self, function: Function, capsys: pytest.CaptureFixture[str]
    ) -> None:
        function(event(function, email="jane.roe@gmail.com"))
        line, written = function.line, capsys.readouterr().out
        assert (line["channel"], line["destination"], line["domain"]) == ("email", "j***@g***", "gmail.com")
        assert "country" not in line
        totals = emf.totals(written)
        assert totals["Sent", "gmail.com"] == totals["Sent", "email"] == 1
        assert "jane" not in written + function.log.getvalue()

    def test_a_company_s_domain_is_not_written(self, function: Function, capsys: pytest.CaptureFixture[str]) -> None:
        function(event(function))
        assert function.line["domain"] == "other"
        assert "customer" not in capsys.readouterr().out + function.log.getvalue()

    def test_it_fails_over_and_is_sent_once(self, function: Function) -> None:
        function.others["first"] = MailSender(Outcome.PROVIDER_DOWN)
        one = event(function)
        assert function(one) == {"outcome": "SENT", "sender": "second"}
        assert function(one)["outcome"] == "DUPLICATE"

    def test_the_other_channel_goes_on_beside_it(self, function: Function) -> None:
        assert function(make_event(code=function.kms.code()))["outcome"] == "SENT"
        assert function.line["country"] == "DE"

    def test_a_domain_with_a_route_of_its_own_takes_it(self, function: Function) -> None:
        function.channels = {"email": channel({"routes": {"default": ["first"], "customer.example": ["second"]}})}
        assert function(event(function)) == {"outcome": "SENT", "sender": "second"}
        assert function(event(function, email="joe@else.example")) == {"outcome": "SENT", "sender": "first"}
        assert [line["route"] for line in function.lines] == ["customer.example", "default"]


class TestWhoGetsNothing:
    @pytest.mark.parametrize(
        ("address", "outcome"),
        [
            ("jane", "REJECTED_ADDRESS"),
            ("jane@stra\u00dfe.example", "REJECTED_ADDRESS"),
            ("jane@customer.example\r\nBcc: joe@else.example", "REJECTED_ADDRESS"),
            ("jane@Blocked.example", "BLOCKED_DOMAIN"),
            ("jane@else.example", "BLOCKED_DOMAIN"),
            ("jane@sub.customer.example", "BLOCKED_DOMAIN"),
        ],
    )
    def test_an_address_that_is_none_or_of_another_domain(
        self, function: Function, address: str, outcome: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        function.channels = {
            "email": channel(
                {
                    "allowed_domains": ["customer.example", "blocked.example"],
                    "blocked_domains": ["blocked.example"],
                }
            )
        }
        calls = function.kms.decrypt_calls()
        assert function(event(function, email=address)) == {"outcome": outcome, "sender": None}
        assert (function.transport.requests, calls) == ([], [])
        assert address not in capsys.readouterr().out + function.log.getvalue()

    def test_without_an_address_there_is_nobody(self, function: Function) -> None:
        assert function(event(function, email=None))["outcome"] == "BAD_EVENT"

    @pytest.mark.parametrize("notice", NOTICES)
    def test_a_takeover_notice_has_no_address_and_says_so(
        self, function: Function, capsys: pytest.CaptureFixture[str], notice: dict[str, Any]
    ) -> None:
        assert function(notice) == {"outcome": "NO_ADDRESS", "sender": None}
        assert function.line["level"] == "ERROR"
        written = capsys.readouterr().out + function.log.getvalue()
        assert emf.totals(written)["NO_ADDRESS",] == 1
        assert [secret for secret in notice["request"]["userAttributes"].values() if secret and secret in written] == []

    def test_one_that_is_off_is_named_and_costs_no_kms_call(self, function: Function) -> None:
        function.channels = {}
        calls = function.kms.decrypt_calls()
        assert function(event(function)) == {"outcome": "CHANNEL_OFF", "sender": None}
        assert (function.line["level"], function.line["channel"], calls) == ("ERROR", "email", [])


class TestLimits:
    def limited(self, function: Function, **limits: Mapping[str, Any]) -> None:
        function.channels = {"email": channel({"limits": {**LIMITS, **limits}})}

    def sent_to(self, function: Function, *addresses: str) -> list[tuple[str, str | None]]:
        outcomes = [function(event(function, email=address))["outcome"] for address in addresses]
        return [(outcome, line.get("reason")) for outcome, line in zip(outcomes, function.lines, strict=True)]

    def test_every_way_to_write_a_mailbox_is_counted_as_one(self, function: Function) -> None:
        self.limited(function, address={**LIMIT, "max": 2})
        addresses = ("jane.roe@gmail.com", "JaneRoe+1@googlemail.com", "janeroe@gmail.com", "joe@gmail.com")
        found = self.sent_to(function, *addresses)
        assert found == [("SENT", None), ("SENT", None), ("BLOCKED_VELOCITY", "address"), ("SENT", None)]
        assert [request.url.rpartition("/")[2] for request in function.transport.requests] == [
            addresses[0],
            addresses[1],
            addresses[3],
        ], "a mail goes to what the user typed"

    def test_a_domain_is_limited_unless_it_is_public_or_exempt(self, function: Function) -> None:
        self.limited(function, domain={**LIMIT, "max": 1, "exempt": ["acme.com"]})
        assert self.sent_to(
            function, *("a@one.example", "b@One.example", "a@acme.com", "b@acme.com", "a@gmail.com", "b@gmail.com")
        ) == [("SENT", None), ("BLOCKED_VELOCITY", "domain"), *[("SENT", None)] * 4]

    def test_all_mails_together_are_limited_apart_from_text_messages(self, function: Function) -> None:
        self.limited(function, overall={**LIMIT, "max": 1})
        function.sms = {"limits": TextLimits(overall=Limit(1, 3600, Mode.ENFORCE))}
        assert function(event(function))["outcome"] == "SENT"
        assert function(event(function, email="b@other.example"))["outcome"] == "BLOCKED_VELOCITY"
        assert function(make_event(code=function.kms.code()))["outcome"] == "SENT"

    def test_the_table_has_no_address_and_no_domain(self, function: Function, dynamodb: DynamoDb) -> None:
        self.limited(function)
        function(event(function))
        stored = repr(dynamodb.items())
        assert "e#" in stored
        assert "customer" not in stored
        assert "jane" not in stored


class TestTesters:
    @pytest.mark.parametrize("address", ["qa@acme.com", "QA@Acme.com", "anybody@test.acme.com"])
    def test_their_mails_go_to_one_sender_whatever_is_blocked(self, function: Function, address: str) -> None:
        testers = Testers("second", frozenset({"qa@acme.com"}), domains=frozenset({"test.acme.com"}))
        blocked = {"blocked_domains": ["acme.com", "test.acme.com"]}
        function.channels = {"email": channel(blocked, testers=testers)}
        assert function(event(function, email=address)) == {"outcome": "SENT", "sender": "second"}
        assert function.line["test_recipient"] is True


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"from": None}, "email.from: "),
        ({"from": "Acme"}, "email.from: "),
        ({"from": "Acme\r\nBcc: x <login@acme.com>"}, "email.from: "),
        ({"reply_to": "nobody"}, "email.reply_to: "),
        ({"routes": None}, "email.routes: an object"),
        ({"routes": {"acme.com": ["first"]}}, 'email.routes: "default", for all domains that have none of their own'),
        ({"routes": {"default": []}}, "email.routes.default: a list"),
        ({"routes": {"default": ["new"]}}, "email.routes.default: senders among first, second. Got: new"),
        ({"routes": {"default": ["first"], "Acme.com": ["first"]}}, 'email.routes: "default", or a domain in small'),
        ({"allowed_domains": ["@acme.com"]}, "email.allowed_domains: a domain in small letters"),
        ({"blocked_domains": ["m\u00fcnchen.example"]}, "email.blocked_domains: a domain in small letters"),
        ({"limits": {**LIMITS, "address": None}}, "email.limits.address: an object"),
        ({"limits": {**LIMITS, "domain": {**LIMIT, "exempt": ["x"]}}}, "email.limits.domain.exempt: a domain in small"),
        ({"limits": {**LIMITS, "number": LIMIT}}, "email.limits: an object with address, domain, overall. Got: number"),
        ({"color": "red"}, "email: an object with "),
    ],
)
def test_what_is_wrong_of_the_settings_is_named_with_the_fix(content: dict[str, Any], says: str) -> None:
    assert refusals.refused(lambda: channel(content), content).startswith(says)
