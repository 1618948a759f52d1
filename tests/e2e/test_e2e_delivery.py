"""From `terraform apply` to a code on a phone: the compositions, the packages, every way that Cognito sends a code."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shlex
import string
from collections.abc import Mapping
from typing import Any

import pytest
from botocore import xform_name

from custom_sender.guards.phone_number import mask
from support.pages import section
from support.stack import CODE_DIGITS, PASSWORD, Stack, User


def test_a_second_plan_finds_nothing_to_change(stack: Stack) -> None:
    assert stack.second_plan.is_empty, stack.second_plan.summary()


def test_the_function_s_environment_is_what_the_plan_shows_and_the_hash_key_apart(stack: Stack) -> None:
    changes, told = stack.second_plan.changes, "terraform_data.configuration"
    modules = [address.removesuffix(told) for address in changes if address.endswith(told)]
    assert len(modules) == len(stack.outputs)
    for module in modules:
        function = changes[f"{module}aws_lambda_function.this"].values
        found = stack.aws.client("lambda").get_function_configuration(
            FunctionName=function["function_name"], Qualifier=function["version"]
        )
        variables = found["Environment"]["Variables"]
        assert set(variables) == {"SENDER_CONFIG", "SENDER_REFERENCES", "SENDER_HASH_KEY"}

        config = gzip.decompress(base64.b64decode(variables["SENDER_CONFIG"])).decode()
        shown = changes[f"{module}{told}"].values["input"]
        assert json.loads(config) == {name: shown[name] for name in ("format", "settings")}
        assert json.loads(variables["SENDER_REFERENCES"]) == {
            path: value for path, value in shown["references"].items() if value is not None
        }

        hash_key = variables["SENDER_HASH_KEY"]
        assert hash_key == changes[f"{module}terraform_data.hash_key"].values["output"]
        assert len(hash_key) == 32
        assert hash_key not in config + variables["SENDER_REFERENCES"], "it is in neither document"


@pytest.mark.parametrize(
    ("pool", "channel"),
    [
        pytest.param("local", "sns", id="pool made by the module"),
        pytest.param("minimal", "end_user_messaging", id="pool beside the module, from the lambda_config output"),
        pytest.param("first", "twilio", id="pool that existed, only authorized"),
        pytest.param("second", "twilio", id="second pool on the same sender"),
        pytest.param("self_contained", "sns", id="self-contained package"),
    ],
)
def test_the_code_on_the_phone_confirms_the_user(stack: Stack, pool: str, channel: str) -> None:
    user = stack.sign_up(pool)
    code = stack.code(user)
    (message,) = stack.messages(user)
    assert message["channel"] == channel
    assert "native" not in message["meta"], "Cognito itself sends when a pool has no trigger, and through SNS too"

    stack.cognito.confirm_sign_up(ClientId=user.pool.client_id, Username=user.name, ConfirmationCode=code)

    found = stack.cognito.admin_get_user(UserPoolId=user.pool.id, Username=user.name)
    assert found["UserStatus"] == "CONFIRMED"


def test_testers_read_every_message_of_the_redirected_pool_in_their_mail(stack: Stack) -> None:
    user = stack.sign_up("redirect")
    stack.aws.settle()
    mails = [message for message in stack.aws.inbox() if message["channel"] == "sns_topic"]
    assert [mail["to"] for mail in mails] == ["tester@example.com"]
    assert user.number in mails[0]["text"]
    assert stack.aws.inbox(user.number) == []


def test_resent_code_is_a_second_message(stack: Stack) -> None:
    user = stack.sign_up("first")
    first = stack.code(user)
    stack.cognito.resend_confirmation_code(ClientId=user.pool.client_id, Username=user.name)
    assert stack.code(user, 2) != first


def test_forgotten_password_is_reset_with_the_code(stack: Stack) -> None:
    user = _confirmed(stack, "first")
    stack.cognito.forgot_password(ClientId=user.pool.client_id, Username=user.name)
    code = stack.code(user, 2)
    stack.cognito.confirm_forgot_password(
        ClientId=user.pool.client_id, Username=user.name, ConfirmationCode=code, Password="Better-horse-8"
    )
    tokens = _sign_in(stack, user, "Better-horse-8")
    assert "AccessToken" in tokens["AuthenticationResult"]


def test_mfa_code_completes_the_sign_in(stack: Stack) -> None:
    user = _confirmed(stack, "local")
    stack.cognito.admin_set_user_mfa_preference(
        UserPoolId=user.pool.id, Username=user.name, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    challenge = _sign_in(stack, user, PASSWORD)
    assert challenge["ChallengeName"] == "SMS_MFA"
    answer = stack.cognito.respond_to_auth_challenge(
        ClientId=user.pool.client_id,
        ChallengeName="SMS_MFA",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": user.name, "SMS_MFA_CODE": stack.code(user, 2)},
    )
    assert "AccessToken" in answer["AuthenticationResult"]


def test_changed_and_unverified_numbers_are_verified_with_the_code(stack: Stack) -> None:
    user = _confirmed(stack, "first")
    token = _sign_in(stack, user, PASSWORD)["AuthenticationResult"]["AccessToken"]
    stack.cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="phone_number")
    stack.cognito.verify_user_attribute(AccessToken=token, AttributeName="phone_number", Code=stack.code(user, 2))
    moved = f"+49{int(user.number[3:]) + 500_000}"
    stack.cognito.update_user_attributes(AccessToken=token, UserAttributes=[{"Name": "phone_number", "Value": moved}])
    stack.aws.settle()
    assert len(stack.aws.inbox(moved)) == 1


PASSWORDS = ["Tmp<1>&\"two'", "&lt;Aa1!", "a&amp;lt;B2#"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_temporary_password_arrives_as_it_was_made(stack: Stack, password: str) -> None:
    number = f"+491519900000{PASSWORDS.index(password)}"
    stack.cognito.admin_create_user(
        UserPoolId=stack.pools["first"].id,
        Username=number,
        TemporaryPassword=password,
        UserAttributes=[{"Name": "phone_number", "Value": number}],
    )
    stack.aws.settle()
    (message,) = stack.aws.inbox(number)
    assert password in message["text"]


def test_the_pages_commands_send_a_message_and_their_query_finds_it(stack: Stack) -> None:
    """ "Send yourself a code", as somebody would type it, in the terms of boto3."""
    number = "+4915188800077"
    commands, query = section("Send yourself a code").split("```")[1], section("Send yourself a code").split("```")[3]
    variables = {"pool": stack.pools["first"].id, "number": number}
    for command in commands.replace("\\\n", "").splitlines():
        if command.startswith("aws "):
            _typed(stack, string.Template(command).substitute(variables))
    stack.aws.settle()
    (message,) = stack.aws.inbox(number)
    assert "temporary password" in message["text"]
    (line,) = [
        line
        for line in stack.log(stack.outputs["existing"]["function_name"])
        if line.get("destination") == mask(number) and line["trigger"] == "AdminCreateUser"
    ]
    assert (line["message"], line["outcome"]) == ("message ended", "SENT")
    asked = re.findall(r"[a-z]+", query.split("fields @timestamp,")[1].split("|")[0])
    assert {"outcome", "sender", "destination"} <= {*asked} & line.keys()


def _typed(stack: Stack, command: str) -> None:
    """One call of the AWS CLI: options are the operation's members, "Name=x,Value=y" is a list of one structure."""
    _, service, operation, *options = shlex.split(command)
    client = stack.aws.client(service)
    members = client.meta.service_model.operation_model(
        client.meta.method_to_api_mapping[operation.replace("-", "_")]
    ).input_shape.members
    named = {xform_name(name, "-"): name for name in members}
    parameters: dict[str, Any] = {}
    for option, value in zip(options[::2], options[1::2], strict=True):
        name = named[option.removeprefix("--")]
        pairs = dict(pair.split("=", 1) for pair in value.split(",")) if members[name].type_name == "list" else None
        parameters[name] = value if pairs is None else [pairs]
    getattr(client, operation.replace("-", "_"))(**parameters)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("de", "{} ist Ihr Bestätigungscode für Acme."),
        ("pt-BR", "Use {} para confirmar sua conta Acme."),
        ("ar", "رمز التحقق لحسابك في Acme هو {}."),
        (None, "{} is your Acme verification code."),
    ],
)
def test_a_message_is_in_the_users_language(stack: Stack, locale: str | None, text: str) -> None:
    user = stack.sign_up("first", **({} if locale is None else {"locale": locale}))
    code = stack.code(user)
    (message,) = stack.messages(user)
    assert message["text"] == text.format(code)


def test_the_code_has_as_many_digits_as_cognito_made_it_with(stack: Stack) -> None:
    assert len(stack.code(stack.sign_up("minimal"))) == CODE_DIGITS


def _confirmed(stack: Stack, pool: str) -> User:
    user = stack.sign_up(pool)
    stack.cognito.confirm_sign_up(ClientId=user.pool.client_id, Username=user.name, ConfirmationCode=stack.code(user))
    return user


def _sign_in(stack: Stack, user: User, password: str) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = stack.cognito.initiate_auth(
        ClientId=user.pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user.name, "PASSWORD": password},
    )
    return answer
