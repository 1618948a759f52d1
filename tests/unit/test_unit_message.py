"""Code and event → text: which template is taken, what is put into it, and what never is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.cognito.event import Event, message_id
from custom_sender.cognito.triggers import CODE_TRIGGERS, lifetime_seconds, may_be_password, unescape
from custom_sender.message import Message, Text
from custom_sender.secret import Secret
from custom_sender.texts.messages import Messages
from custom_sender.texts.values import safe_username
from support.cognito import CODE, PHONE_NUMBER, POOL_ID, make_event, parse
from support.composed import composed
from support.configured import messages as read_messages
from support.refusals import refused

SUB = "5f2c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10"
KNOWN_TRIGGERS = [*sorted(CODE_TRIGGERS), "AccountTakeOverNotification"]
GSM_7 = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
            "abcdefghijklmnopqrstuvwxyzäöñüà")  # fmt: skip


def _event(trigger: str = "SignUp", **changes: Any) -> Event:
    return parse(make_event(trigger, code=changes.pop("code", "AYAD"), **changes))


def _message(
    event: Event, messages: Messages, code: str | None = CODE, seconds_left: int | None = None
) -> Message[Text]:
    return composed(event, code, messages, left=seconds_left)


def _text(event: Event, content: dict[str, Any] | None = None, code: str | None = CODE) -> str:
    return _message(event, read_messages({"brand": "Acme"} | (content or {})), code).content.text.reveal()


class TestBuiltInTexts:
    @pytest.mark.parametrize(
        ("trigger", "text"),
        [
            ("SignUp", "482913 is your Acme verification code."),
            ("ResendCode", "482913 is your Acme verification code."),
            ("ForgotPassword", "482913 is your Acme password reset code. It expires in 60 min. Do not share it."),
            ("UpdateUserAttribute", "482913 is your Acme code to confirm this phone number."),
            ("VerifyUserAttribute", "482913 is your Acme code to confirm this phone number."),
            ("Authentication", "482913 is your Acme sign-in code. It expires in 3 min. Do not share it."),
            ("AdminCreateUser", "Your Acme user name is jane-roe and your temporary password is 482913"),
            ("SomethingFromTheFuture", "482913 is your Acme code. Do not share it."),
        ],
    )
    def test_every_trigger_has_a_text(self, trigger: str, text: str) -> None:
        assert _text(_event(trigger)) == text

    def test_an_account_takeover_notice_needs_no_code(self) -> None:
        event = _event("AccountTakeOverNotification", code=None)
        assert _text(event, code=None) == (
            "Unusual activity on your Acme account. If this was not you, change your password."
        )

    def test_a_future_trigger_without_a_code_is_a_notice(self) -> None:
        assert CODE not in _text(_event("SomethingFromTheFuture", code=None), code=None)

    @pytest.mark.parametrize("trigger", [*KNOWN_TRIGGERS, "SomethingFromTheFuture"])
    @pytest.mark.parametrize("brand", [None, "A brand of 20 letters"[:20]])
    def test_every_one_is_one_segment(self, trigger: str, brand: str | None) -> None:
        text = _text(_event(trigger, userName="x" * 20), {"brand": brand}, code="12345678")
        assert len(text) <= 160
        assert set(text) <= GSM_7
        assert "  " not in text
        assert "$" not in text

    @pytest.mark.parametrize("trigger", [*KNOWN_TRIGGERS, "SomethingFromTheFuture"])
    @pytest.mark.parametrize("username", ["jane", "evil.example/win", SUB])
    def test_there_is_one_for_every_combination_of_values(self, trigger: str, username: str) -> None:
        event = _event(trigger, userName=username)
        assert CODE in _text(event)
        assert "evil" not in _text(event)
        assert SUB not in _text(event)
        if trigger not in CODE_TRIGGERS:
            assert "evil" not in _text(event, code=None)


class TestTemplateChoice:
    TEMPLATES = {  # noqa: RUF012
        "de": {"default": "de default $code", "SignUp": "de signup $code"},
        "de-at": {"ForgotPassword": "de-at forgot $code"},
        "fr": {"SignUp": "fr signup $code"},
        "en": {"default": "en default $code"},
    }

    @pytest.mark.parametrize(
        ("locale", "trigger", "text"),
        [
            ("de-AT", "ForgotPassword", "de-at forgot 482913"),
            ("de_at", "ForgotPassword", "de-at forgot 482913"),
            ("de-AT", "SignUp", "de signup 482913"),
            ("de-AT", "Authentication", "de default 482913"),
            ("de", "SignUp", "de signup 482913"),
            ("de-Latn-CH", "SignUp", "de signup 482913"),
            ("de-Latn-CH-1996", "SignUp", "de signup 482913"),
            ("fr", "SignUp", "fr signup 482913"),
            ("fr", "SomethingFromTheFuture", "482913 est votre code Acme. Ne le communiquez à personne."),
            ("it", "SignUp", "482913 è il tuo codice di verifica Acme."),
            ("sv", "SignUp", "en default 482913"),
            (None, "SignUp", "en default 482913"),
            ("x" * 40, "SignUp", "en default 482913"),
            (None, "SomethingFromTheFuture", "en default 482913"),
        ],
    )
    def test_exact_locale_then_language_then_default_and_in_each_the_trigger_first(
        self, locale: str | None, trigger: str, text: str
    ) -> None:
        assert _text(_event(trigger, attributes={"locale": locale}), {"templates": self.TEMPLATES}) == text

    def test_the_default_locale_is_the_modules(self) -> None:
        content = {"templates": self.TEMPLATES, "default_locale": "de-CH"}
        assert _text(_event("Authentication"), content) == "de default 482913"

    def test_the_built_in_english_is_last(self) -> None:
        assert _text(_event("Authentication"), {"templates": {"fr": {"SignUp": "fr $code"}}}).startswith(
            "482913 is your"
        )

    def test_a_text_that_needs_a_value_which_is_not_there_is_passed_over(self) -> None:
        templates = {"en": {"SignUp": "Hi $username, $code", "default": "code $code"}}
        assert _text(_event(userName="jane"), {"templates": templates}) == "Hi jane, 482913"
        assert _text(_event(userName="evil.example/win"), {"templates": templates}) == "code 482913"

    def test_a_notice_of_ones_own_may_do_without_a_code_that_is_there(self) -> None:
        templates = {"en": {"AccountTakeOverNotification": "Call us."}}
        assert _text(_event("AccountTakeOverNotification"), {"templates": templates}) == "Call us."

    @pytest.mark.parametrize(
        ("locale", "says"),
        [
            ("de", "Ihr Benutzername bei Acme ist jane-roe, Ihr vorläufiges Passwort ist hWP5g9N>a"),
            ("en", "Your Acme user name is jane-roe and your temporary password is hWP5g9N>a"),
            ("sv", "Your Acme user name is jane-roe and your temporary password is hWP5g9N>a"),
            (None, "Your Acme user name is jane-roe and your temporary password is hWP5g9N>a"),
        ],
    )
    def test_a_password_never_stands_in_a_default_text(self, locale: str | None, says: str) -> None:
        event = _event("AdminCreateUser", attributes={"locale": locale})
        assert _text(event, {"templates": self.TEMPLATES}, code="hWP5g9N>a") == says

    @pytest.mark.parametrize(
        ("locale", "says"), [("de-AT", "de invite"), ("de-CH", "de invite"), ("sv", "en invite"), (None, "en invite")]
    )
    def test_an_invitation_of_ones_own_goes_by_locale_language_and_default_locale(
        self, locale: str | None, says: str
    ) -> None:
        templates = {
            "de-at": {"default": "de-at default $code"},
            "de": {"default": "de default $code", "AdminCreateUser": "de invite $code"},
            "sv": {"default": "sv default $code"},
            "en": {"AdminCreateUser": "en invite $code", "default": "en default $code"},
        }
        event = _event("AdminCreateUser", attributes={"locale": locale})
        assert _text(event, {"templates": templates}) == f"{says} 482913"

    def test_where_the_user_name_is_the_sub_an_invitation_does_without(self) -> None:
        event = _event("AdminCreateUser", userName=SUB)
        assert _text(event) == "Your Acme temporary password is 482913"
        own = {"en": {"AdminCreateUser": "Hi $username, $code", "default": "default $code"}}
        assert _text(event, {"templates": own}) == "Your Acme temporary password is 482913"
        own = {"de": {"AdminCreateUser": "Hallo $username, $code"}, "en": {"AdminCreateUser": "Password: $code"}}
        german = _event("AdminCreateUser", userName=SUB, attributes={"locale": "de"})
        assert _text(german, {"templates": own}) == "Ihr vorläufiges Passwort bei Acme ist 482913"
        assert _text(german, {"templates": own, "built_in_locales": ["en"]}) == "Password: 482913"

    def test_an_invitation_names_the_users_own_address_and_no_other(self) -> None:
        assert PHONE_NUMBER in _text(_event("AdminCreateUser", userName=PHONE_NUMBER))
        assert "+19005551234" not in _text(_event("AdminCreateUser", userName="+19005551234"))

    def test_an_invitation_says_nothing_of_minutes_unless_asked_to(self) -> None:
        assert "minutes" not in _text(_event("AdminCreateUser"))
        own = {"en": {"AdminCreateUser": "$code ($minutes)"}}
        assert _text(_event("AdminCreateUser"), {"templates": own}) == "482913 (10080)"

    @pytest.mark.parametrize("code", [CODE, None])
    @pytest.mark.parametrize(
        ("locale", "says"),
        [("de", "Ungewöhnliche Aktivität in Ihrem Konto bei Acme."), ("en", "Unusual activity on your Acme account.")],
    )
    def test_a_warning_is_never_replaced_by_a_default_text(self, locale: str, says: str, code: str | None) -> None:
        event = _event("AccountTakeOverNotification", attributes={"locale": locale}, code=code and "AYAD")
        built_in = _text(event, {"templates": self.TEMPLATES}, code=code)
        assert built_in.startswith(says)
        assert (CODE in built_in) == (code is not None)
        own = self.TEMPLATES | {locale: {"AccountTakeOverNotification": "Call us.", "default": "own default $code"}}
        assert _text(event, {"templates": own}, code=code) == "Call us."

    def test_a_warning_with_a_code_of_ones_own_is_passed_over_without_one(self) -> None:
        own = {"en": {"AccountTakeOverNotification": "Was it you? $code", "default": "default $code"}}
        event = _event("AccountTakeOverNotification", code=None)
        assert _text(event, {"templates": own}, code=None).startswith("Unusual activity on your Acme account.")

    def test_a_life_that_nobody_knows_is_not_promised(self) -> None:
        own = {"de": {"default": "$code, $minutes Minuten"}, "en": {"default": "en default $code"}}
        event = _event("SomethingFromTheFuture", attributes={"locale": "de"})
        assert _text(event, {"templates": own}).startswith("482913 ist Ihr Code für Acme.")
        assert _text(event, {"templates": own, "built_in_locales": ["en"]}) == "en default 482913"
        own = {"en": {"default": "$code, $minutes minutes"}}
        assert _text(event, {"templates": own, "built_in_locales": []}) == "482913 is your Acme code. Do not share it."

    @pytest.mark.parametrize("secret", ["hWP5g9N>a", "482913a", "", "\u0664\u0668\u0662", "482913\n"])
    def test_what_may_be_the_password_of_a_future_trigger_is_called_so(self, secret: str) -> None:
        event = _event("SomethingFromTheFuture")
        content = {"brand": "Acme", "templates": self.TEMPLATES}
        message = _message(event, read_messages(content), secret)
        assert message.content.text.reveal() == f"Your Acme code or password is {secret}"
        assert message.content.code is None
        assert _message(event, read_messages(content), CODE).content.code is not None

    def test_the_users_locale_is_passed_on(self) -> None:
        assert _message(_event(attributes={"locale": "de-AT"}), Messages()).locale == "de-AT"


class TestValues:
    def test_all_placeholders_are_filled(self) -> None:
        templates = {"en": {"SignUp": "$brand|${code}|$minutes|$username|$$5"}}
        assert _text(_event(), {"templates": templates}) == "Acme|482913|1440|jane-roe|$5"

    @pytest.mark.parametrize("value", ["$code", "${brand}", "$$", "%s", "{0}", "{x.__class__}"])
    def test_a_value_is_never_expanded_again(self, value: str) -> None:
        templates = {"en": {"SignUp": "$username $code"}}
        assert _text(_event(userName=value), {"templates": templates}, code=value) == f"{value} {value}"

    @pytest.mark.parametrize(
        ("template", "text"),
        [
            ("$code is your $brand code", "482913 is your code"),
            ("$code is your ${brand} code", "482913 is your code"),
            ("$brand: $code", "482913"),
            ("【$brand】验证码 $code", "验证码 482913"),
            ("[${brand}] $code", "482913"),
            ("[$$brand] $code", "[$brand] 482913"),
            ("$$brand $code", "$brand 482913"),
        ],
    )
    def test_without_a_brand_its_space_goes_too(self, template: str, text: str) -> None:
        assert _text(_event(), {"brand": None, "templates": {"en": {"default": template}}}) == text

    @pytest.mark.parametrize(
        ("trigger", "seconds"),
        [
            ("Authentication", 180),
            ("ForgotPassword", 3600),
            ("SignUp", 86400),
            ("ResendCode", 86400),
            ("UpdateUserAttribute", 86400),
            ("VerifyUserAttribute", 86400),
            ("AccountTakeOverNotification", 86400),
            ("AdminCreateUser", 604800),
            ("SomethingFromTheFuture", 86400),
        ],
    )
    def test_a_code_lives_as_long_as_its_trigger_or_its_setting_says(self, trigger: str, seconds: int) -> None:
        assert lifetime_seconds(trigger) == seconds
        assert lifetime_seconds(trigger, {"Other": 300}) == seconds
        assert lifetime_seconds(trigger, {trigger: 300, "Other": 400}) == 300

    @pytest.mark.parametrize(
        ("seconds_left", "minutes"),
        [(180, "3"), (175, "3"), (150, "3"), (149, "2"), (90, "2"), (89, "1"), (29, "1"), (1, "1"), (3595, "60")],
    )
    def test_a_text_says_the_minutes_that_are_left(self, seconds_left: int, minutes: str) -> None:
        messages = read_messages({"templates": {"en": {"default": "$code for $minutes"}}})
        message = _message(_event("Authentication"), messages, seconds_left=seconds_left)
        assert message.content.text.reveal() == f"482913 for {minutes}"
        assert message.lifetime_seconds == seconds_left


class TestUsername:
    @pytest.mark.parametrize(
        "name", ["jane-roe", "Jäne Roe", "v1.2", "o'neil", "jane85", "paral·lel", "王\u3002", "Ⅷ", "a1b2c3d4e5f6"]
    )
    def test_a_harmless_name_is_kept(self, name: str) -> None:
        assert safe_username(name, chosen_by_administrator=False) == name

    @pytest.mark.parametrize(
        "name",
        [
            "https://evil.example",
            "evil.example/win",
            "www.evil",
            "\\\\evil",
            "evil.example",
            "a@evil.example",
            "EVIL.COM",
            "evil\u3002com",
            "evil\uff0ecom",
            "evil\uff61com",
            "evil\ufe52com",
            "bit\u2024ly",
            "bit\ua4f8ly",
            "bit\u0660ly",
            "evil.\ufe0fcom",
            "evil.\u3164com",
            "\uff45\uff56\uff49\uff4c\uff0e\uff43\uff4f\uff4d",
            ".com",
            "evil_.com",
            "1.2.3.4",
            "jane@intranet",
            "jane\uff20intranet",
        ],
    )
    def test_a_name_that_reads_like_a_link_is_refused(self, name: str) -> None:
        assert safe_username(name, chosen_by_administrator=False) is None

    @pytest.mark.parametrize("name", ["john.smith", "john.smith@corp.example"])
    def test_an_administrator_may_choose_a_name_with_a_dot(self, name: str) -> None:
        assert safe_username(name, chosen_by_administrator=True) == name
        assert safe_username(name, chosen_by_administrator=False) is None

    @pytest.mark.parametrize(
        "name",
        [
            "https://evil.example",
            "evil.example/win",
            "evil.example\u2044win",
            "evil.example\uff0fwin",
            "evil.example\u2215win",
            "www.evil.example",
            "www\u3002evil\u3002example",
            "\uff57\uff57\uff57\uff0eevil",
            "tel:+1900",
            "tel\uff1a+1900",
            "SMS:12345",
            "mailto:jane@corp.example",
        ],
    )
    @pytest.mark.parametrize("by_administrator", [True, False])
    def test_a_link_is_refused_whoever_chose_it(self, name: str, by_administrator: bool) -> None:
        assert safe_username(name, chosen_by_administrator=by_administrator) is None

    @pytest.mark.parametrize(
        "name",
        [
            "Call 0900 123456 now",
            "Call-0900-12-34-56",
            "call_0.9.0.0.1.2",
            "+1 (900) 55",
            "+190055",
            "\uff10\uff19\uff10\uff10\uff11\uff12\uff13",
            "\u0660\u0669\u0660\u0660\u0661\u0662",
            "0\ufe0f\u20e39\ufe0f\u20e30\ufe0f\u20e30\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e3",
            "❶❷❸❹❺❻",
            "0\u200b9\u200b0\u200b0\u200b1\u200b2",
            PHONE_NUMBER,
            # Short codes have three digits or more.
            "Text WIN to 88888",
            "Win: 7-7-7",
            "call 911",
            "jane1985",
            "jane 19 85",
            "8🔥8🔥8",
            "\u0661\u0661\u0662",
            "\u0967\u0966\u0966",
            "\uff19\uff11\uff11",
            "¹²³",
            "8₈₈",
            "①②③",
            "❶❷❸",
            "\U0001d7d7\U0001d7cf\U0001d7cf",
            "\U0001fbf9\U0001fbf1\U0001fbf1",
            "一一〇",
            "㊀㊁㊂",
        ],
    )
    def test_a_name_with_three_digits_in_a_row_is_refused_whatever_stands_between_them(self, name: str) -> None:
        assert safe_username(name, chosen_by_administrator=False) is None

    @pytest.mark.parametrize(
        "name", ["20251234", "emp20251234", "emp20251234.roe", "roe@corp123456.example", "roe-19-85", "team1-42b"]
    )
    def test_an_administrator_may_choose_a_personnel_number(self, name: str) -> None:
        assert safe_username(name, chosen_by_administrator=True) == name
        assert safe_username(name, chosen_by_administrator=False) is None

    @pytest.mark.parametrize("name", ["Call 0900 123456 now", "0900-123456", "0900.12.34", "+1900555", "tel+1900555"])
    def test_a_telephone_number_is_refused_even_then(self, name: str) -> None:
        assert safe_username(name, chosen_by_administrator=True) is None

    @pytest.mark.parametrize("by_administrator", [True, False])
    def test_the_users_own_address_is_no_news_to_them(self, by_administrator: bool) -> None:
        def name(text: str, own_address: str) -> str | None:
            return safe_username(text, chosen_by_administrator=by_administrator, own_address=own_address)

        assert name(PHONE_NUMBER, PHONE_NUMBER) == PHONE_NUMBER
        assert name("+15551234567", PHONE_NUMBER) is None
        assert name(f"{PHONE_NUMBER} call", PHONE_NUMBER) is None

    @pytest.mark.parametrize("by_administrator", [True, False])
    @pytest.mark.parametrize(
        ("name", "sub"),
        [(SUB, SUB), (SUB, None), (SUB.upper(), SUB), (SUB, "another"), ("custom-sub", "custom-sub")],
    )
    def test_a_sub_is_not_a_name_that_anyone_knows(self, name: str, sub: str | None, by_administrator: bool) -> None:
        assert safe_username(name, chosen_by_administrator=by_administrator, sub=sub) is None
        assert safe_username("jane-roe", chosen_by_administrator=by_administrator, sub=sub) == "jane-roe"

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("ja\nne", "jane"),
            ("\u202ejane\u202c", "jane"),
            ("ja\u200bne\u2069", "jane"),
            ("ja\x00ne\x7f", "jane"),
            ("ja\ud800ne", "jane"),
            ("ja\u2028ne", "jane"),
            ("evil\u200b.example", None),
            ("  jane ", "jane"),
            ("\u202e", None),
            ("", None),
            ("x" * 64, "x" * 64),
            ("x" * 65, None),
        ],
    )
    def test_what_cannot_be_seen_is_taken_out_first(self, name: str, kept: str | None) -> None:
        assert safe_username(name, chosen_by_administrator=False) == kept


class TestTemporaryPassword:
    @pytest.mark.parametrize(
        ("escaped", "password"),
        [
            ("a&lt;b&gt;c&quot;d&#39;e&amp;f", "a<b>c\"d'e&f"),
            ("&amp;lt;", "&lt;"),
            ("&amp;amp;", "&amp;"),
            ("&amp;#39;&amp;quot;&amp;gt;", "&#39;&quot;&gt;"),
            ("a&ltb&copy1&nbsp;&#60;&#x3c;&LT;&apos;", "a&ltb&copy1&nbsp;&#60;&#x3c;&LT;&apos;"),
            ("plain", "plain"),
        ],
    )
    def test_exactly_five_entities_are_undone_and_the_ampersand_last(self, escaped: str, password: str) -> None:
        assert unescape(escaped) == password
        message = _message(_event("AdminCreateUser"), Messages(), escaped)
        assert message.secret == Secret(password)
        assert message.content.text.reveal().endswith(password)
        assert message.content.code is None

    @pytest.mark.parametrize("trigger", [name for name in KNOWN_TRIGGERS if name != "AdminCreateUser"])
    def test_no_other_message_is_touched(self, trigger: str) -> None:
        message = _message(_event(trigger), Messages(), "a&lt;b")
        assert message.secret == Secret("a&lt;b")
        assert message.content.code is not None

    @given(st.text())
    def test_what_cognito_escapes_comes_back(self, password: str) -> None:
        escaped = password.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert unescape(escaped.replace('"', "&quot;").replace("'", "&#39;")) == password


class TestIdentity:
    def test_it_is_the_encrypted_messages_and_the_same_in_every_retry(self) -> None:
        one = message_id(_event(), b"one", "request-1")
        assert message_id(_event(), b"one", "request-2") == one
        assert message_id(_event(), b"two", "request-1") != one
        assert len(one) == 64

    def test_without_a_ciphertext_it_is_the_invocations(self) -> None:
        event = _event("AccountTakeOverNotification", code=None)
        assert len({message_id(event, None, request_id) for request_id in ("a", "a", "b")}) == 2

    def test_providers_get_it_as_the_key_of_their_own_protection(self) -> None:
        assert _message(_event(), Messages()).idempotency_key == "5f" * 32


@pytest.mark.parametrize(
    ("trigger", "code", "expected"),
    [
        ("AdminCreateUser", "482913", True),
        ("SignUp", "Zr9<p!q&x", False),
        ("SomethingFromTheFuture", "482913", False),
        ("SomethingFromTheFuture", "Zr9<p!q&x", True),
        ("SomethingFromTheFuture", None, False),
        ("AccountTakeOverNotification", None, False),
    ],
)
def test_what_may_be_a_password(trigger: str, code: str | None, expected: bool) -> None:
    assert may_be_password(trigger, None if code is None else Secret(code)) is expected


def test_the_message_carries_what_senders_need_and_shows_none_of_it() -> None:
    message = _message(_event(), Messages())
    assert (message.to, message.content.country, message.user_pool_id, message.trigger) == (
        PHONE_NUMBER,
        "DE",
        POOL_ID,
        "SignUp",
    )
    shown = repr(message)
    assert CODE not in shown
    assert PHONE_NUMBER not in shown


class TestConfiguredTexts:
    @pytest.mark.parametrize(
        "text", ["$code", "${code}", "$brand: $code ($minutes) $username", "$$ $code", "ключ $code"]
    )
    def test_a_good_text_is_read_as_it_is(self, text: str) -> None:
        assert read_messages({"templates": {"pt_BR": {"default": text}}}).templates == {"pt-br": {"default": text}}

    @pytest.mark.parametrize(
        "brand",
        ["نمی\u200cشود", "👩\u200d👩\u200d👧", "Acme\u00a0❤\ufe0f", "\u05d0\u200f!", "é" * 63 + " ", "Ⓐ 1"],
    )
    def test_a_brand_may_have_whatever_a_text_may_have(self, brand: str) -> None:
        messages = read_messages({"brand": brand, "templates": {"en": {"default": f"{brand} $code"}}})
        assert _text(_event(), {"brand": brand}).startswith(CODE)
        assert (messages.shared.brand, messages.templates["en"]["default"]) == (brand, f"{brand} $code")

    def test_no_setting_of_messages_is_needed(self) -> None:
        assert read_messages({}) == read_messages({"brand": None, "default_locale": None, "templates": None})

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ({"bran": "x"}, "sms: an object with autofill, country_locales, india, "),
            ({"brand": 5}, "messages.brand: a text"),
            ({"brand": "x" * 65}, "messages.brand: one line of at most 64 characters"),
            *(
                (
                    {"brand": brand},
                    "messages.brand: one line of at most 64 characters, none of private use, that begins",
                )
                for brand in ("a\nb", "a\u2028b", "a\x7f", "\ue000", "\u200c", " a", " ", "")
            ),
            ({"default_locale": "english"}, "messages.default_locale: a language tag"),
            ({"templates": []}, "sms.templates: an object"),
            ({"templates": {"english": {}}}, "sms.templates: each name is a language tag"),
            (
                {"templates": {"pt-BR": {"default": "$code"}, "pt_br": {"default": "$code"}}},
                "sms.templates: each locale once: pt-BR, pt_BR and pt-br are the same",
            ),
            ({"templates": {"en": "$code"}}, "sms.templates.en: an object"),
            ({"templates": {"en": {"Sign Up": "$code"}}}, 'sms.templates.en: each name is "default" or a trigger: Acc'),
            ({"templates": {"en": {"SignUp": ""}}}, "sms.templates.en.SignUp: a text of 1 to 1600 characters"),
            ({"templates": {"en": {"SignUp": "x" * 1601}}}, "sms.templates.en.SignUp: a text of 1 to 1600 characters"),
            ({"templates": {"en": {"SignUp": 5}}}, "sms.templates.en.SignUp: a text of 1 to 1600 characters"),
            (
                {"templates": {"en": {"SignUp": "$code costs $5"}}},
                (
                    "sms.templates.en.SignUp: a $ only in front of a placeholder ($brand, $code, $minutes, $username). "
                    "Got: another $. Fix: write $$ for a dollar sign"
                ),
            ),
            *(
                (
                    {"templates": {"en": {"SignUp": text}}},
                    f"sms.templates.en.SignUp: the placeholders $brand, $code, $minutes, $username. Got: {unknown}. ",
                )
                for text, unknown in (("$code $phone", "$phone"), ("is your $Code", "$Code"))
            ),
            ({"templates": {"en": {"SignUp": "welcome"}}}, "sms.templates.en.SignUp: a text with $code"),
            ({"templates": {"en": {"default": "welcome"}}}, "sms.templates.en.default: a text with $code"),
            ({"templates": {"en": {"SignUp": "$code \ue000"}}}, "sms.templates.en.SignUp: characters that phones have"),
        ],
    )
    def test_a_bad_one_is_named_with_the_fix(self, content: Any, says: str) -> None:
        assert refused(lambda: read_messages(content), content).startswith(says)
