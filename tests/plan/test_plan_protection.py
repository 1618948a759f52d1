"""Ledger, limits, special numbers, the lives of codes: the table, and what the function is told.

Terraform and the function have some words and numbers each for itself; here they are held together.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from cognito_sms_sender.destination import SPECIAL_RANGES
from cognito_sms_sender.message import KNOWN_TRIGGERS, lifetime_seconds
from cognito_sms_sender.protection import Protection, read_protection
from cognito_sms_sender.settings import load
from plan.documents import FUNCTION, environment, settings
from plan.scenarios import ACCEPTED, HASH_KEY, OTHER_KEY, REJECTED, is_known
from support.terraform import REPOSITORY

if TYPE_CHECKING:
    from plan.conftest import Scenarios

LEDGER = "module.sender_function.aws_dynamodb_table.ledger[0]"
KEY_OF_HASHES = "module.sender_function.terraform_data.hash_key"


# The table


def test_ledger_by_default(scenario: Scenarios) -> None:
    values = scenario("defaults")[LEDGER].values

    assert values["name"] == "defaults-ledger"
    assert values["billing_mode"] == "PAY_PER_REQUEST"
    assert (values["hash_key"], values["range_key"]) == ("id", None)
    assert values["attribute"] == [{"name": "id", "type": "S"}]
    assert values["ttl"] == [{"attribute_name": "expires_at", "enabled": True}]
    assert values["point_in_time_recovery"][0]["enabled"] is False
    assert values["deletion_protection_enabled"] is False
    # Not "enabled" is DynamoDB's own key; the AWS managed one would be paid by the call.
    assert values["server_side_encryption"][0]["enabled"] is False


def test_ledger_with_everything(scenario: Scenarios) -> None:
    values = scenario("protection")[LEDGER].values

    assert values["point_in_time_recovery"][0]["enabled"] is True
    assert values["deletion_protection_enabled"] is True


def test_ledger_with_a_key(scenario: Scenarios) -> None:
    assert scenario("ledger_key")[LEDGER].values["server_side_encryption"] == [
        {"enabled": True, "kms_key_arn": OTHER_KEY}
    ]


def test_no_ledger(scenario: Scenarios) -> None:
    off = scenario("ledger_off")

    assert LEDGER not in off
    assert "SENDER_LEDGER_TABLE" not in environment(off[FUNCTION])
    assert settings(off[FUNCTION])["protection"] == {}, "without a ledger there is nothing to count in"
    assert load(environment(off[FUNCTION])).ledger_table is None


# The hash key


def test_hash_key_is_made_once(scenario: Scenarios) -> None:
    assert scenario("defaults")[KEY_OF_HASHES].actions == ("create",)
    assert scenario("defaults")[KEY_OF_HASHES].is_unknown("output")
    assert scenario("known")[KEY_OF_HASHES].actions == ("no-op",), "or every count and every id would begin again"


def test_hash_key_is_there_without_a_ledger(scenario: Scenarios) -> None:
    """The log's number_id needs it too."""
    assert environment(scenario("ledger_off")[FUNCTION])["SENDER_HASH_KEY"] == HASH_KEY


# What the function is told


def test_protection(scenario: Scenarios) -> None:
    assert settings(scenario("protection")[FUNCTION])["protection"] == {
        "on_ledger_failure": "refuse",
        "limits": {
            "number": {"max": 5, "per_seconds": 600, "mode": "enforce"},
            "prefix": {"max": 40, "per_seconds": 3600, "mode": "monitor", "without_last_digits": 3},
            "country": {"max": 2000, "per_seconds": 86400, "mode": "enforce"},
        },
        "blocked_prefixes": ["+4915", "+49155"],
        "allowed_ranges": ["inmarsat", "satellite"],
        "test_numbers": {"numbers": ["+15550100*", "+4915550001"], "sender": "testers"},
        "code_lifetimes_seconds": {"Authentication": 300},
    }


def test_a_limit_that_is_off_is_not_there(scenario: Scenarios) -> None:
    assert settings(scenario("limits_off")[FUNCTION])["protection"] == {"limits": {}}


def test_the_sender_of_test_numbers_is_in_no_route_that_nobody_has_written(scenario: Scenarios) -> None:
    assert settings(scenario("protection")[FUNCTION])["routes"] == {"default": ["aws"]}


def test_and_in_one_that_names_it(scenario: Scenarios) -> None:
    assert settings(scenario("protection_edges")[FUNCTION])["routes"] == {"default": ["aws", "own"]}


@pytest.mark.parametrize("name", [name for name, call in ACCEPTED.items() if is_known(call)])
def test_the_function_reads_what_it_is_told(name: str, scenario: Scenarios) -> None:
    """And keeps all of it: a part that it passes over would protect nobody."""
    variables = environment(scenario(name)[FUNCTION])
    told = settings(scenario(name)[FUNCTION])["protection"]
    read = load(variables)

    assert read.ledger_table == variables.get("SENDER_LEDGER_TABLE")
    assert read.hash_key == bytes.fromhex(HASH_KEY)
    assert {*told.get("blocked_prefixes", ())} == {*read.protection.blocked_prefixes}
    assert {*told.get("allowed_ranges", ())} == read.protection.allowed_ranges
    assert told.get("code_lifetimes_seconds", {}) == read.protection.lifetimes_seconds
    for scope, limit in told.get("limits", {}).items():
        found = getattr(read.protection.limits, scope)
        assert (found.max, found.per_seconds, found.mode) == (limit["max"], limit["per_seconds"], limit["mode"])


# Two tables of one thing


def test_defaults_are_the_functions_own(scenario: Scenarios) -> None:
    assert load(environment(scenario("known")[FUNCTION])).protection == Protection()


def test_what_is_left_out_as_a_default_is_the_functions_own() -> None:
    text = (REPOSITORY / "modules" / "sender-function" / "environment.tf").read_text()
    table = text.split("  default_limits = {\n")[1].split("\n  }\n")[0]
    left_out = json.loads("{" + re.sub(r"(\w+) +=", r'"\1":', table).replace(" }\n", " },\n") + "}")

    assert re.findall(r'default_on_ledger_failure = "(\w+)"', text) == [Protection().on_ledger_failure]
    protection = {"limits": left_out}
    assert read_protection(protection, "protection", usable_senders=()) == Protection()
    assert {*left_out} == {"number", "prefix", "country", "overall"}


def test_ranges_are_the_functions_own(scenario: Scenarios) -> None:
    allowed = settings(scenario("protection_edges")[FUNCTION])["protection"]["allowed_ranges"]

    assert {*allowed} == {*SPECIAL_RANGES}
    assert f"{', '.join(sorted(SPECIAL_RANGES))}, and not" in REJECTED["range_unknown"].message, "and it has no others"


def test_lives_of_codes_are_the_functions_own() -> None:
    text = (REPOSITORY / "protection.tf").read_text()
    table = text.split("  code_lifetimes = {\n")[1].split("  }\n")[0]
    lives = {trigger: int(seconds) for trigger, seconds in re.findall(r"^ +(\w+) += (\d+)$", table, re.MULTILINE)}

    assert lives == {trigger: lifetime_seconds(trigger) for trigger in KNOWN_TRIGGERS}
