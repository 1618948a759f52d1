"""AWS End User Messaging SMS: SendTextMessage of the service formerly called Pinpoint SMS and voice, version 2.

Contract: botocore service model ``pinpoint-sms-voice-v2`` 2022-03-31, operation SendTextMessage and the enumerations
``*ExceptionReason``; https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html .

The error code alone is not enough: a ConflictException may be a number that opted out, a fraud filter that blocked it,
or a pool without a number. ``Reason`` tells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from custom_sender.dataclass import dataclass
from custom_sender.message import Carries, IndiaIds
from custom_sender.network.requests import AwsRequest
from custom_sender.outcome import Outcome
from custom_sender.senders.answers import aws_error
from custom_sender.senders.attributes import KINDS
from custom_sender.senders.base import SendResult
from custom_sender.senders.sns import accepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Message, Text
    from custom_sender.network.requests import AwsResponse
    from custom_sender.reader import Reader


_TIME_TO_LIVE: Final[Mapping[str, int]] = KINDS["end_user_messaging"]["attributes"]["time_to_live_seconds"]

# The error shapes of SendTextMessage that are its own. Most Conflict reasons are about the account's identities and
# settings, so that is the class unless the next table knows better.
ERRORS: Mapping[str, Outcome] = {
    "ConflictException": Outcome.PROVIDER_CONFIG,
    "InternalServerException": Outcome.AMBIGUOUS,
    "ServiceQuotaExceededException": Outcome.PROVIDER_QUOTA,
}

# Reasons that change the class of their error.
REASONS: Mapping[tuple[str, str], Outcome] = {
    ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT"): Outcome.OPTED_OUT,
    ("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"): Outcome.BLOCKED_BY_PROVIDER,
    ("ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"): Outcome.BLOCKED_BY_PROVIDER,
    ("ValidationException", "DESTINATION_COUNTRY_BLOCKED"): Outcome.BLOCKED_BY_PROVIDER,
    # The message would cost more than max_price: a budget, and another provider may be cheaper.
    ("ValidationException", "PRICE_OVER_THRESHOLD"): Outcome.PROVIDER_QUOTA,
}

# By descriptions of AWS in AWS_DATA_PATH that are older than the package's.
SDK_TOO_OLD = (
    "the function's boto3 does not know this operation or one of its parameters: add a layer with a newer boto3 to "
    "package.layers, or deploy the self-contained package (function/build.py self-contained), which brings its own"
)


@dataclass(frozen=True)
class EndUserMessaging:
    """Validated settings. ``time_to_live_seconds`` None is what is left of the code's life; ``region`` None is ours.

    ``origination_by_country``: the identity for messages to a country, in the place of ``origination_identity``.
    """

    kind: ClassVar[str] = "end_user_messaging"
    service: ClassVar[str] = "pinpoint-sms-voice-v2"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.TEXT})

    origination_identity: str | None
    configuration_set_name: str | None
    protect_configuration_id: str | None
    message_type: str
    max_price: str | None
    time_to_live_seconds: int | None
    region: str | None
    keyword: str | None
    in_entity_id: str | None
    in_template_id: str | None
    origination_by_country: Mapping[str, str]

    @property
    def secret_arn(self) -> str | None:
        """None: the function's role is the credential."""
        return None

    def build(self, message: Message[Text], credentials: Mapping[str, Any], *, now: float) -> AwsRequest:  # noqa: ARG002
        """SendTextMessage. TimeToLive never exceeds the code's life; Context names the pool and never the person.

        AWS hands the message over only within TimeToLive, so that no expired code arrives. Context is written to the
        configuration set's event destinations.
        """
        optional = {
            "OriginationIdentity": self.origination_by_country.get(message.content.country, self.origination_identity),
            "ConfigurationSetName": self.configuration_set_name,
            "ProtectConfigurationId": self.protect_configuration_id,
            "MaxPrice": self.max_price,
            "Keyword": self.keyword,
        }
        parameters: dict[str, Any] = {
            "DestinationPhoneNumber": message.to,
            "MessageBody": message.content.text.reveal(),
            "MessageType": self.message_type,
            "TimeToLive": time_to_live(message.lifetime_seconds, self.time_to_live_seconds),
            "Context": context(message),
            **{key: value for key, value in optional.items() if value is not None},
        }
        # India's ids mean nothing elsewhere.
        india = message.content.india or self._india
        if message.content.country == "IN" and india is not None:
            parameters["DestinationCountryParameters"] = {
                "IN_ENTITY_ID": india.entity_id,
                "IN_TEMPLATE_ID": india.template_id,
            }
        return AwsRequest(
            service=self.service, operation="send_text_message", parameters=parameters, region=self.region
        )

    @property
    def _india(self) -> IndiaIds | None:
        if self.in_entity_id is None or self.in_template_id is None:
            return None
        return IndiaIds(self.in_entity_id, self.in_template_id)

    def parse(self, response: AwsResponse) -> SendResult:
        """See ``meaning``."""
        return meaning(response)


def time_to_live(code_lives: int, setting: int | None) -> int:
    """Seconds that AWS may keep the message: the shorter of code and setting, within AWS's limits."""
    life = code_lives if setting is None else min(code_lives, setting)
    return min(max(life, _TIME_TO_LIVE["min"]), _TIME_TO_LIVE["max"])


def context(message: Message[object]) -> Mapping[str, str]:
    """What AWS writes into the configuration set's event destinations: the pool, and never the person."""
    values = {"trigger": message.trigger, "user_pool_id": message.user_pool_id, "client_id": message.client_id}
    return {key: value for key, value in values.items() if value}


def meaning(response: AwsResponse) -> SendResult:
    """What an answer of the service means: its error code and Reason decide.

    A ValidationException about the phone number is the number's fault. An SDK that lacks the operation, or one of its
    parameters, says how to get a newer one.
    """
    if response.error_code is None:
        return accepted(response)
    outcome, code = aws_error(response, ERRORS)
    reason = response.reason or ""
    if not re.fullmatch(r"[A-Z][A-Z_]{2,79}", reason):
        reason = ""
    outcome = REASONS.get((code, reason), outcome)
    if code == "ValidationException" and _is_about_the_number(response.result):
        outcome = Outcome.REJECTED_NUMBER
    return SendResult(
        outcome,
        provider_code=f"{code}:{reason}" if reason else code,
        problem=SDK_TOO_OLD if code == "SdkTooOld" else None,
    )


def create(_: Reader, values: Mapping[str, Any]) -> EndUserMessaging:
    """The sender of these attributes."""
    return EndUserMessaging(**values)


def _is_about_the_number(result: Mapping[str, Any]) -> bool:
    # ValidationException carries Fields: [{"Name": …, "Message": …}].
    fields = result.get("Fields")
    if not isinstance(fields, list):
        return False
    return any(isinstance(item, dict) and item.get("Name") == "DestinationPhoneNumber" for item in fields)
