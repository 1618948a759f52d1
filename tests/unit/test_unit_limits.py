"""Limits: which counters a message adds to, that their ids tell nothing of a person, and how exact they are."""

from __future__ import annotations

import hashlib
import re
from collections import Counter as Tally
from dataclasses import replace
from typing import Any

import pytest

from custom_sender.channels.sms import Limits
from custom_sender.guards.limits import Counter, Limit, Mode, counters, shards
from custom_sender.guards.pseudonym import recipient_id
from support.cognito import PHONE_NUMBER

HASH_KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
NOW = 1_732_270_000.75
HOUR = Limit(10, 3600, Mode.ENFORCE)
ALL = Limits(number=HOUR, prefix=HOUR, country=Limit(5000, 3600, Mode.MONITOR), overall=Limit(10_000, 60, Mode.MONITOR))


def message_id(number: int = 0) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def of(number: str = PHONE_NUMBER, limits: Limits = ALL, *, now: float = NOW, key: bytes = HASH_KEY) -> list[Counter]:
    return list(counters(limits.scopes(number, "DE", key), message_id(), now))


def test_each_limit_has_one_counter_and_the_narrowest_comes_first() -> None:
    assert [counter.scope for counter in of()] == ["number", "prefix", "country", "overall"]
    assert [counter.enforce for counter in of()] == [True, True, False, False]
    patterns = [r"n#[0-9a-f]{32}#481186", r"p#[0-9a-f]{32}#481186", r"c#DE#481186#\d+", r"a#28871166#\d+"]
    for counter, pattern in zip(of(), patterns, strict=True):
        assert re.fullmatch(pattern, counter.id)


@pytest.mark.parametrize("scope", ["number", "prefix", "country", "overall"])
def test_a_limit_that_is_off_has_no_counter(scope: str) -> None:
    off: dict[str, Any] = {scope: None}
    left = of(limits=replace(ALL, **off))
    assert [counter.scope for counter in left] == [each.scope for each in of() if each.scope != scope]


def test_nothing_is_counted_without_limits() -> None:
    assert of(limits=Limits()) == []


class TestPrefix:
    @pytest.mark.parametrize("other", ["+4915112340000", "+4915112349999"])
    def test_numbers_that_differ_in_the_last_digits_share_a_counter(self, other: str) -> None:
        assert of(other)[1].id == of()[1].id
        assert of(other)[0].id != of()[0].id

    def test_other_blocks_have_their_own(self) -> None:
        assert of("+4915112355678")[1].id != of()[1].id

    def test_the_size_of_a_block_can_be_set(self) -> None:
        wide = replace(ALL, without_last_digits=6)
        assert of("+4915112999999", wide)[1].id == of(limits=wide)[1].id
        assert of("+4915119999999", wide)[1].id != of(limits=wide)[1].id

    def test_a_block_of_one_number_is_not_mixed_up_with_that_number(self) -> None:
        one = replace(ALL, without_last_digits=0)
        assert of(limits=one)[1].id.lstrip("p") != of(limits=one)[0].id.lstrip("n")


class TestPersons:
    """A counter's id must not lead to a person, also not by trying all numbers."""

    def test_no_id_holds_a_number_or_a_long_part_of_one(self) -> None:
        digits = PHONE_NUMBER.removeprefix("+")
        for counter in of():
            # Windows, countries and shards are no part of a number; what is left are hashes.
            assert not any(digits[at : at + 6] in counter.id for at in range(len(digits) - 5))

    def test_what_depends_on_the_number_does_so_through_the_key_alone(self) -> None:
        plain = [hashlib.sha256(text.encode()).hexdigest() for text in (PHONE_NUMBER, PHONE_NUMBER[1:])]
        for ours, theirs in zip(of()[:2], of(key=bytes(16))[:2], strict=True):
            assert ours.id != theirs.id
            assert not any(ours.id.split("#")[1] in digest for digest in plain)

    def test_country_and_overall_say_nothing_of_the_number(self) -> None:
        assert [counter.id for counter in of("+491779876543")][2:] == [counter.id for counter in of()][2:]

    def test_the_id_in_the_logs_does_not_lead_to_a_counter(self) -> None:
        logged = recipient_id(PHONE_NUMBER[1:], HASH_KEY)
        assert not any(logged in counter.id for counter in of())


class TestWindows:
    def test_a_window_is_the_time_between_two_multiples_of_its_length(self) -> None:
        start = 481_186 * 3600
        assert of(now=start)[0].id == of(now=start + 3599.999)[0].id
        assert of(now=start - 0.001)[0].id != of(now=start)[0].id != of(now=start + 3600)[0].id

    def test_a_counter_outlives_its_window_by_little_and_in_seconds(self) -> None:
        for counter, length in zip(of(), (3600, 3600, 3600, 60), strict=True):
            end = (NOW // length + 1) * length
            # Milliseconds would be a thousand times as many, and DynamoDB would keep the item for ever.
            assert end < counter.expires_at <= end + 120


class TestShards:
    @pytest.mark.parametrize(
        ("most", "count"), [(1, 1), (49, 1), (99, 1), (100, 2), (1599, 31), (1600, 32), (10_000, 32), (10**9, 32)]
    )
    def test_small_limits_are_exact_and_wide_ones_are_spread(self, most: int, count: int) -> None:
        assert shards(most) == count

    def test_the_parts_make_the_whole(self) -> None:
        for most in (1, 99, 100, 101, 1600, 5000, 10_000):
            part = of(limits=Limits(overall=Limit(most, 60, Mode.ENFORCE)))[0].max
            assert most <= part * shards(most) < most + shards(most)

    def test_a_message_stays_with_its_shard(self) -> None:
        ids = {
            number: {
                counters(ALL.scopes(PHONE_NUMBER, "DE", HASH_KEY), message_id(number), NOW)[2].id for _ in range(3)
            }
            for number in range(200)
        }
        assert all(len(same) == 1 for same in ids.values())
        assert len(set.union(*ids.values())) == shards(5000)

    @pytest.mark.parametrize(
        ("most", "first", "share"),
        # Parts of the limit: when the first message is refused, and how many went through of twice the limit.
        [(99, 1.0, 1.0), (200, 0.65, 1.0), (1000, 0.6, 1.0), (5000, 0.75, 1.0), (10_000, 0.8, 1.0)],
    )
    def test_how_exact_a_spread_limit_is(self, most: int, first: float, share: float) -> None:
        limits = Limits(overall=Limit(most, 3600, Mode.ENFORCE))
        counted: Tally[str] = Tally()
        passed, first_refusal = 0, None
        for number in range(2 * most):
            (counter,) = counters(limits.scopes(PHONE_NUMBER, "DE", HASH_KEY), message_id(number), NOW)
            if counted[counter.id] < counter.max:
                counted[counter.id] += 1
                passed += 1
            elif first_refusal is None:
                first_refusal = number
        assert first_refusal is not None
        assert first * most <= first_refusal <= most + shards(most)
        assert share * most <= passed < most + shards(most)
