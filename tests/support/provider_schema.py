"""What one version of the AWS provider takes and gives, for the resources used here, and where HCL asks for more.

The schemas are pinned in ``tests/schemas``, so a version that cannot be installed is checked too: a plan tests one.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

import hcl2
from hcl2.rules.base import AttributeRule, BlockRule, BodyRule

from localaws import REPOSITORY

PINS: Final = REPOSITORY / "tests/schemas"

# Name → "required", "optional", "computed" or "deprecated" for an argument or attribute, its own names for a block.
Block: TypeAlias = "dict[str, str | Block]"

# Source: https://developer.hashicorp.com/terraform/language/meta-arguments
_CONDITION: Final[Block] = {"condition": "required", "error_message": "required"}
_META_ARGUMENTS: Final[Block] = {
    **dict.fromkeys(("count", "depends_on", "for_each", "provider"), "optional"),
    "lifecycle": {
        **dict.fromkeys(("create_before_destroy", "ignore_changes", "prevent_destroy"), "optional"),
        "replace_triggered_by": "optional",
        "precondition": _CONDITION,
        "postcondition": _CONDITION,
    },
}

_DECLARED: Final = re.compile(r'^(resource|data) "(aws_\w+)"', re.MULTILINE)
_READ: Final = re.compile(r"(?<![\w.])(data\.)?(aws_\w+)\.\w+(?:\[[^]]*\])?\.(\w+)")


def hcl_texts() -> dict[str, str]:
    """All HCL that a consumer plans: the files of the module, and the blocks that its READMEs show."""
    files = [file for pattern in ("*.tf", "modules/**/*.tf", "examples/**/*.tf") for file in REPOSITORY.glob(pattern)]
    texts = {file: file.read_text() for file in files if ".terraform" not in file.parts}
    for readme in (REPOSITORY / "README.md", *REPOSITORY.glob("modules/*/README.md")):
        fences = re.findall(r"^( *)```hcl\n(.*?)^\1```$", readme.read_text(), re.MULTILINE | re.DOTALL)
        texts[readme] = "\n".join(textwrap.dedent(fence) for _, fence in fences)
    return {str(file.relative_to(REPOSITORY)): text for file, text in texts.items()}


def used(hcl: str) -> set[str]:
    """What is declared or read: ``resource.aws_kms_key``, ``data.aws_region``."""
    declared = {f"{kind}.{name}" for kind, name in _DECLARED.findall(hcl)}
    return declared | {f"{data or 'resource.'}{name}" for data, name, _ in _READ.findall(hcl)}


@dataclass(frozen=True, slots=True)
class ProviderSchema:
    """One pinned schema; ``blocks`` has a key as in :func:`used` for every resource and data source."""

    version: str
    blocks: Mapping[str, Block]

    @classmethod
    def read(cls, pin: Path) -> ProviderSchema:
        return cls(pin.stem.removeprefix("aws-"), json.loads(pin.read_text()))

    def problems(self, hcl: str) -> list[str]:
        """What ``hcl`` writes or reads and this version does not have, and what it requires and is not written."""
        unknown = used(hcl) - self.blocks.keys()
        found = [f"{key} is not pinned for provider {self.version}: run `make schemas`" for key in sorted(unknown)]
        for name, labels, body in _blocks(_parsed(hcl)):
            if (key := f"{name}.{labels[0] if labels else ''}") in self.blocks:
                found += self._problems(f"{key}.{labels[1]}", body, {**self.blocks[key], **_META_ARGUMENTS})
        for data, kind, attribute in _READ.findall(hcl):
            key = f"{data or 'resource.'}{kind}"
            if key in self.blocks and self.blocks[key].get(attribute, "deprecated") == "deprecated":
                found.append(f"{key}: provider {self.version} has no attribute {attribute}, or deprecates it")
        return found

    def _problems(self, path: str, body: BodyRule, schema: Block) -> Iterator[str]:
        arguments = {str(child.identifier.serialize()) for child in body.children if isinstance(child, AttributeRule)}
        taken = {name for name, kind in schema.items() if kind in ("required", "optional")}
        for name in sorted(arguments - taken):
            yield f"{path}: provider {self.version} has no argument {name}, or deprecates it"
        for name in sorted({name for name, kind in schema.items() if kind == "required"} - arguments):
            yield f"{path}: provider {self.version} requires the argument {name}"
        for name, _, inner in _blocks(body):
            if isinstance(nested := schema.get(name), dict):
                yield from self._problems(f"{path}.{name}", inner, nested)
            else:
                yield f"{path}: provider {self.version} has no block {name}"


@cache
def _parsed(hcl: str) -> BodyRule:
    return hcl2.parses(hcl).body


def _blocks(body: BodyRule) -> Iterator[tuple[str, list[str], BodyRule]]:
    """Name, labels and body of each block; a dynamic block counts as the block that it makes."""
    for child in body.children:
        if isinstance(child, BlockRule):
            # The tree's own values: to make dictionaries of all of it, python-hcl2 8.1.4 fails at `{for … : key => 1}`.
            name, *labels = (str(label.serialize()).strip('"') for label in child.labels)
            if name == "dynamic":
                yield from ((labels[0], [], content) for made, _, content in _blocks(child.body) if made == "content")
            else:
                yield name, labels, child.body


def pins() -> list[ProviderSchema]:
    """Every pinned schema, the oldest version first."""
    return [ProviderSchema.read(pin) for pin in sorted(PINS.glob("aws-*.json"))]
