"""The README's figures: generated between markers, so that they are those of results.json and of nothing else. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from benchmarks import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.results import Results

BLOCKS: Final[Mapping[str, Callable[[Results], str]]] = {
    "speed": tables.speed,
    "steps": tables.steps,
    "aims": tables.aims,
    "memory": tables.memory_sizes,
    "cost": tables.bill,
    "capacity": tables.capacities,
}
_BLOCK: Final = re.compile(r"(<!-- benchmark: (?P<name>\w+) -->\n).*?(\n<!-- benchmark: end -->)", re.DOTALL)


class MarkerError(ValueError):
    """The text's markers are not those of ``BLOCKS``, each once. The text says which."""


def rewritten(text: str, results: Results) -> str:
    """``text`` with these results between its markers. Raises ``MarkerError``."""
    found = [match["name"] for match in _BLOCK.finditer(text)]
    if sorted(found) != sorted(BLOCKS):
        raise MarkerError(
            f"the README has the blocks {', '.join(found) or 'none'}; it must have {', '.join(BLOCKS)}, each once, "
            "between '<!-- benchmark: NAME -->' and '<!-- benchmark: end -->'"
        )
    return _BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match['name']](results)}\n{match[3]}", text)
