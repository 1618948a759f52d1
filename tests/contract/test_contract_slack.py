"""A Slack channel by incoming webhook. Contract: providers/slack.py."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cognito_sms_sender.outcome import Outcome
from cognito_sms_sender.secret import Secret
from contract.conftest import StartRig
from contract.providers import slack
from contract.providers.wire import Answer
from contract.rig import HOOK, NUMBER, REGION, SECRET_ARN, TEXT, Doubles, Rig

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


def test_a_rotated_webhook_costs_one_refused_request_and_no_message(start: StartRig, doubles: Doubles) -> None:
    doubles.hooks = {OTHER_HOOK}
    rig = start(
        "slack",
        {"webhook_url": f"https://{slack.HOST}{HOOK}"},
        {"webhook_url": f"https://{slack.HOST}{OTHER_HOOK}"},
    )
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert [(attempt.outcome, attempt.provider_code, attempt.refreshed) for attempt in delivery.attempts] == [
        (Outcome.PROVIDER_CONFIG, "no_service", False),
        (Outcome.SENT, None, True),
    ]


def test_a_webhook_that_stays_gone_is_not_tried_again(start: StartRig, doubles: Doubles) -> None:
    doubles.hooks = set()
    rig = start("slack")
    assert rig.deliver().outcome is Outcome.PROVIDER_CONFIG
    assert (len(rig.server.requests), rig.secrets.reads) == (1, 2)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        f"http://{slack.HOST}{HOOK}",
        f"https://hooks.slack.com.evil.example{HOOK}",
        f"https://{slack.HOST}{HOOK}?x=1",
        f"https://{slack.HOST}/services/T0/B0/..",
        f"https://user@{slack.HOST}{HOOK}",
        f"https://{slack.HOST}{HOOK}\n",
    ],
)
def test_a_secret_that_leads_elsewhere_is_configuration_that_names_the_secret_and_sends_nothing(
    url: str | None, start: StartRig
) -> None:
    rig = start("slack", {"webhook_url": url})
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.PROVIDER_CONFIG
    assert SECRET_ARN in (delivery.attempts[-1].problem or "")
    assert rig.server.requests == []


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


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.PROVIDER_CONFIG),
        (429, Outcome.PROVIDER_THROTTLED),
        (500, Outcome.AMBIGUOUS),
        (502, Outcome.AMBIGUOUS),
        (503, Outcome.PROVIDER_DOWN),
    ],
)
def test_a_word_of_next_year_is_classified_by_its_status_and_not_kept(
    status: int, outcome: Outcome, start: StartRig
) -> None:
    rig = start("slack")
    rig.server.script.append(Answer(status, b"new_word"))
    delivery = rig.deliver()
    assert delivery.outcome is outcome
    assert delivery.attempts[0].provider_code == f"http-{status}"


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, 7.0), ({}, None)])
def test_throttling_says_when_to_come_back_if_slack_does(
    headers: Mapping[str, str], seconds: float | None, start: StartRig
) -> None:
    rig = start("slack")
    rig.server.script.append(slack.error("rate_limited", headers))
    assert rig.deliver().attempts[0].retry_after_seconds == seconds


@pytest.mark.parametrize("answer", [Answer(200, b"okay"), Answer(202, b"ok"), Answer(200, b"")])
def test_a_success_that_slack_does_not_document_is_perhaps_sent(answer: Answer, start: StartRig) -> None:
    rig = start("slack")
    rig.server.script.append(answer)
    assert rig.deliver().outcome is Outcome.AMBIGUOUS
