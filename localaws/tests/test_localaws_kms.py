"""KMS as strict as AWS: every way in, and what happens when it is taken away."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.client import LocalAws
from localaws.tests.rig import Account, Function, allow

CONTEXT = {"userpool-id": "eu-central-1_Abc123xyz", "aws-crypto-public-key": "Am9y"}
ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}


@pytest.fixture(scope="module")
def key(account: Account) -> str:
    return account.key()


@pytest.fixture(autouse=True)
def _key_as_it_was(aws: LocalAws, key: str) -> Iterator[None]:
    yield
    kms = aws.client("kms")
    for grant in kms.list_grants(KeyId=key)["Grants"]:
        kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(ROOT))
    kms.enable_key(KeyId=key)


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def grant(function: Function, key: str, operations: list[str] | None = None, **constraints: Any) -> None:
    extra = {"Constraints": constraints} if constraints else {}
    function.aws.client("kms").create_grant(
        KeyId=key, GranteePrincipal=function.role, Operations=operations or ["Decrypt"], **extra
    )


def decrypt(function: Function, key: str, context: Mapping[str, str] = CONTEXT) -> str:
    """``plain`` or the error code that the function saw."""
    made = function.aws.client("kms").encrypt(KeyId=key, Plaintext=b"plain", EncryptionContext=dict(context))
    return decrypt_blob(function, made["CiphertextBlob"], context)


def decrypt_blob(function: Function, blob: bytes, context: Mapping[str, str] = CONTEXT) -> str:
    answer = function.call("decrypt", blob=base64.b64encode(blob).decode(), context=dict(context))
    return str(answer.get("error") or "plain")


@pytest.fixture(scope="module")
def decrypter(account: Account) -> Function:
    source = """
import base64, boto3
from botocore.exceptions import ClientError
kms = boto3.client("kms")
def handler(event, context):
    try:
        kms.decrypt(CiphertextBlob=base64.b64decode(event["blob"]), EncryptionContext=event["context"])
    except ClientError as error:
        return {"error": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
    return {}
"""
    return account.function(source=source)


@pytest.fixture(autouse=True)
def _no_rights(decrypter: Function) -> None:
    decrypter.may(allow("logs:*"))


def test_without_any_right_it_is_refused_in_awss_words(decrypter: Function, key: str) -> None:
    made = decrypter.aws.client("kms").encrypt(KeyId=key, Plaintext=b"plain")
    answer = decrypter.call("decrypt", blob=base64.b64encode(made["CiphertextBlob"]).decode(), context={})
    assert answer["error"] == "AccessDeniedException"
    session = decrypter.role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + f"/{decrypter.name}"
    assert answer["message"].startswith(f"User: {session} is not authorized to perform: kms:Decrypt on resource: {key}")


def test_an_identity_policy_works_where_the_key_policy_delegates(decrypter: Function, key: str) -> None:
    decrypter.may(allow("kms:Decrypt", key))
    assert decrypt(decrypter, key) == "plain"


def test_an_identity_policy_alone_does_nothing(decrypter: Function, account: Account) -> None:
    named = {**ROOT, "Principal": {"AWS": "arn:aws:iam::123456789012:user/deployer"}}
    key = account.key([named])
    decrypter.may(allow("kms:Decrypt", key))
    assert decrypt(decrypter, key) == "AccessDeniedException"


def test_a_key_policy_that_names_the_role_is_enough(decrypter: Function, aws: LocalAws, key: str) -> None:
    named = {"Effect": "Allow", "Principal": {"AWS": decrypter.role}, "Action": "kms:Decrypt", "Resource": "*"}
    aws.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy(ROOT, named))
    assert decrypt(decrypter, key) == "plain"


def test_a_deny_in_the_key_policy_beats_a_grant(decrypter: Function, aws: LocalAws, key: str) -> None:
    grant(decrypter, key)
    assert decrypt(decrypter, key) == "plain"
    deny = {"Effect": "Deny", "Principal": {"AWS": decrypter.role}, "Action": "kms:Decrypt", "Resource": "*"}
    aws.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy(ROOT, deny))
    assert decrypt(decrypter, key) == "AccessDeniedException"


def test_a_deny_in_the_role_beats_a_grant(decrypter: Function, key: str) -> None:
    grant(decrypter, key)
    decrypter.may({"Effect": "Deny", "Action": "kms:*", "Resource": "*"})
    assert decrypt(decrypter, key) == "AccessDeniedException"


def test_conditions_on_the_encryption_context(decrypter: Function, key: str) -> None:
    condition = {"StringEquals": {"kms:EncryptionContext:userpool-id": CONTEXT["userpool-id"]}}
    decrypter.may(allow("kms:Decrypt", key, Condition=condition))
    assert decrypt(decrypter, key) == "plain"
    assert decrypt(decrypter, key, {**CONTEXT, "userpool-id": "eu-central-1_Other"}) == "AccessDeniedException"


def test_a_grant_is_enough_and_its_end_is_the_end(decrypter: Function, aws: LocalAws, key: str) -> None:
    grant(decrypter, key)
    assert decrypt(decrypter, key) == "plain"
    kms = aws.client("kms")
    kms.revoke_grant(KeyId=key, GrantId=kms.list_grants(KeyId=key)["Grants"][0]["GrantId"])
    assert decrypt(decrypter, key) == "AccessDeniedException"


def test_a_grant_of_another_operation_does_not_fit(decrypter: Function, key: str) -> None:
    grant(decrypter, key, ["GenerateDataKey", "Encrypt"])
    assert decrypt(decrypter, key) == "AccessDeniedException"


def test_a_grant_of_another_role_does_not_fit(decrypter: Function, account: Account, key: str) -> None:
    account.aws.client("kms").create_grant(KeyId=key, GranteePrincipal=account.role(), Operations=["Decrypt"])
    assert decrypt(decrypter, key) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        ({"EncryptionContextSubset": {"userpool-id": CONTEXT["userpool-id"]}}, "plain"),
        ({"EncryptionContextSubset": {"userpool-id": "eu-central-1_Other"}}, "AccessDeniedException"),
        ({"EncryptionContextSubset": {"userpool-id": CONTEXT["userpool-id"].upper()}}, "AccessDeniedException"),
        # The context also carries the public key, so equality with the pool alone never fits.
        ({"EncryptionContextEquals": {"userpool-id": CONTEXT["userpool-id"]}}, "AccessDeniedException"),
        ({"EncryptionContextEquals": CONTEXT}, "plain"),
        ({"EncryptionContextSubset": {"userpool-id": CONTEXT["userpool-id"]}, "EncryptionContextEquals": {}}, "plain"),
    ],
)
def test_constraints_of_a_grant(decrypter: Function, key: str, constraints: dict[str, Any], expected: str) -> None:
    grant(decrypter, key, **constraints)
    assert decrypt(decrypter, key) == expected


def test_a_grant_for_nobody_is_refused(aws: LocalAws, key: str) -> None:
    with pytest.raises(ClientError, match="InvalidArnException"):
        aws.client("kms").create_grant(
            KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:role/nobody", Operations=["Decrypt"]
        )


def test_a_disabled_key_is_refused_to_everybody(decrypter: Function, aws: LocalAws, key: str) -> None:
    kms = aws.client("kms")
    made = kms.encrypt(KeyId=key, Plaintext=b"plain", EncryptionContext=CONTEXT)["CiphertextBlob"]
    grant(decrypter, key)
    kms.disable_key(KeyId=key)
    assert decrypt_blob(decrypter, made) == "DisabledException"
    calls: list[Callable[[], Any]] = [
        partial(kms.encrypt, KeyId=key, Plaintext=b"plain"),
        partial(kms.generate_data_key, KeyId=key, KeySpec="AES_256"),
        partial(kms.decrypt, CiphertextBlob=made, EncryptionContext=CONTEXT),
        partial(kms.create_grant, KeyId=key, GranteePrincipal=decrypter.role, Operations=["Decrypt"]),
    ]
    for call in calls:
        with pytest.raises(ClientError, match="DisabledException"):
            call()
    kms.enable_key(KeyId=key)
    assert decrypt_blob(decrypter, made) == "plain"


def test_a_key_that_is_to_be_deleted_is_refused(decrypter: Function, account: Account) -> None:
    key, kms = account.key(), account.aws.client("kms")
    grant(decrypter, key)
    made = kms.encrypt(KeyId=key, Plaintext=b"plain", EncryptionContext=CONTEXT)["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert decrypt_blob(decrypter, made) == "KMSInvalidStateException"


def test_the_deployer_needs_the_key_policy_too(account: Account) -> None:
    role = account.role()
    key = account.key([{**ROOT, "Principal": {"AWS": role}}])
    with pytest.raises(ClientError, match="AccessDeniedException"):
        account.aws.client("kms").create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])


def test_decisions_are_written_down(decrypter: Function, aws: LocalAws, key: str) -> None:
    decrypt(decrypter, key)
    last = [call for call in aws.calls() if call["principal"] == decrypter.role and call["service"] == "kms"][-1]
    assert (last["action"], last["resource"], last["allowed"]) == ("kms:Decrypt", key, False)
