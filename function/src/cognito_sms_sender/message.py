"""The code and the event → the text that is sent. Pure: no network, no log, no provider.

Templates are ``string.Template``: ``$code $brand $minutes $username``, ``$$`` for a dollar sign. Values are put in
once and never looked at again, so a user name that reads ``$code`` stays the text "$code".
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from cognito_sms_sender.errors import SettingsError
from cognito_sms_sender.locales import TAG, normal, with_parents
from cognito_sms_sender.secret import Secret
from cognito_sms_sender.senders.base import OutgoingMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognito_sms_sender.event import SenderEvent

DEFAULT: Final = "default"
ADMIN_CREATE_USER: Final = "AdminCreateUser"
ACCOUNT_TAKE_OVER: Final = "AccountTakeOverNotification"

# How long Cognito accepts what it sent, in seconds: the developer guide's quotas page; AuthSessionValidity (3 minutes
# by default) for a sign-in code; TemporaryPasswordValidityDays (7 by default) for a temporary password. What a pool has
# set otherwise stands in protection.code_lifetimes_seconds.
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_LIFETIME_SECONDS: Final[Mapping[str, int]] = {
    "Authentication": 3 * _MINUTE,
    "ForgotPassword": _HOUR,
    ADMIN_CREATE_USER: 7 * _DAY,
}
_OTHER_LIFETIME_SECONDS: Final = _DAY

# Triggers whose message is pointless without a code. AccountTakeOverNotification may come without one, and of a trigger
# that does not exist yet nobody knows.
CODE_TRIGGERS: Final = frozenset(
    {
        "SignUp",
        "ResendCode",
        "ForgotPassword",
        "UpdateUserAttribute",
        "VerifyUserAttribute",
        "Authentication",
        ADMIN_CREATE_USER,
    }
)

# Messages that are not "here is your code": an invitation carries a password, a notice is a warning. The default text
# says "your code, valid for so many minutes", which would be wrong of the one and leave out the other.
_OWN_TEXT_ONLY: Final = frozenset({ADMIN_CREATE_USER, ACCOUNT_TAKE_OVER})
KNOWN_TRIGGERS: Final = CODE_TRIGGERS | _OWN_TEXT_ONLY
# What Cognito calls a code is digits only: six, or eight of a one-time password.
_CODE: Final = re.compile(r"[0-9]+")

_VARIABLES: Final = frozenset({"code", "brand", "minutes", "username"})

# English, plain GSM-7, one segment with a brand of twenty characters. Further languages stand beside "en".
_WITHOUT_CODE: Final = "without code"
_PERHAPS_PASSWORD: Final = "perhaps a password"  # noqa: S105 - a key
_BUILT_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "SignUp": ("$code is your $brand verification code.",),
    "ResendCode": ("$code is your $brand verification code.",),
    "ForgotPassword": ("$code is your $brand password reset code. It expires in $minutes minutes. Do not share it.",),
    "UpdateUserAttribute": ("$code is your $brand code to confirm this phone number.",),
    "VerifyUserAttribute": ("$code is your $brand code to confirm this phone number.",),
    "Authentication": ("$code is your $brand sign-in code. It expires in $minutes minutes. Do not share it.",),
    # The password comes last and without a full stop behind it, so that nobody types the full stop.
    ADMIN_CREATE_USER: (
        "Your $brand user name is $username and your temporary password is $code",
        "Your $brand temporary password is $code",
    ),
    ACCOUNT_TAKE_OVER: (
        "Unusual activity on your $brand account. If this was not you, change your password. Your code is $code.",
        "Unusual activity on your $brand account. If this was not you, change your password.",
    ),
    DEFAULT: ("$code is your $brand code. Do not share it.",),
    _PERHAPS_PASSWORD: ("Your $brand code or password is $code",),
    _WITHOUT_CODE: ("There was activity on your $brand account. If this was not you, change your password.",),
}

_TRIGGER: Final = re.compile(r"[A-Za-z0-9]{1,64}")
_TEMPLATE_LIMIT: Final = 1600  # SNS and End User Messaging refuse a longer text
_BRAND_LIMIT: Final = 64

_USERNAME_LIMIT: Final = 64
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
# Of a name's shape (``_shape``): six digits or more, whatever stands between them. Fewer are in many names (jane1985).
_DIGITS: Final = re.compile(r"\+?9(?:[-+]*9){5,}")
# "$$" is matched first so that an escaped dollar sign in front of "brand" is left alone.
_BRAND_REFERENCE: Final = re.compile(r"\$\$|\$(?:brand\b|\{brand\}) ?")


class CodeMissing(ValueError):  # noqa: N818 - it ends as an outcome
    """The trigger's message is its code, and there is none. The text is a constant."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The texts that Terraform wrote: locale (lower case, hyphens) → trigger or ``default`` → template text."""

    brand: str = ""
    default_locale: str = "en"
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))


def read_messages(content: object, source: str = "SENDER_MESSAGES") -> Messages:
    """``{"brand", "default_locale", "templates"}`` as Terraform wrote it. Raises ``SettingsError`` naming the place."""
    if not isinstance(content, Mapping):
        raise SettingsError(f"{source}: a JSON object is needed, with brand, default_locale and templates")
    unknown = sorted(set(map(str, content)) - {"brand", "default_locale", "templates"})
    if unknown:
        raise SettingsError(
            f"{source}: unknown setting {unknown[0]!r}; the function's package is older than the module: update package"
        )
    brand = content.get("brand")
    brand = "" if brand is None else brand
    if not isinstance(brand, str) or len(brand) > _BRAND_LIMIT or not brand.isprintable():
        raise SettingsError(f"{source}: brand must be a printable text of at most {_BRAND_LIMIT} characters")
    default_locale = content.get("default_locale")
    default_locale = "en" if default_locale is None else default_locale
    if not isinstance(default_locale, str) or not TAG.fullmatch(default_locale):
        raise SettingsError(f'{source}: default_locale must be a language tag such as "en" or "pt-BR"')
    templates = content.get("templates")
    templates = {} if templates is None else templates
    if not isinstance(templates, Mapping):
        raise SettingsError(f"{source}: templates must be an object: locale, then trigger, then text")
    read = {
        normal(str(locale)): _read_locale(f"{source}: templates[{locale!r}]", str(locale), texts)
        for locale, texts in templates.items()
    }
    if len(read) != len(templates):
        raise SettingsError(f"{source}: templates has one locale twice: pt-BR, pt_BR and pt-br are the same; keep one")
    return Messages(brand=brand, default_locale=normal(default_locale), templates=MappingProxyType(read))


def _read_locale(place: str, locale: str, texts: object) -> Mapping[str, str]:
    if not TAG.fullmatch(locale):
        raise SettingsError(f'{place}: the key must be a language tag such as "en" or "pt-BR"')
    if not isinstance(texts, Mapping):
        raise SettingsError(f"{place}: an object is needed: trigger (or default), then text")
    return MappingProxyType(
        {str(trigger): _read_text(f"{place}[{trigger!r}]", str(trigger), text) for trigger, text in texts.items()}
    )


def _read_text(place: str, trigger: str, text: object) -> str:
    if not _TRIGGER.fullmatch(trigger):
        raise SettingsError(f'{place}: the key must be "default" or what follows CustomSMSSender_, such as "SignUp"')
    if not isinstance(text, str) or not 0 < len(text) <= _TEMPLATE_LIMIT:
        raise SettingsError(f"{place}: a text of 1 to {_TEMPLATE_LIMIT} characters is needed")
    template = Template(text)
    if not template.is_valid():
        raise SettingsError(f"{place}: a $ stands without a variable's name behind it; write $$ for a dollar sign")
    names = set(template.get_identifiers())
    if names - _VARIABLES:
        raise SettingsError(
            f"{place}: unknown variable ${min(names - _VARIABLES)}; known: $brand $code $minutes $username"
        )
    if (trigger == DEFAULT or trigger in CODE_TRIGGERS) and "code" not in names:
        raise SettingsError(f"{place}: $code is missing; without it the user cannot go on")
    return text


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
    template = _choose(event, messages, frozenset(values), is_password=is_password)
    return OutgoingMessage(
        to=event.phone_number,
        country=country,
        text=Secret(template.substitute(values)),
        code=code,
        trigger=event.trigger,
        locale=event.locale,
        user_pool_id=event.user_pool_id,
        client_id=event.client_id,
        lifetime_seconds=seconds_left,
        idempotency_key=message_id,
        is_password=is_password,
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
    return max(1, (seconds + _MINUTE // 2) // _MINUTE)


def require_code(event: SenderEvent) -> None:
    """Raises ``CodeMissing`` when the trigger's message is its code and there is none."""
    if event.ciphertext is None and event.trigger in CODE_TRIGGERS:
        raise CodeMissing("request.code is null, and the message of this trigger is its code")


def lifetime_seconds(trigger: str, configured: Mapping[str, int] = MappingProxyType({})) -> int:
    """How long Cognito accepts this trigger's code, in seconds; ``configured`` is what a pool has set otherwise."""
    return configured.get(trigger) or _LIFETIME_SECONDS.get(trigger, _OTHER_LIFETIME_SECONDS)


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
    * Whoever may sign up chooses the name: "evil.example/win" or "Call-0900-123456" in a message from the company's own
      sender is phishing. Links are refused always. Names that look like a host (john.smith), an e-mail address, or that
      hold six digits in a row, whatever stands between them, are refused too.
    * Where an administrator chose the name, the user needs it to sign in: there john.smith, an e-mail address and an
      unbroken personnel number (20251234, emp20251234) are let through; a telephone number in groups or with a plus
      is not.
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
    folded = "".join(
        char
        for char in unicodedata.normalize("NFKC", kept)
        if _is_visible(char) and not unicodedata.category(char).startswith("M")
    )
    runs = _DIGITS.findall(_shape(folded))
    folded = folded.translate(_FOLDED)
    if _LINK.search(folded):
        return None
    if chosen_by_administrator:
        return None if any(run.strip("9") for run in runs) else kept
    return None if runs or _HOST_LIKE.search(folded) else kept


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in _INVISIBLE and char not in _BLANK


def _shape(folded: str) -> str:
    """Letters as "x", digits and numbers of every script as "9", "+" as it is, and anything else as "-"."""
    kinds = {"L": "x", "N": "9"}
    return "".join(kinds.get(unicodedata.category(char)[0], "+" if char == "+" else "-") for char in folded)


def _choose(event: SenderEvent, messages: Messages, available: frozenset[str], *, is_password: bool) -> Template:
    """The first template that needs no value which is not there.

    The texts of the triggers that live by their code all hold ``$code``: ``read_messages`` sees to it.
    """
    for text in _candidates(event.trigger, event.locale, messages, is_password=is_password):
        template = Template(_without_brand(text) if not messages.brand else text)
        if available.issuperset(template.get_identifiers()):
            return template
    msg = "the built-in templates cover every combination of values"  # a test holds them to it
    raise AssertionError(msg)


def _candidates(trigger: str, locale: str | None, messages: Messages, *, is_password: bool) -> Iterator[str]:
    """Configured texts: exact locale, its language, the default locale; in each the trigger's, then the default text.

    Behind them the built-in English: the trigger's, then the default, then the one without a code.

    A trigger of ``_OWN_TEXT_ONLY`` has no default text, neither a configured nor a built-in one: the built-in text that
    says the right thing in English comes before one that says something else in the user's language. Of a trigger that
    nobody knew when this was written, what is not digits may be a password: it gets a text that is true of both.
    """
    keys: tuple[str, ...] = (trigger, DEFAULT)
    built_in: tuple[str, ...] = (trigger, DEFAULT, _WITHOUT_CODE)
    if trigger in _OWN_TEXT_ONLY:
        keys, built_in = (trigger,), (trigger,)
    elif trigger not in KNOWN_TRIGGERS and is_password:
        keys, built_in = (trigger,), (_PERHAPS_PASSWORD,)
    for name in _locales(locale, messages.default_locale):
        texts = messages.templates.get(name, {})
        for key in keys:
            if key in texts:
                yield texts[key]
    for key in built_in:
        yield from _BUILT_IN.get(key, ())


def _locales(locale: str | None, default_locale: str) -> list[str]:
    chain: list[str] = []
    if locale is not None:
        chain += with_parents(normal(locale))
    chain += with_parents(default_locale)
    return list(dict.fromkeys(chain))


def _without_brand(text: str) -> str:
    """ "is your $brand code" → "is your code" when there is no brand."""
    return _BRAND_REFERENCE.sub(lambda match: match[0] if match[0] == "$$" else "", text)


def identity(event: SenderEvent, request_id: str) -> str:
    """The message's id, 64 hexadecimal digits: the same in every retry of it, different for every code.

    Cognito's event has no id, but the ciphertext is random for every code. Without a ciphertext there is only Lambda's
    ``request_id``, which asynchronous retries keep.
    """
    if event.ciphertext is not None:
        source = event.ciphertext
    else:
        source = "\n".join((event.user_pool_id, event.user_sub or event.username, event.trigger, request_id))
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
