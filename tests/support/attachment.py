"""A user pool that exists already, as somebody else made it, and a root that attaches the sender to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localaws.client import LocalAws
from localaws.every_setting import every_factor, every_setting
from localaws.terraform import Terraform, checkout
from support.deployer import Deployer, rights

NAME = "acme-login"
PASSWORD = "Correct-horse-7"
TIMES = ("CreationDate", "LastModifiedDate", "EstimatedNumberOfUsers")

ROOT = """
variable "user_pool_arn" {
  type = string
}

variable "sms_role_arn" {
  type = string
}

variable "replace" {
  type    = bool
  default = false
}

variable "email_sender" {
  type    = object({ lambda_arn = string })
  default = null
}

variable "identity_arn" {
  type    = string
  default = null
}

variable "key_arn" {
  type    = string
  default = null
}

variable "also_decrypt" {
  type    = map(object({ arn = string }))
  default = {}
}

module "sender" {
  source = "./checkout"

  name       = "acme-login"
  sms        = { allowed_countries = ["DE"] }
  email      = var.identity_arn == null ? null : { from = "Acme <login@acme.example>" }
  user_pools = { main = { arn = var.user_pool_arn } }

  senders = merge(
    { sns = { sns = {} } },
    { for arn in var.identity_arn[*] : "ses" => { ses = { identity_arn = arn } } },
  )

  # They are the sender's alone, and more than half of what an apply would make.
  monitoring = { alarms = { enabled = false } }
  retries    = { failure_queue = { enabled = false } }

  kms_key = {
    existing     = var.key_arn == null ? null : { arn = var.key_arn }
    also_decrypt = var.also_decrypt
  }
}

module "attachment" {
  source = "./checkout/modules/user-pool-attachment"

  name                = "acme-login"
  access              = module.sender.user_pool_access["main"]
  sms_role_arn        = var.sms_role_arn
  replace             = var.replace
  custom_email_sender = var.email_sender
}

output "lambda_config" {
  value = module.sender.lambda_config
}

output "alias_arn" {
  value = module.sender.alias_arn
}

output "replaced" {
  value = module.attachment.replaced
}
"""


@dataclass(frozen=True, slots=True)
class LivePool:
    """A pool with every setting that Cognito has, an app client and users."""

    aws: LocalAws
    id: str
    arn: str
    client_id: str
    sms_role: str

    @property
    def cognito(self) -> Any:
        """Cognito, as the pool's owner calls it."""
        return self.aws.client("cognito-idp")

    @property
    def sms_role_arn(self) -> str:
        """The role that Cognito demands."""
        return f"arn:aws:iam::123456789012:role/{self.sms_role}"

    def state(self) -> str:
        """Everything about the pool as bytes, times aside."""
        description = self.cognito.describe_user_pool(UserPoolId=self.id)["UserPool"]
        factors = self.cognito.get_user_pool_mfa_config(UserPoolId=self.id)
        kept = {name: value for name, value in description.items() if name not in TIMES}
        return json.dumps([kept, {**factors, "ResponseMetadata": None}], sort_keys=True, default=str)

    def triggers(self) -> dict[str, Any]:
        """The pool's ``LambdaConfig``."""
        config: dict[str, Any] = self.cognito.describe_user_pool(UserPoolId=self.id)["UserPool"]["LambdaConfig"]
        return config

    def update(self, **changes: Any) -> None:
        """An update by the pool's owner, who sends everything that it should have."""
        self.cognito.update_user_pool(UserPoolId=self.id, **{**every_setting(self.sms_role_arn), **changes})

    def sign_up(self, number: str) -> list[str]:
        """The texts on a new user's phone, when no more can come."""
        self.cognito.sign_up(
            ClientId=self.client_id,
            Username=number,
            Password=PASSWORD,
            UserAttributes=[{"Name": "phone_number", "Value": number}],
        )
        self.aws.settle()
        return [message["text"] for message in self.aws.inbox(number)]

    def invite(self, address: str) -> list[dict[str, Any]]:
        """The mails of somebody whom an administrator makes a user, when no more can come."""
        self.cognito.admin_create_user(
            UserPoolId=self.id,
            Username=address,
            UserAttributes=[{"Name": "email", "Value": address}],
            DesiredDeliveryMediums=["EMAIL"],
        )
        self.aws.settle()
        return self.aws.inbox(address)

    def let_cognito_publish(self, *, allowed: bool = True) -> None:
        """Give the SMS role its right, or take it away: without it Cognito refuses every update of the pool."""
        iam = self.aws.client("iam")
        if not allowed:
            iam.delete_role_policy(RoleName=self.sms_role, PolicyName="sms")
            return
        rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]}
        iam.put_role_policy(RoleName=self.sms_role, PolicyName="sms", PolicyDocument=json.dumps(rights))


def live_pool(aws: LocalAws, name: str, **triggers: Any) -> LivePool:
    """Make one. ``triggers`` are added to those that it has anyway."""
    trust = {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName=f"{name}-sms", AssumeRolePolicyDocument=document)["Role"]
    draft = LivePool(aws, "", "", "", role["RoleName"])
    draft.let_cognito_publish()
    settings = every_setting(role["Arn"])
    settings["LambdaConfig"] = {**settings["LambdaConfig"], **triggers}
    cognito = aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=name, **settings)["UserPool"]
    cognito.set_user_pool_mfa_config(UserPoolId=pool["Id"], **every_factor(settings["SmsConfiguration"]))
    client = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="app")["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool["Id"], Username="ann", MessageAction="SUPPRESS")
    return LivePool(aws, pool["Id"], pool["Arn"], client, role["RoleName"])


class Root:
    """The root above for the first of these pools, in a directory of its own, applied with the documented rights."""

    def __init__(self, directory: Path, aws: LocalAws, *pools: LivePool, **variables: Any) -> None:
        checkout(directory / "checkout")
        (directory / "main.tf").write_text(ROOT)
        attachments = (rights("attachment", NAME=NAME, POOL=pool.id) for pool in pools)
        self.deployer = Deployer(aws, rights("sender", NAME=NAME), *attachments)
        self.terraform = Terraform(directory, self.deployer.environment())
        self.directory = directory
        self.variables: dict[str, Any] = {"user_pool_arn": pools[0].arn, "sms_role_arn": pools[0].sms_role_arn}
        self.set(**variables)
        self.terraform.init()

    def set(self, **variables: Any) -> None:
        """Change variables of the root."""
        self.variables.update(variables)
        (self.directory / "terraform.tfvars.json").write_text(json.dumps(self.variables))

    def apply(self) -> Mapping[str, Any]:
        """``terraform apply``; its outputs."""
        return self.terraform.apply()
