"""What Cognito sends messages for, and how long it accepts the code in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from custom_sender.data import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.secret import Secret

# The developer guide's quotas page; AuthSessionValidity (3 minutes by default) for a sign-in code;
# TemporaryPasswordValidityDays (7 by default) for a temporary password. A pool's other lifetimes stand in
# protection.code_lifetimes_seconds.
_TRIGGERS: Final = read("triggers")

ADMIN_CREATE_USER: Final = "AdminCreateUser"
ACCOUNT_TAKE_OVER: Final = "AccountTakeOverNotification"

KNOWN_TRIGGERS: Final = frozenset(_TRIGGERS)
# Triggers whose message is pointless without a code. AccountTakeOverNotification may come without one, and of a trigger
# that does not exist yet nobody knows.
CODE_TRIGGERS: Final = frozenset(name for name, trigger in _TRIGGERS.items() if trigger["needs_code"])
# Messages that are not "here is your code": an invitation carries a password, a notice is a warning. The default text
# says "your code, valid for so many minutes", which would be wrong of the one and leave out the other.
OWN_TEXT_ONLY: Final = frozenset(name for name, trigger in _TRIGGERS.items() if not trigger["default_text"])

_OTHER_LIFETIME_SECONDS: Final = 86_400


def lifetime_seconds(trigger: str, of_the_pool: Mapping[str, int] | None = None) -> int:
    """How long Cognito accepts what it sent for this trigger; ``of_the_pool``: trigger → what the pool says instead."""
    lifetime = (of_the_pool or {}).get(trigger)
    if lifetime is not None:
        return lifetime
    return int(_TRIGGERS[trigger]["lifetime_seconds"]) if trigger in _TRIGGERS else _OTHER_LIFETIME_SECONDS


# A code of Cognito has digits only: six, or eight of a one-time password.
_CODE: Final = re.compile(r"[0-9]+")


def may_be_password(trigger: str, code: Secret | None) -> bool:
    """Whether the secret is a temporary password, or may be: it takes no channel for codes and no text about codes.

    Of a trigger that nobody knew when this was written, what is not digits only may be one. Unescaped it is not: who
    knows how it was written.
    """
    if trigger in KNOWN_TRIGGERS:
        return trigger == ADMIN_CREATE_USER
    return code is not None and _CODE.fullmatch(code.reveal()) is None


def unescape(password: str) -> str:
    """Undo Cognito's HTML escaping of a temporary password: these five entities and no other.

    ``html.unescape`` would also rewrite entities without a semicolon (``a&ltb``), which a random password can contain.
    ``&amp;`` comes last, so that ``&amp;lt;`` becomes ``&lt;`` and not ``<``.
    """
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        password = password.replace(entity, character)
    return password
