"""A loopback server over real sockets that answers as a provider does, or breaks as networks break."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``Content-Length`` is added unless ``headers`` has one already."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResetBeforeRequest:
    """The connection is reset as soon as it stands: no byte of the request is read (with TLS: before the handshake)."""


@dataclass(frozen=True, slots=True)
class SpeaksFirst:
    """The connection stands, and before a byte of the request is read this is sent."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ResetAfterRequest:
    """The whole request is read, then the connection is reset without an answer."""


@dataclass(frozen=True, slots=True)
class Late:
    """The right answer, but only after some time; ``meanwhile`` is sent at once."""

    seconds: float
    meanwhile: bytes = b""


@dataclass(frozen=True, slots=True)
class Drip:
    """The right answer, one byte at a time: no single read takes long, the whole takes for ever."""

    seconds_per_byte: float


@dataclass(frozen=True, slots=True)
class Altered:
    """The right answer with other bytes: ``alter`` gets all of it. ``then`` is called when it has been sent."""

    alter: Callable[[bytes], bytes]
    then: Callable[[socket.socket], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class CutOff:
    """The right answer, of whose body only the first bytes come: then the connection is closed (FIN)."""

    kept: int


Behavior = Answer | ResetBeforeRequest | SpeaksFirst | ResetAfterRequest | Late | Drip | Altered | CutOff
Provider = Callable[[Request], Answer]


class LoopbackServer:
    """Serves one provider. ``script`` holds what happens to the next requests; without it, or for None, the provider
    answers.

    ``requests`` are the requests that were read in full, ``connections`` counts what was accepted.
    """

    def __init__(self, provider: Provider, tls: ssl.SSLContext | None = None) -> None:
        self._provider = provider
        self._tls = tls
        self.script: deque[Behavior | None] = deque()
        self.requests: list[Request] = []
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopping = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop, and cut what is still open."""
        self._stopping.set()
        # Closing alone would leave the port open for as long as the other thread waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.add(connection)
        plain = connection
        try:
            if self.script and isinstance(self.script[0], ResetBeforeRequest):
                self.script.popleft()
                _reset(plain)
                return
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            if self.script and isinstance(self.script[0], SpeaksFirst):
                connection.sendall(self.script[0].data)
                self.script.popleft()
            for request in _requests(connection):
                self.requests.append(request)
                behavior = self.script.popleft() if self.script else None
                if isinstance(behavior, ResetAfterRequest):
                    _reset(connection)
                    return
                self._answer(connection, request, behavior)
                if isinstance(behavior, CutOff):
                    return
        except (OSError, ValueError):
            # The other side went away, or speaks something else than HTTP.
            return
        finally:
            self._open.discard(plain)
            with contextlib.suppress(OSError):
                connection.close()

    def _answer(self, connection: socket.socket, request: Request, behavior: Behavior | None) -> None:
        if isinstance(behavior, Late):
            connection.sendall(behavior.meanwhile)
            self._stopping.wait(behavior.seconds)
        answer = behavior if isinstance(behavior, Answer) else self._provider(request)
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        body = answer.body[: behavior.kept] if isinstance(behavior, CutOff) else answer.body
        data = f"HTTP/1.1 {answer.status} Reason\r\n{head}\r\n".encode("latin-1") + body
        if isinstance(behavior, Drip):
            for byte in data:
                connection.sendall(bytes([byte]))
                time.sleep(behavior.seconds_per_byte)
        elif isinstance(behavior, Altered):
            connection.sendall(behavior.alter(data))
            behavior.then(connection)
        else:
            connection.sendall(data)


def _requests(connection: socket.socket) -> Iterator[Request]:
    """The requests of one connection, each read in full (RFC 9112, bodies by Content-Length only)."""
    with connection.makefile("rb") as reader:
        while line := reader.readline(65536):
            method, target, _ = line.decode("latin-1").split(" ", 2)
            headers: dict[str, str] = {}
            while (header := reader.readline(65536)) not in (b"\r\n", b""):
                name, _, value = header.decode("latin-1").partition(":")
                headers[name.strip().lower()] = value.strip()
            body = reader.read(int(headers.get("content-length", "0")))
            yield Request(method, target, headers, body)


def _reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN: what a crashed process or a firewall does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The reader's file keeps the descriptor open: detaching closes it now.
    descriptor = connection.detach()
    socket.close(descriptor)
