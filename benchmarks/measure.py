"""Runs the contestants in turn, so that a busy second of the machine is everybody's, and keeps what it took."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import boto3

from benchmarks.process import check_sent, cold_start, peak_mb, running
from support import ciphertext
from support.cognito import CODE, POOL_ID, REGION, make_event
from support.environment import KEY_ARN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.packages import Packages
    from benchmarks.process import Running, Start
    from benchmarks.world import World

# The first messages of a process still import, connect and fill caches.
_WARMING_UP: Final = 10
_NS_PER_MS: Final = 1e6
_DIFFERENT_CODES: Final = 50
# The ledger, and the sender that is a service of AWS.
_APART: Final = frozenset({"dynamodb", "sns"})

Event = dict[str, Any]


@dataclass(slots=True)
class Measured:
    """All runs of one contestant, in the order of the rounds: milliseconds on the clock and of processor.

    ``cpu_of_calls``: of a warm message, in calls of the ledger and of an AWS service that sends. ``calls`` and TLS
    ``connections`` are those of one run; ``peak_mb`` is the greatest.
    """

    name: str
    milliseconds: list[float] = field(default_factory=list)
    cpu_milliseconds: list[float] = field(default_factory=list)
    cpu_of_calls: list[float] = field(default_factory=list)
    calls: tuple[str, ...] = ()
    connections: int = 0
    peak_mb: float = 0.0


def events(packages: Packages) -> list[Event]:
    """Sign-up events whose codes are encrypted as Cognito does, each anew."""
    kms = boto3.client(
        "kms",
        endpoint_url=packages.url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - of nobody
        verify=str(packages.authorities),
    )
    codes = (ciphertext.encrypt(kms, KEY_ARN, CODE, POOL_ID) for _ in range(_DIFFERENT_CODES))
    return [make_event(code=code) for code in codes]


def cold_starts(starts: Sequence[Start], events: Sequence[Event], world: World, rounds: int) -> list[Measured]:
    """``rounds`` cold starts of each. Raises ``BenchmarkError`` when one does not send."""
    found = [Measured(start.name) for start in starts]
    for number in range(-1, rounds):  # once for the disk's cache; not counted
        for start, measured in zip(starts, found, strict=True):
            world.taken()
            milliseconds, cpu_milliseconds, peak = cold_start(start, events[number % len(events)])
            measured.calls, measured.connections = world.taken()
            if number >= 0:
                measured.milliseconds.append(milliseconds)
                measured.cpu_milliseconds.append(cpu_milliseconds)
                measured.peak_mb = max(measured.peak_mb, peak)
    return found


def warm_messages(starts: Sequence[Start], events: Sequence[Event], world: World, rounds: int) -> list[Measured]:
    """``rounds`` messages through a process of each, after a few that are not counted. Raises ``BenchmarkError``."""
    with contextlib.ExitStack() as stack:
        functions = [stack.enter_context(running(start)) for start in starts]
        found = [Measured(start.name) for start in starts]
        for number in range(-_WARMING_UP, rounds):
            for function, measured in zip(functions, found, strict=True):
                world.taken()
                spans = _message(function, events[number % len(events)])
                measured.calls, measured.connections = world.taken()
                # Each of these calls has a span: one that went past the probe would count as overhead.
                apart = {call.partition(":")[0] for call in measured.calls} & _APART
                if number >= 0:
                    milliseconds, cpu_milliseconds = spans["total"]
                    measured.milliseconds.append(milliseconds)
                    measured.cpu_milliseconds.append(cpu_milliseconds)
                    measured.cpu_of_calls.append(sum(spans[f"aws:{service}"][1] for service in apart))
        for function, measured in zip(functions, found, strict=True):
            measured.peak_mb = peak_mb(function.process.pid)
        return found


def _message(function: Running, event: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    answer, _ = function.invoke(event)
    check_sent(function.name, answer["result"])
    return {name: (wall / _NS_PER_MS, cpu / _NS_PER_MS) for name, (wall, cpu) in answer["spans"].items()}
