"""The senders: one file for each provider, one configured object for each sender of the module's ``senders`` map.

``create`` imports only the module of the kind that is asked for: a function that sends by SNS never loads Twilio's.
"""

from __future__ import annotations

import importlib
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from custom_sender.errors import SettingsError
from custom_sender.senders.attributes import Attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.senders.base import Sender

SENDER_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}", re.ASCII)
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "sns": "custom_sender.senders.sns",
        "sns_topic": "custom_sender.senders.sns_topic",
        "end_user_messaging": "custom_sender.senders.end_user_messaging",
        "notify": "custom_sender.senders.notify",
        "twilio": "custom_sender.senders.twilio",
        "twilio_verify": "custom_sender.senders.twilio_verify",
        "vonage": "custom_sender.senders.vonage",
        "whatsapp": "custom_sender.senders.whatsapp",
        "slack": "custom_sender.senders.slack",
        "webhook": "custom_sender.senders.webhook",
        "http": "custom_sender.senders.http",
    }
)


def create(name: str, settings: Mapping[str, Any]) -> Sender:
    """The sender called ``name``, made from its settings: ``kind`` and that kind's own attributes.

    Raises ``SettingsError`` that names the sender, the attribute and the fix: for an unknown kind, an unknown or a
    missing attribute, and a value of the wrong type or form.
    """
    kind = settings.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise SettingsError(f"senders.{name}: kind must be one of {', '.join(KINDS)}")
    attributes = Attributes(name, kind, {key: value for key, value in settings.items() if key != "kind"})
    sender = importlib.import_module(KINDS[kind]).create(attributes)
    attributes.refuse_the_rest()
    return cast("Sender", sender)
