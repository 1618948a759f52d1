"""The contestants: the real packages as Lambda would unpack them, and the floors."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.layer import BYTE_CODE, CHECKED, RUNTIME, Layer, make, pinned_number
from benchmarks.process import Start, run
from localaws import REPOSITORY
from localaws.libraries import interpreter, layer_directory, runtime_directory
from support.cognito import REGION
from support.environment import KEY_ARN, LEDGER, environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.world import World

_INSIDE: Final = Path(__file__).parent / "inside"
_FLOOR: Final = (
    "import boto3, aws_encryption_sdk; boto3.client('kms'); print('ready', flush=True); import sys; sys.stdin.read()"
)
_IDENTITY_ARN: Final = f"arn:aws:ses:{REGION}:123456789012:identity/acme.example"
_SECRET_ARN: Final = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:twilio-AbCdEf"

FLOOR_COLD: Final = "floor: boto3, SDK, KMS client"
DEFAULT: Final = "default package and layer"
DEFAULT_COMPILED: Final = "default package, a layer with byte code"
SELF_CONTAINED: Final = "self-contained package"
NO_LEDGER: Final = ", no ledger"
TWILIO: Final = ", Twilio"
MAIL: Final = ", e-mail by SES"
FLOOR_DECRYPT: Final = "floor: the SDK's decrypt"
FLOOR_REQUEST: Final = "floor: one HTTPS request"

# The first are the module's defaults: the ledger is on, with its limits.
_SETTINGS: Final = {
    "": environment(references=LEDGER),
    NO_LEDGER: environment(),
    TWILIO: environment(
        {
            "sms": {"routes": {"default": ["twilio"]}},
            "senders": {"twilio": {"kind": "twilio", "from": "+15550100123"}},
        },
        references={**LEDGER, "senders.twilio.secret_arn": _SECRET_ARN},
    ),
    MAIL: environment(
        {
            "sms": None,
            "email": {"from": "login@acme.example", "routes": {"default": ["ses"]}},
            "senders": {"ses": {"kind": "ses"}},
        },
        references={**LEDGER, "senders.ses.identity_arn": _IDENTITY_ARN},
    ),
}


@dataclass(frozen=True, slots=True)
class Packages:
    """What is unpacked below ``work`` of one state of the repository, for a world that is up.

    ``handler`` is that state's; ``sizes`` are zipped bytes; ``layer`` is the pinned one as its number was made.
    ``places`` are where a contestant finds its code, and its libraries but the runtime's.
    """

    work: Path
    world: World
    handler: str
    sizes: Mapping[str, int]
    layer: Layer
    places: Mapping[str, tuple[Path, ...]]

    @property
    def url(self) -> str:
        """The endpoint of all AWS services."""
        return f"https://127.0.0.1:{self.world.port}"

    @property
    def authorities(self) -> Path:
        """Of all who may sign a certificate, the world's own among them."""
        return self.work / "authorities.pem"

    def cold(self) -> tuple[Start, ...]:
        """Who starts cold, the floor first."""
        libraries = f"{layer_directory(RUNTIME)}:{runtime_directory(RUNTIME)}"
        variables = {**self._variables(), "PYTHONPATH": libraries}
        return (
            Start(FLOOR_COLD, (str(interpreter(RUNTIME)), "-c", _FLOOR), variables, self.work, is_function=False),
            self.function(DEFAULT),
            self.function(DEFAULT, NO_LEDGER),
            self.function(DEFAULT_COMPILED),
            self.function(SELF_CONTAINED),
            self.function(SELF_CONTAINED, NO_LEDGER),
            self.function(SELF_CONTAINED, TWILIO),
            self.function(SELF_CONTAINED, MAIL),
        )

    def warm(self) -> tuple[Start, ...]:
        """Who is measured warm, the floors first."""
        return (
            self.function(FLOOR_DECRYPT, handler="floors.decrypt", is_probed=True),
            self.function(FLOOR_REQUEST, handler="floors.request", is_probed=True),
            self.function(DEFAULT, is_probed=True),
            self.function(SELF_CONTAINED, is_probed=True),
            self.function(SELF_CONTAINED, TWILIO, is_probed=True),
        )

    def function(self, name: str, settings: str = "", *, handler: str = "", is_probed: bool = False) -> Start:
        """A package with these settings; ``is_probed``: by way of ``inside/probe.py``."""
        code, *libraries = self.places[name]
        inside, handler = [_INSIDE] if is_probed else [], handler or self.handler
        variables = {
            **self._variables(),
            **_SETTINGS[settings],
            "LAMBDA_TASK_ROOT": str(code),
            "KMS_KEY_ARN": KEY_ARN,
            "BENCHMARK_PROVIDER_PORT": str(self.world.port),
            "BENCHMARK_HANDLER": handler,
            # In Lambda's order: the function's code, the layer, the runtime.
            "PYTHONPATH": ":".join(map(str, (code, *libraries, *inside, runtime_directory(RUNTIME)))),
        }
        # -P: the launcher's own directory is not a place to import from.
        launch = ("-P", str(_INSIDE / "launch.py"), "probe.handler" if is_probed else handler)
        command = (str(interpreter(RUNTIME)), *launch)
        return Start(name + settings, command, variables, code, channel="Email" if settings == MAIL else "SMS")

    def _variables(self) -> dict[str, str]:
        bundled = str(self.authorities)
        return {
            "PATH": os.environ["PATH"],
            # /var/task and /opt cannot be written to on Lambda.
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": self.url,
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


def packages(work: Path, world: World, repository: Path = REPOSITORY) -> Packages:
    """Build and unpack everything of ``repository`` below ``work``. Raises ``BenchmarkError``."""
    work.mkdir()
    source = repository / "function"
    zipped = {DEFAULT: work / "default.zip", SELF_CONTAINED: work / "self-contained.zip"}
    run(sys.executable, "build.py", "--check", directory=source)
    shutil.copy(source / "dist" / "custom-sender.zip", zipped[DEFAULT])
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    options = ("--arch", machine, "--python", RUNTIME.removeprefix("python"), "--out", str(zipped[SELF_CONTAINED]))
    run(sys.executable, "build.py", "self-contained", *options, directory=source)
    for archive in zipped.values():
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(archive.with_suffix(""))
    # As long as in life, because it is read at each start.
    public_authorities = (runtime_directory(RUNTIME) / "botocore" / "cacert.pem").read_bytes()
    (work / "authorities.pem").write_bytes(public_authorities + b"\n" + world.authority)
    handler = re.search(r'"(custom_sender\.[\w.]+)"', (repository / "function.tf").read_text())
    assert handler is not None
    number = pinned_number(repository)
    layer = make(number, work / "layer" / "python", BYTE_CODE[number])
    compiled = make(number, work / "compiled" / "python", CHECKED)
    places = {
        DEFAULT: (work / "default", layer.place),
        DEFAULT_COMPILED: (work / "default", compiled.place),
        SELF_CONTAINED: (work / "self-contained",),
        FLOOR_DECRYPT: (_INSIDE, layer_directory(RUNTIME)),
        FLOOR_REQUEST: (_INSIDE, layer_directory(RUNTIME)),
    }
    sizes = {name: archive.stat().st_size for name, archive in zipped.items()}
    return Packages(work, world, handler[1], sizes, layer, places)


def versions() -> dict[str, str]:
    """What was measured beside the public layer: Python, the runtime's boto3, and the floor's libraries."""
    runtime, own = runtime_directory(RUNTIME), layer_directory(RUNTIME)
    found = {"python": run(str(interpreter(RUNTIME)), "-V").split()[1]}
    for library in distributions(path=[str(runtime), str(own)]):
        if library.name in {"boto3", "aws-encryption-sdk", "cryptography"}:
            found[library.name] = library.version
    # AWS's images have it, as far as anybody has seen.
    found["boto3"] += f" of the runtime (byte code: {'yes' if any(runtime.rglob('*.pyc')) else 'none'})"
    return found
