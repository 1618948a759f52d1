"""Typographic characters that force a text into UCS-2, and what stands for them in GSM-7. Pure.

Terraform has the same table (``messages.tf``): the same texts hold the one and the other.
"""

from __future__ import annotations

from typing import Final

from custom_sender.segments import is_gsm_7

# Nothing becomes a dollar sign, a letter or nothing at all: a placeholder in front of it stays the same one.
_PLAIN: Final = {
    "'": "\u2018\u2019\u201a\u201b\u2032\u2039\u203a",
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    "...": "\u2026",
    "*": "\u2022",
    " ": "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
}
_TABLE: Final = str.maketrans({typed: plain for plain, typeds in _PLAIN.items() for typed in typeds})


def plain(text: str) -> str:
    """The text with plain quotation marks, dashes, dots and spaces."""
    return text.translate(_TABLE)


def saves(plain_text: str) -> bool:
    """Whether a text, so changed, is GSM-7. If not, the change would spoil the typography and save nothing."""
    return all(map(is_gsm_7, plain_text))
