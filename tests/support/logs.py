"""What Lambda makes of whatever a process writes: its own handlers on the root logger, and both standard streams."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_log_utils import LogFormat


@contextlib.contextmanager
def lambda_log() -> Iterator[io.StringIO]:
    """The function's log while the block lasts, in both formats that Lambda has, with every logger at its loudest."""
    written = io.StringIO()
    root, convert = logging.getLogger(), logging.Formatter.converter
    level, handlers = root.level, root.handlers[:]
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        for log_format in LogFormat:
            bootstrap._setup_logging(log_format, "DEBUG", bootstrap.StandardLogSink())  # noqa: SLF001 - Lambda's own
        try:
            yield written
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            logging.Formatter.converter = convert
