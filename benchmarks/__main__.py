"""`make bench`: cold start, memory, warm path, network calls and size, beside floors measured in the same run."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import tables
from benchmarks.measure import cold_starts, events, held, warm_messages
from benchmarks.memory import SIZES_MB
from benchmarks.nodejs import node_functions, node_version
from benchmarks.packages import SELF_CONTAINED, SNS, packages, versions
from benchmarks.picture import draw
from benchmarks.process import BenchmarkError
from benchmarks.profile import profile
from benchmarks.readme import MarkerError, rewritten
from benchmarks.results import (
    Machine,
    Results,
    Steps,
    cold_results,
    held_results,
    read_results,
    step_results,
    warm_results,
)
from benchmarks.steps import changed
from benchmarks.world import world

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE: Final = Path(__file__).resolve().parent
RESULTS: Final = HERE / "results"
README: Final = HERE.parent / "README.md"
_DIFFERENT_CODES: Final = 50
_HELD_ROUNDS: Final = 3
_SERVICES: Final = ("kms", "dynamodb", "sns", "secretsmanager", "twilio")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.profile:
            print(profiled())
            return 0
        results = read_results((RESULTS / "results.json").read_text())
        if not options.readme:
            results = _measured(options, results)
            if options.dry_run:
                return 0
            write(results)
        README.write_text(rewritten(README.read_text(), results))
    except (BenchmarkError, MarkerError) as error:
        print(f"make bench: {error}", file=sys.stderr)
        return 1
    return 0


def _measured(options: argparse.Namespace, kept: Results) -> Results:
    """What is asked for, beside what was measured before of the rest; and printed."""
    if options.steps:
        results = replace(kept, steps=measure_steps(options.cold))
        print(f"\n{tables.steps(results)}")
    else:
        results = measure(options.cold, options.warm, options.latency, node=options.node)
        results = replace(results, steps=kept.steps)
        print(f"\n{tables.speed(results)}\n\n{tables.aims(results)}")
    return results


def measure(cold: int, warm: int, latency_ms: Mapping[str, float], *, node: bool = False) -> Results:
    """So many rounds of cold starts and of warm messages. Raises ``BenchmarkError``."""
    with tempfile.TemporaryDirectory(prefix="custom-sender-bench-") as directory, world(latency_ms) as aws:
        work = Path(directory)
        _say("building the packages")
        unpacked = packages(work, aws)
        found = versions()
        starts = unpacked.cold()
        if node:
            _say("installing the Node.js functions")
            starts = (*starts, *node_functions(work, aws))
            found["node"] = node_version()
        messages = events(aws, work / "authorities.pem", _DIFFERENT_CODES)
        _say(f"{cold} cold starts of {len(starts)}")
        colds = cold_starts(starts, messages, aws, cold)
        _say(f"{_HELD_ROUNDS} processes with the processor of each of {len(SIZES_MB)} memory sizes")
        shares = held(unpacked.function(SELF_CONTAINED, "self-contained", SNS), messages, SIZES_MB, _HELD_ROUNDS)
        warms = unpacked.warm()
        _say(f"{warm} warm messages of {len(warms)}")
        warm_found = warm_messages(warms, messages, aws, warm)
        unpacked.layer.check()
        return Results(
            measured=_today(),
            machine=_machine(),
            versions=found,
            layer=str(unpacked.layer),
            latency_ms=latency_ms,
            sizes=unpacked.sizes,
            cold=cold_results(colds),
            warm=warm_results(warm_found),
            held=held_results(shares),
        )


def measure_steps(rounds: int) -> Steps:
    """So many rounds of the packages with one step changed. Raises ``BenchmarkError``."""
    with tempfile.TemporaryDirectory(prefix="custom-sender-bench-") as directory, world() as aws:
        work = Path(directory)
        _say("building the packages")
        starts = changed(packages(work, aws))
        messages = events(aws, work / "authorities.pem", _DIFFERENT_CODES)
        _say(f"{rounds} cold starts of {len(starts)}")
        return Steps(_today(), _machine(), step_results(cold_starts(starts, messages, aws, rounds)))


def profiled() -> str:
    """Where the time goes. Raises ``BenchmarkError``."""
    with tempfile.TemporaryDirectory(prefix="custom-sender-bench-") as directory, world() as aws:
        work = Path(directory)
        unpacked = packages(work, aws)
        return profile(unpacked, events(aws, work / "authorities.pem", _DIFFERENT_CODES))


def write(results: Results) -> None:
    """The files of ``results/``."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "results.json").write_text(results.json())
    parts = (tables.speed(results), tables.aims(results), tables.steps(results))
    (RESULTS / "results.md").write_text("\n\n".join(("# Benchmark", *parts)) + "\n")
    (RESULTS / "results.svg").write_text(draw(results))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--cold", type=int, default=20, help="cold starts of each contestant (20)")
    parser.add_argument("--warm", type=int, default=200, help="warm messages of each contestant (200)")
    parser.add_argument("--node", action="store_true", help="also the guide's function in Node.js; needs node and npm")
    parser.add_argument("--profile", action="store_true", help="measure nothing: show where the time goes")
    parser.add_argument("--steps", action="store_true", help="only what each step of the cold start pays (--cold 40)")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--readme", action="store_true", help="measure nothing: put results.json into the README")
    parser.add_argument(
        "--latency",
        type=_latency,
        default={},
        metavar="kms=5,dynamodb=5",
        help=f"milliseconds until a service answers, of {', '.join(_SERVICES)} (0)",
    )
    return parser


def _latency(text: str) -> dict[str, float]:
    pairs = dict(part.partition("=")[::2] for part in text.split(","))
    try:
        found = {name: float(milliseconds) for name, milliseconds in pairs.items()}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write it as kms=5,dynamodb=5, in milliseconds") from None
    if found.keys() - set(_SERVICES):
        raise argparse.ArgumentTypeError(f"{min(found.keys() - set(_SERVICES))!r} is none of {', '.join(_SERVICES)}")
    return found


def _machine() -> Machine:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    release = ".".join(platform.release().split(".")[:2])
    return Machine(cpu, os.cpu_count() or 1, f"{platform.system()} {release}, {platform.machine()}")


def _say(what: str) -> None:
    print(f"{what} …", flush=True)


if __name__ == "__main__":
    sys.exit(main())
