"""What the doubles of mail providers share: a mail as they take it, and what an address is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from typing import Any, Final

# Of every mail of this product: no automatic answer is wanted.
HEADERS: Final[Mapping[str, str]] = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that a provider has accepted."""

    to: str = field(repr=False)
    sender: str
    reply_to: str | None
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    headers: Mapping[str, str]

    def meta(self) -> dict[str, Any]:
        """What the inbox shows beside recipient and text."""
        return {
            "from": self.sender,
            "reply_to": self.reply_to,
            "subject": self.subject,
            "html": self.html,
            "headers": dict(self.headers),
        }


def address_in(written: str) -> str | None:
    """The address of a mailbox with or without a name; None where it is none (ASCII, no quoted local part)."""
    found = getaddresses([written])
    address = found[0][1] if len(found) == 1 else ""
    return address if _ADDRESS.fullmatch(address) else None
