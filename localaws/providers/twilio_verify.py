"""Twilio Verify: a verification with a custom code.

Sources: https://www.twilio.com/docs/verify/api/verification and Twilio's OpenAPI document ``twilio_verify_v2`` (path,
authentication, fields, answer); https://www.twilio.com/docs/verify/api/customization-options (CustomCode: 4 to 10
characters, and only where the Service allows it); https://www.twilio.com/docs/verify/api/error-codes and
https://www.twilio.com/docs/api/errors (codes, their status), in particular /60200, /60203, /60410 and /60605.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from localaws.providers import twilio
from localaws.providers.twilio import Logins
from localaws.providers.wire import Answer, Request

HOST = "verify.twilio.com"
PATH = re.compile(r"/v2/Services/(VA[0-9a-fA-F]{32})/Verifications")

# Field: pattern of its value.
FIELDS: Mapping[str, str] = {
    "To": r"\+[1-9][0-9]{6,14}",
    "Channel": r"sms|whatsapp|call|email|sna|auto",
    "CustomCode": r"[A-Za-z0-9]{4,10}",
    "CustomFriendlyName": r"[ \S]{1,30}",
    "TemplateSid": r"HJ[0-9a-fA-F]{32}",
    "AppHash": r"[A-Za-z0-9+/]{11}",
    "Locale": r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*",
    "RiskCheck": r"enable|disable",
}

# Code: HTTP status and Twilio's headline.
ERRORS: Mapping[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too many requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    60200: (400, "Invalid parameter"),
    60203: (429, "Max send attempts reached"),
    60204: (403, "Service does not support this feature"),
    60205: (403, "SMS is not supported by landline phone number"),
    60212: (429, "Too many concurrent requests for phone number"),
    60220: (403, "Messages to China require use case vetting"),
    60223: (403, "Delivery channel disabled"),
    60228: (404, "Template was not found"),
    60238: (403, "Verification Creation Attempt blocked by Twilio"),
    60242: (400, "WhatsApp template not found"),
    60245: (429, "You have exceeded your messaging limits"),
    60410: (403, "The destination phone number has been temporarily blocked by Twilio due to fraudulent activities"),
    60412: (403, "Verification blocked by Fraudulent Signup Prevention"),
    60600: (400, "Unprovisioned or out of coverage"),
    60602: (400, "App hash can only be used with SMS channel"),
    60605: (403, "The destination phone number has been blocked by Verify Geo-Permissions"),
    60612: (400, "Requested phone number not mobile"),
    60624: (429, "Maximum rate limit for Trial Accounts"),
    60626: (429, "Phone number rate limit exceeded"),
    68008: (400, "Verify WhatsApp channel not configured"),
}


def read(request: Request, logins: Logins) -> Mapping[str, str] | Answer:
    """The verification's fields, or Twilio's refusal."""
    if not PATH.fullmatch(request.target) or request.method != "POST":
        return error(20404)
    if twilio.login_of(request.headers.get("authorization", "")) not in logins:
        return error(20003)
    if request.headers.get("content-type") != "application/x-www-form-urlencoded":
        return invalid("To")
    pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    # Twilio ignores fields that it does not know; a double that did so would hide a misspelled one.
    unknown = set(fields) - set(FIELDS)
    if len(fields) != len(pairs) or unknown:
        return invalid(min(unknown, default="repeated"))
    for name, pattern in FIELDS.items():
        # Without CustomCode Twilio makes a code of its own, and Cognito knows nothing of it.
        missing = name in ("To", "Channel", "CustomCode") and name not in fields
        if missing or (name in fields and not re.fullmatch(pattern, fields[name])):
            return invalid(name)
    if "AppHash" in fields and fields["Channel"] != "sms":
        return error(60602)
    return fields


def accepted(fields: Mapping[str, str], sid: str = "VE" + "0b" * 16, status: str = "pending") -> Answer:
    """201 Created."""
    body: Mapping[str, object] = {
        "sid": sid,
        "service_sid": "VA" + "0" * 32,
        "account_sid": "AC" + "0" * 32,
        "to": fields.get("To"),
        "channel": fields.get("Channel"),
        "status": status,
        "valid": False,
        "amount": None,
        "payee": None,
        "lookup": {},
        "send_code_attempts": [{"time": "2026-01-01T00:00:00Z", "channel": "SMS", "attempt_sid": "VL" + "0" * 32}],
        "date_created": "2026-01-01T00:00:00Z",
        "date_updated": "2026-01-01T00:00:00Z",
        "url": f"https://verify.twilio.com/v2/Services/VA{'0' * 32}/Verifications/{sid}",
    }
    return Answer(201, json.dumps(body).encode(), {"Content-Type": "application/json"})


def error(code: int, headers: Mapping[str, str] | None = None) -> Answer:
    """Twilio's error object."""
    return twilio.refusal(code, *ERRORS[code], headers)


def invalid(parameter: str) -> Answer:
    """Error 60200, which names the parameter."""
    return twilio.refusal(60200, 400, f"Invalid parameter: {parameter}")


def answer(request: Request, logins: Logins) -> Answer:
    """What Twilio answers: 201, or the error for what is wrong."""
    fields = read(request, logins)
    return fields if isinstance(fields, Answer) else accepted(fields)
