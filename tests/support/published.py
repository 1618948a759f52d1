"""What Cognito sent to others, as they have published it. The sources are in ``published.json``.

Persons, addresses and ids in the events are made up, and "a code" stands for one. The codes are as they were published:
header and body are whole, the end of the signature is not. They need keys that nobody here has.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aws_encryption_sdk.internal.formatting.deserialize import deserialize_header

_PUBLISHED: Final = json.loads(Path(__file__).with_suffix(".json").read_text())
CODES: Final[Mapping[str, str]] = _PUBLISHED["codes"]
CODES_OF_AN_EMULATOR: Final[Mapping[str, str]] = _PUBLISHED["codes_of_an_emulator"]
EVENTS: Final[list[dict[str, Any]]] = [published["event"] for published in _PUBLISHED["events"]]

# Of the body: the header's own authentication, then how the first frame begins (its kind, its number).
_AUTHENTICATION, _FRAME = 28, 8


def header(code: str) -> Any:
    """Of the Encryption SDK's message."""
    return deserialize_header(io.BytesIO(base64.b64decode(code)))[0]


def form(code: str) -> Mapping[str, Any]:
    """What is the same of all codes that are made in one way."""
    blob = io.BytesIO(base64.b64decode(code))
    found, _raw = deserialize_header(blob)
    body = blob.getvalue()[blob.tell() :]
    return {
        "message": (found.version, found.type),
        "suite": found.algorithm,
        "context": sorted(found.encryption_context),
        "data keys": [
            (key.key_provider.provider_id, key.key_provider.key_info.split(b":")[:3])
            for key in found.encrypted_data_keys
        ],
        "content": (found.content_type, found.frame_length),
        "first frame": body[_AUTHENTICATION:][:_FRAME],
    }
