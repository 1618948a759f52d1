"""Delivery over real sockets: waiting for a provider that asks for it, and hosts that lead where they must not."""

from __future__ import annotations

import time

import pytest

from contract.conftest import StartRig
from contract.rig import SETUPS, THIRD_PARTIES
from custom_sender.outcome import Outcome
from localaws.providers.wire import Answer, ResetAfterRequest
from support.network import Network

# Those that take a bare 429 for what it says; Slack and the presets have theirs in their own tests.
THROTTLING = ("twilio", "webhook")


@pytest.mark.parametrize("kind", THROTTLING)
def test_a_pause_that_the_provider_asks_for_is_made_once(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.server.script.append(Answer(429, b"", {"Retry-After": "1"}))
    began = time.monotonic()
    delivery = rig.deliver(seconds=10)
    assert delivery.outcome is Outcome.SENT
    assert 1.0 <= time.monotonic() - began < 3.0
    assert len(rig.server.requests) == 2
    assert [attempt.waited_seconds is not None for attempt in delivery.attempts] == [False, True]


@pytest.mark.parametrize("kind", THROTTLING)
def test_a_pause_that_does_not_fit_or_is_not_one_is_left_to_lambda(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    for header in ["6", "3600", "Fri, 31 Dec 2027 23:59:59 GMT", "-1", ""]:
        with subtests.test(header=header):
            rig = start(kind)
            rig.server.script.append(Answer(429, b"", {"Retry-After": header}))
            began = time.monotonic()
            delivery = rig.deliver(seconds=10)
            assert time.monotonic() - began < 1.0
            assert delivery.outcome is Outcome.PROVIDER_THROTTLED
            assert len(rig.server.requests) == 1


@pytest.mark.parametrize("kind", THROTTLING)
def test_after_the_pause_an_answer_that_gets_lost_is_final(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.server.script.extend([Answer(429, b"", {"Retry-After": "1"}), ResetAfterRequest()])
    delivery = rig.deliver(seconds=20)
    assert delivery.outcome is Outcome.AMBIGUOUS
    assert len(rig.server.requests) == 2


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_a_provider_whose_name_leads_into_a_private_network_gets_nothing(
    kind: str, start: StartRig, network: Network, subtests: pytest.Subtests
) -> None:
    for address in ["10.0.0.7", "127.0.0.2", "169.254.169.254"]:
        with subtests.test(address=address):
            rig = start(kind)
            host = SETUPS[kind].host
            assert host is not None
            network.lead(host, rig.server.port, address)
            delivery = rig.deliver()
            assert delivery.outcome is Outcome.PROVIDER_CONFIG
            assert delivery.attempts[0].provider_code == "request-refused"
            assert "public addresses only" in str(delivery.attempts[0].problem)
            assert rig.server.connections == 0


@pytest.mark.parametrize(
    ("address", "outcome"), [("10.0.0.7", Outcome.SENT), ("169.254.169.254", Outcome.PROVIDER_CONFIG)]
)
def test_a_webhook_in_the_vpc_gets_its_message_when_the_sender_says_so(
    address: str, outcome: Outcome, start: StartRig, network: Network
) -> None:
    rig = start("webhook", allow_private_address=True)
    network.lead(str(SETUPS["webhook"].host), rig.server.port, address)
    assert rig.deliver().outcome is outcome
