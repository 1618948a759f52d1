"""A DynamoDB table in memory: what the ledger asks of one, ten times as fast as moto.

It knows updates by one key, alone and in transactions, with the few forms of expressions that the ledger writes; at any
other it stops the test (``Unknown``). Unlike moto it knows a transaction's ClientRequestToken, and does nothing when it
comes again ("Amazon DynamoDB Transactions: idempotency", developer guide). ``test_unit_table.py`` holds its answers
against moto's.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import MockRawResponse

from support.dynamodb import DynamoDb, one_at_a_time

Item = dict[str, dict[str, Any]]
_NO_TABLE = {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}
_TOKEN = re.compile(r"attribute_not_exists|<>|[()=<]|AND\b|OR\b|[#:]?\w+")


class Unknown(BaseException):
    """The table was asked for something that it does not know, or that DynamoDB would refuse.

    No ``Exception``: to the ledger and to the handler that would be an outage like any other.
    """


class TableDouble(DynamoDb):
    """As ``DynamoDb``, with this module behind the wire. A request it cannot answer as DynamoDB does is ``Unknown``."""

    def _create(self) -> None:
        self._items: dict[str, Item] = {}
        self._tokens: dict[str, str] = {}

    def items(self) -> dict[str, Item]:
        return copy.deepcopy(self._items)

    def put(self, item: Item) -> None:
        self._items[item["id"]["S"]] = item

    def clear(self) -> None:
        self._create()
        self.faults.clear()
        self.requests.clear()

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        body = json.loads(request.body)
        try:
            with one_at_a_time:
                error = {"UpdateItem": self._update, "TransactWriteItems": self._transact}[operation](body)
        except Exception as reason:
            raise Unknown(f"{operation} {body}") from reason
        content = {} if error is None else error
        return AWSResponse(request.url, 400 if error else 200, HTTPHeaders(), MockRawResponse(json.dumps(content)))

    def _update(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        if body["TableName"] != self.table:
            return _NO_TABLE
        changed = self._changed(body)
        if isinstance(changed, dict):
            self._items[changed["id"]["S"]] = changed
            return None
        return {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", **changed.reason}

    def _transact(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        actions, token = body["TransactItems"], body["ClientRequestToken"]
        if any(action["Update"]["TableName"] != self.table for action in actions):
            return _NO_TABLE
        parameters = json.dumps(actions, sort_keys=True)
        if token in self._tokens:
            assert self._tokens[token] == parameters, "IdempotentParameterMismatchException"
            return None
        assert len({action["Update"]["Key"]["id"]["S"] for action in actions}) == len(actions)
        outcomes = [self._changed(action["Update"]) for action in actions]
        if all(isinstance(outcome, dict) for outcome in outcomes):
            self._items |= {outcome["id"]["S"]: outcome for outcome in outcomes if isinstance(outcome, dict)}
            self._tokens[token] = parameters
            return None
        reasons = [{"Code": "None"} if isinstance(outcome, dict) else outcome.reason for outcome in outcomes]
        return {
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "CancellationReasons": reasons,
        }

    def _changed(self, update: Mapping[str, Any]) -> Item | _Failed:
        """The item as the update makes it, or why it does not."""
        key = update["Key"]["id"]["S"]
        old = self._items.get(key)
        known = {"UpdateExpression", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
        known |= {"TableName", "Key", "ReturnValuesOnConditionCheckFailure"}
        assert update.keys() <= known, update.keys() - known
        names, values = update["ExpressionAttributeNames"], update["ExpressionAttributeValues"]
        condition = update.get("ConditionExpression", "")
        used = set(re.findall(r"[#:]\w+", f"{condition} {update['UpdateExpression']}"))
        assert used == {*names, *values}, "DynamoDB refuses names and values that no expression uses"
        if condition and not _Condition(condition, old or {}, names, values).holds():
            return _Failed(old if update.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else None)
        return _applied({"id": {"S": key}, **copy.deepcopy(old or {})}, update["UpdateExpression"], names, values)


class _Failed:
    def __init__(self, old: Item | None) -> None:
        self.reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        if old:
            self.reason["Item"] = old


class _Condition:
    """``attribute_not_exists``, ``=``, ``<>`` and ``<``, joined by AND and OR, in parentheses."""

    def __init__(self, text: str, item: Item, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
        self._tokens = _TOKEN.findall(text)
        assert "".join(self._tokens) == re.sub(r"\s", "", text), text
        self._item, self._names, self._values = item, names, values

    def holds(self) -> bool:
        result = self._either()
        assert not self._tokens
        return result

    def _either(self) -> bool:
        return self._joined("OR", self._all, any)

    def _all(self) -> bool:
        return self._joined("AND", self._single, all)

    def _joined(self, word: str, part: Callable[[], bool], how: Callable[[list[bool]], bool]) -> bool:
        parts = [part()]
        while self._tokens[:1] == [word]:
            self._tokens.pop(0)
            parts.append(part())
        return how(parts)

    def _single(self) -> bool:
        first = self._tokens.pop(0)
        if first == "(":
            inner = self._either()
            assert self._tokens.pop(0) == ")"
            return inner
        if first == "attribute_not_exists":
            assert self._tokens.pop(0) == "("
            name = self._tokens.pop(0)
            assert self._tokens.pop(0) == ")"
            # Without an alias, DynamoDB refuses the names that are words of its own; the key's is none.
            return (name if name == "id" else self._names[name]) not in self._item
        operator, value = self._tokens.pop(0), self._values[self._tokens.pop(0)]
        mine = self._item.get(self._names[first])
        if operator == "<":
            return (
                mine is not None and mine.keys() == value.keys() == {"N"} and Decimal(mine["N"]) < Decimal(value["N"])
            )
        wanted = {"=": True, "<>": False}[operator]
        return (mine == value) is wanted


def _applied(item: Item, expression: str, names: Mapping[str, str], values: Mapping[str, Any]) -> Item:
    clauses = re.split(r"\b(SET|REMOVE|ADD) ", expression)
    assert clauses[0] == ""
    before = dict(item)
    for word, clause in zip(clauses[1::2], clauses[2::2], strict=True):
        for action in re.split(r", (?![^(]*\))", clause.strip()):
            name = names[action.split()[0]]
            if word == "REMOVE":
                item.pop(name, None)
            elif word == "ADD":
                added = Decimal(before.get(name, {"N": "0"})["N"]) + Decimal(values[action.split()[1]]["N"])
                item[name] = {"N": str(added)}
            elif match := re.fullmatch(r"#\w+ = if_not_exists\((#\w+), (:\w+)\)", action):
                item[name] = before.get(names[match[1]], values[match[2]])
            else:
                match = re.fullmatch(r"#\w+ = (:\w+)", action)
                assert match, action
                item[name] = values[match[1]]
    return item
