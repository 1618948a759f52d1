"""The letter that stands in for a message where testers read instead of its recipient: a topic, a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custom_sender.message import Mail, Message, Text


def letter(place: str, environment: str, message: Message[Text | Mail]) -> str:
    """The text, whose it is, and that nobody else has it. ``place``: where it went, such as "this topic"."""
    content = message.content.letter()
    return "\n".join(
        (
            f"This {content.name} went to {place}. No {content.meant_for} has received it.",
            "",
            f"To: {message.to}",
            *content.lines,
            f"Trigger: {message.trigger}",
            f"User pool: {message.user_pool_id}",
            f"App client: {message.client_id}",
            f"Environment: {environment}",
            f"Expires in: {message.lifetime_seconds} seconds",
            "",
            "Text:",
            content.text,
            "",
        )
    )
