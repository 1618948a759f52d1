"""Slack's incoming webhooks.

Sources: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/ (request, answer "ok"),
https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks (errors: a word as the body),
https://docs.slack.dev/apis/web-api/rate-limits (429 with Retry-After),
https://docs.slack.dev/messaging/formatting-message-text/ (``mrkdwn``, and the characters that must be escaped).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from localaws.providers.wire import Answer, Request

HOST = "hooks.slack.com"
PATH = re.compile(r"/services/[A-Za-z0-9]+/[A-Za-z0-9]+/[A-Za-z0-9]+")
TEXT_LIMIT = 40_000

# Word: HTTP status.
ERRORS: Mapping[str, int] = {
    "invalid_payload": 400,
    "no_text": 400,
    "user_not_found": 400,
    "posting_to_general_channel_denied": 400,
    "action_prohibited": 403,
    "invalid_token": 403,
    "team_disabled": 403,
    "channel_not_found": 404,
    "no_service": 404,
    "no_team": 404,
    "channel_is_archived": 410,
    "rate_limited": 429,
    "rollup_error": 500,
}

# The paths of the webhooks that Slack knows.
Hooks = Collection[str]


def read(request: Request, hooks: Hooks) -> str | Answer:
    """The text as Slack shows it, or the refusal."""
    if request.method != "POST" or request.target not in hooks:
        return error("no_service")
    if request.headers.get("content-type") != "application/json":
        return error("invalid_payload")
    fields = json.loads(request.body)
    if not isinstance(fields, dict) or not _known(fields):
        return error("invalid_payload")
    text = fields.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= TEXT_LIMIT:
        return error("no_text")
    # What is not escaped would become a link or a mention, or vanish.
    if re.search(r"[<>]|&(?!amp;|lt;|gt;)", text):
        return error("invalid_payload")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _known(fields: Mapping[str, Any]) -> bool:
    # Slack needs none of the switches; this product always sends all of them.
    switches = {"mrkdwn", "unfurl_links", "unfurl_media"}
    return set(fields) <= {"text", *switches} and all(isinstance(fields.get(name), bool) for name in switches)


def error(word: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A word, as text."""
    return Answer(ERRORS[word], word.encode(), {"Content-Type": "text/html", **(headers or {})})


def answer(request: Request, hooks: Hooks) -> Answer:
    """What Slack answers: "ok", or the word for what is wrong."""
    text = read(request, hooks)
    return text if isinstance(text, Answer) else Answer(200, b"ok", {"Content-Type": "text/html"})
