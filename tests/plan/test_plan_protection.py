"""Ledger, limits, special numbers, the lives of codes: the table, and what the function is told.

Terraform and the function have some words and numbers each for itself; here they are held together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from custom_sender.guards.phone_number import SPECIAL_RANGES
from custom_sender.settings import load
from plan.calls import calls
from plan.constants import HASH_KEY, OTHER_KEY
from plan.documents import environment, settings
from support.configured import sms_of

if TYPE_CHECKING:
    from plan.conftest import Scenarios

LEDGER = "aws_dynamodb_table.ledger[0]"
KEY_OF_HASHES = "terraform_data.hash_key"


# The table


def test_a_ledger_is_made_unless_it_is_switched_off(scenario: Scenarios) -> None:
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


def test_a_ledger_may_be_protected_from_deletion_and_backed_up(scenario: Scenarios) -> None:
    values = scenario("protection")[LEDGER].values

    assert values["point_in_time_recovery"][0]["enabled"] is True
    assert values["deletion_protection_enabled"] is True


def test_a_ledger_may_have_the_user_s_key(scenario: Scenarios) -> None:
    assert scenario("ledger_key")[LEDGER].values["server_side_encryption"] == [
        {"enabled": True, "kms_key_arn": OTHER_KEY}
    ]


def test_without_a_ledger_there_is_no_table_and_there_are_no_limits(scenario: Scenarios) -> None:
    off = scenario("ledger_off")

    assert LEDGER not in off
    assert settings(off)["ledger_table"] is None
    assert "limits" not in settings(off)["sms"], "without a ledger there is nothing to count in"
    assert load(environment(off)).ledger_table is None


# The hash key


def test_hash_key_is_made_once(scenario: Scenarios) -> None:
    assert scenario("defaults")[KEY_OF_HASHES].actions == ("create",)
    assert scenario("defaults")[KEY_OF_HASHES].is_unknown("output")


def test_hash_key_is_there_without_a_ledger(scenario: Scenarios) -> None:
    """The log's recipient_id needs it too."""
    assert KEY_OF_HASHES in scenario("ledger_off")


# What the function is told


def test_protection_and_limits_are_told_as_the_user_says(scenario: Scenarios) -> None:
    told = settings(scenario("protection"))

    assert told["protection"] == {
        "on_ledger_failure": "refuse",
        "test_recipients": {"numbers": ["+15550100*", "+4915550001"], "sender": "testers"},
        "code_lifetimes_seconds": {"Authentication": 300},
    }
    assert told["sms"]["limits"] == {
        "number": {"max": 5, "per_seconds": 600, "mode": "enforce"},
        "prefix": {"max": 40, "per_seconds": 3600, "mode": "monitor", "without_last_digits": 3},
        "country": {"max": 2000, "per_seconds": 86400, "mode": "enforce"},
        "overall": {"max": 10000, "per_seconds": 3600, "mode": "off"},
    }
    assert told["sms"]["blocked_prefixes"] == ["+4915", "+49155"]
    assert told["sms"]["allowed_ranges"] == ["inmarsat", "satellite"]


def test_a_limit_that_is_off_limits_nothing(scenario: Scenarios) -> None:
    limits = sms_of(load(environment(scenario("limits_off")))).limits

    assert (limits.number, limits.prefix, limits.country, limits.overall) == (None, None, None, None)


def test_the_sender_of_test_numbers_is_in_no_route_that_nobody_has_written(scenario: Scenarios) -> None:
    assert settings(scenario("protection"))["sms"]["routes"] == {"default": ["aws"]}


def test_and_in_one_that_names_it(scenario: Scenarios) -> None:
    assert settings(scenario("protection_edges"))["sms"]["routes"] == {"default": ["aws", "own"]}


@pytest.mark.parametrize("name", [name for name, call in calls("accepted").items() if call.is_known])
def test_the_function_reads_what_it_is_told(name: str, scenario: Scenarios) -> None:
    """And keeps all of it: a part that it passes over would protect nobody."""
    told = settings(scenario(name))
    read = load(environment(scenario(name)))

    assert read.ledger_table == told["ledger_table"]
    assert read.hash_key == bytes.fromhex(HASH_KEY)
    assert told["protection"]["code_lifetimes_seconds"] == read.protection.lifetimes_seconds
    if "sms" in told:
        assert {*told["sms"].get("blocked_prefixes", [])} == {*sms_of(read).blocked_prefixes}
        assert {*told["sms"].get("allowed_ranges", [])} == sms_of(read).allowed_ranges
    limits: dict[tuple[str, str], Any] = {
        (name, scope): limit for name in read.channels for scope, limit in told[name].get("limits", {}).items()
    }
    for (channel, scope), limit in limits.items():
        found = getattr(cast("Any", read.channels[channel]).limits, scope)
        if limit["mode"] == "off":
            assert found is None
        else:
            assert (found.max, found.per_seconds, found.mode) == (limit["max"], limit["per_seconds"], limit["mode"])


def test_all_ranges_may_be_allowed(scenario: Scenarios) -> None:
    assert {*settings(scenario("protection_edges"))["sms"]["allowed_ranges"]} == {*SPECIAL_RANGES}
