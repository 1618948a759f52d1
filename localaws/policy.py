"""IAM's policy language: does a set of statements allow a request? Pure: no moto, no network.

What is here follows AWS's evaluation logic for one account: an explicit deny wins, then an allow is needed. Condition
operators: String*, Arn*, Bool, Null, Numeric*, Date*, IpAddress is not (nothing here has an address); ``…IfExists``,
``ForAnyValue:`` and ``ForAllValues:`` work on all of them. A condition operator that is not known makes an ``Allow``
not apply and a ``Deny`` apply, so that a forgiving double never hides a mistake.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final

Statement = Mapping[str, Any]
Context = Mapping[str, Sequence[str]]
"""Condition keys of a request (any case) to their values."""


class Verdict(Enum):
    """What a set of statements says."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as policies see it.

    ``principals`` are the forms in which a resource policy may name the caller (role ARN, session ARN, account root,
    service name); empty when only identity policies are asked.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict)
    principals: frozenset[tuple[str, str]] = frozenset()


def statements(document: str | Mapping[str, Any]) -> list[Statement]:
    """The statements of a policy document (JSON text or parsed)."""
    parsed = json.loads(document) if isinstance(document, str) else document
    found = parsed.get("Statement", [])
    return [found] if isinstance(found, Mapping) else list(found)


def decide(policy: Iterable[Statement], ask: Ask) -> Verdict:
    """Deny wins, then allow, else silence."""
    verdict = Verdict.SILENT
    for statement in policy:
        denies = statement.get("Effect") == "Deny"
        if not applies(statement, ask, strict_when_unknown=denies):
            continue
        if denies:
            return Verdict.DENY
        verdict = Verdict.ALLOW
    return verdict


def applies(statement: Statement, ask: Ask, *, strict_when_unknown: bool = False) -> bool:
    """Whether every element of one statement matches the request."""
    return (
        _principal_matches(statement, ask.principals)
        and _element(statement, "Action", ask.action, ask.context, ignore_case=True)
        and _resource_matches(statement, ask)
        and _conditions_hold(statement.get("Condition") or {}, ask.context, unknown=strict_when_unknown)
    )


def _principal_matches(statement: Statement, principals: frozenset[tuple[str, str]]) -> bool:
    if "Principal" in statement:
        return _names_one_of(statement["Principal"], principals)
    if "NotPrincipal" in statement:
        return not _names_one_of(statement["NotPrincipal"], principals)
    return True


def _names_one_of(element: Any, principals: frozenset[tuple[str, str]]) -> bool:
    if element == "*":
        return True
    for kind, names in element.items():
        for name in _listed(names):
            if name == "*" or (kind, name) in principals:
                return True
            # An account is named by its root ARN or by its bare number.
            if kind == "AWS" and re.fullmatch(r"\d{12}", name):
                pattern = re.compile(rf"arn:[^:]+:iam::{name}:root")
                if any(k == "AWS" and pattern.fullmatch(n) for k, n in principals):
                    return True
    return False


def _resource_matches(statement: Statement, ask: Ask) -> bool:
    if "Resource" not in statement and "NotResource" not in statement:
        # A trust policy has no Resource; in any other policy the grammar demands one of the two.
        return "Principal" in statement
    return _element(statement, "Resource", ask.resource, ask.context, ignore_case=False)


def _element(statement: Statement, name: str, value: str, context: Context, *, ignore_case: bool) -> bool:
    if name in statement:
        return any(like(_substitute(p, context), value, ignore_case=ignore_case) for p in _listed(statement[name]))
    if f"Not{name}" in statement:
        patterns = _listed(statement[f"Not{name}"])
        return not any(like(_substitute(p, context), value, ignore_case=ignore_case) for p in patterns)
    return False


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [_text(value)]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=4096)
def _pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    translated = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile(translated, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def like(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """IAM's wildcards: ``*`` is any text, ``?`` any one character."""
    return _pattern(pattern, ignore_case).fullmatch(value) is not None


def _substitute(pattern: str, context: Context) -> str:
    """Policy variables (``${aws:PrincipalAccount}``). One without a value matches nothing."""

    def value(match: re.Match[str]) -> str:
        name = match[1].split(",")[0].strip()
        if name in {"*", "?", "$"}:
            return name
        values = _lookup(context, name)
        return values[0] if values else "\0"

    return re.sub(r"\$\{([^}]+)\}", value, pattern)


def _lookup(context: Context, key: str) -> Sequence[str] | None:
    wanted = key.lower()
    return next((values for name, values in context.items() if name.lower() == wanted), None)


# ---------------------------------------------------------------------------------------------------------------------
# Conditions
# ---------------------------------------------------------------------------------------------------------------------


def _arn_like(pattern: str, value: str) -> bool:
    """ARNs are compared part by part: a wildcard does not cross a colon of the first five."""
    expected, actual = pattern.split(":", 5), value.split(":", 5)
    return len(expected) == len(actual) and all(like(e, a) for e, a in zip(expected, actual, strict=True))


def _numbers(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def test(expected: str, actual: str) -> bool:
        try:
            return compare(float(actual), float(expected))
        except ValueError:
            return False

    return test


def _dates(compare: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    def test(expected: str, actual: str) -> bool:
        try:
            return compare(datetime.fromisoformat(actual), datetime.fromisoformat(expected))
        except ValueError:
            return False

    return test


_POSITIVE: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda expected, actual: expected == actual,
    "StringEqualsIgnoreCase": lambda expected, actual: expected.lower() == actual.lower(),
    "StringLike": like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda expected, actual: expected.lower() == actual.lower(),
    "NumericEquals": _numbers(lambda actual, expected: actual == expected),
    "NumericLessThan": _numbers(lambda actual, expected: actual < expected),
    "NumericLessThanEquals": _numbers(lambda actual, expected: actual <= expected),
    "NumericGreaterThan": _numbers(lambda actual, expected: actual > expected),
    "NumericGreaterThanEquals": _numbers(lambda actual, expected: actual >= expected),
    "DateEquals": _dates(lambda actual, expected: actual == expected),
    "DateLessThan": _dates(lambda actual, expected: actual < expected),
    "DateLessThanEquals": _dates(lambda actual, expected: actual <= expected),
    "DateGreaterThan": _dates(lambda actual, expected: actual > expected),
    "DateGreaterThanEquals": _dates(lambda actual, expected: actual >= expected),
}
_NEGATIVE: Final[Mapping[str, str]] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Context, *, unknown: bool) -> bool:
    return all(
        _condition_holds(operator, key, _listed(expected), context, unknown=unknown)
        for operator, pairs in conditions.items()
        for key, expected in pairs.items()
    )


def _condition_holds(operator: str, key: str, expected: list[str], context: Context, *, unknown: bool) -> bool:
    quantifier, _, bare = operator.rpartition(":")
    if_exists = bare.endswith("IfExists")
    bare = bare.removesuffix("IfExists")
    actual = _lookup(context, key)
    if bare == "Null":
        return (actual is None) == (expected[0].lower() == "true")
    negated = bare in _NEGATIVE
    test = _POSITIVE.get(_NEGATIVE.get(bare, bare))
    if test is None:
        return unknown
    if actual is None:
        # Negated operators hold when the key is absent, all others only with IfExists (or over an empty set).
        return if_exists or negated or quantifier == "ForAllValues"
    wanted = [_substitute(value, context) for value in expected]

    def one(value: str) -> bool:
        return any(test(pattern, value) for pattern in wanted) != negated

    return any(map(one, actual)) if quantifier == "ForAnyValue" else all(map(one, actual))
