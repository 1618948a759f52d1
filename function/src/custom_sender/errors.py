"""The two errors that may leave this package. Their texts are written to logs by Lambda itself, so they carry no data.

Everything else that can go wrong is an ``Outcome``: counted, logged with allowed fields, and not raised.
"""

from __future__ import annotations

from typing import Final

# What to do about settings that Terraform's plan has accepted and this package does not know.
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
