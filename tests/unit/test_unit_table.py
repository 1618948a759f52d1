"""The table in memory answers the ledger as moto does: every request goes to both, and the answers are compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.core.botocore_stubber import MockRawResponse

from custom_sender.guards.ledger import Claim, LeaseLost, Ledger, LedgerUnavailable, Trouble
from custom_sender.guards.limits import Counter
from custom_sender.outcome import Outcome
from support.dynamodb import DynamoDb, loses_the_answer
from support.table import TableDouble, Unknown

NOW = 1_732_270_000.25
SENDERS = ("aws", "twilio", "vonage")
MESSAGES = ("aa" * 32, "bb" * 32)


class Both(DynamoDb):
    """moto, which answers, and the double, which must have the same to say.

    Where it has not, the request and both answers are in ``differences``: what is raised here would be an outage to the
    ledger, and nobody would hear of it.
    """

    def _create(self) -> None:
        super()._create()
        self.differences: list[tuple[dict[str, Any], Any, Any]] = []
        self.double = TableDouble()
        self.double.table = self.table

    def clear(self) -> None:
        super().clear()
        self.double.clear()
        self.differences.clear()

    def put(self, item: dict[str, Any]) -> None:
        super().put(item)
        self.double.put(item)

    def _answer(self, request: Any, **context: object) -> AWSResponse:
        answer = super()._answer(request, **context)
        if request.headers["X-Amz-Target"].decode().partition(".")[2] in {"UpdateItem", "TransactWriteItems"}:
            body = answer.content
            answer.raw = MockRawResponse(body)
            double = self.double._answer(request)
            theirs, ours = (answer.status_code, said(body)), (double.status_code, said(double.content))
            if theirs != ours:
                self.differences.append((json.loads(request.body), theirs, ours))
        return answer


def said(body: bytes) -> dict[str, Any]:
    """The part of an answer that a client acts on."""
    content = json.loads(body)
    reasons = [{**reason, "Message": None} for reason in content.get("CancellationReasons", [])]
    item = None if content.get("Item") is None else canonical(content["Item"])
    for reason in reasons:
        if "Item" in reason:
            reason["Item"] = canonical(reason["Item"])
    return {"type": content.get("__type"), "reasons": reasons, "item": item}


def canonical(item: dict[str, Any]) -> dict[str, Any]:
    """Sets have no order."""
    return {
        name: {kind: sorted(value) if kind == "SS" else value for kind, value in attribute.items()}
        for name, attribute in item.items()
    }


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
        yield Both()


COUNTERS = st.lists(
    st.builds(
        Counter,
        scope=st.sampled_from(("number", "prefix", "country")),
        id=st.sampled_from(("n#1", "p#1", "c#DE#1")),
        max=st.integers(1, 3),
        enforce=st.booleans(),
        expires_at=st.just(1_732_280_000),
    ),
    max_size=3,
    unique_by=(lambda counter: counter.scope, lambda counter: counter.id),
)
STEPS = st.one_of(
    st.tuples(st.just("claim"), st.sampled_from(MESSAGES), st.permutations(SENDERS), COUNTERS),
    st.tuples(st.just("asking"), st.integers(0, 5), st.frozensets(st.sampled_from(SENDERS), min_size=1)),
    st.tuples(st.just("release"), st.integers(0, 5), st.frozensets(st.sampled_from(SENDERS))),
    st.tuples(st.just("finish"), st.sampled_from(MESSAGES), st.sampled_from((None, "aws"))),
    st.tuples(st.just("wait"), st.sampled_from((1.0, 31.0))),
    st.tuples(
        st.just("edit"),
        st.sampled_from(MESSAGES),
        st.sampled_from(("state", "lease", "lease_until", "asked")),
        st.sampled_from((None, {"S": "odd"}, {"N": "-1"}, {"BOOL": True}, {"L": [{"S": "aws"}]}, {"NS": ["1"]})),
    ),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=3, max_size=12))
def test_the_same_answers_and_the_same_items_whatever_the_ledger_is_asked(both: Both, steps: list[Any]) -> None:
    both.clear()
    now = [NOW]
    ledger = Ledger(both.table, both.client, lambda: now[0], sleep=lambda _: None)
    claims = [Claim(MESSAGES[0], NOW, "nobody's", NOW + 30)]
    for what, *arguments in steps:
        try:
            if what == "claim":
                message, order, counted = arguments
                answer = ledger.claim(message, order=order, lease_until=now[0] + 30, counters=counted)
                claims += [answer] if isinstance(answer, Claim) else []
            elif what == "asking":
                ledger.asking(claims[arguments[0] % len(claims)], arguments[1])
            elif what == "release":
                ledger.release(claims[arguments[0] % len(claims)], arguments[1])
            elif what == "finish":
                ledger.finish(arguments[0], Outcome.SENT, arguments[1], now[0])
            elif what == "wait":
                now[0] += arguments[0]
            else:
                message, edited, value = arguments
                item = both.double.items().get(f"m#{message}", {"id": {"S": f"m#{message}"}})
                both.put({name: value for name, value in {**item, edited: value}.items() if value is not None})
        except (LeaseLost, LedgerUnavailable):
            pass
        assert both.differences == []
    ours = {name: canonical(item) for name, item in both.double.items().items()}
    assert ours == {name: canonical(item) for name, item in both.items().items()}


def test_a_table_that_is_not_there(both: Both) -> None:
    both.clear()
    ledger = Ledger("no-such-table", both.client, lambda: NOW)
    for ask in (
        lambda: ledger.claim(MESSAGES[0], order=SENDERS, lease_until=NOW + 30),
        lambda: ledger.finish(MESSAGES[0], Outcome.SENT, "aws", NOW),
    ):
        with pytest.raises(LedgerUnavailable) as caught:
            ask()
        assert caught.value.reason is Trouble.NO_TABLE
    assert both.double.operations == []
    assert (both.operations, both.differences) == (["TransactWriteItems", "UpdateItem"], [])


UPDATE = {
    "Key": {"id": {"S": "m#1"}},
    "UpdateExpression": "SET #a = :a",
    "ExpressionAttributeNames": {"#a": "a"},
    "ExpressionAttributeValues": {":a": {"S": "x"}},
}


@pytest.mark.parametrize(
    "changed",
    [
        {"ConditionExpression": "attribute_not_exists(state)"},
        {"ConditionExpression": "begins_with(#a, :a)"},
        {"ConditionExpression": "#a = :a AND"},
        {"UpdateExpression": "SET a = :a", "ExpressionAttributeNames": {}},
        {"UpdateExpression": "SET #a = #a + :a"},
        {"ExpressionAttributeNames": {"#a": "a", "#b": "b"}},
        {"ExpressionAttributeValues": {":a": {"S": "x"}, ":b": {"S": "x"}}},
        {"ReturnValues": "ALL_NEW"},
    ],
    ids=str,
)
def test_what_the_double_does_not_know_stops_the_test_and_is_no_outage(changed: dict[str, Any]) -> None:
    double = TableDouble()
    with pytest.raises(Unknown):
        double.client.update_item(**{"TableName": double.table, **UPDATE, **changed})
    assert not issubclass(Unknown, Exception)
    assert double.items() == {}


def test_a_transaction_that_comes_again_does_nothing_and_succeeds(both: Both) -> None:
    """As DynamoDB, and unlike moto: the ledger lives with either."""
    double = TableDouble()
    ledger = Ledger(double.table, double.client, lambda: NOW)
    double.faults.append(loses_the_answer)
    counter = Counter("number", "n#1", 10, enforce=True, expires_at=1)
    assert isinstance(ledger.claim(MESSAGES[0], order=SENDERS, lease_until=NOW + 30, counters=[counter]), Claim)
    assert double.operations == ["TransactWriteItems"] * 2
    assert double.items()["n#1"]["n"] == {"N": "1"}
