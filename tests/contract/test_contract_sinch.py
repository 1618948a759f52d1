"""The preset sinch. Contract: providers/sinch.py. What it has in common with others: test_contract_http.py."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import NUMBER, SETUPS, TEXT, Rig
from custom_sender.outcome import Outcome
from localaws.providers import sinch
from localaws.providers.wire import Answer

SETTINGS = SETUPS["http_sinch"].settings["settings"]


def fields(rig: Rig) -> Mapping[str, Any]:
    found = sinch.read(rig.server.requests[-1], {"token-1"}, time.time())
    assert not isinstance(found, Answer), found
    return found


def test_a_batch_of_one_goes_out_without_a_report_and_ends_with_the_code(start: StartRig) -> None:
    rig = start("http_sinch")
    now = int(time.time())
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id == sinch.BATCH_ID
    sent = dict(fields(rig))
    end = dt.datetime.fromisoformat(sent.pop("expire_at")).timestamp()
    assert now + 300 <= end <= time.time() + 300
    assert sent == {
        "to": [NUMBER],
        "from": "+15550100123",
        "body": TEXT,
        "type": "mt_text",
        "delivery_report": "none",
        "client_reference": "5f5f5f5f-5f5f-4f5f-9f5f-5f5f5f5f5f5f",
    }


def test_the_longest_life_is_sinch_s(start: StartRig) -> None:
    rig = start("http_sinch")
    assert rig.deliver(lifetime_seconds=604_800).outcome is Outcome.SENT
    end = dt.datetime.fromisoformat(fields(rig)["expire_at"]).timestamp()
    assert end == pytest.approx(time.time() + 259_200, abs=5)


def test_the_number_of_segments_can_be_limited_and_is_a_number(start: StartRig) -> None:
    rig = start("http_sinch", settings={**SETTINGS, "max_number_of_message_parts": "2"})
    assert rig.deliver().outcome is Outcome.SENT
    assert fields(rig)["max_number_of_message_parts"] == 2


def test_the_plan_s_own_sender_is_used_when_none_is_named(start: StartRig) -> None:
    rig = start("http_sinch", settings={name: value for name, value in SETTINGS.items() if name != "from"})
    assert rig.deliver().outcome is Outcome.SENT
    assert "from" not in fields(rig)


@pytest.mark.parametrize("code", ["illegal_number_type", "blocked_account"])
def test_a_403_that_says_more_is_not_about_the_token(code: str, start: StartRig) -> None:
    rig = start("http_sinch")
    rig.server.script.append(sinch.error(code))
    rig.deliver()
    assert rig.secrets.reads == 1


def test_a_number_that_opted_out_looks_like_a_success_here(start: StartRig) -> None:
    """Sinch takes the batch: only its delivery report (which is not asked for) would tell."""
    rig = start("http_sinch")
    rig.server.script.append(sinch.accepted({"to": [NUMBER]}))
    assert rig.deliver().outcome is Outcome.SENT


def test_a_batch_that_was_canceled_is_not_taken_for_sent(start: StartRig) -> None:
    rig = start("http_sinch")
    body = sinch.accepted({}).body.replace(b'"canceled": false', b'"canceled": true')
    rig.server.script.append(Answer(201, body))
    assert rig.deliver().outcome is Outcome.AMBIGUOUS
