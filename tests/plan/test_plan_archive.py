"""What a registry hands out, or GitHub as a tarball: without tests and tools, and still the whole module."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from localaws import REPOSITORY
from localaws.terraform import Terraform
from support.roots import FAKE_CREDENTIALS

MODULES = (".", "modules/user-pool", "modules/user-pool-attachment")
MOST_BYTES = 700_000


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """As ``git archive`` would make it of a commit of what lies here. The repository itself stays as it is."""
    place = tmp_path_factory.mktemp("git")
    (place / "objects").mkdir()
    environment = {
        **os.environ,
        "GIT_INDEX_FILE": str(place / "index"),
        "GIT_OBJECT_DIRECTORY": str(place / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": _git("rev-parse", "--git-path", "objects").decode().strip(),
    }
    _git("read-tree", "HEAD", env=environment)
    _git("add", "--all", env=environment)
    tree = _git("write-tree", env=environment).decode().strip()
    return _git("archive", "--worktree-attributes", "--format=tar.gz", tree, env=environment)


def _git(*arguments: str, env: Mapping[str, str] | None = None) -> bytes:
    return subprocess.run(["git", *arguments], cwd=REPOSITORY, check=True, capture_output=True, env=env).stdout


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
def test_it_is_a_valid_module_without_a_warning(unpacked: Path, module: str) -> None:
    """Each by itself, called by nobody: as a registry or a linter sees it."""
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
