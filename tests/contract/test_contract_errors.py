"""What each code that a provider documents means, and what follows from it: all codes of all tables.

The expectations are the providers' words, taken from their pages and not from the product's tables. A code that one of
the two lacks fails here, and so does one whose class or consequence has changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.loaders import Loader

from contract.conftest import StartRig
from contract.rig import SETUPS, Rig
from custom_sender.network.requests import AwsResponse
from custom_sender.outcome import POLICY, Outcome
from custom_sender.senders import answers, ses, slack, sns, twilio, twilio_verify, vonage, whatsapp
from custom_sender.senders import end_user_messaging as eum
from custom_sender.senders.http import PRESETS
from localaws.providers.wire import Answer
from support.configured import create

SENT = Outcome.SENT
REJECTED = Outcome.REJECTED_NUMBER
REJECTED_ADDRESS = Outcome.REJECTED_ADDRESS
OPTED_OUT = Outcome.OPTED_OUT
BLOCKED = Outcome.BLOCKED_BY_PROVIDER
CONFIG = Outcome.PROVIDER_CONFIG
QUOTA = Outcome.PROVIDER_QUOTA
THROTTLED = Outcome.PROVIDER_THROTTLED
DOWN = Outcome.PROVIDER_DOWN
AMBIGUOUS = Outcome.AMBIGUOUS

# Is the next sender asked? With none left, does Lambda try again? Or is the message over?
FOLLOWS: Mapping[Outcome, tuple[bool, bool, bool]] = {
    SENT: (False, False, True),
    # No other provider reaches the number, and a fraud filter is right for all of them.
    REJECTED: (False, False, True),
    REJECTED_ADDRESS: (False, False, True),
    OPTED_OUT: (False, False, True),
    BLOCKED: (False, False, True),
    # Not within the minutes of a retry.
    CONFIG: (True, False, True),
    QUOTA: (True, False, True),
    # Nothing was sent, and it passes.
    THROTTLED: (True, True, False),
    DOWN: (True, True, False),
    # Perhaps sent: another sender may, the same one never again.
    AMBIGUOUS: (True, False, True),
}

Expected = Mapping[Outcome, str]

# https://www.twilio.com/docs/api/errors and the page of each code.
TWILIO: Expected = {
    REJECTED: "21211 21214 21217 21265 21614 21635",
    OPTED_OUT: "21610",
    BLOCKED: "30450 60410",
    CONFIG: """
        20003 20006 20403 20404 21212 21266 21401 21408 21601 21606 21608 21612 21616 21617 21624 21659 21660 21701
        21703 21704 21705 30029 30030 70051 90007
    """,
    QUOTA: "10001 30002 63038",
    THROTTLED: "20429 21611 63017",
    DOWN: "20503 21702 21730",
    AMBIGUOUS: "20500",
}

# https://www.twilio.com/docs/verify/api/error-codes , beside those of all of Twilio's APIs. 60207 is no rate: the
# Service has as many rate limits configured as it may have.
TWILIO_VERIFY: Expected = {
    **TWILIO,
    REJECTED: TWILIO[REJECTED] + " 60205 60600 60610 60612 60625",
    BLOCKED: TWILIO[BLOCKED] + " 60238 60412",
    CONFIG: TWILIO[CONFIG]
    + """
        60200 60201 60204 60207 60217 60220 60223 60224 60226 60227 60228 60229 60230 60240 60242 60247 60248 60250
        60408 60428 60602 60605 68008
    """,
    QUOTA: TWILIO[QUOTA] + " 60203 60245 60611 60624",
    THROTTLED: TWILIO[THROTTLED] + " 60212 60616 60626",
}

# https://developer.vonage.com/en/api-errors and /en/api-errors/messages . 1482 is India's content id, and Fraud
# Defender has 1470 (blocked prefix), 1472 (burst) and 1473 (artificial traffic).
VONAGE: Expected = {
    REJECTED: "1040 1050 1170 1190 1280 1430",
    OPTED_OUT: "1240",
    BLOCKED: "1210 1470 1472 1473",
    CONFIG: """
        1010 1020 1060 1080 1090 1120 1130 1140 1160 1250 1420 1482
        unauthorized forbidden not-found unprovisioned account-suspended
    """,
    QUOTA: "1070 low-balance",
    THROTTLED: "1000 1241 throttled",
    DOWN: "1100",
    AMBIGUOUS: "1030",
    SENT: "1320",
}

# https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes . A number without
# WhatsApp (131026), or one that Meta spares (131049, 130472), can get an SMS from the next sender.
WHATSAPP: Expected = {
    OPTED_OUT: "131050",
    CONFIG: "0 3 10 33 100 190 368 130472 130497 131005 131008 131009 131021 131026 131030 131031 131045 131047 131049 "
    "131051 132000 132001 132005 132007 132012 132015 132016 133010 134011 " + " ".join(map(str, range(200, 300))),
    QUOTA: "131042 131048",
    THROTTLED: "4 80007 130429 131056",
    DOWN: "2 131016 131057 133004",
    AMBIGUOUS: "1 131000",
}

# https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks
SLACK: Expected = {
    CONFIG: """
        action_prohibited channel_is_archived channel_not_found invalid_payload invalid_token no_active_hooks no_service
        no_service_id no_team no_text posting_to_general_channel_denied team_disabled user_not_found
    """,
    THROTTLED: "rate_limited",
    AMBIGUOUS: "rollup_error",
}

# The page "Common Errors" of AWS's API references, and the codes that botocore's standard mode takes for throttling.
AWS: Expected = {
    CONFIG: """
        AccessDenied AccessDeniedException ExpiredToken ExpiredTokenException IncompleteSignature
        IncompleteSignatureException InvalidAction InvalidClientTokenId InvalidSignatureException
        MissingAuthenticationToken MissingAuthenticationTokenException NotAuthorized NotAuthorizedException
        NotFoundException OptInRequired RequestExpired ResourceNotFoundException SignatureDoesNotMatch
        UnknownOperationException UnrecognizedClientException ValidationError ValidationException
    """,
    THROTTLED: """
        RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown Throttled ThrottledException Throttling
        ThrottlingException TooManyRequestsException
    """,
    DOWN: "ServiceUnavailable ServiceUnavailableException",
    AMBIGUOUS: "InternalErrorException InternalFailure InternalServerError InternalServiceError",
}

# botocore's model of SNS: the errors of Publish. InvalidParameter without the number's name is about the settings.
SNS: Expected = {
    CONFIG: """
        AuthorizationError EndpointDisabled InvalidParameter InvalidSecurity KMSAccessDenied KMSDisabled KMSInvalidState
        KMSNotFound KMSOptInRequired NotFound ParameterValueInvalid PlatformApplicationDisabled
    """,
    THROTTLED: "KMSThrottling",
    AMBIGUOUS: "InternalError",
}

# botocore's model of pinpoint-sms-voice-v2: the errors of SendTextMessage and SendNotifyTextMessage.
END_USER_MESSAGING: Expected = {
    CONFIG: "AccessDeniedException ConflictException ResourceNotFoundException ValidationException",
    QUOTA: "ServiceQuotaExceededException",
    THROTTLED: "ThrottlingException",
    AMBIGUOUS: "InternalServerException",
}
# Four of them are what any service may answer with.
OF_EUM = {
    *eum.ERRORS,
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "ValidationException",
}
# Of the reasons that the model knows for each of them, those that mean something else than their error.
REASONS: Mapping[Outcome, str] = {
    OPTED_OUT: "ConflictException:DESTINATION_PHONE_NUMBER_OPTED_OUT",
    BLOCKED: """
        ConflictException:DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION
        ConflictException:DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE
        ValidationException:DESTINATION_COUNTRY_BLOCKED
    """,
    QUOTA: "ValidationException:PRICE_OVER_THRESHOLD",
}

# botocore's model of sesv2: the errors of SendEmail. What their texts change is in test_contract_ses.py.
SES: Expected = {
    CONFIG: """
        AccountSuspendedException BadRequestException MailFromDomainNotVerifiedException MessageRejected
        SendingPausedException
    """,
    QUOTA: "LimitExceededException",
}

# https://developers.telnyx.com/docs/messaging/messages/error-codes and /development/api-fundamentals/api-errors ; what
# stands behind the "@" is what the error points at.
TELNYX: Expected = {
    OPTED_OUT: "40300",
    REJECTED: "40001 40012 40310 40319 10002@/to 10016@/to 10002@/to/0",
    BLOCKED: "40002 40003 40015",
    QUOTA: "20100",
    THROTTLED: "10011 40011 40318",
    CONFIG: """
        10001 10002 10002@/from 10004 10005 10006 10009 10010 10014 10015 10016 10016@/from 10017 10023 40009 40010
        40013 40100 40150 40301 40302 40304 40305 40306 40308 40309 40311 40312 40313 40314 40315 40316 40320 40321
    """,
}

# https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes : the status of a message in a
# 200. 87 is its protection against fraud.
INFOBIP: Expected = {
    OPTED_OUT: "10 14",
    REJECTED: "8 52",
    BLOCKED: "20 87",
    QUOTA: "12 17",
    DOWN: "21",
    AMBIGUOUS: "23",
    CONFIG: "6 11 13 18 19 24 25 51",
}

# https://developers.messagebird.com/api/#api-errors ; behind the "@" is the parameter that it is about.
MESSAGEBIRD: Expected = {
    CONFIG: """
        2 9 10 20 21 9@originator 10@originator 9@body 10@body 9@validity 10@validity 9@datacoding 10@datacoding
    """,
    REJECTED: "9@recipient 10@recipient 9@recipients 10@recipients",
    QUOTA: "25",
}

# https://developers.sinch.com/docs/sms/api-reference/status-codes
SINCH: Expected = {
    REJECTED: "illegal_number_type",
    CONFIG: """
        blocked_account missing_callback_url syntax_constraint_violation syntax_invalid_json
        syntax_invalid_parameter_format unknown_campaign unknown_group
    """,
}

# https://resend.com/docs/api-reference/errors ; behind the "@" is what the text says.
RESEND: Expected = {
    REJECTED_ADDRESS: "validation_error@Invalid_`to`_field.",
    QUOTA: "daily_quota_exceeded monthly_quota_exceeded",
    THROTTLED: "rate_limit_exceeded",
    AMBIGUOUS: "concurrent_idempotent_requests invalid_idempotent_request",
    CONFIG: """
        invalid_access invalid_api_key invalid_attachment invalid_from_address invalid_idempotency_key
        invalid_parameter invalid_region invalid_to_address method_not_allowed missing_api_key missing_required_field
        not_found restricted_api_key security_error validation_error
    """,
}

# https://postmarkapp.com/developer/api/overview , and the texts that django-anymail knows of code 300.
POSTMARK: Expected = {
    OPTED_OUT: "406",
    REJECTED_ADDRESS: "300@Invalid_'To'_address: 300@Error_parsing_'To':",
    QUOTA: "405",
    DOWN: "100",
    CONFIG: "10 300 300@Invalid_'From'_address: 400 401 402 403 409 411 412 413 1235",
}

# What the transport answers in AWS's place, when the SDK refuses to build the request.
SDK = frozenset({"SdkTooOld", "SdkRefusedParameters", "SdkNotConfigured"})


def by_code(expected: Expected) -> dict[str, Outcome]:
    """The table the other way round."""
    pairs = [(code, outcome) for outcome, codes in expected.items() for code in codes.split()]
    assert len(dict(pairs)) == len(pairs), "a code stands twice in a table"
    return dict(pairs)


def in_rules(preset: str, path: str) -> frozenset[str]:
    """The values that a preset's rules look for at this path of an answer."""
    rules = json.loads((PRESETS / f"{preset}.json").read_text("utf-8"))["rules"]
    return frozenset(value for rule in rules for value in rule.get("fields", {}).get(path, ()))


def saying(body: Callable[[str, str], Mapping[str, Any]]) -> Callable[[str, int], Answer]:
    """An answer in JSON. ``body`` is given what stands before and behind the "@"."""

    def answer(code: str, status: int) -> Answer:
        number, _, about = code.partition("@")
        return Answer(status, json.dumps(body(number, about)).encode())

    return answer


def _aws_json(code: str, status: int) -> Answer:
    error, _, reason = code.partition(":")
    body = {"__type": error, "Message": "refused", **({"Reason": reason} if reason else {})}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.0"})


def _aws_xml(code: str, status: int) -> Answer:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>refused</Message></Error>"
    return Answer(status, f"<ErrorResponse>{error}</ErrorResponse>".encode(), {"Content-Type": "text/xml"})


@dataclass(frozen=True, slots=True)
class Table:
    """What the codes of a kind mean, which ones the product knows, and how the provider says one.

    ``statuses``: that of most codes, and such as mean something else by themselves. It is the code that decides.
    """

    kind: str
    expected: Expected
    known: Iterable[object]
    answer: Callable[[str, int], Answer]
    statuses: tuple[int, ...] = (400, 500)


TABLES: Mapping[str, Table] = {
    "twilio": Table("twilio", TWILIO, twilio.ERRORS, saying(lambda code, _: {"code": int(code)})),
    "twilio_verify": Table(
        "twilio_verify", TWILIO_VERIFY, twilio_verify.ERRORS, saying(lambda code, _: {"code": int(code)})
    ),
    "vonage": Table(
        "vonage",
        VONAGE,
        vonage.ERRORS,
        saying(lambda code, _: {"type": f"https://developer.vonage.com/api-errors#{code}", "title": "Error"}),
        (422, 500, 200, 202),
    ),
    "whatsapp": Table(
        "whatsapp", WHATSAPP, whatsapp.ERRORS, saying(lambda code, _: {"error": {"code": int(code)}}), (400, 500, 200)
    ),
    "slack": Table("slack", SLACK, slack.ERRORS, lambda code, status: Answer(status, code.encode()), (400, 500, 200)),
    "aws_xml": Table("sns", AWS, answers.AWS_ERRORS.keys() - SDK, _aws_xml),
    "aws_json": Table("notify", AWS, answers.AWS_ERRORS.keys() - SDK, _aws_json),
    "sns": Table("sns", SNS, sns.ERRORS, _aws_xml),
    "sns_topic": Table("sns_topic", SNS, sns.ERRORS, _aws_xml),
    "end_user_messaging": Table("end_user_messaging", END_USER_MESSAGING, OF_EUM, _aws_json),
    "end_user_messaging_reasons": Table(
        "end_user_messaging", REASONS, (f"{code}:{reason}" for code, reason in eum.REASONS), _aws_json
    ),
    "ses": Table("ses", SES, ses.ERRORS, _aws_json),
    "notify": Table("notify", END_USER_MESSAGING, OF_EUM, _aws_json),
    "http_telnyx": Table(
        "http_telnyx",
        TELNYX,
        in_rules("telnyx", "errors[*].code"),
        saying(lambda code, about: {"errors": [{"code": code, "source": {"pointer": about}}]}),
        (400, 422),
    ),
    "http_infobip": Table(
        "http_infobip",
        INFOBIP,
        in_rules("infobip", "messages[0].status.id"),
        saying(lambda code, _: {"messages": [{"messageId": "5f" * 16, "status": {"groupId": 5, "id": int(code)}}]}),
        (200,),
    ),
    "http_messagebird": Table(
        "http_messagebird",
        MESSAGEBIRD,
        in_rules("messagebird", "errors[*].code"),
        saying(lambda code, about: {"errors": [{"code": int(code), "parameter": about or None}]}),
        (422,),
    ),
    "http_resend": Table(
        "http_resend",
        RESEND,
        in_rules("resend", "name"),
        saying(lambda name, about: {"name": name, "message": about.replace("_", " ")}),
        (400, 422),
    ),
    "http_postmark": Table(
        "http_postmark",
        POSTMARK,
        in_rules("postmark", "ErrorCode"),
        saying(lambda code, about: {"ErrorCode": int(code), "Message": about.replace("_", " ")}),
        (422, 401),
    ),
    "http_sinch": Table("http_sinch", SINCH, in_rules("sinch", "code"), saying(lambda code, _: {"code": code}), (403,)),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_code_of_the_table_has_an_expectation_and_none_is_missing_in_the_table(name: str) -> None:
    expected = {code.partition("@")[0] for code in by_code(TABLES[name].expected)}
    assert expected == {str(code) for code in TABLES[name].known}


def found(rig: Rig, answer: Answer) -> tuple[Outcome, str | None, bool, bool, bool]:
    """What this answer to the first of two senders is taken for, and what follows."""
    before = len(rig.server.requests)
    rig.server.script.append(answer)
    attempt = rig.deliver(senders=2).attempts[0]
    asked_next = {1: False, 2: True}[len(rig.server.requests) - before]
    policy = POLICY[attempt.outcome]
    return attempt.outcome, attempt.provider_code, asked_next, policy.retry, policy.final


@pytest.mark.parametrize("name", TABLES)
def test_every_code_of_the_table_means_what_the_provider_says_and_nothing_else_follows(
    name: str, start: StartRig
) -> None:
    table = TABLES[name]
    rig = start(table.kind)
    expected = {
        f"{code} in a {status}": (outcome, code.partition("@")[0], *FOLLOWS[outcome])
        for code, outcome in by_code(table.expected).items()
        for status in table.statuses
    }
    assert {
        f"{code} in a {status}": found(rig, table.answer(code, status))
        for code in by_code(table.expected)
        for status in table.statuses
    } == expected


def test_every_other_reason_that_aws_knows_leaves_its_error_what_it_is(start: StartRig) -> None:
    shapes = Loader().load_service_model("pinpoint-sms-voice-v2", "service-2", "2022-03-31")["shapes"]
    special = by_code(REASONS)
    errors = by_code(END_USER_MESSAGING)
    reasons = {
        f"{error}:{reason}": outcome
        for error, outcome in errors.items()
        for reason in shapes.get(f"{error}Reason", {"enum": ()})["enum"]
    }
    assert special.keys() < reasons.keys(), "AWS knows no such reason"
    rig = start("end_user_messaging")
    assert {code: found(rig, _aws_json(code, 400))[0] for code in reasons} == {**reasons, **special}


@pytest.mark.parametrize("kind", ["sns", "sns_topic", "end_user_messaging", "notify", "ses"])
@pytest.mark.parametrize("code", sorted(SDK))
def test_what_the_sdk_refuses_is_configuration(kind: str, code: str) -> None:
    sender = create("mine", {"kind": kind, **SETUPS[kind].settings})
    result = sender.parse(AwsResponse(status=0, result={}, error_code=code, reason=None))
    assert (result.outcome, result.provider_code) == (CONFIG, code)
