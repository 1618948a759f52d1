"""E-mail addresses: what mail systems take, what is shown of one, and which are counted as one mailbox."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.guards.email_address import PUBLIC_DOMAINS, Address, parse

ATEXT = string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~"


def of(text: str) -> Address:
    address = parse(text)
    assert address is not None, text
    return address


@pytest.mark.parametrize(
    "text",
    [
        "jane@example.com",
        "Jane.ROE+news@Example.COM",
        "j@a-b.example.museum",
        "!#$%&'*+-/?=^_`{|}~@example.com",
        f"{'l' * 64}@example.com",
        f"l@{'.'.join(['d' * 61] * 4)}.de",
        "jane@xn--mnchen-3ya.example",
        "jane@1and1.example",
    ],
)
def test_an_address_goes_out_as_it_was_typed(text: str) -> None:
    assert of(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "jane", "@example.com", "jane@", "jane@example", "jane@.com", "jane@example.", "jane@exa_mple.com"),
        *("jane@-example.com", "jane@example-.com", "jane@example..com", "jane@192.0.2.7", "jane@[192.0.2.7]"),
        *(".jane@example.com", "jane.@example.com", "ja..ne@example.com", '"jane"@example.com', "jané@example.com"),
        *(
            "jane roe@example.com",
            " jane@example.com",
            "jane@example.com ",
            "jane@example.com\n",
            "ja\r\nne@example.com",
        ),
        *(
            "Jane <jane@example.com>",
            "jane@example.com,joe@example.com",
            "ja\0ne@example.com",
            "jane@exam\u202eple.com",
        ),
        *(f"{'l' * 65}@example.com", f"l@{'d' * 64}.com", f"jane@{'.'.join(['d' * 60] * 4)}.de.example"),
        *("jane@example.123", "jane@" + "ü" * 64 + ".example", "jane@\ud800.example"),
        *("=?x?q?a?=@example.com", "=?utf-8?q?=C3=A9?=@example.com", "=?utf-8?b?4?=@example.com"),
    ],
)
def test_what_mail_systems_refuse_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("jane@münchen.example", "jane@xn--mnchen-3ya.example"),
        ("jane@例え.example", "jane@xn--r8jz45g.example"),
        ("jane@BÜCHER.example", "jane@xn--bcher-kva.example"),
        ("jane@bücher。example", "jane@xn--bcher-kva.example"),
    ],
)
def test_a_domain_beyond_ascii_goes_out_in_a_labels(text: str, sent: str) -> None:
    assert of(text).text == sent


@pytest.mark.parametrize("character", ["ß", "ẞ", "ς", "\u200c", "\u200d"])
def test_a_domain_that_two_standards_read_differently_is_refused(character: str) -> None:
    """IDNA 2003 makes straße.de of strasse.de: the code would go to somebody else."""
    assert parse(f"jane@stra{character}e.example") is None


@pytest.mark.parametrize(
    ("text", "masked"),
    [("jane@example.com", "j***@e***"), ("J@münchen.example", "J***@x***"), ("jane@Example.com", "j***@e***")],
)
def test_first_letters_alone_are_shown(text: str, masked: str) -> None:
    assert of(text).masked == masked


class TestCounting:
    """Variants that everybody knows are one mailbox; never more, or a stranger could use up somebody's limit."""

    @pytest.mark.parametrize(
        "text",
        ["jane.roe@gmail.com", "JaneRoe@Gmail.com", "jane.roe+1@googlemail.com", "j.a.n.e.r.o.e+x+y@gmail.com"],
    )
    def test_dots_case_and_tags_are_nothing_to_gmail(self, text: str) -> None:
        assert of(text).counted == "janeroe@gmail.com"

    def test_elsewhere_dots_are(self) -> None:
        assert of("jane.roe@example.com").counted != of("janeroe@example.com").counted

    def test_case_and_tags_are_nothing_anywhere(self) -> None:
        assert of("Jane+1@EXAMPLE.com").counted == of("jane@example.com").counted

    def test_a_tag_alone_is_a_name(self) -> None:
        assert of("+1@example.com").counted == "+1@example.com"

    def test_letters_that_look_alike_are_not_one(self) -> None:
        assert parse("m\u0131ke@example.com") is None
        assert of("jane@exampl\u0435.com").counted != of("jane@example.com").counted


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_whatever_is_sent_to_is_printable_ascii_with_one_at(text: str) -> None:
    address = parse(f"{text}@example.com") or parse(f"jane@{text}") or parse(text)
    if address is not None:
        assert address.text.isascii()
        assert address.text.isprintable()
        assert not set(address.text) & set(' ,;:<>()[]"\\')
        assert address.text.count("@") == 1


@given(st.text(ATEXT, min_size=1, max_size=64).filter(lambda local: "=?" not in local))
def test_what_needs_no_quotes_is_accepted(local: str) -> None:
    assert of(f"{local}@example.com").local == local


def test_the_public_domains_are_domains() -> None:
    assert [domain for domain in PUBLIC_DOMAINS if of(f"jane@{domain}").domain != domain] == []
