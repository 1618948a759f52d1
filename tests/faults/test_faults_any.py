"""Whatever comes in and whatever breaks: the handler ends in one of its own ways, and nothing that it writes tells."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from hypothesis import currently_in_test_context, event, given
from hypothesis import settings as draws
from hypothesis import strategies as st

from custom_sender.network.requests import AwsRequest, AwsResponse, HttpResponse, RequestRefused
from custom_sender.network.transport import NotSent, PerhapsSent
from faults.world import PROVIDER_SECRET, Event, Invocation, Trouble, World, accepts, raises, settings
from support.ciphertext import truncated
from support.cognito import CLIENT_ID, POOL_ID, make_event
from support.dynamodb import answered, refuses

CODE = "9081726354"
PASSWORD = "Xq9!9081726354&lt;"
NUMBER = "+4917730918265"
ADDRESS = "jane.roe@customer.example"
# What must not be written, in any of the forms in which it passes through the function.
SECRETS = (PROVIDER_SECRET, "Xq9!", "jane.roe", "customer.example")
NUMBERS = (CODE, NUMBER.removeprefix("+"))
SETTINGS = {mode: settings(mode, email=True) for mode in ("send", "refuse")}
modes = st.sampled_from([*SETTINGS])

plain = st.text(max_size=20)
secrets = st.sampled_from([CODE, PASSWORD, NUMBER, NUMBER.removeprefix("+"), PROVIDER_SECRET, ADDRESS])
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
    raw = make_event(trigger, code=code, attributes={"phone_number": NUMBER, "email": ADDRESS})
    if draw(st.booleans()):
        raw |= by_mail(raw)
    request = raw["request"]
    request["userAttributes"] |= draw(st.dictionaries(texts, anything, max_size=4))
    request["userAttributes"]["phone_number"] = perhaps(NUMBER, anything)
    request["userAttributes"]["email"] = perhaps(ADDRESS, anything)
    request["userAttributes"] |= {name: draw(anything) for name in draw(st.lists(st.sampled_from(["sub", "locale"])))}
    request["clientMetadata"] = perhaps(None, anything)
    request["type"] = perhaps(request["type"], st.one_of(logged, st.just("customEmailSenderRequestV1")))
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


def by_mail(raw: Any) -> Any:
    """The same event of the other channel."""
    request = {**raw["request"], "type": "customEmailSenderRequestV1"}
    return {**raw, "triggerSource": raw["triggerSource"].replace("SMS", "Email"), "request": request}


def returns(value: Any) -> Trouble:
    return lambda asked, do: value


TELLTALE = f"{CODE} {NUMBER} {PASSWORD} {PROVIDER_SECRET}"
URL = "https://service.eu-central-1.amazonaws.com/"
# What nobody foresaw, with everything in its text that must not be written.
unforeseen = st.sampled_from(
    [RuntimeError, ValueError, KeyError, OSError, UnicodeError, RecursionError, MemoryError]
).map(lambda kind: kind(TELLTALE))
aws_codes = st.sampled_from(
    [
        *("AccessDeniedException", "ConditionalCheckFailedException", "DisabledException", "InternalServerError"),
        *("InvalidCiphertextException", "NotFoundException", "ResourceNotFoundException", "SomethingNew"),
        *("ThrottlingException", "TransactionCanceledException", "TransactionConflictException"),
        "ValidationException",
    ]
)
bodies = st.sampled_from(["", "<html>", "[1]", "{}", "null", "\x00"])
wire_troubles = st.one_of(
    st.none(),
    st.builds(refuses, aws_codes, st.sampled_from([400, 500, 503]), message=st.just(TELLTALE)),
    st.builds(
        lambda status, body: lambda asked, do: answered(asked, body, status), st.sampled_from([200, 400, 502]), bodies
    ),
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
    return HttpResponse(400, dict(request.headers), accepts(request).body)


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
# Trouble everywhere ends most messages early.
troubles = st.one_of(
    st.fixed_dictionaries(places),
    *(st.fixed_dictionaries({only: strategy}) for only, strategy in places.items()),
)


@pytest.fixture(scope="module")
def codes(world: World) -> tuple[str, str]:
    """A code and a password, as Cognito sends them."""
    return world.encrypt(CODE), world.encrypt(PASSWORD)


def in_order(codes: tuple[str, str]) -> Any:
    return make_event(code=codes[0], attributes={"phone_number": NUMBER})


def happen(
    world: World, raw: Any, happens: Mapping[str, Iterable[Trouble | None]], mode: str = "refuse", **options: Any
) -> list[Invocation]:
    """Lambda's three tries of one event, and everything that must be true of them."""
    waiting = {place: iter(those) for place, those in happens.items()}
    world.begin(SETTINGS[mode], lambda place, _: next(waiting.get(place, iter(())), None), **options)
    made = Event(raw)
    world.accept(made)
    world.run()
    log = [*itertools.islice(happens.get("log", ()), len(made.invocations))]
    assert len(made.lines) == len(made.invocations) - sum(trouble is not None for trouble in log)
    for invocation in made.invocations:
        if invocation.line is not None:
            invocation.require_an_ending()
            if currently_in_test_context():
                event(invocation.line["outcome"])  # --hypothesis-show-statistics shows how far the examples get
    assert world.told(*SECRETS, numbers=(*NUMBERS, *number_of(raw))) == set()
    if mode == "refuse" or not any(happens.get("table", ())):
        assert len(set(made.phones)) == len(made.phones), "two through one sender"
    return made.invocations


def number_of(raw: Any) -> set[str]:
    """The digits of the number that an event is for, if it is one: E.164."""
    try:
        number = raw["request"]["userAttributes"]["phone_number"]
    except (TypeError, KeyError):
        return set()
    return {number[1:]} if isinstance(number, str) and re.fullmatch(r"\+[1-9][0-9]{6,14}", number) else set()


@draws(max_examples=150)
@given(data=st.data(), happens=troubles, mode=modes, warm=st.booleans())
def test_any_event_in_any_trouble_comes_to_an_end_and_tells_nothing(
    world: World, codes: tuple[str, str], data: Any, happens: Any, mode: str, warm: bool
) -> None:
    happen(world, data.draw(events(*codes)), happens, mode, warm=warm)


@draws(max_examples=200)
@given(happens=troubles, mode=modes, channel=st.sampled_from([dict, by_mail]))
def test_a_message_that_is_in_order_comes_to_an_end_in_any_trouble(
    world: World, codes: tuple[str, str], happens: Any, mode: str, channel: Callable[[Any], Any]
) -> None:
    """So that most of the examples get as far as a provider."""
    happen(world, channel(in_order(codes)), happens, mode, warm=False)


@draws(max_examples=100)
@given(raw=anything)
def test_anything_at_all_in_the_place_of_an_event_comes_to_an_end(world: World, raw: Any) -> None:
    happen(world, raw, {})


@pytest.mark.long
@draws(max_examples=2_000)
@given(data=st.data(), happens=troubles, mode=modes, warm=st.booleans())
def test_any_event_in_any_trouble_comes_to_an_end_and_tells_nothing_for_long(
    world: World, codes: tuple[str, str], data: Any, happens: Any, mode: str, warm: bool
) -> None:
    happen(world, data.draw(events(*codes)), happens, mode, warm=warm)


pool_ids = st.one_of(
    st.just(POOL_ID), st.from_regex(r"eu-central-1_([0-9A-Za-z]{9}|[1-9][0-9]{6}[A-Z]{2})", fullmatch=True)
)
client_ids = st.one_of(
    st.just(CLIENT_ID), st.from_regex(r"([a-z0-9]{25}|[1-9][0-9]{14}[a-z]{10})[a-z]", fullmatch=True)
)


@draws(max_examples=200)
@given(data=st.data(), pool_id=pool_ids, client_id=client_ids)
def test_nothing_that_a_user_types_makes_a_message_count_as_failed(
    world: World, data: Any, pool_id: str, client_id: str
) -> None:
    """Neither a number that is none, nor one whose digits stand in an id, nor anything in another attribute."""
    runs = re.findall(r"[0-9]+", f"{pool_id} {client_id}")
    numbers = st.one_of(
        st.just(NUMBER), st.sampled_from(runs).map("+{}".format), st.from_regex(r"\+[0-9]{1,15}"), texts
    )
    raw = make_event(code=world.encrypt(CODE, pool_id), userPoolId=pool_id)
    raw["callerContext"]["clientId"] = client_id
    raw["userName"] = data.draw(texts)
    raw["request"]["clientMetadata"] = data.draw(st.none() | st.dictionaries(texts, texts, max_size=3))
    raw["request"]["userAttributes"] |= data.draw(st.dictionaries(texts, texts, max_size=4))
    raw["request"]["userAttributes"] |= {name: data.draw(texts) for name in ("locale", "given_name")}
    raw["request"]["userAttributes"]["phone_number"] = data.draw(numbers)
    (invocation,) = happen(world, raw, {})
    assert invocation.line is not None
    assert invocation.line["outcome"] in {"SENT", "REJECTED_NUMBER", "BLOCKED_COUNTRY"}


@pytest.mark.parametrize("secret", [*SECRETS, *NUMBERS])
def test_a_secret_in_a_line_is_found(
    world: World, codes: tuple[str, str], secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the rest would prove nothing: with one careless line, it fails."""
    write = World.write
    monkeypatch.setattr(World, "write", lambda self, text: write(self, text.replace("twilio", secret)))
    with pytest.raises(AssertionError, match=secret):
        happen(world, in_order(codes), {})


def test_without_trouble_the_message_arrives_once(world: World, codes: tuple[str, str]) -> None:
    world.begin(SETTINGS["refuse"], warm=False)
    made = Event(in_order(codes))
    world.accept(made, again_after=1.0)
    world.run()
    assert (made.phones, made.outcomes) == (["twilio"], ["SENT", "DUPLICATE"])


@pytest.mark.parametrize(
    "text", ['{"auth_token": ' * 900 + "1" + "}" * 900, "[" * 900 + "]" * 900], ids=["objects", "lists"]
)
def test_a_secret_that_is_nested_without_end_is_a_sender_that_somebody_has_to_set_right(
    world: World, codes: tuple[str, str], text: str
) -> None:
    (invocation,) = happen(world, in_order(codes), {"secret": [returns({"SecretString": text})]})
    assert invocation.line is not None
    assert [(attempt["sender"], attempt["outcome"]) for attempt in invocation.line["attempts"]] == [
        ("twilio", "PROVIDER_CONFIG"),
        ("aws", "SENT"),
    ]


def test_an_answer_that_takes_long_is_given_up_in_simulated_time(world: World, codes: tuple[str, str]) -> None:
    """However slow the machine is: no example depends on it."""

    def slowly(_: Any, do: Callable[[], Any]) -> Any:
        world.wait(10)
        return do()

    (invocation,) = happen(world, in_order(codes), {"secret": [slowly]})
    assert [(each["sender"], each.get("provider_code")) for each in (invocation.line or {})["attempts"]] == [
        ("twilio", "credentials-unavailable"),
        ("aws", None),
    ]
