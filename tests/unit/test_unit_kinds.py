"""``kinds.json``: what each kind of sender accepts, how the rest is refused, and that nobody else has another list."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.rig import SETUPS, SMTP
from custom_sender import senders
from custom_sender.errors import SettingsError
from custom_sender.reader import UNKNOWN, Form, words
from custom_sender.senders.attributes import FORMS, KINDS, form
from custom_sender.senders.http_language import PARTS
from support.configured import create
from support.refusals import refused
from support.senders import LEAST, SECRET_ARN, settings

# In the place of a number or a credential that was put into the wrong attribute.
HIDDEN = "+4915112345678 hunter2"
REGION = "eu-central-1"
OTHER_REGION = "us-east-1"
TELNYX = {**dict.fromkeys(PARTS), "preset": "telnyx", "settings": {"from": "+15550100123"}}
SENT = {"outcome": "SENT", "status": ["200"]}
SID = "0123456789abcdefABCDEF0123456789"


def arn(resource: str, service: str = "sms-voice", region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:123456789012:{resource}"


ARNS = {
    "secret_arn": (SECRET_ARN, arn("parameter/login/provider", "ssm")),
    "origination_identity": (
        *(
            arn(resource)
            for resource in ("pool/pool-1", "phone-number/phone-1", "sender-id/ACME/DE", "rcs-agent/rcs-1")
        ),
    ),
    "configuration_set_name": (arn("configuration-set/login_1"),),
    "protect_configuration_id": (arn("protect-configuration/protect-1"),),
    "notify_configuration_id": (arn("notify-configuration/nc-1"),),
    "topic_arn": (arn("inbox-1_a", "sns"),),
    "identity_arn": (arn("identity/acme.example", "ses"), arn("identity/log.in+1@acme.example", "ses", OTHER_REGION)),
}
# Kind → attribute → what it accepts.
GOOD: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "sns": {
        "sender_id": ("ACME", "A-1", "1-A", "x" * 11),
        "origination_number": ("+15550100123", "+1234567", "12345", "123456"),
        "origination_by_country": ({"DE": "ACME", "US": "+15550100123", "CA": "12345"}, {}),
        "sms_type": ("Transactional", "Promotional"),
        "max_price": ("0.50", "0.00001", "0.0100", "1.0", "99.99999"),
        "region": (REGION, "us-gov-west-1", "ap-southeast-10"),
        "entity_id": ("1101",),
        "template_id": ("1107",),
    },
    "sns_topic": {"topic_arn": ARNS["topic_arn"], "environment": ("test", "production")},
    "end_user_messaging": {
        "origination_identity": (
            *("ACME", "+15550100123", "12345", "pool-0123456789abcdef", "sender/DE"),
            *ARNS["origination_identity"],
        ),
        "origination_by_country": (
            {"DE": "ACME", "US": "+15550100123", "FR": "pool-0123456789abcdef", "GB": ARNS["origination_identity"][1]},
            {},
        ),
        "configuration_set_name": ("login", *ARNS["configuration_set_name"]),
        "protect_configuration_id": ("protect-0123456789abcdef", *ARNS["protect_configuration_id"]),
        "message_type": ("TRANSACTIONAL", "PROMOTIONAL"),
        "max_price": ("0.05", "0.00001"),
        "time_to_live_seconds": (5, 60.0, 259_200),
        "region": (REGION,),
        "keyword": ("ACME Login", "x" * 30),
        "in_entity_id": ("1101",),
        "in_template_id": ("1107",),
    },
    "notify": {
        "notify_configuration_id": ("nc-1234567890abcdef0", *ARNS["notify_configuration_id"]),
        "template_id": ("notify-code-verification-english-001",),
        "template_ids": ({"en": "notify-en", "pt-BR": "notify-pt", "zh_Hant_TW": "notify_zh"}, {}),
        "code_variable": ("code", "otp_1"),
        "configuration_set_name": ("login", *ARNS["configuration_set_name"]),
        "time_to_live_seconds": (5, 259_200),
        "region": (REGION,),
    },
    "twilio": {
        "secret_arn": ARNS["secret_arn"],
        "messaging_service_sid": (f"MG{SID}",),
        "from": ("+15550100123", "123", "12345678", "ACME", "A B+C&D_E-F", "7 Eleven"),
        "message_privacy": (True, False),
    },
    "twilio_verify": {
        "service_sid": (f"VA{SID}",),
        "secret_arn": ARNS["secret_arn"],
        "channel": ("sms", "whatsapp", "call"),
        "template_sid": (f"HJ{SID}",),
        "app_hash": ("A1b2C3d4E5+", "/1b2C3d4E5A"),
        "friendly_name": ("ACME Login", "Älm 1"),
    },
    "vonage": {
        "from": ("+15550100123", "15550100123", "123", "12345678", "ACME 1"),
        "secret_arn": ARNS["secret_arn"],
        "entity_id": ("1101",),
        "content_id": ("1107",),
    },
    "whatsapp": {
        "phone_number_id": ("106540352242922",),
        "template": ("login_code_1",),
        "languages": ({"de": "de", "pt-BR": "pt_BR", "fil": "fil"}, {}),
        "default_language": ("en_US", "de"),
        "api_version": ("v26.0",),
        "secret_arn": ARNS["secret_arn"],
    },
    "ses": {"identity_arn": ARNS["identity_arn"], "configuration_set": ("login_1",), "tenant": ("acme-1",)},
    "smtp": {
        "host": ("smtp.acme.example", "mx-1.a"),
        "port": ("587", "465"),
        "secret_arn": ARNS["secret_arn"],
        "allow_private_address": (True, False),
    },
    "slack": {"secret_arn": ARNS["secret_arn"], "environment": ("test", "production")},
    "webhook": {
        "url": ("https://hooks.example/sms", "https://hooks.example:8443/?a=b", "https://93.184.215.14/"),
        "secret_arn": ARNS["secret_arn"],
        "allow_private_address": (True, False),
    },
    "http": {
        "secret_arn": ARNS["secret_arn"],
        "preset": ("telnyx",),
        "settings": ({"from": "+15550100123"},),
        "url": ("https://gateway.example/sms",),
        "method": ("POST", "PUT"),
        "headers": ({"X-API-Key": "{secret.api_key}"}, {}),
        "basic_auth": ({"username": "{secret.user}", "password": "{secret.password}"},),
        "format": ("json", "form"),
        "body": ('{"to": "{number}", "text": "{text}"}',),
        "lifetime": ({},),
        "message_id": ("messages[0].id",),
        "rules": ([SENT],),
        "allow_private_address": (True, False),
    },
}


def rule_of(kind: str, attribute: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = KINDS[kind]["attributes"][attribute]
    return found


def forms_of(kind: str, attribute: str) -> tuple[Form, ...]:
    """What a text may be; none for what the sender reads itself, and for what is no text."""
    rule = rule_of(kind, attribute)
    return tuple(FORMS[name] for name in rule.get("is", ())) or ((form(rule),) if "pattern" in rule else ())


# The function's: what Terraform keeps for the role's policy is in no document.
ATTRIBUTES = [
    (kind, name) for kind, schema in KINDS.items() for name, rule in schema["attributes"].items() if "for" not in rule
]
TEXTS = [(kind, name) for kind, name in ATTRIBUTES if forms_of(kind, name) and "by" not in rule_of(kind, name)]
BY_NAME = [(kind, name) for kind, name in ATTRIBUTES if "by" in rule_of(kind, name)]
NUMBERS = [(kind, name) for kind, name in ATTRIBUTES if rule_of(kind, name).get("type") == "number"]
SWITCHES = [(kind, name) for kind, name in ATTRIBUTES if rule_of(kind, name).get("type") == "bool"]
REFERENCES = [(kind, name) for kind, name in ATTRIBUTES if rule_of(kind, name).get("reference")]
IN_REGION = [(kind, name) for kind, name in ATTRIBUTES if rule_of(kind, name).get("in_region")]
ONLY_WITH = [(kind, name) for kind, name in ATTRIBUTES if "only_with" in rule_of(kind, name)]


def complete(kind: str, attribute: str, value: object) -> dict[str, Any]:
    """Settings with this attribute, and with those that it needs beside it."""
    changes: dict[str, Any] = dict(TELNYX) if (kind, attribute) in (("http", "preset"), ("http", "settings")) else {}
    if (kind, attribute) == ("http", "lifetime"):
        changes["body"] = '{"to": "{number}", "text": "{text}", "ttl": "{lifetime_seconds}"}'
    for others in KINDS[kind].get("together", ()):
        changes |= {name: GOOD[kind][name][0] for name in others if attribute in others}
    for others in KINDS[kind].get("exactly_one_of", ()):
        changes |= {name: None for name in others if attribute in others}
    return settings(kind, **{**changes, attribute: value})


def refusal(kind: str, **changes: Any) -> str:
    return refused(lambda: create("mine", settings(kind, **changes)), changes)


def refusal_of(kind: str, attribute: str, value: object) -> str:
    """What is said behind the path of the attribute, or of something in it."""
    text = refused(lambda: create("mine", complete(kind, attribute, value)), value)
    place = f"senders.mine.{kind}.{attribute}"
    assert text.startswith((f"{place}: ", f"{place}.", f"{place}[")), text
    return text.removeprefix(place)


class TestTheSchema:
    def test_each_sender_has_the_attributes_that_it_says_and_no_other(self, subtests: pytest.Subtests) -> None:
        for kind in KINDS:
            with subtests.test(kind=kind):
                fields = {field.name.removesuffix("_") for field in dataclasses.fields(create("mine", settings(kind)))}  # type: ignore[arg-type]
                attributes = {name for of, name in ATTRIBUTES if of == kind}
                if kind == "http":  # a description in parts, or a preset with its settings
                    assert fields == {"secret_arn", "description", "allow_private_address"}
                    assert attributes - fields == {"preset", "settings", *PARTS}
                else:
                    assert fields == attributes

    def test_what_a_kind_carries_and_whether_it_has_a_secret_is_as_it_says(self, subtests: pytest.Subtests) -> None:
        for kind in KINDS:
            with subtests.test(kind=kind):
                sender = create("mine", settings(kind))
                # What a description carries is in its body.
                assert kind == "http" or sender.carries == set(KINDS[kind]["carries"])
                assert (sender.secret_arn is not None) is ("secret" in KINDS[kind])

    def test_each_kind_has_a_file_and_a_double_of_its_provider_and_no_file_is_of_no_kind(self) -> None:
        files = Path(senders.__file__).parent.glob("*.py")
        assert {file.stem for file in files if re.search(r"^def create\(", file.read_text("utf-8"), re.MULTILINE)} == {
            *KINDS,
            "__init__",
        }
        assert {setup.kind for setup in (*SETUPS.values(), SMTP)} == KINDS.keys()

    def test_every_form_is_used(self) -> None:
        used = {name for kind, attribute in ATTRIBUTES for name in rule_of(kind, attribute).get("is", ())}
        assert used | {"sender_name"} == FORMS.keys()

    def test_patterns_are_of_the_kind_that_terraform_reads_too(self, subtests: pytest.Subtests) -> None:
        """RE2 has no look-around and no back-references. What matches nothing at all would be null to Terraform."""
        for one in [*FORMS.values(), *(each for found in TEXTS for each in forms_of(*found))]:
            with subtests.test(str(one)):
                assert not re.search(r"\(\?(?!:)|\\[1-9]", one.pattern)
                assert not one.fits("")

    def test_what_is_good_is_accepted(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in ATTRIBUTES:
            with subtests.test(kind=kind, attribute=attribute):
                assert GOOD[kind].keys() == {name for of, name in ATTRIBUTES if of == kind}
                for value in GOOD[kind][attribute]:
                    assert create("mine", complete(kind, attribute, value)).kind == kind
                if "default" in rule_of(kind, attribute):
                    assert rule_of(kind, attribute)["default"] in GOOD[kind][attribute]

    def test_what_a_plan_does_not_know_yet_is_accepted_where_it_may_be_unknown(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in REFERENCES:
            with subtests.test(kind=kind, attribute=attribute):
                value = {"DE": UNKNOWN} if (kind, attribute) in BY_NAME else UNKNOWN
                assert create("mine", complete(kind, attribute, value)).kind == kind


class TestForms:
    def test_a_text_is_one_of_the_forms(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in TEXTS:
            with subtests.test(kind=kind, attribute=attribute):
                forms = forms_of(kind, attribute)
                good = GOOD[kind][attribute][0]
                for value in ("", f"{good}\n", f" {good}\x00", 7, 7.5, True, [good], {"DE": good}):
                    assert refusal_of(kind, attribute, value).startswith(f": {words(forms)}. Got: ")

    def test_a_text_that_is_too_long_is_refused(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in [found for found in TEXTS if forms_of(*found)[-1].longest]:
            with subtests.test(kind=kind, attribute=attribute):
                forms = forms_of(kind, attribute)
                good = next(text for text in GOOD[kind][attribute] if re.fullmatch(forms[-1].pattern, text))
                longest = forms[-1].longest or 0
                text = good + good[-1] * (longest + 1 - len(good))
                assert re.fullmatch(forms[-1].pattern, text), "it is the length that is wrong"
                assert refusal_of(kind, attribute, text).startswith(f": {words(forms)}. Got: a text of {longest + 1} ")

    def test_of_an_object_each_name_and_each_value_has_its_form(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in BY_NAME:
            with subtests.test(kind=kind, attribute=attribute):
                name, good = next(iter(GOOD[kind][attribute][0].items()))
                for wrong in ("", "hunter2", 7, True, [good]):
                    assert refusal_of(kind, attribute, wrong).startswith(": an object. Got: ")
                for wrong in ("", "English", name + "\n", name * 2, HIDDEN):
                    assert refusal_of(kind, attribute, {name: good, wrong: good}).startswith(": each name is ")
                for value in ("", f"{good}\n", 7, True, [good], {"DE": good}, HIDDEN):
                    said = refusal_of(kind, attribute, {name: value})
                    assert said.startswith(f".{name}: {words(forms_of(kind, attribute))}. Got: ")

    def test_a_number_is_a_whole_one_within_its_limits(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in NUMBERS:
            with subtests.test(kind=kind, attribute=attribute):
                rule = rule_of(kind, attribute)
                infinite = (float("nan"), float("inf"))
                for value in ("", "60", True, 60.5, rule["min"] - 1, rule["max"] + 1, [60], {"DE": 60}, *infinite):
                    said = f": a whole number from {rule['min']} to {rule['max']}. Got: "
                    assert refusal_of(kind, attribute, value).startswith(said)

    def test_a_switch_is_true_or_false(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in SWITCHES:
            with subtests.test(kind=kind, attribute=attribute):
                for value in ("", "true", 1, 0, [True], {"DE": True}):
                    assert refusal_of(kind, attribute, value).startswith(": true or false. Got: ")

    def test_what_describes_a_call_has_its_type(self, subtests: pytest.Subtests) -> None:
        """What it may say is in the tests of the description."""
        for attribute, wrong in [
            ("preset", ("", "hunter2", 7, True, ["telnyx"], "Telnyx", "../telnyx", "clickatell")),
            ("settings", ("hunter2", 7, ["hunter2"], {"from": 7}, {"from": ["+15550100123"]})),
            ("headers", ("", "hunter2", 7, True, ["hunter2"], {"X-Key": 7}, {"X-Key": ["hunter2"]})),
            ("basic_auth", ("", "hunter2", 7, ["hunter2"], {}, {"username": 7, "password": "{secret.a}"})),
            ("body", ("", "hunter2", 7, True, '["{number}", "{text}"]')),
            ("lifetime", ("", "hunter2", 7, [60], {"min_seconds": "60"})),
            ("message_id", ("", 7, ["id"], {"id": "id"}, "id ")),
            ("rules", ("", "hunter2", 7, {"outcome": "SENT"}, [], ["SENT"], [[SENT]], [{**SENT, "status": 200}])),
        ]:
            with subtests.test(attribute=attribute):
                for value in wrong:
                    assert refusal_of("http", attribute, value)

    def test_every_attribute_is_of_one_of_these_types(self) -> None:
        described = {("http", name) for name in ("preset", "settings", *PARTS)} - set(TEXTS)
        assert {*TEXTS, *BY_NAME, *NUMBERS, *SWITCHES, *described} == set(ATTRIBUTES)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(HIDDEN),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["DE", "en", HIDDEN]), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(found=st.sampled_from(ATTRIBUTES), value=_JSON)
def test_whatever_stands_in_an_attribute_is_accepted_or_refused_and_never_shown(
    found: tuple[str, str], value: object
) -> None:
    kind, attribute = found
    try:
        create("mine", complete(kind, attribute, value))
    except SettingsError as error:
        assert str(error).startswith(f"senders.mine.{kind}")  # noqa: PT017 - most examples end here
        assert "hunter2" not in str(error)  # noqa: PT017
        assert "4915112345678" not in str(error)  # noqa: PT017


def test_the_least_settings_make_a_sender_of_that_kind(subtests: pytest.Subtests) -> None:
    for kind in KINDS:
        with subtests.test(kind=kind):
            assert create("mine", settings(kind)).kind == kind


def test_null_is_the_same_as_absent(subtests: pytest.Subtests) -> None:
    for kind in KINDS:
        with subtests.test(kind=kind):
            attributes = KINDS[kind]["attributes"]
            optional = {name for name, rule in attributes.items() if "default" not in rule} - LEAST[kind].keys()
            nothing = dict.fromkeys({*optional, "no_such_attribute"})
            assert create("mine", settings(kind, **nothing)) == create("mine", settings(kind))


def test_an_unknown_kind_is_refused_with_the_known_ones(subtests: pytest.Subtests) -> None:
    for kind in [None, "", "SNS", "telegram", 7, ["sns"]]:
        with subtests.test(kind=kind):
            says = refused(partial(create, "mine", {"kind": kind}), kind)
            assert says.startswith('senders.mine.kind: one of "sns", "sns_topic", ')


def test_an_unknown_attribute_is_refused_with_the_known_ones(subtests: pytest.Subtests) -> None:
    for kind in KINDS:
        with subtests.test(kind=kind):
            text = refusal(kind, color="red")
            assert text.startswith(f"senders.mine.{kind}: an object with ")
            assert "Got: color. Fix: remove it, or " in text
            assert all(name in text for name in LEAST[kind])


def test_a_missing_attribute_is_refused_with_what_it_should_be(subtests: pytest.Subtests) -> None:
    for kind, attribute in [
        (kind, attribute)
        for kind, least in LEAST.items()
        for attribute in least
        if attribute != "messaging_service_sid"
    ]:
        with subtests.test(kind=kind, attribute=attribute):
            text = refusal(kind, **{attribute: None})
            assert text.startswith(f"senders.mine.{kind}.{attribute}: ")
            assert re.search(r"\. Got: (nothing|neither)\. Fix: set ", text)


def test_what_only_looks_right_is_refused(subtests: pytest.Subtests) -> None:
    for kind, attribute, value in [
        ("sns", "sender_id", "TWELVE-CHARS"),
        ("sns", "sender_id", "12345"),
        ("sns", "sender_id", "A C M E"),
        ("sns", "sender_id", "ACME\n"),
        ("sns", "sender_id", 7),
        ("sns", "origination_number", "+1 555 0100"),
        ("sns", "sms_type", "TRANSACTIONAL"),
        ("sns", "sms_type", True),
        ("sns", "max_price", 0.5),
        ("sns", "max_price", "half a dollar"),
        ("sns", "region", "Frankfurt"),
        ("sns", "region", "eu-central-1\n"),
        ("sns_topic", "topic_arn", "arn:aws:sns:eu-central-1:123456789012:inbox.fifo"),
        ("sns_topic", "topic_arn", "inbox"),
        ("sns_topic", "environment", "prod"),
        ("sns_topic", "environment", "Test"),
        ("end_user_messaging", "origination_identity", "pool 1"),
        ("end_user_messaging", "message_type", "Transactional"),
        ("end_user_messaging", "max_price", "1"),
        ("end_user_messaging", "time_to_live_seconds", 4),
        ("end_user_messaging", "time_to_live_seconds", 259_201),
        ("end_user_messaging", "time_to_live_seconds", 60.5),
        ("end_user_messaging", "time_to_live_seconds", True),
        ("end_user_messaging", "time_to_live_seconds", "60"),
        ("end_user_messaging", "time_to_live_seconds", float("nan")),
        ("end_user_messaging", "time_to_live_seconds", float("inf")),
        ("end_user_messaging", "keyword", "x" * 31),
        ("notify", "notify_configuration_id", "nc 1"),
        ("notify", "template_id", "notify.english"),
        ("notify", "template_ids", "notify-code-verification-english-001"),
        ("notify", "template_ids", {"english": "notify-code-verification-english-001"}),
        ("notify", "template_ids", {"en": ""}),
        ("notify", "template_ids", {"en": 1}),
        ("notify", "code_variable", "code-1"),
        ("notify", "time_to_live_seconds", 4),
        ("twilio_verify", "service_sid", "MG" + "0" * 32),
        ("twilio_verify", "channel", "email"),
        ("twilio_verify", "template_sid", "template"),
        ("twilio_verify", "app_hash", "tooshort"),
        ("twilio_verify", "friendly_name", "x" * 31),
        ("vonage", "from", "+0555"),
        ("vonage", "from", "twelve chars"),
        ("vonage", "from", "A-C-M-E"),
        ("whatsapp", "phone_number_id", "+15550100123"),
        ("whatsapp", "template", "Login Code"),
        ("whatsapp", "languages", {"de": "de-DE"}),
        ("whatsapp", "default_language", "english"),
        ("whatsapp", "api_version", "26"),
        ("whatsapp", "api_version", "v26.0/../me"),
        ("slack", "environment", "prod"),
        ("slack", "secret_arn", "https://hooks.slack.com/services/T0/B0/x"),
        ("twilio", "secret_arn", "auth-token-of-somebody"),
        ("twilio", "secret_arn", "arn:aws:s3:::bucket"),
        ("twilio", "messaging_service_sid", "MG123"),
        ("twilio", "message_privacy", "true"),
        ("twilio", "from", "+0555"),
        ("twilio", "from", "twelve chars"),
        ("sns", "origination_by_country", ""),
        ("sns", "origination_by_country", "DE=ACME"),
        ("sns", "origination_by_country", ["ACME"]),
        ("sns", "origination_by_country", {"de": "ACME"}),
        ("sns", "origination_by_country", {"DEU": "ACME"}),
        ("sns", "origination_by_country", {"": "ACME"}),
        ("end_user_messaging", "origination_by_country", {"\uff24\uff25": "ACME"}),
        ("webhook", "allow_private_address", "true"),
        ("webhook", "allow_private_address", 1),
        ("webhook", "url", "http://hooks.example/sms"),
        ("webhook", "url", "https://"),
        ("webhook", "url", "https://user:password@hooks.example/"),
        ("webhook", "url", "https://hooks.example/#part"),
        ("webhook", "url", "https://hooks.example/a b"),
        ("webhook", "url", "https://hooks.example/\r\nX: y"),
        ("webhook", "url", "https://hooks.example:port/"),
        ("webhook", "url", "https://hooks.exämple/"),
        ("webhook", "url", "https://hooks.example\\@evil.example/"),
        ("webhook", "url", "https://hooks.example/" + "x" * 2048),
    ]:
        with subtests.test(kind=kind, attribute=attribute, value=value):
            refusal_of(kind, attribute, value)


def test_of_an_origination_by_country_the_wrong_one_is_named(subtests: pytest.Subtests) -> None:
    for kind, value in [
        ("sns", "twelve-chars"),
        ("sns", "1234"),
        ("sns", "15550100123"),
        ("sns", " +15550100123"),
        ("sns", ["ACME"]),
        ("end_user_messaging", ""),
        ("end_user_messaging", "my pool"),
    ]:
        with subtests.test(kind=kind, value=value):
            text = refusal(kind, origination_by_country={"US": "+15550100123", "DE": value})
            assert text.startswith(f"senders.mine.{kind}.origination_by_country.DE: ")


def test_a_null_among_values_by_name_is_as_if_it_were_not_there(subtests: pytest.Subtests) -> None:
    for kind, attribute in BY_NAME:
        with subtests.test(kind=kind, attribute=attribute):
            good = GOOD[kind][attribute][0]
            assert create("mine", complete(kind, attribute, {**good, "AQ": None})) == create(
                "mine", complete(kind, attribute, good)
            )


def test_a_price_that_is_no_cap_is_refused(subtests: pytest.Subtests) -> None:
    for kind in ["sns", "end_user_messaging"]:
        for price in ["0.00", "0", "0.0", "0.000000", "1", "00.50", ".5", "0.", "100.0", "1e1", "-0.5", "0,5"]:
            with subtests.test(kind=kind, price=price):
                assert refusal(kind, max_price=price).startswith(
                    f"senders.mine.{kind}.max_price: US dollars for one message as text"
                )


def test_an_sns_number_is_in_e_164_or_a_short_code(subtests: pytest.Subtests) -> None:
    for number in ["15550100123", "4915112345678", "1234", "1234567", "+0155501001", "+123456"]:
        with subtests.test(number=number):
            rule = 'a number of the account in E.164 ("+15550100123"), or a short code'
            assert refusal("sns", origination_number=number).startswith(f"senders.mine.sns.origination_number: {rule}")


class TestGroups:
    """How attributes go together."""

    def test_what_belongs_together_is_there_or_is_not(self, subtests: pytest.Subtests) -> None:
        for kind, group in [(name, group) for name, schema in KINDS.items() for group in schema.get("together", ())]:
            with subtests.test(kind=kind, group=group):
                good = {name: GOOD[kind][name][0] for name in group}
                create("mine", settings(kind, **good))
                for name in group:
                    without = {**good, name: None}
                    given = ", ".join(one for one in group if one != name)
                    said = f"all or none of {', '.join(group)}. Got: {given}. Fix: set the others, or "
                    assert refusal(kind, **without).startswith(f"senders.mine.{kind}: {said}")

    def test_of_a_choice_there_is_exactly_one(self, subtests: pytest.Subtests) -> None:
        for kind, group in [(name, one) for name, schema in KINDS.items() for one in schema.get("exactly_one_of", ())]:
            with subtests.test(kind=kind, group=group):
                none: dict[str, Any] = dict.fromkeys(group)
                good = {name: GOOD[kind][name][0] for name in group}
                for name in group:
                    create("mine", settings(kind, **{**none, name: good[name]}))
                rule = f"senders.mine.{kind}: exactly one of {', '.join(group)}. Got: "
                assert refusal(kind, **none) == f"{rule}none. Fix: set one of them."
                assert refusal(kind, **good) == f"{rule}{', '.join(group)}. Fix: set one of them."

    def test_what_is_only_for_one_setting_of_another_is_refused_beside_the_rest(
        self, subtests: pytest.Subtests
    ) -> None:
        for kind, attribute in ONLY_WITH:
            with subtests.test(kind=kind, attribute=attribute):
                good = {attribute: GOOD[kind][attribute][0]}
                for other, fitting in rule_of(kind, attribute)["only_with"].items():
                    for value in GOOD[kind][other]:
                        if value in fitting:
                            create("mine", settings(kind, **good, **{other: value}))
                        else:
                            said = f"{attribute}: only with {other} = {' or '.join(fitting)}. Got: another one. Fix: "
                            assert refusal(kind, **good, **{other: value}).startswith(f"senders.mine.{kind}.{said}")


class TestRegions:
    """AWS looks for what an ARN names in the Region that it is called in."""

    def test_every_kind_with_a_region_says_what_lies_in_it(self) -> None:
        assert {kind for kind, _ in IN_REGION} == {"end_user_messaging", "notify"}
        assert all("region" in KINDS[kind]["attributes"] for kind, _ in IN_REGION)

    def test_an_arn_is_of_the_region_that_is_sent_from(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in IN_REGION:
            with subtests.test(kind=kind, attribute=attribute):
                by_name = "by" in rule_of(kind, attribute)
                here = ARNS["origination_identity" if by_name else attribute]
                for own in here:
                    there = own.replace(REGION, OTHER_REGION)
                    value: object = {"FR": own, "DE": there} if by_name else there
                    place = f"senders.mine.{kind}.{attribute}{'.DE' if by_name else ''}"
                    said = f"an ARN of {REGION}, the Region that is sent from. Got: one of {OTHER_REGION}. Fix: "
                    assert refusal(kind, **{attribute: value}).startswith(f"{place}: {said}")
                    value = {"DE": there} if by_name else there
                    create("mine", complete(kind, attribute, value) | {"region": OTHER_REGION})

    def test_an_arn_is_of_the_partition_that_its_region_is_in(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in IN_REGION:
            for region, partition, other in [
                ("eu-central-1", "aws", "aws-cn"),
                ("us-gov-west-1", "aws-us-gov", "aws"),
                ("cn-north-1", "aws-cn", "aws"),
                ("eusc-de-east-1", "aws-eusc", "aws"),
            ]:
                with subtests.test(kind=kind, attribute=attribute, region=region, partition=partition, other=other):
                    by_name = "by" in rule_of(kind, attribute)
                    for own in ARNS["origination_identity" if by_name else attribute]:
                        there = own.replace(REGION, region)
                        right, wrong = (there.replace("arn:aws:", f"arn:{name}:") for name in (partition, other))
                        create("mine", complete(kind, attribute, {"DE": right} if by_name else right), region)
                        changes = complete(kind, attribute, {"DE": wrong} if by_name else wrong)
                        said = rf"an ARN of {partition}, .* Got: one of {other}\. Fix: "
                        with pytest.raises(SettingsError, match=said):
                            create("mine", changes, region)

    def test_nothing_is_asked_of_an_id_or_before_the_region_is_known(self, subtests: pytest.Subtests) -> None:
        for kind, attribute in IN_REGION:
            with subtests.test(kind=kind, attribute=attribute):
                by_name = "by" in rule_of(kind, attribute)
                there = ARNS["origination_identity" if by_name else attribute][0].replace(REGION, OTHER_REGION)
                ids = "pool-0123456789abcdef"
                for value, region in ((ids, REGION), (UNKNOWN, REGION), (there, "")):
                    create("mine", complete(kind, attribute, {"DE": value} if by_name else value), region)
                create("mine", complete(kind, attribute, {"DE": there} if by_name else there) | {"region": UNKNOWN})


def test_the_arn_of_a_secret_has_its_suffix(subtests: pytest.Subtests) -> None:
    """IAM compares whole ARNs: a right to one without it is a right to nothing."""
    for kind in [kind for kind, name in ATTRIBUTES if name == "secret_arn"]:
        with subtests.test(kind=kind):
            for name in (
                "provider",
                "login/provider",
                "provider-AbCdE",
                "provider-AbCdEf7",
                "provider-AbCd_f",
                "provider-??????",
            ):
                said = refusal(kind, secret_arn=arn(f"secret:{name}", "secretsmanager"))
                assert said.startswith(
                    f"senders.mine.{kind}.secret_arn: the full ARN of a Secrets Manager secret, with its six-"
                )


def test_a_locale_that_is_written_in_two_ways_is_refused(subtests: pytest.Subtests) -> None:
    for kind, attribute in [("notify", "template_ids"), ("whatsapp", "languages")]:
        with subtests.test(kind=kind, attribute=attribute):
            text = refusal(kind, **{attribute: {"pt-BR": "pt_BR", "pt_br": "pt_PT"}})
            assert text.startswith(
                f"senders.mine.{kind}.{attribute}: each locale once: pt-BR, pt_BR and pt-br are the same. Got: "
            )
            assert "Got: pt-BR, pt_br. Fix: keep one" in text


def test_secrets_are_named_by_full_arn_in_every_partition(subtests: pytest.Subtests) -> None:
    for arn in [
        SECRET_ARN,
        "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a/b/twilio-AbCdEf",
        "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/login/twilio",
        "arn:aws:ssm:eu-central-1:123456789012:parameter/twilio",
    ]:
        with subtests.test(arn=arn):
            assert create("mine", settings("twilio", secret_arn=arn)).secret_arn == arn
