"""What the sender does: its alarms, and how the last hour's messages ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cognito_sender.doctor.deployed import ALIAS
from cognito_sender.doctor.findings import fail, good, info, warn
from cognito_sender.doctor.wires import APPLY, QUEUE, destination
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
_SEE: Final = 'docs/operations.md, "When no code arrives"'
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
        yield good(f"{len(found)} alarms, each with an action")
    for topic in sorted({arn for each in found for arn in each.get("AlarmActions") or () if ":sns:" in arn}):
        if sender.ask("sns", "get_topic_attributes", topic.split(":")[3], TopicArn=topic) is None:
            yield warn(
                f"they tell {topic}, which is not there",
                f"make it again, or name another in monitoring.alarms.topic_arns; {APPLY}",
            )
    on = {"ledger": sender.settings.ledger_table, "failure-queue": destination(sender)}
    wanted = {"dropped-events", "errors", *(name for name, is_on in on.items() if is_on)}
    if lacking := sorted({f"{sender.name}-{name}" for name in wanted} - {each["AlarmName"] for each in found}):
        yield warn(f"without {', '.join(lacking)}", f"turn them on in monitoring.alarms; {APPLY}")


def last_hour(sender: Deployed) -> Iterator[Line]:
    function = {"FunctionName": sender.name}
    of_alias = {**function, "Resource": f"{sender.name}:{ALIAS}"}
    metrics = [("AWS/Lambda", "AsyncEventsDropped", function)]
    metrics += [("AWS/Lambda", name, of_alias) for name in ("Throttles", "Errors", "Invocations")]
    dropped, throttled, errors, calls = (int(sum(values)) for values in sender.measured(metrics, "Sum", hours=1))
    if dropped:
        yield fail(f"Lambda gave up on {dropped} events: as many codes are lost", QUEUE)
    if throttled:
        yield warn(
            f"Lambda had no room for {throttled} calls, so codes came late",
            "raise function.reserved_concurrency, or the account's quota",
        )
    if errors:
        yield warn(f"{errors} of {calls} calls ended in an error: codes came late, or are lost", _SEE)
    namespace, outcomes = sender.settings.monitoring.metrics_namespace, [*map(str, Outcome), UNEXPECTED]
    counters = [(namespace, outcome, {"service": sender.name}) for outcome in outcomes]
    counted = (int(sum(values)) for values in sender.measured(counters, "Sum", hours=1))
    counts = {name: count for name, count in zip(outcomes, counted, strict=True) if count}
    shown = ", ".join(f"{name} {count}" for name, count in counts.items())
    if failed := sum(count for name, count in counts.items() if name not in _GOOD):
        yield warn(f"{failed} messages failed: {shown}", _SEE)
    elif calls and not counts:
        yield warn(f"the function runs ({calls} calls), and records nothing", f"look at its log; {APPLY}")
    else:
        yield good(shown) if shown else info("no message")
