"""The state of the process before anything else is imported: ``handler`` imports this module first.

**The garbage collector is off** until ``resume``. While hundreds of modules are imported nothing becomes garbage, and
the collector looks for it again and again.

**Nobody writes but this package**: only a library knows what stands in its line. The SDK prints the encryption context;
botocore, the plaintext data key and whole requests; urllib3, the address of a request, which holds a provider's
credential, and whatever the answer repeats of it. Lambda puts a handler on the root logger, and what is printed to
standard error is in the log too. No level of ``logging`` lets a record through, and no warning and no error outside an
exception's way is printed. ``record.log`` needs none of this for its line. A library's message comes to us as its
exception, and the line says that.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import warnings


def _nothing(*_: object, **__: object) -> None:
    return


gc.disable()
logging.disable(sys.maxsize)
warnings.showwarning = _nothing
threading.excepthook = _nothing
sys.unraisablehook = _nothing


def resume() -> None:
    """Collect again from now on, but what is there stays: it is not looked through at each later collection."""
    gc.freeze()
    gc.enable()
