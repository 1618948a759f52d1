"""Twilio Verify with a custom code. Contract: providers/twilio_verify.py."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from contract.conftest import StartRig
from contract.rig import ACCOUNT_SID, CODE, NUMBER, Doubles, Rig
from custom_sender.outcome import Outcome
from localaws.providers import twilio_verify
from localaws.providers.wire import Answer

KEY_SID = "SK" + "0123456789abcdef" * 2


def fields(rig: Rig, doubles: Doubles) -> Mapping[str, str]:
    found = twilio_verify.read(rig.server.requests[-1], doubles.logins)
    assert not isinstance(found, Answer), found
    return found


def test_the_service_is_given_number_channel_and_code(start: StartRig, doubles: Doubles) -> None:
    rig = start("twilio_verify")
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id == "VE" + "0b" * 16
    assert rig.server.requests[-1].target == f"/v2/Services/VA{'0' * 32}/Verifications"
    assert fields(rig, doubles) == {"To": NUMBER, "Channel": "sms", "CustomCode": CODE}


def test_every_setting_becomes_its_documented_field(start: StartRig, doubles: Doubles) -> None:
    rig = start(
        "twilio_verify",
        template_sid="HJ" + "0a" * 16,
        app_hash="A1b2C3d4E5+",
        friendly_name="Acme & Söhne",
        channel="sms",
    )
    assert rig.deliver().outcome is Outcome.SENT
    assert fields(rig, doubles) == {
        "To": NUMBER,
        "Channel": "sms",
        "CustomCode": CODE,
        "TemplateSid": "HJ" + "0a" * 16,
        "AppHash": "A1b2C3d4E5+",
        "CustomFriendlyName": "Acme & Söhne",
    }


@pytest.mark.parametrize("channel", ["whatsapp", "call"])
def test_the_code_goes_by_another_channel_where_that_is_asked_for(
    channel: str, start: StartRig, doubles: Doubles
) -> None:
    rig = start("twilio_verify", channel=channel)
    assert rig.deliver().outcome is Outcome.SENT
    assert fields(rig, doubles)["Channel"] == channel


def test_an_api_key_logs_in_instead_of_the_auth_token(start: StartRig, doubles: Doubles) -> None:
    doubles.logins = {(KEY_SID, "key-secret")}
    rig = start("twilio_verify", {"account_sid": ACCOUNT_SID, "api_key_sid": KEY_SID, "api_key_secret": "key-secret"})
    assert rig.deliver().outcome is Outcome.SENT


def test_an_invalid_parameter_is_the_number_s_fault_if_it_is_the_number(
    start: StartRig, subtests: pytest.Subtests
) -> None:
    for parameter, outcome in [
        ("To", Outcome.REJECTED_NUMBER),
        (f"To: {NUMBER}", Outcome.REJECTED_NUMBER),
        ("`To`", Outcome.REJECTED_NUMBER),
        ("CustomCode", Outcome.PROVIDER_CONFIG),
        ("Tomorrow", Outcome.PROVIDER_CONFIG),
    ]:
        with subtests.test(parameter=parameter, outcome=outcome):
            rig = start("twilio_verify")
            rig.server.script.append(twilio_verify.invalid(parameter))
            delivery = rig.deliver()
            assert delivery.outcome is outcome
            assert delivery.attempts[0].provider_code == "60200"
            assert NUMBER not in repr(delivery)


def test_the_double_refuses_a_request_without_the_code(start: StartRig, doubles: Doubles) -> None:
    """Twilio would make a code of its own, and Cognito would know nothing of it."""
    rig = start("twilio_verify")
    rig.deliver()
    request = rig.server.requests[-1]
    without = type(request)(request.method, request.target, request.headers, b"To=%2B4915112345678&Channel=sms")
    assert twilio_verify.answer(without, doubles.logins).status == 400
