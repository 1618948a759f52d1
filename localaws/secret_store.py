"""What is in Secrets Manager and the Parameter Store right now: the providers check requests against it.

So a rotated secret is a rotated account at the provider, without a second place to configure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends


def objects(account: str) -> Iterator[dict[str, Any]]:
    """Every current secret or SecureString that is a JSON object, in every Region."""
    for text in _texts(account):
        try:
            parsed = json.loads(text)
        except ValueError:
            continue
        if isinstance(parsed, dict):
            yield parsed


def _texts(account: str) -> Iterator[str]:
    for backend in list(secretsmanager_backends[account].values()):
        for secret in list(backend.secrets.values()):
            current = (secret.versions or {}).get(str(secret.default_version_id)) or {}
            if text := current.get("secret_string"):
                yield str(text)
    for store in list(ssm_backends[account].values()):
        for versions in list(dict(store._parameters).values()):
            if versions and versions[-1].parameter_type == "SecureString":
                yield str(versions[-1].decrypt(versions[-1].value))
