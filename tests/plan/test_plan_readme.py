"""Every HCL block of README and documentation is what it claims to be: formatted, and accepted by `terraform plan`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from localaws import REPOSITORY
from localaws.terraform import Plan, toolchain
from support.pages import PAGES, blocks
from support.roots import plan_snippets

# What the reader has already: resources that a block refers to and does not define.
SURROUNDINGS = {
    "aws_pinpointsmsvoicev2_phone_number.login": """
resource "aws_pinpointsmsvoicev2_phone_number" "login" {
  iso_country_code    = "US"
  message_type        = "TRANSACTIONAL"
  number_type         = "TOLL_FREE"
  number_capabilities = ["SMS"]
}
""",
    "aws_secretsmanager_secret.twilio": """
resource "aws_secretsmanager_secret" "twilio" {
  name = "twilio"
}
""",
    "aws_secretsmanager_secret.postmark": """
resource "aws_secretsmanager_secret" "postmark" {
  name = "postmark"
}
""",
    "aws_sesv2_email_identity.acme": """
resource "aws_sesv2_email_identity" "acme" {
  email_identity = "acme.com"
}
""",
    "aws_iam_role.cognito_sms": """
resource "aws_iam_role" "cognito_sms" {
  assume_role_policy = "{}"
}
""",
    "aws_iam_role.email_sender": """
resource "aws_iam_role" "email_sender" {
  assume_role_policy = "{}"
}
""",
    "aws_cognito_user_pool.main": """
resource "aws_cognito_user_pool" "main" {
  name = "acme"
}
""",
}


def _blocks() -> dict[str, str]:
    return {
        re.sub(r"\W", "_", f"{page.relative_to(REPOSITORY).with_suffix('')}_{number}"): block
        for page in PAGES
        for number, block in enumerate(blocks(page, "hcl"), 1)
    }


BLOCKS = _blocks()


def _standing_alone(block: str) -> str:
    """The block with this repository as its source, and with the resources that it takes for granted."""
    text = re.sub(r'(source\s*=\s*)"…', r'\1"@module', block)
    for address, resource in SURROUNDINGS.items():
        kind, name = address.split(".")
        if re.search(rf"\b{re.escape(address)}\b", block) and f'resource "{kind}" "{name}"' not in block:
            text += resource
    return text


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """All blocks, each as a module of its own, planned at once."""
    snippets = {name: _standing_alone(block) for name, block in BLOCKS.items()}
    return plan_snippets(tmp_path_factory.mktemp("readme"), snippets)[0]


def test_the_pages_show_the_compositions() -> None:
    assert len(BLOCKS) >= 5


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_of_the_readme_has_a_plan(plan: Plan, name: str) -> None:
    created = [change for change in plan.below(f"module.{name}").values() if change.actions == ("create",)]
    assert created, "the block creates nothing"


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_of_the_readme_is_formatted(name: str, tmp_path: Path) -> None:
    (tmp_path / "block.tf").write_text(BLOCKS[name])
    done = subprocess.run(
        [str(toolchain().binary), "fmt", "-diff", "-check", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
