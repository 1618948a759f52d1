"""From a pool to the function: trigger, key, permission, grant; the function, its alias and its asynchronous calls."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.doctor.aws import NotAskedError
from cognito_sender.doctor.deployed import ALIAS, HANDLER, fits, listed, sources
from cognito_sender.doctor.findings import fail, good, info, skip, warn
from custom_sender.cognito.triggers import lifetime_seconds
from custom_sender.errors import SettingsError
from custom_sender.settings import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cognito_sender.doctor.deployed import Deployed, Pool
    from cognito_sender.doctor.findings import Line

APPLY: Final = "terraform apply, of the root that calls the module"
COGNITO: Final = "cognito-idp.amazonaws.com"
LAMBDA: Final = "lambda.amazonaws.com"
# By channel, the member of LambdaConfig and the argument of the module's output lambda_config.
TRIGGERS: Final = {
    "sms": ("CustomSMSSender", "custom_sms_sender"),
    "email": ("CustomEmailSender", "custom_email_sender"),
}
QUEUE: Final = 'docs/operations.md, "The failure queue"'
NAME: Final = f"name the pool in user_pools; {APPLY}"
# The policies of iam.tf: a name begins with one of these.
_POLICIES: Final = ("function-", "senders-")
_ROLE: Final = "copy role and sms_configuration of examples/minimal"
_PUT: Final = "put the module's output lambda_config on the pool"
# Of ledger.tf.
_LEDGER_KEY: Final = [("id", "HASH", "S")]
_LEDGER_LIFE: Final = "expires_at"
# As function/build.py has made it.
_PACKAGE: Final = Path(__file__).with_name("package.json")
# At the end of a zip is the list of its files; that of the Powertools layer has a tenth of this.
_LIST_BYTES: Final = 4_000_000
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
_SESSION_MINUTES: Final = 3
# docs/email.md, "What Cognito demands of the pool".
_MAIL_MINUTES: Final = 10
# AWS documents them, and Terraform's provider does not know them: its next update of the pool takes them away.
# https://github.com/hashicorp/terraform-provider-aws/issues/49707
_NOT_MODELED: Final = ("InboundFederation",)


# Of the function


def settings(sender: Deployed) -> Iterator[Line]:
    if isinstance(sender.told, SettingsError):
        rule, _, fix = str(sender.told).removesuffix(".").partition(" Fix: ")
        yield fail(
            f"the function would refuse every message: {rule}", f"{fix}; {APPLY}, or take the doctor of that version"
        )
    else:
        yield good(f"format {FORMAT}, and the function can read them")


def function(sender: Deployed) -> Iterator[Line]:
    found = sender.configuration
    state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
    if state == "Inactive":
        yield info("Inactive: Lambda makes it ready again at the next message, which may wait for some seconds")
    elif state != "Active" or update != "Successful":
        code = found.get("StateReasonCode") or found.get("LastUpdateStatusReasonCode") or "no reason"
        yield fail(f"State {state}, LastUpdateStatus {update} ({code})", f"mend that reason, then {APPLY}")
    else:
        yield good(f"Active, {found.get('Runtime', 'container image')}, {', '.join(found.get('Architectures', []))}")
    reserved = sender.ask("lambda", "get_function_concurrency", FunctionName=sender.name) or {}
    if reserved.get("ReservedConcurrentExecutions") == 0:
        yield fail("its reserved concurrency is 0: nobody can call it", f"raise function.reserved_concurrency; {APPLY}")


def role(sender: Deployed) -> Iterator[Line]:
    name = sender.configuration["Role"].rpartition("/")[2]
    found = sender.ask("iam", "get_role", RoleName=name)
    if found is None:
        yield fail(f"the function's role {name} is not there: every code is lost", APPLY)
        return
    if not _trusting(found["Role"], LAMBDA):
        yield fail(f"Lambda may not take the function's role {name}: every code is lost", APPLY)
    policies = sender.ask("iam", "list_role_policies", RoleName=name) or {"PolicyNames": []}
    if lacking := [each for each in _POLICIES if not any(there.startswith(each) for there in policies["PolicyNames"])]:
        yield fail(f"the function's role has no policy {', '.join(f'{each}…' for each in lacking)}", APPLY)
    else:
        yield good("the function's role has its policies")


def _trusting(found: Mapping[str, Any], service: str) -> list[Mapping[str, Any]]:
    """The statements of a role by which a service may take it."""
    return [
        statement
        for statement in listed(found["AssumeRolePolicyDocument"]["Statement"])
        if statement.get("Effect") == "Allow" and _is_of(statement, service)
    ]


def _is_of(statement: Mapping[str, Any], service: str) -> bool:
    principal = statement.get("Principal")
    named = listed(principal.get("Service")) if isinstance(principal, dict) else []
    return principal in ("*", {"AWS": "*"}) or service in named


def alias(sender: Deployed) -> Iterator[Line]:
    found = sender.ask("lambda", "get_alias", FunctionName=sender.name, Name=ALIAS)
    if found is None:
        yield fail(f"there is no alias {ALIAS}, which Cognito calls", APPLY)
        return
    versions = sender.ask("lambda", "list_versions_by_function", FunctionName=sender.name)["Versions"]
    live = found["FunctionVersion"]
    newest = max((int(each["Version"]) for each in versions if each["Version"].isdecimal()), default=0)
    if weights := (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights"):
        parts = ", ".join(f"{weight:.0%} to version {version}" for version, weight in weights.items())
        yield warn(f"of the messages go {parts}, and the others to version {live}", APPLY)
    elif not live.isdecimal():
        yield warn("it points at $LATEST, which changes under it", APPLY)
    elif newest > int(live):
        why = "its self-check failed, or the apply was stopped"
        yield warn(f"version {live}, and there is a version {newest}: {why}", f"{APPLY}: it says why")
    else:
        yield good(f"version {live}, the newest")


def package(sender: Deployed) -> Iterator[Line]:
    code, handler = str(sender.configuration.get("CodeSha256", "")), sender.configuration.get("Handler", HANDLER)
    if handler != HANDLER:
        yield fail("its handler is another than this module's: it is other code", APPLY)
    elif code != json.loads(_PACKAGE.read_text())["sha256"]:
        yield info(f"not the default package of this version: SHA-256 {code}")
    elif not sender.configuration.get("Layers"):
        yield fail("the default package has no layer, which has its libraries: it cannot start", APPLY)
    else:
        yield good("the default package of this version")


def layers(sender: Deployed) -> Iterator[Line]:
    """Byte code decides how fast the function starts: docs/performance.md."""
    for arn in [str(layer["Arn"]) for layer in sender.configuration.get("Layers") or ()]:
        name = arn.partition(":layer:")[2]
        found = sender.ask("lambda", "get_layer_version_by_arn", Arn=arn)
        if found is None:
            yield warn(f"{name} is not there any more: the next version cannot have it", "name another in package")
        elif count := sum(file.endswith(".pyc") for file in _files(found["Content"]["Location"])):
            yield good(f"{name} has byte code: {count} .pyc")
        else:
            yield info(f"{name} has no byte code, so cold starts are slow: docs/performance.md names another way")


def _files(url: str) -> list[str]:
    """What is in a zip, of which nothing but the end is loaded."""
    try:
        request = urllib.request.Request(url, headers={"Range": f"bytes=-{_LIST_BYTES}"})  # noqa: S310 - of Lambda's answer
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
            return zipfile.ZipFile(io.BytesIO(answer.read())).namelist()
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise NotAskedError(f"the layer's files: {type(error).__name__}", "try again") from None


def asynchronous_calls(sender: Deployed) -> Iterator[Line]:
    found = sender.ask("lambda", "get_function_event_invoke_config", FunctionName=sender.name, Qualifier=ALIAS)
    if found is None:
        yield fail("Lambda's defaults hold: codes wait for six hours, and what is lost is on no queue", APPLY)
    else:
        yield good(
            f"at most {found.get('MaximumEventAgeInSeconds')} s old, {found.get('MaximumRetryAttempts')} retries"
        )


def destination(sender: Deployed) -> str | None:
    """Where failed events go."""
    config = sender.ask("lambda", "get_function_event_invoke_config", FunctionName=sender.name, Qualifier=ALIAS)
    return (((config or {}).get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")


def failure_queue(sender: Deployed) -> Iterator[Line]:
    arn = destination(sender)
    if arn is None:
        yield info("off: an event that fails for good leaves an alarm, and no entry")
        return
    _, _, service, _, owner, name = arn.split(":", 5)
    if service != "sqs":
        yield info(f"none: failed events go to {service}, which is not looked at")
        return
    queue = sender.ask("sqs", "get_queue_url", QueueName=name, QueueOwnerAWSAccountId=owner)
    asked = {"AttributeNames": ["ApproximateNumberOfMessages"]}
    found = queue and sender.ask("sqs", "get_queue_attributes", QueueUrl=queue["QueueUrl"], **asked)
    if not found:
        yield fail(f"the queue {name} is not there, so what fails for good is lost", APPLY)
    elif count := int(found["Attributes"]["ApproximateNumberOfMessages"]):
        yield warn(f"{count} events failed for good", f"look at them: {QUEUE}")
    else:
        yield good("empty")


def log_group(sender: Deployed) -> Iterator[Line]:
    name = f"/aws/lambda/{sender.name}"
    groups = sender.ask("logs", "describe_log_groups", logGroupNamePrefix=name)["logGroups"]
    found = next((group for group in groups if group["logGroupName"] == name), None)
    if found is None:
        yield fail(f"{name} is not there: nobody can see why a code did not arrive", APPLY)
    elif "retentionInDays" not in found:
        yield warn("its lines are kept for ever", f"set monitoring.log_retention_days; {APPLY}")
    else:
        yield good(f"kept for {found['retentionInDays']} days")


def ledger(sender: Deployed) -> Iterator[Line]:
    table = sender.settings.ledger_table
    if table is None:
        yield info("off: no limits, and Lambda's second delivery of an event is a second message")
        return
    found = sender.ask("dynamodb", "describe_table", TableName=table)
    life = found and sender.ask("dynamodb", "describe_time_to_live", TableName=table)
    if not life:
        yield fail(f"the table {table} is not there: no limit holds, and codes may go out twice", APPLY)
    elif (status := found["Table"]["TableStatus"]) not in {"ACTIVE", "UPDATING"}:
        yield fail(f"the table is {status}", "wait until it is ACTIVE; if it has its own key, enable that")
    elif _key_of(found["Table"]) != _LEDGER_KEY:
        yield fail("the table has another key than the function writes: it can keep no item", f"delete it; {APPLY}")
    elif (
        life["TimeToLiveDescription"]["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}
        or life["TimeToLiveDescription"]["AttributeName"] != _LEDGER_LIFE
    ):
        yield warn("its items have no time to live, so the table grows for ever", APPLY)
    else:
        yield good(f"{table} is {status}")


def _key_of(table: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    return [(each["AttributeName"], each["KeyType"], types[each["AttributeName"]]) for each in table["KeySchema"]]


def key(sender: Deployed, arn: str) -> Iterator[Line]:
    found, enable = sender.ask("kms", "describe_key", KeyId=arn), sender.command(f"kms enable-key --key-id {arn}")
    if found is None:
        yield fail(f"{arn} is not there: no code under it can be read again", "give the pool a key that is there")
    elif (state := found["KeyMetadata"]["KeyState"]) == "PendingDeletion":
        yield fail(
            "waits for its deletion", f"{sender.command(f'kms cancel-key-deletion --key-id {arn}')}, then {enable}"
        )
    elif state != "Enabled":
        yield fail(f"is {state}: no code can be read", enable)
    else:
        yield good("Enabled")
    for grant_id, constraints in sender.grants(arn) or ():
        if not constraints:
            fix = f"{NAME}; then {_revoked(sender, arn, grant_id)}"
            yield warn("a grant is wider than needed: the function may decrypt whatever pool a code is for", fix)


def _revoked(sender: Deployed, key_arn: str, grant_id: str) -> str:
    return sender.command(f"kms revoke-grant --key-id {key_arn} --grant-id {grant_id}")


def permissions(sender: Deployed) -> Iterator[Line]:
    """One without a pool's ARN, which has the account, or with a wildcard is wider than needed."""
    found = [each for each in sender.statements() if each.get("Effect") == "Allow" and _is_of(each, COGNITO)]
    parts = [(each, sources(each), each.get("Action"), each.get("Principal")) for each in found]
    wide = [each for each, pools, *others in parts if not pools or "*" in str([pools, *others])]
    for statement in wide:
        text = f"the permission {statement.get('Sid')} is wider than needed: it is for more than one pool or right"
        yield warn(text, f"{NAME}; then {_removed(sender, statement)}")
    if not wide:
        yield good("none is wider than needed")


def _removed(sender: Deployed, statement: Mapping[str, Any]) -> str:
    target = f"--function-name {sender.name} --qualifier {ALIAS} --statement-id {statement.get('Sid')}"
    return sender.command(f"lambda remove-permission {target}")


def untold(sender: Deployed) -> Iterator[Line]:
    """What only the settings tell."""
    yield good(sender.settings.name)


# Of a pool


def trigger(sender: Deployed, pool: Pool) -> Iterator[Line]:
    if not pool.found:
        ways = [_removed(sender, each) for each in sender.statements() if pool.arn in sources(each)]
        for arn in sender.key_arns:
            of_pool = [grant for grant, limit in sender.grants(arn) or () if {"userpool-id": pool.id} in limit.values()]
            ways += [_revoked(sender, arn, grant) for grant in of_pool]
        fix = f"take it out of user_pools; {APPLY}. What Terraform does not know: {'; '.join(ways)}"
        yield warn("the pool is authorized, and not there", fix)
        return
    is_used = any(
        (pool.triggers.get(member) or {}).get("LambdaArn") == sender.alias_arn for member, _ in TRIGGERS.values()
    )
    for channel, (member, argument) in TRIGGERS.items():
        configured = pool.triggers.get(member) or {}
        arn = str(configured.get("LambdaArn", ""))
        is_ours, is_on = arn == sender.alias_arn, channel in sender.settings.channels
        if is_ours and not is_on:
            fix = 'turn it on, or off in the order of docs/email.md, "Turn it off"'
            yield fail(f"{member} calls the alias, and the channel {channel} is off: its codes are lost", fix)
        elif is_ours and configured.get("LambdaVersion") != "V1_0":
            yield fail(f"{member} has another LambdaVersion than V1_0", _PUT)
        elif is_ours:
            yield good(f"{member} calls the alias")
        elif arn.startswith(f"{sender.arn}:") or arn == sender.arn:
            yield fail(f"{member} calls the function by another qualifier than {ALIAS}, which it may not", _PUT)
        elif is_on and arn:
            yield warn(f"{member} calls another function, although {channel} is on", f"{_PUT}, or turn {channel} off")
        elif is_on:
            yield (warn if is_used else fail)(f"has no {argument}: Cognito itself sends, and not this sender", _PUT)


def pool_key(sender: Deployed, pool: Pool) -> Iterator[Line]:
    if not any(pool.triggers.get(member) for member, _ in TRIGGERS.values()):
        yield skip("the pool has no custom sender")
    elif pool.triggers.get("KMSKeyID") in sender.settings.kms_key_arns:
        yield good("one that the function decrypts with")
    else:
        yield fail("another than the function decrypts with: every code is lost", _PUT)


def permission(sender: Deployed, pool: Pool) -> Iterator[Line]:
    if any(_allows(statement, sender, pool) for statement in sender.statements()):
        yield good("Cognito may call the alias for this pool")
    else:
        yield fail("Cognito may not call the alias for this pool, and nobody is told", NAME)


def _allows(statement: Mapping[str, Any], sender: Deployed, pool: Pool) -> bool:
    return (
        statement.get("Effect") == "Allow"
        and _is_of(statement, COGNITO)
        and any(fnmatchcase("lambda:invokefunction", str(each).lower()) for each in listed(statement.get("Action")))
        and statement.get("Resource") == sender.alias_arn
        and fits(statement, "aws:sourcearn", pool.arn)
        and fits(statement, "aws:sourceaccount", sender.account)
    )


def grant(sender: Deployed, pool: Pool, key_arn: str) -> Iterator[Line]:
    grants, context = sender.grants(key_arn), {"userpool-id": pool.id}
    found = [constraints for _, constraints in grants or ()]
    if grants is None:
        yield skip("the key is not there")
    elif {} in found or {"EncryptionContextSubset": context} in found:
        yield good("the function may decrypt this pool's codes")
    elif {"EncryptionContextEquals": context} in found:
        yield fail("its constraint is EncryptionContextEquals, which refuses every code of Cognito's", APPLY)
    else:
        yield fail("the function may not decrypt this pool's codes: they wait, and are lost", NAME)


def sms_role(sender: Deployed, pool: Pool) -> Iterator[Line]:
    if "sms" not in sender.settings.channels or not pool.triggers.get("CustomSMSSender"):
        return
    configuration = pool.found.get("SmsConfiguration") or {}
    arn = configuration.get("SnsCallerArn") or (configuration.get("EumsSms") or {}).get("CallerArn")
    if not arn:
        yield fail("the pool has no SmsConfiguration: Cognito makes no code for a telephone", _ROLE)
        return
    if problem := pool.found.get("SmsConfigurationFailure"):
        yield warn(f"Cognito reports {problem}", "look at the role that Cognito names, and at SNS's limits")
    found = sender.ask("iam", "get_role", RoleName=arn.rpartition("/")[2])
    if found is None:
        yield fail("the pool's SMS role is not there: Cognito refuses to send codes", _ROLE)
        return
    trust, external = _trusting(found["Role"], COGNITO), str(configuration.get("ExternalId", ""))
    if not trust:
        yield fail("the pool's SMS role does not trust Cognito", _ROLE)
    elif not any(fits(each, "sts:externalid", external) for each in trust):
        yield fail("the pool's SMS role asks for another external id than the pool has", "make both the same")
    else:
        yield good("Cognito may use it")


def mail_configuration(sender: Deployed, pool: Pool) -> Iterator[Line]:
    if "email" not in sender.settings.channels:
        return
    if (pool.found.get("EmailConfiguration") or {}).get("EmailSendingAccount") == "DEVELOPER":
        yield good("DEVELOPER, which e-mail MFA and one-time codes at sign-in need")
    else:
        yield info("COGNITO_DEFAULT: no e-mail MFA, and no one-time codes at sign-in")


def other_triggers(sender: Deployed, pool: Pool) -> Iterator[Line]:  # noqa: ARG001
    if found := [name for name in _NOT_MODELED if pool.triggers.get(name)]:
        yield warn(
            f"{', '.join(found)}: Terraform's provider does not know it, and drops it when it updates the pool",
            "set it again after each apply that changes the pool (hashicorp/terraform-provider-aws#49707)",
        )
    else:
        yield good("none that Terraform's provider would drop")


def clients(sender: Deployed, pool: Pool) -> Iterator[Line]:
    """A session that ends before the code does makes the code's last minutes worthless."""
    seconds = lifetime_seconds("Authentication", sender.settings.protection.lifetimes_seconds)
    found = sender.ask("cognito-idp", "list_user_pool_clients", UserPoolId=pool.id, MaxResults=60)
    minutes: dict[str, int] = {}
    for client in [str(each["ClientId"]) for each in (found or {}).get("UserPoolClients", ())]:
        answer = sender.ask("cognito-idp", "describe_user_pool_client", UserPoolId=pool.id, ClientId=client)
        minutes[client] = (answer or {"UserPoolClient": {}})["UserPoolClient"].get(
            "AuthSessionValidity", _SESSION_MINUTES
        )
    if short := [client for client, validity in minutes.items() if validity * 60 < seconds]:
        yield warn(
            f"the sign-in of {', '.join(short)} ends before the {seconds} s that its codes are sent for",
            "raise the client's auth_session_validity, or lower protection.code_lifetimes_seconds.Authentication",
        )
    else:
        yield good(f"no sign-in ends before its codes do ({seconds} s)")
    if "email" in sender.settings.channels and any(validity < _MAIL_MINUTES for validity in minutes.values()):
        yield info(f"mail is slow: give sign-ins by mail an auth_session_validity of {_MAIL_MINUTES} minutes or more")
