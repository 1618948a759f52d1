"""Writes ``guards/_countries.py``: which country a telephone number belongs to, as a table of prefixes; and
``countries.tf``, the countries that it knows, for the plan to check ``allowed_countries`` against.

The facts come from the ``phonenumbers`` package (Google's libphonenumber metadata), a development dependency: at run
time its 40 ms of import would be paid in every cold start. Most calling codes belong to one country. For the shared
ones (+1, +7, +44 …) libphonenumber decides by patterns over whole numbers; here those patterns are followed digit by
digit, as automata, until only one country is left, and the prefix reached is written down. So the table is exact for
every number that libphonenumber accepts as valid, not only for the samples of a test.

    python function/tools/generate_countries.py            write the table
    python function/tools/generate_countries.py --check    fail when the committed table is not what would be written
"""

from __future__ import annotations

import argparse
import functools
import re._parser as regex_parser  # type: ignore[import-not-found]
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import phonenumbers
from phonenumbers import PhoneMetadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TARGET = Path(__file__).resolve().parents[1] / "src" / "custom_sender" / "guards" / "_countries.py"
TERRAFORM_TARGET = Path(__file__).resolve().parents[2] / "countries.tf"
NON_GEOGRAPHIC = "001"
LONGEST_NUMBER = 15  # digits of E.164, calling code included
DIGITS = "0123456789"
# The kinds of number whose patterns make a number valid (libphonenumber: number_type is not UNKNOWN).
TYPES = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)
# In the North American plan every number that can be called from abroad has ten digits after the 1. Three are the area
# code. An area code that nobody has yet must not fall to the United States: it may become a Caribbean one, which is
# where fraud happens. So there the table names every area code and has no default.
NORTH_AMERICA = 1
NORTH_AMERICAN_DIGITS = 10
AREA_CODE_DIGITS = 3
# No number of theirs is valid yet, so they would fall to Russia: Kazakhstan's by the agreements of 2006 (6xx) and 2025.
RESERVED = {"70": "KZ", "76": "KZ"}


# --- regular expressions over digits, and what is left of them after a digit (Brzozowski's derivatives) ---


@dataclass(frozen=True, eq=False)
class Regex:
    """``kind``: none (matches nothing), empty (only the empty text), digit (one of ``digits``), then, either.

    Made by ``expression`` alone, one object for each expression: so they are compared and looked up as they are, and
    not part by part.
    """

    kind: str
    digits: str
    parts: tuple[Regex, ...]


@functools.cache
def expression(kind: str, digits: str, parts: tuple[Regex, ...]) -> Regex:
    return Regex(kind, digits, parts)


NONE = expression("none", "", ())
EMPTY = expression("empty", "", ())


def then(first: Regex, second: Regex) -> Regex:
    if NONE in (first, second):
        return NONE
    if first == EMPTY:
        return second
    return first if second == EMPTY else expression("then", "", (first, second))


def either(options: Iterator[Regex]) -> Regex:
    flat: dict[Regex, None] = {}
    for option in options:
        for part in option.parts if option.kind == "either" else (option,):
            if part != NONE:
                flat[part] = None
    if not flat:
        return NONE
    if len(flat) == 1:
        return next(iter(flat))
    return expression("either", "", tuple(flat))


def compiled(pattern: str) -> Regex:
    """The expression of a pattern that uses what libphonenumber uses: digits, classes, groups, branches, repeats."""
    return _sequence(list(regex_parser.parse(pattern)))


def _sequence(items: list[Any]) -> Regex:
    result = EMPTY
    for operator, argument in reversed(items):
        result = then(_item(str(operator), argument), result)
    return result


def _item(operator: str, argument: Any) -> Regex:
    if operator == "LITERAL":
        return expression("digit", chr(argument), ())
    if operator == "IN":
        return expression("digit", "".join(digit for digit in DIGITS if _in_class(digit, argument)), ())
    if operator == "SUBPATTERN":
        return _sequence(list(argument[3]))
    if operator == "BRANCH":
        return either(_sequence(list(branch)) for branch in argument[1])
    if operator == "MAX_REPEAT":
        low, high, body = argument
        once = _sequence(list(body))
        result = EMPTY
        for count in range(int(high), 0, -1):
            result = then(once, result)
            if count > int(low):
                result = either(iter((EMPTY, result)))
        return result
    msg = f"a pattern of phonenumbers has an operator that this generator does not know: {operator}"
    raise ValueError(msg)


def _in_class(digit: str, items: list[tuple[Any, Any]]) -> bool:
    for operator, argument in items:
        match str(operator):
            case "LITERAL" if ord(digit) == argument:
                return True
            case "RANGE" if argument[0] <= ord(digit) <= argument[1]:
                return True
            case "CATEGORY" if str(argument) == "CATEGORY_DIGIT":
                return True
            case "LITERAL" | "RANGE" | "CATEGORY":
                continue
            case unknown:
                msg = f"a character class of phonenumbers has an operator that is not known here: {unknown}"
                raise ValueError(msg)
    return False


@functools.cache
def matches_empty(regex: Regex) -> bool:
    if regex.kind == "empty":
        return True
    if regex.kind == "then":
        return all(matches_empty(part) for part in regex.parts)
    return regex.kind == "either" and any(matches_empty(part) for part in regex.parts)


@functools.cache
def after(regex: Regex, digit: str) -> Regex:
    if regex.kind == "digit":
        return EMPTY if digit in regex.digits else NONE
    if regex.kind == "either":
        return either(after(part, digit) for part in regex.parts)
    if regex.kind == "then":
        first, second = regex.parts
        rest = then(after(first, digit), second)
        return either(iter((rest, after(second, digit)))) if matches_empty(first) else rest
    return NONE


# --- one region of a shared calling code, as libphonenumber's region_code_for_number sees it ---


@dataclass(frozen=True)
class Kind:
    """A kind of number: its pattern and the lengths it may have (none given: any)."""

    regex: Regex
    lengths: tuple[int, ...]

    def accepts(self, length: int) -> bool:
        return matches_empty(self.regex) and (not self.lengths or length in self.lengths)


@dataclass(frozen=True)
class Region:
    """What is left of a region's patterns after the digits so far.

    With ``leading`` the region owns every number that begins so; otherwise the whole number must be valid in it.
    """

    name: str
    leading: Regex | None
    general: Kind
    kinds: tuple[Kind, ...]

    def after(self, digit: str) -> Region:
        if self.leading is not None:
            # A prefix that has matched stays matched.
            leading = EMPTY if matches_empty(self.leading) else after(self.leading, digit)
            return Region(self.name, leading, self.general, ())
        general = Kind(after(self.general.regex, digit), self.general.lengths)
        kinds = (Kind(after(kind.regex, digit), kind.lengths) for kind in self.kinds)
        alive = tuple(kind for kind in kinds if kind.regex != NONE) if general.regex != NONE else ()
        return Region(self.name, None, general, alive)

    def owns(self, length: int) -> bool:
        if self.leading is not None:
            return matches_empty(self.leading)
        return self.general.accepts(length) and any(kind.accepts(length) for kind in self.kinds)

    def may_own(self) -> bool:
        return self.leading != NONE if self.leading is not None else bool(self.kinds)


def region(name: str) -> Region:
    metadata = PhoneMetadata.metadata_for_region(name)
    if metadata is None:
        msg = f"phonenumbers has no metadata for {name}"
        raise ValueError(msg)
    if metadata.leading_digits is not None:
        return Region(name, compiled(metadata.leading_digits), Kind(NONE, ()), ())
    kinds = (kind(getattr(metadata, field)) for field in TYPES)
    return Region(name, None, kind(metadata.general_desc), tuple(item for item in kinds if item.regex != NONE))


def kind(description: Any) -> Kind:
    if description is None or not description.national_number_pattern:
        return Kind(NONE, ())
    return Kind(compiled(description.national_number_pattern), tuple(description.possible_length))


# --- the table ---

State = tuple[Region, ...]


def owner(state: State, length: int) -> str | None:
    """The region of a number that ends here: libphonenumber takes the first that owns it."""
    return next((item.name for item in state if item.owns(length)), None)


def step(state: State, digit: str) -> State:
    following = (item.after(digit) for item in state)
    return tuple(item for item in following if item.may_own())


@functools.cache
def owners(state: State, length: int, longest: int, *, shorter: bool) -> frozenset[str]:
    """All regions of the numbers that go on from here, up to ``longest`` digits; ``shorter`` ones exist or do not."""
    here = owner(state, length) if shorter or length == longest else None
    found = {here} if here is not None else set()
    if length < longest and state:
        for digit in DIGITS:
            found |= owners(step(state, digit), length + 1, longest, shorter=shorter)
    return frozenset(found)


def shared_code(code: int, names: tuple[str, ...]) -> dict[str, str]:
    """The prefixes of one shared calling code. The first region is the main one, which has what nobody else has."""
    north_america = code == NORTH_AMERICA
    longest = NORTH_AMERICAN_DIGITS if north_america else LONGEST_NUMBER - len(str(code))
    shortest_prefix = AREA_CODE_DIGITS if north_america else 0
    table: dict[str, str] = {} if north_america else {str(code): names[0]}
    all_owners = functools.partial(owners, longest=longest, shorter=not north_america)

    def visit(state: State, prefix: str, inherited: str | None) -> None:
        length = len(prefix) - len(str(code))
        possible = all_owners(state, length)
        if not possible or possible == {inherited}:
            return
        if length >= shortest_prefix and inherited not in possible:
            # The country of most of the next digits is the rule here, and the others become its exceptions.
            inherited = max(
                (item.name for item in state if item.name in possible),
                key=lambda name: sum(name in all_owners(step(state, digit), length + 1) for digit in DIGITS),
            )
            table[prefix] = inherited
        if possible == {inherited}:
            return
        if not north_america and owner(state, length) not in (None, inherited):
            msg = f"+{prefix}: the country depends on the length of the number, which a table of prefixes cannot say"
            raise ValueError(msg)
        for digit in DIGITS:
            visit(step(state, digit), prefix + digit, inherited)

    visit(tuple(region(name) for name in names), str(code), table.get(str(code)))
    return table


def prefixes() -> dict[str, str]:
    """Prefix (calling code first, no plus) to ISO 3166 alpha-2 code; the longest prefix of a number decides."""
    table: dict[str, str] = {}
    for code, names in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        if names == (NON_GEOGRAPHIC,):
            continue
        table.update({str(code): names[0]} if len(names) == 1 else shared_code(code, names))
    return table | RESERVED


def calling_codes() -> list[str]:
    """All calling codes, the non-geographic ones too: what ``mask`` leaves visible."""
    return [str(code) for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)]


def source(table: Mapping[str, str]) -> str:
    """The generated module's text."""
    by_country: dict[str, list[str]] = {}
    for prefix, country in table.items():
        by_country.setdefault(country, []).append(prefix)
    lines = [
        '"""Whose country a telephone number is. Generated by function/tools/generate_countries.py: do not edit.',
        "",
        f"Facts: phonenumbers {phonenumbers.__version__} (libphonenumber's metadata, Apache License 2.0).",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "# Every calling code that is in use, those that belong to no country too.",
        "CALLING_CODES = (",
        *wrapped(calling_codes(), indent=4),
        ")",
        "",
        "# Country to the prefixes of its numbers, calling code first; the longest prefix of a number decides.",
        "PREFIXES = {",
    ]
    for country, items in sorted(by_country.items()):
        block = wrapped(sorted(items), indent=8)
        if len(block) == 1:
            lines.append(f'    "{country}": {block[0].strip()},')
        else:
            lines += [f'    "{country}": (', *block, "    ),"]
    return "\n".join([*lines, "}", ""])


def terraform(table: Mapping[str, str]) -> str:
    """The generated Terraform file's text."""
    codes = textwrap.wrap(", ".join(f'"{country}"' for country in sorted(set(table.values()))), width=112)
    return "\n".join(
        [
            "# Generated by function/tools/generate_countries.py: do not edit.",
            "locals {",
            "  # Countries and territories that telephone numbers belong to (libphonenumber's metadata).",
            "  countries = [",
            *(f"    {line.removesuffix(',')}," for line in codes),
            "  ]",
            "}",
            "",
        ]
    )


def wrapped(words: list[str], indent: int, width: int = 108) -> list[str]:
    """The words as lines of one string constant, separated by spaces."""
    rows: list[str] = []
    for word in words:
        if rows and len(rows[-1]) + len(word) < width:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return [f'{" " * indent}"{row}{" " if number + 1 < len(rows) else ""}"' for number, row in enumerate(rows)]


def main(arguments: list[str]) -> int:
    """Write the table, or with ``--check`` compare it: exit status 1 when they differ."""
    parser = argparse.ArgumentParser(description="Generate the table from telephone number to country.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the committed table is stale")
    options = parser.parse_args(arguments)
    table = prefixes()
    texts = {TARGET: source(table), TERRAFORM_TARGET: terraform(table)}
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if not options.check:
        for path in stale:
            path.write_text(texts[path], encoding="utf-8")
        return 0
    for path in stale:
        sys.stderr.write(
            f"{path.name} is stale: run python function/tools/generate_countries.py and commit the result\n"
        )
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
