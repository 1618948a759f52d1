"""What Terraform says that a user's own text costs is what the function will say: text for text, unit for unit."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from string import Template
from typing import Any

import pytest

from custom_sender.cognito.triggers import CODE_TRIGGERS, KNOWN_TRIGGERS, lifetime_seconds
from custom_sender.languages import normal
from custom_sender.texts import gsm
from custom_sender.texts.gsm import segments
from localaws import REPOSITORY
from localaws.terraform import Plan, Terraform
from support.cognito import make_event, parse
from support.composed import composed
from support.configured import messages as read_messages
from support.costs import ATTRIBUTES, COSTS, LONGEST, Cost

TRIGGERS = [*sorted(CODE_TRIGGERS), "AccountTakeOverNotification", "default"]
LIVES = {trigger: lifetime_seconds(trigger) for trigger in KNOWN_TRIGGERS}
# The text for all is sent for codes that live a day, and for none that lives longer.
MINUTES = {trigger: str(life // 60) for trigger, life in LIVES.items()} | {"default": "1440"}
# Of every script, and all that can be written in GSM-7.
LANGUAGES = (
    *("ar", "da", "de", "el", "en", "es", "et", "fi", "fil", "fr", "hi", "hu", "id", "is", "it", "ja", "ko"),
    *("ms", "nb", "nl", "nn", "no", "pl", "pt", "ru", "sk", "sl", "sv", "sw", "th", "tr", "uk", "vi", "zh"),
)

# The texts alone need no provider: hundreds of them are planned in a second.
TEXTS = """
variable "name" { type = string }
variable "messages" { type = any }
variable "protection" { type = any }
variable "sms" { type = any }
locals { sms = var.sms }
output "costs" {
  value = {
    for place, cost in local.costs :
    place => merge(cost, { flaws = [for flaw in local.text_flaws : flaw if strcontains(flaw, place)] })
  }
}
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
  messages   = { brand = each.value.brand, attributes = each.value.attributes, built_in_locales = null }
  sms = {
    templates     = each.value.templates
    autofill      = merge({ web_otp = null, android = null }, each.value.autofill, { clients = {} })
    max_segments  = each.value.max_segments
    transliterate = each.value.transliterate
  }
}

output "costs" {
  value = { for name, call in module.messages : name => call.costs }
}
"""


def _plan(directory: Path, calls: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of each call, "locale.trigger" → what the text costs."""
    usual = {
        "lives": {},
        "brand": "Acme",
        "attributes": ATTRIBUTES,
        "autofill": {},
        "transliterate": False,
        "max_segments": {"default": 25, "de": 25, "en": 25},
    }
    calls = {name: usual | dict(call) for name, call in calls.items()}
    (directory / "texts").mkdir()
    (directory / "texts" / "main.tf").write_text(TEXTS)
    for part in ("messages.tf", "function"):
        (directory / "texts" / part).symlink_to(REPOSITORY / part)
    (directory / "main.tf").write_text(ROOT)
    terraform = Terraform(directory)
    terraform.init()
    plan: Plan = terraform.plan({"messages": calls})
    found: dict[str, Any] = plan.outputs["costs"]
    return found


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    calls = {name: {**cost.settings, "lives": cost.lives} for name, cost in COSTS.items()}
    return _plan(tmp_path_factory.mktemp("costs").resolve(), calls)


@pytest.mark.parametrize("cost", COSTS.values(), ids=COSTS)
def test_a_plan_says_what_a_text_costs(cost: Cost, planned: dict[str, dict[str, Any]]) -> None:
    """The function says the same of the same texts: ``test_unit_costs.py``."""
    row = planned[cost.name][f"xx.{cost.trigger}"]
    assert _said(row) == cost.expected
    assert row["text"] == (cost.sent or row["text"])
    said = f"sms.templates.xx.{cost.trigger}: an Android app finds messages of at most 140 bytes"
    assert any(flaw.startswith(said) for flaw in row["flaws"]) is cost.is_lost


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
        values["brand"] = gsm.plain(brand)
        plain = Template(gsm.plain(template)).substitute(values)
        complete = plain if gsm.saves(plain) else complete
    return complete


@pytest.mark.parametrize("transliterate", [False, True])
def test_over_a_thousand_hostile_texts_they_agree(transliterate: bool, tmp_path: Path) -> None:
    templates = _by_locale(list(_adversarial()))
    brand = "A$1 $code$$\u2019"
    call = {"brand": brand, "templates": templates, "transliterate": transliterate}
    planned = _plan(tmp_path.resolve(), {"all": call})["all"]
    compared = 0
    for locale, given in templates.items():
        for trigger, text in given.items():
            row = planned[f"{locale}.{trigger}"]
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
    planned = _plan(tmp_path.resolve(), {"all": {"templates": _by_locale(given)}})["all"]
    assert [row["text"] for row in planned.values() if _said(row) != _costs(row["text"])] == []
    assert len(planned) == len(given) > 2000


def test_how_many_parts_a_text_may_take_goes_by_what_its_locale_begins_with(tmp_path: Path) -> None:
    text = {"default": "$code"}
    usual = dict.fromkeys(LANGUAGES, text)
    call = {"templates": usual | {"zh-Hant-TW": text, "zh_Hant": text, "zh-Hans": text, "de-AT": text}}
    some = {"zh_hant": 3, "zh": 4, "de-AT": 5}
    limits: dict[str, dict[str, int]] = {"none": {}, "some": some, "all": some | {"default": 6}}
    planned = _plan(tmp_path.resolve(), {name: call | {"max_segments": limit} for name, limit in limits.items()})
    found = {
        name: {place.removesuffix(".default"): row["max_segments"] for place, row in costs.items()}
        for name, costs in planned.items()
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
    max_segments = {tag: measured[own["SignUp"]] for tag, own in templates.items()}
    call = {"brand": "Acme", "templates": templates, "max_segments": max_segments}
    planned = _plan(tmp_path.resolve(), {"all": call})["all"]
    messages = read_messages(call | {"attributes": ATTRIBUTES})
    taken = 0
    for (tag, own), (username, first, second) in itertools.product(templates.items(), HOSTILE):
        attributes = {"locale": tag, "given_name": first, "custom:given": second}
        event = parse(make_event("SignUp", code="AYAD", userName=username, attributes=attributes))
        sent = composed(event, LONGEST["code"], messages, left=86400).content.text.reveal()
        assert segments(sent).parts <= planned[f"{tag}.SignUp"]["max_segments"], ascii(own["SignUp"])
        taken += "$given" in own["SignUp"] and first in sent
    assert taken > 100
