"""Work that waits for others: it is over in time, and what was given up writes nothing more."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import weakref
from typing import TYPE_CHECKING

import pytest
import trustme
from urllib3.connection import HTTPConnection, HTTPSConnection

from custom_sender.network.connection import InTime
from custom_sender.network.deadline import (
    Attempt,
    GivenUp,
    about_to_write,
    elsewhere,
    reader,
    seconds_left,
    within,
)
from support.memory import uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HUGE_BYTES = 30_000_000  # more than sockets keep for a reader who does not read


class _Plain(InTime, HTTPConnection):
    pass


class _Secure(InTime, HTTPSConnection):
    pass


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def late() -> Callable[[float], object]:
    """Asserts that no more than these seconds have passed, on a machine that is busy."""
    began = time.monotonic()

    def check(seconds: float) -> None:
        assert time.monotonic() - began < seconds + 0.5

    return check


class TestWithin:
    def test_gives_what_the_work_returns_or_none_of_a_failure(self) -> None:
        def fail() -> int:
            raise OSError("with a secret in it")

        assert within(5, lambda: 7) == 7
        assert within(5, fail) is None
        assert within(5, lambda: 7) == 7

    def test_what_ends_a_process_is_no_failure(self) -> None:
        def end() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            within(5, end)
        elsewhere(lambda: None)  # nobody's time any more

    def test_what_is_done_within_other_work_has_a_time_of_its_own(self) -> None:
        def inner() -> float | None:
            time.sleep(0.02)
            return seconds_left()

        def outer() -> float | None:
            assert within(0.01, inner) is None
            return seconds_left()

        assert (within(30, outer) or 0) > 20
        assert seconds_left() is None

    def test_nothing_of_a_failure_is_kept(self) -> None:
        class Message:
            pass

        gone: list[weakref.ref[Message]] = []

        def here(message: Message) -> None:
            gone.append(weakref.ref(message))
            raise OSError

        def there(message: Message) -> None:
            gone.append(weakref.ref(message))
            elsewhere(lambda: here(message))

        def too_late(message: Message) -> None:
            time.sleep(0.6)
            here(message)

        def swallowed(message: Message) -> int:
            with contextlib.suppress(OSError):
                there(message)
            return 7

        def kept(message: Message) -> None:
            try:
                here(message)
            except OSError as error:
                itself = error
                assert itself
                raise

        def chained(message: Message) -> None:
            try:
                kept(message)
            except OSError:
                raise LookupError from None

        def at_last(message: Message) -> None:
            elsewhere(lambda: too_late(message))

        with uncollected():
            assert within(5, lambda: here(Message())) is None
            assert within(5, lambda: there(Message())) is None
            assert within(0.3, lambda: at_last(Message())) is None
            assert within(5, lambda: swallowed(Message())) == 7
            assert within(5, lambda: chained(Message())) is None
            time.sleep(0.4)
            deadline = time.monotonic() + 5
            while any(each() is not None for each in gone):  # the other thread may still be ending
                assert time.monotonic() < deadline
                time.sleep(0.001)
        assert len(gone) == 7


class TestReading:
    def test_each_read_has_what_is_left_of_the_whole(
        self, pair: tuple[socket.socket, socket.socket], late: Callable[[float], None]
    ) -> None:
        ours, theirs = pair
        stop = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not stop.wait(0.02):
                    theirs.sendall(b"x")

        threading.Thread(target=drip, daemon=True).start()
        assert within(0.3, reader(ours).readline) is None
        late(0.3)
        stop.set()

    def test_a_socket_without_a_time_out_gets_one(
        self, pair: tuple[socket.socket, socket.socket], late: Callable[[float], None]
    ) -> None:
        ours, theirs = pair
        assert within(0.1, lambda: reader(ours).read(1)) is None
        late(0.1)
        theirs.sendall(b"x")
        assert within(5, lambda: reader(ours).read(1)) == b"x"

    def test_a_look_that_does_not_wait_is_never_too_late(self, pair: tuple[socket.socket, socket.socket]) -> None:
        """urllib3 has one when it closes a connection that was given up: it must get to the end of that."""
        ours, theirs = pair
        theirs.sendall(b"x")
        ours.settimeout(0)

        def look() -> bytes:
            time.sleep(0.02)
            return reader(ours).peek(1)

        assert within(0.01, look) == b"x"

    def test_a_shorter_time_out_of_the_socket_s_own_stays(
        self, pair: tuple[socket.socket, socket.socket], late: Callable[[float], None]
    ) -> None:
        ours, _ = pair
        ours.settimeout(0.1)
        assert within(30, lambda: reader(ours).read(1)) is None
        late(0.1)

    def test_without_a_time_it_reads_as_any_file(self, pair: tuple[socket.socket, socket.socket]) -> None:
        ours, theirs = pair
        theirs.sendall(b"one\ntwo\n")
        theirs.close()
        with reader(ours) as lines:
            assert list(lines) == [b"one\n", b"two\n"]

    def test_a_connection_that_is_closed_is_read_to_its_end(self, pair: tuple[socket.socket, socket.socket]) -> None:
        """As of an answer with "Connection: close": http.client closes the socket before the body is read."""
        ours, theirs = pair
        lines = reader(ours)
        theirs.sendall(b"the rest")
        theirs.close()
        ours.close()
        assert within(5, lines.read) == b"the rest"
        lines.close()
        assert ours.fileno() == -1


class TestWriting:
    def test_what_is_too_late_is_not_written(self, pair: tuple[socket.socket, socket.socket]) -> None:
        ours, theirs = pair
        attempt = Attempt()

        def late() -> None:
            time.sleep(0.02)
            about_to_write(ours)
            ours.sendall(b"x")

        assert within(0.01, late, attempt) is None
        assert not attempt.written
        theirs.settimeout(0.1)
        with pytest.raises(TimeoutError):
            theirs.recv(1)

    def test_it_is_known_whether_the_other_side_may_act_on_what_was_written(self) -> None:
        for sends in (True, False):
            attempt = Attempt()
            within(5, lambda sends=sends: about_to_write(None, sends=sends), attempt)  # type: ignore[misc]
            assert attempt.written is sends

        def both() -> None:
            about_to_write(None)
            about_to_write(None, sends=False)

        attempt = Attempt()
        within(5, both, attempt)
        assert attempt.written

    def test_the_next_write_has_all_of_its_own_time(self, pair: tuple[socket.socket, socket.socket]) -> None:
        ours, _ = pair
        for seconds in (2.0, 30.0):
            within(seconds, lambda: about_to_write(ours))
            assert seconds / 2 < (ours.gettimeout() or 0) <= seconds

    def test_no_except_exception_makes_another_try_of_it(self) -> None:
        tries = []

        def stubborn() -> None:
            for number in range(3):
                tries.append(number)
                with contextlib.suppress(Exception):
                    time.sleep(0.02)
                    about_to_write(None)

        assert within(0.01, stubborn) is None
        assert tries == [0]

    @pytest.mark.parametrize("is_secure", [False, True])
    def test_a_request_that_nobody_reads_is_given_up_in_time(
        self, is_secure: bool, late: Callable[[float], None]
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.ExitStack() as stack:
            authority = trustme.CA()
            server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
            authority.issue_cert("127.0.0.1").configure_cert(server)
            authority.configure_trust(client)

            def accept() -> None:
                connection, _ = listener.accept()
                stack.callback(connection.close)
                if is_secure:
                    stack.callback(server.wrap_socket(connection, server_side=True).close)

            threading.Thread(target=accept, daemon=True).start()
            port = listener.getsockname()[1]
            kind = _Secure("127.0.0.1", port, ssl_context=client) if is_secure else _Plain("127.0.0.1", port)
            attempt = Attempt()
            assert within(0.3, lambda: kind.request("POST", "/", body=bytes(HUGE_BYTES)), attempt) is None
            late(0.3)
            assert attempt.written
            kind.close()


class TestElsewhere:
    def test_what_it_returns_or_raises_is_as_if_it_were_here(self) -> None:
        def fail() -> int:
            raise LookupError("not found")

        def end() -> int:
            raise KeyboardInterrupt

        def work() -> threading.Thread:
            with pytest.raises(LookupError, match="not found"):
                elsewhere(fail)
            with pytest.raises(KeyboardInterrupt):
                elsewhere(end)
            return elsewhere(threading.current_thread)

        done = within(5, work)
        assert done is not None
        assert done is not threading.current_thread()
        assert done.daemon, "or a process that ends would wait for a name server"
        # Without a time there is nothing to be in time for.
        assert elsewhere(threading.current_thread) is threading.current_thread()

    def test_what_has_no_time_out_is_left_alone_in_time(self, late: Callable[[float], None]) -> None:
        go_on, ended = threading.Event(), threading.Event()

        def stuck() -> None:
            go_on.wait(10)
            ended.set()

        assert within(0.3, lambda: elsewhere(stuck)) is None
        late(0.3)
        assert within(5, lambda: elsewhere(lambda: 7)) == 7
        go_on.set()
        assert ended.wait(5)

    def test_it_is_not_begun_when_it_is_too_late(self) -> None:
        begun: list[int] = []

        def work() -> None:
            time.sleep(0.02)
            with pytest.raises(GivenUp):
                elsewhere(lambda: begun.append(1))

        within(0.01, work)
        assert begun == []
