"""``cognito-sender doctor`` on senders as they are deployed: a healthy one, and one wire after another that breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from cognito_sender.__main__ import main
from support.deployer import Deployer, rights
from support.stack import Stack, arn_of, twilio_secret

EXISTING = "e2e-existing"
BOTH = "e2e-both"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor printed."""

    code: int
    lines: list[dict[str, str]]
    error: str

    def of(self, *states: str) -> set[tuple[str, str]]:
        """Wires and texts of all lines in these states."""
        return {(line["wire"], line["text"]) for line in self.lines if line["state"] in states}


@pytest.fixture(scope="module")
def operator(stack: Stack) -> Deployer:
    """Somebody with the documented rights and no others; other tests have left no failed event and no low limit."""
    for module in ("existing", "both"):
        _empty(stack, module)
    stack.aws.client("sns").set_sms_attributes(attributes={"MonthlySpendLimit": "100"})
    return Deployer(stack.aws, *(rights("../doctor", NAME=name) for name in (EXISTING, BOTH)))


# Rights that these two senders have no use for.
OF_OTHER_SENDERS = {
    *(f"sms-voice:Describe{what}" for what in ("ConfigurationSets", "NotifyConfigurations", "Pools", "RcsAgents")),
    *("sms-voice:DescribeRegistrations", "sms-voice:DescribeSenderIds"),
    *("ses:GetConfigurationSet", "sns:GetTopicAttributes", "ssm:GetParameter"),
}

Doctor = Callable[..., Diagnosis]


@pytest.fixture
def doctor(operator: Deployer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    environment = operator.environment()

    def run(name: str, *options: str) -> Diagnosis:
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        code = main(["doctor", name, "--json", *options])
        printed = capsys.readouterr()
        return Diagnosis(code, json.loads(printed.out)["lines"] if printed.out else [], printed.err)

    return run


def test_a_healthy_sender_has_nothing_that_is_wrong(stack: Stack, doctor: Doctor) -> None:
    found = doctor(BOTH)

    assert found.of("fail", "warn") == set()
    assert found.code == 0
    assert not any("no right" in text for _, text in found.of("skip"))
    passed = {wire for wire, _ in found.of("pass")}
    pool = f"pool {stack.pools['both'].id}"
    wires = ("trigger", "key", "grant", "permission", "SMS role", "e-mail", "other triggers", "app clients")
    assert passed >= {f"{pool}: {wire}" for wire in wires}
    assert passed >= {"function", "alias", "package", "settings", "asynchronous calls", "failure queue", "log group"}
    assert passed >= {"ledger", "alarms", "sender postmark: secret"}


def test_a_pool_that_uses_the_sender_without_being_authorized_is_found(stack: Stack, doctor: Doctor) -> None:
    found = doctor(EXISTING)

    stranger = f"pool {stack.pools['stranger'].id}"
    assert {wire for wire, _ in found.of("fail")} == {f"{stranger}: permission", f"{stranger}: grant"}
    assert found.code == 1


# One wire after another is broken, seen with its fix, and mended


@dataclass(frozen=True, slots=True)
class Wire:
    """``breaks`` takes it away, ``mends`` puts it back; ``says`` is in its text, ``fix`` in its fix."""

    name: str
    breaks: Callable[[Stack], object]
    mends: Callable[[Stack], object]
    says: str
    fix: str
    state: str = "fail"


def _lambda(call: str, **parameters: Any) -> Callable[[Stack], object]:
    """A call of Lambda's about the function, or about its alias."""
    return lambda stack: getattr(stack.aws.client("lambda"), call)(FunctionName=EXISTING, **parameters)


def _secret(value: str) -> Callable[[Stack], object]:
    return lambda stack: stack.aws.client("secretsmanager").put_secret_value(SecretId="e2e/twilio", SecretString=value)


def _pool(**changed: Any) -> Callable[[Stack], object]:
    """The pool "first" with other triggers."""

    def change(stack: Stack) -> object:
        config = stack.outputs["existing"]["lambda_config"]
        trigger = {"LambdaArn": config["custom_sms_sender"]["lambda_arn"], "LambdaVersion": "V1_0"}
        triggers = {"KMSKeyID": config["kms_key_id"], "CustomSMSSender": trigger}
        asked = {name: value(stack) if callable(value) else value for name, value in changed.items()}
        wanted = {name: value for name, value in {**triggers, **asked}.items() if value}
        cognito, pool_id = stack.aws.client("cognito-idp"), stack.pools["first"].id
        found = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        return cognito.update_user_pool(
            UserPoolId=pool_id,
            AutoVerifiedAttributes=found["AutoVerifiedAttributes"],
            SmsConfiguration=found["SmsConfiguration"],
            LambdaConfig=wanted,
        )

    return change


def _permit(stack: Stack) -> None:
    stack.aws.client("lambda").add_permission(
        FunctionName=EXISTING,
        Qualifier="live",
        StatementId="Cognito-first",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        SourceArn=arn_of(stack.aws, stack.pools["first"]),
        SourceAccount=stack.aws.account,
    )


def _grants(stack: Stack) -> list[Any]:
    """The function's grants for the pool "first"."""
    found = stack.aws.client("kms").list_grants(KeyId=stack.outputs["existing"]["kms_key_arn"])["Grants"]
    return [
        grant
        for grant in found
        if grant["GranteePrincipal"] == stack.outputs["existing"]["role_arn"]
        and stack.pools["first"].id in json.dumps(grant["Constraints"])
    ]


def _grant(constraint: str) -> Callable[[Stack], object]:
    """In the place of the function's grant, one with this constraint; "" for none at all."""

    def change(stack: Stack) -> None:
        kms, key = stack.aws.client("kms"), stack.outputs["existing"]["kms_key_arn"]
        for grant in _grants(stack):
            kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
        if constraint:
            kms.create_grant(
                KeyId=key,
                GranteePrincipal=stack.outputs["existing"]["role_arn"],
                Operations=["Decrypt"],
                Constraints={constraint: {"userpool-id": stack.pools["first"].id}},
            )

    return change


def _key(call: str) -> Callable[[Stack], object]:
    return lambda stack: getattr(stack.aws.client("kms"), call)(KeyId=stack.outputs["existing"]["kms_key_arn"])


def _events(stack: Stack) -> None:
    stack.aws.client("lambda").put_function_event_invoke_config(
        FunctionName=EXISTING,
        Qualifier="live",
        MaximumEventAgeInSeconds=3600,
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": stack.outputs["existing"]["failure_queue_arn"]}},
    )


def _fail(stack: Stack) -> None:
    stack.aws.client("sqs").send_message(QueueUrl=stack.outputs["existing"]["failure_queue_url"], MessageBody="{}")


def _empty(stack: Stack, module: str = "existing") -> None:
    """Not by PurgeQueue, which is allowed once a minute."""
    sqs, url = stack.aws.client("sqs"), stack.outputs[module]["failure_queue_url"]
    while entries := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for entry in entries:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=entry["ReceiptHandle"])


def _trust(principal: str) -> Callable[[Stack], object]:
    statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return lambda stack: stack.aws.client("iam").update_assume_role_policy(
        RoleName="existing-first", PolicyDocument=document
    )


def _time_to_live(*, enabled: bool) -> Callable[[Stack], object]:
    specification = {"Enabled": enabled, "AttributeName": "expires_at"}
    return lambda stack: stack.aws.client("dynamodb").update_time_to_live(
        TableName=f"{EXISTING}-ledger", TimeToLiveSpecification=specification
    )


def _logs(call: str, **parameters: Any) -> Callable[[Stack], object]:
    return lambda stack: getattr(stack.aws.client("logs"), call)(logGroupName=f"/aws/lambda/{EXISTING}", **parameters)


def _alarm(state: str) -> Callable[[Stack], object]:
    return lambda stack: stack.aws.client("cloudwatch").set_alarm_state(
        AlarmName=f"{EXISTING}-errors", StateValue=state, StateReason="a test"
    )


def _function(stack: Stack) -> str:
    return str(stack.outputs["existing"]["alias_arn"]).removesuffix(":live")


ANOTHER = "arn:aws:lambda:eu-central-1:123456789012:function:minimal-login:live"
MENDED = _pool()
WIRES = {
    "trigger": Wire(
        "pool: trigger", _pool(CustomSMSSender=None, KMSKeyID=None), MENDED, "has no custom_sms_sender", "lambda_config"
    ),
    "function in the alias's place": Wire(
        "pool: trigger",
        _pool(CustomSMSSender=lambda stack: {"LambdaArn": _function(stack), "LambdaVersion": "V1_0"}),
        MENDED, "another qualifier than live", "lambda_config",
    ),
    "another function": Wire(
        "pool: trigger",
        _pool(CustomSMSSender={"LambdaArn": ANOTHER, "LambdaVersion": "V1_0"}),
        MENDED, "calls another function", "lambda_config", "warn",
    ),
    "a channel that is off": Wire(
        "pool: trigger",
        _pool(CustomEmailSender=lambda stack: {"LambdaArn": f"{_function(stack)}:live", "LambdaVersion": "V1_0"}),
        MENDED, "the channel email is off: its codes are lost", "docs/email.md",
    ),
    "another key": Wire(
        "pool: key",
        _pool(KMSKeyID=lambda stack: stack.outputs["both"]["kms_key_arn"]),
        MENDED, "another than the function decrypts with", "lambda_config",
    ),
    "a trigger that the provider drops": Wire(
        "pool: other triggers",
        _pool(InboundFederation={"LambdaArn": ANOTHER, "LambdaVersion": "V1_0"}),
        MENDED, "InboundFederation: Terraform's provider does not know it", "after each apply", "warn",
    ),
    "permission": Wire(
        "pool: permission", _lambda("remove_permission", Qualifier="live", StatementId="Cognito-first"), _permit,
        "Cognito may not call the alias", "user_pools",
    ),
    "grant": Wire("pool: grant", _grant(""), _grant("EncryptionContextSubset"), "may not decrypt", "user_pools"),
    "constraint": Wire(
        "pool: grant", _grant("EncryptionContextEquals"), _grant("EncryptionContextSubset"),
        "EncryptionContextEquals, which refuses", "terraform apply",
    ),
    "SMS role": Wire(
        "pool: SMS role", _trust("ec2.amazonaws.com"), _trust("cognito-idp.amazonaws.com"), "does not trust", "minimal"
    ),
    "key": Wire("key", _key("disable_key"), _key("enable_key"), "is Disabled", "aws kms enable-key"),
    "concurrency": Wire(
        "function", _lambda("put_function_concurrency", ReservedConcurrentExecutions=0),
        _lambda("delete_function_concurrency"), "reserved concurrency is 0", "function.reserved_concurrency",
    ),
    "alias": Wire(
        "alias", _lambda("update_alias", Name="live", FunctionVersion="$LATEST"),
        _lambda("update_alias", Name="live", FunctionVersion="1"), "points at $LATEST", "terraform apply", "warn",
    ),
    "asynchronous calls": Wire(
        "asynchronous calls", _lambda("delete_function_event_invoke_config", Qualifier="live"), _events,
        "Lambda's defaults hold", "terraform apply",
    ),
    "failure queue": Wire(
        "failure queue", _fail, _empty, "1 events failed for good",
        "docs/operations.md", "warn",
    ),
    "log group": Wire(
        "log group", _logs("delete_retention_policy"), _logs("put_retention_policy", retentionInDays=365),
        "kept for ever", "monitoring.log_retention_days", "warn",
    ),
    "ledger": Wire(
        "ledger", _time_to_live(enabled=False), _time_to_live(enabled=True), "no time to live", "terraform apply",
        "warn",
    ),
    "alarm": Wire("alarms", _alarm("ALARM"), _alarm("OK"), "in alarm: e2e-existing-errors", "description", "warn"),
    "secret of another shape": Wire(
        "sender twilio: secret", _secret('{"api_key": "k-17"}'), _secret(twilio_secret("1" * 32)),
        "account_sid, auth_token or account_sid, api_key_secret, api_key_sid", "never shown",
    ),
    "secret that is no JSON": Wire(
        "sender twilio: secret", _secret("k-17"), _secret(twilio_secret("1" * 32)), "no JSON object", "docs/senders.md"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(stack: Stack) -> list[Diagnosis]:
    """What there is to say before anything is broken: filled by the first test, the pool that they break attached."""
    MENDED(stack)
    return []


@pytest.mark.parametrize("broken", WIRES)
def test_a_broken_wire_is_the_only_one_that_is_named_and_has_its_fix(
    broken: str, stack: Stack, doctor: Doctor, whole: list[Diagnosis]
) -> None:
    wire = WIRES[broken]
    if not whole:
        whole.append(doctor(EXISTING))
    wire.breaks(stack)
    try:
        found = doctor(EXISTING)
    finally:
        wire.mends(stack)

    said = [line for line in found.lines if line["state"] in {"fail", "warn"} and line not in whole[0].lines]
    names = {line["wire"].replace(f"pool {stack.pools['first'].id}", "pool") for line in said}
    assert {"key" if name.startswith("key ") else name for name in names} == {wire.name}
    (line,) = said
    assert line["state"] == wire.state
    assert wire.says in line["text"]
    assert wire.fix in line["fix"]
    assert "k-17" not in json.dumps(found.lines)


def test_when_all_is_mended_nothing_is_left(doctor: Doctor, whole: list[Diagnosis]) -> None:
    assert [doctor(EXISTING).lines] == [before.lines for before in whole]


def test_what_nobody_may_look_at_is_skipped_and_names_the_right(
    stack: Stack, operator: Deployer, doctor: Doctor
) -> None:
    key = stack.outputs["both"]["kms_key_arn"].rpartition("/")[2]
    pool = f"pool {stack.pools['both'].id}"
    for action, wire in {
        "kms:DescribeKey": f"key {key}",
        "kms:ListGrants": f"{pool}: grant",
        "lambda:GetPolicy": f"{pool}: permission",
        "cognito-idp:ListUserPools": "pools",
        "iam:GetRole": f"{pool}: SMS role",
        "secretsmanager:GetSecretValue": "sender postmark: secret",
        "cloudwatch:GetMetricData": "last hour",
    }.items():
        with operator.without(action):
            found = doctor(BOTH)

        assert (wire, f"not looked at: you have no right to {action}") in found.of("skip")
        assert found.code == 0, action


def test_without_the_right_to_see_the_function_it_cannot_look(operator: Deployer, doctor: Doctor) -> None:
    with operator.without("lambda:GetFunctionConfiguration"):
        found = doctor(BOTH)

    assert (found.code, found.lines) == (2, [])
    assert "you have no right to lambda:GetFunctionConfiguration. Fix: see docs/doctor.json." in found.error


# One person


def test_it_says_why_one_person_got_no_code(stack: Stack, doctor: Doctor) -> None:
    user = stack.sign_up("both")
    stack.messages(user)
    found = doctor(BOTH, "--recipient", user.number)

    assert found.code == 0
    assert ("recipient", "the function sends by the route default: sns") in found.of("pass")
    assert any(wire == "log" and "SignUp: SENT" in text for wire, text in found.of("pass"))
    assert any(wire == "limit number" and text.startswith("1 of ") for wire, text in found.of("pass"))
    assert user.number.removeprefix("+") not in json.dumps(found.lines)


def test_a_number_that_is_refused_never_seen_or_in_no_country_of_the_sender_s_is_told_apart(doctor: Doctor) -> None:
    refused, unseen = doctor(BOTH, "--recipient", "+447700900123"), doctor(BOTH, "--recipient", "+4915119999999")

    (text,) = [text for wire, text in refused.of("fail") if wire == "recipient"]
    assert "BLOCKED_COUNTRY, COUNTRY" in text
    assert refused.code == 1
    assert any("Cognito has not called the function" in text for wire, text in unseen.of("warn") if wire == "log")
    assert "7700900123" not in json.dumps(refused.lines) + json.dumps(unseen.lines)


def test_limits_of_a_mailbox_are_read_from_the_ledger(stack: Stack, doctor: Doctor) -> None:
    user = stack.sign_up_by_mail("both")
    stack.messages(user)
    for _ in range(2):
        stack.cognito.resend_confirmation_code(ClientId=user.pool.client_id, Username=user.name)
    stack.messages(user, 3)
    found = doctor(BOTH, "--recipient", user.number)

    assert any(text.startswith("3 of 3 ") and "the next one is refused" in text for _, text in found.of("fail"))
    assert any(wire == "sender ses: suppression" for wire, _ in found.of("skip", "pass"))
    assert user.number not in json.dumps(found.lines)


# At the end, since nothing takes a metric back


def test_messages_that_failed_in_the_last_hour_are_counted(stack: Stack, doctor: Doctor) -> None:
    dimensions = [{"Name": "service", "Value": EXISTING}]
    metrics = [
        {"MetricName": "SENT", "Value": 5.0, "Dimensions": dimensions},
        {"MetricName": "PROVIDER_CONFIG", "Value": 2.0, "Dimensions": dimensions},
        {"MetricName": "BLOCKED_COUNTRY", "Value": 3.0, "Dimensions": dimensions},
    ]
    stack.aws.client("cloudwatch").put_metric_data(Namespace="CognitoCustomSender", MetricData=metrics)
    dropped = {
        "MetricName": "AsyncEventsDropped",
        "Value": 4.0,
        "Dimensions": [{"Name": "FunctionName", "Value": EXISTING}],
    }
    stack.aws.client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[dropped])
    found = doctor(EXISTING)

    texts = {text for wire, text in found.of("warn", "fail") if wire == "last hour"}
    assert texts == {
        "2 messages failed: SENT 5, BLOCKED_COUNTRY 3, PROVIDER_CONFIG 2",
        "Lambda gave up on 4 events: as many codes are lost",
    }


def test_every_right_of_the_policy_is_used(stack: Stack, operator: Deployer, doctor: Doctor) -> None:
    """Those that no sender of these has a use for are asked for in ``tests/unit/test_unit_doctor.py``."""
    doctor(BOTH)
    doctor(EXISTING)

    assert set(operator.not_needed()) == OF_OTHER_SENDERS
