"""AWS's own ways to people: SNS ``Publish`` to a number; End User Messaging's ``SendTextMessage``, and its Notify; SES.

moto does not know End User Messaging. Requests are checked against the very model that botocore ships (names, types,
required members, lengths, patterns, enumerations), because the client itself checks only a part of it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Final

from botocore.model import OperationModel
from botocore.session import get_session
from moto.ses.models import ses_backends

from localaws.inbox import Inbox
from localaws.providers import notify, ses
from localaws.providers.shapes import check_shape
from localaws.wire import Call, Response, ServiceError, json_response, query_response

_SNS_NAMESPACE: Final = "http://sns.amazonaws.com/doc/2010-03-31/"
_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_SMS_BYTES: Final = 1600

Forward = Callable[[Call], Response]


class SnsSms:
    """SNS, when the target is a phone number; everything else is moto's."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def handle(self, call: Call, forward: Forward) -> Response:
        """Answer ``Publish`` to a number.

        :raises ServiceError: InvalidParameter, as SNS answers.
        """
        number = call.form.get("PhoneNumber")
        if call.action != "Publish" or number is None:
            return forward(call)
        text = call.form.get("Message", "")
        if not _E164.fullmatch(number):
            raise _invalid("Invalid parameter: PhoneNumber Reason: The number is not a valid phone number")
        if not text:
            raise _invalid("Invalid parameter: Empty message")
        if len(text.encode()) > _SMS_BYTES:
            raise _invalid("Invalid parameter: Message too long")
        attributes = dict(_attributes(call.form))
        for name, value in attributes.items():
            _check_attribute(name, value)
        message_id = str(uuid.uuid4())
        self._inbox.deliver("sns", number, text, {"message_id": message_id, "region": call.region, **attributes})
        return query_response(call, _SNS_NAMESPACE, {"MessageId": message_id})


def _attributes(form: dict[str, str]) -> Iterator[tuple[str, str]]:
    for index in range(1, 100):
        prefix = f"MessageAttributes.entry.{index}"
        if f"{prefix}.Name" not in form:
            return
        name = form[f"{prefix}.Name"]
        kind = form.get(f"{prefix}.Value.DataType")
        if kind not in {"String", "Number"} or not form.get(f"{prefix}.Value.StringValue"):
            raise _invalid(f"Invalid parameter: The message attribute '{name}' must contain a non-empty value and type")
        if (kind == "Number") != (name == "AWS.SNS.SMS.MaxPrice"):
            raise _invalid(f"Invalid parameter: The message attribute '{name}' has the wrong type {kind}")
        yield name, form[f"{prefix}.Value.StringValue"]


# https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
_SMS_ATTRIBUTES: Final = {
    "AWS.SNS.SMS.SenderID": re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}"),
    "AWS.SNS.SMS.SMSType": re.compile(r"Promotional|Transactional"),
    "AWS.SNS.SMS.MaxPrice": re.compile(r"\d+(\.\d+)?"),
    "AWS.MM.SMS.OriginationNumber": re.compile(r"\+?\d{5,14}"),
    "AWS.MM.SMS.EntityId": re.compile(r"[A-Za-z0-9_-]{1,50}"),
    "AWS.MM.SMS.TemplateId": re.compile(r"[A-Za-z0-9_-]{1,50}"),
}


def _check_attribute(name: str, value: str) -> None:
    pattern = _SMS_ATTRIBUTES.get(name)
    if pattern is None:
        raise _invalid(f"Invalid parameter: {name} is no attribute of an SMS")
    if not pattern.fullmatch(value):
        raise _invalid(f"Invalid parameter: {name} Reason: invalid value")


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameter", message, 400)


class EndUserMessaging:
    """``pinpoint-sms-voice-v2``: SendTextMessage and SendNotifyTextMessage. Other operations are refused."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        model = get_session().get_service_model("pinpoint-sms-voice-v2")
        self._operations: dict[str, OperationModel] = {
            name: model.operation_model(name) for name in ("SendTextMessage", "SendNotifyTextMessage")
        }

    def handle(self, call: Call) -> Response:
        """Answer one call.

        :raises ServiceError: ValidationException and its kin.
        """
        operation = self._operations.get(call.action)
        if operation is None:
            raise ServiceError("UnknownOperationException", f"{call.action} is not modeled by the embedded AWS")
        request = call.json
        problems = list(check_shape(operation.input_shape, request, ""))
        if problems:
            raise ServiceError(
                "ValidationException",
                "; ".join(message for _, message in problems),
                400,
                {
                    "Reason": "FIELD_VALIDATION_FAILED",
                    "Fields": [{"Name": name, "Message": message} for name, message in problems],
                },
            )
        if call.action == "SendNotifyTextMessage":
            answer = json.loads(notify.accepted(request).body)
            channel, text = "notify", notify.text_of(request)
        else:
            answer = {"MessageId": str(uuid.uuid4())}
            channel, text = "end_user_messaging", str(request.get("MessageBody", ""))
        if not request.get("DryRun"):
            meta = {name: value for name, value in request.items() if name not in _NOT_META}
            meta.update(message_id=answer["MessageId"], region=call.region)
            self._inbox.deliver(channel, str(request["DestinationPhoneNumber"]), text, meta)
        return json_response(answer)


class Ses:
    """SES v2: ``SendEmail``. Everything else is moto's, where an identity is verified as soon as it is made."""

    def __init__(self, account: str, inbox: Inbox) -> None:
        self._account = account
        self._inbox = inbox

    def handle(self, call: Call, forward: Forward) -> Response:
        """Answer one call.

        :raises ServiceError: what SES would answer.
        """
        if (call.method, call.path) != ("POST", ses.PATH):
            return forward(call)
        backend = ses_backends[self._account][call.region]
        prefix = f"arn:{backend.partition}:ses:{call.region}:{self._account}"
        account = ses.Account(
            identities={f"{prefix}:identity/{name}" for name in backend.email_identities},
            configuration_sets=set(backend.config_sets),
        )
        mail = ses.judge(call.json, call.region, account)
        if isinstance(mail, ses.Refused):
            raise ServiceError(mail.code, mail.message, ses.ERRORS[mail.code])
        answer = ses.accepted()
        meta = {
            "subject": mail.subject,
            "html": mail.html,
            "from": mail.sender,
            "reply_to": mail.reply_to,
            "headers": dict(mail.headers),
            "configuration_set": call.json.get("ConfigurationSetName"),
            "message_id": json.loads(answer.body)["MessageId"],
            "region": call.region,
        }
        self._inbox.deliver("ses", mail.to, mail.text, meta)
        return Response(answer.status, answer.body, tuple(answer.headers.items()))


_NOT_META: Final = frozenset({"DestinationPhoneNumber", "MessageBody", "TemplateVariables"})
