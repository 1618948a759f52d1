"""Your own HTTPS endpoint, called and signed as the Standard Webhooks specification says.

Contract: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (1.0.0), for the
headers, the signature and the meaning of an answer's status. The body is ours:

``{"type":"sms.send","timestamp":"2026-01-01T00:00:00Z","data":{"to":"+49…","text":"…","code":"…" or null,
"trigger":"SignUp","user_pool_id":"…","client_id":"…","locale":"…" or null,"expires_in_seconds":300}}``

A mail is ``email.send``, and has ``from`` (``{"email":"…","name":"…" or null}``), ``reply_to`` (or null), ``subject``
and ``html`` beside these.

``webhook-id`` is the same in every retry of one message, so a receiver that remembers it never sends twice: that is why
an answer of 5xx is taken as "not done, try again" here and not as perhaps sent.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.message import Carries
from custom_sender.network.provider_secrets import unfit
from custom_sender.network.requests import HttpRequest
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from custom_sender.senders.answers import retry_after
from custom_sender.senders.base import SendResult
from custom_sender.senders.http_api import USER_AGENT, json_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custom_sender.message import Mail, Message, Text
    from custom_sender.network.requests import HttpResponse
    from custom_sender.reader import Reader

_KEY_PREFIX = "whsec_"


@dataclass(frozen=True)
class Webhook:
    """Validated settings of a ``webhook`` sender. ``allow_private_address``: the URL's host may be in the VPC."""

    kind: ClassVar[str] = "webhook"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.TEXT, Carries.MAIL})

    url: str
    secret_arn: str
    allow_private_address: bool = False

    def build(self, message: Message[Text | Mail], credentials: Mapping[str, Any], *, now: float) -> HttpRequest:
        """The signed POST. Raises ``CredentialsInvalid`` when the secret holds no usable signing key."""
        keys = _signing_keys(credentials)
        moment = dt.datetime.fromtimestamp(int(now), tz=dt.UTC)
        event, content = message.content.event()
        body = json_bytes(
            {
                "type": event,
                "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "data": {
                    "to": message.to,
                    **content,
                    "code": message.secret.reveal() if message.secret is not None else None,
                    "trigger": message.trigger,
                    "user_pool_id": message.user_pool_id,
                    "client_id": message.client_id,
                    "locale": message.locale,
                    "expires_in_seconds": message.lifetime_seconds,
                },
            }
        )
        message_id = f"msg_{message.idempotency_key}"
        timestamp = str(int(now))
        return HttpRequest(
            method="POST",
            url=self.url,
            headers={
                "Content-Type": "application/json",
                "User-Agent": USER_AGENT,
                "webhook-id": message_id,
                "webhook-timestamp": timestamp,
                "webhook-signature": sign(keys, message_id, timestamp, body),
            },
            body=body,
            allow_private_address=self.allow_private_address,
        )

    def parse(self, response: HttpResponse) -> SendResult:
        """2xx is success whatever the body says; the body is never read.

        401 and 403 ask for fresh signing keys; 410 says that the endpoint is gone; 429 and 5xx are to be tried again,
        which the stable ``webhook-id`` makes safe; a redirect and every other 4xx is a refusal.
        """
        status = response.status
        if 200 <= status < 300:
            return SendResult(Outcome.SENT)
        if status == 429:
            outcome = Outcome.PROVIDER_THROTTLED
        elif status >= 500 or status == 408:
            outcome = Outcome.PROVIDER_DOWN
        else:
            outcome = Outcome.PROVIDER_CONFIG
        return SendResult(
            outcome,
            provider_code=f"http-{status}",
            credentials_refused=status in (401, 403),
            retry_after_seconds=retry_after(response.headers),
        )


def sign(keys: Sequence[bytes], message_id: str, timestamp: str, body: bytes) -> str:
    """The ``webhook-signature`` header: one ``v1,<base64 of HMAC-SHA256>`` for each key, separated by one space."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode("ascii") for key in keys
    )


def create(_: Reader, values: Mapping[str, Any]) -> Webhook:
    """The sender of these attributes."""
    return Webhook(**values)


def _signing_keys(credentials: Mapping[str, Any]) -> list[bytes]:
    """The keys of the secret's ``signing_keys``, decoded: one, or two while a key is being rotated."""
    values = credentials.get("signing_keys")
    if not isinstance(values, tuple) or not 1 <= len(values) <= 2:
        raise unfit("signing_keys", 'a list of one key, or of two while rotating, each "whsec_…"')
    return [_signing_key(value) for value in values]


def _signing_key(value: object) -> bytes:
    key = b""
    if isinstance(value, Secret) and value.reveal().startswith(_KEY_PREFIX):
        try:
            key = base64.b64decode(value.reveal().removeprefix(_KEY_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
    if not 24 <= len(key) <= 64:
        raise unfit("signing_keys", 'each is "whsec_" and the base64 of 24 to 64 random bytes')
    return key
