"""What rots unnoticed, since no test runs it: workflows, hooks, forms, and the tests that pages name as evidence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from localaws import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
FORMS = sorted((REPOSITORY / ".github/ISSUE_TEMPLATE").glob("*.yml"))
HOOKS = REPOSITORY / ".pre-commit-config.yaml"


def _load(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


def _strings(value: object) -> Iterator[str]:
    """All texts in it, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in _load(workflow)["jobs"].values() for step in job["steps"]]


def test_there_are_some() -> None:
    assert [file.name for file in WORKFLOWS] == ["checks.yml", "release.yml"]
    assert FORMS


@pytest.mark.parametrize("file", [*WORKFLOWS, HOOKS], ids=lambda file: file.name)
def test_what_is_called_by_make_is_a_target_of_the_makefile(file: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    called = {name for text in _strings(_load(file)) for name in re.findall(r"\bmake ([a-z-]+)", text)}
    assert called
    assert called <= targets


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.name)
def test_what_a_workflow_runs_by_python_is_there(workflow: Path) -> None:
    runs = [script for step in _steps(workflow) for script in re.findall(r"python (\S+\.py)", step.get("run", ""))]
    assert [script for script in runs if not (REPOSITORY / script).is_file()] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_may_only_read_unless_a_job_says_more(workflow: Path) -> None:
    assert _load(workflow)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.name)
def test_no_script_has_a_value_of_the_event_pasted_into_it(workflow: Path) -> None:
    """The name of a branch or a title would be run as a part of it."""
    assert [step["run"] for step in _steps(workflow) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("form", FORMS, ids=lambda file: file.name)
def test_an_issue_s_form_has_what_github_wants(form: Path) -> None:
    found = _load(form)
    if form.name == "config.yml":
        assert found.keys() <= {"blank_issues_enabled", "contact_links"}
        return
    assert {"name", "description", "body"} <= found.keys()
    assert {part["type"] for part in found["body"]} <= {"markdown", "input", "textarea", "dropdown", "checkboxes"}
    ids = [part["id"] for part in found["body"] if part["type"] != "markdown"]
    assert len(set(ids)) == len(ids) > 0


def test_what_renovate_is_told_about_files_is_about_files_that_there_are() -> None:
    rules = json.loads((REPOSITORY / "renovate.json").read_text())
    names = [name for rule in rules["packageRules"] for name in rule.get("matchFileNames", ())]
    patterns = [pattern.strip("/") for pattern in rules["pip_requirements"]["managerFilePatterns"]]
    assert [name for name in names if not (REPOSITORY / name).is_file()] == []
    files = [str(file.relative_to(REPOSITORY)) for file in REPOSITORY.glob("tests/requirements*.txt")]
    assert [pattern for pattern in patterns if not any(re.search(pattern, file) for file in files)] == []


def test_every_test_that_a_page_gives_as_evidence_is_one() -> None:
    sources = [file.read_text() for file in (REPOSITORY / "tests").rglob("test_*.py")]
    tests = {name for source in sources for name in re.findall(r"^ *(?:async )?def (test_\w+)\(", source, re.MULTILINE)}
    pages = [REPOSITORY / "docs/security.md", REPOSITORY / "docs/data-protection.md"]
    named = {name for page in pages for name in re.findall(r"`(test_\w+)`", page.read_text())}
    assert "test_queues_hold_no_code" in named
    assert sorted(named - tests) == []


def test_each_threat_has_a_test() -> None:
    threats = (REPOSITORY / "docs/security.md").read_text().partition("\n## Threats\n")[2].partition("\n## ")[0]
    rows = [line for line in threats.splitlines() if re.match(r"\| (?!threat )[^-]", line)]
    assert rows
    assert [row for row in rows if not re.search(r"`test_\w+` \|$", row)] == []
