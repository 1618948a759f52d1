"""Many processes in simulated time, one at a time: what happens next is always what is due first.

Each process is a thread that runs until it waits; then the simulation decides who goes on. So processes interleave at
every call that leaves the function, and with the same seed they do so in the same way.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    """The process is gone. No ``except Exception`` of the function's may hold it up."""


class Process:
    """Something that runs and waits. ``owner`` is whose process it is; it is killed at ``ends_at`` at the latest."""

    def __init__(self, simulation: Simulation, owner: Any, work: Callable[[], None], ends_at: float) -> None:
        self.owner = owner
        self.ends_at = ends_at
        self._simulation = simulation
        self._work = work
        self._go = threading.Semaphore(0)
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
        """Called from inside the process: let the others run for so long. Raises ``Killed`` when its time is over."""
        until = self._simulation.now + seconds
        self._simulation.at(min(until, self.ends_at), self.go_on)
        self._simulation.waiting.release()
        self._go.acquire()
        if until > self.ends_at:
            raise Killed

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

    def __init__(self, now: float) -> None:
        self.now = now
        self.waiting = threading.Semaphore(0)
        self._process: Process | None = None
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    @property
    def process(self) -> Process:
        """The process that runs."""
        assert self._process is not None, "nothing runs"
        return self._process

    @process.setter
    def process(self, process: Process) -> None:
        self._process = process

    def clock(self) -> float:
        """The time, in seconds since the epoch."""
        return self.now

    def wait(self, seconds: float) -> None:
        """The running process waits."""
        self.process.wait(seconds)

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do something at a time. What is due at the same time is done in the order in which it was asked for."""
        heapq.heappush(self._due, (when, next(self._order), action))

    def run(self) -> None:
        """Until nothing is due any more."""
        while self._due:
            when, _, action = heapq.heappop(self._due)
            self.now = max(self.now, when)
            action()
