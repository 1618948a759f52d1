"""Amazon SNS topic: the message goes to a topic instead of its recipient. The inbox of a test environment.

Contract: botocore service model ``sns`` 2010-03-31, operation Publish with TopicArn: Subject is UTF-8 text without line
breaks and control characters, less than 100 characters; the Message is at most 256 KiB.

The topic's subscribers (e-mail, HTTPS) see every code with its full phone number: testers must know whose code it is.
So the attribute ``environment`` has no default: production has to be asked for by name. The phone number, the trigger
and the pool also travel as message attributes, so that a subscription's filter policy can pick one tester's messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.message import Carries
from custom_sender.network.requests import AwsRequest
from custom_sender.senders.answers import aws_error
from custom_sender.senders.base import SendResult
from custom_sender.senders.inbox import letter
from custom_sender.senders.sns import ERRORS, accepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Mail, Message, Text
    from custom_sender.network.requests import AwsResponse
    from custom_sender.reader import Reader

_SUBJECT_LIMIT = 99


@dataclass(frozen=True)
class SnsTopic:
    """Validated settings of an ``sns_topic`` sender."""

    kind: ClassVar[str] = "sns_topic"
    service: ClassVar[str] = "sns"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.TEXT, Carries.MAIL})

    topic_arn: str
    environment: str

    @property
    def region(self) -> str:
        """The topic's."""
        return self.topic_arn.split(":")[3]

    @property
    def secret_arn(self) -> str | None:
        """None: the function's role is the credential."""
        return None

    def build(self, message: Message[Text | Mail], credentials: Mapping[str, Any], *, now: float) -> AwsRequest:  # noqa: ARG002
        """Publish to the topic, in the topic's Region."""
        return AwsRequest(
            service=self.service,
            operation="publish",
            parameters={
                "TopicArn": self.topic_arn,
                "Subject": _subject(self.environment, message),
                "Message": letter("this topic", self.environment, message),
                "MessageAttributes": {
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in (
                        ("to", message.to),
                        ("trigger", message.trigger),
                        ("user_pool_id", message.user_pool_id),
                    )
                    if value
                },
            },
            region=self.region,
        )

    def parse(self, response: AwsResponse) -> SendResult:
        """SENT needs a message id. There is no number that SNS could reject here: every error is the set-up's."""
        if response.error_code is None:
            return accepted(response)
        outcome, code = aws_error(response, ERRORS)
        return SendResult(outcome, provider_code=code)


def create(_: Reader, values: Mapping[str, Any]) -> SnsTopic:
    """The sender of these attributes."""
    return SnsTopic(**values)


def _subject(environment: str, message: Message[Text | Mail]) -> str:
    text = (
        f"[{environment}] {message.content.letter().name} to {message.to}: {message.trigger} ({message.user_pool_id})"
    )
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in text)[:_SUBJECT_LIMIT]
