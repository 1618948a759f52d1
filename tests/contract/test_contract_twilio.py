"""Twilio: the Messages resource. Contract: providers/twilio.py."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from contract.conftest import StartRig
from contract.rig import ACCOUNT_SID, NUMBER, TEXT, Doubles, Rig
from custom_sender.outcome import Outcome
from localaws.providers import twilio
from localaws.providers.wire import Answer

KEY_SID = "SK" + "0123456789abcdef" * 2


def fields(rig: Rig, doubles: Doubles) -> Mapping[str, str]:
    found = twilio.read(rig.server.requests[-1], doubles.logins)
    assert not isinstance(found, Answer), found
    return found


def test_a_messaging_service_sends_the_text_as_it_is_for_as_long_as_the_code_lives(
    start: StartRig, doubles: Doubles
) -> None:
    rig = start("twilio")
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id == "SM" + "0a" * 16
    assert fields(rig, doubles) == {
        "To": NUMBER,
        "Body": TEXT,
        "MessagingServiceSid": "MG" + "0" * 32,
        "ValidityPeriod": "300",
        "SmartEncoded": "false",
    }


@pytest.mark.parametrize("sender", ["+15550100123", "72345", "ACME Login"])
def test_a_number_a_short_code_or_a_sender_id_sends_without_a_messaging_service(
    sender: str, start: StartRig, doubles: Doubles
) -> None:
    rig = start("twilio", messaging_service_sid=None, **{"from": sender})
    assert rig.deliver().outcome is Outcome.SENT
    assert fields(rig, doubles)["From"] == sender


@pytest.mark.parametrize(("code_lives", "validity"), [(0, "1"), (90, "90"), (86_400, "36000")])
def test_validity_stays_within_twilio_s_limits(
    code_lives: int, validity: str, start: StartRig, doubles: Doubles
) -> None:
    rig = start("twilio")
    assert rig.deliver(lifetime_seconds=code_lives).outcome is Outcome.SENT
    assert fields(rig, doubles)["ValidityPeriod"] == validity


def test_message_privacy_has_twilio_keep_neither_text_nor_number(start: StartRig, doubles: Doubles) -> None:
    rig = start("twilio", message_privacy=True)
    assert rig.deliver().outcome is Outcome.SENT
    sent = fields(rig, doubles)
    assert (sent["ContentRetention"], sent["AddressRetention"]) == ("discard", "obfuscate")


def test_message_privacy_without_that_feature_of_the_account_is_configuration(
    start: StartRig, doubles: Doubles
) -> None:
    doubles.message_privacy = False
    rig = start("twilio", message_privacy=True)
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.PROVIDER_CONFIG
    assert delivery.attempts[0].provider_code == "30029"


def test_an_api_key_logs_in_instead_of_the_auth_token(start: StartRig, doubles: Doubles) -> None:
    doubles.logins = {(KEY_SID, "key-secret:with colon")}
    secret = {"account_sid": ACCOUNT_SID, "api_key_sid": KEY_SID, "api_key_secret": "key-secret:with colon"}
    rig = start("twilio", secret)
    assert rig.deliver().outcome is Outcome.SENT


@pytest.mark.parametrize("state", ["failed", "undelivered", "canceled"])
def test_a_message_that_ends_as_it_is_created_leaves_the_way_to_the_next_sender_open(
    state: str, start: StartRig
) -> None:
    """The Message resource's states in which nothing more is sent."""
    rig = start("twilio")
    rig.server.script.append(twilio.accepted({"To": NUMBER, "Body": TEXT}, status=state))
    attempt = rig.deliver(senders=2).attempts[0]
    assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_CONFIG, state)
    assert len(rig.server.requests) == 2


def test_a_message_that_is_created_failed_was_not_sent(start: StartRig) -> None:
    rig = start("twilio")
    created = twilio.accepted({"To": NUMBER, "Body": TEXT}, status="failed")
    rig.server.script.append(
        Answer(201, created.body.replace(b'"error_code": null', b'"error_code": 21610'), created.headers)
    )
    assert rig.deliver().outcome is Outcome.OPTED_OUT
