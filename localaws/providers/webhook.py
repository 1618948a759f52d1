"""A receiver of our webhook that verifies as the Standard Webhooks specification says.

Sources: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (headers, signed
content, space-delimited signatures, key form, tolerance, meaning of statuses); the body is this project's own and is
described in ``senders/webhook.py``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.wire import Answer, Request

TOLERANCE_SECONDS = 300

# Member of ``data``: the types that it may have.
_SHARED: Mapping[str, tuple[type, ...]] = {
    "to": (str,),
    "text": (str,),
    "code": (str, type(None)),
    "trigger": (str,),
    "user_pool_id": (str,),
    "client_id": (str,),
    "locale": (str, type(None)),
    "expires_in_seconds": (int,),
}
_OF_MAIL: Mapping[str, tuple[type, ...]] = {
    "from": (dict,),
    "reply_to": (str, type(None)),
    "subject": (str,),
    "html": (str,),
}
# Type of the event: the members of its data, and the form of the recipient.
EVENTS: Mapping[str, tuple[Mapping[str, tuple[type, ...]], str]] = {
    "sms.send": (_SHARED, r"\+[1-9][0-9]{6,14}"),
    "email.send": ({**_SHARED, **_OF_MAIL}, r"[!-~]{1,64}@[a-zA-Z0-9.-]{1,254}"),
}


def signature(key: str, message_id: str, timestamp: str, body: bytes) -> str:
    """``v1,…`` for one key as it is kept: "whsec_" and base64."""
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    digest = hmac.digest(base64.b64decode(key.removeprefix("whsec_")), content, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def read(request: Request, keys: Collection[str], now: float, target: str | None = None) -> Mapping[str, Any] | Answer:
    """The event's ``data``, or the refusal. ``keys`` are the receiver's; one that fits is enough.

    ``target``: path and query of the receiver; None is one that listens to all of them.
    """
    if request.method != "POST":
        return Answer(405)
    if target is not None and request.target != target:
        return Answer(404)
    headers = request.headers
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", message_id):
        return _refusal(401, "webhook-id must be there and have no full stop")
    if not re.fullmatch(r"[0-9]+", timestamp) or abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return _refusal(401, "webhook-timestamp must be the time of the attempt in seconds")
    given = headers.get("webhook-signature", "").split(" ")
    if not all(re.fullmatch(r"v1,[A-Za-z0-9+/]{43}=", item) for item in given):
        return _refusal(401, "webhook-signature must be v1 signatures separated by single spaces")
    wanted = [signature(key, message_id, timestamp, request.body) for key in keys]
    if not any(hmac.compare_digest(a, b) for a in given for b in wanted):
        return _refusal(401, "no signature fits")
    if headers.get("content-type") != "application/json":
        return _refusal(415, "the body is application/json")
    return _data(request.body)


def _data(body: bytes) -> Mapping[str, Any] | Answer:
    event = json.loads(body)
    if not isinstance(event, dict) or set(event) != {"type", "timestamp", "data"} or event["type"] not in EVENTS:
        return _refusal(400, "not an event to send something")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(event["timestamp"])):
        return _refusal(400, "timestamp is not RFC 3339 in UTC")
    data = event["data"]
    members, recipient = EVENTS[event["type"]]
    if not isinstance(data, dict) or set(data) != set(members):
        return _refusal(400, "data lacks a member, or has one too many")
    wrong = [name for name, kinds in members.items() if not isinstance(data[name], kinds)]
    if wrong or not re.fullmatch(recipient, data["to"]):
        return _refusal(400, "a member of data has the wrong type")
    return data


def answer(request: Request, keys: Collection[str], now: float, target: str | None = None) -> Answer:
    """204, or the refusal."""
    data = read(request, keys, now, target)
    return data if isinstance(data, Answer) else Answer(204)


def _refusal(status: int, problem: str) -> Answer:
    return Answer(status, json.dumps({"error": problem}).encode(), {"Content-Type": "application/json"})
