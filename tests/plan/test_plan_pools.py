"""Pools: whose they are, what a pool that is made looks like, and what each is allowed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from localaws.terraform import Change, Plan
from plan.constants import (
    ACCOUNT,
    EMAIL_ROLE,
    FUNCTIONS,
    KEY,
    MANAGER,
    OTHER_POOL,
    OTHER_POOL_ID,
    POOL,
    POOL_ID,
    REGION,
    REPLICA,
)
from plan.documents import statements

if TYPE_CHECKING:
    from plan.conftest import Scenarios

MADE = "module.user_pool[0].aws_cognito_user_pool.this"


def _permission(pool: str) -> str:
    return f'aws_lambda_permission.cognito["{pool}"]'


def _grant(pool: str) -> str:
    return f'aws_kms_grant.decrypt["{pool}/function/key"]'


def _email_grant(pool: str) -> str:
    return f'aws_kms_grant.decrypt["{pool}/custom_email_sender/key"]'


# What a pool is allowed


@pytest.mark.parametrize(
    ("name", "key", "arn", "account"),
    [
        ("pool_given", "main", POOL, ACCOUNT),
        ("two_pools", "one", POOL, ACCOUNT),
        ("two_pools", "two", OTHER_POOL, "210987654321"),
        ("pool_made_and_given", "main", POOL, ACCOUNT),
        ("replica", "main", REPLICA, ACCOUNT),
        (
            "govcloud",
            "main",
            "arn:aws-us-gov:cognito-idp:us-gov-west-1:123456789012:userpool/us-gov-west-1_Ab1",
            ACCOUNT,
        ),
    ],
)
def test_only_this_pool_may_call_the_alias(name: str, key: str, arn: str, account: str, scenario: Scenarios) -> None:
    values = scenario(name)[_permission(key)].values

    assert values["action"] == "lambda:InvokeFunction"
    assert values["principal"] == "cognito-idp.amazonaws.com"
    assert values["qualifier"] == "live"
    assert values["statement_id"] == f"Cognito-{key}"
    assert (values["source_arn"], values["source_account"]) == (arn, account)


@pytest.mark.parametrize(
    ("name", "key", "pool_id"),
    [
        ("pool_given", "main", POOL_ID),
        ("two_pools", "one", POOL_ID),
        ("two_pools", "two", OTHER_POOL_ID),
        ("replica", "main", POOL_ID),
        ("govcloud", "main", "us-gov-west-1_Ab1"),
    ],
)
def test_the_function_may_decrypt_this_pools_messages_and_no_others(
    name: str, key: str, pool_id: str, scenario: Scenarios
) -> None:
    grant = scenario(name)[_grant(key)]

    assert grant.values["operations"] == ["Decrypt"]
    # Not "equals": the context of Cognito's messages also holds aws-crypto-public-key.
    assert grant.values["constraints"] == [
        {"encryption_context_subset": {"userpool-id": pool_id}, "encryption_context_equals": None}
    ]
    # Named, KMS would answer the replacement with the grant that is about to go.
    assert grant.values["name"] is None
    assert grant.is_unknown("grantee_principal")


def test_the_grant_is_on_the_key_that_is_used(scenario: Scenarios) -> None:
    assert scenario("pool_given")[_grant("main")].values["key_id"] == KEY
    assert scenario("pool_made_and_given")[_grant("main")].is_unknown("key_id")


def test_the_pool_that_is_made_and_the_one_that_is_given_are_both_served(scenario: Scenarios) -> None:
    both = scenario("pool_made_and_given")

    for key in ("main", "user_pool"):
        assert _permission(key) in both
        assert _grant(key) in both


def test_without_a_pool_nobody_may_call_or_decrypt(scenario: Scenarios) -> None:
    assert not [
        address for address in scenario("defaults").changes if re.match("aws_(lambda_permission|kms_grant)", address)
    ]


def test_while_keys_change_both_can_be_decrypted(scenario: Scenarios) -> None:
    change = scenario("keys_change")

    for grantee, role in (("function", None), ("custom_email_sender", EMAIL_ROLE)):
        for key in ("old", "new"):
            grant = change[f'aws_kms_grant.decrypt["main/{grantee}/also/{key}"]']
            assert grant.values["operations"] == ["Decrypt"]
            assert grant.values["constraints"][0]["encryption_context_subset"] == {"userpool-id": POOL_ID}
            assert grant.values.get("grantee_principal") == role
            assert grant.is_unknown("key_id") == (key == "new")


# The e-mail sender that is there already


def test_custom_email_sender_of_a_given_pool_may_decrypt(scenario: Scenarios) -> None:
    values = scenario("custom_email_sender")[_email_grant("main")].values

    assert values["key_id"] == KEY
    assert values["grantee_principal"] == EMAIL_ROLE
    assert values["operations"] == ["Decrypt"]
    assert values["constraints"][0]["encryption_context_subset"] == {"userpool-id": POOL_ID}


def test_custom_email_sender_of_a_made_pool_is_its_trigger_and_may_decrypt(scenario: Scenarios) -> None:
    full = scenario("pool_full")

    assert full[_email_grant("user_pool")].values["grantee_principal"] == EMAIL_ROLE
    assert full[MADE].values["lambda_config"][0]["custom_email_sender"] == [
        {"lambda_arn": f"{FUNCTIONS}:mail", "lambda_version": "V1_0"}
    ]


def test_without_an_email_sender_nobody_else_may_decrypt(scenario: Scenarios) -> None:
    assert _email_grant("main") not in scenario("pool_given")


# A pool that is made


def test_a_pool_that_is_made_signs_in_by_phone_number_and_cannot_be_deleted(scenario: Scenarios) -> None:
    pool = scenario("pool_made_known_key")[MADE]
    values = pool.values

    assert values["name"] == "pool-made-known-key"
    assert values["username_attributes"] == ["phone_number"]
    assert values["auto_verified_attributes"] == ["phone_number"]
    assert values["mfa_configuration"] == "OFF"
    assert values["deletion_protection"] == "ACTIVE"
    assert values["username_configuration"] == [{"case_sensitive": False}]
    assert values["admin_create_user_config"][0]["allow_admin_create_user_only"] is False
    assert values["account_recovery_setting"][0]["recovery_mechanism"] == [
        {"name": "verified_phone_number", "priority": 1}
    ]
    assert values["user_attribute_update_settings"] == [
        {"attributes_require_verification_before_update": ["phone_number"]}
    ]
    assert values["password_policy"] == [
        {
            "minimum_length": 12,
            "require_lowercase": True,
            "require_uppercase": True,
            "require_numbers": True,
            "require_symbols": False,
            "password_history_size": None,
            "temporary_password_validity_days": 7,
        }
    ]


def test_made_pool_has_the_trigger_and_the_key(scenario: Scenarios) -> None:
    pool = scenario("pool_made_known_key")[MADE]
    (config,) = pool.values["lambda_config"]

    assert config["kms_key_id"] == KEY
    assert config["custom_sms_sender"] == [{"lambda_version": "V1_0"}]
    assert pool.is_unknown("lambda_config.0.custom_sms_sender.0.lambda_arn")


def test_a_pool_that_is_made_has_every_setting_that_the_user_gives_it(scenario: Scenarios) -> None:
    values = scenario("pool_full")[MADE].values

    assert values["name"] == "customers"
    assert values["username_attributes"] == ["email"]
    assert sorted(values["auto_verified_attributes"]) == ["email", "phone_number"]
    assert values["mfa_configuration"] == "ON"
    assert values["software_token_mfa_configuration"] == [{"enabled": True}]
    assert values["deletion_protection"] == "INACTIVE"
    assert values["admin_create_user_config"][0]["allow_admin_create_user_only"] is True
    assert values["account_recovery_setting"][0]["recovery_mechanism"] == [
        {"name": "verified_email", "priority": 1},
        {"name": "verified_phone_number", "priority": 2},
    ]
    (policy,) = values["password_policy"]
    assert (policy["minimum_length"], policy["require_symbols"], policy["password_history_size"]) == (20, True, 5)


def test_email_goes_through_ses_when_asked_for(scenario: Scenarios) -> None:
    assert scenario("pool_full")[MADE].values["email_configuration"] == [
        {
            "email_sending_account": "DEVELOPER",
            "source_arn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/example.com",
            "from_email_address": "Acme <login@example.com>",
            "reply_to_email_address": "help@example.com",
            "configuration_set": "login",
        }
    ]
    assert scenario("pool_made_known_key")[MADE].values["email_configuration"] == []


def test_every_other_trigger_keeps_working(scenario: Scenarios) -> None:
    (config,) = scenario("pool_full")[MADE].values["lambda_config"]

    assert {name: value for name, value in config.items() if isinstance(value, str)} == {
        "create_auth_challenge": f"{FUNCTIONS}:create",
        "custom_message": f"{FUNCTIONS}:message",
        "define_auth_challenge": f"{FUNCTIONS}:define",
        "post_authentication": f"{FUNCTIONS}:post",
        "post_confirmation": f"{FUNCTIONS}:confirm",
        "pre_authentication": f"{FUNCTIONS}:pre",
        "pre_sign_up": f"{FUNCTIONS}:sign",
        "user_migration": f"{FUNCTIONS}:migrate",
        "verify_auth_challenge_response": f"{FUNCTIONS}:verify",
    }
    assert config["pre_token_generation_config"] == [{"lambda_arn": f"{FUNCTIONS}:token", "lambda_version": "V2_0"}]


def test_the_pool_module_can_be_called_by_itself(accepted: Plan) -> None:
    values = accepted.changes["module.user_pool_alone.aws_cognito_user_pool.this"].values

    (config,) = values["lambda_config"]
    assert config["kms_key_id"] == KEY
    assert config["custom_sms_sender"] == [{"lambda_arn": f"{FUNCTIONS}:sms:live", "lambda_version": "V1_0"}]
    assert config["custom_email_sender"] == []


def test_a_pool_with_user_names_recovers_no_account_by_sms(accepted: Plan) -> None:
    values = accepted.changes["module.user_pool_by_name.aws_cognito_user_pool.this"].values

    assert values["username_attributes"] is None
    assert values["auto_verified_attributes"] == ["phone_number"]
    assert values["account_recovery_setting"][0]["recovery_mechanism"] == [{"name": "admin_only", "priority": 1}]


def test_pool_that_verifies_nothing_leaves_recovery_to_administrators(accepted: Plan) -> None:
    values = accepted.changes["module.user_pool_unverified.aws_cognito_user_pool.this"].values

    assert values["account_recovery_setting"][0]["recovery_mechanism"] == [{"name": "admin_only", "priority": 1}]


# The role that Cognito demands


@pytest.fixture
def sms_role(accepted: Plan) -> Change:
    return accepted.changes["module.user_pool_alone.aws_iam_role.sms[0]"]


def test_sms_role_is_for_this_accounts_pools_only(sms_role: Change) -> None:
    assert sms_role.values["name_prefix"] == "alone-sms-"
    assert statements(sms_role, "assume_role_policy") == {
        "CognitoSendsSms": {
            "Effect": "Allow",
            "Principal": {"Service": "cognito-idp.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT, "sts:ExternalId": "alone"},
                "ArnLike": {"aws:SourceArn": f"arn:aws:cognito-idp:eu-central-1:{ACCOUNT}:userpool/*"},
            },
        }
    }


def test_sms_role_may_send_sms(accepted: Plan) -> None:
    assert statements(accepted.changes["module.user_pool_alone.aws_iam_role_policy.sms[0]"]) == {
        "SendSms": {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": ["*"]}
    }


def test_pool_uses_the_sms_role_with_the_same_external_id(accepted: Plan) -> None:
    pool = accepted.changes["module.user_pool_alone.aws_cognito_user_pool.this"]

    assert pool.values["sms_configuration"][0]["external_id"] == "alone"
    assert pool.is_unknown("sms_configuration.0.sns_caller_arn")


# The key


def test_a_key_that_is_made_is_symmetric_and_rotated(scenario: Scenarios) -> None:
    values = scenario("defaults")["aws_kms_key.this[0]"].values

    assert values["key_usage"] == "ENCRYPT_DECRYPT"
    assert values["customer_master_key_spec"] == "SYMMETRIC_DEFAULT"
    assert values["enable_key_rotation"] is True
    assert values["deletion_window_in_days"] == 30
    assert values["multi_region"] is False
    assert scenario("defaults")["aws_kms_alias.this[0]"].values["name"] == "alias/defaults"


def test_a_key_may_be_multi_region_and_wait_for_its_deletion_as_long_as_the_user_says(scenario: Scenarios) -> None:
    values = scenario("key_options")["aws_kms_key.this[0]"].values

    assert (values["multi_region"], values["deletion_window_in_days"]) == (True, 14)


def test_key_of_the_user_is_left_alone(scenario: Scenarios) -> None:
    assert not [change for change in scenario("two_pools").changes.values() if change.type.startswith("aws_kms_key")]
    assert "aws_kms_alias.this[0]" not in scenario("two_pools")


def test_key_of_the_user_is_told_what_its_policy_needs(accepted: Plan) -> None:
    assert accepted.outputs["statements_two_pools"] == [
        {
            "Sid": "CognitoMakesItsGrant",
            "Effect": "Allow",
            "Principal": {"Service": "cognito-idp.amazonaws.com"},
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": [ACCOUNT, "210987654321"]},
                "ArnEquals": {"aws:SourceArn": [POOL, OTHER_POOL]},
            },
        },
        {
            "Sid": "PoolManagersMakeCognitosGrant",
            "Effect": "Allow",
            "Principal": {"AWS": [MANAGER]},
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:EncryptionContext:userpool-id": [POOL_ID, OTHER_POOL_ID]}},
        },
    ]
    assert accepted.outputs["statements_defaults"] == []


# Outputs


def test_outputs_are_known_at_plan_where_the_key_is(accepted: Plan) -> None:
    assert accepted.outputs["known"] == {
        "function_name": "known",
        "kms_key_arn": KEY,
        "kms_key_id": KEY,
        "lambda_version": "V1_0",
        "log_group_name": "/aws/lambda/known",
        "user_pool_arn": None,
        "user_pool_id": None,
    }


def test_outputs_of_what_is_off_are_null(accepted: Plan) -> None:
    assert accepted.outputs["no_failure_queue"] == [None, None]
    assert accepted.outputs["nothing_beside"] == {
        "alarm_arns": {},
        "dashboard_name": None,
        "ledger_table_arn": None,
        "ledger_table_name": None,
    }


def test_outputs_of_what_is_on(accepted: Plan) -> None:
    assert accepted.outputs["beside"] == {
        "alarms": [
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
            "silence",
            "throttles",
        ],
        "dashboard_name": "dashboard",
        "ledger_table_name": "defaults-ledger",
    }
