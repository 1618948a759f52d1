"""What may be written about a message, and nothing else: one JSON log line, and the metrics of ``metrics.py``.

``Record`` is the allow-list. A field that is not in it cannot be logged; none of its fields can hold a code, a text, a
full number or a user attribute. Of a share of the messages (``debug_sample_rate``), or of all at level DEBUG, each step
has a line besides, as soon as it has ended: of a function that was killed nothing else is left.
"""

from __future__ import annotations

import json
import random
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from custom_sender.metrics import Metrics
from custom_sender.outcome import Outcome

if TYPE_CHECKING:
    from typing import TextIO

UNEXPECTED: Final = "UNEXPECTED_ERROR"

_TEXT_LIMIT: Final = 512
# Made once: json.dumps makes an encoder for each line.
_ENCODE: Final = json.JSONEncoder(default=str).encode

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# What the team that runs this has to mend, as against what is a fact about one number.
_ERRORS: Final = frozenset(
    {
        Outcome.PROVIDER_CONFIG,
        Outcome.PROVIDER_QUOTA,
        Outcome.UNDECRYPTABLE,
        Outcome.DECRYPT_UNAVAILABLE,
        Outcome.LEDGER_UNAVAILABLE,
        Outcome.BAD_EVENT,
        Outcome.BAD_CONFIGURATION,
    }
)


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What is written, and where it is counted: ``monitoring`` of the settings.

    ``log_level`` is one of ``LEVELS``; ``debug_sample_rate`` is the share of messages whose steps are logged at any
    level.
    """

    metrics_namespace: str
    log_level: str = "INFO"
    debug_sample_rate: float = 0.0


class Step(StrEnum):
    """The steps of the handler, in their order; not every message comes to all of them."""

    SCREEN = "screen"
    DECRYPT = "decrypt"
    CLAIM = "claim"
    COMPOSE = "compose"
    DELIVER = "deliver"
    FINISH = "finish"


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One attempt of one sender.

    ``provider_code`` is from the provider's documented set, never free text. ``problem`` is a constant text about the
    sender's set-up, with the ARN of its credentials where it is about them. ``refreshed`` marks the second try after
    they were read again, ``waited_milliseconds`` the one after the provider's ``Retry-After``.
    """

    sender: str
    kind: str
    outcome: str
    milliseconds: int
    provider_code: str | None = None
    message_id: str | None = None
    refreshed: bool | None = None
    waited_milliseconds: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One message. ``destination`` is masked (``destination.mask``), ``detail`` one of this package's constant texts,
    or what is wrong with the settings.

    ``outcome`` is an ``Outcome``, or ``UNEXPECTED`` with the class of the exception in ``error_type`` and the place in
    the source in ``error_at``. ``kms_code`` and ``kms_key_arn`` say what KMS answered, and for which key. ``route`` is
    the name of the route that was taken, ``reordered`` that a sender which had been failing was put behind the others,
    ``skipped`` the senders that cannot carry such a message.

    ``number_id`` is ``correlation.number_id``. ``test_number``: a number of the testers, for which nobody is paid.
    ``age_seconds`` is the message's age when it was judged, by the clock that ``age_source`` names ("trace": Lambda's
    trace header, "ledger": first seen); ``lifetime_seconds`` what its trigger allows. ``ledger`` is "claimed",
    "taken_over" (another invocation had left it), "refused" (the outcome says why), "unavailable" (at the claim or
    later, ``ledger_reason`` says why) or "off"; ``claims`` how many invocations have claimed the message, this one
    included. ``over_limit`` are the monitored limits that were passed; an enforced one is the ``reason`` of
    BLOCKED_VELOCITY. ``unsure`` are the senders that an earlier invocation may have sent through. ``segments`` and
    ``encoding`` are those of the text, for one sending. ``open_circuits`` are the senders of the route whose breaker
    was open or half-open before the first attempt. ``decrypt_milliseconds``, ``ledger_milliseconds`` (all calls
    together) and ``send_milliseconds`` (first attempt to last, pauses included) are None for a step that was not
    reached.
    """

    outcome: str
    request_id: str | None
    trigger: str | None
    user_pool_id: str | None
    client_id: str | None
    milliseconds: int
    destination: str | None = None
    country: str | None = None
    route: str | None = None
    reordered: bool | None = None
    skipped: tuple[str, ...] = ()
    sender: str | None = None
    attempts: tuple[AttemptRecord, ...] = ()
    reason: str | None = None
    detail: str | None = None
    kms_code: str | None = None
    kms_key_arn: str | None = None
    error_type: str | None = None
    error_at: str | None = None
    number_id: str | None = None
    test_number: bool | None = None
    age_seconds: float | None = None
    age_source: str | None = None
    lifetime_seconds: int | None = None
    ledger: str | None = None
    ledger_reason: str | None = None
    claims: int | None = None
    over_limit: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    segments: int | None = None
    encoding: str | None = None
    open_circuits: tuple[str, ...] = ()
    decrypt_milliseconds: int | None = None
    ledger_milliseconds: int | None = None
    send_milliseconds: int | None = None


class Telemetry:
    """Writes records. Never raises: after a message is sent, a failing log line must not make Lambda send it again."""

    def __init__(
        self,
        *,
        countries: frozenset[str],
        service: str,
        monitoring: Monitoring,
        stream: TextIO | None = None,
    ) -> None:
        """``countries``: those that messages may go to, as ``Record.country`` names them; others are not told apart.

        ``stream`` is standard output, unless a test has one of its own.
        """
        self._service = service
        self._stream = stream
        self._least = self._level = LEVELS.index(monitoring.log_level)
        self._share = monitoring.debug_sample_rate
        self._metrics = Metrics(service=service, namespace=monitoring.metrics_namespace, countries=countries)

    def begin(self) -> None:
        """An invocation begins: decide whether its steps are logged."""
        self._level = LEVELS.index("DEBUG") if random.random() < self._share else self._least  # noqa: S311 - a sample

    def step(self, step: Step, milliseconds: int, request_id: str | None) -> None:
        """A step has ended, after so many milliseconds. The line says that, and nothing of what the step was about."""
        with suppress(Exception):
            self._write("DEBUG", "step ended", step=step, milliseconds=milliseconds, request_id=_capped(request_id))

    def record(self, record: Record) -> None:
        """One log line and the metrics."""
        with suppress(Exception):
            self._write(_severity(record.outcome), "message ended", **_fields(record))
        with suppress(Exception):
            self._metrics.write(record)

    def _write(self, level: str, message: str, **fields: Any) -> None:
        if LEVELS.index(level) < self._level:
            return
        now = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
        line = {"level": level, "message": message, "timestamp": now, "service": self._service, **fields}
        # All at once: Lambda's runtime flushes after each write.
        (self._stream or sys.stdout).write(_ENCODE(line) + "\n")


def _severity(outcome: str) -> str:
    if outcome in {Outcome.SENT, Outcome.DUPLICATE, Outcome.IN_PROGRESS}:
        return "INFO"
    return "ERROR" if outcome in _ERRORS or outcome == UNEXPECTED else "WARNING"


def _fields(record: Record) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in Record.__slots__:
        value = getattr(record, name)
        if value is None or value == ():
            continue
        if name == "attempts":
            value = [_attempt(attempt) for attempt in value]
        fields[name] = _capped(value)
    return fields


def _attempt(attempt: AttemptRecord) -> dict[str, Any]:
    values = {name: getattr(attempt, name) for name in AttemptRecord.__slots__}
    return {name: _capped(value) for name, value in values.items() if value is not None}


def _capped(value: Any) -> Any:
    return str(value)[:_TEXT_LIMIT] if isinstance(value, str) else value
