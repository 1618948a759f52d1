"""The two errors that may leave this package. Their texts are written to logs by Lambda itself, so they carry no data.

Everything else that can go wrong is an ``Outcome``: counted, logged with allowed fields, and not raised.
"""

from __future__ import annotations

from typing import Final

# The fix for settings that Terraform's plan has accepted and this package does not know.
OTHER_VERSION: Final = "use the function's package of the Terraform module's version"


class SettingsError(ValueError):
    """The configuration is wrong. Kept while the module is imported, and raised by every call: no message gets lost.

    The text names the setting as it stands in Terraform (``sms.routes.DE``), says what is wrong and what to do. It
    never repeats a value that could be a credential.
    """


class RetryableError(RuntimeError):
    """What the handler raises so that Lambda tries the same event again. The text is one of a few constants.

    Lambda writes an exception's text and stack into the log and into the failure queue's record: a text put together
    from the event, or a chained exception, would carry personal data there. Raise it ``from None``.
    """


def place_of(error: Exception) -> str | None:
    """The deepest place of this package in the error's way: "delivery/failover.py:71 _once". Never the error's text."""
    place, traceback = None, error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        _, package, path = code.co_filename.rpartition("/custom_sender/")
        if package:
            place = f"{path}:{traceback.tb_lineno} {code.co_name}"
        traceback = traceback.tb_next
    return place
