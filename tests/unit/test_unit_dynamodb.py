"""The table in memory answers as all of moto does, whatever an update says and however it says it."""

from __future__ import annotations

import re
import uuid
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from support.cognito import REGION
from support.dynamodb import DynamoDb, Refused

UPDATES = (
    "SET #a = :a",
    "SET #a = :a, #b = if_not_exists(#b, :a) REMOVE #n",
    "ADD #n :one SET #a = :b",
    "SET #n = if_not_exists(#n, :one) + :one",
    "SET #n = #n + :one",
    "ADD #set :set",
    "DELETE #set :set",
)
CONDITIONS = (
    *(None, "attribute_not_exists(id)", "NOT attribute_exists(id)", "attribute_exists(#set)"),
    *("attribute_not_exists(#n) OR #n < :two", "NOT (attribute_exists(#n) AND #n >= :two)"),
    *("#a = :a", "NOT #a <> :a", "#a = :a AND (attribute_not_exists(#n) OR #n <> :two)"),
    *("begins_with(#a, :a)", "#a IN (:a, :b)", "contains(#set, :a)", "#n BETWEEN :one AND :two"),
)
VALUES = {
    ":a": {"S": "a"},
    ":b": {"S": "b"},
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":set": {"SS": ["a", "b"]},
}


def update(key: str, expression: str, condition: str | None = None, *, told: bool = False) -> dict[str, Any]:
    """An update with the names and values that its expressions use."""
    used = set(re.findall(r"[#:]\w+", f"{expression} {condition}"))
    asked: dict[str, Any] = {"Key": {"id": {"S": key}}, "UpdateExpression": expression}
    asked["ExpressionAttributeNames"] = {name: name[1:] for name in used if name[0] == "#"}
    if values := {name: VALUES[name] for name in used if name[0] == ":"}:
        asked["ExpressionAttributeValues"] = values
    if condition:
        asked["ConditionExpression"] = condition
    return asked | ({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if told else {})


updates = st.builds(
    update, st.sampled_from("xyz"), st.sampled_from(UPDATES), st.sampled_from(CONDITIONS), told=st.booleans()
)


@pytest.fixture(scope="module")
def moto(_account: object) -> Any:
    return boto3.client("dynamodb", region_name=REGION)


def canonical(item: dict[str, Any] | None) -> Any:
    """Sets have no order."""
    return item and {
        name: {kind: sorted(value) if kind == "SS" else value for kind, value in attribute.items()}
        for name, attribute in item.items()
    }


def said(answer: dict[str, Any]) -> Any:
    """What a client acts on: the item, and what is the matter with each update of a transaction."""
    reasons = [(reason["Code"], canonical(reason.get("Item"))) for reason in answer.get("CancellationReasons", [])]
    return canonical(answer.get("Item")), reasons


@settings(max_examples=25)
@given(steps=st.lists(st.one_of(updates, st.lists(updates, max_size=3, unique_by=lambda one: one["Key"]["id"]["S"]))))
def test_the_same_answers_and_the_same_items_as_moto_s(moto: Any, steps: list[Any]) -> None:
    double = DynamoDb()
    moto.create_table(
        TableName=double.table,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for step in filter(None, steps):
        operation, body = ("UpdateItem", {**step, "TableName": double.table}) if isinstance(step, dict) else ("", {})
        if isinstance(step, list):
            actions = [{"Update": {**one, "TableName": double.table}} for one in step]
            operation, body = "TransactWriteItems", {"TransactItems": actions, "ClientRequestToken": uuid.uuid4().hex}
        theirs: Any = ("", (None, []))
        ours: Any = ("", (None, []))
        try:
            {"UpdateItem": moto.update_item, "TransactWriteItems": moto.transact_write_items}[operation](**body)
        except ClientError as error:
            theirs = error.response["Error"]["Code"], said(error.response)  # type: ignore[arg-type] # a TypedDict
        try:
            _, answer = double.answer(operation, body)
            ours = answer.get("__type", "").partition("#")[2], said(answer)
        except Refused:
            ours = "ValidationException", (None, [])
        assert ours == theirs, body
    found = moto.scan(TableName=double.table)["Items"]
    assert {name: canonical(item) for name, item in double.items().items()} == {
        item["id"]["S"]: canonical(item) for item in found
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"ConditionExpression": "attribute_not_exists(state)"},
        {"ConditionExpression": "begins_with(#a)"},
        {"ConditionExpression": "#a = :a AND"},
        {"UpdateExpression": "SET state = :a", "ExpressionAttributeNames": {}},
        {"UpdateExpression": "SET #a = :a, #a = :a"},
        {"UpdateExpression": "SET id = :a", "ExpressionAttributeNames": {}},
        {"ExpressionAttributeNames": {"#a": "a", "#b": "b"}},
        {"ExpressionAttributeNames": {}},
        {"ExpressionAttributeValues": {":a": {"S": "x"}, ":b": {"S": "x"}}},
        {"ReturnValues": "ALL_NEW"},
    ],
    ids=str,
)
def test_what_dynamodb_refuses_stops_the_test_and_is_no_outage(dynamodb: DynamoDb, changed: dict[str, Any]) -> None:
    dynamodb.clear()
    with pytest.raises(Refused):
        dynamodb.client.update_item(**{"TableName": dynamodb.table, **update("x", "SET #a = :a"), **changed})
    with pytest.raises(Refused):
        dynamodb.answer("GetItem", {"TableName": dynamodb.table, "Key": {"id": {"S": "x"}}})
    assert not issubclass(Refused, Exception)
    assert dynamodb.items() == {}


def test_a_transaction_that_comes_again_does_nothing_and_succeeds(dynamodb: DynamoDb) -> None:
    """As DynamoDB, and unlike moto."""
    dynamodb.clear()
    actions = [{"Update": {**update("x", "ADD #n :one", "attribute_not_exists(id)"), "TableName": dynamodb.table}}]
    body = {"TransactItems": actions, "ClientRequestToken": "token"}
    assert [dynamodb.answer("TransactWriteItems", body)[0] for _ in range(2)] == [200, 200]
    assert dynamodb.items()["x"]["n"] == {"N": "1"}
    assert dynamodb.answer("TransactWriteItems", {**body, "ClientRequestToken": "another"})[0] == 400
