"""One embedded AWS for all of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localaws.client import LocalAws
from localaws.tests.rig import Account, Function, allow

TIME_SCALE = 600
"""Lambda's first retry after a tenth of a second, the second after two tenths."""


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    with LocalAws(time_scale=TIME_SCALE) as running:
        yield running


@pytest.fixture(scope="session")
def account(aws: LocalAws) -> Account:
    return Account(aws)


@pytest.fixture(scope="session")
def shared(account: Account) -> Function:
    """A warm probe whose rights every test sets for itself."""
    return account.function()


@pytest.fixture
def probe(shared: Function, aws: LocalAws) -> Iterator[Function]:
    shared.may(allow("logs:*"))
    yield shared
    aws.clear_faults()
