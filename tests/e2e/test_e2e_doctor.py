"""``cognito-sender doctor`` on senders as they are deployed: a healthy one, and one wire after another that breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from cognito_sender.__main__ import main
from support.deployer import Deployer, rights
from support.stack import Stack, arn_of, existing_pool, twilio_secret

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

    def is_wrong(self, wire: str, text: str, fix: str = "") -> bool:
        """Whether it says that a wire is wrong, in these words and with this fix."""
        wrong = [line for line in self.lines if line["state"] in {"fail", "warn"} and line["wire"] == wire]
        return any(text in line["text"] and fix in line["fix"] for line in wrong)


@pytest.fixture(scope="module")
def operator(stack: Stack) -> Deployer:
    """Somebody with the documented rights and no others; other tests have left no failed event and no low limit."""
    for module in ("existing", "both"):
        _empty(stack, module)
    stack.aws.client("sns").set_sms_attributes(attributes={"MonthlySpendLimit": "100"})
    return Deployer(stack.aws, *(rights("../doctor", NAME=name) for name in (EXISTING, BOTH)))


# What is asked for "both", but for the function itself, one person, and what moto does not have.
ASKED = {
    *(f"cloudwatch:{what}" for what in ("DescribeAlarms", "GetMetricData")),
    *(f"cognito-idp:{what}" for what in ("DescribeUserPool", "DescribeUserPoolClient", "ListUserPoolClients")),
    *("cognito-idp:ListUserPools", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "iam:GetRole"),
    "iam:ListRolePolicies",
    *("kms:DescribeKey", "kms:ListGrants", "lambda:GetAlias", "lambda:GetFunctionConcurrency"),
    *("lambda:GetFunctionEventInvokeConfig", "lambda:GetLayerVersion", "lambda:GetPolicy"),
    *("lambda:ListVersionsByFunction", "logs:DescribeLogGroups", "secretsmanager:GetSecretValue"),
    *("ses:GetAccount", "ses:GetEmailIdentity", "sns:GetSMSAttributes", "sns:GetSMSSandboxAccountStatus"),
    "sns:GetTopicAttributes",
    *("sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
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
    assert passed >= {
        "role",
        "permissions",
        "function",
        "alias",
        "package",
        "settings",
        "asynchronous calls",
        "failure queue",
        "log group",
    }
    assert passed >= {"ledger", "alarms", "sender postmark: secret"}
    assert "layers" in {wire for wire, text in found.of("pass", "info") if "byte code" in text}


def test_a_pool_that_uses_the_sender_without_being_authorized_is_found(stack: Stack, doctor: Doctor) -> None:
    found = doctor(EXISTING)

    stranger = f"pool {stack.pools['stranger'].id}"
    assert {wire for wire, _ in found.of("fail")} == {f"{stranger}: permission", f"{stranger}: grant"}
    assert found.code == 1


# One wire after another is broken, seen with its fix, and mended as the fix says


@dataclass(frozen=True, slots=True)
class Wire:
    """``breaks`` takes it away; ``says`` is in its text, and ``fix`` in its fix, which ``fixes`` does."""

    name: str
    breaks: Callable[[Stack], object]
    fixes: Callable[[Stack], object]
    says: str
    fix: str
    state: str = "fail"
    of: str = EXISTING


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


def _grants(stack: Stack, pool: str) -> list[Any]:
    """The function's grants for a pool."""
    found = stack.aws.client("kms").list_grants(KeyId=stack.outputs["existing"]["kms_key_arn"])["Grants"]
    return [
        grant
        for grant in found
        if grant["GranteePrincipal"] == stack.outputs["existing"]["role_arn"]
        and stack.pools[pool].id in json.dumps(grant["Constraints"])
    ]


def _grant(constraint: str, pool: str = "first") -> Callable[[Stack], object]:
    """In the place of the function's grant, one with this constraint; "" for none at all."""

    def change(stack: Stack) -> None:
        kms, key = stack.aws.client("kms"), stack.outputs["existing"]["kms_key_arn"]
        for grant in _grants(stack, pool):
            kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
        if constraint:
            kms.create_grant(
                KeyId=key,
                GranteePrincipal=stack.outputs["existing"]["role_arn"],
                Operations=["Decrypt"],
                Constraints={constraint: {"userpool-id": stack.pools[pool].id}},
            )

    return change


def _key(call: str) -> Callable[[Stack], object]:
    return lambda stack: getattr(stack.aws.client("kms"), call)(KeyId=stack.outputs["existing"]["kms_key_arn"])


def _fail(stack: Stack) -> None:
    stack.aws.client("sqs").send_message(QueueUrl=stack.outputs["existing"]["failure_queue_url"], MessageBody="{}")


def _empty(stack: Stack, module: str = "existing") -> None:
    """Not by PurgeQueue, which is allowed once a minute."""
    sqs, url = stack.aws.client("sqs"), stack.outputs[module]["failure_queue_url"]
    while entries := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for entry in entries:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=entry["ReceiptHandle"])


def _document(principal: str, external_id: str = "") -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _trust(*trust: str) -> Callable[[Stack], object]:
    return lambda stack: stack.aws.client("iam").update_assume_role_policy(
        RoleName="existing-first", PolicyDocument=_document(*trust)
    )


def _role_of_the_function(stack: Stack) -> str:
    return str(stack.outputs["existing"]["role_arn"]).rpartition("/")[2]


def _topic(call: str, **parameters: str) -> Callable[[Stack], object]:
    return lambda stack: getattr(stack.aws.client("sns"), call)(**parameters)


def _logs(call: str, **parameters: Any) -> Callable[[Stack], object]:
    return lambda stack: getattr(stack.aws.client("logs"), call)(logGroupName=f"/aws/lambda/{EXISTING}", **parameters)


def _alarm(state: str) -> Callable[[Stack], object]:
    return lambda stack: stack.aws.client("cloudwatch").set_alarm_state(
        AlarmName=f"{EXISTING}-errors", StateValue=state, StateReason="a test"
    )


def _function(stack: Stack) -> str:
    return str(stack.outputs["existing"]["alias_arn"]).removesuffix(":live")


ANOTHER = "arn:aws:lambda:eu-central-1:123456789012:function:minimal-login:live"
OPERATORS = "arn:aws:sns:eu-central-1:123456789012:e2e-operators"
PERMISSION = {"Qualifier": "live", "StatementId": "any-pool"}
PUT = _pool()


def _role(call: str) -> Callable[[Stack], object]:
    """Make the SMS role of the pool "first" as examples/minimal has it, or take it away."""

    def change(stack: Stack) -> None:
        iam, name = stack.aws.client("iam"), "existing-first"
        if call == "delete":
            iam.delete_role_policy(RoleName=name, PolicyName="sms")
            iam.delete_role(RoleName=name)
            return
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document("cognito-idp.amazonaws.com"))
        rights = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
        iam.put_role_policy(RoleName=name, PolicyName="sms", PolicyDocument=document)

    return change


def _identity(call: str) -> Callable[[Stack], object]:
    return lambda stack: getattr(stack.aws.client("sesv2"), call)(EmailIdentity="acme.example")


def _spend_limit(limit: str) -> Callable[[Stack], object]:
    return lambda stack: stack.aws.client("sns").set_sms_attributes(attributes={"MonthlySpendLimit": limit})


def _schedule(stack: Stack) -> None:
    stack.aws.client("kms").schedule_key_deletion(KeyId=stack.outputs["existing"]["kms_key_arn"])


def _keep(stack: Stack) -> None:
    _key("cancel_key_deletion")(stack)
    _key("enable_key")(stack)


def _unconstrained(stack: Stack) -> None:
    stack.aws.client("kms").create_grant(
        KeyId=stack.outputs["existing"]["kms_key_arn"],
        GranteePrincipal=stack.outputs["existing"]["role_arn"],
        Operations=["Decrypt"],
    )


def _revoke_unconstrained(stack: Stack) -> None:
    kms, key = stack.aws.client("kms"), stack.outputs["existing"]["kms_key_arn"]
    for grant in kms.list_grants(KeyId=key)["Grants"]:
        if not grant.get("Constraints"):
            kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])


WIRES = {
    "trigger": Wire(
        "pool: trigger", _pool(CustomSMSSender=None, KMSKeyID=None), PUT, "has no custom_sms_sender", "lambda_config"
    ),
    "function in the alias's place": Wire(
        "pool: trigger",
        _pool(CustomSMSSender=lambda stack: {"LambdaArn": _function(stack), "LambdaVersion": "V1_0"}),
        PUT, "another qualifier than live", "lambda_config",
    ),
    "another function": Wire(
        "pool: trigger",
        _pool(CustomSMSSender={"LambdaArn": ANOTHER, "LambdaVersion": "V1_0"}),
        PUT, "calls another function", "lambda_config", "warn",
    ),
    "a channel that is off": Wire(
        "pool: trigger",
        _pool(CustomEmailSender=lambda stack: {"LambdaArn": f"{_function(stack)}:live", "LambdaVersion": "V1_0"}),
        PUT, "the channel email is off: its codes are lost", "docs/email.md",
    ),
    "another key": Wire(
        "pool: key",
        _pool(KMSKeyID=lambda stack: stack.outputs["both"]["kms_key_arn"]),
        PUT, "another than the function decrypts with", "lambda_config",
    ),
    "a trigger that the provider drops": Wire(
        "pool: other triggers",
        _pool(InboundFederation={"LambdaArn": ANOTHER, "LambdaVersion": "V1_0"}),
        PUT, "InboundFederation: Terraform's provider does not know it", "after each apply", "warn",
    ),
    "a grant for every pool": Wire(
        "key", _unconstrained, _revoke_unconstrained, "whatever pool a code is for", "kms revoke-grant --key-id", "warn"
    ),
    "SMS role without trust": Wire(
        "pool: SMS role", _trust("ec2.amazonaws.com"), _trust("cognito-idp.amazonaws.com"), "does not trust", "minimal"
    ),
    "SMS role": Wire("pool: SMS role", _role("delete"), _role("create"), "is not there", "examples/minimal"),
    "external id": Wire(
        "pool: SMS role", _trust("cognito-idp.amazonaws.com", "other"), _trust("cognito-idp.amazonaws.com", "first"),
        "another external id", "make both the same",
    ),
    "key": Wire("key", _key("disable_key"), _key("enable_key"), "is Disabled", "aws kms enable-key"),
    "key that is deleted": Wire("key", _schedule, _keep, "waits for its deletion", "aws kms cancel-key-deletion"),
    "failure queue": Wire("failure queue", _fail, _empty, "1 events failed for good", "docs/operations.md", "warn"),
    "a permission for every pool": Wire(
        "permissions",
        _lambda("add_permission", **PERMISSION, Action="lambda:InvokeFunction", Principal="cognito-idp.amazonaws.com"),
        _lambda("remove_permission", **PERMISSION), "the permission any-pool is wider than needed",
        f"aws lambda remove-permission --function-name {EXISTING} --qualifier live --statement-id any-pool", "warn",
    ),
    "the alarms' topic": Wire(
        "alarms", _topic("delete_topic", TopicArn=OPERATORS), _topic("create_topic", Name="e2e-operators"),
        f"they tell {OPERATORS}, which is not there", "make it again", "warn", BOTH,
    ),
    "alarm": Wire("alarms", _alarm("ALARM"), _alarm("OK"), "in alarm: e2e-existing-errors", "description", "warn"),
    "secret of another shape": Wire(
        "sender twilio: secret", _secret('{"api_key": "k-17"}'), _secret(twilio_secret("1" * 32)),
        "twilio refuses it: account_sid: a Twilio account SID", "write it into the secret",
    ),
    "secret that is no JSON": Wire(
        "sender twilio: secret", _secret("k-17"), _secret(twilio_secret("1" * 32)), "no JSON object", "write the sender"
    ),
    "secret that is deleted": Wire(
        "sender twilio: secret",
        lambda stack: stack.aws.client("secretsmanager").delete_secret(SecretId="e2e/twilio"),
        lambda stack: stack.aws.client("secretsmanager").restore_secret(SecretId="e2e/twilio"),
        "is not there", "restore it",
    ),
    "spend limit": Wire(
        "sender sns: spend", _spend_limit("1"), _spend_limit("100"), "1 US dollar a month", "a higher limit",
        "warn", BOTH,
    ),
    "SES identity": Wire(
        "sender ses: identity", _identity("delete_email_identity"), _identity("create_email_identity"),
        "is not there", "make it", of=BOTH,
    ),
}  # fmt: skip
# Those that `make test` breaks; the others at night.
QUICK = {"trigger", "another key", "key", "secret of another shape"}


def _said(found: Diagnosis, whole: Diagnosis, stack: Stack) -> list[dict[str, str]]:
    """What is wrong now and was not before, without the ids of pool and key and the role's suffix."""
    lines = [{**line} for line in found.lines if line["state"] in {"fail", "warn"} and line not in whole.lines]
    for line in lines:
        for name, called in (("first", "pool"), ("second", "pool second")):
            line["wire"] = line["wire"].replace(f"pool {stack.pools[name].id}", called)
        line["wire"] = "key" if line["wire"].startswith("key ") else line["wire"]
        line["text"] = line["text"].replace(_role_of_the_function(stack), "of iam.tf")
    return lines


@pytest.fixture(scope="module")
def whole(stack: Stack) -> dict[str, Diagnosis]:
    """What there is to say of each before anything is broken: filled by the first test that asks."""
    PUT(stack)
    return {}


@pytest.mark.parametrize(
    "broken", [pytest.param(name, marks=[pytest.mark.long] * (name not in QUICK)) for name in WIRES]
)
def test_a_broken_wire_is_the_only_one_that_is_named_and_its_fix_mends_it(
    broken: str, stack: Stack, doctor: Doctor, whole: dict[str, Diagnosis]
) -> None:
    wire = WIRES[broken]
    before = whole.get(wire.of) or whole.setdefault(wire.of, doctor(wire.of))
    wire.breaks(stack)
    try:
        found = doctor(wire.of)
    finally:
        wire.fixes(stack)

    (line,) = _said(found, before, stack)
    assert (line["wire"], line["state"]) == (wire.name, wire.state)
    assert wire.says in line["text"]
    assert wire.fix in line["fix"]
    assert "k-17" not in json.dumps(found.lines)
    assert doctor(wire.of).lines == before.lines


# What an apply mends, all at once


def _publish(stack: Stack) -> None:
    """A version that the alias does not point to, but for a part of the messages."""
    client = stack.aws.client("lambda")
    client.update_function_configuration(FunctionName=EXISTING, Description="changed by hand")
    version = client.publish_version(FunctionName=EXISTING)["Version"]
    weights = {"AdditionalVersionWeights": {version: 0.5}}
    client.update_alias(FunctionName=EXISTING, Name="live", RoutingConfig=weights)


def _unreadable(stack: Stack) -> None:
    """What the alias points to was told something that it cannot read."""
    client = stack.aws.client("lambda")
    told = client.get_function_configuration(FunctionName=EXISTING)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=EXISTING, Environment={"Variables": {**told, "SENDER_REFERENCES": "{"}}
    )
    client.update_alias(FunctionName=EXISTING, Name="live", FunctionVersion="$LATEST", RoutingConfig={})


def _no_alarms(stack: Stack) -> None:
    client = stack.aws.client("cloudwatch")
    alarms = client.describe_alarms(AlarmNamePrefix=f"{EXISTING}-")["MetricAlarms"]
    client.delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in alarms])


def _no_policy(stack: Stack) -> None:
    """What the function may send with."""
    iam, role = stack.aws.client("iam"), _role_of_the_function(stack)
    (name,) = [each for each in iam.list_role_policies(RoleName=role)["PolicyNames"] if each.startswith("senders-")]
    iam.delete_role_policy(RoleName=role, PolicyName=name)


def _no_trust(stack: Stack) -> None:
    stack.aws.client("iam").update_assume_role_policy(
        RoleName=_role_of_the_function(stack), PolicyDocument=_document("ec2.amazonaws.com")
    )


def _no_queue(stack: Stack) -> None:
    stack.aws.client("sqs").delete_queue(QueueUrl=stack.outputs["existing"]["failure_queue_url"])


def _table(call: str, **parameters: Any) -> Callable[[Stack], object]:
    return lambda stack: getattr(stack.aws.client("dynamodb"), call)(TableName=f"{EXISTING}-ledger", **parameters)


OFF = {"Enabled": False, "AttributeName": "expires_at"}
# Of each apply: what is broken before, and the lines that this leads to. Terraform's provider looks for a grant that is
# gone for three minutes, so all that are go at once.
APPLIES: list[tuple[list[Callable[[Stack], object]], set[tuple[str, str]]]] = [
    (
        [
            _lambda("remove_permission", Qualifier="live", StatementId="Cognito-first"),
            _grant(""),
            _grant("EncryptionContextEquals", "second"),
            _lambda("put_function_concurrency", ReservedConcurrentExecutions=0),
            _publish,
            _no_policy,
            _no_queue,
            _logs("delete_retention_policy"),
            _table("update_time_to_live", TimeToLiveSpecification=OFF),
            _no_alarms,
        ],
        {
            ("pool: permission", "Cognito may not call the alias for this pool, and nobody is told"),
            ("pool: grant", "the function may not decrypt this pool's codes: they wait, and are lost"),
            ("pool second: grant", "its constraint is EncryptionContextEquals, which refuses every code of Cognito's"),
            ("function", "its reserved concurrency is 0: nobody can call it"),
            ("role", "the function's role has no policy senders-…"),
            ("alias", "of the messages go 50% to version 2, and the others to version 1"),
            ("failure queue", f"the queue {EXISTING}-failures is not there, so what fails for good is lost"),
            ("log group", "its lines are kept for ever"),
            ("ledger", "its items have no time to live, so the table grows for ever"),
            ("alarms", "there are none: nobody is told when codes are lost"),
        },
    ),
    (
        [
            _lambda("delete_function_event_invoke_config", Qualifier="live"),
            _lambda("delete_alias", Name="live"),
            _logs("delete_log_group"),
            _table("delete_table"),
            _no_trust,
        ],
        {
            ("asynchronous calls", "Lambda's defaults hold: codes wait for six hours, and what is lost is on no queue"),
            ("alias", "there is no alias live, which Cognito calls"),
            # The alias takes its permissions along.
            ("pool: permission", "Cognito may not call the alias for this pool, and nobody is told"),
            ("pool second: permission", "Cognito may not call the alias for this pool, and nobody is told"),
            ("log group", f"/aws/lambda/{EXISTING} is not there: nobody can see why a code did not arrive"),
            ("ledger", f"the table {EXISTING}-ledger is not there: no limit holds, and codes may go out twice"),
            ("role", "Lambda may not take the function's role of iam.tf: every code is lost"),
        },
    ),
    (
        [_unreadable],
        {
            (
                "settings",
                "the function would refuse every message: SENDER_REFERENCES: a JSON object. Got: something else.",
            ),
            ("alias", "it points at $LATEST, which changes under it"),
        },
    ),
]


@pytest.mark.long
@pytest.mark.parametrize(("breaks", "lines"), APPLIES)
def test_what_an_apply_mends_is_named_and_is_whole_after_one(
    breaks: list[Callable[[Stack], object]],
    lines: set[tuple[str, str]],
    stack: Stack,
    doctor: Doctor,
    whole: dict[str, Diagnosis],
) -> None:
    before = whole.get(EXISTING) or whole.setdefault(EXISTING, doctor(EXISTING))
    try:
        for each in breaks:
            each(stack)
        said = _said(doctor(EXISTING), before, stack)
    finally:
        stack.terraform.apply()

    assert {(line["wire"], line["text"]) for line in said} == lines
    assert all("terraform apply" in line["fix"] for line in said)
    assert _said(doctor(EXISTING), before, stack) == []


def _with(text: str, place: str, more: str) -> str:
    assert text.count(place) == 1
    return text.replace(place, place + more)


def _sessions(stack: Stack, minutes: int) -> None:
    for name in ("first", "second"):
        pool = stack.pools[name]
        stack.cognito.update_user_pool_client(UserPoolId=pool.id, ClientId=pool.client_id, AuthSessionValidity=minutes)


@pytest.mark.long
def test_what_the_fix_wants_changed_in_the_root_is_whole_after_it(stack: Stack, doctor: Doctor) -> None:
    """A pool that is gone, alarms that tell nobody, sign-ins that end too early, a configuration set of nobody's."""
    root = stack.terraform.directory
    variables, main = (root / "terraform.tfvars.json"), (root / "main.tf")
    told, text = json.loads(variables.read_text()), main.read_text()
    pool = existing_pool(stack.aws, "gone")
    arns = {**told["existing_pool_arns"], "gone": arn_of(stack.aws, pool)}
    wrong = _with(text, 'sender = "testers" }', ", code_lifetimes_seconds = { Authentication = 600 }")
    wrong = _with(wrong, "ses = { ses = { ", 'configuration_set = "acme", ')
    variables.write_text(json.dumps({**told, "existing_pool_arns": arns}))
    main.write_text(wrong)
    stack.terraform.apply()
    stack.aws.client("cognito-idp").delete_user_pool(UserPoolId=pool.id)
    found, found_in_both = doctor(EXISTING), doctor(BOTH)
    variables.write_text(json.dumps(told))
    topic = "monitoring = { alarms = { topic_arns = [aws_sns_topic.operators.arn] } }"
    main.write_text(_with(wrong, 'name = "e2e-existing"', f"\n  {topic}"))
    stack.terraform.apply()
    _sessions(stack, 10)
    ses = stack.aws.client("sesv2")
    ses.create_configuration_set(ConfigurationSetName="acme", SendingOptions={"SendingEnabled": True})
    mended, mended_in_both = doctor(EXISTING), doctor(BOTH)
    _sessions(stack, 3)
    ses.delete_configuration_set(ConfigurationSetName="acme")
    main.write_text(text)
    stack.terraform.apply()

    apply = "terraform apply, of the root that calls the module"
    gone = f"take it out of user_pools; {apply}. What Terraform does not know: aws lambda remove-permission"
    named = [
        (found, f"pool {pool.id}: trigger", "the pool is authorized, and not there", gone),
        (found, "alarms", "tell nobody", "name a topic in monitoring.alarms.topic_arns"),
        (found, f"pool {stack.pools['first'].id}: app clients", "before the 600 s", "raise the client's auth_session"),
        (found_in_both, "sender ses: configuration set", "acme is not there", "make it, or name another"),
    ]
    for where, wire, says, fix in named:
        assert where.is_wrong(wire, says, fix), wire
    for where in (mended, mended_in_both):
        assert [wire for _, wire, says, _ in named if where.is_wrong(wire, says)] == []
    assert any(wire == "alarms" for wire, _ in mended.of("pass"))


@pytest.mark.long
@pytest.mark.parametrize("action", sorted(ASKED))
def test_what_nobody_may_look_at_is_skipped_and_names_the_right(
    action: str, operator: Deployer, doctor: Doctor
) -> None:
    with operator.without(action):
        found = doctor(BOTH)

    said = f"not looked at: you have no right to {action}"
    assert {line["fix"] for line in found.lines if line["text"] == said} == {"see docs/doctor.json"}
    assert found.of("fail", "warn") == set()
    assert not any(line["fix"].startswith("report it") for line in found.lines)
    assert found.code == (2 if action == "cognito-idp:DescribeUserPool" else 0)


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
