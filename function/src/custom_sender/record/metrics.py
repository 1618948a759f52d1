"""The numbers about a message, as CloudWatch's embedded metric format on standard output.

CloudWatch takes money for each combination of a name and the values of its dimensions. So there are five dimension
sets, and none multiplies two things that vary: ``service`` alone, and ``service`` with either the sender, the channel,
the group (a country of SMS, a domain of e-mail) or the trigger. A dimension takes its values from the configuration
and from lists, never from an event. Each set has its own line, as a line counts every one of its metrics under all of
its sets.

Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

Some metrics are written as 0 too. ``Refused`` is 0 or 1 for every message, and ``Failed`` is 0 for what was sent, so
that their averages are shares: of all messages, and of those that should have been sent. With a count that is only
there when something goes wrong, a share would have to guess what no data means.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from custom_sender.cognito.triggers import ACCOUNT_TAKE_OVER, CODE_TRIGGERS
from custom_sender.dataclass import dataclass
from custom_sender.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from custom_sender.record.record import AttemptRecord, Record

# In the place of a group that is not served or not known, of a tester's, and of a trigger that nobody knew.
OTHER: Final = "other"

# By us, or by the provider's own protection: of an attack, or of a country that the provider has blocked, this is the
# only sign.
REFUSED: Final = frozenset(
    {Outcome.BLOCKED_COUNTRY, Outcome.BLOCKED_DOMAIN, Outcome.BLOCKED_VELOCITY, Outcome.BLOCKED_BY_PROVIDER}
)
# Neither sent nor failed: facts about the recipient, and messages that another invocation has or had.
NEITHER: Final = frozenset(
    {
        Outcome.REJECTED_NUMBER,
        Outcome.REJECTED_ADDRESS,
        Outcome.OPTED_OUT,
        Outcome.DUPLICATE,
        Outcome.IN_PROGRESS,
    }
)

_TRIGGERS: Final = CODE_TRIGGERS | {ACCOUNT_TAKE_OVER}
_PERHAPS_PAID: Final = frozenset({Outcome.SENT, Outcome.AMBIGUOUS})
_COUNT: Final = "Count"
_UNITS: Final = {
    **dict.fromkeys(
        ("Milliseconds", "DecryptMilliseconds", "LedgerMilliseconds", "SendMilliseconds"),
        "Milliseconds",
    ),
    "AgeSeconds": "Seconds",
}
_ENCODE: Final = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Group:
    """The groups in which a channel's messages are counted: the dimension's name, and the values that it can have."""

    name: str
    known: frozenset[str]


@dataclass(frozen=True)
class Sample:
    """What is counted under one set of dimensions: ``service``, and ``dimension`` (name, value) beside it.

    ``values`` has one number for each thing that was measured: two attempts of a sender are two of its latencies.
    """

    dimension: tuple[str, str] | None
    values: Mapping[str, list[float]]


def samples(record: Record, groups: Mapping[str, Group]) -> Iterator[Sample]:
    """The metrics of one message. ``groups``: channel → what its messages are counted by. Pure."""
    paid = _perhaps_paid(record)
    yield Sample(None, _of_the_message(record, paid))
    asked = (attempt.sender for attempt in record.attempts)
    for sender in dict.fromkeys((*asked, *record.unsure, *record.open_circuits)):
        yield Sample(("sender", sender), _of_a_sender(record, sender, paid))
    counts = _counts(record)
    if record.channel is not None and record.channel in groups:
        yield Sample(("channel", record.channel), counts)
    # A message whose channel is not known is of every channel.
    own = groups.get(record.channel or "")
    for group in groups.values() if own is None else (own,):
        value = record.group if record.group in group.known and not record.test_recipient else None
        yield Sample((group.name, value or OTHER), counts | _segments(record, paid.total()))
    trigger = record.trigger if record.trigger in _TRIGGERS else None
    # Refused is left out: which trigger an attacker uses says little, and eight metrics more would be paid for.
    yield Sample(("trigger", trigger or OTHER), {name: counts[name] for name in ("Sent", "Failed") if name in counts})


def _of_the_message(record: Record, paid: Counter[str]) -> dict[str, list[float]]:
    refused, failed = record.outcome in REFUSED, _failed(record)
    values: dict[str, list[float]] = {record.outcome: [1], "Refused": [refused]}
    if failed or record.outcome == Outcome.SENT:
        values["Failed"] = [failed]
    for name, milliseconds in (
        ("Milliseconds", record.milliseconds),
        ("DecryptMilliseconds", record.decrypt_milliseconds),
        ("LedgerMilliseconds", record.ledger_milliseconds),
        ("SendMilliseconds", record.send_milliseconds),
    ):
        if milliseconds is not None:
            values[name] = [milliseconds]
    if record.attempts:
        values["Attempts"] = [len(record.attempts)]
        values["Failovers"] = [len({attempt.sender for attempt in record.attempts}) - 1]
        values["OpenCircuits"] = [len(record.open_circuits)]
        if record.age_seconds is not None:
            values["AgeSeconds"] = [record.age_seconds]
    perhaps_sent = sum(attempt.outcome == Outcome.AMBIGUOUS for attempt in record.attempts) + len(record.unsure)
    if perhaps_sent:
        values["AmbiguousAttempts"] = [perhaps_sent]
    if record.ledger == "unavailable":
        values["LedgerUnavailable"] = [1]
    if record.over_limit:
        values["OverLimit"] = [len(record.over_limit)]
    return values | _segments(record, paid.total())


def _of_a_sender(record: Record, sender: str, paid: Counter[str]) -> dict[str, list[float]]:
    attempts = [attempt for attempt in record.attempts if attempt.sender == sender]
    values: dict[str, list[float]] = {}
    if attempts:
        sent = sum(attempt.outcome == Outcome.SENT for attempt in attempts)
        values = {
            "Sent": [sent],
            "NotSent": [len(attempts) - sent],
            "SendMilliseconds": [attempt.milliseconds for attempt in attempts],
        }
    if attempts or sender in record.open_circuits:
        values["CircuitOpen"] = [sender in record.open_circuits]
    return values | _segments(record, paid[sender])


def _counts(record: Record) -> dict[str, list[float]]:
    """The metric that counts a message by group or trigger: one of three, or none."""
    if record.outcome == Outcome.SENT:
        return {"Sent": [1]}
    if record.outcome in REFUSED:
        return {"Refused": [1]}
    return {"Failed": [1]} if _failed(record) else {}


def _failed(record: Record) -> bool:
    """Whatever is not known to be something else: an outcome that is added later must not be overlooked.

    Testers' messages do not fail: a load test against a channel that throttles must wake nobody.
    """
    if record.test_recipient:
        return False
    return record.outcome != Outcome.SENT and record.outcome not in REFUSED and record.outcome not in NEITHER


def _perhaps_paid(record: Record) -> Counter[str]:
    """How many times each sender has sent, or may have sent, the text."""
    return Counter((*(attempt.sender for attempt in record.attempts if _is_perhaps_paid(attempt)), *record.unsure))


def _is_perhaps_paid(attempt: AttemptRecord) -> bool:
    return attempt.outcome in _PERHAPS_PAID


def _segments(record: Record, times: int) -> dict[str, list[float]]:
    # Testers' messages go to a mailbox or a channel: counted as money, a load test would raise the alarm.
    return {"Segments": [record.segments * times]} if record.segments and times and not record.test_recipient else {}


class Metrics:
    """Writes the samples of each record to standard output."""

    def __init__(self, *, service: str, namespace: str, groups: Mapping[str, Group]) -> None:
        """``groups``: channel → what its messages are counted by."""
        self._service = service
        self._namespace = namespace
        self._groups = groups

    def write(self, record: Record) -> None:
        """One line for each set of dimensions that has something to say."""
        now = time.time_ns() // 1_000_000
        lines = [_ENCODE(self._document(sample, now)) for sample in samples(record, self._groups) if sample.values]
        # All at once: Lambda's runtime flushes after each write.
        sys.stdout.write("".join(f"{line}\n" for line in lines))

    def _document(self, sample: Sample, milliseconds: int) -> dict[str, Any]:
        dimensions = {"service": self._service}
        if sample.dimension is not None:
            name, value = sample.dimension
            dimensions[name] = value
        metrics = [{"Name": name, "Unit": _UNITS.get(name, _COUNT)} for name in sample.values]
        directive = {"Namespace": self._namespace, "Dimensions": [[*dimensions]], "Metrics": metrics}
        values = {name: [float(value) for value in values] for name, values in sample.values.items()}
        return {"_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}, **dimensions, **values}
