"""Waits for work that cannot be told how long it may take, and no longer than there is time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


def within(seconds: float, work: Callable[[], _T], give_up: Callable[[], None] = lambda: None) -> _T | None:
    """What ``work`` returns, or None when it failed or was not done in time: then ``give_up`` has been called.

    It runs in a thread. One that is given up ends by itself, and what it returns goes nowhere.
    """
    results: list[_T] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception:  # noqa: BLE001 - any failure means the same; its text may hold the request, so it ends here
            return

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(max(0.0, seconds))
    if worker.is_alive():
        give_up()
    return results[0] if results else None
