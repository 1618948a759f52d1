"""Brings one message through its route: sender after sender, until one has sent it or none may try.

``plan`` says who will be asked in which order, before anything of the message is known but the forms that it can take:
the ledger's claim names the first of them. ``Attempts`` asks them.

``outcome.POLICY`` says what may follow an attempt; the transport, how the network failed; the sender, what an answer
means; the breaker, which sender has been failing lately.

* A sender that carries a form that the message cannot take is skipped.
* There are at most ``MOST_ATTEMPTS`` attempts, whatever they were for, and what is left of the time is shared by those
  that may still come.
* A provider's ``Retry-After`` is waited for, but only when no untried sender is left: another sender answers within
  tenths of a second, and the shortest wait that the header can ask for is a whole one. The same sender is then asked
  once more. Only an answer that says that nothing was sent is followed by that. The time must be enough for the wait
  and a whole attempt: a hurried one would end as perhaps sent, which is final, where Lambda's retry could deliver.
* After an attempt that is perhaps sent, only senders that were not tried yet follow. Which senders are the same is a
  matter of their names: two senders of one provider account are two (another number or channel may well get through).
* A sender that an earlier invocation may have sent through (``unsure``) counts as such an attempt: it is not asked.
* When attempts or time run out before everybody was asked, and nothing is perhaps sent, a retry may go on: one whose
  credentials are refused twice must not keep the last sender of the route from its turn.
* Reading a secret is part of the time that delivery has.
* Before another sender is asked than the one that was noted last, ``asking`` notes it. A sender that it refuses is not
  asked.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from custom_sender.dataclass import dataclass, field, replace
from custom_sender.errors import place_of
from custom_sender.network.provider_secrets import CredentialsInvalid, CredentialsUnavailable
from custom_sender.network.requests import RequestRefused
from custom_sender.network.transport import NotSent, PerhapsSent
from custom_sender.outcome import POLICY, Outcome
from custom_sender.senders.base import SendResult

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from custom_sender.delivery.breaker import Breakers
    from custom_sender.message import Carries, Message
    from custom_sender.network.provider_secrets import Credentials
    from custom_sender.network.transport import Transport
    from custom_sender.senders.base import AnySender

MOST_ATTEMPTS = 3
LONGEST_ATTEMPT_SECONDS = 5.0
# With less than this no attempt is started: connection and handshake alone take a good part of it.
SHORTEST_ATTEMPT_SECONDS = 0.5

_NO_TIME_LEFT = "no-time-left"
_NOBODY_LEFT = (
    "an earlier invocation ended while it was sending, so that this message is perhaps sent; no other sender is left"
)
_NOT_ASKED = "attempts or time ran out before every sender of the route was asked; a retry goes on"
_ROTATED = "the credentials were refused and may have changed meanwhile; no attempt is left, a retry reads them again"


@dataclass(frozen=True)
class NamedSender:
    """A sender with the name that the configuration gave it."""

    name: str
    sender: AnySender


@dataclass(frozen=True)
class Attempt:
    """One try with one sender. Every field is safe to log.

    ``problem`` is a constant text about what is wrong with the set-up and what to do; about credentials it names the
    secret's ARN. ``refreshed`` marks the second try that follows a forced refresh of the secret, ``waited_seconds`` the
    one that follows the provider's ``Retry-After``.
    """

    sender_name: str
    kind: str
    outcome: Outcome
    seconds: float
    message_id: str | None = None
    provider_code: str | None = None
    retry_after_seconds: float | None = None
    refreshed: bool = False
    waited_seconds: float | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Plan:
    """Who will be asked, in this order; empty when nobody of the route can carry the message.

    ``skipped`` are the senders that cannot; ``reordered`` says that a breaker changed the order of the others;
    ``open_circuits`` are those whose breaker is open or half-open.
    """

    order: tuple[NamedSender, ...]
    skipped: tuple[str, ...] = ()
    reordered: bool = False
    open_circuits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """How a message ended. ``sender_name`` is the sender that sent it, None if none did.

    ``stopped``: ``asking`` refused a sender that would have been asked next. ``detail`` is a constant text for when no
    sender was left to ask.
    """

    outcome: Outcome
    sender_name: str | None
    attempts: tuple[Attempt, ...]
    stopped: bool = False
    detail: str | None = None


def plan(route: Sequence[NamedSender], breakers: Breakers, carried: Collection[Carries]) -> Plan:
    """The order in which the senders of a route are asked for a message that can take these forms. Changes no state."""
    able = {named.name: named for named in route if not named.sender.carries.isdisjoint(carried)}
    order = breakers.order(tuple(able))
    return Plan(
        order=tuple(able[name] for name in order),
        skipped=tuple(named.name for named in route if named.name not in able),
        reordered=order != tuple(able),
        open_circuits=breakers.open(tuple(able)),
    )


def overall(outcomes: tuple[Outcome, ...]) -> Outcome:
    """The outcome of a message from those of its attempts, in order. Without any attempt, time or route was missing.

    Sent is sent. After an attempt that is perhaps sent the message is over: it must not come again by a retry. A fact
    about the number ends it too. Then whatever a retry can cure wins over what it cannot.
    """
    if not outcomes:
        return Outcome.PROVIDER_DOWN
    if Outcome.SENT in outcomes:
        return Outcome.SENT
    if Outcome.AMBIGUOUS in outcomes:
        return Outcome.AMBIGUOUS
    last = outcomes[-1]
    if not POLICY[last].failover:
        return last
    return next((outcome for outcome in outcomes if POLICY[outcome].retry), outcomes[0])


@dataclass()
class _Visit:
    """A sender that was asked, with what came of it last. ``ready_at``: when its provider wants to be asked again."""

    named: NamedSender
    last: Attempt
    ready_at: float | None
    times: int = 1


@dataclass()
class Attempts:
    """One message on its way. ``messages`` is the same one in each form that it can take.

    ``clock`` gives seconds since the epoch, and the last attempt must be over at ``end``. ``breakers`` are kept from
    message to message. ``asking`` is called with the names that will be unsure once the next sender is asked; the first
    that may be asked has been noted by the caller.

    ``unsure`` are the senders that may have sent the message already. The set is kept up to date: it has, at every
    moment and also when an exception ends this, the names of all that may have sent it. ``sent_through`` is the sender
    that has sent it, from the moment at which that is known.
    """

    messages: Mapping[Carries, Message[Any]]
    transport: Transport
    credentials: Credentials
    end: float
    clock: Callable[[], float]
    breakers: Breakers
    unsure: set[str] = field(default_factory=set)
    asking: Callable[[frozenset[str]], bool] = lambda _: True
    sleep: Callable[[float], None] = time.sleep
    sent_through: str | None = None
    stopped: bool = False
    noted: frozenset[str] = frozenset()
    attempts: list[Attempt] = field(default_factory=list)
    visits: dict[str, _Visit] = field(default_factory=dict)

    def deliver(self, order: Sequence[NamedSender]) -> Delivery:
        """Try the senders in this order (``plan``), with at most ``MOST_ATTEMPTS`` attempts in all.

        Raises nothing that a provider or the network causes.
        """
        earlier = (Outcome.AMBIGUOUS,) * len(self.unsure)
        left = [named for named in order if named.name not in self.unsure]
        if earlier and not left:
            return Delivery(Outcome.AMBIGUOUS, None, (), detail=_NOBODY_LEFT)
        self.noted = frozenset(self.unsure.union(named.name for named in left[:1]))
        self._through(left)
        outcomes = tuple(attempt.outcome for attempt in self.attempts)
        # Without an attempt, time was missing. A retry will not ask those that are unsure either.
        outcome = overall((*earlier, *outcomes) if outcomes else ())
        detail = None
        if POLICY[outcome].failover and outcome is not Outcome.AMBIGUOUS and len(self.visits) < len(left):
            # Attempts or time ran out before somebody was asked who may well be in order.
            outcome, detail = Outcome.PROVIDER_DOWN, _NOT_ASKED
        return Delivery(outcome, self.sent_through, tuple(self.attempts), stopped=self.stopped, detail=detail)

    def _through(self, route: Sequence[NamedSender]) -> None:
        """Ask the senders, one after the other, then perhaps one of them once more."""
        for position, named in enumerate(route):
            untried = len(route) - position
            if len(self.attempts) == MOST_ATTEMPTS or self._timeout(untried) is None:
                return
            if not self._visit(named, untried):
                return
        while len(self.attempts) < MOST_ATTEMPTS and (visit := self._worth_waiting_for()) is not None:
            wait = max(0.0, (visit.ready_at or 0.0) - self.clock())
            self.sleep(wait)
            if not self._visit(visit.named, 1, waited=wait):
                return

    def _worth_waiting_for(self) -> _Visit | None:
        """Of the senders that asked for a pause that fits, the one whose pause ends first."""
        if self.unsure:
            return None
        fitting = [
            visit
            for visit in self.visits.values()
            if visit.times == 1
            and POLICY[visit.last.outcome].retry
            and visit.ready_at is not None
            and visit.ready_at + LONGEST_ATTEMPT_SECONDS <= self.end
        ]
        return min(fitting, key=lambda visit: visit.ready_at or 0.0, default=None)

    def _visit(self, named: NamedSender, untried: int, *, waited: float | None = None) -> bool:
        """Ask one sender. Whether another may be asked after it."""
        if not self._note(named.name):
            self.stopped = True
            return False
        before = len(self.attempts)
        self.breakers.trying(named.name)
        self._ask(named, untried)
        if waited is not None:
            self.attempts[before] = replace(self.attempts[before], waited_seconds=waited)
        last = self.attempts[-1]
        if last.provider_code != _NO_TIME_LEFT:  # that says nothing about the sender
            self.breakers.tried(named.name, last.outcome)
        pause = last.retry_after_seconds
        visit = self.visits.setdefault(named.name, _Visit(named, last, None, times=0))
        visit.last, visit.times = last, visit.times + 1
        visit.ready_at = None if pause is None else self.clock() + pause
        return POLICY[last.outcome].failover

    def _note(self, name: str) -> bool:
        """Have it noted that from now on this sender may have sent the message. False: it must not be asked."""
        then = frozenset(self.unsure | {name})
        if not then <= self.noted:
            if not self.asking(then):
                return False
            self.noted = then
        return True

    def _timeout(self, untried: int) -> float | None:
        """Seconds for an attempt that starts now, or None when it is too late to start one.

        ``untried`` senders, the next one included, may still be asked. The attempts that may still come share the time
        that is left: a slow first one must not use up the second one's time.
        """
        left = (self.end - self.clock()) / min(untried, MOST_ATTEMPTS - len(self.attempts))
        return min(LONGEST_ATTEMPT_SECONDS, left) if left >= SHORTEST_ATTEMPT_SECONDS else None

    def _ask(self, named: NamedSender, untried: int) -> None:
        """One attempt, and a second one when the provider refused credentials that have changed meanwhile."""
        secret = self._secret(named, refresh=False)
        if isinstance(secret, Attempt):
            self.attempts.append(secret)
            return
        attempt, refused = self._once(named, secret, untried, refreshed=False)
        self.attempts.append(attempt)
        # Who says both, that the credentials were refused and that something may have been sent, is not asked again.
        nothing_sent = POLICY[attempt.outcome].failover and attempt.outcome is not Outcome.AMBIGUOUS
        if not refused or not nothing_sent or named.sender.secret_arn is None:
            return
        fresh = self._secret(named, refresh=True)
        if fresh == secret:
            # With the same credentials the refusal would only be repeated.
            return
        if len(self.attempts) == MOST_ATTEMPTS:
            # Rotation must lose nothing: what the new credentials can cure is left to a retry.
            curable = not isinstance(fresh, Attempt) or POLICY[fresh.outcome].retry
            if curable:
                self.attempts[-1] = replace(attempt, outcome=Outcome.PROVIDER_DOWN, problem=_ROTATED)
        elif isinstance(fresh, Attempt):
            self.attempts.append(fresh)
        else:
            self.attempts.append(self._once(named, fresh, untried, refreshed=True)[0])

    def _secret(self, named: NamedSender, *, refresh: bool) -> Mapping[str, Any] | Attempt:
        """The sender's credentials (empty if it needs none), or the attempt that ended because they cannot be had."""
        arn = named.sender.secret_arn
        if arn is None:
            return {}
        started = self.clock()
        try:
            return self.credentials.get(arn, refresh=refresh, seconds=self.end - started)
        except CredentialsUnavailable as error:
            code, outcome, problem = "credentials-unavailable", Outcome.PROVIDER_DOWN, str(error)
        except CredentialsInvalid as error:
            code, outcome, problem = "credentials-invalid", Outcome.PROVIDER_CONFIG, str(error)
        result = SendResult(outcome, provider_code=code, problem=problem)
        return self._attempt(named, result, started, refreshed=refresh)

    def _once(
        self, named: NamedSender, secret: Mapping[str, Any], untried: int, *, refreshed: bool
    ) -> tuple[Attempt, bool]:
        """One try: the attempt, and whether the provider refused the credentials."""
        started = self.clock()
        timeout = self._timeout(untried)
        try:
            if timeout is None:
                # Reading the secret took the time. Nothing was sent.
                result = SendResult(Outcome.PROVIDER_DOWN, provider_code=_NO_TIME_LEFT)
            else:
                request = named.sender.build(self._message(named.sender), secret, now=started)
                self.unsure.add(named.name)
                result = _meaning(named.sender, self.transport.send(request, timeout))
        except NotSent:
            result = SendResult(Outcome.PROVIDER_DOWN, provider_code="not-sent")
        except PerhapsSent:
            result = SendResult(Outcome.AMBIGUOUS, provider_code="perhaps-sent")
        except RequestRefused as refused:
            result = SendResult(Outcome.PROVIDER_CONFIG, provider_code="request-refused", problem=str(refused))
        except CredentialsInvalid as error:
            # The sender found that the secret lacks what it needs. A newer version of it may be complete.
            result = SendResult(
                Outcome.PROVIDER_CONFIG,
                provider_code="credentials-invalid",
                credentials_refused=True,
                problem=f"{named.sender.secret_arn}: {error}",
            )
        if result.outcome is Outcome.SENT:
            self.sent_through = named.name
        elif result.outcome is not Outcome.AMBIGUOUS:
            self.unsure.discard(named.name)
        return self._attempt(named, result, started, refreshed=refreshed), result.credentials_refused

    def _attempt(self, named: NamedSender, result: SendResult, started: float, *, refreshed: bool) -> Attempt:
        return Attempt(
            sender_name=named.name,
            kind=named.sender.kind,
            outcome=result.outcome,
            seconds=self.clock() - started,
            message_id=self._harmless(result.message_id, named.sender),
            provider_code=result.provider_code,
            retry_after_seconds=result.retry_after_seconds,
            refreshed=refreshed,
            problem=result.problem,
        )

    def _message(self, sender: AnySender) -> Message[Any]:
        """The message in the form that this sender carries."""
        return next(message for form, message in self.messages.items() if form in sender.carries)

    def _harmless(self, message_id: str | None, sender: AnySender) -> str | None:
        """The id, unless it has the code or the address in it: some providers' ids are digits of their own making."""
        if message_id is None:
            return None
        message = self._message(sender)
        telling = (message.to.removeprefix("+"), "" if message.secret is None else message.secret.reveal())
        return None if any(part and part in message_id for part in telling) else message_id


def _meaning(sender: AnySender, answer: Any) -> SendResult:
    """What the answer says. The message may be sent by now, so one that cannot be read raises nothing."""
    try:
        return sender.parse(answer)
    except Exception as error:  # noqa: BLE001 - its text may hold the answer, which may hold the code
        problem = f"the sender could not read the answer: {type(error).__name__} in {place_of(error)}"
        return SendResult(Outcome.AMBIGUOUS, provider_code="unreadable-answer", problem=problem)
