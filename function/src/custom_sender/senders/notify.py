"""AWS End User Messaging Notify: AWS's own numbers and its pre-approved templates; only the code is ours.

Contract: botocore service model ``pinpoint-sms-voice-v2`` 2022-03-31, operation SendNotifyTextMessage;
https://docs.aws.amazon.com/sms-voice/latest/userguide/notify-send-messages.html for its use and
https://docs.aws.amazon.com/sms-voice/latest/userguide/notify-templates.html for the templates and their variables.

The operation is of 2026. The packages' descriptions of AWS have it; older ones in ``AWS_DATA_PATH`` may not. Then every
attempt ends as PROVIDER_CONFIG with the fix, before anything is sent, and the route's other senders go on.

The answer has ResolvedMessageBody, the whole text with the code: nothing of it is kept but MessageId.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.languages import pick
from custom_sender.message import Carries
from custom_sender.network.requests import AwsRequest
from custom_sender.senders.end_user_messaging import context, meaning, time_to_live

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Code, Message
    from custom_sender.network.requests import AwsResponse
    from custom_sender.reader import Reader
    from custom_sender.senders.base import SendResult


@dataclass(frozen=True)
class Notify:
    """Validated settings. ``template_ids`` are keyed by normal language tags; ``region`` None is the function's."""

    kind: ClassVar[str] = "notify"
    service: ClassVar[str] = "pinpoint-sms-voice-v2"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.CODE})

    notify_configuration_id: str
    template_id: str | None
    template_ids: Mapping[str, str]
    code_variable: str
    configuration_set_name: str | None
    time_to_live_seconds: int | None
    region: str | None

    @property
    def secret_arn(self) -> str | None:
        """None: the function's role is the credential."""
        return None

    def build(self, message: Message[Code], credentials: Mapping[str, Any], *, now: float) -> AwsRequest:  # noqa: ARG002
        """SendNotifyTextMessage with the template of the person's language, else ``template_id``, else AWS's choice.

        Without TemplateId AWS takes the configuration's default template. TimeToLive never exceeds the code's life.
        """
        optional = {
            "TemplateId": pick(self.template_ids, message.locale) or self.template_id,
            "ConfigurationSetName": self.configuration_set_name,
        }
        return AwsRequest(
            service=self.service,
            operation="send_notify_text_message",
            parameters={
                "NotifyConfigurationId": self.notify_configuration_id,
                "DestinationPhoneNumber": message.to,
                "TemplateVariables": {self.code_variable: message.content.code.reveal()},
                "TimeToLive": time_to_live(message.lifetime_seconds, self.time_to_live_seconds),
                "Context": context(message),
                **{name: value for name, value in optional.items() if value is not None},
            },
            region=self.region,
        )

    def parse(self, response: AwsResponse) -> SendResult:
        """As SendTextMessage's: the errors and their reasons are the service's."""
        return meaning(response)


def create(_: Reader, values: Mapping[str, Any]) -> Notify:
    """The sender of these attributes."""
    return Notify(**values)
