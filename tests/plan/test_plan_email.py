"""E-mail beside text messages and alone: what the function is told, what pools get, the role's rights, the alarms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from plan.constants import IDENTITY
from plan.documents import SENDERS_POLICY, settings, statements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.terraform import Plan
    from plan.conftest import Scenarios

LIMITS = {
    "address": {"max": 10, "per_seconds": 3600, "mode": "enforce"},
    "domain": {"max": 100, "per_seconds": 3600, "mode": "enforce", "exempt": []},
    "overall": {"max": 2000, "per_seconds": 3600, "mode": "enforce"},
}
POOL = "module.user_pool[0].aws_cognito_user_pool.this"
ROLE = "module.user_pool[0].aws_iam_role.sms[0]"


def test_email_alone_is_told_its_sender_with_the_defaults(scenario: Scenarios) -> None:
    told = settings(scenario("email_only"))

    assert "sms" not in told
    assert told["email"] == {"from": "login@acme.com", "limits": LIMITS, "routes": {"default": ["ses"]}}


def test_all_that_email_can_be_told(scenario: Scenarios) -> None:
    told = settings(scenario("email_complete"))

    assert told["sms"]["routes"] == {"default": ["aws"]}, "one of the other channel is in no route that nobody wrote"
    assert told["email"] == {
        "from": "Acme <login@acme.com>",
        "reply_to": "help@acme.com",
        "routes": {"default": ["ses", "post"], "qq.com": ["post"]},
        "limits": {
            **LIMITS,
            "domain": {**LIMITS["domain"], "exempt": ["acme.com"]},
            "overall": {**LIMITS["overall"], "max": 500, "mode": "monitor"},
        },
        "allowed_domains": ["acme.com", "qq.com"],
        "blocked_domains": ["spam.example"],
        "templates": {"de": {"SignUp": {"subject": "Ihr Code", "text": "Ihr Code:\n\n$code"}}},
        "code_in_subject": True,
        "layout": {"accent_color": "#00aa77", "logo_url": "https://acme.com/logo.png"},
    }
    assert told["messages"]["clients"] == {
        "client1": {"brand": "Other", "from": "Other <login@other.com>", "layout": "other"},
        "client2": {"brand": "Third"},
    }
    assert told["protection"]["test_recipients"] == {"addresses": ["*@test.acme.com", "qa@acme.com"], "sender": "box"}


def test_without_a_ledger_email_is_told_no_limits(scenario: Scenarios) -> None:
    assert "limits" not in settings(scenario("email_without_ledger"))["email"]


# Pools


@pytest.mark.parametrize(
    ("name", "output", "channels"),
    [
        ("pool_of_both", "lambda_config_of_both", {"sms", "email"}),
        ("pool_of_email", "lambda_config_of_email", {"email"}),
        ("pool_made", "lambda_config_of_sms", {"sms"}),
    ],
)
def test_a_pool_gets_a_sender_for_each_channel_that_is_on(
    name: str, output: str, channels: set[str], scenario: Scenarios, accepted: Plan
) -> None:
    made = scenario(name)
    trigger = made[POOL].values["lambda_config"][0]

    assert {channel for channel in ("sms", "email") if trigger[f"custom_{channel}_sender"]} == channels
    assert bool(made[POOL].values.get("sms_configuration")) is (ROLE in made) is ("sms" in channels)
    assert {channel for channel, is_on in accepted.outputs[output].items() if is_on} == channels


def test_a_pool_of_email_alone_signs_in_by_address_and_sends_second_factors_by_mail(scenario: Scenarios) -> None:
    pool = scenario("pool_of_email")[POOL].values

    assert (pool["username_attributes"], pool["auto_verified_attributes"]) == (["email"], ["email"])
    assert "{####}" in pool["email_mfa_configuration"][0]["message"]
    assert pool["email_configuration"][0]["email_sending_account"] == "DEVELOPER"
    assert pool["account_recovery_setting"][0]["recovery_mechanism"] == [{"name": "admin_only", "priority": 1}]


def test_a_pool_of_both_signs_in_by_what_is_asked_for(scenario: Scenarios) -> None:
    pool = scenario("pool_of_both")[POOL].values

    assert set(pool["username_attributes"]) == {"phone_number", "email"}
    assert pool["email_mfa_configuration"] == []


# Rights


def _mail(scenario: Scenarios, name: str) -> dict[str, Any]:
    return statements(scenario(name)[SENDERS_POLICY])["SendMailThroughSes"]


def test_the_role_sends_from_this_identity_and_this_address(scenario: Scenarios) -> None:
    assert _mail(scenario, "email_only") == {
        "Effect": "Allow",
        "Action": ["ses:SendEmail"],
        "Resource": [IDENTITY],
        "Condition": {"StringEquals": {"ses:FromAddress": ["login@acme.com"]}},
    }


def test_of_an_identity_elsewhere_the_configuration_set_and_the_tenant_are_there_too(scenario: Scenarios) -> None:
    assert _mail(scenario, "email_elsewhere") == {
        "Effect": "Allow",
        "Action": ["ses:SendEmail"],
        "Resource": [
            "arn:aws:ses:us-west-2:210987654321:identity/acme.com",
            "arn:aws:ses:us-west-2:*:configuration-set/codes",
            "arn:aws:ses:us-west-2:*:tenant/acme/*",
        ],
        "Condition": {"StringEquals": {"ses:FromAddress": ["login@acme.com", "login@other.com", "codes@third.com"]}},
    }


# Alarms and dashboard


def _alarms(scenario: Scenarios, name: str) -> dict[str, Mapping[str, Any]]:
    return {
        change.values["alarm_name"].removeprefix(f"{name.replace('_', '-')}-"): change.values
        for change in scenario(name).changes.values()
        if change.type == "aws_cloudwatch_metric_alarm"
    }


def test_an_ses_sender_is_watched_for_what_pauses_the_account(scenario: Scenarios) -> None:
    alarms = _alarms(scenario, "email_only")

    for name, metric, threshold in (
        ("bounces", "Reputation.BounceRate", 0.05),
        ("complaints", "Reputation.ComplaintRate", 0.001),
    ):
        assert (alarms[name]["namespace"], alarms[name]["metric_name"]) == ("AWS/SES", metric)
        assert (alarms[name]["threshold"], alarms[name]["dimensions"]) == (threshold, None)
        assert alarms[name]["treat_missing_data"] == "ignore", "SES reports a rate when it changes"
    assert alarms["no-address"]["metric_name"] == "NO_ADDRESS"
    assert "segments" not in alarms


def test_without_email_nothing_is_watched_for_it(scenario: Scenarios) -> None:
    assert _alarms(scenario, "defaults").keys().isdisjoint({"bounces", "complaints", "no-address"})


@pytest.mark.parametrize(
    ("name", "groups"),
    [("email_only", {"domain"}), ("email_complete", {"domain", "country"}), ("dashboard", {"country"})],
)
def test_the_dashboard_groups_each_channel_by_its_own(name: str, groups: set[str], scenario: Scenarios) -> None:
    body = json.loads(scenario(name)["aws_cloudwatch_dashboard.this[0]"].values["dashboard_body"])
    titles = {widget["properties"].get("title", "") for widget in body["widgets"]}

    for metric in ("Sent", "Failed", "Refused"):
        assert {group for group in ("domain", "country") if f"{metric}, by {group}" in titles} == groups
    assert ("Parts of messages an hour" in titles) is ("country" in groups)
