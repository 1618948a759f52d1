"""The entry point: the order of the steps, what is raised and what is swallowed.

    event → screen (number, country: no network) → age → decrypt → claim and limits → age → compose → deliver → finish

The order is the cost: a message to a country that is not allowed ends before KMS is asked. It is also the safety. The
ledger's claim names the sender that is asked first, so that after a crash this sender counts as one that may have sent
the message. So decryption, which may be slow or fail, comes before the claim: a process that is killed while it waits
for KMS has sent nothing, and the retry must be free to send. What is paid for that is one call of KMS for a duplicate,
or for a message over a limit.

Cognito invokes custom senders asynchronously: nobody sees an error, and Lambda repeats an invocation that raises. So
this raises only what a later invocation can cure (``outcome.POLICY``), always as a ``RetryableError`` with a text of
ours and with no exception chained to it; everything else is counted, logged and over.

Wrong settings are raised too, by every call: so the failure queue has the event. Terraform asks each new version for
them before Cognito calls it, with an event of its own (``self_check``).
"""

from __future__ import annotations

from custom_sender import startup  # isort: skip # before all others: see there

import os
import time
import uuid
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, NoReturn

from custom_sender import settings as configuration
from custom_sender import snapshot
from custom_sender.cognito.decryption import Decryptor, DecryptUnavailable, Undecryptable, kms_client
from custom_sender.cognito.event import BadEvent, CodeMissing, identify, identity, parse, require_code
from custom_sender.cognito.triggers import lifetime_seconds, may_be_password
from custom_sender.delivery.breaker import Breakers
from custom_sender.delivery.failover import (
    CODES_ONLY,
    RESERVE_SECONDS,
    SHORTEST_ATTEMPT_SECONDS,
    NamedSender,
    deliver,
    plan,
)
from custom_sender.errors import RetryableError, SettingsError
from custom_sender.guards.age import age, seconds_left, trace_epoch
from custom_sender.guards.claim import Custody
from custom_sender.guards.ledger import Ledger, dynamodb_client
from custom_sender.guards.limits import counters
from custom_sender.guards.phone_number import SPECIAL_RANGES, BadNumber, country_of, mask, parse_number, screen
from custom_sender.guards.pseudonym import number_id
from custom_sender.network import clients
from custom_sender.network.provider_secrets import Credentials
from custom_sender.network.transport import Transport
from custom_sender.outcome import POLICY, Outcome
from custom_sender.record.log import Telemetry
from custom_sender.record.record import UNEXPECTED, AttemptRecord, Record, Step
from custom_sender.texts.choose import compose
from custom_sender.texts.gsm import segments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from custom_sender.cognito.decryption import Decrypted
    from custom_sender.cognito.event import SenderEvent
    from custom_sender.delivery.failover import Attempt, Delivery, Plan
    from custom_sender.guards.limits import Counter
    from custom_sender.secret import Secret
    from custom_sender.settings import Settings

# For a direct call without a Lambda context: the module's default time-out.
_DEFAULT_SECONDS: Final = 30.0
# Lambda repeats a failed invocation after a minute: by then its lease must be over, whatever function.timeout is, or
# the retry takes a dead invocation for one that is sending. No code is waited for that long.
_LONGEST_SECONDS: Final = 50.0
# Another machine's clock may be ahead, and this process may be killed a little late: so much longer a lease holds.
_LEASE_MARGIN_SECONDS: Final = 5.0
# Kept back for the log line and the metrics, on a slow machine: they are written whatever did not answer.
_RECORD_SECONDS: Final = 0.5
# Kept back for the ledger's last word: if the function is killed in it, the retry does not know that the message is
# sent. Two tries of a call that gets no answer; of a short time-out, an eighth.
_LAST_WORD_SECONDS: Final = 3.5
_LAST_WORD_SHARE: Final = 1 / 8

# The route of test recipients, and the country of one that has none (ISO 3166-1 leaves ZZ to its users).
_TEST_ROUTE: Final = "test_recipients"
_NO_COUNTRY: Final = "ZZ"

_NO_SENDER: Final = (
    "no sender could take the message now; this request's log line has every attempt with its error code"
)
_LATER: Final = "nothing more was sent, and the retry goes on"
_IN_PROGRESS: Final = "another invocation is sending this message; the retry finds out how that ended"
_UNEXPECTED: Final = "unexpected error; this request's log line has its class and its place in the source"


# What Terraform asks a new version with (``function.tf``).
_SELF_CHECK: Final = {"self_check": True}


def _trace_header() -> str | None:
    """What Lambda's runtime sets for each invocation."""
    return os.environ.get("_X_AMZN_TRACE_ID")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a message ended. ``details`` are fields of ``telemetry.Record``; ``retry`` the text of the error to raise."""

    outcome: str
    details: Mapping[str, Any] = field(default_factory=dict)
    retry: str | None = None


_EXPIRED: Final = Ending(
    Outcome.EXPIRED, {"detail": "the code is older than Cognito accepts it; nothing was sent by this invocation"}
)


@dataclass(frozen=True, slots=True)
class Handler:
    """One per execution environment: it keeps the settings, the clients of KMS and of the ledger, the connections to
    the providers, and what is known of how they are.

    ``clock`` gives seconds since the epoch, ``trace_header`` the trace header of the invocation that is running.
    ``ledger`` is None when it is switched off.
    """

    settings: Settings
    decryptor: Decryptor
    transport: Transport
    credentials: Credentials
    telemetry: Telemetry
    clock: Callable[[], float] = time.time
    ledger: Ledger | None = None
    trace_header: Callable[[], str | None] = _trace_header
    breakers: Breakers = field(init=False)

    def __post_init__(self) -> None:
        """The breakers run on this handler's clock."""
        object.__setattr__(self, "breakers", Breakers(self.clock))

    def __call__(self, raw: object, context: Any = None) -> dict[str, Any]:
        """One event of Cognito's custom SMS sender trigger, which may be anything.

        Returns ``{"outcome", "sender"}``: Lambda drops it, but an on-success destination would keep it. Raises
        ``RetryableError`` and nothing else, but for the self-check: that is no message.
        """
        if raw == _SELF_CHECK:
            from custom_sender.self_check import self_check  # noqa: PLC0415 - no cold start pays for it

            return self_check(self.settings)
        started = self.clock()
        self.telemetry.begin()
        request_id = _request_id(context)
        seconds = _seconds_left(context)
        deadline = started + seconds
        sent_by = deadline - RESERVE_SECONDS - self._last_word_seconds(seconds)
        on_failure = self.settings.protection.on_ledger_failure
        custody = Custody(self.ledger, on_failure, self.clock, sent_by=sent_by, end=deadline - _RECORD_SECONDS)
        run = _Run(self, custody, request_id, deadline)
        identified = identify(raw)
        try:
            ending = run.process(raw)
        except Exception as error:  # noqa: BLE001 - its text, or a variable in its frames, may hold the code: Lambda logs both
            ending = _unexpected(error)
        # From here on no exception is being handled, so that none hangs on what is raised below as its context.
        details = {"detail": custody.problem or None, **run.details, **custody.details, **ending.details}
        self.telemetry.record(
            Record(
                outcome=ending.outcome,
                request_id=request_id,
                trigger=identified.trigger,
                user_pool_id=identified.user_pool_id,
                client_id=identified.client_id,
                milliseconds=_milliseconds(self.clock() - started),
                **details,
            )
        )
        if ending.retry is not None:
            raise RetryableError(ending.retry)
        return {"outcome": ending.outcome, "sender": details.get("sender")}

    def _last_word_seconds(self, seconds: float) -> float:
        return 0.0 if self.ledger is None else min(_LAST_WORD_SECONDS, seconds * _LAST_WORD_SHARE)

    def prepare(self, *, thoroughly: bool) -> None:
        """Get ready for the first message: connects to nobody, and never fails.

        While Lambda imports the function it gives it a whole processor, and later a share of one. ``thoroughly``: for
        every sender, when nobody waits for it; else for those that are asked first.
        """
        for route in self.settings.routes.values():
            for name in route if thoroughly else route[:1]:
                try:
                    self.transport.prepare(self.settings.senders[name])
                except Exception:  # noqa: BLE001, S112 - what is wrong with a sender is the matter of a message for it
                    continue

    def forget(self) -> None:
        """Close every connection, and let go of every secret and of what was learnt. All of it comes back by itself."""
        self.transport.forget()
        self.credentials.forget()
        self.breakers.forget()
        clients.forget()


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a message goes: its country, or what stands for it, and the senders of its route."""

    country: str
    route: tuple[NamedSender, ...]
    is_test: bool


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message of which everything is known that the claim and the text need."""

    event: SenderEvent
    code: Secret | None
    way: _Way
    planned: Plan
    message_id: str


@dataclass(slots=True)
class _Run:
    """One event on its way through the steps. ``details`` are fields of ``telemetry.Record``, as they become known.

    ``deadline`` is when the invocation must be over, in seconds since the epoch: before Lambda kills it.
    """

    handler: Handler
    custody: Custody
    request_id: str | None
    deadline: float
    details: dict[str, Any] = field(default_factory=dict)

    def process(self, raw: object) -> Ending:
        """All the steps. May raise what nobody foresaw; then the message has been given back to the ledger."""
        with self._step(Step.SCREEN):
            accepted = self._accept(raw)
        if isinstance(accepted, Ending):
            return accepted
        event, way = accepted
        decrypted = self._decrypt(event)
        if isinstance(decrypted, Ending):
            return decrypted
        code, encrypted = (None, None) if decrypted is None else (decrypted.code, decrypted.message)
        planned = self._plan(event, way, code)
        if not planned.order:
            return Ending(Outcome.PROVIDER_CONFIG, {"detail": CODES_ONLY})
        message_id = identity(event, encrypted, self.request_id or uuid.uuid4().hex)
        ready = _Ready(event, code, way, planned, message_id)
        refused = self._claim(ready)
        if refused is not None:
            return refused
        unsure = set(self.custody.unsure)
        try:
            return self._send(ready, unsure)
        except Exception:
            self.custody.release(frozenset(unsure))
            raise

    def _accept(self, raw: object) -> tuple[SenderEvent, _Way] | Ending:
        """The event and its way, or its end: whatever can be judged without asking anybody."""
        try:
            event = parse(raw)
            require_code(event)
        except (BadEvent, CodeMissing) as bad:
            return Ending(Outcome.BAD_EVENT, {"detail": str(bad)})
        try:
            event = replace(event, phone_number=parse_number(event.phone_number))
        except BadNumber:
            return Ending(
                Outcome.REJECTED_NUMBER, {"detail": "phone_number is not an E.164 number; no sender was asked"}
            )
        way = self._screen(event.phone_number)
        if isinstance(way, Ending):
            return way
        return (event, way) if self._seconds_left(event) else _EXPIRED

    def _screen(self, number: str) -> _Way | Ending:
        """Whether and by which route the number may get a message."""
        settings = self.handler.settings
        self.details["destination"] = mask(number)
        if settings.hash_key is not None:
            self.details["number_id"] = number_id(number, settings.hash_key)
        protection = settings.protection
        testers = protection.testers
        if testers is not None and testers.have(number):
            country = country_of(number) or _NO_COUNTRY
            self.details |= {"country": country, "test_number": True, "route": _TEST_ROUTE}
            return _Way(country, self._named((testers.sender,)), is_test=True)
        screened = screen(
            number,
            countries=settings.allowed_countries,
            ranges=protection.allowed_ranges,
            blocked_prefixes=protection.blocked_prefixes,
        )
        self.details["country"] = screened.country
        if screened.country is None or screened.refused is not None:
            return Ending(Outcome.BLOCKED_COUNTRY, {"reason": screened.refused, "detail": screened.detail})
        route_name = settings.route_name(screened.country)
        self.details["route"] = route_name
        return _Way(screened.country, self._named(settings.routes[route_name]), is_test=False)

    def _named(self, names: tuple[str, ...]) -> tuple[NamedSender, ...]:
        return tuple(NamedSender(name, self.handler.settings.senders[name]) for name in names)

    def _seconds_left(self, event: SenderEvent) -> int:
        """What is left of the code's life, by what is known of the message's age at this step. 0: it has expired."""
        lifetime = lifetime_seconds(event.trigger, self.handler.settings.protection.lifetimes_seconds)
        now = self.handler.clock()
        so_far = age(now, trace=trace_epoch(self.handler.trace_header(), now), first_seen=self.custody.first_seen)
        self.details["lifetime_seconds"] = lifetime
        if so_far is not None:
            self.details |= {"age_seconds": round(so_far.seconds, 3), "age_source": so_far.source}
        return seconds_left(lifetime, so_far)

    def _decrypt(self, event: SenderEvent) -> Decrypted | Ending | None:
        if event.ciphertext is None:
            return None
        with self._step(Step.DECRYPT, "decrypt_milliseconds"):
            try:
                # Of what is decrypted later, nothing could be sent any more.
                seconds = self.custody.sent_by - SHORTEST_ATTEMPT_SECONDS - self.handler.clock()
                return self.handler.decryptor.decrypt(event.ciphertext, event.user_pool_id, seconds)
            except Undecryptable as never:
                return Ending(Outcome.UNDECRYPTABLE, {"reason": never.flaw, "detail": str(never)})
            except DecryptUnavailable as later:
                details = {"reason": later.obstacle, "detail": str(later), "kms_code": later.kms_code}
                return Ending(Outcome.DECRYPT_UNAVAILABLE, {**details, "kms_key_arn": later.key_arn}, str(later))

    def _plan(self, event: SenderEvent, way: _Way, code: Secret | None) -> Plan:
        is_password = may_be_password(event.trigger, code)
        planned = plan(way.route, self.handler.breakers, has_code=code is not None, is_password=is_password)
        self.details |= {
            "reordered": planned.reordered or None,
            "skipped": planned.skipped,
            "open_circuits": planned.open_circuits,
        }
        return planned

    def _claim(self, ready: _Ready) -> Ending | None:
        """The end of a message that this invocation must not send, or None: it is this one's now."""
        with self._step(Step.CLAIM):
            refusal = self.custody.claim(
                ready.message_id,
                order=[named.name for named in ready.planned.order],
                lease_until=self.deadline + _LEASE_MARGIN_SECONDS,
                counters=self._counters(ready),
            )
        if refusal is None:
            return None
        retry = self._ledger_failed() if refusal.outcome is Outcome.LEDGER_UNAVAILABLE else _IN_PROGRESS
        return Ending(refusal.outcome, {"reason": refusal.scope}, retry if POLICY[refusal.outcome].retry else None)

    def _ledger_failed(self) -> str:
        return f"{self.custody.problem}: {_LATER}"

    def _counters(self, ready: _Ready) -> tuple[Counter, ...]:
        settings = self.handler.settings
        if self.handler.ledger is None or settings.hash_key is None or ready.way.is_test:
            return ()
        number, country, limits = ready.event.phone_number, ready.way.country, settings.protection.limits
        return counters(number, country, ready.message_id, limits, settings.hash_key, self.handler.clock())

    def _send(self, ready: _Ready, unsure: set[str]) -> Ending:
        """The steps that follow the claim. ``unsure`` is kept up to date for whoever catches an exception."""
        left = self._seconds_left(ready.event)
        ending = self._deliver(ready, left, unsure) if left else _EXPIRED
        with self._step(Step.FINISH):
            if ending.retry is None:
                self.custody.finish(Outcome(ending.outcome), ending.details.get("sender"))
            else:
                self.custody.release(frozenset(unsure))
        return ending

    def _deliver(self, ready: _Ready, left: int, unsure: set[str]) -> Ending:
        handler = self.handler
        with self._step(Step.COMPOSE):
            message = compose(
                ready.event,
                ready.code,
                handler.settings.messages,
                country=ready.way.country,
                message_id=ready.message_id,
                seconds_left=left,
            )
            counted = segments(message.text.reveal())
            self.details |= {"segments": counted.parts, "encoding": counted.encoding}
        with self._step(Step.DELIVER, "send_milliseconds"):
            delivery = deliver(
                message,
                ready.planned.order,
                handler.transport,
                handler.credentials,
                self.custody.sent_by + RESERVE_SECONDS,
                handler.clock,
                unsure=unsure,
                asking=self.custody.asking,
                breakers=handler.breakers,
            )
        return self._ending(delivery)

    def _ending(self, delivery: Delivery) -> Ending:
        details: dict[str, Any] = {
            "sender": delivery.sender_name,
            "attempts": tuple(_attempt(attempt) for attempt in delivery.attempts),
        }
        if delivery.detail is not None:
            details["detail"] = delivery.detail
        if self.custody.lost:
            return Ending(Outcome.IN_PROGRESS, details, _IN_PROGRESS)
        if delivery.stopped:
            # Somebody is left to be asked, and must not be without the ledger: whatever the attempts ended as, a retry
            # can go on from there.
            return Ending(Outcome.LEDGER_UNAVAILABLE, details, self._ledger_failed())
        return Ending(delivery.outcome, details, _NO_SENDER if POLICY[delivery.outcome].retry else None)

    def _step(self, step: Step, measured_as: str | None = None) -> _Measured:
        return _Measured(self, step, measured_as)


@dataclass(slots=True)
class _Measured:
    """A step while it lasts. As a generator (``contextlib``) each of a message's six would take 2.2 µs, and not 0.3."""

    run: _Run
    step: Step
    measured_as: str | None
    began: float = 0.0

    def __enter__(self) -> None:
        self.began = self.run.handler.clock()

    def __exit__(self, *_: object) -> None:
        handler = self.run.handler
        milliseconds = _milliseconds(handler.clock() - self.began)
        if self.measured_as is not None:
            self.run.details[self.measured_as] = milliseconds
        handler.telemetry.step(self.step, milliseconds, self.run.request_id)


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
        if "custom_sender" in path.parts:
            place = f"{path.name}:{traceback.tb_lineno} {code.co_name}"
        traceback = traceback.tb_next
    return Ending(UNEXPECTED, {"error_type": type(error).__name__, "error_at": place}, _UNEXPECTED)


def _request_id(context: Any) -> str | None:
    request_id = getattr(context, "aws_request_id", None)
    return request_id if isinstance(request_id, str) else None


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return min(remaining() / 1000, _LONGEST_SECONDS) if callable(remaining) else _DEFAULT_SECONDS


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def create(environ: Mapping[str, str]) -> Handler:
    """The handler for these variables. Raises ``SettingsError``; makes clients, but no network call."""
    settings = configuration.load(environ)
    table = settings.ledger_table
    ranges = (f"+{code}" for name in settings.protection.allowed_ranges for code in SPECIAL_RANGES[name])
    return Handler(
        settings,
        decryptor=Decryptor(settings.kms_key_arns, kms_client(settings.kms_region)),
        transport=Transport(),
        credentials=Credentials(),
        telemetry=Telemetry(
            countries=settings.allowed_countries.union(ranges),
            service=settings.name,
            monitoring=settings.monitoring,
        ),
        ledger=None if table is None else Ledger(table, dynamodb_client(settings.kms_region)),
    )


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """In the place of a ``Handler`` whose settings are wrong: every message ends as BAD_CONFIGURATION.

    An initialisation that raises would say nothing of the event, and would make the version a failed one.
    """

    problem: str
    telemetry: Telemetry

    def __call__(self, raw: object, context: Any = None) -> NoReturn:
        """Raises ``SettingsError``: Lambda hands the event to the failure queue, and Terraform shows the text."""
        if raw != _SELF_CHECK:
            identified = identify(raw)
            self.telemetry.record(
                Record(
                    outcome=Outcome.BAD_CONFIGURATION,
                    request_id=_request_id(context),
                    trigger=identified.trigger,
                    user_pool_id=identified.user_pool_id,
                    client_id=identified.client_id,
                    milliseconds=0,
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
        return Misconfigured(str(wrong), Telemetry(countries=frozenset(), service=name, monitoring=monitoring))
    made.prepare(thoroughly=snapshot.is_taken(environ))
    snapshot.register(environ, made.forget)
    return made


# Made while Lambda imports the module: SnapStart keeps what is made here.
handler = start(os.environ)
startup.resume()
