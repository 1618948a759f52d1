"""The attachment: in which order it is made, what its role may do, and what never makes it take the trigger off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from localaws.terraform import Configuration, Plan
from plan.constants import ACCOUNT, BOUNDARY, FUNCTIONS, IMAGE, KEY, OTHER_KEY, POOL, POOL_ID, REGION
from plan.documents import statements

if TYPE_CHECKING:
    from plan.conftest import Scenarios

FUNCTION = "aws_lambda_function.this"
LOG_GROUP = "aws_cloudwatch_log_group.this"
BEFORE = "aws_lambda_invocation.before"
ATTACHMENT = "aws_lambda_invocation.attachment"
HELD = "aws_lambda_invocation.held"
SMS = f'{HELD}["custom_sms_sender"]'
EMAIL = f'{HELD}["custom_email_sender"]'
REPAIR = "aws_lambda_invocation.repair"
READ = "aws_iam_role_policy.read"
WRITE = "aws_iam_role_policy.write"


@pytest.fixture(scope="module")
def module(accepted: Plan) -> Configuration:
    """What the module says."""
    return accepted.configuration.child("attachment")


# The function


def test_the_function_is_the_attachments_own(scenario: Scenarios) -> None:
    values = scenario("attachment")[FUNCTION].values

    assert values["function_name"] == "acme-attachment"
    assert values["handler"] == "pool_attachment.handler"
    assert values["filename"].endswith("/function/dist/custom-sender.zip")
    assert not values.get("layers"), "it needs boto3 only, which the runtime has"
    assert values["timeout"] >= 120


def test_the_function_as_the_user_wants_it(scenario: Scenarios) -> None:
    full = scenario("attachment_full")
    values = full[FUNCTION].values

    assert (values["architectures"], values["runtime"]) == (["x86_64"], "python3.12")
    assert values["filename"] == "own.zip"
    assert full["aws_iam_role.this"].values["path"] == "/login/"
    assert full["aws_iam_role.this"].values["permissions_boundary"] == BOUNDARY
    assert full["aws_cloudwatch_log_group.this"].values["retention_in_days"] == 30
    assert full["aws_cloudwatch_log_group.this"].values["kms_key_id"] == KEY
    for resource in (FUNCTION, "aws_iam_role.this", "aws_cloudwatch_log_group.this"):
        assert full[resource].values["tags"] == {"team": "login"}


def test_an_image_has_the_attachments_entry(scenario: Scenarios) -> None:
    values = scenario("attachment_image")[FUNCTION].values

    assert values["image_uri"] == IMAGE
    assert values["image_config"][0]["command"] == ["pool_attachment.handler"]
    assert values["handler"] is None


# What the role may do


@pytest.mark.parametrize(
    ("name", "pool", "partition", "region"),
    [
        ("attachment", POOL, "aws", REGION),
        (
            "attachment_govcloud",
            f"arn:aws-us-gov:cognito-idp:us-gov-west-1:{ACCOUNT}:userpool/us-gov-west-1_Ab1",
            "aws-us-gov",
            "us-gov-west-1",
        ),
        (
            "attachment_china",
            f"arn:aws-cn:cognito-idp:cn-north-1:{ACCOUNT}:userpool/cn-north-1_AbCdEf123",
            "aws-cn",
            "cn-north-1",
        ),
    ],
)
def test_the_role_reads_this_pool_and_writes_its_log(
    name: str, pool: str, partition: str, region: str, scenario: Scenarios
) -> None:
    function = scenario(name)[FUNCTION].values["function_name"]

    assert statements(scenario(name)[READ]) == {
        "WriteOwnLogs": {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"arn:{partition}:logs:{region}:*:log-group:/aws/lambda/{function}:*"],
        },
        "ReadPool": {
            "Effect": "Allow",
            "Action": ["cognito-idp:DescribeUserPool", "cognito-idp:GetUserPoolMfaConfig"],
            "Resource": [pool],
        },
    }


def test_the_role_changes_this_pool_hands_over_its_sms_role_to_cognito_only_and_grants_both_keys(
    scenario: Scenarios,
) -> None:
    """The key that is replaced is granted again when it is put back. ``tests/e2e`` tries each of these rights."""
    assert statements(scenario("attachment_read")[WRITE]) == {
        "ChangePool": {
            "Effect": "Allow",
            "Action": ["cognito-idp:SetUserPoolMfaConfig", "cognito-idp:UpdateUserPool"],
            "Resource": [POOL],
        },
        "PassSmsRole": {
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": [f"arn:aws:iam::{ACCOUNT}:role/sms"],
            "Condition": {"StringEquals": {"iam:PassedToService": "cognito-idp.amazonaws.com"}},
        },
        "GrantCognitoTheKey": {"Effect": "Allow", "Action": ["kms:CreateGrant"], "Resource": [KEY, OTHER_KEY]},
    }


# The invocations


def _input(scenario: Scenarios, name: str, address: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(scenario(name)[address].values["input"])
    return found


def test_an_apply_asks_first_what_the_pool_has(scenario: Scenarios) -> None:
    values = scenario("attachment_full")[BEFORE].values

    assert values["lifecycle_scope"] == "CREATE_ONLY"
    assert _input(scenario, "attachment_full", BEFORE) == {
        "action": "read",
        "user_pool_id": POOL_ID,
        "replace": True,
        "trigger": {
            "kms_key_id": KEY,
            "custom_sms_sender": {"lambda_arn": f"{FUNCTIONS}:sms:live", "lambda_version": "V1_0"},
            "custom_email_sender": {"lambda_arn": f"{FUNCTIONS}:mail", "lambda_version": "V1_0"},
        },
    }


def test_the_trigger_is_never_taken_off_to_be_put_on_again(scenario: Scenarios) -> None:
    """``triggers`` replace, and a replacement detaches first."""
    values = scenario("attachment_full")[ATTACHMENT].values

    assert values["lifecycle_scope"] == "CRUD"
    assert values["triggers"] is None


def test_the_repair_takes_nothing_off(scenario: Scenarios) -> None:
    repair = scenario("attachment_full")[REPAIR]

    assert repair.values["lifecycle_scope"] == "CREATE_ONLY", "destroying it must not do anything"
    assert repair.is_unknown("triggers.state") or repair.is_unknown("triggers")


@pytest.mark.parametrize(
    ("name", "senders"),
    [("attachment", {SMS}), ("attachment_full", {SMS, EMAIL}), ("attachment_of_email", {EMAIL})],
)
def test_each_sender_has_a_holder_that_goes_after_the_attachment(
    name: str, senders: set[str], module: Configuration, scenario: Scenarios
) -> None:
    """What Terraform destroys last is what the attachment depends on."""
    assert {address for address in scenario(name).changes if address.startswith(HELD)} == senders
    assert all(scenario(name)[address].values["lifecycle_scope"] == "CRUD" for address in senders)
    assert HELD in module.depends_on(ATTACHMENT)
    assert WRITE in module.depends_on(HELD)


def test_a_sender_of_email_alone_needs_no_sms_role(scenario: Scenarios) -> None:
    email = scenario("attachment_of_email")

    assert _input(scenario, "attachment_of_email", BEFORE)["trigger"] == {
        "kms_key_id": KEY,
        "custom_sms_sender": None,
        "custom_email_sender": {"lambda_arn": f"{FUNCTIONS}:sender:live", "lambda_version": "V1_0"},
    }
    assert email[ATTACHMENT].is_unknown("input")


def test_what_was_there_is_read_before_anything_is_changed(scenario: Scenarios) -> None:
    """What is asked is known before an apply; what is to be done waits for the answer."""
    full = scenario("attachment_full")

    assert not full[BEFORE].is_unknown("input")
    assert all(full[address].is_unknown("input") for address in (EMAIL, ATTACHMENT, REPAIR))


def test_rights_come_before_the_trigger_and_the_look_at_it_after(module: Configuration) -> None:
    """The role's rights, the permission and the grant come before the trigger; looking at it comes after."""
    assert {LOG_GROUP, READ} <= module.depends_on(FUNCTION)
    assert READ in module.depends_on(BEFORE)
    assert WRITE in module.depends_on(ATTACHMENT)
    assert ATTACHMENT in module.depends_on("data.aws_cognito_user_pool.this")
    assert ATTACHMENT in module.depends_on(REPAIR)
    assert module.module["outputs"]["user_pool_id"]["depends_on"] == [REPAIR], "known when the pool has the trigger"


def test_the_check_looks_at_a_data_source_of_the_module(module: Configuration) -> None:
    """One that is nested in the check would make every second plan show a change."""
    assert "data.aws_cognito_user_pool.this" in module.resources()


def test_an_attachment_waits_for_the_permission_and_for_every_grant_of_its_pool(accepted: Plan) -> None:
    """Whichever it does not wait for, codes are lost from the moment at which Cognito uses the sender and the key."""
    sender = accepted.configuration.child("pool_given")
    rights = {
        address for address in sender.resources() if address.startswith(("aws_lambda_permission.", "aws_kms_grant."))
    }

    assert rights == {"aws_lambda_permission.cognito", "aws_kms_grant.decrypt"}
    assert sender.output_references("user_pool_access") >= rights


@pytest.mark.parametrize(
    ("name", "output"),
    [("keys_change", "access_keys_change"), ("pool_made_and_given", "access_pool_made_and_given")],
)
def test_and_for_those_of_no_other_pool(name: str, output: str, scenario: Scenarios, accepted: Plan) -> None:
    grants = {address for address in scenario(name).changes if address.startswith("aws_kms_grant.decrypt")}

    for pool, access in accepted.outputs[output].items():
        of_the_pool = {grant for grant in grants if f'["{pool}/' in grant}
        assert access == 1 + len(of_the_pool)


def test_everything_may_be_unknown_and_sensitive(scenario: Scenarios) -> None:
    unknown = scenario("attachment_unknown")

    for address in (BEFORE, EMAIL, ATTACHMENT, REPAIR):
        assert unknown[address].is_unknown("input")
