"""WhatsApp: Meta's Cloud API. Contract: providers/whatsapp.py."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from contract.conftest import StartRig
from contract.rig import CODE, NUMBER, Doubles, Rig
from custom_sender.outcome import POLICY, Outcome
from localaws.providers import whatsapp
from localaws.providers.wire import Answer


def fields(rig: Rig, doubles: Doubles) -> Mapping[str, Any]:
    found = whatsapp.read(rig.server.requests[-1], doubles.tokens)
    assert not isinstance(found, Answer), found
    return found


def test_the_template_has_the_code_in_its_text_and_on_its_button(start: StartRig, doubles: Doubles) -> None:
    rig = start("whatsapp")
    assert rig.deliver().outcome is Outcome.SENT
    assert rig.server.requests[-1].target == "/v26.0/106540352242922/messages"
    assert fields(rig, doubles) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": NUMBER.removeprefix("+"),
        "type": "template",
        "template": {
            "name": "login_code",
            "language": {"code": "en_US"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": CODE}]},
                {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": CODE}]},
            ],
        },
    }


def test_the_template_s_language_is_the_person_s_or_the_default(
    start: StartRig, doubles: Doubles, subtests: pytest.Subtests
) -> None:
    for locale, language in [("de-DE", "de"), ("pt_br", "pt_BR"), ("pt-PT", "es"), ("fr", "es"), (None, "es")]:
        with subtests.test(locale=locale, language=language):
            rig = start(
                "whatsapp", languages={"de": "de", "pt-BR": "pt_BR"}, default_language="es", api_version="v25.0"
            )
            assert rig.deliver(locale=locale).outcome is Outcome.SENT
            assert fields(rig, doubles)["template"]["language"] == {"code": language}
            assert rig.server.requests[-1].target.startswith("/v25.0/")


def test_the_message_s_id_is_kept_as_a_hash_because_it_holds_the_number(start: StartRig) -> None:
    known = whatsapp.message_id(NUMBER.removeprefix("+"))
    assert NUMBER.removeprefix("+").encode() in base64.b64decode(known.removeprefix("wamid."))
    rig = start("whatsapp")
    kept = rig.deliver().attempts[0].message_id
    assert kept is not None
    assert kept.startswith("sha256:")
    assert len(kept) == len("sha256:") + 32


def test_an_expired_token_is_known_by_its_code_also_in_a_400(start: StartRig) -> None:
    rig = start("whatsapp", {"access_token": "EAAJtoken1"}, {"access_token": "EAAJtoken2"})
    rig.server.script.append(whatsapp.error(190, status=400))
    assert rig.deliver().attempts[1].refreshed


def test_a_number_without_whatsapp_leaves_the_way_to_an_sms_open(start: StartRig) -> None:
    rig = start("whatsapp")
    rig.server.script.append(whatsapp.error(131026))
    assert POLICY[rig.deliver().outcome].failover


def test_an_answer_without_a_message_status_is_an_acceptance(start: StartRig) -> None:
    rig = start("whatsapp")
    rig.server.script.append(whatsapp.accepted({"to": NUMBER}, status=None))
    assert rig.deliver().outcome is Outcome.SENT
