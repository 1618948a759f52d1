"""Attributes that the module does not have: Terraform drops them from an object when it converts it to its type.

``attributes.json`` has the trees of all attributes of the variables of the module and its submodules, made by
``cli/tools``. An object stands there by its attributes, a map by ``"*"``, a list or set as a list of one. ``null``
stands for a value without attributes.
"""

from __future__ import annotations

import difflib
import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.check.findings import Finding, NotChecked
from cognito_sender.check.hcl import NotLiteral
from custom_sender.reader import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from cognito_sender.check.findings import Line

FILE: Final = Path(__file__).with_name("attributes.json")
ANY_KEY: Final = "*"

# Of the folders in this repository, those that are called.
MODULE: Final = "."
USER_POOL: Final = "modules/user-pool"
ATTACHMENT: Final = "modules/user-pool-attachment"
MODULES: Final = (MODULE, USER_POOL, ATTACHMENT)

# How like a name in another object must be; in the same object, difflib's own 0.6 is enough.
_SURELY: Final = 0.8

Tree = dict[str, Any] | list[Any] | None
Place = tuple[str, ...]


class Attributes:
    """The tree of a module, and what can be asked of it."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self._tree = dict(tree)
        self._paths = list(_paths(self._tree))

    @classmethod
    @functools.cache
    def of(cls, module: str) -> Attributes:
        return cls(json.loads(FILE.read_text(encoding="utf-8"))[module])

    def are_of(self, variables: AbstractSet[str]) -> bool:
        """Whether a module with these variables is this one, perhaps of another version: most are the same."""
        return 2 * len(self._tree.keys() & variables) > len(self._tree.keys() | variables)

    def can_be_misspelled_in(self, variable: str) -> bool:
        """Whether a value of this variable has names that are not free. Of one that is not known, nobody can say."""
        return variable not in self._tree or self._tree[variable] is not None

    def below(self, *place: str) -> list[str]:
        """The attributes of an object."""
        return [path[-1] for path in self._paths if path[:-1] == place]

    def misspelled(self, call: str, arguments: Mapping[str, object]) -> Iterator[Line]:
        """What the arguments of a call name and the module does not have."""
        for variable, value in arguments.items():
            if variable in self._tree:
                yield from self._misspelled(value, self._tree[variable], f"{call}.{variable}", (variable,))
            else:
                yield NotChecked(f"{call}.{variable}", "this check is of a version of the module that does not have it")

    def _misspelled(self, value: object, tree: Tree, path: str, place: Place) -> Iterator[Line]:
        if tree is None or value is None:
            return
        if isinstance(tree, list) and isinstance(value, list):
            for index, each in enumerate(value):
                yield from self._misspelled(each, tree[0], f"{path}[{index}]", (*place, ANY_KEY))
        elif isinstance(tree, dict) and isinstance(value, dict):
            for key, inner in value.items():
                yield from self._of_key(key, inner, tree, path, place)
        else:
            yield NotChecked(path, value.reason if isinstance(value, NotLiteral) else "no literal")

    def _of_key(
        self, key: str | NotLiteral, inner: object, tree: dict[str, Any], path: str, place: Place
    ) -> Iterator[Line]:
        name = "(no literal)" if isinstance(key, NotLiteral) else shown(key)
        if ANY_KEY in tree:
            yield from self._misspelled(inner, tree[ANY_KEY], f"{path}.{name}", (*place, ANY_KEY))
        elif isinstance(key, NotLiteral):
            yield NotChecked(path, key.reason)
        elif key in tree:
            yield from self._misspelled(inner, tree[key], f"{path}.{key}", (*place, key))
        else:
            rule = "Terraform drops an attribute that the module does not have, in silence"
            yield Finding(path, f"{rule}. Got: {name}. Fix: {self._fix(key, place)}")

    def _fix(self, name: str, place: Place) -> str:
        """What was meant: in the same object, else in the same variable, else anywhere."""
        siblings = self.below(*place)
        if near := difflib.get_close_matches(name, siblings, n=1):
            return f"did you mean {near[0]}?"
        for circle in (place[:1], ()):
            # The first of a name is the one that is least deep.
            paths = {path[-1]: path for path in reversed(self._paths) if path[: len(circle)] == circle}
            if near := difflib.get_close_matches(name, paths, n=1, cutoff=_SURELY):
                return f"did you mean {'.'.join(paths[near[0]])}?"
        return f"take it out, or write one of {', '.join(siblings)}."


def _paths(tree: Tree, place: Place = ()) -> Iterator[Place]:
    """The way to every attribute."""
    if isinstance(tree, list):
        yield from _paths(tree[0], (*place, ANY_KEY))
    elif isinstance(tree, dict):
        for name, inner in tree.items():
            if name != ANY_KEY:
                yield (*place, name)
            yield from _paths(inner, (*place, name))
