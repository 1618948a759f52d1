"""Search everything that the run has written: codes are nowhere, full recipients only where they must be."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from custom_sender.outcome import Outcome
from support.stack import CODE, Stack


@pytest.fixture(scope="module")
def codes(stack: Stack) -> frozenset[str]:
    """Every code and every temporary password that Cognito made, those included that never reached a phone."""
    found = frozenset(stack.aws.codes())
    texts = "\n".join(message["text"] for message in stack.aws.inbox())
    assert len([code for code in found if code in texts]) > 10, "the tests before this one have sent codes"
    assert any(code not in texts for code in found), "and some took the ways that errors take"
    return found | {CODE}


@pytest.fixture(scope="module")
def recipients(stack: Stack) -> frozenset[str]:
    """Every number, without its plus sign, and every address that messages were meant for, whether one got there.

    A refused number is written down in other places than one that gets its message. One that is so short that it may be
    a part of any time or id keeps its plus sign.
    """
    got = {message["to"] for message in stack.aws.inbox() if message["channel"] != "sns_topic"}
    users = {recipient for pool in stack.pools.values() for recipient in _of_users(stack, pool.id)}
    refused = (users | stack.in_events) - got
    for kind in ("+", "@"):
        assert sum(kind in recipient for recipient in got) > 10, "the tests before this one have sent messages"
        assert any(kind in recipient for recipient in refused), "and some were refused"
    return frozenset(recipient.lstrip("+") if len(recipient) > 10 else recipient for recipient in got | refused)


def _of_users(stack: Stack, pool_id: str) -> Iterator[str]:
    for page in stack.cognito.get_paginator("list_users").paginate(UserPoolId=pool_id):
        for user in page["Users"]:
            yield from (a["Value"] for a in user["Attributes"] if a["Name"] in {"phone_number", "email"})


@pytest.fixture(scope="module")
def links(stack: Stack) -> frozenset[str]:
    """The one-click links and the feedback token of a takeover notice."""
    user = stack.sign_up_by_mail("both")
    told = stack.aws.take_over(user.pool.id, user.name)
    stack.aws.settle()
    return frozenset(str(told[name]) for name in ("FEEDBACK_TOKEN", "ONE_CLICK_LINK_VALID", "ONE_CLICK_LINK_INVALID"))


@pytest.fixture(scope="module")
def credentials(stack: Stack) -> frozenset[str]:
    """Every provider's credential that has not been replaced."""
    secrets = stack.aws.client("secretsmanager")
    held = [secrets.get_secret_value(SecretId=found["ARN"]) for found in secrets.list_secrets()["SecretList"]]
    values = [value for secret in held for value in json.loads(secret["SecretString"]).values()]
    return frozenset(one for value in values for one in (value if isinstance(value, list) else [value]))


def test_files_hold_no_code_no_full_recipient_and_no_link(
    stack: Stack, codes: frozenset[str], recipients: frozenset[str], links: frozenset[str]
) -> None:
    """Terraform's state and plans, the functions' output, the emulator's files, whatever else lies there."""
    searched = 0
    for path in _files(stack.directory):
        text = path.read_bytes().decode("utf-8", "replace")
        assert _found(text, codes) == [], f"a code in {path}"
        assert _found(text, links) == [], f"a link of a takeover notice in {path}"
        assert _found(text, recipients) == [], f"a full recipient in {path}"
        searched += 1
    assert searched > 10
    assert any(path.name == "terraform.tfstate" for path in _files(stack.directory))
    assert any(path.suffix == ".log" for path in _files(stack.directory))


def test_logs_hold_no_code_no_full_recipient_no_link_and_no_credential(
    stack: Stack,
    codes: frozenset[str],
    recipients: frozenset[str],
    links: frozenset[str],
    credentials: frozenset[str],
) -> None:
    """Every answer of a third party repeats its whole request, in a header line that libraries complain about."""
    lines = [
        line
        for group in stack.aws.client("logs").describe_log_groups()["logGroups"]
        for line in stack.printed(group["logGroupName"].removeprefix("/aws/lambda/"))
    ]
    assert any('"outcome"' in line for line in lines), "the functions have logged"
    text = "\n".join(lines)
    assert _found(text, codes | recipients | links | credentials) == []


def test_queues_hold_no_code(stack: Stack, codes: frozenset[str]) -> None:
    bodies = list(_bodies(stack))
    assert any('"requestPayload"' in body for body in bodies), "Lambda has given up on events"
    assert _found("\n".join(bodies), codes) == []


def _bodies(stack: Stack) -> Iterator[str]:
    """Every message that can be received from a queue. They stay there, hidden for longer than this takes."""
    sqs = stack.aws.client("sqs")
    for url in sqs.list_queues().get("QueueUrls", []):
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages"):
            yield from (message["Body"] for message in got)


@pytest.fixture(scope="module")
def items(stack: Stack) -> list[dict[str, Any]]:
    """Every item of every table."""
    tables = stack.aws.client("dynamodb").list_tables()["TableNames"]
    return [item for table in tables for item in stack.aws.items(table)]


def test_tables_hold_neither_a_code_nor_a_recipient(
    items: list[dict[str, Any]], codes: frozenset[str], recipients: frozenset[str]
) -> None:
    # Nor a number without its country code, as people write it.
    national = {number[3:] for number in recipients if len(number) > 11 and number.isdecimal()}
    assert len(national) > 10
    assert _found("\n".join(map(json.dumps, items)), codes | recipients | national) == []


# A message; a number, block of numbers, address or domain by its pseudonym; a country; all of a channel.
IDS = re.compile(r"m#[0-9a-f]{64}|[nped]#[0-9a-f]{32}#\d+|c#[A-Z]{2}#\d+#\d+|e?a#\d+#\d+")
SENDERS = ("aws", "mailbox", "postmark", "ses", "sns", "telnyx", "testers", "twilio", "webhook")


def test_items_are_hashes_words_of_the_configuration_and_times(items: list[dict[str, Any]]) -> None:
    """So there is no place in them where anything else of a person could be."""
    kinds = Counter(item["id"]["S"][0] for item in items)
    assert set(kinds) == {"m", "n", "p", "c", "a", "e", "d"}
    assert kinds["m"] > 30, "the tests before this one have sent messages"
    number = {"N": re.compile(r"[0-9.]+")}
    forms = {
        "id": {"S": IDS},
        "state": {"S": re.compile("CLAIMED|RELEASED|DONE")},
        "outcome": {"S": re.compile("|".join(Outcome))},
        "sender": {"S": re.compile("|".join(SENDERS))},
        "asked": {"SS": re.compile("|".join(SENDERS))},
        "lease": {"S": re.compile(r"[0-9a-f]{32}")},
        **dict.fromkeys(("attempts", "expires_at", "first_seen", "lease_until", "n"), number),
    }
    for item in items:
        for name, typed in item.items():
            ((kind, value),) = typed.items()
            form = forms[name][kind]
            assert all(form.fullmatch(word) for word in ([value] if kind != "SS" else value)), f"{name} is {value}"


def test_what_invocations_returned_or_raised_holds_neither(
    stack: Stack, codes: frozenset[str], recipients: frozenset[str]
) -> None:
    text = json.dumps(stack.aws.invocations())
    assert _found(text, codes | recipients) == []


def _files(directory: Path) -> Iterator[Path]:
    """Every file, but for the unpacked libraries and the provider, which were there before the first code."""
    for path in directory.rglob("*"):
        if (
            path.is_file()
            and not path.is_symlink()
            and ".terraform" not in path.parts
            and "site-packages" not in path.parts
        ):
            yield path


def _found(text: str, secrets: Collection[str]) -> list[str]:
    """The secrets that are in a text. Those of digits may be thousands: its runs of digits are looked up among them."""
    digits = {secret for secret in secrets if secret.isdecimal()}
    lengths = {len(secret) for secret in digits}
    parts = {
        run[start : start + length]
        for run in re.findall(rf"\d{{{min(lengths, default=1)},}}", text)
        for length in lengths
        for start in range(len(run) - length + 1)
    }
    return sorted(digits & parts) + sorted(secret for secret in set(secrets) - digits if secret in text)
