"""An upgrade of the module under a live pool: from the last release, or without one from the commit before."""

from __future__ import annotations

import io
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

from localaws import REPOSITORY
from localaws.client import LocalAws
from localaws.terraform import Terraform, checkout

pytestmark = [pytest.mark.long]

ROOT = """
module "sender" {
  source = "./module"

  name       = "acme-login"
  sms        = { allowed_countries = ["DE"] }
  senders    = { aws = { sns = {} } }
  user_pool  = { name = "customers", deletion_protection = false }
  protection = { ledger = { deletion_protection = false } }
}

output "pool" {
  value = module.sender.user_pool_id
}

output "client" {
  value = aws_cognito_user_pool_client.web.id
}

resource "aws_cognito_user_pool_client" "web" {
  name         = "web"
  user_pool_id = module.sender.user_pool_id
}
"""
# What holds codes, or who may read them, or that a message was sent.
KEPT = ("aws_cognito_user_pool", "aws_kms_key", "aws_kms_alias", "aws_kms_grant", "aws_dynamodb_table")
SECONDS_BETWEEN_SIGN_UPS = 0.5


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=REPOSITORY, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def last(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a consumer of the last release has."""
    commits = _git("rev-list", "--max-count=2", "HEAD").split()
    tags = _git("tag", "--list", "v*", "--merged", commits[-1].decode(), "--sort=-v:refname").split()
    if len(commits) < 2 and not tags:
        pytest.skip("this clone has no history: there is nothing to upgrade from")
    directory = tmp_path_factory.mktemp("last")
    archive = io.BytesIO(_git("archive", (tags or commits[1:])[0].decode()))
    with tarfile.open(fileobj=archive) as files:
        files.extractall(directory, filter="data")
    return directory


def test_an_upgrade_keeps_pool_key_grants_and_table_and_loses_no_code(last: Path, tmp_path: Path) -> None:
    root, module = tmp_path / "root", tmp_path / "root" / "module"
    root.mkdir()
    (root / "main.tf").write_text(ROOT)
    module.symlink_to(last)
    with LocalAws(time_scale=60) as aws:
        terraform = Terraform(root, aws.environment())
        terraform.init()
        outputs = terraform.apply()
        signing_up = SignUps(aws, outputs["client"])

        module.unlink()
        module.symlink_to(checkout(tmp_path / "tree"))
        terraform.init()
        plan = terraform.plan()
        with signing_up:
            terraform.apply(plan)
        aws.settle()

        touched = [address for address in plan.actions if any(f".{kind}." in address for kind in KEPT)]
        assert touched == [], plan.summary()
        assert signing_up.numbers, "somebody signed up while it was applied"
        assert [number for number in signing_up.numbers if len(aws.inbox(number)) != 1] == []
        assert terraform.plan().is_empty
        terraform.destroy()


class SignUps:
    """Somebody signs up again and again, until the block ends."""

    def __init__(self, aws: LocalAws, client: str) -> None:
        self.numbers: list[str] = []
        self._cognito = aws.client("cognito-idp")
        self._client = client
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sign_up)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sign_up(self) -> None:
        while not self._over.is_set():
            number = f"+49151123{len(self.numbers):05}"
            self._cognito.sign_up(
                ClientId=self._client,
                Username=number,
                Password="Correct-Horse-7",
                UserAttributes=[{"Name": "phone_number", "Value": number}],
            )
            self.numbers.append(number)
            self._over.wait(SECONDS_BETWEEN_SIGN_UPS)
