"""The environment → settings: everything that is wrong is said while the function is imported, with place and fix."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import re
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.channels.base import Recipient
from custom_sender.cognito.triggers import KNOWN_TRIGGERS
from custom_sender.errors import OTHER_VERSION, SettingsError
from custom_sender.reader import UNKNOWN
from custom_sender.record.log import Monitoring
from custom_sender.record.record import Record
from custom_sender.senders.attributes import KINDS
from custom_sender.settings import FORMAT, Settings, judge, load
from support import refusals
from support.cognito import PHONE_NUMBER, make_event, parse
from support.configured import sender_settings, sms_of
from support.environment import KEY_ARN, SETTINGS, base64gzip, environment
from support.senders import settings as least

OTHER_KEY_ARN = KEY_ARN.replace("0b3c", "1b3c")
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:twilio-AbCdEf"
TWILIO = {"kind": "twilio", "messaging_service_sid": "MG" + "0" * 32}
# No name has a blank or three digits in a row: where a name is expected, this is not shown as one either.
HIDDEN = "+4915112345678 hunter2"
NO_OBJECTS: tuple[object, ...] = ([], "hunter2", 5, True)
NO_ROUTES: tuple[object, ...] = ([], [None], "aws", {})
PARTS = ("sms", "messages", "protection", "monitoring", "senders")


def refused(environ: dict[str, str], content: object = None) -> str:
    return refusals.refused(lambda: load(environ), content)


def test_what_terraform_writes_is_read() -> None:
    settings = load(environment())
    assert settings.name == "acme-login"
    assert sms_of(settings).allowed_countries == {"DE", "US"}
    assert sms_of(settings).routes == {"default": ("aws",)}
    assert settings.senders["aws"].kind == "sns"
    assert settings.kms_key_arns == (KEY_ARN,)
    assert settings.kms_region == "eu-central-1"
    assert sms_of(settings).texts.shared.brand == "Acme"
    assert sms_of(settings).texts.templates["de"]["default"] == "Ihr Code: $code"
    assert settings.monitoring == Monitoring("CognitoCustomSender", "INFO", 0.0)


def test_nothing_of_it_can_be_changed() -> None:
    settings = load(environment())
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.senders["x"] = settings.senders["aws"]  # type: ignore[index]
    with pytest.raises(TypeError):
        sms_of(settings).routes["default"] = ()  # type: ignore[index]


class TestAPlan:
    """Terraform knows no ARN of what it has not made yet; all else is judged before."""

    @staticmethod
    def judged(kind: str, **changes: object) -> Settings:
        attributes = KINDS[kind]["attributes"].items()
        unknown = [name for name, rule in attributes if rule.get("reference") and rule.get("for") != "terraform"]
        by_country = "origination_by_country"
        sender = sender_settings({**least(kind), "enabled": True, **changes})
        references = {f"senders.mine.{name}{'.DE' if name == by_country else ''}": UNKNOWN for name in unknown}
        settings = {
            **SETTINGS,
            "senders": {"mine": {name: value for name, value in sender.items() if name not in unknown}},
            "sms": {**SETTINGS["sms"], "routes": {"default": ["mine"]}},
        }
        if KINDS[kind].get("carries") == ["mail"]:
            settings["email"] = {"from": "login@acme.com", "routes": settings.pop("sms")["routes"]}
        return judge(settings, {**references, "kms_keys.0": UNKNOWN})

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_is_not_known_yet_is_right(self, kind: str) -> None:
        settings = self.judged(kind)
        assert settings.senders["mine"].kind == kind
        assert settings.kms_key_arns == (UNKNOWN,)
        assert settings.kms_region == ""

    @pytest.mark.parametrize(
        ("kind", "changes", "says"),
        [
            *((kind, {"color": "red"}, f"senders.mine.{kind}: an object with ") for kind in KINDS),
            ("sns", {"max_price": "0.00"}, "senders.mine.sns.max_price: US dollars"),
            ("end_user_messaging", {"in_entity_id": "1"}, "senders.mine.end_user_messaging: all or none of "),
            ("twilio", {"messaging_service_sid": None}, "senders.mine.twilio: exactly one of "),
            ("twilio_verify", {"service_sid": "MG"}, "senders.mine.twilio_verify.service_sid: the SID of a Verify"),
            ("http", {"rules": []}, "senders.mine.http.rules: a list of 1 to 60 rules"),
            ("http", {"body": '{"to": "{number}"}'}, "senders.mine.http.body: a place for the message"),
        ],
    )
    def test_what_is_wrong_beside_it_is_named(self, kind: str, changes: dict[str, object], says: str) -> None:
        assert refusals.refused(lambda: self.judged(kind, **changes), changes).startswith(says)

    def test_an_identity_of_another_region_than_the_plans_is_refused_before_the_key_is_known(self) -> None:
        identity = {"protect_configuration_id": "arn:aws:sms-voice:us-east-1:123456789012:protect-configuration/p"}
        settings = {
            **SETTINGS,
            "senders": {"aws": {"kind": "end_user_messaging", "enabled": True, "message_type": "TRANSACTIONAL"}},
            "sms": {**SETTINGS["sms"], "routes": {"default": ["aws"]}},
        }
        told = {f"senders.aws.{name}": value for name, value in identity.items()} | {"kms_keys.0": UNKNOWN}

        said = refusals.refused(lambda: judge(settings, told, region="eu-central-1"), identity)
        assert said.startswith("senders.aws.end_user_messaging.protect_configuration_id: an ARN of eu-central-1, ")
        assert judge(settings, told, region="us-east-1").kms_region == "us-east-1"

    def test_a_key_of_another_region_than_the_plans_is_refused(self) -> None:
        references = {"kms_keys.0": KEY_ARN}
        said = refusals.refused(lambda: judge(SETTINGS, references, region="us-east-1"), references)
        assert said.startswith("kms_keys: all in one Region, the function's. Got: eu-central-1, us-east-1. Fix: ")

    def test_a_key_that_is_known_says_the_region_of_all(self) -> None:
        assert judge(SETTINGS, {"kms_keys.0": UNKNOWN, "kms_keys.1": KEY_ARN}).kms_region == "eu-central-1"


class TestRoutes:
    def test_a_country_takes_its_own_route_and_any_other_the_default(self) -> None:
        routes = {"default": ["aws"], "US": ["other", "aws"]}
        settings = load(
            environment({"senders": {"aws": {"kind": "sns"}, "other": {"kind": "sns"}}, "sms": {"routes": routes}})
        )
        assert sms_of(settings).routes == {"default": ("aws",), "US": ("other", "aws")}
        assert self.taken(settings, "+12025550123") == ("US", ("other", "aws"))
        assert self.taken(settings, PHONE_NUMBER) == ("default", ("aws",))

    def test_without_a_default_where_every_country_has_its_own(self) -> None:
        settings = load(environment({"sms": {"routes": {"DE": ["aws"], "US": ["aws"]}}}))
        assert self.taken(settings, "+12025550123") == ("US", ("aws",))
        assert self.taken(settings, PHONE_NUMBER) == ("DE", ("aws",))

    @staticmethod
    def taken(settings: Settings, number: str) -> tuple[str | None, tuple[str, ...]]:
        """The route of this number."""
        record = Record()
        event = parse(make_event(code="AYAD", attributes={"phone_number": number}))
        recipient = settings.channels["sms"].recipient(event, record, None)
        assert isinstance(recipient, Recipient)
        return record.route, recipient.route

    def test_a_sender_that_is_switched_off_is_in_no_route(self) -> None:
        senders = {"aws": {"kind": "sns", "enabled": False}, "other": {"kind": "sns", "enabled": True}}
        routes = {"default": ["aws", "other"], "DE": ["other"]}
        settings = load(environment({"senders": senders, "sms": {"routes": routes}}))
        assert sms_of(settings).routes == {"default": ("other",), "DE": ("other",)}

    def test_a_sender_that_is_switched_off_is_checked_like_any_other(self) -> None:
        senders = {"aws": {"kind": "sns"}, "off": {"kind": "sns", "enabled": False, "color": "red"}}
        says = refused(environment({"senders": senders}))
        assert says.startswith("senders.off.sns: an object with enabled, ")
        assert "Got: color. " in says


class TestReferences:
    """ARNs and ids that Terraform did not know at plan come in a document of their own, by their paths."""

    def test_they_are_laid_into_the_settings(self) -> None:
        changes = {"senders": {"twilio": TWILIO}, "sms": {"routes": {"default": ["twilio"]}}}
        loaded = load(environment(changes, {"senders.twilio.secret_arn": SECRET_ARN}))
        assert loaded.senders["twilio"].secret_arn == SECRET_ARN

    def test_a_sender_whose_name_is_the_beginning_of_anothers(self) -> None:
        changes = {"senders": {"aws": TWILIO, "aws_secret": TWILIO}}
        other = SECRET_ARN.replace("twilio", "other")
        loaded = load(
            environment(changes, {"senders.aws.secret_arn": SECRET_ARN, "senders.aws_secret.secret_arn": other})
        )
        assert (loaded.senders["aws"].secret_arn, loaded.senders["aws_secret"].secret_arn) == (SECRET_ARN, other)

    def test_the_origination_of_countries_has_one_for_each(self) -> None:
        by_country = {
            "senders.aws.origination_by_country.DE": "ACME",
            "senders.aws.origination_by_country.US": "+15550100123",
        }
        loaded = load(environment(references=by_country))
        assert loaded.senders["aws"].origination_by_country == {"DE": "ACME", "US": "+15550100123"}  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        ("path", "says"),
        [
            *(
                (path, f"SENDER_REFERENCES: each path leads to a setting. Got: {path}. ")
                for path in ("senders.other.secret_arn", "senders.aws.sms_type.x", "colors.red", ".")
            ),
            ("senders.other." + "x" * 64, "SENDER_REFERENCES: each path leads to a setting. Got: a name of 78 charact"),
            ("senders.aws.color", "senders.aws.sns: an object with enabled, "),
            ("senders.aws.color.red", "senders.aws.sns: an object with enabled, "),
            ("sms.color", "sms: an object with allowed_countries, "),
            ("color", "settings: an object with kms_keys, "),
            ("", "settings: an object with kms_keys, "),
        ],
    )
    def test_one_that_leads_nowhere_is_named(self, path: str, says: str) -> None:
        text = refused(environment(references={path: "hunter2"}), "hunter2")
        assert text.startswith(says)
        assert OTHER_VERSION in text
        assert ". Got: color. " in text or "color" not in path or "colors" in path

    @pytest.mark.parametrize("text", ['{"kms_keys.0":', "[]", "[" * 100_000], ids=["cut", "list", "deep"])
    def test_a_document_that_is_no_json_object_is_refused(self, text: str) -> None:
        assert refused(environment(SENDER_REFERENCES=text)).startswith("SENDER_REFERENCES: a JSON object. Got: someth")


class TestTheDocument:
    def test_ten_locales_with_eight_texts_fit(self) -> None:
        texts = dict.fromkeys(KNOWN_TRIGGERS, "Ihr Code für die Anmeldung: $code. " * 3)
        templates = dict.fromkeys(("de", "fr", "it", "es", "pt", "nl", "pl", "cs", "da", "sv"), texts)
        environ = environment({"sms": {"templates": templates}})
        assert len(environ["SENDER_CONFIG"]) < 3000
        assert len(sms_of(load(environ)).texts.templates) == 10

    @pytest.mark.parametrize("other", [FORMAT + 1, FORMAT - 1])
    def test_of_another_format_it_is_refused_with_both_numbers(self, other: int) -> None:
        says = refused(environment(SENDER_CONFIG=base64gzip({"format": other, "settings": SETTINGS})))
        assert says.startswith(f"SENDER_CONFIG: format {FORMAT}, which this package reads. Got: {other}. Fix: use the")

    @pytest.mark.parametrize("other", [None, str(FORMAT), [FORMAT], "hunter2"])
    def test_what_is_no_format_is_refused_and_not_repeated(self, other: object) -> None:
        says = refused(environment(SENDER_CONFIG=base64gzip({"format": other, "settings": SETTINGS})), other)
        assert says.startswith(f"SENDER_CONFIG: format {FORMAT}, which this package reads. Got: none. Fix: use the")

    def test_the_format_is_said_before_anything_that_came_with_it(self) -> None:
        says = refused(environment(SENDER_CONFIG=base64gzip({"format": FORMAT + 1, "senders": 5})))
        assert f"Got: {FORMAT + 1}" in says

    @pytest.mark.parametrize(
        "value",
        [
            "{}",
            "not base64!",
            "ünïcode",
            base64.b64encode(b"{}").decode(),
            base64.b64encode(gzip.compress(b"\xff\xfe", mtime=0)).decode(),
        ],
    )
    def test_what_was_not_packed_by_terraform_is_refused(self, value: str) -> None:
        says = refused(environment(SENDER_CONFIG=value))
        assert says.startswith("SENDER_CONFIG: base64 of gzip of UTF-8, as Terraform's base64gzip(jsonencode(…)) ")

    def test_a_bomb_is_not_unpacked(self) -> None:
        bomb = base64.b64encode(gzip.compress(b" " * 50_000_000)).decode()
        assert refused(environment(SENDER_CONFIG=bomb)).startswith("SENDER_CONFIG: at most 262144 bytes when unpacked")

    def test_a_cut_off_one_is_refused(self) -> None:
        packed = base64.b64decode(environment()["SENDER_CONFIG"])
        says = refused(environment(SENDER_CONFIG=base64.b64encode(packed[:-9]).decode()))
        assert says.startswith("SENDER_CONFIG: ")
        assert "Got: more, or a piece of it. " in says

    @pytest.mark.parametrize("text", ['{"name":', "[]", "[" * 100_000], ids=["cut", "list", "deep"])
    def test_json_of_another_kind_is_refused(self, text: str) -> None:
        packed = base64.b64encode(gzip.compress(text.encode())).decode()
        assert refused(environment(SENDER_CONFIG=packed)).startswith("SENDER_CONFIG: a JSON object. Got: something el")

    def test_settings_that_are_no_object_are_refused(self) -> None:
        document = base64gzip({"format": FORMAT, "settings": []})
        assert refused(environment(SENDER_CONFIG=document)).startswith("settings: an object. Got: a list of 0. ")

    @pytest.mark.parametrize("part", [*(part for part in PARTS if part != "sms"), "name"])
    def test_a_part_that_is_not_there_is_named(self, part: str) -> None:
        settings = {name: content for name, content in SETTINGS.items() if name != part}
        document = base64gzip({"format": FORMAT, "settings": settings})
        assert re.match(rf"{part}: .+\. Got: nothing\. Fix: set it\.", refused(environment(SENDER_CONFIG=document)))

    def test_one_channel_at_least_is_on(self) -> None:
        settings = {name: content for name, content in SETTINGS.items() if name != "sms"}
        document = base64gzip({"format": FORMAT, "settings": settings})
        says = refused(environment(SENDER_CONFIG=document))
        assert says == "settings: sms or email. Got: neither. Fix: set one of them, or both."


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        *(({"name": name}, "name: 1 to 64 letters, digits, hyphens and underscores") for name in ("", 5, "-a", "a b")),
        ({"color": "hunter2"}, "settings: an object with kms_keys, "),
        *(
            ({part: {"color": "hunter2"}}, f"{part}: an object with {least}, ")
            for part, least in (
                ("sms", "allowed_countries"),
                ("messages", "attributes"),
                ("protection", "code_lifetimes_seconds"),
                ("monitoring", "debug_sample_rate"),
            )
        ),
        ({"messages": {"templates": {}}}, "messages: an object with attributes, "),
        *(({part: value}, f"{part}: an object") for part in PARTS for value in NO_OBJECTS),
        ({"sms": {"allowed_countries": []}}, "sms.allowed_countries: a list, each item two capital letters"),
        ({"sms": {"allowed_countries": "DE"}}, "sms.allowed_countries: a list, each item two capital letters"),
        ({"sms": {"allowed_countries": None}}, "sms.allowed_countries: a list, each item two capital letters"),
        ({"sms": {"allowed_countries": ["DE", "Germany"]}}, "sms.allowed_countries: two capital letters"),
        ({"sms": {"allowed_countries": ["de"]}}, "sms.allowed_countries: two capital letters"),
        ({"sms": {"allowed_countries": [["DE"]]}}, "sms.allowed_countries: two capital letters"),
        (
            {"sms": {"templates": {"de": {"SignUp": "Ihr $cod"}}}},
            "sms.templates.de.SignUp: the placeholders $brand, $code, $minutes, $username. Got: $cod. ",
        ),
        ({"sms": {"india": {"entity_id": "a b"}}}, "sms.india.entity_id: an id of the registration in India"),
        ({"messages": {"default_locale": "english"}}, "messages.default_locale: a language tag"),
        ({"senders": {}}, "senders: at least one sender. Got: none. "),
        (
            {"senders": {"AWS": {"kind": "sns"}}},
            "senders: each name is 1 to 31 lower-case letters, digits and underscor",
        ),
        ({"senders": {"aws": "hunter2"}}, "senders.aws: an object"),
        ({"senders": {"aws": {"kind": "pigeon"}}}, 'senders.aws.kind: one of "sns", "sns_topic", '),
        (
            {"senders": {"aws": {"kind": "sns", "sms_type": "hunter2"}}},
            'senders.aws.sns.sms_type: "Transactional" or "Promotional"',
        ),
        ({"senders": {"aws": {"kind": "sns", "enabled": "hunter2"}}}, "senders.aws.enabled: true or false"),
        ({"senders": {"aws": {"kind": "sns", "enabled": None}}}, "senders.aws.enabled: true or false"),
        ({"sms": {"routes": ["aws"]}}, "sms.routes: an object"),
        (
            {"sms": {"routes": {}}},
            'sms.routes: a route for each allowed country. Got: none for DE, US. Fix: add one, or "default" for all',
        ),
        ({"sms": {"routes": {"DE": ["aws"]}}}, "sms.routes: a route for each allowed country. Got: none for US. "),
        *(({"sms": {"routes": {"default": route}}}, "sms.routes.default: a list") for route in NO_ROUTES),
        ({"sms": {"routes": {"default": ["aws"], "DE": []}}}, "sms.routes.DE: a list"),
        ({"sms": {"routes": {"default": [["aws"]]}}}, "sms.routes.default: a text"),
        *(
            ({"monitoring": {"log_level": level}}, 'monitoring.log_level: one of "DEBUG", "INFO", "WARNING"')
            for level in (None, 10, "", "warning", "TRACE", ["INFO"])
        ),
        *(
            ({"monitoring": {"debug_sample_rate": rate}}, "monitoring.debug_sample_rate: a number from 0 to 1")
            for rate in (None, "often", "0.5", True, -0.1, 1.01, float("nan"), float("inf"))
        ),
        *(
            ({"monitoring": {"metrics_namespace": name}}, "monitoring.metrics_namespace: 1 to 255 letters, digits and")
            for name in (None, 5, "", "a b", "x" * 256, "ä")
        ),
    ],
)
def test_a_wrong_setting_is_named_with_the_fix(settings: dict[str, Any], says: str) -> None:
    assert refused(environment(settings), settings).startswith(says)


@pytest.mark.parametrize(
    ("routes", "says"),
    [
        *(
            (
                {"default": ["aws"], name: ["aws"]},
                f'sms.routes: "default", or a country of sms.allowed_countries. Got: {shown}. Fix: add it ',
            )
            for name, shown in (("FR", "FR"), ("de", "de"), (HIDDEN, f"a name of {len(HIDDEN)} characters"))
        ),
        *(
            ({"default": ["aws"], name: ["twilio"]}, f"sms.routes.{name}: senders among aws. Got: twilio. ")
            for name in ("default", "DE")
        ),
        ({"default": ["aws", "aws"]}, "sms.routes.default: an order, in which each sender stands once. Got: aws. "),
        ({"default": ["off"]}, "sms.routes.default: a sender that is not switched off. Got: off. Fix: set enabled"),
    ],
)
def test_of_a_route_the_sender_or_the_country_is_named_that_is_wrong(routes: dict[str, Any], says: str) -> None:
    senders = {"aws": {"kind": "sns"}}
    if "off" in routes["default"]:
        senders["off"] = {"kind": "sns", "enabled": False}  # type: ignore[dict-item]
    assert refused(environment({"senders": senders, "sms": {"routes": routes}})).startswith(says)


def test_what_is_to_be_monitored_is_read() -> None:
    monitoring = {"log_level": "WARNING", "debug_sample_rate": 0.25, "metrics_namespace": "Login/SMS_1.x#-"}
    loaded = load(environment({"monitoring": monitoring})).monitoring
    assert loaded == Monitoring("Login/SMS_1.x#-", "WARNING", 0.25)


@pytest.mark.parametrize("variable", ["SENDER_CONFIG", "SENDER_REFERENCES"])
@pytest.mark.parametrize("value", [None, "", " "])
def test_a_variable_that_is_not_set_is_named(variable: str, value: str | None) -> None:
    environ = environment() | {variable: value or ""}
    if value is None:
        del environ[variable]
    assert refused(environ).startswith(f"{variable}: set by the Terraform module. Got: nothing. Fix: deploy with the m")


def test_a_value_that_could_be_a_secret_is_not_repeated() -> None:
    """It may have been put into the wrong place."""
    senders = {"aws": {"kind": "sns"}, "twilio": TWILIO}
    for path in ("senders.twilio.secret_arn", "senders.twilio.messaging_service_sid", "senders.other.auth_token"):
        assert "hunter2" not in refused(environment({"senders": senders}, {path: "hunter2"}), "hunter2")


class TestKmsKeys:
    def test_a_key_that_is_named_twice_is_one_key(self) -> None:
        keys = {"kms_keys.0": KEY_ARN, "kms_keys.1": OTHER_KEY_ARN, "kms_keys.2": KEY_ARN}
        assert load(environment(references=keys)).kms_key_arns == (KEY_ARN, OTHER_KEY_ARN)

    @pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
    def test_every_partition_and_multi_region_keys(self, partition: str) -> None:
        arn = f"arn:{partition}:kms:us-gov-west-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef"
        assert load(environment(references={"kms_keys.0": arn})).kms_region == "us-gov-west-1"

    @pytest.mark.parametrize(
        "arn",
        [
            "alias/sms",
            KEY_ARN.replace("key/", "alias/"),
            KEY_ARN.rpartition("/")[2],
            KEY_ARN.replace("kms", "sns"),
            f"{KEY_ARN},{OTHER_KEY_ARN}",
            [KEY_ARN],
            "hunter2",
        ],
    )
    def test_what_is_not_a_keys_arn_is_refused(self, arn: object) -> None:
        says = refused(environment(references={"kms_keys.1": arn}), arn)
        assert says.startswith("kms_keys.1: the ARN of a KMS key: an alias or an id cannot be compared with the key ")

    def test_keys_of_two_regions_are_refused(self) -> None:
        other = OTHER_KEY_ARN.replace("eu-central-1", "us-east-1")
        says = refused(environment(references={"kms_keys.1": other}), other)
        assert says.startswith("kms_keys: all in one Region, the function's. Got: eu-central-1, us-east-1. ")

    def test_no_key_at_all_is_refused(self) -> None:
        for environ in (environment(SENDER_REFERENCES="{}"), environment(references={"kms_keys.0": None})):
            assert refused(environ).startswith("kms_keys: a key at least. Got: none. ")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.just(HIDDEN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
_KNOWN = sorted({name for part in PARTS if part != "senders" for name in SETTINGS[part]})
_PATHS = st.lists(st.sampled_from(["senders", "aws", "sms", "kms_keys", "name", "routes", "0", ""]), max_size=4)


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.too_slow])  # on a loaded machine
@given(
    settings=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("name", *PARTS), _JSON | st.dictionaries(st.sampled_from(_KNOWN), _JSON, max_size=3)),
    ),
    references=st.dictionaries(_PATHS.map(".".join), _JSON, max_size=3),
)
def test_whatever_stands_there_is_settings_or_a_settings_error_without_it(
    settings: dict[str, Any], references: dict[str, Any]
) -> None:
    try:
        load(environment(settings, references))
    except SettingsError as error:
        assert ". Got: " in str(error)  # noqa: PT017 - most examples end here
        assert "hunter2" not in str(error)  # noqa: PT017
        assert "4915112345678" not in str(error)  # noqa: PT017
