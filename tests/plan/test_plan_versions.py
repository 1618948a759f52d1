"""All that the HCL uses exists in the lowest provider that the module allows, and in the newest, by their schemas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.provider_schema import ProviderSchema, hcl_texts, pins, used
from support.terraform import PROVIDER_RANGE

PINS = pins()
OLDER, NEWER = PINS[0], PINS[-1]


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
