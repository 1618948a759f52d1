"""Each change of the package is the one that its name says, and the table tells what is seen of it from chance."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import build
from benchmarks import tables
from benchmarks.figures import Figure
from benchmarks.measure import ColdStarts
from benchmarks.packages import RUNTIME, SELF_CONTAINED
from benchmarks.process import BenchmarkError, Cold
from benchmarks.results import Machine, StepResult, Steps, read_results, step_results
from benchmarks.steps import AGAIN, EDITS, NO_BYTE_CODE, Edit, apply
from localaws.libraries import interpreter, layer_directory, runtime_directory
from support.cognito import REGION

if TYPE_CHECKING:
    from benchmarks.results import Results


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function's own modules as the self-contained package has them: byte code and no source."""
    place = tmp_path_factory.mktemp("package")
    for name, content in build.source_files().items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    subprocess.run([interpreter(RUNTIME), "-m", "compileall", "-q", "-b", place], check=True)
    for source in place.rglob("*.py"):
        source.unlink()
    return place


def _says(place: Path, script: str) -> str:
    libraries = (layer_directory(RUNTIME), runtime_directory(RUNTIME))
    done = subprocess.run(
        [interpreter(RUNTIME), "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(map(str, (place, *libraries))), "AWS_DEFAULT_REGION": REGION},
    )
    return done.stdout.strip()


COLLECTS = "import gc; from custom_sender import startup; print(gc.isenabled())"
SENDERS = """
import sys
from custom_sender.senders import KINDS
print(len({f"custom_sender.senders.{kind}" for kind in KINDS} & set(sys.modules)))
"""
POSTPONES = """
import sys
from custom_sender.cognito.postponed import postponed
with postponed("boto3", "asyncio"):
    import asyncio, boto3
print(*sorted({"boto3", "asyncio"} & set(sys.modules)))
"""
LOADS = (
    POSTPONES
    + """
print("boto3.session" in sys.modules)
"""
)
CLIENTS = """
from custom_sender.network import clients
made = [clients.client(name, "eu-central-1", clients.patience(connect_seconds=1, read_seconds=1, tries=1))
        for name in ("kms", "sns")]
contexts = {id(each._endpoint.http_session._manager.connection_pool_kw["ssl_context"]) for each in made}
loaders = {id(each._loader) for each in made}
print(len(contexts), len(loaders))
"""
PREPARES = """
from custom_sender.reader import Reader
from custom_sender.senders import create
from custom_sender.network.transport import Transport
transport = Transport()
transport.prepare(create(Reader({"kind": "sns", "sms_type": "Transactional"}, "senders.here")))
print(len(transport._clients))
"""


# The change's name → what is asked, the answer of the package as it is, and that of the changed one.
ANSWERS = {
    "garbage collected while importing": (COLLECTS, "False", "True"),
    "boto3 imported, not postponed": (POSTPONES, "", "boto3"),
    "asyncio imported, not postponed": (POSTPONES, "", "asyncio"),
    "the modules of all senders imported": (SENDERS, "0", "11"),
    "a TLS context for each client": (CLIENTS, "1 1", "2 1"),
    "a botocore session for each client": (CLIENTS, "1 1", "1 2"),
    "the sender's client made by the first message": (PREPARES, "1", "0"),
    "tried: importlib's LazyLoader to postpone": (LOADS, "False", "asyncio boto3\nTrue"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_change_is_what_its_name_says(original: Path, tmp_path: Path, name: str) -> None:
    script, as_it_is, changed = ANSWERS[name]
    assert _says(original, script) == as_it_is
    place = shutil.copytree(original, tmp_path / "changed", copy_function=os.link)
    apply(EDITS[name], place)
    assert _says(place, script) == changed


def test_the_package_that_is_compared_with_stays_as_it_is(original: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in original.rglob("*.pyc")}
    apply(Edit("handler.py", "pass"), shutil.copytree(original, tmp_path / "changed", copy_function=os.link))
    assert {path: path.read_bytes() for path in original.rglob("*.pyc")} == before


def test_an_edit_that_is_no_python_is_named(original: Path, tmp_path: Path) -> None:
    place = shutil.copytree(original, tmp_path / "changed", copy_function=os.link)
    with pytest.raises(BenchmarkError, match="collector"):
        apply(Edit("collector.py", "def"), place)


def _measured(name: str, more_cpu: int) -> StepResult:
    figure = Figure(100, 90, 110, 40)
    return StepResult(name, figure, figure, figure, figure, Figure(39, 38, 41, 40), more_cpu)


def _with(results: Results, *changes: StepResult) -> Results:
    return replace(results, steps=Steps("2026-11-22", Machine("AMD EPYC", 2, "Linux"), changes))


@pytest.mark.parametrize(("more", "shown"), [(64, "**64**"), (63, "63"), (37, "37"), (36, "**36**")])
def test_what_chance_does_not_make_stands_out(kept: Results, more: int, shown: str) -> None:
    text = tables.steps(_with(kept, _measured(SELF_CONTAINED, 0), _measured("changed", more)))
    assert f"| {shown} | 39 (38–41) |" in text
    assert "| – | 39 (38–41) |" in text
    assert "chance makes 37 to 63 " in text


def test_results_without_steps_say_how_to_have_them(kept: Results) -> None:
    assert tables.steps(replace(kept, steps=None)) == "Not measured yet: `make bench ARGS=--steps` does."


def test_steps_are_the_same_when_they_are_read_again(kept: Results) -> None:
    measured = _with(kept, _measured(SELF_CONTAINED, 0), _measured(AGAIN, 20))
    assert read_results(measured.json()) == measured


def test_a_change_is_compared_with_the_package_of_its_round() -> None:
    package = ColdStarts(SELF_CONTAINED, [Cold(100, 90, 50, 40), Cold(400, 360, 50, 160)], (), 3)
    slower = ColdStarts(NO_BYTE_CODE, [Cold(150, 180, 50, 41), Cold(600, 359, 50, 161)], (), 3)
    itself, found = step_results([package, slower])
    assert itself.ratio.median == 1
    assert (found.ratio.low, found.ratio.median, found.ratio.high) == (1.5, 1.5, 1.5)
    assert (found.more_cpu, found.message_milliseconds.median) == (50, 101)
