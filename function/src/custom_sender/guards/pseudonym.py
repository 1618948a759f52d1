"""The correlation id: one user's messages found again in the logs, without the number in them. Pure."""

from __future__ import annotations

import hmac
from typing import Final

# 64 bits: two of a million numbers share an id with a chance of one in forty million.
_HEX_DIGITS: Final = 16


def number_id(e164: str, key: bytes) -> str:
    """16 hex digits that stand for this number wherever ``key`` (SENDER_HASH_KEY, decoded from hex) is the same.

    The HMAC-SHA256 of "correlation:" and the digits without the plus sign. Keyed, because all numbers of a country are
    hashed in minutes; the word in front keeps the ids apart from those of the ledger's counters, which have one key
    with them.
    """
    return hmac.digest(key, f"correlation:{e164.removeprefix('+')}".encode(), "sha256").hex()[:_HEX_DIGITS]
