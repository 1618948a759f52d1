"""Runs inside the function's process, before AWS's runtime client: what is Lambda's job there, and nothing else.

* ``sys.path`` as on Lambda: the function, the layers, the standard library, the runtime's own libraries.
* The network of a sandbox: AWS is reached through ``AWS_ENDPOINT_URL`` (loopback); services that a test can make fail
  have names of their own, so that a connection to one of them can be refused. The names of the third parties that the
  embedded AWS plays lead to an address that looks like a public one, because a function may rightly refuse any other;
  HTTPS connections to it land on the embedded AWS's own TLS server, which has certificates of a test authority. All
  other connections fail as they would without a route. The function sees the real host name and the real URL.
* The time of the embedded world, which is later than the machine's after a wait that was cut short.

This file is run by path with the function's interpreter, so it may use the standard library only.
"""

import errno
import mmap
import os
import runpy
import socket
import struct
import sys
import time

# How long the C library asks a name server that does not answer: two tries of five seconds (resolv.conf(5)).
_SILENCE_SECONDS = 10
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# One that example.com had. Documentation addresses (RFC 5737) are reserved, and a careful function refuses them.
_THIRD_PARTIES = "93.184.215.14"


def _paths() -> None:
    standard = sys.path[1:]  # without the directory of this file, which Python put in front
    layers = os.environ.pop("_LOCALAWS_LAYERS", "")
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    found = []
    if layers:
        found = [f"{layers}/python/lib/{version}/site-packages", f"{layers}/python"]
    sys.path[:] = [os.environ["LAMBDA_TASK_ROOT"], *found, *standard, os.environ["LAMBDA_RUNTIME_DIR"]]
    sys.dont_write_bytecode = True  # /var/task and /opt cannot be written to on Lambda


def _network() -> None:
    given = (pair.split("=") for pair in os.environ.pop("_LOCALAWS_PORTS").split(","))
    ports = {int(port): int(to) for port, to in given}
    hosts = tuple(os.environ.pop("_LOCALAWS_TLS_HOSTS").split(","))
    lookup, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

    def found(service: str, port: int) -> bytes:
        """Ask the embedded AWS what becomes of a connection to one of its services, as an HTTP status."""
        with socket.socket() as question:
            question.settimeout(10)
            connect(question, ("127.0.0.1", port))
            request = f"POST /_local/connect?service={service} HTTP/1.0\r\nContent-Length: 0\r\n\r\n"
            question.sendall(request.encode())
            return question.recv(64).split(b" ")[1]

    def played(host: str) -> bool:
        return any(host == known or (known.startswith("*.") and host.endswith(known[1:])) for known in hosts)

    def getaddrinfo(host, port, *args, **kwargs):  # type: ignore[no-untyped-def]
        name = host.decode() if isinstance(host, bytes) else host
        if name is None or name in _LOOPBACK:
            return lookup(host, port, *args, **kwargs)
        if name.endswith(".localaws"):
            status = found(name.removesuffix(".localaws"), int(port))
            if status == b"504":
                time.sleep(_SILENCE_SECONDS)
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            if status != b"200":
                raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
            return lookup("127.0.0.1", port, *args, **kwargs)
        port = 443 if port == "https" else int(port or 0)
        if port in ports and played(name.lower().rstrip(".")):
            return lookup(_THIRD_PARTIES, port, *args, **kwargs)  # an address: no name server is asked
        raise socket.gaierror(socket.EAI_NONAME, f"{name} is not played by the embedded AWS")

    def local(address: object) -> bool:
        return not isinstance(address, tuple) or address[0] in _LOOPBACK

    def guarded_connect(self, address):  # type: ignore[no-untyped-def]
        if address[:1] == (_THIRD_PARTIES,) and address[1] in ports:
            return connect(self, ("127.0.0.1", ports[address[1]]))
        if not local(address):
            raise OSError(errno.ENETUNREACH, "The sandbox has no route to this address")
        return connect(self, address)

    def guarded_connect_ex(self, address):  # type: ignore[no-untyped-def]
        if address[:1] == (_THIRD_PARTIES,) and address[1] in ports:
            return connect_ex(self, ("127.0.0.1", ports[address[1]]))
        return connect_ex(self, address) if local(address) else errno.ENETUNREACH

    socket.getaddrinfo = getaddrinfo
    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]


def _clock() -> None:
    """``time.time`` and ``time.time_ns``, from which Lambda's runtime client tells the remaining time. What Python's C
    code reads by itself (``datetime.now``) stays on the machine's clock."""
    with open(os.environ.pop("_LOCALAWS_CLOCK"), "rb") as file:  # noqa: PTH123  pathlib is not loaded yet
        ahead = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    seconds, nanoseconds = time.time, time.time_ns

    def skipped() -> float:
        return float(struct.unpack("<d", ahead)[0])

    time.time = lambda: seconds() + skipped()
    time.time_ns = lambda: nanoseconds() + int(skipped() * 1e9)


if __name__ == "__main__":
    _clock()
    _paths()
    _network()
    sys.argv = ["awslambdaric", os.environ["_HANDLER"]]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
