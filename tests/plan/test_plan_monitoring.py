"""Alarms one by one, and the dashboard. That the function emits what they look at is test_plan_metrics.py."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from plan.constants import ALARMS
from plan.documents import settings
from support.pages import section

if TYPE_CHECKING:
    from plan.conftest import Scenario, Scenarios

DASHBOARD = "aws_cloudwatch_dashboard.this[0]"

REACHED, BELOW = "GreaterThanOrEqualToThreshold", "LessThanThreshold"

Looked = tuple[str, str, str, int, dict[str, str]]
"""Namespace, metric, statistic, period in seconds, dimensions."""


def _alarms(planned: Scenario) -> dict[str, Mapping[str, Any]]:
    return {
        str(change.index): change.values
        for change in planned.changes.values()
        if change.type == "aws_cloudwatch_metric_alarm"
    }


def _looked(alarm: Mapping[str, Any]) -> Looked:
    return (alarm["namespace"], alarm["metric_name"], alarm["statistic"], alarm["period"], alarm["dimensions"])


def _on_alias(metric: str, period: int = 300) -> Looked:
    return ("AWS/Lambda", metric, "Sum", period, {"FunctionName": "defaults", "Resource": "defaults:live"})


def _on_function(metric: str, statistic: str) -> Looked:
    return ("AWS/Lambda", metric, statistic, 300, {"FunctionName": "defaults"})


def _own(metric: str, period: int, statistic: str = "Sum", service: str = "defaults") -> Looked:
    return ("CognitoCustomSender", metric, statistic, period, {"service": service})


# The alarms


@pytest.mark.parametrize(
    ("name", "threshold", "looked"),
    [
        ("errors", 3, _on_alias("Errors")),
        ("throttles", 10, _on_alias("Throttles")),
        ("dropped_events", 1, _on_function("AsyncEventsDropped", "Sum")),
        ("event_age", 150_000, _on_function("AsyncEventAge", "Maximum")),  # Lambda counts milliseconds
        (
            "failure_queue",
            1,
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 300, {"QueueName": "defaults-failures"}),
        ),
        ("channel_off", 1, _own("CHANNEL_OFF", 300)),
        ("refused", 50, _own("Refused", 900)),
        ("over_limit", 1, _own("OverLimit", 900)),
        ("segments", 2000, _own("Segments", 3600)),
        ("ledger", 5, _own("LedgerUnavailable", 300)),
    ],
)
def test_an_alarm_looks_at_its_metric_and_not_at_what_is_missing(
    name: str, threshold: int, looked: Looked, scenario: Scenarios
) -> None:
    alarm = _alarms(scenario("defaults"))[name]

    assert _looked(alarm) == looked
    assert (alarm["comparison_operator"], alarm["threshold"]) == (REACHED, threshold)
    assert alarm["evaluation_periods"] == 1
    # No invocation, no message, an idle queue: what has no value has nothing to report.
    assert alarm["treat_missing_data"] == "notBreaching"
    assert not alarm["metric_query"]


def _queries(alarm: Mapping[str, Any]) -> tuple[dict[str, Looked], Mapping[str, Any]]:
    """What a calculation looks at, by id, and the calculation."""
    (result,) = [query for query in alarm["metric_query"] if query["expression"]]
    found = {}
    for query in alarm["metric_query"]:
        for metric in query["metric"]:
            assert not query["return_data"], "an alarm is on one value"
            found[query["id"]] = (
                metric["namespace"],
                metric["metric_name"],
                metric["stat"],
                metric["period"],
                metric["dimensions"],
            )
    return found, result


def test_alarm_on_the_failed_share(scenario: Scenarios) -> None:
    """Of the messages that should have been sent, and only if there are enough of them to speak of a share."""
    alarm = _alarms(scenario("defaults"))["failed_share"]
    looked, result = _queries(alarm)

    assert looked == {"messages": _own("Failed", 900, "SampleCount"), "share": _own("Failed", 900, "Average")}
    assert (result["expression"], result["return_data"]) == ("IF(messages >= 5, 100 * share, 0)", True)
    assert (alarm["comparison_operator"], alarm["threshold"], alarm["evaluation_periods"]) == (REACHED, 20, 1)
    assert alarm["treat_missing_data"] == "notBreaching"
    assert not alarm["metric_name"]


def test_silence_for_a_week_is_an_alarm(scenario: Scenarios) -> None:
    """Here what is missing is what it is about: hour by hour, as far back as CloudWatch looks."""
    alarm = _alarms(scenario("alarms"))["silence"]
    looked, result = _queries(alarm)

    dimensions = {"FunctionName": "alarms", "Resource": "alarms:live"}
    assert looked == {"invocations": ("AWS/Lambda", "Invocations", "Sum", 3600, dimensions)}
    assert (result["expression"], result["return_data"]) == ("FILL(invocations, 0)", True)
    assert (alarm["comparison_operator"], alarm["threshold"], alarm["evaluation_periods"]) == (BELOW, 1, 168)
    assert alarm["treat_missing_data"] == "breaching"
    assert 3600 * alarm["evaluation_periods"] <= 604_800, "CloudWatch refuses more than seven days"


def test_thresholds_and_the_namespace_are_as_the_user_says(scenario: Scenarios) -> None:
    alarms = _alarms(scenario("alarms"))

    assert {name: alarm["threshold"] for name, alarm in alarms.items()} == {
        "errors": 11,
        "throttles": 12,
        "dropped_events": 13,
        "event_age": 14_500,
        "failure_queue": 15,
        "channel_off": 22,
        "failed_share": 16,
        "refused": 18,
        "over_limit": 19,
        "segments": 20,
        "ledger": 21,
        "silence": 1,
    }
    assert _queries(alarms["failed_share"])[1]["expression"] == "IF(messages >= 17, 100 * share, 0)"
    own = {alarms[name]["namespace"] for name in ("channel_off", "refused", "over_limit", "segments", "ledger")}
    own |= {namespace for namespace, *_ in _queries(alarms["failed_share"])[0].values()}
    assert own == {"Login/SMS"}


def test_names_and_descriptions_tell_somebody_who_is_woken_what_to_do(scenario: Scenarios) -> None:
    alarms = _alarms(scenario("alarms"))

    assert {name: alarm["alarm_name"] for name, alarm in alarms.items()} == {
        name: f"alarms-{name.replace('_', '-')}" for name in alarms
    }
    assert [name for name, alarm in alarms.items() if not 60 <= len(alarm["alarm_description"]) <= 1024] == []


def test_topics_are_told_when_it_begins_and_when_it_ends(scenario: Scenarios) -> None:
    for alarm in _alarms(scenario("alarms")).values():
        assert (alarm["actions_enabled"], alarm["alarm_actions"], alarm["ok_actions"]) == (True, [ALARMS], [ALARMS])
        assert not alarm["insufficient_data_actions"]


def test_without_topics_the_alarms_are_there_to_be_looked_at(scenario: Scenarios) -> None:
    assert {bool(alarm["alarm_actions"]) for alarm in _alarms(scenario("defaults")).values()} == {False}


@pytest.mark.parametrize("name", ["alarms_off_one_by_one", "pool_made"])
def test_alarms_can_be_switched_off(name: str, scenario: Scenarios) -> None:
    """One by one, or all together."""
    assert _alarms(scenario(name)) == {}


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("no_failure_queue", {"failure_queue"}),
        ("ledger_off", {"ledger", "over_limit"}),
        ("limits_off", {"over_limit"}),
    ],
)
def test_no_alarm_about_what_is_not_there(name: str, missing: set[str], scenario: Scenarios) -> None:
    assert _alarms(scenario("defaults")).keys() - _alarms(scenario(name)).keys() == missing


def test_the_documentation_has_each_alarm_and_when_it_begins(scenario: Scenarios) -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.+?) \|", section("Alarms"), re.MULTILINE)
    table = {name: begins for names, begins in rows for name in re.findall(r"\w+", names)}
    alarms = {**_alarms(scenario("defaults")), **_alarms(scenario("email_only"))}
    planned = {name: alarm["threshold"] for name, alarm in alarms.items()}
    planned["event_age"] /= 1000
    minutes = {name: alarm["period"] // 60 for name, alarm in alarms.items() if alarm["period"]}

    assert table.keys() == {*planned, "silence"}
    assert {name: float(begins.split()[0]) for name, begins in table.items() if name in planned} == planned
    in_minutes = {name: re.search(r"in (\d+) minutes", begins) for name, begins in table.items()}
    for name, found in in_minutes.items():
        assert found is None or int(found[1]) == minutes.get(name, 15)
    assert minutes["segments"] == 60
    assert table["segments"].endswith("in an hour")


# The dashboard


@pytest.fixture(scope="module")
def widgets(scenario: Scenarios) -> list[dict[str, Any]]:
    """What the dashboard consists of."""
    found: list[dict[str, Any]] = json.loads(scenario("dashboard")[DASHBOARD].values["dashboard_body"])["widgets"]
    return found


@pytest.fixture(scope="module")
def graphs(widgets: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The properties of its graphs by title."""
    found = {widget["properties"]["title"]: widget["properties"] for widget in widgets if widget["type"] == "metric"}
    assert len(found) == len(widgets) - 1, "one text, and every graph has a title of its own"
    return found


def test_dashboard_is_off_by_default(scenario: Scenarios) -> None:
    assert DASHBOARD not in scenario("defaults")
    assert scenario("dashboard")[DASHBOARD].values["dashboard_name"] == "dashboard"


def test_no_widget_is_over_another_or_over_the_edge(widgets: list[dict[str, Any]]) -> None:
    """The grid of CloudWatch is 24 wide; "x", "y", "width" and "height" are counted in its units."""
    taken: set[tuple[int, int]] = set()
    for widget in widgets:
        assert widget["x"] + widget["width"] <= 24
        cells = {
            *itertools.product(
                range(widget["x"], widget["x"] + widget["width"]), range(widget["y"], widget["y"] + widget["height"])
            )
        }
        assert not cells & taken, widget
        taken |= cells
    height = max(y for _, y in taken) + 1
    assert len(taken) == 24 * height, "there is a hole"


def test_the_body_is_what_the_api_takes(widgets: list[dict[str, Any]], graphs: dict[str, dict[str, Any]]) -> None:
    """Dashboard body structure and syntax, CloudWatch API reference."""
    assert len(widgets) <= 500
    for properties in graphs.values():
        assert properties["region"] == "eu-central-1"
        assert properties["view"] == "timeSeries"
        assert properties["period"] % 60 == 0
        assert 0 < len(properties["metrics"]) <= 500
        ids = [cell["id"] for row in properties["metrics"] for cell in row if isinstance(cell, dict) and "id" in cell]
        assert len({*ids}) == len(ids)
        for row in properties["metrics"]:
            assert all(isinstance(cell, str) for cell in row[:-1])
            if isinstance(row[0], dict):
                assert row[0].keys() == {"id", "expression", "label"}
            else:
                assert len([cell for cell in row if isinstance(cell, str)]) % 2 == 0, "a dimension without a value"


def test_a_calculation_only_names_what_is_in_its_graph(graphs: dict[str, dict[str, Any]]) -> None:
    seconds, dollars = (
        graphs[title]["metrics"]
        for title in ("Longest wait of an event, in seconds", "US dollars an hour, at 0.075 a part")
    )
    assert seconds[0][0]["expression"] == "age / 1000"
    assert seconds[1][-1] == {"id": "age", "stat": "Maximum", "visible": False}
    assert dollars[0][0]["expression"] == "parts * 0.075"
    assert dollars[1][-1] == {"id": "parts", "visible": False}


def test_senders_are_named_and_countries_searched_for(graphs: dict[str, dict[str, Any]]) -> None:
    sent = ["Login/SMS", "Sent", "service", "dashboard", "sender"]

    assert graphs["Sent, by sender"]["metrics"] == [[*sent, "aws"], [*sent, "twilio"]]
    (((search),),) = graphs["Sent, by country"]["metrics"]
    assert search == {
        "id": "groups",
        "expression": 'SEARCH(\'{"Login/SMS",service,country} MetricName="Sent" service="dashboard"\', \'Sum\', 300)',
        "label": "${PROP('Dim.country')}",
    }


def test_the_lines_of_the_alarms_are_in_their_graphs(graphs: dict[str, dict[str, Any]]) -> None:
    lines = {title: properties["annotations"] for title, properties in graphs.items() if "annotations" in properties}

    assert lines == {
        "Longest wait of an event, in seconds": {"horizontal": [{"label": "alarm", "value": 90}]},
        "Parts of messages an hour": {"horizontal": [{"label": "alarm", "value": 700}]},
    }


# Logs


def test_sampling_of_debug_lines_is_off_by_default(scenario: Scenarios) -> None:
    assert settings(scenario("known"))["monitoring"]["debug_sample_rate"] == 0
