"""Mail: what Cognito's e-mail trigger gets, which codes open what, and what a pool must have for it."""

from __future__ import annotations

import contextlib
import html
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.client import LocalAwsError
from localaws.tests.rig import LAYER, Account, Function, allow
from localaws.tests.test_localaws_cognito import CAPTURE, PASSWORD, Wired, create_pool, events, refused_pool

RECOVERY = {
    "RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}, {"Name": "verified_phone_number", "Priority": 2}]
}
OWN_SES = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/acme.example",
    "From": "login@acme.example",
}
FACTOR = {"Message": "Enter {####}", "Subject": "Your code"}


def mailed(account: Account, function: Function | None = None, **options: Any) -> Wired:
    """A pool with both custom senders that verifies addresses."""
    key = account.key()
    if function is None:
        identities = account.aws.client("sesv2")
        if "acme.example" not in {i["IdentityName"] for i in identities.list_email_identities()["EmailIdentities"]}:
            identities.create_email_identity(EmailIdentity="acme.example")
        role = account.role(allow(["logs:*", "ses:SendEmail"]), allow("sns:Publish"))
        function = account.function(role, Layers=[LAYER], Environment={"Variables": {"KEY": key}})
        account.aws.client("kms").create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
    sender = {"LambdaArn": function.alias_arn, "LambdaVersion": "V1_0"}
    triggers = {"KMSKeyID": key, "CustomEmailSender": sender, "CustomSMSSender": sender}
    settings = {"AutoVerifiedAttributes": ["email"], "EmailConfiguration": OWN_SES, "AccountRecoverySetting": RECOVERY}
    pool = create_pool(account, None, None, LambdaConfig=triggers, **{**settings, **options})
    account.permit(function, pool["Arn"])
    client = account.aws.client("cognito-idp").create_user_pool_client(
        UserPoolId=pool["Id"],
        ClientName="app",
        ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    return Wired(account, pool["Id"], pool["Arn"], client["UserPoolClient"]["ClientId"], key, function)


@pytest.fixture(scope="module")
def wired(account: Account) -> Wired:
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}}
    return mailed(account, Policies=policies)


@pytest.fixture(scope="module")
def captured(account: Account) -> Wired:
    """A pool whose function shows its events."""
    function = account.function(source=CAPTURE)
    account.aws.client("logs").create_log_group(logGroupName=f"/aws/lambda/{function.name}")
    return mailed(account, function)


def sign_up(pool: Wired, **attributes: str) -> tuple[str, str]:
    """Name and address of a new user."""
    address = f"{pool.account.name('user')}@example.com"
    name, _ = pool.sign_up(email=address, **attributes)
    return name, address


def confirmed(pool: Wired) -> tuple[str, str]:
    """A user who has confirmed."""
    name, address = sign_up(pool)
    code = pool.code(address)
    pool.cognito.confirm_sign_up(ClientId=pool.client_id, Username=name, ConfirmationCode=code)
    return name, address


def respond(pool: Wired, name: str, challenge: dict[str, Any], **responses: str) -> dict[str, Any]:
    answer: dict[str, Any] = pool.cognito.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": name, **responses},
    )
    return answer


# -- what the trigger gets --------------------------------------------------------------------------------------------


def test_the_event_has_cognitos_shape(captured: Wired) -> None:
    name, address = sign_up(captured, locale="de")
    event = events(captured)[-1]
    attributes = event["request"].pop("userAttributes")
    assert event["request"].pop("code").startswith("AYAD")
    assert event == {
        "version": "1",
        "triggerSource": "CustomEmailSender_SignUp",
        "region": "eu-central-1",
        "userPoolId": captured.pool_id,
        "userName": name,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": captured.client_id},
        "request": {"type": "customEmailSenderRequestV1", "clientMetadata": None},
    }
    assert (attributes["email"], attributes["email_verified"], attributes["locale"]) == (address, "false", "de")


def test_a_takeover_notice_has_no_code_no_address_and_links_that_are_secret(captured: Wired) -> None:
    name, _ = sign_up(captured)
    captured.aws.take_over(captured.pool_id, name, "BLOCK")
    (event,) = [event for event in events(captured) if event["triggerSource"].endswith("AccountTakeOverNotification")]
    assert event["triggerSource"] == "CustomEmailSender_AccountTakeOverNotification"
    assert event["userName"] == name
    assert event["callerContext"]["clientId"] is None
    request = event["request"]
    assert (request["type"], request["code"], request["clientMetadata"]) == ("customEmailSenderRequestV1", None, None)
    attributes = request["userAttributes"]
    assert sorted(attributes) == [
        "ACCOUNT_TAKE_OVER_ACTION",
        "CITY",
        "COUNTRY",
        "DEVICE_NAME",
        "EVENT_ID",
        "FEEDBACK_TOKEN",
        "IP_ADDRESS",
        "LOGIN_TIME",
        "ONE_CLICK_LINK_INVALID",
        "ONE_CLICK_LINK_VALID",
        "USER_NAME",
    ]
    assert attributes["ACCOUNT_TAKE_OVER_ACTION"] == "BLOCK"
    assert re.fullmatch(r"[A-Z][a-z]+day, [A-Z][a-z]+ \d\d, \d{4} \d\d:\d\d [AP]M UTC", attributes["LOGIN_TIME"])
    token = attributes["FEEDBACK_TOKEN"]
    assert token in captured.aws.codes()
    assert token in attributes["ONE_CLICK_LINK_VALID"]
    assert token in attributes["ONE_CLICK_LINK_INVALID"]


def test_a_takeover_notice_needs_a_trigger_and_a_user(account: Account, captured: Wired) -> None:
    bare = create_pool(account, None, None)
    for pool_id, name in ((bare["Id"], "nobody"), (captured.pool_id, "nobody"), ("eu-central-1_none", "nobody")):
        with pytest.raises(LocalAwsError, match=r"does not exist|no CustomEmailSender"):
            account.aws.take_over(pool_id, name)


# -- what codes open --------------------------------------------------------------------------------------------------


def test_the_code_in_the_mailbox_confirms(wired: Wired) -> None:
    address = f"{wired.account.name('user')}@example.com"
    answer = wired.cognito.sign_up(
        ClientId=wired.client_id,
        Username=address.partition("@")[0],
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": address}],
    )
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "u***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    code = wired.code(address)
    assert re.fullmatch(r"\d{6}", code)
    (mail,) = wired.aws.inbox(address)
    assert (mail["channel"], mail["meta"]["subject"]) == ("ses", "SignUp")
    assert mail["meta"]["from"] == "Acme <login@acme.example>"
    name = address.partition("@")[0]
    wired.cognito.resend_confirmation_code(ClientId=wired.client_id, Username=name)
    code = wired.code(address, "ResendCode")
    wired.cognito.confirm_sign_up(ClientId=wired.client_id, Username=name, ConfirmationCode=code)
    user = wired.cognito.admin_get_user(UserPoolId=wired.pool_id, Username=name)
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]


def test_where_both_are_verified_the_phone_gets_the_code(account: Account, wired: Wired) -> None:
    both = mailed(account, account.function(source=CAPTURE), AutoVerifiedAttributes=["email", "phone_number"])
    name, _ = sign_up(both)
    answer = both.cognito.resend_confirmation_code(ClientId=both.client_id, Username=name)
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"


def test_attributes_passwords_and_invitations_go_by_mail(wired: Wired) -> None:
    name, address = confirmed(wired)
    token = wired.sign_in(name)["AuthenticationResult"]["AccessToken"]
    wired.cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    code = wired.code(address, "VerifyUserAttribute")
    wired.cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)

    moved = f"{wired.account.name('moved')}@example.com"
    changed = [{"Name": "email", "Value": moved}]
    details = wired.cognito.update_user_attributes(AccessToken=token, UserAttributes=changed)
    assert details["CodeDeliveryDetailsList"][0]["Destination"] == "m***@e***"
    code = wired.code(moved, "UpdateUserAttribute")
    wired.cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)

    answer = wired.cognito.forgot_password(ClientId=wired.client_id, Username=name)
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    parameters = {"ClientId": wired.client_id, "Username": name, "Password": "Better-horse-8"}
    code = wired.code(moved, "ForgotPassword")
    wired.cognito.confirm_forgot_password(**parameters, ConfirmationCode=code)

    guest, password = f"{wired.account.name('guest')}@example.com", "Aa1<>&\"'!"
    wired.cognito.admin_create_user(
        UserPoolId=wired.pool_id,
        Username=guest.partition("@")[0],
        TemporaryPassword=password,
        DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[{"Name": "email", "Value": guest}],
    )
    assert html.unescape(wired.code(guest, "AdminCreateUser")) == password


@pytest.mark.parametrize(("challenge", "attribute"), [("EMAIL_OTP", "email"), ("SMS_OTP", "phone_number")])
def test_the_code_of_a_sign_in_without_password_has_eight_digits(wired: Wired, challenge: str, attribute: str) -> None:
    name, _ = confirmed(wired)
    user = wired.cognito.admin_get_user(UserPoolId=wired.pool_id, Username=name)
    to = next(item["Value"] for item in user["UserAttributes"] if item["Name"] == attribute)
    choice = wired.cognito.initiate_auth(
        ClientId=wired.client_id, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": name}
    )
    assert (choice["ChallengeName"], choice["AvailableChallenges"]) == ("SELECT_CHALLENGE", ["EMAIL_OTP", "SMS_OTP"])
    chosen = respond(wired, name, choice, ANSWER=challenge)
    assert chosen["ChallengeName"] == challenge
    preferred = {"USERNAME": name, "PREFERRED_CHALLENGE": challenge}
    asked = wired.cognito.initiate_auth(ClientId=wired.client_id, AuthFlow="USER_AUTH", AuthParameters=preferred)
    parameters = asked["ChallengeParameters"]
    assert parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == ("EMAIL" if attribute == "email" else "SMS")
    wired.texts(to)
    codes = [message["text"].removeprefix("Authentication ") for message in wired.aws.inbox(to)][-2:]
    assert all(re.fullmatch(r"\d{8}", code) for code in codes)
    # Functions run side by side, so the later code may be the one that arrived first.
    with pytest.raises(ClientError, match="Invalid code or auth state"):
        respond(wired, name, asked, **{f"{challenge}_CODE": "00000000" if "00000000" not in codes else "11111111"})
    opened = []
    for code in codes:
        with contextlib.suppress(ClientError):
            opened.append(respond(wired, name, asked, **{f"{challenge}_CODE": code})["AuthenticationResult"])
    assert ["AccessToken" in tokens for tokens in opened] == [True], "one code opens, and once"


def test_a_sign_in_by_choice_must_be_turned_on_and_the_user_confirmed(account: Account, wired: Wired) -> None:
    name, _ = sign_up(wired)
    parameters = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": name}}
    wired.refused("UserNotConfirmedException", "initiate_auth", ClientId=wired.client_id, **parameters)
    plain = wired.cognito.create_user_pool_client(UserPoolId=wired.pool_id, ClientName="plain")["UserPoolClient"]
    wired.refused("InvalidParameterException", "initiate_auth", ClientId=plain["ClientId"], **parameters)


def test_mail_as_second_factor_has_six_digits_and_recovers_no_password(account: Account) -> None:
    pool = mailed(account)
    pool.cognito.set_user_pool_mfa_config(
        UserPoolId=pool.pool_id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration=FACTOR
    )
    name, address = confirmed(pool)
    assert "AuthenticationResult" in pool.sign_in(name)
    user = {"UserPoolId": pool.pool_id, "Username": name}
    pool.cognito.admin_set_user_mfa_preference(**user, EmailMfaSettings={"Enabled": True, "PreferredMfa": True})
    challenge = dict(pool.sign_in(name))
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "u***@e***"
    code = pool.code(address, "Authentication")
    assert re.fullmatch(r"\d{6}", code)
    assert "AccessToken" in respond(pool, name, challenge, EMAIL_OTP_CODE=code)["AuthenticationResult"]
    pool.refused("InvalidParameterException", "forgot_password", ClientId=pool.client_id, Username=name)

    pool.cognito.admin_set_user_mfa_preference(**user, EmailMfaSettings={"Enabled": False})
    assert "AuthenticationResult" in pool.sign_in(name)
    pool.cognito.set_user_pool_mfa_config(UserPoolId=pool.pool_id, MfaConfiguration="ON", EmailMfaConfiguration=FACTOR)
    assert pool.sign_in(name)["ChallengeName"] == "EMAIL_OTP"


def test_without_a_trigger_cognito_mails_itself(account: Account) -> None:
    pool = create_pool(account, None, None, AutoVerifiedAttributes=["email"], EmailVerificationSubject="Welcome")
    client = account.aws.client("cognito-idp").create_user_pool_client(UserPoolId=pool["Id"], ClientName="app")
    address = f"{account.name('native')}@example.com"
    account.aws.client("cognito-idp").sign_up(
        ClientId=client["UserPoolClient"]["ClientId"],
        Username="native",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": address}],
    )
    (mail,) = account.aws.inbox(address)
    assert (mail["channel"], mail["meta"]["native"], mail["meta"]["subject"]) == ("email", True, "Welcome")


# -- what must be in place --------------------------------------------------------------------------------------------


def test_a_mail_sender_needs_a_key(account: Account, probe: Function) -> None:
    triggers = {"CustomEmailSender": {"LambdaArn": probe.alias_arn, "LambdaVersion": "V1_0"}}
    options: dict[str, Any] = {"LambdaConfig": triggers, "SmsConfiguration": None, "AutoVerifiedAttributes": ["email"]}
    assert "KMSKeyID" in refused_pool(account, "InvalidParameterException", None, None, **options)


def test_mail_as_second_factor_needs_own_ses_and_another_recovery(account: Account) -> None:
    cognito = account.aws.client("cognito-idp")
    only = {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}
    admin = {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    mail = {"EmailConfiguration": OWN_SES}
    for settings, problem in (
        ({"AccountRecoverySetting": RECOVERY}, "EmailSendingAccount of COGNITO_DEFAULT"),
        ({**mail}, "AccountRecoverySetting is not set or contains only verified_email"),
        ({**mail, "AccountRecoverySetting": only}, "AccountRecoverySetting is not set or contains only verified_email"),
        ({**mail, "AccountRecoverySetting": admin}, None),
    ):
        pool = create_pool(account, None, None, SmsConfiguration=None, AutoVerifiedAttributes=["email"], **settings)
        request = {"UserPoolId": pool["Id"], "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": FACTOR}
        if problem is None:
            cognito.set_user_pool_mfa_config(**request)
            # What an update of such a pool sends: it has no SMS.
            cognito.update_user_pool(UserPoolId=pool["Id"], MfaConfiguration="OPTIONAL", **settings)
            assert "SmsMfaConfiguration" not in cognito.get_user_pool_mfa_config(UserPoolId=pool["Id"])
            continue
        with pytest.raises(ClientError, match=problem) as caught:
            cognito.set_user_pool_mfa_config(**request)
        assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


def test_a_pool_that_demands_a_second_factor_has_no_code_as_the_first(account: Account, wired: Wired) -> None:
    with pytest.raises(ClientError, match="Only PASSWORD and WEB_AUTHN"):
        wired.cognito.set_user_pool_mfa_config(
            UserPoolId=wired.pool_id, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
        )


def test_recovery_by_administrators_stands_alone(account: Account) -> None:
    mechanisms = [{"Name": "admin_only", "Priority": 1}, {"Name": "verified_email", "Priority": 2}]
    with pytest.raises(ClientError, match="cannot use admin_only setting with any other"):
        create_pool(account, None, None, AccountRecoverySetting={"RecoveryMechanisms": mechanisms})


# -- SES --------------------------------------------------------------------------------------------------------------


def send(**changes: Any) -> dict[str, Any]:
    return {
        "FromEmailAddress": "Acme <login@acme.example>",
        "Destination": {"ToAddresses": ["ann@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Grüße", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "hello"}, "Html": {"Data": "<p>hello</p>"}},
                "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
            }
        },
        **changes,
    }


def test_a_mail_lands_with_all_that_a_mail_program_shows(wired: Wired) -> None:
    address = f"{wired.account.name('reader')}@example.com"
    wired.aws.client("sesv2").send_email(**send(Destination={"ToAddresses": [address]}))
    (mail,) = wired.aws.inbox(address)
    assert (mail["channel"], mail["text"]) == ("ses", "hello")
    meta = mail["meta"]
    assert (meta["subject"], meta["html"]) == ("Grüße", "<p>hello</p>")
    assert meta["headers"] == {"Auto-Submitted": "auto-generated"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"FromEmailAddress": "login@elsewhere.example"}, "MessageRejected"),
        ({"ConfigurationSetName": "missing"}, "NotFoundException"),
        ({"Destination": {}}, "BadRequestException"),
    ],
)
def test_ses_refuses_what_it_does_not_know(wired: Wired, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        wired.aws.client("sesv2").send_email(**send(**changes))
    assert caught.value.response["Error"]["Code"] == code


def test_a_function_needs_the_right_on_the_identity_with_its_condition(wired: Wired, probe: Function) -> None:
    identity = "arn:aws:ses:eu-central-1:123456789012:identity/acme.example"

    def may(resource: str, address: str) -> Any:
        condition = {"StringEquals": {"ses:FromAddress": address}}
        probe.may(allow("logs:*"), allow("ses:SendEmail", resource, Condition=condition))
        return probe.aws_call("sesv2", "send_email", **send())

    assert may(identity + "x", "login@acme.example")["error"] == "AccessDeniedException"
    assert may(identity, "other@acme.example")["error"] == "AccessDeniedException"
    assert "MessageId" in may(identity, "login@acme.example")


def test_ses_fails_as_it_is_told(wired: Wired, probe: Function) -> None:
    probe.may(allow("logs:*"), allow("ses:SendEmail"))
    for mode, error in (
        ("throttle", "TooManyRequestsException"),
        ("server-error", "InternalFailure"),
        ("down", "EndpointConnectionError"),
    ):
        with wired.aws.fault("ses", mode):
            assert probe.aws_call("sesv2", "send_email", **send())["error"] == error
