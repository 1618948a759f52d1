"""Meta's WhatsApp Cloud API: sending an authentication template.

Sources:
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/authentication-templates/copy-code-button-authentication-templates/
(request: the code as the body's and the button's only parameter; answer);
https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes (errors and their status).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.wire import Answer, Request

HOST = "graph.facebook.com"
PATH = re.compile(r"/v[1-9][0-9]\.0/([0-9]{5,20})/messages")

# Code: HTTP status, type, message.
ERRORS: Mapping[int, tuple[int, str, str]] = {
    0: (401, "OAuthException", "AuthException"),
    1: (400, "OAuthException", "API Unknown"),
    2: (503, "OAuthException", "API Service"),
    4: (400, "OAuthException", "API Too Many Calls"),
    10: (403, "OAuthException", "Permission Denied"),
    100: (400, "OAuthException", "Invalid parameter"),
    190: (401, "OAuthException", "Access token has expired"),
    200: (403, "OAuthException", "API Permission"),
    368: (403, "OAuthException", "Temporarily blocked for policies violations"),
    80007: (400, "OAuthException", "Rate limit issues"),
    130429: (400, "OAuthException", "Rate limit hit"),
    130497: (403, "OAuthException", "Business account is restricted from messaging users in this country"),
    131000: (500, "OAuthException", "Something went wrong"),
    131005: (403, "OAuthException", "Access denied"),
    131008: (400, "OAuthException", "Required parameter is missing"),
    131009: (400, "OAuthException", "Parameter value is not valid"),
    131016: (500, "OAuthException", "Service unavailable"),
    131026: (400, "OAuthException", "Message undeliverable"),
    131030: (400, "OAuthException", "Recipient phone number not in allowed list"),
    131031: (403, "OAuthException", "Account has been locked"),
    131042: (400, "OAuthException", "Business eligibility payment issue"),
    131048: (400, "OAuthException", "Spam rate limit hit"),
    131050: (400, "OAuthException", "User has stopped marketing messages"),
    131056: (400, "OAuthException", "(Business Account, Consumer Account) pair rate limit hit"),
    132000: (400, "OAuthException", "Number of parameters does not match the expected number of params"),
    132001: (404, "OAuthException", "Template name does not exist in the translation"),
    132012: (400, "OAuthException", "Parameter format does not match"),
    132015: (400, "OAuthException", "Template is paused"),
    133004: (503, "OAuthException", "Server temporarily unavailable"),
    133010: (400, "OAuthException", "Phone number not registered"),
}

# The access tokens that Meta knows.
Tokens = Collection[str]


def read(request: Request, tokens: Tokens) -> Mapping[str, Any] | Answer:
    """The message's fields, or Meta's refusal."""
    if request.method != "POST" or not PATH.fullmatch(request.target):
        return error(100)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or token not in tokens:
        return error(190)
    if request.headers.get("content-type") != "application/json":
        return error(100)
    fields = json.loads(request.body)
    if not isinstance(fields, dict):
        return error(100)
    code = _problem(fields)
    return fields if code is None else error(code)


def _problem(fields: Mapping[str, Any]) -> int | None:
    # Meta takes an individual for granted; this product always says it.
    needed = {"messaging_product", "recipient_type", "to", "type", "template"}
    if needed - set(fields):
        return 131008
    if set(fields) - needed:
        return 100
    fixed = (fields["messaging_product"], fields["recipient_type"], fields["type"])
    if fixed != ("whatsapp", "individual", "template") or not re.fullmatch(r"[1-9][0-9]{6,14}", str(fields["to"])):
        return 131009
    template = fields["template"]
    if not isinstance(template, dict) or set(template) != {"name", "language", "components"}:
        return 131008
    if not re.fullmatch(r"[a-z0-9_]{1,512}", str(template["name"])):
        return 132001
    language = template["language"]
    if not isinstance(language, dict) or not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", str(language.get("code"))):
        return 132001
    code = code_of(fields)
    components = [
        {"type": "body", "parameters": [{"type": "text", "text": code}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": code}]},
    ]
    if code is None or not 1 <= len(code) <= 15:
        return 132012
    return None if template["components"] == components else 132000


def code_of(fields: Mapping[str, Any]) -> str | None:
    """The code in the template's text, or None."""
    try:
        text = fields["template"]["components"][0]["parameters"][0]["text"]
    except (KeyError, IndexError, TypeError):
        return None
    return text if isinstance(text, str) else None


def message_id(number: str) -> str:
    """An id as Meta makes them: it holds the recipient's number, readable for everybody."""
    inside = b"\x1c\x19" + number.encode() + b"\x15\x02\x00\x11\x18\x12" + b"9F1D3A7C2B8E4D6F0A"
    return "wamid." + base64.b64encode(inside).decode()


def accepted(fields: Mapping[str, Any], status: str | None = "accepted") -> Answer:
    """200 OK."""
    to = str(fields.get("to"))
    message = {"id": message_id(to), "message_status": status}
    body = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": to, "wa_id": to}],
        "messages": [{name: value for name, value in message.items() if value is not None}],
    }
    return Answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})


def error(code: int, headers: Mapping[str, str] | None = None, status: int | None = None) -> Answer:
    """The Graph API's error object."""
    usual, kind, message = ERRORS[code]
    body = {
        "error": {
            "message": f"(#{code}) {message}",
            "type": kind,
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": "See the page."},
            "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW",
        }
    }
    return Answer(status or usual, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})


def answer(request: Request, tokens: Tokens) -> Answer:
    """What Meta answers: 200, or the error for what is wrong."""
    fields = read(request, tokens)
    return fields if isinstance(fields, Answer) else accepted(fields)
