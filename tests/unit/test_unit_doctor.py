"""What ``cognito-sender doctor`` says of a whole sender, by answers that fit AWS's own models.

``CASES`` and ``PERSONS`` hold every message: each is one answer of AWS's that is not as it should be. The embedded AWS
breaks and mends wires for real in ``tests/e2e/test_e2e_doctor.py``.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import os
import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import boto3
import pytest
from botocore import xform_name
from botocore.session import get_session
from botocore.validate import ParamValidator

import cognito_sender.doctor
from cognito_sender.__main__ import main
from cognito_sender.doctor import providers, running
from cognito_sender.doctor import recipient as person
from cognito_sender.doctor.aws import Aws, CannotLookError, NotAskedError
from cognito_sender.doctor.command import NO_POOL, as_json, as_text, look, wires_of
from cognito_sender.doctor.deployed import deployed
from cognito_sender.doctor.findings import Line, State
from contract.rig import SETUPS, SMTP, THIRD_PARTIES
from localaws import REPOSITORY
from support.configured import create
from support.environment import KEY_ARN, LEDGER, environment

POLICY = json.loads((REPOSITORY / "docs" / "doctor.json").read_text())
ALLOWED = {action for statement in POLICY["Statement"] for action in statement["Action"]}
REGION = "eu-central-1"
ACCOUNT = "123456789012"
PREFIXES = {"pinpoint-sms-voice-v2": "sms-voice", "sesv2": "ses"}
THEN = datetime(2026, 1, 2, tzinfo=UTC)

Answer = Any
Answers = Mapping[str, Answer]


@cache
def _operations(service: str) -> dict[str, Any]:
    """By boto3's names."""
    model = get_session().get_service_model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


# One for all: to make it takes as long as a test, and nobody is asked by it.
_session = cache(boto3.Session)


class Told(Aws):
    """AWS as it answers here: by operation; None for what is not there, a function where the question decides.

    A question and an answer must fit the service's model.
    """

    asked: ClassVar[set[str]] = set()

    def __init__(self, answers: Answers) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("boto3.Session", _session)
            super().__init__(REGION)
        self._by_operation = answers

    def _ask(self, service: str, operation: str, region: str, parameters: dict[str, Any]) -> Any:
        model = _operations(service)[operation]
        name = model.name
        self.asked.add(f"{PREFIXES.get(service, service)}:{name.replace('LayerVersionByArn', 'LayerVersion')}")
        assert not ParamValidator().validate(parameters, model.input_shape).has_errors()
        answer = self._by_operation[name]
        if callable(answer):
            answer = answer(parameters)
        if isinstance(answer, NotAskedError):
            raise answer
        assert answer is None or not ParamValidator().validate(answer, model.output_shape).has_errors(), name
        # boto3 decodes it: https://docs.aws.amazon.com/boto3/latest/reference/services/iam/client/get_role.html
        if name == "GetRole" and answer:
            document = json.loads(answer["Role"]["AssumeRolePolicyDocument"])
            return {"Role": {**answer["Role"], "AssumeRolePolicyDocument": document}}
        return answer


# A sender that is whole, with one of each kind that AWS knows something of

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:acme-login"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/acme-login"
POOL = f"{REGION}_Abc"
POOL_ARN = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{POOL}"
LAYER = f"arn:aws:lambda:{REGION}:017000801446:layer:Powertools:36"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:testers"
OPERATORS = f"arn:aws:sns:{REGION}:{ACCOUNT}:operators"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:acme-login-failures"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:twilio-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/telnyx"
PACKAGE = base64.b64encode(
    hashlib.sha256((REPOSITORY / "function/dist/custom-sender.zip").read_bytes()).digest()
).decode()
NUMBER = "+15550100123"
SENDERS: Mapping[str, Any] = {
    "numbers": {
        "kind": "end_user_messaging",
        "origination_identity": "pool-1",
        "origination_by_country": {"DE": "ACME", "US": NUMBER, "AT": "phone-1", "CH": "rcs-1"},
        "configuration_set_name": "codes",
    },
    "notify": {"kind": "notify", "notify_configuration_id": "nc-1234567890abcdef0"},
    "sns": {"kind": "sns"},
    "testers": {"kind": "sns_topic", "environment": "test"},
    "twilio": {"kind": "twilio", "messaging_service_sid": "MG" + "0" * 32},
    "telnyx": {"kind": "http", "preset": "telnyx", "settings": {"from": NUMBER}},
    "ses": {"kind": "ses", "configuration_set": "mails"},
}
REFERENCES = {
    "senders.testers.topic_arn": TOPIC,
    "senders.twilio.secret_arn": SECRET,
    "senders.telnyx.secret_arn": PARAMETER,
    "senders.ses.identity_arn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/acme.example",
}
HOURLY = {"max": 3, "per_seconds": 3600, "mode": "enforce"}
CHANGES: Mapping[str, Any] = {
    **LEDGER,
    "sms": {"routes": {"default": ["numbers", "notify", "sns", "twilio", "telnyx"]}},
    "email": {
        "from": "login@acme.example",
        "routes": {"default": ["ses"]},
        "limits": {"address": HOURLY, "domain": {**HOURLY, "exempt": []}, "overall": HOURLY},
    },
    "senders": SENDERS,
    "protection": {"test_recipients": {"numbers": ["+999555*"], "addresses": [], "sender": "testers"}},
}


def _function(changes: Mapping[str, Any] = CHANGES, **changed: Any) -> dict[str, Any]:
    return {
        "FunctionName": "acme-login",
        "FunctionArn": f"{FUNCTION}:live",
        "Role": ROLE,
        "Handler": "custom_sender.handler.handler",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Runtime": "python3.13",
        "Architectures": ["arm64"],
        "CodeSha256": PACKAGE,
        "Layers": [{"Arn": LAYER}],
        "Environment": {"Variables": environment(changes, REFERENCES)},
        **changed,
    }


def _identity(**changed: Any) -> dict[str, Any]:
    """An identity of End User Messaging, with what each kind of them has."""
    common = {
        "MessageType": "TRANSACTIONAL", "TwoWayEnabled": False, "SelfManagedOptOutsEnabled": False,
        "OptOutListName": "Default", "DeletionProtectionEnabled": False, "CreatedTimestamp": THEN, "Status": "ACTIVE",
    }  # fmt: skip
    return {**common, **changed}


def _pool_identity(**changed: Any) -> dict[str, Any]:
    return {"Pools": [_identity(PoolArn="a", PoolId="pool-1", SharedRoutesEnabled=False, **changed)]}


def _phones(**changed: Any) -> dict[str, Any]:
    number = {
        "PhoneNumberArn": "a", "PhoneNumber": NUMBER, "IsoCountryCode": "US", "NumberCapabilities": ["SMS"],
        "NumberType": "TEN_DLC", "MonthlyLeasingPrice": "1", "RegistrationId": "registration-1",
    }  # fmt: skip
    return {"PhoneNumbers": [_identity(**number, **changed)]}


def _agents(status: str) -> dict[str, Any]:
    agent = {"RcsAgentArn": "a", "RcsAgentId": "rcs-1", "Status": status, "CreatedTimestamp": THEN}
    agent |= {"DeletionProtectionEnabled": False, "OptOutListName": "Default", "SelfManagedOptOutsEnabled": False}
    return {"RcsAgents": [{**agent, "TwoWayEnabled": False}]}


def _sender_ids(name: str = "ACME", *, registered: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {
        "SenderIdArn": "a",
        "SenderId": name,
        "IsoCountryCode": "DE",
        "MessageTypes": ["TRANSACTIONAL"],
    }
    return {
        "SenderIds": [
            {**found, "MonthlyLeasingPrice": "0", "DeletionProtectionEnabled": False, "Registered": registered}
        ]
    }


def _registration(status: str) -> dict[str, Any]:
    found = {"RegistrationArn": "a", "RegistrationId": "registration-1", "RegistrationType": "US_TEN_DLC_CAMPAIGN"}
    return {
        "Registrations": [{**found, "CurrentVersionNumber": 1, "CreatedTimestamp": THEN, "RegistrationStatus": status}]
    }


def _tier(tier: str) -> dict[str, Any]:
    return {"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": tier}]}


def _spend(limit: int) -> dict[str, Any]:
    limits = {"EnforcedLimit": limit, "MaxLimit": limit, "Overridden": False}
    return {"SpendLimits": [{"Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", **limits}]}


def _notify(status: str) -> dict[str, Any]:
    found: dict[str, Any] = {"NotifyConfigurationArn": "a", "NotifyConfigurationId": "n", "DisplayName": "n"}
    found["UseCase"] = "CODE_VERIFICATION"
    found |= {"Status": status, "TierUpgradeStatus": "BASIC", "Tier": "BASIC", "EnabledChannels": ["SMS"]}
    return {"NotifyConfigurations": [{**found, "CreatedTimestamp": THEN, "DeletionProtectionEnabled": False}]}


def _measures(**values: float) -> Callable[[Any], Answer]:
    """Of each metric that is asked for, this value or none."""

    def answer(parameters: Any) -> Answer:
        asked = {query["Id"]: query["MetricStat"]["Metric"]["MetricName"] for query in parameters["MetricDataQueries"]}
        return {
            "MetricDataResults": [
                {"Id": name, "Values": [values[metric]] if metric in values else []} for name, metric in asked.items()
            ]
        }

    return answer


def _ses(*, production: bool = True, sending: bool = True, status: str = "HEALTHY", sent: float = 5.0) -> Answer:
    quota = {"Max24HourSend": 100.0, "MaxSendRate": 1.0, "SentLast24Hours": sent}
    found = {"ProductionAccessEnabled": production, "SendingEnabled": sending, "EnforcementStatus": status}
    return {**found, "SendQuota": quota}


def _mail_identity(*, verified: bool = True, dkim: str = "SUCCESS") -> Answer:
    return {"VerifiedForSendingStatus": verified, "DkimAttributes": {"Status": dkim}}


def _alias(version: str = "2", **changed: Any) -> Answer:
    return {"FunctionVersion": version, **changed}


def _policy(**changed: Any) -> Answer:
    conditions = {"ArnLike": {"AWS:SourceArn": POOL_ARN}, "StringEquals": {"AWS:SourceAccount": ACCOUNT}}
    statement = {
        "Sid": "Cognito-app",
        "Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "lambda:InvokeFunction",
        "Resource": f"{FUNCTION}:live", "Condition": conditions, **changed,
    }  # fmt: skip
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def _grants(*constraints: Mapping[str, Any]) -> Answer:
    return {
        "Grants": [
            {"GrantId": "g-1", "GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Constraints": dict(each)}
            for each in constraints
        ]
    }


def _key(state: str) -> Answer:
    return {"KeyMetadata": {"KeyId": KEY_ARN.rpartition("/")[2], "KeyState": state}}


def _calls(arn: str = f"{FUNCTION}:live", version: str = "V1_0") -> dict[str, str]:
    return {"LambdaArn": arn, "LambdaVersion": version}


TRIGGERS: Mapping[str, Any] = {"CustomSMSSender": _calls(), "CustomEmailSender": _calls(), "KMSKeyID": KEY_ARN}
SMS_ROLE = {"SnsCallerArn": f"arn:aws:iam::{ACCOUNT}:role/sms", "ExternalId": "e-1"}


def _pool(triggers: Mapping[str, Any] | None = None, **changed: Any) -> Answer:
    config = {name: value for name, value in {**TRIGGERS, **(triggers or {})}.items() if value}
    found = {"SmsConfiguration": SMS_ROLE, "EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}
    return {"UserPool": {"LambdaConfig": config, **found, **changed}}


def _role(
    principal: str = "cognito-idp.amazonaws.com", external_id: str | None = "e-1", operator: str = "StringEquals"
) -> Answer:
    """The role of the pool, or of the function if the principal is Lambda; the other is as it must be."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {operator: {"sts:ExternalId": external_id}}
    return _roles(sms=statement)


def _roles(**changed: Any) -> Callable[[Any], Answer]:
    statement = {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "sts:AssumeRole"}
    of_lambda = {**statement, "Principal": {"Service": "lambda.amazonaws.com"}}
    trusts = {"sms": statement, "acme-login": of_lambda, **changed}

    def answer(parameters: Any) -> Answer:
        name = parameters["RoleName"]
        if trusts[name] is None:
            return None
        common = {
            "Path": "/",
            "RoleName": name,
            "RoleId": "A" * 16,
            "Arn": SMS_ROLE["SnsCallerArn"],
            "CreateDate": THEN,
        }
        return {"Role": {**common, "AssumeRolePolicyDocument": json.dumps({"Statement": trusts[name]})}}

    return answer


def _statements(*statements: Mapping[str, Any]) -> Answer:
    """The alias's policy, of the module's permission with these changes each."""
    made = [json.loads(_policy(**each)["Policy"])["Statement"][0] for each in statements]
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": made})}


def _table(status: str) -> Answer:
    return {"Table": {"TableStatus": status, **_keyed("id")}}


def _keyed(name: str) -> Answer:
    return {
        "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"}],
    }


def _life(status: str = "ENABLED", attribute: str = "expires_at") -> Answer:
    return {"TimeToLiveDescription": {"TimeToLiveStatus": status, "AttributeName": attribute}}


def _alarms(without: str = "", **changed: Any) -> Answer:
    alarm = {"StateValue": "OK", "AlarmActions": [OPERATORS], "ActionsEnabled": True}
    names = [name for name in ("dropped-events", "errors", "failure-queue", "ledger") if name != without]
    return {
        "MetricAlarms": [
            {**alarm, **(changed if name == names[-1] else {}), "AlarmName": f"acme-login-{name}"} for name in names
        ]
    }


def _retries(**changed: Any) -> Answer:
    destination = {"OnFailure": {"Destination": QUEUE}}
    return {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 2, "DestinationConfig": destination, **changed}


SID = "AC" + "0" * 32


def _secret(**fields: Any) -> Answer:
    return {"SecretString": json.dumps(fields)}


def _queued(count: int) -> Answer:
    return {"Attributes": {"ApproximateNumberOfMessages": str(count)}}


SUBSCRIBED = {"Attributes": {"SubscriptionsConfirmed": "1"}}
WHOLE: Answers = {
    "DescribeAccountAttributes": _tier("PRODUCTION"),
    "DescribeAlarms": _alarms(),
    "DescribeConfigurationSets": {},
    "DescribeKey": _key("Enabled"),
    "DescribeLogGroups": {"logGroups": [{"logGroupName": "/aws/lambda/acme-login", "retentionInDays": 30}]},
    "DescribeNotifyConfigurations": _notify("ACTIVE"),
    "DescribePhoneNumbers": _phones(),
    "DescribePools": _pool_identity(),
    "DescribeRcsAgents": _agents("ACTIVE"),
    "DescribeRegistrations": _registration("COMPLETE"),
    "DescribeSenderIds": _sender_ids(),
    "DescribeSpendLimits": _spend(100),
    "DescribeTable": _table("ACTIVE"),
    "DescribeTimeToLive": _life(),
    "DescribeUserPool": _pool(),
    "DescribeUserPoolClient": {"UserPoolClient": {"AuthSessionValidity": 10}},
    "FilterLogEvents": {},
    "GetAccount": _ses(),
    "GetAlias": _alias(),
    "GetConfigurationSet": {},
    "GetEmailIdentity": _mail_identity(),
    "GetFunctionConcurrency": {},
    "GetFunctionConfiguration": _function(),
    "GetFunctionEventInvokeConfig": _retries(),
    "GetItem": {},
    "GetLayerVersionByArn": lambda _: NotAskedError("no layer", ""),
    "GetMetricData": _measures(SENT=5, TextMessageMonthlySpend=10, SMSMonthToDateSpentUSD=10),
    "GetParameter": {"Parameter": {"Value": '{"api_key": "geheim-17"}'}},
    "GetPolicy": _policy(),
    "GetQueueAttributes": _queued(0),
    "GetQueueUrl": {"QueueUrl": "https://sqs.example/q"},
    "GetRole": _role(),
    "GetSMSAttributes": {"attributes": {"MonthlySpendLimit": "50"}},
    "GetSMSSandboxAccountStatus": {"IsInSandbox": False},
    "GetSecretValue": _secret(account_sid=SID, auth_token="geheim-17"),
    "GetSuppressedDestination": None,
    "GetTopicAttributes": SUBSCRIBED,
    "ListRolePolicies": {"PolicyNames": ["function-1", "senders-1"]},
    "ListGrants": _grants({"EncryptionContextSubset": {"userpool-id": POOL}}),
    "ListUserPoolClients": {"UserPoolClients": [{"ClientId": "app"}]},
    "ListUserPools": {"UserPools": [{"Id": POOL}]},
    "ListVersionsByFunction": {"Versions": [{"Version": "$LATEST"}, {"Version": "1"}, {"Version": "2"}]},
}


@cache
def of_all_cases() -> list[list[Line]]:
    """The lines of each case."""
    return [diagnosis(answers) for answers, *_ in CASES]


def diagnosis(answers: Answers) -> list[Line]:
    """All lines of a sender in an account that answers so, and as whole as can be otherwise."""
    return wires_of(deployed(Told({**WHOLE, **answers}), "acme-login"))


def about(address: str, answers: Answers | None = None, changes: Mapping[str, Any] = CHANGES) -> list[Line]:
    """All lines about a person."""
    told = {**WHOLE, "GetFunctionConfiguration": _function(changes), **(answers or {})}
    return look(person.checks(deployed(Told(told), "acme-login"), address, 24))


FAIL, WARN = State.FAIL, State.WARN
ELSEWHERE = _calls(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:other:live")
SMS_ONLY = {name: value for name, value in CHANGES.items() if name != "email"}
SUBSET = {"EncryptionContextSubset": {"userpool-id": POOL}}
UNREADABLE = {**environment(CHANGES, REFERENCES), "SENDER_REFERENCES": "{"}
OTHER_CONDITION = {"ArnLike": {"AWS:SourceArn": TOPIC}}
OTHER_ACCOUNT = {"ArnLike": {"AWS:SourceArn": POOL_ARN}, "StringEquals": {"AWS:SourceAccount": "210987654321"}}
ACCOUNT_SID = 'account_sid: a Twilio account SID: "AC" and 32 hexadecimal digits'
WIDE: list[dict[str, Any]] = [
    {"Condition": {}},
    {"Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}},
    {"Condition": {"ArnLike": {"AWS:SourceArn": POOL_ARN.replace(POOL, "*")}}},
    {"Action": "lambda:*"},
    {"Principal": "*"},
]
WIDE_GRANT = "a grant is wider than needed: the function may decrypt whatever pool a code is for"
WATCHED = {"code_lifetimes_seconds": {"Authentication": 900}}
# What AWS answers → the wire, the state, the text in full, and a part of the fix, of the only line that this adds.
CASES: list[tuple[Answers, str, State, str, str]] = [
    ({"GetFunctionConfiguration": _function(Environment={"Variables": UNREADABLE})},
     "settings", FAIL,
     "the function would refuse every message: SENDER_REFERENCES: a JSON object. Got: something else.",
     "version; terraform apply"),
    ({"GetFunctionConfiguration": _function(State="Failed", StateReasonCode="InvalidSubnet")},
     "function", FAIL, "State Failed, LastUpdateStatus Successful (InvalidSubnet)", "mend that reason"),
    ({"GetFunctionConfiguration": _function(LastUpdateStatus="Failed")},
     "function", FAIL, "State Active, LastUpdateStatus Failed (no reason)", "mend that reason"),
    ({"GetFunctionConcurrency": {"ReservedConcurrentExecutions": 0}},
     "function", FAIL, "its reserved concurrency is 0: nobody can call it", "function.reserved_concurrency"),
    ({"GetAlias": None}, "alias", FAIL, "there is no alias live, which Cognito calls", "terraform apply"),
    ({"GetAlias": _alias(RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})},
     "alias", WARN, "of the messages go 50% to version 1, and the others to version 2", "terraform apply"),
    ({"GetAlias": _alias("1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}})},
     "alias", WARN, "of the messages go 10% to version 2, and the others to version 1", "terraform apply"),
    ({"GetAlias": _alias("$LATEST")}, "alias", WARN, "it points at $LATEST, which changes under it", "terraform apply"),
    ({"GetAlias": _alias("1")},
     "alias", WARN, "version 1, and there is a version 2: its self-check failed, or the apply was stopped",
     "it says why"),
    ({"GetLayerVersionByArn": None},
     "layers", WARN, "Powertools:36 is not there any more: the next version cannot have it", "package"),
    ({"GetFunctionEventInvokeConfig": None},
     "asynchronous calls", FAIL,
     "Lambda's defaults hold: codes wait for six hours, and what is lost is on no queue", "terraform apply"),
    ({"GetQueueUrl": None},
     "failure queue", FAIL, "the queue acme-login-failures is not there, so what fails for good is lost",
     "terraform apply"),
    ({"GetQueueAttributes": _queued(3)}, "failure queue", WARN, "3 events failed for good", "docs/operations.md"),
    ({"DescribeLogGroups": {"logGroups": [{"logGroupName": "/aws/lambda/acme-login-2"}]}},
     "log group", FAIL, "/aws/lambda/acme-login is not there: nobody can see why a code did not arrive",
     "terraform apply"),
    ({"DescribeLogGroups": {"logGroups": [{"logGroupName": "/aws/lambda/acme-login"}]}},
     "log group", WARN, "its lines are kept for ever", "log_retention_days"),
    ({"DescribeTable": None}, "ledger", FAIL,
     "the table acme-login-ledger is not there: no limit holds, and codes may go out twice", "terraform apply"),
    ({"DescribeTable": _table("INACCESSIBLE_ENCRYPTION_CREDENTIALS")},
     "ledger", FAIL, "the table is INACCESSIBLE_ENCRYPTION_CREDENTIALS", "enable"),
    ({"DescribeTimeToLive": _life("DISABLED")},
     "ledger", WARN, "its items have no time to live, so the table grows for ever", "terraform apply"),
    ({"DescribeKey": None}, "key", FAIL, f"{KEY_ARN} is not there: no code under it can be read again",
     "give the pool"),
    ({"DescribeKey": _key("PendingDeletion")}, "key", FAIL, "waits for its deletion",
     f"aws kms cancel-key-deletion --key-id {KEY_ARN} --region {REGION}, then aws kms enable-key --key-id {KEY_ARN}"),
    ({"DescribeKey": _key("Disabled")}, "key", FAIL, "is Disabled: no code can be read",
     f"aws kms enable-key --key-id {KEY_ARN} --region {REGION}"),
    ({"DescribeUserPool": None}, "pool: trigger", WARN, "the pool is authorized, and not there",
     ("What Terraform does not know: aws lambda remove-permission --function-name acme-login --qualifier live "
     f"--statement-id Cognito-app --region {REGION}; "
     f"aws kms revoke-grant --key-id {KEY_ARN} --grant-id g-1 --region {REGION}")),
    ({"DescribeUserPool": _pool({"CustomSMSSender": _calls(version="V2_0")})},
     "pool: trigger", FAIL, "CustomSMSSender has another LambdaVersion than V1_0", "lambda_config"),
    ({"GetFunctionConfiguration": _function(SMS_ONLY)},
     "pool: trigger", FAIL, "CustomEmailSender calls the alias, and the channel email is off: its codes are lost",
     "docs/email.md"),
    ({"DescribeUserPool": _pool({"CustomEmailSender": _calls(FUNCTION)})},
     "pool: trigger", FAIL, "CustomEmailSender calls the function by another qualifier than live, which it may not",
     "lambda_config"),
    ({"DescribeUserPool": _pool({"CustomEmailSender": _calls(f"{FUNCTION}:2")})},
     "pool: trigger", FAIL, "CustomEmailSender calls the function by another qualifier than live, which it may not",
     "lambda_config"),
    ({"DescribeUserPool": _pool({"CustomSMSSender": ELSEWHERE})},
     "pool: trigger", WARN, "CustomSMSSender calls another function, although sms is on", "turn sms off"),
    # A pool of mail alone needs nothing of Cognito's SMS.
    ({"DescribeUserPool": _pool({"CustomSMSSender": None}, SmsConfiguration={})},
     "pool: trigger", WARN, "has no custom_sms_sender: Cognito itself sends, and not this sender", "lambda_config"),
    ({"DescribeUserPool": _pool({"CustomSMSSender": None, "CustomEmailSender": None}),
      "GetFunctionConfiguration": _function(SMS_ONLY)},
     "pool: trigger", FAIL, "has no custom_sms_sender: Cognito itself sends, and not this sender", "lambda_config"),
    ({"DescribeUserPool": _pool({"CustomEmailSender": None})},
     "pool: trigger", WARN, "has no custom_email_sender: Cognito itself sends, and not this sender", "lambda_config"),
    ({"DescribeUserPool": _pool({"KMSKeyID": f"{KEY_ARN}x"})},
     "pool: key", FAIL, "another than the function decrypts with: every code is lost", "lambda_config"),
    *(({"GetPolicy": policy},
       "pool: permission", FAIL, "Cognito may not call the alias for this pool, and nobody is told", "user_pools")
      for policy in (None, _policy(Effect="Deny"), _policy(Resource=FUNCTION), _policy(Condition=OTHER_CONDITION),
                     _policy(Condition=OTHER_ACCOUNT), _policy(Action="lambda:GetFunction"),
                     _policy(Principal={"Service": "sns.amazonaws.com"}))),
    ({"ListGrants": _grants(SUBSET, {})},
     "key", WARN, WIDE_GRANT, f"aws kms revoke-grant --key-id {KEY_ARN} --grant-id g-1"),
    ({"ListGrants": _grants({})}, "key", WARN, WIDE_GRANT, f"aws kms revoke-grant --key-id {KEY_ARN} --grant-id g-1"),
    # The one permission, or one more beside it.
    *(({"GetPolicy": _statements(*statements)}, "permissions", WARN,
       "the permission Cognito-app is wider than needed: it is for more than one pool or right",
       "aws lambda remove-permission --function-name acme-login --qualifier live --statement-id Cognito-app")
      for wide in WIDE
      for statements in ([wide], [{"Sid": "Other"}, wide])),
    ({"ListGrants": _grants({"EncryptionContextEquals": {"userpool-id": POOL}})},
     "pool: grant", FAIL,
     "its constraint is EncryptionContextEquals, which refuses every code of Cognito's", "terraform apply"),
    ({"ListGrants": _grants()},
     "pool: grant", FAIL, "the function may not decrypt this pool's codes: they wait, and are lost", "user_pools"),
    ({"DescribeUserPool": _pool(SmsConfiguration={})},
     "pool: SMS role", FAIL, "the pool has no SmsConfiguration: Cognito makes no code for a telephone",
     "examples/minimal"),
    ({"DescribeUserPool": _pool(SmsConfigurationFailure="SNSSandbox")},
     "pool: SMS role", WARN, "Cognito reports SNSSandbox", "look at the role"),
    ({"GetRole": _roles(**{"acme-login": None})}, "role", FAIL,
     "the function's role acme-login is not there: every code is lost", "terraform apply"),
    ({"GetRole": _roles(**{"acme-login": []})}, "role", FAIL,
     "Lambda may not take the function's role acme-login: every code is lost", "terraform apply"),
    ({"ListRolePolicies": {"PolicyNames": ["senders-1"]}}, "role", FAIL,
     "the function's role has no policy function-…", "terraform apply"),
    ({"ListRolePolicies": {"PolicyNames": []}}, "role", FAIL,
     "the function's role has no policy function-…, senders-…", "terraform apply"),
    ({"GetFunctionConfiguration": _function(Handler="index.handler")}, "package", FAIL,
     "its handler is another than this module's: it is other code", "terraform apply"),
    ({"GetFunctionConfiguration": _function(Layers=[])}, "package", FAIL,
     "the default package has no layer, which has its libraries: it cannot start", "terraform apply"),
    ({"DescribeTable": {"Table": {"TableStatus": "ACTIVE", **_keyed("pk")}}}, "ledger", FAIL,
     "the table has another key than the function writes: it can keep no item", "delete it; terraform apply"),
    ({"DescribeTimeToLive": _life(attribute="ttl")},
     "ledger", WARN, "its items have no time to live, so the table grows for ever", "terraform apply"),
    *(({"DescribeAlarms": _alarms(name)}, "alarms", WARN, f"without acme-login-{name}", "monitoring.alarms")
      for name in ("dropped-events", "errors", "failure-queue", "ledger")),
    ({"GetTopicAttributes": lambda asked: None if asked["TopicArn"] == OPERATORS else SUBSCRIBED},
     "alarms", WARN, f"they tell {OPERATORS}, which is not there", "make it again, or name another in monitoring"),
    ({"GetMetricData": _measures(Errors=2, Invocations=7, SENT=5)},
     "last hour", WARN, "2 of 7 calls ended in an error: codes came late, or are lost", "docs/operations.md"),
    ({"GetMetricData": _measures(Invocations=7)},
     "last hour", WARN, "the function runs (7 calls), and records nothing", "look at its log"),
    ({"GetRole": _role(external_id="e-2*", operator="StringLike")},
     "pool: SMS role", FAIL,
     "the pool's SMS role asks for another external id than the pool has", "make both the same"),
    ({"GetRole": _roles(sms=None)},
     "pool: SMS role", FAIL, "the pool's SMS role is not there: Cognito refuses to send codes", "examples/minimal"),
    ({"GetRole": _role("ec2.amazonaws.com")}, "pool: SMS role", FAIL,
     "the pool's SMS role does not trust Cognito", "examples/minimal"),
    ({"GetRole": _role(external_id="e-2")},
     "pool: SMS role", FAIL,
     "the pool's SMS role asks for another external id than the pool has", "make both the same"),
    ({"DescribeUserPool": _pool({"InboundFederation": ELSEWHERE})}, "pool: other triggers", WARN,
     "InboundFederation: Terraform's provider does not know it, and drops it when it updates the pool",
     "after each apply"),
    ({"DescribeUserPoolClient": {"UserPoolClient": {}},
      "GetFunctionConfiguration": _function({**CHANGES, "protection": {**CHANGES["protection"], **WATCHED}})},
     "pool: app clients", WARN, "the sign-in of app ends before the 900 s that its codes are sent for",
     "auth_session_validity"),
    ({"GetPolicy": None, "ListGrants": _grants(), "ListUserPools": {"UserPools": []}},
     "pools", WARN, "no pool uses this sender", "user_pools"),
    ({"DescribeAlarms": {"MetricAlarms": []}}, "alarms", WARN, "there are none: nobody is told when codes are lost",
     "monitoring.alarms"),
    ({"DescribeAlarms": _alarms(StateValue="ALARM")}, "alarms", WARN, "in alarm: acme-login-ledger", "description"),
    ({"DescribeAlarms": _alarms(AlarmActions=[])}, "alarms", WARN, "1 of 4 alarms tell nobody", "topic_arns"),
    ({"DescribeAlarms": _alarms(ActionsEnabled=False)}, "alarms", WARN, "1 of 4 alarms tell nobody", "topic_arns"),
    ({"GetMetricData": _measures(AsyncEventsDropped=4, SENT=5)},
     "last hour", FAIL, "Lambda gave up on 4 events: as many codes are lost", "docs/operations.md"),
    ({"GetMetricData": _measures(Throttles=2, SENT=5)},
     "last hour", WARN, "Lambda had no room for 2 calls, so codes came late", "concurrency"),
    ({"GetMetricData": _measures(SENT=5, PROVIDER_CONFIG=2, BLOCKED_COUNTRY=3)},
     "last hour", WARN, "2 messages failed: SENT 5, BLOCKED_COUNTRY 3, PROVIDER_CONFIG 2", "docs/operations.md"),
    ({"DescribeAccountAttributes": _tier("SANDBOX")}, "sender numbers: account", FAIL,
     "the account is in the sandbox: only verified numbers get codes", "production access"),
    ({"DescribeSpendLimits": _spend(1), "GetMetricData": _measures(SENT=5)},
     "sender numbers: spend", WARN, "the spend limit is 1 US dollar a month: some ten codes", "AWS Support"),
    ({"GetMetricData": _measures(SENT=5, TextMessageMonthlySpend=80)}, "sender numbers: spend", WARN,
     "80.00 of 100 US dollars a month are spent: at the limit, all messages stop", "AWS Support"),
    ({"DescribeConfigurationSets": None}, "sender numbers: configuration set", FAIL,
     "the configuration set codes is not there: every message is refused", "make it"),
    ({"DescribePools": _pool_identity(Status="CREATING")},
     "sender numbers: identity", FAIL, "the origination identity is CREATING", "wait"),
    ({"DescribePools": None},
     "sender numbers: identity", FAIL, "the origination identity is not in this account and Region", "make it"),
    ({"DescribeSenderIds": _sender_ids("OTHER")},
     "sender numbers: identity", FAIL, "the origination identity is not in this account and Region", "make it"),
    ({"DescribePhoneNumbers": _phones(Status="PENDING")},
     "sender numbers: identity", FAIL, "the origination identity is PENDING", "wait"),
    ({"DescribeRegistrations": _registration("REVIEWING")}, "sender numbers: identity", FAIL,
     "the registration registration-1 is REVIEWING: carriers may filter codes", "complete it in"),
    ({"DescribeRcsAgents": _agents("CREATED")}, "sender numbers: identity", FAIL,
     "the origination identity is CREATED", "wait"),
    ({"DescribeNotifyConfigurations": None},
     "sender notify: configuration", FAIL, "the Notify configuration is not there", "name another"),
    ({"DescribeNotifyConfigurations": _notify("PENDING")},
     "sender notify: configuration", FAIL, "the Notify configuration is PENDING", "wait"),
    ({"GetSMSSandboxAccountStatus": {"IsInSandbox": True}}, "sender sns: account", FAIL,
     "the account is in the SMS sandbox: only verified numbers get codes", "production access"),
    ({"GetSMSAttributes": {}, "GetMetricData": _measures(SENT=5)},
     "sender sns: spend", WARN, "the spend limit is 1 US dollar a month: some ten codes", "AWS Support"),
    ({"GetTopicAttributes": lambda asked: None if asked["TopicArn"] == TOPIC else SUBSCRIBED},
     "sender testers: topic", FAIL, "the testers' topic is not there", "make it"),
    ({"GetTopicAttributes": {"Attributes": {"SubscriptionsConfirmed": "0"}}},
     "sender testers: topic", WARN, "nobody has confirmed a subscription to the testers' topic", "confirm it"),
    ({"GetAccount": _ses(production=False)},
     "sender ses: account", FAIL, "the account is in the sandbox: only verified addresses get mails",
     "production access"),
    ({"GetAccount": _ses(sending=False, status="SHUTDOWN")},
     "sender ses: account", FAIL, "SES sends no mail of this account (SHUTDOWN)", "review case"),
    ({"GetAccount": _ses(status="PROBATION")}, "sender ses: account", WARN, "SES reviews the account (PROBATION)",
     "bounces"),
    ({"GetAccount": _ses(sent=80)}, "sender ses: account", WARN, "80 of 100 mails a day are sent", "quota"),
    ({"GetEmailIdentity": None},
     "sender ses: identity", FAIL, "the identity is not there: SES refuses every mail", "make it, and verify it"),
    ({"GetEmailIdentity": _mail_identity(verified=False)},
     "sender ses: identity", FAIL, "the identity is not verified: SES refuses every mail", "verify it"),
    *(({"GetEmailIdentity": _mail_identity(dkim=dkim)},
       "sender ses: identity", WARN, f"its DKIM is {dkim}: mailboxes may take codes for spam", "DKIM records")
      for dkim in ("FAILED", "NOT_STARTED")),
    ({"GetConfigurationSet": None}, "sender ses: configuration set", FAIL,
     "the configuration set mails is not there: SES refuses every mail", "make it"),
    ({"GetConfigurationSet": {"SendingOptions": {"SendingEnabled": False}}},
     "sender ses: configuration set", FAIL, "the configuration set mails does not send", "enable its sending"),
    ({"GetSecretValue": None}, "sender twilio: secret", FAIL, "it is not there, or has no value", "docs/senders.md"),
    ({"GetParameter": None}, "sender telnyx: secret", FAIL, "it is not there, or has no value", "docs/senders.md"),
    *(({"GetSecretValue": {"SecretString": text}}, "sender twilio: secret", FAIL,
       "it is no JSON object, or too deep", "docs/senders.md")
      for text in ("geheim-17", '["geheim-17"]', '{"geheim":' * 100_000 + "1" + "}" * 100_000)),
    *(({"GetSecretValue": secret}, "sender twilio: secret", FAIL, f"twilio refuses it: {rule}", "never shown")
      for secret, rule in (
          (_secret(account_sid=123, auth_token="geheim"), ACCOUNT_SID),
          (_secret(account_sid={"geheim": "1"}, auth_token="geheim"), ACCOUNT_SID),
          (_secret(account_sid=f"{SID} ", auth_token="geheim"), ACCOUNT_SID),
          (_secret(account_sid=SID, auth_token=""), "auth_token: a text, or else api_key_sid and api_key_secret"),
      )),
    ({"GetParameter": {"Parameter": {"Value": '{"key": "geheim-17"}'}}},
     "sender telnyx: secret", FAIL, "telnyx refuses it: api_key: a text that is not empty", "never shown"),
]  # fmt: skip


def _named(line: Line) -> str:
    """The wire, without the ids of pool and key."""
    return re.sub(r"^(pool|key) [\w-]+", r"\1", line.wire)


def test_of_a_whole_sender_nothing_is_said_but_pass_skip_and_info() -> None:
    found = diagnosis({})

    assert [line for line in found if line.state in {WARN, FAIL}] == []
    assert {_named(line) for line in found if line.state is State.SKIP} == {"layers"}
    assert "geheim" not in str(found)


def test_a_pool_of_a_sender_whose_name_begins_alike_is_not_looked_at() -> None:
    other = _pool({"CustomSMSSender": _calls(f"{FUNCTION}-2:live"), "CustomEmailSender": None})
    pools = {"DescribeUserPool": lambda asked: _pool() if asked["UserPoolId"] == POOL else other}
    found = diagnosis({"ListUserPools": {"UserPools": [{"Id": POOL}, {"Id": f"{REGION}_Other"}]}, **pools})

    assert {line.wire for line in found if "Other" in line.wire} == set()


def test_a_break_is_named_with_its_fix_and_no_other_line_changes(subtests: pytest.Subtests) -> None:
    for (_, wire, state, text, fix), lines in zip(CASES, of_all_cases(), strict=True):
        with subtests.test(wire=wire, text=text):
            wrong = [line for line in lines if line.state in {WARN, FAIL}]

            assert {(_named(line), line.state) for line in wrong} == {(wire, state)}
            for line in wrong:
                assert re.fullmatch(re.escape(text).replace(r"\*", ".*"), line.text)
                assert fix in line.fix
                assert NUMBER not in str(line)
                assert "geheim" not in str(line)


def test_every_message_that_has_a_fix_is_among_the_cases() -> None:
    """Whoever adds a message adds the answer of AWS's that leads to it."""
    said = [
        text
        for _, _, _, text, _ in [*CASES, *((None, wire, state, text, fix) for _, _, wire, state, text, fix in PERSONS)]
    ]
    messages = [
        _pattern(call.args[0])
        for file in Path(cognito_sender.doctor.__file__).parent.glob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"fail", "warn"}
    ]

    assert len(messages) > 60
    assert [pattern for pattern in messages if not any(re.fullmatch(pattern, text) for text in said)] == []


def _pattern(text: ast.expr) -> str:
    """A regular expression for what a text may be."""
    if isinstance(text, ast.JoinedStr):
        return "".join(map(_pattern, text.values))
    return re.escape(text.value) if isinstance(text, ast.Constant) and isinstance(text.value, str) else ".+"


def _refused(operation: str) -> NotAskedError:
    return NotAskedError(f"you have no right to {operation}", "see docs/doctor.json")


def test_what_nobody_may_look_at_is_skipped_and_says_so(subtests: pytest.Subtests) -> None:
    of_persons = {"FilterLogEvents", "GetItem", "GetSuppressedDestination"}
    for operation in WHOLE.keys() - of_persons - {"GetFunctionConfiguration"}:
        with subtests.test(operation=operation):
            found = diagnosis({operation: _refused(operation)})
            skipped = [
                line for line in found if line.state is State.SKIP and line.text.endswith(f"right to {operation}")
            ]

            assert skipped
            assert {line.fix for line in skipped} == {"see docs/doctor.json"}
            assert [line for line in found if line.state in {WARN, FAIL} or "a fault" in line.fix] == []


def test_the_policy_has_every_right_that_is_asked_for_and_no_other() -> None:
    Told.asked.clear()
    diagnosis({})
    for address in ("+4915112345678", "a@b.example"):
        about(address)

    assert Told.asked == ALLOWED


def test_settings_that_the_function_refuses_are_named_and_the_rest_is_looked_at_all_the_same() -> None:
    answers, *_ = CASES[0]
    found = diagnosis(answers)

    assert {line.wire: line.state for line in found if line.wire in {"alias", "ledger", "last hour"}} == {
        "alias": State.PASS, "ledger": State.SKIP, "last hour": State.SKIP,
    }  # fmt: skip
    assert not any("a fault of" in line.fix for line in found)


def test_a_secret_has_one_of_the_sets_of_fields_that_its_kind_or_description_names(subtests: pytest.Subtests) -> None:
    own = {
        "kind": "http", "url": "https://a.example/{secret.account}",
        "body": '{"t": "{secret.token}", "to": "{number}", "x": "{text}"}',
        "rules": [{"outcome": "SENT", "status": ["200"]}],
    }  # fmt: skip
    described = _function({**CHANGES, "senders": {**SENDERS, "telnyx": own}})
    for answers, state, text in (
        ({"GetSecretValue": _secret(account_sid=SID, api_key_sid="SK" + "0" * 32, api_key_secret="geheim")},
         State.PASS, "there"),
        ({"GetFunctionConfiguration": described}, FAIL, "telnyx refuses it: account"),
        ({"GetFunctionConfiguration": described,
         "GetParameter": {"Parameter": {"Value": '{"account": "a", "token": "geheim"}'}}}, State.PASS, "there"),
    ):  # fmt: skip
        with subtests.test(text=text):
            found = [line for line in diagnosis(answers) if line.wire.endswith(": secret")]

            assert (state, True) in [(line.state, text in line.text) for line in found]
            assert "geheim" not in str(found)


def test_a_secret_that_a_sender_works_with_is_taken_and_one_with_numbers_in_it_is_not(
    subtests: pytest.Subtests,
) -> None:
    for setup in [*(SETUPS[name] for name in THIRD_PARTIES), SMTP]:
        sender = replace(
            deployed(Told(WHOLE), "acme-login"),
            senders={"a": create("a", {"kind": setup.kind, **setup.settings})},
        )
        for secret, state in ((setup.secret, State.PASS), (dict.fromkeys(setup.secret, 17), FAIL)):
            with subtests.test(name=setup.name, state=state):
                told = {"GetSecretValue": _secret(**secret)}
                held = replace(sender, ask=Told(told).ask)
                (line,) = look([("secret", partial(providers.secret, held, SECRET, ("a",)))])

                assert line.state is state
                assert not any(str(value) in line.text for value in setup.secret.values())


def test_an_identity_of_another_account_is_not_taken_for_one_that_is_missing() -> None:
    shared = {"senders.ses.identity_arn": REFERENCES["senders.ses.identity_arn"].replace(ACCOUNT, "210987654321")}
    told = environment(CHANGES, {**REFERENCES, **shared})
    answers = {"GetFunctionConfiguration": _function(Environment={"Variables": told}), "GetEmailIdentity": None}

    (line,) = (line for line in diagnosis(answers) if line.wire == "sender ses: identity")
    assert (line.state, line.text) == (State.SKIP, "it is of the account 210987654321, which alone sees its state")


def test_each_sender_that_shares_a_secret_is_held_against_it() -> None:
    vonage = {"kind": "vonage", "from": "ACME"}
    told = environment(
        {**CHANGES, "sms": {"routes": {"default": ["twilio", "vonage"]}}, "senders": {**SENDERS, "vonage": vonage}},
        {**REFERENCES, "senders.vonage.secret_arn": SECRET},
    )
    found = diagnosis({"GetFunctionConfiguration": _function(Environment={"Variables": told})})

    (line,) = (line for line in found if line.wire == "sender twilio, vonage: secret")
    assert line.text == "vonage refuses it: api_key: Vonage's API key: letters and digits"


# The layer, of which the end is loaded


@contextmanager
def _served(content: bytes, status: int = 206) -> Iterator[tuple[str, list[str]]]:
    """A file at an address, and the ranges of it that were asked for."""
    ranges: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ranges.append(str(self.headers["Range"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content[-4_000_000:])

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - http.server's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/layer.zip?signature=geheim-17", ranges
        finally:
            server.shutdown()
            thread.join()


def _zip(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("python/large.bin", os.urandom(5_000_000))
        for name in names:
            archive.writestr(name, "")
    return content.getvalue()


def test_the_layer_s_byte_code_is_counted_from_the_end_of_its_zip(subtests: pytest.Subtests) -> None:
    for content, status, state, text in (
        (
            _zip("python/a.py", "python/__pycache__/a.cpython-313.pyc"),
            206,
            State.PASS,
            "Powertools:36 has byte code: 1 .pyc",
        ),
        (_zip("python/a.py"), 206, State.INFO, "Powertools:36 has no byte code"),
        (b"no zip", 206, State.SKIP, "the layer's files: BadZipFile"),
        (b"", 403, State.SKIP, "the layer's files: HTTPError"),
    ):
        with subtests.test(text=text), _served(content, status) as (url, ranges):
            found = diagnosis({"GetLayerVersionByArn": {"Content": {"Location": url}}})

            (line,) = (line for line in found if line.wire == "layers")
            assert (line.state, text in line.text) == (state, True)
            assert ranges == ["bytes=-4000000"]
            assert "geheim" not in str(line)


# One person

PHONE, MAILBOX = "+4915112345678", "person@customer.example"


def _logged(**changed: Any) -> Callable[[Any], Answer]:
    """A line of the function's log about whoever is asked for."""

    def answer(parameters: Any) -> Answer:
        line = {"timestamp": "2026-01-02T03:04:05Z", "trigger": "SignUp", "outcome": "SENT", **changed}
        line["recipient_id"] = parameters["filterPattern"].strip('"')
        line["attempts"] = [{"sender": "sns", "outcome": line["outcome"]}]
        others = [{"message": "START RequestId"}, {"message": '"a text"'}, {"message": "{}"}]
        return {"events": [*others, {"message": json.dumps(line)}]}

    return answer


def _counted(count: int) -> Answer:
    return {"Item": {"n": {"N": str(count)}}}


SUPPRESSED = {"EmailAddress": MAILBOX, "Reason": "BOUNCE", "LastUpdateTime": THEN}
SEEN: Answers = {"FilterLogEvents": _logged(), "GetItem": _counted(1)}
# Who, what AWS answers, and the line that it leads to: wire, state, text, a part of the fix.
PERSONS: list[tuple[str, Answers, str, State, str, str]] = [
    (MAILBOX, {"GetFunctionConfiguration": _function(SMS_ONLY)}, "recipient", FAIL, "the channel email is off",
     "turn email on"),
    ("+447700900123", {}, "recipient", FAIL,
     "the function refuses it: BLOCKED_COUNTRY, COUNTRY", "docs/operations.md"),
    ("+0151", {}, "recipient", FAIL,
     "the function refuses it: REJECTED_NUMBER, phone_number is not an E.164 number; no sender was asked",
     "docs/operations.md"),
    (PHONE, {"FilterLogEvents": {}, "GetItem": {}}, "log", WARN,
     "no message in the last 24 hours: Cognito has not called the function for this recipient", "without --recipient"),
    *((address, {"FilterLogEvents": {}}, "log", WARN,
       "no line in the last 24 hours, and the function has counted a message for this recipient", "log_level")
      for address in (PHONE, MAILBOX)),
    (PHONE, {"FilterLogEvents": None}, "log", WARN,
     "the log group /aws/lambda/acme-login is not there: nothing is known of earlier messages", "terraform apply"),
    (PHONE, {"FilterLogEvents": _logged(outcome="PROVIDER_CONFIG", detail="why")}, "log", WARN,
     "2026-01-02T03:04:05 SignUp: PROVIDER_CONFIG (why) (sns PROVIDER_CONFIG)", "docs/operations.md"),
    (PHONE, {"GetItem": None}, "limit number", FAIL, "the ledger's table is not there", "without --recipient"),
    (MAILBOX, {"GetItem": _counted(3)}, "limit address", FAIL,
     "3 of 3 messages until * UTC: the next one is refused", "raise the limit"),
    (MAILBOX, {"GetSuppressedDestination": {"SuppressedDestination": SUPPRESSED}}, "sender ses: suppression", FAIL,
     "SES takes mails for it and sends none: BOUNCE on 2026-01-02",
     f"aws sesv2 delete-suppressed-destination --email-address ADDRESS --region {REGION}"),
]  # fmt: skip


def test_of_a_person_who_should_get_codes_nothing_is_said_but_pass(subtests: pytest.Subtests) -> None:
    for address in (PHONE, MAILBOX):
        with subtests.test(address=address):
            found = about(address, SEEN)

            assert {line.state for line in found} <= {State.PASS, State.INFO}
            assert "2026-01-02T03:04:05 SignUp: SENT (sns SENT)" in [line.text for line in found]
            assert address.lstrip("+") not in str(found)


def test_what_keeps_a_person_s_code_back_is_named_with_its_fix_and_the_person_is_not(subtests: pytest.Subtests) -> None:
    for address, answers, wire, state, text, fix in PERSONS:
        with subtests.test(wire=wire, text=text):
            told = deployed(Told({**WHOLE, **SEEN, **answers}), "acme-login")
            found = look(person.checks(told, address, 24))
            wrong = [line for line in found if line.state in {WARN, FAIL}]

            assert (wire, state) in {(line.wire, line.state) for line in wrong}
            assert any(
                re.fullmatch(re.escape(text).replace(r"\*", ".*"), line.text) and fix in line.fix for line in wrong
            )
            assert {line.wire.partition(" ")[0] for line in wrong} == {wire.partition(" ")[0]}
            assert address.lstrip("+") not in str(found)
            assert "person" not in str(found)


def test_what_is_no_recipient_is_refused_and_not_repeated() -> None:
    for address in ("", "015112345678", "person", "@customer", "+49 15112345678", "a@b@customer.example"):
        with pytest.raises(CannotLookError) as caught:
            about(address)

        assert str(caught.value).startswith("--recipient: a number as +4915"), address
        assert "Got: something else" in str(caught.value)
        assert not address or address not in str(caught.value)


def test_a_function_that_tells_no_person_from_another_says_why() -> None:
    without_ledger = {name: value for name, value in CHANGES.items() if name not in LEDGER}
    without_key = _function(Environment={"Variables": environment(without_ledger, REFERENCES, SENDER_HASH_KEY="")})
    unreadable = _function(Environment={"Variables": UNREADABLE})
    for function, said in ((without_key, "Fix: turn protection.ledger on"), (unreadable, "SENDER_REFERENCES: a JSON")):
        with pytest.raises(CannotLookError) as caught:
            about(PHONE, {"GetFunctionConfiguration": function})

        assert str(caught.value).startswith("--recipient: ")
        assert str(caught.value).count("Fix: ") == 1
        assert said in str(caught.value)


# What is printed


def test_it_knows_every_alarm_of_the_module() -> None:
    text = (REPOSITORY / "alarms.tf").read_text().partition("  alarms = {")[2].partition("  alarm_defaults = {")[0]
    declared = re.findall(r"^    (\w+) = \{$", text, re.MULTILINE)

    assert sorted(name.replace("_", "-") for name in declared) == sorted(running.ALARMS)


def test_an_unforeseen_error_of_one_check_does_not_hide_the_others() -> None:
    def breaks() -> Iterator[Line]:
        yield Line(State.PASS, "", "before")
        raise KeyError("a number: +15550100123")

    assert look([("one", breaks)]) == [
        Line(State.PASS, "one", "before"),
        Line(State.SKIP, "one", "not looked at: KeyError", "report it: it is a fault of cognito-sender's"),
    ]


def test_lines_fit_into_any_width_and_the_fix_stands_below(subtests: pytest.Subtests) -> None:
    lines = [line for found in of_all_cases() for line in found]
    for width in (60, 80, 120):
        with subtests.test(width=width):
            shown = [re.sub(r"\x1b\[\d+m", "", each) for each in as_text(lines, width).splitlines()]

            assert [each for each in shown if len(each) > width and " " in each.strip()] == []
            assert all(re.match(r"(pass|info|skip|warn|fail) \S|     \S|          \S|pass \d", each) for each in shown)
            assert sum(each.startswith("     Fix: ") for each in shown) == sum(bool(line.fix) for line in lines)
            assert re.fullmatch(r"pass \d+, info \d+, skip \d+, warn \d+, fail \d+", shown[-1])


def test_what_is_wrong_comes_last() -> None:
    for lines in of_all_cases():
        states = [list(State).index(line.state) for line in lines]

        assert states == sorted(states)


def test_json_has_the_same_members_in_every_line() -> None:
    found = json.loads(as_json([line for lines in of_all_cases() for line in lines]))

    assert list(found) == ["lines"]
    assert {tuple(line) for line in found["lines"]} == {("state", "wire", "text", "fix")}
    assert {line["state"] for line in found["lines"]} == {"pass", "info", "skip", "warn", "fail"}


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
        ["acme-login", f"--{TYPED}"],
        ["acme-login", f"--recipient{TYPED}"],
        ["acme-login", f"--json={TYPED}"],
    ],
)
def test_what_was_typed_in_the_wrong_place_is_not_repeated(arguments: list[str], nobody: Reads) -> None:
    code, out, error = nobody(*arguments)

    assert (code, out) == (2, "")
    assert error
    assert "12345678" not in error


@pytest.mark.parametrize("arguments", [[TYPED], [f"--{TYPED}"], ["--recipient", TYPED, "doctor"], [f"doctor{TYPED}"]])
def test_the_group_repeats_nothing_that_was_typed_either(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert "12345678" not in out + error
    assert "Fix: " in error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hours", "0"], "--hours: 1 to 87672. Got: something else."),
        (["--hours"], "--hours: 1 to 87672. Got: something else."),
        (["--json=1"], "--json: "),
        (["--recipent", "1"], "Fix: --recipient or --region; "),
        (["--ann@example.com"], "Fix: --help; "),
    ],
)
def test_an_option_that_is_wrong_is_named_with_its_rule(arguments: list[str], said: str, nobody: Reads) -> None:
    code, out, error = nobody("acme-login", *arguments)

    assert (code, out) == (2, "")
    assert said in error
    assert "example" not in error


def test_a_configuration_of_aws_that_nobody_can_read_is_one_error_that_says_so(
    nobody: Reads, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    garbage = tmp_path / "config"
    garbage.write_text("garbage\n[[")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for variables, said in (
        ({"AWS_CONFIG_FILE": str(garbage)}, "AWS_CONFIG_FILE: what boto3 can read. Got: ConfigParseError. Fix: mend"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, "ValueError. Fix: mend your AWS configuration, and AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "has no endpoint there. Fix: look at AWS_ENDPOINT_URL."),
        ({"AWS_DEFAULTS_MODE": "nonsense"}, "Fix: mend your AWS configuration"),
    ):
        with monkeypatch.context() as changed:
            for name, value in variables.items():
                changed.setenv(name, value)
            code, out, error = nobody("acme-login", "--region", REGION)

        assert (code, out) == (2, "")
        assert said in error, error
        assert "Traceback" not in error
        assert "try again" not in error


@pytest.mark.parametrize("stdin", [None, io.TextIOWrapper(io.BytesIO(b"\xff\xfe"), "utf-8"), io.StringIO("")])
def test_a_recipient_that_cannot_be_read_is_asked_for(
    stdin: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cognito_sender.doctor.command.Aws", lambda *_: Told(WHOLE))
    monkeypatch.setattr("sys.stdin", stdin)

    assert main(["doctor", "acme-login", "--recipient", "-"]) == 2
    assert capsys.readouterr().err.startswith("Error: --recipient: a number as +491511234567")


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


def test_what_aws_refuses_is_said_with_what_to_do(nobody: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    action = "lambda:GetFunctionConfiguration"
    for code, said in (
        ("ExpiredTokenException", f"{action} answered ExpiredTokenException. Fix: log in"),
        ("AccessDeniedException", f"you have no right to {action}. Fix: see docs/doctor.json"),
        ("InvalidParameterValueException", f"{action} answered InvalidParameterValueException. Fix: try again"),
        ("ResourceNotFoundException", f"a function of this name. Got: none in {REGION}. Fix: "),
    ):
        with _served(json.dumps({"__type": code}).encode(), 400) as (url, _):
            monkeypatch.setenv("AWS_ENDPOINT_URL", url.partition("/layer")[0])
            exit_code, out, error = nobody("acme-login", "--region", REGION)

        assert (exit_code, out) == (2, "")
        assert said in error, code


def test_a_function_that_is_none_of_this_module_s_cannot_be_looked_at() -> None:
    other = _function(Environment={"Variables": {}}, Handler="index.handler")
    with pytest.raises(CannotLookError, match="a function of this module"):
        diagnosis({"GetFunctionConfiguration": other})


def test_an_environment_that_the_caller_may_not_decrypt_cannot_be_looked_at() -> None:
    denied = {"Error": {"ErrorCode": "AccessDeniedException", "Message": "denied"}}
    with pytest.raises(CannotLookError, match="kms:Decrypt"):
        diagnosis({"GetFunctionConfiguration": _function(Environment=denied)})


def test_without_its_settings_everything_else_is_looked_at_and_each_group_that_is_not_says_so() -> None:
    found = diagnosis({"GetFunctionConfiguration": _function(Environment={"Variables": {}})})

    wrong = {(line.wire, line.fix.rpartition("; ")[2]) for line in found if line.state in {WARN, FAIL}}
    assert wrong == {
        ("settings", "terraform apply, of the root that calls the module, or take the doctor of that version")
    }
    skipped = {_named(line) for line in found if line.state is State.SKIP}
    assert skipped >= {"keys", "grants", "senders", "ledger", "pool: trigger"}
    assert {"alias", "role", "permissions"} <= {line.wire for line in found if line.state is State.PASS}


def test_a_pool_that_nobody_may_describe_keeps_what_else_is_known_of_it() -> None:
    found = diagnosis({"DescribeUserPool": _refused("cognito-idp:DescribeUserPool")})

    assert {_named(line) for line in found if POOL in line.wire} == {"pool: permission", "pool: grant"}
    assert NO_POOL in found


@pytest.mark.parametrize(
    "changed",
    [
        {"DescribeUserPool": _refused("cognito-idp:DescribeUserPool")},
        {name: _refused(name) for name in ("ListUserPools", "GetPolicy", "ListGrants")},
    ],
)
def test_the_exit_code_says_when_no_pool_could_be_looked_at(
    changed: Answers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cognito_sender.doctor.command.Aws", lambda *_: Told({**WHOLE, **changed}))

    assert main(["doctor", "acme-login"]) == 2
    assert "no pool could be looked at" in capsys.readouterr().out


@pytest.mark.parametrize("lacks", ["FunctionArn", "FunctionName"])
def test_an_answer_about_the_function_that_lacks_its_name_is_one_error(
    lacks: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {name: value for name, value in _function().items() if name != lacks}
    told = {**WHOLE, "GetFunctionConfiguration": answer}
    monkeypatch.setattr("cognito_sender.doctor.command.Aws", lambda *_: Told(told))

    assert main(["doctor", "acme-login"]) == 2
    error = capsys.readouterr().err
    assert f"answered without {lacks}. Fix: try again." in error
    assert "Traceback" not in error


def test_no_pool_at_all_is_not_claimed_when_pools_could_not_be_listed() -> None:
    found = diagnosis({name: _refused(name) for name in ("ListUserPools", "GetPolicy", "ListGrants")})

    assert not any(line.text == "no pool uses this sender" for line in found)


def test_what_can_be_judged_of_a_role_s_trust_is_judged_and_no_more() -> None:
    for external_id, operator in (("e-*", "StringLike"), ("E-1", "StringEqualsIgnoreCase"), ("e-2", "StringNotEquals")):
        found = diagnosis({"GetRole": _role(external_id=external_id, operator=operator)})

        assert [line for line in found if line.state in {WARN, FAIL}] == [], operator


def test_a_destination_that_is_no_queue_is_not_taken_for_one_that_is_missing() -> None:
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/failed"
    destination = {"OnFailure": {"Destination": bus}}
    found = diagnosis({"GetFunctionEventInvokeConfig": _retries(DestinationConfig=destination), "GetQueueUrl": None})

    (line,) = (line for line in found if line.wire == "failure queue")
    assert (line.state, line.text) == (State.INFO, "none: failed events go to events, which is not looked at")


def test_the_package_is_known_wherever_the_doctor_is_installed() -> None:
    (line,) = (line for line in diagnosis({}) if line.wire == "package")
    (other,) = (
        line for line in diagnosis({"GetFunctionConfiguration": _function(CodeSha256="x")}) if line.wire == "package"
    )

    assert (line.state, line.text) == (State.PASS, "the default package of this version")
    assert (other.state, other.text) == (State.INFO, "not the default package of this version: SHA-256 x")


@pytest.mark.parametrize("operation", sorted(WHOLE.keys() - {"GetFunctionConfiguration"}))
def test_an_answer_without_its_members_is_no_fault_of_the_doctor_s(operation: str) -> None:
    class Empty(Told):
        def _ask(self, service: str, asked: str, region: str, parameters: dict[str, Any]) -> Any:
            answer = super()._ask(service, asked, region, parameters)
            return {} if _operations(service)[asked].name == operation else answer

    found = wires_of(deployed(Empty(WHOLE), "acme-login"))

    assert not any("a fault" in line.fix for line in found)
