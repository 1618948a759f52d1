"""Senders of codes only, other providers, a channel of testers: their settings, their rights, what is pointed out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from custom_sender.settings import load
from localaws.terraform import Plan
from plan.constants import ACCOUNT, NOTIFY, SECRET, TEMPLATE_SID, VERIFY_SID
from plan.documents import SENDERS_POLICY, environment, references, senders, statements

if TYPE_CHECKING:
    from plan.conftest import Scenarios

NAMES = ("notify", "notify_by_id", "twilio_verify", "vonage", "whatsapp", "slack")
CODES = f"arn:aws:sms-voice:us-east-1:{ACCOUNT}:configuration-set/codes"
CHECK = "check.temporary_passwords"


@pytest.mark.parametrize(
    ("scenario_name", "sender", "expected"),
    [
        (
            "notify",
            "codes",
            {
                "kind": "notify",
                "template_id": "notify-code-verification-english-001",
                "template_ids": {"de": "german-1", "pt-BR": "brazilian-1"},
                "code_variable": "otp",
                "time_to_live_seconds": 300,
                "region": "us-east-1",
            },
        ),
        (
            "twilio_verify",
            "verify",
            {
                "kind": "twilio_verify",
                "service_sid": VERIFY_SID,
                "channel": "sms",
                "template_sid": TEMPLATE_SID,
                "app_hash": "A1b2C3d4E5+",
                "friendly_name": "Acme & Söhne",
            },
        ),
        (
            "vonage",
            "vonage",
            {"kind": "vonage", "from": "ACME Login", "entity_id": "1101", "content_id": "1107"},
        ),
        (
            "whatsapp",
            "chat",
            {
                "kind": "whatsapp",
                "phone_number_id": "106540352242922",
                "template": "login_code",
                "languages": {"de": "de", "pt-BR": "pt_BR"},
                "default_language": "es",
                "api_version": "v25.0",
            },
        ),
        ("slack", "channel", {"kind": "slack", "environment": "test"}),
    ],
)
def test_the_function_is_told_what_is_set_and_nothing_else(
    scenario_name: str, sender: str, expected: Mapping[str, Any], scenario: Scenarios
) -> None:
    assert senders(scenario(scenario_name))[sender] == {"enabled": True, **expected}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "notify",
            {
                "senders.codes.notify_configuration_id": NOTIFY,
                "senders.codes.configuration_set_name": CODES,
            },
        ),
        ("twilio_verify", {"senders.verify.secret_arn": SECRET}),
        ("vonage", {"senders.vonage.secret_arn": SECRET}),
        ("whatsapp", {"senders.chat.secret_arn": SECRET, "senders.vonage.secret_arn": SECRET}),
        ("slack", {"senders.channel.secret_arn": SECRET}),
    ],
)
def test_what_another_resource_may_give_is_among_the_references(
    name: str, expected: Mapping[str, str], scenario: Scenarios
) -> None:
    told = references(scenario(name))

    assert {path: value for path, value in told.items() if path.startswith("senders.")} == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_function_accepts_what_terraform_tells_it(name: str, scenario: Scenarios) -> None:
    """Two sets of rules, Terraform's and the function's: what passes the one must pass the other."""
    loaded = load(environment(scenario(name)))

    assert {key: sender.kind for key, sender in loaded.senders.items()} == {
        key: sender["kind"] for key, sender in senders(scenario(name)).items()
    }


@pytest.mark.parametrize(
    ("name", "resources"),
    [
        ("notify", [CODES, NOTIFY]),
        (
            "notify_by_id",
            [
                "arn:aws:sms-voice:us-east-1:*:configuration-set/codes",
                "arn:aws:sms-voice:us-east-1:*:notify-configuration/nc-1234567890abcdef0",
            ],
        ),
    ],
)
def test_notify_may_use_its_configuration_and_its_configuration_set_only(
    name: str, resources: list[str], scenario: Scenarios
) -> None:
    found = statements(scenario(name)[SENDERS_POLICY])["SendCodesThroughNotify"]

    assert found["Action"] == ["sms-voice:SendNotifyTextMessage"]
    assert sorted(found["Resource"]) == resources


def test_notify_alone_needs_no_other_right(scenario: Scenarios) -> None:
    assert statements(scenario("notify")[SENDERS_POLICY]).keys() == {"SendCodesThroughNotify"}


@pytest.mark.parametrize("name", ["twilio_verify", "vonage", "slack"])
def test_a_third_party_s_sender_may_read_its_secret(name: str, scenario: Scenarios) -> None:
    assert statements(scenario(name)[SENDERS_POLICY]) == {
        "ReadSecrets": {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": [SECRET]}
    }


@pytest.mark.parametrize("name", ["notify", "twilio_verify", "code_senders_beside_one_that_is_off"])
def test_a_route_that_cannot_carry_a_temporary_password_is_pointed_out(name: str, accepted: Plan) -> None:
    """A warning and no error: the plan goes on, because not every pool sends invitations by SMS."""
    (message,) = accepted.problems[f"module.{name}.{CHECK}"]
    said = " ".join(message.split())

    assert "sms.routes[default]: a sender that can carry a temporary password" in said
    assert "put another sender into the route, or invite by e-mail only" in said


@pytest.mark.parametrize("name", ["notify_by_id", "whatsapp", "vonage", "slack", "defaults", "unknown"])
def test_a_route_with_a_sender_of_texts_is_not_pointed_out(name: str, accepted: Plan) -> None:
    assert accepted.problems[f"module.{name}.{CHECK}"] == []
