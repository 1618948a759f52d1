"""User pools: an update resets what it leaves out, all settings are kept and shown, and an update needs rights."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import pools
from localaws.every_setting import every_factor, every_setting
from localaws.tests.rig import Account, Function, allow, trust
from localaws.tests.test_localaws_cognito import create_pool

TIMES = ("CreationDate", "LastModifiedDate")


def sms_role(account: Account) -> str:
    """A role that Cognito may use for SMS, as the pools of ``localaws.every_setting`` name it."""
    iam, name = account.aws.client("iam"), account.name("sms")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("cognito-idp.amazonaws.com"))["Role"][
        "Arn"
    ]
    rights = {"Version": "2012-10-17", "Statement": [allow(["sns:Publish", "sms-voice:SendTextMessage"])]}
    iam.put_role_policy(RoleName=name, PolicyName="sms", PolicyDocument=json.dumps(rights))
    return arn


@pytest.fixture(scope="module")
def role(account: Account) -> str:
    return sms_role(account)


@pytest.fixture(scope="module")
def cognito(account: Account) -> Any:
    return account.aws.client("cognito-idp")


@pytest.fixture
def pool_id(account: Account, cognito: Any, role: str) -> str:
    """A pool with every setting at a value that is no default."""
    name = account.name("pool")
    pool: str = cognito.create_user_pool(PoolName=name, **every_setting(role))["UserPool"]["Id"]
    return pool


def shown(cognito: Any, pool_id: str) -> dict[str, Any]:
    """What DescribeUserPool shows, times aside."""
    pool: dict[str, Any] = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    return {name: value for name, value in pool.items() if name not in TIMES}


def factors(cognito: Any, pool_id: str) -> dict[str, Any]:
    found: dict[str, Any] = cognito.get_user_pool_mfa_config(UserPoolId=pool_id)
    del found["ResponseMetadata"]
    return found


def test_every_setting_of_the_model_is_in_the_test_pool(role: str) -> None:
    assert set(every_setting(role)) == set(pools.SETTINGS)
    assert set(pools.settled({})) < set(pools.SETTINGS)


@pytest.mark.parametrize("setting", pools.SETTINGS)
def test_no_setting_of_the_test_pool_is_the_default(setting: str, role: str) -> None:
    assert pools.settled(every_setting(role))[setting] != pools.settled({}).get(setting)


def test_describe_shows_every_setting(cognito: Any, pool_id: str, role: str) -> None:
    pool = shown(cognito, pool_id)
    for name, value in every_setting(role).items():
        # The second is shown, and not to be sent.
        also = {"UnusedAccountValidityDays": 11} if name == "AdminCreateUserConfig" else {}
        assert pool[name] == ({**value, **also} if also else value)


@pytest.mark.parametrize("setting", pools.SETTINGS)
def test_an_update_resets_what_it_leaves_out(cognito: Any, pool_id: str, role: str, setting: str) -> None:
    before = shown(cognito, pool_id)
    request = every_setting(role)
    left_out = {setting}
    if setting == "SmsConfiguration":
        left_out.add("MfaConfiguration")  # SMS as a second factor needs it
    if setting in {"SmsVerificationMessage", "EmailVerificationMessage", "EmailVerificationSubject"}:
        left_out.add("VerificationMessageTemplate")  # the same setting by another name
    if setting == "VerificationMessageTemplate":
        left_out |= {"SmsVerificationMessage", "EmailVerificationMessage", "EmailVerificationSubject"}

    cognito.update_user_pool(UserPoolId=pool_id, **{name: request[name] for name in request if name not in left_out})

    after = shown(cognito, pool_id)
    assert after.get(setting) != before[setting]
    # A pool's default message template is shown under one name, and so on: what is nobody's default is gone.
    for name in left_out:
        default = pools.settled({}).get(name)
        assert after.get(name) == default or name in {"AdminCreateUserConfig", "VerificationMessageTemplate"}


def test_an_update_with_nothing_in_it_is_a_pool_as_new(cognito: Any, account: Account, pool_id: str) -> None:
    fresh = shown(cognito, cognito.create_user_pool(PoolName=account.name("pool"))["UserPool"]["Id"])
    name = shown(cognito, pool_id)["Name"]

    cognito.update_user_pool(UserPoolId=pool_id)

    own = {"Id", "Arn", "Name"}
    assert {key: value for key, value in shown(cognito, pool_id).items() if key not in own} == {
        key: value for key, value in fresh.items() if key not in own
    }
    assert shown(cognito, pool_id)["Name"] == name


def test_what_is_said_once_survives_an_update(cognito: Any, account: Account) -> None:
    once: dict[str, Any] = {"UsernameAttributes": ["phone_number"], "UsernameConfiguration": {"CaseSensitive": False}}
    pool_id = cognito.create_user_pool(PoolName=account.name("pool"), **once)["UserPool"]["Id"]

    cognito.update_user_pool(UserPoolId=pool_id, PoolName="another name")

    pool = shown(cognito, pool_id)
    assert {name: pool[name] for name in once} == once
    assert pool["Name"] == "another name"


def test_a_protected_pool_is_not_deleted(cognito: Any, pool_id: str) -> None:
    with pytest.raises(ClientError, match="deletion protection"):
        cognito.delete_user_pool(UserPoolId=pool_id)


def test_passwords_expire_in_one_way_only(cognito: Any, pool_id: str) -> None:
    """AWS shows both, equal, and refuses both, equal: who sends back what was shown learns it here."""
    described = shown(cognito, pool_id)

    with pytest.raises(ClientError, match="Please use TemporaryPasswordValidityDays"):
        cognito.update_user_pool(
            UserPoolId=pool_id,
            Policies=described["Policies"],
            AdminCreateUserConfig=described["AdminCreateUserConfig"],
        )


# Second factors


def test_every_factor_is_kept_and_shown(cognito: Any, pool_id: str, role: str) -> None:
    sms = every_setting(role)["SmsConfiguration"]

    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **every_factor(sms))

    assert factors(cognito, pool_id) == every_factor(sms)


def test_a_factor_that_is_left_out_is_off(cognito: Any, pool_id: str, role: str) -> None:
    sms = every_setting(role)["SmsConfiguration"]
    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **every_factor(sms))

    cognito.set_user_pool_mfa_config(
        UserPoolId=pool_id, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )

    assert factors(cognito, pool_id) == {
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
    }
    assert shown(cognito, pool_id)["MfaConfiguration"] == "OPTIONAL"


def test_an_update_without_mfa_turns_all_second_factors_off(cognito: Any, pool_id: str, role: str) -> None:
    sms = every_setting(role)["SmsConfiguration"]
    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **every_factor(sms))
    request = every_setting(role)

    cognito.update_user_pool(UserPoolId=pool_id, **request)
    assert factors(cognito, pool_id) == every_factor(sms)

    del request["MfaConfiguration"]
    cognito.update_user_pool(UserPoolId=pool_id, **request)
    assert factors(cognito, pool_id) == {
        "MfaConfiguration": "OFF",
        "WebAuthnConfiguration": every_factor(sms)["WebAuthnConfiguration"],
    }


def test_mfa_needs_a_factor(cognito: Any, pool_id: str) -> None:
    with pytest.raises(ClientError, match="not configure any MFA"):
        cognito.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration="ON")


# What whoever updates needs


UPDATE = ("cognito-idp", "update_user_pool")


def test_a_function_needs_the_right_on_this_pool(probe: Function, cognito: Any, pool_id: str, role: str) -> None:
    arn = shown(cognito, pool_id)["Arn"]
    request = {**every_setting(role), "UserPoolId": pool_id}

    probe.may(allow("logs:*"), allow("iam:PassRole"), allow("cognito-idp:UpdateUserPool", f"{arn}0"))
    assert probe.aws_call(*UPDATE, **request)["error"] == "AccessDeniedException"

    probe.may(allow("logs:*"), allow("iam:PassRole"), allow("cognito-idp:UpdateUserPool", arn))
    assert probe.aws_call(*UPDATE, **request) == {}


def test_a_function_needs_to_pass_the_sms_role(probe: Function, pool_id: str, role: str) -> None:
    request = {**every_setting(role), "UserPoolId": pool_id}

    def may_pass(resource: str, service: str) -> None:
        condition = {"StringEquals": {"iam:PassedToService": service}}
        probe.may(allow("cognito-idp:*"), allow("iam:PassRole", resource, Condition=condition))

    for resource, service in (
        ("arn:aws:iam::*:role/other", "cognito-idp.amazonaws.com"),
        (role, "lambda.amazonaws.com"),
    ):
        may_pass(resource, service)
        assert "iam:PassRole" in probe.aws_call(*UPDATE, **request)["message"]
    may_pass(role, "cognito-idp.amazonaws.com")
    assert probe.aws_call(*UPDATE, **request) == {}


def test_a_key_that_comes_back_is_granted_again(account: Account, probe: Function, cognito: Any) -> None:
    old, new = account.key(), account.key()
    pool = create_pool(account, old, probe.alias_arn)
    keep = {"UserPoolId": pool["Id"], "SmsConfiguration": pool["SmsConfiguration"]}
    sender = pool["LambdaConfig"]["CustomSMSSender"]
    kms = account.aws.client("kms")

    cognito.update_user_pool(**keep, LambdaConfig={"KMSKeyID": new, "CustomSMSSender": sender})
    assert kms.list_grants(KeyId=old)["Grants"] == [], "the pool uses another key now"

    back = {**keep, "LambdaConfig": {"KMSKeyID": old, "CustomSMSSender": sender}}
    probe.may(allow("cognito-idp:*"), allow("iam:PassRole"), allow("kms:CreateGrant", new))
    assert probe.aws_call(*UPDATE, **back)["error"] == "NotAuthorizedException"
    probe.may(allow("cognito-idp:*"), allow("iam:PassRole"), allow("kms:CreateGrant", old))
    assert probe.aws_call(*UPDATE, **back) == {}
    assert len(kms.list_grants(KeyId=old)["Grants"]) == 1


def test_faults_play_a_pool_that_somebody_else_is_changing(account: Account, probe: Function, pool_id: str) -> None:
    probe.may(allow("cognito-idp:*"), allow("iam:PassRole"))

    with account.aws.fault("cognito-idp", "conflict", 1):
        answer = probe.aws_call("cognito-idp", "describe_user_pool", UserPoolId=pool_id)
        assert answer["error"] == "ConcurrentModificationException"
        assert "UserPool" in probe.aws_call("cognito-idp", "describe_user_pool", UserPoolId=pool_id)


def test_tags_of_aws_cannot_be_sent(cognito: Any, pool_id: str, role: str) -> None:
    settings = {**every_setting(role), "UserPoolTags": {"aws:cloudformation:stack-name": "login"}}

    with pytest.raises(ClientError, match="aws: prefixed tag key names are not allowed"):
        cognito.update_user_pool(UserPoolId=pool_id, **settings)


@pytest.mark.parametrize("factor", ["SmsMfaConfiguration", "EmailMfaConfiguration", "SoftwareTokenMfaConfiguration"])
def test_no_factor_can_be_configured_while_mfa_is_turned_off(
    factor: str, cognito: Any, pool_id: str, role: str
) -> None:
    configured = every_factor(every_setting(role)["SmsConfiguration"])[factor]

    with pytest.raises(ClientError, match="can't turn off MFA and configure an MFA together"):
        cognito.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration="OFF", **{factor: configured})
    assert cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]["MfaConfiguration"] != "OFF"
    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration="OFF")
