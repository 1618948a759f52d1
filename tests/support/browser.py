"""A real browser, without a window: what a page is once its scripts have run, and a picture of it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def result(page: Path, *, width: int, height: int = 2000, dark: bool = False) -> Any:
    """What a script in the page has made of its body: ``RESULT``, JSON, ``END``."""
    dom = _run(page, width, height, dark, "--virtual-time-budget=120000", "--dump-dom")
    found = re.search(r"RESULT(.*)END", html.unescape(dom.decode()), re.DOTALL)
    assert found, dom[-500:]
    return json.loads(found[1])


def picture(page: Path, *, width: int, height: int = 2000, dark: bool = False) -> Path:
    """A file with a picture of the page."""
    file = page.with_suffix(f".{width}.{'dark' if dark else 'light'}.png")
    _run(page, width, height, dark, f"--screenshot={file}")
    content = file.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == width
    assert len(content) > 20_000, "the picture is empty"
    return file


def _run(page: Path, width: int, height: int, dark: bool, *options: str) -> bytes:
    browser = next(filter(None, map(shutil.which, _NAMES)), None)
    assert browser, "no browser to look at the page with: install Debian's package chromium"
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={page.parent / 'profile'}"]
    command += [f"--window-size={width},{height}", f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
    done = subprocess.run([*command, *options, page.as_uri()], capture_output=True, check=True, timeout=240)
    return done.stdout
