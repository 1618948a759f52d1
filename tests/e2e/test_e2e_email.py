"""From `terraform apply` to a code in a mailbox, beside the phone: one pool with both channels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.stack import PASSWORD, Stack, User, wait_for

NAME = "e2e-both"


@pytest.fixture(autouse=True)
def _no_faults_left_behind(stack: Stack) -> Iterator[None]:
    yield
    stack.aws.clear_faults()


def mails(stack: Stack, user: User, count: int = 1) -> list[dict[str, Any]]:
    found = stack.messages(user, count)
    assert len(found) == count, stack.recent()
    return found


def confirmed(stack: Stack, **attributes: str) -> User:
    user = stack.sign_up_by_mail("both", **attributes)
    stack.cognito.confirm_sign_up(ClientId=user.pool.client_id, Username=user.name, ConfirmationCode=stack.code(user))
    return user


def sign_in(stack: Stack, user: User, password: str = PASSWORD) -> dict[str, Any]:
    answer: dict[str, Any] = stack.cognito.initiate_auth(
        ClientId=user.pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user.name, "PASSWORD": password},
    )
    return answer


def test_the_code_in_the_mailbox_confirms_the_user(stack: Stack) -> None:
    user = confirmed(stack)
    (mail,) = mails(stack, user)
    assert (mail["channel"], mail["meta"]["from"]) == ("ses", "Acme <login@acme.example>")
    assert mail["meta"]["reply_to"] == "help@acme.example"
    assert mail["meta"]["headers"] == {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    code = next(code for code in stack.aws.codes() if code in mail["text"])
    assert code in mail["meta"]["html"]
    assert code not in mail["meta"]["subject"]
    assert "native" not in mail["meta"]
    found = stack.cognito.admin_get_user(UserPoolId=user.pool.id, Username=user.name)
    assert found["UserStatus"] == "CONFIRMED"


def test_the_same_pool_sends_to_phones(stack: Stack) -> None:
    user = stack.sign_up("both")
    assert stack.code(user)
    (message,) = stack.messages(user)
    assert message["channel"] == "sns"


def test_every_way_that_cognito_mails_a_code(stack: Stack) -> None:
    user = confirmed(stack)
    client = {"ClientId": user.pool.client_id}
    stack.cognito.forgot_password(**client, Username=user.name)
    stack.cognito.confirm_forgot_password(
        **client, Username=user.name, ConfirmationCode=stack.code(user, 2), Password="Better-horse-8"
    )
    token = sign_in(stack, user, "Better-horse-8")["AuthenticationResult"]["AccessToken"]
    stack.cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    stack.cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=stack.code(user, 3))
    assert len({mail["meta"]["subject"] for mail in mails(stack, user, 3)}) == 3


def test_a_temporary_password_arrives_as_it_was_made(stack: Stack) -> None:
    address, password = "invited@customer.example", "Tmp<1>&\"two'"
    stack.cognito.admin_create_user(
        UserPoolId=stack.pools["both"].id,
        Username=address,
        TemporaryPassword=password,
        UserAttributes=[{"Name": "email", "Value": address}],
        DesiredDeliveryMediums=["EMAIL"],
    )
    stack.aws.settle()
    (mail,) = stack.aws.inbox(address)
    assert password in mail["text"]


def test_a_code_by_mail_is_a_second_factor(stack: Stack) -> None:
    user = confirmed(stack)
    stack.cognito.admin_set_user_mfa_preference(
        UserPoolId=user.pool.id, Username=user.name, EmailMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    challenge = sign_in(stack, user)
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    answer = stack.cognito.respond_to_auth_challenge(
        ClientId=user.pool.client_id,
        ChallengeName="EMAIL_OTP",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": user.name, "EMAIL_OTP_CODE": stack.code(user, 2)},
    )
    assert "AccessToken" in answer["AuthenticationResult"]


def test_a_mail_is_in_the_user_s_language(stack: Stack) -> None:
    (mail,) = mails(stack, stack.sign_up_by_mail("both", locale="ar"))
    assert 'lang="ar" dir="rtl"' in mail["meta"]["html"]


@pytest.mark.parametrize("fault", ["down", "throttle", "unauthorized"])
def test_the_next_sender_takes_over_from_ses(stack: Stack, fault: str) -> None:
    stack.aws.set_fault("ses", fault)
    (mail,) = mails(stack, stack.sign_up_by_mail("both"))
    assert mail["channel"] == "postmark"
    stack.aws.end_environments()


def test_what_cannot_be_sent_to_is_refused_and_counted(stack: Stack) -> None:
    user = stack.sign_up_by_mail("both", domain="blocked.example")
    wait_for(lambda: stack.log(NAME) and stack.log(NAME)[-1]["outcome"] == "BLOCKED_DOMAIN")
    assert stack.aws.inbox(user.number) == []
    assert stack.metrics(NAME)["Refused", "email"] >= 1


def test_a_mailbox_gets_so_many_mails_however_it_is_written(stack: Stack) -> None:
    user = stack.sign_up_by_mail("both")
    for _ in range(3):
        stack.cognito.resend_confirmation_code(ClientId=user.pool.client_id, Username=user.name)
    stack.aws.settle()
    assert len(stack.aws.inbox(user.number)) == 3
    line = next(line for line in reversed(stack.log(NAME)) if line["outcome"] == "BLOCKED_VELOCITY")
    assert (line["channel"], line["reason"]) == ("email", "address")


def test_a_takeover_notice_is_counted_and_nothing_of_it_is_written(stack: Stack) -> None:
    user = stack.sign_up_by_mail("both")
    told = stack.aws.take_over(user.pool.id, user.name)
    wait_for(lambda: any(line["outcome"] == "NO_ADDRESS" for line in stack.log(NAME)))
    printed = "\n".join(stack.printed(NAME))
    secrets = [value for name, value in told.items() if value and ("LINK" in name or "TOKEN" in name)]
    assert len(secrets) == 3
    assert [secret for secret in secrets if secret in printed or json.dumps(secret) in printed] == []
