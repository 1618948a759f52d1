"""Clients of AWS's APIs: one session for all, nothing loaded that they do not need, nothing kept that must not be.

botocore is used and not boto3: to the same clients, boto3 adds its resources and the transfers of S3, which take a
tenth of a cold start.
"""

from __future__ import annotations

import functools
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from custom_sender.network.connection import InTime
from custom_sender.network.deadline import elsewhere, lasts
from custom_sender.postponed import postponed

# The first is urllib3's, for the version of HTTP/2 alone, and it brings archives along. The others are botocore's: for
# its own documentation, configuration files, and times in answers.
with postponed(
    "importlib.metadata:version",
    "botocore.docs.bcdoc.docstringparser:DocStringParser",
    "configparser",
    "dateutil.parser:parse",
):
    import botocore.session
from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.config import Config
from botocore.credentials import Credentials, create_credential_resolver
from botocore.exceptions import BotoCoreError, CredentialRetrievalError, NoCredentialsError
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.hooks import HierarchicalEmitter
from botocore.httpsession import create_urllib3_context, get_cert_path
from botocore.loaders import Loader

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from botocore.credentials import ReadOnlyCredentials


# What the sender calls of AWS: botocore finds it before the runtime's descriptions of everything. A self-contained
# package has none of these files, because its botocore is cut.
_DESCRIPTIONS: Final = Path(__file__).with_name("aws")


# The services that are called, as botocore's events name them; the attachment calls Cognito, and STS gives credentials.
SERVICES: Final = frozenset(
    {
        *("cognito-identity-provider", "dynamodb", "kms", "pinpoint-sms-voice-v2", "secrets-manager", "sesv2"),
        *("sns", "ssm", "sts"),
    }
)


# What CloudTrail shows as the caller's program.
_USER_AGENT: Final = "cognito-custom-sender"


class _Descriptions(Loader):
    """botocore's descriptions of AWS; ours first."""

    def list_available_services(self, type_name: str) -> list[str]:
        """The services that have a folder. botocore looks into each of four hundred, to make a client of one."""
        del type_name
        folders = [folder for path in self.search_paths if (folder := Path(path)).is_dir()]
        return [service.name for folder in folders for service in folder.iterdir()]


class _Events(HierarchicalEmitter):
    """botocore's events, without pauses that nobody waits for: before another try, AWS may ask for one of seconds."""

    def register(self, event_name: str, handler: Callable[..., Any], *options: Any, **named: Any) -> None:
        """Let it be called at an event."""
        if event_name.startswith("needs-retry"):
            handler = _in_time(handler)
        super().register(event_name, handler, *options, **named)


def _in_time(handler: Callable[..., float | None]) -> Callable[..., float | None]:
    def pause(**said: Any) -> float | None:
        """Seconds. None: there is no other try."""
        seconds = handler(**said)
        return seconds if seconds is None or lasts(seconds) else None

    return pause


def _events() -> HierarchicalEmitter:
    """botocore's own handlers, but for other services' and documentation's, which are nine of ten.

    A twentieth of a cold start would go into them, because each client copies them all. And botocore would look at
    each name of an event, whether it is one that a service had in former times.
    """
    events = _Events()
    registers = {REGISTER_FIRST: events.register_first, REGISTER_LAST: events.register_last}
    for event, handler, *place in BUILTIN_HANDLERS:
        _, of_a_service, rest = event.partition(".")
        if not of_a_service or rest.partition(".")[0] in SERVICES:
            register = registers[place[0]] if place else events.register
            register(event, handler)
    return events


class Clients:
    """Makes clients, and knows those that it has made.

    One for the process is enough (``client``, ``forget``): a session costs milliseconds, and reads files.
    """

    def __init__(self) -> None:
        self._session: botocore.session.Session | None = None
        self._credentials: _Found | None = None
        self._made: list[Any] = []
        self._trust = _Trust(os.environ.get("AWS_CA_BUNDLE") or str(get_cert_path(verify=True)))

    def client(self, service: str, region: str | None, config: Config) -> Any:
        """A client of a service in a Region; None: the function's own.

        No credentials are looked for before the first call. Raises ``BotoCoreError`` when botocore does not know the
        service, or there is no Region.
        """
        if self._session is None:
            session = botocore.session.Session(include_builtin_handlers=False)
            session.register_component("event_emitter", _events())
            told = [path for path in os.environ.get("AWS_DATA_PATH", "").split(os.pathsep) if path]
            session.register_component("data_loader", _Descriptions([*told, str(_DESCRIPTIONS)]))
            self._credentials = _Found(lambda: create_credential_resolver(session).load_credentials())
            session.register_component("credential_provider", _Provider(self._credentials))
            self._session = session
        made = self._session.create_client(service, region_name=region, config=config)
        self._made.append(made)
        _connect_carefully(made)
        self._share_trust(made)
        return made

    def forget(self) -> None:
        """Close every connection, and let go of the credentials. The clients can be used again after that."""
        for made in self._made:
            made.close()
        if self._credentials is not None:
            self._credentials.forget()

    def _share_trust(self, made: Any) -> None:
        """Let all clients have one TLS context. There is no public way: with another botocore they stay as they are.

        So does a client that trusts others than the context does.
        """
        with suppress(AttributeError, KeyError):
            session = made._endpoint.http_session
            settings = session._manager.connection_pool_kw
            if "ssl_context" in settings and get_cert_path(session._verify) == self._trust.authorities:
                settings["ssl_context"] = self._trust.ready()


class _Trust:
    """A TLS context that reads the authorities once, and in a thread of its own.

    botocore makes a context for each client, and urllib3 reads the file of some 140 authorities for each connection: 17
    ms of a processor that a function of 512 MB has less than a third of. While a function is initialized it has more.
    Where there is a second one, the file is read beside the imports: OpenSSL does not hold Python's lock.
    """

    def __init__(self, authorities: str) -> None:
        self._context: ssl.SSLContext = create_urllib3_context()
        self.authorities = authorities
        load = functools.cache(self._context.load_verify_locations)
        self._context.load_verify_locations = load
        # No daemon: a process that ends waits for it, because OpenSSL must not be cleaned up under it.
        self._reading = threading.Thread(target=self._read, args=(load,), daemon=False)
        self._reading.start()

    def ready(self) -> ssl.SSLContext:
        """The context, when it has read them: a function is not frozen in the middle of that."""
        self._reading.join()
        return self._context

    def _read(self, load: Callable[..., None]) -> None:
        with suppress(OSError):  # the connection that misses them says so
            load(self.authorities, None, None)  # as urllib3 calls it


class _Measures:
    """A pool that takes no answer for whole that is shorter than it says.

    botocore tells urllib3 not to look. Of a body that was cut off it makes an empty answer, and of a failure one
    without its code.
    """

    def urlopen(self, *args: Any, **options: Any) -> Any:
        return super().urlopen(*args, **{**options, "enforce_content_length": True})  # type: ignore[misc] # as above


class _Connection(InTime, AWSHTTPConnection):  # type: ignore[misc] # as botocore's own classes are
    pass


class _SecureConnection(InTime, AWSHTTPSConnection):  # type: ignore[misc] # as above
    pass


class _Pool(_Measures, AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(_Measures, AWSHTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _connect_carefully(made: Any) -> None:
    """Give a client our connections. There is no public way to it: another botocore keeps its own, and is called
    elsewhere.
    """
    try:
        _pools(made).update(http=_Pool, https=_SecurePool)
    except AttributeError:
        call = made._make_api_call
        made._make_api_call = lambda *arguments: elsewhere(lambda: call(*arguments))


def asks_before_writing(made: Any) -> bool:
    """Whether a call of this client that was given up before its first byte is certain not to be carried out."""
    try:
        return _pools(made).get("https") is _SecurePool
    except AttributeError:
        return False


def _pools(made: Any) -> dict[str, Any]:
    pools: dict[str, Any] = made._endpoint.http_session._pool_classes_by_scheme
    return pools


class _Provider:
    """In the place of botocore's chain of providers, which is asked when a client is made."""

    def __init__(self, credentials: _Found) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials:
        return self._credentials


class _Found(Credentials):
    """The credentials that botocore finds, when they are first needed and again after ``forget``."""

    def __init__(self, find: Callable[[], Credentials | None]) -> None:
        # Not the base class's: it wants the keys.
        self._find = find
        self._found: Credentials | None = None
        self.method = "environment"

    def forget(self) -> None:
        self._found = None

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Raises ``BotoCoreError``, ``GivenUp``, and nothing else.

        From an answer without keys botocore makes a ``KeyError``, from an address that it does not like a
        ``ValueError``. Either would pass for a fault of the message that is just being decrypted.
        """
        try:
            frozen: ReadOnlyCredentials | None = self._ask(lambda found: found and found.get_frozen_credentials())
        except BotoCoreError:
            raise
        except Exception as error:  # noqa: BLE001 - see above; its text may hold what was answered
            failure = type(error).__name__
        else:
            if frozen is None:
                raise NoCredentialsError
            return frozen
        raise CredentialRetrievalError(provider="the function's role", error_msg=failure)

    def get_deferred_property(self, property_name: str) -> Callable[[], Any]:
        return lambda: self._ask(lambda found: getattr(found, property_name, None))

    def _ask(self, what: Callable[[Credentials | None], Any]) -> Any:
        """Of credentials that have to be fetched, or fetched again, in a thread: that is done without a deadline."""
        found = self._found
        is_due = getattr(found, "refresh_needed", None)
        if found is None or (is_due is not None and is_due()):
            return elsewhere(lambda: what(self._now()))
        return what(found)

    def _now(self) -> Credentials | None:
        if self._found is None:
            self._found = self._find()
        return self._found


_clients = Clients()
client = _clients.client
forget = _clients.forget


def patience(*, connect_seconds: float, read_seconds: float, tries: int, is_checked: bool = True) -> Config:
    """How long a try may take, and how many tries. botocore's own: 60 s to connect, 60 s for an answer.

    ``is_checked``: whether botocore checks the parameters against its description before it asks. The name is the same
    in each call: botocore's own is made anew for each of them, twice, of some thirty parts.
    """
    return Config(
        user_agent=_USER_AGENT,
        parameter_validation=is_checked,
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"total_max_attempts": tries, "mode": "standard"},
    )
