"""The function of Cognito's developer guide in Node.js, as a mark: only when it is asked for, because it needs npm.

With the SDK's version 3, and with version 2 beside it as the guide prints it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.process import BenchmarkError, Start
from support.cognito import REGION
from support.environment import KEY_ARN

if TYPE_CHECKING:
    from benchmarks.world import World

NODE: Final = "Node.js, SDK v3, no ledger"
PRINTED: Final = "Node.js, SDK v2, no ledger"
_SOURCE: Final = Path(__file__).parent / "node"


def node_functions(work: Path, world: World) -> tuple[Start, Start]:
    """Both, installed below ``work`` with npm. Raises ``BenchmarkError`` when there is no Node.js or no registry."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise BenchmarkError("--node needs Node.js and npm on the PATH: install them, or leave --node out")
    place = work / "node"
    shutil.copytree(_SOURCE, place)
    done = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev"],
        cwd=place,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BenchmarkError(f"npm could not install {_SOURCE.name}/package.json; leave --node out.\n{done.stderr}")
    authority = place / "authority.pem"
    authority.write_bytes(world.authority)
    variables = {
        "PATH": os.environ["PATH"],
        "NODE_EXTRA_CA_CERTS": str(authority),
        "AWS_ENDPOINT_URL": world.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "KMS_KEY_ARN": KEY_ARN,
    }
    return (
        Start(NODE, (node, "runtime.mjs", "./function.mjs"), variables, place),
        Start(PRINTED, (node, "runtime.mjs", "./printed.mjs"), variables, place),
    )


def node_version() -> str:
    """Of the ``node`` on the PATH."""
    return subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip().lstrip("v")
