"""Codes by the thousand a second, in simulated time: `make bench ARGS="--scale"`.

Each message takes the steps that the real function was seen to take (``paths``), and each step asks a quota that all
share. A test holds the two together. What is simulated is what nobody can run on one machine: Lambda's queue and its
environments, the quotas of KMS, of the table and of providers, and transactions that meet at the parts of a limit.

* Lambda hands events out in their order. It starts 1,000 environments at once and 100 a second after that ("Lambda
  scaling behavior", developer guide), up to the reserved concurrency. An event that the function raises comes again
  after one minute and after two more ("How Lambda handles errors and retries with asynchronous invocation").
* Cognito's request to KMS comes first and counts against the same quota.
* The table and each part of a wide limit have write units a second. A transaction meets another one with the
  probability that one of those at work is at the same part of ``country`` or of ``overall``.

One simulated message stands for ``weight``. Numbers are drawn with a seed, so a run can be repeated.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.packages import DEFAULT
from benchmarks.pages import AWS_WAITS_MS, PROVIDER_WAIT_MS, default_mb, size_of
from benchmarks.paths import ways
from benchmarks.plot import lines
from benchmarks.results import Load
from custom_sender.delivery.breaker import COOL_DOWN_SECONDS, FAILURES_TO_OPEN
from custom_sender.guards.ledger import LONGEST_SECONDS
from custom_sender.guards.limits import shards
from custom_sender.outcome import POLICY, Outcome
from support.environment import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from benchmarks.results import Results

    Steps = Generator[float, None, Outcome]

RATE: Final = 10_000
SECONDS: Final = 300
# A sign-in code's, the shortest; and the module's retries by default.
LIFETIME_SECONDS: Final = 180.0
MOST_AGE_SECONDS: Final = 3600.0
RETRY_SECONDS: Final = (60.0, 120.0)
PROMPT_SECONDS: Final = 5.0
NOT_ENCRYPTED: Final = "not encrypted by Cognito"
TOO_OLD: Final = "dropped by Lambda"
_AT_ONCE: Final = 1_000
_STARTED_A_SECOND: Final = 100.0
_PART_UNITS: Final = 1_000
# Assumed: how long an item of a transaction is in others' way, a client's pause between its tries, and the answer of a
# provider that refuses.
_HELD_SECONDS: Final = 0.01
_CLIENT_PAUSE_SECONDS: Final = 0.5
_CLIENT_TRIES: Final = 2
_REFUSED_SECONDS: Final = 0.05
# A claim's items beside those of the wide limits: the message, its number and its block of numbers.
_NARROW_ITEMS: Final = 3
_SIMULATED_A_SECOND: Final = 250
# Of the picture.
_EACH_SECONDS: Final = 4
_UNLIMITED: Final = 1e9


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is reserved, asked for and set. Quotas are a second's; ``providers`` are the route's, in order.

    ``wide`` is the mode of the limits ``country`` and ``overall``; ``over`` says that they are smaller than the
    traffic. ``warm`` environments are there already. ``turn`` is the setting that helps first.
    """

    name: str
    turn: str
    environments: int = 5_000
    kms: float = 100_000
    table: float = 400_000
    providers: Sequence[float] = (_UNLIMITED, _UNLIMITED)
    wide: str = "off"
    over: bool = True
    warm: int = 0
    rate: int = RATE


_AS_IT_IS: Final = Scenario(
    "an account as it is, defaults", "AWS's quotas, KMS's first", 1_000, kms=10_000, table=4_000, wide="monitor"
)
_RAISED: Final = Scenario("all raised, limits off", "nothing")
_OFF: Final = '`country`, `overall`: "off"'
SCENARIOS: Final = (
    _AS_IT_IS,
    replace(_RAISED, name="all raised, defaults", turn=_OFF, wide="monitor"),
    _RAISED,
    replace(_RAISED, name="limits off, 3,000 environments warm", warm=3_000),
    replace(_RAISED, name="limits off, 1,000 environments", turn="`reserved_concurrency`", environments=1_000),
    replace(_RAISED, name="limits off, first sender takes 4,000 a second", providers=(4_000, _UNLIMITED)),
    replace(_RAISED, name="limits off, both senders take 4,000", turn="a third sender", providers=(4_000, 4_000)),
    replace(_RAISED, name="all raised, limits enforced", turn=_OFF, wide="enforce", over=False),
    replace(_RAISED, name="3,000 codes, limits enforced", turn=_OFF, wide="enforce", over=False, rate=3_000),
    replace(_AS_IT_IS, name="1,000 codes, an account as it is", turn="the table's warm throughput", rate=1_000),
)


@dataclass(slots=True)
class _Bucket:
    """A quota: so many a second, of which one second's can be had at once."""

    rate: float
    left: float = 0.0
    at: float = 0.0

    def __post_init__(self) -> None:
        self.left = self.rate

    def take(self, now: float, amount: float) -> bool:
        """Whether it was still there."""
        self.left = min(self.rate, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < amount:
            return False
        self.left -= amount
        return True


@dataclass(slots=True)
class _Environment:
    """An execution environment, with its circuit breaker of each sender: failures in a row, and when it opened."""

    is_new: bool = True
    failures: list[int] = field(default_factory=lambda: [0, 0])
    opened: list[float] = field(default_factory=lambda: [-1e9, -1e9])

    def order(self, now: float) -> list[int]:
        """The senders as they are asked."""
        return sorted(range(2), key=lambda sender: now - self.opened[sender] < COOL_DOWN_SECONDS)

    def tried(self, sender: int, now: float, *, is_sent: bool) -> None:
        self.failures[sender] = 0 if is_sent else self.failures[sender] + 1
        self.opened[sender] = now if self.failures[sender] >= FAILURES_TO_OPEN else -1e9


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of processor, at the default memory: of a message, and what the first one of an environment adds."""

    own: float
    start: float

    @classmethod
    def of(cls, results: Results) -> Times:
        size = size_of(results, DEFAULT, default_mb())
        return cls(size.warm / 1000, (size.initialization + size.first - size.warm) / 1000)


@dataclass(slots=True)
class _Message:
    """``due``: since when it waits for its turn, which a retry does anew. ``tries`` are those that have ended."""

    accepted: float
    due: float
    tries: int = 0
    has_item: bool = False


class Simulation:
    """One scenario, for so many seconds of traffic. ``ages``: for each second, the longest wait that ended in it."""

    def __init__(self, scenario: Scenario, times: Times, *, weight: int = 0, seconds: float = SECONDS) -> None:
        weight = weight or max(1, scenario.rate // _SIMULATED_A_SECOND)
        self.scenario, self.times, self.weight, self.seconds = scenario, times, weight, seconds
        self.now = 0.0
        self.dice = random.Random(1)  # noqa: S311 - no secret
        self.outcomes: Counter[str] = Counter()
        self.units = self.decryptions = 0
        self.waits: list[float] = []
        self.took: list[float] = []
        self.ages: Counter[int] = Counter()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._queue: deque[_Message] = deque()
        self._idle = [_Environment(is_new=False) for _ in range(scenario.warm // weight)]
        self._environments = len(self._idle)
        self._is_starting = False
        self._parts = shards(LIMITS["overall"]["max"])
        self._kms, self._table, self._wide = (
            _Bucket(rate / weight) for rate in (scenario.kms, scenario.table, self._parts * _PART_UNITS)
        )
        self._providers = [_Bucket(rate / weight) for rate in scenario.providers]
        self._at_work = 0

    def run(self) -> Load:
        """Until every message has ended."""
        step = self.weight / self.scenario.rate
        for index in range(round(self.seconds / step)):
            self._at(index * step, self._accept)
        while self._due:
            self.now, _, action = heapq.heappop(self._due)
            action()
        total, waits = sum(self.outcomes.values()), sorted(self.waits) or [0.0]
        return Load(
            name=self.scenario.name,
            turn=self.scenario.turn,
            wait=round(waits[len(waits) // 2], 1),
            longest_wait=round(waits[-1], 1),
            in_time=round(100 * sum(seconds <= PROMPT_SECONDS for seconds in self.took) / total, 1),
            outcomes={name: round(100 * count / total, 1) for name, count in self.outcomes.most_common()},
            units=round(self.units / total, 1),
            environments=self._environments * self.weight,
        )

    def _at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._order), action))

    # Cognito and Lambda.

    def _accept(self) -> None:
        if self._kms.take(self.now, 1):
            self._enqueue(_Message(self.now, self.now))
        else:
            self.outcomes[NOT_ENCRYPTED] += 1

    def _enqueue(self, message: _Message) -> None:
        message.due = self.now
        self._queue.append(message)
        self._begin()

    def _begin(self) -> None:
        """Give what waits to environments, as far as there are any."""
        while self._queue and (environment := self._free()) is not None:
            message = self._queue.popleft()
            waited = self.now - message.due
            self.waits.append(waited)
            self.ages[int(self.now)] = max(self.ages[int(self.now)], round(waited))
            if self.now - message.accepted > MOST_AGE_SECONDS:
                self.outcomes[TOO_OLD] += 1
                self._idle.append(environment)
                continue
            self._go_on(self._steps(message, environment), message, environment)

    def _free(self) -> _Environment | None:
        if self._idle:
            return self._idle.pop()
        most = min(self.scenario.environments, self.scenario.warm + _AT_ONCE + _STARTED_A_SECOND * self.now)
        if (self._environments + 1) * self.weight <= most:
            self._environments += 1
            return _Environment()
        if most < self.scenario.environments and not self._is_starting:
            self._is_starting = True
            self._at(self.now + self.weight / _STARTED_A_SECOND, self._started)
        return None

    def _started(self) -> None:
        self._is_starting = False
        self._begin()

    def _go_on(self, steps: Steps, message: _Message, environment: _Environment) -> None:
        try:
            seconds = next(steps)
        except StopIteration as end:
            self._end(message, end.value)
            self._idle.append(environment)
            self._begin()
        else:
            self._at(self.now + seconds, partial(self._go_on, steps, message, environment))

    def _end(self, message: _Message, outcome: Outcome) -> None:
        message.tries += 1
        if POLICY[outcome].retry and message.tries <= len(RETRY_SECONDS):
            self._at(self.now + RETRY_SECONDS[message.tries - 1], lambda: self._enqueue(message))
        else:
            self.outcomes[outcome.value] += 1

    # The function: each number that is yielded is a wait.

    def _steps(self, message: _Message, environment: _Environment) -> Steps:
        if environment.is_new:
            environment.is_new = False
            yield self.times.start
        if self.now - message.accepted >= LIFETIME_SECONDS:
            yield self.times.own
            return Outcome.EXPIRED
        yield self.times.own
        for _ in range(_CLIENT_TRIES):
            self.decryptions += 1
            is_decrypted = self._kms.take(self.now, 1)
            yield self._some(AWS_WAITS_MS["KMS"] / 1000 if is_decrypted else _CLIENT_PAUSE_SECONDS)
            if is_decrypted:
                break
        else:
            return Outcome.DECRYPT_UNAVAILABLE
        claimed = yield from self._claim(message)
        if claimed is not None:
            return claimed
        return (yield from self._deliver(message, environment))

    def _claim(self, message: _Message) -> Generator[float, None, Outcome | None]:
        """Why the message must not be sent now; it must not be, either, when a limit that is enforced has no turn."""
        wide, knows = self.scenario.wide != "off", not self.scenario.over
        tries, end = 0, self.now + LONGEST_SECONDS
        while True:
            if not (yield from self._write(2 * (_NARROW_ITEMS + (2 if wide else 0)))):
                return None  # on_ledger_failure = "send"
            if message.has_item:
                yield from self._write(1)
                return None
            if wide and self._is_met():
                tries += 1
                wide = self.scenario.wide == "enforce" or tries < 2
                pause = self.dice.uniform(0.01, min(0.05 * tries, 0.2))
                if self.now + pause > end:
                    yield from self._write(1)
                    return Outcome.LEDGER_UNAVAILABLE
                yield pause
            elif wide and not knows:
                knows = True
            else:
                message.has_item = True
                if wide:
                    self._at_work += 1
                    self._at(self.now + _HELD_SECONDS, self._let_go)
                return None

    def _is_met(self) -> bool:
        """Whether another transaction is at this one's part of a wide limit, or the part has no unit left."""
        free = (1 - 1 / self._parts) ** (2 * self._at_work * self.weight)
        return self.dice.random() > free or not self._wide.take(self.now, 2)

    def _let_go(self) -> None:
        self._at_work -= 1

    def _write(self, units: int) -> Generator[float, None, bool]:
        for _ in range(_CLIENT_TRIES):
            self.units += units
            is_written = self._table.take(self.now, units)
            yield self._some(AWS_WAITS_MS["claim" if units > 1 else "end"] / 1000)
            if is_written:
                return True
        return False

    def _deliver(self, message: _Message, environment: _Environment) -> Steps:
        outcome = Outcome.PROVIDER_THROTTLED
        for number, sender in enumerate(environment.order(self.now)):
            if number:
                yield from self._write(1)
            is_sent = self._providers[sender].take(self.now, 1)
            yield self._some(PROVIDER_WAIT_MS / 1000 if is_sent else _REFUSED_SECONDS)
            environment.tried(sender, self.now, is_sent=is_sent)
            if is_sent:
                outcome = Outcome.SENT
                self.took.append(self.now - message.accepted)
                break
        yield from self._write(1)
        return outcome

    def _some(self, seconds: float) -> float:
        """Half as long to half as long again."""
        return seconds * self.dice.uniform(0.5, 1.5)


def scaled(results: Results) -> tuple[Results, str]:
    """The results with all scenarios, and the picture of the queue."""
    times = Times.of(results)
    simulations = [Simulation(scenario, times) for scenario in SCENARIOS]
    loads = [simulation.run() for simulation in simulations]
    waiting = {
        simulation.scenario.name: sorted(simulation.ages.items())[::_EACH_SECONDS]
        for simulation in simulations
        if max(simulation.ages.values()) >= PROMPT_SECONDS
    }
    rest = max(load.longest_wait for load in loads if load.longest_wait < PROMPT_SECONDS)
    picture = lines(
        f"{RATE:,} codes a second for {SECONDS} seconds: the wait in Lambda's queue (all others: at most {rest:.0f} s)",
        "seconds since the first code",
        "longest wait, s",
        waiting,
        {"a sign-in code expires": LIFETIME_SECONDS},
    )
    return replace(results, ways=ways(), loads=loads), picture
