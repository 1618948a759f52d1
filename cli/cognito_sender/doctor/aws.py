"""Asks AWS, each question once. An answer is the API's own, or None; what AWS refuses is an error with a fix."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from typing import Any, Final, NoReturn

import boto3
from botocore import exceptions as botocore
from botocore.config import Config

from custom_sender.network.aws_errors import CODES, Meaning

_PATIENCE: Final = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 3, "mode": "standard"})
# Where IAM's prefix is not boto3's name: https://docs.aws.amazon.com/service-authorization/latest/reference/
_PREFIXES: Final = {"pinpoint-sms-voice-v2": "sms-voice", "sesv2": "ses"}
# And where an action has another name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
_ACTIONS: Final = {"lambda:GetLayerVersionByArn": "lambda:GetLayerVersion"}
# Codes that one service alone has, from its API reference.
_OWN: Final = {
    "AWS.SimpleQueueService.NonExistentQueue": Meaning.NOT_THERE,
    "AuthorizationError": Meaning.DENIED,
    "InvalidRequestException": Meaning.NOT_THERE,  # Secrets Manager's, of a secret that waits for its deletion
    "NoSuchEntity": Meaning.NOT_THERE,
    "NotFound": Meaning.NOT_THERE,
    "ParameterNotFound": Meaning.NOT_THERE,
    "QueueDoesNotExist": Meaning.NOT_THERE,
    "UnauthorizedOperation": Meaning.DENIED,
}
_LOG_IN: Final = "log in, or name another --profile"
_FIXES: Final = {Meaning.DENIED: "see docs/doctor.json", Meaning.UNSIGNED: _LOG_IN}
_AGAIN: Final = "try again"
_CONFIGURATION: Final = "mend your AWS configuration, and AWS_ENDPOINT_URL if you set it"
_NO_CREDENTIALS: Final = (
    botocore.CredentialRetrievalError,
    botocore.NoCredentialsError,
    botocore.PartialCredentialsError,
    botocore.SSOError,
    botocore.TokenRetrievalError,
)


class CannotLookError(Exception):
    """There is nothing to look at, or no way to it. The text says what to do."""


class NotAskedError(Exception):
    """No answer: the caller may not ask, or the service said something else. The text names the action."""

    def __init__(self, text: str, fix: str) -> None:
        super().__init__(f"not looked at: {text}")
        self.fix = fix


def not_asked(error: Exception) -> NotAskedError:
    """An error of a look at something. Of one that nobody has foreseen, the text may hold anything."""
    if isinstance(error, NotAskedError):
        return error
    return NotAskedError(type(error).__name__, "report it: it is a fault of cognito-sender's")


class _Answer(dict[str, Any]):
    """A part of an answer. A member that is asked for and not in it is no answer."""

    question = ""

    def __missing__(self, name: str) -> NoReturn:
        raise NotAskedError(f"{self.question} answered without {name}", _AGAIN)


def _strict(value: Any, question: str) -> Any:
    if isinstance(value, list):
        return [_strict(each, question) for each in value]
    if not isinstance(value, dict):
        return value
    answer = _Answer((name, _strict(each, question)) for name, each in value.items())
    answer.question = question
    return answer


class Aws:
    """Clients of one account and Region; threads may share it."""

    def __init__(self, region: str | None, profile: str | None = None) -> None:
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region)
        except botocore.ProfileNotFound:
            text = "--profile: one of your AWS configuration. Got: another. Fix: aws configure list-profiles."
            raise CannotLookError(text) from None
        except botocore.BotoCoreError as error:
            text = f"AWS_CONFIG_FILE: what boto3 can read. Got: {type(error).__name__}. Fix: {_CONFIGURATION}."
            raise CannotLookError(text) from None
        self.region = self._session.region_name
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[str, Future[Any]] = {}

    def ask(self, service: str, operation: str, region: str | None = None, /, **parameters: Any) -> Any:
        """The answer of an operation, by boto3's names of both; None if there is no such thing. All pages in one.

        :raises NotAskedError: when there is no answer.
        """
        where = region or self.region or ""
        question = repr((service, operation, where, sorted(parameters.items(), key=repr)))
        with self._lock:
            is_first = question not in self._answers
            future = self._answers.setdefault(question, Future())
        if is_first:
            try:
                future.set_result(_strict(self._ask(service, operation, where, parameters), f"{service}: {operation}"))
            except Exception as error:  # noqa: BLE001 - each who asks the same gets the same
                future.set_exception(error)
        return future.result()

    def _ask(self, service: str, operation: str, region: str, parameters: dict[str, Any]) -> Any:
        action = f"{_PREFIXES.get(service, service)}:{operation.title().replace('_', '')}"
        try:
            client = self._client(service, region)
            action = f"{action.partition(':')[0]}:{client.meta.method_to_api_mapping[operation]}"
            if client.can_paginate(operation):
                return client.get_paginator(operation).paginate(**parameters).build_full_result()
            return getattr(client, operation)(**parameters)
        except botocore.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))[:64]
            meaning = _OWN.get(code) or CODES.get(code, Meaning.FAILED)
            if meaning is Meaning.NOT_THERE:
                return None
            denied = f"you have no right to {_ACTIONS.get(action, action)}"
            text = denied if meaning is Meaning.DENIED else f"{action} answered {code}"
            raise NotAskedError(text, _FIXES.get(meaning, _AGAIN)) from None
        except _NO_CREDENTIALS:
            raise NotAskedError("you have no credentials of AWS", _LOG_IN) from None
        except (botocore.EndpointConnectionError, botocore.InvalidRegionError):
            own = sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL"))
            raise NotAskedError(
                f"{action} has no endpoint there", f"look at {' and '.join(own or ['--region'])}"
            ) from None
        except (botocore.HTTPClientError, botocore.ConnectionError) as error:
            raise NotAskedError(f"{action}: {type(error).__name__}", _AGAIN) from None
        except (botocore.BotoCoreError, ValueError) as error:
            raise NotAskedError(f"{action}: {type(error).__name__}", _CONFIGURATION) from None

    def _client(self, service: str, region: str) -> Any:
        with self._lock:  # a session is not to be shared by threads, its clients are
            key = (service, region)
            if key not in self._clients:
                make: Any = self._session.client
                self._clients[key] = make(service, region_name=region, config=_PATIENCE)
            return self._clients[key]
