"""What senders need of their providers, as far as AWS knows it: accounts, identities, spend, secrets."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.doctor.aws import NotAskedError
from cognito_sender.doctor.findings import fail, good, info, skip, warn
from custom_sender.message import Carries, Code, Mail, Message, Text
from custom_sender.network.provider_secrets import Credentials, CredentialsInvalid, CredentialsUnavailable
from custom_sender.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cognito_sender.doctor.deployed import Deployed
    from cognito_sender.doctor.findings import Line

_SMS: Final = "pinpoint-sms-voice-v2"
# Shares of a quota that is nearly spent, in percent.
_NEARLY: Final = 80
_PRODUCTION: Final = "request production access"
_ANOTHER: Final = "make it, or name another in senders"
# By the beginning of an id, or an ARN's kind: the operation that describes it, its parameter, the answer's list.
_IDENTITIES: Final = {
    "pool": ("describe_pools", "PoolIds", "Pools"),
    "phone": ("describe_phone_numbers", "PhoneNumberIds", "PhoneNumbers"),
    "rcs": ("describe_rcs_agents", "RcsAgentIds", "RcsAgents"),
}


# Sends nothing: a request is only built, to see whether that can be done.
_NOTHING: Final = Secret("0")
_NUMBER: Final = "+15550100123"
_ADDRESS: Final = "a@example.com"
_CONTENTS: Final[Mapping[Carries, tuple[str, Any]]] = {
    Carries.TEXT: (_NUMBER, Text(_NOTHING, _NOTHING, "US")),
    Carries.CODE: (_NUMBER, Code(_NOTHING, "US")),
    Carries.MAIL: (_ADDRESS, Mail(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _ADDRESS)),
}


# AWS End User Messaging SMS


def messaging_account(sender: Deployed, region: str) -> Iterator[Line]:
    attributes = sender.ask(_SMS, "describe_account_attributes", region)["AccountAttributes"]
    tier = next((each["Value"] for each in attributes if each["Name"] == "ACCOUNT_TIER"), "no")
    if tier == "SANDBOX":
        yield fail("the account is in the sandbox: only verified numbers get codes", _PRODUCTION)
    else:
        yield good(f"{tier} tier")


def messaging_spend(sender: Deployed, region: str) -> Iterator[Line]:
    limits = sender.ask(_SMS, "describe_spend_limits", region)["SpendLimits"]
    limit = next((each["EnforcedLimit"] for each in limits if each["Name"].startswith("TEXT_")), None)
    yield _spend(sender, region, limit, "AWS/SMSVoice", "TextMessageMonthlySpend")


def messaging_identity(sender: Deployed, region: str, identity: str) -> Iterator[Line]:
    """Of a number, sender id or pool."""
    found = _identity(sender, region, identity)
    if not found:
        yield fail("the origination identity is not in this account and Region", _ANOTHER)
    for each in found:
        status, registration = each.get("Status", "ACTIVE"), each.get("RegistrationId")
        if status != "ACTIVE":
            yield fail(f"the origination identity is {status}", "wait until it is ACTIVE, or name another in senders")
        elif registration and (state := _registration(sender, region, registration)) != "COMPLETE":
            yield fail(
                f"the registration {registration} is {state}: carriers may filter codes",
                "complete it in the End User Messaging console",
            )
        elif registration:
            yield good("ACTIVE, and its registration is COMPLETE")
        elif each.get("Registered") is False:
            yield info(f"sender id without a registration in {each['IsoCountryCode']}")
        else:
            yield good("ACTIVE")


def _identity(sender: Deployed, region: str, identity: str) -> list[Any]:
    is_arn = identity.startswith("arn:")
    kind = (identity.split(":")[5] if is_arn else identity).partition("-")[0].partition("/")[0]
    if described := _IDENTITIES.get(kind):
        operation, parameter, answer = described
        found = sender.ask(_SMS, operation, region, **{parameter: [identity]})
        return list(found[answer]) if found else []
    if identity.startswith("+"):
        numbers = sender.ask(_SMS, "describe_phone_numbers", region)["PhoneNumbers"]
        return [each for each in numbers if each["PhoneNumber"] == identity]
    name = identity.rpartition("sender-id/")[2].partition("/")[0]
    return [each for each in sender.ask(_SMS, "describe_sender_ids", region)["SenderIds"] if each["SenderId"] == name]


def _registration(sender: Deployed, region: str, registration: str) -> str:
    found = sender.ask(_SMS, "describe_registrations", region, RegistrationIds=[registration])
    return str(found["Registrations"][0]["RegistrationStatus"]) if found else "not there"


def configuration_set(sender: Deployed, region: str, name: str) -> Iterator[Line]:
    if sender.ask(_SMS, "describe_configuration_sets", region, ConfigurationSetNames=[name]) is None:
        yield fail(f"the configuration set {name} is not there: every message is refused", _ANOTHER)
    else:
        yield good(f"the configuration set {name} is there")


def notify(sender: Deployed, region: str, configuration: str) -> Iterator[Line]:
    found = sender.ask(_SMS, "describe_notify_configurations", region, NotifyConfigurationIds=[configuration])
    status = found["NotifyConfigurations"][0]["Status"] if found else "not there"
    if status == "ACTIVE":
        yield good("the Notify configuration is ACTIVE")
    else:
        yield fail(f"the Notify configuration is {status}", "wait until it is ACTIVE, or name another in senders")


# Amazon SNS


def sns_account(sender: Deployed, region: str) -> Iterator[Line]:
    if sender.ask("sns", "get_sms_sandbox_account_status", region)["IsInSandbox"]:
        yield fail("the account is in the SMS sandbox: only verified numbers get codes", _PRODUCTION)
    else:
        yield good("out of the SMS sandbox")


def sns_spend(sender: Deployed, region: str) -> Iterator[Line]:
    # Until somebody asks for more, it is one US dollar: https://docs.aws.amazon.com/sns/latest/dg/channels-sms-awssupport-spend-threshold.html
    attributes = sender.ask("sns", "get_sms_attributes", region).get("attributes") or {}
    limit = float(attributes.get("MonthlySpendLimit") or 1)
    yield _spend(sender, region, limit, "AWS/SNS", "SMSMonthToDateSpentUSD")


def topic(sender: Deployed, region: str, arn: str) -> Iterator[Line]:
    found = sender.ask("sns", "get_topic_attributes", region, TopicArn=arn)
    if found is None:
        yield fail("the testers' topic is not there", _ANOTHER)
    elif int(found["Attributes"].get("SubscriptionsConfirmed") or 0):
        yield good("the testers' topic has subscribers")
    else:
        yield warn("nobody has confirmed a subscription to the testers' topic", "confirm it in the mail that SNS sent")


def _spend(sender: Deployed, region: str, limit: float | None, namespace: str, metric: str) -> Line:
    """The month's limit, and how much of it is spent."""
    if limit is None:
        return info("no spend limit of its own")
    (values,) = sender.measured([(namespace, metric, {})], "Maximum", 24, region)
    spent, fix = max(values, default=0), "ask AWS Support for a higher limit"
    if 100 * spent >= _NEARLY * limit:
        return warn(f"{spent:.2f} of {limit:g} US dollars a month are spent: at the limit, all messages stop", fix)
    if limit <= 1:
        return warn(f"the spend limit is {limit:g} US dollar a month: some ten codes", fix)
    return good(f"{spent:.2f} of {limit:g} US dollars a month are spent")


# Amazon SES


def ses_account(sender: Deployed, region: str) -> Iterator[Line]:
    found = sender.ask("sesv2", "get_account", region)
    enforcement, quota = found.get("EnforcementStatus", "HEALTHY"), found.get("SendQuota") or {}
    most, sent = quota.get("Max24HourSend", 0), quota.get("SentLast24Hours", 0)
    if not found["ProductionAccessEnabled"]:
        yield fail("the account is in the sandbox: only verified addresses get mails", _PRODUCTION)
    if enforcement == "SHUTDOWN" or not found["SendingEnabled"]:
        yield fail(f"SES sends no mail of this account ({enforcement})", "answer the review case in the SES console")
    elif enforcement != "HEALTHY":
        yield warn(f"SES reviews the account ({enforcement})", "answer the review case, and look at bounces and limits")
    if most > 0 and 100 * sent >= _NEARLY * most:
        yield warn(f"{sent:.0f} of {most:.0f} mails a day are sent", "ask for a higher sending quota")
    elif found["ProductionAccessEnabled"] and found["SendingEnabled"]:
        yield good(f"production access; {sent:.0f} of {most:.0f} mails a day are sent")


def ses_identity(sender: Deployed, region: str, arn: str) -> Iterator[Line]:
    account, identity = arn.split(":")[4], arn.partition("identity/")[2]
    if account != sender.account:
        yield skip(f"it is of the account {account}, which alone sees its state")
        return
    found = sender.ask("sesv2", "get_email_identity", region, EmailIdentity=identity)
    dkim = ((found or {}).get("DkimAttributes") or {}).get("Status", "NOT_STARTED")
    if found is None:
        yield fail("the identity is not there: SES refuses every mail", "make it, and verify it")
    elif not found.get("VerifiedForSendingStatus"):
        yield fail("the identity is not verified: SES refuses every mail", "verify it")
    elif dkim not in {"SUCCESS", "NOT_STARTED"} or ("@" not in identity and dkim != "SUCCESS"):
        yield warn(f"its DKIM is {dkim}: mailboxes may take codes for spam", "publish the identity's DKIM records")
    else:
        yield good(f"verified, DKIM {dkim}")


def ses_configuration_set(sender: Deployed, region: str, name: str) -> Iterator[Line]:
    found = sender.ask("sesv2", "get_configuration_set", region, ConfigurationSetName=name)
    if found is None:
        yield fail(f"the configuration set {name} is not there: SES refuses every mail", _ANOTHER)
    elif (found.get("SendingOptions") or {}).get("SendingEnabled") is False:
        yield fail(f"the configuration set {name} does not send", "enable its sending")
    else:
        yield good(f"the configuration set {name} sends")


# Secrets


def secret(sender: Deployed, arn: str, names: tuple[str, ...]) -> Iterator[Line]:
    """Held against what the function itself demands of it. Of its values nothing is kept."""
    service, region = arn.split(":")[2:4]
    if service == "secretsmanager":
        found = sender.ask("secretsmanager", "get_secret_value", region, SecretId=arn)
    else:
        found = sender.ask("ssm", "get_parameter", region, Name=arn, WithDecryption=True)
    if found is None:
        yield fail(
            "it is not there, or has no value", "restore it, or put the provider's credentials in: docs/senders.md"
        )
        return
    client = SimpleNamespace(get_secret_value=lambda **_: found, get_parameter=lambda **_: found)
    try:
        fields = Credentials(lambda *_: client).get(arn)
    except CredentialsUnavailable:
        raise NotAskedError(f"{service} answered without a value", "try again") from None
    except CredentialsInvalid:
        yield fail("it is no JSON object, or too deep", "write the sender's fields into it: docs/senders.md")
        return
    lacking = [(name, refused) for name in names if (refused := _refused(sender.senders[name], fields))]
    for name, rule in lacking:
        yield fail(f"{name} refuses it: {rule}", "write it into the secret; a value is never shown here")
    if not lacking:
        yield good("there, and as its sender needs it")


def _refused(each: Any, fields: Mapping[str, Any]) -> str:
    """The rule of an attribute that a sender finds broken; empty if it can use the secret."""
    to, content = next(about for form, about in _CONTENTS.items() if form in each.carries)
    message: Message[Any] = Message(to, content, None, "SignUp", None, "", "", 60, "0" * 32)
    try:
        each.build(message, fields, now=time.time())
    except CredentialsInvalid as error:
        return str(error).partition(". Got: ")[0]
    return ""
