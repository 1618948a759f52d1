"""Items of the ledger's table, as DynamoDB writes them: what changes of one, and what of it can be read.

A message has one item, ``m#`` and the SHA-256 of its encrypted bytes (``event.message_id``):

| attribute | content |
|---|---|
| ``state`` (S) | ``CLAIMED``: an invocation is at it; ``RELEASED``: it gave up and a retry may go on; ``DONE`` |
| ``first_seen`` (N) | when it was claimed for the first time |
| ``lease`` (S) | random, another one for each claim: whose the message is |
| ``lease_until`` (N) | when that invocation is over, however it ends |
| ``asked`` (SS) | names of the senders that may have got it and of which nothing is known |
| ``attempts`` (N) | how many invocations have claimed it |
| ``outcome``, ``sender`` (S) | how it ended; only when ``DONE`` |
| ``expires_at`` (N) | a day after ``first_seen``; Lambda keeps no event for longer than six hours |

A limit's counter (``limits``) is an item with ``n`` (N) and ``expires_at``, counted in the transaction of the message's
first claim and never again. No item holds a number, a text or anything else of a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custom_sender.dataclass import dataclass
from custom_sender.senders import NAME

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Changes:
    """What an update sets (or removes, where the value is None), and what it sets only where there is nothing yet."""

    values: Mapping[str, dict[str, Any] | None]
    once: Mapping[str, dict[str, Any]]

    def expression(self) -> dict[str, Any]:
        """As UpdateItem wants it. Every name is an alias: ``state`` is among DynamoDB's reserved words."""
        sets = [f"#{name} = :{name}" for name, value in self.values.items() if value is not None]
        sets += [f"#{name} = if_not_exists(#{name}, :{name})" for name in self.once]
        removed = [f"#{name}" for name, value in self.values.items() if value is None]
        known = {**self.values, **self.once}
        return {
            "UpdateExpression": f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removed)}" if removed else ""),
            "ExpressionAttributeNames": {f"#{name}": name for name in known},
            "ExpressionAttributeValues": {f":{name}": value for name, value in known.items() if value is not None},
        }


def number(value: float) -> dict[str, Any]:
    return {"N": str(value)}


def seconds(value: float) -> dict[str, Any]:
    """TTL takes whole seconds; an attribute in milliseconds would keep the item for fifty thousand years."""
    return {"N": str(int(value))}


def text(item: Mapping[str, Any], name: str) -> str | None:
    value = (item.get(name) or {}).get("S")
    return value if isinstance(value, str) else None


def decimal(item: Mapping[str, Any], name: str) -> float | None:
    try:
        return float((item.get(name) or {})["N"])
    except (KeyError, TypeError, ValueError):
        return None


def names(item: Mapping[str, Any], name: str) -> frozenset[str]:
    """Names of senders. A text that cannot be one was written by somebody else, and would be logged."""
    value = (item.get(name) or {}).get("SS")
    if not isinstance(value, list):
        return frozenset()
    return frozenset(one for one in value if NAME.fits(one))
