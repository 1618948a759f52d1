"""Show the whole way: apply an example, sign users up by number and by mail, read, confirm, plan again."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from localaws.client import LocalAws, LocalAwsError
from localaws.libraries import LibraryError, interpreter
from localaws.terraform import Terraform, TerraformError, TerraformMissingError, checkout, toolchain

MAIL_DOMAIN = "acme.example"
USERS = {"ana": "+4915112345678", "ben": "ben@example.com"}
PASSWORD = "Correct-horse-7"
# What a person would wait for a message before giving up.
PATIENCE_SECONDS = 60
LOCAL_PORT = 4566
RUNTIME = "python3.13"


def main() -> int:
    """Run the demo. 0: users were confirmed with the codes that arrived, and the second plan was empty."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="leave everything running until Ctrl-C (make local)")
    parser.add_argument(
        "--port", type=int, help=f"where the embedded AWS listens; 0: a free port (make local: {LOCAL_PORT})"
    )
    options = parser.parse_args()
    # Who ends it otherwise than by Ctrl-C, or closes the terminal, wants everything taken away too.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        tools = toolchain()
        # Now, and not as an error of Lambda's in the middle of an apply.
        interpreter(RUNTIME)
        say(f"Terraform: {tools.binary}   AWS provider: {tools.mirror or 'from the registry'}")
        with tempfile.TemporaryDirectory(prefix="custom-sender-demo-") as directory:
            run(Path(directory), stay=options.stay, port=options.port)
    except (TerraformMissingError, LibraryError, LocalAwsError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    except TerraformError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    return 0


def run(directory: Path, *, stay: bool, port: int | None) -> None:
    """The demo itself, with everything that it writes in ``directory``."""
    if port is None:
        port = LOCAL_PORT if stay else 0
    with step("Starting an embedded AWS on this machine (the first time it fetches Lambda's libraries)"):
        aws = LocalAws(state=directory / "aws", port=port)
        aws.start()
    try:
        say(f"  Inbox of its phones and mailboxes: {aws.inbox_url}")
        # Mail leaves from a domain that SES knows: on AWS it has records in DNS.
        aws.client("sesv2").create_email_identity(EmailIdentity=MAIL_DOMAIN)
        identity = f"arn:aws:ses:{aws.region}:{aws.account}:identity/{MAIL_DOMAIN}"
        mail = {"from": f"Acme <login@{MAIL_DOMAIN}>", "identity_arn": identity}
        terraform = Terraform(
            checkout(directory / "checkout") / "examples" / "local",
            {**aws.environment(), "TF_VAR_mail": json.dumps(mail)},
        )
        with step("terraform init   in examples/local"):
            terraform.init()
        with step("terraform apply  in examples/local, unchanged; AWS_ENDPOINT_URL, credentials and `mail` are set"):
            outputs = terraform.apply()
        say(f"  {len(terraform.state())} resources")
        for name, recipient in USERS.items():
            sign_up_and_confirm(aws, outputs, name, recipient)
        with step("terraform plan   once more"):
            left = terraform.left_to_do()
        if left:
            raise TerraformError(f"The second plan is not empty:\n{left}")
        say("  No changes.")
        if stay:
            stay_until_interrupted(aws, outputs)
        with step("terraform destroy"):
            # The plan has just read everything.
            terraform.destroy(refresh=False)
    finally:
        aws.stop()
    say(
        "\nOn AWS it is the same: run `terraform apply` in examples/local (or examples/minimal, for your own\n"
        "pool), with Region and credentials as for the AWS CLI, and without AWS_ENDPOINT_URL. For mail, set `mail`.\n"
        "docs/user-pools.md and docs/deployer say what your account and the deploying role need."
    )


def sign_up_and_confirm(aws: LocalAws, outputs: Mapping[str, Any], name: str, recipient: str) -> None:
    """Sign one user up, show the message as it arrived, and confirm the user with the code in it."""
    cognito = aws.client("cognito-idp")
    pool, client = outputs["user_pool_id"], outputs["client_id"]
    by_mail = "@" in recipient
    # The apply's self-check leaves a warm execution environment. The seconds are those of the slow case, a cold start.
    aws.end_environments()
    with step(f"{name} signs up with {recipient}, and gets a message through a cold start of Lambda"):
        cognito.sign_up(
            ClientId=client,
            Username=recipient,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email" if by_mail else "phone_number", "Value": recipient}],
        )
        message = aws.wait_for_message(recipient, timeout_seconds=PATIENCE_SECONDS)
    text = message["text"]
    if by_mail:
        text = f"From: {message['meta']['from']}\nSubject: {message['meta']['subject']}\n\n{text}"
    say(f"  The {'mailbox' if by_mail else 'phone'} of {name}:")
    say(textwrap.indent(bubble(text), "    "))
    code = re.search(r"\d{4,}", message["text"])
    if not code:
        raise TerraformError("The message holds no code.")
    with step("ConfirmSignUp with that code"):
        cognito.confirm_sign_up(ClientId=client, Username=recipient, ConfirmationCode=code[0])
        status = cognito.admin_get_user(UserPoolId=pool, Username=recipient)["UserStatus"]
    say(f"  {name} is {status}.")


def stay_until_interrupted(aws: LocalAws, outputs: Mapping[str, Any]) -> None:
    """Print how to play with what runs, and wait for Ctrl-C."""
    # Around the text as well: who reads its last line may be faster than the next statement.
    with suppress(KeyboardInterrupt):
        say(
            textwrap.dedent(f"""
            Everything is running. Sign users up on the page of the inbox, by number or by address:

              {aws.inbox_url}

            Or in a shell:

              export AWS_ENDPOINT_URL={aws.endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
              export AWS_REGION={aws.region} AWS_DEFAULT_REGION={aws.region}
              aws cognito-idp sign-up --client-id {outputs["client_id"]} --username +4915187654321 \\
                --password '{PASSWORD}' --user-attributes Name=phone_number,Value=+4915187654321
              aws cognito-idp confirm-sign-up --client-id {outputs["client_id"]} --username +4915187654321 \\
                --confirmation-code …

            Ctrl-C ends it.""")
        )
        threading.Event().wait()


def bubble(text: str) -> str:
    """The text as a phone shows it."""
    lines = [line for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, 46) or [""]]
    width = max(map(len, lines))
    return "\n".join([f"╭{'─' * (width + 2)}╮", *(f"│ {line:<{width}} │" for line in lines), f"╰{'─' * (width + 2)}╯"])


def say(text: str) -> None:
    """One line of the demo's story."""
    print(text, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print what is being done, a dot every two seconds, and how long it took."""
    print(f"▸ {title} ", end="", flush=True)
    done = threading.Event()

    def tick() -> None:
        while not done.wait(2):
            print(".", end="", flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    started = time.monotonic()
    ticker.start()
    try:
        yield
    except BaseException:
        done.set()
        ticker.join()
        print(" failed", flush=True)
        raise
    done.set()
    ticker.join()
    print(f" {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
