"""The line with which a phone fills a code in by itself: it is always the last one. Pure.

* ``web_otp``: ``@domain #code`` (WICG, "Origin-bound one-time codes delivered via SMS"; Safari and Chrome). The phone
  offers the code on pages of that domain only, so that no other page can phish for it.
* ``android``: the eleven characters of the app's hash (Google, "SMS Retriever API"), in a message of at most 140 bytes.

Each demands the last line, so that a message can have one of them.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from custom_sender.dataclass import dataclass, field
from custom_sender.reader import Form, refuse
from custom_sender.texts.gsm import Encoding, segments
from custom_sender.texts.shared import CLIENT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.reader import Reader

_ANDROID_BYTES: Final = 140


class Kind(StrEnum):
    """The ways to fill a code in. The value is the setting's name."""

    WEB_OTP = "web_otp"
    ANDROID = "android"


_ATTRIBUTE: Final = {Kind.WEB_OTP: "domain", Kind.ANDROID: "app_hash"}
_FORM: Final = {
    Kind.WEB_OTP: Form(
        'a domain in small letters without a path: "login.example.com"',
        r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        253,
    ),
    Kind.ANDROID: Form("the 11 characters of the app's hash: letters, digits, + and /", r"[A-Za-z0-9+/]{11}"),
}


@dataclass(frozen=True)
class Line:
    """The last line of a message. ``value`` is the domain or the hash."""

    kind: Kind
    value: str

    def append(self, text: str, code: str) -> str:
        """The text with the line behind it."""
        return f"{text}\n@{self.value} #{code}" if self.kind is Kind.WEB_OTP else f"{text}\n{self.value}"


def is_found(text: str, line: Line | None) -> bool:
    """Whether the phone looks at the line of a complete text: an Android app finds messages of at most 140 bytes.

    That is what a message holds: of a text in UCS-2 that is one part. In GSM-7 it is counted as it is in the app.
    """
    if line is None or line.kind is not Kind.ANDROID:
        return True
    counted = segments(text)
    return counted.parts == 1 and (counted.encoding is Encoding.UCS_2 or len(text.encode()) <= _ANDROID_BYTES)


def fits(text: str, line: Line | None) -> bool:
    """Whether a complete text is one part, and its line is found."""
    return segments(text).parts == 1 and is_found(text, line)


@dataclass(frozen=True)
class Autofill:
    """What each app client's messages end with: ``clients`` by client id, ``default`` for all others."""

    default: Line | None = None
    clients: Mapping[str, Line | None] = field(default_factory=lambda: MappingProxyType({}))

    def line(self, client_id: str) -> Line | None:
        """The last line of messages that this app client asked for."""
        return self.clients.get(client_id, self.default)


def read_autofill(content: Reader) -> Autofill:
    """``sms.autofill``: a line for all, and ``clients`` beside it: app client id → a line of its own, or none."""
    clients = content.within("clients", required=False)
    return Autofill(
        default=_read_line(content),
        clients=MappingProxyType({client: _read_line(clients.within(client)) for client in clients.keys_of(CLIENT_ID)}),
    )


def _read_line(content: Reader) -> Line | None:
    lines = []
    for kind, form in _FORM.items():
        line = content.within(kind, required=False)
        if content.has(kind):
            # As null elements everywhere: without what it is made of, it is as if it were not there.
            value = line.text(_ATTRIBUTE[kind], form)
            lines += [] if value is None else [Line(kind, value)]
            line.end()
    content.end()
    if len(lines) > 1:
        rule = "one line, because phones look at the last one of a message"
        refuse(content.path, rule, " and ".join(Kind), "keep one, or give each app client its own in clients")
    return lines[0] if lines else None
