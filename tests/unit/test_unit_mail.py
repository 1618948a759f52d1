"""Mails: which text is taken, what is put into subject, text and HTML, and what never is."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from string import Template
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custom_sender.cognito.event import Event
from custom_sender.cognito.triggers import CODE_TRIGGERS
from custom_sender.message import Mail, Message
from custom_sender.secret import Secret
from custom_sender.texts import built_in
from custom_sender.texts.mail import compose
from custom_sender.texts.mails import Mails
from custom_sender.texts.measure_mails import flaws
from support.cognito import CLIENT_ID, REGION, make_event, parse
from support.configured import mails
from support.environment import environment
from support.refusals import refused

ADDRESS = "jane.roe@customer.example"
CODE = "48291375"
PASSWORD = "a\"<b>&'9 x"
SOURCE = Path(__file__).resolve().parents[2] / "function" / "src"
TRIGGERS = (*sorted(CODE_TRIGGERS), "AccountTakeOverNotification", "SomethingFromTheFuture")
SITUATIONS = {"code", "password_reset", "attribute", "invitation", "notice", "perhaps_password"}
LAYOUT = "<html><head><style>p { color: $accent_color }</style></head><body>$content</body></html>"


def _event(trigger: str = "SignUp", metadata: Any = None, **changes: Any) -> Event:
    event = make_event(trigger, code="AYAD", triggerSource=f"CustomEmailSender_{trigger}", **changes)
    event["request"] |= {"type": "customEmailSenderRequestV1", "clientMetadata": metadata}
    return parse(event)


def _message(event: Event, configured: Mails, code: str | None = CODE) -> Message[Mail]:
    secret = None if code is None else Secret(code)
    return compose(event, secret, configured, to=ADDRESS, message_id="5f" * 32, seconds_left=180)


def _mail(event: Event, configured: Mails | None = None, code: str | None = CODE) -> Mail:
    return _message(event, mails() if configured is None else configured, code).content


def _texts(mail: Mail) -> tuple[str, str, str]:
    return mail.subject.reveal(), mail.text.reveal(), mail.html.reveal()


def _own(**of_locale: Any) -> Mails:
    return mails({"templates": of_locale})


class Page(HTMLParser):
    """What a page is made of, and the text that it shows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.structure: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.paragraphs: list[str] = []
        self._shown = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.structure.append((tag, tuple(attrs)))
        if tag == "p":
            self.paragraphs.append("")
            self._shown = True
        if tag == "br" and self._shown:
            self.paragraphs[-1] += "\n"

    def handle_endtag(self, tag: str) -> None:
        self.structure.append((f"/{tag}", ()))
        self._shown = self._shown and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._shown:
            self.paragraphs[-1] += data


class TestBuiltInMails:
    @pytest.mark.parametrize("tag", built_in.TAGS)
    def test_a_language_has_every_situation(self, tag: str) -> None:
        assert built_in.mails_in(tag.lower()).keys() == SITUATIONS

    @pytest.mark.parametrize("tag", built_in.TAGS)
    def test_it_has_no_number_no_link_and_no_user_but_the_one_that_an_administrator_made(self, tag: str) -> None:
        for situation, variants in built_in.mails_in(tag.lower()).items():
            assert variants
            for variant in variants:
                assert variant.keys() == {"subject", "text"}
                for text in (variant["subject"], *variant["text"]):
                    assert Template(text).is_valid()
                    assert not re.search(r"\d|https?:|www\.|@|<|\.[a-z]{2}", text), text
                    assert text == unicodedata.normalize("NFC", text).strip()
                    assert text.isprintable() or "\u00a0" in text
                names = set(Template("\n".join((variant["subject"], *variant["text"]))).get_identifiers())
                assert names <= {"brand", "code", "username"}
                assert "brand" in names
                assert "username" not in names or situation == "invitation"

    @pytest.mark.parametrize("tag", built_in.TAGS)
    def test_the_code_is_a_paragraph_of_its_own_behind_the_word_for_it(self, tag: str) -> None:
        keywords = {
            "ar": "رمز", "de": "Code", "es": "código", "fr": "code", "hi": "कोड", "id": "kode", "it": "codice",
            "ja": "コード", "ko": "인증번호", "nl": "code", "pl": "kod", "pt": "código", "pt-PT": "código", "tr": "kod",
            "zh": "验证码", "zh-Hant": "驗證碼",
        }  # fmt: skip
        for situation, variants in built_in.mails_in(tag.lower()).items():
            for variant in variants:
                alone = [place for place, text in enumerate(variant["text"]) if "$code" in text]
                if situation == "notice":
                    assert alone == []
                    continue
                (place,) = alone
                assert variant["text"][place] == "$code"
                assert 0 < place < len(variant["text"]) - 1
                if situation not in {"invitation", "perhaps_password"}:
                    assert keywords.get(tag, "code") in variant["text"][place - 1]

    @pytest.mark.parametrize("tag", built_in.TAGS)
    def test_it_leaves_no_gap_where_there_is_no_brand(self, tag: str) -> None:
        for trigger in TRIGGERS:
            mail = _mail(_event(trigger, attributes={"locale": tag}), mails(shared={"brand": None}))
            for text in (mail.subject.reveal(), *mail.text.reveal().split("\n\n")):
                assert not re.search(r"  |^[\s:.,】\]]|[【\[]|\$| [.,]", text), text

    @pytest.mark.parametrize("tag", built_in.TAGS)
    def test_every_trigger_has_a_mail_in_the_language_that_says_the_same_twice(self, tag: str) -> None:
        for trigger in TRIGGERS:
            for code in (CODE, "not only digits", None):
                if code is None and trigger in CODE_TRIGGERS:
                    continue
                subject, text, html = _texts(_mail(_event(trigger, attributes={"locale": tag}), code=code))
                assert "Acme" in subject
                assert Page(html).paragraphs == text.split("\n\n")
                assert f'lang="{tag.lower()}" dir="{"rtl" if tag == "ar" else "ltr"}"' in html
                assert code is None or (code in text) is (trigger != "AccountTakeOverNotification")

    def test_no_digit_is_in_a_mail_but_the_code_s(self) -> None:
        for tag in built_in.TAGS:
            subject, text, html = _texts(_mail(_event("Authentication", attributes={"locale": tag})))
            assert re.findall(r"\d+", subject + text) == [CODE]
            body = html[html.index("<body") :]
            assert re.findall(r"\d+", re.sub(r"<[^>]*>", "", body)) == [CODE]
            assert re.findall(r"\d{4,}", body) == [CODE], "what looks for codes may look into attributes too"

    def test_a_text_true_of_a_code_and_a_password_where_nobody_knows_which(self) -> None:
        mail = _mail(_event("SomethingFromTheFuture"), code="Tmp-Pass!")
        assert mail.subject.reveal() == "Your Acme code or password"
        assert mail.code is None
        assert _mail(_event("SomethingFromTheFuture"), code=None).subject.reveal() == "Activity on your Acme account"


class TestInvitation:
    def test_it_names_the_user_and_shows_the_password_as_it_is_typed(self) -> None:
        mail = _mail(_event("AdminCreateUser"), code="a&lt;b&amp;&quot;9 x")
        assert mail.text.reveal().split("\n\n")[1:5] == [
            "Your user name:",
            "jane-roe",
            "Your temporary password:",
            'a<b&"9 x',
        ]
        assert Page(mail.html.reveal()).paragraphs == mail.text.reveal().split("\n\n")
        assert mail.code is None

    def test_a_sub_is_no_user_name(self) -> None:
        mail = _mail(_event("AdminCreateUser", userName="5f2c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10"), code=PASSWORD)
        assert "user name" not in mail.text.reveal()
        assert PASSWORD in mail.text.reveal()


class TestSubject:
    def test_the_code_is_not_in_it(self) -> None:
        subject, _, html = _texts(_mail(_event()))
        assert subject == "Your Acme verification code"
        assert CODE not in html[: html.index("</div>")], "the preheader is shown beside the subject"

    @pytest.mark.parametrize("text", ["$code is it\n\nBye", "$code"])
    def test_the_preheader_leaves_out_a_paragraph_with_the_code(self, text: str) -> None:
        html = _mail(_event(), _own(en={"default": {"subject": "Hi", "text": text}})).html.reveal()
        assert f"{'Bye' if 'Bye' in text else 'Acme'} &zwnj;" in html

    def test_it_begins_with_the_code_where_that_is_wanted(self) -> None:
        wanted = mails({"code_in_subject": True})
        assert _mail(_event(), wanted).subject.reveal() == f"{CODE} \u2013 Your Acme verification code"
        assert _mail(_event("AdminCreateUser"), wanted, PASSWORD).subject.reveal() == "Your Acme account"

    @pytest.mark.parametrize("name", ["=?u8?b?DQpCY2M6?=", "=?u8?q?evil=2Eco?="])
    def test_a_name_that_libraries_would_decode_stays_as_it_was_written(self, name: str) -> None:
        own = mails(
            {"templates": {"en": {"default": {"subject": "Hi $name", "text": "$code"}}}},
            {"attributes": {"name": "given_name"}},
        )
        message = _message(_event(attributes={"given_name": name}), own)
        read = message_from_bytes(_mime(message), policy=policy.SMTP)
        assert read["Subject"] == message.content.subject.reveal() == f"Hi {name.replace('=?', '= ?')}"

    def test_one_s_own_holds_the_code_only_then(self) -> None:
        templates = {"en": {"SignUp": {"subject": "$code for you", "text": "$code"}}}
        assert _mail(_event(), mails({"templates": templates, "code_in_subject": True})).subject.reveal() == (
            f"{CODE} for you"
        )
        says = refused(lambda: mails({"templates": templates}))
        assert says.startswith("email.templates.en.SignUp.subject: no $code: ")
        assert "email.code_in_subject = true" in says

    def test_it_is_one_line_in_one_direction(self) -> None:
        brand = "Ac\u200fme\u00a0م"
        assert _mail(_event(), mails(shared={"brand": brand})).subject.reveal() == "Your Acme م verification code"

    @pytest.mark.parametrize("subject", ["", " ", "a\nb", "a\u2028b", "\u202eevil", "a\x00"])
    def test_one_s_own_is_one_line_too(self, subject: str) -> None:
        says = refused(lambda: _own(en={"SignUp": {"subject": subject, "text": "$code"}}))
        assert says.startswith("email.templates.en.SignUp.subject: one line of 1 to 300 characters")


class TestOwnTexts:
    def test_html_is_made_of_the_paragraphs(self) -> None:
        text = 'A <b> & "c"\r\n$$5\r\n\r\n  $code \n \n\nBye ${code}.'
        configured = _own(en={"default": {"subject": "Hi", "text": text}})
        mail = _mail(_event(), configured)
        assert mail.text.reveal() == f'A <b> & "c"\n$5\n\n{CODE}\n\nBye {CODE}.'
        page = Page(mail.html.reveal())
        assert page.paragraphs == mail.text.reveal().split("\n\n")
        assert [tag for tag, _ in page.structure if tag == "b"] == []
        assert '<p class="code"' in mail.html.reveal()

    def test_the_user_s_language_comes_first_and_what_users_wrote_last(self) -> None:
        configured = mails(
            {
                "templates": {
                    "de": {"SignUp": {"subject": "Hallo $name", "text": "Liebe $name\n\n$code"}},
                    "sv": {"default": {"subject": "Hej", "text": "$code"}},
                }
            },
            {"attributes": {"name": "given_name"}},
        )
        german = functools.partial(_event, attributes={"locale": "de-AT", "given_name": "Jane"})
        assert _mail(german(), configured).subject.reveal() == "Hallo Jane"
        assert _mail(german("ResendCode"), configured).subject.reveal() == "Acme: Ihr Bestätigungscode"
        for name in ("evil.example", "http://x", "Call 555 0100", ""):
            attributes = {"locale": "de", "given_name": name}
            assert _mail(_event(attributes=attributes), configured).subject.reveal() == "Acme: Ihr Bestätigungscode"
        assert _mail(_event(attributes={"locale": "sv-SE"}), configured).subject.reveal() == "Hej"

    def test_a_subject_that_a_user_makes_too_long_is_not_taken(self) -> None:
        configured = mails(
            {"templates": {"en": {"default": {"subject": "x" * 140 + " $name", "text": "$code"}}}},
            {"attributes": {"name": "given_name"}},
        )
        assert _mail(_event(attributes={"given_name": "Jo"}), configured).subject.reveal().startswith("xxx")
        assert _mail(_event(attributes={"given_name": "Maximilian"}), configured).subject.reveal() == (
            "Your Acme verification code"
        )

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ({"templates": {"en": {"SignUp": {"subject": "x", "text": "no code"}}}}, ".SignUp.text: a text with $code"),
            ({"templates": {"en": {"SignUp": {"subject": "x"}}}}, "email.templates.en.SignUp.text: a text of 1 to"),
            ({"templates": {"en": {"SignUp": "$code"}}}, "email.templates.en.SignUp: an object"),
            ({"templates": {"en": {"SignUp": {"subject": "$cod", "text": "$code"}}}}, "subject: the placeholders"),
            ({"templates": {"en": {"MFA": {}}}}, 'email.templates.en: each name is "default" or a trigger'),
            ({"from": "Acme"}, "email.from: an address, or a name and an address"),
            ({"from": "Acme <login@acme>"}, "email.from: an address"),
            ({"from": "A\r\nBcc: x <a@acme.com>"}, "email.from: an address"),
            ({"from": None}, "email.from: an address"),
            ({"reply_to": "Help <help@acme.com>"}, "email.reply_to: an address"),
            ({"layout": {"accent_color": "red;}"}}, "email.layout.accent_color: a color"),
            ({"layout": {"logo_url": "http://acme.com/logo.png"}}, "email.layout.logo_url: the https address"),
            ({"layout": {"logo_url": 'https://acme.com/"x'}}, "email.layout.logo_url: the https address"),
            ({"layout": {"color": "x"}}, "email.layout: an object with accent_color, file, footer, logo_url"),
        ],
    )
    def test_what_cannot_be_sent_is_refused(self, content: dict[str, Any], says: str) -> None:
        assert says in refused(lambda: mails(content))


class TestClients:
    def test_an_app_client_has_its_brand_its_address_and_its_layout(self, tmp_path: Path) -> None:
        _write(tmp_path, "globex", f"<i>$brand</i>{LAYOUT}")
        shared = {
            "clients": {CLIENT_ID: {"brand": "Globex", "from": "Globex Login <no@globex.com>", "layout": "globex"}}
        }
        configured = mails({"from": "login@acme.com"}, shared, [tmp_path])
        mail = _mail(_event(), configured)
        assert (mail.from_address, mail.from_name) == ("no@globex.com", "Globex Login")
        assert mail.subject.reveal() == "Your Globex verification code"
        assert mail.html.reveal().startswith("<i>Globex</i><html>")
        other = _mail(_event(callerContext={"clientId": "other0client"}), configured)
        assert (other.from_address, other.from_name) == ("login@acme.com", "Acme")
        assert other.subject.reveal() == "Your Acme verification code"

    @pytest.mark.parametrize(
        ("client", "says"),
        [
            ({"brand": "x" * 65}, ".brand: one line of at most 64 characters"),
            ({"from": "nobody"}, ".from: an address, or a name and an address"),
            ({"layout": "../x"}, ".layout: the name of a layout file"),
            ({"logo": "x"}, ": an object with brand, from, layout"),
        ],
    )
    def test_what_is_wrong_with_one_is_refused(self, client: dict[str, Any], says: str) -> None:
        assert f"messages.clients.abc{says}" in refused(lambda: mails(shared={"clients": {"abc": client}}))


def _write(folder: Path, name: str, content: str) -> None:
    (folder / "layouts").mkdir(exist_ok=True)
    (folder / "layouts" / f"{name}.html").write_text(content, "utf-8")


class TestFiles:
    def test_texts_may_stand_in_files(self, tmp_path: Path) -> None:
        (tmp_path / "texts").mkdir()
        file = tmp_path / "texts" / "sv.json"
        file.write_text(json.dumps({"SignUp": {"subject": "Hej $brand", "text": "Kod:\n\n$code"}}))
        configured = mails(shared={"default_locale": "sv"}, folders=[tmp_path, tmp_path / "nothing"])
        assert _mail(_event(), configured).subject.reveal() == "Hej Acme"
        twice = {"templates": {"sv": {"SignUp": {"subject": "x", "text": "$code"}}}}
        assert refused(lambda: mails(twice, folders=[tmp_path])).startswith(f"{file}.SignUp: each text once")
        for content, says in [
            (b"[]", "an object"),
            (b"{", "a JSON object in UTF-8"),
            (b"\xef\xbb\xbf{}", "a JSON object in UTF-8 without a byte order mark"),
            (b"\xff{}", "a text in UTF-8"),
            (b'{"SignUp": {"subject": "\\ud800", "text": "$code"}}', "a JSON object in UTF-8"),
            (b" " * 100_000, "less than 100000 bytes"),
            (b'{"SignUp": {}}', ".SignUp.subject: one line"),
        ]:
            file.write_bytes(content)
            assert f"{file}" in refused(lambda: mails(folders=[tmp_path]))
            assert says in refused(lambda: mails(folders=[tmp_path]))
        (tmp_path / "texts" / "de.json").mkdir()
        assert f"{tmp_path}/texts/de.json: a file. Got" in refused(lambda: mails(folders=[tmp_path]))
        (tmp_path / "texts" / "de.json").rmdir()
        file.rename(tmp_path / "texts" / "swedish.json")
        assert "a file that is named by a language tag" in refused(lambda: mails(folders=[tmp_path]))

    def test_a_language_of_no_text_is_refused_as_the_default(self, tmp_path: Path) -> None:
        says = refused(lambda: mails(shared={"default_locale": "sv"}, folders=[tmp_path]))
        assert says.startswith(
            "messages.default_locale: a language that there are texts in. Got: sv. Fix: add them to "
        )

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (None, "email.layout.file: the name of a file NAME.html in "),
            ("<p>$brand</p>", "a layout with $content"),
            ("$content $5", "a $ only in front of accent_color, brand, content, dir, footer, lang, logo, preheader"),
            ("$content $code", "a $ only in front of "),
            ("$content" + "x" * 100_000, "less than 100000 bytes"),
            ("$content \udcff", "a text in UTF-8"),
        ],
    )
    def test_a_layout_that_cannot_be_used_is_refused(self, content: str | None, says: str, tmp_path: Path) -> None:
        if content is not None:
            _write(tmp_path, "acme", "")
            (tmp_path / "layouts" / "acme.html").write_bytes(content.encode("utf-8", "surrogateescape"))
        assert says in refused(lambda: mails({"layout": {"file": "acme"}}, folders=[tmp_path]))

    def test_they_may_be_in_the_package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "custom_sender_files").mkdir()
        _write(tmp_path / "custom_sender_files", "acme", LAYOUT)
        monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
        assert (
            _mail(_event(), mails({"layout": {"file": "acme"}}, folders=None)).html.reveal().startswith("<html><head>")
        )

    def test_where_there_are_no_files_of_the_function_s_none_is_missed(self) -> None:
        assert _mail(_event(), mails({"layout": {"file": "acme"}}, {"default_locale": "sv"})).html.reveal()


class TestSelfCheck:
    def _flaws(self, layout: str, folder: Path) -> str:
        _write(folder, "acme", layout)
        return " ".join(flaws(mails({"layout": {"file": "acme"}}, folders=[folder]), {}))

    @pytest.mark.parametrize(
        "layout",
        [
            LAYOUT,
            '<body><a href="https://acme.com">Help</a><img src="https://acme.com/x.png" alt="$brand">$content</body>',
            "<body lang='$lang' dir=$dir title='$footer'>$logo $content $$ $preheader</body>",
        ],
    )
    def test_a_layout_that_mail_programs_show_passes(self, layout: str, tmp_path: Path) -> None:
        assert self._flaws(layout, tmp_path) == ""

    @pytest.mark.parametrize(
        ("layout", "says"),
        [
            ("<script>1</script>", "Got: <script>"),
            ('<p onclick="x">', "onclick of <p>"),
            ('<img src="http://acme.com/x.png">', "src of <img>"),
            ('<img src="https://a.b/x" srcset="https://a.b/y 2x">', "srcset of <img>"),
            ('<link rel="stylesheet" href="https://a.b/x.css">', "<link>"),
            ('<table background="https://a.b/x.png">', "background of <table>"),
            ('<a href="javascript:x">', "href of <a>"),
            ('<meta http-equiv="Refresh" content="0">', "<meta>"),
            ("<style>p { background: url (https://a.b/x) }</style>", "a style with url()"),
            ('<p style="background:url(//a.b/x)">', "a style with url()"),
            ("<style>@import 'x'</style>", "a style with url()"),
            ("<style>p { background: image-set('https://a.b/x' 1x) }</style>", "a style with url()"),
            ("<style>p::after { content: '$brand' }</style>", "values in text, or in attributes with quotes"),
            ("<p title=$brand>", "values in text, or in attributes with quotes"),
            ("$content", "$content once, in the body"),
            ("<!--[if mso]><script>1</script><![endif]-->", "Got: <script>"),
            ('<!--[if mso]><img src="http://t/x"><![endif]-->', "src of <img>"),
            ("<!--[if mso]><p title=$brand><![endif]-->", "values in text, or in attributes with quotes"),
            ("<template></template>", "Got: <template>"),
            ('<img lowsrc="https://a.b/x">', "lowsrc of <img>"),
        ],
    )
    def test_one_that_they_do_not_is_named(self, layout: str, says: str, tmp_path: Path) -> None:
        found = self._flaws(f"<html><body>{layout} $content</body></html>", tmp_path)
        assert found.startswith("email.layout: ")
        assert says in found

    def test_content_outside_the_body_is_none(self, tmp_path: Path) -> None:
        assert "it elsewhere" in self._flaws("<title>$content</title><body></body>", tmp_path)

    def test_the_built_in_mails_pass_with_the_longest_brand(self) -> None:
        brand = {"brand": "Ж" * 64, "clients": {"abc": {"brand": "W" * 64}}}
        assert list(flaws(mails({"code_in_subject": True}, brand), {})) == []

    def test_a_text_too_long_with_its_longest_values_is_named(self) -> None:
        configured = mails(
            {"templates": {"de": {"SignUp": {"subject": "x" * 120 + "$brand", "text": "$code"}}}},
            {"clients": {"abc": {"brand": "y" * 40}}},
        )
        (said,) = flaws(configured, {})
        assert said == (
            "email.templates.de.SignUp: a subject of at most 150 characters with the longest values. Got: 160. "
            "Fix: shorten it or messages.brand."
        )

    def test_a_layout_that_leaves_no_room_is_named(self, tmp_path: Path) -> None:
        assert "less than 100000 bytes of HTML with the layout" in self._flaws(LAYOUT + "x" * 99_850, tmp_path)


def test_what_the_html_is_decorated_with() -> None:
    look = {"accent_color": "#0A7", "footer": "Acme <Inc.>\n1 Main St", "logo_url": "https://acme.com/l.png?a=1&b=2"}
    mail = _mail(_event(), mails({"layout": look, "reply_to": "help@acme.com"}, {"brand": 'A"<c>'}))
    html = mail.html.reveal()
    assert "border-top: 4px solid #0A7" in html
    assert "Acme &lt;Inc.&gt;<br>1 Main St" in html
    assert '<img src="https://acme.com/l.png?a=1&amp;b=2" alt="A&quot;&lt;c&gt;">' in html
    assert mail.text.reveal().endswith("\n\nAcme <Inc.>\n1 Main St")
    assert mail.reply_to == "help@acme.com"


def test_the_message_carries_what_senders_need_and_shows_none_of_it() -> None:
    message = _message(_event(attributes={"locale": "de-AT"}), mails())
    assert (message.to, message.trigger, message.locale, message.lifetime_seconds) == (ADDRESS, "SignUp", "de-AT", 180)
    assert message.content.code == message.secret == Secret(CODE)
    assert CODE not in repr(message)


def test_text_messages_alone_cost_no_mail() -> None:
    script = (
        "import os, sys; seen = []; sys.addaudithook(lambda e, a: e == 'open' and seen.append(str(a[0])))\n"
        "import custom_sender.handler; custom_sender.handler.start(os.environ)\n"
        "seen += [name for name in sys.modules if name.startswith('custom_sender')]\n"
        "print([each for each in seen if 'custom_sender' in each and ('mail' in each or 'layout' in each)])"
    )
    environ = {**environment(), "PYTHONPATH": str(SOURCE), "AWS_REGION": REGION, "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# Whatever users write

_GREETING = {"subject": "Hi $name$family", "text": "Dear $name $family ($username),\n\n$code\n\n$name$username"}
_HARMLESS = {"given_name": "Jo", "family_name": "Li"}
hostile = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            ["<b>", "<i title=", "<!--", "<", ">", '"', "'", "&lt;", "</p>", "<img src=x onerror=y>", "evil.",
             "http://", "evil", ".", "com", "@", "\r\n",
             "Bcc: ", "=?u8?b?DQpCY2M6?=", "=?u8?q?evil=2Eco?=",
             "$code", "${brand}", "\u202e", "\u2028", "x", " ", "8", "=?utf-8?q?=0d=0aBcc:?=", "]]>", "-->"]
        ),
        max_size=6,
    ).map("".join),
)  # fmt: skip


@functools.cache
def _greeting() -> Mails:
    return mails(
        {"templates": {"en": {"default": _GREETING}}},
        {"attributes": {"name": "given_name", "family": "family_name"}, "client_metadata_locale": "lang"},
    )


def _mime(message: Message[Mail]) -> bytes:
    """As a sender by SMTP writes it."""
    mime = EmailMessage(policy=policy.SMTP)
    mime["From"], mime["To"] = message.content.from_address, message.to
    mime["Subject"] = message.content.subject.reveal()
    mime.set_content(message.content.text.reveal())
    mime.add_alternative(message.content.html.reveal(), subtype="html")
    return mime.as_bytes()


@settings(max_examples=150, deadline=None)
@example(("<b>Jo", "evil.", "<i title="), "de<b>", "x<b>", "SignUp")
@example(("evil.", "com", "5"), "en", "x", "SignUp")
@given(names=st.tuples(hostile, hostile, hostile), locale=hostile, client=hostile, trigger=st.sampled_from(TRIGGERS))
def test_whatever_users_write_is_no_link_header_or_markup(
    names: tuple[str, str, str], locale: str, client: str, trigger: str
) -> None:
    given_name, family_name, username = names
    attributes = {"given_name": given_name, "family_name": family_name, "locale": locale}
    event = _event(
        trigger, {"lang": locale, "x": given_name}, attributes=attributes, userName=username,
        callerContext={"clientId": client},
    )  # fmt: skip
    message = _message(event, _greeting())
    subject, text, html = _texts(message.content)

    harmless = [
        _message(_event(trigger, attributes=_HARMLESS, userName=name), _greeting())
        for name in ("jo", "5f2c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10")
    ]
    structures = [Page(each.content.html.reveal()).structure for each in harmless]
    built_in_ones = [
        Page(_mail(_event(trigger, userName=name), mails()).html.reveal()).structure
        for name in ("jo", "5f2c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10")
    ]
    page = Page(html)
    assert page.structure in structures + built_in_ones
    assert page.paragraphs == text.split("\n\n")
    assert not any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in subject)
    assert len(subject) <= 150
    if trigger != "AdminCreateUser":
        assert not re.search(r"https?:|www\.|[/\\@]|\.[a-z]{2}", f"{subject}\n{text}", re.IGNORECASE)

    read = message_from_bytes(_mime(message), policy=policy.SMTP)
    assert read["Subject"] == subject
    assert read.keys() == ["From", "To", "Subject", "MIME-Version", "Content-Type"]
    assert read["To"] == ADDRESS
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not read.defects


def test_configured_as_terraform_writes_it_nothing_else_is_asked_for() -> None:
    content: Mapping[str, Any] = {
        "from": "Acme <login@acme.com>",
        "reply_to": "help@acme.com",
        "templates": {"de": {"SignUp": {"subject": "Ihr Code", "text": "Code:\n\n$code"}}},
        "code_in_subject": True,
        "layout": {"accent_color": "#0a7", "footer": "Acme Inc., 1 Main St", "logo_url": "https://acme.com/l.png"},
    }
    mail = _mail(_event(attributes={"locale": "de"}), mails(content))
    assert (mail.from_name, mail.from_address, mail.subject.reveal()) == ("Acme", "login@acme.com", "Ihr Code")
