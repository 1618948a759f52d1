"""Whatever comes in and whatever breaks: the handler ends in one of its own ways, and nothing that it writes tells.

Written is what leaves the function but for requests to providers: log, metrics, standard error, other loggers' lines,
what is returned or raised, and the requests to KMS, Secrets Manager and the ledger's table.
"""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from hypothesis import currently_in_test_context, event, given, settings
from hypothesis import strategies as st
from moto.core.botocore_stubber import MockRawResponse

from custom_sender.errors import RetryableError
from custom_sender.guards.phone_number import is_number
from custom_sender.network.requests import AwsRequest, AwsResponse, HttpResponse
from custom_sender.network.transport import NotSent, PerhapsSent, RequestRefused
from custom_sender.outcome import POLICY, Outcome
from custom_sender.record.record import UNEXPECTED
from property.rig import CODE, NUMBER, PASSWORD, SECRETS, Rig, Trouble, accepts
from support.ciphertext import encrypt, truncated
from support.cognito import CLIENT_ID, POOL_ID, make_event
from support.environment import KEY_ARN
from support.logs import lambda_log

ENDINGS = {*map(str, Outcome), UNEXPECTED}
RETRYABLE = {str(outcome) for outcome, policy in POLICY.items() if policy.retry} | {UNEXPECTED}

plain = st.text(max_size=20)
secrets = st.sampled_from([CODE, PASSWORD, NUMBER, NUMBER.removeprefix("+"), "hunter2"])
# The code and the number in the middle of anything: what users write, and what callers who need not be signed in send.
texts = st.one_of(plain, secrets, st.builds("{}{}{}".format, plain, secrets, plain))
others = st.one_of(st.none(), st.booleans(), st.integers(), st.floats())
scalars = st.one_of(others, texts)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
# What is logged has an alphabet of its own. A code or a number in such a field must not get through it.
logged = st.one_of(others, plain, st.sampled_from([CODE, NUMBER]))


@st.composite
def events(draw: st.DrawFn, sent: str, password: str) -> Any:
    """An event of Cognito's, with everything in it replaced by anything now and then."""

    def perhaps(usual: Any, unusual: st.SearchStrategy[Any]) -> Any:
        return usual if draw(st.integers(0, 11)) else draw(unusual)

    trigger = draw(
        st.sampled_from(["SignUp", "ForgotPassword", "Authentication", "AccountTakeOverNotification", "New"])
    )
    code = draw(st.sampled_from([sent, sent, sent, password, None]))
    if code == password:
        trigger = "AdminCreateUser"
    if code is not None:
        code = perhaps(code, st.one_of(anything, st.integers(-200, 400).map(lambda length: truncated(sent, length))))
    raw = make_event(trigger, code=code, attributes={"phone_number": NUMBER})
    request = raw["request"]
    request["userAttributes"] |= draw(st.dictionaries(texts, anything, max_size=4))
    request["userAttributes"]["phone_number"] = perhaps(NUMBER, anything)
    request["userAttributes"] |= {name: draw(anything) for name in draw(st.lists(st.sampled_from(["sub", "locale"])))}
    request["clientMetadata"] = perhaps(None, anything)
    request["type"] = perhaps(request["type"], logged)
    raw["userName"] = perhaps("jane-roe", anything)
    raw["triggerSource"] = perhaps(raw["triggerSource"], st.one_of(logged, logged.map("CustomSMSSender_{}".format)))
    raw["userPoolId"] = perhaps(raw["userPoolId"], logged)
    raw["region"] = perhaps(raw["region"], logged)
    raw["callerContext"] = perhaps(
        raw["callerContext"], st.one_of(anything, st.fixed_dictionaries({"clientId": logged}))
    )
    raw |= draw(st.dictionaries(st.sampled_from(["version", "response", CODE]), anything, max_size=2))
    gone = perhaps(None, st.sampled_from(sorted(raw)))
    raw.pop(gone, None)
    return raw


def raises(error: Exception, *, after: bool = False) -> Trouble:
    def trouble(asked: Any, do: Callable[[], Any]) -> Any:
        if after:
            do()
        raise error

    return trouble


def answers(status: int, body: str) -> Trouble:
    def trouble(request: Any, do: Callable[[], Any]) -> Any:
        return AWSResponse(request.url, status, HTTPHeaders(), MockRawResponse(body))

    return trouble


def returns(value: Any) -> Trouble:
    return lambda asked, do: value


TELLTALE = f"{CODE} {NUMBER} {PASSWORD} hunter2"
URL = "https://service.eu-central-1.amazonaws.com/"
# What nobody foresaw, with everything in its text that must not be written.
unforeseen = st.sampled_from(
    [RuntimeError, ValueError, KeyError, OSError, UnicodeError, RecursionError, MemoryError]
).map(lambda kind: kind(TELLTALE))
aws_codes = st.sampled_from(
    [
        *(
            "AccessDeniedException",
            "ThrottlingException",
            "DisabledException",
            "NotFoundException",
            "ValidationException",
        ),
        *(
            "ResourceNotFoundException",
            "TransactionConflictException",
            "InternalServerError",
            "InvalidCiphertextException",
        ),
        *("ConditionalCheckFailedException", "TransactionCanceledException", "SomethingNew"),
    ]
)
wire_troubles = st.one_of(
    st.none(),
    st.builds(
        lambda code, status: answers(status, json.dumps({"__type": code, "message": TELLTALE})),
        aws_codes,
        st.sampled_from([400, 500, 503]),
    ),
    st.builds(answers, st.sampled_from([200, 400, 502]), st.sampled_from(["", "<html>", "[1]", "{}", "null", "\x00"])),
    st.builds(raises, st.just(ReadTimeoutError(endpoint_url=URL)), after=st.booleans()),
    st.just(raises(ConnectTimeoutError(endpoint_url=URL))),
    st.builds(raises, unforeseen, after=st.booleans()),
)
refused: Any = {"Error": {"Code": "ThrottlingException", "Message": TELLTALE}}
secret_troubles = st.one_of(
    st.none(),
    st.just(raises(ClientError(refused, "GetSecretValue"))),
    st.just(raises(EndpointConnectionError(endpoint_url=URL))),
    st.builds(lambda text: returns({"SecretString": text}), st.one_of(texts, anything.map(json.dumps))),
    st.builds(returns, anything),
    st.builds(raises, unforeseen),
)


@st.composite
def provider_answers(draw: st.DrawFn) -> Trouble:
    """Any answer, in the provider's form or not. The message did not arrive: of one that did, an answer may be lost or
    unreadable, but no provider says that it was throttled.
    """
    status = draw(st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 408, 422, 429, 500, 503]))
    named = st.fixed_dictionaries({}, optional=dict.fromkeys(("sid", "status", "code", "message", "errors"), scalars))
    body = draw(st.one_of(anything, named).map(json.dumps) | texts).encode("utf-8", "surrogatepass")
    headers = draw(
        st.dictionaries(st.sampled_from(["retry-after", "x"]), st.one_of(texts, st.sampled_from(["0", "1"])))
    )
    error_code = draw(st.one_of(st.none(), aws_codes, st.sampled_from(["Throttled", "OptedOut", CODE]), plain))
    message_id = draw(scalars)

    def trouble(request: Any, do: Callable[[], Any]) -> Any:
        if isinstance(request, AwsRequest):
            return AwsResponse(status, {"Error": {"Message": TELLTALE}, "MessageId": message_id}, error_code, TELLTALE)
        return HttpResponse(status, headers, body)

    return trouble


def echoes(request: Any, do: Callable[[], Any]) -> Any:
    """An error that repeats the message."""
    if isinstance(request, AwsRequest):
        return AwsResponse(400, {"Error": {"Message": str(request.parameters)}}, "InvalidParameter", None)
    return HttpResponse(400, dict(request.headers), accepts(request).body)  # type: ignore[union-attr]


provider_troubles = st.one_of(
    st.none(),
    st.just(raises(NotSent())),
    st.builds(raises, st.just(PerhapsSent()), after=st.booleans()),
    st.just(raises(RequestRefused("a header's name or value has a character that no header may have"))),
    st.just(echoes),
    provider_answers(),
    st.builds(raises, unforeseen, after=st.booleans()),
)
places: dict[str, st.SearchStrategy[list[Trouble | None]]] = {
    "kms": st.lists(wire_troubles, max_size=4),
    "table": st.lists(wire_troubles, max_size=8),
    "secret": st.lists(secret_troubles, max_size=4),
    "provider": st.lists(provider_troubles, max_size=6),
    "log": st.lists(st.sampled_from([None, raises(OSError("Broken pipe"))]), max_size=2),
}
everywhere = st.fixed_dictionaries(places)
# Trouble everywhere ends most messages early.
troubles = st.one_of(
    everywhere,
    *(
        st.fixed_dictionaries({place: strategy if place == only else st.just([]) for place, strategy in places.items()})
        for only in places
    ),
)


def invoke(rig: Rig, handler: Any, raw: Any) -> tuple[str, bool]:
    """One invocation: what it returned or raised, as Lambda would write it, and whether Lambda tries again."""
    context = SimpleNamespace(
        aws_request_id="8f7c0d3e-4a43-4a36-8f0e-0a3c4d1e2f30", get_remaining_time_in_millis=thirty
    )
    raised: RetryableError | None = None
    try:
        returned = handler(raw, context)
    except RetryableError as error:
        raised = error
    if raised is not None:
        assert (raised.__cause__, raised.__context__) == (None, None)
        return "".join(traceback.format_exception(raised)), True
    assert returned.keys() == {"outcome", "sender"}
    assert returned["outcome"] in ENDINGS - RETRYABLE
    return json.dumps(returned), False


def thirty() -> int:
    return 30_000


def number_of(raw: Any) -> set[str]:
    """The digits of the number that an event is for, if it is one."""
    try:
        number = raw["request"]["userAttributes"]["phone_number"]
    except (TypeError, KeyError):
        return set()
    return {number.removeprefix("+")} if isinstance(number, str) and is_number(number) else set()


def check(rig: Rig, raw: Any, happens: Mapping[str, list[Trouble | None]], mode: str, *, warm: bool) -> None:
    """Lambda's three tries of one event, and everything that must be true of them."""
    rig.begin(happens)
    handler = rig.handler(mode)
    said, tries = [], 0
    with lambda_log() as written:
        for pause in (0, 60, 120):
            rig.now += pause
            tries += 1
            if not warm:
                handler = rig.handler(mode)
            text, again = invoke(rig, handler, raw)
            said.append(text)
            if not again:
                break
    lines = [json.loads(line) for line in rig.log.getvalue().splitlines()]
    assert len(lines) == tries - sum(trouble is not None for trouble in happens["log"][:tries])
    assert {line["outcome"] for line in lines} <= ENDINGS
    if currently_in_test_context():
        for line in lines:
            event(line["outcome"])  # --hypothesis-show-statistics shows how far the examples get
    texts_of_it = (
        *(rig.log.getvalue(), written.getvalue()),
        *(*said, *rig.wire.seen, json.dumps(rig.table.items())),
    )
    everything = "\n".join(texts_of_it)
    for secret in (*SECRETS, *number_of(raw)):
        assert not re.search(rf"(?<!\d){re.escape(secret)}(?!\d)", everything), secret
    if mode == "refuse" or not any(happens["table"]):
        assert len(set(rig.phones)) == len(rig.phones), "two through one sender"


@settings(max_examples=150)
@given(data=st.data(), happens=troubles, mode=st.sampled_from(["send", "refuse"]), warm=st.booleans())
def test_any_event_and_any_trouble(rig: Rig, data: Any, happens: Any, mode: str, warm: bool) -> None:
    check(rig, data.draw(events(rig.sent, rig.password)), happens, mode, warm=warm)


@settings(max_examples=200)
@given(happens=troubles, mode=st.sampled_from(["send", "refuse"]))
def test_any_trouble_with_a_message_that_is_in_order(rig: Rig, happens: Any, mode: str) -> None:
    """So that most of the examples get as far as a provider."""
    check(rig, make_event(code=rig.sent, attributes={"phone_number": NUMBER}), happens, mode, warm=False)


@settings(max_examples=100)
@given(raw=anything)
def test_anything_at_all_in_the_place_of_an_event(rig: Rig, raw: Any) -> None:
    check(rig, raw, {"log": [], "table": []}, "refuse", warm=False)


pool_ids = st.one_of(
    st.just(POOL_ID), st.from_regex(r"eu-central-1_([0-9A-Za-z]{9}|[1-9][0-9]{6}[A-Z]{2})", fullmatch=True)
)
client_ids = st.one_of(
    st.just(CLIENT_ID), st.from_regex(r"([a-z0-9]{25}|[1-9][0-9]{14}[a-z]{10})[a-z]", fullmatch=True)
)


@settings(max_examples=200)
@given(data=st.data(), pool_id=pool_ids, client_id=client_ids)
def test_nothing_that_a_user_types_makes_a_message_count_as_failed(
    rig: Rig, data: Any, pool_id: str, client_id: str
) -> None:
    """Neither a number that is none, nor one whose digits stand in an id, nor anything in another attribute."""
    runs = re.findall(r"[0-9]+", f"{pool_id} {client_id}")
    numbers = st.one_of(
        st.just(NUMBER), st.sampled_from(runs).map("+{}".format), st.from_regex(r"\+[0-9]{1,15}"), texts
    )
    raw = make_event(code=encrypt(rig.kms.client, KEY_ARN, CODE, pool_id), userPoolId=pool_id)
    raw["callerContext"]["clientId"] = client_id
    raw["userName"] = data.draw(texts)
    raw["request"]["clientMetadata"] = data.draw(st.none() | st.dictionaries(texts, texts, max_size=3))
    raw["request"]["userAttributes"] |= data.draw(st.dictionaries(texts, texts, max_size=4))
    raw["request"]["userAttributes"] |= {name: data.draw(texts) for name in ("locale", "given_name")}
    raw["request"]["userAttributes"]["phone_number"] = data.draw(numbers)
    rig.begin({})
    with lambda_log() as written:
        text, again = invoke(rig, rig.handler("refuse"), raw)
    assert not again
    assert json.loads(text)["outcome"] in {"SENT", "REJECTED_NUMBER", "BLOCKED_COUNTRY"}
    for number in number_of(raw):
        assert number not in rig.log.getvalue() + written.getvalue()


@pytest.mark.long
@settings(max_examples=2_000)
@given(data=st.data(), happens=troubles, mode=st.sampled_from(["send", "refuse"]), warm=st.booleans())
def test_any_event_and_any_trouble_for_long(rig: Rig, data: Any, happens: Any, mode: str, warm: bool) -> None:
    check(rig, data.draw(events(rig.sent, rig.password)), happens, mode, warm=warm)


@pytest.mark.parametrize("secret", SECRETS)
def test_the_check_finds_what_is_written(rig: Rig, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the rest would prove nothing: with one careless line, it fails."""
    monkeypatch.setattr("property.rig.Rig.write", lambda self, text: self.log.write(text.replace("twilio", secret)))
    with pytest.raises(AssertionError, match=secret):
        check(
            rig,
            make_event(code=rig.sent, attributes={"phone_number": NUMBER}),
            {"log": [], "table": []},
            "send",
            warm=True,
        )


def test_without_trouble_the_message_arrives(rig: Rig) -> None:
    rig.begin({})
    for _ in range(2):
        assert not invoke(rig, rig.handler("refuse"), make_event(code=rig.sent, attributes={"phone_number": NUMBER}))[1]
    assert rig.phones == ["twilio"]
    assert [json.loads(line)["outcome"] for line in rig.log.getvalue().splitlines()] == ["SENT", "DUPLICATE"]


@pytest.mark.parametrize("text", ['{"auth_token": ' * 900 + "1" + "}" * 900, "[" * 900 + "]" * 900])
def test_a_secret_that_is_nested_without_end_is_a_sender_that_somebody_has_to_set_right(rig: Rig, text: str) -> None:
    rig.begin({"secret": [returns({"SecretString": text})]})
    assert not invoke(rig, rig.handler("refuse"), make_event(code=rig.sent, attributes={"phone_number": NUMBER}))[1]
    (line,) = (json.loads(line) for line in rig.log.getvalue().splitlines())
    assert [(attempt["sender"], attempt["outcome"]) for attempt in line["attempts"]] == [
        ("twilio", "PROVIDER_CONFIG"),
        ("aws", "SENT"),
    ]
