"""A process that is held to a share of a processor gets no more than that, and goes on when it is let go."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.share import held_to

BUSY = "while True: pass"
SECONDS = 0.6


def test_it_gets_its_share_and_no_more() -> None:
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    time.sleep(0.3)
    try:
        with held_to(process.pid, 0.2):
            before, began = _used_seconds(process.pid), time.monotonic()
            time.sleep(SECONDS)
            share = (_used_seconds(process.pid) - before) / (time.monotonic() - began)
        assert 0 < share < 0.35
        before = _used_seconds(process.pid)
        time.sleep(SECONDS)
        assert _used_seconds(process.pid) > before, "it stands still for ever"
    finally:
        process.kill()
        process.wait()


def test_a_process_that_ends_is_no_trouble() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    with held_to(process.pid, 0.2):
        process.wait()
        time.sleep(0.05)


def _used_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
