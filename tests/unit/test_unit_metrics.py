"""What is counted of a message, and under which dimensions: each combination of a name and values costs money."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import re
import time
from dataclasses import replace
from typing import Any, cast

import pytest

from custom_sender.outcome import Outcome
from custom_sender.record.log import Monitoring, Telemetry
from custom_sender.record.metrics import NEITHER, REFUSED, Group, Metrics
from custom_sender.record.record import UNEXPECTED, AttemptRecord, Record
from support import emf
from support.cognito import CLIENT_ID, CODE, PHONE_NUMBER, POOL_ID
from support.pages import section

# Powertools warns of what it leaves out, such as a line without metrics; on Lambda that would be lines in the log.
pytestmark = pytest.mark.filterwarnings("error")

COUNTRIES = frozenset({"AT", "DE", "US"})
GROUPS = {"sms": Group("country", COUNTRIES)}
SENDERS = ("aws", "twilio")
TRIGGERS = (
    "SignUp",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "Authentication",
    "AdminCreateUser",
    "AccountTakeOverNotification",
)
ALL = (*Outcome, UNEXPECTED)

SENT = Record(
    outcome=Outcome.SENT,
    request_id="8f7c0d3e-4a43-4a36-8f0e-0a3c4d1e2f30",
    channel="sms",
    trigger="SignUp",
    user_pool_id=POOL_ID,
    client_id=CLIENT_ID,
    milliseconds=412,
    destination="+49*********78",
    group="DE",
    sender="twilio",
    attempts=(
        AttemptRecord("aws", "sns", Outcome.PROVIDER_DOWN, 100, "503"),
        AttemptRecord("twilio", "twilio", Outcome.SENT, 99),
    ),
    age_seconds=1.25,
    ledger="claimed",
    over_limit=("country",),
    segments=2,
    open_circuits=("sns",),
    decrypt_milliseconds=21,
    ledger_milliseconds=9,
    send_milliseconds=199,
)


def _ended(outcome: str, **fields: Any) -> Record:
    """A message that ended before anything was measured."""
    return Record(outcome, channel="sms", trigger="SignUp", milliseconds=7, group="DE", **fields)


def _tried(*outcomes: Outcome, **fields: Any) -> Record:
    """A message of two parts, tried with one sender after the other."""
    attempts = tuple(
        AttemptRecord(sender, "sns", outcome, 50) for sender, outcome in zip(SENDERS, outcomes, strict=False)
    )
    return replace(_ended(outcomes[-1]), attempts=attempts, segments=2, **fields)


def _write(*records: Record) -> str:
    """What came out for these records."""
    metrics = Metrics(service="acme", namespace="Tests", groups=GROUPS)
    with contextlib.redirect_stdout(io.StringIO()) as output:
        for record in records:
            metrics.write(record)
    return output.getvalue()


@functools.cache
def _everything() -> str:
    """Each outcome with each trigger, country and sender, known and unknown ones, with and without all else."""
    rich = replace(SENT, unsure=SENDERS, open_circuits=SENDERS, ledger="unavailable")
    attempts = tuple(
        AttemptRecord(sender, "sns", outcome, 1)
        for sender in SENDERS
        for outcome in (Outcome.SENT, Outcome.AMBIGUOUS, Outcome.PROVIDER_DOWN)
    )
    varied = itertools.product(ALL, (*TRIGGERS, "Unknown", None), (*COUNTRIES, "FR", None), (attempts, ()))
    return _write(
        *(
            replace(rich, outcome=outcome, trigger=trigger, group=country, attempts=tried)
            for outcome, trigger, country, tried in varied
        )
    )


@functools.cache
def _metrics_of_everything() -> frozenset[emf.Metric]:
    return frozenset(metric for metric, _ in emf.read(_everything()))


def test_the_lines_of_a_message_that_the_second_sender_sent() -> None:
    before = time.time() * 1000
    lines = emf.blobs(_write(SENT))
    assert all(before - 1 <= line["_aws"].pop("Timestamp") <= time.time() * 1000 for line in lines)
    count, milliseconds = ("Count", "Milliseconds")

    def line(dimensions: dict[str, str], *metrics: tuple[str, str, list[float]]) -> dict[str, Any]:
        directive = {
            "Namespace": "Tests",
            "Dimensions": [["service", *dimensions]],
            "Metrics": [{"Name": name, "Unit": unit} for name, unit, _ in metrics],
        }
        values = {name: value for name, _, value in metrics}
        return {"_aws": {"CloudWatchMetrics": [directive]}, "service": "acme"} | dimensions | values

    assert lines == [
        line(
            {},
            ("SENT", count, [1]),
            ("Refused", count, [0]),
            ("Failed", count, [0]),
            ("Milliseconds", milliseconds, [412]),
            ("DecryptMilliseconds", milliseconds, [21]),
            ("LedgerMilliseconds", milliseconds, [9]),
            ("SendMilliseconds", milliseconds, [199]),
            ("Attempts", count, [2]),
            ("Failovers", count, [1]),
            ("OpenCircuits", count, [1]),
            ("AgeSeconds", "Seconds", [1.25]),
            ("OverLimit", count, [1]),
            ("Segments", count, [2]),
        ),
        line(
            {"sender": "aws"},
            ("Sent", count, [0]),
            ("NotSent", count, [1]),
            ("SendMilliseconds", milliseconds, [100]),
            ("CircuitOpen", count, [0]),
        ),
        line(
            {"sender": "twilio"},
            ("Sent", count, [1]),
            ("NotSent", count, [0]),
            ("SendMilliseconds", milliseconds, [99]),
            ("CircuitOpen", count, [0]),
            ("Segments", count, [2]),
        ),
        line({"sender": "sns"}, ("CircuitOpen", count, [1])),
        line({"channel": "sms"}, ("Sent", count, [1])),
        line({"country": "DE"}, ("Sent", count, [1]), ("Segments", count, [2])),
        line({"trigger": "SignUp"}, ("Sent", count, [1])),
    ]


def test_of_a_message_that_ended_early_only_what_there_is() -> None:
    assert emf.totals(_write(_ended(Outcome.BLOCKED_COUNTRY))) == {
        ("BLOCKED_COUNTRY",): 1,
        ("Refused",): 1,
        ("Milliseconds",): 7,
        ("Refused", "DE"): 1,
        ("Refused", "sms"): 1,
    }


class TestWhatAMessageCountsAs:
    """``Sent``, ``Refused`` or ``Failed``, and each the same by country, by trigger and in all."""

    @pytest.mark.parametrize("outcome", ALL)
    def test_one_of_three_or_none(self, outcome: str) -> None:
        totals = emf.totals(_write(_ended(outcome)))
        refused, failed, sent = outcome in REFUSED, totals.get(("Failed",), 0), outcome == Outcome.SENT
        assert totals[outcome,] == 1
        assert totals["Refused",] == totals.get(("Refused", "DE"), 0) == refused
        assert failed == totals.get(("Failed", "DE"), 0) == totals.get(("Failed", "SignUp"), 0)
        assert sent == totals.get(("Sent", "DE"), 0) == totals.get(("Sent", "SignUp"), 0)
        assert refused + failed + sent == (outcome not in NEITHER)

    def test_what_failed_is_ours_or_a_provider_s(self) -> None:
        failed = {outcome for outcome in ALL if emf.totals(_write(_ended(outcome))).get(("Failed",))}
        assert failed == {
            *("PROVIDER_CONFIG", "PROVIDER_QUOTA", "PROVIDER_THROTTLED", "PROVIDER_DOWN", "AMBIGUOUS", "EXPIRED"),
            *("UNDECRYPTABLE", "DECRYPT_UNAVAILABLE", "LEDGER_UNAVAILABLE", "BAD_EVENT", "BAD_CONFIGURATION"),
            "CHANNEL_OFF",
            "NO_ADDRESS",
            "UNEXPECTED_ERROR",
        }

    def test_the_average_of_failed_is_the_share_of_what_should_have_been_sent(self) -> None:
        output = _write(
            *(_ended(outcome) for outcome in ("SENT", "SENT", "SENT", "PROVIDER_DOWN")), *map(_ended, NEITHER)
        )
        values = [
            number
            for metric, numbers in emf.read(output)
            if metric.name == "Failed" and metric.by == ("service",)
            for number in numbers
        ]
        assert values == [0, 0, 0, 1]


def test_what_is_of_no_known_channel_is_counted_with_other_countries() -> None:
    totals = emf.totals(_write(replace(_ended(Outcome.BAD_EVENT), channel=None, group=None)))
    assert totals["Failed", "other"] == 1


def test_a_testers_message_does_not_fail() -> None:
    """A load test against a channel that throttles must wake nobody."""
    totals = emf.totals(_write(replace(_tried(Outcome.PROVIDER_THROTTLED), test_recipient=True)))
    assert totals["PROVIDER_THROTTLED",] == 1
    assert not [key for key in totals if key[0] == "Failed"]


class TestSegments:
    """What is paid for: parts of texts that were sent, or may have been."""

    @pytest.mark.parametrize(
        ("record", "total", "by_sender"),
        [
            (_tried(Outcome.SENT), 2, {"aws": 2}),
            (_tried(Outcome.PROVIDER_DOWN, Outcome.SENT), 2, {"twilio": 2}),
            (_tried(Outcome.AMBIGUOUS, Outcome.SENT), 4, {"aws": 2, "twilio": 2}),
            (_tried(Outcome.SENT, unsure=("sns",)), 4, {"aws": 2, "sns": 2}),
            (_tried(Outcome.PROVIDER_DOWN), 0, {}),
            (_tried(Outcome.SENT, test_recipient=True), 0, {}),
        ],
        ids=["sent", "failover", "ambiguous", "killed", "none", "tester"],
    )
    def test_are_those_of_every_sending(self, record: Record, total: int, by_sender: dict[str, int]) -> None:
        totals = emf.totals(_write(record))
        assert totals.get(("Segments",), 0) == totals.get(("Segments", "DE"), 0) == total
        assert {
            sender: totals["Segments", sender] for sender in (*SENDERS, "sns") if ("Segments", sender) in totals
        } == by_sender


class TestAttempts:
    def test_two_attempts_of_one_sender_are_no_failover(self) -> None:
        attempts = (
            AttemptRecord("aws", "sns", Outcome.PROVIDER_THROTTLED, 30),
            AttemptRecord("aws", "sns", Outcome.SENT, 40),
        )
        output = _write(replace(SENT, attempts=attempts))
        totals = emf.totals(output)
        assert (totals["Attempts",], totals["Failovers",]) == (2, 0)
        assert (totals["Sent", "aws"], totals["NotSent", "aws"]) == (1, 1)
        by_sender = {metric.name: values for metric, values in emf.read(output) if metric.by == ("service", "sender")}
        assert by_sender["SendMilliseconds"] == [30, 40]

    def test_that_are_perhaps_sent_are_counted_with_those_of_a_killed_invocation(self) -> None:
        totals = emf.totals(_write(_tried(Outcome.AMBIGUOUS, Outcome.PROVIDER_DOWN, unsure=("sns",))))
        assert totals["AmbiguousAttempts",] == 2


@pytest.mark.parametrize(("ledger", "count"), [("unavailable", 1), ("claimed", None), ("off", None), (None, None)])
def test_a_ledger_that_cannot_be_used_is_counted(ledger: str | None, count: int | None) -> None:
    assert emf.totals(_write(_ended(Outcome.SENT, ledger=ledger))).get(("LedgerUnavailable",)) == count


class TestDimensions:
    """A closed list of sets, of names and of values: the bill cannot grow with what comes from the internet."""

    SETS = frozenset({("service",), *(("service", name) for name in ("sender", "channel", "country", "trigger"))})

    def test_dimensions_are_never_multiplied(self) -> None:
        output = _everything()
        seen = set()
        for blob in emf.blobs(output):
            (directive,) = blob["_aws"]["CloudWatchMetrics"]
            (names,) = directive["Dimensions"]
            seen.add(tuple(names))
            measured = {definition["Name"] for definition in directive["Metrics"]}
            assert blob.keys() == {"_aws", *names, *measured}, "a member that is neither would be data of the message"
        assert seen == self.SETS

    def test_have_values_of_the_configuration_or_of_a_list(self) -> None:
        values: dict[str, set[str]] = {}
        for metric in _metrics_of_everything():
            for name, value in metric.dimensions:
                values.setdefault(name, set()).add(value)
        assert values == {
            "service": {"acme"},
            "sender": set(SENDERS),
            "country": {*COUNTRIES, "other"},
            "channel": {"sms"},
            "trigger": {*TRIGGERS, "other"},
        }

    def test_make_as_many_metrics_as_the_documentation_says(self) -> None:
        constant, by_sender, by_country = map(
            int, re.findall(r"at most (\d+) \+ (\d+) . senders \+ (\d+) . allowed countries", section("Metrics"))[0]
        )
        assert len(_metrics_of_everything()) == constant + by_sender * len(SENDERS) + by_country * len(COUNTRIES)

    def test_of_a_test_number_its_country_is_none(self) -> None:
        totals = emf.totals(_write(replace(SENT, test_recipient=True)))
        assert totals["Sent", "other"] == 1
        assert ("Sent", "DE") not in totals


def test_the_documentation_has_every_metric_with_its_unit_and_dimensions_and_no_other() -> None:
    written = {(emf.documented_name(metric.name), metric.unit, metric.by) for metric in _metrics_of_everything()}
    assert emf.documented() == written


class TestNothingIsLost:
    def test_what_could_not_be_written_does_not_come_out_with_the_next_message(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        telemetry = Telemetry(
            groups=GROUPS, service="acme-metrics", monitoring=Monitoring("Tests"), stream=io.StringIO()
        )
        telemetry.record(replace(SENT, outcome=Outcome.OPTED_OUT, milliseconds=cast("Any", "not a number")))
        assert "OPTED_OUT" not in capsys.readouterr().out
        telemetry.record(SENT)
        output = capsys.readouterr().out
        assert "OPTED_OUT" not in output
        assert emf.totals(output)["SENT",] == 1


def test_no_code_and_no_number() -> None:
    """Whatever stands where it should not: a metric has no field that takes it."""
    private = f"{CODE}{PHONE_NUMBER}"
    record = replace(
        SENT, trigger=private, group=private, destination=private, request_id=private, detail=private, route=private
    )
    output = _write(record)
    assert output
    assert CODE not in output
    assert PHONE_NUMBER[1:] not in output
