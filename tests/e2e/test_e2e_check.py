"""``cognito-sender check`` on Terraform's own plans of senders that are deployed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cognito_sender.__main__ import main
from support.stack import Stack

# Three plans of everything; the rules themselves are held by tests/unit/test_unit_check_harm.py.
pytestmark = [pytest.mark.long]

POOL_OF_MINIMAL = "module.minimal.aws_cognito_user_pool.main"


@contextmanager
def edited(file: Path, *edits: tuple[str, str]) -> Iterator[None]:
    """The file with other text in it, for the length of a block."""
    before = after = file.read_text()
    for old, new in edits:
        assert old in after
        after = after.replace(old, new)
    file.write_text(after)
    try:
        yield
    finally:
        file.write_text(before)


def _said(
    document: Mapping[str, Any], stack: Stack, capsys: pytest.CaptureFixture[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Findings and warnings, by path."""
    file = stack.directory / "plan.json"
    file.write_text(json.dumps(document))
    main(["check", str(file), "--root", str(stack.terraform.directory), "--json"])
    found = json.loads(capsys.readouterr().out)
    by_path = [{line["path"]: line["text"] for line in found[kind]} for kind in ("findings", "warnings")]
    return by_path[0], by_path[1]


def test_a_plan_that_changes_nothing_hurts_nobody(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert _said(stack.second_plan.document, stack, capsys) == ({}, {})


def test_a_plan_that_hurts_live_pools_is_seen_before_it_is_applied(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    root = stack.terraform.directory
    minimal, variables = root / "checkout/examples/minimal/main.tf", root / "terraform.tfvars.json"
    arn = json.loads(variables.read_text())["existing_pool_arns"]["second"]
    trigger = re.search(r"  lambda_config \{\n.*?\n  \}\n", minimal.read_text(), re.DOTALL)
    assert trigger
    with (
        edited(variables, (f', "second": "{arn}"', "")),
        edited(minimal, (trigger[0], "")),
    ):
        findings, warnings = _said(stack.terraform.plan().document, stack, capsys)

    assert set(findings) == {f"{POOL_OF_MINIMAL}.lambda_config"}
    assert findings[f"{POOL_OF_MINIMAL}.lambda_config"].startswith("the plan takes the sender off the pool. Got: none.")
    assert set(warnings) == {
        'module.existing.aws_lambda_permission.cognito["second"]',
        'module.existing.aws_kms_grant.decrypt["second/function/key"]',
    }


def test_a_sender_that_gets_another_name_takes_the_wires_of_its_pool_away(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    minimal = stack.terraform.directory / "checkout/examples/minimal/main.tf"
    with edited(minimal, ('  name       = "minimal-login"', '  name       = "renamed-login"')):
        findings, _ = _said(stack.terraform.plan().document, stack, capsys)

    sender = "module.minimal.module.sender"
    assert set(findings) == {
        f"{sender}.aws_lambda_alias.live",
        f'{sender}.aws_lambda_permission.cognito["main"]',
        f'{sender}.aws_kms_grant.decrypt["main/function/key"]',
    }
    assert all("Got: replace." in text for text in findings.values())
