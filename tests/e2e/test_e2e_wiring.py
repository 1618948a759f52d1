"""Take one wire out of the module at a time: without any single one of them, no code arrives.

The other tests would not notice a wire that the embedded AWS does not ask for. So each case here is the module less one
block, applied for real, beside one that is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localaws.client import LocalAws
from localaws.terraform import Terraform, checkout

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("wiring")]

WIRES = {
    "grant": ("pools.tf", 'resource "aws_kms_grant" "decrypt"'),
    "permission": ("pools.tf", 'resource "aws_lambda_permission" "cognito"'),
    "trigger": ("modules/user-pool/main.tf", 'dynamic "custom_sms_sender"'),
}


@dataclass(frozen=True, slots=True)
class Applied:
    """The module whole and without each wire, in one embedded AWS."""

    aws: LocalAws
    outputs: Mapping[str, Any]

    def sign_up(self, case: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What a new user of that case got on the phone, and Cognito's attempts to run that case's function."""
        number = f"+49151123450{sorted(self.outputs).index(case):02d}"
        self.aws.client("cognito-idp").sign_up(
            ClientId=self.outputs[case]["client_id"],
            Username=number,
            Password="Correct-horse-7",
            UserAttributes=[{"Name": "phone_number", "Value": number}],
        )
        self.aws.settle()
        runs = [run for run in self.aws.invocations() if run["function"] == self.outputs[case]["function_name"]]
        return self.aws.inbox(number), [run for run in runs if run["kind"] == "async"]

    def missing(self, case: str) -> list[str]:
        """What the embedded AWS says that the pool of that case lacks: what a gap is found by (test_e2e_changes.py)."""
        return self.aws.missing_wires()[self.outputs[case]["user_pool_id"]]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """One apply of the whole module and of one copy of it per wire."""
    root = tmp_path_factory.mktemp("wiring")
    calls = ""
    for case in ("whole", *WIRES):
        checkout(root / case)
        if case in WIRES:
            file, start = WIRES[case]
            _cut(root / case / file, start)
            # It names both resources, and nothing here takes it.
            _cut(root / case / "outputs.tf", 'output "user_pool_access"')
        calls += (
            f'module "{case}" {{\n  source = "./{case}/examples/local"\n  name   = "sms-{case}"\n}}\n'
            f'output "{case}" {{\n  value = module.{case}\n}}\n'
        )
    (root / "main.tf").write_text(calls)
    with LocalAws(time_scale=60) as aws:
        terraform = Terraform(root, aws.environment())
        terraform.init()
        yield Applied(aws, terraform.apply())


def test_the_whole_module_delivers(applied: Applied) -> None:
    messages, runs = applied.sign_up("whole")
    assert len(messages) == 1
    assert [run["status"] for run in runs] == ["success"]
    assert applied.missing("whole") == []


def test_without_the_grant_nothing_can_be_decrypted(applied: Applied) -> None:
    messages, runs = applied.sign_up("grant")
    assert messages == []
    assert [run["status"] for run in runs] == ["error", "error", "error"]
    assert "grant" in runs[0]["error_message"], "the error names what to look at"
    assert applied.missing("grant") == ["grant"]


def test_without_the_permission_the_function_is_not_called(applied: Applied) -> None:
    messages, runs = applied.sign_up("permission")
    assert messages == []
    assert runs == []
    assert applied.missing("permission") == ["permission"]


def test_without_the_trigger_cognito_sends_by_itself(applied: Applied) -> None:
    messages, runs = applied.sign_up("trigger")
    assert runs == []
    assert [message["meta"].get("native") for message in messages] == [True]
    assert applied.missing("trigger") == ["trigger"]


def _cut(file: Path, start: str) -> None:
    """Take the block that starts with ``start`` out of a formatted file: it ends at the brace in the same column."""
    text = file.read_text()
    cut = re.sub(rf"^( *){re.escape(start)} \{{\n.*?^\1\}}\n", "", text, count=1, flags=re.MULTILINE | re.DOTALL)
    assert cut != text, f"there is no {start} in {file.name}"
    file.write_text(cut)
