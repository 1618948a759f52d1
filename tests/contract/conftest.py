"""Fixtures of the contract tests: a test authority, names that lead to loopback, a rig of any kind."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import trustme

from contract.rig import REGION, SETUPS, Doubles, Rig, SecretsManager
from custom_sender import startup
from custom_sender.network.provider_secrets import Credentials
from custom_sender.network.transport import Transport
from localaws.providers.wire import LoopbackServer
from support.network import Network, network

__all__ = ["network"]

# It has silenced all loggers, as for the function; the collector is on again.
startup.resume()

StartRig = Callable[..., Rig]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody but a test trusts."""
    return trustme.CA()


@pytest.fixture(scope="session")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's certificate in a file."""
    file = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


@pytest.fixture
def trusted(authority: trustme.CA, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The authority, trusted by this test through SSL_CERT_FILE, as an operator would do it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    return authority


@cache
def server_tls(authority: trustme.CA, host: str) -> ssl.SSLContext:
    """A server's TLS settings with a certificate for the host; made once, because each takes a new key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


@pytest.fixture
def doubles() -> Doubles:
    """What the providers know of the customer; a test changes it."""
    return Doubles()


@pytest.fixture
def start(
    trusted: trustme.CA, network: Network, doubles: Doubles, monkeypatch: pytest.MonkeyPatch
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
            network.lead(setup.host, server.port)
        manager = SecretsManager(*(secrets or (setup.secret,)))
        merged = {name: value for name, value in {**setup.settings, **settings}.items() if value is not None}
        return Rig(setup, server, manager, Transport(), Credentials(client=lambda *_: manager), merged)

    yield run
    for server in servers:
        server.close()
