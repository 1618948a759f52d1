"""What Terraform wrote about mails, and the files beside → one frozen ``Mails``, checked.

A text that is too long for the environment, and a layout, are files: ``layouts/NAME.html`` and ``texts/LOCALE.json`` in
``/opt/custom_sender`` (a Lambda layer) or in ``custom_sender_files`` of the package. They are read once, at start.
Where Lambda is not, as where a plan is judged, nobody looks for them.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from custom_sender.cognito.triggers import ACCOUNT_TAKE_OVER, ADMIN_CREATE_USER
from custom_sender.dataclass import dataclass
from custom_sender.languages import normal
from custom_sender.reader import Form, Reader, refuse, shown
from custom_sender.texts import built_in
from custom_sender.texts.shared import (
    ADDRESS,
    DEFAULT,
    KEY,
    LAYOUT,
    LOCALE,
    MAILBOX,
    Shared,
    check_template,
    require_default,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OF_A_LAYER: Final = Path("/opt/custom_sender")
_IN_THE_PACKAGE: Final = "custom_sender_files"
PLACEHOLDERS: Final = frozenset({"accent_color", "brand", "content", "dir", "footer", "lang", "logo", "preheader"})
# Gmail clips what is longer than about 102 kB.
HTML_BYTES: Final = 100_000
_TEXT_LIMIT: Final = 10_000
_SUBJECT_LIMIT: Final = 300  # of the template; measured is what it is with its values

# Which of the built-in mails a trigger gets.
_SITUATIONS: Final = {
    **dict.fromkeys((DEFAULT, "Authentication", "ResendCode", "SignUp"), "code"),
    "ForgotPassword": "password_reset",
    "UpdateUserAttribute": "attribute",
    "VerifyUserAttribute": "attribute",
    ADMIN_CREATE_USER: "invitation",
    ACCOUNT_TAKE_OVER: "notice",
    built_in.WITHOUT_CODE: "notice",
    built_in.PERHAPS_PASSWORD: "perhaps_password",
}

_TEXT: Final = Form(f"a text of 1 to {_TEXT_LIMIT} characters", r"(?s:.*\S.*)", _TEXT_LIMIT)
_SUBJECT: Final = Form(
    f"one line of 1 to {_SUBJECT_LIMIT} characters, without marks of direction",
    r"(?=.*\S)[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+",
    _SUBJECT_LIMIT,
)
_COLOR: Final = Form('a color as "#0a7" or "#00aa77"', r"#(?:[0-9A-Fa-f]{3}){1,2}")
_FOOTER: Final = Form("a text of at most 500 characters", r"(?s:.*)", 500)
_LOGO: Final = Form("the https address of an image", r"https://[A-Za-z0-9.-]+(?::[0-9]+)?/[!#-;=?-~]*", 500)


@dataclass(frozen=True)
class MailText:
    """Templates of the subject, and of the text: paragraphs with an empty line between."""

    subject: str
    text: str


@dataclass(frozen=True)
class Look:
    """What stands around the text in every layout."""

    accent_color: str = "#4f5d75"
    footer: str = ""
    logo_url: str | None = None


@dataclass(frozen=True)
class Mails:
    """The mails' texts, and how they are completed.

    ``mailbox``: who they are from, an address with or without a name. ``templates``: locale → trigger or ``default`` →
    text. ``layouts``: name of a file → its HTML; ``layout`` is the HTML of all that have no other.
    """

    shared: Shared
    mailbox: str
    layout: str
    layouts: Mapping[str, str]
    look: Look
    reply_to: str | None
    templates: Mapping[str, Mapping[str, MailText]]
    code_in_subject: bool

    def mailbox_of(self, client_id: str) -> str:
        """Who the mails of an app client are from."""
        client = self.shared.clients.get(client_id)
        return self.mailbox if client is None or client.mailbox is None else client.mailbox

    def layout_of(self, client_id: str) -> str:
        """The layout of an app client's mails."""
        client = self.shared.clients.get(client_id)
        return self.layout if client is None or client.layout is None else self.layouts.get(client.layout, self.layout)


@cache
def built_in_mails(locale: str) -> Mapping[str, tuple[MailText, ...]]:
    """The built-in mails of a locale, by the keys that the built-in text messages have. Read when first needed."""
    content = built_in.mails_in(locale)
    mails = {
        situation: tuple(MailText(mail["subject"], "\n\n".join(mail["text"])) for mail in variants)
        for situation, variants in content.items()
    }
    return MappingProxyType({key: mails[situation] for key, situation in _SITUATIONS.items()})


def read_mails(shared: Shared, email: Reader, folders: Sequence[Path] | None = None) -> Mails:
    """What belongs to mails, beside what all channels share; ``folders``: where files are, if not in Lambda's places.

    Raises ``SettingsError`` naming the place.
    """
    if folders is None:
        root = os.environ.get("LAMBDA_TASK_ROOT")
        folders = () if root is None else (_OF_A_LAYER, Path(root, _IN_THE_PACKAGE))
    layout = email.within("layout", required=False)
    code_in_subject = email.switch("code_in_subject")
    name = layout.text("file", LAYOUT)
    wanted = {layout.where("file"): name} | {
        f"messages.clients.{shown(client)}.layout": found.layout for client, found in shared.clients.items()
    }
    layouts = {each: _layout(place, each, folders) for place, each in wanted.items() if each is not None and folders}
    package = Path(built_in.__file__).with_name("layout.html").read_text("utf-8")
    found = Mails(
        shared=shared,
        mailbox=email.text("from", MAILBOX, required=True),
        layout=package if name is None else layouts.get(name, package),
        reply_to=email.text("reply_to", ADDRESS),
        templates=_templates(email, shared.variables, folders, code_in_subject=code_in_subject),
        code_in_subject=code_in_subject,
        look=Look(
            layout.text("accent_color", _COLOR) or Look().accent_color,
            layout.text("footer", _FOOTER) or "",
            layout.text("logo_url", _LOGO),
        ),
        layouts=MappingProxyType(layouts),
    )
    layout.end()
    if folders:
        require_default(shared, found.templates, email.where("templates"))
    return found


def _layout(place: str, name: str, folders: Sequence[Path]) -> str:
    files = [folder / "layouts" / f"{name}.html" for folder in folders]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        rule = f"the name of a file NAME.html in {' or '.join(str(folder / 'layouts') for folder in folders)}"
        refuse(place, rule, "none of that name", "add a Lambda layer that has it, or remove the name")
    content = _text_of(file)
    template = Template(content)
    names = set(template.get_identifiers()) if template.is_valid() else set()
    if not template.is_valid() or names - PLACEHOLDERS:
        rule = f"a $ only in front of {', '.join(sorted(PLACEHOLDERS))}"
        others = ", ".join(map(shown, sorted(names - PLACEHOLDERS))) or "another $"
        refuse(str(file), rule, others, "write $$ for a dollar sign")
    if "content" not in names:
        refuse(str(file), "a layout with $content, where the text stands", "none", "add it")
    return content


def _text_of(file: Path) -> str:
    """What a file says, if it is of a size that a mail can have."""
    if not file.is_file():
        refuse(str(file), "a file", "something else", "put a file there")
    content = file.read_bytes()
    if len(content) >= HTML_BYTES:
        refuse(str(file), f"less than {HTML_BYTES} bytes", f"{len(content)}", "shorten it")
    text = content.decode("utf-8", "replace")
    if "\ufffd" in text:
        refuse(str(file), "a text in UTF-8", "something else", "write it so")
    return text


def _templates(
    email: Reader, variables: frozenset[str], folders: Sequence[Path], *, code_in_subject: bool
) -> Mapping[str, Mapping[str, MailText]]:
    """Locale → trigger or ``default`` → text, of the document and of the files."""
    content = email.within("templates", required=False)
    named = {normal(locale): content.within(locale) for locale in content.keys_of(LOCALE)}
    content.refuse_twins(named)
    found: dict[str, dict[str, MailText]] = {}
    for locale, texts in (*named.items(), *_files(folders)):
        there = found.setdefault(locale, {})
        for key in texts.keys_of(KEY):
            if key in there:
                refuse(texts.where(key), "each text once", "another beside it", "keep one of them")
            there[key] = _mail_text(texts.within(key), key, variables, code_in_subject=code_in_subject)
    return MappingProxyType({locale: MappingProxyType(texts) for locale, texts in found.items()})


def _files(folders: Sequence[Path]) -> Iterator[tuple[str, Reader]]:
    for file in (file for folder in folders for file in sorted((folder / "texts").glob("*.json"))):
        if not LOCALE.fits(file.stem):
            refuse(str(file), f"a file that is named by {LOCALE.words}", shown(file.stem), "name it so")
        text = _text_of(file)
        try:
            content: Any = json.loads(text)
            json.dumps(content, ensure_ascii=False).encode()  # half a surrogate pair, which is no text
        except (ValueError, RecursionError):
            content = None
        if content is None:
            refuse(str(file), "a JSON object in UTF-8 without a byte order mark", "something else", "write it so")
        yield normal(file.stem), Reader(content, str(file))


def _mail_text(content: Reader, key: str, variables: frozenset[str], *, code_in_subject: bool) -> MailText:
    subject, text = content.text("subject", _SUBJECT, required=True), content.text("text", _TEXT, required=True)
    content.end()
    place = content.where("subject")
    found = MailText(
        check_template(place, key, subject, variables, needs_code=False),
        check_template(content.where("text"), key, text, variables),
    )
    if not code_in_subject and "code" in Template(subject).get_identifiers():
        rule = "no $code: providers' dashboards and events show subjects"
        refuse(place, rule, "$code", "take it out, or set email.code_in_subject = true")
    return found
