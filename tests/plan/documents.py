"""Reading what a plan says: policies as JSON, and what the function will be told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from plan.constants import HASH_KEY
from support.environment import base64gzip

if TYPE_CHECKING:
    from localaws.terraform import Change
    from plan.conftest import Scenario

FUNCTION = "aws_lambda_function.this"
FUNCTION_POLICY = 'aws_iam_role_policy.this["function"]'
SENDERS_POLICY = 'aws_iam_role_policy.this["senders"]'


def document(change: Change, attribute: str = "policy") -> dict[str, Any]:
    """A policy document of a resource."""
    parsed: dict[str, Any] = json.loads(change.values[attribute])
    return parsed


def statements(change: Change, attribute: str = "policy") -> dict[str, dict[str, Any]]:
    """The statements of a policy document by their Sid."""
    parsed = document(change, attribute)
    assert parsed["Version"] == "2012-10-17"
    found = {statement.pop("Sid"): statement for statement in parsed["Statement"]}
    assert len(found) == len(parsed["Statement"]), "a Sid is used twice"
    return found


def configuration(scenario: Scenario) -> dict[str, Any]:
    """What the plan shows of what the function will be told; what is unknown until apply is left out."""
    shown: dict[str, Any] = scenario["terraform_data.configuration"].values["input"]
    return shown


def settings(scenario: Scenario) -> dict[str, Any]:
    """The settings, which every plan knows."""
    found: dict[str, Any] = configuration(scenario)["settings"]
    return found


def senders(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """The senders' settings, without what is not set."""
    found: dict[str, dict[str, Any]] = _without_nulls(settings(scenario)["senders"])
    return found


def _without_nulls(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_nulls(value) for name, value in node.items() if value is not None}
    return [_without_nulls(item) for item in node] if isinstance(node, list) else node


def references(scenario: Scenario) -> dict[str, Any]:
    """What is laid into the settings, by dotted path, without what is not set."""
    found: dict[str, Any] = _without_nulls(configuration(scenario)["references"])
    return found


def environment(scenario: Scenario) -> dict[str, str]:
    """The environment that the function will have, where the plan knows all that is in it (``Call.is_known``)."""
    shown = configuration(scenario)
    return {
        "SENDER_CONFIG": base64gzip({name: shown[name] for name in ("format", "settings")}),
        "SENDER_REFERENCES": json.dumps(references(scenario)),
        "SENDER_HASH_KEY": HASH_KEY,
    }
