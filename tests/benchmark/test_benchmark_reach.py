"""What a run is measured against, and that a regression is one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks.packages import DEFAULT, SELF_CONTAINED, TWILIO_SENDER
from benchmarks.reach import regressions, targets

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.results import ColdResult, Results, WarmResult


def _cold(results: Results, name: str, change: Callable[[ColdResult], ColdResult]) -> Results:
    return replace(results, cold=tuple(change(cold) if cold.name == name else cold for cold in results.cold))


def _warm(results: Results, name: str, change: Callable[[WarmResult], WarmResult]) -> Results:
    return replace(results, warm=tuple(change(warm) if warm.name == name else warm for warm in results.warm))


def _slower(cold: ColdResult, times: float) -> ColdResult:
    return replace(cold, cpu_ratio=replace(cold.cpu_ratio, median=cold.cpu_ratio.median * times))


def _busier(warm: WarmResult, milliseconds: float) -> WarmResult:
    own = warm.own_cpu_milliseconds
    assert own is not None
    return replace(warm, own_cpu_milliseconds=replace(own, median=own.median + milliseconds))


def test_the_same_again_is_no_regression(good: Results) -> None:
    assert regressions(good, good) == []


@pytest.mark.parametrize("name", [SELF_CONTAINED, DEFAULT])
def test_a_cold_start_may_be_a_fifth_off_and_not_a_third(good: Results, name: str) -> None:
    assert not any(name in found for found in regressions(_cold(good, name, lambda cold: _slower(cold, 1.2)), good))
    assert any(name in found for found in regressions(_cold(good, name, lambda cold: _slower(cold, 1.34)), good))


@pytest.mark.parametrize("name", [SELF_CONTAINED, DEFAULT, SELF_CONTAINED + TWILIO_SENDER])
def test_own_overhead_may_not_double(good: Results, name: str) -> None:
    was = good.warm_message(name).own_cpu_milliseconds
    assert was is not None
    (found,) = regressions(_warm(good, name, lambda warm: _busier(warm, was.median + 2)), good)
    assert f"own overhead, {name}:" in found


def test_a_fifth_call_is_a_regression(good: Results) -> None:
    name = SELF_CONTAINED + TWILIO_SENDER
    now = _warm(good, name, lambda warm: replace(warm, calls=(*warm.calls, "dynamodb:UpdateItem")))
    assert regressions(now, good) == ["warm, network calls, Twilio: 5, at most 4 calls"]


def test_a_secret_that_is_read_for_each_message_is_a_regression(good: Results) -> None:
    name = SELF_CONTAINED + TWILIO_SENDER
    now = _warm(good, name, lambda warm: replace(warm, calls=("secretsmanager:GetSecretValue", *warm.calls[1:])))
    assert regressions(now, good) == ["warm, calls for a secret or a setting: 1, at most 0 calls"]


@pytest.mark.parametrize("name", [SELF_CONTAINED, DEFAULT])
def test_a_package_may_not_grow_beyond_its_limit(good: Results, name: str) -> None:
    now = replace(good, sizes={**good.sizes, name: good.sizes[name] + 1000})
    (found,) = regressions(now, good)
    assert found.startswith(name.removesuffix(" and layer"))


def test_memory_has_a_limit(good: Results) -> None:
    now = _warm(good, SELF_CONTAINED, lambda warm: replace(warm, peak_mb=91))
    assert regressions(now, good) == ["peak memory: 91, at most 90 MB"]


def test_twilio_has_a_row_that_says_what_it_does_more(kept: Results) -> None:
    package, twilio = kept.cold_start(SELF_CONTAINED), kept.cold_start(SELF_CONTAINED + TWILIO_SENDER)
    assert (len(twilio.calls), twilio.connections) == (len(package.calls) + 1, package.connections + 1)
    (row,) = [target for target in targets(kept) if target.what.startswith("the same, Twilio")]
    assert "one call and one connection more" in row.what
    assert (row.limit, row.found) == (1.15, twilio.ratio.median)


def test_every_aim_of_the_design_is_checked(kept: Results) -> None:
    found = {target.what: target.limit for target in targets(kept)}
    assert found["cold start to the first message, × floor"] == 1.15
    assert found["cold start, × the naive function"] == 0.6
    assert found["warm, own overhead, SNS"] == found["warm, own overhead, Twilio"] == 1
    assert found["warm, network calls, SNS"] == found["warm, network calls, Twilio"] == 4
    assert found["warm, calls for a secret or a setting"] == 0
    assert found["self-contained package"] == 6.5
    assert found["default package"] == 0.15
    assert found["peak memory"] == 90
