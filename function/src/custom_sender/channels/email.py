"""E-mail: from an event to an address, the route of its domain, and the mail that it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from custom_sender.channels.base import DEFAULT_ROUTE, TEST_ROUTE, Recipient, read_routes
from custom_sender.cognito.event import EMAIL
from custom_sender.cognito.triggers import ACCOUNT_TAKE_OVER
from custom_sender.dataclass import dataclass
from custom_sender.guards.email_address import DOMAIN_PATTERN, PUBLIC_DOMAINS, parse
from custom_sender.guards.limits import Limit, Scope
from custom_sender.guards.protection import read_limit
from custom_sender.guards.pseudonym import pseudonym, recipient_id
from custom_sender.message import Carries
from custom_sender.outcome import Outcome
from custom_sender.reader import Form, refuse
from custom_sender.record.metrics import OTHER, Group
from custom_sender.texts.mail import compose
from custom_sender.texts.mails import read_mails

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from custom_sender.channels.base import Senders
    from custom_sender.cognito.event import Event
    from custom_sender.guards.email_address import Address
    from custom_sender.guards.protection import Testers
    from custom_sender.message import Message
    from custom_sender.reader import Reader
    from custom_sender.record.record import Record
    from custom_sender.secret import Secret
    from custom_sender.texts.mails import Mails
    from custom_sender.texts.shared import Shared

_FORMS: Final = frozenset({Carries.MAIL})
_DOMAIN: Final = Form('a domain in small letters ("acme.com"), of other letters its A-label ("xn--…")', DOMAIN_PATTERN)


@dataclass(frozen=True)
class Limits:
    """All limits; None is one that is off. ``exempt``: domains that the limit by domain does not hold for.

    Invented addresses bounce, and by bounces and complaints AWS pauses the mails of a whole account.
    """

    address: Limit | None = None
    domain: Limit | None = None
    overall: Limit | None = None
    exempt: frozenset[str] = frozenset()

    def scopes(self, address: Address, hash_key: bytes) -> tuple[Scope, ...]:
        """What is counted for one message, the narrowest first."""
        domain = None if address.domain in self.exempt else self.domain
        every = (
            ("address", f"e#{pseudonym('address', address.counted, hash_key)}", self.address, False),
            ("domain", f"d#{pseudonym('domain', address.domain, hash_key)}", domain, False),
            ("overall", "ea", self.overall, True),
        )
        return tuple(Scope(name, key, limit, spread) for name, key, limit, spread in every if limit is not None)


@dataclass(frozen=True)
class Email:
    """The channel with its settings. ``routes`` has ``default``, and one for each domain that has its own."""

    name: ClassVar[str] = EMAIL
    group: ClassVar[Group] = Group("domain", PUBLIC_DOMAINS)

    routes: Mapping[str, tuple[str, ...]]
    mails: Mails
    limits: Limits = Limits()
    allowed_domains: frozenset[str] = frozenset()
    blocked_domains: frozenset[str] = frozenset()
    testers: Testers | None = None

    def recipient(self, event: Event, record: Record, hash_key: bytes | None) -> Recipient | Outcome:
        """Where the message goes: always ``email``.

        A takeover notice has none: Cognito replaces the user's attributes by those of the sign-in.
        """
        text = event.user_attributes.get("email")
        if text is None and event.trigger == ACCOUNT_TAKE_OVER:
            record.detail = "Cognito writes no address into takeover notices: they cannot be sent by a custom sender"
            return Outcome.NO_ADDRESS
        if text is None:
            record.detail = "request.userAttributes.email is missing or not a string: nobody to send the message to"
            return Outcome.BAD_EVENT
        address = parse(text)
        if address is None:
            record.detail = "email is not an address that mail systems take; no sender was asked"
            return Outcome.REJECTED_ADDRESS
        record.destination = address.masked
        # A company's domain would tell who its customers are.
        record.group = group = address.domain if address.domain in PUBLIC_DOMAINS else OTHER
        if hash_key is not None:
            record.recipient_id = recipient_id(address.counted, hash_key)
        if self.testers is not None and self.testers.have_address(address.text):
            record.route, record.test_recipient = TEST_ROUTE, True
            return Recipient(address.text, group, (self.testers.sender,))
        record.detail = self._refused(address.domain)
        if record.detail is not None:
            return Outcome.BLOCKED_DOMAIN
        record.route = address.domain if address.domain in self.routes else DEFAULT_ROUTE
        scopes = () if hash_key is None else self.limits.scopes(address, hash_key)
        return Recipient(address.text, group, self.routes[record.route], scopes)

    def _refused(self, domain: str) -> str | None:
        if self.allowed_domains and domain not in self.allowed_domains:
            return "the address's domain is not in email.allowed_domains"
        return "the address's domain is in email.blocked_domains" if domain in self.blocked_domains else None

    def carried(self, event: Event, secret: Secret | None) -> frozenset[Carries]:  # noqa: ARG002 - see the protocol
        """Any message is a mail."""
        return _FORMS

    def messages(  # noqa: PLR0913 - see the protocol
        self,
        event: Event,
        secret: Secret | None,
        recipient: Recipient,
        record: Record,  # noqa: ARG002 - see the protocol
        *,
        message_id: str,
        left: int,
    ) -> Mapping[Carries, Message[Any]]:
        """The mail."""
        mail = compose(event, secret, self.mails, to=recipient.address, message_id=message_id, seconds_left=left)
        return {Carries.MAIL: mail}

    def flaws(self, lifetimes_seconds: Mapping[str, int]) -> Iterator[str]:
        """Texts and layouts that no mail program would show as they are meant."""
        from custom_sender.texts.measure_mails import flaws  # noqa: PLC0415 - for the self-check alone

        return flaws(self.mails, lifetimes_seconds)


def read(email: Reader, shared: Shared, *, senders: Senders, testers: Testers | None) -> Email:
    """From ``email`` of the settings, and what all channels' texts share.

    Raises ``SettingsError`` that says what is wrong, where, and what to do.
    """
    routes = email.within("routes")
    own = [name for name in routes.names() if _DOMAIN.fits(name)]
    found = Email(
        routes=read_routes(routes, own, _DOMAIN.words, senders, _FORMS),
        mails=read_mails(shared, email),
        limits=_limits(email.within("limits")) if email.has("limits") else Limits(),
        allowed_domains=frozenset(email.texts("allowed_domains", _DOMAIN)),
        blocked_domains=frozenset(email.texts("blocked_domains", _DOMAIN)),
        testers=testers,
    )
    if DEFAULT_ROUTE not in found.routes:
        refuse(routes.path, f'"{DEFAULT_ROUTE}", for all domains that have none of their own', "none", "add it")
    email.take("limits")
    email.end()
    return found


def _limits(content: Reader) -> Limits:
    domain = content.within("domain")
    limits = Limits(
        address=read_limit(content.within("address")),
        exempt=PUBLIC_DOMAINS.union(domain.texts("exempt", _DOMAIN)),
        domain=read_limit(domain),
        overall=read_limit(content.within("overall")),
    )
    content.end()
    return limits
