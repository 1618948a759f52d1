"""What the pipeline asks of every channel, and what channels read alike."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from custom_sender.dataclass import dataclass, field
from custom_sender.reader import Form, Reader, refuse, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from custom_sender.cognito.event import Event
    from custom_sender.guards.limits import Scope
    from custom_sender.message import Carries, Message
    from custom_sender.outcome import Outcome
    from custom_sender.record.metrics import Group
    from custom_sender.record.record import Record
    from custom_sender.secret import Secret

DEFAULT_ROUTE: Final = "default"
# What the log calls the way to the testers' sender.
TEST_ROUTE: Final = "test_recipients"
_ANY: Final = Form("a text", r"(?s:.*)")


@dataclass(frozen=True)
class Recipient:
    """Where a message goes: the address, the names of the senders in their order, and what limits count it by.

    ``group`` is what the channel counts its messages by in the metrics: a country of numbers.
    """

    address: str = field(repr=False)
    group: str
    route: tuple[str, ...]
    scopes: tuple[Scope, ...] = ()


class Channel(Protocol):
    """One way for messages to go, with its settings."""

    name: ClassVar[str]

    @property
    def routes(self) -> Mapping[str, tuple[str, ...]]:
        """Name of a route → names of its senders, none of them switched off."""

    @property
    def group(self) -> Group:
        """The group in which its messages are counted."""

    def recipient(self, event: Event, record: Record, hash_key: bytes | None) -> Recipient | Outcome:
        """Who gets the message, or why nobody. Asks nobody; writes into the record what may be known of it."""

    def carried(self, event: Event, secret: Secret | None) -> frozenset[Carries]:
        """The forms that the message can take. Of them ``messages`` makes one each."""

    def messages(  # noqa: PLR0913 - each is found out by another step
        self, event: Event, secret: Secret | None, recipient: Recipient, record: Record, *, message_id: str, left: int
    ) -> Mapping[Carries, Message[Any]]:
        """The message in each form. ``left``: seconds of the code's life."""

    def flaws(self, lifetimes_seconds: Mapping[str, int]) -> Iterator[str]:
        """What is wrong with settings that could be read, each with its place, the rule and the fix."""


@dataclass(frozen=True)
class Senders:
    """The senders as a channel sees them: ``carried`` says of each what it carries, those that are off included."""

    carried: Mapping[str, frozenset[Carries]]
    off: Collection[str] = ()

    def check(self, content: Reader, name: str, wanted: Collection[str], forms: frozenset[Carries]) -> None:
        """Raise when one of them cannot carry any of the channel's forms."""
        unfit = [sender for sender in wanted if self.carried[sender].isdisjoint(forms)]
        if unfit:
            fit = sorted(sender for sender, carried in self.carried.items() if not carried.isdisjoint(forms))
            rule = f"senders that carry {' or '.join(sorted(forms))}"
            content.refuse(name, rule, ", ".join(unfit), f"name one of these: {', '.join(fit)}" if fit else "add one")


def read_routes(
    content: Reader, own: Collection[str], what: str, senders: Senders, forms: frozenset[Carries]
) -> Mapping[str, tuple[str, ...]]:
    """The routes: ``default``, and those whose names are among ``own``. ``what`` these are: "a country of …".

    ``forms`` are those in which the channel has its messages.
    """
    for name in content.names():
        if name != DEFAULT_ROUTE and name not in own:
            rule = f'"{DEFAULT_ROUTE}", or {what}'
            refuse(content.path, rule, shown(name), "add it there, or remove the route")
    return MappingProxyType({name: _route(content, name, senders, forms) for name in content.names()})


def _route(routes: Reader, name: str, senders: Senders, forms: frozenset[Carries]) -> tuple[str, ...]:
    given = routes.texts(name, _ANY, required=True)
    unknown = [shown(sender) for sender in given if sender not in senders.carried]
    if unknown:
        routes.refuse(
            name, f"senders among {', '.join(sorted(senders.carried))}", ", ".join(unknown), "name one of these"
        )
    if len(set(given)) != len(given):
        twice = sorted({sender for sender in given if given.count(sender) > 1})
        routes.refuse(name, "an order, in which each sender stands once", ", ".join(twice), "remove one")
    senders.check(routes, name, given, forms)
    route = tuple(sender for sender in given if sender not in senders.off)
    if not route:
        fix = "set enabled = true for one, or add another sender"
        routes.refuse(name, "a sender that is not switched off", ", ".join(given), fix)
    return route
