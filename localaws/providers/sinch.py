"""Sinch's SMS REST API: batches, with the API token of a service plan.

Sources: https://developers.sinch.com/docs/sms/api-reference/sms/batches (path, authentication, fields, answer);
https://developers.sinch.com/docs/sms/api-reference/status-codes (statuses, and the codes of 400 and 403).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.wire import Answer, Request

HOST = "eu.sms.api.sinch.com"
SERVICE_PLAN_ID = "jd63jf88477ll123ab4567cd89012ef3"
PATH = f"/xms/v1/{SERVICE_PLAN_ID}/batches"
BATCH_ID = "01FC66621XXXXX119Z8PMV1QPQ"
LONGEST_LIFE = dt.timedelta(days=3)

FIELDS = frozenset(
    {
        "body",
        "client_reference",
        "delivery_report",
        "expire_at",
        "from",
        "max_number_of_message_parts",
        "to",
        "type",
    }
)

# Code: HTTP status.
ERRORS: Mapping[str, int] = {
    "syntax_invalid_json": 400,
    "syntax_invalid_parameter_format": 400,
    "syntax_constraint_violation": 400,
    "blocked_account": 403,
    "illegal_number_type": 403,
    "missing_callback_url": 403,
    "unknown_campaign": 403,
    "unknown_group": 403,
}


def read(request: Request, tokens: Collection[str], now: float) -> Mapping[str, Any] | Answer:
    """The batch's fields, or Sinch's refusal. ``now`` is Sinch's clock."""
    if (request.method, request.target) != ("POST", PATH):
        return Answer(404)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or token not in tokens:
        return Answer(401)
    if request.headers.get("content-type") != "application/json":
        return Answer(415)
    fields = json.loads(request.body)
    if not isinstance(fields, dict) or not set(fields) <= FIELDS:
        return error("syntax_invalid_json")
    # Sinch needs the first two, and a sender that the plan may have; this product always sends the others too.
    if not {"to", "body", "type", "expire_at", "delivery_report", "client_reference"} <= set(fields):
        return error("syntax_constraint_violation")
    return error("syntax_invalid_parameter_format") if _problem(fields, now) else fields


def _problem(fields: Mapping[str, Any], now: float) -> bool:
    patterns = {
        "body": r"[\s\S]{1,2000}",
        "client_reference": r"[\s\S]{1,2048}",
        "delivery_report": r"none|summary|full|per_recipient",
        "from": r"\+?[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9 ]{1,11}",
        "type": r"mt_text",
    }
    texts = {name: fields.get(name) for name in patterns if name in fields}
    if not all(isinstance(value, str) and re.fullmatch(patterns[name], value) for name, value in texts.items()):
        return True
    to = fields["to"]
    if not isinstance(to, list) or len(to) != 1 or not re.fullmatch(r"\+?[1-9][0-9]{6,14}", str(to[0])):
        return True
    parts = fields.get("max_number_of_message_parts", 1)
    if not isinstance(parts, int) or parts < 1:
        return True
    moment = dt.datetime.fromtimestamp(now, tz=dt.UTC)
    end = dt.datetime.strptime(fields["expire_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    return not moment < end <= moment + LONGEST_LIFE


def accepted(fields: Mapping[str, Any], batch_id: str = BATCH_ID) -> Answer:
    """201. Like the real one it repeats the text, and with it the code."""
    repeated = {name: fields.get(name) for name in ("to", "from", "body", "type", "expire_at", "client_reference")}
    times = {"created_at": "2026-01-01T00:00:00.000Z", "modified_at": "2026-01-01T00:00:00.000Z"}
    return _json(201, {"id": batch_id, "canceled": False, **times, **repeated})


def error(code: str) -> Answer:
    """Sinch's error object of 400 and 403."""
    return _json(ERRORS[code], {"code": code, "text": "See the page of status codes."})


def answer(request: Request, tokens: Collection[str], now: float) -> Answer:
    """What Sinch answers: 201, or what is wrong."""
    fields = read(request, tokens, now)
    return fields if isinstance(fields, Answer) else accepted(fields)


def _json(status: int, body: Mapping[str, object]) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
