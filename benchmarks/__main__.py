"""`make bench`: cold start, memory, warm path, calls on the network and size, beside floors measured in the same run."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

from benchmarks.packages import Contestants, contestants
from benchmarks.process import Cold, Start, cold_start
from benchmarks.world import World, world
from support import ciphertext
from support.cognito import CODE, POOL_ID, REGION, make_event
from support.environment import KEY_ARN, environment


def main() -> int:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=25, help="cold starts of each contestant")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sms-sender-bench-") as directory, world({}) as aws:
        print("Building the packages …", flush=True)
        all_of_them = contestants(Path(directory), environment(), aws.url)
        event = make_event(code=_code(aws))
        colds, calls = cold_starts(all_of_them, event, aws, options.runs)
        floor = statistics.median(run.milliseconds for run in colds[all_of_them.floor.name])
        for name, runs in colds.items():
            times = sorted(run.milliseconds for run in runs)
            middle = statistics.median(times)
            print(
                f"{name:28} {middle:7.0f} ms  ({times[len(times) // 4]:.0f}–{times[3 * len(times) // 4]:.0f})  "
                f"{middle / floor:5.2f} × floor  {statistics.median(run.peak_mb for run in runs):5.1f} MB  {', '.join(calls[name])}"
            )
        print(all_of_them.sizes)
    return 0


def cold_starts(
    all_of_them: Contestants, event: Mapping[str, Any], aws: World, runs: int
) -> tuple[Mapping[str, Sequence[Cold]], Mapping[str, Sequence[str]]]:
    """Cold starts of everybody in turn, so that a busy minute of the machine is everybody's."""
    order: Sequence[Start] = (all_of_them.floor, all_of_them.default, all_of_them.self_contained, all_of_them.naive)
    measured: dict[str, list[Cold]] = {start.name: [] for start in order}
    calls: dict[str, list[str]] = {}
    for start in order:  # once for the disk cache, not counted
        aws.taken()
        cold_start(start, event)
        calls[start.name] = aws.taken()
    for _ in range(runs):
        for start in order:
            measured[start.name].append(cold_start(start, event))
    return measured, calls


def _code(aws: World) -> str:
    kms = boto3.client(
        "kms", endpoint_url=aws.url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )
    return ciphertext.encrypt(kms, KEY_ARN, CODE, POOL_ID)


if __name__ == "__main__":
    sys.exit(main())
