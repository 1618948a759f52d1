"""The JSON of ``terraform show -json``: which calls of the module are in a plan, and what each function would be told.

Its shape: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.check.attributes import ATTACHMENT, USER_POOL, Attributes
from cognito_sender.check.attributes import MODULE as TREE
from custom_sender.reader import UNKNOWN
from custom_sender.settings import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# What the module writes into the input of its terraform_data.configuration.
MODULE: Final = "cognito-custom-sender"

_CONFIGURATION: Final = ("terraform_data", "configuration")
# A submodule has no settings in the plan: a resource tells it, and its variables tell it from somebody's own module.
_SUBMODULES: Final = {
    ("aws_cognito_user_pool", "this"): USER_POOL,
    ("aws_lambda_invocation", "attachment"): ATTACHMENT,
}

# Lines about a root that is the module itself begin with this.
ROOT: Final = "variables"
_STEP: Final = re.compile(r'module\.([^.\[]+)(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?')
_MAKE_ONE: Final = "Fix: terraform plan -out=plan.tfplan, then terraform show -json plan.tfplan > plan.json."


class CannotLookError(ValueError):
    """A file that no plan can be read from. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Call:
    """One instance of a call of the module."""

    address: str
    format: object
    settings: object
    references: object
    unknown: tuple[str, ...]
    """Paths of settings that are known after apply only."""
    is_sensitive: bool
    """Whether Terraform would hide a part of the settings."""
    region: str
    """The function's; "" if it is known after apply only."""
    before: object
    """The settings that the function has, in the same format; None for a new one."""

    @property
    def is_read(self) -> bool:
        """Whether its settings have the format of this check, as far as anybody knows."""
        return self.format in (FORMAT, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Change:
    """What the plan does with one instance of a resource. ``after`` has ``UNKNOWN`` where nobody knows it yet."""

    address: str
    module: str
    """The address of the call that it is in; "" for the root's own."""
    resource: tuple[str, str]
    key: object
    actions: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def goes(self) -> bool:
        """It is deleted, and perhaps made anew."""
        return "delete" in self.actions

    @property
    def is_replaced(self) -> bool:
        return self.goes and "create" in self.actions


@dataclass(frozen=True, slots=True)
class Configuration:
    """A module call as it is written, and the calls in it. ``path`` is what lines about it begin with."""

    path: str
    expressions: Mapping[str, Any]
    calls: Mapping[str, Any]
    name: str = ""
    source: str = ""
    depends_on: tuple[str, ...] = ()
    variables: frozenset[str] = frozenset()
    """What the called module takes."""

    def call(self, name: str) -> Configuration:
        """A call in this module; an empty one if the plan has none of that name."""
        call = _object(self.calls.get(name))
        module = _object(call.get("module"))
        return Configuration(
            path=f"{self.path}.module.{name}" if self.name else f"module.{name}",
            expressions=_object(call.get("expressions")),
            calls=_object(module.get("module_calls")),
            name=name,
            source=str(call.get("source", "")),
            depends_on=tuple(map(str, _list(call.get("depends_on")))),
            variables=frozenset(_object(module.get("variables"))),
        )

    def way_to(self, address: str) -> list[Configuration]:
        """From here to the call with this address, each in the one before it."""
        way = [self]
        for name in _STEP.findall(address):
            way.append(way[-1].call(name))
        return way


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as far as it is about the module."""

    calls: tuple[Call, ...]
    submodules: Mapping[str, str]
    """The address of each call of a submodule that is in no call of the module → which submodule."""
    removed: Mapping[str, str]
    """The address of each call that goes → how."""
    root: Configuration
    changes: tuple[Change, ...]


def read(file: Path) -> Plan:
    """The plan in a file.

    :raises CannotLookError: when there is none in it.
    """
    document = _document(file)
    if "planned_values" not in document or "configuration" not in document:
        what = "the JSON of a state" if "values" in document or "resources" in document else "no plan"
        raise CannotLookError(f"{file}: the JSON of a plan is needed. Got: {what}. {_MAKE_ONE}")
    if document.get("errored"):
        raise CannotLookError(
            f"{file}: terraform plan failed, so the plan is not whole. Fix: mend that, and plan again."
        )
    module = _object(_object(document.get("configuration")).get("root_module"))
    root = Configuration(
        path=ROOT,
        # Of a root that is the module itself: its variables, as they were given.
        expressions={
            name: {"constant_value": _object(given).get("value")}
            for name, given in _object(document.get("variables")).items()
        },
        calls=_object(module.get("module_calls")),
        variables=frozenset(_object(module.get("variables"))),
    )
    managed = [item for item in map(_object, _list(document.get("resource_changes"))) if item.get("mode") == "managed"]
    changes = [
        (
            str(item.get("module_address", ROOT)),
            (str(item.get("type")), str(item.get("name"))),
            _object(item.get("change")),
        )
        for item in managed
    ]
    own = [(address, change) for address, resource, change in changes if resource == _CONFIGURATION]
    is_module = {address: Attributes.of(TREE).are_of(root.way_to(address)[-1].variables) for address, _ in own}
    calls = tuple(_call(address, change) for address, change in own if _is_call(change, is_new=is_module[address]))
    gone = {address: _goes(change) for address, change in own if _is_ours(change.get("before"))}
    senders = {root.way_to(address)[-1].path for address in (*(call.address for call in calls), *gone)}
    submodules: dict[str, str] = {}
    for address, resource, change in changes:
        *around, called = root.way_to(address)
        name = _SUBMODULES.get(resource)
        if name and Attributes.of(name).are_of(called.variables) and not any(each.path in senders for each in around):
            if change.get("after") is None:
                gone[address] = _goes(change)
            else:
                submodules[address] = name
    if not calls and not submodules and not gone:
        raise CannotLookError(
            f"{file}: the plan has no call of the module. Fix: plan the root that calls it, without -refresh-only, and "
            "with a version of the module that has terraform_data.configuration."
        )
    stay = {*(call.address for call in calls), *submodules}
    return Plan(
        calls=calls,
        submodules=submodules,
        removed={address: how for address, how in gone.items() if address not in stay},
        root=root,
        changes=tuple(map(_change, managed)),
    )


def _change(item: Mapping[str, Any]) -> Change:
    change = _object(item.get("change"))
    actions = tuple(map(str, _list(change.get("actions"))))
    before = _object(change.get("before"))
    # https://developer.hashicorp.com/terraform/language/block/removed: it stays as it is.
    is_forgotten = actions == ("forget",)
    after = before if is_forgotten else _object(_after(change))
    return Change(
        address=str(item.get("address")),
        module=str(item.get("module_address", "")),
        resource=(str(item.get("type")), str(item.get("name"))),
        key=item.get("index"),
        actions=actions,
        before=before,
        after=after,
    )


def _document(file: Path) -> Mapping[str, Any]:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise CannotLookError(f"{file}: it cannot be read ({error.strerror}). {_MAKE_ONE}") from error
    if raw.startswith(b"PK"):
        raise CannotLookError(f"{file}: the JSON of a plan is needed. Got: the plan itself. {_MAKE_ONE}")
    try:
        document = json.loads(raw)  # of UTF-16 too, which PowerShell writes
    except (ValueError, RecursionError) as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise CannotLookError(
            f"{file}: the JSON of a plan is needed. Got: no whole JSON{place}. {_MAKE_ONE}"
        ) from error
    return _object(document)


def _is_ours(value: object) -> bool:
    return _object(_object(value).get("input")).get("module") == MODULE


def _is_call(change: Mapping[str, Any], *, is_new: bool) -> bool:
    """Whether the module wrote it. Of one that is known after apply, what there was or the call's variables say it."""
    if _after(change, "input") is UNKNOWN:
        return is_new or _is_ours(change.get("before"))
    return _is_ours(change.get("after"))


def _goes(change: Mapping[str, Any]) -> str:
    is_forgotten = change.get("actions") == ["forget"]
    return "Terraform forgets it, and it stays in AWS" if is_forgotten else "the plan takes it away"


def _after(change: Mapping[str, Any], *path: str) -> Any:
    """What will be at a path."""
    return at(_filled(_object(change.get("after")), change.get("after_unknown")), *path)


def _call(address: str, change: Mapping[str, Any]) -> Call:
    told, before = _after(change, "input"), at(change.get("before"), "input")
    region = at(told, "region")
    return Call(
        address=address,
        format=at(told, "format"),
        settings=at(told, "settings"),
        references=at(told, "references"),
        unknown=tuple(_marked(at(change.get("after_unknown"), "input", "settings"))),
        is_sensitive=any(_marked([change.get("before_sensitive"), change.get("after_sensitive")])),
        region="" if region is UNKNOWN else str(region or ""),
        before=at(before, "settings") if at(before, "format") == FORMAT else None,
    )


def _filled(value: Any, unknown: object) -> Any:
    """A value with ``UNKNOWN`` where it is known after apply only; the plan leaves that out, or has null in a list."""
    match unknown:
        case True:
            return UNKNOWN
        case dict() if isinstance(value, dict):
            return value | {name: _filled(value.get(name), inner) for name, inner in unknown.items()}
        case list() if isinstance(value, list):
            return [_filled(each, inner) for each, inner in zip(value, unknown, strict=False)]
        case _:
            return value


def _marked(marks: object, path: str = "") -> Iterator[str]:
    """The paths that are marked with true."""
    match marks:
        case True:
            yield path
        case dict():
            for name, inner in marks.items():
                yield from _marked(inner, f"{path}.{name}" if path else str(name))
        case list():
            for index, inner in enumerate(marks):
                yield from _marked(inner, f"{path}[{index}]")


def at(value: Any, *path: str) -> Any:
    """What is at a path of objects: None when there is nothing, UNKNOWN also inside of what is not known."""
    for name in path:
        if value is not UNKNOWN:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
