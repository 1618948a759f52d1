"""What ``cognito-sender doctor`` says of accounts, identities and secrets, by answers that fit AWS's own models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session
from botocore.validate import ParamValidator

from cognito_sender.__main__ import main
from cognito_sender.doctor import providers, running, wires
from cognito_sender.doctor import recipient as person
from cognito_sender.doctor.aws import Aws, MissingError
from cognito_sender.doctor.command import as_text, look, wires_of
from cognito_sender.doctor.deployed import Deployed, Pool
from cognito_sender.doctor.findings import Found, Line, State
from custom_sender.settings import load
from localaws import REPOSITORY
from support.environment import LEDGER, environment

POLICY = json.loads((REPOSITORY / "docs" / "doctor.json").read_text())
ALLOWED = {action for statement in POLICY["Statement"] for action in statement["Action"]}
REGION = "eu-central-1"
PREFIXES = {"pinpoint-sms-voice-v2": "sms-voice", "sesv2": "ses"}
METRIC = {"MetricDataResults": [{"Id": "spent", "Values": [10.0]}]}


@cache
def _operations(service: str) -> dict[str, Any]:
    """By boto3's names."""
    model = get_session().get_service_model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


class Answers(Aws):
    """AWS as it answers here: by operation. A question and an answer must fit the service's model and the policy."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        super().__init__(REGION)
        self._by_operation = answers

    def _ask(self, service: str, operation: str, region: str | None, parameters: dict[str, Any]) -> Any:
        model = _operations(service)[operation]
        name = model.name
        assert f"{PREFIXES.get(service, service)}:{name}" in ALLOWED
        assert not ParamValidator().validate(parameters, model.input_shape).has_errors()
        answer = self._by_operation[name]
        if answer is None:
            raise MissingError
        assert not ParamValidator().validate(answer, model.output_shape).has_errors(), name
        return answer


def sender(answers: Mapping[str, Any], documents: Mapping[str, Any] | None = None) -> Deployed:
    """One that is deployed, in an account that answers so."""
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:acme-login"
    told = environment()
    return Deployed(
        aws=Answers({"GetMetricData": METRIC, **answers}),
        configuration={"FunctionName": "acme-login", "FunctionArn": f"{arn}:live", "Role": "arn:aws:iam::1:role/acme"},
        has_alias=True,
        settings=load(told),
        flaw="",
        documents=documents or {},
        statements=[],
        pools=[],
        not_asked=[],
    )


def _only(found: Iterator[Found]) -> Found:
    (one,) = found
    return one


SANDBOX = {"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "SANDBOX"}]}
PRODUCTION = {"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}]}
POOL: dict[str, Any] = {"PoolArn": "a", "PoolId": "pool-1", "MessageType": "TRANSACTIONAL", "TwoWayEnabled": False}
POOL |= {"SelfManagedOptOutsEnabled": False, "OptOutListName": "Default", "DeletionProtectionEnabled": False}
POOL |= {"CreatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC), "SharedRoutesEnabled": False}
NUMBER = {
    "PhoneNumberArn": "a",
    "PhoneNumber": "+15550100123",
    "IsoCountryCode": "US",
    "MessageType": "TRANSACTIONAL",
    "NumberCapabilities": ["SMS"],
    "NumberType": "TEN_DLC",
    "MonthlyLeasingPrice": "1",
    "TwoWayEnabled": False,
    "SelfManagedOptOutsEnabled": False,
    "OptOutListName": "Default",
    "DeletionProtectionEnabled": False,
    "CreatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
}
SENDER_ID: dict[str, Any] = {
    "SenderIdArn": "a",
    "SenderId": "ACME",
    "IsoCountryCode": "DE",
    "MessageTypes": ["TRANSACTIONAL"],
}
SENDER_ID |= {"MonthlyLeasingPrice": "0", "DeletionProtectionEnabled": False}
REGISTRATION: dict[str, Any] = {
    "RegistrationArn": "a",
    "RegistrationId": "registration-1",
    "RegistrationType": "US_TEN_DLC_CAMPAIGN",
}
REGISTRATION |= {"CurrentVersionNumber": 1, "CreatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC)}


def _numbers(**changed: Any) -> dict[str, Any]:
    return {"DescribePhoneNumbers": {"PhoneNumbers": [{**NUMBER, **changed}]}}


def _pools(status: str) -> dict[str, Any]:
    return {"DescribePools": {"Pools": [{**POOL, "Status": status}]}}


def _sender_ids(*, registered: bool) -> dict[str, Any]:
    return {"DescribeSenderIds": {"SenderIds": [{**SENDER_ID, "Registered": registered}]}}


def _registrations(status: str) -> dict[str, Any]:
    return {"DescribeRegistrations": {"Registrations": [{**REGISTRATION, "RegistrationStatus": status}]}}


def _limits(limit: int, spent: float) -> dict[str, Any]:
    limits = [
        {"Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": limit, "MaxLimit": limit, "Overridden": False}
    ]
    spending = {"MetricDataResults": [{"Id": "spent", "Values": [spent]}]}
    return {"DescribeSpendLimits": {"SpendLimits": limits}, "GetMetricData": spending}


def _ses(
    *, production: bool = True, sending: bool = True, status: str = "HEALTHY", sent: float = 5.0
) -> dict[str, Any]:
    quota = {"Max24HourSend": 100.0, "MaxSendRate": 1.0, "SentLast24Hours": sent}
    found = {"ProductionAccessEnabled": production, "SendingEnabled": sending, "EnforcementStatus": status}
    return {"GetAccount": {**found, "SendQuota": quota}}


def _identity(*, verified: bool = True, dkim: str = "SUCCESS") -> dict[str, Any]:
    return {"GetEmailIdentity": {"VerifiedForSendingStatus": verified, "DkimAttributes": {"Status": dkim}}}


SECRET = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:twilio-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:123456789012:parameter/telnyx"
TWILIO = {"senders": {"one": {"kind": "twilio"}}}
TELNYX = {"senders": {"one": {"kind": "http", "preset": "telnyx"}}}
OWN = {"senders": {"one": {"kind": "http", "url": "https://a.example/{secret.account}", "body": "{secret.token}"}}}
API_KEY = json.dumps({"account_sid": "AC1", "api_key_sid": "SK1", "api_key_secret": "geheim-17"})
TOKEN = json.dumps({"account_sid": "AC1", "auth_token": "geheim-17"})

PASS, INFO, WARN, FAIL = State.PASS, State.INFO, State.WARN, State.FAIL
NUMBER_ARN = f"arn:aws:sms-voice:{REGION}:123456789012:phone-number/phone-1"
OFF = {"SendingOptions": {"SendingEnabled": False}}
REVIEWED = {**_numbers(Status="ACTIVE", RegistrationId="registration-1"), **_registrations("REVIEWING")}
REGISTERED = {**_numbers(Status="ACTIVE", RegistrationId="registration-1"), **_registrations("COMPLETE")}

# Check → what it is asked about, what AWS answers, and the state and a part of the text that follow.
CASES: dict[Callable[..., Iterator[Found]], list[tuple[str, Mapping[str, Any], State, str]]] = {
    providers.messaging_account: [
        ("", {"DescribeAccountAttributes": SANDBOX}, FAIL, "sandbox"),
        ("", {"DescribeAccountAttributes": PRODUCTION}, PASS, "PRODUCTION"),
    ],
    providers.messaging_spend: [
        ("", _limits(1, 0), WARN, "1 US dollar a month"),
        ("", _limits(100, 80), WARN, "80.00 of 100"),
        ("", _limits(100, 79), PASS, "79.00 of 100"),
    ],
    providers.messaging_identity: [
        ("pool-1", _pools("ACTIVE"), PASS, "ACTIVE"),
        ("pool-1", _pools("CREATING"), FAIL, "CREATING"),
        ("pool-1", {"DescribePools": None}, FAIL, "not in this account"),
        ("+15550100123", _numbers(Status="ACTIVE"), PASS, "ACTIVE"),
        ("+15550100124", _numbers(Status="ACTIVE"), FAIL, "not in this account"),
        ("phone-1", _numbers(Status="PENDING"), FAIL, "PENDING"),
        (NUMBER_ARN, REVIEWED, FAIL, "registration-1 is REVIEWING"),
        ("phone-1", REGISTERED, PASS, "COMPLETE"),
        ("ACME", _sender_ids(registered=False), INFO, "DE"),
        ("OTHER", _sender_ids(registered=True), FAIL, "not in"),
    ],
    providers.configuration_set: [
        ("codes", {"DescribeConfigurationSets": None}, FAIL, "codes is not there"),
        ("codes", {"DescribeConfigurationSets": {}}, PASS, "codes is there"),
    ],
    providers.notify: [("n-1", {"DescribeNotifyConfigurations": None}, FAIL, "not there")],
    providers.sns_account: [
        ("", {"GetSMSSandboxAccountStatus": {"IsInSandbox": True}}, FAIL, "sandbox"),
        ("", {"GetSMSSandboxAccountStatus": {"IsInSandbox": False}}, PASS, "out of"),
    ],
    providers.sns_spend: [
        ("", {"GetSMSAttributes": {"attributes": {}}}, WARN, "10.00 of 1 US"),
        ("", {"GetSMSAttributes": {"attributes": {"MonthlySpendLimit": "50"}}}, PASS, "10.00 of 50"),
    ],
    providers.topic: [
        ("arn", {"GetTopicAttributes": {"Attributes": {"SubscriptionsConfirmed": "0"}}}, WARN, "nobody"),
        ("arn", {"GetTopicAttributes": {"Attributes": {"SubscriptionsConfirmed": "1"}}}, PASS, "subscribers"),
        ("arn", {"GetTopicAttributes": None}, FAIL, "not there"),
    ],
    providers.ses_account: [
        ("", _ses(), PASS, "5 of 100 mails"),
        ("", _ses(production=False), FAIL, "sandbox"),
        ("", _ses(sending=False, status="SHUTDOWN"), FAIL, "sends no mail"),
        ("", _ses(status="PROBATION"), WARN, "PROBATION"),
        ("", _ses(sent=90), WARN, "90 of 100"),
    ],
    providers.ses_identity: [
        ("acme.com", _identity(), PASS, "verified"),
        ("acme.com", _identity(verified=False), FAIL, "not verified"),
        ("acme.com", _identity(dkim="FAILED"), WARN, "FAILED"),
        ("acme.com", {"GetEmailIdentity": None}, FAIL, "not there"),
    ],
    providers.ses_configuration_set: [
        ("codes", {"GetConfigurationSet": OFF}, FAIL, "does not send"),
        ("codes", {"GetConfigurationSet": {}}, PASS, "sends"),
        ("codes", {"GetConfigurationSet": None}, FAIL, "not there"),
    ],
}


def test_of_each_answer_of_aws_it_says_what_follows(subtests: pytest.Subtests) -> None:
    for check, (about, answers, state, text) in [(check, case) for check, cases in CASES.items() for case in cases]:
        with subtests.test(check=check.__name__, text=text):
            found = list(check(sender(answers), REGION, *filter(None, [about])))

            assert (state, True) in [(each.state, text in each.text) for each in found]
            assert all(bool(each.fix) == (each.state in {State.WARN, State.FAIL}) for each in found)
            assert "+15550100123" not in str(found)


def test_a_secret_is_held_against_its_kind_preset_or_description_and_never_shown(subtests: pytest.Subtests) -> None:
    for documents, arn, content, state, text in (
        (TWILIO, SECRET, TOKEN, State.PASS, "the fields that its sender needs"),
        (
            TWILIO,
            SECRET,
            '{"account_sid": "AC1", "api_key_sid": "SK1", "api_key_secret": "geheim-17"}',
            State.PASS,
            "there",
        ),
        (TWILIO, SECRET, '{"account_sid": "AC1", "auth_token": ""}', State.FAIL, "one: account_sid, auth_token or "),
        (TELNYX, PARAMETER, '{"api_key": "geheim-17"}', State.PASS, "there"),
        (TELNYX, PARAMETER, '{"key": "geheim-17"}', State.FAIL, "one: api_key"),
        (OWN, SECRET, '{"token": "geheim-17"}', State.FAIL, "one: account, token"),
        (TWILIO, SECRET, "geheim-17", State.FAIL, "no JSON object"),
        (TWILIO, SECRET, None, State.FAIL, "not there"),
    ):
        with subtests.test(text=text, content=content):
            parameter = None if content is None else {"Parameter": {"Value": content}}
            answers = {
                "GetSecretValue": None if content is None else {"SecretString": content},
                "GetParameter": parameter,
            }
            found = _only(providers.secret(sender(answers, documents), arn, ("one",)))

            assert (found.state, text in found.text) == (state, True)
            assert "geheim" not in str(found)


def test_a_session_that_ends_before_its_code_is_named() -> None:
    clients = {"UserPoolClients": [{"ClientId": "short"}, {"ClientId": "long"}]}
    told = {"ListUserPoolClients": clients, "DescribeUserPoolClient": {"UserPoolClient": {"AuthSessionValidity": 5}}}
    healthy = sender(told)
    assert healthy.settings is not None
    protection = replace(healthy.settings.protection, lifetimes_seconds={"Authentication": 600})
    patient = replace(healthy, settings=replace(healthy.settings, protection=protection))
    pool = Pool("eu-central-1_Abc", "arn", {})

    assert _only(wires.clients(healthy, pool)).state is State.PASS
    found = _only(wires.clients(patient, pool))
    assert (found.state, "short, long" in found.text, "600 s" in found.text) == (State.WARN, True, True)


def test_an_address_that_ses_suppresses_is_named_by_no_line() -> None:
    suppressed = {"EmailAddress": "a@b.example", "Reason": "BOUNCE", "LastUpdateTime": datetime(2026, 1, 2, tzinfo=UTC)}
    answers = {"GetSuppressedDestination": {"SuppressedDestination": suppressed}, "FilterLogEvents": {}, "GetItem": {}}
    told = sender(answers)
    email = {"from": "login@acme.example", "routes": {"default": ["ses"]}}
    senders = {"aws": {"kind": "sns"}, "ses": {"kind": "ses"}}
    identity = {"senders.ses.identity_arn": f"arn:aws:ses:{REGION}:123456789012:identity/acme.example"}
    settings = load(environment({"email": email, "senders": senders, **LEDGER}, identity))
    found = look(person.checks(replace(told, settings=settings), "a@b.example", 24))

    (line,) = (line for line in found if line.wire == "sender ses: suppression")
    assert (line.state, "BOUNCE on 2026-01-02" in line.text) == (FAIL, True)
    assert "a@b" not in str(found)


def test_it_knows_every_alarm_of_the_module() -> None:
    text = (REPOSITORY / "alarms.tf").read_text().partition("  alarms = {")[2].partition("  alarm_defaults = {")[0]
    declared = re.findall(r"^    (\w+) = \{$", text, re.MULTILINE)

    assert sorted(name.replace("_", "-") for name in declared) == sorted(running.ALARMS)


def test_settings_that_the_function_refuses_are_named_and_the_rest_is_looked_at_all_the_same() -> None:
    told = replace(sender({}), settings=None, flaw="sms.routes: a rule. Got: none. Fix: write one.")
    found = [line for line in wires_of(told) if line.wire in {"settings", "ledger", "last hour"}]

    assert [line.state for line in found] == [State.FAIL, State.INFO, State.SKIP]
    assert "sms.routes: a rule." in found[0].text


def test_an_unforeseen_error_of_one_check_does_not_hide_the_others() -> None:
    def breaks() -> Iterator[Found]:
        yield Found(State.PASS, "before")
        raise KeyError("a number: +15550100123")

    assert look([("one", breaks)]) == [
        Line(State.PASS, "one", "before"),
        Line(State.SKIP, "one", "not looked at: KeyError", "report it: it is a fault of cognito-sender's"),
    ]


def test_lines_fit_into_80_columns_and_the_fix_stands_below() -> None:
    line = Line(State.FAIL, "pool eu-central-1_Abcdef123: permission", "a text of some length " * 6, "a fix " * 20)
    shown = as_text([line], 80).splitlines()

    assert shown[0].startswith("fail pool") or "fail" in shown[0]
    assert all(len(re.sub(r"\x1b\[\d+m", "", each)) <= 80 for each in shown)
    assert any(each.startswith("     Fix: a fix") for each in shown)
    assert shown[-1] == "pass 0, info 0, skip 0, warn 0, fail 1"


Reads = Callable[..., tuple[int, str, str]]


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any) -> Reads:
    """The command line of somebody whom AWS does not know: exit code, output, errors."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["doctor", *arguments])
        return (code, *capsys.readouterr())

    return run


TYPED = "+4915112345678"


@pytest.mark.parametrize(
    "arguments",
    [
        ["acme-login", TYPED],
        [TYPED],
        ["4915112345678"],
        ["acme-login", "--recipient", "+49", "151", "12345678"],
        ["acme-login", "--hours", TYPED],
        ["acme-login", "--recipent", TYPED],
        ["acme-login", f"--recipent={TYPED}"],
        ["acme-login", "--profile", TYPED],
        ["acme-login", "--region", TYPED],
    ],
)
def test_what_was_typed_in_the_wrong_place_is_not_repeated(arguments: list[str], nobody: Reads) -> None:
    code, out, error = nobody(*arguments)

    assert (code, out) == (2, "")
    assert error
    assert "12345678" not in error


def test_who_has_no_credentials_region_or_profile_is_told_what_to_do(nobody: Reads) -> None:
    for arguments, said in (
        (["--region", REGION], "you have no credentials of AWS. Fix: log in"),
        (["--region", "no region"], "has no endpoint there. Fix: look at --region"),
        (["--region", REGION, "--profile", "none"], "Fix: aws configure list-profiles"),
        ([], "--region: where the sender is. Got: none"),
    ):
        code, out, error = nobody("acme-login", *arguments)

        assert (code, out) == (2, "")
        assert said in error, arguments
