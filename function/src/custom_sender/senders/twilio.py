"""Twilio Programmable Messaging: one POST to the Messages resource.

Contract: https://www.twilio.com/docs/messaging/api/message-resource for the request and the answer, Twilio's OpenAPI
document ``twilio_api_v2010`` for the fields, https://www.twilio.com/docs/api/errors for the error codes.

Twilio has no idempotency key. It says of a 500 that the message may have been sent (error 20500), of a 429 that the
request was never processed (error 20429). A success echoes the text: nothing of it is kept but the message's SID.

ContentRetention and AddressRetention are sent when ``message_privacy`` asks for them: Twilio refuses them unless the
account has the Message Privacy feature (errors 30029 and 30030).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.message import Carries
from custom_sender.network.provider_secrets import unfit
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from custom_sender.senders.answers import json_object
from custom_sender.senders.base import SendResult
from custom_sender.senders.http_api import basic, credential, post_form, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Message, Text
    from custom_sender.network.requests import HttpRequest, HttpResponse
    from custom_sender.reader import Reader

_URL = "https://api.twilio.com/2010-04-01/Accounts/{account_sid}/Messages.json"
_LONGEST_VALIDITY_SECONDS = 36_000  # error 90007: 1 to 36,000

# What Twilio's dictionary says of each code. A code that is not here is classified by the HTTP status, because Twilio
# asks not to rely on codes alone: it keeps splitting them.
ERRORS: Mapping[int, Outcome] = {
    # The number: no other provider would reach it either.
    21211: Outcome.REJECTED_NUMBER,  # invalid 'To'
    21214: Outcome.REJECTED_NUMBER,  # 'To' cannot be reached
    21217: Outcome.REJECTED_NUMBER,  # does not appear to be valid
    21265: Outcome.REJECTED_NUMBER,  # 'To' is a short code
    21614: Outcome.REJECTED_NUMBER,  # 'To' is not a mobile number
    21635: Outcome.REJECTED_NUMBER,  # 'To' is a landline
    21610: Outcome.OPTED_OUT,  # the recipient unsubscribed from this sender
    # Fraud filters.
    30450: Outcome.BLOCKED_BY_PROVIDER,  # SMS pumping protection
    60410: Outcome.BLOCKED_BY_PROVIDER,  # Fraud Guard
    # The account and its senders. The first two come with 401 and 403 and are tried once more with a fresh secret.
    20003: Outcome.PROVIDER_CONFIG,  # permission denied: wrong or deleted credentials
    20006: Outcome.PROVIDER_CONFIG,  # access denied
    70051: Outcome.PROVIDER_CONFIG,  # authorization failed, such as a restricted key without the permission
    20403: Outcome.PROVIDER_CONFIG,  # account suspended or closed
    20404: Outcome.PROVIDER_CONFIG,  # no such account or resource
    21212: Outcome.PROVIDER_CONFIG,  # invalid 'From'
    21266: Outcome.PROVIDER_CONFIG,  # 'To' and 'From' are the same
    21401: Outcome.PROVIDER_CONFIG,  # 'From' is not a valid sender
    21408: Outcome.PROVIDER_CONFIG,  # the account's geographic permissions exclude the country
    21601: Outcome.PROVIDER_CONFIG,  # 'From' is not an SMS number of the account
    21606: Outcome.PROVIDER_CONFIG,  # 'From' cannot send to this destination
    21608: Outcome.PROVIDER_CONFIG,  # trial account, unverified 'To'
    21612: Outcome.PROVIDER_CONFIG,  # this 'From' cannot reach this 'To'
    21616: Outcome.PROVIDER_CONFIG,  # 'From' is ambiguous
    21617: Outcome.PROVIDER_CONFIG,  # the text is longer than 1600 characters
    21624: Outcome.PROVIDER_CONFIG,  # invalid ValidityPeriod
    21659: Outcome.PROVIDER_CONFIG,  # 'From' is not a Twilio number
    21660: Outcome.PROVIDER_CONFIG,  # 'From' belongs to another account
    21701: Outcome.PROVIDER_CONFIG,  # no such Messaging Service
    21703: Outcome.PROVIDER_CONFIG,  # the Messaging Service has no sender that can send this message
    21704: Outcome.PROVIDER_CONFIG,  # the Messaging Service contains no phone numbers
    21705: Outcome.PROVIDER_CONFIG,  # invalid Messaging Service SID
    30029: Outcome.PROVIDER_CONFIG,  # ContentRetention without the Message Privacy feature
    30030: Outcome.PROVIDER_CONFIG,  # AddressRetention without it
    90007: Outcome.PROVIDER_CONFIG,  # invalid ValidityPeriod
    # Money and limits.
    10001: Outcome.PROVIDER_QUOTA,  # account not active: the balance reached zero
    30002: Outcome.PROVIDER_QUOTA,  # account suspended, mostly for lack of funds
    63038: Outcome.PROVIDER_QUOTA,  # the account's daily limit
    # Load.
    20429: Outcome.PROVIDER_THROTTLED,  # too many requests: "aren't processed and are safe to retry"
    21611: Outcome.PROVIDER_THROTTLED,  # the queue of this 'From' is full
    63017: Outcome.PROVIDER_THROTTLED,  # over the account's rate
    20503: Outcome.PROVIDER_DOWN,  # service unavailable
    21702: Outcome.PROVIDER_DOWN,  # the Messaging Service is not available to send new messages: to be tried again
    21730: Outcome.PROVIDER_DOWN,  # under maintenance
    20500: Outcome.AMBIGUOUS,  # internal error: "possible for a customer to receive multiple messages"
}

_FAILED_STATES = ("failed", "undelivered", "canceled")


@dataclass(frozen=True)
class Twilio:
    """Validated settings: exactly one of ``messaging_service_sid`` and ``from_`` is set.

    ``message_privacy``: Twilio is not to keep the text, nor the number in full, once the message is delivered.
    """

    kind: ClassVar[str] = "twilio"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.TEXT})

    secret_arn: str
    messaging_service_sid: str | None
    from_: str | None
    message_privacy: bool

    def build(self, message: Message[Text], credentials: Mapping[str, Any], *, now: float) -> HttpRequest:  # noqa: ARG002
        """The POST. Raises ``CredentialsInvalid`` when the secret lacks what Twilio's Basic authentication needs.

        ValidityPeriod is how long Twilio may keep the message in its queue: no longer than the code lives. SmartEncoded
        is off, so that the text arrives as it was written and is counted in segments as it was planned.
        """
        account_sid, authorization = login(credentials)
        fields = {
            "To": message.to,
            "Body": message.content.text.reveal(),
            "ValidityPeriod": str(min(max(message.lifetime_seconds, 1), _LONGEST_VALIDITY_SECONDS)),
            "SmartEncoded": "false",
        }
        if self.messaging_service_sid is not None:
            fields["MessagingServiceSid"] = self.messaging_service_sid
        elif self.from_ is not None:
            fields["From"] = self.from_
        if self.message_privacy:
            fields.update(ContentRetention="discard", AddressRetention="obfuscate")
        return post_form(_URL.format(account_sid=account_sid), authorization, fields)

    def parse(self, response: HttpResponse) -> SendResult:
        """201 with a message SID is SENT; an error is classified by its code, then by the HTTP status."""
        answer = json_object(response.body)
        if 200 <= response.status < 300:
            return _accepted(answer, response.status)
        return refused(response, answer, ERRORS)


def create(_: Reader, values: Mapping[str, Any]) -> Twilio:
    """The sender of these attributes."""
    return Twilio(**values)


def login(credentials: Mapping[str, Any]) -> tuple[str, str]:
    """Account SID and Authorization header from the secret, for every API of Twilio. Raises ``CredentialsInvalid``."""
    # The account SID becomes part of the URL: nothing but its documented form may get there.
    account_sid = credential(
        credentials,
        "account_sid",
        r"AC[0-9a-fA-F]{32}",
        'a Twilio account SID: "AC" and 32 hexadecimal digits',
    )
    auth_token = credentials.get("auth_token")
    if isinstance(auth_token, Secret) and auth_token:
        return account_sid, basic(account_sid, auth_token.reveal())
    key_secret = credentials.get("api_key_secret")
    if credentials.get("api_key_sid") is None or not isinstance(key_secret, Secret) or not key_secret:
        raise unfit("auth_token", "a text, or else api_key_sid and api_key_secret")
    key_sid = credential(
        credentials, "api_key_sid", r"SK[0-9a-fA-F]{32}", 'a Twilio API key SID: "SK" and 32 hexadecimal digits'
    )
    return account_sid, basic(key_sid, key_secret.reveal())


def refused(response: HttpResponse, answer: Mapping[str, Any], errors: Mapping[int, Outcome]) -> SendResult:
    """An error of any API of Twilio: its code by the table, then the HTTP status. ``answer`` is the body's object."""
    code = _code(answer.get("code"))
    return refusal(response, errors.get(code) if code is not None else None, code)


def _accepted(answer: Mapping[str, Any], status: int) -> SendResult:
    sid = answer.get("sid")
    if status != 201 or not isinstance(sid, str) or not re.fullmatch(r"[SM]M[0-9a-fA-F]{32}", sid):
        # Not Twilio's documented success: something between us and Twilio may have answered.
        return SendResult(Outcome.AMBIGUOUS, provider_code=f"http-{status}")
    state = answer.get("status")
    if isinstance(state, str) and state in _FAILED_STATES:
        code = _code(answer.get("error_code"))
        outcome = ERRORS.get(code, Outcome.PROVIDER_CONFIG) if code is not None else Outcome.PROVIDER_CONFIG
        return SendResult(outcome, message_id=sid, provider_code=str(code) if code is not None else state)
    return SendResult(Outcome.SENT, message_id=sid)


def _code(value: object) -> int | None:
    # Twilio's codes are integers of five digits. Anything else is not repeated: it could be a text or a number of ours.
    if isinstance(value, bool) or not isinstance(value, int) or not 10_000 <= value <= 99_999:
        return None
    return value
