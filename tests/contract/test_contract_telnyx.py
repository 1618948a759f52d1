"""The preset telnyx. Contract: providers/telnyx.py. What it has in common with others: test_contract_http.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import NUMBER, TEXT, Rig
from custom_sender.outcome import Outcome
from localaws.providers import telnyx
from localaws.providers.wire import Answer

PROFILE = "16fd2706-8baf-433b-82eb-8c7fada847da"


def fields(rig: Rig) -> Mapping[str, Any]:
    found = telnyx.read(rig.server.requests[-1], {"token-1"})
    assert not isinstance(found, Answer), found
    return found


def test_the_text_goes_out_from_a_number(start: StartRig) -> None:
    rig = start("http_telnyx")
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id == telnyx.MESSAGE_ID
    assert fields(rig) == {"to": NUMBER, "from": "+15550100123", "text": TEXT, "type": "SMS"}


@pytest.mark.parametrize(
    "settings", [{"messaging_profile_id": PROFILE}, {"messaging_profile_id": PROFILE, "from": "ACME"}]
)
def test_a_messaging_profile_sends_alone_or_with_a_sender_id(settings: Mapping[str, str], start: StartRig) -> None:
    rig = start("http_telnyx", settings=settings)
    assert rig.deliver().outcome is Outcome.SENT
    assert fields(rig) == {"to": NUMBER, "text": TEXT, "type": "SMS", **settings}


def test_the_body_is_the_same_in_every_retry_of_one_message(start: StartRig) -> None:
    """Telnyx refuses a known key with another body, to the byte: nothing in it may depend on the time."""
    rig = start("http_telnyx")
    for later in (0, 180):
        assert rig.deliver(later=later, lifetime_seconds=300 - later).outcome is Outcome.SENT
    first, second = rig.server.requests
    assert first.body == second.body


@pytest.mark.parametrize(("code", "reads"), [("40300", 1), ("40314", 2), ("10010", 2)])
def test_a_403_about_the_recipient_does_not_ask_for_other_credentials(code: str, reads: int, start: StartRig) -> None:
    rig = start("http_telnyx")
    rig.server.script.append(telnyx.error(code))
    rig.deliver()
    assert rig.secrets.reads == reads


@pytest.mark.parametrize(("status", "outcome"), [(409, Outcome.AMBIGUOUS), (500, Outcome.AMBIGUOUS)])
def test_a_request_that_is_still_being_handled_is_perhaps_sent(status: int, outcome: Outcome, start: StartRig) -> None:
    rig = start("http_telnyx")
    rig.server.script.append(Answer(status, telnyx.error("10007").body))
    assert rig.deliver().outcome is outcome
