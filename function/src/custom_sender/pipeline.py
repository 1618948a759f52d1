"""The order of the steps, the same for every channel.

    event → recipient, may it be sent → age → decrypt → claim and limits → age → content → delivery → finish

The order is the cost: a message to a country that is not allowed ends before KMS is asked. It is also the safety. The
ledger's claim names the sender that is asked first. After a crash this sender counts as one that may have sent the
message. So decryption, which may be slow or fail, comes before the claim: a process that is killed while it waits for
KMS has sent nothing, and the retry must be free to send. The price is one call of KMS for a duplicate, or for a message
over a limit.

Each step writes what it finds into the record. A step that ends the message returns its ``Ending``. Once a sender has
sent it nothing can undo that: whatever fails then, the message ends as sent.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from custom_sender.cognito.decryption import DecryptUnavailable, Undecryptable
from custom_sender.cognito.event import Refused, message_id, read
from custom_sender.cognito.triggers import lifetime_seconds
from custom_sender.dataclass import dataclass
from custom_sender.delivery.failover import SHORTEST_ATTEMPT_SECONDS, Attempts, NamedSender, plan
from custom_sender.errors import place_of
from custom_sender.guards.age import age, seconds_left, trace_epoch
from custom_sender.guards.claim import Custody
from custom_sender.guards.limits import counters
from custom_sender.outcome import POLICY, Outcome
from custom_sender.record.record import UNEXPECTED, AttemptRecord, Record, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from custom_sender.channels.base import Channel, Recipient
    from custom_sender.cognito.decryption import Decrypted, Decryptor
    from custom_sender.cognito.event import Event
    from custom_sender.delivery.breaker import Breakers
    from custom_sender.delivery.failover import Attempt, Delivery, Plan
    from custom_sender.guards.ledger import Ledger
    from custom_sender.network.provider_secrets import Credentials
    from custom_sender.network.transport import Transport
    from custom_sender.record.log import Telemetry
    from custom_sender.secret import Secret
    from custom_sender.settings import Settings

# Kept back for what follows delivery: the record, the metrics, the end of the invocation.
RESERVE_SECONDS: Final = 1.5
# Another machine's clock may be ahead, and this process may be killed a little late: so much longer a lease holds.
_LEASE_MARGIN_SECONDS: Final = 5.0
# Kept back for the log line and the metrics, on a slow machine: they are written whatever did not answer.
_RECORD_SECONDS: Final = 0.5
# Kept back for the ledger's last word: if the function is killed in it, the retry does not know that the message is
# sent. Two tries of a call that gets no answer; of a short time-out, an eighth.
_LAST_WORD_SECONDS: Final = 3.5
_LAST_WORD_SHARE: Final = 1 / 8

_UNCARRIED: Final = (
    "every sender of the route carries codes only. Got: a temporary password, or a message without a code. "
    "Fix: add a sender that sends texts to the route."
)
_EXPIRED: Final = "the code is older than Cognito accepts it; nothing was sent by this invocation"
_NO_SENDER: Final = (
    "no sender could take the message now; this request's log line has every attempt with its error code"
)
_LATER: Final = "nothing more was sent, and the retry goes on"
_IN_PROGRESS: Final = "another invocation is sending this message; the retry finds out how that ended"
_UNFORESEEN: Final = "unexpected error; this request's log line has its class and its place in the source"


@dataclass(frozen=True)
class Ending:
    """How a message ended; ``retry`` is the text of the error to raise."""

    outcome: Outcome
    retry: str | None = None


@dataclass(frozen=True)
class Tools:
    """What an execution environment keeps from message to message.

    ``clock`` gives seconds since the epoch, ``trace_header`` the trace header of the invocation that is running.
    ``ledger`` is None when it is switched off.
    """

    settings: Settings
    decryptor: Decryptor
    transport: Transport
    credentials: Credentials
    telemetry: Telemetry
    breakers: Breakers
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    trace_header: Callable[[], str | None]
    ledger: Ledger | None


@dataclass(frozen=True)
class _Ready:
    """A message of which everything is known that the claim and the content need."""

    event: Event
    channel: Channel
    recipient: Recipient
    secret: Secret | None
    planned: Plan
    message_id: str


@dataclass()
class Pipeline:
    """One event on its way through the steps. The invocation is over at ``deadline``, before Lambda kills it."""

    tools: Tools
    record: Record
    deadline: float
    custody: Custody
    attempts: Attempts | None = None

    @classmethod
    def of(cls, tools: Tools, record: Record, seconds: float) -> Pipeline:
        """For an invocation that begins now and has so many seconds."""
        deadline = tools.clock() + seconds
        last_word = 0.0 if tools.ledger is None else min(_LAST_WORD_SECONDS, seconds * _LAST_WORD_SHARE)
        custody = Custody(
            tools.ledger,
            tools.settings.protection.on_ledger_failure,
            tools.clock,
            sent_by=deadline - RESERVE_SECONDS - last_word,
            end=deadline - _RECORD_SECONDS,
        )
        return cls(tools, record, deadline, custody)

    def process(self, raw: object) -> str | None:
        """All the steps. The record has the outcome; the text of the error to raise comes back. Never raises."""
        try:
            ending = self._steps(raw)
            self.record.outcome, retry = ending.outcome, ending.retry
        except Exception as error:  # noqa: BLE001 - its text, or a variable in its frames, may hold the code: Lambda logs both
            retry = self._unforeseen(error)
        with suppress(Exception):
            self._note_ledger()
        return retry

    def _steps(self, raw: object) -> Ending:
        with self._step(Step.SCREEN):
            accepted = self._accept(raw)
        if isinstance(accepted, Ending):
            return accepted
        event, channel, recipient = accepted
        decrypted = self._decrypt(event)
        if isinstance(decrypted, Ending):
            return decrypted
        secret, encrypted = (None, None) if decrypted is None else (decrypted.code, decrypted.message)
        planned = self._plan(recipient, channel, event, secret)
        if not planned.order:
            self.record.detail = _UNCARRIED
            return Ending(Outcome.PROVIDER_CONFIG)
        identity = message_id(event, encrypted, self.record.request_id or uuid.uuid4().hex)
        ready = _Ready(event, channel, recipient, secret, planned, identity)
        return self._claim(ready) or self._send(ready)

    def _accept(self, raw: object) -> tuple[Event, Channel, Recipient] | Ending:
        """Whatever can be judged without asking anybody."""
        record, event = self.record, read(raw)
        identity = event.identity
        record.trigger, record.user_pool_id, record.client_id = (
            identity.trigger,
            identity.user_pool_id,
            identity.client_id,
        )
        record.channel = event.channel
        if isinstance(event, Refused):
            record.detail = event.flaw
            return Ending(Outcome.BAD_EVENT)
        channel = self.tools.settings.channels.get(event.channel)
        if channel is None:
            record.detail = (
                f"the pool's lambda_config names this function for {event.channel}, which the module has switched off. "
                "Fix: take the trigger out of the pool, or name a function there that sends such messages."
            )
            return Ending(Outcome.CHANNEL_OFF)
        recipient = channel.recipient(event, record, self.tools.settings.hash_key)
        if isinstance(recipient, Outcome):
            return Ending(recipient)
        return (event, channel, recipient) if self._seconds_left(event) else self._expired()

    def _seconds_left(self, event: Event) -> int:
        """What is left of the code's life, by what is known of the message's age at this step. 0: it has expired."""
        lifetime = lifetime_seconds(event.trigger, self.tools.settings.protection.lifetimes_seconds)
        now = self.tools.clock()
        trace = trace_epoch(self.tools.trace_header(), now)
        so_far = age(now, trace=trace, first_seen=self.custody.first_seen)
        self.record.lifetime_seconds = lifetime
        if so_far is not None:
            self.record.age_seconds, self.record.age_source = round(so_far.seconds, 3), so_far.source
        return seconds_left(lifetime, so_far)

    def _expired(self) -> Ending:
        self.record.detail = _EXPIRED
        return Ending(Outcome.EXPIRED)

    def _decrypt(self, event: Event) -> Decrypted | Ending | None:
        if event.ciphertext is None:
            return None
        record = self.record
        with self._step(Step.DECRYPT):
            # Of what is decrypted later, nothing could be sent any more.
            seconds = self.custody.sent_by - SHORTEST_ATTEMPT_SECONDS - self.tools.clock()
            try:
                return self.tools.decryptor.decrypt(event.ciphertext, event.user_pool_id, seconds)
            except Undecryptable as never:
                record.reason, record.detail = never.flaw, str(never)
                return Ending(Outcome.UNDECRYPTABLE)
            except DecryptUnavailable as later:
                record.reason, record.detail = later.obstacle, str(later)
                record.kms_code, record.kms_key_arn = later.kms_code, later.key_arn
                return Ending(Outcome.DECRYPT_UNAVAILABLE, str(later))

    def _plan(self, recipient: Recipient, channel: Channel, event: Event, secret: Secret | None) -> Plan:
        senders = self.tools.settings.senders
        route = tuple(NamedSender(name, senders[name]) for name in recipient.route)
        planned = plan(route, self.tools.breakers, channel.carried(event, secret))
        self.record.reordered = planned.reordered or None
        self.record.skipped, self.record.open_circuits = planned.skipped, planned.open_circuits
        return planned

    def _claim(self, ready: _Ready) -> Ending | None:
        """The end of a message that this invocation must not send, or None: it is this one's now."""
        with self._step(Step.CLAIM):
            refusal = self.custody.claim(
                ready.message_id,
                order=[named.name for named in ready.planned.order],
                lease_until=self.deadline + _LEASE_MARGIN_SECONDS,
                counters=counters(ready.recipient.scopes, ready.message_id, self.tools.clock()),
            )
        if refusal is None:
            return None
        self.record.reason = refusal.scope
        retry = self._ledger_failed() if refusal.outcome is Outcome.LEDGER_UNAVAILABLE else _IN_PROGRESS
        return Ending(refusal.outcome, retry if POLICY[refusal.outcome].retry else None)

    def _ledger_failed(self) -> str:
        return f"{self.custody.problem}: {_LATER}"

    def _send(self, ready: _Ready) -> Ending:
        """The steps that follow the claim."""
        left = self._seconds_left(ready.event)
        ending = self._deliver(ready, left) if left else self._expired()
        with self._step(Step.FINISH):
            if ending.retry is None:
                self.custody.finish(ending.outcome, self.record.sender)
            else:
                self.custody.release(self._unsure())
        return ending

    def _unsure(self) -> frozenset[str]:
        """All that may have sent the message, an earlier invocation's senders included."""
        return self.custody.unsure if self.attempts is None else frozenset(self.attempts.unsure)

    def _deliver(self, ready: _Ready, left: int) -> Ending:
        tools = self.tools
        with self._step(Step.COMPOSE):
            messages = ready.channel.messages(
                ready.event,
                ready.secret,
                ready.recipient,
                self.record,
                message_id=ready.message_id,
                left=left,
            )
        self.attempts = Attempts(
            messages,
            tools.transport,
            tools.credentials,
            end=self.custody.sent_by,
            clock=tools.clock,
            breakers=tools.breakers,
            unsure=set(self.custody.unsure),
            asking=self.custody.asking,
            sleep=tools.sleep,
        )
        with self._step(Step.DELIVER):
            delivery = self.attempts.deliver(ready.planned.order)
        return self._ending(delivery)

    def _ending(self, delivery: Delivery) -> Ending:
        record = self.record
        record.sender = delivery.sender_name
        record.attempts = tuple(_attempt(attempt) for attempt in delivery.attempts)
        record.detail = delivery.detail
        if self.custody.lost:
            return Ending(Outcome.IN_PROGRESS, _IN_PROGRESS)
        if delivery.stopped:
            # Somebody is left to be asked, and must not be without the ledger: whatever the attempts ended as, a retry
            # can go on from there.
            return Ending(Outcome.LEDGER_UNAVAILABLE, self._ledger_failed())
        return Ending(delivery.outcome, _NO_SENDER if POLICY[delivery.outcome].retry else None)

    def _unforeseen(self, error: Exception) -> str | None:
        """An error that nobody foresaw: its class and where it came from, never its text."""
        record, attempts = self.record, self.attempts
        record.sender = None if attempts is None else attempts.sent_through
        record.outcome = UNEXPECTED if record.sender is None else Outcome.SENT
        with suppress(Exception):
            record.error_type, record.error_at = type(error).__name__, place_of(error)
            record.attempts = () if attempts is None else tuple(_attempt(attempt) for attempt in attempts.attempts)
        with suppress(Exception):
            if record.sender is None:
                self.custody.release(self._unsure())
            else:
                self.custody.finish(Outcome.SENT, record.sender)
        return _UNFORESEEN if record.sender is None else None

    def _note_ledger(self) -> None:
        record, custody = self.record, self.custody
        record.ledger, record.ledger_reason = custody.state, custody.reason
        record.ledger_milliseconds = custody.milliseconds
        record.claims, record.over_limit = custody.claims, custody.over
        record.unsure = tuple(sorted(custody.unsure)) if custody.claims is not None else ()
        record.detail = record.detail or custody.problem

    def _step(self, step: Step) -> _Measured:
        return _Measured(self.tools, self.record, step)


class _Measured:
    """A step that is going on. The record has the times of two of them, the log those of all where it is asked to."""

    def __init__(self, tools: Tools, record: Record, step: Step) -> None:
        self._tools, self._record, self._step = tools, record, step

    def __enter__(self) -> None:
        self._began = self._tools.clock()

    def __exit__(self, *_: object) -> None:
        milliseconds = _milliseconds(self._tools.clock() - self._began)
        if self._step is Step.DECRYPT:
            self._record.decrypt_milliseconds = milliseconds
        elif self._step is Step.DELIVER:
            self._record.send_milliseconds = milliseconds
        self._tools.telemetry.step(self._step, milliseconds, self._record.request_id)


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


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
