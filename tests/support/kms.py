"""moto's KMS in this process, through the function's own kind of client."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from support import ciphertext
from support.cognito import CODE, POOL_ID, REGION

# By what was asked for, the ciphertexts of this process.
_MADE: defaultdict[str, list[str]] = defaultdict(list)


@functools.cache
def cognitos_client() -> Any:
    """Who encrypts: the function's own kind of client knows Decrypt alone."""
    return botocore.session.get_session().create_client("kms", region_name=REGION)


@dataclass(frozen=True)
class Kms:
    """moto's KMS, with the key of the pool and another one. ``client`` is the function's own kind of client."""

    client: Any
    key_arn: str
    other_key_arn: str
    multi_region_key_arn: str
    _given: Counter[str] = field(default_factory=Counter, init=False)
    _listening: list[tuple[str, Callable[..., Any]]] = field(default_factory=list, init=False)

    def code(self, plaintext: str | bytes = CODE, user_pool_id: str = POOL_ID, **options: Any) -> str:
        """What Cognito would put into ``request.code``: another ciphertext each time.

        Each is made once, and given to the next object of this class too: to encrypt takes longer than most tests.
        """
        key_arn = options.pop("key_arn", self.key_arn)
        wanted = repr((key_arn, plaintext, user_pool_id, sorted(options.items())))
        made = _MADE[wanted]
        if self._given[wanted] == len(made):
            made.append(ciphertext.encrypt(cognitos_client(), key_arn, plaintext, user_pool_id, **options))
        self._given[wanted] += 1
        return made[self._given[wanted] - 1]

    def answers(self, code: str, status: int = 400) -> None:
        """From now on Decrypt of ``client`` is answered with this error of KMS."""
        body = f'{{"__type":"{code}","message":"m"}}'.encode()

        def answer(request: Any, **_: object) -> AWSResponse:
            return AWSResponse(request.url, status, HTTPHeaders(), _Raw(body))

        self.client.meta.events.register_first("before-send.kms.Decrypt", answer)
        self._listening.append(("before-send.kms.Decrypt", answer))

    def decrypt_calls(self) -> list[Any]:
        """The parameters of every Decrypt that ``client`` sends from now on."""
        calls: list[Any] = []

        def note(params: Any, **_: object) -> None:
            calls.append(params)

        self.client.meta.events.register("before-call.kms.Decrypt", note)
        self._listening.append(("before-call.kms.Decrypt", note))
        return calls

    def forget(self) -> None:
        """KMS answers by itself again, and nobody listens."""
        while self._listening:
            self.client.meta.events.unregister(*self._listening.pop())


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._body
