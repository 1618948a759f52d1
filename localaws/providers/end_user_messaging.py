"""AWS End User Messaging SMS, operation SendTextMessage.

Source: botocore service model ``pinpoint-sms-voice-v2`` 2022-03-31 (AWS JSON 1.0; members, patterns and limits; error
shapes and the enumerations of their Reason).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from localaws.providers.aws import authorization_problem
from localaws.providers.wire import Answer, Request

TARGET = "PinpointSMSVoiceV2.SendTextMessage"

# Member: pattern of its text. The other members are checked one by one below.
TEXTS: Mapping[str, str] = {
    "DestinationPhoneNumber": r"\+?[1-9][0-9]{1,18}",
    "OriginationIdentity": r"[A-Za-z0-9_:/\+-]{1,256}",
    "MessageBody": r"(?!\s*$)[\s\S]{1,1600}",
    "MessageType": r"TRANSACTIONAL|PROMOTIONAL",
    "Keyword": r"[ \S]{1,30}",
    "ConfigurationSetName": r"[A-Za-z0-9_:/-]{1,256}",
    "MaxPrice": r"[0-9]{0,2}\.[0-9]{1,5}",
    "ProtectConfigurationId": r"[A-Za-z0-9_:/-]{1,256}",
}
OTHERS = frozenset({"TimeToLive", "Context", "DestinationCountryParameters", "DryRun", "MessageFeedbackEnabled"})

ERRORS: Mapping[str, int] = {
    "AccessDeniedException": 400,
    "ConflictException": 400,
    "InternalServerException": 500,
    "ResourceNotFoundException": 400,
    "ServiceQuotaExceededException": 400,
    "ThrottlingException": 400,
    "ValidationException": 400,
    "UnrecognizedClientException": 400,
    "ServiceUnavailableException": 503,
}


def read(request: Request, region: str) -> Mapping[str, Any] | str:
    """The request's members, or what is wrong with it."""
    found = members_of(request, region, TARGET)
    return found if isinstance(found, str) else _problem(found) or found


def members_of(request: Request, region: str, target: str) -> dict[str, Any] | str:
    """The JSON object of a call of this service's operation ``target``, or what is wrong with the request."""
    problem = authorization_problem(request.headers, "sms-voice", region)
    if problem is not None:
        return problem
    if (request.method, request.target) != ("POST", "/"):
        return "every call is a POST to /"
    if request.headers.get("content-type") != "application/x-amz-json-1.0":
        return "the content type is application/x-amz-json-1.0"
    if request.headers.get("x-amz-target") != target:
        return f"X-Amz-Target must be {target}"
    members = json.loads(request.body)
    return members if isinstance(members, dict) else "the body is a JSON object"


def _problem(members: Mapping[str, Any]) -> str | None:
    unknown = set(members) - set(TEXTS) - OTHERS
    if unknown:
        return f"unknown members {sorted(unknown)}"
    for name, pattern in TEXTS.items():
        if name in members and not (isinstance(members[name], str) and re.fullmatch(pattern, members[name])):
            return f"{name} does not match {pattern}"
    for name in ("DestinationPhoneNumber", "MessageBody"):
        if name not in members:
            return f"{name} is missing"
    common = common_problem(members)
    if common is not None:
        return common
    if not is_map(members.get("DestinationCountryParameters", {}), 10, r"IN_TEMPLATE_ID|IN_ENTITY_ID", r"\S{1,64}"):
        return "DestinationCountryParameters has IN_TEMPLATE_ID and IN_ENTITY_ID"
    return None


def common_problem(members: Mapping[str, Any]) -> str | None:
    """What is wrong with the members that all sending operations have."""
    life = members.get("TimeToLive", 259_200)
    if not isinstance(life, int) or not 5 <= life <= 259_200:
        return "TimeToLive is from 5 to 259200"
    if not is_map(members.get("Context", {}), 5, r"\S{1,100}", r"(?!\s)[\s\S]{1,800}(?<!\s)"):
        return "Context has at most 5 pairs of texts"
    return None


def is_map(value: object, most: int, key: str, text: str) -> bool:
    """Whether the value is a map of texts with at most so many pairs."""
    return (
        isinstance(value, dict)
        and len(value) <= most
        and all(re.fullmatch(key, k) and isinstance(v, str) and re.fullmatch(text, v) for k, v in value.items())
    )


def accepted(message_id: str | None = None) -> Answer:
    """SendTextMessageResult."""
    return _json(200, {"MessageId": message_id or str(uuid.uuid4())})


def error(code: str, reason: str | None = None, fields: tuple[str, ...] = (), message: str = "refused") -> Answer:
    """An error of the JSON protocol, with the members that its shape has."""
    body: dict[str, Any] = {"__type": f"com.amazonaws.pinpointsmsvoicev2#{code}", "Message": message}
    if reason is not None:
        body["Reason"] = reason
    if fields:
        body["Fields"] = [{"Name": name, "Message": message} for name in fields]
    return _json(ERRORS[code], body)


def answer(request: Request, region: str) -> Answer:
    """What the service answers: success, or the error that names what is wrong."""
    members = read(request, region)
    if isinstance(members, str):
        return error("ValidationException", "INVALID_REQUEST", message=members)
    return accepted()


def _json(status: int, body: Mapping[str, Any]) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.0"})
