"""Brings one message through its route: sender after sender, until one has sent it or none may try.

What may follow an attempt is ``outcome.POLICY``; how the network failed is the transport's business; what an answer
means is the sender's.

Routes for single countries, a circuit breaker that skips a sender known to be down, and waiting for a provider's
Retry-After have their place in front of ``_Run``: they choose and order the senders that are tried here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cognito_sms_sender.credentials import CredentialsInvalid, CredentialsUnavailable
from cognito_sms_sender.outcome import POLICY, Outcome
from cognito_sms_sender.senders.base import SendResult
from cognito_sms_sender.transport import NotSent, PerhapsSent, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cognito_sms_sender.credentials import Credentials
    from cognito_sms_sender.senders.base import OutgoingMessage, Sender
    from cognito_sms_sender.transport import Transport

MOST_SENDERS = 3
LONGEST_ATTEMPT_SECONDS = 5.0
# Kept back for what follows delivery: the record, the metrics, the end of the invocation.
RESERVE_SECONDS = 1.5
# With less than this no attempt is started: connection and handshake alone take a good part of it.
SHORTEST_ATTEMPT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class NamedSender:
    """A sender with the name that the configuration gave it."""

    name: str
    sender: Sender


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try with one sender. Every field is safe to log.

    ``problem`` is a constant text about the sender's credentials, naming the secret's ARN and what to do, if they are
    what failed. ``refreshed`` marks the second try that follows a forced refresh of the secret.
    """

    sender_name: str
    kind: str
    outcome: Outcome
    seconds: float
    message_id: str | None = None
    provider_code: str | None = None
    retry_after_seconds: float | None = None
    refreshed: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a message ended. ``sender_name`` is the sender that sent it, None if none did."""

    outcome: Outcome
    sender_name: str | None
    attempts: tuple[Attempt, ...]


def deliver(  # noqa: PLR0913, PLR0917 - each is a thing that a test replaces
    message: OutgoingMessage,
    route: Sequence[NamedSender],
    transport: Transport,
    credentials: Credentials,
    deadline: float,
    clock: Callable[[], float],
) -> Delivery:
    """Try the senders of the route in order, at most ``MOST_SENDERS`` of them.

    ``clock`` gives seconds since the epoch, and ``deadline`` is when the invocation will be killed, on that clock:
    ``clock() + context.get_remaining_time_in_millis() / 1000``. Raises nothing that a provider or the network causes.
    """
    run = _Run(message, transport, credentials, deadline - RESERVE_SECONDS, clock)
    attempts = tuple(run.attempts(route[:MOST_SENDERS]))
    outcome = overall(tuple(attempt.outcome for attempt in attempts))
    sender_name = attempts[-1].sender_name if outcome is Outcome.SENT else None
    return Delivery(outcome, sender_name, attempts)


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


@dataclass(frozen=True, slots=True)
class _Run:
    """One message on its way. ``end`` is when the last attempt must be over."""

    message: OutgoingMessage
    transport: Transport
    credentials: Credentials
    end: float
    clock: Callable[[], float]

    def attempts(self, route: Sequence[NamedSender]) -> Iterator[Attempt]:
        """The attempts, made one by one as they are asked for."""
        for position, named in enumerate(route):
            senders_left = len(route) - position
            if self._timeout(senders_left) is None:
                return
            last: Attempt | None = None
            for attempt in self._with_one_sender(named, senders_left):
                yield attempt
                last = attempt
            if last is not None and not POLICY[last.outcome].failover:
                return

    def _timeout(self, senders_left: int) -> float | None:
        """Seconds for an attempt that starts now, or None when it is too late to start one.

        What is left is shared by the senders that are left: a slow first one must not use up the second one's time.
        """
        left = (self.end - self.clock()) / senders_left
        return min(LONGEST_ATTEMPT_SECONDS, left) if left >= SHORTEST_ATTEMPT_SECONDS else None

    def _with_one_sender(self, named: NamedSender, senders_left: int) -> Iterator[Attempt]:
        """One attempt, and a second one when the provider refused credentials that have changed meanwhile."""
        secret = self._secret(named, refresh=False)
        if isinstance(secret, Attempt):
            yield secret
            return
        attempt, refused = self._once(named, secret, senders_left, refreshed=False)
        yield attempt
        if not refused or named.sender.secret_arn is None:
            return
        fresh = self._secret(named, refresh=True)
        if isinstance(fresh, Attempt):
            yield fresh
        elif fresh != secret:
            # With the same credentials the refusal would only be repeated.
            yield self._once(named, fresh, senders_left, refreshed=True)[0]

    def _secret(self, named: NamedSender, *, refresh: bool) -> Mapping[str, Any] | Attempt:
        """The sender's credentials (empty if it needs none), or the attempt that ended because they cannot be had."""
        arn = named.sender.secret_arn
        if arn is None:
            return {}
        started = self.clock()
        try:
            return self.credentials.get(arn, refresh=refresh)
        except CredentialsUnavailable as error:
            result, problem = SendResult(Outcome.PROVIDER_DOWN, provider_code="credentials-unavailable"), str(error)
        except CredentialsInvalid as error:
            result, problem = SendResult(Outcome.PROVIDER_CONFIG, provider_code="credentials-invalid"), str(error)
        return self._attempt(named, result, started, refreshed=refresh, problem=problem)

    def _once(
        self, named: NamedSender, secret: Mapping[str, Any], senders_left: int, *, refreshed: bool
    ) -> tuple[Attempt, bool]:
        """One try: the attempt, and whether the provider refused the credentials."""
        started = self.clock()
        timeout = self._timeout(senders_left)
        problem: str | None = None
        try:
            if timeout is None:
                # Reading the secret took the time. Nothing was sent.
                result = SendResult(Outcome.PROVIDER_DOWN, provider_code="no-time-left")
            else:
                request = named.sender.build(self.message, secret, now=started)
                result = named.sender.parse(self.transport.send(request, timeout))
        except NotSent:
            result = SendResult(Outcome.PROVIDER_DOWN, provider_code="not-sent")
        except PerhapsSent:
            result = SendResult(Outcome.AMBIGUOUS, provider_code="perhaps-sent")
        except RequestRefused:
            result = SendResult(Outcome.PROVIDER_CONFIG, provider_code="request-refused")
        except CredentialsInvalid as error:
            # The sender found that the secret lacks what it needs. A newer version of it may be complete.
            result = SendResult(Outcome.PROVIDER_CONFIG, provider_code="credentials-invalid", credentials_refused=True)
            problem = f"{named.sender.secret_arn}: {error}"
        attempt = self._attempt(named, result, started, refreshed=refreshed, problem=problem or result.problem)
        return attempt, result.credentials_refused

    def _attempt(
        self, named: NamedSender, result: SendResult, started: float, *, refreshed: bool, problem: str | None
    ) -> Attempt:
        return Attempt(
            sender_name=named.name,
            kind=named.sender.kind,
            outcome=result.outcome,
            seconds=self.clock() - started,
            message_id=result.message_id,
            provider_code=result.provider_code,
            retry_after_seconds=result.retry_after_seconds,
            refreshed=refreshed,
            problem=problem,
        )
