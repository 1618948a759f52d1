"""What all connections to somebody else have in common, ours and botocore's: nothing on them outlasts its time."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any, Final

from custom_sender.network.deadline import about_to_write, elsewhere, reader

if TYPE_CHECKING:
    import io
    import socket
    from collections.abc import Iterator

# The most that one record of TLS holds (RFC 8446 section 5.1). Each has the whole time-out to itself.
_RECORD_BYTES: Final = 16_384


def in_records(data: Any) -> Iterator[Any]:
    """``data`` in pieces that may be written one by one."""
    if not isinstance(data, bytes | bytearray):
        yield data
        return
    for start in range(0, len(data), _RECORD_BYTES):
        yield data[start : start + _RECORD_BYTES]


class _Source:
    """A socket, as far as http.client's response looks at it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _: str) -> io.BufferedReader:
        return reader(self._sock)


class Response(http.client.HTTPResponse):
    """An answer that is read in time."""

    def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(_Source(sock), *arguments, **options)  # type: ignore[arg-type] # it calls makefile


class InTime:
    """Before a class of urllib3's connections: ``connect`` asks a name server, ``send`` begins to write."""

    sock: Any
    response_class: Any = Response

    def connect(self) -> None:
        """Stands, TLS and all; nothing of the request was sent."""
        elsewhere(super().connect)  # type: ignore[misc] # the connection's, which is behind this one

    def send(self, data: Any) -> None:
        """Write it, unless it is too late."""
        if self.sock is None:
            self.connect()
        for record in in_records(data):
            about_to_write(self.sock)
            super().send(record)  # type: ignore[misc] # as above
