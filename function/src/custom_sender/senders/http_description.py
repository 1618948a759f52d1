"""A description of a provider's HTTP API, checked: what ``http_language`` makes and ``http`` works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custom_sender.dataclass import dataclass
from custom_sender.message import Carries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_sender.outcome import Outcome


@dataclass(frozen=True)
class Value:
    """A placeholder: a value of the message, or a field of the secret."""

    name: str
    secret: bool = False


@dataclass(frozen=True)
class Each:
    """``[*]`` of a path: every element of a list."""


Step = str | int | Each
Path = tuple[Step, ...]
Leaf = str | int | float | bool | None | Value
Node = Leaf | tuple["Node", ...] | dict[str, "Node"]


@dataclass(frozen=True)
class Header:
    """A header's value: text, then perhaps a placeholder."""

    name: str
    text: str
    value: Value | None


class AnswerHeader(str):
    """The name of an answer's header, in lower case: where an answer without a body has its id."""

    __slots__ = ()


@dataclass(frozen=True)
class Rule:
    """Which answers end how. ``status``: each "200" or "4xx", none is any. ``fields``: all of them must fit.

    ``credentials_refused`` None leaves it to the status: 401 and 403 with PROVIDER_CONFIG refuse the credentials.
    """

    outcome: Outcome
    status: tuple[str, ...]
    fields: tuple[tuple[Path, tuple[str, ...]], ...]
    credentials_refused: bool | None


@dataclass(frozen=True)
class Description:
    """A checked description. ``url`` is its text in pieces, placeholders between; ``form`` is false for JSON."""

    method: str
    url: tuple[str | Value, ...]
    headers: tuple[Header, ...]
    basic_auth: tuple[str | Value, Value] | None
    form: bool
    body: dict[str, Node]
    shortest_life_seconds: int
    longest_life_seconds: int
    message_id: Path | AnswerHeader | None
    rules: tuple[Rule, ...]

    @property
    def carries(self) -> frozenset[Carries]:
        """A mail, a text, or nothing but the code: what the body has a place for."""
        placeholders = {value.name for value in values_in(self.body) if not value.secret}
        if "email" in placeholders:
            return frozenset({Carries.MAIL})
        return frozenset({Carries.TEXT if "text" in placeholders else Carries.CODE})


def values_in(node: Node) -> Iterator[Value]:
    """The placeholders of a body."""
    if isinstance(node, Value):
        yield node
    elif isinstance(node, dict):
        for member in node.values():
            yield from values_in(member)
    elif isinstance(node, tuple):
        for item in node:
            yield from values_in(item)
