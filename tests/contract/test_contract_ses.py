"""Amazon SES, version 2. Contract: providers/ses.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import ADDRESS, CODE, HTML, IDENTITY_ARN, REGION, SUBJECT, TEXT, Doubles, Rig
from custom_sender.message import MAIL_HEADERS
from custom_sender.outcome import Outcome
from localaws.providers import ses
from localaws.providers.wire import Request

UNVERIFIED = "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: "


def received(rig: Rig, doubles: Doubles) -> ses.Mail:
    found = ses.read(rig.server.requests[-1], REGION, doubles.ses)
    assert isinstance(found, ses.Mail), found
    return found


def parameters(rig: Rig) -> Any:
    return json.loads(rig.server.requests[-1].body)


def test_a_mail_goes_out_as_text_and_html_with_headers_that_silence_automatic_answers(
    start: StartRig, doubles: Doubles
) -> None:
    rig = start("ses")
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert str(delivery.attempts[0].message_id).startswith("0107")
    assert received(rig, doubles) == ses.Mail(
        to=ADDRESS,
        sender="Acme Größe <login@acme.example>",
        reply_to="help@acme.example",
        subject=SUBJECT,
        text=TEXT,
        html=HTML,
        headers=MAIL_HEADERS,
        suppressed=False,
    )


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", "login@acme.example"),
        ("Acme Inc.", "Acme Inc. <login@acme.example>"),
        ('Acme, "the" AG', '"Acme, \\"the\\" AG" <login@acme.example>'),
        ("Größe", "=?utf-8?b?R3LDtsOfZQ==?= <login@acme.example>"),
    ],
)
def test_the_sender_s_name_is_written_in_seven_bits(name: str, written: str, start: StartRig) -> None:
    rig = start("ses")
    assert rig.deliver(from_name=name).outcome is Outcome.SENT
    assert parameters(rig)["FromEmailAddress"] == written


def test_an_encoded_word_of_a_long_name_has_at_most_75_characters(start: StartRig, doubles: Doubles) -> None:
    """RFC 2047 section 2."""
    rig = start("ses")
    name = "Größere Österreichische Übermittlungsgesellschaft für Anmeldungen"
    assert rig.deliver(from_name=name).outcome is Outcome.SENT
    assert max(map(len, parameters(rig)["FromEmailAddress"].split(" "))) <= 75
    assert received(rig, doubles).sender == f"{name} <login@acme.example>"


def test_the_identity_s_region_is_sent_from_and_account_set_and_tenant_are_named(
    start: StartRig, doubles: Doubles
) -> None:
    arn = "arn:aws:ses:us-east-1:210987654321:identity/login@acme.example"
    doubles.ses.identities = {arn}
    rig = start("ses", identity_arn=arn, tenant="acme")
    rig.deliver(reply_to=None)
    found = ses.read(rig.server.requests[-1], "us-east-1", doubles.ses)
    assert isinstance(found, ses.Mail), found
    assert found.reply_to is None
    named = {name: parameters(rig).get(name) for name in ("ConfigurationSetName", "TenantName")}
    assert named == {"ConfigurationSetName": "login", "TenantName": "acme"}
    assert parameters(rig)["FromEmailAddressIdentityArn"] == arn


@pytest.mark.parametrize(
    ("code", "text", "outcome", "problem"),
    [
        ("TooManyRequestsException", "Maximum sending rate exceeded.", Outcome.PROVIDER_THROTTLED, None),
        ("ThrottlingException", "Maximum sending rate exceeded.", Outcome.PROVIDER_THROTTLED, None),
        ("ThrottlingException", "Daily message quota exceeded.", Outcome.PROVIDER_QUOTA, None),
        ("LimitExceededException", "refused", Outcome.PROVIDER_QUOTA, None),
        ("SendingPausedException", "refused", Outcome.PROVIDER_CONFIG, "sending is paused"),
        ("AccountSuspendedException", "refused", Outcome.PROVIDER_CONFIG, "suspended the account"),
        ("MailFromDomainNotVerifiedException", "refused", Outcome.PROVIDER_CONFIG, None),
        ("NotFoundException", "Configuration set <x> does not exist.", Outcome.PROVIDER_CONFIG, None),
        ("AccessDeniedException", "not authorized", Outcome.PROVIDER_CONFIG, None),
        ("MessageRejected", f"{UNVERIFIED}Acme <login@acme.example>", Outcome.PROVIDER_CONFIG, "identity that sends"),
        ("MessageRejected", UNVERIFIED + ADDRESS, Outcome.PROVIDER_CONFIG, "sandbox"),
        ("MessageRejected", f"{UNVERIFIED}jane.acme.example@gmail.com", Outcome.PROVIDER_CONFIG, "sandbox"),
        ("MessageRejected", f"{UNVERIFIED}x@other.example", Outcome.PROVIDER_CONFIG, "of another identity"),
        ("MessageRejected", "The message has invalid content", Outcome.PROVIDER_CONFIG, None),
        ("BadRequestException", "Missing final '@domain'", Outcome.REJECTED_ADDRESS, None),
        ("BadRequestException", "Local address contains dot-dot", Outcome.REJECTED_ADDRESS, None),
        ("BadRequestException", "Domain ends with dot", Outcome.REJECTED_ADDRESS, None),
        ("BadRequestException", "Header not allowed", Outcome.PROVIDER_CONFIG, "email.from must be an address"),
        ("InternalServerError", "busy", Outcome.AMBIGUOUS, None),
        ("ServiceUnavailable", "busy", Outcome.PROVIDER_DOWN, None),
    ],
)
def test_an_error_means_what_its_code_and_its_text_say_and_the_text_goes_nowhere(
    code: str, text: str, outcome: Outcome, problem: str | None, start: StartRig
) -> None:
    rig = start("ses")
    rig.server.script.append(ses.error(code, f"{text} {ADDRESS} {CODE}"))
    (attempt,) = rig.deliver().attempts
    assert (attempt.outcome, attempt.provider_code) == (outcome, code)
    assert (problem or "") in (attempt.problem or "")
    assert (attempt.problem is None) is (problem is None)
    assert ADDRESS not in repr(attempt)
    assert CODE not in repr(attempt)


class TestTheDouble:
    """As strict as AWS: these are the set-ups that go wrong there."""

    def test_an_identity_that_is_not_verified_is_refused(self, start: StartRig, doubles: Doubles) -> None:
        doubles.ses.identities = set()
        (attempt,) = start("ses").deliver().attempts
        assert attempt.provider_code == "MessageRejected"
        assert "identity that sends" in str(attempt.problem)

    def test_a_sender_of_another_domain_than_the_identity_s_is_refused(self, start: StartRig, doubles: Doubles) -> None:
        arn = IDENTITY_ARN.replace("acme.example", "other.example")
        doubles.ses.identities = {arn}
        assert start("ses", identity_arn=arn).deliver().outcome is Outcome.PROVIDER_CONFIG

    def test_a_configuration_set_or_a_tenant_that_is_not_there_is_refused(self, start: StartRig) -> None:
        for changes in ({"configuration_set": "other"}, {"tenant": "other"}):
            (attempt,) = start("ses", **changes).deliver().attempts
            assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_CONFIG, "NotFoundException")

    def test_the_sandbox_sends_to_verified_recipients_only(self, start: StartRig, doubles: Doubles) -> None:
        doubles.ses.sandbox = True
        rig = start("ses")
        assert "sandbox" in str(rig.deliver().attempts[0].problem)
        assert rig.deliver(to="qa@acme.example").outcome is Outcome.SENT

    def test_a_suppressed_recipient_is_accepted_and_dropped(self, start: StartRig, doubles: Doubles) -> None:
        doubles.ses.suppressed = {ADDRESS.lower()}
        rig = start("ses")
        assert rig.deliver().outcome is Outcome.SENT
        assert received(rig, doubles).suppressed

    def test_an_address_that_is_none_is_the_recipient_s_fault(self, start: StartRig) -> None:
        rig = start("ses")
        for address in ("jane", "jane..doe@example.net", "jane@exa_mple", "jäne@example.net"):
            assert rig.deliver(to=address).outcome is Outcome.REJECTED_ADDRESS

    def test_what_a_request_of_ours_never_is_gets_refused(self, start: StartRig, doubles: Doubles) -> None:
        rig = start("ses")
        assert rig.deliver().outcome is Outcome.SENT
        request = rig.server.requests[-1]
        for path, method, authorization in (
            (ses.PATH + "x", "POST", None),
            (ses.PATH, "PUT", None),
            (ses.PATH, "POST", "Bearer x"),
        ):
            headers = {**request.headers, **({"authorization": authorization} if authorization else {})}
            wrong = Request(method, path, headers, request.body)
            assert isinstance(ses.read(wrong, REGION, doubles.ses), ses.Refused)
