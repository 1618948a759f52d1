"""Stands before a function's handler and measures each message: on the clock and in processor time of all threads.

The event is the function's own. The answer is ``{"result": …, "spans": {name: [wall, cpu]}}`` in nanoseconds, with
``total`` for the whole handler, ``aws:<service>`` for calls of boto3, and of our function the steps at its own seams. A
span that lies within another is in both. Not measured: the runtime client, which is AWS's. With BENCHMARK_PROFILE there
is ``profile`` too: module to seconds of processor, each without what it calls, without decryption, ledger and provider.
"""

import cProfile
import importlib
import os
import pstats
import time
from collections import defaultdict

from botocore.client import BaseClient

_spans = defaultdict(lambda: [0, 0])
_profiler = cProfile.Profile(time.process_time) if "BENCHMARK_PROFILE" in os.environ else None
_PROFILED = ("total", "screen", "compose", "record")
_pauses = []


def _measured(name, work):  # type: ignore[no-untyped-def]
    def measure(*args, **kwargs):  # type: ignore[no-untyped-def]
        pausing = _profiler is not None and name not in _PROFILED
        if pausing:
            _profiler.disable()
            _pauses.append(name)
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        try:
            return work(*args, **kwargs)
        finally:
            span = _spans[name(*args) if callable(name) else name]
            span[0] += time.perf_counter_ns() - wall
            span[1] += time.process_time_ns() - cpu
            if pausing:
                _pauses.pop()
                if not _pauses:
                    _profiler.enable()

    return measure


def _service(client, *_):  # type: ignore[no-untyped-def]
    return f"aws:{client.meta.service_model.service_name}"


BaseClient._make_api_call = _measured(_service, BaseClient._make_api_call)  # every call of boto3 goes by it

_module, _, _name = os.environ["BENCHMARK_HANDLER"].rpartition(".")
_theirs = importlib.import_module(_module)
if _module == "custom_sender.handler":
    from custom_sender.cognito.decryption import Decryptor
    from custom_sender.network.transport import Transport
    from custom_sender.record.log import Telemetry

    Decryptor.decrypt = _measured("decrypt", Decryptor.decrypt)
    Transport.send = _measured("send", Transport.send)
    Telemetry.record = _measured("record", Telemetry.record)
    _theirs._Run._accept = _measured("screen", _theirs._Run._accept)
    _theirs.compose = _measured("compose", _theirs.compose)
_total = _measured("total", getattr(_theirs, _name))


def handler(event, context):  # type: ignore[no-untyped-def]
    """The function's result, and what it took."""
    _spans.clear()
    if _profiler is None:
        return {"result": _total(event, context), "spans": dict(_spans)}
    _profiler.clear()
    result = _profiler.runcall(_total, event, context)
    seconds = defaultdict(float)
    for (path, _, name), (_, _, own, _, _) in pstats.Stats(_profiler).stats.items():
        seconds[_place(path, name)] += own
    return {"result": result, "spans": dict(_spans), "profile": seconds}


def _place(path, name):  # type: ignore[no-untyped-def]
    """Ours by file, libraries by package, the rest by function: what is built in has no file."""
    if path == "~":
        return name
    package = path.partition("/site-packages/")[2] or path.rpartition("/self-contained/")[2] or path
    if "custom_sender/" in path:
        return path[path.index("custom_sender/") :]
    return package.partition("/")[0] if not package.startswith("/") else package.rpartition("/")[2]
