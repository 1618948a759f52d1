"""``cognito-sender check --policy``: what a company allows, held against a plan."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cognito_sender.__main__ import main
from cognito_sender.check.policy import EXAMPLE, RULES
from localaws import REPOSITORY
from support.environment import LIMITS, SETTINGS
from support.plan_document import EMAIL, SENDERS, Document, document, of, settings

Edit = Callable[[Document], None]
LEDGERLESS = {name: value for name, value in SETTINGS["sms"].items() if name != "limits"}
ELSEWHERE = "arn:aws:ses:eu-west-1:123456789012:identity/acme.example"
TOPIC = {"kind": "sns_topic", "topic_arn": "arn:aws:sns:eu-central-1:123456789012:testers"}


def _sms(**values: Any) -> Edit:
    return settings(sms={**SETTINGS["sms"], **values})


def _limits(**values: Any) -> Edit:
    return _sms(limits={**LIMITS, "number": {**LIMITS["number"], **values}})


def _testers(environment: str, *route: str) -> Edit:
    senders = {**SENDERS, "testers": {**TOPIC, "enabled": True, "environment": environment}}
    return settings(senders=senders, sms={**SETTINGS["sms"], "routes": {"default": list(route)}})


def _test_recipients(*addresses: str, environment: str = "production", enabled: bool = True) -> Edit:
    senders = {**SENDERS, "testers": {**TOPIC, "enabled": enabled, "environment": environment}}
    recipients = {"addresses": list(addresses), "numbers": ["+15550100123"], "sender": "testers"}
    return settings(senders=senders, protection={**SETTINGS["protection"], "test_recipients": recipients})


def _disabled(plan: Document) -> None:
    of(plan, "configuration")["after"]["input"]["settings"]["senders"]["testers"]["enabled"] = False


def _prefix(**values: Any) -> Edit:
    return _sms(limits={**LIMITS, "prefix": {**LIMITS["prefix"], **values}})


def _sender(**values: Any) -> Edit:
    return settings(senders={**SENDERS, "own": {"enabled": True, "kind": "http", **values}})


def _after(address: str, **values: Any) -> Edit:
    return lambda plan: of(plan, address)["after"].update(values)


def _input(**values: Any) -> Edit:
    return lambda plan: of(plan, "configuration")["after"]["input"].update(values)


def _unknown(address: str, marks: Any) -> Edit:
    return lambda plan: of(plan, address).update(after_unknown=marks)


def _unknown_settings(marks: Any) -> Edit:
    return _unknown("configuration", {"input": {"settings": marks}})


def _without(type_: str) -> Edit:
    def edit(plan: Document) -> None:
        plan["resource_changes"] = [each for each in plan["resource_changes"] if each["type"] != type_]

    return edit


LIMIT = "sms.limits.number = { max = 10, per_seconds = 3600 }"
PREFIX = "sms.limits.prefix = { max = 100, per_seconds = 3600 }"
DAYS = "monitoring.log_retention_days = { min = 90, max = 400 }"
GROUP, ALARM = "log_group.this", "metric_alarm.this"
NOT_KNOWN = "(not checked)"

# A rule, and plans with what each gets: where, and what there is. Nothing for one that complies.
RULED: dict[str, list[tuple[list[Edit], dict[str, str]]]] = {
    'regions = ["eu-central-1"]': [
        ([], {}),
        ([_input(region="us-east-1")], {"region": "us-east-1"}),
        ([_input(region=None)], {"region": NOT_KNOWN}),
        ([_sender(region="eu-west-1")], {"senders.own.region": "eu-west-1"}),
        ([_input(references={"senders.ses.identity_arn": ELSEWHERE})], {"senders.ses.identity_arn": "eu-west-1"}),
        (
            [_unknown("configuration", {"input": {"references": {"senders.ses.identity_arn": True}}})],
            {"senders.ses.identity_arn": NOT_KNOWN},
        ),
        ([_sender(), _unknown_settings({"senders": {"own": True}})], {"senders.own": NOT_KNOWN}),
    ],
    'senders.kinds = ["sns", "ses", "brevo"]': [
        ([], {}),
        ([_sender(preset="brevo")], {}),
        ([_sender(preset="clicksend")], {"senders.own": "clicksend"}),
        ([_sender()], {"senders.own": "http"}),
        ([_sender(enabled=False)], {}),
        ([_sender(), _unknown_settings({"senders": {"own": {"preset": True}}})], {"senders.own": NOT_KNOWN}),
        ([_unknown_settings({"senders": True})], {"senders.*": NOT_KNOWN}),
    ],
    "senders.only_to_people = true": [
        ([], {}),
        ([_testers("production", "testers")], {"senders.testers": "production"}),
        ([_testers("test", "testers")], {}),
        ([_testers("production", "aws")], {}),
        (
            [_testers("test", "testers"), _unknown_settings({"senders": {"testers": {"environment": True}}})],
            {"senders.testers": NOT_KNOWN},
        ),
        ([_unknown_settings({"sms": {"routes": {"default": True}}})], {"senders": NOT_KNOWN}),
        (
            [_testers("test", "testers"), _unknown_settings({"senders": {"testers": True}})],
            {"senders.testers": NOT_KNOWN},
        ),
        (
            [_testers("production", "testers"), _unknown_settings({"email": {"routes": True}})],
            {"senders.testers": "production", "senders": NOT_KNOWN},
        ),
        ([_testers("production", "aws", "testers"), _disabled], {}),
        ([_test_recipients("qa@acme.example")], {}),
        ([_test_recipients("*@gmail.com")], {"protection.test_recipients": "1 pattern with *"}),
        ([_test_recipients("*@gmail.com", "*@qq.com")], {"protection.test_recipients": "2 patterns with *"}),
        ([_test_recipients("*@gmail.com", environment="test")], {}),
        (
            [_test_recipients("*@gmail.com"), _unknown_settings({"senders": {"testers": True}})],
            {"protection.test_recipients": NOT_KNOWN},
        ),
        ([_unknown_settings({"protection": True})], {"protection.test_recipients": NOT_KNOWN}),
    ],
    'sms.allowed_countries = ["DE", "US"]': [
        ([], {}),
        ([_sms(allowed_countries=["DE", "SE"])], {"sms.allowed_countries": "SE"}),
        ([settings(sms=None)], {}),
        ([_unknown_settings({"sms": {"allowed_countries": [False, True]}})], {"sms.allowed_countries": NOT_KNOWN}),
        ([_unknown_settings({"sms": True})], {"sms.allowed_countries": NOT_KNOWN}),
    ],
    "sms.allowed_ranges = []": [
        ([], {}),
        ([_sms(allowed_ranges=["premium"])], {"sms.allowed_ranges": "premium"}),
    ],
    'email.allowed_domains = ["acme.example"]': [
        ([settings(email={**EMAIL, "allowed_domains": ["acme.example"]})], {}),
        ([settings(email={**EMAIL, "allowed_domains": ["qq.com"]})], {"email.allowed_domains": "qq.com"}),
        ([], {"email.allowed_domains": "all"}),
        ([settings(email=None)], {}),
    ],
    LIMIT: [
        ([], {}),
        ([_limits(max=11)], {"sms.limits.number": "11 in 3600 s (enforce)"}),
        ([_limits(mode="monitor")], {"sms.limits.number": "10 in 3600 s (monitor)"}),
        ([_limits(max=2, per_seconds=600)], {"sms.limits.number": "2 in 600 s (enforce)"}),
        ([_limits(max=2, per_seconds=900)], {}),
        ([_limits(max=10, per_seconds=86400)], {}),
        ([settings(sms=LEDGERLESS)], {"sms.limits.number": "no limit, since there is no ledger"}),
        ([_unknown_settings({"sms": {"limits": {"number": {"max": True}}}})], {"sms.limits.number": NOT_KNOWN}),
        ([_limits(max="10")], {"sms.limits.number": NOT_KNOWN}),
        ([_limits(per_seconds=float("nan"))], {"sms.limits.number": NOT_KNOWN}),
        ([_limits(per_seconds=None)], {"sms.limits.number": NOT_KNOWN}),
        ([_limits(max=10.0, per_seconds=3600.0)], {}),
    ],
    PREFIX: [
        ([], {}),
        ([_prefix(without_last_digits=5)], {}),
        ([_prefix(without_last_digits=3)], {"sms.limits.prefix": "100 in 3600 s (enforce), without_last_digits = 3"}),
        ([_prefix(without_last_digits=3, max=10)], {}),
        (
            [_unknown_settings({"sms": {"limits": {"prefix": {"without_last_digits": True}}}})],
            {"sms.limits.prefix": NOT_KNOWN},
        ),
    ],
    f"{PREFIX[:-2]}, without_last_digits = 3 }}": [
        ([_prefix(without_last_digits=3)], {}),
        ([_prefix(without_last_digits=2)], {"sms.limits.prefix": "100 in 3600 s (enforce), without_last_digits = 2"}),
    ],
    DAYS: [
        ([], {}),
        ([_after(GROUP, retention_in_days=30)], {"monitoring.log_retention_days": "30 days"}),
        ([_after(GROUP, retention_in_days=0)], {"monitoring.log_retention_days": "forever"}),
        ([_unknown(GROUP, {"retention_in_days": True})], {"monitoring.log_retention_days": NOT_KNOWN}),
        ([_without("aws_cloudwatch_log_group")], {"monitoring.log_retention_days": NOT_KNOWN}),
    ],
    "monitoring.log_kms_key_arn = true": [
        ([_after(GROUP, kms_key_id="arn:key")], {}),
        ([], {"monitoring.log_kms_key_arn": "none"}),
        ([_unknown(GROUP, {"kms_key_id": True})], {"monitoring.log_kms_key_arn": NOT_KNOWN}),
    ],
    "monitoring.alarms.topic_arns = true": [
        ([], {}),
        ([_after(ALARM, alarm_actions=[])], {"monitoring.alarms.topic_arns": "none"}),
        ([_after(ALARM, alarm_actions=None)], {"monitoring.alarms.topic_arns": "none"}),
        ([_without("aws_cloudwatch_metric_alarm")], {"monitoring.alarms.topic_arns": "no alarm"}),
        ([_unknown(ALARM, {"alarm_actions": True})], {"monitoring.alarms.topic_arns": NOT_KNOWN}),
    ],
}  # fmt: skip


def _said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], policy: str, *edits: Edit, flags: Sequence[str] = ()
) -> tuple[int, Document]:
    plan = document()
    for edit in edits:
        edit(plan)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (tmp_path / "policy.toml").write_text(policy)
    files = [str(tmp_path / "plan.json"), "--policy", str(tmp_path / "policy.toml")]
    code = main(["check", *files, "--root", str(tmp_path), "--json", *flags])
    found: Document = json.loads(capsys.readouterr().out)
    return code, found


@pytest.mark.parametrize("policy", RULED)
def test_a_plan_is_held_against_each_rule_of_a_policy(
    policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    name = policy.partition(" =")[0]
    for number, (edits, expected) in enumerate(RULED[policy]):
        with subtests.test(str(number)):
            code, found = _said(tmp_path, capsys, policy, *edits)
            broken = [line for line in found["findings"] if "policy.toml" in line["text"]]
            unread = [line for line in found["not_checked"] if "policy.toml" in line["reason"]]

            said = {line["path"]: line["text"].partition("Got: ")[2].partition(". Fix: ")[0] for line in broken}
            said |= {line["path"]: NOT_KNOWN for line in unread}
            assert said == {f"module.sender.{path}": got for path, got in expected.items()}
            assert all(f"policy.toml: {name}" in str(line) for line in (*broken, *unread))
            assert not broken or code == 1


def test_every_kind_of_rule_is_held_against_plans() -> None:
    kinds = {rule.broken for name, rule in RULES.items() if any(policy.startswith(name) for policy in RULED)}

    assert kinds == {rule.broken for rule in RULES.values()}
    limits = {"country", "number", "overall", "prefix"}
    assert {f"sms.limits.{name}" for name in limits} <= RULES.keys()


def test_the_page_names_every_rule() -> None:
    page = (REPOSITORY / "docs/check.md").read_text()

    general = {re.sub(r"(limits\.)\w+", r"\1<name>", name) for name in RULES}
    assert [name for name in general if f"`{name}`" not in page] == []


def test_what_is_sensitive_is_judged_and_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def sensitive(plan: Document) -> None:
        of(plan, "configuration")["after_sensitive"] = {"input": {"settings": {"sms": True}}}

    _, found = _said(tmp_path, capsys, 'sms.allowed_countries = ["AT"]', sensitive)

    (said,) = (line["text"] for line in found["findings"] if line["path"] == "module.sender.sms.allowed_countries")
    assert said.startswith("not within policy.toml: sms.allowed_countries. Got: a sensitive value. Fix: ")


NO_POLICIES = {
    "sms.allowed_countrys = []": "a rule of a policy. Got: sms.allowed_countrys. Fix: did you mean",
    "[email]\nx = 1": "email.x: a rule of a policy. Got: email.x. Fix: ",
    "[email]": "email: a rule of a policy. Got: email. Fix: ",
    'sms.allowed_countries = "DE"': "sms.allowed_countries: a list of texts. Got: a text of 2 characters. Fix: ",
    "sms.allowed_countries = [49]": "sms.allowed_countries: a list of texts. Got: a list of 1. Fix: ",
    "senders.only_to_people = false": "senders.only_to_people: true, or nothing. Got: false. Fix: ",
    "sms.limits.number = { max = 1 }": "{ max, per_seconds }, whole numbers from 1. Got: no per_seconds. Fix: ",
    "sms.limits.number = { max = true, per_seconds = 1 }": "whole numbers from 1. Got: max is true. Fix: ",
    "sms.limits.number = { max = 0, per_seconds = 1 }": "whole numbers from 1. Got: max is a number. Fix: ",
    "sms.limits.number = { max = 1, per_seconds = 1, mode = 1 }": "from 1. Got: mode beside them. Fix: ",
    "sms.limits.number = 1": "{ max, per_seconds }, whole numbers from 1. Got: a number. Fix: ",
    "monitoring.log_retention_days = { min = 400, max = 90 }": "whole numbers from 1. Got: min above max. Fix: ",
    '"regions" = []\n[sms]\nlimits.number = { max = 1, per_seconds = 1 }\n["sms.limits"]\n'
    "number = { max = 2, per_seconds = 1 }": "sms.limits.number: each rule once. Got: two. Fix: ",
    '"a\\u001b[31m\\nb" = 1': "a name of 8 characters: a rule of a policy. Got: a name of 8 characters. Fix: ",
    f"a = {'[' * 5000}{']' * 5000}": "a policy in TOML. Got: too many levels. Fix: ",
    f"[{'.'.join('a' * 3000)}]\nx = 1": "a policy in TOML. Got: too many levels. Fix: ",
    "sms.limits.address = { max = 1, per_seconds = 1 }": "sms.limits.address.max: a rule of a policy. Got: ",
    "monitoring.log_retention_days = {}": "{ max, min }, or one of them, whole numbers from 1. Got: an empty object.",
    "regions = [": "a policy in TOML. Got: ",
    "# nothing": "a rule at least. Got: none. Fix: ",
}  # fmt: skip


def test_what_is_no_policy_is_refused_with_the_way_to_write_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(document()))
    file = tmp_path / "policy.toml"
    for text, said in NO_POLICIES.items():
        with subtests.test(text):
            file.write_text(text)
            assert main(["check", str(tmp_path / "plan.json"), "--policy", str(file)]) == 2
            out, err = capsys.readouterr()
            assert out == ""
            assert err.startswith(f"Error: {file}: ")
            assert said in err
    file.write_bytes("regions = []".encode("utf-16"))
    assert main(["check", str(tmp_path / "plan.json"), "--policy", str(file)]) == 2
    assert "a policy in UTF-8. Got: another encoding. Fix: save it as UTF-8." in capsys.readouterr().err
    assert main(["check", str(tmp_path / "plan.json"), "--policy", str(tmp_path)]) == 2
    assert "it cannot be read. Got: Is a directory. Fix: " in capsys.readouterr().err


def test_an_error_about_a_policy_names_one_that_is_there() -> None:
    assert (REPOSITORY / EXAMPLE).is_file()
    assert f"(../{EXAMPLE})" in (REPOSITORY / "docs/check.md").read_text()


def test_a_policy_is_read_as_editors_of_windows_save_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a byte order mark."""
    _, found = _said(tmp_path, capsys, '\ufeffregions = ["eu-west-1"]')

    assert "module.sender.region" in [line["path"] for line in found["findings"]]


def test_a_limit_of_a_policy_may_be_as_long_as_toml_can_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = _said(tmp_path, capsys, f"sms.limits.number = {{ max = 1, per_seconds = 1{'0' * 400} }}")

    assert [line["path"] for line in found["findings"]] == ["module.sender.sms.limits.number"]


def test_a_strict_check_fails_by_what_the_policy_could_not_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edits, policy = [_input(region=None)], 'regions = ["eu-central-1"]'
    assert _said(tmp_path, capsys, policy, *edits)[0] == 0
    assert _said(tmp_path, capsys, policy, *edits, flags=["--strict"])[0] == 1
    assert _said(tmp_path, capsys, policy, flags=["--strict"])[0] == 0

    assert main(["check", str(tmp_path / "plan.json"), "--strict"]) == 2
    assert "--strict needs --policy" in capsys.readouterr().err


def test_of_a_sender_that_is_not_known_yet_its_references_are_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = _said(tmp_path, capsys, 'regions = ["eu-central-1"]', _unknown_settings({"senders": {"ses": True}}))

    (said,) = (line["reason"] for line in found["not_checked"] if line["path"] == "module.sender")
    assert said == "senders.ses: known after apply"
