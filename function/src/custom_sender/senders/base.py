"""What every sender is made of: pure ``build`` (message to request) and pure ``parse`` (answer to result)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import OutgoingMessage
    from custom_sender.network.requests import AwsRequest, AwsResponse, HttpRequest, HttpResponse
    from custom_sender.outcome import Outcome


@dataclass(frozen=True, slots=True)
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


class Sender(Protocol):
    """One configured provider. Implementations are frozen dataclasses of validated settings.

    ``codes_only``: the provider takes a code and writes the text itself. It can carry neither a temporary password nor
    a message without a code: delivery skips it for those.
    """

    kind: ClassVar[str]

    @property
    def codes_only(self) -> bool:
        """Whether it can carry nothing but a code. Most senders have it as a constant of their class."""

    @property
    def secret_arn(self) -> str | None:
        """Where the credentials are, or None when the function's role is the credential."""

    def build(
        self, message: OutgoingMessage, credentials: Mapping[str, Any], *, now: float
    ) -> HttpRequest | AwsRequest:
        """The request for this message. Pure. ``now`` is the time of the attempt, seconds since the epoch."""

    def parse(self, response: HttpResponse | AwsResponse) -> SendResult:
        """The meaning of an answer. Pure, total: an answer that nobody documented is AMBIGUOUS or a named class."""


@runtime_checkable
class AwsSender(Protocol):
    """A sender all of whose requests are calls of one AWS service, in one Region (None: the function's)."""

    service: ClassVar[str]

    @property
    def region(self) -> str | None:
        """The Region that it calls."""
