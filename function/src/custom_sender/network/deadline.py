"""Waits for work that cannot be told how long it may take, and no longer than there is time.

No time-out of a socket covers everything: a name server that hangs, an answer that trickles in one byte at a time. What
is given up goes on by itself, but can write nothing more: its connection asks first.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


class GivenUp(Exception):  # noqa: N818 - the name says what is the matter, as the outcomes do
    """The work's time was over before it wrote this."""


class Attempt:
    """Shared by the thread that waits and the thread that works: which of the two comes first is decided here."""

    __slots__ = ("_given_up", "_lock", "_socket", "written")

    def __init__(self, *, written: bool = False) -> None:
        self._lock = threading.Lock()
        self._given_up = False
        self._socket: socket.socket | None = None
        self.written = written

    def about_to_write(self, sock: socket.socket | None, *, sends: bool = True) -> None:
        """Called before bytes are written. Raises when the attempt was given up meanwhile."""
        with self._lock:
            if self._given_up:
                raise GivenUp
            self.written = self.written or sends
            self._socket = sock

    def give_up(self) -> None:
        """From now on nothing can be written that has not been; what is being read is cut off."""
        with self._lock:
            self._given_up = True
            sock = self._socket
        if sock is not None:
            try:
                # The plain socket's method: SSLSocket.shutdown would take the TLS state away under the other thread.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                return


_current = threading.local()


def about_to_write(sock: socket.socket | None, *, sends: bool = True) -> None:
    """To be called by a connection before it writes. Raises ``GivenUp`` in a thread whose work nobody waits for.

    ``sends``: whether the other side may act on what is written.
    """
    attempt: Attempt | None = getattr(_current, "attempt", None)
    if attempt is not None:
        attempt.about_to_write(sock, sends=sends)


class Threads:
    """Those in which work is waited for. ``idle`` are not at work; one that was given up comes back when it is done."""

    def __init__(self) -> None:
        self.idle: deque[_Worker] = deque()

    def within(self, seconds: float, work: Callable[[], _T], attempt: Attempt | None = None) -> _T | None:
        """What ``work`` returns, or None when it failed or was not done in time: then ``attempt`` was given up.

        It runs in a thread. One that is given up goes on by itself, and what it returns goes nowhere.
        """
        attempt = attempt or Attempt()
        answer: queue.SimpleQueue[tuple[_T, ...] | BaseException] = queue.SimpleQueue()
        self._worker().begin(work, attempt, answer)
        try:
            result = answer.get(timeout=max(0.0, seconds))
        except queue.Empty:
            # Bytes that come now are no answer: a connection that is cut ends a header as if it were whole.
            attempt.give_up()
            result = ()
        if isinstance(result, BaseException):
            raise result
        return result[0] if result else None

    def _worker(self) -> _Worker:
        try:
            return self.idle.pop()
        except IndexError:
            return _Worker(self.idle)


class _Worker:
    """A thread that does one thing after the other: to start one for each would cost more than most of the rest."""

    def __init__(self, idle: deque[_Worker]) -> None:
        self._idle = idle
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Attempt, queue.SimpleQueue[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def begin(self, work: Callable[[], Any], attempt: Attempt, answer: queue.SimpleQueue[Any]) -> None:
        self._work.put((work, attempt, answer))

    def _run(self) -> None:
        while True:
            # In a function of its own: what is waited in must not hold on to the last message.
            self._do(*self._work.get())

    def _do(self, work: Callable[[], Any], attempt: Attempt, answer: queue.SimpleQueue[Any]) -> None:
        result: tuple[Any, ...] | BaseException = ()
        _current.attempt = attempt
        try:
            result = (work(),)
        except Exception:  # noqa: BLE001 - any failure means the same; its text may hold the request, so it ends here
            result = ()
        except BaseException as end:  # noqa: BLE001 - what ends a process has to end it from the thread that waits
            result = end
        del _current.attempt
        self._idle.append(self)
        answer.put(result)


within = Threads().within
