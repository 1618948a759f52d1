"""The function as one would first write it: everything imported, AWS's samples followed. What ours is compared with."""

import base64
import os

import aws_encryption_sdk
import boto3
from aws_encryption_sdk.key_providers.kms import StrictAwsKmsMasterKeyProvider
from aws_encryption_sdk.identifiers import CommitmentPolicy

from cognito_sms_sender import delivery, message, settings, telemetry  # noqa: F401
from cognito_sms_sender.senders import KINDS, importlib

for module in KINDS.values():
    importlib.import_module(module)

client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
keys = StrictAwsKmsMasterKeyProvider(key_ids=os.environ["SENDER_KMS_KEY_ARNS"].split(","))
sns = boto3.client("sns")


def handler(event, context):
    """Decrypt, write, send."""
    code, _ = client.decrypt(source=base64.b64decode(event["request"]["code"]), key_provider=keys)
    answer = sns.publish(
        PhoneNumber=event["request"]["userAttributes"]["phone_number"], Message=f"Your code is {code.decode()}"
    )
    return {"outcome": "SENT", "id": answer["MessageId"]}
