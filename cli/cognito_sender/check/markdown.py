"""A summary of a plan for a pull request: who gets what through whom, at what price, and what is wrong with it.

``prices.json`` has AWS's list prices, which ``docs/cost.md`` explains. Those of providers are between you and them.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.check.findings import Finding, NotChecked, Warned
from cognito_sender.check.harm import TRIGGERS
from cognito_sender.check.plan import at
from custom_sender.reader import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cognito_sender.check.findings import Line
    from cognito_sender.check.plan import Call, Plan

_TITLES: Final = {
    Finding: "Wrong",
    Warned: "Perhaps meant",
    NotChecked: "Not checked",
}

_LISTED: Final = "(list)"
_PROVIDER: Final = "its provider's"
PRICES: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("prices.json").read_text(encoding="utf-8"))


def own_part() -> float:
    """US dollars of AWS for a million messages, beside the provider's price."""
    return sum(float(price["units"]) * float(price["usd"]) for price in PRICES["of_a_million"].values())


def markdown(plan: Plan, said: Sequence[Line]) -> str:
    """The calls, then the lines about them."""
    shown = ["## Cognito senders"]
    for call in plan.calls:
        shown += ["", f"### {_code(call.address)}", "", *_table(call)]
    shown += ["", _prices(is_listed=any(_LISTED in line for line in shown))] if plan.calls else []
    if not any(isinstance(line, Finding) for line in said):
        is_whole = not any(isinstance(line, NotChecked) for line in said)
        shown += ["", "Nothing wrong was found." + ("" if is_whole else " Not all could be checked.")]
    for kind, title in _TITLES.items():
        lines = [_item(line) for line in said if isinstance(line, kind)]
        shown += ["", f"### {title}", "", *lines] if lines else []
    return "\n".join(shown)


def _item(line: Line) -> str:
    return f"- {_code(line.path)}: {line.reason if isinstance(line, NotChecked) else line.text}"


def _code(text: str) -> str:
    """A code span, which ends at as many backticks as it begins with: https://spec.commonmark.org/0.31.2/#code-spans"""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{text}{fence}"


def _table(call: Call) -> Iterator[str]:
    """One row for each route; the plan may add it or take it away."""
    if call.is_sensitive or not isinstance(call.settings, dict):
        yield "Its settings are sensitive, or known after apply."
        return
    after, before = _rows(call.settings), _rows(call.before)
    yield "| what | who | through | a message | limits | |"
    yield "|---|---|---|---|---|---|"
    for row in dict.fromkeys((*after, *before)):
        change = "" if row in after and row in before else "new" if row in after else "gone"
        cells = (cell.replace("|", "\\|") for cell in (*row, change if call.before else ""))
        yield f"| {' | '.join(cells)} |"


def _rows(settings: object) -> list[tuple[str, ...]]:
    """What, who, through whom, at what price, how many; of recipients only countries and domains, never an address."""
    found: list[tuple[str, ...]] = []
    for channel in TRIGGERS:
        routes = at(settings, channel, "routes")
        for name, route in sorted(_items(routes), key=lambda item: (item[0] != "default", item[0])):
            if people := _others(at(settings, channel), _items(routes)) if name == "default" else name:
                limits = _limits(at(settings, channel, "limits"))
                found.append((channel, people, *_through(settings, route), limits))
    testers = at(settings, "protection", "test_recipients")
    if isinstance(testers, dict):
        people = f"test recipients: {_recipients(testers)}"
        found.append(("all", people, *_through(settings, [at(testers, "sender")]), ""))
    return found


def _items(routes: object) -> list[tuple[str, object]]:
    """The routes by name; of those that nobody knows yet, the one that there always is."""
    return [("default", UNKNOWN)] if routes is UNKNOWN else list(routes.items()) if isinstance(routes, dict) else []


def _others(channel: object, routes: list[tuple[str, object]]) -> str:
    """Those without a route of their own; "" for nobody. Special ranges have none."""
    listed = [at(channel, name) for name in ("allowed_countries", "allowed_domains", "allowed_ranges")]
    if UNKNOWN in listed:
        return UNKNOWN
    allowed = [str(one) for each in listed if isinstance(each, list) for one in each]
    return ", ".join(one for one in allowed if one not in dict(routes)) if allowed else "all others"


def _recipients(testers: object) -> str:
    """Patterns, of a number no more than its beginning; single ones are persons, so only how many they are."""
    parts = [at(testers, name) for name in ("addresses", "numbers")]
    if UNKNOWN in parts:
        return UNKNOWN
    texts = [str(one) for each in parts if isinstance(each, list) for one in each]
    patterns = sorted({re.sub(r"^(\+\d{8})\d+", r"\1…", text) for text in texts if "*" in text})
    single = sum("*" not in text for text in texts)
    return ", ".join([*map(_code, patterns), *([f"{single} single"] if single else [])])


def _through(settings: object, route: object) -> tuple[str, str]:
    """The senders of a route that are not off, and the price of one message of each."""
    names = [str(one) for one in route] if isinstance(route, list) else [str(route)]
    senders = {name: at(settings, "senders", name) for name in names}
    on = {name: sender for name, sender in senders.items() if at(sender, "enabled") is not False}
    shown = ", then ".join(_sender(name, sender) for name, sender in on.items())
    return shown, ", then ".join(dict.fromkeys(map(_price, on.values())))


def _sender(name: str, sender: object) -> str:
    kind = at(sender, "preset") or at(sender, "kind")
    return name if kind in (None, name, UNKNOWN) else f"{name} ({kind})"


def _price(sender: object) -> str:
    """Of one message, as far as the plan or a list says it."""
    most = at(sender, "max_price")
    if UNKNOWN in (most, at(sender, "kind")):
        return UNKNOWN
    if most:
        return f"at most {format(Decimal(str(most)), 'f') if isinstance(most, float) else most} USD"
    return f"{PRICES['a_mail']['usd']} USD {_LISTED}" if at(sender, "kind") == PRICES["a_mail"]["kind"] else _PROVIDER


def _prices(*, is_listed: bool) -> str:
    listed = (
        f"List prices are those of {PRICES['region']} in {PRICES['looked_up']} ({PRICES['a_mail']['source']}) and no "
        "promise. "
    )
    return (
        f"{listed if is_listed else ''}Providers charge by the segment. AWS's own part of a million messages is about "
        f"{own_part():.0f} USD with the defaults (docs/cost.md)."
    )


def _limits(limits: object) -> str:
    if limits is UNKNOWN:
        return UNKNOWN
    if not isinstance(limits, dict):
        return "none"
    return ", ".join(
        f"{name} {limit.get('max')} in {limit.get('per_seconds')} s ({limit.get('mode')})"
        for name, limit in limits.items()
        if isinstance(limit, dict)
    )
