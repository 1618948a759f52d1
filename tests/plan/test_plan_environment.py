"""What Terraform tells the function, variable by variable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cognito_sms_sender.settings import load
from plan.documents import FUNCTION, environment, messages, settings
from plan.scenarios import (
    ACCEPTED,
    HASH_KEY,
    JOINED,
    KEY,
    ORIGINATION_NUMBER,
    ORIGINATION_POOL,
    ORIGINATION_SENDER_ID,
    OTHER_KEY,
    PARAMETER,
    SECRET,
    SERVICE_SID,
    TEN_LOCALES,
    TOPIC,
    is_known,
)

if TYPE_CHECKING:
    from plan.conftest import Scenarios


def test_the_least(scenario: Scenarios) -> None:
    function = scenario("known")[FUNCTION]

    assert environment(function).keys() == {
        "POWERTOOLS_LOG_LEVEL",
        "POWERTOOLS_METRICS_NAMESPACE",
        "POWERTOOLS_SERVICE_NAME",
        "SENDER_HASH_KEY",
        "SENDER_KMS_KEY_ARNS",
        "SENDER_LEDGER_TABLE",
        "SENDER_MESSAGES",
        "SENDER_SETTINGS",
    }
    assert environment(function)["POWERTOOLS_SERVICE_NAME"] == "known"
    assert environment(function)["POWERTOOLS_METRICS_NAMESPACE"] == "CognitoSmsSender"
    assert environment(function)["POWERTOOLS_LOG_LEVEL"] == "INFO"
    assert environment(function)["SENDER_HASH_KEY"] == HASH_KEY
    assert environment(function)["SENDER_KMS_KEY_ARNS"] == KEY
    assert environment(function)["SENDER_LEDGER_TABLE"] == "known-ledger"
    assert settings(function) == {
        "name": "known",
        "allowed_countries": ["DE"],
        "routes": {"default": ["aws"]},
        "senders": {"aws": {"kind": "sns", "sms_type": "Transactional"}},
        "protection": {},
    }
    assert messages(function) == {"brand": "known", "default_locale": "en", "templates": {}}


def test_every_key_that_codes_may_be_encrypted_with(scenario: Scenarios) -> None:
    """The function refuses a code under a key that it is not told of, whatever the grants allow."""
    assert environment(scenario("keys_known")[FUNCTION])["SENDER_KMS_KEY_ARNS"] == f"{KEY},{OTHER_KEY}"


def test_sns(scenario: Scenarios) -> None:
    function = scenario("sns")[FUNCTION]

    assert settings(function)["senders"]["aws"] == {
        "kind": "sns",
        "sender_id": "Acme",
        "sms_type": "Promotional",
        "max_price": "0.50",
        "region": "us-east-1",
        "entity_id": "1101",
        "template_id": "1107",
    }
    assert environment(function)["SENDER_REF_AWS_ORIGINATION_NUMBER"] == "+15550100"


def test_sns_topic(scenario: Scenarios) -> None:
    function = scenario("sns_topic")[FUNCTION]

    assert settings(function)["senders"]["mailbox"] == {"kind": "sns_topic", "environment": "test"}
    assert settings(function)["routes"] == {"default": ["mailbox"]}
    assert environment(function)["SENDER_REF_MAILBOX_TOPIC_ARN"] == TOPIC


def test_end_user_messaging(scenario: Scenarios) -> None:
    function = scenario("end_user_messaging")[FUNCTION]

    assert settings(function)["senders"]["aws"] == {
        "kind": "end_user_messaging",
        "message_type": "PROMOTIONAL",
        "max_price": "0.25",
        "time_to_live_seconds": 300,
        "region": "us-west-2",
        "keyword": "ACME",
        "in_entity_id": "1101",
        "in_template_id": "1107",
    }
    assert {name: value for name, value in environment(function).items() if name.startswith("SENDER_REF_")} == {
        "SENDER_REF_AWS_ORIGINATION_IDENTITY": ORIGINATION_POOL,
        "SENDER_REF_AWS_CONFIGURATION_SET_NAME": "codes",
        "SENDER_REF_AWS_PROTECT_CONFIGURATION_ID": "protect-1",
    }


def test_twilio(scenario: Scenarios) -> None:
    function = scenario("twilio")[FUNCTION]

    assert settings(function)["senders"]["twilio"] == {
        "kind": "twilio",
        "message_privacy": True,
        "messaging_service_sid": SERVICE_SID,
    }
    assert environment(function)["SENDER_REF_TWILIO_SECRET_ARN"] == SECRET


def test_webhook(scenario: Scenarios) -> None:
    function = scenario("webhook")[FUNCTION]

    assert settings(function)["senders"]["own"] == {"kind": "webhook"}
    assert environment(function)["SENDER_REF_OWN_URL"] == "https://sms.example.com/send"
    assert environment(function)["SENDER_REF_OWN_SECRET_ARN"] == PARAMETER


def test_several_senders_keep_their_order_and_their_references(scenario: Scenarios) -> None:
    function = scenario("every_sender")[FUNCTION]

    assert settings(function)["routes"] == {"default": ["eum", "mailbox", "twilio", "own"], "AT": ["aws"]}
    assert settings(function)["allowed_countries"] == ["AT", "DE", "US"]
    assert {name: sender["kind"] for name, sender in settings(function)["senders"].items()} == {
        "aws": "sns",
        "eum": "end_user_messaging",
        "mailbox": "sns_topic",
        "own": "webhook",
        "twilio": "twilio",
    }
    assert {name for name in environment(function) if name.startswith("SENDER_REF_")} == {
        "SENDER_REF_MAILBOX_TOPIC_ARN",
        "SENDER_REF_OWN_SECRET_ARN",
        "SENDER_REF_OWN_URL",
        "SENDER_REF_TWILIO_SECRET_ARN",
    }


def test_routes_by_country_and_senders_that_are_switched_off(scenario: Scenarios) -> None:
    function = scenario("routes")[FUNCTION]

    assert settings(function)["routes"] == {
        "default": ["aws", "own"],
        "US": ["twilio", "off", "aws"],
        "CA": ["twilio"],
    }
    assert {name: sender.get("enabled", True) for name, sender in settings(function)["senders"].items()} == {
        "aws": True,
        "off": False,
        "own": True,
        "parked": False,
        "twilio": True,
    }
    assert settings(function)["senders"]["own"] == {"kind": "webhook", "allow_private_address": True}


def test_routes_for_every_country_need_no_default(scenario: Scenarios) -> None:
    function = scenario("routes_without_default")[FUNCTION]

    assert settings(function)["routes"] == {"US": ["other"], "DE": ["aws", "other"]}


def test_origination_by_country(scenario: Scenarios) -> None:
    variables = environment(scenario("origination_by_country")[FUNCTION])

    assert variables["SENDER_REF_AWS_ORIGINATION_BY_COUNTRY"] == "DE=ACME-DE,US=+15550100"
    assert variables["SENDER_REF_EUM_ORIGINATION_BY_COUNTRY"] == f"GB={ORIGINATION_SENDER_ID},US={ORIGINATION_NUMBER}"
    assert variables["SENDER_REF_EUM_ORIGINATION_IDENTITY"] == ORIGINATION_POOL


KNOWN = [name for name, call in ACCEPTED.items() if is_known(call)]


@pytest.mark.parametrize("name", KNOWN)
def test_the_function_starts_with_whatever_terraform_accepts(name: str, scenario: Scenarios) -> None:
    """Two sets of rules, Terraform's and the function's: what passes the one must pass the other."""
    function = scenario(name)[FUNCTION]

    loaded = load(environment(function))

    assert loaded.name == name.replace("_", "-")
    assert loaded.senders.keys() == settings(function)["senders"].keys()


def test_messages(scenario: Scenarios) -> None:
    assert messages(scenario("messages")[FUNCTION]) == {
        "brand": "Acme",
        "default_locale": "de",
        "templates": {
            "de": {"default": "$code ist Ihr Code für $brand.", "SignUp": "Willkommen bei ${brand}: ${code}"},
            "pt-BR": {
                "default": "$code vale $minutes minutos ($$ 0), $username",
                "AccountTakeOverNotification": "Atenção!",
            },
        },
    }


def test_a_brand_may_have_what_joins_letters_and_emoji_as_templates_may(scenario: Scenarios) -> None:
    content = messages(scenario("messages_joined")[FUNCTION])

    assert (content["brand"], content["templates"]["fa"]["default"]) == (JOINED, f"{JOINED} $code")


def test_ten_locales_with_eight_texts_each_fit_beside_two_senders(scenario: Scenarios) -> None:
    variables = environment(scenario("messages_ten_locales")[FUNCTION])

    assert messages(scenario("messages_ten_locales")[FUNCTION])["templates"] == TEN_LOCALES
    assert sum(map(len, TEN_LOCALES.values())) == 80
    # As the README says.
    assert len(variables["SENDER_MESSAGES"]) < 3200
    assert len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode()) <= 4096


def test_all_that_messages_can_be_told(scenario: Scenarios) -> None:
    content = messages(scenario("messages_all")[FUNCTION])

    assert {name: content[name] for name in content if name not in ("brand", "default_locale", "templates")} == {
        "attributes": {"first_name": "given_name", "title": "custom:title"},
        "autofill": {
            "web_otp": {"domain": "login.example.com"},
            "clients": {
                "1example23456789androidapp": {"android": {"app_hash": "FA+9qCX9VSu"}},
                "1example23456789terminal00": {},
            },
        },
        "built_in_locales": ["de", "pt_pt", "zh-Hant"],
        "client_metadata_locale": "locale",
        "country_locales": {"CH": "de-CH", "SE": "sv"},
        "india": {"entity_id": "1101", "template_ids": {"sv": {"default": "1107"}}},
        "max_segments": {"sv": 2, "default": 3},
        "transliterate": True,
    }


def test_monitoring(scenario: Scenarios) -> None:
    variables = environment(scenario("monitoring")[FUNCTION])

    assert variables["POWERTOOLS_LOG_LEVEL"] == "DEBUG"
    assert variables["POWERTOOLS_LOGGER_SAMPLE_RATE"] == "0.25"
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Login/SMS"


def test_no_endpoint_and_no_secret_is_ever_in_it(scenario: Scenarios) -> None:
    names = environment(scenario("every_sender")[FUNCTION]).keys()

    assert not [name for name in names if name.startswith("AWS_") or "TOKEN" in name or "PASSWORD" in name]
