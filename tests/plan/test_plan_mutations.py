"""Whoever takes a piece of the wiring away hears of it: taken away from a copy, it fails a plan test there.

Deleting something that others refer to is an error in every plan; here are the pieces that could go unnoticed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.terraform import REPOSITORY, checkout

pytestmark = pytest.mark.long

# Of the tests beside this one, those about what a plan does.
PARTS = ("pools", "rights", "wiring", "function", "protection", "monitoring", "changes")

ACCESS = "modules/user-pool-access/main.tf"
KEY = "modules/encryption-key/main.tf"
FUNCTION = "modules/sender-function/main.tf"
POLICIES = "modules/sender-function/policies.tf"
DELIVERY = "modules/sender-function/delivery.tf"
ENVIRONMENT = "modules/sender-function/environment.tf"
LEDGER = "modules/sender-function/ledger.tf"
ALARMS = "modules/sender-function/alarms.tf"
POOL = "modules/user-pool/main.tf"
SMS_ROLE = "modules/user-pool/sms_role.tf"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A block to be taken out of a file, named by its first line, or a text to be put in another's place."""

    file: str
    block: str = ""
    text: str = ""
    instead: str = ""

    def apply(self, repository: Path) -> None:
        """Change the copy of the repository."""
        path = repository / self.file
        before = path.read_text()
        after = _without(before, self.block) if self.block else before.replace(self.text, self.instead)
        assert after != before, f"{self.file} has no {self.block or self.text!r} any more: correct this test"
        path.write_text(after)


def _without(text: str, block: str) -> str:
    start = re.search(rf"^ *{re.escape(block)} \{{$", text, re.MULTILINE)
    if not start:
        return text
    depth, end = 0, start.start()
    for end in range(start.start(), len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0 and text[end] == "}":
            break
    return text[: start.start()] + text[end + 1 :]


MUTATIONS = {
    "permission": Mutation(ACCESS, 'resource "aws_lambda_permission" "cognito"'),
    "permission_for_every_pool": Mutation(ACCESS, text="  source_arn     = var.user_pool_arn\n"),
    "permission_for_every_account": Mutation(ACCESS, text="  source_account = local.account_id\n"),
    "permission_without_alias": Mutation(ACCESS, text="  qualifier     = var.alias_name\n"),
    "grant": Mutation(ACCESS, 'resource "aws_kms_grant" "function"'),
    "grant_for_every_pool": Mutation(ACCESS, "constraints"),
    "grant_that_never_fits": Mutation(ACCESS, text="encryption_context_subset", instead="encryption_context_equals"),
    "grant_of_the_email_sender": Mutation(ACCESS, 'resource "aws_kms_grant" "custom_email_sender"'),
    "key_policy": Mutation(KEY, 'resource "aws_kms_key_policy" "this"'),
    "key_policy_without_cognito": Mutation(KEY, text="      local.cognito_statements,\n"),
    "key_policy_of_the_old_key": Mutation(KEY, text="replace_triggered_by = [aws_kms_key.this[count.index].id]"),
    "key_alias": Mutation(KEY, 'resource "aws_kms_alias" "this"'),
    "key_rotation": Mutation(KEY, text="enable_key_rotation     = true", instead="enable_key_rotation     = false"),
    "event_invoke_config": Mutation(DELIVERY, 'resource "aws_lambda_function_event_invoke_config" "live"'),
    "event_invoke_config_too_early": Mutation(DELIVERY, text="depends_on = [aws_iam_role_policy.function]"),
    "destination": Mutation(DELIVERY, 'dynamic "destination_config"'),
    "alias_of_the_old_function": Mutation(FUNCTION, text="replace_triggered_by = [aws_lambda_function.this.arn]"),
    "function_before_its_rights": Mutation(FUNCTION, text="    aws_iam_role_policy.senders,\n"),
    "function_before_its_log_group": Mutation(FUNCTION, text="    aws_cloudwatch_log_group.this,\n"),
    "senders_policy": Mutation(
        POLICIES, text="Statement = local.sender_statements", instead="Statement = local.function_statements"
    ),
    "topics_too": Mutation(
        POLICIES,
        text='NotResource = ["arn:${local.partition}:sns:*:*:*"]',
        instead='Resource    = ["*"]',
    ),
    "ledger_that_forgets_nothing": Mutation(LEDGER, "ttl"),
    "ledger_with_another_right": Mutation(
        POLICIES, text='["dynamodb:UpdateItem"]', instead='["dynamodb:UpdateItem", "dynamodb:GetItem"]'
    ),
    "ledger_of_every_name": Mutation(POLICIES, text=":table/${local.ledger_name}", instead=":table/*"),
    "ledger_key_for_every_table": Mutation(
        POLICIES,
        text='          StringEquals = { "kms:EncryptionContext:aws:dynamodb:tableName" = local.ledger_name }\n',
    ),
    "function_before_its_ledger": Mutation(
        ENVIRONMENT,
        text='{ for table in aws_dynamodb_table.ledger : "SENDER_LEDGER_TABLE" => table.name }',
        instead='{ for on in [var.protection.ledger.enabled] : "SENDER_LEDGER_TABLE" => local.ledger_name if on }',
    ),
    "hash_key_of_every_plan": Mutation(LEDGER, text="ignore_changes = [input]", instead="ignore_changes = []"),
    "alarms_that_tell_nobody": Mutation(ALARMS, text="  alarm_actions       = var.monitoring.alarms.topic_arns\n"),
    "alarms_that_never_end": Mutation(ALARMS, text="  ok_actions          = var.monitoring.alarms.topic_arns\n"),
    "alarms_on_another_alias": Mutation(ALARMS, text=':${aws_lambda_alias.live.name}"', instead=':latest"'),
    "alarms_while_nothing_happens": Mutation(
        ALARMS, text='missing    = "notBreaching"', instead='missing    = "breaching"'
    ),
    "trigger": Mutation(POOL, "custom_sms_sender"),
    "trigger_key": Mutation(POOL, text="    kms_key_id = var.lambda_config.kms_key_id\n"),
    "sms_role_for_anyone": Mutation(SMS_ROLE, "Condition ="),
}


def _run(repository: Path) -> subprocess.CompletedProcess[str]:
    """The plan tests in a copy of the repository."""
    files = [f"tests/plan/test_plan_{part}.py" for part in PARTS]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of all that the plan tests need."""
    copy = checkout(tmp_path / "repository")
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / file, copy)
    shutil.copytree(REPOSITORY / "function/src", copy / "function/src", dirs_exist_ok=True)
    for part in ("plan", "support"):
        ignored = shutil.ignore_patterns("__pycache__", "test_plan_mutations.py")
        shutil.copytree(REPOSITORY / "tests" / part, copy / "tests" / part, ignore=ignored)
    return copy


def test_nothing_is_noticed_where_nothing_is_taken_away(repository: Path) -> None:
    """Or everything below would be noticed, whatever it is."""
    done = _run(repository)

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("name", MUTATIONS)
def test_it_is_noticed(name: str, repository: Path) -> None:
    MUTATIONS[name].apply(repository)

    done = _run(repository)

    assert done.returncode == 1, f"nobody noticed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
    assert re.search(r"^(FAILED|ERROR) tests/plan/", done.stdout, re.MULTILINE), done.stdout[-3000:]
