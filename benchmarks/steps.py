"""What each step on the way to a fast cold start pays: the self-contained package with one step changed at a time.

A step is taken away, or one that was tried put in, by changing files of the unpacked package. So the product has no
switch for it, and all else is the same to the byte.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import build
from benchmarks.packages import RUNTIME, SELF_CONTAINED, SNS, self_contained
from benchmarks.process import BenchmarkError
from localaws.libraries import interpreter, runtime_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.packages import Packages
    from benchmarks.process import Start

# The package against itself: what differs by no more than this is not seen.
AGAIN: Final = "the same once more"
NO_BYTE_CODE: Final = "without byte code"

_PACKAGE: Final = "self-contained"
_SOURCES: Final = "sources"


@dataclass(frozen=True, slots=True)
class Edit:
    """``code`` that is put at the end of one of the function's modules, and is compiled with it."""

    module: str
    code: str


_POSTPONED_BUT: Final = """
_postponed = postponed
def postponed(*names):
    return _postponed(*(name for name in names if name != {name!r}))
"""
_LAZY_LOADER: Final = """
import importlib.util
@contextmanager
def postponed(*names):
    for name in names:
        spec = importlib.util.find_spec(name)
        spec.loader = importlib.util.LazyLoader(spec.loader)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    yield
"""
_COLLECTING: Final = """
gc.enable()
def resume():
    return
"""
_ALL_SENDERS: Final = """
for _kind in KINDS:
    importlib.import_module(f"custom_sender.senders.{_kind}")
"""
_SESSION_EACH: Final = """
_with_the_session = Clients.client
def _with_a_session(self, *arguments):
    self._session = None
    return _with_the_session(self, *arguments)
Clients.client = _with_a_session
client = _clients.client
"""
_CONTEXT_EACH: Final = """
Clients._share_trust = lambda self, made: None
"""
_UNPREPARED: Final = """
Transport.prepare = lambda self, sender: None
"""
# As botocore's HTTP session does it when it sends.
_CONNECTED: Final = """
_kms = clients._clients._made[0]
_http, _url = _kms._endpoint.http_session, _kms.meta.endpoint_url
_pool = _http._manager.connection_from_url(_url)
_http._setup_ssl_cert(_pool, _url, _http._verify)
_connection = _pool._get_conn()
_connection.connect()
_pool._put_conn(_connection)
"""

EDITS: Final = {
    "boto3 imported, not postponed": Edit("cognito/postponed.py", _POSTPONED_BUT.format(name="boto3")),
    "asyncio imported, not postponed": Edit("cognito/postponed.py", _POSTPONED_BUT.format(name="asyncio")),
    "garbage collected while importing": Edit("startup.py", _COLLECTING),
    "the modules of all senders imported": Edit("senders/__init__.py", _ALL_SENDERS),
    "a botocore session for each client": Edit("network/clients.py", _SESSION_EACH),
    "a TLS context for each client": Edit("network/clients.py", _CONTEXT_EACH),
    "the sender's client made by the first message": Edit("network/transport.py", _UNPREPARED),
    "tried: importlib's LazyLoader to postpone": Edit("cognito/postponed.py", _LAZY_LOADER),
    "tried: connected to KMS while initialising": Edit("handler.py", _CONNECTED),
}


def changed(unpacked: Packages) -> tuple[Start, ...]:
    """The self-contained package, itself once more, and with each change. Raises ``BenchmarkError``."""
    work = unpacked.work
    self_contained(work, _SOURCES, "--no-bytecode")
    _copied(work, _SOURCES, "documented", _compile_with_docstrings)
    _copied(work, _PACKAGE, "described", _describe_all_of_aws)
    starts = {
        SELF_CONTAINED: _PACKAGE,
        AGAIN: _PACKAGE,
        NO_BYTE_CODE: _SOURCES,
        "docstrings in the libraries' byte code": "documented",
        "botocore's descriptions of all of AWS": "described",
    }
    for number, (name, edit) in enumerate(EDITS.items()):
        starts[name] = f"edited-{number}"
        _copied(work, _PACKAGE, starts[name], partial(apply, edit))
    return tuple(unpacked.function(name, directory, SNS) for name, directory in starts.items())


def apply(edit: Edit, place: Path) -> None:
    """Compile the edited module in the place of the function's, in a package unpacked at ``place``.

    Raises ``BenchmarkError``.
    """
    name = f"custom_sender/{edit.module}"
    source = build.source_files()[name].decode()
    target = (place / name).with_suffix(".pyc")
    # A link, perhaps, to the file of a package that is not to be changed.
    target.unlink()
    with tempfile.TemporaryDirectory() as directory:
        written = Path(directory) / target.with_suffix(".py").name
        written.write_text(f"{source}\n{edit.code}")
        _python("-c", _COMPILE, str(written), str(target))


_COMPILE: Final = """
import py_compile, sys
py_compile.compile(*sys.argv[1:], doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""


def _compile_with_docstrings(place: Path) -> None:
    _python("-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash", str(place))
    for source in place.rglob("*.py"):
        source.unlink()


def _describe_all_of_aws(place: Path) -> None:
    data = place / "botocore" / "data"
    shutil.rmtree(data)
    data.symlink_to(runtime_directory(RUNTIME) / "botocore" / "data")


def _copied(work: Path, original: str, name: str, change: Callable[[Path], None]) -> None:
    # By links: a file is replaced and never written to.
    shutil.copytree(work / original, work / name, copy_function=os.link)
    change(work / name)


def _python(*arguments: str) -> None:
    done = subprocess.run([str(interpreter(RUNTIME)), *arguments], check=False, capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError(f"a changed package cannot be compiled: {done.stderr or done.stdout}")
