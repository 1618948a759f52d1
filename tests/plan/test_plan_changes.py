"""What a change of settings does to what is there: nothing that is needed is lost, and nothing is replaced for nothing.

A plan knows changes only against a state, so this applies to a moto server: only to have a state, and the documents
that are unknown before there is an account.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from localaws.terraform import Plan, Terraform
from support.roots import FAKE_CREDENTIALS, resolve_module_source

ROOT = """
variable "later" {
  type    = bool
  default = false
}

variable "another_pool" {
  type    = bool
  default = false
}

# What each looks like at first, and later.
module "package" {
  source = "@module"
  name = "package"
  sms = { allowed_countries = ["DE"] }
  senders = { aws = { sns = {} } }
  user_pool = { name = var.another_pool ? "another" : null }
  retries = { failure_queue = { enabled = false } }
  package = {
    image_uri = var.later ? "123456789012.dkr.ecr.eu-central-1.amazonaws.com/sms:1" : null
    filename  = var.later ? null : "${path.module}/own.zip"
    layers    = var.later ? null : []
  }
  iam = { path = var.later ? "/sms/" : "/" }
}

module "role_and_key" {
  source = "@module"
  name = "role-and-key"
  sms = { allowed_countries = ["DE"] }
  senders = { aws = { sns = {} } }
  user_pools = {
    main = { arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEf123" }
  }
  retries = { failure_queue = { enabled = false } }
  package = { filename = "${path.module}/own.zip", layers = [] }
  iam = { path = var.later ? "/sms/" : "/" }
  kms_key = {
    multi_region           = var.later
    pool_manager_role_arns = ["arn:aws:iam::123456789012:role/deployer"]
  }
}

module "in_place" {
  source = "@module"
  name = "in-place"
  sms = { allowed_countries = ["DE"] }
  senders = { aws = { sns = {} } }
  retries = { failure_queue = { enabled = false } }
  package = { filename = "${path.module}/own.zip", layers = [] }
  tags = var.later ? { team = "login" } : {}
  monitoring = { log_kms_key_arn = var.later ? "arn:aws:kms:eu-central-1:123456789012:key/1" : null }
  function = {
    code_signing_config_arn = (
      var.later ? "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0" : null
    )
  }
}

module "channels" {
  source = "@module"
  name = "channels"
  sms = var.another_pool ? null : { allowed_countries = ["DE"] }
  email = var.later ? null : { from = "login@acme.com" }
  senders = {
    aws = { enabled = !var.another_pool, sns = {} }
    ses = { enabled = !var.later, ses = { identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/acme.com" } }
  }
  user_pool = { sign_in = { phone_number = true, email = true } }
  retries = { failure_queue = { enabled = false } }
  monitoring = { alarms = { enabled = false } }
  package = { filename = "${path.module}/own.zip", layers = [] }
}

# Data sources below a module with a depends_on are read during apply when what it names changes.
resource "terraform_data" "dependency" {
  input = var.later
}

module "depends" {
  source = "@module"
  name = "depends"
  sms = { allowed_countries = ["DE"] }
  senders = { aws = { sns = {} } }
  user_pool = { sign_in = { email = var.another_pool } }
  retries = { failure_queue = { enabled = false } }
  monitoring = { alarms = { enabled = false } }
  package = { filename = "${path.module}/own.zip", layers = [] }
  depends_on = [terraform_data.dependency]
}
"""


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The end point of a moto server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        endpoint = f"http://127.0.0.1:{port}"
        try:
            for _ in range(150):
                try:
                    urllib.request.urlopen(f"{endpoint}/moto-api/", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.2)
            # Its functions run in Docker, or answer what they are asked.
            config = json.dumps({"lambda": {"use_docker": False}}).encode()
            urllib.request.urlopen(f"{endpoint}/moto-api/config", config, timeout=5).close()
            yield endpoint
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory, moto: str) -> Terraform:
    """The root as it is at first, applied."""
    directory = tmp_path_factory.mktemp("changes").resolve()
    # A package without the public layer, which moto does not have.
    with zipfile.ZipFile(directory / "own.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py"), "# a package of the user's own\n")
    (directory / "main.tf").write_text(resolve_module_source(ROOT, directory))
    terraform = Terraform(directory, {**FAKE_CREDENTIALS, "AWS_ENDPOINT_URL": moto})
    terraform.init()
    terraform.apply()
    return terraform


@pytest.fixture(scope="module")
def later(applied: Terraform) -> Plan:
    """What the change to the root's later form would do."""
    return applied.plan({"later": True}, refresh=False)


@pytest.fixture(scope="module")
def state(applied: Terraform) -> Mapping[str, Any]:
    """Attributes of every resource in the state, by address."""
    document = json.loads((applied.directory / "terraform.tfstate").read_text())
    found: dict[str, Any] = {}
    for resource in document["resources"]:
        for instance in resource["instances"]:
            index = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
            found[f"{resource.get('module', '')}.{resource['type']}.{resource['name']}{index}"] = instance
    return found


REPLACED = ("delete", "create")
REPLACED_AFTERWARDS = ("create", "delete")
CHANGED = ("update",)


def test_a_function_that_is_replaced_takes_everything_along_that_goes_with_it(later: Plan) -> None:
    """Zip to image is another function of the same name: alias, settings and permission of the old one are gone."""
    function = "module.package"

    assert later.actions[f"{function}.aws_lambda_function.this"] == REPLACED
    assert later.actions[f"{function}.aws_lambda_alias.live"] == REPLACED
    assert later.actions[f"{function}.aws_lambda_function_event_invoke_config.live"] == REPLACED
    permission = 'module.package.aws_lambda_permission.cognito["user_pool"]'
    assert later.actions[permission] == REPLACED


def test_a_role_on_another_path_is_there_before_the_old_one_goes(later: Plan) -> None:
    function = "module.role_and_key"

    assert later.actions[f"{function}.aws_iam_role.this"] == REPLACED_AFTERWARDS
    assert later.actions[f"{function}.aws_lambda_function.this"] == CHANGED
    assert later.changes[f"{function}.aws_iam_role.this"].is_unknown("name"), "IAM has each name once"


def test_a_pools_sms_role_on_another_path_gets_its_right_again(later: Plan) -> None:
    """The policy goes with the role, and Cognito would refuse the pool's update."""
    pool = "module.package.module.user_pool[0]"

    assert later.actions[f"{pool}.aws_iam_role.sms[0]"] == REPLACED
    assert later.actions[f"{pool}.aws_iam_role_policy.sms[0]"] == REPLACED


def test_another_key_gets_policy_and_grant_of_its_own_before_the_old_one_goes(later: Plan) -> None:
    key = "module.role_and_key"

    assert later.actions[f"{key}.aws_kms_key.this[0]"] == REPLACED_AFTERWARDS
    # The provider would update it in place, against the old key.
    assert later.actions[f"{key}.aws_kms_key_policy.this[0]"] == REPLACED
    assert later.actions[f"{key}.aws_kms_alias.this[0]"] == CHANGED
    assert later.actions['module.role_and_key.aws_kms_grant.decrypt["main/function/key"]'] == REPLACED


def test_tags_and_keys_of_logs_and_code_signing_change_in_place(later: Plan) -> None:
    touched = {address: actions for address, actions in later.actions.items() if "module.in_place." in address}

    assert touched
    assert set(touched.values()) == {CHANGED}
    assert "module.in_place.aws_kms_key_policy.this[0]" not in touched


def test_a_change_in_what_the_module_depends_on_replaces_nothing_that_is_used(later: Plan) -> None:
    """The policies are there twice for a moment."""
    touched = {address: actions for address, actions in later.actions.items() if address.startswith("module.depends.")}

    assert {address: actions for address, actions in touched.items() if actions != CHANGED} == {
        'module.depends.aws_iam_role_policy.this["function"]': REPLACED_AFTERWARDS,
        'module.depends.aws_iam_role_policy.this["senders"]': REPLACED_AFTERWARDS,
    }


def test_email_is_turned_off_in_one_apply_and_the_pool_stays(later: Plan) -> None:
    """The pool lets go of the trigger and the function of the channel; SMS is as it was."""
    pool = later.changes["module.channels.module.user_pool[0].aws_cognito_user_pool.this"]
    replaced = {address for address, actions in later.actions.items() if "delete" in actions}

    assert pool.actions == CHANGED
    config = pool.values["lambda_config"][0]
    assert (bool(config["custom_sms_sender"]), config["custom_email_sender"]) == (True, [])
    assert {address for address in replaced if address.startswith("module.channels.")} == {
        'module.channels.aws_iam_role_policy.this["senders"]',
        "module.channels.aws_lambda_invocation.self_check[0]",
    }


def test_what_cognito_cannot_change_in_a_pool_is_refused(applied: Terraform) -> None:
    """Planned as a replacement, it would take permission and grant away and then stop at the pool's protection."""
    errors = [error for error in applied.plan_diagnostics({"another_pool": True}) if error.severity == "error"]

    got = [re.sub(r"\s+", " ", error.detail).partition(" Got: ") for error in errors]
    assert sorted((pool, changed.partition(" Fix: ")[0]) for pool, _, changed in got) == [
        (
            "User pool channels: no SMS configuration while the sender's SMS is off.",
            "one.",
        ),
        (
            "User pool depends: Cognito cannot change a pool's name or sign_in.",
            'name = "depends", sign-in by phone_number, email.',
        ),
        (
            "User pool package: Cognito cannot change a pool's name or sign_in.",
            'name = "another", sign-in by phone_number.',
        ),
    ]


def test_nothing_asks_the_users_resources_to_be_replaced_the_other_way_round(state: Mapping[str, Any]) -> None:
    """create_before_destroy is handed on to all that a resource depends on.

    From a grant that is through the pool to the function and its log group, which cannot be there twice under one name,
    and to whatever else the user's pool needs. What has it here depends on no pool.
    """
    handed_on = {address for address, instance in state.items() if instance.get("create_before_destroy")}

    assert {re.sub(r"^module\.\w+\.", "", address) for address in handed_on if "module." in address} == {
        "aws_kms_key.this[0]",
        "aws_dynamodb_table.ledger[0]",
        "aws_iam_role.this",
        'aws_iam_role_policy.this["function"]',
        'aws_iam_role_policy.this["senders"]',
        'terraform_data.policy["function"]',
        'terraform_data.policy["senders"]',
    }


def test_the_key_policy_allows_exactly_these_principals_these_actions(state: Mapping[str, Any]) -> None:
    policy = state["module.role_and_key.aws_kms_key_policy.this[0]"]["attributes"]["policy"]

    assert json.loads(policy) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AccountDelegatesToIam",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "CognitoMakesItsGrant",
                "Effect": "Allow",
                "Principal": {"Service": "cognito-idp.amazonaws.com"},
                "Action": "kms:CreateGrant",
                "Resource": "*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": ["123456789012"]},
                    "ArnEquals": {
                        "aws:SourceArn": [
                            "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEf123",
                        ]
                    },
                },
            },
            {
                "Sid": "PoolManagersMakeCognitosGrant",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::123456789012:role/deployer"]},
                "Action": "kms:CreateGrant",
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:EncryptionContext:userpool-id": ["eu-central-1_AbCdEf123"]}},
            },
        ],
    }


def test_key_policy_without_a_pool_is_the_accounts_delegation(state: Mapping[str, Any]) -> None:
    policy = state["module.in_place.aws_kms_key_policy.this[0]"]["attributes"]["policy"]

    assert [statement["Sid"] for statement in json.loads(policy)["Statement"]] == ["AccountDelegatesToIam"]
