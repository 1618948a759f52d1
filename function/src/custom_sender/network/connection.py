"""What all connections to somebody else have in common, ours and botocore's: nothing on them outlasts its time."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

from custom_sender.network.deadline import about_to_write, elsewhere, reader

if TYPE_CHECKING:
    import io
    import socket


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
        about_to_write(self.sock)
        super().send(data)  # type: ignore[misc] # as above
