"""Fixtures of the contract tests: a test authority, names that lead to loopback, a rig of any kind."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import urllib3.util.connection

from cognito_sms_sender.credentials import Credentials
from cognito_sms_sender.transport import Transport
from contract.providers.wire import LoopbackServer
from contract.rig import REGION, SETUPS, Doubles, Rig, SecretsManager

StartRig = Callable[..., Rig]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody but a test trusts."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The authority, trusted by this test through SSL_CERT_FILE, as an operator would do it."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    return authority


@pytest.fixture
def redirect(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Lets the connections to a host end at a loopback port. Every other host is an error: no test may leave."""
    ports: dict[str, int] = {}

    def connect(address: tuple[str, int], timeout: Any = None, **options: Any) -> socket.socket:
        host, port = address
        if host != "127.0.0.1":
            assert port == 443, "only the HTTPS port of a provider is called"
            port = ports[host]
        connection = socket.create_connection(("127.0.0.1", port), timeout)
        for option in options.get("socket_options") or ():
            connection.setsockopt(*option)
        return connection

    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)

    def lead(host: str, port: int) -> None:
        ports[host] = port

    return lead


def server_tls(authority: trustme.CA, host: str) -> ssl.SSLContext:
    """A server's TLS settings with a certificate for the host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


@pytest.fixture
def doubles() -> Doubles:
    """What the providers know of the customer; a test changes it."""
    return Doubles()


@pytest.fixture
def start(
    trusted: trustme.CA, redirect: Callable[[str, int], None], doubles: Doubles, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StartRig]:
    """Start a rig of a kind; ``settings`` are added to the kind's usual ones, None takes one away."""
    servers: list[LoopbackServer] = []
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)

    def run(kind: str, *secrets: Any, **settings: Any) -> Rig:
        setup = SETUPS[kind]
        server = LoopbackServer(doubles.provider(kind), server_tls(trusted, setup.host) if setup.host else None)
        servers.append(server)
        if setup.host is None:
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.port}")
        else:
            redirect(setup.host, server.port)
        manager = SecretsManager(*(secrets or (setup.secret,)))
        merged = {name: value for name, value in {**setup.settings, **settings}.items() if value is not None}
        return Rig(setup, server, manager, Transport(), Credentials(client=lambda *_: manager), merged)

    yield run
    for server in servers:
        server.close()
