"""A mail server for submission: SMTP with STARTTLS or TLS from the first byte, a login, and faults at every verb.

Sources: RFC 5321 (replies), RFC 3207 (STARTTLS), RFC 4954 (535 5.7.8), RFC 3463 (enhanced codes), RFC 5322 (header
fields, 3.6; lines of at most 998 characters, 2.1.1), RFC 6152 (8 bits only where they were announced).
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

FOR_EVER = 3600.0


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is reset in the place of the reply."""


@dataclass(frozen=True, slots=True)
class Silent:
    """No reply comes."""


@dataclass(frozen=True, slots=True)
class Slow:
    """The right reply, but only after some time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """Another reply. To the final full stop: the mail is not taken."""

    text: str


Fault = Closed | Silent | Slow | Reply
# By this name also the answer to EHLO after STARTTLS, the body of a mail, and the full stop that ends it.
VERBS = ("CONNECT", "EHLO", "STARTTLS", "EHLO over TLS", "AUTH", "MAIL", "RCPT", "DATA", ".", "QUIT")


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that the server has taken."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)

    @property
    def mail(self) -> EmailMessage:
        """As a mail program reads it."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def part(self, kind: str) -> str:
        """The text of its "plain" or "html" part."""
        body = self.mail.get_body((kind,))
        return "" if body is None else str(body.get_content())


class MailServer:
    """Listens on loopback until ``close``. ``faults`` are by verb; ``verbs`` are those that have come.

    ``meet`` gives the faults of one connection, in the place of those.
    """

    def __init__(
        self,
        logins: Collection[tuple[str, str]] | Callable[[], Collection[tuple[str, str]]],
        tls: ssl.SSLContext | None,
        *,
        from_the_first_byte: bool = False,
        taken: Callable[[Received], object] = lambda _: None,
        meet: Callable[[], Mapping[str, Fault]] | None = None,
    ) -> None:
        self._logins = logins if callable(logins) else lambda: logins
        self._tls = tls
        self._first = from_the_first_byte
        self._taken = taken
        self.faults: dict[str, Fault] = {}
        self.meet = (lambda: self.faults) if meet is None else meet
        self.unknown: set[str] = set()
        self.verbs: list[str] = []
        self.mails: list[Received] = []
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        # Little is kept for a reader that does not read.
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        listener.bind(("127.0.0.1", 0))
        listening = self._loop.create_server(self._session, sock=listener, ssl=tls if self._first else None)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        self.port: int = listener.getsockname()[1]

    def close(self) -> None:
        """Stop, and cut what is still open."""

        async def end() -> None:
            self._server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _session(self) -> SMTP:
        self.connections += 1
        return _Session(
            self,
            self,
            hostname="mail.example",
            tls_context=None if self._first else self._tls,
            require_starttls=not self._first and self._tls is not None,
            auth_require_tls=not self._first and self._tls is not None,
            authenticator=self._authenticated,
            loop=self._loop,
        )

    def _authenticated(self, *arguments: Any) -> AuthResult:
        login = arguments[-1]
        assert isinstance(login, LoginPassword)
        return AuthResult(success=(login.login.decode(), login.password.decode()) in self._logins(), handled=False)

    # aiosmtpd calls these.

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802
        if address in self.unknown:
            return "550 5.1.1 The email account that you tried to reach does not exist"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, session: Any, _: Any, envelope: Any) -> str:  # noqa: N802
        fault = session.met.get(".")
        if isinstance(fault, Reply):
            return fault.text
        problem = problem_of(envelope.content)
        if problem is not None:
            return f"554 5.6.0 {problem}"
        received = Received(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content)
        self.mails.append(received)
        self._taken(received)
        return "250 2.0.0 OK: queued as 4bXq7T0"


class _Session(SMTP):
    """aiosmtpd's, with the faults of the verb that is being replied to."""

    def __init__(self, server: MailServer, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._auth_required = True  # as an option it warns where TLS is not SMTP's own
        self._mail_server = server
        self.met = server.meet()
        self._verb = "CONNECT"
        self._replied = False
        self._smtp_methods = {verb: partial(self._at, verb, method) for verb, method in self._smtp_methods.items()}

    async def _at(self, verb: str, method: Any, argument: str | None) -> None:
        self._verb = "EHLO over TLS" if verb == "EHLO" and self._tls_protocol else verb
        self._replied = False
        self._mail_server.verbs.append(self._verb)
        await method(argument)

    async def push(self, status: Any) -> None:
        fault = self.met.get(self._verb)
        if isinstance(fault, Closed):
            cast("Any", self.transport).abort()
        if isinstance(fault, Closed | Silent):
            await asyncio.sleep(FOR_EVER)
        if isinstance(fault, Slow):
            await asyncio.sleep(fault.seconds)
        if not isinstance(fault, Reply):
            await super().push(status)
        elif not self._replied:
            await super().push(fault.text)
        self._replied = True
        if self._verb == "DATA":
            if isinstance(self.met.get("body"), Silent):
                cast("Any", self.transport).pause_reading()
                await asyncio.sleep(FOR_EVER)
            self._verb, self._replied = ".", False


def problem_of(content: bytes) -> str | None:
    """What is wrong with a mail, for a server that has announced no extension."""
    lines = content.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line for line in lines):
        return "a line ends with CR and LF"
    if not content.isascii() or max(map(len, lines)) > 998:
        return "a mail has lines of at most 998 characters in seven bits"
    mail = email.message_from_bytes(content, policy=email.policy.default)
    missing = [
        name
        for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")
        if len(mail.get_all(name, [])) != 1
    ]
    if missing:
        return f"once each: {', '.join(missing)}"
    if not re.fullmatch(r"<[!-;=?-~]+@[A-Za-z0-9.-]+>", str(mail["Message-ID"])):
        return "not a Message-ID"
    return None
