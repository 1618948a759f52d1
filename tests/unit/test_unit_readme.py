"""What README and documentation say about outcomes, senders and attributes is what the code says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from custom_sender.outcome import POLICY
from support.pages import README, text

REPOSITORY = Path(__file__).resolve().parents[2]
ROWS = {
    row[0].strip("`"): row for row in (line.strip("| ").split(" | ") for line in text().splitlines()) if len(row) == 4
}


def test_the_table_of_outcomes_is_the_policy(subtests: pytest.Subtests) -> None:
    for outcome, policy in POLICY.items():
        with subtests.test(outcome=outcome):
            _, _, failover, retry = ROWS[outcome]
            assert (failover, retry) == ("yes" if policy.failover else "no", "yes" if policy.retry else "no")


def _files(pattern: str) -> str:
    return "\n".join(file.read_text() for file in sorted(REPOSITORY.glob(pattern)))


def test_the_readme_names_every_kind_of_sender() -> None:
    kinds = json.loads((REPOSITORY / "function/src/custom_sender/senders/kinds.json").read_text())["kinds"]
    assert [kind for kind in kinds if f"\n| `{kind}`" not in README.read_text()] == []


def test_every_attribute_of_a_variable_is_explained() -> None:
    attributes = set(re.findall(r"^ +(\w+) += optional\(", _files("variables*.tf"), re.MULTILINE))
    explained = text() + _files("variables*.tf") + _files("modules/user-pool/README.md")
    # Those of the pool's triggers and password policy are Cognito's own, in the README of modules/user-pool.
    pool = set(re.findall(r"^ +(\w+) += optional\(", _files("modules/user-pool/variables.tf"), re.MULTILINE))
    missing = sorted(name for name in attributes - pool if not re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", explained))
    assert missing == []
