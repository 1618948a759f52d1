"""What Terraform asks a new version before Cognito may call it, and what wrong settings make of each message."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from custom_sender.errors import SettingsError
from custom_sender.settings import DEFAULT_NAMESPACE, FORMAT, judge
from support import emf
from support.cognito import CLIENT_ID, CODE, PHONE_NUMBER, POOL_ID, REGION, make_event
from support.environment import HASH_KEY, LEDGER, REFERENCES, SETTINGS, base64gzip, environment
from support.function import REQUEST_ID, Context

SOURCE = Path(__file__).resolve().parents[2] / "function" / "src"
SELF_CHECK = {"self_check": True}
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:x-AbCdEf"
SENDERS: Mapping[str, Any] = {
    "aws": SETTINGS["senders"]["aws"],
    "telnyx": {"kind": "http", "preset": "telnyx", "settings": {"from": "+15550100123"}},
    "twilio": {"kind": "twilio", "messaging_service_sid": "MG" + "0" * 32, "message_privacy": True},
    "own": {
        "kind": "http",
        "url": "https://api.example/messages/{secret.account}",
        "headers": {"X-Key": "{secret.key}"},
        "basic_auth": {"username": "{secret.user}", "password": "{secret.password}"},
        "body": json.dumps({"to": "{number}", "text": ["{text}"], "life": "{lifetime_seconds}"}),
        "lifetime": {"min_seconds": 60, "max_seconds": 600},
        "message_id": "messages[0].id",
        "rules": [{"outcome": "SENT", "status": ["200"], "fields": {"status": ["ok"]}}],
    },
}
SECRETS = {f"senders.{name}.secret_arn": SECRET_ARN for name in ("telnyx", "twilio", "own")}
ANDROID = {"android": {"app_hash": "FA+9qCX9VSu"}}
PASSWORD = "hunter2-of-the-provider"

WRONG = {
    "nothing is set": {},
    "another format": environment(SENDER_CONFIG=base64gzip({"format": FORMAT + 1, "settings": SETTINGS})),
    "cut off": environment(SENDER_CONFIG=environment()["SENDER_CONFIG"][:-8]),
    "a kind that is not there": environment({"senders": {"aws": {"kind": "pigeon"}}}),
    "a route to nobody": environment({"sms": {"routes": {"default": ["nobody"]}}}),
    "a description without its body": environment(
        {"senders": {"aws": {"kind": "http", "url": "https://api.example/", "rules": []}}},
        {"senders.aws.secret_arn": SECRET_ARN},
    ),
    "a preset of another package": environment(
        {"senders": {"aws": {"kind": "http", "preset": "pigeon_post"}}}, {"senders.aws.secret_arn": SECRET_ARN}
    ),
    "a setting that the preset lacks": environment(
        {"senders": {"aws": {"kind": "http", "preset": "telnyx", "settings": {"color": PASSWORD}}}},
        {"senders.aws.secret_arn": SECRET_ARN},
    ),
    "a hash key that is none": environment(references=LEDGER, SENDER_HASH_KEY=f"{HASH_KEY}{PASSWORD}"),
}

# Runs in the child, as Lambda runs it: what it answers, what it raises, and to whom it has talked.
CHILD = """
import json, sys
from types import SimpleNamespace

talks = []
sys.addaudithook(
    lambda event, _: talks.append(event) if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"} else None
)
from awslambdaric import bootstrap

handler = bootstrap._get_handler("custom_sender.handler.handler")
said = []
for event in json.loads(sys.argv[1]):
    try:
        said.append(handler(event, SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: 20_000)))
    except Exception as error:
        said.append([type(error).__name__, str(error), repr([error.__cause__, error.__context__])])
modules = [name for name in sys.modules if name.startswith("custom_sender.self")]
print(json.dumps({"said": said, "talks": talks, "modules": modules}), file=sys.stderr)
"""


def _run(environ: Mapping[str, str], *events: object) -> tuple[dict[str, Any], str]:
    """What a process of its own says of these events, and what it has printed."""
    variables = {**environ, "PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "AWS_REGION": REGION}
    command = [sys.executable, "-c", CHILD, json.dumps(events)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return report, done.stdout


def _settings(changes: Mapping[str, Any]) -> Any:
    """What a valid environment has in its document."""
    packed = base64.b64decode(environment(changes)["SENDER_CONFIG"])
    return json.loads(gzip.decompress(packed))["settings"]


def _judged(module: ModuleType, changes: Mapping[str, Any], references: Mapping[str, Any] | None = None) -> str:
    """What the self-check raises; nothing if it passes."""
    try:
        assert module.start(environment(changes, references))(SELF_CHECK, Context()) == {"self_check": "passed"}
    except SettingsError as error:
        return str(error)
    return ""


# All is well


def test_a_version_that_is_well_answers_writes_nothing_and_talks_to_nobody() -> None:
    report, printed = _run(environment({"senders": SENDERS}, {**LEDGER, **SECRETS}), SELF_CHECK)

    assert report["said"] == [{"self_check": "passed"}]
    assert report["talks"] == []
    assert printed == ""


def test_a_cold_start_does_not_pay_for_it() -> None:
    report, _ = _run(environment(), {})

    assert [answer["outcome"] for answer in report["said"]] == ["BAD_EVENT"]
    assert report["modules"] == []


@pytest.mark.parametrize("raw", [{"self_check": False}, {"self_check": True, "request": {}}, {"self_check": "true"}])
def test_nothing_else_is_taken_for_it(raw: Any, module: ModuleType) -> None:
    assert module.start(environment())(raw, Context())["outcome"] == "BAD_EVENT"


# Mails

IDENTITY = {"senders.ses.identity_arn": f"arn:aws:ses:{REGION}:123456789012:identity/acme.com"}


def _mails(**email: Any) -> dict[str, Any]:
    """Mails alone, with these settings of theirs."""
    settings = {"from": "login@acme.com", "routes": {"default": ["ses"]}, **email}
    return {"sms": None, "senders": {"ses": {"kind": "ses"}}, "email": settings}


def test_a_layout_of_the_package_is_judged_before_the_version_goes_live(tmp_path: Path) -> None:
    layout = tmp_path / "custom_sender_files" / "layouts" / "acme.html"
    layout.parent.mkdir(parents=True)
    environ = environment(_mails(layout={"file": "acme"}), IDENTITY)
    for content, says in [
        ("<html><body>$content</body></html>", "passed"),
        ("<html><body>$content<script>1</script></body></html>", "email.layout: nothing that runs"),
        ("<html></html>", f"{layout}: a layout with $content"),
    ]:
        layout.write_text(content)
        report, printed = _run({**environ, "LAMBDA_TASK_ROOT": str(tmp_path)}, SELF_CHECK)
        assert says in str(report["said"])
        assert report["talks"] == []
        assert "<script>1" not in printed


def test_a_mail_with_a_subject_that_is_too_long_is_named(module: ModuleType) -> None:
    templates = {"de": {"SignUp": {"subject": "x" * 147 + "$brand", "text": "$code"}}}
    said = _judged(module, _mails(templates=templates), IDENTITY)
    assert said.startswith("email.templates.de.SignUp: a subject of at most 150 characters")


# Texts with their longest values


def test_a_text_that_takes_more_than_it_may_is_named_with_what_it_takes(
    module: ModuleType, subtests: pytest.Subtests
) -> None:
    texts: list[tuple[dict[str, Any], str, str]] = [
        ({"sms": {"templates": {"en": {"SignUp": "${code}" + "x" * 153}}}}, "sms.templates.en.SignUp", "2 (GSM-7, 161"),
        ({"sms": {"templates": {"en": {"default": "$code ê" + "x" * 61}}}}, "sms.templates.en.default", "2 (UCS-2"),
        (
            {"sms": {"templates": {"en": {"AdminCreateUser": "$username ${code}" + "x" * 112}}}},
            "sms.templates.en.AdminCreateUser",
            "2 (GSM-7, 161",
        ),
        (
            {
                "messages": {"attributes": {"first": "given_name"}},
                "sms": {"templates": {"fr": {"SignUp": "$first ${code}" + "x" * 132}}},
            },
            "sms.templates.fr.SignUp",
            "2 (GSM-7, 161",
        ),
        (
            {
                "protection": {"code_lifetimes_seconds": {"SignUp": 6_000_000}},
                "sms": {"templates": {"pt-BR": {"default": "$minutes ${code}" + "x" * 146}}},
            },
            "sms.templates.pt-br.default",
            "2 (GSM-7, 161",
        ),
        (
            {"messages": {"brand": "銀" * 60}, "sms": {"max_segments": {"ja": 1}}},
            "the built-in text ja.SignUp",
            "2 (UCS-2",
        ),
        (
            {
                "messages": {"clients": {"abc": {"brand": "Globex"}, "def": {"from": "login@acme.com"}}},
                "sms": {"templates": {"en": {"SignUp": "$brand ${code}" + "x" * 146}}},
            },
            "sms.templates.en.SignUp",
            "2 (GSM-7, 161",
        ),
        (
            {
                "sms": {
                    "templates": {"en": {"SignUp": "${code}" + "x" * 130}},
                    "autofill": {"clients": {"abc": {"web_otp": {"domain": "login.example.com"}}}},
                }
            },
            "sms.templates.en.SignUp",
            "2 (GSM-7, 167",
        ),
    ]
    for changes, place, got in texts:
        with subtests.test(place, got=got):
            said = _judged(module, changes)

            assert f"{place}: at most " in said
            assert f"Got: {got}" in said.partition(f"{place}: ")[2].partition(" Fix: ")[0]


def test_at_its_limit_it_passes(module: ModuleType) -> None:
    for text in ("${code}" + "x" * 152, "$code ê" + "x" * 60):
        assert _judged(module, {"sms": {"templates": {"en": {"SignUp": text}}}}) == ""


def test_as_many_segments_as_are_allowed_pass(module: ModuleType) -> None:
    text = {"templates": {"en": {"SignUp": "${code}" + "x" * 153}}}

    assert _judged(module, {"sms": text | {"max_segments": {"en": 2}}}) == ""


def test_a_text_that_no_android_app_would_find_is_named(module: ModuleType) -> None:
    text = {"templates": {"en": {"SignUp": "${code}" + "x" * 121}, "de": {"AdminCreateUser": "${code}" + "x" * 120}}}

    said = _judged(module, {"sms": text | {"autofill": {"clients": {"abc": ANDROID}}}})

    assert said.startswith("sms.templates.en.SignUp: ")
    assert "140 bytes" in said
    assert "AdminCreateUser" not in said, "no app fills a password in"
    assert _judged(module, {"sms": text}) == ""


def test_everything_that_is_wrong_is_said_at_once(module: ModuleType) -> None:
    long = dict.fromkeys(("SignUp", "ResendCode"), "${code}" + "x" * 153)

    said = _judged(module, {"sms": {"templates": {"en": long, "de": long}}})

    places = [f"sms.templates.{locale}.{trigger}: " for locale in ("en", "de") for trigger in long]
    assert all(place in said for place in places)


def test_texts_of_languages_that_are_left_out_are_not_judged(module: ModuleType) -> None:
    japanese = {"brand": "銀" * 40}
    limits = {"max_segments": {"default": 3, "ja": 1}}

    assert "the built-in text ja." in _judged(module, {"messages": japanese, "sms": limits})
    assert _judged(module, {"messages": japanese | {"built_in_locales": ["de"]}, "sms": limits}) == ""


# Settings that cannot be used


def test_a_wrong_configuration_fails_the_check_with_its_own_words_and_writes_nothing(
    module: ModuleType, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for wrong, environ in WRONG.items():
        with subtests.test(wrong):
            with pytest.raises(SettingsError) as reader:
                module.create(environ)
            with pytest.raises(SettingsError) as caught:
                module.start(environ)(SELF_CHECK, Context())

            assert str(caught.value) == str(reader.value)
            assert capsys.readouterr() == ("", "")


def _with_another(content: Any) -> Iterator[Any]:
    """The content, with each of the wrong values in the place of each of its parts in turn."""
    yield from (True, 10**400, "{", "https://[", ["x", [None]], {"": {"x": None}})
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, part in items:
        for other in _with_another(part):
            copied = content.copy()
            copied[name] = other
            yield copied


def test_no_settings_end_the_start_otherwise_than_by_their_own_error() -> None:
    """What else is raised while the module is imported would make the version a failed one."""
    settings = _settings({"senders": SENDERS, "sms": {"autofill": {"clients": {"abc": ANDROID}}}})
    references = {**REFERENCES, **SECRETS}
    judge(settings, references)

    refused = 0
    for other in _with_another(settings):
        try:
            judge(other, references)
        except SettingsError:
            refused += 1

    assert refused > 500


def test_each_message_is_raised_so_that_it_reaches_the_failure_queue(
    module: ModuleType, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for wrong, environ in WRONG.items():
        with subtests.test(wrong):
            handler = module.start({**environ, "AWS_LAMBDA_FUNCTION_NAME": "acme-login"})
            for _ in range(2):
                with pytest.raises(SettingsError) as caught:
                    handler(make_event("Authentication", code=CODE), Context())
                printed = capsys.readouterr().out
                (line,) = [json.loads(line) for line in printed.splitlines() if '"message ended"' in line]
                assert (line["level"], line["outcome"], line["service"]) == ("ERROR", "BAD_CONFIGURATION", "acme-login")
                event = (line["trigger"], line["user_pool_id"], line["client_id"])
                assert event == ("Authentication", POOL_ID, CLIENT_ID)
                assert line["request_id"] == REQUEST_ID
                assert line["detail"] == str(caught.value)[:512]
                totals = emf.totals(printed)
                assert (totals["BAD_CONFIGURATION",], totals["Failed",]) == (1, 1)


def test_nothing_that_is_raised_or_written_has_a_secret_a_code_or_a_number_in_it(
    module: ModuleType, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for wrong, environ in WRONG.items():
        with subtests.test(wrong):
            with pytest.raises(SettingsError) as caught:
                module.start(environ)(make_event(code=CODE, userName="jane"), Context())

            written = f"{caught.value!r}{vars(caught.value)}{capsys.readouterr()}"
            for private in (CODE, PHONE_NUMBER[1:], "jane", PASSWORD, HASH_KEY):
                assert private not in written
            assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_it_is_counted_where_the_settings_say_as_long_as_they_can_be_read(
    module: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"senders": {"aws": {"kind": "pigeon"}}, "monitoring": {"metrics_namespace": "Ours"}}
    for environ, namespace in ((environment(wrong), "Ours"), ({}, DEFAULT_NAMESPACE)):
        with pytest.raises(SettingsError):
            module.start(environ)(make_event(), Context())
        assert {metric.namespace for metric, _ in emf.read(capsys.readouterr().out)} == {namespace}


def test_a_process_with_wrong_settings_starts_and_every_call_fails() -> None:
    """As Lambda runs it: a version whose initialization fails says nothing of the event."""
    report, printed = _run(WRONG["another format"], SELF_CHECK, make_event(), SELF_CHECK, make_event())

    kinds = {(kind, chained) for kind, _, chained in report["said"]}
    assert kinds == {("SettingsError", "[None, None]")}
    assert {text for _, text, _ in report["said"]} == {report["said"][0][1]}
    assert report["talks"] == []
    assert printed.count('"message ended"') == 2
