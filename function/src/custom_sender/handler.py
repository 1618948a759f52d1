"""Lambda's entry point: made from the environment; what is raised, and what is swallowed.

Cognito invokes custom senders asynchronously: nobody sees an error, and Lambda repeats an invocation that raises. So
this raises only what a later invocation can cure (``outcome.POLICY``). It always raises a ``RetryableError``, with a
text of ours and no exception chained to it; everything else is counted, logged and over.

Wrong settings are raised too, by every call: so the failure queue has the event. Terraform asks each new version for
them before Cognito calls it, with an event of its own (``self_check``).
"""

from __future__ import annotations

from custom_sender import startup  # isort: skip # before all others: see there

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

from custom_sender import settings as configuration
from custom_sender import snapshot
from custom_sender.cognito.decryption import Decryptor, kms_client
from custom_sender.cognito.event import read
from custom_sender.dataclass import dataclass
from custom_sender.delivery.breaker import Breakers
from custom_sender.errors import RetryableError, SettingsError
from custom_sender.guards.ledger import Ledger, dynamodb_client
from custom_sender.network import clients
from custom_sender.network.provider_secrets import Credentials
from custom_sender.network.transport import Transport
from custom_sender.outcome import Outcome
from custom_sender.pipeline import Pipeline, Tools
from custom_sender.record.log import Telemetry
from custom_sender.record.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from custom_sender.settings import Settings

# For a direct call without a Lambda context: the module's default time-out.
_DEFAULT_SECONDS: Final = 30.0
# Lambda repeats a failed invocation after a minute: by then its lease must be over, whatever function.timeout is, or
# the retry takes a dead invocation for one that is sending. No code is waited for that long.
_LONGEST_SECONDS: Final = 50.0

# What Terraform asks a new version with (``function.tf``).
_SELF_CHECK: Final = {"self_check": True}


def _trace_header() -> str | None:
    """What Lambda's runtime sets for each invocation."""
    return os.environ.get("_X_AMZN_TRACE_ID")


class Handler:
    """One per execution environment: it keeps the settings, the clients of KMS and of the ledger, the connections to
    the providers, and what is known of how they are.
    """

    def __init__(  # noqa: PLR0913 - each is a thing that a test replaces
        self,
        settings: Settings,
        *,
        decryptor: Decryptor,
        transport: Transport,
        credentials: Credentials,
        telemetry: Telemetry,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        ledger: Ledger | None = None,
        trace_header: Callable[[], str | None] = _trace_header,
    ) -> None:
        """``clock`` gives seconds since the epoch. ``ledger`` is None when it is switched off."""
        self.tools = Tools(
            settings,
            decryptor,
            transport,
            credentials,
            telemetry,
            breakers=Breakers(clock),
            clock=clock,
            sleep=sleep,
            trace_header=trace_header,
            ledger=ledger,
        )

    def __call__(self, raw: object, context: Any = None) -> dict[str, Any]:
        """One event of Cognito's custom sender triggers, which may be anything.

        Returns ``{"outcome", "sender"}``: Lambda drops it, but an on-success destination would keep it. Raises
        ``RetryableError`` and nothing else, but for the self-check: that is no message.
        """
        if raw == _SELF_CHECK:
            from custom_sender.self_check import self_check  # noqa: PLC0415 - no cold start pays for it

            return self_check(self.tools.settings)
        started = self.tools.clock()
        self.tools.telemetry.begin()
        record = Record(request_id=_request_id(context))
        retry = Pipeline.of(self.tools, record, _seconds_left(context)).process(raw)
        # No exception is being handled any more, so that none hangs on what is raised below as its context.
        with suppress(Exception):  # the message may be sent: a record that fails must not make Lambda send it again
            record.milliseconds = max(0, round((self.tools.clock() - started) * 1000))
            self.tools.telemetry.record(record)
        if retry is not None:
            raise RetryableError(retry)
        return {"outcome": record.outcome, "sender": record.sender}

    def prepare(self, *, thoroughly: bool) -> None:
        """Get ready for the first message: connects to nobody, and never fails.

        While Lambda imports the function it gives it a whole processor, and later a share of one. ``thoroughly``: for
        every sender, when nobody waits for it; else for those that are asked first.
        """
        settings = self.tools.settings
        routes = [route for channel in settings.channels.values() for route in channel.routes.values()]
        for name in dict.fromkeys(name for route in routes for name in (route if thoroughly else route[:1])):
            try:
                self.tools.transport.prepare(settings.senders[name])
            except Exception:  # noqa: BLE001, S112 - what is wrong with a sender is the matter of a message for it
                continue

    def forget(self) -> None:
        """Close every connection, and let go of secrets and of what was learned. All of it comes back by itself."""
        self.tools.transport.forget()
        self.tools.credentials.forget()
        self.tools.breakers.forget()
        clients.forget()


def _request_id(context: Any) -> str | None:
    request_id = getattr(context, "aws_request_id", None)
    return request_id if isinstance(request_id, str) else None


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return min(remaining() / 1000, _LONGEST_SECONDS) if callable(remaining) else _DEFAULT_SECONDS


def create(environ: Mapping[str, str]) -> Handler:
    """The handler for these variables. Raises ``SettingsError``; makes clients, but no network call."""
    settings = configuration.load(environ)
    table = settings.ledger_table
    return Handler(
        settings,
        decryptor=Decryptor(settings.kms_key_arns, kms_client(settings.kms_region)),
        transport=Transport(),
        credentials=Credentials(),
        telemetry=Telemetry(groups=settings.groups, service=settings.name, monitoring=settings.monitoring),
        ledger=None if table is None else Ledger(table, dynamodb_client(settings.kms_region)),
    )


@dataclass(frozen=True)
class Misconfigured:
    """In the place of a ``Handler`` whose settings are wrong: every message ends as BAD_CONFIGURATION.

    An initialization that raises would say nothing of the event, and would make the version a failed one.
    """

    problem: str
    telemetry: Telemetry

    def __call__(self, raw: object, context: Any = None) -> NoReturn:
        """Raises ``SettingsError``: Lambda hands the event to the failure queue, and Terraform shows the text."""
        if raw != _SELF_CHECK:
            event = read(raw)
            self.telemetry.record(
                Record(
                    outcome=Outcome.BAD_CONFIGURATION,
                    request_id=_request_id(context),
                    channel=event.channel,
                    trigger=event.identity.trigger,
                    user_pool_id=event.identity.user_pool_id,
                    client_id=event.identity.client_id,
                    detail=self.problem,
                )
            )
        # A new one each time: one that is raised again keeps the frames of all earlier calls.
        raise SettingsError(self.problem)


def start(environ: Mapping[str, str]) -> Handler | Misconfigured:
    """What answers every call. Never raises because of the variables."""
    try:
        made = create(environ)
    except SettingsError as wrong:
        name = environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
        monitoring = configuration.load_monitoring(environ)
        return Misconfigured(str(wrong), Telemetry(groups={}, service=name, monitoring=monitoring))
    made.prepare(thoroughly=snapshot.is_taken(environ))
    snapshot.register(environ, made.forget)
    return made


# Made while Lambda imports the module: SnapStart keeps what is made here.
handler = start(os.environ)
startup.resume()
