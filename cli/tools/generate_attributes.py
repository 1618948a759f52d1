"""Writes the trees of all attributes of the modules' variables, which ``cognito_sender.check`` compares calls with.

The types in the modules' ``.tf`` files are the one source. ``--check`` only says whether the committed file is that.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.check.attributes import ANY_KEY, FILE, MODULES
from cognito_sender.check.hcl import Node, attributes, blocks, function_call, members

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY: Final = Path(__file__).resolve().parents[2]


def tree_of_variables(module: Path) -> dict[str, Any]:
    """The attributes of each variable's type."""
    declared = [
        (labels[0], expression)
        for file in sorted(module.glob("*.tf"))
        for labels, body in blocks(file.read_text(encoding="utf-8"), "variable")
        for name, expression in attributes(body)
        if name == "type"
    ]
    return {name: _shape(expression) for name, expression in sorted(declared, key=lambda item: item[0])}


def _shape(type_: Node) -> Any:
    """A type as ``attributes.py`` reads it."""
    name, arguments = function_call(type_)
    if name == "object":
        return {attribute: _shape(inner) for attribute, inner in members(arguments[0])}
    inner = _shape(arguments[0]) if arguments else None
    if inner is None or name == "optional":
        return inner
    return {"map": {ANY_KEY: inner}, "list": [inner], "set": [inner]}[name]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the file is not what would be written"
    )
    text = json.dumps({module: tree_of_variables(REPOSITORY / module) for module in MODULES}, indent=2) + "\n"
    if not parser.parse_args(argv).check:
        FILE.write_text(text, encoding="utf-8")
    elif text != FILE.read_text(encoding="utf-8"):
        print(f"{FILE.name} is stale: run python cli/tools/generate_attributes.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
