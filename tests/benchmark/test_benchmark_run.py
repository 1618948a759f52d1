"""The benchmark itself, small: what is true on every machine, and ratios that may not get much worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import measure, measure_steps
from benchmarks.packages import DEFAULT, FLOOR_COLD, FLOOR_DECRYPT, NAIVE, SELF_CONTAINED, TWILIO_SENDER
from benchmarks.reach import regressions
from benchmarks.steps import AGAIN, EDITS, NO_BYTE_CODE

if TYPE_CHECKING:
    from benchmarks.results import Results

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def now() -> Results:
    """A run with few rounds; ratios of processor time need no quiet machine."""
    return measure(cold=7, warm=60, latency_ms={})


def test_nothing_has_become_worse(now: Results, kept: Results) -> None:
    assert regressions(now, kept) == []


@pytest.mark.parametrize("name", [SELF_CONTAINED, DEFAULT])
def test_a_message_takes_four_calls(now: Results, name: str) -> None:
    calls = ("kms:Decrypt", "dynamodb:TransactWriteItems", "sns:Publish", "dynamodb:UpdateItem")
    assert now.warm_message(name).calls == calls
    assert now.cold_start(name).calls == calls


def test_a_secret_is_read_at_the_first_message_and_then_no_more(now: Results) -> None:
    name = SELF_CONTAINED + TWILIO_SENDER
    calls = ("kms:Decrypt", "dynamodb:TransactWriteItems", "twilio:Messages", "dynamodb:UpdateItem")
    assert now.warm_message(name).calls == calls
    assert sorted(now.cold_start(name).calls) == sorted((*calls, "secretsmanager:GetSecretValue"))


@pytest.mark.parametrize("name", [SELF_CONTAINED, DEFAULT, SELF_CONTAINED + TWILIO_SENDER])
def test_a_warm_message_makes_no_new_connection(now: Results, name: str) -> None:
    assert now.warm_message(name).connections == 0


def test_the_measure_tells_fast_from_slow(now: Results) -> None:
    floor, naive = now.cold_start(FLOOR_COLD), now.cold_start(NAIVE)
    assert naive.cpu_milliseconds.low > floor.cpu_milliseconds.high
    decrypt, ours = now.warm_message(FLOOR_DECRYPT), now.warm_message(SELF_CONTAINED)
    assert ours.parts["total"].cpu_milliseconds.median > decrypt.parts["total"].cpu_milliseconds.median
    assert all(part.cpu_milliseconds.median > 0 for part in ours.parts.values())


def test_every_changed_package_still_sends_and_no_byte_code_is_felt() -> None:
    changes = {change.name: change for change in measure_steps(rounds=1).changes}
    assert {SELF_CONTAINED, AGAIN, NO_BYTE_CODE, *EDITS} < changes.keys()
    assert changes[NO_BYTE_CODE].cpu_ratio.low > 1.4
    assert changes[NO_BYTE_CODE].more_cpu == 100
    assert all(0 < change.message_milliseconds.median < change.milliseconds.median for change in changes.values())
