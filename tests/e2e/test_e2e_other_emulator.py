"""The module in an emulator that others wrote, from the first apply to the destroy, with the documented rights.

What it does otherwise than AWS, and what the tests do about it:

* It knows neither custom senders nor grants. So the tests make the events, and lend the role ``kms:Decrypt``.
* It checks some actions on ``*``, InvokeFunction without the alias, and GetAlias as ListAliases. AWS checks what each
  is about (Service Authorization Reference). So the role is lent ``ses:SendEmail``, too, and the deployer the actions
  in ``CHECKED_OTHERWISE``.
* Its ids of mails have a domain, which ids of Amazon SES have not. So the function does not take them for ids.
* It ignores the event invoke config of an alias. So there are always two retries, and no event reaches the queue.
* DescribeAlarms of the Query protocol, which the provider speaks, forgets fields. So plans show the alarms as changed.
* UpdateUserPool keeps most of what it is not sent, so the attachment proves less here than in the embedded AWS. It
  forgets UnusedAccountValidityDays, which AWS no longer uses.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from localaws.terraform import Plan, Terraform, checkout
from support import ministack
from support.ciphertext import encrypt, unsigned
from support.deployer import rights
from support.ministack import ACCOUNT, MiniStack
from support.stack import CODE, architecture, self_contained_package, wait_for

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("other emulator")]

NAME = "other-emulator"
CHECKED_OTHERWISE = (
    *("cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"),
    *("dynamodb:ListTagsOfResource", "kms:CreateAlias", "kms:DeleteAlias"),
    *("lambda:CreateFunction", "lambda:InvokeFunction", "lambda:ListAliases"),
)
ROOT = """
variable "architecture" {
  type = string
}

variable "live_pool" {
  type = object({ arn = string, sms_role_arn = string })
}

variable "package" {
  type = string
}

resource "aws_sesv2_email_identity" "acme" {
  email_identity = "acme.example"
}

module "sender" {
  source = "./checkout"

  name       = "other-emulator"
  sms        = { allowed_countries = ["DE"], routes = { default = ["sns"] } }
  email      = { from = "Acme <login@acme.example>", routes = { default = ["ses"] } }
  senders    = { sns = { sns = {} }, ses = { ses = { identity_arn = aws_sesv2_email_identity.acme.arn } } }
  package    = { filename = var.package, layers = [] }
  function   = { architecture = var.architecture }
  user_pool  = { name = "other-emulator", deletion_protection = false }
  user_pools = { live = { arn = var.live_pool.arn } }
}

module "attachment" {
  source = "./checkout/modules/user-pool-attachment"

  name         = "other-emulator"
  access       = module.sender.user_pool_access["live"]
  sms_role_arn = var.live_pool.sms_role_arn
  function     = { architecture = var.architecture }
}

output "sender" {
  value = module.sender
}
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """The root above, applied in a MiniStack."""

    aws: MiniStack
    terraform: Terraform
    sender: Mapping[str, Any]
    second_plan: Plan
    before: Mapping[str, Any]
    """The live pool, before it got the trigger."""

    def event(self, channel: str, **attributes: str) -> dict[str, Any]:
        """What Cognito would send for somebody who signs up."""
        pool = self.sender["user_pool_id"]
        return {
            "version": "1",
            "triggerSource": f"Custom{channel}Sender_SignUp",
            "region": "eu-central-1",
            "userPoolId": pool,
            "userName": "made-by-a-test",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "4k2n9a8v1example0client26"},
            "request": {
                "type": f"custom{channel}SenderRequestV1",
                "code": encrypt(self.aws.client("kms"), self.sender["kms_key_arn"], CODE, pool),
                "clientMetadata": None,
                "userAttributes": {"sub": "5a3f2f6c-0000-4000-8000-000000000000", **attributes},
            },
        }

    def invoke(self, event: Mapping[str, Any], kind: str = "RequestResponse") -> Any:
        """What the alias answers."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.sender["alias_arn"], InvocationType=kind, Payload=json.dumps(event)
        )
        return json.loads(answer["Payload"].read() or "null")

    def remembered(self, event: Mapping[str, Any]) -> Any:
        """What the ledger knows of a message."""
        message, _signature = unsigned(event["request"]["code"])
        key = {"id": {"S": f"m#{hashlib.sha256(message).hexdigest()}"}}
        item = self.aws.client("dynamodb").get_item(TableName=self.sender["ledger_table_name"], Key=key).get("Item", {})
        return {name: next(iter(value.values())) for name, value in item.items()}

    def outcomes(self) -> list[str]:
        """Of every invocation so far."""
        found = self.aws.client("logs").filter_log_events(logGroupName=self.sender["log_group_name"])
        lines = [json.loads(event["message"]) for event in found["events"] if '"outcome"' in event["message"]]
        return [line["outcome"] for line in lines]

    def lend(self, action: str, resource: str) -> None:
        """Give the function's role a right of which this emulator does not know how it comes by it."""
        self.aws.client("iam").put_role_policy(
            RoleName=self.sender["role_name"],
            PolicyName=f"lent-{action.replace(':', '-')}",
            PolicyDocument=document({"Effect": "Allow", "Action": action, "Resource": resource}),
        )

    def live_pool(self) -> Mapping[str, Any]:
        """The pool that was there before."""
        return described(self.aws, self.before["Id"])


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    if not ministack.PROGRAM.is_file():
        pytest.fail(f"MiniStack is not in {ministack.PROGRAM.parents[1]}: run `make test-long`, which puts it there.")
    directory = tmp_path_factory.mktemp("ministack")
    with ministack.running(directory) as aws:
        pool, sms_role_arn = live_pool(aws)
        root = directory / "root"
        checkout(root / "checkout")
        (root / "main.tf").write_text(ROOT)
        variables = {
            "architecture": architecture(),
            "live_pool": {"arn": pool["Arn"], "sms_role_arn": sms_role_arn},
            "package": str(self_contained_package(directory)),
        }
        (root / "terraform.tfvars.json").write_text(json.dumps(variables))
        terraform = Terraform(root, {**aws.environment(), **aws.assume(deployer(aws, pool["Id"]))})
        terraform.init()
        yield Applied(aws, terraform, terraform.apply()["sender"], terraform.plan(), pool)


def live_pool(aws: MiniStack) -> tuple[Mapping[str, Any], str]:
    """A pool that somebody else made, and its SMS role."""
    trust = {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = aws.client("iam").create_role(RoleName="live-sms", AssumeRolePolicyDocument=document(trust))
    pool = aws.client("cognito-idp").create_user_pool(
        PoolName="live",
        AutoVerifiedAttributes=["phone_number"],
        EmailVerificationSubject="Hello",
        SmsConfiguration={"SnsCallerArn": made["Role"]["Arn"], "ExternalId": "live"},
        UserPoolTags={"team": "login"},
    )
    return described(aws, pool["UserPool"]["Id"]), made["Role"]["Arn"]


def deployer(aws: MiniStack, live: str) -> str:
    """A role with the documented rights, with what the root has besides the module, and with what is said above."""
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    besides = {"Effect": "Allow", "Action": ["ses:*", *CHECKED_OTHERWISE], "Resource": "*"}
    policies = {
        "sender": rights("sender", NAME=NAME),
        "pool": rights("user-pool", POOL=NAME),
        "attachment": rights("attachment", NAME=NAME, POOL=live),
        "besides": [besides],
    }
    iam = aws.client("iam")
    role: str = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    for name, statements in policies.items():
        iam.put_role_policy(RoleName="deployer", PolicyName=name, PolicyDocument=document(*statements))
    return role


def document(*statements: Mapping[str, Any]) -> str:
    """A policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def described(aws: MiniStack, pool_id: str) -> Mapping[str, Any]:
    """A pool with all its settings that are in use, times aside."""
    pool: dict[str, Any] = aws.client("cognito-idp").describe_user_pool(UserPoolId=pool_id)["UserPool"]
    del pool["LastModifiedDate"]
    pool["AdminCreateUserConfig"].pop("UnusedAccountValidityDays", None)
    return pool


def test_the_second_plan_is_empty_but_for_alarms(applied: Applied) -> None:
    plan = applied.second_plan
    changed = {address for address in plan.actions if plan.changes[address].type != "aws_cloudwatch_metric_alarm"}
    assert changed == set(), plan.summary()


def test_the_attachment_changes_nothing_of_a_pool_but_its_triggers(applied: Applied) -> None:
    after = applied.live_pool()
    trigger = {"LambdaArn": applied.sender["alias_arn"], "LambdaVersion": "V1_0"}
    wanted = {"CustomSMSSender": trigger, "CustomEmailSender": trigger, "KMSKeyID": applied.sender["kms_key_arn"]}
    assert after["LambdaConfig"] == wanted
    assert {**after, "LambdaConfig": applied.before["LambdaConfig"]} == applied.before


def test_a_message_that_kms_denies_is_retried_and_arrives_once_it_is_allowed(applied: Applied) -> None:
    """The first test that invokes: until it has lent the role the right, KMS denies every code."""
    event = applied.event("SMS", phone_number="+4915111000001")
    applied.invoke(event, "Event")
    wait_for(lambda: "DECRYPT_UNAVAILABLE" in applied.outcomes())
    assert applied.remembered(event) == {}
    applied.lend("kms:Decrypt", applied.sender["kms_key_arn"])
    wait_for(lambda: "SENT" in applied.outcomes())
    (text,) = applied.aws.texts("+4915111000001")
    assert CODE in text
    remembered = applied.remembered(event)
    assert (remembered["state"], remembered["outcome"], remembered["sender"]) == ("DONE", "SENT", "sns")


def test_a_message_that_comes_five_times_at_once_is_sent_once(applied: Applied) -> None:
    event = applied.event("SMS", phone_number="+4915111000002")
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: applied.invoke(event), range(5)))
    assert [answer.get("outcome") for answer in answers].count("SENT") == 1
    assert applied.invoke(event)["outcome"] == "DUPLICATE"
    assert len(applied.aws.texts("+4915111000002")) == 1


def test_a_mail_arrives(applied: Applied) -> None:
    applied.lend("ses:SendEmail", "*")
    applied.invoke(applied.event("Email", email="jane.roe@customer.example"))
    (mail,) = applied.aws.mails("jane.roe@customer.example")
    assert CODE in json.dumps(mail)


def test_the_role_has_the_rights_that_it_uses_and_no_others(applied: Applied, subtests: pytest.Subtests) -> None:
    """The messages above have needed the first ones: this emulator checks them, too."""
    sender, arn = applied.sender, f"arn:aws:%s:eu-central-1:{ACCOUNT}:%s"
    for action, resource, allowed in [
        ("dynamodb:UpdateItem", sender["ledger_table_arn"], True),
        ("sns:Publish", "+4915111000001", True),
        ("sqs:SendMessage", sender["failure_queue_arn"], True),
        ("dynamodb:UpdateItem", arn % ("dynamodb", "table/another"), False),
        ("dynamodb:GetItem", sender["ledger_table_arn"], False),
        ("dynamodb:DeleteItem", sender["ledger_table_arn"], False),
        ("kms:Encrypt", sender["kms_key_arn"], False),
        ("kms:Decrypt", arn % ("kms", "key/another"), False),
        ("sns:Publish", arn % ("sns", "topic"), False),
        ("sqs:ReceiveMessage", sender["failure_queue_arn"], False),
        ("secretsmanager:GetSecretValue", arn % ("secretsmanager", "secret:any"), False),
        ("cognito-idp:AdminGetUser", sender["user_pool_arn"], False),
        ("lambda:InvokeFunction", sender["function_arn"], False),
    ]:
        with subtests.test(action=action, resource=resource):
            (result,) = applied.aws.client("iam").simulate_principal_policy(
                PolicySourceArn=sender["role_arn"], ActionNames=[action], ResourceArns=[resource]
            )["EvaluationResults"]
            assert (result["EvalDecision"] == "allowed") is allowed


def test_destroy_leaves_the_pool_as_it_was_and_nothing_else(applied: Applied) -> None:
    iam, client = applied.aws.client("iam"), applied.aws.client
    lent = iam.list_role_policies(RoleName=applied.sender["role_name"])["PolicyNames"]
    for name in lent:
        if name.startswith("lent-"):
            iam.delete_role_policy(RoleName=applied.sender["role_name"], PolicyName=name)
    applied.terraform.destroy()

    assert applied.terraform.state() == ()
    assert applied.live_pool() == applied.before
    assert len(client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]) == 1
    assert client("lambda").list_functions()["Functions"] == []
    assert client("logs").describe_log_groups()["logGroups"] == []
    assert client("dynamodb").list_tables()["TableNames"] == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["live-sms", "deployer"]
    state = client("kms").describe_key(KeyId=applied.sender["kms_key_arn"])["KeyMetadata"]["KeyState"]
    assert state == "PendingDeletion"
