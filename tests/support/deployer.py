"""The documented rights of whoever runs Terraform (``docs/deployer``)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from support.terraform import REPOSITORY

POLICIES: Final = REPOSITORY / "docs" / "deployer"

# What nobody asks for by name: AWS demands it of the caller of another operation (GetFunction shows tags only to those
# who may list them).
IMPLIED: Final = frozenset({"iam:PassRole", "lambda:GetLayerVersion", "lambda:ListTags"})
# What Terraform asks for only when something is changed, or is on that is off unless somebody wants it.
CHANGES: Final = frozenset(
    {
        *("cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"),
        *("cloudwatch:TagResource", "cloudwatch:UntagResource", "dynamodb:TagResource", "dynamodb:UntagResource"),
        *("dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable"),
        *("cognito-idp:TagResource", "cognito-idp:UntagResource", "cognito-idp:UpdateUserPool"),
        *("iam:TagRole", "iam:UntagRole"),
        *(
            "iam:UpdateAssumeRolePolicy",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:UpdateAlias",
            "lambda:TagResource",
        ),
        *("lambda:UntagResource", "lambda:UpdateAlias", "lambda:UpdateFunctionCode"),
        *("lambda:UpdateFunctionConfiguration", "lambda:PublishVersion", "logs:TagResource", "logs:UntagResource"),
        *("sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"),
    }
)


def documented(*names: str) -> frozenset[str]:
    """Every action of these policies."""
    return frozenset(
        action
        for name in names
        for statement in json.loads((POLICIES / f"{name}.json").read_text())["Statement"]
        for action in statement["Action"]
    )


def difference(asked: Iterable[str], *names: str) -> dict[str, list[str]]:
    """What Terraform asked for and the policies do not allow, and what they allow and nobody asked for."""
    granted = documented(*names)
    return {
        "not allowed": sorted(set(asked) - granted),
        "not needed": sorted(granted - set(asked) - IMPLIED - CHANGES),
    }
