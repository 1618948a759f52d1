"""The function and what surrounds it: defaults, options, package, layers, delivery, partitions."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from custom_sender.settings import DEFAULT_NAMESPACE
from localaws import REPOSITORY
from plan.constants import ALARMS, BOUNDARY, IMAGE, LAYER, OTHER_KEY, SIGNING
from plan.documents import FUNCTION, FUNCTION_POLICY, SENDERS_POLICY, settings, statements

if TYPE_CHECKING:
    from plan.conftest import Scenarios

ALARMS_BY_DEFAULT = (
    "channel_off",
    "dropped_events",
    "errors",
    "event_age",
    "failed_share",
    "failure_queue",
    "ledger",
    "over_limit",
    "refused",
    "segments",
    "throttles",
)
COMMERCIAL_LAYER = "arn:aws:lambda:eu-central-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-arm64:36"

ALIAS = "aws_lambda_alias.live"
INVOKE_CONFIG = "aws_lambda_function_event_invoke_config.live"
LOG_GROUP = "aws_cloudwatch_log_group.this"
QUEUE = "aws_sqs_queue.failures[0]"
ROLE = "aws_iam_role.this"
SELF_CHECK = "aws_lambda_invocation.self_check[0]"


def test_defaults_make_these_resources_and_no_others(scenario: Scenarios) -> None:
    made = {address for address, change in scenario("defaults").changes.items() if not change.data}

    assert made == {
        "aws_kms_alias.this[0]",
        "aws_kms_key.this[0]",
        "aws_kms_key_policy.this[0]",
        "aws_cloudwatch_log_group.this",
        *(f'aws_cloudwatch_metric_alarm.this["{name}"]' for name in ALARMS_BY_DEFAULT),
        "aws_dynamodb_table.ledger[0]",
        "aws_iam_role.this",
        FUNCTION_POLICY,
        SENDERS_POLICY,
        "aws_lambda_alias.live",
        "aws_lambda_function.this",
        "aws_lambda_function_event_invoke_config.live",
        "aws_lambda_invocation.self_check[0]",
        "aws_sqs_queue.failures[0]",
        "terraform_data.configuration",
        "terraform_data.hash_key",
        'terraform_data.policy["function"]',
        'terraform_data.policy["senders"]',
    }


def test_a_function_of_which_nothing_is_said_gets_1024_mb_and_is_traced_and_on_arm(scenario: Scenarios) -> None:
    values = scenario("defaults")[FUNCTION].values

    assert values["function_name"] == "defaults"
    assert values["package_type"] == "Zip"
    assert values["handler"] == "custom_sender.handler.handler"
    assert values["runtime"] == "python3.13"
    assert values["architectures"] == ["arm64"]
    assert values["memory_size"] == 1024
    assert values["timeout"] == 30
    assert values["reserved_concurrent_executions"] == -1
    assert values["publish"] is True
    assert values["tracing_config"] == [{"mode": "Active"}]
    assert values["layers"] == [COMMERCIAL_LAYER]
    assert values["vpc_config"] == []
    assert values["code_signing_config_arn"] is None
    # Lambda's own: the emulators do not give them back, and every plan would show a change.
    assert not values.get("snap_start")
    assert not values.get("logging_config")


def test_default_package_is_the_committed_one_with_its_hash(scenario: Scenarios) -> None:
    values = scenario("defaults")[FUNCTION].values
    committed = REPOSITORY / "function/dist/custom-sender.zip"

    assert values["filename"].endswith("/function/dist/custom-sender.zip")
    digest = hashlib.sha256(committed.read_bytes()).digest()
    assert values["source_code_hash"] == base64.b64encode(digest).decode()


def test_alias_live_is_what_cognito_calls(scenario: Scenarios) -> None:
    alias = scenario("defaults")[ALIAS]

    assert alias.values["name"] == "live"
    assert alias.values["function_name"] == "defaults"
    assert alias.is_unknown("function_version")


def test_each_new_version_is_asked_whether_it_is_well(scenario: Scenarios) -> None:
    check = scenario("defaults")[SELF_CHECK]

    assert check.values["function_name"] == "defaults"
    assert check.is_unknown("qualifier")
    assert check.values["lifecycle_scope"] == "CREATE_ONLY"
    assert json.loads(check.values["input"]) == {"self_check": True}, "nothing secret"
    assert not check.values.get("triggers")


@pytest.mark.parametrize("name", ["size", "snap_start"])
def test_a_version_that_nobody_may_call_yet_is_not_asked(name: str, scenario: Scenarios) -> None:
    """Without any concurrency Lambda answers 429, before a snapshot is ready 409."""
    assert SELF_CHECK not in scenario(name)
    assert ALIAS in scenario(name)


def test_where_a_configuration_that_cannot_be_read_is_counted_is_the_default(scenario: Scenarios) -> None:
    assert settings(scenario("defaults"))["monitoring"]["metrics_namespace"] == DEFAULT_NAMESPACE


def test_memory_time_concurrency_and_tracing_are_as_the_user_says(scenario: Scenarios) -> None:
    values = scenario("size")[FUNCTION].values

    assert (values["memory_size"], values["timeout"], values["reserved_concurrent_executions"]) == (2048, 60, 0)
    assert values["tracing_config"] == [{"mode": "PassThrough"}]


def test_a_function_in_a_vpc_has_its_subnets_and_its_security_groups(scenario: Scenarios) -> None:
    (vpc,) = scenario("vpc")[FUNCTION].values["vpc_config"]

    assert sorted(vpc["subnet_ids"]) == ["subnet-1", "subnet-2"]
    assert vpc["security_group_ids"] == ["sg-1"]


def test_snap_start_is_taken_of_published_versions(scenario: Scenarios) -> None:
    (snap_start,) = scenario("snap_start")[FUNCTION].values["snap_start"]

    assert snap_start["apply_on"] == "PublishedVersions"


def test_the_function_takes_only_code_that_the_user_s_signers_signed(scenario: Scenarios) -> None:
    assert scenario("code_signing")[FUNCTION].values["code_signing_config_arn"] == SIGNING


def test_tags_are_on_everything_that_takes_some(scenario: Scenarios) -> None:
    tags = {
        address: change.values["tags"]
        for address, change in scenario("tags").changes.items()
        if "tags" in change.values
    }

    assert tags == {
        "aws_kms_key.this[0]": {"team": "login"},
        "aws_cloudwatch_log_group.this": {"team": "login"},
        **{f'aws_cloudwatch_metric_alarm.this["{name}"]': {"team": "login"} for name in ALARMS_BY_DEFAULT},
        "aws_dynamodb_table.ledger[0]": {"team": "login"},
        "aws_iam_role.this": {"team": "login"},
        "aws_lambda_function.this": {"team": "login"},
        "aws_sqs_queue.failures[0]": {"team": "login"},
        "module.user_pool[0].aws_cognito_user_pool.this": {"team": "login"},
        "module.user_pool[0].aws_iam_role.sms[0]": {"team": "login"},
    }


# The package


def test_package_from_a_file(scenario: Scenarios) -> None:
    values = scenario("package_file")[FUNCTION].values

    assert values["filename"] == "./own.zip"
    assert len(values["source_code_hash"]) == 44
    assert values["layers"] == []


def test_package_from_a_file_that_is_not_there_yet(scenario: Scenarios) -> None:
    values = scenario("package_file_hash")[FUNCTION].values

    assert (values["filename"], values["source_code_hash"]) == ("later.zip", "release-7")


def test_package_from_s3(scenario: Scenarios) -> None:
    values = scenario("package_s3")[FUNCTION].values

    assert (values["s3_bucket"], values["s3_key"], values["s3_object_version"]) == ("artifacts", "sms.zip", "v3")
    assert values["source_code_hash"] == "release-7"
    assert values["filename"] is None
    assert values["layers"] == [COMMERCIAL_LAYER]


def test_package_as_an_image_has_no_handler_runtime_or_layers(scenario: Scenarios) -> None:
    values = scenario("package_image")[FUNCTION].values

    assert (values["package_type"], values["image_uri"]) == ("Image", IMAGE)
    assert values["architectures"] == ["arm64"]
    assert (values["filename"], values["handler"], values["runtime"], values["layers"]) == (None, None, None, None)


def test_the_user_s_layers_take_the_place_of_the_module_s(scenario: Scenarios) -> None:
    assert scenario("layers_own")[FUNCTION].values["layers"] == [LAYER]


def test_more_layers_come_behind_the_module_s(scenario: Scenarios) -> None:
    assert scenario("layers_more")[FUNCTION].values["layers"] == [COMMERCIAL_LAYER, LAYER]


def test_an_empty_list_of_layers_leaves_none(scenario: Scenarios) -> None:
    assert scenario("layers_none_in_s3")[FUNCTION].values["layers"] == []


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        (
            "x86_python312",
            "arn:aws:lambda:eu-central-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:36",
        ),
        ("canada_west", "arn:aws:lambda:ca-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:36"),
        ("china", "arn:aws-cn:lambda:cn-north-1:498634801083:layer:AWSLambdaPowertoolsPythonV3-python313-arm64:36"),
        (
            "govcloud",
            "arn:aws-us-gov:lambda:us-gov-west-1:165093116878:layer:AWSLambdaPowertoolsPythonV3-python313-arm64:27",
        ),
    ],
)
def test_layer_follows_partition_region_architecture_and_runtime(name: str, layer: str, scenario: Scenarios) -> None:
    assert scenario(name)[FUNCTION].values["layers"] == [layer]


def test_region_without_the_layer_works_with_a_package_that_needs_none(scenario: Scenarios) -> None:
    assert scenario("region_without_layer")[FUNCTION].values["layers"] == [LAYER.replace("eu-central-1", "ap-east-2")]


# Logs and role


def test_a_log_is_kept_for_a_year_with_cloudwatch_s_own_key(scenario: Scenarios) -> None:
    values = scenario("defaults")[LOG_GROUP].values

    assert (values["name"], values["retention_in_days"], values["kms_key_id"]) == ("/aws/lambda/defaults", 365, None)


def test_log_group_with_a_key(scenario: Scenarios) -> None:
    values = scenario("monitoring")[LOG_GROUP].values

    assert (values["retention_in_days"], values["kms_key_id"]) == (30, OTHER_KEY)


def test_role_trusts_lambda_only(scenario: Scenarios) -> None:
    role = scenario("defaults")[ROLE]

    assert role.values["name_prefix"] == "defaults-"
    assert (role.values["path"], role.values["permissions_boundary"]) == ("/", None)
    assert statements(role, "assume_role_policy") == {
        "LambdaRunsIt": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    }


def test_boundary_and_path_are_on_every_role(scenario: Scenarios) -> None:
    roles = [change for change in scenario("boundary_and_path").changes.values() if change.type == "aws_iam_role"]

    assert [(role.values["path"], role.values["permissions_boundary"]) for role in roles] == [("/sms/", BOUNDARY)] * 2


@pytest.mark.parametrize("kind", ["aws_iam_role_policy_attachment", "aws_iam_policy"])
def test_nothing_else_gives_a_role_rights(kind: str, scenario: Scenarios) -> None:
    assert kind not in {change.type for change in scenario("defaults").changes.values()}


# What failed


def test_an_event_is_tried_three_times_in_an_hour_and_then_kept_in_a_queue(scenario: Scenarios) -> None:
    config = scenario("defaults")[INVOKE_CONFIG]

    assert config.values["function_name"] == "defaults"
    assert config.values["qualifier"] == "live"
    assert config.values["maximum_event_age_in_seconds"] == 3600
    assert config.values["maximum_retry_attempts"] == 2
    assert config.is_unknown("destination_config.0.on_failure.0.destination")


@pytest.mark.parametrize(
    ("name", "seconds", "retries"),
    [("delivery_of_short_lives", 300, 1), ("delivery_of_lives_of_half_an_hour", 1800, 2)],
)
def test_delivery_follows_from_the_lives_of_the_codes(
    name: str, seconds: int, retries: int, scenario: Scenarios
) -> None:
    """Not below five minutes, which a new grant takes; and no retry after three for codes that are dead by then."""
    values = scenario(name)[INVOKE_CONFIG].values

    assert (values["maximum_event_age_in_seconds"], values["maximum_retry_attempts"]) == (seconds, retries)


def test_how_long_and_how_often_an_event_is_tried_and_kept_is_as_the_user_says(scenario: Scenarios) -> None:
    delivery = scenario("delivery")

    assert delivery[INVOKE_CONFIG].values["maximum_event_age_in_seconds"] == 300
    assert delivery[INVOKE_CONFIG].values["maximum_retry_attempts"] == 0
    assert delivery[QUEUE].values["message_retention_seconds"] == 3600


def test_failure_queue_is_encrypted_short_lived_and_tls_only(scenario: Scenarios) -> None:
    queue = scenario("defaults")[QUEUE]

    assert queue.values["name"] == "defaults-failures"
    assert queue.values["message_retention_seconds"] == 86400
    assert (queue.values["sqs_managed_sse_enabled"], queue.values["kms_master_key_id"]) == (True, None)
    assert statements(queue) == {
        "TlsOnly": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    }


def test_failure_queue_with_a_key(scenario: Scenarios) -> None:
    queue = scenario("failure_queue_key")[QUEUE]

    assert queue.values["kms_master_key_id"] == OTHER_KEY
    assert queue.values.get("sqs_managed_sse_enabled") is not True


def test_without_a_failure_queue_nothing_is_kept_and_no_right_is_given(scenario: Scenarios) -> None:
    no_queue = scenario("no_failure_queue")

    assert QUEUE not in no_queue
    assert no_queue[INVOKE_CONFIG].values["destination_config"] == []
    assert "KeepFailedEvents" not in statements(no_queue[FUNCTION_POLICY])


def test_a_null_element_is_as_if_it_were_not_there(scenario: Scenarios) -> None:
    found = scenario("nulls_around_the_function")
    function = found[FUNCTION].values
    (vpc,) = function["vpc_config"]
    pool = found["module.user_pool[0].aws_cognito_user_pool.this"].values
    told = settings(found)["protection"]

    assert (vpc["subnet_ids"], vpc["security_group_ids"]) == (["subnet-1"], ["sg-1"])
    assert function["layers"] == [LAYER]
    assert function["tags"] == pool["tags"] == {"stage": "test"}
    assert found['aws_cloudwatch_metric_alarm.this["errors"]'].values["alarm_actions"] == [ALARMS]
    assert "DecryptSecrets" not in statements(found[SENDERS_POLICY])
    assert pool["auto_verified_attributes"] == ["email"]
    assert pool["account_recovery_setting"][0]["recovery_mechanism"] == [{"name": "verified_email", "priority": 1}]
    assert sorted(address for address in found.changes if address.startswith("aws_lambda_permission.")) == [
        'aws_lambda_permission.cognito["main"]',
        'aws_lambda_permission.cognito["user_pool"]',
    ]
    assert [grant for grant in found.changes if "also" in grant] == []
    assert told["code_lifetimes_seconds"] == {"Authentication": 300}
    attachment = scenario("attachment_tags_of_null")["aws_lambda_function.this"]
    assert attachment.values["tags"] == {"stage": "test"}
