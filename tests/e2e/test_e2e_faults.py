"""When a part fails, another sender takes over or Lambda retries, and what cannot be sent is not lost unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.published import CODES, form
from support.stack import Stack, telnyx_secret, twilio_secret, wait_for

SENDERS = ("twilio", "webhook", "sms-voice")


@pytest.fixture(autouse=True)
def _no_faults_left_behind(stack: Stack) -> Iterator[None]:
    """Nor a process that remembers them: its breakers would change the order of the next test's senders."""
    name = stack.outputs["existing"]["function_name"]
    before = len(stack.log(name))
    yield
    stack.aws.clear_faults()
    attempts = [attempt for line in stack.log(name)[before:] for attempt in line.get("attempts", ())]
    if any(attempt["outcome"] != "SENT" for attempt in attempts):
        stack.aws.settle()
        stack.aws.end_environments()


def test_the_next_sender_takes_over_from_one_that_is_down(stack: Stack) -> None:
    stack.aws.set_fault("twilio", "down")
    user = stack.sign_up("first")
    assert [message["channel"] for message in stack.messages(user)] == ["webhook"]


def test_a_provider_that_recovers_before_the_retry_delivers_exactly_one_message(stack: Stack) -> None:
    for target in SENDERS:
        stack.aws.set_fault(target, "down", times=1)
    user = stack.sign_up("first")
    assert [message["channel"] for message in stack.messages(user)] == ["twilio"]
    assert [run["status"] for run in stack.aws.invocations()[-2:]] == ["error", "success"]


@pytest.mark.parametrize("mode", ["throttle", "server-error"])
def test_the_next_sender_takes_over_from_one_that_throttles_or_fails(stack: Stack, mode: str) -> None:
    stack.aws.set_fault("twilio", mode)
    user = stack.sign_up("first")
    assert [message["channel"] for message in stack.messages(user)] == ["webhook"]
    assert stack.aws.invocations()[-1]["status"] == "success"


def test_of_three_dead_providers_the_one_that_recovers_delivers_at_the_retry(stack: Stack) -> None:
    stack.aws.set_fault("twilio", "down")
    stack.aws.set_fault("webhook", "down", times=1)
    stack.aws.set_fault("sms-voice", "down")
    user = stack.sign_up("first")
    assert [message["channel"] for message in stack.messages(user)] == ["webhook"]
    assert [run["status"] for run in stack.aws.invocations()[-2:]] == ["error", "success"]


def test_what_every_provider_refuses_for_good_is_not_retried(stack: Stack) -> None:
    before = len(stack.aws.invocations())
    for target in SENDERS:
        stack.aws.set_fault(target, "unauthorized")
    user = stack.sign_up("first")
    wait_for(lambda: len(stack.aws.invocations()) > before)
    stack.aws.settle()
    assert stack.aws.inbox(user.number) == []
    assert [run["status"] for run in stack.aws.invocations()[before:]] == ["success"]
    last = stack.log(stack.outputs["existing"]["function_name"])[-1]
    assert (last["outcome"], len(last["attempts"])) == ("PROVIDER_CONFIG", 3)


def test_a_provider_that_is_dead_for_many_messages_is_asked_last(stack: Stack) -> None:
    stack.aws.set_fault("twilio", "down")
    # One process may know nothing of another's failures.
    for _ in range(12):
        user = stack.sign_up("first")
        assert [message["channel"] for message in stack.messages(user)] == ["webhook"]
        line = stack.log(stack.outputs["existing"]["function_name"])[-1]
        if line.get("reordered"):
            break
    assert [attempt["sender"] for attempt in line["attempts"]] == ["webhook"]


def test_a_country_with_a_route_of_its_own_takes_it(stack: Stack) -> None:
    american = stack.sign_up("first", prefix="+1212")
    (message,) = stack.messages(american)
    assert message["channel"] == "end_user_messaging"
    assert message["meta"]["OriginationIdentity"] == "+15550100123"
    line = stack.log(stack.outputs["existing"]["function_name"])[-1]
    assert (line["route"], line["country"], line["sender"]) == ("US", "US", "aws")

    stack.aws.set_fault("sms-voice", "down")
    american = stack.sign_up("first", prefix="+1212")
    assert [message["channel"] for message in stack.messages(american)] == ["webhook"]


def test_a_provider_that_is_described_as_data_sends_and_keeps_sending_through_a_rotation_of_its_key(
    stack: Stack,
) -> None:
    def channel() -> str:
        (message,) = stack.messages(stack.sign_up("first", prefix="+43664"))
        return str(message["channel"])

    assert channel() == "telnyx"
    secrets = stack.aws.client("secretsmanager")
    secrets.put_secret_value(SecretId="e2e/telnyx", SecretString=telnyx_secret("KEY2"))
    assert channel() == "telnyx"
    stack.aws.set_fault("telnyx", "throttle")
    assert channel() == "end_user_messaging"


def test_what_nobody_could_send_ends_on_the_failure_queue_without_a_plain_code(stack: Stack) -> None:
    for target in SENDERS:
        stack.aws.set_fault(target, "down")
    user = stack.sign_up("first")
    stack.aws.settle()
    assert stack.aws.inbox(user.number) == []

    (record,) = _failure_queue(stack)
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    request = record["requestPayload"]["request"]
    assert request["userAttributes"]["phone_number"] == user.number
    assert form(request["code"]) == form(next(iter(CODES.values()))), "the code on the queue is Cognito's ciphertext"
    assert user.number not in json.dumps(record["responsePayload"])


def test_settings_that_were_edited_by_hand_end_on_the_failure_queue_with_the_setting_s_name(stack: Stack) -> None:
    functions, name = stack.aws.client("lambda"), stack.outputs["local"]["function_name"]
    before = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    edited = json.dumps({**json.loads(variables["SENDER_REFERENCES"]), "senders.sns.color": "red"})
    try:
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**variables, "SENDER_REFERENCES": edited}}
        )
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
        user = stack.sign_up("local")
        stack.aws.settle()
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=before)
        functions.delete_function(FunctionName=name, Qualifier=version)

    assert stack.aws.inbox(user.number) == []
    (line, *_) = [line for line in stack.log(name) if line["outcome"] == "BAD_CONFIGURATION"]
    assert (line["level"], line["trigger"], line["user_pool_id"]) == ("ERROR", "SignUp", user.pool.id)
    (record,) = _failure_queue(stack, "local")
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestPayload"]["request"]["userAttributes"]["phone_number"] == user.number
    assert record["responsePayload"]["errorType"] == "SettingsError"
    assert "senders.sns" in record["responsePayload"]["errorMessage"]
    assert user.number not in json.dumps(record["responsePayload"])


def test_a_refused_number_is_neither_sent_elsewhere_nor_retried(stack: Stack) -> None:
    before = len(stack.aws.invocations())
    number = "+4930123"  # the embedded Twilio answers 21211 ("not a valid phone number") to numbers as short as this
    stack.cognito.sign_up(
        ClientId=stack.pools["first"].client_id,
        Username="short-number",
        Password="Correct-horse-7",
        UserAttributes=[{"Name": "phone_number", "Value": number}],
    )
    stack.aws.settle()
    assert stack.aws.inbox(number) == []
    assert [run["status"] for run in stack.aws.invocations()[before:]] == ["success"]


def test_a_country_that_is_not_allowed_costs_nothing(stack: Stack) -> None:
    before = len([call for call in stack.aws.calls() if call["action"] == "kms:Decrypt"])
    stack.cognito.sign_up(
        ClientId=stack.pools["first"].client_id,
        Username="from-elsewhere",
        Password="Correct-horse-7",
        UserAttributes=[{"Name": "phone_number", "Value": "+33612345678"}],
    )
    stack.aws.settle()
    assert stack.aws.inbox("+33612345678") == []
    assert len([call for call in stack.aws.calls() if call["action"] == "kms:Decrypt"]) == before
    assert stack.log(stack.outputs["existing"]["function_name"])[-1]["outcome"] == "BLOCKED_COUNTRY"


def test_a_rotated_credential_is_fetched_again_and_nothing_is_lost(stack: Stack) -> None:
    stack.code(stack.sign_up("first"))  # the credential is cached now
    stack.aws.client("secretsmanager").put_secret_value(SecretId="e2e/twilio", SecretString=twilio_secret("2" * 32))
    user = stack.sign_up("first")
    assert [message["channel"] for message in stack.messages(user)] == ["twilio"]
    attempts = stack.log(stack.outputs["existing"]["function_name"])[-1]["attempts"]
    assert [attempt["outcome"] for attempt in attempts] == ["PROVIDER_CONFIG", "SENT"]


def test_a_code_of_another_pool_is_not_sent(stack: Stack) -> None:
    """The event names one pool, the ciphertext was made for the other: replayed, or forged by who may invoke."""
    pools, outputs = stack.pools, stack.outputs["existing"]
    number = "+4915187650001"
    stack.invoke({**stack.event("second", number), "userPoolId": pools["first"].id})
    stack.aws.settle()
    assert stack.aws.inbox(number) == []
    assert stack.log(outputs["function_name"])[-1]["outcome"] == "UNDECRYPTABLE"


def test_a_disabled_key_delays_the_code_until_it_is_enabled_again(stack: Stack) -> None:
    outputs, number = stack.outputs["existing"], "+4915187650002"
    kms, key_id = stack.aws.client("kms"), outputs["kms_key_arn"].rpartition("/")[2]
    event = stack.event("first", number)
    kms.disable_key(KeyId=key_id)
    try:
        stack.invoke(event)
        wait_for(lambda: stack.aws.invocations()[-1]["status"] == "error")
    finally:
        kms.enable_key(KeyId=key_id)
    stack.aws.settle()
    assert len(stack.aws.inbox(number)) == 1
    reasons = [line for line in stack.log(outputs["function_name"]) if line.get("outcome") == "DECRYPT_UNAVAILABLE"]
    assert outputs["kms_key_arn"] in json.dumps(reasons[-1]), "the log line names the key to look at"


def test_a_grant_that_lags_delays_the_code_until_it_works(stack: Stack) -> None:
    outputs, pool = stack.outputs["existing"], stack.pools["second"]
    kms = stack.aws.client("kms")
    grants = kms.list_grants(KeyId=outputs["kms_key_arn"])["Grants"]
    (grant,) = [
        grant
        for grant in grants
        if grant["GranteePrincipal"] == outputs["role_arn"]
        and grant["Constraints"]["EncryptionContextSubset"]["userpool-id"] == pool.id
    ]
    kms.revoke_grant(KeyId=outputs["kms_key_arn"], GrantId=grant["GrantId"])
    user = stack.sign_up("second")
    wait_for(lambda: stack.aws.invocations()[-1]["status"] == "error")
    kms.create_grant(
        KeyId=outputs["kms_key_arn"],
        GranteePrincipal=outputs["role_arn"],
        Operations=grant["Operations"],
        Constraints=grant["Constraints"],
    )
    assert len(stack.messages(user)) == 1
    # The provider waits three minutes for a grant that is gone before it believes it. The one above took its place.
    stack.terraform.forget('module.existing.aws_kms_grant.decrypt["second/function/key"]')


def test_a_pool_that_nobody_authorized_gets_nothing(stack: Stack) -> None:
    before = len(stack.aws.invocations())
    user = stack.sign_up("stranger")
    stack.aws.settle()
    assert stack.aws.inbox(user.number) == []
    assert len(stack.aws.invocations()) == before, "the resource policy of the alias names other pools"


def test_the_function_may_do_nothing_but_its_job(stack: Stack) -> None:
    """Least privilege, seen from the other side: every action that the role has needed is one that it must have."""
    role = stack.outputs["existing"]["role_arn"]
    used = {call["action"] for call in stack.aws.calls() if call["principal"] == role and call["allowed"]}
    assert used <= {
        "kms:Decrypt",
        "secretsmanager:GetSecretValue",
        "sms-voice:SendTextMessage",
        "sqs:SendMessage",
        "dynamodb:UpdateItem",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert {"kms:Decrypt", "dynamodb:UpdateItem"} <= used


def _failure_queue(stack: Stack, module: str = "existing") -> list[dict[str, Any]]:
    sqs = stack.aws.client("sqs")
    # It stays where it is, for those who search all queues.
    answer = sqs.receive_message(
        QueueUrl=stack.outputs[module]["failure_queue_url"],
        MaxNumberOfMessages=10,
        WaitTimeSeconds=1,
        VisibilityTimeout=0,
    )
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]
