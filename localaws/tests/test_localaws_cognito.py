"""Cognito: what a trigger gets, what must be in place for it to get anything, and what a code opens."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.client import LocalAws
from localaws.tests.rig import LAYER, Account, Function, allow, trust

PASSWORD = "Correct-horse-7"
CAPTURE = """
import json
def handler(event, context):
    print("CAPTURED " + json.dumps(event))
"""


@dataclass(frozen=True)
class Wired:
    """A pool with a custom SMS sender, wired completely."""

    account: Account
    pool_id: str
    pool_arn: str
    client_id: str
    key: str
    function: Function

    @property
    def aws(self) -> LocalAws:
        return self.account.aws

    @property
    def cognito(self) -> Any:
        return self.aws.client("cognito-idp")

    def sign_up(self, **attributes: str) -> tuple[str, str]:
        """Name and number of a new user."""
        name, number = self.account.name("user"), self.account.number()
        self.cognito.sign_up(
            ClientId=self.client_id,
            Username=name,
            Password=PASSWORD,
            UserAttributes=_attributes({"phone_number": number, **attributes}),
        )
        return name, number

    def confirmed(self) -> tuple[str, str]:
        """A user who has confirmed."""
        name, number = self.sign_up()
        self.cognito.confirm_sign_up(ClientId=self.client_id, Username=name, ConfirmationCode=self.code(number))
        return name, number

    def texts(self, number: str) -> list[str]:
        """Messages on a phone, when no more can come."""
        self.aws.settle()
        return [message["text"] for message in self.aws.inbox(number)]

    def code(self, number: str, trigger: str = "SignUp") -> str:
        """The code in the last message, which must be of this trigger."""
        sent, _, code = self.texts(number)[-1].partition(" ")
        assert sent == trigger
        return code

    def sign_in(self, name: str, password: str = PASSWORD, **extra: Any) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self.cognito.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
            **extra,
        )
        return answer

    def refused(self, code: str, operation: str, /, **parameters: Any) -> None:
        with pytest.raises(ClientError) as caught:
            getattr(self.cognito, operation)(**parameters)
        assert caught.value.response["Error"]["Code"] == code


def _attributes(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def wire(account: Account, function: Function | None = None, *, permit: bool = True, grant: bool = True) -> Wired:
    key = account.key()
    role = account.role(allow("logs:*"), {"Effect": "Allow", "Action": "sns:Publish", "NotResource": "arn:aws:sns:*"})
    function = function or account.function(role, Layers=[LAYER], Environment={"Variables": {"KEY": key}})
    pool = create_pool(account, key, function.alias_arn)
    if permit:
        account.permit(function, pool["Arn"])
    if grant:
        account.aws.client("kms").create_grant(
            KeyId=key,
            GranteePrincipal=function.role,
            Operations=["Decrypt"],
            Constraints={"EncryptionContextSubset": {"userpool-id": pool["Id"]}},
        )
    client = account.aws.client("cognito-idp").create_user_pool_client(UserPoolId=pool["Id"], ClientName="app")
    return Wired(account, pool["Id"], pool["Arn"], client["UserPoolClient"]["ClientId"], key, function)


def create_pool(account: Account, key: str | None, function_arn: str | None, **options: Any) -> dict[str, Any]:
    triggers: dict[str, Any] = {}
    if function_arn:
        triggers["CustomSMSSender"] = {"LambdaArn": function_arn, "LambdaVersion": "V1_0"}
    if key:
        triggers["KMSKeyID"] = key
    settings: dict[str, Any] = {
        "AutoVerifiedAttributes": ["phone_number"],
        "SmsConfiguration": account.sms_configuration(),
        "LambdaConfig": triggers,
        **options,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    pool = account.aws.client("cognito-idp").create_user_pool(PoolName=account.name("pool"), **given)
    return dict(pool["UserPool"])


@pytest.fixture(scope="module")
def wired(account: Account) -> Wired:
    return wire(account)


# -- what the trigger gets --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def captured(account: Account) -> Wired:
    """A pool whose function shows its events."""
    function = account.function(source=CAPTURE)
    account.aws.client("logs").create_log_group(logGroupName=f"/aws/lambda/{function.name}")
    return wire(account, function)


def events(wired: Wired) -> list[dict[str, Any]]:
    wired.aws.settle()
    log = (wired.aws.state / "logs" / f"{wired.function.name}.log").read_text()
    return [json.loads(line.removeprefix("CAPTURED ")) for line in log.splitlines() if line.startswith("CAPTURED ")]


def test_the_event_has_cognitos_shape(captured: Wired) -> None:
    name, number = captured.sign_up(email="ann@example.com")
    event = events(captured)[-1]
    code = event["request"].pop("code")
    sub = event["request"]["userAttributes"].pop("sub")
    assert event == {
        "version": "1",
        "triggerSource": "CustomSMSSender_SignUp",
        "region": "eu-central-1",
        "userPoolId": captured.pool_id,
        "userName": name,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": captured.client_id},
        "request": {
            "type": "customSMSSenderRequestV1",
            "clientMetadata": None,
            "userAttributes": {
                "cognito:user_status": "UNCONFIRMED",
                "phone_number": number,
                "phone_number_verified": "false",
                "email": "ann@example.com",
                "email_verified": "false",
            },
        },
    }
    assert re.fullmatch(r"[0-9a-f-]{36}", sub)
    assert code.startswith("AYAD")


def test_the_code_is_encrypted_as_cognito_does(captured: Wired) -> None:
    captured.sign_up()
    message = base64.b64decode(events(captured)[-1]["request"]["code"], validate=True)
    assert message[:4] == bytes.fromhex("01800378"), "version 1, type 0x80, suite 0x0378: no key commitment"
    context_length = int.from_bytes(message[20:22], "big")
    context = message[22 : 22 + context_length]
    assert b"userpool-id" in context
    assert captured.pool_id.encode() in context
    assert b"aws-crypto-public-key" in context
    keys = message[22 + context_length :]
    assert int.from_bytes(keys[:2], "big") == 1, "one data key"
    assert keys[4:11] == b"aws-kms"
    assert captured.key.encode() in keys[:200], "named by its full ARN"


def test_client_metadata_is_passed_on_except_from_initiate_auth(captured: Wired) -> None:
    captured.cognito.sign_up(
        ClientId=captured.client_id,
        Username=captured.account.name("user"),
        Password=PASSWORD,
        UserAttributes=_attributes({"phone_number": captured.account.number()}),
        ClientMetadata={"locale": "de"},
    )
    assert events(captured)[-1]["request"]["clientMetadata"] == {"locale": "de"}
    name, _ = captured.sign_up()
    captured.cognito.admin_confirm_sign_up(UserPoolId=captured.pool_id, Username=name)
    captured.cognito.admin_set_user_mfa_preference(
        UserPoolId=captured.pool_id, Username=name, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    captured.sign_in(name, ClientMetadata={"locale": "de"})
    # Not the last one: functions are invoked side by side.
    (event,) = [event for event in events(captured) if event["triggerSource"] == "CustomSMSSender_Authentication"]
    assert event["request"]["clientMetadata"] is None


# -- what codes open --------------------------------------------------------------------------------------------------


def test_the_code_from_the_phone_confirms_once(wired: Wired) -> None:
    name, number = wired.sign_up()
    code = wired.code(number)
    assert re.fullmatch(r"\d{6}", code)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    parameters = {"ClientId": wired.client_id, "Username": name}
    wired.refused("CodeMismatchException", "confirm_sign_up", **parameters, ConfirmationCode=wrong)
    wired.cognito.confirm_sign_up(**parameters, ConfirmationCode=code)
    user = wired.cognito.admin_get_user(UserPoolId=wired.pool_id, Username=name)
    assert user["UserStatus"] == "CONFIRMED"
    assert {"Name": "phone_number_verified", "Value": "true"} in user["UserAttributes"]
    wired.refused("NotAuthorizedException", "confirm_sign_up", **parameters, ConfirmationCode=code)


def test_a_resent_code_replaces_the_first(wired: Wired) -> None:
    name, number = wired.sign_up()
    first = wired.code(number)
    wired.cognito.resend_confirmation_code(ClientId=wired.client_id, Username=name)
    second = wired.code(number, "ResendCode")
    parameters = {"ClientId": wired.client_id, "Username": name}
    if first != second:
        wired.refused("CodeMismatchException", "confirm_sign_up", **parameters, ConfirmationCode=first)
    wired.cognito.confirm_sign_up(**parameters, ConfirmationCode=second)
    wired.refused("InvalidParameterException", "resend_confirmation_code", **parameters)


def test_a_forgotten_password_needs_the_code_and_a_good_password(wired: Wired) -> None:
    name, number = wired.confirmed()
    parameters = {"ClientId": wired.client_id, "Username": name}
    details = wired.cognito.forgot_password(**parameters)["CodeDeliveryDetails"]
    assert details == {
        "Destination": f"+*******{number[-4:]}",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    code = wired.code(number, "ForgotPassword")
    parameters["ConfirmationCode"] = code
    wired.refused("InvalidPasswordException", "confirm_forgot_password", **parameters, Password="x")
    wrong = {**parameters, "ConfirmationCode": "000000" if code != "000000" else "111111"}
    wired.refused("CodeMismatchException", "confirm_forgot_password", **wrong, Password="Better-horse-8")
    wired.cognito.confirm_forgot_password(**parameters, Password="Better-horse-8")
    wired.refused("ExpiredCodeException", "confirm_forgot_password", **parameters, Password="Better-horse-9")
    assert "AuthenticationResult" in wired.sign_in(name, "Better-horse-8")


def test_an_unverified_number_recovers_no_password(wired: Wired) -> None:
    name, _ = wired.sign_up()
    wired.cognito.admin_confirm_sign_up(UserPoolId=wired.pool_id, Username=name)
    wired.refused("InvalidParameterException", "forgot_password", ClientId=wired.client_id, Username=name)


def test_sms_mfa_wants_the_code_of_its_session(wired: Wired) -> None:
    name, number = wired.confirmed()
    wired.cognito.admin_set_user_mfa_preference(
        UserPoolId=wired.pool_id, Username=name, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    challenge = wired.sign_in(name)
    assert challenge["ChallengeName"] == "SMS_MFA"
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == f"+*******{number[-4:]}"
    assert "AuthenticationResult" not in challenge
    code = wired.code(number, "Authentication")
    wrong = {"USERNAME": name, "SMS_MFA_CODE": "000000" if code != "000000" else "111111"}
    parameters = {"ClientId": wired.client_id, "ChallengeName": "SMS_MFA", "Session": challenge["Session"]}
    wired.refused("CodeMismatchException", "respond_to_auth_challenge", **parameters, ChallengeResponses=wrong)
    right = {"USERNAME": name, "SMS_MFA_CODE": code}
    answer = wired.cognito.respond_to_auth_challenge(**parameters, ChallengeResponses=right)
    assert "AccessToken" in answer["AuthenticationResult"]
    wired.refused("NotAuthorizedException", "respond_to_auth_challenge", **parameters, ChallengeResponses=right)


def test_a_pool_that_demands_mfa_asks_everybody_with_a_number(account: Account, wired: Wired) -> None:
    demanding = wire(account, wired.function, grant=False)
    account.aws.client("kms").create_grant(
        KeyId=demanding.key, GranteePrincipal=wired.function.role, Operations=["Decrypt"]
    )
    demanding.cognito.set_user_pool_mfa_config(
        UserPoolId=demanding.pool_id,
        SmsMfaConfiguration={"SmsConfiguration": account.sms_configuration()},
        MfaConfiguration="ON",
    )
    name, _ = demanding.sign_up()
    demanding.cognito.admin_confirm_sign_up(UserPoolId=demanding.pool_id, Username=name)
    assert demanding.sign_in(name)["ChallengeName"] == "SMS_MFA"


def test_attributes_are_verified_with_codes(wired: Wired) -> None:
    name, number = wired.confirmed()
    token = wired.sign_in(name)["AuthenticationResult"]["AccessToken"]
    wired.cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="phone_number")
    code = wired.code(number, "VerifyUserAttribute")
    wired.cognito.verify_user_attribute(AccessToken=token, AttributeName="phone_number", Code=code)

    moved = wired.account.number()
    answer = wired.cognito.update_user_attributes(
        AccessToken=token, UserAttributes=_attributes({"phone_number": moved})
    )
    assert [details["AttributeName"] for details in answer["CodeDeliveryDetailsList"]] == ["phone_number"]
    assert _verified(wired, name) == "false"
    parameters = {"AccessToken": token, "AttributeName": "phone_number"}
    code = wired.code(moved, "UpdateUserAttribute")
    wired.refused("CodeMismatchException", "verify_user_attribute", **parameters, Code=f"x{code[1:]}")
    wired.cognito.verify_user_attribute(**parameters, Code=code)
    assert _verified(wired, name) == "true"


def _verified(wired: Wired, name: str) -> str:
    user = wired.cognito.admin_get_user(UserPoolId=wired.pool_id, Username=name)
    return str(next(item["Value"] for item in user["UserAttributes"] if item["Name"] == "phone_number_verified"))


def test_a_temporary_password_is_handed_over_escaped(wired: Wired) -> None:
    name, number = wired.account.name("user"), wired.account.number()
    password = "Aa1<>&\"'!"
    wired.cognito.admin_create_user(
        UserPoolId=wired.pool_id,
        Username=name,
        TemporaryPassword=password,
        UserAttributes=_attributes({"phone_number": number}),
    )
    sent = wired.code(number, "AdminCreateUser")
    assert sent == "Aa1&lt;&gt;&amp;&quot;&#39;!"
    assert html.unescape(sent) == password
    challenge = wired.sign_in(name, password)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_suppressed_and_resent_invitations(wired: Wired) -> None:
    name, number = wired.account.name("user"), wired.account.number()
    attributes = _attributes({"phone_number": number})
    parameters = {"UserPoolId": wired.pool_id, "Username": name}
    made = wired.cognito.admin_create_user(**parameters, MessageAction="SUPPRESS", UserAttributes=attributes)
    assert wired.texts(number) == []
    again = wired.cognito.admin_create_user(**parameters, MessageAction="RESEND")
    assert again["User"]["Attributes"] == made["User"]["Attributes"]
    assert len(wired.texts(number)) == 1


def test_without_a_trigger_cognito_sends_itself(account: Account) -> None:
    pool = create_pool(account, None, None)
    client = account.aws.client("cognito-idp").create_user_pool_client(UserPoolId=pool["Id"], ClientName="app")
    number = account.number()
    account.aws.client("cognito-idp").sign_up(
        ClientId=client["UserPoolClient"]["ClientId"],
        Username="native",
        Password=PASSWORD,
        UserAttributes=_attributes({"phone_number": number}),
    )
    (message,) = account.aws.inbox(number)
    assert (message["channel"], message["meta"]["native"]) == ("sns", True)
    assert re.search(r"\d{6}", message["text"])


# -- what must be in place --------------------------------------------------------------------------------------------


def denials(aws: LocalAws, resource: str) -> list[str]:
    return [call["reason"] for call in aws.calls() if call["resource"] == resource and not call["allowed"]]


def test_without_permission_the_trigger_is_not_invoked(account: Account, wired: Wired) -> None:
    alone = wire(account, permit=False)
    _, number = alone.sign_up()
    assert alone.texts(number) == []
    assert "no resource-based policy" in denials(alone.aws, alone.function.alias_arn)[-1]
    account.permit(alone.function, alone.pool_arn)
    _, number = alone.sign_up()
    assert len(alone.texts(number)) == 1


@pytest.mark.parametrize("wrong", ["pool", "account", "qualifier"])
def test_a_permission_for_something_else_does_not_count(account: Account, wrong: str) -> None:
    alone = wire(account, account.function(source=CAPTURE), permit=False)
    arn = alone.pool_arn + ("x" if wrong == "pool" else "")
    number = "999999999999" if wrong == "account" else "123456789012"
    account.permit(alone.function, arn, account=number, qualifier="1" if wrong == "qualifier" else "live")
    alone.sign_up()
    alone.aws.settle()
    assert [run for run in alone.aws.invocations() if run["function"] == alone.function.name] == []


def test_without_the_functions_grant_the_code_stays_closed(account: Account) -> None:
    alone = wire(account, grant=False)
    account.aws.client("lambda").put_function_event_invoke_config(
        FunctionName=alone.function.name, Qualifier="live", MaximumRetryAttempts=0
    )
    _, number = alone.sign_up()
    assert alone.texts(number) == []
    assert [run["error_type"] for run in alone.aws.invocations() if run["function"] == alone.function.name] == [
        "DecryptKeyError"
    ]
    assert len(denials(alone.aws, alone.key)) == 1


def test_without_its_own_grant_cognito_cannot_encrypt(account: Account) -> None:
    alone = wire(account, account.function(source=CAPTURE))
    kms = account.aws.client("kms")
    mine = [g for g in kms.list_grants(KeyId=alone.key)["Grants"] if "cognito" in g["GranteePrincipal"]]
    assert mine[0]["Operations"] == ["GenerateDataKey"]
    assert mine[0]["Constraints"] == {"EncryptionContextSubset": {"userpool-id": alone.pool_id}}
    kms.revoke_grant(KeyId=alone.key, GrantId=mine[0]["GrantId"])
    _, number = alone.sign_up()
    assert alone.texts(number) == []
    assert "no identity-based policy" in denials(alone.aws, alone.key)[-1]
    assert [run for run in alone.aws.invocations() if run["function"] == alone.function.name] == []


def test_with_a_disabled_key_the_function_is_not_even_invoked(account: Account) -> None:
    alone = wire(account, account.function(source=CAPTURE))
    account.aws.client("kms").disable_key(KeyId=alone.key)
    alone.sign_up()
    alone.aws.settle()
    assert "is disabled" in denials(alone.aws, alone.key)[-1]
    assert [run for run in alone.aws.invocations() if run["function"] == alone.function.name] == []
    account.aws.client("kms").enable_key(KeyId=alone.key)
    alone.sign_up()
    assert len(events(alone)) == 1


def refused_pool(account: Account, code: str, key: str | None, function_arn: str | None, **options: Any) -> str:
    before = len(account.aws.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"])
    with pytest.raises(ClientError) as caught:
        create_pool(account, key, function_arn, **options)
    assert caught.value.response["Error"]["Code"] == code
    assert len(account.aws.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]) == before
    return str(caught.value.response["Error"]["Message"])


def test_pools_are_checked_when_they_are_made(account: Account, probe: Function) -> None:
    key, function = account.key(), probe.alias_arn
    bad = "InvalidParameterException"
    assert "SmsConfiguration" in refused_pool(account, bad, key, function, SmsConfiguration=None)
    assert "KMSKeyID is required" in refused_pool(account, bad, None, function)
    assert "not the ARN" in refused_pool(account, bad, "arn:aws:kms:eu-central-1:123456789012:alias/x", function)
    missing = key[:-12] + "000000000000"
    assert "does not exist" in refused_pool(account, bad, missing, function)
    account.aws.client("kms").disable_key(KeyId=key)
    assert "is disabled" in refused_pool(account, bad, key, function)


def test_the_pools_maker_must_be_allowed_to_give_a_grant(account: Account, probe: Function) -> None:
    role = account.role()
    key = account.key([{"Effect": "Allow", "Principal": {"AWS": role}, "Action": "kms:*", "Resource": "*"}])
    message = refused_pool(account, "NotAuthorizedException", key, probe.alias_arn)
    assert "kms:CreateGrant" in message


def test_the_sms_role_must_let_cognito_in_and_may_publish(account: Account, probe: Function) -> None:
    key = account.key()

    def sms(role: str, external: str = "external") -> dict[str, Any]:
        return {"SmsConfiguration": {"SnsCallerArn": role, "ExternalId": external}}

    trusted = "InvalidSmsRoleTrustRelationshipException"
    refused_pool(account, trusted, key, probe.alias_arn, **sms("arn:aws:iam::123456789012:role/nobody"))
    refused_pool(account, trusted, key, probe.alias_arn, **sms(account.role(allow("sns:Publish"))))
    powerless = account.role(trusted="cognito-idp.amazonaws.com")
    refused_pool(account, "InvalidSmsRoleAccessPolicyException", key, probe.alias_arn, **sms(powerless))
    role = account.role(allow("sns:Publish"), trusted="cognito-idp.amazonaws.com")
    condition = {"StringEquals": {"sts:ExternalId": "secret"}}
    account.aws.client("iam").update_assume_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyDocument=trust("cognito-idp.amazonaws.com", **condition)
    )
    refused_pool(account, trusted, key, probe.alias_arn, **sms(role, "other"))
    create_pool(account, key, probe.alias_arn, **sms(role, "secret"))


def test_a_trigger_put_on_later_is_checked_and_granted_too(account: Account, captured: Wired) -> None:
    pool = create_pool(account, None, None)
    key = account.key()
    cognito = account.aws.client("cognito-idp")
    triggers = {
        "KMSKeyID": key,
        "CustomSMSSender": {"LambdaArn": captured.function.alias_arn, "LambdaVersion": "V1_0"},
    }
    with pytest.raises(ClientError, match="SmsConfiguration"):
        cognito.update_user_pool(UserPoolId=pool["Id"], LambdaConfig=triggers)
    sms = account.sms_configuration()
    cognito.update_user_pool(UserPoolId=pool["Id"], LambdaConfig=triggers, SmsConfiguration=sms)
    cognito.update_user_pool(UserPoolId=pool["Id"], LambdaConfig=triggers, SmsConfiguration=sms)
    grants = account.aws.client("kms").list_grants(KeyId=key)["Grants"]
    assert [grant["GranteePrincipal"] for grant in grants] == ["cognito-idp.amazonaws.com"]
    cognito.delete_user_pool(UserPoolId=pool["Id"])
    assert account.aws.client("kms").list_grants(KeyId=key)["Grants"] == []


def test_codes_are_nowhere_but_in_the_inbox(wired: Wired) -> None:
    _, number = wired.sign_up()
    code = wired.code(number)
    for path in wired.aws.state.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert code not in path.read_text(errors="replace") or path.suffix in {".py", ".pyc", ".so"}, path
