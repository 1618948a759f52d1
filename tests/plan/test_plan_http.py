"""The sender `http`: what Terraform passes on of a preset and of a description of one's own, and what that costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from custom_sender.senders.http import Http, presets
from custom_sender.settings import load
from localaws.terraform import Plan
from plan.constants import PARAMETER, SECRET
from plan.documents import FUNCTION, SENDERS_POLICY, environment, references, senders, settings, statements

if TYPE_CHECKING:
    from plan.conftest import Scenarios


def test_a_preset_is_passed_on_by_its_name_with_its_settings(scenario: Scenarios) -> None:
    told = scenario("http_presets")

    common = {"kind": "http", "enabled": True, "allow_private_address": False}
    assert senders(told) == {
        "infobip": {**common, "preset": "infobip", "settings": {"subdomain": "abc123", "sender": "Acme Login"}},
        "messagebird": {**common, "preset": "messagebird", "settings": {"originator": "Acme"}},
        "plivo": {**common, "preset": "plivo", "settings": {"src": "Acme"}},
        "sinch": {
            **common,
            "preset": "sinch",
            "settings": {"max_number_of_message_parts": "2", "region": "eu", "service_plan_id": "p-1"},
        },
        "telnyx": {**common, "preset": "telnyx", "settings": {"from": "+15550100123"}},
        "mailgun": {**common, "preset": "mailgun", "settings": {"domain": "mg.acme.com", "region": "eu"}},
        **{name: {**common, "preset": name} for name in ("postmark", "resend", "sendgrid")},
    }
    assert {path: value for path, value in references(told).items() if path.endswith("secret_arn")} == {
        f"senders.{name}.secret_arn": PARAMETER if name == "plivo" else SECRET for name in presets()
    }


def test_a_description_is_passed_on_without_what_is_not_set(scenario: Scenarios) -> None:
    told = senders(scenario("http_own"))["own"]

    assert json.loads(told.pop("body")) == {
        "text": "{text}",
        "from": "Acme & <Söhne>",
        "tags": ["login", "{country}"],
        "options": {"ttl": "{lifetime_seconds}", "flash": False, "priority": 1, "nothing": None},
    }
    assert told == {
        "kind": "http",
        "enabled": True,
        "method": "PUT",
        "headers": {"X-Api-Key": "{secret.key}", "Idempotency-Key": "{idempotency_uuid}", "X-Channel": "login"},
        "basic_auth": {"username": "{secret.user}", "password": "{secret.password}"},
        "lifetime": {"min_seconds": 60, "max_seconds": 3600},
        "message_id": "$.data[0].id",
        "rules": [
            {"outcome": "SENT", "status": ["200", "202"], "fields": {"data[*].status": ["queued"]}},
            {"outcome": "PROVIDER_CONFIG", "fields": {"error": ["17", "A*"]}, "credentials_refused": True},
            {"outcome": "PROVIDER_DOWN", "status": ["5xx"]},
        ],
        "allow_private_address": True,
    }
    assert references(scenario("http_own"))["senders.own.url"] == (
        "https://api.provider.example/v1/{secret.account}/sms?to={number_digits}&mode=fast"
    )


@pytest.mark.parametrize("name", ["http_own", "http_codes", "http_presets"])
def test_the_function_accepts_what_terraform_accepts(name: str, scenario: Scenarios) -> None:
    """The same rules stand in two languages: what passes the plan must not fail when the function starts."""
    loaded = load(environment(scenario(name)))

    assert all(isinstance(sender, Http) for sender in loaded.senders.values())


def test_a_description_may_hold_what_is_not_known_yet(scenario: Scenarios) -> None:
    assert scenario("http_unknown")[FUNCTION].is_unknown("environment.0.variables")
    assert settings(scenario("http_unknown"))["name"] == "http-unknown"


def test_the_secrets_and_nothing_else_may_be_read(scenario: Scenarios) -> None:
    found = statements(scenario("http_presets")[SENDERS_POLICY])

    assert {name: set(statement["Resource"]) for name, statement in found.items()} == {
        "ReadSecrets": {SECRET},
        "ReadParameters": {PARAMETER},
    }


@pytest.mark.parametrize(("name", "problems"), [("http_codes", 1), ("http_own", 0), ("http_presets", 0)])
def test_a_description_without_the_text_is_pointed_out_as_one_for_codes_only(
    name: str, problems: int, accepted: Plan
) -> None:
    assert len(accepted.problems[f"module.{name}.check.temporary_passwords"]) == problems
