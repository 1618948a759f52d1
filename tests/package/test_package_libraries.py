"""What of the libraries goes into the self-contained package: enough of them, and no more."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import build
import libraries
from support.cognito import REGION
from support.environment import environment

# Imports by a name that is made at run time, in what is kept of others' code. Each was looked at: none leads to a
# module that the function needs and that no import statement leads to.
KNOWN_DYNAMIC = {
    "attr/_make.py",  # a class's own module
    "dateutil/__init__.py",  # its own submodules, as attributes
    "botocore/plugin.py",  # plugins of a configuration file
    "botocore/vendored/six.py",  # the standard library's modules under their old names
    "six.py",
    "wrapt/importer.py",  # hooks and patches of whoever asks wrapt for them
    "wrapt/patches.py",
    "wrapt/proxies.py",
}


# What some of the kept modules want and no package has ever had: other systems, and libraries that are optional.
NOT_INSTALLED = {
    *("OpenSSL", "aws_cryptographic_material_providers", "aws_xray_sdk", "h2", "h2.config", "js", "socks"),
    # Of botocore with AWS's runtime in C, and of dateutil on Windows: modules that are there, without what they want.
    *("botocore.compat", "six.moves"),
}


@pytest.fixture(scope="module")
def installed() -> Mapping[str, Mapping[str, bytes]]:
    """The locked libraries as they are installed here: in the versions of the lock file, as wheels have them."""
    names = re.findall(r"^([a-z0-9-]+)==(\S+)", build.LOCK.read_text(), re.MULTILINE)
    packages: dict[str, dict[str, bytes]] = {"the function": build.source_files()}
    for name, version in names:
        distribution = importlib.metadata.distribution(name)
        assert distribution.version == version, "the tests' libraries are not the lock file's"
        packages[name] = {
            str(path): Path(str(path.locate())).read_bytes()
            for path in distribution.files or ()
            if ".." not in path.parts and path.suffix != ".pyc"
        }
    return packages


@pytest.fixture(scope="module")
def kept(installed: Mapping[str, Mapping[str, bytes]]) -> Mapping[str, bytes]:
    return {path: content for files in libraries.needed(installed).values() for path, content in files.items()}


@pytest.fixture(scope="module")
def unpacked(kept: Mapping[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with byte code, as Lambda unpacks it."""
    place = tmp_path_factory.mktemp("package")
    compiled = build.compiled(kept, sys.version_info[:2], tmp_path_factory.mktemp("work"))
    for path, content in compiled.items():
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return place


def _python(script: str, package: Path, **variables: str) -> str:
    """Run a script with this package and the standard library alone."""
    variables = {**environment(), "PYTHONPATH": str(package), "AWS_DEFAULT_REGION": REGION, **variables}
    run = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


class TestWhatIsKept:
    def test_is_as_small_as_it_has_to_be(self, kept: Mapping[str, bytes]) -> None:
        """Machine code is most of it."""
        assert len(build.pack({path: content for path, content in kept.items() if path.endswith(".so")})) < 5_000_000

    def test_has_no_library_that_nothing_imports(self, kept: Mapping[str, bytes]) -> None:
        roots = {path.split("/")[0] for path in kept}
        assert {"aws_encryption_sdk", "botocore", "cryptography"} <= roots
        assert not roots & {"boto3", "s3transfer", "pycparser", "cffi"}
        assert not [root for root in roots if root.startswith(("boto3-", "s3transfer-", "pycparser-"))]

    def test_every_import_by_a_made_up_name_is_known(self, kept: Mapping[str, bytes]) -> None:
        """A newer library that imports in another way must be looked at, or the package lacks a module."""
        dynamic = {
            path
            for path, content in kept.items()
            if path.endswith(".py")
            and not path.startswith(libraries.NAMED_AT_RUN_TIME)
            and re.search(rb"\b(import_module|__import__)\(", content)
        }
        assert dynamic == KNOWN_DYNAMIC

    def test_names_and_versions_stay_for_scanners(self, kept: Mapping[str, bytes]) -> None:
        version = importlib.metadata.version("cryptography")
        metadata = kept[f"cryptography-{version}.dist-info/METADATA"].decode()
        assert f"Name: cryptography\nVersion: {version}\n" in metadata
        assert len(metadata) < 300

    def test_each_license_is_there_once(self, kept: Mapping[str, bytes]) -> None:
        text = kept[libraries.LICENSES].decode()
        for library in ("attrs", "aws_encryption_sdk", "botocore", "cffi", "cryptography", "six", "urllib3", "wrapt"):
            assert re.search(rf"^{library} \S+ \((?:LICENSE|NOTICE)", text, re.MULTILINE), library
        assert text.count("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION") < 6
        assert "boto3 " not in re.findall(r"^(\w+ )\d", text, re.MULTILINE)


class TestItRuns:
    def test_every_module_that_is_kept_can_be_imported(self, unpacked: Path) -> None:
        """But those for a library that is not there, as it was not before."""
        script = """
import importlib, json, pathlib, sys
import custom_sender.handler  # the Encryption SDK can be imported as the function does it, without boto3
root = pathlib.Path(sys.path[1])
failed = {}
for path in sorted(root.rglob("*.pyc")):
    name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed[name] = error.name or str(error)
print(json.dumps(failed))
"""
        failed = json.loads(_python(script, unpacked))
        assert {name: missing for name, missing in failed.items() if missing not in NOT_INSTALLED} == {}

    @pytest.mark.parametrize("service", sorted(libraries.OPERATIONS))
    def test_a_client_of_each_service_has_the_operations_that_are_called(self, unpacked: Path, service: str) -> None:
        script = (
            "from custom_sender.network import clients\n"
            f"made = clients.client({service!r}, None, clients.patience(connect_seconds=1, read_seconds=1, tries=1))\n"
            "print(*sorted(made.meta.service_model.operation_names), made.meta.endpoint_url)"
        )
        *operations, endpoint = _python(script, unpacked).split()
        assert set(operations) == libraries.OPERATIONS[service]
        assert endpoint.startswith("https://")
        assert REGION in endpoint

    def test_the_function_starts_writes_its_metrics_and_has_loaded_neither_boto3_nor_asyncio(
        self, unpacked: Path
    ) -> None:
        script = """
import sys
from custom_sender.handler import handler
print(handler({}, None)["outcome"].value)
print(*sorted({"boto3", "s3transfer", "asyncio", "multiprocessing"} & set(sys.modules)))
"""
        lines = _python(script, unpacked).splitlines()
        assert json.loads(next(line for line in lines if '"message ended"' in line))["outcome"] == "BAD_EVENT"
        assert any("CloudWatchMetrics" in line for line in lines)
        assert "BAD_EVENT" in lines
        assert lines[-1] == ""


def test_the_operations_are_those_that_the_source_calls() -> None:
    """Senders name theirs in ``AwsRequest``; the rest are methods of clients."""
    source = "\n".join(path.read_text() for path in sorted(build.SOURCE.rglob("*.py")))
    called = set(re.findall(r'operation="([a-z_]+)"', source))
    called |= set(re.findall(r"client\.(get_[a-z_]+)\(", source)) - {"get_frozen_credentials"}
    called |= set(re.findall(r'"((?:update|transact|describe|get|set)_[a-z_]*(?:item|items|pool|config))"', source))
    declared = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for names in libraries.OPERATIONS.values() for name in names
    }
    not_ours = {"assume_role", "assume_role_with_web_identity", "decrypt"}  # botocore's and the Encryption SDK's
    assert called == declared - not_ours
