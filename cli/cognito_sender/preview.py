"""Every message as it will arrive, before anybody gets one: ``cognito-sender preview --help``.

It composes with the function's own code. ``--messages`` takes Terraform's variables ``sms``, ``email`` and ``messages``
as JSON, in an object with their names (a ``.tfvars.json``). Two more are read from it: ``name``, the brand if none is
set, and ``protection.code_lifetimes_seconds``, for ``$minutes``. ``--files`` is what the function finds in its layer.
"""

from __future__ import annotations

import functools
import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import click

from custom_sender.cognito.event import EMAIL, SMS, Event, EventIdentity
from custom_sender.cognito.triggers import ACCOUNT_TAKE_OVER, ADMIN_CREATE_USER, CODE_TRIGGERS, lifetime_seconds
from custom_sender.errors import SettingsError
from custom_sender.guards._countries import PREFIXES
from custom_sender.guards.protection import read_lifetimes
from custom_sender.languages import direction, language_of, normal
from custom_sender.reader import Reader
from custom_sender.secret import Secret
from custom_sender.texts import built_in, mail, sms
from custom_sender.texts.gsm import segments
from custom_sender.texts.mails import Mails, read_mails
from custom_sender.texts.messages import Messages, read_messages
from custom_sender.texts.shared import Shared, read_shared

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRIGGERS: Final = (
    "SignUp",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "Authentication",
    ADMIN_CREATE_USER,
    ACCOUNT_TAKE_OVER,
)

_BRAND: Final = "Acme"
_CODE: Final = "482913"
_PASSWORD: Final = "hWP5g9N~a7"  # noqa: S105 - a made-up one
_NAME: Final = "jane-roe"
_GIVEN_NAME: Final = "Jane"
_NUMBER: Final = "+15550100123"
_ADDRESS: Final = "jane@customer.example"
_FROM: Final = "login@acme.example"
_NOT_ABOUT_TEXTS: Final = {
    SMS: ("allowed_countries", "allowed_ranges", "blocked_prefixes", "limits", "routes"),
    EMAIL: ("allowed_domains", "blocked_domains", "limits", "routes"),
}
# People for the estimate, and their names and passwords: of the characters that Cognito puts into a password, eight
# take two septets.
_PEOPLE: Final = 50
_THOUSAND: Final = 1000
_NAMES: Final = ("jo", "jane-roe", "maximilian", "anna.schmidt", "li", "user20251")
_PASSWORD_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Preview:
    """One message. ``per_thousand`` estimates the parts that a thousand users get."""

    locale: str
    trigger: str
    text: str
    encoding: str
    characters: int
    segments: int
    forcing: str
    per_thousand: int


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail."""

    locale: str
    trigger: str
    sender: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whose messages are shown: the country of the number, the app client's id ("": any), trigger → life in seconds."""

    country: str = "US"
    client_id: str = ""
    lifetimes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def previews(messages: Messages, locales: Iterable[str], person: Person = Person()) -> list[Preview]:
    """The messages of all triggers in these locales."""
    return [_preview(messages, locale, trigger, person) for locale in locales for trigger in _TRIGGERS]


def _preview(messages: Messages, locale: str, trigger: str, person: Person) -> Preview:
    @functools.cache  # among fifty people there are few names, and all have the same code
    def text(name: str, secret: str) -> str:
        code = Secret(secret) if trigger in CODE_TRIGGERS else None
        message = sms.compose(
            _event(SMS, locale, trigger, person, messages.shared, name), code, messages, to=_NUMBER,
            country=person.country, message_id="preview", seconds_left=lifetime_seconds(trigger, person.lifetimes),
        )  # fmt: skip
        return message.content.text.reveal()

    is_password = trigger == ADMIN_CREATE_USER
    shown = text(_NAME, _PASSWORD if is_password else _CODE)
    random = Random(_CODE)  # noqa: S311 - the same people in every run
    people = [
        text(random.choice(_NAMES), "".join(random.choices(_PASSWORD_LETTERS, k=10)) if is_password else _CODE)
        for _ in range(_PEOPLE)
    ]
    counted = segments(shown)
    return Preview(
        locale=locale,
        trigger=trigger,
        text=shown,
        encoding=counted.encoding.value,
        characters=len(shown),
        segments=counted.parts,
        forcing=counted.forcing,
        per_thousand=sum(segments(each).parts for each in people) * _THOUSAND // _PEOPLE,
    )


def letters(mails: Mails, locales: Iterable[str], person: Person = Person()) -> list[Letter]:
    """The mails of all triggers in these locales; of takeovers Cognito tells no address."""
    triggers = [trigger for trigger in _TRIGGERS if trigger != ACCOUNT_TAKE_OVER]
    return [_letter(mails, locale, trigger, person) for locale in locales for trigger in triggers]


def _letter(mails: Mails, locale: str, trigger: str, person: Person) -> Letter:
    event = _event(EMAIL, locale, trigger, person, mails.shared, _NAME)
    code = Secret(_PASSWORD if trigger == ADMIN_CREATE_USER else _CODE)
    left = lifetime_seconds(trigger, person.lifetimes)
    written = mail.compose(event, code, mails, to=_ADDRESS, message_id="preview", seconds_left=left).content
    sender = f"{written.from_name} <{written.from_address}>"
    return Letter(locale, trigger, sender, written.subject.reveal(), written.text.reveal(), written.html.reveal())


def _event(  # noqa: PLR0913, PLR0917 - what a message depends on
    channel: str, locale: str, trigger: str, person: Person, shared: Shared, name: str
) -> Event:
    return Event(
        identity=EventIdentity(trigger, None, None),
        channel=channel,
        trigger=trigger,
        user_pool_id="us-east-1_Preview00",
        client_id=person.client_id,
        username=name,
        user_sub=None,
        ciphertext=None,
        locale=locale,
        user_attributes=dict.fromkeys(shared.attributes.values(), _GIVEN_NAME),
        client_metadata={},
    )


def locales_of(*channels: Messages | Mails | None) -> list[str]:
    """Every locale that there are texts for: those of the user's own and the built-in ones that are used."""
    found: dict[str, str] = {}
    for texts in channels:
        if texts is not None:
            used = {normal(tag): tag for tag in built_in.TAGS if normal(tag) in texts.shared.built_in}
            found |= {locale: used.get(locale, locale) for locale in (*texts.templates, *used)}
    return sorted(set(found.values()))


def as_text(shown: Sequence[Preview], mails: Sequence[Letter] = ()) -> str:
    """Tables for a terminal; a text of several lines is shown with its line breaks as "⏎"."""
    head = f"{'locale':9}{'trigger':29}{'encoding':10}{'characters':>10}{'segments':>10}{'per 1000':>10}  text"
    lines = [
        f"{one.locale:9}{one.trigger:29}{one.encoding:10}{one.characters:>10}{one.segments:>10}{one.per_thousand:>10}  "
        + one.text.replace("\n", " ⏎ ")
        for one in shown
    ]
    found = [head, *lines, _SUMMARY] if shown else []
    if mails:
        found += [f"{'locale':9}{'trigger':29}subject | text"] + [
            f"{one.locale:9}{one.trigger:29}{one.subject} | " + one.text.replace("\n", " ⏎ ") for one in mails
        ]
    return "\n".join(found)


_SUMMARY: Final = (
    "per 1000: estimated parts when a thousand users get this message; a provider charges each part.\n"
    "Characters outside the GSM-7 alphabet make a message UCS-2: 70 characters a part, and not 160."
)

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Messages</title>
<style>
  :root {{ color-scheme: light dark; --back: #f2f2f5; --card: #fff; --bubble: #e5e5ea; --ink: #111; --soft: #5c5c66;
    --dear: #b3261e; }}
  @media (prefers-color-scheme: dark) {{
    :root {{ --back: #101014; --card: #1c1c21; --bubble: #34343b; --ink: #f2f2f5; --soft: #a5a5b0; --dear: #ff8a80; }}
  }}
  body {{ margin: 0; padding: 1rem; background: var(--back); color: var(--ink);
    font: 16px/1.45 system-ui, "Noto Sans", "Noto Sans CJK SC", "Noto Sans Arabic", sans-serif; }}
  h1 {{ font-size: 1.4rem; margin: 0 0 .25rem; }}
  h2 {{ font-size: 1.1rem; margin: 2rem 0 .5rem; }}
  p {{ color: var(--soft); margin: 0; max-width: 60rem; }}
  .phones {{ display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); }}
  figure {{ margin: 0; padding: .75rem; background: var(--card); border-radius: 1rem; min-width: 0; }}
  figcaption {{ font-size: .8rem; color: var(--soft); overflow-wrap: anywhere; }}
  figcaption b {{ color: var(--ink); }}
  .bubble {{ background: var(--bubble); border-radius: 1.1rem; padding: .6rem .85rem; margin: .5rem 0;
    width: fit-content; max-width: 100%; box-sizing: border-box; white-space: pre-wrap; overflow-wrap: anywhere;
    unicode-bidi: plaintext; }}
  .dear {{ color: var(--dear); font-weight: 600; }}
  .mails {{ display: grid; gap: 1rem; margin-top: 1rem;
    grid-template-columns: repeat(auto-fill, minmax(min(24rem, 100%), 1fr)); }}
  .subject {{ font-weight: 600; margin: .35rem 0; overflow-wrap: anywhere; unicode-bidi: plaintext; }}
  .text {{ white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; margin: .5rem 0; }}
  iframe {{ width: 100%; height: 24rem; box-sizing: border-box; border: 1px solid var(--bubble); }}
</style>
</head>
<body>
<h1>Messages of {brand}</h1>
<p>As they arrive, with made-up values. A part is what a provider charges; the estimate is for a thousand users who get
the message once.</p>
{sections}
</body>
</html>
"""


def as_html(shown: Sequence[Preview], brand: str, mails: Sequence[Letter] = ()) -> str:
    """One page without a script or a link to anything."""
    sections = []
    for locale in dict.fromkeys((*(one.locale for one in shown), *(one.locale for one in mails))):
        bubbles = "\n".join(_figure(one) for one in shown if one.locale == locale)
        beside = "\n".join(_mail_figure(one) for one in mails if one.locale == locale)
        sections.append(
            f'<h2>{html.escape(locale)}</h2>\n<div class="phones">\n{bubbles}\n</div>'
            f'\n<div class="mails">\n{beside}\n</div>'
        )
    return _PAGE.format(brand=html.escape(brand), sections="\n".join(sections))


def _mail_figure(one: Letter) -> str:
    """As in an inbox, then the HTML where it can run nothing, then the text."""
    locale, sender = html.escape(one.locale), html.escape(one.sender)
    language = f'lang="{locale}" dir="{direction(normal(one.locale))}"'
    return (
        f'<figure id="{locale}-{one.trigger}-mail"><figcaption><b>{one.trigger}</b> {sender}</figcaption>'
        f'<div class="subject" {language}>{html.escape(one.subject)}</div>'
        f'<iframe sandbox loading="lazy" title="{one.trigger}, {locale}" srcdoc="{html.escape(one.html)}"></iframe>'
        f'<div class="text" {language}>{html.escape(one.text)}</div></figure>'
    )


def _figure(one: Preview) -> str:
    parts = f"{one.segments} part{'s' if one.segments > 1 else ''}"
    forcing = f" because of {html.escape(one.forcing[:12])}" if 0 < len(one.forcing) <= 3 else ""
    locale = html.escape(one.locale)
    return (
        f'<figure id="{locale}-{one.trigger}"><figcaption><b>{one.trigger}</b></figcaption>'
        f'<div class="bubble" lang="{locale}" dir="{direction(normal(one.locale))}">{html.escape(one.text)}</div>'
        f"<figcaption><span{' class=dear' if one.segments > 1 else ''}>{parts}</span>, {one.encoding}{forcing}, "
        f"{one.characters} characters, {one.per_thousand:,} parts per thousand users</figcaption></figure>"
    )


@dataclass(frozen=True, slots=True)
class Texts:
    """What is shown: the texts of each channel that is on, and trigger → life in seconds."""

    brand: str
    messages: Messages | None
    mails: Mails | None
    lifetimes: Mapping[str, int]


def read_file(path: Path, brand: str | None, files: Sequence[Path] = ()) -> Texts:
    """The texts in a file. ``brand`` is for one whose ``messages`` names none. Raises ``SettingsError``."""
    try:
        variables: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot be read as JSON ({error}): give a file such as messages.tfvars.json") from None
    if not isinstance(variables, Mapping) or not variables.keys() & {SMS, EMAIL, "messages"}:
        raise SettingsError("a JSON object is needed, with the variable sms, email or messages")
    return read_texts(variables, brand, files)


def read_texts(variables: Mapping[str, Any], brand: str | None, files: Sequence[Path] = ()) -> Texts:
    """Of the channels that the variables name, or of both. Raises ``SettingsError``."""
    given = {name: value for name, value in variables.items() if value is not None}
    messages = Reader(given.get("messages", {}), "messages").all()
    shared = read_shared(
        Reader({**messages, "brand": messages.get("brand", brand or given.get("name") or _BRAND)}, "messages")
    )
    on = given.keys() & {SMS, EMAIL} or {SMS, EMAIL}
    readers = {name: Reader(given.get(name, {"from": _FROM} if name == EMAIL else {}), name) for name in on}
    found = Texts(
        brand=shared.brand,
        messages=read_messages(shared, readers[SMS]) if SMS in on else None,
        mails=read_mails(shared, readers[EMAIL], files) if EMAIL in on else None,
        lifetimes=read_lifetimes(Reader(given.get("protection", {}), "protection")),
    )
    for channel, reader in readers.items():
        for name in _NOT_ABOUT_TEXTS[channel]:
            reader.take(name)
        reader.end()
    return found


def _tags(_context: click.Context, _option: click.Parameter, texts: Sequence[str]) -> Sequence[str]:
    for text in texts:
        if language_of(text) is None:
            raise click.BadParameter(f'{text!r} is no language tag; write it as "de" or "pt-BR"')
    return texts


def _country(_context: click.Context, _option: click.Parameter, text: str) -> str:
    if text.upper() not in PREFIXES:
        raise click.BadParameter(f'{text!r} is no country that has numbers; write its code, as "DE"')
    return text.upper()


_FILE: Final = click.Path(path_type=Path)


@click.command()
@click.option("--messages", type=_FILE, help="The variables sms, email and messages as JSON; none: built-in texts.")
@click.option("--files", type=_FILE, help="A folder with layouts/ and texts/ of mails, as in the function's layer.")
@click.option("--brand", help="Where the file names none.")
@click.option("--locale", multiple=True, callback=_tags, metavar="TAG", help="Only this one; can be repeated.")
@click.option(
    "--country", default="US", callback=_country, metavar="CC", help="Of the phone number, for country_locales."
)
@click.option("--client", default="", metavar="ID", help="App client, for messages.clients and autofill.clients.")
@click.option("--html", "page", type=_FILE, help="Write a page with phone bubbles and mails.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def preview(  # noqa: PLR0913 - one for each option
    *,
    messages: Path | None,
    files: Path | None,
    brand: str | None,
    locale: Sequence[str],
    country: str,
    client: str,
    page: Path | None,
    as_json: bool,
) -> None:
    """Show every message as it will arrive.

    Exit codes: 0, it has; 2, it could not.
    """
    folders = [files] if files else []
    try:
        texts = read_file(messages, brand, folders) if messages else read_texts({}, brand, folders)
    except SettingsError as error:
        raise click.ClickException(f"{messages or '--brand'}: {error}") from None
    person = Person(country=country, client_id=client, lifetimes=texts.lifetimes)
    locales = locale or locales_of(texts.messages, texts.mails)
    shown = [] if texts.messages is None else previews(texts.messages, locales, person)
    mails = [] if texts.mails is None else letters(texts.mails, locales, person)
    if page:
        try:
            page.write_text(as_html(shown, texts.brand, mails), "utf-8")
        except OSError as error:
            raise click.ClickException(f"--html: {error}: name a file in a folder that is there") from None
        click.echo(f"{page}: {len(shown) + len(mails)} messages")
    elif as_json:
        click.echo(json.dumps({"sms": [*map(asdict, shown)], "email": [*map(asdict, mails)]}, ensure_ascii=False))
    else:
        click.echo(as_text(shown, mails))
