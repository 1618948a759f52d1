"""Which language a message is in, what of the user gets into it, and what never does."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custom_sender.cognito.event import Event
from custom_sender.languages import normal, with_parents
from custom_sender.message import IndiaIds, Message, Text
from custom_sender.texts.gsm import Encoding, segments
from custom_sender.texts.values import ATTRIBUTE_LIMIT, safe_attribute
from support.cognito import CLIENT_ID, CODE, PHONE_NUMBER, make_event, parse
from support.composed import composed
from support.configured import messages as read_messages
from support.refusals import refused

WEB: dict[str, Any] = {"web_otp": {"domain": "login.example.com"}}
ANDROID: dict[str, Any] = {"android": {"app_hash": "FA+9qCX9VSu"}}
INDIA = {"en": {"default": "1107"}}
TEMPLATES = {name: {"default": f"{name} $code"} for name in ("de", "de-AT", "en", "fr", "sv")}


def _event(trigger: str = "SignUp", metadata: Any = None, **changes: Any) -> Event:
    return parse(make_event(trigger, code="AYAD", request={"clientMetadata": metadata}, **changes))


def _with_attributes(trigger: str = "SignUp", /, **attributes: Any) -> Event:
    event = make_event(trigger, code="AYAD")
    event["request"]["userAttributes"] |= attributes
    return parse(event)


def _message(event: Event, country: str = "DE", code: str = CODE, **content: Any) -> Message[Text]:
    messages = read_messages({"brand": "Acme", "templates": TEMPLATES} | content)
    return composed(event, code, messages, country=country)


def _text(event: Event, country: str = "DE", code: str = CODE, **content: Any) -> str:
    return _message(event, country, code, **content).content.text.reveal()


@pytest.mark.parametrize(
    ("tag", "chain"),
    [
        ("de-AT", ["de-at", "de"]),
        ("pt_BR", ["pt-br", "pt"]),
        ("zh-TW", ["zh-tw", "zh-hant", "zh"]),
        ("zh-Hant-TW", ["zh-hant-tw", "zh-hant", "zh"]),
        ("zh-CN", ["zh-cn", "zh-hans", "zh"]),
        ("in_ID", ["in-id", "in", "id"]),
        ("pt-AO", ["pt-ao", "pt-pt", "pt"]),
        ("de-CH-1996", ["de-ch-1996", "de-ch", "de"]),
    ],
)
def test_from_the_exact_tag_to_the_language(tag: str, chain: list[str]) -> None:
    assert with_parents(normal(tag)) == chain


class TestLanguage:
    @pytest.mark.parametrize(
        ("locale", "country", "says"),
        [
            ("de-AT", "FR", "de-AT"),
            ("de-CH", "FR", "de"),
            (None, "AT", "de-AT"),
            (None, "FR", "fr"),
            ("nb", "AT", "de-AT"),
            (None, "US", "en"),
            ("not a locale", "FR", "fr"),
            ("de-AT-u-co-phonebk", "FR", "de-AT"),
            ("de_CH_x_office-4", "FR", "de"),
            ("x" * 40, "US", "en"),
        ],
    )
    def test_the_users_then_the_countrys_then_the_default(self, locale: str | None, country: str, says: str) -> None:
        event = _event(attributes={"locale": locale})
        countries = {"AT": "de-AT", "FR": "fr-FR"}
        assert _text(event, country, country_locales=countries, built_in_locales=[]) == f"{says} {CODE}"

    def test_a_built_in_text_in_the_users_language_comes_before_a_text_of_ones_own_in_the_default_one(self) -> None:
        assert _text(_event(attributes={"locale": "it"})).startswith(f"{CODE} è il tuo codice")
        assert _text(_event(attributes={"locale": "it"}), built_in_locales=["en"]) == f"en {CODE}"

    def test_a_text_of_ones_own_comes_before_the_built_in_one_of_its_language(self) -> None:
        own: dict[str, Any] = {"it": {"Authentication": "Ciao $code"}}
        event = _event("Authentication", attributes={"locale": "it-CH"})
        assert _text(event, templates=own) == f"Ciao {CODE}"
        assert _text(_event(attributes={"locale": "it-CH"}), templates=own).startswith(f"{CODE} è il tuo codice")

    def test_senders_that_write_the_text_themselves_are_told_the_same_language(self) -> None:
        assert _message(_event(attributes={"locale": "de-AT"})).locale == "de-AT"
        assert _message(_event(), "AT", country_locales={"AT": "de-AT"}).locale == "de-at"
        assert _message(_event()).locale is None


class TestClientMetadata:
    def test_it_is_not_read_unless_a_key_is_named(self) -> None:
        assert _text(_event(metadata={"locale": "fr"})) == f"en {CODE}"
        assert _text(_event(metadata={"locale": "fr"}), client_metadata_locale="lang") == f"en {CODE}"

    @pytest.mark.parametrize(
        ("asked_for", "says", "locale"),
        [
            ("fr", "fr", "fr"),
            ("fr_CA", "fr", "fr"),
            ("fr-u-hc-h24", "fr", "fr"),
            ("de-at", "de-AT", "de-at"),
            ("sv", "sv", "sv"),
            ("nb", "de", "de-CH"),
            ("fr<script>", "de", "de-CH"),
            ("fr-" + "x" * 8 + "-" + "y" * 30, "de", "de-CH"),
            ("", "de", "de-CH"),
            (5, "de", "de-CH"),
            (None, "de", "de-CH"),
        ],
    )
    def test_it_is_a_choice_among_the_languages_that_there_are(self, asked_for: Any, says: str, locale: str) -> None:
        event = _event(metadata={"lang": asked_for}, attributes={"locale": "de-CH"})
        message = _message(event, client_metadata_locale="lang", built_in_locales=[])
        assert message.content.text.reveal() == f"{says} {CODE}"
        assert message.locale == locale

    def test_nothing_else_of_it_gets_anywhere(self) -> None:
        event = _event(metadata={"lang": "fr", "brand": "Evil", "code": "000000", "default_locale": "sv"})
        assert _text(event, client_metadata_locale="lang") == f"fr {CODE}"
        assert "Evil" not in repr(event)


def test_an_app_client_may_have_a_brand_of_its_own() -> None:
    templates, clients = {"en": {"default": "$brand $code"}}, {CLIENT_ID: {"brand": "Globex"}, "other": {"brand": "X"}}
    assert _text(_event(), templates=templates, clients=clients) == f"Globex {CODE}"
    assert _text(_event(callerContext={"clientId": "another"}), templates=templates, clients=clients) == f"Acme {CODE}"
    assert _text(_event(), templates=templates, clients={CLIENT_ID: {"layout": "globex"}}) == f"Acme {CODE}"


class TestUserAttributes:
    OWN: dict[str, Any] = {  # noqa: RUF012
        "attributes": {"first_name": "given_name", "tier": "custom:tier"},
        "templates": {"en": {"SignUp": "Hi $first_name: $code", "default": "$code"}},
    }

    def test_only_those_that_are_named(self) -> None:
        event = _with_attributes(given_name="Jane", family_name="Roe")
        assert _text(event, **self.OWN) == f"Hi Jane: {CODE}"
        says = refused(lambda: read_messages(self.OWN | {"templates": {"en": {"SignUp": "$family_name $code"}}}))
        assert says.startswith("sms.templates.en.SignUp: the placeholders $brand, ")
        assert "Got: $family_name. " in says

    def test_a_custom_attribute_may_stand_in_a_text(self) -> None:
        own = self.OWN | {"templates": {"en": {"default": "$tier $code"}}}
        assert _text(_with_attributes(**{"custom:tier": "Gold"}), **own) == f"Gold {CODE}"

    @pytest.mark.parametrize(
        "value",
        [
            "evil.example",
            "https://evil.example",
            "www.evil",
            "evil\u3002example",
            "jane@evil.example",
            "call 0900 123456",
            "+19005551234",
            "x" * 65,
            "",
            "\u200b\u202e",
        ],
    )
    def test_one_that_is_missing_or_reads_like_a_link_or_a_number_makes_way_for_another_text(self, value: str) -> None:
        assert _text(_with_attributes(given_name=value), **self.OWN) == CODE
        assert _text(_with_attributes(), **self.OWN) == CODE

    @pytest.mark.parametrize(
        ("text", "first", "last", "is_taken"),
        [
            ("Hi $first $last: $code", "Jane", "Roe", True),
            ("Hi $first $last: $code", "Win: 88", "88", False),
            ("Hi $first $last: $code", "Win 8", "8", True),
            ("Hi $first$last: $code", "evil.", "com", False),
            ("Hi $first$last: $code", "evil\u3002", "com", False),
            ("Hi $first.$last: $code", "evil", "com", False),
            ("Hi $first.$last: $code", "J", "R", True),
            ("Hi $first$last, $code", "tel:", "+1", False),
            ("Hi $first$last, $code", "www", ".evil", False),
            ("Hi $username $first: $code", "12", "Roe", False),
            ("Hi $username and $first: $code", "12", "Roe", True),
            ("Call 0800-$first. $code", "90", "Roe", False),
            ("Call $first-0800. $code", "90", "Roe", False),
            # What the text itself says, its author knows.
            ("Hi $first, acme.example/help or 0800 123456: $code", "Jane", "Roe", True),
            ("Hi $first, $code for $brand", "12", "Roe", True),
            ("Hi $first:$code", "Jane", "Roe", True),
            ("$first\uff1a\u9a8c\u8bc1\u7801 $code", "Jane", "Roe", True),
            ("$first.Code: $code", "Jane", "Roe", True),
        ],
    )
    def test_two_that_are_harmless_alone_are_refused_where_they_make_a_link_or_a_number(
        self, text: str, first: str, last: str, is_taken: bool
    ) -> None:
        own: dict[str, Any] = {
            "attributes": {"first": "given_name", "last": "family_name"},
            "templates": {"en": {"SignUp": text, "default": "$code"}},
        }
        event = make_event("SignUp", code="AYAD", userName="j5")
        event["request"]["userAttributes"] |= {"given_name": first, "family_name": last}
        assert (_text(parse(event), **own) != CODE) is is_taken

    def test_the_users_own_address_may_stand_beside_their_name(self) -> None:
        own: dict[str, Any] = {
            "attributes": {"name": "given_name"},
            "templates": {"en": {"SignUp": "$name ($username): $code", "default": "$code"}},
        }
        event = make_event("SignUp", code="AYAD", userName=PHONE_NUMBER)
        event["request"]["userAttributes"] |= {"given_name": "Jane", "phone_number": PHONE_NUMBER}
        assert _text(parse(event), **own) == f"Jane ({PHONE_NUMBER}): {CODE}"

    @pytest.mark.parametrize("value", ["$code", "${code}", "$$", "$brand", "%s", "{0}", "{x.__class__}"])
    def test_a_placeholder_in_one_is_only_text(self, value: str) -> None:
        assert _text(_with_attributes(given_name=value), **self.OWN) == f"Hi {value}: {CODE}"

    @pytest.mark.parametrize("name", ["code", "brand", "minutes", "username", "Name", "9", "a-b", ""])
    def test_none_can_stand_for_the_code_or_another_placeholder_of_the_module(self, name: str) -> None:
        says = refused(lambda: read_messages({"attributes": {name: "given_name"}}))
        assert re.match(
            r"messages\.attributes: each name is .* and none of brand, code, minutes, username\. Got: ", says
        )

    @pytest.mark.parametrize("line_break", ["\n", "\r\n", "\u2028", "\u2029", "\x85", "\v", "\f"])
    def test_none_can_forge_the_autofill_line(self, line_break: str) -> None:
        forged = f"Jane{line_break}@evil #1"
        event = _with_attributes(given_name=forged)
        assert "\n" not in _text(event, **self.OWN)
        text = _text(event, **self.OWN, autofill=WEB)
        assert text.splitlines()[-1] == f"@login.example.com #{CODE}"
        assert len(text.splitlines()) == 2

    @pytest.mark.parametrize(
        ("value", "kept"),
        [
            ("Jane", "Jane"),
            ("  Jane\t", "Jane"),
            ("\u202eenaJ\u202c", "enaJ"),
            ("Jane\u2066\u2069", "Jane"),
            ("e\u0301lise", "élise"),
            ("Wolfeschlegelsteinhausenbergerdorff", "Wolfeschlegelsteinha"),
            ("नम" * 9 + "नी" * 5, "नम" * 9 + "नी"),
            ("नम" * 9 + "ननी" * 5, "नम" * 9 + "न"),
            (PHONE_NUMBER, PHONE_NUMBER),
        ],
    )
    def test_what_is_kept_of_one(self, value: str, kept: str) -> None:
        assert safe_attribute(value, own_address=PHONE_NUMBER) == kept

    @given(st.text(max_size=80))
    def test_whatever_a_user_writes_it_stays_on_its_line_and_within_its_limit(self, value: str) -> None:
        kept = safe_attribute(value)
        if kept is not None:
            assert len(kept) <= ATTRIBUTE_LIMIT
            assert len(kept.splitlines()) == 1
            assert "@" not in kept
            assert "/" not in kept


# Every character that is a digit by its name; of some scripts they have other names than digits.
_DIGIT = re.compile(r"\b(DIGIT|SUPERSCRIPT|SUBSCRIPT)\b.*\b(ZERO|ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE)\b")
DIGITS = [
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char).startswith("N") and _DIGIT.search(unicodedata.name(char, ""))
]
BETWEEN = [*" -.+_()#*'\u00b7\u200b\u202e\u00a0\ufe0f\u20e3\u0301🔥", *"aé王"]
hostile = st.text(st.one_of(st.sampled_from(DIGITS), st.sampled_from(BETWEEN)), max_size=12) | st.text(max_size=70)


class TestWhateverUsersWrite:
    """In every value of theirs at once, and in any script."""

    OWN: dict[str, Any] = {  # noqa: RUF012
        "attributes": {"first": "given_name", "last": "family_name"},
        "templates": {"en": {"SignUp": "Hi $first $last ($username): $code", "default": "code $code"}},
    }

    def sent(self, values: tuple[str, str, str], **content: Any) -> str:
        username, first, last = values
        event = make_event("SignUp", code="AYAD", userName=username)
        event["request"]["userAttributes"] |= {"given_name": first, "family_name": last}
        return _text(parse(event), code="abc", **self.OWN | content)

    @settings(max_examples=300)
    @given(st.tuples(hostile, hostile, hostile))
    def test_no_three_digits_of_theirs_stand_in_a_row(self, values: tuple[str, str, str]) -> None:
        kinds = (
            "9" if char in DIGITS else "x" if unicodedata.category(char).startswith("L") else ""
            for char in self.sent(values)
        )
        assert "999" not in "".join(kinds)

    def test_two_attributes_may_stand_beside_each_other(self) -> None:
        assert self.sent(("roe85", "Jane", "Roe")) == "Hi Jane Roe (roe85): abc"

    @settings(max_examples=300)
    @given(
        values=st.tuples(hostile, hostile, hostile),
        limit=st.integers(1, 3),
        unused=st.integers(0, 60),
        line=st.sampled_from([{}, WEB, ANDROID]),
        transliterate=st.booleans(),
    )
    def test_no_text_takes_more_parts_than_it_may(
        self, values: tuple[str, str, str], limit: int, unused: int, line: Any, transliterate: bool
    ) -> None:
        room = [160, 306, 459][limit - 1] - len("Hi   (): \n@login.example.com #abc") - 8 - 16 - 2 * ATTRIBUTE_LIMIT
        text = "y" * (room - unused) + "Hi $first $last ($username): $code"
        templates = {"en": {"SignUp": text, "default": "code $code"}}
        sent = self.sent(
            values, templates=templates, max_segments={"en": limit}, autofill=line, transliterate=transliterate
        )
        counted = segments(sent)
        assert counted.parts <= limit
        if line == ANDROID:  # or the app does not find it
            assert counted.parts == 1
            assert counted.encoding is Encoding.UCS_2 or len(sent.encode()) <= 140

    @pytest.mark.parametrize(
        ("locale", "limits", "is_taken"),
        [
            ("en", {}, False),
            ("en", {"en": 2}, True),
            ("en", {"default": 2}, True),
            ("en_GB", {"en_GB": 1, "en": 2}, False),
            ("en-GB", {"en_gb": 2, "default": 1}, True),
            ("ja", {}, True),
            ("ja", {"default": 1}, False),
            ("sw", {}, False),
        ],
    )
    def test_a_name_that_costs_another_part_is_taken_where_a_text_may_take_it(
        self, locale: str, limits: dict[str, int], is_taken: bool
    ) -> None:
        own: dict[str, Any] = {"templates": {locale: {"SignUp": "Hi $username, $code " + "y" * 60, "default": "$code"}}}
        event = _event(userName="François", attributes={"locale": locale})
        text = _text(event, **own, max_segments=limits)
        assert (text.startswith("Hi François"), segments(text).parts) == (is_taken, 2 if is_taken else 1)

    def test_what_an_administrator_chose_is_sent_whole(self) -> None:
        own: dict[str, Any] = {"templates": {"en": {"AdminCreateUser": "$username $code"}}}
        assert _text(_event("AdminCreateUser", userName="👍" * 40), **own, code="~" * 60) == f"{'👍' * 40} {'~' * 60}"


class TestAutofill:
    def test_no_autofill_line_is_sent_unless_it_is_asked_for(self) -> None:
        assert _text(_event()) == f"en {CODE}"

    def test_a_line_for_the_web_names_the_domain_and_the_code(self) -> None:
        assert _text(_event(), autofill=WEB) == f"en {CODE}\n@login.example.com #{CODE}"

    def test_a_line_for_android_is_the_app_s_hash(self) -> None:
        assert _text(_event(), autofill=ANDROID) == f"en {CODE}\nFA+9qCX9VSu"

    @pytest.mark.parametrize(
        ("client_id", "line"),
        [
            ("4k2n9a8v1example0client26", "@login.example.com #482913"),
            ("android0client", "FA+9qCX9VSu"),
            ("console0client", "en 482913"),
        ],
    )
    def test_an_app_client_may_have_a_line_of_its_own(self, client_id: str, line: str) -> None:
        event = _event(callerContext={"clientId": client_id})
        autofill = WEB | {"clients": {"android0client": ANDROID, "console0client": {}}}
        assert _text(event, autofill=autofill).splitlines()[-1] == line

    def test_a_password_or_a_warning_is_not_filled_in(self) -> None:
        assert "@login" not in _text(_event("AdminCreateUser"), autofill=WEB)
        assert "@login" not in _text(_event("AccountTakeOverNotification"), autofill=WEB)
        assert "@login" not in _text(_event("SomethingNew"), code="not only digits", autofill=WEB)
        assert "@login" in _text(_event("SomethingNew"), autofill=WEB)

    @pytest.mark.parametrize(
        ("autofill", "says"),
        [
            (WEB | ANDROID, "sms.autofill: one line, because phones look at the last one of a message"),
            (
                {"clients": {"abc": WEB | ANDROID}},
                "sms.autofill.clients.abc: one line, because phones look at the last",
            ),
            ({"web_otp": {"domain": "https://example.com"}}, "sms.autofill.web_otp.domain: a domain"),
            ({"web_otp": {"domain": "Example.com"}}, "sms.autofill.web_otp.domain: a domain"),
            ({"web_otp": {"domain": "example.com\n@evil.example"}}, "sms.autofill.web_otp.domain: a domain"),
            ({"web_otp": {"domain": "localhost"}}, "sms.autofill.web_otp.domain: a domain"),
            (
                {"web_otp": {**WEB["web_otp"], "path": "/login"}},
                "sms.autofill.web_otp: an object with domain. Got: path",
            ),
            ({"android": {"app_hash": "short"}}, "sms.autofill.android.app_hash: the 11 characters"),
            ({"android": {"app_hash": "FA+9qCX9VSu\n"}}, "sms.autofill.android.app_hash: the 11 characters"),
            ({"sms": {}}, "sms.autofill: an object with android, clients, web_otp. Got: sms. Fix: remove it"),
            ({"clients": {"a b": {}}}, "sms.autofill.clients: each name is the id of an app client"),
            ({"clients": {"abc": []}}, "sms.autofill.clients.abc: an object"),
            ({"clients": {"abc": {"clients": {}}}}, "sms.autofill.clients.abc: an object with android, web_otp"),
            ({"clients": []}, "sms.autofill.clients: an object"),
            ([], "sms.autofill: an object"),
        ],
    )
    def test_an_autofill_that_cannot_be_is_refused(self, autofill: Any, says: str) -> None:
        assert refused(lambda: read_messages({"autofill": autofill}), autofill).startswith(says)

    @pytest.mark.parametrize("nothing", [None, {}, {"domain": None}])
    def test_a_way_that_lacks_what_it_is_made_of_is_as_if_it_were_not_there(self, nothing: object) -> None:
        assert read_messages({"autofill": {"web_otp": nothing, **ANDROID}}) == read_messages({"autofill": ANDROID})


class TestTransliteration:
    TYPED = "It\u2019s \u201c$brand\u201d\u00a0\u2013 $code\u2026"

    def test_a_text_is_transliterated_only_when_that_is_asked_for(self) -> None:
        own: dict[str, Any] = {"templates": {"en": {"default": self.TYPED}}}
        assert _text(_event(), **own) == f"It\u2019s \u201cAcme\u201d\u00a0\u2013 {CODE}\u2026"
        assert _text(_event(), **own, transliterate=True) == f'It\'s "Acme" - {CODE}...'

    def test_values_too_but_never_the_password(self) -> None:
        own: dict[str, Any] = {"templates": {"en": {"AdminCreateUser": "$username\u2026 $code"}}, "transliterate": True}
        event = _event("AdminCreateUser", userName="O\u2019Neil")
        assert _text(event, **own, code="a1") == "O'Neil... a1"
        assert _text(event, **own, code="a\u20191") == "O\u2019Neil\u2026 a\u20191"

    def test_a_text_that_needs_ucs_2_anyway_keeps_its_typography(self) -> None:
        own: dict[str, Any] = {"templates": {"en": {"default": "«Код» \u2013 $code"}}}
        assert _text(_event(), **own, transliterate=True) == f"«Код» \u2013 {CODE}"


class TestIndia:
    IDS = {"entity_id": "1101", "template_ids": {"en": {"default": "1107"}, "hi": {"SignUp": "1109"}}}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("trigger", "locale", "template_id"),
        [
            ("SignUp", None, "1107"),  # the text is templates.en.default
            ("SignUp", "hi", "1109"),  # a built-in text
            ("ForgotPassword", "hi", None),
            ("SignUp", "fr", None),
        ],
    )
    def test_the_ids_are_those_of_the_text_that_was_taken(
        self, trigger: str, locale: str | None, template_id: str | None
    ) -> None:
        message = _message(_event(trigger, attributes={"locale": locale}), "IN", india=self.IDS)
        assert message.content.india == (None if template_id is None else IndiaIds("1101", template_id))

    def test_india_s_ids_go_to_india_only(self) -> None:
        assert _message(_event(), "DE", india=self.IDS).content.india is None

    @pytest.mark.parametrize(("name", "template_id"), [("Jane", "1108"), ("evil.example", None)])
    def test_a_built_in_text_in_the_place_of_ones_own_has_not_its_id(self, name: str, template_id: str | None) -> None:
        own: dict[str, Any] = {
            "attributes": {"first_name": "given_name"},
            "templates": {"en": {"SignUp": "Hi $first_name: $code"}},
        }
        ids = {"entity_id": "1101", "template_ids": {"en": {"SignUp": "1108"}}}
        message = _message(_with_attributes(given_name=name), "IN", india=ids, **own)
        assert message.content.text.reveal() == (
            f"Hi Jane: {CODE}" if template_id else f"{CODE} is your Acme verification code."
        )
        assert message.content.india == (None if template_id is None else IndiaIds("1101", template_id))

    @pytest.mark.parametrize(
        ("place", "is_sent"),
        [
            ("en.default", True),
            ("en.SignUp", False),  # templates.en.default always stands before the built-in text
            ("en.AdminCreateUser", True),  # but not before this one
            ("de.SignUp", True),  # its default needs a user name, which not everybody may have
            ("hi.SignUp", True),
            ("zh_hant.SignUp", True),
            ("sv.default", False),
        ],
    )
    def test_an_id_of_a_text_that_is_never_sent_is_refused(self, place: str, is_sent: bool) -> None:
        locale, trigger = place.split(".")
        content = {
            "templates": {"en": {"default": "$code"}, "de": {"default": "$username: $code"}},
            "india": {"entity_id": "1101", "template_ids": {locale: {trigger: "1107"}}},
        }
        if is_sent:
            assert read_messages(content).india_entity_id == "1101"
        else:
            says = f"sms.india.template_ids: ids of texts that are sent. Got: {place}. Fix: write that text"
            assert refused(lambda: read_messages(content), content["india"]).startswith(says)


LANGUAGES = {"built_in_locales": ["de", "zh_Hant"], "templates": {"pt-PT": {"default": "$code"}}}


@pytest.mark.parametrize("tag", ["en-GB", "de-AT", "zh-TW", "zh_MO", "pt-AO", "pt_PT"])
def test_a_language_has_texts_when_one_that_it_begins_with_or_stands_for_has(tag: str) -> None:
    found = read_messages(LANGUAGES | {"default_locale": tag, "country_locales": {"US": tag}})
    assert found.shared.default_locale == found.country_locales["US"] == tag.lower().replace("_", "-")


@pytest.mark.parametrize("tag", ["sv", "fr-CA", "zh-CN", "pt-BR"])
def test_a_language_without_texts_is_refused_by_name(tag: str) -> None:
    """Its people would get English, and nothing would say so."""
    rule, fix = "a language that there are texts in", "Fix: add them to sms.templates, or choose among de, en, pt-pt, "
    default: Any = {"default_locale": tag}
    countries: Any = {"country_locales": {"US": tag, "DE": "de"}}
    said = [refused(functools.partial(read_messages, LANGUAGES | content), content) for content in (default, countries)]
    assert said[0].startswith(f"messages.default_locale: {rule}. Got: {tag.lower()}. {fix}")
    assert said[1].startswith(f"sms.country_locales: {rule}. Got: US {tag.lower()}. {fix}")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"attributes": []}, "messages.attributes: an object"),
        ({"attributes": {"name": "given name"}}, "messages.attributes.name: the name of a user attribute"),
        ({"built_in_locales": ["sv"]}, "messages.built_in_locales: languages among "),
        ({"built_in_locales": ["de", "de-AT"]}, "messages.built_in_locales: languages among "),
        ({"built_in_locales": ["german"]}, "messages.built_in_locales: a language tag"),
        ({"built_in_locales": "de-AT"}, "messages.built_in_locales: a list, each item a language tag"),
        ({"max_segments": []}, "sms.max_segments: an object"),
        ({"max_segments": {"english": 1}}, 'sms.max_segments: each name is a language tag, or "default"'),
        *(
            ({"max_segments": {"en": parts}}, "sms.max_segments.en: a whole number from 1 to 25")
            for parts in (0, 26, True, 1.5)
        ),
        ({"max_segments": {"default": "2"}}, "sms.max_segments.default: a whole number from 1 to 25"),
        ({"max_segments": {"pt-BR": 1, "pt_br": 1}}, "sms.max_segments: each locale once"),
        ({"client_metadata_locale": ""}, "messages.client_metadata_locale: a key of client metadata"),
        ({"country_locales": {"de": "de"}}, "sms.country_locales: each name is two capital letters"),
        ({"country_locales": {"DE": "German"}}, "sms.country_locales.DE: a language tag"),
        ({"india": {"entity_id": "a b"}}, "sms.india.entity_id: an id of the registration in India"),
        ({"india": {"template_ids": INDIA}}, "sms.india.entity_id: an id of the registration in India"),
        ({"india": {"entity_id": "1101"}}, "sms.india.template_ids: an object"),
        (
            {"india": {"entity_id": "1101", "template_ids": {"en": {"SignUp": 5}}}},
            "sms.india.template_ids.en.SignUp: an id of the registration in India",
        ),
        (
            {"india": {"entity_id": "1101", "template_ids": {"english": {}}}},
            "sms.india.template_ids: each name is a language tag",
        ),
        (
            {"india": {"entity_id": "1101", "template_ids": {"en": {"Sign Up": "1107"}}}},
            'sms.india.template_ids.en: each name is "default" or a trigger',
        ),
        (
            {"india": {"entity_id": "1101", "template_ids": {"pt-BR": {}, "pt_br": {}}}},
            "sms.india.template_ids: each locale once",
        ),
        ({"transliterate": "yes"}, "sms.transliterate: true or false"),
    ],
)
def test_a_bad_setting_is_named_with_the_fix(content: Any, says: str) -> None:
    assert refused(lambda: read_messages(content)).startswith(says)
