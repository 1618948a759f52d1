"""What AWS's error codes mean, whichever service answers with them.

From the "Common Errors" pages of the API references and botocore's lists of throttling and transient codes
(``botocore/retries/standard.py``). What a code means to one service alone stands with the one who calls that service.
"""

from __future__ import annotations

from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Meaning(Enum):
    """What is to be thought of a refused call."""

    DENIED = auto()
    UNSIGNED = auto()  # without credentials that are valid now
    INVALID = auto()  # not a request that the service takes
    THROTTLED = auto()
    UNAVAILABLE = auto()  # and nothing was done
    FAILED = auto()  # within the service: perhaps something was done
    NOT_THERE = auto()


CODES: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "AccessDenied": Meaning.DENIED,
        "AccessDeniedException": Meaning.DENIED,
        "ExpiredToken": Meaning.UNSIGNED,
        "ExpiredTokenException": Meaning.UNSIGNED,
        "IncompleteSignature": Meaning.UNSIGNED,
        "IncompleteSignatureException": Meaning.UNSIGNED,
        "InvalidClientTokenId": Meaning.UNSIGNED,
        "InvalidSignatureException": Meaning.UNSIGNED,
        "MissingAuthenticationToken": Meaning.UNSIGNED,
        "MissingAuthenticationTokenException": Meaning.UNSIGNED,
        "NotAuthorized": Meaning.DENIED,
        "NotAuthorizedException": Meaning.DENIED,
        "OptInRequired": Meaning.DENIED,
        "RequestExpired": Meaning.UNSIGNED,
        "SignatureDoesNotMatch": Meaning.UNSIGNED,
        "UnrecognizedClientException": Meaning.UNSIGNED,
        "InvalidAction": Meaning.INVALID,
        "UnknownOperationException": Meaning.INVALID,
        "ValidationError": Meaning.INVALID,
        "ValidationException": Meaning.INVALID,
        "Throttling": Meaning.THROTTLED,
        "ThrottlingException": Meaning.THROTTLED,
        "ThrottledException": Meaning.THROTTLED,
        "Throttled": Meaning.THROTTLED,
        "RequestThrottled": Meaning.THROTTLED,
        "RequestThrottledException": Meaning.THROTTLED,
        "RequestLimitExceeded": Meaning.THROTTLED,
        "SlowDown": Meaning.THROTTLED,
        "TooManyRequestsException": Meaning.THROTTLED,
        "ServiceUnavailable": Meaning.UNAVAILABLE,
        "ServiceUnavailableException": Meaning.UNAVAILABLE,
        "InternalFailure": Meaning.FAILED,
        "InternalErrorException": Meaning.FAILED,
        "InternalServerError": Meaning.FAILED,
        "InternalServiceError": Meaning.FAILED,
        "NotFoundException": Meaning.NOT_THERE,
        "ResourceNotFoundException": Meaning.NOT_THERE,
    }
)
_PASSING: Final = frozenset({Meaning.THROTTLED, Meaning.UNAVAILABLE, Meaning.FAILED})


def passes(code: str, status: int = 0) -> bool:
    """Whether the same call may well succeed in a moment. ``status`` is the answer's HTTP status."""
    return CODES.get(code) in _PASSING or status >= 500
