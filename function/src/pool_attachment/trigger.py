"""Which custom senders and which key a pool has, is to have, and had before: pure.

A pool has one KMS key for both of its custom senders. Each sender that was asked for belongs to the attachment. The key
belongs to it while one of them needs it. All else in ``LambdaConfig`` is others'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pool_attachment.errors import AttachmentError

if TYPE_CHECKING:
    from collections.abc import Mapping

SMS: Final = "CustomSMSSender"
EMAIL: Final = "CustomEmailSender"
KEY: Final = "KMSKeyID"

_NAMES: Final = {SMS: "custom SMS sender", EMAIL: "custom e-mail sender", KEY: "KMS key"}


@dataclass(frozen=True, slots=True)
class Function:
    """A sender: the ARN that Cognito calls, and the version of the event that it takes."""

    lambda_arn: str
    lambda_version: str

    @property
    def api(self) -> dict[str, str]:
        """As Cognito's API has it."""
        return {"LambdaArn": self.lambda_arn, "LambdaVersion": self.lambda_version}


@dataclass(frozen=True, slots=True)
class Trigger:
    """Senders and key; None where there is none."""

    kms_key_id: str | None = None
    sms: Function | None = None
    email: Function | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Trigger:
        """From a pool's ``LambdaConfig``."""
        return cls(config.get(KEY) or None, _function(config.get(SMS)), _function(config.get(EMAIL)))

    @property
    def parts(self) -> dict[str, Any]:
        """The members of ``LambdaConfig``; without those that there are not."""
        found = {KEY: self.kms_key_id, SMS: self.sms and self.sms.api, EMAIL: self.email and self.email.api}
        return {name: value for name, value in found.items() if value}

    def only(self, name: str) -> Trigger:
        """One of the senders, without the key."""
        return Trigger(sms=self.sms if name == SMS else None, email=self.email if name == EMAIL else None)


def _function(api: Mapping[str, str] | None) -> Function | None:
    return Function(api.get("LambdaArn", ""), api.get("LambdaVersion", "")) if api else None


def replaced(config: Mapping[str, Any], wanted: Trigger) -> Trigger:
    """Somebody else's part before the attachment, which its destruction puts back.

    The attachment's own part (its state was lost, or an apply stopped half-way) is not in it. The key is its own while
    nobody else's sender decrypts with it.
    """
    found = Trigger.of(config)
    sms = found.sms if found.sms != wanted.sms else None
    email = found.email if found.email != wanted.email else None
    own_key = found.kms_key_id == wanted.kms_key_id and sms is None and email is None
    return Trigger(None if own_key else found.kms_key_id, sms, email)


def refuse_others(config: Mapping[str, Any], wanted: Trigger, pool: str) -> None:
    """Take no one's place unasked.

    :raises AttachmentError: when the pool has another sender or another key.
    """
    found = Trigger.of(config).parts
    others = {name: found[name] for name, value in wanted.parts.items() if name in found and found[name] != value}
    if not others:
        return
    listed = "; ".join(f"{_NAMES[name]} {_shown(value)}" for name, value in sorted(others.items()))
    raise AttachmentError(
        f"User pool {pool}: no other sender or key. Got: {listed}. Nothing was changed. Fix: take it off where it is "
        "managed. Or set replace = true: this attachment takes its place, and puts it back when it is destroyed."
    )


def refuse_unseen(config: Mapping[str, Any], wanted: Trigger, before: Trigger, pool: str) -> None:
    """Take no place whose holder has changed since it was read: it would be put back when the attachment is destroyed.

    :raises AttachmentError: when the pool has neither the attachment's own nor what was read.
    """
    found, read = Trigger.of(config).parts, before.parts
    changed = [
        f"{_NAMES[name]}: {_shown(read.get(name))} then, {_shown(found.get(name))} now"
        for name, value in sorted(wanted.parts.items())
        if found.get(name) not in (value, read.get(name))
    ]
    if not changed:
        return
    raise AttachmentError(
        f"User pool {pool}: as this attachment read it, for destroying it puts that back. Got: {'; '.join(changed)}. "
        "Nothing was changed. Fix: read again by terraform apply "
        "-replace=<the attachment's module address>.aws_lambda_invocation.before"
    )


def refuse_latecomer(config: Mapping[str, Any], wanted: Trigger, before: Trigger, pool: str) -> None:
    """Take no sender's place that has come since the attachment has read the pool: nobody would put it back.

    :raises AttachmentError: when there is one.
    """
    found, read = Trigger.of(config).parts, before.parts
    for name, value in wanted.parts.items():
        if found.get(name) not in (None, value, read.get(name)):
            raise AttachmentError(
                f"User pool {pool}: no {_NAMES[name]} that came after this attachment, which could not put it back. "
                f"Got: {_shown(found[name])}. Nothing was changed. "
                "Fix: take it off where it is managed, then apply again."
            )


def _shown(value: str | Mapping[str, str] | None) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else value["LambdaArn"]


def attached(
    config: Mapping[str, Any], wanted: Trigger, before: Trigger, previous: Trigger | None = None
) -> dict[str, Any]:
    """``LambdaConfig`` with the attachment's senders and key. ``previous``: what it wanted until now."""
    goal = dict(config)
    for name in (SMS, EMAIL):
        if previous is not None and name in previous.parts and name not in wanted.parts:
            # This sender is the attachment's no longer.
            _put(goal, name, before.parts.get(name), instead_of=previous.parts[name])
    return {**goal, **wanted.parts}


def detached(config: Mapping[str, Any], wanted: Trigger, before: Trigger) -> dict[str, Any]:
    """``LambdaConfig`` without the attachment's senders and key, and with what was there before.

    It leaves alone what somebody else has put in their place since.
    """
    goal = dict(config)
    parts = wanted.parts
    for name in (SMS, EMAIL):
        if name in parts:
            _put(goal, name, before.parts.get(name), instead_of=parts[name])
    if wanted.kms_key_id is None or goal.get(KEY) != wanted.kms_key_id:
        return goal
    senders = {name: goal[name] for name in (SMS, EMAIL) if name in goal}
    if before.kms_key_id is not None and all(before.parts.get(name) == value for name, value in senders.items()):
        goal[KEY] = before.kms_key_id
    elif not senders:
        del goal[KEY]
    # Otherwise a sender stays that came later: it decrypts with this key.
    return goal


def _put(goal: dict[str, Any], name: str, value: Any, *, instead_of: Any) -> None:
    if goal.get(name) != instead_of:
        return
    if value:
        goal[name] = value
    else:
        del goal[name]
