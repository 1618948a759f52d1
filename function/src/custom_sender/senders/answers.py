"""What senders share when they read an answer: what an HTTP status means when nothing more precise is known.

The question behind every class is: may the message have been sent? "No" and curable fails over and is retried, "no" and
a matter of configuration fails over and ends, "perhaps" is AMBIGUOUS.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from custom_sender.network.aws_errors import CODES, Meaning
from custom_sender.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.network.requests import AwsResponse

# Nobody is served by waiting longer than a code lives; a larger or malformed value is ignored.
_LONGEST_RETRY_AFTER_SECONDS = 3600


def by_http_status(status: int) -> Outcome:
    """The class of an answer whose status is all that is known (RFC 9110 section 15; RFC 6585 section 4 for 429).

    408 and 503 say that the request was not handled, 429 that it was refused for its rate. Every other 4xx, and a
    redirect, is the server refusing what it was asked: that is configuration. Every other 5xx, and a success that this
    provider does not document, may come after the message was accepted.
    """
    if status == 429:
        return Outcome.PROVIDER_THROTTLED
    if status in (408, 503):
        return Outcome.PROVIDER_DOWN
    if 300 <= status < 500:
        return Outcome.PROVIDER_CONFIG
    return Outcome.AMBIGUOUS


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (RFC 9110 section 10.2.3), or None.

    A date is counted from the answer's ``Date``: both are by the provider's clock, whatever ours says.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,5}", value, re.ASCII):
        seconds = float(value)
    else:
        then, now = _http_date(value), _http_date(headers.get("date", ""))
        if then is None or now is None:
            return None
        seconds = max((then - now).total_seconds(), 0.0)
    return seconds if seconds <= _LONGEST_RETRY_AFTER_SECONDS else None


def _http_date(value: str) -> dt.datetime | None:
    """A time as RFC 9110 section 5.6.7 writes it, in any of its three forms; None for anything else."""
    if len(value) > 40 or not re.match(r"[A-Z][a-z]{2,8},? ", value, re.ASCII):
        return None
    try:
        parsed = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # The form of asctime names no zone, and is in UTC like the others.
    return parsed.replace(tzinfo=dt.UTC) if parsed.tzinfo is None else parsed


def json_object(body: bytes) -> Mapping[str, Any]:
    """The body as a JSON object, or an empty one for anything else: HTML, broken or deeply nested JSON, a list."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


_OF_AWS: Mapping[Meaning, Outcome] = {
    Meaning.DENIED: Outcome.PROVIDER_CONFIG,
    Meaning.UNSIGNED: Outcome.PROVIDER_CONFIG,
    Meaning.INVALID: Outcome.PROVIDER_CONFIG,
    Meaning.NOT_THERE: Outcome.PROVIDER_CONFIG,
    Meaning.THROTTLED: Outcome.PROVIDER_THROTTLED,
    Meaning.UNAVAILABLE: Outcome.PROVIDER_DOWN,
    Meaning.FAILED: Outcome.AMBIGUOUS,
}
# What every AWS service may answer with, and what the transport answers when the request could not even be built.
AWS_ERRORS: Mapping[str, Outcome] = {
    **{code: _OF_AWS[meaning] for code, meaning in CODES.items()},
    **dict.fromkeys(("SdkTooOld", "SdkRefusedParameters", "SdkNotConfigured"), Outcome.PROVIDER_CONFIG),
}


def aws_error(response: AwsResponse, known: Mapping[str, Outcome]) -> tuple[Outcome, str]:
    """Outcome and loggable code of an AWS error: the service's own table, then the common one, then the status."""
    code = response.error_code or ""
    outcome = known.get(code) or AWS_ERRORS.get(code)
    if outcome is None:
        # A code that no document lists is not repeated: only the status is known to be safe to log.
        return by_http_status(response.status), f"http-{response.status}"
    return outcome, code


def aws_message_id(result: Mapping[str, Any]) -> str | None:
    """``MessageId`` of an AWS answer if it looks like one: at least 16 characters, so that no code or number fits."""
    value = result.get("MessageId")
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9-]{16,64}", value) else None
