#!/usr/bin/env python3
"""Builds the function's packages. Standard library only; the same input gives the same files on every machine.

    build.py                      write dist/custom-sender.zip: our own source and its byte code, nothing else
    build.py --check              exit 1 and name what differs when the committed zip has not what the source makes
    build.py self-contained …     a zip with all libraries for networks that cannot reach the public Powertools layer

The default zip is committed and its hash is known at plan, so that nobody who runs Terraform needs Python. Its
libraries come from the Powertools layer, and botocore from the Lambda runtime. It has byte code for the default
runtime; another one compiles the sources at each cold start. The self-contained one brings botocore too. Of all
libraries it has only what the function needs (libraries.py), as byte code.
"""

from __future__ import annotations

import argparse
import ast
import base64
import functools
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FUNCTION = Path(__file__).resolve().parent
PACKAGES = ("custom_sender", "pool_attachment")
SOURCE = FUNCTION / "src"
COMMITTED = FUNCTION / "dist" / "custom-sender.zip"
# What Lambda says of it: the doctor is installed without the zip, and knows it by this.
DIGEST = FUNCTION.parent / "cli" / "cognito_sender" / "doctor" / "package.json"
LOCK = FUNCTION / "requirements.txt"
SOURCE_SUFFIXES = frozenset({".py", ".json", ".html", ".txt"})
# Of botocore's descriptions of AWS what the sender calls, for a botocore that is the runtime's (generate_aws.py).
DESCRIPTIONS = "custom_sender/network/aws/"
# The default runtime (variables.tf).
DEFAULT_PYTHON = (3, 13)
# Nobody waits for the attachment, which runs while Terraform applies.
COMPILED = "custom_sender/"

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

# Of a wheel, what pip wrote for itself: two wheels may have different ones of one name.
DROPPED_METADATA = frozenset({"RECORD", "INSTALLER", "REQUESTED"})


class BuildError(Exception):
    """What was wrong, where, and what to do: printed without a traceback."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "self-contained":
            return build_self_contained(options)
        if options.check:
            return check(COMMITTED) or _check_digest()
        status = build_default(COMMITTED)
        _write(DIGEST, _digest())
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 2
    return status


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
    return {
        path.relative_to(SOURCE).as_posix(): _packed(path.suffix, path.read_bytes())
        for package in PACKAGES
        for path in sorted((SOURCE / package).rglob("*"))
        if path.suffix in SOURCE_SUFFIXES and "__pycache__" not in path.parts
    }


def _packed(suffix: str, content: bytes) -> bytes:
    """Without what is there for people's eyes: JSON's blanks, and a module's comments and docstrings.

    Every statement stays on its line: logs name lines, and a reader looks them up in the repository. A docstring stays
    as a dot: for a class without one, ``dataclass`` writes its signature, which takes longer than all else it does.
    """
    if suffix == ".json":
        return json.dumps(json.loads(content), ensure_ascii=False, separators=(",", ":")).encode()
    if suffix != ".py":
        return content
    lines = content.decode().splitlines()
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            ast.get_docstring(node, clean=False) is not None
        ):
            text = node.body[0]
            indent = lines[text.lineno - 1][: text.col_offset]
            lines[text.lineno - 1 : text.end_lineno] = [indent + '"."', *[""] * ((text.end_lineno or 0) - text.lineno)]
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    return "\n".join([*lines, ""]).encode()


def byte_code(files: Mapping[str, bytes], version: tuple[int, int]) -> dict[str, bytes]:
    """The byte code of our modules, where Python looks for it beside the sources."""
    tag = f"cpython-{version[0]}{version[1]}"
    sources = {name: content for name, content in files.items() if name.startswith(COMPILED) and name.endswith(".py")}
    with tempfile.TemporaryDirectory(prefix="cognito-custom-sender-build-") as directory:
        made = compiled(sources, version, Path(directory))
    paths = {PurePosixPath(name): content for name, content in made.items()}
    return {str(path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc"): content for path, content in paths.items()}


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files: sorted, one date, one mode, one creating system.

    Deflated, so a file's packed bytes are those of this machine's zlib; all else depends on nothing but the files.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            archive.writestr(_entry(name), files[name])
    return buffer.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, ZIP_EPOCH)
    entry.create_system = UNIX
    # The runtime's user is not the files' owner: everything must be readable by all.
    entry.external_attr = (0o100755 if name.endswith(".so") else 0o100644) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def build_default(out: Path) -> int:
    """Write the zip of our own source, and of its byte code."""
    files = source_files()
    files |= byte_code(files, DEFAULT_PYTHON)
    _write(out, pack(files))
    _report(out, files)
    return 0


def check(committed: Path) -> int:
    """Has the committed zip, file by file, what the source makes?

    The packed bytes are not compared: zlib's versions and descendants (zlib-ng) deflate differently. Terraform and
    Lambda see the committed file's hash. Of byte code what it says is compared, because releases of one Python write
    the same code in other bytes.
    """
    name = committed.relative_to(FUNCTION.parent) if committed.is_relative_to(FUNCTION.parent) else committed
    expected = source_files()
    expected |= byte_code(expected, DEFAULT_PYTHON)
    try:
        with zipfile.ZipFile(committed) as archive:
            entries = archive.infolist()
            actual = {entry.filename: archive.read(entry) for entry in entries}
    except (OSError, zipfile.BadZipFile) as error:
        print(f"{name} cannot be read ({error}). Run: python function/build.py", file=sys.stderr)
        return 1
    differences = [
        *(f"  only in the source: {path}" for path in sorted(expected.keys() - actual.keys())),
        *(f"  only in the zip:    {path}" for path in sorted(actual.keys() - expected.keys())),
        *(f"  content differs:    {path}" for path in _different(expected, actual)),
    ]
    if not differences and [_header(entry) for entry in entries] != [
        _header(_entry(path)) for path in sorted(expected)
    ]:
        differences = ["  same files; order, dates, modes or compression differ"]
    if not differences:
        return 0
    print(
        f"{name} is not what the source makes. Run: python function/build.py", *differences, sep="\n", file=sys.stderr
    )
    return 1


def _digest() -> bytes:
    digest = base64.b64encode(hashlib.sha256(COMMITTED.read_bytes()).digest()).decode()
    return json.dumps({"sha256": digest}).encode() + b"\n"


def _check_digest() -> int:
    if DIGEST.is_file() and DIGEST.read_bytes() == _digest():
        return 0
    print(f"{DIGEST.name} is not of the committed zip. Run: python function/build.py", file=sys.stderr)
    return 1


# Run by the interpreter that compiles: whether byte code belongs to the same source and is the same code.
_COMPARER = """
import marshal, pathlib, sys
def read(path):
    content = path.read_bytes()
    try:
        return content[:16], marshal.loads(content[16:])
    except (EOFError, TypeError, ValueError):
        return content
one, other = map(pathlib.Path, sys.argv[1:])
for path in sorted(one.iterdir()):
    if read(path) != read(other / path.name):
        print(path.name)
"""


def _different(expected: Mapping[str, bytes], actual: Mapping[str, bytes]) -> list[str]:
    """What both have, with other content."""
    paths = [path for path in sorted(expected.keys() & actual.keys()) if expected[path] != actual[path]]
    with tempfile.TemporaryDirectory(prefix="cognito-custom-sender-check-") as directory:
        sides = Path(directory, "expected"), Path(directory, "actual")
        for side, files in zip(sides, (expected, actual), strict=True):
            side.mkdir()
            for number, path in enumerate(paths):
                side.joinpath(str(number)).write_bytes(files[path])
        command = [find_interpreter(DEFAULT_PYTHON), "-I", "-c", _COMPARER, *map(str, sides)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    others = {paths[int(number)] for number in done.stdout.split()}
    return [path for path in paths if path in others or not path.endswith(".pyc")]


def _header(entry: zipfile.ZipInfo) -> tuple[object, ...]:
    """Whatever a zip says of a file beside its content."""
    return entry.filename, entry.date_time, entry.create_system, entry.external_attr, entry.compress_type, entry.extra


# The self-contained package


def build_self_contained(options: argparse.Namespace) -> int:
    """Write the zip with libraries and, unless told otherwise, byte code for the runtime's Python."""
    version = _version(options.python)
    with tempfile.TemporaryDirectory(prefix="cognito-custom-sender-build-") as directory:
        work = Path(directory)
        files: dict[str, bytes] = {}
        own = {name: content for name, content in source_files().items() if not name.startswith(DESCRIPTIONS)}
        packages = {"the function": own}
        packages |= {w.name: dict(wheel_files(w)) for w in _download(version, MACHINES[options.arch], work)}
        for origin, kept in libraries.needed(packages).items():
            merge(files, kept, origin)
        if not options.no_bytecode:
            files = compiled(files, version, work)
    unpacked = sum(map(len, files.values()))
    if unpacked > UNPACKED_LIMIT:
        raise BuildError(f"{unpacked:,} bytes unpacked: Lambda takes at most {UNPACKED_LIMIT:,}")
    content = pack(files)
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


def wheel_files(wheel: Path) -> Iterator[tuple[str, bytes]]:
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
    return not (path.parts[0].endswith(".dist-info") and path.name in DROPPED_METADATA)


def merge(files: dict[str, bytes], new: Mapping[str, bytes], origin: str) -> None:
    for name, content in new.items():
        if files.setdefault(name, content) != content:
            raise BuildError(f"{origin} brings {name}, which another package brings too with other content")


# Run by the interpreter that compiles. It puts byte code in the place of each source below the first argument. The byte
# code is never checked against a file's time, because Lambda's file times are the zip's (PEP 552). One process, sorted,
# so that the bytes do not depend on the machine.
_COMPILER = """
import importlib.util, marshal, pathlib, sys
root, origin = pathlib.Path(sys.argv[1]), sys.argv[2]
for path in sorted(root.rglob("*.py")):
    source, name = path.read_bytes(), path.relative_to(root).as_posix()
    code = compile(source, origin + "/" + name, "exec", dont_inherit=True, optimize=0)
    head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(source)
    path.with_suffix(".pyc").write_bytes(head + marshal.dumps(code))
"""


def compiled(files: Mapping[str, bytes], version: tuple[int, int], work: Path) -> dict[str, bytes]:
    """The files with byte code in the place of sources. Python imports ``x.pyc`` where there is no ``x.py``."""
    interpreter = find_interpreter(version)
    root = work / "tree"
    for name, content in files.items():
        if name.endswith(".py"):
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    # The hash seed orders the constants of sets, and so the bytes.
    environment = {"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")}
    # Without columns, which only point at a part of a line: they are a fifth of the byte code.
    command = [interpreter, "-s", "-P", "-X", "no_debug_ranges", "-c", _COMPILER, str(root), TASK_ROOT]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise BuildError(f"{interpreter} could not compile the sources: {done.stderr.strip()}")
    made = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.pyc"))}
    return {name: content for name, content in files.items() if not name.endswith(".py")} | made


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
        f"or install it with pyenv. self-contained has --no-bytecode: the function then compiles itself at each cold "
        f"start. "
        f"(This is Python {platform.python_version()}.)"
    )


@functools.cache
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
