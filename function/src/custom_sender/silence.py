"""Nobody writes but this package: what stands in a library's line, only the library knows.

botocore prints the plaintext data key and whole requests, the SDK the encryption context, and urllib3 the address of a
request, which holds a provider's credential, with whatever the answer repeats of it. Lambda puts a handler on the root
logger, and what is printed to standard error is in the log too. So ``handler`` imports this module first. No level of
``logging`` lets a record through, and no warning and no error outside an exception's way is printed. ``telemetry``
needs none of this for its line. What a library has to say comes to us as its exception, and the line says that.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings


def _nothing(*_: object, **__: object) -> None:
    return


logging.disable(sys.maxsize)
warnings.showwarning = _nothing
threading.excepthook = _nothing
sys.unraisablehook = _nothing
