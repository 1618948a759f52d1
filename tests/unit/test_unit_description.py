"""The language of the sender ``http``: what it accepts, and how it refuses: with the part, the place and the fix."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.errors import SettingsError
from custom_sender.message import MAIL_HEADERS, Carries, IndiaIds
from custom_sender.network.provider_secrets import CredentialsInvalid
from custom_sender.network.requests import HttpRequest, HttpResponse
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from custom_sender.senders.http import PRESETS, Http, presets
from custom_sender.senders.http_language import MESSAGE_VALUES, OUTCOMES, PARTS
from support.configured import create
from support.refusals import refused
from support.senders import message_for

SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:provider-AbCdEf"
SENT = {"outcome": "SENT", "status": ["200"]}
LEAST: dict[str, Any] = {
    "url": "https://api.example/messages",
    "headers": {"Authorization": "Bearer {secret.api_key}"},
    "body": {"to": "{number}", "text": "{text}"},
    "rules": [SENT],
}
SETTINGS = {
    "infobip": {"subdomain": "abc123", "sender": "ACME"},
    "mailgun": {"domain": "mg.acme.example"},
    "messagebird": {"originator": "ACME"},
    "plivo": {"src": "ACME"},
    "postmark": {},
    "resend": {},
    "sendgrid": {},
    "sinch": {"service_plan_id": "plan-1"},
    "telnyx": {"from": "+15550100123"},
}


OF_MAIL = ("mailgun", "postmark", "resend", "sendgrid")
MAIL = {"from": "{from}", "to": "{email}", "subject": "{subject}", "text": "{text}"}


def sender(**changes: Any) -> Http:
    """The least, with changes; ``body`` as jsonencode writes it, unless it is a text already."""
    settings = {"kind": "http", "secret_arn": SECRET_ARN, **copy.deepcopy(LEAST), **changes}
    body = settings["body"]
    settings["body"] = body if body is None or isinstance(body, str) else json.dumps(body)
    made = create("mine", settings)
    assert isinstance(made, Http)
    return made


def preset(name: str, **changes: Any) -> Http:
    given_settings = {"kind": "http", "secret_arn": SECRET_ARN, "preset": name, "settings": SETTINGS[name], **changes}
    made = create("mine", given_settings)
    assert isinstance(made, Http)
    return made


def built(made: Http, **changes: Any) -> HttpRequest:
    message = message_for(made, **changes)
    return made.build(message, {"api_key": Secret("key-1"), "user": Secret("me")}, now=1_767_225_600.0)


def refusal(make: Callable[..., Http], *args: Any, **changes: Any) -> str:
    text = refused(lambda: make(*args, **changes))
    assert text.startswith("senders.mine.http.")
    return text


class TestWhatItAccepts:
    def test_the_least_description_is_a_post_of_json_with_its_secret_in_a_header(self) -> None:
        request = built(sender())
        assert (request.method, request.url) == ("POST", "https://api.example/messages")
        assert dict(request.headers) == {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": "Bearer key-1",
            "User-Agent": "terraform-aws-cognito-custom-sender",
        }
        assert json.loads(request.body) == {"to": "+4915112345678", "text": "Your code is 271828"}

    def test_null_is_the_same_as_absent(self) -> None:
        nothing = {part: None for part in PARTS if part not in LEAST}
        assert sender(preset=None, settings=None, **nothing) == sender()
        rule = {**SENT, "status": [None, "200"], "fields": {"a": None}, "credentials_refused": None}
        assert sender(rules=[None, rule], lifetime=None, headers={**LEAST["headers"], "X-A": None}) == sender()
        refused_by = {"outcome": "OPTED_OUT", "fields": {"a": ["1"]}}
        with_null = {**refused_by, "fields": {"a": [None, "1"]}}
        assert sender(rules=[SENT, with_null]) == sender(rules=[SENT, refused_by])

    def test_every_value_of_a_message_with_its_type(self) -> None:
        about_the_call = {
            "code": "271828",
            "expires_at": "2026-01-01T00:05:00Z",
            "idempotency_key": "5f" * 32,
            "idempotency_uuid": "5f5f5f5f-5f5f-4f5f-9f5f-5f5f5f5f5f5f",
            "lifetime_milliseconds": 300_000,
            "lifetime_minutes": 5,
            "lifetime_seconds": 300,
            "locale": "de-DE",
            "text": "Your code is 271828",
        }
        of_a_text = {
            "country": "DE",
            "india_entity_id": "1201",
            "india_template_id": "1207",
            "number": "+4915112345678",
            "number_digits": "4915112345678",
        }
        of_a_mail = {
            "email": "jane.doe@example.net",
            "from": "Größe Inc. <login@acme.example>",
            "from_email": "login@acme.example",
            "from_name": "Größe Inc.",
            "html": "<p>Your code is</p><p>271828</p>",
            "reply_to": "help@acme.example",
            "subject": "Your sign-up at Acme",
        }
        assert {*about_the_call, *of_a_text, *of_a_mail} == MESSAGE_VALUES
        for values in ({**about_the_call, **of_a_text}, {**about_the_call, **of_a_mail}):
            made = sender(body={name: f"{{{name}}}" for name in values})
            request = built(
                made,
                locale="de-DE",
                india=IndiaIds("1201", "1207"),
                from_name="Größe Inc.",
                reply_to="help@acme.example",
            )
            assert json.loads(request.body) == values

    def test_what_has_no_value_takes_the_emptied_objects_and_lists_around_it_along(self) -> None:
        body = {"to": "{number}", "text": "{text}", "a": {"b": [{"c": "{locale}"}]}, "kept": {"empty": {}, "list": []}}
        sent = json.loads(built(sender(body=body)).body)
        assert sent == {"to": "+4915112345678", "text": "Your code is 271828", "kept": {"empty": {}, "list": []}}

    def test_values_of_every_json_type_stay_what_they_are(self) -> None:
        literal: dict[str, Any] = {
            "n": None,
            "t": True,
            "i": 7,
            "f": 0.5,
            "s": 'ünïcode " \\ $',
            "l": [1, "a"],
            "o": {"x": {}},
        }
        sent = json.loads(built(sender(body={**LEAST["body"], **literal})).body)
        assert {name: sent[name] for name in literal} == literal

    def test_basic_authentication_and_a_header_s_other_case(self) -> None:
        made = sender(
            headers={"accept": "text/plain", "content-type": "application/vnd.api+json"},
            basic_auth={"username": "{secret.user}", "password": "{secret.api_key}"},
        )
        assert dict(built(made).headers) == {
            "accept": "text/plain",
            "content-type": "application/vnd.api+json",
            "Authorization": "Basic bWU6a2V5LTE=",
            "User-Agent": "terraform-aws-cognito-custom-sender",
        }

    def test_a_url_may_have_placeholders_in_its_path_and_its_query(self, subtests: pytest.Subtests) -> None:
        for url, sent in [
            ("https://api.example", "https://api.example"),
            ("https://api.example:8443/a//b/?x=1&y", "https://api.example:8443/a//b/?x=1&y"),
            ("https://api.example/{number}/send", "https://api.example/%2B4915112345678/send"),
            ("https://api.example/?to={number_digits}&u={secret.user}", "https://api.example/?to=4915112345678&u=me"),
        ]:
            with subtests.test(url=url, sent=sent):
                assert built(sender(url=url)).url == sent

    def test_a_private_address_only_when_asked_for(self) -> None:
        assert not built(sender()).allow_private_address
        assert built(sender(allow_private_address=True)).allow_private_address

    def test_a_path_finds_a_value_wherever_it_stands_in_an_answer(self, subtests: pytest.Subtests) -> None:
        answers: list[tuple[str, Any]] = [
            ("id", {"id": "1"}),
            ("$.id", {"id": "1"}),
            ("a.b-c[1].d", {"a": {"b-c": [0, {"d": "1"}]}}),
            ("[0].id", [{"id": "1"}]),
            ("$[0].id", [{"id": "1"}]),
            ("a[*].b", {"a": [{}, {"b": "2"}, {"b": 1}]}),
            ("a[0][*]", {"a": [["0", "1"]]}),
        ]
        for path, answer in answers:
            with subtests.test(path=path, answer=answer):
                rules = [{"outcome": "OPTED_OUT", "fields": {path: ["1"]}}, SENT]
                response = HttpResponse(200, {}, json.dumps(answer).encode())
                assert sender(rules=rules).parse(response).outcome is Outcome.OPTED_OUT
                assert sender(rules=rules).parse(HttpResponse(200, {}, b'{"id":"2"}')).outcome is Outcome.SENT

    def test_values_are_compared_as_text_whatever_their_case(self, subtests: pytest.Subtests) -> None:
        comparisons: list[tuple[object, object, bool]] = [
            ("E4*", "e401", True),
            ("E401", "E401", True),
            ("E401", "E4011", False),
            ("*", "x", True),
            ("*", "", False),
            ("*", None, False),
            ("*", {}, False),
            ("*", False, True),
            ("true", True, True),
            ("1", True, False),
            ("0", 0, True),
            ("0", 0.0, True),
            ("1.5", 1.5, True),
            (401, "401", True),
            (True, True, True),
            ("a*b", "aab", False),
        ]
        for value, answer, fits in comparisons:
            with subtests.test(value=value, answer=answer, fits=fits):
                rules = [{"outcome": "OPTED_OUT", "fields": {"code": [value]}}, SENT]
                found = sender(rules=rules).parse(HttpResponse(400, {}, json.dumps({"code": answer}).encode()))
                assert (found.outcome is Outcome.OPTED_OUT) == fits

    def test_a_provider_of_codes_says_so(self) -> None:
        assert sender(body={"to": "{number}", "otp": "{code}"}).carries == {Carries.CODE}
        assert sender(body={"to": "{number}", "otp": "{code}", "text": "{text}"}).carries == {Carries.TEXT}

    def test_a_mail_s_values_make_it_one_of_mails(self) -> None:
        assert sender(body=MAIL).carries == {Carries.MAIL}
        assert sender(body={**MAIL, "from": {"email": "{from_email}", "name": "{from_name}"}}).carries == {Carries.MAIL}

    def test_a_name_of_the_sender_is_quoted_only_where_it_must_be(self, subtests: pytest.Subtests) -> None:
        for name, written in [
            ("", "login@acme.example"),
            ("Größe Inc.", "Größe Inc. <login@acme.example>"),
            ("Acme, Inc.", '"Acme, Inc." <login@acme.example>'),
            ('The "Acme"', '"The \\"Acme\\"" <login@acme.example>'),
        ]:
            with subtests.test(name):
                assert json.loads(built(sender(body=MAIL), from_name=name).body)["from"] == written

    def test_an_id_may_come_in_a_header_of_an_answer_without_a_body(self) -> None:
        made = sender(message_id="header:x-message-id", rules=[{"outcome": "SENT", "status": ["202"]}])
        found = made.parse(HttpResponse(202, {"x-message-id": "QnYlWGrTWSkKHJzVmWwFxA"}, b""))
        assert (found.outcome, found.message_id) == (Outcome.SENT, "QnYlWGrTWSkKHJzVmWwFxA")
        assert made.parse(HttpResponse(202, {}, b"")).outcome is Outcome.AMBIGUOUS, "somebody else may have answered"
        without = sender(rules=[{"outcome": "SENT", "status": ["202"]}])
        assert without.parse(HttpResponse(202, {}, b"")).outcome is Outcome.SENT

    def test_what_only_looks_wrong_is_accepted(self, subtests: pytest.Subtests) -> None:
        descriptions: list[dict[str, Any]] = [
            {"headers": {"Idempotency-Key": "login-{idempotency_key}"}},
            {"headers": {"X-Idempotency-Key": "7"}},
            {"headers": {"X-Request-Key": "{idempotency_uuid}"}},
            {"headers": {"X-Channel": "Bearer {secret.api_key}"}},
            {"headers": {"Authorization": "Token token={secret.api_key}"}},
            {"url": "https://api.example/?key={secret.api_key}&token="},
            {"url": "https://93.184.215.14/"},
            {"url": "https://10.0.0.7/", "allow_private_address": True},
            {"url": "https://1.example.2.example/"},
            {"body": {**LEAST["body"], "parameters": [{"key": "otp", "type": "text", "value": "{code}"}]}},
            {"body": {**LEAST["body"], "token": ["{secret.api_key}", "{secret.user}"], "key": "", "pass": None}},
            {"body": {**LEAST["body"], "tokens": 1, "keyword": "login", "template_key": "a", "secret": True}},
            {"rules": [{"outcome": "PROVIDER_DOWN", "status": ["201"]}, {"outcome": "SENT", "status": ["2xx"]}]},
            {"rules": [{"outcome": "OPTED_OUT", "status": ["2xx"], "fields": {"error": ["stop"]}}, SENT]},
        ]
        for changes in descriptions:
            with subtests.test(changes=changes):
                assert built(sender(**changes))

    def test_a_temporary_password_is_no_code(self) -> None:
        made = sender(body={**LEAST["body"], "otp": "{code}"})
        sent = json.loads(built(made, code=Secret("Temp-Pass1!"), is_password=True).body)
        assert sent == {"to": "+4915112345678", "text": "Your code is 271828"}


class TestWhatItRefuses:
    def test_what_is_wrong_is_named_with_its_place_and_the_fix(self, subtests: pytest.Subtests) -> None:
        refusals: list[tuple[dict[str, Any], str, str]] = [
            ({"url": None}, "url", f"a URL, or a preset: {', '.join(presets())}. Got: neither."),
            ({"url": "http://api.example/"}, "url", "https; a part of its path or a query's value may be"),
            ({"url": 7}, "url", "https; a part of its path or a query's value may be"),
            ({"url": "https://user:password@api.example/"}, "url", "without a user name, a fragment or a backslash"),
            ({"url": "https:///path"}, "url", "an https:// address with a host name"),
            ({"url": "https://api.example/#x"}, "url", "without a user name, a fragment or a backslash"),
            ({"url": "https://api.example\\@evil.example/"}, "url", "without a user name, a fragment or a backslash"),
            ({"url": "https://api.example:port/"}, "url", "an https:// address with a host name"),
            ({"url": "https://{number}.example/"}, "url", "a host without placeholders; of a preset a setting"),
            ({"url": "https://{secret.host}/"}, "url", "a host without placeholders; of a preset a setting"),
            (
                {"url": "https://api.example{/"},
                "url",
                "a host without placeholders; of a preset a setting, as a whole part between dots. Got: a brace.",
            ),
            (
                {"url": "https://api.example/x{number}"},
                "url",
                "a text without braces, or one placeholder and nothing else",
            ),
            (
                {"url": "https://api.example/{text}"},
                "url",
                "write URLs into their logs): {number}, {number_digits}. Got: {text}.",
            ),
            (
                {"url": "https://api.example/?c={code}"},
                "url",
                "write URLs into their logs): {number}, {number_digits}. Got: {code}.",
            ),
            (
                {"url": "https://api.example/{country}"},
                "url",
                "write URLs into their logs): {number}, {number_digits}. Got: {country}.",
            ),
            ({"url": "https://api.example/?{number}=1"}, "url", "placeholders only as values of the query"),
            ({"url": "https://127.0.0.1/"}, "url", "a host that may be connected to"),
            ({"url": "https://10.0.0.7/"}, "url", "private ones only with allow_private_address = true"),
            (
                {"url": "https://169.254.169.254/latest", "allow_private_address": True},
                "url",
                "metadata and reserved addresses never",
            ),
            ({"url": "https://2130706433/"}, "url", "no number in another form than 10.0.0.7"),
            ({"url": "https://0x7F.1/"}, "url", "no number in another form than 10.0.0.7"),
            ({"url": "https://93.184.0215.14/"}, "url", "no number in another form than 10.0.0.7"),
            ({"url": "https://93.184.215.14./"}, "url", "no number in another form than 10.0.0.7"),
            ({"url": "https://[::1]/"}, "url", "no number in another form than 10.0.0.7"),
            ({"url": "https://[::ffff:10.0.0.7]/"}, "url", "no number in another form than 10.0.0.7"),
            (
                {"url": "https://api.example/{setting.a}"},
                "url",
                "{setting.…} only in presets. Got: one. Fix: write the value itself",
            ),
            ({"method": "GET"}, "method", '"POST" (if it is not set) or "PUT". Got: '),
            ({"method": "post"}, "method", '"POST" (if it is not set) or "PUT". Got: '),
            ({"format": "xml"}, "format", '"json" (if it is not set) or "form". Got: '),
            ({"headers": ["x"]}, "headers", "an object. Got: a list of 1"),
            ({"headers": {"Host": "x"}}, "headers", "headers that the function does not set itself. Got: Host."),
            (
                {"headers": {"Content-Length": "1"}},
                "headers",
                "headers that the function does not set itself. Got: Content-Length.",
            ),
            (
                {"headers": {"Accept-Encoding": "gzip"}},
                "headers",
                "headers that the function does not set itself. Got: Accept-Encoding.",
            ),
            (
                {"headers": {"X Y": "x"}},
                "headers",
                "each name is letters, digits and hyphens. Got: a name of 3 characters.",
            ),
            ({"headers": {"X-A": "x", "x-a": "y"}}, "headers", "each header once, whatever its case. Got: x-a."),
            ({"headers": {"X-A": "x\r\nX-B: y"}}, "headers.X-A", "printable ASCII without a blank at an end"),
            ({"headers": {"X-A": "é"}}, "headers.X-A", "printable ASCII without a blank at an end"),
            ({"headers": {"X-A": ""}}, "headers.X-A", "printable ASCII without a blank at an end"),
            ({"headers": {"X-A": 7}}, "headers.X-A", "printable ASCII without a blank at an end"),
            (
                {"headers": {"X-A": "{text}"}},
                "headers.X-A",
                "says nothing about the user: {expires_at}, {idempotency_key}",
            ),
            ({"headers": {"X-A": "{number}"}}, "headers.X-A", "{lifetime_seconds}. Got: {number}. "),
            ({"headers": {"X-A": "{secret.a} b"}}, "headers.X-A", "one placeholder and nothing else"),
            ({"headers": {"X-A": "}{secret.a}"}}, "headers.X-A", "a text that ends in a placeholder, or has no braces"),
            ({"basic_auth": {"username": "{secret.a}"}}, "basic_auth.password", "a text. Got: nothing. Fix: set it."),
            (
                {"basic_auth": {"username": "{secret.a}", "password": "hunter2"}},
                "basic_auth.password",
                'a field of the secret: "{secret.auth_token}"',
            ),
            (
                {"basic_auth": {"username": "{number}", "password": "{secret.a}"}},
                "basic_auth.username",
                'a field of the secret: "{secret.auth_token}"',
            ),
            (
                {
                    "basic_auth": {"username": "{secret.a}", "password": "{secret.b}"},
                    "headers": {"authorization": "Bearer {secret.a}"},
                },
                "basic_auth",
                "the only Authorization header. Got: one in headers too.",
            ),
            (
                {"body": None},
                "body",
                "jsonencode({ … })). Got: nothing. Fix: set it.",
            ),
            (
                {"body": '{"text":"{text}"'},
                "body",
                "jsonencode({ … })). Got: a text of 16 characters.",
            ),
            (
                {"body": "{text}"},
                "body",
                "jsonencode({ … })). Got: a text of 6 characters.",
            ),
            ({"body": "null"}, "body", "Got: a text of 4 characters."),
            ({"body": ""}, "body", "Got: a text of 0 characters."),
            ({"body": "[" * 100_000}, "body", "Got: a text of 100000 characters."),
            (
                {"body": []},
                "body",
                "jsonencode({ … })). Got: a list of 0.",
            ),
            (
                {"body": {}},
                "body",
                "jsonencode({ … })). Got: an empty object.",
            ),
            (
                {"body": {"to": "{number}"}},
                "body",
                "a place for the message: {text}, or {code} if the provider writes the text",
            ),
            ({"body": {"text": "{text}"}}, "body", "a place for the number: {number} is"),
            (
                {"body": {**MAIL, "sms": "{number}"}},
                "body",
                "a text message or a mail. Got: values of a mail, and {number}",
            ),
            (
                {"body": {**MAIL, "c": "{country}"}},
                "body",
                "a text message or a mail. Got: values of a mail, and {country}",
            ),
            ({"body": MAIL, "url": "https://api.example/{number}"}, "body", "a text message or a mail."),
            ({"body": {**MAIL, "to": "x"}}, "body", "of a mail a place for {email}. Got: none."),
            ({"body": {**MAIL, "subject": "x"}}, "body", "of a mail a place for {subject}. Got: none."),
            ({"body": {**MAIL, "text": "{code}"}}, "body", "of a mail a place for {html} or {text}. Got: none."),
            ({"body": {**MAIL, "from": "x"}}, "body", "of a mail a place for {from} or {from_email}. Got: none."),
            ({"url": "https://api.example/{email}", "body": MAIL}, "url", "{number}, {number_digits}. Got: {email}."),
            ({"headers": {"X-A": "{subject}"}, "body": MAIL}, "headers.X-A", "Got: {subject}. "),
            (
                {"basic_auth": {"username": "api", "password": "{secret.a}"}},
                "basic_auth.username",
                "a field of the secret",
            ),
            ({"message_id": "header:X Y"}, "message_id", "a path into the answer"),
            ({"body": {"a": [{"b": "{Text}"}]}}, "body.a[0].b", "one placeholder and nothing else"),
            ({"body": {"a": "code: {code}"}}, "body.a", "one placeholder and nothing else"),
            ({"body": {"a": "{"}}, "body.a", "a text without braces"),
            ({"body": {"a": "{phone}"}}, "body.a", "a value of the message: {code}, {country}"),
            ({"body": {"{text}": 1}}, "body", "placeholders only as values. Got: one as a field's name."),
            ({"body": {"n": float("inf")}}, "body.n", "a number that JSON has"),
            ({"body": {"n": [float("nan")]}}, "body.n[0]", "a number that JSON has"),
            ({"body": {**LEAST["body"], "a": {"b": 1}}, "format": "form"}, "body.a", "because a form has no objects"),
            ({"body": {**LEAST["body"], "a": [[1]]}, "format": "form"}, "body.a", "because a form has no objects"),
            ({"lifetime": {"min": 5}}, "lifetime", "an object with max_seconds, min_seconds. Got: min."),
            ({"lifetime": {"min_seconds": 0}}, "lifetime.min_seconds", "a whole number from 1 to 604800"),
            ({"lifetime": {"max_seconds": "60"}}, "lifetime.max_seconds", "a whole number from 1 to 604800"),
            ({"lifetime": {"min_seconds": True}}, "lifetime.min_seconds", "a whole number from 1 to 604800"),
            ({"lifetime": {"min_seconds": 9, "max_seconds": 5}}, "lifetime.min_seconds", "not more than max_seconds"),
            (
                {"lifetime": {"min_seconds": 9}},
                "lifetime",
                "one of {expires_at}, {lifetime_milliseconds}, {lifetime_minutes}, {lifetime_seconds} in the body",
            ),
            ({"message_id": "a..b"}, "message_id", "a path into the answer"),
            ({"message_id": "a[x]"}, "message_id", "a path into the answer"),
            ({"message_id": ""}, "message_id", "a path into the answer"),
            ({"message_id": "$"}, "message_id", "a path into the answer"),
            ({"message_id": 7}, "message_id", "a text. Got: a number."),
            ({"rules": None}, "rules", "a list of 1 to 60 rules: what the provider's answers mean. Got: nothing."),
            ({"rules": []}, "rules", "a list of 1 to 60 rules"),
            ({"rules": [SENT] * 61}, "rules", "a list of 1 to 60 rules"),
            ({"rules": ["SENT"]}, "rules[0]", "an object"),
            # Terraform hands on what is null in a list.
            ({"rules": [None, SENT, "SENT"]}, "rules[2]", "an object"),
            (
                {"rules": [{"outcome": "PROVIDER_DOWN", "status": ["2xx"]}, None, SENT]},
                "rules[2]",
                "a rule that can decide",
            ),
            (
                {"rules": [SENT, {"outcome": "LOST", "status": ["1xx"]}]},
                "rules[1].outcome",
                'one of "SENT", "BLOCKED_BY_PROVIDER", ',
            ),
            (
                {"rules": [{**SENT, "color": 1}]},
                "rules[0]",
                "an object with credentials_refused, fields, outcome, status. Got: color.",
            ),
            (
                {"rules": [SENT, {"outcome": "OPTED_OUT"}]},
                "rules[1]",
                "status, or fields; of SENT status. Got: a rule that would fit every answer.",
            ),
            ({"rules": [{"outcome": "SENT", "fields": {"a": ["1"]}}]}, "rules[0]", "status, or fields; of SENT status"),
            (
                {"rules": [{**SENT, "status": ["200", "500"]}]},
                "rules[0].status",
                "a status of the 200s (or 409, of a message sent before)",
            ),
            ({"rules": [{**SENT, "status": "200"}]}, "rules[0].status", "a list, each item a status of the 200s"),
            ({"rules": [{**SENT, "status": ["2x"]}]}, "rules[0].status", "a status of the 200s"),
            ({"rules": [{**SENT, "status": [True]}]}, "rules[0].status", "a status of the 200s"),
            ({"rules": [{**SENT, "status": ["600"]}]}, "rules[0].status", "a status of the 200s"),
            ({"rules": [{**SENT, "fields": {"a b": ["1"]}}]}, "rules[0].fields", "a path into the answer"),
            ({"rules": [{**SENT, "fields": {"a": "1"}}]}, "rules[0].fields", "a list of 1 to 100 values"),
            ({"rules": [{**SENT, "fields": {"a": []}}]}, "rules[0].fields", "a list of 1 to 100 values"),
            ({"rules": [{**SENT, "fields": {"a": [""]}}]}, "rules[0].fields", "values of 1 to 80 characters"),
            ({"rules": [{**SENT, "fields": {"a": [None]}}]}, "rules[0].fields", "values of 1 to 80 characters"),
            ({"rules": [{**SENT, "fields": {"a": ["x" * 81]}}]}, "rules[0].fields", "values of 1 to 80 characters"),
            ({"rules": [{**SENT, "credentials_refused": 1}]}, "rules[0].credentials_refused", "true or false"),
            ({"rules": [{"outcome": "OPTED_OUT", "status": ["400"]}]}, "rules", "one with outcome SENT"),
            (
                {"rules": [{"outcome": "PROVIDER_DOWN", "status": ["2xx"]}, SENT]},
                "rules[1]",
                "a rule that can decide. Got: one whose statuses another takes first. Fix: put it before",
            ),
            ({"settings": {"a": "b"}}, "settings", "settings only with a preset. Got: no preset. Fix: name a preset"),
        ]
        for changes, place, says in refusals:
            with subtests.test(changes=changes, place=place, says=says):
                text = refusal(sender, **changes)
                assert text.startswith(f"senders.mine.http.{place}: ")
                assert says in text
                assert "hunter2" not in text, "it could be a credential that was put into the wrong place"

    def test_a_body_is_at_most_sixteen_levels_deep(self) -> None:
        deep: object = "{text}"
        for _ in range(15):
            deep = {"a": deep}
        assert sender(body={"to": "{number}", "text": deep})
        assert "http.body: at most 16 levels. Got: more." in refusal(
            sender, body={"to": "{number}", "text": {"a": deep}}
        )

    def test_a_body_that_never_ends_is_refused(self) -> None:
        deep: object = "{text}"
        for _ in range(200):
            deep = [deep]
        assert "http.body: at most 16 levels. Got: more." in refusal(sender, body={"a": deep})

    def test_a_preset_and_a_description_of_one_s_own_do_not_mix(self, subtests: pytest.Subtests) -> None:
        for part in [part for part in PARTS if part in LEAST]:
            with subtests.test(part=part):
                text = refusal(preset, "telnyx", **{part: LEAST[part]})
                assert text.startswith(
                    f"senders.mine.http.{part}: only in a description of your own. Got: a preset too. Fix: remove it"
                )

    def test_an_unknown_preset_is_refused_with_the_known_ones(self, subtests: pytest.Subtests) -> None:
        for name in ["Telnyx", "../telnyx", "", 7, ["telnyx"]]:
            with subtests.test(name=name):
                text = refusal(sender, **dict.fromkeys(LEAST), preset=name)
                assert text.startswith(f"senders.mine.http.preset: one of {', '.join(presets())}. Got: ")

    def test_a_preset_s_settings_are_checked_like_everything_else(self, subtests: pytest.Subtests) -> None:
        for name, settings, says in [
            ("telnyx", {}, "settings: at least one of from, messaging_profile_id. Got: none."),
            ("telnyx", None, "settings: at least one of from, messaging_profile_id. Got: none."),
            ("telnyx", {"from": "+0"}, "settings.from: a number in E.164"),
            ("telnyx", {"from": 15550100123}, "settings.from: a number in E.164"),
            ("telnyx", {"color": "red"}, "settings: an object with from, messaging_profile_id. Got: color."),
            ("telnyx", "from", "settings: an object. Got: "),
            ("plivo", {}, "settings: exactly one of src, powerpack_uuid. Got: none."),
            (
                "plivo",
                {"src": "ACME", "powerpack_uuid": "86bbb125-97bb-4d72-89fd-81d5c515b015"},
                "settings: exactly one of src, powerpack_uuid. Got: src, powerpack_uuid.",
            ),
            ("sinch", {}, "settings.service_plan_id: the id of the service plan: "),
            ("sinch", {"service_plan": "a"}, "settings: an object with from, max_number_of_message_parts, region, "),
            ("sinch", {"service_plan_id": "a/b"}, "settings.service_plan_id: the id of the service plan: "),
            ("sinch", {"service_plan_id": "a", "region": "evil.example/"}, "settings.region: the region"),
            ("sinch", {"service_plan_id": "a", "max_number_of_message_parts": "0"}, "1 to 10"),
            ("messagebird", {}, "settings.originator: a number with its country code"),
            ("messagebird", {"originator": "twelve chars"}, "settings.originator: a number with its country code"),
            ("infobip", {"sender": "ACME"}, "settings.subdomain: the first part of your base URL"),
            ("infobip", {"sender": "ACME", "subdomain": "a.b"}, "settings.subdomain: the first part of your base URL"),
        ]:
            with subtests.test(name=name, settings=settings, says=says):
                text = refusal(preset, name, settings=settings)
                assert text.startswith("senders.mine.http.settings")
                assert says in text


class TestPresets:
    CONTENT: ClassVar[dict[str, Any]] = {
        name: json.loads((PRESETS / f"{name}.json").read_text("utf-8")) for name in presets()
    }

    def test_every_preset_has_its_settings_in_these_tests(self) -> None:
        assert presets() == sorted(SETTINGS)

    def test_each_is_a_description_that_sends_the_text(self, subtests: pytest.Subtests) -> None:
        for name in presets():
            with subtests.test(name=name):
                made = preset(name)
                assert made.carries == {Carries.MAIL if name in OF_MAIL else Carries.TEXT}
                assert made.description.message_id is not None

    def test_a_part_of_the_host_that_is_not_set_is_left_out(self, subtests: pytest.Subtests) -> None:
        for name, host in (
            ("sendgrid", "sendgrid.com/v3/mail/send"),
            ("mailgun", "mailgun.net/v3/mg.acme.example/messages"),
        ):
            with subtests.test(name):
                assert built(preset(name)).url == f"https://api.{host}"
                settings = {**SETTINGS[name], "region": "eu"}
                assert built(preset(name, settings=settings)).url == f"https://api.eu.{host}"

    def test_those_of_mail_say_that_a_machine_writes(self, subtests: pytest.Subtests) -> None:
        for name in OF_MAIL:
            with subtests.test(name):
                said = json.dumps(self.CONTENT[name]["body"])
                for header, value in MAIL_HEADERS.items():
                    assert re.search(f'"(?:Name": "|h:)?{header}"[:,] (?:"Value": )?"{value}"', said)

    def test_each_names_its_documentation(self, subtests: pytest.Subtests) -> None:
        for name, content in self.CONTENT.items():
            with subtests.test(name):
                assert content["title"]
                assert content["documentation"]
                assert all(link.startswith("https://") for link in content["documentation"])

    def test_each_has_nothing_that_nobody_reads(self, subtests: pytest.Subtests) -> None:
        for name, content in self.CONTENT.items():
            with subtests.test(name):
                known = {"title", "documentation", "settings", "secret", "exactly_one_of", "at_least_one_of", *PARTS}
                assert set(content) <= known
                for declared in content["settings"].values():
                    assert set(declared) <= {"form", "pattern", "required", "default", "number"}
                    assert {"form", "pattern"} <= set(declared)
                groups = [
                    name
                    for key in ("exactly_one_of", "at_least_one_of")
                    for group in content.get(key, ())
                    for name in group
                ]
                assert set(groups) <= set(content["settings"])

    def test_each_uses_all_its_settings_and_names_all_that_its_secret_must_have(
        self, subtests: pytest.Subtests
    ) -> None:
        for name, content in self.CONTENT.items():
            with subtests.test(name):
                used = set(re.findall(r"\{((?:secret|setting)\.[a-z_]+)\}", json.dumps(content)))
                assert used == {f"secret.{name}" for name in content["secret"]} | {
                    f"setting.{name}" for name in content["settings"]
                }

    def test_patterns_are_of_the_kind_that_terraform_reads_too(self, subtests: pytest.Subtests) -> None:
        """RE2 has no look-around and no back-references."""
        for name, content in self.CONTENT.items():
            with subtests.test(name):
                for declared in content["settings"].values():
                    assert not re.search(r"\(\?(?!:)|\\[1-9]", declared["pattern"])
                    re.compile(declared["pattern"])
                    assert re.fullmatch(declared["pattern"], declared.get("default", "")) or "default" not in declared

    def test_the_life_goes_to_every_provider_that_takes_it(self, subtests: pytest.Subtests) -> None:
        for name, content in self.CONTENT.items():
            with subtests.test(name):
                taken = re.search(r"\{(lifetime_seconds|expires_at)\}", json.dumps(content))
                assert bool(taken) == ("lifetime" in content)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["{text}", "{number}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(parts=st.dictionaries(st.sampled_from(PARTS), JSON, max_size=4))
def test_whatever_stands_in_a_description_is_accepted_or_refused_by_our_own_error(parts: dict[str, Any]) -> None:
    try:
        made = sender(**parts)
    except SettingsError:
        return
    try:
        request = built(made)
    except CredentialsInvalid:
        return
    assert request.url.startswith("https://")


@given(text=st.text(max_size=200), code=st.text(min_size=1, max_size=20))
@pytest.mark.parametrize("form", ["json", "form"])
def test_no_text_changes_anything_but_its_own_field(form: str, text: str, code: str) -> None:
    made = sender(body={"to": "{number}", "text": "{text}", "code": "{code}", "fixed": "x"}, format=form)
    body = built(made, text=Secret(text), code=Secret(code)).body
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True)) if form == "form" else json.loads(body)
    assert set(fields) == {"to", "text", "code", "fixed"}
    assert (fields["to"], fields["fixed"]) == ("+4915112345678", "x")
    if form == "json":
        assert (fields["text"], fields["code"]) == (text, code)


def test_every_outcome_of_a_provider_can_be_said(subtests: pytest.Subtests) -> None:
    for outcome in OUTCOMES:
        with subtests.test(outcome=outcome):
            status = "201" if outcome is Outcome.SENT else "418"
            made = sender(rules=[{"outcome": str(outcome), "status": [status]}, SENT])
            assert made.parse(HttpResponse(int(status), {}, b"")).outcome is outcome
