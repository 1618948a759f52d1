"""What senders of a third party's HTTP API share: a POST, and an answer that was no success."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from custom_sender.network.provider_secrets import unfit
from custom_sender.network.requests import HttpRequest
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from custom_sender.senders.answers import by_http_status, retry_after
from custom_sender.senders.base import SendResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.network.requests import HttpResponse

USER_AGENT: Final = "terraform-aws-cognito-custom-sender"


def post_form(url: str, authorization: str, fields: Mapping[str, str]) -> HttpRequest:
    """A POST of ``application/x-www-form-urlencoded`` that wants JSON back."""
    body = urlencode(fields, errors="replace").encode("ascii")
    return _post(url, authorization, "application/x-www-form-urlencoded", body)


def post_json(url: str, authorization: str, content: Mapping[str, Any]) -> HttpRequest:
    """A POST of JSON that wants JSON back."""
    return _post(url, authorization, "application/json", json_bytes(content))


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """JSON in ASCII, without blanks."""
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def _post(url: str, authorization: str, content_type: str, body: bytes) -> HttpRequest:
    headers = {
        "Accept": "application/json",
        "Authorization": authorization,
        "Content-Type": content_type,
        "User-Agent": USER_AGENT,
    }
    return HttpRequest(method="POST", url=url, headers=headers, body=body)


def refusal(
    response: HttpResponse, outcome: Outcome | None, code: str | int | None, *, token_refused: bool = False
) -> SendResult:
    """An answer that was no success: by what the provider's code means, or else (None) by the HTTP status.

    ``code`` is the provider's own, if it is a documented one. The credentials were refused if the status says so, or
    the code does (``token_refused``), and nothing contradicts it: only then are they read again.
    """
    if outcome is None:
        outcome = by_http_status(response.status)
    return SendResult(
        outcome,
        provider_code=f"http-{response.status}" if code is None else str(code),
        credentials_refused=outcome is Outcome.PROVIDER_CONFIG and (response.status in (401, 403) or token_refused),
        retry_after_seconds=retry_after(response.headers),
    )


def credential(credentials: Mapping[str, Any], attribute: str, pattern: str, form: str) -> str:
    """One attribute of the secret that the pattern matches in full; ``form`` says in words what the pattern wants.

    Raises ``CredentialsInvalid`` with the attribute's name and form, and never its value.
    """
    value = credentials.get(attribute)
    if not isinstance(value, Secret) or not re.fullmatch(pattern, value.reveal(), re.ASCII):
        raise unfit(attribute, form)
    return value.reveal()


def basic(user: str, password: str) -> str:
    """The value of an ``Authorization`` header (RFC 7617, in UTF-8)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
