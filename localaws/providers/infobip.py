"""Infobip's SMS API, version 3.

Sources: https://www.infobip.com/docs/api/channels/sms/outbound-sms/send-sms-messages (path, authentication, fields,
answer, error object); https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes (status
groups and ids: a 200 may say that the message was rejected).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.wire import Answer, Request

HOST = "abc123.api.infobip.com"
PATH = "/sms/3/messages"

# Id: group, name.
STATUSES: Mapping[int, tuple[int, str]] = {
    3: (1, "PENDING_WAITING_DELIVERY"),
    4: (2, "UNDELIVERABLE_REJECTED_OPERATOR"),
    5: (3, "DELIVERED_TO_HANDSET"),
    6: (5, "REJECTED_NETWORK"),
    7: (1, "PENDING_ENROUTE"),
    8: (5, "REJECTED_PREFIX_MISSING"),
    10: (5, "REJECTED_DND"),
    11: (5, "REJECTED_SOURCE"),
    12: (5, "REJECTED_NOT_ENOUGH_CREDITS"),
    13: (5, "REJECTED_SENDER"),
    14: (5, "REJECTED_DESTINATION"),
    15: (4, "EXPIRED_EXPIRED"),
    17: (5, "REJECTED_PREPAID_PACKAGE_EXPIRED"),
    18: (5, "REJECTED_DESTINATION_NOT_REGISTERED"),
    19: (5, "REJECTED_ROUTE_NOT_AVAILABLE"),
    20: (5, "REJECTED_FLOODING_FILTER"),
    21: (5, "REJECTED_SYSTEM_ERROR"),
    23: (5, "REJECTED_DUPLICATE_MESSAGE_ID"),
    25: (5, "REJECTED_MESSAGE_TOO_LONG"),
    26: (1, "PENDING_ACCEPTED"),
    51: (5, "MISSING_TO"),
    52: (5, "REJECTED_INVALID_DESTINATION"),
}
GROUPS = ("OK", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED")


def read(request: Request, keys: Collection[str]) -> Mapping[str, Any] | Answer:
    """The one message of the request, or Infobip's refusal. ``keys`` are the API keys that it knows."""
    if (request.method, request.target) != ("POST", PATH):
        return error(404)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "App" or key not in keys:
        return error(401)
    if request.headers.get("content-type") != "application/json" or request.headers.get("accept") != "application/json":
        return error(415)
    content = json.loads(request.body)
    if not isinstance(content, dict) or set(content) != {"messages"} or len(content["messages"]) != 1:
        return error(400, "messages")
    message = content["messages"][0]
    problem = _problem(message)
    return error(400, problem) if problem else dict(message)


def _problem(message: Mapping[str, Any]) -> str | None:
    if set(message) != {"sender", "destinations", "content", "options"}:
        return "messages[0]"
    if not re.fullmatch(r"\+?[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9 ]{1,11}", message["sender"]):
        return "messages[0].sender"
    (destination,) = message["destinations"]
    if set(destination) != {"to", "messageId"} or not re.fullmatch(r"[1-9][0-9]{6,14}", destination["to"]):
        return "messages[0].destinations[0].to"
    if not re.fullmatch(r"\S{1,200}", destination["messageId"]):
        return "messages[0].destinations[0].messageId"
    if set(message["content"]) != {"text"} or not message["content"]["text"]:
        return "messages[0].content.text"
    options = message["options"]
    validity = options.get("validityPeriod", {})
    if not set(options) <= {"validityPeriod", "regional"} or set(validity) != {"amount", "timeUnit"}:
        return "messages[0].options"
    if not isinstance(validity["amount"], int) or validity["timeUnit"] != "SECONDS":
        return "messages[0].options.validityPeriod"
    if not 30 <= validity["amount"] <= 172_800:
        return "messages[0].options.validityPeriod.amount"
    india = options.get("regional", {}).get("indiaDlt", {"principalEntityId": "", "contentTemplateId": ""})
    if set(options.get("regional", {"indiaDlt": {}})) != {"indiaDlt"} or "principalEntityId" not in india:
        return "messages[0].options.regional"
    return None


def answered(message: Mapping[str, Any], status: int = 26) -> Answer:
    """200, with whatever became of the message."""
    group, name = STATUSES[status]
    destination = message["destinations"][0]
    found = {"groupId": group, "groupName": GROUPS[group], "id": status, "name": name, "description": name}
    details = {"messageCount": 1}
    one = {
        "messageId": destination["messageId"],
        "destination": destination["to"],
        "status": found,
        "details": details,
    }
    return _json(200, {"bulkId": "2034072219640523072", "messages": [one]})


def error(status: int, property_: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Infobip's error object."""
    violations = [] if property_ is None else [{"property": property_, "violation": "is not valid"}]
    body = {
        "errorCode": f"E{status}",
        "description": "Request cannot be processed.",
        "action": "Check the documentation.",
        "violations": violations,
        "resources": [],
    }
    return _json(status, body, headers)


def answer(request: Request, keys: Collection[str]) -> Answer:
    """What Infobip answers: 200 with a pending message, or what is wrong."""
    message = read(request, keys)
    return message if isinstance(message, Answer) else answered(message)


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
