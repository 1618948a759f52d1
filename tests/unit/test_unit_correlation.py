"""The id that stands for a number in the logs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from custom_sender.guards.pseudonym import recipient_id
from support.cognito import PHONE_NUMBER

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
KEY = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef"


def test_is_the_same_for_one_number_and_one_key() -> None:
    """Computed once by another hand: openssl dgst -sha256 -mac HMAC."""
    assert recipient_id(PHONE_NUMBER[1:], bytes.fromhex(KEY)) == "14c89193cc783a6d"


@pytest.mark.parametrize(
    ("number", "key"), [(PHONE_NUMBER[:-1] + "9", KEY), (PHONE_NUMBER, KEY.replace("0", "1"))], ids=["number", "key"]
)
def test_another_number_or_another_key_makes_another_id(number: str, key: str) -> None:
    assert recipient_id(number[1:], bytes.fromhex(key)) != recipient_id(PHONE_NUMBER[1:], bytes.fromhex(KEY))


def test_shows_nothing_of_the_number() -> None:
    assert re.fullmatch("[0-9a-f]{16}", recipient_id(PHONE_NUMBER[1:], bytes.fromhex(KEY)))


def test_the_readme_s_command_finds_the_same_id() -> None:
    commands = README.split("\n### One user's messages\n")[1].split("```sh\n")[1].split("```")[0]
    script = re.sub(r"key=\$\(aws .*?\)\n", f"key={KEY}\n", commands, flags=re.DOTALL)
    script = re.sub(r"number=.*", f"number={PHONE_NUMBER}", script)
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == recipient_id(PHONE_NUMBER[1:], bytes.fromhex(KEY))
