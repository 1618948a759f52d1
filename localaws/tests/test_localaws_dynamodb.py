"""DynamoDB behind the gate: rights for every part of a transaction, keys of tables, all or nothing, faults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.client import LocalAws
from localaws.tests.rig import Account, Function, allow


@pytest.fixture(scope="module")
def table(account: Account) -> str:
    return account.table()


def arn(table: str) -> str:
    return f"arn:aws:dynamodb:eu-central-1:123456789012:table/{table}"


def key(identifier: str) -> dict[str, Any]:
    return {"id": {"S": identifier}}


def update(table: str, identifier: str, **more: Any) -> dict[str, Any]:
    """One count more."""
    return {
        "TableName": table,
        "Key": key(identifier),
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
        **more,
    }


def transact(probe: Function, *parts: Mapping[str, Any]) -> Any:
    return probe.aws_call("dynamodb", "transact_write_items", TransactItems=list(parts))


def count(aws: LocalAws, table: str, identifier: str) -> int | None:
    item = aws.client("dynamodb").get_item(TableName=table, Key=key(identifier)).get("Item")
    return None if item is None else int(item["n"]["N"])


# -- rights -----------------------------------------------------------------------------------------------------------


def test_a_transaction_needs_the_right_of_each_of_its_parts(probe: Function, account: Account, table: str) -> None:
    name = account.name("item")
    change = {"Update": update(table, name)}
    check = {
        "ConditionCheck": {"TableName": table, "Key": key("none"), "ConditionExpression": "attribute_not_exists(id)"}
    }
    probe.may(allow("dynamodb:TransactWriteItems", arn(table)))
    refused = transact(probe, change)
    assert refused["error"] == "AccessDeniedException"
    assert f"is not authorized to perform: dynamodb:UpdateItem on resource: {arn(table)}" in refused["message"]

    probe.may(allow("dynamodb:UpdateItem", arn(table)))
    assert "error" not in transact(probe, change)
    assert "dynamodb:ConditionCheckItem" in transact(probe, change, check)["message"]
    for part, right in (
        ({"Put": {"TableName": table, "Item": key("x")}}, "PutItem"),
        ({"Delete": {"TableName": table, "Key": key("x")}}, "DeleteItem"),
    ):
        assert f"dynamodb:{right}" in transact(probe, change, part)["message"]
    read = probe.aws_call(
        "dynamodb", "transact_get_items", TransactItems=[{"Get": {"TableName": table, "Key": key(name)}}]
    )
    assert "dynamodb:GetItem" in read["message"]
    assert count(account.aws, table, name) == 1, "what was refused did nothing"


def test_a_transaction_over_two_tables_needs_both(probe: Function, account: Account, table: str) -> None:
    other, name = account.table(), account.name("item")
    parts = [{"Update": update(table, name)}, {"Update": update(other, name)}]
    probe.may(allow("dynamodb:UpdateItem", arn(table)))
    assert arn(other) in transact(probe, *parts)["message"]
    probe.may(allow("dynamodb:UpdateItem", [arn(table), arn(other)]))
    assert "error" not in transact(probe, *parts)


def test_a_table_under_a_customers_key_needs_the_key_for_writing_too(probe: Function, account: Account) -> None:
    customers_key = account.key()
    table = account.table(SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": customers_key})
    write = allow("dynamodb:UpdateItem", arn(table))

    def attempt(**condition: Any) -> str | None:
        probe.may(write, allow("kms:Decrypt", customers_key, Condition=condition))
        answers = (
            probe.aws_call("dynamodb", "update_item", **update(table, "x")),
            transact(probe, {"Update": update(table, "x")}),
        )
        first, second = (answer.get("error") for answer in answers)
        assert first == second
        return None if first is None else str(first)

    probe.may(write)
    assert probe.aws_call("dynamodb", "update_item", **update(table, "x"))["error"] == "AccessDeniedException"
    assert attempt(StringLike={"kms:ViaService": "sqs.*.amazonaws.com"}) == "AccessDeniedException"
    assert attempt(StringEquals={"kms:EncryptionContext:aws:dynamodb:tableName": "other"}) == "AccessDeniedException"
    assert attempt(StringLike={"kms:ViaService": "dynamodb.*.amazonaws.com"}) is None
    assert attempt(StringEquals={"kms:EncryptionContext:aws:dynamodb:tableName": table}) is None


def test_a_table_under_awss_key_needs_no_key(probe: Function, account: Account) -> None:
    def managers() -> list[str]:
        kms = account.aws.client("kms")
        keys = [kms.describe_key(KeyId=known["KeyId"]) for known in kms.list_keys()["Keys"]]
        return sorted(known["KeyMetadata"]["KeyManager"] for known in keys)

    before = managers()
    account.table(SSESpecification={"Enabled": False})
    assert managers() == before, "DynamoDB's own key is not in the account"
    table = account.table(SSESpecification={"Enabled": True, "SSEType": "KMS"})
    assert managers() == ["AWS", *before]
    probe.may(allow("dynamodb:UpdateItem", arn(table)))
    assert "error" not in probe.aws_call("dynamodb", "update_item", **update(table, "x"))


# -- transactions -----------------------------------------------------------------------------------------------------


def test_a_transaction_happens_as_a_whole_or_not_at_all(probe: Function, account: Account, table: str) -> None:
    probe.may(allow("dynamodb:UpdateItem"))
    old, new, full = (account.name("item") for _ in range(3))
    below_two = {"ConditionExpression": "attribute_not_exists(n) OR n < :two"}
    values = {":one": {"N": "1"}, ":two": {"N": "2"}}
    parts = [
        {"Update": update(table, old)},
        {"Update": update(table, full, **below_two, ExpressionAttributeValues=values)},
    ]
    assert "error" not in transact(probe, *parts)
    assert "error" not in transact(probe, *parts)
    assert (count(account.aws, table, old), count(account.aws, table, full)) == (2, 2)
    failed = transact(probe, {"Update": update(table, new)}, *parts)
    assert failed["error"] == "TransactionCanceledException"
    assert failed["message"].endswith("[None, None, ConditionalCheckFailed]")
    assert [count(account.aws, table, item) for item in (old, full, new)] == [2, 2, None]


def test_a_canceled_transaction_tells_the_item_that_stood_in_its_way(account: Account, table: str) -> None:
    dynamodb, name = account.aws.client("dynamodb"), account.name("item")
    once = update(
        table, name, ConditionExpression="attribute_not_exists(id)", ReturnValuesOnConditionCheckFailure="ALL_OLD"
    )
    dynamodb.transact_write_items(TransactItems=[{"Update": once}])
    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=[{"Update": once}, {"Update": update(table, "other")}])
    first, second = caught.value.response["CancellationReasons"]
    assert (first["Code"], first["Item"]) == ("ConditionalCheckFailed", {**key(name), "n": {"N": "1"}})
    assert second["Code"] == "None"


def test_a_transaction_on_a_table_that_is_not_there_is_an_error_of_its_own(account: Account) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.aws.client("dynamodb").transact_write_items(TransactItems=[{"Update": update("nowhere", "x")}])


def test_a_test_reads_all_items_of_a_table(account: Account) -> None:
    table, dynamodb = account.table(), account.aws.client("dynamodb")
    assert account.aws.items(table) == []
    padding = {"S": "x" * 300_000}  # a page of Scan ends at a megabyte
    for number in range(5):
        dynamodb.put_item(TableName=table, Item={**key(str(number)), "padding": padding})
    assert sorted(item["id"]["S"] for item in account.aws.items(table)) == ["0", "1", "2", "3", "4"]


# -- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "update_error", "transaction_error"),
    [
        ("down", "EndpointConnectionError", "EndpointConnectionError"),
        ("throttle", "ThrottlingException", "ThrottlingException"),
        ("unauthorized", "AccessDeniedException", "AccessDeniedException"),
        ("server-error", "InternalServerError", "InternalServerError"),
        ("conflict", "TransactionConflictException", "TransactionCanceledException"),
    ],
)
def test_faults_of_dynamodb(
    probe: Function, account: Account, table: str, mode: str, update_error: str, transaction_error: str
) -> None:
    probe.may(allow("dynamodb:UpdateItem"))
    name = account.name("item")
    with probe.aws.fault("dynamodb", mode):
        assert probe.aws_call("dynamodb", "update_item", **update(table, name))["error"] == update_error
        failed = transact(probe, {"Update": update(table, name)}, {"Update": update(table, "other")})
        assert failed["error"] == transaction_error
        if mode == "conflict":
            assert failed["message"].endswith("[None, TransactionConflict]")
    assert count(account.aws, table, name) is None


@pytest.mark.parametrize(("mode", "counted"), [("kill", None), ("kill-after", 1)])
def test_a_process_is_killed_while_it_writes(account: Account, table: str, mode: str, counted: int | None) -> None:
    function, name = account.function(account.role(allow("dynamodb:UpdateItem"))), account.name("item")
    function.aws.set_fault("dynamodb", mode, times=1, skip=1)
    assert "error" not in function.aws_call("dynamodb", "update_item", **update(table, account.name("item")))
    ended = function.aws_call("dynamodb", "update_item", **update(table, name))
    assert ended["errorType"] == "Runtime.ExitError"
    assert count(function.aws, table, name) == counted


# -- CloudWatch -------------------------------------------------------------------------------------------------------


def test_alarms_and_dashboards_are_kept_as_terraform_wrote_them(aws: LocalAws, account: Account) -> None:
    cloudwatch, name = aws.client("cloudwatch"), account.name("alarm")
    metric = {"Namespace": "N", "MetricName": "Failed", "Dimensions": [{"Name": "service", "Value": "s"}]}
    share = [
        {"Id": "failed", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "share", "Expression": "100 * failed", "Label": "share", "ReturnData": True},
    ]
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=3,
        Threshold=5,
        Metrics=share,
        TreatMissingData="notBreaching",
        AlarmActions=["arn:aws:sns:eu-central-1:123456789012:alarms"],
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (5, "notBreaching")
    assert [query["Id"] for query in alarm["Metrics"]] == ["failed", "share"]
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody='{"widgets":[]}')
    assert cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"] == '{"widgets":[]}'


def test_a_functions_metrics_are_decided_like_any_call(probe: Function) -> None:
    wanted = {"Namespace": "N", "MetricData": [{"MetricName": "Sent", "Value": 1}]}
    assert probe.aws_call("cloudwatch", "put_metric_data", **wanted)["error"].startswith("AccessDenied")
    probe.may(allow("cloudwatch:PutMetricData"))
    assert "error" not in probe.aws_call("cloudwatch", "put_metric_data", **wanted)
