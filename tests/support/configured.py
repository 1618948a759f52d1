"""Parts of the configuration as Terraform writes them: what a test says, over the defaults of the types."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from custom_sender import senders
from custom_sender.channels.base import Senders
from custom_sender.channels.email import Email
from custom_sender.channels.email import read as read_email
from custom_sender.channels.sms import Sms
from custom_sender.channels.sms import read as read_sms
from custom_sender.guards.protection import Protection, Testers, read_protection
from custom_sender.message import Carries
from custom_sender.reader import Reader
from custom_sender.senders.attributes import KINDS
from custom_sender.senders.base import AnySender
from custom_sender.settings import Settings
from custom_sender.texts.mails import Mails, read_mails
from custom_sender.texts.messages import Messages, read_messages
from custom_sender.texts.shared import read_shared

_OF_ALL = {"attributes", "brand", "built_in_locales", "client_metadata_locale", "clients", "default_locale"}


def sender_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A sender's settings with the defaults of its kind, as the variable's type has them."""
    attributes = KINDS.get(str(settings.get("kind")), {}).get("attributes", {})
    defaults = {name: rule["default"] for name, rule in attributes.items() if "default" in rule}
    return {**defaults, **settings}


def create(name: str, settings: Mapping[str, Any], region: str = "eu-central-1") -> AnySender:
    """The sender of these settings; ``kind`` is among them."""
    return senders.create(Reader(sender_settings(settings), f"senders.{name}"), region)


def messages(content: Mapping[str, Any]) -> Messages:
    """From settings of ``messages`` and of ``sms``, side by side."""
    shared = {name: value for name, value in content.items() if name in _OF_ALL}
    sms = Reader({name: value for name, value in content.items() if name not in _OF_ALL}, "sms")
    found = read_messages(read_shared(Reader(shared, "messages")), sms)
    sms.end()
    return found


def mails(
    content: Mapping[str, Any] | None = None,
    shared: Mapping[str, Any] | None = None,
    folders: Sequence[Path] | None = (),
) -> Mails:
    """From settings of ``email`` and of ``messages``; from an address of Acme's, where they do not say otherwise."""
    email = Reader({"from": "login@acme.com", **(content or {})}, "email")
    found = read_mails(read_shared(Reader({"brand": "Acme", **(shared or {})}, "messages")), email, folders)
    email.end()
    return found


def protection(content: Mapping[str, Any] | None = None, *, usable: tuple[str, ...] = ()) -> Protection:
    """From settings of ``protection``."""
    settings = Reader({"on_ledger_failure": "send", **(content or {})}, "protection")
    return read_protection(settings, usable_senders=usable)


def sms(
    content: Mapping[str, Any] | None = None,
    shared: Mapping[str, Any] | None = None,
    *,
    senders: Collection[str] = ("aws",),
    testers: Testers | None = None,
) -> Sms:
    """From settings of ``sms`` and of ``messages``; to Germany and Austria, where they do not say otherwise."""
    settings = {"allowed_countries": ["AT", "DE"], "routes": {"default": [*senders]}, **(content or {})}
    return read_sms(
        Reader(settings, "sms"),
        read_shared(Reader(dict(shared or {}), "messages")),
        senders=Senders(dict.fromkeys(senders, frozenset({Carries.TEXT}))),
        testers=testers,
    )


def email(
    content: Mapping[str, Any] | None = None,
    shared: Mapping[str, Any] | None = None,
    *,
    senders: Collection[str] = ("ses",),
    testers: Testers | None = None,
) -> Email:
    """From settings of ``email`` and of ``messages``; from an address of Acme's, where they do not say otherwise."""
    settings = {"from": "login@acme.com", "routes": {"default": [*senders]}, **(content or {})}
    return read_email(
        Reader(settings, "email"),
        read_shared(Reader({"brand": "Acme", **(shared or {})}, "messages")),
        senders=Senders(dict.fromkeys(senders, frozenset({Carries.MAIL}))),
        testers=testers,
    )


def sms_of(settings: Settings) -> Sms:
    """The channel for SMS."""
    channel = settings.channels["sms"]
    assert isinstance(channel, Sms)
    return channel
