"""A provider that is described as data: what the language can say, and what every description has in common."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl

import pytest

from contract.conftest import StartRig
from contract.rig import CODE, NUMBER, SETUPS, TEXT, Rig
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from localaws.providers import gateway
from localaws.providers.gateway import result
from localaws.providers.wire import Answer

NAMES = tuple(name for name, setup in SETUPS.items() if setup.kind == "http")
PRESETS = tuple(name for name in NAMES if name != "http")


def fields(rig: Rig) -> Mapping[str, object]:
    found = gateway.read(rig.server.requests[-1], {"token-1"})
    assert not isinstance(found, Answer), found
    return found


def test_everything_goes_where_the_description_says(start: StartRig) -> None:
    rig = start("http")
    before = int(time.time())
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].message_id == gateway.MESSAGE_ID
    sent = dict(fields(rig))
    until = sent.pop("until")
    assert isinstance(until, list)
    end = dt.datetime.strptime(until[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC).timestamp()
    assert before + 300 <= end <= time.time() + 300
    assert sent == {
        "number": NUMBER[1:],
        "message": [TEXT],
        "code": [CODE],
        "languages": ["de-DE", "en"],
        "country": ["DE"],
        "ttl": ["300000"],
        "minutes": ["5"],
        "request": ["5f" * 32],
        "flash": ["false"],
        "priority": ["1"],
    }


def test_what_the_message_does_not_have_is_left_out(start: StartRig) -> None:
    rig = start("http")
    assert rig.deliver(code=None, locale=None, is_password=True).outcome is Outcome.SENT
    assert "code" not in fields(rig)
    assert fields(rig)["languages"] == ["en"]


def test_a_life_is_brought_within_the_provider_s_limits(start: StartRig, subtests: pytest.Subtests) -> None:
    for lives, sent in [(0, "60000"), (59, "60000"), (61, "61000"), (86_400, "600000")]:
        with subtests.test(lives=lives, sent=sent):
            rig = start("http")
            assert rig.deliver(lifetime_seconds=lives).outcome is Outcome.SENT
            assert fields(rig)["ttl"] == [sent]


def test_minutes_are_rounded_down_so_that_nothing_outlives_its_code(start: StartRig, subtests: pytest.Subtests) -> None:
    for lives, minutes in [(60, "1"), (119, "1"), (120, "2"), (179, "2")]:
        with subtests.test(lives=lives, minutes=minutes):
            rig = start("http")
            assert rig.deliver(lifetime_seconds=lives).outcome is Outcome.SENT
            assert fields(rig)["minutes"] == [minutes]


def test_the_first_rule_that_fits_decides_and_otherwise_the_status(start: StartRig, subtests: pytest.Subtests) -> None:
    for answer, outcome, code in [
        (result(200, "0", ids=["x"]), Outcome.SENT, None),
        (result(200, 0.0, ids=[7]), Outcome.SENT, None),
        (result(409, "duplicate", ids=["x"]), Outcome.SENT, None),
        (result(200, 0), Outcome.AMBIGUOUS, "http-200"),
        (result(200, 0, ids=[]), Outcome.AMBIGUOUS, "http-200"),
        (result(200, 0, ids=[None]), Outcome.AMBIGUOUS, "http-200"),
        (result(200, False, ids=["x"]), Outcome.AMBIGUOUS, "http-200"),
        (result(201, 0, ids=["x"]), Outcome.AMBIGUOUS, "http-201"),
        (result(400, "number_unknown"), Outcome.REJECTED_NUMBER, "http-400"),
        (result(200, "BLOCKED", why="user"), Outcome.OPTED_OUT, "BLOCKED"),
        (result(200, "BLOCKED", why=""), Outcome.AMBIGUOUS, "http-200"),
        (result(200, "BLOCKED"), Outcome.AMBIGUOUS, "http-200"),
        (result(502, "MAINTENANCE"), Outcome.PROVIDER_DOWN, "MAINTENANCE"),
        (Answer(401), Outcome.PROVIDER_CONFIG, "http-401"),
        (Answer(402), Outcome.PROVIDER_QUOTA, "http-402"),
        (Answer(403), Outcome.PROVIDER_CONFIG, "http-403"),
        (Answer(404), Outcome.PROVIDER_CONFIG, "http-404"),
        (Answer(408), Outcome.PROVIDER_DOWN, "http-408"),
        (Answer(429), Outcome.PROVIDER_THROTTLED, "http-429"),
        (Answer(500), Outcome.AMBIGUOUS, "http-500"),
        (Answer(502), Outcome.AMBIGUOUS, "http-502"),
        (Answer(503), Outcome.PROVIDER_DOWN, "http-503"),
    ]:
        with subtests.test(answer=answer, outcome=outcome, code=code):
            rig = start("http")
            rig.server.script.append(answer)
            delivery = rig.deliver()
            assert delivery.outcome is outcome
            assert delivery.attempts[0].provider_code == code
            assert len(rig.server.requests) == 1


def test_an_id_that_could_hide_a_number_or_a_code_is_not_kept(start: StartRig, subtests: pytest.Subtests) -> None:
    for message_id in [
        CODE,
        NUMBER,
        NUMBER[1:],
        f"message-{NUMBER[1:]}-of-acme",
        f"{NUMBER[1:]}{CODE}",
        f"20261122104642{NUMBER[1:]}{CODE}",  # 33 digits
        f"2026112210464{NUMBER[1:]}{CODE}",  # 32, all of which are hexadecimal ones too
        f"2026112{NUMBER[1:]}{CODE}",  # 26, as a ULID has
        f"01K5{'A' * 16}{CODE}",
        "49151123-4567-8000-0000-000000271828",
        "00000000-0000-4000-8000-" + NUMBER[1:-1],
        f"{'a' * 19}{NUMBER[1:]}",
        "x" * 100,
        "with spaces " * 2,
    ]:
        with subtests.test(message_id=message_id):
            rig = start("http")
            rig.server.script.append(result(200, 0, ids=[message_id]))
            delivery = rig.deliver()
            assert delivery.outcome is Outcome.SENT
            assert delivery.attempts[0].message_id is None


def test_an_id_that_is_drawn_at_random_is_kept(start: StartRig, subtests: pytest.Subtests) -> None:
    for message_id in [
        gateway.MESSAGE_ID,
        "40385f64-5717-4562-b3fc-2c963f66afa6",
        "0193C5A1-8A00-7ABC-9DEF-0123456789AB".replace("0123456789", "01234567F9"),
        "e8077d803532c0b5937c639b60216938",
        "01FC66621XXXXX119Z8PMV1QPQ",
        "msg_aZbYcX-12345-dWeVfU",
    ]:
        with subtests.test(message_id=message_id):
            rig = start("http")
            rig.server.script.append(result(200, 0, ids=[message_id]))
            assert rig.deliver().attempts[0].message_id == message_id


def test_a_provider_that_writes_the_text_gets_the_code_alone_and_nothing_without_one(start: StartRig) -> None:
    rig = start("http", body=json.dumps({"digits": "{code}"}), lifetime=None)
    assert rig.deliver().outcome is Outcome.SENT
    assert TEXT.encode() not in rig.server.requests[0].body
    assert rig.server.requests[0].body == f"digits={CODE}".encode()


def test_no_secret_can_lead_to_another_path(start: StartRig, subtests: pytest.Subtests) -> None:
    for account in ["", ".", ".."]:
        with subtests.test(account=account):
            rig = start("http", {**gateway.SECRET, "account": account})
            assert rig.deliver().outcome is Outcome.PROVIDER_CONFIG
            assert rig.server.requests == []


@pytest.mark.parametrize("name", PRESETS)
def test_a_text_with_every_character_that_serializers_know_arrives_as_it_is(name: str, start: StartRig) -> None:
    """Quotes, braces and line breaks of a text, and what looks like a placeholder, are nothing special."""
    rig = start(name)
    text = 'a "quoted" {number} \\ & + % \n\t é 漢 🎉 {secret.api_key} $code'
    assert rig.deliver(text=Secret(text)).outcome is Outcome.SENT
    body = rig.server.requests[-1].body
    form = rig.server.requests[-1].headers["content-type"] == "application/x-www-form-urlencoded"
    assert text in (dict(parse_qsl(body.decode("ascii"))).values() if form else _texts(json.loads(body)))


def _texts(node: object) -> list[object]:
    if isinstance(node, dict):
        return [text for member in node.values() for text in _texts(member)]
    return [text for item in node for text in _texts(item)] if isinstance(node, list) else [node]
