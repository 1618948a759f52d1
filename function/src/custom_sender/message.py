"""The code and the event → the text that is sent. Pure: no network, no log, no provider.

Templates are ``string.Template``: ``$code $brand $minutes $username`` and the user attributes that the configuration
names, ``$$`` for a dollar sign. Values are put in once and never looked at again, so a user name that reads ``$code``
stays the text "$code". No value but a password can hold a line break, so none can forge the autofill line.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING, Final

from custom_sender import texts, typography
from custom_sender.autofill import Line, fits, is_found
from custom_sender.locales import language_of, normal, with_parents
from custom_sender.secret import Secret
from custom_sender.segments import segments
from custom_sender.senders.base import OutgoingMessage
from custom_sender.triggers import ACCOUNT_TAKE_OVER, ADMIN_CREATE_USER, CODE_TRIGGERS, KNOWN_TRIGGERS, OWN_TEXT_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from custom_sender.event import SenderEvent
    from custom_sender.messages import Messages
    from custom_sender.senders.base import IndiaIds

DEFAULT: Final = "default"
# Texts that differ in one of these differ in what they say.
_SUBSTANCE: Final = frozenset({"code", "username"})
# What Cognito calls a code is digits only: six, or eight of a one-time password.
_CODE: Final = re.compile(r"[0-9]+")

# What texts are measured with (messages.tf). Codes have six digits, or eight; Cognito's own passwords are shorter than
# these sixteen characters of two septets each; a user name may be a telephone number.
_LONGEST_CODE: Final = "88888888"
_LONGEST_PASSWORD: Final = "~" * 16
_LONGEST_USERNAME: Final = "n" * 16

_USERNAME_LIMIT: Final = 64
# What a user attribute may take of a message, in characters: Terraform counts with it.
ATTRIBUTE_LIMIT: Final = 20
# Unicode categories: control, format (bidi marks), surrogate, private use, unassigned, line and paragraph separators.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and a symbol that show nothing: Hangul fillers and the empty Braille cell.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# What stands for a full stop in a host name (IDNA, RFC 3490: U+3002, U+FF0E, U+FF61) or looks like one (Unicode's
# confusables.txt), and what looks like a slash; before that NFKC turns the rest (U+FF0E, U+2024, U+FE52 …) into these.
# Dots at half height are left out: names have them (Catalan "l·l", Japanese "・") and no phone makes links of them.
_FOLDED: Final = str.maketrans(
    dict.fromkeys("\u3002\u06d4\u0701\u0702\u0660\u06f0\u2e3c\ua4f8\ua60e\U00010a50\U0001d16d", ".")
    | dict.fromkeys("\u2044\u2215\u29f8\u2571\u2216\u29f5", "/")
)
_LINK: Final = re.compile(r"[/\\]|\bwww\.|[a-z][a-z0-9+.-]+:\S", re.IGNORECASE)  # path, host, scheme such as tel:
_HOST_LIKE: Final = re.compile(r"@|\.[^\W\d_]{2}|\d\.\d+\.\d+\.\d")  # e-mail or host, IPv4
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Of a name's shape (``_shape``): three digits or more, whatever stands between them. No number that can be called or
# texted has fewer: short codes have three to six, emergency numbers three.
_DIGITS: Final = re.compile(r"\+?9(?:[-+]*9){2,}")
# So many in groups are a telephone number even where an administrator chose the name.
_FEWEST_IN_GROUPS: Final = 6
# "$$" is matched first so that an escaped dollar sign in front of "brand" is left alone.
_BRAND: Final = r"\$(?:brand\b|\{brand\})"
_BRAND_REFERENCE: Final = re.compile(rf"\$\$|【{_BRAND}】|\[{_BRAND}\] ?|{_BRAND}(?:: ?| )?")


class CodeMissing(ValueError):  # noqa: N818 - it ends as an outcome
    """The trigger's message is its code, and there is none. The text is a constant."""


def compose(  # noqa: PLR0913 - each is found out by another step
    event: SenderEvent,
    code: Secret | None,
    messages: Messages,
    *,
    country: str,
    message_id: str,
    seconds_left: int,
) -> OutgoingMessage:
    """The message for one event; ``event.phone_number`` must already be E.164 and lie in ``country``.

    ``code`` is what Cognito encrypted, or None; ``message_id`` what ``identity`` gave; ``seconds_left`` what is left
    of the code's life. ``require_code`` has been asked before, so that a trigger whose message is its code has one.
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
        own_number=event.phone_number,
    )
    if username is not None:
        values["username"] = username
    by_users = _attribute_values(event, messages)
    values |= by_users
    if username is not None and event.trigger != ADMIN_CREATE_USER:
        by_users["username"] = username
    line = _line(event, code, messages, is_password=is_password)
    choice = _Choice(messages, line, values, by_users, event.phone_number)
    locales = _locales(event, country, messages)
    chosen = choice.among(_candidates(event.trigger, locales, messages, is_password=is_password))
    return OutgoingMessage(
        to=event.phone_number,
        country=country,
        text=Secret(chosen.text),
        code=code,
        trigger=event.trigger,
        locale=_asked_for(event, messages) or event.locale or messages.country_locales.get(country),
        user_pool_id=event.user_pool_id,
        client_id=event.client_id,
        lifetime_seconds=seconds_left,
        idempotency_key=message_id,
        is_password=is_password,
        india=_india_ids(chosen, messages) if country == "IN" else None,
    )


def may_be_password(trigger: str, code: Secret | None) -> bool:
    """Whether the secret is a temporary password, or may be: it takes no channel for codes and no text about codes.

    Of a trigger that nobody knew when this was written, what is not digits only may be one. Unescaped it is not: who
    knows how it was written.
    """
    if trigger in KNOWN_TRIGGERS:
        return trigger == ADMIN_CREATE_USER
    return code is not None and _CODE.fullmatch(code.reveal()) is None


def _minutes(seconds: int) -> int:
    """Rounded half up, for a person: five seconds after "3 minutes" began, it is still three minutes. At least one."""
    return max(1, (seconds + 30) // 60)


def require_code(event: SenderEvent) -> None:
    """Raises ``CodeMissing`` when the trigger's message is its code and there is none."""
    if event.ciphertext is None and event.trigger in CODE_TRIGGERS:
        raise CodeMissing("request.code is null, and the message of this trigger is its code")


def unescape(password: str) -> str:
    """Undo Cognito's HTML escaping of a temporary password: these five entities and no other.

    ``html.unescape`` would also rewrite entities without a semicolon (``a&ltb``), which a random password can contain.
    ``&amp;`` comes last, so that ``&amp;lt;`` becomes ``&lt;`` and not ``<``.
    """
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        password = password.replace(entity, character)
    return password


def safe_username(
    username: str, *, chosen_by_administrator: bool, sub: str | None = None, own_number: str | None = None
) -> str | None:
    """The user name as it may stand in a message, or None when it must not or would tell nobody anything.

    * In a pool with phone or e-mail sign-in Cognito's user name is the user's ``sub``, a UUID, which nobody signs in
      with.
    * Users choose their names: "evil.example/win" or "Text WIN to 88888" in a message from the company's own sender is
      phishing. Links are refused always. Names that look like a host (john.smith), an e-mail address, or that hold
      three digits in a row, whatever stands between them, are refused too: jane85 is a name, and jane1985 none.
    * Where an administrator chose the name, the user needs it to sign in: there john.smith, an e-mail address and an
      unbroken personnel number (20251234, emp20251234) are let through; six digits in groups or with a plus are not.
    * ``own_number``, the E.164 number that the message goes to, is let through: it tells the reader of no other.

    It is judged in NFKC, without marks and with every kind of full stop as ".", so that no width or variant of a
    character gets past. It is returned as it was chosen, without control, format (bidi), private and blank characters.
    """
    kept = "".join(char for char in username if _is_visible(char)).strip()
    if not kept or len(kept) > _USERNAME_LIMIT:
        return None
    if kept == own_number:
        return kept
    if _UUID.fullmatch(kept) or (sub is not None and kept.casefold() == sub.casefold()):
        return None
    folded, runs = _folded(kept)
    if _LINK.search(folded):
        return None
    if chosen_by_administrator:
        grouped = any(run.strip("9") and run.count("9") >= _FEWEST_IN_GROUPS for run in runs)
        return None if grouped else kept
    return None if runs or _HOST_LIKE.search(folded) else kept


def _folded(text: str) -> tuple[str, list[str]]:
    """The text in which links are looked for, and its rows of three digits or more."""
    folded = "".join(
        char
        for char in unicodedata.normalize("NFKC", text)
        if _is_visible(char) and not unicodedata.category(char).startswith("M")
    )
    return folded.translate(_FOLDED), _DIGITS.findall(_shape(folded))


def _links(text: str) -> int:
    return len(_LINK.findall(_folded(text)[0]))


def _hosts_and_numbers(text: str) -> int:
    folded, runs = _folded(text)
    return len(_HOST_LIKE.findall(folded)) + sum(run.count("9") for run in runs)


def _joins_up(text: str, values: Mapping[str, str]) -> bool:
    """Whether values that are harmless one by one read like a link or a number where the text puts them together.

    "Win: 88" and "88" in "Hi $given_name $family_name", or "evil." and "com" in "$family_name$given_name". What
    the text itself says is its author's: it is compared with what it says of somebody without a remarkable name. That
    name has two letters before a colon, which a scheme has too ("Jane:…" is nobody's link), and else one, so that
    "$given_name.$family_name" is no host by itself.
    """
    names = _identifiers(text)
    if not names & values.keys():
        return False
    template = Template(text)
    for count, name in ((_links, "xx"), (_hosts_and_numbers, "x")):
        plain = dict.fromkeys(names, name)
        if count(template.substitute(plain | dict(values))) > count(template.substitute(plain)):
            return True
    return False


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in _INVISIBLE and char not in _BLANK


def _shape(folded: str) -> str:
    """Letters as "x", digits of every script as "9", "+" as it is, and anything else as "-"."""
    return "".join(map(_kind, folded))


def _kind(char: str) -> str:
    # What has a value in Unicode: superscripts, circled digits and Chinese numerals are read as digits too.
    if unicodedata.numeric(char, None) is not None:
        return "9"
    if unicodedata.category(char).startswith("L"):
        return "x"
    return "+" if char == "+" else "-"


def safe_attribute(value: str, *, own_number: str | None = None) -> str | None:
    """A user attribute as it may stand in a message: judged as a name that the user chose, and cut to its limit.

    Between two characters, and not between a letter and the marks that belong to it.
    """
    kept = safe_username(unicodedata.normalize("NFC", value), chosen_by_administrator=False, own_number=own_number)
    if kept is None or len(kept) <= ATTRIBUTE_LIMIT:
        return kept
    end = ATTRIBUTE_LIMIT
    while end and unicodedata.category(kept[end]).startswith("M"):
        end -= 1
    return kept[:end].rstrip() or None


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


def _attribute_values(event: SenderEvent, messages: Messages) -> dict[str, str]:
    """The user attributes that the configuration names, and of those the ones that may stand in a message."""
    found = {
        placeholder: safe_attribute(event.user_attributes.get(attribute, ""), own_number=event.phone_number)
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
    """What there is to put into a text, and the line that goes behind it; ``by_users``: values that users choose."""

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
        values = {name: value if name == "code" else typography.plain(value) for name, value in self.values.items()}
        plain = self._with_line(Template(typography.plain(text)).substitute(values))
        return plain if typography.saves(plain) else complete

    def _with_line(self, text: str) -> str:
        return text if self.line is None else self.line.append(text, self.values["code"])


def _line(event: SenderEvent, code: Secret | None, messages: Messages, *, is_password: bool) -> Line | None:
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
    built_in: tuple[str, ...] = (trigger, DEFAULT, texts.WITHOUT_CODE)
    if trigger in OWN_TEXT_ONLY:
        keys, built_in = (trigger,), (trigger,)
    elif trigger not in KNOWN_TRIGGERS and is_password:
        keys, built_in = (trigger,), (texts.PERHAPS_PASSWORD,)
    for locale in locales:
        configured = messages.templates.get(locale, {})
        for key in keys:
            if key in configured:
                yield _Candidate(locale, key, (configured[key],), is_built_in=False)
        yield from _built_in(locale, built_in if locale in messages.built_in else ())
    yield from _built_in(texts.LAST_RESORT, built_in)


def _built_in(locale: str, keys: Sequence[str]) -> Iterator[_Candidate]:
    for key in keys:
        found = texts.built_in(locale).get(key)
        if found is not None:
            yield _Candidate(locale, key, found, is_built_in=True)


def _india_ids(chosen: _Chosen, messages: Messages) -> IndiaIds | None:
    """The registration of the text that is sent. A built-in one that stands in for one's own has not its id."""
    source = chosen.source
    if source.is_built_in and source.key in messages.templates.get(source.locale, {}):
        return None
    return messages.india_ids(source.locale, source.key)


def _locales(event: SenderEvent, country: str, messages: Messages) -> list[str]:
    """What the app asked for, the user's locale, the country's, the default; of each its more general ones too."""
    tags = (
        _asked_for(event, messages),
        event.locale,
        messages.country_locales.get(country),
        messages.default_locale,
    )
    return list(dict.fromkeys(parent for tag in tags if tag is not None for parent in with_parents(normal(tag))))


def _asked_for(event: SenderEvent, messages: Messages) -> str | None:
    """The locale that client metadata names, if that was switched on and there are texts for it.

    Whoever calls Cognito writes client metadata, signed in or not: it is a choice among what there is, and goes nowhere
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


def identity(event: SenderEvent, message: bytes | None, request_id: str) -> str:
    """The message's id, 64 hexadecimal digits: the same in every retry of it, different for every code.

    Cognito's event has no id, but the encrypted ``message`` (``decryption.Decrypted``) is random for every code. Its
    bytes are hashed, and not the text that they came in: of that there may be several. Without a message there is only
    Lambda's ``request_id``, which asynchronous retries keep.
    """
    if message is None:
        source = "\n".join((event.user_pool_id, event.user_sub or event.username, event.trigger, request_id))
        message = source.encode("utf-8", "surrogatepass")
    return hashlib.sha256(message).hexdigest()
