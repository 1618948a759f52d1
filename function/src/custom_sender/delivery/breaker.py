"""Remembers which senders have been failing, and puts them behind the others.

One circuit breaker per sender, in the memory of one execution environment:

* **closed**: the sender has its place in the route. ``FAILURES_TO_OPEN`` consecutive failures of the provider open it.
* **open**: the sender goes behind every other, for ``COOL_DOWN_SECONDS``.
* **half-open**: after that, one message tries it in its place: the probe. If the probe fails, it is open again; if it
  succeeds, closed. Until the probe has ended, nobody else tries it in its place. A message probes one sender only. So a
  route of senders that were all down does not spend its attempts on probes.

It only ever reorders: a route keeps all its senders, and when all are open they are tried in the order of the route.
A fact about a number says nothing about the provider and counts neither way.

In memory only: an environment handles one message at a time and at low traffic may never see three failures. Then a
dead provider costs each message one attempt, as without a breaker. The ledger keeps what is worth keeping across
environments.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from custom_sender.dataclass import dataclass
from custom_sender.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FAILURES_TO_OPEN: Final = 3
COOL_DOWN_SECONDS: Final = 30.0

FAILURES: Final = frozenset(
    {
        Outcome.PROVIDER_CONFIG,
        Outcome.PROVIDER_QUOTA,
        Outcome.PROVIDER_THROTTLED,
        Outcome.PROVIDER_DOWN,
        Outcome.AMBIGUOUS,
    }
)


@dataclass()
class _State:
    failures: int = 0
    opened_at: float | None = None


class Breakers:
    """The breakers of all senders. ``clock`` gives seconds and goes on while Lambda has frozen the process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._states: dict[str, _State] = {}

    def forget(self) -> None:
        """Close all of them."""
        self._states.clear()

    def order(self, names: Sequence[str]) -> tuple[str, ...]:
        """The same names, those that should be tried last moved behind the others. Changes no state."""
        probe = next((name for name in names if self._is_half_open(name)), None)
        first = [name for name in names if name == probe or not self._is_tripped(name)]
        later = [name for name in names if name not in first]
        # Half-open ones before open ones: they have had their rest.
        later.sort(key=lambda name: not self._is_half_open(name))
        return (*first, *later)

    def open(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the names that have been failing: open or half-open. Changes no state."""
        return tuple(name for name in names if self._is_tripped(name))

    def trying(self, name: str) -> None:
        """The sender is about to be tried. For a half-open one this is the probe: to all others it is open again."""
        state = self._states.get(name)
        if state is not None and state.opened_at is not None:
            state.opened_at = self._clock()

    def tried(self, name: str, outcome: Outcome) -> None:
        """The sender was tried and this came of it."""
        state = self._states.setdefault(name, _State())
        if outcome is Outcome.SENT:
            state.failures, state.opened_at = 0, None
        elif outcome in FAILURES:
            state.failures += 1
            if state.failures >= FAILURES_TO_OPEN:
                state.opened_at = self._clock()
        elif state.opened_at is not None:
            # The provider has answered about the number: nothing was learned, the next message may probe at once.
            state.opened_at = -math.inf

    def _is_tripped(self, name: str) -> bool:
        state = self._states.get(name)
        return state is not None and state.opened_at is not None

    def _is_half_open(self, name: str) -> bool:
        state = self._states.get(name)
        if state is None or state.opened_at is None:
            return False
        # A clock that was set back must not keep a breaker open for ever.
        return not 0 <= self._clock() - state.opened_at < COOL_DOWN_SECONDS
