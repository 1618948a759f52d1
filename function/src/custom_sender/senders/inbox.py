"""The letter that stands in for a text message where testers read instead of phones: a topic, a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custom_sender.message import Message, Text


def letter(place: str, environment: str, message: Message[Text]) -> str:
    """The text, whose it is, and that no phone has it. ``place``: where it went, such as "this topic"."""
    return "\n".join(
        (
            f"This text message went to {place}. No phone has received it.",
            "",
            f"To: {message.to}",
            f"Trigger: {message.trigger}",
            f"User pool: {message.user_pool_id}",
            f"App client: {message.client_id}",
            f"Environment: {environment}",
            f"Expires in: {message.lifetime_seconds} seconds",
            "",
            "Text:",
            message.content.text.reveal(),
            "",
        )
    )
