"""Postmark's e-mail API.

Sources: https://postmarkapp.com/developer/api/email-api (path, header, fields, answer);
https://postmarkapp.com/developer/api/overview (statuses; an error is a 422 with an ErrorCode in the body);
django-anymail's backend for it (the texts of ErrorCode 300).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.mail import HEADERS, Mail, address_in
from localaws.providers.wire import Answer, Request

HOST = "api.postmarkapp.com"
PATH = "/email"
MESSAGE_ID = "b7bc2f4a-e38e-4336-af7d-e6c392c2f817"

# ErrorCode: HTTP status and message.
ERRORS: Mapping[int, tuple[int, str]] = {
    10: (401, "Request does not contain a valid Server token."),
    100: (503, "The Postmark API is offline for maintenance."),
    300: (422, "Invalid 'From' address: 'x'."),
    400: (422, "The 'From' address you supplied is not a Sender Signature on your account."),
    401: (422, "Sender signature not confirmed."),
    402: (422, "Invalid JSON."),
    403: (422, "Invalid request field(s)."),
    405: (422, "Not allowed to send: ran out of credits."),
    406: (422, "You tried to send to recipient(s) that have been marked as inactive."),
    409: (422, "JSON required."),
    411: (422, "Forbidden attachment type."),
    412: (422, "Account is pending approval."),
    413: (422, "Account may not send."),
    429: (429, "Rate limit exceeded."),
    500: (500, "Internal server error."),
    1235: (422, "The message stream provided does not exist."),
}
_FIELDS = frozenset(
    {"From", "To", "ReplyTo", "Subject", "TextBody", "HtmlBody", "MessageStream", "TrackOpens", "TrackLinks", "Headers"}
)


def read(request: Request, tokens: Collection[str]) -> Mail | Answer:
    """The mail, or Postmark's refusal. ``tokens`` are the servers' that it knows."""
    if (request.method, request.target) != ("POST", PATH):
        return Answer(404)
    if request.headers.get("x-postmark-server-token") not in tokens:
        return error(10)
    if {request.headers.get("content-type"), request.headers.get("accept")} != {"application/json"}:
        return error(409)
    fields = json.loads(request.body)
    if not isinstance(fields, dict) or not _FIELDS - {"ReplyTo"} <= set(fields) <= _FIELDS:
        return error(403)
    headers = {header["Name"]: header["Value"] for header in fields["Headers"]}
    if (fields["TrackOpens"], fields["TrackLinks"], headers) != (False, "None", HEADERS):
        return error(403)
    if address_in(fields["To"]) is None:
        return error(300, f"Invalid 'To' address: '{fields['To']}'.")
    if address_in(fields["From"]) is None:
        return error(300)
    subject, text, html = (fields[name] for name in ("Subject", "TextBody", "HtmlBody"))
    return Mail(fields["To"], fields["From"], fields.get("ReplyTo"), subject, text, html, headers)


def accepted(to: str = "", message: str = "OK", message_id: str = MESSAGE_ID) -> Answer:
    """200. Like the real one it repeats the recipient."""
    body = {
        "To": to,
        "SubmittedAt": "2026-01-01T00:00:00Z",
        "MessageID": message_id,
        "ErrorCode": 0,
        "Message": message,
    }
    return _json(200, body)


def error(code: int, message: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """An ErrorCode in its status."""
    status, text = ERRORS[code]
    return _json(status, {"ErrorCode": code, "Message": message or text}, headers)


def answer(request: Request, tokens: Collection[str]) -> Answer:
    """What Postmark answers: 200, or the error for what is wrong."""
    mail = read(request, tokens)
    return mail if isinstance(mail, Answer) else accepted(mail.to)


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
