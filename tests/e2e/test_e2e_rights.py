"""What the version behind the alias works with stays there until the alias has left it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from localaws.client import LocalAws
from localaws.terraform import Terraform, TerraformError, checkout
from support.deployer import Deployer, rights
from support.stack import CODE_DIGITS, TIME_SCALE, Applied, Pool, app_client, twilio_secret, webhook_secret

NAME = "acme-login"

ROOT = """
resource "aws_secretsmanager_secret" "of_@sender" {
  name                    = "of-@sender"
  recovery_window_in_days = 0
}

# Another turn makes the ARN unknown at plan, and the same in the end.
resource "terraform_data" "arn_of_@sender" {
  input            = aws_secretsmanager_secret.of_@sender.arn
  triggers_replace = @turn
}

module "sender" {
  source = "./checkout"

  name       = "acme-login"
  sms        = { allowed_countries = ["DE"] }
  senders    = { @sender = { @sender = { @setting, secret_arn = terraform_data.arn_of_@sender.output } } }
  user_pool  = { name = "acme-login", deletion_protection = false }
  protection = { ledger = { enabled = @ledger } }

  # More than half of what an apply would make.
  monitoring = { alarms = { enabled = false } }
  retries    = { failure_queue = { enabled = false } }
}

output "sender" {
  value = module.sender
}
"""


def _root(sender: str, *, turn: int = 1) -> str:
    """A call of the module with one sender and its secret: Twilio with a ledger, or a webhook without."""
    settings = {
        "twilio": 'messaging_service_sid = "MG0123456789abcdef0123456789abcdef"',
        "webhook": 'url = "https://sms-gateway.example/send"',
    }
    values = {
        "setting": settings[sender],
        "sender": sender,
        "ledger": json.dumps(sender == "twilio"),
        "turn": str(turn),
    }
    return re.sub("@(setting|sender|ledger|turn)", lambda match: values[match[1]], ROOT)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """The root with Twilio, in an embedded AWS of its own."""
    directory = tmp_path_factory.mktemp("rights")
    checkout(directory / "checkout")
    (directory / "main.tf").write_text(_root("twilio"))
    with LocalAws(time_scale=TIME_SCALE, code_digits=CODE_DIGITS) as aws:
        policies = (rights("sender", NAME=NAME), rights("user-pool", POOL=NAME))
        deployer = Deployer(aws, *policies, besides=["secretsmanager:*"])
        terraform = Terraform(directory, deployer.environment())
        terraform.init()
        outputs = terraform.apply()
        pool_id = outputs["sender"]["user_pool_id"]
        _store(aws, "of-twilio", twilio_secret("1" * 32))
        yield Applied(aws, deployer, terraform, outputs, {"made": Pool(pool_id, app_client(aws, pool_id))})


@pytest.fixture(scope="module")
def stopped(applied: Applied) -> str:
    """The version behind the alias, after an apply that swapped the sender and might do all but move the alias."""
    before = _live(applied)
    _write(applied, _root("webhook"))
    with applied.deployer.without("lambda:UpdateAlias"), pytest.raises(TerraformError, match="lambda:UpdateAlias on"):
        applied.terraform.apply(refresh=False)
    assert _versions(applied)[-1] > int(before), "the apply came as far as a new version"
    return before


@pytest.fixture(scope="module")
def mended(applied: Applied, stopped: str) -> str:
    """The version behind the alias, after the same apply with that right."""
    # With a refresh: the provider has put into the state what the stopped apply wanted of the alias.
    applied.terraform.apply()
    _store(applied.aws, "of-webhook", webhook_secret())
    return _live(applied)


def test_codes_go_out_through_the_old_version_when_an_apply_stops(applied: Applied, stopped: str) -> None:
    """Its sender's secret, its ledger and its rights to both were to be removed by that apply."""
    assert _live(applied) == stopped
    before = len(applied.ledger("sender"))

    assert _channel_of_a_new_code(applied) == "twilio"
    assert len(applied.ledger("sender")) > before
    assert applied.aws.missing_wires()[applied.pools["made"].id] == []


def test_the_mended_apply_moves_the_alias_and_removes_what_was_left(
    applied: Applied, stopped: str, mended: str
) -> None:
    assert int(mended) > int(stopped)
    assert _channel_of_a_new_code(applied) == "webhook"
    assert applied.aws.missing_wires()[applied.pools["made"].id] == []

    policies = _policies(applied)
    assert sorted(name.split("-")[0] for name in policies) == ["function", "senders"], "and no copies of them"
    assert "of-twilio" not in json.dumps(policies)
    assert "dynamodb" not in json.dumps(policies)
    assert f"{NAME}-ledger" not in applied.aws.client("dynamodb").list_tables()["TableNames"]
    secrets = applied.aws.client("secretsmanager").list_secrets()["SecretList"]
    assert "of-twilio" not in {secret["Name"] for secret in secrets}


def test_rights_that_a_plan_does_not_know_and_that_turn_out_equal_stay(applied: Applied, mended: str) -> None:
    before, versions = _policies(applied), _versions(applied)
    _write(applied, _root("webhook", turn=2))

    plan = applied.terraform.plan()
    there = plan.below("module.sender")
    assert there['aws_iam_role_policy.this["senders"]'].is_unknown("policy")
    assert there["aws_lambda_function.this"].is_unknown("environment.0.variables")
    told = (
        *('aws_iam_role_policy.this["senders"]', "aws_lambda_alias.live", "aws_lambda_function.this"),
        *("aws_lambda_invocation.self_check[0]", "terraform_data.configuration", 'terraform_data.policy["senders"]'),
    )
    assert plan.actions.keys() == {"terraform_data.arn_of_webhook", *(f"module.sender.{address}" for address in told)}
    applied.terraform.apply(plan)

    assert sorted(map(json.dumps, _policies(applied).values())) == sorted(map(json.dumps, before.values()))
    assert _versions(applied) == versions
    assert _live(applied) == mended
    assert _channel_of_a_new_code(applied) == "webhook"


def test_a_destroy_after_all_that_leaves_nothing_behind(applied: Applied, mended: str) -> None:
    applied.terraform.destroy(refresh=False)

    assert applied.left() == {}


def _store(aws: LocalAws, secret: str, value: str) -> None:
    """As on AWS: beside Terraform, so that no state holds it."""
    aws.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=value)


def _write(applied: Applied, text: str) -> None:
    (applied.terraform.directory / "main.tf").write_text(text)


def _channel_of_a_new_code(applied: Applied) -> str:
    """What brings a code to somebody who signs up, from a process that knows nothing yet."""
    applied.aws.end_environments()
    user = applied.sign_up("made")
    applied.code(user)
    (message,) = applied.messages(user)
    return str(message["channel"])


def _live(applied: Applied) -> str:
    """The version behind the alias."""
    return str(applied.aws.client("lambda").get_alias(FunctionName=NAME, Name="live")["FunctionVersion"])


def _versions(applied: Applied) -> list[int]:
    found = applied.aws.client("lambda").list_versions_by_function(FunctionName=NAME)["Versions"]
    return [int(version["Version"]) for version in found if version["Version"] != "$LATEST"]


def _policies(applied: Applied) -> Mapping[str, Any]:
    """The policies of the function's role, by their names."""
    iam, role = applied.aws.client("iam"), applied.outputs["sender"]["role_name"]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}
