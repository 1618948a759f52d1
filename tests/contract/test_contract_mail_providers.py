"""The presets of mail providers. Contracts: providers/{resend,postmark,sendgrid,mailgun}.py.

What they have in common with others: test_contract_http.py, test_contract_third_parties.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from contract.conftest import StartRig
from contract.rig import ADDRESS, CODE, HTML, SUBJECT, TEXT, Rig
from custom_sender.message import MAIL_HEADERS
from custom_sender.outcome import Outcome
from localaws.providers import mailgun, postmark, resend, sendgrid
from localaws.providers.mail import Mail
from localaws.providers.wire import Answer, Request

READ: Mapping[str, Callable[[Request], Mail | Answer]] = {
    "http_resend": lambda request: resend.read(request, {"token-1"}),
    "http_postmark": lambda request: postmark.read(request, {"token-1"}),
    "http_sendgrid": lambda request: sendgrid.read(request, {"token-1"}),
    "http_mailgun": lambda request: mailgun.read(request, {"token-1"}),
}


UNVERIFIED = resend.error("validation_error", "The x domain is not verified.", status=403)


def received(rig: Rig) -> Mail:
    found = READ[rig.setup.name](rig.server.requests[-1])
    assert isinstance(found, Mail), found
    return found


@pytest.mark.parametrize("kind", READ)
def test_a_mail_goes_out_with_all_its_parts_and_without_tracking(kind: str, start: StartRig) -> None:
    """The doubles refuse a mail that does not switch tracking off where that can be said."""
    rig = start(kind)
    assert rig.deliver().outcome is Outcome.SENT
    assert received(rig) == Mail(
        ADDRESS, "Acme Größe <login@acme.example>", "help@acme.example", SUBJECT, TEXT, HTML, MAIL_HEADERS
    )


@pytest.mark.parametrize("kind", READ)
def test_without_a_name_and_an_address_for_answers_there_is_nothing_in_their_place(kind: str, start: StartRig) -> None:
    rig = start(kind)
    assert rig.deliver(from_name="", reply_to=None).outcome is Outcome.SENT
    mail = received(rig)
    assert mail.sender in ("login@acme.example", "<login@acme.example>")
    assert mail.reply_to is None
    assert b"null" not in rig.server.requests[-1].body
    assert b"eply" not in rig.server.requests[-1].body


@pytest.mark.parametrize(
    ("kind", "message_id"),
    [
        ("http_resend", resend.MESSAGE_ID),
        ("http_postmark", postmark.MESSAGE_ID),
        ("http_sendgrid", sendgrid.MESSAGE_ID),
        ("http_mailgun", None),  # made of the time, and so it may have a code in it
    ],
)
def test_the_provider_s_id_is_kept_where_no_code_can_be_in_it(
    kind: str, message_id: str | None, start: StartRig
) -> None:
    (attempt,) = start(kind).deliver().attempts
    assert (attempt.outcome, attempt.message_id) == (Outcome.SENT, message_id)


@pytest.mark.parametrize("kind", READ)
def test_an_address_that_the_provider_refuses_is_the_recipient_s_fault(kind: str, start: StartRig) -> None:
    rig = start(kind)
    delivery = rig.deliver(to="jane..doe@example.net", senders=2)
    assert delivery.outcome is Outcome.REJECTED_ADDRESS
    assert len(rig.server.requests) == 1


@pytest.mark.parametrize(
    ("kind", "answer", "outcome"),
    [
        ("http_postmark", postmark.error(406), Outcome.OPTED_OUT),
        (
            "http_postmark",
            postmark.accepted(message="Message OK, but will not deliver to these inactive addresses: x."),
            Outcome.OPTED_OUT,
        ),
        ("http_postmark", postmark.accepted(message="Message accepted, but delivery may be delayed."), Outcome.SENT),
        ("http_mailgun", mailgun.error(402, "Payment required"), Outcome.PROVIDER_QUOTA),
        ("http_mailgun", mailgun.error(404, "Domain not found: x"), Outcome.PROVIDER_CONFIG),
        ("http_mailgun", mailgun.error(400, "'from' parameter is not a valid address."), Outcome.PROVIDER_CONFIG),
        ("http_sendgrid", sendgrid.error(400, "The subject is required.", "subject"), Outcome.PROVIDER_CONFIG),
        ("http_sendgrid", sendgrid.error(503, "unavailable"), Outcome.PROVIDER_DOWN),
        (
            "http_resend",
            resend.error("validation_error", "domain is not verified", status=403),
            Outcome.PROVIDER_CONFIG,
        ),
    ],
)
def test_an_answer_means_what_the_provider_says_and_its_text_goes_nowhere(
    kind: str, answer: Answer, outcome: Outcome, start: StartRig
) -> None:
    rig = start(kind)
    body = answer.body.replace(b"x", f"{ADDRESS} {CODE}".encode())
    rig.server.script.append(Answer(answer.status, body, answer.headers))
    (attempt,) = rig.deliver().attempts
    assert attempt.outcome is outcome
    assert ADDRESS not in repr(attempt)
    assert CODE not in repr(attempt)


@pytest.mark.parametrize(
    ("kind", "answer", "reads"),
    [
        ("http_resend", UNVERIFIED, 1),
        ("http_resend", resend.error("invalid_api_key"), 2),
        ("http_sendgrid", sendgrid.error(403, "not a verified Sender Identity", "from"), 1),
        ("http_sendgrid", sendgrid.error(403, "access forbidden"), 2),
        ("http_mailgun", mailgun.error(403, "Domain mg.acme.example is not allowed to send"), 1),
        ("http_mailgun", Answer(403, b"Forbidden"), 2),
    ],
)
def test_a_refused_sender_does_not_ask_for_other_credentials(
    kind: str, answer: Answer, reads: int, start: StartRig
) -> None:
    rig = start(kind)
    rig.server.script.append(answer)
    assert rig.deliver().attempts[0].outcome is Outcome.PROVIDER_CONFIG
    assert rig.secrets.reads == reads


def test_resend_takes_a_name_without_quotes_and_in_unicode_only(start: StartRig) -> None:
    rig = start("http_resend")
    assert rig.deliver(from_name="Größe Inc.").outcome is Outcome.SENT
    assert json.loads(rig.server.requests[-1].body)["from"] == "Größe Inc. <login@acme.example>"


def test_resend_gets_the_same_body_in_every_retry_of_one_message(start: StartRig) -> None:
    """It refuses a known key with another body: nothing in it may depend on the time."""
    rig = start("http_resend")
    for later in (0, 180):
        assert rig.deliver(later=later, lifetime_seconds=300 - later).outcome is Outcome.SENT
    first, second = rig.server.requests
    assert first.body == second.body


@pytest.mark.parametrize(
    ("kind", "host", "settings"),
    [
        ("http_sendgrid", sendgrid.HOST_EU, {"region": "eu"}),
        ("http_mailgun", mailgun.HOST_EU, {"region": "eu", "domain": mailgun.DOMAIN}),
    ],
)
def test_the_host_in_the_european_union_is_a_setting(
    kind: str, host: str, settings: Mapping[str, str], start: StartRig
) -> None:
    rig = start(kind, settings=settings)
    # Its name leads nowhere in this test: the other one is not called.
    assert rig.deliver().attempts[0].provider_code == "not-sent"
    assert rig.server.connections == 0
