"""A company's ceiling on what plans may say: Regions, senders, countries, limits, logs.

The file is TOML: each ceiling needs its reason beside it, JSON has no comments, and Python reads TOML by itself. A rule
has the name of what it is about among the module's variables.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.check.attributes import MODULE, Attributes
from cognito_sender.check.findings import Finding, NotChecked
from cognito_sender.check.harm import SINGLE, testers
from cognito_sender.check.plan import ROOT, CannotLookError, at
from custom_sender.channels.sms import Limits
from custom_sender.reader import UNKNOWN, flaw, got, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from cognito_sender.check.findings import Line
    from cognito_sender.check.plan import Call, Plan


# In the product's repository.
EXAMPLE: Final = "examples/pull-request/policy.toml"


@dataclass(frozen=True, slots=True)
class Ruled:
    """One call, and what one rule demands of it."""

    name: str
    wanted: Any
    call: Call
    plan: Plan

    def at(self, path: str) -> Any:
        """A setting; UNKNOWN also inside of what is not known."""
        return at(self.call.settings if isinstance(self.call.settings, dict) else UNKNOWN, *path.split("."))

    def resources(self, type_: str) -> list[Mapping[str, Any]]:
        """What the call's own resources of a type will be."""
        module = "" if self.call.address == ROOT else self.call.address
        own = [each for each in self.plan.changes if each.module == module and each.resource == (type_, "this")]
        return [each.after for each in own if each.after]

    def beyond(self, path: str, values: Any) -> Iterator[Broken]:
        """Those of the values that are not in the list of the rule."""
        allowed = {each.casefold() for each in self.wanted}
        for value in values if isinstance(values, list) else [values]:
            if value is UNKNOWN or str(value).casefold() not in allowed:
                yield path, value if value is UNKNOWN else shown(str(value))


# Where a rule is broken, and by what; UNKNOWN where a plan does not say.
Broken = tuple[str, str]


def _regions(ruled: Ruled) -> Iterator[Broken]:
    """The function's, and those of its senders: by their setting, or by the ARN of what they use."""
    yield from ruled.beyond("region", ruled.call.region or UNKNOWN)
    for name, sender in _items(ruled.at("senders")):
        if sender is UNKNOWN:
            yield f"senders.{name}", UNKNOWN
        elif region := at(sender, "region"):
            yield from ruled.beyond(f"senders.{name}.region", region)
    for path, value in _items(ruled.call.references):
        parts = str(value).split(":")
        if path.startswith("senders.") and (value is UNKNOWN or (parts[0] == "arn" and parts[3:4] != [""])):
            yield from ruled.beyond(path, UNKNOWN if value is UNKNOWN else parts[3])


def _kinds(ruled: Ruled) -> Iterator[Broken]:
    """Of the senders that are not off. A preset stands for itself, and "http" for descriptions of one's own."""
    for name, sender in _items(ruled.at("senders")):
        if not isinstance(sender, dict):
            yield f"senders.{name}", UNKNOWN
        elif sender.get("enabled") is not False:
            yield from ruled.beyond(f"senders.{name}", sender.get("preset") or sender.get("kind"))


def _only_to_people(ruled: Ruled) -> Iterator[Broken]:
    yield from testers(ruled.call.settings if isinstance(ruled.call.settings, dict) else UNKNOWN)


def _listed(ruled: Ruled) -> Iterator[Broken]:
    channel, _, name = ruled.name.partition(".")
    if ruled.at(channel) is not None:
        nothing = ["all"] if name == "allowed_domains" else []
        yield from ruled.beyond(ruled.name, ruled.at(ruled.name) or nothing)


def _limit(ruled: Ruled) -> Iterator[Broken]:
    """How often the windows of a limit begin within the policy's, so many times it lets its messages through.

    As often again for each of its blocks of numbers in one of the policy's.
    """
    if ruled.at(ruled.name.partition(".")[0]) is None:
        return
    limit, mode = ruled.at(ruled.name), ruled.at(f"{ruled.name}.mode")
    most, seconds, digits = (_whole(at(limit, name)) for name in ("max", "per_seconds", _DIGITS))
    if limit is None:
        yield ruled.name, "no limit, since there is no ledger"
    elif most is None or not seconds or mode is UNKNOWN or at(limit, _DIGITS) is UNKNOWN:
        yield ruled.name, UNKNOWN
    else:
        wanted = {_DIGITS: Limits().without_last_digits, **ruled.wanted}
        blocks = 1 if digits is None else 10 ** max(wanted[_DIGITS] - digits, 0)
        if mode != "enforce" or -(-wanted["per_seconds"] // seconds) * most * blocks > wanted["max"]:
            left_out = f", {_DIGITS} = {digits}" if blocks > 1 else ""
            yield ruled.name, f"{most} in {seconds} s ({mode}){left_out}"


def _whole(value: Any) -> int | None:
    """A whole number, which Terraform may write as 300.0."""
    return int(value) if isinstance(value, int | float) and float(value).is_integer() else None


def _retention(ruled: Ruled) -> Iterator[Broken]:
    for group in ruled.resources("aws_cloudwatch_log_group") or [{"retention_in_days": UNKNOWN}]:
        days = group.get("retention_in_days")
        if days is UNKNOWN or not ruled.wanted.get("min", 0) <= (days or inf) <= ruled.wanted.get("max", inf):
            yield ruled.name, days if days is UNKNOWN else f"{days} days" if days else "forever"


def _log_key(ruled: Ruled) -> Iterator[Broken]:
    for group in ruled.resources("aws_cloudwatch_log_group") or [{"kms_key_id": UNKNOWN}]:
        if group.get("kms_key_id") in (None, "", UNKNOWN):
            yield ruled.name, group.get("kms_key_id") or "none"


def _topics(ruled: Ruled) -> Iterator[Broken]:
    alarms = ruled.resources("aws_cloudwatch_metric_alarm")
    if not alarms:
        yield ruled.name, "no alarm"
    elif any(alarm.get("alarm_actions") is UNKNOWN for alarm in alarms):
        yield ruled.name, UNKNOWN
    elif not all(alarm.get("alarm_actions") for alarm in alarms):
        yield ruled.name, "none"


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else [("*", UNKNOWN)] if value is UNKNOWN else []


@dataclass(frozen=True, slots=True)
class Rule:
    """What a policy may write for it, and how that is wrong; how a plan breaks it, and how to mend the plan."""

    words: str
    wrong: Callable[[Any], str]
    """"" for a value that is right."""
    broken: Callable[[Ruled], Iterator[Broken]]
    fix: str


def _list(broken: Callable[[Ruled], Iterator[Broken]]) -> Rule:
    def wrong(value: Any) -> str:
        return "" if isinstance(value, list) and all(isinstance(each, str) for each in value) else got(value)

    return Rule("a list of texts", wrong, broken, "keep to its list")


def _demand(broken: Callable[[Ruled], Iterator[Broken]], fix: str) -> Rule:
    return Rule("true, or nothing", lambda value: "" if value is True else got(value), broken, fix)


def _numbers(broken: Callable[[Ruled], Iterator[Broken]], least: set[str], most: set[str], fix: str) -> Rule:
    def wrong(value: Any) -> str:
        if not isinstance(value, dict) or not value:
            return got(value)
        found = [f"no {name}" for name in sorted(least - value.keys())]
        found += [f"{shown(name)} beside them" for name in value if name not in most]
        found += [f"{shown(name)} is {got(each)}" for name, each in value.items() if type(each) is not int or each < 1]
        return found[0] if found else "min above max" if value.get("min", 0) > value.get("max", inf) else ""

    optional = ", or one of them" if not least else f" and perhaps {', '.join(most - least)}" if most - least else ""
    names = ", ".join(sorted(least or most))
    return Rule(f"{{ {names} }}{optional}, whole numbers from 1", wrong, broken, fix)


_OF_LIMITS: Final = {"max", "per_seconds"}
_DIGITS: Final = "without_last_digits"
_LIMITS: Final = {
    f"{channel}.limits.{name}": _numbers(
        _limit,
        _OF_LIMITS,
        {*_OF_LIMITS, _DIGITS} if name == "prefix" else _OF_LIMITS,
        "enforce {max} in {per_seconds} s, or fewer",
    )
    for channel in ("sms", "email")
    for name in Attributes.of(MODULE).below(channel, "limits")
}
RULES: Final[Mapping[str, Rule]] = {
    "regions": _list(_regions),
    "senders.kinds": _list(_kinds),
    "senders.only_to_people": _demand(_only_to_people, SINGLE),
    "sms.allowed_countries": _list(_listed),
    "sms.allowed_ranges": _list(_listed),
    "email.allowed_domains": _list(_listed),
    **_LIMITS,
    "monitoring.log_retention_days": _numbers(
        _retention, set(), {"max", "min"}, "keep them as long as the policy says"
    ),
    "monitoring.log_kms_key_arn": _demand(_log_key, "name a key"),
    "monitoring.alarms.topic_arns": _demand(_topics, "name a topic, and leave alarms on"),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a file, by name, with what it demands."""

    file: str
    demands: Mapping[str, Any]

    def judged(self, plan: Plan) -> Iterator[Line]:
        """Every call by every rule."""
        for call in (call for call in plan.calls if call.is_read):
            for name, wanted in self.demands.items():
                ruled = Ruled(name, wanted, call, plan)
                found: dict[str, list[str]] = {}
                for place, what in RULES[name].broken(ruled):
                    found.setdefault(f"{call.address}.{place}", []).append(what)
                for path, all_of_it in found.items():
                    yield from self._lines(ruled, path, all_of_it)

    def _lines(self, ruled: Ruled, path: str, found: list[str]) -> Iterator[Line]:
        rule = RULES[ruled.name]
        if known := [what for what in found if what is not UNKNOWN]:
            what = "a sensitive value" if ruled.call.is_sensitive else ", ".join(known)
            fix = rule.fix.format(**ruled.wanted) if isinstance(ruled.wanted, dict) else rule.fix
            text = f"not within {self.file}: {ruled.name}. Got: {what}. Fix: {fix}, or change the policy."
            yield Finding(path, text)
        if UNKNOWN in found:
            yield NotChecked(path, f"the plan does not say it, for {self.file}: {ruled.name}")


def read(file: Path) -> Policy:
    """The policy in a file.

    :raises CannotLookError: when it is none.
    """
    try:
        written = list(_flat(tomllib.loads(file.read_text(encoding="utf-8-sig"))))
    except OSError as error:
        fix = f"name a policy, such as {EXAMPLE}"
        raise CannotLookError(flaw(str(file), "it cannot be read", str(error.strerror), fix)) from None
    except UnicodeDecodeError:
        raise CannotLookError(flaw(str(file), "a policy in UTF-8", "another encoding", "save it as UTF-8")) from None
    except RecursionError:
        raise CannotLookError(flaw(str(file), "a policy in TOML", "too many levels", "write it so")) from None
    except ValueError as error:
        raise CannotLookError(flaw(str(file), "a policy in TOML", str(error), "write it so")) from None
    demands: dict[str, Any] = {}
    for name, value in written:
        path = f"{file}: {shown(name)}"
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, n=1)
            fix = f"did you mean {near[0]}?" if near else f"take it out; there are {', '.join(RULES)}"
            raise CannotLookError(flaw(path, "a rule of a policy", shown(name), fix).replace("?.", "?"))
        if name in demands:
            raise CannotLookError(flaw(path, "each rule once", "two", "keep one of them"))
        if found := RULES[name].wrong(value):
            raise CannotLookError(flaw(path, RULES[name].words, found, "write it so"))
        demands[name] = value
    if not demands:
        raise CannotLookError(flaw(str(file), "a rule at least", "none", f"write one of {', '.join(RULES)}"))
    return Policy(file.name, demands)


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value by its dotted name; the table of a rule is one."""
    for name, inner in value.items():
        if isinstance(inner, dict) and inner and f"{path}{name}" not in RULES:
            yield from _flat(inner, f"{path}{name}.")
        else:
            yield f"{path}{name}", inner
