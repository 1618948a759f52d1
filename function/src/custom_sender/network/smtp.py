"""One mail to a mail server: SMTP (RFC 5321) over TLS, on port 465 from the first byte (RFC 8314), else by STARTTLS.

A server may deliver a mail only once it has read the full stop after its last line (RFC 5321 section 4.1.1.4): whatever
breaks before that stop is written has sent nothing.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from custom_sender.dataclass import dataclass, field
from custom_sender.network.addresses import CONNECT_SECONDS, connect
from custom_sender.network.deadline import GivenUp, about_to_write, elsewhere, reader
from custom_sender.network.requests import RequestRefused

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterator

TLS_PORT: Final = 465
# As of HTTP's answers: no reply needs more, and the function has no memory for one without an end.
_LONGEST_REPLY_BYTES: Final = 65_536


@dataclass(frozen=True)
class SmtpResponse:
    """The reply that decides: the first that refuses, or the one to the mail. ``verb`` is what it replies to.

    ``text`` may repeat addresses. Never logged.
    """

    verb: str
    code: int
    text: bytes = field(repr=False)


@dataclass(frozen=True)
class SmtpRequest:
    """A mail with its envelope, and the login. ``content`` is what follows DATA, each line with CR and LF."""

    host: str
    port: int
    username: str = field(repr=False)
    password: str = field(repr=False)
    sender: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    allow_private_address: bool = False

    def hold(self, trust: ssl.SSLContext, seconds: float) -> SmtpResponse:
        """The conversation, up to the reply that decides."""
        client = _Client(self, trust, seconds)
        try:
            return next(reply for reply in client.replies(self) if reply.verb == _END or reply.code >= 400)
        finally:
            # A mail that was accepted is the server's: nobody waits for its good-bye.
            with contextlib.suppress(OSError, smtplib.SMTPException, GivenUp):
                client.putcmd("QUIT")
            client.close()


# The full stop after the last line of a mail.
_END: Final = "."
# The replies that go on, to each verb (RFC 5321 section 4.3.2, RFC 3207, RFC 4954).
_GOES_ON: Final = {
    "CONNECT": (220,),
    "EHLO": (250,),
    "STARTTLS": (220,),
    "AUTH": (235,),
    "MAIL": (250,),
    "RCPT": (250, 251),
    "DATA": (354,),
    _END: (250,),
}


class _Client(smtplib.SMTP):
    def __init__(self, request: SmtpRequest, trust: ssl.SSLContext, seconds: float) -> None:
        # The name that it greets with: the machine's own would be looked for by a name server.
        super().__init__(local_hostname=request.sender.rpartition("@")[2], timeout=seconds)
        self._host = request.host
        self._trust = trust
        self._allow_private = request.allow_private_address

    def replies(self, request: SmtpRequest) -> Iterator[SmtpResponse]:
        """The server's replies, one after the other; each is asked for by the verb."""
        yield _reply("CONNECT", self.connect(request.host, request.port))
        yield _reply("EHLO", self.ehlo())
        if request.port != TLS_PORT:
            if not self.has_extn("starttls"):
                msg = "a mail server offers TLS (STARTTLS). Got: none. Fix: ask its operator for TLS, or for port 465."
                raise RequestRefused(msg)
            yield _reply("STARTTLS", self.docmd("STARTTLS"))
            about_to_write(self.sock, sends=False)
            self.sock = self._secured(self.sock)
            self.file = None  # what was said before TLS is no reply (RFC 3207 section 6)
            yield _reply("EHLO", self.ehlo())
        yield _reply("AUTH", self._logged_in(request))
        yield _reply("MAIL", self.mail(request.sender))
        yield _reply("RCPT", self.rcpt(request.recipient))
        yield _reply("DATA", self.docmd("DATA"))
        self.send(re.sub(rb"(?m)^\.", b"..", request.content))
        about_to_write(self.sock)
        super().send(b".\r\n")
        yield _reply(_END, self.getreply())

    def send(self, s: Any) -> None:
        about_to_write(self.sock, sends=False)
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Overrides smtplib's, which reads replies of any number of lines."""
        if self.file is None and self.sock is not None:
            self.file = _Replies(reader(self.sock))
        if isinstance(self.file, _Replies):
            self.file.left = _LONGEST_REPLY_BYTES
        return super().getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Overrides smtplib's, which resolves and connects."""
        seconds = min(CONNECT_SECONDS, timeout)

        def connected() -> socket.socket:
            connection = connect((host, port), seconds, allow_private=self._allow_private)
            connection.settimeout(timeout)
            return self._secured(connection) if port == TLS_PORT else connection

        return elsewhere(connected)

    def _secured(self, connection: Any) -> ssl.SSLSocket:
        return self._trust.wrap_socket(connection, server_hostname=self._host)

    def _logged_in(self, request: SmtpRequest) -> tuple[int, bytes]:
        self.user, self.password = request.username, request.password
        offered = self.esmtp_features.get("auth", "").upper().split()
        # TLS protects the password. To try a refused one by another way would count as another attack.
        for name, answer in (("PLAIN", self.auth_plain), ("LOGIN", self.auth_login)):
            if name in offered:
                try:
                    return self.auth(name, answer)
                except smtplib.SMTPAuthenticationError as refused:
                    return int(refused.smtp_code), bytes(refused.smtp_error)  # type: ignore[arg-type] # bytes, as read
        msg = "a mail server offers AUTH PLAIN or LOGIN. Got: neither. Fix: ask its operator for one of them."
        raise RequestRefused(msg)


class _Replies:
    """A server's lines, up to a limit for each reply."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.left = 0

    def readline(self, most: int) -> bytes:
        """One line. Raises ``SMTPException`` where the reply has been longer than any needs to be."""
        line = self._file.readline(most)
        self.left -= len(line)
        if self.left < 0:
            raise smtplib.SMTPException
        return line

    def close(self) -> None:
        self._file.close()


def _reply(verb: str, reply: tuple[int, bytes]) -> SmtpResponse:
    """The reply, if it is one to this verb. Raises ``SMTPException`` for one that is neither a yes nor a no."""
    code, text = reply
    if code not in _GOES_ON[verb] and not 400 <= code <= 599:
        raise smtplib.SMTPException
    return SmtpResponse(verb, code, text)
