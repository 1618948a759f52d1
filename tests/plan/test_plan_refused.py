"""What a user gets wrong is refused while planning, by a message that says how to get it right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from plan.calls import calls
from plan.refusals import refused
from support.terraform import Diagnostic


@pytest.mark.parametrize("name", calls("rejected"))
def test_it_is_refused_once_with_the_fix(name: str, refusals: Mapping[str, Sequence[Diagnostic]]) -> None:
    messages = [" ".join(diagnostic.detail.split()) for diagnostic in refusals.get(name, ())]

    assert len(messages) == 1, messages
    assert calls("rejected")[name].refuses in messages[0]


def test_nothing_else_is_wrong(refusals: Mapping[str, Sequence[Diagnostic]]) -> None:
    assert refusals.keys() <= calls("rejected").keys()


@pytest.mark.long
def test_the_whole_module_says_neither_less_nor_more(
    refusals: Mapping[str, Sequence[Diagnostic]], tmp_path: Path
) -> None:
    """What validations refuse is planned above without what the module makes; here is all of it, in minutes."""
    whole = refused(tmp_path.resolve() / "root", calls("rejected"))

    assert {name: _said(whole[name]) for name in whole} == {name: _said(refusals[name]) for name in refusals}


def _said(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """What each says, and in which line the rule is; not where the module lies."""
    return [re.sub(r"\S+/(?=[a-z_]+\.tf:\d)", "", diagnostic.detail) for diagnostic in diagnostics]
