"""Ledger, limits, testers, lives of codes in the settings: what is read, and what is refused with its fix."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.channels.sms import Limits
from custom_sender.errors import SettingsError
from custom_sender.guards.limits import Limit, Mode
from custom_sender.guards.protection import OnLedgerFailure, Protection, Testers
from custom_sender.settings import Settings, load
from support import refusals
from support.configured import sms_of
from support.environment import LEDGER, LIMITS, environment

HASH_KEY = "00112233445566778899aabbccddeeff"
SENDERS = {"aws": {"kind": "sns"}, "off": {"kind": "sns", "enabled": False}, "testers": {"kind": "sns"}}
SMS = {
    "limits": {
        "number": {"max": 3, "per_seconds": 600, "mode": "enforce"},
        "prefix": {"max": 50, "per_seconds": 3600, "mode": "monitor", "without_last_digits": 3},
        "country": {"max": 5000, "per_seconds": 3600, "mode": "off"},
        "overall": {"max": 9000, "per_seconds": 60, "mode": "monitor"},
    },
    "blocked_prefixes": ["+4915550", "+1"],
    "allowed_ranges": ["satellite", "inmarsat"],
}
PROTECTION: dict[str, Any] = {
    "on_ledger_failure": "refuse",
    "test_recipients": {"numbers": ["+15550100*", "+4915550001", "+4915550002"], "sender": "testers"},
    "code_lifetimes_seconds": {"Authentication": 900, "SignUp": 7200},
}


def settings(
    *, sms: Any = None, protection: Any = None, references: dict[str, Any] | None = None, **variables: str
) -> Settings:
    changes = {
        "senders": SENDERS,
        "sms": {} if sms is None else sms,
        "protection": {} if protection is None else protection,
    }
    return load(environment(changes, references, **variables))


def refused(content: object = None, **wrong: Any) -> str:
    return refusals.refused(lambda: settings(**wrong), content)


def test_everything_that_terraform_can_write_is_read() -> None:
    read = settings(sms=SMS, protection=PROTECTION)
    assert read.protection == Protection(
        on_ledger_failure=OnLedgerFailure.REFUSE,
        testers=Testers("testers", frozenset({"+4915550001", "+4915550002"}), ("+15550100",)),
        lifetimes_seconds={"Authentication": 900, "SignUp": 7200},
    )
    channel = sms_of(read)
    assert channel.limits == Limits(
        number=Limit(3, 600, Mode.ENFORCE),
        prefix=Limit(50, 3600, Mode.MONITOR),
        country=None,
        overall=Limit(9000, 60, Mode.MONITOR),
        without_last_digits=3,
    )
    assert channel.blocked_prefixes == ("+4915550", "+1")
    assert channel.allowed_ranges == {"satellite", "inmarsat"}
    assert channel.testers == read.protection.testers


def test_what_is_null_or_empty_protects_from_nothing() -> None:
    """The defaults of the limits stand in Terraform; without a ledger it writes null."""
    nothing: dict[str, Any] = {"limits": None, "blocked_prefixes": [], "allowed_ranges": []}
    read = settings(sms=nothing)
    assert read.protection == Protection()
    channel = sms_of(read)
    assert (channel.limits, channel.blocked_prefixes, channel.allowed_ranges) == (Limits(), (), frozenset())
    assert Protection().on_ledger_failure is OnLedgerFailure.SEND


@pytest.mark.parametrize("scope", LIMITS)
def test_a_limit_that_is_off_is_none(scope: str) -> None:
    off = {**LIMITS, scope: {**LIMITS[scope], "mode": "off"}}
    limits = sms_of(settings(sms={"limits": off})).limits
    assert getattr(limits, scope) is None
    assert all(getattr(limits, other) is not None for other in LIMITS if other != scope)


@pytest.mark.parametrize(
    ("number", "theirs"),
    [
        ("+4915550001", True),
        ("+49155500011", False),
        ("+155501001", True),
        ("+15550100", True),
        ("+15550101", False),
        ("+4915550003", False),
    ],
)
def test_numbers_of_testers_are_whole_ones_and_beginnings(number: str, theirs: bool) -> None:
    testers = settings(protection=PROTECTION).protection.testers
    assert testers is not None
    assert testers.have_number(number) is theirs


@pytest.mark.parametrize(
    ("protection", "says"),
    [
        ([], "protection: an object. Got: a list"),
        (
            {"color": 1},
            "protection: an object with code_lifetimes_seconds, on_ledger_failure, test_recipients. Got: col",
        ),
        (
            {"limits": {}},
            "protection: an object with code_lifetimes_seconds, on_ledger_failure, test_recipients. Got: lim",
        ),
        *(
            ({"on_ledger_failure": word}, 'protection.on_ledger_failure: one of "send", "refuse"')
            for word in ("wait", ["send"], "Send", None)
        ),
        ({"test_recipients": "+15550100123"}, "protection.test_recipients: an object"),
        ({"test_recipients": {"numbers": ["+15550100123"]}}, "protection.test_recipients.sender: the name of a sender"),
        ({"test_recipients": {"sender": "testers"}}, "protection.test_recipients: numbers or addresses of testers"),
        *(
            (
                {"test_recipients": {"numbers": numbers, "sender": "testers"}},
                says,
            )
            for numbers, says in (
                ([], "protection.test_recipients: numbers or addresses of testers. Got: none"),
                ([None], "protection.test_recipients: numbers or addresses of testers. Got: none"),
                ("+15550100123", "protection.test_recipients.numbers: a list"),
            )
        ),
        *(
            (
                {"test_recipients": {"addresses": [address], "sender": "testers"}},
                "protection.test_recipients.addresses: an e-mail address in small letters",
            )
            for address in ("*", "qa", "QA@example.com", "*@*", "*@com", "qa@example", "q*@example.com", 5)
        ),
        *(
            (
                {"test_recipients": {"numbers": ["+15550100123", number], "sender": "testers"}},
                "protection.test_recipients.numbers: a number in E.164",
            )
            for number in ("*", "+15550*", "+15550", "15550100123", 15550100123)
        ),
        (
            {"test_recipients": {**PROTECTION["test_recipients"], "colour": 1}},
            "protection.test_recipients: an object with addresses, numbers, sender. Got: colour. ",
        ),
        (
            {"code_lifetimes_seconds": {"SignIn": 60}},
            "protection.code_lifetimes_seconds: each name is a trigger: Account",
        ),
        *(
            (
                {"code_lifetimes_seconds": {"SignUp": life}},
                "protection.code_lifetimes_seconds.SignUp: a whole number from 60 to 31536000",
            )
            for life in (0, -1, 59, 60.5, 31_536_001, True, "3600", float("nan"))
        ),
        ({"code_lifetimes_seconds": [60]}, "protection.code_lifetimes_seconds: an object"),
    ],
)
def test_what_is_wrong_of_protection_is_named_with_the_fix(protection: Any, says: str) -> None:
    assert refused(protection, protection=protection).startswith(says)


@pytest.mark.parametrize("name", ["nobody", "off"])
def test_the_sender_of_testers_is_one_that_is_switched_on(name: str) -> None:
    says = refused(protection={"test_recipients": {"numbers": ["+155501*"], "sender": name}})
    rule = "a sender that is switched on, among aws, testers"
    assert says == f"protection.test_recipients.sender: {rule}. Got: {name}. Fix: name one of these."


@pytest.mark.parametrize(
    ("sms", "says"),
    [
        ({"limits": []}, "sms.limits: an object. Got: a list"),
        (
            {"limits": {**LIMITS, "user": {}}},
            "sms.limits: an object with country, number, overall, prefix. Got: user. ",
        ),
        *(({"limits": {**LIMITS, scope: None}}, f"sms.limits.{scope}: an object. Got: nothing") for scope in LIMITS),
        *(({"limits": {**LIMITS, scope: 5}}, f"sms.limits.{scope}: an object. Got: a number") for scope in LIMITS),
        *(
            ({"limits": {**LIMITS, scope: {**limit, name: None}}}, f"sms.limits.{scope}.{name}: ")
            for scope, limit in LIMITS.items()
            for name in limit
        ),
        *(
            (
                {"limits": {**LIMITS, "country": {**LIMITS["country"], "mode": mode}}},
                'sms.limits.country.mode: one of "enforce", "monitor", "off"',
            )
            for mode in ("Off", "stop", True, ["off"])
        ),
        *(
            (
                {"limits": {**LIMITS, "country": {**LIMITS["country"], "max": most}}},
                "sms.limits.country.max: a whole number from 1 to 1000000000",
            )
            for most in (0, True, "10", 1.5, 1_000_000_001)
        ),
        *(
            (
                {"limits": {**LIMITS, "country": {**LIMITS["country"], "per_seconds": seconds}}},
                "sms.limits.country.per_seconds: a whole number from 1 to 2592000",
            )
            for seconds in (0, 0.5, 2_592_001)
        ),
        (
            {"limits": {**LIMITS, "number": {**LIMITS["number"], "without_last_digits": 4}}},
            "sms.limits.number: an object with max, mode, per_seconds. Got: without_last_digits. ",
        ),
        *(
            (
                {"limits": {**LIMITS, "prefix": {**LIMITS["prefix"], "without_last_digits": digits}}},
                "sms.limits.prefix.without_last_digits: a whole number from 1 to 6",
            )
            for digits in (0, 7)
        ),
        ({"blocked_prefixes": "+4915"}, "sms.blocked_prefixes: a list, each item the beginning of numbers"),
        *(
            ({"blocked_prefixes": ["+1", prefix]}, "sms.blocked_prefixes: the beginning of numbers")
            for prefix in ("49", "+", "+4915*", 49)
        ),
        *(
            ({"allowed_ranges": [name]}, "sms.allowed_ranges: one of disaster_relief, freephone, inmarsat, ")
            for name in ("iridium", "satellite|premium", 881)
        ),
        ({"allowed_ranges": "satellite"}, "sms.allowed_ranges: a list, each item one of disaster_relief, "),
    ],
)
def test_what_is_wrong_of_sms_is_named_with_the_fix(sms: Any, says: str) -> None:
    assert refused(sms, sms=sms).startswith(says)


def test_a_setting_of_another_version_is_named_with_the_fix() -> None:
    assert "use the function's package of the Terraform module's version" in refused(protection={"color": 1})


def test_a_range_needs_the_default_route() -> None:
    """It has no country, so that no country's route can be its own."""
    routes = {"DE": ["aws"], "US": ["aws"]}
    assert sms_of(settings(sms={"routes": routes, "allowed_ranges": []})).allowed_ranges == frozenset()
    says = refused(sms={"routes": routes, "allowed_ranges": ["satellite"]})
    assert says.startswith('sms.routes: "default", which the ranges of sms.allowed_ranges take. Got: none. ')


class TestLedger:
    @pytest.mark.parametrize("references", [{}, {"ledger_table": None}])
    def test_without_a_table_there_is_none(self, references: dict[str, Any]) -> None:
        loaded = settings(references=references, SENDER_HASH_KEY="")
        assert (loaded.ledger_table, loaded.hash_key) == (None, None)

    def test_the_ledger_s_table_and_key_are_read(self) -> None:
        loaded = settings(references=dict(LEDGER), SENDER_HASH_KEY=HASH_KEY)
        assert (loaded.ledger_table, loaded.hash_key) == ("acme-login-ledger", bytes.fromhex(HASH_KEY))

    def test_a_key_alone_gives_numbers_their_id_in_the_log(self) -> None:
        assert settings(SENDER_HASH_KEY=HASH_KEY * 2).hash_key == bytes.fromhex(HASH_KEY * 2)

    def test_the_key_is_never_shown(self) -> None:
        loaded = settings(SENDER_HASH_KEY=HASH_KEY)
        assert HASH_KEY not in repr(loaded)
        assert repr(loaded.hash_key) not in repr(loaded)

    @pytest.mark.parametrize("key", ["", HASH_KEY[:-2], HASH_KEY + "0", "x" * 32])
    def test_a_ledger_needs_a_key_and_the_error_does_not_repeat_it(self, key: str) -> None:
        says = refused(key, references=LEDGER, SENDER_HASH_KEY=key)
        assert says.startswith(
            "SENDER_HASH_KEY: an even number of hexadecimal digits, 32 or more, which a ledger needs"
        )
        assert f"Got: {'something else' if key else 'nothing'}. " in says

    @pytest.mark.parametrize("name", ["", " ", "ab", "a/b", "arn:aws:dynamodb:eu-central-1:123456789012:table/x", 7])
    def test_what_is_not_a_tables_name_is_refused(self, name: object) -> None:
        assert refused(name, references={"ledger_table": name}).startswith("ledger_table: the name of a DynamoDB table")


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=10)
    | st.sampled_from(["send", "+49", "enforce", "+1555 hunter2"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["number", "max", "mode", "prefix", "sender", "numbers", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.too_slow])  # on a loaded machine
@given(
    sms=st.fixed_dictionaries({}, optional=dict.fromkeys(SMS, _JSON)),
    protection=_JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(PROTECTION, _JSON)),
)
def test_whatever_stands_there_is_protection_or_a_settings_error(sms: dict[str, Any], protection: Any) -> None:
    try:
        settings(sms=sms, protection=protection)
    except SettingsError as error:
        assert str(error).startswith(("sms.", "protection"))  # noqa: PT017 - most examples end here
        assert "hunter2" not in str(error)  # noqa: PT017
