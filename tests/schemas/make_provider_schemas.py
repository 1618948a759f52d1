"""Pin what two versions of the AWS provider take: the lowest that the module allows, and the newest that npm knows.

The lowest is asked itself: ``terraform providers schema -json``. The newest need not be installable here. Its schema
comes from bindings that are generated from it, the npm package ``@cdktn/provider-aws``
(https://github.com/cdktn-io/cdktn-provider-aws): ``index.d.ts`` of a resource has its arguments and blocks with their
Terraform names, ``index.js`` its attributes. ``npm pack`` fetches the package, and nothing of it is run.

Run by ``make schemas``; needs npm. It pins the resources and data sources that the HCL here uses, and no others.
"""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localaws.terraform import PROVIDER_RANGE, PROVIDER_SOURCE, Terraform
from support.provider_schema import PINS, Block, hcl_texts, used

# With a tag, npm takes that version; without, the newest that says it runs on the node here, and nothing is run.
PACKAGE: Final = "@cdktn/provider-aws@latest"

# The bindings do not tell what is deprecated. Source: the provider's guide for upgrading to version 6,
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade
DEPRECATED: Final[Mapping[str, Block]] = {"data.aws_region": {"name": "deprecated"}}

_VERSION: Final = re.compile(r"/providers/hashicorp/aws/(\d+\.\d+\.\d+)/docs/")
_INTERFACE: Final = re.compile(r"^export interface (\w+)[^{\n]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD: Final = re.compile(r"/\*\*(.*?)\*/\s*readonly \w+(\??): (\w*)", re.DOTALL)
_FIELD_NAME: Final = re.compile(r"\{@link \S+#(\w+) ")
_ATTRIBUTE: Final = re.compile(r"""Attribute\('(\w+)'\)|new [\w.]+\(this, "(\w+)\"""")


def of_provider(version: str, keys: set[str]) -> dict[str, Block]:
    """The schema of a version that Terraform can install."""
    with tempfile.TemporaryDirectory() as directory:
        requirement = {"source": "hashicorp/aws", "version": version}
        main = {"terraform": {"required_providers": {"aws": requirement}}}
        (Path(directory) / "main.tf.json").write_text(json.dumps(main))
        terraform = Terraform(Path(directory))
        terraform.init()
        schemas = terraform.provider_schemas()[PROVIDER_SOURCE]
    groups = {"resource": schemas["resource_schemas"], "data": schemas["data_source_schemas"]}
    return {key: _block(groups[key.split(".")[0]][key.split(".")[1]]["block"]) for key in keys}


def _block(block: Mapping[str, Any]) -> Block:
    kinds = ("deprecated", "required", "optional", "computed")
    arguments: Block = {
        name: next(kind for kind in kinds if argument.get(kind))
        for name, argument in block.get("attributes", {}).items()
    }
    return arguments | {name: _block(inner["block"]) for name, inner in block.get("block_types", {}).items()}


def of_bindings(keys: set[str]) -> tuple[str, dict[str, Block]]:
    """The version that the newest bindings were made from, and its schema."""
    folders = {
        f"package/lib/{re.sub('^resource.aws_', '', key).replace('.', '-').replace('_', '-')}": key for key in keys
    }
    sources: dict[str, dict[str, str]] = {key: {} for key in keys}
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=directory, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(directory).glob("*.tgz"))) as package:
            for member in package:
                folder, _, name = member.name.rpartition("/")
                if folder in folders and (file := package.extractfile(member)):
                    sources[folders[folder]][name] = file.read().decode()
    (version,) = {version for source in sources.values() for version in _VERSION.findall(source["index.d.ts"])}
    return version, {
        key: _bound(source["index.d.ts"], source["index.js"]) | DEPRECATED.get(key, {})
        for key, source in sources.items()
    }


def _bound(types: str, code: str) -> Block:
    interfaces = dict(_INTERFACE.findall(types))
    (root,) = re.findall(r"^export interface (\w+) extends cdktn\.TerraformMetaArguments ", types, re.MULTILINE)
    _, _, resource = code.partition("extends cdktn.Terraform")
    attributes = {simple or complex_ for simple, complex_ in _ATTRIBUTE.findall(resource)}
    return dict.fromkeys(attributes, "computed") | _fields(interfaces[root], interfaces)


def _fields(interface: str, interfaces: Mapping[str, str]) -> Block:
    fields: Block = {}
    for comment, optional, kind in _FIELD.findall(interface):
        (name,) = _FIELD_NAME.findall(comment)
        is_block = f"* {name} block\n" in comment
        fields[name] = _fields(interfaces[kind], interfaces) if is_block else "optional" if optional else "required"
    return fields


def main() -> None:
    keys = {key for hcl in hcl_texts().values() for key in used(hcl)}
    lowest = ".".join(map(str, PROVIDER_RANGE[0]))
    newest, of_newest = of_bindings(keys)
    schemas = {lowest: of_provider(lowest, keys), newest: of_newest}
    for pin in PINS.glob("aws-*.json"):
        pin.unlink()
    for version, blocks in schemas.items():
        (PINS / f"aws-{version}.json").write_text(json.dumps(blocks, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
