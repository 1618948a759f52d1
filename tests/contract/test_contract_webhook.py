"""The webhook: Standard Webhooks. Contract: providers/webhook.py."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import ADDRESS, CODE, HTML, KEY, NUMBER, OLD_KEY, REGION, SUBJECT, TEXT, Doubles, Rig
from custom_sender.outcome import Outcome
from custom_sender.senders.webhook import sign
from localaws.providers import webhook
from localaws.providers.wire import Answer


def data(rig: Rig, doubles: Doubles) -> Mapping[str, Any]:
    found = webhook.read(rig.server.requests[-1], doubles.keys, time.time())
    assert not isinstance(found, Answer), found
    return found


def test_the_specification_s_test_vector() -> None:
    """From the reference libraries of Standard Webhooks: their shared test of one key, id, time and body."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = sign([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_receiver_gets_a_signed_event_with_all_it_needs_to_send(start: StartRig, doubles: Doubles) -> None:
    rig = start("webhook")
    assert rig.deliver().outcome is Outcome.SENT
    assert rig.server.requests[-1].target == "/sms?tenant=7"
    assert data(rig, doubles) == {
        "to": NUMBER,
        "text": TEXT,
        "code": CODE,
        "trigger": "SignUp",
        "user_pool_id": f"{REGION}_AbCdEfGhI",
        "client_id": "5example23exampleclientid",
        "locale": "de-DE",
        "expires_in_seconds": 300,
    }


def test_a_mail_is_an_event_of_its_own_with_all_its_parts(start: StartRig, doubles: Doubles) -> None:
    rig = start("webhook")
    assert rig.deliver(mail=True).outcome is Outcome.SENT
    assert json.loads(rig.server.requests[-1].body)["type"] == "email.send"
    assert data(rig, doubles) == {
        "to": ADDRESS,
        "from": {"email": "login@acme.example", "name": "Acme Größe"},
        "reply_to": "help@acme.example",
        "subject": SUBJECT,
        "text": TEXT,
        "html": HTML,
        "code": CODE,
        "trigger": "SignUp",
        "user_pool_id": f"{REGION}_AbCdEfGhI",
        "client_id": "5example23exampleclientid",
        "locale": "de-DE",
        "expires_in_seconds": 300,
    }


def test_a_mail_without_name_and_address_for_answers_says_null(start: StartRig, doubles: Doubles) -> None:
    rig = start("webhook")
    assert rig.deliver(mail=True, from_name="", reply_to=None).outcome is Outcome.SENT
    assert (data(rig, doubles)["from"]["name"], data(rig, doubles)["reply_to"]) == (None, None)


def test_a_message_without_code_and_locale_says_null(start: StartRig, doubles: Doubles) -> None:
    rig = start("webhook")
    assert rig.deliver(code=None, locale=None).outcome is Outcome.SENT
    assert (data(rig, doubles)["code"], data(rig, doubles)["locale"]) == (None, None)


def test_each_try_is_signed_with_its_own_time(start: StartRig, doubles: Doubles) -> None:
    """The specification: the timestamp is that of the attempt. A receiver refuses one that is five minutes old."""
    rig = start("webhook")
    for later in (0, 180):
        assert rig.deliver(later=later).outcome is Outcome.SENT
    first, second = (int(request.headers["webhook-timestamp"]) for request in rig.server.requests)
    assert 180 <= second - first <= 190
    assert abs(first - time.time()) < 10


@pytest.mark.parametrize("known", [[KEY], [OLD_KEY], [KEY, OLD_KEY]])
def test_two_keys_are_both_signed_with_while_one_replaces_the_other(
    known: list[str], start: StartRig, doubles: Doubles
) -> None:
    doubles.keys = known
    rig = start("webhook", {"signing_keys": [KEY, OLD_KEY]})
    assert rig.deliver().outcome is Outcome.SENT
    assert len(rig.server.requests[-1].headers["webhook-signature"].split(" ")) == 2


def test_a_receiver_that_changed_its_key_is_asked_again_with_the_fresh_one(start: StartRig, doubles: Doubles) -> None:
    doubles.keys = [KEY]
    rig = start("webhook", {"signing_keys": [OLD_KEY]}, {"signing_keys": [KEY]})
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert [attempt.refreshed for attempt in delivery.attempts] == [False, True]
    ids = {request.headers["webhook-id"] for request in rig.server.requests}
    assert len(ids) == 1


def test_every_2xx_is_a_success(start: StartRig, subtests: pytest.Subtests) -> None:
    for status in [200, 201, 202, 204]:
        with subtests.test(status=status):
            rig = start("webhook")
            rig.server.script.append(Answer(status))
            assert rig.deliver().outcome is Outcome.SENT


def test_failures_are_classified_by_status_and_not_repeated(start: StartRig, subtests: pytest.Subtests) -> None:
    for status, outcome in [
        (400, Outcome.PROVIDER_CONFIG),
        (401, Outcome.PROVIDER_CONFIG),
        (403, Outcome.PROVIDER_CONFIG),
        (404, Outcome.PROVIDER_CONFIG),
        (408, Outcome.PROVIDER_DOWN),
        (410, Outcome.PROVIDER_CONFIG),
        (413, Outcome.PROVIDER_CONFIG),
        (429, Outcome.PROVIDER_THROTTLED),
        (500, Outcome.PROVIDER_DOWN),
        (502, Outcome.PROVIDER_DOWN),
        (503, Outcome.PROVIDER_DOWN),
        (504, Outcome.PROVIDER_DOWN),
    ]:
        with subtests.test(status=status, outcome=outcome):
            rig = start("webhook")
            rig.server.script.append(Answer(status, b"", {"Retry-After": "7"}))
            delivery = rig.deliver()
            assert delivery.outcome is outcome
            assert delivery.attempts[0].provider_code == f"http-{status}"
            assert delivery.attempts[0].retry_after_seconds == 7.0
            assert len(rig.server.requests) == 1
