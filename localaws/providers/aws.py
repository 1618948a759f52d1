"""What every AWS request has: a signature for the right service and Region (Signature Version 4).

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def authorization_problem(headers: Mapping[str, str], service: str, region: str) -> str | None:
    """What is wrong with the request's signature header, or None. The signature itself is botocore's business."""
    match = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
        r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})",
        headers.get("authorization", ""),
    )
    if match is None:
        return "the Authorization header is not Signature Version 4"
    _, day, in_region, for_service, signed, _ = match.groups()
    if (for_service, in_region) != (service, region):
        return f"signed for {for_service} in {in_region}, not for {service} in {region}"
    if not headers.get("x-amz-date", "").startswith(day):
        return "X-Amz-Date and the credential's date differ"
    if not {"host", "x-amz-date"} <= set(signed.split(";")):
        return "host and x-amz-date must be signed"
    return None
