"""How the function refuses a setting: ``path: rule. Got: … Fix: …``, where names are shown and values never."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from custom_sender.errors import SettingsError

_FORM: Final = re.compile(r"(?P<place>\S+): (?P<rule>.+)\. Got: (?P<found>.+)\. Fix: .+\.", re.DOTALL)
# A shorter text may well be part of a word that says what is wrong.
_TELLING: Final = 4


def refused(make: Callable[[], object], content: object = None) -> str:
    """The error of what is made, with its four parts. Behind the rule, none of them has a value of ``content``."""
    with pytest.raises(SettingsError) as caught:
        make()
    assert caught.value.__context__ is None, "Lambda writes it into the log"
    text = str(caught.value)
    found = _FORM.fullmatch(text)
    assert found is not None, text
    repeated = [value for value in texts(content) if len(value) >= _TELLING and value in text[found.end("rule") :]]
    assert not repeated, text
    return text


def texts(content: object) -> Iterator[str]:
    """Every text in it that is a value, and no name."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from texts(value)
    elif isinstance(content, list):
        for item in content:
            yield from texts(item)
