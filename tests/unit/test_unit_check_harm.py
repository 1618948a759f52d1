"""``cognito-sender check``: what a plan does to pools that people sign in to. Real plans are in ``tests/e2e``."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cognito_sender.__main__ import main
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


def _change(address: str, values: Any, *, key: str | None = None) -> Document:
    """A resource that the plan leaves as it is."""
    module, _, rest = address.rpartition("module.sender.")
    type_, _, name = (rest or module).partition(".")
    found = {"address": address, "mode": "managed", "type": type_, "name": name.partition("[")[0], "index": key}
    change = {"actions": ["no-op"], "before": values, "after": copy.deepcopy(values), "after_unknown": {}}
    return {**found, **({"module_address": "module.sender"} if "module." in address else {}), "change": change}


def _triggers(**channels: str) -> list[Document]:
    return [{"kms_key_id": "k", **{f"custom_{name}_sender": [{"lambda_arn": arn}] for name, arn in channels.items()}}]


SENDERS = {"aws": {"enabled": True, **sender_settings({"kind": "sns"})}, "ses": {"enabled": True, "kind": "ses"}}
IDENTITY = {"senders.ses.identity_arn": "arn:aws:ses:eu-central-1:123456789012:identity/acme.example"}
EMAIL = {"from": "login@acme.example", "routes": {"default": ["ses"], "qq.com": ["ses"]}}


def document() -> Document:
    """One call with both channels, and two pools: one of this plan, one of another state."""
    told = {"module": "cognito-custom-sender", "format": FORMAT, "references": {**REFERENCES, **IDENTITY}}
    settings = {**SETTINGS, "email": EMAIL, "senders": SENDERS}
    changes = [
        _change("module.sender.terraform_data.configuration", {"input": {**told, "settings": settings}}),
        _change("module.sender.aws_lambda_alias.live", {"arn": ALIAS}),
        _change("module.sender.aws_kms_key.this", {"arn": "k"}),
        _change(f'{PERMISSION}["main"]', {"source_arn": POOL}, key="main"),
        _change(f'{PERMISSION}["elsewhere"]', {"source_arn": ELSEWHERE}, key="elsewhere"),
        _change(f'{GRANT}["main/function/key"]', {"key_id": "k"}, key="main/function/key"),
        _change(f'{GRANT}["elsewhere/function/key"]', {"key_id": "k"}, key="elsewhere/function/key"),
        _change("aws_cognito_user_pool.main", {"arn": POOL, "lambda_config": _triggers(sms=ALIAS, email=ALIAS)}),
    ]
    call = {"source": "./sender", "expressions": {}, "module": {}}
    return {
        "planned_values": {},
        "resource_changes": changes,
        "configuration": {"root_module": {"module_calls": {"sender": call}}},
    }


def _of(plan: Document, address: str) -> Document:
    (found,) = (each["change"] for each in plan["resource_changes"] if each["address"].endswith(address))
    assert isinstance(found, dict)
    return found


def _goes(address: str, *actions: str) -> Callable[[Document], None]:
    def change(plan: Document) -> None:
        found = _of(plan, address)
        found["actions"] = list(actions or ["delete"])
        found["after"] = found["after"] if "create" in actions else None

    return change


def _calls(**channels: str) -> Callable[[Document], None]:
    def change(plan: Document) -> None:
        _of(plan, "aws_cognito_user_pool.main")["after"]["lambda_config"] = _triggers(**channels) if channels else []

    return change


def _renamed(plan: Document) -> None:
    """The pool will call an alias that is not known yet."""
    pool = _of(plan, "aws_cognito_user_pool.main")
    pool["after"]["lambda_config"][0]["custom_sms_sender"] = [{}]
    pool["after_unknown"] = {"lambda_config": [{"custom_sms_sender": [{"lambda_arn": True}]}]}


def _settings(**values: Any) -> Callable[[Document], None]:
    def change(plan: Document) -> None:
        settings = _of(plan, "configuration")["after"]["input"]["settings"]
        settings.update(values)
        for name in [name for name, value in settings.items() if value is None]:
            del settings[name]

    return change


def _adds(address: str, values: Document) -> Callable[[Document], None]:
    def change(plan: Document) -> None:
        plan["resource_changes"].append(_change(address, values))

    return change


def _testers(environment: str) -> Callable[[Document], None]:
    topic = {"kind": "sns_topic", "topic_arn": "arn:aws:sns:eu-central-1:123456789012:testers"}
    senders = {**SENDERS, "testers": {**topic, "enabled": True, "environment": environment}}
    return _settings(senders=senders, sms={**SETTINGS["sms"], "routes": {"default": ["testers"]}})


SECRET = {"secret_id": "a", "secret_string": TOKEN}
WRITE_ONLY = {"secret_id": "a", "secret_string": None, "secret_string_wo_version": 1}

CONFIG = "aws_cognito_user_pool.main.lambda_config"
LET_GO = [_goes('cognito["main"]'), _goes('decrypt["main/function/key"]')]

# What a plan does → the lines that it gets: path, and a part of the text. A warning begins with its word.
PLANS: dict[str, tuple[list[Callable[[Document], None]], dict[str, str]]] = {
    "nothing": ([], {}),
    "the key goes": ([_goes("aws_kms_key.this")], {KEY: "can never be read"}),
    "the key is replaced": ([_goes("aws_kms_key.this", "create", "delete")], {KEY: "Got: replace"}),
    "the alias is replaced": ([_goes("alias.live", "delete", "create")], {LIVE: "seconds are lost"}),
    "the sender gets another name": (
        [_renamed, _goes("alias.live", "delete", "create"), _goes('cognito["main"]', "delete", "create")],
        {LIVE: "seconds are lost. Got: replace", f'{PERMISSION}["main"]': "seconds are lost. Got: replace"},
    ),
    "a grant goes": (
        [_goes('decrypt["main/function/key"]')],
        {f'{GRANT}["main/function/key"]': "may no longer decrypt"},
    ),
    "a permission goes": (
        [_goes('cognito["main"]')],
        {
            f'{PERMISSION}["main"]': "may no longer call",
            CONFIG: "module.sender does not authorize the pool",
        },
    ),
    "a pool of another state is let go": (
        [_goes('cognito["elsewhere"]'), _goes('decrypt["elsewhere/function/key"]')],
        {
            f'warning: {PERMISSION}["elsewhere"]': "if a pool of another state still calls it",
            f'warning: {GRANT}["elsewhere/function/key"]': "if a pool of another state still calls it",
        },
    ),
    "the pool moves away and is let go": ([_calls(sms=OTHER), *LET_GO], {}),
    "the pool goes and is let go": ([_goes("pool.main"), *LET_GO], {}),
    "the pool is replaced": ([_goes("pool.main", "delete", "create")], {CONFIG.partition(".l")[0]: "users go with it"}),
    "the trigger is dropped": ([_calls()], {CONFIG: "takes the sender off the pool. Got: none"}),
    "the trigger is another's": ([_calls(sms=OTHER)], {CONFIG: "Got: another function"}),
    "a channel goes here and in the pool": (
        [_settings(email=None), _calls(sms=ALIAS)],
        {"warning: module.sender.email": "Got: aws_cognito_user_pool.main. Fix: first in the pool, then here"},
    ),
    "a channel goes here alone": (
        [_settings(email=None)],
        {"module.sender.email": "a pool still asks for it: its codes are lost. Got: aws_cognito_user_pool.main."},
    ),
    "codes go to testers": (
        [_testers("production")],
        {"warning: module.sender.senders.testers": "sees the codes of real people"},
    ),
    "test codes go to testers": ([_testers("test")], {}),
    "a secret in clear": (
        [_adds("aws_secretsmanager_secret_version.twilio", SECRET)],
        {"warning: aws_secretsmanager_secret_version.twilio.secret_string": "the state holds it in clear"},
    ),
    "a secret that is only written": ([_adds("aws_secretsmanager_secret_version.twilio", WRITE_ONLY)], {}),
    "a parameter in clear": (
        [_adds("aws_ssm_parameter.twilio", {"type": "SecureString", "value": TOKEN})],
        {"warning: aws_ssm_parameter.twilio.value": "the state holds it in clear"},
    ),
    "a parameter that is only written": (
        [_adds("aws_ssm_parameter.twilio", {"type": "SecureString", "value": "(unknown)", "value_wo_version": 1})],
        {},
    ),
    "a parameter that is no secret": ([_adds("aws_ssm_parameter.twilio", {"type": "String", "value": "1"})], {}),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_of_each_plan_it_says_what_it_does_to_a_live_pool(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edits, expected = PLANS[name]
    plan = document()
    for edit in edits:
        edit(plan)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    code = main(["check", str(tmp_path / "plan.json"), "--root", str(tmp_path), "--json"])
    out = capsys.readouterr().out
    found = json.loads(out)

    said = {line["path"]: line["text"] for line in found["findings"]}
    said |= {f"warning: {line['path']}": line["text"] for line in found["warnings"]}
    assert set(said) == set(expected)
    for place, text in expected.items():
        assert text in said[place]
    assert code == (1 if found["findings"] else 0)
    assert TOKEN not in out


def test_the_summary_for_a_pull_request_says_who_gets_what_through_whom(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = document()
    for edit in (_testers("production"), _goes("aws_kms_key.this")):
        edit(plan)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert main(["check", str(tmp_path / "plan.json"), "--root", str(tmp_path), "--markdown"]) == 1
    lines = capsys.readouterr().out.splitlines()

    limits = "number 10 in 3600 s (enforce), prefix 100 in 3600 s (enforce)"
    assert lines[:3] == ["## Cognito senders", "", "### `module.sender`"]
    assert any(
        line.startswith(f"| sms | DE, US | testers (sns_topic) | {limits}") and line.endswith("| new |")
        for line in lines
    )
    assert any(line.startswith("| sms | DE, US | aws (sns) | ") and line.endswith("| gone |") for line in lines)
    assert "| email | qq.com | ses | none |  |" in lines
    assert [line for line in lines if line.startswith("###")] == [
        "### `module.sender`",
        "### Wrong",
        "### Perhaps meant",
    ]
    assert "login@acme.example" not in str(lines)
