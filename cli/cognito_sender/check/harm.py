"""What a plan does to a pool that people sign in to: it takes a wire away, turns a channel off, sends codes elsewhere.

Terraform applies such a plan without a word. Cognito calls asynchronously, so nobody is told of the lost codes either.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.check.findings import Finding, Warned
from custom_sender.reader import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cognito_sender.check.findings import Line
    from cognito_sender.check.plan import Change, Plan

TRIGGERS: Final = {"sms": "custom_sms_sender", "email": "custom_email_sender"}
_POOL: Final = "aws_cognito_user_pool"
_CONFIGURATION: Final = ("terraform_data", "configuration")
_ALIAS: Final = ("aws_lambda_alias", "live")
_PERMISSION: Final = ("aws_lambda_permission", "cognito")
_GRANT: Final = ("aws_kms_grant", "decrypt")
_KEY: Final = ("aws_kms_key", "this")
_OFF: Final = 'docs/email.md, "Turn it off"'
_KEYS: Final = 'docs/keys-and-package.md, "Change from one key to another"'
_OUTPUT: Final = "write the output lambda_config"
_BACK: Final = 'docs/user-pools.md, "Go back"'
_LEAVE: Final = "leave the pool in user_pools until it names another function"
_KEEP: Final = "keep the module until the pool names another function"
_UNDO: Final = "undo what forces it, which the plan names"
# Of each wire, the harm when it is deleted, when it is replaced, and the way round a deletion.
_WIRES: Final = {
    _PERMISSION: ("Cognito may no longer call the function for the pool", "codes of some seconds are lost", _LEAVE),
    _GRANT: (
        "the function may no longer decrypt the pool's codes",
        "codes wait for the new grant",
        _LEAVE,
    ),
    _ALIAS: ("the pool calls an alias that is gone", "codes of some seconds are lost", _KEEP),
    _KEY: (
        "codes on their way can never be read",
        "codes on their way can never be read",
        f"see {_KEYS}",
    ),
}
# Clear text in the state, and the argument that keeps it out.
_SECRETS: Final = {
    ("aws_secretsmanager_secret_version", "secret_string"): "use secret_string_wo, or write it beside Terraform",
    ("aws_ssm_parameter", "value"): "use value_wo, or write it beside Terraform",
}
_FILE: Final = resources.files("custom_sender.senders") / "kinds.json"
_KINDS: Final[Mapping[str, Any]] = json.loads(_FILE.read_text("utf-8"))["kinds"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """One call of the module, before and after: its settings, its own resources, and the pools of the same plan."""

    address: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changes: Sequence[Change]
    pools: Sequence[Change]

    def path(self, place: str) -> str:
        """What lines about a setting begin with."""
        return f"{self.address or 'variables'}.{place}"

    @property
    def alias_arn(self) -> str | None:
        return next((str(each.before["arn"]) for each in self.changes if each.resource == _ALIAS and each.before), None)

    @property
    def authorized(self) -> Mapping[str, str]:
        """Name → ARN of each pool that may call the function until then."""
        own = (each for each in self.changes if each.resource == _PERMISSION and each.before)
        return {str(each.key): str(each.before.get("source_arn")) for each in own}


def harm(plan: Plan) -> Iterator[Line]:
    """Everything, of all calls; those that the plan takes away too."""
    pools = [change for change in plan.changes if change.resource[0] == _POOL]
    yield from _pools_replaced(pools)
    secrets = [change for change in plan.changes if any(change.resource[0] == type_ for type_, _ in _SECRETS)]
    yield from _in_clear(secrets)
    for change in plan.changes:
        if change.resource == _CONFIGURATION:
            own = [each for each in plan.changes if each.module == change.module]
            call = Deployed(change.module, _settings(change.before), _settings(change.after), own, pools)
            for rule in (_wires_removed, _pools_of_others, _channels_off, _testers):
                yield from rule(call)


def _settings(values: Mapping[str, Any]) -> Mapping[str, Any]:
    told = values.get("input")
    settings = told.get("settings") if isinstance(told, dict) else None
    return settings if isinstance(settings, dict) else {}


def _config(values: Mapping[str, Any]) -> Mapping[str, Any]:
    blocks = values.get("lambda_config")
    return blocks[0] if isinstance(blocks, list) and blocks and isinstance(blocks[0], dict) else {}


def _triggers(values: Mapping[str, Any]) -> Mapping[str, str]:
    """Channel → the function that a pool calls for it."""
    found = {}
    for channel, argument in TRIGGERS.items():
        inner = _config(values).get(argument)
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            found[channel] = str(inner[0].get("lambda_arn"))
        elif UNKNOWN in (inner, values.get("lambda_config")):
            found[channel] = UNKNOWN
    return found


def _pools_replaced(pools: Sequence[Change]) -> Iterator[Line]:
    for pool in pools:
        if pool.is_replaced and _triggers(pool.before):
            yield Finding(pool.address, f"the pool's users go with it. Got: replace. Fix: {_UNDO}.")


def _wires_removed(call: Deployed) -> Iterator[Line]:
    """Of each wire that goes, unless every pool that it serves goes too, or has left it before."""
    for wire in call.changes:
        if wire.resource not in _WIRES or not wire.goes or not wire.before:
            continue
        # The key of a permission is the pool's name; that of a grant begins with it.
        name = str(wire.key).partition("/")[0] if wire.resource in {_PERMISSION, _GRANT} else None
        served = [arn for key, arn in call.authorized.items() if name in (None, key)]
        callers = {_caller(arn, call) for arn in served}
        deleted, replaced, way = _WIRES[wire.resource]
        harm_done, done, fix = (replaced, "replace", _UNDO) if wire.is_replaced else (deleted, "delete", way)
        if "stays" in callers or (wire.is_replaced and "elsewhere" in callers):
            yield Finding(wire.address, f"{harm_done}. Got: {done}. Fix: {fix}.")
        elif "elsewhere" in callers:
            rule = f"if a pool of another state still calls it, {harm_done}"
            yield Warned(wire.address, f"{rule}. Got: {done}. Fix: {fix}.")
        elif "leaves" in callers:
            rule = "the pool leaves it in the same plan, in no order that is sure: codes of some seconds are lost"
            yield Warned(wire.address, f"{rule}. Got: {done}. Fix: first the pool, then this ({_BACK}).")


def _caller(arn: str, call: Deployed) -> str:
    """What a pool will do that could call the function: "stays", "leaves", "gone" long ago; or a pool "elsewhere".

    An alias that is not known yet is the one that is made anew.
    """
    for pool in call.pools:
        if pool.before.get("arn") == arn:
            if pool.goes and not pool.is_replaced:
                return "gone"
            if not {call.alias_arn, UNKNOWN}.isdisjoint(_triggers(pool.after).values()):
                return "stays"
            return "leaves" if call.alias_arn in _triggers(pool.before).values() else "gone"
    return "elsewhere"


def _pools_of_others(call: Deployed) -> Iterator[Line]:
    """A pool is authorized and does not call, or calls and is not authorized; as far as both are in the plan."""
    if call.alias_arn is None:
        return
    authorized = {str(each.after["source_arn"]) for each in call.changes if each.resource == _PERMISSION and each.after}
    keys = {str(each.after.get("key_id")) for each in call.changes if each.resource == _GRANT and each.after}
    for pool in (pool for pool in call.pools if pool.before and pool.after):
        called, calls, arn = _triggers(pool.before), _triggers(pool.after), str(pool.before.get("arn"))
        is_ours, was_ours = (call.alias_arn in each.values() for each in (calls, called))
        lost = [channel for channel in call.after.keys() & TRIGGERS if called.get(channel) == call.alias_arn]
        lost = sorted(channel for channel in lost if calls.get(channel) not in (call.alias_arn, UNKNOWN))
        key = str(_config(pool.after).get("kms_key_id"))
        path, got = f"{pool.address}.lambda_config", "another function" if calls.keys() & (lost or calls) else "none"
        if is_ours and arn not in authorized and UNKNOWN not in authorized:
            where = call.address or "the module"
            yield Finding(path, f"{where} does not authorize the pool. Got: no such pool. Fix: name it in user_pools.")
        elif is_ours and keys and key not in keys and UNKNOWN not in {key, *keys}:
            rule = "the function may not decrypt with the pool's key"
            yield Finding(path, f"{rule}. Got: another key. Fix: {_OUTPUT}, or see {_KEYS}.")
        elif is_ours and lost:
            rule = f"the plan takes {', '.join(lost)} off the pool, and the module sends it"
            yield Warned(path, f"{rule}. Got: {got}. Fix: {_OUTPUT}, or turn it off here next ({_OFF}).")
        elif arn in authorized and not is_ours and UNKNOWN not in calls.values():
            rule = "the plan takes the sender off the pool" if was_ours else "the pool does not call its sender"
            yield Finding(path, f"{rule}. Got: {got}. Fix: {_OUTPUT}, or take the pool out of user_pools.")


def _channels_off(call: Deployed) -> Iterator[Line]:
    for channel in TRIGGERS:
        if channel not in call.before or channel in call.after or not call.after:
            continue
        path = call.path(channel)
        alias = call.alias_arn or "none yet"
        asked = [pool for pool in call.pools if _triggers(pool.before).get(channel) == alias]
        still = [pool.address for pool in asked if _triggers(pool.after).get(channel) == alias]
        if still:
            rule = "it is turned off, and a pool still asks for it: its codes are lost"
            yield Finding(path, f"{rule}. Got: {', '.join(still)}. Fix: turn it off in the pool first ({_OFF}).")
        elif asked or "elsewhere" in {_caller(arn, call) for arn in call.authorized.values()}:
            rule = "turned off here and in the pool at once, it loses the codes of some seconds"
            where = ", ".join(pool.address for pool in asked) or "a pool of another state, perhaps"
            yield Warned(path, f"{rule}. Got: {where}. Fix: first in the pool, then here ({_OFF}).")


def _testers(call: Deployed) -> Iterator[Line]:
    """Warned of, since it may be a pool of testers alone."""
    for name, environment in testers(call.after):
        rule, fix = "who reads this sender sees the codes of real people", "use protection.test_recipients"
        yield Warned(call.path(f"senders.{name}"), f"{rule}. Got: environment = {environment}. Fix: {fix}.")


def testers(settings: Any) -> Iterator[tuple[str, str]]:
    """Senders in a route that show every code to testers, in the place of the people, each with its environment."""
    senders = settings.get("senders")
    for name in dict.fromkeys(name for channel in TRIGGERS for name in routed(settings, channel)):
        sender = senders.get(name) if isinstance(senders, dict) else None
        if isinstance(sender, dict) and _KINDS.get(str(sender.get("kind")), {}).get("testers"):
            environment = sender.get("environment")
            if environment != "test":
                yield name, environment if environment is UNKNOWN else "production"


def routed(settings: Mapping[str, Any], channel: str) -> Iterator[str]:
    """The senders in the routes of a channel."""
    values = settings.get(channel)
    routes = values.get("routes") if isinstance(values, dict) else None
    for route in routes.values() if isinstance(routes, dict) else ():
        yield from (str(name) for name in (route if isinstance(route, list) else ()))


def _in_clear(changes: Sequence[Change]) -> Iterator[Line]:
    """A value that is only written is unknown in the plan, and has a version."""
    for change in changes:
        for (type_, argument), fix in _SECRETS.items():
            if change.resource[0] != type_ or not change.after.get(argument):
                continue
            is_secret = type_ == "aws_secretsmanager_secret_version" or change.after.get("type") == "SecureString"
            if is_secret and not change.after.get(f"{argument}_wo_version"):
                yield Warned(f"{change.address}.{argument}", f"the state holds it in clear. Got: a value. Fix: {fix}.")
