"""``cognito-sender check``: what a plan's calls of the module do wrong, which Terraform says nothing about."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from cognito_sender.__main__ import main
from custom_sender.settings import FORMAT
from localaws import REPOSITORY
from localaws.terraform import Plan, Terraform, checkout, toolchain
from plan.calls import Call
from plan.constants import KEY
from support.roots import FAKE_CREDENTIALS, OFFLINE_PROVIDER, offline_root

HERE = Path(__file__).parent


class Said:
    """What a check printed."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        *self.lines, self.summary = text.splitlines()

    def about(self, path: str) -> list[str]:
        """What it says about a path and what is below it, without the path's beginning."""
        return [
            line.replace(f"{path}.", "", 1).replace(f"{path}: ", "", 1)
            for line in self.lines
            if f"{path}." in line or f"{path}: " in line
        ]


def check(document: Mapping[str, Any], root: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Check a plan, with its root's files beside it."""
    file = root / "plan.json"
    file.write_text(json.dumps(document))
    code = main(["check", str(file), "--root", str(root)])
    return Said(code, capsys.readouterr().out)


# The module's own plans


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """The check of a plan of all calls in ``checked``, as somebody runs it who stands in the root."""
    root = tmp_path_factory.mktemp("checked").resolve()
    shutil.copytree(HERE / "checked", root, dirs_exist_ok=True)
    for file in (*root.rglob("*.tf"), *root.rglob("*.tf.json")):
        file.write_text(file.read_text().replace("@module", os.path.relpath(REPOSITORY, file.parent)))
    # Terraform leaves out what is hidden, such as the twins of files that macOS puts on foreign disks.
    (root / "._main.tf").write_bytes(b'\0\x05\x16\x07 module "reference" { senders = {} }')
    with zipfile.ZipFile(root / "own.zip", "w") as archive:
        archive.writestr("handler.py", "")
    plan = offline_root(root, {}).plan(refresh=False)
    (root / "plan.json").write_text(json.dumps(plan.document))
    done = subprocess.run(
        [sys.executable, "-m", "cognito_sender", "check", "plan.json"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "cli"), str(REPOSITORY / "function/src")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return Said(done.returncode, done.stdout)


MISSPELLED = {
    "function": "Got: subnet_ids. Fix: did you mean function.vpc.subnet_ids?",
    "iam": "Got: permissions_boundary. Fix: did you mean permissions_boundary_arn?",
    "kms_key": "Got: arn. Fix: did you mean kms_key.existing.arn?",
    "monitoring": "Got: retention_in_days. Fix: did you mean log_retention_days?",
    "protection": "Got: blocked_prefix. Fix: did you mean sms.blocked_prefixes?",
    "senders.aws.sns": "Got: max_prise. Fix: did you mean max_price?",
    "sms.limits.number": "Got: max_per_hour. Fix: take it out, or write one of max, per_seconds, mode.",
}


@pytest.mark.parametrize("path", MISSPELLED)
def test_a_misspelled_attribute_is_named_with_what_was_meant(path: str, said: Said) -> None:
    rule = "Terraform drops an attribute that the module does not have, in silence"

    assert f"module.misspelled.{path}: {rule}. {MISSPELLED[path]}" in said.lines


def test_a_name_that_may_be_a_number_is_not_shown(said: Said) -> None:
    assert any("Got: a name of 14 characters." in line for line in said.about("module.misspelled.kms_key"))
    assert "5550001234" not in str(said.lines)


def test_a_misspelled_attribute_is_found_beside_a_secret_that_is_not_known_yet(said: Said) -> None:
    """The plan has no value of such an argument, so the caller's file is read."""
    found = said.about("module.reference")

    assert [line.partition(":")[0] for line in found] == ["senders.twilio.twilio", "senders.(no literal).http.rules[0]"]
    assert "Got: message_privat. Fix: did you mean message_privacy?" in found[0]
    assert "Got: state. Fix: did you mean status?" in found[1]


def test_what_is_no_literal_is_not_checked_and_says_so(said: Said) -> None:
    assert said.about("module.no_literal") == [
        f"not checked: {name}: no literal (main.tf:{_line_of(text)})"
        for name, text in {
            "protection.ledger": "  protection = { ledger = local.key",
            "senders": "  senders    = local.senders",
            "sms": "  sms        = merge(",
        }.items()
    ]


def _line_of(beginning: str) -> int:
    lines = (HERE / "checked/main.tf").read_text().splitlines()
    (found,) = [number for number, line in enumerate(lines, 1) if line.startswith(beginning)]
    return found


def test_a_file_that_does_not_parse_is_not_checked_and_says_so(said: Said) -> None:
    unread, misspelled = said.about("module.unreadable")

    assert "Got: blocked." in misspelled, "the plan has that one"
    assert unread == "not checked: senders: unreadable.tf does not parse (line 3)"


def test_a_call_in_a_module_with_a_local_source_is_followed(said: Said) -> None:
    (found,) = said.about("module.wrapper.module.sender")

    assert found.startswith("senders.vonage.vonage: ")
    assert "Got: entity. Fix: did you mean entity_id?" in found


def test_an_override_file_has_the_last_word(said: Said) -> None:
    (found,) = said.about("module.overridden")

    assert found.startswith("senders.twilio.twilio: ")
    assert "Got: form." in found


def test_a_call_in_json_is_read_too(said: Said) -> None:
    template, expression, misspelled = said.about("module.json")

    assert template == "not checked: iam: no literal"
    assert expression == "not checked: kms_key: no literal (call.tf.json)"
    assert misspelled.startswith("senders.twilio.twilio: ")
    assert "Got: form." in misspelled


def test_an_identity_of_another_region_is_named_before_the_key_is_known(said: Said) -> None:
    (found,) = (line for line in said.about("module.other_region") if not line.startswith("not checked: "))

    assert found.startswith("senders.aws.end_user_messaging.protect_configuration_id: an ARN of eu-central-1, ")
    assert "Got: one of us-east-1. Fix: " in found


MISSPELLED_IN_SUBMODULES = {
    "attachment.monitoring": "Got: retention_days. Fix: did you mean log_retention_days?",
    "pool.mfa": "Got: mod. Fix: did you mean mode?",
    "pool.triggers": "Got: pre_token_generatoin. Fix: did you mean pre_token_generation?",
}


@pytest.mark.parametrize("path", MISSPELLED_IN_SUBMODULES)
def test_a_misspelled_attribute_is_found_in_a_pool_or_attachment_that_the_root_calls(path: str, said: Said) -> None:
    (found,) = (line for line in said.lines if f"module.{path}: " in line)

    assert found.endswith(MISSPELLED_IN_SUBMODULES[path])


def test_a_call_of_a_submodule_alone_is_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = os.path.relpath(REPOSITORY / "modules/user-pool", tmp_path)
    call = (HERE / "accepted/user_pool.tf").read_text().split("\n\n")[0].replace("../../../modules/user-pool", source)
    terraform = offline_root(tmp_path, {"main.tf": call.replace("local.key", f'"{KEY}"')})

    said = check(terraform.plan(refresh=False).document, tmp_path, capsys)

    assert (said.lines, said.summary, said.code) == (
        [],
        "calls of the module: 1, findings: 0, warnings: 0, not checked: 0",
        0,
    )


WITHOUT_EFFECT = {
    "kms_key": "Got: deletion_window_in_days, multi_region.",
    "monitoring.alarms.topic_arns": "Got: enabled = false.",
    "package.source_code_hash": "Got: none of filename, s3, image_uri.",
    "protection.ledger": "Got: point_in_time_recovery, kms_key_arn, deletion_protection.",
    "retries.failure_queue": "Got: retention_seconds, kms_key_arn.",
    "sms.country_locales": "Got: AT, CH.",
    "sms.india": "Got: no IN in sms.allowed_countries.",
    "sms.limits": "Got: protection.ledger.enabled = false.",
}


def test_what_has_no_effect_is_named(said: Said) -> None:
    found = said.about("module.without_effect")

    assert len(found) == len(WITHOUT_EFFECT)
    for path, got in WITHOUT_EFFECT.items():
        assert any(line.startswith(f"{path}: ") and got in line for line in found)


def test_depends_on_is_named_where_it_stands(said: Said) -> None:
    assert [line.partition(": ")[0] for line in said.lines if "depends_on: " in line] == [
        "module.waits.depends_on",
        "module.wrapper.depends_on",
    ]


@pytest.mark.parametrize("call", ["right", "perhaps_with_effect", "own_pool"])
def test_nothing_is_said_about_a_call_that_is_right(call: str, said: Said) -> None:
    assert [line for line in said.lines if f"module.{call}" in line] == []


def test_the_last_line_counts_and_the_exit_code_says_that_something_was_found(said: Said) -> None:
    instances = 10 + len({"pool", "attachment"}) + len({"wrapped-0", "wrapped-1"}) + len({"unreadable", "json"})
    unread = sum(line.startswith("not checked: ") for line in said.lines)

    assert said.summary == (
        f"calls of the module: {instances}, findings: {len(said.lines) - unread}, warnings: 0, not checked: {unread}"
    )
    assert said.code == 1


def test_every_example_is_clean(examples: Plan, examples_root: Terraform, capsys: pytest.CaptureFixture[str]) -> None:
    said = check(examples.document, examples_root.directory, capsys)

    assert [line for line in said.lines if not line.startswith("not checked: ")] == []
    assert said.code == 0


def test_nothing_that_the_module_accepts_is_wrong(
    accepted: Plan,
    accepted_calls: tuple[Mapping[str, Call], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The function's rules on all that Terraform's pass, also beside values that are not known yet."""
    repository = os.path.relpath(REPOSITORY, tmp_path.resolve())
    (tmp_path / "main.tf").write_text("".join(call.hcl(repository) for call in accepted_calls[0].values()))
    said = check(accepted.document, tmp_path, capsys)
    assert [line for line in said.lines if "there is no module" in line] == []
    region_unknown = "module.region_unknown.depends_on"
    advice = ["module.messages_all.sms.country_locales", "module.messages_all.sms.india", region_unknown]

    warnings = [line for line in said.lines if line.startswith("warning: ")]
    findings = sorted(line for line in said.lines if line not in warnings and not line.startswith("not checked: "))
    assert [line.partition(": ")[0] for line in findings] == advice
    in_clear = "warning: aws_ssm_parameter.unknown.value: the state holds it in clear."
    assert [line for line in warnings if "who reads this sender" not in line and not line.startswith(in_clear)] == []
    assert any(line.startswith(in_clear) for line in warnings)
    assert "not checked: module.http_unknown: senders.own.body: known after apply" in said.lines


# Plans of a module that refuses nothing, as another version might


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    root = tmp_path_factory.mktemp("other").resolve()
    shutil.copytree(HERE / "another_version", root, dirs_exist_ok=True)
    (root / "main.tf").write_text((root / "main.tf").read_text().replace("@here", str(root)))
    terraform = Terraform(root)
    terraform.init()
    return terraform


@pytest.fixture(scope="module")
def planned(other: Terraform) -> Plan:
    return other.plan()


@pytest.fixture
def said_of_other(planned: Plan, other: Terraform, capsys: pytest.CaptureFixture[str]) -> Said:
    return check(planned.document, other.directory, capsys)


def test_settings_are_judged_as_the_function_does(said_of_other: Said) -> None:
    (found,) = said_of_other.about("module.refused")

    assert found.startswith("sms.allowed_countries")


def test_a_sensitive_value_is_not_shown(said_of_other: Said) -> None:
    (found,) = said_of_other.about("module.secret")

    assert "Got: a sensitive value. Fix: " in found
    assert "geheim" not in str(said_of_other.lines)


def test_a_sensitive_value_without_effect_is_not_shown(said_of_other: Said) -> None:
    (found,) = said_of_other.about("module.secret_without_effect")

    assert found.startswith("sms.country_locales: ")
    assert "Got: a sensitive value. Fix: " in found


@pytest.mark.parametrize("call", ["not_known", "countries_not_known"])
def test_a_setting_that_is_not_known_is_not_refused(call: str, said_of_other: Said) -> None:
    assert said_of_other.about(f"module.{call}") == []


def test_what_is_not_known_as_a_whole_is_not_checked_and_says_so(said_of_other: Said) -> None:
    judged, compared = said_of_other.about("module.none_known")

    assert judged == "not checked: messages: known after apply"
    assert compared.startswith("not checked: messages: no literal (")


def test_a_plan_of_another_format_is_refused_with_both_formats(said_of_other: Said) -> None:
    (found,) = said_of_other.about("module.format")

    assert f"reads format {FORMAT} of the settings. Got: {FORMAT + 1}." in found


def test_a_call_in_a_module_from_elsewhere_is_not_followed_and_says_so(said_of_other: Said) -> None:
    assert said_of_other.about("module.from_elsewhere.module.sender") == [
        "not checked: senders: the source of module.from_elsewhere is no folder"
    ]


def test_a_folder_without_the_call_is_not_taken_for_the_right_one(
    planned: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = check(planned.document, tmp_path, capsys)

    assert "there is no module none_known in" in said.about("module.none_known")[1]


def test_a_root_that_is_the_module_itself_is_compared_with_its_variables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(HERE / "another_version/module", tmp_path, dirs_exist_ok=True)
    sms = {"allowed_countries": ["DE"], "routes": {"default": ["aws"]}, "limits": {"number": {"most": 3}}}
    (tmp_path / "terraform.tfvars.json").write_text(json.dumps({"sms": sms}))
    terraform = Terraform(tmp_path)
    terraform.init()

    said = check(terraform.plan().document, tmp_path, capsys)

    assert any("Got: most." in line for line in said.about("variables.sms.limits.number"))


def test_a_call_that_goes_is_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Applied, then one call taken out, then all of it destroyed."""
    shutil.copytree(HERE / "another_version/module", tmp_path / "module")
    call = 'module "{}" {{\n  source = "./module"\n}}\n'
    (tmp_path / "main.tf").write_text(call.format("stays") + call.format("goes"))
    terraform = Terraform(tmp_path)
    terraform.init()
    terraform.apply()
    (tmp_path / "main.tf").write_text(call.format("stays"))
    gone = "not checked: module.goes: the plan takes it away"

    said = check(terraform.plan().document, tmp_path, capsys)
    assert (said.lines, said.summary, said.code) == (
        [gone],
        "calls of the module: 1, findings: 0, warnings: 0, not checked: 1",
        0,
    )

    said = check(terraform.plan(destroy=True).document, tmp_path, capsys)
    assert said.lines == [gone, "not checked: module.stays: the plan takes it away"]
    assert (said.summary, said.code) == ("calls of the module: 0, findings: 0, warnings: 0, not checked: 2", 0)

    state = tmp_path / "state.json"
    state.write_text(json.dumps(terraform.show(tmp_path / "terraform.tfstate")))
    assert main(["check", str(state)]) == 2
    assert "Got: the JSON of a state." in capsys.readouterr().err


def test_a_plan_without_a_call_cannot_be_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.tf").write_text('resource "terraform_data" "configuration" {\n  input = "of another"\n}\n')
    terraform = Terraform(tmp_path)
    terraform.init()
    plan = terraform.plan()
    (tmp_path / "plan.json").write_text(json.dumps(plan.document))

    assert main(["check", str(tmp_path / "plan.json")]) == 2
    assert "the plan has no call of the module. Fix: " in capsys.readouterr().err
    assert main(["check", str(plan.path)]) == 2
    assert "Got: the plan itself. Fix: terraform plan -out=plan.tfplan" in capsys.readouterr().err


# The example for pull requests: its files, beside the root of another example


@pytest.fixture(scope="module")
def pull_request(tmp_path_factory: pytest.TempPathFactory) -> PullRequest:
    return PullRequest(tmp_path_factory.mktemp("pull-request").resolve())


class PullRequest:
    """The minimal example with the files of ``examples/pull-request``, and a machine to run the workflow's commands."""

    def __init__(self, directory: Path) -> None:
        self.root = checkout(directory) / "examples/minimal"
        shutil.copytree(REPOSITORY / "examples/pull-request", self.root, dirs_exist_ok=True)
        (self.root / "providers.tf").write_text(OFFLINE_PROVIDER.format(region="eu-central-1", alias=""))
        self._workflow = yaml.safe_load((self.root / "plan.yml").read_text())["jobs"]["plan"]
        self._summary = directory / "summary.md"
        # As actions/checkout leaves it: the commit that merges the pull request, whose first parent is the base branch.
        for command in ("init --quiet", "add .", "commit --quiet -m base", "commit --quiet --allow-empty -m merge"):
            author = ("-c", "user.name=A", "-c", "user.email=a@acme.example")
            subprocess.run(["git", *author, *shlex.split(command)], cwd=self.root, check=True)
        programs = directory / "bin"
        programs.mkdir()
        (programs / "terraform").symlink_to(toolchain().binary)
        spec = "run --spec git+https://github.com/OWNER/NAME@v1.2.3 cognito-sender"
        run = f'{shlex.quote(sys.executable)} -m cognito_sender "${{@:5}}"'
        (programs / "pipx").write_text(f'#!/bin/bash -e\n[[ "${{*:1:4}}" == "{spec}" ]]\n{run}\n')
        (programs / "pipx").chmod(0o755)
        self._environment = {
            **Terraform(self.root, FAKE_CREDENTIALS).environment(),
            **self._workflow["env"],
            "GITHUB_STEP_SUMMARY": str(self._summary),
            "RUNNER_TEMP": str(directory),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "cli"), str(REPOSITORY / "function/src")]),
        }

    def run(self) -> tuple[list[str], str]:
        """Every command, also after one that failed: those that failed, and the summary."""
        self._summary.write_text("")
        commands = [step["run"] for step in self._workflow["steps"] if "run" in step]
        # GitHub's own way: docs.github.com, "jobs.<job_id>.steps[*].shell".
        done = [
            subprocess.run(["bash", "-e", "-c", command], cwd=self.root, env=self._environment, check=False).returncode
            for command in commands
        ]
        failed = [command for command, code in zip(commands, done, strict=True) if code]
        return [command.partition(" >")[0] for command in failed], self._summary.read_text()


def test_the_workflow_for_pull_requests_passes_a_plan_that_is_right(pull_request: PullRequest) -> None:
    failed, summary = pull_request.run()

    assert failed == []
    assert summary.startswith("## Cognito senders\n")
    assert "| sms | DE, US | aws (end_user_messaging) | its provider's | country 5000 in 3600 s (monitor), " in summary
    assert "\n\nNothing wrong was found." in summary
    assert not [path.name for path in pull_request.root.iterdir() if path.name in {"plan.json", "plan.tfplan"}]


def test_the_workflow_for_pull_requests_stops_a_plan_that_the_policy_forbids(pull_request: PullRequest) -> None:
    """Also one that changes the policy: it is the base branch's."""
    for name, ours, theirs in (("main.tf", '["DE", "US"]', '["DE", "SE"]'), ("policy.toml", '"US"]', '"SE"]')):
        file = pull_request.root / name
        text = file.read_text()
        assert ours in text
        file.write_text(text.replace(ours, theirs))
    failed, summary = pull_request.run()

    assert failed[0] == "terraform test"
    assert failed[1].startswith(
        'pipx run --spec "$CHECK" cognito-sender check plan.json --policy "$RUNNER_TEMP/policy.toml"'
    )
    assert len(failed) == 2
    assert "not within policy.toml: sms.allowed_countries. Got: SE. Fix: " in summary
