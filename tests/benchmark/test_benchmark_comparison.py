"""A planted regression is seen, and the same again is none."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.figures import Figure, paired_ratio
from benchmarks.measure import Measured
from benchmarks.packages import DEFAULT, FLOOR_COLD, FLOOR_DECRYPT, FLOOR_REQUEST, SELF_CONTAINED, TWILIO
from benchmarks.pairs import AFTER, AGAIN, BEFORE, checked_out, compared
from benchmarks.results import Results, regressions, rows

COLD = [("cold", DEFAULT), ("cold", SELF_CONTAINED)]
WARM = [("warm", DEFAULT), ("warm", SELF_CONTAINED + TWILIO)]


def _changed(kept: Results, part: str, name: str, **changes: Any) -> list[str]:
    """What is worse when a row of the kept results has these changes."""
    found = getattr(kept, part)
    now: dict[str, Any] = {part: {**found, name: replace(found[name], **changes)}}
    return regressions(replace(kept, **now), kept)


def test_the_same_again_is_no_regression(kept: Results) -> None:
    assert regressions(kept, kept) == []


@pytest.mark.parametrize(("part", "name"), COLD)
def test_a_cold_start_may_be_a_fifth_off_and_not_a_third(kept: Results, part: str, name: str) -> None:
    was = kept.cold[name].cpu_ratio
    assert _changed(kept, part, name, cpu_ratio=replace(was, median=was.median * 1.2)) == []
    (found,) = _changed(kept, part, name, cpu_ratio=replace(was, median=was.median * 1.34))
    assert found.startswith(f"cold start, {name}, × floor: ")


@pytest.mark.parametrize(("part", "name"), WARM)
def test_own_overhead_may_grow_by_a_twentieth_of_decrypting_and_not_by_a_sixth(
    kept: Results, part: str, name: str
) -> None:
    was = kept.warm[name].own
    assert was is not None
    assert _changed(kept, part, name, own=replace(was, median=was.median + 0.05)) == []
    (found,) = _changed(kept, part, name, own=replace(was, median=was.median + 0.17))
    assert found.startswith(f"warm message, {name}, × floor: ")


@pytest.mark.parametrize(("part", "name"), COLD + WARM)
def test_a_call_a_connection_and_memory_beyond_its_limit_are_regressions(kept: Results, part: str, name: str) -> None:
    was = getattr(kept, part)[name]
    assert len(_changed(kept, part, name, calls=("secretsmanager:GetSecretValue", *was.calls))) == 1
    assert len(_changed(kept, part, name, connections=was.connections + 1)) == 1
    assert len(_changed(kept, part, name, peak_mb=91)) == 1


@pytest.mark.parametrize("name", [DEFAULT, SELF_CONTAINED])
def test_a_package_may_not_grow_by_more_than_a_twentieth(kept: Results, name: str) -> None:
    assert regressions(replace(kept, sizes={**kept.sizes, name: round(kept.sizes[name] * 1.04)}), kept) == []
    (found,) = regressions(replace(kept, sizes={**kept.sizes, name: round(kept.sizes[name] * 1.06)}), kept)
    assert found.startswith(f"{name}, bytes: ")


def test_what_slows_a_whole_round_is_not_in_the_ratio() -> None:
    floors = [100.0, 300.0, 100.0]
    assert paired_ratio([value * 2 for value in floors], floors) == Figure(2, 2, 2, 3)
    found = rows([Measured(FLOOR_COLD, floors, floors), Measured(DEFAULT, [150.0, 450.0, 150.0], floors)])
    assert [(row.ratio.median, row.cpu_ratio.median) for row in found.values()] == [(1, 1), (1.5, 1)]


def test_own_overhead_leaves_out_what_the_floors_take_and_the_ledger() -> None:
    def message(name: str, cpu: float, cpu_of_calls: float, *calls: str) -> Measured:
        return Measured(name, [cpu] * 3, [cpu] * 3, [cpu_of_calls] * 3, calls)

    found = rows(
        [
            message(FLOOR_DECRYPT, 4.0, 0.0, "kms:Decrypt"),
            message(FLOOR_REQUEST, 1.0, 0.0, "twilio:Messages"),
            message(SELF_CONTAINED, 12.0, 6.0, "kms:Decrypt", "dynamodb:UpdateItem", "sns:Publish"),
            message(SELF_CONTAINED + TWILIO, 10.0, 3.0, "kms:Decrypt", "dynamodb:UpdateItem", "twilio:Messages"),
        ]
    )
    owns = [row.own.median if row.own else None for row in found.values()]
    assert owns == [None, None, (12 - 6 - 4) / 4, (10 - 3 - 4 - 1) / 4]


def test_an_earlier_state_has_all_that_its_packages_are_built_of(tmp_path: Path) -> None:
    assert (checked_out("HEAD", tmp_path / "commit") / "function" / "build.py").is_file()


def test_a_pair_shows_a_planted_change_and_not_the_same_once_more() -> None:
    dice = random.Random(7)
    before, again, after = ([dice.gauss(300, 15) for _ in range(30)] for _ in range(3))
    found = {BEFORE: before, AGAIN: again, AFTER: [value * 1.1 for value in after]}
    table = compared("default", [Measured(name, values, values) for name, values in found.items()])
    _, same, changed = table.splitlines()[2:5]
    assert same.startswith(f"| {AGAIN} |")
    assert "**" not in same
    assert changed.startswith(f"| {AFTER} |")
    assert changed.endswith("** |")
