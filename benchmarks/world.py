"""AWS and an SMS provider on loopback, as far as the function calls them, over TLS as in life.

KMS, DynamoDB, SNS, Secrets Manager and Twilio's Messages API. Each answers what it answers to a message that is all
right, after as long as it is told to wait; what is measured is the function's work and not theirs.
"""

from __future__ import annotations

import base64
import json
import ssl
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

import trustme

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PROVIDER_HOST: Final = "api.twilio.com"
# Of nobody: an account SID is "AC" and 32 hexadecimal digits, and no account has this one.
ACCOUNT_SID: Final = "AC" + "0" * 31 + "1"
MESSAGE_SID: Final = "SM" + "0" * 31 + "1"

# A data key of this KMS is this and the key.
_SEAL: Final = b"sealed:"
_SECRET: Final = {"account_sid": ACCOUNT_SID, "auth_token": "0" * 32}


@dataclass(slots=True)
class World:
    """The services at ``url`` and the provider at ``port``; ``authority`` is the PEM of who signed their certificate.

    ``latency_ms`` is how long a service takes to answer, by its name (kms, dynamodb, sns, secretsmanager, twilio).
    """

    port: int
    authority: bytes
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    _calls: list[str] = field(default_factory=list)
    _connections: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The endpoint of all AWS services."""
        return f"https://127.0.0.1:{self.port}"

    def taken(self) -> tuple[str, ...]:
        """The calls since this was last asked, as ``service:Operation``, in their order."""
        with self._lock:
            calls, self._calls = self._calls, []
        return tuple(calls)

    def connections(self) -> int:
        """How many TLS connections were made since this was last asked."""
        with self._lock:
            count, self._connections = self._connections, 0
        return count

    def connected(self) -> None:
        """A connection was made."""
        with self._lock:
            self._connections += 1

    def answer(self, path: str, target: str, body: bytes) -> tuple[int, str, bytes]:
        """Status, content type and body of the answer to one call."""
        service, operation = _called(path, target, body)
        with self._lock:
            self._calls.append(f"{service}:{operation}")
        time.sleep(self.latency_ms.get(service, 0.0) / 1000)
        if service == "twilio":
            return 201, "application/json", json.dumps({"sid": MESSAGE_SID, "status": "accepted"}).encode()
        if service == "sns":
            result = f"<PublishResult><MessageId>{uuid.uuid4()}</MessageId></PublishResult>"
            namespace = "http://sns.amazonaws.com/doc/2010-03-31/"
            return 200, "text/xml", f'<PublishResponse xmlns="{namespace}">{result}</PublishResponse>'.encode()
        if service == "secretsmanager":
            return _json({"SecretString": json.dumps(_SECRET)})
        return _json(_kms(operation, json.loads(body)) if service == "kms" else {})


def _called(path: str, target: str, body: bytes) -> tuple[str, str]:
    if path.startswith("/2010-04-01/"):
        return "twilio", "Messages"
    if not target:
        return "sns", parse_qs(body.decode())["Action"][0]
    service, _, operation = target.partition(".")
    return "kms" if service == "TrentService" else service.partition("_")[0].lower(), operation


def _json(content: object) -> tuple[int, str, bytes]:
    return 200, "application/x-amz-json-1.1", json.dumps(content).encode()


def _kms(operation: str, request: Mapping[str, str]) -> dict[str, str]:
    if operation == "GenerateDataKey":
        key = uuid.uuid4().bytes + uuid.uuid4().bytes
        sealed = base64.b64encode(_SEAL + key).decode()
        return {"KeyId": request["KeyId"], "Plaintext": base64.b64encode(key).decode(), "CiphertextBlob": sealed}
    key = base64.b64decode(request["CiphertextBlob"]).removeprefix(_SEAL)
    return {"KeyId": request["KeyId"], "Plaintext": base64.b64encode(key).decode()}


class LoopbackServer(ThreadingHTTPServer):
    """Serves processes that are killed in the middle of a connection, and has nothing to say about that."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """What a killed client leaves behind is no error."""
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _TlsServer(LoopbackServer):
    """The handshake is made in the connection's own thread: one client must not wait for another's."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)


@contextmanager
def world(latency_ms: Mapping[str, float] | None = None) -> Iterator[World]:
    """The services, until the block ends."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", PROVIDER_HOST).configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def setup(self) -> None:
            super().setup()
            here.connected()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, kind, answer = here.answer(self.path, self.headers.get("X-Amz-Target", ""), body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            return

    server = _TlsServer(Handler, context)
    here = World(server.server_address[1], authority.cert_pem.bytes(), latency_ms or {})
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()


def bundle(aws: World, public: Path, out: Path) -> Path:
    """A file of authorities as long as in life, because it is read at each start: the ``public`` ones and ours."""
    out.write_bytes(public.read_bytes() + b"\n" + aws.authority)
    return out
