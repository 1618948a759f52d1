"""The public Powertools layer, made as the number was made that the module pins.

Its recipe is layer_v3/docker/Dockerfile of aws-powertools/powertools-lambda-python. Number 36 was made by the one of
commit 10415a8: it installs `aws-lambda-powertools[all]`, deletes what the Lambda runtime has already, the tests, and
all byte code. So each cold start compiles what it imports from there: /opt cannot be written to. The later
recipe (commit 7c67768) compiles with checked hashes; which number is the first to have been made by it is not known.

Left out here: `strip` on shared libraries, which makes them smaller and no import faster.
"""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.process import BenchmarkError, run
from localaws import REPOSITORY
from localaws.libraries import interpreter

RUNTIME: Final = "python3.13"
NONE: Final = "none"
CHECKED: Final = "checked-hash"
# What each number that has a list of versions in layers/ was made with.
BYTE_CODE: Final = {36: NONE}

_LISTS: Final = Path(__file__).parent / "layers"
_IN_THE_RUNTIME: Final = ("boto*", "s3transfer*", "*dateutil*", "urllib3*", "six*", "jmespath*")
_PINNED: Final = re.compile(r'^ +aws += \{ account = "\d{12}", number = (\d+),', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's ``python/`` at ``place``; ``byte_code`` is ``NONE`` or ``CHECKED``."""

    number: int
    byte_code: str
    place: Path

    def __str__(self) -> str:
        return f"number {self.number}, byte code: {self.byte_code}"

    def check(self) -> None:
        """Raises ``BenchmarkError`` when a run has left byte code, which the next one would find."""
        modules, compiled = (len(list(self.place.rglob(pattern))) for pattern in ("*.py", "*.pyc"))
        if compiled != (0 if self.byte_code == NONE else modules):
            raise BenchmarkError(
                f"layer {self.number}: it has {compiled} files of byte code for {modules} modules, and was made with "
                f"byte code {self.byte_code}"
            )


def pinned_number(repository: Path = REPOSITORY) -> int:
    """The layer's number outside China and GovCloud. Raises ``BenchmarkError`` when nobody knows how it was made."""
    found = _PINNED.search((repository / "layers.tf").read_text())
    number = int(found[1]) if found else 0
    if number not in BYTE_CODE:
        raise BenchmarkError(f"layers.tf pins layer {number}: put its versions into layers/, and its byte code here")
    return number


def make(number: int, place: Path, byte_code: str) -> Layer:
    """Make ``place``, as the recipe makes /asset/python. Raises ``BenchmarkError``."""
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"),
        *("--no-deps", "--require-hashes", "--only-binary=:all:", "--implementation", "cp"),
        *("--python-version", RUNTIME.removeprefix("python"), "--target", str(place)),
        *("--requirement", str(_LISTS / f"{number}.txt")),
    )
    for path in [found for pattern in _IN_THE_RUNTIME for found in place.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in [found for found in place.rglob("*") if found.is_file()]:
        if "tests" in path.relative_to(place).parent.parts or path.suffix == ".pyc":
            path.unlink()
    if byte_code == CHECKED:
        modules = ("--invalidation-mode", "checked-hash", "-s", str(place.parent), "-p", "/opt", str(place))
        run(str(interpreter(RUNTIME)), "-m", "compileall", "-q", *modules)
    for path in (place, *place.rglob("*")):
        path.chmod(0o555)
    layer = Layer(number, byte_code, place)
    layer.check()
    return layer
