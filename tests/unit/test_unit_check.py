"""``make check`` on what is no plan, and what it reads out of Terraform's files. Plans are in ``tests/plan``."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from cognito_sender.__main__ import main
from cognito_sender.check.attributes import FILE
from cognito_sender.check.hcl import NotLiteral, UnreadableError, module_calls
from custom_sender.settings import FORMAT
from localaws import REPOSITORY
from support.environment import REFERENCES, SETTINGS
from tools import generate_attributes

PLAN: dict[str, Any] = {
    "format_version": "1.2",
    "planned_values": {"root_module": {}},
    "resource_changes": [
        {
            "module_address": "module.sender",
            "mode": "managed",
            "type": "terraform_data",
            "name": "configuration",
            "change": {
                "before": None,
                "after": {
                    "input": {"module": "cognito-custom-sender", "format": FORMAT, "settings": {}, "references": {}}
                },
                "after_unknown": {"input": {}},
            },
        }
    ],
    "configuration": {"root_module": {}},
}
TEXT = json.dumps(PLAN)
LOG = '{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info","@message":"Plan: 1 to add"}\n'

NO_PLANS = {
    "nothing": (b"", "Got: no whole JSON (line 1, column 1)"),
    "cut off": (TEXT[: len(TEXT) // 2].encode(), "Got: no whole JSON (line 1, column "),
    "no text": (b"\xff\xfe\xff\xd8", "Got: no whole JSON"),
    "too deep": (b"[" * 100_000, "Got: no whole JSON"),
    "a log of terraform plan -json": (LOG.encode(), "Got: no whole JSON (line 2, column 1)"),
    "a list": (b"[]", "Got: no plan"),
    "an empty state": (b'{"format_version":"1.0"}', "Got: no plan"),
    "a state": (b'{"format_version":"1.0","values":{"root_module":{}}}', "Got: the JSON of a state"),
    "a state file": (b'{"version":4,"resources":[]}', "Got: the JSON of a state"),
    "a plan that failed": (json.dumps({**PLAN, "errored": True}).encode(), "terraform plan failed"),
    "changes of another shape": (json.dumps({**PLAN, "resource_changes": {"a": 1}}).encode(), "no call of the module"),
    "changes without any": (json.dumps({**PLAN, "resource_changes": [None, {}, {"change": 1}]}).encode(), "no call"),
}


def test_what_is_no_plan_cannot_be_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for kind, (content, said) in NO_PLANS.items():
        with subtests.test(kind):
            file = tmp_path / "plan.json"
            file.write_bytes(content)

            assert main(["check", str(file)]) == 2
            out, err = capsys.readouterr()
            assert out == ""
            assert err.startswith(f"Error: {file}: ")
            assert said in err
            assert " Fix: " in err


@pytest.mark.parametrize("missing", ["none.json", "."])
def test_a_file_that_cannot_be_read_is_named(missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / missing)]) == 2
    assert "it cannot be read (" in capsys.readouterr().err


def test_a_root_that_is_no_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "plan.json"), "--root", str(tmp_path / "none")]) == 2
    assert "Invalid value for '--root'" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_plan_is_read_as_shells_write_it(encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """PowerShell's ``>`` writes UTF-16."""
    file = tmp_path / "plan.json"
    file.write_text(TEXT, encoding=encoding)

    assert main(["check", str(file)]) == 1, "settings that are empty are refused"
    assert "module.sender" in capsys.readouterr().out


def test_settings_of_another_shape_are_not_checked_and_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for part in ["settings", "references"]:
        shapes: list[object] = [None, [], "text", 1]
        for value in shapes:
            with subtests.test(part=part, value=value):
                document = json.loads(TEXT)
                document["resource_changes"][0]["change"]["after"]["input"][part] = value
                file = tmp_path / "plan.json"
                file.write_text(json.dumps(document))

                assert main(["check", str(file)]) == 0
                assert capsys.readouterr().out.startswith("not checked: module.sender: ")


def test_a_plan_is_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))

    assert main(["check", "-"]) == 1
    assert "module.sender: " in capsys.readouterr().out


# What a plan does with the call → why it is not checked.
NOT_CHECKED: dict[str, tuple[dict[str, Any], str]] = {
    "all of it known after apply": ({"after": {}, "after_unknown": {"input": True}}, "its settings are known after"),
    "taken away": ({"actions": ["delete"], "after": None}, "the plan takes it away"),
    "forgotten": ({"actions": ["forget"], "after": None}, "Terraform forgets it, and it stays in AWS"),
}


@pytest.mark.parametrize("kind", NOT_CHECKED)
def test_a_call_whose_settings_a_plan_does_not_have_is_not_checked_and_it_says_why(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, why = NOT_CHECKED[kind]
    document = json.loads(TEXT)
    call = document["resource_changes"][0]["change"]
    call.update({"before": call["after"], **change})
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document))

    assert main(["check", str(file), "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(f"not checked: module.sender: {why}")


def test_a_new_call_that_is_known_after_apply_is_a_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(TEXT)
    document["resource_changes"][0]["change"].update({"after": {}, "after_unknown": {"input": True}})
    variables: dict[str, Any] = {name: {} for name in json.loads(FILE.read_text("utf-8"))["."]}
    call = {"source": "./sender", "expressions": {}, "module": {"variables": variables}}
    document["configuration"]["root_module"]["module_calls"] = {"sender": call}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document))

    assert main(["check", str(file), "--root", str(tmp_path)]) == 0
    assert "not checked: module.sender: its settings are known after apply\n" in capsys.readouterr().out


def test_every_text_that_takes_too_much_is_named_on_a_line_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the self-check says it of the version that would be applied: built-in texts with this brand."""
    document = json.loads(TEXT)
    messages = {"brand": "銀" * 64, "default_locale": "en", "built_in_locales": []}
    told = {"settings": {**SETTINGS, "messages": messages}, "references": REFERENCES}
    document["resource_changes"][0]["change"]["after"]["input"].update(told)
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document))

    assert main(["check", str(file)]) == 1
    *said, _ = capsys.readouterr().out.splitlines()
    assert len(said) > 1
    for line in said:
        assert line.startswith("module.sender: the built-in text en.")
        assert ": at most 1 segment with the longest values. Got: " in line


# What is read out of a file: the argument `a` of a call.
LITERALS = {
    "{}": {},
    "[]": [],
    "null": None,
    "[1, 1.5, true, false, null]": [1, 1.5, True, False, None],
    '{ a = 1, "b" = 2, c : 3, for = 4, null = 5, 6 = 7, ("d") = 8 }': {
        "a": 1,
        "b": 2,
        "c": 3,
        "for": 4,
        "null": 5,
        "6": 7,
        "d": 8,
    },
    "{\n  # before\n  a = 1 // beside\n  /* and */ b = 2\n}": {"a": 1, "b": 2},
    "{\r\n  a = 1\r\n}": {"a": 1},
    '([({ a = "b" })])': [{"a": "b"}],
    r'"line\n\"quoted\" \u00e9 $${code} %%{if}"': 'line\n"quoted" é ${code} %{if}',
}


def test_a_literal_is_read(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for text, value in LITERALS.items():
        with subtests.test(text):
            assert _argument(text, tmp_path) == value


def test_what_terraform_would_evaluate_is_no_literal(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for text in [
        "local.a",
        'a["b"].c[*].d',
        "merge({ a = 1 }, { b = 2 })",
        "{ for name in names : name => 1 }",
        "[for name in names : name]",
        "yes ? { a = 1 } : {}",
        '"${local.a}"',
        '"%{ if yes }a%{ endif }"',
        "-local.a",
        "1 + 1",
        "<<-EOT\n  text\nEOT\n",
        r'"\U0001F600"',
    ]:
        with subtests.test(text=text):
            alone: Any = _argument(text, tmp_path)
            inside: Any = _argument(f"{{ a = [{text}] }}", tmp_path)

            for value in (alone, inside["a"][0]):
                assert isinstance(value, NotLiteral)
                assert value.reason == f"no literal ({tmp_path / 'main.tf'}:2)"


def test_keys_that_terraform_would_evaluate_are_no_literals_and_none_hides_another(tmp_path: Path) -> None:
    json_file = tmp_path / "main.tf.json"
    json_file.write_text('{"module": {"sender": {"a": {"${local.a}": 1, "${local.b}": 2}}}}')

    for value in (_argument('{ (local.a) = 1, "${local.b}" = 2 }', tmp_path), module_calls(json_file)["sender"]["a"]):
        assert isinstance(value, dict)
        assert all(isinstance(key, NotLiteral) for key in value)
        assert list(value.values()) == [1, 2]


def test_what_does_not_parse_is_not_taken_for_something_else(tmp_path: Path, subtests: pytest.Subtests) -> None:
    """The last one is what python-hcl2 reads as one text up to the last brace."""
    for text in ["{", "}", "{ größe = 1 }", '{ a = "$${", b = 1, c = "}" }']:
        with subtests.test(text=text), pytest.raises(UnreadableError, match="does not parse"):
            _argument(text, tmp_path)


def test_json_that_is_no_configuration_does_not_parse(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for text in ["", "[]", '{"module": 1}', '{"module": {"sender": 1}}', "{", "[" * 100_000]:
        with subtests.test(text=text):
            file = tmp_path / "main.tf.json"
            file.write_text(text)

            with pytest.raises(UnreadableError, match="does not parse"):
                module_calls(file)


# The tree of all attributes.


def test_the_tree_of_attributes_is_what_the_variables_say() -> None:
    assert generate_attributes.main(["--check"]) == 0


def test_a_stale_tree_fails_the_check_and_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / FILE.name
    stale.write_text(FILE.read_text("utf-8").replace('"max_segments"', '"max_segment"'), "utf-8")
    monkeypatch.setattr(generate_attributes, "FILE", stale)

    assert generate_attributes.main(["--check"]) == 1
    assert f"{FILE.name} is stale: run python cli/tools/generate_attributes.py" in capsys.readouterr().err


def test_a_pool_of_the_root_takes_what_the_submodule_takes() -> None:
    root = generate_attributes.tree_of_variables(REPOSITORY)["user_pool"]
    submodule = generate_attributes.tree_of_variables(REPOSITORY / "modules/user-pool")

    # The root has these for all that it makes: the sender itself, `iam` and `tags`.
    for name in ("lambda_config", "iam", "tags"):
        assert name not in root
        del submodule[name]
    # The root gives the right to decrypt to the role of the pool's e-mail sender; the submodule gives none.
    sender = submodule["triggers"].pop("custom_email_sender")
    assert root.pop("custom_email_sender") == sender | {"role_arn": None}
    assert root == submodule


def _argument(text: str, folder: Path) -> object:
    file = folder / "main.tf"
    file.write_text(f'module "sender" {{\n  a = {text}\n}}\n', newline="")
    return module_calls(file)["sender"]["a"]
