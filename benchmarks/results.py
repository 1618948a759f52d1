"""What a run has found, as it is kept in results.json: medians, spread and ratios, no raw measurements. Pure.

Ratios are made of the two measurements of one round, so that what slows the machine for a moment slows both.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks.figures import Figure, paired_ratio
from benchmarks.packages import FLOOR_REQUEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.measure import Measured


@dataclass(frozen=True, slots=True)
class Row:
    """One contestant's cold starts, or its warm messages; ratios are to the floor.

    ``own``: the processor time of a warm message without what the floors take for the same (decryption, provider) and
    without the calls to the ledger, as a multiple of the floor, which is the SDK's decryption.
    """

    milliseconds: Figure
    ratio: Figure
    cpu_milliseconds: Figure
    cpu_ratio: Figure
    own: Figure | None
    peak_mb: float
    calls: Sequence[str]
    connections: int


# "Configure Lambda function memory", Lambda developer guide: processor in proportion to memory, one vCPU at this size.
MB_PER_VCPU: Final = 1769


@dataclass(frozen=True, slots=True)
class Size:
    """A package at one memory size: milliseconds, while the services answer at once.

    ``initialization`` with a whole processor; then ``first`` and ``warm`` messages with that size's share of one.
    ``held``: until the first result, with no more than the share from the first moment.
    """

    package: str
    memory_mb: int
    initialization: float
    first: float
    warm: float
    held: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way of a message through the function: its outcome, its calls in their order, and the table's write units."""

    name: str
    outcome: str
    calls: Sequence[str]
    units: int


@dataclass(frozen=True, slots=True)
class Load:
    """What became of the messages of one scenario (``scale``): shares in per cent, waits in seconds.

    ``wait`` and ``longest_wait``: in Lambda's queue, the median and the most. ``in_time``: accepted by a provider
    within five seconds. ``units``: write units asked for, for each message. ``turn``: the setting that helps first.
    """

    name: str
    turn: str
    wait: float
    longest_wait: float
    in_time: float
    outcomes: Mapping[str, float]
    units: float
    environments: int


@dataclass(frozen=True, slots=True)
class Results:
    """One run. ``measured`` is the day, ISO 8601; ``machine`` names no host; ``sizes`` are zipped bytes.

    ``layer`` is the public layer of the default package, and how it was made. The first row is the floor. ``memory``
    is measured apart; ``ways`` and ``loads`` are counted and simulated.
    """

    measured: str
    machine: str
    versions: Mapping[str, str]
    layer: str
    sizes: Mapping[str, int]
    cold: Mapping[str, Row]
    warm: Mapping[str, Row]
    memory: Sequence[Size] = ()
    ways: Sequence[Way] = ()
    loads: Sequence[Load] = ()

    def json(self) -> str:
        """As results.json has it."""
        return json.dumps(asdict(self), indent=1) + "\n"


def rows(measured: Sequence[Measured]) -> dict[str, Row]:
    """Of cold starts or of warm messages, the floors first."""
    floor = measured[0]
    requests = {found.name: found.cpu_milliseconds for found in measured}.get(FLOOR_REQUEST, [])
    return {
        found.name: Row(
            milliseconds=Figure.of(found.milliseconds, 1),
            ratio=paired_ratio(found.milliseconds, floor.milliseconds),
            cpu_milliseconds=Figure.of(found.cpu_milliseconds, 1),
            cpu_ratio=paired_ratio(found.cpu_milliseconds, floor.cpu_milliseconds),
            own=_own(found, floor.cpu_milliseconds, requests) if requests and len(found.calls) > 1 else None,
            peak_mb=round(found.peak_mb, 1),
            calls=found.calls,
            connections=found.connections,
        )
        for found in measured
    }


def _own(found: Measured, decryptions: Sequence[float], requests: Sequence[float]) -> Figure:
    # The call of an AWS service that sends is among ``cpu_of_calls``; any other provider takes a request.
    sending = requests if "twilio:Messages" in found.calls else [0.0] * len(requests)
    rounds = zip(found.cpu_milliseconds, found.cpu_of_calls, decryptions, sending, strict=True)
    own = [total - calls - decryption - request for total, calls, decryption, request in rounds]
    return paired_ratio(own, decryptions)


def read_results(text: str) -> Results:
    """What ``Results.json`` wrote. Raises ``KeyError`` or ``TypeError`` for anything else."""
    content = json.loads(text, object_hook=_read)
    cold, warm = ({name: Row(**row) for name, row in content.pop(part).items()} for part in ("cold", "warm"))
    parts: tuple[tuple[str, type], ...] = (("memory", Size), ("ways", Way), ("loads", Load))
    lists: dict[str, Any] = {part: [kind(**one) for one in content.pop(part)] for part, kind in parts}
    return Results(**content, cold=cold, warm=warm, **lists)


def _read(content: dict[str, Any]) -> Any:
    return Figure(**content) if content.keys() == set(Figure.__slots__) else content


_SIZE_MARGIN: Final = 1.05
_MOST_PEAK_MB: Final = 90.0
# What a run on any machine, also a busy one, may be off from the results that are kept: ratios of processor time differ
# between processors, and by less than this. The room is so that half of very little is not taken for a regression.
_MARGIN: Final = 1.2
_ROOM: Final = 0.1


def regressions(now: Results, kept: Results) -> list[str]:
    """What of ``now`` is worse than ``kept``, in words; who took part in ``now`` must have taken part in ``kept``.

    Times by their ratios to the floors of the same run.
    """
    limits: list[tuple[str, float, float]] = [
        (f"{name}, bytes", now.sizes[name], size * _SIZE_MARGIN) for name, size in kept.sizes.items()
    ]
    for what, rows_now, rows_kept in (("cold start", now.cold, kept.cold), ("warm message", now.warm, kept.warm)):
        for name, row in rows_now.items():
            was = rows_kept[name]
            ratio, ratio_was = row.own or row.cpu_ratio, was.own or was.cpu_ratio
            limits += [
                (f"{what}, {name}, × floor", ratio.median, ratio_was.median * _MARGIN + _ROOM),
                (f"{what}, {name}, calls", len(row.calls), len(was.calls)),
                (f"{what}, {name}, connections", row.connections, was.connections),
                (f"{what}, {name}, peak, MB", row.peak_mb, _MOST_PEAK_MB),
            ]
    return [f"{what}: {figure:g}, at most {most:g}" for what, figure, most in limits if figure > most]
