"""Many processes in simulated time, one at a time: what happens next is always what is due first.

Each process is a thread that runs until it waits; then the simulation decides who goes on. So processes interleave at
every call that leaves the function, and with the same seed they do so in the same way, however slow the machine is.
"""

from __future__ import annotations

import heapq
import itertools
import math
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from custom_sender.network import deadline


class Killed(BaseException):
    """The process is gone. No ``except Exception`` of the function's may hold it up."""


class GivenUpError(Exception):
    """Nobody waits any more for what is going on."""


def _locked() -> threading.Lock:
    """A lock that one thread waits at until another opens it; a semaphore is slower, being written in Python."""
    lock = threading.Lock()
    lock.acquire()
    return lock


class Process:
    """Something that runs and waits. ``owner`` is whose process it is; it is killed at ``ends_at`` at the latest, and
    what it is at is given up at ``patience``.
    """

    def __init__(self, simulation: Simulation, owner: Any, work: Callable[[], None], ends_at: float) -> None:
        self.owner = owner
        self.ends_at = ends_at
        self.patience = math.inf
        self._simulation = simulation
        self._work = work
        self._go = _locked()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Run until it waits for the first time."""
        self._thread.start()
        self.go_on()

    def go_on(self) -> None:
        """Run until it waits again, or ends."""
        self._simulation.process = self
        self._go.release()
        self._simulation.waiting.acquire()
        if self._failure is not None:
            raise self._failure

    def wait(self, seconds: float) -> None:
        """Called from inside the process: let the others run for so long."""
        wanted = self._simulation.now + seconds
        until = min(wanted, self.ends_at, self.patience)
        self._simulation.at(until, self.go_on)
        self._simulation.waiting.release()
        self._go.acquire()
        if until < wanted:
            raise Killed if until == self.ends_at else GivenUpError

    def _run(self) -> None:
        self._go.acquire()
        try:
            self._work()
        except BaseException as failure:  # the simulation's own errors must end the test, not a thread
            self._failure = failure
        finally:
            self._simulation.waiting.release()


class Simulation:
    """``now`` is in seconds since the epoch; ``process`` is the one that runs."""

    process: Process

    def __init__(self, now: float) -> None:
        self.now = now
        self.waiting = _locked()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def within(self, seconds: float, work: Callable[[], Any], _: object = None) -> Any:
        """``deadline.within``, in the running process's own thread: the simulation knows of no other."""
        self.process.patience = end = self.now + seconds
        try:
            result = work()
        except Exception:
            result = None
        finally:
            self.process.patience = math.inf
        return result if self.now < end else None

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do something at a time. What is due at the same time is done in the order in which it was asked for."""
        heapq.heappush(self._due, (when, next(self._order), action))

    def run(self) -> None:
        """Until nothing is due any more."""
        while self._due:
            when, _, action = heapq.heappop(self._due)
            self.now = max(self.now, when)
            action()


def waits_by(patch: pytest.MonkeyPatch, within: Callable[..., Any]) -> None:
    """Let the product wait by this, and not by the machine's clock.

    It has no seam for that: each module that waits for something imports ``deadline.within``.
    """
    for module in [module for name, module in sys.modules.items() if name.startswith("custom_sender.")]:
        if module is not deadline and "within" in vars(module):
            patch.setattr(module, "within", within)
