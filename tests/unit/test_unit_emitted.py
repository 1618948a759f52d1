"""The real handler, run until every outcome has been seen: what it emits and logs is what is documented.

Alarms and the dashboard are held against the same table of metrics by tests/plan/test_plan_metrics.py.
"""

from __future__ import annotations

import contextlib
import io
import re
import time
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest

from custom_sender.channels.sms import Limits
from custom_sender.cognito.decryption import kms_client
from custom_sender.errors import RetryableError
from custom_sender.guards.limits import Limit, Mode
from custom_sender.guards.protection import OnLedgerFailure, Protection, Testers
from custom_sender.outcome import Outcome
from custom_sender.record.record import UNEXPECTED, AttemptRecord, Record, Step
from support import emf
from support.cognito import CODE, OTHER_POOL_ID, PHONE_NUMBER, REGION, make_event
from support.dynamodb import DynamoDb, refuses
from support.function import Context, Function
from support.kms import Kms
from support.pages import section
from support.senders import CodesOnlySender, RecordingTransport, ScriptedSender

LOGS = section("Logs")
AUSTRIAN, FRENCH, TESTER = "+436641234567", "+33612345678", "+15550100123"


class _Killed(BaseException):
    """Lambda ends the process: nothing of ours catches it."""


def _kill() -> None:
    raise _Killed


def _trace(seconds_ago: float) -> str:
    return f"Root=1-{int(time.time() - seconds_ago):08x}-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def _invoke(function: Function, raw: Any) -> None:
    try:
        function(raw)
    except (RetryableError, _Killed):
        return


def _unavailable(function: Function) -> None:
    assert function.dynamodb is not None
    function.dynamodb.faults.extend([refuses("AccessDeniedException")] * 3)


@dataclass(frozen=True)
class Written:
    """``output`` is what came out on standard output, ``lines`` the log."""

    output: str
    lines: list[dict[str, Any]]


@pytest.fixture(scope="module")
def written(_account: tuple[str, str, str], module: ModuleType, dynamodb: DynamoDb) -> Written:
    """What a function writes that has had messages of every kind."""
    function = Function(Kms(kms_client(REGION), *_account), module)
    with contextlib.redirect_stdout(io.StringIO()) as output:
        _senders_answer_everything(function)
        _messages_end_before_a_sender_is_asked(function)
        function.dynamodb = dynamodb
        _the_ledger_knows_a_message_or_does_not_answer(function, dynamodb)
        _limits_are_passed(function)
        _nobody_foresaw_it_and_kms_is_silent(function)
    return Written(output.getvalue(), function.lines)


def _senders_answer_everything(function: Function) -> None:
    """Each outcome by failover in Germany, and of a single sender in Austria; then one sender fails in one process."""
    function.trace = _trace(2)
    function.others = {"other": ScriptedSender(), "codes": CodesOnlySender()}
    function.routes = {"default": ("codes", "scripted", "other"), "AT": ("scripted",)}
    for outcome in Outcome:
        function.sender = ScriptedSender(outcome)
        _invoke(function, make_event("AdminCreateUser", code=function.kms.code("Zr9&lt;p!q&amp;x")))
        event = make_event("Authentication", code=function.kms.code(), attributes={"phone_number": AUSTRIAN})
        _invoke(function, event)
    function.sender, function.others["codes"] = ScriptedSender(), CodesOnlySender(Outcome.PROVIDER_DOWN)
    handler = function.handler()
    for _ in range(4):
        handler(make_event("ResendCode", code=function.kms.code()), Context())


def _messages_end_before_a_sender_is_asked(function: Function) -> None:
    code = function.kms.code()
    _invoke(function, make_event(code=code, attributes={"phone_number": FRENCH}))
    _invoke(function, make_event(code=code, attributes={"phone_number": "no number"}))
    _invoke(function, make_event(code=function.kms.code(user_pool_id=OTHER_POOL_ID)))
    _invoke(function, make_event())
    function.trace = _trace(3600)
    _invoke(function, make_event("Authentication", code=code))
    function.trace = None


def _the_ledger_knows_a_message_or_does_not_answer(function: Function, dynamodb: DynamoDb) -> None:
    again = make_event(code=function.kms.code())
    _invoke(function, again)
    _invoke(function, again)
    killed = make_event(code=function.kms.code())
    function.transport = RecordingTransport(_kill)
    _invoke(function, killed)
    function.transport = RecordingTransport()
    _invoke(function, killed)
    function.clock = lambda: time.time() + 120  # the lease of the killed one is over
    _invoke(function, killed)
    function.clock = time.time
    for mode in OnLedgerFailure:
        function.protection = Protection(on_ledger_failure=mode)
        dynamodb.faults.extend([refuses("AccessDeniedException")] * 3)
        _invoke(function, make_event(code=function.kms.code()))
        dynamodb.faults.clear()


def _limits_are_passed(function: Function) -> None:
    for mode in Mode:
        function.sms = {"limits": Limits(number=Limit(1, 3600, mode))}
        function.protection = Protection(testers=Testers("other", frozenset({TESTER})))
        for _ in range(2):
            _invoke(function, make_event(code=function.kms.code()))
    _invoke(function, make_event(code=function.kms.code(), attributes={"phone_number": TESTER}))
    function.protection, function.sms = Protection(), {}


def _nobody_foresaw_it_and_kms_is_silent(function: Function) -> None:
    function.sender = ScriptedSender(build_error=KeyError(CODE))
    _invoke(function, make_event(code=function.kms.code(), attributes={"phone_number": AUSTRIAN}))
    event = make_event(code=function.kms.code())
    function.kms.answers("ThrottlingException")
    _invoke(function, event)


def test_every_metric_of_the_readme_is_emitted_and_no_other(written: Written) -> None:
    emitted = {metric for metric, _ in emf.read(written.output)}
    assert {(emf.documented_name(metric.name), metric.unit, metric.by) for metric in emitted} == emf.documented()
    assert {metric.name for metric in emitted} >= {*Outcome, UNEXPECTED}, "every outcome was seen"
    assert {metric.namespace for metric in emitted} == {"Tests"}


def test_every_field_of_the_readme_is_logged_and_no_other(written: Written) -> None:
    logged = {name for line in written.lines for name in line}
    of_attempts = {name for line in written.lines for attempt in line.get("attempts", []) for name in attempt}
    assert logged == {"level", "message", "timestamp", "service", "country", *Record.__match_args__} - {"group"}
    # Nothing here has credentials to be refreshed, and no sender asks for a pause: tests/unit/test_unit_delivery.py.
    assert of_attempts == {*AttemptRecord.__match_args__} - {"refreshed", "waited_milliseconds", "problem"}


def test_nothing_of_it_has_a_code_or_a_number(written: Written) -> None:
    everything = f"{written.output}{written.lines}"
    for private in (CODE, PHONE_NUMBER[1:], AUSTRIAN[1:], FRENCH[1:], TESTER[1:], "jane", "Zr9"):
        assert private not in everything


def test_the_readme_s_line_has_the_fields_of_a_real_one(function: Function, dynamodb: DynamoDb) -> None:
    dynamodb.clear()
    function.dynamodb, function.trace = dynamodb, _trace(2)
    function.sender, function.others = ScriptedSender(Outcome.PROVIDER_THROTTLED), {"other": ScriptedSender()}
    function.routes = {"default": ("scripted", "other")}
    function(make_event(code=function.kms.code()))
    shown = LOGS.split("```json\n")[1].split("```")[0]
    names = set(re.findall(r'"(\w+)":', "\n".join(line for line in shown.splitlines() if not line.startswith("    "))))
    assert function.line.keys() == names


def test_at_level_debug_each_step_has_a_line_with_its_duration_and_no_more(
    function: Function, dynamodb: DynamoDb
) -> None:
    function.monitoring = replace(function.monitoring, log_level="DEBUG")
    dynamodb.clear()
    function.dynamodb = dynamodb
    function(make_event(code=function.kms.code()))
    *steps, last = function.lines
    assert [line["step"] for line in steps] == [*Step]
    for line in steps:
        assert line.keys() == {*("level", "message", "timestamp", "service"), *("step", "milliseconds", "request_id")}
    assert last["message"] == "message ended"
