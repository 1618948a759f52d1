"""E-mail addresses: which are accepted, and how they are masked and counted. Pure.

An address goes out as the user typed it. It is normalized for counting only: in 2016 GitHub sent password resets to
somebody else's address, because it looked users up by a normalized one (bounty.github.com/2016/07/05).
"""

from __future__ import annotations

import re
from typing import Final

from custom_sender.data import read
from custom_sender.dataclass import dataclass

# Domains of mail systems that anybody may have an address at: they tell nobody's employer.
PUBLIC_DOMAINS: Final[frozenset[str]] = frozenset(read("public_mail_domains"))

# RFC 5321, 4.5.3.1: octets of the local part and, through the limit of a path, of the whole.
_LOCAL_LIMIT: Final = 64
_LIMIT: Final = 254
# RFC 5322's dot-atom: what needs no quotes.
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Labels of letters, digits and inner hyphens; the last one is no number, so this is no IP address.
DOMAIN_PATTERN: Final = rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}"
_DOMAIN: Final = re.compile(DOMAIN_PATTERN)
# Libraries decode what stands between these (RFC 2047), and would then write to somebody else.
_ENCODED_WORD: Final = "=?"
# IDNA 2003, which the standard library has, maps these to other names than IDNA 2008 does: straße.de would become
# strasse.de, which is somebody else's. RFC 5894, 7.2 lists all four.
_AMBIGUOUS: Final = re.compile("[\u00df\u1e9e\u03c2\u200c\u200d]")
# The only mail system that is known to ignore dots (support.google.com/mail/answer/7436150).
_WITHOUT_DOTS: Final = frozenset({"gmail.com", "googlemail.com"})


@dataclass(frozen=True)
class Address:
    """An address that mail systems take: ``text``, as the user typed it, but its domain in ASCII.

    ``domain`` is the same in small letters.
    """

    text: str
    local: str
    domain: str

    @property
    def masked(self) -> str:
        """As Cognito masks it: ``j***@e***``. Of a name of one letter this shows the whole, as Cognito's own does."""
        return f"{self.local[0]}***@{self.domain[0]}***"

    @property
    def counted(self) -> str:
        """One text for all ways to write one mailbox that are known to be the same everywhere, to count by."""
        local = self.local.lower()
        local = local.partition("+")[0] or local
        if self.domain in _WITHOUT_DOTS:
            return f"{local.replace('.', '')}@gmail.com"
        return f"{local}@{self.domain}"


def parse(text: str) -> Address | None:
    """The address, or None for what SES and the usual HTTP APIs refuse: they take ASCII, and no SMTPUTF8.

    Neither quoted local parts nor address literals, nor a domain that two standards read differently.
    """
    local, at, domain = text.rpartition("@")
    if not at or len(local) > _LOCAL_LIMIT or not _LOCAL.fullmatch(local) or _ENCODED_WORD in local:
        return None
    if not domain.isascii():
        try:
            domain = "" if _AMBIGUOUS.search(domain) else domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    found = Address(f"{local}@{domain}", local, domain.lower())
    return found if _DOMAIN.fullmatch(found.domain) and len(found.text) <= _LIMIT else None
