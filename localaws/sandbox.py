"""One execution environment: a process that runs AWS's runtime client, and the Runtime API that it talks to.

The API is Lambda's own (``2018-06-01``): ``invocation/next`` hands out one event at a time, ``response`` and ``error``
take its result, ``init/error`` says that the function could not be loaded.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import fcntl
import json
import os
import queue
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

_API: Final = "/2018-06-01/runtime"
_INIT_SECONDS: Final = 90.0
"""Lambda gives ten seconds and then tries again inside the invocation; a loaded test machine gets its time in one."""
_BOOTSTRAP: Final = Path(__file__).with_name("bootstrap.py")
_AHEAD: Final = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to. ``error_type`` is None for success; ``payload`` is what the caller would get."""

    payload: bytes = field(repr=False)
    error_type: str | None
    error_message: str | None
    duration_ms: float
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that a process is started from. ``clock`` is where it reads by how many seconds it is later."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    clock: Path
    timeout_seconds: float
    memory_mb: int
    version: str


@dataclass(slots=True)
class _Job:
    request_id: str
    payload: bytes = field(repr=False)
    invoked_arn: str
    trace_id: str
    deadline_ms: int
    done: threading.Event = field(default_factory=threading.Event)
    body: bytes = b""
    error: bool = False


class Sandbox:
    """A warm process. Not thread-safe: its pool gives it to one invocation at a time."""

    def __init__(self, launch: Launch, log: Callable[[str], None]) -> None:
        self._launch = launch
        self._log = log
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._current: _Job | None = None
        self._ready = threading.Event()
        self._init_error: bytes | None = None
        self._exited = threading.Event()
        self._cold = True
        self._started = time.monotonic()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.2,), daemon=True).start()
        host, port = self._server.server_address[0], self._server.server_address[1]
        launch.clock.write_bytes(_AHEAD.pack(0.0))
        environment = {
            **launch.environment,
            "AWS_LAMBDA_RUNTIME_API": f"{host!s}:{port}",
            "_LOCALAWS_CLOCK": str(launch.clock),
        }
        self._process = subprocess.Popen(
            [*launch.command, str(_BOOTSTRAP)],
            cwd=launch.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout.fileno()
        self._reading = threading.Lock()
        self._reader = threading.Thread(target=self._read_output, daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait_for_exit, daemon=True).start()

    # -- use ----------------------------------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether another event can be given to it."""
        return not self._exited.is_set()

    def run(
        self,
        request_id: str,
        payload: bytes,
        invoked_arn: str,
        *,
        trace_id: str,
        ahead: float,
    ) -> Outcome:
        """Run one event to its end; the process is killed when the function's timeout is over.

        ``ahead``: by how many seconds the process's clock is to be later than the machine's while it runs the event.
        """
        timeout = self._launch.timeout_seconds
        init_ms = 0.0
        if self._cold:
            self._wait_until_loaded()
            init_ms = (time.monotonic() - self._started) * 1000
        self._log(f"START RequestId: {request_id} Version: {self._launch.version}")
        started = time.monotonic()
        outcome = self._initialization_failure(request_id)
        if outcome is None:
            job = _Job(
                request_id=request_id,
                payload=payload,
                invoked_arn=invoked_arn,
                trace_id=trace_id,
                deadline_ms=int((time.time() + ahead + timeout) * 1000),
            )
            self._set_clock(ahead)
            self._current = job
            self._jobs.put(job)
            while not job.done.wait(0.05):
                if self._exited.is_set() or time.monotonic() - started > timeout:
                    break
            outcome = self._result(job, started)
            self._current = None
        self._read_to_the_end()
        self._report(request_id, outcome, init_ms)
        self._cold = False
        return outcome

    def kill(self) -> None:
        """Kill the process with everything that it started; what it was at work on has failed."""
        if self._process.poll() is None:
            _kill_group(self._process.pid)
        self._exited.wait(5)

    def stop(self) -> None:
        """Kill the process and close its API."""
        self.kill()
        self._launch.clock.unlink(missing_ok=True)
        self._reader.join(2)
        self._jobs.put(None)
        self._server.shutdown()
        self._server.server_close()

    # -- parts --------------------------------------------------------------------------------------------------------

    def _set_clock(self, ahead: float) -> None:
        # In place: the process has mapped the file, and one that is truncated under it would kill it.
        with self._launch.clock.open("r+b") as file:
            file.write(_AHEAD.pack(ahead))

    def _wait_until_loaded(self) -> None:
        deadline = time.monotonic() + _INIT_SECONDS
        while time.monotonic() < deadline:
            if self._ready.wait(0.02) or self._exited.is_set() or self._init_error is not None:
                return

    def _initialization_failure(self, request_id: str) -> Outcome | None:
        if self._init_error is not None:
            error = _error_of(self._init_error)
            return Outcome(self._init_error, error[0], error[1], 0.0)
        if self._exited.is_set():
            return self._died(request_id, 0.0)
        if not self._ready.is_set():
            self.stop()
            message = f"RequestId: {request_id} Error: The function was not loaded within {_INIT_SECONDS:.0f} seconds"
            return _failure("Runtime.InitTimeout", message, 0.0)
        return None

    def _result(self, job: _Job, started: float) -> Outcome:
        duration = (time.monotonic() - started) * 1000
        if job.done.is_set():
            if job.error:
                kind, message = _error_of(job.body)
                return Outcome(job.body, kind, message, duration)
            return Outcome(job.body, None, None, duration)
        if self._exited.is_set():
            return self._died(job.request_id, duration)
        self.stop()
        text = f"Task timed out after {self._launch.timeout_seconds:.2f} seconds"
        self._log(f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())}Z {job.request_id} {text}")
        failed = _failure("Sandbox.Timedout", f"RequestId: {job.request_id} Error: {text}", duration)
        return Outcome(failed.payload, failed.error_type, failed.error_message, duration, timed_out=True)

    def _died(self, request_id: str, duration: float) -> Outcome:
        code = self._process.returncode
        how = f"exit status {code}" if code is not None and code >= 0 else f"signal: {-(code or 0)}"
        return _failure(
            "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}", duration
        )

    def _report(self, request_id: str, outcome: Outcome, init_ms: float) -> None:
        self._log(f"END RequestId: {request_id}")
        text = f"REPORT RequestId: {request_id}\tDuration: {outcome.duration_ms:.2f} ms\t"
        text += f"Billed Duration: {int(outcome.duration_ms) + 1} ms\tMemory Size: {self._launch.memory_mb} MB"
        if init_ms:
            text += f"\tInit Duration: {init_ms:.2f} ms"
        if outcome.timed_out:
            text += "\tStatus: timeout"
        elif outcome.error_type:
            text += f"\tStatus: error\tError Type: {outcome.error_type}"
        self._log(text)

    def _read_output(self) -> None:
        unfinished = b""
        while True:
            select.select([self._output], [], [])
            with self._reading:
                chunk = os.read(self._output, 65_536)
                if not chunk:
                    break
                *lines, unfinished = (unfinished + chunk).split(b"\n")
                for line in lines:
                    self._log(line.decode("utf-8", "replace"))
        if unfinished:
            self._log(unfinished.decode("utf-8", "replace"))

    def _read_to_the_end(self) -> None:
        """Wait for everything that the process has written so far, so that who asks after an event finds its lines."""
        while True:
            with self._reading:
                waiting = struct.unpack("i", fcntl.ioctl(self._output, termios.FIONREAD, b"\0" * 4))[0]
            if waiting == 0:
                return
            time.sleep(0.001)

    def _wait_for_exit(self) -> None:
        self._process.wait()
        self._exited.set()
        self._jobs.put(None)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sandbox = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path != f"{_API}/invocation/next":
                    self._answer(404, b"{}")
                    return
                sandbox._ready.set()
                job = sandbox._jobs.get()
                if job is None:
                    self.close_connection = True
                    return
                headers = {
                    "Lambda-Runtime-Aws-Request-Id": job.request_id,
                    "Lambda-Runtime-Deadline-Ms": str(job.deadline_ms),
                    "Lambda-Runtime-Invoked-Function-Arn": job.invoked_arn,
                    "Lambda-Runtime-Trace-Id": job.trace_id,
                }
                self._answer(200, job.payload, headers)

            def do_POST(self) -> None:
                body = self._read()
                if self.path == f"{_API}/init/error":
                    sandbox._init_error = body
                    self._answer(202, b'{"status":"OK"}')
                    return
                match = re.fullmatch(rf"{_API}/invocation/([^/]+)/(response|error)", self.path)
                job = sandbox._current
                if match is None or job is None or match[1] != job.request_id:
                    self._answer(400, b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}')
                    return
                self._answer(202, b'{"status":"OK"}')
                job.body, job.error = body, match[2] == "error"
                job.done.set()

            def _read(self) -> bytes:
                if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """The Runtime API's traffic is nobody's log."""

        return Handler


def _kill_group(pid: int) -> None:
    """Kill a process group that may be gone already."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _failure(kind: str, message: str, duration: float) -> Outcome:
    payload = json.dumps({"errorType": kind, "errorMessage": message}).encode()
    return Outcome(payload, kind, message, duration)


def _error_of(body: bytes) -> tuple[str, str]:
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = {}
    if not isinstance(parsed, dict):
        parsed = {}
    return str(parsed.get("errorType") or "Unhandled"), str(parsed.get("errorMessage") or "")
