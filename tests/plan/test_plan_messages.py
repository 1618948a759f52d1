"""What Terraform says that a text costs is what the function will say: text for text, unit for unit."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from string import Template
from typing import Any

import pytest

from custom_sender import texts, typography
from custom_sender.event import parse
from custom_sender.locales import UNSAID, normal
from custom_sender.message import ATTRIBUTE_LIMIT, CODE_TRIGGERS, KNOWN_TRIGGERS, compose, lifetime_seconds
from custom_sender.secret import Secret
from custom_sender.segments import segments
from custom_sender.templates import read_messages
from support.cognito import make_event
from support.terraform import REPOSITORY, Plan, Terraform

TRIGGERS = [*sorted(CODE_TRIGGERS), "AccountTakeOverNotification", "default"]
LONGEST = {
    "code": "88888888",
    "password": "~" * 16,
    "username": "n" * 16,
    "attribute": "a" * ATTRIBUTE_LIMIT,
}
LIVES = {trigger: lifetime_seconds(trigger) for trigger in KNOWN_TRIGGERS}
# The text for all is sent for codes that live a day, and for none that lives longer.
MINUTES = {trigger: str(life // 60) for trigger, life in LIVES.items()} | {"default": "1440"}
# Of every script, and all that can be written in GSM-7.
LANGUAGES = (
    *("ar", "da", "de", "el", "en", "es", "et", "fi", "fil", "fr", "hi", "hu", "id", "is", "it", "ja", "ko"),
    *("ms", "nb", "nl", "nn", "no", "pl", "pt", "ru", "sk", "sl", "sv", "sw", "th", "tr", "uk", "vi", "zh"),
)
DOMAIN = "login.example.com"
AUTOFILL = {
    "none": {},
    "web_otp": {"web_otp": {"domain": DOMAIN}},
    "android": {"android": {"app_hash": "00000000000"}},
}
BRANDS = {
    "short": "Acme",
    "long": "B" * 30,
    "dollar": "A$1 $code$$",
    "wide": "銀行銀",
    "joined": "ی\u200cش",
}

# The texts alone need no provider: hundreds of them are planned in a second.
TEXTS = """
variable "name" { type = string }
variable "messages" { type = any }
variable "protection" { type = any }
variable "sms" { type = any }
output "texts" { value = local.texts }
"""
ROOT = """
variable "messages" {
  type = any
}

module "messages" {
  source   = "./texts"
  for_each = var.messages

  name       = "acme"
  protection = { code_lifetimes_seconds = each.value.lives }
  messages = {
    brand            = each.value.brand
    attributes       = { given = "given_name", given_2 = "custom:given" }
    built_in_locales = each.value.built_in_locales
  }
  sms = {
    templates     = each.value.templates
    autofill      = merge({ web_otp = null, android = null }, each.value.autofill, { clients = {} })
    india         = null
    max_segments  = each.value.max_segments
    transliterate = each.value.transliterate
  }
}

output "texts" {
  value = { for name, call in module.messages : name => call.texts }
}
"""


def _plan(directory: Path, calls: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """``texts`` of each call: brand, templates, autofill, built_in_locales, transliterate; and lives, max_segments."""
    usual = {"lives": LIVES, "max_segments": {"default": 25, "de": 25, "en": 25}}
    calls = {name: usual | dict(call) for name, call in calls.items()}
    (directory / "texts").mkdir()
    (directory / "texts" / "main.tf").write_text(TEXTS)
    for part in ("messages.tf", "function"):
        (directory / "texts" / part).symlink_to(REPOSITORY / part)
    (directory / "main.tf").write_text(ROOT)
    terraform = Terraform(directory)
    terraform.init()
    plan: Plan = terraform.plan({"messages": calls})
    found: dict[str, Any] = plan.outputs["texts"]
    return found


def _costs(text: str) -> dict[str, Any]:
    counted = segments(text)
    return {
        "encoding": counted.encoding.value,
        "units": counted.units,
        "segments": counted.parts,
        "characters": len(text),
    }


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("encoding", "units", "segments", "characters")}


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every built-in text with every kind of line and several brands: ``short web_otp`` …"""
    calls = {
        f"{brand} {line}": {
            "brand": BRANDS[brand],
            "templates": {},
            "autofill": AUTOFILL[line],
            "built_in_locales": None,
            "transliterate": brand == "wide",
        }
        for brand, line in itertools.product(BRANDS, AUTOFILL)
    }
    return _plan(tmp_path_factory.mktemp("built_in").resolve(), calls)


@pytest.mark.parametrize("line", AUTOFILL)
@pytest.mark.parametrize("brand", BRANDS)
def test_of_every_built_in_text_the_plan_says_what_the_function_sends(
    brand: str, line: str, built_in: dict[str, Any]
) -> None:
    planned = built_in[f"{brand} {line}"]
    assert planned.keys() == set(texts.TAGS)
    messages = read_messages({"brand": BRANDS[brand], "autofill": AUTOFILL[line], "transliterate": brand == "wide"})
    for locale, trigger in itertools.product(texts.TAGS, TRIGGERS):
        row = planned[locale][trigger]
        name = "SomethingNew" if trigger == "default" else trigger
        event = parse(make_event(name, code="AYAD", userName=LONGEST["username"], attributes={"locale": locale}))
        code = Secret(LONGEST["password" if trigger == "AdminCreateUser" else "code"])
        left = lifetime_seconds(name)
        sent = compose(event, code, messages, country="DE", message_id="1", seconds_left=left).text.reveal()
        assert row["text"] == sent
        assert _said(row) == _costs(row["text"])
        assert row["built_in"] is True


# What counting by characters gets wrong: characters of several code points, those beyond U+FFFF, the extension, line
# breaks, look-alikes; and pieces that Terraform composes.
PIECES = [
    *"aZ0 .-\n\r\t\f\v^{}\\[~]|€çÇéêñßẞÅΩµμ@£¥¤§¡¿_`«»'\"&<日本語한אث",
    *"\u00a0\u2028\u212b\u2126\u2013\u2014\u2019\u201c\u2022\u2026\u202f\u2212\u3000\ufeff\u200b\x1b\x7f\U0001d4b3\U0010ffff😀",
    *("\r\n", "e\u0301", "n\u0303", "\u1112\u1161\u11ab", "نص", "हिं", "ไทย"),
    *("👨\u200d👩\u200d👧", "🇩🇪", "👍🏽", "%s"),
    *("$code", "${code}", "$brand", "${brand}", "$minutes", "$username", "$given", "$given_2", "${given}x"),
    *("$$", "$$code", "$$$code"),
]
PLAIN = [piece for piece in PIECES if piece.isascii()]


def _adversarial() -> Iterator[str]:
    random = Random(23_038)
    for size in (69, 70, 71, 133, 134, 135, 152, 153, 154, 159, 160, 161, 306, 307, 459, 460):
        for first, second in itertools.product(("a", "ê", "😀", "€"), ("a", "€", "😀", "ê")):
            yield first * (size // len(first.encode("utf-16-le")) * 2 - 1) + second + first
            yield first * (size - 1) + second + first * 3
    for _ in range(700):
        pieces = PLAIN if random.random() < 0.4 else PIECES
        text = "".join(random.choices(pieces, k=random.randrange(1, random.choice((5, 40, 160, 320)))))
        if set(Template(text).get_identifiers()) <= {"code", "brand", "minutes", "username", "given", "given_2"}:
            yield text


def _by_locale(given: list[str]) -> dict[str, dict[str, str]]:
    tags = ("".join(letters) for letters in itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=3))
    return {
        next(tags): dict(zip(TRIGGERS, given[start : start + len(TRIGGERS)], strict=False))
        for start in range(0, len(given), len(TRIGGERS))
    }


def _filled(text: str, trigger: str, brand: str, *, transliterate: bool) -> str:
    values = {
        "code": LONGEST["password" if trigger == "AdminCreateUser" else "code"],
        "brand": brand,
        "minutes": MINUTES[trigger],
        "username": LONGEST["username"],
        "given": LONGEST["attribute"],
        "given_2": LONGEST["attribute"],
    }
    template = unicodedata.normalize("NFC", text)
    complete = Template(template).substitute(values)
    if transliterate:
        values["brand"] = typography.plain(brand)
        plain = Template(typography.plain(template)).substitute(values)
        complete = plain if typography.saves(plain) else complete
    return complete


@pytest.mark.parametrize("transliterate", [False, True])
def test_over_a_thousand_hostile_texts_they_agree(transliterate: bool, tmp_path: Path) -> None:
    templates = _by_locale(list(_adversarial()))
    brand = "A$1 $code$$\u2019"
    call = {
        "brand": brand,
        "templates": templates,
        "autofill": {},
        "built_in_locales": [],
        "transliterate": transliterate,
    }
    planned = _plan(tmp_path.resolve(), {"all": call})["all"]
    compared = 0
    for locale, given in templates.items():
        for trigger, text in given.items():
            row = planned[locale][trigger]
            expected = _filled(text, trigger, brand, transliterate=transliterate)
            assert row["text"] == unicodedata.normalize("NFC", expected), ascii(text)
            assert _said(row) == _costs(row["text"]), ascii(row["text"])
            compared += 1
    assert compared > 1000


def test_every_character_is_in_the_same_alphabet(tmp_path: Path) -> None:
    """Each character of the blocks where the GSM alphabet's are, and of those with their look-alikes."""
    points = [
        *range(1, 0x600),
        *range(0x1E90, 0x1EA0),
        *range(0x2000, 0x2200),
        *range(0xFF00, 0x10000),
        0x1F600,
        0x10FFFF,
    ]
    characters = dict.fromkeys(unicodedata.normalize("NFC", chr(point)) for point in points if point != ord("$"))
    given = [f"{character} $code" for character in characters]
    call = {
        "brand": "Acme",
        "templates": _by_locale(given),
        "autofill": {},
        "built_in_locales": [],
        "transliterate": False,
    }
    planned = _plan(tmp_path.resolve(), {"all": call})["all"]
    wrong = [
        row["text"]
        for locale, rows in planned.items()
        if len(locale) == 3
        for row in rows.values()
        if _said(row) != _costs(row["text"])
    ]
    assert wrong == []
    assert sum(len(rows) for locale, rows in planned.items() if len(locale) == 3) > 2000


def test_own_texts_stand_before_the_built_in_ones(tmp_path: Path) -> None:
    call = {
        "brand": "Acme",
        "templates": {"de-AT": {"SignUp": "Servus $code"}, "FR": {"default": "Bonjour $code"}},
        "autofill": {},
        "built_in_locales": ["de", "fr", "pt_PT"],
        "transliterate": False,
    }
    planned = _plan(tmp_path.resolve(), {"all": call})["all"]
    assert {locale: sorted(rows) for locale, rows in planned.items()} == {
        "FR": ["AccountTakeOverNotification", "AdminCreateUser", "default"],
        "de": sorted(TRIGGERS),
        "de-AT": ["SignUp"],
        "en": sorted(TRIGGERS),
        "pt-PT": sorted(TRIGGERS),
    }
    assert planned["de-AT"]["SignUp"]["built_in"] is False
    assert planned["FR"]["AdminCreateUser"]["built_in"] is True


def test_minutes_are_counted_as_long_as_the_pools_codes_live(tmp_path: Path) -> None:
    """``protection.code_lifetimes_seconds``: what a text says of it is what the function will say."""
    lives = LIVES | {"Authentication": 900, "SignUp": 89, "ResendCode": 90, "AdminCreateUser": 31_536_000}
    own = {trigger: f"{trigger} $minutes $code" for trigger in TRIGGERS}
    call = {
        "brand": "Acme",
        "templates": {"xx": own, "xy": own},
        "autofill": {},
        "built_in_locales": [],
        "transliterate": False,
    }
    planned = _plan(
        tmp_path.resolve(),
        {"all": call | {"lives": lives}, "longer": call | {"lives": lives | {"VerifyUserAttribute": 6_000_000}}},
    )
    messages = read_messages({"brand": "Acme", "templates": {"xx": own}})
    for trigger in KNOWN_TRIGGERS:
        event = parse(make_event(trigger, code="AYAD", attributes={"locale": "xx"}))
        code = Secret(LONGEST["password" if trigger == "AdminCreateUser" else "code"])
        sent = compose(event, code, messages, country="DE", message_id="1", seconds_left=lives[trigger]).text.reveal()
        assert planned["all"]["xx"][trigger]["text"] == sent
    assert planned["all"]["xx"]["default"]["text"] == "default 1440 88888888"
    assert planned["longer"]["xx"]["default"]["text"] == "default 100000 88888888"


def test_how_many_parts_a_text_may_take_goes_by_what_its_locale_begins_with(tmp_path: Path) -> None:
    text = {"default": "$code"}
    usual = dict.fromkeys(LANGUAGES, text)
    call = {
        "brand": "Acme",
        "templates": usual | {"zh-Hant-TW": text, "zh_Hant": text, "zh-Hans": text, "de-AT": text},
        "autofill": {},
        "built_in_locales": [],
        "transliterate": False,
    }
    some = {"zh_hant": 3, "zh": 4, "de-AT": 5}
    limits: dict[str, dict[str, int]] = {"none": {}, "some": some, "all": some | {"default": 6}}
    planned = _plan(tmp_path.resolve(), {name: call | {"max_segments": limit} for name, limit in limits.items()})
    found = {
        name: {locale: rows["default"]["max_segments"] for locale, rows in texts.items()}
        for name, texts in planned.items()
    }
    named = {"zh-Hant-TW": 3, "zh_Hant": 3, "zh-Hans": 4, "zh": 4, "de-AT": 5}
    assert found["some"].items() > (named | {"vi": 2, "en": 1}).items()
    assert found["all"] == dict.fromkeys(usual, 6) | named
    for name, limit in limits.items():
        messages = read_messages({"max_segments": limit})
        assert found[name] == {locale: messages.most_parts(normal(locale)) for locale in found[name]}


# A user's name and two attributes: of two units a character, long, in GSM-7 and not, and as the plan measures them.
HOSTILE = [
    ("😀" * 64, "😀" * 64, "😀" * 64),
    ("ç", "Jane", "€" * 20),
    ("€" * 64, "Roe", "ê"),
    ("n" * 64, "x", "y"),
    (LONGEST["username"], LONGEST["attribute"], "a"),
]


def test_a_text_that_is_accepted_takes_no_more_than_it_may_whatever_users_write(tmp_path: Path) -> None:
    """Texts that take one part, or two, with what the plan measures, and may take no more."""
    measured = {
        text: segments(_filled(text, "SignUp", "Acme", transliterate=False)).parts
        for text in (f"{text}${{code}}" for text in _adversarial())
    }
    given = [text for text, parts in measured.items() if parts <= 2]
    templates = {tag: {"SignUp": text} for tag, text in zip(_by_locale(given * len(TRIGGERS)), given, strict=False)}
    call: dict[str, Any] = {
        "brand": "Acme",
        "templates": templates,
        "autofill": {},
        "built_in_locales": [],
        "transliterate": False,
        "max_segments": {tag: measured[own["SignUp"]] for tag, own in templates.items()},
    }
    planned = _plan(tmp_path.resolve(), {"all": call})["all"]
    content = {name: call[name] for name in ("brand", "templates", "built_in_locales", "max_segments")}
    messages = read_messages(content | {"attributes": {"given": "given_name", "given_2": "custom:given"}})
    taken = 0
    for (tag, own), (username, first, second) in itertools.product(templates.items(), HOSTILE):
        attributes = {"locale": tag, "given_name": first, "custom:given": second}
        event = parse(make_event("SignUp", code="AYAD", userName=username, attributes=attributes))
        code = Secret(LONGEST["code"])
        sent = compose(event, code, messages, country="DE", message_id="1", seconds_left=86400).text.reveal()
        assert segments(sent).parts <= planned[tag]["SignUp"]["max_segments"], ascii(own["SignUp"])
        taken += "$given" in own["SignUp"] and first in sent
    assert taken > 100


def test_terraform_knows_what_a_locale_is_looked_for_as() -> None:
    """With it the validation of ``variables.tf`` finds texts where the function does."""
    block = (REPOSITORY / "messages.tf").read_text().split("  unsaid = {\n")[1].split("  }\n")[0]
    found = dict(re.findall(r"^ +([a-z-]+) += \"([a-z-]+)\"$", block, re.MULTILINE))
    assert found == UNSAID
