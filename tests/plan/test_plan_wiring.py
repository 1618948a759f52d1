"""What is unknown until apply, by what it refers to: an argument that loses its reference would fail only on AWS."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

from localaws import REPOSITORY
from localaws.terraform import Configuration, Plan
from plan.calls import Call
from plan.constants import ALARMS, LAYER, POOL
from support.roots import offline_root

if TYPE_CHECKING:
    from plan.conftest import Scenarios


@pytest.fixture(scope="module")
def root(accepted: Plan) -> Configuration:
    """The root module's configuration."""
    return accepted.configuration.child("pool_made")


@pytest.fixture(scope="module")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, frozenset[str]]:
    """What every resource depends on when a pool is made by the module and another beside it."""
    directory = tmp_path_factory.mktemp("graph").resolve()
    pools = {"user_pool": "{}", "user_pools": "{ beside = { arn = aws_cognito_user_pool.beside.arn } }"}
    call = Call("sms", pools, "")
    beside = """
resource "aws_cognito_user_pool" "beside" {
  name = "beside"
  lambda_config {
    kms_key_id = module.sms.lambda_config.kms_key_id
    custom_sms_sender {
      lambda_arn     = module.sms.lambda_config.custom_sms_sender.lambda_arn
      lambda_version = "V1_0"
    }
  }
}
"""
    terraform = offline_root(directory, {"main.tf": call.hcl(os.path.relpath(REPOSITORY, directory)) + beside})
    return terraform.dependencies()


def _needs(dependencies: Mapping[str, frozenset[str]], start: str) -> Iterator[str]:
    """Everything that ``start`` depends on, however far."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        for needed in dependencies[ahead.pop()] - seen:
            seen.add(needed)
            ahead.append(needed)
            yield needed


# No cycle


# What makes the function, and what the function knows.
OF_THE_FUNCTION = (
    "aws_cloudwatch_log_group.this",
    "aws_dynamodb_table.ledger",
    "aws_iam_role.this",
    "aws_iam_role_policy.this",
    "aws_kms_key.this",
    "aws_lambda_alias.live",
    "aws_lambda_function.this",
    "aws_lambda_function_event_invoke_config.live",
    "aws_lambda_invocation.self_check",
    "aws_sqs_queue.failures",
    "terraform_data.configuration",
    "terraform_data.hash_key",
    "terraform_data.policy",
)
POOLS = ("aws_cognito_user_pool.beside", "module.sms.module.user_pool.aws_cognito_user_pool.this")


@pytest.mark.parametrize("address", OF_THE_FUNCTION)
def test_the_function_and_its_key_depend_on_no_pool(address: str, dependencies: Mapping[str, frozenset[str]]) -> None:
    """Otherwise nobody could use lambda_config for a pool in the same root."""
    needed = set(_needs(dependencies, f"module.sms.{address}"))

    assert not [one for one in needed if "user_pool" in one]


def test_only_what_hangs_on_a_pool_is_left_out_above(dependencies: Mapping[str, frozenset[str]]) -> None:
    """A resource that is added belongs to the one or the other."""
    ours = {
        address.removeprefix("module.sms.")
        for address in dependencies
        if address.startswith(("module.sms.aws_", "module.sms.terraform_data."))
    }

    assert ours - {*OF_THE_FUNCTION} == {
        "aws_cloudwatch_dashboard.this",
        "aws_cloudwatch_metric_alarm.this",
        "aws_kms_alias.this",
        "aws_kms_grant.decrypt",
        "aws_kms_key_policy.this",
        "aws_lambda_permission.cognito",
    }


def test_both_pools_get_the_alias_and_the_key(dependencies: Mapping[str, frozenset[str]]) -> None:
    for pool in POOLS:
        needed = set(_needs(dependencies, pool))
        assert "module.sms.aws_lambda_alias.live" in needed
        assert "module.sms.aws_kms_key.this" in needed


@pytest.mark.parametrize(
    "address", ["aws_lambda_permission.cognito", "aws_kms_grant.decrypt", "aws_kms_key_policy.this"]
)
def test_what_needs_the_pool_comes_after_it(address: str, dependencies: Mapping[str, frozenset[str]]) -> None:
    assert {*POOLS} <= set(_needs(dependencies, f"module.sms.{address}"))


@pytest.mark.parametrize(
    "address",
    [
        "aws_cloudwatch_log_group.this",
        "aws_dynamodb_table.ledger",
        "aws_iam_role.this",
        "aws_iam_role_policy.this",
        "aws_kms_key.this",
        "terraform_data.configuration",
        "terraform_data.hash_key",
    ],
)
def test_the_function_comes_after_all_that_its_first_message_needs(
    address: str, dependencies: Mapping[str, frozenset[str]]
) -> None:
    """Without the log group Lambda makes one of its own; without its rights a function in a VPC is refused."""
    assert f"module.sms.{address}" in set(_needs(dependencies, "module.sms.aws_lambda_function.this"))


def test_the_function_waits_for_its_rights_itself(accepted: Plan) -> None:
    """And not through the ledger alone, which may be off."""
    assert "aws_iam_role_policy.this" in accepted.configuration.child("ledger_off").depends_on(
        "aws_lambda_function.this"
    )


@pytest.mark.parametrize("address", ["aws_sqs_queue.failures", "aws_dynamodb_table.ledger"])
def test_what_is_encrypted_changes_its_key_after_the_role_may_use_it(
    address: str, dependencies: Mapping[str, frozenset[str]]
) -> None:
    assert "module.sms.aws_iam_role_policy.this" in set(_needs(dependencies, f"module.sms.{address}"))


# A pool's rights


def test_permission_is_for_the_function_behind_its_alias(root: Configuration) -> None:
    permission = "aws_lambda_permission.cognito"

    assert "aws_lambda_function.this.arn" in root.references(permission, "function_name")
    assert "aws_lambda_alias.live.name" in root.references(permission, "qualifier")


def test_grants_are_for_the_functions_role_on_the_pools_key(dependencies: Mapping[str, frozenset[str]]) -> None:
    needed = set(_needs(dependencies, "module.sms.aws_kms_grant.decrypt"))

    assert {"module.sms.aws_kms_key.this", "module.sms.aws_iam_role.this"} <= needed


def test_key_policy_and_alias_are_the_keys(root: Configuration) -> None:
    assert "aws_kms_key.this[0].key_id" in root.references("aws_kms_key_policy.this", "key_id")
    assert "aws_kms_key.this[0].key_id" in root.references("aws_kms_alias.this", "target_key_id")
    assert "aws_kms_key.this[0].arn" in root.references("aws_kms_key_policy.this", "policy")


# The function


def test_function_and_policies_are_the_roles(root: Configuration) -> None:
    assert "aws_iam_role.this.arn" in root.references("aws_lambda_function.this", "role")
    assert "aws_iam_role.this.name" in root.references("aws_iam_role_policy.this", "role")


def test_alias_points_at_the_published_version(root: Configuration) -> None:
    assert "aws_lambda_function.this.version" in root.references("aws_lambda_alias.live", "function_version")
    assert "aws_lambda_function.this.function_name" in root.references("aws_lambda_alias.live", "function_name")


def test_the_self_check_is_of_the_published_version(root: Configuration) -> None:
    assert "aws_lambda_function.this.version" in root.references("aws_lambda_invocation.self_check", "qualifier")


def test_the_alias_moves_to_a_version_after_its_self_check(dependencies: Mapping[str, frozenset[str]]) -> None:
    assert "module.sms.aws_lambda_invocation.self_check" in set(
        _needs(dependencies, "module.sms.aws_lambda_alias.live")
    )


def test_event_invoke_config_is_the_alias_and_waits_for_the_right_to_the_queue(root: Configuration) -> None:
    """Lambda checks sqs:SendMessage when it is made."""
    config = "aws_lambda_function_event_invoke_config.live"

    assert "aws_lambda_alias.live.function_name" in root.references(config, "function_name")
    assert "aws_lambda_alias.live.name" in root.references(config, "qualifier")
    assert "aws_iam_role_policy.this" in root.depends_on(config)


def test_event_invoke_config_sends_to_the_queue(dependencies: Mapping[str, frozenset[str]]) -> None:
    config = "module.sms.aws_lambda_function_event_invoke_config.live"

    assert "module.sms.aws_sqs_queue.failures" in set(_needs(dependencies, config))


# A pool that is made


def test_pool_waits_for_the_sms_roles_right(root: Configuration) -> None:
    """InvalidSmsRoleAccessPolicyException otherwise."""
    pool = root.child("user_pool")

    assert "aws_iam_role_policy.sms" in pool.depends_on("aws_cognito_user_pool.this")
    assert "aws_iam_role.sms[0].name" in pool.references("aws_iam_role_policy.sms", "role")


# What they hold is known at plan: test_plan_pools.py, and for the texts test_plan_configuration.py.
KNOWN_OUTPUTS = {"channels", "kms_key_arn", "kms_key_policy_statements", "lambda_config", "messages"}


def test_outputs_are_what_they_say(root: Configuration) -> None:
    expected = {
        "alarm_arns": "aws_cloudwatch_metric_alarm.this",
        "alias_arn": "aws_lambda_alias.live.arn",
        "dashboard_name": "aws_cloudwatch_dashboard.this",
        "failure_queue_arn": "aws_sqs_queue.failures",
        "failure_queue_url": "aws_sqs_queue.failures",
        "function_arn": "aws_lambda_function.this.arn",
        "function_name": "aws_lambda_function.this.function_name",
        "function_version": "aws_lambda_alias.live.function_version",
        "ledger_table_arn": "aws_dynamodb_table.ledger",
        "ledger_table_name": "aws_dynamodb_table.ledger",
        "log_group_name": "aws_cloudwatch_log_group.this.name",
        "role_arn": "aws_iam_role.this.arn",
        "role_name": "aws_iam_role.this.name",
        "user_pool_access": "aws_kms_grant.decrypt",
        "user_pool_arn": "module.user_pool",
        "user_pool_id": "module.user_pool",
    }

    assert root.module["outputs"].keys() == expected.keys() | KNOWN_OUTPUTS
    for name, reference in expected.items():
        assert reference in root.output_references(name), name


# Every ARN may come from a resource of the same root, and be sensitive


@pytest.mark.parametrize("arns", ["unknown", "sensitive"])
def test_every_arn_may_be_unknown_and_sensitive(arns: str, scenario: Scenarios) -> None:
    unknown = scenario(arns)

    function = unknown["aws_lambda_function.this"]
    for path in ("layers.0", "code_signing_config_arn", "vpc_config.0.subnet_ids", "environment.0.variables"):
        assert function.is_unknown(path), path
    for address, path in {
        "aws_cloudwatch_log_group.this": "kms_key_id",
        "aws_sqs_queue.failures[0]": "kms_master_key_id",
        "aws_dynamodb_table.ledger[0]": "server_side_encryption.0.kms_key_arn",
        'aws_cloudwatch_metric_alarm.this["errors"]': "alarm_actions",
        "aws_iam_role.this": "permissions_boundary",
        'aws_iam_role_policy.this["senders"]': "policy",
        'aws_lambda_permission.cognito["main"]': "source_arn",
        'aws_kms_grant.decrypt["main/function/key"]': "key_id",
        'aws_kms_grant.decrypt["main/custom_email_sender/key"]': "grantee_principal",
        'aws_kms_grant.decrypt["user_pool/custom_email_sender/key"]': "grantee_principal",
        "module.user_pool[0].aws_cognito_user_pool.this": "lambda_config.0.pre_sign_up",
    }.items():
        assert unknown[address].is_unknown(path), f"{address} {path}"


def test_the_region_may_be_unknown(scenario: Scenarios) -> None:
    """What is compared with it is compared during apply."""
    found = scenario("region_unknown")

    assert found["aws_lambda_function.this"].values["layers"] == [LAYER]
    assert found['aws_cloudwatch_metric_alarm.this["errors"]'].values["alarm_actions"] == [ALARMS]
    assert found['aws_lambda_permission.cognito["main"]'].values["source_arn"] == POOL


def test_a_package_whose_version_in_s3_is_unknown_can_be_planned(scenario: Scenarios) -> None:
    function = scenario("unknown_s3")["aws_lambda_function.this"]

    assert function.is_unknown("s3_object_version")
    assert function.values["package_type"] == "Zip"
