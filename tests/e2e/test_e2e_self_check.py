"""A version that cannot work never gets a message: the apply fails with the function's words, and the old one goes on.

Each case is a call of the module that is applied three times: as it should be; with something wrong, and with other
senders, so that the role's rights change too; and mended.
"""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from custom_sender.settings import FORMAT
from localaws import REPOSITORY
from localaws.client import LocalAws
from localaws.terraform import Plan, Terraform, TerraformError, checkout
from plan.constants import SECRET
from support.stack import PASSWORD, Pool, arn_of, attach, existing_pool

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("self_check")]

PACKAGE: Final = REPOSITORY / "function" / "dist" / "custom-sender.zip"
BEFORE: Final = {"senders": "{ aws = { sns = {} } }"}
AFTER: Final = {"senders": "{ aws = { end_user_messaging = {} } }"}
OWN: Final = f"""{{
    aws = {{ end_user_messaging = {{}} }}
    own = {{ http = {{
      url        = "https://api.provider.example/messages"
      secret_arn = "{SECRET}"
      body       = jsonencode({{ to = "{{number}}", text = "{{text}}" }})
      rules      = [{{ outcome = "OUTCOME", status = ["200"] }}]
    }} }}
  }}"""
ROUTE: Final = {"sms": '{ allowed_countries = ["DE"], routes = { default = ["aws", "own"] } }'}


@dataclass(frozen=True, slots=True)
class Case:
    """Arguments of the call when it is wrong and when it is mended, and what the apply says in between."""

    wrong: Mapping[str, str]
    says: Sequence[str]
    mended: Mapping[str, str]


CASES: Final = {
    "description": Case(
        ROUTE | {"senders": OWN.replace("OUTCOME", "DELIVERED")},
        ["SettingsError", "senders.own.http.rules[0].outcome"],
        ROUTE | {"senders": OWN.replace("OUTCOME", "SENT")},
    ),
    "layer": Case(
        AFTER | {"package": "{ layers = [local.other_layer] }"},
        ["Unable to import module", "No module named"],
        AFTER,
    ),
    "format": Case(
        AFTER | {"package": '{ filename = "${path.module}/other.zip" }'},
        ["SettingsError", "SENDER_CONFIG: format 999, ", f"Got: {FORMAT}. Fix: "],
        AFTER,
    ),
}
DEFAULTS: Final = {
    "sms": '{ allowed_countries = ["DE"] }',
    "monitoring": "{ alarms = { enabled = false } }",
    # Terraform waits for half a minute for a queue, and for a table.
    "protection": "{ ledger = { enabled = false } }",
    "retries": "{ failure_queue = { enabled = false } }",
}


@dataclass(frozen=True, slots=True)
class Applied:
    """What there was after one of the applies: what it said if it failed, the alias's versions, who sends."""

    error: str
    versions: Mapping[str, str]
    channels: Mapping[str, Sequence[str]]
    state: Sequence[str]
    logged: Mapping[str, Sequence[str]]
    """What the functions have written before the first message."""


@dataclass(frozen=True, slots=True)
class Story:
    """The three applies, and the plan after the second one."""

    first: Applied
    wrong: Applied
    again: Plan
    mended: Applied


def _root(arguments: Mapping[str, Mapping[str, str]], pools: Mapping[str, str], there: Mapping[str, str]) -> str:
    text = f'locals {{\n  key = "{there["key"]}"\n  other_layer = "{there["other_layer"]}"\n}}\n'
    for case, given in arguments.items():
        whole = DEFAULTS | {
            "name": f'"checked-{case}"',
            "kms_key": "{ existing = { arn = local.key } }",
            "user_pools": f'{{ main = {{ arn = "{pools[case]}" }} }}',
            **given,
        }
        lines = "".join(f"  {name} = {value}\n" for name, value in whole.items())
        text += (
            f'module "{case}" {{\n  source = "./checkout"\n{lines}}}\noutput "{case}" {{\n  value = module.{case}\n}}\n'
        )
    return text


def _package_of_another_format(target: Path) -> None:
    """The module's own, as of another time."""
    committed = zipfile.ZipFile(PACKAGE)
    changed = 0
    with zipfile.ZipFile(target, "w") as other:
        for entry in committed.infolist():
            if entry.filename.endswith(".pyc"):
                continue  # it says what the source said before
            content, times = re.subn(
                rb"^FORMAT: Final = \d+$", b"FORMAT: Final = 999", committed.read(entry), flags=re.MULTILINE
            )
            changed += times
            other.writestr(entry, content)
    assert changed == 1, "the package says elsewhere which format it reads"


def _layer(aws: LocalAws) -> str:
    """A layer without the libraries."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.mkdir("python")
    answer = aws.client("lambda").publish_layer_version(LayerName="other", Content={"ZipFile": content.getvalue()})
    return str(answer["LayerVersionArn"])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    root = tmp_path_factory.mktemp("self_check")
    checkout(root / "checkout")
    _package_of_another_format(root / "other.zip")
    numbers = (f"+4915112345{number}" for number in itertools.count(100))
    with LocalAws(state=root / "aws") as aws:
        there = {"key": aws.client("kms").create_key()["KeyMetadata"]["Arn"], "other_layer": _layer(aws)}
        pools = {case: existing_pool(aws, case) for case in CASES}
        arns = {case: arn_of(aws, pool) for case, pool in pools.items()}
        terraform = Terraform(root, aws.environment())

        def apply(arguments: Mapping[str, Mapping[str, str]]) -> Applied:
            (root / "main.tf").write_text(_root(arguments, arns, there))
            error = ""
            before = {case: len(_logged(aws, case)) for case in CASES}
            try:
                outputs = terraform.apply()
            except TerraformError as failed:
                error, outputs = re.sub(r"[\s│]+", " ", str(failed)), {}
            logged = {case: _logged(aws, case)[before[case] :] for case in CASES}
            for case in outputs:
                attach(aws, pools[case], outputs[case]["lambda_config"])
            return Applied(
                error=error,
                versions={case: _version(aws, case) for case in CASES},
                channels={case: _sign_up(aws, pools[case], next(numbers)) for case in CASES},
                state=terraform.state(),
                logged=logged,
            )

        (root / "main.tf").write_text(_root(dict.fromkeys(CASES, BEFORE), arns, there))
        terraform.init()
        first = apply(dict.fromkeys(CASES, BEFORE))
        wrong = apply({name: case.wrong for name, case in CASES.items()})
        again = terraform.plan()
        mended = apply({name: case.mended for name, case in CASES.items()})
    return Story(first, wrong, again, mended)


def _logged(aws: LocalAws, case: str) -> list[str]:
    """What the function itself and its runtime have written, without what Lambda writes of each invocation."""
    path = aws.state / "logs" / f"checked-{case}.log"
    lines = path.read_text().splitlines() if path.is_file() else []
    return [line for line in lines if not re.match(r"START |END |REPORT |INIT_START ", line)]


def _version(aws: LocalAws, case: str) -> str:
    answer = aws.client("lambda").get_alias(FunctionName=f"checked-{case}", Name="live")
    return str(answer["FunctionVersion"])


def _sign_up(aws: LocalAws, pool: Pool, number: str) -> list[str]:
    """By which channels a new user got the code."""
    aws.client("cognito-idp").sign_up(
        ClientId=pool.client_id,
        Username=number,
        Password=PASSWORD,
        UserAttributes=[{"Name": "phone_number", "Value": number}],
    )
    aws.settle()
    return [message["channel"] for message in aws.inbox(number)]


def _check(case: str) -> str:
    return f"module.{case}.aws_lambda_invocation.self_check[0]"


@pytest.mark.parametrize("case", CASES)
def test_a_version_that_is_well_goes_live_and_its_check_leaves_no_line(case: str, story: Story) -> None:
    assert story.first.error == ""
    assert story.first.logged[case] == []
    assert story.first.channels[case] == ["sns"]
    assert _check(case) in story.first.state


@pytest.mark.parametrize("case", CASES)
def test_what_no_plan_sees_fails_the_apply_with_the_functions_own_words(case: str, story: Story) -> None:
    (said,) = re.findall(rf"invoking Lambda Function \(checked-{case}\): (.*?) with module\.", story.wrong.error)
    for words in CASES[case].says:
        assert words in said


@pytest.mark.parametrize("case", CASES)
def test_a_failed_check_writes_the_runtimes_own_error_and_no_message_of_the_functions(case: str, story: Story) -> None:
    logged = "\n".join(story.wrong.logged[case])

    assert CASES[case].says[0] in logged
    assert '"outcome"' not in logged
    assert "CloudWatchMetrics" not in logged


@pytest.mark.parametrize("case", CASES)
def test_meanwhile_messages_go_on_through_the_old_version(case: str, story: Story) -> None:
    assert story.wrong.versions[case] == story.first.versions[case]
    assert story.wrong.channels[case] == ["sns"], "with the right that only the old version needs"


@pytest.mark.parametrize("case", CASES)
def test_the_next_apply_asks_again(case: str, story: Story) -> None:
    assert _check(case) not in story.wrong.state
    assert story.again.actions[_check(case)] == ("create",)
    assert story.again.actions[f"module.{case}.aws_lambda_alias.live"] == ("update",)


@pytest.mark.parametrize("case", CASES)
def test_the_mended_apply_moves_the_alias(case: str, story: Story) -> None:
    assert story.mended.error == ""
    assert int(story.mended.versions[case]) > int(story.first.versions[case])
    assert story.mended.channels[case] == ["end_user_messaging"]
