"""A sender as it is deployed: the version behind its alias, what that was told, and the pools around it."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.doctor.aws import Aws, CannotLookError, NotAskedError, not_asked
from custom_sender.errors import SettingsError
from custom_sender.settings import CONFIG, Settings, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from custom_sender.senders.base import AnySender

    Metric = tuple[str, str, Mapping[str, str]]

ALIAS: Final = "live"
HANDLER: Final = "custom_sender.handler.handler"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "ArnEquals": fnmatchcase, "ArnLike": fnmatchcase, "StringEquals": str.__eq__, "StringLike": fnmatchcase,
}  # fmt: skip
# Of more pools than this, only those are looked at that the sender is authorized for.
_MOST_POOLS: Final = 300
WORKERS: Final = 8


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool that uses the sender, or is authorized to.

    ``found`` is DescribeUserPool's answer: empty if it is gone, or if ``lost`` says why it could not be asked for.
    """

    id: str
    arn: str
    found: Mapping[str, Any]
    lost: NotAskedError | None = None

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

    def grants(self, key_arn: str) -> list[tuple[str, Mapping[str, Any]]] | None:
        """Id and constraints of each grant that lets the function decrypt with a key; None without the key."""
        found = self.ask("kms", "list_grants", KeyId=key_arn)
        return found and [
            (grant["GrantId"], {name: value for name, value in (grant.get("Constraints") or {}).items() if value})
            for grant in found["Grants"]
            if grant.get("GranteePrincipal") == self.configuration["Role"] and "Decrypt" in grant["Operations"]
        ]

    def command(self, text: str) -> str:
        """Of the AWS CLI."""
        return f"aws {text} --region {self.region}"

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

    :raises CannotLookError: when there is none.
    :raises NotAskedError: when the caller may not see it.
    """
    if not aws.region:
        raise CannotLookError("--region: where the sender is. Got: none. Fix: give it, or set AWS_REGION.")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{1,63}", name):
        raise CannotLookError("NAME: the module's name. Got: something else. Fix: give the one of your root.")
    found = aws.ask("lambda", "get_function_configuration", FunctionName=name, Qualifier=ALIAS)
    found = found or aws.ask("lambda", "get_function_configuration", FunctionName=name)
    if found is None:
        raise CannotLookError(
            f"NAME: a function of this name. Got: none in {aws.region}. Fix: give the module's name, its Region and "
            "credentials of its account."
        )
    environment = found.get("Environment") or {}
    if "Error" in environment:
        raise CannotLookError(
            "NAME: the settings in the function's environment. Got: one under a key that you may not use. Fix: get "
            "kms:Decrypt on that."
        )
    told_of = environment.get("Variables") or {}
    if CONFIG not in told_of and found.get("Handler", HANDLER) != HANDLER:
        raise CannotLookError("NAME: a function of this module. Got: another's. Fix: give the module's name.")
    told, keys, senders = _told(told_of)
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
    authorized = {one for source in (_permitted, _granted) for one in _tried(lost, source, sender) or ()}
    ids = sorted(authorized | set((_tried(lost, _listed, sender) or ())[:_MOST_POOLS]))
    prefix = f"arn:{sender.arn.split(':')[1]}:cognito-idp:{sender.region}:{sender.account}:userpool"

    def described(pool_id: str) -> Pool | None:
        errors: list[NotAskedError] = []
        found = _tried(errors, _described, sender, pool_id)
        lost.extend(error for error in errors if str(error) not in map(str, lost))
        pool = Pool(pool_id, f"{prefix}/{pool_id}", found or {}, *errors)
        calls = re.search(rf'{sender.arn}[:"]', json.dumps(pool.triggers))
        return pool if pool_id in authorized or calls else None

    with ThreadPoolExecutor(WORKERS) as threads:
        return [pool for pool in threads.map(described, ids) if pool]


def _tried(lost: list[NotAskedError], ask: Callable[..., Any], *about: Any) -> Any:
    try:
        return ask(*about)
    except Exception as caught:  # noqa: BLE001 - an answer of another shape must not hide the other wires
        error = not_asked(caught)
        if str(error) not in map(str, lost):
            lost.append(error)
        return None


def _listed(sender: Deployed) -> list[str]:
    return [pool["Id"] for pool in sender.ask("cognito-idp", "list_user_pools", MaxResults=60)["UserPools"]]


def _described(sender: Deployed, pool_id: str) -> Any:
    found = sender.ask("cognito-idp", "describe_user_pool", UserPoolId=pool_id)
    return found and found["UserPool"]


def listed(value: Any) -> list[Any]:
    """As a list: a policy has one, or a list."""
    return value if isinstance(value, list) else [value]


def fits(statement: Mapping[str, Any], name: str, value: str) -> bool:
    """Does a statement's condition let this value of a key pass? An operator that is not known here may."""
    for operator, keys in (statement.get("Condition") or {}).items():
        if operator in _OPERATORS:
            same = _OPERATORS[operator]
            for wanted in [wanted for key, wanted in keys.items() if key.lower() == name]:
                if not any(same(value, str(each)) for each in listed(wanted)):
                    return False
    return True


def sources(statement: Mapping[str, Any]) -> list[str]:
    """The ARNs that a resource policy's statement holds for."""
    pairs = [pair for operator in (statement.get("Condition") or {}).values() for pair in operator.items()]
    values = [value for key, value in pairs if key.lower() == "aws:sourcearn"]
    return [one for value in values for one in listed(value)]


def _permitted(sender: Deployed) -> list[str]:
    """The ids of pools that the alias's permissions name."""
    named = [arn for statement in sender.statements() for arn in sources(statement)]
    return [match[1] for arn in named if (match := re.search(r":userpool/([\w-]+_[0-9a-zA-Z]+)$", arn))]


def _granted(sender: Deployed) -> list[str]:
    """The ids of pools whose codes the role may decrypt."""
    limits = [limit for key in sender.key_arns for _, each in sender.grants(key) or () for limit in each.values()]
    return [str(context["userpool-id"]) for context in limits if "userpool-id" in context]
