"""What stands for an address where the address must not stand: in the log, and in the ledger's table. Pure."""

from __future__ import annotations

import hmac
from typing import Final

# 64 bits: two of a million addresses share an id with a chance of one in forty million.
_ID_DIGITS: Final = 16
# 128 bits.
_DIGITS: Final = 32


def pseudonym(kind: str, address: str, key: bytes) -> str:
    """32 hex digits, the same wherever ``kind`` and ``key`` (SENDER_HASH_KEY, decoded from hex) are the same.

    Keyed, because all numbers of a country are hashed in minutes. ``kind`` keeps apart what has one key.
    """
    return hmac.digest(key, f"{kind}:{address}".encode(), "sha256").hex()[:_DIGITS]


def recipient_id(address: str, key: bytes) -> str:
    """16 hex digits by which one recipient's messages are found in the logs. Of a number, its digits are hashed."""
    return pseudonym("correlation", address, key)[:_ID_DIGITS]
