"""Attaching and detaching the trigger: nothing of a pool but the trigger ever changes, whatever goes wrong."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import custom_sender
import pool_attachment
from localaws import pools
from localaws.every_setting import every_factor, every_setting, subset
from pool_attachment import invocation, pool_settings
from pool_attachment.errors import AttachmentError
from pool_attachment.pool import Pool
from support.pool_double import POOL_ID, Fault, PoolDouble

ROLE = "arn:aws:iam::123456789012:role/sms"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OLD_KEY = "arn:aws:kms:eu-central-1:123456789012:key/66666666-7777-8888-9999-000000000000"
FUNCTIONS = "arn:aws:lambda:eu-central-1:123456789012:function"

OURS = {"lambda_arn": f"{FUNCTIONS}:sender:live", "lambda_version": "V1_0"}
THEIRS = {"lambda_arn": f"{FUNCTIONS}:other", "lambda_version": "V1_0"}
MAIL = {"lambda_arn": f"{FUNCTIONS}:mail", "lambda_version": "V1_0"}
TRIGGER = {"kms_key_id": KEY, "custom_sms_sender": OURS, "custom_email_sender": None}
NOTHING = {"kms_key_id": None, "custom_sms_sender": None, "custom_email_sender": None}


def api(function: Mapping[str, str]) -> dict[str, str]:
    return {"LambdaArn": function["lambda_arn"], "LambdaVersion": function["lambda_version"]}


ATTACHED = {"KMSKeyID": KEY, "CustomSMSSender": api(OURS)}


HOLDER: dict[str, Any] = {"only": "custom_email_sender", "trigger": {**TRIGGER, "custom_email_sender": MAIL}}
"""What the invocation that holds the e-mail sender says."""


def invoke(pool: PoolDouble, action: str, *, seconds: float = 120.0, **changes: Any) -> dict[str, Any]:
    """One invocation by Terraform."""
    event: dict[str, Any] = {"user_pool_id": POOL_ID, "trigger": TRIGGER, "replace": False, "before": NOTHING}
    previous = changes.pop("previous", None)
    event.update(changes)
    if action in {"create", "update", "delete"}:
        event["tf"] = {"action": action, "prev_input": {"trigger": previous} if previous else None}
    else:
        event["action"] = action
    request = invocation.parse(json.loads(json.dumps(event)))
    return invocation.run(request, Pool(POOL_ID, pool.client(), pool.time(seconds)))


def pool_with(triggers: Mapping[str, Any] | None = None, **changes: Any) -> PoolDouble:
    """A pool with every setting at a value that is no default, and these senders."""
    request = every_setting(ROLE, **changes)
    request["LambdaConfig"] = {**request["LambdaConfig"], **(triggers or {})}
    return PoolDouble.with_settings(request, every_factor(request["SmsConfiguration"]))


def with_trigger(state: str, triggers: Mapping[str, Any]) -> str:
    """What a pool's state becomes by these senders alone."""
    description, factors = json.loads(state)
    description["LambdaConfig"].update(triggers)
    return json.dumps([description, factors], sort_keys=True)


# Nothing else changes


@pytest.mark.parametrize("messaging", [False, True])
def test_a_pool_with_every_setting_is_what_it_was(messaging: bool) -> None:
    pool = pool_with(messaging=messaging)
    before = pool.state

    assert invoke(pool, "create") == {"user_pool_id": POOL_ID, "attached": True}
    assert pool.state == with_trigger(before, ATTACHED)

    moved = {**TRIGGER, "kms_key_id": OLD_KEY}
    invoke(pool, "update", trigger=moved, previous=TRIGGER)
    assert pool.state == with_trigger(before, {**ATTACHED, "KMSKeyID": OLD_KEY})

    assert invoke(pool, "delete", trigger=moved) == {"user_pool_id": POOL_ID, "attached": False}
    assert pool.state == before


def test_the_request_holds_every_setting_that_can_be_sent() -> None:
    pool = pool_with()

    invoke(pool, "create")

    (request,) = pool.requests
    assert set(request) == {*pools.SETTINGS, "UserPoolId", "PoolName"}
    assert "UnusedAccountValidityDays" not in request["AdminCreateUserConfig"]


def test_a_retired_setting_that_is_no_longer_shown_is_no_loss() -> None:
    """AWS says that it is "no longer in use", and not whether it is shown after an update that could not send it."""

    def forget(pool: PoolDouble) -> None:
        del pool.config["AdminCreateUserConfig"]["UnusedAccountValidityDays"]

    pool = pool_with()
    pool.faults.append(Fault("UpdateUserPool", also=forget))

    assert invoke(pool, "create") == {"user_pool_id": POOL_ID, "attached": True}
    assert len(pool.requests) == 1


def test_a_pool_that_is_as_it_should_be_is_not_written() -> None:
    pool = pool_with(ATTACHED)

    for action in ("create", "update", "repair"):
        invoke(pool, action)
    assert pool.requests == []


SETTINGS = every_setting(ROLE)
FACTORS = every_factor(SETTINGS["SmsConfiguration"])


def any_pool(names: set[str], factors: set[str]) -> PoolDouble:
    chosen = subset(SETTINGS, names | {"SmsConfiguration"})
    given_factors = {name: FACTORS[name] for name in factors}
    second = {"SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration"} & factors
    if second:
        given_factors["MfaConfiguration"] = "OPTIONAL"
    return PoolDouble.with_settings(chosen, given_factors if second or factors else None)


_ANY_SETTINGS = st.sets(st.sampled_from(sorted(SETTINGS)))
_ANY_FACTORS = st.sets(st.sampled_from(sorted(set(FACTORS) - {"MfaConfiguration"})))
_STEPS = ("DescribeUserPool", "GetUserPoolMfaConfig", "UpdateUserPool", "SetUserPoolMfaConfig")


def _no_tier(pool: PoolDouble) -> None:
    pool.config["UserPoolTier"] = "LITE"


def _no_reading(pool: PoolDouble) -> None:
    pool.faults.append(Fault("DescribeUserPool", before="InvalidParameterException"))


def _no_mfa(pool: PoolDouble) -> None:
    pool.factors = {}
    pool.config["MfaConfiguration"] = "OFF"


_ANY_FAULT = st.one_of(
    st.builds(
        Fault,
        operation=st.sampled_from(_STEPS),
        before=st.sampled_from(
            [
                "ConcurrentModificationException",
                "TooManyRequestsException",
                "InternalErrorException",
                "AccessDeniedException",
                "InvalidParameterException",
            ]
        ),
    ),
    st.builds(Fault, operation=st.sampled_from(_STEPS), lost=st.just(True)),
    st.builds(Fault, operation=st.just("UpdateUserPool"), also=st.sampled_from([_no_tier, _no_mfa])),
)


@settings(max_examples=settings().max_examples)
@given(names=_ANY_SETTINGS, factors=_ANY_FACTORS)
def test_any_pool_is_what_it_was(names: set[str], factors: set[str]) -> None:
    pool = any_pool(names, factors)
    before = pool.state

    invoke(pool, "create")
    assert pool.state == with_trigger(before, ATTACHED)
    invoke(pool, "delete")
    assert pool.state == before


@settings(max_examples=settings().max_examples)
@given(
    names=_ANY_SETTINGS,
    factors=_ANY_FACTORS,
    action=st.sampled_from(["create", "update", "repair", "delete"]),
    faults=st.lists(_ANY_FAULT, min_size=1, max_size=4),
)
def test_no_fault_changes_anything_else(names: set[str], factors: set[str], action: str, faults: list[Fault]) -> None:
    """Whatever fails: the pool is as before or as wanted, or the error says what of it is not; and the next apply
    makes it right."""
    pool = any_pool(names, factors)
    before = pool.state
    if action == "delete":
        invoke(pool, "create")
    first = pool.state
    wanted = before if action == "delete" else with_trigger(before, ATTACHED)
    pool.faults = list(faults)

    told = ""
    try:
        invoke(pool, action)
    except AttachmentError as error:
        told = str(error)
    if not told:
        assert pool.state == wanted
    elif pool.state not in {first, wanted}:
        assert "could not be put back" in told or "could not be looked at" in told
        return
    pool.faults = []
    invoke(pool, action)
    assert pool.state == wanted


# Merging


def test_the_other_triggers_stay() -> None:
    pool = pool_with()
    others = copy.deepcopy(pool.config["LambdaConfig"])

    invoke(pool, "create")
    assert pool.config["LambdaConfig"] == {**others, **ATTACHED}
    invoke(pool, "delete")
    assert pool.config["LambdaConfig"] == others


def test_an_email_sender_comes_and_goes_with_the_attachment() -> None:
    pool = pool_with()
    before = pool.state
    both = {**TRIGGER, "custom_email_sender": MAIL}

    invoke(pool, "create", trigger=both)
    assert pool.state == with_trigger(before, {**ATTACHED, "CustomEmailSender": api(MAIL)})
    invoke(pool, "update", trigger=TRIGGER, previous=both)
    assert pool.state == with_trigger(before, ATTACHED)
    invoke(pool, "update", trigger=both, previous=TRIGGER)
    invoke(pool, "delete", trigger=both)
    assert pool.state == before


def test_an_email_sender_with_the_same_key_is_left_alone() -> None:
    pool = pool_with({"KMSKeyID": KEY, "CustomEmailSender": api(MAIL)})
    before = pool.state

    result = invoke(pool, "read")
    invoke(pool, "create", before=result)
    invoke(pool, "delete", before=result)
    assert pool.state == before


def test_an_email_sender_with_the_same_key_gets_its_key_back() -> None:
    """The attachment's key may change while it is there; what it decrypted with before is not the attachment's own."""
    pool = pool_with({"KMSKeyID": KEY, "CustomEmailSender": api(MAIL)})
    before = pool.state
    moved = {**TRIGGER, "kms_key_id": OLD_KEY}

    result = invoke(pool, "read")
    invoke(pool, "create", before=result)
    invoke(pool, "update", before=result, trigger=moved, previous=TRIGGER)
    invoke(pool, "delete", before=result, trigger=moved)
    assert pool.state == before


def test_an_sms_sender_comes_and_goes_beside_email() -> None:
    pool = pool_with()
    before = pool.state
    email = {**TRIGGER, "custom_sms_sender": None, "custom_email_sender": OURS}
    both = {**email, "custom_sms_sender": OURS}

    invoke(pool, "create", trigger=email)
    assert pool.state == with_trigger(before, {"KMSKeyID": KEY, "CustomEmailSender": api(OURS)})
    invoke(pool, "update", trigger=both, previous=email)
    assert pool.state == with_trigger(before, {**ATTACHED, "CustomEmailSender": api(OURS)})
    invoke(pool, "update", trigger=email, previous=both)
    assert pool.state == with_trigger(before, {"KMSKeyID": KEY, "CustomEmailSender": api(OURS)})
    invoke(pool, "delete", trigger=email)
    assert pool.state == before


def test_an_sms_sender_whose_removal_failed_is_taken_off_by_its_holder() -> None:
    pool = pool_with()
    before = pool.state
    email = {**TRIGGER, "custom_sms_sender": None, "custom_email_sender": OURS}
    both = {**email, "custom_sms_sender": OURS}
    holder: dict[str, Any] = {"only": "custom_sms_sender", "trigger": both}
    invoke(pool, "create", **holder)
    invoke(pool, "create", trigger=both)
    pool.faults = [Fault("UpdateUserPool", before="InvalidParameterException")]
    with pytest.raises(AttachmentError):
        invoke(pool, "update", trigger=email, previous=both)

    invoke(pool, "delete", **holder)
    assert pool.state == with_trigger(before, {"KMSKeyID": KEY, "CustomEmailSender": api(OURS)})


# A sender's own invocation


def test_an_email_sender_whose_removal_failed_is_taken_off_by_its_holder() -> None:
    """Terraform forgets the update that failed: its new input, which it keeps, names no e-mail sender any more."""
    pool = pool_with()
    both = HOLDER["trigger"]
    before = pool.state
    invoke(pool, "create", **HOLDER)
    invoke(pool, "create", trigger=both)
    pool.faults = [Fault("UpdateUserPool", before="InvalidParameterException")]
    with pytest.raises(AttachmentError):
        invoke(pool, "update", trigger=TRIGGER, previous=both)

    invoke(pool, "repair")
    assert pool.config["LambdaConfig"]["CustomEmailSender"] == api(MAIL), "nothing told it of the e-mail sender"
    invoke(pool, "delete", **HOLDER)
    assert pool.state == with_trigger(before, ATTACHED)


def test_the_holder_of_the_email_sender_puts_back_what_was_there() -> None:
    pool = pool_with({"KMSKeyID": KEY, "CustomEmailSender": api(THEIRS)})
    before = pool.state
    remembered = invoke(pool, "read", trigger=HOLDER["trigger"], replace=True)
    invoke(pool, "create", **HOLDER, replace=True, before=remembered)
    invoke(pool, "create", trigger=HOLDER["trigger"], replace=True, before=remembered)

    invoke(pool, "delete", **HOLDER, replace=True, before=remembered)
    assert pool.state == with_trigger(before, ATTACHED)


def test_the_holder_of_the_email_sender_writes_nothing_else() -> None:
    pool = pool_with()

    invoke(pool, "create", **HOLDER)
    invoke(pool, "update", **HOLDER, previous=TRIGGER)
    invoke(pool, "delete", **HOLDER)
    assert pool.requests == []


def test_when_everything_is_destroyed_the_holder_has_nothing_to_do() -> None:
    pool = pool_with()
    before = pool.state
    invoke(pool, "create", trigger=HOLDER["trigger"])

    invoke(pool, "delete", trigger=HOLDER["trigger"])
    written = len(pool.requests)
    invoke(pool, "delete", **HOLDER)
    assert (pool.state, len(pool.requests)) == (before, written)
    pool.gone = True
    assert invoke(pool, "delete", **HOLDER)["attached"] is False


@pytest.mark.parametrize(("replace", "told"), [(False, "replace = true"), (True, "came after this attachment")])
def test_an_email_sender_that_came_later_keeps_its_place(replace: bool, told: str) -> None:
    """The attachment is there, somebody adds an e-mail sender, and then the attachment is to have one as well."""
    pool = pool_with(ATTACHED)
    pool.config["LambdaConfig"]["CustomEmailSender"] = api(THEIRS)
    before = pool.state

    with pytest.raises(AttachmentError, match=told):
        invoke(pool, "create", **HOLDER, replace=replace)
    assert pool.state == before


# Somebody else's sender

FOREIGN: list[dict[str, Any]] = [
    {"KMSKeyID": OLD_KEY, "CustomSMSSender": api(THEIRS)},
    {"KMSKeyID": KEY, "CustomSMSSender": api(THEIRS)},
    {"KMSKeyID": OLD_KEY, "CustomEmailSender": api(MAIL)},
    {"KMSKeyID": OLD_KEY},
    {"KMSKeyID": OLD_KEY, "CustomSMSSender": api(THEIRS), "CustomEmailSender": api(MAIL)},
]


def test_another_sender_or_key_is_refused(subtests: pytest.Subtests) -> None:
    """By ``read`` as well: Terraform keeps what was read, and would put it back although it may be gone by then."""
    for action in ["read", "create"]:
        for triggers in FOREIGN:
            with subtests.test(action=action, triggers=triggers):
                pool = pool_with(triggers)
                before = pool.state

                with pytest.raises(AttachmentError, match=r"no other sender or key\. Got: .*replace = true"):
                    invoke(pool, action)
                assert pool.state == before
                assert pool.requests == []


def test_replace_remembers_and_restores(subtests: pytest.Subtests) -> None:
    for triggers in FOREIGN:
        with subtests.test(triggers=triggers):
            pool = pool_with(triggers)
            before = pool.state

            remembered = invoke(pool, "read", replace=True)
            invoke(pool, "create", replace=True, before=remembered)
            assert pool.state == with_trigger(before, ATTACHED)
            invoke(pool, "delete", replace=True, before=remembered)
            assert pool.state == before


@pytest.mark.parametrize(
    "now", [{}, {"KMSKeyID": OLD_KEY, "CustomSMSSender": api(MAIL)}, {"KMSKeyID": KEY, "CustomSMSSender": api(MAIL)}]
)
def test_what_has_changed_since_it_was_read_is_not_replaced(now: dict[str, Any]) -> None:
    """An apply stopped between reading and attaching, and the pool's owner was faster than the next one."""
    pool = pool_with({"KMSKeyID": OLD_KEY, "CustomSMSSender": api(THEIRS)})
    remembered = invoke(pool, "read", replace=True)
    for name in ("KMSKeyID", "CustomSMSSender"):
        del pool.config["LambdaConfig"][name]
    pool.config["LambdaConfig"].update(now)
    before = pool.state

    with pytest.raises(AttachmentError, match=r"function:other then, .* now.*-replace=.*\.before"):
        invoke(pool, "create", replace=True, before=remembered)
    assert pool.state == before

    invoke(pool, "create", replace=True, before=invoke(pool, "read", replace=True))
    assert pool.config["LambdaConfig"]["CustomSMSSender"] == api(OURS)


def test_what_an_apply_has_replaced_before_it_stopped_is_still_remembered() -> None:
    pool = pool_with({"KMSKeyID": OLD_KEY, "CustomSMSSender": api(THEIRS)})
    before = pool.state
    remembered = invoke(pool, "read", replace=True)
    pool.faults = [Fault("UpdateUserPool", also=_no_reading)]
    with pytest.raises(AttachmentError, match="could not be looked at"):
        invoke(pool, "create", replace=True, before=remembered)

    invoke(pool, "create", replace=True, before=remembered)
    invoke(pool, "delete", replace=True, before=remembered)
    assert pool.state == before


def test_what_is_the_attachments_own_is_not_remembered() -> None:
    """Its state was lost, or the first apply stopped half-way: destroying it must not put itself back."""
    pool = pool_with(ATTACHED)

    assert invoke(pool, "read") == NOTHING
    invoke(pool, "create")
    invoke(pool, "delete")
    assert "CustomSMSSender" not in pool.config["LambdaConfig"]
    assert "KMSKeyID" not in pool.config["LambdaConfig"]


def test_an_email_sender_that_came_later_keeps_its_key() -> None:
    pool = pool_with({"KMSKeyID": OLD_KEY, "CustomSMSSender": api(THEIRS)})
    remembered = invoke(pool, "read", replace=True)
    invoke(pool, "create", replace=True, before=remembered)
    pool.config["LambdaConfig"]["CustomEmailSender"] = api(MAIL)

    invoke(pool, "delete", replace=True, before=remembered)

    assert pool.config["LambdaConfig"]["CustomSMSSender"] == api(THEIRS)
    assert pool.config["LambdaConfig"]["KMSKeyID"] == KEY, "the new e-mail sender decrypts with it"


@pytest.mark.parametrize("action", ["update", "repair"])
def test_drift_is_overwritten(action: str) -> None:
    """The trigger is in Terraform's state: what somebody has put in its place is drift, as with any resource."""
    pool = pool_with({"KMSKeyID": OLD_KEY, "CustomSMSSender": api(THEIRS)})

    invoke(pool, action)

    assert pool.config["LambdaConfig"]["CustomSMSSender"] == api(OURS)
    assert pool.config["LambdaConfig"]["KMSKeyID"] == KEY


def test_a_sender_that_somebody_put_there_since_is_not_taken_off() -> None:
    pool = pool_with({"KMSKeyID": OLD_KEY, "CustomSMSSender": api(THEIRS)})
    before = pool.state

    invoke(pool, "delete")
    assert pool.state == before


# What cannot be done


def test_a_setting_that_this_boto3_does_not_know_is_refused() -> None:
    pool = pool_with()
    pool.newer = {"QuantumConfiguration": {"Entangled": True}}
    pool.config["Policies"]["PasswordPolicy"]["MinimumEntropy"] = 40
    before = pool.state

    for action in ("read", "create", "update", "repair", "delete"):
        with pytest.raises(AttachmentError) as caught:
            invoke(pool, action)
        assert "QuantumConfiguration" in str(caught.value)
        assert "Policies.PasswordPolicy.MinimumEntropy" in str(caught.value)
        assert "or the self-contained package with a newer boto3" in str(caught.value)
    assert pool.state == before


def test_a_self_contained_package_is_not_told_to_become_one(tmp_path: Path) -> None:
    """Its boto3 lies beside the code, as here."""
    for module in (custom_sender, pool_attachment, botocore):
        package = Path(module.__path__[0])
        shutil.copytree(package, tmp_path / package.name, symlinks=True, ignore=shutil.ignore_patterns("data"))
    (tmp_path / "botocore/data").symlink_to(Path(botocore.__path__[0]) / "data")
    script = """if True:
        from unit.test_unit_attachment import AttachmentError, invoke, pool_with
        pool = pool_with()
        pool.newer = {"QuantumConfiguration": {"Entangled": True}}
        try:
            invoke(pool, "read")
        except AttachmentError as error:
            print(error)
    """
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, env={"PYTHONPATH": paths}, capture_output=True, text=True, check=True).stdout

    assert "QuantumConfiguration" in said
    assert "Fix: build the package again with a newer boto3" in said


def test_a_factor_that_this_boto3_does_not_know_is_refused() -> None:
    pool = pool_with()
    pool.factors["TelepathyConfiguration"] = {"Enabled": True}

    with pytest.raises(AttachmentError, match="TelepathyConfiguration"):
        invoke(pool, "create")
    assert pool.requests == []


def test_a_pool_without_an_sms_role_is_refused() -> None:
    pool = PoolDouble.with_settings({})

    with pytest.raises(AttachmentError, match="SmsConfiguration is set"):
        invoke(pool, "create")
    assert pool.requests == []


def test_a_pool_that_is_gone_needs_no_detaching() -> None:
    pool = pool_with()
    pool.gone = True

    assert invoke(pool, "delete")["attached"] is False


def test_a_pool_that_is_gone_cannot_be_attached_to(subtests: pytest.Subtests) -> None:
    for action in ["read", "create", "update", "repair"]:
        with subtests.test(action=action):
            pool = pool_with()
            pool.gone = True

            with pytest.raises(AttachmentError, match=r"a pool of this account and Region\. Got: none"):
                invoke(pool, action)


def test_others_than_the_module_are_sent_away(subtests: pytest.Subtests) -> None:
    events: list[dict[str, Any]] = [{}, {"action": "destroy"}, {"action": "read"}, {"action": "read", "trigger": 3}]
    for event in events:
        with (
            subtests.test(event=event),
            pytest.raises(AttachmentError, match="Terraform module user-pool-attachment"),
        ):
            invocation.parse(event)


# What goes wrong on the way


def test_a_concurrent_change_is_merged_anew() -> None:
    """Somebody else's change that came first must not be undone by what was read before it."""
    pool = pool_with()
    before = pool.state
    pool.faults = [
        Fault("UpdateUserPool", before="ConcurrentModificationException", meanwhile=_no_tier),
        Fault("UpdateUserPool", before="ConcurrentModificationException"),
    ]

    invoke(pool, "create")

    assert pool.config["UserPoolTier"] == "LITE"
    assert pool.config["LambdaConfig"]["CustomSMSSender"] == api(OURS)
    pool.config["UserPoolTier"] = "PLUS"
    assert pool.state == with_trigger(before, ATTACHED)


def test_second_factors_that_somebody_changes_meanwhile_are_not_put_back() -> None:
    """They are in no description: an origin that is only compared by its description would be an old one."""
    pool = pool_with()

    def token_off(double: PoolDouble) -> None:
        del double.factors["SoftwareTokenMfaConfiguration"]

    pool.faults = [Fault("UpdateUserPool", before="ConcurrentModificationException", meanwhile=token_off)]
    invoke(pool, "create")

    assert "SoftwareTokenMfaConfiguration" not in pool.factors
    assert "SetUserPoolMfaConfig" not in pool.calls


def test_a_sender_that_somebody_puts_there_meanwhile_is_refused() -> None:
    pool = pool_with()

    def occupy(double: PoolDouble) -> None:
        double.config["LambdaConfig"].update({"KMSKeyID": OLD_KEY, "CustomSMSSender": api(THEIRS)})

    pool.faults = [Fault("UpdateUserPool", before="ConcurrentModificationException", meanwhile=occupy)]
    with pytest.raises(AttachmentError, match="no other sender or key"):
        invoke(pool, "create")


def test_a_lost_answer_is_not_a_second_write() -> None:
    pool = pool_with()
    pool.faults = [Fault("UpdateUserPool", lost=True)]

    invoke(pool, "create")
    assert len(pool.requests) == 1


def test_what_changes_with_the_trigger_is_told_and_put_back() -> None:
    pool = pool_with()
    before = pool.state
    pool.faults = [Fault("UpdateUserPool", also=_no_tier)]

    with pytest.raises(AttachmentError, match=r'UserPoolTier: "PLUS" became "LITE".*was put back'):
        invoke(pool, "create")
    assert pool.state == before


def test_what_cannot_be_put_back_is_told() -> None:
    pool = pool_with()
    pool.faults = [Fault("UpdateUserPool", also=_no_tier), Fault("UpdateUserPool", before="InvalidParameterException")]

    with pytest.raises(AttachmentError, match=r'UserPoolTier: "PLUS" became "LITE".*could not be put back'):
        invoke(pool, "create")


def test_a_pool_that_cannot_be_read_again_is_told() -> None:
    pool = pool_with()

    pool.faults = [Fault("UpdateUserPool", also=_no_reading)]
    with pytest.raises(AttachmentError, match="could not be looked at"):
        invoke(pool, "create")
    assert pool.config["LambdaConfig"]["CustomSMSSender"] == api(OURS)
    invoke(pool, "create")


def test_second_factors_that_an_update_turns_off_are_put_back() -> None:
    pool = pool_with()
    before = pool.state

    def token_off(double: PoolDouble) -> None:
        del double.factors["SoftwareTokenMfaConfiguration"]

    pool.faults = [Fault("UpdateUserPool", also=token_off), Fault("SetUserPoolMfaConfig", lost=True)]
    invoke(pool, "create")
    assert pool.state == with_trigger(before, ATTACHED)


def test_second_factors_of_a_pool_without_mfa_are_put_back() -> None:
    """With the mode "OFF" Cognito takes no factor, although it may show the texts of one."""
    pool = PoolDouble.with_settings(
        {"SmsConfiguration": SETTINGS["SmsConfiguration"]},
        {"WebAuthnConfiguration": FACTORS["WebAuthnConfiguration"]},
    )
    pool.factors["SmsMfaConfiguration"] = {}
    before = pool.state

    def forgotten(double: PoolDouble) -> None:
        double.factors = {"SmsMfaConfiguration": {}}

    def shown(double: PoolDouble) -> None:
        double.factors["SmsMfaConfiguration"] = {}

    pool.faults = [Fault("UpdateUserPool", also=forgotten), Fault("SetUserPoolMfaConfig", also=shown)]
    invoke(pool, "create")
    assert pool.state == with_trigger(before, ATTACHED)


def test_tags_of_aws_are_not_sent_and_stay() -> None:
    """AWS refuses them from anybody else, and nothing takes them off: a pool of CloudFormation may have some."""
    pool = pool_with()
    pool.system_tags = {"aws:cloudformation:stack-name": "login"}
    before = pool.state
    shown = pool.description["UserPoolTags"]

    invoke(pool, "create")
    assert pool.requests[0]["UserPoolTags"] == {n: v for n, v in shown.items() if n not in pool.system_tags}
    assert pool.state == with_trigger(before, ATTACHED)


def test_a_denial_is_asked_again_while_iam_may_not_know_the_role_yet() -> None:
    pool = pool_with()
    pool.faults = [Fault("DescribeUserPool", before="AccessDeniedException")] * 3
    pool.faults += [Fault("UpdateUserPool", before="AccessDeniedException")]

    invoke(pool, "create")


def test_a_denial_that_lasts_is_told() -> None:
    pool = pool_with()
    pool.faults = [Fault("UpdateUserPool", before="AccessDeniedException")] * 40
    started = pool.now

    with pytest.raises(AttachmentError, match=r"UpdateUserPool failed\. Got: AccessDeniedException"):
        invoke(pool, "create")
    assert 20 < pool.now - started < 40


def test_a_role_that_may_not_be_passed_is_another_than_the_pools() -> None:
    """What Cognito answers when the attachment's role may pass another role than the one in the pool's settings."""
    pool = pool_with()
    told = f"not authorized to perform: iam:PassRole on resource: {ROLE}"
    pool.faults = [Fault("UpdateUserPool", before="AccessDeniedException", message=told)] * 40

    with pytest.raises(AttachmentError, match=r"iam:PassRole on resource: .*:role/sms\. Fix: set sms_role_arn"):
        invoke(pool, "create")


def test_there_is_an_end_to_trying() -> None:
    pool = pool_with()
    pool.faults = [Fault("UpdateUserPool", before="ConcurrentModificationException")] * 100
    started = pool.now

    with pytest.raises(AttachmentError, match="ConcurrentModificationException"):
        invoke(pool, "create", seconds=90)
    assert pool.now - started < 90


# From the model


def test_the_retired_member_is_the_only_one() -> None:
    """What the model's documentation calls no longer in use is what is not sent."""
    model = json.loads(
        json.dumps(
            botocore.session.get_session().get_component("data_loader").load_service_model("cognito-idp", "service-2")
        )
    )
    reachable = {"UpdateUserPoolRequest"}
    retired = []
    queue = ["UpdateUserPoolRequest"]
    while queue:
        name = queue.pop()
        for member, target in model["shapes"][name].get("members", {}).items():
            if re.search(r"no longer in use", target.get("documentation", "")):
                retired.append((name.removesuffix("Type"), member))
            if target["shape"] not in reachable:
                reachable.add(target["shape"])
                queue.append(target["shape"])
    assert retired == [pool_settings.RETIRED]


def test_values_that_the_model_would_refuse_are_not_sent() -> None:
    pool = PoolDouble.with_settings({"SmsConfiguration": SETTINGS["SmsConfiguration"]})
    pool.config["EmailVerificationSubject"] = ""
    pool.config["Policies"]["SignInPolicy"] = {"AllowedFirstAuthFactors": []}

    request = pool_settings.sendable(pools.UPDATE, pool.description)

    assert "EmailVerificationSubject" not in request
    assert request["Policies"]["SignInPolicy"] == {}


def test_every_difference_is_told_by_its_path() -> None:
    one = {"a": {"b": [1, 2], "c": "x"}, "same": [1, 2], "gone": 1}
    two = {"a": {"b": [1], "c": "y"}, "same": [2, 1], "new": {"d": None}}

    assert pool_settings.differences(one, two) == [
        "a.b: [1, 2] became [1]",
        'a.c: "x" became "y"',
        "gone: 1 became nothing",
        'new: nothing became {"d": null}',
    ]


def test_the_attachment_needs_no_layer() -> None:
    """Only botocore and the standard library: the attachment's function runs without the layer of the sender."""
    source = Path(pool_settings.__file__).parent
    shared = ("network.aws_errors", "network.clients", "network.connection", "network.deadline", "postponed")
    imported = {
        name
        for file in (
            *source.glob("*.py"),
            *(source.parent / f"custom_sender/{name.replace('.', '/')}.py" for name in shared),
        )
        for name in re.findall(r"^\s*(?:from|import) ([\w.]+)", file.read_text(), re.MULTILINE)
    }
    ours = {name for name in imported if name.startswith(("custom_sender", "pool_attachment"))}
    ours_too = {"custom_sender.network", *(f"custom_sender.{name}" for name in shared)}
    assert all(name.startswith("pool_attachment") for name in ours - ours_too)
    assert {name.split(".")[0] for name in imported - ours} <= {
        *("__future__", "botocore", "collections", "dataclasses", "functools", "json", "logging", "os", "pathlib"),
        *("http", "io", "traceback"),
        *("queue", "socket", "enum", "ssl", "threading", "time", "types", "typing", "contextlib", "importlib", "sys"),
    }
