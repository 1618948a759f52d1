"""`make bench`: cold start, memory, warm message and size, beside floors measured in the same run."""

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

from benchmarks.measure import cold_starts, events, warm_messages
from benchmarks.memory import memory
from benchmarks.nodejs import node_function
from benchmarks.packages import packages, versions
from benchmarks.pages import PAGES, cold, rewritten, sizes, warm
from benchmarks.pairs import compare
from benchmarks.process import BenchmarkError, run
from benchmarks.results import Results, read_results, rows
from benchmarks.scale import scaled
from benchmarks.world import world
from localaws import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS: Final = Path(__file__).resolve().parent / "results.json"
PICTURE: Final = REPOSITORY / "docs" / "scale.svg"
# Of each size and package: under two minutes on a machine that does nothing else.
_MEMORY_ROUNDS: Final = 3
_MEMORY_WARM: Final = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--cold", type=int, default=30, help="cold starts of each contestant (30)")
    parser.add_argument("--warm", type=int, default=200, help="warm messages of each contestant (200)")
    parser.add_argument("--memory", action="store_true", help="only: memory sizes; with --record they are kept")
    parser.add_argument("--scale", action="store_true", help="only: simulate 10,000 codes a second, into docs/scale.md")
    parser.add_argument("--record", action="store_true", help="keep the results, and Node.js's; needs node and npm")
    parser.add_argument("--against", metavar="COMMIT", help="only: compare with this commit, in pairs")
    parser.add_argument("--pages", action="store_true", help="measure nothing: put the kept results into the pages")
    options = parser.parse_args(arguments)
    try:
        if options.against:
            print(compare(options.against, options.cold, options.warm))
            return 0
        results = read_results(RESULTS.read_text())
        if options.memory:
            results = replace(results, memory=memory(_MEMORY_ROUNDS, _MEMORY_WARM))
            print(sizes(results))
        elif not options.scale and not options.pages:
            kept, results = results, measure(options.cold, options.warm, with_node=options.record)
            results = replace(results, memory=kept.memory)
            print(f"{cold(results)}\n\n{warm(results)}")
        if options.record or options.scale:
            results, picture = scaled(results)
            RESULTS.write_text(results.json())
            PICTURE.write_text(picture)
        if options.record or options.scale or options.pages:
            for path, blocks in PAGES.items():
                path.write_text(rewritten(path.read_text(), blocks, results))
            print(f"Written into {', '.join(os.path.relpath(path, REPOSITORY) for path in PAGES)}.")
    except BenchmarkError as error:
        print(f"make bench: {error}", file=sys.stderr)
        return 1
    return 0


def measure(cold: int, warm: int, *, with_node: bool = False) -> Results:
    """So many rounds of cold starts and of warm messages. Raises ``BenchmarkError``."""
    machine, found = _machine(), versions()
    with tempfile.TemporaryDirectory(prefix="custom-sender-bench-") as directory, world() as aws:
        unpacked = packages(Path(directory, "now"), aws)
        starts = unpacked.cold()
        if with_node:
            starts = (*starts, node_function(Path(directory), aws))
            found["node"] = run("node", "--version").strip()
        messages = events(unpacked)
        results = Results(
            measured=datetime.now(UTC).date().isoformat(),
            machine=machine,
            versions=found,
            layer=str(unpacked.layer),
            sizes=unpacked.sizes,
            cold=rows(cold_starts(starts, messages, aws, cold)),
            warm=rows(warm_messages(unpacked.warm(), messages, aws, warm)),
        )
        unpacked.layer.check()
        return results


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor")
    release = ".".join(platform.release().split(".")[:2])
    load = os.getloadavg()[0]
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()} {release}, {platform.machine()}, load {load:.1f} before"


if __name__ == "__main__":
    sys.exit(main())
