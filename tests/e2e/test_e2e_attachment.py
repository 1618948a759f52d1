"""A pool that exists already and belongs to nobody's Terraform: the trigger is put on, and taken off again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localaws.client import LocalAws
from localaws.terraform import Plan, Terraform, TerraformError, checkout
from support.attachment import Root, live_pool
from support.ciphertext import encrypt
from support.deployer import Deployer, rights
from support.stack import Stack


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """An embedded AWS of these tests' own."""
    with LocalAws(time_scale=60) as running:
        yield running


def with_trigger(state: str, lambda_config: dict[str, Any]) -> str:
    """What a pool's state becomes by the sender alone."""
    description, factors = json.loads(state)
    description["LambdaConfig"]["KMSKeyID"] = lambda_config["kms_key_id"]
    for name, trigger in (("custom_sms_sender", "CustomSMSSender"), ("custom_email_sender", "CustomEmailSender")):
        sender = lambda_config[name]
        if sender is not None:
            description["LambdaConfig"][trigger] = {
                "LambdaArn": sender["lambda_arn"],
                "LambdaVersion": sender["lambda_version"],
            }
    return json.dumps([description, factors], sort_keys=True)


def changed(root: Root) -> dict[str, tuple[str, ...]]:
    """What the next plan would do."""
    return work(root.terraform.plan())


def work(plan: Plan) -> dict[str, tuple[str, ...]]:
    """What a plan does."""
    return {
        address: change.actions
        for address, change in plan.changes.items()
        if change.actions not in {("no-op",), ("read",)}
    }


def test_a_pool_that_is_attached_to_is_as_it_was_but_for_the_trigger_and_gets_its_codes(stack: Stack) -> None:
    """That it is again as it was without the attachment is the last test of all: ``test_e2e_teardown.py``."""
    assert stack.attached.state() == with_trigger(stack.before_attached, stack.outputs["attached"]["lambda_config"])

    user = stack.sign_up("attached")
    stack.cognito.confirm_sign_up(ClientId=user.pool.client_id, Username=user.name, ConfirmationCode=stack.code(user))


@pytest.mark.long
def test_both_senders_are_attached_one_after_the_other_and_taken_off_at_once(aws: LocalAws, tmp_path: Path) -> None:
    theirs = {"LambdaArn": "arn:aws:lambda:eu-central-1:123456789012:function:theirs", "LambdaVersion": "V1_0"}
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    pool = live_pool(aws, "both", KMSKeyID=key, CustomEmailSender=theirs)
    before = pool.state()
    root = Root(tmp_path, aws, pool, replace=True)
    root.apply()
    assert pool.triggers()["CustomEmailSender"] == theirs, "nobody has asked for e-mail"
    sesv2 = aws.client("sesv2")
    sesv2.create_email_identity(EmailIdentity="acme.example")

    root.set(identity_arn="arn:aws:ses:eu-central-1:123456789012:identity/acme.example", replace=False)
    with pytest.raises(TerraformError, match="replace = true"):
        root.apply()
    assert pool.triggers()["CustomEmailSender"] == theirs

    root.set(replace=True)
    outputs = root.apply()
    assert pool.state() == with_trigger(before, outputs["lambda_config"])
    assert changed(root) == {}
    assert len(pool.sign_up("+4915112345680")) == 1
    mails = pool.invite("jane@customer.example")
    assert [mail["channel"] for mail in mails] == ["ses"], aws.invocations()[-2:]
    for name in ("+4915112345680", "jane@customer.example"):
        pool.cognito.admin_delete_user(UserPoolId=pool.id, Username=name)

    root.terraform.destroy()
    assert pool.state() == before


HOLDER = 'module.attachment.aws_lambda_invocation.held["custom_email_sender"]'
REPAIR = "module.attachment.aws_lambda_invocation.repair"
ATTACHMENT = "module.attachment.aws_lambda_invocation.attachment"


@pytest.mark.long
def test_what_goes_wrong_is_repaired_by_the_next_apply(aws: LocalAws, tmp_path: Path) -> None:
    """One root through everything: a first apply that fails, drift, an update that fails, and one that succeeds."""
    pool = live_pool(aws, "troubled")
    before = pool.state()
    root = Root(tmp_path, aws, pool)

    # The first apply fails: Cognito refuses every update of this pool.
    pool.let_cognito_publish(allowed=False)
    with pytest.raises(TerraformError, match="InvalidSmsRoleAccessPolicyException"):
        root.apply()
    assert pool.state() == before
    pool.let_cognito_publish()
    lambda_config = root.apply()["lambda_config"]
    attached = with_trigger(before, lambda_config)
    assert pool.state() == attached
    assert changed(root) == {}

    # Somebody changes the pool and leaves the trigger out.
    pool.update()
    assert pool.triggers().get("CustomSMSSender") is None
    plan = root.terraform.plan()
    assert [check["status"] for check in checks(plan)] == ["fail"]
    assert work(plan) == {REPAIR: ("delete", "create")}
    root.apply()
    assert pool.triggers()["CustomSMSSender"]["LambdaArn"] == lambda_config["custom_sms_sender"]["lambda_arn"]
    plan = root.terraform.plan()
    assert work(plan) == {}
    assert [check["status"] for check in checks(plan)] == ["pass"]

    # An update fails. The provider keeps its new input, so the invocation itself has nothing more to do.
    mail = {"lambda_arn": "arn:aws:lambda:eu-central-1:123456789012:function:mail"}
    pool.let_cognito_publish(allowed=False)
    root.set(email_sender=mail)
    with pytest.raises(TerraformError, match="InvalidSmsRoleAccessPolicyException"):
        root.apply()
    assert "CustomEmailSender" not in pool.triggers()
    pool.let_cognito_publish()
    left = changed(root)
    assert ATTACHMENT not in left
    assert REPAIR in left
    root.apply()
    assert pool.triggers()["CustomEmailSender"]["LambdaArn"] == mail["lambda_arn"]
    assert changed(root) == {}

    # The repair itself fails, too.
    pool.update()
    pool.let_cognito_publish(allowed=False)
    with pytest.raises(TerraformError, match="InvalidSmsRoleAccessPolicyException"):
        root.apply()
    pool.let_cognito_publish()
    assert REPAIR in changed(root)
    root.apply()
    assert "CustomSMSSender" in pool.triggers()

    # Back to the SMS sender alone: that fails, and is not forgotten.
    root.set(email_sender=None)
    pool.let_cognito_publish(allowed=False)
    with pytest.raises(TerraformError, match="InvalidSmsRoleAccessPolicyException"):
        root.apply()
    pool.let_cognito_publish()
    assert changed(root)[HOLDER] == ("delete",)
    root.apply()
    assert "CustomEmailSender" not in pool.triggers()
    assert changed(root) == {}

    # Somebody else's e-mail sender comes, and is in nobody's way until the attachment shall have one again.
    theirs = {"LambdaArn": "arn:aws:lambda:eu-central-1:123456789012:function:theirs", "LambdaVersion": "V1_0"}
    pool.update(LambdaConfig={**pool.triggers(), "CustomEmailSender": theirs})
    assert changed(root) == {}
    root.set(email_sender=mail)
    for _ in range(2):
        with pytest.raises(TerraformError, match="replace = true"):
            root.apply()
        assert pool.triggers()["CustomEmailSender"] == theirs
    root.set(email_sender=None)
    pool.update(LambdaConfig={name: value for name, value in pool.triggers().items() if name != "CustomEmailSender"})

    # And off.
    root.terraform.destroy()
    assert pool.state() == before


def checks(plan: Any) -> list[dict[str, Any]]:
    """The attachment's check in a plan."""
    return [
        check
        for check in plan.document.get("checks", [])
        if check["address"]["to_display"] == "module.attachment.check.attached"
    ]


@pytest.mark.long
def test_replace_puts_back_what_was_there(aws: LocalAws, tmp_path: Path) -> None:
    kms = aws.client("kms")
    old_key = kms.create_key()["KeyMetadata"]["Arn"]
    old = {"LambdaArn": "arn:aws:lambda:eu-central-1:123456789012:function:old", "LambdaVersion": "V1_0"}
    pool = live_pool(aws, "occupied", KMSKeyID=old_key, CustomSMSSender=old)
    before = pool.state()
    root = Root(tmp_path, aws, pool)

    with pytest.raises(TerraformError, match="replace = true"):
        root.apply()
    assert pool.state() == before

    root.set(replace=True)
    outputs = root.apply()
    assert pool.state() == with_trigger(before, outputs["lambda_config"])
    assert outputs["replaced"]["kms_key_id"] == old_key
    assert outputs["replaced"]["custom_sms_sender"]["lambda_arn"] == old["LambdaArn"]
    assert changed(root) == {}
    assert kms.list_grants(KeyId=old_key)["Grants"] == []

    root.terraform.destroy()
    assert pool.state() == before
    assert len(kms.list_grants(KeyId=old_key)["Grants"]) == 1, "granted again by the attachment's role"


@pytest.mark.long
def test_what_was_taken_off_after_a_refusal_does_not_come_back(aws: LocalAws, tmp_path: Path) -> None:
    """The refusal says: take it off where it is managed. Whoever does so must not get it back with a destroy."""
    old = {"LambdaArn": "arn:aws:lambda:eu-central-1:123456789012:function:old", "LambdaVersion": "V1_0"}
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    pool = live_pool(aws, "cleared", KMSKeyID=key, CustomSMSSender=old)
    root = Root(tmp_path, aws, pool)
    with pytest.raises(TerraformError, match="replace = true"):
        root.apply()

    others = {name: value for name, value in pool.triggers().items() if name not in {"KMSKeyID", "CustomSMSSender"}}
    pool.update(LambdaConfig=others)
    outputs = root.apply()
    assert outputs["replaced"] == {"kms_key_id": None, "custom_sms_sender": None, "custom_email_sender": None}
    root.terraform.destroy()
    assert pool.triggers() == others


@pytest.mark.long
def test_another_pool_and_a_pool_that_is_gone(aws: LocalAws, tmp_path: Path) -> None:
    first, second = live_pool(aws, "first"), live_pool(aws, "second")
    before = first.state(), second.state()
    root = Root(tmp_path, aws, first, second)
    root.apply()

    root.set(user_pool_arn=second.arn, sms_role_arn=second.sms_role_arn)
    # Changed in place, the rights on the old pool could be gone before its trigger is off; replaced, they go after it.
    plan = work(root.terraform.plan())
    assert {plan[f"module.attachment.aws_iam_role_policy.{name}"] for name in ("read", "write")} == {
        ("delete", "create")
    }
    outputs = root.apply()
    assert first.state() == before[0]
    assert second.state() == with_trigger(before[1], outputs["lambda_config"])
    assert changed(root) == {}

    second.update(DeletionProtection="INACTIVE", LambdaConfig=second.triggers())
    second.cognito.delete_user_pool(UserPoolId=second.id)
    # Terraform reads data sources before it destroys, and there is no pool to be read.
    root.terraform.destroy(refresh=False)
    assert root.terraform.state() == ()


@pytest.mark.long
def test_the_example_attaches_and_detaches_with_the_documented_rights(aws: LocalAws, tmp_path: Path) -> None:
    pool = live_pool(aws, "pool")
    before = pool.state()
    name = "existing-login"
    deployer = Deployer(aws, rights("sender", NAME=name), rights("attachment", NAME=name, POOL=pool.id))
    variables = {"user_pool_arn": pool.arn, "sms_role_arn": pool.sms_role_arn}
    terraform = Terraform(checkout(tmp_path) / "examples/existing-pool", deployer.environment())
    terraform.init()

    terraform.apply(variables=variables)
    assert aws.missing_wires()[pool.id] == []

    terraform.destroy(variables)
    assert pool.state() == before


@pytest.mark.long
def test_the_pool_of_one_state_is_attached_to_with_what_another_state_hands_over(aws: LocalAws, tmp_path: Path) -> None:
    """Pool and sender in states of their own, as their READMEs say: there and back, each with its own rights."""
    checkout(tmp_path)
    name = "two-states-login"
    owning, sending = Deployer(aws, rights("user-pool", POOL=name)), Deployer(aws, rights("sender", NAME=name))
    owner = Terraform(tmp_path / "examples/two-states-pool", owning.environment())
    sender = Terraform(tmp_path / "examples/two-states-sender", sending.environment())
    for terraform in (owner, sender):
        terraform.init()

    made = owner.apply()
    handed = {"user_pool_arn": made["user_pool_arn"]}
    back = {"sender": sender.apply(variables=handed)["lambda_config"]}
    owner.apply(variables=back)
    assert work(owner.plan(back)) == {}
    assert work(sender.plan(handed)) == {}

    cognito = aws.client("cognito-idp")
    client = cognito.create_user_pool_client(UserPoolId=made["user_pool_id"], ClientName="app")["UserPoolClient"]
    number = "+4915198765432"
    cognito.sign_up(
        ClientId=client["ClientId"],
        Username=number,
        Password="Correct-horse-7",
        UserAttributes=[{"Name": "phone_number", "Value": number}],
    )
    aws.settle()
    (message,) = aws.inbox(number)
    assert message["channel"] == "sns"

    # The trigger goes first, and nothing of it is left to be changed in a second plan.
    owner.apply()
    assert work(owner.plan()) == {}
    sender.destroy(handed)
    owner.destroy()


@pytest.mark.long
def test_a_pool_changes_its_key_and_no_code_is_lost(aws: LocalAws, tmp_path: Path) -> None:
    """The README's steps: at each of them, codes under the key of before and of now arrive."""
    kms = aws.client("kms")
    old, new = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    pool = live_pool(aws, "changing")
    before = pool.state()
    root = Root(tmp_path, aws, pool, key_arn=old)
    alias = root.apply()["alias_arn"]

    def arrives(number: str, key: str) -> bool:
        """Whether a code that Cognito has encrypted with this key reaches the phone now."""
        request = {
            "type": "customSMSSenderRequestV1",
            "code": encrypt(kms, key, "482913", pool.id),
            "clientMetadata": None,
            "userAttributes": {"sub": "5f2c1f9e", "phone_number": number, "cognito:user_status": "UNCONFIRMED"},
        }
        event = make_event(number, request)
        aws.client("lambda").invoke(FunctionName=alias, InvocationType="Event", Payload=json.dumps(event))
        aws.settle()
        return len(aws.inbox(number)) == 1

    def make_event(number: str, request: dict[str, Any]) -> dict[str, Any]:
        return {
            "version": "1",
            "triggerSource": "CustomSMSSender_SignUp",
            "region": "eu-central-1",
            "userPoolId": pool.id,
            "userName": number,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client_id},
            "request": request,
        }

    assert len(pool.sign_up("+4915177770001")) == 1
    assert not arrives("+4915177770002", new)

    both = {"old": {"arn": old}, "new": {"arn": new}}
    root.set(also_decrypt=both)
    root.apply()
    assert pool.triggers()["KMSKeyID"] == old
    assert arrives("+4915177770003", old)
    assert arrives("+4915177770004", new)

    root.set(key_arn=new)
    plan = work(root.terraform.plan())
    kept = [address for address in plan if "also_decrypt" in address]
    assert kept == [], "the grants that serve both keys are not touched"
    root.apply()
    assert pool.triggers()["KMSKeyID"] == new
    assert len(pool.sign_up("+4915177770005")) == 1
    assert arrives("+4915177770006", old)

    root.set(also_decrypt={})
    root.apply()
    assert len(pool.sign_up("+4915177770007")) == 1
    assert not arrives("+4915177770008", old)
    assert changed(root) == {}

    root.terraform.destroy()
    description = json.loads(pool.state())[0]
    assert description["LambdaConfig"] == json.loads(before)[0]["LambdaConfig"]
