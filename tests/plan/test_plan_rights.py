"""What the function's role may do: exactly this, statement by statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plan.constants import (
    ORIGINATION_NUMBER,
    ORIGINATION_POOL,
    ORIGINATION_SENDER_ID,
    OTHER_KEY,
    PARAMETER,
    SECRET,
    TOPIC,
)
from plan.documents import FUNCTION_POLICY, SENDERS_POLICY, statements

if TYPE_CHECKING:
    from plan.conftest import Scenarios


def _allow(actions: list[str], resources: list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def _logs(name: str, *, partition: str = "aws", region: str = "eu-central-1") -> dict[str, Any]:
    return {
        "WriteOwnLogs": _allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [f"arn:{partition}:logs:{region}:*:log-group:/aws/lambda/{name}:*"],
        )
    }


def _queue(name: str, *, partition: str = "aws", region: str = "eu-central-1") -> dict[str, Any]:
    return {"KeepFailedEvents": _allow(["sqs:SendMessage"], [f"arn:{partition}:sqs:{region}:*:{name}-failures"])}


def _ledger(name: str, *, partition: str = "aws", region: str = "eu-central-1") -> dict[str, Any]:
    return {"KeepLedger": _allow(["dynamodb:UpdateItem"], [f"arn:{partition}:dynamodb:{region}:*:table/{name}-ledger"])}


TRACES = {"SendTraces": _allow(["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"])}
ANY_ORIGINATION = [
    "arn:aws:sms-voice:{region}:*:phone-number/*",
    "arn:aws:sms-voice:{region}:*:pool/*",
    "arn:aws:sms-voice:{region}:*:sender-id/*",
    "arn:aws:sms-voice:{region}:*:rcs-agent/*",
]


def test_a_function_has_the_rights_to_its_log_its_traces_its_ledger_and_its_queue(scenario: Scenarios) -> None:
    assert statements(scenario("defaults")[FUNCTION_POLICY]) == (
        _logs("defaults") | TRACES | _ledger("defaults") | _queue("defaults")
    )


def test_without_tracing_there_is_no_right_to_write_traces(scenario: Scenarios) -> None:
    assert statements(scenario("size")[FUNCTION_POLICY]) == _logs("size") | _ledger("size") | _queue("size")


def test_without_a_queue_there_is_no_right_to_send_to_one(scenario: Scenarios) -> None:
    assert statements(scenario("no_failure_queue")[FUNCTION_POLICY]) == (
        _logs("no-failure-queue") | TRACES | _ledger("no-failure-queue")
    )


def test_without_a_ledger_there_is_no_right_to_a_table(scenario: Scenarios) -> None:
    assert statements(scenario("ledger_off")[FUNCTION_POLICY]) == _logs("ledger-off") | TRACES | _queue("ledger-off")


def test_function_with_a_key_on_its_ledger_may_decrypt_for_that_table_through_dynamodb(scenario: Scenarios) -> None:
    assert statements(scenario("ledger_key")[FUNCTION_POLICY]) == {
        **_logs("ledger-key"),
        **TRACES,
        **_ledger("ledger-key"),
        **_queue("ledger-key"),
        "UseLedgerKey": _allow(
            ["kms:Decrypt"],
            [OTHER_KEY],
            Condition={
                "StringEquals": {"kms:EncryptionContext:aws:dynamodb:tableName": "ledger-key-ledger"},
                "StringLike": {"kms:ViaService": ["dynamodb.*.amazonaws.com"]},
            },
        ),
    }


def test_function_with_a_key_on_its_queue(scenario: Scenarios) -> None:
    assert statements(scenario("failure_queue_key")[FUNCTION_POLICY]) == {
        **_logs("failure-queue-key"),
        **TRACES,
        **_ledger("failure-queue-key"),
        **_queue("failure-queue-key"),
        "EncryptFailedEvents": _allow(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [OTHER_KEY],
            Condition={"StringLike": {"kms:ViaService": ["sqs.*.amazonaws.com"]}},
        ),
    }


def test_in_a_vpc_a_function_may_have_its_network_interfaces(scenario: Scenarios) -> None:
    assert statements(scenario("vpc")[FUNCTION_POLICY]) == {
        **_logs("vpc"),
        **TRACES,
        **_ledger("vpc"),
        **_queue("vpc"),
        "AttachToVpc": _allow(
            [
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            ["*"],
        ),
        "CodeLeavesTheVpcAlone": {
            "Effect": "Deny",
            "Action": [
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:DetachNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            ],
            "Resource": ["*"],
            "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": ["arn:aws:lambda:eu-central-1:*:function:vpc"]}},
        },
    }


def test_sns_may_text_phones_but_publish_to_no_topic(scenario: Scenarios) -> None:
    assert statements(scenario("sns")[SENDERS_POLICY]) == {
        "SendSmsThroughSns": {"Effect": "Allow", "Action": ["sns:Publish"], "NotResource": ["arn:aws:sns:*:*:*"]}
    }


def test_sns_topic_may_publish_to_its_topic_only(scenario: Scenarios) -> None:
    assert statements(scenario("sns_topic")[SENDERS_POLICY]) == {"PublishToTopics": _allow(["sns:Publish"], [TOPIC])}


def test_sns_topic_with_a_key_may_encrypt_with_it_through_sns(scenario: Scenarios) -> None:
    assert statements(scenario("edges")[SENDERS_POLICY])["EncryptTopicMessages"] == _allow(
        ["kms:Decrypt", "kms:GenerateDataKey"],
        [OTHER_KEY],
        Condition={"StringLike": {"kms:ViaService": ["sns.*.amazonaws.com"]}},
    )


def test_end_user_messaging_by_arn_may_use_that_identity_with_its_configurations_only(scenario: Scenarios) -> None:
    assert statements(scenario("end_user_messaging")[SENDERS_POLICY]) == {
        "SendSmsThroughEndUserMessaging": _allow(
            ["sms-voice:SendTextMessage"],
            [
                ORIGINATION_POOL,
                "arn:aws:sms-voice:us-west-2:*:configuration-set/codes",
                "arn:aws:sms-voice:us-west-2:*:protect-configuration/protect-1",
            ],
        )
    }


def test_end_user_messaging_by_id_may_use_any_identity_of_its_region(scenario: Scenarios) -> None:
    assert statements(scenario("end_user_messaging_by_id")[SENDERS_POLICY]) == {
        "SendSmsThroughEndUserMessaging": _allow(
            ["sms-voice:SendTextMessage"], [arn.format(region="us-west-2") for arn in ANY_ORIGINATION]
        )
    }


@pytest.mark.parametrize(
    ("name", "identities"),
    [
        ("origination_by_country", [ORIGINATION_SENDER_ID, ORIGINATION_NUMBER, ORIGINATION_POOL]),
        ("origination_for_every_country", [ORIGINATION_SENDER_ID, ORIGINATION_NUMBER]),
        ("origination_partly_by_id", [arn.format(region="us-west-2") for arn in ANY_ORIGINATION]),
    ],
)
def test_end_user_messaging_by_country_may_use_those_identities_only_when_all_are_arns(
    name: str, identities: list[str], scenario: Scenarios
) -> None:
    assert statements(scenario(name)[SENDERS_POLICY])["SendSmsThroughEndUserMessaging"] == _allow(
        ["sms-voice:SendTextMessage"], identities
    )


def test_twilio_may_read_its_secret(scenario: Scenarios) -> None:
    assert statements(scenario("twilio")[SENDERS_POLICY]) == {
        "ReadSecrets": _allow(["secretsmanager:GetSecretValue"], [SECRET])
    }


def test_webhook_may_read_its_parameter_and_decrypt_it_through_systems_manager(scenario: Scenarios) -> None:
    assert statements(scenario("webhook")[SENDERS_POLICY]) == {
        "ReadParameters": _allow(["ssm:GetParameter"], [PARAMETER]),
        "DecryptSecrets": _allow(
            ["kms:Decrypt"],
            [OTHER_KEY],
            Condition={"StringLike": {"kms:ViaService": ["secretsmanager.*.amazonaws.com", "ssm.*.amazonaws.com"]}},
        ),
    }


def test_every_sender_has_the_rights_to_what_it_sends_by_and_no_others(scenario: Scenarios) -> None:
    assert statements(scenario("every_sender")[SENDERS_POLICY]) == {
        "SendSmsThroughSns": {"Effect": "Allow", "Action": ["sns:Publish"], "NotResource": ["arn:aws:sns:*:*:*"]},
        "PublishToTopics": _allow(["sns:Publish"], [TOPIC]),
        "SendSmsThroughEndUserMessaging": _allow(
            ["sms-voice:SendTextMessage"], [arn.format(region="eu-central-1") for arn in ANY_ORIGINATION]
        ),
        "ReadSecrets": _allow(["secretsmanager:GetSecretValue"], [SECRET]),
        "ReadParameters": _allow(["ssm:GetParameter"], [PARAMETER]),
    }


def test_in_govcloud_every_arn_is_of_its_partition(scenario: Scenarios) -> None:
    govcloud = {"partition": "aws-us-gov", "region": "us-gov-west-1"}

    assert statements(scenario("govcloud")[FUNCTION_POLICY]) == (
        _logs("govcloud", **govcloud) | TRACES | _ledger("govcloud", **govcloud) | _queue("govcloud", **govcloud)
    )
    assert statements(scenario("govcloud")[SENDERS_POLICY]) == {
        "SendSmsThroughEndUserMessaging": _allow(
            ["sms-voice:SendTextMessage"],
            [
                f"arn:aws-us-gov:sms-voice:us-gov-west-1:*:{kind}/*"
                for kind in ("phone-number", "pool", "sender-id", "rcs-agent")
            ],
        )
    }


def test_in_china_every_arn_is_of_its_partition(scenario: Scenarios) -> None:
    china = {"partition": "aws-cn", "region": "cn-north-1"}

    assert statements(scenario("china")[FUNCTION_POLICY]) == (
        _logs("china", **china) | TRACES | _ledger("china", **china) | _queue("china", **china)
    )
    assert statements(scenario("china")[SENDERS_POLICY]) == {
        "ReadParameters": _allow(["ssm:GetParameter"], ["arn:aws-cn:ssm:cn-north-1:123456789012:parameter/own"]),
        "DecryptSecrets": _allow(
            ["kms:Decrypt"],
            ["arn:aws-cn:kms:cn-north-1:123456789012:key/1"],
            Condition={
                "StringLike": {
                    "kms:ViaService": [
                        "secretsmanager.*.amazonaws.com",
                        "secretsmanager.*.amazonaws.com.cn",
                        "ssm.*.amazonaws.com",
                        "ssm.*.amazonaws.com.cn",
                    ]
                }
            },
        ),
    }


@pytest.mark.parametrize("address", [FUNCTION_POLICY, SENDERS_POLICY])
def test_no_policy_names_the_key_that_cognito_encrypts_with(address: str, scenario: Scenarios) -> None:
    """That right is one grant per pool, bound to the pool."""
    text = scenario("every_sender")[address].values["policy"]

    assert "kms:" not in text
