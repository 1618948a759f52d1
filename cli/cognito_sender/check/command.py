"""``cognito-sender check``."""

from __future__ import annotations

import functools
import json
import re
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cognito_sender.check.arguments import Arguments, arguments
from cognito_sender.check.attributes import MODULE, Attributes
from cognito_sender.check.effects import EFFECTS, Written
from cognito_sender.check.findings import Finding, NotChecked, Warned
from cognito_sender.check.harm import harm
from cognito_sender.check.hcl import module_calls
from cognito_sender.check.markdown import markdown
from cognito_sender.check.plan import Call, CannotLookError, Plan, read
from cognito_sender.check.policy import read as read_policy
from custom_sender.errors import SettingsError
from custom_sender.self_check import flaws
from custom_sender.settings import FORMAT, REFERENCES, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cognito_sender.check.findings import Line
    from cognito_sender.check.plan import Configuration

_GOT: Final = re.compile(r"Got: .*?(?= Fix: )", re.DOTALL)


def lines(plan: Plan, root: Path) -> list[Line]:
    """The findings about a plan; each thing once, although a call may have many instances."""
    attributes = Attributes.of(MODULE)
    calls_in = functools.cache(module_calls)
    read_arguments: dict[str, Arguments] = {}
    found: list[Line] = []
    for call in plan.calls:
        way = plan.root.way_to(call.address)
        if way[-1].path not in read_arguments:
            read_arguments[way[-1].path] = arguments(way, root, calls_in, wanted=attributes.can_be_misspelled_in)
        found += _of_call(call, way, read_arguments[way[-1].path], attributes)
    for address, module in plan.submodules.items():
        way, attributes = plan.root.way_to(address), Attributes.of(module)
        said = arguments(way, root, calls_in, wanted=attributes.can_be_misspelled_in)
        found += [*attributes.misspelled(way[-1].path, said.values), *said.not_checked]
    found += [*harm(plan), *(NotChecked(address, why) for address, why in plan.removed.items())]
    return list(dict.fromkeys(found))


def _of_call(call: Call, way: Sequence[Configuration], said: Arguments, attributes: Attributes) -> Iterator[Line]:
    if not call.is_read:
        got = call.format if isinstance(call.format, int) else "none"
        yield Finding(
            call.address,
            f"this check reads format {FORMAT} of the settings. Got: {got}. Fix: take the check of that version of the "
            "module which the plan calls.",
        )
        return
    yield from _judged(call)
    yield from attributes.misspelled(way[-1].path, said.values)
    yield from said.not_checked
    for effect in EFFECTS:
        for finding in effect(Written(way, said.values, call.settings)):
            yield Finding(finding.path, _shown(finding.text, call))


def _judged(call: Call) -> Iterator[Line]:
    """What the function would say. Beside settings that are not known yet, it may be about these alone."""
    if not isinstance(call.settings, dict) or not isinstance(call.references, dict):
        yield NotChecked(call.address, "its settings are known after apply")
        return
    try:
        references = {path: value for path, value in call.references.items() if value is not None}
        settings = judge(call.settings, references, region=call.region)
        texts = flaws(settings)
    except SettingsError as error:
        texts = [str(error)]
    for text in texts:
        shown = _shown(text, call)
        if call.unknown:
            so_far = "" if _is_about(text, call.unknown) else f"; so far: {shown}"
            yield NotChecked(call.address, f"{', '.join(call.unknown)}: known after apply{so_far}")
        else:
            yield Finding(call.address, shown)


def _shown(text: str, call: Call) -> str:
    """A text about a call's settings, without what they are where Terraform would hide a part of them."""
    return _GOT.sub("Got: a sensitive value.", text) if call.is_sensitive else text


def _is_about(error: str, paths: Sequence[str]) -> bool:
    """Whether an error is about one of these settings. It has a sender's kind in its path, and they do not."""
    place = error.partition(": ")[0].split(".")
    if place == [REFERENCES]:  # it is not known which of them a sender asks for
        return any(path.startswith("senders") for path in paths)
    return any(all(name in place for name in path.split(".")) for path in paths)


def _folded(line: str) -> str:
    """For a terminal, between words alone: a path stays whole."""
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The folder that was planned (default: this one).",
)
@click.option("--policy", type=click.Path(path_type=Path), help="A company's ceiling, in TOML: docs/check.md.")
@click.option("--strict", is_flag=True, help="Exit with 1 also if the plan does not say what the policy asks.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Write a summary for a pull request.")
def check(  # noqa: PLR0913 - one for each option
    plan: Path, root: Path, policy: Path | None, *, strict: bool, as_json: bool, as_markdown: bool
) -> int:
    """Say what a plan does wrong, before it is applied. It asks no AWS service.

    PLAN is what `terraform show -json plan.tfplan` prints, as a file; - is standard input.

    Exit codes: 0, nothing is wrong; 1, something is; 2, it could not look.
    """
    if strict and not policy:
        raise click.UsageError("--strict needs --policy.")
    if as_json and as_markdown:
        raise click.UsageError("--json or --markdown, not both.")
    try:
        ceiling = read_policy(policy) if policy else None
        read_plan = read(plan)
    except CannotLookError as error:
        raise click.ClickException(str(error)) from None
    ruled = list(ceiling.judged(read_plan)) if ceiling else []
    said = [*lines(read_plan, root), *ruled]
    findings = [line for line in said if isinstance(line, Finding)]
    unchecked = [line for line in said if isinstance(line, NotChecked)]
    warnings = [line for line in said if isinstance(line, Warned)]
    calls = len(read_plan.calls) + len(read_plan.submodules)
    if as_json:
        document = {
            "calls": calls,
            "findings": [{"path": line.path, "text": line.text} for line in findings],
            "warnings": [{"path": line.path, "text": line.text} for line in warnings],
            "not_checked": [{"path": line.path, "reason": line.reason} for line in unchecked],
        }
        click.echo(json.dumps(document, indent=2))
    elif as_markdown:
        click.echo(markdown(read_plan, said))
    else:
        # What is wrong comes last, where a terminal stops.
        for line in (*unchecked, *warnings, *findings):
            click.echo(_folded(str(line)) if sys.stdout.isatty() else str(line))
        counts = f"findings: {len(findings)}, warnings: {len(warnings)}, not checked: {len(unchecked)}"
        click.echo(f"calls of the module: {calls}, {counts}")
    return 1 if findings or (strict and any(isinstance(line, NotChecked) for line in ruled)) else 0
