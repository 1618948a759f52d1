"""The time of the embedded world: the machine's clock, set on by what Lambda's waits were cut short by.

A test does not sit through Lambda's minute before the first retry. The wait takes a fraction of it, and then the clock
is set on by the rest: to a function that is run again a minute has passed, whatever it compares its own clock with: the
trace header, the deadline, what it wrote into a table at the first attempt. The clock never goes back, so other events
that are under way at that moment grow older too; but it stands while a function runs, so that none of them ends sooner
by it than another one thinks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Seconds since the epoch."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._ahead = 0.0
        self._running = 0

    def now(self) -> float:
        """The time."""
        return time.time() + self._ahead

    @contextmanager
    def standing(self) -> Iterator[float]:
        """For the length of a block the clock is not set on. By how many seconds it is later than the machine's."""
        with self._condition:
            self._running += 1
            ahead = self._ahead
        try:
            yield ahead
        finally:
            with self._condition:
                self._running -= 1
                self._condition.notify_all()

    def reach(self, moment: float) -> None:
        """Set the clock on to ``moment``, unless it is later already, as soon as no function runs."""
        with self._condition:
            self._condition.wait_for(lambda: self._running == 0, timeout=max(0.0, moment - self.now()))
            self._ahead = max(self._ahead, moment - time.time())
