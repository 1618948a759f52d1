"""Nothing twice, nothing lost: the same event several times, a death in the middle, a dead ledger, a late retry.

The retries are Lambda's, after one and two minutes by the function's clock.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from support.stack import PASSWORD, TEST_NUMBERS, Stack, wait_for


@pytest.fixture(autouse=True)
def _no_faults_left_behind(stack: Stack) -> Iterator[None]:
    """No process remembers them either: of those with several senders, the ones that met a fault are dead."""
    yield
    stack.aws.clear_faults()
    stack.aws.settle()


def channels(stack: Stack, number: str) -> list[str]:
    """What the messages on a phone came through, once nothing is under way any more."""
    stack.aws.settle()
    return [message["channel"] for message in stack.aws.inbox(number)]


def outcomes(stack: Stack, module: str = "existing", *, after: int) -> list[str]:
    """How the messages ended that were logged after so many others."""
    return [line["outcome"] for line in stack.log(stack.outputs[module]["function_name"])[after:]]


# -- the same event ---------------------------------------------------------------------------------------------------


def test_the_same_event_three_times_at_once_is_one_message(stack: Stack) -> None:
    stack.code(stack.sign_up("first"))  # the first of the processes is warm
    before = len(stack.log(stack.outputs["existing"]["function_name"]))
    number = "+4915187651001"
    event = stack.event("first", number)
    threads = [threading.Thread(target=stack.invoke, args=(event,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert channels(stack, number) == ["twilio"]
    ended = outcomes(stack, after=before)
    assert sorted(set(ended) - {"IN_PROGRESS"}) == ["DUPLICATE", "SENT"]
    assert (ended.count("SENT"), ended.count("DUPLICATE")) == (1, 2)


def test_an_event_that_lambda_delivers_again_later_is_a_duplicate(stack: Stack) -> None:
    number = "+4915187651002"
    event = stack.event("first", number)
    for _ in range(2):
        stack.invoke(event)
        stack.aws.settle()
    assert channels(stack, number) == ["twilio"]
    known = stack.remembered(event)
    assert known is not None
    assert (known["state"], known["outcome"], known["sender"]) == ("DONE", "SENT", "twilio")


# -- a process that dies ----------------------------------------------------------------------------------------------

AMERICAN = "+12125551{}"
"""The route of the US is "aws", then "webhook"; an AWS call can be the last of a process."""


@pytest.mark.parametrize(
    ("target", "mode", "skip", "sent"),
    [
        pytest.param("sms-voice", "kill-after", 0, ["end_user_messaging", "webhook"], id="before the answer came"),
        pytest.param("dynamodb", "kill", 1, ["end_user_messaging", "webhook"], id="before it was written down"),
        pytest.param("sms-voice", "kill", 0, ["webhook"], id="before it was sent, which nobody can know"),
    ],
)
def test_after_a_death_between_send_and_finish_the_sender_is_not_asked_again(
    stack: Stack, target: str, mode: str, skip: int, sent: list[str]
) -> None:
    number = AMERICAN.format(f"{len(sent)}{skip}1")
    event = stack.event("first", number)
    stack.aws.set_fault(target, mode, times=1, skip=skip)
    request = stack.invoke(event)
    assert channels(stack, number) == sent
    assert [run["error_type"] for run in stack.attempts(request)] == ["Runtime.ExitError", None]
    line = stack.log(stack.outputs["existing"]["function_name"])[-1]
    assert (line["outcome"], line["ledger"], line["unsure"]) == ("SENT", "taken_over", ["aws"])
    assert [attempt["sender"] for attempt in line["attempts"]] == ["webhook"]


def test_with_no_other_sender_a_death_in_the_middle_ends_as_perhaps_sent(stack: Stack) -> None:
    number = "+4915187651003"
    event = stack.event("self_contained", number, module="self_contained")
    before = len(stack.log(stack.outputs["self_contained"]["function_name"]))
    stack.aws.set_fault("sns", "kill-after", times=1)
    request = stack.invoke(event, module="self_contained")
    assert channels(stack, number) == ["sns"]
    assert [run["status"] for run in stack.attempts(request)] == ["error", "success"]
    assert outcomes(stack, "self_contained", after=before) == ["AMBIGUOUS"]
    known = stack.remembered(event, module="self_contained")
    assert known is not None
    assert (known["state"], known["outcome"]) == ("DONE", "AMBIGUOUS")


def test_a_death_after_the_last_word_changes_nothing(stack: Stack) -> None:
    number = "+4915187651004"
    before = len(stack.log(stack.outputs["self_contained"]["function_name"]))
    stack.aws.set_fault("dynamodb", "kill-after", times=1, skip=1)
    stack.invoke(stack.event("self_contained", number, module="self_contained"), module="self_contained")
    assert channels(stack, number) == ["sns"]
    assert outcomes(stack, "self_contained", after=before) == ["DUPLICATE"]


def test_a_death_before_the_claim_loses_nothing(stack: Stack) -> None:
    """A process that ends while KMS is asked has sent nothing, and with one sender only the retry must be free to."""
    number = "+4915187651005"
    event = stack.event("self_contained", number, module="self_contained")
    stack.aws.set_fault("kms", "kill", times=1)
    request = stack.invoke(event, module="self_contained")
    assert channels(stack, number) == ["sns"]
    assert [run["error_type"] for run in stack.attempts(request)] == ["Runtime.ExitError", None]
    known = stack.remembered(event, module="self_contained")
    assert known is not None
    assert (known["outcome"], known["attempts"]) == ("SENT", "1")


# -- providers and rights that come back ------------------------------------------------------------------------------


def test_a_provider_that_is_dead_at_first_delivers_one_message_at_the_retry(stack: Stack) -> None:
    number = "+4915187651006"
    event = stack.event("self_contained", number, module="self_contained")
    before = len(stack.log(stack.outputs["self_contained"]["function_name"]))
    stack.aws.set_fault("sns", "down", times=1)
    stack.invoke(event, module="self_contained")
    assert channels(stack, number) == ["sns"]
    lines = stack.log(stack.outputs["self_contained"]["function_name"])[before:]
    assert [(line["outcome"], line["ledger"]) for line in lines] == [
        ("PROVIDER_DOWN", "claimed"),
        ("SENT", "taken_over"),
    ]
    assert 60 <= lines[1]["age_seconds"] < 100, "the retry knows how old the message is"


def test_a_grant_that_lags_takes_no_claim(stack: Stack) -> None:
    number = "+4915187651007"
    event = stack.event("self_contained", number, module="self_contained")
    stack.aws.set_fault("kms", "unauthorized", times=1)
    stack.invoke(event, module="self_contained")
    assert channels(stack, number) == ["sns"]
    known = stack.remembered(event, module="self_contained")
    assert known is not None
    assert (known["outcome"], known["attempts"]) == ("SENT", "1")


def test_a_sign_in_code_that_nobody_waits_for_any_more_is_not_sent(stack: Stack) -> None:
    """Lambda's last retry comes after three minutes; by then the sign-in that the code was for is over."""
    user = stack.sign_up("local")
    stack.cognito.confirm_sign_up(ClientId=user.pool.client_id, Username=user.name, ConfirmationCode=stack.code(user))
    stack.cognito.admin_set_user_mfa_preference(
        UserPoolId=user.pool.id, Username=user.name, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    name = stack.outputs["local"]["function_name"]
    before = len(stack.log(name))
    stack.aws.set_fault("sns", "down")
    stack.cognito.initiate_auth(
        ClientId=user.pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user.name, "PASSWORD": PASSWORD},
    )
    wait_for(lambda: len(stack.log(name)) == before + 2)
    stack.aws.clear_faults()
    assert len(stack.messages(user)) == 1, "the code of the sign-up is the only message"
    lines = stack.log(name)[before:]
    assert [line["outcome"] for line in lines] == ["PROVIDER_DOWN", "PROVIDER_DOWN", "EXPIRED"]
    assert lines[-1]["age_seconds"] >= 180
    assert stack.aws.invocations()[-1]["status"] == "success", "and nobody tries it again"


# -- a ledger that is not there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "reason"),
    [("down", "unreachable"), ("unauthorized", "access-denied"), ("throttle", "throttled")],
)
def test_without_its_ledger_a_message_is_sent_and_counted(stack: Stack, mode: str, reason: str) -> None:
    name = stack.outputs["existing"]["function_name"]
    before = stack.metrics(name).get(("LedgerUnavailable",), 0)
    stack.aws.set_fault("dynamodb", mode)
    user = stack.sign_up("first")
    assert [message["channel"] for message in stack.messages(user)] == ["twilio"]
    line = stack.log(name)[-1]
    assert (line["outcome"], line["ledger"], line["ledger_reason"]) == ("SENT", "unavailable", reason)
    assert stack.metrics(name)["LedgerUnavailable",] == before + 1


def test_a_message_that_finds_no_turn_at_a_limit_s_counter_is_sent_by_the_retry(stack: Stack) -> None:
    number = "+4915187651010"
    event = stack.event("first", number)
    name = stack.outputs["existing"]["function_name"]
    before = len(stack.log(name))
    stack.aws.set_fault("dynamodb", "conflict")
    stack.invoke(event)
    wait_for(lambda: len(stack.log(name)) == before + 1)
    assert stack.aws.inbox(number) == []
    stack.aws.clear_faults()
    assert channels(stack, number) == ["twilio"]
    first, second = stack.log(name)[before:]
    assert (first["outcome"], first["ledger_reason"]) == ("LEDGER_UNAVAILABLE", "conflict")
    assert (second["outcome"], second["ledger"]) == ("SENT", "claimed")


def test_a_sender_that_is_strict_about_its_ledger_waits_for_it(stack: Stack) -> None:
    number = "+4915187651008"
    event = stack.event("self_contained", number, module="self_contained")
    name = stack.outputs["self_contained"]["function_name"]
    before = len(stack.log(name))
    stack.aws.set_fault("dynamodb", "unauthorized")
    stack.invoke(event, module="self_contained")
    wait_for(lambda: len(stack.log(name)) == before + 1)
    assert stack.aws.inbox(number) == []
    stack.aws.clear_faults()
    assert channels(stack, number) == ["sns"]
    assert outcomes(stack, "self_contained", after=before) == ["LEDGER_UNAVAILABLE", "SENT"]


@pytest.mark.long
def test_a_ledger_that_answers_too_late_delays_nothing_and_remembers_all_the_same(stack: Stack) -> None:
    """What the first call was to write is written eight seconds later, when the message has long been finished."""
    number = "+4915187651009"
    event = stack.event("first", number)
    stack.aws.set_fault("dynamodb", "slow", times=2)
    stack.invoke(event)
    wait_for(lambda: stack.aws.inbox(number), seconds=7)
    wait_for(lambda: (stack.remembered(event) or {}).get("state") == "DONE", seconds=7)
    threading.Event().wait(9)
    known = stack.remembered(event)
    assert known is not None
    assert (known["state"], known["outcome"]) == ("DONE", "SENT")
    stack.invoke(event)
    assert channels(stack, number) == ["twilio"]


# -- test numbers -----------------------------------------------------------------------------------------------------


def test_test_numbers_go_to_the_testers_and_to_nobody_else(stack: Stack) -> None:
    user = stack.sign_up("first", prefix=TEST_NUMBERS)
    (message,) = stack.messages(user)
    assert (message["channel"], message["meta"]["host"]) == ("webhook", "testers.example")
    line = stack.log(stack.outputs["existing"]["function_name"])[-1]
    assert (line["sender"], line["test_recipient"]) == ("testers", True)
