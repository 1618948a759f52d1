"""One real process of a function under AWS's runtime client, and what it takes: time, processor, memory."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import tempfile
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from benchmarks.world import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PATIENCE_SECONDS: Final = 60.0
_FUNCTION_SECONDS: Final = 30
_MS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Start:
    """How one process is started. ``is_function``: it asks for events; else it prints a line when it is ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    is_function: bool = True


@dataclass(frozen=True, slots=True)
class Cold:
    """One cold start, from the start of the process to its first result.

    ``milliseconds`` on the clock, ``cpu_milliseconds`` of processor (user and system, all threads), ``peak_mb`` the
    greatest resident memory in MiB. ``message_milliseconds`` is the part on the clock after initialisation: from the
    first question for an event to its result; 0 of what is no function.
    """

    milliseconds: float
    cpu_milliseconds: float
    peak_mb: float
    message_milliseconds: float = 0.0


class BenchmarkError(RuntimeError):
    """A process did not do what is to be measured. The text has what it said."""


class Running:
    """A function that is up, or coming up, and its side of the Runtime API."""

    def __init__(self, start: Start) -> None:
        self.name = start.name
        self._events: queue.Queue[bytes] = queue.Queue()
        self._results: queue.Queue[tuple[str, bytes, float]] = queue.Queue()
        self._asked: list[float] = []
        self._server = LoopbackServer(("127.0.0.1", 0), _runtime_api(self._events, self._results, self._asked))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        # A file and not a pipe: nobody has to read it while the function writes.
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ``end``
        address = f"127.0.0.1:{self._server.server_address[1]}"
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            start.command,
            cwd=start.directory,
            env={**start.environment, "AWS_LAMBDA_RUNTIME_API": address},
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    @property
    def pid(self) -> int:
        """The process's."""
        return self._process.pid

    @property
    def ready(self) -> float:
        """When it first asked for an event (``time.perf_counter``). It has had a result: so it has asked."""
        return self._asked[0]

    def invoke(self, event: Mapping[str, Any]) -> tuple[Any, float]:
        """The function's result, and when it came (``time.perf_counter``). Raises ``BenchmarkError`` for any other."""
        self._events.put(json.dumps(event).encode())
        began = time.perf_counter()
        while True:
            try:
                path, body, moment = self._results.get(timeout=0.5)
                break
            except queue.Empty:
                if self._process.poll() is None and time.perf_counter() - began < _PATIENCE_SECONDS:
                    continue
                raise BenchmarkError(f"{self.name} gave no result\n{self.output()}") from None
        if not path.endswith("/response"):
            raise BenchmarkError(f"{self.name}: {path}\n{body.decode(errors='replace')}\n{self.output()}")
        return json.loads(body), moment

    def peak_mb(self) -> float:
        """The greatest resident memory so far, in MiB."""
        return _peak_mb(self._process.pid)

    def output(self) -> str:
        """Everything that the function has written: its log lines and metrics."""
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    def end(self) -> float:
        """End the process. Returns the milliseconds of processor that it has used."""
        used = _end(self._process)
        self._server.shutdown()
        self._server.server_close()
        self._output.close()
        return used


@contextmanager
def running(start: Start) -> Iterator[Running]:
    """A function, until the block ends."""
    function = Running(start)
    try:
        yield function
    finally:
        function.end()


def cold_start(start: Start, event: Mapping[str, Any]) -> tuple[Cold, Any]:
    """Start a process, wait for its first result (None of what is no function), and end it."""
    if not start.is_function:
        return _until_ready(start), None
    function = Running(start)
    try:
        result, moment = function.invoke(event)
        peak = function.peak_mb()
    finally:
        used = function.end()
    return Cold((moment - function.began) * _MS, used, peak, (moment - function.ready) * _MS), result


def _until_ready(start: Start) -> Cold:
    began = time.perf_counter()
    process = subprocess.Popen(
        start.command, cwd=start.directory, env=dict(start.environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    milliseconds = (time.perf_counter() - began) * _MS
    if not line:
        _end(process)
        raise BenchmarkError(f"{start.name} ended without a word: run its command by hand to see why")
    peak = _peak_mb(process.pid)
    return Cold(milliseconds, _end(process), peak)


def _end(process: subprocess.Popen[bytes]) -> float:
    process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    return (usage.ru_utime + usage.ru_stime) * _MS


def _runtime_api(
    events: queue.Queue[bytes], results: queue.Queue[tuple[str, bytes, float]], asked: list[float]
) -> type[BaseHTTPRequestHandler]:
    """Lambda's Runtime API. Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            asked.append(time.perf_counter())
            body = events.get()  # after the last event for ever: the process is ended before
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
            self.send_header(
                "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:x"
            )
            self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + _FUNCTION_SECONDS) * 1000)))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            moment = time.perf_counter()
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            results.put((self.path, body, moment))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            return

    return Handler


def _peak_mb(pid: int) -> float:
    """From Linux."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
