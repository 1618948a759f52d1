"""Names that lead to loopback: the product resolves them to what looks like public addresses and connects to those.

Only what the machine itself would do is replaced, ``socket.getaddrinfo`` and ``socket.socket.connect``. The product's
own judgment of addresses, and that it connects to what it judged, stay in force.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

# Documentation addresses (RFC 5737) would be refused as reserved ones, rightly. This is one that example.com had; no
# packet reaches it from here.
PUBLIC = "93.184.215.{}"
SILENT = ".silent.example"
# Two tries of five seconds each, as resolv.conf(5) has it.
RESOLVER_SECONDS = 10.0


class Network:
    """Where names lead. ``lead`` adds one; ``before`` runs in place of the name server's work and may raise.

    Of names that end in ``SILENT`` the name server says nothing, unless ``speaks`` is set. ``resolved`` are the names
    that were asked for, ``connected`` the addresses that were connected to, in order.
    """

    def __init__(self) -> None:
        self.before: Callable[[], object] = lambda: None
        self.speaks = threading.Event()
        self.resolved: list[str] = []
        self.connected: list[str] = []
        self._addresses: dict[str, Sequence[str]] = {}
        self._ports: dict[str, int] = {}
        self._lookup = socket.getaddrinfo
        self._connect = socket.socket.connect

    def lead(self, host: str, port: int, *addresses: str) -> None:
        """Resolve a host to these addresses (or to a public-looking one of its own), served by a loopback port."""
        addresses = addresses or (PUBLIC.format(len(self._addresses) + 1),)
        self._addresses[host] = addresses
        for address in addresses:
            self._ports[address] = port

    def resolve(self, host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        """``socket.getaddrinfo``."""
        if host in ("127.0.0.1", "localhost"):
            return self._lookup(host, port, *args, **options)
        self.before()
        self.resolved.append(host)
        if host.endswith(SILENT):
            self.speaks.wait(RESOLVER_SECONDS)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        addresses = self._addresses.get(host)
        if addresses is None and host[:1] in "0123456789":
            return self._lookup(host, port, *args, **options)  # an address needs no name server
        if addresses is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        assert port in (443, 465, 587, *self._ports.values()), "only the ports of providers are called"
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    def connect(self, connection: socket.socket, address: Any) -> None:
        """``socket.socket.connect``."""
        if isinstance(address, tuple) and address[0] != "127.0.0.1":
            self.connected.append(address[0])
            if address[0] not in self._ports:
                raise OSError("no test may leave this machine")
            assert connection.family == socket.AF_INET, "the test servers are on IPv4"
            address = ("127.0.0.1", self._ports[address[0]])
        self._connect(connection, address)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    """The network of one test: loopback, and the names that the test lets lead there."""
    net = Network()
    monkeypatch.setattr(socket, "getaddrinfo", net.resolve)

    def connect(connection: socket.socket, address: Any) -> None:
        net.connect(connection, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    yield net
    net.speaks.set()
