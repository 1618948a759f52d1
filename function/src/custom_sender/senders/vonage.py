"""Vonage Messages API, version 1: an SMS by one POST.

Contract: https://developer.vonage.com/en/api/messages for the request and the answer,
https://developer.vonage.com/en/api-errors and https://developer.vonage.com/en/api-errors/messages for the errors:
RFC 7807 objects whose ``type`` ends in the code.

Authentication is Basic with API key and secret. ``client_ref`` is the same in every retry of one message; it helps to
find the message, and Vonage does not promise to send one reference only once. The account's settings, not a request,
say what Vonage keeps of a text (auto-redact).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.message import Carries
from custom_sender.outcome import Outcome
from custom_sender.senders.answers import json_object
from custom_sender.senders.base import SendResult
from custom_sender.senders.http_api import basic, credential, post_json, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Message, Text
    from custom_sender.network.requests import HttpRequest, HttpResponse
    from custom_sender.reader import Reader

_URL = "https://api.nexmo.com/v1/messages"
_SHORTEST_LIFE_SECONDS = 20
_LONGEST_LIFE_SECONDS = 604_800

# Numbers are codes of the Messages API, words those that all of Vonage's APIs have. The HTTP status classifies all
# others.
ERRORS: Mapping[str, Outcome] = {
    # The number.
    "1040": Outcome.REJECTED_NUMBER,  # the platform could not process it, such as an unrecognized prefix
    "1050": Outcome.REJECTED_NUMBER,  # barred
    "1170": Outcome.REJECTED_NUMBER,  # missing or invalid "to"
    "1190": Outcome.REJECTED_NUMBER,  # no longer active
    "1280": Outcome.REJECTED_NUMBER,  # blocked by its carrier
    "1430": Outcome.REJECTED_NUMBER,  # invalid recipient
    "1240": Outcome.OPTED_OUT,  # the recipient has sent STOP
    # Fraud filters.
    "1210": Outcome.BLOCKED_BY_PROVIDER,  # anti-spam rejection
    "1470": Outcome.BLOCKED_BY_PROVIDER,  # Fraud Defender: the prefix is on its list
    "1472": Outcome.BLOCKED_BY_PROVIDER,  # Fraud Defender: a burst of messages
    "1473": Outcome.BLOCKED_BY_PROVIDER,  # Fraud Defender: artificial traffic
    # The account and its settings.
    "1010": Outcome.PROVIDER_CONFIG,  # missing parameters
    "1020": Outcome.PROVIDER_CONFIG,  # invalid parameters
    "1060": Outcome.PROVIDER_CONFIG,  # the account is barred from submitting
    "1080": Outcome.PROVIDER_CONFIG,  # not enabled for REST
    "1090": Outcome.PROVIDER_CONFIG,  # too long
    "1120": Outcome.PROVIDER_CONFIG,  # the sender is not accepted in that country
    "1130": Outcome.PROVIDER_CONFIG,  # invalid ttl
    "1140": Outcome.PROVIDER_CONFIG,  # facility not enabled for the account
    "1160": Outcome.PROVIDER_CONFIG,  # a trial account, and the number is not on its list
    "1250": Outcome.PROVIDER_CONFIG,  # no route from this sender to the number's network
    "1420": Outcome.PROVIDER_CONFIG,  # invalid sender
    "1482": Outcome.PROVIDER_CONFIG,  # India: wrong or missing content id
    "unauthorized": Outcome.PROVIDER_CONFIG,
    "forbidden": Outcome.PROVIDER_CONFIG,
    "not-found": Outcome.PROVIDER_CONFIG,
    "unprovisioned": Outcome.PROVIDER_CONFIG,
    "account-suspended": Outcome.PROVIDER_CONFIG,
    # Money.
    "1070": Outcome.PROVIDER_QUOTA,  # not enough credit
    "low-balance": Outcome.PROVIDER_QUOTA,
    # Load.
    "1000": Outcome.PROVIDER_THROTTLED,  # over the account's rate
    "1241": Outcome.PROVIDER_THROTTLED,  # too many requests for this number
    "throttled": Outcome.PROVIDER_THROTTLED,
    "1100": Outcome.PROVIDER_DOWN,  # "not submitted because there was a communication failure"
    "1030": Outcome.AMBIGUOUS,  # internal error while the request was processed
    "1320": Outcome.SENT,  # "the message was already sent"
}


@dataclass(frozen=True)
class Vonage:
    """Validated settings. ``from_``: a number or a sender id."""

    kind: ClassVar[str] = "vonage"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.TEXT})

    from_: str
    secret_arn: str
    entity_id: str | None
    content_id: str | None

    def build(self, message: Message[Text], credentials: Mapping[str, Any], *, now: float) -> HttpRequest:  # noqa: ARG002
        """The POST. Raises ``CredentialsInvalid`` when the secret lacks API key or secret.

        ``ttl`` is how long Vonage may try to deliver: as long as the code lives, within Vonage's limits.
        """
        api_key = credential(credentials, "api_key", r"[A-Za-z0-9]{4,64}", "Vonage's API key: letters and digits")
        api_secret = credential(credentials, "api_secret", r"[!-~]{1,256}", "Vonage's API secret, without spaces")
        sms: dict[str, str] = {"encoding_type": "auto"}
        # India's ids mean nothing elsewhere.
        if message.content.country == "IN" and message.content.india is not None:
            sms.update(entity_id=message.content.india.entity_id, content_id=message.content.india.template_id)
        elif message.content.country == "IN" and self.entity_id is not None and self.content_id is not None:
            sms.update(entity_id=self.entity_id, content_id=self.content_id)
        fields = {
            "channel": "sms",
            "message_type": "text",
            "to": message.to.removeprefix("+"),
            "from": self.from_.removeprefix("+"),
            "text": message.content.text.reveal(),
            "ttl": min(max(message.lifetime_seconds, _SHORTEST_LIFE_SECONDS), _LONGEST_LIFE_SECONDS),
            "client_ref": message.idempotency_key,
            "sms": sms,
        }
        return post_json(_URL, basic(api_key, api_secret), fields)

    def parse(self, response: HttpResponse) -> SendResult:
        """202 with a message's UUID is SENT; an error is classified by its code, also in a 2xx, then by the status."""
        answer = json_object(response.body)
        message_id = _message_id(answer)
        if response.status == 202 and message_id is not None:
            return SendResult(Outcome.SENT, message_id=message_id)
        code = _code(answer)
        outcome = ERRORS.get(code) if code is not None else None
        if outcome is None and response.status == 402:
            outcome = Outcome.PROVIDER_QUOTA
        return refusal(response, outcome, code)


def create(_: Reader, values: Mapping[str, Any]) -> Vonage:
    """The sender of these attributes."""
    return Vonage(**values)


def _message_id(answer: Mapping[str, Any]) -> str | None:
    value = answer.get("message_uuid")
    return (
        value if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) else None
    )


def _code(answer: Mapping[str, Any]) -> str | None:
    # The fragment of ``type``; some errors have the number as their title. Anything but a documented word or a number
    # of the Messages API's range is not repeated: it could be a text or a number of ours.
    problem = answer.get("type")
    match = re.search(r"#([a-z]+(?:-[a-z]+)*|1[0-9]{3})$", problem, re.ASCII) if isinstance(problem, str) else None
    found = match[1] if match else str(answer.get("title"))
    return found if found in ERRORS or re.fullmatch(r"1[0-9]{3}", found, re.ASCII) else None
