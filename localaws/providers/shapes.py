"""A request against the model of its operation that botocore ships: the client itself checks only a part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

_PYTHON: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "map": (dict,),
    "list": (list,),
    "structure": (dict,),
    "double": (int, float),
    "float": (int, float),
}


def check_shape(shape: Any, value: Any, name: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a value, by botocore's model: pairs of field and message."""
    wanted = _PYTHON.get(shape.type_name)
    if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
        yield name, f"{name or 'request'} must be of type {shape.type_name}"
        return
    if shape.type_name == "structure":
        for member in shape.required_members:
            if member not in value:
                yield member, f"{member} is required"
        for member, content in value.items():
            if member not in shape.members:
                yield member, f"{member} is not a member of {shape.name}"
            else:
                yield from check_shape(shape.members[member], content, member)
    elif shape.type_name == "map":
        yield from _check_size(shape, len(value), name)
        for key, content in value.items():
            yield from check_shape(shape.key, key, f"{name} key")
            yield from check_shape(shape.value, content, f"{name}[{key}]")
    elif shape.type_name == "list":
        yield from _check_size(shape, len(value), name)
        for content in value:
            yield from check_shape(shape.member, content, name)
    elif shape.type_name == "string":
        yield from _check_size(shape, len(value), name)
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            yield name, f"{name} must match {pattern}"
        enumeration = shape.metadata.get("enum")
        if enumeration and value not in enumeration:
            yield name, f"{name} must be one of {', '.join(enumeration)}"
    elif shape.type_name in {"integer", "long"}:
        yield from _check_size(shape, value, name)


def _check_size(shape: Any, size: int, name: str) -> Iterator[tuple[str, str]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < int(least):
        yield name, f"{name} must be at least {least}"
    if most is not None and size > int(most):
        yield name, f"{name} must be at most {most}"
