"""Plivo's Messaging API.

Sources: https://docs.plivo.com/docs/messaging/api/message/send-a-message (path, fields, answer);
https://docs.plivo.com/docs/messaging/api/overview (Basic authentication, statuses) and
https://docs.plivo.com/docs/messaging/api/response (answers, the error object);
https://support.plivo.com/hc/en-us/articles/14814454609561-Message-Expiry (5 to 10,799 seconds).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.twilio import login_of
from localaws.providers.wire import Answer, Request

HOST = "api.plivo.com"
PATH = re.compile(r"/v1/Account/([A-Z0-9]{20})/Message/")
AUTH_ID = "MAXXXXXXXXXXXXXXXXXX"
MESSAGE_UUID = "db3ce55a-7f1d-11e1-8ea7-1231380bc196"

# Field: pattern of its value as text.
FIELDS: Mapping[str, str] = {
    "src": r"\+?[1-9][0-9]{6,13}|[0-9]{3,8}|[A-Za-z0-9]{1,11}",
    "powerpack_uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "dst": r"[1-9][0-9]{6,14}",
    "text": r"[\s\S]{1,1600}",
    "type": r"sms",
    "log": r"true|false|content_only|number_only",
    "dlt_entity_id": r"[0-9]+",
    "dlt_template_id": r"[0-9]+",
}

# The user names and passwords that Plivo knows: (Auth ID, Auth Token).
Logins = Collection[tuple[str, str]]


def read(request: Request, logins: Logins) -> Mapping[str, Any] | Answer:
    """The message's fields, or Plivo's refusal."""
    path = PATH.fullmatch(request.target)
    if path is None or request.method != "POST":
        return error(404, "not found")
    login = login_of(request.headers.get("authorization", ""))
    if login not in logins or login is None or login[0] != path[1]:
        return error(401, "authentication failed")
    if request.headers.get("content-type") != "application/json":
        return error(400, "the body is application/json")
    fields = json.loads(request.body)
    if not isinstance(fields, dict) or not set(fields) <= {*FIELDS, "message_expiry"}:
        return error(400, "unknown parameter")
    # Plivo needs a sender, dst and text; this product always sends the others too.
    if not {"dst", "text", "type", "log", "message_expiry"} <= set(fields):
        return error(400, "a required parameter is missing")
    if ("src" in fields) == ("powerpack_uuid" in fields):
        return error(400, "a required parameter is missing")
    for name, pattern in FIELDS.items():
        if name in fields and not (isinstance(fields[name], str) and re.fullmatch(pattern, fields[name])):
            return error(400, f"{name} parameter is invalid")
    expiry = fields["message_expiry"]
    if not isinstance(expiry, int) or not 5 <= expiry <= 10_799:
        return error(400, "message_expiry parameter is invalid")
    return fields


def accepted(message_uuid: str = MESSAGE_UUID) -> Answer:
    """202: one UUID for each number."""
    found = {"message": "message(s) queued", "message_uuid": [message_uuid], "api_id": "db342550-7f1d-11e1-8ea7-123138"}
    return _json(202, found)


def invalid_number(number: str) -> Answer:
    """400 for a destination that is no number: it is listed."""
    return _json(400, {"error": "invalid destination", "invalid_number": [number], "api_id": "97ceeb52-58b6-11e1"})


def error(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Plivo's error object: a text, no code."""
    return _json(status, {"api_id": "97ceeb52-58b6-11e1-86da-77300b68f8bb", "error": text}, headers)


def answer(request: Request, logins: Logins) -> Answer:
    """What Plivo answers: 202, or what is wrong."""
    fields = read(request, logins)
    return fields if isinstance(fields, Answer) else accepted()


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
