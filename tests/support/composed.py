"""The message that the texts make of an event, to the event's own number."""

from __future__ import annotations

from custom_sender.cognito.event import Event
from custom_sender.cognito.triggers import lifetime_seconds
from custom_sender.message import Message, Text
from custom_sender.secret import Secret
from custom_sender.texts.messages import Messages
from custom_sender.texts.sms import compose


def composed(
    event: Event, code: str | None, messages: Messages, *, country: str = "DE", left: int | None = None
) -> Message[Text]:
    """``left``: seconds of the code's life; without it, all of it."""
    return compose(
        event,
        None if code is None else Secret(code),
        messages,
        to=event.user_attributes["phone_number"],
        country=country,
        message_id="5f" * 32,
        seconds_left=lifetime_seconds(event.trigger) if left is None else left,
    )
