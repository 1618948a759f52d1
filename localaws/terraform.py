"""Terraform for the demo and the tests: python-terraform with types, results and a provider found without internet.

python-terraform starts the binary; it has no parser for plans, no environment of its own (only ``os.environ``), and
its ``destroy`` passes a flag that Terraform no longer has. This adapter adds what they need and nothing else:

* :class:`Toolchain` finds Terraform and the AWS provider as on any machine: a filesystem mirror named by
  ``TF_PROVIDER_MIRROR`` or lying in one of the usual places, else the registry. Its errors say what to install or which
  variable to set.
* :class:`Terraform` runs one root directory: ``init``, ``validate``, ``plan``, ``apply``, ``destroy``.
* :class:`Plan` is what ``terraform show -json`` says about a plan: values by address, actions, outputs, which values
  are unknown, and what each argument refers to in the configuration.

Source of the JSON shapes: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from python_terraform import IsFlagged
from python_terraform import Terraform as PythonTerraform

from localaws import REPOSITORY

PROVIDER_SOURCE: Final = "registry.terraform.io/hashicorp/aws"
# The range of the module's versions.tf, as (lowest allowed, first no longer allowed).
PROVIDER_RANGE: Final = ((5, 100, 0), (7, 0, 0))

MIRROR_VARIABLE: Final = "TF_PROVIDER_MIRROR"
BINARY_VARIABLE: Final = "TERRAFORM_BIN"

# AWS_CA_BUNDLE: the provider fails with "unable to add custom RootCAs HTTPClient, has no WithTransportOptions" when it
# is configured more than once in one process. The others would let a developer's own settings change what is tested.
_DROPPED_VARIABLES: Final = frozenset(
    {"AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "TF_WORKSPACE"},
)
_DROPPED_PREFIXES: Final = ("TF_VAR_", "TF_CLI_ARGS", "AWS_ENDPOINT_URL_")

# Of what Terraform does in a plan, a third is Go looking for memory that is no longer used. It need not begin before
# there is much of it: the largest plan of the tests takes 2 GiB then, and hardly more of a processor than with 3.
_GARBAGE_COLLECTION: Final[Mapping[str, str]] = {"GOGC": "off", "GOMEMLIMIT": "2GiB"}

_LOCK: Final = ".terraform.lock.hcl"

# python-terraform hands a copy of os.environ to the process it starts, so the environment is swapped while it starts
# one; the lock keeps two threads from seeing each other's.
_ENVIRONMENT_LOCK: Final = threading.RLock()


class TerraformMissingError(RuntimeError):
    """Terraform or its AWS provider is not on this machine. The text says what to install or which variable to set."""


class TerraformError(RuntimeError):
    """A Terraform command failed. The text holds the command and what Terraform printed."""


# ---------------------------------------------------------------------------------------------------------------------
# Finding Terraform and the provider
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Where Terraform is, and the CLI configuration that it is run with (None: the user's own, or the registry)."""

    binary: Path
    mirror: Path | None
    cli_config: Path | None

    @classmethod
    def find(cls) -> Toolchain:
        """Find both.

        :raises TerraformMissingError: when Terraform is missing, or ``TF_PROVIDER_MIRROR`` names a directory without a
            usable provider.
        """
        binary = _find_binary()
        mirror = find_mirror()
        if mirror is None:
            own = os.environ.get("TF_CLI_CONFIG_FILE")
            # A variable that names a missing file makes every command print a warning: treat it as not set.
            return cls(binary, None, Path(own) if own and Path(own).is_file() else None)
        return cls(binary, mirror, _write_cli_config(mirror))

    def environment(self) -> dict[str, str]:
        """What Terraform needs in its environment to use this tool chain (to be laid over the caller's)."""
        return {"TF_CLI_CONFIG_FILE": str(self.cli_config)} if self.cli_config else {}


@cache
def toolchain() -> Toolchain:
    """The tool chain of this machine, looked for once per process."""
    return Toolchain.find()


def _find_binary() -> Path:
    named = os.environ.get(BINARY_VARIABLE)
    found = shutil.which(named or "terraform")
    if found:
        return Path(found)
    if named:
        raise TerraformMissingError(f"{BINARY_VARIABLE} is {named!r}, which is not a program that can be run.")
    raise TerraformMissingError(
        "Terraform is not installed. Install 1.9 or later (https://developer.hashicorp.com/terraform/install) so that "
        f"`terraform` is on the PATH, or set {BINARY_VARIABLE} to where it is.",
    )


def find_mirror() -> Path | None:
    """The directory of a filesystem mirror that holds a usable AWS provider for this machine; None: use the registry.

    :raises TerraformMissingError: when ``TF_PROVIDER_MIRROR`` is set but holds no usable provider.
    """
    named = os.environ.get(MIRROR_VARIABLE)
    if named:
        mirror = _mirror_below(Path(named).expanduser())
        if mirror is None:
            raise TerraformMissingError(
                f"{MIRROR_VARIABLE} is {named!r}, but no {PROVIDER_SOURCE} from 5.100 up to 7 for "
                f"{provider_platform()} is below it. Fill it with `terraform providers mirror {named}`, or unset the "
                "variable to use the registry.",
            )
        return mirror
    return next(filter(None, map(_mirror_below, usual_places())), None)


def usual_places() -> Iterator[Path]:
    """Directories that Terraform itself searches, those that images use, and the plug-in cache, in that order."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    yield from (home / ".terraform.d/plugins", home / ".terraform.d/plugin-cache", data / "terraform/plugins")
    yield from (Path("/usr/local/share/terraform/plugins"), Path("/usr/share/terraform/plugins"))
    yield from sorted(Path("/opt").glob("*"))
    if cached := os.environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(cached)


def _mirror_below(place: Path) -> Path | None:
    """``place`` itself or a directory up to two levels below it, if it is a mirror with a usable AWS provider."""
    for depth in ("", "*/", "*/*/"):
        for provider in sorted(place.glob(f"{depth}{PROVIDER_SOURCE}")):
            if any(map(_usable, _versions(provider))):
                return provider.parents[2]
    return None


def _versions(provider: Path) -> Iterator[str]:
    """Versions for this platform below ``…/hashicorp/aws``, in the unpacked and in the packed layout of a mirror."""
    for unpacked in provider.glob(f"*/{provider_platform()}"):
        yield unpacked.parent.name
    for packed in provider.glob(f"terraform-provider-aws_*_{provider_platform()}.zip"):
        yield packed.name.split("_")[1]


def _usable(version: str) -> bool:
    lowest, above = PROVIDER_RANGE
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    return match is not None and lowest <= tuple(map(int, match.groups())) < above


def provider_platform() -> str:
    """This machine, as the names of providers' files have it."""
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(machine, machine)
    return f"{platform.system().lower()}_{architecture}"


def _write_cli_config(mirror: Path) -> Path:
    """A CLI configuration that takes the AWS provider from ``mirror`` and anything else from the registry."""
    text = (
        "disable_checkpoint = true\n"
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = {json.dumps(str(mirror))}\n    include = ["{PROVIDER_SOURCE}"]\n  }}\n'
        f'  direct {{\n    exclude = ["{PROVIDER_SOURCE}"]\n  }}\n'
        "}\n"
    )
    directory = REPOSITORY / ".cache" / "terraform"
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / "cli.tfrc"
    if not target.is_file() or target.read_text() != text:
        # Written beside and moved, because test processes may do this at the same time.
        with tempfile.NamedTemporaryFile("w", dir=directory, delete=False) as draft:
            draft.write(text)
        Path(draft.name).replace(target)
    return target


# ---------------------------------------------------------------------------------------------------------------------
# Results
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan does to one resource instance (``resource_changes`` of the JSON)."""

    address: str
    module: str
    type: str
    name: str
    index: str | int | None
    actions: tuple[str, ...]
    before: Mapping[str, Any]
    values: Mapping[str, Any]
    """Values after apply; those that are unknown until then are left out."""
    unknown: Mapping[str, Any]
    """Same shape as ``values``: true where the value is unknown until apply."""
    data: bool = False

    def is_unknown(self, path: str) -> bool:
        """Whether the value at a dotted path (``constraints.0.encryption_context_subset``) is unknown until apply."""
        node: Any = self.unknown
        for step in path.split("."):
            if node is True:
                return True
            if isinstance(node, list):
                node = node[int(step)] if int(step) < len(node) else False
            else:
                node = node.get(step, False) if isinstance(node, Mapping) else False
        return node is True


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning as Terraform's machine-readable output has it."""

    severity: str
    summary: str
    detail: str
    context: str
    """The block that it is about, for example ``module "case"``; empty when Terraform names none."""
    address: str = ""
    filename: str = ""

    @property
    def is_of_a_rule(self) -> bool:
        """Whether a validation, a precondition or a postcondition says it, and not Terraform or the provider."""
        return self.summary == "Invalid value for variable" or self.summary.endswith("condition failed")

    @property
    def module_call(self) -> str:
        """The root's module call that it belongs to: by address when there is one, else by the block it points at."""
        if match := re.match(r"module\.([^.\[]+)", self.address):
            return match[1]
        match = re.fullmatch(r'module "([^"]+)"', self.context)
        return match[1] if match else ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a module says, before anything is evaluated (``configuration`` of the JSON)."""

    module: Mapping[str, Any]
    provider_config: Mapping[str, Any] = field(default_factory=dict)

    def child(self, *names: str) -> Configuration:
        """The module called by ``names``, one step each.

        :raises KeyError: when there is no such call.
        """
        module = self.module
        for name in names:
            module = module["module_calls"][name]["module"]
        return Configuration(module)

    def call(self, name: str) -> Mapping[str, Any]:
        """The arguments of a module call, as expressions."""
        return dict(self.module["module_calls"][name].get("expressions", {}))

    def calls(self) -> Mapping[str, Configuration]:
        """Every module called directly from this one."""
        return {name: Configuration(call["module"]) for name, call in self.module.get("module_calls", {}).items()}

    def resource(self, address: str) -> Mapping[str, Any]:
        """One resource of this module (``aws_kms_key.this``).

        :raises KeyError: when there is no such resource.
        """
        for resource in self.module.get("resources", []):
            if resource["address"] == address:
                return dict(resource)
        raise KeyError(address)

    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Every resource of this module by its address."""
        return {resource["address"]: resource for resource in self.module.get("resources", [])}

    def references(self, address: str, argument: str | None = None) -> frozenset[str]:
        """Everything that an argument of a resource refers to (all of its arguments when none is named)."""
        expressions = self.resource(address).get("expressions", {})
        return frozenset(_references(expressions if argument is None else expressions[argument]))

    def output_references(self, name: str) -> frozenset[str]:
        """Everything that an output refers to."""
        return frozenset(_references(self.module["outputs"][name]["expression"]))

    def depends_on(self, address: str) -> frozenset[str]:
        """The explicit dependencies of a resource."""
        return frozenset(self.resource(address).get("depends_on", []))


def _references(expression: object) -> Iterator[str]:
    if isinstance(expression, Mapping):
        for key, value in expression.items():
            if key == "references":
                yield from value
            else:
                yield from _references(value)
    elif isinstance(expression, list):
        for item in expression:
            yield from _references(item)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, parsed. Addresses are complete (``module.case.module.key.aws_kms_key.this[0]``)."""

    document: Mapping[str, Any]
    changes: Mapping[str, Change]
    outputs: Mapping[str, Any]
    """Values of the root's outputs; an unknown one is left out."""
    configuration: Configuration
    path: Path
    """The plan file, good for :meth:`Terraform.apply`."""

    @classmethod
    def parse(cls, document: Mapping[str, Any], path: Path) -> Plan:
        """From the JSON of ``terraform show -json``."""
        changes = {item["address"]: _change(item) for item in document.get("resource_changes", [])}
        outputs = document.get("planned_values", {}).get("outputs", {})
        return cls(
            document=document,
            changes=changes,
            outputs={name: output["value"] for name, output in outputs.items() if "value" in output},
            configuration=Configuration(
                document.get("configuration", {}).get("root_module", {}),
                document.get("configuration", {}).get("provider_config", {}),
            ),
            path=path,
        )

    @property
    def is_empty(self) -> bool:
        """Whether applying it would change nothing: no resource and no output."""
        outputs = self.document.get("output_changes", {}).values()
        return not self.actions and all(output["actions"] == ["no-op"] for output in outputs)

    @property
    def actions(self) -> Mapping[str, tuple[str, ...]]:
        """What happens to each resource that is not left alone."""
        return {
            address: change.actions
            for address, change in self.changes.items()
            if set(change.actions) - {"no-op", "read"}
        }

    @property
    def problems(self) -> Mapping[str, list[str]]:
        """What each check, rule of a variable and condition finds wrong, by the address of what it belongs to."""
        return {
            instance["address"]["to_display"]: [problem["message"] for problem in instance.get("problems", ())]
            for check in self.document.get("checks", ())
            for instance in check.get("instances", ())
        }

    def summary(self) -> str:
        """The changes, one a line, for the message of a failing assertion."""
        lines = [f"{'/'.join(actions)} {address}" for address, actions in self.actions.items()]
        lines += [
            f"{'/'.join(output['actions'])} output.{name}"
            for name, output in self.document.get("output_changes", {}).items()
            if output["actions"] != ["no-op"]
        ]
        return "\n".join(lines)

    def below(self, module: str) -> Mapping[str, Change]:
        """The changes below a module, by their address within it (``below("module.case")["aws_iam_role.this"]``)."""
        prefix = f"{module}."
        return {
            address.removeprefix(prefix): change
            for address, change in self.changes.items()
            if address.startswith(prefix)
        }


def _change(item: Mapping[str, Any]) -> Change:
    change = item["change"]
    return Change(
        address=item["address"],
        module=item.get("module_address", ""),
        type=item["type"],
        name=item["name"],
        index=item.get("index"),
        actions=tuple(change["actions"]),
        before=change.get("before") or {},
        values=change.get("after") or {},
        unknown=change.get("after_unknown") or {},
        data=item["mode"] == "data",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Running
# ---------------------------------------------------------------------------------------------------------------------


# Where the provider of a tool chain is installed, and the lock file beside it.
_INSTALLED: Final[dict[Toolchain, tuple[Path, Path]]] = {}


class Terraform:
    """Terraform in one root directory.

    :param directory: the root module.
    :param env: variables laid over this process's environment (``AWS_ENDPOINT_URL`` and the like); the developer's own
        AWS profile, end points and ``TF_VAR_…`` never reach Terraform.
    :param data_directory: where ``init`` keeps providers and modules; default: ``.terraform`` in the root.
    """

    def __init__(
        self,
        directory: Path,
        env: Mapping[str, str] | None = None,
        *,
        tools: Toolchain | None = None,
        data_directory: Path | None = None,
    ) -> None:
        self.directory = directory
        self.tools = tools or toolchain()
        self._env = dict(env or {})
        if data_directory:
            self._env["TF_DATA_DIR"] = str(data_directory)
        self._terraform = PythonTerraform(working_dir=str(directory), terraform_bin_path=str(self.tools.binary))

    def init(self) -> None:
        """Install modules and the provider.

        A second root of this process takes the provider that the first has checked: to install it, Terraform reads all
        of its 700 MB.

        :raises TerraformMissingError: when the provider can be had neither from a mirror nor from the registry.
        """
        if self._take_over_the_provider():
            return
        # An upgrade keeps a lock file of another machine (another platform's hashes) from failing the tests.
        code, out, err = self._run("init", input=False, no_color=IsFlagged, upgrade=True, backend=None)
        if code == 0:
            self._trust_the_provider()
            return
        text = f"{out}\n{err}"
        if "provider" in text and ("registry.terraform.io" in text or "Failed to query" in text):
            raise TerraformMissingError(
                "Terraform cannot get its AWS provider (hashicorp/aws from 5.100 up to 7): it is in none of the usual "
                f"places and the registry cannot be used. Set {MIRROR_VARIABLE} to a directory made with "
                f"`terraform providers mirror DIR`, or allow registry.terraform.io.\n{text}",
            )
        raise TerraformError(f"terraform init in {self.directory} failed:\n{text}")

    def _trust_the_provider(self) -> None:
        """Take the provider's hashes out of the lock file. ``init`` has just checked them; with them, every command
        reads all of the provider once more, which is a fifth of a small plan."""
        lock = self.directory / _LOCK
        if lock.is_file():
            lock.write_text(re.sub(r"^ *hashes = \[.*?\]\n", "", lock.read_text(), flags=re.MULTILINE | re.DOTALL))
            if PROVIDER_SOURCE in lock.read_text():
                _INSTALLED[self.tools] = (self._providers, lock)

    def _take_over_the_provider(self) -> bool:
        """Whether there was one to take over; then its modules are installed too."""
        providers, lock = _INSTALLED.get(self.tools, (None, None))
        if providers is None or lock is None or not (providers.is_dir() and lock.is_file()):
            return False
        if self._providers.exists() or (self.directory / _LOCK).exists():
            return False
        code, out, err = self._run("get", no_color=IsFlagged)
        if code != 0:
            raise TerraformError(f"terraform get in {self.directory} failed:\n{out}\n{err}")
        self._providers.parent.mkdir(parents=True, exist_ok=True)
        self._providers.symlink_to(providers)
        shutil.copy(lock, self.directory / _LOCK)
        return True

    @property
    def _providers(self) -> Path:
        return Path(self._env.get("TF_DATA_DIR", self.directory / ".terraform")).absolute() / "providers"

    def validate(self) -> tuple[Diagnostic, ...]:
        """Everything that ``terraform validate`` has to say; nothing when the configuration is valid."""
        _, out, err = self._run("validate", json=IsFlagged)
        try:
            document = json.loads(out)
        except ValueError as error:
            raise TerraformError(f"terraform validate in {self.directory} failed:\n{out}\n{err}") from error
        return tuple(map(_diagnostic, document["diagnostics"]))

    def plan(
        self,
        variables: Mapping[str, Any] | None = None,
        *,
        destroy: bool = False,
        refresh: bool = True,
        file: Path | None = None,
    ) -> Plan:
        """Plan and parse.

        :param file: where the plan file goes; default: ``test.tfplan`` in the root directory.
        :raises TerraformError: when Terraform reports an error.
        """
        target = file or self.directory / "test.tfplan"
        code, out, err = self._run(
            "plan",
            out=str(target),
            input=False,
            no_color=IsFlagged,
            lock=False,
            refresh=refresh,
            destroy=IsFlagged if destroy else None,
            var=dict(variables or {}),
        )
        if code != 0:
            raise TerraformError(f"terraform plan in {self.directory} failed:\n{out}\n{err}")
        return Plan.parse(self.show(target), target)

    def left_to_do(self) -> str:
        """What a plan would change, in Terraform's words; nothing when it is empty.

        :raises TerraformError: when Terraform reports an error.
        """
        # Its exit code tells. To ask the plan, Terraform would start the provider once more.
        code, out, err = self._run("plan", input=False, no_color=IsFlagged, lock=False, detailed_exitcode=IsFlagged)
        if code not in {0, 2}:
            raise TerraformError(f"terraform plan in {self.directory} failed:\n{out}\n{err}")
        return out if code else ""

    def plan_diagnostics(self, variables: Mapping[str, Any] | None = None) -> tuple[Diagnostic, ...]:
        """Plan only to hear what Terraform complains about; nothing when the plan succeeds."""
        _, out, err = self._run(
            "plan", json=IsFlagged, input=False, lock=False, refresh=False, var=dict(variables or {})
        )
        try:
            lines = [json.loads(line) for line in out.splitlines() if line.strip()]
        except ValueError as error:
            raise TerraformError(f"terraform plan in {self.directory} failed:\n{out}\n{err}") from error
        return tuple(_diagnostic(line["diagnostic"]) for line in lines if line.get("type") == "diagnostic")

    def show(self, plan: Path) -> Mapping[str, Any]:
        """The JSON of a plan file."""
        code, out, err = self._run("show -json", str(plan))
        if code != 0:
            raise TerraformError(f"terraform show {plan} failed:\n{out}\n{err}")
        document: Mapping[str, Any] = json.loads(out)
        return document

    def provider_schemas(self) -> Mapping[str, Any]:
        """What every provider of this root takes, by the provider's source."""
        code, out, err = self._run("providers schema -json")
        if code != 0:
            raise TerraformError(f"terraform providers schema in {self.directory} failed:\n{out}\n{err}")
        schemas: Mapping[str, Any] = json.loads(out)["provider_schemas"]
        return schemas

    def apply(
        self, plan: Plan | None = None, variables: Mapping[str, Any] | None = None, *, refresh: bool = True
    ) -> Mapping[str, Any]:
        """Apply a plan, or plan and apply at once. Gives the outputs.

        :raises TerraformError: when Terraform reports an error.
        """
        if plan:
            code, out, err = self._run("apply", str(plan.path), input=False, no_color=IsFlagged)
        else:
            code, out, err = self._run(
                "apply",
                input=False,
                no_color=IsFlagged,
                auto_approve=IsFlagged,
                refresh=refresh,
                var=dict(variables or {}),
            )
        if code != 0:
            raise TerraformError(f"terraform apply in {self.directory} failed:\n{out}\n{err}")
        return self.outputs()

    def destroy(self, variables: Mapping[str, Any] | None = None, *, refresh: bool = True) -> None:
        """Destroy everything in the state.

        :raises TerraformError: when Terraform reports an error.
        """
        code, out, err = self._run(
            "destroy",
            input=False,
            no_color=IsFlagged,
            auto_approve=IsFlagged,
            refresh=refresh,
            var=dict(variables or {}),
        )
        if code != 0:
            raise TerraformError(f"terraform destroy in {self.directory} failed:\n{out}\n{err}")

    def outputs(self) -> Mapping[str, Any]:
        """The values of the root's outputs, sensitive ones included."""
        code, out, err = self._run("output", json=IsFlagged)
        if code != 0:
            raise TerraformError(f"terraform output in {self.directory} failed:\n{out}\n{err}")
        return {name: output["value"] for name, output in json.loads(out).items()}

    def state(self) -> tuple[str, ...]:
        """The addresses in the state; nothing after a destroy."""
        code, out, err = self._run("state list")
        if code != 0 and "No state file was found" not in err:
            raise TerraformError(f"terraform state list in {self.directory} failed:\n{out}\n{err}")
        return tuple(out.split())

    def forget(self, address: str) -> None:
        """Take one resource out of the state and leave it as it is.

        :raises TerraformError: when it is not in the state.
        """
        code, out, err = self._run("state rm", address)
        if code != 0:
            raise TerraformError(f"terraform state rm {address} in {self.directory} failed:\n{out}\n{err}")

    def dependencies(self) -> Mapping[str, frozenset[str]]:
        """Each resource of the configuration and those it depends on directly, through locals, variables and outputs.

        Addresses have no instance keys (``module.pool.aws_iam_role.sms``).
        """
        code, out, err = self._run("graph")
        if code != 0:
            raise TerraformError(f"terraform graph in {self.directory} failed:\n{out}\n{err}")
        found: dict[str, set[str]] = {name: set() for name in re.findall(r'^\s*"([^"]+)" \[', out, re.MULTILINE)}
        for dependent, needed in re.findall(r'^\s*"([^"]+)" -> "([^"]+)"', out, re.MULTILINE):
            found.setdefault(dependent, set()).add(needed)
        return {name: frozenset(needed) for name, needed in found.items()}

    def fmt_differences(self) -> str:
        """The diff that ``terraform fmt`` would make; empty when the files are formatted."""
        code, out, err = self._run("fmt -check -diff -recursive")
        if code not in {0, 3}:
            raise TerraformError(f"terraform fmt in {self.directory} failed:\n{out}\n{err}")
        return out

    def _run(self, command: str, *args: str, **options: Any) -> tuple[int, str, str]:
        # `cmd`, not python-terraform's own plan, apply and destroy: they add -detailed-exitcode, -force, a state path.
        if not options.get("var"):
            options.pop("var", None)
        with _environment(self.environment()), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Logger.warn, which python-terraform calls
            code, out, err = self._terraform.cmd(command, *args, **options)
        return code, out or "", err or ""

    def environment(self) -> dict[str, str]:
        """What Terraform runs with: nothing of a developer's own settings."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in _DROPPED_VARIABLES and not name.startswith(_DROPPED_PREFIXES)
        }
        kept.pop("TF_CLI_CONFIG_FILE", None)
        return {
            **kept,
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            **_GARBAGE_COLLECTION,
            **self.tools.environment(),
            **self._env,
        }


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    with _ENVIRONMENT_LOCK:
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(wanted)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _diagnostic(item: Mapping[str, Any]) -> Diagnostic:
    return Diagnostic(
        severity=item["severity"],
        summary=item["summary"],
        detail=item.get("detail", ""),
        context=(item.get("snippet") or {}).get("context") or "",
        address=item.get("address", ""),
        filename=(item.get("range") or {}).get("filename", ""),
    )


# ---------------------------------------------------------------------------------------------------------------------
# What is applied
# ---------------------------------------------------------------------------------------------------------------------

# What a consumer's checkout of the module holds; everything else in the repository is for its developers.
_MODULE_FILES: Final = (
    *("*.tf", "modules/**/*.tf", "examples/**/*.tf"),
    "function/dist/*.zip",
    "function/src/custom_sender/**/*.json",
)


def checkout(target: Path) -> Path:
    """Copy what a consumer of the module gets to ``target``, so that applying an example leaves the repository clean.

    The layout is kept: ``checkout(tmp_path) / "examples/local"`` is a root that can be applied. State, lock files and
    ``.terraform`` directories of the developer stay behind.
    """
    for pattern in _MODULE_FILES:
        for source in REPOSITORY.glob(pattern):
            if ".terraform" in source.parts:
                continue
            copy = target / source.relative_to(REPOSITORY)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    return target
