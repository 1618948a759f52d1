"""Puts the parts together and serves them on loopback."""

from __future__ import annotations

import io
import logging
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from localaws import moto_patches
from localaws.access import Access
from localaws.asynchronous import AsyncInvoker, InvokeConfigs
from localaws.clock import Clock
from localaws.cognito import Cognito
from localaws.faults import Faults
from localaws.functions import Functions, World
from localaws.gateway import Gateway
from localaws.identity import Mint
from localaws.inbox import Inbox
from localaws.journal import Journal
from localaws.kms import Keys
from localaws.lambda_api import LambdaApi
from localaws.messaging import EndUserMessaging, Ses, SnsSms
from localaws.third_parties import HOSTS, ThirdParties
from localaws.wires import Wires

_TERRAFORM_WAITS_SECONDS: Final = 0.01


class _RequestHandler(MotoRequestHandler):
    """Keeps Terraform's connections open, as AWS does; werkzeug's own handler closes each one after its answer.

    A function's connections are closed: a service that is down refuses its next one.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """One request, read to its end whatever the gateway reads of it: the next one begins there."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        source = environ["wsgi.input"]
        is_chunked = environ.get("wsgi.input_terminated", False)
        body = source.read() if is_chunked else source.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)

        self.close_connection = "Terraform/" not in self.headers.get("User-Agent", "")

        def start_response(
            status: str, headers: list[tuple[str, str]], _error: Any = None, /
        ) -> Callable[[bytes], object]:
            code, _, reason = status.partition(" ")
            self.send_response(int(code), reason)
            for name, value in headers:
                self.send_header(name, value)
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            return self.wfile.write

        if not self.close_connection:
            # No AWS answers within a millisecond. On a busy machine Go's client may not have left its write by then: it
            # gives the connection up and asks again, though it was answered (seen once in some 1,500 calls).
            time.sleep(_TERRAFORM_WAITS_SECONDS)
        for part in self.server.app(environ, start_response):
            self.wfile.write(part)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Every request would be a line; ``/_local/calls`` tells what matters."""


class EmbeddedAws:
    """A running embedded AWS. moto's state is the process's, so there is one per process."""

    def __init__(
        self,
        state: Path,
        *,
        port: int = 0,
        account: str,
        time_scale: float = 1.0,
        max_environments: int = 4,
        code_digits: int = 6,
    ) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        state.mkdir(parents=True, exist_ok=True)
        (state / "logs").mkdir(exist_ok=True)
        self.inbox = Inbox()
        self.faults = Faults()
        self.journal = Journal()
        clock = Clock()
        mint = Mint(account)
        keys = Keys(account, self.journal)
        access = Access(account, self.journal, keys)
        self._third_parties = ThirdParties(account, self.inbox, self.faults, state, clock)
        world = World(
            endpoint=lambda: self.endpoint,
            ports=lambda: self._third_parties.ports,
            tls_hosts=HOSTS,
            certificate_authority=self._third_parties.certificate_authority,
            state=state.resolve(),
            clock=clock,
        )
        configs = InvokeConfigs()
        self._functions = Functions(account, mint, access, self.journal, world, max_environments)
        self._invoker = AsyncInvoker(self._functions, configs, access, keys, self.journal, clock, time_scale)
        moto_patches.install(self.inbox.deliver)
        cognito = Cognito(
            account,
            mint,
            keys,
            self._functions,
            self._invoker,
            self.inbox,
            self.journal,
            lambda: self.endpoint,
            code_digits,
        )
        gateway = Gateway(
            mint=mint,
            access=access,
            keys=keys,
            lambda_api=LambdaApi(account, self._functions, self._invoker, configs, access, clock),
            invoker=self._invoker,
            cognito=cognito,
            sns=SnsSms(self.inbox),
            messaging=EndUserMessaging(self.inbox),
            ses=Ses(account, self.inbox),
            inbox=self.inbox,
            faults=self.faults,
            journal=self.journal,
            functions=self._functions,
            wires=Wires(cognito, self._functions, configs, access, keys),
        )
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self._port = int(self._socket.getsockname()[1])
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1",
            self._port,
            gateway,
            threaded=True,
            request_handler=_RequestHandler,
            fd=self._socket.fileno(),
        )
        # Connections that clients keep open must not keep the process alive.
        daemonic: Any = self._server
        daemonic.daemon_threads = True
        daemonic.block_on_close = False

    @property
    def endpoint(self) -> str:
        """What ``AWS_ENDPOINT_URL`` has to be."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self._server.serve_forever, args=(0.2,), name="gateway", daemon=True).start()

    def stop(self) -> None:
        """Stop serving, end all work, kill all sandboxes."""
        self._server.shutdown()
        self._server.server_close()
        self._socket.close()
        self._invoker.stop()
        self._functions.stop()
        self._third_parties.stop()
