"""Whoever takes a piece of the wiring away hears of it: taken away from a copy, it fails a plan test there.

Deleting something that others refer to is an error in every plan; here are the pieces that could go unnoticed.

A mutation names the test that notices it, which looks at few calls. So one plan has all mutations: each is a module of
its root, with a copy of the product and the calls that its test looks at. The test runs with that part of the plan.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from localaws import REPOSITORY
from localaws.terraform import Terraform, checkout
from plan.calls import locals_hcl, one_by_one, root_hcl, selection
from plan.conftest import state_of_an_attachment
from plan.constants import REGIONS
from support.roots import offline_root

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

    test: str
    """Who notices it: ``<part>::<test>`` of ``test_plan_<part>.py``, and how the name of the case begins."""
    file: str
    block: str = ""
    text: str = ""
    instead: str = ""
    error: str = ""
    """What the plan says already."""

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
    "permission": Mutation(
        "wiring::test_what_needs_the_pool_comes_after_it[aws_lambda_permission.cognito]",
        POOLS,
        'resource "aws_lambda_permission" "cognito"',
    ),
    "permission_for_every_pool": Mutation(
        "pools::test_only_this_pool_may_call_the_alias[two_pools-one]",
        POOLS,
        text="  source_arn     = each.value.arn\n",
    ),
    "permission_for_every_account": Mutation(
        "pools::test_only_this_pool_may_call_the_alias[two_pools-two]",
        POOLS,
        text='  source_account = try(split(":", each.value.arn)[4], null)\n',
    ),
    "permission_without_alias": Mutation(
        "pools::test_only_this_pool_may_call_the_alias[two_pools-two]",
        POOLS,
        text="  qualifier     = aws_lambda_alias.live.name\n",
    ),
    "grant": Mutation(
        "wiring::test_what_needs_the_pool_comes_after_it[aws_kms_grant.decrypt]",
        POOLS,
        'resource "aws_kms_grant" "decrypt"',
    ),
    "grant_for_every_pool": Mutation(
        "pools::test_the_function_may_decrypt_this_pools_messages_and_no_others[two_pools-one]", POOLS, "constraints"
    ),
    "grant_that_never_fits": Mutation(
        "pools::test_the_function_may_decrypt_this_pools_messages_and_no_others[two_pools-one]",
        POOLS,
        text="encryption_context_subset",
        instead="encryption_context_equals",
    ),
    "grant_of_the_email_sender": Mutation(
        "pools::test_custom_email_sender_of_a_given_pool_may_decrypt",
        POOLS,
        text="{ custom_email_sender = settings.custom_email_sender.role_arn }",
        instead="{}",
    ),
    "key_policy": Mutation(
        "wiring::test_what_needs_the_pool_comes_after_it[aws_kms_key_policy.this]",
        KMS,
        'resource "aws_kms_key_policy" "this"',
    ),
    "key_policy_without_cognito": Mutation(
        "changes::test_the_key_policy_allows_exactly_these_principals_these_actions",
        KMS,
        text="      local.kms_key_policy_statements,\n",
    ),
    "key_policy_of_the_old_key": Mutation(
        "changes::test_another_key_gets_policy_and_grant_of_its_own_before_the_old_one_goes",
        KMS,
        text="replace_triggered_by = [aws_kms_key.this[count.index].id]",
    ),
    "key_alias": Mutation(
        "pools::test_a_key_that_is_made_is_symmetric_and_rotated", KMS, 'resource "aws_kms_alias" "this"'
    ),
    "key_rotation": Mutation(
        "pools::test_a_key_that_is_made_is_symmetric_and_rotated",
        KMS,
        text="enable_key_rotation     = true",
        instead="enable_key_rotation     = false",
    ),
    "event_invoke_config": Mutation(
        "wiring::test_event_invoke_config_is_the_alias_and_waits_for_the_right_to_the_queue",
        FUNCTION,
        'resource "aws_lambda_function_event_invoke_config" "live"',
    ),
    "event_invoke_config_too_early": Mutation(
        "wiring::test_event_invoke_config_is_the_alias_and_waits_for_the_right_to_the_queue",
        FUNCTION,
        text="depends_on = [aws_iam_role_policy.this]",
    ),
    "destination": Mutation(
        "wiring::test_event_invoke_config_sends_to_the_queue", FUNCTION, 'dynamic "destination_config"'
    ),
    "alias_of_the_old_function": Mutation(
        "changes::test_a_function_that_is_replaced_takes_everything_along_that_goes_with_it",
        FUNCTION,
        text="replace_triggered_by = [aws_lambda_function.this.arn]",
    ),
    "alias_before_self_check": Mutation(
        "wiring::test_the_alias_moves_to_a_version_after_its_self_check",
        FUNCTION,
        text="  depends_on = [aws_lambda_invocation.self_check]\n",
    ),
    "self_check_of_no_version": Mutation(
        "wiring::test_the_self_check_is_of_the_published_version",
        FUNCTION,
        text="  qualifier       = aws_lambda_function.this.version\n",
    ),
    "self_check_of_what_nobody_may_call": Mutation(
        "function::test_a_version_that_nobody_may_call_yet_is_not_asked[size]",
        FUNCTION,
        text=" || var.function.reserved_concurrency == 0",
    ),
    "function_before_its_rights": Mutation(
        "wiring::test_the_function_waits_for_its_rights_itself", FUNCTION, text="    aws_iam_role_policy.this,\n"
    ),
    "function_before_its_log_group": Mutation(
        "wiring::test_the_function_comes_after_all_that_its_first_message_needs[aws_cloudwatch_log_group.this]",
        FUNCTION,
        text="    aws_cloudwatch_log_group.this,\n",
    ),
    "senders_policy": Mutation(
        "rights::test_twilio_may_read_its_secret",
        IAM,
        text="Statement = local.sender_statements",
        instead="Statement = local.function_statements",
    ),
    "rights_that_go_before_the_version": Mutation(
        "changes::test_a_change_in_what_the_module_depends_on_replaces_nothing_that_is_used",
        IAM,
        text="replace_triggered_by  = [terraform_data.policy[each.key]]",
    ),
    "role_named_by_a_data_source": Mutation(
        "changes::test_a_change_in_what_the_module_depends_on_replaces_nothing_that_is_used",
        IAM,
        text='name_prefix          = "${substr(var.name, 0, 37)}-"',
        instead='name                 = "${var.name}-${local.region}"',
    ),
    "topics_too": Mutation(
        "rights::test_sns_may_text_phones_but_publish_to_no_topic",
        IAM,
        text='NotResource = ["arn:${local.partition}:sns:*:*:*"]',
        instead='Resource    = ["*"]',
    ),
    "ledger_that_forgets_nothing": Mutation(
        "protection::test_a_ledger_is_made_unless_it_is_switched_off", LEDGER, "ttl"
    ),
    "ledger_with_another_right": Mutation(
        "rights::test_without_a_queue_there_is_no_right_to_send_to_one",
        IAM,
        text='["dynamodb:UpdateItem"]',
        instead='["dynamodb:UpdateItem", "dynamodb:GetItem"]',
    ),
    "ledger_of_every_name": Mutation(
        "rights::test_without_a_queue_there_is_no_right_to_send_to_one",
        IAM,
        text=":table/${local.ledger_name}",
        instead=":table/*",
    ),
    "ledger_key_for_every_table": Mutation(
        "rights::test_function_with_a_key_on_its_ledger_may_decrypt_for_that_table_through_dynamodb",
        IAM,
        text='          StringEquals = { "kms:EncryptionContext:aws:dynamodb:tableName" = local.ledger_name }\n',
    ),
    "function_before_its_ledger": Mutation(
        "wiring::test_the_function_comes_after_all_that_its_first_message_needs[aws_dynamodb_table.ledger]",
        FUNCTION,
        text="    aws_dynamodb_table.ledger,\n",
        instead="",
    ),
    "hash_key_of_every_plan": Mutation(
        "changes::test_tags_and_keys_of_logs_and_code_signing_change_in_place",
        CONFIGURATION,
        text="ignore_changes = [input]",
        instead="ignore_changes = []",
    ),
    "alarms_that_tell_nobody": Mutation(
        "monitoring::test_topics_are_told_when_it_begins_and_when_it_ends",
        ALARMS,
        text="  alarm_actions       = local.topics\n",
    ),
    "alarms_that_never_end": Mutation(
        "monitoring::test_topics_are_told_when_it_begins_and_when_it_ends",
        ALARMS,
        text="  ok_actions          = local.topics\n",
    ),
    "alarms_on_another_alias": Mutation(
        "monitoring::test_an_alarm_looks_at_its_metric_and_not_at_what_is_missing[errors]",
        ALARMS,
        text=':${aws_lambda_alias.live.name}"',
        instead=':latest"',
    ),
    "alarms_while_nothing_happens": Mutation(
        "monitoring::test_an_alarm_looks_at_its_metric_and_not_at_what_is_missing[errors]",
        ALARMS,
        text='missing    = "notBreaching"',
        instead='missing    = "breaching"',
    ),
    "trigger": Mutation("pools::test_made_pool_has_the_trigger_and_the_key", POOL, 'dynamic "custom_sms_sender"'),
    "trigger_of_email": Mutation(
        "email::test_a_pool_gets_a_sender_for_each_channel_that_is_on[pool_of_email-lambda_config_of_email]",
        POOL,
        'dynamic "custom_email_sender"',
    ),
    "second_factor_by_email": Mutation(
        "email::test_a_pool_of_email_alone_signs_in_by_address_and_sends_second_factors_by_mail",
        POOL,
        'dynamic "email_mfa_configuration"',
    ),
    "sms_role_of_a_pool_without_sms": Mutation(
        "email::test_a_pool_gets_a_sender_for_each_channel_that_is_on[pool_of_email-lambda_config_of_email]",
        SMS_ROLE,
        text="local.is_sms_on ? 1 : 0",
        instead="1",
        error="no SMS configuration while the sender's SMS is off",
    ),
    "mail_from_every_address": Mutation(
        "email::test_the_role_sends_from_this_identity_and_this_address",
        IAM,
        text='        Condition = { StringEquals = { "ses:FromAddress" = local.from_addresses } }\n',
    ),
    "trigger_key": Mutation(
        "pools::test_made_pool_has_the_trigger_and_the_key",
        POOL,
        text="    kms_key_id = var.lambda_config.kms_key_id\n",
    ),
    "pool_that_is_replaced": Mutation(
        "changes::test_what_cognito_cannot_change_in_a_pool_is_refused",
        POOL,
        text="ignore_changes = [name, username_attributes]",
        instead="ignore_changes = []",
    ),
    "sms_role_for_anyone": Mutation("pools::test_sms_role_is_for_this_accounts_pools_only", SMS_ROLE, "Condition ="),
    "attachment_before_its_rights": Mutation(
        "attachment::test_each_sender_has_a_holder_that_goes_after_the_attachment[attachment_of_email]",
        ATTACHMENT,
        text="depends_on = [aws_iam_role_policy.write]",
    ),
    "attachment_before_a_grant_on_an_older_key": Mutation(
        "attachment::test_and_for_those_of_no_other_pool[keys_change-access_keys_change]",
        OUTPUTS,
        text='if split("/", path)[0] == name]',
        instead='if endswith(path, "/key") && split("/", path)[0] == name]',
    ),
    "attachment_read_before_its_rights": Mutation(
        "attachment::test_rights_come_before_the_trigger_and_the_look_at_it_after",
        ATTACHMENT,
        text=", aws_iam_role_policy.read]",
        instead="]",
    ),
    "attachment_that_comes_off_in_between": Mutation(
        "attachment::test_the_trigger_is_never_taken_off_to_be_put_on_again",
        ATTACHMENT,
        text='lifecycle_scope = "CRUD"\n',
        instead='lifecycle_scope = "CRUD"\n  triggers        = { request = jsonencode(local.request) }\n',
    ),
    "attachment_whose_repair_detaches": Mutation(
        "attachment::test_the_repair_takes_nothing_off",
        ATTACHMENT,
        text='lifecycle_scope = "CREATE_ONLY"',
        instead='lifecycle_scope = "CRUD"',
    ),
    "attachment_that_forgets_what_was_there": Mutation(
        "attachment::test_what_was_there_is_read_before_anything_is_changed",
        ATTACHMENT,
        text="{ before = local.before }",
        instead="{}",
    ),
    "attachment_of_every_pool": Mutation(
        "attachment::test_the_role_changes_this_pool_hands_over_its_sms_role_to_cognito_only_and_grants_both_keys",
        ATTACHMENT_RIGHTS,
        text="[local.user_pool_arn]",
        instead='["*"]',
    ),
    "attachment_passes_every_role": Mutation(
        "attachment::test_the_role_changes_this_pool_hands_over_its_sms_role_to_cognito_only_and_grants_both_keys",
        ATTACHMENT_RIGHTS,
        text="[var.sms_role_arn]",
        instead='["*"]',
    ),
    "attachment_passes_its_role_to_every_service": Mutation(
        "attachment::test_the_role_changes_this_pool_hands_over_its_sms_role_to_cognito_only_and_grants_both_keys",
        ATTACHMENT_RIGHTS,
        text='        Condition = { StringEquals = { "iam:PassedToService" = "cognito-idp.amazonaws.com" } }\n',
    ),
    "attachment_of_the_new_key_only": Mutation(
        "attachment::test_the_role_changes_this_pool_hands_over_its_sms_role_to_cognito_only_and_grants_both_keys",
        ATTACHMENT_RIGHTS,
        text=", local.before.kms_key_id]",
        instead="]",
    ),
    "attachment_that_times_out": Mutation(
        "attachment::test_the_function_is_the_attachments_own",
        ATTACHMENT_FUNCTION,
        text="timeout = 180",
        instead="timeout = 3",
    ),
    "attachment_looked_at_too_early": Mutation(
        "attachment::test_rights_come_before_the_trigger_and_the_look_at_it_after",
        ATTACHMENT,
        text="depends_on = [aws_lambda_invocation.attachment]",
        error="reading Cognito User Pool",
    ),
    "validation": Mutation(
        "refused::test_it_is_refused_once_with_the_fix[country_unknown]",
        SMS,
        text="length(wrong) > 0 ||",
        instead="length(wrong) > 1 ||",
    ),
    "validation_of_two_variables": Mutation(
        "refused::test_it_is_refused_once_with_the_fix[route_to_nobody]",
        ROUTES,
        text="for name in setsubtract(names, keys(local.senders)) :",
        instead="for name in setsubtract(names, names) :",
    ),
    "validation_of_what_a_channel_cannot_carry": Mutation(
        "refused::test_it_is_refused_once_with_the_fix[email_route_to_phones]",
        ROUTES,
        text="keys(local.senders)), local.carriers[channel])",
        instead="keys(local.senders)), names)",
    ),
    "precondition": Mutation(
        "refused::test_it_is_refused_once_with_the_fix[segments_gsm_7]",
        CONFIGURATION,
        text="length(local.flaws.texts) == 0",
        instead="local.flaws.texts != null",
    ),
}


TESTS: Final = sorted({mutation.test for mutation in MUTATIONS.values()})
CALL: Final = re.compile(r'^module "(\w+)" \{\n.*?^\}$', re.MULTILINE | re.DOTALL)
WITH_REGIONS: Final = """
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [@aliases]
    }
  }
}
"""
# What the tests of a copy get in the place of a plan of their own.
PLANNED: Final = """

@pytest.fixture(scope="session")
def accepted() -> Plan:
    file = Path(os.environ["PLANNED"])
    return Plan.parse(json.loads(file.read_text()), file)
"""


def _file(test: str) -> Path:
    return Path(f"tests/plan/test_plan_{test.partition('::')[0]}.py")


@cache
def _reached(test: str) -> tuple[frozenset[str], frozenset[str]]:
    """The functions, fixtures and constants of the file that a test reaches, and the words of all lines in them."""
    function, _, case = test.partition("::")[2].partition("[")
    named: dict[str, ast.AST] = {}
    for block in ast.parse((REPOSITORY / _file(test)).read_text()).body:
        if isinstance(block, ast.FunctionDef):
            block.decorator_list.clear()  # the cases, of which the test is one
            named[block.name] = block
        elif isinstance(block, ast.Assign | ast.AnnAssign):
            named |= {name.id: block for name in ast.walk(block) if isinstance(name, ast.Name)}
    reached, ahead, words = set[str](), [function], set(re.findall(r"\w+", case))
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            for node in ast.walk(named[name]) if name in named else ():
                if isinstance(node, ast.arg | ast.Name):
                    ahead.append(node.arg if isinstance(node, ast.arg) else node.id)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                    words.update(re.findall(r"\w+", node.value))
    return frozenset(reached), frozenset(words)


def _is_planned(test: str) -> bool:
    """Whether it looks at the plan of the accepted calls."""
    return bool({"accepted", "scenario"} & _reached(test)[0])


def _changes(test: str) -> bool:
    return test.startswith("changes::")


def _copy(place: Path) -> Path:
    """A copy of all that the plan tests need."""
    copy = checkout(place)
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / file, copy)
    shutil.copytree(REPOSITORY / "docs", copy / "docs")
    shutil.copytree(REPOSITORY / "function/src", copy / "function/src", dirs_exist_ok=True)
    for part in ("localaws", "tests/plan", "tests/support"):
        shutil.copytree(REPOSITORY / part, copy / part, ignore=shutil.ignore_patterns("test_plan_mutations.py"))
    return copy


def _run(repository: Path, test: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A test in a copy of the repository, or all of its file."""
    chosen = ["-k", test.partition("::")[2].removesuffix("]")] if "::" in test else []
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(_file(test)), *chosen]
    return subprocess.run(
        command,
        cwd=repository,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def _root(root: Path, mutants: Mapping[str, tuple[str, str]]) -> Terraform:
    """A root with a module for each: the calls that a test looks at, of a copy with a mutation or of one without."""
    text, attached = "", []
    for module, (test, name) in mutants.items():
        if not (root / name).exists():
            checkout(root / name)
            if name in MUTATIONS:
                MUTATIONS[name].apply(root / name)
        selected, beside = selection(_reached(test)[1])
        files = root_hcl(selected, beside, f"../../{name}") + locals_hcl()
        aliases = ", ".join(f"aws.{alias}" for alias in REGIONS)
        directory = root / "calls" / module
        directory.mkdir(parents=True)
        (directory / "main.tf").write_text(f"{files}{WITH_REGIONS.replace('@aliases', aliases)}")
        providers = "".join(f"    aws.{alias} = aws.{alias}\n" for alias in REGIONS)
        text += f'module "{module}" {{\n  source = "./calls/{module}"\n'
        text += f"  providers = {{\n    aws = aws\n{providers}  }}\n}}\n"
        for output in re.findall(r'^output "(\w+)"', beside, re.MULTILINE):
            text += f'output "{module}-{output}" {{\n  value = module.{module}.{output}\n}}\n'
        attached += [f"module.{module}.module.attachment_read"] if "attachment_read" in selected else []
    shutil.copy(REPOSITORY / "function/dist/custom-sender.zip", root / "own.zip")
    (root / "terraform.tfstate").write_text(json.dumps(state_of_an_attachment(*attached)))
    return offline_root(root, {"main.tf": text}, regions=REGIONS)


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """What is planned where each mutation is and, by the name of a test, where there is none."""
    root = tmp_path_factory.mktemp("mutations").resolve()
    mutants = {name: (mutation.test, name) for name, mutation in MUTATIONS.items() if not mutation.error}
    mutants |= {test: (test, "untouched") for test in TESTS}
    modules = {f"m{number}": mutant for number, mutant in enumerate(mutants) if _is_planned(mutants[mutant][0])}
    terraform = _root(root, {module: mutants[mutant] for module, mutant in modules.items()})
    document = terraform.plan(refresh=False).document
    planned = {}
    for module, mutant in modules.items():
        planned[mutant] = root / "calls" / module / "plan.json"
        called, _ = selection(_reached(mutants[mutant][0])[1])
        planned[mutant].write_text(json.dumps(one_by_one(_of(module, document), called)))
    return planned


def _of(module: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A plan as if this module had been the root."""
    changes = document["resource_changes"]
    outputs = document["planned_values"].get("outputs", {})
    return {
        "resource_changes": [
            change | {"address": change["address"].removeprefix(f"module.{module}.")}
            for change in changes
            if change["address"].startswith(f"module.{module}.")
        ],
        "planned_values": {
            "outputs": {
                name.removeprefix(f"{module}-"): value
                for name, value in outputs.items()
                if name.startswith(f"{module}-")
            }
        },
        "configuration": {"root_module": document["configuration"]["root_module"]["module_calls"][module]["module"]},
    }


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository whose tests get a plan."""
    copy = _copy(tmp_path_factory.mktemp("reader") / "repository")
    with (copy / "tests/plan/conftest.py").open("a") as conftest:
        conftest.write(PLANNED)
    return copy


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Sequence[tuple[Collection[str], str]]:
    """Mutations that a change of settings shows, and what pytest says of them: each in its calls, so many at once."""
    place = tmp_path_factory.mktemp("changes").resolve()
    file = _file("changes")
    called = re.findall(r'^module "(\w+)"', (REPOSITORY / file).read_text(), re.MULTILINE)
    packed: list[dict[str, str]] = []
    for name, mutation in MUTATIONS.items():
        if _changes(mutation.test):
            MUTATIONS[name].apply(checkout(place / name))
            own = {*called} & _reached(mutation.test)[1]
            free = (mutants for mutants in packed if not own & mutants.keys())
            fitting = next(free, None)
            if fitting is None:
                packed.append(fitting := {})
            fitting.update(dict.fromkeys(own, name))
    done = []
    for number, mutants in enumerate(packed):
        copy = _copy(place / str(number))
        text = (copy / file).read_text()
        for call, name in mutants.items():
            text = text.replace(
                f'module "{call}" {{\n  source = "@module"', f'module "{call}" {{\n  source = "@module//../{name}"'
            )
        (copy / file).write_text(text)
        done.append(({*mutants.values()}, _run(copy, "changes").stdout))
    return done


def _tried(test: str, name: str, request: pytest.FixtureRequest, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A test where a mutation is, or nothing."""
    if _is_planned(test):
        return _run(request.getfixturevalue("reader"), test, PLANNED=str(request.getfixturevalue("plans")[name]))
    copy = _copy(tmp_path / "repository")
    if name in MUTATIONS:
        MUTATIONS[name].apply(copy)
    named = _reached(test)[1]
    for file in (copy / "tests/plan/rejected").glob("*.tf"):
        file.write_text(CALL.sub(lambda call: call[0] if call[1] in named else "", file.read_text()))
    return _run(copy, test)


def _in_groups(tests: Mapping[str, str]) -> list[Any]:
    """What is planned together is tried in one worker."""
    groups = {
        name: "mutations" if _is_planned(test) else "mutated changes" if _changes(test) else ""
        for name, test in tests.items()
        if name not in MUTATIONS or not MUTATIONS[name].error
    }
    return [
        pytest.param(name, marks=pytest.mark.xdist_group(groups[name]) if groups.get(name) else ()) for name in tests
    ]


@pytest.mark.parametrize("test", _in_groups({test: test for test in TESTS}))
def test_nothing_is_noticed_where_nothing_is_taken_away(
    test: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Or everything below would be noticed, whatever it is."""
    if _changes(test):
        found = [output for _, output in request.getfixturevalue("rounds") if not _failed(test, output)]
        assert any(re.search(r"\d passed", output) for output in found)
    else:
        done = _tried(test, test, request, tmp_path)
        assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("name", _in_groups({name: mutation.test for name, mutation in MUTATIONS.items()}))
def test_a_plan_test_notices_the_mutation(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    test, error = MUTATIONS[name].test, MUTATIONS[name].error
    if error:
        said = _root(tmp_path.resolve(), {"mutated": (test, name)}).plan_diagnostics()
        assert any(error in f"{each.summary} {each.detail}" for each in said), f"nobody noticed:\n{said}"
        return
    if _changes(test):
        (output,) = [output for names, output in request.getfixturevalue("rounds") if name in names]
    else:
        output = _tried(test, name, request, tmp_path).stdout

    assert _failed(test, output), f"nobody noticed:\n{output[-3000:]}"


def _failed(test: str, output: str) -> bool:
    return f"\nFAILED {_file(test)}::{test.partition('::')[2].removesuffix(']')}" in output
