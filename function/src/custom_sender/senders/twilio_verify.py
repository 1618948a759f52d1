"""Twilio Verify with a custom code: Twilio writes the text and picks the sender, Cognito's code is the code.

Contract: https://www.twilio.com/docs/verify/api/verification for the request and the answer,
https://www.twilio.com/docs/verify/api/customization-options for CustomCode (4 to 10 characters; "Enable Custom
Verification Code" must be on in the Service's settings), https://www.twilio.com/docs/verify/api/error-codes for the
error codes.

Locale is not sent: Twilio picks the language by the number's country, recommends to leave it at that, and answers 404
for a locale that it does not have. There is no time to live: a verification always lives for ten minutes at Twilio.

Twilio wants to be told whether a custom code was entered. Nobody tells this function: a trigger behind the sign-in can
do it, with the verification's SID in our log. Without that, Twilio refuses the sixth message to one number within ten
minutes (error 60203), and the next sender of the route takes over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.message import Carries
from custom_sender.outcome import Outcome
from custom_sender.senders import twilio
from custom_sender.senders.answers import json_object
from custom_sender.senders.base import SendResult
from custom_sender.senders.http_api import post_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Code, Message
    from custom_sender.network.requests import HttpRequest, HttpResponse
    from custom_sender.reader import Reader

_URL = "https://verify.twilio.com/v2/Services/{service_sid}/Verifications"

# Twilio's dictionary for Verify; behind it, the codes that every API of Twilio has.
ERRORS: Mapping[int, Outcome] = {
    **twilio.ERRORS,
    # The number: no other provider would reach it either.
    60205: Outcome.REJECTED_NUMBER,  # a landline
    60600: Outcome.REJECTED_NUMBER,  # unprovisioned or out of coverage
    60610: Outcome.REJECTED_NUMBER,  # outside of coverage
    60612: Outcome.REJECTED_NUMBER,  # not mobile
    60625: Outcome.REJECTED_NUMBER,  # canceled
    # Fraud filters.
    60238: Outcome.BLOCKED_BY_PROVIDER,  # verification creation attempt blocked
    60410: Outcome.BLOCKED_BY_PROVIDER,  # Fraud Guard blocks the number's prefix for twelve hours
    60412: Outcome.BLOCKED_BY_PROVIDER,  # Fraudulent Signup Prevention
    # The Service and the account.
    60200: Outcome.PROVIDER_CONFIG,  # invalid parameter, unless it is "To": see ``parse``
    60201: Outcome.PROVIDER_CONFIG,  # the template's translation is not approved
    60204: Outcome.PROVIDER_CONFIG,  # custom codes, or the custom friendly name, are not enabled
    60207: Outcome.PROVIDER_CONFIG,  # the Service has as many rate limits as it may have
    60217: Outcome.PROVIDER_CONFIG,  # invalid Service configuration
    60220: Outcome.PROVIDER_CONFIG,  # China: use case vetting
    60223: Outcome.PROVIDER_CONFIG,  # the channel is disabled in the Service
    60224: Outcome.PROVIDER_CONFIG,  # the template wants substitutions
    60226: Outcome.PROVIDER_CONFIG,  # China: friendly name
    60227: Outcome.PROVIDER_CONFIG,  # the template does not support the channel
    60228: Outcome.PROVIDER_CONFIG,  # no such template
    60229: Outcome.PROVIDER_CONFIG,  # no such translation
    60230: Outcome.PROVIDER_CONFIG,  # the template has no version without a brand
    60240: Outcome.PROVIDER_CONFIG,  # templates not allowed
    60242: Outcome.PROVIDER_CONFIG,  # no WhatsApp template
    60247: Outcome.PROVIDER_CONFIG,  # message too long
    60248: Outcome.PROVIDER_CONFIG,  # restricted word in the friendly name
    60250: Outcome.PROVIDER_CONFIG,  # Australia: registration
    60408: Outcome.PROVIDER_CONFIG,  # the channel does not take a template
    60428: Outcome.PROVIDER_CONFIG,  # unsupported channel
    60602: Outcome.PROVIDER_CONFIG,  # AppHash with another channel than sms
    60605: Outcome.PROVIDER_CONFIG,  # the account's geographic permissions exclude the country
    68008: Outcome.PROVIDER_CONFIG,  # WhatsApp is not configured
    # Limits that do not end within the minutes in which a retry comes.
    60203: Outcome.PROVIDER_QUOTA,  # five messages to this number, none reported back: ten minutes
    60245: Outcome.PROVIDER_QUOTA,  # messaging limits exceeded
    60611: Outcome.PROVIDER_QUOTA,  # Lookup's quota reached
    60624: Outcome.PROVIDER_QUOTA,  # a trial account's limit
    # Load.
    60212: Outcome.PROVIDER_THROTTLED,  # too many concurrent requests for this number
    60616: Outcome.PROVIDER_THROTTLED,  # Lookup's rate limit
    60626: Outcome.PROVIDER_THROTTLED,  # this number's rate limit
}


@dataclass(frozen=True)
class TwilioVerify:
    """Validated settings of a ``twilio_verify`` sender."""

    kind: ClassVar[str] = "twilio_verify"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.CODE})

    service_sid: str
    secret_arn: str
    channel: str
    template_sid: str | None
    app_hash: str | None
    friendly_name: str | None

    def build(self, message: Message[Code], credentials: Mapping[str, Any], *, now: float) -> HttpRequest:  # noqa: ARG002
        """The POST. Raises ``CredentialsInvalid`` when the secret lacks what Twilio's Basic authentication needs."""
        _, authorization = twilio.login(credentials)
        optional = {
            "TemplateSid": self.template_sid,
            "AppHash": self.app_hash,
            "CustomFriendlyName": self.friendly_name,
        }
        fields = {
            "To": message.to,
            "Channel": self.channel,
            "CustomCode": message.content.code.reveal(),
            **{name: value for name, value in optional.items() if value is not None},
        }
        return post_form(_URL.format(service_sid=self.service_sid), authorization, fields)

    def parse(self, response: HttpResponse) -> SendResult:
        """201 with the SID of a pending verification is SENT; "Invalid parameter: To" is the number's fault."""
        answer = json_object(response.body)
        if 200 <= response.status < 300:
            return _accepted(answer, response.status)
        if answer.get("code") == 60200 and _is_about_the_number(answer.get("message")):
            return SendResult(Outcome.REJECTED_NUMBER, provider_code="60200")
        return twilio.refused(response, answer, ERRORS)


def create(_: Reader, values: Mapping[str, Any]) -> TwilioVerify:
    """The sender of these attributes."""
    return TwilioVerify(**values)


def _accepted(answer: Mapping[str, Any], status: int) -> SendResult:
    sid = answer.get("sid")
    known = isinstance(sid, str) and re.fullmatch(r"VE[0-9a-fA-F]{32}", sid)
    if status != 201 or not known or answer.get("status") != "pending":
        # Not Twilio's documented success: something between us and Twilio may have answered.
        return SendResult(Outcome.AMBIGUOUS, provider_code=f"http-{status}")
    return SendResult(Outcome.SENT, message_id=sid)


def _is_about_the_number(message: object) -> bool:
    # "Invalid parameter: To", also "Invalid parameter `To`: +1…". Looked at here, and it goes nowhere.
    return isinstance(message, str) and re.match(r"Invalid parameter:? `?To\b", message) is not None
