"""What a plan does to a pool that people sign in to: it takes a wire away, turns a channel off, sends codes elsewhere.

Terraform applies such a plan without a word. Cognito calls asynchronously, so nobody is told of the lost codes either.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from cognito_sender.check.findings import Finding, Warned
from cognito_sender.check.plan import at
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
SINGLE: Final = "take it out of the routes, or name single recipients in protection.test_recipients"
_KEEP: Final = "keep the module until the pool names another function"
_USERS: Final = "the pool's users go with it"
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
_WRITE_ONLY: Final = "use {} (Terraform 1.11), or write it beside Terraform"
# Clear text in the state, and the argument that keeps it out.
_SECRETS: Final = {
    ("aws_secretsmanager_secret_version", "secret_string"): _WRITE_ONLY.format("secret_string_wo"),
    ("aws_secretsmanager_secret_version", "secret_binary"): _WRITE_ONLY.format("secret_string_wo"),
    ("aws_ssm_parameter", "value"): _WRITE_ONLY.format("value_wo"),
}
_FILE: Final = resources.files("custom_sender.senders") / "kinds.json"
_KINDS: Final[Mapping[str, Any]] = json.loads(_FILE.read_text("utf-8"))["kinds"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """One call of the module, before and after: its settings, its own resources, and the pools of the same plan."""

    address: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    is_gone: bool
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
    yield from _pools_gone(pools)
    secrets = [change for change in plan.changes if any(change.resource[0] == type_ for type_, _ in _SECRETS)]
    yield from _in_clear(secrets)
    for change in plan.changes:
        if change.resource == _CONFIGURATION:
            own = [each for each in plan.changes if each.module == change.module]
            call = Deployed(
                change.module, _settings(change.before), _settings(change.after), not change.after, own, pools
            )
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


def _pools_gone(pools: Sequence[Change]) -> Iterator[Line]:
    for pool in pools:
        if pool.is_replaced and _triggers(pool.before):
            yield Finding(pool.address, f"{_USERS}. Got: replace. Fix: {_UNDO}.")
        elif pool.goes and _triggers(pool.before):
            yield Warned(pool.address, f"{_USERS}. Got: delete. Fix: write it again, or a moved block to its new name.")


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
        if any(_replaces(each, wire) for each in call.changes) and callers & {"stays", "elsewhere"}:
            yield Warned(wire.address, f"{replaced}. Got: another key for the same pool. Fix: keep its key.")
        elif "stays" in callers or (wire.is_replaced and "elsewhere" in callers):
            yield Finding(wire.address, f"{harm_done}. Got: {done}. Fix: {fix}.")
        elif "elsewhere" in callers:
            rule = f"if a pool of another state still calls it, {harm_done}"
            yield Warned(wire.address, f"{rule}. Got: {done}. Fix: {fix}.")
        elif "leaves" in callers:
            rule = "the pool leaves it in the same plan, in no order that is sure: codes of some seconds are lost"
            yield Warned(wire.address, f"{rule}. Got: {done}. Fix: first the pool, then this ({_BACK}).")


def _replaces(new: Change, old: Change) -> bool:
    """Whether it does what another one did that goes for good."""
    return (
        new.resource == old.resource
        and "create" in new.actions
        and new.address != old.address
        and not old.is_replaced
        and _job(new.after) == _job(old.before)
    )


def _job(wire: Mapping[str, Any]) -> list[Any]:
    """What a wire does, whatever its key in the module is. Of a wire for another pool something differs."""
    constraints = wire.get("constraints")
    pool = at(constraints[0], "encryption_context_subset") if isinstance(constraints, list) and constraints else None
    return [pool, *(wire.get(name) for name in ("arn", "source_arn", "key_id", "grantee_principal"))]


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
    if call.alias_arn is None or call.is_gone:
        return
    authorized = {str(each.after["source_arn"]) for each in call.changes if each.resource == _PERMISSION and each.after}
    keys = {str(each.after.get("key_id")) for each in call.changes if each.resource == _GRANT and each.after}
    for pool in (pool for pool in call.pools if pool.after):
        # Of a new pool the ARN is not known: a permission for one that is not known either may be its.
        called, calls = _triggers(pool.before), _triggers(pool.after)
        arn = str(pool.before.get("arn")) if pool.before else UNKNOWN
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
        elif arn is not UNKNOWN and arn in authorized and not is_ours and UNKNOWN not in calls.values():
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
    for place, got in testers(call.after):
        if got is not UNKNOWN:
            rule = "who reads this sender sees the codes of real people"
            yield Warned(call.path(place), f"{rule}. Got: {got}. Fix: {SINGLE}.")


def testers(settings: Any) -> Iterator[tuple[str, str]]:
    """Where codes of people go to testers in production, and by what; UNKNOWN where a plan does not say.

    A pattern with an asterisk takes the codes of whole domains and blocks of numbers.
    """
    routes = [at(settings, channel, "routes") for channel in TRIGGERS]
    ways = [way for each in routes for way in (each.values() if isinstance(each, dict) else [each])]
    for name in dict.fromkeys(name for way in ways for name in _texts(way)):
        if environment := UNKNOWN if name is UNKNOWN else _read_by_testers(at(settings, "senders", name)):
            yield "senders" if name is UNKNOWN else f"senders.{name}", environment
    recipients = at(settings, "protection", "test_recipients")
    found = [text for part in ("addresses", "numbers") for text in _texts(at(recipients, part))]
    patterns = [text for text in found if "*" in text]
    sender = at(recipients, "sender")
    environment = UNKNOWN if sender is UNKNOWN else _read_by_testers(at(settings, "senders", str(sender)))
    if environment and (patterns or UNKNOWN in found):
        is_known = patterns and environment is not UNKNOWN
        got = f"{len(patterns)} pattern{'s' if len(patterns) > 1 else ''} with *"
        yield "protection.test_recipients", got if is_known else UNKNOWN


def _read_by_testers(sender: Any) -> str | None:
    """The environment of a sender that shows every code to testers; None for another, or one that sends nothing."""
    kind, enabled, environment = (at(sender, name) for name in ("kind", "enabled", "environment"))
    if kind is not UNKNOWN and not at(_KINDS, str(kind), "testers"):
        return None
    if enabled is False or environment == "test":
        return None
    return UNKNOWN if UNKNOWN in (kind, enabled, environment) else "production"


def _texts(value: Any) -> list[str]:
    """Those of a list; of one that is not known, one that is not known."""
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, str)]


def _in_clear(changes: Sequence[Change]) -> Iterator[Line]:
    """A value that is only written is unknown in the plan, and has a version."""
    for change in changes:
        for (type_, argument), fix in _SECRETS.items():
            if change.resource[0] != type_ or not change.after.get(argument):
                continue
            is_secret = type_ == "aws_secretsmanager_secret_version" or change.after.get("type") == "SecureString"
            if is_secret and not any(change.after.get(name) for name in change.after if name.endswith("_wo_version")):
                yield Warned(f"{change.address}.{argument}", f"the state holds it in clear. Got: a value. Fix: {fix}.")
