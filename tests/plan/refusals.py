"""What a plan refuses, of many calls at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from plan.scenarios import REGIONS, YES, Call
from support.terraform import REPOSITORY, Diagnostic, offline_root


def module_of_checks(directory: Path) -> Path:
    """The root module without what it makes: its variables, and what their validations look at, as they are.

    Whether a validation holds is asked before anything else of a module, and costs a tenth of planning all of it.
    """
    directory.mkdir()
    for source in (
        *("countries.tf", "formats.tf", "http.tf", "messages.tf", "protection.tf", "variables.tf", "versions.tf"),
        "function",
    ):
        (directory / source).symlink_to(REPOSITORY / source)
    return directory


def refused(directory: Path, calls: Mapping[str, Call], module: Path = REPOSITORY) -> dict[str, list[Diagnostic]]:
    """Every error of one plan of these calls of ``module``, by the scenario that it belongs to ("" when to none).

    Terraform names the call for an argument of the call; for what is found further in, the message starts with the name
    of the sender or the pool, which is the scenario's. An attachment's has the pool's id, so it is known by its fix.
    """
    source = os.path.relpath(module, directory)
    # A file each: Terraform reads the file again for every error that it shows the place of.
    files = {f"{name}.tf": call.hcl(name, source, deferred=True) for name, call in calls.items()}
    resources = YES + 'resource "aws_secretsmanager_secret" "unknown" {}\n'
    terraform = offline_root(directory, {**files, "resources.tf": resources}, regions=REGIONS)
    found: dict[str, list[Diagnostic]] = {}
    for diagnostic in terraform.plan_diagnostics():
        if diagnostic.severity == "error":
            named = re.match(r"(?:User pool )?([a-z0-9-]+): ", diagnostic.detail)
            name = (
                diagnostic.module_call if diagnostic.module_call in calls or not named else named[1].replace("-", "_")
            )
            fixed = (other for other, call in calls.items() if call.module and call.message in diagnostic.detail)
            found.setdefault(name or next(fixed, ""), []).append(diagnostic)
    return found
