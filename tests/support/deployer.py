"""Whoever runs Terraform with the documented rights (``docs/deployer``) and no others."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from localaws import REPOSITORY
from localaws.client import LocalAws

POLICIES: Final = REPOSITORY / "docs" / "deployer"

# What nobody asks for by name: GetFunction shows tags only to those who may list them.
IMPLIED: Final = frozenset({"lambda:ListTags"})
# What Terraform asks for only when something is changed, or is on that is off unless somebody wants it.
CHANGES: Final = frozenset(
    {
        *("cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"),
        *("cloudwatch:TagResource", "cloudwatch:UntagResource", "dynamodb:TagResource", "dynamodb:UntagResource"),
        *("dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable"),
        *("cognito-idp:TagResource", "cognito-idp:UntagResource", "cognito-idp:UpdateUserPool"),
        *("iam:CreateServiceLinkedRole", "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"),
        *("iam:TagRole", "iam:UntagRole", "iam:UpdateRoleDescription"),
        *("iam:UpdateAssumeRolePolicy", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias"),
        *("lambda:DeleteFunctionConcurrency", "lambda:PutFunctionConcurrency"),
        *("lambda:GetFunctionConfiguration", "lambda:TagResource", "lambda:UntagResource"),
        *("lambda:UpdateAlias", "lambda:UpdateFunctionCode"),
        *("lambda:UpdateFunctionConfiguration", "lambda:PublishVersion", "logs:TagResource", "logs:UntagResource"),
        *("sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"),
    }
)

Policy = Sequence[Mapping[str, Any]]


def rights(policy: str, **names: str) -> Policy:
    """One of the policies, with values in the place of ``NAME`` and ``POOL``."""
    text = (POLICIES / f"{policy}.json").read_text()
    values = {"REGION": "eu-central-1", "ACCOUNT": "123456789012", **names}
    statements: Policy = json.loads(re.sub("|".join(values), lambda match: values[match[0]], text))["Statement"]
    return statements


class Deployer:
    """A role of these policies and nothing else, but for the actions of what a root has besides the module."""

    def __init__(self, aws: LocalAws, *policies: Policy, besides: Sequence[str] = ()) -> None:
        self._aws = aws
        self._iam = aws.client("iam")
        self._policies = policies
        self._name = f"deployer-{uuid.uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"AWS": aws.account}, "Action": "sts:AssumeRole"}
        made = self._iam.create_role(RoleName=self._name, AssumeRolePolicyDocument=_document([trust]))
        self._role_arn = str(made["Role"]["Arn"])
        for index, policy in enumerate(policies):
            self._put(str(index), policy)
        if besides:
            self._put("besides", [{"Effect": "Allow", "Action": besides, "Resource": "*"}])

    def environment(self) -> dict[str, str]:
        """What Terraform is run with."""
        return {**self._aws.environment(), **self._aws.assume(self._role_arn)}

    @contextmanager
    def without(self, action: str) -> Iterator[None]:
        """One right less, for the length of a block."""
        self._put("without", [{"Effect": "Deny", "Action": action, "Resource": "*"}])
        try:
            yield
        finally:
            self._iam.delete_role_policy(RoleName=self._name, PolicyName="without")

    def not_needed(self) -> list[str]:
        """What the policies allow, and has never been asked for."""
        asked = {call["action"] for call in self._aws.calls() if call["principal"] == self._role_arn}
        allowed = {action for policy in self._policies for statement in policy for action in statement["Action"]}
        return sorted(allowed - asked - IMPLIED - CHANGES)

    def _put(self, name: str, policy: Policy) -> None:
        self._iam.put_role_policy(RoleName=self._name, PolicyName=name, PolicyDocument=_document(policy))


def _document(policy: Policy) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": policy})
