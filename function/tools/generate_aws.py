"""Writes ``network/aws``: botocore's descriptions of AWS, cut to what the sender calls, for the default package.

The runtime's botocore has a list of all endpoints of AWS, 1.2 MB of JSON. Each cold start reads it to make its first
client. In the place of these files botocore finds ours (``clients.py``). The attachment goes on with the
runtime's description of Cognito: AWS renews it, and a user pool's new settings are in it. So does what botocore asks
STS when it is told to. The files are botocore's, under its license, which lies beside them.

    python function/tools/generate_aws.py            write the files
    python function/tools/generate_aws.py --check    fail when they are not what the locked botocore makes
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
from pathlib import Path, PurePosixPath

FUNCTION = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FUNCTION))

import libraries  # noqa: E402 - of the folder above

TARGET = FUNCTION / "src" / "custom_sender" / "network" / "aws"
LICENSE = "LICENSE.txt"
DATA = "botocore/data/"
NOT_THE_SENDERS = frozenset({"cognito-idp", "sts"})


def descriptions() -> dict[str, bytes]:
    """The files, by their path below ``TARGET``."""
    found = importlib.metadata.distribution("botocore")
    if f"\nbotocore=={found.version} " not in (FUNCTION / "requirements.txt").read_text():
        sys.exit(f"botocore {found.version} is installed, and function/requirements.txt locks another one")
    files = {str(path): Path(str(path.locate())) for path in found.files or ()}
    services = tuple(f"{DATA}{name}/" for name in libraries.OPERATIONS)
    wanted = [path for path in files if path == libraries.ENDPOINTS or path.startswith(services)]
    made = dict(libraries.descriptions_of_aws({path: files[path].read_bytes() for path in wanted}))
    # Of an older version of an API botocore has rules alone.
    folders = {PurePosixPath(path).parent for path in made if path.endswith("/service-2.json")}
    folders = {folder for folder in folders if folder.parent.name not in NOT_THE_SENDERS}
    made = {
        path.removeprefix(DATA): content
        for path, content in made.items()
        if path == libraries.ENDPOINTS or PurePosixPath(path).parent in folders
    }
    texts = [files[f"botocore-{found.version}.dist-info/{name}"].read_bytes() for name in ("NOTICE", "LICENSE.txt")]
    return made | {LICENSE: b"\n".join(texts)}


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Write what the sender needs of botocore's descriptions of AWS.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    expected = descriptions()
    there = {path.relative_to(TARGET).as_posix(): path for path in TARGET.rglob("*") if path.is_file()}
    if parser.parse_args().check:
        if {path: file.read_bytes() for path, file in there.items()} == expected:
            return 0
        sys.stderr.write(
            "network/aws is not what the locked botocore makes: run python function/tools/generate_aws.py\n"
        )
        return 1
    for path in there.keys() - expected.keys():
        there[path].unlink()
    for path, content in expected.items():
        TARGET.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        TARGET.joinpath(path).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
