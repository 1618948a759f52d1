"""What a user gets wrong is refused while planning, by a message that says how to get it right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from plan.scenarios import REJECTED
from support.terraform import Diagnostic


@pytest.mark.parametrize("name", REJECTED)
def test_it_is_refused_once_with_the_fix(name: str, refusals: Mapping[str, Sequence[Diagnostic]]) -> None:
    messages = [" ".join(diagnostic.detail.split()) for diagnostic in refusals.get(name, ())]

    assert len(messages) == 1, messages
    assert REJECTED[name].message in messages[0]


def test_nothing_else_is_wrong(refusals: Mapping[str, Sequence[Diagnostic]]) -> None:
    assert refusals.keys() <= REJECTED.keys()
