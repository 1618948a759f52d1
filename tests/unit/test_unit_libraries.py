"""How the self-contained package is made smaller: the rules. ``tests/package`` has what they make of the libraries."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import libraries


class TestImports:
    @pytest.mark.parametrize(
        ("source", "package", "found"),
        [
            ("import a.b", "x", {"a", "a.b"}),
            ("from a import b", "x", {"a", "a.b"}),
            ("from . import b", "x.y", {"x", "x.y", "x.y.b"}),
            ("from ..z import b", "x.y", {"x", "x.z", "x.z.b"}),
            ("def f():\n  import late", "x", {"late"}),
            ("try:\n  import a\nexcept ImportError:\n  import b", "x", {"a", "b"}),
            ("if TYPE_CHECKING:\n  import never\nelse:\n  import ever", "x", {"ever"}),
            ("import typing\nif typing.TYPE_CHECKING:\n  import never", "x", {"typing"}),
        ],
    )
    def test_are_found_wherever_they_stand(self, source: str, package: str, found: set[str]) -> None:
        assert set(libraries.imports(source.encode(), package)) == found

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("a/b.py", "a.b"),
            ("a/__init__.py", "a"),
            ("a/c.cpython-313-x86_64-linux-gnu.so", "a.c"),
            ("a/c.abi3.so", "a.c"),
            ("a/data.json", None),
        ],
    )
    def test_know_a_module_by_its_path(self, path: str, name: str | None) -> None:
        assert libraries.module_name(path) == name


class TestDescriptionsOfAws:
    MODEL: Mapping[str, Any] = {
        "documentation": "text",
        "metadata": {"endpointPrefix": "x"},
        "operations": {
            "Get": {"input": {"shape": "In"}, "errors": [{"shape": "Bad"}], "documentation": "text"},
            "Put": {"input": {"shape": "Other"}},
        },
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": {"shape": "Text", "documentation": "text"}}},
            "Bad": {"type": "structure", "members": {"in": {"shape": "In"}}},
            "Text": {"type": "string", "enum": ["documentation"]},
            "Other": {"type": "string"},
        },
        "examples": {},
    }

    def test_have_the_operations_with_their_shapes_and_no_texts(self) -> None:
        assert libraries.of_the_model(self.MODEL, ["Get"]) == {
            "metadata": {"endpointPrefix": "x"},
            "operations": {"Get": {"input": {"shape": "In"}, "errors": [{"shape": "Bad"}]}},
            "shapes": {
                "Bad": {"type": "structure", "members": {"in": {"shape": "In"}}},
                "In": {"type": "structure", "members": {"documentation": {"shape": "Text"}}},
                "Text": {"type": "string", "enum": ["documentation"]},
            },
        }

    def test_an_operation_that_the_service_does_not_have_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            libraries.of_the_model(self.MODEL, ["Gone"])


class TestWithoutSymbols:
    @pytest.fixture
    def library(self, tmp_path: Path) -> bytes:
        """A shared library of a C compiler."""
        compiler = shutil.which("cc")
        assert compiler, "a C compiler is needed, as the tests' own machine code has no symbols"
        tmp_path.joinpath("x.c").write_text(
            "static int helper(int a) { return a + 1; }\nint f(int a) { return helper(a); }"
        )
        subprocess.run([compiler, "-shared", "-fPIC", "-O0", "-g", "x.c", "-o", "x.so"], cwd=tmp_path, check=True)
        return tmp_path.joinpath("x.so").read_bytes()

    def test_a_library_works_and_its_inner_names_are_gone(self, library: bytes, tmp_path: Path) -> None:
        less = libraries.without_symbols(library)
        assert b"helper" in library
        assert b"helper" not in less
        tmp_path.joinpath("less.so").write_bytes(less)
        script = f"import ctypes; print(ctypes.CDLL({str(tmp_path / 'less.so')!r}).f(41))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout == "42\n"
        assert libraries.without_symbols(less) == less

    def test_what_is_laid_out_otherwise_stays_as_it_is(self, library: bytes) -> None:
        big_endian = bytearray(library)
        big_endian[5] = 2
        for other in (b"", b"MZ", bytes(big_endian)):
            assert libraries.without_symbols(other) == other
        # The table of sections before what is loaded: cutting there would cut the code off.
        moved = bytearray(library)
        (start,) = struct.unpack_from("<Q", library, 0x28)
        size, count = struct.unpack_from("<HH", library, 0x3A)
        moved += bytes(-len(moved) % 8)
        table = library[start : start + size * count]
        place = len(moved)
        moved += table
        struct.pack_into("<Q", moved, 0x28, place)
        for index in range(count):
            at = place + index * size
            if struct.unpack_from("<I", moved, at + 4)[0] == 2:
                struct.pack_into("<Q", moved, at + 24, 64)
        assert libraries.without_symbols(bytes(moved)) == bytes(moved)
