"""What nobody can do without, as functions: the SDK's decryption of a message, and one HTTPS request to a provider."""

import base64
import os

import aws_encryption_sdk
import boto3
import urllib3
from aws_encryption_sdk.identifiers import CommitmentPolicy
from aws_encryption_sdk.key_providers.kms import KMSMasterKey

_client = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT, max_encrypted_data_keys=1
)
_key = KMSMasterKey(key_id=os.environ["KMS_KEY_ARN"], client=boto3.client("kms"))
_http = urllib3.PoolManager(ca_certs=os.environ["SSL_CERT_FILE"])
_URL = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json"
_FIELDS = {
    "To": "+4915112345678",
    "Body": "Your Acme code is 482913. It is valid for 1440 minutes.",
    "ValidityPeriod": "36000",
    "SmartEncoded": "false",
    "From": "+15550100123",
}


def decrypt(event, context):  # type: ignore[no-untyped-def]
    """``aws_encryption_sdk.decrypt``, with nothing around it."""
    _client.decrypt(source=base64.b64decode(event["request"]["code"]), key_provider=_key)
    return {"outcome": "SENT"}


def request(event, context):  # type: ignore[no-untyped-def]
    """A bare HTTPS request, on a connection that is kept."""
    _http.request("POST", _URL, fields=_FIELDS, encode_multipart=False, retries=False)
    return {"outcome": "SENT"}
