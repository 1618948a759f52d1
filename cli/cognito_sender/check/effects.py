"""Settings that have no effect. The module never refuses them, since one configuration serves several stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cognito_sender.check.findings import Finding
from custom_sender.reader import UNKNOWN, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cognito_sender.check.plan import Configuration

_OF_A_NEW_KEY: Final = ("deletion_window_in_days", "multi_region")
# A part that is made only while it is enabled → its attributes that are then not used.
_OF_WHAT_IS_OFF: Final = {
    ("protection", "ledger"): ("point_in_time_recovery", "kms_key_arn", "deletion_protection"),
    ("retries", "failure_queue"): ("retention_seconds", "kms_key_arn"),
}
_PACKAGES: Final = ("filename", "s3", "image_uri")


@dataclass(frozen=True, slots=True)
class Written:
    """What is known of a call: literal arguments, and the planned settings. It is the last of ``way``."""

    way: Sequence[Configuration]
    arguments: Mapping[str, object]
    settings: object

    def finding(self, path: str, text: str) -> Finding:
        return Finding(f"{self.way[-1].path}.{path}", text)


def at(value: object, *path: str) -> object:
    """What is at a path of objects; None when there is nothing, or no literal on the way."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | dict) else []


def _may_be_allowed(country: str, call: Written) -> bool:
    """Of countries that the plan does not know, any may be this one."""
    allowed = at(call.settings, "sms", "allowed_countries")
    return not isinstance(allowed, list) or country in allowed or UNKNOWN in allowed


def _topics_of_no_alarm(call: Written) -> Iterator[Finding]:
    alarms = at(call.arguments.get("monitoring"), "alarms")
    if at(alarms, "enabled") is False and _items(at(alarms, "topic_arns")):
        yield call.finding(
            "monitoring.alarms.topic_arns",
            "no topic is told anything while alarms are off. Got: enabled = false. Fix: leave one of the two out.",
        )


def _locales_of_other_countries(call: Written) -> Iterator[Finding]:
    locales = _items(at(call.settings, "sms", "country_locales"))
    if others := sorted(country for country in map(str, locales) if not _may_be_allowed(country, call)):
        yield call.finding(
            "sms.country_locales",
            "a country that gets no messages needs no locale. "
            f"Got: {', '.join(map(shown, others))}. Fix: add it to sms.allowed_countries, or take it out here.",
        )


def _india_without_india(call: Written) -> Iterator[Finding]:
    if at(call.settings, "sms", "india") is not None and not _may_be_allowed("IN", call):
        yield call.finding(
            "sms.india",
            "a registration in India is for messages to India. Got: no IN in sms.allowed_countries. "
            "Fix: add it there, or leave india out.",
        )


def _limits_without_a_ledger(call: Written) -> Iterator[Finding]:
    """The plan says whether there is one, wherever that comes from; it has no limits then."""
    is_off = isinstance(call.settings, dict) and call.settings.get("ledger_table", "") is None
    if is_off and at(call.arguments.get("sms"), "limits") not in (None, {}):
        yield call.finding(
            "sms.limits",
            "without a ledger nothing is counted, so no limit stops a message. Got: protection.ledger.enabled = false. "
            "Fix: leave that out, or the limits.",
        )


def _settings_of_what_is_off(call: Written) -> Iterator[Finding]:
    for path, names in _OF_WHAT_IS_OFF.items():
        part = at(call.arguments, *path)
        named = [name for name in names if at(part, name) not in (None, False)]
        if at(part, "enabled") is False and named:
            yield call.finding(
                ".".join(path),
                f"with enabled = false it is not made, so there is nothing to set. Got: {', '.join(named)}. "
                "Fix: leave that out, or enabled.",
            )


def _settings_of_no_new_key(call: Written) -> Iterator[Finding]:
    key = call.arguments.get("kms_key")
    if isinstance(at(key, "existing"), dict) and (
        named := [name for name in _OF_A_NEW_KEY if at(key, name) is not None]
    ):
        yield call.finding(
            "kms_key",
            f"beside existing no key is made, so there is nothing to set. Got: {', '.join(named)}. "
            "Fix: set that where the existing key is made, or leave existing out.",
        )


def _hash_of_no_package(call: Written) -> Iterator[Finding]:
    package = call.arguments.get("package")
    if at(package, "source_code_hash") is not None and not any(at(package, name) is not None for name in _PACKAGES):
        yield call.finding(
            "package.source_code_hash",
            "it says when a package of your own changes, and hides when the module's own does. "
            f"Got: none of {', '.join(_PACKAGES)}. Fix: leave it out, or name the package.",
        )


def _depends_on(call: Written) -> Iterator[Finding]:
    for around in call.way:
        if around.depends_on:
            yield Finding(
                f"{around.path}.depends_on",
                "Region and partition are unknown until that is there, so a plan may replace more and checks less. "
                f"Got: {', '.join(around.depends_on)}. Fix: refer to it in an argument, or let single resources wait.",
            )


EFFECTS: Final[tuple[Callable[[Written], Iterator[Finding]], ...]] = (
    _topics_of_no_alarm,
    _locales_of_other_countries,
    _india_without_india,
    _limits_without_a_ledger,
    _settings_of_what_is_off,
    _settings_of_no_new_key,
    _hash_of_no_package,
    _depends_on,
)
