"""Medians, spread and ratios."""

from __future__ import annotations

import random

import pytest

from benchmarks.figures import Figure, by_chance, more_of_100, paired_ratio


def test_a_figure_is_the_median_and_the_middle_half() -> None:
    assert Figure.of([5, 1, 2, 4, 3]) == Figure(median=3, low=2, high=4, runs=5)


def test_one_measurement_has_no_spread() -> None:
    assert Figure.of([7.5]) == Figure(7.5, 7.5, 7.5, 1)


def test_an_outlier_does_not_move_the_median() -> None:
    assert Figure.of([1, 2, 3, 4, 500]).median == Figure.of([1, 2, 3, 4, 5]).median


def test_rounding_keeps_the_number_of_runs() -> None:
    assert Figure(1.256, 1.234, 1.299, 9).rounded(1) == Figure(1.3, 1.2, 1.3, 9)


def test_what_slows_a_whole_round_is_not_in_the_ratio() -> None:
    floors = [100.0, 300.0, 100.0]
    assert paired_ratio([value * 2 for value in floors], floors) == Figure(2, 2, 2, 3)


def test_a_ratio_needs_a_floor_in_every_round() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired_ratio([1, 2], [1])


def test_of_equals_each_is_the_greater_one_as_often() -> None:
    assert more_of_100([1, 3, 5, 7], [0, 2, 6, 8]) == 50
    assert (more_of_100([3, 4], [1, 2]), more_of_100([1, 2], [3, 4])) == (100, 0)


@pytest.mark.parametrize("runs", [10, 20, 40])
def test_chance_keeps_to_its_bounds_in_19_of_20_cases(runs: int) -> None:
    dice = random.Random(7)
    least, most = by_chance(runs)
    draws = [[[dice.random() for _ in range(runs)] for _ in range(2)] for _ in range(500)]
    within = sum(least <= more_of_100(ours, theirs) <= most for ours, theirs in draws)
    assert within == pytest.approx(475, abs=20)
