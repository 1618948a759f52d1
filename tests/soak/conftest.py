"""What the soaks share: the function's entry module, which makes its handler while it is imported."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from support.cognito import REGION
from support.environment import environment


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(AWS_DEFAULT_REGION=REGION).items():
            patch.setenv(name, value)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield importlib.import_module("custom_sender.handler")
