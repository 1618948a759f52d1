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

from localaws import REPOSITORY
from localaws.terraform import checkout

pytestmark = pytest.mark.long

ALARMS = "alarms.tf"
CONFIGURATION = "configuration.tf"
FUNCTION = "function.tf"
IAM = "iam.tf"
KMS = "kms.tf"
LEDGER = "ledger.tf"
OUTPUTS = "outputs.tf"
POOLS = "pools.tf"
ROUTES = "routes.tf"
SMS = "sms.tf"
POOL = "modules/user-pool/main.tf"
SMS_ROLE = "modules/user-pool/sms_role.tf"
ATTACHMENT = "modules/user-pool-attachment/main.tf"
ATTACHMENT_RIGHTS = "modules/user-pool-attachment/policies.tf"
ATTACHMENT_FUNCTION = "modules/user-pool-attachment/function.tf"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A block to be taken out of a file, named by its first line, or a text to be put in another's place."""

    part: str
    """Whose tests notice it: ``test_plan_<part>.py``."""
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
    "permission": Mutation("pools", POOLS, 'resource "aws_lambda_permission" "cognito"'),
    "permission_for_every_pool": Mutation("pools", POOLS, text="  source_arn     = each.value.arn\n"),
    "permission_for_every_account": Mutation(
        "pools", POOLS, text='  source_account = try(split(":", each.value.arn)[4], null)\n'
    ),
    "permission_without_alias": Mutation("pools", POOLS, text="  qualifier     = aws_lambda_alias.live.name\n"),
    "grant": Mutation("pools", POOLS, 'resource "aws_kms_grant" "decrypt"'),
    "grant_for_every_pool": Mutation("pools", POOLS, "constraints"),
    "grant_that_never_fits": Mutation(
        "pools", POOLS, text="encryption_context_subset", instead="encryption_context_equals"
    ),
    "grant_of_the_email_sender": Mutation(
        "pools", POOLS, text="{ custom_email_sender = settings.custom_email_sender.role_arn }", instead="{}"
    ),
    "key_policy": Mutation("wiring", KMS, 'resource "aws_kms_key_policy" "this"'),
    "key_policy_without_cognito": Mutation("changes", KMS, text="      local.kms_key_policy_statements,\n"),
    "key_policy_of_the_old_key": Mutation(
        "changes", KMS, text="replace_triggered_by = [aws_kms_key.this[count.index].id]"
    ),
    "key_alias": Mutation("pools", KMS, 'resource "aws_kms_alias" "this"'),
    "key_rotation": Mutation(
        "pools", KMS, text="enable_key_rotation     = true", instead="enable_key_rotation     = false"
    ),
    "event_invoke_config": Mutation("wiring", FUNCTION, 'resource "aws_lambda_function_event_invoke_config" "live"'),
    "event_invoke_config_too_early": Mutation("wiring", FUNCTION, text="depends_on = [aws_iam_role_policy.this]"),
    "destination": Mutation("wiring", FUNCTION, 'dynamic "destination_config"'),
    "alias_of_the_old_function": Mutation(
        "changes", FUNCTION, text="replace_triggered_by = [aws_lambda_function.this.arn]"
    ),
    "alias_before_self_check": Mutation("wiring", FUNCTION, text="  depends_on = [aws_lambda_invocation.self_check]\n"),
    "self_check_of_no_version": Mutation(
        "wiring", FUNCTION, text="  qualifier       = aws_lambda_function.this.version\n"
    ),
    "self_check_of_what_nobody_may_call": Mutation(
        "function", FUNCTION, text=" || var.function.reserved_concurrency == 0"
    ),
    "function_before_its_rights": Mutation("wiring", FUNCTION, text="    aws_iam_role_policy.this,\n"),
    "function_before_its_log_group": Mutation("wiring", FUNCTION, text="    aws_cloudwatch_log_group.this,\n"),
    "senders_policy": Mutation(
        "rights", IAM, text="Statement = local.sender_statements", instead="Statement = local.function_statements"
    ),
    "rights_that_go_before_the_version": Mutation(
        "changes", IAM, text="replace_triggered_by  = [terraform_data.policy[each.key]]"
    ),
    "role_named_by_a_data_source": Mutation(
        "changes",
        IAM,
        text='name_prefix          = "${substr(var.name, 0, 37)}-"',
        instead='name                 = "${var.name}-${local.region}"',
    ),
    "topics_too": Mutation(
        "rights",
        IAM,
        text='NotResource = ["arn:${local.partition}:sns:*:*:*"]',
        instead='Resource    = ["*"]',
    ),
    "ledger_that_forgets_nothing": Mutation("protection", LEDGER, "ttl"),
    "ledger_with_another_right": Mutation(
        "rights", IAM, text='["dynamodb:UpdateItem"]', instead='["dynamodb:UpdateItem", "dynamodb:GetItem"]'
    ),
    "ledger_of_every_name": Mutation("rights", IAM, text=":table/${local.ledger_name}", instead=":table/*"),
    "ledger_key_for_every_table": Mutation(
        "rights",
        IAM,
        text='          StringEquals = { "kms:EncryptionContext:aws:dynamodb:tableName" = local.ledger_name }\n',
    ),
    "function_before_its_ledger": Mutation(
        "wiring",
        FUNCTION,
        text="    aws_dynamodb_table.ledger,\n",
        instead="",
    ),
    "hash_key_of_every_plan": Mutation(
        "changes", CONFIGURATION, text="ignore_changes = [input]", instead="ignore_changes = []"
    ),
    "alarms_that_tell_nobody": Mutation("monitoring", ALARMS, text="  alarm_actions       = local.topics\n"),
    "alarms_that_never_end": Mutation("monitoring", ALARMS, text="  ok_actions          = local.topics\n"),
    "alarms_on_another_alias": Mutation(
        "monitoring", ALARMS, text=':${aws_lambda_alias.live.name}"', instead=':latest"'
    ),
    "alarms_while_nothing_happens": Mutation(
        "monitoring", ALARMS, text='missing    = "notBreaching"', instead='missing    = "breaching"'
    ),
    "trigger": Mutation("pools", POOL, 'dynamic "custom_sms_sender"'),
    "trigger_of_email": Mutation("email", POOL, 'dynamic "custom_email_sender"'),
    "second_factor_by_email": Mutation("email", POOL, 'dynamic "email_mfa_configuration"'),
    "sms_role_of_a_pool_without_sms": Mutation("email", SMS_ROLE, text="local.is_sms_on ? 1 : 0", instead="1"),
    "mail_from_every_address": Mutation(
        "email",
        IAM,
        text='        Condition = { StringEquals = { "ses:FromAddress" = local.from_addresses } }\n',
    ),
    "trigger_key": Mutation("pools", POOL, text="    kms_key_id = var.lambda_config.kms_key_id\n"),
    "pool_that_is_replaced": Mutation(
        "changes", POOL, text="ignore_changes = [name, username_attributes]", instead="ignore_changes = []"
    ),
    "sms_role_for_anyone": Mutation("pools", SMS_ROLE, "Condition ="),
    "attachment_before_its_rights": Mutation("attachment", ATTACHMENT, text="depends_on = [aws_iam_role_policy.write]"),
    "attachment_before_a_grant_on_an_older_key": Mutation(
        "attachment",
        OUTPUTS,
        text='if split("/", path)[0] == name]',
        instead='if endswith(path, "/key") && split("/", path)[0] == name]',
    ),
    "attachment_read_before_its_rights": Mutation(
        "attachment", ATTACHMENT, text=", aws_iam_role_policy.read]", instead="]"
    ),
    "attachment_that_comes_off_in_between": Mutation(
        "attachment",
        ATTACHMENT,
        text='lifecycle_scope = "CRUD"\n',
        instead='lifecycle_scope = "CRUD"\n  triggers        = { request = jsonencode(local.request) }\n',
    ),
    "attachment_whose_repair_detaches": Mutation(
        "attachment", ATTACHMENT, text='lifecycle_scope = "CREATE_ONLY"', instead='lifecycle_scope = "CRUD"'
    ),
    "attachment_that_forgets_what_was_there": Mutation(
        "attachment", ATTACHMENT, text="{ before = local.before }", instead="{}"
    ),
    "attachment_of_every_pool": Mutation(
        "attachment", ATTACHMENT_RIGHTS, text="[local.user_pool_arn]", instead='["*"]'
    ),
    "attachment_passes_every_role": Mutation(
        "attachment", ATTACHMENT_RIGHTS, text="[var.sms_role_arn]", instead='["*"]'
    ),
    "attachment_passes_its_role_to_every_service": Mutation(
        "attachment",
        ATTACHMENT_RIGHTS,
        text='        Condition = { StringEquals = { "iam:PassedToService" = "cognito-idp.amazonaws.com" } }\n',
    ),
    "attachment_of_the_new_key_only": Mutation(
        "attachment", ATTACHMENT_RIGHTS, text=", local.before.kms_key_id]", instead="]"
    ),
    "attachment_that_times_out": Mutation(
        "attachment", ATTACHMENT_FUNCTION, text="timeout = 180", instead="timeout = 3"
    ),
    "attachment_looked_at_too_early": Mutation(
        "attachment", ATTACHMENT, text="depends_on = [aws_lambda_invocation.attachment]"
    ),
    "validation": Mutation("refused", SMS, text="length(wrong) > 0 ||", instead="length(wrong) > 1 ||"),
    "validation_of_two_variables": Mutation(
        "refused",
        ROUTES,
        text="for name in setsubtract(names, keys(local.senders)) :",
        instead="for name in setsubtract(names, names) :",
    ),
    "validation_of_what_a_channel_cannot_carry": Mutation(
        "refused", ROUTES, text="keys(local.senders)), local.carriers[channel])", instead="keys(local.senders)), names)"
    ),
    "precondition": Mutation(
        "refused", CONFIGURATION, text="length(local.flaws.texts) == 0", instead="local.flaws.texts != null"
    ),
}


def _run(repository: Path, part: str) -> subprocess.CompletedProcess[str]:
    """The tests of a part in a copy of the repository."""
    file = f"tests/plan/test_plan_{part}.py"
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", file]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of all that the plan tests need."""
    copy = checkout(tmp_path / "repository")
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / file, copy)
    shutil.copytree(REPOSITORY / "docs", copy / "docs")
    shutil.copytree(REPOSITORY / "function/src", copy / "function/src", dirs_exist_ok=True)
    for part in ("localaws", "tests/plan", "tests/support"):
        ignored = shutil.ignore_patterns("__pycache__", "test_plan_mutations.py")
        shutil.copytree(REPOSITORY / part, copy / part, ignore=ignored)
    return copy


@pytest.mark.parametrize("part", sorted({mutation.part for mutation in MUTATIONS.values()}))
def test_nothing_is_noticed_where_nothing_is_taken_away(part: str, repository: Path) -> None:
    """Or everything below would be noticed, whatever it is."""
    done = _run(repository, part)

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_plan_test_notices_the_mutation(name: str, repository: Path) -> None:
    MUTATIONS[name].apply(repository)

    done = _run(repository, MUTATIONS[name].part)

    assert done.returncode == 1, f"nobody noticed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
    assert re.search(r"^(FAILED|ERROR) tests/plan/", done.stdout, re.MULTILINE), done.stdout[-3000:]
