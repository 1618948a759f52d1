"""Lambda's asynchronous invocations: a queue, retries after one and two minutes, event age, on-failure destination.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html and
…/invocation-async-retain-records.html (the shape of the record). Waits are divided by the time scale, and the clock is
then set on by the rest (``clock``).
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import secrets
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from moto.sqs.models import sqs_backends

from localaws.access import Access, queue_key
from localaws.clock import Clock
from localaws.functions import Functions, Target, ThrottledError
from localaws.journal import CallRecord, InvocationRecord, Journal
from localaws.kms import Keys, find_key
from localaws.sandbox import Outcome
from localaws.wire import ServiceError

DEFAULT_RETRIES: Final = 2
DEFAULT_MAX_AGE_SECONDS: Final = 21_600
_RETRY_DELAYS_SECONDS: Final = (60.0, 120.0)
_THROTTLE_DELAY_SECONDS: Final = 1.0
_THROTTLE_DELAY_MAX_SECONDS: Final = 300.0
_WORKERS: Final = 16


@dataclass
class Event:
    """One asynchronous event on its way."""

    region: str
    function_arn: str
    qualifier: str | None
    payload: bytes = field(repr=False)
    request_id: str
    accepted: float
    """By the clock of the embedded world."""
    trace_root: str
    """The same in every attempt."""
    attempts: int = 0
    throttled: int = 0
    last: Outcome | None = None


class InvokeConfigs:
    """Event invoke configurations by function ARN and qualifier (moto keeps one per function and never updates it)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._configs: dict[tuple[str, str], dict[str, Any]] = {}

    def put(self, function_arn: str, qualifier: str, config: Mapping[str, Any], *, merge: bool) -> dict[str, Any]:
        """Store a configuration; ``merge`` keeps what is not given (the update call)."""
        with self._lock:
            old = self._configs.get((function_arn, qualifier), {}) if merge else {}
            stored = {**old, **config, "LastModified": time.time()}
            stored["FunctionArn"] = f"{function_arn}:{qualifier}"
            stored.setdefault("DestinationConfig", {"OnSuccess": {}, "OnFailure": {}})
            self._configs[function_arn, qualifier] = stored
            return dict(stored)

    def get(self, function_arn: str, qualifier: str) -> dict[str, Any] | None:
        """The configuration of exactly this qualifier."""
        with self._lock:
            found = self._configs.get((function_arn, qualifier))
            return dict(found) if found else None

    def all(self, function_arn: str) -> list[dict[str, Any]]:
        """The configurations of all qualifiers."""
        with self._lock:
            return [dict(config) for (arn, _), config in self._configs.items() if arn == function_arn]

    def delete(self, function_arn: str, qualifier: str | None = None) -> bool:
        """Forget one qualifier's configuration, or all of the function; whether there was one."""
        with self._lock:
            keys = [key for key in self._configs if key[0] == function_arn and qualifier in (None, key[1])]
            for key in keys:
                del self._configs[key]
            return bool(keys)


class AsyncInvoker:
    """Runs events until they succeed, are given up or get too old."""

    def __init__(
        self,
        functions: Functions,
        configs: InvokeConfigs,
        access: Access,
        keys: Keys,
        journal: Journal,
        clock: Clock,
        time_scale: float,
    ) -> None:
        self._functions = functions
        self._configs = configs
        self._access = access
        self._keys = keys
        self._journal = journal
        self._clock = clock
        self._scale = time_scale
        self._sequence = itertools.count()
        # When by the machine's monotonic clock, a tie-breaker, until when by the embedded world's clock, what.
        self._waiting: list[tuple[float, int, float, Event]] = []
        self._condition = threading.Condition()
        self._open = 0
        self._stopping = False
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="async")
        threading.Thread(target=self._schedule, name="async-scheduler", daemon=True).start()

    def submit(self, target: Target, payload: bytes, request_id: str) -> None:
        """Accept an event."""
        qualifier = None if target.qualifier == "$LATEST" else target.qualifier
        arn = ":".join(target.arn.split(":")[:7])
        accepted = self._clock.now()
        event = Event(target.region, arn, qualifier, payload, request_id, accepted, trace_root(accepted))
        with self._condition:
            self._open += 1
        self._after(0.0, event)

    def settle(self, timeout_seconds: float) -> bool:
        """Wait until no event is left; whether that came to pass in time."""
        with self._condition:
            return self._condition.wait_for(lambda: self._open == 0, timeout_seconds)

    @property
    def outstanding(self) -> int:
        """Events that are queued, running or waiting for a retry."""
        with self._condition:
            return self._open

    def stop(self) -> None:
        """Forget all events."""
        with self._condition:
            self._stopping = True
            self._waiting.clear()
            self._condition.notify_all()
        self._workers.shutdown(wait=False, cancel_futures=True)

    # -- the life of an event -----------------------------------------------------------------------------------------

    def _after(self, seconds: float, event: Event) -> None:
        """Look at the event after so many seconds of the embedded world."""
        due, moment = time.monotonic() + seconds / self._scale, self._clock.now() + seconds
        with self._condition:
            heapq.heappush(self._waiting, (due, next(self._sequence), moment, event))
            self._condition.notify_all()

    def _schedule(self) -> None:
        while True:
            with self._condition:
                if self._stopping:
                    return
                now = time.monotonic()
                if not self._waiting or self._waiting[0][0] > now:
                    self._condition.wait(self._waiting[0][0] - now if self._waiting else None)
                    continue
                _, _, moment, event = heapq.heappop(self._waiting)
            self._clock.reach(moment)
            with contextlib.suppress(RuntimeError):  # stopped meanwhile
                self._workers.submit(self._guarded, event)

    def _guarded(self, event: Event) -> None:
        try:
            finished = self._attempt(event)
        except Exception as error:
            finished = True
            self._note(event, "lost", type(error).__name__, str(error))
        if finished:
            with self._condition:
                self._open -= 1
                self._condition.notify_all()

    def _attempt(self, event: Event) -> bool:
        """One look at an event; whether it is done with."""
        config = self._configs.get(event.function_arn, event.qualifier or "$LATEST") or {}
        maximum_age = config.get("MaximumEventAgeInSeconds", DEFAULT_MAX_AGE_SECONDS)
        try:
            target = self._functions.target(event.region, event.function_arn, event.qualifier)
        except ServiceError as gone:
            self._note(event, "dropped", gone.code, gone.message)
            return True
        if self._clock.now() - event.accepted > maximum_age:
            self._note(event, "event-age-exceeded", None, None)
            self._destination(event, target, config, "EventAgeExceeded")
            return True
        try:
            outcome = self._functions.invoke(
                target,
                event.payload,
                request_id=event.request_id,
                kind="async",
                attempt=event.attempts + 1,
                trace_root=event.trace_root,
            )
        except ThrottledError:
            delay = min(_THROTTLE_DELAY_SECONDS * 2**event.throttled, _THROTTLE_DELAY_MAX_SECONDS)
            event.throttled += 1
            self._after(delay, event)
            return False
        event.attempts += 1
        event.last = outcome
        if outcome.error_type is None:
            self._destination(event, target, config, "Success")
            return True
        if event.attempts > config.get("MaximumRetryAttempts", DEFAULT_RETRIES):
            self._destination(event, target, config, "RetriesExhausted")
            return True
        self._after(_RETRY_DELAYS_SECONDS[min(event.attempts, len(_RETRY_DELAYS_SECONDS)) - 1], event)
        return False

    def _note(self, event: Event, status: str, error_type: str | None, message: str | None) -> None:
        self._journal.invocation(
            InvocationRecord(
                function=event.function_arn.rsplit(":", 1)[-1],
                qualifier=event.qualifier or "$LATEST",
                request_id=event.request_id,
                kind="async",
                attempt=event.attempts,
                status=status,
                error_type=error_type,
                error_message=message,
                duration_ms=0.0,
            ),
        )

    # -- destinations -------------------------------------------------------------------------------------------------

    def _destination(self, event: Event, target: Target, config: Mapping[str, Any], condition: str) -> None:
        kind = "OnSuccess" if condition == "Success" else "OnFailure"
        arn = ((config.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
        if not arn:
            return
        region, account, queue = arn.split(":")[3:6]
        if arn.split(":")[2] != "sqs":
            reason = "only SQS destinations are modeled here"
            self._journal.call(
                CallRecord(target.role.label, "lambda", "lambda:Destination", arn, allowed=False, reason=reason)
            )
            return
        if not self._access.allows(target.role, "sqs:SendMessage", arn, region):
            return
        if needed := queue_key(account, region, queue):
            key = find_key(account, region, needed[0])
            if key is not None:
                try:
                    self._keys.authorise(target.role, needed[1], key, needed[2], region, via_service="sqs")
                except ServiceError:
                    return
        body = json.dumps(_record(event, target, condition, self._clock.now()))
        if queue in sqs_backends[account][region].queues:
            sqs_backends[account][region].send_message(queue, body)
        else:
            reason = "the queue does not exist"
            self._journal.call(
                CallRecord(target.role.label, "sqs", "sqs:SendMessage", arn, allowed=False, reason=reason)
            )


def trace_root(accepted: float) -> str:
    """A new trace id (https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids)."""
    return f"1-{int(accepted):08x}-{secrets.token_hex(12)}"


def _record(event: Event, target: Target, condition: str, now: float) -> dict[str, Any]:
    """Lambda's invocation record."""
    timestamp = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": timestamp,
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": f"{event.function_arn}:{event.qualifier or '$LATEST'}",
            "condition": condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": _json(event.payload),
    }
    if event.last is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": str(target.function.version)}
        if event.last.error_type is not None:
            context["functionError"] = "Unhandled"
        record["responseContext"] = context
        record["responsePayload"] = _json(event.last.payload)
    return record


def _json(data: bytes) -> Any:
    try:
        return json.loads(data or b"null")
    except ValueError:
        return data.decode("utf-8", "replace")
