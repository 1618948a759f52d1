"""The transport: what was certainly not sent, what perhaps was, and that time and size are really limited."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore.session import Session

from custom_sender.network import clients
from custom_sender.network.clients import Clients
from custom_sender.network.requests import AwsRequest, AwsResponse, HttpRequest, HttpResponse, RequestRefused
from custom_sender.network.transport import RESPONSE_LIMIT_BYTES, NotSent, PerhapsSent, Transport
from localaws.providers.wire import (
    Altered,
    Answer,
    Behavior,
    Late,
    LoopbackServer,
    Request,
    ResetAfterRequest,
    SpeaksFirst,
)
from support.memory import uncollected
from support.moment import ANSWERS_AFTER_SECONDS, last_moment
from support.network import PUBLIC, Network, network

__all__ = ["network"]

HOST = "provider.example"


def request(url: str = f"https://{HOST}/send", **headers: str) -> HttpRequest:
    return HttpRequest("POST", url, headers, b"code=271828")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = str(tmp_path_factory.mktemp("authority") / "ca.pem")
    authority.cert_pem.write_to_path(file)
    return file


@pytest.fixture
def trusting(bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)


@cache
def certified(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def tls_server(authority: trustme.CA, name: str) -> LoopbackServer:
    return LoopbackServer(lambda _: Answer(200, b"ok", {"X-Mixed-Case": "Value"}), certified(authority, name))


@pytest.fixture
def server(authority: trustme.CA, network: Network, trusting: None) -> Iterator[LoopbackServer]:
    running = tls_server(authority, HOST)
    network.lead(HOST, running.port)
    yield running
    running.close()


def read(server: LoopbackServer) -> Request:
    return server.requests[-1]


def test_the_request_arrives_as_it_was_built(server: LoopbackServer) -> None:
    response = Transport().send(request("https://provider.example/send?a=b%20c", **{"X-One": "1"}), 5)
    assert isinstance(response, HttpResponse)
    assert (response.status, response.body, response.headers["x-mixed-case"]) == (200, b"ok", "Value")
    got = read(server)
    assert (got.method, got.target, got.body) == ("POST", "/send?a=b%20c", b"code=271828")
    assert (got.headers["x-one"], got.headers["host"]) == ("1", HOST)


def test_an_authority_that_ssl_cert_file_does_not_name_is_not_trusted(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(NotSent):
        Transport().send(request(), 5)
    assert server.requests == []


@pytest.mark.usefixtures("trusting")
def test_a_certificate_for_another_host_is_not_accepted(authority: trustme.CA, network: Network) -> None:
    with contextlib.closing(tls_server(authority, "other.example")) as other:
        network.lead(HOST, other.port)
        with pytest.raises(NotSent):
            Transport().send(request(), 5)
        assert other.requests == []


@pytest.mark.usefixtures("trusting")
def test_a_server_without_tls_is_not_sent_to(network: Network) -> None:
    with contextlib.closing(LoopbackServer(lambda _: Answer(200))) as plain:
        network.lead(HOST, plain.port)
        with pytest.raises(NotSent):
            Transport().send(request(), 2)


def test_an_unknown_name_is_not_sent(network: Network) -> None:
    def no_such_name() -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    network.before = no_such_name
    with pytest.raises(NotSent):
        Transport().send(request(), 5)


def test_a_name_server_that_hangs_is_not_sent_and_not_waited_for_and_never_sent_later(
    server: LoopbackServer, network: Network
) -> None:
    """No socket's time-out covers this: the resolver has its own, of many seconds."""
    answered = threading.Event()
    network.before = lambda: answered.wait(5)
    began = time.monotonic()
    with pytest.raises(NotSent):
        Transport().send(request(), 0.3)
    assert time.monotonic() - began < 1
    answered.set()
    deadline = time.monotonic() + 3
    while server.connections == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    assert server.connections == 1, "who was left alone with the name has come through to the server"
    assert server.requests == [], "and has said nothing to it"


@pytest.mark.usefixtures("trusting")
def test_a_handshake_that_hangs_is_not_sent(network: Network) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        network.lead(HOST, silent.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(NotSent):
            Transport().send(request(), 0.4)
        assert time.monotonic() - began < 1


@pytest.mark.usefixtures("trusting")
def test_a_host_that_cannot_be_connected_to_costs_a_second_and_not_the_whole_attempt(network: Network) -> None:
    """What is left of the time is the next sender's."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        network.lead(HOST, silent.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(NotSent):
            Transport().send(request(), 5)
        assert 0.9 < time.monotonic() - began < 2


def test_a_late_answer_is_perhaps_sent(server: LoopbackServer) -> None:
    server.script.append(Late(3))
    began = time.monotonic()
    with pytest.raises(PerhapsSent):
        Transport().send(request(), 0.4)
    assert time.monotonic() - began < 1


def test_an_answer_at_the_last_moment_counts(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.script.append(Late(ANSWERS_AFTER_SECONDS))
    is_over = last_moment(monkeypatch, lambda: server.requests)
    assert Transport().send(request(), 5).status == 200
    assert is_over()


def test_no_thread_stays_of_a_request_that_was_given_up(server: LoopbackServer) -> None:
    transport = Transport()
    transport.send(request(), 5)
    before = threading.active_count()
    server.script.append(Late(30))
    with pytest.raises(PerhapsSent):
        transport.send(request(), 0.3)
    deadline = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before


@pytest.mark.parametrize(
    "behavior", [ResetAfterRequest(), Late(2), Late(2, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")]
)
def test_of_a_request_that_failed_nothing_is_kept_not_even_until_garbage_is_collected(
    server: LoopbackServer, behavior: Behavior
) -> None:
    """Neither the request nor what those knew who sent it."""

    class Event:
        pass

    transport, known = Transport(), list[weakref.ref[Any]]()

    transport.send(request(), 5)

    def handle() -> None:
        event, code = Event(), request()
        known.extend((weakref.ref(event), weakref.ref(code)))
        with contextlib.suppress(PerhapsSent):
            transport.send(code, 0.3)

    handle()
    server.script.extend([behavior] * 2)
    with uncollected():
        handle()
        handle()
    assert [each() for each in known] == [None] * 6


def test_the_transport_works_on_after_every_failure(server: LoopbackServer) -> None:
    transport = Transport()
    for behavior in (ResetAfterRequest(), Late(2), Answer(500, b"x" * 1_000_000)):
        server.script.append(behavior)
        with contextlib.suppress(PerhapsSent):
            transport.send(request(), 0.4)
        response = transport.send(request(), 5)
        assert response.status == 200


def test_a_long_answer_is_cut(server: LoopbackServer) -> None:
    server.script.append(Answer(200, b"x" * (RESPONSE_LIMIT_BYTES + 1)))
    response = Transport().send(request(), 5)
    assert isinstance(response, HttpResponse)
    assert len(response.body) == RESPONSE_LIMIT_BYTES


def test_a_compressed_answer_is_not_unpacked(server: LoopbackServer) -> None:
    server.script.append(Answer(200, b"\x1f\x8b\x08bomb", {"Content-Encoding": "gzip"}))
    response = Transport().send(request(), 5)
    assert isinstance(response, HttpResponse)
    assert response.body == b"\x1f\x8b\x08bomb"


def test_a_connection_that_was_idle_for_more_than_20_seconds_is_not_used_again(server: LoopbackServer) -> None:
    """Lambda may have been frozen in between: the other side is gone, and the first request would be lost unnoticed.

    The other sides let go of idle connections after 60 s (AWS's load balancers) or 75 s (nginx). 20 s are well within
    that, and long enough for the messages of a busy minute to share a connection.
    """
    now = [1_000.0]
    transport = Transport(wall_clock=lambda: now[0])
    for pause, connections in ((0, 1), (19, 1), (19, 1), (21, 2), (19, 2), (-3600, 3)):
        now[0] += pause
        transport.send(request(), 5)
        assert server.connections == connections, f"after {pause} s"


@pytest.mark.usefixtures("trusting")
def test_the_providers_of_a_route_do_not_push_out_each_other_s_connections(
    authority: trustme.CA, network: Network
) -> None:
    """A message asks up to three. A new handshake for each would take most of an attempt's time."""
    hosts = [f"{name}.provider.example" for name in ("first", "second", "third")]
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(contextlib.closing(tls_server(authority, host))) for host in hosts]
        for host, running in zip(hosts, servers, strict=True):
            network.lead(host, running.port)
        transport = Transport()
        for host in (*hosts, *hosts):
            transport.send(request(f"https://{host}/send"), 5)
        assert [running.connections for running in servers] == [1, 1, 1]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# What the next request would take for its answer.
FORGED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"


def behind_what_is_read_at_once(answer: bytes) -> bytes:
    """In the same TLS record: no look at the socket shows that there is more."""
    return answer.ljust(io.DEFAULT_BUFFER_SIZE) + FORGED


@pytest.mark.parametrize(
    "alter",
    [
        pytest.param(lambda answer: answer + FORGED, id="another answer behind it"),
        pytest.param(behind_what_is_read_at_once, id="another answer far behind it"),
        pytest.param(lambda answer: answer.replace(b"th: 2", b"th: 1"), id="a body that is longer than announced"),
        pytest.param(lambda answer: answer.replace(b"th: 2", b"th: 3"), id="a body that is shorter than announced"),
        pytest.param(lambda answer: answer.replace(b" 200 ", b" 204 "), id="a body where none may be"),
        pytest.param(lambda answer: answer.replace(b" 200 ", b" 304 "), id="a body where none is needed"),
        pytest.param(lambda _: CHUNKED + b"2\r\nok\r\n0\r\n\r\nmore", id="more than the last chunk"),
        pytest.param(lambda _: CHUNKED + b"2\r\nokay\r\n0\r\n\r\n", id="a chunk that is longer than announced"),
        pytest.param(lambda _: CHUNKED + b"2\r\nok\r\n0\r\n", id="a last chunk without an end"),
        pytest.param(
            lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: gzip, chunked\r\n\r\nok",
            id="a length and an encoding",
        ),
        pytest.param(lambda answer: answer.replace(b"\r\n\r\n", b"\r\nX\r\n\r\n"), id="a header that is none"),
        pytest.param(lambda answer: b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + answer, id="another protocol"),
    ],
)
def test_a_connection_whose_exchange_did_not_end_cleanly_is_not_used_again(
    alter: Callable[[bytes], bytes], server: LoopbackServer
) -> None:
    transport = Transport()
    server.script.extend([Altered(alter), Answer(500, b"refused")])
    with contextlib.suppress(PerhapsSent):
        transport.send(request(), 0.4)
    second = transport.send(request(), 5)
    assert isinstance(second, HttpResponse)
    assert (second.status, second.body) == (500, b"refused")
    assert server.connections == 2


def test_what_comes_while_a_connection_is_idle_answers_nothing(server: LoopbackServer) -> None:
    """RFC 9112 section 9.2."""
    idle = threading.Event()

    def then(connection: socket.socket) -> None:
        idle.wait(5)
        connection.sendall(FORGED)

    transport = Transport()
    server.script.extend([Altered(lambda answer: answer, then), Answer(500, b"refused")])
    assert transport.send(request(), 5).status == 200
    idle.set()
    time.sleep(0.2)  # what it says is on its way
    assert transport.send(request(), 5).status == 500
    assert server.connections == 2


def test_an_answer_that_comes_before_the_request_answers_nothing(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    handshake = ssl.SSLSocket.do_handshake

    def then_it_speaks(connection: ssl.SSLSocket, *arguments: Any) -> None:
        handshake(connection, *arguments)
        if not connection.server_side:
            time.sleep(0.2)  # what it says is on its way

    monkeypatch.setattr(ssl.SSLSocket, "do_handshake", then_it_speaks)
    server.script.append(SpeaksFirst(FORGED))
    with pytest.raises(NotSent):
        Transport().send(request(), 5)
    assert server.requests == []


def test_a_request_that_could_smuggle_something_does_not_leave(
    server: LoopbackServer, subtests: pytest.Subtests
) -> None:
    for bad in [
        HttpRequest("POST", "http://provider.example/", {}, b""),
        HttpRequest("POST", "ftp://provider.example/", {}, b""),
        HttpRequest("POST", "https:///path", {}, b""),
        HttpRequest("POST", "https://provider.example/a\r\nX: y", {}, b""),
        HttpRequest("POST", "https://provider.example/", {"X": "a\r\nY: b"}, b""),
        HttpRequest("POST", "https://provider.example/", {"X": "a\nb"}, b""),
        HttpRequest("POST", "https://provider.example/", {"X": "a\x00"}, b""),
        HttpRequest("POST", "https://provider.example/", {"X": "ä"}, b""),
        HttpRequest("POST", "https://provider.example/", {"X: y\r\nZ": "a"}, b""),
        HttpRequest("POST", "https://provider.example/", {"": "a"}, b""),
    ]:
        with subtests.test(bad=bad):
            with pytest.raises(RequestRefused):
                Transport().send(bad, 5)
            assert server.connections == 0


# --- addresses (which ones are good: test_unit_addresses.py) ---


def private(url: str = f"https://{HOST}/send") -> HttpRequest:
    return HttpRequest("POST", url, {}, b"code=271828", allow_private_address=True)


def test_a_name_that_leads_to_an_address_that_is_not_public_is_not_connected_to(
    server: LoopbackServer, network: Network, subtests: pytest.Subtests
) -> None:
    for address in ["10.0.0.7", "127.0.0.2", "169.254.169.254", "203.0.113.7"]:
        with subtests.test(address=address):
            network.lead(HOST, server.port, address)
            fix = "set allow_private_address = true on this sender if the host is in"
            with pytest.raises(RequestRefused, match=fix):
                Transport().send(request(), 5)
            assert network.connected == []


def test_one_bad_address_among_good_ones_refuses_the_name(server: LoopbackServer, network: Network) -> None:
    network.lead(HOST, server.port, PUBLIC.format(1), "10.0.0.7")
    with pytest.raises(RequestRefused):
        Transport().send(request(), 5)
    assert network.connected == []


def test_an_address_in_the_place_of_a_name_is_judged_too_however_it_is_written(
    network: Network, subtests: pytest.Subtests
) -> None:
    transport = Transport()
    for address in ("127.0.0.1", "2130706433", "0x7f.1", "169.254.169.254", "0"):
        for ask in (request, private):
            with subtests.test(address, allowed=ask.__name__):
                with pytest.raises(RequestRefused):
                    transport.send(ask(f"https://{address}/latest/"), 5)
                assert network.connected == []


def test_a_name_is_resolved_once_and_the_address_that_was_judged_is_connected_to(
    server: LoopbackServer, network: Network
) -> None:
    """DNS rebinding: the second answer would be another one."""
    network.before = lambda: network.lead(
        HOST, server.port, *(["10.0.0.7"] if network.resolved else [PUBLIC.format(9)])
    )
    transport = Transport()
    assert transport.send(request(), 5).status == 200
    assert (network.resolved, network.connected) == ([HOST], [PUBLIC.format(9)])
    # The connection that stands is used again. A new one asks again, and is refused.
    assert transport.send(request(), 5).status == 200
    with pytest.raises(RequestRefused):
        Transport().send(request(), 5)


def test_the_next_address_is_used_when_one_does_not_answer(server: LoopbackServer, network: Network) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as closed:
        nobody = closed.getsockname()[1]
    network.lead(HOST, server.port, PUBLIC.format(1), PUBLIC.format(2))
    network.lead("nobody.example", nobody, PUBLIC.format(1))
    assert Transport().send(request(), 5).status == 200
    assert network.connected == [PUBLIC.format(1), PUBLIC.format(2)]


def test_a_private_host_is_used_when_its_sender_says_so(server: LoopbackServer, network: Network) -> None:
    network.lead(HOST, server.port, "10.0.0.7")
    assert Transport().send(private(), 5).status == 200
    assert network.connected == ["10.0.0.7"]


def test_a_connection_to_a_private_host_is_not_lent_to_a_sender_that_may_not_have_it(
    server: LoopbackServer, network: Network
) -> None:
    network.lead(HOST, server.port, "10.0.0.7")
    transport = Transport()
    transport.send(private(), 5)
    with pytest.raises(RequestRefused):
        transport.send(request(), 5)


def test_a_refusal_carries_nothing_of_the_request(server: LoopbackServer, network: Network) -> None:
    network.lead(HOST, server.port, "10.0.0.7")
    asked = request("https://provider.example/send?token=hunter2")
    with pytest.raises(RequestRefused) as caught:
        Transport().send(asked, 5)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_failures_carry_nothing_of_the_request(server: LoopbackServer) -> None:
    asked = request("https://provider.example/send?token=hunter2")
    server.script.append(ResetAfterRequest())
    with pytest.raises(PerhapsSent) as caught:
        Transport().send(asked, 5)
    assert (str(caught.value), caught.value.__cause__, caught.value.__context__) == ("", None, None)
    text = "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in text
    assert "271828" not in text


def test_nothing_is_made_before_it_is_needed(
    server: LoopbackServer, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authorities are read when something is sent, and not while the function starts."""
    monkeypatch.delenv("SSL_CERT_FILE")
    transport = Transport()
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    assert transport.send(request(), 5).status == 200


# --- AWS ---


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCESS_KEY_ID", "AKIDEXAMPLE"), ("SECRET_ACCESS_KEY", "example"), ("REGION", "eu-central-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")


def publish(**parameters: Any) -> AwsRequest:
    return AwsRequest("sns", "publish", {"Message": "271828", **parameters}, "eu-central-1")


@pytest.mark.usefixtures("aws")
def test_what_the_sdk_cannot_do_is_an_answer_of_its_own(subtests: pytest.Subtests) -> None:
    for asked, code in [
        (AwsRequest("no-such-service", "publish", {}, "eu-central-1"), "SdkTooOld"),
        (AwsRequest("sns", "operation_of_next_year", {}, "eu-central-1"), "SdkTooOld"),
        (publish(ParameterOfNextYear="x"), "SdkTooOld"),
        (publish(PhoneNumber=7), "SdkRefusedParameters"),
        (AwsRequest("sns", "publish", {}, "eu-central-1"), "SdkRefusedParameters"),
        (publish(PhoneNumber="\ud800"), "SdkRefusedParameters"),
        (AwsRequest("sns", "publish", {"Message": "x"}, "not a region"), "SdkNotConfigured"),
    ]:
        with subtests.test(asked=asked, code=code):
            response = Transport().send(asked, 5)
            assert response == AwsResponse(status=0, result={}, error_code=code, reason=None)


def test_without_a_region_or_credentials_the_sdk_is_not_configured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(clients, "client", Clients().client)  # the process's own has found credentials, and keeps them
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for region in (None, "eu-central-1"):
        asked = AwsRequest("sns", "publish", {"Message": "x"}, region)
        response = Transport().send(asked, 5)
        assert isinstance(response, AwsResponse)
        assert response.error_code == "SdkNotConfigured"


def test_credentials_that_could_not_be_fetched_now_are_no_fault_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A message with such a fault would be over; nothing was sent, and Lambda's retry can send it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    # botocore refuses this one at once; one that does not answer takes it seconds.
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://role.example/credentials")
    monkeypatch.setattr(clients, "client", Clients().client)
    with pytest.raises(NotSent):
        Transport().send(AwsRequest("sns", "publish", {"Message": "x"}, "eu-central-1"), 5)


@pytest.mark.usefixtures("aws")
def test_a_refused_aws_endpoint_is_not_sent() -> None:
    with pytest.raises(NotSent):
        Transport().send(publish(PhoneNumber="+4915112345678"), 5)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("wrong", ["by nobody who is trusted", "for another host"])
def test_an_aws_endpoint_whose_certificate_is_wrong_is_not_sent(
    wrong: str, server: LoopbackServer, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{server.port}")
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    if wrong == "for another host":
        monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with pytest.raises(NotSent):
        Transport().send(publish(PhoneNumber="+4915112345678"), 5)
    assert server.requests == []


@pytest.mark.usefixtures("aws")
def test_one_client_for_each_service_and_region_that_tries_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, str, Any]] = []
    create = Session.create_client

    def record(session: Session, service: str, **options: Any) -> Any:
        client = create(session, service, **options)
        made.append((service, client.meta.region_name, client.meta.config))
        return client

    monkeypatch.setattr(Session, "create_client", record)
    transport = Transport()
    for region in ("eu-central-1", "eu-central-1", "us-west-2"):
        with contextlib.suppress(NotSent):
            transport.send(AwsRequest("sns", "publish", {"Message": "x", "PhoneNumber": "+4915112345678"}, region), 5)
    assert [(service, region) for service, region, _ in made] == [("sns", "eu-central-1"), ("sns", "us-west-2")]
    for _, _, config in made:
        assert (config.connect_timeout, config.retries["total_max_attempts"]) == (1.0, 1)
