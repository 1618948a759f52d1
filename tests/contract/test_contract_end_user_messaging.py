"""AWS End User Messaging: SendTextMessage. Contract: providers/end_user_messaging.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import NUMBER, REGION, TEXT
from custom_sender.message import IndiaIds
from custom_sender.outcome import Outcome
from localaws.providers import end_user_messaging as eum
from localaws.providers.wire import Request


def members(requests: list[Request], region: str = REGION) -> Mapping[str, Any]:
    found = eum.read(requests[-1], region)
    assert not isinstance(found, str), found
    return found


def test_the_least_configured_sender_sends_a_transactional_message_that_dies_with_its_code(start: StartRig) -> None:
    rig = start("end_user_messaging", origination_identity=None)
    delivery = rig.deliver(lifetime_seconds=180)
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id is not None
    assert members(rig.server.requests) == {
        "DestinationPhoneNumber": NUMBER,
        "MessageBody": TEXT,
        "MessageType": "TRANSACTIONAL",
        "TimeToLive": 180,
        "Context": {
            "trigger": "SignUp",
            "user_pool_id": f"{REGION}_AbCdEfGhI",
            "client_id": "5example23exampleclientid",
        },
    }


ARN = f"arn:aws:sms-voice:{REGION}:123456789012:phone-number/phone-0123456789abcdef"


def test_a_country_s_own_origination_takes_the_place_of_the_sender_s(
    start: StartRig, subtests: pytest.Subtests
) -> None:
    for country, identity in [("DE", "ACME"), ("US", ARN), ("GB", "+15550100123"), ("FR", "pool-0123456789abcdef")]:
        with subtests.test(country=country, identity=identity):
            rig = start("end_user_messaging", origination_by_country={"DE": "ACME", "US": ARN, "GB": "+15550100123"})
            assert rig.deliver(country=country).outcome is Outcome.SENT
            assert members(rig.server.requests)["OriginationIdentity"] == identity


def test_a_country_s_own_origination_without_one_for_the_others(start: StartRig) -> None:
    rig = start("end_user_messaging", origination_identity=None, origination_by_country={"DE": "ACME"})
    assert rig.deliver(country="FR").outcome is Outcome.SENT
    assert "OriginationIdentity" not in members(rig.server.requests)


def test_every_setting_becomes_its_documented_member(start: StartRig) -> None:
    rig = start(
        "end_user_messaging",
        origination_identity="pool-0123456789abcdef",
        configuration_set_name="login",
        protect_configuration_id="protect-0123456789abcdef",
        message_type="PROMOTIONAL",
        max_price="0.05",
        keyword="ACME Login",
        in_entity_id="1101",
        in_template_id="1107",
    )
    assert rig.deliver(to="+919876543210", country="IN").outcome is Outcome.SENT
    sent = members(rig.server.requests)
    assert {name: sent[name] for name in sent if name not in ("MessageBody", "Context", "TimeToLive")} == {
        "DestinationPhoneNumber": "+919876543210",
        "OriginationIdentity": "pool-0123456789abcdef",
        "ConfigurationSetName": "login",
        "ProtectConfigurationId": "protect-0123456789abcdef",
        "MessageType": "PROMOTIONAL",
        "MaxPrice": "0.05",
        "Keyword": "ACME Login",
        "DestinationCountryParameters": {"IN_ENTITY_ID": "1101", "IN_TEMPLATE_ID": "1107"},
    }


def test_india_s_ids_stay_in_india(start: StartRig) -> None:
    rig = start("end_user_messaging", in_entity_id="1101", in_template_id="1107")
    rig.deliver()
    assert "DestinationCountryParameters" not in members(rig.server.requests)


def test_the_registration_of_the_text_itself_comes_before_the_senders(start: StartRig) -> None:
    for settings in ({"in_entity_id": "1101", "in_template_id": "1107"}, {}):
        rig = start("end_user_messaging", **settings)
        rig.deliver(country="IN", india=IndiaIds("1201", "1207"))
        sent = members(rig.server.requests[-1:])
        assert sent["DestinationCountryParameters"] == {"IN_ENTITY_ID": "1201", "IN_TEMPLATE_ID": "1207"}


def test_time_to_live_is_the_shorter_of_code_and_setting_within_aws_s_limits(
    start: StartRig, subtests: pytest.Subtests
) -> None:
    for code_lives, setting, time_to_live in [
        (300, None, 300),
        (3, None, 5),
        (900_000, None, 259_200),
        (300, 60, 60),
        (40, 60, 40),
        (-5, None, 5),
    ]:
        with subtests.test(code_lives=code_lives, setting=setting, time_to_live=time_to_live):
            rig = start("end_user_messaging", time_to_live_seconds=setting)
            rig.deliver(lifetime_seconds=code_lives)
            assert members(rig.server.requests)["TimeToLive"] == time_to_live


def test_another_region_signs_for_that_region(start: StartRig) -> None:
    rig = start("end_user_messaging", region="us-west-2")
    rig.deliver()
    members(rig.server.requests, "us-west-2")


def test_a_reason_of_next_year_leaves_its_error_what_it_is(start: StartRig) -> None:
    rig = start("end_user_messaging")
    rig.server.script.append(eum.error("ConflictException", "A_REASON_OF_NEXT_YEAR"))
    attempt = rig.deliver().attempts[0]
    assert (attempt.outcome, attempt.provider_code) == (
        Outcome.PROVIDER_CONFIG,
        "ConflictException:A_REASON_OF_NEXT_YEAR",
    )


def test_a_reason_that_is_no_name_is_not_repeated(start: StartRig, subtests: pytest.Subtests) -> None:
    for reason in [f"{NUMBER} is blocked", "A 271828", "A_" * 41, "opted out"]:
        with subtests.test(reason=reason):
            rig = start("end_user_messaging")
            rig.server.script.append(eum.error("ConflictException", reason))
            assert rig.deliver().attempts[0].provider_code == "ConflictException"


def test_a_refused_field_is_the_number_s_fault_if_it_is_the_number(start: StartRig) -> None:
    rig = start("end_user_messaging")
    text = f"{NUMBER} is not a number"
    rig.server.script.append(
        eum.error("ValidationException", "FIELD_VALIDATION_FAILED", ("DestinationPhoneNumber",), text)
    )
    assert rig.deliver().outcome is Outcome.REJECTED_NUMBER
    for field in ("OriginationIdentity", "OriginationPhoneNumber"):
        rig.server.script.append(eum.error("ValidationException", "FIELD_VALIDATION_FAILED", (field,)))
        assert rig.deliver().outcome is Outcome.PROVIDER_CONFIG
