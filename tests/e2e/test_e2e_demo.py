"""What the README promises first: `make demo` ends with a confirmed user, `make local` cleans up after Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localaws import REPOSITORY

DEMO = [sys.executable, "-m", "localaws.demo"]


@pytest.fixture
def environment() -> dict[str, str]:
    """Without what `make` or a test run puts on Python's path: the demo needs nothing but its own package."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONUNBUFFERED": "1"}


@pytest.mark.long
def test_demo_shows_the_whole_way(environment: dict[str, str]) -> None:
    done = subprocess.run(
        DEMO, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The phone of ana:" in done.stdout
    assert "ana is CONFIRMED." in done.stdout
    assert "The mailbox of ben:" in done.stdout
    assert "Subject: Your Acme verification code" in done.stdout
    assert "ben is CONFIRMED." in done.stdout
    assert "No changes." in done.stdout
    assert "terraform destroy" in done.stdout


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_what_was_left_running_ends_and_takes_everything_away(
    number: signal.Signals, environment: dict[str, str], tmp_path: Path
) -> None:
    # In a session of its own, so that the signal reaches all of its processes as a terminal's Ctrl-C does.
    process = subprocess.Popen(
        [*DEMO, "--stay", "--port", "0"],
        cwd=REPOSITORY,
        env={**environment, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A job in the background of a script has Ctrl-C ignored, and hands that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread holds a lock here
    )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C ends it." in line:
            os.killpg(process.pid, number)
            break
    printed += process.stdout.read()
    assert process.wait(120) == 0, printed
    assert "▸ terraform destroy" in printed
    assert "failed" not in printed
    assert list(tmp_path.iterdir()) == []
