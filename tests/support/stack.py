"""One real `terraform apply` of every composition of the module against the embedded AWS, and what users do with it.

The root below holds side by side what users do: a pool made by the module (examples/local), a pool in the same root
that takes the `lambda_config` output (examples/minimal), an SNS topic for testers (examples/redirect-to-email), two
pools that exist already and are only authorized, on one sender with every provider, one that exists and is attached to,
the self-contained package with limits so small that a test reaches them, and a pool with both channels. They have a
ledger, alarms and everything else that is on by default. It is applied with the documented rights and no others.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localaws import REPOSITORY
from localaws.client import LocalAws
from localaws.terraform import Plan, Terraform, checkout
from support import emf
from support.attachment import LivePool, live_pool
from support.ciphertext import encrypt, unsigned
from support.deployer import Deployer, Policy, rights

# Lambda waits one minute, then two, before it retries an asynchronous invocation: here one second, then two.
TIME_SCALE = 60
# Cognito's codes have six digits, but a search for six digits in everything that a run wrote finds them in time stamps
# and hashes too. Nine digits do not occur there by chance, and the function must not care how many there are.
CODE_DIGITS = 9

PASSWORD = "Correct-horse-7"
# The code in events that tests make themselves. No part of an account number, a port or a time.
CODE = "777000111"
# A cold start of the function takes two to four seconds on a loaded machine, and Lambda may start several at once.
PATIENCE_SECONDS = 60

# The numbers that "existing" sends to its testers: no country has them, and an attacker could not pay with them.
TEST_NUMBERS = "+999555"
# Of "self_contained". The windows are so long that no run meets the end of one.
LIMITS = {"number": 3, "prefix": 10, "country": 100, "overall": 5_000}

# Those with a pool of their own; module → name of both.
WITH_POOL = {
    "both": "e2e-both",
    "local": "sms-demo",
    "minimal": "minimal-login",
    "redirect": "test-login",
    "self_contained": "e2e-self-contained",
}

# What the root has besides the module: "not in them", as docs/deployer says.
BESIDES = ("cognito-idp:*UserPoolClient", "secretsmanager:*", "ses:*", "sns:*")

ROOT = """
module "local" {
  source = "./checkout/examples/local"
}

module "minimal" {
  source = "./checkout/examples/minimal"
}

module "redirect" {
  source = "./checkout/examples/redirect-to-email"
  email  = "tester@example.com"
}

variable "existing_pool_arns" {
  type = map(string)
}

variable "attached_pool" {
  type = object({ arn = string, sms_role_arn = string })
}

variable "self_contained_package" {
  type = string
}

variable "architecture" {
  type = string
}

variable "limits" {
  type = map(number)
}

variable "test_numbers" {
  type = string
}

resource "aws_secretsmanager_secret" "provider" {
  for_each = toset(["postmark", "telnyx", "twilio", "webhook"])

  name                    = "e2e/${each.key}"
  recovery_window_in_days = 0
}

# Pools that exist already, named by their literal ARNs: the module only authorizes them.
module "existing" {
  source = "./checkout"

  name = "e2e-existing"

  sms = {
    allowed_countries = ["AT", "DE", "US"]
    routes = {
      default = ["off", "twilio", "webhook", "aws"]
      US      = ["aws", "webhook"]
      AT      = ["telnyx", "aws"]
    }
  }

  senders = {
    twilio = {
      twilio = {
        messaging_service_sid = "MG0123456789abcdef0123456789abcdef"
        secret_arn            = aws_secretsmanager_secret.provider["twilio"].arn
      }
    }
    webhook = {
      webhook = {
        url        = "https://sms-gateway.example/send"
        secret_arn = aws_secretsmanager_secret.provider["webhook"].arn
      }
    }
    telnyx = {
      http = {
        preset     = "telnyx"
        settings   = { from = "+15550100123" }
        secret_arn = aws_secretsmanager_secret.provider["telnyx"].arn
      }
    }
    testers = {
      webhook = {
        url        = "https://testers.example/messages"
        secret_arn = aws_secretsmanager_secret.provider["webhook"].arn
      }
    }
    aws = { end_user_messaging = { max_price = "0.50", origination_by_country = { US = "+15550100123" } } }
    off = { enabled = false, sns = {} }
  }

  user_pools = { for name, arn in var.existing_pool_arns : name => { arn = arn } }
  messages   = { brand = "Acme" }
  protection = { test_recipients = { numbers = ["${var.test_numbers}*"], sender = "testers" } }
}

# A pool that exists already and belongs to nobody's Terraform.
module "attached" {
  source = "./checkout"

  name       = "e2e-attached"
  sms        = { allowed_countries = ["DE"] }
  senders    = { sns = { sns = {} } }
  user_pools = { main = { arn = var.attached_pool.arn } }
}

module "attachment" {
  source = "./checkout/modules/user-pool-attachment"

  name         = "e2e-attached"
  access       = module.attached.user_pool_access["main"]
  sms_role_arn = var.attached_pool.sms_role_arn
}

# The same module with the self-contained package instead of the layer, with small limits, and strict about its ledger.
module "self_contained" {
  source = "./checkout"

  name       = "e2e-self-contained"
  senders    = { sns = { sns = {} } }
  package    = { filename = var.self_contained_package, layers = [] }
  function   = { architecture = var.architecture }
  user_pool  = { name = "e2e-self-contained", deletion_protection = false }
  monitoring = { dashboard = { enabled = true } }
  protection = { on_ledger_failure = "refuse" }

  sms = {
    allowed_countries = ["AT", "CH", "DE"]
    limits = {
      number  = { max = var.limits.number, per_seconds = 2592000 }
      prefix  = { max = var.limits.prefix, per_seconds = 2592000 }
      country = { max = var.limits.country, per_seconds = 2592000 }
      overall = { max = var.limits.overall, per_seconds = 2592000, mode = "enforce" }
    }
  }
}

resource "aws_sesv2_email_identity" "acme" {
  email_identity = "acme.example"
}

resource "aws_sns_topic" "operators" {
  name = "e2e-operators"
}

# Both channels for one pool. E-mail has two senders, and mails are the second factor too.
module "both" {
  source = "./checkout"

  name     = "e2e-both"
  messages = { brand = "Acme" }

  sms = { allowed_countries = ["DE"], routes = { default = ["sns"] } }

  email = {
    from            = "Acme <login@acme.example>"
    reply_to        = "help@acme.example"
    routes          = { default = ["ses", "postmark"] }
    limits          = { address = { max = var.limits.number, per_seconds = 2592000 } }
    blocked_domains = ["blocked.example"]
  }

  senders = {
    sns = { sns = {} }
    ses = { ses = { identity_arn = aws_sesv2_email_identity.acme.arn } }
    postmark = {
      http = {
        preset     = "postmark"
        secret_arn = aws_secretsmanager_secret.provider["postmark"].arn
      }
    }
  }

  monitoring = { alarms = { topic_arns = [aws_sns_topic.operators.arn] } }

  user_pool = {
    name                = "e2e-both"
    deletion_protection = false
    sign_in             = { phone_number = true, email = true }
    mfa                 = { mode = "OPTIONAL", email = true }
    email               = { source_arn = aws_sesv2_email_identity.acme.arn, from = "login@acme.example" }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """A user pool with one app client."""

    id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a phone, or with a mailbox: then ``number`` is its address."""

    pool: Pool
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What one apply made, the embedded AWS that it was made in, and what users do there."""

    aws: LocalAws
    deployer: Deployer
    terraform: Terraform
    outputs: Mapping[str, Any]
    pools: Mapping[str, Pool]
    in_events: set[str] = field(default_factory=set, kw_only=True)
    """Numbers that tests have put into events themselves: Cognito has no user with them."""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(2_345_001), kw_only=True)

    @property
    def cognito(self) -> Any:
        """Cognito, with the deployer's credentials."""
        return self.aws.client("cognito-idp")

    def sign_up(self, pool: str, *, prefix: str = "+491511", **attributes: str) -> User:
        """A new user of a pool, with a number of its own. Returns as soon as Cognito answers."""
        number = f"{prefix}{next(self._numbers)}"
        user = User(self.pools[pool], number, number)
        self.cognito.sign_up(
            ClientId=user.pool.client_id,
            Username=user.name,
            Password=PASSWORD,
            UserAttributes=[
                {"Name": name, "Value": value} for name, value in {"phone_number": number, **attributes}.items()
            ],
        )
        return user

    def sign_up_by_mail(self, pool: str, *, domain: str = "customer.example", **attributes: str) -> User:
        """A new user of a pool, with an address of its own. Returns as soon as Cognito answers."""
        address = f"person.{next(self._numbers)}@{domain}"
        user = User(self.pools[pool], address, address)
        self.cognito.sign_up(
            ClientId=user.pool.client_id,
            Username=user.name,
            Password=PASSWORD,
            UserAttributes=[{"Name": name, "Value": value} for name, value in {"email": address, **attributes}.items()],
        )
        return user

    def event(self, pool: str, number: str, *, module: str = "existing", trigger: str = "SignUp") -> dict[str, Any]:
        """An event as Cognito would send it for a user of a pool, with ``CODE`` in it; another one for each call."""
        owner = self.pools[pool]
        self.in_events.add(number)
        return {
            "version": "1",
            "triggerSource": f"CustomSMSSender_{trigger}",
            "region": self.aws.region,
            "userPoolId": owner.id,
            "userName": "made-by-a-test",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": owner.client_id},
            "request": {
                "type": "customSMSSenderRequestV1",
                "code": encrypt(self.aws.client("kms"), self.outputs[module]["kms_key_arn"], CODE, owner.id),
                "clientMetadata": None,
                "userAttributes": {"sub": "5a3f2f6c-0000-4000-8000-000000000000", "phone_number": number},
            },
        }

    def invoke(self, event: Mapping[str, Any], *, module: str = "existing") -> str:
        """Hand an event to the function as Cognito does; the id of the request."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs[module]["alias_arn"], InvocationType="Event", Payload=json.dumps(event)
        )
        return str(answer["ResponseMetadata"]["RequestId"])

    def attempts(self, request_id: str) -> list[dict[str, Any]]:
        """Every attempt to run an event."""
        return [run for run in self.aws.invocations() if run["request_id"] == request_id]

    def ledger(self, module: str = "existing") -> list[dict[str, Any]]:
        """All items of the ledger."""
        return self.aws.items(self.outputs[module]["ledger_table_name"])

    def remembered(self, event: Mapping[str, Any], *, module: str = "existing") -> dict[str, Any] | None:
        """What the ledger knows of a message, without DynamoDB's types."""
        message, _signature = unsigned(event["request"]["code"])
        wanted = "m#" + hashlib.sha256(message).hexdigest()
        found = [item for item in self.ledger(module) if item["id"]["S"] == wanted]
        return {name: next(iter(value.values())) for name, value in found[0].items()} if found else None

    def messages(self, user: User, count: int = 1) -> list[dict[str, Any]]:
        """The messages on the user's phone, once ``count`` are there and nothing is under way that could bring more."""
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self.aws.inbox(user.number)) < count and time.monotonic() < until:
            time.sleep(0.1)
        self.aws.settle()
        return self.aws.inbox(user.number)

    def code(self, user: User, count: int = 1) -> str:
        """The code in the last of ``count`` messages on the user's phone."""
        messages = self.messages(user, count)
        assert len(messages) == count, f"{len(messages)} messages instead of {count}; invocations:\n{self.recent()}"
        found = re.search(rf"\d{{{CODE_DIGITS}}}", messages[-1]["text"])
        assert found, "the message holds no code"
        return found[0]

    def recent(self) -> str:
        """The last invocations, for the message of a failing assertion."""
        return "\n".join(json.dumps(invocation) for invocation in self.aws.invocations()[-8:])

    def printed(self, function_name: str) -> list[str]:
        """Every line in a function's log group, oldest first."""
        pages = self.aws.client("logs").get_paginator("filter_log_events")
        group = f"/aws/lambda/{function_name}"
        # CloudWatch always answers in the order of time, moto when it is told to.
        found = pages.paginate(logGroupName=group, interleaved=True)
        return [event["message"] for page in found for event in page["events"]]

    def log(self, function_name: str) -> list[dict[str, Any]]:
        """The line that a function logged for each message, oldest first."""
        return [json.loads(line) for line in self.printed(function_name) if '"outcome"' in line]

    def left(self) -> dict[str, set[str]]:
        """What there is of each kind that the module or its caller makes, but for the deployer."""
        aws = self.aws.client
        keys = [aws("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in aws("kms").list_keys()["Keys"]]
        roles = [role["RoleName"] for role in aws("iam").list_roles()["Roles"]]
        found = {
            "addresses in the state": self.terraform.state(),
            "functions": [function["FunctionName"] for function in aws("lambda").list_functions()["Functions"]],
            "log groups": [group["logGroupName"] for group in aws("logs").describe_log_groups()["logGroups"]],
            "tables": aws("dynamodb").list_tables()["TableNames"],
            "alarms": [alarm["AlarmName"] for alarm in aws("cloudwatch").describe_alarms()["MetricAlarms"]],
            "dashboards": [each["DashboardName"] for each in aws("cloudwatch").list_dashboards()["DashboardEntries"]],
            "queues": aws("sqs").list_queues().get("QueueUrls", []),
            "secrets": [secret["Name"] for secret in aws("secretsmanager").list_secrets()["SecretList"]],
            "pools": [pool["Id"] for pool in self.cognito.list_user_pools(MaxResults=60)["UserPools"]],
            "roles": [name for name in roles if not name.startswith("deployer")],
            "keys": [
                key["Arn"] for key in keys if key["KeyManager"] == "CUSTOMER" and key["KeyState"] != "PendingDeletion"
            ],
        }
        return {kind: set(names) for kind, names in found.items() if names}

    def metrics(self, function_name: str) -> dict[tuple[str, ...], float]:
        """The sums of a function's metrics so far, by name and values of dimensions."""
        return emf.totals("\n".join(self.printed(function_name)))


@dataclass(frozen=True, slots=True)
class Stack(Applied):
    """The apply of everything."""

    second_plan: Plan
    attached: LivePool
    before_attached: str
    """The state of that pool before the apply."""
    directory: Path


@contextmanager
def apply_everything(directory: Path) -> Iterator[Stack]:
    """Apply once, plan once more, and hand out; at the end stop the embedded AWS. Destroying is a test of its own."""
    with (
        ThreadPoolExecutor() as beside,
        LocalAws(state=directory / "aws", time_scale=TIME_SCALE, code_digits=CODE_DIGITS) as aws,
    ):
        package = beside.submit(self_contained_package, directory)
        existing = {name: existing_pool(aws, name) for name in ("first", "second", "stranger")}
        attached = live_pool(aws, "existing-attached")
        before = attached.state()
        root = directory / "root"
        checkout(root / "checkout")
        (root / "main.tf").write_text(ROOT + _outputs())
        deployer = Deployer(aws, *_rights(attached), besides=BESIDES)
        terraform = Terraform(root, deployer.environment())
        terraform.init()
        variables = {
            # "stranger" uses the sender without having been authorized.
            "existing_pool_arns": {name: arn_of(aws, existing[name]) for name in ("first", "second")},
            "attached_pool": {"arn": attached.arn, "sms_role_arn": attached.sms_role_arn},
            "self_contained_package": str(package.result()),
            "architecture": architecture(),
            "limits": LIMITS,
            "test_numbers": TEST_NUMBERS,
        }
        (root / "terraform.tfvars.json").write_text(json.dumps(variables))
        outputs = terraform.apply()
        _store_secrets(aws)
        for pool in existing.values():
            attach(aws, pool, outputs["existing"]["lambda_config"])
        pools = {**existing, "attached": Pool(attached.id, attached.client_id)}
        for name in WITH_POOL:
            pools[name] = Pool(outputs[name]["user_pool_id"], app_client(aws, outputs[name]["user_pool_id"]))
        yield Stack(aws, deployer, terraform, outputs, pools, terraform.plan(), attached, before, directory)


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something has happened."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def _outputs() -> str:
    return "".join(
        f'output "{name}" {{\n  value = module.{name}\n}}\n' for name in (*WITH_POOL, "existing", "attached")
    )


def _rights(attached: LivePool) -> Iterator[Policy]:
    """What the documentation says for these compositions."""
    yield rights("attachment", NAME="e2e-attached", POOL=attached.id)
    for name in (*WITH_POOL.values(), "e2e-existing", "e2e-attached"):
        yield rights("sender", NAME=name)
    for name in WITH_POOL.values():
        yield rights("user-pool", POOL=name)


def existing_pool(aws: LocalAws, name: str) -> Pool:
    """A pool as somebody else made it, with triggers of its own."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]}
    iam = aws.client("iam")
    role_name = f"existing-{name}"
    role = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=role_name, PolicyName="sms", PolicyDocument=json.dumps(rights))
    pool = aws.client("cognito-idp").create_user_pool(
        PoolName=f"existing-{name}",
        AutoVerifiedAttributes=["phone_number"],
        SmsConfiguration={"SnsCallerArn": role, "ExternalId": name},
    )["UserPool"]
    return Pool(pool["Id"], app_client(aws, pool["Id"]))


def app_client(aws: LocalAws, pool_id: str) -> str:
    """The id of a new app client of a pool."""
    client = aws.client("cognito-idp").create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="e2e",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    client_id: str = client["UserPoolClient"]["ClientId"]
    return client_id


def arn_of(aws: LocalAws, pool: Pool) -> str:
    arn: str = aws.client("cognito-idp").describe_user_pool(UserPoolId=pool.id)["UserPool"]["Arn"]
    return arn


def attach(aws: LocalAws, pool: Pool, lambda_config: Mapping[str, Any]) -> None:
    """What the owner of an existing pool does with the `lambda_config` output."""
    cognito = aws.client("cognito-idp")
    found = cognito.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    trigger = lambda_config["custom_sms_sender"]
    cognito.update_user_pool(
        UserPoolId=pool.id,
        AutoVerifiedAttributes=found["AutoVerifiedAttributes"],
        SmsConfiguration=found["SmsConfiguration"],
        LambdaConfig={
            "KMSKeyID": lambda_config["kms_key_id"],
            "CustomSMSSender": {"LambdaArn": trigger["lambda_arn"], "LambdaVersion": trigger["lambda_version"]},
        },
    )


def twilio_secret(auth_token: str) -> str:
    """The secret of a Twilio sender."""
    return json.dumps({"account_sid": "AC" + "0" * 32, "auth_token": auth_token})


def telnyx_secret(api_key: str) -> str:
    """The secret of a Telnyx sender."""
    return json.dumps({"api_key": api_key})


def webhook_secret() -> str:
    """The secret of a webhook."""
    key = base64.b64encode(b"e2e webhook signing key, 32 byte").decode()
    return json.dumps({"signing_keys": [f"whsec_{key}"]})


def _store_secrets(aws: LocalAws) -> None:
    """The providers' credentials come into their secrets as on AWS: beside Terraform, so that no state holds them."""
    secrets = aws.client("secretsmanager")
    secrets.put_secret_value(
        SecretId="e2e/twilio",
        SecretString=twilio_secret("1" * 32),
    )
    secrets.put_secret_value(SecretId="e2e/telnyx", SecretString=telnyx_secret("KEY1"))
    secrets.put_secret_value(SecretId="e2e/webhook", SecretString=webhook_secret())
    secrets.put_secret_value(SecretId="e2e/postmark", SecretString=json.dumps({"server_token": "PT1"}))


def architecture() -> str:
    """This machine's, as Lambda names it."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def self_contained_package(directory: Path) -> Path:
    """The package for closed networks, built as a user builds it, for the machine that the embedded Lambda runs on."""
    target = directory / "self-contained.zip"
    command = [sys.executable, "function/build.py", "self-contained"]
    subprocess.run(
        [*command, "--arch", architecture(), "--python", "3.13", "--out", str(target)], cwd=REPOSITORY, check=True
    )
    return target
