"""SMS: from an event to a telephone number, its country, and the text that it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from custom_sender.channels.base import DEFAULT_ROUTE, TEST_ROUTE, Recipient, read_routes
from custom_sender.cognito.event import SMS
from custom_sender.cognito.triggers import may_be_password
from custom_sender.dataclass import dataclass
from custom_sender.guards.limits import Limit, Scope
from custom_sender.guards.phone_number import SPECIAL_RANGES, country_of, is_number, mask, screen
from custom_sender.guards.protection import read_limit
from custom_sender.guards.pseudonym import pseudonym, recipient_id
from custom_sender.message import Carries, Code
from custom_sender.outcome import Outcome
from custom_sender.reader import Form, refuse
from custom_sender.record.metrics import Group
from custom_sender.texts.gsm import segments
from custom_sender.texts.measure import flaws
from custom_sender.texts.messages import read_messages
from custom_sender.texts.sms import compose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from custom_sender.channels.base import Senders
    from custom_sender.cognito.event import Event
    from custom_sender.guards.protection import Testers
    from custom_sender.message import Message
    from custom_sender.reader import Reader
    from custom_sender.record.record import Record
    from custom_sender.secret import Secret
    from custom_sender.texts.messages import Messages
    from custom_sender.texts.shared import Shared

_FORMS: Final = frozenset({Carries.TEXT, Carries.CODE})
# The country of a test recipient that has none (ISO 3166-1 leaves ZZ to its users).
_NO_COUNTRY: Final = "ZZ"
# E.164 has 7 to 15 digits: with more cut off, numbers would be left that have no block at all.
_MOST_DIGITS_CUT: Final = 6

_COUNTRY: Final = Form("two capital letters (ISO 3166-1 alpha-2)", r"[A-Z]{2}")
_PREFIX: Final = Form('the beginning of numbers: "+4915"', r"\+[1-9][0-9]{0,14}")
_RANGE: Final = Form(f"one of {', '.join(SPECIAL_RANGES)}", "|".join(SPECIAL_RANGES))


@dataclass(frozen=True)
class Limits:
    """All limits; None is one that is off.

    ``prefix`` is for the block of numbers that differ in their last ``without_last_digits`` digits only: 4 are 10,000
    numbers. Fraudsters who earn by premium numbers rent such blocks and walk through them.
    """

    number: Limit | None = None
    prefix: Limit | None = None
    country: Limit | None = None
    overall: Limit | None = None
    without_last_digits: int = 4

    def scopes(self, number: str, country: str, hash_key: bytes) -> tuple[Scope, ...]:
        """What is counted for one message, the narrowest first."""
        digits = number.removeprefix("+")
        block = digits[: len(digits) - self.without_last_digits]
        every = (
            ("number", f"n#{pseudonym('number', digits, hash_key)}", self.number, False),
            ("prefix", f"p#{pseudonym('prefix', block, hash_key)}", self.prefix, False),
            ("country", f"c#{country}", self.country, True),
            ("overall", "a", self.overall, True),
        )
        return tuple(Scope(name, key, limit, spread) for name, key, limit, spread in every if limit is not None)


@dataclass(frozen=True)
class Sms:
    """The channel with its settings. ``routes`` has one for every allowed country: its own, or ``default``."""

    name: ClassVar[str] = SMS

    allowed_countries: frozenset[str]
    routes: Mapping[str, tuple[str, ...]]
    texts: Messages
    limits: Limits = Limits()
    allowed_ranges: frozenset[str] = frozenset()
    blocked_prefixes: tuple[str, ...] = ()
    testers: Testers | None = None

    @property
    def group(self) -> Group:
        """Countries, and the special ranges by their calling codes."""
        ranges = (f"+{code}" for name in self.allowed_ranges for code in SPECIAL_RANGES[name])
        return Group("country", self.allowed_countries.union(ranges))

    def recipient(self, event: Event, record: Record, hash_key: bytes | None) -> Recipient | Outcome:
        """Where the message goes: always ``phone_number``.

        The event has no other place for it: for UpdateUserAttribute and VerifyUserAttribute too, Cognito puts the
        number that is to be verified into ``phone_number`` (AWS's sample handler reads it there for every trigger).
        """
        number = event.user_attributes.get("phone_number")
        if number is None:
            record.detail = (
                "request.userAttributes.phone_number is missing or not a string: nobody to send the message to"
            )
            return Outcome.BAD_EVENT
        if not is_number(number):
            record.detail = "phone_number is not an E.164 number; no sender was asked"
            return Outcome.REJECTED_NUMBER
        record.destination = mask(number)
        if hash_key is not None:
            record.recipient_id = recipient_id(number.removeprefix("+"), hash_key)
        if self.testers is not None and self.testers.have_number(number):
            record.group, record.route, record.test_recipient = country_of(number) or _NO_COUNTRY, TEST_ROUTE, True
            return Recipient(number, record.group, (self.testers.sender,))
        screened = screen(
            number,
            countries=self.allowed_countries,
            ranges=self.allowed_ranges,
            blocked_prefixes=self.blocked_prefixes,
        )
        record.group = country = screened.country
        if country is None or screened.refused is not None:
            record.reason, record.detail = screened.refused, screened.detail
            return Outcome.BLOCKED_COUNTRY
        record.route = country if country in self.routes else DEFAULT_ROUTE
        scopes = () if hash_key is None else self.limits.scopes(number, country, hash_key)
        return Recipient(number, country, self.routes[record.route], scopes)

    def carried(self, event: Event, secret: Secret | None) -> frozenset[Carries]:
        """A code can go without our text. A temporary password is none, and a notice has none."""
        if secret is None or may_be_password(event.trigger, secret):
            return frozenset({Carries.TEXT})
        return _FORMS

    def messages(  # noqa: PLR0913 - see the protocol
        self, event: Event, secret: Secret | None, recipient: Recipient, record: Record, *, message_id: str, left: int
    ) -> Mapping[Carries, Message[Any]]:
        """The text, and the code alone."""
        message = compose(
            event,
            secret,
            self.texts,
            to=recipient.address,
            country=recipient.group,
            message_id=message_id,
            seconds_left=left,
        )
        text = message.content
        counted = segments(text.text.reveal())
        record.segments, record.encoding = counted.parts, counted.encoding
        if text.code is None:
            return {Carries.TEXT: message}
        code = Code(text.code, text.country, text.india)
        return {Carries.TEXT: message, Carries.CODE: message.carrying(code)}

    def flaws(self, lifetimes_seconds: Mapping[str, int]) -> Iterator[str]:
        """Texts that are longer than they may be."""
        return flaws(self.texts, lifetimes_seconds)


def read(
    sms: Reader,
    shared: Shared,
    *,
    senders: Senders,
    testers: Testers | None,
) -> Sms:
    """From ``sms`` of the settings, and what all channels' texts share.

    Raises ``SettingsError`` that says what is wrong, where, and what to do.
    """
    countries = frozenset(sms.texts("allowed_countries", _COUNTRY, required=True))
    ranges = frozenset(sms.texts("allowed_ranges", _RANGE))
    routes = read_routes(sms.within("routes"), countries, "a country of sms.allowed_countries", senders, _FORMS)
    _require_routes(sms.within("routes"), routes, countries, ranges)
    found = Sms(
        allowed_countries=countries,
        routes=routes,
        texts=read_messages(shared, sms),
        limits=_limits(sms.within("limits")) if sms.has("limits") else Limits(),
        allowed_ranges=ranges,
        blocked_prefixes=sms.texts("blocked_prefixes", _PREFIX),
        testers=testers,
    )
    sms.take("limits")
    sms.end()
    return found


def _require_routes(
    content: Reader, routes: Mapping[str, tuple[str, ...]], countries: Collection[str], ranges: Collection[str]
) -> None:
    if DEFAULT_ROUTE in routes:
        return
    fix = f'add one, or "{DEFAULT_ROUTE}" for all that have none of their own'
    without = sorted(set(countries) - routes.keys())
    if without:
        refuse(content.path, "a route for each allowed country", f"none for {', '.join(without)}", fix)
    if ranges:
        rule = f'"{DEFAULT_ROUTE}", which the ranges of sms.allowed_ranges take'
        refuse(content.path, rule, "none", "add it, or take the ranges out")


def _limits(content: Reader) -> Limits:
    prefix = content.within("prefix")
    limits = Limits(
        number=read_limit(content.within("number")),
        without_last_digits=prefix.whole("without_last_digits", 1, _MOST_DIGITS_CUT, required=True),
        prefix=read_limit(prefix),
        country=read_limit(content.within("country")),
        overall=read_limit(content.within("overall")),
    )
    content.end()
    return limits
