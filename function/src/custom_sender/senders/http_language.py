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
| ``message_id`` | path to the id in the answer: ``messages[0].messageId``; of a header: ``header:x-message-id`` |
| ``rules`` | in order: ``status`` and ``fields`` of an answer → ``outcome``; the first that fits decides |

Values are put in by the serializer, never by joining strings, and nothing is evaluated: there are no expressions, no
conditions and no regular expressions in it. If a placeholder has no value (no locale, no such setting), its member is
omitted. So is an object or list of which nothing is left.

Terraform refuses what would put a credential into its state; all other rules are here and nowhere else.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from custom_sender.outcome import Outcome
from custom_sender.reader import Form, Reader, Unknown, got, refuse, shown
from custom_sender.senders.attributes import check_host
from custom_sender.senders.http_description import AnswerHeader, Description, Each, Header, Rule, Value, values_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import NoReturn

    from custom_sender.senders.http_description import Node, Path, Step

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
_OF_A_TEXT: Final = _NUMBER | {"country", "india_entity_id", "india_template_id"}
_FROM: Final = frozenset({"from", "from_email"})
_OF_A_MAIL: Final = _FROM | {"email", "from_name", "reply_to", "subject", "html"}
MESSAGE_VALUES: Final = _ABOUT_THE_CALL | _CONTENT | _OF_A_TEXT | _OF_A_MAIL | {"locale"}
_LIFETIMES: Final = frozenset(name for name in _ABOUT_THE_CALL if name.startswith(("lifetime", "expires")))

# How a message can end by a provider's answer.
OUTCOMES: Final = (
    Outcome.SENT,
    Outcome.BLOCKED_BY_PROVIDER,
    Outcome.REJECTED_NUMBER,
    Outcome.REJECTED_ADDRESS,
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
_ID_IN_HEADER: Final = re.compile(r"header:([a-z0-9-]{1,64})", re.ASCII)
_STATUS: Final = Form('an HTTP status ("429"), or a class of them ("4xx")', r"[1-5](?:xx|[0-9]{2})")
_SENT_STATUS: Final = Form("a status of the 200s (or 409, of a message sent before)", r"2(?:xx|[0-9]{2})|409")
_URL: Final = Form("an https:// address of at most 2048 printable ASCII characters", r"https://[!-~]+", 2048)
_HEADER_NAME: Final = Form("letters, digits and hyphens", r"[A-Za-z0-9-]{1,64}")
_HEADER: Final = Form(
    "printable ASCII without a blank at an end, at most 512 characters", r"[!-~](?:[ -~]*[!-~])?", 512
)
_ANY: Final = Form("a text", r"(?s:.*)")
# In the place of a part of a host that is a setting which is not set, until it is taken away. No URL can have it.
_NO_LABEL: Final = "\n"
_HOST_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
# Of the connection or of the body: the transport and the serializer write them, and the transport does not decode.
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
_DEEPEST: Final = 16  # objects and lists in each other
_LONGEST_LIFE_SECONDS: Final = 604_800
_MOST_RULES: Final = 60
_MOST_VALUES: Final = 100


class _Absent:
    """The mark of a setting that is not set: the member that holds it is omitted."""


_ABSENT: Final = _Absent()


def read(
    content: Reader, settings: Mapping[str, str | int | None] | None, *, allow_private_address: bool
) -> Description:
    """The description in these parts.

    ``settings`` are what ``{setting.…}`` stands for, None where one is not set; they are None as a whole for a
    description of the user's own, who writes values where they belong. Raises ``SettingsError`` that names the part and
    says what to do.
    """
    return _Parts(content, settings, allow_private_address=allow_private_address).read()


class _Parts:
    """Reads the parts, each once."""

    def __init__(
        self, content: Reader, settings: Mapping[str, str | int | None] | None, *, allow_private_address: bool
    ) -> None:
        self._content = content
        self._settings = settings
        self._allow_private_address = allow_private_address

    def refuse(self, place: str, rule: str, found: str, fix: str) -> NoReturn:
        self._content.refuse(place, rule, found, fix)

    def read(self) -> Description:
        as_form = self._content.word("format", ("json", "form"), required=False) == "form"
        message_id = self._content.text("message_id", _ANY)
        shortest, longest = self.lifetime()
        description = Description(
            method=self._content.word("method", ("POST", "PUT"), required=False) or "POST",
            url=self.url(),
            headers=tuple(self.headers()),
            basic_auth=self.basic_auth(),
            form=as_form,
            body=self.body(as_form=as_form),
            shortest_life_seconds=shortest,
            longest_life_seconds=longest,
            message_id=None if message_id is None else self.place_of_id(message_id),
            rules=self.rules(),
        )
        self.whole(description)
        self._content.end()
        return description

    def url(self) -> tuple[str | Value, ...]:
        """The URL in pieces. Its host is known now: nothing but a setting may be part of it."""
        value = self._content.text("url", _URL, required=True)
        if isinstance(value, Unknown):
            return (value,)
        rest = value.removeprefix("https://")
        end = next((position for position, character in enumerate(rest) if character in "/?#"), len(rest))
        pieces: list[str | Value] = ["https://" + self._host(rest[:end])]
        path, question, query = rest[end:].partition("?")
        for number, part in enumerate(path.split("/")):
            pieces += ["/" if number else "", self._url_part(part)]
        for number, pair in enumerate(query.split("&") if question else ()):
            name, equals, part = pair.partition("=")
            if _BRACE.search(name):
                self.refuse("url", "placeholders only as values of the query", "one as a name", "write the name itself")
            pieces += ["&" if number else "?", name + equals, self._url_part(part)]
        complete = "".join("x" if isinstance(piece, Value) else piece for piece in pieces)
        check_host(self._content, "url", complete, allow_private_address=self._allow_private_address)
        return tuple(piece for piece in _joined(pieces) if piece)

    def _host(self, authority: str) -> str:
        rule = "a host without placeholders; of a preset a setting, as a whole part between dots"

        def setting(match: re.Match[str]) -> str:
            before, after = authority[: match.start()][-1:], authority[match.end() :][:1]
            if match["source"] != "setting" or before not in ("", ".") or after not in ("", ".", ":"):
                self.refuse("url", rule, "another placeholder", "write the host's name")
            label = str(self._setting("url", match["name"]) or "")
            if not label and before == after == ".":
                return _NO_LABEL
            if not _HOST_LABEL.fullmatch(label):
                form = "one part of a host name: letters, digits and hyphens"
                self.refuse(f"settings.{match['name']}", form, got(label), "write that part only")
            return label

        host = _PLACEHOLDER.sub(setting, authority).replace(f".{_NO_LABEL}", "")
        if _BRACE.search(host):
            self.refuse("url", rule, "a brace", "write the host's name")
        return host

    def _url_part(self, part: str) -> str | Value:
        match = self._placeholder("url", part)
        if match is None:
            return part
        found = self._found("url", match, _NUMBER, "the number (servers and proxies write URLs into their logs)")
        if isinstance(found, Value):
            return found
        place = f"settings.{match['name']}"
        if found is None:
            self.refuse(place, "a value, which the URL needs", "nothing", "set it")
        text = quoted(str(found))
        if not text:
            self.refuse(place, "more than dots, because it is part of the URL", got(str(found)), "correct it")
        return text

    def headers(self) -> Iterator[Header]:
        content = self._content.within("headers", required=False)
        seen: set[str] = set()
        for name in content.keys_of(_HEADER_NAME):
            if name.lower() in _RESERVED_HEADERS:
                refuse(content.path, "headers that the function does not set itself", shown(name), "remove it")
            if name.lower() in seen:
                refuse(content.path, "each header once, whatever its case", shown(name), "keep one")
            seen.add(name.lower())
            yield from self._header(f"headers.{name}", name, content.text(name, _HEADER, required=True))

    def _header(self, place: str, name: str, text: str) -> Iterator[Header]:
        prefix, brace, _ = text.partition("{")
        match = self._placeholder(place, text[len(prefix) :]) if brace else None
        if "}" in prefix:
            self.refuse(place, "a text that ends in a placeholder, or has no braces", "a brace before it", "remove it")
        if match is None:
            yield Header(name, text, None)
            return
        found = self._found(place, match, _ABOUT_THE_CALL, "a value that says nothing about the user")
        if isinstance(found, Value):
            yield Header(name, prefix, found)
        elif found is not None:
            yield Header(name, f"{prefix}{found}", None)

    def basic_auth(self) -> tuple[str | Value, Value] | None:
        content = self._content.within("basic_auth", required=False)
        if not self._content.has("basic_auth"):
            return None
        user = content.text("username", _ANY, required=True)
        # The name that a provider gives to everybody is no secret; only a preset knows that it is such a one.
        given = self._settings is not None and not _BRACE.search(user)
        pair = user if given else self._secret(content, "username"), self._secret(content, "password")
        content.end()
        return pair

    def _secret(self, content: Reader, name: str) -> Value:
        match = _PLACEHOLDER.fullmatch(content.text(name, _ANY, required=True))
        if match is None or match["source"] != "secret":
            content.refuse(name, 'a field of the secret: "{secret.auth_token}"', "something else", "name the field")
        return Value(match["name"], secret=True)

    def body(self, *, as_form: bool) -> dict[str, Node]:
        rule = "a JSON object with the provider's fields (in Terraform: jsonencode({ … }))"
        value = self._content.take("body", rule, required=True)
        if not isinstance(value, dict) or not value:
            self.refuse("body", rule, got(value), "write one")
        body = self._node("body", value, 0)
        if not isinstance(body, dict):
            self.refuse(
                "body", "something that stays when settings are not set", "nothing", "add the number and the text"
            )
        if as_form:
            for name, member in body.items():
                if any(isinstance(item, dict | tuple) for item in (member if isinstance(member, tuple) else (member,))):
                    rule = "a value or a list of values, because a form has no objects"
                    self.refuse(
                        f"body.{shown(name)}", rule, "an object or a list in it", 'take it apart, or use "json"'
                    )
        return body

    def _node(self, place: str, value: object, depth: int) -> Node | _Absent:
        """A value of the body. ``_ABSENT`` when a setting that is not set was all that was in it."""
        if isinstance(value, dict | list) and depth >= _DEEPEST:
            self.refuse("body", f"at most {_DEEPEST} levels", "more", "make it flatter")
        if isinstance(value, dict):
            members = {name: self._member(place, name, value[name], depth) for name in value}
            kept = {name: member for name, member in members.items() if not isinstance(member, _Absent)}
            return kept if kept or not value else _ABSENT
        if isinstance(value, list):
            items = [self._node(f"{place}[{number}]", item, depth + 1) for number, item in enumerate(value)]
            left = tuple(item for item in items if not isinstance(item, _Absent))
            return left if left or not value else _ABSENT
        if isinstance(value, str):
            match = self._placeholder(place, value)
            if match is None:
                return value
            found = self._found(place, match, MESSAGE_VALUES, "a value of the message")
            return _ABSENT if found is None else found
        if isinstance(value, float) and not math.isfinite(value):
            self.refuse(place, "a number that JSON has", "one that is too large, or none", "write it as a text")
        return value if isinstance(value, bool | int | float) else None

    def _member(self, place: str, name: str, value: object, depth: int) -> Node | _Absent:
        if _BRACE.search(name):
            self.refuse(place, "placeholders only as values", "one as a field's name", "write the provider's name")
        return self._node(f"{place}.{shown(name)}", value, depth + 1)

    def lifetime(self) -> tuple[int, int]:
        content = self._content.within("lifetime", required=False)
        shortest = content.whole("min_seconds", 1, _LONGEST_LIFE_SECONDS) or 1
        longest = content.whole("max_seconds", 1, _LONGEST_LIFE_SECONDS) or _LONGEST_LIFE_SECONDS
        if shortest > longest:
            content.refuse("min_seconds", "not more than max_seconds", "more", "exchange them")
        content.end()
        return shortest, longest

    def place_of_id(self, value: str) -> Path | AnswerHeader:
        match = _ID_IN_HEADER.fullmatch(value)
        return self.path("message_id", value) if match is None else AnswerHeader(match[1])

    def path(self, place: str, value: str) -> Path:
        match = _PATH.fullmatch(value)
        if match is None:
            rule = 'a path into the answer: "data.id", "messages[0].status", "errors[*].code"'
            self.refuse(place, rule, got(value), "write one")
        steps: list[Step] = [match["first"]] if match["first"] else []
        for index, name in re.findall(r"\[([0-9]+|\*)\]|\.([A-Za-z0-9_-]+)", match["rest"]):
            steps.append(name or (Each() if index == "*" else int(index)))
        return tuple(steps)

    def rules(self) -> tuple[Rule, ...]:
        rule = f"a list of 1 to {_MOST_RULES} rules: what the provider's answers mean"
        value = self._content.take("rules", rule, required=True)
        items = list(enumerate(value)) if isinstance(value, list) else []
        given = [(f"rules[{number}]", item) for number, item in items if item is not None]
        if not 1 <= len(given) <= _MOST_RULES:
            self.refuse("rules", rule, got(value), "write them")
        rules: list[Rule] = []
        for place, item in given:
            each = self._rule(Reader(item, self._content.where(place)))
            if each.outcome is Outcome.SENT and _is_never_reached(each, rules):
                fix = "put it before that one"
                self.refuse(place, "a rule that can decide", "one whose statuses another takes first", fix)
            rules.append(each)
        return tuple(rules)

    def _rule(self, content: Reader) -> Rule:
        outcome = Outcome(content.word("outcome", OUTCOMES))
        status = content.texts("status", _SENT_STATUS if outcome is Outcome.SENT else _STATUS)
        patterns = content.within("fields", required=False)
        fields = tuple(
            (self.path(patterns.path.removeprefix(f"{self._content.path}."), path), _matches(patterns, path))
            for path in patterns.names()
        )
        if not status and (not fields or outcome is Outcome.SENT):
            rule = "status, or fields; of SENT status"
            refuse(content.path, rule, "a rule that would fit every answer", 'say which answers: status = ["200"]')
        refused = content.switch("credentials_refused") if content.has("credentials_refused") else None
        content.take("credentials_refused")
        content.end()
        return Rule(outcome, status, fields, refused)

    def whole(self, description: Description) -> None:
        """Check the parts against one another."""
        if description.basic_auth and any(header.name.lower() == "authorization" for header in description.headers):
            self.refuse("basic_auth", "the only Authorization header", "one in headers too", "keep one of them")
        in_body = {value.name for value in values_in(description.body) if not value.secret}
        in_url = {piece.name for piece in description.url if isinstance(piece, Value) and not piece.secret}
        unknown = any(isinstance(piece, Unknown) for piece in description.url)
        if in_body & _OF_A_MAIL:
            self.mail(in_body | in_url)
        elif not (in_body | in_url) & _NUMBER and not unknown:
            rule = "a place for the number: {number} is +49…, {number_digits} is 49…; or for a mail's {email}"
            self.refuse("body", rule, "none, nor in the url", "add it")
        if not in_body & _CONTENT:
            rule = "a place for the message: {text}, or {code} if the provider writes the text"
            self.refuse("body", rule, "none", "add it")
        in_headers = {header.value.name for header in description.headers if header.value is not None}
        if self._content.has("lifetime") and not (in_body | in_headers) & _LIFETIMES:
            rule = f"one of {', '.join(f'{{{name}}}' for name in sorted(_LIFETIMES))} in the body or a header"
            self.refuse("lifetime", rule, "none, so that it has no effect", "add it, or remove lifetime")
        if not any(rule.outcome is Outcome.SENT for rule in description.rules):
            self.refuse("rules", "one with outcome SENT", "none, so that nothing would ever count as sent", "add it")

    def mail(self, used: set[str]) -> None:
        """Refuse a description of mails that lacks a place, or has one of a text message."""
        both = ", ".join(f"{{{name}}}" for name in sorted(used & _OF_A_TEXT))
        if both:
            self.refuse("body", "a text message or a mail", f"values of a mail, and {both}", "remove one of them")
        for names in ({"email"}, {"subject"}, {"text", "html"}, _FROM):
            if not used & names:
                rule = f"of a mail a place for {' or '.join(f'{{{name}}}' for name in sorted(names))}"
                self.refuse("body", rule, "none", "add it")

    def _placeholder(self, place: str, text: str) -> re.Match[str] | None:
        """The placeholder that the text is, or None if it has none in it."""
        match = _PLACEHOLDER.fullmatch(text)
        if match is None and _BRACE.search(text):
            rule = "a text without braces, or one placeholder and nothing else: {text}, {secret.api_key}"
            self.refuse(place, rule, "braces in a text", "take it apart")
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
        if name not in allowed:
            known = ", ".join(f"{{{known}}}" for known in sorted(allowed))
            rule = f"a field of the secret ({{secret.…}}), or {allowed_form}: {known}"
            self.refuse(place, rule, f"{{{shown(name)}}}", "use one of these")
        return Value(name)

    def _setting(self, place: str, name: str) -> str | int | None:
        if self._settings is None:
            self.refuse(place, "{setting.…} only in presets", "one", "write the value itself")
        if name not in self._settings:
            self.refuse(place, "settings that the preset declares", shown(name), "declare it in the preset")
        return self._settings[name]


def _matches(content: Reader, path: str) -> tuple[str, ...]:
    rule = f'a list of 1 to {_MOST_VALUES} values of 1 to 80 characters; one may end in "*", and "*" alone is any value'
    value = content.take(path, rule, required=True)
    texts = [as_text(item) for item in value if item is not None] if isinstance(value, list) else []
    if not 1 <= len(texts) <= _MOST_VALUES or not all(text is not None and 1 <= len(text) <= 80 for text in texts):
        refuse(content.path, rule, got(value), "write one")
    return tuple(text for text in texts if text is not None)


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


def _is_never_reached(rule: Rule, earlier: Sequence[Rule]) -> bool:
    before = [item for item in earlier if item.outcome is not rule.outcome and not item.fields]
    taken = {status for item in before for status in item.status}
    return all(status in taken or f"{status[0]}xx" in taken for status in rule.status)


def _joined(pieces: Sequence[str | Value]) -> Iterator[str | Value]:
    """The same pieces with neighboring texts made into one."""
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
        else:
            yield text
            yield piece
            text = ""
    yield text
