"""What a look at one wire finds: one line each, with the fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a wire is. ``SKIP``: it was not looked at, and the text says why."""

    PASS = "pass"  # noqa: S105 - a word for a state
    INFO = "info"
    SKIP = "skip"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Line:
    """``wire`` is what was looked at: a check leaves it to its caller. A text names no person, secret or number."""

    state: State
    wire: str
    text: str
    fix: str = ""


def good(text: str) -> Line:
    return Line(State.PASS, "", text)


def info(text: str) -> Line:
    return Line(State.INFO, "", text)


def skip(text: str, fix: str = "") -> Line:
    return Line(State.SKIP, "", text, fix)


def warn(text: str, fix: str) -> Line:
    return Line(State.WARN, "", text, fix)


def fail(text: str, fix: str) -> Line:
    return Line(State.FAIL, "", text, fix)
