"""The preset infobip. Contract: providers/infobip.py. What it has in common with others: test_contract_http.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import NUMBER, SETUPS, TEXT, Rig
from custom_sender.outcome import Outcome
from localaws.providers import infobip
from localaws.providers.wire import Answer

SETTINGS = SETUPS["http_infobip"].settings["settings"]
REFERENCE = "5f5f5f5f-5f5f-4f5f-9f5f-5f5f5f5f5f5f"
MESSAGE = {"destinations": [{"to": NUMBER[1:], "messageId": REFERENCE}]}


def message(rig: Rig) -> Mapping[str, Any]:
    found = infobip.read(rig.server.requests[-1], {"token-1"})
    assert not isinstance(found, Answer), found
    return found


def test_the_text_is_valid_as_long_as_the_code_and_has_an_id_of_ours(start: StartRig) -> None:
    rig = start("http_infobip")
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id == REFERENCE
    assert message(rig) == {
        "sender": "ACME Login",
        "destinations": [{"to": NUMBER[1:], "messageId": REFERENCE}],
        "content": {"text": TEXT},
        "options": {"validityPeriod": {"amount": 300, "timeUnit": "SECONDS"}},
    }


def test_the_registration_in_india_is_passed_on(start: StartRig) -> None:
    ids = {"india_dlt_principal_entity_id": "1101", "india_dlt_content_template_id": "1107"}
    rig = start("http_infobip", settings={**SETTINGS, **ids})
    assert rig.deliver().outcome is Outcome.SENT
    india = {"principalEntityId": "1101", "contentTemplateId": "1107"}
    assert message(rig)["options"]["regional"] == {"indiaDlt": india}


def test_the_validity_stays_within_infobip_s_limits(start: StartRig, subtests: pytest.Subtests) -> None:
    for lives, amount in [(0, 30), (90, 90), (604_800, 172_800)]:
        with subtests.test(lives=lives, amount=amount):
            rig = start("http_infobip")
            assert rig.deliver(lifetime_seconds=lives).outcome is Outcome.SENT
            assert message(rig)["options"]["validityPeriod"]["amount"] == amount


def test_a_status_without_a_rule_of_its_own_is_classified_by_its_group(
    start: StartRig, subtests: pytest.Subtests
) -> None:
    for status, outcome in [
        (3, Outcome.SENT),
        (5, Outcome.SENT),
        (7, Outcome.SENT),
        (26, Outcome.SENT),
        (4, Outcome.PROVIDER_CONFIG),
        (15, Outcome.AMBIGUOUS),
    ]:
        with subtests.test(status=status, outcome=outcome):
            rig = start("http_infobip")
            rig.server.script.append(infobip.answered(MESSAGE, status))
            delivery = rig.deliver()
            assert delivery.outcome is outcome
            assert len(rig.server.requests) == 1


def test_a_rejection_that_is_not_listed_fails_over(start: StartRig) -> None:
    rig = start("http_infobip")
    body = infobip.answered(MESSAGE, 11).body.replace(b'"id": 11', b'"id": 99')
    rig.server.script.append(Answer(200, body))
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.PROVIDER_CONFIG
    assert delivery.attempts[0].provider_code == "5"


def test_an_error_is_classified_by_its_status_and_what_it_is_about(start: StartRig, subtests: pytest.Subtests) -> None:
    for answer, outcome in [
        (infobip.error(400, "messages[0].destinations[0].to"), Outcome.REJECTED_NUMBER),
        (infobip.error(400, "messages[0].sender"), Outcome.PROVIDER_CONFIG),
        (infobip.error(400), Outcome.PROVIDER_CONFIG),
        (infobip.error(403), Outcome.PROVIDER_CONFIG),
        (infobip.error(429), Outcome.PROVIDER_THROTTLED),
        (infobip.error(500), Outcome.AMBIGUOUS),
    ]:
        with subtests.test(answer=answer, outcome=outcome):
            rig = start("http_infobip")
            rig.server.script.append(answer)
            assert rig.deliver().outcome is outcome
