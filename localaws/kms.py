"""KMS as strict as AWS: key policy, grants with their constraints, state of the key. moto does the cryptography.

Authorization follows https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html: an explicit deny in
the key policy or in an identity policy ends it; then one of three must allow: the key policy by naming the caller, the
key policy by naming the account (then the caller's identity policies decide), or a grant.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.kms.models import kms_backends

from localaws.identity import Deployer, NoSuchRoleError, Principal, RoleSession, Service, role_policies
from localaws.journal import CallRecord, Journal
from localaws.policy import Ask, Verdict, decide, statements
from localaws.wire import Call, Response, ServiceError

_CRYPTOGRAPHIC: Final = frozenset(
    {"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt", "CreateGrant"},
)
_GRANT_OPERATIONS: Final = frozenset(
    {
        "CreateGrant",
        "Decrypt",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetPublicKey",
        "ReEncryptFrom",
        "ReEncryptTo",
        "RetireGrant",
        "Sign",
        "Verify",
        "VerifyMac",
        "DeriveSharedSecret",
    },
)
_BY_ID_ONLY: Final = frozenset({"EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion"})
_KEY_ID_BYTES: Final = 36  # moto's ciphertext starts with the id of its key


class Keys:
    """The gate in front of moto's KMS."""

    def __init__(self, account: str, journal: Journal) -> None:
        self._account = account
        self._journal = journal

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    def handle(self, call: Call, principal: Principal, forward: Callable[[Call], Response]) -> Response:
        """Check one KMS call, then let moto answer it.

        :raises ServiceError: AccessDeniedException, DisabledException, KMSInvalidStateException, InvalidArnException.
        """
        call = _by_id(call)
        if call.action not in _CRYPTOGRAPHIC and isinstance(principal, Deployer):
            return forward(call)
        key = self._key_of(call)
        if (alias := call.json.get("AliasName")) and isinstance(principal, RoleSession):
            # An alias and its key are two resources, and both must be allowed.
            arn = f"arn:{principal.partition}:kms:{call.region}:{self._account}:{alias}"
            self.authorise(principal, call.action, None, {}, call.region, resource=arn)
        if key is None:
            # Nothing that can be looked up: moto knows the right error. A key-less action is decided by identity alone.
            if isinstance(principal, RoleSession) and call.action != "Decrypt":
                self.authorise(principal, call.action, None, {}, call.region)
            return forward(call)
        context = call.json.get("EncryptionContext") or {}
        extra: dict[str, list[str]] = {}
        if call.action == "CreateGrant":
            self._check_grant_request(call.json)
            constraints = call.json.get("Constraints") or {}
            context = constraints.get("EncryptionContextSubset") or constraints.get("EncryptionContextEquals") or {}
            extra = _grant_keys(call.json)
        self.authorise(principal, call.action, key, context, call.region, extra=extra)
        if call.action in _CRYPTOGRAPHIC:
            try:
                check_state(key)
            except ServiceError as error:
                action = f"kms:{call.action}"
                record = CallRecord(principal.label, "kms", action, key.arn, allowed=False, reason=error.message)
                self._journal.call(record)
                raise
        return forward(call)

    def _key_of(self, call: Call) -> Any:
        reference = call.json.get("KeyId") or call.json.get("TargetKeyId") or call.json.get("AliasName")
        if reference is None and call.action == "Decrypt":
            try:
                blob = base64.b64decode(call.json.get("CiphertextBlob", ""), validate=True)
                reference = blob[:_KEY_ID_BYTES].decode("ascii")
            except (binascii.Error, UnicodeDecodeError):
                return None
        return find_key(self._account, call.region, str(reference)) if reference else None

    def _check_grant_request(self, request: Mapping[str, Any]) -> None:
        unknown = set(request.get("Operations") or []) - _GRANT_OPERATIONS
        if unknown:
            raise ServiceError("ValidationException", f"Unknown grant operations: {', '.join(sorted(unknown))}")
        grantee = str(request.get("GranteePrincipal", ""))
        if ":role/" in grantee:
            try:
                role_policies(grantee)
            except NoSuchRoleError:
                raise ServiceError(
                    "InvalidArnException", f"ARN does not refer to a valid principal: {grantee}"
                ) from None

    # -- decisions ----------------------------------------------------------------------------------------------------

    def authorise(
        self,
        principal: Principal,
        operation: str,
        key: Any,
        encryption_context: Mapping[str, str],
        region: str,
        *,
        via_service: str | None = None,
        extra: Mapping[str, list[str]] | None = None,
        resource: str = "*",
    ) -> None:
        """Decide one use of a key, or of what is none (``resource``), and write the decision down.

        :raises ServiceError: AccessDeniedException.
        """
        resource = key.arn if key is not None else resource
        context = {
            "aws:PrincipalArn": [principal.role_arn if isinstance(principal, RoleSession) else principal.arn],
            "aws:PrincipalAccount": [principal.account],
            "aws:RequestedRegion": [region],
            "kms:CallerAccount": [principal.account],
            **{f"kms:EncryptionContext:{name}": [value] for name, value in encryption_context.items()},
            **(extra or {}),
        }
        if encryption_context:
            context["kms:EncryptionContextKeys"] = list(encryption_context)
        if via_service:
            context["kms:ViaService"] = [f"{via_service}.{region}.amazonaws.com"]
        if isinstance(principal, Service):
            context["aws:SourceArn"] = [principal.source_arn]
            context["aws:SourceAccount"] = [principal.account]
        refusal = self._refusal(principal, operation, key, encryption_context, context, resource)
        self._journal.call(
            CallRecord(
                principal.label, "kms", f"kms:{operation}", resource, allowed=refusal is None, reason=refusal or ""
            ),
        )
        if refusal is not None:
            raise ServiceError(
                "AccessDeniedException",
                f"User: {principal.arn} is not authorized to perform: kms:{operation} on resource: {resource} "
                f"because {refusal}",
            )

    def _refusal(
        self,
        principal: Principal,
        operation: str,
        key: Any,
        encryption_context: Mapping[str, str],
        context: Mapping[str, list[str]],
        resource: str,
    ) -> str | None:
        action = f"kms:{operation}"
        identity = _identity_verdict(principal, Ask(action, resource, context))
        if identity is Verdict.DENY:
            return f"an identity-based policy explicitly denies the {action} action"
        if key is None:
            return None if identity is Verdict.ALLOW else f"no identity-based policy allows the {action} action"
        document = statements(key.policy)
        root = ("AWS", f"arn:{key.arn.split(':')[1]}:iam::{key.account_id}:root")
        named = decide(document, Ask(action, resource, context, principal.names - {root}))
        if named is Verdict.DENY:
            return f"the key policy explicitly denies the {action} action"
        if named is Verdict.ALLOW:
            return None
        delegated = Verdict.SILENT
        if not isinstance(principal, Service) and principal.account == key.account_id:
            delegated = decide(document, Ask(action, resource, context, frozenset({root})))
        if delegated is Verdict.DENY:
            return f"the key policy explicitly denies the {action} action"
        if delegated is Verdict.ALLOW and identity is Verdict.ALLOW:
            return None
        grantees = {name for _, name in principal.names}
        grants = [grant for grant in key.grants.values() if grant.grantee_principal in grantees]
        if any(grant_allows(grant, operation, encryption_context) for grant in grants):
            return None
        if grants:
            return f"no identity-based policy allows the {action} action, and no grant fits operation and context"
        return f"no identity-based policy allows the {action} action"


def _by_id(call: Call) -> Call:
    """The same call with the bare id of the key, where moto takes no ARN."""
    reference = str(call.json.get("KeyId", "")) if call.action in _BY_ID_ONLY else ""
    if ":key/" not in reference:
        return call
    return call.with_body(json.dumps({**call.json, "KeyId": reference.rpartition(":key/")[2]}).encode())


def _identity_verdict(principal: Principal, ask: Ask) -> Verdict:
    if isinstance(principal, Deployer):
        return Verdict.ALLOW
    if isinstance(principal, Service):
        return Verdict.SILENT
    try:
        return role_policies(principal.role_arn).decide(ask)
    except NoSuchRoleError:
        return Verdict.DENY


def grant_allows(grant: Any, operation: str, encryption_context: Mapping[str, str]) -> bool:
    """Whether a grant covers an operation with this encryption context (both constraints compare case-sensitively)."""
    if operation not in grant.operations:
        return False
    constraints = grant.constraints or {}
    # The SDK for Go sends the constraint that was not asked for as an empty object, which constrains nothing.
    equals = constraints.get("EncryptionContextEquals") or None
    subset = constraints.get("EncryptionContextSubset") or {}
    if equals is not None and dict(equals) != dict(encryption_context):
        return False
    return all(encryption_context.get(name) == value for name, value in subset.items())


def check_state(key: Any) -> None:
    """Refuse a key that cannot be used now.

    :raises ServiceError: DisabledException, KMSInvalidStateException.
    """
    if key.key_state == "Enabled":
        return
    if key.key_state == "Disabled":
        raise ServiceError("DisabledException", f"{key.arn} is disabled.")
    state = {"PendingDeletion": "pending deletion", "PendingImport": "pending import"}.get(key.key_state, key.key_state)
    raise ServiceError("KMSInvalidStateException", f"{key.arn} is {state}.")


def find_key(account: str, region: str, reference: str) -> Any:
    """A key by id, ARN, alias name or alias ARN; None when there is none."""
    if reference.startswith("arn:"):
        parts = reference.split(":", 5)
        if len(parts) < 6 or parts[2] != "kms":
            return None
        region, account = parts[3], parts[4]
    try:
        backend = kms_backends[account][region]
    except KeyError:
        return None
    name = reference.split(":", 5)[-1] if reference.startswith("arn:") else reference
    is_alias = name.startswith("alias/")
    key_id = backend.get_key_id_from_alias(name) if is_alias else name.removeprefix("key/")
    return backend.keys.get(key_id) if key_id else None


def _grant_keys(request: Mapping[str, Any]) -> dict[str, list[str]]:
    constraints = request.get("Constraints") or {}
    keys = {
        "kms:GrantOperations": list(request.get("Operations") or []),
        "kms:GranteePrincipal": [str(request.get("GranteePrincipal", ""))],
        "kms:GrantIsForAWSResource": ["false"],
    }
    if constraints:
        keys["kms:GrantConstraintType"] = list(constraints)
    return keys
