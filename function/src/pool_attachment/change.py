"""The order of the steps: read, merge, write, read again, and back if anything else has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pool_attachment.errors import AttachmentError
from pool_attachment.pool import TryAgain
from pool_attachment.trigger import SMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pool_attachment.pool import Pool, Snapshot

# A pool may be shown as it was for a moment after it was changed.
_LOOKS: Final = 3
_FACTOR_ATTEMPTS: Final = 4
_RESTORE_ATTEMPTS: Final = 4


@dataclass(frozen=True, slots=True)
class Changed:
    """What was done. ``written`` is false when the pool was as it should be."""

    written: bool
    triggers: Mapping[str, Any]


def change(pool: Pool, merge: Callable[[dict[str, Any]], dict[str, Any]]) -> Changed:
    """Make the pool's ``LambdaConfig`` what ``merge`` makes of it, and change nothing else.

    ``merge`` is asked again whenever somebody else has changed the pool meanwhile; it may refuse.

    :raises AttachmentError: when it could not be done, or when Cognito changed anything else as well.
    :raises PoolGone: when there is no such pool.
    """
    origin = pool.read()
    attempt = 0
    while True:
        goal = merge(origin.triggers)
        if goal == origin.triggers:
            return Changed(written=False, triggers=goal)
        if SMS in goal and not origin.description.get("SmsConfiguration"):
            raise AttachmentError(
                f"User pool {pool.id}: SmsConfiguration is set. Cognito demands its role of every pool with a custom "
                "SMS sender, although it never uses it then. Got: none. Nothing was changed. Fix: set it where the "
                "pool is managed, then apply again."
            )
        try:
            pool.write(origin.with_triggers(goal))
        except TryAgain as later:
            now = _look(pool)
            if now.triggers == goal:
                break  # it was done, and only the answer was lost
            if not pool.left.wait(attempt):
                raise pool.failed("update_user_pool", later.code) from None
            attempt += 1
            origin = now  # somebody else was faster, with the settings or with the second factors
            continue
        break
    _verify(pool, origin, goal)
    return Changed(written=True, triggers=goal)


def _verify(pool: Pool, origin: Snapshot, goal: Mapping[str, Any]) -> None:
    """Look at the whole pool again; whatever else has changed is put back, and is an error unless that was all.

    Second factors are put back without an error: what an update makes of them is not documented, and they have an
    operation of their own.

    :raises AttachmentError: with the differences.
    """
    expected = origin.with_triggers(goal)
    found = _look(pool)
    if pool.factor_differences(expected, found):
        found = _put_factors_back(pool, expected)
    for look in range(_LOOKS - 1):
        if not pool.differences(expected, found) or not pool.left.wait(look, reserve=5.0):
            break
        found = _look(pool)
    unexpected = [*pool.differences(expected, found), *pool.factor_differences(expected, found)]
    if not unexpected:
        return
    left = _restore(pool, origin)
    listed = "; ".join(unexpected)
    if not left:
        raise AttachmentError(
            f"User pool {pool.id}: only the trigger changes. Got: {listed}. The pool was put back as it was, so the "
            "trigger is not what it should be. Fix: apply again, if somebody else changed the pool at the same time."
        )
    raise AttachmentError(
        f"User pool {pool.id}: only the trigger changes. Got: {listed}. It could not be put back: {'; '.join(left)}. "
        "Fix: put these settings right where the pool is managed, then apply again."
    )


def _look(pool: Pool) -> Snapshot:
    """Read a pool that has been written.

    :raises AttachmentError: that says that nobody has seen what became of it.
    """
    try:
        return pool.read()
    except AttachmentError as error:
        raise AttachmentError(
            f"User pool {pool.id}: the pool is looked at again after the trigger was sent. Got: it could not be looked "
            "at, so nobody has seen whether the trigger is there and whether anything else changed. Fix: compare the "
            f"pool's settings with where they are managed. {error}"
        ) from None


def _put_factors_back(pool: Pool, expected: Snapshot) -> Snapshot:
    found = expected
    for attempt in range(_FACTOR_ATTEMPTS):
        try:
            pool.write_factors(expected)
        except TryAgain:
            pool.left.wait(attempt, reserve=10.0)
        except AttachmentError:
            return _look(pool)  # what differs is told with the rest
        found = _look(pool)
        if not pool.factor_differences(expected, found):
            break
    return found


def _restore(pool: Pool, origin: Snapshot) -> list[str]:
    """Put the whole pool back; what still differs, or why it could not be done."""
    left: list[str] = []
    for attempt in range(_RESTORE_ATTEMPTS):
        try:
            pool.write(origin)
            found = pool.read()
            if pool.factor_differences(origin, found):
                pool.write_factors(origin)
                found = pool.read()
            left = [*pool.differences(origin, found), *pool.factor_differences(origin, found)]
        except TryAgain as later:
            left = [later.code]
        except AttachmentError as error:
            return [str(error)]
        if not left or not pool.left.wait(attempt, reserve=2.0):
            return left
    return left
