"""A provider that does not exist, as a user would describe one: it uses what none of the presets does.

A form and not JSON, PUT and not POST, the number and an account in the URL, two credentials in headers, a life in
milliseconds, and a 200 that says in its body that nothing was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from localaws.providers.wire import Answer, Request

HOST = "gateway.example"
ACCOUNT = "acme/login?1"
SECRET = {"account": ACCOUNT, "key": "token-1", "user": "robot"}
TARGET = re.compile(r"/v1/accounts/acme%2Flogin%3F1/numbers/([0-9]{7,15})\?mode=fast&tenant=robot")
MESSAGE_ID = "msg_0a1b2c3d4e5f6g7h8i9j"

BODY: Mapping[str, Any] = {
    "message": "{text}",
    "code": "{code}",
    "languages": ["{locale}", "en"],
    "country": "{country}",
    "ttl": "{lifetime_milliseconds}",
    "minutes": "{lifetime_minutes}",
    "until": "{expires_at}",
    "request": "{idempotency_key}",
    "flash": False,
    "priority": 1,
}
DESCRIPTION: Mapping[str, Any] = {
    "url": f"https://{HOST}/v1/accounts/{{secret.account}}/numbers/{{number_digits}}?mode=fast&tenant={{secret.user}}",
    "method": "PUT",
    "headers": {"X-Api-Key": "{secret.key}", "Authorization": "Token user={secret.user}", "X-Channel": "login"},
    "format": "form",
    "body": json.dumps(BODY),
    "lifetime": {"min_seconds": 60, "max_seconds": 600},
    "message_id": "result.ids[0]",
    "rules": [
        {"outcome": "SENT", "status": ["200"], "fields": {"result.code": [0]}},
        {"outcome": "SENT", "status": ["409"], "fields": {"result.code": ["DUPLICATE"]}},
        {"outcome": "PROVIDER_CONFIG", "credentials_refused": True, "fields": {"result.code": ["BAD_KEY"]}},
        {"outcome": "REJECTED_NUMBER", "fields": {"result.code": ["NUMBER_*"]}},
        {"outcome": "OPTED_OUT", "status": ["200"], "fields": {"result.code": ["BLOCKED"], "result.why": ["*"]}},
        {"outcome": "PROVIDER_DOWN", "status": ["5xx"], "fields": {"result.code": ["MAINTENANCE"]}},
    ],
}

# "digits" is for a description that hands over the bare code.
FIELDS = frozenset(BODY) | {"digits"}


def read(request: Request, keys: Collection[str]) -> Mapping[str, Any] | Answer:
    """The form's fields, each with its list of values, or the refusal."""
    target = TARGET.fullmatch(request.target)
    if request.method != "PUT" or target is None:
        return Answer(404)
    headers = request.headers
    if headers.get("x-api-key") not in keys or headers.get("authorization") != "Token user=robot":
        return result(200, "BAD_KEY")
    if headers.get("content-type") != "application/x-www-form-urlencoded" or headers.get("x-channel") != "login":
        return Answer(415)
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True):
        fields.setdefault(name, []).append(value)
    if not set(fields) <= FIELDS or not ("digits" in fields or set(fields) >= FIELDS - {"code", "digits"}):
        return Answer(400)
    return {"number": target[1], **fields}


def result(status: int, code: object, **more: object) -> Answer:
    """The gateway's answer."""
    return Answer(status, json.dumps({"result": {"code": code, **more}}).encode())


def answer(request: Request, keys: Collection[str]) -> Answer:
    """200 with code 0, or what is wrong."""
    fields = read(request, keys)
    return fields if isinstance(fields, Answer) else result(200, 0, ids=[MESSAGE_ID])
