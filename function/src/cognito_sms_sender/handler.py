"""The entry point: the order of the steps, what is raised and what is swallowed.

    event → screen (number, country: no network) → decrypt → compose → deliver → record

The order is the cost: a message to a country that is not allowed ends before KMS is asked. The ledger (duplicates,
velocity limits) has its place between screen and decrypt.

Cognito invokes custom senders asynchronously: nobody sees an error, and Lambda repeats an invocation that raises. So
this raises only what a later invocation can cure (``outcome.POLICY``), always as a ``RetryableError`` with a text of
ours and with no exception chained to it; everything else is counted, logged and over.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from cognito_sms_sender import settings as configuration
from cognito_sms_sender.breaker import Breakers
from cognito_sms_sender.credentials import Credentials
from cognito_sms_sender.decryption import Decryptor, DecryptUnavailable, Undecryptable, kms_client
from cognito_sms_sender.delivery import NamedSender, deliver
from cognito_sms_sender.destination import BadNumber, country_of, mask, parse_number
from cognito_sms_sender.errors import RetryableError
from cognito_sms_sender.event import BadEvent, identify, parse
from cognito_sms_sender.message import CodeMissing, compose, require_code
from cognito_sms_sender.outcome import POLICY, Outcome
from cognito_sms_sender.segments import segments
from cognito_sms_sender.telemetry import UNEXPECTED, AttemptRecord, Record, Telemetry
from cognito_sms_sender.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cognito_sms_sender.delivery import Attempt, Delivery
    from cognito_sms_sender.event import SenderEvent
    from cognito_sms_sender.senders.base import OutgoingMessage
    from cognito_sms_sender.settings import Settings

# For a direct call without a Lambda context: the module's default time-out.
_DEFAULT_SECONDS: Final = 30.0

_NO_SENDER: Final = (
    "no sender could take the message now; this request's log line has every attempt with its error code"
)
_UNEXPECTED: Final = "unexpected error; this request's log line has its class and its place in the source"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a message ended. ``details`` are fields of ``telemetry.Record``; ``retry`` the text of the error to raise."""

    outcome: str
    details: Mapping[str, Any]
    retry: str | None = None


@dataclass(frozen=True, slots=True)
class Handler:
    """One per execution environment: it keeps the settings, the KMS client, the connections to the providers, and what
    is known of how they are.

    ``clock`` gives seconds since the epoch.
    """

    settings: Settings
    decryptor: Decryptor
    transport: Transport
    credentials: Credentials
    telemetry: Telemetry
    clock: Callable[[], float] = time.time
    breakers: Breakers = field(init=False)

    def __post_init__(self) -> None:
        """The breakers run on this handler's clock."""
        object.__setattr__(self, "breakers", Breakers(self.clock))

    def __call__(self, raw: object, context: Any = None) -> dict[str, Any]:
        """One event of Cognito's custom SMS sender trigger, which may be anything.

        Returns ``{"outcome", "sender"}``: Lambda drops it, but an on-success destination would keep it. Raises
        ``RetryableError`` and nothing else.
        """
        started = self.clock()
        request_id = getattr(context, "aws_request_id", None)
        try:
            ending = self._process(raw, str(request_id), started + _seconds_left(context))
        except Exception as error:  # noqa: BLE001 - its text, or a variable in its frames, may hold the code: Lambda logs both
            ending = _unexpected(error)
        # From here on no exception is being handled, so that none hangs on what is raised below as its context.
        identity = identify(raw)
        self.telemetry.record(
            Record(
                outcome=ending.outcome,
                request_id=request_id if isinstance(request_id, str) else None,
                trigger=identity.trigger,
                user_pool_id=identity.user_pool_id,
                client_id=identity.client_id,
                milliseconds=_milliseconds(self.clock() - started),
                **ending.details,
            )
        )
        if ending.retry is not None:
            raise RetryableError(ending.retry)
        return {"outcome": ending.outcome, "sender": ending.details.get("sender")}

    def _process(self, raw: object, request_id: str, deadline: float) -> Ending:
        try:
            event = parse(raw)
            require_code(event)
        except (BadEvent, CodeMissing) as bad:
            return Ending(Outcome.BAD_EVENT, {"detail": str(bad)})
        try:
            number = parse_number(event.phone_number)
        except BadNumber:
            return Ending(
                Outcome.REJECTED_NUMBER, {"detail": "phone_number is not an E.164 number; no sender was asked"}
            )
        country = country_of(number)
        where = {"destination": mask(number), "country": country}
        if country is None or country not in self.settings.allowed_countries:
            return Ending(
                Outcome.BLOCKED_COUNTRY, {**where, "detail": "the number's country is not in allowed_countries"}
            )
        ending = self._send(replace(event, phone_number=number), country, request_id, deadline)
        return replace(ending, details={**where, **ending.details})

    def _send(self, event: SenderEvent, country: str, request_id: str, deadline: float) -> Ending:
        code = None
        if event.ciphertext is not None:
            try:
                code = self.decryptor.decrypt(event.ciphertext, event.user_pool_id)
            except Undecryptable as never:
                return Ending(Outcome.UNDECRYPTABLE, {"reason": never.flaw, "detail": str(never)})
            except DecryptUnavailable as later:
                details = {"reason": later.obstacle, "detail": str(later), "kms_code": later.kms_code}
                return Ending(Outcome.DECRYPT_UNAVAILABLE, {**details, "kms_key_arn": later.key_arn}, str(later))
        message = compose(event, code, self.settings.messages, country=country, request_id=request_id)
        route_name = self.settings.route_name(country)
        route = [NamedSender(name, self.settings.senders[name]) for name in self.settings.routes[route_name]]
        delivery = deliver(
            message, route, self.transport, self.credentials, deadline, self.clock, breakers=self.breakers
        )
        return _delivered(delivery, route_name, self._text(message, delivery))

    def _text(self, message: OutgoingMessage, delivery: Delivery) -> Mapping[str, Any]:
        """What the text of a message costs that was sent with it: a provider that writes its own text says not."""
        name = delivery.sender_name
        if name is None or self.settings.senders[name].codes_only:
            return {}
        counted = segments(message.text.reveal())
        return {"segments": counted.parts, "encoding": counted.encoding.value}


def _delivered(delivery: Delivery, route_name: str, text: Mapping[str, Any]) -> Ending:
    details = {
        **text,
        "route": route_name,
        "reordered": delivery.reordered or None,
        "skipped": delivery.skipped,
        "detail": delivery.detail,
        "sender": delivery.sender_name,
        "attempts": tuple(_attempt(attempt) for attempt in delivery.attempts),
    }
    return Ending(delivery.outcome, details, _NO_SENDER if POLICY[delivery.outcome].retry else None)


def _attempt(attempt: Attempt) -> AttemptRecord:
    return AttemptRecord(
        sender=attempt.sender_name,
        kind=attempt.kind,
        outcome=attempt.outcome,
        milliseconds=_milliseconds(attempt.seconds),
        provider_code=attempt.provider_code,
        message_id=attempt.message_id,
        refreshed=attempt.refreshed or None,
        waited_milliseconds=None if attempt.waited_seconds is None else _milliseconds(attempt.waited_seconds),
        problem=attempt.problem,
    )


def _unexpected(error: Exception) -> Ending:
    """An error that nobody foresaw: its class and where it came from, never its text."""
    place = None
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        path = PurePath(code.co_filename)
        if path.parent.name in {"cognito_sms_sender", "senders"}:
            place = f"{path.name}:{traceback.tb_lineno} {code.co_name}"
        traceback = traceback.tb_next
    return Ending(UNEXPECTED, {"error_type": type(error).__name__, "error_at": place}, _UNEXPECTED)


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return remaining() / 1000 if callable(remaining) else _DEFAULT_SECONDS


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def create(environ: Mapping[str, str]) -> Handler:
    """The handler for these variables. Raises ``SettingsError``; makes clients, but no network call."""
    settings = configuration.load(environ)
    return Handler(
        settings,
        decryptor=Decryptor(settings.kms_key_arns, kms_client(settings.kms_region)),
        transport=Transport(),
        credentials=Credentials(),
        telemetry=Telemetry(),
    )


# Made while Lambda imports the module: a wrong setting ends the deployment's first start, not somebody's message, and
# SnapStart keeps what is made here.
handler = create(os.environ)
