"""Every figure that is quoted is one of results.json, and what is published names no machine."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import RESULTS
from benchmarks.layer import pinned_number
from benchmarks.pages import PAGES, rewritten
from benchmarks.process import BenchmarkError
from benchmarks.results import Results, read_results


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_quotes_the_results_that_are_kept(kept: Results, page: Path) -> None:
    assert rewritten(page.read_text(), PAGES[page], kept) == page.read_text(), "run: make bench ARGS=--pages"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_other_results_would_be_another_page(kept: Results, page: Path) -> None:
    slower = {name: replace(row, ratio=replace(row.ratio, median=9.87)) for name, row in kept.cold.items()}
    larger = [replace(size, warm=size.warm + 100) for size in kept.memory]
    dearer = [replace(load, units=load.units + 1) for load in kept.loads]
    text = page.read_text()
    assert rewritten(text, PAGES[page], replace(kept, cold=slower, memory=larger, loads=dearer)) != text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_block_that_is_missing_is_named(kept: Results, page: Path) -> None:
    text = page.read_text().replace(f"<!-- benchmark: {PAGES[page][0].__name__} -->", "")
    with pytest.raises(BenchmarkError, match=f"must have {PAGES[page][0].__name__}"):
        rewritten(text, PAGES[page], kept)


def test_results_are_the_same_when_they_are_read_again(kept: Results) -> None:
    assert read_results(kept.json()) == kept


def test_the_results_are_of_the_layer_that_is_pinned(kept: Results) -> None:
    assert kept.layer.startswith(f"number {pinned_number()}, byte code: ")


def test_nothing_published_names_a_host_or_a_path() -> None:
    text = RESULTS.read_text()
    assert socket.gethostname() not in text.split()
    assert [place for place in (str(Path.home()), "/tmp", "127.0.0.1") if place in text] == []
