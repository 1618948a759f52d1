"""``python -m localaws``: serve, or fill the cache beforehand."""

from __future__ import annotations

import argparse
import errno
import gc
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DEFAULT_ACCOUNT = "123456789012"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m localaws", description="The embedded AWS")
    parser.add_argument("--port", type=int, default=4566, help="port on 127.0.0.1; 0 takes a free one (default: 4566)")
    parser.add_argument("--state", type=Path, help="directory for logs and unpacked packages (default: a new one)")
    parser.add_argument("--time-scale", type=float, default=1.0, help="how fast Lambda's retries and ages run")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT, help=f"account number (default: {DEFAULT_ACCOUNT})")
    parser.add_argument("--max-environments", type=int, default=4, help="warm processes per function (default: 4)")
    parser.add_argument("--code-digits", type=int, default=6, help="digits of a code (default: 6, as Cognito's)")
    parser.add_argument("--parent", type=int, help="stop when the process with this id is no longer the parent")
    parser.add_argument("--prepare", metavar="RUNTIME", help="only install what its functions need")
    options = parser.parse_args(arguments)
    if options.prepare:
        return _prepare(options.prepare)
    if options.time_scale <= 0:
        parser.error("--time-scale must be above zero")
    if not 4 <= options.code_digits <= 12:
        parser.error("--code-digits must be 4 to 12")
    if not (len(options.account) == 12 and options.account.isdecimal()):
        parser.error("--account must be twelve digits")
    return _serve(options)


def _prepare(runtime: str) -> int:
    from localaws import libraries  # noqa: PLC0415

    try:
        libraries.prepare(runtime)
    except libraries.LibraryError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _serve(options: Any) -> int:
    # moto and botocore fill memory with what stays: at its usual pace the collector looks through it again and again.
    gc.set_threshold(100_000, 50, 100)
    # moto reads this when it is imported; and it must not look for credentials, proxies or CA bundles of its own.
    os.environ["MOTO_ACCOUNT_ID"] = options.account
    for name in ("AWS_CA_BUNDLE", "AWS_ENDPOINT_URL", "AWS_PROFILE", "HTTP_PROXY", "http_proxy"):
        os.environ.pop(name, None)
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    from localaws.server import EmbeddedAws  # noqa: PLC0415

    state = options.state or Path(tempfile.mkdtemp(prefix="localaws-"))
    try:
        world = EmbeddedAws(
            state,
            port=options.port,
            account=options.account,
            time_scale=options.time_scale,
            max_environments=options.max_environments,
            code_digits=options.code_digits,
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(
            f"Port {options.port} of 127.0.0.1 is in use. Stop what uses it, or take another one: --port 0 picks a "
            "free one (make local ARGS='--port 0').",
            file=sys.stderr,
        )
        return 1
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    world.start()
    print(json.dumps({"endpoint": world.endpoint, "inbox": f"{world.endpoint}/"}), flush=True)
    while not stop.wait(0.5):
        if options.parent is not None and os.getppid() != options.parent:
            break
    world.stop()
    return 0
