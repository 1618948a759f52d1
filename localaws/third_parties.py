"""Third parties: one TLS server on loopback that plays every host a function may want to reach.

Certificates come from a test authority made at start; only the sandboxes trust it. The host that the client asked for
decides who answers: ``api.twilio.com`` is Twilio, ``verify.twilio.com`` Twilio Verify, ``api.nexmo.com`` Vonage,
``graph.facebook.com`` WhatsApp, ``hooks.slack.com`` Slack, ``api.telnyx.com`` Telnyx (which the function knows only as
data), ``*.example`` receives webhooks; so do four providers of mail. On the ports of mail each ``*.example`` is a mail
server. What they demand of a request is what the contract tests demand; accounts and
keys they know only from Secrets Manager and the Parameter Store.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import trustme

from localaws import secret_store
from localaws.clock import Clock
from localaws.faults import SLOW_SECONDS, Faults
from localaws.inbox import Inbox
from localaws.providers import (
    mailgun,
    postmark,
    resend,
    sendgrid,
    slack,
    smtp,
    telnyx,
    twilio,
    twilio_verify,
    vonage,
    webhook,
    whatsapp,
)
from localaws.providers.mail import Mail
from localaws.providers.wire import Answer, Request

HOSTS: Final = (
    twilio.HOST,
    twilio_verify.HOST,
    vonage.HOST,
    whatsapp.HOST,
    slack.HOST,
    telnyx.HOST,
    *(resend.HOST, postmark.HOST, sendgrid.HOST, sendgrid.HOST_EU, mailgun.HOST, mailgun.HOST_EU),
    "*.example",
)
_BODY_LIMIT: Final = 1_000_000


class Twilio:
    """Twilio's Messages API, with the accounts that are in the secret stores."""

    target = "twilio"

    def __init__(self, account: str, inbox: Inbox) -> None:
        self._account = account
        self._inbox = inbox

    def answer(self, request: Request, host: str) -> Answer:
        """Check one request and send its message."""
        fields = twilio.read(request, self._logins(request))
        if isinstance(fields, Answer):
            return fields
        if len(fields["To"]) < 9:
            return twilio.error(21211)  # well-formed, but no number in any plan is this short
        sid = "SM" + secrets.token_hex(16)
        meta = {name: value for name, value in fields.items() if name not in {"To", "Body"}}
        self._inbox.deliver("twilio", fields["To"], fields["Body"], {"sid": sid, "host": host, **meta})
        return twilio.accepted(fields, sid, "accepted" if "MessagingServiceSid" in fields else "queued")

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        return twilio.error({"throttle": 20429, "unauthorized": 20003}.get(mode, 20500))

    def _logins(self, request: Request) -> set[tuple[str, str]]:
        path = twilio.PATH.fullmatch(request.target)
        # A key of one account is worth nothing in the path of another.
        return set() if path is None else twilio_logins(self._account, path[1])


def twilio_logins(account: str, account_sid: str | None = None) -> set[tuple[str, str]]:
    """User names and passwords of Twilio's accounts that are in the secret stores; of one of them, or of all."""
    logins = set()
    for secret in secret_store.objects(account):
        found = str(secret.get("account_sid") or "")
        if account_sid in {None, found}:
            logins.add((found, str(secret.get("auth_token") or "")))
            logins.add((str(secret.get("api_key_sid") or ""), str(secret.get("api_key_secret") or "")))
    return {(user, password) for user, password in logins if user and password}


class TwilioVerify:
    """Twilio Verify, with the accounts that are in the secret stores. The text is Twilio's."""

    target = "twilio_verify"

    def __init__(self, account: str, inbox: Inbox) -> None:
        self._account = account
        self._inbox = inbox

    def answer(self, request: Request, host: str) -> Answer:
        """Check one request and send its code."""
        fields = twilio_verify.read(request, twilio_logins(self._account))
        if isinstance(fields, Answer):
            return fields
        if len(fields["To"]) < 9:
            return twilio_verify.invalid("To")  # well-formed, but no number in any plan is this short
        sid = "VE" + secrets.token_hex(16)
        meta = {name: value for name, value in fields.items() if name not in {"To", "CustomCode"}}
        text = f"Your verification code is: {fields['CustomCode']}."
        self._inbox.deliver("twilio_verify", fields["To"], text, {"sid": sid, "host": host, **meta})
        return twilio_verify.accepted(fields, sid)

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        return twilio_verify.error({"throttle": 20429, "unauthorized": 20003}.get(mode, 20500))


class Vonage:
    """Vonage's Messages API, with the API keys that are in the secret stores."""

    target = "vonage"

    def __init__(self, account: str, inbox: Inbox) -> None:
        self._account = account
        self._inbox = inbox

    def answer(self, request: Request, host: str) -> Answer:
        """Check one request and send its message."""
        fields = vonage.read(request, self._logins())
        if isinstance(fields, Answer):
            return fields
        if len(fields["to"]) < 8:
            return vonage.error("1430")  # well-formed, but no number in any plan is this short
        message_uuid = str(uuid.uuid4())
        meta = {name: value for name, value in fields.items() if name not in {"to", "text"}}
        self._inbox.deliver("vonage", f"+{fields['to']}", fields["text"], {"id": message_uuid, "host": host, **meta})
        return vonage.accepted(message_uuid)

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        return vonage.error({"throttle": "throttled", "unauthorized": "unauthorized"}.get(mode, "1030"))

    def _logins(self) -> set[tuple[str, str]]:
        found = {
            (str(secret.get("api_key") or ""), str(secret.get("api_secret") or ""))
            for secret in secret_store.objects(self._account)
        }
        return {(key, password) for key, password in found if key and password}


class WhatsApp:
    """Meta's Cloud API, with the access tokens that are in the secret stores. The text is the template's."""

    target = "whatsapp"

    def __init__(self, account: str, inbox: Inbox) -> None:
        self._account = account
        self._inbox = inbox

    def answer(self, request: Request, host: str) -> Answer:
        """Check one request and send its code."""
        tokens = {str(secret.get("access_token") or "") for secret in secret_store.objects(self._account)} - {""}
        fields = whatsapp.read(request, tokens)
        if isinstance(fields, Answer):
            return fields
        if len(fields["to"]) < 8:
            return whatsapp.error(131026)  # nobody with so short a number is on WhatsApp
        template = fields["template"]
        meta = {"template": template["name"], "language": template["language"]["code"], "host": host}
        text = f"{whatsapp.code_of(fields)} is your verification code."
        self._inbox.deliver("whatsapp", f"+{fields['to']}", text, {"path": request.target, **meta})
        return whatsapp.accepted(fields)

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        return whatsapp.error({"throttle": 130429, "unauthorized": 190}.get(mode, 131000))


class Slack:
    """Slack's incoming webhooks, with those that are in the secret stores. The channel's messages are in the inbox."""

    target = "slack"

    def __init__(self, account: str, inbox: Inbox) -> None:
        self._account = account
        self._inbox = inbox

    def answer(self, request: Request, host: str) -> Answer:
        """Check one request and show its text."""
        urls = (urlsplit(str(secret.get("webhook_url") or "")) for secret in secret_store.objects(self._account))
        shown = slack.read(request, {url.path for url in urls if url.hostname == host})
        if isinstance(shown, Answer):
            return shown
        # Whose message it is stands in it, because a channel has no number.
        recipient = re.search(r"^To: (\S+)$", shown, re.MULTILINE)
        self._inbox.deliver("slack", recipient[1] if recipient else "", shown, {"host": host, "path": request.target})
        return Answer(200, b"ok", {"Content-Type": "text/html"})

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        if mode == "throttle":
            return slack.error("rate_limited", {"Retry-After": "30"})
        return slack.error("no_service" if mode == "unauthorized" else "rollup_error")


class Telnyx:
    """Telnyx's Messaging API, with the API keys that are in the secret stores, and with its idempotency."""

    target = "telnyx"

    def __init__(self, account: str, inbox: Inbox) -> None:
        self._account = account
        self._inbox = inbox
        self._lock = threading.Lock()
        self._answered: dict[str, tuple[bytes, Answer]] = {}

    def answer(self, request: Request, host: str) -> Answer:
        """Check one request and send its message, unless it is a repetition of one that was sent."""
        keys = {str(secret.get("api_key") or "") for secret in secret_store.objects(self._account)} - {""}
        fields = telnyx.read(request, keys)
        if isinstance(fields, Answer):
            return fields
        if len(fields["to"]) < 9:
            return telnyx.error("40310", "/to")  # well-formed, but no number in any plan is this short
        key = telnyx.idempotency_key(request)
        with self._lock:
            if key in self._answered:
                body, answer = self._answered[key]
                return answer if body == request.body else telnyx.other_body()
            message_id = str(uuid.uuid4())
            answer = telnyx.accepted(fields, message_id)
            self._answered[key] = (request.body, answer)
        meta = {name: value for name, value in fields.items() if name not in {"to", "text"}}
        self._inbox.deliver(
            "telnyx", fields["to"], fields["text"], {"id": message_id, "host": host, "idempotency_key": key, **meta}
        )
        return answer

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        if mode == "throttle":
            return telnyx.error("10011", headers={"Retry-After": "30"})
        return telnyx.error("10009" if mode == "unauthorized" else "10007")


@dataclass(frozen=True, slots=True)
class MailProvider:
    """How a provider of mail is asked. ``field``: of the secrets, the one that holds its keys.

    ``refused`` is its answer to too many requests (429), to a key that it does not know (401), and when it fails (500).
    """

    target: str
    hosts: tuple[str, ...]
    field: str
    read: Callable[[Request, set[str]], Mail | Answer]
    accepted: Callable[[Mail], Answer]
    refused: Callable[[int], Answer]


_MAIL_PROVIDERS: Final = (
    MailProvider(
        "resend",
        (resend.HOST,),
        "api_key",
        resend.read,
        lambda _: resend.accepted(str(uuid.uuid4())),
        lambda status: resend.error(
            {429: "rate_limit_exceeded", 401: "invalid_api_key", 500: "internal_server_error"}[status]
        ),
    ),
    MailProvider(
        "postmark",
        (postmark.HOST,),
        "server_token",
        postmark.read,
        lambda mail: postmark.accepted(mail.to, message_id=str(uuid.uuid4())),
        lambda status: postmark.error({401: 10}.get(status, status)),
    ),
    MailProvider(
        "sendgrid",
        (sendgrid.HOST, sendgrid.HOST_EU),
        "api_key",
        sendgrid.read,
        lambda _: sendgrid.accepted(secrets.token_urlsafe(16)),
        lambda status: sendgrid.error(status, "refused"),
    ),
    MailProvider(
        "mailgun",
        (mailgun.HOST, mailgun.HOST_EU),
        "api_key",
        # Every domain is the customer's.
        lambda request, keys: mailgun.read(request, keys, "".join(request.target.split("/")[2:3])),
        lambda _: mailgun.accepted(),
        lambda status: mailgun.error(status, "refused"),
    ),
)


class MailApi:
    """A provider of mail. A mail whose idempotency key is known is not sent again (Resend)."""

    def __init__(self, account: str, inbox: Inbox, provider: MailProvider) -> None:
        self.target = provider.target
        self._account = account
        self._inbox = inbox
        self._provider = provider
        self._lock = threading.Lock()
        self._answered: dict[str, tuple[bytes, Answer]] = {}

    def answer(self, request: Request, host: str) -> Answer:
        """Check one request and send its mail."""
        provider = self._provider
        keys = {str(secret.get(provider.field) or "") for secret in secret_store.objects(self._account)} - {""}
        mail = provider.read(request, keys)
        if isinstance(mail, Answer):
            return mail
        key = request.headers.get("idempotency-key", "")
        with self._lock:
            if key in self._answered:
                body, answer = self._answered[key]
                return answer if body == request.body else resend.error("invalid_idempotent_request")
            answer = provider.accepted(mail)
            if key:
                self._answered[key] = (request.body, answer)
        self._inbox.deliver(self.target, mail.to, mail.text, {"host": host, **mail.meta()})
        return answer

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        return self._provider.refused({"throttle": 429, "unauthorized": 401}.get(mode, 500))


# What a mail server does in a fault mode, by the verb that it replies to.
_SMTP_FAULTS: Final[Mapping[str, Mapping[str, smtp.Fault]]] = {
    "down": {"CONNECT": smtp.Closed()},
    "throttle": {"MAIL": smtp.Reply("450 4.7.1 too many mails")},
    "unauthorized": {"AUTH": smtp.Reply("535 5.7.8 Authentication credentials invalid")},
    "slow": {".": smtp.Slow(SLOW_SECONDS)},
    "server-error": {".": smtp.Reply("451 4.3.0 local error")},
}


class Webhook:
    """A receiver of Standard Webhooks, with the signing keys that are in the secret stores."""

    target = "webhook"

    def __init__(self, account: str, inbox: Inbox, clock: Clock) -> None:
        self._account = account
        self._inbox = inbox
        self._clock = clock

    def answer(self, request: Request, host: str) -> Answer:
        """Check signature and body of one request and show its message."""
        data = webhook.read(request, self._keys(), self._clock.now())
        if isinstance(data, Answer):
            return data
        meta = {name: value for name, value in data.items() if name not in {"to", "text", "code"}}
        meta.update(
            host=host,
            path=request.target,
            webhook_id=request.headers["webhook-id"],
            signatures=len(request.headers["webhook-signature"].split()),
        )
        self._inbox.deliver("webhook", data["to"], data["text"], meta)
        return Answer(204)

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""
        if mode == "throttle":
            return Answer(429, b"", {"Retry-After": "30"})
        return Answer(401 if mode == "unauthorized" else 500)

    def _keys(self) -> list[str]:
        found = [secret.get("signing_keys") for secret in secret_store.objects(self._account)]
        return [str(key) for keys in found if isinstance(keys, list) for key in keys if _is_key(str(key))]


def _is_key(key: str) -> bool:
    try:
        return bool(base64.b64decode(key.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        return False


class Provider(Protocol):
    """Who answers for a host. ``target`` is the name that faults are asked for with."""

    target: str

    def answer(self, request: Request, host: str) -> Answer:
        """The answer to a request."""

    def fault(self, mode: str) -> Answer:
        """The answer of a fault mode."""


class ThirdParties:
    """The TLS server."""

    def __init__(self, account: str, inbox: Inbox, faults: Faults, state: Path, clock: Clock) -> None:
        self._faults = faults
        self._providers: dict[str, Provider] = {
            twilio.HOST: Twilio(account, inbox),
            twilio_verify.HOST: TwilioVerify(account, inbox),
            vonage.HOST: Vonage(account, inbox),
            whatsapp.HOST: WhatsApp(account, inbox),
            slack.HOST: Slack(account, inbox),
            telnyx.HOST: Telnyx(account, inbox),
            **{host: MailApi(account, inbox, each) for each in _MAIL_PROVIDERS for host in each.hosts},
        }
        self._account = account
        self._inbox = inbox
        self._webhook = Webhook(account, inbox, clock)
        self._authority = trustme.CA(organization_name="Embedded AWS, tests only")
        self._lock = threading.Lock()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.certificate_authority = state / "test-ca.pem"
        self._authority.cert_pem.write_to_path(str(self.certificate_authority))
        self._server = _TlsServer(self)
        threading.Thread(target=self._server.serve_forever, args=(0.2,), name="third-parties", daemon=True).start()
        self._mail_servers = {port: self._mail_server(from_the_first_byte=port == 465) for port in (465, 587)}

    @property
    def ports(self) -> Mapping[int, int]:
        """Where the sandboxes' connections to a port are sent."""
        mail = {port: server.port for port, server in self._mail_servers.items()}
        return {443: int(self._server.server_address[1]), **mail}

    def stop(self) -> None:
        """Close the servers."""
        self._server.shutdown()
        self._server.server_close()
        for server in self._mail_servers.values():
            server.close()

    def _mail_server(self, *, from_the_first_byte: bool) -> smtp.MailServer:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(asked: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
            asked.context = self._context((name or "").lower())

        tls.sni_callback = choose
        return smtp.MailServer(
            self._mail_logins,
            tls,
            from_the_first_byte=from_the_first_byte,
            taken=self._take,
            meet=lambda: _SMTP_FAULTS.get(self._faults.take("smtp") or "", {}),
        )

    def _mail_logins(self) -> set[tuple[str, str]]:
        found = secret_store.objects(self._account)
        return {(str(secret.get("username") or ""), str(secret.get("password") or "")) for secret in found} - {("", "")}

    def _take(self, received: smtp.Received) -> None:
        mail = received.mail
        meta = {
            "from": str(mail["From"]),
            "reply_to": None if mail["Reply-To"] is None else str(mail["Reply-To"]),
            "subject": str(mail["Subject"]),
            "html": received.part("html"),
            "headers": {name: str(value) for name, value in mail.items()},
        }
        for recipient in received.recipients:
            self._inbox.deliver("smtp", recipient, received.part("plain"), meta)

    def provider(self, host: str) -> Provider | None:
        """Who answers for a host."""
        return self._providers.get(host) or (self._webhook if host.endswith(".example") else None)

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
            answer = self.provider.answer(Request(self.command, self.path, headers, body), self.host)
        else:
            answer = self.provider.fault(str(self.fault))
        self.send_response(answer.status)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        # A gateway that repeats everything, in a line that is no header for the blank before its colon (RFC 9112
        # section 5.1): what a library makes of it must not get into a log.
        said = f"{self.path} {self.headers.get('Authorization', '')} {body.decode('latin-1')}"
        self.send_header("X-Echo ", " ".join(said.split()))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests carry numbers and codes: they are nobody's log."""
