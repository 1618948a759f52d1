"""The packages: the same bytes everywhere, nothing in them that does not belong, and a check that says what differs."""

from __future__ import annotations

import ast
import hashlib
import io
import json
import re
import subprocess
import sys
import tokenize
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import CodeType
from typing import Any

import botocore
import botocore.session
import pytest

import build
from support.environment import environment

VARIABLES = build.FUNCTION.parent / "variables.tf"
BYTE_CODE = "custom_sender/__pycache__/handler.cpython-313.pyc"


@pytest.fixture(scope="module")
def files() -> Mapping[str, bytes]:
    return build.source_files()


@pytest.fixture(scope="module")
def byte_code(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    return build.byte_code(files, build.DEFAULT_PYTHON)


@pytest.fixture(autouse=True)
def _source(files: Mapping[str, bytes], byte_code: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Read, parsed and compiled once for all tests."""
    monkeypatch.setattr(build, "source_files", lambda: dict(files))
    monkeypatch.setattr(build, "byte_code", lambda *_: dict(byte_code))


@pytest.fixture
def zip_file(tmp_path: Path) -> Path:
    out = tmp_path / "dist" / "package.zip"
    assert build.build_default(out) == 0
    return out


def _repack(path: Path, level: int, spoil: Any = lambda entry: None, *, backwards: bool = False) -> None:
    """The zip's files again, packed at this level, each entry spoiled first."""
    with zipfile.ZipFile(path) as archive:
        files = {entry: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w", compresslevel=level) as archive:
        for entry, content in reversed(files.items()) if backwards else files.items():
            spoil(entry)
            archive.writestr(entry, content, compresslevel=level)


def _code(code: CodeType) -> tuple[object, ...]:
    """What a code object does and on which lines, but not in which columns."""
    constants = [_code(value) if isinstance(value, CodeType) else value for value in code.co_consts]
    return code.co_qualname, code.co_code, code.co_names, constants, [line for *_, line in code.co_lines()]


def _entries(content: bytes) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.infolist()


class TestDefaultPackage:
    def test_it_is_our_source_and_its_byte_code_and_nothing_else(self, zip_file: Path) -> None:
        names = [entry.filename for entry in _entries(zip_file.read_bytes())]
        assert "custom_sender/handler.py" in names
        assert "custom_sender/senders/twilio.py" in names
        assert "custom_sender/senders/presets/telnyx.json" in names
        assert {PurePosixPath(name).parts[0] for name in names} == {"custom_sender", "pool_attachment"}
        assert {PurePosixPath(name).suffix for name in names} == {".py", ".json", ".html", ".pyc", ".txt"}

    def test_nothing_of_the_machine_gets_in(self, zip_file: Path) -> None:
        entries = _entries(zip_file.read_bytes())
        assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in entries} == {3}
        assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
        assert {entry.compress_type for entry in entries} == {zipfile.ZIP_DEFLATED}

    def test_the_zip_is_at_most_500_kb(self, zip_file: Path) -> None:
        assert zip_file.stat().st_size <= 500_000

    def test_it_says_the_same_as_the_repository_and_on_the_same_lines(self) -> None:
        """Logs name lines, and a reader looks them up in the repository."""
        for name, content in build.source_files().items():
            original = (build.SOURCE / name).read_bytes()
            if name.endswith(".json"):
                assert json.loads(content) == json.loads(original), name
            elif name.endswith(".py"):
                assert _code(compile(content, name, "exec", optimize=2)) == _code(
                    compile(original, name, "exec", optimize=2)  # 2: without docstrings
                ), name
            else:
                assert content == original, name

    def test_what_only_people_read_is_left_out(self) -> None:
        source = build.source_files()["custom_sender/handler.py"].decode()
        assert tokenize.COMMENT not in {token.type for token in tokenize.generate_tokens(io.StringIO(source).readline)}
        assert ast.get_docstring(ast.parse(source)) == "."

    def test_every_module_of_the_sender_has_byte_code_that_the_default_runtime_takes_unseen(
        self, zip_file: Path, tmp_path: Path
    ) -> None:
        with zipfile.ZipFile(zip_file) as archive:
            archive.extractall(tmp_path / "task")
        modules = {path for path in build.source_files() if path.startswith("custom_sender/") and path.endswith(".py")}
        script = (
            "import importlib.util, sys\n"
            "for path in sys.argv[1:]:\n"
            "    content = open(importlib.util.cache_from_source(path), 'rb').read()\n"
            "    assert content[:8] == importlib.util.MAGIC_NUMBER + b'\\1\\0\\0\\0', path\n"
            "    assert content[8:16] == importlib.util.source_hash(open(path, 'rb').read()), path\n"
        )
        interpreter = build.find_interpreter(build.DEFAULT_PYTHON)
        subprocess.run([interpreter, "-I", "-c", script, *sorted(modules)], cwd=tmp_path / "task", check=True)
        default = re.search(r'runtime += optional\(string, "python(\d+)\.(\d+)"\)', VARIABLES.read_text())
        assert default is not None
        assert (int(default[1]), int(default[2])) == build.DEFAULT_PYTHON

    @pytest.mark.skipif(sys.version_info[:2] == build.DEFAULT_PYTHON, reason="this is the default runtime's Python")
    def test_another_runtime_starts_from_the_sources(self, zip_file: Path, tmp_path: Path) -> None:
        with zipfile.ZipFile(zip_file) as archive:
            archive.extractall(tmp_path / "task")
        variables = {**environment(), "PYTHONPATH": str(tmp_path / "task"), "AWS_DEFAULT_REGION": "eu-central-1"}
        script = "from custom_sender.handler import handler; print(handler({'self_check': True}))"
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        assert "passed" in done.stdout

    def test_the_order_of_the_files_does_not_matter(self) -> None:
        files = build.source_files()
        backwards = dict(reversed(files.items()))
        assert hashlib.sha256(build.pack(backwards)).digest() == hashlib.sha256(build.pack(files)).digest()


class TestCheck:
    def test_the_zip_that_was_just_made_passes(self, zip_file: Path) -> None:
        assert build.check(zip_file) == 0

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (
                lambda files: files | {"custom_sender/handler.py": b""},
                "content differs:    custom_sender/handler.py",
            ),
            (lambda files: files | {"custom_sender/new.py": b""}, "only in the zip:    custom_sender/new.py"),
            (
                lambda files: {k: v for k, v in files.items() if "event" not in k},
                "only in the source: custom_sender/cognito/event.py",
            ),
            (
                lambda files: files | {BYTE_CODE: files[BYTE_CODE].replace(b"self_check", b"self_chess")},
                f"content differs:    {BYTE_CODE}",
            ),
            (
                lambda files: files | {BYTE_CODE: files[BYTE_CODE][:9] + b"another" + files[BYTE_CODE][16:]},
                f"content differs:    {BYTE_CODE}",
            ),
            (lambda files: files | {BYTE_CODE: files[BYTE_CODE][:99]}, f"content differs:    {BYTE_CODE}"),
        ],
        ids=["changed", "added", "removed", "other code", "of another source", "cut off"],
    )
    def test_what_differs_is_named(
        self,
        zip_file: Path,
        byte_code: Mapping[str, bytes],
        change: Any,
        says: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        zip_file.write_bytes(build.pack(change({**build.source_files(), **byte_code})))
        assert build.check(zip_file) == 1
        error = capsys.readouterr().err
        assert says in error
        assert "Run: python function/build.py" in error

    def test_another_release_of_python_writes_the_same_code_in_other_bytes_and_that_is_no_difference(
        self, zip_file: Path, byte_code: Mapping[str, bytes]
    ) -> None:
        head, code = byte_code[BYTE_CODE][:16], byte_code[BYTE_CODE][16:]
        # Version 2 of the format knows no references to what stands before.
        script = "import marshal, sys; sys.stdout.buffer.write(marshal.dumps(marshal.load(sys.stdin.buffer), 2))"
        command = [build.find_interpreter(build.DEFAULT_PYTHON), "-I", "-c", script]
        other = head + subprocess.run(command, input=code, capture_output=True, check=True).stdout
        assert other != byte_code[BYTE_CODE]
        zip_file.write_bytes(build.pack({**build.source_files(), **byte_code, BYTE_CODE: other}))
        assert build.check(zip_file) == 0

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda entry: setattr(entry, "date_time", (2026, 1, 1, 0, 0, 0)), id="date"),
            pytest.param(lambda entry: setattr(entry, "external_attr", 0o100600 << 16), id="mode"),
            pytest.param(lambda entry: setattr(entry, "compress_type", zipfile.ZIP_STORED), id="stored"),
        ],
    )
    def test_the_same_files_with_something_of_a_machine_in_them_are_not_the_same_zip(
        self, zip_file: Path, spoil: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _repack(zip_file, 9, spoil)
        assert build.check(zip_file) == 1
        assert "order, dates, modes or compression differ" in capsys.readouterr().err

    def test_the_order_of_the_files_counts(self, zip_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        _repack(zip_file, 9, backwards=True)
        assert build.check(zip_file) == 1
        assert "order" in capsys.readouterr().err

    def test_another_zlib_packs_otherwise_and_that_is_no_difference(self, zip_file: Path) -> None:
        before = zip_file.read_bytes()
        _repack(zip_file, 1)
        assert zip_file.read_bytes() != before
        assert build.check(zip_file) == 0

    @pytest.mark.parametrize("content", [None, b"", b"no zip"])
    def test_what_is_no_zip_cannot_be_read(
        self, tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "x.zip"
        if content is not None:
            path.write_bytes(content)
        assert build.check(path) == 1
        assert "cannot be read" in capsys.readouterr().err


class TestSelfContainedPackage:
    def test_every_library_is_locked_to_its_hashes(self) -> None:
        lock = build.LOCK.read_text()
        names = {line.split("==")[0] for line in lock.splitlines() if line and not line[0].isspace()}
        assert {"aws-encryption-sdk", "cryptography", "boto3", "botocore", "six"} <= names
        assert lock.count("--hash=sha256:") >= len(names)

    def test_the_locked_botocore_knows_the_newest_operation_that_a_sender_needs(self) -> None:
        model = botocore.session.Session().get_service_model("pinpoint-sms-voice-v2")
        assert "SendNotifyTextMessage" in model.operation_names
        locked = re.search(r"^botocore==(\S+)", build.LOCK.read_text(), re.MULTILINE)
        assert locked is not None
        assert locked[1] == botocore.__version__

    def test_a_wheels_contents_are_put_where_python_imports_them(self, tmp_path: Path) -> None:
        wheel = tmp_path / "x-1-py3-none-any.whl"
        wanted = {
            "x/__init__.py": b"1",
            "x/_rust.abi3.so": b"2",
            "x/py.typed": b"",
            "x-1.dist-info/METADATA": b"3",
            "x-1.dist-info/licenses/LICENSE": b"4",
        }
        unwanted = ["x-1.data/scripts/x", "../evil.py", "/evil.py", "x-1.dist-info/RECORD"]
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, content in wanted.items():
                archive.writestr(name, content)
            archive.writestr("x-1.data/purelib/y.py", b"5")
            for name in unwanted:
                archive.writestr(name, b"no")
        assert dict(build.wheel_files(wheel)) == wanted | {"y.py": b"5"}

    def test_libraries_can_be_loaded_by_whoever_runs_the_function(self) -> None:
        modes = {
            entry.filename: entry.external_attr >> 16 for entry in _entries(build.pack({"a.so": b"", "a.py": b""}))
        }
        assert modes == {"a.so": 0o100755, "a.py": 0o100644}

    def test_two_packages_may_not_bring_different_files_of_one_name(self) -> None:
        files = {"x.py": b"1"}
        build.merge(files, {"x.py": b"1", "y.py": b"2"}, "same")
        with pytest.raises(build.BuildError, match=r"other brings x\.py"):
            build.merge(files, {"x.py": b"2"}, "other")

    def test_byte_code_takes_the_place_of_sources_and_names_lambdas_folder(self, tmp_path: Path) -> None:
        files = {"x.py": b'"""Doc."""\ndef f():\n    """D."""\n    raise ValueError\n', "data.json": b"{}"}
        compiled = build.compiled(files, sys.version_info[:2], tmp_path)
        assert compiled.keys() == {"x.pyc", "data.json"}
        assert compiled["x.pyc"][4:8] == b"\x01\x00\x00\x00"  # PEP 552: hash-based, not checked
        assert b"/var/task/x.py" in compiled["x.pyc"]
        assert str(tmp_path).encode() not in compiled["x.pyc"]
        unpacked = tmp_path / "unpacked"
        unpacked.mkdir()
        unpacked.joinpath("x.pyc").write_bytes(compiled["x.pyc"])
        script = "import x\ntry: x.f()\nexcept ValueError as error: print(error.__traceback__.tb_next.tb_lineno)"
        environment = {"PYTHONPATH": str(unpacked)}
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert run.stdout == "4\n"

    def test_a_source_that_does_not_compile_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(build.BuildError, match="could not compile"):
            build.compiled({"x.py": b"def"}, sys.version_info[:2], tmp_path)


class TestInterpreter:
    def test_this_one_if_it_fits(self) -> None:
        assert build.find_interpreter(sys.version_info[:2]) == sys.executable

    def test_none_of_that_version_says_what_to_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
        monkeypatch.delenv("PYTHON", raising=False)
        with pytest.raises(build.BuildError, match=r"no Python 3\.99 .* on the PATH.*PYTHON.*pyenv.*--no-bytecode"):
            build.find_interpreter((3, 99))

    def test_one_that_only_claims_the_version_by_name_is_not_taken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        liar = tmp_path / "python3.99"
        liar.write_text("#!/bin/sh\necho cpython 3.98\n")
        liar.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
        monkeypatch.setenv("PYTHON", str(liar))
        with pytest.raises(build.BuildError):
            build.find_interpreter((3, 99))


class TestCommandLine:
    @pytest.mark.parametrize("python", ["3", "three", "3.10", "2.7"])
    def test_a_wrong_version_is_refused(self, python: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ["self-contained", "--arch", "arm64", "--python", python, "--out", str(tmp_path / "x.zip")]
        assert build.main(arguments) == 2
        assert capsys.readouterr().err.startswith(f"build.py: --python {python}: ")

    def test_a_pip_that_fails_is_quoted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fails(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess(command, 1, "", "No module named pip")

        monkeypatch.setattr(subprocess, "run", fails)
        arguments = ["self-contained", "--arch", "arm64", "--python", "3.13", "--out", str(tmp_path / "x.zip")]
        assert build.main(arguments) == 2
        error = capsys.readouterr().err
        assert "could not download the locked wheels for Python 3.13 on aarch64" in error
        assert "No module named pip" in error

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(build.BuildError, match="cannot be written"):
            build.build_default(tmp_path / "file" / "x.zip")
