"""What Terraform wrote into the environment → one frozen ``Settings``, checked while the function is imported.

| variable | content |
|---|---|
| ``SENDER_CONFIG`` | base64 of gzip of JSON: ``format``, ``settings``; all that Terraform knew at plan |
| ``SENDER_REFERENCES`` | JSON: dotted path into the settings → what may have been unknown at plan: an ARN, an id |
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

from custom_sender import senders
from custom_sender.errors import OTHER_VERSION, SettingsError
from custom_sender.protection import LIMITS_OF_SMS, Protection, read_protection
from custom_sender.telemetry import LEVELS, Monitoring
from custom_sender.templates import TEXTS_OF_ALL, TEXTS_OF_SMS, Messages, read_messages

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from custom_sender.senders.base import Sender

CONFIG: Final = "SENDER_CONFIG"
REFERENCES: Final = "SENDER_REFERENCES"
HASH_KEY: Final = "SENDER_HASH_KEY"
DEFAULT_ROUTE: Final = "default"

# The shape of the settings that this package reads (configuration.tf of the module writes it).
FORMAT: Final = 1

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_KEY_ARN: Final = re.compile(r"arn:[a-z0-9-]+:kms:(?P<region>[a-z0-9-]+):\d{12}:key/[A-Za-z0-9-]+")
# The DynamoDB API reference's TableName; the module writes a name, never an ARN.
_TABLE: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9._/#-]{1,255}")
_KEY: Final = re.compile(r"([0-9a-fA-F]{2}){16,}")
# Lambda gives all variables together 4 kB. Ten locales are 8 kB unpacked; a bomb of 4 kB would be 4 MB.
_UNPACKED_LIMIT: Final = 256 * 1024
# The settings of each part that has the same ones for everybody; ``protection`` is read by the module of its name.
SETTINGS_OF: Final[Mapping[str, Collection[str]]] = MappingProxyType(
    {
        "sms": frozenset({"allowed_countries", "routes", *LIMITS_OF_SMS, *TEXTS_OF_SMS}),
        "messages": TEXTS_OF_ALL,
        "monitoring": frozenset(Monitoring.__slots__),
    }
)
_PARTS: Final = frozenset({"name", "protection", "senders", "kms_keys", "ledger_table", *SETTINGS_OF})
# How deep in the settings an object may be that references alone fill: senders.<name>.origination_by_country.
_DEPTH_OF_ATTRIBUTES: Final = 2


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
    monitoring: Monitoring
    protection: Protection = field(default_factory=Protection)
    ledger_table: str | None = None
    hash_key: bytes | None = field(default=None, repr=False)

    def route_name(self, country: str) -> str:
        """The name of the route that a message to this country or special range takes. It must be an allowed one."""
        return country if country in self.routes else DEFAULT_ROUTE


def load(environ: Mapping[str, str]) -> Settings:
    """The settings in ``environ``. Raises ``SettingsError`` that says what is wrong, where, and what to do."""
    content = _content(environ)
    if content.keys() - _PARTS:
        raise SettingsError(f"unknown setting {_shown(min(content.keys() - _PARTS))}: {OTHER_VERSION}")
    sms, messages, monitoring = (_part(content, name) for name in ("sms", "messages", "monitoring"))
    countries = _countries(sms.get("allowed_countries"))
    configured, switched_off = _senders(content.get("senders"))
    usable = configured.keys() - switched_off
    protection = read_protection(sms, _object(content, "protection"), usable_senders=usable)
    kms_key_arns, kms_region = _kms_keys(_object(content, "kms_keys"))
    ledger_table = _ledger_table(content.get("ledger_table"))
    return Settings(
        name=_name(content.get("name")),
        allowed_countries=countries,
        senders=configured,
        routes=_routes(sms.get("routes"), configured, switched_off, countries, protection.allowed_ranges),
        kms_key_arns=kms_key_arns,
        kms_region=kms_region,
        messages=read_messages(messages | {setting: sms.get(setting) for setting in TEXTS_OF_SMS}),
        protection=protection,
        monitoring=_monitoring(monitoring),
        ledger_table=ledger_table,
        hash_key=_hash_key(environ.get(HASH_KEY, "").strip(), needed=ledger_table is not None),
    )


def _content(environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings with the references in their places."""
    document = _json_object(CONFIG, _unpacked(_required(environ, CONFIG)))
    if document.get("format") != FORMAT:
        raise SettingsError(
            f"{CONFIG}: this package reads format {FORMAT}. Got: {_shown(document.get('format'))}. Fix: {OTHER_VERSION}"
        )
    content = {"kms_keys": {}, **_object(document, "settings")}
    for path, value in _json_object(REFERENCES, _required(environ, REFERENCES)).items():
        _lay(value, path, content)
    return content


def _lay(value: object, path: str, content: dict[str, Any]) -> None:
    """Put a reference into its place. A sender that is not configured does not come to be by one."""
    *parents, name = path.split(".")
    place: Any = content
    for depth, parent in enumerate(parents):
        place = place.setdefault(parent, {}) if depth >= _DEPTH_OF_ATTRIBUTES else place.get(parent)
        if not isinstance(place, dict):
            raise SettingsError(f"{REFERENCES}: {_shown(path)} leads to no setting: {OTHER_VERSION}")
    place[name] = value


def _unpacked(packed: str) -> str:
    try:
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)  # 16: a gzip header, as base64gzip writes it
        raw = unpacker.decompress(base64.b64decode(packed, validate=True), _UNPACKED_LIMIT)
        complete, text = unpacker.eof, raw.decode("utf-8")
    except (binascii.Error, zlib.error, ValueError):
        reason = f"{CONFIG}: not base64 of gzip of UTF-8; it must be what Terraform's base64gzip(jsonencode(…)) returns"
    else:
        if complete:
            return text
        reason = f"{CONFIG}: cut off, or longer than {_UNPACKED_LIMIT} bytes when unpacked: use fewer or shorter texts"
    raise SettingsError(reason)


def _object(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name)
    if not isinstance(value, dict):
        raise SettingsError(f"{name} must be an object, not a {type(value).__name__}: {OTHER_VERSION}")
    return value


def _part(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = _object(content, name)
    unknown = part.keys() - SETTINGS_OF[name]
    if unknown:
        raise SettingsError(f"{name}: unknown setting {_shown(min(unknown))}: {OTHER_VERSION}")
    return part


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
        raise SettingsError("name must be 1 to 64 letters, digits, hyphens or underscores")
    return value


def _countries(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not value:
        raise SettingsError(
            'sms.allowed_countries must be a list of at least one country, such as ["DE", "US"]; '
            "messages to any other country are not sent"
        )
    for country in value:
        if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
            raise SettingsError(
                f"sms.allowed_countries: {_shown(country)} is not a country code: two capital letters, ISO 3166-1 "
                "alpha-2"
            )
    return frozenset(value)


def _senders(value: object) -> tuple[Mapping[str, Sender], frozenset[str]]:
    """All senders, and the names of those that are switched off."""
    if not isinstance(value, dict) or not value:
        raise SettingsError("senders must be an object with at least one sender: name, then its settings")
    attributes: dict[str, dict[str, Any]] = {}
    for name, settings in value.items():
        if not senders.SENDER_NAME.fullmatch(name):
            raise SettingsError(
                f"senders: {_shown(name)} is not a sender's name: a small letter, then at most 30 small "
                "letters, digits or underscores"
            )
        if not isinstance(settings, dict):
            raise SettingsError(f"senders.{name} must be an object with the sender's kind and settings")
        attributes[name] = dict(settings)
    switched_off = frozenset(name for name, settings in attributes.items() if not _enabled(name, settings))
    created = {name: senders.create(name, settings) for name, settings in attributes.items()}
    return MappingProxyType(created), switched_off


def _enabled(name: str, settings: dict[str, Any]) -> bool:
    """Takes ``enabled`` out of a sender's settings: it is about every kind, and no sender knows of it."""
    enabled = settings.pop("enabled", True)
    if not isinstance(enabled, bool):
        raise SettingsError(f"senders.{name}.enabled must be true or false")
    return enabled


def _routes(
    value: object,
    configured: Mapping[str, Sender],
    switched_off: frozenset[str],
    countries: frozenset[str],
    ranges: frozenset[str],
) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise SettingsError(
            f'sms.routes must be an object: "{DEFAULT_ROUTE}" or a country, then a list of senders\' names'
        )
    routes = {}
    for name, route in value.items():
        if name != DEFAULT_ROUTE and name not in countries:
            raise SettingsError(
                f"sms.routes: {_shown(name)} is neither {DEFAULT_ROUTE!r} nor a country of sms.allowed_countries: "
                "add the country there, or remove the route"
            )
        routes[name] = _route(f"sms.routes.{name}", route, configured, switched_off)
    if DEFAULT_ROUTE not in routes and countries - routes.keys():
        raise SettingsError(
            f"sms.routes: there is none for {min(countries - routes.keys())}: "
            f'add one, or "{DEFAULT_ROUTE}" for every country without its own'
        )
    if DEFAULT_ROUTE not in routes and ranges:
        raise SettingsError(
            f"sms.routes: sms.allowed_ranges has {min(ranges)}, whose messages take the route "
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


def _kms_keys(keys: Mapping[str, object]) -> tuple[tuple[str, ...], str]:
    if not keys:
        raise SettingsError(f"kms_keys: {REFERENCES} has none, and nothing could be decrypted: {OTHER_VERSION}")
    regions = set()
    for name, arn in keys.items():
        match = _KEY_ARN.fullmatch(arn) if isinstance(arn, str) else None
        if not match:
            raise SettingsError(
                f"kms_keys.{name}: {_shown(arn)} is not the ARN of a KMS key (arn:aws:kms:…:key/…); an alias or a bare "
                "key id cannot be compared with the key that Cognito wrote into the message"
            )
        regions.add(match["region"])
    if len(regions) != 1:
        raise SettingsError(
            "kms_keys: all keys must be in one Region, the function's; for a multi-Region key, the local ARN"
        )
    return tuple(dict.fromkeys(map(str, keys.values()))), regions.pop()


def _ledger_table(name: object) -> str | None:
    if name is not None and not (isinstance(name, str) and _TABLE.fullmatch(name)):
        raise SettingsError(
            f"ledger_table: {_shown(name)} is not the name of a DynamoDB table: 3 to 255 letters, digits, hyphens, "
            "underscores or dots; leave it out for no ledger"
        )
    return name if isinstance(name, str) else None


def _monitoring(content: Mapping[str, Any]) -> Monitoring:
    namespace, level, rate = (content.get(name) for name in Monitoring.__slots__)
    if level not in LEVELS:
        raise SettingsError(f"monitoring.log_level must be one of {', '.join(LEVELS)}")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise SettingsError("monitoring.debug_sample_rate must be a number from 0 to 1")
    if not isinstance(namespace, str) or not _NAMESPACE.fullmatch(namespace):
        raise SettingsError("monitoring.metrics_namespace must be 1 to 255 letters, digits and .-_/#")
    return Monitoring(namespace, level, float(rate))


def _hash_key(text: str, *, needed: bool) -> bytes | None:
    """The key. An error never shows it: whoever has it can look for numbers behind the hashes in the log."""
    if not text and not needed:
        return None
    if not _KEY.fullmatch(text):
        raise SettingsError(
            f"{HASH_KEY} must be an even number of hexadecimal digits, 32 or more, and is needed with a ledger: "
            "the module makes it; deploy with the module, or write one of openssl rand -hex 32"
        )
    return bytes.fromhex(text)


def _shown(value: object) -> str:
    """A value of the configuration in an error message: short, on one line."""
    return repr(value)[:100]
