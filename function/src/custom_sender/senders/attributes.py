"""Reads one sender's attributes as ``kinds.json`` has them: each by its form, then how they go together.

``kinds.json`` is the only list of kinds and attributes: Terraform checks the same forms at plan, and its variable's
type is made from it (function/tools/generate_senders.py).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from custom_sender.languages import TAG, normal
from custom_sender.network.addresses import may_connect
from custom_sender.reader import Form, Unknown, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.reader import Reader

_SCHEMA: Final = json.loads(Path(__file__).with_name("kinds.json").read_text("utf-8"))
KINDS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(_SCHEMA["kinds"])
_KEYS: Final = {
    "country": Form("two capital letters (ISO 3166-1 alpha-2)", r"[A-Z]{2}"),
    "locale": Form('a language tag: "en", "pt-BR"', TAG.pattern),
}
# The Regions that are not in the partition aws (botocore/data/partitions.json, regionRegex).
_PARTITIONS: Final = {
    "cn-": "aws-cn",
    "eusc-": "aws-eusc",
    "eu-isoe-": "aws-iso-e",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
}


def form(rule: Mapping[str, Any]) -> Form:
    """One form, as the schema and the presets write it."""
    return Form(rule["form"], rule["pattern"], rule.get("max_length"))


FORMS: Final = MappingProxyType({name: form(rule) for name, rule in _SCHEMA["forms"].items()})


def read(content: Reader, schema: Mapping[str, Any], region: str = "") -> dict[str, Any]:
    """The attributes by their names, None or empty where one is absent. ``region``: the function's, "" if not known.

    Raises ``SettingsError`` that names the attribute and the fix.
    """
    rules = {name: rule for name, rule in schema["attributes"].items() if rule.get("for") != "terraform"}
    for name in rules:
        content.take(name)
    content.end()  # before any value: a name that is misspelled is the reason why another is missing
    values = {name: _value(content, name, rule) for name, rule in rules.items()}
    for name, rule in rules.items():
        if values[name] is None:
            continue
        if rule.get("in_region", False):
            _check_region(content, name, values[name], values["region"] or region)
        for other, words in rule.get("only_with", {}).items():
            if values[other] not in words and not isinstance(values[other], Unknown):
                fix = f"remove it, or set {other} to one of these"
                content.refuse(name, f"only with {other} = {' or '.join(words)}", "another one", fix)
        if rule.get("is") == ["https_url"]:
            check_host(content, name, values[name], allow_private_address=values["allow_private_address"])
    _check_groups(content, schema, values)
    return values


def _value(content: Reader, name: str, rule: Mapping[str, Any]) -> Any:
    required = bool(rule.get("required", False)) or "default" in rule
    own = (form(rule),) if "pattern" in rule else ()
    forms = tuple(FORMS[each] for each in rule.get("is", ())) or own
    if "by" in rule:
        return content.by_name(name, _KEYS[rule["by"]], *forms, key_as=normal if rule["by"] == "locale" else str)
    if rule.get("type") == "bool":
        return content.switch(name)
    if rule.get("type") == "number":
        return content.whole(name, rule["min"], rule["max"])
    # The sender itself reads a value that has no pattern.
    return content.text(name, *forms, required=required) if forms else content.take(name, required=required)


def _check_region(content: Reader, name: str, value: str | Mapping[str, str], region: str) -> None:
    """AWS looks for an identity in the Region that is called only."""
    if isinstance(region, Unknown) or not region:
        return
    partition = next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")
    for place, arn in [(name, value)] if isinstance(value, str) else [(f"{name}.{key}", value[key]) for key in value]:
        if isinstance(arn, Unknown) or not arn.startswith("arn:"):
            continue
        _, its_partition, _, its_region, *_ = arn.split(":")
        if its_region != region:
            rule = f"an ARN of {region}, the Region that is sent from"
            content.refuse(place, rule, f"one of {its_region}", "set region, or name what is there")
        if its_partition != partition:
            content.refuse(place, f"an ARN of {partition}, where {region} is", f"one of {its_partition}", "write that")


def _check_groups(content: Reader, schema: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    for group, rule, fits, fix in (
        ("together", "all or none of", lambda count, names: count in (0, len(names)), "set the others, or remove it"),
        ("exactly_one_of", "exactly one of", lambda count, _: count == 1, "set one of them"),
        ("at_least_one_of", "at least one of", lambda count, _: count > 0, "set one of them"),
    ):
        for names in schema.get(group, ()):
            given = [name for name in names if values[name] is not None]
            if not fits(len(given), names):
                refuse(content.path, f"{rule} {', '.join(names)}", ", ".join(given) or "none", fix)


def check_host(content: Reader, name: str, url: str, *, allow_private_address: bool) -> None:
    """Raise when readers of URLs could disagree about the host, or the transport would refuse it."""
    if isinstance(url, Unknown):
        return
    if not _is_plain_https(url):
        rule = "an https:// address with a host name, without a user name, a fragment or a backslash"
        content.refuse(name, rule, "another one", "write it so")
    if _leads_inside(url, allow_private_address=allow_private_address):
        rule = (
            "a host that may be connected to: loopback, link-local, metadata and reserved addresses never, private "
            "ones only with allow_private_address = true, and no number in another form than 10.0.0.7"
        )
        content.refuse(name, rule, "another address", "write the host's name")


def _is_plain_https(url: str) -> bool:
    """Whether a text is an https URL with a host, and without what makes readers of URLs disagree about the host."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or not parts.hostname:
        return False
    return "@" not in parts.netloc and "#" not in url and "\\" not in url


def _leads_inside(url: str, *, allow_private_address: bool) -> bool:
    """Whether the host of an https URL is an address that the transport would refuse.

    A host whose last part is a number is an address, however it is written (WHATWG URL, "ends in a number"): readers
    take 2130706433 and 0x7f.1 for 127.0.0.1. Names are judged when they are resolved.
    """
    host = urlsplit(url).hostname or ""
    last = host.removesuffix(".").rpartition(".")[2]
    is_address = ":" in host or re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last, re.ASCII) is not None
    return is_address and not may_connect(host, allow_private=allow_private_address)
