"""AWS End User Messaging Notify, operation SendNotifyTextMessage.

Sources: botocore service model ``pinpoint-sms-voice-v2`` 2022-03-31 (AWS JSON 1.0; members, patterns and limits; error
shapes and the enumerations of their Reason); https://docs.aws.amazon.com/sms-voice/latest/userguide/notify-templates.html
(the variable ``code``), https://docs.aws.amazon.com/sms-voice/latest/userguide/notify-send-messages.html (the answer).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from localaws.providers.end_user_messaging import common_problem, error, is_map, members_of
from localaws.providers.wire import Answer, Request

TARGET = "PinpointSMSVoiceV2.SendNotifyTextMessage"

# Member: pattern of its text. The other members are checked one by one below.
TEXTS: Mapping[str, str] = {
    "NotifyConfigurationId": r"[A-Za-z0-9_:/-]{1,256}",
    "DestinationPhoneNumber": r"\+?[1-9][0-9]{1,18}",
    "TemplateId": r"[A-Za-z0-9_-]{0,256}",
    "ConfigurationSetName": r"[A-Za-z0-9_:/-]{1,256}",
}
REQUIRED = ("NotifyConfigurationId", "DestinationPhoneNumber", "TemplateVariables")
OTHERS = frozenset({"TemplateVariables", "TimeToLive", "Context", "DryRun", "MessageFeedbackEnabled"})
DEFAULT_TEMPLATE = "notify-code-verification-english-001"


def read(request: Request, region: str) -> Mapping[str, Any] | str:
    """The request's members, or what is wrong with it."""
    members = members_of(request, region, TARGET)
    if isinstance(members, str):
        return members
    return _problem(members) or members


def _problem(members: Mapping[str, Any]) -> str | None:
    unknown = set(members) - set(TEXTS) - OTHERS
    if unknown:
        return f"unknown members {sorted(unknown)}"
    for name in REQUIRED:
        if name not in members:
            return f"{name} is missing"
    for name, pattern in TEXTS.items():
        if name in members and not (isinstance(members[name], str) and re.fullmatch(pattern, members[name])):
            return f"{name} does not match {pattern}"
    if not is_map(members["TemplateVariables"], 20, r"[A-Za-z0-9_]{1,64}", r"[\s\S]{1,2048}"):
        return "TemplateVariables has at most 20 pairs of texts"
    return common_problem(members)


def text_of(members: Mapping[str, Any]) -> str:
    """The text that AWS makes of the template: the double has one template, with whatever variables it is given."""
    return " ".join(members["TemplateVariables"].values()) + " is your verification code."


def accepted(members: Mapping[str, Any], message_id: str | None = None) -> Answer:
    """SendNotifyTextMessageResult. Like the real one it has the whole text, and with it the code."""
    body = {
        "MessageId": message_id or str(uuid.uuid4()),
        "TemplateId": members.get("TemplateId", DEFAULT_TEMPLATE),
        "ResolvedMessageBody": text_of(members),
    }
    return Answer(200, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.0"})


def answer(request: Request, region: str) -> Answer:
    """What the service answers: success, or the error that names what is wrong."""
    members = read(request, region)
    if isinstance(members, str):
        return error("ValidationException", "INVALID_REQUEST", message=members)
    return accepted(members)
