"""Roots that plan offline, for tests."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from localaws import REPOSITORY
from localaws.terraform import Plan, Terraform, Toolchain

# Credentials that no AWS account knows. The provider wants some even when nothing is called.
FAKE_CREDENTIALS: Final[Mapping[str, str]] = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}

# The plans of the tests touch no AWS: the provider must not ask STS who it is nor EC2 where it runs.
OFFLINE_PROVIDER: Final = """\
provider "aws" {{
  {alias}region                      = "{region}"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}}
"""

_VERSIONS: Final = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
"""


def offline_root(
    directory: Path,
    files: Mapping[str, str],
    *,
    regions: Mapping[str, str] | None = None,
    tools: Toolchain | None = None,
) -> Terraform:
    """A root directory that plans offline: ``files`` (name → HCL) plus provider blocks, initialized.

    :param regions: provider alias → Region; the alias ``""`` is the default provider (eu-central-1 when not given).
    """
    directory.mkdir(parents=True, exist_ok=True)
    providers = {"": "eu-central-1", **(regions or {})}
    blocks = [
        OFFLINE_PROVIDER.format(region=region, alias=f'alias  = "{alias}"\n  ' if alias else "")
        for alias, region in providers.items()
    ]
    (directory / "providers.tf").write_text(_VERSIONS + "".join(blocks))
    for name, text in files.items():
        (directory / name).write_text(text)
    terraform = Terraform(directory, FAKE_CREDENTIALS, tools=tools)
    terraform.init()
    return terraform


def plan_snippets(
    directory: Path, snippets: Mapping[str, str], *, regions: Mapping[str, str] | None = None
) -> tuple[Plan, Terraform]:
    """Plan several pieces of HCL at once, each as a module of its own in one generated root.

    A plan costs seconds however little is in it, so sixty snippets cost one plan. Each snippet becomes
    ``module.<name>``; ``source = "@module"`` (and ``"@module//modules/user-pool"``) in it stands for this repository.

    :param snippets: module name → HCL of its files, already able to stand alone.
    :raises TerraformError: with every snippet's errors, when any of them does not plan.
    """
    calls: list[str] = []
    for name, text in snippets.items():
        place = directory / "snippets" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "main.tf").write_text(resolve_module_source(text, place))
        for package in re.findall(r"\$\{path\.module\}/([\w-]+\.zip)", text):
            shutil.copy(
                REPOSITORY / "function/dist/custom-sender.zip", place / package
            )  # beside the reader's own files
        calls.append(f'module "{name}" {{\n  source = "./snippets/{name}"\n}}\n')
    terraform = offline_root(directory, {"main.tf": "\n".join(calls)}, regions=regions)
    return terraform.plan(refresh=False), terraform


def resolve_module_source(text: str, directory: Path) -> str:
    """Put the path to this repository, as seen from ``directory``, where a snippet says ``source = "@module…"``."""
    root = os.path.relpath(REPOSITORY, directory.resolve())

    def path(match: re.Match[str]) -> str:
        return f'{match[1]}"{root}{"/" + match[2] if match[2] else ""}"'

    return re.sub(r'(source\s*=\s*)"@module(?://([^"]+))?"', path, text)
