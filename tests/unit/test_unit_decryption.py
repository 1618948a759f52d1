"""Decryption: what Cognito encrypts comes out; everything else is one of three other cases, told apart."""

from __future__ import annotations

import base64
import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custom_sender.cognito import decryption
from custom_sender.cognito.decryption import (
    Decryptor,
    DecryptUnavailable,
    Flaw,
    Obstacle,
    Undecryptable,
    kms_client,
)
from custom_sender.network.clients import Clients
from support import ciphertext
from support.cognito import CODE, OTHER_POOL_ID, POOL_ID, REGION, REPLICA_REGION
from support.kms import Kms, cognitos_client


@pytest.fixture
def decryptor(kms: Kms) -> Decryptor:
    return Decryptor([kms.key_arn], kms.client)


def test_the_fixture_has_the_shape_of_a_real_code(kms: Kms) -> None:
    blob = base64.b64decode(kms.code())
    assert blob[:4].hex() == "01800378"  # format 1, customer authenticated data, AES-256-GCM HKDF-SHA384 ECDSA-P384
    assert kms.code().startswith("AYAD")
    assert b"userpool-id" in blob
    assert b"aws-crypto-public-key" in blob
    assert blob.count(b"aws-kms") == 1
    assert kms.key_arn.encode() in blob


def test_what_cognito_encrypted_comes_out(kms: Kms, decryptor: Decryptor, subtests: pytest.Subtests) -> None:
    for plaintext in [CODE, "12345678", "Zr9&lt;p!q", "ключ-7"]:
        with subtests.test(plaintext=plaintext):
            decrypted = decryptor.decrypt(kms.code(plaintext), POOL_ID)
            assert decrypted.code.reveal() == plaintext
            assert plaintext not in repr(decrypted)


@pytest.mark.parametrize("signed", [True, False])
def test_a_suite_with_key_commitment_is_accepted_too(kms: Kms, decryptor: Decryptor, signed: bool) -> None:
    code = ciphertext.encrypt_committing(cognitos_client(), kms.key_arn, CODE, POOL_ID, signed=signed)
    decrypted = decryptor.decrypt(code, POOL_ID)
    assert decrypted.code.reveal() == CODE
    assert (decrypted.message == base64.b64decode(code)) is not signed
    assert base64.b64decode(code).startswith(decrypted.message)
    assert _flaw(decryptor, ciphertext.REWRITTEN["a byte behind it"](code)) is Flaw.TRAILING_BYTES


@pytest.mark.parametrize("used", ["key_arn", "other_key_arn"])
def test_of_several_allowed_keys_the_one_in_the_message_is_asked_and_no_other(kms: Kms, used: str) -> None:
    decryptor = Decryptor([kms.key_arn, kms.other_key_arn], kms.client)
    code = kms.code(key_arn=getattr(kms, used))
    calls = kms.decrypt_calls()
    assert decryptor.decrypt(code, POOL_ID).code.reveal() == CODE
    assert len(calls) == 1


def test_a_multi_region_key_decrypts_what_its_primary_encrypted(kms: Kms) -> None:
    """As in a replicated pool: the message names the primary's ARN, the function may use the replica in its Region."""
    primary = kms.multi_region_key_arn
    code = kms.code(key_arn=primary)
    replica = primary.replace(REGION, REPLICA_REGION)
    decryptor = Decryptor([replica], kms_client(REPLICA_REGION))
    assert decryptor.decrypt(code, POOL_ID).code.reveal() == CODE


def test_a_key_of_another_region_is_not_taken_for_a_replica_unless_it_is_one(kms: Kms) -> None:
    decryptor = Decryptor([kms.key_arn.replace(REGION, REPLICA_REGION)], kms_client(REPLICA_REGION))
    assert _flaw(decryptor, kms.code()) is Flaw.KEY_NOT_ALLOWED


@pytest.mark.parametrize(("ours", "another"), [("123456789012", "210987654321"), ("arn:aws:", "arn:aws-cn:")])
def test_a_multi_region_key_of_another_account_or_partition_is_another_key(kms: Kms, ours: str, another: str) -> None:
    code = kms.code(key_arn=kms.multi_region_key_arn)
    calls = kms.decrypt_calls()
    decryptor = Decryptor([kms.multi_region_key_arn.replace(ours, another)], kms.client)
    assert _flaw(decryptor, code) is Flaw.KEY_NOT_ALLOWED
    assert calls == [], "KMS is not asked"


def _flaw(decryptor: Decryptor, code: str, pool: str = POOL_ID) -> Flaw:
    with pytest.raises(Undecryptable) as caught:
        decryptor.decrypt(code, pool)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None, "a chained exception holds frames with keys and plaintext"
    return caught.value.flaw


OTHER_SIGNATURE = "the signature's other half"
BEHIND_IT = dict.fromkeys(("a byte behind it", "another message behind it"), Flaw.TRAILING_BYTES)
FLAWS = {way: BEHIND_IT.get(way, Flaw.NOT_BASE64) for way in ciphertext.REWRITTEN if way != OTHER_SIGNATURE}


def test_a_signature_that_needed_no_key_does_not_make_another_message(kms: Kms, decryptor: Decryptor) -> None:
    code = kms.code()
    other = ciphertext.REWRITTEN[OTHER_SIGNATURE](code)
    assert other != code
    assert decryptor.decrypt(other, POOL_ID) == decryptor.decrypt(code, POOL_ID)


class TestNotDecryptable:
    """No retry can help."""

    def test_a_key_that_is_not_allowed_is_not_asked(self, kms: Kms, decryptor: Decryptor) -> None:
        calls = kms.decrypt_calls()
        assert _flaw(decryptor, kms.code(key_arn=kms.other_key_arn)) is Flaw.KEY_NOT_ALLOWED
        assert calls == [], "KMS would answer access denied, which looks like a missing grant"

    def test_the_code_of_another_pool_is_refused_before_kms_is_asked(self, kms: Kms, decryptor: Decryptor) -> None:
        code = kms.code(user_pool_id=OTHER_POOL_ID)
        calls = kms.decrypt_calls()
        assert _flaw(decryptor, code) is Flaw.OTHER_POOL
        assert calls == [], "the grant is bound to the pool: KMS would answer access denied"

    def test_a_context_that_is_forged_to_this_pool_is_altered(self, kms: Kms, decryptor: Decryptor) -> None:
        code = ciphertext.with_context_pool(kms.code(user_pool_id=OTHER_POOL_ID), OTHER_POOL_ID, POOL_ID)
        assert _flaw(decryptor, code) is Flaw.ALTERED

    def test_a_context_without_a_pool_is_another_pool_s(self, kms: Kms, decryptor: Decryptor) -> None:
        assert _flaw(decryptor, kms.code(context={})) is Flaw.OTHER_POOL

    @pytest.mark.parametrize("way", ciphertext.SIGNERS)
    def test_a_signature_s_key_that_does_not_go_with_the_suite_is_altered(
        self, kms: Kms, decryptor: Decryptor, way: str
    ) -> None:
        code = ciphertext.encrypt_oddly(cognitos_client(), kms.key_arn, CODE, POOL_ID, way)
        assert _flaw(decryptor, code) is Flaw.ALTERED

    def test_two_data_keys_are_one_too_many(self, kms: Kms, decryptor: Decryptor) -> None:
        assert _flaw(decryptor, kms.code(other_key_arn=kms.other_key_arn)) is Flaw.SEVERAL_DATA_KEYS

    def test_a_byte_that_is_altered_is_noticed_wherever_it_stands(
        self, kms: Kms, decryptor: Decryptor, subtests: pytest.Subtests
    ) -> None:
        for position in [-1, -60, -120, 300, 500]:
            with subtests.test(position=position):
                assert _flaw(decryptor, ciphertext.altered(kms.code(), position)) is Flaw.ALTERED

    def test_a_code_that_is_cut_off_is_noticed_wherever_it_ends(
        self, kms: Kms, decryptor: Decryptor, subtests: pytest.Subtests
    ) -> None:
        for length in [0, 1, 3, 100, 400, -1, -50, -107, -120]:
            with subtests.test(length=length):
                assert _flaw(decryptor, ciphertext.truncated(kms.code(), length)) is Flaw.ALTERED

    def test_what_is_no_base64_is_refused(self, decryptor: Decryptor, subtests: pytest.Subtests) -> None:
        for code in ["not base64!", "AYADe", "AYAD\n", "ключ", " "]:
            with subtests.test(code=code):
                assert _flaw(decryptor, code) is Flaw.NOT_BASE64

    def test_base64_that_is_written_otherwise_is_refused(
        self, kms: Kms, decryptor: Decryptor, subtests: pytest.Subtests
    ) -> None:
        for way, flaw in FLAWS.items():
            with subtests.test(way=way, flaw=flaw):
                assert _flaw(decryptor, ciphertext.REWRITTEN[way](ciphertext.padded(kms.code))) is flaw

    def test_a_code_that_is_not_encrypted_is_refused(self, decryptor: Decryptor) -> None:
        assert _flaw(decryptor, base64.b64encode(CODE.encode()).decode()) is Flaw.ALTERED

    @pytest.mark.parametrize("plaintext", [b"", b"\xff\xfe\xfd", b"x" * 1537])
    def test_a_plaintext_that_is_no_code_is_refused(self, kms: Kms, decryptor: Decryptor, plaintext: bytes) -> None:
        assert _flaw(decryptor, kms.code(plaintext)) is Flaw.NOT_TEXT

    def test_what_is_too_long_to_be_a_code_is_refused(self, decryptor: Decryptor) -> None:
        assert _flaw(decryptor, "A" * 8196) is Flaw.TOO_LONG

    @pytest.mark.parametrize("kms_code", ["InvalidCiphertextException", "IncorrectKeyException"])
    def test_kms_refuses_the_data_key(self, kms: Kms, decryptor: Decryptor, kms_code: str) -> None:
        kms.answers(kms_code)
        assert _flaw(decryptor, kms.code()) is Flaw.ALTERED


class TestUnavailable:
    """A retry can help, and somebody may have to act."""

    def test_what_kms_says_is_recovered(self, kms: Kms, decryptor: Decryptor, subtests: pytest.Subtests) -> None:
        for kms_code, status, obstacle, says in [
            ("AccessDeniedException", 400, Obstacle.ACCESS_DENIED, "look at the key's grant for this user pool"),
            ("DisabledException", 400, Obstacle.KEY_NOT_USABLE, "disabled"),
            ("KMSInvalidStateException", 400, Obstacle.KEY_NOT_USABLE, "deletion"),
            ("NotFoundException", 400, Obstacle.KEY_NOT_USABLE, "deleted"),
            ("ThrottlingException", 400, Obstacle.THROTTLED, "throttled"),
            ("LimitExceededException", 400, Obstacle.THROTTLED, "throttled"),
            ("KMSInternalException", 500, Obstacle.KMS_ERROR, "KMS failed"),
            ("DependencyTimeoutException", 500, Obstacle.KMS_ERROR, "KMS failed"),
            ("ExpiredTokenException", 400, Obstacle.KMS_ERROR, "KMS failed"),
            ("SomethingNewException", 400, Obstacle.KMS_ERROR, "KMS failed"),
        ]:
            with subtests.test(kms_code):
                kms.forget()
                code = kms.code()
                kms.answers(kms_code, status)
                error = _unavailable(decryptor, code)
                assert error.obstacle is obstacle
                assert error.kms_code == kms_code
                assert error.key_arn == kms.key_arn
                assert says in str(error)
                assert kms.key_arn in str(error)

    def test_of_two_keys_the_one_that_was_refused_is_named(self, kms: Kms) -> None:
        decryptor = Decryptor([kms.other_key_arn, kms.key_arn], kms.client)
        code = kms.code()
        kms.answers("AccessDeniedException")
        assert _unavailable(decryptor, code).key_arn == kms.key_arn

    def test_an_error_is_forgotten_with_its_message(self, kms: Kms, decryptor: Decryptor) -> None:
        good = kms.code()
        kms.answers("ThrottlingException")
        _unavailable(decryptor, good)
        assert _flaw(decryptor, ciphertext.truncated(good, 100)) is Flaw.ALTERED

    def test_a_kms_that_nobody_answers_for_is_unreachable(self, kms: Kms) -> None:
        code = kms.code()
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        error = _unavailable(Decryptor([kms.key_arn], _client_at(port)), code)
        assert (error.obstacle, error.kms_code) == (Obstacle.UNREACHABLE, "EndpointConnectionError")

    def test_an_answer_that_never_comes_ends_in_time_and_in_the_same_way_each_time(self, kms: Kms) -> None:
        code = kms.code()
        with socket.create_server(("127.0.0.1", 0)) as mute:
            decryptor = Decryptor([kms.key_arn], _client_at(mute.getsockname()[1], read_timeout=0.1))
            started = time.monotonic()
            errors = [_unavailable(decryptor, code) for _ in range(3)]
        assert time.monotonic() - started < 3
        assert {(error.obstacle, error.kms_code) for error in errors} == {(Obstacle.UNREACHABLE, "ReadTimeoutError")}

    def test_the_clients_patience_is_seconds(self) -> None:
        config = kms_client(REGION).meta.config
        assert (config.connect_timeout, config.read_timeout) == (1, 2)
        assert config.retries == {"total_max_attempts": 2, "mode": "standard"}

    def test_a_process_without_credentials_is_an_obstacle(self, kms: Kms, monkeypatch: pytest.MonkeyPatch) -> None:
        code = kms.code()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, "/nowhere")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        client = Clients().client("kms", REGION, Config())
        error = _unavailable(Decryptor([kms.key_arn], client), code)
        assert (error.obstacle, error.kms_code) == (Obstacle.KMS_ERROR, "NoCredentialsError")


def _client_at(port: int, read_timeout: float = 2) -> Any:
    config = Config(connect_timeout=1, read_timeout=read_timeout, retries={"total_max_attempts": 2, "mode": "standard"})
    return boto3.client("kms", region_name=REGION, config=config, endpoint_url=f"http://127.0.0.1:{port}")


def _unavailable(decryptor: Decryptor, code: str) -> DecryptUnavailable:
    with pytest.raises(DecryptUnavailable) as caught:
        decryptor.decrypt(code, POOL_ID)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


_DAMAGES = [lambda code: ciphertext.truncated(code, 100), lambda code: ciphertext.altered(code, -1)]


@pytest.mark.parametrize("damage", _DAMAGES, ids=["truncated", "altered"])
def test_a_failure_is_not_logged_by_the_sdk(
    kms: Kms, decryptor: Decryptor, damage: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of itself the SDK logs a traceback when it closes what it could not read to the end."""
    logging.getLogger("aws_encryption_sdk").setLevel(logging.WARNING)
    _flaw(decryptor, damage(kms.code()))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_failure_is_not_printed_by_the_interpreter() -> None:
    """From Python 3.13 on, and before it in development mode, what is left open is printed when it goes."""
    script = """
import gc, logging, sys
from custom_sender.cognito.decryption import Decryptor, Undecryptable, kms_client
arn = "arn:aws:kms:eu-central-1:123456789012:key/0b3c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10"
try:
    Decryptor([arn], kms_client("eu-central-1")).decrypt("AYADeA==", "eu-central-1_Abcdef123")
except Undecryptable as error:
    print(error.flaw)
gc.collect()
"""
    command = [sys.executable, "-X", "dev", "-W", "ignore", "-c", script]
    source = Path(decryption.__file__).parents[2]
    environ = os.environ | {"PYTHONPATH": str(source)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("ALTERED\n", "")


@settings(max_examples=settings().max_examples, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_whatever_get_out_of_the_four_cases(kms: Kms, decryptor: Decryptor, data: st.DataObject) -> None:
    """Every error of hostile bytes is classed: one that came through would be retried, and page somebody."""
    code = kms.code()
    blob = bytearray(base64.b64decode(code))
    for _ in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    start = data.draw(st.sampled_from([b"", b"", b"\x01", b"\x02", bytes.fromhex("01800378"), bytes.fromhex("020578")]))
    cut = data.draw(st.integers(0, len(blob)))
    candidate = bytes(blob) if data.draw(st.booleans()) else start + bytes(blob[cut:])
    try:
        found = decryptor.decrypt(base64.b64encode(candidate).decode(), POOL_ID)
    except Undecryptable:
        return
    except DecryptUnavailable as denied:
        # moto keeps the key's id readable in its data keys and denies access when that is what was altered.
        assert denied.kms_code == "AccessDeniedException"  # noqa: PT017
        return
    assert found == decryptor.decrypt(code, POOL_ID), "what is altered and still accepted must be the same message"
