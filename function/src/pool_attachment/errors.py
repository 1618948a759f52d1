"""The errors for Terraform. The texts say what was wrong, where, and what to do; they end in a plan's diagnostics."""

from __future__ import annotations


class AttachmentError(RuntimeError):
    """The pool is not as it should be, and somebody has to act. The only error that leaves this package."""


class PoolGone(Exception):  # noqa: N818 - the name says what is the matter
    """There is no such user pool (any more)."""
