"""Credentials as a third party's HTTP API wants them, read from the sender's secret."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from custom_sender.credentials import CredentialsInvalid
from custom_sender.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping


def credential(credentials: Mapping[str, Any], attribute: str, pattern: str, form: str) -> str:
    """One attribute of the secret that the pattern matches in full; ``form`` says in words what the pattern wants.

    Raises ``CredentialsInvalid`` with the attribute's name and form, and never its value.
    """
    value = credentials.get(attribute)
    if not isinstance(value, Secret) or not re.fullmatch(pattern, value.reveal(), re.ASCII):
        msg = f"the secret's {attribute} must be {form}"
        raise CredentialsInvalid(msg)
    return value.reveal()


def basic(user: str, password: str) -> str:
    """The value of an ``Authorization`` header (RFC 7617, in UTF-8)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
