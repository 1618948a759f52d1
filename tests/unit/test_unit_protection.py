"""Ledger, limits, testers, lives of codes in the settings: what is read, and what is refused with its fix."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.errors import SettingsError
from custom_sender.limits import Limit, Limits, Mode
from custom_sender.protection import NumbersOfTesters, OnLedgerFailure, Protection
from custom_sender.settings import Settings, load
from support.environment import LEDGER, environment

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
PROTECTION = {
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


def refused(**wrong: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        settings(**wrong)
    assert caught.value.__context__ is None
    return str(caught.value)


def test_everything_that_terraform_can_write_is_read() -> None:
    assert settings(sms=SMS, protection=PROTECTION).protection == Protection(
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


def test_what_is_null_or_empty_protects_from_nothing() -> None:
    """The defaults of the limits stand in Terraform; without a ledger it writes null."""
    nothing: dict[str, Any] = {"limits": None, "blocked_prefixes": [], "allowed_ranges": []}
    assert settings(sms=nothing).protection == Protection()
    assert Protection().limits == Limits()
    assert Protection().on_ledger_failure is OnLedgerFailure.SEND


@pytest.mark.parametrize("off", [{"max": 10, "per_seconds": 3600, "mode": "off"}, {"mode": "off"}, None])
def test_a_limit_that_is_off_is_none(off: object) -> None:
    scopes = ("number", "prefix", "country", "overall")
    assert settings(sms={"limits": dict.fromkeys(scopes, off)}).protection.limits == Limits()
    assert settings(sms={"limits": {}}).protection.limits == Limits()


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
    assert testers.have(number) is theirs


@pytest.mark.parametrize(
    ("protection", "says"),
    [
        ([], "protection must be an object, not a list"),
        ({"colour": 1}, "protection: unknown setting 'colour'; known: on_ledger_failure, test_recipients"),
        ({"limits": {}}, "protection: unknown setting 'limits'"),
        ({"on_ledger_failure": "wait"}, "protection.on_ledger_failure must be one of send, refuse, not 'wait'"),
        ({"on_ledger_failure": ["send"]}, "protection.on_ledger_failure must be one of"),
        ({"test_recipients": {"numbers": ["+15550100123"]}}, "protection.test_recipients: sender is missing"),
        ({"test_recipients": {"sender": "testers"}}, "protection.test_recipients: numbers is missing"),
        (
            {"test_recipients": {"numbers": [], "sender": "testers"}},
            "protection.test_recipients.numbers must have at least one number; without any, leave test_recipients out",
        ),
        (
            {"test_recipients": {"numbers": ["*"], "sender": "testers"}},
            "protection.test_recipients.numbers: '*' is not a number in E.164",
        ),
        (
            {"test_recipients": {"numbers": ["+15550*"], "sender": "testers"}},
            "protection.test_recipients.numbers: '+15550*' is not a number in E.164",
        ),
        (
            {"test_recipients": {"numbers": ["+15550"], "sender": "testers"}},
            "protection.test_recipients.numbers: '+15550' is not a number in E.164",
        ),
        (
            {"test_recipients": {"numbers": ["+155501*"], "sender": "nobody"}},
            "protection.test_recipients.sender: there is no sender 'nobody' that is switched on; there are: aws, te",
        ),
        (
            {"test_recipients": {"numbers": ["+155501*"], "sender": "off"}},
            "protection.test_recipients.sender: there is no sender 'off' that is switched on",
        ),
        (
            {"code_lifetimes_seconds": {"SignIn": 60}},
            "protection.code_lifetimes_seconds: unknown setting 'SignIn'; known: Account",
        ),
        (
            {"code_lifetimes_seconds": {"SignUp": 0}},
            "protection.code_lifetimes_seconds.SignUp must be a whole number, 1 or more",
        ),
        ({"code_lifetimes_seconds": [60]}, "protection.code_lifetimes_seconds must be an object"),
    ],
)
def test_what_is_wrong_of_protection_is_named_with_the_fix(protection: Any, says: str) -> None:
    assert refused(protection=protection).startswith(says)


@pytest.mark.parametrize(
    ("sms", "says"),
    [
        ({"limits": []}, "sms.limits must be an object, not a list"),
        (
            {"limits": {"user": {}}},
            "sms.limits: unknown setting 'user'; known: number, prefix, country, overall",
        ),
        ({"limits": {"number": 5}}, "sms.limits.number must be an object, not a int"),
        ({"limits": {"number": {}}}, "sms.limits.number: max is missing; a limit has max, per_seconds and mode"),
        (
            {"limits": {"country": {"max": 1, "per_seconds": 1}}},
            "sms.limits.country: mode is missing; a limit has max, per_seconds and mode",
        ),
        (
            {"limits": {"country": {"max": 1, "per_seconds": 1, "mode": "Off"}}},
            "sms.limits.country.mode must be one of enforce, monitor, off, not 'Off'",
        ),
        (
            {"limits": {"country": {"max": 0, "per_seconds": 1, "mode": "enforce"}}},
            "sms.limits.country.max must be a whole number, 1 or more",
        ),
        (
            {"limits": {"country": {"max": 1, "per_seconds": 0.5, "mode": "enforce"}}},
            "sms.limits.country.per_seconds must be a whole number, 1 or more",
        ),
        ({"limits": {"number": {"max": True}}}, "sms.limits.number.max must be a whole number"),
        (
            {"limits": {"number": {"without_last_digits": 4}}},
            "sms.limits.number: unknown setting 'without_last_digits'",
        ),
        (
            {"limits": {"prefix": {"max": 1, "per_seconds": 1, "mode": "enforce", "without_last_digits": 7}}},
            "sms.limits.prefix.without_last_digits must be a whole number, 1 to 6",
        ),
        ({"limits": {"prefix": 5}}, "sms.limits.prefix must be an object"),
        ({"blocked_prefixes": "+49"}, "sms.blocked_prefixes must be a list, not a str"),
        ({"blocked_prefixes": ["49"]}, "sms.blocked_prefixes: '49' is not the beginning of a number"),
        ({"blocked_prefixes": ["+"]}, "sms.blocked_prefixes: '+' is not the beginning of a number"),
        ({"blocked_prefixes": ["+4915*"]}, "sms.blocked_prefixes: '+4915*' is not the beginning of a number"),
        ({"blocked_prefixes": [49]}, "sms.blocked_prefixes: 49 is not the beginning of a number"),
        (
            {"allowed_ranges": ["iridium"]},
            "sms.allowed_ranges: 'iridium' is not a range; there are: freephone, shared_cost, inmarsat",
        ),
        ({"allowed_ranges": ["satellite|premium"]}, "sms.allowed_ranges: 'satellite|premium' is not a range"),
    ],
)
def test_what_is_wrong_of_sms_is_named_with_the_fix(sms: Any, says: str) -> None:
    assert refused(sms=sms).startswith(says)


def test_a_setting_of_another_version_is_named_with_the_fix() -> None:
    assert "use the function's package of the Terraform module's version" in refused(protection={"colour": 1})


def test_a_range_needs_the_default_route() -> None:
    """It has no country, so that no country's route can be its own."""
    routes = {"DE": ["aws"], "US": ["aws"]}
    assert settings(sms={"routes": routes, "allowed_ranges": []}).protection.allowed_ranges == frozenset()
    says = refused(sms={"routes": routes, "allowed_ranges": ["satellite"]})
    assert says.startswith('sms.routes: sms.allowed_ranges has satellite, whose messages take the route "default"')


class TestLedger:
    @pytest.mark.parametrize("references", [{}, {"ledger_table": None}])
    def test_without_a_table_there_is_none(self, references: dict[str, Any]) -> None:
        loaded = settings(references=references, SENDER_HASH_KEY="")
        assert (loaded.ledger_table, loaded.hash_key) == (None, None)

    def test_table_and_key(self) -> None:
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
        says = refused(references=LEDGER, SENDER_HASH_KEY=key)
        assert "SENDER_HASH_KEY must be an even number of hexadecimal digits, 32 or more" in says
        assert not key or key not in says

    @pytest.mark.parametrize("name", ["", " ", "ab", "a/b", "arn:aws:dynamodb:eu-central-1:123456789012:table/x", 7])
    def test_what_is_not_a_tables_name_is_refused(self, name: object) -> None:
        says = refused(references={"ledger_table": name})
        assert says.startswith(f"ledger_table: {name!r} is not the name of a DynamoDB table")


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
@given(
    sms=st.fixed_dictionaries({}, optional=dict.fromkeys(SMS, _JSON)),
    protection=_JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(PROTECTION, _JSON)),
)
def test_whatever_stands_there_is_protection_or_a_settings_error(sms: dict[str, Any], protection: Any) -> None:
    try:
        settings(sms=sms, protection=protection)
    except SettingsError as error:
        assert str(error).startswith(("sms.", "protection"))  # noqa: PT017 - most examples end here
