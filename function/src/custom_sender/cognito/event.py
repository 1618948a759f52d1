"""Cognito's event, turned once into a frozen value. Nothing behind this module reads the raw event.

The event's shape is from AWS's page "Custom SMS sender Lambda trigger" and from real events that were published:
``request.code`` is the ciphertext or null, ``request.clientMetadata`` may be null, ``response`` may be missing, every
attribute is a string. ``clientMetadata`` comes from a caller who need not be signed in: only ``texts.choose`` looks at
it, for the one key that the configuration names, if any.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from custom_sender.cognito.triggers import CODE_TRIGGERS
from custom_sender.dataclass import dataclass, field
from custom_sender.languages import language_of

SMS: Final = "sms"
EMAIL: Final = "email"
UNKNOWN_TRIGGER: Final = "Unknown"

_TYPES: Final = {"customSMSSenderRequestV1": SMS, "customEmailSenderRequestV1": EMAIL}
_PREFIXES: Final = {"CustomSMSSender": SMS, "CustomEmailSender": EMAIL}
_NOT_AN_OBJECT: Final = "the event is not a JSON object: only Cognito's custom sender triggers may invoke this function"
_NO_REQUEST: Final = (
    "request is missing or not an object: only Cognito's custom sender triggers may invoke this function"
)
_NO_CHANNEL: Final = (
    "neither request.type nor triggerSource is of a custom sender: this function belongs in the pool's lambda_config "
    "as custom_sms_sender or custom_email_sender, and in no other trigger"
)

# Cognito's API model: UserPoolIdType at most 55, ClientIdType and UsernameType at most 128 characters. Narrower than
# the model in one thing: a client's id has a letter, so that a number or a code in its place is none.
_POOL_ID: Final = re.compile(r"[a-z][a-z0-9-]{1,30}_[0-9A-Za-z]{1,24}")
_CLIENT_ID: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_]{1,128}")
_TRIGGER: Final = re.compile(r"[A-Za-z]{1,62}[0-9]{0,2}")
_USERNAME_LIMIT: Final = 128
# As many digits as the shortest telephone number. Ids with such a run are rare, and are logged with it masked.
# Text that users typed has no part in this: a number must not change what becomes of an event, or of its log line.
_PERHAPS_NUMBER: Final = re.compile(r"[0-9]{7,}")


@dataclass(frozen=True)
class EventIdentity:
    """What may be logged of any event, well-formed or not.

    Each field is checked against its alphabet, or None; digits that may be a telephone number are masked.
    """

    trigger: str | None
    user_pool_id: str | None
    client_id: str | None


@dataclass(frozen=True)
class Event:
    """One message that Cognito wants sent.

    ``channel`` is ``SMS`` or ``EMAIL``. ``trigger`` is the part of ``triggerSource`` behind the prefix: ``SignUp``,
    ``Authentication``, … or a suffix that nobody knew when this was written. ``ciphertext`` is base64 as Cognito sent
    it, or None where there is no code. ``locale`` is the user's ``locale`` attribute if it is a language tag, without
    its extensions. ``client_id`` is empty where Cognito gives none.
    """

    identity: EventIdentity
    channel: str
    trigger: str
    user_pool_id: str
    client_id: str
    username: str = field(repr=False)
    user_sub: str | None = field(repr=False)
    ciphertext: str | None = field(repr=False)
    locale: str | None
    user_attributes: Mapping[str, str] = field(repr=False)
    client_metadata: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Refused:
    """An event that cannot become a message. ``flaw`` is a constant that names the field, never what the field holds.

    It is about what Cognito or its caller writes, and never what users type: nobody may raise an alarm that way.
    """

    identity: EventIdentity
    channel: str | None
    flaw: str


def identify(raw: object) -> EventIdentity:
    """The loggable part of an event that may be anything. Never raises."""
    source = raw if isinstance(raw, Mapping) else {}
    return EventIdentity(
        trigger=_trigger(source),
        user_pool_id=_masked(_user_pool_id(source)),
        client_id=_masked(_client_id(source)),
    )


def read(raw: object) -> Event | Refused:
    """The event, or why there is no message to send in it. Never raises."""
    identity = identify(raw)
    request = raw.get("request") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or not isinstance(request, Mapping):
        return Refused(identity, None, _NOT_AN_OBJECT if not isinstance(raw, Mapping) else _NO_REQUEST)
    channel = _channel(raw.get("triggerSource"), request.get("type"))
    if channel is None:
        return Refused(identity, None, _NO_CHANNEL)
    trigger, user_pool_id, code = _trigger(raw) or UNKNOWN_TRIGGER, _user_pool_id(raw), request.get("code")
    if user_pool_id is None:
        return Refused(identity, channel, "userPoolId is missing or not a user pool's id")
    if not isinstance(code, str | None):
        return Refused(identity, channel, "request.code is neither null nor a string")
    if not code and trigger in CODE_TRIGGERS:
        return Refused(identity, channel, "request.code is null, and the message of this trigger is its code")
    attributes = _attributes(request.get("userAttributes"))
    username = raw.get("userName")
    return Event(
        identity=identity,
        channel=channel,
        trigger=trigger,
        user_pool_id=user_pool_id,
        client_id=_client_id(raw) or "",
        username=username[:_USERNAME_LIMIT] if isinstance(username, str) else "",
        user_sub=attributes.get("sub"),
        ciphertext=code or None,
        locale=language_of(attributes.get("locale")),
        user_attributes=attributes,
        client_metadata=_attributes(request.get("clientMetadata")),
    )


def message_id(event: Event, message: bytes | None, request_id: str) -> str:
    """The message's id, 64 hexadecimal digits: the same in every retry of it, different for every code.

    Cognito's event has no id, but the encrypted ``message`` (``decryption.Decrypted``) is random for every code. Its
    bytes are hashed, and not the text that they came in: of that there may be several. Without a message there is only
    Lambda's ``request_id``, which asynchronous retries keep.
    """
    if message is None:
        source = "\n".join((event.user_pool_id, event.user_sub or event.username, event.trigger, request_id))
        message = source.encode("utf-8", "surrogatepass")
    return hashlib.sha256(message).hexdigest()


def _channel(trigger_source: object, request_type: object) -> str | None:
    """What the message goes by: ``request.type`` says so; where it is missing or of a later version, the prefix does.

    The Serverless Framework's documentation warns that ``triggerSource`` can be filled in by another trigger and tells
    to switch on ``request.type``; every real event seen has both in agreement. So either is enough, the type first.
    """
    if isinstance(request_type, str) and request_type in _TYPES:
        return _TYPES[request_type]
    prefix, underscore, _ = trigger_source.partition("_") if isinstance(trigger_source, str) else ("", "", "")
    return _PREFIXES.get(prefix) if underscore else None


def _attributes(raw: object) -> Mapping[str, str]:
    """A read-only copy of what is well-formed. One odd attribute must not cost the user the code: it is left out."""
    if not isinstance(raw, Mapping):
        return MappingProxyType({})
    return MappingProxyType(
        {name: value for name, value in raw.items() if isinstance(name, str) and isinstance(value, str)}
    )


def _trigger(source: Mapping[object, object]) -> str | None:
    """``CustomSMSSender_SignUp`` → ``SignUp``. A suffix outside the alphabet becomes ``Unknown``, never a drop."""
    trigger_source = source.get("triggerSource")
    if not isinstance(trigger_source, str):
        return None
    return _matching(trigger_source.rpartition("_")[2], _TRIGGER) or UNKNOWN_TRIGGER


def _user_pool_id(source: Mapping[object, object]) -> str | None:
    return _matching(source.get("userPoolId"), _POOL_ID)


def _client_id(source: Mapping[object, object]) -> str | None:
    return _matching(_child(source, "callerContext").get("clientId"), _CLIENT_ID)


def _masked(text: str | None) -> str | None:
    return text and _PERHAPS_NUMBER.sub(lambda digits: "*" * len(digits[0]), text)


def _matching(value: object, pattern: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _child(source: Mapping[object, object], name: str) -> Mapping[object, object]:
    child = source.get(name)
    return child if isinstance(child, Mapping) else {}
