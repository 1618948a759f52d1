"""The JSON of a plan of one call, as far as ``cognito-sender check`` looks at it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from custom_sender.settings import FORMAT
from support.configured import sender_settings
from support.environment import REFERENCES, SETTINGS

ALIAS = "arn:aws:lambda:eu-central-1:123456789012:function:acme-login:live"
OTHER = "arn:aws:lambda:eu-central-1:123456789012:function:other:live"
POOL = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Abc"
ELSEWHERE = f"{POOL}def"
TOKEN = "geheim-17"
KEY, LIVE = "module.sender.aws_kms_key.this", "module.sender.aws_lambda_alias.live"
PERMISSION, GRANT = "module.sender.aws_lambda_permission.cognito", "module.sender.aws_kms_grant.decrypt"

Document = dict[str, Any]


def resource(address: str, values: Any, *, key: str | None = None) -> Document:
    """A resource that the plan leaves as it is."""
    module, _, rest = address.rpartition("module.sender.")
    type_, _, name = (rest or module).partition(".")
    found = {"address": address, "mode": "managed", "type": type_, "name": name.partition("[")[0], "index": key}
    change = {"actions": ["no-op"], "before": values, "after": copy.deepcopy(values), "after_unknown": {}}
    return {**found, **({"module_address": "module.sender"} if "module." in address else {}), "change": change}


def triggers(**channels: str) -> list[Document]:
    return [{"kms_key_id": "k", **{f"custom_{name}_sender": [{"lambda_arn": arn}] for name, arn in channels.items()}}]


SENDERS = {"aws": {"enabled": True, **sender_settings({"kind": "sns"})}, "ses": {"enabled": True, "kind": "ses"}}
IDENTITY = {"senders.ses.identity_arn": "arn:aws:ses:eu-central-1:123456789012:identity/acme.example"}
EMAIL = {"from": "login@acme.example", "routes": {"default": ["ses"], "qq.com": ["ses"]}}


def document() -> Document:
    """One call with both channels, and two pools: one of this plan, one of another state."""
    told = {"module": "cognito-custom-sender", "format": FORMAT, "region": "eu-central-1"}
    told = {**told, "references": {**REFERENCES, **IDENTITY}}
    settings = {**SETTINGS, "email": EMAIL, "senders": SENDERS}
    changes = [
        resource("module.sender.terraform_data.configuration", {"input": {**told, "settings": settings}}),
        resource("module.sender.aws_lambda_alias.live", {"arn": ALIAS}),
        resource("module.sender.aws_kms_key.this", {"arn": "k"}),
        resource(f'{PERMISSION}["main"]', {"source_arn": POOL}, key="main"),
        resource(f'{PERMISSION}["elsewhere"]', {"source_arn": ELSEWHERE}, key="elsewhere"),
        resource(f'{GRANT}["main/function/key"]', {"key_id": "k"}, key="main/function/key"),
        resource(f'{GRANT}["elsewhere/function/key"]', {"key_id": "k"}, key="elsewhere/function/key"),
        resource("module.sender.aws_cloudwatch_log_group.this", {"retention_in_days": 365, "kms_key_id": None}),
        resource("module.sender.aws_cloudwatch_metric_alarm.this", {"alarm_actions": ["arn:on-call"]}, key="errors"),
        resource("aws_cognito_user_pool.main", {"arn": POOL, "lambda_config": triggers(sms=ALIAS, email=ALIAS)}),
    ]
    call = {"source": "./sender", "expressions": {}, "module": {}}
    return {
        "planned_values": {},
        "resource_changes": changes,
        "configuration": {"root_module": {"module_calls": {"sender": call}}},
    }


def of(plan: Document, address: str) -> Document:
    """What it does with the resource whose address ends so."""
    (found,) = (each["change"] for each in plan["resource_changes"] if each["address"].endswith(address))
    assert isinstance(found, dict)
    return found


def settings(**values: Any) -> Callable[[Document], None]:
    """Other settings; None for one that goes."""

    def change(plan: Document) -> None:
        told = of(plan, "configuration")["after"]["input"]
        together = {**told["settings"], **values}
        told["settings"] = {name: value for name, value in together.items() if value is not None}

    return change
