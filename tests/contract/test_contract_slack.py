"""A Slack channel by incoming webhook. Contract: providers/slack.py."""

from __future__ import annotations

import pytest

from contract.conftest import StartRig
from contract.rig import ADDRESS, HOOK, NUMBER, REGION, SUBJECT, TEXT, Doubles, Rig
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from localaws.providers import slack
from localaws.providers.wire import Answer

OTHER_HOOK = "/services/T0123ABC/B0123ABC/anotherwebhook"


def shown(rig: Rig, doubles: Doubles) -> list[str]:
    found = slack.read(rig.server.requests[-1], doubles.hooks)
    assert not isinstance(found, Answer), found
    return found.splitlines()


def test_the_channel_shows_the_text_and_whose_it_is(start: StartRig, doubles: Doubles) -> None:
    rig = start("slack")
    assert rig.deliver().outcome is Outcome.SENT
    assert rig.server.requests[-1].target == HOOK
    lines = shown(rig, doubles)
    assert f"To: {NUMBER}" in lines
    assert "Trigger: SignUp" in lines
    assert f"User pool: {REGION}_AbCdEfGhI" in lines
    assert "Environment: test" in lines
    assert lines[lines.index("Text:") + 1] == TEXT


def test_the_channel_shows_a_mail_s_subject_and_text(start: StartRig, doubles: Doubles) -> None:
    rig = start("slack")
    assert rig.deliver(mail=True).outcome is Outcome.SENT
    lines = shown(rig, doubles)
    assert f"To: {ADDRESS}" in lines
    assert f"Subject: {SUBJECT}" in lines
    assert lines[lines.index("Text:") + 1] == TEXT


def test_a_text_is_shown_as_it_is_and_does_nothing_in_the_channel(
    start: StartRig, doubles: Doubles, subtests: pytest.Subtests
) -> None:
    for text in ["<!channel> a&b > c", "*bold* _x_ `code`", "<https://evil.example|click>", "&lt;"]:
        with subtests.test(text=text):
            rig = start("slack")
            assert rig.deliver(text=Secret(text)).outcome is Outcome.SENT
            assert text in shown(rig, doubles)
            assert b'"mrkdwn":false' in rig.server.requests[-1].body
