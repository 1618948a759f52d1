"""What a message asks of the network: counted where it arrives, over HTTP, with a process of its own as on Lambda."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from support.cognito import REGION, make_event
from support.environment import LEDGER, environment
from support.loopback import SECRET_ARN, aws_on_loopback, code

SOURCE = Path(__file__).resolve().parents[2] / "function" / "src"
CHILD = """
import json, sys
from types import SimpleNamespace
from custom_sender.handler import handler

events, secret_arn = json.loads(sys.argv[1])
context = SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: 20_000)
for event in events:
    handler.tools.credentials.get(secret_arn)  # as a sender with a secret has them
    print(handler(event, context)["outcome"].value, file=sys.stderr)
"""


def test_a_message_asks_four_times_and_a_later_one_asks_for_no_secret() -> None:
    with aws_on_loopback() as aws:
        variables = {
            **environment(references=LEDGER),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SOURCE),
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        events = [make_event(code=code()) for _ in range(3)]
        command = [sys.executable, "-c", CHILD, json.dumps([events, SECRET_ARN])]
        run = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stderr.split() == ["SENT"] * 3
    message = ["Decrypt", "TransactWriteItems", "Publish", "UpdateItem"]
    assert aws.calls == ["GetSecretValue", *message * 3]
