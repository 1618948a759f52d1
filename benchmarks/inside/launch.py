"""Starts AWS's runtime client in a network where the SMS provider's name leads to loopback. Standard library only.

Names of third parties must look public, because the function refuses any other; nothing but the socket is replaced.
"""

import os
import runpy
import socket

_PUBLIC = "93.184.215.14"  # one that example.com had; no packet reaches it from here
_PROVIDER = "api.twilio.com"
_PORT = int(os.environ.pop("BENCHMARK_PROVIDER_PORT"))

_lookup, _connect = socket.getaddrinfo, socket.socket.connect


def _getaddrinfo(host, port, *args, **kwargs):  # type: ignore[no-untyped-def]
    return _lookup(_PUBLIC if host == _PROVIDER else host, port, *args, **kwargs)


def _redirected(self, address):  # type: ignore[no-untyped-def]
    return _connect(self, ("127.0.0.1", _PORT) if address == (_PUBLIC, 443) else address)


socket.getaddrinfo = _getaddrinfo
socket.socket.connect = _redirected  # type: ignore[method-assign]
runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
