"""Literals of Terraform's files: ``.tf`` by python-hcl2, ``.tf.json`` by the standard library.

An object is a ``dict``, a list or tuple a ``list``; a string, a number, true, false and null are Python's. Nothing is
evaluated here: an expression is a ``NotLiteral``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import hcl2
from lark import Token, Tree
from lark.exceptions import LarkError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None}
_NUMBERS: Final = frozenset({"int_lit", "float_lit"})
# Names without quotes. The last one is what a key such as `for` is.
_BARE_NAMES: Final = frozenset({"identifier", "literal_value", "keyword"})
_MARKS_OF_TEMPLATES: Final = ("${", "%{")

Node = Tree[Token]
Calls = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True, eq=False)
class NotLiteral:
    """An expression; also in the place of an object's key. No two are equal: each may be another key."""

    reason: str


class UnreadableError(ValueError):
    """A file that is not understood. The text says which, and where."""


def module_calls(file: Path) -> Calls:
    """The module calls of a file: name → argument → value.

    :raises UnreadableError: when the file cannot be read, or is not understood.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix == ".json":
            return dict(_calls_of_json(json.loads(text), str(file)))
        return {labels[0]: _arguments(body, str(file)) for labels, body in blocks(text, "module")}
    except LarkError as error:
        line = getattr(error, "line", None)
        raise UnreadableError(f"{file} does not parse{f' (line {line})' if line else ''}") from error
    except (OSError, ValueError, RecursionError, LookupError, AttributeError) as error:
        raise UnreadableError(f"{file} does not parse") from error


def blocks(text: str, kind: str) -> Iterator[tuple[list[str], Node]]:
    """The labels and the body of each block of a kind at the top of a file."""
    tree = hcl2.parses_to_tree(text)
    # python-hcl2 8.1.4 ends "$${" at the next brace, even behind the string: what follows would be read as text.
    if any(token.type.startswith("ESCAPED_") and '"' in token for token in tree.scan_values(_is_token)):
        raise ValueError("an escaped template that is not closed in its string")
    for body in tree.children:
        for block in _nodes(body) if isinstance(body, Tree) else ():
            if block.data == "block":
                name, *labels, content = _nodes(block)
                if _name(name) == kind:
                    yield [str(_name(label)) for label in labels], content


def attributes(body: Node) -> Iterator[tuple[str, Node]]:
    """The arguments of a block as expressions."""
    for node in _nodes(body):
        if node.data == "attribute":
            name, expression = _nodes(node)
            yield str(_name(name)), expression


def literal(node: Node, file: str) -> object:
    """The value of an expression."""
    inner = _nodes(node)
    value: object = None
    match str(node.data):
        case "expr_term" if len(inner) == 1:
            value = literal(inner[0], file)
        case "object":
            value = {_key(key, file): literal(content, file) for key, content in map(_nodes, inner)}
        case "tuple":
            value = [literal(each, file) for each in inner]
        case "literal_value":
            value = _WORDS[_text(node)]
        case kind if kind in _NUMBERS:
            value = float(_text(node))
        case kind:
            text = _name(node) if kind == "string" else None
            value = NotLiteral(f"no literal ({file}:{node.meta.line})") if text is None else text
    return value


def function_call(node: Node) -> tuple[str, list[Node]]:
    """The name of a function and what it is called with; of ``string``, which is no call, the name alone."""
    inner = _nodes(node)
    if node.data == "expr_term":
        return function_call(inner[0])
    if node.data == "function_call":
        name, *arguments = inner
        return str(_name(name)), [each for part in arguments for each in _nodes(part)]
    return str(_name(node)), []


def members(node: Node) -> Iterator[tuple[str, Node]]:
    """The keys of an object, and their expressions."""
    for element in _nodes(_nodes(node)[0]):
        key, value = _nodes(element)
        yield str(_name(_nodes(key)[0])), value


def _key(node: Node, file: str) -> str | NotLiteral:
    """A key of an object; in parentheses it is an expression."""
    (key,) = _nodes(node)
    is_bare = key.data != "expr_term" or not isinstance(key.children[0], Token)
    if is_bare and (name := _name(key)) is not None:
        return name
    value = literal(key, file)
    return value if isinstance(value, str | NotLiteral) else NotLiteral(f"no literal ({file}:{node.meta.line})")


def _name(node: Node) -> str | None:
    """What a string, an identifier or a number says; None: another expression, or a template."""
    inner = _nodes(node)
    if node.data == "expr_term" and len(inner) == 1:
        return _name(inner[0])
    if node.data in _BARE_NAMES | _NUMBERS:
        return _text(node)
    if node.data == "string" and not any(map(_nodes, inner)):
        text = "".join(map(_text, inner)).replace("$${", "${").replace("%%{", "%{")
        try:
            return str(json.loads(f'"{text}"', strict=False))
        except ValueError:  # of HCL's escapes, JSON does not have \UNNNNNNNN
            return None
    return None


def _arguments(body: Node, file: str) -> dict[str, object]:
    return {name: literal(expression, file) for name, expression in attributes(body)}


def _nodes(node: Node) -> list[Node]:
    """What is in a node, without punctuation and comments."""
    return [child for child in node.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]


def _text(node: Node) -> str:
    return "".join(child for child in node.children if isinstance(child, Token))


def _is_token(value: object) -> bool:
    return isinstance(value, Token)


def _calls_of_json(content: Any, file: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """As Terraform's JSON syntax has them: an object by name, or a list of such objects."""
    modules = content.get("module", {})
    for named in modules if isinstance(modules, list) else [modules]:
        for name, call in named.items():
            for block in call if isinstance(call, list) else [call]:
                yield name, {argument: _without_templates(value, file) for argument, value in block.items()}


def _without_templates(value: object, file: str) -> object:
    match value:
        case dict():
            return {_without_templates(key, file): _without_templates(inner, file) for key, inner in value.items()}
        case list():
            return [_without_templates(inner, file) for inner in value]
        case str() if any(mark in value for mark in _MARKS_OF_TEMPLATES):
            return NotLiteral(f"no literal ({file})")
        case _:
            return value
