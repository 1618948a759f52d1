"""A pool's description: the part that can be sent back, and how two differ. Pure.

Everything is read from botocore's model of Cognito, so that no list has to be kept. A description is the JSON that
Cognito answered, not what botocore made of it: botocore drops what it does not know, and that is what must be seen.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# "This parameter is no longer in use", says the model's documentation, which a runtime may have left out. Describe
# shows it, and Update refuses it beside the one that took its place: "Please use TemporaryPasswordValidityDays in
# PasswordPolicy instead of UnusedAccountValidityDays". So it is neither sent nor compared beside that one.
RETIRED: Final = ("AdminCreateUserConfig", "UnusedAccountValidityDays")
_SUCCESSOR: Final = ("Policies", "PasswordPolicy", "TemporaryPasswordValidityDays")

# Shown under one name and set under another; left out, a pool keeps it.
_RENAMED: Final = {"PoolName": "Name"}

# Tags that AWS itself has put on (aws:cloudformation:stack-name): nobody else may send them, and nobody else can take
# them off. AWS: "The aws: prefix is prohibited for tags; it's reserved for AWS use."
_TAGS: Final = "UserPoolTags"
_RESERVED_TAGS: Final = "aws:"

# "Invalid MFA configuration given, can't turn off MFA and configure an MFA together": with this mode the members that
# configure one are left out. Their names end alike; WebAuthnConfiguration, which is about signing in, is none of them.
_MODE: Final = "MfaConfiguration"
_NO_FACTOR: Final = "OFF"

# What changes without anybody changing the pool, besides times: users come and go, and messages fail.
_RESTLESS: Final = frozenset(
    {"EstimatedNumberOfUsers", "EmailConfigurationFailure", "SmsConfigurationFailure", "Status"}
)

_LONGEST_VALUE: Final = 120


def unknown_members(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """Paths of everything in an answer that botocore's model has no place for."""
    if value is None:
        return
    if shape.type_name == "structure":
        for name, inner in value.items():
            where = f"{path}.{name}" if path else name
            if inner is None:
                continue
            if name not in shape.members:
                yield where
            else:
                yield from unknown_members(shape.members[name], inner, where)
    elif shape.type_name == "list":
        for index, inner in enumerate(value):
            yield from unknown_members(shape.member, inner, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from unknown_members(shape.value, inner, f"{path}.{key}")


def sendable(request: Any, description: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of a description that a request takes.

    ``request``: the model's shape of the request. Left out are members that only an answer has, and what Cognito
    refuses together. So are values that the model itself would refuse to send (an empty text or list where it wants
    one).
    """
    found = {
        name: _sendable(shape, description[_RENAMED.get(name, name)])
        for name, shape in request.members.items()
        if _fits(shape, description.get(_RENAMED.get(name, name)))
    }
    found = _without_retired(found)
    if _TAGS in found:
        found[_TAGS] = {name: value for name, value in found[_TAGS].items() if not name.startswith(_RESERVED_TAGS)}
    return found


def sendable_factors(request: Any, factors: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of a pool's second factors that a request takes. ``request``: the model's shape of it."""
    found = sendable(request, factors)
    if found.get(_MODE) != _NO_FACTOR:
        return found
    return {name: value for name, value in found.items() if name == _MODE or not name.endswith(_MODE)}


def _sendable(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            name: _sendable(shape.members[name], inner)
            for name, inner in value.items()
            if name in shape.members and _fits(shape.members[name], inner)
        }
    if shape.type_name == "list":
        return [_sendable(shape.member, inner) for inner in value]
    if shape.type_name == "map":
        return {key: _sendable(shape.value, inner) for key, inner in value.items()}
    return value


def _fits(shape: Any, value: Any) -> bool:
    if value is None:
        return False
    if isinstance(value, str | list | dict) and not value:
        return not shape.metadata.get("min") and not getattr(shape, "required_members", None)
    return True


def _without_retired(found: dict[str, Any]) -> dict[str, Any]:
    if _at(found, _SUCCESSOR) is None or RETIRED[0] not in found:
        return found
    return {**found, RETIRED[0]: {name: value for name, value in found[RETIRED[0]].items() if name != RETIRED[1]}}


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def settings(answer: Any, description: Mapping[str, Any]) -> dict[str, Any]:
    """A description without what changes by itself. ``answer``: the model's shape of it."""
    found = {
        name: value
        for name, value in description.items()
        if value is not None
        and name not in _RESTLESS
        and (name not in answer.members or answer.members[name].type_name != "timestamp")
    }
    return _without_retired(found)


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """What differs, one line each: ``Policies.PasswordPolicy.MinimumLength: 12 became 8``."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for name in sorted(expected.keys() | found.keys())
            for line in differences(expected.get(name), found.get(name), f"{path}.{name}" if path else name)
        ]
    # An order that means nothing is not always kept (attributes to verify); a list with other members is another list.
    if expected == found or (isinstance(expected, list) and isinstance(found, list) and _same(expected, found)):
        return []
    return [f"{path}: {_shown(expected)} became {_shown(found)}"]


def _same(one: list[Any], other: list[Any]) -> bool:
    def ordered(values: list[Any]) -> list[str]:
        return sorted(json.dumps(value, sort_keys=True) for value in values)

    return ordered(one) == ordered(other)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
