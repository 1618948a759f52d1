"""What senders need of their providers, as far as AWS knows it: accounts, identities, spend, secrets."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.doctor.aws import MissingError
from cognito_sender.doctor.findings import fail, good, info, warn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cognito_sender.doctor.deployed import Deployed
    from cognito_sender.doctor.findings import Found

_SMS: Final = "pinpoint-sms-voice-v2"
# Shares of a quota that is nearly spent, in percent.
_NEARLY: Final = 80
_QUOTA: Final = "ask AWS Support for a higher limit"
# By the beginning of an id, or an ARN's kind: the operation that describes it, its parameter, the answer's list.
_IDENTITIES: Final = {
    "pool": ("describe_pools", "PoolIds", "Pools"),
    "phone": ("describe_phone_numbers", "PhoneNumberIds", "PhoneNumbers"),
    "rcs": ("describe_rcs_agents", "RcsAgentIds", "RcsAgents"),
}
_SECRET_FIELD: Final = re.compile(r"\{secret\.([A-Za-z0-9_]+)")


# AWS End User Messaging SMS


def messaging_account(sender: Deployed, region: str) -> Iterator[Found]:
    attributes = sender.aws.ask(_SMS, "describe_account_attributes", region=region)["AccountAttributes"]
    tier = next((each["Value"] for each in attributes if each["Name"] == "ACCOUNT_TIER"), "")
    if tier == "SANDBOX":
        yield fail("the account is in the sandbox: only verified numbers get codes", "request production access")
    else:
        yield good(f"{tier or 'no'} tier")


def messaging_spend(sender: Deployed, region: str) -> Iterator[Found]:
    limits = sender.aws.ask(_SMS, "describe_spend_limits", region=region)["SpendLimits"]
    limit = next((each["EnforcedLimit"] for each in limits if each["Name"].startswith("TEXT_")), None)
    yield from _spend(sender, region, limit, "AWS/SMSVoice", "TextMessageMonthlySpend")


def messaging_identity(sender: Deployed, region: str, identity: str) -> Iterator[Found]:
    """Of a number, sender id or pool."""
    kind = (
        identity.split(":")[5].split("/", maxsplit=1)[0] if identity.startswith("arn:") else identity.partition("-")[0]
    )
    described = _IDENTITIES.get(kind.partition("-")[0])
    try:
        if described:
            operation, parameter, answer = described
            found = sender.aws.ask(_SMS, operation, region=region, **{parameter: [identity]})[answer]
        elif identity.startswith("+"):
            every = sender.aws.ask(_SMS, "describe_phone_numbers", region=region)["PhoneNumbers"]
            found = [each for each in every if each["PhoneNumber"] == identity]
        else:
            name = identity.rpartition("sender-id/")[2].partition("/")[0]
            every = sender.aws.ask(_SMS, "describe_sender_ids", region=region)["SenderIds"]
            found = [each for each in every if each["SenderId"] == name]
    except MissingError:
        found = []
    if not found:
        yield fail("the origination identity is not in this account and Region", "name one that is, in senders")
    for each in found:
        status = each.get("Status", "ACTIVE")
        if status != "ACTIVE":
            yield fail(f"the origination identity is {status}", "wait until it is ACTIVE, or name another")
        elif registration := each.get("RegistrationId"):
            yield from _registration(sender, region, registration)
        elif each.get("Registered") is False:
            yield info(f"sender id without a registration in {each['IsoCountryCode']}")
        else:
            yield good("ACTIVE")


def _registration(sender: Deployed, region: str, registration: str) -> Iterator[Found]:
    found = sender.aws.ask(_SMS, "describe_registrations", region=region, RegistrationIds=[registration])
    status = found["Registrations"][0]["RegistrationStatus"]
    if status == "COMPLETE":
        yield good("ACTIVE, and its registration is COMPLETE")
    else:
        yield fail(f"the registration {registration} is {status}: carriers may filter codes", "complete it")


def configuration_set(sender: Deployed, region: str, name: str) -> Iterator[Found]:
    try:
        sender.aws.ask(_SMS, "describe_configuration_sets", region=region, ConfigurationSetNames=[name])
    except MissingError:
        yield fail(f"the configuration set {name} is not there: every message is refused", "make it, or name another")
    else:
        yield good(f"the configuration set {name} is there")


def notify(sender: Deployed, region: str, configuration: str) -> Iterator[Found]:
    try:
        found = sender.aws.ask(
            _SMS, "describe_notify_configurations", region=region, NotifyConfigurationIds=[configuration]
        )["NotifyConfigurations"]
    except MissingError:
        found = []
    status = found[0]["Status"] if found else "not there"
    if status == "ACTIVE":
        yield good("the Notify configuration is ACTIVE")
    else:
        yield fail(f"the Notify configuration is {status}", "wait until it is ACTIVE, or name another")


# Amazon SNS


def sns_account(sender: Deployed, region: str) -> Iterator[Found]:
    if sender.aws.ask("sns", "get_sms_sandbox_account_status", region=region)["IsInSandbox"]:
        yield fail("the account is in the SMS sandbox: only verified numbers get codes", "request production access")
    else:
        yield good("out of the SMS sandbox")


def sns_spend(sender: Deployed, region: str) -> Iterator[Found]:
    # Until somebody asks for more, it is one US dollar: https://docs.aws.amazon.com/sns/latest/dg/channels-sms-awssupport-spend-threshold.html
    attributes = sender.aws.ask("sns", "get_sms_attributes", region=region).get("attributes") or {}
    yield from _spend(
        sender, region, float(attributes.get("MonthlySpendLimit") or 1), "AWS/SNS", "SMSMonthToDateSpentUSD"
    )


def topic(sender: Deployed, region: str, arn: str) -> Iterator[Found]:
    try:
        found = sender.aws.ask("sns", "get_topic_attributes", region=region, TopicArn=arn)["Attributes"]
    except MissingError:
        yield fail("the testers' topic is not there", "make it, or name another")
        return
    if int(found.get("SubscriptionsConfirmed") or 0):
        yield good("the testers' topic has subscribers")
    else:
        yield warn("nobody has confirmed a subscription to the testers' topic", "confirm it in the mail that SNS sent")


def _spend(sender: Deployed, region: str, limit: float | None, namespace: str, metric: str) -> Iterator[Found]:
    """The month's limit, and how much of it is spent."""
    if limit is None:
        yield info("no spend limit of its own")
        return
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    measured = {"Metric": {"Namespace": namespace, "MetricName": metric}, "Period": 3600, "Stat": "Maximum"}
    answer = sender.aws.ask(
        "cloudwatch",
        "get_metric_data",
        region=region,
        StartTime=now - timedelta(days=1),
        EndTime=now,
        MetricDataQueries=[{"Id": "spent", "MetricStat": measured}],
    )
    values = answer["MetricDataResults"][0]["Values"]
    spent = max(values, default=0)
    if 100 * spent >= _NEARLY * limit:
        yield warn(f"{spent:.2f} of {limit:g} US dollars a month are spent: at the limit, all messages stop", _QUOTA)
    elif limit <= 1:
        yield warn(f"the spend limit is {limit:g} US dollar a month: some ten codes", _QUOTA)
    else:
        yield good(f"{spent:.2f} of {limit:g} US dollars a month are spent")


# Amazon SES


def ses_account(sender: Deployed, region: str) -> Iterator[Found]:
    found = sender.aws.ask("sesv2", "get_account", region=region)
    enforcement, quota = found.get("EnforcementStatus", "HEALTHY"), found.get("SendQuota") or {}
    most, sent = quota.get("Max24HourSend", 0), quota.get("SentLast24Hours", 0)
    if not found["ProductionAccessEnabled"]:
        yield fail("the account is in the sandbox: only verified addresses get mails", "request production access")
    if enforcement == "SHUTDOWN" or not found["SendingEnabled"]:
        yield fail(f"SES sends no mail of this account ({enforcement})", "answer the review case in the SES console")
    elif enforcement != "HEALTHY":
        yield warn(f"SES reviews the account ({enforcement})", "answer the review case, and look at bounces and limits")
    if most > 0 and 100 * sent >= _NEARLY * most:
        yield warn(f"{sent:.0f} of {most:.0f} mails a day are sent", "ask for a higher sending quota")
    elif found["ProductionAccessEnabled"] and found["SendingEnabled"]:
        yield good(f"production access; {sent:.0f} of {most:.0f} mails a day are sent")


def ses_identity(sender: Deployed, region: str, identity: str) -> Iterator[Found]:
    try:
        found = sender.aws.ask("sesv2", "get_email_identity", region=region, EmailIdentity=identity)
    except MissingError:
        yield fail("the identity is not there: SES refuses every mail", "make it, and verify it")
        return
    dkim = (found.get("DkimAttributes") or {}).get("Status", "NOT_STARTED")
    if not found.get("VerifiedForSendingStatus"):
        yield fail("the identity is not verified: SES refuses every mail", "verify it")
    elif dkim not in {"SUCCESS", "NOT_STARTED"} or ("@" not in identity and dkim != "SUCCESS"):
        yield warn(f"its DKIM is {dkim}: mailboxes may take codes for spam", "publish the identity's DKIM records")
    else:
        yield good(f"verified, DKIM {dkim}")


def ses_configuration_set(sender: Deployed, region: str, name: str) -> Iterator[Found]:
    try:
        found = sender.aws.ask("sesv2", "get_configuration_set", region=region, ConfigurationSetName=name)
    except MissingError:
        yield fail(f"the configuration set {name} is not there: SES refuses every mail", "make it, or name another")
        return
    if (found.get("SendingOptions") or {}).get("SendingEnabled") is False:
        yield fail(f"the configuration set {name} does not send", "enable its sending")
    else:
        yield good(f"the configuration set {name} sends")


# Secrets


def secret(sender: Deployed, arn: str, names: tuple[str, ...]) -> Iterator[Found]:
    """There, and with a sender's fields in it. Of its values nothing is kept."""
    service, region = arn.split(":")[2:4]
    try:
        if service == "secretsmanager":
            value = sender.aws.ask("secretsmanager", "get_secret_value", region=region, SecretId=arn).get(
                "SecretString"
            )
        else:
            answer = sender.aws.ask("ssm", "get_parameter", region=region, Name=arn, WithDecryption=True)
            value = answer["Parameter"].get("Value")
    except MissingError:
        yield fail("it is not there, or has no value", "put the provider's credentials in: docs/senders.md")
        return
    try:
        fields = json.loads(value or "")
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        yield fail("it is no JSON object", "write the sender's fields into it: docs/senders.md")
        return
    filled = {name for name, content in fields.items() if content}
    for name in names:
        wanted = secret_fields(sender.documents.get("senders", {}).get(name, {}))
        if not any(each <= filled for each in wanted):
            yield fail(
                f"it has not all fields of {name}: {' or '.join(', '.join(sorted(each)) for each in wanted)}",
                "write them into it; a value is never shown here",
            )
            return
    yield good("there, with the fields that its sender needs")


def secret_fields(settings: Mapping[str, Any]) -> list[frozenset[str]]:
    """The fields that a sender's secret must have: one set of these."""
    kind = str(settings.get("kind", ""))
    if kind == "http":
        preset = settings.get("preset")
        text = _file(f"presets/{preset}.json") if preset else json.dumps(settings)
        return [frozenset(_SECRET_FIELD.findall(text))]
    examples = json.loads(_file("kinds.json"))["kinds"].get(kind, {}).get("secret", [])
    return [frozenset(json.JSONDecoder().raw_decode(example)[0]) for example in examples]


@cache
def _file(name: str) -> str:
    return (resources.files("custom_sender.senders") / name).read_text("utf-8")
