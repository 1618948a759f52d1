"""Ciphertexts as Cognito makes them, and the ways in which one can be wrong.

Made with the AWS Encryption SDK at test time; no bytes are invented. Two real codes that were published show the shape:
message format 1, suite 0x0378, one ``aws-kms`` data key, encryption context ``userpool-id``. ``FORBID_ENCRYPT`` has
that suite as its default; the SDK's own default suite would be format 2, and a test with it proves nothing.
"""

from __future__ import annotations

import base64
from typing import Any

from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.key_providers.base import MasterKeyProvider
from aws_encryption_sdk.key_providers.kms import KMSMasterKey, StrictAwsKmsMasterKeyProvider

_COGNITO = EncryptionSDKClient(commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
_SDK_DEFAULT = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)


def encrypt(
    kms: Any,
    key_arn: str,
    plaintext: str | bytes,
    user_pool_id: str,
    *,
    other_key_arn: str | None = None,
    context: dict[str, str] | None = None,
) -> str:
    """``request.code`` for this plaintext. ``kms`` is a boto3 KMS client.

    ``other_key_arn`` adds a second encrypted data key, which Cognito never does. ``context`` replaces Cognito's.
    """
    if other_key_arn is None:
        keys = KMSMasterKey(key_id=key_arn, client=kms)
    else:
        keys = StrictAwsKmsMasterKeyProvider(key_ids=[key_arn, other_key_arn])
    return _encrypt(_COGNITO, keys, plaintext, {"userpool-id": user_pool_id} if context is None else context)


def encrypt_committing(kms: Any, key_arn: str, plaintext: str | bytes, user_pool_id: str) -> str:
    """The same in the SDK's own default suite (0x0578, with key commitment), which Cognito may move to one day."""
    return _encrypt(_SDK_DEFAULT, KMSMasterKey(key_id=key_arn, client=kms), plaintext, {"userpool-id": user_pool_id})


def _encrypt(
    client: EncryptionSDKClient, key: MasterKeyProvider, plaintext: str | bytes, context: dict[str, str]
) -> str:
    source = plaintext.encode() if isinstance(plaintext, str) else plaintext
    ciphertext, _header = client.encrypt(source=source, key_provider=key, encryption_context=context)
    return base64.b64encode(ciphertext).decode()


def altered(ciphertext: str, position: int) -> str:
    """One bit of one byte turned over. Negative positions count from the end."""
    blob = bytearray(base64.b64decode(ciphertext))
    blob[position] ^= 0x01
    return base64.b64encode(blob).decode()


def truncated(ciphertext: str, length: int) -> str:
    """The first ``length`` bytes; negative: without the last bytes."""
    return base64.b64encode(base64.b64decode(ciphertext)[:length]).decode()


def with_context_pool(ciphertext: str, old: str, new: str) -> str:
    """The pool in the header's context written over with another of the same length, as a forger without keys could."""
    if len(old) != len(new):
        msg = "the ids must be of one length, or the header's own lengths no longer fit"
        raise ValueError(msg)
    return base64.b64encode(base64.b64decode(ciphertext).replace(old.encode(), new.encode())).decode()
