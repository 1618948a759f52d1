"""Senders' settings: what is accepted, what is refused and how, and that nothing secret shows by accident."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.network.requests import AwsResponse, HttpRequest, HttpResponse
from custom_sender.network.smtp import SmtpResponse
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from custom_sender.senders.answers import by_http_status, json_object, retry_after
from custom_sender.senders.attributes import KINDS
from support.configured import create
from support.senders import MESSAGE, message_for, settings

CODES_ONLY = ("notify", "twilio_verify", "whatsapp")
OF_AWS = ("sns", "sns_topic", "end_user_messaging", "notify", "ses")
CREDENTIALS = {
    "account_sid": Secret("AC" + "0" * 32),
    "auth_token": Secret("auth-token"),
    "api_key": Secret("abcd1234"),
    "api_secret": Secret("api-secret"),
    "access_token": Secret("auth-token"),
    "webhook_url": Secret("https://hooks.slack.com/services/T0/B0/authtoken"),
    "username": Secret("login"),
    "password": Secret("auth-token"),
    "signing_keys": (Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),),
}


@pytest.mark.parametrize("kind", CODES_ONLY)
def test_a_sender_of_codes_is_given_the_code_and_not_the_text(kind: str) -> None:
    sender = create("mine", settings(kind))
    message = message_for(sender, text=Secret("the-text"), code=Secret("314159"))
    request = sender.build(message, CREDENTIALS, now=0.0)
    sent = request.body.decode() if isinstance(request, HttpRequest) else repr(dict(request.parameters))
    assert "314159" in sent
    assert "the-text" not in sent


@pytest.mark.parametrize("allowed", [True, False, None])
def test_a_webhook_says_whether_its_host_may_be_private(allowed: bool | None) -> None:
    sender = create("mine", settings("webhook", allow_private_address=allowed))
    request = sender.build(MESSAGE, CREDENTIALS, now=0.0)
    assert isinstance(request, HttpRequest)
    assert request.allow_private_address is (allowed is True)


@pytest.mark.parametrize("kind", OF_AWS)
def test_aws_senders_need_no_secret(kind: str) -> None:
    assert create("mine", settings(kind)).secret_arn is None


# AWS's senders read its answers alike, as Twilio's two do.
ALSO_LOADED: Mapping[str, tuple[str, ...]] = {
    "sns_topic": ("sns",),
    "end_user_messaging": ("sns",),
    "notify": ("sns", "end_user_messaging"),
    "ses": ("sns", "end_user_messaging"),
    "twilio_verify": ("twilio",),
}


# Each kind in a process of its own, because what one has loaded stays: a fork of one that has made no sender yet.
LOADING = """
import json, os, sys
from support.configured import create
for kind, settings in json.loads(sys.argv[1]).items():
    child = os.fork()
    if child == 0:
        create("mine", settings)
        ours = [name for name in sys.modules if name.startswith("custom_sender.senders.")]
        print(json.dumps([kind, [*ours, *{"boto3", "botocore", "urllib3", "requests", "smtplib"} & set(sys.modules)]]))
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0, kind
"""


@functools.cache
def _loaded_by_kind() -> dict[str, list[str]]:
    """What each kind's process has loaded of the senders and of the SDKs."""
    path = os.pathsep.join(entry for entry in sys.path if entry.endswith(("function/src", "/tests")))
    command = [sys.executable, "-c", LOADING, json.dumps({kind: settings(kind) for kind in KINDS})]
    run = subprocess.run(command, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    return dict(json.loads(line) for line in run.stdout.splitlines())


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_module_of_the_kind_is_loaded_and_no_sdk(kind: str) -> None:
    loaded = set(_loaded_by_kind()[kind])
    assert {name for name in KINDS if f"custom_sender.senders.{name}" in loaded} == {kind, *ALSO_LOADED.get(kind, ())}
    assert not loaded & {"boto3", "botocore", "urllib3", "requests"}
    assert ("smtplib" in loaded) is (kind == "smtp"), "who sends no mail by SMTP does not pay for it"


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_shows_nothing_of_what_it_carries(kind: str) -> None:
    sender = create("mine", settings(kind))
    request = sender.build(message_for(sender), CREDENTIALS, now=1_700_000_000.0)
    shown = repr(request)
    assert "271828" not in shown
    assert "15112345678" not in shown
    assert "jane.doe" not in shown
    assert "auth-token" not in shown
    if isinstance(request, HttpRequest):
        assert not any("\r" in value or "\n" in value for value in request.headers.values())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (*OF_AWS, "smtp")])
@given(
    status=st.integers(100, 999),
    body=st.binary(max_size=200) | st.text().map(str.encode) | st.just(b'{"code":' + b"9" * 5000 + b"}"),
    headers=st.dictionaries(st.sampled_from(["retry-after", "content-type"]), st.text(max_size=20)),
)
def test_any_http_answer_has_a_meaning(kind: str, status: int, body: bytes, headers: dict[str, str]) -> None:
    result = create("mine", settings(kind)).parse(HttpResponse(status, headers, body))
    assert isinstance(result.outcome, Outcome)
    assert len(result.provider_code or "") <= 120


@given(
    verb=st.sampled_from(["CONNECT", "AUTH", "RCPT", "DATA", "."]),
    code=st.just(250) | st.integers(400, 599),
    text=st.binary(max_size=200) | st.from_regex(rb"[245]\.[0-9]{1,4}\.[0-9]{1,4}"),
)
def test_any_reply_of_a_mail_server_has_a_meaning(verb: str, code: int, text: bytes) -> None:
    result = create("mine", settings("smtp")).parse(SmtpResponse(verb, code, text))
    assert (result.outcome is Outcome.SENT) is (code == 250)
    assert re.fullmatch(r"|smtp-[0-9]{3}|[245]\.[0-9]{1,3}\.[0-9]{1,3}", result.provider_code or "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", OF_AWS)
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
