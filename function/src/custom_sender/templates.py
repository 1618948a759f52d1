"""What Terraform wrote about texts → one frozen ``Messages``, checked. Pure.

Terraform has checked it all at plan, with the place in the message; this is for packages and modules of two versions,
for environments edited by hand, and for the preview.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import Template
from types import MappingProxyType
from typing import Any, Final, TypeVar

from custom_sender.autofill import Autofill, read_autofill
from custom_sender.errors import OTHER_VERSION, SettingsError
from custom_sender.locales import TAG, beginnings, normal
from custom_sender.message import CODE_TRIGGERS, DEFAULT
from custom_sender.senders.base import IndiaIds
from custom_sender.texts import LOCALES, TAGS

_T = TypeVar("_T")

VARIABLES: Final = frozenset({"code", "brand", "minutes", "username"})

_TRIGGER: Final = re.compile(r"[A-Za-z0-9]{1,64}")
# Languages that can be written in the GSM 7-bit alphabet. Terraform has the same list (``messages.tf``).
_GSM_7_LANGUAGES: Final = frozenset(
    {"da", "de", "en", "es", "fi", "fil", "fr", "id", "it", "ms", "nb", "nl", "nn", "no", "pt", "sv", "sw"}
)
_MOST_PARTS: Final = 25
_TEMPLATE_LIMIT: Final = 1600  # SNS and End User Messaging refuse a longer text
_BRAND_LIMIT: Final = 64
# Unicode's categories of control characters, private use, surrogates, and separators of lines and paragraphs.
_NOT_ON_A_LINE: Final = frozenset({"Cc", "Co", "Cs", "Zl", "Zp"})
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_PLACEHOLDER: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
# Cognito's API model: AttributeNameType, CustomAttributeNameType with its prefix.
_ATTRIBUTE: Final = re.compile(r"[\w:-]{1,39}", re.ASCII)
_METADATA_KEY: Final = re.compile(r"\S{1,64}")
_INDIA_ID: Final = re.compile(r"[!-~]{1,50}")


@dataclass(frozen=True, slots=True)
class Messages:
    """The texts that Terraform wrote, and how they are chosen and completed. All locales are normal tags.

    ``templates``: locale → trigger or ``default`` → text. ``attributes``: placeholder → the user attribute whose value
    it stands for. ``built_in``: the locales whose built-in texts are used. ``client_metadata_locale``: the key of
    Cognito's client metadata that names the language, or None. ``country_locales``: country → locale of people without
    one. ``india_entity_id`` and ``india_template_ids`` (locale → trigger or ``default`` → id) are India's registration.
    ``max_segments``: locale or ``default`` → how many parts a text may take.
    """

    brand: str = ""
    default_locale: str = "en"
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    autofill: Autofill = field(default_factory=Autofill)
    built_in: frozenset[str] = LOCALES
    client_metadata_locale: str | None = None
    country_locales: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    india_entity_id: str | None = None
    india_template_ids: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    max_segments: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    transliterate: bool = False

    def most_parts(self, locale: str) -> int:
        """How many parts a text in this locale may take."""
        usual = 1 if beginnings(locale)[-1] in _GSM_7_LANGUAGES else 2
        said = (self.max_segments.get(tag) for tag in (*beginnings(locale), DEFAULT))
        return next((parts for parts in said if parts is not None), usual)

    def india_ids(self, locale: str, key: str) -> IndiaIds | None:
        """India's registration of one text: its locale, and its trigger or ``default``."""
        template_id = self.india_template_ids.get(locale, {}).get(key)
        if self.india_entity_id is None or template_id is None:
            return None
        return IndiaIds(self.india_entity_id, template_id)


# In which of Terraform's variables a setting stands: messages, sms.
TEXTS_OF_ALL: Final = frozenset({"attributes", "brand", "built_in_locales", "client_metadata_locale", "default_locale"})
TEXTS_OF_SMS: Final = frozenset({"autofill", "country_locales", "india", "max_segments", "templates", "transliterate"})


def read_messages(content: Mapping[str, Any]) -> Messages:
    """Settings of ``messages`` and of ``sms``; null is as good as absent. Raises ``SettingsError`` naming the place."""
    unknown = sorted(content.keys() - TEXTS_OF_ALL - TEXTS_OF_SMS)
    if unknown:
        raise SettingsError(f"unknown setting {unknown[0][:100]!r}: {OTHER_VERSION}")
    given = {key: value for key, value in content.items() if value is not None}
    attributes = _attributes("messages.attributes", given.get("attributes", {}))
    variables = VARIABLES | attributes.keys()
    india = _object("sms.india", given.get("india", {}), "entity_id and template_ids")
    return Messages(
        brand=_brand("messages.brand", given.get("brand", "")),
        default_locale=_locale("messages.default_locale", given.get("default_locale", "en")),
        templates=_by_locale(
            "sms.templates",
            given.get("templates", {}),
            lambda place, trigger, text: _read_text(place, trigger, text, variables),
        ),
        attributes=attributes,
        autofill=read_autofill(given.get("autofill"), "sms.autofill"),
        built_in=_built_in("messages.built_in_locales", given.get("built_in_locales", TAGS)),
        client_metadata_locale=_matching(
            "messages.client_metadata_locale", given.get("client_metadata_locale"), _METADATA_KEY, "a key"
        ),
        country_locales=_country_locales("sms.country_locales", given.get("country_locales", {})),
        india_entity_id=_matching("sms.india.entity_id", india.get("entity_id"), _INDIA_ID, "an id"),
        india_template_ids=_by_locale("sms.india.template_ids", india.get("template_ids") or {}, _read_id),
        max_segments=_max_segments("sms.max_segments", given.get("max_segments", {})),
        transliterate=_switch("sms.transliterate", given.get("transliterate", False)),
    )


def _switch(place: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{place} must be true or false")
    return value


def _brand(place: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _BRAND_LIMIT or not _is_one_line(value):
        raise SettingsError(
            f"{place} must be one line of at most {_BRAND_LIMIT} characters, none of them of Unicode's private "
            "use, and begin with one that can be seen"
        )
    return unicodedata.normalize("NFC", value)


def _is_one_line(text: str) -> bool:
    """As the Terraform variable's validation: joiners and marks of direction are part of how a language is written."""
    categories = [unicodedata.category(char) for char in text]
    return _NOT_ON_A_LINE.isdisjoint(categories) and not any(category[0] in "CZ" for category in categories[:1])


def _object(place: str, value: object, members: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{place} must be an object: {members}")
    return value


def _matching(place: str, value: object, pattern: re.Pattern[str], form: str) -> str | None:
    if value is not None and not (isinstance(value, str) and pattern.fullmatch(value)):
        raise SettingsError(f"{place} must be {form} of printable characters")
    return value if isinstance(value, str) else None


def _locale(place: str, value: object) -> str:
    if not isinstance(value, str) or not TAG.fullmatch(value):
        raise SettingsError(f'{place} must be a language tag such as "en" or "pt-BR"')
    return normal(value)


def _attributes(place: str, value: object) -> Mapping[str, str]:
    """Placeholder → attribute. The module's own placeholders cannot be taken: no attribute becomes ``$code``."""
    attributes = _object(place, value, "placeholder, then user attribute")
    for name, attribute in attributes.items():
        if not _PLACEHOLDER.fullmatch(str(name)) or name in VARIABLES:
            raise SettingsError(
                f"{place}: {str(name)!r} must be a name of small letters, digits and underscores, and none of "
                f"{', '.join(sorted(VARIABLES))}"
            )
        if not isinstance(attribute, str) or not _ATTRIBUTE.fullmatch(attribute):
            raise SettingsError(f"{place}.{name} must be the name of a user attribute, such as given_name")
    return MappingProxyType(dict(attributes))


def _built_in(place: str, value: object) -> frozenset[str]:
    tags = [str(tag) for tag in value] if isinstance(value, list | tuple) else [str(value)]
    for tag in tags:
        if normal(tag) not in LOCALES:
            raise SettingsError(f"{place}: there are no built-in texts for {tag!r}; there are: {', '.join(TAGS)}")
    return frozenset(map(normal, tags))


def _country_locales(place: str, value: object) -> Mapping[str, str]:
    locales = _object(place, value, "country, then locale")
    for country in locales:
        if not _COUNTRY.fullmatch(str(country)):
            raise SettingsError(f"{place}: {str(country)!r} is not a country code (two capital letters)")
    return MappingProxyType({country: _locale(f"{place}.{country}", locale) for country, locale in locales.items()})


def _max_segments(place: str, value: object) -> Mapping[str, int]:
    limits = _object(place, value, 'locale or "default", then a number of parts')
    for locale, parts in limits.items():
        if locale != DEFAULT and not TAG.fullmatch(str(locale)):
            raise SettingsError(f"{place}: {str(locale)!r} is neither a language tag nor {DEFAULT}")
        if type(parts) is not int or not 1 <= parts <= _MOST_PARTS:
            raise SettingsError(f"{place}.{locale} must be 1 to {_MOST_PARTS}")
    return MappingProxyType({normal(locale): parts for locale, parts in limits.items()})


def _by_locale(place: str, value: object, read: Callable[[str, str, object], _T]) -> Mapping[str, Mapping[str, _T]]:
    """Locale → trigger or ``default`` → what ``read`` makes of it."""
    locales = _object(place, value, "locale, then trigger, then text")
    found = {normal(str(locale)): _read_locale(place, str(locale), texts, read) for locale, texts in locales.items()}
    if len(found) != len(locales):
        raise SettingsError(f"{place} has one locale twice: pt-BR, pt_BR and pt-br are the same; keep one")
    return MappingProxyType(found)


def _read_locale(place: str, locale: str, texts: object, read: Callable[[str, str, object], _T]) -> Mapping[str, _T]:
    if not TAG.fullmatch(locale):
        raise SettingsError(f'{place}: {locale!r} is not a language tag such as "en" or "pt-BR"')
    if not isinstance(texts, Mapping):
        raise SettingsError(f"{place}.{locale} must be an object: trigger (or default), then text")
    for trigger in texts:
        if not _TRIGGER.fullmatch(str(trigger)):
            raise SettingsError(
                f'{place}.{locale}: {str(trigger)!r} is neither "default" nor what follows CustomSMSSender_, such as '
                '"SignUp"'
            )
    return MappingProxyType(
        {str(trigger): read(f"{place}.{locale}.{trigger}", str(trigger), text) for trigger, text in texts.items()}
    )


def _read_text(place: str, trigger: str, text: object, variables: frozenset[str]) -> str:
    if not isinstance(text, str) or not 0 < len(text) <= _TEMPLATE_LIMIT:
        raise SettingsError(f"{place}: a text of 1 to {_TEMPLATE_LIMIT} characters is needed")
    template = Template(text)
    if not template.is_valid():
        raise SettingsError(f"{place}: a $ stands without a variable's name behind it; write $$ for a dollar sign")
    names = set(template.get_identifiers())
    if names - variables:
        known = " ".join(f"${name}" for name in sorted(variables))
        raise SettingsError(f"{place}: unknown variable ${min(names - variables)}; known: {known}")
    if (trigger == DEFAULT or trigger in CODE_TRIGGERS) and "code" not in names:
        raise SettingsError(f"{place}: $code is missing; without it the user cannot go on")
    # As Terraform writes all its texts: a character that is composed costs less than its pieces.
    return unicodedata.normalize("NFC", text)


def _read_id(place: str, _trigger: str, value: object) -> str:
    if not isinstance(value, str) or not _INDIA_ID.fullmatch(value):
        raise SettingsError(f"{place} must be the id of a template that is registered in India")
    return value
