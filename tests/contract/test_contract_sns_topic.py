"""Amazon SNS topic: the inbox of a test environment. Contract: providers/sns.py."""

from __future__ import annotations

import pytest

from contract.conftest import StartRig
from contract.rig import ADDRESS, NUMBER, REGION, SUBJECT, TEXT, TOPIC_ARN
from custom_sender.outcome import Outcome
from localaws.providers import sns
from localaws.providers.wire import Request


def published(requests: list[Request], region: str = REGION) -> sns.Published:
    found = sns.read(requests[-1], region)
    assert isinstance(found, sns.Published), found
    return found


def test_the_topic_receives_the_text_and_whose_it_is(start: StartRig) -> None:
    rig = start("sns_topic")
    assert rig.deliver().outcome is Outcome.SENT
    message = published(rig.server.requests)
    assert message.parameters["TopicArn"] == TOPIC_ARN
    body = message.parameters["Message"].splitlines()
    assert f"To: {NUMBER}" in body
    assert "Trigger: SignUp" in body
    assert f"User pool: {REGION}_AbCdEfGhI" in body
    assert "Environment: test" in body
    assert body[body.index("Text:") + 1] == TEXT
    assert NUMBER in message.parameters["Subject"]


def test_the_topic_receives_a_mail_s_subject_and_text_and_whose_it_is(start: StartRig) -> None:
    rig = start("sns_topic")
    assert rig.deliver(mail=True).outcome is Outcome.SENT
    parameters = published(rig.server.requests).parameters
    assert parameters["Subject"].startswith(f"[test] e-mail to {ADDRESS}: ")
    body = parameters["Message"].splitlines()
    assert body[0] == "This e-mail went to this topic. No mailbox has received it."
    assert f"To: {ADDRESS}" in body
    assert "From: Acme Größe <login@acme.example>" in body
    assert f"Subject: {SUBJECT}" in body
    assert body[body.index("Text:") + 1] == TEXT


def test_a_filter_policy_can_pick_one_tester_s_messages(start: StartRig) -> None:
    rig = start("sns_topic")
    rig.deliver()
    assert published(rig.server.requests).attributes == {
        "to": ("String", NUMBER),
        "trigger": ("String", "SignUp"),
        "user_pool_id": ("String", f"{REGION}_AbCdEfGhI"),
    }


def test_the_region_is_the_topic_s(start: StartRig) -> None:
    rig = start(
        "sns_topic", topic_arn=TOPIC_ARN.replace(REGION, "us-gov-west-1").replace("arn:aws:", "arn:aws-us-gov:")
    )
    assert rig.deliver().outcome is Outcome.PROVIDER_CONFIG  # the double serves another Region and says so
    published(rig.server.requests, "us-gov-west-1")


def test_the_subject_is_always_one_that_sns_accepts(start: StartRig, subtests: pytest.Subtests) -> None:
    for trigger in ["X" * 300, "Sign\nUp", "Sígn\u202eUp", ""]:
        with subtests.test(trigger=trigger):
            rig = start("sns_topic")
            assert rig.deliver(trigger=trigger, user_pool_id="p" * 55).outcome is Outcome.SENT
