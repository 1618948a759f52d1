"""Reads one object of the configuration, attribute by attribute: each has a form, and what nobody asks for is refused.

Every error says ``path: rule. Got: … Fix: …``, with the path as it stands in Terraform (``senders.aws.sns.region``). A
value is never repeated: it may be a credential in the wrong place, or a person's number. Names are.

There is no default in here: Terraform's types have them all, and leave out what is null or empty.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn, overload

from custom_sender.dataclass import dataclass
from custom_sender.errors import OTHER_VERSION, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Literal

# What may be shown of a name: as much of it as cannot be a number or a text of somebody's.
_NAME: Final = re.compile(r"(?!.*[0-9]{3})[A-Za-z0-9_.:-]{1,64}", re.ASCII)


class Unknown(str):
    """A value that a plan does not know yet (``make check``): every form accepts it, and nothing is asked of it."""

    __slots__ = ()


UNKNOWN: Final = Unknown("(known after apply)")


@dataclass(frozen=True)
class Form:
    """What a text may be: ``words`` say it, ``pattern`` is for the whole text, ``longest`` in characters."""

    words: str
    pattern: str
    longest: int | None = None

    def fits(self, value: object) -> bool:
        """Whether it is a text of this form."""
        if isinstance(value, Unknown):
            return True
        if not isinstance(value, str) or (self.longest is not None and len(value) > self.longest):
            return False
        return re.fullmatch(self.pattern, value, re.ASCII) is not None


class Reader:
    """One object, and the path to it. None and an absent attribute or item are the same."""

    __slots__ = ("_values", "_wanted", "path")

    def __init__(self, content: object, path: str) -> None:
        """:raises SettingsError: when the content is no object."""
        self.path = path
        if not isinstance(content, dict):
            refuse(path, "an object", got(content), OTHER_VERSION)
        self._values = {str(name): value for name, value in content.items() if value is not None}
        self._wanted: set[str] = set()

    # -- what there is ------------------------------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        """Whether the attribute is there."""
        return name in self._values

    def take(self, name: str, rule: str = "", *, required: bool = False) -> Any:
        """The attribute as it is, None when it is absent. ``rule`` says what it must be, where it is required."""
        self._wanted.add(name)
        if required and name not in self._values:
            self.refuse(name, rule, "nothing", "set it")
        return self._values.get(name)

    def all(self) -> dict[str, Any]:
        """All attributes as they are, of an object that is read later."""
        self._wanted.update(self._values)
        return dict(self._values)

    def names(self) -> list[str]:
        """The names of all attributes, of an object whose names are the user's."""
        self._wanted.update(self._values)
        return list(self._values)

    def end(self) -> None:
        """Refuse what nobody asked for."""
        for name in self._values:
            if name not in self._wanted:
                known = ", ".join(sorted(self._wanted))
                place = self.path or "settings"
                refuse(place, f"an object with {known}", shown(name), f"remove it, or {OTHER_VERSION}")

    def refuse(self, name: str, rule: str, found: str, fix: str) -> NoReturn:
        """Raise the error about one attribute."""
        refuse(f"{self.path}.{name}" if self.path else name, rule, found, fix)

    def where(self, name: str) -> str:
        """The path of one attribute."""
        return f"{self.path}.{name}" if self.path else name

    # -- kinds of values ----------------------------------------------------------------------------------------------

    @overload
    def text(self, name: str, *forms: Form, required: Literal[True]) -> str: ...

    @overload
    def text(self, name: str, *forms: Form, required: bool = False) -> str | None: ...

    def text(self, name: str, *forms: Form, required: bool = False) -> str | None:
        """A text that has one of the forms."""
        value = self.take(name, words(forms), required=required)
        return None if value is None else self._fitting(name, value, forms)

    def word(self, name: str, options: Iterable[str], *, required: bool = True) -> str:
        """One of the words, exactly as written; "" when it is absent and need not be there."""
        rule = "one of " + ", ".join(f'"{option}"' for option in options)
        value = self.take(name, rule, required=required)
        if value is None:
            return ""
        if not isinstance(value, str) or value not in options:
            self.refuse(name, rule, got(value), "write one of them")
        return value

    def switch(self, name: str, *, required: bool = False) -> bool:
        """True or false, never a word or a number that means one of them; false when it is absent."""
        value = self.take(name, "true or false", required=required)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, "true or false", got(value), "write one of them")
        return value is True

    @overload
    def whole(self, name: str, least: int, most: int, *, required: Literal[True]) -> int: ...

    @overload
    def whole(self, name: str, least: int, most: int, *, required: bool = False) -> int | None: ...

    def whole(self, name: str, least: int, most: int, *, required: bool = False) -> int | None:
        """A whole number from ``least`` to ``most``, both included."""
        rule = f"a whole number from {least} to {most}"
        value = self.take(name, rule, required=required)
        # Terraform may write 300 as 300.0 when it came from arithmetic; a boolean is an int in Python.
        if value is not None and not (_is_number(value) and least <= value <= most and float(value).is_integer()):
            self.refuse(name, rule, got(value), "write one")
        return None if value is None else int(value)

    def share(self, name: str) -> float:
        """A number from 0 to 1."""
        value = self.take(name, "a number from 0 to 1", required=True)
        if not _is_number(value) or not 0 <= value <= 1:
            self.refuse(name, "a number from 0 to 1", got(value), "write one")
        return float(value)

    def texts(self, name: str, *forms: Form, required: bool = False) -> tuple[str, ...]:
        """A list of texts, each of one of the forms; empty when it is absent. Required: one at least."""
        rule = f"a list, each item {words(forms)}"
        value = self.take(name, rule, required=required)
        if value is None:
            return ()
        items = [item for item in value if item is not None] if isinstance(value, list) else None
        if items is None or (required and not items):
            self.refuse(name, rule, got(value), "write a list of one or more" if required else "write a list")
        return tuple(self._fitting(name, item, forms) for item in items)

    def by_name(self, name: str, key: Form, *forms: Form, key_as: Callable[[str], str] = str) -> Mapping[str, str]:
        """An object whose names have a form, and whose values are texts; empty when it is absent.

        ``key_as`` brings a name into its one way of being written; no two may then be the same.
        """
        if not self.has(name):
            self.take(name)
            return MappingProxyType({})
        inner = self.within(name)
        found = {key_as(each): inner.text(each, *forms, required=True) for each in inner.keys_of(key)}
        inner.refuse_twins(found)
        return MappingProxyType(found)

    def keys_of(self, key: Form) -> list[str]:
        """The names of all attributes, each of this form."""
        names = self.names()
        for name in names:
            if not key.fits(name):
                refuse(self.path, f"each name is {key.words}", shown(name), "write it so")
        return names

    def refuse_twins(self, found: Mapping[str, Any]) -> None:
        """Raise when two names became one in ``found``: pt-BR, pt_BR and pt-br are the same."""
        if len(found) != len(self._values):
            names = ", ".join(shown(name) for name in self._values)
            refuse(self.path, "each locale once: pt-BR, pt_BR and pt-br are the same", names, "keep one of them")

    def within(self, name: str, *, required: bool = True) -> Reader:
        """An object inside this one; an empty one where it is absent and need not be there."""
        value = self.take(name, "an object", required=required)
        return Reader({} if value is None else value, self.where(name))

    def objects(self) -> Iterator[tuple[str, Reader]]:
        """Every attribute of this object, whose names are the user's, as an object of its own."""
        for name in self.names():
            yield name, self.within(name)

    def _fitting(self, name: str, value: object, forms: tuple[Form, ...]) -> str:
        if not isinstance(value, str) or not any(form.fits(value) for form in forms):
            self.refuse(name, words(forms), got(value), "write it so")
        return value


def refuse(path: str, rule: str, found: str, fix: str) -> NoReturn:
    """Raise the error. No part may hold a value."""
    raise SettingsError(flaw(path, rule, found, fix))


def flaw(path: str, rule: str, found: str, fix: str) -> str:
    """What is wrong, as every error says it."""
    return f"{path}: {rule}. Got: {found}. Fix: {fix}."


def words(forms: Iterable[Form]) -> str:
    """What the forms say, as a choice."""
    return ", or ".join(form.words for form in forms)


def got(value: object) -> str:
    """The kind of a value, without the value."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"a text of {len(value)} character{'' if len(value) == 1 else 's'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    return "a number"


def shown(name: str) -> str:
    """A name of the configuration: as it is, unless it could be something else."""
    return name if _NAME.fullmatch(name) else f"a name of {len(name)} characters"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
