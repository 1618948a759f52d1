"""Lambda SnapStart: what must not be in the snapshot, and what must be new after it.

One snapshot is taken of the function when a version is published, and each execution environment starts from it: hours
later, and any number of times. So it may hold no secret (it is a file) and no connection (the other side has hung up).
Nor may it hold anything random that is used once. Clocks need nothing: only the time of day is read, and each time
anew.

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html ,
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
"""

from __future__ import annotations

import gc
import os
import random
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Lambda's variable, and its value in the process that the snapshot is taken of.
_INITIALIZED_AS: Final = "AWS_LAMBDA_INITIALIZATION_TYPE"
_SNAP_START: Final = "snap-start"
_SEED_BYTES: Final = 64


def is_taken(environ: Mapping[str, str]) -> bool:
    """Whether this process is the one that a snapshot is taken of."""
    return environ.get(_INITIALIZED_AS) == _SNAP_START


def register(environ: Mapping[str, str], forget: Callable[[], None]) -> None:
    """Have ``forget`` called before the snapshot, and ``renew`` after each start from it. Else do nothing."""
    if not is_taken(environ):
        return
    # Only the runtimes that take snapshots have it (python3.12 and later).
    from snapshot_restore_py import register_after_restore, register_before_snapshot  # noqa: PLC0415

    register_before_snapshot(_before, forget)
    register_after_restore(renew)


def _before(forget: Callable[[], None]) -> None:
    forget()
    # What was in cycles with them goes too, although ``startup`` has put it aside.
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def renew() -> None:
    """New random numbers, in each environment others.

    Python's generator gives botocore its pauses; OpenSSL's gives TLS its numbers, and does not know that it has been
    copied. What is made for the ledger (``secrets``, ``uuid``) comes from the kernel, which Lambda seeds anew.
    """
    random.seed()
    ssl.RAND_add(os.urandom(_SEED_BYTES), _SEED_BYTES)
