"""What the version behind the alias works with stays there until the alias has left it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from localaws.terraform import TerraformError
from support.stack import Stack, swapped, webhook_secret

NAME = "e2e-swapped"


@pytest.fixture(scope="module")
def stopped(stack: Stack) -> str:
    """The version behind the alias, after an apply that swapped the sender and might do all but move the alias."""
    before = _live(stack)
    _write(stack, swapped("webhook"))
    with stack.deployer.without("lambda:UpdateAlias"), pytest.raises(TerraformError, match="lambda:UpdateAlias on"):
        stack.terraform.apply(refresh=False)
    assert _versions(stack)[-1] > int(before), "the apply came as far as a new version"
    return before


@pytest.fixture(scope="module")
def mended(stack: Stack, stopped: str) -> str:
    """The version behind the alias, after the same apply with that right."""
    # With a refresh: the provider has put into the state what the stopped apply wanted of the alias.
    stack.terraform.apply()
    stack.aws.client("secretsmanager").put_secret_value(SecretId="e2e/of-webhook", SecretString=webhook_secret())
    return _live(stack)


def test_codes_go_out_through_the_old_version_when_an_apply_stops(stack: Stack, stopped: str) -> None:
    """Its sender's secret, its ledger and its rights to both were to be removed by that apply."""
    assert _live(stack) == stopped
    before = len(stack.ledger("swapped"))

    assert _channel_of_a_new_code(stack) == "twilio"
    assert len(stack.ledger("swapped")) > before
    assert stack.aws.missing_wires()[stack.pools["swapped"].id] == []


def test_the_mended_apply_moves_the_alias_and_removes_what_was_left(stack: Stack, stopped: str, mended: str) -> None:
    assert int(mended) > int(stopped)
    assert _channel_of_a_new_code(stack) == "webhook"
    assert stack.aws.missing_wires()[stack.pools["swapped"].id] == []

    policies = _policies(stack)
    assert sorted(name.split("-")[0] for name in policies) == ["function", "senders"], "and no copies of them"
    assert "e2e/of-twilio" not in json.dumps(policies)
    assert "dynamodb" not in json.dumps(policies)
    assert f"{NAME}-ledger" not in stack.aws.client("dynamodb").list_tables()["TableNames"]
    secrets = stack.aws.client("secretsmanager").list_secrets()["SecretList"]
    assert "e2e/of-twilio" not in {secret["Name"] for secret in secrets}


def test_rights_that_a_plan_does_not_know_and_that_turn_out_equal_stay(stack: Stack, mended: str) -> None:
    before, versions = _policies(stack), _versions(stack)
    _write(stack, swapped("webhook", turn=2))

    plan = stack.terraform.plan()
    there = plan.below("module.swapped")
    assert there['aws_iam_role_policy.this["senders"]'].is_unknown("policy")
    assert there["aws_lambda_function.this"].is_unknown("environment.0.variables")
    others = {address for address in plan.actions if not address.startswith("module.swapped.")}
    assert others == {"terraform_data.arn_of_webhook"}, "the mended apply has left nothing to change"
    stack.terraform.apply(plan)

    assert sorted(map(json.dumps, _policies(stack).values())) == sorted(map(json.dumps, before.values()))
    assert _versions(stack) == versions
    assert _live(stack) == mended
    assert _channel_of_a_new_code(stack) == "webhook"


def _write(stack: Stack, text: str) -> None:
    (stack.terraform.directory / "swapped.tf").write_text(text)


def _channel_of_a_new_code(stack: Stack) -> str:
    """What brings a code to somebody who signs up, from a process that knows nothing yet."""
    stack.aws.end_environments()
    user = stack.sign_up("swapped")
    stack.code(user)
    (message,) = stack.messages(user)
    return str(message["channel"])


def _live(stack: Stack) -> str:
    """The version behind the alias."""
    return str(stack.aws.client("lambda").get_alias(FunctionName=NAME, Name="live")["FunctionVersion"])


def _versions(stack: Stack) -> list[int]:
    found = stack.aws.client("lambda").list_versions_by_function(FunctionName=NAME)["Versions"]
    return [int(version["Version"]) for version in found if version["Version"] != "$LATEST"]


def _policies(stack: Stack) -> Mapping[str, Any]:
    """The policies of the function's role, by their names."""
    iam, role = stack.aws.client("iam"), stack.outputs["swapped"]["role_name"]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}
