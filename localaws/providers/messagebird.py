"""MessageBird's SMS API at rest.messagebird.com, which Bird keeps for its customers.

Sources: https://developers.messagebird.com/api/sms-messaging/ (path, fields, answer, status reasons of a recipient);
https://developers.messagebird.com/api/ (AccessKey authentication; the error object with its codes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.wire import Answer, Request

HOST = "rest.messagebird.com"
PATH = "/messages"
MESSAGE_ID = "e8077d803532c0b5937c639b60216938"

# Field: pattern of its value as text. All but ``validity`` and ``recipients`` are texts.
FIELDS: Mapping[str, str] = {
    "originator": r"\+?[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9 ]{1,11}",
    "body": r"[\s\S]{1,1377}",
    "type": r"sms",
    "datacoding": r"plain|unicode|auto",
    "reference": r"[\s\S]{1,60}",
}

# Code: HTTP status, description.
ERRORS: Mapping[int, tuple[int, str]] = {
    2: (401, "Request not allowed (incorrect access_key)"),
    9: (422, "a parameter is missing"),
    10: (422, "a parameter is invalid"),
    20: (404, "not found"),
    21: (400, "bad request"),
    25: (422, "not enough balance"),
    98: (500, "internal error"),
}


def read(request: Request, keys: Collection[str]) -> Mapping[str, Any] | Answer:
    """The message's fields, or MessageBird's refusal. ``keys`` are the access keys that it knows."""
    if request.target != PATH:
        return error(20)
    if request.method != "POST":
        return Answer(405)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "AccessKey" or key not in keys:
        return error(2, "access_key")
    if request.headers.get("content-type") != "application/json":
        return error(21)
    fields = json.loads(request.body)
    if not isinstance(fields, dict) or not set(fields) <= {*FIELDS, "recipients", "validity"}:
        return error(21)
    # MessageBird needs the first three; this product always sends the others too.
    for name in ("originator", "recipients", "body", "type", "datacoding", "reference", "validity"):
        if name not in fields:
            return error(9, name)
    for name, pattern in FIELDS.items():
        if name in fields and not (isinstance(fields[name], str) and re.fullmatch(pattern, fields[name])):
            return error(10, name)
    recipients = fields["recipients"]
    if not isinstance(recipients, list) or not all(re.fullmatch(r"[1-9][0-9]{6,14}", str(one)) for one in recipients):
        return error(10, "recipients")
    validity = fields["validity"]
    return fields if isinstance(validity, int) and validity > 0 else error(10, "validity")


def created(
    fields: Mapping[str, Any], message_id: str = MESSAGE_ID, status: str = "sent", reason: str | None = None
) -> Answer:
    """201. Like the real one it repeats the text, and with it the code."""
    items = [
        {"recipient": int(one), "status": status, "statusReason": reason, "messagePartCount": 1}
        for one in fields.get("recipients", ())
    ]
    sent = len(items) if status == "sent" else 0
    recipients = {"totalCount": len(items), "totalSentCount": sent, "totalDeliveredCount": 0, "items": items}
    repeated = {name: fields.get(name) for name in ("originator", "body", "reference", "validity", "datacoding")}
    href = f"https://rest.messagebird.com/messages/{message_id}"
    body = {"id": message_id, "href": href, "direction": "mt", "type": "sms", **repeated, "recipients": recipients}
    return _json(201, body)


def error(code: int, parameter: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """MessageBird's list of errors, with one in it."""
    status, description = ERRORS[code]
    return _json(status, {"errors": [{"code": code, "description": description, "parameter": parameter}]}, headers)


def answer(request: Request, keys: Collection[str]) -> Answer:
    """What MessageBird answers: 201, or the error for what is wrong."""
    fields = read(request, keys)
    return fields if isinstance(fields, Answer) else created(fields)


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
