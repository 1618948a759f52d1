"""Any setting changed on a deployment with two live pools: which wire is missing between which two steps of the apply.

Each case is a call of the module with a pool that it makes and one beside it; its settings change, and change back.
Many are applied at once, and after each call of Terraform the embedded AWS looks what every pool lacks.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from localaws import REPOSITORY
from localaws.client import LocalAws
from localaws.terraform import Terraform, checkout
from plan.calls import calls, locals_hcl
from plan.constants import BOUNDARY, EMAIL_ROLE, IMAGE, MANAGER, SECRET

pytestmark = pytest.mark.long

NAME: Final = r"\w+"


@dataclass(frozen=True, slots=True)
class Change:
    """Arguments of the call before and after, over ``DEFAULTS``."""

    after: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)


def _accepted(*names: str, **before: str) -> Change:
    """A change to what a call of the plan tests has; of several, the first sender of each in one route."""
    found = [calls("accepted")[name].arguments for name in names]
    after = {name: value for name, value in found[0].items() if name not in {"kms_key", "user_pools"}}
    if len(found) > 1:
        senders = [arguments["senders"] for arguments in found]
        after["senders"] = f"merge({', '.join(senders)})"
        route = json.dumps([re.findall(NAME, text)[0] for text in senders])
        after["sms"] = f'{{ allowed_countries = ["DE"], routes = {{ default = {route} }} }}'
    return Change(after, before)


DEFAULTS: Final = {
    "sms": '{ allowed_countries = ["DE"] }',
    "senders": f'{{ one = {{ twilio = {{ from = "+15550100", secret_arn = "{SECRET}-before" }} }} }}',
    "monitoring": "{ alarms = { enabled = false } }",
    "user_pool": "{}",
    "user_pools": "{ beside = { arn = @beside } }",
}
KEY: Final = '"@key"'
MAIL: Final = f'{{ beside = {{ arn = @beside, custom_email_sender = {{ role_arn = "{EMAIL_ROLE}" }} }} }}'
OBJECT: Final = '{ bucket = "own", key = "own.zip", object_version = "@version" }'
OWN: Final = {"package": '{ filename = "own.zip", layers = [] }'}
POOL: Final = """{ name = "customers", sign_in = { phone_number = false, email = true }, password_policy = {
    temporary_password_validity_days = 1, require_lowercase = false, require_uppercase = false, require_numbers = false
  } }"""

MAILS: Final = """{
    aws = { sns = {} }, ses = { ses = { identity_arn = "arn:aws:ses:eu-central-1:123456789012:identity/acme.com" } }
  }"""
MAIL_LIMITS: Final = """{
    address = { max = 5, per_seconds = 60, mode = "monitor" }
    domain  = { exempt = ["acme.com"] }
    overall = { max = 500 }
  }"""
MORE_MAILS: Final = f"""merge({MAILS}, {{
    ses  = {{ ses = {{
      identity_arn      = "arn:aws:ses:eu-central-1:123456789012:identity/acme.com"
      configuration_set = "codes", tenant = "acme"
    }} }}
    box  = {{ sns_topic = {{ topic_arn = "arn:aws:sns:eu-central-1:123456789012:qa", environment = "test" }} }}
    post = {{ smtp = {{ host = "smtp.acme.com", port = "465", secret_arn = "{SECRET}-mailer" }} }}
  }})"""
MAIL_ALARMS: Final = "{ alarms = { no_address = {}, bounces = { threshold = 0.03 }, complaints = {} } }"
QA: Final = '{ test_recipients = { addresses = ["qa@acme.com"], sender = "box" } }'
CLIENTS: Final = '{ clients = { client1 = { brand = "Other", from = "Other <other@acme.com>" } } }'
# All but `layout.file`: a version whose file is not there does not go live.
ALL_OF_EMAIL: Final = f"""{{
    from = "Acme <codes@acme.com>", reply_to = "help@acme.com", limits = {MAIL_LIMITS}, code_in_subject = true
    routes = {{ default = ["ses", "post"], "gmx.de" = ["ses"] }}
    allowed_domains = ["gmx.de"], blocked_domains = ["gmx.net"]
    templates = {{ de = {{ SignUp = {{ subject = "Code", text = "Ihr Code:\\n\\n$code" }} }} }}
    layout = {{ accent_color = "#0a7", footer = "Acme", logo_url = "https://acme.com/logo.png" }}
  }}"""

# A grant cannot be made before its predecessor goes: create_before_destroy would be handed on to the pool, the function
# and the log group, which cannot be there twice under one name.
MAY_OPEN_A_GAP: Final = {
    "name": Change({"name": '"renamed"'}, {"user_pool": '{ name = "kept" }'}),
    # The embedded AWS runs no image, so nobody may call it.
    "image": Change({"package": f'{{ image_uri = "{IMAGE}" }}', "function": "{ reserved_concurrency = 0 }"}),
    "path": Change({"iam": '{ path = "/y/" }'}, {"iam": '{ path = "/x/" }'}),
    "key_existing": Change({"kms_key": f"{{ existing = {{ arn = {KEY} }} }}"}),
    "key_multi_region": Change({"kms_key": "{ multi_region = true }"}),
}
# What removes or replaces something has a case of its own; the rest of a variable's settings change together.
MAY_NOT: Final = {
    "aws": _accepted("sns", "notify"),
    "others": _accepted("twilio", "twilio_verify", "vonage"),
    **{
        name: _accepted(name)
        for name in (
            *("end_user_messaging", "origination_by_country", "whatsapp", "slack", "http_own", "http_presets", "edges"),
            *("routes", "messages_all", "protection", "ledger_off", "delivery", "no_failure_queue", "vpc"),
        )
    },
    "email_off": Change(
        {"email": "null", "senders": "{ aws = { sns = {} } }"},
        {"email": '{ from = "login@acme.com" }', "senders": MAILS},
    ),
    "email": Change(
        {
            "email": ALL_OF_EMAIL,
            "senders": MORE_MAILS,
            "messages": CLIENTS,
            "monitoring": MAIL_ALARMS,
            "protection": QA,
        },
        {"email": '{ from = "login@acme.com" }', "senders": MAILS},
    ),
    "dashboard": _accepted("dashboard", monitoring='{ log_retention_days = 30, log_level = "DEBUG" }'),
    "alarms": _accepted("alarms", monitoring="{ debug_sample_rate = 0.25 }"),
    "alarms_off": _accepted("alarms_off_one_by_one", monitoring="{}"),
    "tracing": Change({"function": "{ tracing = false }"}),
    "size": Change({"function": "{ memory_size = 2048, timeout = 60, reserved_concurrency = 9, snap_start = true }"}),
    "machine": Change({"function": '{ architecture = "x86_64", runtime = "python3.12" }', **OWN}, OWN),
    "object": Change({"package": f'{{ s3 = {OBJECT}, source_code_hash = "1" }}'}),
    "own_zip": Change(OWN),
    "boundary": Change({"iam": f'{{ permissions_boundary_arn = "{BOUNDARY}" }}'}),
    "secret_keys": Change({"iam": f"{{ secret_kms_key_arns = [{KEY}] }}"}),
    "ledger_key": Change({"protection": f"{{ ledger = {{ kms_key_arn = {KEY} }} }}"}),
    "queue_key": Change({"retries": f"{{ failure_queue = {{ kms_key_arn = {KEY} }} }}"}),
    "old_key": Change({"kms_key": f"{{ also_decrypt = {{ old = {{ arn = {KEY} }} }} }}"}),
    "key": Change({"kms_key": f'{{ deletion_window_in_days = 7, pool_manager_role_arns = ["{MANAGER}"] }}'}),
    "mail_role": Change({"user_pools": MAIL.replace("role/mail", "role/mail2")}, {"user_pools": MAIL}),
    "pool": _accepted("pool_full", user_pool=POOL),
    # Its data sources are read during apply, since what it depends on changes.
    "dependency": Change({"depends_on": "[terraform_data.later]"}, {"depends_on": "[terraform_data.later]"}),
}
CASES: Final = MAY_OPEN_A_GAP | MAY_NOT
# In test_plan_changes.py: what the embedded AWS cannot change, and what is refused before anything is touched.
ELSEWHERE: Final = {
    "email": {"file"},
    "messages": {"layout"},
    "package": {"more_layers"},
    "function": {"code_signing_config_arn"},
    "monitoring": {"log_kms_key_arn"},
    "tags": set(),
    "user_pool": {"name", "sign_in", "phone_number", "email"},
}

CASE: Final = """
module "@case" {
  source = "./checkout"
@arguments
}

resource "aws_cognito_user_pool" "@case" {
  name                     = "@case"
  auto_verified_attributes = ["phone_number"]

  sms_configuration {
    external_id    = "@case"
    sns_caller_arn = "arn:aws:iam::123456789012:role/sms"
  }

  lambda_config {
    kms_key_id = module.@case.lambda_config.kms_key_id

    custom_sms_sender {
      lambda_arn     = module.@case.lambda_config.custom_sms_sender.lambda_arn
      lambda_version = module.@case.lambda_config.custom_sms_sender.lambda_version
    }

    dynamic "custom_email_sender" {
      for_each = module.@case.lambda_config.custom_email_sender[*]

      content {
        lambda_arn     = custom_email_sender.value.lambda_arn
        lambda_version = custom_email_sender.value.lambda_version
      }
    }
  }
}

output "@case" {
  value = [module.@case.user_pool_id, aws_cognito_user_pool.@case.id]
}
"""


# Terraform's work grows faster than the number of calls: all of them at once take half as much again.
PARTS: Final = 3


def _root(cases: Collection[str], *, later: bool, **there: str) -> str:
    text = locals_hcl() + f'resource "terraform_data" "later" {{\n  input = {str(later).lower()}\n}}\n'
    for case in cases:
        change = CASES[case]
        named = {"name": f'"{case.replace("_", "-")}"', **DEFAULTS, **change.before, **(change.after if later else {})}
        arguments = "".join(f"  {name} = {value}\n" for name, value in named.items())
        block = CASE.replace("@arguments", arguments).replace("@beside", "aws_cognito_user_pool.@case.arn")
        text += block.replace("@case", case)
    return re.sub(r"@(key|version)", lambda match: there[match[1]], text)


def _account(aws: LocalAws, own: Path) -> dict[str, str]:
    """What is there before Terraform is."""
    iam, s3 = aws.client("iam"), aws.client("s3")
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    anybody = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "cognito-idp.amazonaws.com"}}
    rights, trust = (json.dumps({"Version": "2012-10-17", "Statement": [it]}) for it in (anything, anybody))
    for role in ("sms", "mail", "mail2"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName="sms", PolicyName="sms", PolicyDocument=rights)
    iam.create_policy(PolicyName="boundary", PolicyDocument=rights)
    s3.create_bucket(Bucket="own", CreateBucketConfiguration={"LocationConstraint": aws.region})
    s3.put_bucket_versioning(Bucket="own", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="own", Key="own.zip", Body=own.read_bytes())["VersionId"]
    return {"key": aws.client("kms").create_key()["KeyMetadata"]["Arn"], "version": version}


@dataclass(frozen=True, slots=True)
class Apply:
    """One apply of all cases."""

    pools: Mapping[str, Sequence[str]]
    steps: Sequence[Mapping[str, Any]]
    missing: Mapping[str, Sequence[str]]
    """What a pool lacks at the end."""

    def gaps(self, case: str) -> set[str]:
        """Each wire that a live pool of the case lacked, between which two steps."""
        found = set()
        for pool in self.pools[case]:
            gone: dict[str, str] = {}
            for step in self.steps:
                missing = set(step["missing"].get(pool, ()))
                gone |= dict.fromkeys(missing - gone.keys(), step["action"])
                found |= {f"{wire}: {gone.pop(wire)} … {step['action']}" for wire in gone.keys() - missing}
            found |= {f"{wire}: {action} …" for wire, action in gone.items()}
        return found


@pytest.fixture(
    scope="module",
    params=[pytest.param(part, marks=pytest.mark.xdist_group(f"changes {part}")) for part in range(PARTS)],
)
def applies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Apply]:
    """A first apply, the changes, and the way back; of a part of the cases."""
    cases = [*CASES][request.param :: PARTS]
    root = tmp_path_factory.mktemp("changes")
    checkout(root / "checkout")
    with zipfile.ZipFile(root / "own.zip", "w") as archive:
        handler = zipfile.ZipInfo("custom_sender/handler.py")
        handler.external_attr = 0o644 << 16  # Lambda reads nothing that is its owner's only, which is the default
        archive.writestr(handler, "def handler(event, context):\n    return {}\n")
    done = {}
    with LocalAws(state=root / "aws") as aws:
        there = _account(aws, root / "own.zip")
        # Most of an apply is waiting. Nothing else changes this account, so that the state knows what is there.
        terraform = Terraform(root, {**aws.environment(), "TF_CLI_ARGS_apply": "-parallelism=30 -refresh=false"})
        (root / "main.tf").write_text(_root(cases, later=False, **there))
        terraform.init()
        for name, later in (("first", False), ("there", True), ("back", False)):
            (root / "main.tf").write_text(_root(cases, later=later, **there))
            aws.watch_wires()
            done[name] = Apply(terraform.apply(), aws.watched(), aws.missing_wires())
    return done


def test_every_setting_is_changed() -> None:
    """Each attribute of each variable is in one of the cases."""
    text = "".join(file.read_text() for file in sorted(REPOSITORY.glob("variables*.tf")))
    blocks = re.split(r'^variable "(\w+)"', text, flags=re.MULTILINE)[1:]
    for variable, block in zip(blocks[::2], blocks[1::2], strict=True):
        (declared,) = re.findall(r"^  type +=(.*?)^  \w", block, flags=re.MULTILINE | re.DOTALL)
        attributes = set(re.findall(r"(\w+) += (?:optional|string|number|bool|list|set|map)\b", declared))
        named = [arguments for case in CASES.values() for arguments in (case.before, case.after)]
        texts = [arguments[variable] for arguments in named if variable in arguments]
        assert texts or variable in ELSEWHERE, f"{variable} is changed nowhere"
        changed = set(re.findall(NAME, " ".join(texts))) | ELSEWHERE.get(variable, set())
        assert attributes <= changed, f"{variable}: {sorted(attributes - changed)}"


def test_nothing_is_missing_in_between(applies: Mapping[str, Apply]) -> None:
    cases = [case for case in applies["first"].pools if case in MAY_NOT]
    found = {f"{name} {case}": applies[name].gaps(case) for case in cases for name in ("there", "back")}

    assert {change: gaps for change, gaps in found.items() if gaps} == {}


@pytest.mark.parametrize("name", ["first", "there", "back"])
def test_one_apply_leaves_no_gap_open(name: str, applies: Mapping[str, Apply]) -> None:
    assert {pool: wires for pool, wires in applies[name].missing.items() if wires} == {}


def test_the_changes_that_open_a_gap_are_those_that_the_readme_names(applies: Mapping[str, Apply]) -> None:
    """And the README names them."""
    cases = [case for case in applies["there"].pools if case in MAY_OPEN_A_GAP]

    assert [case for case in cases if not applies["there"].gaps(case)] == []
