"""SendGrid's Mail Send API, version 3.

Sources: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send (path, fields, 202 without a body);
https://www.twilio.com/docs/sendgrid/glossary/x-message-id (the id is in a header);
https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors (statuses, fields of errors);
github.com/sendgrid/sendgrid-nodejs issues 1090 and 1362 (a From that is not verified; the field of a bad recipient).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.mail import HEADERS, Mail, address_in
from localaws.providers.wire import Answer, Request

HOST = "api.sendgrid.com"
HOST_EU = "api.eu.sendgrid.com"
PATH = "/v3/mail/send"
MESSAGE_ID = "QnYlWGrTWSkKHJzVmWwFxA"
_TRACKING_OFF = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}
_FIELDS = frozenset({"personalizations", "from", "reply_to", "subject", "content", "headers", "tracking_settings"})


def read(request: Request, keys: Collection[str]) -> Mail | Answer:
    """The mail, or SendGrid's refusal. ``keys`` are the API keys that it knows."""
    if (request.method, request.target) != ("POST", PATH):
        return error(404, "not found")
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or key not in keys:
        return error(401, "The provided authorization grant is invalid, expired, or revoked")
    if request.headers.get("content-type") != "application/json":
        return error(415, "The Content-Type of your request is not supported")
    fields = json.loads(request.body)
    if not isinstance(fields, dict) or not _FIELDS - {"reply_to"} <= set(fields) <= _FIELDS:
        return error(400, "Invalid field")
    if (fields["tracking_settings"], fields["headers"]) != (_TRACKING_OFF, HEADERS):
        return error(400, "Invalid value", "tracking_settings")
    # "If included, text/plain must be first, followed by text/html".
    if [part["type"] for part in fields["content"]] != ["text/plain", "text/html"]:
        return error(400, "The text/plain content must come first", "content")
    to = fields["personalizations"][0]["to"][0]["email"]
    if fields["personalizations"] != [{"to": [{"email": to}]}] or address_in(to) != to:
        return error(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
    sender = fields["from"]
    if not {"email"} <= set(sender) <= {"email", "name"} or address_in(sender["email"]) != sender["email"]:
        return error(400, "The from object must be provided", "from")
    name = f"{sender['name']} " if "name" in sender else ""
    reply_to = fields.get("reply_to", {}).get("email")
    text, html = (part["value"] for part in fields["content"])
    return Mail(to, f"{name}<{sender['email']}>", reply_to, fields["subject"], text, html, fields["headers"])


def accepted(message_id: str = MESSAGE_ID) -> Answer:
    """202 without a body."""
    return Answer(202, b"", {"X-Message-Id": message_id})


def error(status: int, message: str, field: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """SendGrid's list of errors, with one in it."""
    body: dict[str, Any] = {"errors": [{"message": message, "field": field, "help": None}]}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})


def answer(request: Request, keys: Collection[str]) -> Answer:
    """What SendGrid answers: 202, or the error for what is wrong."""
    mail = read(request, keys)
    return mail if isinstance(mail, Answer) else accepted()
