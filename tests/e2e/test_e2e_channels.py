"""E-mail is turned off under a pool that uses it: as the page says, and in the wrong order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localaws.client import LocalAws
from localaws.terraform import Terraform, checkout
from support.pages import section

pytestmark = [pytest.mark.long]

ROOT = """
variable "lambda_config" {
  description = "What the pool has instead of the module's output."
  type        = any
  default     = {}
}

variable "email" {
  type    = bool
  default = true
}

resource "aws_sesv2_email_identity" "acme" {
  email_identity = "acme.example"
}

module "sender" {
  source = "./module"

  name       = "acme-login"
  sms        = { allowed_countries = ["DE"] }
  email      = var.email ? { from = "login@acme.example" } : null
  senders    = merge({ sns = { sns = {} } }, { for on in var.email ? ["ses"] : [] : on => {
    ses = { identity_arn = aws_sesv2_email_identity.acme.arn }
  } })
  user_pools = { main = { arn = aws_cognito_user_pool.main.arn } }
}

locals {
  lambda_config = merge(module.sender.lambda_config, var.lambda_config)
}

resource "aws_iam_role" "sms" {
  name_prefix        = "acme-sms-"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "cognito-idp.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "sms" {
  role   = aws_iam_role.sms.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sns:Publish", Resource = "*" }]
  })
}

resource "aws_cognito_user_pool" "main" {
  name                     = "acme"
  auto_verified_attributes = ["email", "phone_number"]

  sms_configuration {
    external_id    = "acme"
    sns_caller_arn = aws_iam_role.sms.arn
  }

  lambda_config {
    kms_key_id = local.lambda_config.kms_key_id

    dynamic "custom_sms_sender" {
      for_each = local.lambda_config.custom_sms_sender[*]

      content {
        lambda_arn     = custom_sms_sender.value.lambda_arn
        lambda_version = custom_sms_sender.value.lambda_version
      }
    }

    dynamic "custom_email_sender" {
      for_each = local.lambda_config.custom_email_sender[*]

      content {
        lambda_arn     = custom_email_sender.value.lambda_arn
        lambda_version = custom_email_sender.value.lambda_version
      }
    }
  }

  depends_on = [aws_iam_role_policy.sms]
}

resource "aws_cognito_user_pool_client" "web" {
  name         = "web"
  user_pool_id = aws_cognito_user_pool.main.id
}

output "client" {
  value = aws_cognito_user_pool_client.web.id
}

output "lambda_config" {
  value = module.sender.lambda_config
}
"""


def test_in_the_documented_order_no_code_is_lost_and_in_the_other_each_is_counted(tmp_path: Path) -> None:
    checkout(tmp_path / "module")
    (tmp_path / "main.tf").write_text(ROOT)
    with LocalAws(time_scale=60) as aws:
        terraform = Terraform(tmp_path, aws.environment())
        terraform.init()

        def applied(**variables: Any) -> dict[str, Any]:
            (tmp_path / "terraform.tfvars.json").write_text(json.dumps(variables))
            return dict(terraform.apply())

        def mail(name: str) -> dict[str, Any] | None:
            address = f"{name}@customer.example"
            aws.client("cognito-idp").sign_up(
                ClientId=outputs["client"],
                Username=name,
                Password="Correct-horse-7",
                UserAttributes=[{"Name": "email", "Value": address}],
            )
            aws.settle()
            return next(iter(aws.inbox(address)), None)

        outputs = applied()
        sender = outputs["lambda_config"]["custom_email_sender"]
        assert (mail("before") or {})["channel"] == "ses"

        # The pool first: Cognito sends by itself from then on.
        assert "custom_email_sender = null" in section("Turn it off")
        applied(lambda_config={"custom_email_sender": None})
        assert (mail("between") or {})["meta"]["native"] is True
        applied(email=False)
        assert terraform.plan().is_empty
        assert (mail("after") or {})["meta"]["native"] is True
        applied()
        assert (mail("again") or {})["channel"] == "ses"

        # The module first: the pool goes on asking, which is an alarm's matter.
        applied(email=False, lambda_config={"custom_email_sender": sender})
        assert mail("lost") is None
        group = aws.client("logs").filter_log_events(logGroupName="/aws/lambda/acme-login", interleaved=True)
        last = [line for event in group["events"] if '"outcome"' in (line := event["message"])][-1]
        assert json.loads(last)["outcome"] == "CHANNEL_OFF"
        alarm = aws.client("cloudwatch").describe_alarms(AlarmNames=["acme-login-channel-off"])["MetricAlarms"]
        assert [found["MetricName"] for found in alarm] == ["CHANNEL_OFF"]
