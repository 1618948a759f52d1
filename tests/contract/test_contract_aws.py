"""What AWS answers to the function itself, over real sockets: KMS, Secrets Manager, Parameter Store, DynamoDB.

A connection may end inside an answer whose status says success. Then nobody knows what the answer was: it is
unavailable, like one that did not come, and is tried again.
"""

from __future__ import annotations

import contextlib
import json
import operator
import os
import subprocess
import threading
import time
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from contract.conftest import server_tls
from custom_sender.cognito.decryption import Decryptor, DecryptUnavailable, Obstacle, Undecryptable, kms_client
from custom_sender.guards.ledger import Claim, Ledger, LedgerUnavailable, Refusal, Trouble, dynamodb_client
from custom_sender.guards.limits import Counter
from custom_sender.network.clients import Clients, patience
from custom_sender.network.provider_secrets import Credentials, CredentialsInvalid, CredentialsUnavailable
from custom_sender.network.requests import AwsRequest
from custom_sender.network.transport import NotSent, PerhapsSent, Transport
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from localaws.libraries import interpreter, layer_directory, runtime_directory
from localaws.providers.wire import (
    Altered,
    Answer,
    Behavior,
    CutOff,
    Drip,
    Late,
    LoopbackServer,
    Request,
    ResetAfterRequest,
    ResetBeforeRequest,
)
from support import loopback
from support.cognito import CODE, POOL_ID, REGION
from support.dynamodb import DynamoDb
from support.environment import KEY_ARN
from support.memory import uncollected
from support.moment import ANSWERS_AFTER_SECONDS, last_moment
from support.network import SILENT, Network

MESSAGE = "5f" * 32
COUNTER = Counter("number", "n#1", 10, enforce=True, expires_at=2_000_000_000)
SECRETS = [loopback.SECRET_ARN, loopback.PARAMETER_ARN]
# What is no answer of any of them, though its status is 200.
NO_ANSWERS = [b"", b"null", b"[]", b'"x"', b"7", b"{", b"<html>busy</html>", b"{}", b"[" * 5000]


@pytest.fixture
def table() -> DynamoDb:
    return DynamoDb()


def answer(table: DynamoDb, request: Request) -> Answer:
    target = request.headers.get("x-amz-target", "")
    if target.startswith("DynamoDB_"):
        table.requests.append((target.partition(".")[2], json.loads(request.body)))
        status, content = table.answer(*table.requests[-1])
        return Answer(status, json.dumps(content).encode())
    kind, body = loopback.Aws().answer(request.target, target, request.body)
    return Answer(200, body, {"Content-Type": kind})


@pytest.fixture
def aws(table: DynamoDb, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
    """All services at one address; its ``script`` is what happens to the next requests."""
    server = LoopbackServer(lambda request: answer(table, request))
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    yield server
    server.close()


def decrypted() -> str:
    return Decryptor([KEY_ARN], kms_client(REGION)).decrypt(loopback.code(), POOL_ID).code.reveal()


class TestKms:
    @pytest.mark.parametrize("kept", [0, 1, 20])
    def test_a_cut_off_answer_is_tried_again(self, aws: LoopbackServer, kept: int) -> None:
        aws.script.append(CutOff(kept))
        assert decrypted() == CODE
        assert len(aws.requests) == 2

    def test_one_that_is_cut_off_twice_is_unavailable_and_not_a_bad_code(self, aws: LoopbackServer) -> None:
        aws.script.extend([CutOff(20), CutOff(0)])
        with pytest.raises(DecryptUnavailable) as caught:
            decrypted()
        assert caught.value.obstacle is Obstacle.UNREACHABLE
        assert caught.value.key_arn == KEY_ARN

    def test_a_success_without_a_key_is_unavailable_and_not_a_bad_code(
        self, aws: LoopbackServer, subtests: pytest.Subtests
    ) -> None:
        for body in [
            *NO_ANSWERS,
            json.dumps({"KeyId": KEY_ARN}).encode(),
            json.dumps({"KeyId": KEY_ARN, "Plaintext": None}).encode(),
            json.dumps({"KeyId": KEY_ARN, "Plaintext": 7}).encode(),
            json.dumps({"KeyId": KEY_ARN, "Plaintext": ["x"]}).encode(),
            json.dumps({"KeyId": KEY_ARN, "Plaintext": "x"}).encode(),
            json.dumps({"Plaintext": "AAAA"}).encode(),
        ]:
            with subtests.test(body=body):
                aws.script.append(Answer(200, body))
                with pytest.raises(DecryptUnavailable) as caught:
                    decrypted()
                assert (caught.value.__cause__, caught.value.__context__) == (None, None)
                assert caught.value.obstacle is Obstacle.KMS_ERROR
                assert decrypted() == CODE


@pytest.mark.parametrize("arn", SECRETS)
class TestSecrets:
    @pytest.mark.parametrize("kept", [0, 1, 20])
    def test_a_cut_off_answer_is_tried_again(self, aws: LoopbackServer, arn: str, kept: int) -> None:
        aws.script.append(CutOff(kept))
        assert Credentials().get(arn) == {"token": Secret(loopback.TOKEN)}
        assert len(aws.requests) == 2

    def test_a_success_without_a_value_is_unavailable_and_not_a_wrong_secret(
        self, aws: LoopbackServer, arn: str, subtests: pytest.Subtests
    ) -> None:
        for body in [
            *NO_ANSWERS,
            b'{"ARN": "x", "Parameter": {}}',
            b'{"SecretString": null, "Parameter": {"Value": null}}',
            b'{"SecretString": 7, "Parameter": {"Value": 7}}',
            b'{"SecretString": {}, "Parameter": {"Value": {}}}',
            b'{"Parameter": []}',
            b'{"Parameter": "x"}',
        ]:
            with subtests.test(body=body):
                credentials = Credentials()
                aws.script.append(Answer(200, body))
                with pytest.raises(CredentialsUnavailable):
                    credentials.get(arn)
                assert credentials.get(arn) == {"token": Secret(loopback.TOKEN)}

    def test_an_outage_of_this_kind_leaves_an_old_secret_in_use(self, aws: LoopbackServer, arn: str) -> None:
        now = [1000.0]
        credentials = Credentials(clock=lambda: now[0])
        credentials.get(arn)
        now[0] += 3600
        aws.script.append(Answer(200, b"{}"))
        assert credentials.get(arn) == {"token": Secret(loopback.TOKEN)}


def test_a_secret_that_holds_bytes_is_a_wrong_one(aws: LoopbackServer) -> None:
    """An answer in full: somebody has to act."""
    aws.script.append(Answer(200, b'{"ARN": "x", "SecretBinary": "AAAA"}'))
    with pytest.raises(CredentialsInvalid, match="a JSON object as text"):
        Credentials().get(loopback.SECRET_ARN)


class TestLedger:
    """DynamoDB's success is its status: the body of what is written here is ``{}``. A failure is in the body."""

    @pytest.fixture
    def ledger(self, aws: LoopbackServer, table: DynamoDb) -> Ledger:
        return Ledger(table.table, dynamodb_client(REGION))

    def ask(self, ledger: Ledger, message: str = MESSAGE) -> Claim | Refusal:
        return ledger.claim(message, order=["aws"], lease_until=time.time() + 30, counters=[COUNTER])

    def claim(self, ledger: Ledger) -> Claim:
        claim = self.ask(ledger)
        assert isinstance(claim, Claim)
        return claim

    @pytest.mark.parametrize("kept", [0, 1])
    def test_a_claim_whose_answer_is_cut_off_is_tried_again_and_is_one(
        self, ledger: Ledger, aws: LoopbackServer, table: DynamoDb, kept: int
    ) -> None:
        aws.script.append(CutOff(kept))
        assert self.claim(ledger).attempt == 1
        assert table.operations == ["TransactWriteItems"] * 2
        assert len({body["ClientRequestToken"] for _, body in table.requests}) == 1
        assert table.items()["n#1"]["n"] == {"N": "1"}

    @pytest.mark.parametrize("kept", [0, 1, 60])
    def test_a_failed_condition_whose_answer_is_cut_off_is_asked_for_again(
        self, ledger: Ledger, aws: LoopbackServer, table: DynamoDb, kept: int
    ) -> None:
        """Or a duplicate would be sent once more, as if the ledger had failed."""
        claim = self.claim(ledger)
        aws.script.append(CutOff(kept))
        assert self.ask(ledger) == Refusal(Outcome.IN_PROGRESS)
        ledger.finish(MESSAGE, Outcome.SENT, "aws", claim.first_seen)
        aws.script.append(CutOff(kept))
        assert self.ask(ledger) == Refusal(Outcome.DUPLICATE)

    def test_an_update_whose_answer_is_cut_off_is_written_again(
        self, ledger: Ledger, aws: LoopbackServer, table: DynamoDb
    ) -> None:
        claim = self.claim(ledger)
        # The first answer to each request is cut off, the second is not.
        aws.script.extend([CutOff(1), None] * 3)
        ledger.asking(claim, frozenset({"twilio"}))
        ledger.release(claim, frozenset({"twilio"}))
        ledger.finish(MESSAGE, Outcome.SENT, "aws", claim.first_seen)
        assert table.operations == ["TransactWriteItems", *["UpdateItem"] * 6]
        assert table.message(claim)["state"] == {"S": "DONE"}

    def test_an_answer_that_is_cut_off_twice_is_one_that_did_not_come(
        self, ledger: Ledger, aws: LoopbackServer
    ) -> None:
        aws.script.extend([CutOff(0), CutOff(1)])
        with pytest.raises(LedgerUnavailable) as caught:
            self.ask(ledger)
        assert caught.value.reason is Trouble.TIMED_OUT
        assert caught.value.claim is not None

    def test_a_success_needs_nothing_but_its_status(self, ledger: Ledger, aws: LoopbackServer) -> None:
        claim = self.claim(ledger)
        aws.script.append(Answer(200))
        ledger.finish(MESSAGE, Outcome.SENT, "aws", claim.first_seen)

    def test_what_dynamodb_cannot_have_said_is_an_outage(
        self, ledger: Ledger, aws: LoopbackServer, subtests: pytest.Subtests
    ) -> None:
        for status in [200, 400]:
            for body in [b"null", b"[]", b'"x"', b"7"]:
                with subtests.test(status=status, body=body):
                    aws.script.append(Answer(status, body))
                    with pytest.raises(LedgerUnavailable):
                        self.ask(ledger)

    def test_reasons_that_are_none_are_an_outage(
        self, ledger: Ledger, aws: LoopbackServer, subtests: pytest.Subtests
    ) -> None:
        for reasons in [
            "null",
            '"x"',
            "7",
            "[]",
            "[null]",
            "[null, null]",
            '["x"]',
            "[{}, null]",
            '[{"Code": null}, {"Item": 7}]',
        ]:
            with subtests.test(reasons=reasons):
                kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
                aws.script.append(Answer(400, f'{{"__type": "{kind}", "CancellationReasons": {reasons}}}'.encode()))
                with pytest.raises(LedgerUnavailable) as caught:
                    self.ask(ledger)
                assert caught.value.reason in {Trouble.SERVICE_ERROR, Trouble.CLIENT_ERROR}
                assert caught.value.claim is not None


@pytest.fixture(params=["http", "https"])
def service(
    request: pytest.FixtureRequest,
    aws: LoopbackServer,
    table: DynamoDb,
    network: Network,
    authority: trustme.CA,
    bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[LoopbackServer]:
    """All services behind a name: without TLS and, as in life, with it."""
    server = aws
    if request.param == "https":
        server = LoopbackServer(lambda request: answer(table, request), server_tls(authority, "aws.example"))
        monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    network.lead("aws.example", server.port)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"{request.param}://aws.example:{server.port}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    yield server
    server.close()


class TestGivenUp:
    """The time is over while the name is still being looked up. When it is found after all, nothing must be written."""

    @pytest.fixture
    def found(self, service: LoopbackServer, network: Network) -> threading.Event:
        """Set when the name server answers."""
        assert service.requests == []
        found = threading.Event()
        network.before = lambda: found.wait(10)
        return found

    def assert_nothing_is_written_later(self, service: LoopbackServer, found: threading.Event) -> None:
        found.set()
        end = time.monotonic() + 5
        while service.connections == 0:
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(0.2)
        assert service.requests == []

    def test_a_claim_is_not_made_by_somebody_who_does_not_know_of_it(
        self, service: LoopbackServer, table: DynamoDb, found: threading.Event
    ) -> None:
        """The retry would take the first sender for one that was asked: with no other, the message would be lost."""
        ledger = Ledger(table.table, dynamodb_client(REGION)).until(time.time() + 0.2)
        with pytest.raises(LedgerUnavailable) as caught:
            ledger.claim(MESSAGE, order=["aws"], lease_until=time.time() + 30)
        assert caught.value.reason is Trouble.TIMED_OUT
        self.assert_nothing_is_written_later(service, found)

    def test_a_message_is_not_sent_by_a_sender_that_counts_as_not_asked(
        self, service: LoopbackServer, found: threading.Event
    ) -> None:
        request = AwsRequest("sns", "publish", {"PhoneNumber": "+4915112345678", "Message": CODE}, REGION)
        with pytest.raises(NotSent):
            Transport().send(request, 0.2)
        self.assert_nothing_is_written_later(service, found)

    def test_a_code_is_decrypted_by_the_next_try(self, service: LoopbackServer, found: threading.Event) -> None:
        decryptor = Decryptor([KEY_ARN], kms_client(REGION))
        with pytest.raises(DecryptUnavailable) as caught:
            decryptor.decrypt(loopback.code(), POOL_ID, 0.2)
        assert (caught.value.obstacle, caught.value.kms_code) == (Obstacle.UNREACHABLE, "TimeoutError")
        self.assert_nothing_is_written_later(service, found)
        assert decryptor.decrypt(loopback.code(), POOL_ID).code.reveal() == CODE


class TestInTime:
    """Whatever AWS does, and wherever the SDK waits for it: nobody is waited for any longer than there is time."""

    @pytest.fixture(autouse=True)
    def began(self) -> Iterator[None]:
        loopback.code()  # made once, and not in the test's time
        began = time.monotonic()
        yield
        assert time.monotonic() - began < 2

    @pytest.fixture
    def role(self, aws: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
        """Gives the function credentials that are soon to be asked for anew, as of a function with SnapStart."""
        assert aws.requests == []
        soon = datetime.now(UTC) + timedelta(minutes=2)
        keys = {"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t", "Expiration": soon.isoformat()}
        server = LoopbackServer(lambda _: Answer(200, json.dumps(keys).encode()))
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.port}/role")
        yield server
        server.close()

    def test_an_answer_that_trickles_in(self, service: LoopbackServer, table: DynamoDb) -> None:
        ledger = Ledger(table.table, dynamodb_client(REGION))
        claim = ledger.claim(MESSAGE, order=["aws"], lease_until=time.time() + 30)
        assert isinstance(claim, Claim)
        service.script.extend([Drip(0.2)] * 2)
        with pytest.raises(LedgerUnavailable) as caught:
            ledger.until(time.time() + 0.5).finish(MESSAGE, Outcome.SENT, "aws", claim.first_seen)
        assert caught.value.reason is Trouble.TIMED_OUT

    def test_one_that_came_too_late_is_perhaps_of_something_that_was_done(self, service: LoopbackServer) -> None:
        transport = Transport()
        request = AwsRequest("sns", "publish", {"PhoneNumber": "+4915112345678", "Message": CODE}, REGION)
        transport.send(request, 5)
        service.script.append(Late(3))
        with pytest.raises(PerhapsSent):
            transport.send(request, 0.3)
        # And it is no answer to the next.
        assert transport.send(request, 5).status == 200

    def test_one_that_came_at_the_last_moment_counts(
        self, service: LoopbackServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = AwsRequest("sns", "publish", {"PhoneNumber": "+4915112345678", "Message": CODE}, REGION)
        service.script.append(Late(ANSWERS_AFTER_SECONDS))
        is_over = last_moment(monkeypatch, lambda: service.requests)
        assert Transport().send(request, 5).status == 200
        assert is_over()

    def test_a_refusal_that_came_at_the_last_moment_says_why(
        self, aws: LoopbackServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(_: bytes) -> bytes:
            time.sleep(ANSWERS_AFTER_SECONDS)
            body = b'{"__type": "ThrottlingException"}'
            return b"HTTP/1.1 400 x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

        aws.script.append(Altered(refused))
        is_over = last_moment(monkeypatch, lambda: aws.requests)
        with pytest.raises(DecryptUnavailable) as caught:
            Decryptor([KEY_ARN], kms_client(REGION)).decrypt(loopback.code(), POOL_ID)
        assert caught.value.obstacle is Obstacle.THROTTLED
        assert is_over()

    def test_a_pause_that_aws_asks_for_and_that_is_too_long(
        self, aws: LoopbackServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The answer that there is says why, where a pause would have ended as "no answer"."""
        monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 3)
        aws.script.append(Answer(400, b'{"__type": "ThrottlingException"}'))
        with pytest.raises(DecryptUnavailable) as caught:
            Decryptor([KEY_ARN], kms_client(REGION)).decrypt(loopback.code(), POOL_ID, 1)
        assert caught.value.obstacle is Obstacle.THROTTLED
        assert len(aws.requests) == 1

    def test_credentials_that_cannot_be_had(self, role: LoopbackServer) -> None:
        role.script.extend([Late(3)] * 9)
        client = Clients().client("kms", REGION, patience(connect_seconds=1, read_seconds=1, tries=2))
        with pytest.raises(DecryptUnavailable) as caught:
            Decryptor([KEY_ARN], client).decrypt(loopback.code(), POOL_ID, 0.3)
        assert (caught.value.obstacle, caught.value.kms_code) == (Obstacle.UNREACHABLE, "TimeoutError")

    def test_credentials_that_cannot_be_had_anew(self, role: LoopbackServer) -> None:
        client = Clients().client("kms", REGION, patience(connect_seconds=1, read_seconds=1, tries=2))
        decryptor = Decryptor([KEY_ARN], client)
        assert decryptor.decrypt(loopback.code(), POOL_ID).code.reveal() == CODE
        role.script.extend([Late(3)] * 9)
        with pytest.raises(DecryptUnavailable):
            decryptor.decrypt(loopback.code(), POOL_ID, 0.3)

    def test_the_account_of_credentials_that_cannot_be_had(self, role: LoopbackServer, table: DynamoDb) -> None:
        """DynamoDB's host has the account's number in its name, where the credentials have one."""
        role.script.extend([Late(3)] * 9)
        client = Clients().client("dynamodb", REGION, patience(connect_seconds=1, read_seconds=1, tries=2))
        ledger = Ledger(table.table, client).until(time.time() + 0.3)
        with pytest.raises(LedgerUnavailable) as caught:
            ledger.claim(MESSAGE, order=["aws"], lease_until=time.time() + 30)
        assert caught.value.reason is Trouble.TIMED_OUT

    def test_a_name_server_that_is_silent_where_the_sdk_keeps_its_own_connections(
        self, aws: LoopbackServer, network: Network, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("custom_sender.network.clients._pools", operator.attrgetter("of_another_botocore"))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://aws{SILENT}:{aws.port}")
        with pytest.raises(DecryptUnavailable):
            Decryptor([KEY_ARN], kms_client(REGION)).decrypt(loopback.code(), POOL_ID, 0.3)
        # Whether it was written is not known of such a connection, unless the SDK says that there was none.
        request = AwsRequest("sns", "publish", {"PhoneNumber": "+4915112345678", "Message": CODE}, REGION)
        with pytest.raises(PerhapsSent):
            Transport().send(request, 0.3)
        aws.close()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{aws.port}")
        with pytest.raises(NotSent):
            Transport().send(request, 5)


class TestForgotten:
    """Of a call that failed nothing is kept: neither what was asked, nor what those knew who asked."""

    @pytest.mark.parametrize("called", ["kms", "sns", "secretsmanager"])
    def test_not_even_until_garbage_is_collected(
        self, called: str, aws: LoopbackServer, subtests: pytest.Subtests
    ) -> None:
        class Event:
            pass

        decryptor, transport, secrets = Decryptor([KEY_ARN], kms_client(REGION)), Transport(), Credentials()
        request = AwsRequest("sns", "publish", {"PhoneNumber": "+4915112345678", "Message": CODE}, REGION)
        code = loopback.code()
        known: list[weakref.ref[Event]] = []

        def handle(seconds: float) -> None:
            event = Event()
            known.append(weakref.ref(event))
            with contextlib.suppress(
                DecryptUnavailable, CredentialsUnavailable, CredentialsInvalid, NotSent, PerhapsSent
            ):
                if called == "kms":
                    decryptor.decrypt(code, POOL_ID, seconds)
                elif called == "sns":
                    transport.send(request, seconds)
                else:
                    secrets.get(loopback.SECRET_ARN, refresh=True, seconds=seconds)

        behaviors: list[Behavior | None] = [CutOff(0), ResetAfterRequest(), ResetBeforeRequest(), Drip(0.2)]
        for behavior in (*behaviors, Answer(400), Answer(500), None):
            with subtests.test(behavior=behavior):
                aws.script.clear()
                handle(5)
                if behavior is None:
                    aws.close()  # the next connection is refused
                aws.script.extend([behavior] * 4)
                with uncollected():
                    handle(0.2)
                    handle(0.2)
                assert [event() for event in known] == [None] * len(known)


@pytest.mark.usefixtures("aws")
def test_over_tls_a_cut_off_answer_is_tried_again_too(
    table: DynamoDb, authority: trustme.CA, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = LoopbackServer(lambda request: answer(table, request), server_tls(authority, "127.0.0.1"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{server.port}")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    client = Clients().client("dynamodb", REGION, patience(connect_seconds=1, read_seconds=1, tries=2))
    server.script.append(CutOff(0))
    assert isinstance(Ledger(table.table, client).claim(MESSAGE, order=["aws"], lease_until=time.time() + 30), Claim)
    assert len(server.requests) == 2
    server.close()


def test_an_answer_for_a_message_that_was_given_up_says_nothing_of_the_next(aws: LoopbackServer) -> None:
    decryptor = Decryptor([KEY_ARN], kms_client(REGION))
    aws.script.append(Late(0.4))
    with pytest.raises(DecryptUnavailable):
        decryptor.decrypt(loopback.code(), POOL_ID, 0.2)
    aws.script.append(Answer(400, b'{"__type": "InvalidCiphertextException"}'))
    with pytest.raises(Undecryptable):
        decryptor.decrypt(loopback.code(), POOL_ID)
    assert decryptor.decrypt(loopback.code(), POOL_ID).code.reveal() == CODE


PROGRAM = """
import sys, time
from custom_sender.network import clients
from custom_sender.network.clients import Clients, patience
from custom_sender.network.provider_secrets import Credentials
from custom_sender.cognito.decryption import Decryptor, kms_client
from custom_sender.guards.ledger import Ledger, dynamodb_client
code, key, pool, region, table, message, *secrets = sys.argv[1:]
print(sys.version_info[:2])
print(Decryptor([key], kms_client(region)).decrypt(code, pool).code.reveal())
for arn in secrets:
    print(*Credentials().get(arn))
client = dynamodb_client(region)
print(clients.asks_before_writing(client))
ledger = Ledger(table, client)
claim = ledger.claim(message, order=["aws"], lease_until=time.time() + 30)
print(ledger.claim(message, order=["aws"], lease_until=time.time() + 30).outcome)
"""


def test_on_the_function_s_own_runtime_it_is_the_same(aws: LoopbackServer, table: DynamoDb) -> None:
    """With the libraries that Lambda's Python 3.13 has."""
    runtime = "python3.13"
    source = Path(__file__).resolve().parents[2] / "function" / "src"
    places = (source, layer_directory(runtime), runtime_directory(runtime))
    arguments = (loopback.code(), KEY_ARN, POOL_ID, REGION, table.table, MESSAGE, *SECRETS)
    aws.script.extend([CutOff(1), None] * 5)
    done = subprocess.run(
        [interpreter(runtime), "-c", PROGRAM, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.split("\n")[:-1] == ["(3, 13)", CODE, "token", "token", "True", "IN_PROGRESS"], done.stderr
    assert len(aws.requests) == 10
