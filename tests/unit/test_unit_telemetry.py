"""What is written about a message: one JSON line and one set of metrics, from a list of allowed fields."""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any, cast

import pytest

from custom_sender.outcome import Outcome
from custom_sender.record.log import Monitoring, Telemetry
from custom_sender.record.metrics import Group
from custom_sender.record.record import UNEXPECTED, AttemptRecord, Record, Step
from support.cognito import CLIENT_ID, POOL_ID
from support.environment import environment
from support.pages import section

LOGS = section("Logs")
COUNTRIES = frozenset({"DE", "US"})
# As the log names them: the group of an SMS is a country.
FIELDS = {*Record.__match_args__} - {"group"} | {"country"}
REQUEST_ID = "8f7c0d3e-4a43-4a36-8f0e-0a3c4d1e2f30"
# The documentation's example: one sender fails, the next one sends.
RECORD = Record(
    outcome=Outcome.SENT,
    request_id=REQUEST_ID,
    channel="sms",
    trigger="SignUp",
    user_pool_id=POOL_ID,
    client_id=CLIENT_ID,
    milliseconds=644,
    destination="+49*********78",
    group="DE",
    recipient_id="c0ffee0123456789",
    age_seconds=0.412,
    age_source="trace",
    lifetime_seconds=86400,
    ledger="claimed",
    claims=1,
    route="default",
    sender="twilio",
    attempts=(
        AttemptRecord("aws", "end_user_messaging", Outcome.PROVIDER_THROTTLED, 121, "ThrottlingException"),
        AttemptRecord("twilio", "twilio", Outcome.SENT, 388, message_id="SM0123456789abcdef0123456789abcdef"),
    ),
    segments=1,
    encoding="GSM-7",
    decrypt_milliseconds=34,
    ledger_milliseconds=27,
    send_milliseconds=510,
)


def _telemetry(stream: io.StringIO, **wanted: Any) -> Telemetry:
    monitoring = Monitoring("Tests", **wanted)
    return Telemetry(groups={"sms": Group("country", COUNTRIES)}, service="acme", monitoring=monitoring, stream=stream)


def _line(record: Record) -> dict[str, Any]:
    stream = io.StringIO()
    _telemetry(stream).record(record)
    (line,) = stream.getvalue().splitlines()
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_one_line_says_how_a_message_ended_as_the_documentation_shows_it() -> None:
    line = _line(RECORD)
    shown = json.loads(LOGS.split("```json\n")[1].split("```")[0])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("timestamp"))
    assert shown.pop("timestamp").endswith("+00:00")
    assert line.pop("service") == "acme"
    assert shown.pop("service") == "acme-login"
    assert line == shown


def test_every_field_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", LOGS))
    assert sorted((FIELDS | {*AttemptRecord.__match_args__}) - explained) == []


def test_the_documented_queries_ask_for_fields_that_there_are() -> None:
    queries = re.sub(r"#.*|\"[^\"]*\"", "", LOGS.split("For CloudWatch Logs Insights:")[-1].split("```")[1])
    words = {
        "filter",
        "stats",
        "sort",
        "fields",
        "limit",
        "count",
        "count_distinct",
        "ispresent",
        "timestamp",
        "message",
    }
    words |= {"as", "by", "and", "in", "desc"}
    aliases = re.findall(r" as (\w+)", queries)
    for name in re.findall(r"[a-z_]\w*(?:\.0\.\w+)?", queries):
        known = AttemptRecord.__match_args__ if name.startswith("attempts.0.") else (*FIELDS, *words, *aliases)
        assert name.removeprefix("attempts.0.") in known, name


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Outcome.SENT, "INFO"),
        (Outcome.DUPLICATE, "INFO"),
        (Outcome.IN_PROGRESS, "INFO"),
        (Outcome.BLOCKED_COUNTRY, "WARNING"),
        (Outcome.REJECTED_NUMBER, "WARNING"),
        (Outcome.PROVIDER_DOWN, "WARNING"),
        (Outcome.PROVIDER_CONFIG, "ERROR"),
        (Outcome.UNDECRYPTABLE, "ERROR"),
        (Outcome.DECRYPT_UNAVAILABLE, "ERROR"),
        (Outcome.LEDGER_UNAVAILABLE, "ERROR"),
        (Outcome.CHANNEL_OFF, "ERROR"),
        (Outcome.BAD_EVENT, "ERROR"),
        (Outcome.BAD_CONFIGURATION, "ERROR"),
        (UNEXPECTED, "ERROR"),
    ],
)
def test_an_error_is_what_the_team_has_to_mend(outcome: str, level: str) -> None:
    assert _line(Record(outcome))["level"] == level


def test_at_level_warning_only_what_was_not_sent_has_a_line() -> None:
    stream = io.StringIO()
    telemetry = _telemetry(stream, log_level="WARNING")
    for outcome in (Outcome.SENT, Outcome.BLOCKED_COUNTRY, Outcome.DUPLICATE, Outcome.BAD_EVENT):
        telemetry.begin()
        telemetry.record(replace(RECORD, outcome=outcome))
    assert [json.loads(line)["outcome"] for line in stream.getvalue().splitlines()] == ["BLOCKED_COUNTRY", "BAD_EVENT"]


def test_a_huge_field_is_cut() -> None:
    line = _line(Record(Outcome.BAD_EVENT, detail="x" * 100_000))
    assert len(line["detail"]) == 512


def test_a_field_that_is_not_what_it_should_be_costs_no_line() -> None:
    line = _line(Record(Outcome.BAD_EVENT, claims=cast("Any", {7}), detail="é"))
    assert line["claims"] == "{7}"
    assert line["detail"] == "é"


def test_a_line_break_stays_inside_its_field() -> None:
    line = _line(Record(Outcome.BAD_EVENT, "a\nb"))
    assert line["request_id"] == "a\nb"


class TestAFailureOfTheRecordStopsNothing:
    """The message may have been sent: an error here would make Lambda send it again."""

    def test_a_metric_that_cannot_be_written(self) -> None:
        _telemetry(io.StringIO()).record(replace(RECORD, milliseconds=cast("Any", "not a number")))

    def test_a_log_that_cannot_be_written(self) -> None:
        stream = io.StringIO()
        telemetry = _telemetry(stream)
        stream.close()
        telemetry.record(RECORD)

    def test_a_step_that_cannot_be_written(self) -> None:
        stream = io.StringIO()
        telemetry = _telemetry(stream, debug_sample_rate=1)
        telemetry.begin()
        stream.close()
        telemetry.step(Step.DECRYPT, 7, REQUEST_ID)


class TestSteps:
    """How far a message came: a name and a duration. For a share of the messages, because most lines nobody reads."""

    @staticmethod
    def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    def test_have_no_line_by_default(self) -> None:
        stream = io.StringIO()
        telemetry = _telemetry(stream)
        telemetry.begin()
        telemetry.step(Step.DECRYPT, 34, REQUEST_ID)
        assert stream.getvalue() == ""

    @pytest.mark.parametrize("wanted", [{"debug_sample_rate": 1}, {"log_level": "DEBUG"}], ids=str)
    def test_have_a_line_that_says_nothing_else(self, wanted: dict[str, Any]) -> None:
        stream = io.StringIO()
        telemetry = _telemetry(stream, **wanted)
        telemetry.begin()
        telemetry.step(Step.DECRYPT, 34, REQUEST_ID)
        (line,) = self._lines(stream)
        assert line.keys() == {*("level", "message", "timestamp", "service", "step", "milliseconds", "request_id")}
        assert (line["level"], line["message"], line["step"], line["milliseconds"], line["request_id"]) == (
            *("DEBUG", "step ended", "decrypt", 34),
            REQUEST_ID,
        )

    def test_are_sampled_by_the_message_and_not_by_the_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stream = io.StringIO()
        telemetry = _telemetry(stream, debug_sample_rate=0.25)
        draws = iter((0.2, 0.9, 0.1, 0.26, 0.7))
        monkeypatch.setattr(random, "random", lambda: next(draws))
        for number in range(5):
            telemetry.begin()
            telemetry.step(Step.SCREEN, 1, str(number))
            telemetry.step(Step.DECRYPT, 34, str(number))
            telemetry.record(replace(RECORD, request_id=str(number)))
        lines = self._lines(stream)
        assert [line["request_id"] for line in lines if "step" in line] == ["0", "0", "2", "2"]
        assert [line["request_id"] for line in lines if "outcome" in line] == ["0", "1", "2", "3", "4"]


# Lambda's start of a function, as ``awslambdaric`` has it, then everything that a library can write with; and once more
# with the handler put on the root logger later.
EVERY_WAY = """
import gc, json, logging, sys, threading, warnings
from awslambdaric import bootstrap

def lambda_s_handler():
    level = bootstrap._get_log_level_from_env_var("TRACE")
    bootstrap._setup_logging(bootstrap._AWS_LAMBDA_LOG_FORMAT, level, bootstrap.StandardLogSink())

class Leaves:
    def __del__(self):
        raise ValueError("planted")

def fails():
    raise ValueError("planted")

def libraries_write():
    names = [*logging.root.manager.loggerDict, "a.library.of.next.year"]
    for logger in (logging.getLogger(), *map(logging.getLogger, names)):
        logger.debug("planted")
        logger.critical("planted", stack_info=True)
        logger.log(10_000, "planted")
    for category in (UserWarning, DeprecationWarning, ResourceWarning):
        warnings.warn("planted", category)
        warnings.warn_explicit("planted", category, "planted.py", 7)
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    Leaves()
    gc.collect()
    return names

lambda_s_handler()
handler = bootstrap._get_handler("custom_sender.handler.handler")
assert {"botocore.endpoint", "urllib3.connection", "aws_encryption_sdk.streaming_client"} <= {*libraries_write()}
lambda_s_handler()
logging.basicConfig(force=True, level=1)
logging.captureWarnings(True)
libraries_write()
handler({})
"""


@pytest.mark.parametrize("log_format", ["JSON", "Text"])
def test_nobody_else_has_a_way_into_the_log(log_format: str) -> None:
    """Whatever a library wants to say, wherever, and whichever handler stands on the root logger since when."""
    loud = {"AWS_LAMBDA_LOG_FORMAT": log_format, "PYTHONDEVMODE": "1"}
    variables = environment() | {"AWS_REGION": "eu-central-1"} | loud
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", EVERY_WAY],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    line, *metrics = map(json.loads, done.stdout.splitlines())
    assert line["outcome"] == "BAD_EVENT"
    assert all("_aws" in metric for metric in metrics)


def test_the_allow_list_is_this_and_nothing_more() -> None:
    """A new field is a decision: it must not be able to hold a code, a text, a full number or a user's attribute."""
    assert set(Record.__match_args__) == {
        *("outcome", "request_id", "channel", "trigger", "user_pool_id", "client_id", "milliseconds", "destination"),
        *("group", "route", "reordered", "skipped", "sender", "attempts", "reason", "detail"),
        *("kms_code", "kms_key_arn", "error_type", "error_at", "recipient_id", "test_recipient"),
        *("age_seconds", "age_source", "lifetime_seconds", "segments", "encoding"),
        *("ledger", "ledger_reason", "claims", "over_limit", "unsure", "open_circuits"),
        *("decrypt_milliseconds", "ledger_milliseconds", "send_milliseconds"),
    }
    assert set(AttemptRecord.__match_args__) == {
        *("sender", "kind", "outcome", "milliseconds", "provider_code", "message_id", "refreshed", "problem"),
        "waited_milliseconds",
    }
