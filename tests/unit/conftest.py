"""What the unit tests share: an account's KMS and DynamoDB in this process, and the handler.

What they need is imported where it is needed: xdist's controller reads this file too, and would wait for half a second
before it starts its workers.
"""

# ruff: noqa: PLC0415
from __future__ import annotations

import functools
import importlib
import uuid
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.dynamodb import DynamoDb
    from support.function import Function
    from support.kms import Kms


@pytest.fixture(scope="session", autouse=True)
def _descriptions_of_apis_are_read_once() -> Iterator[None]:
    """botocore parses the description of a service's API, a megabyte of JSON, once for each session. Ours make many."""
    from botocore.loaders import create_loader

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", functools.cache(create_loader))
        yield


@pytest.fixture(scope="module")
def _account() -> Iterator[tuple[str, str, str]]:
    from moto import mock_aws

    aws = mock_aws()
    aws.start(reset=False)
    yield _keys()
    aws.stop(remove_data=False)


@functools.cache
def _keys() -> tuple[str, str, str]:
    """Made once and kept, because moto takes 50 ms for each: it makes an RSA key, whatever the key is for."""
    import boto3

    from support.cognito import REGION

    client = boto3.client("kms", region_name=REGION)
    return (
        client.create_key()["KeyMetadata"]["Arn"],
        client.create_key()["KeyMetadata"]["Arn"],
        _multi_region_key(client),
    )


def _multi_region_key(client: Any) -> str:
    """A multi-Region key with its replica in ``REPLICA_REGION``; the primary's ARN.

    AWS's ids of such keys are "mrk-" and 32 hex digits. moto makes four characters more than its own ciphertexts have
    room for and then cannot decrypt them, so the key gets an id as AWS makes them.
    """
    from moto.kms.models import kms_backends

    from support.cognito import ACCOUNT_ID, REGION, REPLICA_REGION

    made = client.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    backend = kms_backends[ACCOUNT_ID][REGION]
    key = backend.keys.pop(made)
    key.id = f"mrk-{uuid.uuid4().hex}"
    key.arn = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/{key.id}"
    backend.keys[key.id] = key
    backend.replicate_key(key.id, REPLICA_REGION)
    return str(key.arn)


@pytest.fixture(scope="module")
def _kms_client(_account: tuple[str, str, str]) -> Any:
    from custom_sender.cognito.decryption import kms_client
    from support.cognito import REGION

    return kms_client(REGION)


@pytest.fixture
def kms(_kms_client: Any, _account: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Kms]:
    """Each test's own: what it has KMS answer, and what it listens to, ends with it."""
    from support.dynamodb import every_try_is_made
    from support.kms import Kms

    every_try_is_made(monkeypatch)
    made = Kms(_kms_client, *_account)
    yield made
    made.forget()


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDb]:
    """The ledger's table."""
    from support.dynamodb import DynamoDb, every_try_is_made

    with pytest.MonkeyPatch.context() as patch:
        every_try_is_made(patch)
        yield DynamoDb()


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    """The entry module makes its handler while it is imported, so the environment must be there."""
    from support.environment import environment

    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment().items():
            patch.setenv(name, value)
        yield importlib.import_module("custom_sender.handler")


@pytest.fixture
def function(kms: Kms, module: ModuleType) -> Function:
    from support.function import Function

    return Function(kms, module)
