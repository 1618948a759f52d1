"""What is unknown until apply, by what it refers to: an argument that loses its reference would fail only on AWS."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

from plan.scenarios import Call
from support.terraform import REPOSITORY, Configuration, Plan, offline_root

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
    call = Call({"user_pool": "{}", "user_pools": "{ beside = { arn = aws_cognito_user_pool.beside.arn } }"})
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
    terraform = offline_root(directory, {"main.tf": call.hcl("sms", os.path.relpath(REPOSITORY, directory)) + beside})
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


def test_the_function_and_its_key_depend_on_no_pool(dependencies: Mapping[str, frozenset[str]]) -> None:
    """Otherwise nobody could use lambda_config for a pool in the same root."""
    starts = [address for address in dependencies if address.startswith("module.sms.module.sender_function.")]
    starts += ["module.sms.module.encryption_key.aws_kms_key.this"]
    assert len(starts) >= 10

    for start in starts:
        pools = [needed for needed in _needs(dependencies, start) if "user_pool" in needed]
        assert not pools, f"{start} depends on {pools}"


def test_nothing_in_the_function_refers_to_a_pool(root: Configuration) -> None:
    """The same from the other side: what the configuration says, argument by argument."""

    def references(configuration: Configuration) -> Iterator[str]:
        for address in configuration.resources():
            yield from configuration.references(address)
        for child in configuration.calls().values():
            yield from references(child)

    found = set(references(root.child("sender_function")))
    assert found, "the walk finds nothing, so it proves nothing"
    assert not [reference for reference in found if "pool" in reference or "cognito" in reference]

    passed = {
        reference
        for expression in root.call("sender_function").values()
        for reference in expression.get("references", [])
    }
    assert passed
    assert not [reference for reference in passed if "pool" in reference]


def test_both_pools_get_the_alias_and_the_key(dependencies: Mapping[str, frozenset[str]]) -> None:
    for pool in ("aws_cognito_user_pool.beside", "module.sms.module.user_pool.aws_cognito_user_pool.this"):
        needed = set(_needs(dependencies, pool))
        assert "module.sms.module.sender_function.aws_lambda_alias.live" in needed
        assert "module.sms.module.encryption_key.aws_kms_key.this" in needed


def test_what_needs_the_pool_comes_after_it(dependencies: Mapping[str, frozenset[str]]) -> None:
    for address in (
        "module.sms.module.user_pool_access.aws_lambda_permission.cognito",
        "module.sms.module.user_pool_access.aws_kms_grant.function",
        "module.sms.module.encryption_key.aws_kms_key_policy.this",
    ):
        needed = set(_needs(dependencies, address))
        assert {"aws_cognito_user_pool.beside", "module.sms.module.user_pool.aws_cognito_user_pool.this"} <= needed


def test_the_function_comes_after_all_that_its_first_message_needs(
    dependencies: Mapping[str, frozenset[str]],
) -> None:
    needed = set(_needs(dependencies, "module.sms.module.sender_function.aws_lambda_function.this"))

    for address in (
        "aws_cloudwatch_log_group.this",
        "aws_dynamodb_table.ledger",
        "aws_iam_role_policy.function",
        "aws_iam_role_policy.senders",
        "terraform_data.hash_key",
    ):
        assert f"module.sms.module.sender_function.{address}" in needed


# A pool's rights


def test_permission_is_for_the_function_behind_its_alias(root: Configuration) -> None:
    access = root.child("user_pool_access")

    assert access.references("aws_lambda_permission.cognito", "function_name") == {"var.function_arn"}
    assert access.references("aws_lambda_permission.cognito", "qualifier") == {"var.alias_name"}
    assert access.references("aws_lambda_permission.cognito", "source_arn") == {"var.user_pool_arn"}
    assert access.references("aws_lambda_permission.cognito", "source_account") == {"local.account_id"}
    assert "module.sender_function.function_arn" in root.call("user_pool_access")["function_arn"]["references"]
    assert "module.sender_function.alias_name" in root.call("user_pool_access")["alias_name"]["references"]


def test_grant_is_for_the_functions_role_on_the_pools_key(root: Configuration) -> None:
    access = root.child("user_pool_access")

    assert access.references("aws_kms_grant.function", "key_id") == {"var.kms_key_arn"}
    assert access.references("aws_kms_grant.function", "grantee_principal") == {"var.role_arn"}
    assert access.references("aws_kms_grant.function", "constraints") == {"local.user_pool_id"}
    assert "module.encryption_key.key_arn" in root.call("user_pool_access")["kms_key_arn"]["references"]
    assert "module.sender_function.role_arn" in root.call("user_pool_access")["role_arn"]["references"]


def test_email_grant_is_for_the_email_senders_role(root: Configuration) -> None:
    access = root.child("user_pool_access")

    assert "var.custom_email_sender.role_arn" in access.references(
        "aws_kms_grant.custom_email_sender", "grantee_principal"
    )


def test_key_policy_and_alias_are_the_keys(root: Configuration) -> None:
    key = root.child("encryption_key")

    assert "aws_kms_key.this[0].key_id" in key.references("aws_kms_key_policy.this", "key_id")
    assert "aws_kms_key.this[0].key_id" in key.references("aws_kms_alias.this", "target_key_id")
    assert {"aws_kms_key.this[0].arn", "local.cognito_statements"} <= key.references(
        "aws_kms_key_policy.this", "policy"
    )


# The function


def test_function_is_made_after_what_it_needs(root: Configuration) -> None:
    """Without the log group Lambda makes one of its own; without its rights a function in a VPC is refused."""
    function = root.child("sender_function")

    assert function.depends_on("aws_lambda_function.this") == {
        "aws_cloudwatch_log_group.this",
        "aws_iam_role_policy.function",
        "aws_iam_role_policy.senders",
    }
    assert "aws_iam_role.this.arn" in function.references("aws_lambda_function.this", "role")


def test_policies_are_the_roles(root: Configuration) -> None:
    function = root.child("sender_function")

    for policy in ("aws_iam_role_policy.function", "aws_iam_role_policy.senders"):
        assert "aws_iam_role.this.name" in function.references(policy, "role")


def test_alias_points_at_the_published_version(root: Configuration) -> None:
    function = root.child("sender_function")

    assert "aws_lambda_function.this.version" in function.references("aws_lambda_alias.live", "function_version")
    assert "aws_lambda_function.this.function_name" in function.references("aws_lambda_alias.live", "function_name")


def test_event_invoke_config_is_the_alias_and_waits_for_the_right_to_the_queue(root: Configuration) -> None:
    """Lambda checks sqs:SendMessage when it is made."""
    function = root.child("sender_function")
    config = "aws_lambda_function_event_invoke_config.live"

    assert "aws_lambda_alias.live.function_name" in function.references(config, "function_name")
    assert "aws_lambda_alias.live.name" in function.references(config, "qualifier")
    assert "aws_iam_role_policy.function" in function.depends_on(config)


def test_event_invoke_config_sends_to_the_queue(dependencies: Mapping[str, frozenset[str]]) -> None:
    config = "module.sms.module.sender_function.aws_lambda_function_event_invoke_config.live"

    assert "module.sms.module.sender_function.aws_sqs_queue.failures" in set(_needs(dependencies, config))


def test_function_is_told_its_key(dependencies: Mapping[str, frozenset[str]]) -> None:
    function = "module.sms.module.sender_function.aws_lambda_function.this"

    assert "module.sms.module.encryption_key.aws_kms_key.this" in set(_needs(dependencies, function))


# A pool that is made


def test_pool_waits_for_the_sms_roles_right(root: Configuration) -> None:
    """InvalidSmsRoleAccessPolicyException otherwise."""
    pool = root.child("user_pool")

    assert "aws_iam_role.sms.arn" in pool.references("aws_cognito_user_pool.this", "sms_configuration")
    assert "aws_iam_role_policy.sms" in pool.depends_on("aws_cognito_user_pool.this")
    assert "aws_iam_role.sms.name" in pool.references("aws_iam_role_policy.sms", "role")


def test_outputs_are_what_they_say(root: Configuration) -> None:
    expected = {
        "alarm_arns": "module.sender_function.alarm_arns",
        "alias_arn": "module.sender_function.alias_arn",
        "dashboard_name": "module.sender_function.dashboard_name",
        "failure_queue_arn": "module.sender_function.failure_queue_arn",
        "failure_queue_url": "module.sender_function.failure_queue_url",
        "function_arn": "module.sender_function.function_arn",
        "function_name": "module.sender_function.function_name",
        "function_version": "module.sender_function.function_version",
        "kms_key_arn": "module.encryption_key.key_arn",
        "kms_key_policy_statements": "module.encryption_key.cognito_statements",
        "lambda_config": "local.lambda_config",
        "ledger_table_arn": "module.sender_function.ledger_table_arn",
        "ledger_table_name": "module.sender_function.ledger_table_name",
        "log_group_name": "module.sender_function.log_group_name",
        "messages": "module.messages.texts",
        "role_arn": "module.sender_function.role_arn",
        "role_name": "module.sender_function.role_name",
        "user_pool_access": "module.user_pool_access",
        "user_pool_arn": "module.user_pool",
        "user_pool_id": "module.user_pool",
    }

    assert root.module["outputs"].keys() == expected.keys()
    for name, reference in expected.items():
        assert reference in root.output_references(name), name


# Every ARN may come from a resource of the same root, and be sensitive


@pytest.mark.parametrize("arns", ["unknown", "sensitive"])
def test_every_arn_may_be_unknown_and_sensitive(arns: str, scenario: Scenarios) -> None:
    unknown = scenario(arns)

    function = unknown["module.sender_function.aws_lambda_function.this"]
    for path in ("layers.0", "code_signing_config_arn", "vpc_config.0.subnet_ids", "environment.0.variables"):
        assert function.is_unknown(path), path
    for address, path in {
        "module.sender_function.aws_cloudwatch_log_group.this": "kms_key_id",
        "module.sender_function.aws_sqs_queue.failures[0]": "kms_master_key_id",
        "module.sender_function.aws_dynamodb_table.ledger[0]": "server_side_encryption.0.kms_key_arn",
        'module.sender_function.aws_cloudwatch_metric_alarm.this["errors"]': "alarm_actions",
        "module.sender_function.aws_iam_role.this": "permissions_boundary",
        "module.sender_function.aws_iam_role_policy.senders": "policy",
        'module.user_pool_access["main"].aws_lambda_permission.cognito': "source_arn",
        'module.user_pool_access["main"].aws_kms_grant.function': "key_id",
        'module.user_pool_access["main"].aws_kms_grant.custom_email_sender[0]': "grantee_principal",
        'module.user_pool_access["user_pool"].aws_kms_grant.custom_email_sender[0]': "grantee_principal",
        "module.user_pool[0].aws_cognito_user_pool.this": "lambda_config.0.pre_sign_up",
    }.items():
        assert unknown[address].is_unknown(path), f"{address} {path}"


def test_unknown_object_in_s3(scenario: Scenarios) -> None:
    function = scenario("unknown_s3")["module.sender_function.aws_lambda_function.this"]

    assert function.is_unknown("s3_object_version")
    assert function.values["package_type"] == "Zip"
