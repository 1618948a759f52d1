"""The handler as Lambda has it, with a sender, a transport, a ledger and a clock of the test's."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import pytest

from custom_sender.channels.sms import Sms
from custom_sender.cognito.decryption import Decryptor
from custom_sender.errors import RetryableError
from custom_sender.guards.ledger import Ledger
from custom_sender.guards.protection import Protection
from custom_sender.network.provider_secrets import Credentials
from custom_sender.record.log import Monitoring, Telemetry
from custom_sender.settings import Settings
from support.cognito import REGION
from support.configured import messages as read_messages
from support.dynamodb import DynamoDb
from support.kms import Kms
from support.senders import RecordingTransport, ScriptedSender

if TYPE_CHECKING:
    from custom_sender.channels.base import Channel
    from custom_sender.handler import Handler

REQUEST_ID = "8f7c0d3e-4a43-4a36-8f0e-0a3c4d1e2f30"
HASH_KEY = bytes.fromhex("00112233445566778899aabbccddeeff")


@dataclass(frozen=True)
class Context:
    """What Lambda passes beside the event."""

    seconds: float = 30.0
    aws_request_id: str = REQUEST_ID

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@dataclass
class Function:
    """The handler, and everything that it writes. Each call is an execution environment of its own.

    ``trace`` is the trace header, ``seconds`` the function's time-out.
    """

    kms: Kms
    module: ModuleType
    sender: ScriptedSender = field(default_factory=ScriptedSender)
    transport: RecordingTransport = field(default_factory=RecordingTransport)
    log: io.StringIO = field(default_factory=io.StringIO)
    messages: dict[str, Any] = field(default_factory=dict)
    sms: dict[str, Any] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    others: dict[str, ScriptedSender] = field(default_factory=dict)
    routes: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"default": ("scripted",)})
    protection: Protection = field(default_factory=Protection)
    monitoring: Monitoring = field(default_factory=lambda: Monitoring("Tests"))
    dynamodb: DynamoDb | None = None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = lambda _: None
    trace: str | None = None
    seconds: float = 30.0

    def handler(self) -> Handler:
        ledger, table = None, None
        if self.dynamodb is not None:
            table = self.dynamodb.table
            ledger = Ledger(table, self.dynamodb.client, self.clock, sleep=self.sleep)
        settings = Settings(
            name="acme",
            channels={
                "sms": Sms(
                    allowed_countries=frozenset({"DE", "AT"}),
                    routes=self.routes,
                    texts=read_messages({"brand": "Acme"} | self.messages),
                    testers=self.protection.testers,
                    **self.sms,
                ),
                **self.channels,
            },
            senders={"scripted": self.sender, **self.others},
            kms_key_arns=(self.kms.key_arn,),
            kms_region=REGION,
            monitoring=self.monitoring,
            protection=self.protection,
            ledger_table=table,
            hash_key=None if table is None else HASH_KEY,
        )
        handler: Handler = self.module.Handler(
            settings,
            decryptor=Decryptor(settings.kms_key_arns, self.kms.client),
            transport=cast("Any", self.transport),
            credentials=Credentials(),
            telemetry=Telemetry(
                groups=settings.groups,
                service=settings.name,
                monitoring=self.monitoring,
                stream=self.log,
            ),
            clock=self.clock,
            sleep=self.sleep,
            ledger=ledger,
            trace_header=lambda: self.trace,
        )
        return handler

    def __call__(self, raw: Any) -> dict[str, Any]:
        return self.handler()(raw, Context(self.seconds))

    def raises(self, raw: Any) -> RetryableError:
        with pytest.raises(RetryableError) as caught:
            self(raw)
        return caught.value

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log lines, one for each invocation."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        """The log line of the only invocation."""
        (line,) = self.lines
        return line
