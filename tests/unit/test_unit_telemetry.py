"""What is written about a message: one JSON line and one set of metrics, from a list of allowed fields."""

from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from cognito_sms_sender.outcome import Outcome
from cognito_sms_sender.telemetry import UNEXPECTED, AttemptRecord, Record, Telemetry, quiet_loggers
from support.cognito import CLIENT_ID, POOL_ID

RECORD = Record(
    outcome=Outcome.SENT,
    request_id="8f7c0d3e-4a43-4a36-8f0e-0a3c4d1e2f30",
    trigger="SignUp",
    user_pool_id=POOL_ID,
    client_id=CLIENT_ID,
    milliseconds=412,
    destination="+49*********78",
    country="DE",
    sender="aws",
    attempts=(
        AttemptRecord("twilio", "twilio", Outcome.PROVIDER_DOWN, 100, "503"),
        AttemptRecord("aws", "sns", Outcome.SENT, 99),
    ),
)


def _written(record: Record, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    stream = io.StringIO()
    Telemetry(service=f"acme-{uuid.uuid4().hex}", namespace="Tests", stream=stream).record(record)
    (line,) = stream.getvalue().splitlines()
    (metrics,) = capsys.readouterr().out.splitlines()
    return json.loads(line), json.loads(metrics)


def test_one_line_says_how_a_message_ended(capsys: pytest.CaptureFixture[str]) -> None:
    line, _ = _written(RECORD, capsys)
    assert line.pop("timestamp").endswith("+00:00")
    assert line.pop("service").startswith("acme-")
    assert line == {
        "level": "INFO",
        "message": "message ended",
        "outcome": "SENT",
        "request_id": "8f7c0d3e-4a43-4a36-8f0e-0a3c4d1e2f30",
        "trigger": "SignUp",
        "user_pool_id": POOL_ID,
        "client_id": CLIENT_ID,
        "milliseconds": 412,
        "destination": "+49*********78",
        "country": "DE",
        "sender": "aws",
        "attempts": [
            {
                "sender": "twilio",
                "kind": "twilio",
                "outcome": "PROVIDER_DOWN",
                "milliseconds": 100,
                "provider_code": "503",
            },
            {"sender": "aws", "kind": "sns", "outcome": "SENT", "milliseconds": 99},
        ],
    }


@pytest.mark.parametrize("outcome", [*Outcome, UNEXPECTED])
def test_the_metric_is_named_after_the_outcome_and_has_one_dimension(
    outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line, metrics = _written(Record(outcome, None, None, None, None, 7), capsys)
    (definition,) = metrics["_aws"]["CloudWatchMetrics"]
    assert definition["Namespace"] == "Tests"
    assert definition["Dimensions"] == [["service"]]
    assert [metric["Name"] for metric in definition["Metrics"]] == [outcome, "Milliseconds"]
    assert metrics[outcome] == [1.0]
    assert metrics["Milliseconds"] == [7.0]
    assert set(metrics) == {"_aws", "service", outcome, "Milliseconds"}
    assert line["outcome"] == outcome


def test_attempts_are_counted_where_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    _, metrics = _written(RECORD, capsys)
    assert metrics["Attempts"] == [2.0]


def test_the_parts_of_a_text_are_counted_where_it_was_ours(capsys: pytest.CaptureFixture[str]) -> None:
    line, metrics = _written(replace(RECORD, segments=2, encoding="UCS-2"), capsys)
    assert (line["segments"], line["encoding"]) == (2, "UCS-2")
    assert metrics["Segments"] == [2.0]
    line, metrics = _written(RECORD, capsys)
    assert not {"segments", "encoding"} & line.keys()
    assert "Segments" not in metrics


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Outcome.SENT, "INFO"),
        (Outcome.DUPLICATE, "INFO"),
        (Outcome.BLOCKED_COUNTRY, "WARNING"),
        (Outcome.REJECTED_NUMBER, "WARNING"),
        (Outcome.PROVIDER_DOWN, "WARNING"),
        (Outcome.PROVIDER_CONFIG, "ERROR"),
        (Outcome.UNDECRYPTABLE, "ERROR"),
        (Outcome.DECRYPT_UNAVAILABLE, "ERROR"),
        (Outcome.BAD_EVENT, "ERROR"),
        (UNEXPECTED, "ERROR"),
    ],
)
def test_an_error_is_what_the_team_has_to_mend(outcome: str, level: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _written(Record(outcome, None, None, None, None, 7), capsys)[0]["level"] == level


def test_a_huge_field_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    line, _ = _written(Record(Outcome.BAD_EVENT, None, None, None, None, 7, detail="x" * 100_000), capsys)
    assert len(line["detail"]) == 512


def test_a_line_break_stays_inside_its_field(capsys: pytest.CaptureFixture[str]) -> None:
    line, _ = _written(Record(Outcome.BAD_EVENT, "a\nb", None, None, None, 7), capsys)
    assert line["request_id"] == "a\nb"


def test_a_log_that_cannot_be_written_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The message may have been sent: an error here would make Lambda send it again."""
    stream = io.StringIO()
    telemetry = Telemetry(service=f"acme-{uuid.uuid4().hex}", namespace="Tests", stream=stream)
    telemetry.record(Record(Outcome.OPTED_OUT, None, None, None, None, cast("Any", "not a number")))
    capsys.readouterr()
    telemetry.record(RECORD)
    assert "OPTED_OUT" not in capsys.readouterr().out, "what failed must not come out with the next message"


class TestDangerousLoggers:
    """botocore at DEBUG prints the plaintext data key; urllib3 prints URLs."""

    NAMES = ("botocore", "boto3", "urllib3", "aws_encryption_sdk", "aws_lambda_powertools")

    @pytest.fixture(autouse=True)
    def _levels(self) -> Iterator[None]:
        names = [*self.NAMES, "botocore.parsers", "urllib3.connectionpool"]
        before = {name: logging.getLogger(name).level for name in [*names, None]}
        yield
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)

    @pytest.mark.parametrize(
        "name", [*NAMES, "botocore.parsers", "urllib3.connectionpool", "aws_encryption_sdk.key_providers"]
    )
    def test_never_below_warning(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
        logging.getLogger().setLevel(logging.DEBUG)
        logging.getLogger(name).setLevel(logging.DEBUG)
        Telemetry(service=f"acme-{uuid.uuid4().hex}", stream=io.StringIO())
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)

    def test_a_stricter_level_stays(self) -> None:
        logging.getLogger("botocore").setLevel(logging.CRITICAL)
        quiet_loggers()
        assert logging.getLogger("botocore").level == logging.CRITICAL


def test_the_allow_list_is_this_and_nothing_more() -> None:
    """A new field is a decision: it must not be able to hold a code, a text, a full number or a user's attribute."""
    assert set(Record.__slots__) == {
        *("outcome", "request_id", "trigger", "user_pool_id", "client_id", "milliseconds", "destination", "country"),
        *(
            "route",
            "reordered",
            "skipped",
            "sender",
            "segments",
            "encoding",
            "attempts",
            "reason",
            "detail",
            "kms_code",
            "kms_key_arn",
            "error_type",
            "error_at",
        ),
    }
    assert set(AttemptRecord.__slots__) == {
        *("sender", "kind", "outcome", "milliseconds", "provider_code", "message_id", "refreshed", "problem"),
        "waited_milliseconds",
    }
