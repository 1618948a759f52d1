"""Asynchronous invocations: retries, event age, and what becomes of an event that nobody could handle."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.client import LocalAws
from localaws.tests.rig import Account, Function, allow, eventually


def configure(function: Function, *, retries: int = 2, age: int = 3_600, queue: str | None = None) -> None:
    destination = {"DestinationConfig": {"OnFailure": {"Destination": queue}}} if queue else {}
    function.aws.client("lambda").put_function_event_invoke_config(
        FunctionName=function.name,
        Qualifier="live",
        MaximumRetryAttempts=retries,
        MaximumEventAgeInSeconds=age,
        **destination,
    )


@pytest.fixture
def worker(account: Account) -> Function:
    return account.function()


def test_an_event_is_answered_at_once_and_run_later(probe: Function) -> None:
    request = probe.send("report")
    run = eventually(lambda: probe.attempts(request))[0]
    assert (run["kind"], run["attempt"], run["status"], run["qualifier"]) == ("async", 1, "success", "live")


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_a_failing_event_is_retried_as_configured(worker: Function, retries: int) -> None:
    configure(worker, retries=retries)
    request = worker.send("raise", text="x")
    worker.aws.settle()
    runs = worker.attempts(request)
    assert [run["attempt"] for run in runs] == list(range(1, retries + 2))
    assert {(run["status"], run["error_type"]) for run in runs} == {("error", "ValueError")}


def test_without_a_configuration_there_are_two_retries(worker: Function) -> None:
    request = worker.send("raise", text="x")
    worker.aws.settle()
    assert len(worker.attempts(request)) == 3


def test_the_configuration_of_another_qualifier_does_not_count(worker: Function) -> None:
    worker.aws.client("lambda").put_function_event_invoke_config(FunctionName=worker.name, MaximumRetryAttempts=0)
    request = worker.send("raise", text="x")
    worker.aws.settle()
    assert len(worker.attempts(request)) == 3


def test_retries_wait_one_minute_and_then_two_by_the_scaled_clock(worker: Function) -> None:
    worker.call("report")
    started = time.monotonic()
    worker.send("raise", text="x")
    worker.aws.settle()
    assert time.monotonic() - started >= (60 + 120) / 600


def looks(function: Function) -> list[dict[str, Any]]:
    """What the function saw whenever it looked at the clock."""
    return [json.loads(line) for line in function.printed() if line.startswith('{"time"')]


def test_to_the_function_the_waits_have_their_full_length(worker: Function) -> None:
    started = time.monotonic()
    worker.send("look_at_the_clock")
    worker.aws.settle()
    assert time.monotonic() - started < 60
    first, second, third = seen = looks(worker)
    assert 60 <= second["time"] - first["time"] < 70
    assert 120 <= third["time"] - second["time"] < 130
    assert all(19_000 < look["remaining"] <= 20_000 for look in seen), "the time-out is no shorter for it"


def test_every_attempt_has_the_trace_of_the_event_which_tells_when_it_was_accepted(worker: Function) -> None:
    for _ in range(2):
        worker.send("look_at_the_clock")
    worker.aws.settle()
    ages: dict[str, list[float]] = {}
    for look in looks(worker):
        root, parent, sampled = look["trace"].split(";")
        assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", root)
        assert re.fullmatch(r"Parent=[0-9a-f]{16}", parent)
        assert sampled == "Sampled=0", "nobody has switched tracing on"
        ages.setdefault(root, []).append(look["time"] - int(root.split("-")[1], 16))
    assert len(ages) == 2, "one trace per event"
    for first, second, third in ages.values():
        assert 0 <= first < 30
        assert 60 <= second < 100
        assert 180 <= third < 250


def test_the_clock_does_not_go_back_for_the_next_event(worker: Function) -> None:
    worker.send("look_at_the_clock")
    worker.aws.settle()
    worker.call("look_at_the_clock")
    last, now = looks(worker)[-2:]
    assert 0 < now["time"] - last["time"] < 60
    assert int(now["trace"].split("-")[1], 16) <= now["time"]


def test_the_clock_is_not_set_on_while_a_function_runs(account: Account, worker: Function) -> None:
    """Or an invocation at work would be over, by the clock of the next, before it is over."""
    other = account.function()
    for function in (worker, other):
        function.call("report")
    worker.send("sleep", seconds=1.5)
    other.send("look_at_the_clock")
    worker.aws.settle()
    order = [(run["function"], run["attempt"]) for run in worker.aws.invocations() if run["kind"] == "async"][-4:]
    assert order == [(other.name, 1), (worker.name, 1), (other.name, 2), (other.name, 3)]


def test_a_function_that_is_killed_at_its_timeout_is_retried(account: Account) -> None:
    function = account.function(Timeout=1)
    configure(function, retries=1)
    request = function.send("sleep", seconds=30)
    function.aws.settle()
    assert [run["status"] for run in function.attempts(request)] == ["timeout", "timeout"]


def test_exhausted_retries_end_on_the_queue_in_lambdas_shape(account: Account) -> None:
    url, arn = account.queue()
    function = account.function(account.role(allow("sqs:SendMessage", arn)))
    configure(function, retries=1, queue=arn)
    request = function.send("raise", text="constant")
    function.aws.settle()
    (record,) = account.received(url)
    assert record["version"] == "1.0"
    assert record["timestamp"].endswith("Z")
    assert record["requestContext"] == {
        "requestId": request,
        "functionArn": function.alias_arn,
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 2,
    }
    assert record["requestPayload"] == {"do": "raise", "text": "constant"}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "1", "functionError": "Unhandled"}
    assert record["responsePayload"]["errorMessage"] == "constant"
    assert record["responsePayload"]["errorType"] == "ValueError"


def test_an_event_that_got_too_old_is_not_run_again(account: Account) -> None:
    url, arn = account.queue()
    function = account.function(account.role(allow("sqs:SendMessage", arn)))
    configure(function, age=60, queue=arn)
    request = function.send("raise", text="x")  # when the minute before the retry is over, the event is too old for it
    function.aws.settle()
    assert [run["status"] for run in function.attempts(request)] == ["error", "event-age-exceeded"]
    (record,) = account.received(url)
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 1


def test_a_throttled_event_waits_and_is_not_an_attempt(worker: Function) -> None:
    client = worker.aws.client("lambda")
    client.put_function_concurrency(FunctionName=worker.name, ReservedConcurrentExecutions=0)
    request = worker.send("report")
    eventually(lambda: [run for run in worker.attempts(request) if run["status"] == "throttled"])
    client.delete_function_concurrency(FunctionName=worker.name)
    worker.aws.settle()
    assert worker.attempts(request)[-1]["status"] == "success"
    assert worker.attempts(request)[-1]["attempt"] == 1


def test_a_destination_needs_the_role_to_be_allowed_to_send(account: Account) -> None:
    _, arn = account.queue()
    function = account.function(account.role(allow("sqs:SendMessage", arn + "-other")))
    with pytest.raises(ClientError, match="does not have permissions to call SendMessage"):
        configure(function, queue=arn)


def test_a_destination_that_does_not_exist_is_refused(account: Account) -> None:
    function = account.function(account.role(allow("sqs:*")))
    with pytest.raises(ClientError, match="is invalid"):
        configure(function, queue="arn:aws:sqs:eu-central-1:123456789012:nowhere")


def test_a_right_taken_away_later_loses_the_record(account: Account, aws: LocalAws) -> None:
    url, arn = account.queue()
    function = account.function(account.role(allow("sqs:SendMessage", arn)))
    configure(function, retries=0, queue=arn)
    function.may(allow("logs:*"))
    function.send("raise", text="x")
    aws.settle()
    assert account.received(url) == []
    denied = [call for call in aws.calls() if call["resource"] == arn and not call["allowed"]]
    assert [(call["principal"], call["action"]) for call in denied] == [(function.role, "sqs:SendMessage")]


def test_a_queue_under_a_customers_key_needs_the_key_too(account: Account) -> None:
    url, arn = account.queue()
    key = account.key()
    account.aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
    function = account.function(account.role(allow("sqs:SendMessage", arn)))
    configure(function, retries=0, queue=arn)
    function.send("raise", text="x")
    account.aws.settle()
    assert account.received(url) == []
    function.may(
        allow("sqs:SendMessage", arn),
        allow(
            ["kms:GenerateDataKey"],
            key,
            Condition={"StringEquals": {"kms:ViaService": "sqs.eu-central-1.amazonaws.com"}},
        ),
    )
    function.send("raise", text="x")
    account.aws.settle()
    assert len(account.received(url)) == 1


def test_configurations_are_kept_per_qualifier(worker: Function) -> None:
    client = worker.aws.client("lambda")
    configure(worker, retries=1, age=900)
    kept = client.get_function_event_invoke_config(FunctionName=worker.name, Qualifier="live")
    assert (kept["FunctionArn"], kept["MaximumRetryAttempts"]) == (worker.alias_arn, 1)
    client.update_function_event_invoke_config(FunctionName=worker.name, Qualifier="live", MaximumRetryAttempts=0)
    kept = client.get_function_event_invoke_config(FunctionName=worker.name, Qualifier="live")
    assert (kept["MaximumEventAgeInSeconds"], kept["MaximumRetryAttempts"]) == (900, 0)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_function_event_invoke_config(FunctionName=worker.name)
    client.delete_function_event_invoke_config(FunctionName=worker.name, Qualifier="live")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_function_event_invoke_config(FunctionName=worker.name, Qualifier="live")


def test_settle_says_when_work_is_left(worker: Function) -> None:
    worker.send("sleep", seconds=1)
    with pytest.raises(Exception, match="1 asynchronous events are left"):
        worker.aws.settle(timeout_seconds=0.1)
    worker.aws.settle()
