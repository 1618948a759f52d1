"""Every figure that is quoted is one of results.json, and what is published names no machine and asks nobody."""

from __future__ import annotations

import socket
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import tables
from benchmarks.__main__ import README, RESULTS
from benchmarks.picture import draw
from benchmarks.readme import BLOCKS, MarkerError, rewritten

if TYPE_CHECKING:
    from benchmarks.results import Results


def test_the_readme_quotes_the_results_that_are_kept(kept: Results) -> None:
    assert rewritten(README.read_text(), kept) == README.read_text(), "run: python -m benchmarks --readme"


def test_other_results_would_be_another_readme(kept: Results) -> None:
    slower = tuple(replace(cold, ratio=replace(cold.ratio, median=9.87)) for cold in kept.cold)
    assert "9.87" in rewritten(README.read_text(), replace(kept, cold=slower))


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_that_is_missing_is_named(kept: Results, name: str) -> None:
    text = README.read_text().replace(f"<!-- benchmark: {name} -->", "")
    with pytest.raises(MarkerError, match="must have speed, steps, aims, memory, cost, capacity"):
        rewritten(text, kept)


def test_table_and_picture_are_those_of_the_results(kept: Results) -> None:
    assert tables.speed(kept) in (RESULTS / "results.md").read_text()
    assert (RESULTS / "results.svg").read_text() == draw(kept)


def test_the_picture_is_one_document_that_loads_nothing(kept: Results) -> None:
    picture = draw(kept)
    root = ET.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds <= {"svg", "style", "text", "rect", "path"}
    assert "url(" not in picture
    assert "prefers-color-scheme:dark" in picture
    shown = " ".join(element.text or "" for element in root.iter())
    names = [*(cold.name for cold in kept.cold), *(warm.name for warm in kept.warm)]
    assert [name for name in names if name not in shown] == []


def test_no_bar_leaves_the_picture(kept: Results) -> None:
    root = ET.fromstring(draw(kept))
    width = float(root.attrib["viewBox"].split()[2])
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(rect.attrib["x"]) + float(rect.attrib["width"]) < width


def test_nothing_published_names_a_host_or_a_path() -> None:
    for path in RESULTS.iterdir():
        text = path.read_text()
        assert socket.gethostname() not in text.split()
        assert str(Path.home()) not in text
        assert "/tmp" not in text
        assert "127.0.0.1" not in text
