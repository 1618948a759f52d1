"""Waits for work that cannot be told how long it may take, and no longer than there is time."""

from __future__ import annotations

import queue
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


def within(seconds: float, work: Callable[[], _T], give_up: Callable[[], None] = lambda: None) -> _T | None:
    """What ``work`` returns, or None when it failed or was not done in time: then ``give_up`` has been called.

    It runs in a thread. One that is given up goes on by itself, and what it returns goes nowhere.
    """
    answer: queue.SimpleQueue[tuple[_T, ...]] = queue.SimpleQueue()
    _idle_worker().begin(work, answer)
    try:
        result = answer.get(timeout=max(0.0, seconds))
    except queue.Empty:
        give_up()
        # It may have been done in this very moment.
        result = () if answer.empty() else answer.get()
    return result[0] if result else None


class _Worker:
    """A thread that does one thing after the other: to start one for each would cost more than most of the rest."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], queue.SimpleQueue[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def begin(self, work: Callable[[], Any], answer: queue.SimpleQueue[Any]) -> None:
        self._work.put((work, answer))

    def _run(self) -> None:
        while True:
            # In a function of its own: what is waited in must not hold on to the last message.
            self._do(*self._work.get())

    def _do(self, work: Callable[[], Any], answer: queue.SimpleQueue[Any]) -> None:
        result: tuple[Any, ...] = ()
        try:
            result = (work(),)
        except Exception:  # noqa: BLE001 - any failure means the same; its text may hold the request, so it ends here
            result = ()
        _idle.append(self)
        answer.put(result)


# Those that are not at work. One that was given up comes back when it is done.
_idle: deque[_Worker] = deque()


def _idle_worker() -> _Worker:
    try:
        return _idle.pop()
    except IndexError:
        return _Worker()
