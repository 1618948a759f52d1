"""A mail server that takes mails with a login: Submission (RFC 6409) on port 587, or on port 465 (RFC 8314).

Contract: RFC 5321 for the replies, RFC 3463 and IANA's registry "SMTP Enhanced Status Codes" for what they mean more
exactly, RFC 4954 for the login. A reply's text is the server's own: of it only an enhanced status code is kept.

SMTP knows no repeated mail. The Message-ID is the same in every retry, so that a mail system may know one again.
"""

from __future__ import annotations

import datetime as dt
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any, ClassVar, Final

from custom_sender.dataclass import dataclass
from custom_sender.message import MAIL_HEADERS, Carries
from custom_sender.network.smtp import SmtpRequest
from custom_sender.outcome import Outcome
from custom_sender.senders.base import SendResult
from custom_sender.senders.http_api import credential

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Mail, Message
    from custom_sender.network.smtp import SmtpResponse
    from custom_sender.reader import Reader
    from custom_sender.secret import Secret

# Every server takes 7 bits (RFC 6152).
_POLICY: Final = SMTP.clone(cte_type="7bit")
# IANA has assigned none with more digits, which could be a code's.
_ENHANCED: Final = re.compile(rb"([245]\.[0-9]\.[0-9]{1,2})(?: |$)")
# Of the recipient: no such mailbox or system, moved, disabled, full. 5.1.7 and 5.1.8 are about the sender.
_ABOUT_THE_RECIPIENT: Final = re.compile(r"5\.(?:1\.(?:[0-6]|10)|2\.[0-2])")
_NO_MAILBOX: Final = frozenset({550, 551, 553})
_QUOTA: Final = "5.4.5"


@dataclass(frozen=True)
class Smtp:
    """Validated settings of an ``smtp`` sender. ``allow_private_address``: the host may be in the VPC."""

    kind: ClassVar[str] = "smtp"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.MAIL})

    host: str
    port: str
    secret_arn: str
    allow_private_address: bool = False

    def build(self, message: Message[Mail], credentials: Mapping[str, Any], *, now: float) -> SmtpRequest:
        """The mail with its envelope. Raises ``CredentialsInvalid`` when the secret holds no login."""
        username, password = (
            credential(credentials, name, r"[!-~](?:[ -~]*[!-~])?", "printable ASCII")
            for name in ("username", "password")
        )
        return SmtpRequest(
            host=self.host,
            port=int(self.port),
            username=username,
            password=password,
            sender=message.content.from_address,
            recipient=message.to,
            content=_written(message, now),
            allow_private_address=self.allow_private_address,
        )

    def parse(self, response: SmtpResponse) -> SendResult:
        """By the verb that was replied to, the enhanced status code, and else the reply's own code."""
        found = _ENHANCED.match(response.text)
        enhanced = "" if found is None else found[1].decode("ascii")
        if response.code < 400:
            return SendResult(Outcome.SENT)
        return SendResult(
            _outcome(response.verb, response.code, enhanced, b"relay" in response.text.lower()),
            provider_code=enhanced or f"smtp-{response.code}",
            credentials_refused=response.verb == "AUTH" and response.code >= 500,
        )


def create(_: Reader, values: Mapping[str, Any]) -> Smtp:
    """The sender of these attributes."""
    return Smtp(**values)


def _outcome(verb: str, code: int, enhanced: str, is_about_relaying: bool) -> Outcome:
    """The outcome of a refusal, by its verb and codes. One to relay is about the login, whatever its code."""
    if code < 500:
        # 4.7 is the policy: too many, too fast, greylisted. Before a mail is offered, the server itself is in trouble.
        slow = enhanced.startswith("4.7.") or code in (450, 452, 454)
        return Outcome.PROVIDER_THROTTLED if slow and verb in _OFFERED else Outcome.PROVIDER_DOWN
    if enhanced == _QUOTA:
        return Outcome.PROVIDER_QUOTA
    if verb in ("RCPT", ".") and _ABOUT_THE_RECIPIENT.fullmatch(enhanced):
        return Outcome.REJECTED_ADDRESS
    if verb == "RCPT" and not enhanced and not is_about_relaying and code in _NO_MAILBOX:
        return Outcome.REJECTED_ADDRESS
    return Outcome.PROVIDER_CONFIG


_OFFERED: Final = frozenset({"MAIL", "RCPT", "DATA", "."})


def _written(message: Message[Mail], now: float) -> bytes:
    """The mail in MIME: the text, and the same as HTML."""
    content = message.content
    domain = content.from_address.rpartition("@")[2]
    mail = EmailMessage(_POLICY)
    mail["From"] = Address(content.from_name, addr_spec=content.from_address)
    mail["To"] = Address(addr_spec=message.to)
    if content.reply_to is not None:
        mail["Reply-To"] = Address(addr_spec=content.reply_to)
    mail["Subject"] = " ".join(_encodable(content.subject).splitlines())
    mail["Date"] = dt.datetime.fromtimestamp(int(now), tz=dt.UTC)
    for name, value in MAIL_HEADERS.items():
        mail[name] = value
    mail.set_content(_encodable(content.text))
    mail.add_alternative(_encodable(content.html), subtype="html")
    # One of chance would make each retry another mail.
    mail.set_boundary(f"=_{message.idempotency_key[:32]}")
    # By itself, because the library would fold it behind its name, and not every server takes an empty first line.
    return f"Message-ID: <{message.idempotency_key}@{domain}>\r\n".encode("ascii") + mail.as_bytes()


def _encodable(text: Secret) -> str:
    """A question mark for each half of a surrogate pair: UTF-8 has none, and the mail must not fail for it."""
    return text.reveal().encode("utf-8", "replace").decode("utf-8")
