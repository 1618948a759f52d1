"""The language in which the sender ``http`` is told how a provider is called: data, checked once, then only filled in.

| part | what it says |
|---|---|
| ``url`` | https only. A part between two slashes, or the value of a query, may be one placeholder |
| ``method`` | ``POST`` (default) or ``PUT`` |
| ``headers`` | name → text; it may end in a placeholder: ``Authorization = "Bearer {secret.api_key}"`` |
| ``basic_auth`` | ``{username, password}``, both from the secret, for HTTP Basic authentication |
| ``format`` | ``json`` (default) or ``form``; the Content-Type follows |
| ``body`` | a JSON object; a string that is nothing but a placeholder becomes that value, number or text |
| ``lifetime`` | ``{min_seconds, max_seconds}``: what the provider accepts as a life; the code's is brought within |
| ``message_id`` | path to the message's id in the answer, such as ``messages[0].messageId`` |
| ``rules`` | in order: ``status`` and ``fields`` of an answer → ``outcome``; the first that fits decides |

Values are put in by the serialiser, never by joining strings, and nothing is evaluated: there are no expressions, no
conditions and no regular expressions in it. A placeholder without a value (no locale, no such setting) takes its member
with it, and so does an object or list of which nothing is left.

Every error names the part and the fix. It never repeats a value: that may be a credential in the wrong place.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import quote

from custom_sender.outcome import Outcome
from custom_sender.senders.attributes import ADDRESS_REFUSED, is_plain_https, leads_inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from custom_sender.senders.attributes import Attributes

PARTS: Final = ("url", "method", "headers", "basic_auth", "format", "body", "lifetime", "message_id", "rules")

# What a placeholder may ask of a message. Only these are also allowed in headers (they say nothing about the user) …
_ABOUT_THE_CALL: Final = frozenset(
    {
        "idempotency_key",
        "idempotency_uuid",
        "lifetime_seconds",
        "lifetime_milliseconds",
        "lifetime_minutes",
        "expires_at",
    }
)
# … and these in the URL, which servers and proxies write into their logs.
_NUMBER: Final = frozenset({"number", "number_digits"})
_CONTENT: Final = frozenset({"text", "code"})
_INDIA: Final = frozenset({"india_entity_id", "india_template_id"})
MESSAGE_VALUES: Final = _ABOUT_THE_CALL | _NUMBER | _CONTENT | _INDIA | {"country", "locale"}
_LIFETIMES: Final = frozenset(name for name in _ABOUT_THE_CALL if name.startswith(("lifetime", "expires")))

# How a message can end by a provider's answer.
OUTCOMES: Final = (
    Outcome.SENT,
    Outcome.BLOCKED_BY_PROVIDER,
    Outcome.REJECTED_NUMBER,
    Outcome.OPTED_OUT,
    Outcome.PROVIDER_CONFIG,
    Outcome.PROVIDER_QUOTA,
    Outcome.PROVIDER_THROTTLED,
    Outcome.PROVIDER_DOWN,
    Outcome.AMBIGUOUS,
)

_PLACEHOLDER: Final = re.compile(r"\{(?:(?P<source>secret|setting)\.)?(?P<name>[a-z][a-z0-9_]{0,40})\}", re.ASCII)
_BRACE: Final = re.compile(r"[{}]")
_PATH: Final = re.compile(
    r"(?:\$(?:\.|(?=\[)))?(?P<first>[A-Za-z0-9_-]{1,64}|(?=\[))(?P<rest>(?:\[(?:[0-9]{1,2}|\*)\]|\.[A-Za-z0-9_-]{1,64}){0,16})",
    re.ASCII,
)
_STATUS: Final = re.compile(r"[1-5](?:xx|[0-9]{2})", re.ASCII)
_HOST_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
# Of the connection or of the body: the transport and the serialiser write them, and the transport does not decode.
_RESERVED_HEADERS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)
# Names under which a credential travels; senders.tf of the module has the same.
_CREDENTIAL_HEADER: Final = re.compile(
    r"auth|token|secret|password|passwd|passphrase|(?:^|-)(?:pass|pwd|pin)(?:-|$)|credential|cookie|session|signature|key(?:-|$)",
    re.IGNORECASE,
)
_IDEMPOTENCY: Final = re.compile(r"(?:^|-)idempotency-?key$", re.IGNORECASE)  # which is a key, and no credential
_CREDENTIAL_FIELD: Final = re.compile(
    r"(?:access|account|api|app|auth|client|consumer|license|master|partner|private|secret|service|session|signing|subscription|user)?"
    r"[_-]?(?:key|token|secret|pass|password|passwd|passphrase|passcode|pwd)|pin|credentials?|authorization|bearer",
    re.IGNORECASE,
)
# How a value starts that is sent as a credential, whatever the header's name.
_CREDENTIAL_VALUE: Final = re.compile(r"(?:basic|bearer|digest|hmac|token|access-?key|api-?key|app)\s", re.IGNORECASE)
# What stands in front of a credential: the name of a scheme, and perhaps a parameter's name.
_SCHEME: Final = re.compile(r"(?:[A-Za-z][A-Za-z-]{0,19} )?(?:[A-Za-z_]{1,20}=)?", re.ASCII)

_DEEPEST: Final = 16  # objects and lists in each other
_LONGEST_LIFE_SECONDS: Final = 604_800
_MOST_RULES: Final = 60
_MOST_VALUES: Final = 100


@dataclass(frozen=True, slots=True)
class Value:
    """A placeholder: a value of the message, or a field of the secret."""

    name: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Each:
    """``[*]`` of a path: every element of a list."""


class _Absent:
    """What stands in a body for a setting that is not set: it goes, with the member that holds it."""


_ABSENT: Final = _Absent()

Step = str | int | Each
Path = tuple[Step, ...]
Leaf = str | int | float | bool | None | Value
Node = Leaf | tuple["Node", ...] | dict[str, "Node"]


@dataclass(frozen=True, slots=True)
class Header:
    """A header's value: text, then perhaps a placeholder."""

    name: str
    text: str
    value: Value | None


@dataclass(frozen=True, slots=True)
class Rule:
    """Which answers end how. ``status``: each "200" or "4xx", none is any. ``fields``: all of them must fit.

    ``credentials_refused`` None leaves it to the status: 401 and 403 with PROVIDER_CONFIG refuse the credentials.
    """

    outcome: Outcome
    status: tuple[str, ...]
    fields: tuple[tuple[Path, tuple[str, ...]], ...]
    credentials_refused: bool | None


@dataclass(frozen=True, slots=True)
class Description:
    """A checked description. ``url`` is its text in pieces, placeholders between; ``form`` is false for JSON."""

    method: str
    url: tuple[str | Value, ...]
    headers: tuple[Header, ...]
    basic_auth: tuple[Value, Value] | None
    form: bool
    body: dict[str, Node]
    shortest_life_seconds: int
    longest_life_seconds: int
    message_id: Path | None
    rules: tuple[Rule, ...]

    @property
    def codes_only(self) -> bool:
        """Whether the provider is given the code and not the text."""
        return "text" not in {value.name for value in _values(self.body) if not value.secret}


def read(
    attributes: Attributes,
    parts: Mapping[str, Any],
    settings: Mapping[str, str | int | None] | None,
    *,
    allow_private_address: bool = False,
) -> Description:
    """The description in these parts.

    ``settings`` are what ``{setting.…}`` stands for, None where one is not set; they are None as a whole for a
    description of the user's own, who writes values where they belong. Raises ``SettingsError`` that names the part and
    says what to do.
    """
    reader = _Reader(attributes, settings)
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        attributes.refuse(unknown[0], f"is no part of a description: use {', '.join(PARTS)}")
    as_form = reader.choice("format", parts.get("format"), ("json", "form")) == "form"
    body = reader.body(parts.get("body"), as_form=as_form)
    shortest, longest = reader.lifetime(parts.get("lifetime"))
    description = Description(
        method=reader.choice("method", parts.get("method"), ("POST", "PUT")),
        url=reader.url(parts.get("url"), allow_private_address=allow_private_address),
        headers=tuple(reader.headers(parts.get("headers"))),
        basic_auth=reader.basic_auth(parts.get("basic_auth")),
        form=as_form,
        body=body,
        shortest_life_seconds=shortest,
        longest_life_seconds=longest,
        message_id=None if parts.get("message_id") is None else reader.path("message_id", parts["message_id"]),
        rules=tuple(reader.rules(parts.get("rules"))),
    )
    reader.whole(description, lifetime_is_set=parts.get("lifetime") is not None)
    return description


class _Reader:
    """Reads the parts; every error leaves through ``refuse``, with the place in front."""

    def __init__(self, attributes: Attributes, settings: Mapping[str, str | int | None] | None) -> None:
        self._attributes = attributes
        self._settings = settings

    def refuse(self, place: str, problem: str) -> NoReturn:
        self._attributes.refuse(place, problem)

    def choice(self, place: str, value: object, options: tuple[str, ...]) -> str:
        if value is None:
            return options[0]
        if not isinstance(value, str) or value not in options:
            self.refuse(place, f"must be one of {', '.join(options)}")
        return value

    def url(self, value: object, *, allow_private_address: bool) -> tuple[str | Value, ...]:
        """The URL in pieces. Its host is known now: nothing but a setting may be part of it."""
        if not isinstance(value, str) or not re.fullmatch(r"https://[!-~]{1,2040}", value, re.ASCII):
            self.refuse("url", 'must be an "https://" address of printable ASCII, up to 2048 characters')
        rest = value.removeprefix("https://")
        end = next((position for position, character in enumerate(rest) if character in "/?#"), len(rest))
        pieces: list[str | Value] = ["https://" + self._host(rest[:end])]
        path, question, query = rest[end:].partition("?")
        for number, part in enumerate(path.split("/")):
            pieces += ["/" if number else "", self._url_part(part)]
        for number, pair in enumerate(query.split("&") if question else ()):
            name, equals, part = pair.partition("=")
            if _BRACE.search(name):
                self.refuse("url", "must not have a placeholder as the name of a query parameter")
            found = self._url_part(part)
            if isinstance(found, str) and found and _CREDENTIAL_FIELD.fullmatch(name):
                self.refuse("url", "must not hold a credential: put it into the secret and write ?name={secret.…}")
            pieces += ["&" if number else "?", name + equals, found]
        shown = "".join("x" if isinstance(piece, Value) else piece for piece in pieces)
        if not is_plain_https(shown):
            self.refuse("url", "must have a host name, and no user name, fragment or backslash")
        if leads_inside(shown, allow_private_address=allow_private_address):
            self.refuse("url", f"has {ADDRESS_REFUSED}")
        return tuple(piece for piece in _joined(pieces) if piece)

    def _host(self, authority: str) -> str:
        def setting(match: re.Match[str]) -> str:
            before, after = authority[: match.start()][-1:], authority[match.end() :][:1]
            if match["source"] != "setting" or before not in ("", ".") or after not in ("", ".", ":"):
                self.refuse("url", "may have in its host only a {setting.…}, as a whole part between dots")
            label = str(self._setting("url", match["name"]) or "")
            if not _HOST_LABEL.fullmatch(label):
                self.refuse(f"settings.{match['name']}", "must be one part of a host name: letters, digits and hyphens")
            return label

        host = _PLACEHOLDER.sub(setting, authority)
        if _BRACE.search(host):
            self.refuse("url", "has a brace in its host that belongs to no placeholder")
        return host

    def _url_part(self, part: str) -> str | Value:
        match = self._placeholder("url", part)
        if match is None:
            return part
        found = self._found("url", match, _NUMBER, "or the number: servers and proxies write URLs into their logs")
        if found is None or isinstance(found, Value):
            if found is None:
                self.refuse(f"settings.{match['name']}", "is missing: the URL needs it")
            return found
        return quoted(str(found)) or self.refuse(
            f"settings.{match['name']}", "must not be empty or dots: it is in the URL"
        )

    def headers(self, value: object) -> Iterator[Header]:
        seen: set[str] = set()
        for name, text in self._object("headers", value or {}).items():
            place = f"headers.{name}"
            if not _HEADER_NAME.fullmatch(name) or name.lower() in _RESERVED_HEADERS:
                self.refuse("headers", "has a name that is no header's, or that is set by the function itself")
            if name.lower() in seen:
                self.refuse(place, "is there twice: the case of a header's name means nothing")
            seen.add(name.lower())
            if not isinstance(text, str) or not re.fullmatch(r"[ -~]{1,512}", text, re.ASCII) or text != text.strip():
                self.refuse(place, "must be printable ASCII without a line break or a space at an end")
            yield from self._header(place, name, text)

    def _header(self, place: str, name: str, text: str) -> Iterator[Header]:
        prefix, brace, _ = text.partition("{")
        match = self._placeholder(place, text[len(prefix) :]) if brace else None
        if "}" in prefix:
            self.refuse(place, "has a brace that belongs to no placeholder")
        by_name = _CREDENTIAL_HEADER.search(name) and not _IDEMPOTENCY.search(name)
        by_value = _CREDENTIAL_VALUE.match(text)
        if match is None:
            if by_name or by_value:
                self.refuse(place, 'must not hold a credential: put it into the secret and write "… {secret.api_key}"')
            yield Header(name, text, None)
            return
        if (by_name or by_value) and not _SCHEME.fullmatch(prefix):
            self.refuse(place, 'must be a scheme at most, then the secret: "Bearer {secret.api_key}"')
        if by_value and match["source"] != "secret":
            self.refuse(place, 'must have a field of the secret behind the scheme: "Bearer {secret.api_key}"')
        found = self._found(place, match, _ABOUT_THE_CALL, "or a value that says nothing about the user")
        if isinstance(found, Value):
            yield Header(name, prefix, found)
        elif found is not None:
            yield Header(name, f"{prefix}{found}", None)

    def basic_auth(self, value: object) -> tuple[Value, Value] | None:
        if value is None:
            return None
        members = self._object("basic_auth", value)
        if set(members) != {"username", "password"}:
            self.refuse("basic_auth", "must have username and password, both as {secret.…}")
        return self._secret("basic_auth.username", members["username"]), self._secret(
            "basic_auth.password", members["password"]
        )

    def _secret(self, place: str, value: object) -> Value:
        match = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
        if match is None or match["source"] != "secret":
            self.refuse(place, 'must be a field of the secret, such as "{secret.auth_token}", never the credential')
        return Value(match["name"], secret=True)

    def body(self, value: object, *, as_form: bool) -> dict[str, Node]:
        form = "a JSON object with the provider's fields (in Terraform: jsonencode({ … }))"
        if not isinstance(value, dict) or not value:
            self.refuse("body", f"is missing: set it to {form}" if value is None else f"must be {form}")
        body = self._node("body", value, 0)
        if not isinstance(body, dict):
            self.refuse("body", "has nothing left when the settings that are not set are taken away")
        if as_form:
            for name, member in body.items():
                if any(isinstance(item, dict | tuple) for item in (member if isinstance(member, tuple) else (member,))):
                    self.refuse(f"body.{name}", "must be a value or a list of values: a form has no objects in it")
        return body

    def _node(self, place: str, value: object, depth: int) -> Node | _Absent:
        """A value of the body. ``_ABSENT`` when a setting that is not set was all that was in it."""
        if isinstance(value, dict | list | tuple) and depth >= _DEEPEST:
            self.refuse("body", f"must not be more than {_DEEPEST} levels deep")
        if isinstance(value, dict):
            members = {name: self._member(place, name, value, depth) for name in value}
            kept = {name: member for name, member in members.items() if not isinstance(member, _Absent)}
            return kept if kept or not value else _ABSENT
        if isinstance(value, list | tuple):
            items = [self._node(f"{place}[{number}]", item, depth + 1) for number, item in enumerate(value)]
            left = tuple(item for item in items if not isinstance(item, _Absent))
            return left if left or not value else _ABSENT
        if isinstance(value, str):
            match = self._placeholder(place, value)
            if match is None:
                return value
            found = self._found(place, match, MESSAGE_VALUES, "or a value of the message")
            return _ABSENT if found is None else found
        if value is not None and not isinstance(value, bool | int | float):
            self.refuse(place, "must be a value that JSON has")
        if isinstance(value, float) and not math.isfinite(value):
            self.refuse(place, "must be a number that JSON has: this one is too large, or none at all")
        return value

    def _member(self, place: str, name: str, members: Mapping[str, Any], depth: int) -> Node | _Absent:
        if _BRACE.search(name):
            self.refuse(place, "has a brace in a field's name: only values can be placeholders")
        node = self._node(f"{place}.{name}", members[name], depth + 1)
        if _CREDENTIAL_FIELD.fullmatch(name) and _holds_a_literal(node) and not _names_a_parameter(name, members):
            self.refuse(f"{place}.{name}", 'must not hold a credential: put it into the secret and write "{secret.…}"')
        return node

    def lifetime(self, value: object) -> tuple[int, int]:
        members = self._object("lifetime", value or {})
        if set(members) - {"min_seconds", "max_seconds"}:
            self.refuse("lifetime", "has min_seconds and max_seconds, and nothing else")
        limits = []
        for name, default in (("min_seconds", 1), ("max_seconds", _LONGEST_LIFE_SECONDS)):
            limit = members.get(name)
            limit = default if limit is None else limit
            if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= _LONGEST_LIFE_SECONDS:
                self.refuse(f"lifetime.{name}", f"must be a whole number of seconds from 1 to {_LONGEST_LIFE_SECONDS}")
            limits.append(limit)
        if limits[0] > limits[1]:
            self.refuse("lifetime.min_seconds", "must not be more than max_seconds")
        return limits[0], limits[1]

    def path(self, place: str, value: object) -> Path:
        match = _PATH.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self.refuse(
                place, 'must be a path into the answer, such as "data.id", "messages[0].status" or "errors[*].code"'
            )
        steps: list[Step] = [match["first"]] if match["first"] else []
        for index, name in re.findall(r"\[([0-9]+|\*)\]|\.([A-Za-z0-9_-]+)", match["rest"]):
            steps.append(name or (Each() if index == "*" else int(index)))
        return tuple(steps)

    def rules(self, value: object) -> Iterator[Rule]:
        form = f"a list of 1 to {_MOST_RULES} rules: what the provider's answers mean"
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= _MOST_RULES:
            self.refuse("rules", f"is missing: set it to {form}" if value is None else f"must be {form}")
        for number, item in enumerate(value):
            yield self._rule(f"rules[{number}]", item)

    def _rule(self, place: str, value: object) -> Rule:
        members = {name: member for name, member in self._object(place, value).items() if member is not None}
        unknown = sorted(set(members) - {"outcome", "status", "fields", "credentials_refused"})
        if unknown:
            self.refuse(f"{place}.{unknown[0]}", "does not exist: use outcome, status, fields, credentials_refused")
        if members.get("outcome") not in OUTCOMES:
            self.refuse(f"{place}.outcome", f"must be one of {', '.join(OUTCOMES)}")
        outcome = Outcome(members["outcome"])
        status = tuple(self._status(f"{place}.status", item) for item in self._list(place, "status", members))
        fields = tuple(
            (self.path(f"{place}.fields", path), self._matches(f"{place}.fields", values))
            for path, values in self._object(f"{place}.fields", members.get("fields", {})).items()
        )
        if not status and not fields:
            self.refuse(place, "fits every answer: say which, with status or fields")
        if outcome is Outcome.SENT and not (status and all(item[0] == "2" or item == "409" for item in status)):
            self.refuse(
                f"{place}.status", "must be there for SENT, and be of the 200s (or 409, for a message sent before)"
            )
        refused = members.get("credentials_refused")
        if refused is not None and not isinstance(refused, bool):
            self.refuse(f"{place}.credentials_refused", "must be true or false")
        return Rule(outcome, status, fields, refused)

    def _status(self, place: str, value: object) -> str:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not _STATUS.fullmatch(text):
            self.refuse(place, 'must be HTTP statuses such as "429", or classes of them such as "4xx"')
        return text

    def _matches(self, place: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= _MOST_VALUES:
            self.refuse(place, f"must have a list of 1 to {_MOST_VALUES} values for each path")
        texts = tuple(as_text(item) for item in value)
        if not all(text is not None and 1 <= len(text) <= 80 for text in texts):
            self.refuse(place, 'must have values of 1 to 80 characters; one may end in "*", and "*" alone is any value')
        return tuple(text for text in texts if text is not None)

    def whole(self, description: Description, *, lifetime_is_set: bool) -> None:
        """What can only be seen when all parts are there."""
        if description.basic_auth and any(header.name.lower() == "authorization" for header in description.headers):
            self.refuse("basic_auth", "makes the Authorization header, and headers has one too: keep one of them")
        in_body = {value.name for value in _values(description.body) if not value.secret}
        in_url = {piece.name for piece in description.url if isinstance(piece, Value) and not piece.secret}
        if not (in_body | in_url) & _NUMBER:
            self.refuse("body", "must say where the number goes: {number} is +49…, {number_digits} is 49…")
        if not in_body & _CONTENT:
            self.refuse("body", "must say where the message goes: {text}, or {code} if the provider writes the text")
        in_headers = {header.value.name for header in description.headers if header.value is not None}
        if lifetime_is_set and not (in_body | in_headers) & _LIFETIMES:
            self.refuse("lifetime", f"has no effect: nothing uses one of {', '.join(sorted(_LIFETIMES))}")
        if not any(rule.outcome is Outcome.SENT for rule in description.rules):
            self.refuse("rules", "must have one with outcome SENT: without it no message would ever count as sent")
        for number, rule in enumerate(description.rules):
            if rule.outcome is Outcome.SENT and _is_never_reached(rule, description.rules[:number]):
                self.refuse(f"rules[{number}]", "can never decide: put it before the rule that takes all its statuses")

    def _placeholder(self, place: str, text: str) -> re.Match[str] | None:
        """The placeholder that the text is, or None if it has none in it."""
        match = _PLACEHOLDER.fullmatch(text)
        if match is None and _BRACE.search(text):
            self.refuse(
                place,
                "must be a text without braces, or one placeholder and nothing else, such as {text} or {secret.key}",
            )
        return match

    def _found(
        self, place: str, match: re.Match[str], allowed: frozenset[str], allowed_form: str
    ) -> Value | str | int | None:
        """What a placeholder stands for: a setting's value, or a ``Value`` that is known when a message is sent."""
        name = match["name"]
        if match["source"] == "setting":
            return self._setting(place, name)
        if match["source"] == "secret":
            return Value(name, secret=True)
        if name not in MESSAGE_VALUES:
            known = ", ".join(f"{{{known}}}" for known in sorted(MESSAGE_VALUES))
            self.refuse(place, f"has an unknown placeholder; there are {known} and {{secret.…}}")
        if name not in allowed:
            self.refuse(place, f"may hold a field of the secret {allowed_form}, not {{{name}}}")
        return Value(name)

    def _setting(self, place: str, name: str) -> str | int | None:
        if self._settings is None:
            self.refuse(place, "uses {setting.…}, which only presets have: write the value itself")
        if name not in self._settings:
            self.refuse(place, "uses a setting that the preset does not declare: add it to the preset's settings")
        return self._settings[name]

    def _object(self, place: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.refuse(place, "must be an object")
        return value

    def _list(self, place: str, name: str, members: Mapping[str, Any]) -> Sequence[Any]:
        value = members.get(name, ())
        if not isinstance(value, list | tuple):
            self.refuse(f"{place}.{name}", "must be a list")
        return value


def as_text(value: object) -> str | None:
    """A plain JSON value as the text that rules are compared with; None for null, an object or a list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value) if isinstance(value, str | int) else None


def quoted(text: str) -> str:
    """A text as one part of a path or as a query's value; empty when it would mean another place (RFC 3986, 5.2.4)."""
    return "" if text in ("", ".", "..") else quote(text, safe="", errors="replace")


def _holds_a_literal(node: Node | _Absent) -> bool:
    """Whether a member is a value of the description's own, or a list with anything in it but placeholders."""
    if isinstance(node, tuple):
        return not all(isinstance(item, Value) for item in node)
    return isinstance(node, str | int | float) and not isinstance(node, bool) and node != ""


def _names_a_parameter(name: str, members: Mapping[str, Any]) -> bool:
    """Whether it is the key of ``{"key": …, "value": …}``: so templates name their parameters."""
    return name.lower() == "key" and isinstance(members[name], str) and "value" in {other.lower() for other in members}


def _is_never_reached(rule: Rule, earlier: Sequence[Rule]) -> bool:
    before = [item for item in earlier if item.outcome is not rule.outcome and not item.fields]
    taken = {status for item in before for status in item.status}
    return all(status in taken or f"{status[0]}xx" in taken for status in rule.status)


def _joined(pieces: Sequence[str | Value]) -> Iterator[str | Value]:
    """The same pieces with neighbouring texts made into one."""
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
        else:
            yield text
            yield piece
            text = ""
    yield text


def _values(node: Node) -> Iterator[Value]:
    """The placeholders of a body."""
    if isinstance(node, Value):
        yield node
    elif isinstance(node, dict):
        for member in node.values():
            yield from _values(member)
    elif isinstance(node, tuple):
        for item in node:
            yield from _values(item)
