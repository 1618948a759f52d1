"""Amazon SNS: a text message published directly to a phone number.

Contract: botocore service model ``sns`` 2010-03-31, operation Publish, for parameters and error codes; the message
attributes are described at https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html .

SNS answers success also for a number that has opted out and for an account whose monthly budget is spent: only the
delivery status logs show that. ``end_user_messaging`` says so at once and is the better choice where it is available.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.message import Carries
from custom_sender.network.requests import AwsRequest
from custom_sender.outcome import Outcome
from custom_sender.senders.answers import aws_error, aws_message_id
from custom_sender.senders.attributes import FORMS
from custom_sender.senders.base import SendResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Message, Text
    from custom_sender.network.requests import AwsResponse
    from custom_sender.reader import Reader

# botocore: error shapes of Publish. InvalidParameter is decided by what the message says is invalid, see ``parse``.
ERRORS: Mapping[str, Outcome] = {
    "InvalidParameter": Outcome.PROVIDER_CONFIG,
    "ParameterValueInvalid": Outcome.PROVIDER_CONFIG,
    "InternalError": Outcome.AMBIGUOUS,
    "NotFound": Outcome.PROVIDER_CONFIG,
    "EndpointDisabled": Outcome.PROVIDER_CONFIG,
    "PlatformApplicationDisabled": Outcome.PROVIDER_CONFIG,
    "AuthorizationError": Outcome.PROVIDER_CONFIG,
    "KMSDisabled": Outcome.PROVIDER_CONFIG,
    "KMSInvalidState": Outcome.PROVIDER_CONFIG,
    "KMSNotFound": Outcome.PROVIDER_CONFIG,
    "KMSOptInRequired": Outcome.PROVIDER_CONFIG,
    "KMSThrottling": Outcome.PROVIDER_THROTTLED,
    "KMSAccessDenied": Outcome.PROVIDER_CONFIG,
    "InvalidSecurity": Outcome.PROVIDER_CONFIG,
}


@dataclass(frozen=True)
class Sns:
    """Validated settings of an ``sns`` sender. ``region`` None is the function's own Region.

    ``origination_by_country``: the sender id or number for messages to a country. There it takes the place of both
    ``sender_id`` and ``origination_number``, because a country that takes the one mostly refuses the other.
    """

    kind: ClassVar[str] = "sns"
    service: ClassVar[str] = "sns"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.TEXT})

    sender_id: str | None
    origination_number: str | None
    sms_type: str
    max_price: str | None
    region: str | None
    entity_id: str | None
    template_id: str | None
    origination_by_country: Mapping[str, str]

    @property
    def secret_arn(self) -> str | None:
        """None: the function's role is the credential."""
        return None

    def build(self, message: Message[Text], credentials: Mapping[str, Any], *, now: float) -> AwsRequest:  # noqa: ARG002
        """Publish with the phone number, the text and one message attribute for each setting."""
        sender_id, number = self._origination(message.content.country)
        attributes = {
            "AWS.SNS.SMS.SMSType": _string(self.sms_type),
            "AWS.SNS.SMS.SenderID": _string(sender_id),
            "AWS.SNS.SMS.MaxPrice": _number(self.max_price),
            "AWS.MM.SMS.OriginationNumber": _string(number),
        }
        # India's ids mean nothing elsewhere.
        if message.content.country == "IN":
            registered = message.content.india
            attributes["AWS.MM.SMS.EntityId"] = _string(registered.entity_id if registered else self.entity_id)
            attributes["AWS.MM.SMS.TemplateId"] = _string(registered.template_id if registered else self.template_id)
        return AwsRequest(
            service=self.service,
            operation="publish",
            parameters={
                "PhoneNumber": message.to,
                "Message": message.content.text.reveal(),
                "MessageAttributes": {name: value for name, value in attributes.items() if value is not None},
            },
            region=self.region,
        )

    def _origination(self, country: str) -> tuple[str | None, str | None]:
        """Sender id and number for messages to this country."""
        own = self.origination_by_country.get(country)
        if own is None:
            return self.sender_id, self.origination_number
        return (None, own) if FORMS["sns_number"].fits(own) else (own, None)

    def parse(self, response: AwsResponse) -> SendResult:
        """SENT needs a message id; InvalidParameter is either the number's fault or the settings'."""
        if response.error_code is None:
            return accepted(response)
        outcome, code = aws_error(response, ERRORS)
        if code == "InvalidParameter" and _is_about_the_number(response.result):
            outcome = Outcome.REJECTED_NUMBER
        return SendResult(outcome, provider_code=code)


def accepted(response: AwsResponse) -> SendResult:
    """The result of an AWS answer without an error. Without its message id nobody knows what was accepted."""
    message_id = aws_message_id(response.result)
    if message_id is None:
        return SendResult(Outcome.AMBIGUOUS, provider_code="no-message-id")
    return SendResult(Outcome.SENT, message_id=message_id)


def create(_: Reader, values: Mapping[str, Any]) -> Sns:
    """The sender of these attributes."""
    return Sns(**values)


def _string(value: str | None) -> Mapping[str, str] | None:
    return None if value is None else {"DataType": "String", "StringValue": value}


def _number(value: str | None) -> Mapping[str, str] | None:
    return None if value is None else {"DataType": "Number", "StringValue": value}


def _is_about_the_number(result: Mapping[str, Any]) -> bool:
    # "Invalid parameter: PhoneNumber Reason: … is not valid to publish to". The text holds the number: it is looked at
    # here and goes nowhere.
    error = result.get("Error")
    text = error.get("Message") if isinstance(error, dict) else None
    return isinstance(text, str) and re.match(r"Invalid parameter: PhoneNumber\b", text) is not None
