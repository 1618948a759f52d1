"""Whether every text keeps to its length with the longest values there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custom_sender.cognito.triggers import KNOWN_TRIGGERS, OWN_TEXT_ONLY
from custom_sender.reader import flaw
from custom_sender.texts import built_in
from custom_sender.texts.autofill import is_found
from custom_sender.texts.choose import longest_values
from custom_sender.texts.gsm import segments
from custom_sender.texts.shared import DEFAULT
from custom_sender.texts.sms import at_its_longest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from custom_sender.texts.messages import Messages

# Of a language that needs UCS-2 anyway, nobody wants to read them all.
_FORCING_SHOWN = 8


def flaws(messages: Messages, lifetimes_seconds: Mapping[str, int]) -> Iterator[str]:
    """What is wrong with the texts: each with its place, the rule and the fix."""
    shared = messages.shared
    lines = tuple(dict.fromkeys((messages.autofill.default, *messages.autofill.clients.values())))
    for row in _rows(messages):
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


@dataclass(frozen=True, slots=True)
class _Row:
    """Texts that say the same, the best one first, and where they stand. ``key`` is a trigger or ``default``."""

    place: str
    fix: str
    locale: str
    key: str
    texts: Sequence[str]


def _rows(messages: Messages) -> Iterator[_Row]:
    """The texts of the user's own, and the built-in ones that none of those stands before."""
    for locale, own in messages.templates.items():
        for key, text in own.items():
            yield _Row(f"sms.templates.{locale}.{key}", "shorten it or messages.brand", locale, key, (text,))
    for locale in sorted(messages.shared.built_in | {built_in.LAST_RESORT}):
        own = messages.templates.get(locale, {})
        for key in (DEFAULT, *sorted(KNOWN_TRIGGERS)):
            if key not in own and (key in OWN_TEXT_ONLY or DEFAULT not in own):
                place, fix = f"the built-in text {locale}.{key}", "shorten messages.brand or write a text of your own"
                yield _Row(place, fix, locale, key, built_in.texts_in(locale)[key])
