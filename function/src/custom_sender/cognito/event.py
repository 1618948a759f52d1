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
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from custom_sender.cognito.triggers import CODE_TRIGGERS
from custom_sender.languages import language_of

SMS_TYPE: Final = "customSMSSenderRequestV1"
EMAIL_TYPE: Final = "customEmailSenderRequestV1"
UNKNOWN_TRIGGER: Final = "Unknown"

_SMS_PREFIX: Final = "CustomSMSSender_"
_EMAIL_PREFIX: Final = "CustomEmailSender_"

# Cognito's API model: UserPoolIdType at most 55, ClientIdType and UsernameType at most 128 characters. Narrower than
# the model in one thing: a client's id has a letter, so that a number or a code in its place is none.
_POOL_ID: Final = re.compile(r"[a-z][a-z0-9-]{1,30}_[0-9A-Za-z]{1,24}")
_CLIENT_ID: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_]{1,128}")
_TRIGGER: Final = re.compile(r"[A-Za-z]{1,62}[0-9]{0,2}")
_REGION: Final = re.compile(r"[a-z0-9-]{1,32}")
_USERNAME_LIMIT: Final = 128
# As many digits as the shortest telephone number. Ids with such a run are rare, and are logged with it masked.
# What users typed has no part in this: a number must not change what becomes of an event, or of its log line.
_PERHAPS_NUMBER: Final = re.compile(r"[0-9]{7,}")
# A pool has at most 50 custom and 20 standard attributes, a value at most 2048 characters.
_ATTRIBUTE_LIMIT: Final = 100
_ATTRIBUTE_NAME_LIMIT: Final = 64
_ATTRIBUTE_VALUE_LIMIT: Final = 2048


class BadEvent(ValueError):  # noqa: N818 - an outcome, like Undecryptable, not a programming error
    """The event cannot become a message. The text is a constant that names the field, never what the field holds."""


@dataclass(frozen=True, slots=True)
class EventIdentity:
    """What may be logged of any event, well-formed or not.

    Each field is checked against its alphabet, or None; digits that may be a telephone number are masked.
    """

    trigger: str | None
    user_pool_id: str | None
    client_id: str | None


@dataclass(frozen=True, slots=True)
class SenderEvent:
    """One message that Cognito wants sent.

    ``trigger`` is the part of ``triggerSource`` behind the prefix: ``SignUp``, ``Authentication``, … or a suffix that
    nobody knew when this was written. ``ciphertext`` is base64 as Cognito sent it, or None where there is no code.
    ``locale`` is the user's ``locale`` attribute if it is a language tag, without its extensions. ``client_id`` is
    empty where Cognito gives none.
    """

    trigger: str
    user_pool_id: str
    client_id: str
    region: str | None
    username: str = field(repr=False)
    user_sub: str | None = field(repr=False)
    phone_number: str = field(repr=False)
    ciphertext: str | None = field(repr=False)
    locale: str | None
    user_attributes: Mapping[str, str] = field(repr=False)
    client_metadata: Mapping[str, str] = field(repr=False)
    request_type: str | None


def identify(raw: object) -> EventIdentity:
    """The loggable part of an event that may be anything. Never raises."""
    source = raw if isinstance(raw, Mapping) else {}
    return EventIdentity(
        trigger=_trigger(source),
        user_pool_id=_masked(_user_pool_id(source)),
        client_id=_masked(_client_id(source)),
    )


def parse(raw: object) -> SenderEvent:
    """The event as a ``SenderEvent``. Raises ``BadEvent`` when there is no SMS to send in it.

    That is for what Cognito or its caller writes, and never for what users type: nobody may raise an alarm that way.
    """
    if not isinstance(raw, Mapping):
        raise BadEvent(
            "the event is not a JSON object: only Cognito's custom SMS sender trigger may invoke this function"
        )
    request = raw.get("request")
    if not isinstance(request, Mapping):
        raise BadEvent(
            "request is missing or not an object: only Cognito's custom SMS sender trigger may invoke this function"
        )
    request_type = request.get("type")
    _require_sms(raw.get("triggerSource"), request_type)
    user_pool_id = _user_pool_id(raw)
    if user_pool_id is None:
        raise BadEvent("userPoolId is missing or not a user pool's id")
    attributes = _attributes(request.get("userAttributes"))
    username = raw.get("userName")
    return SenderEvent(
        trigger=_trigger(raw) or UNKNOWN_TRIGGER,
        user_pool_id=user_pool_id,
        client_id=_client_id(raw) or "",
        region=_matching(raw.get("region"), _REGION),
        username=username[:_USERNAME_LIMIT] if isinstance(username, str) else "",
        user_sub=attributes.get("sub"),
        phone_number=_phone_number(request.get("userAttributes")),
        ciphertext=_ciphertext(request.get("code")),
        locale=language_of(attributes.get("locale")),
        user_attributes=attributes,
        client_metadata=_attributes(request.get("clientMetadata")),
        request_type=request_type if request_type in (SMS_TYPE, EMAIL_TYPE) else None,
    )


def _require_sms(trigger_source: object, request_type: object) -> None:
    """Is it an SMS event? ``request.type`` says so; where it is missing or of a later version, the prefix does.

    The Serverless Framework's documentation warns that ``triggerSource`` can be filled in by another trigger and tells
    to switch on ``request.type``; every real event seen has both in agreement. So either is enough, the type first.
    """
    prefix = trigger_source if isinstance(trigger_source, str) else ""
    if request_type == SMS_TYPE:
        return
    if request_type == EMAIL_TYPE or prefix.startswith(_EMAIL_PREFIX):
        raise BadEvent(
            "triggerSource is CustomEmailSender_*: this function does not handle e-mail yet. "
            "Take it out of the pool's lambda_config.custom_email_sender, or name a function there that sends e-mail"
        )
    if not prefix.startswith(_SMS_PREFIX):
        raise BadEvent(
            "triggerSource is not CustomSMSSender_* and request.type is not customSMSSenderRequestV1: "
            "this function belongs in the pool's lambda_config.custom_sms_sender and in no other trigger"
        )


def _phone_number(attributes: object) -> str:
    """Where the message goes: always ``phone_number``. Whether it is a number, ``guards.phone_number`` says.

    The event has no other place for it: for UpdateUserAttribute and VerifyUserAttribute too, Cognito puts the number
    that is to be verified into ``phone_number`` (AWS's sample handler reads it there for every trigger).
    """
    number = attributes.get("phone_number") if isinstance(attributes, Mapping) else None
    if number is None:
        raise BadEvent("request.userAttributes.phone_number is missing: the user has no number to send the message to")
    if not isinstance(number, str):
        raise BadEvent("request.userAttributes.phone_number is not a string")
    return number


def _ciphertext(code: object) -> str | None:
    if code is None or code == "":
        return None
    if not isinstance(code, str):
        raise BadEvent("request.code is neither null nor a string")
    return code


def _attributes(raw: object) -> Mapping[str, str]:
    """A read-only copy of what is well-formed. One odd attribute must not cost the user the code: it is left out."""
    if not isinstance(raw, Mapping):
        return MappingProxyType({})
    kept = {
        name: value
        for name, value in raw.items()
        if isinstance(name, str)
        and isinstance(value, str)
        and len(name) <= _ATTRIBUTE_NAME_LIMIT
        and len(value) <= _ATTRIBUTE_VALUE_LIMIT
    }
    return MappingProxyType(dict(list(kept.items())[:_ATTRIBUTE_LIMIT]))


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


class CodeMissing(ValueError):  # noqa: N818 - it ends as an outcome
    """The trigger's message is its code, and there is none. The text is a constant."""


def require_code(event: SenderEvent) -> None:
    """Raises ``CodeMissing`` when the trigger's message is its code and there is none."""
    if event.ciphertext is None and event.trigger in CODE_TRIGGERS:
        raise CodeMissing("request.code is null, and the message of this trigger is its code")


def identity(event: SenderEvent, message: bytes | None, request_id: str) -> str:
    """The message's id, 64 hexadecimal digits: the same in every retry of it, different for every code.

    Cognito's event has no id, but the encrypted ``message`` (``decryption.Decrypted``) is random for every code. Its
    bytes are hashed, and not the text that they came in: of that there may be several. Without a message there is only
    Lambda's ``request_id``, which asynchronous retries keep.
    """
    if message is None:
        source = "\n".join((event.user_pool_id, event.user_sub or event.username, event.trigger, request_id))
        message = source.encode("utf-8", "surrogatepass")
    return hashlib.sha256(message).hexdigest()
