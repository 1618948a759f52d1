"""Telephone numbers: is it one, whose is it, may it get messages, and how it may be shown. No network, no library.

The table ``_countries`` is generated from libphonenumber's metadata (function/tools/generate_countries.py) and is exact
for every number that libphonenumber calls valid. It does not say whether a number exists: providers do. The table is 8
kB. To import this module takes 0.8 ms, a look-up one microsecond, and to import ``phonenumbers`` 40 ms (Python 3.11 on
a 2-core virtual machine).
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from custom_sender.data import read
from custom_sender.dataclass import dataclass
from custom_sender.guards._countries import CALLING_CODES, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# E.164 (ITU-T E.164, 11/2010): "+", a country code that does not begin with 0, fifteen digits at most. The shortest
# numbers that can be dialled from abroad and receive messages have seven (Saint Helena's and Niue's mobile numbers).
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_NORTH_AMERICAN_LENGTH = 11
# 100,000 numbers. With a calling code of three digits, fewer would show more of the number than they hide.
_FEWEST_HIDDEN = 5

_COUNTRY_OF_PREFIX = {prefix: country for country, prefixes in PREFIXES.items() for prefix in prefixes.split()}
_LONGEST_PREFIX = max(map(len, _COUNTRY_OF_PREFIX))
_CALLING_CODES = frozenset(CALLING_CODES.split())

# The calling codes that belong to no country (libphonenumber calls them non-geographic; ITU-T's list of assigned
# country codes says what each is for), by names that a configuration can use. A message to most of them costs more than
# one to any country, which is what SMS pumping lives on.
SPECIAL_RANGES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {name: tuple(codes) for name, codes in read("special_ranges").items()}
)
_SPECIAL_CODES: Final = {code: name for name, codes in SPECIAL_RANGES.items() for code in codes}


def is_number(text: str) -> bool:
    """Whether it is in E.164: a plus sign and 7 to 15 digits, nothing else.

    Cognito keeps ``phone_number`` in this form, so nothing is repaired: no blanks, no 00, no national form.
    """
    return _E164.fullmatch(text) is not None


def country_of(e164: str) -> str | None:
    """The country of an E.164 number: ISO 3166-1 alpha-2, or libphonenumber's AC, TA and XK, which ISO has reserved.

    Western Sahara has Morocco's numbers: libphonenumber cannot tell them apart, so both are MA.

    None for what belongs to no country: satellite, global and premium ranges (+800, +808, +870, +878, +881, +882, +883,
    +888, +979). The same goes for calling codes and North American area codes that are not assigned. A list of allowed
    countries can then never let such a number through.
    """
    digits = e164[1:]
    if digits[:1] == "1" and len(digits) != _NORTH_AMERICAN_LENGTH:
        return None
    for length in range(min(len(digits), _LONGEST_PREFIX), 0, -1):
        country = _COUNTRY_OF_PREFIX.get(digits[:length])
        if country is not None:
            return country
    return None


@dataclass(frozen=True)
class Screened:
    """What was found out about a number without asking anybody.

    ``country`` is what the rest of the function calls its country: ISO 3166-1 alpha-2; for a special range, the calling
    code with its plus sign (``+881``); None for a number of nobody. ``refused`` says why it gets no message, in a word
    for the log, and is None for one that may; ``detail`` is that in a constant text.
    """

    country: str | None
    refused: str | None = None
    detail: str | None = None


def screen(
    e164: str, *, countries: Collection[str], ranges: Collection[str], blocked_prefixes: tuple[str, ...]
) -> Screened:
    """Whether a number may get messages: ``countries`` and ``ranges`` (names of ``SPECIAL_RANGES``) are allowed ones.

    ``blocked_prefixes`` begin with a plus sign and are stronger than what is allowed.
    """
    code = e164[1:4]
    special = _SPECIAL_CODES.get(code)
    country = country_of(e164) if special is None else f"+{code}"
    if special is not None and special not in ranges:
        detail = f"the number is in the international range {special}, which is not in sms.allowed_ranges"
        return Screened(country, "RANGE", detail)
    if special is None and (country is None or country not in countries):
        return Screened(country, "COUNTRY", "the number's country is not in sms.allowed_countries")
    if e164.startswith(blocked_prefixes):
        return Screened(country, "PREFIX", "the number begins with one of sms.blocked_prefixes")
    return Screened(country)


def mask(e164: str) -> str:
    """The number as it may be logged: calling code and last two digits, ``+49*********23``. Never more than that.

    Of a short number not even those two: at least five digits are hidden, or all behind the calling code.

    What is not in E.164 shows nothing at all: it could be anything.
    """
    if not is_number(e164):
        return "***"
    digits = e164[1:]
    code = next((digits[:length] for length in (1, 2, 3) if digits[:length] in _CALLING_CODES), "")
    hidden = len(digits) - len(code) - 2
    return f"+{code}{'*' * hidden}{digits[-2:]}" if hidden >= _FEWEST_HIDDEN else f"+{code}{'*' * (hidden + 2)}"
