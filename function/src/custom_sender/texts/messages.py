"""What Terraform wrote about texts → one frozen ``Messages``, checked. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from custom_sender.cognito.triggers import CODE_TRIGGERS, KNOWN_TRIGGERS, OWN_TEXT_ONLY
from custom_sender.data import read
from custom_sender.languages import TAG, beginnings, normal, pick
from custom_sender.message import IndiaIds
from custom_sender.reader import Form, Reader, refuse, shown
from custom_sender.texts.autofill import Autofill, read_autofill
from custom_sender.texts.built_in import LAST_RESORT, LOCALES, TAGS

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT: Final = "default"
VARIABLES: Final = frozenset({"code", "brand", "minutes", "username"})
# Any other is a user's, and may be missing or unfit.
_ALWAYS_THERE: Final = VARIABLES - {"username"}

_GSM_7_LANGUAGES: Final = frozenset(read("languages")["gsm_7"])
_MOST_PARTS: Final = 25
_TEMPLATE_LIMIT: Final = 1600  # SNS and End User Messaging refuse a longer text
_BRAND_LIMIT: Final = 64
# Unicode's categories of control characters, private use, surrogates, and separators of lines and paragraphs.
_NOT_ON_A_LINE: Final = frozenset({"Cc", "Co", "Cs", "Zl", "Zp"})
_LOCALE: Final = Form('a language tag: "en", "pt-BR", "zh_Hant_TW"', TAG.pattern)
_LOCALE_OR_DEFAULT: Final = Form(f'a language tag, or "{DEFAULT}"', rf"{DEFAULT}|{TAG.pattern}")
_COUNTRY: Final = Form("two capital letters (ISO 3166-1 alpha-2)", r"[A-Z]{2}")
_KEY: Final = Form(
    f'"{DEFAULT}" or a trigger: {", ".join(sorted(KNOWN_TRIGGERS))}', "|".join((DEFAULT, *sorted(KNOWN_TRIGGERS)))
)
_PLACEHOLDER: Final = Form(
    f"a name of small letters, digits and underscores, and none of {', '.join(sorted(VARIABLES))}",
    rf"(?!(?:{'|'.join(VARIABLES)})$)[a-z][a-z0-9_]{{0,30}}",
)
# Cognito's API model: AttributeNameType, CustomAttributeNameType with its prefix.
_ATTRIBUTE: Final = Form("the name of a user attribute: given_name, custom:team", r"[\w:-]{1,39}")
_METADATA_KEY: Final = Form("a key of client metadata: 1 to 64 printable characters", r"[!-~]{1,64}")
_INDIA_ID: Final = Form("an id of the registration in India: 1 to 50 characters without spaces", r"[!-~]{1,50}")
_TEXT: Final = Form(f"a text of 1 to {_TEMPLATE_LIMIT} characters", r"(?s:.+)", _TEMPLATE_LIMIT)
_BRAND: Final = Form("a text", r"(?s:.*)")


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


def read_messages(messages: Reader, sms: Reader) -> Messages:
    """What all messages share, and what belongs to SMS. Raises ``SettingsError`` naming the place."""
    attributes = messages.by_name("attributes", _PLACEHOLDER, _ATTRIBUTE)
    default_locale = messages.text("default_locale", _LOCALE) or LAST_RESORT
    india = sms.within("india", required=False)
    entity_id = india.text("entity_id", _INDIA_ID, required=True) if sms.has("india") else None
    found = Messages(
        brand=_brand(messages),
        default_locale=normal(default_locale),
        templates=_templates(sms, VARIABLES | attributes.keys()),
        attributes=attributes,
        autofill=read_autofill(sms.within("autofill", required=False)),
        built_in=_built_in(messages),
        client_metadata_locale=messages.text("client_metadata_locale", _METADATA_KEY),
        country_locales=MappingProxyType(
            {country: normal(tag) for country, tag in sms.by_name("country_locales", _COUNTRY, _LOCALE).items()}
        ),
        india_entity_id=entity_id,
        india_template_ids=MappingProxyType(_by_locale(india.within("template_ids", required=entity_id is not None))),
        max_segments=_max_segments(sms.within("max_segments", required=False)),
        transliterate=sms.switch("transliterate"),
    )
    india.end()
    messages.end()
    _require_texts(found, messages, sms)
    _require_registered_texts(found, india)
    return found


def _require_texts(found: Messages, messages: Reader, sms: Reader) -> None:
    """A language without texts would be English in silence."""
    languages = dict.fromkeys(found.templates.keys() | found.built_in | {LAST_RESORT}, True)
    rule = "a language that there are texts in"
    fix = f"add them to sms.templates, or choose among {', '.join(sorted(languages))}"
    if pick(languages, found.default_locale) is None:
        messages.refuse("default_locale", rule, shown(found.default_locale), fix)
    without = [f"{country} {tag}" for country, tag in found.country_locales.items() if pick(languages, tag) is None]
    if without:
        sms.refuse("country_locales", rule, ", ".join(without), fix)


def _require_registered_texts(found: Messages, india: Reader) -> None:
    """An id of a text that is not there, or that one's own text for all always stands before, goes with no message."""
    unsent = [
        f"{locale}.{key}"
        for locale, ids in found.india_template_ids.items()
        for key in ids
        if key not in found.templates.get(locale, {}) and not _sends_built_in(found, locale, key)
    ]
    if unsent:
        fix = f'write that text in sms.templates, or give the id to the one that is sent ("{DEFAULT}")'
        india.refuse("template_ids", "ids of texts that are sent", ", ".join(map(shown, unsent)), fix)


def _sends_built_in(found: Messages, locale: str, key: str) -> bool:
    for_all = found.templates.get(locale, {}).get(DEFAULT)
    stands_before = for_all is not None and set(Template(for_all).get_identifiers()) <= _ALWAYS_THERE
    return locale in found.built_in | {LAST_RESORT} and (key in OWN_TEXT_ONLY or not stands_before)


def _brand(messages: Reader) -> str:
    brand = messages.text("brand", _BRAND)
    if brand is None:
        return ""
    # Joiners and marks of direction are part of how a language is written.
    categories = [unicodedata.category(character) for character in brand]
    seen_first = brand != "" and categories[0][0] not in "CZ"
    if len(brand) > _BRAND_LIMIT or not (_NOT_ON_A_LINE.isdisjoint(categories) and seen_first):
        rule = (
            f"one line of at most {_BRAND_LIMIT} characters, none of private use, that begins with one that can be seen"
        )
        messages.refuse("brand", rule, f"a text of {len(brand)}", "write it so, or leave it out for the name")
    return unicodedata.normalize("NFC", brand)


def _built_in(messages: Reader) -> frozenset[str]:
    if not messages.has("built_in_locales"):
        messages.take("built_in_locales")
        return LOCALES
    tags = messages.texts("built_in_locales", _LOCALE)
    unknown = sorted(tag for tag in tags if normal(tag) not in LOCALES)
    if unknown:
        rule = f"languages among {', '.join(TAGS)}"
        messages.refuse("built_in_locales", rule, ", ".join(map(shown, unknown)), "remove what has no built-in texts")
    return frozenset(map(normal, tags))


def _max_segments(content: Reader) -> Mapping[str, int]:
    found = {
        normal(locale): content.whole(locale, 1, _MOST_PARTS, required=True)
        for locale in content.keys_of(_LOCALE_OR_DEFAULT)
    }
    content.refuse_twins(found)
    return MappingProxyType(found)


def _by_locale(content: Reader) -> Mapping[str, Mapping[str, str]]:
    """Locale → trigger or ``default`` → id."""
    found = {normal(locale): content.by_name(locale, _KEY, _INDIA_ID) for locale in content.keys_of(_LOCALE)}
    content.refuse_twins(found)
    return found


def _templates(sms: Reader, variables: frozenset[str]) -> Mapping[str, Mapping[str, str]]:
    """Locale → trigger or ``default`` → text."""
    content = sms.within("templates", required=False)
    found: dict[str, Mapping[str, str]] = {}
    for locale in content.keys_of(_LOCALE):
        texts = content.by_name(locale, _KEY, _TEXT)
        for trigger, text in texts.items():
            _check(content.where(f"{locale}.{trigger}"), trigger, text, variables)
        # As Terraform writes all its texts: a character that is composed costs less than its pieces.
        normalized = {trigger: unicodedata.normalize("NFC", text) for trigger, text in texts.items()}
        found[normal(locale)] = MappingProxyType(normalized)
    content.refuse_twins(found)
    return MappingProxyType(found)


def _check(place: str, trigger: str, text: str, variables: frozenset[str]) -> None:
    known = ", ".join(f"${name}" for name in sorted(variables))
    template = Template(text)
    if not template.is_valid():
        refuse(place, f"a $ only in front of a placeholder ({known})", "another $", "write $$ for a dollar sign")
    unknown = sorted(set(template.get_identifiers()) - variables)
    if unknown:
        fix = "name the user attribute in messages.attributes, or write $$ for a dollar sign"
        refuse(place, f"the placeholders {known}", ", ".join(f"${shown(name)}" for name in unknown), fix)
    if (trigger == DEFAULT or trigger in CODE_TRIGGERS) and "code" not in template.get_identifiers():
        refuse(place, "a text with $code, without which the user cannot go on", "none", "add it")
    if any(unicodedata.category(character) == "Co" for character in text):
        refuse(place, "characters that phones have", "one of Unicode's private use", "remove it")
