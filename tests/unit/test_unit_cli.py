"""``cognito-sender``: its commands, what they print for machines, and how they end."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cognito_sender.__main__ import commands, main
from custom_sender.settings import FORMAT
from localaws import REPOSITORY

PATHS = os.pathsep.join([str(REPOSITORY / "cli"), str(REPOSITORY / "function/src")])
PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def test_the_wheel_has_it_as_a_command_with_all_that_it_imports() -> None:
    ((name, place),) = PROJECT["scripts"].items()
    module, _, function = place.partition(":")

    assert name == "cognito-sender"
    assert getattr(importlib.import_module(module), function) is main
    needed = {text.split(">")[0] for text in PROJECT["dependencies"]}
    assert {"boto3", "click", "python-hcl2", "aws-encryption-sdk", "botocore"} <= needed


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in commands.commands)
    for name in commands.commands:
        assert main([name, "--help"]) == 0
        assert "Exit codes: 0," in capsys.readouterr().out, name


@pytest.mark.parametrize(
    "arguments",
    [[], ["nothing"], ["check"], ["check", "a", "b"], ["check", "a", "--json", "--markdown"], ["preview", "--colour"]],
)
def test_a_command_line_that_is_wrong_cannot_look(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Usage: cognito-sender" in capsys.readouterr().err


def test_an_error_of_its_own_is_not_taken_for_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cognito_sender.check.command.read", lambda _: dict[str, int]()["a secret"])

    assert main(["check", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "KeyError: a fault of cognito-sender's. Fix: report it." in error
    assert "KeyError: 'a secret'" not in error


ENDS = {
    "closed": (141, ""),
    "full": (2, "Error: the output: it cannot be read or written (No space left on device).\n"),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("command", [["preview", "--json"], ["--help"]], ids=" ".join)
def test_an_output_that_cannot_be_written_is_not_taken_for_a_finding(command: list[str], end: str) -> None:
    """A reader such as ``head`` may close the pipe; 141 is what a shell says of a program that ended by that."""
    reader, pipe = os.pipe()
    os.close(reader)
    output = pipe if end == "closed" else os.open("/dev/full", os.O_WRONLY)
    done = subprocess.run(
        [sys.executable, "-m", "cognito_sender", *command],
        env={**os.environ, "PYTHONPATH": PATHS},
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    for each in {pipe, output}:
        os.close(each)

    assert (done.returncode, done.stderr) == ENDS[end]


def test_a_check_for_machines_has_what_one_for_people_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: dict[str, Any] = {"module": "cognito-custom-sender", "format": FORMAT, "settings": {}, "references": {}}
    change = {"before": None, "after": {"input": told}, "after_unknown": {}}
    resource = {"module_address": "module.sender", "mode": "managed", "type": "terraform_data", "name": "configuration"}
    document = {
        "planned_values": {},
        "configuration": {"root_module": {}},
        "resource_changes": [{**resource, "change": change}],
    }
    (tmp_path / "plan.json").write_text(json.dumps(document))

    assert main(["check", str(tmp_path / "plan.json")]) == 1
    line, _summary = capsys.readouterr().out.splitlines()
    assert main(["check", str(tmp_path / "plan.json"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)

    assert [f"{one['path']}: {one['text']}" for one in found["findings"]] == [line]
    assert (found["calls"], found["not_checked"]) == (1, [])


def test_a_preview_for_machines_has_every_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "--locale", "de", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert [one["locale"] for one in found["sms"]] == ["de"] * 8
    assert "482913 ist Ihr" in found["sms"][0]["text"]
    assert [one["subject"] for one in found["email"] if one["trigger"] == "SignUp"]
