"""A message that is ready to be sent: its recipient, and content in a form that a sender carries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from custom_sender.secret import Secret


class Carries(StrEnum):
    """What a sender carries (``kinds.json``): a text, or nothing but a code, which the provider puts into its own."""

    TEXT = "text"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class IndiaIds:
    """The ids that India's operators want of a text that is registered with them (DLT)."""

    entity_id: str
    template_id: str


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Code:
    """A code whose text the provider writes, for a telephone in ``country``. A temporary password is none."""

    code: Secret
    country: str
    india: IndiaIds | None = None

    def values(self) -> dict[str, str | None]:
        """By the names that a description of a provider's API can use."""
        return _values(self.code, self.country, self.india)


def _values(code: Secret | None, country: str, india: IndiaIds | None) -> dict[str, str | None]:
    return {
        "code": None if code is None else code.reveal(),
        "country": country,
        "india_entity_id": None if india is None else india.entity_id,
        "india_template_id": None if india is None else india.template_id,
    }


ContentT_co = TypeVar("ContentT_co", covariant=True)
OtherT = TypeVar("OtherT")


@dataclass(frozen=True, slots=True)
class Message(Generic[ContentT_co]):
    """One message. ``to`` is the recipient's address, an E.164 number or another; ``secret`` what Cognito encrypted.

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
