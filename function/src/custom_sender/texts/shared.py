"""What Terraform wrote about all channels' messages → one frozen ``Shared``, and how own texts are read. Pure."""

from __future__ import annotations

import unicodedata
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from custom_sender.cognito.triggers import CODE_TRIGGERS, KNOWN_TRIGGERS
from custom_sender.dataclass import dataclass, field
from custom_sender.languages import TAG, normal, pick
from custom_sender.reader import Form, Reader, refuse, shown
from custom_sender.texts.built_in import LAST_RESORT, LOCALES, TAGS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

DEFAULT: Final = "default"
VARIABLES: Final = frozenset({"code", "brand", "minutes", "username"})
LOCALE: Final = Form('a language tag: "en", "pt-BR", "zh_Hant_TW"', TAG.pattern)
KEY: Final = Form(
    f'"{DEFAULT}" or a trigger: {", ".join(sorted(KNOWN_TRIGGERS))}', "|".join((DEFAULT, *sorted(KNOWN_TRIGGERS)))
)
CLIENT_ID: Final = Form("the id of an app client, as Cognito gave it", r"[A-Za-z0-9_+]{1,128}")
_DOMAIN: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
_ADDRESS: Final = rf"(?=[^@]{{1,64}}@)[\w!#$%&'*+/=?^`{{|}}~-]+(?:\.[\w!#$%&'*+/=?^`{{|}}~-]+)*@{_DOMAIN}"
ADDRESS: Final = Form("an address: login@acme.com", _ADDRESS, 254)
# The name may be one that senders have to quote or encode; it is written here as it is read.
MAILBOX: Final = Form(
    'an address, or a name and an address: "Acme <login@acme.com>"',
    rf'[^\x00-\x1f\x7f"<>\\]{{1,64}}<{_ADDRESS}>|{_ADDRESS}',
    320,
)
LAYOUT: Final = Form("the name of a layout file without .html: letters, digits, - and _", r"[A-Za-z0-9_-]{1,64}")

_BRAND_LIMIT: Final = 64
# Unicode's categories of control characters, private use, surrogates, and separators of lines and paragraphs.
NOT_ON_A_LINE: Final = frozenset({"Cc", "Co", "Cs", "Zl", "Zp"})
_PLACEHOLDER: Final = Form(
    f"a name of small letters, digits and underscores, and none of {', '.join(sorted(VARIABLES))}",
    rf"(?!(?:{'|'.join(VARIABLES)})$)[a-z][a-z0-9_]{{0,30}}",
)
# Cognito's API model: AttributeNameType, CustomAttributeNameType with its prefix.
_ATTRIBUTE: Final = Form("the name of a user attribute: given_name, custom:team", r"[\w:-]{1,39}")
_METADATA_KEY: Final = Form("a key of client metadata: 1 to 64 printable characters", r"[!-~]{1,64}")
_BRAND: Final = Form("a text", r"(?s:.*)")


@dataclass(frozen=True)
class Client:
    """What differs for one app client; None: as for all. ``mailbox`` and ``layout`` are of mails."""

    brand: str | None = None
    mailbox: str | None = None
    layout: str | None = None


@dataclass(frozen=True)
class Shared:
    """How the texts of every channel are chosen and completed. All locales are normal tags.

    ``attributes``: placeholder → the user attribute whose value it stands for. ``built_in``: the locales whose built-in
    texts are used. ``client_metadata_locale``: the key of Cognito's client metadata that names the language, or None.
    ``clients``: app client id → what differs for it.
    """

    brand: str = ""
    default_locale: str = LAST_RESORT
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    built_in: frozenset[str] = LOCALES
    client_metadata_locale: str | None = None
    clients: Mapping[str, Client] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def brands(self) -> tuple[str, ...]:
        """Every brand that a message may have, the one of most clients first."""
        brands = (client.brand for client in self.clients.values() if client.brand is not None)
        return tuple(dict.fromkeys((self.brand, *brands)))

    @property
    def variables(self) -> frozenset[str]:
        """The placeholders that a text may have."""
        return VARIABLES | self.attributes.keys()

    def brand_of(self, client_id: str) -> str:
        """The brand of the app client that asked for the message."""
        client = self.clients.get(client_id)
        return self.brand if client is None or client.brand is None else client.brand


def read_shared(messages: Reader) -> Shared:
    """The settings of ``messages``. Raises ``SettingsError`` naming the place."""
    clients = messages.within("clients", required=False)
    found = Shared(
        brand=_brand(messages) or "",
        default_locale=normal(messages.text("default_locale", LOCALE) or LAST_RESORT),
        attributes=messages.by_name("attributes", _PLACEHOLDER, _ATTRIBUTE),
        built_in=_built_in(messages),
        client_metadata_locale=messages.text("client_metadata_locale", _METADATA_KEY),
        clients=MappingProxyType({name: _client(clients.within(name)) for name in clients.keys_of(CLIENT_ID)}),
    )
    messages.end()
    return found


def _client(content: Reader) -> Client:
    found = Client(_brand(content), content.text("from", MAILBOX), content.text("layout", LAYOUT))
    content.end()
    return found


def require_default(shared: Shared, own: Collection[str], where: str) -> None:
    """A language without texts would be English in silence. ``own`` are those of one channel, written at ``where``."""
    tag = shared.default_locale
    require_languages(shared, own, where, "messages.default_locale", {shown(tag): tag})


def require_languages(shared: Shared, own: Collection[str], where: str, place: str, tags: Mapping[str, str]) -> None:
    """Refuse the tags that there are no texts for; they go by the names that the error gives them."""
    languages = dict.fromkeys({*own, *shared.built_in, LAST_RESORT}, True)
    without = [name for name, tag in tags.items() if pick(languages, tag) is None]
    if without:
        fix = f"add them to {where}, or choose among {', '.join(sorted(languages))}"
        refuse(place, "a language that there are texts in", ", ".join(without), fix)


def check_template(place: str, trigger: str, text: str, variables: frozenset[str], *, needs_code: bool = True) -> str:
    """A text of the user's own, composed as Terraform writes all its texts: a composed character costs less."""
    known = ", ".join(f"${name}" for name in sorted(variables))
    template = Template(text)
    if not template.is_valid():
        refuse(place, f"a $ only in front of a placeholder ({known})", "another $", "write $$ for a dollar sign")
    unknown = sorted(set(template.get_identifiers()) - variables)
    if unknown:
        fix = "name the user attribute in messages.attributes, or write $$ for a dollar sign"
        refuse(place, f"the placeholders {known}", ", ".join(f"${shown(name)}" for name in unknown), fix)
    is_code = trigger == DEFAULT or trigger in CODE_TRIGGERS
    if needs_code and is_code and "code" not in template.get_identifiers():
        refuse(place, "a text with $code, without which the user cannot go on", "none", "add it")
    if any(unicodedata.category(character) == "Co" for character in text):
        refuse(place, "characters that phones have", "one of Unicode's private use", "remove it")
    return unicodedata.normalize("NFC", text)


def _brand(content: Reader) -> str | None:
    brand = content.text("brand", _BRAND)
    if brand is None:
        return None
    # Joiners and marks of direction are part of how a language is written.
    categories = [unicodedata.category(character) for character in brand]
    seen_first = brand != "" and categories[0][0] not in "CZ"
    if len(brand) > _BRAND_LIMIT or not (NOT_ON_A_LINE.isdisjoint(categories) and seen_first):
        rule = (
            f"one line of at most {_BRAND_LIMIT} characters, none of private use, that begins with one that can be seen"
        )
        content.refuse("brand", rule, f"a text of {len(brand)}", "write it so, or leave it out for the name")
    return unicodedata.normalize("NFC", brand)


def _built_in(messages: Reader) -> frozenset[str]:
    if not messages.has("built_in_locales"):
        messages.take("built_in_locales")
        return LOCALES
    tags = messages.texts("built_in_locales", LOCALE)
    unknown = sorted(tag for tag in tags if normal(tag) not in LOCALES)
    if unknown:
        rule = f"languages among {', '.join(TAGS)}"
        messages.refuse("built_in_locales", rule, ", ".join(map(shown, unknown)), "remove what has no built-in texts")
    return frozenset(map(normal, tags))
