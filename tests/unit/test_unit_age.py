"""How old a message is: Lambda's trace header, the ledger's first sight of it, and which of them to believe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.guards.age import Age, age, seconds_left, trace_epoch

NOW = 1_700_000_000.0
HOUR = 3600.0


def header(seconds_ago: float, now: float = NOW) -> str:
    return f"Root=1-{int(now - seconds_ago):08x}-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"


def test_a_trace_says_when_it_was_begun(subtests: pytest.Subtests) -> None:
    for seconds_ago in [0, 1, 61, 180, 6 * HOUR, 6 * HOUR + 600, -1, -60]:
        with subtests.test(seconds_ago=seconds_ago):
            assert trace_epoch(header(seconds_ago), NOW) == NOW - seconds_ago


def test_one_from_the_future_or_older_than_any_event_says_nothing(subtests: pytest.Subtests) -> None:
    for seconds_ago in [6 * HOUR + 601, 30 * 24 * HOUR, -61, -30 * 24 * HOUR]:
        with subtests.test(seconds_ago=seconds_ago):
            assert trace_epoch(header(seconds_ago), NOW) is None


def test_the_root_may_stand_anywhere_in_the_header(subtests: pytest.Subtests) -> None:
    for text in [
        "Root=1-6553f100-bd862e3fe1be46a994272793",
        "Sampled=1;Root=1-6553f100-bd862e3fe1be46a994272793",
        "Self=1-11111111-bd862e3fe1be46a994272793; Root=1-6553f100-bd862e3fe1be46a994272793;Lineage=1:a:0",
    ]:
        with subtests.test(text=text):
            assert trace_epoch(text, NOW) == NOW == 0x6553F100


def test_a_header_of_another_form_says_nothing(subtests: pytest.Subtests) -> None:
    for text in [
        None,
        "",
        "Root=",
        "Root=2-6553f100-bd862e3fe1be46a994272793",
        "Root=1-6553f10-bd862e3fe1be46a994272793",
        "Root=1-6553f100-bd862e3fe1be46a99427279",
        "NotRoot=1-6553f100-bd862e3fe1be46a994272793",
        "Parent=53995c3f42cd8ad8;Sampled=0",
    ]:
        with subtests.test(text=text):
            assert trace_epoch(text, NOW) is None


@given(st.text())
def test_any_header_is_read(text: str) -> None:
    assert trace_epoch(text, NOW) is None


def test_the_earliest_time_that_is_known_counts(subtests: pytest.Subtests) -> None:
    for trace, first_seen, expected in [
        (None, None, None),
        (NOW - 5, None, Age(5.0, "trace")),
        (None, NOW - 7, Age(7.0, "ledger")),
        (NOW - 61, NOW - 5, Age(61.0, "trace")),
        (NOW - 5, NOW - 61, Age(61.0, "ledger")),
        (NOW + 30, None, Age(0.0, "trace")),
        (NOW + 30, NOW - 2, Age(2.0, "ledger")),
    ]:
        with subtests.test(trace=trace, first_seen=first_seen, expected=expected):
            assert age(NOW, trace=trace, first_seen=first_seen) == expected


def test_what_is_left_is_counted_in_whole_seconds(subtests: pytest.Subtests) -> None:
    for lifetime, seconds, left in [
        (180, None, 180),
        (180, 0.0, 180),
        (180, 0.4, 179),
        (180, 179.0, 1),
        (180, 180.0, 0),
    ]:
        with subtests.test(lifetime=lifetime, seconds=seconds, left=left):
            assert seconds_left(lifetime, None if seconds is None else Age(seconds, "trace")) == left


def test_a_message_is_too_old_from_the_last_whole_second_on() -> None:
    assert seconds_left(180, Age(179.01, "ledger")) == 0
    assert seconds_left(180, Age(10_000.0, "ledger")) == 0
