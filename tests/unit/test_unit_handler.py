"""The whole function but the network: the order of its steps, what it raises, what it swallows, what it writes."""

from __future__ import annotations

import io
import itertools
import json
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from custom_sender.channels.sms import Sms
from custom_sender.cognito.decryption import Decryptor
from custom_sender.cognito.triggers import CODE_TRIGGERS
from custom_sender.errors import RetryableError
from custom_sender.guards.ledger import Ledger
from custom_sender.outcome import POLICY, Outcome
from custom_sender.record.metrics import Group
from support import ciphertext
from support.cognito import CLIENT_ID, CODE, OTHER_POOL_ID, PHONE_NUMBER, POOL_ID, make_event
from support.dynamodb import DynamoDb
from support.environment import LEDGER, environment
from support.function import REQUEST_ID, Context, Function
from support.kms import Kms
from support.logs import lambda_log
from support.senders import CodesOnlySender, RecordingTransport, ScriptedSender

PASSWORD = "Zr9<p!q&x"
TRIGGERS = [*sorted(CODE_TRIGGERS), "AccountTakeOverNotification", "SomethingFromTheFuture"]


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_trigger_ends_in_a_message_with_the_code(function: Function, trigger: str) -> None:
    assert function(make_event(trigger, code=function.kms.code())) == {"outcome": "SENT", "sender": "scripted"}
    (request,) = function.transport.requests
    assert request.body.startswith(f"{PHONE_NUMBER} ".encode())
    assert CODE.encode() in request.body
    assert function.line["outcome"] == "SENT"
    assert function.line["trigger"] == trigger


def test_what_the_text_cost_is_in_the_log(function: Function) -> None:
    function(make_event(code=function.kms.code()))
    assert (function.line["segments"], function.line["encoding"]) == (1, "GSM-7")


def test_a_second_part_is_in_the_log_too(function: Function) -> None:
    function.messages = {"templates": {"en": {"default": "$code " + "ê" * 70}}}
    function(make_event(code=function.kms.code()))
    assert (function.line["segments"], function.line["encoding"]) == (2, "UCS-2")


def test_a_user_name_costs_no_second_part(function: Function) -> None:
    function.messages = {"templates": {"en": {"default": "Hi $username, $code"}}}
    function(make_event(code=function.kms.code(), userName="👍" * 64))
    assert function.line["segments"] == 1


def test_the_log_line_of_a_sent_message(function: Function) -> None:
    function(make_event(code=function.kms.code()))
    line = function.line
    (attempt,) = line["attempts"]
    assert line["request_id"] == REQUEST_ID
    assert (line["user_pool_id"], line["client_id"]) == (POOL_ID, CLIENT_ID)
    assert line["destination"] == "+49*********78"
    assert line["country"] == "DE"
    assert line["sender"] == "scripted"
    assert isinstance(line["milliseconds"], int)
    assert (attempt["sender"], attempt["outcome"], attempt["message_id"], attempt["provider_code"]) == (
        "scripted",
        "SENT",
        "SM0001",
        "20001",
    )


def test_a_temporary_password_is_unescaped(function: Function) -> None:
    function(make_event("AdminCreateUser", code=function.kms.code("Zr9&lt;p!q&amp;x")))
    assert PASSWORD.encode() in function.transport.requests[0].body


def test_a_notice_without_a_code_costs_no_kms_call(function: Function) -> None:
    calls = function.kms.decrypt_calls()
    assert function(make_event("AccountTakeOverNotification", code=None))["outcome"] == "SENT"
    assert calls == []
    assert b"Unusual activity" in function.transport.requests[0].body


def test_a_clock_that_is_set_back_makes_no_negative_duration(function: Function) -> None:
    """CloudWatch would take it as it is, and a percentile of it is worth nothing."""
    times = itertools.count(1_732_270_000.0, -1.0)
    function.clock = lambda: next(times)
    assert function(make_event(code=function.kms.code()))["outcome"] == "SENT"
    names = ("milliseconds", "decrypt_milliseconds", "send_milliseconds")
    assert [function.line[name] for name in names] == [0, 0, 0]


def test_a_call_without_a_lambda_context_works(function: Function) -> None:
    assert function.handler()(make_event(code=function.kms.code()))["outcome"] == "SENT"


class TestRoutes:
    @pytest.mark.parametrize(
        ("number", "route", "sender"), [("+436641234567", "AT", "other"), (PHONE_NUMBER, "default", "scripted")]
    )
    def test_the_number_s_country_picks_the_route(
        self, function: Function, number: str, route: str, sender: str
    ) -> None:
        function.others = {"other": ScriptedSender()}
        function.routes = {"default": ("scripted", "other"), "AT": ("other",)}
        event = make_event(code=function.kms.code())
        event["request"]["userAttributes"]["phone_number"] = number
        assert function(event) == {"outcome": "SENT", "sender": sender}
        assert (function.line["route"], "reordered" in function.line) == (route, False)

    def test_a_sender_that_keeps_failing_is_asked_last_in_this_process(self, function: Function) -> None:
        function.sender = ScriptedSender(Outcome.PROVIDER_DOWN)
        function.others = {"other": ScriptedSender()}
        function.routes = {"default": ("scripted", "other")}
        handler = function.handler()
        for _ in range(4):
            function.log.truncate(function.log.seek(0))
            assert handler(make_event(code=function.kms.code()), Context())["sender"] == "other"
        assert [attempt["sender"] for attempt in function.line["attempts"]] == ["other"]
        assert function.line["reordered"] is True
        handler.forget()
        function.log.truncate(function.log.seek(0))
        handler(make_event(code=function.kms.code()), Context())
        assert [attempt["sender"] for attempt in function.line["attempts"]] == ["scripted", "other"]

    def test_a_password_that_no_sender_of_the_route_can_carry_is_an_error_in_the_log(self, function: Function) -> None:
        function.others = {"codes": CodesOnlySender()}
        function.routes = {"default": ("codes",)}
        event = make_event("AdminCreateUser", code=function.kms.code(PASSWORD))
        assert function(event) == {"outcome": "PROVIDER_CONFIG", "sender": None}
        line = function.line
        assert (line["level"], line["skipped"], "attempts" in line) == ("ERROR", ["codes"], False)
        assert "add a sender that sends texts to the route" in line["detail"]
        assert function.transport.requests == []


class TestScreening:
    """What must not be sent is stopped before anything is paid for."""

    @pytest.mark.parametrize(
        ("number", "outcome"),
        [
            ("+33612345678", Outcome.BLOCKED_COUNTRY),
            ("+12015550123", Outcome.BLOCKED_COUNTRY),
            ("+881612345678", Outcome.BLOCKED_COUNTRY),
            ("+79161234567", Outcome.BLOCKED_COUNTRY),
            ("015112345678", Outcome.REJECTED_NUMBER),
            ("+49 151 123", Outcome.REJECTED_NUMBER),
            ("+1", Outcome.REJECTED_NUMBER),
            ("+123", Outcome.REJECTED_NUMBER),
            ("", Outcome.REJECTED_NUMBER),
            ("+49" + "1" * 40, Outcome.REJECTED_NUMBER),
            ("+49151\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT THREE}", Outcome.REJECTED_NUMBER),
        ],
    )
    def test_a_number_that_gets_no_message_is_refused_without_asking_anybody(
        self, function: Function, number: str, outcome: Outcome
    ) -> None:
        event = make_event(code=function.kms.code(), attributes={"phone_number": number})
        calls = function.kms.decrypt_calls()
        assert function(event) == {"outcome": outcome, "sender": None}
        assert calls == []
        assert function.transport.requests == []
        assert not number or number not in function.log.getvalue()

    @pytest.mark.parametrize("trigger", sorted(CODE_TRIGGERS))
    def test_a_trigger_that_is_its_code_without_one(self, function: Function, trigger: str) -> None:
        assert function(make_event(trigger, code=None))["outcome"] == "BAD_EVENT"
        assert function.line["detail"].startswith("request.code is null")

    @pytest.mark.parametrize("raw", [None, [], {}, "x", make_event(userPoolId=5), make_event(code=7)])
    def test_what_is_no_event_of_ours(self, function: Function, raw: Any) -> None:
        assert function(raw) == {"outcome": "BAD_EVENT", "sender": None}

    def test_an_event_of_a_channel_that_is_off_says_what_to_do(self, function: Function) -> None:
        event = make_event(triggerSource="CustomEmailSender_SignUp", request={"type": "customEmailSenderRequestV1"})
        assert function(event | {"request": {**event["request"], "code": "AYAD"}})["outcome"] == "CHANNEL_OFF"
        assert "names this function for email, which the module has switched off" in function.line["detail"]


class TestDecryption:
    def test_undecryptable_is_counted_and_swallowed(
        self, function: Function, capsys: pytest.CaptureFixture[str]
    ) -> None:
        event = make_event(code=function.kms.code(user_pool_id=OTHER_POOL_ID))
        assert function(event) == {"outcome": "UNDECRYPTABLE", "sender": None}
        assert function.line["reason"] == "OTHER_POOL"
        assert json.loads(capsys.readouterr().out.splitlines()[0])["UNDECRYPTABLE"] == [1.0]
        assert function.transport.requests == []

    @pytest.mark.parametrize(
        ("kms_code", "reason", "says"),
        [
            ("AccessDeniedException", "ACCESS_DENIED", "grant"),
            ("DisabledException", "KEY_NOT_USABLE", "disabled"),
            ("ThrottlingException", "THROTTLED", "throttled"),
        ],
    )
    def test_unavailable_is_raised_and_says_where_to_look(
        self, function: Function, kms_code: str, reason: str, says: str
    ) -> None:
        event = make_event(code=function.kms.code())
        function.kms.answers(kms_code)
        error = function.raises(event)
        assert says in str(error)
        assert function.kms.key_arn in str(error)
        line = function.line
        assert (line["outcome"], line["reason"], line["kms_code"]) == ("DECRYPT_UNAVAILABLE", reason, kms_code)
        assert line["kms_key_arn"] == function.kms.key_arn


@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_is_raised_and_what_is_swallowed_follows_the_policy(function: Function, outcome: Outcome) -> None:
    """Whatever a sender's answer may end as: with no sender left, the table decides."""
    function.sender = ScriptedSender(outcome)
    event = make_event(code=function.kms.code())
    if POLICY[outcome].retry:
        assert "no sender could take the message now" in str(function.raises(event))
    else:
        assert function(event)["outcome"] == outcome
    assert function.line["outcome"] == outcome
    assert len(function.transport.requests) == 1


class TestOutcomePolicy:
    """The table outcome by {failover, retry, final}, as docs/protection.md prints it."""

    TABLE = {  # noqa: RUF012
        "SENT": (False, False, True),
        "DUPLICATE": (False, False, True),
        "IN_PROGRESS": (False, True, False),
        "EXPIRED": (False, False, True),
        "BLOCKED_COUNTRY": (False, False, True),
        "BLOCKED_VELOCITY": (False, False, True),
        "BLOCKED_BY_PROVIDER": (False, False, True),
        "REJECTED_NUMBER": (False, False, True),
        "OPTED_OUT": (False, False, True),
        "PROVIDER_CONFIG": (True, False, True),
        "PROVIDER_QUOTA": (True, False, True),
        "PROVIDER_THROTTLED": (True, True, False),
        "PROVIDER_DOWN": (True, True, False),
        "AMBIGUOUS": (True, False, True),
        "UNDECRYPTABLE": (False, False, True),
        "DECRYPT_UNAVAILABLE": (False, True, False),
        "LEDGER_UNAVAILABLE": (False, True, False),
        "BAD_EVENT": (False, False, True),
        "BAD_CONFIGURATION": (False, True, False),
        "CHANNEL_OFF": (False, False, True),
        "BLOCKED_DOMAIN": (False, False, True),
        "REJECTED_ADDRESS": (False, False, True),
        "NO_ADDRESS": (False, False, True),
    }

    def test_the_table_covers_every_outcome(self) -> None:
        assert set(POLICY) == set(Outcome)
        assert set(self.TABLE) == {outcome.value for outcome in Outcome}

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_an_outcome_s_failover_retry_and_end_are_as_the_table_says(self, outcome: Outcome) -> None:
        policy = POLICY[outcome]
        assert (policy.failover, policy.retry, policy.final) == self.TABLE[outcome]

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_what_is_retried_is_not_final(self, outcome: Outcome) -> None:
        assert POLICY[outcome].retry is not POLICY[outcome].final


def _leaky(message: str) -> Exception:
    """An exception such as a library could raise: the secret in its text, its arguments, its notes and its cause."""
    error = KeyError(message, {"body": message})
    error.add_note(message)
    error.__cause__ = ValueError(message)
    return error


SECRETS = f"{CODE} {PASSWORD} {PHONE_NUMBER} jane.roe@customer.example"


class TestUnexpectedErrors:
    """Nobody foresaw them, so nobody knows what is in them."""

    @pytest.mark.parametrize(
        ("room", "step"),
        [(Sms, "recipient"), (Decryptor, "decrypt"), (Sms, "carried"), (Sms, "messages")],
        ids=lambda value: getattr(value, "__name__", value),
    )
    def test_any_step_may_fail_and_the_message_is_raised_for_a_retry(
        self,
        function: Function,
        room: type,
        step: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise _leaky(SECRETS)

        monkeypatch.setattr(room, step, fail)
        error = function.raises(make_event(code=function.kms.code()))
        assert str(error).startswith("unexpected error; this request's log line has its class")
        line = function.line
        assert (line["outcome"], line["error_type"]) == ("UNEXPECTED_ERROR", "KeyError")
        assert line["error_at"].startswith("pipeline.py:")
        assert json.loads(capsys.readouterr().out.splitlines()[0])["UNEXPECTED_ERROR"] == [1.0]

    def test_the_place_is_the_deepest_of_ours(self, function: Function) -> None:
        function.sender = ScriptedSender(build_error=_leaky(SECRETS))
        function.raises(make_event(code=function.kms.code()))
        assert function.line["error_at"].startswith("delivery/failover.py:")

    def test_a_telemetry_that_fails_does_not_send_twice(self, function: Function) -> None:
        function.log.close()
        assert function(make_event(code=function.kms.code()))["outcome"] == "SENT"


def _everything(kms: Kms) -> dict[str, tuple[Any, ScriptedSender, Callable[[], None]]]:
    """Every way in which a message can end: event, sender, what the transport does."""
    good = kms.code()
    quiet = ScriptedSender()

    def nothing() -> None:
        return

    def explode() -> None:
        raise _leaky(SECRETS)

    ways: dict[str, tuple[Any, ScriptedSender, Callable[[], None]]] = {
        f"sender says {outcome}": (make_event(code=good), ScriptedSender(outcome), nothing) for outcome in Outcome
    }
    return ways | {
        "password": (make_event("AdminCreateUser", code=kms.code("Zr9&lt;p!q&amp;x")), quiet, nothing),
        "notice": (make_event("AccountTakeOverNotification"), quiet, nothing),
        "no code": (make_event(), quiet, nothing),
        "country": (make_event(code=good, attributes={"phone_number": "+33612345678"}), quiet, nothing),
        "number": (make_event(code=good, attributes={"phone_number": PHONE_NUMBER + " "}), quiet, nothing),
        "number in the wrong field": (
            make_event(code=PHONE_NUMBER, userPoolId=PHONE_NUMBER, callerContext={"clientId": PHONE_NUMBER}),
            quiet,
            nothing,
        ),
        "number in the trigger": (make_event(CODE, code=good, userName=SECRETS), quiet, nothing),
        "code not encrypted": (make_event(code=CODE), quiet, nothing),
        "other pool": (make_event(code=kms.code(user_pool_id=OTHER_POOL_ID)), quiet, nothing),
        "other key": (make_event(code=kms.code(key_arn=kms.other_key_arn)), quiet, nothing),
        "altered": (make_event(code=ciphertext.altered(good, -1)), quiet, nothing),
        "transport fails": (make_event(code=good), quiet, explode),
        "sender fails": (make_event(code=good), ScriptedSender(build_error=_leaky(SECRETS)), nothing),
        "e-mail": (make_event(triggerSource="CustomEmailSender_SignUp", request={"type": None}), quiet, nothing),
        "no event": (SECRETS, quiet, nothing),
    }


def test_nothing_that_is_written_has_a_code_a_number_or_a_person_in_it(
    function: Function, dynamodb: DynamoDb, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every outcome, at the level that writes most: log, metrics, standard output and error, the ledger's table,
    the return value, the exception with all that hangs on it, and what Lambda would make of it."""
    function.monitoring = replace(function.monitoring, log_level="DEBUG", debug_sample_rate=1.0)
    private = (
        CODE,
        PASSWORD,
        PASSWORD.replace("<", "&lt;"),
        PHONE_NUMBER[1:],
        "33612345678",
        "jane",
        "customer.example",
    )
    endings = set()
    chained = []
    function.dynamodb = dynamodb
    for name, (raw, sender, before) in _everything(function.kms).items():
        function.sender, function.transport = sender, RecordingTransport(before)
        function.log = io.StringIO()
        dynamodb.clear()
        returned, raised = None, ""
        try:
            with lambda_log() as printed:
                returned = function(raw)
        except RetryableError as error:
            frames = traceback.extract_tb(error.__traceback__)
            chained += [error.__cause__, error.__context__]
            raised = "".join(traceback.format_exception(error)) + repr(vars(error)) + repr(frames)
        endings.add(json.loads(function.log.getvalue().splitlines()[-1])["outcome"])
        logged = f"{function.log.getvalue()}{printed.getvalue()}{capfd.readouterr()}"
        written = f"{logged}{returned}{raised}{dynamodb.items()}"
        for secret in private:
            assert secret not in written.replace(function.kms.key_arn, ""), name
    assert set(chained) == {None}, "a chained exception keeps what it was raised for"
    assert endings == {*Outcome, "UNEXPECTED_ERROR"}, "every ending was seen"


def test_each_step_has_a_line_of_its_own_while_debugging(function: Function, dynamodb: DynamoDb) -> None:
    """Of a function that is killed, nothing else is left."""
    function.monitoring = replace(function.monitoring, log_level="DEBUG")
    dynamodb.clear()
    function.dynamodb = dynamodb
    function(make_event(code=function.kms.code()))
    *steps, _ = function.lines
    assert [line["step"] for line in steps] == ["screen", "decrypt", "claim", "compose", "deliver", "finish"]
    assert {line["request_id"] for line in steps} == {REQUEST_ID}


@pytest.mark.parametrize("header", ["Root=1-{:08x}-bd862e3fe1be46a994272793", "nonsense", None])
def test_the_trace_header_of_the_running_invocation_tells_the_age(
    module: ModuleType, header: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda's runtime sets it for each invocation."""
    handler = module.create(environment())
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    if header is not None:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", header.format(int(time.time()) - 5000))
    event = make_event("Authentication", code="not base64")
    expected = "EXPIRED" if header is not None and "Root" in header else "UNDECRYPTABLE"
    assert handler(event)["outcome"] == expected


def test_with_a_table_the_handler_has_a_ledger(module: ModuleType) -> None:
    assert module.create(environment()).tools.ledger is None
    environ = environment(references=LEDGER)
    assert isinstance(module.create(environ).tools.ledger, Ledger)


def test_an_allowed_range_is_counted_like_a_country(module: ModuleType) -> None:
    settings = module.create(environment({"sms": {"allowed_ranges": ["international_networks"]}})).tools.settings
    assert settings.groups == {"sms": Group("country", frozenset({"DE", "US", "+882", "+883"}))}


def test_the_environment_makes_a_handler(module: ModuleType) -> None:
    handler = module.create(environment())
    assert handler.tools.settings.name == "acme-login"
    assert handler.tools.decryptor is not module.handler.tools.decryptor
    assert isinstance(module.handler, module.Handler)
