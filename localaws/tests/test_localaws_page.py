"""The inbox's page in a real browser: what was sent is shown, runs nothing and fetches nothing; the form signs up."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from localaws.client import LocalAws
from localaws.page import PAGE
from localaws.tests.rig import Account
from localaws.tests.test_localaws_cognito import create_pool

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Waits for a condition, then says what the page holds where the test finds it.
DRIVER = """
const until=async c=>{for(let i=0;i<100&&!c();i++)await new Promise(r=>setTimeout(r,50));if(!c())throw c.toString()};
const tell=o=>{const p=document.createElement("pre");p.textContent="RESULT"+JSON.stringify(o)+"END";
 document.body.append(p)};
(async()=>{try{%s}catch(e){tell(String(e))}})()
"""


@contextmanager
def serving(answer: Any) -> Iterator[str]:
    """A server on loopback, by what it answers to method, path and body."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                return
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content, kind = answer(self.command, self.path, body, dict(self.headers))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def dom(url: str, directory: Path) -> str:
    """What a browser has made of a page after some seconds."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert browser, "no browser to look at the page with: install Debian's package chromium"
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={directory / 'profile'}"]
    command += ["--virtual-time-budget=8000", "--window-size=1100,900", "--dump-dom", url]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def browse(aws: LocalAws, directory: Path, script: str) -> Any:
    """What a script on the page tells; the page is as it is served, but for leave to run that script."""
    page = re.sub(r"script-src '[^']+'", "script-src 'unsafe-inline'", PAGE)
    page = page.replace("</body>", f"<script>{DRIVER % script}</script></body>")

    def answer(method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
        if (method, path) == ("GET", "/"):
            return 200, page.encode(), "text/html; charset=utf-8"
        kept = {name: value for name, value in headers.items() if name.lower() in {"content-type", "x-amz-target"}}
        request = urllib.request.Request(aws.endpoint + path, body or None, kept, method=method)
        try:
            with urllib.request.urlopen(request) as found:
                return 200, found.read(), "application/json"
        except urllib.error.HTTPError as error:
            return error.code, error.read(), "application/json"

    with serving(answer) as here:
        shown = dom(f"{here}/", directory)
    found = re.search(r">RESULT(.*)END<", shown, re.DOTALL)
    assert found, shown[-2000:]
    return json.loads(html.unescape(found[1]))


@pytest.mark.long
def test_a_hostile_mail_and_text_are_shown_and_nothing_runs_or_is_fetched(
    aws: LocalAws, account: Account, tmp_path: Path
) -> None:
    aws.clear_inbox()
    aws.client("sesv2").create_email_identity(EmailIdentity="page.example")
    asked: list[str] = []

    def outside(_method: str, path: str, *_: Any) -> tuple[int, bytes, str]:
        asked.append(path)
        return 200, b"", "text/plain"

    with serving(outside) as there:
        markup = f"<script>parent.document.title='run'</script><img src={there}/img onerror=document.title='run'>"
        body = (
            f"{markup}<link rel=stylesheet href={there}/css><meta http-equiv=refresh content='0;url={there}/meta'>"
            f"<p style='background:url({there}/background)'>Hello</p><iframe src={there}/frame></iframe>"
        )
        simple = {
            "Subject": {"Data": f"Your code {markup}"},
            "Body": {"Text": {"Data": f"as text {markup}"}, "Html": {"Data": body}},
        }
        aws.client("sesv2").send_email(
            FromEmailAddress="Acme <login@page.example>",
            Destination={"ToAddresses": ["ann@example.com"]},
            Content={"Simple": simple},
        )
        number = account.number()
        aws.client("sns").publish(PhoneNumber=number, Message=f"482913 {markup}")
        seen = browse(
            aws,
            tmp_path,
            """await until(()=>at("forms"));await new Promise(r=>setTimeout(r,500));const frame=at("forms").children[0];
            tell({title:document.title,images:document.images.length,tag:frame.tagName,
            sandbox:frame.getAttribute("sandbox"),closed:frame.contentDocument===null,
            list:at("list").textContent,text:at("forms").children[1].textContent,phones:at("phones").textContent,
            code:at("phones").querySelector("b").textContent})""",
        )
        untouched = dom(aws.inbox_url, tmp_path)
    assert asked == []
    assert "482913" in untouched, "the page's policy lets its own script run"
    assert (seen["title"], seen["images"]) == ("Inbox of the embedded AWS", 0)
    assert (seen["tag"], seen["sandbox"], seen["closed"]) == ("IFRAME", "", True)
    assert f"Your code {markup}" in seen["list"]
    assert "Acme <login@page.example>to ann@example.com" in seen["list"]
    assert seen["text"] == f"as text {markup}"
    assert number in seen["phones"]
    assert markup in seen["phones"]
    assert seen["code"] == "482913"


@pytest.mark.long
def test_the_form_signs_up_sends_again_and_confirms(aws: LocalAws, account: Account, tmp_path: Path) -> None:
    aws.clear_inbox()
    pool = create_pool(account, None, None, AutoVerifiedAttributes=["email", "phone_number"])
    cognito = aws.client("cognito-idp")
    app = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="<b>app</b>")["UserPoolClient"]["ClientId"]
    address, number = f"{account.name('player')}@example.com", account.number()
    hostile = "<img src=x onerror=document.title='run'>"
    said = browse(
        aws,
        tmp_path,
        f"""const press=async(what,to,code)=>{{at("to").value=to;at("code").value=code||"";at("said").textContent="";
          at("play").requestSubmit(document.querySelector(`[value=${{what}}]`));await until(()=>at("said").textContent);
          return at("said").textContent}};
        await until(()=>!at("play").hidden);at("client").value="{app}";at("locale").value="de";const said=[];
        for(const to of {json.dumps([number, address])}){{
          said.push(await press("up",to),await press("again",to));
          const last=(await (await fetch("/_local/inbox?to="+encodeURIComponent(to))).json()).pop();
          said.push(await press("confirm",to,"{hostile}"),await press("confirm",to,last.text.match(/\\d{{6}}/)[0]))}}
        said.push(await press("confirm",{json.dumps(hostile)},"1"));
        tell([...said,document.title,document.images.length])""",
    )
    mismatch = "CodeMismatchException: Invalid verification code provided, please try again."
    for sent, where in ((said[:4], f"+*******{number[-4:]}"), (said[4:8], "p***@e***")):
        on_its_way = f"A code is on its way to {where}."
        assert sent == [on_its_way, on_its_way, mismatch, "The user is confirmed."]
    assert said[8:] == ["UserNotFoundException: User does not exist.", "Inbox of the embedded AWS", 0]
    user = cognito.admin_get_user(UserPoolId=pool["Id"], Username=address)
    assert user["UserStatus"] == "CONFIRMED"
    assert {"Name": "locale", "Value": "de"} in user["UserAttributes"]
