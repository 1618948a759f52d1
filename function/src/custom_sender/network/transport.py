"""Takes a request to its provider and brings the answer back, within a time that is really kept.

It knows no provider. It knows the one thing that decides about sending twice: whether a byte of the request may have
reached the other side. ``NotSent`` says that none did, ``PerhapsSent`` that some may have.

A request is given up when its time is over (``deadline``). One that was given up before its first byte is never
written.

A name of a third party is resolved once, here. The addresses are judged (``addresses.py``) and one of those very
addresses is connected to: with a second resolution, the name could lead somewhere else by then. The certificate is
still verified against the name.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import urllib3
from botocore import exceptions as sdk
from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.util.connection import allowed_gai_family

from custom_sender.network import clients
from custom_sender.network.addresses import CONNECT_SECONDS, connect
from custom_sender.network.connection import InTime, Response
from custom_sender.network.deadline import Attempt, within
from custom_sender.network.requests import (
    AwsCaller,
    AwsRequest,
    AwsResponse,
    HttpRequest,
    HttpResponse,
    RequestRefused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from custom_sender.network.requests import Conversation

_T = TypeVar("_T")

RESPONSE_LIMIT_BYTES = 64 * 1024
# The longest that one attempt may take; the caller usually gives less.
ATTEMPT_SECONDS = 5.0
# A connection that has been idle for longer is not used again. Lambda freezes the process between invocations, so the
# other side's good-bye may not have been seen. A request written to a dead connection is lost and counts as perhaps
# sent. AWS's load balancers say good-bye after 60 s, nginx after 75 s.
IDLE_SECONDS = 20.0


class NotSent(Exception):  # noqa: N818 - the name says what is the matter, as the outcomes do
    """Nothing of the request reached the provider: name not found, refused, TLS handshake failed, timed out before."""


class PerhapsSent(Exception):  # noqa: N818 - see above
    """The connection failed, or the time was over, after the request may have been read."""


def _cut(connection: socket.socket) -> None:
    """End it, also while an answer holds on to it."""
    with contextlib.suppress(OSError):
        # The plain socket's method: SSLSocket.shutdown would take the TLS state away under the answer.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _speaks(connection: socket.socket, look: Callable[[int], bytes]) -> bool:
    """Whether the other side says something, or good-bye. ``look`` reads from the connection, and does not wait."""
    seconds = connection.gettimeout()
    try:
        connection.settimeout(0)
        look(1)
    except ssl.SSLWantReadError:
        connection.settimeout(seconds)
        return False
    except OSError:
        return True
    return True


class _Response(Response):
    """The final answer. Where it begins or ends in doubt, its connection is not used again.

    What is left over would be taken for the answer to the next request (RFC 9112 sections 6.3 and 9.2).
    """

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self._connection = sock

    def begin(self) -> None:
        """Read status and headers of the answer, and over the interim ones before it (RFC 9110 section 15.2)."""
        super().begin()
        while self.status < 200:
            if self.status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                raise http.client.HTTPException
            self.headers = None  # type: ignore[assignment] # else it would have begun
            super().begin()
        two_lengths = {"content-length", "transfer-encoding"} <= {name.lower() for name in self.headers}
        self.will_close = self.will_close or two_lengths or bool(self.headers.defects)

    def _close_conn(self) -> None:
        """The body has ended. Overrides http.client's."""
        if not self.will_close and _speaks(self._connection, self.fp.peek):
            _cut(self._connection)
        super()._close_conn()  # type: ignore[misc]


class _Connection(InTime, HTTPSConnection):
    allow_private_address = False
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        """The TCP connection, to an address that was found good. Overrides urllib3's, which resolves and connects."""
        seconds = self.timeout if isinstance(self.timeout, int | float) else None
        return connect(
            (self._dns_host.strip("[]"), self.port),
            seconds,
            allow_private=self.allow_private_address,
            family=allowed_gai_family(),
            options=self.socket_options or (),
        )

    def putrequest(self, *arguments: Any, **options: Any) -> None:
        """Begin a request, unless the other side has said something that answers nothing. Extends urllib3's."""
        if self.sock is not None and _speaks(self.sock, self.sock.recv):
            raise http.client.HTTPException
        super().putrequest(*arguments, **options)


class _ConnectionPool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class _PrivateConnection(_Connection):
    allow_private_address = True


class _PrivateConnectionPool(HTTPSConnectionPool):
    ConnectionCls = _PrivateConnection


class Transport:
    """Sends one request at a time. Keep one for the life of the process: it keeps connections and AWS clients.

    ``wall_clock`` gives seconds since the epoch: it goes on while Lambda has frozen the process.
    """

    def __init__(self, wall_clock: Callable[[], float] = time.time) -> None:
        self._wall_clock = wall_clock
        # By allow_private_address: a connection that one sender may have must not be used by another that may not.
        self._pools: dict[bool, urllib3.PoolManager] = {}
        self._pools_used_at = 0.0
        self._trusted: ssl.SSLContext | None = None
        self._clients: dict[tuple[str, str | None], Any] = {}

    def send(self, request: HttpRequest | AwsRequest | Conversation, timeout_seconds: float) -> Any:
        """The answer, whatever its status. No redirects are followed, nothing is tried twice.

        Raises ``NotSent``, ``PerhapsSent`` or ``RequestRefused``. None of them has a text or a cause that could hold
        something of the request or the answer. If the SDK refuses to build an AWS call, or does not know it yet, an
        ``AwsResponse`` of status 0 comes back. Its error code is ``SdkTooOld``, ``SdkRefusedParameters`` or
        ``SdkNotConfigured``.
        """
        timeout = min(timeout_seconds, ATTEMPT_SECONDS)
        if isinstance(request, HttpRequest):
            _check(request)
            pool = self._fresh_pool(request.allow_private_address)
            return self._judged(lambda: _exchange(pool, request, timeout), timeout)
        if isinstance(request, AwsRequest):
            return self._send_aws(request, timeout)
        trust = self._trust()
        return self._judged(lambda: request.hold(trust, timeout), timeout)

    def prepare(self, sender: object) -> None:
        """Do what this sender's first request would begin with and needs no request for. Connects to nobody."""
        if isinstance(sender, AwsCaller):
            self._client(sender.service, sender.region)
        else:
            self._fresh_pool(bool(getattr(sender, "allow_private_address", False)))

    def forget(self) -> None:
        """Close the connections to providers. (``clients.forget`` closes those to AWS.)"""
        for pool in self._pools.values():
            pool.clear()

    def _judged(self, exchange: Callable[[], _T], timeout: float) -> _T:
        attempt = Attempt()

        def work() -> _T | RequestRefused:
            try:
                return exchange()
            except RequestRefused as refused:
                # A new one: this one's traceback holds the request.
                return RequestRefused(*refused.args)

        response = within(timeout, work, attempt)
        if isinstance(response, RequestRefused):
            raise response
        if response is not None:
            return response
        # Decided by what was written and not by the kind of error: a reset or a time-out happens on either side of it.
        raise PerhapsSent if attempt.written else NotSent

    def _trust(self) -> ssl.SSLContext:
        """It verifies against the system's certificates, or those that SSL_CERT_FILE names. It takes 12 ms to read."""
        if self._trusted is None:
            self._trusted = ssl.create_default_context()
        return self._trusted

    def _fresh_pool(self, allow_private_address: bool) -> urllib3.PoolManager:
        now = self._wall_clock()
        if not 0 <= now - self._pools_used_at <= IDLE_SECONDS:
            for pool in self._pools.values():
                pool.clear()
        self._pools_used_at = now
        if allow_private_address not in self._pools:
            pool = urllib3.PoolManager(num_pools=4, maxsize=1, cert_reqs="CERT_REQUIRED", ssl_context=self._trust())
            kind = _PrivateConnectionPool if allow_private_address else _ConnectionPool
            pool.pool_classes_by_scheme = {"https": kind}
            self._pools[allow_private_address] = pool
        return self._pools[allow_private_address]

    def _send_aws(self, request: AwsRequest, timeout: float) -> AwsResponse:
        try:
            client = self._client(request.service, request.region)
        except BotoCoreError as error:
            return _sdk_problem(error)
        method = getattr(client, request.operation, None)
        if method is None:
            return AwsResponse(status=0, result={}, error_code="SdkTooOld", reason=None)
        attempt = Attempt(written=not clients.asks_before_writing(client))
        answer = within(timeout, lambda: _call(method, request.parameters), attempt)
        if isinstance(answer, AwsResponse):
            return answer
        raise PerhapsSent if attempt.written and answer is not NotSent else NotSent

    def _client(self, service: str, region: str | None) -> Any:
        key = (service, region)
        if key not in self._clients:
            # Sending is not idempotent: botocore must not do it twice.
            once = clients.patience(connect_seconds=CONNECT_SECONDS, read_seconds=ATTEMPT_SECONDS, tries=1)
            self._clients[key] = clients.client(service, region, once)
        return self._clients[key]


def _check(request: HttpRequest) -> None:
    """Raise ``RequestRefused`` unless it is HTTPS to a named host with harmless headers (RFC 9110 section 5)."""
    parts = urlsplit(request.url)
    if parts.scheme != "https" or not parts.hostname or re.search(r"[^!-~]", request.url):
        msg = "only requests to an https:// address are sent"
        raise RequestRefused(msg)
    for name, value in request.headers.items():
        if not re.fullmatch(r"[A-Za-z0-9-]+", name) or not re.fullmatch(r"[ -~]*", value):
            msg = "a header's name or value has a character that no header may have"
            raise RequestRefused(msg)


def _exchange(pool: urllib3.PoolManager, request: HttpRequest, timeout: float) -> HttpResponse:
    response = pool.urlopen(
        request.method,
        request.url,
        body=request.body,
        headers=dict(request.headers),
        timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, timeout), read=timeout),
        retries=False,
        redirect=False,
        preload_content=False,
        decode_content=False,
    )
    try:
        # Not decoded: a small compressed body can grow without limit.
        body = response.read(RESPONSE_LIMIT_BYTES, decode_content=False)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(status=response.status, headers=headers, body=body)
    finally:
        if response.closed:
            response.release_conn()
        else:
            # More than the limit, or less than announced: this connection is of no more use.
            response.close()


# Of credentials only that they could not be fetched: that passes. That there are none is a fault of the set-up.
_BEFORE_SENDING: Final = (
    sdk.EndpointConnectionError,
    sdk.ConnectTimeoutError,
    sdk.ProxyConnectionError,
    sdk.CredentialRetrievalError,
    sdk.MetadataRetrievalError,
)


def _call(method: Callable[..., Any], parameters: Mapping[str, Any]) -> AwsResponse | type[NotSent] | None:
    """One AWS call. The failures that the SDK tells apart come back as values: an exception would carry its texts.

    None: the network failed, before or after the request was written.
    """
    try:
        result = method(**parameters)
    except sdk.ClientError as error:
        answer = error.response
        metadata = answer.get("ResponseMetadata", {})
        reason = answer.get("Reason")
        return AwsResponse(
            status=int(metadata.get("HTTPStatusCode", 0)),
            result=answer,
            error_code=str(answer.get("Error", {}).get("Code", "")) or "Unknown",
            reason=reason if isinstance(reason, str) else None,
        )
    except _BEFORE_SENDING:
        return NotSent
    except (sdk.SSLError, sdk.HTTPClientError, ResponseParserError):
        return None
    except (sdk.BotoCoreError, UnicodeEncodeError) as error:
        return _sdk_problem(error)
    status = int(result.get("ResponseMetadata", {}).get("HTTPStatusCode", 200))
    return AwsResponse(status=status, result=result, error_code=None, reason=None)


def _sdk_problem(error: Exception) -> AwsResponse:
    """What the SDK refuses before it sends anything. An older SDK does not know the service or a parameter."""
    if isinstance(error, sdk.DataNotFoundError):  # UnknownServiceError is one
        code = "SdkTooOld"
    elif isinstance(error, sdk.ParamValidationError | UnicodeEncodeError):
        code = "SdkTooOld" if "Unknown parameter in input" in str(error) else "SdkRefusedParameters"
    else:
        code = "SdkNotConfigured"
    return AwsResponse(status=0, result={}, error_code=code, reason=None)
