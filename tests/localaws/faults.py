"""Faults that a test asks for: a target is down, throttles, refuses, is slow or answers 5xx for n requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

TARGETS: Final = frozenset(
    {
        "twilio",
        "twilio_verify",
        "vonage",
        "whatsapp",
        "slack",
        "telnyx",
        "webhook",
        "sns",
        "sms-voice",
        "kms",
        "secretsmanager",
        "ssm",
        "cognito-idp",
    }
)
MODES: Final = frozenset({"down", "throttle", "unauthorized", "slow", "server-error", "conflict", "none"})
SLOW_SECONDS: Final = 8.0
"""Longer than any sender waits for an answer."""


class BadFaultError(ValueError):
    """A fault that does not exist was asked for."""


@dataclass(slots=True)
class _Fault:
    mode: str
    left: int | None


class Faults:
    """The faults in force, one per target."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: dict[str, _Fault] = {}

    def set(self, target: str, mode: str, times: int | None) -> None:
        """Put a fault in force for the next ``times`` requests (None: until it is taken away).

        :raises BadFaultError: for an unknown target or mode, or a count below one.
        """
        if target not in TARGETS:
            raise BadFaultError(f"Unknown target {target!r}. Use one of: {', '.join(sorted(TARGETS))}.")
        if mode not in MODES:
            raise BadFaultError(f"Unknown mode {mode!r}. Use one of: {', '.join(sorted(MODES))}.")
        if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
            raise BadFaultError(f"times is {times!r}. Give a whole number above zero, or null for no end.")
        with self._lock:
            if mode == "none":
                self._active.pop(target, None)
            else:
                self._active[target] = _Fault(mode, times)

    def take(self, target: str) -> str | None:
        """The mode that the next request of ``target`` meets, counted down."""
        with self._lock:
            fault = self._active.get(target)
            if fault is None:
                return None
            if fault.left is not None:
                fault.left -= 1
                if fault.left == 0:
                    del self._active[target]
            return fault.mode

    def refuses_connection(self, target: str) -> bool:
        """Whether a connection to ``target`` is refused; counted only then, because no request follows."""
        with self._lock:
            fault = self._active.get(target)
            down = fault is not None and fault.mode == "down"
        return down and self.take(target) == "down"

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._active.clear()
