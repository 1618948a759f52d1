"""The last thing that runs: `terraform destroy` takes everything away and leaves what was there before."""

from __future__ import annotations

from support.stack import Stack


def test_destroy_leaves_nothing_behind(stack: Stack) -> None:
    existing = {stack.pools[name].id for name in ("first", "second", "stranger", "attached")}
    stack.terraform.destroy(refresh=False)

    left = stack.left()
    assert left.pop("pools") == existing
    assert {name for name in left.pop("roles") if not name.startswith("existing-")} == set()
    assert left == {}


def test_the_pool_that_was_attached_to_is_as_it_was(stack: Stack) -> None:
    assert stack.attached.state() == stack.before_attached

    number = "+4915112345679"
    stack.attached.sign_up(number)
    assert stack.aws.inbox(number)[0]["meta"].get("native") is True, "Cognito sends by itself again"


def test_the_attachment_needed_no_other_right_than_these(stack: Stack) -> None:
    needed = {call["action"] for call in stack.aws.calls() if "role/e2e-attached-attachment-" in call["principal"]}

    assert needed == {
        *("cognito-idp:DescribeUserPool", "cognito-idp:GetUserPoolMfaConfig", "cognito-idp:UpdateUserPool"),
        *("iam:PassRole", "kms:CreateGrant", "logs:CreateLogStream", "logs:PutLogEvents"),
    }


def test_the_deployer_needed_what_the_documentation_says(stack: Stack) -> None:
    """From the first apply to the destroy it had nothing else; and it has used all of that."""
    assert stack.deployer.not_needed() == []
