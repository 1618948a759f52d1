"""What every sender is made of: pure ``build`` (message to request) and pure ``parse`` (answer to result)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.outcome import Outcome
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


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTPS request of a third-party provider. The body and the headers carry secrets: never shown.

    ``allow_private_address``: the operator has said that this host is in the function's own network. Without it the
    transport connects to public addresses only (``addresses.py``).
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    allow_private_address: bool = False


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """One AWS API call: service and method as botocore calls them, parameters, Region (None: the function's)."""

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(repr=False)
    region: str | None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The answer as it came: status, lower-case header names, body cut at the transport's cap. Never logged."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AwsResponse:
    """The answer of an AWS API: ``error_code`` is None on success; ``reason`` is the error's Reason member, if any."""

    status: int
    result: Mapping[str, Any] = field(repr=False)
    error_code: str | None
    reason: str | None


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
