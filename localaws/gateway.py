"""The one endpoint: tells the service, checks the caller, answers what is ours, and lets moto answer the rest."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from localaws import page, wire
from localaws.access import Access
from localaws.actions import iam_action
from localaws.asynchronous import AsyncInvoker
from localaws.cognito import Cognito
from localaws.faults import CONFLICT, KILLS, SLOW_SECONDS, BadFaultError, Faults
from localaws.functions import Functions
from localaws.identity import Deployer, Mint, Principal, RoleSession
from localaws.inbox import Inbox
from localaws.journal import Journal
from localaws.kms import Keys
from localaws.lambda_api import LambdaApi
from localaws.messaging import EndUserMessaging, Ses, SnsSms
from localaws.wire import Call, Response, ServiceError
from localaws.wires import Wires

_SETTLE_SECONDS: Final = 120.0
_FAULT_ERRORS: Final[dict[str, dict[str, tuple[str, int]]]] = {
    "dynamodb": {
        "down": ("ServiceUnavailable", 503),
        "throttle": ("ThrottlingException", 400),
        "unauthorized": ("AccessDeniedException", 400),
        "server-error": ("InternalServerError", 500),
        CONFLICT: ("TransactionConflictException", 400),
    },
    "cognito-idp": {
        "down": ("ServiceUnavailableException", 503),
        "throttle": ("TooManyRequestsException", 400),
        "unauthorized": ("AccessDeniedException", 400),
        "server-error": ("InternalErrorException", 500),
        CONFLICT: ("ConcurrentModificationException", 400),
    },
    "sns": {
        "down": ("ServiceUnavailable", 503),
        "throttle": ("Throttling", 400),
        "unauthorized": ("AuthorizationError", 403),
        "server-error": ("InternalError", 500),
    },
    "ses": {
        "down": ("ServiceUnavailable", 503),
        "throttle": ("TooManyRequestsException", 429),
        "unauthorized": ("AccessDeniedException", 403),
        "server-error": ("InternalFailure", 500),
    },
    "sms-voice": {
        "down": ("ServiceUnavailableException", 503),
        "throttle": ("ThrottlingException", 400),
        "unauthorized": ("AccessDeniedException", 400),
        "server-error": ("InternalServerException", 500),
    },
    "kms": {
        "down": ("DependencyTimeoutException", 500),
        "throttle": ("ThrottlingException", 400),
        "unauthorized": ("AccessDeniedException", 400),
        "server-error": ("KMSInternalException", 500),
    },
    "secretsmanager": {
        "down": ("ServiceUnavailableException", 503),
        "throttle": ("ThrottlingException", 400),
        "unauthorized": ("AccessDeniedException", 400),
        "server-error": ("InternalServiceError", 500),
    },
    "ssm": {
        "down": ("ServiceUnavailable", 503),
        "throttle": ("ThrottlingException", 400),
        "unauthorized": ("AccessDeniedException", 400),
        "server-error": ("InternalServerError", 500),
    },
}

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Gateway:
    """The WSGI application."""

    def __init__(
        self,
        mint: Mint,
        access: Access,
        keys: Keys,
        lambda_api: LambdaApi,
        invoker: AsyncInvoker,
        cognito: Cognito,
        sns: SnsSms,
        messaging: EndUserMessaging,
        ses: Ses,
        inbox: Inbox,
        faults: Faults,
        journal: Journal,
        functions: Functions,
        wires: Wires,
    ) -> None:
        self._mint = mint
        self._access = access
        self._keys = keys
        self._lambda = lambda_api
        self._invoker = invoker
        self._cognito = cognito
        self._sns = sns
        self._messaging = messaging
        self._ses = ses
        self._inbox = inbox
        self._faults = faults
        self._journal = journal
        self._functions = functions
        self._wires = wires
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._started = time.monotonic()
        # moto's state is plain dicts: calls that change the same service do not run side by side.
        self._locks: dict[str, threading.RLock] = {}
        self._locks_lock = threading.Lock()

    def __call__(self, environ: wire.WsgiEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        path = environ.get("PATH_INFO", "/")
        if path.startswith("/_local/"):
            response = self._local(environ, path)
        elif path == "/" and environ.get("REQUEST_METHOD") == "GET" and "HTTP_AUTHORIZATION" not in environ:
            response = Response(200, page.PAGE.encode(), (("Content-Type", "text/html; charset=utf-8"),))
        else:
            response = self._aws(wire.parse(environ))
        headers = [(name, value) for name, value in response.headers if name.lower() != "content-length"]
        headers.append(("Content-Length", str(len(response.body))))
        start_response(f"{response.status} {_reason(response.status)}", headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [response.body]

    # -- AWS ----------------------------------------------------------------------------------------------------------

    def _aws(self, call: Call) -> Response:
        principal = self._mint.principal(call.access_key)
        if "Terraform/" in call.headers.get("user-agent", ""):
            with self._wires.after(iam_action(call)):
                return self._answer(call, principal)
        return self._answer(call, principal)

    def _answer(self, call: Call, principal: Principal) -> Response:
        try:
            if not isinstance(principal, RoleSession):
                return self._route(call, principal)
            mode = self._meet_fault(call) if self._functions.runs(call.access_key) else None
            if mode == "kill":
                return self._kill(call)
            if call.service != "kms":
                self._access.check(call, principal)
            response = self._route(call, principal)
            return self._kill(call) if mode == "kill-after" else response
        except ServiceError as error:
            return wire.error_response(call, error)
        except Exception as error:
            traceback.print_exc()
            message = f"The embedded AWS failed on {call.service} {call.action}: {type(error).__name__}"
            return wire.error_response(call, ServiceError("InternalFailure", message, 500))

    def _route(self, call: Call, principal: Principal) -> Response:
        if call.service == "kms":
            return self._keys.handle(call, principal, self._forward)
        if call.service == "lambda":
            return self._lambda.handle(call, self._forward)
        if call.service == "cognito-idp":
            return self._cognito.handle(call, principal, self._forward)
        if call.service == "sns":
            return self._sns.handle(call, self._forward)
        if call.service == "sms-voice":
            return self._messaging.handle(call)
        if call.service == "ses":
            return self._ses.handle(call, self._forward)
        if isinstance(principal, Deployer) or call.service:
            return self._forward(call)
        raise ServiceError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)

    def _meet_fault(self, call: Call) -> str | None:
        """The mode in force, unless it is an error.

        :raises ServiceError: the error that was asked for.
        """
        errors = _FAULT_ERRORS.get(call.service)
        mode = self._faults.take(call.service) if errors else None
        if errors is None or mode is None or mode in KILLS:
            return mode
        if mode == "slow":
            time.sleep(SLOW_SECONDS)
            return mode
        if mode == CONFLICT and "TransactItems" in call.json:
            raise _canceled(len(call.json["TransactItems"]))
        code, status = errors[mode]
        raise ServiceError(code, f"Fault asked for: {call.service} {mode}", status)

    def _kill(self, call: Call) -> Response:
        """End the process that called; nobody is left to read the answer."""
        self._functions.kill(call.access_key)
        return Response(500)

    def _forward(self, call: Call) -> Response:
        with self._locks_lock:
            lock = self._locks.setdefault(call.service, threading.RLock())
        with lock:
            body, status, headers = run_wsgi_app(self._moto, call.wsgi(), buffered=True)
        return Response(int(status.split()[0]), b"".join(body), tuple(headers.items()))

    # -- /_local/ -----------------------------------------------------------------------------------------------------

    def _local(self, environ: wire.WsgiEnvironment, path: str) -> Response:
        method = environ.get("REQUEST_METHOD", "GET")
        route = (method, path.removeprefix("/_local/"))
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if route == ("GET", "health"):
            return _plain({"status": "ok", "uptime_seconds": round(time.monotonic() - self._started, 1)})
        if route == ("GET", "inbox"):
            # An unescaped plus sign is a space in a query, and no number starts with a space.
            to = query["to"][0].replace(" ", "+") if query.get("to") else None
            return _plain([message.public() for message in self._inbox.messages(to)])
        if route == ("GET", "codes"):
            return _plain(self._inbox.codes())
        if route == ("DELETE", "inbox"):
            self._inbox.clear()
            return _plain({})
        if route == ("GET", "clients"):
            return _plain(self._cognito.clients())
        if route == ("POST", "take-over"):
            return self._take_over(environ)
        if route == ("POST", "faults"):
            return self._set_fault(environ)
        if route == ("DELETE", "faults"):
            self._faults.clear()
            return _plain({})
        if route == ("GET", "invocations"):
            return _plain(self._journal.invocations())
        if route == ("GET", "calls"):
            return _plain(self._journal.calls())
        if route == ("GET", "wires"):
            return _plain({"missing": self._wires.missing(), "steps": self._wires.steps()})
        if route == ("POST", "wires"):
            self._wires.watch()
            return _plain({})
        if route == ("POST", "connect"):
            refused = self._faults.refuses_connection(query.get("service", [""])[0])
            return _plain({}, 503 if refused else 200)
        if route == ("DELETE", "environments"):
            self._functions.stop()
            return _plain({})
        if route == ("POST", "settle"):
            seconds = float(query.get("timeout", [_SETTLE_SECONDS])[0])
            settled = self._invoker.settle(seconds)
            return _plain({"settled": settled, "outstanding": self._invoker.outstanding}, 200 if settled else 504)
        return _plain({"error": f"There is no {method} {path}. See localaws/README.md."}, 404)

    def _take_over(self, environ: wire.WsgiEnvironment) -> Response:
        wanted = _body(environ)
        try:
            notice = self._cognito.take_over(wanted["user_pool_id"], wanted["username"], wanted["action"])
        except (KeyError, ServiceError) as error:
            return _plain({"error": str(error)}, 400)
        return _plain(notice)

    def _set_fault(self, environ: wire.WsgiEnvironment) -> Response:
        try:
            wanted = _body(environ)
            self._faults.set(
                wanted.get("target", ""), wanted.get("mode", ""), wanted.get("times"), wanted.get("skip", 0)
            )
        except (BadFaultError, ValueError) as error:
            return _plain({"error": str(error)}, 400)
        return _plain({})


def _canceled(parts: int) -> ServiceError:
    """DynamoDB's answer to a transaction whose last item another one has."""
    reasons = [{"Code": "None"}] * (parts - 1)
    reasons += [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return ServiceError("TransactionCanceledException", message, 400, {"CancellationReasons": reasons})


def _body(environ: wire.WsgiEnvironment) -> dict[str, Any]:
    return dict(json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}"))


def _plain(payload: object, status: int = 200) -> Response:
    return Response(status, json.dumps(payload).encode(), (("Content-Type", "application/json"),))


def _reason(status: int) -> str:
    return {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content"}.get(status, "Status")
