"""What the sender does: its alarms, and how the last hour's messages ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cognito_sender.doctor.deployed import ALIAS
from cognito_sender.doctor.findings import fail, good, info, skip, warn
from custom_sender.outcome import Outcome
from custom_sender.record.metrics import NEITHER, REFUSED
from custom_sender.record.record import UNEXPECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognito_sender.doctor.deployed import Deployed
    from cognito_sender.doctor.findings import Found

# Of alarms.tf: each has the sender's name before it.
ALARMS: Final = (
    "bounces", "channel-off", "complaints", "dropped-events", "errors", "event-age", "failed-share", "failure-queue",
    "ledger", "no-address", "over-limit", "refused", "segments", "silence", "throttles",
)  # fmt: skip
_HOUR: Final = 3600
_QUEUE: Final = 'docs/operations.md, "The failure queue"'


def alarms(sender: Deployed) -> Iterator[Found]:
    names = [f"{sender.name}-{name}" for name in ALARMS]
    found = sender.aws.ask("cloudwatch", "describe_alarms", AlarmNames=names)["MetricAlarms"]
    if not found:
        yield warn("there are none: nobody is told when codes are lost", "set monitoring.alarms.enabled")
        return
    if ringing := sorted(each["AlarmName"] for each in found if each["StateValue"] == "ALARM"):
        yield warn(f"in alarm: {', '.join(ringing)}", "read the alarm's description")
    if mute := sorted(
        each["AlarmName"] for each in found if not each.get("AlarmActions") or not each["ActionsEnabled"]
    ):
        yield warn(f"{len(mute)} of {len(found)} alarms tell nobody", "name a topic in monitoring.alarms.topic_arns")
    else:
        yield good(f"{len(found)} alarms, and each has somebody to tell")


def last_hour(sender: Deployed) -> Iterator[Found]:
    if sender.settings is None:
        yield skip("its settings do not say where it counts")
        return
    own = {"service": sender.name}
    namespace = sender.settings.monitoring.metrics_namespace
    function = {"FunctionName": sender.name}
    alias = {**function, "Resource": f"{sender.name}:{ALIAS}"}
    metrics = [
        *((namespace, outcome, own) for outcome in (*Outcome, UNEXPECTED)),
        ("AWS/Lambda", "AsyncEventsDropped", function),
        ("AWS/Lambda", "Throttles", alias),
    ]
    queries = [
        {
            "Id": f"m{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": space,
                    "MetricName": str(name),
                    "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                },
                "Period": 300,
                "Stat": "Sum",
            },
        }
        for index, (space, name, dimensions) in enumerate(metrics)
    ]
    end = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    answer = sender.aws.ask(
        "cloudwatch",
        "get_metric_data",
        StartTime=end - timedelta(seconds=_HOUR),
        EndTime=end,
        MetricDataQueries=queries,
    )
    values = {str(each["Id"]): sum(each["Values"]) for each in answer["MetricDataResults"]}
    counts = {str(name): int(values.get(f"m{index}", 0)) for index, (_, name, _) in enumerate(metrics)}
    yield from _said(counts)


def _said(counts: dict[str, int]) -> Iterator[Found]:
    dropped, throttled = counts.pop("AsyncEventsDropped"), counts.pop("Throttles")
    if dropped:
        yield fail(f"Lambda gave up on {dropped} events: as many codes are lost", _QUEUE)
    if throttled:
        yield warn(f"Lambda had no room for {throttled} calls, so codes came late", "raise the concurrency")
    shown = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    good_ends = {Outcome.SENT, *REFUSED, *NEITHER}
    failed = sum(count for name, count in counts.items() if name not in good_ends)
    if failed:
        yield warn(f"{failed} messages failed: {shown}", 'docs/operations.md, "When no code arrives"')
    elif shown:
        yield good(shown)
    else:
        yield info("no message")
