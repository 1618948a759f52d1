"""Everything that reaches a phone lands in the inbox, and what a provider would refuse is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import urllib.request
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from localaws.client import LocalAws, LocalAwsError
from localaws.tests.rig import Account, Function, allow

ACCOUNT_SID = "AC" + "0a" * 16
SERVICE = "MG" + "0b" * 16
HOOK = "https://sms-gateway.example/send"


def last(aws: LocalAws, to: str) -> dict[str, Any]:
    return aws.inbox(to)[-1]


# -- SNS --------------------------------------------------------------------------------------------------------------


def test_a_direct_sms_lands_with_its_attributes(aws: LocalAws, account: Account) -> None:
    number = account.number()
    aws.client("sns").publish(
        PhoneNumber=number,
        Message="Grüße <1> & 2",
        MessageAttributes={
            "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "Acme"},
            "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
            "AWS.SNS.SMS.MaxPrice": {"DataType": "Number", "StringValue": "0.50"},
        },
    )
    message = last(aws, number)
    assert (message["channel"], message["to"], message["text"]) == ("sns", number, "Grüße <1> & 2")
    assert message["meta"]["AWS.SNS.SMS.SenderID"] == "Acme"
    assert message["at"].endswith("Z")


@pytest.mark.parametrize(
    "wrong",
    [
        {"PhoneNumber": "015112345678"},
        {"Message": ""},
        {"Message": "x" * 1601},
        {"MessageAttributes": {"AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "far too long a name"}}},
        {"MessageAttributes": {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "transactional"}}},
        {"MessageAttributes": {"AWS.SNS.SMS.MaxPrice": {"DataType": "String", "StringValue": "1"}}},
        {"MessageAttributes": {"AWS.SNS.SMS.Unknown": {"DataType": "String", "StringValue": "1"}}},
    ],
)
def test_a_bad_sms_is_refused(aws: LocalAws, account: Account, wrong: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidParameter"):
        aws.client("sns").publish(**{"PhoneNumber": account.number(), "Message": "x", **wrong})


def test_a_topic_reaches_its_subscribers_and_not_the_internet(aws: LocalAws, account: Account) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name=account.name("topic"))["TopicArn"]
    to = f"{account.name('tester')}@example.com"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=to)
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=f"https://{account.name('hook')}.example/")
    sns.publish(TopicArn=topic, Subject="Text to +49", Message="hello")
    message = last(aws, to)
    assert (message["channel"], message["text"], message["meta"]["subject"]) == ("sns_topic", "hello", "Text to +49")
    assert sum(message["meta"].get("topic_arn") == topic for message in aws.inbox()) == 2


# -- End User Messaging -----------------------------------------------------------------------------------------------


def test_end_user_messaging_lands_in_the_inbox(aws: LocalAws, account: Account) -> None:
    number = account.number()
    aws.client("pinpoint-sms-voice-v2", region="us-west-2").send_text_message(
        DestinationPhoneNumber=number,
        MessageBody="hello",
        MessageType="TRANSACTIONAL",
        OriginationIdentity="pool-1",
        TimeToLive=180,
        MaxPrice="0.50",
        DestinationCountryParameters={"IN_ENTITY_ID": "1", "IN_TEMPLATE_ID": "2"},
    )
    message = last(aws, number)
    assert (message["channel"], message["text"]) == ("end_user_messaging", "hello")
    assert message["meta"]["TimeToLive"] == 180
    assert message["meta"]["region"] == "us-west-2"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"DestinationPhoneNumber": "4915112345678 x"}, "DestinationPhoneNumber"),
        ({"MessageType": "transactional"}, "MessageType"),
        ({"TimeToLive": 259_201}, "TimeToLive"),
        ({"MaxPrice": "0,50"}, "MaxPrice"),
        ({"MessageBody": "x" * 1601}, "MessageBody"),
        ({"DestinationCountryParameters": {"DE_ENTITY": "1"}}, "DestinationCountryParameters key"),
        ({"ConfigurationSetName": "no spaces allowed"}, "ConfigurationSetName"),
    ],
)
def test_end_user_messaging_refuses_what_its_model_refuses(
    aws: LocalAws, account: Account, wrong: dict[str, Any], field: str
) -> None:
    client = aws.client("pinpoint-sms-voice-v2")
    with pytest.raises(ClientError) as caught:
        client.send_text_message(**{"DestinationPhoneNumber": account.number(), "MessageBody": "x", **wrong})
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ValidationException"
    assert response["Reason"] == "FIELD_VALIDATION_FAILED"
    assert [item["Name"] for item in response["Fields"]] == [field]


def test_other_operations_of_end_user_messaging_are_not_there(aws: LocalAws) -> None:
    with pytest.raises(ClientError, match="UnknownOperation"):
        aws.client("pinpoint-sms-voice-v2").describe_pools()


# -- Twilio -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def token(aws: LocalAws) -> str:
    """Twilio's auth token, as it is in Secrets Manager."""
    value = secrets.token_hex(16)
    aws.client("secretsmanager").create_secret(
        Name="twilio",
        SecretString=json.dumps(
            {"account_sid": ACCOUNT_SID, "auth_token": value, "api_key_sid": "SK1", "api_key_secret": "s3"}
        ),
    )
    return value


# What the function always sends beside the number.
MESSAGE = {"MessagingServiceSid": SERVICE, "Body": "hello", "ValidityPeriod": "300", "SmartEncoded": "false"}


def twilio(probe: Function, user: str, password: str, account_sid: str = ACCOUNT_SID, **form: str) -> dict[str, Any]:
    credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
    answer: dict[str, Any] = probe.call(
        "https",
        url=f"https://api.twilio.com/2010-04-01/Accounts/{account_sid}/Messages.json",
        headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(form),
    )
    return answer


def test_twilio_takes_the_account_that_the_secret_names(probe: Function, account: Account, token: str) -> None:
    form = {"To": account.number(), **MESSAGE}
    answer = twilio(probe, ACCOUNT_SID, token, **form)
    assert answer["status"] == 201
    message = last(probe.aws, form["To"])
    assert (message["channel"], message["text"]) == ("twilio", "hello")
    assert json.loads(answer["body"])["sid"] == message["meta"]["sid"]
    assert twilio(probe, "SK1", "s3", **form)["status"] == 201


def test_twilio_refuses_other_credentials_and_follows_a_rotation(probe: Function, account: Account, token: str) -> None:
    form = {"To": account.number(), **MESSAGE}
    assert twilio(probe, ACCOUNT_SID, "wrong", **form)["status"] == 401
    other = "AC" + "1c" * 16
    assert twilio(probe, other, token, account_sid=other, **form)["status"] == 401
    client, name = probe.aws.client("secretsmanager"), account.name("rotated")
    client.create_secret(Name=name, SecretString=json.dumps({"account_sid": other, "auth_token": "old"}))
    assert twilio(probe, other, "old", account_sid=other, **form)["status"] == 201
    client.put_secret_value(SecretId=name, SecretString=json.dumps({"account_sid": other, "auth_token": "new"}))
    assert twilio(probe, other, "old", account_sid=other, **form)["status"] == 401
    assert twilio(probe, other, "new", account_sid=other, **form)["status"] == 201


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": "+49"}, 21211),
        ({"To": "+4930123"}, 21211),
        ({"Body": ""}, 21617),
        ({"MessagingServiceSid": "MG1"}, 21701),
        ({"ValidityPeriod": "36001"}, 90007),
        ({"Priority": "1"}, 20001),
    ],
)
def test_twilio_refuses_bad_requests(probe: Function, token: str, form: dict[str, str], code: int) -> None:
    good = {"To": "+4915112345678", **MESSAGE}
    answer = twilio(probe, ACCOUNT_SID, token, **{**good, **form})
    assert answer["status"] >= 400
    assert json.loads(answer["body"])["code"] == code


# -- Telnyx -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def api_key(aws: LocalAws) -> str:
    """Telnyx's API key, as it is in Secrets Manager."""
    value = "KEY" + secrets.token_hex(16)
    aws.client("secretsmanager").create_secret(Name="telnyx", SecretString=json.dumps({"api_key": value}))
    return value


def telnyx(
    probe: Function, key: str, to: str, *, text: str = "hello", idempotency: str | None = None
) -> dict[str, Any]:
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Idempotency-Key": idempotency or str(uuid.uuid4()),
    }
    body = json.dumps({"to": to, "from": "+15550100123", "text": text, "type": "SMS"})
    url = "https://api.telnyx.com/v2/messages"
    answer: dict[str, Any] = probe.call("https", url=url, headers=headers, body=body)
    return answer


def test_telnyx_takes_the_key_that_the_secret_holds(probe: Function, account: Account, api_key: str) -> None:
    number = account.number()
    answer = telnyx(probe, api_key, number)
    assert answer["status"] == 200
    message = last(probe.aws, number)
    assert (message["channel"], message["text"], message["meta"]["from"]) == ("telnyx", "hello", "+15550100123")
    assert json.loads(answer["body"])["data"]["id"] == message["meta"]["id"]
    assert telnyx(probe, "KEYwrong", number)["status"] == 401
    assert telnyx(probe, api_key, "+4930123")["status"] == 400
    assert len(probe.aws.inbox(number)) == 1


def test_telnyx_sends_a_repeated_request_once_and_refuses_another_under_its_key(
    probe: Function, account: Account, api_key: str
) -> None:
    number, key = account.number(), str(uuid.uuid4())
    first = telnyx(probe, api_key, number, idempotency=key)
    assert telnyx(probe, api_key, number, idempotency=key) == first
    assert telnyx(probe, api_key, number, idempotency=key, text="other")["status"] == 422
    assert telnyx(probe, api_key, number)["status"] == 200
    assert len(probe.aws.inbox(number)) == 2


@pytest.mark.parametrize(("mode", "status"), [("throttle", 429), ("unauthorized", 401), ("server-error", 500)])
def test_faults_of_telnyx(probe: Function, account: Account, api_key: str, mode: str, status: int) -> None:
    with probe.aws.fault("telnyx", mode):
        assert telnyx(probe, api_key, account.number())["status"] == status


# -- webhooks ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def signing_key(aws: LocalAws) -> bytes:
    key = secrets.token_bytes(32)
    encoded = "whsec_" + base64.b64encode(key).decode()
    aws.client("ssm").put_parameter(Name="/webhook", Type="SecureString", Value=json.dumps({"signing_keys": [encoded]}))
    return key


def hook(probe: Function, key: bytes, to: str, *, age_seconds: int = 0, url: str = HOOK) -> dict[str, Any]:
    data = {
        "to": to,
        "text": "hello",
        "code": None,
        "trigger": "SignUp",
        "user_pool_id": "eu-central-1_Abc",
        "client_id": "c",
        "locale": None,
        "expires_in_seconds": 60,
    }
    body = json.dumps({"type": "sms.send", "timestamp": "2026-01-01T00:00:00Z", "data": data})
    # The clock of the embedded world, which other tests may have set on.
    stamp = int(probe.call("time")) - age_seconds
    signature = base64.b64encode(hmac.digest(key, f"msg_1.{stamp}.{body}".encode(), hashlib.sha256)).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,{signature}",
        "Content-Type": "application/json",
    }
    answer: dict[str, Any] = probe.call("https", url=url, headers=headers, body=body)
    return answer


def test_a_signed_webhook_lands_in_the_inbox(probe: Function, account: Account, signing_key: bytes) -> None:
    number = account.number()
    assert hook(probe, signing_key, number)["status"] == 204
    message = last(probe.aws, number)
    assert (message["channel"], message["text"], message["meta"]["path"]) == ("webhook", "hello", "/send")


def test_a_webhook_with_another_key_or_an_old_stamp_is_refused(
    probe: Function, account: Account, signing_key: bytes
) -> None:
    number = account.number()
    assert hook(probe, secrets.token_bytes(32), number)["status"] == 401
    assert hook(probe, signing_key, number, age_seconds=301)["status"] == 401
    assert probe.aws.inbox(number) == []


# -- the sandbox's network --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["https://example.com/", "https://api.twilio.com:8443/", "http://api.twilio.com/"])
def test_hosts_that_are_not_played_cannot_be_resolved(probe: Function, url: str) -> None:
    assert probe.call("https", url=url)["error"] == "NameResolutionError"


def test_addresses_outside_have_no_route(probe: Function) -> None:
    assert probe.call("connect", host="192.0.2.1", port=443)["error"] == "gaierror"


def test_the_certificate_is_checked_against_the_real_name(probe: Function) -> None:
    answer = probe.call("https", url=HOOK.replace("sms-gateway", "other-gateway"), method="GET")
    assert answer["status"] == 405, "another name below .example has a certificate of its own"


# -- faults -----------------------------------------------------------------------------------------------------------


def test_a_provider_that_is_down_ends_the_connection_before_the_request(
    probe: Function, account: Account, token: str
) -> None:
    form = {"To": account.number(), **MESSAGE}
    probe.aws.set_fault("twilio", "down", times=1)
    assert twilio(probe, ACCOUNT_SID, token, **form)["error"] == "SSLError"
    assert twilio(probe, ACCOUNT_SID, token, **form)["status"] == 201
    assert len(probe.aws.inbox(form["To"])) == 1


@pytest.mark.parametrize(
    ("mode", "status"), [("throttle", 429), ("unauthorized", 401), ("server-error", 500), ("none", 201)]
)
def test_faults_of_twilio(probe: Function, account: Account, token: str, mode: str, status: int) -> None:
    form = {"To": account.number(), **MESSAGE}
    with probe.aws.fault("twilio", mode):
        assert twilio(probe, ACCOUNT_SID, token, **form)["status"] == status
    assert twilio(probe, ACCOUNT_SID, token, **form)["status"] == 201


@pytest.mark.parametrize(("mode", "status"), [("throttle", 429), ("unauthorized", 401), ("server-error", 500)])
def test_faults_of_the_webhook(probe: Function, account: Account, signing_key: bytes, mode: str, status: int) -> None:
    with probe.aws.fault("webhook", mode):
        assert hook(probe, signing_key, account.number())["status"] == status


def test_a_slow_provider_outlasts_the_sender_and_still_delivers(probe: Function, account: Account, token: str) -> None:
    form = {"To": account.number(), **MESSAGE}
    with probe.aws.fault("twilio", "slow"):
        assert twilio(probe, ACCOUNT_SID, token, **form)["error"] == "ReadTimeoutError"
    until = time.monotonic() + 10
    while not probe.aws.inbox(form["To"]) and time.monotonic() < until:
        time.sleep(0.1)
    assert len(probe.aws.inbox(form["To"])) == 1


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("down", "EndpointConnectionError"),
        ("throttle", "Throttling"),
        ("unauthorized", "AuthorizationError"),
        ("server-error", "InternalError"),
    ],
)
def test_faults_of_sns(probe: Function, account: Account, mode: str, error: str) -> None:
    probe.may(allow("sns:Publish"))
    number = account.number()
    probe.aws.set_fault("sns", mode, times=1)
    assert probe.aws_call("sns", "publish", PhoneNumber=number, Message="x")["error"] == error
    assert "MessageId" in probe.aws_call("sns", "publish", PhoneNumber=number, Message="x")
    assert len(probe.aws.inbox(number)) == 1


@pytest.mark.parametrize(
    ("target", "service", "method", "parameters"),
    [
        ("dynamodb", "dynamodb", "list_tables", {}),
        ("kms", "kms", "list_keys", {}),
        ("secretsmanager", "secretsmanager", "list_secrets", {}),
        ("ssm", "ssm", "describe_parameters", {}),
        ("sms-voice", "pinpoint-sms-voice-v2", "describe_pools", {}),
    ],
)
def test_every_aws_target_can_fail(
    probe: Function, target: str, service: str, method: str, parameters: dict[str, Any]
) -> None:
    probe.may(allow("*"))
    with probe.aws.fault(target, "down"):
        assert probe.aws_call(service, method, **parameters)["error"] == "EndpointConnectionError"
    with probe.aws.fault(target, "throttle"):
        assert probe.aws_call(service, method, **parameters)["error"] == "ThrottlingException"


def test_faults_do_not_touch_the_deployer(aws: LocalAws, account: Account) -> None:
    with aws.fault("sns", "server-error"):
        aws.client("sns").publish(PhoneNumber=account.number(), Message="x")


@pytest.mark.parametrize(
    ("target", "mode", "times", "skip"),
    [
        pytest.param("dns", "down", 1, 0, id="no target"),
        pytest.param("sns", "late", 1, 0, id="no mode"),
        pytest.param("twilio", "kill", 1, 0, id="a third party does not know whose process calls"),
        pytest.param("kms", "conflict", 1, 0, id="only DynamoDB has transactions"),
        pytest.param("sns", "down", 0, 0, id="never"),
        pytest.param("sns", "down", 1, -1, id="before the first"),
    ],
)
def test_faults_that_do_not_exist_are_refused(aws: LocalAws, target: str, mode: str, times: int, skip: int) -> None:
    with pytest.raises(LocalAwsError, match=r"Unknown|times|skip"):
        aws.set_fault(target, mode, times, skip=skip)


def test_a_fault_lets_so_many_requests_go_by(probe: Function, account: Account) -> None:
    probe.may(allow("sns:Publish"))
    for mode, error in (("throttle", "Throttling"), ("down", "EndpointConnectionError")):
        number = account.number()
        probe.aws.set_fault("sns", mode, times=1, skip=2)
        answers = [probe.aws_call("sns", "publish", PhoneNumber=number, Message="x") for _ in range(4)]
        assert [answer.get("error") for answer in answers] == [None, None, error, None]
        assert len(probe.aws.inbox(number)) == 3


# -- processes that end in the middle ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "messages"), [("kill", 0), ("kill-after", 1)])
def test_a_process_ends_before_its_call_is_done_or_before_it_knows_so(
    account: Account, mode: str, messages: int
) -> None:
    function, number = account.function(account.role(allow("sns:Publish"))), account.number()
    pid = function.call("report")["pid"]
    function.aws.set_fault("sns", mode, times=1)
    ended = function.aws_call("sns", "publish", PhoneNumber=number, Message="x")
    assert ended["errorType"] == "Runtime.ExitError"
    assert "signal: 9" in ended["errorMessage"]
    assert len(function.aws.inbox(number)) == messages
    assert function.call("report")["pid"] != pid
    assert "MessageId" in function.aws_call("sns", "publish", PhoneNumber=number, Message="x")


def test_only_the_process_that_called_is_killed(account: Account, probe: Function) -> None:
    other = probe.call("report")["pid"]
    function = account.function(account.role(allow("sns:*")))
    function.aws.set_fault("sns", "kill", times=1)
    assert "errorType" in function.aws_call("sns", "publish", PhoneNumber=account.number(), Message="x")
    assert probe.call("report")["pid"] == other


def test_an_event_whose_process_was_killed_is_retried(account: Account) -> None:
    function, number = account.function(account.role(allow("sns:Publish"))), account.number()
    function.aws.set_fault("sns", "kill-after", times=1)
    call = {"service": "sns", "method": "publish", "with": {"PhoneNumber": number, "Message": "x"}}
    request = function.send("call", **call)
    function.aws.settle()
    assert [run["status"] for run in function.attempts(request)] == ["error", "success"]
    assert len(function.aws.inbox(number)) == 2, "the first attempt's message went out too"


# -- the inbox --------------------------------------------------------------------------------------------------------


def test_the_inbox_is_a_page_without_messages_in_it(aws: LocalAws, account: Account) -> None:
    number = account.number()
    aws.client("sns").publish(PhoneNumber=number, Message="a secret text")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(aws.inbox_url) as answer:
        page = answer.read().decode()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>" in page
    assert "a secret text" not in page
    assert "://" not in page, "it fetches nothing from elsewhere"


def test_the_inbox_can_be_emptied(aws: LocalAws, account: Account) -> None:
    aws.client("sns").publish(PhoneNumber=account.number(), Message="x")
    assert aws.inbox()
    aws.clear_inbox()
    assert aws.inbox() == []


def test_waiting_in_vain_says_what_happened(aws: LocalAws) -> None:
    with pytest.raises(LocalAwsError, match="Last invocations"):
        aws.wait_for_message("+491", timeout_seconds=0.2)
