"""The environment → settings: everything that is wrong is said while the function is imported, with place and fix."""

from __future__ import annotations

import base64
import dataclasses
import gzip
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.errors import SettingsError
from custom_sender.settings import FORMAT, load
from custom_sender.telemetry import Monitoring
from support.environment import KEY_ARN, SETTINGS, base64gzip, environment

OTHER_KEY_ARN = KEY_ARN.replace("0b3c", "1b3c")
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:twilio-AbCdEf"
TWILIO = {"kind": "twilio", "messaging_service_sid": "MG" + "0" * 32}
PARTS = ("sms", "messages", "protection", "monitoring", "senders")


def refused(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(environ)
    assert caught.value.__context__ is None
    return str(caught.value)


def test_what_terraform_writes_is_read() -> None:
    settings = load(environment())
    assert settings.name == "acme-login"
    assert settings.allowed_countries == {"DE", "US"}
    assert settings.routes == {"default": ("aws",)}
    assert settings.senders["aws"].kind == "sns"
    assert settings.kms_key_arns == (KEY_ARN,)
    assert settings.kms_region == "eu-central-1"
    assert settings.messages.brand == "Acme"
    assert settings.messages.templates["de"]["default"] == "Ihr Code: $code"
    assert settings.monitoring == Monitoring("CognitoCustomSender", "INFO", 0.0)


def test_nothing_of_it_can_be_changed() -> None:
    settings = load(environment())
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.senders["x"] = settings.senders["aws"]  # type: ignore[index]
    with pytest.raises(TypeError):
        settings.routes["default"] = ()  # type: ignore[index]


class TestRoutes:
    def test_a_country_takes_its_own_route_and_any_other_the_default(self) -> None:
        routes = {"default": ["aws"], "US": ["other", "aws"]}
        settings = load(
            environment({"senders": {"aws": {"kind": "sns"}, "other": {"kind": "sns"}}, "sms": {"routes": routes}})
        )
        assert settings.routes == {"default": ("aws",), "US": ("other", "aws")}
        assert (settings.route_name("US"), settings.route_name("DE")) == ("US", "default")

    def test_without_a_default_where_every_country_has_its_own(self) -> None:
        settings = load(environment({"sms": {"routes": {"DE": ["aws"], "US": ["aws"]}}}))
        assert (settings.route_name("US"), settings.route_name("DE")) == ("US", "DE")

    def test_a_sender_that_is_switched_off_is_in_no_route(self) -> None:
        senders = {"aws": {"kind": "sns", "enabled": False}, "other": {"kind": "sns", "enabled": True}}
        routes = {"default": ["aws", "other"], "DE": ["other"]}
        settings = load(environment({"senders": senders, "sms": {"routes": routes}}))
        assert settings.routes == {"default": ("other",), "DE": ("other",)}

    def test_a_sender_that_is_switched_off_is_checked_like_any_other(self) -> None:
        senders = {"aws": {"kind": "sns"}, "off": {"kind": "sns", "enabled": False, "colour": "red"}}
        assert "senders.off.sns.colour does not exist" in refused(environment({"senders": senders}))


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
            ("senders.other.secret_arn", "SENDER_REFERENCES: 'senders.other.secret_arn' leads to no setting"),
            ("senders.aws.sms_type.x", "SENDER_REFERENCES: 'senders.aws.sms_type.x' leads to no setting"),
            ("colours.red", "SENDER_REFERENCES: 'colours.red' leads to no setting"),
            (".", "SENDER_REFERENCES: '.' leads to no setting"),
            ("senders.aws.colour", "senders.aws.sns.colour does not exist"),
            ("senders.aws.colour.red", "senders.aws.sns.colour does not exist"),
            ("sms.colour", "sms: unknown setting 'colour': use the function's package"),
            ("colour", "unknown setting 'colour': use the function's package"),
            ("", "unknown setting '': use the function's package"),
        ],
    )
    def test_one_that_leads_nowhere_is_named(self, path: str, says: str) -> None:
        assert refused(environment(references={path: "x"})).startswith(says)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ('{"kms_keys.0":', "SENDER_REFERENCES: not valid JSON (line 1, column 15)"),
            ("[]", "SENDER_REFERENCES: a JSON object is needed, not a list"),
            ("[" * 100_000, "SENDER_REFERENCES: not valid JSON"),
        ],
        ids=["cut", "list", "deep"],
    )
    def test_a_document_that_is_no_json_object_is_refused(self, text: str, says: str) -> None:
        assert refused(environment(SENDER_REFERENCES=text)).startswith(says)


class TestTheDocument:
    def test_ten_locales_with_eight_texts_fit(self) -> None:
        texts = {f"Trigger{number}": "Ihr Code für die Anmeldung: $code. " * 3 for number in range(8)}
        templates = dict.fromkeys(("de", "fr", "it", "es", "pt", "nl", "pl", "cs", "da", "sv"), texts)
        environ = environment({"sms": {"templates": templates}})
        assert len(environ["SENDER_CONFIG"]) < 3000
        assert len(load(environ).messages.templates) == 10

    @pytest.mark.parametrize("other", [FORMAT + 1, FORMAT - 1, None, "1"])
    def test_of_another_format_it_is_refused_with_both_numbers(self, other: object) -> None:
        says = refused(environment(SENDER_CONFIG=base64gzip({"format": other, "settings": SETTINGS})))
        assert says.startswith(f"SENDER_CONFIG: this package reads format {FORMAT}. Got: {other!r}. Fix: use the")

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
        assert says.startswith("SENDER_CONFIG: not base64 of gzip of UTF-8; it must be what")

    def test_a_bomb_is_not_unpacked(self) -> None:
        bomb = base64.b64encode(gzip.compress(b" " * 50_000_000)).decode()
        assert "longer than 262144 bytes" in refused(environment(SENDER_CONFIG=bomb))

    def test_a_cut_off_one_is_refused(self) -> None:
        packed = base64.b64decode(environment()["SENDER_CONFIG"])
        says = refused(environment(SENDER_CONFIG=base64.b64encode(packed[:-9]).decode()))
        assert says.startswith("SENDER_CONFIG: cut off")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ('{"name":', "SENDER_CONFIG: not valid JSON (line 1, column 9)"),
            ("[]", "SENDER_CONFIG: a JSON object is needed, not a list"),
            ("[" * 100_000, "SENDER_CONFIG: not valid JSON"),
        ],
        ids=["cut", "list", "deep"],
    )
    def test_json_of_another_kind_is_refused(self, text: str, says: str) -> None:
        packed = base64.b64encode(gzip.compress(text.encode())).decode()
        assert refused(environment(SENDER_CONFIG=packed)).startswith(says)

    def test_settings_that_are_no_object_are_refused(self) -> None:
        document = base64gzip({"format": FORMAT, "settings": []})
        assert refused(environment(SENDER_CONFIG=document)).startswith("settings must be an object, not a list")

    @pytest.mark.parametrize("part", [*PARTS, "name"])
    def test_a_part_that_is_not_there_is_named(self, part: str) -> None:
        settings = {name: content for name, content in SETTINGS.items() if name != part}
        document = base64gzip({"format": FORMAT, "settings": settings})
        assert refused(environment(SENDER_CONFIG=document)).startswith(f"{part} must be ")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"name": ""}, "name must be"),
        ({"name": 5}, "name must be"),
        ({"colour": "red"}, "unknown setting 'colour': use the function's package of the Terraform module's version"),
        *(({part: {"colour": 1}}, f"{part}: unknown setting 'colour'") for part in PARTS if part != "senders"),
        ({"messages": {"templates": {}}}, "messages: unknown setting 'templates'"),
        *(({part: []}, f"{part} must be an object") for part in PARTS),
        ({"sms": {"allowed_countries": []}}, "sms.allowed_countries must be a list of at least one country"),
        ({"sms": {"allowed_countries": "DE"}}, "sms.allowed_countries must be a list"),
        ({"sms": {"allowed_countries": None}}, "sms.allowed_countries must be a list"),
        ({"sms": {"allowed_countries": ["DE", "Germany"]}}, "sms.allowed_countries: 'Germany' is not a country code"),
        ({"sms": {"allowed_countries": ["de"]}}, "sms.allowed_countries: 'de' is not a country code"),
        ({"sms": {"templates": {"de": {"SignUp": "$cod"}}}}, "sms.templates.de.SignUp: unknown variable $cod"),
        ({"sms": {"india": {"entity_id": "a b"}}}, "sms.india.entity_id must be an id"),
        ({"messages": {"default_locale": "english"}}, "messages.default_locale must be a language tag"),
        ({"senders": {}}, "senders must be an object with at least one sender"),
        ({"senders": {"AWS": {"kind": "sns"}}}, "senders: 'AWS' is not a sender's name"),
        ({"senders": {"aws": "sns"}}, "senders.aws must be an object"),
        ({"senders": {"aws": {"kind": "pigeon"}}}, "senders.aws: kind must be one of"),
        ({"senders": {"aws": {"kind": "sns", "sms_type": "x"}}}, "senders.aws.sns.sms_type must be one of"),
        ({"sms": {"routes": ["aws"]}}, 'sms.routes must be an object: "default" or a country, then a list of'),
        ({"sms": {"routes": {}}}, 'sms.routes: there is none for DE: add one, or "default" for every country without'),
        ({"sms": {"routes": {"DE": ["aws"]}}}, "sms.routes: there is none for US: add one"),
        (
            {"sms": {"routes": {"default": ["aws"], "FR": ["aws"]}}},
            "sms.routes: 'FR' is neither 'default' nor a country of sms.allowed_countries: add the country there",
        ),
        (
            {"sms": {"routes": {"default": ["aws"], "de": ["aws"]}}},
            "sms.routes: 'de' is neither 'default' nor a country of sms.allowed_countries",
        ),
        ({"sms": {"routes": {"default": []}}}, "sms.routes.default must be a list of at least one sender's name"),
        (
            {"sms": {"routes": {"default": ["aws"], "DE": []}}},
            "sms.routes.DE must be a list of at least one sender's name",
        ),
        (
            {"sms": {"routes": {"default": ["aws"], "DE": ["twilio"]}}},
            "sms.routes.DE: there is no sender 'twilio'; there are: aws",
        ),
        (
            {"senders": {"aws": {"kind": "sns", "enabled": False}}},
            "sms.routes.default: every sender of it is switched off: set enabled = true for one",
        ),
        ({"senders": {"aws": {"kind": "sns", "enabled": "no"}}}, "senders.aws.enabled must be true or false"),
        (
            {"sms": {"routes": {"default": ["twilio"]}}},
            "sms.routes.default: there is no sender 'twilio'; there are: aws",
        ),
        ({"sms": {"routes": {"default": [["aws"]]}}}, "sms.routes.default: there is no sender"),
        ({"sms": {"routes": {"default": ["aws", "aws"]}}}, "sms.routes.default names a sender twice"),
        *(
            ({"monitoring": {"log_level": level}}, "monitoring.log_level must be one of DEBUG, INFO, WARNING")
            for level in (None, 10, "", "warning", "TRACE", ["INFO"])
        ),
        *(
            ({"monitoring": {"debug_sample_rate": rate}}, "monitoring.debug_sample_rate must be a number from 0 to 1")
            for rate in (None, "often", "0.5", True, -0.1, 1.01, float("nan"), float("inf"))
        ),
        *(
            ({"monitoring": {"metrics_namespace": name}}, "monitoring.metrics_namespace must be 1 to 255 letters")
            for name in (None, 5, "", "a b", "x" * 256, "ä")
        ),
    ],
)
def test_a_wrong_setting_is_named_with_the_fix(settings: dict[str, Any], says: str) -> None:
    assert refused(environment(settings)).startswith(says)


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
    assert refused(environ).startswith(f"{variable} is not set. The Terraform module sets it")


def test_a_value_that_could_be_a_secret_is_not_repeated() -> None:
    """It may have been put into the wrong place."""
    senders = {"aws": {"kind": "sns"}, "twilio": TWILIO}
    for path in ("senders.twilio.secret_arn", "senders.twilio.messaging_service_sid", "senders.other.auth_token"):
        assert "hunter2" not in refused(environment({"senders": senders}, {path: "hunter2"}))


class TestKmsKeys:
    def test_several_keys(self) -> None:
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
            None,
        ],
    )
    def test_what_is_not_a_keys_arn_is_refused(self, arn: object) -> None:
        says = refused(environment(references={"kms_keys.1": arn}))
        assert says.startswith("kms_keys.1: ")
        assert "is not the ARN of a KMS key" in says

    def test_keys_of_two_regions_are_refused(self) -> None:
        other = OTHER_KEY_ARN.replace("eu-central-1", "us-east-1")
        assert "all keys must be in one Region" in refused(environment(references={"kms_keys.1": other}))

    def test_no_key_at_all_is_refused(self) -> None:
        assert refused(environment(SENDER_REFERENCES="{}")).startswith("kms_keys: SENDER_REFERENCES has none")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
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
def test_whatever_stands_there_is_settings_or_a_settings_error(
    settings: dict[str, Any], references: dict[str, Any]
) -> None:
    try:
        load(environment(settings, references))
    except SettingsError as error:
        assert str(error)  # noqa: PT017 - most examples end here
