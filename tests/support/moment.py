"""The last moment: an answer comes, and then the time is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

# An answer that takes so long is being waited for when the time is over, and comes then.
ANSWERS_AFTER_SECONDS = 0.6


def last_moment(patch: pytest.MonkeyPatch, has_come: Callable[[], object]) -> Callable[[], bool]:
    """Soon after this has come, the function's time is over. What comes back says whether it is."""
    ahead = [0.0]
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + ahead[0])
    patch.setattr("custom_sender.network.deadline.time", clock)

    def pass_by() -> None:
        while not has_come():
            time.sleep(0.01)
        time.sleep(ANSWERS_AFTER_SECONDS / 3)
        ahead[0] = 60.0

    threading.Thread(target=pass_by, daemon=True).start()
    return lambda: ahead == [60.0]
