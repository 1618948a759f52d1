"""The code and the event → the mail that is sent: subject, text, and HTML that is made of the same text. Pure."""

from __future__ import annotations

import re
import unicodedata
from string import Template
from typing import TYPE_CHECKING, Final

from custom_sender.cognito.triggers import may_be_password
from custom_sender.languages import direction
from custom_sender.message import Mail, Message
from custom_sender.secret import Secret
from custom_sender.texts.choose import (
    asked_for,
    candidates,
    choose,
    identifiers,
    locales_of,
    secret_of,
    values_of,
    with_brand,
)
from custom_sender.texts.mails import built_in_mails
from custom_sender.texts.shared import NOT_ON_A_LINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custom_sender.cognito.event import Event
    from custom_sender.texts.mails import Mails, MailText

# RFC 5322, 2.1.1: lines of at most 998 octets, and an encoded word takes more than its characters.
SUBJECT_LIMIT: Final = 150
_BETWEEN_PARAGRAPHS: Final = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_CODE_ALONE: Final = re.compile(r"\$(?:code|\{code\})")
# Unicode's marks of direction (UAX #9): in a subject they turn what the mail program writes beside it.
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Of text between tags, and of values that may stand in an attribute too. A reference by number has digits: near the
# code they would be read as one.
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
ANYWHERE: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


def compose(  # noqa: PLR0913 - each is found out by another step
    event: Event, code: Secret | None, mails: Mails, *, to: str, message_id: str, seconds_left: int
) -> Message[Mail]:
    """The message for one event, to an address that can be written to. The arguments are as of a text message."""
    shared, own = mails.shared, mails.templates
    is_password = may_be_password(event.trigger, code)
    code = secret_of(event, code)
    values = values_of(event, code, shared, to=to, seconds_left=seconds_left)
    short_code = None if is_password else code

    def is_usable(text: MailText, _locale: str) -> bool:
        return values.fit(text.subject, text.text) and len(_filled(text.subject, values.all)) <= SUBJECT_LIMIT

    there = candidates(event, code, locales_of(event, shared, own), shared, own=own, built_in=built_in_mails)
    chosen, usable = choose(there, is_usable)
    text = usable[0]
    in_front = short_code if mails.code_in_subject and chosen.is_built_in else None
    layout = mails.layout_of(event.client_id)
    name, _, address = mails.mailbox_of(event.client_id).rpartition("<")
    return Message(
        to=to,
        content=Mail(
            subject=Secret(subject(text, values.all, in_front)),
            text=Secret(plain(text, values.all, mails)),
            html=Secret(html(text, values.all, mails, layout, chosen.locale, is_password=is_password)),
            code=short_code,
            from_address=address.removesuffix(">"),
            from_name=_on_a_line(name or values.all["brand"]),
            reply_to=mails.reply_to,
        ),
        secret=code,
        trigger=event.trigger,
        locale=asked_for(event, shared, own) or event.locale,
        user_pool_id=event.user_pool_id,
        client_id=event.client_id,
        lifetime_seconds=seconds_left,
        idempotency_key=message_id,
    )


def subject(text: MailText, values: Mapping[str, str], code: Secret | None) -> str:
    """The subject, with a code in front of it where there is one to show."""
    said = _on_a_line(_filled(text.subject, values))
    return said if code is None else f"{code.reveal()} \u2013 {said}"


def plain(text: MailText, values: Mapping[str, str], mails: Mails) -> str:
    """The text, and the footer."""
    paragraphs = [_filled(paragraph, values) for paragraph in _paragraphs(text, values)]
    return "\n\n".join([*paragraphs, mails.look.footer] if mails.look.footer else paragraphs)


def html(  # noqa: PLR0913 - each is another part of the page
    text: MailText, values: Mapping[str, str], mails: Mails, layout: str, locale: str, *, is_password: bool
) -> str:
    """The same in a layout."""
    look, paragraphs = mails.look, _paragraphs(text, values)
    brand = values["brand"].translate(ANYWHERE)
    logo = brand
    if look.logo_url is not None:
        logo = f'<img src="{look.logo_url.translate(ANYWHERE)}" alt="{brand}">'
    return Template(layout).substitute(
        accent_color=look.accent_color,
        brand=brand,
        content=_content(paragraphs, values, is_password=is_password),
        dir=direction(locale),
        footer=look.footer.translate(ANYWHERE).replace("\n", "<br>"),
        lang=locale,
        logo=f'<h1 class="brand">{logo}</h1>' if logo else "",
        preheader=_preheader(paragraphs, values).translate(ANYWHERE),
    )


def _content(paragraphs: Sequence[str], values: Mapping[str, str], *, is_password: bool) -> str:
    """A code is shown from left to right and in one piece, also in Arabic; a password can be as long as a line."""
    kind, space = ("password", "pre-wrap") if is_password else ("code", "nowrap")
    marked = {name: f'<span dir="auto">{value.translate(_IN_TEXT)}</span>' for name, value in values.items()}
    marked |= {name: values[name].translate(_IN_TEXT) for name in ("brand", "minutes") if name in values}
    if "code" in values:
        marked["code"] = f'<span dir="ltr" style="white-space:{space}">{values["code"].translate(_IN_TEXT)}</span>'
    alone = f'<p class="{kind}" style="font-size:x-large;font-weight:bold">'
    return "\n".join(
        f"{alone if _CODE_ALONE.fullmatch(paragraph) else '<p>'}"
        f"{Template(paragraph.translate(_IN_TEXT).replace(chr(10), '<br>')).substitute(marked)}</p>"
        for paragraph in paragraphs
    )


def _preheader(paragraphs: Sequence[str], values: Mapping[str, str]) -> str:
    """What mail programs show beside the subject: what the mail is about, and never the code."""
    about = next((each for each in paragraphs if "code" not in identifiers(each)), "$brand")
    return _on_a_line(_filled(about, values))


def _paragraphs(text: MailText, values: Mapping[str, str]) -> list[str]:
    """The templates of the paragraphs; none that a missing brand leaves empty."""
    found = _BETWEEN_PARAGRAPHS.split(with_brand(text.text, values["brand"]).replace("\r\n", "\n"))
    return [paragraph.strip() for paragraph in found if paragraph.strip()]


def _filled(text: str, values: Mapping[str, str]) -> str:
    return Template(with_brand(text, values["brand"])).substitute(values)


def _on_a_line(text: str) -> str:
    """Without what would end a line, turn its direction, or be decoded (an encoded word, RFC 2047)."""
    kept = (" " if unicodedata.category(char) in NOT_ON_A_LINE else char for char in text if char not in _TURNING)
    return " ".join("".join(kept).replace("=?", "= ?").split())
