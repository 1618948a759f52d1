"""Asks AWS, each question once. An answer is the API's own; what AWS refuses is one of three errors."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from custom_sender.network.aws_errors import CODES, Meaning

POLICY: Final = "docs/doctor.json"
_PATIENCE: Final = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 3, "mode": "standard"})
# Where IAM's prefix is not boto3's name: https://docs.aws.amazon.com/service-authorization/latest/reference/
_PREFIXES: Final = {"pinpoint-sms-voice-v2": "sms-voice", "sesv2": "ses"}
# Codes that one service alone has, from its API reference.
_NOT_THERE: Final = frozenset(
    {"AWS.SimpleQueueService.NonExistentQueue", "NoSuchEntity", "ParameterNotFound", "QueueDoesNotExist"}
)
_DENIED: Final = frozenset({"AuthorizationError", "UnauthorizedOperation"})
_NO_CREDENTIALS: Final = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
_NO_REGION: Final = (EndpointConnectionError, InvalidRegionError, NoRegionError)
_LOG_IN: Final = "log in, or name another --profile"


class NotAskedError(Exception):
    """No answer: the caller may not ask, or the service said something else. The text names the action."""

    def __init__(self, text: str, fix: str) -> None:
        super().__init__(text)
        self.fix = fix


class CannotLookError(Exception):
    """There is nothing to look at, or no way to it. The text says what to do."""


class MissingError(Exception):
    """The thing that was asked for is not there."""


class Aws:
    """Clients of one account and Region; threads may share it."""

    def __init__(self, region: str | None, profile: str | None = None) -> None:
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region)
        except ProfileNotFound:
            raise CannotLookError(
                "--profile: one of your AWS configuration. Got: another. Fix: aws configure list-profiles."
            ) from None
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._answers: dict[str, Future[Any]] = {}

    @property
    def region(self) -> str | None:
        return self._session.region_name

    def ask(self, service: str, operation: str, *, region: str | None = None, **parameters: Any) -> Any:
        """The answer of an operation, by boto3's names of both. Of a list, all pages in one.

        :raises MissingError: when there is no such thing.
        :raises NotAskedError: when there is no answer.
        """
        question = repr((service, operation, region or self.region, sorted(parameters.items(), key=repr)))
        with self._lock:
            future = self._answers.get(question)
            is_first = future is None
            if future is None:
                future = self._answers[question] = Future()
        if is_first:
            try:
                future.set_result(self._ask(service, operation, region, parameters))
            except Exception as error:  # noqa: BLE001 - each who asks the same gets the same
                future.set_exception(error)
        return future.result()

    def _ask(self, service: str, operation: str, region: str | None, parameters: dict[str, Any]) -> Any:
        action = f"{_PREFIXES.get(service, service)}:{operation.title().replace('_', '')}"
        try:
            client = self._client(service, region)
            action = f"{_PREFIXES.get(service, service)}:{client.meta.method_to_api_mapping[operation]}"
            if client.can_paginate(operation):
                return client.get_paginator(operation).paginate(**parameters).build_full_result()
            return getattr(client, operation)(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if CODES.get(code) is Meaning.NOT_THERE or code in _NOT_THERE:
                raise MissingError from None
            if CODES.get(code) is Meaning.DENIED or code in _DENIED:
                raise NotAskedError(f"not looked at: you have no right to {action}", f"see {POLICY}") from None
            fix = _LOG_IN if CODES.get(code) is Meaning.UNSIGNED else "try again"
            raise NotAskedError(f"not looked at: {action} answered {code[:64]}", fix) from None
        except _NO_CREDENTIALS:
            raise NotAskedError("not looked at: you have no credentials of AWS", _LOG_IN) from None
        except _NO_REGION:
            raise NotAskedError(f"not looked at: {action} has no endpoint there", "look at --region") from None
        except BotoCoreError as error:
            raise NotAskedError(f"not looked at: {action}: {type(error).__name__}", "try again") from None

    def _client(self, service: str, region: str | None) -> Any:
        with self._lock:  # a session is not to be shared by threads, its clients are
            key = (service, region)
            if key not in self._clients:
                make: Any = self._session.client
                self._clients[key] = make(service, region_name=region, config=_PATIENCE)
            return self._clients[key]
