"""Terraform and its provider are found as on any machine, and what is missing is said with the fix."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from localaws import terraform as terraform_module
from localaws.terraform import (
    Plan,
    Terraform,
    TerraformError,
    TerraformMissingError,
    Toolchain,
    checkout,
    find_mirror,
    toolchain,
)

PLATFORM = terraform_module.provider_platform()


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose usual places are below a directory, all of them empty."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(terraform_module, "usual_places", lambda: iter([home / "plugins", home / "more"]))
    for name in ("TF_PROVIDER_MIRROR", "TF_PLUGIN_CACHE_DIR", "TF_CLI_CONFIG_FILE", "TERRAFORM_BIN"):
        monkeypatch.delenv(name, raising=False)
    return home


def _unpacked(mirror: Path, version: str) -> Path:
    (mirror / terraform_module.PROVIDER_SOURCE / version / PLATFORM).mkdir(parents=True)
    return mirror


def test_no_mirror_means_the_registry(empty_machine: Path) -> None:
    assert find_mirror() is None
    assert Toolchain.find().environment() == {}


def test_mirror_in_a_usual_place_is_found(empty_machine: Path) -> None:
    mirror = _unpacked(empty_machine / "more", "5.100.0")

    assert find_mirror() == mirror


def test_mirror_deeper_down_is_found(empty_machine: Path) -> None:
    mirror = _unpacked(empty_machine / "plugins" / "terraform" / "mirror", "6.1.0")

    assert find_mirror() == mirror


def test_packed_mirror_is_found(empty_machine: Path) -> None:
    provider = empty_machine / "plugins" / terraform_module.PROVIDER_SOURCE
    provider.mkdir(parents=True)
    (provider / f"terraform-provider-aws_5.100.0_{PLATFORM}.zip").touch()

    assert find_mirror() == empty_machine / "plugins"


@pytest.mark.parametrize("version", ["5.99.1", "7.0.0", "nonsense"])
def test_version_that_the_module_does_not_take_is_passed_over(version: str, empty_machine: Path) -> None:
    _unpacked(empty_machine / "plugins", version)

    assert find_mirror() is None


def test_provider_for_another_platform_is_passed_over(empty_machine: Path) -> None:
    (empty_machine / "plugins" / terraform_module.PROVIDER_SOURCE / "5.100.0" / "plan9_mips").mkdir(parents=True)

    assert find_mirror() is None


def test_variable_comes_before_the_usual_places(
    empty_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _unpacked(empty_machine / "plugins", "5.100.0")
    mirror = _unpacked(tmp_path / "mine", "5.100.0")
    monkeypatch.setenv("TF_PROVIDER_MIRROR", str(mirror))

    assert find_mirror() == mirror


def test_variable_that_names_no_mirror_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_PROVIDER_MIRROR", str(tmp_path))

    with pytest.raises(TerraformMissingError, match=r"TF_PROVIDER_MIRROR is .*terraform providers mirror"):
        find_mirror()


def test_configuration_of_the_user_is_kept_when_there_is_no_mirror(
    empty_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "own.tfrc"
    config.touch()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(config))

    assert Toolchain.find().environment() == {"TF_CLI_CONFIG_FILE": str(config)}


def test_configuration_that_is_not_there_is_dropped(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(empty_machine / "missing.tfrc"))

    assert Toolchain.find().environment() == {}


def test_missing_terraform_is_said(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(empty_machine))

    with pytest.raises(TerraformMissingError, match=r"not installed\. Install 1\.9 or later .*TERRAFORM_BIN"):
        Toolchain.find()


def test_binary_that_cannot_be_run_is_said(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRAFORM_BIN", str(empty_machine / "terraform"))

    with pytest.raises(TerraformMissingError, match=r"TERRAFORM_BIN is .*not a program"):
        Toolchain.find()


def test_provider_that_cannot_be_had_is_said(tmp_path: Path) -> None:
    """A registry that cannot be reached, without waiting for the network: a configuration that allows none."""
    nowhere = tmp_path / "cli.tfrc"
    nowhere.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}"\n  }}\n}}\n')
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text(
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
    )
    tools = Toolchain(toolchain().binary, None, nowhere)

    with pytest.raises(TerraformMissingError, match=r"cannot get its AWS provider .*Set TF_PROVIDER_MIRROR"):
        Terraform(root, tools=tools).init()


# What reaches Terraform


def test_developers_own_settings_do_not_reach_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS", "TF_VAR_name"):
        monkeypatch.setenv(name, "developer's own")
    terraform = Terraform(tmp_path, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})

    environment = terraform.environment()

    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert not environment.keys() & {"AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_ENDPOINT_URL_KMS", "TF_VAR_name"}
    assert os.environ["AWS_PROFILE"] == "developer's own"


# What comes back


def _root(directory: Path, text: str) -> Terraform:
    """A root that needs no provider, so that it is quick."""
    (directory / "main.tf").write_text(text)
    terraform = Terraform(directory)
    terraform.init()
    return terraform


def test_plan_tells_values_unknowns_references_and_outputs(tmp_path: Path) -> None:
    (tmp_path / "called").mkdir()
    (tmp_path / "called" / "main.tf").write_text(
        """
variable "size" {
  type = number
}
resource "terraform_data" "one" {
  input = { size = var.size }
}
resource "terraform_data" "two" {
  count      = 1
  input      = [terraform_data.one.id, "known"]
  depends_on = [terraform_data.one]
}
output "size" {
  value = terraform_data.one.input.size
}
"""
    )
    terraform = _root(
        tmp_path,
        'variable "size" {}\n'
        'module "case" {\n  source = "./called"\n  size = var.size\n}\n'
        'output "size" {\n  value = module.case.size\n}\n',
    )

    plan = terraform.plan({"size": 7})
    two = plan.below("module.case")["terraform_data.two[0]"]
    case = plan.configuration.child("case")

    assert (two.type, two.index, two.actions) == ("terraform_data", 0, ("create",))
    assert two.is_unknown("input.0")
    assert not two.is_unknown("input.1")
    assert plan.changes["module.case.terraform_data.one"].values["input"] == {"size": 7}
    assert plan.outputs == {"size": 7}
    assert "terraform_data.one.id" in case.references("terraform_data.two", "input")
    assert case.depends_on("terraform_data.two") == {"terraform_data.one"}
    assert "var.size" in plan.configuration.call("case")["size"]["references"]
    assert "module.case.size" in plan.configuration.output_references("size")
    assert terraform.dependencies()["module.case.terraform_data.two"] == {"module.case.terraform_data.one"}
    assert not plan.is_empty
    assert plan.summary().splitlines() == [
        "create module.case.terraform_data.one",
        "create module.case.terraform_data.two[0]",
        "create output.size",
    ]


def test_apply_then_an_empty_plan_then_nothing_left(tmp_path: Path) -> None:
    terraform = _root(
        tmp_path,
        'resource "terraform_data" "one" {\n  input = 1\n}\noutput "one" {\n  value = terraform_data.one.input\n}\n',
    )

    assert "terraform_data.one will be created" in terraform.left_to_do()
    assert terraform.apply(terraform.plan()) == {"one": 1}
    assert terraform.plan().is_empty
    assert terraform.left_to_do() == ""
    assert terraform.state() == ("terraform_data.one",)
    assert terraform.plan(destroy=True).actions == {"terraform_data.one": ("delete",)}
    terraform.destroy()
    assert terraform.state() == ()


def test_error_names_the_module_call(tmp_path: Path) -> None:
    (tmp_path / "called").mkdir()
    (tmp_path / "called" / "main.tf").write_text(
        """
variable "x" {
  validation {
    condition     = var.x > 1
    error_message = "x: too small"
  }
}
"""
    )
    terraform = _root(tmp_path, 'module "bad" {\n  source = "./called"\n  x = 1\n}\n')

    (diagnostic,) = terraform.validate()
    (planned,) = terraform.plan_diagnostics()

    assert (diagnostic.module_call, diagnostic.severity) == ("bad", "error")
    assert planned.detail.startswith("x: too small")
    with pytest.raises(TerraformError, match="too small"):
        terraform.plan()


def test_unchanged_outputs_do_not_count_as_changes() -> None:
    document = {"output_changes": {"a": {"actions": ["no-op"]}}, "resource_changes": []}

    assert Plan.parse(document, Path("x")).is_empty
    assert not Plan.parse({**document, "output_changes": {"a": {"actions": ["create"]}}}, Path("x")).is_empty


def test_checkout_is_what_a_consumer_gets(tmp_path: Path) -> None:
    checkout(tmp_path)

    copied = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {"main.tf", "modules/user-pool/main.tf", "examples/local/main.tf"} <= copied
    assert "function/dist/custom-sender.zip" in copied
    assert not [path for path in copied if path.endswith((".tfstate", ".py", ".md")) or ".terraform" in path]
