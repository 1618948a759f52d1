"""``cognito-sender check``: what a plan does to pools that people sign in to. Real plans are in ``tests/e2e``."""

from __future__ import annotations

import copy
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cognito_sender.__main__ import main
from cognito_sender.check.markdown import PRICES, own_part
from localaws import REPOSITORY
from support.environment import SETTINGS
from support.pages import headings
from support.plan_document import (
    ALIAS,
    GRANT,
    KEY,
    LIVE,
    OTHER,
    PERMISSION,
    SENDERS,
    TOKEN,
    Document,
    document,
    of,
    resource,
    settings,
    triggers,
)


def _goes(address: str, *actions: str) -> Callable[[Document], None]:
    def change(plan: Document) -> None:
        found = of(plan, address)
        found["actions"] = list(actions or ["delete"])
        found["after"] = found["after"] if "create" in actions else None
        found["before"] = found["before"] if actions != ("create",) else None

    return change


def _calls(**channels: str) -> Callable[[Document], None]:
    def change(plan: Document) -> None:
        of(plan, "aws_cognito_user_pool.main")["after"]["lambda_config"] = triggers(**channels) if channels else []

    return change


def _called(**channels: str) -> Callable[[Document], None]:
    """It calls so already, and goes on to."""

    def change(plan: Document) -> None:
        pool = of(plan, "aws_cognito_user_pool.main")
        pool["before"]["lambda_config"] = pool["after"]["lambda_config"] = triggers(**channels) if channels else []

    return change


def _second_pool(plan: Document) -> None:
    """A new pool that calls the alias."""
    config = {"lambda_config": triggers(sms=ALIAS, email=ALIAS)}
    plan["resource_changes"].append(resource("aws_cognito_user_pool.second", config))
    of(plan, "pool.second").update(actions=["create"], before=None, after_unknown={"arn": True})


def _authorized_later(plan: Document) -> None:
    """A permission for a pool whose ARN is not known yet."""
    plan["resource_changes"].append(resource(f'{PERMISSION}["second"]', {"statement_id": "a"}, key="second"))
    permission = of(plan, 'cognito["second"]')
    permission.update(actions=["create"], before=None, after_unknown={"source_arn": True})


def _another_key(plan: Document) -> None:
    """The pool has another name in user_pools: its permission and grants go, and come again."""
    for wire, old in ((PERMISSION, "main"), (GRANT, "main/function/key")):
        new = old.replace("main", "new")
        values = of(plan, f'{wire}["{old}"]')["before"]
        plan["resource_changes"].append(resource(f'{wire}["{new}"]', values, key=new))
        _goes(f'{wire}["{new}"]', "create")(plan)


def _forgotten(plan: Document) -> None:
    """As of ``removed { lifecycle { destroy = false } }``."""
    for each in plan["resource_changes"]:
        if "module_address" in each:
            each["change"].update(actions=["forget"], after=None)


def _encrypts(key: str | None) -> Callable[[Document], None]:
    """With another key, or one that is not known yet."""

    def change(plan: Document) -> None:
        pool = of(plan, "aws_cognito_user_pool.main")
        pool["after"]["lambda_config"][0]["kms_key_id"] = key
        pool["after_unknown"] = {"lambda_config": [{"kms_key_id": key is None}]}

    return change


def _newly_called(plan: Document) -> None:
    of(plan, "aws_cognito_user_pool.main")["before"]["lambda_config"] = []


def _alone(plan: Document) -> None:
    """There is no pool of another state."""
    plan["resource_changes"] = [each for each in plan["resource_changes"] if "elsewhere" not in each["address"]]


def _without(address: str) -> Callable[[Document], None]:
    def change(plan: Document) -> None:
        plan["resource_changes"] = [each for each in plan["resource_changes"] if not each["address"].endswith(address)]

    return change


def _renamed(plan: Document) -> None:
    """The pool will call an alias that is not known yet."""
    pool = of(plan, "aws_cognito_user_pool.main")
    pool["after"]["lambda_config"][0]["custom_sms_sender"] = [{}]
    pool["after_unknown"] = {"lambda_config": [{"custom_sms_sender": [{"lambda_arn": True}]}]}


def _adds(address: str, values: Document) -> Callable[[Document], None]:
    def change(plan: Document) -> None:
        plan["resource_changes"].append(resource(address, values))

    return change


def _testers(environment: str) -> Callable[[Document], None]:
    topic = {"kind": "sns_topic", "topic_arn": "arn:aws:sns:eu-central-1:123456789012:testers"}
    senders = {**SENDERS, "testers": {**topic, "enabled": True, "environment": environment}}
    return settings(senders=senders, sms={**SETTINGS["sms"], "routes": {"default": ["testers"]}})


def _testers_off(plan: Document) -> None:
    told = of(plan, "configuration")["after"]["input"]["settings"]
    told["senders"]["testers"]["enabled"] = False
    told["sms"]["routes"]["default"] = ["aws", "testers"]


def _domain_of_testers(plan: Document) -> None:
    _testers("production")(plan)
    recipients = {"addresses": ["*@gmail.com", "qa@acme.example"], "numbers": [], "sender": "testers"}
    settings(sms=SETTINGS["sms"], protection={**SETTINGS["protection"], "test_recipients": recipients})(plan)


SECRET = {"secret_id": "a", "secret_string": TOKEN}
WRITE_ONLY = {"secret_id": "a", "secret_string": None, "secret_string_wo_version": 1}

CONFIG = "aws_cognito_user_pool.main.lambda_config"
LET_GO_OF = (f'{PERMISSION}["main"]', f'{GRANT}["main/function/key"]')
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
    "a new pool calls and is not authorized": (
        [_second_pool],
        {CONFIG.replace("main", "second"): "module.sender does not authorize the pool"},
    ),
    "a new pool that calls nothing, beside a permission of another": (
        [_second_pool, _authorized_later, lambda plan: of(plan, "pool.second")["after"].update(lambda_config=[])],
        {},
    ),
    "a new pool calls and is authorized in the same plan": ([_second_pool, _authorized_later], {}),
    "the module is forgotten and stays in AWS": ([_forgotten], {}),
    "a pool gets another name in user_pools": (
        [*LET_GO, _another_key],
        {f"warning: {place}": "Got: another key for the same pool. Fix: keep its key" for place in LET_GO_OF},
    ),
    "the sender goes and the pool stays": (
        [_alone, _goes("alias.live"), _goes("configuration"), *LET_GO],
        dict.fromkeys((LIVE, *LET_GO_OF), "Got: delete"),
    ),
    "a pool of another state is let go": (
        [_goes('cognito["elsewhere"]'), _goes('decrypt["elsewhere/function/key"]')],
        {
            f'warning: {PERMISSION}["elsewhere"]': "if a pool of another state still calls it",
            f'warning: {GRANT}["elsewhere/function/key"]': "if a pool of another state still calls it",
        },
    ),
    "a grant is replaced": (
        [_goes('decrypt["main/function/key"]', "delete", "create")],
        {f'{GRANT}["main/function/key"]': "codes wait for the new grant. Got: replace"},
    ),
    "the pool moves away and is let go at once": (
        [_calls(sms=OTHER), *LET_GO],
        {
            f'warning: {PERMISSION}["main"]': "codes of some seconds are lost. Got: delete",
            f'warning: {GRANT}["main/function/key"]': "Fix: first the pool, then this",
        },
    ),
    "the trigger goes together with the sender": (
        [_calls(), _alone, _goes("alias.live"), _goes("aws_kms_key.this"), _goes("configuration"), *LET_GO],
        {f"warning: {place}": "the pool leaves it in the same plan" for place in (LIVE, KEY, *LET_GO_OF)},
    ),
    "the pool has moved away and is let go": ([_called(sms=OTHER), *LET_GO], {}),
    "the sender goes after the trigger": (
        [_called(), _alone, _goes("alias.live"), _goes("aws_kms_key.this"), _goes("configuration"), *LET_GO],
        {},
    ),
    "all of it goes": (
        [_alone, *map(_goes, ("alias.live", "aws_kms_key.this", "configuration", "pool.main")), *LET_GO],
        {f"warning: {CONFIG.partition('.l')[0]}": "the pool's users go with it. Got: delete"},
    ),
    "a pool is authorized and does not call": ([_called(sms=OTHER)], {CONFIG: "does not call its sender"}),
    "a pool of nobody's is authorized": ([_called()], {CONFIG: "does not call its sender. Got: none"}),
    "a pool calls and is not authorized": (
        [_without('cognito["main"]')],
        {CONFIG: "module.sender does not authorize the pool"},
    ),
    "a pool gets trigger, permission and grant at once": (
        [_newly_called, _goes('cognito["main"]', "create"), _goes('decrypt["main/function/key"]', "create")],
        {},
    ),
    "the pool goes and is let go": (
        [_goes("pool.main"), *LET_GO],
        {f"warning: {CONFIG.partition('.l')[0]}": "the pool's users go with it. Got: delete"},
    ),
    "the pool is replaced": ([_goes("pool.main", "delete", "create")], {CONFIG.partition(".l")[0]: "users go with it"}),
    "the trigger is dropped": ([_calls()], {CONFIG: "takes the sender off the pool. Got: none"}),
    "the trigger is another's": ([_calls(sms=OTHER)], {CONFIG: "Got: another function"}),
    "one of two triggers is dropped": (
        [_calls(email=ALIAS)],
        {f"warning: {CONFIG}": "the plan takes sms off the pool, and the module sends it. Got: none."},
    ),
    "one of two triggers is another's": ([_calls(sms=ALIAS, email=OTHER)], {f"warning: {CONFIG}": "Got: another"}),
    "the pool encrypts with another key": ([_encrypts("other")], {CONFIG: "may not decrypt with the pool's key"}),
    "the pool's key is not known yet": ([_encrypts(None)], {}),
    "a channel goes here and in the pool": (
        [settings(email=None), _calls(sms=ALIAS)],
        {"warning: module.sender.email": "Got: aws_cognito_user_pool.main. Fix: first in the pool, then here"},
    ),
    "a channel goes here after the pool": ([_alone, _called(sms=ALIAS), settings(email=None)], {}),
    "a channel goes here, and perhaps in a pool of another state": (
        [_called(sms=ALIAS), settings(email=None)],
        {"warning: module.sender.email": "Got: a pool of another state, perhaps."},
    ),
    "a channel goes here alone": (
        [settings(email=None)],
        {"module.sender.email": "a pool still asks for it: its codes are lost. Got: aws_cognito_user_pool.main."},
    ),
    "codes go to testers": (
        [_testers("production")],
        {"warning: module.sender.senders.testers": "sees the codes of real people"},
    ),
    "test codes go to testers": ([_testers("test")], {}),
    "codes go to testers whose sender is off": ([_testers("production"), _testers_off], {}),
    "codes of a whole domain go to testers": (
        [_domain_of_testers],
        {"warning: module.sender.protection.test_recipients": "sees the codes of real people. Got: 1 pattern with *."},
    ),
    "a secret in clear": (
        [_adds("aws_secretsmanager_secret_version.twilio", SECRET)],
        {"warning: aws_secretsmanager_secret_version.twilio.secret_string": "the state holds it in clear"},
    ),
    "a secret in clear, as bytes": (
        [_adds("aws_secretsmanager_secret_version.twilio", {"secret_id": "a", "secret_binary": TOKEN})],
        {"warning: aws_secretsmanager_secret_version.twilio.secret_binary": "use secret_string_wo (Terraform 1.11)"},
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
        line.startswith("| sms | DE, US | testers (sns_topic) | ") and limits in line and line.endswith("| new |")
        for line in lines
    )
    assert any(line.startswith("| sms | DE, US | aws (sns) | ") and line.endswith("| gone |") for line in lines)
    assert lines[lines.index("### Wrong") - 2] != "Nothing wrong was found."
    ses, provider = "0.0001 USD (list)", "its provider's"
    assert f"| email | qq.com | ses | {ses} | none |  |" in lines
    assert any(line.startswith(f"| sms | DE, US | testers (sns_topic) | {provider} | ") for line in lines)
    assert any(line.startswith(f"- `{KEY}`: ") for line in lines)
    assert [line for line in lines if line.startswith("###")] == [
        "### `module.sender`",
        "### Wrong",
        "### Perhaps meant",
    ]
    assert "login@acme.example" not in str(lines)


def _told(plan: Document) -> Document:
    told = of(plan, "configuration")["after"]["input"]
    assert isinstance(told, dict)
    return told


def _summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *edits: Callable[[Document], None], flags: Sequence[str] = ()
) -> str:
    plan = document()
    for edit in edits:
        edit(plan)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert main(["check", str(tmp_path / "plan.json"), "--root", str(tmp_path), "--markdown", *flags]) in {0, 1}
    return capsys.readouterr().out


def _recipients(*addresses: str, numbers: Sequence[str] = ()) -> Callable[[Document], None]:
    def change(plan: Document) -> None:
        _testers("test")(plan)
        recipients = {"addresses": list(addresses), "numbers": list(numbers), "sender": "testers"}
        settings(sms=SETTINGS["sms"], protection={**SETTINGS["protection"], "test_recipients": recipients})(plan)

    return change


def _unknown(marks: Document) -> Callable[[Document], None]:
    return lambda plan: of(plan, "configuration").update(after_unknown={"input": {"settings": marks}})


def _sensitive(mark: str, marks: object) -> Callable[[Document], None]:
    return lambda plan: of(plan, "configuration").update({mark: marks})


def _sms(**values: object) -> Callable[[Document], None]:
    return settings(sms={**SETTINGS["sms"], **values})


def _two_prices(plan: Document) -> None:
    own = {"enabled": True, "kind": "webhook", "url": "https://sms.acme.example/send"}
    settings(senders={**SENDERS, "own": own}, sms={**SETTINGS["sms"], "routes": {"default": ["aws", "own"]}})(plan)


def _max_price(value: object) -> Callable[[Document], None]:
    return settings(senders={**SENDERS, "aws": {**SENDERS["aws"], "max_price": value}})


def _no_email(plan: Document) -> None:
    del _told(plan)["settings"]["email"]
    of(plan, "configuration")["before"] = None


NOTHING_WRONG = "\n\nNothing wrong was found.\n"

# Of a plan: what the summary has, and what it does not.
SUMMARIES: dict[str, tuple[list[Callable[[Document], None]], list[str], list[str]]] = {
    "test recipients": (
        [_recipients("*@gmail.com", "qa@acme.example", numbers=["+491510*", "+4915112345678*", "+15550100123"])],
        ["| all | test recipients: `*@gmail.com`, `+491510*`, `+49151123…*`, 2 single | testers (sns_topic) |"],
        ["qa@acme", "+15550100123", "+4915112345678"],
    ),
    "only single test recipients": ([_recipients("qa@acme.example")], ["| test recipients: 1 single |"], ["qa@"]),
    "routes for all countries": (
        [_sms(routes={"default": ["aws"], "DE": ["aws"], "US": ["aws"]})],
        ["| sms | DE | aws (sns) |", "| sms | US | aws (sns) |"],
        ["| sms | all others |", "| sms |  |"],
    ),
    "special ranges": ([_sms(allowed_ranges=["premium"])], ["| sms | DE, US, premium | aws (sns) |"], []),
    "countries that are not known": (
        [_unknown({"sms": {"allowed_countries": True, "limits": True}})],
        ["| sms | (known after apply) | aws (sns) | its provider's | (known after apply) |"],
        ["| sms | all others |"],
    ),
    "routes that are not known": ([_unknown({"sms": {"routes": True}})], ["| DE, US | (known after apply) |"], []),
    "a sender that is off": ([_testers("production"), _testers_off], ["| DE, US | aws (sns) |"], ["then testers"]),
    "a price once": ([_two_prices], ["| aws (sns), then own (webhook) | its provider's |"], []),
    "a price in digits": ([_max_price(0.00001)], ["at most 0.00001 USD"], ["1e-05"]),
    "a price that is not known": (
        [_unknown({"senders": {"aws": {"max_price": True}}})],
        ["| aws (sns) | (known after apply) |"],
        ["at most"],
    ),
    "no list price": ([_no_email, _called(sms=ALIAS)], ["AWS's own part"], ["List prices"]),
    "nothing wrong": ([], [NOTHING_WRONG], ["not all"]),
    "not all known": (
        [_unknown({"senders": {"aws": True}})],
        ["\n\nNothing wrong was found. Not all could be checked.\n\n### Not checked"],
        [NOTHING_WRONG],
    ),
    "a secret that was": (
        [_sensitive("before_sensitive", {"input": {"settings": {"senders": True}}})],
        ["Its settings are sensitive"],
        ["| sms |"],
    ),
    "all of it secret": ([_sensitive("after_sensitive", True)], ["Its settings are sensitive"], ["| sms |"]),
    "a name with backticks": (
        [_adds('aws_secretsmanager_secret_version.a["b``c"]', SECRET)],
        ['- ```aws_secretsmanager_secret_version.a["b``c"].secret_string```: '],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SUMMARIES)
def test_the_summary_says_what_a_reviewer_must_see(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edits, there, not_there = SUMMARIES[name]
    out = _summary(tmp_path, capsys, *edits)

    assert [text for text in there if text not in out] == []
    assert [text for text in not_there if text in out] == []


def test_more_test_recipients_are_a_new_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def before(plan: Document) -> None:
        of(plan, "configuration")["before"] = {"input": copy.deepcopy(_told(plan))}

    out = _summary(tmp_path, capsys, _recipients("qa@acme.example"), before, _recipients("*@gmail.com"))

    rows = [line for line in out.splitlines() if "| test recipients" in line]
    assert [row.rpartition("| ")[2] for row in rows] == ["new |", "gone |"]


def test_settings_of_another_format_are_not_taken_for_what_there_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def older(plan: Document) -> None:
        of(plan, "configuration")["before"] = {"input": {**_told(plan), "format": 1}}

    assert not re.search(r"\| (?:new|gone) \|", _summary(tmp_path, capsys, older, _sms(allowed_countries=["US"])))


def test_settings_of_a_shape_that_no_module_writes_end_no_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    rules = "regions = []\nsenders.kinds = []\nsenders.only_to_people = true\nsms.allowed_countries = []\n"
    limits = "sms.limits.number = { max = 1, per_seconds = 1 }\nsms.limits.prefix = { max = 1, per_seconds = 1 }\n"
    (tmp_path / "policy.toml").write_text(rules + limits)
    values: list[object] = [None, True, 1, float("nan"), "text", [], [["text"]], [{}], {}, {"a": [["a"]]}, {"a": None}]
    places: list[list[str]] = [[], ["protection"], ["senders"], ["sms"], ["email"], ["senders", "aws"]]
    places += [["sms", name] for name in ("routes", "limits", "allowed_countries", "allowed_ranges")]
    places += [["sms", "routes", "default"], ["sms", "limits", "number"], ["sms", "limits", "prefix", "max"]]
    places += [["protection", "test_recipients"], ["senders", "aws", "max_price"], ["senders", "aws", "kind"]]
    for place in places:
        for value in values:
            for known in (True, False):

                def edit(plan: Document, place: list[str] = place, value: object = value, known: bool = known) -> None:
                    told = json.loads(json.dumps(_told(plan)))
                    of(plan, "configuration")["after"]["input"] = told
                    *way, last = ["settings", *place]
                    inner = told
                    for name in way:
                        inner[name] = inner[name] or {}
                        inner = inner[name]
                    inner[last] = value
                    if not known:
                        marks: object = True
                        for name in reversed(place):
                            marks = {name: marks}
                        of(plan, "configuration")["after_unknown"] = {"input": {"settings": marks}}

                with subtests.test(place=place, value=value, known=known):
                    policy = ["--policy", str(tmp_path / "policy.toml")]
                    assert "### `module.sender`" in _summary(tmp_path, capsys, edit, flags=policy)


def test_the_summary_says_prices_that_are_known_with_their_date_and_source_and_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = document()
    capped = {**SENDERS["aws"], "max_price": "0.25"}
    own = {"enabled": True, "kind": "webhook", "url": "https://sms.acme.example/send"}
    route = {**SETTINGS["sms"], "routes": {"default": ["aws", "own"]}}
    settings(senders={**SENDERS, "aws": capped, "own": own}, sms=route)(plan)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    main(["check", str(tmp_path / "plan.json"), "--root", str(tmp_path), "--markdown"])
    out = capsys.readouterr().out

    assert "| aws (sns), then own (webhook) | at most 0.25 USD, then its provider's |" in out
    assert "of us-east-1 in November 2026" in out
    assert "https://aws.amazon.com/ses/pricing/" in out
    assert "no promise" in out


def test_the_page_about_cost_says_the_prices_of_the_summary() -> None:
    page = (REPOSITORY / "docs/cost.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ")]

    assert PRICES["looked_up"] in page
    for price in PRICES["of_a_million"].values():
        assert any(row.endswith(f"{price['usd']} | {price['units'] * float(price['usd']):.2f} |") for row in rows)
    assert f"**{own_part():.2f}**" in page
    assert f"({PRICES['a_mail']['source']}) costs {PRICES['a_mail']['usd']}." in page


def _bad(tmp_path: Path) -> list[str]:
    plan = document()
    for edit in (_goes('decrypt["main/function/key"]'), _testers("production")):
        edit(plan)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    return ["check", str(tmp_path / "plan.json"), "--root", str(tmp_path)]


def test_in_a_pipe_each_line_is_whole_and_what_is_wrong_comes_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(_bad(tmp_path))
    warning, finding, counts = capsys.readouterr().out.splitlines()

    assert warning.startswith("warning: module.sender.senders.testers: ")
    assert warning.endswith(" in protection.test_recipients.")
    assert finding.startswith(f'{GRANT}["main/function/key"]: ')
    assert counts.startswith("calls of the module: 1, findings: 1, warnings: 1, ")


def test_in_a_terminal_no_word_is_cut_and_nothing_is_colored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = _bad(tmp_path)
    main(command)
    words = capsys.readouterr().out.split()
    ours, theirs = pty.openpty()
    monkeypatch.setenv("COLUMNS", "80")
    arguments = [sys.executable, "-m", "cognito_sender", *command]
    places = os.pathsep.join([str(REPOSITORY / "cli"), str(REPOSITORY / "function/src")])
    subprocess.run(arguments, stdout=theirs, env={**os.environ, "PYTHONPATH": places}, check=False)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()

    assert "\x1b" not in shown
    assert shown.split() == words
    assert max(map(len, shown.splitlines())) <= 80
    assert sum(line.startswith("  ") for line in shown.splitlines()) >= 2


def test_every_section_that_a_fix_names_is_there() -> None:
    source = "".join(file.read_text() for file in (REPOSITORY / "cli/cognito_sender/check").glob("*.py"))
    named = re.findall(r'(docs/[\w-]+\.md), "([^"]+)"', source)

    assert len(named) >= 3
    assert [f"{page}: {title}" for page, title in named if title not in headings(REPOSITORY / page)] == []
