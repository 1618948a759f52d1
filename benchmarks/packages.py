"""The contestants: the real packages as Lambda would unpack them, a naive function, and a floor."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import build
from benchmarks.process import Start
from localaws.libraries import interpreter, layer_directory, runtime_directory
from support.cognito import REGION

RUNTIME: Final = "python3.13"
_HERE: Final = Path(__file__).parent
_FLOOR: Final = "import boto3, aws_encryption_sdk; boto3.client('kms'); print('ready', flush=True)"


@dataclass(frozen=True)
class Contestants:
    """All of them, and the size of the packages in bytes: zipped."""

    floor: Start
    default: Start
    self_contained: Start
    naive: Start
    sizes: Mapping[str, int]


def contestants(work: Path, settings: Mapping[str, str], endpoint: str) -> Contestants:
    """Unpack everything below ``work``. ``settings`` is the function's environment as Terraform writes it."""
    python = str(interpreter(RUNTIME))
    layer, runtime = layer_directory(RUNTIME), runtime_directory(RUNTIME)
    archives = {name: work / f"{name}.zip" for name in ("self-contained", "no-byte-code")}
    _build_self_contained(archives["self-contained"])
    _build_self_contained(archives["no-byte-code"], "--no-bytecode")
    for name, archive in {"default": build.COMMITTED, **archives}.items():
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(work / name)
    shutil.copy(_HERE / "naive.py", work / "no-byte-code")

    def function(name: str, directory: str, handler: str, *libraries: Path) -> Start:
        paths = os.pathsep.join(map(str, (work / directory, *libraries, runtime)))
        environment = {**_environment(endpoint), **settings, "LAMBDA_TASK_ROOT": str(work / directory)}
        command = (python, "-m", "awslambdaric", handler)
        return Start(name, command, {**environment, "PYTHONPATH": paths}, work / directory)

    ours = "cognito_sms_sender.handler.handler"
    floor_paths = os.pathsep.join(map(str, (layer, runtime)))
    return Contestants(
        floor=Start(
            "floor", (python, "-c", _FLOOR), {**_environment(endpoint), "PYTHONPATH": floor_paths}, work, sends_result=False
        ),
        default=function("default package and layer", "default", ours, layer),
        self_contained=function("self-contained package", "self-contained", ours),
        naive=function("naive function", "no-byte-code", "naive.handler"),
        sizes={
            "default package": build.COMMITTED.stat().st_size,
            "self-contained package": archives["self-contained"].stat().st_size,
        },
    )


def _environment(endpoint: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        # /var/task and /opt cannot be written to on Lambda.
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{RUNTIME}",
    }


def _build_self_contained(out: Path, *options: str) -> None:
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    with contextlib.redirect_stdout(io.StringIO()):
        status = build.main(["self-contained", "--arch", machine, "--python", "3.13", "--out", str(out), *options])
    if status:
        raise RuntimeError(f"build.py could not make {out.name}")
