"""Telnyx's Messaging API, version 2.

Sources: https://developers.telnyx.com/api-reference/messages/send-a-message (path, authentication, fields, answer);
https://developers.telnyx.com/docs/development/api-fundamentals/idempotency (the key's form; only successes are
replayed, and the same key with another body is refused with 422);
https://developers.telnyx.com/docs/messaging/messages/error-codes and
https://developers.telnyx.com/development/api-fundamentals/api-errors (codes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.wire import Answer, Request

HOST = "api.telnyx.com"
PATH = "/v2/messages"
MESSAGE_ID = "40385f64-5717-4562-b3fc-2c963f66afa6"

# Field: pattern of its value.
FIELDS: Mapping[str, str] = {
    "to": r"\+[1-9][0-9]{6,14}",
    "from": r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9 ]{1,11}",
    "messaging_profile_id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "text": r"[\s\S]{1,1600}",
    "type": r"SMS",
}

# Code: HTTP status and Telnyx's title.
ERRORS: Mapping[str, tuple[int, str]] = {
    "10002": (400, "Invalid phone number"),
    "10004": (422, "Missing required parameter"),
    "10005": (404, "Resource not found"),
    "10007": (500, "Unexpected error"),
    "10009": (401, "Authentication failed"),
    "10010": (403, "Authorization failed"),
    "10011": (429, "Too many requests"),
    "10014": (415, "Unsupported Media Type"),
    "10015": (400, "Bad Request"),
    "20100": (402, "Insufficient funds"),
    "40001": (400, "Not routable"),
    "40002": (400, "Blocked as spam - temporary"),
    "40015": (400, "Blocked as spam - internal"),
    "40300": (403, "Blocked due to STOP message"),
    "40305": (400, "Invalid 'from' address"),
    "40306": (400, "Alpha sender not configured"),
    "40309": (400, "Invalid destination region"),
    "40310": (400, "Invalid 'to' address"),
    "40312": (403, "Messaging profile is disabled"),
    "40314": (403, "Messaging disabled on account"),
    "40318": (429, "Message queue full"),
}


def read(request: Request, keys: Collection[str]) -> Mapping[str, Any] | Answer:
    """The message's fields, or Telnyx's refusal. ``keys`` are the API keys that it knows."""
    if (request.method, request.target) != ("POST", PATH):
        return error("10005")
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or key not in keys:
        return error("10009")
    if request.headers.get("content-type") != "application/json":
        return error("10014")
    # Optional at Telnyx; this product always sends it, in the form that Telnyx recommends.
    if not re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", idempotency_key(request)
    ):
        return error("10015")
    fields = json.loads(request.body)
    if not isinstance(fields, dict) or not set(fields) <= set(FIELDS):
        return error("10015")
    if not {"to", "text", "type"} <= set(fields) or not {"from", "messaging_profile_id"} & set(fields):
        return error("10004")
    codes = {"to": ("40310", "/to"), "from": ("40305", "/from")}
    for name, value in fields.items():
        if not isinstance(value, str) or not re.fullmatch(FIELDS[name], value):
            return error(*codes.get(name, ("10015", f"/{name}")))
    return fields


def idempotency_key(request: Request) -> str:
    """The request's Idempotency-Key."""
    return request.headers.get("idempotency-key", "")


def accepted(fields: Mapping[str, Any], message_id: str = MESSAGE_ID) -> Answer:
    """200. Like the real one it repeats the text, and with it the code."""
    data = {
        "record_type": "message",
        "direction": "outbound",
        "id": message_id,
        "type": "SMS",
        "messaging_profile_id": fields.get("messaging_profile_id"),
        "from": {"phone_number": fields.get("from"), "carrier": "TELNYX LLC", "line_type": "VoIP"},
        "to": [{"phone_number": fields.get("to"), "status": "queued", "carrier": "CARRIER", "line_type": "Wireless"}],
        "text": fields.get("text"),
        "parts": 1,
        "cost": None,
        "errors": [],
    }
    return _json(200, {"data": data})


def error(code: str, pointer: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Telnyx's list of errors, with one in it."""
    status, title = ERRORS[code]
    found = {"code": code, "title": title, "detail": title, "meta": {"url": "https://developers.telnyx.com/"}}
    if pointer is not None:
        found["source"] = {"pointer": pointer}
    return _json(status, {"errors": [found]}, headers)


def other_body() -> Answer:
    """422: the Idempotency-Key of a message that was sent came back with another body."""
    return _json(
        422, {"errors": [{"code": "10015", "title": "Bad Request", "detail": "Idempotency-Key was used before"}]}
    )


def answer(request: Request, keys: Collection[str]) -> Answer:
    """What Telnyx answers: 200, or the error for what is wrong."""
    fields = read(request, keys)
    return fields if isinstance(fields, Answer) else accepted(fields)


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
