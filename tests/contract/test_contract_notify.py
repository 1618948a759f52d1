"""AWS End User Messaging Notify: SendNotifyTextMessage. Contract: providers/notify.py."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from contract.conftest import StartRig
from contract.rig import CODE, NUMBER, REGION, SETUPS, attempts
from custom_sender.delivery.failover import NamedSender
from custom_sender.network import clients
from custom_sender.network.clients import Clients
from custom_sender.network.requests import AwsResponse
from custom_sender.outcome import Outcome
from custom_sender.senders.notify import Notify
from localaws.providers import end_user_messaging as eum
from localaws.providers import notify
from localaws.providers.wire import Answer, Request
from support.configured import create

OPERATION = "SendNotifyTextMessage"


def members(requests: list[Request], region: str = REGION) -> Mapping[str, Any]:
    found = notify.read(requests[-1], region)
    assert not isinstance(found, str), found
    return found


def test_the_code_travels_as_the_template_s_variable_and_dies_in_time(start: StartRig) -> None:
    rig = start("notify")
    delivery = rig.deliver(lifetime_seconds=180)
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id is not None
    assert members(rig.server.requests) == {
        "NotifyConfigurationId": "nc-1234567890abcdef0",
        "DestinationPhoneNumber": NUMBER,
        "TemplateVariables": {"code": CODE},
        "TimeToLive": 180,
        "Context": {
            "trigger": "SignUp",
            "user_pool_id": f"{REGION}_AbCdEfGhI",
            "client_id": "5example23exampleclientid",
        },
    }


def test_every_setting_becomes_its_documented_member(start: StartRig) -> None:
    rig = start(
        "notify",
        notify_configuration_id=f"arn:aws:sms-voice:{REGION}:123456789012:notify-configuration/nc-1",
        template_id="notify-code-verification-english-001",
        code_variable="otp",
        configuration_set_name="login",
        time_to_live_seconds=60,
    )
    assert rig.deliver().outcome is Outcome.SENT
    sent = members(rig.server.requests)
    assert {name: sent[name] for name in sent if name not in ("DestinationPhoneNumber", "Context")} == {
        "NotifyConfigurationId": f"arn:aws:sms-voice:{REGION}:123456789012:notify-configuration/nc-1",
        "TemplateId": "notify-code-verification-english-001",
        "TemplateVariables": {"otp": CODE},
        "ConfigurationSetName": "login",
        "TimeToLive": 60,
    }


def test_the_template_is_that_of_the_person_s_language_or_the_general_one(
    start: StartRig, subtests: pytest.Subtests
) -> None:
    for locale, template in [
        ("de-DE", "german-1"),
        ("DE_at", "german-1"),
        ("pt-BR", "brazilian-1"),
        ("pt-PT", "any-1"),
        ("fr", "any-1"),
        (None, "any-1"),
    ]:
        with subtests.test(locale=locale, template=template):
            rig = start("notify", template_id="any-1", template_ids={"de": "german-1", "pt_BR": "brazilian-1"})
            assert rig.deliver(locale=locale).outcome is Outcome.SENT
            assert members(rig.server.requests)["TemplateId"] == template


def test_time_to_live_is_the_shorter_of_code_and_setting_within_aws_s_limits(
    start: StartRig, subtests: pytest.Subtests
) -> None:
    for code_lives, setting, time_to_live in [
        (300, None, 300),
        (3, None, 5),
        (900_000, None, 259_200),
        (300, 60, 60),
        (40, 60, 40),
    ]:
        with subtests.test(code_lives=code_lives, setting=setting, time_to_live=time_to_live):
            rig = start("notify", time_to_live_seconds=setting)
            rig.deliver(lifetime_seconds=code_lives)
            assert members(rig.server.requests)["TimeToLive"] == time_to_live


def test_another_region_signs_for_that_region(start: StartRig) -> None:
    rig = start("notify", region="us-west-2")
    rig.deliver()
    members(rig.server.requests, "us-west-2")


@pytest.mark.parametrize(
    ("field", "outcome"),
    [("DestinationPhoneNumber", Outcome.REJECTED_NUMBER), ("TemplateVariables", Outcome.PROVIDER_CONFIG)],
)
def test_a_refused_field_is_the_number_s_fault_if_it_is_the_number(
    field: str, outcome: Outcome, start: StartRig
) -> None:
    rig = start("notify")
    rig.server.script.append(eum.error("ValidationException", "FIELD_VALIDATION_FAILED", (field,)))
    assert rig.deliver().outcome is outcome


def test_the_resolved_text_in_the_answer_stays_in_the_answer(start: StartRig) -> None:
    rig = start("notify")
    answer = notify.accepted({"TemplateVariables": {"code": CODE}})
    assert CODE.encode() in answer.body
    rig.server.script.append(answer)
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert CODE not in repr(delivery)


def test_a_success_without_a_message_id_is_perhaps_sent(start: StartRig) -> None:
    rig = start("notify")
    rig.server.script.append(Answer(200, b'{"TemplateId": "x"}', {"Content-Type": "application/x-amz-json-1.0"}))
    assert rig.deliver().outcome is Outcome.AMBIGUOUS


@pytest.fixture
def old_boto3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore with the service's model as it was before the operation: what an older Lambda runtime has."""
    model = json.loads(json.dumps(Loader().load_service_model("pinpoint-sms-voice-v2", "service-2", "2022-03-31")))
    del model["operations"][OPERATION]
    place = tmp_path / "models" / "pinpoint-sms-voice-v2" / "2022-03-31"
    place.mkdir(parents=True)
    place.joinpath("service-2.json.gz").write_bytes(gzip.compress(json.dumps(model).encode()))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path / "models"))
    monkeypatch.setattr(clients, "client", Clients().client)


@pytest.mark.usefixtures("old_boto3")
def test_a_boto3_that_is_too_old_says_how_to_get_a_newer_one_and_the_next_sender_goes_on(start: StartRig) -> None:
    rig = start("end_user_messaging")
    route = [
        NamedSender(name, create(name, {"kind": name, **SETUPS[name].settings}))
        for name in ("notify", "end_user_messaging")
    ]
    delivery = attempts(rig, time.time() + 5).deliver(route)
    assert delivery.outcome is Outcome.SENT
    refused, sent = delivery.attempts
    assert (refused.sender_name, refused.outcome, refused.provider_code) == (
        "notify",
        Outcome.PROVIDER_CONFIG,
        "SdkTooOld",
    )
    assert refused.problem is not None
    assert "package.layers" in refused.problem
    assert "self-contained" in refused.problem
    assert (sent.sender_name, sent.outcome) == ("end_user_messaging", Outcome.SENT)
    assert len(rig.server.requests) == 1, "nothing was sent in notify's name"


def test_a_parameter_that_boto3_does_not_know_has_the_same_fix() -> None:
    sender = create("mine", {"kind": "notify", **SETUPS["notify"].settings})
    assert isinstance(sender, Notify)
    result = sender.parse(AwsResponse(status=0, result={}, error_code="SdkTooOld", reason=None))
    assert result.outcome is Outcome.PROVIDER_CONFIG
    assert result.problem is not None
