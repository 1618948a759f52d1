"""The policy language, alone."""

from __future__ import annotations

from typing import Any

import pytest

from localaws.policy import Ask, Verdict, decide, like

QUEUE = "arn:aws:sqs:eu-central-1:123456789012:failures"


def verdict(
    statement: dict[str, Any], action: str = "sqs:SendMessage", resource: str = QUEUE, **context: str
) -> Verdict:
    keys = {name.replace("__", ":"): [value] for name, value in context.items()}
    return decide([{"Effect": "Allow", **statement}], Ask(action, resource, keys))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "sqs:SendMessage", "Resource": QUEUE}, Verdict.ALLOW),
        ({"Action": "SQS:sendmessage", "Resource": QUEUE}, Verdict.ALLOW),
        ({"Action": ["sqs:Get*", "sqs:Send*"], "Resource": "*"}, Verdict.ALLOW),
        ({"Action": "sqs:SendMessag?", "Resource": "arn:aws:sqs:*:*:fail*"}, Verdict.ALLOW),
        ({"Action": "sqs:ReceiveMessage", "Resource": "*"}, Verdict.SILENT),
        ({"Action": "sqs:*", "Resource": "arn:aws:sqs:eu-central-1:123456789012:Failures"}, Verdict.SILENT),
        ({"NotAction": "sqs:*", "Resource": "*"}, Verdict.SILENT),
        ({"NotAction": "sns:*", "Resource": "*"}, Verdict.ALLOW),
        ({"Action": "*", "NotResource": "arn:aws:sqs:*:*:*"}, Verdict.SILENT),
        ({"Action": "*", "NotResource": "arn:aws:sns:*:*:*"}, Verdict.ALLOW),
        ({"Action": "*"}, Verdict.SILENT),
    ],
)
def test_actions_and_resources(statement: dict[str, Any], expected: Verdict) -> None:
    assert verdict(statement) is expected


def test_a_deny_wins_over_any_allow() -> None:
    policy = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sqs:*", "Resource": QUEUE},
    ]
    assert decide(policy, Ask("sqs:SendMessage", QUEUE)) is Verdict.DENY
    assert decide(policy, Ask("sns:Publish", "*")) is Verdict.ALLOW


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}, True),
        ({"StringEquals": {"AWS:requestedregion": ["us-east-1", "eu-central-1"]}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "EU-CENTRAL-1"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:RequestedRegion": "EU-CENTRAL-1"}}, True),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringNotEquals": {"aws:Absent": "x"}}, True),
        ({"StringLike": {"aws:RequestedRegion": "eu-*"}}, True),
        ({"StringNotLike": {"aws:RequestedRegion": "eu-*"}}, False),
        ({"StringEquals": {"aws:Absent": "x"}}, False),
        ({"StringEqualsIfExists": {"aws:Absent": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:RequestedRegion": "x"}}, False),
        ({"Null": {"aws:Absent": "true"}}, True),
        ({"Null": {"aws:RequestedRegion": "true"}}, False),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sqs:*:123456789012:*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sqs:*:failures"}}, False),
        ({"NumericLessThanEquals": {"aws:Age": "10"}}, True),
        ({"NumericLessThan": {"aws:Age": "10"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:RequestedRegion": ["a", "eu-central-1"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:Absent": "x"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "${aws:RequestedRegion}"}}, True),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "eu-central-1"}, "Null": {"aws:RequestedRegion": "true"}}, False),
    ],
)
def test_conditions(condition: dict[str, Any], holds: bool) -> None:
    statement = {"Action": "*", "Resource": "*", "Condition": condition}
    context = {"aws__RequestedRegion": "eu-central-1", "aws__SecureTransport": "true", "aws__SourceArn": QUEUE}
    assert (verdict(statement, **context, aws__Age="10") is Verdict.ALLOW) is holds


def test_an_unknown_operator_makes_a_deny_apply() -> None:
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    policy = [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}]
    assert decide(policy, Ask("sqs:SendMessage", QUEUE)) is Verdict.DENY


@pytest.mark.parametrize(
    ("principal", "matches"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": "arn:aws:iam::123456789012:role/f"}, True),
        ({"AWS": ["arn:aws:iam::123456789012:role/g"]}, False),
        ({"Service": "lambda.amazonaws.com"}, False),
    ],
)
def test_principals(principal: Any, matches: bool) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": principal}
    ask = Ask("kms:Decrypt", "*", {}, frozenset({("AWS", "arn:aws:iam::123456789012:role/f")}))
    assert (decide([statement], ask) is Verdict.ALLOW) is matches


def test_an_account_is_its_root_or_its_number() -> None:
    ask = Ask("kms:Decrypt", "*", {}, frozenset({("AWS", "arn:aws-cn:iam::123456789012:root")}))
    for name in ("arn:aws-cn:iam::123456789012:root", "123456789012"):
        statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": name}}
        assert decide([statement], ask) is Verdict.ALLOW
    other = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": "999999999999"}}
    assert decide([other], ask) is Verdict.SILENT


def test_wildcards_take_everything_else_literally() -> None:
    assert like("a.b*", "a.bc")
    assert not like("a.b*", "axbc")
    assert like("*", "a\nb")
