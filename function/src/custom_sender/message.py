"""A message that is ready to be sent: its recipient, and content in a form that a sender carries."""

from __future__ import annotations

import re
from email.utils import quote
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from custom_sender.dataclass import dataclass, field, replace

if TYPE_CHECKING:
    from custom_sender.secret import Secret


class Carries(StrEnum):
    """A form of content that a sender may carry (``kinds.json``).

    A text for a telephone, nothing but a code, which the provider puts into its own text, or a mail.
    """

    TEXT = "text"
    CODE = "code"
    MAIL = "mail"


# What automatic answers look for before they answer: RFC 3834, and Microsoft's MS-OXCMAIL 2.2.3.2.14.
MAIL_HEADERS: Final = MappingProxyType({"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"})


@dataclass(frozen=True)
class IndiaIds:
    """The ids that India's operators want of a text that is registered with them (DLT)."""

    entity_id: str
    template_id: str


@dataclass(frozen=True)
class Letter:
    """A message as testers read it: what it is called, what it was meant for, lines about it, and its text."""

    name: str
    meant_for: str
    lines: tuple[str, ...] = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class Text:
    """A text for a telephone in ``country``. ``code`` is the code in it: None for a password, and where there is none.

    ``india`` is there for numbers in India whose text has a registration of its own: it comes before the sender's.
    """

    text: Secret
    code: Secret | None
    country: str
    india: IndiaIds | None = None

    def values(self) -> dict[str, str | None]:
        """By the names that a description of a provider's API can use."""
        return {"text": self.text.reveal(), **_values(self.code, self.country, self.india)}

    def event(self) -> tuple[str, dict[str, Any]]:
        """The body for a service of the user's own: the event's type, and its data."""
        return "sms.send", {"text": self.text.reveal()}

    def letter(self) -> Letter:
        """For those who read it in the place of the recipient."""
        return Letter("SMS", "phone", (), self.text.reveal())


@dataclass(frozen=True)
class Code:
    """A code whose text the provider writes, for a telephone in ``country``. A temporary password is none."""

    code: Secret
    country: str
    india: IndiaIds | None = None

    def values(self) -> dict[str, str | None]:
        """By the names that a description of a provider's API can use."""
        return _values(self.code, self.country, self.india)


@dataclass(frozen=True)
class Mail:
    """A mail in two forms that say the same. ``code`` is the code in it: None for a password, and where there is none.

    ``from_name`` is empty where the sender of the mail has none.
    """

    subject: Secret
    text: Secret
    html: Secret
    code: Secret | None
    from_address: str
    from_name: str = ""
    reply_to: str | None = None

    def values(self) -> dict[str, str | None]:
        """By the names that a description of a provider's API can use."""
        return {
            "subject": self.subject.reveal(),
            "text": self.text.reveal(),
            "html": self.html.reveal(),
            "code": None if self.code is None else self.code.reveal(),
            "from": mailbox(self.from_name, self.from_address),
            "from_email": self.from_address,
            "from_name": self.from_name or None,
            "reply_to": self.reply_to,
        }

    def event(self) -> tuple[str, dict[str, Any]]:
        """The body for a service of the user's own: the event's type, and its data."""
        return "email.send", {
            "from": {"email": self.from_address, "name": self.from_name or None},
            "reply_to": self.reply_to,
            "subject": self.subject.reveal(),
            "text": self.text.reveal(),
            "html": self.html.reveal(),
        }

    def letter(self) -> Letter:
        """For those who read it in the place of the recipient."""
        sender = mailbox(self.from_name, self.from_address)
        lines = (f"From: {sender}", f"Subject: {self.subject.reveal()}")
        return Letter("e-mail", "mailbox", lines, self.text.reveal())


def _values(code: Secret | None, country: str, india: IndiaIds | None) -> dict[str, str | None]:
    return {
        "code": None if code is None else code.reveal(),
        "country": country,
        "india_entity_id": None if india is None else india.entity_id,
        "india_template_id": None if india is None else india.template_id,
    }


def mailbox(name: str, address: str) -> str:
    """Name and address in one (RFC 5322 section 3.4), the name in Unicode (RFC 6532).

    A dot needs no quotes, which not every reader takes away (section 4.1).
    """
    if not name:
        return address
    phrase = f'"{quote(name)}"' if re.search(r'[][()<>:;@\\,"]', name) else name
    return f"{phrase} <{address}>"


ContentT_co = TypeVar("ContentT_co", covariant=True)
OtherT = TypeVar("OtherT")


@dataclass(frozen=True)
class Message(Generic[ContentT_co]):
    """One message. ``to`` is an E.164 number or an e-mail address; ``secret`` what Cognito encrypted.

    ``lifetime_seconds`` is what is left of the code's life. ``idempotency_key`` is what ``event.message_id`` says: the
    same in every retry of one message, different for every code.
    """

    to: str = field(repr=False)
    content: ContentT_co
    secret: Secret | None
    trigger: str
    locale: str | None
    user_pool_id: str
    client_id: str
    lifetime_seconds: int
    idempotency_key: str

    def carrying(self, content: OtherT) -> Message[OtherT]:
        """The same message with other content."""
        return replace(cast("Message[Any]", self), content=content)
