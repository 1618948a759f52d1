"""Provider credentials from Secrets Manager or SSM Parameter Store, by full ARN.

A client is used directly and not Powertools' ``parameters``: its Region must be the ARN's, and the error code must be
seen (Powertools keeps only a text). An outage must not take away a secret that is still known. The values must be
wrapped before anything else can touch them. Errors carry constant texts and the ARN, never a value.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from custom_sender.dataclass import dataclass
from custom_sender.network.aws_errors import CODES, Meaning, passes
from custom_sender.network.deadline import within
from custom_sender.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CACHE_SECONDS = 300.0
# How long an old value is used without asking when the service was just unavailable: asking takes seconds of every
# message's time.
OUTAGE_SECONDS = 30.0
# Senders take texts and lists of texts: two levels. The rest is for what another program keeps in the same secret.
_DEEPEST = 8
# Two tries of the client; what is left of the message's time is often less.
LONGEST_READ_SECONDS = 6.5

# Of Parameter Store, a moment after a parameter was written.
_STILL_WRITTEN = "TooManyUpdates"


class CredentialsUnavailable(RuntimeError):  # noqa: N818 - the name says what is the matter, as the outcomes do
    """The secret could not be read just now: throttled, timed out, unreachable. A retry can succeed."""


class CredentialsInvalid(RuntimeError):  # noqa: N818 - see above
    """The secret is not there, not allowed, or not what the sender needs. Someone has to act."""


def unfit(attribute: str, rule: str) -> CredentialsInvalid:
    """The error for an attribute of the secret, without its value. The ARN is put before it."""
    return CredentialsInvalid(f"{attribute}: {rule}. Got: something else. Fix: write it into the secret.")


@dataclass(frozen=True)
class _Kept:
    values: Mapping[str, Any]
    read_at: float


class Credentials:
    """Reads secrets and keeps them for ``CACHE_SECONDS``.

    ``client`` makes a client for a service name and a Region; tests put their own here. ``clock`` gives seconds.
    """

    def __init__(
        self,
        client: Callable[[str, str], Any] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._make_client = client or secrets_client
        self._clock = clock
        self._clients: dict[tuple[str, str], Any] = {}
        self._kept: dict[str, _Kept] = {}

    def get(self, arn: str, *, refresh: bool = False, seconds: float = LONGEST_READ_SECONDS) -> Mapping[str, Any]:
        """The secret's JSON object, every string wrapped in ``Secret`` and every list turned into a tuple.

        ``refresh`` reads it again even if it is kept. While the service is unavailable, a value that has merely grown
        old is used again, and the service asked every ``OUTAGE_SECONDS``; after ``refresh`` it is not used, because the
        provider has refused it. ``seconds`` is how long it may take.
        Raises ``CredentialsUnavailable`` or ``CredentialsInvalid``.
        """
        kept = self._kept.get(arn)
        now = self._clock()
        if kept is not None and not refresh and 0 <= now - kept.read_at < CACHE_SECONDS:
            return kept.values
        try:
            values = _object(arn, self._read(arn, seconds))
        except CredentialsUnavailable:
            if kept is None or refresh:
                raise
            self._kept[arn] = _Kept(kept.values, now - CACHE_SECONDS + OUTAGE_SECONDS)
            return kept.values
        self._kept[arn] = _Kept(values, now)
        return values

    def forget(self) -> None:
        """Let go of every value."""
        self._kept.clear()

    def _read(self, arn: str, seconds: float) -> str | None:
        # The client's own time-outs are for one try, and not for a name server that is silent.
        answer = within(min(seconds, LONGEST_READ_SECONDS), lambda: self._ask(arn))
        if answer is None:
            msg = f"{arn}: could not be read. Got: no answer in time."
            raise CredentialsUnavailable(msg)
        try:
            if isinstance(answer, RuntimeError):
                raise answer
            return answer[0]
        finally:
            del answer  # an error that is raised holds this frame, and must not be held by it

    def _ask(self, arn: str) -> tuple[str | None] | RuntimeError:
        """The secret's text if it has one, or what is to be raised."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - senders import this module, not SDKs

        service, region = arn.split(":")[2:4]
        action = "secretsmanager:GetSecretValue" if service == "secretsmanager" else "ssm:GetParameter"
        try:
            client = self._client(service, region)
            if service == "secretsmanager":
                answer = client.get_secret_value(SecretId=arn)
                value = answer.get("SecretString", answer.get("SecretBinary"))
            else:
                answer = client.get_parameter(Name=arn, WithDecryption=True)
                value = answer.get("Parameter", {}).get("Value")
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return _refusal(arn, action, code, status)
        except BotoCoreError:
            return CredentialsUnavailable(f"{arn}: could not be read. Got: no answer from {service} in {region}.")
        if not isinstance(value, str | bytes):
            # botocore makes an empty answer of a body that is none.
            return CredentialsUnavailable(
                f"{arn}: could not be read. Got: an answer of {service} in {region} without a value."
            )
        return (value if isinstance(value, str) else None,)

    def _client(self, service: str, region: str) -> Any:
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._make_client(service, region)
        return self._clients[key]


def secrets_client(service: str, region: str) -> Any:
    """A client that gives up within the time that a message can wait: at most about six seconds."""
    from custom_sender.network import clients  # noqa: PLC0415 - see above

    return clients.client(service, region, clients.patience(connect_seconds=1, read_seconds=2, tries=2))


def _refusal(arn: str, action: str, code: str, status: int) -> RuntimeError:
    if passes(code, status) or code == _STILL_WRITTEN:
        return CredentialsUnavailable(f"{arn}: could not be read. Got: {action} was throttled or failed on AWS's side.")
    if CODES.get(code) is Meaning.DENIED:
        return CredentialsInvalid(
            f"{arn}: must be readable. Got: access denied. Fix: allow the function's role {action} on it, "
            "and kms:Decrypt on its key if it has one of its own (iam.secret_kms_key_arns)."
        )
    if CODES.get(code) is Meaning.NOT_THERE or code == "ParameterNotFound":
        return CredentialsInvalid(
            f"{arn}: exists and has a value. Got: neither or one. Fix: create it and put the credentials in."
        )
    return CredentialsInvalid(
        f"{arn}: must be readable. Got: {action} was refused. Fix: check that it and its key are enabled."
    )


def _object(arn: str, text: str | None) -> Mapping[str, Any]:
    wrapped: object = None
    if text is not None:
        try:
            wrapped = _wrap(json.loads(text), _DEEPEST)
        except (ValueError, RecursionError):
            # The error holds the whole text: it must not become the context of ours.
            wrapped = None
    if not isinstance(wrapped, dict):
        msg = f"{arn}: a JSON object as text, of {_DEEPEST} levels at most. Got: something else."
        raise CredentialsInvalid(f"{msg} Fix: write the sender's credentials into it.")
    return wrapped


def _wrap(value: object, levels: int) -> object:
    if isinstance(value, str):
        return Secret(value)
    if not isinstance(value, list | dict):
        return value
    if not levels:
        raise ValueError
    if isinstance(value, list):
        return tuple(_wrap(item, levels - 1) for item in value)
    return {key: _wrap(item, levels - 1) for key, item in value.items()}
