"""The contestants: the real packages as Lambda would unpack them, what they are compared with, and the floors."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import build
from benchmarks.layer import BYTE_CODE, CHECKED, Layer, make, pinned_number
from benchmarks.process import BenchmarkError, Start
from benchmarks.world import bundle
from localaws.libraries import interpreter, layer_directory, runtime_directory
from support.cognito import REGION
from support.environment import KEY_ARN, LEDGER, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.world import World

RUNTIME: Final = "python3.13"
OURS: Final = "custom_sender.handler.handler"
_INSIDE: Final = Path(__file__).parent / "inside"
_FLOOR: Final = (
    "import boto3, aws_encryption_sdk; boto3.client('kms'); print('ready', flush=True); import sys; sys.stdin.read()"
)
_BYTE_CODE: Final = shutil.ignore_patterns("__pycache__")
_SECRET_ARN: Final = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:twilio-AbCdEf"

# The module's defaults: the ledger is on, with its limits.
SNS: Final = environment(references=LEDGER)
SNS_NO_LEDGER: Final = environment()
TWILIO: Final = environment(
    {
        "sms": {"routes": {"default": ["twilio"]}},
        "senders": {"twilio": {"kind": "twilio", "from": "+15550100123"}},
    },
    references={**LEDGER, "senders.twilio.secret_arn": _SECRET_ARN},
)
# What is told to those that ours is compared with; the last two are Powertools'.
OTHERS_NO_LEDGER: Final = {
    "KMS_KEY_ARN": KEY_ARN,
    "POWERTOOLS_METRICS_NAMESPACE": "CognitoCustomSender",
    "POWERTOOLS_SERVICE_NAME": "acme-login",
}
OTHERS: Final = {**OTHERS_NO_LEDGER, "TABLE": LEDGER["ledger_table"]}

FLOOR_COLD: Final = "floor: boto3, SDK, KMS client"
DEFAULT: Final = "default package and layer"
DEFAULT_COMPILED: Final = "default package, a layer with byte code"
SELF_CONTAINED: Final = "self-contained package"
NAIVE: Final = "naive function"
NO_LEDGER: Final = ", no ledger"
TWILIO_SENDER: Final = ", Twilio"
FLOOR_DECRYPT: Final = "floor: the SDK's decrypt"
FLOOR_REQUEST: Final = "floor: one HTTPS request"


@dataclass(frozen=True, slots=True)
class Packages:
    """What is unpacked below ``work``, for a world that is up. ``sizes``: zipped bytes, by the package's name.

    ``layer`` is the pinned one as its number was made, ``compiled`` the same content as the later recipe makes it.
    """

    work: Path
    world: World
    sizes: Mapping[str, int]
    layer: Layer
    compiled: Layer

    def floor(self) -> Start:
        """A bare Python process that imports boto3 and the Encryption SDK and makes a KMS client."""
        variables = {**self._variables(), "PYTHONPATH": _path(layer_directory(RUNTIME), runtime_directory(RUNTIME))}
        return Start(FLOOR_COLD, (_python(), "-c", _FLOOR), variables, self.work, is_function=False)

    def function(
        self,
        name: str,
        package: str,
        settings: Mapping[str, str],
        handler: str = OURS,
        *libraries: Path,
        probed: bool = False,
    ) -> Start:
        """``package`` (a directory below ``work``), configured so; ``probed``: by way of ``inside/probe.py``."""
        code = self.work / package
        variables = {
            **self._variables(),
            **settings,
            "LAMBDA_TASK_ROOT": str(code),
            "BENCHMARK_PROVIDER_PORT": str(self.world.port),
            "PYTHONPATH": _path(code, *libraries, *((_INSIDE,) if probed else ()), runtime_directory(RUNTIME)),
        }
        if probed:
            variables["BENCHMARK_HANDLER"] = handler
        # -P: the launcher's own directory is not a place to import from.
        command = (_python(), "-P", str(_INSIDE / "launch.py"), "probe.handler" if probed else handler)
        return Start(name, command, variables, code)

    def cold(self) -> tuple[Start, ...]:
        """Who starts cold, the floor first."""
        return (
            self.floor(),
            self.function(DEFAULT, "default", SNS, OURS, self.layer.place),
            self.function(DEFAULT_COMPILED, "default", SNS, OURS, self.compiled.place),
            self.function(SELF_CONTAINED, "self-contained", SNS),
            self.function(NAIVE, "naive", OTHERS, "naive.handler"),
            self.function(SELF_CONTAINED + TWILIO_SENDER, "self-contained", TWILIO),
            self.function(SELF_CONTAINED + NO_LEDGER, "self-contained", SNS_NO_LEDGER),
            self.function(NAIVE + NO_LEDGER, "naive", OTHERS_NO_LEDGER, "naive.handler"),
        )

    def warm(self) -> tuple[Start, ...]:
        """Who is measured warm, the floors first. All of them with the probe."""
        return (
            self.function(FLOOR_DECRYPT, "floors", OTHERS, "floors.decrypt", layer_directory(RUNTIME), probed=True),
            self.function(FLOOR_REQUEST, "floors", OTHERS, "floors.request", layer_directory(RUNTIME), probed=True),
            self.function(DEFAULT, "default", SNS, OURS, self.layer.place, probed=True),
            self.function(SELF_CONTAINED, "self-contained", SNS, probed=True),
            self.function(SELF_CONTAINED + TWILIO_SENDER, "self-contained", TWILIO, probed=True),
            self.function(NAIVE, "naive", OTHERS, "naive.handler", probed=True),
        )

    def _variables(self) -> dict[str, str]:
        bundled = str(self.work / "authorities.pem")
        return {
            "PATH": os.environ["PATH"],
            # /var/task and /opt cannot be written to on Lambda.
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": self.world.url,
            "AWS_CA_BUNDLE": bundled,
            "SSL_CERT_FILE": bundled,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{RUNTIME}",
        }


def packages(work: Path, world: World) -> Packages:
    """Build and unpack everything below ``work``. Raises ``BenchmarkError`` when a package cannot be built."""
    default = work / "default.zip"
    # Built here and not taken from dist: what is measured is the source as it stands.
    _quietly(build.build_default, default)
    _unpack(default)
    whole = self_contained(work, "self-contained")
    _naive(work / "naive")
    (work / "floors").mkdir()
    public = runtime_directory(RUNTIME) / "botocore" / "cacert.pem"
    bundle(world, public, work / "authorities.pem")
    number = pinned_number()
    return Packages(
        work,
        world,
        {DEFAULT: default.stat().st_size, SELF_CONTAINED: whole.stat().st_size},
        make(number, work / "layer" / "python", BYTE_CODE[number]),
        make(number, work / "compiled" / "python", CHECKED),
    )


def self_contained(work: Path, name: str, *options: str) -> Path:
    """Build the self-contained package for this machine and unpack it below ``work`` under this name: the zip.

    ``options`` are those of ``build.py``. Raises ``BenchmarkError``.
    """
    archive = work / f"{name}.zip"
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    _quietly(build.main, ["self-contained", "--arch", machine, "--python", "3.13", "--out", str(archive), *options])
    _unpack(archive)
    return archive


def versions() -> dict[str, str]:
    """What was measured: Python and the libraries that weigh, but those of the public layer."""
    runtime, own = runtime_directory(RUNTIME), layer_directory(RUNTIME)
    wanted = {"boto3": runtime, "aws_encryption_sdk": own, "cryptography": own, "aws_lambda_powertools": own}
    done = subprocess.run([_python(), "-V"], check=True, capture_output=True, text=True)
    found = {"python": done.stdout.split()[1]}
    for name, place in wanted.items():
        for information in place.glob(f"{name}-*.dist-info"):
            found[name.replace("_", "-")] = information.name.removesuffix(".dist-info").rpartition("-")[2]
    return found


def _unpack(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(archive.with_suffix(""))


def _python() -> str:
    return str(interpreter(RUNTIME))


def _path(*directories: Path) -> str:
    return os.pathsep.join(map(str, directories))


def _naive(place: Path) -> None:
    """What `pip install --target` and zipping it make: all of all libraries, no byte code."""
    source = build.SOURCE / build.PACKAGE
    shutil.copytree(source, place / build.PACKAGE, ignore=_BYTE_CODE)
    for libraries in (layer_directory(RUNTIME), runtime_directory(RUNTIME)):
        shutil.copytree(libraries, place, ignore=_BYTE_CODE, dirs_exist_ok=True)
    shutil.copy(_INSIDE / "naive.py", place)


def _quietly(make: Callable[[Any], int], argument: Any) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        status = make(argument)
    if status:
        raise BenchmarkError(f"function/build.py failed at {argument}: see what it has printed")
