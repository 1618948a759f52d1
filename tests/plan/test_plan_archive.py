"""What a registry hands out, or GitHub as a tarball: without tests and tools, and still the whole module."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from localaws import REPOSITORY
from localaws.terraform import Terraform
from support.roots import FAKE_CREDENTIALS

# The root calls modules/user-pool.
MODULES = (".", "modules/user-pool-attachment")
MOST_BYTES = 700_000


@pytest.fixture(scope="module")
def archive() -> bytes:
    """As ``git archive`` makes it of the last commit, by the attributes that lie here."""
    command = ["git", "archive", "--worktree-attributes", "--format=tar.gz", "HEAD"]
    return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def unpacked(archive: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("archive")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(place, filter="data")
    return place


def test_it_is_small(archive: bytes) -> None:
    assert len(archive) <= MOST_BYTES


def test_it_has_no_tests_and_no_tools(unpacked: Path) -> None:
    assert not {"tests", "localaws", "cli", "benchmarks", "Makefile", ".github"} & {
        file.name for file in unpacked.iterdir()
    }


@pytest.mark.parametrize("module", MODULES)
def test_it_is_a_valid_module(unpacked: Path, module: str) -> None:
    terraform = Terraform(unpacked / module, FAKE_CREDENTIALS)
    terraform.init()
    assert terraform.validate() == ()


def test_it_has_every_file_that_terraform_reads(unpacked: Path) -> None:
    """``validate`` reads no file whose path has a variable in it."""
    for folder in ("data", "senders", "senders/presets"):
        source = REPOSITORY / "function/src/custom_sender" / folder
        there = {file.name for file in (unpacked / "function/src/custom_sender" / folder).glob("*.json")}
        assert there == {file.name for file in source.glob("*.json")}
    assert (unpacked / "function/dist/custom-sender.zip").is_file()
