"""Lambda: runs the deployed package. Functions, versions, aliases and policies are moto's; running them is ours.

A function has a pool of warm sandboxes. Each runs one event at a time; a new one is started when all are busy, up to a
cap (Lambda has none worth mentioning, a test machine has few cores) or to the function's reserved concurrency, beyond
which Lambda throttles. A sandbox whose function has changed is not used again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import secrets
import shutil
import threading
import time
import uuid
import weakref
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.logs.models import logs_backends

from localaws import libraries
from localaws.access import Access
from localaws.clock import Clock
from localaws.identity import Mint, NoSuchRoleError, RoleSession, role_policies
from localaws.journal import CallRecord, InvocationRecord, Journal
from localaws.policy import Ask, Verdict, decide
from localaws.sandbox import Launch, Outcome, Sandbox
from localaws.wire import ServiceError

LAMBDA: Final = "lambda.amazonaws.com"
# The SDKs' names of services in environment variables, and the names that faults are asked for by.
FAULTY_SERVICES: Final = {
    "DYNAMODB": "dynamodb",
    "KMS": "kms",
    "PINPOINT_SMS_VOICE_V2": "sms-voice",
    "SECRETS_MANAGER": "secretsmanager",
    "SESV2": "ses",
    "SNS": "sns",
    "SSM": "ssm",
}


_MAX_IDLE: Final = 10
"""Warm processes that wait, over all functions."""


class ThrottledError(Exception):
    """The function's reserved concurrency is used up."""


@dataclass(frozen=True)
class Target:
    """What an invocation runs: a function version, and the ARN by which it was asked for."""

    function: LambdaFunction
    region: str
    account: str
    qualifier: str
    """Alias or version as asked for; ``$LATEST`` when none was."""
    arn: str
    """Invoked ARN, with the qualifier when there was one."""

    @property
    def name(self) -> str:
        """Function name."""
        return str(self.function.function_name)

    @property
    def role(self) -> RoleSession:
        """The function's role, as its sessions are named on Lambda."""
        return RoleSession(str(self.function.role), self.name)


@dataclass
class _Pool:
    """Sandboxes of one function (all its versions)."""

    condition: threading.Condition = field(default_factory=threading.Condition)
    idle: list[tuple[str, Sandbox, float]] = field(default_factory=list)
    """Fingerprint of the function, process, since when it waits."""
    busy: set[Sandbox] = field(default_factory=set)
    starting: int = 0

    @property
    def size(self) -> int:
        return len(self.idle) + len(self.busy) + self.starting


@dataclass(frozen=True, slots=True)
class World:
    """What a function's process is told about where it is."""

    endpoint: Callable[[], str]
    ports: Callable[[], Mapping[int, int]]
    tls_hosts: tuple[str, ...]
    certificate_authority: Path
    state: Path
    clock: Clock


class Functions:
    """Runs functions."""

    def __init__(
        self,
        account: str,
        mint: Mint,
        access: Access,
        journal: Journal,
        world: World,
        max_environments: int,
    ) -> None:
        self._account = account
        self._mint = mint
        self._access = access
        self._journal = journal
        self._world = world
        self._max = max_environments
        self._lock = threading.Lock()
        self._pools: dict[str, _Pool] = {}
        self._by_access_key: weakref.WeakValueDictionary[str, Sandbox] = weakref.WeakValueDictionary()

    # -- looking up ---------------------------------------------------------------------------------------------------

    def target(self, region: str, reference: str, qualifier: str | None = None) -> Target:
        """Resolve a name or ARN and a qualifier, as ``Invoke`` takes them.

        :raises ServiceError: ResourceNotFoundException.
        """
        account = self._account
        if reference.startswith("arn:"):
            parts = reference.split(":")
            region, account = parts[3], parts[4]
            if len(parts) > 7:
                qualifier = parts[7]
            reference = parts[6]
        elif ":" in reference:
            reference, _, qualifier = reference.partition(":")
        try:
            function = lambda_backends[account][region].get_function(reference, qualifier)
        except (LambdaClientError, KeyError):
            arn = f"arn:aws:lambda:{region}:{account}:function:{reference}" + (f":{qualifier}" if qualifier else "")
            raise ServiceError("ResourceNotFoundException", f"Function not found: {arn}", 404) from None
        base = ":".join(str(function.function_arn).split(":")[:7])
        return Target(
            function=function,
            region=region,
            account=account,
            qualifier=qualifier or "$LATEST",
            arn=f"{base}:{qualifier}" if qualifier else base,
        )

    def service_may_invoke(self, target: Target, service: str, source_arn: str, account: str) -> bool:
        """Whether the resource policy of exactly this ARN lets a service invoke it for this source."""
        context = {"aws:SourceArn": [source_arn], "aws:SourceAccount": [account]}
        ask = Ask("lambda:InvokeFunction", target.arn, context, frozenset({("Service", service)}))
        allowed = decide(target.function.policy.statements, ask) is Verdict.ALLOW
        reason = "" if allowed else f"no resource-based policy of {target.arn} allows {service} for {source_arn}"
        action = "lambda:InvokeFunction"
        self._journal.call(CallRecord(service, "lambda", action, target.arn, allowed=allowed, reason=reason))
        return allowed

    # -- running ------------------------------------------------------------------------------------------------------

    def invoke(
        self,
        target: Target,
        payload: bytes,
        *,
        request_id: str,
        kind: str,
        trace_root: str,
        attempt: int = 1,
    ) -> Outcome:
        """Run one attempt and write it down.

        :raises ThrottledError: at the reserved concurrency.
        """
        started = time.monotonic()
        try:
            outcome = self._run(target, payload, request_id, trace_root)
        except ThrottledError:
            self._record(target, request_id, kind, attempt, "throttled", None, started)
            raise
        except (libraries.LibraryError, NotRunnableError) as error:
            outcome = _not_started(str(error))
        status = "timeout" if outcome.timed_out else "error" if outcome.error_type else "success"
        self._record(target, request_id, kind, attempt, status, outcome, started)
        return outcome

    def _record(
        self,
        target: Target,
        request_id: str,
        kind: str,
        attempt: int,
        status: str,
        outcome: Outcome | None,
        started: float,
    ) -> None:
        self._journal.invocation(
            InvocationRecord(
                function=target.name,
                qualifier=target.qualifier,
                request_id=request_id,
                kind=kind,
                attempt=attempt,
                status=status,
                error_type=outcome.error_type if outcome else None,
                error_message=outcome.error_message if outcome else None,
                duration_ms=round((time.monotonic() - started) * 1000, 1),
            ),
        )

    def runs(self, access_key: str) -> bool:
        """Whether these are the credentials of a function's process."""
        return access_key in self._by_access_key

    def kill(self, access_key: str) -> None:
        """Kill the process that has these credentials."""
        sandbox = self._by_access_key.get(access_key)
        if sandbox is not None:
            sandbox.kill()

    def _run(self, target: Target, payload: bytes, request_id: str, trace_root: str) -> Outcome:
        pool, mark, sandbox = self._acquire(target)
        sampled = int(target.function.tracing_config.get("Mode") == "Active")
        trace_id = f"Root={trace_root};Parent={secrets.token_hex(8)};Sampled={sampled}"
        try:
            with self._world.clock.standing() as ahead:
                return sandbox.run(request_id, payload, target.arn, trace_id=trace_id, ahead=ahead)
        finally:
            dead = not sandbox.alive
            with pool.condition:
                pool.busy.discard(sandbox)
                if not dead:
                    pool.idle.append((mark, sandbox, time.monotonic()))
                pool.condition.notify_all()
            if dead:
                sandbox.stop()
            else:
                self._reclaim()

    def _reclaim(self) -> None:
        """Stop what has waited longest, as Lambda does, so that many functions do not fill the machine's memory."""
        with self._lock:
            waiting = [(since, pool, sandbox) for pool in self._pools.values() for _, sandbox, since in pool.idle]
            surplus = sorted(waiting, key=lambda item: item[0])[: max(0, len(waiting) - _MAX_IDLE)]
            retired = []
            for _, pool, sandbox in surplus:
                with pool.condition:
                    before = len(pool.idle)
                    pool.idle = [entry for entry in pool.idle if entry[1] is not sandbox]
                    if len(pool.idle) < before:
                        retired.append(sandbox)
        _stop_all(retired)

    def _acquire(self, target: Target) -> tuple[_Pool, str, Sandbox]:
        with self._lock:
            pool = self._pools.setdefault(":".join(target.arn.split(":")[:7]), _Pool())
        mark = fingerprint(target.function)
        reserved = _reserved_concurrency(target)
        limit = self._max if reserved is None else min(self._max, reserved)
        retired: list[Sandbox] = []
        try:
            with pool.condition:
                while True:
                    for index, (other, sandbox, _) in enumerate(pool.idle):
                        if other == mark and sandbox.alive:
                            del pool.idle[index]
                            pool.busy.add(sandbox)
                            return pool, mark, sandbox
                    if pool.idle and pool.size >= limit:
                        retired.append(pool.idle.pop(0)[1])
                    if pool.size < limit:
                        pool.starting += 1
                        break
                    if reserved is not None and pool.size >= reserved:
                        raise ThrottledError
                    pool.condition.wait(1)
        finally:
            for sandbox in retired:
                sandbox.stop()
        try:
            sandbox = self._start(target)
        except BaseException:
            with pool.condition:
                pool.starting -= 1
                pool.condition.notify_all()
            raise
        with pool.condition:
            pool.starting -= 1
            pool.busy.add(sandbox)
        return pool, mark, sandbox

    def forget(self, function_arn: str) -> None:
        """Stop the sandboxes of a function that was deleted."""
        with self._lock:
            pool = self._pools.pop(function_arn, None)
        if pool:
            _stop_all(_empty(pool))

    def stop(self) -> None:
        """Stop all sandboxes, those too that are at work. The next event starts a new one."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        _stop_all([sandbox for pool in pools for sandbox in _empty(pool)])

    # -- starting -----------------------------------------------------------------------------------------------------

    def _start(self, target: Target) -> Sandbox:
        function = target.function
        if function.package_type != "Zip" or not getattr(function, "code_bytes", b""):
            raise NotRunnableError(
                f"{target.name} is a container image; the embedded Lambda runs zip packages only.",
            )
        runtime = str(function.run_time)
        python = libraries.interpreter(runtime)
        code = self._unpack(target)
        layers = self._layers(target)
        runtime_libraries = libraries.runtime_directory(runtime)
        self._check_trust(target)
        group, stream = log_group(function), _log_stream(function)
        credentials = self._mint.issue(target.role)
        environment = {
            **{name: str(value) for name, value in (function.environment_vars or {}).items()},
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "_HANDLER": str(function.handler),
            "LAMBDA_TASK_ROOT": str(code),
            "LAMBDA_RUNTIME_DIR": str(runtime_libraries),
            "AWS_LAMBDA_FUNCTION_NAME": target.name,
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
            "AWS_REGION": target.region,
            "AWS_DEFAULT_REGION": target.region,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
            "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            **_endpoints(self._world.endpoint()),
            "SSL_CERT_FILE": str(self._world.certificate_authority),
            "_LOCALAWS_PORTS": ",".join(f"{port}={to}" for port, to in self._world.ports().items()),
            "_LOCALAWS_TLS_HOSTS": ",".join(self._world.tls_hosts),
        }
        if layers:
            environment["_LOCALAWS_LAYERS"] = str(layers)
        logging = getattr(function, "localaws_extra", {}).get("LoggingConfig") or {}
        if logging.get("LogFormat") == "JSON":
            environment["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
            environment["AWS_LAMBDA_LOG_LEVEL"] = logging.get("ApplicationLogLevel", "INFO")
        launch = Launch(
            command=(str(python), "-s", "-S"),
            environment=environment,
            directory=code,
            clock=self._world.state / "clocks" / credentials.access_key,
            timeout_seconds=float(function.timeout),
            memory_mb=int(function.memory_size),
            version=str(function.version),
        )
        launch.clock.parent.mkdir(exist_ok=True)
        sandbox = Sandbox(launch, self._log_writer(target, group, stream))
        self._by_access_key[credentials.access_key] = sandbox
        return sandbox

    def _check_trust(self, target: Target) -> None:
        try:
            trust = role_policies(target.role.role_arn).trust
        except NoSuchRoleError:
            raise NotRunnableError(f"The role {target.role.role_arn} does not exist.") from None
        if not may_assume(trust, LAMBDA, {}):
            raise NotRunnableError(f"The role {target.role.role_arn} cannot be assumed by Lambda.")

    def _unpack(self, target: Target) -> Path:
        function = target.function
        digest = hashlib.sha256(function.code_bytes).hexdigest()[:16]
        directory = self._world.state / "functions" / f"{target.name}-{digest}"
        with self._lock:
            if not directory.is_dir():
                draft = directory.with_name(f".{directory.name}-{uuid.uuid4().hex[:6]}")
                unzip(function.code_bytes, draft)
                draft.rename(directory)
        return directory

    def _layers(self, target: Target) -> Path | None:
        """One directory like ``/opt``: the layers on top of each other, the last one uppermost."""
        arns = [layer["Arn"] for layer in target.function.layers]
        if not arns:
            return None
        digest = hashlib.sha256("\n".join([str(target.function.run_time), *arns]).encode()).hexdigest()[:16]
        directory = self._world.state / "layers" / digest
        public = {arn: libraries.layer_directory(str(target.function.run_time)) for arn in arns if _is_public(arn)}
        with self._lock:
            if not directory.is_dir():
                draft = directory.with_name(f".{digest}-{uuid.uuid4().hex[:6]}")
                draft.mkdir(parents=True)
                if len(arns) == 1 and public:
                    (draft / "python").symlink_to(public[arns[0]], target_is_directory=True)
                else:
                    for arn in arns:
                        self._add_layer(target, arn, public.get(arn), draft)
                draft.rename(directory)
        return directory

    def _add_layer(self, target: Target, arn: str, public: Path | None, draft: Path) -> None:
        if public is not None:
            shutil.copytree(public, draft / "python", dirs_exist_ok=True)
            return
        version = lambda_backends[target.account][target.region].layers_versions_by_arn(arn)
        if version is None:
            raise NotRunnableError(f"The layer {arn} does not exist.")
        unzip(version.code_bytes, draft)

    # -- logs ---------------------------------------------------------------------------------------------------------

    def _log_writer(self, target: Target, group: str, stream: str) -> Callable[[str], None]:
        """Lines go to ``DIR/logs`` always, and to CloudWatch Logs if the group is there and the role may write."""
        directory = self._world.state / "logs"
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{target.name}.log"
        arn = f"arn:{target.role.partition}:logs:{target.region}:{target.account}:log-group:{group}"
        backend = logs_backends[target.account][target.region]
        file = path.open("a", encoding="utf-8", buffering=1)  # line by line
        lock = threading.Lock()
        if group not in backend.groups and self._access.allows(
            target.role, "logs:CreateLogGroup", f"{arn}:*", target.region
        ):
            backend.ensure_log_group(group)
        stream_arn = f"{arn}:log-stream:{stream}"
        writable = group in backend.groups and all(
            self._access.allows(target.role, action, stream_arn, target.region)
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        )
        if writable:
            backend.create_log_stream(group, stream)

        def write(line: str) -> None:
            with lock:
                file.write(line + "\n")
                if writable and line:
                    # The group may have been destroyed while the function is still warm.
                    with contextlib.suppress(Exception):
                        event = {"timestamp": int(time.time() * 1000), "message": line}
                        backend.put_log_events(group, stream, [event])

        return write


def _endpoints(endpoint: str) -> dict[str, str]:
    """Where AWS is. Services that can be made to fail have names of their own, so that their connections can fail."""
    port = endpoint.rsplit(":", 1)[1]
    own = {
        f"AWS_ENDPOINT_URL_{identifier}": f"http://{service}.localaws:{port}"
        for identifier, service in FAULTY_SERVICES.items()
    }
    return {"AWS_ENDPOINT_URL": endpoint, **own}


class NotRunnableError(RuntimeError):
    """The function cannot be started here. The text says why."""


def may_assume(trust: tuple[Mapping[str, Any], ...], service: str, context: Mapping[str, list[str]]) -> bool:
    """Whether a trust policy lets a service assume the role."""
    ask = Ask("sts:AssumeRole", "*", context, frozenset({("Service", service)}))
    return decide(trust, ask) is Verdict.ALLOW


def log_group(function: LambdaFunction) -> str:
    """The log group of a function: its own, or the one of its logging configuration."""
    extra = getattr(function, "localaws_extra", {})
    return str((extra.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{function.function_name}")


def _log_stream(function: LambdaFunction) -> str:
    return f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{function.version}]{uuid.uuid4().hex}"


def fingerprint(function: LambdaFunction) -> str:
    """Changes whenever a warm sandbox of the function may not be used any more."""
    facts = {
        "code": function.code_sha_256,
        "handler": function.handler,
        "runtime": function.run_time,
        "timeout": function.timeout,
        "memory": function.memory_size,
        "environment": function.environment_vars,
        "role": function.role,
        "layers": [layer["Arn"] for layer in function.layers],
        "version": str(function.version),
        "extra": getattr(function, "localaws_extra", {}),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def unzip(archive: bytes, directory: Path) -> None:
    """Unpack a package as Lambda does: files that others may not read are not readable for the function."""
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as package:
        for entry in package.infolist():
            mode = entry.external_attr >> 16
            if entry.create_system == 3 and mode and not mode & 0o004 and not entry.is_dir():
                continue
            extracted = Path(package.extract(entry, directory))
            if mode and not entry.is_dir():
                extracted.chmod((mode & 0o777) | 0o600)


def _is_public(arn: str) -> bool:
    return libraries.PublicLayer.parse(arn) is not None


def _reserved_concurrency(target: Target) -> int | None:
    latest = lambda_backends[target.account][target.region].get_function(target.name)
    return None if latest.reserved_concurrency is None else int(latest.reserved_concurrency)


def _empty(pool: _Pool) -> list[Sandbox]:
    """Take everything out of a pool."""
    with pool.condition:
        sandboxes = [sandbox for _, sandbox, _ in pool.idle] + list(pool.busy)
        pool.idle.clear()
    return sandboxes


def _stop_all(sandboxes: list[Sandbox]) -> None:
    """Side by side: each of them takes a moment to end."""
    if sandboxes:
        with ThreadPoolExecutor(min(16, len(sandboxes))) as workers:
            list(workers.map(Sandbox.stop, sandboxes))


def _not_started(message: str) -> Outcome:
    payload = json.dumps({"errorType": "Localaws.NotRunnable", "errorMessage": message}).encode()
    return Outcome(payload, "Localaws.NotRunnable", message, 0.0)
