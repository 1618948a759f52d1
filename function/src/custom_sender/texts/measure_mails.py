"""Whether every mail keeps to its length with the longest values there are, and every layout to what mails can have."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from string import Template
from typing import TYPE_CHECKING, Final

from custom_sender.cognito.triggers import ADMIN_CREATE_USER
from custom_sender.reader import flaw
from custom_sender.secret import Secret
from custom_sender.texts.choose import longest_values
from custom_sender.texts.mail import ANYWHERE, SUBJECT_LIMIT, html, subject
from custom_sender.texts.mails import HTML_BYTES, built_in_mails
from custom_sender.texts.measure import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from custom_sender.texts.mails import Mails

# What mail programs take out, or what fetches something when a mail is opened.
_ACTIVE: Final = re.compile(
    "applet|audio|base|button|embed|form|frame|frameset|iframe|input|link|math|noscript|object|script|select|svg"
    "|template|textarea|video|xmp"
)
_FETCHING: Final = frozenset(
    {"background", "data", "formaction", "poster", "src", "srcset", "xlink:href", "dynsrc", "lowsrc"}
)
_FETCHING_STYLE: Final = re.compile(r"(?:url|image-set|expression)\s*\(|@import|\\", re.IGNORECASE)
_MARK: Final = "content-stands-here"
_HOSTILE: Final = "x\"y'><b onload=z>/*</style>--></title>"


def flaws(mails: Mails, lifetimes_seconds: Mapping[str, int]) -> Iterator[str]:
    """What is wrong with mails: each with its place, the rule and the fix."""
    layouts = {page: f"the layout {name}" for name, page in mails.layouts.items()} | {mails.layout: "email.layout"}
    for layout, place in layouts.items():
        yield from _flaws_of_layout(place, layout)
    longest_code = (
        Secret(longest_values("default", "", mails.shared, {}).all["code"]) if mails.code_in_subject else None
    )
    for row in rows("email.templates", mails.templates, mails.shared, built_in_mails):
        is_password = row.key == ADMIN_CREATE_USER
        in_front = longest_code if row.is_built_in and not is_password else None
        values = [longest_values(row.key, brand, mails.shared, lifetimes_seconds).all for brand in mails.shared.brands]
        longest = max(len(subject(text, each, in_front)) for text in row.texts for each in values)
        if longest > SUBJECT_LIMIT:
            rule = f"a subject of at most {SUBJECT_LIMIT} characters with the longest values"
            yield flaw(row.place, rule, str(longest), row.fix)
        size = max(
            len(html(text, each, mails, layout, row.locale, is_password=is_password).encode())
            for text in row.texts
            for each in values
            for layout in layouts
        )
        if size >= HTML_BYTES:
            yield flaw(row.place, f"less than {HTML_BYTES} bytes of HTML with the layout", str(size), "shorten either")


def _flaws_of_layout(place: str, layout: str) -> Iterator[str]:
    page, attacked = _Page(layout, "x"), _Page(layout, _HOSTILE)
    if page.marks != 1:
        rule = "$content once, in the body"
        yield flaw(place, rule, "it elsewhere" if page.marks == 0 else "it more often", "put it where the text stands")
    for what in dict.fromkeys(page.active):
        yield flaw(place, "nothing that runs, asks, or is fetched but images by https", what, "take it out")
    if (page.structure, page.styles) != (attacked.structure, attacked.styles):
        rule = "values in text, or in attributes with quotes"
        yield flaw(place, rule, "a value in a style, or in an attribute without quotes", "move it")


class _Page(HTMLParser):
    """The parts of a layout, with one value at all its places."""

    def __init__(self, layout: str, value: str) -> None:
        super().__init__()
        self.structure: list[tuple[str, ...]] = []
        self.active: list[str] = []
        self.styles = ""
        self.marks = 0
        self._in_body = self._in_style = False
        safe = value.translate(ANYWHERE)
        names = dict.fromkeys(("brand", "footer", "preheader"), safe)
        mark = f'<p class="{_MARK}"></p>'
        self.feed(Template(layout).substitute(names, accent_color="#000", content=mark, dir="ltr", lang="en", logo=""))
        self.close()
        if _FETCHING_STYLE.search(self.styles):
            self.active.append("a style with url(), image-set(), expression(), @import or a backslash")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.structure.append((tag, *given))
        self._in_body = self._in_body or tag == "body"
        self._in_style = tag == "style"
        self.marks += self._in_body and given.get("class") == _MARK
        if _ACTIVE.fullmatch(tag) or (tag == "meta" and (given.get("http-equiv") or "").lower() == "refresh"):
            self.active.append(f"<{tag}>")
        for name, value in attrs:
            content = (value or "").strip()
            if name == "style":
                self.styles += f"{content}\n"
            is_link = name == "href" and not re.match(r"https:|mailto:|tel:|#", content, re.IGNORECASE)
            is_image = tag == "img" and name == "src" and content.lower().startswith("https://")
            if name.startswith("on") or is_link or (name in _FETCHING and not is_image):
                self.active.append(f"{name} of <{tag}>")

    def handle_comment(self, data: str) -> None:
        """Outlook reads what stands in a conditional comment."""
        if data.lstrip().startswith("[if"):
            self.feed_inside(data.partition(">")[2].rpartition("<![endif]")[0])

    def feed_inside(self, content: str) -> None:
        """What stands in a conditional comment, as a page of its own."""
        inner = _Page(content, "")
        self.active += inner.active
        self.structure += inner.structure
        self.styles += inner.styles

    def handle_endtag(self, tag: str) -> None:
        self.structure.append((f"/{tag}",))
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles += data
