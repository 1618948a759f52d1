"""What each pool's custom senders lack at this moment, asked of the same parts that would refuse a real message.

When all is settled, that says nothing about the seconds in between: a change that takes a wire away before it puts the
next one there loses the messages of those seconds. So it can be watched: while it is, calls of Terraform run one at a
time, and after each one that changes something the answer is kept.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parseaddr
from typing import Any, Final

from moto.dynamodb.models import dynamodb_backends
from moto.logs.models import logs_backends
from moto.sqs.models import sqs_backends

from localaws.access import Access, queue_key, table_key
from localaws.asynchronous import InvokeConfigs
from localaws.cognito import COGNITO, SENDERS, Cognito
from localaws.functions import Functions, Target, log_group
from localaws.kms import Keys, find_key, grant_allows
from localaws.wire import ServiceError

_READING: Final = re.compile(r"\w[\w-]*:(Describe|Get|List)")
# What a function is told by its ARN, and what it does with it.
_ARN: Final = re.compile(r"arn:[a-z-]+:([a-z-]+):[a-z0-9-]*:[0-9]{12}:[A-Za-z0-9_+=.@/:-]+")
_USES: Final = {
    "secretsmanager": "secretsmanager:GetSecretValue",
    "ssm": "ssm:GetParameter",
    "sns": "sns:Publish",
    "phone-number": "sms-voice:SendTextMessage",
    "pool": "sms-voice:SendTextMessage",
    "ses": "ses:SendEmail",
    "notify-configuration": "sms-voice:SendNotifyTextMessage",
}


# arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS
_COLONS_WITH_ALIAS: Final = 7


class Wires:
    """Looks at all pools that have the trigger."""

    def __init__(
        self, cognito: Cognito, functions: Functions, configs: InvokeConfigs, access: Access, keys: Keys
    ) -> None:
        self._cognito = cognito
        self._functions = functions
        self._configs = configs
        self._access = access
        self._keys = keys
        self._lock = threading.Lock()
        self._steps: list[dict[str, Any]] | None = None

    def watch(self) -> None:
        """From now on, from the beginning."""
        self._steps = []

    def steps(self) -> list[dict[str, Any]]:
        """Every change since then: what was called, and what each pool lacked afterwards."""
        return list(self._steps or [])

    @contextmanager
    def after(self, action: str) -> Iterator[None]:
        """Look when the call is done, if it is one to look after."""
        if self._steps is None:
            yield
            return
        with self._lock:
            yield
            if not _READING.match(action):
                self._steps.append({"action": action, "missing": self.missing()})

    def missing(self) -> dict[str, list[str]]:
        """By the id of the pool, the wires that are not there."""
        return {str(pool.model.id): sorted(set(self._of(pool))) for pool in self._cognito.all_pools()}

    def _of(self, pool: Any) -> Iterator[str]:
        triggers = [pool.triggers[name] for name in SENDERS if pool.triggers.get(name)]
        # The module's function is called by its alias. Another one, beside it, is its owner's business.
        triggers = [trigger for trigger in triggers if str(trigger["LambdaArn"]).count(":") == _COLONS_WITH_ALIAS]
        if not triggers:
            yield "trigger"
        elif pool.triggers.get("CustomSMSSender"):
            try:
                self._cognito.check_sms_role(pool, pool.config.get("SmsConfiguration"))
            except ServiceError:
                yield "sms role"
        for trigger in triggers:
            yield from self._of_trigger(pool, trigger)

    def _of_trigger(self, pool: Any, trigger: Mapping[str, Any]) -> Iterator[str]:
        try:
            target = self._functions.target(pool.region, str(trigger["LambdaArn"]))
        except ServiceError:
            yield "alias"
            return
        if not self._functions.service_may_invoke(target, COGNITO, str(pool.model.arn), pool.account):
            yield "permission"
        key = find_key(pool.account, pool.region, str(pool.triggers["KMSKeyID"]))
        if key is None or key.key_state != "Enabled":
            yield "key"
            return
        context = {"userpool-id": str(pool.model.id)}
        for wire, grantee, operation in (
            ("cognito's grant", COGNITO, "GenerateDataKey"),
            ("grant", target.role.role_arn, "Decrypt"),
        ):
            grants = [grant for grant in key.grants.values() if grant.grantee_principal == grantee]
            if not any(grant_allows(grant, operation, context) for grant in grants):
                yield wire
        yield from self._needs(target)

    def _needs(self, target: Target) -> Iterator[str]:
        """What the version behind the alias is made to use."""
        function, account, region = target.function, target.account, target.region
        partition = target.role.partition
        group = log_group(function)
        if group not in logs_backends[account][region].groups:
            yield "log group"
        stream = f"arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:any"
        yield from self._right(target, "logs:PutLogEvents", stream)
        if (function.vpc_config or {}).get("SubnetIds"):
            yield from self._right(target, "ec2:CreateNetworkInterface", "*")
        if function.tracing_config.get("Mode") == "Active":
            yield from self._right(target, "xray:PutTraceSegments", "*")
        variables = dict(function.environment_vars or {})
        settings = json.loads(gzip.decompress(base64.b64decode(variables["SENDER_CONFIG"])))["settings"]
        # Mails may be sent from this address only.
        address = parseaddr((settings.get("email") or {}).get("from", ""))[1]
        conditions = {"ses:FromAddress": [address]} if address else {}
        told = [settings, json.loads(variables["SENDER_REFERENCES"])]
        for named in _ARN.finditer(json.dumps(told)):
            use = _USES.get(named[1]) or _USES.get(named[0].split(":")[5].split("/")[0])
            if use:
                yield from self._right(target, use, named[0], conditions)
        if table := settings["ledger_table"]:
            if table not in dynamodb_backends[account][region].tables:
                yield "table"
            arn = f"arn:{partition}:dynamodb:{region}:{account}:table/{table}"
            yield from self._right(target, "dynamodb:UpdateItem", arn)
            yield from self._opens(target, "dynamodb", table_key(account, region, table))
        config = self._configs.get(":".join(target.arn.split(":")[:7]), target.qualifier)
        if config is None:
            yield "event invoke config"
        elif queue := ((config["DestinationConfig"] or {}).get("OnFailure") or {}).get("Destination"):
            name = queue.rpartition(":")[2]
            if name not in sqs_backends[account][region].queues:
                yield "queue"
            yield from self._right(target, "sqs:SendMessage", queue)
            yield from self._opens(target, "sqs", queue_key(account, region, name))

    def _right(
        self, target: Target, action: str, resource: str, conditions: Mapping[str, list[str]] | None = None
    ) -> Iterator[str]:
        if not self._access.allows(target.role, action, resource, target.region, conditions):
            yield action

    def _opens(self, target: Target, service: str, needed: Any) -> Iterator[str]:
        key = find_key(target.account, target.region, needed[0]) if needed else None
        if key is not None and key.key_manager != "AWS":
            try:
                self._keys.authorise(target.role, needed[1], key, needed[2], target.region, via_service=service)
            except ServiceError:
                yield f"key of {service}"
