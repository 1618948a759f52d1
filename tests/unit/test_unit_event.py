"""Cognito's event, as it comes and as it should not: one frozen value, or a text that names the field."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.cognito.event import Event, EventIdentity, Refused, identify, read
from support.cognito import CLIENT_ID, PHONE_NUMBER, POOL_ID, make_event, parse

TRIGGERS = (
    "SignUp",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "AdminCreateUser",
    "Authentication",
    "AccountTakeOverNotification",
)


def test_a_real_event_becomes_one_value() -> None:
    event = parse(make_event(code="AYAD", attributes={"locale": "de-AT"}))
    assert event.trigger == "SignUp"
    assert (event.channel, event.user_pool_id, event.client_id) == ("sms", POOL_ID, CLIENT_ID)
    assert event.username == "jane-roe"
    assert event.user_sub == "5f2c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10"
    assert event.ciphertext == "AYAD"
    assert event.locale == "de-AT"
    assert event.user_attributes["cognito:user_status"] == "UNCONFIRMED"


def test_every_trigger_is_taken_known_or_not(subtests: pytest.Subtests) -> None:
    for trigger in [*TRIGGERS, "SomethingFromTheFuture"]:
        with subtests.test(trigger=trigger):
            assert parse(make_event(trigger, code="AYAD")).trigger == trigger


def test_a_suffix_that_is_no_word_is_unknown_and_not_dropped(subtests: pytest.Subtests) -> None:
    for suffix in ["", "x" * 65, "Sign Up", "<script>", "SignÜp"]:
        with subtests.test(suffix=suffix):
            assert parse(make_event(suffix, code="AYAD")).trigger == "Unknown"


@pytest.mark.parametrize("code", [None, ""])
def test_only_a_notice_or_a_trigger_that_nobody_knows_may_come_without_a_code(code: str | None) -> None:
    for trigger in ("AccountTakeOverNotification", "SomethingFromTheFuture"):
        assert parse(make_event(trigger, code=code)).ciphertext is None
    for trigger in TRIGGERS[:-1]:
        event = read(make_event(trigger, code=code))
        assert isinstance(event, Refused)
        assert event.flaw == "request.code is null, and the message of this trigger is its code"


class TestSmsOrNot:
    """``request.type`` decides; without one that is known, the prefix of ``triggerSource`` does."""

    def test_type_alone_is_enough(self) -> None:
        event = make_event(code="AYAD")
        event["triggerSource"] = "CustomMessage_ForgotPassword"
        assert parse(event).trigger == "ForgotPassword"

    def test_trigger_source_alone_is_enough(self, subtests: pytest.Subtests) -> None:
        for request_type in [None, "customSMSSenderRequestV2", 7]:
            with subtests.test(request_type=request_type):
                event = make_event("ResendCode", code="AYAD", request={"type": request_type})
                assert parse(event).trigger == "ResendCode"

    def test_a_suffix_may_have_underscores_of_its_own(self) -> None:
        for source in ("CustomSMSSender_Sign_In", "CustomSMSSender__SignUp"):
            assert read(make_event(code="AYAD", triggerSource=source, request={"type": None})).channel == "sms"

    @pytest.mark.parametrize(
        "event",
        [
            make_event(triggerSource="CustomEmailSender_SignUp", request={"type": "customEmailSenderRequestV1"}),
            make_event(triggerSource="CustomEmailSender_SignUp", request={"type": None}),
            make_event(triggerSource="CustomSMSSender_SignUp", request={"type": "customEmailSenderRequestV1"}),
        ],
        ids=["both", "source", "type"],
    )
    def test_email_is_another_channel(self, event: dict[str, Any]) -> None:
        assert read(event).channel == "email"

    def test_another_triggers_event_is_refused(self, subtests: pytest.Subtests) -> None:
        for source in ["PreSignUp_SignUp", "", None, 5, ["CustomSMSSender_SignUp"]]:
            with subtests.test(source=source):
                event = read(make_event(triggerSource=source, request={"type": None}))
                assert isinstance(event, Refused)
                assert "belongs in the pool's lambda_config as custom_sms_sender or custom_email_sender" in event.flaw


def test_an_error_names_the_field_and_never_what_it_holds(subtests: pytest.Subtests) -> None:
    events: list[tuple[Any, str]] = [
        (None, "the event"),
        ([], "the event"),
        ("+4915112345678", "the event"),
        ({}, "request"),
        (make_event() | {"request": "x"}, "request"),
        (make_event(userPoolId=None), "userPoolId"),
        (make_event(userPoolId="no-pool"), "userPoolId"),
        (make_event(userPoolId="eu-central-1_" + "a" * 100), "userPoolId"),
        (make_event(code=123456), "request.code"),
        (make_event(code={"a": "482913"}), "request.code"),
    ]
    for raw, field in events:
        with subtests.test(raw=raw, field=field):
            event = read(raw)
            assert isinstance(event, Refused)
            assert event.flaw.startswith(field)
            for content in ("491511", "no-pool", "482913", "123456", "aaaa"):
                assert content not in event.flaw


class TestHostileContent:
    """Nothing that a user may write into an attribute can cost another user the code, or this one."""

    def test_extensions_of_a_language_tag_do_not_cost_the_language(self, subtests: pytest.Subtests) -> None:
        """BCP 47: which digits, which hours, which order. A browser's ``Intl`` writes them."""
        for locale, language in [
            ("ar-u-nu-latn", "ar"),
            ("hi-IN-u-nu-deva-x-a", "hi-IN"),
            ("zh-Hant-TW-x-1", "zh-Hant-TW"),
            ("sl-rozaj-biske-1994", "sl-rozaj-biske-1994"),
            ("de-CH-1901-oxendict-foobar", "de-CH-1901-oxendict-foobar"),
        ]:
            with subtests.test(locale=locale, language=language):
                assert parse(make_event(code="AYAD", attributes={"locale": locale})).locale == language

    def test_a_locale_that_is_none_is_no_locale(self, subtests: pytest.Subtests) -> None:
        for locale in [
            "x" * 5000,
            "de/../..",
            "de_AT.UTF-8",
            "",
            "1",
            "en-US'; --",
            "de\n",
            "de-u",
            "de-u-",
            "x-de",
            "de" + "-abcdefgh" * 4,
            "de-x" + "-a" * 5000 + "!",
            "\uff44\uff45",
        ]:
            with subtests.test(locale=locale):
                assert parse(make_event(code="AYAD", attributes={"locale": locale})).locale is None

    def test_attributes_that_are_no_text_are_left_out(self) -> None:
        event = parse(make_event(code="AYAD", attributes={"custom:list": ["x"], "custom:number": 5, "ok": "y"}))
        assert {"custom:list", "custom:number"}.isdisjoint(event.user_attributes)
        assert event.user_attributes["ok"] == "y"

    def test_attributes_cannot_be_changed(self) -> None:
        event = parse(make_event(code="AYAD"))
        with pytest.raises(TypeError):
            event.user_attributes["sub"] = "x"  # type: ignore[index]
        with pytest.raises(dataclasses.FrozenInstanceError):
            event.username = "x"  # type: ignore[misc]

    @pytest.mark.parametrize("username", [None, 5, ["x"]])
    def test_a_user_name_of_the_wrong_type_is_none(self, username: Any) -> None:
        assert parse(make_event(code="AYAD", userName=username)).username == ""

    def test_a_user_name_is_capped(self) -> None:
        assert len(parse(make_event(code="AYAD", userName="x" * 10_000)).username) == 128

    def test_a_client_id_is_not_needed_to_send(self, subtests: pytest.Subtests) -> None:
        for context in [None, {}, {"clientId": None}, {"clientId": "a b"}, {"clientId": "x" * 129}, "x"]:
            with subtests.test(context=context):
                assert parse(make_event(code="AYAD", callerContext=context)).client_id == ""

    def test_client_metadata_is_none_of_the_rest(self) -> None:
        """It comes from a caller who need not be signed in: it is carried apart, and shown nowhere."""
        metadata = {"phone_number": "+33600000000", "locale": "fr", "trigger": "AdminCreateUser"}
        event = parse(make_event(code="AYAD", request={"clientMetadata": metadata}))
        assert replace(event, client_metadata={}) == parse(make_event(code="AYAD"))
        assert "33600000000" not in repr(event)

    def test_odd_client_metadata_is_none(self, subtests: pytest.Subtests) -> None:
        odd: list[object] = [None, "fr", [], {"locale": 5, 6: "fr"}]
        for metadata in odd:
            with subtests.test(metadata=metadata):
                assert parse(make_event(code="AYAD", request={"clientMetadata": metadata})).client_metadata == {}


def test_the_value_does_not_show_the_person() -> None:
    shown = repr(parse(make_event(code="AYADe0123456789")))
    for private in (PHONE_NUMBER, "jane", "5f2c1f9e", "AYADe0123456789", "customer.example"):
        assert private not in shown
    assert POOL_ID in shown


class TestIdentify:
    """What may be logged of an event that is refused."""

    def test_a_good_event_is_known_by_trigger_pool_and_client(self) -> None:
        assert identify(make_event("ResendCode")) == EventIdentity("ResendCode", POOL_ID, CLIENT_ID)

    def test_only_what_has_the_right_form(self) -> None:
        event = make_event(
            triggerSource="x_+49151", userPoolId="+4915112345678", callerContext={"clientId": "+49 151 12345678"}
        )
        assert identify(event) == EventIdentity("Unknown", None, None)

    @pytest.mark.parametrize("client_id", ["482913", "_482913_"])
    def test_a_client_id_without_a_letter_could_be_a_code(self, client_id: str) -> None:
        assert identify(make_event(callerContext={"clientId": client_id})).client_id is None

    def test_what_may_be_a_number_is_hidden_whatever_the_event_s_own_number_is(self) -> None:
        event = make_event(
            code="AYAD", userPoolId="eu-central-1_4915112345678", triggerSource="CustomSMSSender_C482913"
        )
        event["callerContext"]["clientId"] = "n1234567x123456"
        shown = EventIdentity("Unknown", "eu-central-1_*************", "n*******x123456")
        for number in (PHONE_NUMBER, "+1234567", "+1", "1", ""):
            event["request"]["userAttributes"]["phone_number"] = number
            assert identify(event) == shown
            assert parse(event).user_pool_id == "eu-central-1_4915112345678"
            assert parse(event).client_id == "n1234567x123456"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(
    raw=_JSON
    | st.fixed_dictionaries(
        {
            "triggerSource": st.just("CustomSMSSender_SignUp") | _JSON,
            "userPoolId": st.just(POOL_ID) | _JSON,
            "userName": _JSON,
            "region": _JSON,
            "callerContext": _JSON,
            "request": _JSON
            | st.fixed_dictionaries(
                {
                    "type": _JSON,
                    "code": _JSON,
                    "userAttributes": _JSON | st.fixed_dictionaries({"phone_number": _JSON, "locale": _JSON}),
                }
            ),
        }
    )
)
def test_whatever_comes_it_is_an_event_or_refused(raw: Any) -> None:
    event = read(raw)
    assert isinstance(event, Event | Refused)
    assert event.identity == identify(raw)
