"""Credentials: where they come from, how long they are kept, and what is said when they cannot be had."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from custom_sender.network.deadline import elsewhere
from custom_sender.network.provider_secrets import Credentials, CredentialsInvalid, CredentialsUnavailable
from custom_sender.secret import Secret

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:twilio-AbCdEf"
PARAMETER = "arn:aws:ssm:us-east-2:123456789012:parameter/login/twilio"
# "Kept in memory for minutes" (docs): longer, and a revoked credential would be used for as long. An outage of the
# service is not waited for by each message, and noticed to be over within half a minute.
CACHE_SECONDS = 300.0
OUTAGE_SECONDS = 30.0


class Client:
    """Answers reads from a list: a text is the value, an exception is raised. The last one stays."""

    def __init__(self, *answers: str | Exception | None) -> None:
        self.answers = list(answers)
        self.asked: list[Mapping[str, Any]] = []

    def _next(self, asked: Mapping[str, Any]) -> str | None:
        self.asked.append(asked)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def get_secret_value(self, **asked: Any) -> Mapping[str, Any]:
        value = self._next(asked)
        return {"SecretString": value} if value is not None else {"SecretBinary": b"\x00"}

    def get_parameter(self, **asked: Any) -> Mapping[str, Any]:
        return {"Parameter": {"Value": self._next(asked)}}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def refused(code: str, status: int = 400) -> ClientError:
    message = "User: arn:aws:sts::123456789012:assumed-role/x is not authorized; value hunter2"
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "GetSecretValue",
    )


def credentials(client: Client, clock: Clock | None = None) -> Credentials:
    return Credentials(client=lambda *_: client, clock=clock or Clock())


def test_the_client_s_service_and_region_are_the_arn_s() -> None:
    asked: list[tuple[str, str]] = []
    client = Client("{}")

    def make(service: str, region: str) -> Client:
        asked.append((service, region))
        return client

    reader = Credentials(client=make)
    reader.get(SECRET)
    reader.get(PARAMETER)
    reader.get(SECRET, refresh=True)
    assert asked == [("secretsmanager", "eu-west-1"), ("ssm", "us-east-2")]
    assert client.asked == [{"SecretId": SECRET}, {"Name": PARAMETER, "WithDecryption": True}, {"SecretId": SECRET}]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    # Other tests' keys are kept (conftest.py).
    aws = mock_aws()
    aws.start(reset=False)
    yield
    aws.stop(remove_data=False)


@pytest.mark.usefixtures("aws")
def test_a_real_client_reads_a_secret_in_another_region() -> None:
    made = boto3.client("secretsmanager", region_name="eu-west-1").create_secret(
        Name="twilio", SecretString='{"auth_token": "hunter2"}'
    )
    assert Credentials().get(made["ARN"]) == {"auth_token": Secret("hunter2")}


@pytest.mark.usefixtures("aws")
def test_a_real_client_reads_an_encrypted_parameter_by_its_arn() -> None:
    client = boto3.client("ssm", region_name="us-east-2")
    client.put_parameter(Name="/login/twilio", Value='{"auth_token": "hunter2"}', Type="SecureString")
    assert Credentials().get(PARAMETER) == {"auth_token": Secret("hunter2")}


@pytest.mark.usefixtures("aws")
def test_a_real_client_says_that_a_secret_is_not_there() -> None:
    with pytest.raises(CredentialsInvalid, match=r"exists and has a value\. Got: neither or one\. Fix: create it"):
        Credentials().get(SECRET)


def test_every_text_is_wrapped_however_deep_it_is() -> None:
    value = {"a": "hunter1", "keys": ["hunter2", "hunter3"], "deep": {"b": ["hunter4"]}, "n": 1, "none": None}
    found = credentials(Client(json.dumps(value))).get(SECRET)
    assert found == {
        "a": Secret("hunter1"),
        "keys": (Secret("hunter2"), Secret("hunter3")),
        "deep": {"b": (Secret("hunter4"),)},
        "n": 1,
        "none": None,
    }
    assert "hunter" not in repr(found)


def test_what_another_program_keeps_in_a_secret_does_no_harm() -> None:
    text = '{"auth_token": "hunter1", "other": ' + nested(7) + "}"
    assert credentials(Client(text)).get(SECRET)["auth_token"] == Secret("hunter1")


def test_a_secret_is_kept_for_five_minutes() -> None:
    clock, client = Clock(), Client('{"v": "1"}', '{"v": "2"}')
    reader = credentials(client, clock)
    assert reader.get(SECRET) == {"v": Secret("1")}
    clock.now += CACHE_SECONDS - 1
    assert reader.get(SECRET) == {"v": Secret("1")}
    clock.now += 1
    assert reader.get(SECRET) == {"v": Secret("2")}
    assert len(client.asked) == 2


def test_a_clock_that_goes_back_does_not_keep_a_secret_for_ever() -> None:
    clock, client = Clock(), Client('{"v": "1"}', '{"v": "2"}')
    reader = credentials(client, clock)
    reader.get(SECRET)
    clock.now -= 3600
    assert reader.get(SECRET) == {"v": Secret("2")}


def test_a_forced_refresh_reads_again_and_is_kept() -> None:
    client = Client('{"v": "1"}', '{"v": "2"}')
    reader = credentials(client)
    reader.get(SECRET)
    assert reader.get(SECRET, refresh=True) == {"v": Secret("2")}
    assert reader.get(SECRET) == {"v": Secret("2")}
    assert len(client.asked) == 2


def test_an_outage_leaves_an_old_secret_in_use_but_is_said_when_there_is_none(subtests: pytest.Subtests) -> None:
    for failure in [
        refused("ThrottlingException"),
        refused("InternalServiceError", 500),
        refused("Whatever", 503),
        EndpointConnectionError(endpoint_url="https://secretsmanager"),
    ]:
        with subtests.test(failure=failure):
            clock, client = Clock(), Client('{"v": "1"}', failure)
            reader = credentials(client, clock)
            reader.get(SECRET)
            clock.now += CACHE_SECONDS * 10
            assert reader.get(SECRET) == {"v": Secret("1")}
            with pytest.raises(CredentialsUnavailable, match="could not be read"):
                reader.get(SECRET, refresh=True)
            with pytest.raises(CredentialsUnavailable, match="could not be read"):
                credentials(Client(failure)).get(SECRET)


def test_an_outage_is_not_waited_for_with_every_message() -> None:
    clock, client = Clock(), Client('{"v": "1"}', refused("ThrottlingException"), '{"v": "2"}')
    reader = credentials(client, clock)
    reader.get(SECRET)
    clock.now += CACHE_SECONDS
    for _ in range(5):
        assert reader.get(SECRET) == {"v": Secret("1")}
    assert len(client.asked) == 2
    clock.now += OUTAGE_SECONDS
    assert reader.get(SECRET) == {"v": Secret("2")}


def test_a_secret_of_another_account_is_asked_for_by_its_whole_arn() -> None:
    """A name would be looked for in the function's own account."""
    client = Client("{}")
    theirs = SECRET.replace("123456789012", "210987654321")
    credentials(client).get(theirs)
    credentials(client).get(PARAMETER.replace("123456789012", "210987654321"))
    assert client.asked == [
        {"SecretId": theirs},
        {"Name": PARAMETER.replace("123456789012", "210987654321"), "WithDecryption": True},
    ]


def test_a_refusal_names_the_arn_and_what_to_do_and_is_not_hidden_by_an_old_value(subtests: pytest.Subtests) -> None:
    for arn, code, advice in [
        (SECRET, "AccessDeniedException", "allow the function's role secretsmanager:GetSecretValue on it"),
        (PARAMETER, "AccessDeniedException", "allow the function's role ssm:GetParameter on it"),
        (SECRET, "ResourceNotFoundException", "create it and put the credentials in"),
        (PARAMETER, "ParameterNotFound", "create it and put the credentials in"),
        (SECRET, "DecryptionFailure", "check that it and its key are enabled"),
        (SECRET, "InvalidRequestException", "check that it and its key are enabled"),
    ]:
        with subtests.test(arn=arn, code=code, advice=advice):
            clock = Clock()
            reader = credentials(Client('{"v": "1"}', refused(code)), clock)
            reader.get(arn)
            clock.now += CACHE_SECONDS
            with pytest.raises(CredentialsInvalid) as caught:
                reader.get(arn)
            assert str(caught.value).startswith(arn)
            assert advice in str(caught.value)


def nested(levels: int) -> str:
    """An object in an object …, so many of them."""
    return '{"a": ' * levels + '"hunter2"' + "}" * levels


def test_what_is_not_a_json_object_is_invalid(subtests: pytest.Subtests) -> None:
    for text in [
        *("hunter2", "", "[]", '"hunter2"', "null", '{"auth_token": "hunter2"', None),
        *("[" * 9999, nested(9), nested(900), nested(9999), '{"a": ' + "[" * 900 + "]" * 900 + "}"),
    ]:
        with subtests.test(text=text), pytest.raises(CredentialsInvalid, match="a JSON object as text"):
            credentials(Client(text)).get(SECRET)


@pytest.mark.parametrize(
    "answer", ['{"auth_token": "hunter2"', refused("AccessDeniedException"), refused("Throttling")]
)
def test_no_error_carries_what_aws_or_the_secret_said(answer: str | Exception) -> None:
    with pytest.raises((CredentialsInvalid, CredentialsUnavailable)) as caught:
        credentials(Client(answer)).get(SECRET)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_reading_takes_no_longer_than_there_is_time() -> None:
    """Whatever the client waits for that has no time-out, such as a name server."""
    answered = threading.Event()

    class Silent:
        def get_secret_value(self, **_: Any) -> dict[str, Any]:
            elsewhere(lambda: answered.wait(30))
            return {"SecretString": "{}"}

    started = time.monotonic()
    with pytest.raises(CredentialsUnavailable, match="no answer in time"):
        Credentials(client=lambda *_: Silent()).get(SECRET, seconds=0.05)
    assert time.monotonic() - started < 5
    answered.set()
