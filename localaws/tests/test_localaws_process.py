"""The process: it starts, says where it is, and leaves nothing behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from localaws import REPOSITORY, libraries
from localaws.client import LocalAws, LocalAwsError
from localaws.tests.rig import Account, eventually


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_says_that_it_is_healthy(aws: LocalAws) -> None:
    assert aws.health()["status"] == "ok"


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalAwsError, match=rf"Port {port} .* in use.*--port 0"):
            LocalAws(port=port).start()


def test_terraforms_connection_stays_open_and_a_functions_is_closed(aws: LocalAws) -> None:
    """A body that nobody reads is not taken for the next request."""
    address = urlsplit(aws.endpoint)
    assert address.hostname is not None
    for agent, stays in (("HashiCorp Terraform/1.11", True), ("Boto3/1.40", False)):
        client = http.client.HTTPConnection(address.hostname, address.port)
        connections = []
        for _ in range(3):
            client.request("GET", "/_local/health", body=b"GET / HTTP/1.1", headers={"User-Agent": agent})
            connections.append(client.sock)
            answer = client.getresponse()
            assert json.load(answer)["status"] == "ok"
        assert (len({id(connection) for connection in connections}) == 1) == stays
        assert (client.sock is not None) == stays
        client.close()


@pytest.mark.parametrize("option", [("--time-scale", "0"), ("--account", "1"), ("--code-digits", "2")])
def test_bad_options_are_refused(option: tuple[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "localaws", "--port", "0", *option],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=False,
    )
    assert done.returncode == 2
    assert option[0] in done.stderr


def test_stopping_takes_every_process_along(tmp_path: Path) -> None:
    running = LocalAws(state=tmp_path, account="210987654321").start()
    function = Account(running).function()
    pid = function.call("report")["pid"]
    assert _alive(pid)
    assert running.client("sts").get_caller_identity()["Account"] == "210987654321"
    function.send("sleep", seconds=60)
    running.stop()
    eventually(lambda: not _alive(pid))
    running.stop()


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from localaws.client import LocalAws\n"
        f"aws = LocalAws(state=Path({str(tmp_path)!r})).start()\n"
        "print(aws._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    eventually(lambda: not _alive(pid))


def test_a_missing_interpreter_is_named_with_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    libraries.interpreter.cache_clear()
    with pytest.raises(libraries.LibraryError, match=r"No Python 3\.99.*LOCALAWS_PYTHON"):
        libraries.interpreter("python3.99")
    monkeypatch.setenv("LOCALAWS_PYTHON", sys.executable)
    version = ".".join(map(str, sys.version_info[:2]))
    with pytest.raises(
        libraries.LibraryError, match=rf"LOCALAWS_PYTHON is .* which is Python {version}; .*runtime is python3\.99"
    ):
        libraries.interpreter("python3.99")
    monkeypatch.setenv("LOCALAWS_PYTHON", "/nowhere/python")
    with pytest.raises(libraries.LibraryError, match=r"LOCALAWS_PYTHON is '/nowhere/python', which is no Python that"):
        libraries.interpreter("python3.99")
    with pytest.raises(libraries.LibraryError, match="Python functions only"):
        libraries.interpreter("nodejs22.x")


def test_publishers_of_the_public_layer_are_known_by_partition() -> None:
    name = "layer:AWSLambdaPowertoolsPythonV3-python313-arm64:27"
    known = {
        "arn:aws:lambda:eu-west-1:017000801446",
        "arn:aws-cn:lambda:cn-north-1:498634801083",
        "arn:aws-us-gov:lambda:us-gov-east-1:165087284144",
        "arn:aws-us-gov:lambda:us-gov-west-1:165093116878",
    }
    for start in known:
        layer = libraries.PublicLayer.parse(f"{start}:{name}")
        assert layer is not None
        assert (layer.runtime, layer.architecture, layer.number) == ("python3.13", "arm64", 27)
    assert libraries.PublicLayer.parse(f"arn:aws-us-gov:lambda:us-gov-west-1:017000801446:{name}") is None
