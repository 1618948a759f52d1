"""How the self-contained package is made smaller: the rules. ``tests/package`` has what they make of the libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import libraries


class TestImports:
    def test_imports_are_found_wherever_they_stand(self, subtests: pytest.Subtests) -> None:
        for source, package, found in [
            ("import a.b", "x", {"a", "a.b"}),
            ("from a import b", "x", {"a", "a.b"}),
            ("from . import b", "x.y", {"x", "x.y", "x.y.b"}),
            ("from ..z import b", "x.y", {"x", "x.z", "x.z.b"}),
            ("def f():\n  import late", "x", {"late"}),
            ("try:\n  import a\nexcept ImportError:\n  import b", "x", {"a", "b"}),
            ("if TYPE_CHECKING:\n  import never\nelse:\n  import ever", "x", {"ever"}),
            ("import typing\nif typing.TYPE_CHECKING:\n  import never", "x", {"typing"}),
        ]:
            with subtests.test(source=source, package=package, found=found):
                assert set(libraries.imports(source.encode(), package)) == found

    def test_a_module_is_known_by_its_path(self, subtests: pytest.Subtests) -> None:
        for path, name in [
            ("a/b.py", "a.b"),
            ("a/__init__.py", "a"),
            ("a/c.cpython-313-x86_64-linux-gnu.so", "a.c"),
            ("a/c.abi3.so", "a.c"),
            ("a/data.json", None),
        ]:
            with subtests.test(path=path, name=name):
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
