"""The findings of a check, one line each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. ``text``: the rule, what there is, and how to mend it."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that may be meant. It changes no exit code."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"warning: {self.path}: {self.text}"


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that could not be looked into, and why."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"not checked: {self.path}: {self.reason}"


Line = Finding | Warned | NotChecked
