#!/usr/bin/env python3
"""Builds the function's packages. Standard library only; the same input gives the same bytes on every machine.

    build.py                      write dist/cognito-sms-sender.zip: our own source, nothing else
    build.py --check              exit 1 and name what differs when the committed zip is not what the source makes
    build.py self-contained …     a zip with all libraries for networks that cannot reach the public Powertools layer

The default zip is committed and its hash is known at plan, so that nobody who runs Terraform needs Python. Its
libraries come from the Powertools layer, and boto3 from the Lambda runtime. The self-contained one brings boto3 too,
because the runtime's may be too old for an operation (SendNotifyTextMessage).
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FUNCTION = Path(__file__).resolve().parent
PACKAGE = "cognito_sms_sender"
SOURCE = FUNCTION / "src"
COMMITTED = FUNCTION / "dist" / "cognito-sms-sender.zip"
LOCK = FUNCTION / "requirements.txt"
SOURCE_SUFFIXES = frozenset({".py", ".json"})

# The AWS services that the function calls. botocore describes four hundred, in 28 MB.
SERVICES = frozenset({"cognito-idp", "dynamodb", "kms", "pinpoint-sms-voice-v2", "secretsmanager", "sns", "ssm", "sts"})

MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
OLDEST_PYTHON = (3, 11)

# 1980-01-01 is the first moment a zip can name; every file gets it.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
UNIX = 3
# Lambda unpacks to /var/task: what a traceback shows, and what the byte code is told about its origin.
TASK_ROOT = "/var/task"
# Lambda's limits: 250 MB unpacked with all layers; 50 MB for a zip that is uploaded directly and not by way of S3.
UNPACKED_LIMIT = 250 * 1024 * 1024
DIRECT_UPLOAD_LIMIT = 50 * 1024 * 1024

# Wheel contents that nothing reads at run time. Licences and METADATA stay.
DROPPED_DIRECTORIES = frozenset({"tests", "test", "__pycache__"})
DROPPED_SUFFIXES = frozenset({".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h"})
DROPPED_METADATA = frozenset({"RECORD", "INSTALLER", "REQUESTED", "WHEEL", "top_level.txt", "entry_points.txt"})


class BuildError(Exception):
    """What was wrong, where, and what to do: printed without a traceback."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "self-contained":
            return build_self_contained(options)
        return check(COMMITTED) if options.check else build_default(COMMITTED)
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Build the function's deployment packages.",
        epilog=f"Without arguments: write {COMMITTED.relative_to(FUNCTION.parent)} from the source.",
    )
    parser.add_argument("--check", action="store_true", help="compare the committed zip with the source; write nothing")
    commands = parser.add_subparsers(dest="command", title="other packages")
    whole = commands.add_parser("self-contained", help="a zip with all libraries, for closed networks")
    whole.add_argument("--arch", required=True, choices=sorted(MACHINES), help="the function's architecture")
    whole.add_argument("--python", required=True, metavar="3.13", help="the runtime's Python version")
    whole.add_argument("--out", required=True, type=Path, metavar="FILE", help="where to write the zip")
    whole.add_argument(
        "--no-bytecode", action="store_true", help="leave out byte code: no Python of that version needed"
    )
    return parser


# The default package


def source_files() -> dict[str, bytes]:
    """Our own source as it stands in a zip: path → content. The presets of providers are source too: JSON."""
    root = SOURCE / PACKAGE
    return {
        path.relative_to(SOURCE).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.suffix in SOURCE_SUFFIXES and "__pycache__" not in path.parts
    }


def pack(files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of these files that depends on nothing else: sorted, one date, one mode, one creating system."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.create_system = UNIX
            # The runtime's user is not the files' owner: everything must be readable by all.
            entry.external_attr = (0o100755 if name.endswith(".so") else 0o100644) << 16
            entry.compress_type = compression
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def build_default(out: Path) -> int:
    """Write the zip of our own source. Stored and not deflated: deflate differs between versions of zlib."""
    files = source_files()
    _write(out, pack(files))
    _report(out, files)
    return 0


def check(committed: Path) -> int:
    """Is the committed zip, to the byte, what the source makes?"""
    name = committed.relative_to(FUNCTION.parent) if committed.is_relative_to(FUNCTION.parent) else committed
    expected = source_files()
    try:
        content = committed.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            actual = {entry: archive.read(entry) for entry in archive.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        print(f"{name} cannot be read ({error}). Run: python function/build.py", file=sys.stderr)
        return 1
    if content == pack(expected):
        return 0
    differences = [
        *(f"  only in the source: {path}" for path in sorted(expected.keys() - actual.keys())),
        *(f"  only in the zip:    {path}" for path in sorted(actual.keys() - expected.keys())),
        *(
            f"  content differs:    {path}"
            for path in sorted(expected.keys() & actual.keys())
            if expected[path] != actual[path]
        ),
    ] or ["  same files; order, dates, modes or compression differ"]
    print(
        f"{name} is not what the source makes. Run: python function/build.py", *differences, sep="\n", file=sys.stderr
    )
    return 1


# The self-contained package


def build_self_contained(options: argparse.Namespace) -> int:
    """Write the zip with libraries and, unless told otherwise, byte code for the runtime's Python."""
    version = _version(options.python)
    with tempfile.TemporaryDirectory(prefix="cognito-sms-sender-build-") as directory:
        work = Path(directory)
        files = source_files()
        for wheel in _download(version, MACHINES[options.arch], work):
            _merge(files, dict(_wheel_files(wheel)), wheel.name)
        if not options.no_bytecode:
            files.update(_compile(files, version, work))
    unpacked = sum(map(len, files.values()))
    if unpacked > UNPACKED_LIMIT:
        raise BuildError(f"{unpacked:,} bytes unpacked: Lambda takes at most {UNPACKED_LIMIT:,}")
    # Deflated: a third of the size. The same bytes wherever zlib is the same.
    content = pack(files, zipfile.ZIP_DEFLATED)
    _write(options.out, content)
    _report(options.out, files)
    if len(content) > DIRECT_UPLOAD_LIMIT:
        print("Larger than Lambda takes in a direct upload: put it into S3 and name it there (package.s3).")
    return 0


def _version(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)\.(\d+)", text.removeprefix("python"))
    if not match:
        raise BuildError(f"--python {text}: a version such as 3.13 is needed")
    version = int(match[1]), int(match[2])
    if version < OLDEST_PYTHON:
        raise BuildError(f"--python {text}: the function needs Python {'.'.join(map(str, OLDEST_PYTHON))} or newer")
    return version


def _download(version: tuple[int, int], machine: str, work: Path) -> list[Path]:
    wheels = work / "wheels"
    number = f"{version[0]}{version[1]}"
    # Python 3.11 runs on Amazon Linux 2 (glibc 2.26), later versions on Amazon Linux 2023 (glibc 2.34).
    platforms = [f"manylinux2014_{machine}", f"manylinux_2_17_{machine}"]
    if version > OLDEST_PYTHON:
        platforms += [f"manylinux_2_28_{machine}", f"manylinux_2_34_{machine}"]
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir"),
        # The lock file is complete: nothing is asked for on a library's behalf.
        *("--require-hashes", "--no-deps", "--only-binary", ":all:", "--implementation", "cp"),
        *("--python-version", number, "--abi", f"cp{number}", "--abi", "abi3", "--abi", "none"),
        *(argument for name in platforms for argument in ("--platform", name)),
        *("--dest", str(wheels), "--requirement", str(LOCK)),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BuildError(
            f"pip could not download the locked wheels for Python {version[0]}.{version[1]} on {machine}. It needs pip "
            f"in {sys.executable} and an index that has every file named in {LOCK.name}. pip said:\n"
            f"{done.stderr.strip()}"
        )
    return sorted(wheels.glob("*.whl"))


def _wheel_files(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """What of a wheel goes into the zip, under the path where Python imports it."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = PurePosixPath(name)
            if name.endswith("/") or path.is_absolute() or ".." in path.parts:
                continue
            if path.parts[0].endswith(".data"):
                # Scripts, headers and data files are not for the import path.
                if path.parts[1] not in {"purelib", "platlib"}:
                    continue
                path = PurePosixPath(*path.parts[2:])
            if _is_wanted(path):
                yield path.as_posix(), archive.read(name)


def _is_wanted(path: PurePosixPath) -> bool:
    if path.parts[0].endswith(".dist-info"):
        return len(path.parts) > 2 or path.name not in DROPPED_METADATA
    if path.parts[:2] == ("botocore", "data") and len(path.parts) > 3:
        return path.parts[2] in SERVICES
    # boto3's own data describes its resources, which the function does not use.
    if path.parts[:2] == ("boto3", "data"):
        return False
    return not DROPPED_DIRECTORIES.intersection(path.parts[:-1]) and path.suffix not in DROPPED_SUFFIXES


def _merge(files: dict[str, bytes], new: Mapping[str, bytes], origin: str) -> None:
    for name, content in new.items():
        if files.setdefault(name, content) != content:
            raise BuildError(f"{origin} brings {name}, which another package brings too with other content")


# Run by the interpreter that compiles: reads the tree, writes byte code that is never checked against a file's time,
# because Lambda's file times are the zip's. One process, sorted, so that the bytes do not depend on the machine.
_COMPILER = """
import pathlib, py_compile, sys
root = pathlib.Path(sys.argv[1])
for path in sorted(root.rglob("*.py")):
    py_compile.compile(
        str(path), dfile=sys.argv[2] + "/" + path.relative_to(root).as_posix(), doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
"""


def _compile(files: Mapping[str, bytes], version: tuple[int, int], work: Path) -> dict[str, bytes]:
    interpreter = find_interpreter(version)
    root = work / "tree"
    for name, content in files.items():
        if name.endswith(".py"):
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    # The hash seed orders the constants of sets, and so the bytes.
    environment = {"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")}
    command = [interpreter, "-s", "-P", "-c", _COMPILER, str(root), TASK_ROOT]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise BuildError(f"{interpreter} could not compile the sources: {done.stderr.strip()}")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.pyc"))}


def find_interpreter(version: tuple[int, int]) -> str:
    """A Python of exactly this version: this one, $PYTHON, pythonX.Y on the PATH, or one that pyenv has installed."""
    name = f"{version[0]}.{version[1]}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [
        sys.executable,
        os.environ.get("PYTHON"),
        shutil.which(f"python{name}"),
        *(str(path / "bin" / "python") for path in sorted(pyenv.glob(f"{name}*"), reverse=True)),
    ]
    for candidate in candidates:
        if candidate and _runs(candidate, name):
            return candidate
    raise BuildError(
        f"no Python {name} to make byte code with: put python{name} on the PATH, name one in the variable PYTHON, "
        f"or install it with pyenv. Or add --no-bytecode: the function then compiles itself at each cold start. "
        f"(This is Python {platform.python_version()}.)"
    )


def _runs(candidate: str, name: str) -> bool:
    script = "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([candidate, "-c", script], check=False, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == f"cpython {name}"


def _write(out: Path, content: bytes) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
    except OSError as error:
        raise BuildError(f"{out} cannot be written: {error.strerror}; choose another place") from None


def _report(out: Path, files: Mapping[str, bytes]) -> None:
    unpacked = sum(map(len, files.values()))
    print(f"{out}: {out.stat().st_size:,} bytes, {len(files)} files, {unpacked:,} bytes unpacked")


if __name__ == "__main__":
    sys.exit(main())
