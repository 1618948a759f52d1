"""The environment that the Terraform module writes for the function."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any, Final

from custom_sender.settings import FORMAT
from support.cognito import ACCOUNT_ID, REGION
from support.configured import sender_settings

KEY_ARN: Final = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/0b3c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10"

# The defaults of the Terraform variable; a test of the plan says the same.
LIMITS: Final[Mapping[str, Mapping[str, Any]]] = {
    "number": {"max": 10, "per_seconds": 3600, "mode": "enforce"},
    "prefix": {"max": 100, "per_seconds": 3600, "mode": "enforce", "without_last_digits": 4},
    "country": {"max": 5000, "per_seconds": 3600, "mode": "monitor"},
    "overall": {"max": 10_000, "per_seconds": 3600, "mode": "monitor"},
}
SETTINGS: Final[Mapping[str, Any]] = {
    "name": "acme-login",
    "sms": {
        "allowed_countries": ["DE", "US"],
        "allowed_ranges": [],
        "autofill": {"android": None, "clients": {}, "web_otp": None},
        "blocked_prefixes": [],
        "country_locales": {},
        "india": None,
        "limits": LIMITS,
        "max_segments": {},
        "routes": {"default": ["aws"]},
        "templates": {"de": {"default": "Ihr Code: $code"}},
        "transliterate": False,
    },
    "messages": {
        "attributes": {},
        "brand": "Acme",
        "built_in_locales": None,
        "client_metadata_locale": None,
        "default_locale": "en",
    },
    "protection": {"code_lifetimes_seconds": {}, "on_ledger_failure": "send", "test_recipients": None},
    "monitoring": {"debug_sample_rate": 0, "log_level": "INFO", "metrics_namespace": "CognitoCustomSender"},
    "senders": {
        "aws": {
            "enabled": True,
            "entity_id": None,
            "kind": "sns",
            "max_price": None,
            "region": None,
            "sender_id": None,
            "sms_type": "Transactional",
            "template_id": None,
        }
    },
}
REFERENCES: Final[Mapping[str, Any]] = {"kms_keys.0": KEY_ARN}
# With a ledger; without one, nothing is counted.
LEDGER: Final[Mapping[str, Any]] = {"ledger_table": "acme-login-ledger"}
HASH_KEY: Final = "0f" * 32


def base64gzip(content: Any) -> str:
    """As Terraform's base64gzip(jsonencode(…))."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(gzip.compress(text.encode())).decode()


def environment(
    changes: Mapping[str, Any] | None = None, references: Mapping[str, Any] | None = None, **variables: str
) -> dict[str, str]:
    """A complete, valid environment.

    ``changes`` are laid over the settings: of ``sms`` and its like over each setting, while ``senders`` are other ones,
    each with what its type has by default. ``references`` stand beside the key's, or in its place.
    """
    settings = dict(SETTINGS)
    for part, change in (changes or {}).items():
        is_object = isinstance(settings.get(part), dict) and isinstance(change, dict)
        settings[part] = (_senders if part == "senders" else settings[part].__or__)(change) if is_object else change
    return {
        "SENDER_CONFIG": base64gzip({"format": FORMAT, "settings": settings}),
        "SENDER_REFERENCES": json.dumps({**REFERENCES, **(references or {})}),
        "SENDER_HASH_KEY": HASH_KEY,
        **variables,
    }


def _senders(senders: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"enabled": True, **sender_settings(sender)} if isinstance(sender, dict) else sender
        for name, sender in senders.items()
    }
