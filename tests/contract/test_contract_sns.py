"""Amazon SNS: a text message to a phone number. Contract: providers/sns.py."""

from __future__ import annotations

import pytest

from contract.conftest import StartRig
from contract.rig import NUMBER, REGION, TEXT
from custom_sender.message import IndiaIds
from custom_sender.outcome import Outcome
from localaws.providers import sns
from localaws.providers.wire import Request


def published(rig_requests: list[Request], region: str = REGION) -> sns.Published:
    found = sns.read(rig_requests[-1], region)
    assert isinstance(found, sns.Published), found
    return found


def test_the_least_configured_sender_publishes_a_transactional_message(start: StartRig) -> None:
    rig = start("sns", sender_id=None)
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id is not None
    message = published(rig.server.requests)
    assert message.parameters["PhoneNumber"] == NUMBER
    assert message.parameters["Message"] == TEXT
    assert message.attributes == {"AWS.SNS.SMS.SMSType": ("String", "Transactional")}


def test_every_setting_becomes_its_documented_attribute(start: StartRig) -> None:
    rig = start(
        "sns",
        sender_id="ACME",
        sms_type="Promotional",
        max_price="0.50",
        origination_number="+15550100123",
        entity_id="1101",
        template_id="1107",
    )
    assert rig.deliver(to="+919876543210", country="IN").outcome is Outcome.SENT
    assert published(rig.server.requests).attributes == {
        "AWS.SNS.SMS.SenderID": ("String", "ACME"),
        "AWS.SNS.SMS.SMSType": ("String", "Promotional"),
        "AWS.SNS.SMS.MaxPrice": ("Number", "0.50"),
        "AWS.MM.SMS.OriginationNumber": ("String", "+15550100123"),
        "AWS.MM.SMS.EntityId": ("String", "1101"),
        "AWS.MM.SMS.TemplateId": ("String", "1107"),
    }


def test_india_s_ids_stay_in_india(start: StartRig) -> None:
    rig = start("sns", entity_id="1101", template_id="1107")
    rig.deliver()
    assert not {"AWS.MM.SMS.EntityId", "AWS.MM.SMS.TemplateId"} & set(published(rig.server.requests).attributes)


def test_the_registration_of_the_text_itself_comes_before_the_senders(start: StartRig) -> None:
    for settings in ({"entity_id": "1101", "template_id": "1107"}, {}):
        rig = start("sns", **settings)
        rig.deliver(country="IN", india=IndiaIds("1201", "1207"))
        attributes = published(rig.server.requests[-1:]).attributes
        assert attributes["AWS.MM.SMS.EntityId"] == ("String", "1201")
        assert attributes["AWS.MM.SMS.TemplateId"] == ("String", "1207")


def test_a_country_s_own_origination_takes_the_place_of_the_sender_s(
    start: StartRig, subtests: pytest.Subtests
) -> None:
    for country, attributes in [
        ("DE", {"AWS.SNS.SMS.SenderID": ("String", "ACME-DE")}),
        ("US", {"AWS.MM.SMS.OriginationNumber": ("String", "+15550100123")}),
        ("GB", {"AWS.MM.SMS.OriginationNumber": ("String", "60600")}),
        (
            "FR",
            {"AWS.SNS.SMS.SenderID": ("String", "ACME"), "AWS.MM.SMS.OriginationNumber": ("String", "+15550100999")},
        ),
    ]:
        with subtests.test(country=country, attributes=attributes):
            by_country = {"DE": "ACME-DE", "US": "+15550100123", "GB": "60600"}
            rig = start("sns", origination_number="+15550100999", origination_by_country=by_country)
            assert rig.deliver(country=country).outcome is Outcome.SENT
            sent = dict(published(rig.server.requests).attributes)
            del sent["AWS.SNS.SMS.SMSType"]
            assert sent == attributes


def test_another_region_than_the_function_s_signs_for_that_region(start: StartRig) -> None:
    rig = start("sns", region="us-west-2")
    rig.deliver()
    published(rig.server.requests, "us-west-2")


def test_without_a_region_it_is_the_function_s(start: StartRig) -> None:
    rig = start("sns", region=None)
    assert rig.deliver().outcome is Outcome.SENT


def test_a_number_that_sns_will_not_publish_to_is_rejected(start: StartRig) -> None:
    rig = start("sns")
    text = f"Invalid parameter: PhoneNumber Reason: {NUMBER} is not valid to publish to"
    rig.server.script.append(sns.error("InvalidParameter", text))
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.REJECTED_NUMBER
    assert delivery.attempts[0].provider_code == "InvalidParameter"


@pytest.mark.parametrize(
    "text",
    [
        "Invalid parameter: MessageAttributes Reason: no such PhoneNumber in this account",
        "Invalid parameter: PhoneNumberPool Reason: not found",
    ],
)
def test_an_invalid_parameter_that_only_mentions_a_number_is_configuration(text: str, start: StartRig) -> None:
    rig = start("sns")
    rig.server.script.append(sns.error("InvalidParameter", text))
    assert rig.deliver().outcome is Outcome.PROVIDER_CONFIG


def test_an_opted_out_number_and_a_spent_budget_look_like_a_success_here(start: StartRig) -> None:
    """SNS accepts the message and drops it: only its delivery log tells. The sender cannot know better."""
    rig = start("sns")
    rig.server.script.append(sns.accepted())
    assert rig.deliver().outcome is Outcome.SENT
