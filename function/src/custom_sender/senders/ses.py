"""Amazon SES: SendEmail of version 2 of its API, with SES putting the parts together (``Content.Simple``).

Contract: botocore service model ``sesv2`` 2019-09-27, operation SendEmail;
https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html for the texts by which errors of one code are
told apart. Those texts name addresses: they are looked at here and go nowhere.

SES answers success also for a recipient on its suppression list, and sends nothing: only event publishing shows that.
"""

from __future__ import annotations

import re
from email.header import Header
from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.message import MAIL_HEADERS, Carries, mailbox
from custom_sender.network.requests import AwsRequest
from custom_sender.outcome import Outcome
from custom_sender.senders.answers import aws_error
from custom_sender.senders.base import SendResult
from custom_sender.senders.end_user_messaging import SDK_TOO_OLD
from custom_sender.senders.sns import accepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Mail, Message
    from custom_sender.network.requests import AwsResponse
    from custom_sender.reader import Reader

# The error shapes of SendEmail that are its own.
ERRORS: Mapping[str, Outcome] = {
    "AccountSuspendedException": Outcome.PROVIDER_CONFIG,
    "BadRequestException": Outcome.PROVIDER_CONFIG,
    "LimitExceededException": Outcome.PROVIDER_QUOTA,
    "MailFromDomainNotVerifiedException": Outcome.PROVIDER_CONFIG,
    "MessageRejected": Outcome.PROVIDER_CONFIG,
    "SendingPausedException": Outcome.PROVIDER_CONFIG,
}
PROBLEMS: Mapping[str, str] = {
    "AccountSuspendedException": "SES has suspended the account for good: write to AWS, or send by another provider",
    "SendingPausedException": (
        "sending is paused: for the account by SES, for its bounces and complaints (SES's page Account health says "
        "what to do), or for the configuration set by your team"
    ),
    "BadRequestException": "SES refuses the request: email.from must be an address of the sender's identity_arn",
    "SdkTooOld": SDK_TOO_OLD,
}
_UNVERIFIED = "Email address is not verified"
_FROM_UNVERIFIED = "SES has not verified the identity that sends: set up its DNS records, in the Region of its ARN"
_IN_SANDBOX = (
    "email.from is of another identity than the sender's; or the account is in SES's sandbox, where it sends to "
    "verified recipients only: ask AWS for production access in the Region of the identity"
)
_QUOTA = "Daily message quota exceeded"
# What Java's InternetAddress finds wrong with an address. The mail's own are checked before the function starts.
_ABOUT_THE_RECIPIENT = re.compile(
    r"Illegal address|Missing (?:local name|domain|final '@domain')|Invalid domain name"
    r"|(?:Domain|Local address) (?:contains|starts with|ends with) "
)


@dataclass(frozen=True)
class Ses:
    """Validated settings. The identity may be another account's; it is sent from its Region, as AWS wants it."""

    kind: ClassVar[str] = "ses"
    service: ClassVar[str] = "sesv2"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.MAIL})

    identity_arn: str
    configuration_set: str | None
    tenant: str | None

    @property
    def region(self) -> str:
        """The identity's."""
        return self.identity_arn.split(":")[3]

    @property
    def secret_arn(self) -> str | None:
        """None: the function's role is the credential."""
        return None

    def build(self, message: Message[Mail], credentials: Mapping[str, Any], *, now: float) -> AwsRequest:  # noqa: ARG002
        """SendEmail to one recipient, with text and HTML."""
        mail = message.content
        optional = {
            "ConfigurationSetName": self.configuration_set,
            "TenantName": self.tenant,
            "ReplyToAddresses": None if mail.reply_to is None else [mail.reply_to],
        }
        return AwsRequest(
            service=self.service,
            operation="send_email",
            parameters={
                "FromEmailAddress": _in_ascii(mail.from_name, mail.from_address),
                "FromEmailAddressIdentityArn": self.identity_arn,
                "Destination": {"ToAddresses": [message.to]},
                "Content": {
                    "Simple": {
                        "Subject": _utf8(mail.subject.reveal()),
                        "Body": {"Text": _utf8(mail.text.reveal()), "Html": _utf8(mail.html.reveal())},
                        "Headers": [{"Name": name, "Value": value} for name, value in MAIL_HEADERS.items()],
                    }
                },
                **{name: value for name, value in optional.items() if value is not None},
            },
            region=self.region,
        )

    def parse(self, response: AwsResponse) -> SendResult:
        """SENT needs a message id. Where a code means several things, SES's text tells which."""
        if response.error_code is None:
            return accepted(response)
        outcome, code = aws_error(response, ERRORS)
        problem = PROBLEMS.get(code)
        text = _text(response.result)
        if code == "MessageRejected" and text.startswith(_UNVERIFIED):
            problem = _FROM_UNVERIFIED if self._names_the_identity(text) else _IN_SANDBOX
        elif code == "BadRequestException" and _ABOUT_THE_RECIPIENT.match(text):
            outcome, problem = Outcome.REJECTED_ADDRESS, None
        elif text.startswith(_QUOTA):
            outcome = Outcome.PROVIDER_QUOTA
        return SendResult(outcome, provider_code=code, problem=problem)

    def _names_the_identity(self, text: str) -> bool:
        """Whether one of the failed addresses, which follow the text's last colon, is of the identity."""
        identity = self.identity_arn.rpartition("identity/")[2].casefold()
        failed = re.findall(r"[^\s<>,]+", text.rpartition(": ")[2].casefold())
        return any(each == identity or re.search(rf"[@.]{re.escape(identity)}$", each) for each in failed)


def create(_: Reader, values: Mapping[str, Any]) -> Ses:
    """The sender of these attributes."""
    return Ses(**values)


def _in_ascii(name: str, address: str) -> str:
    """SES wants 7 bits: a name beyond ASCII in encoded words (RFC 2047), each short enough to be one."""
    if name.isascii():
        return mailbox(name, address)
    return f"{Header(name, 'utf-8', maxlinelen=75).encode(linesep='')} <{address}>"


def _utf8(text: str) -> Mapping[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _text(result: Mapping[str, Any]) -> str:
    error = result.get("Error")
    text = error.get("Message") if isinstance(error, dict) else None
    return text if isinstance(text, str) else ""
