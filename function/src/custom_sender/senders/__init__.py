"""The senders: one file for each kind of ``kinds.json``, one object for each of the module's ``senders`` map.

``create`` imports only the module of the kind that is asked for: a function that sends by SNS never loads Twilio's.
"""

from __future__ import annotations

import importlib
from keyword import iskeyword
from typing import TYPE_CHECKING, Final, cast

from custom_sender.senders.attributes import FORMS, KINDS, read

if TYPE_CHECKING:
    from custom_sender.reader import Reader
    from custom_sender.senders.base import AnySender

NAME: Final = FORMS["sender_name"]


def create(content: Reader, region: str = "") -> AnySender:
    """The sender made from its settings: ``kind`` and that kind's own attributes. ``region``: the function's.

    Raises ``SettingsError`` that names the sender, the attribute and the fix: for an unknown kind, an unknown or a
    missing attribute, and a value of the wrong type or form.
    """
    kind = content.word("kind", KINDS)
    content.path += f".{kind}"
    # "from" is a word of Python's.
    values = {
        f"{name}_" if iskeyword(name) else name: value for name, value in read(content, KINDS[kind], region).items()
    }
    return cast("AnySender", importlib.import_module(f"custom_sender.senders.{kind}").create(content, values))
