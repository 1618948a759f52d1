"""A message that is ready to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custom_sender.secret import Secret


@dataclass(frozen=True, slots=True)
class IndiaIds:
    """What India's operators want of a text that is registered with them (DLT)."""

    entity_id: str
    template_id: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message, ready to be sent by any sender.

    ``to`` is E.164. ``lifetime_seconds`` is what is left of the code's life. ``idempotency_key`` is what
    ``message.identity`` says: the same in every retry of one message, different for every code. ``is_password`` says
    that the secret is a temporary password, which channels made for codes must not carry. ``india`` is there for
    numbers in India whose text has a registration of its own: it comes before the sender's.
    """

    to: str = field(repr=False)
    country: str
    text: Secret
    code: Secret | None
    trigger: str
    locale: str | None
    user_pool_id: str
    client_id: str
    lifetime_seconds: int
    idempotency_key: str
    is_password: bool
    india: IndiaIds | None = None
