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

from cognito_sms_sender.errors import SettingsError
from cognito_sms_sender.settings import load
from cognito_sms_sender.templates import Messages
from support.environment import KEY_ARN, base64gzip, environment

OTHER_KEY_ARN = KEY_ARN.replace("0b3c", "1b3c")
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:twilio-AbCdEf"
TWILIO = {"kind": "twilio", "messaging_service_sid": "MG" + "0" * 32}


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
        senders = {"aws": {"kind": "sns"}, "other": {"kind": "sns"}}
        settings = load(environment({"senders": senders, "routes": {"default": ["aws"], "US": ["other", "aws"]}}))
        assert settings.routes == {"default": ("aws",), "US": ("other", "aws")}
        assert (settings.route_name("US"), settings.route_name("DE")) == ("US", "default")

    def test_without_a_default_where_every_country_has_its_own(self) -> None:
        settings = load(environment({"routes": {"DE": ["aws"], "US": ["aws"]}}))
        assert (settings.route_name("US"), settings.route_name("DE")) == ("US", "DE")

    def test_a_sender_that_is_switched_off_is_in_no_route(self) -> None:
        senders = {"aws": {"kind": "sns", "enabled": False}, "other": {"kind": "sns", "enabled": True}}
        settings = load(environment({"senders": senders, "routes": {"default": ["aws", "other"], "DE": ["other"]}}))
        assert settings.routes == {"default": ("other",), "DE": ("other",)}

    def test_a_sender_that_is_switched_off_is_checked_like_any_other(self) -> None:
        senders = {"aws": {"kind": "sns"}, "off": {"kind": "sns", "enabled": False, "colour": "red"}}
        with pytest.raises(SettingsError, match="'colour' does not exist"):
            load(environment({"senders": senders}))


class TestReferences:
    """ARNs and ids that Terraform did not know at plan come in variables of their own."""

    def test_they_are_laid_over_their_sender(self) -> None:
        settings = {"senders": {"twilio": TWILIO}, "routes": {"default": ["twilio"]}}
        loaded = load(environment(settings, SENDER_REF_TWILIO_SECRET_ARN=SECRET_ARN))
        assert loaded.senders["twilio"].secret_arn == SECRET_ARN

    def test_a_sender_whose_name_is_the_beginning_of_anothers(self) -> None:
        settings = {"senders": {"aws": TWILIO, "aws_secret": TWILIO}, "routes": {"default": ["aws"]}}
        other = SECRET_ARN.replace("twilio", "other")
        loaded = load(
            environment(settings, SENDER_REF_AWS_SECRET_ARN=SECRET_ARN, SENDER_REF_AWS_SECRET_SECRET_ARN=other)
        )
        assert (loaded.senders["aws"].secret_arn, loaded.senders["aws_secret"].secret_arn) == (SECRET_ARN, other)

    def test_the_origination_of_countries_is_one_variable(self) -> None:
        loaded = load(environment(SENDER_REF_AWS_ORIGINATION_BY_COUNTRY="DE=ACME,US=+15550100123"))
        assert loaded.senders["aws"].origination_by_country == {"DE": "ACME", "US": "+15550100123"}  # type: ignore[attr-defined]

    @pytest.mark.parametrize("variable", ["SENDER_REF_OTHER_SECRET_ARN", "SENDER_REF_AWS_COLOUR", "SENDER_REF_"])
    def test_one_that_belongs_to_no_sender_is_named(self, variable: str) -> None:
        with pytest.raises(SettingsError, match=f"{variable}: no sender of SENDER_SETTINGS"):
            load(environment() | {variable: "x"})


class TestMessages:
    @pytest.mark.parametrize("value", ["", "  "])
    def test_without_any_the_built_in_texts_are_used(self, value: str) -> None:
        assert load(environment() | {"SENDER_MESSAGES": value}).messages == Messages()

    def test_ten_locales_with_eight_texts_fit(self) -> None:
        texts = {f"Trigger{number}": "Ihr Code für die Anmeldung: $code. " * 3 for number in range(8)}
        templates = dict.fromkeys(("de", "fr", "it", "es", "pt", "nl", "pl", "cs", "da", "sv"), texts)
        packed = base64gzip({"brand": "Acme", "templates": templates})
        assert len(packed) < 3000
        assert len(load(environment() | {"SENDER_MESSAGES": packed}).messages.templates) == 10

    @pytest.mark.parametrize(
        "value",
        [
            "{}",
            "not base64!",
            base64.b64encode(b"{}").decode(),
            base64.b64encode(gzip.compress(b"\xff\xfe", mtime=0)).decode(),
        ],
    )
    def test_what_was_not_packed_by_terraform_is_refused(self, value: str) -> None:
        with pytest.raises(SettingsError, match=r"SENDER_MESSAGES: not base64 of gzip of UTF-8; it must be what"):
            load(environment() | {"SENDER_MESSAGES": value})

    def test_a_bomb_is_not_unpacked(self) -> None:
        bomb = base64.b64encode(gzip.compress(b" " * 50_000_000)).decode()
        with pytest.raises(SettingsError, match="longer than 262144 bytes"):
            load(environment() | {"SENDER_MESSAGES": bomb})

    def test_a_cut_off_one_is_refused(self) -> None:
        packed = base64.b64decode(base64gzip({"brand": "Acme"}))
        with pytest.raises(SettingsError, match="cut off"):
            load(environment() | {"SENDER_MESSAGES": base64.b64encode(packed[:-9]).decode()})

    def test_json_of_another_kind_is_refused(self) -> None:
        with pytest.raises(SettingsError, match="SENDER_MESSAGES: a JSON object is needed, not a list"):
            load(environment(messages=[]))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"name": ""}, "name must be"),
        ({"name": 5}, "name must be"),
        ({"colour": "red"}, "unknown setting 'colour'; the function's package is older than the Terraform module"),
        ({"allowed_countries": []}, "allowed_countries must be a list of at least one country"),
        ({"allowed_countries": "DE"}, "allowed_countries must be a list"),
        ({"allowed_countries": ["DE", "Germany"]}, "'Germany' is not a country code"),
        ({"allowed_countries": ["de"]}, "'de' is not a country code"),
        ({"senders": {}}, "senders must be an object with at least one sender"),
        ({"senders": {"AWS": {"kind": "sns"}}}, "'AWS' is not a sender's name"),
        ({"senders": {"aws": "sns"}}, "senders.aws must be an object"),
        ({"senders": {"aws": {"kind": "pigeon"}}}, "'aws': attribute 'kind' must be one of"),
        ({"routes": ["aws"]}, 'routes must be an object: "default" or a country, then a list of senders\' names'),
        ({"routes": {}}, 'routes: there is none for DE: add one, or "default" for every country without its own'),
        ({"routes": {"DE": ["aws"]}}, "routes: there is none for US: add one"),
        (
            {"routes": {"default": ["aws"], "FR": ["aws"]}},
            "routes.'FR': a route is called 'default' or after a country",
        ),
        (
            {"routes": {"default": ["aws"], "de": ["aws"]}},
            "routes.'de': a route is called 'default' or after a country",
        ),
        ({"routes": {"default": []}}, "routes.default must be a list of at least one sender's name"),
        ({"routes": {"default": ["aws"], "DE": []}}, "routes.DE must be a list of at least one sender's name"),
        ({"routes": {"default": ["aws"], "DE": ["twilio"]}}, "routes.DE: there is no sender 'twilio'; there are: aws"),
        (
            {"senders": {"aws": {"kind": "sns", "enabled": False}}},
            "routes.default: every sender of it is switched off: set enabled = true for one",
        ),
        ({"senders": {"aws": {"kind": "sns", "enabled": "no"}}}, "senders.aws: enabled must be true or false"),
        ({"routes": {"default": ["twilio"]}}, "there is no sender 'twilio'; there are: aws"),
        ({"routes": {"default": [["aws"]]}}, "there is no sender"),
        ({"routes": {"default": ["aws", "aws"]}}, "routes.default names a sender twice"),
    ],
)
def test_a_wrong_setting_is_named_with_the_fix(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environment(settings))
    assert says in str(caught.value)


@pytest.mark.parametrize("variable", ["SENDER_SETTINGS", "SENDER_KMS_KEY_ARNS"])
@pytest.mark.parametrize("value", [None, "", " "])
def test_a_variable_that_is_not_set_is_named(variable: str, value: str | None) -> None:
    environ = environment() | {variable: value or ""}
    if value is None:
        del environ[variable]
    with pytest.raises(SettingsError, match=f"{variable} is not set. The Terraform module sets it"):
        load(environ)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"name":', "not valid JSON (line 1, column 9)"),
        ("[]", "a JSON object is needed, not a list"),
        ("[" * 100_000, "not valid JSON"),
    ],
    ids=["cut", "list", "deep"],
)
def test_settings_that_are_no_json_object(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environment() | {"SENDER_SETTINGS": text})
    assert says in str(caught.value)
    assert caught.value.__context__ is None


class TestKmsKeys:
    def test_several_keys(self) -> None:
        assert load(environment(key_arns=f"{KEY_ARN}, {OTHER_KEY_ARN},{KEY_ARN}")).kms_key_arns == (
            KEY_ARN,
            OTHER_KEY_ARN,
        )

    @pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
    def test_every_partition_and_multi_region_keys(self, partition: str) -> None:
        arn = f"arn:{partition}:kms:us-gov-west-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef"
        assert load(environment(key_arns=arn)).kms_region == "us-gov-west-1"

    @pytest.mark.parametrize(
        "arn",
        ["alias/sms", KEY_ARN.replace("key/", "alias/"), KEY_ARN.rpartition("/")[2], KEY_ARN.replace("kms", "sns")],
    )
    def test_what_is_not_a_keys_arn_is_refused(self, arn: str) -> None:
        with pytest.raises(SettingsError, match=r"SENDER_KMS_KEY_ARNS: .* is not the ARN of a KMS key"):
            load(environment(key_arns=arn))

    def test_keys_of_two_regions_are_refused(self) -> None:
        other = OTHER_KEY_ARN.replace("eu-central-1", "us-east-1")
        with pytest.raises(SettingsError, match="all keys must be in one Region"):
            load(environment(key_arns=f"{KEY_ARN},{other}"))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.too_slow])  # on a loaded machine
@given(
    settings=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("name", "allowed_countries", "routes", "senders"), _JSON)
    )
)
def test_whatever_stands_there_is_settings_or_a_settings_error(settings: dict[str, Any]) -> None:
    try:
        load(environment(settings))
    except SettingsError as error:
        assert "SENDER_SETTINGS" in str(error) or "sender" in str(error)  # noqa: PT017 - most examples end here
