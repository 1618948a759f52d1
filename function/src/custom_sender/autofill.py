"""The line with which a phone fills a code in by itself: it is always the last one. Pure.

* ``web_otp``: ``@domain #code`` (WICG, "Origin-bound one-time codes delivered via SMS"; Safari and Chrome). The phone
  offers the code on pages of that domain only, so that no other page can phish for it.
* ``android``: the eleven characters of the app's hash (Google, "SMS Retriever API"), in a message of at most 140 bytes.

Each demands the last line, so that a message can have one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from custom_sender.errors import SettingsError
from custom_sender.segments import Encoding, segments

_DOMAIN: Final = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII
)
_APP_HASH: Final = re.compile(r"[A-Za-z0-9+/]{11}", re.ASCII)
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_+]{1,128}", re.ASCII)
_ANDROID_BYTES: Final = 140


class Kind(StrEnum):
    """The ways to fill a code in. The value is the setting's name."""

    WEB_OTP = "web_otp"
    ANDROID = "android"


_ATTRIBUTE: Final = {Kind.WEB_OTP: "domain", Kind.ANDROID: "app_hash"}
_FORM: Final = {
    Kind.WEB_OTP: (_DOMAIN, 'a domain in small letters, such as "login.example.com"'),
    Kind.ANDROID: (_APP_HASH, "the 11 characters of the app's hash: letters, digits, + and /"),
}


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Autofill:
    """What each app client's messages end with: ``clients`` by client id, ``default`` for all others."""

    default: Line | None = None
    clients: Mapping[str, Line | None] = field(default_factory=lambda: MappingProxyType({}))

    def line(self, client_id: str) -> Line | None:
        """The last line of messages that this app client asked for."""
        return self.clients.get(client_id, self.default)


def read_autofill(content: object, place: str) -> Autofill:
    """``{"web_otp": {"domain"}} | {"android": {"app_hash"}} | {}``, with ``clients`` beside it: id → the same.

    Raises ``SettingsError`` naming the place.
    """
    if content is None:
        return Autofill()
    if not isinstance(content, Mapping):
        raise SettingsError(f"{place} must be an object with web_otp or android, and clients")
    clients = content.get("clients")
    clients = {} if clients is None else clients
    if not isinstance(clients, Mapping) or not all(_CLIENT_ID.fullmatch(str(client)) for client in clients):
        raise SettingsError(f"{place}.clients must be an object: app client id, then web_otp, android or neither")
    return Autofill(
        default=_read_line({key: value for key, value in content.items() if key != "clients"}, place),
        clients=MappingProxyType(
            {str(client): _read_line(line, f"{place}.clients.{client}") for client, line in clients.items()}
        ),
    )


def _read_line(content: object, place: str) -> Line | None:
    if not isinstance(content, Mapping) or set(content) - set(Kind):
        raise SettingsError(f"{place} must be an object with web_otp, android or neither")
    wanted = {Kind(kind): value for kind, value in content.items() if value is not None}
    if len(wanted) > 1:
        raise SettingsError(f"{place}: web_otp and android both need the last line of the message: choose one")
    for kind, value in wanted.items():
        text = value.get(_ATTRIBUTE[kind]) if isinstance(value, Mapping) else None
        pattern, form = _FORM[kind]
        if not isinstance(text, str) or not pattern.fullmatch(text):
            raise SettingsError(f"{place}.{kind}.{_ATTRIBUTE[kind]} must be {form}")
        return Line(kind, text)
    return None
