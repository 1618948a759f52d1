"""The code and the event → the text message that is sent. Pure: no network, no log, no provider."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Final

from custom_sender.cognito.triggers import ACCOUNT_TAKE_OVER, OWN_TEXT_ONLY, may_be_password
from custom_sender.dataclass import dataclass
from custom_sender.message import Message, Text
from custom_sender.secret import Secret
from custom_sender.texts import built_in, gsm
from custom_sender.texts.autofill import Line, fits, is_found
from custom_sender.texts.choose import (
    Values,
    asked_for,
    candidates,
    choose,
    identifiers,
    locales_of,
    secret_of,
    values_of,
    with_brand,
)
from custom_sender.texts.gsm import segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custom_sender.cognito.event import Event
    from custom_sender.message import IndiaIds
    from custom_sender.texts.choose import Candidate
    from custom_sender.texts.messages import Messages

# Texts that differ in one of these differ in what they say.
_SUBSTANCE: Final = frozenset({"code", "username"})


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
    shared, own = messages.shared, messages.templates
    is_password = may_be_password(event.trigger, code)
    code = secret_of(event, code)
    line = _line(event, code, messages, is_password=is_password)
    completion = _Completion(messages, line, values_of(event, code, shared, to=to, seconds_left=seconds_left))
    of_country = messages.country_locales.get(country)
    locales = locales_of(event, shared, own, of_country)
    there = candidates(event, code, locales, shared, own=own, built_in=built_in.texts_in)
    chosen, usable = choose(there, completion.is_usable)
    return Message(
        to=to,
        content=Text(
            Secret(completion.best(usable)),
            code=None if is_password else code,
            country=country,
            india=_india_ids(chosen, messages) if country == "IN" else None,
        ),
        secret=code,
        trigger=event.trigger,
        locale=asked_for(event, shared, own) or event.locale or of_country,
        user_pool_id=event.user_pool_id,
        client_id=event.client_id,
        lifetime_seconds=seconds_left,
        idempotency_key=message_id,
    )


def at_its_longest(key: str, texts: Sequence[str], messages: Messages, line: Line | None, values: Values) -> str:
    """Of several texts that say the same, the one that is sent with the longest values there are; complete.

    ``key`` is a trigger or ``default``; ``line`` what phones fill its code in from.
    """
    return _Completion(messages, None if key in OWN_TEXT_ONLY else line, values).best(texts)


@dataclass(frozen=True)
class _Completion:
    """Values to put into a text, and the line that goes behind it."""

    messages: Messages
    line: Line | None
    values: Values

    def is_usable(self, text: str, locale: str) -> bool:
        """Whether the values that the text needs are there and harmless, and those of users leave it short enough.

        Terraform has measured every text with values of usual lengths. A value of a user's that makes it longer than
        ``max_segments``, or than an Android app looks at, is as good as none.
        The texts of the triggers that live by their code all hold ``$code``: ``read_messages`` sees to it.
        """
        if not self.values.fit(text):
            return False
        if not self.values.of_users_in(text):
            return True
        complete = self._complete(text)
        return segments(complete).parts <= self.messages.most_parts(locale) and is_found(complete, self.line)

    def best(self, usable: Sequence[str]) -> str:
        """The first of the texts that fits, or else the last, which is the shortest.

        One that leaves out the user name or the code is none of those: it would be shorter, and say less.
        """
        says = identifiers(usable[0]) & _SUBSTANCE
        complete = [self._complete(text) for text in usable if identifiers(text) & _SUBSTANCE == says]
        return next((text for text in complete if fits(text, self.line)), complete[-1])

    def _complete(self, text: str) -> str:
        text = with_brand(text, self.values.all["brand"])
        complete = self._with_line(Template(text).substitute(self.values.all))
        if not self.messages.transliterate:
            return complete
        # All but the code: a password must arrive as it is.
        values = {name: value if name == "code" else gsm.plain(value) for name, value in self.values.all.items()}
        plain = self._with_line(Template(gsm.plain(text)).substitute(values))
        return plain if gsm.saves(plain) else complete

    def _with_line(self, text: str) -> str:
        return text if self.line is None else self.line.append(text, self.values.all["code"])


def _line(event: Event, code: Secret | None, messages: Messages, *, is_password: bool) -> Line | None:
    """None for a message that has no code to fill in: a password, a warning, a notice."""
    if code is None or is_password or event.trigger == ACCOUNT_TAKE_OVER:
        return None
    return messages.autofill.line(event.client_id)


def _india_ids(chosen: Candidate[str], messages: Messages) -> IndiaIds | None:
    """The registration of the text that is sent. A built-in one that stands in for one's own has not its id."""
    if chosen.is_built_in and chosen.key in messages.templates.get(chosen.locale, {}):
        return None
    return messages.india_ids(chosen.locale, chosen.key)
