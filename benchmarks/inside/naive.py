"""The function as one would write it first: everything imported, AWS's samples followed. What ours is compared with.

It does the same work: decrypts, claims the message in a table and counts it, sends, notes the end. With no TABLE it
does without one, as ours does.
"""

import base64
import hashlib
import importlib
import os
import time

import aws_encryption_sdk
import boto3
from aws_encryption_sdk.identifiers import CommitmentPolicy
from aws_encryption_sdk.key_providers.kms import StrictAwsKmsMasterKeyProvider
from aws_lambda_powertools import Logger, Metrics

from custom_sender import settings  # noqa: F401 - that is the point
from custom_sender.delivery import failover as delivery  # noqa: F401 - that is the point
from custom_sender.guards import ledger  # noqa: F401 - that is the point
from custom_sender.network import transport  # noqa: F401 - that is the point
from custom_sender.record import log as telemetry  # noqa: F401 - that is the point
from custom_sender.senders import KINDS
from custom_sender.texts import choose as message  # noqa: F401 - that is the point

for kind in KINDS:
    importlib.import_module(f"custom_sender.senders.{kind}")

logger = Logger()
metrics = Metrics()
client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
keys = StrictAwsKmsMasterKeyProvider(key_ids=[os.environ["KMS_KEY_ARN"]])
sns = boto3.client("sns")
table = os.environ.get("TABLE")
dynamodb = boto3.client("dynamodb") if table else None


@metrics.log_metrics
def handler(event, context):  # type: ignore[no-untyped-def]
    """Decrypt, claim, send, note the end."""
    source = base64.b64decode(event["request"]["code"])
    code, _ = client.decrypt(source=source, key_provider=keys)
    number = event["request"]["userAttributes"]["phone_number"]
    name = hashlib.sha256(source).hexdigest()
    if dynamodb is not None:
        claim = _update(f"m#{name}", "SET #n = :one", "attribute_not_exists(id)")
        counters = [_update(f"{scope}#{number[:length]}", "ADD #n :one") for scope, length in COUNTERS]
        dynamodb.transact_write_items(TransactItems=[{"Update": update} for update in (claim, *counters)])
    answer = sns.publish(PhoneNumber=number, Message=f"Your code is {code.decode()}")
    if dynamodb is not None:
        dynamodb.update_item(**_update(f"m#{name}", "SET #n = :one"))
    metrics.add_metric(name="Sent", unit="Count", value=1)
    logger.info("sent", extra={"message_id": answer["MessageId"], "at": time.time()})
    return {"outcome": "SENT", "id": answer["MessageId"]}


COUNTERS = (("number", 15), ("prefix", 10), ("country", 3), ("overall", 0))


def _update(name, expression, condition=None):  # type: ignore[no-untyped-def]
    update = {
        "TableName": table,
        "Key": {"id": {"S": name}},
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {"#n": "n"},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    return update | ({"ConditionExpression": condition} if condition else {})
