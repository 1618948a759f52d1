"""Who is calling. Credentials that were minted here belong to a role's session or to an AWS service.

Those of ``sts:AssumeRole`` belong to a session of that role. Any other credentials are the deployer's: identity
policies do not stop them (key policies and resource policies do).
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from localaws import policy


@dataclass(frozen=True, slots=True)
class Deployer:
    """Terraform, a test, a person: an administrator of the account."""

    account: str
    partition: str = "aws"

    @property
    def arn(self) -> str:
        """As messages name the principal."""
        return f"arn:{self.partition}:iam::{self.account}:user/deployer"

    @property
    def label(self) -> str:
        """As the journal names the principal."""
        return self.arn

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """The forms in which a resource policy may name this caller."""
        return frozenset({("AWS", self.arn), ("AWS", f"arn:{self.partition}:iam::{self.account}:root")})


@dataclass(frozen=True, slots=True)
class RoleSession:
    """Temporary credentials of a role: those that a function runs with, or somebody has assumed."""

    role_arn: str
    session: str

    @property
    def account(self) -> str:
        """The account of the role."""
        return self.role_arn.split(":")[4]

    @property
    def partition(self) -> str:
        """aws, aws-cn or aws-us-gov."""
        return self.role_arn.split(":")[1]

    @property
    def arn(self) -> str:
        """As messages name the principal."""
        role = self.role_arn.rsplit("/", 1)[-1]
        return f"arn:{self.partition}:sts::{self.account}:assumed-role/{role}/{self.session}"

    @property
    def label(self) -> str:
        """As the journal names the principal: the role."""
        return self.role_arn

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """The forms in which a resource policy may name this caller, except as the whole account."""
        return frozenset({("AWS", self.role_arn), ("AWS", self.arn)})


@dataclass(frozen=True, slots=True)
class Service:
    """An AWS service that acts for a resource (Cognito for a user pool)."""

    name: str
    account: str
    source_arn: str
    partition: str = "aws"

    @property
    def arn(self) -> str:
        """As messages name the principal."""
        return self.name

    @property
    def label(self) -> str:
        """As the journal names the principal."""
        return self.name

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """The forms in which a resource policy may name this caller."""
        return frozenset({("Service", self.name)})


Principal = Deployer | RoleSession | Service


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a process signs its calls with."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)


class Mint:
    """Issues credentials and knows whose they are."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._principals: dict[str, Principal] = {}

    def issue(self, principal: Principal) -> Credentials:
        """New credentials for ``principal``; they do not expire."""
        access_key = "ASIA" + secrets.token_hex(8).upper()
        with self._lock:
            self._principals[access_key] = principal
        return Credentials(access_key, secrets.token_urlsafe(30), secrets.token_urlsafe(60))

    def principal(self, access_key: str) -> Principal:
        """Whose credentials these are."""
        with self._lock:
            issued = self._principals.get(access_key)
        if issued is not None:
            return issued
        assumed = sts_backends[self._account]["aws"].get_assumed_role_from_access_key(access_key)
        return RoleSession(assumed.role_arn, assumed.session_name) if assumed else Deployer(self._account)


class NoSuchRoleError(LookupError):
    """The role does not exist (any more)."""


@dataclass(frozen=True, slots=True)
class RolePolicies:
    """Everything that decides what a role may do by itself."""

    identity: tuple[policy.Statement, ...]
    boundary: tuple[policy.Statement, ...] | None
    trust: tuple[policy.Statement, ...]

    def decide(self, ask: policy.Ask) -> policy.Verdict:
        """Identity policies, cut by the permissions boundary."""
        verdict = policy.decide(self.identity, ask)
        if self.boundary is None or verdict is policy.Verdict.DENY:
            return verdict
        limit = policy.decide(self.boundary, ask)
        if limit is policy.Verdict.DENY:
            return policy.Verdict.DENY
        return verdict if limit is policy.Verdict.ALLOW else policy.Verdict.SILENT


def role_policies(role_arn: str) -> RolePolicies:
    """Read a role from moto.

    :raises NoSuchRoleError: when it is not there.
    """
    partition, account = role_arn.split(":")[1], role_arn.split(":")[4]
    backend = iam_backends[account][partition]
    role: Any = next((role for role in backend.get_roles() if role.arn == role_arn), None)
    if role is None:
        raise NoSuchRoleError(role_arn)
    documents: list[Any] = list(role.policies.values())
    documents += [_default_document(managed) for managed in role.managed_policies.values()]
    identity = [statement for document in documents for statement in policy.statements(document)]
    boundary = None
    if role.permissions_boundary_arn:
        boundary = tuple(policy.statements(_default_document(backend.get_policy(role.permissions_boundary_arn))))
    trust = policy.statements(role.assume_role_policy_document)
    return RolePolicies(tuple(identity), boundary, tuple(trust))


def _default_document(managed: Any) -> Any:
    return next(version.document for version in managed.versions if version.is_default)
