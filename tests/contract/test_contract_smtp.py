"""A mail server by SMTP. Contract: providers/smtp.py."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, cast

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from contract.conftest import server_tls
from contract.rig import ADDRESS, CODE, HTML, SECRET_ARN, SMTP, SUBJECT, TEXT, Rig, SecretsManager
from custom_sender.guards.email_address import Address, parse
from custom_sender.message import MAIL_HEADERS, Carries
from custom_sender.network.provider_secrets import Credentials
from custom_sender.network.transport import Transport
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from localaws.providers.smtp import VERBS, Closed, MailServer, Received, Reply, Silent, Slow, problem_of
from support.configured import create
from support.moment import ANSWERS_AFTER_SECONDS, last_moment
from support.network import Network
from support.senders import as_mail, settings

HOST = str(SMTP.host)
LOGIN = ("login", "token-1")
LOGIN_SECRET = {"username": Secret("login"), "password": Secret("token-1")}
# Halves of surrogate pairs, too: JSON can have them, UTF-8 cannot.
TEXTS = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)
# As long as nothing but the greeting of the end is left, the mail is the server's.
BEFORE_THE_END = VERBS[: VERBS.index(".")]

Start = Callable[..., tuple[Rig, MailServer]]


@pytest.fixture
def start(trusted: trustme.CA, network: Network) -> Iterator[Start]:
    """Start a mail server, and a sender that sends by it. ``tls`` False: the server offers none."""
    servers: list[MailServer] = []

    def run(*secrets: Any, tls: Any = None, **settings: Any) -> tuple[Rig, MailServer]:
        context = None if tls is False else tls or server_tls(trusted, HOST)
        server = MailServer({LOGIN}, context, from_the_first_byte=settings.get("port") == "465")
        servers.append(server)
        network.lead(HOST, server.port)
        manager = SecretsManager(*(secrets or (SMTP.secret,)))
        credentials = Credentials(client=lambda *_: manager)
        rig = Rig(SMTP, cast("Any", server), manager, Transport(), credentials, {**SMTP.settings, **settings})
        return rig, server

    yield run
    for server in servers:
        server.close()


def the_one(server: MailServer) -> Received:
    (mail,) = server.mails
    return mail


@pytest.mark.parametrize("port", ["587", "465"])
def test_a_mail_goes_out_over_tls_after_a_login_and_nothing_is_left_out(port: str, start: Start) -> None:
    rig, server = start(port=port)
    assert rig.deliver().outcome is Outcome.SENT
    received = the_one(server)
    assert (received.sender, received.recipients) == ("login@acme.example", (ADDRESS,))
    mail = received.mail
    assert (mail["From"], mail["To"], mail["Subject"], mail["Reply-To"]) == (
        "Acme Größe <login@acme.example>",
        ADDRESS,
        SUBJECT,
        "help@acme.example",
    )
    assert {name: mail[name] for name in MAIL_HEADERS} == MAIL_HEADERS
    assert abs(parsedate_to_datetime(mail["Date"]).timestamp() - time.time()) < 10
    assert mail.get_content_type() == "multipart/alternative"
    assert (received.part("plain").strip(), received.part("html").strip()) == (TEXT, HTML)
    tls = [] if port == "465" else ["EHLO", "STARTTLS"]
    assert server.verbs[: len(tls) + 5] == [
        *tls,
        *(["EHLO over TLS"] if tls else ["EHLO"]),
        "AUTH",
        "MAIL",
        "RCPT",
        "DATA",
    ]


def test_lines_that_begin_with_a_full_stop_are_long_or_in_any_script_arrive_as_they_are(start: Start) -> None:
    rig, server = start()
    text = f".\n..\n.x\n\n{'y' * 2000}\nعربى 漢字\nCode: {CODE}"
    assert rig.deliver(text=Secret(text)).outcome is Outcome.SENT
    assert the_one(server).part("plain").replace("\r\n", "\n").rstrip("\n") == text


def test_a_subject_stays_one_header(start: Start) -> None:
    rig, server = start()
    assert rig.deliver(subject=Secret("Hi\r\nBcc: eve@evil.example\n\nx")).outcome is Outcome.SENT
    received = the_one(server)
    assert received.mail["Subject"] == "Hi Bcc: eve@evil.example  x"
    assert (received.mail["Bcc"], received.recipients) == (None, (ADDRESS,))


@given(
    to=st.emails().map(parse).filter(bool),
    subject=TEXTS,
    name=st.text(max_size=60).map(lambda name: "".join(filter(str.isprintable, name))),
    text=TEXTS,
    html=TEXTS,
)
def test_whatever_stands_in_a_message_is_one_mail_from_one_sender_to_one_recipient(
    to: Address, subject: str, name: str, text: str, html: str
) -> None:
    message = as_mail(to=to.text, from_name=name, subject=Secret(subject), text=Secret(text), html=Secret(html))[
        Carries.MAIL
    ]
    request = create("mine", settings("smtp")).build(message, LOGIN_SECRET, now=0.0)
    assert problem_of(request.content) is None
    mail = Received(request.sender, (request.recipient,), request.content).mail
    assert [address.addr_spec for address in mail["To"].addresses] == [to.text]
    assert [address.addr_spec for address in mail["From"].addresses] == ["login@acme.example"]
    assert (mail["Bcc"], mail["Cc"], len(mail.get_all("Subject", []))) == (None, None, 1)


def test_retries_of_one_message_have_one_message_id_and_one_body_and_share_them_with_no_other(start: Start) -> None:
    rig, server = start()
    for key, later in (("aa" * 32, 0), ("aa" * 32, 180), ("ab" * 32, 180)):
        assert rig.deliver(idempotency_key=key, later=later).outcome is Outcome.SENT
    first, second, other = server.mails
    assert first.mail["Message-ID"] == second.mail["Message-ID"] == f"<{'aa' * 32}@acme.example>"
    assert first.mail["Message-ID"] != other.mail["Message-ID"]
    bodies = [received.raw.partition(b"\r\n\r\n")[2] for received in server.mails]
    assert bodies[0] == bodies[1] != bodies[2]


def test_a_short_domain_leaves_the_message_id_on_one_line() -> None:
    message = as_mail(from_address="login@acme.com")[Carries.MAIL]
    request = create("mine", settings("smtp")).build(message, LOGIN_SECRET, now=0.0)
    assert problem_of(request.content) is None
    assert re.search(rb"^Message-ID: <[0-9a-f]{64}@acme\.com>\r$", request.content, re.MULTILINE)


def test_a_reply_without_an_end_is_not_read_to_it(start: Start) -> None:
    rig, server = start()
    server.faults["EHLO"] = Reply("\r\n".join(["250-AAAAAAAAAAAAAAAA"] * 10_000 + ["250 STARTTLS"]))
    began = time.monotonic()
    assert rig.deliver().outcome is Outcome.PROVIDER_DOWN
    assert (time.monotonic() - began < 4, server.mails) == (True, [])


class TestFaults:
    """At every verb: the outcome, and how often the mail arrives. The next sender may be asked where it did not."""

    @pytest.mark.parametrize("port", ["587", "465"])
    @pytest.mark.parametrize("fault", [Closed(), Silent()], ids=["closed", "silent"])
    @pytest.mark.parametrize("verb", BEFORE_THE_END)
    def test_what_breaks_off_before_the_final_full_stop_is_not_sent(
        self, verb: str, fault: Closed | Silent, port: str, start: Start
    ) -> None:
        rig, server = start(port=port)
        server.faults[_on(port, verb)] = fault
        (attempt,) = rig.deliver(seconds=0.7).attempts
        assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_DOWN, "not-sent")
        assert attempt.seconds < 1.2
        assert server.mails == []

    def test_a_server_that_stops_to_read_within_the_mail_has_not_got_it(self, start: Start) -> None:
        rig, server = start()
        large = Secret(("x" * 70 + "\n") * 80_000)  # more than the machine keeps for a reader
        server.faults["body"] = Silent()
        (attempt,) = rig.deliver(seconds=2.0, html=large).attempts
        assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_DOWN, "not-sent")
        assert server.mails == []

    @pytest.mark.parametrize("fault", [Closed(), Silent()], ids=["closed", "silent"])
    def test_without_a_reply_to_the_final_full_stop_it_is_perhaps_sent_and_is_not_sent_again(
        self, fault: Closed | Silent, start: Start
    ) -> None:
        rig, server = start()
        server.faults["."] = fault
        (attempt,) = rig.deliver(seconds=0.8).attempts
        assert (attempt.outcome, attempt.provider_code) == (Outcome.AMBIGUOUS, "perhaps-sent")
        assert len(server.mails) == 1

    @pytest.mark.parametrize("fault", [Closed(), Silent(), Slow(2.0), Reply("421 bye"), Reply("500 what")])
    def test_what_follows_the_reply_to_the_mail_changes_nothing(self, fault: Any, start: Start) -> None:
        rig, server = start()
        server.faults["QUIT"] = fault
        delivery = rig.deliver(seconds=1.5)
        assert delivery.outcome is Outcome.SENT
        assert delivery.attempts[0].seconds < 1.0
        assert len(server.mails) == 1

    @pytest.mark.parametrize(("verb", "outcome"), [("MAIL", Outcome.PROVIDER_DOWN), (".", Outcome.SENT)])
    def test_after_the_last_moment_nothing_more_is_said(
        self, verb: str, outcome: Outcome, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a mail that was taken in it: not even good-bye."""
        rig, server = start()
        server.faults[verb] = Slow(ANSWERS_AFTER_SECONDS)
        is_over = last_moment(monkeypatch, lambda: server.mails if verb == "." else verb in server.verbs)
        assert rig.deliver().outcome is outcome
        assert is_over()
        time.sleep(0.1)
        assert not {"RCPT", "QUIT"} & set(server.verbs[server.verbs.index("MAIL") + (verb == ".") * 2 :])

    def test_a_name_server_that_is_silent_is_not_waited_for(self, start: Start, network: Network) -> None:
        rig, server = start()
        answered = threading.Event()
        network.before = lambda: answered.wait(5)
        (attempt,) = rig.deliver(seconds=0.8).attempts
        answered.set()
        assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_DOWN, "not-sent")
        assert attempt.seconds < 1.2
        assert server.verbs == []

    def test_a_handshake_that_does_not_follow_upon_a_late_reply_is_given_up_in_time(
        self, start: Start, network: Network
    ) -> None:
        """It has what is left of the time then, and not what was left when the reply was begun to be waited for."""
        rig, _ = start()
        stop = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                for reply in (b"220 x", b"250-x\r\n250 STARTTLS", b"220 go"):
                    if reply == b"220 go":
                        time.sleep(0.6)
                    connection.sendall(reply + b"\r\n")
                    lines.readline()
                stop.wait(10)

        with socket.create_server(("127.0.0.1", 0)) as listener:
            network.lead(HOST, listener.getsockname()[1])
            threading.Thread(target=serve, daemon=True).start()
            (attempt,) = rig.deliver(seconds=1.0).attempts
            stop.set()
        assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_DOWN, "not-sent")
        assert 0.6 < attempt.seconds < 1.3

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_server_that_takes_its_time_is_waited_for(self, verb: str, start: Start) -> None:
        rig, server = start()
        server.faults[verb] = Slow(1.1 if verb == "CONNECT" else 0.4)  # longer than a connection may take
        assert rig.deliver().outcome is Outcome.SENT
        assert len(server.mails) == 1

    def test_one_that_is_slow_at_every_verb_is_given_up_in_time(self, start: Start) -> None:
        rig, server = start()
        server.faults.update(dict.fromkeys(VERBS, Slow(0.3)))
        (attempt,) = rig.deliver(seconds=1.0).attempts
        assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_DOWN, "not-sent")
        assert attempt.seconds < 1.3
        time.sleep(2.0)  # it goes on, and may write nothing more
        assert server.mails == []

    @pytest.mark.parametrize("verb", [*BEFORE_THE_END, "."])
    def test_a_reply_that_says_not_now_has_sent_nothing_and_may_be_tried_again(self, verb: str, start: Start) -> None:
        rig, server = start()
        server.faults[verb] = Reply("421 4.3.2 service shutting down")
        (attempt,) = rig.deliver().attempts
        assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_DOWN, "4.3.2")
        assert server.mails == []

    @pytest.mark.parametrize("verb", [*BEFORE_THE_END, "."])
    def test_a_reply_that_says_no_is_configuration_and_the_next_sender_is_asked(self, verb: str, start: Start) -> None:
        rig, server = start()
        server.faults[verb] = Reply("554 5.7.1 not from you")
        first, second = rig.deliver(senders=2).attempts
        assert (first.outcome, first.provider_code) == (Outcome.PROVIDER_CONFIG, "5.7.1")
        assert second.sender_name == "other"
        assert server.mails == []

    @pytest.mark.parametrize("verb", [*BEFORE_THE_END, "."])
    @pytest.mark.parametrize("reply", ["hello", "199 x", "999 x", "", "299 x", "\x00\x01"])
    def test_what_is_no_reply_to_the_verb_breaks_the_conversation_off(
        self, verb: str, reply: str, start: Start
    ) -> None:
        rig, server = start()
        server.faults[verb] = Reply(reply)
        outcome = rig.deliver(seconds=1.0).outcome
        assert outcome is (Outcome.AMBIGUOUS if verb == "." else Outcome.PROVIDER_DOWN)


def _on(port: str, verb: str) -> str:
    """The verb as it is called where TLS comes first."""
    return verb if port == "587" else {"STARTTLS": "AUTH", "EHLO over TLS": "EHLO"}.get(verb, verb)


# RFC 5321 section 4.2.3, RFC 4954 section 6, RFC 3463 section 3, IANA's registry of enhanced status codes.
@pytest.mark.parametrize(
    ("verb", "reply", "outcome", "code"),
    [
        ("CONNECT", "421 too many connections", Outcome.PROVIDER_DOWN, "smtp-421"),
        ("CONNECT", "554 no SMTP service here", Outcome.PROVIDER_CONFIG, "smtp-554"),
        ("STARTTLS", "454 TLS not available", Outcome.PROVIDER_DOWN, "smtp-454"),
        ("AUTH", "454 4.7.0 Temporary authentication failure", Outcome.PROVIDER_DOWN, "4.7.0"),
        ("MAIL", "452 4.3.1 insufficient storage", Outcome.PROVIDER_THROTTLED, "4.3.1"),
        ("MAIL", "530 5.7.0 Authentication required", Outcome.PROVIDER_CONFIG, "5.7.0"),
        ("MAIL", "553 5.1.8 sender's domain is not there", Outcome.PROVIDER_CONFIG, "5.1.8"),
        ("RCPT", "450 4.2.1 mailbox busy", Outcome.PROVIDER_THROTTLED, "4.2.1"),
        ("RCPT", "451 4.7.1 greylisted", Outcome.PROVIDER_THROTTLED, "4.7.1"),
        ("RCPT", "451 local error", Outcome.PROVIDER_DOWN, "smtp-451"),
        ("RCPT", "550 5.1.1 no such user", Outcome.REJECTED_ADDRESS, "5.1.1"),
        ("RCPT", "550 no such user", Outcome.REJECTED_ADDRESS, "smtp-550"),
        ("RCPT", "550 Relaying denied", Outcome.PROVIDER_CONFIG, "smtp-550"),
        ("RCPT", "550 5.482.913 no such user", Outcome.REJECTED_ADDRESS, "smtp-550"),
        ("RCPT", "550 5.1.10 recipient has null MX", Outcome.REJECTED_ADDRESS, "5.1.10"),
        ("RCPT", "553 mailbox name not allowed", Outcome.REJECTED_ADDRESS, "smtp-553"),
        ("RCPT", "552 5.2.2 mailbox full", Outcome.REJECTED_ADDRESS, "5.2.2"),
        ("RCPT", "550 5.7.1 relaying denied", Outcome.PROVIDER_CONFIG, "5.7.1"),
        ("RCPT", "550 5.4.5 Daily sending quota exceeded", Outcome.PROVIDER_QUOTA, "5.4.5"),
        ("RCPT", "554 transaction failed", Outcome.PROVIDER_CONFIG, "smtp-554"),
        ("DATA", "454 Throttling failure: Maximum sending rate exceeded.", Outcome.PROVIDER_THROTTLED, "smtp-454"),
        (".", "451 4.3.0 try again", Outcome.PROVIDER_DOWN, "4.3.0"),
        (".", "550 5.1.1 no such user", Outcome.REJECTED_ADDRESS, "5.1.1"),
        (".", "552 5.3.4 message too big", Outcome.PROVIDER_CONFIG, "5.3.4"),
        (".", "552 5.2.3 message too long for the mailbox", Outcome.PROVIDER_CONFIG, "5.2.3"),
        (".", "554 Message rejected: Email address is not verified.", Outcome.PROVIDER_CONFIG, "smtp-554"),
    ],
)
def test_a_reply_means_what_its_code_says_and_its_text_goes_nowhere(
    verb: str, reply: str, outcome: Outcome, code: str, start: Start
) -> None:
    rig, server = start()
    server.faults[verb] = Reply(f"{reply} {ADDRESS} {CODE}")
    (attempt,) = rig.deliver().attempts
    assert (attempt.outcome, attempt.provider_code) == (outcome, code)
    assert ADDRESS not in repr(attempt)
    assert CODE not in repr(attempt)
    assert server.mails == []


def test_a_recipient_that_the_server_does_not_know_is_the_recipient_s_fault(start: Start) -> None:
    rig, server = start()
    server.unknown.add(ADDRESS)
    assert rig.deliver().outcome is Outcome.REJECTED_ADDRESS


class TestTheLogin:
    def test_rotated_credentials_cost_one_refused_login_and_no_mail(self, start: Start) -> None:
        rig, server = start({"username": "login", "password": "old"}, SMTP.secret)
        delivery = rig.deliver()
        assert [(attempt.outcome, attempt.provider_code) for attempt in delivery.attempts] == [
            (Outcome.PROVIDER_CONFIG, "5.7.8"),
            (Outcome.SENT, None),
        ]
        assert server.verbs.count("AUTH") == 2, "a refused password is tried once"
        assert len(server.mails) == 1

    def test_a_secret_without_a_login_is_configuration_that_names_it(
        self, start: Start, subtests: pytest.Subtests
    ) -> None:
        for secret in (
            {},
            {"username": "login"},
            {"username": "login", "password": ""},
            {"username": "login", "password": "two\r\nlines"},
            {"username": "löge", "password": "x"},
            {"username": ["login"], "password": "x"},
        ):
            with subtests.test(secret=secret):
                rig, server = start(secret)
                delivery = rig.deliver()
                assert delivery.outcome is Outcome.PROVIDER_CONFIG
                assert SECRET_ARN in str(delivery.attempts[-1].problem)
                assert server.connections == 0


class TestTls:
    @pytest.mark.parametrize("port", ["587", "465"])
    def test_a_certificate_of_another_name_or_authority_gets_no_password_and_no_mail(
        self, port: str, start: Start, trusted: trustme.CA, subtests: pytest.Subtests
    ) -> None:
        for what, tls in (
            ("name", server_tls(trusted, "smtp.evil.example")),
            ("authority", server_tls(trustme.CA(), HOST)),
        ):
            with subtests.test(what):
                rig, server = start(port=port, tls=tls)
                (attempt,) = rig.deliver(seconds=2.0).attempts
                assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_DOWN, "not-sent")
                assert not {"AUTH", "MAIL"} & set(server.verbs)

    def test_a_server_without_starttls_gets_no_password_and_the_operator_is_told(self, start: Start) -> None:
        rig, server = start(tls=False)
        (attempt,) = rig.deliver().attempts
        assert (attempt.outcome, attempt.provider_code) == (Outcome.PROVIDER_CONFIG, "request-refused")
        assert "offers TLS" in str(attempt.problem)
        assert server.verbs[:1] == ["EHLO"]
        assert not {"AUTH", "MAIL"} & set(server.verbs)

    def test_what_was_said_before_tls_is_no_reply_after_it(self, start: Start, network: Network) -> None:
        """CVE-2021-38084 and its kin: replies that were injected in front of the handshake."""
        rig, server = start()
        server.faults["STARTTLS"] = Reply("220 go on\r\n250-evil\r\n250 AUTH PLAIN\r\n235 in\r\n250 ok\r\n250 ok")
        outcome = rig.deliver(seconds=1.5).outcome
        assert outcome in (Outcome.PROVIDER_DOWN, Outcome.SENT)
        assert len(server.mails) == (1 if outcome is Outcome.SENT else 0)


@pytest.mark.parametrize(
    ("address", "allowed", "outcome"),
    [
        ("10.0.0.7", False, Outcome.PROVIDER_CONFIG),
        ("10.0.0.7", True, Outcome.SENT),
        ("127.0.0.2", True, Outcome.PROVIDER_CONFIG),
        ("169.254.169.254", True, Outcome.PROVIDER_CONFIG),
    ],
)
def test_a_server_inside_is_connected_to_only_where_the_sender_says_so(
    address: str, allowed: bool, outcome: Outcome, start: Start, network: Network
) -> None:
    rig, server = start(allow_private_address=allowed)
    network.lead(HOST, server.port, address)
    delivery = rig.deliver()
    assert delivery.outcome is outcome
    assert server.connections == (1 if outcome is Outcome.SENT else 0)
    if outcome is not Outcome.SENT:
        assert "public addresses only" in str(delivery.attempts[0].problem)


def test_a_name_that_is_not_there_or_a_port_where_nobody_listens_has_sent_nothing(
    start: Start, network: Network
) -> None:
    rig, _ = start()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    network.lead(HOST, port)
    assert rig.deliver().attempts[0].provider_code == "not-sent"
    rig.settings["host"] = "other.acme.example"
    assert rig.deliver().attempts[0].provider_code == "not-sent"
