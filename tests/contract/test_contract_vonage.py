"""Vonage: the Messages API, version 1. Contract: providers/vonage.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import NUMBER, TEXT, Doubles, Rig
from custom_sender.message import IndiaIds
from custom_sender.outcome import Outcome
from localaws.providers import vonage
from localaws.providers.wire import Answer


def fields(rig: Rig, doubles: Doubles) -> Mapping[str, Any]:
    found = vonage.read(rig.server.requests[-1], doubles.vonage_logins)
    assert not isinstance(found, Answer), found
    return found


def test_a_number_sends_the_text_as_it_is_for_as_long_as_the_code_lives(start: StartRig, doubles: Doubles) -> None:
    rig = start("vonage")
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id == vonage.UUID
    assert fields(rig, doubles) == {
        "channel": "sms",
        "message_type": "text",
        "to": NUMBER.removeprefix("+"),
        "from": "15550100123",
        "text": TEXT,
        "ttl": 300,
        "client_ref": "5f" * 32,
        "sms": {"encoding_type": "auto"},
    }


@pytest.mark.parametrize(
    ("setting", "sent"), [("ACME Login", "ACME Login"), ("72345", "72345"), ("15550100123", "15550100123")]
)
def test_a_sender_id_or_a_short_code_sends_as_it_is_written(
    setting: str, sent: str, start: StartRig, doubles: Doubles
) -> None:
    rig = start("vonage", **{"from": setting})
    assert rig.deliver().outcome is Outcome.SENT
    assert fields(rig, doubles)["from"] == sent


@pytest.mark.parametrize(("code_lives", "ttl"), [(0, 20), (90, 90), (900_000, 604_800)])
def test_ttl_stays_within_vonage_s_limits(code_lives: int, ttl: int, start: StartRig, doubles: Doubles) -> None:
    rig = start("vonage")
    assert rig.deliver(lifetime_seconds=code_lives).outcome is Outcome.SENT
    assert fields(rig, doubles)["ttl"] == ttl


@pytest.mark.parametrize(
    ("country", "sms"),
    [
        ("IN", {"encoding_type": "auto", "entity_id": "1101", "content_id": "1107"}),
        ("DE", {"encoding_type": "auto"}),
    ],
)
def test_india_s_ids_go_to_india_and_nowhere_else(
    country: str, sms: Mapping[str, str], start: StartRig, doubles: Doubles
) -> None:
    rig = start("vonage", entity_id="1101", content_id="1107")
    assert rig.deliver(country=country).outcome is Outcome.SENT
    assert fields(rig, doubles)["sms"] == sms


def test_the_registration_of_the_text_itself_comes_before_the_senders(start: StartRig, doubles: Doubles) -> None:
    rig = start("vonage", entity_id="1101", content_id="1107")
    rig.deliver(country="IN", india=IndiaIds("1201", "1207"))
    assert fields(rig, doubles)["sms"] == {"encoding_type": "auto", "entity_id": "1201", "content_id": "1207"}


@pytest.mark.parametrize("title", ["1420", 1420])
def test_a_code_in_the_title_is_read_too(title: str | int, start: StartRig) -> None:
    rig = start("vonage")
    rig.server.script.append(Answer(422, json.dumps({"title": title, "detail": "Invalid sender"}).encode()))
    assert rig.deliver().attempts[0].provider_code == "1420"
