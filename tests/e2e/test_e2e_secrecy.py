"""Search everything that the run has written: codes are nowhere, full numbers only where they must be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

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
def numbers(stack: Stack) -> frozenset[str]:
    """Every number that got a message, without its plus sign."""
    return frozenset(message["to"].lstrip("+") for message in stack.aws.inbox() if message["to"].startswith("+"))


def test_files_hold_no_code_and_no_full_number(stack: Stack, codes: frozenset[str], numbers: frozenset[str]) -> None:
    """Terraform's state and plans, the functions' output, the emulator's files, whatever else lies there."""
    searched = 0
    for path in _files(stack.directory):
        text = path.read_bytes().decode("utf-8", "replace")
        assert _found(text, codes) == [], f"a code in {path}"
        assert _found(text, numbers) == [], f"a full number in {path}"
        searched += 1
    assert searched > 10
    assert any(path.name == "terraform.tfstate" for path in _files(stack.directory))
    assert any(path.suffix == ".log" for path in _files(stack.directory))


def test_logs_hold_no_code_and_no_full_number(stack: Stack, codes: frozenset[str], numbers: frozenset[str]) -> None:
    logs = stack.aws.client("logs")
    lines = [
        event["message"]
        for group in logs.describe_log_groups()["logGroups"]
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
    ]
    assert any('"outcome"' in line for line in lines), "the functions have logged"
    text = "\n".join(lines)
    assert _found(text, codes) == []
    assert _found(text, numbers) == []


def test_queues_hold_no_code(stack: Stack, codes: frozenset[str]) -> None:
    sqs = stack.aws.client("sqs")
    bodies = [
        message["Body"]
        for url in sqs.list_queues().get("QueueUrls", [])
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get(
            "Messages", []
        )
    ]
    assert _found("\n".join(bodies), codes) == []


def test_tables_hold_neither(stack: Stack, codes: frozenset[str], numbers: frozenset[str]) -> None:
    dynamodb = stack.aws.client("dynamodb")
    items = [
        json.dumps(item)
        for table in dynamodb.list_tables()["TableNames"]
        for item in dynamodb.scan(TableName=table)["Items"]
    ]
    assert _found("\n".join(items), codes | numbers) == []


def test_what_invocations_returned_or_raised_holds_neither(
    stack: Stack, codes: frozenset[str], numbers: frozenset[str]
) -> None:
    text = json.dumps(stack.aws.invocations())
    assert _found(text, codes | numbers) == []


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


def _found(text: str, secrets: frozenset[str]) -> list[str]:
    return sorted(secret for secret in secrets if secret in text)
