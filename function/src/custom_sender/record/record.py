"""What may be written about a message, and nothing else.

``Record`` is the allow-list. A field that is not in it cannot be logged; none of its fields can hold a code, a text, a
full number or a user attribute.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from custom_sender.dataclass import dataclass

UNEXPECTED: Final = "UNEXPECTED_ERROR"


class Step(StrEnum):
    """The steps of the pipeline, in their order; not every message comes to all of them."""

    SCREEN = "screen"
    DECRYPT = "decrypt"
    CLAIM = "claim"
    COMPOSE = "compose"
    DELIVER = "deliver"
    FINISH = "finish"


@dataclass(frozen=True)
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


@dataclass()
class Record:
    """One message, filled in on its way. ``destination`` is masked, ``detail`` one of this package's constant texts, or
    what is wrong with the settings.

    ``outcome`` is an ``Outcome``, or ``UNEXPECTED`` with the class of the exception in ``error_type`` and the place in
    the source in ``error_at``. ``group`` is what the channel counts it by: a country of SMS, which the log calls so.
    ``kms_code`` and ``kms_key_arn`` say what KMS answered, and for which key. ``route`` is the name of the route that
    was taken. ``reordered`` says that a sender which had been failing was put behind the others. ``skipped`` has the
    senders that cannot carry such a message.

    ``recipient_id`` is ``pseudonym.recipient_id``. ``test_recipient``: one of the testers, for whom nobody is paid.
    ``age_seconds`` is the message's age when it was judged, by the clock that ``age_source`` names ("trace": Lambda's
    trace header, "ledger": first seen); ``lifetime_seconds`` what its trigger allows. ``ledger`` is a
    ``claim.LedgerState`` (of "unavailable", ``ledger_reason`` says why); ``claims`` how many invocations have claimed
    the message, this one included. ``over_limit`` are the monitored limits that were passed; an enforced one is the
    ``reason`` of BLOCKED_VELOCITY. ``unsure`` are the senders that an earlier invocation may have sent through.
    ``segments`` and ``encoding`` are those of a text, for one sending. ``open_circuits`` are the senders of the route
    whose breaker was open or half-open before the first attempt. ``decrypt_milliseconds``, ``ledger_milliseconds`` (all
    calls together) and ``send_milliseconds`` (first attempt to last, pauses included) are None for a step that was not
    reached.
    """

    outcome: str = UNEXPECTED
    request_id: str | None = None
    channel: str | None = None
    trigger: str | None = None
    user_pool_id: str | None = None
    client_id: str | None = None
    milliseconds: int = 0
    destination: str | None = None
    group: str | None = None
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
    recipient_id: str | None = None
    test_recipient: bool | None = None
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
