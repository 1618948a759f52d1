"""What the unit tests share: an account's KMS and DynamoDB in this process, and the handler."""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace

import boto3
import pytest
from moto import mock_aws
from moto.kms.models import kms_backends

from cognito_sms_sender.decryption import kms_client
from support.cognito import ACCOUNT_ID, REGION, REPLICA_REGION
from support.dynamodb import DynamoDb
from support.environment import environment
from support.function import Function
from support.kms import Kms


@pytest.fixture(scope="module")
def _account() -> Iterator[tuple[str, str, str]]:
    with mock_aws():
        client = boto3.client("kms", region_name=REGION)
        yield (
            client.create_key()["KeyMetadata"]["Arn"],
            client.create_key()["KeyMetadata"]["Arn"],
            _multi_region_key(),
        )


def _multi_region_key() -> str:
    """A multi-Region key with its replica in ``REPLICA_REGION``; the primary's ARN.

    AWS's ids of such keys are "mrk-" and 32 hex digits. moto makes four characters more than its own ciphertexts have
    room for and then cannot decrypt them, so the key gets an id as AWS makes them.
    """
    client = boto3.client("kms", region_name=REGION)
    made = client.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    backend = kms_backends[ACCOUNT_ID][REGION]
    key = backend.keys.pop(made)
    key.id = f"mrk-{uuid.uuid4().hex}"
    key.arn = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/{key.id}"
    backend.keys[key.id] = key
    backend.replicate_key(key.id, REPLICA_REGION)
    return str(key.arn)


@pytest.fixture
def kms(_account: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> Kms:
    """A fresh client for every test, so that ``answers`` ends with it; no waiting between the client's two attempts."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    return Kms(kms_client(REGION), *_account)


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDb]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        # No waiting between the client's two attempts.
        patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
        yield DynamoDb()


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    """The entry module makes its handler while it is imported, so the environment must be there."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment().items():
            patch.setenv(name, value)
        yield importlib.import_module("cognito_sms_sender.handler")


@pytest.fixture
def function(kms: Kms, module: ModuleType) -> Function:
    return Function(kms, module)
