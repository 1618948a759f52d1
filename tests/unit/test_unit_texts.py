"""The built-in texts: every language, every trigger, one part each, and never an autofill line that costs a second."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

import pytest

from custom_sender.cognito.event import Event
from custom_sender.cognito.triggers import CODE_TRIGGERS
from custom_sender.languages import normal
from custom_sender.texts import built_in
from custom_sender.texts.gsm import Encoding, segments
from custom_sender.texts.messages import Messages
from support.cognito import make_event, parse
from support.composed import composed
from support.configured import messages as read_messages

TRIGGERS = [*sorted(CODE_TRIGGERS), "AccountTakeOverNotification"]
KEYS = {*TRIGGERS, "default", built_in.WITHOUT_CODE, built_in.PERHAPS_PASSWORD}
LANGUAGES = "ar de en es fr hi id it ja ko nl pl pt pt-PT tr zh zh-Hant".split()  # noqa: SIM905
# Their alphabets need UCS-2, so that one part holds 70 characters.
UCS_2 = {"ar", "hi", "ja", "ko", "zh", "zh-Hant"}

# The longest values that one part has to hold: an eight-digit code, a password of sixteen characters of two septets
# each, a name as long as an E.164 number, a brand of twenty letters.
WORST_CODE = "12345678"
WORST_PASSWORD = "~" * 16
WORST_NAME = "n" * 16
WORST_BRAND = "B" * 20
WEB_OTP = {"web_otp": {"domain": "login.example.com"}}
ANDROID = {"android": {"app_hash": "FA+9qCX9VSu"}}


def _event(trigger: str, locale: str | None = None, **changes: Any) -> Event:
    return parse(make_event(trigger, code="AYAD", attributes={"locale": locale}, userName=WORST_NAME, **changes))


def _text(trigger: str, locale: str, code: str | None = WORST_CODE, **content: Any) -> str:
    messages = read_messages({"brand": WORST_BRAND} | content)
    secret = None if code is None else WORST_PASSWORD if trigger == "AdminCreateUser" else code
    return _composed(_event(trigger, locale), secret, messages)


def _composed(event: Event, code: str | None, messages: Messages) -> str:
    return composed(event, code, messages).content.text.reveal()


def _file(locale: str) -> Mapping[str, list[str]]:
    folder = Path(built_in.__file__).parent
    content: Mapping[str, list[str]] = json.loads((folder / f"{locale}.json").read_text("utf-8"))
    return content


def test_there_is_a_file_for_each_of_the_seventeen_languages() -> None:
    assert list(built_in.TAGS) == LANGUAGES
    assert frozenset(map(normal, LANGUAGES)) == built_in.LOCALES


class TestLanguage:
    def test_there_is_a_text_for_every_trigger_and_every_emergency(self, subtests: pytest.Subtests) -> None:
        for locale in LANGUAGES:
            with subtests.test(locale=locale):
                assert _file(locale).keys() == KEYS
                assert all(_file(locale).values())

    def test_the_texts_are_templates_that_the_function_can_fill(self, subtests: pytest.Subtests) -> None:
        for locale in LANGUAGES:
            with subtests.test(locale=locale):
                for key, variants in _file(locale).items():
                    for text in variants:
                        assert Template(text).is_valid(), (key, text)
                        values = set(Template(text).get_identifiers())
                        assert {"brand"} <= values <= {"code", "brand", "minutes", "username"}, (key, text)
                        if key not in {"AccountTakeOverNotification", built_in.WITHOUT_CODE}:
                            assert "code" in values, (key, text)
                        if key in {"AdminCreateUser", built_in.PERHAPS_PASSWORD}:
                            # Last, with nothing behind it: nobody types a full stop.
                            assert text.endswith(("$code", "${code}")), (key, text)
                        else:
                            assert "\n" not in text, (key, text)

    def test_the_last_text_needs_the_least(self, subtests: pytest.Subtests) -> None:
        for locale in LANGUAGES:
            with subtests.test(locale=locale):
                least = {
                    "AdminCreateUser": {"brand", "code"},
                    "AccountTakeOverNotification": {"brand"},
                    built_in.WITHOUT_CODE: {"brand"},
                }
                for key, variants in _file(locale).items():
                    assert set(Template(variants[-1]).get_identifiers()) == least.get(key, {"brand", "code"}), key

    def test_each_text_is_shorter_than_the_one_that_says_the_same_before_it(self, subtests: pytest.Subtests) -> None:
        for locale in LANGUAGES:
            with subtests.test(locale=locale):
                for key, variants in _file(locale).items():
                    says = [set(Template(text).get_identifiers()) & {"code", "username"} for text in variants]
                    for first, second, before, after in zip(variants, variants[1:], says, says[1:], strict=False):
                        if before == after:
                            assert len(second) < len(first), key

    def test_it_is_written_in_composed_characters(self, subtests: pytest.Subtests) -> None:
        """As Terraform writes every text: the plan counts what the function sends."""
        for locale in LANGUAGES:
            with subtests.test(locale=locale):
                for variants in _file(locale).values():
                    for text in variants:
                        assert text == unicodedata.normalize("NFC", text)
                        assert text.isprintable() or text.replace("\n", "").isprintable()

    def test_it_is_one_part_with_the_longest_values(self, subtests: pytest.Subtests) -> None:
        for locale in LANGUAGES:
            for trigger in [*TRIGGERS, "SomethingFromTheFuture"]:
                with subtests.test(locale=locale, trigger=trigger):
                    counted = segments(_text(trigger, locale))
                    assert counted.parts == 1
                    if locale in UCS_2:
                        assert counted.encoding is Encoding.UCS_2

    def test_what_is_sent_most_is_gsm_7_where_the_alphabet_is_latin(self, subtests: pytest.Subtests) -> None:
        for locale in LANGUAGES:
            expected = Encoding.UCS_2 if locale in UCS_2 else Encoding.GSM_7
            for trigger in ["SignUp", "ResendCode", "ForgotPassword", "Authentication", "default"]:
                with subtests.test(locale=locale, trigger=trigger):
                    assert segments(_text(trigger, locale)).encoding is expected

    def test_it_is_one_part_with_an_autofill_line_too(self, subtests: pytest.Subtests) -> None:
        for locale in LANGUAGES:
            for autofill in [WEB_OTP, ANDROID]:
                for trigger in [*sorted(CODE_TRIGGERS), "SomethingFromTheFuture"]:
                    with subtests.test(locale=locale, autofill=autofill, trigger=trigger):
                        text = _text(trigger, locale, autofill=autofill)
                        counted = segments(text)
                        assert counted.parts == 1
                        if trigger != "AdminCreateUser" and autofill is ANDROID:
                            gsm_7 = counted.encoding is Encoding.GSM_7
                            assert (len(text.encode()) if gsm_7 else 2 * counted.units) <= 140

    def test_no_combination_of_values_is_without_a_text(self, subtests: pytest.Subtests) -> None:
        for locale in LANGUAGES:
            for trigger in [*TRIGGERS, "SomethingFromTheFuture"]:
                with subtests.test(locale=locale, trigger=trigger):
                    sub = "5f2c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10"
                    messages = read_messages({"brand": "Acme", "default_locale": locale})
                    for code in ("12345678", "not only digits", None):
                        if code is None and trigger in CODE_TRIGGERS:
                            continue
                        for name in ("jane", sub):
                            event = parse(make_event(trigger, code=None if code is None else "AYAD", userName=name))
                            text = _composed(event, code, messages)
                            assert (code is None) or code in text
                            assert sub not in text
                            assert "$" not in text


def test_a_long_brand_takes_the_shorter_text_and_never_leaves_out_the_user_name() -> None:
    short = _text("Authentication", "hi", brand="Acme")
    assert "इसे किसी को न बताएं" in short
    assert _text("Authentication", "hi", brand="A" * 44) == f"आपका {'A' * 44} कोड 12345678 है।"
    assert WORST_NAME in _text("AdminCreateUser", "hi", brand="A" * 64)


def test_a_brand_that_fits_nowhere_gets_the_shortest_text() -> None:
    assert _text("Authentication", "ja", brand="銀" * 64) == f"【{'銀' * 64}】コード 12345678"


def test_what_people_have_on_their_devices_finds_its_language(subtests: pytest.Subtests) -> None:
    for tag, starts in [
        ("zh", "【Acme】您的验证码"),
        ("zh-CN", "【Acme】您的验证码"),
        ("zh_Hans_SG", "【Acme】您的验证码"),
        ("zh-TW", "【Acme】您的驗證碼"),
        ("zh-HK", "【Acme】您的驗證碼"),
        ("zh-Hant-MO", "【Acme】您的驗證碼"),
        ("pt-BR", "Use 12345678 para confirmar sua conta Acme."),
        ("pt_PT", "Use 12345678 para confirmar a sua conta Acme."),
        ("in_ID", "12345678 adalah"),
        ("de-CH-1996", "12345678 ist Ihr"),
        ("sv-SE", "12345678 is your"),
    ]:
        with subtests.test(tag=tag, starts=starts):
            assert _text("SignUp", tag, brand="Acme").startswith(starts)


def test_built_in_languages_can_be_left_out() -> None:
    only: dict[str, Any] = {"brand": "Acme", "built_in_locales": ["de", "pt-PT"]}
    assert _text("SignUp", "de-AT", **only).startswith("12345678 ist")
    assert _text("SignUp", "pt-PT", **only).startswith("Use 12345678 para confirmar a sua")
    assert _text("SignUp", "pt-BR", **only).startswith("12345678 is your")
    assert _text("SignUp", "ja", **only).startswith("12345678 is your")
    assert _text("SignUp", "ja", default_locale="de", **only).startswith("12345678 ist")
