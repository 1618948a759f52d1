"""What a million messages cost besides the provider's own price, as lines that a reader can check. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks import prices

if TYPE_CHECKING:
    from benchmarks.memory import Size

# Cognito's GenerateDataKey and our Decrypt, both on the pool's key.
KMS_REQUESTS: Final = 2
# One transaction of the message and its four counters, two units an item, and one unit for the end of the message
# ("Read and write operations", DynamoDB developer guide: transactional writes take two units a kB).
TRANSACTION_ITEMS: Final = 5
WRITE_UNITS: Final = 2 * TRANSACTION_ITEMS + 1
# Lambda's START, END and REPORT; and CloudWatch counts 26 bytes more for each event.
LAMBDA_LOG_LINES: Final = 3
LAMBDA_LOG_BYTES: Final = 340
_EVENT_BYTES: Final = 26
_GB: Final = 10**9


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill for a million messages; ``arithmetic`` is what a reader can type into a calculator."""

    what: str
    arithmetic: str
    usd: float


def logged_bytes(log_bytes: int, log_lines: int) -> int:
    """What CloudWatch takes money for, for one message that writes so much by itself."""
    return log_bytes + LAMBDA_LOG_BYTES + _EVENT_BYTES * (log_lines + LAMBDA_LOG_LINES)


def per_million(size: Size, log_bytes: int, log_lines: int) -> list[Line]:
    """Of messages that are sent at the first attempt, with the ledger and all limits on, arm64."""
    logged = logged_bytes(log_bytes, log_lines)
    return [
        Line("Lambda, requests", f"1 × {prices.LAMBDA_REQUESTS.usd:.2f}", prices.LAMBDA_REQUESTS.usd),
        Line(
            f"Lambda, {size.mb} MB for {size.warm_ms} ms",
            f"{size.mb} ÷ 1024 × {size.warm_ms} ms = {size.gb_seconds:,} GB-s × {prices.LAMBDA_ARM.usd:.10f}",
            size.gb_seconds * prices.LAMBDA_ARM.usd,
        ),
        Line(
            "KMS: Cognito's request and ours",
            f"{KMS_REQUESTS} × {prices.KMS_REQUESTS.usd:.2f}",
            KMS_REQUESTS * prices.KMS_REQUESTS.usd,
        ),
        Line(
            "DynamoDB: claim, four counters, end",
            f"(2 × {TRANSACTION_ITEMS} + 1) × {prices.WRITES.usd}",
            WRITE_UNITS * prices.WRITES.usd,
        ),
        Line(
            "logs and metrics, taken in",
            f"{logged:,} bytes = {logged * 1e6 / _GB:.2f} GB × {prices.LOGS.usd:.2f}",
            logged * 1e6 / _GB * prices.LOGS.usd,
        ),
        Line("SQS: only what Lambda gives up on goes there", f"0 × {prices.QUEUE.usd:.2f}", 0.0),
    ]
