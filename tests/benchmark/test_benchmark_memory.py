"""A process that is held to a share of a processor gets no more, and the default memory keeps what it is chosen for."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from benchmarks.packages import DEFAULT, SELF_CONTAINED
from benchmarks.pages import default_mb, lone_ms, size_of
from benchmarks.results import Results
from benchmarks.share import held_to, used_seconds

BUSY = "while True: pass"


def test_a_held_process_gets_its_share_and_no_more_and_goes_on_when_it_is_let_go() -> None:
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        with held_to(process.pid, 0.2):
            time.sleep(0.1)
            before, began = used_seconds(process.pid), time.monotonic()
            time.sleep(0.5)
            share = (used_seconds(process.pid) - before) / (time.monotonic() - began)
        assert 0 < share < 0.3
        before = used_seconds(process.pid)
        time.sleep(0.3)
        assert used_seconds(process.pid) > before, "it stands still for ever"
    finally:
        process.kill()
        process.wait()


def test_a_process_that_ends_while_it_is_held_is_no_trouble() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    with held_to(process.pid, 0.2):
        process.wait()


@pytest.mark.parametrize("package", [DEFAULT, SELF_CONTAINED])
def test_a_lone_sign_in_gets_its_code_within_a_second_of_our_part_by_default(kept: Results, package: str) -> None:
    assert max(lone_ms(size_of(kept, package, default_mb()))) < 1000
