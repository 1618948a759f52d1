"""Mails in a real browser: every language, light and dark, on a telephone and on a desk."""

from __future__ import annotations

import html
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from custom_sender.cognito.triggers import ADMIN_CREATE_USER
from custom_sender.secret import Secret
from custom_sender.texts import built_in
from custom_sender.texts.mail import compose
from support import browser
from support.cognito import make_event, parse
from support.configured import mails

AXE = resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
LOGO = "https://acme.invalid/logo.png"
LOOK = {"footer": "Acme Inc., 1 Main Street, Springfield", "accent_color": "#0a7", "logo_url": LOGO}
WIDTHS = (320, 640)
CASES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Authentication", "48291375", {}),
    (ADMIN_CREATE_USER, "hWP5g9N~a7(W)W.W@W%W" * 3, {}),
    ("ForgotPassword", "482913", {"layout": LOOK}),
)
# What axe-core says of a frame, what was fetched, what is wider than its place, where texts begin, and its colors.
LOOKS = """
<script>
  async function look(frame) {
    const view = frame.contentWindow, page = frame.contentDocument;
    let said = null;  // what it judges is the same at each width, and it takes its time
    if (frame.width === "320") {
      view.eval(axe);
      said = await view.axe.run(page, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] });
    }
    const text = page.querySelector("table table p").firstChild, range = page.createRange();
    range.selectNodeContents(text);
    const card = page.querySelector("table table td").getBoundingClientRect(), line = range.getClientRects()[0];
    const code = page.querySelector(".code span");
    return {
      violations: said && said.violations.map(rule => [rule.id, ...rule.nodes.map(node => node.html.slice(0, 120))]),
      judged: said && Object.fromEntries(said.passes.map(rule => [rule.id, rule.nodes.length])),
      fetched: view.performance.getEntriesByType("resource").map(entry => entry.name),
      wide: [...page.querySelectorAll("html, body, table, td, p")].filter(
        each => each.scrollWidth > each.clientWidth + 1).map(each => each.outerHTML.slice(0, 80)),
      begins: line.left - card.left > card.right - line.right ? "right" : "left",
      lines: code && code.getClientRects().length,
      back: view.getComputedStyle(page.querySelector(".card")).backgroundColor,
    };
  }
  addEventListener("load", async () => {
    const results = {};
    for (const frame of document.querySelectorAll("iframe")) results[frame.id] = await look(frame);
    document.body.textContent = "RESULT" + JSON.stringify(results) + "END";
  });
</script>
"""


def _frame(tag: str, case: int, width: int) -> str:
    trigger, code, content = CASES[case]
    event = parse(make_event(trigger, code="AYAD", attributes={"locale": tag}))
    message = compose(event, Secret(code), mails(content), to="jane@acme.com", message_id="5f" * 32, seconds_left=180)
    page = html.escape(message.content.html.reveal())
    return f'<iframe id="{tag} {case} {width}" width="{width}" height="520" srcdoc="{page}"></iframe>'


def _page(folder: Path, frames: str, script: str = "") -> Path:
    file = folder / f"page{'-looked-at' if script else ''}.html"
    file.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body>{frames}{script}</body>', "utf-8")
    return file


@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_language_can_be_read_and_fetches_nothing(dark: bool, tmp_path: Path) -> None:
    keys = [(tag, case, width) for tag in built_in.TAGS for case in range(len(CASES)) for width in WIDTHS]
    frames = "".join(_frame(*key) for key in keys)
    axe = json.dumps(AXE).replace("</", "<\\/")
    script = f"<script>const axe = {axe};</script>{LOOKS}"
    found: dict[str, dict[str, Any]] = browser.result(_page(tmp_path, frames, script), width=1400, dark=dark)

    assert len(found) == len(keys)
    for name, seen in found.items():
        tag, case, width = name.split()
        if width == "320":
            assert seen["violations"] == [], name
            assert {"html-has-lang", "html-lang-valid", "document-title"} <= seen["judged"].keys(), name
            assert seen["judged"]["color-contrast"] >= 3, name
        assert seen["wide"] == [], name
        assert seen["fetched"] == ([LOGO] if "layout" in CASES[int(case)][2] else []), name
        assert seen["begins"] == ("right" if tag == "ar" else "left"), name
        assert seen["lines"] in {None, 1}, name
        assert seen["back"] == ("rgb(31, 32, 36)" if dark else "rgb(252, 252, 253)"), name


@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_there_are_pictures_to_look_at(dark: bool, tmp_path: Path) -> None:
    frames = "".join(
        _frame(tag, case, width) for tag in ("en", "ar", "ja") for case in range(len(CASES)) for width in WIDTHS
    )
    assert browser.picture(_page(tmp_path, frames), width=1400, height=4900, dark=dark)
