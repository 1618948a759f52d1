"""What Terraform wrote about text messages → one frozen ``Messages``, checked. Pure."""

from __future__ import annotations

from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from custom_sender.cognito.triggers import OWN_TEXT_ONLY
from custom_sender.data import read
from custom_sender.dataclass import dataclass, field
from custom_sender.languages import TAG, beginnings, normal
from custom_sender.message import IndiaIds
from custom_sender.reader import Form, Reader, shown
from custom_sender.texts.autofill import Autofill, read_autofill
from custom_sender.texts.built_in import LAST_RESORT
from custom_sender.texts.shared import (
    DEFAULT,
    KEY,
    LOCALE,
    VARIABLES,
    Shared,
    check_template,
    require_default,
    require_languages,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# Any other is a user's, and may be missing or unfit.
_ALWAYS_THERE: Final = VARIABLES - {"username"}

_GSM_7_LANGUAGES: Final = frozenset(read("languages")["gsm_7"])
_MOST_PARTS: Final = 25
_TEMPLATE_LIMIT: Final = 1600  # SNS and End User Messaging refuse a longer text
_LOCALE_OR_DEFAULT: Final = Form(f'a language tag, or "{DEFAULT}"', rf"{DEFAULT}|{TAG.pattern}")
_COUNTRY: Final = Form("two capital letters (ISO 3166-1 alpha-2)", r"[A-Z]{2}")
_INDIA_ID: Final = Form("an id of the registration in India: 1 to 50 characters without spaces", r"[!-~]{1,50}")
_TEXT: Final = Form(f"a text of 1 to {_TEMPLATE_LIMIT} characters", r"(?s:.+)", _TEMPLATE_LIMIT)


@dataclass(frozen=True)
class Messages:
    """The texts that Terraform wrote, and how they are completed. All locales are normal tags.

    ``templates``: locale → trigger or ``default`` → text. ``country_locales``: country → locale of people without
    one. ``india_entity_id`` and ``india_template_ids`` (locale → trigger or ``default`` → id) are India's registration.
    ``max_segments``: locale or ``default`` → how many parts a text may take.
    """

    shared: Shared = field(default_factory=Shared)
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    autofill: Autofill = field(default_factory=Autofill)
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


def read_messages(shared: Shared, sms: Reader) -> Messages:
    """What belongs to SMS, beside what all channels share. Raises ``SettingsError`` naming the place."""
    india = sms.within("india", required=False)
    entity_id = india.text("entity_id", _INDIA_ID, required=True) if sms.has("india") else None
    found = Messages(
        shared=shared,
        templates=_templates(sms.within("templates", required=False), shared.variables),
        autofill=read_autofill(sms.within("autofill", required=False)),
        country_locales=MappingProxyType(
            {country: normal(tag) for country, tag in sms.by_name("country_locales", _COUNTRY, LOCALE).items()}
        ),
        india_entity_id=entity_id,
        india_template_ids=MappingProxyType(_by_locale(india.within("template_ids", required=entity_id is not None))),
        max_segments=_max_segments(sms.within("max_segments", required=False)),
        transliterate=sms.switch("transliterate"),
    )
    india.end()
    require_default(shared, found.templates, "sms.templates")
    of_countries = {f"{country} {tag}": tag for country, tag in found.country_locales.items()}
    require_languages(shared, found.templates, "sms.templates", sms.where("country_locales"), of_countries)
    _require_registered_texts(found, india)
    return found


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
    return locale in found.shared.built_in | {LAST_RESORT} and (key in OWN_TEXT_ONLY or not stands_before)


def _max_segments(content: Reader) -> Mapping[str, int]:
    found = {
        normal(locale): content.whole(locale, 1, _MOST_PARTS, required=True)
        for locale in content.keys_of(_LOCALE_OR_DEFAULT)
    }
    content.refuse_twins(found)
    return MappingProxyType(found)


def _by_locale(content: Reader) -> Mapping[str, Mapping[str, str]]:
    """Locale → trigger or ``default`` → id."""
    found = {normal(locale): content.by_name(locale, KEY, _INDIA_ID) for locale in content.keys_of(LOCALE)}
    content.refuse_twins(found)
    return found


def _templates(content: Reader, variables: frozenset[str]) -> Mapping[str, Mapping[str, str]]:
    """Locale → trigger or ``default`` → text."""
    found = {
        normal(locale): MappingProxyType(
            {
                trigger: check_template(content.where(f"{locale}.{trigger}"), trigger, text, variables)
                for trigger, text in content.by_name(locale, KEY, _TEXT).items()
            }
        )
        for locale in content.keys_of(LOCALE)
    }
    content.refuse_twins(found)
    return MappingProxyType(found)
