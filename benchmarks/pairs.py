"""Two states of the repository against one another: each package as it was, as it was once more, and as it is.

"Once more" is the state against itself: a change that is no greater than that is not seen.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, by_chance, more_of_100, paired_ratio
from benchmarks.measure import cold_starts, events, warm_messages
from benchmarks.packages import DEFAULT, SELF_CONTAINED, packages
from benchmarks.pages import table
from benchmarks.process import run
from benchmarks.world import world
from localaws import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Measured

BEFORE, AGAIN, AFTER = "before", "before, once more", "after"


def compare(commit: str, cold: int, warm: int) -> str:
    """A table of cold starts and of warm messages for each package. Raises ``BenchmarkError``."""
    with tempfile.TemporaryDirectory(prefix="custom-sender-bench-") as directory, world() as aws:
        work = Path(directory)
        before = packages(work / "before", aws, checked_out(commit, work / "commit"))
        after = packages(work / "after", aws)
        states = {BEFORE: before, AGAIN: before, AFTER: after}
        messages = events(after)
        tables = []
        for package in (DEFAULT, SELF_CONTAINED):
            starts, probed = (
                [replace(state.function(package, is_probed=is_probed), name=name) for name, state in states.items()]
                for is_probed in (False, True)
            )
            tables.append(compared(f"{package}, cold start", cold_starts(starts, messages, aws, cold)))
            tables.append(compared(f"{package}, warm message", warm_messages(probed, messages, aws, warm)))
        return "\n\n".join(tables)


def checked_out(commit: str, place: Path) -> Path:
    """All files of a commit, at ``place``: an archive has only what a caller of the module needs."""
    found = run("git", "-C", str(REPOSITORY), "rev-parse", "--verify", f"{commit}^{{commit}}").strip()
    run("git", "clone", "--quiet", "--shared", "--no-checkout", str(REPOSITORY), str(place))
    run("git", "-C", str(place), "checkout", "--quiet", "--detach", found)
    return place


def compared(title: str, measured: Sequence[Measured]) -> str:
    """Each beside the first; in bold what chance does not make in 19 of 20 rows."""
    before = measured[0].cpu_milliseconds
    least, most = by_chance(len(before))
    head, rows = (title, "processor, ms", "× before", "more, of 100 pairs"), []
    for found in measured:
        more = more_of_100(found.cpu_milliseconds, before)
        shown = f"{more}" if found is measured[0] or least <= more <= most else f"**{more}**"
        spent = Figure.of(found.cpu_milliseconds, 2)
        rows.append((found.name, str(spent), str(paired_ratio(found.cpu_milliseconds, before)), shown))
    return f"{table(head, rows)}\n\n{len(before)} of each; chance makes {least} to {most}."
