"""What Terraform says and what it gets back.

``aws_lambda_invocation`` with ``lifecycle_scope = "CRUD"`` adds ``"tf": {"action", "prev_input"}`` to its input; with
"CREATE_ONLY" it sends the input as it is, and the action stands in there:

    {"user_pool_id", "trigger": {"kms_key_id", "custom_sms_sender", "custom_email_sender"}, "replace", "before",
     "action": "read" | "repair"   or   "tf": {"action": "create" | "update" | "delete", "prev_input"},
     "only": "custom_sms_sender" or "custom_email_sender" in the invocation that holds that sender}

* ``read``: what of somebody else's the trigger takes the place of. This is ``before`` in all others. Refused when the
  pool has another sender or key, unless ``replace``: a read that succeeds is kept for as long as the attachment.
* ``create``: attach; refused as ``read`` is, and when what was read is not there any more.
* ``update``, ``repair``: attach. The trigger is Terraform's already: what somebody else has put there is drift.
* ``delete``: detach.

A sender may come and go while the other one stays. So each has an invocation of its own, which writes only in its
``delete``. Its ``create`` refuses to take somebody else's place. Terraform keeps a resource whose destruction failed,
so a sender is taken off until that has succeeded. A failed ``update`` of the invocation for both would be forgotten:
the provider keeps its new input, which names the sender no more.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pool_attachment.change import Changed, change
from pool_attachment.errors import AttachmentError, PoolGone
from pool_attachment.pool import Pool, cognito, real_time
from pool_attachment.trigger import (
    EMAIL,
    KEY,
    SMS,
    Function,
    Trigger,
    attached,
    detached,
    refuse_latecomer,
    refuse_others,
    refuse_unseen,
    replaced,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACTIONS: Final = frozenset({"read", "create", "update", "repair", "delete"})
_SENDERS: Final = {"custom_sms_sender": SMS, "custom_email_sender": EMAIL}
_LOG: Final = logging.getLogger("pool_attachment")


@dataclass(frozen=True, slots=True)
class Request:
    """One invocation. ``previous``: the trigger until now, of an update. ``holds``: the sender whose own it is."""

    action: str
    holds: str | None
    user_pool_id: str
    wanted: Trigger
    before: Trigger
    replace: bool
    previous: Trigger | None


def parse(event: Mapping[str, Any]) -> Request:
    """An invocation's input.

    :raises AttachmentError: when it is not what the module sends.
    """
    tf = event.get("tf") or {}
    action = tf.get("action") or event.get("action")
    if action not in _ACTIONS:
        raise AttachmentError(
            f"action: one that the Terraform module user-pool-attachment sends. Got: {action!r}. "
            "Fix: invoke it by that only."
        )
    try:
        earlier = (tf.get("prev_input") or {}).get("trigger")
        return Request(
            action=action,
            holds=_SENDERS[event["only"]] if "only" in event else None,
            user_pool_id=str(event["user_pool_id"]),
            wanted=_trigger(event["trigger"]),
            before=_trigger(event.get("before") or {}),
            replace=event.get("replace") is True,
            previous=_trigger(earlier) if action == "update" and earlier else None,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise AttachmentError(
            f"input: as this version of the Terraform module user-pool-attachment sends it. Got: {error!r}. "
            "Fix: take module and package of one version."
        ) from None


def _trigger(value: Mapping[str, Any]) -> Trigger:
    return Trigger(
        value.get("kms_key_id") or None,
        _function(value.get("custom_sms_sender")),
        _function(value.get("custom_email_sender")),
    )


def _function(value: Mapping[str, Any] | None) -> Function | None:
    return Function(value["lambda_arn"], value["lambda_version"]) if value else None


def run(request: Request, pool: Pool) -> dict[str, Any]:
    """Do it. The result goes into Terraform's state; that of a ``read`` into the other invocations' input.

    :raises AttachmentError: with what Terraform shows.
    """
    try:
        if request.action == "read":
            triggers = pool.read().triggers
            _refuse_others(request, request.wanted, triggers)
            return _before(replaced(triggers, request.wanted))
        if request.holds and request.action != "delete":
            if request.action == "create":
                _refuse_late(request, request.wanted.only(request.holds), pool.read().triggers)
            return {"user_pool_id": request.user_pool_id, "held": request.holds}
        done = change(pool, lambda config: _merge(request, config))
    except PoolGone:
        if request.action == "delete":
            _LOG.info("user pool %s is gone, and with it the trigger", request.user_pool_id)
            return {"user_pool_id": request.user_pool_id, "attached": False}
        raise AttachmentError(
            f"User pool {request.user_pool_id}: a pool of this account and Region. Got: none. "
            "Fix: correct user_pool_arn."
        ) from None
    _log(request, done)
    return {"user_pool_id": request.user_pool_id, "attached": request.action != "delete"}


def _merge(request: Request, config: dict[str, Any]) -> dict[str, Any]:
    if request.action == "delete":
        wanted = request.wanted.only(request.holds) if request.holds else request.wanted
        return detached(config, wanted, request.before)
    if request.action == "create":
        _refuse_others(request, request.wanted, config)
        refuse_unseen(config, request.wanted, request.before, request.user_pool_id)
    return attached(config, request.wanted, request.before, request.previous)


def _refuse_late(request: Request, wanted: Trigger, config: Mapping[str, Any]) -> None:
    _refuse_others(request, wanted, config)
    refuse_latecomer(config, wanted, request.before, request.user_pool_id)


def _refuse_others(request: Request, wanted: Trigger, config: Mapping[str, Any]) -> None:
    if not request.replace:
        refuse_others(config, wanted, request.user_pool_id)


def _before(trigger: Trigger) -> dict[str, Any]:
    def function(value: Function | None) -> dict[str, str] | None:
        return {"lambda_arn": value.lambda_arn, "lambda_version": value.lambda_version} if value else None

    return {
        "kms_key_id": trigger.kms_key_id,
        "custom_sms_sender": function(trigger.sms),
        "custom_email_sender": function(trigger.email),
    }


def _log(request: Request, done: Changed) -> None:
    outcome = "changed" if done.written else "as it should be"
    _LOG.info("%s: user pool %s is %s", request.action, request.user_pool_id, outcome)
    if request.action == "delete" and SMS in done.triggers:
        shown = json.dumps({name: done.triggers[name] for name in (SMS, KEY) if name in done.triggers})
        _LOG.info("user pool %s keeps a custom SMS sender: %s", request.user_pool_id, shown)


_client: Any = None


def handler(event: Mapping[str, Any], context: Any = None) -> dict[str, Any]:
    """Lambda's entry point.

    :raises AttachmentError: with what Terraform shows.
    """
    global _client  # noqa: PLW0603 - one per execution environment
    _LOG.setLevel(logging.INFO)
    request = parse(event)
    if _client is None:
        _client = cognito()
    return run(request, Pool(request.user_pool_id, _client, real_time(context)))
