"""WhatsApp by Meta's Cloud API: an authentication template with the code in its text and on its button.

Contract: https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/authentication-templates/copy-code-button-authentication-templates/
for the request and the answer (a template made with a button of type "otp" is sent with one of type "url");
https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes for the errors.

How long WhatsApp tries to deliver is a property of the template (``message_send_ttl_seconds``), not of a message. That
a number has no WhatsApp is mostly known only later, by Meta's webhook: this function then has long been told that the
message was accepted. A route that must reach everybody should not begin with this sender.

A message's id is no mere id: ``wamid.`` and base64 that holds the recipient's number. Only its hash is kept.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.languages import pick
from custom_sender.message import Carries
from custom_sender.outcome import Outcome
from custom_sender.senders.answers import json_object
from custom_sender.senders.base import SendResult
from custom_sender.senders.http_api import credential, post_json, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Code, Message
    from custom_sender.network.requests import HttpRequest, HttpResponse
    from custom_sender.reader import Reader

_URL = "https://graph.facebook.com/{api_version}/{phone_number_id}/messages"

# By ``error.code``, as Meta asks; the HTTP status is 400 for many of them.
ERRORS: Mapping[int, Outcome] = {
    131050: Outcome.OPTED_OUT,  # the user stopped this business's messages
    # The token, the app, the business account, the phone number that sends.
    0: Outcome.PROVIDER_CONFIG,  # the token cannot be authenticated
    190: Outcome.PROVIDER_CONFIG,  # the token has expired
    3: Outcome.PROVIDER_CONFIG,  # capability or permission
    10: Outcome.PROVIDER_CONFIG,  # permission denied
    **dict.fromkeys(range(200, 300), Outcome.PROVIDER_CONFIG),  # permissions
    33: Outcome.PROVIDER_CONFIG,  # the business's phone number was deleted
    100: Outcome.PROVIDER_CONFIG,  # invalid parameter
    368: Outcome.PROVIDER_CONFIG,  # blocked for policy violations
    130497: Outcome.PROVIDER_CONFIG,  # the account may not message this country
    131005: Outcome.PROVIDER_CONFIG,  # access denied
    131008: Outcome.PROVIDER_CONFIG,  # a parameter is missing
    131009: Outcome.PROVIDER_CONFIG,  # a parameter's value
    131021: Outcome.PROVIDER_CONFIG,  # to itself
    131030: Outcome.PROVIDER_CONFIG,  # a test number, and the recipient is not on its list
    131031: Outcome.PROVIDER_CONFIG,  # account locked
    131045: Outcome.PROVIDER_CONFIG,  # certificate
    131047: Outcome.PROVIDER_CONFIG,  # no template, and the window is closed
    131051: Outcome.PROVIDER_CONFIG,  # unsupported message type
    132000: Outcome.PROVIDER_CONFIG,  # number of the template's parameters
    132001: Outcome.PROVIDER_CONFIG,  # no such template in this language
    132005: Outcome.PROVIDER_CONFIG,  # too long
    132007: Outcome.PROVIDER_CONFIG,  # content policy
    132012: Outcome.PROVIDER_CONFIG,  # format of a parameter
    132015: Outcome.PROVIDER_CONFIG,  # template paused
    132016: Outcome.PROVIDER_CONFIG,  # template disabled
    133010: Outcome.PROVIDER_CONFIG,  # the sending number is not registered
    134011: Outcome.PROVIDER_CONFIG,  # terms not accepted
    # A number without WhatsApp is not a bad number: an SMS may reach it. So it is this sender that cannot send.
    131026: Outcome.PROVIDER_CONFIG,  # undeliverable
    131049: Outcome.PROVIDER_CONFIG,  # not delivered, "to maintain healthy ecosystem engagement"
    130472: Outcome.PROVIDER_CONFIG,  # not sent, part of an experiment
    # Money and limits that take hours.
    131042: Outcome.PROVIDER_QUOTA,  # payment
    131048: Outcome.PROVIDER_QUOTA,  # too many of this number's messages were blocked or reported
    # Load.
    4: Outcome.PROVIDER_THROTTLED,  # the app's calls
    80007: Outcome.PROVIDER_THROTTLED,  # the account's rate
    130429: Outcome.PROVIDER_THROTTLED,  # throughput
    131056: Outcome.PROVIDER_THROTTLED,  # too many to this recipient
    2: Outcome.PROVIDER_DOWN,  # down or overloaded
    131016: Outcome.PROVIDER_DOWN,  # service unavailable
    131057: Outcome.PROVIDER_DOWN,  # account in maintenance
    133004: Outcome.PROVIDER_DOWN,  # server unavailable
    1: Outcome.AMBIGUOUS,  # unknown: invalid request or possible server error
    131000: Outcome.AMBIGUOUS,  # something went wrong
}
_TOKEN_REFUSED = (0, 190)


@dataclass(frozen=True)
class WhatsApp:
    """Validated settings. ``languages``: normal language tag to Meta's code."""

    kind: ClassVar[str] = "whatsapp"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.CODE})

    phone_number_id: str
    template: str
    languages: Mapping[str, str]
    default_language: str
    api_version: str
    secret_arn: str

    def build(self, message: Message[Code], credentials: Mapping[str, Any], *, now: float) -> HttpRequest:  # noqa: ARG002
        """The POST. Raises ``CredentialsInvalid`` when the secret has no access token."""
        token = credential(credentials, "access_token", r"[!-~]{1,1024}", "an access token of Meta, without spaces")
        code = [{"type": "text", "text": message.content.code.reveal()}]
        fields = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.to.removeprefix("+"),
            "type": "template",
            "template": {
                "name": self.template,
                "language": {"code": pick(self.languages, message.locale) or self.default_language},
                "components": [
                    {"type": "body", "parameters": code},
                    {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
                ],
            },
        }
        url = _URL.format(api_version=self.api_version, phone_number_id=self.phone_number_id)
        return post_json(url, f"Bearer {token}", fields)

    def parse(self, response: HttpResponse) -> SendResult:
        """200 with an accepted message is SENT; an error is classified by its code, then by the HTTP status."""
        answer = json_object(response.body)
        message_id = _accepted(answer)
        if response.status == 200 and message_id is not None:
            return SendResult(Outcome.SENT, message_id=message_id)
        code = _code(answer)
        outcome = ERRORS.get(code) if code is not None else None
        return refusal(response, outcome, code, token_refused=code in _TOKEN_REFUSED)


def create(_: Reader, values: Mapping[str, Any]) -> WhatsApp:
    """The sender of these attributes."""
    return WhatsApp(**values)


def _accepted(answer: Mapping[str, Any]) -> str | None:
    """The hash of the message's id, or None unless exactly one message was accepted."""
    messages = answer.get("messages")
    if not isinstance(messages, list) or len(messages) != 1 or not isinstance(messages[0], dict):
        return None
    message_id = messages[0].get("id")
    if not isinstance(message_id, str) or not re.fullmatch(r"wamid\.[A-Za-z0-9+/=_-]{16,256}", message_id, re.ASCII):
        return None
    # Not accepted is held for a quality assessment, or paused: it may or may not be sent later.
    if messages[0].get("message_status", "accepted") != "accepted":
        return None
    return "sha256:" + hashlib.sha256(message_id.encode("ascii")).hexdigest()[:32]


def _code(answer: Mapping[str, Any]) -> int | None:
    # Only codes of the table are repeated: Meta's range has room for a six-digit code of ours.
    error = answer.get("error")
    value = error.get("code") if isinstance(error, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value in ERRORS else None
