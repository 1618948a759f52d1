"""What a plan refuses, of many calls at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from plan.calls import Call, locals_hcl, surroundings
from plan.constants import REGIONS
from support.terraform import REPOSITORY, Diagnostic, offline_root


def module_of_checks(directory: Path) -> Path:
    """The root module without what it makes: its variables, and what their validations look at, as they are.

    Whether a validation holds is asked before anything else of a module, and costs a tenth of planning all of it.
    """
    directory.mkdir()
    for source in (
        *("countries.tf", "messages.tf", "senders.tf", "versions.tf", "function"),
        *(file.name for file in REPOSITORY.glob("variables*.tf")),
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
    files = {f"{name}.tf": call.hcl(source, deferred=True) for name, call in calls.items()}
    beside = {"beside.tf": surroundings("rejected"), "locals.tf": locals_hcl()}
    terraform = offline_root(directory, files | beside, regions=REGIONS)
    found: dict[str, list[Diagnostic]] = {}
    for diagnostic in terraform.plan_diagnostics():
        if diagnostic.severity == "error":
            named = re.match(r"(?:User pool )?([a-z0-9-]+): ", diagnostic.detail)
            name = (
                diagnostic.module_call if diagnostic.module_call in calls or not named else named[1].replace("-", "_")
            )
            own = {other: call.refuses for other, call in calls.items() if not call.is_of_the_root}
            fixed = (other for other, message in own.items() if message in diagnostic.detail)
            found.setdefault(name or next(fixed, ""), []).append(diagnostic)
    return found
