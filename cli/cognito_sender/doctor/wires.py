"""From a pool to the function: trigger, key, permission, grant; the function, its alias and its asynchronous calls."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.doctor.aws import MissingError
from cognito_sender.doctor.deployed import ALIAS, COGNITO, TRIGGERS, sources
from cognito_sender.doctor.findings import fail, good, info, skip, warn
from custom_sender.cognito.triggers import lifetime_seconds
from custom_sender.settings import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cognito_sender.doctor.deployed import Deployed, Pool
    from cognito_sender.doctor.findings import Found

APPLY: Final = "terraform apply, of the root that calls the module"
_NAME: Final = "name the pool in user_pools"
_ROLE: Final = "copy role and sms_configuration of examples/minimal"
_PUT: Final = "put the module's output lambda_config on the pool"
# Of a checkout; a wheel does not have it.
_PACKAGE: Final = Path(__file__).parents[3] / "function" / "dist" / "custom-sender.zip"
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
_SESSION_MINUTES: Final = 3
# docs/email.md, "What Cognito demands of the pool".
_MAIL_MINUTES: Final = 10
# AWS documents them, and Terraform's provider does not know them: its next update of the pool takes them away.
# https://github.com/hashicorp/terraform-provider-aws/issues/49707
_NOT_MODELED: Final = ("InboundFederation",)


# Of the function


def settings(sender: Deployed) -> Iterator[Found]:
    if sender.settings is not None:
        yield good(f"format {FORMAT}, and the function can read them")
    else:
        yield fail(
            f"the function would refuse every message: {sender.flaw}",
            f"{APPLY}, with module and package of one version; use the cognito-sender of that version",
        )


def function(sender: Deployed) -> Iterator[Found]:
    found = sender.configuration
    state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
    if state == "Inactive":
        yield info("Inactive: Lambda makes it ready again at the next message, which may wait for some seconds")
    elif state != "Active" or update != "Successful":
        code = found.get("StateReasonCode") or found.get("LastUpdateStatusReasonCode") or "no reason"
        yield fail(f"State {state}, LastUpdateStatus {update} ({code})", f"mend that reason, then {APPLY}")
    else:
        yield good(f"Active, {found.get('Runtime', 'container image')}, {', '.join(found.get('Architectures', []))}")
    try:
        reserved = sender.aws.ask("lambda", "get_function_concurrency", FunctionName=sender.name)
    except MissingError:
        return
    if reserved.get("ReservedConcurrentExecutions") == 0:
        yield fail("its reserved concurrency is 0: nobody can call it", "raise function.reserved_concurrency")


def alias(sender: Deployed) -> Iterator[Found]:
    if not sender.has_alias:
        yield fail(f"there is no alias {ALIAS}, which Cognito calls", APPLY)
        return
    found = sender.aws.ask("lambda", "get_alias", FunctionName=sender.name, Name=ALIAS)
    versions = sender.aws.ask("lambda", "list_versions_by_function", FunctionName=sender.name)["Versions"]
    live = found["FunctionVersion"]
    newest = max((int(each["Version"]) for each in versions if each["Version"].isdecimal()), default=0)
    if weights := (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights"):
        yield warn(f"a part of the messages goes to version {', '.join(weights)}", APPLY)
    if not live.isdecimal():
        yield warn("it points at $LATEST, which changes under it", APPLY)
    elif newest > int(live):
        why = "its self-check failed, or the apply was stopped"
        yield warn(f"version {live}, and there is a version {newest}: {why}", f"{APPLY}: it says why")
    else:
        yield good(f"version {live}, the newest")


def package(sender: Deployed) -> Iterator[Found]:
    code = str(sender.configuration.get("CodeSha256", ""))
    layers = [str(layer["Arn"]).partition(":layer:")[2] for layer in sender.configuration.get("Layers") or []]
    shown = f"SHA-256 {code}; layers: {', '.join(layers) or 'none'}"
    if not _PACKAGE.is_file():
        yield info(shown)
    elif code == base64.b64encode(hashlib.sha256(_PACKAGE.read_bytes()).digest()).decode():
        yield good(f"the default package of this checkout; layers: {', '.join(layers) or 'none'}")
    else:
        yield info(f"not the default package of this checkout: {shown}")


def asynchronous_calls(sender: Deployed) -> Iterator[Found]:
    try:
        found = sender.aws.ask("lambda", "get_function_event_invoke_config", FunctionName=sender.name, Qualifier=ALIAS)
    except MissingError:
        yield fail("Lambda's defaults hold: codes wait for six hours, and what is lost is on no queue", APPLY)
        return
    yield good(f"at most {found.get('MaximumEventAgeInSeconds')} s old, {found.get('MaximumRetryAttempts')} retries")


def failure_queue(sender: Deployed) -> Iterator[Found]:
    try:
        config = sender.aws.ask("lambda", "get_function_event_invoke_config", FunctionName=sender.name, Qualifier=ALIAS)
    except MissingError:
        yield skip("nothing says where failed events go")
        return
    arn = ((config.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if arn is None:
        yield info("off: an event that fails for good leaves an alarm, and no entry")
        return
    name, owner = arn.split(":")[5], arn.split(":")[4]
    try:
        url = sender.aws.ask("sqs", "get_queue_url", QueueName=name, QueueOwnerAWSAccountId=owner)["QueueUrl"]
        found = sender.aws.ask(
            "sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
    except MissingError:
        yield fail(f"the queue {name} is not there, so what fails for good is lost", APPLY)
        return
    count = int(found["Attributes"]["ApproximateNumberOfMessages"])
    if count:
        yield warn(f"{count} events failed for good", 'look at them: docs/operations.md, "The failure queue"')
    else:
        yield good("empty")


def log_group(sender: Deployed) -> Iterator[Found]:
    name = f"/aws/lambda/{sender.name}"
    groups = sender.aws.ask("logs", "describe_log_groups", logGroupNamePrefix=name)["logGroups"]
    found = next((group for group in groups if group["logGroupName"] == name), None)
    if found is None:
        yield fail(f"{name} is not there: nobody can see why a code did not arrive", APPLY)
    elif "retentionInDays" not in found:
        yield warn("its lines are kept for ever", f"set monitoring.log_retention_days; {APPLY}")
    else:
        yield good(f"kept for {found['retentionInDays']} days")


def ledger(sender: Deployed) -> Iterator[Found]:
    if sender.settings is None or sender.settings.ledger_table is None:
        yield info("off: no limits, and Lambda's second delivery of an event is a second message")
        return
    table = sender.settings.ledger_table
    try:
        status = sender.aws.ask("dynamodb", "describe_table", TableName=table)["Table"]["TableStatus"]
        life = sender.aws.ask("dynamodb", "describe_time_to_live", TableName=table)["TimeToLiveDescription"]
    except MissingError:
        yield fail(f"the table {table} is not there: no limit holds, and codes may go out twice", APPLY)
        return
    if status not in {"ACTIVE", "UPDATING"}:
        yield fail(f"the table is {status}", APPLY)
    elif life["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
        yield warn("its items have no time to live, so the table grows for ever", APPLY)
    else:
        yield good(f"{table} is {status}")


def key(sender: Deployed, arn: str) -> Iterator[Found]:
    try:
        found = sender.aws.ask("kms", "describe_key", KeyId=arn)["KeyMetadata"]
    except MissingError:
        yield fail(f"{arn} is not there: no code under it can be read again", "give the pool a key that is there")
        return
    state = found["KeyState"]
    if state == "PendingDeletion":
        yield fail("waits for its deletion", "aws kms cancel-key-deletion, then aws kms enable-key")
    elif state != "Enabled":
        yield fail(f"is {state}: no code can be read", "aws kms enable-key")
    else:
        yield good("Enabled")


# Of a pool


def trigger(sender: Deployed, pool: Pool) -> Iterator[Found]:
    if not pool.found:
        yield fail("the pool is authorized, and not there", f"take it out of user_pools; {APPLY}")
        return
    channels = sender.settings.channels if sender.settings else dict.fromkeys(TRIGGERS)
    for channel, (member, argument) in TRIGGERS.items():
        configured = pool.triggers.get(member) or {}
        arn = str(configured.get("LambdaArn", ""))
        is_ours = arn == sender.alias_arn
        if is_ours and channel in channels and configured.get("LambdaVersion") == "V1_0":
            yield good(f"{member} calls the alias")
        elif is_ours and channel in channels:
            yield fail(f"{member} has another LambdaVersion than V1_0", _PUT)
        elif is_ours:
            fix = 'turn it on, or off in the order of docs/email.md, "Turn it off"'
            yield fail(f"{member} calls the alias, and the channel {channel} is off: its codes are lost", fix)
        elif arn.startswith(f"{sender.arn}:") or arn == sender.arn:
            yield fail(f"{member} calls the function by another qualifier than {ALIAS}, which it may not", _PUT)
        elif channel in channels and arn:
            yield warn(f"{member} calls another function, although {channel} is on", f"{_PUT}, or turn {channel} off")
        elif channel in channels:
            yield fail(f"has no {argument}: Cognito itself sends, and not this sender", _PUT)


def pool_key(sender: Deployed, pool: Pool) -> Iterator[Found]:
    arn = pool.triggers.get("KMSKeyID")
    if not any(pool.triggers.get(member) for member, _ in TRIGGERS.values()):
        yield skip("the pool has no custom sender")
    elif arn in sender.key_arns:
        yield good("one that the function decrypts with")
    else:
        yield fail("another than the function decrypts with: every code is lost", _PUT)


def permission(sender: Deployed, pool: Pool) -> Iterator[Found]:
    for error in sender.not_asked:
        if "lambda:GetPolicy" in str(error):
            raise error
    if any(_allows(statement, sender, pool) for statement in sender.statements):
        yield good("Cognito may call the alias for this pool")
    else:
        yield fail("Cognito may not call the alias for this pool, and nobody is told", f"{_NAME}; {APPLY}")


def _allows(statement: Mapping[str, Any], sender: Deployed, pool: Pool) -> bool:
    principal = statement.get("Principal")
    service = principal.get("Service") if isinstance(principal, dict) else principal
    actions = statement.get("Action")
    conditions = [name for each in (statement.get("Condition") or {}).values() for name in each]
    account = [
        value
        for each in (statement.get("Condition") or {}).values()
        for name, value in each.items()
        if name.lower() == "aws:sourceaccount"
    ]
    return (
        statement.get("Effect") == "Allow"
        and service == COGNITO
        and "lambda:InvokeFunction" in ([actions] if isinstance(actions, str) else actions or [])
        and statement.get("Resource") == sender.alias_arn
        and (pool.arn in sources(statement) or "aws:sourcearn" not in map(str.lower, conditions))
        and account in ([], [sender.account])
    )


def grant(sender: Deployed, pool: Pool, key_arn: str) -> Iterator[Found]:
    try:
        grants = sender.aws.ask("kms", "list_grants", KeyId=key_arn)["Grants"]
    except MissingError:
        yield skip("the key is not there")
        return
    context = {"userpool-id": pool.id}
    constraints = [
        {name: value for name, value in (each.get("Constraints") or {}).items() if value}
        for each in grants
        if each.get("GranteePrincipal") == sender.configuration["Role"] and "Decrypt" in each["Operations"]
    ]
    if {"EncryptionContextSubset": context} in constraints:
        yield good("the function may decrypt this pool's codes, and no others")
    elif {} in constraints:
        yield warn("the function may decrypt with this key whatever pool a code is for", APPLY)
    elif {"EncryptionContextEquals": context} in constraints:
        yield fail("its constraint is EncryptionContextEquals, which refuses every code of Cognito's", APPLY)
    else:
        yield fail("the function may not decrypt this pool's codes: they wait, and are lost", f"{_NAME}; {APPLY}")


def sms_role(sender: Deployed, pool: Pool) -> Iterator[Found]:
    if sender.settings is None or "sms" not in sender.settings.channels:
        return
    configuration = pool.found.get("SmsConfiguration") or {}
    arn = configuration.get("SnsCallerArn") or (configuration.get("EumsSms") or {}).get("CallerArn")
    if not arn:
        yield fail("the pool has no SmsConfiguration: Cognito makes no code for a telephone", _ROLE)
        return
    if problem := pool.found.get("SmsConfigurationFailure"):
        yield warn(f"Cognito reports {problem}", "look at the role that Cognito names, and at SNS's limits")
    try:
        role = sender.aws.ask("iam", "get_role", RoleName=arn.rpartition("/")[2])["Role"]
    except MissingError:
        yield fail("the pool's SMS role is not there: Cognito refuses to send codes", _ROLE)
        return
    wanted = configuration.get("ExternalId")
    trust = [
        statement
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
        if statement.get("Effect") == "Allow" and COGNITO in json.dumps(statement.get("Principal"))
    ]
    if not trust:
        yield fail("the pool's SMS role does not trust Cognito", _ROLE)
    elif not any("sts:ExternalId" not in json.dumps(each) or json.dumps(wanted) in json.dumps(each) for each in trust):
        yield fail("the pool's SMS role asks for another external id than the pool has", "make both the same")
    else:
        yield good("Cognito may use it")


def mail_configuration(sender: Deployed, pool: Pool) -> Iterator[Found]:
    if sender.settings is None or "email" not in sender.settings.channels:
        return
    if problem := pool.found.get("EmailConfigurationFailure"):
        yield warn(f"Cognito reports {problem}", "verify the identity of the pool's email_configuration")
        return
    account = (pool.found.get("EmailConfiguration") or {}).get("EmailSendingAccount", "COGNITO_DEFAULT")
    if account == "DEVELOPER":
        yield good("DEVELOPER, which e-mail MFA and one-time codes at sign-in need")
    else:
        yield info("COGNITO_DEFAULT: no e-mail MFA, and no one-time codes at sign-in")


def other_triggers(sender: Deployed, pool: Pool) -> Iterator[Found]:  # noqa: ARG001
    found = [name for name in _NOT_MODELED if pool.triggers.get(name)]
    if found:
        yield warn(
            f"{', '.join(found)}: Terraform's provider does not know it, and drops it when it updates the pool",
            "set it again after each apply that changes the pool (hashicorp/terraform-provider-aws#49707)",
        )
    else:
        yield good("none that Terraform's provider would drop")


def clients(sender: Deployed, pool: Pool) -> Iterator[Found]:
    """A session that ends before the code does makes the code's last minutes worthless."""
    lifetimes = sender.settings.protection.lifetimes_seconds if sender.settings else {}
    seconds = lifetime_seconds("Authentication", lifetimes)
    found = sender.aws.ask("cognito-idp", "list_user_pool_clients", UserPoolId=pool.id, MaxResults=60)[
        "UserPoolClients"
    ]
    short, slow = [], []
    for client in (str(each["ClientId"]) for each in found):
        answer = sender.aws.ask("cognito-idp", "describe_user_pool_client", UserPoolId=pool.id, ClientId=client)
        minutes = answer["UserPoolClient"].get("AuthSessionValidity") or _SESSION_MINUTES
        short += [client] if minutes * 60 < seconds else []
        slow += [client] if minutes < _MAIL_MINUTES else []
    if short:
        yield warn(
            f"the sign-in of {', '.join(short)} ends before the {seconds} s that its codes are sent for",
            "raise the client's auth_session_validity, or lower protection.code_lifetimes_seconds.Authentication",
        )
    else:
        yield good(f"no sign-in ends before its codes do ({seconds} s)")
    if slow and sender.settings and "email" in sender.settings.channels:
        yield info(f"mail is slow: give sign-ins by mail an auth_session_validity of {_MAIL_MINUTES} minutes or more")
