"""Senders' settings: what is accepted, what is refused and how, and that nothing secret shows by accident."""

from __future__ import annotations

import dataclasses
import functools
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.errors import SettingsError
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from custom_sender.senders import KINDS, create
from custom_sender.senders.base import AwsResponse, HttpRequest, HttpResponse
from custom_sender.senders.classify import by_http_status, json_object, retry_after
from support.senders import MESSAGE

SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:provider-AbCdEf"
SERVICE_SID = "MG" + "0" * 32
LEAST: Mapping[str, Mapping[str, Any]] = {
    "sns": {},
    "sns_topic": {"topic_arn": "arn:aws:sns:eu-central-1:123456789012:inbox", "environment": "test"},
    "end_user_messaging": {},
    "notify": {"notify_configuration_id": "nc-1234567890abcdef0"},
    "twilio": {"secret_arn": SECRET_ARN, "messaging_service_sid": SERVICE_SID},
    "twilio_verify": {"secret_arn": SECRET_ARN, "service_sid": "VA" + "0" * 32},
    "vonage": {"secret_arn": SECRET_ARN, "from": "ACME"},
    "whatsapp": {"secret_arn": SECRET_ARN, "phone_number_id": "106540352242922", "template": "login_code"},
    "slack": {"secret_arn": SECRET_ARN, "environment": "test"},
    "webhook": {"secret_arn": SECRET_ARN, "url": "https://hooks.example/sms"},
    "http": {
        "secret_arn": SECRET_ARN,
        "url": "https://gateway.example/sms",
        "body": '{"to": "{number}", "text": "{text}"}',
        "rules": [{"outcome": "SENT", "status": ["200"]}],
    },
}
CODES_ONLY = ("notify", "twilio_verify", "whatsapp")
CREDENTIALS = {
    "account_sid": Secret("AC" + "0" * 32),
    "auth_token": Secret("auth-token"),
    "api_key": Secret("abcd1234"),
    "api_secret": Secret("api-secret"),
    "access_token": Secret("auth-token"),
    "webhook_url": Secret("https://hooks.slack.com/services/T0/B0/authtoken"),
    "signing_keys": (Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),),
}


def settings(kind: str, **changes: Any) -> dict[str, Any]:
    return {"kind": kind, **LEAST[kind], **changes}


def refusal(kind: str, **changes: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        create("mine", settings(kind, **changes))
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_the_least_settings_make_a_sender_of_that_kind(kind: str) -> None:
    assert create("mine", settings(kind)).kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_null_is_the_same_as_absent(kind: str) -> None:
    optional = {"sns": "sender_id", "end_user_messaging": "keyword", "twilio": "from"}.get(kind, "no_such_attribute")
    assert create("mine", settings(kind, **{optional: None})) == create("mine", settings(kind))


@pytest.mark.parametrize("kind", [None, "", "SNS", "telegram", 7, ["sns"]])
def test_an_unknown_kind_is_refused_with_the_known_ones(kind: object) -> None:
    with pytest.raises(SettingsError, match=r"senders\.mine: kind must be one of sns, sns_topic, "):
        create("mine", {"kind": kind})


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_attribute_is_refused_with_the_known_ones(kind: str) -> None:
    text = refusal(kind, colour="red")
    assert text.startswith(f"senders.mine.{kind}.colour does not exist: remove it, or use one of ")
    assert all(name in text for name in LEAST[kind])


@pytest.mark.parametrize(
    ("kind", "attribute"),
    [(kind, attribute) for kind, least in LEAST.items() for attribute in least if attribute != "messaging_service_sid"],
)
def test_a_missing_attribute_is_refused_with_what_it_should_be(kind: str, attribute: str) -> None:
    text = refusal(kind, **{attribute: None})
    assert text.startswith(f"senders.mine.{kind}.{attribute} is missing: set it to ")


@pytest.mark.parametrize(
    ("kind", "attribute", "value"),
    [
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
    ],
)
def test_a_wrong_value_is_refused_with_what_it_should_be(kind: str, attribute: str, value: object) -> None:
    text = refusal(kind, **{attribute: value})
    assert text.startswith(f"senders.mine.{kind}.{attribute} must be ")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("sns", "twelve-chars"),
        ("sns", "1234"),
        ("sns", " +15550100123"),
        ("sns", None),
        ("sns", ["ACME"]),
        ("end_user_messaging", ""),
        ("end_user_messaging", "my pool"),
    ],
)
def test_of_an_origination_by_country_the_wrong_one_is_named(kind: str, value: object) -> None:
    text = refusal(kind, origination_by_country={"US": "+15550100123", "DE": value})
    assert text.startswith(f"senders.mine.{kind}.origination_by_country.DE must be ")


@pytest.mark.parametrize(
    ("kind", "attribute", "value"),
    [
        ("twilio", "secret_arn", "hunter2"),
        ("twilio", "from", "+hunter2"),
        ("webhook", "url", "https://user:hunter2@hooks.example/"),
        ("sns", "sender_id", ["hunter2"]),
        ("end_user_messaging", "time_to_live_seconds", "hunter2"),
    ],
)
def test_a_refusal_does_not_repeat_the_value(kind: str, attribute: str, value: object) -> None:
    """It could be a credential that was put into the wrong attribute."""
    assert "hunter2" not in refusal(kind, **{attribute: value})


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("sns", "entity_id", "template_id"),
        ("end_user_messaging", "in_entity_id", "in_template_id"),
        ("vonage", "entity_id", "content_id"),
    ],
)
def test_india_s_two_ids_come_together(kind: str, one: str, other: str) -> None:
    assert f"{kind}.{other} is missing" in refusal(kind, **{one: "1101"})
    assert f"{kind}.{one} is missing" in refusal(kind, **{other: "1101"})
    create("mine", settings(kind, **{one: "1101", other: "1107"}))


@pytest.mark.parametrize(("kind", "attribute"), [("notify", "template_ids"), ("whatsapp", "languages")])
def test_a_locale_that_is_written_in_two_ways_is_refused(kind: str, attribute: str) -> None:
    assert "one locale twice" in refusal(kind, **{attribute: {"pt-BR": "pt_BR", "pt_br": "pt_PT"}})


@pytest.mark.parametrize(
    ("changes", "attribute"),
    [({"app_hash": "A1b2C3d4E5+", "channel": "call"}, "app_hash"), ({"channel": "whatsapp"}, "template_sid")],
)
def test_what_verify_has_for_one_channel_is_refused_for_another(changes: Mapping[str, Any], attribute: str) -> None:
    template = {"template_sid": "HJ" + "0" * 32} if attribute == "template_sid" else {}
    assert f"twilio_verify.{attribute} is only for the channel" in refusal("twilio_verify", **template, **changes)


@pytest.mark.parametrize("kind", KINDS)
def test_the_senders_that_carry_only_codes_say_so(kind: str) -> None:
    assert create("mine", settings(kind)).codes_only is (kind in CODES_ONLY)


@pytest.mark.parametrize("kind", CODES_ONLY)
@pytest.mark.parametrize("changes", [{"is_password": True}, {"code": None}])
def test_a_sender_of_codes_never_builds_a_request_from_a_password_or_without_a_code(
    kind: str, changes: Mapping[str, Any]
) -> None:
    """Delivery skips it for such a message; should it ever forget, nothing leaves."""
    with pytest.raises(ValueError, match="a sender that carries only codes"):
        create("mine", settings(kind)).build(dataclasses.replace(MESSAGE, **changes), CREDENTIALS, now=0.0)


@pytest.mark.parametrize("kind", CODES_ONLY)
def test_a_sender_of_codes_is_given_the_code_and_not_the_text(kind: str) -> None:
    message = dataclasses.replace(MESSAGE, text=Secret("the-text"), code=Secret("314159"))
    request = create("mine", settings(kind)).build(message, CREDENTIALS, now=0.0)
    sent = request.body.decode() if isinstance(request, HttpRequest) else repr(dict(request.parameters))
    assert "314159" in sent
    assert "the-text" not in sent


@pytest.mark.parametrize("allowed", [True, False, None])
def test_a_webhook_says_whether_its_host_may_be_private(allowed: bool | None) -> None:
    sender = create("mine", settings("webhook", allow_private_address=allowed))
    request = sender.build(MESSAGE, CREDENTIALS, now=0.0)
    assert isinstance(request, HttpRequest)
    assert request.allow_private_address is (allowed is True)


@pytest.mark.parametrize("changes", [{"messaging_service_sid": None}, {"from": "+15550100123"}])
def test_twilio_needs_exactly_one_origin(changes: Mapping[str, Any]) -> None:
    assert "exactly one of the two" in refusal("twilio", **changes)


@pytest.mark.parametrize(
    "arn",
    [
        SECRET_ARN,
        "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a/b/twilio-AbCdEf",
        "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/login/twilio",
        "arn:aws:ssm:eu-central-1:123456789012:parameter/twilio",
    ],
)
def test_secrets_are_named_by_full_arn_in_every_partition(arn: str) -> None:
    assert create("mine", settings("twilio", secret_arn=arn)).secret_arn == arn


@pytest.mark.parametrize("kind", ["sns", "sns_topic", "end_user_messaging", "notify"])
def test_aws_senders_need_no_secret(kind: str) -> None:
    assert create("mine", settings(kind)).secret_arn is None


# AWS's senders read its answers alike, as Twilio's two do; what senders share is in small modules.
ALSO_LOADED: Mapping[str, tuple[str, ...]] = {
    "sns_topic": ("sns", "inbox"),
    "end_user_messaging": ("sns",),
    "notify": ("sns", "end_user_messaging", "codes"),
    "twilio": ("authorization", "requests"),
    "twilio_verify": ("twilio", "authorization", "codes", "requests"),
    "vonage": ("authorization", "requests"),
    "whatsapp": ("authorization", "codes", "requests"),
    "slack": ("authorization", "inbox", "requests"),
    "webhook": ("requests",),
    "http": ("authorization", "codes", "description", "requests"),
}


# Each kind in a process of its own, because what one has loaded stays: a fork of one that has made no sender yet.
LOADING = """
import json, os, sys
from custom_sender.senders import create
for kind, settings in json.loads(sys.argv[1]).items():
    child = os.fork()
    if child == 0:
        create("mine", settings)
        ours = [name for name in sys.modules if name.startswith("custom_sender.senders.")]
        print(json.dumps([kind, [*ours, *{"boto3", "botocore", "urllib3", "requests"} & set(sys.modules)]]))
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0, kind
"""


@functools.cache
def _loaded_by_kind() -> dict[str, list[str]]:
    """What each kind's process has loaded of the senders and of the SDKs."""
    path = next(entry for entry in sys.path if entry.endswith("function/src"))
    command = [sys.executable, "-c", LOADING, json.dumps({kind: settings(kind) for kind in KINDS})]
    run = subprocess.run(command, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    return dict(json.loads(line) for line in run.stdout.splitlines())


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_module_of_the_kind_is_loaded_and_no_sdk(kind: str) -> None:
    loaded = set(_loaded_by_kind()[kind])
    shared = {"attributes", "base", "classify", *ALSO_LOADED.get(kind, ())}
    assert loaded == {f"custom_sender.senders.{name}" for name in shared} | {KINDS[kind]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_shows_nothing_of_what_it_carries(kind: str) -> None:
    request = create("mine", settings(kind)).build(MESSAGE, CREDENTIALS, now=1_700_000_000.0)
    shown = repr(request)
    assert "271828" not in shown
    assert "15112345678" not in shown
    assert "auth-token" not in shown
    if isinstance(request, HttpRequest):
        assert not any("\r" in value or "\n" in value for value in request.headers.values())


@pytest.mark.parametrize("kind", KINDS)
@given(
    status=st.integers(100, 999),
    body=st.binary(max_size=200) | st.text().map(str.encode) | st.just(b'{"code":' + b"9" * 5000 + b"}"),
    headers=st.dictionaries(st.sampled_from(["retry-after", "content-type"]), st.text(max_size=20)),
)
def test_any_http_answer_has_a_meaning(kind: str, status: int, body: bytes, headers: dict[str, str]) -> None:
    result = create("mine", settings(kind)).parse(HttpResponse(status, headers, body))
    assert isinstance(result.outcome, Outcome)
    assert len(result.provider_code or "") <= 120


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", KINDS)
@given(
    status=st.integers(0, 999),
    result=st.dictionaries(st.sampled_from(["MessageId", "Error", "Fields", "Reason"]), JSON),
    code=st.none() | st.text() | st.sampled_from(["ValidationException", "InvalidParameter", "ConflictException"]),
    reason=st.none() | st.text() | st.sampled_from(["DESTINATION_PHONE_NUMBER_OPTED_OUT"]),
)
def test_any_aws_answer_has_a_meaning(
    kind: str, status: int, result: dict[str, Any], code: str | None, reason: str | None
) -> None:
    found = create("mine", settings(kind)).parse(AwsResponse(status, result, code, reason))
    assert isinstance(found.outcome, Outcome)
    assert len(found.provider_code or "") <= 160


@given(st.integers(100, 999))
def test_an_unknown_status_never_means_sent_and_a_server_s_failure_never_means_unsent(status: int) -> None:
    outcome = by_http_status(status)
    assert outcome is not Outcome.SENT
    if status >= 500 and status != 503:
        assert outcome is Outcome.AMBIGUOUS


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("3601", None),
        ("-1", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),  # without the answer's Date nobody knows what the other clock says
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_up_to_an_hour(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Wed, 21 Oct 2026 07:28:07 GMT", 7.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("Wed, 21 Oct 2026 08:28:01 GMT", None),
        ("Wednesday, 21-Oct-26 07:28:07 GMT", 7.0),  # RFC 850
        ("Wed Oct 21 07:28:07 2026", 7.0),  # asctime
        ("Wed, 41 Oct 2026 07:28:07 GMT", None),
        ("Wed, 21 Oct 99999 07:28:07 GMT", None),
        ("tomorrow", None),
        ("2026-10-21T07:28:07Z", None),
    ],
)
def test_a_retry_after_that_is_a_date_is_counted_by_the_provider_s_clock(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value, "date": "Wed, 21 Oct 2026 07:28:00 GMT"}) == seconds
    assert retry_after({"retry-after": value, "date": "now"}) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_retry_after_breaks_a_delivery(value: str, date: str) -> None:
    found = retry_after({"retry-after": value, "date": date})
    assert found is None or 0 <= found <= 3600


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"\xff", b"{", b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_not_a_json_object_is_an_empty_one(body: bytes) -> None:
    assert json_object(body) == {}
