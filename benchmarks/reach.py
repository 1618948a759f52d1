"""What the benchmark shall show, and whether it does. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.nodejs import NODE, PRINTED
from benchmarks.packages import DEFAULT, FLOOR_DECRYPT, NAIVE, NO_LEDGER, SELF_CONTAINED, TWILIO_SENDER

if TYPE_CHECKING:
    from benchmarks.results import Results, WarmResult

MOST_SELF_CONTAINED_BYTES: Final = 6_500_000
MOST_DEFAULT_BYTES: Final = 150_000
MOST_PEAK_MB: Final = 90.0
MOST_CALLS: Final = 4
MOST_OWN_CPU_MS: Final = 1.0
MOST_TIMES_FLOOR: Final = 1.15
MOST_TIMES_NAIVE: Final = 0.6

# What must not be asked for a warm message.
_SETTINGS: Final = ("secretsmanager:", "ssm:")


@dataclass(frozen=True, slots=True)
class Target:
    """One aim: at most ``limit``; ``found`` is of the self-contained package, ``beside`` of the default one.

    ``exact``: the figure is the same on every machine, or nearly.
    """

    what: str
    limit: float
    found: float
    beside: float | None
    unit: str
    exact: bool = False

    @property
    def reached(self) -> bool:
        """Whether the figure is within the limit."""
        return self.found <= self.limit


def targets(results: Results) -> list[Target]:
    """All aims, with what these results say."""
    ours, default = results.cold_start(SELF_CONTAINED), results.cold_start(DEFAULT)
    naive, bare = results.cold_start(NAIVE), results.cold_start(SELF_CONTAINED + NO_LEDGER)
    warm, warm_default = results.warm_message(SELF_CONTAINED), results.warm_message(DEFAULT)
    third_party = results.warm_message(SELF_CONTAINED + TWILIO_SENDER)
    found = [
        Target(
            "cold start to the first message, × floor", MOST_TIMES_FLOOR, ours.ratio.median, default.ratio.median, "×"
        ),
        Target("the same, without the ledger", MOST_TIMES_FLOOR, bare.ratio.median, None, "×"),
        Target(
            "the same, Twilio: a secret is read, one call and one connection more",
            MOST_TIMES_FLOOR,
            results.cold_start(SELF_CONTAINED + TWILIO_SENDER).ratio.median,
            None,
            "×",
        ),
        Target(
            "cold start, × the naive function",
            MOST_TIMES_NAIVE,
            round(ours.ratio.median / naive.ratio.median, 2),
            round(default.ratio.median / naive.ratio.median, 2),
            "×",
        ),
        Target("warm, own overhead, SNS", MOST_OWN_CPU_MS, _own(warm), _own(warm_default), "ms of processor"),
        Target("warm, own overhead, Twilio", MOST_OWN_CPU_MS, _own(third_party), None, "ms of processor"),
        Target("warm, network calls, SNS", MOST_CALLS, len(warm.calls), len(warm_default.calls), "calls", exact=True),
        Target("warm, network calls, Twilio", MOST_CALLS, len(third_party.calls), None, "calls", exact=True),
        Target(
            "warm, calls for a secret or a setting",
            0,
            sum(call.startswith(_SETTINGS) for call in (*third_party.calls, *warm.calls)),
            None,
            "calls",
            exact=True,
        ),
        Target(
            "self-contained package",
            MOST_SELF_CONTAINED_BYTES / 1e6,
            _mb(results, SELF_CONTAINED),
            None,
            "MB",
            exact=True,
        ),
        Target("default package", MOST_DEFAULT_BYTES / 1e6, _mb(results, DEFAULT), None, "MB", exact=True),
        Target(
            "peak memory",
            MOST_PEAK_MB,
            max(ours.peak_mb.high, warm.peak_mb, third_party.peak_mb),
            max(default.peak_mb.high, warm_default.peak_mb),
            "MB",
            exact=True,
        ),
    ]
    for name, what in ((PRINTED, "Node.js as the guide prints it"), (NODE, "Node.js with SDK v3")):
        if results.has_cold_start(name):
            ratio = round(bare.ratio.median / results.cold_start(name).ratio.median, 2)
            found.append(Target(f"cold start, × {what}, both without a ledger", 1.0, ratio, None, "×"))
    return found


def _own(result: WarmResult) -> float:
    figure = result.own_cpu_milliseconds
    assert figure is not None
    return figure.median


def _mb(results: Results, name: str) -> float:
    return round(results.sizes[name] / 1e6, 3)


# What a run on any machine, also a busy one, may be off from the results that are kept: ratios of processor time differ
# between processors, and by less than this.
_COLD_MARGIN: Final = 1.25
_WARM_MARGIN: Final = 1.5
# Of the SDK's own decryption: so that half of very little is not taken for a regression.
_WARM_ROOM: Final = 0.15


def regressions(now: Results, kept: Results) -> list[str]:
    """What has become worse than ``kept``, in words. Calls, sizes and memory by their limits, times by their ratios."""
    found = [
        f"{target.what}: {target.found:g}, at most {target.limit:g} {target.unit}"
        for target in targets(now)
        if target.exact and not target.reached
    ]
    for name in (SELF_CONTAINED, DEFAULT, SELF_CONTAINED + NO_LEDGER):
        ratio, was = (results.cold_start(name).cpu_ratio.median for results in (now, kept))
        if ratio > was * _COLD_MARGIN:
            found.append(f"cold start, {name}: {ratio:g} × floor, was {was:g}")
    naive = now.cold_start(SELF_CONTAINED).cpu_ratio.median / now.cold_start(NAIVE).cpu_ratio.median
    if naive > MOST_TIMES_NAIVE * _COLD_MARGIN:
        found.append(f"cold start: {naive:.2f} × the naive function, at most {MOST_TIMES_NAIVE:g} and a margin")
    for name in (SELF_CONTAINED, DEFAULT, SELF_CONTAINED + TWILIO_SENDER):
        share, was = (own_share(results, name) for results in (now, kept))
        if share > was * _WARM_MARGIN + _WARM_ROOM:
            found.append(f"warm, own overhead, {name}: {share:.2f} × the SDK's decryption, was {was:.2f}")
    return found


def own_share(results: Results, name: str) -> float:
    """The own overhead of a warm message as a multiple of what the SDK's decryption takes on the same machine."""
    floor = results.warm_message(FLOOR_DECRYPT).parts["total"].cpu_milliseconds.median
    return _own(results.warm_message(name)) / floor
