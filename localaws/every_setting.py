"""User pools with every setting that Cognito's service model can hold, none of them at its default.

The settings are generated from botocore's model: a member that a later botocore knows is in these pools by itself, and
:func:`value` says so when it cannot make a value for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from localaws.pools import MFA, SETTINGS, UPDATE

REGION: Final = "eu-central-1"
ACCOUNT: Final = "123456789012"

# Values that the model's types do not tell, by the member's name or, where that is not enough, its path.
_SAID: Final[Mapping[str, Any]] = {
    "SnsRegion": "us-east-1",
    "EumsSms.Region": REGION,
    "RelyingPartyId": "login.example.com",
    "From": "Acme <login@example.com>",
    "ReplyToEmailAddress": "reply@example.com",
    "SourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/login@example.com",
    "AllowedScopes": ["openid", "phone"],
    "RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}, {"Priority": 2, "Name": "verified_email"}],
    "AcrConfiguration": {"mfa": {"AcrValue": "urn:example:mfa"}},
    "UserPoolTags": {"team": "login", "cost-center": "42"},
    "AllowedFirstAuthFactors": ["PASSWORD", "SMS_OTP"],
    "KmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/99999999-8888-7777-6666-555555555555",
    "MfaConfiguration": "OPTIONAL",
    "DeletionProtection": "ACTIVE",
    "EnableStatus": "Enabled",
    "DefaultEmailOption": "CONFIRM_WITH_LINK",
    "RequireUppercase": False,
    "RequireLowercase": False,
    "RequireNumbers": False,
    "RequireSymbols": False,
    "PreTokenGenerationConfig": {
        "LambdaVersion": "V2_0",
        "LambdaArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pre-token-generation",
    },
    "PreTokenGeneration": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pre-token-generation",
}
# Settings that Cognito shows twice have one value.
_TEXTS: Final[Mapping[str, str]] = {
    "SmsVerificationMessage": "Acme: {####} confirms your number",
    "SmsMessage": "Acme: {####} confirms your number",
    "EmailVerificationMessage": "Enter {####} to confirm",
    "EmailMessage": "Enter {####} to confirm",
    "EmailVerificationSubject": "Confirm your address",
    "EmailSubject": "Confirm your address",
    "EmailMessageByLink": "Follow {##this link##}",
    "SMSMessage": "Hello {username}, your password is {####}",
}
# May not be sent beside PasswordPolicy.TemporaryPasswordValidityDays.
_RETIRED: Final = "UnusedAccountValidityDays"


def value(shape: Any, path: str) -> Any:
    """A value of this shape that is no default.

    :raises NotImplementedError: for a member of a kind that this file has to learn.
    """
    name = path.rsplit(".", 1)[-1]
    for said in (path, ".".join(path.split(".")[-2:]), name):
        if said in _SAID:
            return _SAID[said]
    kind = shape.type_name
    if kind == "structure":
        return {
            member: value(inner, f"{path}.{member}") for member, inner in shape.members.items() if member != _RETIRED
        }
    if kind == "boolean":
        return True
    if kind in {"integer", "long"}:
        return min(int(shape.metadata.get("max", 11)), 11)
    if kind == "list" and shape.member.metadata.get("enum"):
        return list(shape.member.metadata["enum"][:1])
    if kind == "string":
        return _text(shape, name)
    raise NotImplementedError(f"{path}: say in _SAID what a {shape.name} may be")


def _text(shape: Any, name: str) -> str:
    if shape.metadata.get("enum"):
        return str(shape.metadata["enum"][-1])
    if name in _TEXTS:
        return _TEXTS[name]
    if "####" in shape.metadata.get("pattern", ""):
        return f"{name}: {{####}}"
    if shape.name == "ArnType":
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name.lower()}"
    return f"acme-{name.lower()}"


def every_setting(sms_role_arn: str, *, messaging: bool = False) -> dict[str, Any]:
    """A request of ``UpdateUserPool`` with every member, except the custom senders and their key: those are the
    attachment's. ``messaging``: Cognito sends through End User Messaging, which excludes SNS."""
    settings = {name: value(UPDATE.members[name], name) for name in SETTINGS}
    for sender in ("CustomSMSSender", "CustomEmailSender", "KMSKeyID"):
        del settings["LambdaConfig"][sender]
    sms = settings["SmsConfiguration"]
    if messaging:
        settings["SmsConfiguration"] = {"EumsSms": {**sms["EumsSms"], "CallerArn": sms_role_arn}}
    else:
        del sms["EumsSms"]
        sms["SnsCallerArn"] = sms_role_arn
    return settings


def every_factor(sms_configuration: Mapping[str, Any]) -> dict[str, Any]:
    """A request of ``SetUserPoolMfaConfig`` with every member."""
    factors = {name: value(shape, name) for name, shape in MFA.members.items() if name != "UserPoolId"}
    factors["SmsMfaConfiguration"] = {
        "SmsConfiguration": dict(sms_configuration),
        "SmsAuthenticationMessage": value(UPDATE.members["SmsAuthenticationMessage"], "SmsAuthenticationMessage"),
    }
    return factors


def subset(settings: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Only these settings, and what they cannot be without."""
    chosen = {name: settings[name] for name in names}
    if chosen.get("MfaConfiguration", "OFF") != "OFF":
        chosen["SmsConfiguration"] = settings["SmsConfiguration"]
    return chosen
