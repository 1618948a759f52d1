"""What protects the messages of all channels → one frozen value, checked.

| key | content |
|---|---|
| ``protection.on_ledger_failure`` | "send" or "refuse": what becomes of a message while the ledger does not answer |
| ``protection.test_recipients`` | ``numbers`` ("+15550100123", or "+15550100*": all that begin so), ``addresses`` |
|  | ("qa@example.com", or "*@example.com": all of that domain), their ``sender`` |
| ``protection.code_lifetimes_seconds`` | trigger to seconds, where the user pool has a life of its own |

Nothing of it can hold a secret.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from custom_sender.cognito.triggers import KNOWN_TRIGGERS
from custom_sender.dataclass import dataclass, field
from custom_sender.guards.limits import Limit, Mode
from custom_sender.reader import Form, Reader, refuse, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# Six digits at least before an asterisk: "+1*" would give the codes of a whole continent to the testers.
_TEST_NUMBER: Final = Form(
    'a number in E.164 ("+15550100123"), or six digits or more of its beginning and an asterisk ("+15550100*")',
    r"\+[1-9][0-9]{5,14}\*|\+[1-9][0-9]{6,14}",
)
_TEST_ADDRESS: Final = Form(
    'an e-mail address in small letters ("qa@example.com"), or an asterisk before a domain ("*@example.com")',
    r"(?:\*|[!-)+-?\[-~]{1,64})@(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}",
)
_TRIGGER: Final = Form(f"a trigger: {', '.join(sorted(KNOWN_TRIGGERS))}", "|".join(sorted(KNOWN_TRIGGERS)))
_NAME: Final = Form("the name of a sender", r"\w+")
_MOST: Final = 1_000_000_000
_LONGEST_WINDOW_SECONDS: Final = 2_592_000
# Texts name whole minutes. A temporary password of Cognito lives for 365 days at most.
_SHORTEST_LIFE, _LONGEST_LIFE = 60, 31_536_000
_OFF: Final = "off"


class OnLedgerFailure(StrEnum):
    """A message while the ledger does not answer: sent, perhaps twice; or refused, and left to Lambda's retry."""

    SEND = "send"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Testers:
    """Recipients whose messages go to one sender and to no other.

    ``recipients`` are whole numbers and addresses, ``prefixes`` the beginnings of numbers, ``domains`` those of
    addresses.
    """

    sender: str
    recipients: frozenset[str]
    prefixes: tuple[str, ...] = ()
    domains: frozenset[str] = frozenset()

    def have_number(self, e164: str) -> bool:
        """Whether this number is one of theirs."""
        return e164 in self.recipients or e164.startswith(self.prefixes)

    def have_address(self, address: str) -> bool:
        """Whether this address, however it is capitalized, is one of theirs."""
        address = address.lower()
        return address in self.recipients or address.rpartition("@")[2] in self.domains


@dataclass(frozen=True)
class Protection:
    """Against sending twice, sending too late, and paying for fraud."""

    on_ledger_failure: OnLedgerFailure = OnLedgerFailure.SEND
    testers: Testers | None = None
    lifetimes_seconds: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def read_protection(content: Reader, *, usable_senders: Collection[str]) -> Protection:
    """From ``protection`` of the settings. ``usable_senders``: those that exist and are not switched off.

    Raises ``SettingsError`` that says what is wrong, where, and what to do.
    """
    found = Protection(
        on_ledger_failure=OnLedgerFailure(content.word("on_ledger_failure", tuple(OnLedgerFailure))),
        testers=_testers(content, usable_senders),
        lifetimes_seconds=read_lifetimes(content),
    )
    content.end()
    return found


def read_lifetimes(protection: Reader) -> Mapping[str, int]:
    """Trigger → seconds, of the pool whose codes live for another time than Cognito's own."""
    lives = protection.within("code_lifetimes_seconds", required=False)
    return MappingProxyType(
        {
            trigger: lives.whole(trigger, _SHORTEST_LIFE, _LONGEST_LIFE, required=True)
            for trigger in lives.keys_of(_TRIGGER)
        }
    )


def read_limit(content: Reader) -> Limit | None:
    """One limit of a channel; None for one that is off."""
    mode = content.word("mode", (*Mode, _OFF))
    most = content.whole("max", 1, _MOST, required=True)
    per_seconds = content.whole("per_seconds", 1, _LONGEST_WINDOW_SECONDS, required=True)
    content.end()
    return None if mode == _OFF else Limit(most, per_seconds, Mode(mode))


def _testers(protection: Reader, usable: Collection[str]) -> Testers | None:
    if not protection.has("test_recipients"):
        protection.take("test_recipients")
        return None
    content = protection.within("test_recipients")
    numbers = content.texts("numbers", _TEST_NUMBER)
    addresses = content.texts("addresses", _TEST_ADDRESS)
    if not numbers and not addresses:
        refuse(content.path, "numbers or addresses of testers", "none", "add one, or remove test_recipients")
    sender = content.text("sender", _NAME, required=True)
    if sender not in usable:
        rule = f"a sender that is switched on, among {', '.join(sorted(usable))}"
        content.refuse("sender", rule, shown(sender), "name one of these")
    content.end()
    return Testers(
        sender,
        recipients=frozenset(recipient for recipient in (*numbers, *addresses) if "*" not in recipient),
        prefixes=tuple(number.removesuffix("*") for number in numbers if number.endswith("*")),
        domains=frozenset(address.removeprefix("*@") for address in addresses if address.startswith("*@")),
    )
