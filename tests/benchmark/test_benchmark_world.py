"""The services that the benchmark plays: they answer late when told to, and count what is asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from benchmarks.measure import events
from benchmarks.world import ACCOUNT_SID, world
from support.cognito import REGION

if TYPE_CHECKING:
    from pathlib import Path


def _client(service: str, url: str, authority: Path) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        verify=str(authority),
    )


def test_calls_and_connections_are_counted_once(tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    with world() as aws:
        authority.write_bytes(aws.authority)
        secrets = _client("secretsmanager", aws.url, authority)
        for _ in range(2):
            assert ACCOUNT_SID in secrets.get_secret_value(SecretId="twilio")["SecretString"]
        assert aws.taken() == ("secretsmanager:GetSecretValue",) * 2
        assert aws.connections() == 1
        assert (aws.taken(), aws.connections()) == ((), 0)


def test_a_service_answers_as_late_as_it_is_told_to_and_no_other_does(tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    with world({"sns": 300, "kms": 60_000}) as aws:
        authority.write_bytes(aws.authority)
        secrets, sns = (_client(service, aws.url, authority) for service in ("secretsmanager", "sns"))
        began = time.perf_counter()
        secrets.get_secret_value(SecretId="twilio")
        assert time.perf_counter() - began < 30  # also where everything is slow
        began = time.perf_counter()
        assert sns.publish(PhoneNumber="+4915112345678", Message="m")["MessageId"]
        assert time.perf_counter() - began >= 0.3


def test_each_event_has_a_code_of_its_own_that_kms_gives_back(tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    with world() as aws:
        authority.write_bytes(aws.authority)
        found = events(aws, authority, 3)
        assert aws.taken() == ("kms:GenerateDataKey",) * 3
    assert len({event["request"]["code"] for event in found}) == 3


def test_without_its_authority_nobody_trusts_the_world(tmp_path: Path) -> None:
    with world() as aws, world() as another:
        (tmp_path / "another.pem").write_bytes(another.authority)
        client = _client("sns", aws.url, tmp_path / "another.pem")
        with pytest.raises(Exception, match="certificate verify failed"):
            client.publish(PhoneNumber="+4915112345678", Message="m")
