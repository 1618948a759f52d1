"""Modules that a library imports at its head, and that nothing here makes it use."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Postponed(ModuleType):
    """Stands for a module that is imported when it is first looked into, and no more from then on."""

    def __getattr__(self, name: str) -> Any:
        # Within the block too: another version of the library may say ``from name import something``.
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def _stand_in(name: str, function: str) -> ModuleType:
    def call(*given: Any, **named: Any) -> Any:
        return getattr(importlib.import_module(name), function)(*given, **named)

    stand_in = _Postponed(name)
    if function:
        # ``from`` looks for a path first.
        vars(stand_in).update({function: call, "__path__": []})
    package, _, below = name.rpartition(".")
    if package and "." not in package:  # a package in a package brings too much along
        setattr(importlib.import_module(package), below, stand_in)
    return stand_in


@contextmanager
def postponed(*names: str) -> Iterator[None]:
    """In this block, ``import name`` of these modules gives a stand-in, unless the module is there already.

    It is for other people's modules that say ``import name`` and look into it in functions alone. One that looks into
    it at once makes it be imported at once, and who imports it after the block gets the module itself. For one that
    says ``from name import function`` and calls it in functions alone, the name is ``name:function``.
    """
    parts = [name.partition(":") for name in names]
    stand_ins = {name: _stand_in(name, function) for name, _, function in parts if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
