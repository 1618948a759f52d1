"""AWS and an SMS provider on loopback, as far as the function calls them, over TLS as in life.

KMS, DynamoDB, SNS, SES, Secrets Manager and Twilio's Messages API. Each answers at once what it answers to a message
that is all right; what is measured is the function's work and not theirs.
"""

from __future__ import annotations

import base64
import json
import ssl
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

import trustme

from benchmarks.loopback import Handler, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROVIDER_HOST: Final = "api.twilio.com"
# Of nobody: an account SID is "AC" and 32 hexadecimal digits, and no account has this one.
_SECRET: Final = {"account_sid": "AC" + "0" * 31 + "1", "auth_token": "0" * 32}
_MESSAGE: Final = {"sid": "SM" + "0" * 31 + "1", "status": "accepted"}
# A data key of this KMS is this and the key.
_SEAL: Final = b"sealed:"


@dataclass(slots=True)
class World:
    """The AWS services and the provider at ``port``; ``authority`` is the PEM of who signed their certificate.

    There is one message at a time, so what is counted needs no lock.
    """

    authority: bytes
    port: int = 0
    calls: list[str] = field(default_factory=list)
    connections: int = 0

    def taken(self) -> tuple[tuple[str, ...], int]:
        """Since this was last asked: the calls as ``service:Operation``, in their order, and the TLS connections."""
        found = tuple(self.calls), self.connections
        self.calls, self.connections = [], 0
        return found

    def answer(self, path: str, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to one call."""
        service, operation = _called(path, target, body)
        self.calls.append(f"{service}:{operation}")
        if service == "sns":
            result = f"<PublishResult><MessageId>{uuid.uuid4()}</MessageId></PublishResult>"
            namespace = "http://sns.amazonaws.com/doc/2010-03-31/"
            return 200, f'<PublishResponse xmlns="{namespace}">{result}</PublishResponse>'.encode()
        if service == "sesv2":
            return 200, json.dumps({"MessageId": str(uuid.uuid4())}).encode()
        if service == "twilio":
            return 201, json.dumps(_MESSAGE).encode()
        if service == "secretsmanager":
            return 200, json.dumps({"SecretString": json.dumps(_SECRET)}).encode()
        return 200, json.dumps(_kms(operation, json.loads(body)) if service == "kms" else {}).encode()


def _called(path: str, target: str, body: bytes) -> tuple[str, str]:
    if path.startswith("/2010-04-01/"):
        return "twilio", "Messages"
    if path == "/v2/email/outbound-emails":
        return "sesv2", "SendEmail"
    if not target:
        return "sns", parse_qs(body.decode())["Action"][0]
    service, _, operation = target.partition(".")
    return "kms" if service == "TrentService" else service.partition("_")[0].lower(), operation


def _kms(operation: str, request: Mapping[str, str]) -> dict[str, str]:
    if operation == "GenerateDataKey":
        key = uuid.uuid4().bytes + uuid.uuid4().bytes
        sealed = base64.b64encode(_SEAL + key).decode()
        return {"KeyId": request["KeyId"], "Plaintext": base64.b64encode(key).decode(), "CiphertextBlob": sealed}
    key = base64.b64decode(request["CiphertextBlob"]).removeprefix(_SEAL)
    return {"KeyId": request["KeyId"], "Plaintext": base64.b64encode(key).decode()}


@contextmanager
def world() -> Iterator[World]:
    """The services, until the block ends."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", _PROVIDER_HOST).configure_cert(context)
    here = World(authority.cert_pem.bytes())

    class Services(Handler):
        def setup(self) -> None:
            super().setup()
            here.connections += 1

        def do_POST(self) -> None:  # noqa: N802 - the base class's way
            self.respond(*here.answer(self.path, self.headers.get("X-Amz-Target", ""), self.body()))

    with serving(Services, context) as here.port:
        yield here
