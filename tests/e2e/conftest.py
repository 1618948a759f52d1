"""One apply for all end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.stack import Stack, apply_everything


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every composition, applied."""
    with apply_everything(tmp_path_factory.mktemp("e2e")) as everything:
        yield everything
