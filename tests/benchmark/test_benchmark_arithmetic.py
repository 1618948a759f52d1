"""Memory sizes, cost and capacity: each figure by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import capacity, cost, memory, prices
from custom_sender.settings import load
from support.configured import sms_of
from support.environment import environment

REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_share_of_a_processor_makes_its_time_longer_and_waits_no_longer() -> None:
    (size,) = memory.sizes(400, 10, 100, sizes_mb=[884])
    assert size.share == 0.5
    assert size.cold_ms == pytest.approx(400 * 1769 / 884 + 100, abs=1)
    assert size.warm_ms == 121  # 20.01 and 100, to the next whole millisecond
    assert size.gb_seconds == round(884 / 1024 * 0.121 * 1e6)


def test_more_than_one_processor_makes_nothing_faster() -> None:
    one, two = memory.sizes(400, 10, 100, sizes_mb=[1769, 3538])
    assert (one.cold_ms, one.warm_ms) == (two.cold_ms, two.warm_ms)
    assert two.gb_seconds == 2 * one.gb_seconds or abs(two.gb_seconds - 2 * one.gb_seconds) == 1


def test_the_recommended_size_costs_a_dollar_a_million_at_most() -> None:
    sizes = memory.sizes(600, 12, 180)
    best = memory.recommended(sizes, prices.LAMBDA_ARM.usd)
    cheapest = min(size.gb_seconds for size in sizes)
    for size in sizes:
        is_affordable = (size.gb_seconds - cheapest) * prices.LAMBDA_ARM.usd <= 1
        assert is_affordable == (size.mb <= best.mb)


def test_the_module_has_the_default_that_the_tables_are_about() -> None:
    variables = (REPOSITORY / "variables.tf").read_text()
    assert re.findall(r"memory_size += optional\(number, (\d+)\)", variables) == [str(memory.DEFAULT_MB)]
    assert memory.DEFAULT_MB in memory.SIZES_MB


def test_the_bill_counts_what_the_ledger_writes() -> None:
    scopes = sms_of(load(environment())).limits.scopes("+4915112345678", "DE", b"0" * 16)
    assert 1 + len(scopes) == cost.TRANSACTION_ITEMS
    assert cost.WRITE_UNITS == 11


def test_a_million_messages_by_hand() -> None:
    (size,) = memory.sizes(0, 0, 200, sizes_mb=[512])
    lines = {line.what: line.usd for line in cost.per_million(size, log_bytes=2500, log_lines=5)}
    logged = 2500 + 340 + 26 * 8
    assert list(lines.values()) == pytest.approx(
        [0.20, 100_000 * 0.0000133334, 6.00, 6.875, logged * 1e6 / 1e9 * 0.5, 0.0]
    )


def test_the_arithmetic_that_is_printed_gives_what_is_printed() -> None:
    (size,) = memory.sizes(0, 0, 200, sizes_mb=[512])
    for line in cost.per_million(size, log_bytes=2500, log_lines=5):
        last = line.arithmetic.split("=")[-1].replace("×", "*").replace(",", "").replace("GB-s", "").replace("GB", "")
        assert eval(last) == pytest.approx(line.usd, rel=0.01), line.what


@pytest.mark.parametrize(("rate", "at_once"), [(1, 1), (10, 3), (1_000, 250), (10_000, 2_500)])
def test_messages_at_once_are_rate_times_duration(rate: int, at_once: int) -> None:
    assert capacity.concurrency(rate, 0.25) == at_once
    assert capacity.reserved(rate, 0.25) == max(10, 2 * at_once)


def test_the_tightest_quota_comes_first() -> None:
    limits = [quota.codes_per_second for quota in capacity.quotas(0.25)]
    assert limits == sorted(limits)


def test_a_rate_names_every_quota_that_it_is_over() -> None:
    for row in capacity.rows(0.25):
        quotas = capacity.quotas(0.25)
        assert all(row.rate > quota.codes_per_second for quota in quotas[: row.over])
        assert all(row.rate <= quota.codes_per_second for quota in quotas[row.over :])


def test_slow_messages_use_up_the_concurrency_sooner() -> None:
    def lambdas(seconds: float) -> float:
        (found,) = [quota for quota in capacity.quotas(seconds) if quota.name.startswith("Lambda")]
        return found.codes_per_second

    assert lambdas(0.25) == 4_000
    assert lambdas(5) == 200


def test_a_burst_waits_no_longer_with_the_concurrency_that_is_advised() -> None:
    needed = capacity.reserved_for_burst(10_000, 0.25)
    assert capacity.burst_seconds(10_000, needed, 0.25) <= capacity.LONGEST_WAIT_SECONDS
    assert capacity.burst_seconds(10_000, needed - 1, 0.25) > capacity.LONGEST_WAIT_SECONDS
