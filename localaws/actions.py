"""What a call is called in an IAM policy: from botocore's models, but for what IAM itself names otherwise."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

import botocore.session

from localaws.wire import Call

# SigV4 name → botocore's name, where REST paths have to be looked up; and → IAM's prefix, where it differs.
_REST: Final = {"lambda": "lambda", "ses": "sesv2"}
_PREFIXES: Final = {"monitoring": "cloudwatch", "email": "ses"}
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
_RENAMED: Final = {"lambda:Invoke": "lambda:InvokeFunction", "lambda:GetLayerVersionByArn": "lambda:GetLayerVersion"}


@cache
def _paths(service: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    model: Any = botocore.session.get_session().get_service_model(service)
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        path = re.sub(r"\{[^}]+\}", "[^/]+", path.rstrip("/"))
        found.append((http["method"], re.compile(rf"{path}\?{query}" if query else path), name))
    # The longest first: an ARN in a path has no slash, but one path may start like another.
    return tuple(sorted(found, key=lambda item: -len(item[1].pattern)))


def iam_action(call: Call) -> str:
    """``service:Operation``; an operation that is not known keeps its method and path, so that a test shows it."""
    operation = call.action
    if call.service in _REST:
        # A query of the model's own tells two operations of one path apart.
        find = call.query.get("find")
        path = call.path.rstrip("/") + (f"?find={find[0]}" if find else "")
        matches = (
            name
            for method, pattern, name in _paths(_REST[call.service])
            if method == call.method and pattern.fullmatch(path)
        )
        operation = next(matches, operation)
    action = f"{_PREFIXES.get(call.service, call.service)}:{operation}"
    return _RENAMED.get(action, action)
