"""What is asked of a provider, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping


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


@runtime_checkable
class AwsCaller(Protocol):
    """Who calls one AWS service and no other, in one Region (None: the function's)."""

    service: ClassVar[str]

    @property
    def region(self) -> str | None:
        """The Region that it calls."""
