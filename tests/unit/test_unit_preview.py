"""The preview: every message as the function would send it, in a terminal and in a browser."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cognito_sender import preview
from cognito_sender.__main__ import main
from custom_sender.texts import built_in
from custom_sender.texts.gsm import segments
from support import browser
from support.configured import mails
from support.configured import messages as read_messages

# What breaks pages: markup, a word without a break, a line break, letters of both directions.
HOSTILE = {
    "brand": "<b>&\"Acme'",
    "templates": {
        "en": {"SignUp": "<script>alert(1)</script> $code", "default": "x" * 200 + " $code"},
        "he": {"default": "הקוד שלך הוא $code עבור $brand.\nלא לשתף"},
    },
    "autofill": {"web_otp": {"domain": "login.example.com"}},
}
# Runs in the page: what is wider than its place, and on which side of its bubble a text begins.
MEASURE = """
<script>
  const places = document.querySelectorAll("body, figure, .bubble, .subject, .text, iframe");
  const wide = [...places].filter(e => e.scrollWidth > e.clientWidth + 1);
  const begins = {};
  for (const bubble of document.querySelectorAll(".bubble")) {
    const range = document.createRange();
    range.setStart(bubble.firstChild, 0);
    range.setEnd(bubble.firstChild, 1);
    const box = bubble.getBoundingClientRect(), first = range.getClientRects()[0];
    begins[bubble.parentElement.id] = first.left - box.left > box.right - first.right ? "right" : "left";
  }
  const result = { wide: wide.map(e => e.outerHTML.slice(0, 80)), begins, bubbles: Object.keys(begins).length };
  document.body.textContent = "RESULT" + JSON.stringify(result) + "END";
</script>
"""


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["preview", *arguments]) == 0
    return capsys.readouterr().out


def _rows(shown: str) -> list[list[str]]:
    return [
        line.split(maxsplit=6) for line in shown.splitlines()[1:] if re.match(r"[a-z]{2,3}\b.* (GSM-7|UCS-2) ", line)
    ]


def test_without_anything_it_shows_every_built_in_text(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _rows(_run(capsys))
    assert {row[0] for row in rows} == set(built_in.TAGS)
    assert len(rows) == 8 * len(built_in.TAGS)


def test_each_row_says_what_the_message_costs(capsys: pytest.CaptureFixture[str]) -> None:
    for _, _, encoding, characters, parts, _, text in _rows(_run(capsys, "--locale", "de", "--locale", "hi")):
        counted = segments(text)
        assert (encoding, int(parts)) == (counted.encoding, counted.parts)
        assert int(characters) == len(text)


def test_it_takes_what_terraform_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = {
        "messages": {"built_in_locales": ["en"]},
        "sms": {
            "allowed_countries": ["DE"],
            "templates": {"de": {"default": "Code: $code"}},
            "max_segments": {"de": 1},
            "autofill": {"clients": {"abc": {"android": {"app_hash": "FA+9qCX9VSu"}}}},
            "india": None,
        },
    }
    for name, whole in (("a.json", content), ("b.tfvars.json", {"name": "acme", "region": "eu-central-1", **content})):
        (tmp_path / name).write_text(json.dumps(whole))
        file = str(tmp_path / name)
        assert {row[0] for row in _rows(_run(capsys, "--messages", file))} == {"de", "en"}
        assert "Code: 482913\n" in _run(capsys, "--messages", file)
        assert "Code: 482913 ⏎ FA+9qCX9VSu\n" in _run(capsys, "--messages", file, "--client", "abc")
        assert "your Widgets verification" in _run(capsys, "--messages", file, "--brand", "Widgets")


def test_of_a_tfvars_file_it_takes_what_the_texts_depend_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As Terraform: the name is the brand where there is none, and ``$minutes`` is the pool's own life."""
    content = {
        "name": "globex",
        "messages": {"brand": None},
        "sms": {"templates": {"en": {"Authentication": "$brand $code $minutes"}}},
        "protection": {"on_ledger_failure": "send", "code_lifetimes_seconds": {"Authentication": 600}},
    }
    file = tmp_path / "b.tfvars.json"
    file.write_text(json.dumps(content))
    assert "globex 482913 10\n" in _run(capsys, "--messages", str(file), "--locale", "en")
    content["protection"] = {"code_lifetimes_seconds": {"MFA": 600}}
    file.write_text(json.dumps(content))
    assert main(["preview", "--messages", str(file)]) == 2
    error = capsys.readouterr().err
    assert "protection.code_lifetimes_seconds: each name is a trigger: " in error
    assert "Got: MFA. " in error


def test_a_bad_option_is_named_with_the_fix(capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests) -> None:
    for arguments, says in [
        (["--brand", "A\nB"], "--brand: messages.brand: one line of at most 64 characters"),
        (["--locale", "de", "--html", "no/such/folder/page.html"], "name a file in a folder that is there"),
        (["--locale", "German"], "'German' is no language tag"),
        (["--country", "XX"], "'XX' is no country"),
    ]:
        with subtests.test(arguments=arguments, says=says):
            assert main(["preview", *arguments]) == 2
            assert says in capsys.readouterr().err


def test_a_country_may_be_written_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"sms": {"country_locales": {"DE": "de"}}}))
    arguments = ("--messages", str(tmp_path / "a.json"), "--country", "de", "--locale", "vi")
    assert "482913 ist Ihr Bestätigungscode für Acme.\n" in _run(capsys, *arguments)


def test_a_bad_file_is_named_with_the_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for content, says in [
        ("{", "cannot be read as JSON"),
        ("[]", "a JSON object is needed, with the variable sms, email or messages"),
        ('{"templates": {}}', "a JSON object is needed, with the variable sms, email or messages"),
        *((f'{{"sms": {{}}, "{name}": []}}', f"{name}: an object. Got: a list") for name in ("messages", "protection")),
        ('{"sms": []}', "sms: an object. Got: a list"),
        ('{"sms": {"templates": {"en": {"SignUp": "Hello"}}}}', "sms.templates.en.SignUp: a text with $code"),
        ('{"sms": {"template": {}}}', "sms: an object with allowed_countries, allowed_ranges, "),
        ('{"sms": {"template": {}}}', "Got: template. Fix: remove it"),
        ('{"messages": {"templates": {}}}', "messages: an object with attributes, brand, "),
        ('{"messages": {"templates": {}}}', "Got: templates. Fix: remove it"),
    ]:
        with subtests.test(content=content, says=says):
            (tmp_path / "messages.json").write_text(content)
            assert main(["preview", "--messages", str(tmp_path / "messages.json")]) == 2
            error = capsys.readouterr().err
            assert error.startswith(f"Error: {tmp_path / 'messages.json'}")
            assert says in error


def test_the_estimate_knows_that_passwords_differ() -> None:
    shown = {one.trigger: one for one in preview.previews(read_messages({"brand": "Acme"}), ["de"])}
    assert shown["SignUp"].per_thousand == 1000
    # A backtick is not in the GSM-7 alphabet: some passwords make a German invitation two parts.
    assert 1000 < shown["AdminCreateUser"].per_thousand < 1500
    long = read_messages({"templates": {"de": {"default": "ç" * 70 + "$code"}}})
    assert preview.previews(long, ["de"])[0].per_thousand == 2000


def test_it_runs_by_its_name(tmp_path: Path) -> None:
    page = tmp_path / "messages.html"
    done = subprocess.run(
        [sys.executable, "-m", "cognito_sender", "preview", "--locale", "ar", "--html", str(page)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{page}: 15 messages\n")
    assert 'dir="rtl">رمز التحقق لحسابك في Acme هو 482913' in page.read_text("utf-8")


def _page(content: Any = None) -> str:
    messages = read_messages(content or {"brand": "Acme"})
    letters = mails(shared={"brand": messages.shared.brand})
    locales = preview.locales_of(messages, letters)
    bubbles = preview.previews(messages, locales)
    return preview.as_html(bubbles, messages.shared.brand, preview.letters(letters, locales))


def test_mails_stand_beside_as_an_inbox_would_show_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "globex.html").write_text("<html><body><i>$brand</i>$content</body></html>")
    email = {
        "from": "Acme <login@acme.com>",
        "routes": {"default": ["ses"]},
        "templates": {"sv": {"default": {"subject": "<Kod>", "text": "Hej\n\n$code"}}},
        "blocked_domains": None,
    }
    clients = {"abc": {"brand": "Globex", "layout": "globex"}}
    (tmp_path / "mails.json").write_text(json.dumps({"sms": None, "email": email, "messages": {"clients": clients}}))
    arguments = ("--messages", str(tmp_path / "mails.json"), "--files", str(tmp_path), "--client", "abc")

    shown = _run(capsys, *arguments, "--locale", "sv")
    assert _rows(shown) == []
    assert "sv       SignUp                       <Kod> | Hej ⏎  ⏎ 482913\n" in shown
    assert "AdminCreateUser              Your Globex account | " in shown
    assert "AccountTakeOverNotification" not in shown

    _run(capsys, *arguments, "--html", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.count("<iframe sandbox ") == 7 * (len(built_in.TAGS) + 1)
    assert 'srcdoc="&lt;html&gt;&lt;body&gt;&lt;i&gt;Globex&lt;/i&gt;' in page
    assert "Acme &lt;login@acme.com&gt;" in page
    assert ">&lt;Kod&gt;<" in page


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_channel_that_is_off_is_not_shown(channel: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    variables = {"sms": {}, "email": {"from": "login@acme.com"}}
    (tmp_path / "a.json").write_text(json.dumps({channel: variables[channel]}))
    shown = _run(capsys, "--messages", str(tmp_path / "a.json"), "--locale", "en")
    assert ("482913 is your Acme verification code." in shown) is (channel == "sms")
    assert ("Your Acme verification code | " in shown) is (channel == "email")


def test_the_page_is_complete_in_itself_and_runs_nothing() -> None:
    page = _page(HOSTILE)
    assert not re.search(r"<script|<link|<img|https?:|@import|url\(|\son\w+=", page)
    assert html.escape("<script>alert(1)</script> 482913") in page
    assert "<b>&" not in page


@pytest.mark.long
@pytest.mark.parametrize("width", [360, 1100])
def test_in_a_browser_nothing_overflows_and_arabic_begins_on_the_right(width: int, tmp_path: Path) -> None:
    both = {"brand": "Acme", **{key: HOSTILE[key] for key in ("templates", "autofill")}}
    (tmp_path / "page.html").write_text(_page(both), "utf-8")
    (tmp_path / "measured.html").write_text(_page(both).replace("</body>", f"{MEASURE}</body>"), "utf-8")
    result = browser.result(tmp_path / "measured.html", width=width)
    assert result["wide"] == []
    assert result["bubbles"] == 8 * (len(built_in.TAGS) + 1)
    sides = {place: side for place, side in result["begins"].items() if not place.startswith("hi")}
    right = {place for place, side in sides.items() if side == "right"}
    # The built-in texts of a Hebrew user are English; a warning in Hebrew is not there.
    hebrew = {place for place in sides if place.startswith("he-")} - {
        "he-AdminCreateUser",
        "he-AccountTakeOverNotification",
    }
    assert right == {place for place in sides if place.startswith("ar-")} | hebrew

    assert browser.picture(tmp_path / "page.html", width=width)
