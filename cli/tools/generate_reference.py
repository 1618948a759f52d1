"""Writes the README's tables of inputs and outputs, each between its markers, from the root's ``.tf`` files.

The first line of a description is what the table says: the rest of it stands with the type, which has all attributes.
``--check`` only says whether the committed README is that.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY: Final = Path(__file__).resolve().parents[2]
README: Final = REPOSITORY / "README.md"
TABLES: Final = {"variable": "| input | what it is | default |", "output": "| output | what it is |"}
# `terraform fmt` closes a block at the beginning of a line, and indents what is directly in it by two spaces.
_BLOCK: Final = r'^{} "(\w+)" \{{\n(.*?)^\}}'
_DESCRIPTION: Final = re.compile(r'^  description\s*= (?:<<-EOT\n *|")(.*?)[.:]?"?$', re.MULTILINE)
_DEFAULT: Final = re.compile(r"^  default\s*= (.*)$", re.MULTILINE)


def table(block: str) -> str:
    """The table of all blocks of one type: required ones first, each part by name."""
    rows = []
    for file in sorted(REPOSITORY.glob(f"{block}s*.tf")):
        for name, body in re.findall(_BLOCK.format(block), file.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            description, default = _DESCRIPTION.search(body), _DEFAULT.search(body)
            if description is None:
                message = f"{file.name}: {block} {name} has no description"
                raise ValueError(message)
            cells = [f"[`{name}`]({file.name})", description[1]]
            if block == "variable":
                cells.append(f"`{default[1]}`" if default else "**required**")
            rows.append((default is not None, name, f"| {' | '.join(cells)} |"))
    head = TABLES[block]
    return "\n".join((head, re.sub(r"[^|]+", "---", head), *(row for *_, row in sorted(rows))))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the README is not what would be written"
    )
    check = parser.parse_args(argv).check
    text = committed = README.read_text("utf-8")
    for block in TABLES:
        begin, end = (f"<!-- {block}s: {word} -->\n" for word in ("begin", "end"))
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            print(f"{README.name} lacks {begin.strip()} … {end.strip()}", file=sys.stderr)
            return 1
        text = f"{before}{begin}\n{table(block)}\n\n{end}{after}"
    if not check:
        README.write_text(text, "utf-8")
    elif text != committed:
        print(f"{README.name} is stale: run python cli/tools/generate_reference.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
