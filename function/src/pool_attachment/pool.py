"""Reads and writes one user pool, and repeats what only needs a little time."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import botocore
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as ConnectionFailed

from custom_sender.network import clients
from custom_sender.network.aws_errors import CODES, Meaning, passes
from pool_attachment import pool_settings
from pool_attachment.errors import AttachmentError, PoolGone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# How long a denial is asked again: IAM's changes take a while to be known everywhere, and Terraform has made the role a
# moment ago.
PATIENCE_SECONDS: Final = 30.0
# What is kept of the invocation's time for putting back what a write may have changed.
RESERVE_SECONDS: Final = 25.0
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 8.0

# Cognito's own words for "not now".
_NOT_NOW: Final = frozenset(
    {"ConcurrentModificationException", "LimitExceededException", "UserImportInProgressException"}
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A pool at one moment, as Cognito's JSON says: its description, and its second factors."""

    description: Mapping[str, Any]
    factors: Mapping[str, Any]

    @property
    def triggers(self) -> dict[str, Any]:
        """``LambdaConfig``."""
        return dict(self.description.get("LambdaConfig") or {})

    def with_triggers(self, triggers: Mapping[str, Any]) -> Snapshot:
        """The same pool with another ``LambdaConfig``."""
        return Snapshot({**self.description, "LambdaConfig": dict(triggers)}, self.factors)


# Where this boto3 came from: beside this code in a self-contained package, else with Lambda's runtime.
_NEWER: Final = (
    "build the package again with a newer boto3 (make lock, function/build.py self-contained)."
    if botocore.__file__.rpartition("/botocore/")[0] == __file__.rpartition("/pool_attachment/")[0]
    else "give the attachment a newer runtime (function.runtime), or the self-contained package with a newer boto3 "
    "(package.filename; function/build.py self-contained)."
)


class TryAgain(Exception):  # noqa: N818 - the name says what to do
    """A call failed in a way that a later one may not; it may have been done all the same. ``code``: AWS's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Time:
    """What is left of an invocation. ``clock`` gives seconds; ``pause`` sleeps."""

    def __init__(self, seconds: float, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        self._clock = clock
        self._pause = pause
        self._started = clock()
        self._end = self._started + seconds

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._started

    def wait(self, attempt: int, *, reserve: float = RESERVE_SECONDS) -> bool:
        """Pause before another attempt (the first is 0); False, at once, when no time is left for one."""
        seconds = min(_FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
        if self._clock() + seconds > self._end - reserve:
            return False
        self._pause(seconds)
        return True


class Pool:
    """One user pool."""

    def __init__(self, pool_id: str, client: Any, left: Time) -> None:
        self.id = pool_id
        self.left = left
        self._client = client
        model = client.meta.service_model
        self._update = model.operation_model("UpdateUserPool").input_shape
        self._set_factors = model.operation_model("SetUserPoolMfaConfig").input_shape
        self._description = model.operation_model("DescribeUserPool").output_shape.members["UserPool"]
        self._factors = model.operation_model("GetUserPoolMfaConfig").output_shape

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> Snapshot:
        """The pool as it is.

        :raises PoolGone: when there is none.
        :raises AttachmentError: when it has a setting that this botocore does not know, or cannot be read.
        """
        description = self._patiently("describe_user_pool")["UserPool"]
        factors = self._patiently("get_user_pool_mfa_config")
        unknown = [
            *pool_settings.unknown_members(self._description, description),
            *pool_settings.unknown_members(self._factors, factors),
        ]
        if unknown:
            raise AttachmentError(
                f"User pool {self.id}: settings that botocore {botocore.__version__} knows and can send back, because "
                f"Cognito resets what an update leaves out. Got: {', '.join(unknown)}. Nothing was changed. "
                f"Fix: {_NEWER}"
            )
        return Snapshot(
            {name: value for name, value in description.items() if value is not None},
            {name: value for name, value in factors.items() if value is not None},
        )

    def differences(self, expected: Snapshot, found: Snapshot) -> list[str]:
        """What of the whole description differs, times and the like aside."""
        return pool_settings.differences(
            pool_settings.settings(self._description, expected.description),
            pool_settings.settings(self._description, found.description),
        )

    def factor_differences(self, expected: Snapshot, found: Snapshot) -> list[str]:
        """What of the second factors differs."""
        return pool_settings.differences(dict(expected.factors), dict(found.factors), "mfa")

    # -- writing ------------------------------------------------------------------------------------------------------

    def write(self, wanted: Snapshot) -> None:
        """Make the pool's settings these, once.

        :raises TryAgain: when it may have been done or not.
        """
        self._call("update_user_pool", **pool_settings.sendable(self._update, wanted.description))

    def write_factors(self, wanted: Snapshot) -> None:
        """Make the pool's second factors these, once.

        :raises TryAgain: when it may have been done or not.
        """
        self._call("set_user_pool_mfa_config", **pool_settings.sendable_factors(self._set_factors, wanted.factors))

    # -- calling ------------------------------------------------------------------------------------------------------

    def _patiently(self, operation: str) -> dict[str, Any]:
        """A call that may be repeated as often as one likes."""
        attempt = 0
        while True:
            try:
                return self._call(operation)
            except TryAgain as later:
                # Reading must be possible to the very end: what was written has to be looked at.
                if not self.left.wait(attempt, reserve=2.0):
                    raise self.failed(operation, later.code) from None
                attempt += 1

    def failed(self, operation: str, detail: str) -> AttachmentError:
        """The error for a call that AWS refused for good, or for as long as there was time."""
        advice = _ROLE_ADVICE if "iam:PassRole" in detail else _ADVICE
        return AttachmentError(f"User pool {self.id}: {_api_name(operation)} failed. Got: {detail}. Fix: {advice}")

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(UserPoolId=self.id, **parameters)
        except ClientError as error:
            code = str(error.response["Error"].get("Code"))
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            if code == "ResourceNotFoundException":
                raise PoolGone(self.id) from None
            denied = CODES.get(code) is Meaning.DENIED and self.left.passed < PATIENCE_SECONDS
            if denied or passes(code, status) or code in _NOT_NOW:
                raise TryAgain(f"{code}: {error.response['Error'].get('Message', '')}") from None
            raise self.failed(operation, f"{code}: {error.response['Error'].get('Message', '')}") from None
        except NoCredentialsError as error:
            raise self.failed(operation, str(error)) from None
        except (ConnectionFailed, HTTPClientError) as error:
            raise TryAgain(type(error).__name__) from None
        except BotoCoreError as error:
            raise self.failed(operation, f"{type(error).__name__}: {error}") from None
        raw: dict[str, Any] = answer["_raw"]
        return raw


_ADVICE: Final = "apply again."
_ROLE_ADVICE: Final = (
    "set sms_role_arn to the role named here, which is the one in the pool's SmsConfiguration, then apply."
)


def _api_name(operation: str) -> str:
    return {
        "describe_user_pool": "DescribeUserPool",
        "get_user_pool_mfa_config": "GetUserPoolMfaConfig",
        "update_user_pool": "UpdateUserPool",
        "set_user_pool_mfa_config": "SetUserPoolMfaConfig",
    }[operation]


def cognito() -> Any:
    """A Cognito client whose answers also hold the JSON that they were made from, as ``_raw``."""
    patience = clients.patience(connect_seconds=5, read_seconds=20, tries=2)
    return with_raw(clients.client("cognito-idp", None, patience))


def with_raw(client: Any) -> Any:
    """Let a client keep what botocore's parser drops."""

    def keep(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        if http_response.status_code < 300:
            parsed["_raw"] = json.loads(http_response.content or b"{}")

    client.meta.events.register("after-call", keep)
    return client


def real_time(context: Any) -> Time:
    """The time that an invocation's context says is left; a minute without one."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return Time(remaining() / 1000 if remaining else 60.0, time.monotonic, time.sleep)
