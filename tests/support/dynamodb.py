"""moto's DynamoDB in this process, through the function's own kind of client, with faults on the way.

What is replaced is the wire: the client builds, signs, retries and parses as it always does, and each HTTP request ends
here. moto's transactions are not atomic for threads, as DynamoDB's are, so one request is answered at a time.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber
from moto.dynamodb.models import dynamodb_backends

from custom_sender.guards.ledger import Claim, dynamodb_client
from support.cognito import ACCOUNT_ID, REGION

Forward = Callable[[], AWSResponse]
# What happens to one HTTP request: it may answer, raise what botocore's HTTP session raises, or pass it on.
Fault = Callable[[Any, Forward], AWSResponse]

one_at_a_time = threading.RLock()


class DynamoDb:
    """One ledger table. ``client`` is the function's own kind, which threads may share.

    ``faults`` are used up by one HTTP request each, None being no fault; ``requests`` are the operations that came,
    with their bodies.
    """

    def __init__(self) -> None:
        self.table = f"ledger-{uuid.uuid4().hex}"
        self.faults: deque[Fault | None] = deque()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.client = self._client(self._answer_with_faults)
        self._create()

    def _create(self) -> None:
        self._backdoor = self._client(self._answer)
        self._backdoor.create_table(
            TableName=self.table,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def clear(self) -> None:
        """An empty table, nothing asked and no faults."""
        with one_at_a_time:
            dynamodb_backends[ACCOUNT_ID][REGION].get_table(self.table).items.clear()
        self.faults.clear()
        self.requests.clear()

    @property
    def operations(self) -> list[str]:
        """The names of the operations that were asked for, one for each HTTP request."""
        return [operation for operation, _ in self.requests]

    def items(self) -> dict[str, dict[str, Any]]:
        """Everything in the table, by id, in DynamoDB's JSON."""
        found: dict[str, dict[str, Any]] = {}
        for page in self._backdoor.get_paginator("scan").paginate(TableName=self.table):
            found |= {item["id"]["S"]: item for item in page["Items"]}
        return found

    def message(self, claim: Claim | str) -> dict[str, Any]:
        """The item of a message; empty when there is none."""
        message_id = claim if isinstance(claim, str) else claim.message_id
        return self.items().get(f"m#{message_id}", {})

    def put(self, item: dict[str, Any]) -> None:
        """As somebody would who edits the table."""
        self._backdoor.put_item(TableName=self.table, Item=item)

    def _client(self, answer: Callable[..., AWSResponse]) -> Any:
        client = dynamodb_client(REGION)
        # While another fixture mocks all of AWS, moto's own hook would carry out each request a second time.
        client.meta.events.unregister("before-send", botocore_stubber)
        client.meta.events.register("before-send.dynamodb", answer)
        return client

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        with one_at_a_time:
            answered = botocore_stubber.process_request(request)
        assert answered is not None
        status, headers, body = answered
        return AWSResponse(request.url, status, HTTPHeaders.from_dict(headers), MockRawResponse(body))

    def _answer_with_faults(self, request: Any, **_: object) -> AWSResponse:
        with one_at_a_time:
            operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
            self.requests.append((operation, json.loads(request.body)))
            fault = self.faults.popleft() if self.faults else None
        if fault is None:
            return self._answer(request)
        return fault(request, lambda: self._answer(request))


def refuses(code: str, status: int = 400, **body: Any) -> Fault:
    """An error of DynamoDB; nothing is done."""

    def fault(request: Any, forward: Forward) -> AWSResponse:
        content = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "m", **body})
        return AWSResponse(request.url, status, HTTPHeaders(), MockRawResponse(content))

    return fault


def cancels(*codes: str) -> Fault:
    """A cancelled transaction; one code for each of its actions, "None" for those that were all right."""
    reasons = [{"Code": code} for code in codes]
    return refuses("TransactionCanceledException", CancellationReasons=reasons)


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
