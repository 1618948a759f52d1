"""Segments: what a text costs. The limits are 3GPP's, the expected numbers are counted by hand."""

from __future__ import annotations

from random import Random

import pytest

from custom_sender.texts.gsm import Encoding, segments
from support import gsm


def test_a_text_has_as_many_parts_as_3gpp_counts(subtests: pytest.Subtests) -> None:
    for case, text, encoding, units, parts in [
        ("an_empty_text_is_a_message_too", "", Encoding.GSM_7, 0, 1),
        ("one_hundred_and_sixty_septets_fit", "a" * 160, Encoding.GSM_7, 160, 1),
        ("one_more_makes_two_parts", "a" * 161, Encoding.GSM_7, 161, 2),
        ("two_parts_hold_153_each", "a" * 306, Encoding.GSM_7, 306, 2),
        ("and_not_one_more", "a" * 307, Encoding.GSM_7, 307, 3),
        ("some_accents_are_in_the_alphabet", "é" * 160, Encoding.GSM_7, 160, 1),
        ("others_are_not_and_leave_70", "ê" * 70, Encoding.UCS_2, 70, 1),
        ("of_more_each_part_holds_67", "ê" * 71, Encoding.UCS_2, 71, 2),
        ("two_parts_of_67", "ê" * 134, Encoding.UCS_2, 134, 2),
        ("three_parts", "ê" * 135, Encoding.UCS_2, 135, 3),
        ("the_extension_takes_two_septets", "€" * 80, Encoding.GSM_7, 160, 1),
        ("so_81_of_them_are_two_parts", "€" * 81, Encoding.GSM_7, 162, 2),
        ("an_escape_is_not_torn_from_its_character", "a" * 152 + "€" + "a" * 152, Encoding.GSM_7, 306, 3),
        ("an_emoji_takes_two_units", "😀" * 35, Encoding.UCS_2, 70, 1),
        ("and_36_are_two_parts", "😀" * 36, Encoding.UCS_2, 72, 2),
        ("a_surrogate_pair_is_not_torn", "x" * 66 + "😀" + "x" * 66, Encoding.UCS_2, 134, 3),
    ]:
        with subtests.test(case):
            counted = segments(text)
            assert (counted.encoding, counted.units, counted.parts) == (encoding, units, parts)


def test_it_names_the_characters_that_double_the_price() -> None:
    assert segments("Ваш code: 1").forcing == "Ваш"
    assert segments("It\u2019s \u201cyours\u201d, it\u2019s").forcing == "\u2019\u201c\u201d"
    assert not segments("plain").forcing


# What a counter gets wrong: escapes and surrogates at the edge of a part, look-alikes, control characters.
_ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz 0123456789.,:",
    "".join(chr(point) for point in gsm.BASIC if point is not None),
    "".join(chr(point) for point in gsm.EXTENSION.values()),
    "a€",
    "ab{}",
    "a\u2019",
    "çÇêéàÀßÅ\u212bΩ\u2126µ",
    "\x1b\x00\x0c\t\n\r\x7f\u00a0\u200b",
    "日本語한국어中文",
    "نصحاीूनम",
    "a😀",
    "a😀\ud83d\ude00",
    "é\u0301e\u0301",
]
_SIZES = [0, 1, 2, 34, 35, 36, 66, 67, 68, 69, 70, 71, 133, 134, 135, 152, 153, 154, 159, 160, 161, 305, 306, 307, 480]


@pytest.mark.parametrize("texts", [10_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_it_agrees_with_3gpps_tables(texts: int) -> None:
    """All the edges of a part are among the first ten thousand."""
    random = Random(20_338)
    edges = [
        first * size + second
        for first in ("a", "€", "ê", "😀")
        for second in ("", "b", "€", "ê", "😀")
        for size in range(320)
    ]
    counted = 0
    while counted < texts:
        if edges:
            text = edges.pop()
        else:
            alphabet = "".join(random.sample(_ALPHABETS, random.choice((1, 1, 1, 2))))
            text = "".join(
                random.choices(alphabet, k=random.choice(_SIZES) if counted % 16 == 0 else random.randrange(40))
            )
        encoding, parts = gsm.message_parts(text)
        ours = segments(text)
        units = sum(map(len, parts)) // (1 if encoding == "GSM-7" else 2)
        assert (ours.encoding, ours.units, ours.parts) == (encoding, units, len(parts)), ascii(text)
        counted += 1


def test_the_tables_are_whole() -> None:
    """The check is one only if its own tables are right: 127 characters and the escape, and ten more."""
    assert len(gsm.BASIC) == 128
    assert gsm.BASIC[gsm.ESCAPE] is None
    assert len({*gsm.BASIC, *gsm.EXTENSION.values()}) == 138
