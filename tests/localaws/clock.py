"""The time of the embedded world: the machine's clock, set on by what Lambda's waits were cut short by.

A test does not sit through Lambda's minute before the first retry. The wait takes a fraction of it, and then the clock
is set on by the rest: to a function that is run again a minute has passed, whatever it compares its own clock with: the
trace header, the deadline, what it wrote into a table at the first attempt. The clock never goes back, so other events
that are under way at that moment grow older too.
"""

from __future__ import annotations

import threading
import time


class Clock:
    """Seconds since the epoch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = 0.0

    def now(self) -> float:
        """The time."""
        return time.time() + self._ahead

    @property
    def ahead(self) -> float:
        """By how many seconds it is later here than on the machine's clock."""
        return self._ahead

    def reach(self, moment: float) -> None:
        """Set the clock on to ``moment``, unless it is later already."""
        with self._lock:
            self._ahead = max(self._ahead, moment - time.time())
