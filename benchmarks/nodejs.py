"""The function of Cognito's developer guide in Node.js with the SDK's version 3: only to record; it needs npm."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.process import BenchmarkError, Start, run
from support.cognito import REGION
from support.environment import KEY_ARN

if TYPE_CHECKING:
    from benchmarks.world import World

NODE: Final = "Node.js, SDK v3, no ledger"
_SOURCE: Final = Path(__file__).parent / "node"


def node_function(work: Path, world: World) -> Start:
    """It, installed below ``work`` with npm. Raises ``BenchmarkError`` when there is no Node.js or no registry."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise BenchmarkError("--record needs Node.js and npm on the PATH: install them, or leave --record out")
    place = work / "node"
    shutil.copytree(_SOURCE, place)
    run(npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev", directory=place)
    authority = place / "authority.pem"
    authority.write_bytes(world.authority)
    variables = {
        "PATH": os.environ["PATH"],
        "NODE_EXTRA_CA_CERTS": str(authority),
        "AWS_ENDPOINT_URL": f"https://127.0.0.1:{world.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "KMS_KEY_ARN": KEY_ARN,
    }
    return Start(NODE, (node, "runtime.mjs", "./function.mjs"), variables, place)
