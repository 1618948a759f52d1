"""Work that waits for somebody else, and no longer than there is time.

No time-out of a socket covers the whole: of an answer that trickles in one byte at a time, each read is in time. So no
read and no write has a longer time-out than what is left of the whole time. A name server has none at all: who asks one
does so in a thread, which is left alone when the time is over.
"""

from __future__ import annotations

import io
import queue
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")


class GivenUp(BaseException):
    """The time is over. No ``except Exception`` on the way may take it for something to be tried again."""


class Attempt:
    """``written``: whether anything was written on which the other side may act."""

    __slots__ = ("ends", "written")

    def __init__(self, *, written: bool = False) -> None:
        self.ends = 0.0
        self.written = written


_current = threading.local()


def within(seconds: float, work: Callable[[], _T], attempt: Attempt | None = None) -> _T | None:
    """What ``work`` returns, or None when it failed or was not done in time.

    It may wait for nothing but sockets that are read and written as below, ``elsewhere``, and pauses while time
    ``lasts``.
    """
    attempt = attempt or Attempt()
    attempt.ends = time.monotonic() + seconds
    outer, _current.attempt = getattr(_current, "attempt", None), attempt
    try:
        return next(_apart(work))
    finally:
        _current.attempt = outer


def _apart(work: Callable[[], _T]) -> Iterator[_T | None]:
    """What ``work`` returns, or None of a failure, which is forgotten with all that it knows.

    HTTP libraries keep a failure in a variable of a function that it went through. So it keeps itself in memory, with
    all functions' variables up to the handler's, the event among them. A generator that has yielded is nobody's call.
    """
    results: list[_T] = []
    try:
        results.append(work())
    except (Exception, GivenUp) as failure:  # noqa: BLE001 - any means the same; its text may hold the request, so it ends here
        error: BaseException | None = failure
        while error is not None:
            traceback.clear_frames(error.__traceback__)
            error = error.__context__
    yield results.pop() if results else None


def seconds_left() -> float | None:
    """Of the time of what this thread is at, or None where nobody gave it one. Raises ``GivenUp`` when it is over."""
    attempt: Attempt | None = getattr(_current, "attempt", None)
    if attempt is None:
        return None
    seconds = attempt.ends - time.monotonic()
    if seconds <= 0:
        raise GivenUp
    return seconds


def lasts(seconds: float) -> bool:
    """Whether the time of what this thread is at is longer than so many seconds."""
    attempt: Attempt | None = getattr(_current, "attempt", None)
    return attempt is None or attempt.ends - time.monotonic() > seconds


def about_to_write(sock: socket.socket | None, *, sends: bool = True) -> None:
    """To be called before each write. Raises ``GivenUp`` when it is too late for it.

    ``sends``: whether the other side may act on what is written.
    """
    seconds = seconds_left()
    if seconds is not None:
        _current.attempt.written |= sends
        if sock is not None:
            sock.settimeout(seconds)


class _Reads(io.RawIOBase):
    """What comes from a socket. A read takes the socket's own time-out at most, and no more than there is left."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        own = self._sock.gettimeout()
        # Who does not wait cannot be late: urllib3 closes a connection that was given up, and looks at it for that.
        seconds = None if own == 0 else seconds_left()
        if seconds is not None and (own is None or own > seconds):
            self._sock.settimeout(seconds)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def reader(sock: socket.socket) -> io.BufferedReader:
    """In the place of ``sock.makefile("rb")``. Its reads raise ``GivenUp`` when it is too late for them."""
    return io.BufferedReader(_Reads(sock))


def elsewhere(work: Callable[[], _T]) -> _T:
    """What ``work`` returns or raises. It is done in a thread, because it may wait for what has no time-out.

    Raises ``GivenUp`` when it is not done in time. Then it goes on by itself, and what comes of it goes nowhere.
    """
    seconds = seconds_left()
    if seconds is None:
        return work()
    answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
    # A new one: that is done when a process begins and when a connection was lost, and a pool would have to be kept.
    threading.Thread(target=_answer, args=(work, answers), daemon=True).start()
    try:
        result, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise GivenUp from None
    try:
        if error is not None:
            raise error
    finally:
        del error  # its traceback holds this frame: each would keep the other, and the request
    answered: _T = result
    return answered


def _answer(work: Callable[[], Any], answers: queue.SimpleQueue[tuple[Any, BaseException | None]]) -> None:
    answer: tuple[Any, BaseException | None]
    try:
        answer = work(), None
    except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
        answer = None, error
    answers.put(answer)
    del work, answers, answer  # as above
