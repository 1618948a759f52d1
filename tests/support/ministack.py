"""MiniStack, an emulator of AWS that others wrote. https://github.com/ministackorg/ministack

It speaks TLS, because the module's queue refuses everything else. It checks every call against policies. A client with
the key "test" is the account's root. Functions run in its own Python, without Docker.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import trustme

from localaws import REPOSITORY
from localaws.client import DEFAULT_REGION

PROGRAM = REPOSITORY / ".venv/ministack/bin/ministack"
ACCOUNT = "123456789012"
RETRY_SECONDS = 3
"""How long Lambda waits before its first retry; the second one takes twice as long."""


@dataclass(frozen=True, slots=True)
class MiniStack:
    """A running one."""

    endpoint: str
    authority: Path
    """Signs its certificate, and lies alone in a directory."""

    def environment(self) -> Mapping[str, str]:
        """What points Terraform here. The system's authorities stay, because Terraform may ask a registry."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": DEFAULT_REGION,
            "SSL_CERT_DIR": str(self.authority.parent),
        }

    def assume(self, role_arn: str) -> Mapping[str, str]:
        """What is laid over ``environment()`` to be a role."""
        session = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="assumed")["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    def client(self, service: str) -> Any:
        """A boto3 client of the account's root."""
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=DEFAULT_REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            verify=str(self.authority),
        )

    def texts(self, number: str) -> list[str]:
        """What SNS has sent to a phone."""
        taken = self._taken("sns/sms-messages")["sms_messages"]
        return [message["Message"] for message in taken.get(number, [])]

    def mails(self, address: str) -> list[Mapping[str, Any]]:
        """What SES has sent to an address."""
        mails = [mail for account in self._taken("ses/messages")["messages"].values() for mail in account]
        return [mail for mail in mails if address in json.dumps(mail)]

    def _taken(self, what: str) -> Any:
        context = ssl.create_default_context(cafile=str(self.authority))
        with urllib.request.urlopen(f"{self.endpoint}/_ministack/{what}", context=context, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running(directory: Path) -> Iterator[MiniStack]:
    """Start it, and end it with the functions that it has started."""
    (directory / "tmp").mkdir()
    trusted = _certify(directory)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "TMPDIR": str(directory / "tmp"),
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": DEFAULT_REGION,
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(RETRY_SECONDS),
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(directory / "certificate.pem"),
        "MINISTACK_SSL_KEY": str(directory / "key.pem"),
        # For the functions, which inherit it.
        "AWS_CA_BUNDLE": str(trusted),
        "SSL_CERT_FILE": str(trusted),
    }
    log = directory / "ministack.log"
    with log.open("wb") as output:
        process = subprocess.Popen([PROGRAM], env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_for(port, process, log)
        yield MiniStack(f"https://127.0.0.1:{port}", trusted)
    finally:
        # Asked to end, it waits for half a minute.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _certify(directory: Path) -> Path:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(directory / "key.pem"))
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(directory / "certificate.pem"), append=True)
    trusted = directory / "trusted" / "authority.pem"
    trusted.parent.mkdir()
    authority.cert_pem.write_to_path(str(trusted))
    return trusted


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"MiniStack does not answer:\n{log.read_text()[-2000:]}")
