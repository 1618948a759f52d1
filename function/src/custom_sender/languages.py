"""Language tags: how they are compared, and which of a person's languages comes first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from custom_sender.data import read

if TYPE_CHECKING:
    from collections.abc import Mapping

_T = TypeVar("_T")

TAG: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
# BCP 47: behind the first single letter stand extensions ("-u-nu-latn": which digits) and private use ("-x-…").
_EXTENDED: Final = re.compile(rf"(?P<tag>{TAG.pattern})([-_][A-Za-z0-9]([-_][A-Za-z0-9]{{1,8}})+)?")
_TAG_LIMIT: Final = 35  # RFC 5646, 4.4.1: no tag that is in use is longer

# Facts that people's devices leave unsaid: the script in which Chinese is written where they are (CLDR's likely
# subtags); the tag that Java gave Indonesian until version 17; Portuguese as in Portugal all over but in Brazil (CLDR's
# parents).
_LANGUAGES: Final = read("languages")
UNSAID: Final[Mapping[str, str]] = _LANGUAGES["unsaid"]
_RIGHT_TO_LEFT: Final = frozenset(_LANGUAGES["right_to_left"])


def normal(tag: str) -> str:
    """The form in which tags are compared: pt_BR, pt-BR and pt-br are one."""
    return tag.replace("_", "-").lower()


def language_of(value: object) -> str | None:
    """The tag that chooses a text, as it was written: without extensions and private use. None: it is no tag.

    Anyone can write what they like into a user attribute, and it goes to providers as the message's language.
    """
    found = _EXTENDED.fullmatch(value) if isinstance(value, str) else None
    return found["tag"] if found is not None and len(found["tag"]) <= _TAG_LIMIT else None


def beginnings(tag: str) -> list[str]:
    """The tag itself, then what it begins with: "zh-hant-tw", "zh-hant", "zh"."""
    parts = tag.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def direction(tag: str) -> str:
    """ "rtl" or "ltr", as HTML's ``dir`` says it. The tag is a normal one."""
    return "rtl" if beginnings(tag)[-1] in _RIGHT_TO_LEFT else "ltr"


def with_parents(tag: str) -> list[str]:
    """The tag itself, then each more general one: "zh-tw", "zh-hant", "zh". The tag is a normal one."""
    return [meant for parent in beginnings(tag) for meant in (parent, UNSAID.get(parent)) if meant is not None]


def pick(options: Mapping[str, _T], tag: str | None) -> _T | None:
    """The option for the tag or its nearest parent; None without a tag or a match. The keys are normal tags."""
    if tag is None:
        return None
    return next((options[parent] for parent in with_parents(normal(tag)) if parent in options), None)
