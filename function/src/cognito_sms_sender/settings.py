"""What Terraform wrote into the environment → one frozen ``Settings``, checked while the function is imported.

| variable | content |
|---|---|
| ``SENDER_SETTINGS`` | JSON: name, allowed_countries, routes, senders, protection; only what Terraform knew at plan |
| ``SENDER_REF_<NAME>_<ATTRIBUTE>`` | one attribute of one sender that may have been unknown at plan: an ARN, an id |
| ``SENDER_KMS_KEY_ARNS`` | the KMS keys, by full ARN and comma-separated, that may decrypt |
| ``SENDER_MESSAGES`` | base64 of gzip of JSON: brand, default_locale, templates and the rest of ``Messages`` |
| ``SENDER_LEDGER_TABLE`` | the name of the ledger's table; not set: no ledger |
| ``SENDER_HASH_KEY`` | 32 hex digits or more, random: the key of the hashes that stand for numbers |

No network call, no credential: secrets are named here by ARN and fetched when they are needed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from cognito_sms_sender import senders
from cognito_sms_sender.errors import SettingsError
from cognito_sms_sender.protection import Protection, read_protection
from cognito_sms_sender.templates import Messages, read_messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognito_sms_sender.senders.base import Sender

SETTINGS: Final = "SENDER_SETTINGS"
MESSAGES: Final = "SENDER_MESSAGES"
KMS_KEY_ARNS: Final = "SENDER_KMS_KEY_ARNS"
LEDGER_TABLE: Final = "SENDER_LEDGER_TABLE"
HASH_KEY: Final = "SENDER_HASH_KEY"
REFERENCE_PREFIX: Final = "SENDER_REF_"
DEFAULT_ROUTE: Final = "default"

# The attributes of senders that name another resource. A closed list, because a sender's name and an attribute are
# joined by the underscore that both may contain: AWS_SECRET_ARN could be "arn" of a sender called aws_secret.
REFERENCE_ATTRIBUTES: Final = (
    "configuration_set_name",
    "notify_configuration_id",
    "origination_by_country",
    "origination_identity",
    "origination_number",
    "protect_configuration_id",
    "secret_arn",
    "topic_arn",
    "url",
)

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_KEY_ARN: Final = re.compile(r"arn:[a-z0-9-]+:kms:(?P<region>[a-z0-9-]+):\d{12}:key/[A-Za-z0-9-]+")
# The DynamoDB API reference's TableName; the module writes a name, never an ARN.
_TABLE: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_KEY: Final = re.compile(r"([0-9a-fA-F]{2}){16,}")
# Lambda gives all variables together 4 kB. Ten locales are 8 kB unpacked; a bomb of 4 kB would be 4 MB.
_MESSAGES_LIMIT: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration. ``kms_region`` is the Region of ``kms_key_arns``, of which there is at least one.

    ``routes`` has a route for every allowed country: its own, or ``default``. No route is empty, none names a sender
    twice, and none has a sender that is switched off; ``senders`` has those too, because they are checked like others.
    Without a ``ledger_table`` there is no ledger; with one there is a ``hash_key``.
    """

    name: str
    allowed_countries: frozenset[str]
    senders: Mapping[str, Sender]
    routes: Mapping[str, tuple[str, ...]]
    kms_key_arns: tuple[str, ...]
    kms_region: str
    messages: Messages
    protection: Protection = field(default_factory=Protection)
    ledger_table: str | None = None
    hash_key: bytes | None = field(default=None, repr=False)

    def route_name(self, country: str) -> str:
        """The name of the route that a message to this country or special range takes. It must be an allowed one."""
        return country if country in self.routes else DEFAULT_ROUTE


def load(environ: Mapping[str, str]) -> Settings:
    """The settings in ``environ``. Raises ``SettingsError`` that says what is wrong, where, and what to do."""
    content = _json_object(SETTINGS, _required(environ, SETTINGS))
    known = {"name", "allowed_countries", "routes", "senders", "protection"}
    if content.keys() - known:
        raise SettingsError(
            f"{SETTINGS}: unknown setting {min(content.keys() - known)!r}; "
            "the function's package is older than the Terraform module: use the package of the same version"
        )
    countries = _countries(content.get("allowed_countries"))
    configured, switched_off = _senders(content.get("senders"), environ)
    protection = read_protection(
        content.get("protection"), f"{SETTINGS}: protection", usable_senders=configured.keys() - switched_off
    )
    kms_key_arns, kms_region = _kms_keys(_required(environ, KMS_KEY_ARNS))
    ledger_table = _ledger_table(environ.get(LEDGER_TABLE, "").strip())
    return Settings(
        name=_name(content.get("name")),
        allowed_countries=countries,
        senders=configured,
        routes=_routes(content.get("routes"), configured, switched_off, countries, protection.allowed_ranges),
        kms_key_arns=kms_key_arns,
        kms_region=kms_region,
        messages=_messages(environ.get(MESSAGES, "")),
        protection=protection,
        ledger_table=ledger_table,
        hash_key=_hash_key(environ.get(HASH_KEY, "").strip(), needed=ledger_table is not None),
    )


def _required(environ: Mapping[str, str], variable: str) -> str:
    value = environ.get(variable, "")
    if not value.strip():
        raise SettingsError(
            f"{variable} is not set. The Terraform module sets it: deploy with the module, or copy its environment"
        )
    return value


def _json_object(where: str, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        reason = f"{where}: not valid JSON{place}; it must be what the module's jsonencode wrote"
    else:
        if isinstance(content, dict):
            return content
        reason = f"{where}: a JSON object is needed, not a {type(content).__name__}"
    raise SettingsError(reason)


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise SettingsError(f"{SETTINGS}: name must be 1 to 64 letters, digits, hyphens or underscores")
    return value


def _countries(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not value:
        raise SettingsError(
            f'{SETTINGS}: allowed_countries must be a list of at least one country, such as ["DE", "US"]; '
            "messages to any other country are not sent"
        )
    for country in value:
        if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
            raise SettingsError(
                f"{SETTINGS}: allowed_countries: {_shown(country)} is not a country code "
                "(two capital letters, ISO 3166-1 alpha-2)"
            )
    return frozenset(value)


def _senders(value: object, environ: Mapping[str, str]) -> tuple[Mapping[str, Sender], frozenset[str]]:
    """All senders, and the names of those that are switched off."""
    if not isinstance(value, dict) or not value:
        raise SettingsError(f"{SETTINGS}: senders must be an object with at least one sender: name, then its settings")
    attributes: dict[str, dict[str, Any]] = {}
    for name, settings in value.items():
        if not senders.SENDER_NAME.fullmatch(name):
            raise SettingsError(
                f"{SETTINGS}: senders: {_shown(name)} is not a sender's name: a small letter, then at most 30 small "
                "letters, digits or underscores"
            )
        if not isinstance(settings, dict):
            raise SettingsError(f"{SETTINGS}: senders.{name} must be an object with the sender's kind and settings")
        attributes[name] = dict(settings)
    switched_off = frozenset(name for name, settings in attributes.items() if not _enabled(name, settings))
    for variable in sorted(environ):
        if variable.startswith(REFERENCE_PREFIX):
            name, attribute = _reference(variable, attributes.keys())
            attributes[name][attribute] = environ[variable]
    created = {name: senders.create(name, settings) for name, settings in attributes.items()}
    return MappingProxyType(created), switched_off


def _enabled(name: str, settings: dict[str, Any]) -> bool:
    """Takes ``enabled`` out of a sender's settings: it is about every kind, and no sender knows of it."""
    enabled = settings.pop("enabled", True)
    if not isinstance(enabled, bool):
        raise SettingsError(f"{SETTINGS}: senders.{name}: enabled must be true or false")
    return enabled


def _reference(variable: str, names: Any) -> tuple[str, str]:
    """``SENDER_REF_TWILIO_SECRET_ARN`` → ``("twilio", "secret_arn")``."""
    rest = variable.removeprefix(REFERENCE_PREFIX)
    for attribute in REFERENCE_ATTRIBUTES:
        name = rest.removesuffix("_" + attribute.upper())
        if name != rest and name.lower() in names:
            return name.lower(), attribute
    raise SettingsError(
        f"{variable}: no sender of {SETTINGS} has that name and attribute; the variable is "
        f"{REFERENCE_PREFIX}, the sender's name, _ and one of {', '.join(REFERENCE_ATTRIBUTES).upper()}"
    )


def _routes(
    value: object,
    configured: Mapping[str, Sender],
    switched_off: frozenset[str],
    countries: frozenset[str],
    ranges: frozenset[str],
) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise SettingsError(
            f'{SETTINGS}: routes must be an object: "{DEFAULT_ROUTE}" or a country, then a list of senders\' names'
        )
    routes = {}
    for name, route in value.items():
        if name != DEFAULT_ROUTE and name not in countries:
            raise SettingsError(
                f"{SETTINGS}: routes.{_shown(name)}: a route is called {DEFAULT_ROUTE!r} or after a country of "
                "allowed_countries: add the country there, or remove the route"
            )
        routes[name] = _route(f"{SETTINGS}: routes.{name}", route, configured, switched_off)
    if DEFAULT_ROUTE not in routes and countries - routes.keys():
        raise SettingsError(
            f"{SETTINGS}: routes: there is none for {min(countries - routes.keys())}: "
            f'add one, or "{DEFAULT_ROUTE}" for every country without its own'
        )
    if DEFAULT_ROUTE not in routes and ranges:
        raise SettingsError(
            f"{SETTINGS}: routes: protection.allowed_ranges has {min(ranges)}, whose messages take the route "
            f'"{DEFAULT_ROUTE}": add that route, or take the range out'
        )
    return MappingProxyType(routes)


def _route(
    where: str, value: object, configured: Mapping[str, Sender], switched_off: frozenset[str]
) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise SettingsError(f"{where} must be a list of at least one sender's name")
    for name in value:
        if not isinstance(name, str) or name not in configured:
            raise SettingsError(
                f"{where}: there is no sender {_shown(name)}; there are: {', '.join(sorted(configured))}"
            )
    if len(set(value)) != len(value):
        raise SettingsError(f"{where} names a sender twice: remove one, a route is an order and not a number of tries")
    route = tuple(name for name in value if name not in switched_off)
    if not route:
        raise SettingsError(
            f"{where}: every sender of it is switched off: set enabled = true for one, or add another to the route"
        )
    return route


def _kms_keys(text: str) -> tuple[tuple[str, ...], str]:
    arns = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    regions = set()
    for arn in arns:
        match = _KEY_ARN.fullmatch(arn)
        if not match:
            raise SettingsError(
                f"{KMS_KEY_ARNS}: {_shown(arn)} is not the ARN of a KMS key (arn:aws:kms:…:key/…); an alias or a bare "
                "key id cannot be compared with the key that Cognito wrote into the message"
            )
        regions.add(match["region"])
    if len(regions) != 1:
        raise SettingsError(
            f"{KMS_KEY_ARNS}: all keys must be in one Region, the function's; for a multi-Region key, the local ARN"
        )
    return arns, regions.pop()


def _ledger_table(name: str) -> str | None:
    if name and not _TABLE.fullmatch(name):
        raise SettingsError(
            f"{LEDGER_TABLE}: {_shown(name)} is not the name of a DynamoDB table: 3 to 255 letters, digits, hyphens, "
            "underscores or dots; leave the variable out for no ledger"
        )
    return name or None


def _hash_key(text: str, *, needed: bool) -> bytes | None:
    """The key. An error never shows it: whoever has it can look for numbers behind the hashes in the log."""
    if not text and not needed:
        return None
    if not _KEY.fullmatch(text):
        raise SettingsError(
            f"{HASH_KEY} must be an even number of hexadecimal digits, 32 or more, and is needed with {LEDGER_TABLE}: "
            "the module makes it; deploy with the module, or write one of openssl rand -hex 32"
        )
    return bytes.fromhex(text)


def _messages(packed: str) -> Messages:
    if not packed.strip():
        return Messages()
    try:
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)  # 16: a gzip header, as base64gzip writes it
        raw = unpacker.decompress(base64.b64decode(packed, validate=True), _MESSAGES_LIMIT)
        complete, text = unpacker.eof, raw.decode("utf-8")
    except (binascii.Error, zlib.error, ValueError):
        reason = (
            f"{MESSAGES}: not base64 of gzip of UTF-8; it must be what Terraform's base64gzip(jsonencode(…)) returns"
        )
    else:
        if complete:
            return read_messages(_json_object(MESSAGES, text), MESSAGES)
        reason = (
            f"{MESSAGES}: cut off, or longer than {_MESSAGES_LIMIT} bytes when unpacked: use fewer or shorter templates"
        )
    raise SettingsError(reason)


def _shown(value: object) -> str:
    """A value of the configuration in an error message: short, on one line."""
    return repr(value)[:100]
