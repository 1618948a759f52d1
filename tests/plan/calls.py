"""The module calls that the plan tests look at: files of HCL in ``accepted`` and ``rejected``, as users write them.

A plan costs seconds however little is in it, so all calls of a folder are planned in one generated root. A call says
only what is special about it. What it leaves out comes from here: ``source``, a ``name``, one country, one sender,
and no alarms, which are ten resources more to plan for each call; ``monitoring = {}`` brings them back. Constants are
locals, in small letters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from plan import constants

HERE: Final = Path(__file__).parent

_BLOCK: Final = re.compile(r'^module "([\w-]+)" \{\n(.*?)^\}$', re.MULTILINE | re.DOTALL)
_OUTPUT: Final = re.compile(r'^output ".+?" \{\n.*?^\}$', re.MULTILINE | re.DOTALL)
_BESIDE: Final = re.compile(r'^(?:resource|output) "(.+?)" \{(?:\}|\n.*?^\})$', re.MULTILINE | re.DOTALL)
_REFERENCE: Final = re.compile(r"\b[a-z]\w*\.\w+")
_ARGUMENT: Final = re.compile(r"^  (\w+) *= (.*?)(?=^  \w|\Z)", re.MULTILINE | re.DOTALL)
# Of a call, what cannot be a value of a ``for_each``.
_META_ARGUMENTS: Final = frozenset({"depends_on", "providers"})
# The block of all calls that are alike, and what a plan's JSON calls one of them.
_TOGETHER: Final = "calls"
_ONE_OF_THEM: Final = re.compile(rf'module\.{_TOGETHER}\[\\"([\w-]+)\\"\]')
_EXPECTED: Final = re.compile(r"(?:^# (refused|judged)( by what it makes)?: (.*)\n)\Z", re.MULTILINE)
_DEFAULTS: Final = {
    "sms": '{ allowed_countries = ["DE"] }',
    "senders": "{ aws = { sns = {} } }",
    "monitoring": "{ alarms = { enabled = false } }",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One module call: its arguments as HCL expressions, and what must be said of a rejected one."""

    name: str
    arguments: Mapping[str, str]
    refused: str = ""
    """What Terraform's plan must say."""
    passes_variables: bool = False
    """Whether only what the module makes of it is refused: no rule about the root's variables is broken."""
    judged: str = ""
    """What the function's judge must say of a configuration that Terraform plans."""

    @property
    def is_of_the_root(self) -> bool:
        """Whether it calls the module itself, and not one of its submodules."""
        return "source" not in self.arguments

    @property
    def is_known(self) -> bool:
        """Whether a plan knows all that the function will be told: its key is there already."""
        return "existing" in self.arguments.get("kms_key", "") and ".unknown" not in str(self.arguments)

    @property
    def values(self) -> Mapping[str, str]:
        """Its arguments, with those that it leaves out, but for the meta-arguments."""
        said = {key: value for key, value in self.arguments.items() if key not in {"source", *_META_ARGUMENTS}}
        return {"name": json.dumps(self.name.replace("_", "-")), **_DEFAULTS, **said} if self.is_of_the_root else said

    def hcl(self, repository: str, *, deferred: bool = False) -> str:
        """The call as it stands in the generated root; ``repository`` is the path to the repository.

        ``deferred``: Terraform looks at what is wrong with literals before it plans, and then does not plan at all.
        Behind ``var.yes`` of the root, everything that is wrong comes out of one plan.
        """
        source = self.arguments.get("source", '"../../.."').replace("../../..", repository)
        lines = [f"  source = {source}"]
        lines += [f"  {key} = {self.arguments[key]}" for key in sorted(_META_ARGUMENTS & {*self.arguments})]
        lines += [
            f"  {key} = {f'var.yes ? {value} : null' if deferred else value}" for key, value in self.values.items()
        ]
        return f'module "{self.name}" {{\n' + "\n".join(lines) + "\n}\n"


@cache
def calls(folder: str) -> Mapping[str, Call]:
    """All calls of ``accepted`` or ``rejected`` by their names."""
    found: dict[str, Call] = {}
    for file in sorted((HERE / folder).glob("*.tf")):
        text = file.read_text()
        for match in _BLOCK.finditer(text):
            assert match[1] not in found, f"{file.name}: there are two calls named {match[1]}"
            expected = _EXPECTED.search(text, 0, match.start())
            arguments = {key: value.strip() for key, value in _ARGUMENT.findall(match[2])}
            said: dict[str, Any] = {expected[1]: expected[3], "passes_variables": bool(expected[2])} if expected else {}
            found[match[1]] = Call(match[1], arguments, **said)
    return found


def surroundings(folder: str) -> str:
    """What stands beside the calls of a folder: resources, outputs."""
    return "".join(_BLOCK.sub("", file.read_text()) for file in sorted((HERE / folder).glob("*.tf")))


def selection(names: Collection[str]) -> tuple[Mapping[str, Call], str]:
    """The accepted calls that are named, what stands beside them and is named, and all that these refer to."""
    accepted = calls("accepted")
    beside = {match[1].replace('" "', "."): match[0] for match in _BESIDE.finditer(surroundings("accepted"))}
    texts = {f"module.{name}": call.hcl("") for name, call in accepted.items()} | beside
    chosen = {address for address in texts if {*address.removeprefix("module.").split(".")} <= {*names}}
    while more := {one for address in chosen for one in _REFERENCE.findall(texts[address]) if one in texts} - chosen:
        chosen |= more
    return (
        {name: call for name, call in accepted.items() if f"module.{name}" in chosen},
        "".join(f"{text}\n" for address, text in beside.items() if address in chosen),
    )


def root_hcl(calls: Mapping[str, Call], beside: str, repository: str) -> str:
    """A root that makes these calls, and what stands beside them. Its plan is to be read with :func:`one_by_one`.

    Calls that are alike are one block with ``for_each``. Terraform then works the module out once and fills it with
    each call's values, which takes less than half of the processor: 16 seconds and not 36 of 75 calls. A call that
    something else than an output needs stays a block, because all of one block comes before all that needs it.
    """
    apart = "".join(call.hcl("") for call in calls.values()) + _OUTPUT.sub("", beside)
    needed = {*re.findall(r"\bmodule\.(\w+)", apart)}
    assert _TOGETHER not in calls
    alike = {
        name: call
        for name, call in calls.items()
        if call.is_of_the_root
        and call.arguments  # one that leaves everything out is planned as that
        and name not in needed
        and not _META_ARGUMENTS & {*call.arguments}
    }
    apart = "".join(call.hcl(repository) for name, call in calls.items() if name not in alike) + beside
    for name in alike:
        apart = re.sub(rf"\bmodule\.{name}(?![\w-])", f'module.{_TOGETHER}["{name}"]', apart)
    if not alike:
        return apart
    arguments = sorted({key for call in alike.values() for key in call.values})
    values = "".join(
        f'    "{name}" = {{\n'
        + "".join(f"      {key} = {call.values.get(key, 'null')}\n" for key in arguments)
        + "    }\n"
        for name, call in alike.items()
    )
    passed = "".join(f"  {key} = each.value.{key}\n" for key in arguments)
    return f'module "{_TOGETHER}" {{\n  source = "{repository}"\n  for_each = {{\n{values}  }}\n{passed}}}\n{apart}'


def one_by_one(document: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The JSON of such a root's plan, as if each call stood in it by itself."""
    apart: dict[str, Any] = json.loads(_ONE_OF_THEM.sub(r"module.\1", json.dumps(document)))
    called = apart["configuration"]["root_module"]["module_calls"]
    if together := called.pop(_TOGETHER, None):
        called.update((name, together) for name in names if name not in called)
    return apart


def locals_hcl() -> str:
    """The constants of the tests as locals of a root."""
    values = {name: value for name, value in vars(constants).items() if name.isupper() and isinstance(value, str)}
    lines = [f"  {name.lower()} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items()]
    return "locals {\n" + "".join(lines) + "}\n"
