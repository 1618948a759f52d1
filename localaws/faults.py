"""Faults that a test asks for: a target is down, throttles, refuses, is slow, answers 5xx, or its caller is killed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

AWS: Final = frozenset({"cognito-idp", "dynamodb", "kms", "secretsmanager", "ses", "sms-voice", "sns", "ssm"})
MAIL: Final = frozenset({"mailgun", "postmark", "resend", "sendgrid", "smtp"})
TARGETS: Final = AWS | MAIL | {"slack", "telnyx", "twilio", "twilio_verify", "vonage", "webhook", "whatsapp"}
MODES: Final = frozenset({"down", "throttle", "unauthorized", "slow", "server-error", "none"})
KILLS: Final = frozenset({"kill", "kill-after"})
"""The calling process ends before its call is done, or after it and without an answer. Only AWS knows who calls."""
CONFLICT: Final = "conflict"
CONFLICTING: Final = frozenset({"cognito-idp", "dynamodb"})
"""DynamoDB: another transaction has the item. Cognito: somebody else is changing the pool."""
SLOW_SECONDS: Final = 8.0
"""Longer than any sender waits for an answer."""


class BadFaultError(ValueError):
    """A fault that does not exist was asked for."""


@dataclass(slots=True)
class _Fault:
    mode: str
    left: int | None
    skip: int


class Faults:
    """The faults in force, one per target."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: dict[str, _Fault] = {}

    def set(self, target: str, mode: str, times: int | None, skip: int = 0) -> None:
        """Put a fault in force for the next ``times`` requests (None: until it is taken away) after ``skip`` others.

        :raises BadFaultError: for an unknown target or mode, or counts that are none.
        """
        if target not in TARGETS:
            raise BadFaultError(f"Unknown target {target!r}. Use one of: {', '.join(sorted(TARGETS))}.")
        modes = MODES | (KILLS if target in AWS else set()) | ({CONFLICT} if target in CONFLICTING else set())
        if mode not in modes:
            raise BadFaultError(f"Unknown mode {mode!r} of {target}. Use one of: {', '.join(sorted(modes))}.")
        if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
            raise BadFaultError(f"times is {times!r}. Give a whole number above zero, or null for no end.")
        if isinstance(skip, bool) or not isinstance(skip, int) or skip < 0:
            raise BadFaultError(f"skip is {skip!r}. Give a whole number: how many requests go by before the fault.")
        with self._lock:
            if mode == "none":
                self._active.pop(target, None)
            else:
                self._active[target] = _Fault(mode, times, skip)

    def take(self, target: str) -> str | None:
        """The mode that the next request of ``target`` meets, counted down."""
        with self._lock:
            fault = self._active.get(target)
            if fault is None:
                return None
            if fault.skip > 0:
                fault.skip -= 1
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
            down = fault is not None and fault.mode == "down" and fault.skip == 0
        return down and self.take(target) == "down"

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._active.clear()
