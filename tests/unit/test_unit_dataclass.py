"""Classes of the function behave as the standard library's dataclasses, which compile their methods at each start."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import ClassVar

import pytest

import custom_sender
from custom_sender.dataclass import dataclass, field, replace


@dataclass(frozen=True)
class Frozen:
    name: str
    hidden: str = field(repr=False)
    kind: ClassVar[str] = "a"
    number: int = 1
    items: list[int] = field(default_factory=list)


@dataclass()
class Open:
    name: str
    number: int | None = None


@dataclasses.dataclass(frozen=True)
class Standard:
    name: str
    hidden: str = dataclasses.field(repr=False)
    kind: ClassVar[str] = "a"
    number: int = 1
    items: list[int] = dataclasses.field(default_factory=list)


def test_values_are_shown_compared_and_hashed_as_the_standard_library_s() -> None:
    ours, theirs = Frozen("x", "secret", number=2), Standard("x", "secret", number=2)

    assert repr(ours) == repr(theirs).replace("Standard", "Frozen")
    assert vars(ours) == vars(theirs)
    assert ours == Frozen("x", "secret", 2)
    assert ours != Frozen("x", "other", 2)
    assert ours != theirs  # type: ignore[comparison-overlap]
    assert hash(Frozen("x", "y", 1, ())) == hash(Standard("x", "y", 1, ()))  # type: ignore[arg-type]
    assert Frozen("x", "y").items is not Frozen("x", "y").items


def test_a_frozen_one_cannot_be_changed_and_an_open_one_can() -> None:
    with pytest.raises(FrozenInstanceError):
        Frozen("x", "y").name = "z"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del Frozen("x", "y").name
    with pytest.raises(TypeError, match="unhashable"):
        hash(Open("x"))
    changed = Open("x")
    changed.number = 3
    assert changed == Open("x", 3)


def test_a_field_too_few_or_too_many_is_refused_without_a_value_in_the_text() -> None:
    for given, named in ((("secret",), {}), (("secret", "b"), {"other": 1}), (("secret", "b", 1, [], 1), {})):
        with pytest.raises(TypeError) as refused:
            Frozen(*given, **named)  # type: ignore[arg-type]
        assert "secret" not in str(refused.value)


def test_the_standard_library_takes_them_for_its_own() -> None:
    one = Frozen("x", "y", 2, [3])

    assert [found.name for found in dataclasses.fields(one)] == ["name", "hidden", "number", "items"]
    assert dataclasses.asdict(one) == {"name": "x", "hidden": "y", "number": 2, "items": [3]}
    assert dataclasses.replace(one, number=4) == replace(one, number=4) == Frozen("x", "y", 4, [3])


def test_no_class_of_the_function_is_compiled_while_it_starts() -> None:
    statement = re.compile(r"^\s*(from|import) dataclasses", re.MULTILINE)
    sources = [path for root in custom_sender.__path__ for path in Path(root).rglob("*.py")]

    assert [path.name for path in sources if statement.search(path.read_text())] == ["dataclass.py"]
