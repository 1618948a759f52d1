"""Vonage's Messages API, version 1, channel SMS.

Sources: https://developer.vonage.com/en/api/messages (path, authentication, fields and their limits, answer);
https://developer.vonage.com/en/api-errors (RFC 7807 objects, the words) and
https://developer.vonage.com/en/api-errors/messages (the numbers).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.twilio import login_of
from localaws.providers.wire import Answer, Request

HOST = "api.nexmo.com"
PATH = "/v1/messages"
UUID = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"

# Field: pattern of its text.
TEXTS: Mapping[str, str] = {
    "channel": r"sms",
    "message_type": r"text",
    "to": r"[1-9][0-9]{6,14}",
    "from": r"[1-9][0-9]{2,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}",
    "text": r"[\s\S]{1,1000}",
    "client_ref": r"[\s\S]{1,100}",
}
# Vonage needs the first five; this product always sends the others too.
REQUIRED = ("channel", "message_type", "to", "from", "text", "ttl", "client_ref", "sms")
SMS: Mapping[str, str] = {"encoding_type": r"text|unicode|auto", "entity_id": r"\S+", "content_id": r"\S+"}

# Code: HTTP status, title. A word is an error of all of Vonage's APIs, a number one of the Messages API.
ERRORS: Mapping[str, tuple[int, str]] = {
    "unauthorized": (401, "Unauthorized"),
    "forbidden": (403, "Forbidden"),
    "not-found": (404, "Not found"),
    "low-balance": (402, "Low balance"),
    "throttled": (429, "Rate Limit Hit"),
    "1000": (429, "Throttled"),
    "1010": (422, "Missing params"),
    "1020": (422, "Invalid params"),
    "1030": (500, "Internal error"),
    "1040": (422, "Invalid message"),
    "1050": (422, "Number barred"),
    "1060": (403, "Partner account barred"),
    "1070": (402, "Partner quota exceeded"),
    "1100": (422, "Communication failed"),
    "1120": (422, "Invalid sender"),
    "1160": (422, "Non white-listed destination"),
    "1170": (422, "Invalid or missing Msisdn param"),
    "1210": (422, "Anti-spam rejection"),
    "1240": (422, "Illegal number"),
    "1241": (429, "Too many send requests"),
    "1320": (422, "Message already sent"),
    "1420": (422, "Invalid sender"),
    "1430": (422, "Invalid recipient"),
}

# The API keys and secrets that Vonage knows.
Logins = Collection[tuple[str, str]]


def read(request: Request, logins: Logins) -> Mapping[str, Any] | Answer:
    """The message's fields, or Vonage's refusal."""
    if (request.method, request.target) != ("POST", PATH):
        return error("not-found")
    if login_of(request.headers.get("authorization", "")) not in logins:
        return error("unauthorized")
    if request.headers.get("content-type") != "application/json":
        return error("1010")
    fields = json.loads(request.body)
    if not isinstance(fields, dict) or not set(REQUIRED) <= set(fields):
        return error("1010")
    code = _problem(fields)
    return fields if code is None else error(code)


def _problem(fields: Mapping[str, Any]) -> str | None:
    if not set(fields) <= {*TEXTS, "ttl", "sms"}:
        return "1020"
    codes = {"to": "1430", "from": "1420"}
    for name, pattern in TEXTS.items():
        if name in fields and not (isinstance(fields[name], str) and re.fullmatch(pattern, fields[name])):
            return codes.get(name, "1020")
    ttl = fields["ttl"]
    if not isinstance(ttl, int) or not 20 <= ttl <= 604_800:
        return "1020"
    sms = fields["sms"]
    if not isinstance(sms, dict) or not set(sms) <= set(SMS):
        return "1020"
    return None if all(isinstance(sms[name], str) and re.fullmatch(SMS[name], sms[name]) for name in sms) else "1020"


def accepted(message_uuid: str = UUID) -> Answer:
    """202 Accepted."""
    return Answer(202, json.dumps({"message_uuid": message_uuid}).encode(), {"Content-Type": "application/json"})


def error(code: str, headers: Mapping[str, str] | None = None, status: int | None = None, detail: str = "") -> Answer:
    """Vonage's error object."""
    usual, title = ERRORS[code]
    page = "api-errors/messages" if code.isdigit() else "api-errors"
    body = {
        "type": f"https://developer.vonage.com/{page}#{code}",
        "title": title,
        "detail": detail or "See the page.",
        "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
    }
    headers = {"Content-Type": "application/problem+json", **(headers or {})}
    return Answer(status or usual, json.dumps(body).encode(), headers)


def answer(request: Request, logins: Logins) -> Answer:
    """What Vonage answers: 202, or the error for what is wrong."""
    fields = read(request, logins)
    return fields if isinstance(fields, Answer) else accepted()
