"""DynamoDB in this process: the ledger's table behind the function's own kind of client, with faults on the way.

What is replaced is the wire: the client builds, signs, retries and parses as it always does, and each HTTP request ends
here. Expressions are read, checked and evaluated by moto, so that any that says the same to DynamoDB does so here. A
transaction is not moto's: moto copies the whole table for each, and knows no ClientRequestToken ("Amazon DynamoDB
Transactions: idempotency", developer guide). ``test_unit_dynamodb.py`` holds the answers against those of all of moto.
"""

from __future__ import annotations

import functools
import json
import re
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber
from moto.dynamodb.comparisons import create_condition_expression_parser
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.parsing.executors import UpdateExpressionExecutor
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined] # it has no types
from moto.dynamodb.parsing.validators import UpdateExpressionValidator

from custom_sender.guards.ledger import Claim, dynamodb_client
from support.cognito import REGION

Forward = Callable[[], AWSResponse]
# What happens to one HTTP request: it may answer, raise what botocore's HTTP session raises, or pass it on.
Fault = Callable[[Any, Forward], AWSResponse]

# What moto asks of a table before it changes an item.
_TABLE: Any = SimpleNamespace(
    table_key_attrs=["id"],
    attribute_keys=["id"],
    attr=[{"AttributeName": "id", "AttributeType": "S"}],
)
_PARAMETERS = {
    *("TableName", "Key", "UpdateExpression", "ConditionExpression", "ReturnValuesOnConditionCheckFailure"),
    *("ExpressionAttributeNames", "ExpressionAttributeValues"),
}


# moto copies the tree for each use.
_parsed = functools.cache(UpdateExpressionParser.make)


class Refused(BaseException):
    """DynamoDB would refuse this request, or it asks for more than an update, or moto fails (a text < a number).

    No ``Exception``: to the ledger and to the handler that would be an outage like any other.
    """


class DynamoDb:
    """One ledger table. ``client`` is the function's own kind, which threads may share.

    ``faults`` are used up by one HTTP request each, None being no fault, unless ``on_the_way`` says what happens to
    each; ``requests`` are the operations that came, with their bodies. ``tokens`` are the transactions that were done.
    """

    def __init__(self, on_the_way: Fault | None = None) -> None:
        self.table = f"ledger-{uuid.uuid4().hex}"
        self.faults: deque[Fault | None] = deque()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.tokens: dict[str, Any] = {}
        self._items: dict[str, Item] = {}
        self._one_at_a_time = threading.RLock()
        self._on_the_way = on_the_way or self._next_fault
        self.client = wired(dynamodb_client(REGION), self._receive)

    def clear(self) -> None:
        """An empty table, nothing asked and no faults."""
        for kept in (self._items, self.tokens, self.faults, self.requests):
            kept.clear()

    @property
    def operations(self) -> list[str]:
        """The names of the operations that were asked for, one for each HTTP request."""
        return [operation for operation, _ in self.requests]

    def items(self) -> dict[str, dict[str, Any]]:
        """Everything in the table, by id, in DynamoDB's JSON."""
        with self._one_at_a_time:
            return {name: item.to_json()["Attributes"] for name, item in self._items.items()}

    def message(self, claim: Claim | str) -> dict[str, Any]:
        """The item of a message; empty when there is none."""
        message_id = claim if isinstance(claim, str) else claim.message_id
        return self.items().get(f"m#{message_id}", {})

    def put(self, item: dict[str, Any]) -> None:
        """As somebody would who edits the table."""
        self._items[item["id"]["S"]] = Item(DynamoType(item["id"]), None, item)

    def answer(self, operation: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """DynamoDB's answer to a request that has come: its status and its content."""
        try:
            with self._one_at_a_time:
                error = {"UpdateItem": self._update, "TransactWriteItems": self._transact}[operation](body)
        except Exception as reason:
            raise Refused(f"{operation} {body}") from reason
        return (400, error) if error else (200, {})

    def _receive(self, request: Any, **_: object) -> AWSResponse:
        def forward() -> AWSResponse:
            status, content = self.answer(*asked(request))
            return answered(request, content, status)

        return self._on_the_way(request, forward)

    def _next_fault(self, request: Any, forward: Forward) -> AWSResponse:
        with self._one_at_a_time:
            self.requests.append(asked(request))
            fault = self.faults.popleft() if self.faults else None
        return forward() if fault is None else fault(request, forward)

    def _update(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        if body["TableName"] != self.table:
            return _error("ResourceNotFoundException")
        changed = self._changed(body)
        if isinstance(changed, Item):
            self._items[changed.hash_key.value] = changed
            return None
        return _error("ConditionalCheckFailedException", **changed)

    def _transact(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        actions, token = body["TransactItems"], body["ClientRequestToken"]
        updates = [action["Update"] for action in actions]
        if any(update["TableName"] != self.table for update in updates):
            return _error("ResourceNotFoundException")
        if token in self.tokens:
            assert self.tokens[token] == actions, "IdempotentParameterMismatchException"
            return None
        assert len({update["Key"]["id"]["S"] for update in updates}) == len(updates), "two updates of one item"
        outcomes = [self._changed(update) for update in updates]
        reasons = [{"Code": "None"} if isinstance(outcome, Item) else outcome for outcome in outcomes]
        changed = [outcome for outcome in outcomes if isinstance(outcome, Item)]
        if len(changed) < len(outcomes):
            return _error("TransactionCanceledException", CancellationReasons=reasons)
        self._items |= {item.hash_key.value: item for item in changed}
        self.tokens[token] = actions
        return None

    def _changed(self, update: Mapping[str, Any]) -> Item | dict[str, Any]:
        """The item as the update makes it, or the reason why it does not."""
        assert update.keys() <= _PARAMETERS, update.keys() - _PARAMETERS
        expression, condition = update["UpdateExpression"], update.get("ConditionExpression")
        names, values = update.get("ExpressionAttributeNames", {}), update.get("ExpressionAttributeValues", {})
        used = set(re.findall(r"[#:]\w+", f"{expression} {condition}"))
        assert used == {*names, *values}, "names and values are those that an expression uses"
        key = update["Key"]["id"]
        old = self._items.get(key["S"])
        if not create_condition_expression_parser(condition, names, values).parse().expr(old):
            reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
            if old is None or update.get("ReturnValuesOnConditionCheckFailure") != "ALL_OLD":
                return reason
            return {**reason, "Item": old.to_json()["Attributes"]}
        item = Item(DynamoType(key), None, {"id": key}) if old is None else deepcopy(old)
        tree = UpdateExpressionValidator(_parsed(expression), names, values, item, _TABLE).validate()
        tree.normalize()
        UpdateExpressionExecutor(tree, item, names).execute()
        return item


def _error(code: str, **content: Any) -> dict[str, Any]:
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **content}


def wired(client: Any, receive: Callable[..., AWSResponse]) -> Any:
    """A client of AWS's whose requests end in ``receive``."""
    # While another fixture mocks all of AWS, moto's own hook would carry out each request a second time.
    client.meta.events.unregister("before-send", botocore_stubber)
    client.meta.events.register("before-send", receive)
    return client


def every_try_is_made(patch: pytest.MonkeyPatch, sleep: Callable[[float], None] = lambda _: None) -> None:
    """Clients do not wait between their tries, and the tests that share one do not use up its retries.

    botocore has no setting for either.
    """
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=sleep))
    patch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *_: True)


def asked(request: Any) -> tuple[str, dict[str, Any]]:
    """The operation that an HTTP request is for, and its parameters."""
    return request.headers["X-Amz-Target"].decode().partition(".")[2], json.loads(request.body)


def answered(request: Any, content: Any, status: int = 200) -> AWSResponse:
    """An answer over HTTP; ``content`` is its text, or what its JSON says."""
    text = content if isinstance(content, str) else json.dumps(content)
    return AWSResponse(request.url, status, HTTPHeaders(), MockRawResponse(text))


def refuses(code: str, status: int = 400, **content: Any) -> Fault:
    """An error of AWS's; nothing is done."""
    return lambda request, _: answered(request, _error(code, **{"message": "m", **content}), status)


def cancels(*codes: str) -> Fault:
    """A canceled transaction; one code for each of its actions, "None" for those that were all right."""
    return refuses("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def conflicts(*busy: bool) -> Fault:
    """Another transaction is at one of the items: of a transaction's at those that are ``busy``, else at the last."""

    def fault(request: Any, forward: Forward) -> AWSResponse:
        operation, body = asked(request)
        if operation == "UpdateItem":
            return refuses("TransactionConflictException")(request, forward)
        those = busy or (*[False] * (len(body["TransactItems"]) - 1), True)
        return cancels(*("TransactionConflict" if each else "None" for each in those))(request, forward)

    return fault


def loses_the_answer(request: Any, forward: Forward) -> AWSResponse:
    """The request is carried out, and the answer comes too late."""
    forward()
    raise ReadTimeoutError(endpoint_url=request.url)


def times_out(request: Any, forward: Forward) -> AWSResponse:
    """No answer, and nothing is done."""
    raise ReadTimeoutError(endpoint_url=request.url)


def does_not_connect(request: Any, forward: Forward) -> AWSResponse:
    """No connection within the time: nothing was sent."""
    raise ConnectTimeoutError(endpoint_url=request.url)
