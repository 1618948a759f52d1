"""A Slack channel by incoming webhook: the message goes to a channel instead of a phone. For test environments.

Contract: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/ for the request and the answer;
https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks for the errors (a word as the body);
https://docs.slack.dev/messaging/formatting-message-text/ for what must be escaped;
https://docs.slack.dev/apis/web-api/rate-limits for 429 with Retry-After (about one message per second).

Everybody in the channel sees every code with its full phone number. So, as for ``sns_topic``, the attribute
``environment`` has no default: production has to be asked for by name. The webhook's URL is its only credential, so it
comes from a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from custom_sender.dataclass import dataclass
from custom_sender.message import Carries
from custom_sender.network.requests import HttpRequest
from custom_sender.outcome import Outcome
from custom_sender.senders.answers import by_http_status, retry_after
from custom_sender.senders.base import SendResult
from custom_sender.senders.http_api import USER_AGENT, credential, json_bytes
from custom_sender.senders.inbox import letter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_sender.message import Mail, Message, Text
    from custom_sender.network.requests import HttpResponse
    from custom_sender.reader import Reader

_URL = r"https://hooks\.slack(-gov)?\.com/services/[A-Za-z0-9]{1,64}/[A-Za-z0-9]{1,64}/[A-Za-z0-9]{1,64}"

ERRORS: Mapping[str, Outcome] = {
    "action_prohibited": Outcome.PROVIDER_CONFIG,  # a restriction of the workspace
    "channel_is_archived": Outcome.PROVIDER_CONFIG,
    "channel_not_found": Outcome.PROVIDER_CONFIG,
    "invalid_payload": Outcome.PROVIDER_CONFIG,
    "invalid_token": Outcome.PROVIDER_CONFIG,
    "no_active_hooks": Outcome.PROVIDER_CONFIG,
    "no_service": Outcome.PROVIDER_CONFIG,  # the webhook was removed or disabled
    "no_service_id": Outcome.PROVIDER_CONFIG,
    "no_team": Outcome.PROVIDER_CONFIG,
    "no_text": Outcome.PROVIDER_CONFIG,
    "posting_to_general_channel_denied": Outcome.PROVIDER_CONFIG,
    "team_disabled": Outcome.PROVIDER_CONFIG,
    "user_not_found": Outcome.PROVIDER_CONFIG,
    "rate_limited": Outcome.PROVIDER_THROTTLED,
    "rollup_error": Outcome.AMBIGUOUS,  # "something strange and unusual happened"
}
# The URL is the credential: these say that this one is no longer good.
_URL_REFUSED = frozenset({"invalid_token", "no_active_hooks", "no_service", "no_service_id", "no_team"})


@dataclass(frozen=True)
class Slack:
    """Validated settings of a ``slack`` sender."""

    kind: ClassVar[str] = "slack"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.TEXT, Carries.MAIL})

    secret_arn: str
    environment: str

    def build(self, message: Message[Text | Mail], credentials: Mapping[str, Any], *, now: float) -> HttpRequest:  # noqa: ARG002
        """The POST. Raises ``CredentialsInvalid`` when the secret has no URL of a Slack webhook.

        Slack shows the text as it is: no formatting, no previews of links, control characters escaped.
        """
        url = credential(
            credentials,
            "webhook_url",
            _URL,
            'the URL of a Slack incoming webhook: "https://hooks.slack.com/services/…"',
        )
        fields = {
            "text": _escaped(letter("this channel", self.environment, message)),
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        return HttpRequest(
            method="POST",
            url=url,
            headers={"Content-Type": "application/json", "User-Agent": USER_AGENT},
            body=json_bytes(fields),
        )

    def parse(self, response: HttpResponse) -> SendResult:
        """200 "ok" is SENT. There is no number that Slack could reject: every error is the set-up's or Slack's."""
        word = response.body[:64].decode("ascii", "replace").strip()
        if response.status == 200 and word == "ok":
            return SendResult(Outcome.SENT)
        known = word in ERRORS
        outcome = ERRORS[word] if known else by_http_status(response.status)
        return SendResult(
            outcome,
            provider_code=word if known else f"http-{response.status}",
            credentials_refused=word in _URL_REFUSED or (not known and response.status in (401, 403, 404)),
            retry_after_seconds=retry_after(response.headers),
        )


def create(_: Reader, values: Mapping[str, Any]) -> Slack:
    """The sender of these attributes."""
    return Slack(**values)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
