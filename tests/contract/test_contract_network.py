"""What the network does to a request, the same for every sender: was it sent, perhaps sent, or certainly not?"""

from __future__ import annotations

import logging
import time
from functools import partial

import pytest

from contract.conftest import StartRig
from contract.rig import CODE, NUMBER, SETUPS, TEXT, THIRD_PARTIES
from custom_sender.outcome import Outcome
from localaws.providers import end_user_messaging, sns
from localaws.providers.wire import Altered, Answer, CutOff, Drip, Late, ResetAfterRequest, ResetBeforeRequest
from support.logs import lambda_log

KINDS = tuple(SETUPS)
# For what takes its time and is the same for all; the address of each holds other secrets.
SOME = ("slack", "twilio", "webhook", "http")
AWS = tuple(kind for kind in KINDS if kind not in THIRD_PARTIES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_is_sent_by_exactly_one_request(kind: str, start: StartRig) -> None:
    rig = start(kind)
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.sender_name == "under_test"
    assert len(rig.server.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_later_than_the_budget_is_perhaps_sent_and_not_waited_for(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.deliver()  # imports and clients are made here, not in the time that is measured
    rig.server.script.append(Late(4.0))
    began = time.monotonic()
    delivery = rig.deliver(seconds=0.9)
    assert time.monotonic() - began < 2
    assert delivery.outcome is Outcome.AMBIGUOUS
    assert len(rig.server.requests) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_drips_is_cut_off_at_the_budget(kind: str, start: StartRig) -> None:
    """Each read gets a byte in time; only the whole takes too long."""
    rig = start(kind)
    rig.deliver()
    rig.server.script.append(Drip(0.2))
    began = time.monotonic()
    delivery = rig.deliver(seconds=0.9)
    assert time.monotonic() - began < 2
    assert delivery.outcome is Outcome.AMBIGUOUS


# RFC 9110 section 15.2: any number of them may come before the answer, those too that nobody knows.
INTERIM = (
    b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
    b"HTTP/1.1 199 Whatever\r\nContent-Length: 7\r\nConnection: close\r\n\r\n",
)


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_interim_answers_are_read_over_and_the_next_message_gets_its_own_answer(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    for interim in INTERIM:
        with subtests.test(interim=interim):
            rig = start(kind)
            rig.server.script.extend([Late(0.05, interim), Answer(400, b"{}")])
            first, second = rig.deliver(), rig.deliver()
            assert second.outcome is Outcome.PROVIDER_CONFIG, "refused, and not sent with the first one's id"
            assert second.attempts[0].message_id is None
            assert first.outcome is Outcome.SENT
            assert (len(rig.server.requests), rig.server.connections) == (2, 1)


@pytest.mark.parametrize("kind", SOME)
def test_interim_answers_without_end_are_cut_off_at_the_budget(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.deliver()
    rig.server.script.append(Altered(lambda _: INTERIM[0] * 1_000_000))
    began = time.monotonic()
    delivery = rig.deliver(seconds=0.9)
    assert time.monotonic() - began < 2
    assert delivery.outcome is Outcome.AMBIGUOUS
    assert rig.deliver().outcome is Outcome.SENT
    assert rig.server.connections == 2


@pytest.mark.parametrize("kind", SOME)
def test_another_protocol_that_nobody_asked_for_is_perhaps_sent(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.server.script.append(Altered(lambda answer: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + answer))
    assert rig.deliver().outcome is Outcome.AMBIGUOUS
    assert rig.deliver().outcome is Outcome.SENT
    assert rig.server.connections == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_reset_after_the_request_is_perhaps_sent_and_not_repeated(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.server.script.append(ResetAfterRequest())
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.AMBIGUOUS
    assert delivery.attempts[0].provider_code == "perhaps-sent"
    assert len(rig.server.requests) == 1


@pytest.mark.parametrize("kind", AWS)
def test_an_answer_of_aws_that_is_cut_off_is_perhaps_sent_and_the_request_not_repeated(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    for kept in [0, 20]:
        with subtests.test(kept=kept):
            rig = start(kind)
            rig.server.script.append(CutOff(kept))
            delivery = rig.deliver()
            assert delivery.outcome is Outcome.AMBIGUOUS
            assert delivery.attempts[0].provider_code == "perhaps-sent"
            assert len(rig.server.requests) == 1


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_a_reset_in_the_handshake_is_certainly_not_sent(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.server.script.append(ResetBeforeRequest())
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.PROVIDER_DOWN
    assert delivery.attempts[0].provider_code == "not-sent"
    assert rig.server.requests == []


@pytest.mark.parametrize("kind", AWS)
def test_a_reset_before_the_request_to_aws_is_not_repeated_and_never_taken_for_sent(kind: str, start: StartRig) -> None:
    """botocore says that it could not connect, or it does not say whether it had written: that is a matter of timing.

    Where it cannot know, the careful answer is "perhaps".
    """
    rig = start(kind)
    rig.server.script.append(ResetBeforeRequest())
    (attempt,) = rig.deliver().attempts
    assert (attempt.outcome, attempt.provider_code) in (
        (Outcome.AMBIGUOUS, "perhaps-sent"),
        (Outcome.PROVIDER_DOWN, "not-sent"),
    )
    assert (rig.server.requests, rig.server.connections) == ([], 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_connection_is_certainly_not_sent(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.server.close()
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.PROVIDER_DOWN
    assert delivery.attempts[0].provider_code == "not-sent"


@pytest.mark.parametrize("kind", KINDS)
def test_an_unintelligible_success_is_perhaps_sent_where_a_success_has_to_say_what_it_accepted(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    rig = start(kind)
    for body in [b"<html>busy</html>", b"", b"{", b"[" * 5000, b"\xff\xfe\x00", b"null", b"[]", b'"x"']:
        with subtests.test(body=body):
            rig.server.script.append(Answer(200, body))
            # A webhook's 2xx is a success whatever its body: the specification says so.
            assert rig.deliver().outcome is (Outcome.SENT if kind == "webhook" else Outcome.AMBIGUOUS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unintelligible_error_is_classified_by_its_status(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    rig = start(kind)
    for status in [400, 500]:
        for body in [b"<html>busy</html>", b"", b"{", b"[" * 5000, b"\xff\xfe\x00", b"[]"]:
            with subtests.test(status=status, body=body):
                rig.server.script.append(Answer(status, body))
                outcome = rig.deliver().outcome
                if kind == "webhook":
                    assert outcome is {400: Outcome.PROVIDER_CONFIG, 500: Outcome.PROVIDER_DOWN}[status]
                elif kind in THIRD_PARTIES:
                    assert outcome is {400: Outcome.PROVIDER_CONFIG, 500: Outcome.AMBIGUOUS}[status]
                elif status == 400:
                    # On some of these botocore gives up with the status: then it is perhaps sent.
                    assert outcome in (Outcome.PROVIDER_CONFIG, Outcome.AMBIGUOUS)
                else:
                    assert outcome is Outcome.AMBIGUOUS


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_a_huge_answer_is_read_up_to_the_limit_and_the_connection_dropped(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.server.script.append(Answer(500, b"x" * 5_000_000))
    began = time.monotonic()
    assert rig.deliver().outcome in (Outcome.AMBIGUOUS, Outcome.PROVIDER_DOWN)
    assert time.monotonic() - began < 2
    assert rig.deliver().outcome is Outcome.SENT
    assert rig.server.connections == 2


@pytest.mark.parametrize("kind", AWS)
def test_a_huge_answer_of_aws_is_given_up_or_read_and_nothing_of_it_is_kept(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    """botocore reads the whole of it: AWS is not somebody who would send it, and the time is limited anyway."""
    for status in [200, 400, 500]:
        with subtests.test(status=status):
            rig = start(kind)
            rig.deliver()
            rig.server.script.append(Answer(status, b"x" * 5_000_000))
            began = time.monotonic()
            delivery = rig.deliver()
            assert time.monotonic() - began < 5.5
            assert delivery.outcome in (Outcome.AMBIGUOUS, Outcome.PROVIDER_CONFIG)
            assert "xxx" not in repr(delivery)
            assert rig.deliver().outcome is Outcome.SENT


@pytest.mark.parametrize("kind", AWS)
def test_throttling_by_aws_never_says_when_to_come_back(kind: str, start: StartRig, subtests: pytest.Subtests) -> None:
    """None of these operations documents Retry-After, and their SDK has back-off of its own instead."""
    throttled = sns.error("Throttling") if kind.startswith("sns") else end_user_messaging.error("ThrottlingException")
    for headers in [{}, {"Retry-After": "1"}]:
        with subtests.test(headers=headers):
            rig = start(kind)
            rig.server.script.append(Answer(throttled.status, throttled.body, {**throttled.headers, **headers}))
            delivery = rig.deliver()
            assert delivery.outcome is Outcome.PROVIDER_THROTTLED
            assert delivery.attempts[0].retry_after_seconds is None
            assert len(rig.server.requests) == 1, "left to Lambda, and not repeated by the SDK"


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_a_connection_is_used_again_for_the_next_message(kind: str, start: StartRig) -> None:
    rig = start(kind)
    assert [rig.deliver().outcome for _ in range(3)] == [Outcome.SENT] * 3
    assert rig.server.connections == 1


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_a_redirect_is_a_refusal_and_is_not_followed(kind: str, start: StartRig, subtests: pytest.Subtests) -> None:
    for status in [301, 302, 303, 307, 308]:
        with subtests.test(status=status):
            rig = start(kind)
            rig.server.script.append(Answer(status, b"", {"Location": f"https://{SETUPS[kind].host}/elsewhere"}))
            assert rig.deliver().outcome is Outcome.PROVIDER_CONFIG
            assert len(rig.server.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_a_provider_writes_reaches_the_result(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    """Providers repeat the text, and with it the code, in successes and in errors."""
    echo = (
        f'{{"sid":"{CODE}","MessageId":"{CODE}","message_id":"{NUMBER}","code":{CODE},"error_code":"{CODE}",'
        f'"message_uuid":"{CODE}","type":"https://provider.example/errors#{CODE}","title":"{CODE}",'
        f'"messages":[{{"id":"wamid.{NUMBER}{CODE}","message_status":"{CODE}"}}],"error":{{"code":{CODE}}},'
        f'"ResolvedMessageBody":"{TEXT}",'
        f'"id":"{NUMBER}","canceled":false,"data":{{"id":"{CODE}"}},"result":{{"code":0,"ids":["{NUMBER}{CODE}{CODE}"]}},'
        f'"errors":[{{"code":"{CODE}","parameter":"{TEXT}"}}],"recipients":{{"totalSentCount":1}},'
        f'"status":"{CODE}","__type":"x#Code{CODE}","Reason":"{CODE}","Code":"{CODE}","body":"{TEXT}","to":"{NUMBER}",'
        f'"message":"{NUMBER} {TEXT}","Fields":[{{"Name":"{CODE}","Message":"{TEXT}"}}]}}'
    )
    headers = {"Content-Type": "application/json", "Retry-After": CODE, "Request-Id": CODE}
    for status in [200, 201, 204, 301, 400, 401, 403, 404, 410, 429, 500, 502, 503, 504, 599]:
        with subtests.test(status=status):
            rig = start(kind)
            rig.server.script.extend([Answer(status, echo.encode(), headers)] * 2)
            shown = repr(rig.deliver())
            assert CODE not in shown
            assert NUMBER not in shown
            assert NUMBER[3:] not in shown
            assert "Acme" not in shown


ECHO = f"{NUMBER} {TEXT} {CODE}".encode()


def _altered(where: bytes, line: bytes, answer: bytes) -> bytes:
    return answer.replace(where, line, 1)


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_a_malformed_header_line_is_written_nowhere(kind: str, start: StartRig, subtests: pytest.Subtests) -> None:
    """A library may say so, with the address, which holds credentials, and with whatever the line echoes."""
    for case, where, line in [
        ("no colon", b"\r\n\r\n", b"\r\nX-Echo " + ECHO + b"\r\n\r\n"),
        ("a blank before the colon", b"\r\n\r\n", b"\r\nX-Echo : " + ECHO + b"\r\n\r\n"),
        ("no name", b"\r\n\r\n", b"\r\n: " + ECHO + b"\r\n\r\n"),
        ("a continuation of nothing", b"\r\n", b"\r\n " + ECHO + b"\r\n"),
    ]:
        with subtests.test(case):
            rig = start(kind)
            rig.server.script.append(Altered(partial(_altered, where, line)))
            with lambda_log() as written:
                assert rig.deliver().outcome is Outcome.SENT
            assert written.getvalue() == ""
            assert rig.deliver().outcome is Outcome.SENT
            assert rig.server.connections == 2, "who knows what that answer was"


@pytest.mark.parametrize("kind", SOME)
def test_a_header_line_that_the_budget_cuts_off_is_written_nowhere(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.deliver()
    rig.server.script.append(Altered(lambda answer: answer.partition(b"\r\n\r\n")[0] + b"\r\nX-Echo " + ECHO))
    with lambda_log() as written:
        assert rig.deliver(seconds=0.9).outcome is Outcome.AMBIGUOUS
    assert written.getvalue() == ""


@pytest.mark.parametrize("kind", KINDS)
def test_no_library_that_a_sender_needs_has_a_way_into_the_log(kind: str, start: StartRig) -> None:
    start(kind).deliver()
    with lambda_log() as written:
        for logger in (logging.getLogger(), *map(logging.getLogger, [*logging.root.manager.loggerDict])):
            logger.critical("%s %s", TEXT, NUMBER)
            logger.log(1000, CODE)
    assert {"botocore.endpoint", "urllib3.connectionpool"} <= logging.root.manager.loggerDict.keys()
    assert written.getvalue() == ""
