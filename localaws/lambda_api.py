"""Lambda's HTTP API where moto is not enough: Invoke, event invoke configurations, checks of new functions."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.awslambda.models import lambda_backends
from moto.sqs.models import sqs_backends

from localaws import libraries
from localaws.access import Access
from localaws.asynchronous import AsyncInvoker, InvokeConfigs, trace_root
from localaws.clock import Clock
from localaws.functions import LAMBDA, Functions, Target, ThrottledError, may_assume
from localaws.identity import NoSuchRoleError, role_policies
from localaws.wire import Call, Response, ServiceError, json_response

_FUNCTION: Final = re.compile(r"/\d{4}-\d{2}-\d{2}/functions/(?P<name>[^/]+)(?P<rest>/.*)?")
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: names that a function may not set.
_RESERVED: Final = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    },
)
_ENVIRONMENT_BYTES: Final = 4096
_ASYNC_PAYLOAD_BYTES: Final = 1024 * 1024
_SYNC_PAYLOAD_BYTES: Final = 6 * 1024 * 1024

Forward = Callable[[Call], Response]


class LambdaApi:
    """Handles what it knows and forwards the rest to moto."""

    def __init__(
        self,
        account: str,
        functions: Functions,
        invoker: AsyncInvoker,
        configs: InvokeConfigs,
        access: Access,
        clock: Clock,
    ) -> None:
        self._account = account
        self._functions = functions
        self._invoker = invoker
        self._configs = configs
        self._access = access
        self._clock = clock

    def handle(self, call: Call, forward: Forward) -> Response:
        """Answer one call of the Lambda API.

        :raises ServiceError: what Lambda would answer.
        """
        if call.method == "POST" and re.fullmatch(r"/\d{4}-\d{2}-\d{2}/functions/?", call.path):
            self._check_create(call)
            return forward(call)
        if public := libraries.PublicLayer.parse("".join(call.query.get("Arn", ()))):
            return json_response({"LayerVersionArn": public.arn, "Content": {"Location": _listing(public)}})
        match = _FUNCTION.fullmatch(call.path)
        if match is None:
            return forward(call)
        name, rest = match["name"], (match["rest"] or "").rstrip("/")
        if rest == "/invocations":
            return self._invoke(call, name)
        if rest in {"/event-invoke-config", "/event-invoke-config/list"}:
            return self._event_invoke_config(call, name, listing=rest.endswith("/list"))
        if rest == "/configuration" and call.method == "PUT":
            self._check_update(call, name)
        if rest == "" and call.method == "DELETE":
            return self._delete(call, name, forward)
        return forward(call)

    # -- invoking -----------------------------------------------------------------------------------------------------

    def _invoke(self, call: Call, name: str) -> Response:
        target = self._functions.target(call.region, name, _qualifier(call))
        kind = call.headers.get("x-amz-invocation-type", "RequestResponse")
        payload = call.body or b"{}"
        limit = _ASYNC_PAYLOAD_BYTES if kind == "Event" else _SYNC_PAYLOAD_BYTES
        if len(payload) > limit:
            raise ServiceError("RequestTooLargeException", f"Request must be smaller than {limit} bytes", 413)
        try:
            json.loads(payload)
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            raise ServiceError("InvalidRequestContentException", message) from None
        if kind == "DryRun":
            return Response(204)
        if kind == "Event":
            self._invoker.submit(target, payload, call.request_id)
            return Response(202, b"", (("x-amzn-RequestId", call.request_id),))
        try:
            outcome = self._functions.invoke(
                target,
                payload,
                request_id=call.request_id,
                kind="sync",
                trace_root=trace_root(self._clock.now()),
            )
        except ThrottledError:
            reason = {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}
            raise ServiceError("TooManyRequestsException", "Rate Exceeded.", 429, reason) from None
        headers = [
            ("Content-Type", "application/json"),
            ("x-amzn-RequestId", call.request_id),
            ("X-Amz-Executed-Version", str(target.function.version)),
        ]
        if outcome.error_type is not None:
            headers.append(("X-Amz-Function-Error", "Unhandled"))
        return Response(200, outcome.payload, tuple(headers))

    # -- event invoke configuration -----------------------------------------------------------------------------------

    def _event_invoke_config(self, call: Call, name: str, *, listing: bool) -> Response:
        target = self._functions.target(call.region, name, _qualifier(call))
        base = _base(target)
        if listing:
            return json_response({"FunctionEventInvokeConfigs": self._configs.all(base)})
        missing = ServiceError(
            "ResourceNotFoundException",
            f"The function {base}:{target.qualifier} doesn't have an EventInvokeConfig",
            404,
        )
        if call.method == "DELETE":
            if not self._configs.delete(base, target.qualifier):
                raise missing
            return Response(204)
        if call.method == "GET":
            found = self._configs.get(base, target.qualifier)
            if found is None:
                raise missing
            return json_response(found)
        config = {name: value for name, value in call.json.items() if value is not None}
        self._check_invoke_config(call, target, config)
        return json_response(self._configs.put(base, target.qualifier, config, merge=call.method == "POST"))

    def _check_invoke_config(self, call: Call, target: Target, config: Mapping[str, Any]) -> None:
        retries = config.get("MaximumRetryAttempts", 0)
        age = config.get("MaximumEventAgeInSeconds", 60)
        if not 0 <= retries <= 2:
            raise _validation("maximumRetryAttempts", retries, "Member must have value between 0 and 2")
        if not 60 <= age <= 21_600:
            raise _validation("maximumEventAgeInSeconds", age, "Member must have value between 60 and 21600")
        for kind in ("OnSuccess", "OnFailure"):
            arn = ((config.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
            if arn and arn.split(":")[2] == "sqs":
                self._check_queue(call, target, arn)

    def _check_queue(self, call: Call, target: Target, arn: str) -> None:
        region, account, queue = arn.split(":")[3:6]
        if queue not in sqs_backends[account][region].queues:
            raise ServiceError("InvalidParameterValueException", f"The destination ARN {arn} is invalid.")
        if not self._access.allows(target.role, "sqs:SendMessage", arn, call.region):
            raise ServiceError(
                "InvalidParameterValueException",
                f"The function's execution role {target.role.role_arn} does not have permissions to call "
                f"SendMessage on {arn}",
            )

    # -- making and changing functions --------------------------------------------------------------------------------

    def _check_create(self, call: Call) -> None:
        spec = call.json
        architecture = (spec.get("Architectures") or ["x86_64"])[0]
        self._check_role(str(spec.get("Role", "")))
        self._check_environment(spec.get("Environment"))
        self._check_layers(call.region, spec.get("Layers") or [], str(spec.get("Runtime", "")), architecture)
        if spec.get("PackageType", "Zip") == "Zip" and str(spec.get("Runtime", "")).startswith("python"):
            try:
                libraries.interpreter(str(spec["Runtime"]))
            except libraries.LibraryError as error:
                raise ServiceError("InvalidParameterValueException", str(error)) from None

    def _check_update(self, call: Call, name: str) -> None:
        function = self._functions.target(call.region, name).function
        spec = call.json
        if spec.get("Role"):
            self._check_role(str(spec["Role"]))
        self._check_environment(spec.get("Environment"))
        runtime = str(spec.get("Runtime") or function.run_time)
        self._check_layers(call.region, spec.get("Layers") or [], runtime, function.architectures[0])

    def _check_role(self, role_arn: str) -> None:
        # moto refuses malformed and missing roles itself.
        try:
            trust = role_policies(role_arn).trust
        except (NoSuchRoleError, IndexError, KeyError):
            return
        if not may_assume(trust, LAMBDA, {}):
            message = "The role defined for the function cannot be assumed by Lambda."
            raise ServiceError("InvalidParameterValueException", message)

    def _check_environment(self, environment: Mapping[str, Any] | None) -> None:
        variables: Mapping[str, str] = (environment or {}).get("Variables") or {}
        reserved = sorted(_RESERVED & set(variables))
        if reserved:
            raise ServiceError(
                "InvalidParameterValueException",
                "Lambda was unable to configure your environment variables because the environment variables you have "
                "provided contains reserved keys that are currently not supported for modification. Reserved keys used "
                f"in this request: {', '.join(reserved)}",
            )
        size = len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode())
        if variables and size > _ENVIRONMENT_BYTES:
            raise ServiceError(
                "InvalidParameterValueException",
                "Lambda was unable to configure your environment variables because the environment variables you have "
                f"provided exceeded the 4KB limit: {size} bytes.",
            )

    def _check_layers(self, region: str, arns: list[str], runtime: str, architecture: str) -> None:
        """Public Powertools layers must fit the function (AWS would take them and the import would fail); the rest must
        have been published here."""
        for arn in arns:
            public = libraries.PublicLayer.parse(arn)
            if public is None:
                parts = arn.split(":")
                known = len(parts) == 8 and parts[4] == self._account and parts[3] == region
                if not known or lambda_backends[self._account][region].layers_versions_by_arn(arn) is None:
                    message = f"Layer version {arn} does not exist."
                    raise ServiceError("InvalidParameterValueException", message)
                continue
            for what, wanted, got in (
                ("Region", region, public.region),
                ("runtime", runtime, public.runtime),
                ("architecture", architecture, public.architecture),
            ):
                if wanted != got:
                    raise ServiceError(
                        "InvalidParameterValueException",
                        f"Layer {arn} is made for the {what} {got}, the function has {wanted}.",
                    )

    def _delete(self, call: Call, name: str, forward: Forward) -> Response:
        target = self._functions.target(call.region, name)
        response = forward(call)
        if response.status < 300 and not _qualifier(call) and name.count(":") in {0, 6}:
            base = _base(target)
            self._configs.delete(base)
            self._functions.forget(base)
        return response


def _listing(layer: libraries.PublicLayer) -> str:
    """The address of a zip with the layer's files, all empty. AWS's is one of S3's, with a signature."""
    root, content = libraries.layer_directory(layer.runtime), io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in sorted(root.rglob("*")):
            archive.writestr(f"python/{file.relative_to(root)}", "")
    return f"data:application/zip;base64,{base64.b64encode(content.getvalue()).decode()}"


def _base(target: Target) -> str:
    return ":".join(target.arn.split(":")[:7])


def _qualifier(call: Call) -> str | None:
    values = call.query.get("Qualifier") or call.query.get("qualifier")
    return values[0] if values and values[0] else None


def _validation(field: str, value: object, constraint: str) -> ServiceError:
    return ServiceError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {constraint}",
    )
