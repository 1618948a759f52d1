"""Starts, asks and stops an embedded AWS from Python.

>>> with LocalAws(time_scale=60) as aws:                     # doctest: +SKIP
...     terraform.apply(environment=aws.environment())
...     aws.client("cognito-idp").sign_up(...)
...     message = aws.wait_for_message("+4915112345678")
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from localaws import REPOSITORY

DEFAULT_REGION: Final = "eu-central-1"
_START_SECONDS: Final = 60.0


class LocalAwsError(RuntimeError):
    """The embedded AWS did not start, or did not do what was asked. The text says what happened."""


class LocalAws:
    """One embedded AWS in a process of its own."""

    def __init__(
        self,
        *,
        port: int = 0,
        state: Path | None = None,
        time_scale: float = 60.0,
        account: str = "123456789012",
        region: str = DEFAULT_REGION,
        max_environments: int = 4,
        code_digits: int = 6,
    ) -> None:
        self._port = port
        self._temporary = tempfile.TemporaryDirectory(prefix="localaws-") if state is None else None
        self.state = Path(self._temporary.name) if self._temporary else Path(str(state))
        self._time_scale = time_scale
        self.account = account
        self.region = region
        self._max_environments = max_environments
        self._code_digits = code_digits
        self._process: subprocess.Popen[str] | None = None
        self._endpoint: str | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start it and wait until it is ready.

        :raises LocalAwsError: with what it wrote, when it ends or says nothing.
        """
        self.state.mkdir(parents=True, exist_ok=True)
        log = self.state / "localaws.log"
        command = [sys.executable, "-m", "localaws", "--port", str(self._port), "--state", str(self.state)]
        command += ["--time-scale", str(self._time_scale), "--account", self.account, "--parent", str(os.getpid())]
        command += ["--max-environments", str(self._max_environments), "--code-digits", str(self._code_digits)]
        path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                # Ctrl-C reaches everything that belongs to the terminal. This must live until Terraform has taken its
                # resources away again; --parent ends it if nobody stops it.
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": path},
            )
        lines: queue.Queue[str] = queue.Queue()
        stdout = self._process.stdout
        assert stdout is not None
        threading.Thread(target=_pump, args=(stdout, lines), daemon=True).start()
        try:
            first = lines.get(timeout=_START_SECONDS)
        except queue.Empty:
            first = ""
        if not first.strip():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            said = log.read_text().strip()
            self.stop()
            raise LocalAwsError(f"The embedded AWS did not start:\n{said}")
        self._endpoint = str(json.loads(first)["endpoint"])
        return self

    def stop(self) -> None:
        """End it with everything that it started."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- using it -----------------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The URL of every AWS service.

        :raises LocalAwsError: when it is not running.
        """
        if self._endpoint is None:
            raise LocalAwsError("The embedded AWS is not running: call start() first.")
        return self._endpoint

    @property
    def inbox_url(self) -> str:
        """The inbox as a web page."""
        return f"{self.endpoint}/"

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables that point Terraform and boto3 here, laid over ``base`` without what would get in the way."""
        dropped = {"AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN"}
        environment = {name: value for name, value in (base or {}).items() if name not in dropped}
        environment.update(
            AWS_ENDPOINT_URL=self.endpoint,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            AWS_REGION=self.region,
            AWS_DEFAULT_REGION=self.region,
            AWS_EC2_METADATA_DISABLED="true",
        )
        return environment

    def assume(self, role_arn: str) -> dict[str, str]:
        """The variables of a session of a role, to be laid over ``environment()``: its policies decide every call."""
        session = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="assumed")["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    def client(self, service: str, *, region: str | None = None, role_arn: str | None = None) -> Any:
        """A boto3 client of the deployer, or of a session of a role."""
        import boto3  # noqa: PLC0415  the demo uses this module before it needs boto3

        caller = self.environment() | (self.assume(role_arn) if role_arn else {})
        make: Any = boto3.client
        return make(
            service,
            region_name=region or self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=caller["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=caller["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=caller.get("AWS_SESSION_TOKEN"),
        )

    # -- /_local/ -----------------------------------------------------------------------------------------------------

    def health(self) -> dict[str, Any]:
        """Whether it lives."""
        return dict(self._request("GET", "health"))

    def inbox(self, to: str | None = None) -> list[dict[str, Any]]:
        """All messages, or those of one recipient, oldest first."""
        query = f"?{urllib.parse.urlencode({'to': to})}" if to else ""
        return list(self._request("GET", f"inbox{query}"))

    def codes(self) -> list[str]:
        """Every code and temporary password that Cognito has made, delivered or not."""
        return list(self._request("GET", "codes"))

    def clear_inbox(self) -> None:
        """Forget all messages."""
        self._request("DELETE", "inbox")

    def wait_for_message(self, to: str | None = None, *, after: int = 0, timeout_seconds: float = 30) -> dict[str, Any]:
        """The first message beyond the ``after`` that are known already.

        :raises LocalAwsError: when none arrives; with the last invocations and denials, which usually say why.
        """
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            messages = self.inbox(to)
            if len(messages) > after:
                return messages[after]
            time.sleep(0.1)
        denied = [call for call in self.calls() if not call["allowed"]][-5:]
        raise LocalAwsError(
            f"No message within {timeout_seconds:.0f} s. Last invocations: {json.dumps(self.invocations()[-5:])}. "
            f"Last denials: {json.dumps(denied)}.",
        )

    def take_over(self, user_pool_id: str, username: str, action: str = "NO_ACTION") -> dict[str, Any]:
        """Have threat protection tell a user of a suspicious sign-in; the attributes of the event that it makes."""
        body = {"user_pool_id": user_pool_id, "username": username, "action": action}
        return dict(self._request("POST", "take-over", body))

    def set_fault(self, target: str, mode: str, times: int | None = None, *, skip: int = 0) -> None:
        """Put a fault in force (``none`` takes it away): for so many requests, after so many that go by."""
        self._request("POST", "faults", {"target": target, "mode": mode, "times": times, "skip": skip})

    def clear_faults(self) -> None:
        """Take all faults away."""
        self._request("DELETE", "faults")

    @contextmanager
    def fault(self, target: str, mode: str, times: int | None = None) -> Iterator[None]:
        """A fault for the length of a block."""
        self.set_fault(target, mode, times)
        try:
            yield
        finally:
            self.set_fault(target, "none")

    def invocations(self) -> list[dict[str, Any]]:
        """Every attempt to run a function."""
        return list(self._request("GET", "invocations"))

    def calls(self) -> list[dict[str, Any]]:
        """Every authorization decision."""
        return list(self._request("GET", "calls"))

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table, as DynamoDB writes it (``{"id": {"S": "…"}}``)."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def missing_wires(self) -> dict[str, list[str]]:
        """By the id of each pool, what its custom SMS sender lacks."""
        return dict(self._request("GET", "wires")["missing"])

    def watch_wires(self) -> None:
        """Look at that after each call of Terraform from now on."""
        self._request("POST", "wires")

    def watched(self) -> list[dict[str, Any]]:
        """Every change of Terraform since then: what it called, and what each pool lacked afterwards."""
        return list(self._request("GET", "wires")["steps"])

    def end_environments(self) -> None:
        """End all execution environments, as Lambda does in its own time: the next event meets one that knows nothing.

        One that is at work is killed: ``settle`` first.
        """
        self._request("DELETE", "environments")

    def settle(self, timeout_seconds: float = 120) -> None:
        """Wait until no asynchronous work is left.

        :raises LocalAwsError: when there still is some.
        """
        answer = self._request("POST", f"settle?timeout={timeout_seconds}", timeout=timeout_seconds + 10)
        if not answer["settled"]:
            raise LocalAwsError(f"{answer['outstanding']} asynchronous events are left after {timeout_seconds:.0f} s.")

    def _request(self, method: str, path: str, body: object = None, *, timeout: float = 30) -> Any:
        request = urllib.request.Request(
            f"{self.endpoint}/_local/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        # Loopback, whatever proxies the machine has.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            payload = error.read()
            if error.code == 504:
                return json.loads(payload)
            raise LocalAwsError(f"{method} /_local/{path}: {payload.decode('utf-8', 'replace')}") from None


def _pump(stream: IO[str], lines: queue.Queue[str]) -> None:
    """Read until the end, so that the process never waits for its output; the end is an empty line."""
    for line in stream:
        lines.put(line)
    lines.put("")
