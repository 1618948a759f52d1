"""What a run has found, as it is kept in results/results.json: medians, spread and ratios, no raw measurements. Pure.

Ratios are made of the two measurements of one round, so that what slows the machine for a moment slows both.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks.figures import Figure, more_of_100, paired_ratio
from benchmarks.packages import FLOOR_COLD, FLOOR_DECRYPT, FLOOR_REQUEST
from support import emf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.measure import ColdStarts, Held, Spans, WarmMessages

# The steps of a warm message, in their order; "rest" is the total without the others.
PARTS: Final = ("screen", "decrypt", "ledger", "compose", "send", "record", "rest")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured. No host name, no path."""

    cpu: str
    cores: int
    system: str


@dataclass(frozen=True, slots=True)
class ColdResult:
    """One contestant's cold start to its first result. The floor is the first of ``Results.cold``."""

    name: str
    milliseconds: Figure
    cpu_milliseconds: Figure
    ratio: Figure
    cpu_ratio: Figure
    peak_mb: Figure
    calls: tuple[str, ...]
    connections: int


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a warm message: milliseconds on the clock and of processor."""

    milliseconds: Figure
    cpu_milliseconds: Figure


@dataclass(frozen=True, slots=True)
class WarmResult:
    """One contestant's warm messages. ``parts`` has ``total`` and, of our function, ``PARTS``.

    ``own_cpu_milliseconds``: everything but what the floors take for the same (decryption, provider) and the calls to
    the ledger. ``ratios``: of a part to its floor, both in processor time. ``log_bytes`` and ``log_lines`` are written
    for one message; ``metrics`` are the combinations of name and dimensions that it counts.
    """

    name: str
    parts: Mapping[str, Part]
    own_cpu_milliseconds: Figure | None
    ratios: Mapping[str, Figure]
    calls: tuple[str, ...]
    connections: int
    peak_mb: float
    log_bytes: int
    log_lines: int
    metrics: int


@dataclass(frozen=True, slots=True)
class HeldResult:
    """The self-contained package with the share of a processor that goes with ``mb`` of memory, on the clock."""

    mb: int
    cold_milliseconds: Figure
    warm_milliseconds: Figure


@dataclass(frozen=True, slots=True)
class StepResult:
    """The cold start of a package with one step changed; ratios are to the package itself.

    ``message_milliseconds``: the part after initialisation. ``more_cpu``: in how many of a hundred pairs of runs it
    took more of a processor than the package itself did.
    """

    name: str
    milliseconds: Figure
    cpu_milliseconds: Figure
    ratio: Figure
    cpu_ratio: Figure
    message_milliseconds: Figure
    more_cpu: int


@dataclass(frozen=True, slots=True)
class Steps:
    """One run of the changed packages, which has its own day and machine. The first of ``changes`` has none."""

    measured: str
    machine: Machine
    changes: tuple[StepResult, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """One run of everything but ``steps``. ``sizes`` are zipped bytes; ``measured`` is the day, ISO 8601.

    ``layer`` is which public layer the default package had, and how it was made.
    """

    measured: str
    machine: Machine
    versions: Mapping[str, str]
    layer: str
    latency_ms: Mapping[str, float]
    sizes: Mapping[str, int]
    cold: tuple[ColdResult, ...]
    warm: tuple[WarmResult, ...]
    held: tuple[HeldResult, ...]
    steps: Steps | None = None

    def cold_start(self, name: str) -> ColdResult:
        """The contestant of this name. Raises ``KeyError``."""
        return {result.name: result for result in self.cold}[name]

    def warm_message(self, name: str) -> WarmResult:
        """The contestant of this name. Raises ``KeyError``."""
        return {result.name: result for result in self.warm}[name]

    def has_cold_start(self, name: str) -> bool:
        """Whether this contestant took part."""
        return any(result.name == name for result in self.cold)

    def json(self) -> str:
        """As results.json has it."""
        return json.dumps(asdict(self), indent=1) + "\n"


def cold_results(starts: Sequence[ColdStarts]) -> tuple[ColdResult, ...]:
    """Medians of each, and its ratios to the floor, which must be among them."""
    floor = next(start for start in starts if start.name == FLOOR_COLD)
    return tuple(
        ColdResult(
            name=start.name,
            milliseconds=Figure.of(run.milliseconds for run in start.runs).rounded(0),
            cpu_milliseconds=Figure.of(run.cpu_milliseconds for run in start.runs).rounded(0),
            ratio=paired_ratio(
                (run.milliseconds for run in start.runs), (run.milliseconds for run in floor.runs)
            ).rounded(2),
            cpu_ratio=paired_ratio(
                (run.cpu_milliseconds for run in start.runs), (run.cpu_milliseconds for run in floor.runs)
            ).rounded(2),
            peak_mb=Figure.of(run.peak_mb for run in start.runs).rounded(1),
            calls=start.calls,
            connections=start.connections,
        )
        for start in starts
    )


def step_results(starts: Sequence[ColdStarts]) -> tuple[StepResult, ...]:
    """Medians of each, and its ratios to the first, which is the package itself."""
    return tuple(_step(start, starts[0]) for start in starts)


def _step(start: ColdStarts, package: ColdStarts) -> StepResult:
    clock, clock_of_package = ([run.milliseconds for run in found.runs] for found in (start, package))
    cpu, cpu_of_package = ([run.cpu_milliseconds for run in found.runs] for found in (start, package))
    return StepResult(
        name=start.name,
        milliseconds=Figure.of(clock).rounded(0),
        cpu_milliseconds=Figure.of(cpu).rounded(0),
        ratio=paired_ratio(clock, clock_of_package).rounded(2),
        cpu_ratio=paired_ratio(cpu, cpu_of_package).rounded(2),
        message_milliseconds=Figure.of(run.message_milliseconds for run in start.runs).rounded(0),
        more_cpu=more_of_100(cpu, cpu_of_package),
    )


def warm_results(messages: Sequence[WarmMessages]) -> tuple[WarmResult, ...]:
    """Medians of each, and what is left of ours without the floors, which must be among them."""
    floors = {found.name: [spans["total"] for spans in found.spans] for found in messages}
    return tuple(
        _warm(found, [cpu for _, cpu in floors[FLOOR_DECRYPT]], [cpu for _, cpu in floors[FLOOR_REQUEST]])
        for found in messages
    )


def held_results(processes: Sequence[Held]) -> tuple[HeldResult, ...]:
    """Medians of each size."""
    return tuple(
        HeldResult(
            found.mb,
            Figure.of(found.cold_milliseconds).rounded(0),
            Figure.of(found.warm_milliseconds).rounded(1),
        )
        for found in processes
    )


def split(spans: Spans) -> dict[str, tuple[float, float]]:
    """``total`` and, of our function, ``PARTS``: milliseconds on the clock and of processor."""
    parts = {"total": spans["total"]}
    if "decrypt" not in spans:
        return parts
    nothing = (0.0, 0.0)
    for name in PARTS[:-1]:
        parts[name] = spans.get("aws:dynamodb", nothing) if name == "ledger" else spans[name]
    wall, cpu = (spans["total"][index] - sum(parts[name][index] for name in PARTS[:-1]) for index in (0, 1))
    parts["rest"] = (wall, cpu)
    return parts


def own(spans: Spans, decrypt_floor: float, request_floor: float) -> float:
    """Milliseconds of processor of a message that are neither the SDK's, nor the ledger's, nor the provider's.

    ``decrypt_floor`` and ``request_floor`` are what those take with nothing around them. A provider that is an AWS
    service is called by boto3: then that call is what it takes.
    """
    ledger = spans.get("aws:dynamodb", (0.0, 0.0))[1]
    provider = spans["aws:sns"][1] if "aws:sns" in spans else request_floor
    return spans["total"][1] - decrypt_floor - ledger - provider


def _warm(found: WarmMessages, decrypt_floor: Sequence[float], request_floor: Sequence[float]) -> WarmResult:
    rounds = [split(spans) for spans in found.spans]
    is_ours = "decrypt" in rounds[0]
    ratios = {}
    if is_ours:
        ratios["decrypt"] = paired_ratio((parts["decrypt"][1] for parts in rounds), decrypt_floor).rounded(2)
        if not any("aws:sns" in spans for spans in found.spans):
            ratios["send"] = paired_ratio((parts["send"][1] for parts in rounds), request_floor).rounded(2)
    blobs = emf.blobs(found.output)
    return WarmResult(
        name=found.name,
        parts={
            name: Part(
                Figure.of(parts[name][0] for parts in rounds).rounded(2),
                Figure.of(parts[name][1] for parts in rounds).rounded(2),
            )
            for name in rounds[0]
        },
        own_cpu_milliseconds=Figure.of(
            own(spans, decrypt, request)
            for spans, decrypt, request in zip(found.spans, decrypt_floor, request_floor, strict=True)
        ).rounded(2)
        if is_ours
        else None,
        ratios=ratios,
        calls=found.calls,
        connections=found.connections,
        peak_mb=round(found.peak_mb, 1),
        log_bytes=round(len(found.output.encode()) / found.messages),
        log_lines=round(found.output.count("\n") / found.messages),
        metrics=len({metric for metric, _ in emf.read(found.output)}) if blobs else 0,
    )


def read_results(text: str) -> Results:
    """What ``Results.json`` wrote. Raises ``KeyError`` or ``TypeError`` for anything else."""
    content = json.loads(text)
    return Results(
        measured=content["measured"],
        machine=Machine(**content["machine"]),
        versions=content["versions"],
        layer=content["layer"],
        latency_ms=content["latency_ms"],
        sizes=content["sizes"],
        cold=tuple(_read_cold(result) for result in content["cold"]),
        warm=tuple(_read_warm(result) for result in content["warm"]),
        held=tuple(
            HeldResult(result["mb"], Figure(**result["cold_milliseconds"]), Figure(**result["warm_milliseconds"]))
            for result in content["held"]
        ),
        steps=_read_steps(content.get("steps")),
    )


_COLD_FIGURES: Final = ("milliseconds", "cpu_milliseconds", "ratio", "cpu_ratio", "peak_mb")


def _read_cold(content: Mapping[str, Any]) -> ColdResult:
    figures = {name: Figure(**content[name]) for name in _COLD_FIGURES}
    return ColdResult(**{**content, **figures, "calls": tuple(content["calls"])})


def _read_warm(content: Mapping[str, Any]) -> WarmResult:
    parts = {
        name: Part(Figure(**part["milliseconds"]), Figure(**part["cpu_milliseconds"]))
        for name, part in content["parts"].items()
    }
    ours = content["own_cpu_milliseconds"]
    return WarmResult(
        **{
            **content,
            "parts": parts,
            "own_cpu_milliseconds": None if ours is None else Figure(**ours),
            "ratios": {name: Figure(**figure) for name, figure in content["ratios"].items()},
            "calls": tuple(content["calls"]),
        }
    )


_STEP_FIGURES: Final = ("milliseconds", "cpu_milliseconds", "ratio", "cpu_ratio", "message_milliseconds")


def _read_steps(content: Mapping[str, Any] | None) -> Steps | None:
    if content is None:
        return None
    changes = (
        StepResult(**{**change, **{name: Figure(**change[name]) for name in _STEP_FIGURES}})
        for change in content["changes"]
    )
    return Steps(content["measured"], Machine(**content["machine"]), tuple(changes))
