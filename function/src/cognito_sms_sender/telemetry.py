"""What may be written about a message, and nothing else: one JSON log line, and the metrics of ``metrics.py``.

``Record`` is the allow-list. A field that is not in it cannot be logged; none of its fields can hold a code, a text, a
full number or a user attribute. Of a share of the messages (POWERTOOLS_LOGGER_SAMPLE_RATE), or of all at level DEBUG,
each step has a line besides, as soon as it has ended: of a function that was killed nothing else is left.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools import Logger

from cognito_sms_sender.metrics import Metrics
from cognito_sms_sender.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

UNEXPECTED: Final = "UNEXPECTED_ERROR"

_DEFAULT_SERVICE: Final = "cognito-sms-sender"
_DEFAULT_NAMESPACE: Final = "CognitoSmsSender"
_TEXT_LIMIT: Final = 512
# Made once: json.dumps makes an encoder for each line.
_ENCODE: Final = json.JSONEncoder(default=str).encode

# botocore at DEBUG prints the plaintext data key and whole requests; urllib3 prints URLs with account ids; Powertools
# with POWERTOOLS_DEBUG prints what it is given. The SDK logs the encryption context at INFO, and errors that
# decryption.py reports in its own words, with tracebacks: of that nothing is wanted.
_QUIET: Final = {
    "botocore": logging.WARNING,
    "boto3": logging.WARNING,
    "s3transfer": logging.WARNING,
    "urllib3": logging.WARNING,
    "aws_lambda_powertools": logging.WARNING,
    "aws_encryption_sdk": logging.CRITICAL,
}

# What the team that runs this has to mend, as against what is a fact about one number.
_ERRORS: Final = frozenset(
    {
        Outcome.PROVIDER_CONFIG,
        Outcome.PROVIDER_QUOTA,
        Outcome.UNDECRYPTABLE,
        Outcome.DECRYPT_UNAVAILABLE,
        Outcome.LEDGER_UNAVAILABLE,
        Outcome.BAD_EVENT,
    }
)


class Step(StrEnum):
    """The steps of the handler, in their order; not every message comes to all of them."""

    SCREEN = "screen"
    DECRYPT = "decrypt"
    CLAIM = "claim"
    COMPOSE = "compose"
    DELIVER = "deliver"
    FINISH = "finish"


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One attempt of one sender.

    ``provider_code`` is from the provider's documented set, never free text. ``problem`` is a constant text about the
    sender's set-up, with the ARN of its credentials where it is about them. ``refreshed`` marks the second try after
    they were read again, ``waited_milliseconds`` the one after the provider's ``Retry-After``.
    """

    sender: str
    kind: str
    outcome: str
    milliseconds: int
    provider_code: str | None = None
    message_id: str | None = None
    refreshed: bool | None = None
    waited_milliseconds: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One message. ``destination`` is masked (``destination.mask``), ``detail`` one of this package's constant texts.

    ``outcome`` is an ``Outcome``, or ``UNEXPECTED`` with the class of the exception in ``error_type`` and the place in
    the source in ``error_at``. ``kms_code`` and ``kms_key_arn`` say what KMS answered, and for which key. ``route`` is
    the name of the route that was taken, ``reordered`` that a sender which had been failing was put behind the others,
    ``skipped`` the senders that cannot carry such a message.

    ``number_id`` is ``correlation.number_id``. ``test_number``: a number of the testers, for which nobody is paid.
    ``age_seconds`` is the message's age when it was judged, by the clock that ``age_source`` names ("trace": Lambda's
    trace header, "ledger": first seen); ``lifetime_seconds`` what its trigger allows. ``ledger`` is "claimed",
    "taken_over" (another invocation had left it), "refused" (the outcome says why), "unavailable" (at the claim or
    later, ``ledger_reason`` says why) or "off"; ``claims`` how many invocations have claimed the message, this one
    included. ``over_limit`` are the monitored limits that were passed; an enforced one is the ``reason`` of
    BLOCKED_VELOCITY. ``unsure`` are the senders that an earlier invocation may have sent through. ``segments`` and
    ``encoding`` are those of the text, for one sending. ``open_circuits`` are the senders of the route whose breaker
    was open or half-open before the first attempt. ``decrypt_milliseconds``, ``ledger_milliseconds`` (all calls
    together) and ``send_milliseconds`` (first attempt to last, pauses included) are None for a step that was not
    reached.
    """

    outcome: str
    request_id: str | None
    trigger: str | None
    user_pool_id: str | None
    client_id: str | None
    milliseconds: int
    destination: str | None = None
    country: str | None = None
    route: str | None = None
    reordered: bool | None = None
    skipped: tuple[str, ...] = ()
    sender: str | None = None
    attempts: tuple[AttemptRecord, ...] = ()
    reason: str | None = None
    detail: str | None = None
    kms_code: str | None = None
    kms_key_arn: str | None = None
    error_type: str | None = None
    error_at: str | None = None
    number_id: str | None = None
    test_number: bool | None = None
    age_seconds: float | None = None
    age_source: str | None = None
    lifetime_seconds: int | None = None
    ledger: str | None = None
    ledger_reason: str | None = None
    claims: int | None = None
    over_limit: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    segments: int | None = None
    encoding: str | None = None
    open_circuits: tuple[str, ...] = ()
    decrypt_milliseconds: int | None = None
    ledger_milliseconds: int | None = None
    send_milliseconds: int | None = None


def quiet_loggers() -> None:
    """Hold the dangerous loggers down, whatever POWERTOOLS_LOG_LEVEL, the root logger or an earlier import has set."""
    for name, level in _QUIET.items():
        for known in (name, *(child for child in logging.root.manager.loggerDict if child.startswith(name + "."))):
            logger = logging.getLogger(known)
            if known == name or logger.level != logging.NOTSET:
                logger.setLevel(max(logger.level, level))


class Telemetry:
    """Writes records. Never raises: after a message is sent, a failing log line must not make Lambda send it again."""

    def __init__(
        self,
        *,
        countries: frozenset[str],
        service: str | None = None,
        namespace: str | None = None,
        stream: TextIO | None = None,
    ) -> None:
        """``countries``: those that messages may go to, as ``Record.country`` names them; others are not told apart.

        The defaults come from POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE and stdout, as on Lambda.
        """
        service = service or os.environ.get("POWERTOOLS_SERVICE_NAME") or _DEFAULT_SERVICE
        namespace = namespace or os.environ.get("POWERTOOLS_METRICS_NAMESPACE") or _DEFAULT_NAMESPACE
        # Never inject_lambda_context: POWERTOOLS_LOGGER_LOG_EVENT would make it print the event.
        self._logger = Logger(
            service=service,
            stream=stream,
            use_rfc3339=True,
            utc=True,
            location=None,
            json_serializer=_ENCODE,
            json_deserializer=str,  # of "message ended", which is no JSON: else each line begins with an exception
        )
        self._metrics = Metrics(service=service, namespace=namespace, countries=countries)
        quiet_loggers()

    def begin(self) -> None:
        """An invocation begins: decide whether its steps are logged. Powertools decides only once, at the start."""
        try:
            if self._logger.sampling_rate:  # setting a level, even the same one, empties the caches of all loggers
                self._logger.refresh_sample_rate_calculation()
        except Exception:  # noqa: BLE001 - see the class
            return

    def step(self, step: Step, milliseconds: int, request_id: str | None) -> None:
        """A step has ended, after so many milliseconds. The line says that, and nothing of what the step was about."""
        try:
            if self._logger.log_level > logging.DEBUG:
                return
            self._logger.debug(
                "step ended", extra={"step": step, "milliseconds": milliseconds, "request_id": _capped(request_id)}
            )
        except Exception:  # noqa: BLE001 - see the class
            return

    def record(self, record: Record) -> None:
        """One log line and the metrics."""
        try:
            self._write(record.outcome)("message ended", extra=_fields(record))
            self._metrics.write(record)
        except Exception:  # noqa: BLE001 - see the class: nothing here may undo or repeat a delivery
            return

    def _write(self, outcome: str) -> Callable[..., None]:
        if outcome in {Outcome.SENT, Outcome.DUPLICATE, Outcome.IN_PROGRESS}:
            return self._logger.info
        return self._logger.error if outcome in _ERRORS or outcome == UNEXPECTED else self._logger.warning


def _fields(record: Record) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in Record.__slots__:
        value = getattr(record, name)
        if value is None or value == ():
            continue
        if name == "attempts":
            value = [_attempt(attempt) for attempt in value]
        fields[name] = _capped(value)
    return fields


def _attempt(attempt: AttemptRecord) -> dict[str, Any]:
    values = {name: getattr(attempt, name) for name in AttemptRecord.__slots__}
    return {name: _capped(value) for name, value in values.items() if value is not None}


def _capped(value: Any) -> Any:
    return str(value)[:_TEXT_LIMIT] if isinstance(value, str) else value
