"""How many parts a text is sent and paid in. Pure.

3GPP TS 23.038: a text whose characters are all in the GSM 7-bit default alphabet or its extension takes 7 bits for each
(two times 7 for one of the extension), any other text takes UCS-2, 16 bits for each UTF-16 code unit. A message holds
140 octets; of each part of a longer one, 6 are a header that joins the parts (3GPP TS 23.040).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# 3GPP TS 23.038, 6.2.1, in the order of its table, without the escape at 0x1B.
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# 6.2.1.1: each is an escape and a second septet.
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")


class Encoding(StrEnum):
    """How a text travels. The value is the name that providers' consoles use."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class _Room:
    single: int
    part: int


_ROOM: Final = {Encoding.GSM_7: _Room(160, 153), Encoding.UCS_2: _Room(70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """``units`` are septets in GSM-7 and UTF-16 code units in UCS-2; ``parts`` is what is paid for, at least 1.

    ``forcing`` are the characters that make it UCS-2, in the order of their first appearance; empty in GSM-7.
    """

    encoding: Encoding
    units: int
    parts: int
    forcing: str


def segments(text: str) -> Segments:
    """The parts of ``text``. No two units of one character are ever in different parts, as phones demand."""
    forcing = "".join(dict.fromkeys(character for character in text if not is_gsm_7(character)))
    encoding = Encoding.UCS_2 if forcing else Encoding.GSM_7
    widths = [_width(character, encoding) for character in text]
    units = sum(widths)
    return Segments(encoding, units, 1 if units <= _ROOM[encoding].single else _parts(widths, encoding), forcing)


def is_gsm_7(character: str) -> bool:
    """Whether a character is in the GSM 7-bit alphabet or its extension."""
    return character in _BASIC or character in _EXTENSION


def _width(character: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return 2 if character in _EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def _parts(widths: list[int], encoding: Encoding) -> int:
    parts, room = 1, _ROOM[encoding].part
    for width in widths:
        if width > room:
            parts, room = parts + 1, _ROOM[encoding].part
        room -= width
    return parts
