"""Amazon SES, operation SendEmail of version 2, as strict as AWS: what it sends must belong to a verified identity.

Sources: botocore service model ``sesv2`` 2019-09-27 (names, types, patterns, lengths; error shapes and their statuses);
https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html (texts of the errors);
https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-delegate-sender-tasks-email.html (the Region is that of
the identity's ARN); https://docs.aws.amazon.com/ses/latest/dg/header-fields.html (header fields that SES writes);
https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html (accepted, and not sent); the notes of
version 1's model about 7 bits: addresses and names beyond ASCII only as Punycode and as encoded words.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.utils import getaddresses
from functools import cache
from typing import Any

from botocore.session import get_session

from localaws.providers.aws import authorization_problem
from localaws.providers.shapes import check_shape
from localaws.providers.wire import Answer, Request

PATH = "/v2/email/outbound-emails"

ERRORS: Mapping[str, int] = {
    "AccessDeniedException": 403,
    "AccountSuspendedException": 400,
    "BadRequestException": 400,
    "InternalServerError": 500,
    "LimitExceededException": 400,
    "MailFromDomainNotVerifiedException": 400,
    "MessageRejected": 400,
    "NotFoundException": 404,
    "SendingPausedException": 400,
    "ServiceUnavailable": 503,
    "ThrottlingException": 400,
    "TooManyRequestsException": 429,
}
# SES writes these itself; a header of the customer's with such a name is refused.
_RESERVED = frozenset(
    {"bcc", "cc", "content-type", "content-transfer-encoding", "date", "from", "message-id", "mime-version", "reply-to"}
    | {"return-path", "sender", "subject", "to"}
)


@dataclass(slots=True)
class Account:
    """What SES knows of a customer: ARNs of verified identities, names of sets and tenants, suppressed addresses."""

    identities: set[str] = field(default_factory=set)
    configuration_sets: set[str] = field(default_factory=set)
    tenants: set[str] = field(default_factory=set)
    suppressed: set[str] = field(default_factory=set)
    sandbox: bool = False

    def has_verified(self, address: str, region: str) -> bool:
        """Whether the address, or its domain, or a domain above it is a verified identity in this Region."""
        names = {arn.partition("identity/")[2] for arn in self.identities if arn.split(":")[3] == region}
        return any(_belongs(address, name) for name in names)


@dataclass(frozen=True, slots=True)
class Mail:
    """An accepted mail. ``suppressed``: it goes nowhere, and nobody is told."""

    to: str
    sender: str
    reply_to: str | None
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """An error of SES."""

    code: str
    message: str


def judge(members: Mapping[str, Any], region: str, account: Account) -> Mail | Refused:
    """The mail that SES makes of the members of a SendEmail, or its refusal."""
    problems = [message for _, message in check_shape(_shape(), members, "")]
    if problems:
        return Refused("BadRequestException", "; ".join(problems))
    simple = members["Content"].get("Simple")
    if simple is None or set(simple["Body"]) != {"Text", "Html"}:
        return Refused("BadRequestException", "this product sends Content.Simple with a text and HTML")
    parts = {"subject": simple["Subject"], "text": simple["Body"]["Text"], "html": simple["Body"]["Html"]}
    if any(part.get("Charset") != "UTF-8" and not part["Data"].isascii() for part in parts.values()):
        return Refused("BadRequestException", "Data beyond ASCII needs a Charset")
    if any(header["Name"].lower() in _RESERVED for header in simple.get("Headers", ())):
        return Refused("BadRequestException", "Header not allowed")
    destination = members.get("Destination", {})
    to = destination.get("ToAddresses", [])
    if len(to) != 1 or len(destination) != 1:
        return Refused("BadRequestException", "this product sends to one recipient")
    addresses = [*to, members.get("FromEmailAddress", ""), *members.get("ReplyToAddresses", ())]
    for written in addresses:
        problem = _address_problem(written)
        if problem is not None:
            return Refused("BadRequestException", problem)
    refused = _sender_problem(members, region, account)
    if refused is not None:
        return refused
    name = members.get("ConfigurationSetName")
    if name is not None and name not in account.configuration_sets:
        return Refused("NotFoundException", f"Configuration set <{name}> does not exist.")
    tenant = members.get("TenantName")
    if tenant is not None and tenant not in account.tenants:
        return Refused("NotFoundException", f"Tenant <{tenant}> does not exist.")
    if account.sandbox and not account.has_verified(to[0], region):
        return _unverified(region, to[0])
    return Mail(
        to=to[0],
        sender=str(make_header(decode_header(members["FromEmailAddress"]))),
        reply_to=next(iter(members.get("ReplyToAddresses", ())), None),
        subject=parts["subject"]["Data"],
        text=parts["text"]["Data"],
        html=parts["html"]["Data"],
        headers={header["Name"]: header["Value"] for header in simple.get("Headers", ())},
        suppressed=to[0].lower() in account.suppressed,
    )


def read(request: Request, region: str, account: Account) -> Mail | Refused:
    """The mail of a request, or what is wrong with it."""
    problem = authorization_problem(request.headers, "ses", region)
    if problem is None and (request.method, request.target) != ("POST", PATH):
        problem = f"SendEmail is a POST to {PATH}"
    if problem is None and not request.headers.get("content-type", "").startswith("application/json"):
        problem = "the content type is application/json"
    if problem is not None:
        return Refused("BadRequestException", problem)
    return judge(json.loads(request.body), region, account)


def answer(request: Request, region: str, account: Account) -> Answer:
    """What SES answers: a message id, or the error that names what is wrong."""
    found = read(request, region, account)
    return error(found.code, found.message) if isinstance(found, Refused) else accepted()


def message_id() -> str:
    """An id as SES makes them: the time in milliseconds, a UUID, a number."""
    return f"0107{uuid.uuid4().hex[:12]}-{uuid.uuid4()}-000000"


def accepted() -> Answer:
    """SendEmailResponse."""
    return _json(200, {"MessageId": message_id()})


def error(code: str, message: str = "refused") -> Answer:
    """An error of the REST protocol in JSON."""
    return _json(ERRORS[code], {"message": message}, {"x-amzn-ErrorType": code})


def _sender_problem(members: Mapping[str, Any], region: str, account: Account) -> Refused | None:
    written = members["FromEmailAddress"]
    ((_, sender),) = getaddresses([written])
    arn = members.get("FromEmailAddressIdentityArn")
    if arn is None:
        return None if account.has_verified(sender, region) else _unverified(region, written, sender)
    if arn.split(":")[3] != region:
        return Refused("BadRequestException", "The identity's ARN is of another Region")
    if not _belongs(sender, arn.partition("identity/")[2]):
        return Refused("BadRequestException", "The From address is not of the identity")
    return None if arn in account.identities else _unverified(region, written, sender)


def _belongs(address: str, identity: str) -> bool:
    domain = address.rpartition("@")[2].lower()
    name = identity.lower()
    return address.lower() == name or domain == name or domain.endswith(f".{name}")


def _unverified(region: str, *identities: str) -> Refused:
    failed = ", ".join(dict.fromkeys(identities))
    return Refused(
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region "
        f"{region.upper()}: {failed}",
    )


def _address_problem(written: str) -> str | None:
    """What Java's InternetAddress says of an address with or without a name."""
    if not written.isascii():
        return "Local address contains illegal character"
    found = getaddresses([written])
    address = found[0][1] if len(found) == 1 else ""
    local, at, domain = address.rpartition("@")
    if not at:
        return "Missing final '@domain'"
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", local):
        return "Local address contains illegal character"
    if not re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]+", domain):
        return "Domain contains illegal character"
    return None


@cache
def _shape() -> Any:
    return get_session().get_service_model("sesv2").operation_model("SendEmail").input_shape


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
