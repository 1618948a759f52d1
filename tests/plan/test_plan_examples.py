"""Every example plans as it stands, is formatted, and gives a scanner nothing to say."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localaws import REPOSITORY
from localaws.terraform import Plan, Terraform, checkout
from plan.documents import FUNCTION, SENDERS_POLICY

EXAMPLES = sorted(path.parent.name for path in (REPOSITORY / "examples").glob("*/main.tf"))
CHECKOV = REPOSITORY / ".venv/checkov/bin/checkov"


def test_every_example_is_known_here() -> None:
    known = {"complete", "email", "existing-pool", "local", "minimal", "redirect-to-email", "sms-and-email"}
    assert set(EXAMPLES) == known | {"two-states-pool", "two-states-sender"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_is_a_root_that_someone_can_copy(name: str) -> None:
    directory = REPOSITORY / "examples" / name

    assert {path.name for path in directory.glob("*.*")} >= {"README.md", "main.tf", "outputs.tf", "versions.tf"}
    code = "".join(path.read_text() for path in directory.glob("*.tf"))
    # Region and credentials come from the environment, as for the AWS CLI; so an example is the same here and on AWS.
    assert not re.search(r'^provider "', code, re.MULTILINE)
    assert "endpoints" not in code
    assert 'version = ">= 5.100, < 7.0"' in code


def test_every_file_is_formatted() -> None:
    assert Terraform(REPOSITORY).fmt_differences() == ""


def test_every_example_has_a_plan(examples: Plan) -> None:
    names = {address.split(".")[1] for address in examples.changes}

    assert names == {name.replace("-", "_") for name in EXAMPLES} | {"redirect_existing_pool"}


def test_local_is_what_the_demo_needs(examples: Plan) -> None:
    local = examples.below("module.local")
    pool = local["module.sender.module.user_pool[0].aws_cognito_user_pool.this"].values

    assert pool["username_attributes"] == ["phone_number"]
    assert pool["mfa_configuration"] == "OPTIONAL"
    assert pool["deletion_protection"] == "INACTIVE"
    assert "ALLOW_USER_PASSWORD_AUTH" in local["aws_cognito_user_pool_client.app"].values["explicit_auth_flows"]


def test_minimal_has_a_pool_of_its_own(examples: Plan) -> None:
    minimal = examples.below("module.minimal")

    assert 'module.sender.aws_kms_grant.decrypt["main/function/key"]' in minimal
    references = examples.configuration.child("minimal").references("aws_cognito_user_pool.main", "lambda_config")
    assert "module.sender.lambda_config.kms_key_id" in references
    assert "module.sender.lambda_config.custom_sms_sender.lambda_arn" in references


def test_email_alone_and_beside_sms_put_their_triggers_on_the_pool(examples: Plan) -> None:
    for name, senders in (("email", {"email"}), ("sms_and_email", {"email", "sms"})):
        pool = examples.below(f"module.{name}")["module.sender.module.user_pool[0].aws_cognito_user_pool.this"]
        config = pool.values["lambda_config"][0]
        assert {channel for channel in ("email", "sms") if config[f"custom_{channel}_sender"]} == senders


def test_complete_keeps_secrets_out_of_the_plan(examples: Plan) -> None:
    text = json.dumps(examples.document)

    assert "whsec_c2VjcmV0" not in json.dumps(examples.document["planned_values"])
    assert "whsec_c2VjcmV0" not in json.dumps(examples.document["resource_changes"])
    assert text.count("whsec_c2VjcmV0") <= 1  # the literal of the test's own root
    secret = examples.below("module.complete")["aws_secretsmanager_secret_version.twilio"]
    assert secret.values["secret_string"] is None
    assert secret.values["secret_string_wo"] is None


def test_complete_is_protected_and_watched(examples: Plan) -> None:
    complete = examples.below("module.complete")
    configuration = examples.configuration.child("complete")

    ledger = complete["module.sender.aws_dynamodb_table.ledger[0]"]
    assert ledger.is_unknown("server_side_encryption.0.kms_key_arn")
    alarms = [change for change in complete.values() if change.type == "aws_cloudwatch_metric_alarm"]
    assert len(alarms) == 12 - len({"over_limit"}), "its limits are enforced, so none is only watched"
    monitoring = configuration.call("sender")["monitoring"]["references"]
    assert "aws_sns_topic.on_call.arn" in monitoring
    assert "module.sender.aws_cloudwatch_dashboard.this[0]" in complete
    # Testers in no route: nobody else's message may go to their topic.
    assert "testers" not in str(configuration.call("sender")["sms"]["constant_value"])


def test_complete_takes_the_package_that_needs_no_layer(examples: Plan) -> None:
    function = examples.below("module.complete")["module.sender.aws_lambda_function.this"]
    assert function.values["filename"].endswith("examples/../function/dist/custom-sender.zip")
    assert not function.values["layers"]


def test_existing_pool_is_attached_to_and_two_states_are_not(examples: Plan) -> None:
    assert "module.attachment.aws_lambda_invocation.attachment" in examples.below("module.existing_pool")
    for name in ("two_states_pool", "two_states_sender"):
        assert not [address for address in examples.below(f"module.{name}") if "invocation.attachment" in address]
    owner = examples.below("module.two_states_pool")["aws_cognito_user_pool.main"]
    assert len(owner.values["lambda_config"]) == 1


def test_redirect_sends_nothing_to_a_phone(examples: Plan) -> None:
    for name in ("redirect_to_email", "redirect_existing_pool"):
        redirect = examples.below(f"module.{name}")
        assert redirect["aws_sns_topic_subscription.mailbox"].values["protocol"] == "email"
        policy = redirect[f"module.sender.{SENDERS_POLICY}"]
        references = examples.configuration.child(name).references("aws_sns_topic_subscription.mailbox", "topic_arn")
        assert "aws_sns_topic.messages.arn" in references
        assert policy.is_unknown("policy") or "NotResource" not in policy.values["policy"]


def test_redirect_makes_a_pool_or_uses_one(examples: Plan) -> None:
    made = "module.sender.module.user_pool[0].aws_cognito_user_pool.this"

    assert made in examples.below("module.redirect_to_email")
    existing = examples.below("module.redirect_existing_pool")
    assert made not in existing
    permission = existing['module.sender.aws_lambda_permission.cognito["existing"]']
    assert permission.values["source_arn"].endswith("userpool/eu-central-1_AbCdEf123")


def test_every_example_uses_the_committed_package(examples: Plan) -> None:
    for name in ("local", "minimal", "complete", "redirect_to_email"):
        values = examples.below(f"module.{name}")[f"module.sender.{FUNCTION}"].values
        assert values["filename"].endswith("/function/dist/custom-sender.zip")


# The scanner


def _checkov(*arguments: str) -> dict[str, Any]:
    if not CHECKOV.is_file():
        pytest.fail(f"checkov is not in {CHECKOV.parents[1]}: run `make test`, which puts it there.")
    environment = {name: value for name, value in os.environ.items() if name in {"HOME", "LANG", "PATH", "TMPDIR"}}
    done = subprocess.run(
        [str(CHECKOV), *arguments, "--output", "json", "--skip-download"],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "CHECKOV_RUN_SCA_PACKAGE_SCAN": "false"},
        timeout=300,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        pytest.fail(f"checkov said no JSON:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return report


def _failures(report: dict[str, Any]) -> list[str]:
    return [f"{check['check_id']} {check['resource']}" for check in report["results"]["failed_checks"]]


@pytest.fixture(scope="module")
def scanned_plan(examples: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """checkov's report on the plan of the examples."""
    file = tmp_path_factory.mktemp("checkov") / "examples.json"
    file.write_text(json.dumps(examples.document))
    # The enrichment makes it see the skips that stand in the code, with their reasons.
    return _checkov(
        "-f", str(file), "--framework", "terraform_plan", "--repo-root-for-plan-enrichment", str(REPOSITORY)
    )


def test_checkov_finds_nothing_in_the_plans(scanned_plan: dict[str, Any]) -> None:
    assert scanned_plan["summary"]["passed"] > 200
    assert _failures(scanned_plan) == []


def test_checkov_finds_nothing_in_the_code(tmp_path: Path) -> None:
    """The examples stand apart from the module: else it is looked at once more for each, which the plans above do."""
    code = checkout(tmp_path)
    (code / "apart").mkdir()
    (code / "examples").rename(code / "apart/examples")
    report = _checkov("-d", str(code), "--framework", "terraform")

    assert report["summary"]["passed"] > 40
    assert report["results"]["parsing_errors"] == [], "scanners read HCL more narrowly than Terraform"
    assert _failures(report) == []


def test_every_skip_has_a_reason() -> None:
    skips = [
        line.strip()
        for pattern in ("modules/**/*.tf", "examples/**/*.tf", "*.tf")
        for source in REPOSITORY.glob(pattern)
        for line in source.read_text().splitlines()
        if "checkov:skip" in line
    ]

    assert skips
    assert not [skip for skip in skips if not re.fullmatch(r"#checkov:skip=CKV2?_AWS_\d+:\S.{7,}", skip)]
