"""What a user gets wrong is refused while planning, by a message that says how to get it right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from localaws.terraform import Diagnostic
from plan.calls import calls
from plan.refusals import refused


@pytest.mark.parametrize("name", [name for name, call in calls("rejected").items() if call.refused])
def test_it_is_refused_once_with_the_fix(name: str, refusals: Mapping[str, Sequence[Diagnostic]]) -> None:
    """By a rule of the module once; by the provider for each attribute that got the value."""
    found = refusals.get(name, ())
    messages = [" ".join(f"{diagnostic.summary} {diagnostic.detail}".split()) for diagnostic in found]

    assert any(calls("rejected")[name].refused in message for message in messages), messages
    assert len(messages) == 1 or not any(diagnostic.is_of_a_rule for diagnostic in found), messages


def test_no_call_is_refused_that_none_of_these_tests_names(refusals: Mapping[str, Sequence[Diagnostic]]) -> None:
    assert refusals.keys() <= calls("rejected").keys()


@pytest.mark.parametrize("name", [name for name, call in calls("rejected").items() if call.judged])
def test_what_terraform_plans_the_function_judges(name: str, judgments: Mapping[str, str]) -> None:
    """Before the alias moves, by the self-check; and before AWS, by ``make check``."""
    assert calls("rejected")[name].judged in judgments[name]


@pytest.mark.long
def test_the_whole_module_says_neither_less_nor_more(checks: Path, tmp_path: Path) -> None:
    """What validations refuse is planned above without what the module makes; here with all of it, in minutes."""
    of_the_root = {name: call for name, call in calls("rejected").items() if call.refused and call.is_of_the_root}
    ruled = refused(tmp_path.resolve() / "rules", of_the_root, checks)
    whole = refused(tmp_path.resolve() / "whole", {name: of_the_root[name] for name in of_the_root if name in ruled})

    assert {name: _said(whole[name]) for name in whole} == {name: _said(ruled[name]) for name in ruled}


def _said(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """What each says, and in which line the rule is; not where the module lies, nor which came first."""
    return sorted(re.sub(r"\S+/(?=[a-z_-]+\.tf:\d)", "", diagnostic.detail) for diagnostic in diagnostics)
