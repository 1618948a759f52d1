"""One JSON log line for each record, and its metrics.

Of a share of the messages (``debug_sample_rate``), or of all at level DEBUG, each step
has a line besides, as soon as it has ended: of a function that was killed nothing else is left.
"""

from __future__ import annotations

import json
import random
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from custom_sender.dataclass import dataclass
from custom_sender.outcome import Outcome
from custom_sender.record.metrics import Group, Metrics
from custom_sender.record.record import UNEXPECTED, AttemptRecord, Record, Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

_TEXT_LIMIT: Final = 512
# Made once: json.dumps makes an encoder for each line.
_ENCODE: Final = json.JSONEncoder(default=str).encode

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Outcomes that the team that runs this has to mend, as against facts about one recipient.
_ERRORS: Final = frozenset(
    {
        Outcome.PROVIDER_CONFIG,
        Outcome.PROVIDER_QUOTA,
        Outcome.UNDECRYPTABLE,
        Outcome.DECRYPT_UNAVAILABLE,
        Outcome.LEDGER_UNAVAILABLE,
        Outcome.CHANNEL_OFF,
        Outcome.NO_ADDRESS,
        Outcome.BAD_EVENT,
        Outcome.BAD_CONFIGURATION,
    }
)


@dataclass(frozen=True)
class Monitoring:
    """What is written, and where it is counted: ``monitoring`` of the settings.

    ``log_level`` is one of ``LEVELS``; ``debug_sample_rate`` is the share of messages whose steps are logged at any
    level.
    """

    metrics_namespace: str
    log_level: str = "INFO"
    debug_sample_rate: float = 0.0


class Telemetry:
    """Writes records. Never raises: after a message is sent, a failing log line must not make Lambda send it again."""

    def __init__(
        self,
        *,
        groups: Mapping[str, Group],
        service: str,
        monitoring: Monitoring,
        stream: TextIO | None = None,
    ) -> None:
        """``groups``: channel → what its messages are counted by, which also names ``Record.group`` in the log.

        ``stream`` is standard output, unless a test has one of its own.
        """
        self._service = service
        self._stream = stream
        self._least = self._level = LEVELS.index(monitoring.log_level)
        self._share = monitoring.debug_sample_rate
        self._metrics = Metrics(service=service, namespace=monitoring.metrics_namespace, groups=groups)
        self._groups = groups

    def begin(self) -> None:
        """An invocation begins: decide whether its steps are logged."""
        self._level = LEVELS.index("DEBUG") if random.random() < self._share else self._least  # noqa: S311 - a sample

    def step(self, step: Step, milliseconds: int, request_id: str | None) -> None:
        """A step has ended, after so many milliseconds. The line says that, and nothing of what the step was about."""
        if self._level:  # above DEBUG
            return
        with suppress(Exception):
            self._write("DEBUG", "step ended", step=step, milliseconds=milliseconds, request_id=_capped(request_id))

    def record(self, record: Record) -> None:
        """One log line and the metrics."""
        with suppress(Exception):
            self._write(_severity(record.outcome), "message ended", **self._fields(record))
        with suppress(Exception):
            self._metrics.write(record)

    def _fields(self, record: Record) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name in Record.__match_args__:
            value = getattr(record, name)
            if value is None or value == ():
                continue
            if name == "attempts":
                value = [_attempt(attempt) for attempt in value]
            fields[self._called(name, record)] = _capped(value)
        return fields

    def _called(self, name: str, record: Record) -> str:
        group = self._groups.get(record.channel or "") if name == "group" else None
        return name if group is None else group.name

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


def _attempt(attempt: AttemptRecord) -> dict[str, Any]:
    values = {name: getattr(attempt, name) for name in AttemptRecord.__match_args__}
    return {name: _capped(value) for name, value in values.items() if value is not None}


def _capped(value: Any) -> Any:
    return str(value)[:_TEXT_LIMIT] if isinstance(value, str) else value
