"""AWS on loopback, as far as the function calls it: KMS, DynamoDB, SNS. Each answer waits as long as it is told to."""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

_SEAL = b"sealed:"
"""A data key of this KMS is this and the key: what is measured is the function's work, not KMS's."""


@dataclass
class World:
    """The services at ``url``. ``latency_ms`` is by service; ``calls`` are ``service:Action``, in order."""

    latency_ms: Mapping[str, float] = field(default_factory=dict)
    url: str = ""
    calls: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def taken(self) -> list[str]:
        """The calls since this was last asked."""
        with self.lock:
            calls, self.calls = self.calls, []
        return calls

    def answer(self, target: str, body: bytes) -> tuple[str, bytes]:
        """Content type and body of the answer to one call."""
        if target:
            service, _, action = target.partition(".")
            service = "kms" if service == "TrentService" else service.partition("_")[0].lower()
        else:
            service, action = "sns", parse_qs(body.decode())["Action"][0]
        with self.lock:
            self.calls.append(f"{service}:{action}")
        time.sleep(self.latency_ms.get(service, 0.0) / 1000)
        if service == "sns":
            result = f"<PublishResult><MessageId>{uuid.uuid4()}</MessageId></PublishResult>"
            return "text/xml", f'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{result}</PublishResponse>'.encode()
        return "application/x-amz-json-1.1", json.dumps(_kms(action, json.loads(body)) if service == "kms" else {}).encode()


def _kms(action: str, request: Mapping[str, str]) -> dict[str, str]:
    if action == "GenerateDataKey":
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
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def world(latency_ms: Mapping[str, float]) -> Iterator[World]:
    """The services, until the block ends."""
    here = World(latency_ms)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kind, answer = here.answer(self.headers.get("X-Amz-Target", ""), body)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            return

    server = LoopbackServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
