"""``cognito-sender doctor``."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from cognito_sender import discreet
from cognito_sender.doctor import providers, running, wires
from cognito_sender.doctor import recipient as person
from cognito_sender.doctor.aws import Aws, CannotLookError, NotAskedError, not_asked
from cognito_sender.doctor.deployed import WORKERS, deployed, pools_of
from cognito_sender.doctor.findings import Line, State, warn
from custom_sender.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cognito_sender.doctor.deployed import Deployed, Pool

    Check = tuple[str, Callable[[], Iterator[Line]]]

_COLORS: Final = {State.PASS: "green", State.WARN: "yellow", State.FAIL: "red", State.INFO: "blue", State.SKIP: "cyan"}
_NARROWEST: Final = 60
# Then the exit code says that it could not look.
NO_POOL: Final = Line(State.SKIP, "pools", "no pool could be looked at", "see the other lines of pools")
# The longest that a log group keeps lines: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_MOST_HOURS: Final = 24 * 3653
_OF_THE_FUNCTION: Final = {
    "function": wires.function,
    "role": wires.role,
    "alias": wires.alias,
    "permissions": wires.permissions,
    "package": wires.package,
    "layers": wires.layers,
    "settings": wires.settings,
    "asynchronous calls": wires.asynchronous_calls,
    "failure queue": wires.failure_queue,
    "log group": wires.log_group,
    "ledger": wires.ledger,
    "alarms": running.alarms,
    "last hour": running.last_hour,
}
_OF_A_POOL: Final = {
    "trigger": wires.trigger,
    "key": wires.pool_key,
    "permission": wires.permission,
    "SMS role": wires.sms_role,
    "e-mail": wires.mail_configuration,
    "other triggers": wires.other_triggers,
    "app clients": wires.clients,
}


def look(checks: Iterable[Check]) -> list[Line]:
    """All checks, side by side; the lines in their order."""
    with ThreadPoolExecutor(WORKERS) as threads:
        return [line for lines in threads.map(_lines, checks) for line in lines]


def wires_of(sender: Deployed) -> list[Line]:
    """Every wire of a sender. What is wrong comes last, where a terminal stops."""
    lost: list[NotAskedError] = []
    pools = pools_of(sender, lost)
    lines = [Line(State.SKIP, "pools", str(error), error.fix) for error in lost]
    if lost and not any(pool.found for pool in pools):
        lines.append(NO_POOL)
    elif not pools:
        lines.append(replace(warn("no pool uses this sender", wires.NAME), wire="pools"))
    lines += look([*_of_function(sender), *_of_pools(sender, pools), *_of_providers(sender)])
    return sorted(lines, key=lambda line: list(State).index(line.state))


def _lines(check: Check) -> list[Line]:
    wire, run = check
    lines = []
    try:
        for found in run():
            lines.append(replace(found, wire=wire))  # noqa: PERF401 - what came before an error counts
    except Exception as error:  # noqa: BLE001 - an answer of another shape must not hide the other wires
        lost = not_asked(error)
        lines.append(Line(State.SKIP, wire, str(lost), lost.fix))
    return lines


def _of_function(sender: Deployed) -> Iterator[Check]:
    for name, check in _OF_THE_FUNCTION.items():
        yield name, partial(check, sender)
    for arn in sender.key_arns:
        yield f"key {arn.rpartition('/')[2]}", partial(wires.key, sender, arn)
    if isinstance(sender.told, SettingsError):
        for name in ("keys", "grants", "senders"):
            yield name, partial(wires.untold, sender)


def _of_pools(sender: Deployed, pools: Iterable[Pool]) -> Iterator[Check]:
    for pool in pools:
        names = list(_OF_A_POOL) if pool.found else ["permission" if pool.lost else "trigger"]
        for name in names:
            yield f"pool {pool.id}: {name}", partial(_OF_A_POOL[name], sender, pool)
        for arn in sender.key_arns if pool.found or pool.lost else ():
            yield f"pool {pool.id}: grant", partial(wires.grant, sender, pool, arn)


def _of_providers(sender: Deployed) -> Iterator[Check]:
    """Each account, identity and secret once, whatever senders share it."""
    found: dict[tuple[Any, ...], list[str]] = {}
    for name, each in sender.senders.items():
        for need in _needs(sender, each):
            found.setdefault(need, []).append(name)
    for (title, check, *arguments), names in found.items():
        if title == "secret":
            yield f"sender {', '.join(names)}: secret", partial(check, sender, *arguments, tuple(names))
        else:
            yield f"sender {names[0]}: {title}", partial(check, sender, *arguments)


def _needs(sender: Deployed, each: Any) -> Iterator[tuple[Any, ...]]:
    region = getattr(each, "region", None) or sender.region
    if each.secret_arn:
        yield "secret", providers.secret, each.secret_arn
    if each.kind in {"end_user_messaging", "notify"}:
        yield "account", providers.messaging_account, region
        yield "spend", providers.messaging_spend, region
        if each.configuration_set_name:
            yield "configuration set", providers.configuration_set, region, each.configuration_set_name
    if each.kind == "end_user_messaging":
        for identity in filter(None, [each.origination_identity, *each.origination_by_country.values()]):
            yield "identity", providers.messaging_identity, region, identity
    elif each.kind == "notify":
        yield "configuration", providers.notify, region, each.notify_configuration_id
    elif each.kind == "sns":
        yield "account", providers.sns_account, region
        yield "spend", providers.sns_spend, region
    elif each.kind == "sns_topic":
        yield "topic", providers.topic, each.topic_arn.split(":")[3], each.topic_arn
    elif each.kind == "ses":
        region = each.identity_arn.split(":")[3]
        yield "account", providers.ses_account, region
        yield "identity", providers.ses_identity, region, each.identity_arn
        if each.configuration_set:
            yield "configuration set", providers.ses_configuration_set, region, each.configuration_set


def as_text(lines: Sequence[Line], width: int) -> str:
    """A line for each finding, and its fix below it."""
    shown = []
    for line in lines:
        state = click.style(f"{line.state.value:4}", fg=_COLORS[line.state], bold=line.state is State.FAIL)
        shown.append(f"{state} {_wrapped(f'{line.wire}: {line.text}', width, 5).lstrip()}")
        if line.fix:
            shown.append(_wrapped(f"Fix: {line.fix}", width, 5, hanging=5))
    counts = ", ".join(f"{state.value} {sum(line.state is state for line in lines)}" for state in State)
    return "\n".join([*shown, counts])


def _wrapped(text: str, width: int, indent: int, hanging: int = 0) -> str:
    """A word that is longer than a line stays whole: it is an ARN, or a path to be copied."""
    first, other = " " * indent, " " * (indent + hanging)
    wrapper = textwrap.TextWrapper(
        width, initial_indent=first, subsequent_indent=other, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.fill(text)


def as_json(lines: Sequence[Line]) -> str:
    return json.dumps({"lines": [asdict(line) for line in lines]}, indent=2)


@click.command(cls=discreet.Command)
@click.argument("name")
@click.option("--region", metavar="REGION", help="Where the sender is (default: AWS_REGION, or the profile's).")
@click.option("--profile", metavar="NAME", help="Of the AWS configuration.")
@click.option(
    "--recipient", metavar="ADDRESS", help="Why this person got no code: a number, a mail address, or - to read it."
)
@click.option(
    "--hours",
    default=24,
    show_default=True,
    type=click.IntRange(1, _MOST_HOURS),
    help="How far to look back for --recipient.",
)
@click.option("--json", "is_json", is_flag=True, help="Write JSON.")
def doctor(  # noqa: PLR0913 - one for each option
    name: str, region: str | None, profile: str | None, recipient: str | None, hours: int, *, is_json: bool
) -> int:
    """Look at every wire of the deployed sender NAME, and change nothing.

    It asks AWS with your credentials: docs/doctor.md has the rights. Without a right, a wire is "skip".

    Exit codes: 0, nothing has failed; 1, something has; 2, it could not look.
    """
    try:
        sender = deployed(Aws(region or os.environ.get("AWS_REGION"), profile), name)
        address = _typed() if recipient == "-" else recipient
        lines = wires_of(sender) if address is None else look(person.checks(sender, address, hours))
    except CannotLookError as error:
        raise click.ClickException(str(error)) from None
    except NotAskedError as error:
        raise click.ClickException(f"NAME: {error}. Fix: {error.fix}.") from None
    width = max(_NARROWEST, shutil.get_terminal_size().columns)
    color = False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None
    click.echo(as_json(lines) if is_json else as_text(lines, width), color=color)
    if any(line.state is State.FAIL for line in lines):
        return 1
    return 2 if NO_POOL in lines else 0


def _typed() -> str:
    """A line of standard input; empty where that is closed, or no text."""
    try:
        return sys.stdin.readline().strip()
    except (AttributeError, OSError, ValueError):
        return ""
