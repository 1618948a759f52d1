"""Any provider with an HTTPS API, described as data: by one of the presets, or by a description of the user's own.

The language is in ``http_language.py``, the presets in ``presets/*.json``: one file for each provider, with the link to
the documentation that it was written from. Terraform reads the same files.

An answer is classified by the first rule that fits. If none does, its status decides: 401 and 403 refuse the
credentials, 402 is the balance, 429 the rate, 408 and 503 mean "not handled". Every other 4xx is configuration. Another
5xx or an undocumented success is perhaps sent. So a description only has to say what is special, and what a success
looks like.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from pathlib import Path as File
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlencode

from custom_sender.dataclass import dataclass
from custom_sender.network.provider_secrets import unfit
from custom_sender.network.requests import HttpRequest
from custom_sender.outcome import Outcome
from custom_sender.reader import Reader
from custom_sender.secret import Secret
from custom_sender.senders import attributes
from custom_sender.senders.answers import by_http_status, retry_after
from custom_sender.senders.base import SendResult
from custom_sender.senders.http_api import USER_AGENT, basic
from custom_sender.senders.http_description import AnswerHeader, Each, Value
from custom_sender.senders.http_language import PARTS, as_text, quoted, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from custom_sender.message import Carries, Code, Mail, Message, Text
    from custom_sender.network.requests import HttpResponse
    from custom_sender.senders.http_description import Description, Node, Path, Rule

PRESETS: Final = File(__file__).with_name("presets")
# Forms of an id that no provider puts together from a number or a code. The first is a UUID of RFC 9562 or 32
# hexadecimal digits, which are drawn at random or hashed. No number may stand in it: nine digits in a row, which chance
# seldom makes. The second is anything else that is long and has no row of six digits, the length of a code. A ULID is
# of the latter kind. Another id is not kept: it is nothing but a help in a conversation with the provider.
_LOGGABLE_ID: Final = re.compile(
    r"(?!.*[0-9]{9})(?:[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[1-8][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}"
    r"|[0-9A-Fa-f]{32})"
    r"|(?!.*[0-9]{6})[A-Za-z0-9_-]{20,80}",
    re.ASCII,
)
_LOGGABLE_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_CONTENT_TYPES: Final = {False: "application/json", True: "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Http:
    """A checked description with the secret that its ``{secret.…}`` come from."""

    kind: ClassVar[str] = "http"

    secret_arn: str
    description: Description
    allow_private_address: bool

    @property
    def carries(self) -> frozenset[Carries]:
        """A mail, a text, or nothing but the code: what the description has a place for."""
        return self.description.carries

    def build(self, message: Message[Text | Code | Mail], credentials: Mapping[str, Any], *, now: float) -> HttpRequest:
        """The request. Raises ``CredentialsInvalid`` when the secret lacks a field, or has one that cannot be sent."""
        description = self.description
        filler = _Filler(_message_values(message, description, now), credentials)
        headers = {"Accept": "application/json", "Content-Type": _CONTENT_TYPES[description.form]}
        for header in description.headers:
            value = header.text + ("" if header.value is None else filler.header(header.value))
            headers = {name: kept for name, kept in headers.items() if name.lower() != header.name.lower()}
            headers[header.name] = value
        if description.basic_auth is not None:
            user, password = (
                value if isinstance(value, str) else filler.header(value) for value in description.basic_auth
            )
            headers["Authorization"] = basic(user, password)
        headers["User-Agent"] = USER_AGENT
        url = "".join(piece if isinstance(piece, str) else filler.url(piece) for piece in description.url)
        return HttpRequest(
            method=description.method,
            url=url,
            headers=headers,
            body=_serialized(filler.object(description.body), form=description.form),
            allow_private_address=self.allow_private_address,
        )

    def parse(self, response: HttpResponse) -> SendResult:
        """What the first rule that fits says, or the status."""
        status = response.status
        answer = _json(response.body)
        by_status = SendResult(
            Outcome.PROVIDER_QUOTA if status == 402 else by_http_status(status),
            provider_code=f"http-{status}",
            credentials_refused=status in (401, 403),
            retry_after_seconds=retry_after(response.headers),
        )
        for rule in self.description.rules:
            codes = _fitting(rule, status, answer)
            if codes is None:
                continue
            if rule.outcome is Outcome.SENT:
                return self._sent(response, answer, by_status)
            refused = rule.credentials_refused
            if refused is None:
                refused = by_status.credentials_refused and rule.outcome is Outcome.PROVIDER_CONFIG
            code = next((code for code in codes if _LOGGABLE_CODE.fullmatch(code)), by_status.provider_code)
            return SendResult(
                rule.outcome,
                provider_code=code,
                credentials_refused=refused,
                retry_after_seconds=by_status.retry_after_seconds,
            )
        return by_status

    def _sent(self, response: HttpResponse, answer: object, by_status: SendResult) -> SendResult:
        """SENT, unless the id is missing that a success of this provider has: then something else may have answered."""
        path = self.description.message_id
        if path is None:
            return SendResult(Outcome.SENT)
        named = (response.headers.get(path),) if isinstance(path, AnswerHeader) else _found(answer, path)
        message_id = next((text for text in map(as_text, named) if text), None)
        if message_id is None:
            return SendResult(Outcome.AMBIGUOUS, provider_code=by_status.provider_code)
        return SendResult(Outcome.SENT, message_id=message_id if _LOGGABLE_ID.fullmatch(message_id) else None)


def create(content: Reader, values: Mapping[str, Any]) -> Http:
    """The sender of these attributes, or ``SettingsError``."""
    preset, settings = values["preset"], values["settings"]
    own = {part: values[part] for part in PARTS if values[part] is not None}
    if preset is None:
        if settings:
            fix = "name a preset, or write the values into your description"
            content.refuse("settings", "settings only with a preset", "no preset", fix)
        if "url" not in own:
            content.refuse("url", f"a URL, or a preset: {', '.join(presets())}", "neither", "set one of them")
        body = _json(own["body"]) if isinstance(own.get("body"), str) else None
        if body is not None:  # as jsonencode wrote it; another text is refused as one
            own["body"] = body
        given = None
    else:
        if own:
            content.refuse(min(own), "only in a description of your own", "a preset too", "remove it, or preset")
        if preset not in presets():
            content.refuse("preset", f"one of {', '.join(presets())}", "another name", "name one of these")
        described = json.loads((PRESETS / f"{preset}.json").read_text("utf-8"))
        own = {part: described[part] for part in PARTS if part in described}
        given = _settings(Reader({} if settings is None else settings, content.where("settings")), described)
    private = values["allow_private_address"]
    described = read(Reader(own, content.path), given, allow_private_address=private)
    return Http(values["secret_arn"], described, private)


def presets() -> list[str]:
    """The names of the presets in this package."""
    return sorted(file.stem for file in PRESETS.glob("*.json"))


def _settings(content: Reader, preset: Mapping[str, Any]) -> dict[str, str | int | None]:
    """Every setting that the preset declares: the user's value, the default, or None."""
    declared: Mapping[str, Mapping[str, Any]] = preset["settings"]
    defaults = {name: rule["default"] for name, rule in declared.items() if "default" in rule}
    content = Reader({**defaults, **content.all()}, content.path)
    found = attributes.read(content, {**preset, "attributes": declared})
    return {
        name: int(found[name]) if found[name] is not None and rule.get("number", False) else found[name]
        for name, rule in declared.items()
    }


def _message_values(
    message: Message[Text | Code | Mail], description: Description, now: float
) -> dict[str, str | int | None]:
    """What the placeholders stand for in this message. Times are rounded so that nothing outlives the code."""
    life = max(message.lifetime_seconds, description.shortest_life_seconds)
    life = min(life, description.longest_life_seconds)
    end = dt.datetime.fromtimestamp(int(now) + life, tz=dt.UTC)
    return {
        **message.content.values(),
        "number": message.to,
        "number_digits": message.to.removeprefix("+"),
        "email": message.to,
        "locale": message.locale,
        "lifetime_seconds": life,
        "lifetime_milliseconds": life * 1000,
        "lifetime_minutes": max(life // 60, 1),
        "expires_at": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "idempotency_key": message.idempotency_key,
        # Half of the key in the form of a random UUID (RFC 9562, 5.4), for providers that insist on one.
        "idempotency_uuid": str(uuid.UUID(hex=message.idempotency_key[:32], version=4)),
    }


class _Filler:
    """Puts the values of one message and of the secret where the placeholders are."""

    def __init__(self, values: Mapping[str, str | int | None], credentials: Mapping[str, Any]) -> None:
        self._values = values
        self._credentials = credentials

    def object(self, body: dict[str, Node]) -> dict[str, Any]:
        filled = self._node(body)
        return filled if isinstance(filled, dict) else {}

    def header(self, value: Value) -> str:
        text = self._text(value)
        if not re.fullmatch(r"[ -~]+", text, re.ASCII):
            raise unfit(value.name, "printable ASCII, because it is sent in a header")
        return text

    def url(self, value: Value) -> str:
        text = quoted(self._text(value))
        if not text:
            raise unfit(value.name, "more than dots, because it is part of the URL")
        return text

    def _node(self, node: Node) -> Any:
        """The node filled in; ``_GONE`` when the message has no value for it."""
        if isinstance(node, Value):
            value = self._text(node) if node.secret else self._values[node.name]
            return _GONE if value is None else value
        if isinstance(node, dict):
            members = {name: self._node(member) for name, member in node.items()}
            kept = {name: member for name, member in members.items() if member is not _GONE}
            return kept if kept or not node else _GONE
        if isinstance(node, tuple):
            items = [item for item in map(self._node, node) if item is not _GONE]
            return items if items or not node else _GONE
        return node

    def _text(self, value: Value) -> str:
        if not value.secret:
            return str(self._values[value.name])
        found = self._credentials.get(value.name)
        if not isinstance(found, Secret) or not found:
            raise unfit(value.name, "a text that is not empty")
        return found.reveal()


_GONE: Final = object()


def _serialized(body: Mapping[str, Any], *, form: bool) -> bytes:
    if not form:
        return json.dumps(body, separators=(",", ":")).encode("ascii")
    fields = {
        name: [as_text(item) or "" for item in value] if isinstance(value, list) else as_text(value) or ""
        for name, value in body.items()
    }
    return urlencode(fields, doseq=True, errors="replace").encode("ascii")


def _json(body: bytes | str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _fitting(rule: Rule, status: int, answer: object) -> list[str] | None:
    """The values of the rule that the answer has, as the rule writes them; None when it does not fit."""
    if rule.status and not {str(status), f"{status // 100}xx"} & set(rule.status):
        return None
    codes = []
    for path, values in rule.fields:
        texts = [text.casefold() for text in map(as_text, _found(answer, path)) if text]
        code = next((value for value in values for text in texts if _fits(text, value.casefold())), None)
        if code is None:
            return None
        codes.append(code)
    return codes


def _fits(text: str, value: str) -> bool:
    return text.startswith(value[:-1]) if value.endswith("*") else text == value


def _found(answer: object, path: Path) -> Iterator[object]:
    """What is at the path: nothing, one value, or with ``[*]`` several."""
    if not path:
        yield answer
        return
    step, rest = path[0], path[1:]
    if isinstance(step, Each):
        for item in answer if isinstance(answer, list) else ():
            yield from _found(item, rest)
    elif isinstance(step, int):
        if isinstance(answer, list) and step < len(answer):
            yield from _found(answer[step], rest)
    elif isinstance(answer, dict) and step in answer:
        yield from _found(answer[step], rest)
