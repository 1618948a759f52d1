"""SMS pumping: thousands of sign-ups with numbers that pay their owner for each message. The spend stops at the limits.

Two runs through the whole chain (Cognito, trigger, ledger, provider): a short one into one block of numbers, and a long
one with 5,000 sign-ups over fifty blocks in three countries.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from support.stack import LIMITS, PASSWORD, Stack

POOL = "self_contained"
COUNTRIES = {"DE": "+4915", "AT": "+43664", "CH": "+4179"}
CLIENTS = 8
"""Sign-ups at the same time."""


@pytest.fixture
def sms(stack: Stack) -> Callable[[str], int]:
    """How many messages numbers that begin so have got."""
    return lambda beginning: sum(message["to"].startswith(beginning) for message in stack.aws.inbox())


def sign_up(stack: Stack, numbers: Sequence[str]) -> None:
    """Users with these numbers, as fast as it goes; then whatever follows from them."""
    client_id, cognito = stack.pools[POOL].client_id, stack.cognito

    def one(number: str) -> None:
        cognito.sign_up(
            ClientId=client_id,
            Username=number,
            Password=PASSWORD,
            UserAttributes=[{"Name": "phone_number", "Value": number}],
        )

    with ThreadPoolExecutor(CLIENTS) as workers:
        list(workers.map(one, numbers))
    stack.aws.settle(timeout_seconds=1_800)


def test_one_block_of_numbers_gets_as_many_messages_as_its_limit_allows(
    stack: Stack, sms: Callable[[str], int]
) -> None:
    name = stack.outputs[POOL]["function_name"]
    before = len(stack.log(name))
    attacked, next_door = "+49160000", "+49160001"
    sign_up(stack, [f"{attacked}{last:04d}" for last in range(LIMITS["prefix"] + 5)])
    assert sms(attacked) == LIMITS["prefix"]

    lines = stack.log(name)[before:]
    refused = [line for line in lines if line["outcome"] == "BLOCKED_VELOCITY"]
    assert (len(lines), len(refused)) == (LIMITS["prefix"] + 5, 5)
    assert {(line["reason"], line["country"]) for line in refused} == {("prefix", "DE")}
    assert {run["status"] for run in stack.aws.invocations()[-5:]} == {"success"}, "a refused message is not retried"

    sign_up(stack, [f"{next_door}0001"])
    assert sms(next_door) == 1, "who only lives next door gets a code"


def test_one_number_gets_as_many_messages_as_its_limit_allows(stack: Stack) -> None:
    name = stack.outputs[POOL]["function_name"]
    before = len(stack.log(name))
    user = stack.sign_up(POOL, prefix="+4366412")
    for _ in range(LIMITS["number"] + 1):
        stack.cognito.resend_confirmation_code(ClientId=user.pool.client_id, Username=user.name)
    assert len(stack.messages(user, LIMITS["number"])) == LIMITS["number"]
    stack.aws.settle()
    refused = [line for line in stack.log(name)[before:] if line["outcome"] == "BLOCKED_VELOCITY"]
    assert [line["reason"] for line in refused] == ["number", "number"]


@dataclass(frozen=True)
class Attack:
    """What came of the long run."""

    blocks: tuple[str, ...]
    seconds: float


SIGN_UPS = 5_000
BLOCKS = {"DE": 20, "AT": 15, "CH": 15}


@pytest.fixture(scope="module")
def attack(stack: Stack) -> Attack:
    """5,000 sign-ups that walk through fifty blocks, all of them at once."""
    blocks = [f"{COUNTRIES[country]}7{block:02d}" for country, count in BLOCKS.items() for block in range(count)]
    numbers = [f"{block}{1000 + step:04d}" for step in range(SIGN_UPS // len(blocks)) for block in blocks]
    assert len(numbers) == len(set(numbers)) == SIGN_UPS
    started = time.monotonic()
    sign_up(stack, numbers)
    return Attack(tuple(blocks), time.monotonic() - started)


@pytest.mark.long
def test_the_spend_of_a_pumping_run_stops_at_the_limits(stack: Stack, attack: Attack) -> None:
    sent = Counter(message["to"][:-4] for message in stack.aws.inbox())
    assert {block: sent[block] for block in attack.blocks} == dict.fromkeys(attack.blocks, LIMITS["prefix"])
    print(f"{SIGN_UPS} sign-ups in {attack.seconds:.0f} s, {SIGN_UPS / attack.seconds:.0f} in a second")


@pytest.mark.long
def test_everything_that_was_refused_is_counted_by_country(stack: Stack, attack: Attack) -> None:
    counted = stack.metrics(stack.outputs[POOL]["function_name"])
    for country, blocks in BLOCKS.items():
        refused = blocks * (SIGN_UPS // len(attack.blocks) - LIMITS["prefix"])
        assert counted["Refused", country] >= refused
    assert counted["BLOCKED_VELOCITY",] >= SIGN_UPS - len(attack.blocks) * LIMITS["prefix"]
    assert counted["OverLimit",] > 0, "a limit that only watches has seen it too"


@pytest.mark.long
@pytest.mark.parametrize("country", COUNTRIES)
def test_honest_users_of_other_prefixes_keep_getting_codes(
    stack: Stack, attack: Attack, sms: Callable[[str], int], country: str
) -> None:
    beginning = f"{COUNTRIES[country]}8"
    sign_up(stack, [f"{beginning}{block:02d}1234" for block in range(10)])
    assert sms(beginning) == 10
