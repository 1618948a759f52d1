"""``protection`` in the settings, the ledger's table and the hash key: what is read, what is refused with its fix."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_sms_sender.errors import SettingsError
from cognito_sms_sender.limits import Limit, Limits, Mode
from cognito_sms_sender.protection import DEFAULT_LIMITS, NumbersOfTesters, OnLedgerFailure, Protection
from cognito_sms_sender.settings import Settings, load
from support.environment import environment

HASH_KEY = "00112233445566778899aabbccddeeff"
SENDERS = {"aws": {"kind": "sns"}, "off": {"kind": "sns", "enabled": False}, "testers": {"kind": "sns"}}
FULL = {
    "on_ledger_failure": "refuse",
    "limits": {
        "number": {"max": 3, "per_seconds": 600, "mode": "enforce"},
        "prefix": {"max": 50, "per_seconds": 3600, "mode": "monitor", "without_last_digits": 3},
        "overall": {"max": 9000, "per_seconds": 60, "mode": "monitor"},
    },
    "blocked_prefixes": ["+4915550", "+1"],
    "allowed_ranges": ["satellite", "inmarsat"],
    "test_numbers": {"numbers": ["+15550100*", "+4915550001", "+4915550002"], "sender": "testers"},
    "code_lifetimes_seconds": {"Authentication": 900, "SignUp": 7200},
}


def settings(protection: Any = None, **variables: str) -> Settings:
    content: dict[str, Any] = {"senders": SENDERS}
    return load(environment(content if protection is None else content | {"protection": protection}, **variables))


def refused(protection: Any = None, **variables: str) -> str:
    with pytest.raises(SettingsError) as caught:
        settings(protection, **variables)
    assert caught.value.__context__ is None
    return str(caught.value)


def test_everything_that_terraform_can_write_is_read() -> None:
    assert settings(FULL).protection == Protection(
        on_ledger_failure=OnLedgerFailure.REFUSE,
        limits=Limits(
            number=Limit(3, 600, Mode.ENFORCE),
            prefix=Limit(50, 3600, Mode.MONITOR),
            country=None,
            overall=Limit(9000, 60, Mode.MONITOR),
            prefix_without_last_digits=3,
        ),
        blocked_prefixes=("+4915550", "+1"),
        allowed_ranges=frozenset({"satellite", "inmarsat"}),
        testers=NumbersOfTesters(frozenset({"+4915550001", "+4915550002"}), ("+15550100",), "testers"),
        lifetimes_seconds={"Authentication": 900, "SignUp": 7200},
    )


@pytest.mark.parametrize("protection", [None, {}])
def test_what_is_left_out_has_its_default(protection: dict[str, Any] | None) -> None:
    assert settings(protection).protection == Protection()
    assert Protection().limits == DEFAULT_LIMITS
    assert Protection().on_ledger_failure is OnLedgerFailure.SEND


def test_a_limit_that_is_left_out_is_off() -> None:
    assert settings({"limits": {}}).protection.limits == Limits()


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
    testers = settings(FULL).protection.testers
    assert testers is not None
    assert testers.have(number) is theirs


@pytest.mark.parametrize(
    ("protection", "says"),
    [
        ([], "SENDER_SETTINGS: protection must be an object, not a list"),
        ({"colour": 1}, "protection: unknown setting 'colour'; known: on_ledger_failure, limits"),
        ({"colour": 1}, "use the package of the same version"),
        ({"on_ledger_failure": "wait"}, "protection.on_ledger_failure must be one of send, refuse, not 'wait'"),
        ({"on_ledger_failure": ["send"]}, "protection.on_ledger_failure must be one of"),
        ({"limits": []}, "protection.limits must be an object, not a list"),
        (
            {"limits": {"user": {}}},
            "protection.limits: unknown setting 'user'; known: number, prefix, country, overall",
        ),
        ({"limits": {"number": 5}}, "protection.limits.number must be an object, not a int"),
        ({"limits": {"number": {}}}, "protection.limits.number: max is missing; a limit has max, per_seconds and mode"),
        (
            {"limits": {"country": {"max": 1, "per_seconds": 1}}},
            "protection.limits.country: mode is missing; a limit has max, per_seconds and mode",
        ),
        (
            {"limits": {"country": {"max": 1, "per_seconds": 1, "mode": "off"}}},
            "protection.limits.country.mode must be one of enforce, monitor, not 'off'",
        ),
        (
            {"limits": {"country": {"max": 0, "per_seconds": 1, "mode": "enforce"}}},
            "protection.limits.country.max must be a whole number, 1 or more",
        ),
        (
            {"limits": {"country": {"max": 1, "per_seconds": 0.5, "mode": "enforce"}}},
            "protection.limits.country.per_seconds must be a whole number, 1 or more",
        ),
        ({"limits": {"number": {"max": True}}}, "protection.limits.number.max must be a whole number"),
        (
            {"limits": {"number": {"without_last_digits": 4}}},
            "protection.limits.number: unknown setting 'without_last_digits'",
        ),
        (
            {"limits": {"prefix": {"max": 1, "per_seconds": 1, "mode": "enforce", "without_last_digits": 7}}},
            "protection.limits.prefix.without_last_digits must be a whole number, 1 to 6",
        ),
        ({"limits": {"prefix": 5}}, "protection.limits.prefix must be an object"),
        ({"blocked_prefixes": "+49"}, "protection.blocked_prefixes must be a list, not a str"),
        ({"blocked_prefixes": ["49"]}, "protection.blocked_prefixes: '49' is not the beginning of a number"),
        ({"blocked_prefixes": ["+"]}, "protection.blocked_prefixes: '+' is not the beginning of a number"),
        ({"blocked_prefixes": ["+4915*"]}, "protection.blocked_prefixes: '+4915*' is not the beginning of a number"),
        ({"blocked_prefixes": [49]}, "protection.blocked_prefixes: 49 is not the beginning of a number"),
        ({"allowed_ranges": ["iridium"]}, "'iridium' is not a range; there are: freephone, shared_cost, inmarsat"),
        ({"allowed_ranges": ["satellite|premium"]}, "'satellite|premium' is not a range"),
        ({"test_numbers": {"numbers": ["+15550100123"]}}, "protection.test_numbers: sender is missing"),
        ({"test_numbers": {"sender": "testers"}}, "protection.test_numbers: numbers is missing"),
        (
            {"test_numbers": {"numbers": [], "sender": "testers"}},
            "protection.test_numbers.numbers must have at least one number; without any, leave test_numbers out",
        ),
        (
            {"test_numbers": {"numbers": ["*"], "sender": "testers"}},
            "protection.test_numbers.numbers: '*' is not a number in E.164",
        ),
        (
            {"test_numbers": {"numbers": ["+15550*"], "sender": "testers"}},
            "protection.test_numbers.numbers: '+15550*' is not a number in E.164",
        ),
        (
            {"test_numbers": {"numbers": ["+15550"], "sender": "testers"}},
            "protection.test_numbers.numbers: '+15550' is not a number in E.164",
        ),
        (
            {"test_numbers": {"numbers": ["+155501*"], "sender": "nobody"}},
            "protection.test_numbers.sender: there is no sender 'nobody' that is switched on; there are: aws, testers",
        ),
        (
            {"test_numbers": {"numbers": ["+155501*"], "sender": "off"}},
            "protection.test_numbers.sender: there is no sender 'off' that is switched on",
        ),
        (
            {"code_lifetimes_seconds": {"SignIn": 60}},
            "code_lifetimes_seconds: unknown setting 'SignIn'; known: Account",
        ),
        ({"code_lifetimes_seconds": {"SignUp": 0}}, "code_lifetimes_seconds.SignUp must be a whole number, 1 or more"),
        ({"code_lifetimes_seconds": [60]}, "protection.code_lifetimes_seconds must be an object"),
    ],
)
def test_what_is_wrong_is_named_with_the_fix(protection: Any, says: str) -> None:
    assert says in refused(protection)


def test_a_range_needs_the_default_route() -> None:
    """It has no country, so that no country's route can be its own."""
    content = {"routes": {"DE": ["aws"], "US": ["aws"]}}
    assert load(environment(content | {"protection": {"allowed_ranges": []}})).protection.allowed_ranges == frozenset()
    with pytest.raises(SettingsError, match=r'allowed_ranges has satellite, whose messages take the route "default"'):
        load(environment(content | {"protection": {"allowed_ranges": ["satellite"]}}))


class TestLedger:
    def test_without_a_table_there_is_none(self) -> None:
        assert (settings().ledger_table, settings().hash_key) == (None, None)
        assert settings(SENDER_LEDGER_TABLE=" ").ledger_table is None

    def test_table_and_key(self) -> None:
        loaded = settings(SENDER_LEDGER_TABLE="acme-login-ledger", SENDER_HASH_KEY=HASH_KEY)
        assert (loaded.ledger_table, loaded.hash_key) == ("acme-login-ledger", bytes.fromhex(HASH_KEY))

    def test_a_key_alone_gives_numbers_their_id_in_the_log(self) -> None:
        assert settings(SENDER_HASH_KEY=HASH_KEY * 2).hash_key == bytes.fromhex(HASH_KEY * 2)

    def test_the_key_is_never_shown(self) -> None:
        loaded = settings(SENDER_HASH_KEY=HASH_KEY)
        assert HASH_KEY not in repr(loaded)
        assert repr(loaded.hash_key) not in repr(loaded)

    @pytest.mark.parametrize("key", ["", HASH_KEY[:-2], HASH_KEY + "0", "x" * 32])
    def test_a_ledger_needs_a_key_and_the_error_does_not_repeat_it(self, key: str) -> None:
        says = refused(SENDER_LEDGER_TABLE="acme-login-ledger", SENDER_HASH_KEY=key)
        assert "SENDER_HASH_KEY must be an even number of hexadecimal digits, 32 or more" in says
        assert not key or key not in says

    @pytest.mark.parametrize("name", ["ab", "a/b", "arn:aws:dynamodb:eu-central-1:123456789012:table/x"])
    def test_what_is_not_a_tables_name_is_refused(self, name: str) -> None:
        assert "is not the name of a DynamoDB table" in refused(SENDER_LEDGER_TABLE=name, SENDER_HASH_KEY=HASH_KEY)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["send", "+49", "enforce"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["number", "max", "mode", "prefix", "sender", "numbers", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.too_slow])  # on a loaded machine
@given(protection=_JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(FULL, _JSON)))
def test_whatever_stands_there_is_protection_or_a_settings_error(protection: Any) -> None:
    try:
        settings(protection)
    except SettingsError as error:
        assert "SENDER_SETTINGS: protection" in str(error)  # noqa: PT017 - most examples end here
