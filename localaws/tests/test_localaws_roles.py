"""What a function, or somebody who has assumed a role, may do is what the role's policies say, call by call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.client import LocalAws
from localaws.tests.rig import LAYER, Account, Function, allow, package, trust


def test_a_role_without_rights_may_do_nothing_but_ask_who_it_is(probe: Function) -> None:
    probe.may(allow("sns:Nothing"))
    assert probe.aws_call("sts", "get_caller_identity")["Account"] == "123456789012"
    assert probe.aws_call("s3", "list_buckets")["error"] == "AccessDenied"
    assert probe.aws_call("dynamodb", "list_tables")["error"] == "AccessDeniedException"


def test_the_deployer_may_do_everything(aws: LocalAws) -> None:
    assert "TableNames" in aws.client("dynamodb").list_tables()


HERE = "eu-central-1:123456789012"


@pytest.mark.parametrize(
    ("call", "action", "resource"),
    [
        (
            ("lambda", "get_alias", {"FunctionName": "f", "Name": "live"}),
            "lambda:GetAlias",
            f"lambda:{HERE}:function:f",
        ),
        (
            ("lambda", "get_policy", {"FunctionName": "f", "Qualifier": "live"}),
            "lambda:GetPolicy",
            f"lambda:{HERE}:function:f:live",
        ),
        (
            ("lambda", "list_tags", {"Resource": f"arn:aws:lambda:{HERE}:function:f"}),
            "lambda:ListTags",
            f"lambda:{HERE}:function:f",
        ),
        (("iam", "get_role", {"RoleName": "absent"}), "iam:GetRole", "iam::123456789012:role/absent"),
        (
            ("iam", "create_role", {"RoleName": "made", "Path": "/x/", "AssumeRolePolicyDocument": trust("any")}),
            "iam:CreateRole",
            "iam::123456789012:role/x/made",
        ),
        (("sqs", "create_queue", {"QueueName": "q"}), "sqs:CreateQueue", f"sqs:{HERE}:q"),
        (("logs", "create_log_group", {"logGroupName": "g"}), "logs:CreateLogGroup", f"logs:{HERE}:log-group:g:*"),
        (
            ("logs", "list_tags_for_resource", {"resourceArn": f"arn:aws:logs:{HERE}:log-group:g"}),
            "logs:ListTagsForResource",
            f"logs:{HERE}:log-group:g",
        ),
        (
            ("dynamodb", "list_tags_of_resource", {"ResourceArn": f"arn:aws:dynamodb:{HERE}:table/t"}),
            "dynamodb:ListTagsOfResource",
            f"dynamodb:{HERE}:table/t",
        ),
        (
            ("cognito-idp", "list_tags_for_resource", {"ResourceArn": f"arn:aws:cognito-idp:{HERE}:userpool/p"}),
            "cognito-idp:ListTagsForResource",
            f"cognito-idp:{HERE}:userpool/p",
        ),
    ],
)
def test_who_assumes_a_role_may_do_what_its_policies_say(
    aws: LocalAws, account: Account, call: tuple[str, str, dict[str, Any]], action: str, resource: str
) -> None:
    service, method, parameters = call

    def answer(named: str) -> str:
        """The error, if there is one."""
        client = aws.client(service, role_arn=account.role(allow(action, f"arn:aws:{named}")))
        try:
            getattr(client, method)(**parameters)
        except ClientError as error:
            return str(error)
        return ""

    assert f"not authorized to perform: {action} on resource: arn:aws:{resource} " in answer(f"{resource}-other")
    assert "not authorized" not in answer(resource)


def test_who_makes_a_function_must_be_allowed_to_use_its_role_and_layer(aws: LocalAws, account: Account) -> None:
    role, name = account.role(), account.name("function")
    rights = [allow("lambda:CreateFunction", f"arn:aws:lambda:{HERE}:function:{name}")]

    def make() -> None:
        aws.client("lambda", role_arn=account.role(*rights)).create_function(
            FunctionName=name,
            Role=role,
            Code={"ZipFile": package("")},
            Runtime="python3.13",
            Handler="probe.handler",
            Architectures=["arm64"],
            Layers=[LAYER],
        )

    with pytest.raises(ClientError, match="not authorized to perform: lambda:GetLayerVersion on resource: "):
        make()
    rights.append(allow("lambda:GetLayerVersion", LAYER))
    elsewhere = {"StringEquals": {"iam:PassedToService": "cognito-idp.amazonaws.com"}}
    rights.append(allow("iam:PassRole", role, Condition=elsewhere))
    with pytest.raises(ClientError, match=f"not authorized to perform: iam:PassRole on resource: {role}"):
        make()
    rights.append(
        allow("iam:PassRole", role, Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})
    )
    make()


def test_an_alias_of_a_key_needs_the_right_on_both(aws: LocalAws, account: Account) -> None:
    key, name = account.key(), account.name("alias")
    arn = f"arn:aws:kms:{HERE}:alias/{name}"
    for resources, refused in (([key], arn), ([arn], key), ([key, arn], None)):
        kms = aws.client("kms", role_arn=account.role(allow("kms:CreateAlias", resources)))
        if refused:
            with pytest.raises(
                ClientError, match=f"not authorized to perform: kms:CreateAlias on resource: {refused} "
            ):
                kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
        else:
            kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    with pytest.raises(ClientError, match="kms:DeleteAlias"):
        kms.delete_alias(AliasName=f"alias/{name}")


def test_faults_do_not_touch_who_assumed_a_role(aws: LocalAws, account: Account) -> None:
    client = aws.client("dynamodb", role_arn=account.role(allow("dynamodb:ListTables")))
    with aws.fault("dynamodb", "server-error"):
        assert "TableNames" in client.list_tables()


def test_rights_name_the_queue(probe: Function, account: Account) -> None:
    (url, arn), (other, _) = account.queue(), account.queue()
    probe.may(allow("sqs:SendMessage", arn))
    assert "MessageId" in probe.aws_call("sqs", "send_message", QueueUrl=url, MessageBody="x")
    assert probe.aws_call("sqs", "send_message", QueueUrl=other, MessageBody="x")["error"] == "AccessDenied"
    assert probe.aws_call("sqs", "receive_message", QueueUrl=url)["error"] == "AccessDenied"


def test_rights_name_the_table(probe: Function, account: Account) -> None:
    dynamodb, name = account.aws.client("dynamodb"), account.name("table")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"pk": {"S": "x"}}
    probe.may(allow("dynamodb:PutItem", f"arn:aws:dynamodb:*:*:table/{name}"))
    assert "error" not in probe.aws_call("dynamodb", "put_item", TableName=name, Item=item)
    assert probe.aws_call("dynamodb", "get_item", TableName=name, Key=item)["error"] == "AccessDeniedException"
    probe.may(allow("dynamodb:PutItem", f"arn:aws:dynamodb:*:*:table/{name}-other"))
    assert probe.aws_call("dynamodb", "put_item", TableName=name, Item=item)["error"] == "AccessDeniedException"


def secret(account: Account, **options: Any) -> str:
    made = account.aws.client("secretsmanager").create_secret(
        Name=account.name("secret"), SecretString=json.dumps({"a": "b"}), **options
    )
    return str(made["ARN"])


def test_rights_name_the_secret(probe: Function, account: Account) -> None:
    mine, other = secret(account), secret(account)
    probe.may(allow("secretsmanager:GetSecretValue", mine))
    assert json.loads(probe.aws_call("secretsmanager", "get_secret_value", SecretId=mine)["SecretString"]) == {"a": "b"}
    by_name = mine.rsplit(":", 1)[1].rsplit("-", 1)[0]
    assert "SecretString" in probe.aws_call("secretsmanager", "get_secret_value", SecretId=by_name)
    refused = probe.aws_call("secretsmanager", "get_secret_value", SecretId=other)
    assert refused["error"] == "AccessDeniedException"
    assert "is not authorized to perform: secretsmanager:GetSecretValue" in refused["message"]


def test_a_secret_under_a_customers_key_needs_the_key_through_that_service(probe: Function, account: Account) -> None:
    key = account.key()
    mine = secret(account, KmsKeyId=key)
    read = allow("secretsmanager:GetSecretValue", mine)
    probe.may(read)
    assert probe.aws_call("secretsmanager", "get_secret_value", SecretId=mine)["error"] == "AccessDeniedException"
    via = {"StringLike": {"kms:ViaService": "ssm.*.amazonaws.com"}}
    probe.may(read, allow("kms:Decrypt", key, Condition=via))
    assert probe.aws_call("secretsmanager", "get_secret_value", SecretId=mine)["error"] == "AccessDeniedException"
    via = {"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}}
    probe.may(read, allow("kms:Decrypt", key, Condition=via))
    assert "SecretString" in probe.aws_call("secretsmanager", "get_secret_value", SecretId=mine)


def test_rights_name_the_parameter_and_its_key(probe: Function, account: Account) -> None:
    key, name = account.key(), f"/acme/{account.name('parameter')}"
    account.aws.client("ssm").put_parameter(Name=name, Value="v", Type="SecureString", KeyId=key)
    arn = f"arn:aws:ssm:eu-central-1:123456789012:parameter{name}"
    assert probe.aws_call("ssm", "get_parameter", Name=name)["error"] == "AccessDeniedException"
    probe.may(allow("ssm:GetParameter", arn))
    wanted: dict[str, Any] = {"Name": name, "WithDecryption": True}
    assert probe.aws_call("ssm", "get_parameter", **wanted)["error"] == "AccessDeniedException"
    probe.may(allow("ssm:GetParameter", arn), allow("kms:Decrypt", key))
    assert probe.aws_call("ssm", "get_parameter", **wanted)["Parameter"]["Value"] == "v"


def test_a_permissions_boundary_cuts_what_a_policy_gives(account: Account) -> None:
    iam = account.aws.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow(["sns:*", "logs:*"])]})
    boundary = iam.create_policy(PolicyName=account.name("boundary"), PolicyDocument=document)["Policy"]["Arn"]
    function = account.function(account.role(allow(["sns:Publish", "sqs:ListQueues"])))
    assert "error" not in function.aws_call("sqs", "list_queues")
    iam.put_role_permissions_boundary(RoleName=function.role_name, PermissionsBoundary=boundary)
    assert function.aws_call("sqs", "list_queues")["error"] == "AccessDenied"
    assert "MessageId" in function.aws_call("sns", "publish", PhoneNumber=account.number(), Message="x")


def test_attached_policies_count(account: Account) -> None:
    iam = account.aws.client("iam")
    function = account.function(account.role())
    assert function.aws_call("sqs", "list_queues")["error"] == "AccessDenied"
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("sqs:ListQueues")]})
    arn = iam.create_policy(PolicyName=account.name("policy"), PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=function.role_name, PolicyArn=arn)
    assert "error" not in function.aws_call("sqs", "list_queues")


def test_direct_sms_is_a_resource_that_is_no_topic(probe: Function, account: Account, aws: LocalAws) -> None:
    number = account.number()
    refused = probe.aws_call("sns", "publish", PhoneNumber=number, Message="x")
    assert (refused["error"], refused["status"]) == ("AuthorizationError", 403)
    assert refused["message"].endswith(
        f"is not authorized to perform: SNS:Publish on resource: {number} "
        "because no identity-based policy allows the SNS:Publish action"
    )
    topic = aws.client("sns").create_topic(Name=account.name("topic"))["TopicArn"]
    probe.may({"Effect": "Allow", "Action": "sns:Publish", "NotResource": "arn:aws:sns:*:*:*"})
    assert "MessageId" in probe.aws_call("sns", "publish", PhoneNumber=number, Message="x")
    assert probe.aws_call("sns", "publish", TopicArn=topic, Message="x")["error"] == "AuthorizationError"
    assert number not in json.dumps(aws.calls()), "decisions name no phone number"


@pytest.mark.parametrize(
    ("identity", "resource", "allowed"),
    [
        ("pool-0123", "arn:aws:sms-voice:*:*:pool/*", True),
        ("pool-0123", "arn:aws:sms-voice:*:*:phone-number/*", False),
        ("arn:aws:sms-voice:eu-central-1:123456789012:pool/pool-1", "arn:aws:sms-voice:*:*:pool/pool-1", True),
        ("arn:aws:sms-voice:eu-central-1:123456789012:pool/pool-2", "arn:aws:sms-voice:*:*:pool/pool-1", False),
        ("+4915112345678", "arn:aws:sms-voice:*:*:phone-number/*", True),
        ("Acme", "arn:aws:sms-voice:*:*:sender-id/*", True),
        (None, "arn:aws:sms-voice:*:*:phone-number/*", True),
        (None, "arn:aws:sms-voice:*:*:pool/*", False),
    ],
)
def test_end_user_messaging_is_decided_by_its_origination_identity(
    probe: Function, account: Account, identity: str | None, resource: str, allowed: bool
) -> None:
    probe.may(allow("sms-voice:SendTextMessage", resource))
    given = {"OriginationIdentity": identity} if identity else {}
    answer = probe.aws_call(
        "pinpoint-sms-voice-v2", "send_text_message", DestinationPhoneNumber=account.number(), MessageBody="x", **given
    )
    assert ("error" not in answer) is allowed
