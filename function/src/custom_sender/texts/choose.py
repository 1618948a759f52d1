"""Which text a message gets, of the user's own and the built-in ones, and what is put into it. Pure.

Every channel chooses so. Templates are ``string.Template``: ``$code $brand $minutes $username`` and the user attributes
that the configuration names, ``$$`` for a dollar sign. Values are put in once and never looked at again, so a user name
that reads ``$code`` stays the text "$code". No value but a password can hold a line break, so none can forge a line.
"""

from __future__ import annotations

import functools
import re
from string import Template
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from custom_sender.cognito.triggers import (
    ADMIN_CREATE_USER,
    KNOWN_TRIGGERS,
    OWN_TEXT_ONLY,
    lifetime_seconds,
    may_be_password,
    unescape,
)
from custom_sender.dataclass import dataclass
from custom_sender.languages import language_of, normal, with_parents
from custom_sender.secret import Secret
from custom_sender.texts.built_in import LAST_RESORT, PERHAPS_PASSWORD, WITHOUT_CODE
from custom_sender.texts.shared import DEFAULT
from custom_sender.texts.values import ATTRIBUTE_LIMIT, hosts_and_numbers, links, safe_attribute, safe_username

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from custom_sender.cognito.event import Event
    from custom_sender.texts.shared import Shared

_T = TypeVar("_T")

# The values that texts are measured with (messages.tf). Codes have six digits, or eight; Cognito's own passwords are
# shorter than these sixteen characters of two septets each; a user name may be a telephone number.
_LONGEST_CODE: Final = "88888888"
_LONGEST_PASSWORD: Final = "~" * 16
_LONGEST_USERNAME: Final = "n" * 16

# "$$" is matched first so that an escaped dollar sign in front of "brand" is left alone.
_BRAND: Final = r"\$(?:brand\b|\{brand\})"
_BRAND_REFERENCE: Final = re.compile(rf"\$\$|【{_BRAND}】|\[{_BRAND}\] ?|{_BRAND}(?:: ?| )?")


@dataclass(frozen=True)
class Values:
    """Values to put into a text. ``by_users`` are those that users choose, ``own_address`` is the recipient's."""

    all: Mapping[str, str]
    by_users: Mapping[str, str]
    own_address: str

    def fit(self, *texts: str) -> bool:
        """Whether the texts need no value that is not there, and those of users are harmless in each of them."""
        news = {name: value for name, value in self.by_users.items() if value != self.own_address}
        return all(self.all.keys() >= identifiers(text) and not _joins_up(text, news) for text in texts)

    def of_users_in(self, *texts: str) -> bool:
        """Whether one of the texts has a value that a user chose."""
        return any(self.by_users.keys() & identifiers(text) for text in texts)


@dataclass(frozen=True)
class Candidate(Generic[_T]):
    """Texts that say the same, the best one first; ``locale`` and ``key`` say where they stand."""

    locale: str
    key: str
    texts: tuple[_T, ...]
    is_built_in: bool


def secret_of(event: Event, code: Secret | None) -> Secret | None:
    """The secret as the user has to type it. ``code`` is what Cognito encrypted."""
    if event.trigger == ADMIN_CREATE_USER and code is not None:
        return Secret(unescape(code.reveal()))
    return code


def values_of(event: Event, secret: Secret | None, shared: Shared, *, to: str, seconds_left: int) -> Values:
    """What may stand in a message for ``to``; ``seconds_left`` is what is left of the code's life."""
    values = {"brand": shared.brand_of(event.client_id)}
    if event.trigger in KNOWN_TRIGGERS:  # of any other the life is a guess, which no text may promise
        values["minutes"] = str(_minutes(seconds_left))
    if secret is not None:
        values["code"] = secret.reveal()
    username = safe_username(
        event.username,
        chosen_by_administrator=event.trigger == ADMIN_CREATE_USER,
        sub=event.user_sub,
        own_address=to,
    )
    if username is not None:
        values["username"] = username
    by_users = _attribute_values(event, shared, to)
    values |= by_users
    if username is not None and event.trigger != ADMIN_CREATE_USER:
        by_users["username"] = username
    return Values(values, by_users, to)


def longest_values(key: str, brand: str, shared: Shared, lifetimes_seconds: Mapping[str, int]) -> Values:
    """The longest values of a text for a trigger, or for all. ``lifetimes_seconds``: trigger → what the pool says."""
    triggers = KNOWN_TRIGGERS - OWN_TEXT_ONLY if key == DEFAULT else {key}
    lifetime = max(lifetime_seconds(trigger, lifetimes_seconds) for trigger in triggers)
    values = {
        **dict.fromkeys(shared.attributes, "a" * ATTRIBUTE_LIMIT),
        "brand": brand,
        "code": _LONGEST_PASSWORD if key == ADMIN_CREATE_USER else _LONGEST_CODE,
        "minutes": str(_minutes(lifetime)),
        "username": _LONGEST_USERNAME,
    }
    return Values(values, {}, "")


def _minutes(seconds: int) -> int:
    """Rounded half up, for a person: five seconds after "3 minutes" began, it is still three minutes. At least one."""
    return max(1, (seconds + 30) // 60)


def _attribute_values(event: Event, shared: Shared, to: str) -> dict[str, str]:
    """The user attributes that the configuration names, and of those the ones that may stand in a message."""
    found = {
        placeholder: safe_attribute(event.user_attributes.get(attribute, ""), own_address=to)
        for placeholder, attribute in shared.attributes.items()
    }
    return {placeholder: value for placeholder, value in found.items() if value is not None}


def choose(
    candidates: Iterator[Candidate[_T]], is_usable: Callable[[_T, str], bool]
) -> tuple[Candidate[_T], Sequence[_T]]:
    """The first candidate of which there are texts that can be sent in its locale, and these texts."""
    for candidate in candidates:
        usable = [text for text in candidate.texts if is_usable(text, candidate.locale)]
        if usable:
            return candidate, usable
    msg = "the built-in templates cover every combination of values"  # a test holds them to it
    raise AssertionError(msg)


def candidates(  # noqa: PLR0913 - a channel's texts, and what is asked of them
    event: Event,
    secret: Secret | None,
    locales: Sequence[str],
    shared: Shared,
    *,
    own: Mapping[str, Mapping[str, _T]],
    built_in: Callable[[str], Mapping[str, tuple[_T, ...]]],
) -> Iterator[Candidate[_T]]:
    """In each locale the configured texts, then the built-in ones; of either the trigger's, then the default text.

    A trigger of ``OWN_TEXT_ONLY`` has no default text, neither a configured nor a built-in one: a text that says the
    right thing in another language comes before one that says something else in the user's. Of a trigger that nobody
    knew when this was written, what is not digits may be a password: it gets a text that is true of both.
    """
    trigger = event.trigger
    keys: tuple[str, ...] = (trigger, DEFAULT)
    ours: tuple[str, ...] = (trigger, DEFAULT, WITHOUT_CODE)
    if trigger in OWN_TEXT_ONLY:
        keys, ours = (trigger,), (trigger,)
    elif trigger not in KNOWN_TRIGGERS and may_be_password(trigger, secret):
        keys, ours = (trigger,), (PERHAPS_PASSWORD,)
    for locale in locales:
        configured = own.get(locale, {})
        for key in keys:
            if key in configured:
                yield Candidate(locale, key, (configured[key],), is_built_in=False)
        if locale in shared.built_in:
            yield from _built_in(locale, ours, built_in)
    yield from _built_in(LAST_RESORT, ours, built_in)


def _built_in(
    locale: str, keys: Sequence[str], built_in: Callable[[str], Mapping[str, tuple[_T, ...]]]
) -> Iterator[Candidate[_T]]:
    for key in keys:
        found = built_in(locale).get(key)
        if found is not None:
            yield Candidate(locale, key, found, is_built_in=True)


def locales_of(event: Event, shared: Shared, own: Collection[str], after: str | None = None) -> list[str]:
    """What the app asked for, the user's locale, ``after``, the default; of each its more general ones too."""
    tags = (asked_for(event, shared, own), event.locale, after, shared.default_locale)
    return list(dict.fromkeys(parent for tag in tags if tag is not None for parent in with_parents(normal(tag))))


def asked_for(event: Event, shared: Shared, own: Collection[str]) -> str | None:
    """The locale that client metadata names, if that was switched on and there are texts for it, own or built-in.

    The caller of Cognito writes client metadata, signed in or not: it is a choice among what there is, and goes nowhere
    else.
    """
    if shared.client_metadata_locale is None:
        return None
    tag = language_of(event.client_metadata.get(shared.client_metadata_locale))
    if tag is None:
        return None
    return next((parent for parent in with_parents(normal(tag)) if parent in own or parent in shared.built_in), None)


@functools.cache
def identifiers(text: str) -> frozenset[str]:
    """The names of what a text needs."""
    # Of texts from the settings and the package, so the cache has an end.
    return frozenset(Template(text).get_identifiers())


def with_brand(text: str, brand: str) -> str:
    """The text itself, or without its places for the brand where there is none: "is your $brand code"."""
    return text if brand else _BRAND_REFERENCE.sub(lambda match: match[0] if match[0] == "$$" else "", text)


def _joins_up(text: str, values: Mapping[str, str]) -> bool:
    """Whether values that are harmless one by one read like a link or a number where the text puts them together.

    "Win: 88" and "88" in "Hi $given_name $family_name", or "evil." and "com" in "$family_name$given_name". The text
    itself is its author's: it is compared with what it says of somebody without a remarkable name. That name has two
    letters before a colon, which a scheme has too ("Jane:…" is nobody's link). Elsewhere it has one, so that
    "$given_name.$family_name" is no host by itself.
    """
    names = identifiers(text)
    if not names & values.keys():
        return False
    template = Template(text)
    for count, name in ((links, "xx"), (hosts_and_numbers, "x")):
        plain = dict.fromkeys(names, name)
        if count(template.substitute(plain | dict(values))) > count(template.substitute(plain)):
            return True
    return False
