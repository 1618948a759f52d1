"""The one phone and mailbox of this world: every message that would have reached somebody, and every code.

In memory only.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message. ``channel``: the kind of sender, telnyx for that preset of ``http``; email is Cognito's own.

    Of a mail, ``text`` is the part in plain text, and ``meta`` has ``subject``, ``html``, ``from`` and ``reply_to``.
    """

    id: str
    at: str
    channel: str
    to: str
    text: str = field(repr=False)
    meta: Mapping[str, Any]

    def public(self) -> dict[str, Any]:
        """As ``GET /_local/inbox`` gives it."""
        return {
            "id": self.id,
            "at": self.at,
            "channel": self.channel,
            "to": self.to,
            "text": self.text,
            "meta": dict(self.meta),
        }


class Inbox:
    """Messages in the order of their arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._messages: list[Delivered] = []
        self._codes: set[str] = set()

    def deliver(self, channel: str, to: str, text: str, meta: Mapping[str, Any] | None = None) -> Delivered:
        """Put one message in."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            message = Delivered(f"m{next(self._numbers):05d}", at, channel, to, text, dict(meta or {}))
            self._messages.append(message)
        return message

    def remember(self, code: str) -> None:
        """Keep a code or a temporary password that Cognito has made, whether or not it will reach anybody."""
        with self._lock:
            self._codes.add(code)

    def codes(self) -> list[str]:
        """Every code and temporary password that was made: what must be found nowhere else."""
        with self._lock:
            return sorted(self._codes)

    def messages(self, to: str | None = None) -> list[Delivered]:
        """All messages, or those of one recipient."""
        with self._lock:
            return [message for message in self._messages if to is None or message.to == to]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._messages.clear()
