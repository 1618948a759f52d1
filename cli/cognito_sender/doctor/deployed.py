"""A sender as it is deployed: the version behind its alias, what that was told, and the pools around it."""

from __future__ import annotations

import base64
import gzip
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.doctor.aws import Aws, CannotLookError, MissingError, NotAskedError
from custom_sender.errors import SettingsError
from custom_sender.settings import CONFIG, Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from custom_sender.senders.base import AnySender

ALIAS: Final = "live"
COGNITO: Final = "cognito-idp.amazonaws.com"
# By channel, the member of LambdaConfig and the argument of the module's output lambda_config.
TRIGGERS: Final = {
    "sms": ("CustomSMSSender", "custom_sms_sender"),
    "email": ("CustomEmailSender", "custom_email_sender"),
}
# Of more pools than this, only those are looked at that the sender is authorized for.
_MOST_POOLS: Final = 300
WORKERS: Final = 8


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool that uses the sender, or is authorized to. ``found`` is DescribeUserPool's answer."""

    id: str
    arn: str
    found: Mapping[str, Any]

    @property
    def triggers(self) -> Mapping[str, Any]:
        return self.found.get("LambdaConfig") or {}


@dataclass(frozen=True, slots=True)
class Deployed:
    """``configuration`` is that of the version behind the alias; of ``$LATEST`` where there is no alias.

    Without ``settings``, the function cannot read its own: ``flaw`` says why. ``statements`` are those of the alias's
    resource policy, None if they could not be asked for.
    """

    aws: Aws
    configuration: Mapping[str, Any]
    has_alias: bool
    settings: Settings | None
    flaw: str
    documents: Mapping[str, Any] = field(repr=False)
    statements: Sequence[Mapping[str, Any]]
    pools: Sequence[Pool]
    not_asked: list[NotAskedError]

    @property
    def name(self) -> str:
        return str(self.configuration["FunctionName"])

    @property
    def arn(self) -> str:
        return ":".join(str(self.configuration["FunctionArn"]).split(":")[:7])

    @property
    def alias_arn(self) -> str:
        return f"{self.arn}:{ALIAS}"

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def key_arns(self) -> tuple[str, ...]:
        return self.settings.kms_key_arns if self.settings else ()

    @property
    def senders(self) -> Mapping[str, AnySender]:
        """Those that a message can go to."""
        if self.settings is None:
            return {}
        routes = [route for channel in self.settings.channels.values() for route in channel.routes.values()]
        used = {name for route in routes for name in route}
        testers = self.settings.protection.testers
        used |= {testers.sender} if testers else set()
        return {name: sender for name, sender in self.settings.senders.items() if name in used}


def deployed(aws: Aws, name: str) -> Deployed:
    """The sender of this name.

    :raises CannotLookError: when there is none, or the caller may not see it.
    """
    if not aws.region:
        raise CannotLookError("--region: where the sender is. Got: none. Fix: give it, or set AWS_REGION.")
    has_alias = True
    try:
        try:
            configuration = aws.ask("lambda", "get_function_configuration", FunctionName=name, Qualifier=ALIAS)
        except MissingError:
            has_alias = False
            configuration = aws.ask("lambda", "get_function_configuration", FunctionName=name)
    except MissingError:
        raise CannotLookError(
            f"NAME: a function of this name. Got: none in {aws.region}. Fix: give the module's name, its Region and "
            "credentials of its account."
        ) from None
    except NotAskedError as error:
        raise CannotLookError(f"NAME: {error}. Fix: {error.fix}.") from None
    environment = (configuration.get("Environment") or {}).get("Variables") or {}
    if CONFIG not in environment:
        raise CannotLookError(
            "NAME: the settings in the function's environment. Got: none. Fix: name a function of this module. If "
            "its environment is under a key of your own, you need kms:Decrypt on that."
        )
    settings, flaw = None, ""
    try:
        settings = load(environment)
    except SettingsError as error:
        flaw = str(error)
    not_asked: list[NotAskedError] = []
    statements = _statements(aws, str(configuration["FunctionName"]), not_asked)
    without_pools = Deployed(
        aws, configuration, has_alias, settings, flaw, _document(environment[CONFIG]), statements, (), not_asked
    )
    ids = _authorized(without_pools) | _asking(without_pools)
    pools = []
    for pool_id in sorted(ids):
        try:
            found = aws.ask("cognito-idp", "describe_user_pool", UserPoolId=pool_id)["UserPool"]
        except MissingError:
            found = {}
        except NotAskedError as error:
            not_asked.append(error)
            continue
        arn = f"arn:{without_pools.arn.split(':')[1]}:cognito-idp:{without_pools.region}:{without_pools.account}"
        pools.append(Pool(pool_id, f"{arn}:userpool/{pool_id}", found))
    return replace(without_pools, pools=pools)


def _document(packed: str) -> Mapping[str, Any]:
    """The settings as they were written; empty where they cannot be read at all."""
    try:
        settings = json.loads(gzip.decompress(base64.b64decode(packed))).get("settings")
    except (ValueError, OSError, EOFError, AttributeError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _statements(aws: Aws, name: str, not_asked: list[NotAskedError]) -> list[Mapping[str, Any]]:
    try:
        policy = json.loads(aws.ask("lambda", "get_policy", FunctionName=name, Qualifier=ALIAS)["Policy"])
    except MissingError:
        return []
    except NotAskedError as error:
        not_asked.append(error)
        return []
    return list(policy["Statement"])


def sources(statement: Mapping[str, Any]) -> Iterator[str]:
    """The ARNs that a statement of a resource policy is for."""
    for operator in (statement.get("Condition") or {}).values():
        for key, value in operator.items():
            if key.lower() == "aws:sourcearn":
                yield from [value] if isinstance(value, str) else value


def _authorized(sender: Deployed) -> set[str]:
    """The ids of pools that the alias's permissions and the role's grants name."""
    arns = {arn for statement in sender.statements for arn in sources(statement)}
    found = {arn.partition("userpool/")[2] for arn in arns if ":userpool/" in arn}
    for key in sender.key_arns:
        try:
            grants = sender.aws.ask("kms", "list_grants", KeyId=key)["Grants"]
        except (MissingError, NotAskedError):
            continue
        for grant in grants:
            if grant.get("GranteePrincipal") == sender.configuration["Role"]:
                context = (grant.get("Constraints") or {}).values()
                found |= {str(each["userpool-id"]) for each in context if "userpool-id" in each}
    return {pool_id for pool_id in found if re.fullmatch(r"[\w-]+_[0-9a-zA-Z]+", pool_id)}


def _asking(sender: Deployed) -> set[str]:
    """The ids of pools that have the function in a trigger, authorized or not."""
    try:
        pools = sender.aws.ask("cognito-idp", "list_user_pools", MaxResults=60)["UserPools"]
    except NotAskedError as error:
        sender.not_asked.append(error)
        return set()

    def asks(pool_id: str) -> bool:
        try:
            found = sender.aws.ask("cognito-idp", "describe_user_pool", UserPoolId=pool_id)["UserPool"]
        except (MissingError, NotAskedError):
            return False
        return sender.arn in json.dumps(found.get("LambdaConfig") or {})

    ids = [str(pool["Id"]) for pool in pools[:_MOST_POOLS]]
    with ThreadPoolExecutor(WORKERS) as threads:
        return {pool_id for pool_id, is_ours in zip(ids, threads.map(asks, ids), strict=True) if is_ours}
