"""Reading what a plan says: policies as JSON, the environment as what the function will make of it."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from support.terraform import Change

FUNCTION = "module.sender_function.aws_lambda_function.this"
FUNCTION_POLICY = "module.sender_function.aws_iam_role_policy.function"
SENDERS_POLICY = "module.sender_function.aws_iam_role_policy.senders"


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


def environment(change: Change) -> dict[str, str]:
    """The environment of a function."""
    variables: dict[str, str] = change.values["environment"][0]["variables"]
    return variables


def settings(change: Change) -> dict[str, Any]:
    """What SENDER_SETTINGS says."""
    parsed: dict[str, Any] = json.loads(environment(change)["SENDER_SETTINGS"])
    return parsed


def messages(change: Change) -> dict[str, Any]:
    """What SENDER_MESSAGES says."""
    parsed: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(environment(change)["SENDER_MESSAGES"])))
    return parsed
