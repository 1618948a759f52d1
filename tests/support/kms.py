"""moto's KMS in this process, through the function's own kind of client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from support import ciphertext
from support.cognito import CODE, POOL_ID


@dataclass(frozen=True)
class Kms:
    """moto's KMS, with the key of the pool and another one. ``client`` is the function's own kind of client."""

    client: Any
    key_arn: str
    other_key_arn: str
    multi_region_key_arn: str

    def code(self, plaintext: str | bytes = CODE, user_pool_id: str = POOL_ID, **options: Any) -> str:
        """What Cognito would put into ``request.code``."""
        return ciphertext.encrypt(self.client, options.pop("key_arn", self.key_arn), plaintext, user_pool_id, **options)

    def answers(self, code: str, status: int = 400) -> None:
        """From now on Decrypt of ``client`` is answered with this error of KMS."""
        body = f'{{"__type":"{code}","message":"m"}}'.encode()

        def answer(request: Any, **_: object) -> AWSResponse:
            return AWSResponse(request.url, status, HTTPHeaders(), _Raw(body))

        self.client.meta.events.register_first("before-send.kms.Decrypt", answer)

    def decrypt_calls(self) -> list[Any]:
        """The parameters of every Decrypt that ``client`` sends from now on."""
        calls: list[Any] = []
        self.client.meta.events.register("before-call.kms.Decrypt", lambda params, **_: calls.append(params))
        return calls


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._body
