"""An account to build in: each test makes what it needs under names of its own."""

from __future__ import annotations

import io
import itertools
import json
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localaws.client import LocalAws

LAYER = "arn:aws:lambda:eu-central-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-arm64:36"

# Does what its event says: makes an AWS call, decrypts Cognito's code and sends it, raises, sleeps, exits.
PROBE = """
import base64, json, os, sys, time
import boto3

STARTED = time.time()
COUNT = 0
CLIENTS = {}


def client(name):
    if name not in CLIENTS:
        from botocore.config import Config
        CLIENTS[name] = boto3.client(name, config=Config(retries={"total_max_attempts": 1}, read_timeout=12))
    return CLIENTS[name]


def handler(event, context):
    global COUNT
    COUNT += 1
    if "triggerSource" in event:
        return cognito(event)
    return globals()["do_" + event["do"]](event, context)


def cognito(event):
    print(json.dumps({"event": {**event, "request": {**event["request"], "code": "(code)"}}}))
    import aws_encryption_sdk
    from aws_encryption_sdk.identifiers import CommitmentPolicy
    from aws_encryption_sdk.key_providers.kms import KMSMasterKey
    sdk = aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT, max_encrypted_data_keys=1)
    key = KMSMasterKey(key_id=os.environ["KEY"], client=client("kms"))
    text, header = sdk.decrypt(source=base64.b64decode(event["request"]["code"]), key_provider=key)
    trigger = event["triggerSource"].partition("_")[2]
    if event["request"]["type"] == "customSMSSenderRequestV1":
        number = event["request"]["userAttributes"]["phone_number"]
        client("sns").publish(PhoneNumber=number, Message=trigger + " " + text.decode())
    else:
        message = {"Data": trigger + " " + text.decode(), "Charset": "UTF-8"}
        client("sesv2").send_email(
            FromEmailAddress="Acme <login@acme.example>",
            Destination={"ToAddresses": [event["request"]["userAttributes"]["email"]]},
            Content={"Simple": {"Subject": {"Data": trigger}, "Body": {"Text": message, "Html": message}}})
    return {"context": dict(header.encryption_context), "suite": header.algorithm.name}


def do_call(event, context):
    from botocore.exceptions import BotoCoreError, ClientError
    try:
        answer = getattr(client(event["service"]), event["method"])(**event["with"])
    except ClientError as error:
        return {"error": error.response["Error"]["Code"], "message": error.response["Error"]["Message"],
                "status": error.response["ResponseMetadata"]["HTTPStatusCode"]}
    except BotoCoreError as error:
        return {"error": type(error).__name__}
    answer.pop("ResponseMetadata", None)
    return json.loads(json.dumps(answer, default=str))


def do_time(event, context):
    return time.time()


def do_https(event, context):
    import urllib3
    http = urllib3.PoolManager(retries=False, timeout=3)
    body = event.get("body", "").encode()
    try:
        answer = http.request(event.get("method", "POST"), event["url"], headers=event.get("headers"), body=body)
    except Exception as error:
        return {"error": type(error).__name__, "text": str(error)}
    return {"status": answer.status, "body": answer.data.decode()}


def do_smtp(event, context):
    import smtplib, ssl
    tls = ssl.create_default_context()
    try:
        if event["port"] == 465:
            server = smtplib.SMTP_SSL(event["host"], event["port"], timeout=3, context=tls)
        else:
            server = smtplib.SMTP(event["host"], event["port"], timeout=3)
            server.starttls(context=tls)
        server.login(event["username"], event["password"])
        server.sendmail(event["sender"], event["recipient"], event["content"].encode())
    except (OSError, smtplib.SMTPException) as error:
        return {"error": type(error).__name__}
    return {}


def do_connect(event, context):
    import socket
    try:
        socket.create_connection((event["host"], event["port"]), timeout=3)
    except OSError as error:
        return {"error": type(error).__name__}
    return {}


def do_report(event, context):
    return {"count": COUNT, "pid": os.getpid(),
            "arn": context.invoked_function_arn, "version": context.function_version,
            "request_id": context.aws_request_id, "remaining": context.get_remaining_time_in_millis(),
            "environment": {k: v for k, v in os.environ.items() if "KEY" not in k and "TOKEN" not in k},
            "path": list(sys.path), "boto3": boto3.__file__, "trace": os.environ.get("_X_AMZN_TRACE_ID"),
            "python": list(sys.version_info[:2])}


def do_raise(event, context):
    print("about to raise")
    raise ValueError(event["text"])


def do_look_at_the_clock(event, context):
    seen = {"time": time.time(), "remaining": context.get_remaining_time_in_millis(),
            "trace": os.environ["_X_AMZN_TRACE_ID"]}
    print(json.dumps(seen))
    raise RuntimeError("look again")


def do_sleep(event, context):
    time.sleep(event["seconds"])
    return {"pid": os.getpid()}


def do_exit(event, context):
    os._exit(3)
"""


def trust(service: str, **condition: Any) -> str:
    """A trust policy for an AWS service."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(action: str | Sequence[str], resource: str | Sequence[str] = "*", **rest: Any) -> dict[str, Any]:
    """One statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


def package(source: str, name: str = "probe.py", mode: int = 0o644) -> bytes:
    """A zip with one module."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (0o100000 | mode) << 16
        archive.writestr(entry, source)
    return buffer.getvalue()


@dataclass(frozen=True)
class Function:
    """A deployed probe behind the alias ``live``."""

    aws: LocalAws
    name: str
    role: str
    alias_arn: str

    def call(self, do: str, **event: Any) -> Any:
        """What the probe returns, or the error object when it fails."""
        client = self.aws.client("lambda")
        answer = client.invoke(FunctionName=self.name, Qualifier="live", Payload=json.dumps({"do": do, **event}))
        return json.loads(answer["Payload"].read())

    def aws_call(self, service: str, method: str, /, **parameters: Any) -> Any:
        """An AWS call made by the function, with the credentials of its role."""
        return self.call("call", service=service, method=method, **{"with": parameters})

    def send(self, do: str, **event: Any) -> str:
        """An asynchronous invocation; its request id."""
        client = self.aws.client("lambda")
        payload = json.dumps({"do": do, **event})
        answer = client.invoke(FunctionName=self.name, Qualifier="live", InvocationType="Event", Payload=payload)
        return str(answer["ResponseMetadata"]["RequestId"])

    def printed(self) -> list[str]:
        """The lines that it wrote."""
        return (self.aws.state / "logs" / f"{self.name}.log").read_text().splitlines()

    def may(self, *statements: Mapping[str, Any]) -> None:
        """Give the role exactly these rights."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.aws.client("iam").put_role_policy(RoleName=self.role_name, PolicyName="rights", PolicyDocument=document)

    @property
    def role_name(self) -> str:
        """Name of the role."""
        return self.role.rsplit("/", 1)[-1]

    def attempts(self, request_id: str) -> list[dict[str, Any]]:
        """What became of an event."""
        return [run for run in self.aws.invocations() if run["request_id"] == request_id]


@dataclass
class Account:
    """Makes things under names of their own."""

    aws: LocalAws
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def name(self, kind: str) -> str:
        """A new name."""
        return f"{kind}-{next(self._numbers)}"

    def number(self) -> str:
        """A new telephone number."""
        return f"+49151{12_000_000 + next(self._numbers)}"

    def role(self, *statements: Mapping[str, Any], trusted: str = "lambda.amazonaws.com") -> str:
        """ARN of a new role with these rights."""
        iam, name = self.aws.client("iam"), self.name("role")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(trusted))["Role"]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document)
        return str(arn)

    def key(self, policy: Sequence[Mapping[str, Any]] | None = None) -> str:
        """ARN of a new key (AWS's default policy when none is given)."""
        extra = {} if policy is None else {"Policy": json.dumps({"Version": "2012-10-17", "Statement": list(policy)})}
        return str(self.aws.client("kms").create_key(**extra)["KeyMetadata"]["Arn"])

    def function(self, role: str | None = None, source: str = PROBE, **options: Any) -> Function:
        """A new function behind ``live``."""
        client, name = self.aws.client("lambda"), self.name("function")
        role = role or self.role(allow("logs:*"))
        settings: dict[str, Any] = {
            "Runtime": "python3.13",
            "Handler": "probe.handler",
            "Timeout": 20,
            "Architectures": ["arm64"],
            **options,
        }
        created = client.create_function(
            FunctionName=name, Role=role, Code={"ZipFile": package(source)}, Publish=True, **settings
        )
        alias = client.create_alias(FunctionName=name, Name="live", FunctionVersion=created["Version"])
        return Function(self.aws, name, role, alias["AliasArn"])

    def permit(
        self, function: Function, pool_arn: str, *, account: str = "123456789012", qualifier: str = "live"
    ) -> None:
        """Let Cognito invoke the function for a pool."""
        self.aws.client("lambda").add_permission(
            FunctionName=function.name,
            Qualifier=qualifier,
            StatementId=self.name("cognito"),
            Action="lambda:InvokeFunction",
            Principal="cognito-idp.amazonaws.com",
            SourceArn=pool_arn,
            SourceAccount=account,
        )

    def sms_configuration(self) -> dict[str, str]:
        """What Cognito demands of every pool that has to do with SMS."""
        role = self.role(allow("sns:Publish"), trusted="cognito-idp.amazonaws.com")
        return {"SnsCallerArn": role, "ExternalId": "external"}

    def table(self, **options: Any) -> str:
        """Name of a new table with the key ``id``."""
        name = self.name("table")
        self.aws.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **options,
        )
        return name

    def queue(self) -> tuple[str, str]:
        """URL and ARN of a new queue."""
        client = self.aws.client("sqs")
        url = client.create_queue(QueueName=self.name("queue"))["QueueUrl"]
        return url, client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def received(self, url: str) -> list[Any]:
        """Everything on a queue."""
        answer = self.aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def eventually(condition: Any, seconds: float = 20) -> Any:
    """Wait for something to be true; its value."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)
    return value
