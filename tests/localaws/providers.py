"""Third parties: one TLS server on loopback that plays every host a function may want to reach.

Certificates come from a test authority made at start; only the sandboxes trust it. The host that the client asked for
decides who answers: ``api.twilio.com`` is Twilio, ``*.example`` receives webhooks. Both are strict about what a real
counterpart would be strict about, and know accounts and keys only from what is in Secrets Manager or the Parameter
Store.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import trustme

from localaws import secret_store
from localaws.faults import SLOW_SECONDS, Faults
from localaws.inbox import Inbox

TWILIO_HOST: Final = "api.twilio.com"
HOSTS: Final = (TWILIO_HOST, "*.example")
_WEBHOOK_TOLERANCE_SECONDS: Final = 300
_BODY_LIMIT: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTPS request as a provider sees it (header names in lower case)."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class Twilio:
    """Twilio's Messages API. Source: twilio-oai ``twilio_api_v2010.json`` and twilio.com/docs/api/errors."""

    target: Final = "twilio"

    def __init__(self, account: str, inbox: Inbox) -> None:
        self._account = account
        self._inbox = inbox

    def answer(self, request: Request) -> Answer:
        """Check one request and send its message."""
        match = re.fullmatch(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages\.json", request.path)
        if match is None:
            return self.error(404, 20404, f"The requested resource {request.path} was not found")
        if request.method != "POST":
            return self.error(405, 20004, "Method not allowed")
        if not self._authentic(request, match[1]):
            return self.error(401, 20003, "Authenticate")
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return self.error(400, 21604, "The request must be form-encoded")
        try:
            form = parse_qs(request.body.decode(), strict_parsing=True)
        except ValueError:
            return self.error(400, 21604, "The request body cannot be parsed")
        if problem := _twilio_problem(form):
            return self.error(400, *problem)
        fields = {name: values[0] for name, values in form.items()}
        sid = "SM" + secrets.token_hex(16)
        meta = {"sid": sid, **{name: value for name, value in fields.items() if name not in {"To", "Body"}}}
        self._inbox.deliver("twilio", fields["To"], fields["Body"], meta)
        return Answer(
            201,
            {
                "sid": sid,
                "account_sid": match[1],
                "to": fields["To"],
                "from": fields.get("From"),
                "messaging_service_sid": fields.get("MessagingServiceSid"),
                "body": fields["Body"],
                "status": "accepted" if "MessagingServiceSid" in fields else "queued",
                "num_segments": "1",
                "error_code": None,
                "error_message": None,
                "direction": "outbound-api",
            },
        )

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        return {
            "throttle": self.error(429, 20429, "Too Many Requests"),
            "unauthorized": self.error(401, 20003, "Authenticate"),
        }.get(mode, self.error(500, 20500, "Internal server error"))

    def error(self, status: int, code: int, message: str) -> Answer:
        """Twilio's error shape."""
        more = f"https://www.twilio.com/docs/errors/{code}"
        return Answer(status, {"code": code, "message": message, "more_info": more, "status": status})

    def _authentic(self, request: Request, account_sid: str) -> bool:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        for secret in secret_store.objects(self._account):
            if secret.get("account_sid") != account_sid:
                continue
            pairs = {(account_sid, secret.get("auth_token")), (secret.get("api_key_sid"), secret.get("api_key_secret"))}
            if (user, password) in pairs and user and password:
                return True
        return False


_TWILIO_FIELDS: Final = frozenset(
    {
        *("To", "From", "MessagingServiceSid", "Body", "ValidityPeriod", "SmartEncoded", "RiskCheck", "Attempt"),
        *("ContentRetention", "AddressRetention", "ProvideFeedback", "StatusCallback", "ShortenUrls"),
    },
)


def _twilio_problem(form: Mapping[str, list[str]]) -> tuple[int, str] | None:
    def one(name: str) -> str:
        return form.get(name, [""])[0]

    checks: list[tuple[bool, int, str]] = [
        (any(len(values) > 1 for values in form.values()), 21604, "A parameter is given twice"),
        (bool(set(form) - _TWILIO_FIELDS), 20001, f"Unknown parameter {', '.join(sorted(set(form) - _TWILIO_FIELDS))}"),
        (not one("To"), 21604, "A 'To' phone number is required."),
        (not re.fullmatch(r"\+[1-9]\d{6,14}", one("To")), 21211, f"Invalid 'To' Phone Number: {one('To')}"),
        (not one("From") and not one("MessagingServiceSid"), 21603, "A 'From' phone number is required."),
        (
            bool(one("MessagingServiceSid")) and not re.fullmatch(r"MG[0-9a-fA-F]{32}", one("MessagingServiceSid")),
            21701,
            "The Messaging Service is not valid",
        ),
        (
            bool(one("From")) and not re.fullmatch(r"\+[1-9]\d{4,14}|\d{3,8}|[A-Za-z0-9 +&_-]{1,11}", one("From")),
            21212,
            f"The 'From' number {one('From')} is not a valid phone number, shortcode, or alphanumeric sender ID.",
        ),
        (not one("Body"), 21602, "Message body is required."),
        (len(one("Body")) > 1600, 21617, "The concatenated message body exceeds the 1600 character limit."),
        (bool(one("ValidityPeriod")) and not _between(one("ValidityPeriod"), 1, 36_000), 21608, "ValidityPeriod"),
        (one("RiskCheck") not in {"", "enable", "disable"}, 20001, "RiskCheck"),
        (one("ContentRetention") not in {"", "retain", "discard"}, 20001, "ContentRetention"),
        (one("AddressRetention") not in {"", "retain", "obfuscate", "discard"}, 20001, "AddressRetention"),
    ]
    return next(((code, message) for wrong, code, message in checks if wrong), None)


def _between(text: str, least: int, most: int) -> bool:
    return text.isdecimal() and least <= int(text) <= most


class Webhook:
    """A receiver of Standard Webhooks. Source: standard-webhooks/spec."""

    target: Final = "webhook"

    def __init__(self, account: str, inbox: Inbox) -> None:
        self._account = account
        self._inbox = inbox

    def answer(self, request: Request) -> Answer:
        """Check signature and body of one request and show its message."""
        if request.method != "POST":
            return Answer(405, {"error": "method not allowed"})
        if problem := self._signature_problem(request):
            return Answer(401, {"error": problem})
        if not request.headers.get("content-type", "").startswith("application/json"):
            return Answer(415, {"error": "the body must be application/json"})
        try:
            body = json.loads(request.body)
        except ValueError:
            return Answer(400, {"error": "the body is not JSON"})
        if problem := _webhook_problem(body):
            return Answer(400, {"error": problem})
        data = body["data"]
        meta = {name: value for name, value in data.items() if name not in {"to", "text", "code"}}
        meta.update(
            host=request.host,
            path=request.path,
            webhook_id=request.headers["webhook-id"],
            signatures=len(request.headers["webhook-signature"].split()),
        )
        self._inbox.deliver("webhook", data["to"], data["text"], meta)
        return Answer(202, {"accepted": True})

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        status = {"throttle": 429, "unauthorized": 401}.get(mode, 500)
        return Answer(status, {"error": mode}, {"Retry-After": "30"} if mode == "throttle" else {})

    def _keys(self) -> Iterator[bytes]:
        for secret in secret_store.objects(self._account):
            for key in secret.get("signing_keys") or []:
                try:
                    yield base64.b64decode(str(key).removeprefix("whsec_"), validate=True)
                except binascii.Error:
                    continue

    def _signature_problem(self, request: Request) -> str | None:
        identifier = request.headers.get("webhook-id", "")
        stamp = request.headers.get("webhook-timestamp", "")
        if not identifier or "." in identifier:
            return "webhook-id is missing or contains a full stop"
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > _WEBHOOK_TOLERANCE_SECONDS:
            return "webhook-timestamp is missing or too far from now"
        signed = f"{identifier}.{stamp}.".encode() + request.body
        expected = [
            "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in self._keys()
        ]
        given = request.headers.get("webhook-signature", "").split(" ")
        if not any(hmac.compare_digest(mine, theirs) for mine in expected for theirs in given):
            return "webhook-signature fits none of the signing keys"
        return None


def _webhook_problem(body: Any) -> str | None:
    if not isinstance(body, dict) or body.get("type") != "sms.send" or "timestamp" not in body:
        return "not an sms.send event"
    data = body.get("data")
    wanted: dict[str, tuple[type, ...]] = {
        "to": (str,),
        "text": (str,),
        "code": (str, type(None)),
        "trigger": (str,),
        "user_pool_id": (str,),
        "client_id": (str,),
        "locale": (str, type(None)),
        "expires_in_seconds": (int,),
    }
    if not isinstance(data, dict):
        return "data is missing"
    for name, kinds in wanted.items():
        if name not in data or not isinstance(data[name], kinds):
            return f"data.{name} is missing or of the wrong type"
    return None if re.fullmatch(r"\+[1-9]\d{6,14}", data["to"]) else "data.to is not E.164"


Provider = Twilio | Webhook


class ThirdParties:
    """The TLS server."""

    def __init__(self, account: str, inbox: Inbox, faults: Faults, state: Path) -> None:
        self._faults = faults
        self._twilio = Twilio(account, inbox)
        self._webhook = Webhook(account, inbox)
        self._authority = trustme.CA(organization_name="Embedded AWS, tests only")
        self._lock = threading.Lock()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.certificate_authority = state / "test-ca.pem"
        self._authority.cert_pem.write_to_path(str(self.certificate_authority))
        self._server = _TlsServer(self)
        threading.Thread(target=self._server.serve_forever, args=(0.2,), name="third-parties", daemon=True).start()

    @property
    def port(self) -> int:
        """Where the sandboxes' connections are sent."""
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Close the server."""
        self._server.shutdown()
        self._server.server_close()

    def provider(self, host: str) -> Provider | None:
        """Who answers for a host."""
        if host == TWILIO_HOST:
            return self._twilio
        return self._webhook if host.endswith(".example") else None

    def secure(self, connection: socket.socket) -> tuple[ssl.SSLSocket, Provider, str, str | None]:
        """The handshake: the connection, who answers on it, the host's name and the fault in force.

        :raises ssl.SSLError: when the host is unknown, or down (refused before anything was said).
        """
        chosen: list[tuple[Provider, str, str | None]] = []

        def choose(tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
            host = (name or "").lower()
            provider = self.provider(host)
            if provider is None:
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            fault = self._faults.take(provider.target)
            if fault == "down":
                return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
            chosen.append((provider, host, fault))
            tls.context = self._context(host)
            return None

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = choose
        secured = context.wrap_socket(connection, server_side=True)
        return (secured, *chosen[0])

    def _context(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]


class _TlsServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, third_parties: ThirdParties) -> None:
        self.third_parties = third_parties
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken handshake is what several tests are about; it is no news."""


class _Handler(BaseHTTPRequestHandler):
    """One request per connection, so that every request meets the fault of its moment."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _TlsServer
    provider: Provider
    host: str
    fault: str | None

    def setup(self) -> None:
        self.request.settimeout(self.timeout)
        self.request, self.provider, self.host, self.fault = self.server.third_parties.secure(self.request)
        super().setup()

    def do_POST(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _BODY_LIMIT))
        if self.fault == "slow":
            time.sleep(SLOW_SECONDS)
        if self.fault in {None, "slow"}:
            headers = {name.lower(): value for name, value in self.headers.items()}
            path = urlsplit(self.path).path
            answer = self.provider.answer(Request(self.command, self.host, path, headers, body))
        else:
            answer = self.provider.fault(str(self.fault))
        payload = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Connection", "close")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests carry numbers and codes: they are nobody's log."""
