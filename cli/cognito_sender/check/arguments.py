"""What a call says, as far as it is written down: in the plan where it is constant, else in the caller's files.

With one reference in an argument, the plan does not have its value, but the references alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cognito_sender.check.findings import NotChecked
from cognito_sender.check.hcl import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cognito_sender.check.hcl import Calls
    from cognito_sender.check.plan import Configuration

# Terraform's own words for a folder: https://developer.hashicorp.com/terraform/language/modules/sources#local-paths
_LOCAL: Final = ("./", "../")
# https://developer.hashicorp.com/terraform/language/files/override
_OVERRIDE: Final = re.compile(r"(?:^|_)override\.tf(?:\.json)?$")


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call: literal values, with ``NotLiteral`` in them."""

    values: Mapping[str, object]
    not_checked: tuple[NotChecked, ...] = ()


def arguments(
    way: Sequence[Configuration], root: Path, calls_in: Callable[[Path], Calls], *, wanted: Callable[[str], bool]
) -> Arguments:
    """The arguments of the call at the end of the way; of those that are not constant only the wanted ones."""
    call = way[-1]
    # Of JSON's "${…}" the plan has the text as a constant, beside the references.
    constant = {
        name: each["constant_value"]
        for name, each in call.expressions.items()
        if "constant_value" in each and "references" not in each
    }
    others = sorted(name for name in call.expressions.keys() - constant.keys() if wanted(name))
    if not others:
        return Arguments(constant)
    try:
        written = _written(call.name, _folder(way, root), calls_in)
    except UnreadableError as error:
        written, reason = {}, str(error)
    else:
        reason = "the call does not have it (has it changed since the plan?)"
    missing = [name for name in others if name not in written]
    return Arguments(
        constant | {name: written[name] for name in others if name in written},
        (NotChecked(call.path, f"{', '.join(missing)}: {reason}"),) if missing else (),
    )


def _folder(way: Sequence[Configuration], root: Path) -> Path:
    """Where the call is written. Each of those that it is in must have a folder for its source."""
    folder = root
    for around in way[1:-1]:
        if not around.source.startswith(_LOCAL):
            raise UnreadableError(f"the source of {around.path} is no folder")
        folder /= around.source
    return folder


def _written(name: str, folder: Path, calls_in: Callable[[Path], Calls]) -> Mapping[str, object]:
    """What the files of a folder say in the call of this name; override files have the last word.

    Only files that have the name are read: one of them may be beyond python-hcl2, and most are about something else.
    """
    called = re.compile(rf"\bmodule\b.*?\b{re.escape(name)}\b", re.DOTALL)
    files = [file for file in (*folder.glob("[!.]*.tf"), *folder.glob("[!.]*.tf.json")) if called.search(_text(file))]
    written: dict[str, object] = {}
    for file in sorted(files, key=lambda file: (bool(_OVERRIDE.search(file.name)), file.name)):
        written.update(calls_in(file).get(name, {}))
    if not written:
        raise UnreadableError(f"there is no module {name} in {folder} (--root names the folder of the root)")
    return written


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
