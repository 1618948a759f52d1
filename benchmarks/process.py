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
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from benchmarks.loopback import Handler, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PATIENCE_SECONDS: Final = 60.0
_FUNCTION_SECONDS: Final = 30
_MS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Start:
    """How one process is started. ``is_function``: it asks for events; else it prints a line when it is ready.

    ``channel`` is the one of its messages: "SMS" or "Email".
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    is_function: bool = True
    channel: str = "SMS"

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """An event of the SMS sender, as the one of this channel."""
        trigger, request = event["triggerSource"].replace("SMS", self.channel), event["request"]
        return {
            **event,
            "triggerSource": trigger,
            "request": {**request, "type": f"custom{self.channel}SenderRequestV1"},
        }


class BenchmarkError(RuntimeError):
    """A process did not do what is to be measured. The text has what it said."""


def run(*command: str, directory: Path | None = None) -> str:
    """What a command prints. Raises ``BenchmarkError`` when it fails."""
    done = subprocess.run(command, cwd=directory, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(command)}\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@dataclass(slots=True)
class Running:
    """A function that is up, or coming up, since ``began`` (``time.perf_counter``).

    ``asked`` is set once it has asked for an event. ``cpu_milliseconds``: what it has used of a processor, once it has
    ended.
    """

    name: str
    process: subprocess.Popen[bytes]
    began: float
    events: queue.Queue[bytes]
    results: queue.Queue[tuple[str, bytes, float]]
    output: IO[bytes]
    asked: threading.Event
    cpu_milliseconds: float = 0.0

    def invoke(self, event: Mapping[str, Any]) -> tuple[Any, float]:
        """The function's result, and when it came (``time.perf_counter``). Raises ``BenchmarkError`` for any other."""
        self.events.put(json.dumps(event).encode())
        try:
            path, body, moment = self.results.get(timeout=_PATIENCE_SECONDS)
        except queue.Empty:
            raise self._error("no result") from None
        if not path.endswith("/response"):
            raise self._error(body.decode(errors="replace"))
        return json.loads(body), moment

    def _error(self, what: str) -> BenchmarkError:
        self.output.seek(0)
        return BenchmarkError(f"{self.name}: {what}\n{self.output.read().decode(errors='replace')}")


@contextmanager
def running(start: Start) -> Iterator[Running]:
    """A function, until the block ends."""
    events: queue.Queue[bytes] = queue.Queue()
    results: queue.Queue[tuple[str, bytes, float]] = queue.Queue()
    asked = threading.Event()
    # A file and not a pipe: nobody has to read it while the function writes.
    with serving(_runtime_api(events, results, asked)) as port, tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            start.command,
            cwd=start.directory,
            env={**start.environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        function = Running(start.name, process, began, events, results, output, asked)
        try:
            yield function
        finally:
            function.cpu_milliseconds = _end(process)


def cold_start(start: Start, event: Mapping[str, Any]) -> tuple[float, float, float]:
    """Start a process, wait for its first result, and end it. Raises ``BenchmarkError`` when it has not sent.

    Milliseconds on the clock until then, milliseconds of processor of all threads, greatest resident memory in MiB.
    """
    if not start.is_function:
        return _until_ready(start)
    with running(start) as function:
        result, moment = function.invoke(start.event(event))
        peak = peak_mb(function.process.pid)
    check_sent(start.name, result)
    return (moment - function.began) * _MS, function.cpu_milliseconds, peak


def check_sent(name: str, result: Any) -> None:
    """Raises ``BenchmarkError`` for a message that was not sent: to refuse one is faster."""
    if not isinstance(result, dict) or result.get("outcome") != "SENT":
        raise BenchmarkError(f"{name}: {result}")


def peak_mb(pid: int) -> float:
    """The greatest resident memory so far, in MiB, from Linux."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _until_ready(start: Start) -> tuple[float, float, float]:
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
    peak = peak_mb(process.pid)
    return milliseconds, _end(process), peak


def _end(process: subprocess.Popen[bytes]) -> float:
    process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    return (usage.ru_utime + usage.ru_stime) * _MS


def _runtime_api(
    events: queue.Queue[bytes], results: queue.Queue[tuple[str, bytes, float]], asked: threading.Event
) -> type[Handler]:
    """Lambda's Runtime API. Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    class RuntimeApi(Handler):
        def do_GET(self) -> None:  # noqa: N802 - the base class's way
            asked.set()
            body = events.get()  # after the last event for ever: the process is ended before
            headers = {
                "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:x",
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + _FUNCTION_SECONDS) * 1000)),
                "Content-Type": "application/json",
            }
            self.respond(200, body, headers)

        def do_POST(self) -> None:  # noqa: N802 - the base class's way
            moment = time.perf_counter()
            results.put((self.path, self.body(), moment))
            self.respond(202)

    return RuntimeApi
