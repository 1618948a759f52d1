"""A sender as it is deployed: the version behind its alias, what that was told, and the pools around it."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.doctor.aws import Aws, CannotLookError, NotAskedError
from custom_sender.errors import SettingsError
from custom_sender.settings import CONFIG, Settings, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from custom_sender.senders.base import AnySender

    Metric = tuple[str, str, Mapping[str, str]]

ALIAS: Final = "live"
# Of more pools than this, only those are looked at that the sender is authorized for.
_MOST_POOLS: Final = 300
WORKERS: Final = 8


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool that uses the sender, or is authorized to. ``found`` is DescribeUserPool's answer, empty if it is gone."""

    id: str
    arn: str
    found: Mapping[str, Any]

    @property
    def triggers(self) -> Mapping[str, Any]:
        return self.found.get("LambdaConfig") or {}


@dataclass(frozen=True, slots=True)
class Deployed:
    """A sender in its ``account`` and ``region``; ``arn`` is the function's.

    ``configuration`` is that of the version behind the alias; of ``$LATEST`` where there is no alias. ``told`` are the
    function's settings, or why it cannot read them: then it has no ``senders`` that a message can go to, and no keys.
    """

    ask: Callable[..., Any]
    configuration: Mapping[str, Any]
    told: Settings | SettingsError
    name: str
    arn: str
    region: str
    account: str
    key_arns: tuple[str, ...]
    senders: Mapping[str, AnySender]

    @property
    def alias_arn(self) -> str:
        return f"{self.arn}:{ALIAS}"

    @property
    def settings(self) -> Settings:
        """:raises NotAskedError: when the function cannot read them either."""
        if isinstance(self.told, SettingsError):
            raise NotAskedError("only the function's settings say what there should be", 'see the line "settings"')
        return self.told

    def statements(self) -> Sequence[Mapping[str, Any]]:
        """Of the alias's resource policy."""
        policy = self.ask("lambda", "get_policy", FunctionName=self.name, Qualifier=ALIAS)
        return json.loads(policy["Policy"])["Statement"] if policy else ()

    def grants(self, key_arn: str) -> list[Mapping[str, Any]] | None:
        """The constraints under which the function's role may decrypt with a key; None without the key."""
        found = self.ask("kms", "list_grants", KeyId=key_arn)
        return found and [
            {name: value for name, value in (grant.get("Constraints") or {}).items() if value}
            for grant in found["Grants"]
            if grant.get("GranteePrincipal") == self.configuration["Role"] and "Decrypt" in grant["Operations"]
        ]

    def measured(
        self, metrics: Sequence[Metric], stat: str, hours: int, region: str | None = None
    ) -> list[list[float]]:
        """CloudWatch's values of each (namespace, name, dimensions) in the last hours."""
        end = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        queries = [
            {
                "Id": f"m{index}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": name,
                        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                    },
                    "Period": 300,
                    "Stat": stat,
                },
            }
            for index, (namespace, name, dimensions) in enumerate(metrics)
        ]
        period = {"StartTime": end - timedelta(hours=hours), "EndTime": end}
        answer = self.ask("cloudwatch", "get_metric_data", region, **period, MetricDataQueries=queries)
        values = {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}
        return [values.get(query["Id"], []) for query in queries]


def deployed(aws: Aws, name: str) -> Deployed:
    """The sender of this name.

    :raises CannotLookError: when there is none, or the caller may not see it.
    """
    if not aws.region:
        raise CannotLookError("--region: where the sender is. Got: none. Fix: give it, or set AWS_REGION.")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{1,63}", name):
        raise CannotLookError("NAME: the module's name. Got: something else. Fix: give the one of your root.")
    try:
        found = aws.ask("lambda", "get_function_configuration", FunctionName=name, Qualifier=ALIAS)
        found = found or aws.ask("lambda", "get_function_configuration", FunctionName=name)
    except NotAskedError as error:
        raise CannotLookError(f"NAME: {error}. Fix: {error.fix}.") from None
    if found is None:
        raise CannotLookError(
            f"NAME: a function of this name. Got: none in {aws.region}. Fix: give the module's name, its Region and "
            "credentials of its account."
        )
    environment = (found.get("Environment") or {}).get("Variables") or {}
    if CONFIG not in environment:
        raise CannotLookError(
            "NAME: the settings in the function's environment. Got: none. Fix: name a function of this module. If "
            "its environment is under a key of your own, you need kms:Decrypt on that."
        )
    told, keys, senders = _told(environment)
    arn = found["FunctionArn"].split(":")
    return Deployed(aws.ask, found, told, found["FunctionName"], ":".join(arn[:7]), arn[3], arn[4], keys, senders)


def _told(environment: Mapping[str, str]) -> tuple[Settings | SettingsError, tuple[str, ...], Mapping[str, AnySender]]:
    """The settings, their keys, and the senders that a message can go to."""
    try:
        told = load(environment)
    except SettingsError as error:
        return error, (), {}
    routes = [route for channel in told.channels.values() for route in channel.routes.values()]
    testers = told.protection.testers
    used = {name for route in routes for name in route} | ({testers.sender} if testers else set())
    return told, told.kms_key_arns, {name: sender for name, sender in told.senders.items() if name in used}


def pools_of(sender: Deployed, lost: list[NotAskedError]) -> list[Pool]:
    """The pools that use the sender or are authorized to; ``lost`` gets what could not be asked for."""
    authorized: set[str] = set()
    for source in (_permitted, _granted):
        authorized |= set(_tried(lambda source=source: list(source(sender)), lost) or ())
    listed = _tried(lambda: sender.ask("cognito-idp", "list_user_pools", MaxResults=60)["UserPools"], lost) or ()
    ids = sorted(authorized | {str(pool["Id"]) for pool in listed[:_MOST_POOLS]})
    prefix = f"arn:{sender.arn.split(':')[1]}:cognito-idp:{sender.region}:{sender.account}:userpool"

    def described(pool_id: str) -> Pool | None:
        found = sender.ask("cognito-idp", "describe_user_pool", UserPoolId=pool_id)
        pool = Pool(pool_id, f"{prefix}/{pool_id}", found["UserPool"] if found else {})
        calls = re.search(rf'{sender.arn}[:"]', json.dumps(pool.triggers))
        return pool if pool_id in authorized or calls else None

    with ThreadPoolExecutor(WORKERS) as threads:
        return [pool for pool in threads.map(lambda each: _tried(lambda: described(each), lost), ids) if pool]


def _tried(ask: Any, lost: list[NotAskedError]) -> Any:
    try:
        return ask()
    except NotAskedError as error:
        if str(error) not in map(str, lost):
            lost.append(error)
        return None


def sources(statement: Mapping[str, Any], name: str = "aws:sourcearn") -> list[str]:
    """The values of a condition of a resource policy's statement: it holds for these."""
    pairs = [pair for operator in (statement.get("Condition") or {}).values() for pair in operator.items()]
    values = [value for key, value in pairs if key.lower() == name]
    return [one for value in values for one in ([value] if isinstance(value, str) else value)]


def _permitted(sender: Deployed) -> Iterator[str]:
    """The ids of pools that the alias's permissions name."""
    for arn in [arn for statement in sender.statements() for arn in sources(statement)]:
        if match := re.search(r":userpool/([\w-]+_[0-9a-zA-Z]+)$", arn):
            yield match[1]


def _granted(sender: Deployed) -> Iterator[str]:
    """The ids of pools whose codes the role may decrypt."""
    for constraints in [each for key in sender.key_arns for each in sender.grants(key) or ()]:
        yield from (str(context["userpool-id"]) for context in constraints.values() if "userpool-id" in context)
