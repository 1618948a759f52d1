"""One plan of everything that is accepted, one of everything that is refused, one of the examples; each made once."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from localaws import REPOSITORY
from localaws.terraform import PROVIDER_SOURCE, Change, Diagnostic, Plan, Terraform
from plan.calls import Call, calls, locals_hcl, one_by_one, root_hcl, selection
from plan.constants import OTHER_KEY, POOL, REGIONS
from plan.examples import root_of_examples
from plan.refusals import judged, module_of_checks, refused
from support.roots import offline_root


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py"), "# a package of the user's own\n")


def wanted(items: Sequence[pytest.Item]) -> tuple[Mapping[str, Call], str]:
    """What these tests look at: the calls that they or the files around them name, and what stands beside them.

    That is all of ``accepted`` when all plan tests run; for one file of them, a part.
    """
    files = {item.path for item in items if item.path.is_relative_to(Path(__file__).parent)}
    quoted = [text for file in files for text in re.findall(r'"([^"\n]+)"', file.read_text())]
    parameters = [value for item in items if isinstance(item, pytest.Function) for value in _parameters(item)]
    return selection({word for text in (*quoted, *parameters) for word in re.findall(r"\w+", text)})


def _parameters(item: pytest.Function) -> list[str]:
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return [value for value in parameters if isinstance(value, str)]


def state_of_an_attachment(*modules: str) -> dict[str, Any]:
    """``attachment_read`` has read its pool already: what it had before is then known at plan."""
    pool = {"value": POOL, "type": "string"}
    before = {"kms_key_id": OTHER_KEY, "custom_sms_sender": None, "custom_email_sender": None}
    read = {"function_name": "read-attachment", "qualifier": "$LATEST", "lifecycle_scope": "CREATE_ONLY"}
    made: dict[tuple[str, str, str], dict[str, Any]] = {
        ("terraform.io/builtin/terraform", "terraform_data", "user_pool"): {"input": pool, "output": pool},
        (PROVIDER_SOURCE, "aws_lambda_invocation", "before"): {**read, "input": "{}", "result": json.dumps(before)},
    }
    resources = [
        {
            "module": module,
            "mode": "managed",
            "type": kind,
            "name": name,
            "provider": f'provider["{provider}"]',
            "instances": [
                {"schema_version": int(provider == PROVIDER_SOURCE), "attributes": {"id": name, **attributes}}
            ],
        }
        for module in modules
        for (provider, kind, name), attributes in made.items()
    ]
    return {"version": 4, "resources": resources}


@pytest.fixture(scope="session")
def accepted_calls(request: pytest.FixtureRequest) -> tuple[Mapping[str, Call], str]:
    """The accepted calls that the tests of this run name, and what stands beside them."""
    return wanted(request.session.items)


@pytest.fixture(scope="session")
def accepted_root(
    accepted_calls: tuple[Mapping[str, Call], str], tmp_path_factory: pytest.TempPathFactory
) -> Terraform:
    """A root with these calls."""
    wanted_calls, beside = accepted_calls
    root = tmp_path_factory.mktemp("accepted").resolve()
    _zip(root / "own.zip")
    if "attachment_read" in wanted_calls:
        (root / "terraform.tfstate").write_text(json.dumps(state_of_an_attachment("module.attachment_read")))
    text = root_hcl(wanted_calls, beside, os.path.relpath(REPOSITORY, root))
    return offline_root(root, {"main.tf": text, "locals.tf": locals_hcl()}, regions=REGIONS)


@pytest.fixture(scope="session")
def accepted(accepted_root: Terraform, accepted_calls: tuple[Mapping[str, Call], str]) -> Plan:
    """The plan of the accepted scenarios; ``module.<scenario>``."""
    plan = accepted_root.plan(refresh=False)
    return Plan.parse(one_by_one(plan.document, accepted_calls[0]), plan.path)


class Scenario:
    """What the plan does for one accepted scenario."""

    def __init__(self, name: str, changes: Mapping[str, Change]) -> None:
        self.name = name
        self.changes = changes

    def __getitem__(self, address: str) -> Change:
        """One resource by its address below the scenario.

        :raises KeyError: with the addresses that there are.
        """
        if address not in self.changes:
            raise KeyError(f"{address} is not in {self.name}: {', '.join(sorted(self.changes))}")
        return self.changes[address]

    def __contains__(self, address: str) -> bool:
        return address in self.changes


@pytest.fixture(scope="session")
def scenario(accepted: Plan) -> Scenarios:
    """``scenario("pool_made")["aws_lambda_function.this"]``."""
    return Scenarios(accepted)


class Scenarios:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __call__(self, name: str) -> Scenario:
        assert name in calls("accepted"), f"there is no scenario {name}"
        assert name in self._plan.configuration.calls(), f"{name} was not planned: quote it in the file of the test"
        return Scenario(name, self._plan.below(f"module.{name}"))


@pytest.fixture(scope="session")
def checks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module without what it makes."""
    return module_of_checks(tmp_path_factory.mktemp("checks").resolve() / "module")


@pytest.fixture(scope="session")
def refusals(tmp_path_factory: pytest.TempPathFactory, checks: Path) -> Mapping[str, Sequence[Diagnostic]]:
    """Every error of the refused calls, by call.

    Most are refused by a rule about the variables. Whatever those let pass, or will by what the call says, is planned
    with all of the module.
    """
    root = tmp_path_factory.mktemp("rejected").resolve()
    rejected = {name: call for name, call in calls("rejected").items() if call.refused}
    ruled = {name: call for name, call in rejected.items() if call.is_of_the_root and not call.passes_variables}
    by_rules = refused(root / "rules", ruled, checks)
    others = {name: call for name, call in rejected.items() if name not in by_rules}
    return {**by_rules, **refused(root / "others", others)}


@pytest.fixture(scope="session")
def judgments(tmp_path_factory: pytest.TempPathFactory, checks: Path) -> Mapping[str, str]:
    """What the function's judge says of the judged calls, by call."""
    wanted = {name: call for name, call in calls("rejected").items() if call.judged}
    return judged(tmp_path_factory.mktemp("judged").resolve() / "root", wanted, checks)


@pytest.fixture(scope="session")
def examples_root(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """A root that calls every example as a module: they have no provider block, so that this can be done."""
    return root_of_examples(tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="session")
def examples(examples_root: Terraform) -> Plan:
    """The plan of every example; ``module.<example>``."""
    return examples_root.plan(refresh=False)
