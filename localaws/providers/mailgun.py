"""Mailgun's Messages API, version 3.

Sources: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages (path, form fields, answer);
https://documentation.mailgun.com/docs/mailgun/api-reference/api-overview (hosts, user name "api", statuses);
github.com/mailgun/mailgun-java issue 50 (420: a domain's limit); django-anymail's backend for it (a path that is not
there is answered with 200).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from localaws.providers.mail import HEADERS, Mail, address_in
from localaws.providers.wire import Answer, Request

HOST = "api.mailgun.net"
HOST_EU = "api.eu.mailgun.net"
DOMAIN = "mg.acme.example"
MESSAGE_ID = "<20260306015544.1.f2d6a5b0c1e5d9b7@mg.acme.example>"
_HEADERS = {f"h:{name}": value for name, value in HEADERS.items()}
_FIELDS = frozenset({"from", "to", "subject", "text", "html", "o:tracking", "h:Reply-To", *_HEADERS})


def read(request: Request, keys: Collection[str], domain: str = DOMAIN) -> Mail | Answer:
    """The mail, or Mailgun's refusal. ``keys`` are those that it knows, ``domain`` is the customer's."""
    if request.method != "POST" or not request.target.startswith("/v3/") or not request.target.endswith("/messages"):
        return Answer(200, b"Mailgun Magnificent API", {"Content-Type": "text/plain"})
    allowed = {"Basic " + base64.b64encode(f"api:{key}".encode()).decode() for key in keys}
    if request.headers.get("authorization") not in allowed:
        return Answer(401, b"Forbidden", {"Content-Type": "text/plain"})
    if request.target != f"/v3/{domain}/messages":
        return error(404, "Domain not found: other.example")
    if request.headers.get("content-type") != "application/x-www-form-urlencoded":
        return error(400, "the body is a form")
    pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    if len(fields) != len(pairs) or not _FIELDS - {"h:Reply-To"} <= set(fields) <= _FIELDS:
        return error(400, "a parameter is missing, unknown or there twice")
    if fields["o:tracking"] != "no" or {name: fields[name] for name in _HEADERS} != _HEADERS:
        return error(400, "not what this product sends")
    if address_in(fields["to"]) != fields["to"]:
        return error(400, "'to' parameter is not a valid address. please check documentation")
    if address_in(fields["from"]) is None:
        return error(400, "'from' parameter is not a valid address. please check documentation")
    subject, text, html = (fields[name] for name in ("subject", "text", "html"))
    return Mail(fields["to"], fields["from"], fields.get("h:Reply-To"), subject, text, html, HEADERS)


def accepted(message_id: str = MESSAGE_ID) -> Answer:
    """200 and "Queued"."""
    return _json(200, {"id": message_id, "message": "Queued. Thank you."})


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A text in JSON."""
    return _json(status, {"message": message}, headers)


def answer(request: Request, keys: Collection[str], domain: str = DOMAIN) -> Answer:
    """What Mailgun answers: 200, or what is wrong."""
    mail = read(request, keys, domain)
    return mail if isinstance(mail, Answer) else accepted()


def _json(status: int, body: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
