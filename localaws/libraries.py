"""What a function finds beside its own code: an interpreter, the runtime's libraries, the public Powertools layer.

Everything is installed once, from the pinned and hashed versions of the repository's lock files, into a cache directory
that is shared by all runs (``.cache/localaws`` of the repository, or ``LOCALAWS_CACHE``). Wheels are made for this
machine, not for the function's declared architecture: an arm64 function runs here on whatever this machine is.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from localaws import REPOSITORY

INTERPRETER_VARIABLE: Final = "LOCALAWS_PYTHON"
CACHE_VARIABLE: Final = "LOCALAWS_CACHE"

# What AWS puts into the managed Python runtime. The Powertools layer's own build takes exactly these out of the layer.
RUNTIME_LIBRARIES: Final = ("boto3", "botocore", "s3transfer", "urllib3", "jmespath", "python-dateutil", "six")
# The runtime client that AWS installs beside them, and what it needs.
_RUNTIME_CLIENT: Final = ("awslambdaric", "simplejson", "snapshot-restore-py")

# What the layer is published for, with what it needs; the function does not.
_POWERTOOLS: Final = ("aws-lambda-powertools", "typing-extensions")

# https://docs.aws.amazon.com/powertools/python/latest/getting-started/install/ : who publishes the layer, by partition
# or, in GovCloud, by Region.
LAYER_ACCOUNTS: Final[Mapping[str, str]] = {
    "aws": "017000801446",
    "aws-cn": "498634801083",
    "us-gov-east-1": "165087284144",
    "us-gov-west-1": "165093116878",
}
_LAYER: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:"
    r"AWSLambdaPowertoolsPythonV3-python(?P<version>3\d+)-(?P<architecture>x86_64|arm64):(?P<number>[1-9]\d*)",
)

_LOCK: Final = threading.Lock()


class LibraryError(RuntimeError):
    """An interpreter or a library cannot be had. The text says what to install or which variable to set."""


@dataclass(frozen=True, slots=True)
class PublicLayer:
    """The ARN of a public Powertools layer, taken apart."""

    arn: str
    partition: str
    region: str
    runtime: str
    architecture: str
    number: int

    @classmethod
    def parse(cls, arn: str) -> PublicLayer | None:
        """None for any other layer."""
        match = _LAYER.fullmatch(arn)
        if match is None:
            return None
        publisher = LAYER_ACCOUNTS.get(match["region"]) or LAYER_ACCOUNTS.get(match["partition"])
        if publisher != match["account"]:
            return None
        version = match["version"]
        return cls(
            arn=arn,
            partition=match["partition"],
            region=match["region"],
            runtime=f"python{version[0]}.{version[1:]}",
            architecture=match["architecture"],
            number=int(match["number"]),
        )


# ---------------------------------------------------------------------------------------------------------------------
# Interpreters
# ---------------------------------------------------------------------------------------------------------------------


@cache
def interpreter(runtime: str) -> Path:
    """The interpreter of a Lambda runtime (``python3.13``).

    :raises LibraryError: when this machine has none.
    """
    match = re.fullmatch(r"python(3\.\d+)", runtime)
    if match is None:
        raise LibraryError(f"The embedded Lambda runs Python functions only, not runtime {runtime!r}.")
    version = match[1]
    named = os.environ.get(INTERPRETER_VARIABLE)
    if named:
        found = _version_of(Path(named))
        if found != version:
            what = f"Python {found}" if found else "no Python that runs"
            raise LibraryError(
                f"{INTERPRETER_VARIABLE} is {named!r}, which is {what}; the function's "
                f"runtime is {runtime}. Point it at a Python {version}, or unset it.",
            )
        return Path(named)
    for candidate in _candidates(version):
        if _version_of(candidate) == version:
            return candidate
    raise LibraryError(
        f"No Python {version} on this machine, so functions of runtime {runtime} cannot run. Install it (for example "
        f"`pyenv install {version}` or your system's package python{version}), or set {INTERPRETER_VARIABLE} to its "
        "interpreter.",
    )


def _candidates(version: str) -> Iterator[Path]:
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    yield from sorted(pyenv.glob(f"{version}*/bin/python"), reverse=True)
    yield from sorted((home / ".local/share/uv/python").glob(f"cpython-{version}*/bin/python{version}"), reverse=True)
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
        yield Path(sys.executable)


def _version_of(candidate: Path) -> str | None:
    try:
        done = subprocess.run(
            [str(candidate), "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


# ---------------------------------------------------------------------------------------------------------------------
# Installed libraries
# ---------------------------------------------------------------------------------------------------------------------


def runtime_directory(runtime: str) -> Path:
    """Directory with the libraries of the managed runtime and its client."""
    pins = _pins(REPOSITORY / "tests" / "requirements.txt", (*RUNTIME_LIBRARIES, *_RUNTIME_CLIENT))
    return _installed(f"runtime-{runtime}", runtime, pins)


def layer_directory(runtime: str) -> Path:
    """Directory with the content of the Powertools layer (its ``python/``)."""
    needed = [name for name in _names(REPOSITORY / "function" / "requirements.txt") if name not in RUNTIME_LIBRARIES]
    pins = _pins(REPOSITORY / "tests" / "requirements.txt", (*needed, *_POWERTOOLS))
    return _installed(f"powertools-{runtime}", runtime, pins)


def prepare(runtime: str) -> None:
    """Fill the cache for a runtime, so that no later call has to wait.

    :raises LibraryError: when the interpreter is missing or an installation fails.
    """
    runtime_directory(runtime)
    layer_directory(runtime)


def _blocks(lock: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each pin (requirement, marker and hashes) of a pip lock file."""
    text = lock.read_text()
    for match in re.finditer(r"^([A-Za-z0-9._-]+)==[^\n]*(?:\n[ \t]+--hash=[^\n]*)*", text, re.MULTILINE):
        yield match[1].lower().replace("_", "-"), match[0]


def _names(lock: Path) -> list[str]:
    return [name for name, _ in _blocks(lock)]


def _pins(lock: Path, names: Sequence[str]) -> str:
    wanted = set(names)
    pins = {name: block for name, block in _blocks(lock) if name in wanted}
    missing = sorted(wanted - set(pins))
    if missing:
        raise LibraryError(f"{lock.relative_to(REPOSITORY)} does not pin {', '.join(missing)}. Lock it again.")
    return "\n".join(_without_continuation(pins[name]) for name in sorted(pins)) + "\n"


def _without_continuation(block: str) -> str:
    return block.rstrip().removesuffix("\\").rstrip()


def _installed(name: str, runtime: str, pins: str) -> Path:
    python = interpreter(runtime)
    cache_root = Path(os.environ.get(CACHE_VARIABLE) or REPOSITORY / ".cache" / "localaws")
    digest = hashlib.sha256(f"{platform.machine()}\n{pins}".encode()).hexdigest()[:12]
    target = cache_root / f"{name}-{platform.machine()}-{digest}"
    if target.is_dir():
        return target
    cache_root.mkdir(parents=True, exist_ok=True)
    with _LOCK, _exclusive(cache_root / f"{target.name}.lock"):
        if not target.is_dir():
            _install(python, runtime, pins, target)
    return target


@contextlib.contextmanager
def _exclusive(lock: Path) -> Iterator[None]:
    """Other test processes may want the same directory at the same time."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _install(python: Path, runtime: str, pins: str, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text(pins)
        draft = Path(scratch, "python")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps", "--require-hashes"]
        command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", runtime.removeprefix("python")]
        command += ["--target", str(draft), "--requirement", str(requirements)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LibraryError(f"pip could not install the pinned libraries for {runtime}:\n{done.stderr.strip()}")
        # Byte code of the function's Python, as in AWS's images: without it every cold start would compile everything.
        subprocess.run([str(python), "-m", "compileall", "-q", "-j", "0", str(draft)], check=False)
        draft.rename(target)
