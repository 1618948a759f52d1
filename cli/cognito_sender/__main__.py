"""``cognito-sender``, a tool for those who run the module and for their CI; also ``python -m cognito_sender``."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

import click

from cognito_sender import discreet
from cognito_sender.check.command import check
from cognito_sender.doctor.command import doctor
from cognito_sender.preview import preview

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group(cls=discreet.Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def commands() -> None:
    """Look at plans, messages and deployed senders of the module. Nothing here changes anything.

    Exit codes: 0, nothing is wrong; 1, something is; 2, it could not look.
    """


for command in (check, doctor, preview):
    commands.add_command(command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    try:
        code = commands.main(argv, prog_name="cognito-sender", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        return 2
    except SystemExit:  # click's own for a reader that went, with 1: a shell says 128 + SIGPIPE
        return 141
    except OSError as error:
        # What is left of the output would fail again when Python ends, which ends with 120 then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        file = error.filename or "the output"
        click.echo(f"Error: {file}: it cannot be read or written ({error.strerror}).", err=True)
        return 2
    except Exception as error:  # noqa: BLE001 - Python would end with 1, which says that something was found
        # Without its text: that may hold what a person typed, or a secret of a plan.
        frames = "".join(traceback.format_tb(error.__traceback__))
        click.echo(f"{frames}{type(error).__name__}: a fault of cognito-sender's. Fix: report it.", err=True)
        return 2
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
