"""What a role may do: every call of a role is turned into the IAM questions that AWS would ask, and decided.

Roles are those of functions, and those that somebody has assumed (``sts:AssumeRole``): Terraform, for one.

Resources follow the Service Authorization Reference. A direct SMS (SNS ``Publish`` with ``PhoneNumber``) has the number
itself as its resource, as AWS's own denial says: *not authorized to perform: SNS:Publish on resource: +1…*. Resource
policies of topics, queues and secrets are not evaluated: only the identity policies of the role count, which is
stricter than AWS inside one account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from typing import Any, Final

from moto.dynamodb.models import dynamodb_backends
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends

from localaws.actions import iam_action
from localaws.identity import NoSuchRoleError, RoleSession, role_policies
from localaws.journal import CallRecord, Journal
from localaws.kms import Keys, find_key
from localaws.policy import Ask, Verdict
from localaws.wire import Call, ServiceError

_AWS_OWNED: Final = ("alias/aws/", "aws/")
_DENIED: Final = {
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
    "s3": ("AccessDenied", 403),
    "sts": ("AccessDenied", 403),
    "iam": ("AccessDenied", 403),
    "lambda": ("AccessDeniedException", 403),
    "ses": ("AccessDeniedException", 403),
}
_TRANSACTION_RIGHTS: Final = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html: they take a role and layers.
_MAKING_FUNCTIONS: Final = frozenset({"lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"})
_ACTION_SPELLING: Final = {"sns:Publish": "SNS:Publish"}


class Access:
    """Decides calls of roles."""

    def __init__(self, account: str, journal: Journal, keys: Keys) -> None:
        self._account = account
        self._journal = journal
        self._keys = keys

    def check(self, call: Call, role: RoleSession) -> None:
        """Decide one call of a role (KMS has its own gate).

        :raises ServiceError: the denial in the service's own words.
        """
        if (call.service, call.action) == ("sts", "GetCallerIdentity"):
            return
        for action, resource in _questions(call, role):
            self.require(role, action, resource, call.region, service=call.service, context=_conditions(call))
        for passed, service in _passed_roles(call):
            context = {"iam:PassedToService": [service]}
            self.require(role, "iam:PassRole", passed, call.region, service=call.service, context=context)
        self._check_encryption(call, role)

    def require(
        self,
        role: RoleSession,
        action: str,
        resource: str,
        region: str,
        *,
        service: str = "",
        context: Mapping[str, list[str]] | None = None,
    ) -> None:
        """Demand one right.

        :raises ServiceError: the denial.
        """
        if not self.allows(role, action, resource, region, context):
            code, status = _DENIED.get(service or action.partition(":")[0], ("AccessDeniedException", 400))
            spelled = _ACTION_SPELLING.get(action, action)
            raise ServiceError(
                code,
                f"User: {role.arn} is not authorized to perform: {spelled} on resource: {resource} "
                f"because no identity-based policy allows the {spelled} action",
                status,
            )

    def allows(
        self,
        role: RoleSession,
        action: str,
        resource: str,
        region: str,
        extra: Mapping[str, list[str]] | None = None,
    ) -> bool:
        """Decide one right and write the decision down (a phone number as resource is not written)."""
        context = {
            **(extra or {}),
            "aws:PrincipalArn": [role.role_arn],
            "aws:PrincipalAccount": [role.account],
            "aws:RequestedRegion": [region],
            "aws:PrincipalType": ["AssumedRole"],
            "aws:SecureTransport": ["true"],
            "aws:ViaAWSService": ["false"],
        }
        if resource.startswith("arn:") and (account := resource.split(":")[4]):
            context["aws:ResourceAccount"] = [account]
        try:
            allowed = role_policies(role.role_arn).decide(Ask(action, resource, context)) is Verdict.ALLOW
            reason = "" if allowed else f"no identity-based policy allows the {action} action"
        except NoSuchRoleError:
            allowed, reason = False, f"the role {role.role_arn} does not exist"
        shown = resource if resource == "*" or resource.startswith("arn:") else "(phone number)"
        service = action.partition(":")[0]
        self._journal.call(CallRecord(role.role_arn, service, action, shown, allowed=allowed, reason=reason))
        return allowed

    # -- what a call touches ------------------------------------------------------------------------------------------

    def _check_encryption(self, call: Call, role: RoleSession) -> None:
        """A secret, parameter, queue, topic or table under a customer's key needs the key too, through that service."""
        needed = _encryption(call, role)
        if needed is None:
            return
        reference, operation, context = needed
        if reference.startswith(_AWS_OWNED) or ":alias/aws/" in reference:
            return
        key = find_key(role.account, call.region, reference)
        if key is not None and key.key_manager != "AWS":
            self._keys.authorise(role, operation, key, context, call.region, via_service=call.service)


def _questions(call: Call, role: RoleSession) -> list[tuple[str, str]]:
    """Actions and resources that must all be allowed."""
    if call.service == "dynamodb" and "TransactItems" in call.json:
        # A transaction has no right of its own: each part needs the one of the operation that it stands for.
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
        parts = [(kind, part) for item in call.json["TransactItems"] for kind, part in item.items()]
        asked = [
            (f"dynamodb:{_TRANSACTION_RIGHTS[kind]}", _table_arn(part["TableName"], call, role)) for kind, part in parts
        ]
        return list(dict.fromkeys(asked))
    finder = _FINDERS.get(call.service)
    action = iam_action(call)
    questions = [(action, resource) for resource in (finder(call, role) if finder else ["*"])]
    if action in _MAKING_FUNCTIONS:
        questions += [("lambda:GetLayerVersion", layer) for layer in call.json.get("Layers") or []]
    return questions


def _secret(call: Call, role: RoleSession) -> Any:
    secret_id = str(call.json.get("SecretId", ""))
    backend = secretsmanager_backends[role.account][call.region]
    return backend.secrets.get(secret_id)


def _secret_resources(call: Call, role: RoleSession) -> list[str]:
    if "SecretId" not in call.json:
        return ["*"]
    secret = _secret(call, role)
    secret_id = str(call.json["SecretId"])
    if secret is not None:
        return [str(secret.arn)]
    arn = f"arn:{role.partition}:secretsmanager:{call.region}:{role.account}:secret:{secret_id}"
    return [secret_id if secret_id.startswith("arn:") else arn]


def _parameter_resources(call: Call, role: RoleSession) -> list[str]:
    names = [call.json["Name"]] if "Name" in call.json else list(call.json.get("Names") or [])
    if not names:
        return ["*"]
    prefix = f"arn:{role.partition}:ssm:{call.region}:{role.account}:parameter"
    return [name if name.startswith("arn:") else f"{prefix}/{str(name).lstrip('/')}" for name in names]


def _topic_resources(call: Call, role: RoleSession) -> list[str]:
    return [call.form.get("TopicArn") or call.form.get("TargetArn") or call.form.get("PhoneNumber") or "*"]


def _queue_resources(call: Call, role: RoleSession) -> list[str]:
    url = str(call.json.get("QueueUrl") or call.form.get("QueueUrl") or "")
    name = url.rsplit("/", 1)[-1] or call.json.get("QueueName")
    return [f"arn:{role.partition}:sqs:{call.region}:{role.account}:{name}"] if name else ["*"]


def _table_resources(call: Call, role: RoleSession) -> list[str]:
    named = call.json.get("TableName") or call.json.get("ResourceArn")
    names = [named] if named else list(call.json.get("RequestItems") or {})
    return [_table_arn(name, call, role) for name in names] or ["*"]


def _table_arn(name: str, call: Call, role: RoleSession) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:{role.partition}:dynamodb:{call.region}:{role.account}:table/{name}"


def _log_resources(call: Call, role: RoleSession) -> list[str]:
    group, stream = call.json.get("logGroupName"), call.json.get("logStreamName")
    if not group:
        return [call.json.get("resourceArn") or "*"]
    arn = f"arn:{role.partition}:logs:{call.region}:{role.account}:log-group:{group}"
    return [f"{arn}:log-stream:{stream}" if stream else f"{arn}:*"]


def _messaging_resources(call: Call, role: RoleSession) -> list[str]:
    """The origination identity; without one AWS picks a phone number of the account. For Notify, what it names."""
    prefix = f"arn:{role.partition}:sms-voice:{call.region}:{role.account}"
    if call.action == "SendNotifyTextMessage":
        named = {
            "notify-configuration": call.json.get("NotifyConfigurationId"),
            "configuration-set": call.json.get("ConfigurationSetName"),
        }
        return [
            str(value) if str(value).startswith("arn:") else f"{prefix}:{kind}/{value}"
            for kind, value in named.items()
            if value
        ]
    identity = str(call.json.get("OriginationIdentity") or "")
    if not identity:
        return [f"{prefix}:phone-number/chosen-by-aws"]
    if identity.startswith("arn:"):
        return [identity]
    kinds = {"pool-": "pool", "phone-": "phone-number", "sender-": "sender-id", "rcs-": "rcs-agent"}
    kind = next((kind for start, kind in kinds.items() if identity.startswith(start)), None)
    if kind is None:
        kind = "phone-number" if identity.startswith("+") else "sender-id"
    return [f"{prefix}:{kind}/{identity}"]


def _mail_resources(call: Call, role: RoleSession) -> list[str]:
    """All that a mail names: the identity that sends, configuration set and tenant.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
    """
    request = call.json
    if "FromEmailAddress" not in request:
        return ["*"]
    prefix = f"arn:{role.partition}:ses:{call.region}:{role.account}"
    address = parseaddr(request["FromEmailAddress"])[1]
    known = ses_backends[role.account][call.region].email_identities
    identity = address if address in known else address.rpartition("@")[2]
    found = [request.get("FromEmailAddressIdentityArn") or f"{prefix}:identity/{identity}"]
    if name := request.get("ConfigurationSetName"):
        found.append(f"{prefix}:configuration-set/{name}")
    if name := request.get("TenantName"):
        found.append(f"{prefix}:tenant/{name}/tn-0")
    return found


def _conditions(call: Call) -> dict[str, list[str]]:
    """What a policy's conditions can see of a call, beyond what all calls have."""
    if call.service != "ses":
        return {}
    name, address = parseaddr(call.json.get("FromEmailAddress", ""))
    found = {"ses:ApiVersion": ["2"], "ses:FromAddress": [address], "ses:FromDisplayName": [name]}
    found["ses:Recipients"] = (call.json.get("Destination") or {}).get("ToAddresses") or []
    return {key: values for key, values in found.items() if any(values)}


def _function_resources(call: Call, role: RoleSession) -> list[str]:
    if "find" in call.query:
        return [call.query["Arn"][0]]
    _version, kind, *rest = call.path.strip("/").split("/")
    if kind == "tags":
        return [rest[0]]
    if kind != "functions":
        return ["*"]
    name = str(rest[0] if rest else call.json.get("FunctionName", "*"))
    if name != "*" and not name.startswith("arn:"):
        name = f"arn:{role.partition}:lambda:{call.region}:{role.account}:function:{name}"
    qualifier = call.query.get("Qualifier", [""])[0]
    return [f"{name}:{qualifier}" if qualifier and name.count(":") == 6 else name]


def _pool_resources(call: Call, role: RoleSession) -> list[str]:
    pool_id = call.json.get("UserPoolId")
    if not pool_id:
        return [call.json.get("ResourceArn") or "*"]
    return [f"arn:{role.partition}:cognito-idp:{call.region}:{role.account}:userpool/{pool_id}"]


def _role_resources(call: Call, role: RoleSession) -> list[str]:
    name = call.form.get("RoleName")
    if not name:
        return ["*"]
    there = iam_backends[role.account][role.partition].roles.values()
    found = [str(other.arn) for other in there if other.name == name]
    return found or [f"arn:{role.partition}:iam::{role.account}:role{call.form.get('Path', '/')}{name}"]


def _monitoring_resources(call: Call, role: RoleSession) -> list[str]:
    prefix = f"arn:{role.partition}:cloudwatch"
    found = [
        f"{prefix}:{call.region}:{role.account}:alarm:{value}"
        if name.startswith("AlarmName")
        else f"{prefix}::{role.account}:dashboard/{value}"
        for name, value in call.form.items()
        if re.fullmatch(r"(AlarmName|DashboardName)(s\.member\.\d+)?", name)
    ]
    return found or [call.form.get("ResourceARN") or "*"]


def _passed_roles(call: Call) -> list[tuple[str, str]]:
    """Roles that a call hands to a service: its caller must be allowed to pass them."""
    if iam_action(call) in _MAKING_FUNCTIONS and call.json.get("Role"):
        return [(str(call.json["Role"]), "lambda.amazonaws.com")]
    if call.service != "cognito-idp":
        return []
    sms = (call.json.get("SmsMfaConfiguration") or call.json).get("SmsConfiguration") or {}
    roles = [sms.get("SnsCallerArn"), (sms.get("EumsSms") or {}).get("CallerArn")]
    return [(str(role), "cognito-idp.amazonaws.com") for role in roles if role]


_FINDERS: Final[Mapping[str, Callable[[Call, RoleSession], list[str]]]] = {
    "secretsmanager": _secret_resources,
    "ssm": _parameter_resources,
    "sns": _topic_resources,
    "sqs": _queue_resources,
    "dynamodb": _table_resources,
    "logs": _log_resources,
    "sms-voice": _messaging_resources,
    "ses": _mail_resources,
    "lambda": _function_resources,
    "cognito-idp": _pool_resources,
    "iam": _role_resources,
    "monitoring": _monitoring_resources,
}


def _encryption(call: Call, role: RoleSession) -> tuple[str, str, Mapping[str, str]] | None:
    """Key, KMS operation and encryption context that a call needs besides its own right; None for AWS's own keys."""
    if (call.service, call.action) == ("secretsmanager", "GetSecretValue"):
        secret = _secret(call, role)
        if secret is not None and secret.kms_key_id:
            return str(secret.kms_key_id), "Decrypt", {"SecretARN": secret.arn}
    if call.service == "ssm" and call.action.startswith("GetParameter") and call.json.get("WithDecryption"):
        for arn in _parameter_resources(call, role):
            name = arn.split(":parameter", 1)[-1]
            store = ssm_backends[role.account][call.region]._parameters
            versions = store.get(name) or store.get(name.lstrip("/"))
            if versions and versions[-1].parameter_type == "SecureString" and versions[-1].keyid:
                return str(versions[-1].keyid), "Decrypt", {"PARAMETER_ARN": arn}
    if (call.service, call.action) == ("sns", "Publish"):
        topic = sns_backends[role.account][call.region].topics.get(_topic_resources(call, role)[0])
        if topic is not None and topic.kms_master_key_id:
            return str(topic.kms_master_key_id), "GenerateDataKey", {}
    if call.service == "dynamodb":
        return _table_key(call, role)
    if call.service == "sqs" and call.action.startswith("SendMessage"):
        name = _queue_resources(call, role)[0].rsplit(":", 1)[-1]
        return queue_key(role.account, call.region, name)
    return None


def _table_key(call: Call, role: RoleSession) -> tuple[str, str, Mapping[str, str]] | None:
    """Who reads or writes items must be able to open the table's key. (Writers too: aws/aws-cdk#10010.)"""
    if not call.action.endswith(("Item", "Items", "Query", "Scan")):
        return None
    keys = (table_key(role.account, call.region, arn.rpartition("/")[2]) for _, arn in _questions(call, role))
    return next(filter(None, keys), None)


def table_key(account: str, region: str, name: str) -> tuple[str, str, Mapping[str, str]] | None:
    """The key of a table that its user needs, if it has one."""
    table = dynamodb_backends[account][region].tables.get(name)
    encryption = (table.sse_specification if table else None) or {}
    if not encryption.get("Enabled"):
        return None
    context = {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": account}
    return str(encryption["KMSMasterKeyId"]), "Decrypt", context


def queue_key(account: str, region: str, name: str) -> tuple[str, str, Mapping[str, str]] | None:
    """The key of a queue that a sender needs, if it is the customer's."""
    queue = sqs_backends[account][region].queues.get(name)
    key = getattr(queue, "kms_master_key_id", None)
    return (str(key), "GenerateDataKey", {}) if key else None
