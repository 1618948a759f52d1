"""Twilio's Messages resource.

Sources: https://www.twilio.com/docs/messaging/api/message-resource and Twilio's OpenAPI document ``twilio_api_v2010``
(path, authentication, fields, answer); https://www.twilio.com/docs/api/errors (codes), in particular /20429 ("aren't
processed and are safe to retry"), /20500 ("possible for a customer to receive multiple messages"), /30029
(ContentRetention needs the Message Privacy feature), /90007 (ValidityPeriod from 1 to 36,000).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from localaws.providers.wire import Answer, Request

HOST = "api.twilio.com"
PATH = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages\.json")

# Field: pattern of its value.
FIELDS: Mapping[str, str] = {
    "To": r"\+[1-9][0-9]{6,14}",
    "From": r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11}",
    "MessagingServiceSid": r"MG[0-9a-fA-F]{32}",
    "Body": r"[\s\S]{1,1600}",
    "ValidityPeriod": r"[0-9]+",
    "SmartEncoded": r"true|false",
    "RiskCheck": r"enable|disable",
    "ContentRetention": r"retain|discard",
    "AddressRetention": r"retain|obfuscate",
}

# Code: HTTP status and Twilio's headline.
ERRORS: Mapping[int, tuple[int, str]] = {
    10001: (403, "Account is not active"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21211: (400, "The 'To' number is not a valid phone number."),
    21212: (400, "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID."),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The From phone number is not a valid, SMS-capable inbound phone number for your account."),
    21608: (400, "The number is unverified. Trial accounts cannot send messages to unverified numbers."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21635: (400, "'To' number cannot be a landline"),
    21660: (400, "Mismatch between the 'From' number and the account"),
    21701: (404, "The Messaging Service does not exist"),
    21702: (400, "The Messaging Service is not available to send new messages"),
    21703: (400, "The Messaging Service does not have a phone number available to send a message"),
    21704: (400, "The Messaging Service contains no phone numbers"),
    30029: (400, "Invalid ContentRetention"),
    30030: (400, "Invalid AddressRetention"),
    30450: (400, "Message delivery blocked"),
    63038: (429, "Account exceeded the daily messages limit"),
    90007: (400, "Invalid validity period value"),
}

# The user names and passwords that Twilio knows: (account SID or API key SID, auth token or API key secret).
Logins = Collection[tuple[str, str]]


def read(request: Request, logins: Logins, *, message_privacy: bool = True) -> Mapping[str, str] | Answer:
    """The message's fields, or Twilio's refusal. ``message_privacy``: the account has that feature."""
    path = PATH.fullmatch(request.target)
    if path is None or request.method != "POST":
        return error(20404)
    login = login_of(request.headers.get("authorization", ""))
    if login is None or login not in logins or (login[0].startswith("AC") and login[0] != path[1]):
        return error(20003)
    if request.headers.get("content-type") != "application/x-www-form-urlencoded":
        return error(21604)
    pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    # Twilio ignores fields that it does not know; a double that did so would hide a misspelled one.
    if len(fields) != len(pairs) or not set(fields) <= set(FIELDS):
        return Answer(400, b'{"code":20001,"message":"unknown or repeated parameter","status":400}')
    code = _problem(fields)
    if code is None and "ContentRetention" in fields and not message_privacy:
        code = 30029
    return fields if code is None else error(code)


def _problem(fields: Mapping[str, str]) -> int | None:
    if "To" not in fields:
        return 21604
    if "Body" not in fields:
        return 21602
    if ("From" in fields) == ("MessagingServiceSid" in fields):
        return 21603
    # Optional at Twilio; this product always sends them.
    if not {"ValidityPeriod", "SmartEncoded"} <= set(fields):
        return 90007
    codes = {
        "To": 21211,
        "From": 21212,
        "MessagingServiceSid": 21701,
        "Body": 21617,
        "ContentRetention": 30029,
        "AddressRetention": 30030,
    }
    for name, value in fields.items():
        if not re.fullmatch(FIELDS[name], value):
            return codes.get(name, 90007)
    return None if 1 <= int(fields["ValidityPeriod"]) <= 36_000 else 90007


def login_of(header: str) -> tuple[str, str] | None:
    """User name and password of an Authorization header, or None if it is not Basic (RFC 7617)."""
    scheme, _, encoded = header.partition(" ")
    if scheme != "Basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def accepted(fields: Mapping[str, str], sid: str = "SM" + "0a" * 16, status: str = "queued") -> Answer:
    """201 Created. Like the real one it repeats the text, and with it the code."""
    return _json(
        201,
        {
            "sid": sid,
            "account_sid": "AC" + "0" * 32,
            "api_version": "2010-04-01",
            "body": fields.get("Body"),
            "date_created": "Thu, 01 Jan 2026 00:00:00 +0000",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": fields.get("From"),
            "messaging_service_sid": fields.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "status": status,
            "to": fields.get("To"),
            "uri": f"/2010-04-01/Accounts/AC{'0' * 32}/Messages/{sid}.json",
        },
    )


def error(code: int, headers: Mapping[str, str] | None = None) -> Answer:
    """Twilio's error object."""
    return refusal(code, *ERRORS[code], headers)


def refusal(code: int, status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """The error object that all of Twilio's APIs have."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return _json(status, {"code": code, "message": message, "more_info": more, "status": status}, headers)


def answer(request: Request, logins: Logins, *, message_privacy: bool = True) -> Answer:
    """What Twilio answers: 201, or the error for what is wrong."""
    fields = read(request, logins, message_privacy=message_privacy)
    return fields if isinstance(fields, Answer) else accepted(fields)


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
