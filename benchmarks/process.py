"""One real process of a function under AWS's runtime client, from its start to the first result, and its memory."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from benchmarks.world import LoopbackServer

_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Start:
    """How one process is started. ``sends_result``: it is a function, and gets an event; else it prints when ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    sends_result: bool = True


@dataclass(frozen=True)
class Cold:
    """One cold start: milliseconds to its first result, its greatest memory in MB, and the result."""

    milliseconds: float
    peak_mb: float
    result: Any


class BenchmarkError(RuntimeError):
    """A process did not do what is to be measured."""


def cold_start(start: Start, event: Mapping[str, Any]) -> Cold:
    """Start a process, wait for its first result, and end it."""
    return _function(start, event) if start.sends_result else _floor(start)


def _floor(start: Start) -> Cold:
    began = time.perf_counter()
    process = subprocess.Popen(
        start.command, cwd=start.directory, env=dict(start.environment), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    milliseconds = (time.perf_counter() - began) * 1000
    peak = _peak_mb(process.pid)
    process.kill()
    process.wait()
    if not line:
        raise BenchmarkError(f"{start.name} ended without a word")
    return Cold(milliseconds, peak, line.strip())


def _function(start: Start, event: Mapping[str, Any]) -> Cold:
    with _runtime_api(event) as (address, results):
        began = time.perf_counter()
        process = subprocess.Popen(
            start.command,
            cwd=start.directory,
            env={**start.environment, "AWS_LAMBDA_RUNTIME_API": address},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            path, body, ended = results.get(timeout=_PATIENCE_SECONDS)
            peak = _peak_mb(process.pid)
        except queue.Empty:
            path, body, ended, peak = "nothing", b"", began, 0.0
        process.kill()
        output = process.communicate()[0]
    if not path.endswith("/response"):
        raise BenchmarkError(f"{start.name}: {path}\n{body.decode(errors='replace')}\n{output}")
    return Cold((ended - began) * 1000, peak, json.loads(body))


@contextmanager
def _runtime_api(event: Mapping[str, Any]) -> Iterator[tuple[str, queue.Queue[tuple[str, bytes, float]]]]:
    """Lambda's Runtime API with one event. Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""
    events: queue.Queue[bytes] = queue.Queue()
    events.put(json.dumps(event).encode())
    results: queue.Queue[tuple[str, bytes, float]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            body = events.get()  # the second time for ever: the process is ended before
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
            self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:x")
            self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + 30) * 1000)))
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

    server = LoopbackServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", results
    finally:
        server.shutdown()
        server.server_close()


def _peak_mb(pid: int) -> float:
    """The greatest resident memory so far, from Linux."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
