"""What the property tests share: credentials for clients that reach nobody, and no waiting."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace

import pytest

from property.rig import Rig
from support.cognito import REGION
from support.environment import environment


@pytest.fixture(scope="module", autouse=True)
def _no_waiting() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        # Nobody waits between two tries of a client.
        patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
        yield


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(AWS_DEFAULT_REGION=REGION).items():
            patch.setenv(name, value)
        module: ModuleType = importlib.import_module("custom_sender.handler")
        yield Rig(module)
