"""Cognito's ciphertext → the code. Everything about the AWS Encryption SDK and KMS is in here.

Cognito makes AWS Encryption SDK message format 1, suite 0x0378 (AES-256-GCM, HKDF-SHA384, ECDSA-P384, no key
commitment). It has one ``aws-kms`` data key, whose key info is the key's full ARN, and the encryption context
``userpool-id``. All that was read byte by byte from two real codes. The SDK's default policy refuses a suite without
key commitment.
"""

from __future__ import annotations

import base64
import binascii
import struct
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectionFailed
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from custom_sender.dataclass import dataclass, field
from custom_sender.network import clients
from custom_sender.network.aws_errors import CODES, Meaning
from custom_sender.network.deadline import within
from custom_sender.postponed import postponed
from custom_sender.secret import Secret

# The SDK imports boto3 for clients that nobody gave it, and caches because its package shows them; wrapt, asyncio for
# coroutines and metadata for plug-ins. The first three take 9 % more of a processor for the handler's import (39 of 40
# pairs).
with postponed(
    *("boto3", "asyncio", "importlib.metadata"),
    "aws_encryption_sdk.caches.local:LocalCryptoMaterialsCache",
    "aws_encryption_sdk.caches.null:NullCryptoMaterialsCache",
    "aws_encryption_sdk.materials_managers.caching:CachingCryptoMaterialsManager",
):
    from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
    from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError, MaxEncryptedDataKeysExceeded
    from aws_encryption_sdk.key_providers.kms import KMSMasterKey, MRKAwareKMSMasterKey
    from aws_encryption_sdk.materials_managers import DecryptionMaterials
    from aws_encryption_sdk.materials_managers.base import CryptoMaterialsManager

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

POOL_CONTEXT_KEY: Final = "userpool-id"
# Of the encryption context, by the SDK's message format: the public key of the signature, a compressed point.
_SIGNER: Final = "aws-crypto-public-key"
_COMPRESSED: Final = (b"\x02", b"\x03")
_PROVIDER: Final = "aws-kms"
# Two tries of the client; what is left of the message's time is often less.
LONGEST_SECONDS: Final = 6.5

# A real code is some 615 bytes, 820 characters of base64; the longest temporary password (256 characters) adds little.
_CIPHERTEXT_LIMIT: Final = 8192
# Cognito's PasswordType: at most 256 characters; four times that once HTML-escaped in the worst case (&quot; is six).
_PLAINTEXT_LIMIT: Final = 1536

# Codes of KMS's Decrypt API reference.
_ABOUT_THE_CIPHERTEXT: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_KEY_STATE: Final = frozenset(
    {"DisabledException", "KMSInvalidStateException", "NotFoundException", "InvalidKeyUsageException"}
)
_TOO_MANY: Final = "LimitExceededException"

# What the SDK and cryptography let out for hostile bytes, beside the SDK's own errors. Found by fuzzing every byte of a
# message; anything else is a fault of ours and must not pass for a bad ciphertext.
_SDK_FAILURES: Final = (
    AWSEncryptionSDKClientError,
    InvalidSignature,
    InvalidTag,
    ValueError,
    struct.error,
    KeyError,
    IndexError,
    OverflowError,
)


class Flaw(StrEnum):
    """Why a ciphertext can never be decrypted here."""

    TOO_LONG = "TOO_LONG"
    NOT_BASE64 = "NOT_BASE64"
    TRAILING_BYTES = "TRAILING_BYTES"
    SEVERAL_DATA_KEYS = "SEVERAL_DATA_KEYS"
    KEY_NOT_ALLOWED = "KEY_NOT_ALLOWED"
    OTHER_POOL = "OTHER_POOL"
    ALTERED = "ALTERED"
    NOT_TEXT = "NOT_TEXT"


_FLAW_TEXT: Final[Mapping[Flaw, str]] = {
    Flaw.TOO_LONG: "request.code is longer than any code or password that Cognito makes",
    Flaw.NOT_BASE64: "request.code is not base64 in its one canonical form",
    Flaw.TRAILING_BYTES: "request.code has bytes behind the message's end",
    Flaw.SEVERAL_DATA_KEYS: "request.code carries more than one encrypted data key; Cognito writes exactly one",
    Flaw.KEY_NOT_ALLOWED: (
        "request.code is encrypted with a KMS key that is neither kms_key nor one of kms_key.also_decrypt: "
        "compare the pool's lambda_config.kms_key_id with the sender's key"
    ),
    Flaw.OTHER_POOL: "the encryption context's userpool-id is not the event's userPoolId: the message is refused",
    Flaw.ALTERED: "request.code is altered, truncated or not a message of the AWS Encryption SDK",
    Flaw.NOT_TEXT: "request.code decrypts to something that is not a code: empty, too long or not UTF-8",
}


@dataclass(frozen=True)
class Decrypted:
    """``code`` is the plaintext, ``message`` what only the data key's owner could write: header and body.

    The footer is left out: who has an ECDSA signature (r, s) can make another that holds, (r, n - s).
    """

    code: Secret
    message: bytes = field(repr=False)


class Obstacle(StrEnum):
    """Why KMS did not decrypt now, although it may later."""

    ACCESS_DENIED = "ACCESS_DENIED"
    KEY_NOT_USABLE = "KEY_NOT_USABLE"
    THROTTLED = "THROTTLED"
    UNREACHABLE = "UNREACHABLE"
    KMS_ERROR = "KMS_ERROR"


_OBSTACLE_TEXT: Final[Mapping[Obstacle, str]] = {
    Obstacle.ACCESS_DENIED: (
        "KMS denies kms:Decrypt to the function's role: look at the key's grant for this user pool "
        "(aws kms list-grants; a new grant can take minutes to work) and at the key policy of {key}"
    ),
    Obstacle.KEY_NOT_USABLE: (
        "the KMS key cannot be used: it is disabled, waiting for deletion, deleted or of the wrong kind; "
        "enable it again or cancel its deletion: {key}"
    ),
    Obstacle.THROTTLED: "KMS throttled the request; Lambda tries again: {key}",
    Obstacle.UNREACHABLE: (
        "KMS could not be reached in time; in a VPC, look at the route or the endpoint for KMS: {key}"
    ),
    Obstacle.KMS_ERROR: "KMS failed; Lambda tries again: {key}",
}


class Undecryptable(Exception):  # noqa: N818 - it is an outcome, and carries its word
    """No retry can help: the message is counted and dropped. The text is one of a few constants."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(_FLAW_TEXT[flaw])
        self.flaw = flaw


class DecryptUnavailable(Exception):  # noqa: N818 - it is an outcome, and carries its word
    """KMS did not decrypt, and a later try can succeed. The text says where to look; of data it names only the key.

    ``kms_code`` is KMS's error code, or the class of the client's error.
    """

    def __init__(self, obstacle: Obstacle, key_arn: str, kms_code: str) -> None:
        super().__init__(_OBSTACLE_TEXT[obstacle].format(key=key_arn))
        self.obstacle = obstacle
        self.key_arn = key_arn
        self.kms_code = kms_code


def kms_client(region: str) -> Any:
    """A KMS client that gives up in seconds."""
    return clients.client("kms", region, clients.patience(connect_seconds=1, read_seconds=2, tries=2))


class Decryptor:
    """Decrypts with the keys that are allowed, and tells apart what a retry can cure and what it cannot.

    One per execution environment: it holds the KMS client's connection.
    """

    def __init__(self, kms_key_arns: Sequence[str], client: Any) -> None:
        """``client`` is a botocore KMS client of the keys' Region; see ``kms_client``."""
        self._keys = {arn: _master_key(arn, client) for arn in kms_key_arns}
        self._sdk = EncryptionSDKClient(
            # ALLOW_DECRYPT because Cognito's suite does not commit to its key; ENCRYPT is never used.
            commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT,
            max_encrypted_data_keys=1,
        )

    def decrypt(self, ciphertext: str, user_pool_id: str, seconds: float = LONGEST_SECONDS) -> Decrypted:
        """The content of a base64 ciphertext that was made for this pool. ``seconds`` is how long KMS may take.

        Raises ``Undecryptable`` or ``DecryptUnavailable``, neither with a chained exception: the frames of the SDK's
        errors hold data keys and plaintext.
        """
        result = self._attempt(ciphertext, _Materials(self._keys, user_pool_id, min(seconds, LONGEST_SECONDS)))
        try:
            if isinstance(result, Decrypted):
                return result
            raise result
        finally:
            del result  # an error that is raised holds this frame, and must not be held by it

    def _attempt(self, ciphertext: str, materials: _Materials) -> Decrypted | Undecryptable | DecryptUnavailable:
        """The failure is returned, not raised: raised inside ``except`` it would keep the SDK's error as context."""
        try:
            return self._read(_decode(ciphertext), materials)
        except Undecryptable as refused:
            return Undecryptable(refused.flaw)
        except DecryptUnavailable as later:
            return DecryptUnavailable(later.obstacle, later.key_arn, later.kms_code)
        except MaxEncryptedDataKeysExceeded:
            return Undecryptable(Flaw.SEVERAL_DATA_KEYS)
        except _SDK_FAILURES:
            return Undecryptable(Flaw.ALTERED)

    def _read(self, blob: bytes, materials: _Materials) -> Decrypted:
        stream = self._sdk.stream(mode="decrypt", source=blob, materials_manager=materials)
        try:
            plaintext = stream.read()
            _require_pool(stream.header.encryption_context, materials.user_pool_id)
            end, signature = stream.source_stream.tell(), stream.footer.signature
            # Raises when the footer, and with it the signature over the whole message, was not read.
            stream.close()
        finally:
            if not stream.closed:
                # A stream without its footer can never be closed. As a context manager it logs that with a traceback;
                # left open, the interpreter prints "Exception ignored in" when the object goes. So it gets a footer.
                stream.footer = None
                stream.close()
        if end != len(blob):
            raise Undecryptable(Flaw.TRAILING_BYTES)
        # The footer is the signature's length, in two bytes, and the signature; a suite without one has no footer.
        footer = 0 if stream.verifier is None else 2 + len(signature)
        return Decrypted(_text(plaintext), blob[: end - footer])


class _Materials(CryptoMaterialsManager):  # type: ignore[misc] # the SDK has no types
    """The means to decrypt one message: its one data key, by the one allowed key that the key info names.

    ``StrictAwsKmsMasterKeyProvider`` is not used: it builds clients with 60 s time-outs, and turns the second network
    failure of an execution environment into "Unable to decrypt any data key".
    """

    def __init__(self, keys: Mapping[str, Any], user_pool_id: str, seconds: float) -> None:
        self._keys = keys
        self.user_pool_id = user_pool_id
        self._seconds = seconds

    def get_encryption_materials(self, request: object) -> None:
        raise NotImplementedError  # abstract in the SDK; nothing here encrypts

    def decrypt_materials(self, request: Any) -> Any:
        data_key = self._data_key(request.encrypted_data_keys, request.algorithm, request.encryption_context)
        signer = _signer(request.algorithm.signing_algorithm_info, request.encryption_context.get(_SIGNER))
        return DecryptionMaterials(data_key=data_key, verification_key=signer)

    def _data_key(
        self, encrypted_data_keys: Collection[Any], algorithm: object, encryption_context: Mapping[str, str]
    ) -> Any:
        # Before KMS is asked: the grant is bound to the pool, so KMS would answer "access denied" for another pool's
        # message, which looks like a missing grant. The context is authenticated later, with the header.
        _require_pool(encryption_context, self.user_pool_id)
        (data_key,) = encrypted_data_keys
        if data_key.key_provider.provider_id != _PROVIDER:
            raise Undecryptable(Flaw.KEY_NOT_ALLOWED)
        info = data_key.key_provider.key_info
        wanted = info.decode("utf-8") if isinstance(info, bytes) else str(info)
        arn = next((arn for arn in self._keys if _same_key(arn, wanted)), None)
        if arn is None:
            raise Undecryptable(Flaw.KEY_NOT_ALLOWED)
        answer = within(self._seconds, lambda: _ask(arn, self._keys[arn], data_key, algorithm, encryption_context))
        if answer is None:
            raise DecryptUnavailable(Obstacle.UNREACHABLE, arn, TimeoutError.__name__)
        try:
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            del answer  # as above


def _signer(curve: Callable[[], ec.EllipticCurve] | None, point: str | None) -> bytes | None:
    """The key that verifies the signature, as the SDK takes it. A suite that signs has one in its context, no other.

    The SDK's own manager decodes the point in Python, which takes a tenth of the whole decryption.
    """
    if curve is None and point is None:
        return None
    encoded = base64.b64decode(point or "")
    if curve is None or not encoded.startswith(_COMPRESSED):
        raise Undecryptable(Flaw.ALTERED)
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve(), encoded)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _ask(arn: str, key: Any, *data_key: object) -> Any:
    """The data key, or what is to be raised: whatever else fails counts as no answer in time (``within``).

    Only what KMS says about the ciphertext is final. A success without what it must hold is none.
    """
    try:
        return key.decrypt_data_key(*data_key)
    except AWSEncryptionSDKClientError as error:
        # The SDK says "unable to decrypt" of everything. The error that it was handling says what KMS answered.
        said = error.__context__
        if said is None:
            # KMS has decrypted, and what it has found does not fit the message.
            return Undecryptable(Flaw.ALTERED)
        code = type(said).__name__
        if isinstance(said, ClientError):
            code = str(said.response.get("Error", {}).get("Code", "Unknown"))[:64]
        return Undecryptable(Flaw.ALTERED) if code in _ABOUT_THE_CIPHERTEXT else _unavailable(arn, code)
    except (ConnectionFailed, HTTPClientError) as error:
        return DecryptUnavailable(Obstacle.UNREACHABLE, arn, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - no credentials, an answer that is not KMS's: botocore ends in many ways
        return DecryptUnavailable(Obstacle.KMS_ERROR, arn, type(error).__name__)


def _unavailable(arn: str, code: str) -> DecryptUnavailable:
    meaning, obstacle = CODES.get(code), Obstacle.KMS_ERROR
    if meaning is Meaning.DENIED:
        obstacle = Obstacle.ACCESS_DENIED
    elif code in _KEY_STATE:
        obstacle = Obstacle.KEY_NOT_USABLE
    elif meaning is Meaning.THROTTLED or code == _TOO_MANY:
        obstacle = Obstacle.THROTTLED
    return DecryptUnavailable(obstacle, arn, code)


def _master_key(arn: str, client: Any) -> Any:
    # The plain master key calls a replica of a multi-Region key another key: in a replica Region, a message that was
    # encrypted with the primary would be refused.
    kind = MRKAwareKMSMasterKey if _is_multi_region(arn) else KMSMasterKey
    return kind(key_id=arn, client=client)


def _is_multi_region(arn: str) -> bool:
    return arn.partition(":key/")[2].startswith("mrk-")


def _same_key(allowed: str, wanted: str) -> bool:
    """Equal ARNs, or two Regions' ARNs of one multi-Region key."""
    if allowed == wanted:
        return True
    ours, theirs = allowed.split(":"), wanted.split(":")
    return _is_multi_region(allowed) and ours[:3] == theirs[:3] and ours[4:] == theirs[4:]


def _require_pool(encryption_context: Mapping[str, str], user_pool_id: str) -> None:
    if encryption_context.get(POOL_CONTEXT_KEY) != user_pool_id:
        raise Undecryptable(Flaw.OTHER_POOL)


def _decode(ciphertext: str) -> bytes:
    if len(ciphertext) > _CIPHERTEXT_LIMIT:
        raise Undecryptable(Flaw.TOO_LONG)
    try:
        blob = base64.b64decode(ciphertext, validate=True)
    except (binascii.Error, ValueError):
        raise Undecryptable(Flaw.NOT_BASE64) from None
    # Decoding overlooks the bits of the padding (RFC 4648, 3.5).
    if base64.b64encode(blob).decode() != ciphertext:
        raise Undecryptable(Flaw.NOT_BASE64)
    return blob


def _text(plaintext: bytes) -> Secret:
    if not 0 < len(plaintext) <= _PLAINTEXT_LIMIT:
        raise Undecryptable(Flaw.NOT_TEXT)
    try:
        return Secret(plaintext.decode("utf-8"))
    except UnicodeDecodeError:
        raise Undecryptable(Flaw.NOT_TEXT) from None
