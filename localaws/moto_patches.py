"""What moto forgets, put back into moto's own objects so that every reader sees the same thing.

* A function's ``snap_start``, ``logging_config`` and, when it is updated, its tracing, key, storage and architecture.
* A reserved concurrency of 0, which Terraform would take for none.
* Layers that are public on AWS and therefore not in moto.
* The names of its services, which moto reads from the disk for every request (a millisecond of two or three).
* The key that signs tokens, which is the same for all pools: moto computes its prime factors for each pool (55 ms).
* The RSA key that nothing uses of a symmetric KMS key, which moto makes for each (50 ms).
* Ids of pools and app clients in Cognito's form (moto's are 32 hexadecimal digits).
* A table that is not under a key of the account makes none; one that is under AWS's has it marked as AWS's.
* DynamoDB's transactions undo what they have touched; moto copies whole tables beforehand, which takes a second per
  transaction when a table has some thousand items.
* An SES identity is verified as soon as it exists, and its DKIM too.
* Messages that a topic sends to people (e-mail, HTTPS, SMS) land in the inbox; moto would post them to the internet.
"""

from __future__ import annotations

import copy
import functools
import json
import secrets
import string
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

from joserfc.jwk import RSAKey
from moto import backends
from moto.awslambda.models import LambdaFunction
from moto.cognitoidp import models as cognito_models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.kms import models as kms_models
from moto.kms.utils import generate_private_key
from moto.ses.models import EmailIdentity
from moto.sns.models import Subscription

from localaws import libraries

_KEPT: Final = ("SnapStart", "LoggingConfig")
_UPDATED: Final = {"TracingConfig": "tracing_config", "KMSKeyArn": "kms_key_arn"}

_original_init = LambdaFunction.__init__
_original_update = LambdaFunction.update_configuration
_original_code = LambdaFunction.update_function_code
_original_configuration = LambdaFunction.get_configuration
_original_get_code = LambdaFunction.get_code
_original_layers = LambdaFunction._get_layers_data
_original_publish = Subscription.publish
_original_identity = EmailIdentity.__init__
_original_default_key = Table._get_default_encryption_key
_original_transaction = DynamoDBBackend.transact_write_items


def install(to_inbox: Callable[[str, str, str, dict[str, Any]], object]) -> None:
    """Patch moto. ``to_inbox`` takes channel, recipient, text and details."""

    def cognito_id(_strategy: object, owner: str, *_: object) -> str:
        # A pool's owner is its Region, a client's is its pool.
        pool = "_" not in owner
        letters = string.ascii_letters if pool else string.ascii_lowercase
        return "".join(secrets.choice(letters + string.digits) for _ in range(9 if pool else 26))

    def init(self: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        self.localaws_extra = {name: spec[name] for name in _KEPT if spec.get(name)}
        _original_init(self, account_id, spec, region, version)

    def update_configuration(self: Any, updates: dict[str, Any]) -> dict[str, Any]:
        # A new dict: published versions share the old one.
        self.localaws_extra = {**self.localaws_extra, **{name: updates[name] for name in _KEPT if updates.get(name)}}
        for name, attribute in _UPDATED.items():
            if updates.get(name) is not None:
                setattr(self, attribute, updates[name])
        if storage := updates.get("EphemeralStorage"):
            self.ephemeral_storage = storage["Size"]
        _original_update(self, updates)
        return dict(self.get_configuration())

    def update_function_code(self: Any, updates: dict[str, Any]) -> dict[str, Any]:
        if updates.get("Architectures"):
            self.architectures = updates["Architectures"]
        return dict(_original_code(self, updates))

    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        config = dict(_original_configuration(self, on_create))
        extra = getattr(self, "localaws_extra", {})
        config["LoggingConfig"] = {
            "LogFormat": "Text",
            "LogGroup": f"/aws/lambda/{self.function_name}",
            **(extra.get("LoggingConfig") or {}),
        }
        apply_on = (extra.get("SnapStart") or {}).get("ApplyOn", "None")
        published = str(self.version) != "$LATEST"
        optimized = "On" if apply_on == "PublishedVersions" and published else "Off"
        config["SnapStart"] = {"ApplyOn": apply_on, "OptimizationStatus": optimized}
        return config

    def get_code(self: Any) -> dict[str, Any]:
        found = dict(_original_get_code(self))
        if self.reserved_concurrency is not None:
            found["Concurrency"] = {"ReservedConcurrentExecutions": self.reserved_concurrency}
        return found

    def layers(self: Any, arns: list[str]) -> list[dict[str, Any]]:
        known: list[dict[str, Any]] = []
        for arn in arns:
            if libraries.PublicLayer.parse(arn):
                known.append({"Arn": arn, "CodeSize": 25_000_000})
            else:
                known += [dict(layer) for layer in _original_layers(self, [arn])]
        return known

    def publish(self: Any, message: str, message_id: str, subject: str | None = None, **options: Any) -> None:
        if self.protocol not in {"email", "email-json", "http", "https", "sms"}:
            _original_publish(self, message, message_id, subject=subject, **options)
            return
        matcher = self._filter_policy_matcher
        if matcher is not None and not matcher.matches(options.get("message_attributes"), message):
            return
        if options.get("message_structure") == "json":
            message = self._parse_message_structure(message, self.protocol)
        attributes = options.get("message_attributes") or {}
        details = {
            "topic_arn": self.topic.arn,
            "protocol": self.protocol,
            "subject": subject,
            "message_id": message_id,
            "attributes": {name: value.get("Value") for name, value in attributes.items()},
        }
        to_inbox("sns_topic", self.endpoint, message, details)

    def email_identity(self: Any, *settings: object, **named: object) -> None:
        _original_identity(self, *settings, **named)  # type: ignore[arg-type]
        self.verified_for_sending_status = True
        self.dkim_attributes |= {"SigningEnabled": True, "Status": "SUCCESS"}

    def default_encryption_key(self: Any, account_id: str, region: str) -> str | None:
        if not self.sse_specification.get("Enabled"):
            return None
        arn = str(_original_default_key(self, account_id, region))
        kms_models.kms_backends[account_id][region].describe_key(arn).key_manager = "AWS"
        return arn

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        before = []
        for operation in (operation for item in transact_items for operation in item.values()):
            touched = self.get_table(operation["TableName"])  # a table that does not exist is an error of its own
            value = (operation.get("Key") or operation.get("Item") or {}).get(touched.hash_key_attr)
            if value is not None:
                key = DynamoType(value)
                before.append((touched.items, key, copy.deepcopy(touched.items.get(key))))
        # Calls of one service do not run side by side.
        table.__deepcopy__ = lambda original, _: original
        try:
            _original_transaction(self, transact_items)
        except Exception:
            for items, key, value in before:
                if value is None:
                    items.pop(key, None)
                else:
                    items[key] = value
            raise
        finally:
            del table.__deepcopy__

    imported = functools.cache(lambda key: RSAKey.import_key(json.loads(key)))
    unused = functools.cache(generate_private_key)

    def private_key(spec: str) -> Any:
        return (unused if spec == "SYMMETRIC_DEFAULT" else generate_private_key)(spec)

    modules = frozenset(backends.list_of_moto_modules())
    directory: Any = backends
    directory.list_of_moto_modules = lambda: modules
    table: Any = Table
    table._get_default_encryption_key = default_encryption_key
    dynamodb: Any = DynamoDBBackend
    dynamodb.transact_write_items = transact_write_items
    cognito: Any = cognito_models
    cognito.generate_id = cognito_id
    cognito.jwk = SimpleNamespace(RSAKey=SimpleNamespace(import_key=lambda key: imported(json.dumps(key))))
    kms: Any = kms_models
    kms.generate_private_key = private_key
    function: Any = LambdaFunction
    function.__init__ = init
    function.update_configuration = update_configuration
    function.update_function_code = update_function_code
    function.get_configuration = get_configuration
    function.get_code = get_code
    function._get_layers_data = layers
    identity: Any = EmailIdentity
    identity.__init__ = email_identity
    subscription: Any = Subscription
    subscription.publish = publish
