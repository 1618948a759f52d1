"""What happened, kept in memory only: authorization decisions and invocations. Never a code, never a message text."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Final

_KEPT: Final = 20_000


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One decision: who wanted to do what to which resource, and whether it was allowed (why not, if not).

    ``principal``: the ARN of a role (not of its session) or of the deployer, or the name of a service. ``action``: as
    in a policy (``kms:Decrypt``).
    """

    principal: str
    service: str
    action: str
    resource: str
    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InvocationRecord:
    """One attempt to run a function.

    ``status``: ``success``, ``error`` (the function raised or died), ``timeout``, ``throttled``, or what became of the
    event without running it: ``event-age-exceeded``.
    """

    function: str
    qualifier: str
    request_id: str
    kind: str
    attempt: int
    status: str
    error_type: str | None
    error_message: str | None
    duration_ms: float


class Journal:
    """Thread-safe lists of the last records."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[CallRecord] = deque(maxlen=_KEPT)
        self._invocations: deque[InvocationRecord] = deque(maxlen=_KEPT)

    def call(self, record: CallRecord) -> None:
        """Keep a decision."""
        with self._lock:
            self._calls.append(record)

    def invocation(self, record: InvocationRecord) -> None:
        """Keep an attempt."""
        with self._lock:
            self._invocations.append(record)

    def calls(self) -> list[dict[str, Any]]:
        """All decisions, oldest first."""
        with self._lock:
            return [asdict(record) for record in self._calls]

    def invocations(self) -> list[dict[str, Any]]:
        """All attempts, oldest first."""
        with self._lock:
            return [asdict(record) for record in self._invocations]
