"""What Terraform wrote into the environment → one frozen ``Settings``, checked.

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
import importlib
import json
import re
import zlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from custom_sender import senders
from custom_sender.channels.base import Senders
from custom_sender.cognito.event import EMAIL, SMS
from custom_sender.dataclass import dataclass, field, replace
from custom_sender.errors import OTHER_VERSION, SettingsError
from custom_sender.guards.protection import Protection, read_protection
from custom_sender.reader import Form, Reader, Unknown, refuse, shown
from custom_sender.record.log import LEVELS, Monitoring
from custom_sender.texts.shared import read_shared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custom_sender.channels.base import Channel
    from custom_sender.guards.protection import Testers
    from custom_sender.record.metrics import Group
    from custom_sender.senders.base import AnySender

CONFIG: Final = "SENDER_CONFIG"
REFERENCES: Final = "SENDER_REFERENCES"
HASH_KEY: Final = "SENDER_HASH_KEY"
# Where a configuration that cannot be read at all is counted: the default of monitoring.metrics_namespace.
DEFAULT_NAMESPACE: Final = "CognitoCustomSender"

# Each has a module of its name in channels/.
_CHANNELS: Final = (SMS, EMAIL)
# The shape of the settings that this package reads (configuration.tf of the module writes it).
FORMAT: Final = 2

_NAME: Final = Form("1 to 64 letters, digits, hyphens and underscores", r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_KEY_ARN: Final = Form(
    "the ARN of a KMS key: an alias or an id cannot be compared with the key that Cognito wrote into the message",
    r"arn:[a-z0-9-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+",
)
# The DynamoDB API reference's TableName; the module writes a name, never an ARN.
_TABLE: Final = Form("the name of a DynamoDB table", r"[A-Za-z0-9_.-]{3,255}")
_NAMESPACE: Final = Form("1 to 255 letters, digits and .-_/#", r"[A-Za-z0-9._/#-]{1,255}")
_HASH_KEY: Final = re.compile(r"([0-9a-fA-F]{2}){16,}")
# Lambda gives all variables together 4 kB. Ten locales are 8 kB unpacked; a bomb of 4 kB would be 4 MB.
_UNPACKED_LIMIT: Final = 256 * 1024
# How deep in the settings an object may be that references alone fill: senders.<name>.origination_by_country.
_DEPTH_OF_ATTRIBUTES: Final = 2


@dataclass(frozen=True)
class Settings:
    """The whole configuration. ``kms_region`` is the Region of ``kms_key_arns``, of which there is at least one.

    ``channels`` are those that are on. ``senders`` has those that are switched off too, because they are checked like
    others; no route has one. Without a ``ledger_table`` there is no ledger; with one there is a ``hash_key``.
    """

    name: str
    channels: Mapping[str, Channel]
    senders: Mapping[str, AnySender]
    kms_key_arns: tuple[str, ...]
    kms_region: str
    monitoring: Monitoring
    protection: Protection
    ledger_table: str | None = None
    hash_key: bytes | None = field(default=None, repr=False)

    @property
    def groups(self) -> Mapping[str, Group]:
        """Channel → what its messages are counted by."""
        return {name: channel.group for name, channel in self.channels.items()}


def load(environ: Mapping[str, str]) -> Settings:
    """The settings in ``environ``. Raises ``SettingsError`` that says what is wrong, where, and what to do."""
    settings, references = _documents(environ)
    judged = judge(settings, references)
    return replace(
        judged, hash_key=_hash_key(environ.get(HASH_KEY, "").strip(), needed=judged.ledger_table is not None)
    )


def load_monitoring(environ: Mapping[str, str]) -> Monitoring:
    """How to log and count that ``load`` has raised: as the settings say, if that much of them can be read."""
    try:
        return _monitoring(Reader(_documents(environ)[0], "settings").within("monitoring"))
    except SettingsError:
        return Monitoring(DEFAULT_NAMESPACE)


def judge(settings: object, references: Mapping[str, object], *, region: str = "") -> Settings:
    """The settings of the two documents, without a hash key; of a plan too, where a reference may be ``UNKNOWN``.

    ``region``: the function's. Without it, the keys say it; a first plan knows none of them.

    Raises ``SettingsError`` that says what is wrong, where, and what to do.
    """
    content = Reader(settings, "settings")
    content = Reader(_joined(content.all(), references), "")
    kms_key_arns, kms_region = _kms_keys(content.within("kms_keys"), region)
    configured, switched_off = _senders(content.within("senders"), kms_region)
    protection = read_protection(content.within("protection"), usable_senders=configured.keys() - switched_off)
    carried = {name: sender.carries for name, sender in configured.items()}
    channels = _channels(content, Senders(carried, switched_off), protection.testers)
    judged = Settings(
        name=content.text("name", _NAME, required=True),
        channels=channels,
        senders=configured,
        kms_key_arns=kms_key_arns,
        kms_region=kms_region,
        protection=protection,
        monitoring=_monitoring(content.within("monitoring")),
        ledger_table=content.text("ledger_table", _TABLE),
    )
    content.end()
    return judged


def _documents(environ: Mapping[str, str]) -> tuple[object, Mapping[str, object]]:
    """The settings, in the format that this package reads, and the references."""
    document = _json_object(CONFIG, _unpacked(_required(environ, CONFIG)))
    if document.get("format") != FORMAT:
        found = document.get("format")
        got = str(found) if type(found) is int else "none"
        raise SettingsError(f"{CONFIG}: format {FORMAT}, which this package reads. Got: {got}. Fix: {OTHER_VERSION}.")
    return document.get("settings"), _json_object(REFERENCES, _required(environ, REFERENCES))


def _joined(settings: Mapping[str, Any], references: Mapping[str, object]) -> dict[str, Any]:
    """The settings with the references in their places."""
    joined: dict[str, Any] = {"kms_keys": {}, **settings}
    for path, value in references.items():
        joined = _with(joined, path.split("."), value, path)
    return joined


def _with(content: Mapping[str, Any], path: Sequence[str], value: object, whole: str, depth: int = 0) -> dict[str, Any]:
    """A copy with a reference in its place. A sender that is not configured does not come to be by one."""
    name, *rest = path
    if not rest:
        return {**content, name: value}
    inner = content.get(name, {} if depth >= _DEPTH_OF_ATTRIBUTES else None)
    if not isinstance(inner, dict):
        refuse(REFERENCES, "each path leads to a setting", shown(whole), OTHER_VERSION)
    return {**content, name: _with(inner, rest, value, whole, depth + 1)}


def _unpacked(packed: str) -> str:
    try:
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)  # 16: a gzip header, as base64gzip writes it
        raw = unpacker.decompress(base64.b64decode(packed, validate=True), _UNPACKED_LIMIT)
        complete, text = unpacker.eof, raw.decode("utf-8")
    except (binascii.Error, zlib.error, ValueError):
        rule, found = "base64 of gzip of UTF-8, as Terraform's base64gzip(jsonencode(…)) writes it", "something else"
    else:
        if complete:
            return text
        rule, found = f"at most {_UNPACKED_LIMIT} bytes when unpacked", "more, or a piece of it"
    raise SettingsError(f"{CONFIG}: {rule}. Got: {found}. Fix: {OTHER_VERSION}.")


def _required(environ: Mapping[str, str], variable: str) -> str:
    value = environ.get(variable, "")
    if not value.strip():
        refuse(variable, "set by the Terraform module", "nothing", "deploy with the module, or copy its environment")
    return value


def _json_object(where: str, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise SettingsError(f"{where}: a JSON object. Got: something else. Fix: {OTHER_VERSION}.")
    return content


def _senders(content: Reader, region: str) -> tuple[Mapping[str, AnySender], frozenset[str]]:
    """All senders, and the names of those that are switched off."""
    if not content.keys_of(senders.NAME):
        refuse(content.path, "at least one sender", "none", "configure one: { sns = { sns = {} } }")
    created, switched_off = {}, set()
    for name, reader in content.objects():
        if not reader.switch("enabled", required=True):
            switched_off.add(name)
        created[name] = senders.create(reader, region)
    return MappingProxyType(created), frozenset(switched_off)


def _channels(content: Reader, usable: Senders, testers: Testers | None) -> Mapping[str, Channel]:
    """Those that are on. The modules of the others are not imported: no cold start pays for them."""
    names = [name for name in _CHANNELS if content.has(name)]
    if not names:
        refuse("settings", " or ".join(_CHANNELS), "neither", "set one of them, or both")
    shared = read_shared(content.within("messages"))
    found = {
        name: cast(
            "Channel",
            importlib.import_module(f"custom_sender.channels.{name}").read(
                content.within(name), shared, senders=usable, testers=testers
            ),
        )
        for name in names
    }
    return MappingProxyType(found)


def _kms_keys(content: Reader, region: str) -> tuple[tuple[str, ...], str]:
    arns = [content.text(name, _KEY_ARN, required=True) for name in content.names()]
    regions = {arn.split(":")[3] for arn in arns if not isinstance(arn, Unknown)} | ({region} - {""})
    if not arns:
        refuse(content.path, "a key at least", "none", OTHER_VERSION)
    if len(regions) > 1:
        refuse(content.path, "all in one Region, the function's", ", ".join(sorted(regions)), "use the replica there")
    return tuple(dict.fromkeys(arns)), next(iter(regions), "")


def _monitoring(content: Reader) -> Monitoring:
    monitoring = Monitoring(
        metrics_namespace=content.text("metrics_namespace", _NAMESPACE, required=True),
        log_level=content.word("log_level", LEVELS),
        debug_sample_rate=content.share("debug_sample_rate"),
    )
    content.end()
    return monitoring


def _hash_key(text: str, *, needed: bool) -> bytes | None:
    """The key. An error never shows it: its holder can look for numbers behind the hashes in the log."""
    if not text and not needed:
        return None
    if not _HASH_KEY.fullmatch(text):
        rule = "an even number of hexadecimal digits, 32 or more, which a ledger needs"
        refuse(HASH_KEY, rule, "something else" if text else "nothing", "deploy with the module, which makes it")
    return bytes.fromhex(text)
