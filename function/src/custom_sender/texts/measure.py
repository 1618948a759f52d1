"""Whether every text keeps to its length with the longest values there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from custom_sender.cognito.triggers import KNOWN_TRIGGERS, OWN_TEXT_ONLY
from custom_sender.dataclass import dataclass
from custom_sender.reader import flaw
from custom_sender.texts import built_in
from custom_sender.texts.autofill import is_found
from custom_sender.texts.choose import longest_values
from custom_sender.texts.gsm import segments
from custom_sender.texts.shared import DEFAULT
from custom_sender.texts.sms import at_its_longest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from custom_sender.texts.messages import Messages
    from custom_sender.texts.shared import Shared

_T = TypeVar("_T")

# Of a language that needs UCS-2 anyway, nobody wants to read them all.
_FORCING_SHOWN = 8


def flaws(messages: Messages, lifetimes_seconds: Mapping[str, int]) -> Iterator[str]:
    """What is wrong with the texts: each with its place, the rule and the fix."""
    shared = messages.shared
    lines = tuple(dict.fromkeys((messages.autofill.default, *messages.autofill.clients.values())))
    for row in rows("sms.templates", messages.templates, shared, built_in.texts_in):
        values = [longest_values(row.key, brand, shared, lifetimes_seconds) for brand in shared.brands]
        longest = [
            (at_its_longest(row.key, row.texts, messages, line, each), line) for line in lines for each in values
        ]
        dearest = max((segments(text) for text, _ in longest), key=lambda counted: (counted.parts, counted.units))
        most = messages.most_parts(row.locale)
        if dearest.parts > most:
            rule = f"at most {most} segment{'s' if most > 1 else ''} with the longest values"
            forcing = f" because of {dearest.forcing[:_FORCING_SHOWN]}" if dearest.forcing else ""
            got = f"{dearest.parts} ({dearest.encoding}{forcing}, {dearest.units} units)"
            yield flaw(row.place, rule, got, f"{row.fix}, or allow more in sms.max_segments")
        if row.key not in OWN_TEXT_ONLY and not all(is_found(text, line) for text, line in longest):
            rule = "at most 140 bytes, the hash included, or no Android app finds the message"
            yield flaw(row.place, rule, "more", row.fix)


@dataclass(frozen=True)
class Row(Generic[_T]):
    """Texts that say the same, the best one first, and where they stand. ``key`` is a trigger or ``default``."""

    place: str
    fix: str
    locale: str
    key: str
    texts: Sequence[_T]
    is_built_in: bool


def rows(
    where: str,
    own: Mapping[str, Mapping[str, _T]],
    shared: Shared,
    texts_in: Callable[[str], Mapping[str, tuple[_T, ...]]],
) -> Iterator[Row[_T]]:
    """The texts of the user's own, and the built-in ones that none of those stands before."""
    for locale, texts in own.items():
        for key, text in texts.items():
            yield Row(
                f"{where}.{locale}.{key}", "shorten it or messages.brand", locale, key, (text,), is_built_in=False
            )
    for locale in sorted(shared.built_in | {built_in.LAST_RESORT}):
        before = own.get(locale, {})
        for key in (DEFAULT, *sorted(KNOWN_TRIGGERS)):
            if key not in before and (key in OWN_TEXT_ONLY or DEFAULT not in before):
                place, fix = f"the built-in text {locale}.{key}", "shorten messages.brand or write a text of your own"
                yield Row(place, fix, locale, key, texts_in(locale)[key], is_built_in=True)
