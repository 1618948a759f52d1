"""What of a user may stand in a message: judged, cut to its limit, or left out. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_USERNAME_LIMIT: Final = 64
# What a user attribute may take of a message, in characters: Terraform counts with it.
ATTRIBUTE_LIMIT: Final = 20
# Unicode categories: control, format (bidi marks), surrogate, private use, unassigned, line and paragraph separators.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and a symbol that show nothing: Hangul fillers and the empty Braille cell.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# What stands for a full stop in a host name (IDNA, RFC 3490: U+3002, U+FF0E, U+FF61) or looks like one (Unicode's
# confusables.txt), and what looks like a slash; before that NFKC turns the rest (U+FF0E, U+2024, U+FE52 …) into these.
# Dots at half height are left out: names have them (Catalan "l·l", Japanese "・") and no phone makes links of them.
_FOLDED: Final = str.maketrans(
    dict.fromkeys("\u3002\u06d4\u0701\u0702\u0660\u06f0\u2e3c\ua4f8\ua60e\U00010a50\U0001d16d", ".")
    | dict.fromkeys("\u2044\u2215\u29f8\u2571\u2216\u29f5", "/")
)
_LINK: Final = re.compile(r"[/\\]|\bwww\.|[a-z][a-z0-9+.-]+:\S", re.IGNORECASE)  # path, host, scheme such as tel:
_HOST_LIKE: Final = re.compile(r"@|\.[^\W\d_]{2}|\d\.\d+\.\d+\.\d")  # e-mail or host, IPv4
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Of a name's shape (``_shape``): three digits or more, whatever stands between them. No number that can be called or
# texted has fewer: short codes have three to six, emergency numbers three.
_DIGITS: Final = re.compile(r"\+?9(?:[-+]*9){2,}")
# So many in groups are a telephone number even where an administrator chose the name.
_FEWEST_IN_GROUPS: Final = 6


def safe_username(
    username: str, *, chosen_by_administrator: bool, sub: str | None = None, own_address: str | None = None
) -> str | None:
    """The user name as it may stand in a message, or None when it must not or would tell nobody anything.

    * In a pool with phone or e-mail sign-in Cognito's user name is the user's ``sub``, a UUID, which nobody signs in
      with.
    * Users choose their names: "evil.example/win" or "Text WIN to 88888" in a message from the company's own sender is
      phishing. Links are refused always. Names that look like a host (john.smith), an e-mail address, or that hold
      three digits in a row, whatever stands between them, are refused too: jane85 is a name, and jane1985 none.
    * Where an administrator chose the name, the user needs it to sign in: there john.smith, an e-mail address and an
      unbroken personnel number (20251234, emp20251234) are let through; six digits in groups or with a plus are not.
    * ``own_address``, that the message goes to (an E.164 number), is let through: it tells the reader of no other.

    It is judged in NFKC, without marks, and with every kind of full stop as ".". So no width or variant of a character
    gets past. It is returned as it was chosen, without control, format (bidi), private and blank characters.
    """
    kept = "".join(char for char in username if _is_visible(char)).strip()
    if not kept or len(kept) > _USERNAME_LIMIT:
        return None
    if kept == own_address:
        return kept
    if _UUID.fullmatch(kept) or (sub is not None and kept.casefold() == sub.casefold()):
        return None
    folded, runs = _folded(kept)
    if _LINK.search(folded):
        return None
    if chosen_by_administrator:
        grouped = any(run.strip("9") and run.count("9") >= _FEWEST_IN_GROUPS for run in runs)
        return None if grouped else kept
    return None if runs or _HOST_LIKE.search(folded) else kept


def _folded(text: str) -> tuple[str, list[str]]:
    """The text in which links are looked for, and its rows of three digits or more."""
    folded = "".join(
        char
        for char in unicodedata.normalize("NFKC", text)
        if _is_visible(char) and not unicodedata.category(char).startswith("M")
    )
    return folded.translate(_FOLDED), _DIGITS.findall(_shape(folded))


def links(text: str) -> int:
    return len(_LINK.findall(_folded(text)[0]))


def hosts_and_numbers(text: str) -> int:
    folded, runs = _folded(text)
    return len(_HOST_LIKE.findall(folded)) + sum(run.count("9") for run in runs)


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in _INVISIBLE and char not in _BLANK


def _shape(folded: str) -> str:
    """Letters as "x", digits of every script as "9", "+" as it is, and anything else as "-"."""
    return "".join(map(_kind, folded))


def _kind(char: str) -> str:
    # What has a value in Unicode: superscripts, circled digits and Chinese numerals are read as digits too.
    if unicodedata.numeric(char, None) is not None:
        return "9"
    if unicodedata.category(char).startswith("L"):
        return "x"
    return "+" if char == "+" else "-"


def safe_attribute(value: str, *, own_address: str | None = None) -> str | None:
    """A user attribute as it may stand in a message: judged as a name that the user chose, and cut to its limit.

    Between two characters, and not between a letter and the marks that belong to it.
    """
    kept = safe_username(unicodedata.normalize("NFC", value), chosen_by_administrator=False, own_address=own_address)
    if kept is None or len(kept) <= ATTRIBUTE_LIMIT:
        return kept
    end = ATTRIBUTE_LIMIT
    while end and unicodedata.category(kept[end]).startswith("M"):
        end -= 1
    return kept[:end].rstrip() or None
