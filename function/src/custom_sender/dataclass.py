"""The standard library's ``dataclass``, as far as it is used here, without what it costs at each start.

That one writes the methods of each class as source text and compiles it while the module is imported: for 90 classes a
seventh of a cold start (``docs/performance.md``). Here all classes have the same methods. There are no slots, because
these would make each class twice. Type checkers take it for the standard library's, and so do its ``fields``,
``replace`` and ``asdict``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

__all__ = ("dataclass", "field", "replace")

_NONE: Final = object()


class _Field:
    def __init__(self, *, default: Any = _NONE, default_factory: Any = _NONE, repr: bool = True) -> None:  # noqa: A002
        self.default = default
        self.factory = default_factory
        self.is_shown = repr


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    field = _Field

    def dataclass(*, frozen: bool = False) -> Any:
        return lambda cls: _finished(cls, frozen=frozen)

    def replace(instance: Any, /, **changes: Any) -> Any:
        return type(instance)(**{**vars(instance), **changes})


class _StandardFields:
    """What ``dataclasses`` makes of the class, when somebody asks it."""

    def __get__(self, _: object, owner: Any) -> Any:
        from dataclasses import make_dataclass  # noqa: PLC0415 - no start pays for it

        made: Any = make_dataclass(owner.__name__, owner.__match_args__)
        owner.__dataclass_fields__ = made.__dataclass_fields__  # it is asked once
        return made.__dataclass_fields__


def _equals(self: Any, other: object) -> Any:
    return vars(self) == vars(other) if type(other) is type(self) else NotImplemented


def _refuse(self: Any, name: str, *_: object) -> NoReturn:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - as above

    msg = f"cannot change {name} of {type(self).__qualname__}"
    raise FrozenInstanceError(msg)


def _finished(cls: Any, *, frozen: bool) -> Any:
    names = tuple(name for name, of in cls.__annotations__.items() if not of.startswith("ClassVar"))
    known = frozenset(names)
    written = {name: vars(cls)[name] for name in known & vars(cls).keys()}
    fields = {name: of if isinstance(of, _Field) else _Field(default=of) for name, of in written.items()}
    defaults = {name: of.default for name, of in fields.items() if of.default is not _NONE}
    factories = [(name, of.factory) for name, of in fields.items() if of.factory is not _NONE]

    def __init__(self: Any, /, *given: Any, **named: Any) -> None:  # noqa: N807
        values = {**defaults, **dict(zip(names, given, strict=False)), **named} if given else {**defaults, **named}
        for name, factory in factories:
            if name not in values:
                values[name] = factory()
        if values.keys() != known or len(given) > len(names):
            msg = f"{cls.__qualname__} has these fields, and was given others: {', '.join(names)}"
            raise TypeError(msg)
        object.__setattr__(self, "__dict__", values)  # not by __setattr__, which a frozen one refuses

    def __repr__(self: Any) -> str:  # noqa: N807
        shown = [name for name in names if name not in fields or fields[name].is_shown]
        return f"{cls.__qualname__}({', '.join(f'{name}={vars(self)[name]!r}' for name in shown)})"

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(tuple(vars(self)[name] for name in names))

    for name in written:
        delattr(cls, name)
    cls.__init__, cls.__repr__, cls.__eq__ = __init__, __repr__, _equals
    cls.__hash__ = __hash__ if frozen else None
    if frozen:
        cls.__setattr__ = cls.__delattr__ = _refuse
    cls.__match_args__, cls.__dataclass_fields__ = names, _StandardFields()  # type: ignore[misc] # of no class at hand
    return cls
