"""A Slack channel by incoming webhook. Contract: providers/slack.py."""

from __future__ import annotations

import pytest

from cognito_sms_sender.outcome import Outcome
from cognito_sms_sender.secret import Secret
from contract.conftest import StartRig
from contract.providers import slack
from contract.providers.wire import Answer
from contract.rig import HOOK, NUMBER, REGION, TEXT, Doubles, Rig

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


@pytest.mark.parametrize("text", ["<!channel> a&b > c", "*bold* _x_ `code`", "<https://evil.example|click>", "&lt;"])
def test_a_text_is_shown_as_it_is_and_does_nothing_in_the_channel(text: str, start: StartRig, doubles: Doubles) -> None:
    rig = start("slack")
    assert rig.deliver(text=Secret(text)).outcome is Outcome.SENT
    assert text in shown(rig, doubles)
    assert b'"mrkdwn":false' in rig.server.requests[-1].body


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("invalid_payload", Outcome.PROVIDER_CONFIG),
        ("no_text", Outcome.PROVIDER_CONFIG),
        ("user_not_found", Outcome.PROVIDER_CONFIG),
        ("posting_to_general_channel_denied", Outcome.PROVIDER_CONFIG),
        ("action_prohibited", Outcome.PROVIDER_CONFIG),
        ("invalid_token", Outcome.PROVIDER_CONFIG),
        ("team_disabled", Outcome.PROVIDER_CONFIG),
        ("channel_not_found", Outcome.PROVIDER_CONFIG),
        ("no_service", Outcome.PROVIDER_CONFIG),
        ("no_team", Outcome.PROVIDER_CONFIG),
        ("channel_is_archived", Outcome.PROVIDER_CONFIG),
        ("rate_limited", Outcome.PROVIDER_THROTTLED),
        ("rollup_error", Outcome.AMBIGUOUS),
    ],
)
def test_errors_are_classified_by_slack_s_word_and_not_repeated(word: str, outcome: Outcome, start: StartRig) -> None:
    rig = start("slack")
    rig.server.script.append(slack.error(word))
    delivery = rig.deliver()
    assert delivery.outcome is outcome
    assert delivery.attempts[0].provider_code == word
    assert len(rig.server.requests) == 1


def test_an_error_that_comes_as_a_success_is_still_that_error(start: StartRig) -> None:
    rig = start("slack")
    rig.server.script.append(Answer(200, b"invalid_payload"))
    assert rig.deliver().outcome is Outcome.PROVIDER_CONFIG
