"""Resend's e-mail API.

Sources: https://resend.com/docs/api-reference/emails/send-email (path, fields, answer);
https://resend.com/docs/api-reference/errors (names and statuses);
https://resend.com/docs/dashboard/emails/idempotency-keys (1 to 256 characters, 24 hours, another body is refused);
django-anymail's backend for it (the name of the From: neither in quotes nor as an encoded word).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.mail import HEADERS, Mail, address_in
from localaws.providers.wire import Answer, Request

HOST = "api.resend.com"
PATH = "/emails"
MESSAGE_ID = "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"

# Name: HTTP status.
ERRORS: Mapping[str, int] = {
    "invalid_idempotency_key": 400,
    "validation_error": 422,
    "missing_api_key": 401,
    "restricted_api_key": 401,
    "invalid_api_key": 403,
    "invalid_from_address": 422,
    "invalid_to_address": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "invalid_idempotent_request": 409,
    "concurrent_idempotent_requests": 409,
    "invalid_access": 422,
    "invalid_attachment": 422,
    "invalid_parameter": 422,
    "invalid_region": 422,
    "missing_required_field": 422,
    "daily_quota_exceeded": 429,
    "monthly_quota_exceeded": 429,
    "rate_limit_exceeded": 429,
    "security_error": 451,
    "application_error": 500,
    "internal_server_error": 500,
}
_FIELDS = frozenset({"from", "to", "reply_to", "subject", "text", "html", "headers"})


def read(request: Request, keys: Collection[str]) -> Mail | Answer:
    """The mail, or Resend's refusal. ``keys`` are the API keys that it knows."""
    if request.target != PATH:
        return error("not_found")
    if request.method != "POST":
        return error("method_not_allowed")
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        return error("missing_api_key")
    if key not in keys:
        return error("validation_error", "API key is invalid", status=401)
    # Optional at Resend; this product always sends it.
    if not re.fullmatch(r"[0-9a-f]{64}", request.headers.get("idempotency-key", "")):
        return error("invalid_idempotency_key")
    fields = json.loads(request.body)
    if not isinstance(fields, dict) or request.headers.get("content-type") != "application/json":
        return error("validation_error")
    # The one for answers is there where the customer has one.
    if not _FIELDS - {"reply_to"} <= set(fields) <= _FIELDS:
        return error("missing_required_field")
    subject, text, html = (fields[name] for name in ("subject", "text", "html"))
    if fields["headers"] != HEADERS or not all(isinstance(value, str) for value in (subject, text, html)):
        return error("validation_error")
    sender = str(fields["from"])
    if sender.startswith(('"', "=?")) or address_in(sender) is None:
        return error("validation_error", "Invalid `from` field.")
    to = fields["to"]
    if not isinstance(to, list) or len(to) != 1 or address_in(str(to[0])) != to[0]:
        return error("validation_error", "Invalid `to` field. It needs to follow the `email@example.com` format.")
    return Mail(to[0], sender, fields.get("reply_to"), subject, text, html, HEADERS)


def accepted(message_id: str = MESSAGE_ID) -> Answer:
    """200 with nothing but the id."""
    return _json(200, {"id": message_id})


def error(
    name: str, message: str = "refused", headers: Mapping[str, str] | None = None, *, status: int | None = None
) -> Answer:
    """A name of Resend's, with the status of its page."""
    status = ERRORS[name] if status is None else status
    return _json(status, {"statusCode": status, "name": name, "message": message}, headers)


def answer(request: Request, keys: Collection[str]) -> Answer:
    """What Resend answers: 200, or the error for what is wrong."""
    mail = read(request, keys)
    return mail if isinstance(mail, Answer) else accepted()


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
