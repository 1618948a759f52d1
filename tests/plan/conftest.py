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

from plan.examples import root_of_examples
from plan.refusals import module_of_checks, refused
from plan.scenarios import (
    ACCEPTED,
    HASH_KEY,
    OTHER_KEY,
    OUTPUTS,
    POOL,
    REGIONS,
    REJECTED,
    RESOURCES,
    Call,
    is_known,
)
from support.terraform import (
    PROVIDER_SOURCE,
    REPOSITORY,
    Change,
    Diagnostic,
    Plan,
    Terraform,
    offline_root,
)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py"), "# a package of the user's own\n")


def wanted(items: Sequence[pytest.Item]) -> tuple[Mapping[str, Call], str]:
    """What these tests look at: the scenarios that they or the files around them name, and the outputs of the root.

    That is all of ``ACCEPTED`` when all plan tests run; for one file of them, as in ``test_plan_mutations.py``, a part.
    """
    files = {item.path for item in items if item.path.is_relative_to(Path(__file__).parent)}
    quoted = [text for file in files for text in re.findall(r'"([^"\n]+)"', file.read_text())]
    parameters = [value for item in items if isinstance(item, pytest.Function) for value in _parameters(item)]
    names = {word for text in (*quoted, *parameters) for word in re.findall(r"\w+", text)}

    blocks = re.findall(r'^output "(\w+)" \{$(.*?)^\}$', OUTPUTS, re.MULTILINE | re.DOTALL)
    outputs = "".join(f'output "{name}" {{{block}}}\n' for name, block in blocks if name in names)
    names.update(_called(outputs + RESOURCES))
    while more := set(_called("".join(call.hcl(name, "") for name, call in ACCEPTED.items() if name in names))) - names:
        names |= more
    return {name: call for name, call in ACCEPTED.items() if name in names}, outputs


def _parameters(item: pytest.Function) -> list[str]:
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return [value for value in parameters if isinstance(value, str)]


def _called(text: str) -> list[str]:
    return re.findall(r"\bmodule\.(\w+)", text)


def _state(calls: Mapping[str, Call]) -> dict[str, Any]:
    """The state of scenarios of which one thing has been made: then the plan knows what else it is in.

    Of senders this is the hash key, of ``attachment_read`` what the pool had before (``OTHER_KEY``).
    """
    text = {"value": HASH_KEY, "type": "string"}
    resources = [
        _made(f"{name}.module.sender_function", "terraform_data", "hash_key", {"input": text, "output": text})
        for name, call in calls.items()
        if is_known(call)
    ]
    if "attachment_read" in calls:
        pool = {"value": POOL, "type": "string"}
        before = {"kms_key_id": OTHER_KEY, "custom_sms_sender": None, "custom_email_sender": None}
        read = {"function_name": "read-attachment", "qualifier": "$LATEST", "lifecycle_scope": "CREATE_ONLY"}
        read |= {"input": "{}", "result": json.dumps(before)}
        resources += [
            _made("attachment_read", "terraform_data", "user_pool", {"input": pool, "output": pool}),
            _made("attachment_read", "aws_lambda_invocation", "before", read),
        ]
    return {"version": 4, "resources": resources}


def _made(module: str, kind: str, name: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    aws = kind.startswith("aws_")
    return {
        "module": f"module.{module}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider": f'provider["{PROVIDER_SOURCE if aws else "terraform.io/builtin/terraform"}"]',
        "instances": [{"schema_version": int(aws), "attributes": {"id": name, **attributes}}],
    }


@pytest.fixture(scope="session")
def accepted_root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """A root with one module call per accepted scenario that the tests of this run name."""
    calls, outputs = wanted(request.session.items)
    root = tmp_path_factory.mktemp("accepted").resolve()
    _zip(root / "own.zip")
    (root / "terraform.tfstate").write_text(json.dumps(_state(calls)))
    source = os.path.relpath(REPOSITORY, root)
    text = "".join(call.hcl(name, source) for name, call in calls.items())
    files = {"main.tf": text, "resources.tf": RESOURCES, "outputs.tf": outputs}
    return offline_root(root, files, regions=REGIONS)


@pytest.fixture(scope="session")
def accepted(accepted_root: Terraform) -> Plan:
    """The plan of the accepted scenarios; ``module.<scenario>``."""
    return accepted_root.plan(refresh=False)


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
    """``scenario("pool_made")["module.sender_function.aws_lambda_function.this"]``."""
    return Scenarios(accepted)


class Scenarios:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __call__(self, name: str) -> Scenario:
        assert name in ACCEPTED, f"there is no scenario {name}"
        assert name in self._plan.configuration.calls(), f"{name} was not planned: quote it in the file of the test"
        return Scenario(name, self._plan.below(f"module.{name}"))


@pytest.fixture(scope="session")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[Diagnostic]]:
    """Every error of the refused scenarios, by scenario.

    Most are refused by a validation of the root module's variables. Whatever those let pass is planned with all of it.
    """
    root = tmp_path_factory.mktemp("rejected").resolve()
    of_the_root = {name: call for name, call in REJECTED.items() if not call.module}
    by_validations = refused(root / "validations", of_the_root, module_of_checks(root / "checks"))
    others = {name: call for name, call in REJECTED.items() if name not in by_validations}
    return {**by_validations, **refused(root / "others", others)}


@pytest.fixture(scope="session")
def examples_root(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """A root that calls every example as a module: they have no provider block, so that this can be done."""
    return root_of_examples(tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="session")
def examples(examples_root: Terraform) -> Plan:
    """The plan of every example; ``module.<example>``."""
    return examples_root.plan(refresh=False)
