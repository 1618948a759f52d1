"""Twilio: the Messages resource. Contract: providers/twilio.py."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cognito_sms_sender.outcome import Outcome
from contract.conftest import StartRig
from contract.providers import twilio
from contract.providers.wire import Answer
from contract.rig import ACCOUNT_SID, NUMBER, SECRET_ARN, TEXT, Doubles, Rig

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


def test_rotated_credentials_cost_one_refused_request_and_no_message(start: StartRig, doubles: Doubles) -> None:
    doubles.logins = {(ACCOUNT_SID, "auth-token-2")}
    rig = start(
        "twilio",
        {"account_sid": ACCOUNT_SID, "auth_token": "auth-token-1"},
        {"account_sid": ACCOUNT_SID, "auth_token": "auth-token-2"},
    )
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert [(attempt.outcome, attempt.provider_code, attempt.refreshed) for attempt in delivery.attempts] == [
        (Outcome.PROVIDER_CONFIG, "20003", False),
        (Outcome.SENT, None, True),
    ]
    assert rig.deliver().outcome is Outcome.SENT
    assert rig.secrets.reads == 2, "the new credentials are kept"


def test_credentials_that_stay_wrong_are_read_again_once_and_not_tried_again(start: StartRig, doubles: Doubles) -> None:
    doubles.logins = set()
    rig = start("twilio")
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.PROVIDER_CONFIG
    assert (len(rig.server.requests), rig.secrets.reads) == (1, 2)


@pytest.mark.parametrize(
    "secret",
    [
        {},
        {"account_sid": ACCOUNT_SID},
        {"account_sid": ACCOUNT_SID, "auth_token": ""},
        {"account_sid": ACCOUNT_SID, "auth_token": 12345},
        {"account_sid": "AC../../Accounts", "auth_token": "t"},
        {"account_sid": ACCOUNT_SID + "/x", "auth_token": "t"},
        {"account_sid": ACCOUNT_SID, "api_key_sid": KEY_SID},
        {"account_sid": ACCOUNT_SID, "api_key_sid": "SKshort", "api_key_secret": "s"},
    ],
)
def test_an_unusable_secret_is_configuration_that_names_the_secret_and_sends_nothing(
    secret: Mapping[str, object], start: StartRig
) -> None:
    rig = start("twilio", secret)
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.PROVIDER_CONFIG
    assert delivery.attempts[-1].problem is not None
    assert SECRET_ARN in delivery.attempts[-1].problem
    assert rig.server.requests == []


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (21211, Outcome.REJECTED_NUMBER),
        (21614, Outcome.REJECTED_NUMBER),
        (21635, Outcome.REJECTED_NUMBER),
        (21610, Outcome.OPTED_OUT),
        (30450, Outcome.BLOCKED_BY_PROVIDER),
        (20404, Outcome.PROVIDER_CONFIG),
        (21212, Outcome.PROVIDER_CONFIG),
        (21408, Outcome.PROVIDER_CONFIG),
        (21606, Outcome.PROVIDER_CONFIG),
        (21608, Outcome.PROVIDER_CONFIG),
        (21612, Outcome.PROVIDER_CONFIG),
        (21660, Outcome.PROVIDER_CONFIG),
        (21701, Outcome.PROVIDER_CONFIG),
        (21703, Outcome.PROVIDER_CONFIG),
        (21704, Outcome.PROVIDER_CONFIG),
        (30030, Outcome.PROVIDER_CONFIG),
        (21702, Outcome.PROVIDER_DOWN),
        (10001, Outcome.PROVIDER_QUOTA),
        (63038, Outcome.PROVIDER_QUOTA),
        (20429, Outcome.PROVIDER_THROTTLED),
        (21611, Outcome.PROVIDER_THROTTLED),
        (20500, Outcome.AMBIGUOUS),
        (20503, Outcome.PROVIDER_DOWN),
    ],
)
def test_errors_are_classified_by_twilio_s_code_and_not_repeated(code: int, outcome: Outcome, start: StartRig) -> None:
    rig = start("twilio")
    rig.server.script.append(twilio.error(code))
    delivery = rig.deliver()
    assert delivery.outcome is outcome
    assert delivery.attempts[0].provider_code == str(code)
    assert len(rig.server.requests) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.PROVIDER_CONFIG),
        (408, Outcome.PROVIDER_DOWN),
        (429, Outcome.PROVIDER_THROTTLED),
        (500, Outcome.AMBIGUOUS),
        (502, Outcome.AMBIGUOUS),
        (503, Outcome.PROVIDER_DOWN),
        (504, Outcome.AMBIGUOUS),
    ],
)
def test_a_code_of_next_year_is_classified_by_its_status(status: int, outcome: Outcome, start: StartRig) -> None:
    rig = start("twilio")
    rig.server.script.append(Answer(status, b'{"code": 29999, "message": "new"}'))
    delivery = rig.deliver()
    assert delivery.outcome is outcome
    assert delivery.attempts[0].provider_code == "29999"


def test_throttling_says_when_to_come_back(start: StartRig) -> None:
    rig = start("twilio")
    rig.server.script.append(twilio.error(20429, {"Retry-After": "7"}))
    assert rig.deliver().attempts[0].retry_after_seconds == 7.0


def test_a_message_that_is_created_failed_was_not_sent(start: StartRig) -> None:
    rig = start("twilio")
    created = twilio.accepted({"To": NUMBER, "Body": TEXT}, status="failed")
    rig.server.script.append(
        Answer(201, created.body.replace(b'"error_code": null', b'"error_code": 21610'), created.headers)
    )
    assert rig.deliver().outcome is Outcome.OPTED_OUT


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_success_that_twilio_does_not_document_is_perhaps_sent(status: int, start: StartRig) -> None:
    rig = start("twilio")
    rig.server.script.append(Answer(status, twilio.accepted({}).body))
    assert rig.deliver().outcome is Outcome.AMBIGUOUS
