"""Runs the contestants in turn, so that a busy second of the machine is everybody's, and keeps what it took."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import boto3

from benchmarks.memory import share_of
from benchmarks.process import BenchmarkError, Cold, Running, cold_start, running
from benchmarks.share import held_to
from support import ciphertext
from support.cognito import CODE, POOL_ID, REGION, make_event
from support.environment import KEY_ARN

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.process import Start
    from benchmarks.world import World

# The first messages of a process still import, connect and fill caches.
_WARMING_UP: Final = 10
_NS_PER_MS: Final = 1e6
_MS: Final = 1000.0
_HELD_MESSAGES: Final = 20

Spans = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ColdStarts:
    """All runs of one contestant, in the order of the rounds; ``calls`` and TLS ``connections`` of one of them."""

    name: str
    runs: Sequence[Cold]
    calls: tuple[str, ...]
    connections: int


@dataclass(frozen=True, slots=True)
class WarmMessages:
    """Messages through one process, one in each round.

    ``spans``: name to milliseconds on the clock and of processor (``inside/probe.py``). ``calls`` and ``connections``
    are those of one message; ``peak_mb`` and ``output`` the process's at the end, the output from the first message on.
    """

    name: str
    spans: Sequence[Spans]
    calls: tuple[str, ...]
    connections: int
    peak_mb: float
    output: str
    messages: int


@dataclass(frozen=True, slots=True)
class Held:
    """Runs of one process each, with the share of a processor that Lambda gives for ``mb`` of memory.

    Milliseconds on the clock: from the start of the process to its first result, and the median of its warm messages.
    """

    mb: int
    cold_milliseconds: Sequence[float]
    warm_milliseconds: Sequence[float]


def events(world: World, authorities: Path, count: int) -> list[dict[str, Any]]:
    """Sign-up events whose codes are encrypted as Cognito does, each anew."""
    kms = boto3.client(
        "kms",
        endpoint_url=world.url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - of nobody
        verify=str(authorities),
    )
    return [make_event(code=ciphertext.encrypt(kms, KEY_ARN, CODE, POOL_ID)) for _ in range(count)]


def cold_starts(
    starts: Sequence[Start], all_events: Sequence[Mapping[str, Any]], world: World, rounds: int
) -> list[ColdStarts]:
    """``rounds`` cold starts of each. Raises ``BenchmarkError`` when one does not end as SENT."""
    runs: dict[str, list[Cold]] = {start.name: [] for start in starts}
    calls: dict[str, tuple[str, ...]] = {}
    connections: dict[str, int] = {}
    for start in starts:  # once for the disk's cache; not counted
        world.taken(), world.connections()
        _, result = cold_start(start, all_events[0])
        calls[start.name], connections[start.name] = world.taken(), world.connections()
        _check(start, result, is_function=start.is_function)
    for number in range(rounds):
        for start in starts:
            run, result = cold_start(start, all_events[number % len(all_events)])
            _check(start, result, is_function=start.is_function)
            runs[start.name].append(run)
    return [ColdStarts(name, found, calls[name], connections[name]) for name, found in runs.items()]


def held(start: Start, all_events: Sequence[Mapping[str, Any]], sizes_mb: Sequence[int], rounds: int) -> list[Held]:
    """``rounds`` processes with each share. Raises ``BenchmarkError`` when a message does not end as SENT."""
    found: dict[int, list[tuple[float, float]]] = {mb: [] for mb in sizes_mb}
    for number in range(rounds):
        for mb, runs in found.items():
            runs.append(_held(start, all_events[number % len(all_events)], share_of(mb)))
    return [Held(mb, [cold for cold, _ in runs], [warm for _, warm in runs]) for mb, runs in found.items()]


def _held(start: Start, event: Mapping[str, Any], share: float) -> tuple[float, float]:
    with running(start) as function, held_to(function.pid, share):
        result, moment = function.invoke(event)
        _check(start, result, is_function=True)
        cold, warm = moment - function.began, []
        for number in range(_WARMING_UP + _HELD_MESSAGES):
            began = time.perf_counter()
            result, moment = function.invoke(event)
            _check(start, result, is_function=True)
            if number >= _WARMING_UP:
                warm.append(moment - began)
    return cold * _MS, statistics.median(warm) * _MS


def warm_messages(
    starts: Sequence[Start], all_events: Sequence[Mapping[str, Any]], world: World, rounds: int
) -> list[WarmMessages]:
    """``rounds`` messages through a process of each, after a few that are not counted."""
    with contextlib.ExitStack() as stack:
        functions = [stack.enter_context(running(start)) for start in starts]
        spans: dict[str, list[Spans]] = {function.name: [] for function in functions}
        calls: dict[str, tuple[str, ...]] = {}
        connections: dict[str, int] = {}
        for number in range(_WARMING_UP + rounds):
            event = all_events[number % len(all_events)]
            for function in functions:
                world.taken(), world.connections()
                found = _message(function, event)
                if number >= _WARMING_UP:
                    spans[function.name].append(found)
                calls[function.name], connections[function.name] = world.taken(), world.connections()
                _check_spans(function.name, found, calls[function.name])
        return [
            WarmMessages(
                name=function.name,
                spans=spans[function.name],
                calls=calls[function.name],
                connections=connections[function.name],
                peak_mb=function.peak_mb(),
                output=function.output(),
                messages=_WARMING_UP + rounds,
            )
            for function in functions
        ]


def _message(function: Running, event: Mapping[str, Any]) -> Spans:
    answer, _ = function.invoke(event)
    if isinstance(answer["result"], dict) and answer["result"].get("outcome") != "SENT":
        raise BenchmarkError(f"{function.name}: {answer['result']}\n{function.output()}")
    return {name: (wall / _NS_PER_MS, cpu / _NS_PER_MS) for name, (wall, cpu) in answer["spans"].items()}


def _check_spans(name: str, spans: Spans, calls: Sequence[str]) -> None:
    """A call of AWS that went past the probe would count as overhead."""
    services = {call.partition(":")[0] for call in calls} - {"twilio"}
    unseen = sorted(service for service in services if f"aws:{service}" not in spans)
    if unseen:
        raise BenchmarkError(f"{name}: inside/probe.py has not seen the calls of {', '.join(unseen)}; mend its seams")


def _check(start: Start, result: Any, *, is_function: bool) -> None:
    if is_function and (not isinstance(result, dict) or result.get("outcome") != "SENT"):
        raise BenchmarkError(f"{start.name}: {result}")
