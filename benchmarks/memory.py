"""What a memory size makes of a cold start and of a warm message: real processes, held to that size's share of a vCPU.

While it initializes, an on-demand function has a whole vCPU, for ten seconds at most ("Utilize initialization phase",
serverlessland.com, by AWS; DataDog/datadog-lambda-extension#700 saw it). The developer guide does not promise that, so
a process is also held from its first moment.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.measure import events
from benchmarks.packages import DEFAULT, SELF_CONTAINED, packages
from benchmarks.process import check_sent, running
from benchmarks.results import MB_PER_VCPU, Size
from benchmarks.share import held_to, used_seconds
from benchmarks.world import world

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from benchmarks.process import Start

SIZES_MB: Final = (256, 512, 768, 1024, 1536, MB_PER_VCPU)
_WARMING_UP: Final = 3
_MS: Final = 1000.0


def memory(rounds: int, warm: int) -> list[Size]:
    """Each package at each size: the least of so many processes, and of each one's median of so many warm messages.

    The least, because what else runs on the machine only adds. Raises ``BenchmarkError``.
    """
    found: dict[tuple[str, int], list[tuple[float, float, float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="custom-sender-bench-") as directory, world() as aws:
        unpacked = packages(Path(directory, "now"), aws)
        messages = events(unpacked)[: _WARMING_UP + warm]
        for number, name, memory_mb in product(range(-1, rounds), (DEFAULT, SELF_CONTAINED), SIZES_MB):
            if number >= 0 or memory_mb == MB_PER_VCPU:  # once for the disk's cache; not counted
                start, share = unpacked.function(name), memory_mb / MB_PER_VCPU
                times = (*_whole_while_initializing(start, messages, share), _held(start, messages[0], share))
                if number >= 0:
                    found[name, memory_mb].append(times)
        unpacked.layer.check()
    return [
        Size(*place, *(round(min(column), 1) for column in zip(*rows, strict=True))) for place, rows in found.items()
    ]


def _whole_while_initializing(
    start: Start, messages: Sequence[Mapping[str, Any]], share: float
) -> tuple[float, float, float]:
    """Initialization, the first message, and the median of the warm ones.

    Initialization waits for nobody: with a whole processor it takes as long as it uses one.
    """
    with running(start) as function:
        function.asked.wait()
        initialization = used_seconds(function.process.pid)
        times = []
        with held_to(function.process.pid, share):
            for event in messages:
                began = time.perf_counter()
                result, moment = function.invoke(event)
                check_sent(start.name, result)
                times.append((moment - began) * _MS)
    return initialization * _MS, times[0], statistics.median(times[_WARMING_UP:])


def _held(start: Start, event: Mapping[str, Any], share: float) -> float:
    with running(start) as function, held_to(function.process.pid, share):
        result, moment = function.invoke(event)
    check_sent(start.name, result)
    return (moment - function.began) * _MS
