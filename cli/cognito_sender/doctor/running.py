"""What the sender does: its alarms, and how the last hour's messages ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cognito_sender.doctor.deployed import ALIAS
from cognito_sender.doctor.findings import fail, good, info, warn
from cognito_sender.doctor.wires import APPLY, QUEUE
from custom_sender.outcome import Outcome
from custom_sender.record.metrics import NEITHER, REFUSED
from custom_sender.record.record import UNEXPECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognito_sender.doctor.deployed import Deployed
    from cognito_sender.doctor.findings import Line

# Of alarms.tf: each has the sender's name before it.
ALARMS: Final = (
    "bounces", "channel-off", "complaints", "dropped-events", "errors", "event-age", "failed-share", "failure-queue",
    "ledger", "no-address", "over-limit", "refused", "segments", "silence", "throttles",
)  # fmt: skip
# Outcomes that are no failure of the sender's.
_GOOD: Final = {Outcome.SENT, *REFUSED, *NEITHER}


def alarms(sender: Deployed) -> Iterator[Line]:
    names = [f"{sender.name}-{name}" for name in ALARMS]
    found = sender.ask("cloudwatch", "describe_alarms", AlarmNames=names)["MetricAlarms"]
    if not found:
        yield warn("there are none: nobody is told when codes are lost", f"set monitoring.alarms.enabled; {APPLY}")
        return
    if ringing := sorted(each["AlarmName"] for each in found if each["StateValue"] == "ALARM"):
        yield warn(f"in alarm: {', '.join(ringing)}", "read the alarm's description")
    if mute := sum(not each.get("AlarmActions") or not each["ActionsEnabled"] for each in found):
        yield warn(
            f"{mute} of {len(found)} alarms tell nobody", f"name a topic in monitoring.alarms.topic_arns; {APPLY}"
        )
    else:
        yield good(f"{len(found)} alarms, and each has somebody to tell")


def last_hour(sender: Deployed) -> Iterator[Line]:
    function = {"FunctionName": sender.name}
    namespace, outcomes = sender.settings.monitoring.metrics_namespace, [*map(str, Outcome), UNEXPECTED]
    metrics = [
        ("AWS/Lambda", "AsyncEventsDropped", function),
        ("AWS/Lambda", "Throttles", {**function, "Resource": f"{sender.name}:{ALIAS}"}),
        *((namespace, outcome, {"service": sender.name}) for outcome in outcomes),
    ]
    dropped, throttled, *counted = (int(sum(values)) for values in sender.measured(metrics, "Sum", hours=1))
    if dropped:
        yield fail(f"Lambda gave up on {dropped} events: as many codes are lost", QUEUE)
    if throttled:
        yield warn(
            f"Lambda had no room for {throttled} calls, so codes came late",
            "raise function.reserved_concurrency, or the account's quota",
        )
    counts = {name: count for name, count in zip(outcomes, counted, strict=True) if count}
    shown = ", ".join(f"{name} {count}" for name, count in counts.items())
    if failed := sum(count for name, count in counts.items() if name not in _GOOD):
        yield warn(f"{failed} messages failed: {shown}", 'docs/operations.md, "When no code arrives"')
    else:
        yield good(shown) if shown else info("no message")
