"""What protects from sending twice, too late or for fraudsters → one frozen value, checked at import.

| key | content |
|---|---|
| ``protection.on_ledger_failure`` | "send" or "refuse": what becomes of a message while the ledger does not answer |
| ``protection.test_recipients`` | ``numbers`` ("+15550100123", or "+15550100*": all that begin so), their ``sender`` |
| ``protection.code_lifetimes_seconds`` | trigger to seconds, where the user pool has a life of its own |
| ``sms.limits`` | ``number``, ``prefix``, ``country``, ``overall``: max, per_seconds, mode; null without a ledger |
| ``sms.blocked_prefixes`` | beginnings of numbers that get nothing: "+4915" |
| ``sms.allowed_ranges`` | names of ``destination.SPECIAL_RANGES`` |

Nothing of it can hold a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from custom_sender.destination import SPECIAL_RANGES
from custom_sender.errors import OTHER_VERSION, SettingsError
from custom_sender.limits import Limit, Limits, Mode
from custom_sender.message import KNOWN_TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_T = TypeVar("_T")

_PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)
# Six digits at least before an asterisk: "+1*" would give the codes of a whole continent to the testers.
_TEST_NUMBER: Final = re.compile(r"\+[1-9][0-9]{5,14}\*|\+[1-9][0-9]{6,14}", re.ASCII)
# E.164 has 7 to 15 digits: with more cut off, numbers would be left that have no block at all.
_MOST_DIGITS_CUT: Final = 6

LIMITS_OF_SMS: Final = ("limits", "blocked_prefixes", "allowed_ranges")


class OnLedgerFailure(StrEnum):
    """A message while the ledger does not answer: sent, perhaps twice; or refused, and left to Lambda's retry."""

    SEND = "send"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class NumbersOfTesters:
    """Numbers whose messages go to one sender and to no other: whole ones, and beginnings of numbers."""

    numbers: frozenset[str]
    prefixes: tuple[str, ...]
    sender: str

    def have(self, e164: str) -> bool:
        """Whether this number is one of theirs."""
        return e164 in self.numbers or e164.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class Protection:
    """Against sending twice, sending too late, and paying for fraud."""

    on_ledger_failure: OnLedgerFailure = OnLedgerFailure.SEND
    limits: Limits = field(default_factory=Limits)
    blocked_prefixes: tuple[str, ...] = ()
    allowed_ranges: frozenset[str] = frozenset()
    testers: NumbersOfTesters | None = None
    lifetimes_seconds: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def read_protection(
    sms: Mapping[str, Any], protection: Mapping[str, Any], *, usable_senders: Collection[str]
) -> Protection:
    """From ``sms`` and ``protection`` of the settings. ``usable_senders``: those that exist and are not switched off.

    Raises ``SettingsError`` that says what is wrong, where, and what to do.
    """
    return Protection(
        **_read(
            {key: sms.get(key) for key in LIMITS_OF_SMS},
            "sms",
            {
                "limits": ("limits", _limits),
                "blocked_prefixes": ("blocked_prefixes", _blocked_prefixes),
                "allowed_ranges": ("allowed_ranges", _allowed_ranges),
            },
        ),
        **_read(
            protection,
            "protection",
            {
                "on_ledger_failure": ("on_ledger_failure", _on_ledger_failure),
                "test_recipients": ("testers", lambda value, where: _testers(value, where, usable_senders)),
                "code_lifetimes_seconds": ("lifetimes_seconds", _lifetimes),
            },
        ),
    )


def _read(content: object, place: str, known: Mapping[str, tuple[str, Callable[[object, str], Any]]]) -> dict[str, Any]:
    """The keys of an object that are there, each by the name and the reader that ``known`` has for it."""
    values = {key: value for key, value in _object(content, place).items() if value is not None}
    unknown = sorted(values.keys() - known.keys())
    if unknown:
        raise SettingsError(
            f"{place}: unknown setting {unknown[0][:100]!r}; known: {', '.join(known)}; {OTHER_VERSION}"
        )
    return {known[key][0]: known[key][1](value, f"{place}.{key}") for key, value in values.items()}


def _object(content: object, place: str) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise SettingsError(f"{place} must be an object, not a {type(content).__name__}")
    return content


def _on_ledger_failure(value: object, place: str) -> OnLedgerFailure:
    return _word({str(word): word for word in OnLedgerFailure}, value, place)


def _mode(value: object, place: str) -> Mode | None:
    return _word({**{str(mode): mode for mode in Mode}, "off": None}, value, place)


def _limits(value: object, place: str) -> Limits:
    scopes = ("number", "prefix", "country", "overall")
    read = _read(value, place, {scope: (scope, _limit) for scope in scopes})
    cut = _object(_object(value, place).get("prefix") or {}, f"{place}.prefix").get("without_last_digits")
    if cut is not None:
        where = f"{place}.prefix.without_last_digits"
        read["prefix_without_last_digits"] = _whole_number(cut, where, most=_MOST_DIGITS_CUT)
    return Limits(**read)


def _limit(value: object, place: str) -> Limit | None:
    """None for one that is off."""
    limit = dict(_object(value, place))
    if place.endswith(".prefix"):
        limit.pop("without_last_digits", None)
    read = _read(
        limit,
        place,
        {
            "max": ("max", _whole_number),
            "per_seconds": ("per_seconds", _whole_number),
            "mode": ("mode", _mode),
        },
    )
    if read.get("mode", Mode.ENFORCE) is None:
        return None
    missing = [name for name in ("max", "per_seconds", "mode") if name not in read]
    if missing:
        raise SettingsError(f"{place}: {missing[0]} is missing; a limit has max, per_seconds and mode")
    return Limit(**read)


def _blocked_prefixes(value: object, place: str) -> tuple[str, ...]:
    return tuple(_texts(value, place, _PREFIX, 'the beginning of a number: "+" and 1 to 15 digits, such as "+4915"'))


def _allowed_ranges(value: object, place: str) -> frozenset[str]:
    names = "|".join(SPECIAL_RANGES)
    return frozenset(_texts(value, place, re.compile(names), f"a range; there are: {', '.join(SPECIAL_RANGES)}"))


def _testers(value: object, place: str, usable_senders: Collection[str]) -> NumbersOfTesters:
    content = _object(value, place)
    read = _read(content, place, {"numbers": ("numbers", _test_numbers), "sender": ("sender", _sender(usable_senders))})
    missing = [name for name in ("numbers", "sender") if name not in read]
    if missing:
        raise SettingsError(f"{place}: {missing[0]} is missing; test recipients have numbers and the sender they go to")
    numbers = read["numbers"]
    return NumbersOfTesters(
        numbers=frozenset(number for number in numbers if not number.endswith("*")),
        prefixes=tuple(number.removesuffix("*") for number in numbers if number.endswith("*")),
        sender=read["sender"],
    )


def _test_numbers(value: object, place: str) -> list[str]:
    form = 'a number in E.164 such as "+15550100123", or the beginning of numbers and an asterisk: "+15550100*"'
    numbers = _texts(value, place, _TEST_NUMBER, form)
    if not numbers:
        raise SettingsError(f"{place} must have at least one number; without any, leave test_recipients out")
    return numbers


def _sender(usable: Collection[str]) -> Callable[[object, str], str]:
    def read(value: object, place: str) -> str:
        if isinstance(value, str) and value in usable:
            return value
        raise SettingsError(
            f"{place}: there is no sender {repr(value)[:100]} that is switched on; there are: "
            f"{', '.join(sorted(usable))}"
        )

    return read


def _lifetimes(value: object, place: str) -> Mapping[str, int]:
    return MappingProxyType(
        _read(value, place, {trigger: (trigger, _whole_number) for trigger in sorted(KNOWN_TRIGGERS)})
    )


def _texts(value: object, place: str, pattern: re.Pattern[str], form: str) -> list[str]:
    if not isinstance(value, list):
        raise SettingsError(f"{place} must be a list, not a {type(value).__name__}")
    for item in value:
        if not isinstance(item, str) or not pattern.fullmatch(item):
            raise SettingsError(f"{place}: {repr(item)[:100]} is not {form}")
    return value


def _whole_number(value: object, place: str, *, most: int | None = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1 or (most is not None and value > most):
        limits = "1 or more" if most is None else f"1 to {most}"
        raise SettingsError(f"{place} must be a whole number, {limits}")
    return value


def _word(words: Mapping[str, _T], value: object, place: str) -> _T:
    if not isinstance(value, str) or value not in words:
        raise SettingsError(f"{place} must be one of {', '.join(words)}, not {repr(value)[:100]}")
    return words[value]
