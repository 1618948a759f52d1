"""Why one person got no code: what the function says of the address, what it logged, and who holds messages back.

The person is known by the pseudonyms that the function writes; the address is in no line and in no log of AWS's, but
for SES, which is asked whether it suppresses it.
"""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.doctor.aws import CannotLookError
from cognito_sender.doctor.findings import fail, good, info, warn
from cognito_sender.doctor.wires import APPLY
from custom_sender.cognito.event import EMAIL, SMS, Event, EventIdentity
from custom_sender.errors import SettingsError
from custom_sender.guards import items
from custom_sender.guards.limits import counters
from custom_sender.outcome import Outcome
from custom_sender.record.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cognito_sender.doctor.deployed import Deployed
    from cognito_sender.doctor.findings import Line
    from custom_sender.channels.base import Recipient
    from custom_sender.guards.limits import Scope

_ATTRIBUTES: Final = {SMS: "phone_number", EMAIL: "email"}
# Limits that count one recipient's messages alone.
_OF_ONE: Final = frozenset({"number", "address"})
_MOST_LINES: Final = 10
_HOUR: Final = 3600
_SEE: Final = 'docs/operations.md, "When no code arrives"'


def checks(sender: Deployed, address: str, hours: int) -> Iterator[tuple[str, Callable[[], Iterator[Line]]]]:
    """What can be asked about an address.

    :raises CannotLookError: when the function's settings do not tell its pseudonym.
    """
    channel_name = EMAIL if "@" in address else SMS
    if isinstance(sender.told, SettingsError):
        raise CannotLookError(f"--recipient: {sender.told}")
    if sender.told.hash_key is None:
        raise CannotLookError(
            "--recipient: a function with a key of pseudonyms. Got: one without. Fix: turn protection.ledger on, or "
            "look without --recipient."
        )
    if not re.fullmatch(r"\+[0-9]+|[^@\s]+@[^@\s]+", address):
        raise CannotLookError(
            "--recipient: a number as +491511234567, or a mail address. Got: something else. Fix: take it from the "
            "user's attributes."
        )
    channel = sender.told.channels.get(channel_name)
    if channel is None:
        yield "recipient", partial(_one, fail(f"the channel {channel_name} is off", f"turn {channel_name} on"))
        return
    record = Record()
    found = channel.recipient(_event(channel_name, address), record, sender.told.hash_key)
    yield "recipient", partial(_one, _judged(found, record))
    if record.recipient_id:
        scopes = () if isinstance(found, Outcome) else found.scopes
        yield "log", partial(_log, sender, record.recipient_id, hours, scopes)
    if isinstance(found, Outcome):
        return
    for scope in found.scopes:
        if not scope.spread:
            yield f"limit {scope.name}", partial(_limit, sender, scope)
    for name in found.route:
        each: Any = sender.senders[name]
        if each.kind == "ses":
            region = each.identity_arn.split(":")[3]
            yield f"sender {name}: suppression", partial(_suppressed, sender, region, found.address)


def _event(channel: str, address: str) -> Event:
    return Event(
        identity=EventIdentity(None, None, None), channel=channel, trigger="Authentication", user_pool_id="",
        client_id="", username="", user_sub=None, ciphertext=None, locale=None, client_metadata={},
        user_attributes={_ATTRIBUTES[channel]: address},
    )  # fmt: skip


def _one(found: Line) -> Iterator[Line]:
    yield found


def _judged(found: Recipient | Outcome, record: Record) -> Line:
    if isinstance(found, Outcome):
        return fail(f"the function refuses it: {found}, {record.reason or record.detail}", _SEE)
    return good(f"the function sends by the route {record.route}: {', '.join(found.route)}")


def _log(sender: Deployed, recipient_id: str, hours: int, scopes: Sequence[Scope]) -> Iterator[Line]:
    group = f"/aws/lambda/{sender.name}"
    since = int((time.time() - hours * _HOUR) * 1000)
    found = sender.ask(
        "logs", "filter_log_events", logGroupName=group, startTime=since, filterPattern=f'"{recipient_id}"'
    )
    if found is None:
        yield warn(f"the log group {group} is not there: nothing is known of earlier messages", APPLY)
        return
    logged = map(_parsed, found.get("events", ()))
    lines = [line for line in logged if line.get("recipient_id") == recipient_id and "outcome" in line]
    if not lines and any(_count(sender, scope) for scope in scopes if scope.name in _OF_ONE):
        yield warn(
            f"no line in the last {hours} hours, and the function has counted a message for this recipient",
            "raise --hours, or monitoring.log_level to INFO: at WARNING, messages that were sent have no line",
        )
    elif not lines:
        yield warn(
            f"no message in the last {hours} hours: Cognito has not called the function for this recipient",
            "look at the pool's wires without --recipient; is this the address in the user's attributes?",
        )
    for line in sorted(lines, key=lambda line: str(line.get("timestamp")))[-_MOST_LINES:]:
        outcome = str(line["outcome"])
        said = [f"{each.get('sender')} {each.get('outcome')}" for each in line.get("attempts") or []]
        reason = line.get("reason") or line.get("detail")
        text = f"{str(line.get('timestamp'))[:19]} {line.get('trigger')}: {outcome}" + "".join(
            f" ({part})" for part in (reason, ", ".join(said)) if part
        )
        yield good(text) if outcome == Outcome.SENT else warn(text, _SEE)


def _parsed(event: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        line = json.loads(event["message"])
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _limit(sender: Deployed, scope: Scope) -> Iterator[Line]:
    """How much of a limit is used that few share; of one that all share, a part says little."""
    count = _count(sender, scope)
    if count is None:
        yield fail("the ledger's table is not there", "look without --recipient")
        return
    (counter,) = counters([scope], "0" * 64, time.time())
    end = datetime.fromtimestamp((time.time() // scope.limit.per_seconds + 1) * scope.limit.per_seconds, UTC)
    text = f"{count} of {counter.max} messages until {end:%Y-%m-%d %H:%M} UTC"
    if count < counter.max:
        yield good(text)
    elif counter.enforce:
        yield fail(f"{text}: the next one is refused", "wait, or raise the limit if it is a real user's")
    else:
        yield info(f"{text}; the limit only watches")


def _count(sender: Deployed, scope: Scope) -> int | None:
    """The ledger's count of a limit; None without the table."""
    (counter,) = counters([scope], "0" * 64, time.time())
    of = {"TableName": sender.settings.ledger_table, "Key": {"id": {"S": counter.id}}, "ConsistentRead": True}
    found = sender.ask("dynamodb", "get_item", **of)
    return None if found is None else int(items.decimal(found.get("Item") or {}, "n") or 0)


def _suppressed(sender: Deployed, region: str, address: str) -> Iterator[Line]:
    found = sender.ask("sesv2", "get_suppressed_destination", region, EmailAddress=address)
    if found is None:
        yield good("SES does not suppress it")
        return
    known = found["SuppressedDestination"]
    yield fail(
        f"SES takes mails for it and sends none: {known['Reason']} on {known['LastUpdateTime']:%Y-%m-%d}",
        f"if the mailbox works: aws sesv2 delete-suppressed-destination --email-address ADDRESS --region {region}",
    )
