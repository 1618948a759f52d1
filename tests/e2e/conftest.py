"""One apply for all end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.stack import Stack, apply_everything


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers, all of these run in one: they share what one apply made."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every composition, applied."""
    with apply_everything(tmp_path_factory.mktemp("e2e")) as everything:
        yield everything
