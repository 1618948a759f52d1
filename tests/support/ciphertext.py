"""Ciphertexts as Cognito makes them, and the ways in which one can be wrong.

Made with the AWS Encryption SDK at test time; no bytes are invented. Two real codes that were published show the shape:
message format 1, suite 0x0378, one ``aws-kms`` data key, encryption context ``userpool-id``. ``FORBID_ENCRYPT`` has
that suite as its default; the SDK's own default suite would be format 2, and a test with it proves nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import Algorithm
from aws_encryption_sdk.key_providers.base import MasterKeyProvider
from aws_encryption_sdk.key_providers.kms import KMSMasterKey, StrictAwsKmsMasterKeyProvider
from aws_encryption_sdk.materials_managers.default import DefaultCryptoMaterialsManager
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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


def encrypt_committing(
    kms: Any, key_arn: str, plaintext: str | bytes, user_pool_id: str, *, signed: bool = True
) -> str:
    """The same in the SDK's own default suite (0x0578, with key commitment), which Cognito may move to one day.

    Or, not ``signed``, in the one without a signature (0x0478), and so without a footer.
    """
    suite = (
        Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
        if signed
        else Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
    )
    key = KMSMasterKey(key_id=key_arn, client=kms)
    return _encrypt(_SDK_DEFAULT, key, plaintext, {"userpool-id": user_pool_id}, algorithm=suite)


_SIGNS = Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384


def _uncompressed(point: bytes) -> bytes:
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), point)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


# Suite and signer's key that do not go together: what becomes of the key that the SDK has made (none: nothing).
SIGNERS: dict[str, tuple[Algorithm, Callable[[bytes], bytes]]] = {
    "a suite that signs, without its key": (_SIGNS, lambda _: b""),
    "a suite that signs, with no point of its curve": (_SIGNS, lambda _: b"\x02" + b"\xff" * 48),
    "a suite that signs, with all of a point": (_SIGNS, _uncompressed),
    "a suite that does not sign, with a key": (
        Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA256,
        # The curve's own generator (SEC 2, section 2.5.1).
        lambda _: bytes.fromhex(
            "03aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
        ),
    ),
}


class _Signer(DefaultCryptoMaterialsManager):  # type: ignore[misc] # the SDK has no types
    """Signs as the SDK does, and writes another key into the context."""

    def __init__(self, key: MasterKeyProvider, change: Callable[[bytes], bytes]) -> None:
        super().__init__(key)
        self._change = change

    def _generate_signing_key_and_update_encryption_context(self, suite: Algorithm, context: dict[str, str]) -> Any:
        signing = super()._generate_signing_key_and_update_encryption_context(suite, context)
        point = self._change(base64.b64decode(context.pop("aws-crypto-public-key", "")))
        if point:
            context["aws-crypto-public-key"] = base64.b64encode(point).decode()
        return signing


def encrypt_oddly(kms: Any, key_arn: str, plaintext: str, user_pool_id: str, way: str) -> str:
    """What only the data key's owner could write, and nobody does: one of ``SIGNERS``."""
    suite, change = SIGNERS[way]
    ciphertext, _header = _COGNITO.encrypt(
        source=plaintext.encode(),
        materials_manager=_Signer(KMSMasterKey(key_id=key_arn, client=kms), change),
        encryption_context={"userpool-id": user_pool_id},
        algorithm=suite,
    )
    return base64.b64encode(ciphertext).decode()


def _encrypt(
    client: EncryptionSDKClient,
    key: MasterKeyProvider,
    plaintext: str | bytes,
    context: dict[str, str],
    **options: Any,
) -> str:
    source = plaintext.encode() if isinstance(plaintext, str) else plaintext
    ciphertext, _header = client.encrypt(source=source, key_provider=key, encryption_context=context, **options)
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


# The order of the curve P-384 (FIPS 186-4, D.1.2.4).
_ORDER = int("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16)
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def padded(make: Callable[[str], str]) -> str:
    """A ciphertext with two characters of padding. ``make`` makes one of a code."""
    return next(code for length in (6, 7, 8) if (code := make("48291370"[:length])).endswith("=="))


def with_other_signature(ciphertext: str) -> str:
    """The same message under another signature that holds: with (r, s), (r, n - s) is one of ECDSA, without the key."""
    message, signature = unsigned(ciphertext)
    r, s = decode_dss_signature(signature)
    other = encode_dss_signature(r, _ORDER - s)
    return base64.b64encode(message + len(other).to_bytes(2, "big") + other).decode()


def unsigned(ciphertext: str) -> tuple[bytes, bytes]:
    """Header and body, and the signature over both, which is the footer with its length before it."""
    blob = base64.b64decode(ciphertext)
    length = next(length for length in range(64, 112) if blob[-length - 2 : -length] == length.to_bytes(2, "big"))
    return blob[: -length - 2], blob[-length:]


# Ways to write the same message otherwise, for everybody who has seen it and has no key. ``padded`` makes one that has
# what is altered.
REWRITTEN: dict[str, Callable[[str], str]] = {
    "a byte behind it": lambda code: base64.b64encode(base64.b64decode(code) + b"\0").decode(),
    "another message behind it": lambda code: base64.b64encode(base64.b64decode(code) * 2).decode(),
    "other bits in the padding": lambda code: f"{code[:-3]}{_BASE64[_BASE64.index(code[-3]) + 1]}==",
    "no padding": lambda code: code.rstrip("="),
    "more padding": lambda code: f"{code}=",
    "a line break behind it": lambda code: f"{code}\n",
    "lines of 76 characters": lambda code: "\r\n".join(code[at : at + 76] for at in range(0, len(code), 76)),
    "a blank before it": lambda code: f" {code}",
    "the alphabet of URLs": lambda code: code.translate(str.maketrans("+/", "-_")),
    "the signature's other half": with_other_signature,
}
