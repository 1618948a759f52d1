"""What Terraform tells the function: legible in a first plan, beside what nobody knows yet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from custom_sender.self_check import self_check
from custom_sender.settings import load
from plan.calls import calls
from plan.constants import (
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
)
from plan.documents import FUNCTION, configuration, environment, references, senders, settings
from support.configured import sms_of

if TYPE_CHECKING:
    from localaws.terraform import Plan
    from plan.conftest import Scenarios

KEYS = {"kms_keys.0": KEY}


def test_the_least_is_told_whole_with_the_defaults(scenario: Scenarios) -> None:
    assert configuration(scenario("known")) == {
        "module": "cognito-custom-sender",
        "format": 2,
        "settings": {
            "name": "known",
            "ledger_table": "known-ledger",
            "sms": {
                "allowed_countries": ["DE"],
                "limits": {
                    "number": {"max": 10, "mode": "enforce", "per_seconds": 3600},
                    "prefix": {"max": 100, "mode": "enforce", "per_seconds": 3600, "without_last_digits": 4},
                    "country": {"max": 5000, "mode": "monitor", "per_seconds": 3600},
                    "overall": {"max": 10000, "mode": "monitor", "per_seconds": 3600},
                },
                "routes": {"default": ["aws"]},
                "transliterate": False,
            },
            "messages": {
                "brand": "known",
                "default_locale": "en",
            },
            "protection": {"code_lifetimes_seconds": {}, "on_ledger_failure": "send", "test_recipients": None},
            "monitoring": {
                "debug_sample_rate": 0,
                "log_level": "INFO",
                "metrics_namespace": "CognitoCustomSender",
            },
            "senders": {
                "aws": {
                    "kind": "sns",
                    "enabled": True,
                    "sms_type": "Transactional",
                }
            },
        },
        "references": {**KEYS, "senders.aws.origination_number": None},
        "region": "eu-central-1",
    }


def test_a_first_plan_shows_the_settings_beside_what_it_does_not_know(scenario: Scenarios) -> None:
    """In the environment, one value that is unknown until apply hides all others."""
    defaults = scenario("defaults")

    assert defaults[FUNCTION].is_unknown("environment.0.variables")
    assert settings(defaults)["sms"]["allowed_countries"] == ["DE"]
    assert defaults["terraform_data.configuration"].unknown["input"]["references"]["kms_keys.0"] is True


def test_every_key_that_codes_may_be_encrypted_with(scenario: Scenarios) -> None:
    """The function refuses a code under a key that it is not told of, whatever the grants allow."""
    told = references(scenario("keys_known"))

    assert {value for path, value in told.items() if path.startswith("kms_keys.")} == {KEY, OTHER_KEY}


def test_sns_is_told_all_its_attributes(scenario: Scenarios) -> None:
    assert senders(scenario("sns")) == {
        "aws": {
            "kind": "sns",
            "enabled": True,
            "sender_id": "Acme",
            "sms_type": "Promotional",
            "max_price": "0.50",
            "region": "us-east-1",
            "entity_id": "1101",
            "template_id": "1107",
        }
    }
    assert references(scenario("sns"))["senders.aws.origination_number"] == "+15550100"


def test_a_topic_is_told_its_environment_and_gets_the_route_to_all(scenario: Scenarios) -> None:
    topic = scenario("sns_topic")

    assert senders(topic) == {"mailbox": {"kind": "sns_topic", "enabled": True, "environment": "test"}}
    assert settings(topic)["sms"]["routes"] == {"default": ["mailbox"]}
    assert references(topic)["senders.mailbox.topic_arn"] == TOPIC


def test_end_user_messaging_is_told_all_its_attributes_and_its_resources_apart(scenario: Scenarios) -> None:
    told = scenario("end_user_messaging")

    assert senders(told) == {
        "aws": {
            "kind": "end_user_messaging",
            "enabled": True,
            "message_type": "PROMOTIONAL",
            "max_price": "0.25",
            "time_to_live_seconds": 300,
            "region": "us-west-2",
            "keyword": "ACME",
            "in_entity_id": "1101",
            "in_template_id": "1107",
        }
    }
    assert references(told) == KEYS | {
        "senders.aws.origination_identity": ORIGINATION_POOL,
        "senders.aws.configuration_set_name": "codes",
        "senders.aws.protect_configuration_id": "protect-1",
    }


def test_twilio_is_told_its_service_and_where_its_secret_is(scenario: Scenarios) -> None:
    assert senders(scenario("twilio")) == {
        "twilio": {
            "kind": "twilio",
            "enabled": True,
            "message_privacy": True,
            "messaging_service_sid": SERVICE_SID,
        }
    }
    assert references(scenario("twilio"))["senders.twilio.secret_arn"] == SECRET


def test_a_webhook_is_told_its_address_and_where_its_keys_are(scenario: Scenarios) -> None:
    webhook = scenario("webhook")

    assert senders(webhook) == {"own": {"kind": "webhook", "enabled": True, "allow_private_address": False}}
    assert references(webhook)["senders.own.url"] == "https://sms.example.com/send"
    assert references(webhook)["senders.own.secret_arn"] == PARAMETER


def test_several_senders_keep_their_order_and_their_references(scenario: Scenarios) -> None:
    every = scenario("every_sender")

    assert settings(every)["sms"]["routes"] == {"default": ["eum", "mailbox", "twilio", "own"], "AT": ["aws"]}
    assert settings(every)["sms"]["allowed_countries"] == ["AT", "DE", "US"]
    assert {name: sender["kind"] for name, sender in senders(every).items()} == {
        "aws": "sns",
        "eum": "end_user_messaging",
        "mailbox": "sns_topic",
        "own": "webhook",
        "twilio": "twilio",
    }
    assert {path for path in references(every) if path.startswith("senders.")} == {
        "senders.mailbox.topic_arn",
        "senders.own.secret_arn",
        "senders.own.url",
        "senders.twilio.secret_arn",
    }


def test_routes_by_country_and_senders_that_are_switched_off(scenario: Scenarios) -> None:
    routes = scenario("routes")

    assert settings(routes)["sms"]["routes"] == {
        "default": ["aws", "own"],
        "US": ["twilio", "off", "aws"],
        "CA": ["twilio"],
    }
    assert {name: sender["enabled"] for name, sender in senders(routes).items()} == {
        "aws": True,
        "off": False,
        "own": True,
        "parked": False,
        "twilio": True,
    }
    assert senders(routes)["own"] == {"kind": "webhook", "enabled": True, "allow_private_address": True}


def test_routes_for_every_country_need_no_default(scenario: Scenarios) -> None:
    assert settings(scenario("routes_without_default"))["sms"]["routes"] == {"US": ["other"], "DE": ["aws", "other"]}


def test_what_a_country_is_sent_from_is_told_apart_by_its_path(scenario: Scenarios) -> None:
    told = references(scenario("origination_by_country"))

    assert told["senders.aws.origination_by_country.DE"] == "ACME-DE"
    assert told["senders.aws.origination_by_country.US"] == "+15550100"
    assert told["senders.eum.origination_by_country.GB"] == ORIGINATION_SENDER_ID
    assert told["senders.eum.origination_by_country.US"] == ORIGINATION_NUMBER
    assert told["senders.eum.origination_identity"] == ORIGINATION_POOL


KNOWN = [name for name, call in calls("accepted").items() if call.is_known]


@pytest.mark.parametrize("name", KNOWN)
def test_the_function_starts_with_whatever_terraform_accepts(name: str, scenario: Scenarios) -> None:
    """Two sets of rules, Terraform's and the function's: what passes the one must pass the other."""
    loaded = load(environment(scenario(name)))

    assert loaded.name == name.replace("_", "-")
    assert loaded.senders.keys() == senders(scenario(name)).keys()
    assert self_check(loaded) == {"self_check": "passed"}


def test_the_user_s_own_texts_are_told_as_they_are_written(scenario: Scenarios) -> None:
    told = settings(scenario("messages"))

    assert (told["messages"]["brand"], told["messages"]["default_locale"]) == ("Acme", "de")
    assert told["sms"]["templates"] == {
        "de": {"default": "$code ist Ihr Code für $brand.", "SignUp": "Willkommen bei ${brand}: ${code}"},
        "pt-BR": {
            "default": "$code vale $minutes minutos ($$ 0), $username",
            "AccountTakeOverNotification": "Atenção!",
        },
    }


def test_an_output_says_what_each_text_of_the_user_s_own_takes(accepted: Plan) -> None:
    said = accepted.outputs["messages"]

    assert said["de"]["SignUp"] == {
        "text": "Willkommen bei Acme: 88888888",
        "autofill": "none",
        "encoding": "GSM-7",
        "characters": 29,
        "units": 29,
        "segments": 1,
        "max_segments": 1,
    }
    assert {locale: set(texts) for locale, texts in said.items()} == {
        "de": {"default", "SignUp"},
        "pt-BR": {"default", "AccountTakeOverNotification"},
    }


def test_ten_locales_with_eight_texts_each_fit_beside_two_senders(scenario: Scenarios) -> None:
    ten = scenario("messages_ten_locales")
    variables = environment(ten)

    assert settings(ten)["sms"]["templates"] == TEN_LOCALES
    assert sum(map(len, TEN_LOCALES.values())) == 80
    assert len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode()) <= 4096


def test_all_that_messages_can_be_told(scenario: Scenarios) -> None:
    told = settings(scenario("messages_all"))

    assert told["messages"] == {
        "brand": "Acme",
        "default_locale": "de-CH",
        "attributes": {"first_name": "given_name", "title": "custom:title"},
        "built_in_locales": ["de", "pt_pt", "zh-Hant"],
        "client_metadata_locale": "locale",
    }
    names = ("autofill", "country_locales", "india", "max_segments", "transliterate")
    assert {name: told["sms"][name] for name in names} == {
        "autofill": {
            "web_otp": {"domain": "login.example.com"},
            "clients": {
                "1example23456789androidapp": {"android": {"app_hash": "FA+9qCX9VSu"}, "web_otp": None},
                "1example23456789terminal00": {"android": None, "web_otp": None},
            },
        },
        "country_locales": {"CH": "de-CH", "SE": "sv"},
        "india": {"entity_id": "1101", "template_ids": {"sv": {"default": "1107"}}},
        "max_segments": {"sv": 2, "default": 3},
        "transliterate": True,
    }


def test_a_null_element_of_messages_is_as_if_it_were_not_there(scenario: Scenarios) -> None:
    nulls = scenario("nulls")
    told, known = settings(nulls), settings(scenario("known"))["sms"]["limits"]

    assert told["sms"] == {
        "allowed_countries": ["DE", "IN"],
        "allowed_ranges": ["satellite"],
        "blocked_prefixes": ["+49155"],
        "routes": {"default": ["own"]},
        "limits": known,
        "templates": {"de": {"default": "$code"}},
        "max_segments": {"default": 3},
        "autofill": {
            "web_otp": {"domain": None},
            "clients": {"web": {"web_otp": {"domain": "login.example.com"}, "android": {"app_hash": None}}},
        },
        "country_locales": {"DE": "de"},
        "india": {"entity_id": "1101", "template_ids": {"de": {"default": "1107"}}},
        "transliterate": False,
    }
    assert told["messages"] == {
        "brand": "nulls",
        "default_locale": "en",
        "attributes": {"first_name": "given_name"},
        "built_in_locales": ["de"],
    }

    autofill = sms_of(load(environment(nulls))).texts.autofill
    assert autofill.default is None
    assert list(autofill.clients) == ["web"]


def test_no_built_in_language_is_another_thing_than_all_of_them(scenario: Scenarios) -> None:
    assert settings(scenario("messages_own_only"))["messages"]["built_in_locales"] == []
    assert sms_of(load(environment(scenario("messages_own_only")))).texts.shared.built_in == frozenset()


def test_a_brand_may_have_what_joins_letters_and_emoji_as_templates_may(scenario: Scenarios) -> None:
    told = settings(scenario("messages_joined"))

    assert (told["messages"]["brand"], told["sms"]["templates"]["fa"]["default"]) == (JOINED, f"{JOINED} $code")


def test_what_is_logged_and_counted_is_told(scenario: Scenarios) -> None:
    assert settings(scenario("monitoring"))["monitoring"] == {
        "log_level": "DEBUG",
        "debug_sample_rate": 0.25,
        "metrics_namespace": "Login/SMS",
    }
