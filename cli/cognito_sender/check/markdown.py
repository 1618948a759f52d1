"""A summary of a plan for a pull request: who gets what through whom, at what price, and what is wrong with it.

``prices.json`` has AWS's list prices, which ``docs/cost.md`` explains. Those of providers are between you and them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.check.findings import Finding, NotChecked, Warned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cognito_sender.check.findings import Line
    from cognito_sender.check.plan import Call, Plan

_TITLES: Final = {
    Finding: "Wrong",
    Warned: "Perhaps meant",
    NotChecked: "Not checked",
}

PRICES: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("prices.json").read_text(encoding="utf-8"))


def own_part() -> float:
    """US dollars of AWS for a million messages, beside the provider's price."""
    return sum(float(price["units"]) * float(price["usd"]) for price in PRICES["of_a_million"].values())


def markdown(plan: Plan, said: Sequence[Line]) -> str:
    """The calls, then the lines about them."""
    shown = ["## Cognito senders"]
    for call in plan.calls:
        shown += ["", f"### `{call.address}`", "", *_table(call)]
    shown += ["", *_prices()] if plan.calls else []
    for kind, title in _TITLES.items():
        lines = [_item(line) for line in said if isinstance(line, kind)]
        shown += ["", f"### {title}", "", *lines] if lines else []
    if not any(isinstance(line, Finding) for line in said):
        shown += ["", "Nothing is wrong."]
    return "\n".join(shown)


def _item(line: Line) -> str:
    return f"- `{line.path}`: {line.reason if isinstance(line, NotChecked) else line.text}"


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
        yield f"| {' | '.join((*row, change if call.before else ''))} |"


def _rows(settings: object) -> list[tuple[str, ...]]:
    """What, who, through whom, at what price, how many; of recipients only countries and domains, never an address."""
    document: dict[str, Any] = settings if isinstance(settings, dict) else {}
    found: list[tuple[str, ...]] = []
    for channel, who in (("sms", "allowed_countries"), ("email", "allowed_domains")):
        values = document.get(channel)
        if not isinstance(values, dict):
            continue
        routes, allowed = values.get("routes"), values.get(who)
        if not isinstance(routes, dict):
            continue
        others = [str(one) for one in allowed if one not in routes] if isinstance(allowed, list) else []
        for name, route in sorted(routes.items(), key=lambda item: (item[0] != "default", item[0])):
            people = name if name != "default" else ", ".join(others) or "all others"
            names = route if isinstance(route, list) else [route]
            through, price = (", then ".join(of(document, one) for one in names) for of in (_sender, _price))
            found.append((channel, people, through, price, _limits(values.get("limits"))))
    testers = (document.get("protection") or {}).get("test_recipients")
    if isinstance(testers, dict):
        sender = testers.get("sender")
        found.append(("all", "test recipients", _sender(document, sender), _price(document, sender), ""))
    return found


def _sender(document: dict[str, Any], name: object) -> str:
    sender = (document.get("senders") or {}).get(name)
    kind = sender.get("preset") or sender.get("kind") if isinstance(sender, dict) else None
    return f"{name} ({kind})" if kind and kind != name else str(name)


def _price(document: dict[str, Any], name: object) -> str:
    """Of one message, as far as the plan or a list says it."""
    sender = (document.get("senders") or {}).get(name)
    if isinstance(sender, dict) and sender.get("max_price"):
        return f"at most {sender['max_price']} USD"
    is_listed = isinstance(sender, dict) and sender.get("kind") == PRICES["a_mail"]["kind"]
    return f"{PRICES['a_mail']['usd']} USD (list)" if is_listed else "its provider's"


def _prices() -> Iterator[str]:
    yield (
        f"List prices are those of {PRICES['region']} in {PRICES['looked_up']} ({PRICES['a_mail']['source']}) and no "
        f"promise. Providers charge by the segment. AWS's own part of a million messages is about "
        f"{own_part():.0f} USD with the defaults (docs/cost.md)."
    )


def _limits(limits: object) -> str:
    if not isinstance(limits, dict):
        return "none"
    return ", ".join(
        f"{name} {limit.get('max')} in {limit.get('per_seconds')} s ({limit.get('mode')})"
        for name, limit in limits.items()
        if isinstance(limit, dict)
    )
