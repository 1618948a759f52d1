"""What is asked of a provider, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from custom_sender.dataclass import dataclass, field

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping


class RequestRefused(ValueError):  # noqa: N818 - the name says what is the matter, as the outcomes do
    """The request must not leave: not HTTPS, a header that could smuggle another one, a host that leads into a private
    network, a mail server without TLS. Nothing was sent. The text is a constant that says what to do.
    """


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class AwsRequest:
    """One AWS API call: service and method as botocore calls them, parameters, Region (None: the function's)."""

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(repr=False)
    region: str | None


@dataclass(frozen=True)
class HttpResponse:
    """The answer as it came: status, lower-case header names, body cut at the transport's cap. Never logged."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class AwsResponse:
    """The answer of an AWS API: ``error_code`` is None on success; ``reason`` is the error's Reason member, if any."""

    status: int
    result: Mapping[str, Any] = field(repr=False)
    error_code: str | None
    reason: str | None


class Conversation(Protocol):
    """A request that takes more than one question: it knows its protocol, and the transport how long it may take."""

    def hold(self, trust: ssl.SSLContext, seconds: float) -> Any:
        """The answer that decides. No socket operation takes longer than this.

        Raises ``RequestRefused``, or anything else when the conversation broke off.
        """


@runtime_checkable
class AwsCaller(Protocol):
    """Who calls one AWS service and no other, in one Region (None: the function's)."""

    service: ClassVar[str]

    @property
    def region(self) -> str | None:
        """The Region that it calls."""
