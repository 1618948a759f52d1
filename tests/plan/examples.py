"""A root that calls the examples."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from localaws import REPOSITORY
from localaws.terraform import Terraform, Toolchain
from support.roots import offline_root

EXAMPLES = """
module "local" {
  source = "@examples/local"
}

module "minimal" {
  source = "@examples/minimal"
}

module "complete" {
  source = "@examples/complete"

  account_id           = "123456789012"
  origination_identity = "arn:aws:sms-voice:eu-central-1:123456789012:pool/pool-0123456789abcdef0123456789abcdef"
  custom_email_sender = {
    lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:mail"
    role_arn   = "arn:aws:iam::123456789012:role/mail"
  }
  self_contained_package       = "@examples/../function/dist/custom-sender.zip" # for a plan, any file will do
  twilio_credentials           = { account_sid = "AC1", api_key_sid = "SK1", api_key_secret = "secret" }
  twilio_messaging_service_sid = "MG0123456789abcdef0123456789abcdef"
  webhook_signing_key          = "whsec_c2VjcmV0"
  webhook_url                  = "https://sms.example.com/send"
}

module "email" {
  source = "@examples/email"

  from         = "Acme <login@acme.com>"
  identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/acme.com"
}

module "sms_and_email" {
  source = "@examples/sms-and-email"

  from         = "Acme <login@acme.com>"
  identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/acme.com"
}

module "existing_pool" {
  source = "@examples/existing-pool"

  sms_role_arn  = "arn:aws:iam::123456789012:role/cognito-sms"
  user_pool_arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEf123"
}

module "two_states_pool" {
  source = "@examples/two-states-pool"

  sender = module.two_states_sender.lambda_config
}

module "two_states_sender" {
  source = "@examples/two-states-sender"

  user_pool_arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEf123"
}

module "redirect_to_email" {
  source = "@examples/redirect-to-email"

  email = "testers@example.com"
}

module "redirect_existing_pool" {
  source = "@examples/redirect-to-email"

  email         = "testers@example.com"
  name          = "existing-login"
  user_pool_arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEf123"
}
"""


def root_of_examples(
    directory: Path, *, tools: Toolchain | None = None, without: Collection[str] = frozenset()
) -> Terraform:
    """Every example as a module of one root: they have no provider block, so that this can be done."""
    calls = re.findall(r'^(module "(\w+)" \{$.*?^\}$)', EXAMPLES, re.MULTILINE | re.DOTALL)
    text = "\n\n".join(call for call, name in calls if name not in without)
    source = os.path.relpath(REPOSITORY / "examples", directory.resolve())
    return offline_root(directory.resolve(), {"main.tf": text.replace("@examples", source)}, tools=tools)
