"""The preset messagebird. Contract: providers/messagebird.py. What presets have in common: test_contract_http.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import NUMBER, TEXT, Rig
from custom_sender.outcome import Outcome
from localaws.providers import messagebird
from localaws.providers.wire import Answer

SENT = {"recipients": [NUMBER[1:]]}


def fields(rig: Rig) -> Mapping[str, Any]:
    found = messagebird.read(rig.server.requests[-1], {"token-1"})
    assert not isinstance(found, Answer), found
    return found


def test_the_text_is_encoded_by_what_is_in_it_and_valid_as_long_as_the_code(start: StartRig) -> None:
    """``datacoding`` "unicode" would cut every message into segments of 70 characters."""
    rig = start("http_messagebird")
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id == messagebird.MESSAGE_ID
    assert fields(rig) == {
        "originator": "ACME Login",
        "recipients": [NUMBER[1:]],
        "body": TEXT,
        "type": "sms",
        "datacoding": "auto",
        "validity": 300,
        "reference": "5f5f5f5f-5f5f-4f5f-9f5f-5f5f5f5f5f5f",
    }


def test_a_wrong_originator_beside_the_number_is_not_the_number_s_fault(start: StartRig) -> None:
    rig = start("http_messagebird")
    body = (
        b'{"errors":[{"code":9,"description":"no (correct) recipients found","parameter":"recipients"},'
        b'{"code":10,"description":"originator is invalid","parameter":"originator"}]}'
    )
    rig.server.script.append(Answer(422, body))
    assert rig.deliver().outcome is Outcome.PROVIDER_CONFIG


def test_a_message_that_is_created_and_sent_to_nobody_was_not_sent(start: StartRig, subtests: pytest.Subtests) -> None:
    for reason, outcome in [
        ("opted out", Outcome.OPTED_OUT),
        ("unknown subscriber", Outcome.REJECTED_NUMBER),
        ("insufficient balance", Outcome.PROVIDER_QUOTA),
        ("carrier rejected", Outcome.PROVIDER_CONFIG),
        (None, Outcome.PROVIDER_CONFIG),
    ]:
        with subtests.test(reason=reason, outcome=outcome):
            rig = start("http_messagebird")
            rig.server.script.append(messagebird.created(SENT, status="delivery_failed", reason=reason))
            assert rig.deliver().outcome is outcome
