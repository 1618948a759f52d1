"""What the README says about outcomes, variables and outputs is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from custom_sender.outcome import POLICY

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text()
ROWS = {
    row[0].strip("`"): row for row in (line.strip("| ").split(" | ") for line in README.splitlines()) if len(row) == 4
}


def test_the_table_of_outcomes_is_the_policy(subtests: pytest.Subtests) -> None:
    for outcome, policy in POLICY.items():
        with subtests.test(outcome=outcome):
            _, _, failover, retry = ROWS[outcome]
            assert (failover, retry) == ("yes" if policy.failover else "no", "yes" if policy.retry else "no")


def _files(pattern: str) -> str:
    return "\n".join(file.read_text() for file in sorted(REPOSITORY.glob(pattern)))


@pytest.mark.parametrize("kind", ["variable", "output"])
def test_every_variable_and_output_is_explained(kind: str) -> None:
    declared = re.findall(rf'^{kind} "(\w+)"', _files(f"{kind}s*.tf"), re.MULTILINE)
    section = README.split(f"\n## {kind.capitalize()}s\n")[1].split("\n## ")[0]
    assert declared
    assert [name for name in declared if f"`{name}`" not in section] == []


def test_every_attribute_of_a_variable_is_explained() -> None:
    attributes = set(re.findall(r"^ +(\w+) += optional\(", _files("variables*.tf"), re.MULTILINE))
    # Those of the pool's triggers and password policy are Cognito's own, in the README of modules/user-pool.
    pool = set(re.findall(r"^ +(\w+) += optional\(", _files("modules/user-pool/variables.tf"), re.MULTILINE))
    missing = sorted(name for name in attributes - pool if not re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", README))
    assert missing == []
