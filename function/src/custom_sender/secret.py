"""A value that must not be written anywhere: a code, a temporary password, a text that holds one, a credential."""

from __future__ import annotations

from typing import NoReturn

_MASK = "***"


class Secret:
    """Wraps a text so that ``str``, ``repr``, formatting, JSON, pickling and tracebacks cannot show it by accident.

    ``reveal`` is the only way to the value. It is called where the value leaves for a provider, and nowhere else.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself. Never pass it to a log, a metric, an exception or a return value."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, format_spec: str) -> str:
        return _MASK

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        msg = "a Secret is never serialized"
        raise TypeError(msg)
