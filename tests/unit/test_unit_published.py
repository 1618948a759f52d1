"""What Cognito has really sent to others: our fixtures have its form, and here it ends as documented."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from support import published
from support.cognito import make_event
from support.configured import email
from support.function import Function
from support.kms import Kms
from support.senders import MailSender

NOT_OURS = "request.code is encrypted with a KMS key that is neither kms_key nor one of kms_key.also_decrypt"


def event_with(code: str) -> dict[str, Any]:
    """An event of the pool that the code was made for."""
    return make_event(code=code, userPoolId=published.header(code).encryption_context["userpool-id"])


def key_of(code: str) -> str:
    (data_key,) = published.header(code).encrypted_data_keys
    return str(data_key.key_provider.key_info, "utf-8")


def test_codes_of_our_tests_have_the_form_of_real_ones(kms: Kms, subtests: pytest.Subtests) -> None:
    ours = published.form(kms.code())
    for source, code in published.CODES.items():
        with subtests.test(source):
            assert published.form(code) == ours
    for source, code in published.CODES_OF_AN_EMULATOR.items():
        with subtests.test(source):
            assert published.form(code) != ours, "the form tells nothing apart"


def test_a_real_code_of_a_key_that_is_not_the_senders_ends_without_a_call(
    function: Function, subtests: pytest.Subtests
) -> None:
    calls = function.kms.decrypt_calls()
    for source, code in published.CODES.items():
        with subtests.test(source):
            assert function(event_with(code)) == {"outcome": "UNDECRYPTABLE", "sender": None}
            line = function.lines[-1]
            assert (line["level"], line["reason"]) == ("ERROR", "KEY_NOT_ALLOWED")
            assert line["detail"].startswith(NOT_OURS)
    assert calls == []


def test_a_real_code_that_kms_may_not_decrypt_is_retried_and_its_key_is_named(
    function: Function, kms: Kms, subtests: pytest.Subtests
) -> None:
    for kms_code in ("AccessDeniedException", "DisabledException", "ThrottlingException"):
        for source, code in published.CODES.items():
            with subtests.test(source, kms_code=kms_code):
                kms.forget()
                kms.answers(kms_code)
                function.kms = replace(kms, key_arn=key_of(code))
                error = function.raises(event_with(code))
                assert key_of(code) in str(error)
                line = function.lines[-1]
                assert (line["outcome"], line["kms_code"]) == ("DECRYPT_UNAVAILABLE", kms_code)
    assert function.transport.requests == []


def test_a_real_code_that_kms_calls_invalid_ends_as_undecryptable(
    function: Function, kms: Kms, subtests: pytest.Subtests
) -> None:
    kms.answers("InvalidCiphertextException")
    for source, code in published.CODES.items():
        with subtests.test(source):
            function.kms = replace(kms, key_arn=key_of(code))
            assert function(event_with(code))["outcome"] == "UNDECRYPTABLE"
            assert (function.lines[-1]["level"], function.lines[-1]["reason"]) == ("ERROR", "ALTERED")
            assert code not in function.log.getvalue()


def test_a_message_without_client_metadata_and_response_is_sent_and_without_its_code_it_is_a_bad_event(
    function: Function, kms: Kms, subtests: pytest.Subtests
) -> None:
    function.channels = {"email": email(senders=("mail",))}
    function.others = {"mail": MailSender()}
    for event in deepcopy(published.EVENTS):
        request = event["request"]
        if request["code"] is None:
            continue
        with subtests.test(event["triggerSource"]):
            request["code"] = None
            assert function(event)["outcome"] == "BAD_EVENT"
            assert function.lines[-1]["detail"] == "request.code is null, and the message of this trigger is its code"
            request["code"] = kms.code(user_pool_id=event["userPoolId"])
            assert function(event)["outcome"] == "SENT"
