"""Python's garbage collector, kept out of the cold start.

While hundreds of modules are imported nothing becomes garbage, and the collector looks for it again and again. So
``handler`` imports this module first, and calls ``resume`` when it has been made.
"""

from __future__ import annotations

import gc

gc.disable()


def resume() -> None:
    """Collect again from now on, but what is there stays: it is not looked through at each later collection."""
    gc.freeze()
    gc.enable()
