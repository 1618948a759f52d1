"""Alarms and the dashboard look at metrics that the function emits; what it emits has a row in docs/operations.md.

That the function emits every row, and no other, is tests/unit/test_unit_metrics.py. A name that nobody emits is the
worst kind of mistake here: the alarm stays green for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from plan.calls import calls
from plan.documents import FUNCTION
from support import emf

if TYPE_CHECKING:
    from plan.conftest import Scenario, Scenarios

# {"Login/SMS",service,country} MetricName="Sent" service="acme"
SEARCH = re.compile(r"\{\"([^\"]+)\",([a-z,]+)\} MetricName=\"(\w+)\" service=\"([^\"]+)\"")

Named = tuple[str, str, dict[str, str | None]]


def _named(planned: Scenario) -> Iterator[Named]:
    """Namespace, name and dimensions of every metric that alarms and dashboards look at; None for "any value"."""
    for change in planned.changes.values():
        if change.type == "aws_cloudwatch_metric_alarm":
            queries = [query["metric"][0] for query in change.values["metric_query"] if query["metric"]]
            for metric in queries or [change.values]:
                yield metric["namespace"], metric["metric_name"], metric["dimensions"]
        elif change.type == "aws_cloudwatch_dashboard":
            for widget in json.loads(change.values["dashboard_body"])["widgets"]:
                for row in widget["properties"].get("metrics", []):
                    yield from _of_a_row(row)


def _of_a_row(row: list[Any]) -> Iterator[Named]:
    """[namespace, name, dimension, value, …, options] or [{expression, …}] of a widget."""
    names = [cell for cell in row if isinstance(cell, str)]
    if names:
        yield names[0], names[1], dict(zip(names[2::2], names[3::2], strict=True))
    elif "SEARCH" in row[0]["expression"]:
        found = SEARCH.search(row[0]["expression"])
        assert found, row
        namespace, dimensions, name, service = found.groups()
        yield namespace, name, dict.fromkeys(dimensions.split(",")) | {"service": service}


def _own(planned: Scenario) -> list[Named]:
    return [named for named in _named(planned) if not named[0].startswith("AWS/")]


@pytest.mark.parametrize("name", calls("accepted"))
def test_what_is_looked_at_is_what_the_function_emits(name: str, scenario: Scenarios) -> None:
    planned = scenario(name)
    known = {(metric, by) for metric, _unit, by in emf.documented()}
    known |= {(metric, ("service", "domain")) for metric, by in known if by == ("service", "country")}
    for _namespace, metric, dimensions in _own(planned):
        assert (emf.documented_name(metric), tuple(dimensions)) in known
        assert dimensions["service"] == planned[FUNCTION].values["function_name"]


def test_every_kind_of_look_was_seen(scenario: Scenarios) -> None:
    """So that the test above is not green because it found nothing: alarms, calculations, graphs and searches."""
    looks = _own(scenario("dashboard"))
    assert {namespace for namespace, _, _ in looks} == {"Login/SMS"}
    assert {dimensions["sender"] for _, _, dimensions in looks if "sender" in dimensions} == {"aws", "twilio"}
    assert {(metric, *dimensions) for _, metric, dimensions in looks} >= {
        ("Refused", "service"),
        ("Failed", "service"),
        ("LedgerUnavailable", "service"),
        ("AgeSeconds", "service"),
        ("Sent", "service", "sender"),
        ("Refused", "service", "country"),
    }
