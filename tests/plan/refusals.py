"""What a plan refuses, and what the function's judge does, of many calls at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from custom_sender.errors import SettingsError
from custom_sender.reader import UNKNOWN
from custom_sender.self_check import self_check
from custom_sender.settings import judge
from localaws import REPOSITORY
from localaws.terraform import Change, Diagnostic, Plan, Terraform
from plan.calls import Call, locals_hcl, one_by_one, root_hcl, surroundings
from plan.constants import REGIONS
from support.roots import offline_root

# Terraform's work grows faster than the number of calls, and near its limit of memory most of it is garbage collection.
CALLS_OF_A_PLAN: Final = 90

# In the place of what a configuration names and the function needs not know.
_STUB = """\
locals {
  ledger_name     = "ledger"
  decryption_keys = { key = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
  region          = "eu-central-1"
}
"""


def module_of_checks(directory: Path) -> Path:
    """The root module without what it makes: its variables, and what their rules look at, as they are.

    Whether a rule holds is asked before anything else of a module, and costs a tenth of planning all of it.
    """
    directory.mkdir()
    for source in (
        *("configuration.tf", "countries.tf", "email.tf", "messages.tf", "routes.tf", "senders.tf", "sms.tf"),
        *("versions.tf", "function"),
        *(file.name for file in REPOSITORY.glob("variables*.tf")),
    ):
        (directory / source).symlink_to(REPOSITORY / source)
    (directory / "stub.tf").write_text(_STUB)
    return directory


def refused(directory: Path, calls: Mapping[str, Call], module: Path = REPOSITORY) -> dict[str, list[Diagnostic]]:
    """Every error of these calls of ``module``, by the scenario that it belongs to ("" when to none).

    Terraform names the call for an argument of the call; for what is found further in, the message starts with the name
    of the sender or the pool, which is the scenario's. An attachment's has the pool's id, so it is known by its fix.
    """
    names = {name.replace("_", "-"): name for name in calls}
    found: dict[str, list[Diagnostic]] = {}
    for part in _roots(directory, calls, module):
        for diagnostic in part.plan_diagnostics():
            if diagnostic.severity == "error":
                named = re.match(r"(?:User pool )?([A-Za-z0-9-]+): ", diagnostic.detail)
                name = (
                    diagnostic.module_call
                    if diagnostic.module_call in calls or not named
                    else names.get(named[1], named[1].replace("-", "_"))
                )
                own = {other: call.refused for other, call in calls.items() if not call.is_of_the_root}
                fixed = (other for other, message in own.items() if message in diagnostic.detail)
                found.setdefault(name or next(fixed, ""), []).append(diagnostic)
    return found


def judged(directory: Path, calls: Mapping[str, Call], module: Path) -> dict[str, str]:
    """What the function's judge says of the configuration that a plan shows, by the name of the call."""
    text = root_hcl(calls, surroundings("rejected"), os.path.relpath(module, directory))
    root = offline_root(directory, {"main.tf": text, "locals.tf": locals_hcl()}, regions=REGIONS)
    changes = Plan.parse(one_by_one(root.plan(refresh=False).document, calls), directory).changes
    return {name: _judged(changes[f"module.{name}.terraform_data.configuration"]) for name in calls}


def _roots(directory: Path, calls: Mapping[str, Call], module: Path) -> Iterator[Terraform]:
    """Roots that call ``module``, each so often that a plan stays within the memory that Terraform is given.

    A block for each call: that is how Terraform names the one that it refuses.
    """
    names = list(calls)
    for start in range(0, len(names), CALLS_OF_A_PLAN):
        root = directory / str(start)
        source = os.path.relpath(module, root)
        # A file each: Terraform reads the file again for every error that it shows the place of.
        files = {
            f"{name}.tf": calls[name].hcl(source, deferred=True) for name in names[start : start + CALLS_OF_A_PLAN]
        }
        beside = {"beside.tf": surroundings("rejected"), "locals.tf": locals_hcl()}
        yield offline_root(root, files | beside, regions=REGIONS)


def _judged(configuration: Change) -> str:
    shown = configuration.values["input"]
    unknown = configuration.unknown["input"]
    references = {
        path: UNKNOWN if isinstance(unknown, dict) and unknown.get("references", {}).get(path) else value
        for path, value in {**dict.fromkeys(unknown.get("references", {})), **shown["references"]}.items()
    }
    try:
        self_check(judge(shown["settings"], references))
    except SettingsError as error:
        return str(error)
    return ""
