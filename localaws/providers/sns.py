"""Amazon SNS, operation Publish, as the function uses it: to a phone number and to a topic.

Sources: botocore service model ``sns`` 2010-03-31 (AWS Query protocol, error codes and statuses);
https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html (the SMS attributes, their types and limits);
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html (Subject: less than 100 characters, no control characters).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from localaws.providers.aws import authorization_problem
from localaws.providers.wire import Answer, Request

NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"

# Attribute: data type and form.
SMS_ATTRIBUTES: Mapping[str, tuple[str, str]] = {
    "AWS.SNS.SMS.SenderID": ("String", r"(?=.*[A-Za-z])[A-Za-z0-9_-]{1,11}"),
    "AWS.SNS.SMS.SMSType": ("String", r"Promotional|Transactional"),
    "AWS.SNS.SMS.MaxPrice": ("Number", r"[0-9]+(\.[0-9]+)?"),
    "AWS.MM.SMS.OriginationNumber": ("String", r"\+?[0-9]{5,15}"),
    "AWS.MM.SMS.EntityId": ("String", r"\S{1,50}"),
    "AWS.MM.SMS.TemplateId": ("String", r"\S{1,50}"),
}

# Code: HTTP status, who is at fault. From the model's error shapes, and AWS's common errors.
ERRORS: Mapping[str, tuple[int, str]] = {
    "InvalidParameter": (400, "Sender"),
    "ParameterValueInvalid": (400, "Sender"),
    "InternalError": (500, "Receiver"),
    "NotFound": (404, "Sender"),
    "EndpointDisabled": (400, "Sender"),
    "PlatformApplicationDisabled": (400, "Sender"),
    "AuthorizationError": (403, "Sender"),
    "KMSDisabled": (400, "Sender"),
    "KMSInvalidState": (400, "Sender"),
    "KMSNotFound": (400, "Sender"),
    "KMSOptInRequired": (403, "Sender"),
    "KMSThrottling": (400, "Sender"),
    "KMSAccessDenied": (400, "Sender"),
    "InvalidSecurity": (403, "Sender"),
    "ValidationException": (400, "Sender"),
    "Throttling": (400, "Sender"),
    "InvalidClientTokenId": (403, "Sender"),
    "SignatureDoesNotMatch": (403, "Sender"),
    "ServiceUnavailable": (503, "Receiver"),
}


@dataclass(frozen=True, slots=True)
class Published:
    """An accepted Publish."""

    parameters: Mapping[str, str]
    attributes: Mapping[str, tuple[str, str]]


def read(request: Request, region: str) -> Published | str:
    """The request's content, or what is wrong with it."""
    problem = authorization_problem(request.headers, "sns", region)
    if problem is not None:
        return problem
    if (request.method, request.target) != ("POST", "/"):
        return "Publish is a POST to /"
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "the AWS Query protocol is form-encoded"
    parameters: dict[str, str] = {}
    entries: dict[str, dict[str, str]] = {}
    for name, value in parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, strict_parsing=True):
        entry = re.fullmatch(r"MessageAttributes\.entry\.(\d+)\.(Name|Value\.DataType|Value\.StringValue)", name)
        target = parameters if entry is None else entries.setdefault(entry[1], {})
        key = name if entry is None else entry[2]
        if key in target:
            return f"{name} is given twice"
        target[key] = value
    if any(len(entry) != 3 for entry in entries.values()):
        return "a message attribute has a name, a data type and a value"
    attributes = {entry["Name"]: (entry["Value.DataType"], entry["Value.StringValue"]) for entry in entries.values()}
    published = Published(parameters, attributes)
    return _problem(published) or published


def _problem(published: Published) -> str | None:
    parameters = published.parameters
    if (parameters.get("Action"), parameters.get("Version")) != ("Publish", "2010-03-31"):
        return "not Publish of 2010-03-31"
    if not parameters.get("Message"):
        return "Message is missing"
    if any(not value for _, value in published.attributes.values()):
        return "a message attribute must not be empty"
    if "PhoneNumber" in parameters:
        return _sms_problem(published)
    return _topic_problem(parameters)


def _sms_problem(published: Published) -> str | None:
    unknown = set(published.parameters) - {"Action", "Version", "PhoneNumber", "Message"}
    if unknown:
        return f"not a parameter of a text message: {sorted(unknown)}"
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", published.parameters["PhoneNumber"]):
        return "PhoneNumber is not in E.164"
    for name, (kind, value) in published.attributes.items():
        if name not in SMS_ATTRIBUTES:
            return f"unknown SMS attribute {name}"
        wanted, form = SMS_ATTRIBUTES[name]
        if kind != wanted or not re.fullmatch(form, value):
            return f"{name} must be a {wanted} of the form {form}"
    return None


def _topic_problem(parameters: Mapping[str, str]) -> str | None:
    unknown = set(parameters) - {"Action", "Version", "TopicArn", "Message", "Subject"}
    if unknown:
        return f"not a parameter of a topic's message: {sorted(unknown)}"
    if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+", parameters.get("TopicArn", "")):
        return "TopicArn is not a topic's ARN"
    subject = parameters.get("Subject", "-")
    if not 0 < len(subject) < 100 or not subject.isprintable():
        return "Subject must have less than 100 characters and no control characters"
    return None


def accepted(message_id: str | None = None) -> Answer:
    """PublishResponse."""
    identifier = message_id or str(uuid.uuid4())
    return _xml(
        200,
        f'<PublishResponse xmlns="{NAMESPACE}"><PublishResult><MessageId>{identifier}</MessageId></PublishResult>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></PublishResponse>",
    )


def error(code: str, message: str = "refused") -> Answer:
    """ErrorResponse of the AWS Query protocol."""
    status, kind = ERRORS[code]
    return _xml(
        status,
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{kind}</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>",
    )


def answer(request: Request, region: str) -> Answer:
    """What SNS answers: success, or the error that names what is wrong."""
    published = read(request, region)
    return error("ValidationException", published) if isinstance(published, str) else accepted()


def _xml(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), {"Content-Type": "text/xml"})
