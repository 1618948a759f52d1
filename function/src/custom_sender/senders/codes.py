"""What the senders share that hand a provider the bare code: the provider's own template is the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custom_sender.message import OutgoingMessage


def code_of(message: OutgoingMessage) -> str:
    """The message's code. Raises ``ValueError`` for a message that has none or whose secret is a password.

    Delivery never comes here with such a message: it skips senders that are ``codes_only``. A mistake there must not
    put a password into a channel that keeps codes, so this is checked again where the code leaves.
    """
    if message.code is None or message.is_password:
        msg = "a sender that carries only codes was given a message without a code, or with a password"
        raise ValueError(msg)
    return message.code.reveal()
