"""What a Lambda memory size makes of measured processor time. Pure arithmetic, and stated as such in the README, beside
what a process took that was held to the same share of a processor (``share``).

Lambda gives processor in proportion to memory, one whole vCPU at 1,769 MB ("Configure Lambda function memory", AWS
Lambda developer guide). So processor time is divided by the share. The function does one thing at a time: more than one
vCPU does not make it faster. Waiting for the network takes as long at any size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MB_PER_VCPU: Final = 1769
SIZES_MB: Final = (256, 512, 768, 1024, 1536, 1769)
# The module's default, ``function.memory_size``; a test holds the two together.
DEFAULT_MB: Final = 512

# Assumed, in milliseconds, not measured: the function's log line says what yours are (decrypt_milliseconds,
# ledger_milliseconds, send_milliseconds).
WAITS_MS: Final[Mapping[str, float]] = {"KMS": 10.0, "claim": 15.0, "end": 5.0, "provider": 150.0}


@dataclass(frozen=True, slots=True)
class Size:
    """One memory size. Milliseconds, and GB-seconds of a million warm messages."""

    mb: int
    share: float
    cold_ms: int
    warm_cpu_ms: float
    warm_ms: int
    gb_seconds: int


def sizes(cold_cpu_ms: float, warm_cpu_ms: float, waits_ms: float, *, sizes_mb: Sequence[int] = SIZES_MB) -> list[Size]:
    """Each size, for so much processor time of a cold start to its first result, and of a warm message."""
    return [_size(mb, cold_cpu_ms, warm_cpu_ms, waits_ms) for mb in sizes_mb]


def share_of(mb: int) -> float:
    """Of one vCPU, what Lambda gives to so much memory."""
    return min(1.0, mb / MB_PER_VCPU)


def _size(mb: int, cold_cpu_ms: float, warm_cpu_ms: float, waits_ms: float) -> Size:
    share = share_of(mb)
    warm_ms = math.ceil(warm_cpu_ms / share + waits_ms)  # billed in whole milliseconds
    return Size(
        mb=mb,
        share=round(share, 2),
        cold_ms=round(cold_cpu_ms / share + waits_ms),
        warm_cpu_ms=round(warm_cpu_ms / share, 1),
        warm_ms=warm_ms,
        gb_seconds=round(mb / 1024 * warm_ms / 1000 * 1_000_000),
    )


def recommended(sizes: Sequence[Size], gb_second_usd: float) -> Size:
    """The largest size that costs at most a US dollar a million messages more than the cheapest.

    The message itself costs thousands: what a dollar buys in waiting is cheap, and what ten buy is no longer felt.
    """
    cheapest = min(size.gb_seconds for size in sizes)
    return max(
        (size for size in sizes if (size.gb_seconds - cheapest) * gb_second_usd <= 1.0), key=lambda size: size.mb
    )
