"""SnapStart, with AWS's runtime client and its registry of hooks, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from custom_sender import snapshot
from support.cognito import REGION, make_event
from support.environment import environment
from support.loopback import ROLE_KEY, SECRET_ARN, TOKEN, Aws, aws_on_loopback, code

REPOSITORY = Path(__file__).resolve().parents[2]

# Runs in the child. It gets the secrets backwards, so that they are in its memory only if the function has put them
# there. ``restore_next`` is where Lambda takes the snapshot: between the hooks that run before it and after it.
CHILD = """
import gc, io, json, os, random, sys
from types import SimpleNamespace
from awslambdaric import bootstrap

event, secret_arn, used_before, backwards = json.loads(sys.argv[1])
function = bootstrap._get_handler("custom_sender.handler.handler")
from custom_sender import handler as module

def send():
    result = function(event, SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: 20_000))
    module.handler.tools.credentials.get(secret_arn)
    return result["outcome"]

def sockets():
    return sum(os.path.islink(f"/proc/self/fd/{fd}") and os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
               for fd in os.listdir("/proc/self/fd"))

def holders():
    found = []
    for thing in gc.get_objects():
        for part in gc.get_referents(thing):
            if isinstance(part, (str, bytes)):
                text = part if isinstance(part, str) else part.decode("latin-1")
                found += [type(thing).__name__ for secret in backwards if secret[::-1] in text]
    return found

report = {"sent": send() if used_before else None}
report |= {"sockets in use": sockets(), "holders in use": len(holders())}

def restore_next():
    gc.unfreeze()
    report.update(sockets=sockets(), holders=holders(), random=random.getstate()[1][:4])

random.seed(7)
seeded = random.getstate()[1][:4]
bootstrap.on_init_complete(SimpleNamespace(restore_next=restore_next), None)
report["reseeded"] = random.getstate()[1][:4] != seeded
report["sent after"] = send()
print(json.dumps(report), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def just_made() -> tuple[dict[str, Any], list[str]]:
    """What a function reports that was not used before its snapshot, and what it has asked of AWS."""
    with aws_on_loopback() as aws:
        return _run(aws, used_before=False), aws.calls


def _run(aws: Aws, *, used_before: bool) -> dict[str, Any]:
    argument = [make_event(code=code()), SECRET_ARN, used_before, [TOKEN[::-1], ROLE_KEY[::-1]]]
    variables = {
        **environment(),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY / "function" / "src"),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # As Lambda gives credentials to a function that is started from a snapshot.
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{aws.url}/credentials",
    }
    command = [sys.executable, "-c", CHILD, json.dumps(argument)]
    run = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    report: dict[str, Any] = json.loads(run.stderr.splitlines()[-1])
    return report


def test_the_snapshot_of_a_function_that_was_just_made_has_asked_nobody_for_anything(
    just_made: tuple[dict[str, Any], list[str]],
) -> None:
    report, calls = just_made
    assert report["sockets"] == 0
    assert report["holders"] == []
    assert report["sent after"] == "SENT"
    assert calls == ["credentials", "Decrypt", "Publish", "GetSecretValue"], "all of it after the restore"


def test_what_was_used_before_the_snapshot_is_let_go_and_comes_back() -> None:
    with aws_on_loopback() as aws:
        report = _run(aws, used_before=True)
    assert report["sent"] == "SENT"
    assert report["sockets in use"] >= 2, "there was something to close"
    assert report["holders in use"] >= 2, "there was something to let go of"
    assert report["sockets"] == 0
    assert report["holders"] == []
    assert report["sent after"] == "SENT"
    assert aws.calls == ["credentials", "Decrypt", "Publish", "GetSecretValue"] * 2


def test_two_environments_of_one_snapshot_do_not_draw_the_same_numbers(
    just_made: tuple[dict[str, Any], list[str]],
) -> None:
    report, _ = just_made
    assert report["reseeded"] is True


def test_openssl_gets_new_randomness_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its generator cannot be looked into. It does not know that it was copied."""
    added: list[tuple[bytes, float]] = []
    monkeypatch.setattr("ssl.RAND_add", lambda seed, entropy: added.append((seed, entropy)))
    snapshot.renew()
    snapshot.renew()
    assert added[0][0] != added[1][0]
    assert all(len(seed) == entropy >= 32 for seed, entropy in added)


@pytest.mark.parametrize("environ", [{}, {"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}])
def test_a_function_without_snapshots_has_no_hooks(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And needs no module that only some of Lambda's runtimes have."""
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)
    snapshot.register(environ, lambda: None)
    assert not snapshot.is_taken(environ)
