"""The services of AWS that one message needs, on loopback: enough to count what is asked, over HTTP, of a process."""

from __future__ import annotations

import functools
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import botocore.session

from support import ciphertext
from support.cognito import CODE, POOL_ID, REGION
from support.environment import KEY_ARN

SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:x-AbCdEf"
PARAMETER_ARN = f"arn:aws:ssm:{REGION}:123456789012:parameter/x"
# A provider's token, and the key by which AWS knows the function's role.
TOKEN = "provider-token-5f0c1a"
ROLE_KEY = "role-secret-key-93b7d2"


@dataclass
class Aws:
    """KMS, DynamoDB, SNS, Secrets Manager, Parameter Store and Lambda's credentials; ``calls`` are theirs, in order."""

    url: str = ""
    calls: list[str] = field(default_factory=list)

    def answer(self, path: str, target: str, body: bytes) -> tuple[str, bytes]:
        if path == "/credentials":
            self.calls.append("credentials")
            expiration = "2099-01-01T00:00:00Z"
            keys = {"AccessKeyId": "AKIA", "SecretAccessKey": ROLE_KEY, "Token": "t", "Expiration": expiration}
            return "application/json", json.dumps(keys).encode()
        self.calls.append(target.rpartition(".")[2] or parse_qs(body.decode())["Action"][0])
        if target == "TrentService.Decrypt":
            asked = json.loads(body)
            answer = {"KeyId": asked["KeyId"], "Plaintext": asked["CiphertextBlob"]}
        elif target.startswith("DynamoDB_"):
            answer = {}
        elif target == "secretsmanager.GetSecretValue":
            answer = {"ARN": SECRET_ARN, "SecretString": json.dumps({"token": TOKEN})}
        elif target == "AmazonSSM.GetParameter":
            answer = {"Parameter": {"ARN": PARAMETER_ARN, "Value": json.dumps({"token": TOKEN})}}
        else:
            result = "<PublishResult><MessageId>b5a0e1f2-0000-4000-8000-000000000000</MessageId></PublishResult>"
            namespace = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"'
            return "text/xml", f"<PublishResponse {namespace}>{result}</PublishResponse>".encode()
        return "application/x-amz-json-1.1", json.dumps(answer).encode()


@contextmanager
def aws_on_loopback() -> Iterator[Aws]:
    """The services, until the block ends."""
    here = Aws()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kind, answer = here.answer(self.path, self.headers.get("X-Amz-Target", ""), body)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 - the base class's name

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()


def code() -> str:
    """``request.code`` for this KMS, whose encrypted data keys are the keys."""
    return ciphertext.encrypt(_client(), KEY_ARN, CODE, POOL_ID)


@functools.cache
def _client() -> Any:
    client: Any = botocore.session.get_session().create_client(
        "kms", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )

    def answer(params: dict[str, Any], **_: object) -> tuple[SimpleNamespace, dict[str, Any]]:
        key = os.urandom(32)
        made = {"KeyId": json.loads(params["body"])["KeyId"], "Plaintext": key, "CiphertextBlob": key}
        return SimpleNamespace(status_code=200), made

    client.meta.events.register("before-call.kms", answer)
    return client
