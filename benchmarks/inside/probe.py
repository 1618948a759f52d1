"""Stands before a function's handler and measures each message: on the clock and in processor time of all threads.

The event is the function's own. The answer is ``{"result": …, "spans": {name: [wall, cpu]}}`` in nanoseconds, with
``total`` for the whole handler and ``aws:<service>`` for calls of boto3. Not measured: the runtime client, which is
AWS's.
"""

import importlib
import os
import time
from collections import defaultdict

from botocore.client import BaseClient

_module, _, _name = os.environ["BENCHMARK_HANDLER"].rpartition(".")
_handler = getattr(importlib.import_module(_module), _name)
_call = BaseClient._make_api_call  # every call of boto3 goes by it
_spans = defaultdict(lambda: [0, 0])


def _measured(name, work, *args):  # type: ignore[no-untyped-def]
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    try:
        return work(*args)
    finally:
        span = _spans[name]
        span[0] += time.perf_counter_ns() - wall
        span[1] += time.process_time_ns() - cpu


BaseClient._make_api_call = lambda client, *args: _measured(
    f"aws:{client.meta.service_model.service_name}", _call, client, *args
)


def handler(event, context):  # type: ignore[no-untyped-def]
    """The function's result, and what it took."""
    _spans.clear()
    return {"result": _measured("total", _handler, event, context), "spans": dict(_spans)}
