"""The preset plivo. Contract: providers/plivo.py. What it has in common with others: test_contract_http.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import NUMBER, TEXT, Rig
from custom_sender.outcome import Outcome
from localaws.providers import plivo
from localaws.providers.wire import Answer

POWERPACK = "86bbb125-97bb-4d72-89fd-81d5c515b015"


def fields(rig: Rig) -> Mapping[str, Any]:
    found = plivo.read(rig.server.requests[-1], {(plivo.AUTH_ID, "token-1")})
    assert not isinstance(found, Answer), found
    return found


def test_the_text_goes_out_for_as_long_as_the_code_lives_and_is_not_kept(start: StartRig) -> None:
    rig = start("http_plivo")
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id == plivo.MESSAGE_UUID
    assert fields(rig) == {
        "src": "15550100123",
        "dst": NUMBER[1:],
        "text": TEXT,
        "type": "sms",
        "log": "false",
        "message_expiry": 300,
    }


def test_the_expiry_stays_within_plivo_s_limits(start: StartRig, subtests: pytest.Subtests) -> None:
    for lives, expiry in [(0, 5), (5, 5), (10_799, 10_799), (86_400, 10_799)]:
        with subtests.test(lives=lives, expiry=expiry):
            rig = start("http_plivo")
            assert rig.deliver(lifetime_seconds=lives).outcome is Outcome.SENT
            assert fields(rig)["message_expiry"] == expiry


@pytest.mark.parametrize(
    "settings",
    [{"powerpack_uuid": POWERPACK}, {"src": "ACME", "dlt_entity_id": "1101", "dlt_template_id": "1107"}],
)
def test_a_powerpack_and_the_registration_in_india_are_passed_on(settings: Mapping[str, str], start: StartRig) -> None:
    rig = start("http_plivo", settings=settings)
    assert rig.deliver().outcome is Outcome.SENT
    sent = fields(rig)
    assert {name: sent[name] for name in settings} == settings
    assert ("src" in sent) == ("src" in settings)


def test_errors_are_classified_by_status_and_text(start: StartRig, subtests: pytest.Subtests) -> None:
    for answer, outcome, code in [
        (plivo.invalid_number(NUMBER[1:]), Outcome.REJECTED_NUMBER, "http-400"),
        (plivo.error(400, "src parameter is invalid"), Outcome.PROVIDER_CONFIG, "http-400"),
        (plivo.error(400, "Insufficient credit"), Outcome.PROVIDER_QUOTA, "http-400"),
        (plivo.error(402, "Insufficient credit"), Outcome.PROVIDER_QUOTA, "http-402"),
        (plivo.error(403, "region is not enabled"), Outcome.PROVIDER_CONFIG, "http-403"),
        (plivo.error(404, "not found"), Outcome.PROVIDER_CONFIG, "http-404"),
        (plivo.error(429, "too many requests"), Outcome.PROVIDER_THROTTLED, "http-429"),
        (plivo.error(500, "server error"), Outcome.AMBIGUOUS, "http-500"),
    ]:
        with subtests.test(answer=answer, outcome=outcome, code=code):
            rig = start("http_plivo")
            rig.server.script.append(answer)
            delivery = rig.deliver()
            assert delivery.outcome is outcome
            assert delivery.attempts[0].provider_code == code


def test_a_region_that_is_not_enabled_does_not_ask_for_other_credentials(start: StartRig) -> None:
    rig = start("http_plivo")
    rig.server.script.append(plivo.error(403, "region is not enabled"))
    rig.deliver()
    assert rig.secrets.reads == 1
