"""A user pool in this process, behind a real botocore client: what is serialized and parsed is what AWS would see.

Its rules are those of the embedded AWS (``localaws.pools``); faults can be put before and behind each call.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from localaws import pools
from localaws.wire import ServiceError
from pool_attachment.pool import Time, with_raw

POOL_ID: Final = "eu-central-1_AbCdEf123"
TIMES: Final = ("CreationDate", "LastModifiedDate")


class Raw(io.BytesIO):
    """What urllib3's response looks like to botocore."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        while chunk := self.read(4096):
            yield chunk


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the next call of an operation.

    ``before``: an error code instead of doing it, with this ``message``. ``lost``: it is done, and the connection
    breaks. ``also``: it is done, and this happens to the pool as well. ``meanwhile``: this happens to the pool first
    (by somebody else).
    """

    operation: str
    before: str = ""
    message: str = ""
    lost: bool = False
    also: Callable[[PoolDouble], None] | None = None
    meanwhile: Callable[[PoolDouble], None] | None = None


@dataclass
class PoolDouble:
    """One pool: settings, factors, and what is asked of it."""

    config: dict[str, Any]
    factors: dict[str, Any] = field(default_factory=dict)
    newer: dict[str, Any] = field(default_factory=dict)
    """Settings that this botocore does not know."""
    system_tags: dict[str, str] = field(default_factory=dict)
    """Tags of AWS's own: an update can neither send them nor take them off."""
    gone: bool = False
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    writes: int = 0
    now: float = 1_000.0

    @classmethod
    def with_settings(cls, settings: Mapping[str, Any], factors: Mapping[str, Any] | None = None) -> PoolDouble:
        """A pool that was made with these settings, and then given these factors."""
        double = cls(pools.settled(settings), {"MfaConfiguration": "OFF"})
        double.factors["MfaConfiguration"] = double.config["MfaConfiguration"]
        if factors is not None:
            double.set_factors({**factors})
        return double

    # -- as AWS sees it -----------------------------------------------------------------------------------------------

    @property
    def description(self) -> dict[str, Any]:
        """What DescribeUserPool answers."""
        return {
            "Id": POOL_ID,
            "Arn": f"arn:aws:cognito-idp:eu-central-1:123456789012:userpool/{POOL_ID}",
            "Name": "customers",
            "CreationDate": 1.5,
            "LastModifiedDate": 2.5 + self.writes,
            "EstimatedNumberOfUsers": 7 + len(self.calls),
            "SchemaAttributes": [{"Name": "sub", "AttributeDataType": "String", "Required": True}],
            "UsernameAttributes": ["phone_number"],
            **self.config,
            **self.newer,
            **({"UserPoolTags": tags} if (tags := {**self.config.get("UserPoolTags", {}), **self.system_tags}) else {}),
        }

    @property
    def state(self) -> str:
        """Everything about the pool as bytes, times and the number of users aside."""
        kept = {
            name: value for name, value in self.description.items() if name not in (*TIMES, "EstimatedNumberOfUsers")
        }
        return json.dumps([kept, self.shown_factors], sort_keys=True)

    @property
    def shown_factors(self) -> dict[str, Any]:
        """What GetUserPoolMfaConfig answers."""
        shown = {**self.factors, "MfaConfiguration": self.config["MfaConfiguration"]}
        if "SmsMfaConfiguration" in shown:
            own = ("SmsConfiguration", "SmsAuthenticationMessage")
            shown["SmsMfaConfiguration"] = {name: self.config[name] for name in own if name in self.config}
        return shown

    def update(self, request: Mapping[str, Any]) -> None:
        """UpdateUserPool."""
        pools.check(pools.UPDATE, request)
        self.config = pools.settled(request)
        self.newer = {}
        self.writes += 1
        if self.config["MfaConfiguration"] == "OFF":
            self.factors = {name: value for name, value in self.factors.items() if name == "WebAuthnConfiguration"}

    def set_factors(self, request: Mapping[str, Any]) -> None:
        """SetUserPoolMfaConfig."""
        pools.check(pools.MFA, {"UserPoolId": POOL_ID, **request})
        pools.check_factors(request)
        self.config["MfaConfiguration"] = request.get("MfaConfiguration", "OFF")
        for name, value in (request.get("SmsMfaConfiguration") or {}).items():
            self.config[name] = value
        self.factors = {
            name: value for name, value in request.items() if name not in {"UserPoolId", "MfaConfiguration"}
        }
        self.writes += 1

    # -- as botocore sees it ------------------------------------------------------------------------------------------

    def client(self) -> Any:
        """A Cognito client that talks to this pool until another pool is asked for its own."""
        client, answering = _client()
        answering[0] = self._answer
        return client

    def time(self, seconds: float = 120.0) -> Time:
        """An invocation's time, in which pauses take none."""

        def pause(length: float) -> None:
            self.now += length

        return Time(seconds, lambda: self.now, pause)

    def _answer(self, request: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rsplit(".", 1)[-1]
        self.calls.append(operation)
        self.now += 0.2
        fault = next((fault for fault in self.faults if fault.operation == operation), None)
        if fault:
            self.faults.remove(fault)
            if fault.meanwhile:
                fault.meanwhile(self)
            if fault.before:
                return _response(request.url, 500 if "Internal" in fault.before else 400, _error(fault))
        try:
            body = self._do(operation, json.loads(request.body))
        except ServiceError as error:
            return _response(request.url, error.status, {"__type": error.code, "message": error.message})
        if fault and fault.also:
            fault.also(self)
        if fault and fault.lost:
            raise ConnectionClosedError(endpoint_url=request.url)
        return _response(request.url, 200, body)

    def _do(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if self.gone:
            raise ServiceError("ResourceNotFoundException", f"User pool {POOL_ID} does not exist.")
        if operation == "DescribeUserPool":
            return {"UserPool": self.description}
        if operation == "GetUserPoolMfaConfig":
            return self.shown_factors
        self.requests.append(request)
        if operation == "UpdateUserPool":
            self.update(request)
            return {}
        self.set_factors(request)
        return self.shown_factors


@cache
def _client() -> tuple[Any, list[Callable[[Any], AWSResponse]]]:
    """Making a client takes longer than everything that a test does with it, so there is one."""
    client: Any = boto3.client(
        "cognito-idp",
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    answering: list[Callable[[Any], AWSResponse]] = [lambda request: _response(request.url, 500, {})]

    def answer(request: Any, **_: Any) -> AWSResponse:
        return answering[0](request)

    client.meta.events.register("before-send.cognito-idp", answer)
    return with_raw(client), answering


def _error(fault: Fault) -> dict[str, str]:
    return {"__type": fault.before, **({"message": fault.message} if fault.message else {})}


def _response(url: str, status: int, body: Mapping[str, Any]) -> AWSResponse:
    text = json.dumps(body).encode()
    headers: Any = {"Content-Type": "application/x-amz-json-1.1"}
    return AWSResponse(url, status, headers, Raw(text))
