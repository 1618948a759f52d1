"""The environment that the Terraform module writes for the function."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from support.cognito import ACCOUNT_ID, REGION

KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/0b3c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10"
SETTINGS = {
    "name": "acme-login",
    "allowed_countries": ["DE", "US"],
    "routes": {"default": ["aws"]},
    "senders": {"aws": {"kind": "sns"}},
}
MESSAGES = {"brand": "Acme", "default_locale": "en", "templates": {"de": {"default": "Ihr Code: $code"}}}


def base64gzip(content: Any) -> str:
    """As Terraform's base64gzip(jsonencode(…))."""
    return base64.b64encode(gzip.compress(json.dumps(content).encode())).decode()


def environment(
    settings: dict[str, Any] | None = None, messages: Any = MESSAGES, key_arns: str = KEY_ARN, **variables: str
) -> dict[str, str]:
    """A complete, valid environment; ``settings`` are laid over the default ones."""
    return {
        "SENDER_SETTINGS": json.dumps(SETTINGS | (settings or {})),
        "SENDER_KMS_KEY_ARNS": key_arns,
        "SENDER_MESSAGES": base64gzip(messages),
        "POWERTOOLS_SERVICE_NAME": "acme-login",
        "POWERTOOLS_METRICS_NAMESPACE": "CognitoSmsSender",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        **variables,
    }
