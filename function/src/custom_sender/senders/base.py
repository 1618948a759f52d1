"""The parts of every sender: pure ``build`` (message to request) and pure ``parse`` (answer to result)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from custom_sender.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Carries, Message
    from custom_sender.outcome import Outcome

ContentT_contra = TypeVar("ContentT_contra", contravariant=True)
RequestT_co = TypeVar("RequestT_co", covariant=True)
AnswerT_contra = TypeVar("AnswerT_contra", contravariant=True)


@dataclass(frozen=True)
class SendResult:
    """How one attempt ended. All fields are safe to log.

    ``provider_code`` is the provider's own error code or status: short, from its documented set, never free text.
    ``credentials_refused`` asks for one forced refresh of the secret and one more try.
    ``retry_after_seconds`` is what the provider asked for, if it did.
    ``problem`` is a constant text that says what is wrong with the set-up and what to do, where the code does not.
    """

    outcome: Outcome
    message_id: str | None = None
    provider_code: str | None = None
    credentials_refused: bool = False
    retry_after_seconds: float | None = None
    problem: str | None = None


class Sender(Protocol[ContentT_contra, RequestT_co, AnswerT_contra]):
    """One configured provider: what it carries, what it asks, what it is answered. Implementations are frozen
    dataclasses of validated settings.
    """

    kind: ClassVar[str]

    @property
    def carries(self) -> frozenset[Carries]:
        """In which forms it takes messages, one for each channel. Most senders have it as a constant of their class."""

    @property
    def secret_arn(self) -> str | None:
        """Where the credentials are, or None when the function's role is the credential."""

    def build(self, message: Message[ContentT_contra], credentials: Mapping[str, Any], *, now: float) -> RequestT_co:
        """The request for this message. Pure. ``now`` is the time of the attempt, seconds since the epoch."""

    def parse(self, response: AnswerT_contra) -> SendResult:
        """The meaning of an answer. Pure, total: an answer that nobody documented is AMBIGUOUS or a named class."""


# Of any content, asking whatever of whom.
AnySender = Sender[Any, Any, Any]
