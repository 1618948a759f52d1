"""The code and the event → the text that is sent. Pure: no network, no log, no provider.

Templates are ``string.Template``: ``$code $brand $minutes $username`` and the user attributes that the configuration
names, ``$$`` for a dollar sign. Values are put in once and never looked at again, so a user name that reads ``$code``
stays the text "$code". No value but a password can hold a line break, so none can forge the autofill line.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING, Final

from custom_sender.cognito.triggers import (
    ACCOUNT_TAKE_OVER,
    ADMIN_CREATE_USER,
    KNOWN_TRIGGERS,
    OWN_TEXT_ONLY,
    may_be_password,
    unescape,
)
from custom_sender.languages import language_of, normal, with_parents
from custom_sender.message import Message, Text
from custom_sender.secret import Secret
from custom_sender.texts import built_in, gsm
from custom_sender.texts.autofill import Line, fits, is_found
from custom_sender.texts.gsm import segments
from custom_sender.texts.messages import DEFAULT
from custom_sender.texts.values import ATTRIBUTE_LIMIT, hosts_and_numbers, links, safe_attribute, safe_username

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from custom_sender.cognito.event import Event
    from custom_sender.message import IndiaIds
    from custom_sender.texts.messages import Messages

# Texts that differ in one of these differ in what they say.
_SUBSTANCE: Final = frozenset({"code", "username"})
# The values with which texts are measured (messages.tf). Codes have six digits, or eight; Cognito's own passwords are
# shorter than these sixteen characters of two septets each; a user name may be a telephone number.
_LONGEST_CODE: Final = "88888888"
_LONGEST_PASSWORD: Final = "~" * 16
_LONGEST_USERNAME: Final = "n" * 16

# "$$" is matched first so that an escaped dollar sign in front of "brand" is left alone.
_BRAND: Final = r"\$(?:brand\b|\{brand\})"
_BRAND_REFERENCE: Final = re.compile(rf"\$\$|【{_BRAND}】|\[{_BRAND}\] ?|{_BRAND}(?:: ?| )?")


def compose(  # noqa: PLR0913 - each is found out by another step
    event: Event,
    code: Secret | None,
    messages: Messages,
    *,
    to: str,
    country: str,
    message_id: str,
    seconds_left: int,
) -> Message[Text]:
    """The message for one event, to a number that is E.164 and lies in ``country``.

    ``code`` is what Cognito encrypted, or None; ``message_id`` what ``event.message_id`` gave; ``seconds_left`` what is
    left of the code's life. A trigger whose message is its code has one, or the event would have been refused.
    """
    is_password = may_be_password(event.trigger, code)
    if event.trigger == ADMIN_CREATE_USER and code is not None:
        code = Secret(unescape(code.reveal()))
    values = {"brand": messages.brand}
    if event.trigger in KNOWN_TRIGGERS:  # of any other the life is a guess, which no text may promise
        values["minutes"] = str(_minutes(seconds_left))
    if code is not None:
        values["code"] = code.reveal()
    username = safe_username(
        event.username,
        chosen_by_administrator=event.trigger == ADMIN_CREATE_USER,
        sub=event.user_sub,
        own_number=to,
    )
    if username is not None:
        values["username"] = username
    by_users = _attribute_values(event, messages, to)
    values |= by_users
    if username is not None and event.trigger != ADMIN_CREATE_USER:
        by_users["username"] = username
    line = _line(event, code, messages, is_password=is_password)
    choice = _Choice(messages, line, values, by_users, to)
    locales = _locales(event, country, messages)
    chosen = choice.among(_candidates(event.trigger, locales, messages, is_password=is_password))
    return Message(
        to=to,
        content=Text(
            Secret(chosen.text),
            code=None if is_password else code,
            country=country,
            india=_india_ids(chosen, messages) if country == "IN" else None,
        ),
        secret=code,
        trigger=event.trigger,
        locale=_asked_for(event, messages) or event.locale or messages.country_locales.get(country),
        user_pool_id=event.user_pool_id,
        client_id=event.client_id,
        lifetime_seconds=seconds_left,
        idempotency_key=message_id,
    )


def _minutes(seconds: int) -> int:
    """Rounded half up, for a person: five seconds after "3 minutes" began, it is still three minutes. At least one."""
    return max(1, (seconds + 30) // 60)


def _joins_up(text: str, values: Mapping[str, str]) -> bool:
    """Whether values that are harmless one by one read like a link or a number where the text puts them together.

    "Win: 88" and "88" in "Hi $given_name $family_name", or "evil." and "com" in "$family_name$given_name". The text
    itself is its author's: it is compared with what it says of somebody without a remarkable name. That name has two
    letters before a colon, which a scheme has too ("Jane:…" is nobody's link). Elsewhere it has one, so that
    "$given_name.$family_name" is no host by itself.
    """
    names = _identifiers(text)
    if not names & values.keys():
        return False
    template = Template(text)
    for count, name in ((links, "xx"), (hosts_and_numbers, "x")):
        plain = dict.fromkeys(names, name)
        if count(template.substitute(plain | dict(values))) > count(template.substitute(plain)):
            return True
    return False


def at_its_longest(key: str, texts: Sequence[str], messages: Messages, line: Line | None, lifetime: int) -> str:
    """Of several texts that say the same, the one that is sent with the longest values there are; complete.

    ``key`` is a trigger or ``default``; ``line`` what phones fill its code in from, ``lifetime`` the code's life in
    seconds.
    """
    values = {
        **dict.fromkeys(messages.attributes, "a" * ATTRIBUTE_LIMIT),
        "brand": messages.brand,
        "code": _LONGEST_PASSWORD if key == ADMIN_CREATE_USER else _LONGEST_CODE,
        "minutes": str(_minutes(lifetime)),
        "username": _LONGEST_USERNAME,
    }
    line = None if key in OWN_TEXT_ONLY else line
    return _Choice(messages, line, values, {}, "").best(texts)


def _attribute_values(event: Event, messages: Messages, to: str) -> dict[str, str]:
    """The user attributes that the configuration names, and of those the ones that may stand in a message."""
    found = {
        placeholder: safe_attribute(event.user_attributes.get(attribute, ""), own_number=to)
        for placeholder, attribute in messages.attributes.items()
    }
    return {placeholder: value for placeholder, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Texts that say the same, the best one first; ``locale`` and ``key`` say where they stand."""

    locale: str
    key: str
    texts: tuple[str, ...]
    is_built_in: bool


@dataclass(frozen=True, slots=True)
class _Chosen:
    source: _Candidate
    text: str


@dataclass(frozen=True, slots=True)
class _Choice:
    """Values to put into a text, and the line that goes behind it; ``by_users``: values that users choose."""

    messages: Messages
    line: Line | None
    values: Mapping[str, str]
    by_users: Mapping[str, str]
    own_number: str

    def among(self, candidates: Iterator[_Candidate]) -> _Chosen:
        """The first text that needs no value which is not there, and in which those of users are harmless; complete.

        Terraform has measured every text with values of usual lengths. A value of a user's that makes it longer than
        ``max_segments``, or than an Android app looks at, is as good as none.
        The texts of the triggers that live by their code all hold ``$code``: ``read_messages`` sees to it.
        """
        for candidate in candidates:
            usable = [text for text in candidate.texts if self._is_usable(text, candidate.locale)]
            if usable:
                return _Chosen(candidate, self.best(usable))
        msg = "the built-in templates cover every combination of values"  # a test holds them to it
        raise AssertionError(msg)

    def _is_usable(self, text: str, locale: str) -> bool:
        names = _identifiers(text)
        if not self.values.keys() >= names:
            return False
        if not self.by_users.keys() & names:
            return True
        news = {name: value for name, value in self.by_users.items() if value != self.own_number}
        if _joins_up(text, news):
            return False
        complete = self._complete(text)
        return segments(complete).parts <= self.messages.most_parts(locale) and is_found(complete, self.line)

    def best(self, usable: Sequence[str]) -> str:
        """The first of the texts that fits, or else the last, which is the shortest.

        One that leaves out the user name or the code is none of those: it would be shorter, and say less.
        """
        says = _identifiers(usable[0]) & _SUBSTANCE
        complete = [self._complete(text) for text in usable if _identifiers(text) & _SUBSTANCE == says]
        return next((text for text in complete if fits(text, self.line)), complete[-1])

    def _complete(self, text: str) -> str:
        text = text if self.messages.brand else _without_brand(text)
        complete = self._with_line(Template(text).substitute(self.values))
        if not self.messages.transliterate:
            return complete
        # All but the code: a password must arrive as it is.
        values = {name: value if name == "code" else gsm.plain(value) for name, value in self.values.items()}
        plain = self._with_line(Template(gsm.plain(text)).substitute(values))
        return plain if gsm.saves(plain) else complete

    def _with_line(self, text: str) -> str:
        return text if self.line is None else self.line.append(text, self.values["code"])


def _line(event: Event, code: Secret | None, messages: Messages, *, is_password: bool) -> Line | None:
    """None for a message that has no code to fill in: a password, a warning, a notice."""
    if code is None or is_password or event.trigger == ACCOUNT_TAKE_OVER:
        return None
    return messages.autofill.line(event.client_id)


@functools.cache
def _identifiers(text: str) -> frozenset[str]:
    # Of texts from the settings and the package, so the cache has an end.
    return frozenset(Template(text).get_identifiers())


def _candidates(trigger: str, locales: Sequence[str], messages: Messages, *, is_password: bool) -> Iterator[_Candidate]:
    """In each locale the configured texts, then the built-in ones; of either the trigger's, then the default text.

    A trigger of ``OWN_TEXT_ONLY`` has no default text, neither a configured nor a built-in one: a text that says the
    right thing in another language comes before one that says something else in the user's. Of a trigger that nobody
    knew when this was written, what is not digits may be a password: it gets a text that is true of both.
    """
    keys: tuple[str, ...] = (trigger, DEFAULT)
    ours: tuple[str, ...] = (trigger, DEFAULT, built_in.WITHOUT_CODE)
    if trigger in OWN_TEXT_ONLY:
        keys, ours = (trigger,), (trigger,)
    elif trigger not in KNOWN_TRIGGERS and is_password:
        keys, ours = (trigger,), (built_in.PERHAPS_PASSWORD,)
    for locale in locales:
        configured = messages.templates.get(locale, {})
        for key in keys:
            if key in configured:
                yield _Candidate(locale, key, (configured[key],), is_built_in=False)
        yield from _built_in(locale, ours if locale in messages.built_in else ())
    yield from _built_in(built_in.LAST_RESORT, ours)


def _built_in(locale: str, keys: Sequence[str]) -> Iterator[_Candidate]:
    for key in keys:
        found = built_in.texts_in(locale).get(key)
        if found is not None:
            yield _Candidate(locale, key, found, is_built_in=True)


def _india_ids(chosen: _Chosen, messages: Messages) -> IndiaIds | None:
    """The registration of the text that is sent. A built-in one that stands in for one's own has not its id."""
    source = chosen.source
    if source.is_built_in and source.key in messages.templates.get(source.locale, {}):
        return None
    return messages.india_ids(source.locale, source.key)


def _locales(event: Event, country: str, messages: Messages) -> list[str]:
    """What the app asked for, the user's locale, the country's, the default; of each its more general ones too."""
    tags = (
        _asked_for(event, messages),
        event.locale,
        messages.country_locales.get(country),
        messages.default_locale,
    )
    return list(dict.fromkeys(parent for tag in tags if tag is not None for parent in with_parents(normal(tag))))


def _asked_for(event: Event, messages: Messages) -> str | None:
    """The locale that client metadata names, if that was switched on and there are texts for it.

    The caller of Cognito writes client metadata, signed in or not: it is a choice among what there is, and goes nowhere
    else.
    """
    if messages.client_metadata_locale is None:
        return None
    tag = language_of(event.client_metadata.get(messages.client_metadata_locale))
    if tag is None:
        return None
    there = messages.templates.keys() | messages.built_in
    return next((parent for parent in with_parents(normal(tag)) if parent in there), None)


def _without_brand(text: str) -> str:
    """ "is your $brand code" → "is your code" when there is no brand."""
    return _BRAND_REFERENCE.sub(lambda match: match[0] if match[0] == "$$" else "", text)
