"""One HTTP request seen as one AWS call, and the answers of every AWS protocol that is spoken here.

An AWS request names its service and Region in the SigV4 credential scope, its principal by the access key in the same
place, and its action in ``X-Amz-Target`` (JSON protocols), in ``Action`` (query protocol) or in the path (REST).
"""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

WsgiEnvironment = dict[str, Any]

_SCOPE: Final = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")

# Calls that boto3 sends unsigned carry no credential scope: the service is in the target alone.
_SERVICE_OF_TARGET: Final = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
    "AmazonSSM": "ssm",
    "AmazonSQS": "sqs",
    "PinpointSMSVoiceV2": "sms-voice",
}


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer: status, headers, body."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str | None:
        """The first header of that name (any case)."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        """The body as JSON (an empty body is an empty object)."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Call:
    """One AWS API call as it arrived."""

    service: str
    """SigV4 service name (``kms``, ``lambda``, ``cognito-idp``, ``sns``, ``sms-voice`` …); empty when there is none."""
    region: str
    action: str
    """API operation (``Decrypt``); for REST services the HTTP method and path."""
    access_key: str
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    environ: WsgiEnvironment = field(repr=False)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @cached_property
    def json(self) -> dict[str, Any]:
        """Parameters of a JSON call."""
        parsed = json.loads(self.body) if self.body.strip() else {}
        return parsed if isinstance(parsed, dict) else {}

    @cached_property
    def form(self) -> dict[str, str]:
        """Parameters of a query-protocol call."""
        return {key: values[-1] for key, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    def with_body(self, body: bytes) -> Call:
        """The same call with another body."""
        environ = {**self.environ, "CONTENT_LENGTH": str(len(body))}
        return Call(
            service=self.service,
            region=self.region,
            action=self.action,
            access_key=self.access_key,
            method=self.method,
            path=self.path,
            query=self.query,
            headers=self.headers,
            body=body,
            environ=environ,
            request_id=self.request_id,
        )

    def wsgi(self) -> WsgiEnvironment:
        """A WSGI environment that can be read again from its start."""
        environ = dict(self.environ)
        environ["wsgi.input"] = io.BytesIO(self.body)
        environ["wsgi.input_terminated"] = True
        environ["CONTENT_LENGTH"] = str(len(self.body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return environ


class ServiceError(Exception):
    """An error that AWS would answer with: its code, message and HTTP status."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        extra: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.extra = dict(extra or {})
        self.retry_after = retry_after


def parse(environ: WsgiEnvironment) -> Call:
    """Read one request completely and tell what it is."""
    body = _body(environ)
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    if content_type := environ.get("CONTENT_TYPE"):
        headers["content-type"] = content_type
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    scope = _SCOPE.search(headers.get("authorization", ""))
    access_key, region, service = scope.groups() if scope else ("", "", "")
    target = headers.get("x-amz-target", "")
    prefix, _, operation = target.rpartition(".")
    if not service and prefix:
        service = _SERVICE_OF_TARGET.get(prefix.split("_")[0], "")
    method, path = environ.get("REQUEST_METHOD", "GET"), environ.get("PATH_INFO", "/")
    if not operation and "x-www-form-urlencoded" in headers.get("content-type", ""):
        operation = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    if not operation and (match := re.fullmatch(r"/service/[^/]+/operation/([A-Za-z]+)", path)):
        operation = match[1]
    return Call(
        service=service.lower(),
        region=region,
        action=operation or f"{method} {path}",
        access_key=access_key,
        method=method,
        path=path,
        query=query,
        headers=headers,
        body=body,
        environ=environ,
    )


def _body(environ: WsgiEnvironment) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        data = stream.read()
    else:
        data = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    return bytes(data)


def json_response(payload: object, status: int = 200, *, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """A JSON answer in the form that the AWS JSON protocols and ``/_local/`` share."""
    body = b"" if payload is None else json.dumps(payload, default=str).encode()
    return Response(status, body, (("Content-Type", "application/x-amz-json-1.1"), *headers))


def error_response(call: Call, error: ServiceError) -> Response:
    """``error`` in the protocol of the service that was called."""
    headers: list[tuple[str, str]] = [("x-amzn-RequestId", call.request_id)]
    if error.retry_after is not None:
        headers.append(("Retry-After", str(error.retry_after)))
    if "x-www-form-urlencoded" in call.headers.get("content-type", ""):
        kind = "Sender" if error.status < 500 else "Receiver"
        text = (
            '<?xml version="1.0"?><ErrorResponse><Error>'
            f"<Type>{kind}</Type><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
            f"</Error><RequestId>{call.request_id}</RequestId></ErrorResponse>"
        )
        return Response(error.status, text.encode(), (("Content-Type", "text/xml"), *headers))
    if call.service == "s3":
        text = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        return Response(error.status, text.encode(), (("Content-Type", "application/xml"), *headers))
    headers.append(("x-amzn-ErrorType", error.code))
    payload = {"__type": error.code, "message": error.message, "Message": error.message, **error.extra}
    return json_response(payload, error.status, headers=headers)


def query_response(call: Call, namespace: str, result: Mapping[str, str]) -> Response:
    """The answer of a query-protocol operation with flat results."""
    items = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in result.items())
    text = (
        f'<{call.action}Response xmlns="{namespace}"><{call.action}Result>{items}</{call.action}Result>'
        f"<ResponseMetadata><RequestId>{call.request_id}</RequestId></ResponseMetadata></{call.action}Response>"
    )
    return Response(200, text.encode(), (("Content-Type", "text/xml"), ("x-amzn-RequestId", call.request_id)))
