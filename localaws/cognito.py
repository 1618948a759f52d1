"""Cognito: codes, their encryption and the custom sender triggers, on top of moto's user pools.

What Cognito does is in AWS's developer guide; how it encrypts was read from real codes: message format v1, suite 0x0378
(no key commitment), one ``aws-kms`` data key with the full key ARN, encryption context ``userpool-id``. Codes live in
memory only. Not modeled: other triggers, SRP, passkeys, attempt limits, a choice between second factors.
"""

from __future__ import annotations

import base64
import html
import json
import secrets
import string
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aws_encryption_sdk
import boto3
from aws_encryption_sdk.exceptions import GenerateKeyError
from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from botocore.config import Config
from moto.cognitoidp.models import UserStatus, cognitoidp_backends
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow

from localaws import pools
from localaws.asynchronous import AsyncInvoker
from localaws.functions import Functions, may_assume
from localaws.identity import Mint, NoSuchRoleError, Principal, Service, role_policies
from localaws.inbox import Inbox
from localaws.journal import CallRecord, Journal
from localaws.kms import Keys, check_state, find_key, grant_allows
from localaws.policy import Ask, Verdict
from localaws.wire import Call, Response, ServiceError, json_response

COGNITO: Final = "cognito-idp.amazonaws.com"
SENDERS: Final = ("CustomSMSSender", "CustomEmailSender")
_GRANT_NAME: Final = "cognito-custom-senders"
_HOUR: Final = 3600
_LIFETIMES_SECONDS: Final[Mapping[str, int]] = {
    "SignUp": 24 * _HOUR,
    "ResendCode": 24 * _HOUR,
    "UpdateUserAttribute": 24 * _HOUR,
    "VerifyUserAttribute": 24 * _HOUR,
    "ForgotPassword": _HOUR,
    "Authentication": 180,
}
_NO_CLIENT: Final = "CLIENT_ID_NOT_APPLICABLE"
# Eight instead of six: https://github.com/aws-amplify/amplify-js/issues/14428
_MORE_DIGITS_OF_FIRST_FACTORS: Final = 2
# Challenge: medium of its code. EMAIL_OTP is the name of the second factor too.
_CODE_CHALLENGES: Final[Mapping[str, str]] = {"SMS_MFA": "SMS", "SMS_OTP": "SMS", "EMAIL_OTP": "EMAIL"}
_ATTRIBUTES: Final[Mapping[str, str]] = {"SMS": "phone_number", "EMAIL": "email"}

_LEGACY_RECOVERY: Final = (
    {"Name": "verified_phone_number", "Priority": 1},
    {"Name": "verified_email", "Priority": 2},
)

Forward = Callable[[Call], Response]


@dataclass(slots=True)
class _Code:
    value: str = field(repr=False)
    expires: float


@dataclass(frozen=True)
class _Pool:
    """A user pool of moto with where it is."""

    model: Any
    backend: Any
    region: str
    account: str

    @property
    def config(self) -> Mapping[str, Any]:
        return self.model.extended_config  # type: ignore[no-any-return]

    @property
    def triggers(self) -> Mapping[str, Any]:
        return self.config.get("LambdaConfig") or {}


@dataclass(frozen=True, slots=True)
class _Message:
    """What is to be sent to a user, and why."""

    purpose: str
    medium: str
    code: str = field(repr=False)
    client_id: str
    metadata: Mapping[str, str] | None


class Cognito:
    """Handles the operations that send or check codes, and checks pools when they are made; the rest is moto's."""

    def __init__(
        self,
        account: str,
        mint: Mint,
        keys: Keys,
        functions: Functions,
        invoker: AsyncInvoker,
        inbox: Inbox,
        journal: Journal,
        endpoint: Callable[[], str],
        code_digits: int,
    ) -> None:
        self._account = account
        self._mint = mint
        self._keys = keys
        self._functions = functions
        self._invoker = invoker
        self._inbox = inbox
        self._journal = journal
        self._endpoint = endpoint
        self._code_digits = code_digits
        self._lock = threading.RLock()
        self._codes: dict[tuple[str, str, str], _Code] = {}
        self._clients: dict[tuple[str, str], Any] = {}
        self._sdk = aws_encryption_sdk.EncryptionSDKClient(
            commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
        )

    def handle(self, call: Call, principal: Principal, forward: Forward) -> Response:
        """Answer one Cognito call.

        :raises ServiceError: what Cognito would answer.
        """
        if call.action in _POOL_OPERATIONS:
            with self._lock:
                return self._pool_call(call, principal, forward)
        operation = _OPERATIONS.get(call.action)
        if operation is None:
            return forward(call)
        try:
            with self._lock:
                return json_response(operation(self, call, forward))
        except JsonRESTError as error:
            raise ServiceError(str(error.error_type), str(error.message)) from None

    # -- pools --------------------------------------------------------------------------------------------------------

    def _pool_call(self, call: Call, principal: Principal, forward: Forward) -> Response:
        request = call.json
        if call.action == "CreateUserPool":
            return self._create(call, principal, forward)
        pool = self._pool(str(request.get("UserPoolId", "")))
        if call.action == "UpdateUserPool":
            self._update(call, pool, principal)
            return json_response({})
        if call.action == "DescribeUserPool":
            return json_response({"UserPool": _pool_json(pool)})
        if call.action == "SetUserPoolMfaConfig":
            self._set_mfa(pool, request)
        if call.action in {"SetUserPoolMfaConfig", "GetUserPoolMfaConfig"}:
            return json_response(_mfa_json(pool))
        if pool.config.get("DeletionProtection") == "ACTIVE":
            message = "The user pool cannot be deleted because deletion protection is activated."
            raise _invalid(f"{message} Deletion protection must be inactivated first.")
        response = forward(call)
        if response.status == 200:
            self._retire_grants(pool, str(pool.triggers.get("KMSKeyID") or ""))
        return response

    def _create(self, call: Call, principal: Principal, forward: Forward) -> Response:
        request = call.json
        pools.check(pools.CREATE, request)
        config = pools.settled(request)
        key = self._check_triggers(call, config["LambdaConfig"], request)
        _check_mfa(config, {})
        response = forward(call)
        if response.status != 200:
            return response
        pool = self._pool(response.json["UserPool"]["Id"])
        try:
            self.check_sms_role(pool, request.get("SmsConfiguration"))
            if key is not None:
                self._grant(pool, key, principal)
        except ServiceError:
            pool.backend.delete_user_pool(pool.model.id)
            raise
        pool.model.extended_config = {**pools.fixed(request), **config}
        _settle_mfa(pool, config)
        return json_response({"UserPool": _pool_json(pool)})

    def _update(self, call: Call, pool: _Pool, principal: Principal) -> None:
        """Every setting is what this request says, or its default: nothing is kept."""
        request = call.json
        pools.check(pools.UPDATE, request)
        config = pools.settled(request)
        key = self._check_triggers(call, config["LambdaConfig"], request)
        _check_mfa(config, _factors(pool))
        self.check_sms_role(pool, request.get("SmsConfiguration"))
        before = str(pool.triggers.get("KMSKeyID") or "")
        if key is not None:
            self._grant(pool, key, principal)
        if before and before != str(config["LambdaConfig"].get("KMSKeyID") or ""):
            self._retire_grants(pool, before)
        kept = {name: pool.config[name] for name in pools.FIXED if name in pool.config}
        pool.model.extended_config = {**kept, **config}
        pool.model.name = request.get("PoolName") or pool.model.name
        pool.model.last_modified_date = utcnow()
        _settle_mfa(pool, config)

    def _set_mfa(self, pool: _Pool, request: Mapping[str, Any]) -> None:
        """The second factors, all of them: one that is left out is off."""
        pools.check(pools.MFA, request)
        pools.check_factors(request)
        mode = request.get("MfaConfiguration") or "OFF"
        factors = {name: dict(request[name]) for name in _FACTORS if request.get(name) is not None}
        sms = factors.get("SmsMfaConfiguration")
        if mode != "OFF" and not {"SmsMfaConfiguration", *_OTHER_SECOND_FACTORS} & set(factors):
            raise _invalid("Invalid MFA configuration given, can't turn on MFA and not configure any MFA.")
        if sms is not None:
            self.check_sms_role(pool, sms.get("SmsConfiguration"))
            for name in ("SmsConfiguration", "SmsAuthenticationMessage"):
                if sms.get(name):
                    pool.model.extended_config[name] = sms[name]
            if not pool.config.get("SmsConfiguration"):
                raise _invalid("SmsConfiguration is required for SMS MFA.")
        pools.check_factors_of(pool.config, mode, factors)
        pool.model.extended_config["MfaConfiguration"] = mode
        pool.model.last_modified_date = utcnow()
        _keep_mfa(pool, mode, factors)

    def _check_triggers(self, call: Call, triggers: Mapping[str, Any], request: Mapping[str, Any]) -> Any:
        """The key of a pool that has custom senders (None without any).

        :raises ServiceError: InvalidParameterException.
        """
        senders = [name for name in SENDERS if triggers.get(name)]
        if not senders:
            return None
        reference = str(triggers.get("KMSKeyID") or "")
        if not reference:
            raise _invalid("KMSKeyID is required when a custom sender Lambda trigger is configured.")
        if not reference.startswith("arn:") or ":key/" not in reference:
            raise _invalid(f"KMSKeyID {reference} is not the ARN of a KMS key.")
        if "CustomSMSSender" in senders and not request.get("SmsConfiguration"):
            raise _invalid("SmsConfiguration is required when a CustomSMSSender Lambda trigger is configured.")
        for name in senders:
            sender = triggers[name]
            if sender.get("LambdaVersion") != "V1_0":
                raise _invalid(f"{name}: LambdaVersion must be V1_0.")
            if ":function:" not in str(sender.get("LambdaArn", "")):
                raise _invalid(f"{name}: LambdaArn is not the ARN of a function.")
        key = find_key(self._account, call.region, reference)
        if key is None:
            raise _invalid(f"The KMS key {reference} does not exist.")
        try:
            check_state(key)
        except ServiceError as error:
            raise _invalid(f"The KMS key cannot be used: {error.message}") from None
        if key.key_spec != "SYMMETRIC_DEFAULT" or (key.key_usage or "ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT":
            raise _invalid(f"The KMS key {reference} is not a symmetric encryption key.")
        return key

    def check_sms_role(self, pool: _Pool, configuration: Mapping[str, Any] | None) -> None:
        """The role that Cognito demands for SMS, even when a custom sender does the work."""
        if not configuration:
            return
        messaging = configuration.get("EumsSms") or {}
        if messaging and configuration.get("SnsCallerArn"):
            raise _invalid("SmsConfiguration takes either SnsCallerArn or EumsSms.")
        role_arn = str(messaging.get("CallerArn") or configuration.get("SnsCallerArn") or "")
        action = "sms-voice:SendTextMessage" if messaging else "sns:Publish"
        context = {
            "sts:ExternalId": [str(messaging.get("ExternalId") or configuration.get("ExternalId") or "")],
            "aws:SourceAccount": [pool.account],
            "aws:SourceArn": [str(pool.model.arn)],
        }
        try:
            role = role_policies(role_arn)
        except (NoSuchRoleError, IndexError, KeyError):
            raise ServiceError("InvalidSmsRoleTrustRelationshipException", f"Role {role_arn} does not exist.") from None
        if not may_assume(role.trust, COGNITO, context):
            message = "Role does not have a trust relationship allowing Cognito to assume the role"
            raise ServiceError("InvalidSmsRoleTrustRelationshipException", message)
        if role.decide(Ask(action, "+10000000000", {"aws:RequestedRegion": [pool.region]})) is not Verdict.ALLOW:
            message = "Role does not have permission to publish with SNS"
            raise ServiceError("InvalidSmsRoleAccessPolicyException", message)

    def _grant(self, pool: _Pool, key: Any, caller: Principal) -> None:
        """The grant that Cognito gets for a pool, once, if the caller may give it.

        :raises ServiceError: NotAuthorizedException.
        """
        context = {"userpool-id": str(pool.model.id)}
        mine = [grant for grant in key.grants.values() if grant.grantee_principal == COGNITO]
        if any(grant_allows(grant, "GenerateDataKey", context) for grant in mine):
            return
        extra = {
            "kms:GrantOperations": ["GenerateDataKey"],
            "kms:GranteePrincipal": [COGNITO],
            "kms:GrantIsForAWSResource": ["false"],
            "kms:GrantConstraintType": ["EncryptionContextSubset"],
        }
        try:
            self._keys.authorise(caller, "CreateGrant", key, context, pool.region, extra=extra)
        except ServiceError as error:
            raise ServiceError("NotAuthorizedException", error.message) from None
        key.add_grant(_GRANT_NAME, COGNITO, ["GenerateDataKey"], {"EncryptionContextSubset": context}, "")

    def _retire_grants(self, pool: _Pool, reference: str) -> None:
        """The caller that puts a key back must be allowed to give the grant again."""
        key = find_key(pool.account, pool.region, reference)
        if key is None:
            return
        for grant in list(key.grants.values()):
            constraint = (grant.constraints or {}).get("EncryptionContextSubset") or {}
            if grant.grantee_principal == COGNITO and constraint.get("userpool-id") == pool.model.id:
                key.grants.pop(grant.id, None)

    # -- finding things -----------------------------------------------------------------------------------------------

    def all_pools(self) -> list[_Pool]:
        """Every pool of the account."""
        return [
            _Pool(model, backend, region, self._account)
            for region, backend in list(cognitoidp_backends[self._account].items())
            for model in list(backend.user_pools.values())
        ]

    def clients(self) -> list[dict[str, str]]:
        """Every app client, for the page that signs users up."""
        return [
            {"id": str(client.id), "name": str(client.extended_config.get("ClientName")), "pool": str(pool.model.name)}
            for pool in self.all_pools()
            for client in list(pool.model.clients.values())
        ]

    def _pool(self, pool_id: str) -> _Pool:
        for pool in self.all_pools():
            if pool.model.id == pool_id:
                return pool
        raise ServiceError("ResourceNotFoundException", f"User pool {pool_id} does not exist.")

    def _pool_of_client(self, client_id: str) -> _Pool:
        for pool in self.all_pools():
            if client_id in pool.model.clients:
                return pool
        raise ServiceError("ResourceNotFoundException", f"User pool client {client_id} does not exist.")

    def _signed_in(self, token: str) -> tuple[_Pool, Any, str]:
        """Pool, user and client of an access token."""
        for pool in self.all_pools():
            if token in pool.model.access_tokens:
                client_id, username = pool.model.access_tokens[token]
                return pool, self._user(pool, username), str(client_id)
        raise ServiceError("NotAuthorizedException", "Invalid Access Token")

    def _user(self, pool: _Pool, username: str) -> Any:
        user = pool.model._get_user(username)
        if user is None:
            raise ServiceError("UserNotFoundException", "User does not exist.")
        return user

    # -- codes --------------------------------------------------------------------------------------------------------

    def _new_code(self, pool: _Pool, user: Any, purpose: str, slot: str, more_digits: int = 0) -> str:
        digits = self._code_digits + more_digits
        value = f"{secrets.randbelow(10**digits):0{digits}d}"
        expires = time.monotonic() + _LIFETIMES_SECONDS[purpose]
        self._codes[str(pool.model.id), str(user.id), slot] = _Code(value, expires)
        return value

    def _use_code(self, pool: _Pool, user: Any, slot: str, given: str) -> None:
        """Take a code off the list if it is the right one.

        :raises ServiceError: CodeMismatchException, ExpiredCodeException.
        """
        place = (str(pool.model.id), str(user.id), slot)
        code = self._codes.get(place)
        if code is None or time.monotonic() > code.expires:
            raise ServiceError("ExpiredCodeException", "Invalid code provided, please request a code again.")
        if not secrets.compare_digest(code.value.encode(), str(given).encode()):
            raise ServiceError("CodeMismatchException", "Invalid verification code provided, please try again.")
        del self._codes[place]

    # -- sending ------------------------------------------------------------------------------------------------------

    def _send(self, pool: _Pool, user: Any, message: _Message) -> dict[str, str]:
        """Hand a message to the trigger, or send it as Cognito itself would. Returns the code delivery details.

        Nobody learns from the answer that a trigger could not be used, as custom senders are asynchronous: that is
        what alarms are for. ``/_local/calls`` says what was denied.
        """
        self._inbox.remember(html.unescape(message.code))
        attribute = _ATTRIBUTES[message.medium]
        recipient = str(user.attribute_lookup[attribute])
        name = "CustomSMSSender" if message.medium == "SMS" else "CustomEmailSender"
        trigger = pool.triggers.get(name)
        if not trigger:
            self._send_natively(pool, message, recipient)
        elif (code := self._encrypt(pool, message.code)) is not None:
            request = {
                "type": "customSMSSenderRequestV1" if message.medium == "SMS" else "customEmailSenderRequestV1",
                "code": code,
                "clientMetadata": dict(message.metadata) if message.metadata else None,
                "userAttributes": _event_attributes(user),
            }
            self._invoke(pool, name, message.purpose, user, message.client_id, request)
        return {"Destination": _masked(recipient), "DeliveryMedium": message.medium, "AttributeName": attribute}

    def take_over(self, pool_id: str, username: str, action: str = "NO_ACTION") -> dict[str, str | None]:
        """Threat protection has seen a suspicious sign-in and tells the user, with neither a code nor an address.

        Real events: https://github.com/DefinitelyTyped/DefinitelyTyped/discussions/52111. The sign-in is made up.
        The token is remembered as codes are: the links hold it, and it lets anybody answer for the user.

        :raises ServiceError: InvalidParameterException without a trigger; Cognito's own notices are not modeled.
        """
        pool = self._pool(pool_id)
        user = self._user(pool, username)
        if not pool.triggers.get("CustomEmailSender"):
            raise _invalid(f"User pool {pool_id} has no CustomEmailSender.")
        event_id, token = str(uuid.uuid4()), secrets.token_urlsafe(96)
        link = (
            f"https://acme.auth.{pool.region}.amazoncognito.com/eventFeedback?eventId={event_id}&feedbackToken={token}"
        )
        attributes = {
            "EVENT_ID": event_id,
            "USER_NAME": str(user.username),
            "IP_ADDRESS": "192.0.2.44",
            "LOGIN_TIME": f"{utcnow():%A, %B %d, %Y %I:%M %p} UTC",
            "CITY": None,
            "COUNTRY": None,
            "DEVICE_NAME": "Opera 74, Linux",
            "ACCOUNT_TAKE_OVER_ACTION": action,
            "FEEDBACK_TOKEN": token,
            "ONE_CLICK_LINK_VALID": f"{link}&feedbackValue=Valid",
            "ONE_CLICK_LINK_INVALID": f"{link}&feedbackValue=Invalid",
        }
        self._inbox.remember(token)
        request = {
            "type": "customEmailSenderRequestV1",
            "code": None,
            "clientMetadata": None,
            "userAttributes": attributes,
        }
        self._invoke(pool, "CustomEmailSender", "AccountTakeOverNotification", user, None, request)
        return attributes

    def _invoke(
        self, pool: _Pool, name: str, purpose: str, user: Any, client_id: str | None, request: Mapping[str, Any]
    ) -> None:
        event = {
            "version": "1",
            "triggerSource": f"{name}_{purpose}",
            "region": pool.region,
            "userPoolId": pool.model.id,
            "userName": user.username,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
            "request": request,
        }
        function_arn = str(pool.triggers[name]["LambdaArn"])
        try:
            target = self._functions.target(pool.region, function_arn)
        except ServiceError as error:
            action = "lambda:InvokeFunction"
            record = CallRecord(COGNITO, "lambda", action, function_arn, allowed=False, reason=error.message)
            self._journal.call(record)
            return
        if self._functions.service_may_invoke(target, COGNITO, str(pool.model.arn), pool.account):
            self._invoker.submit(target, json.dumps(event).encode(), str(uuid.uuid4()))

    def _encrypt(self, pool: _Pool, text: str) -> str | None:
        """As Cognito encrypts: with a data key that it gets by its own grant. None when KMS gives it none."""
        key_arn = str(pool.triggers.get("KMSKeyID"))
        try:
            ciphertext, _ = self._sdk.encrypt(
                source=text.encode(),
                key_provider=KMSMasterKey(key_id=key_arn, client=self._kms(pool, key_arn)),
                encryption_context={"userpool-id": str(pool.model.id)},
                algorithm=Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
            )
        except GenerateKeyError:
            # The SDK hides KMS's error; the gate in front of KMS has written it down.
            return None
        return base64.b64encode(ciphertext).decode()

    def _kms(self, pool: _Pool, key_arn: str) -> Any:
        region = key_arn.split(":")[3]
        place = (str(pool.model.id), region)
        if place not in self._clients:
            arn = str(pool.model.arn)
            credentials = self._mint.issue(Service(COGNITO, pool.account, arn, arn.split(":")[1]))
            self._clients[place] = boto3.client(
                "kms",
                region_name=region,
                endpoint_url=self._endpoint(),
                aws_access_key_id=credentials.access_key,
                aws_secret_access_key=credentials.secret_key,
                aws_session_token=credentials.session_token,
                config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10),
            )
        return self._clients[place]

    def _send_natively(self, pool: _Pool, message: _Message, recipient: str) -> None:
        subject, template = _native_template(pool, message)
        meta: dict[str, Any] = {"native": True, "user_pool_id": pool.model.id}
        if message.medium == "EMAIL":
            meta.update(subject=subject, html=template.replace("{####}", message.code))
        channel = "sns" if message.medium == "SMS" else "email"
        self._inbox.deliver(channel, recipient, template.replace("{####}", message.code), meta)

    def _verification_medium(self, pool: _Pool, user: Any) -> str | None:
        """Cognito prefers the phone when both attributes are verified automatically."""
        verified = pool.config.get("AutoVerifiedAttributes") or []
        for attribute, medium in (("phone_number", "SMS"), ("email", "EMAIL")):
            if attribute in verified and user.attribute_lookup.get(attribute):
                return medium
        return None

    def _recovery_medium(self, pool: _Pool, user: Any) -> str | None:
        """A user's second factor recovers no password, unless the pool is one of before there was the setting.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AccountRecoverySettingType.html
        """
        setting = (pool.config.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms")
        barred = _second_factors(user) if setting else []
        for mechanism in sorted(setting or _LEGACY_RECOVERY, key=lambda item: int(item["Priority"])):
            for medium, attribute in _ATTRIBUTES.items():
                verified = user.attribute_lookup.get(f"{attribute}_verified") == "true"
                if mechanism["Name"] == f"verified_{attribute}" and verified and medium not in barred:
                    return medium
        return None

    # -- operations ---------------------------------------------------------------------------------------------------

    def sign_up(self, call: Call, _: Forward) -> dict[str, Any]:
        """``SignUp``."""
        request = call.json
        pool = self._pool_of_client(request["ClientId"])
        attributes = list(request.get("UserAttributes") or [])
        user, _details = pool.backend.sign_up(
            client_id=request["ClientId"],
            username=request["Username"],
            password=request["Password"],
            attributes=attributes,
        )
        _mark_unverified(user)
        answer: dict[str, Any] = {"UserConfirmed": False, "UserSub": user.id, "Session": str(uuid.uuid4())}
        if medium := self._verification_medium(pool, user):
            code = self._new_code(pool, user, "SignUp", "confirm")
            message = _Message("SignUp", medium, code, request["ClientId"], request.get("ClientMetadata"))
            answer["CodeDeliveryDetails"] = self._send(pool, user, message)
        return answer

    def confirm_sign_up(self, call: Call, _: Forward) -> dict[str, Any]:
        """``ConfirmSignUp``."""
        request = call.json
        pool = self._pool_of_client(request["ClientId"])
        user = self._user(pool, request["Username"])
        if user.status is not UserStatus.UNCONFIRMED:
            message = f"User cannot be confirmed. Current status is {user.status.value}"
            raise ServiceError("NotAuthorizedException", message)
        self._use_code(pool, user, "confirm", request["ConfirmationCode"])
        user.status = UserStatus.CONFIRMED
        medium = self._verification_medium(pool, user)
        _mark_verified(user, "phone_number" if medium == "SMS" else "email")
        return {"Session": str(uuid.uuid4())}

    def resend(self, call: Call, _: Forward) -> dict[str, Any]:
        """``ResendConfirmationCode``."""
        request = call.json
        pool = self._pool_of_client(request["ClientId"])
        user = self._user(pool, request["Username"])
        if user.status is not UserStatus.UNCONFIRMED:
            raise _invalid("User is already confirmed.")
        medium = self._verification_medium(pool, user)
        if medium is None:
            raise _invalid("Auto verification not turned on.")
        code = self._new_code(pool, user, "ResendCode", "confirm")
        message = _Message("ResendCode", medium, code, request["ClientId"], request.get("ClientMetadata"))
        return {"CodeDeliveryDetails": self._send(pool, user, message)}

    def forgot_password(self, call: Call, _: Forward) -> dict[str, Any]:
        """``ForgotPassword``."""
        request = call.json
        pool = self._pool_of_client(request["ClientId"])
        user = self._user(pool, request["Username"])
        return {
            "CodeDeliveryDetails": self._reset(pool, user, request["ClientId"], request.get("ClientMetadata")),
        }

    def admin_reset(self, call: Call, _: Forward) -> dict[str, Any]:
        """``AdminResetUserPassword``."""
        request = call.json
        pool = self._pool(request["UserPoolId"])
        user = self._user(pool, request["Username"])
        pool.backend.admin_reset_user_password(pool.model.id, request["Username"])
        self._reset(pool, user, _NO_CLIENT, request.get("ClientMetadata"))
        return {}

    def _reset(
        self,
        pool: _Pool,
        user: Any,
        client_id: str,
        metadata: Mapping[str, str] | None,
    ) -> dict[str, str]:
        medium = self._recovery_medium(pool, user)
        if medium is None:
            message = "Cannot reset password for the user as there is no registered/verified email or phone_number"
            raise _invalid(message)
        code = self._new_code(pool, user, "ForgotPassword", "reset")
        return self._send(pool, user, _Message("ForgotPassword", medium, code, client_id, metadata))

    def confirm_forgot_password(self, call: Call, _: Forward) -> dict[str, Any]:
        """``ConfirmForgotPassword``."""
        request = call.json
        pool = self._pool_of_client(request["ClientId"])
        user = self._user(pool, request["Username"])
        pool.backend._validate_password(pool.model.id, request["Password"])
        self._use_code(pool, user, "reset", request["ConfirmationCode"])
        user.password = request["Password"]
        user.status = UserStatus.CONFIRMED
        return {}

    def admin_create_user(self, call: Call, forward: Forward) -> dict[str, Any]:
        """``AdminCreateUser``: the temporary password goes out HTML-escaped, as Cognito hands it to custom senders."""
        request = call.json
        pool = self._pool(request["UserPoolId"])
        action = request.get("MessageAction")
        password = request.get("TemporaryPassword") or _temporary_password()
        if action == "RESEND":
            user = self._user(pool, request["Username"])
            if user.status is not UserStatus.FORCE_CHANGE_PASSWORD:
                raise ServiceError("UnsupportedUserStateException", "Resend not possible. Current status is wrong")
            user.password = password
        else:
            body = json.dumps({**request, "TemporaryPassword": password}).encode()
            response = forward(call.with_body(body))
            if response.status != 200:
                raise _relayed(response)
            user = self._user(pool, request["Username"])
            _mark_unverified(user)
        if action != "SUPPRESS":
            for medium in request.get("DesiredDeliveryMediums") or ["SMS"]:
                attribute = "phone_number" if medium == "SMS" else "email"
                if not user.attribute_lookup.get(attribute):
                    continue
                message = _Message(
                    "AdminCreateUser",
                    medium,
                    _escaped(password),
                    _NO_CLIENT,
                    request.get("ClientMetadata"),
                )
                self._send(pool, user, message)
        return {"User": _user_json(user)}

    def get_attribute_code(self, call: Call, _: Forward) -> dict[str, Any]:
        """``GetUserAttributeVerificationCode``."""
        request = call.json
        pool, user, client_id = self._signed_in(request["AccessToken"])
        attribute = request["AttributeName"]
        if attribute not in {"phone_number", "email"} or not user.attribute_lookup.get(attribute):
            raise _invalid(f"User does not have a {attribute} to verify.")
        code = self._new_code(pool, user, "VerifyUserAttribute", attribute)
        medium = "SMS" if attribute == "phone_number" else "EMAIL"
        message = _Message("VerifyUserAttribute", medium, code, client_id, request.get("ClientMetadata"))
        return {"CodeDeliveryDetails": self._send(pool, user, message)}

    def verify_attribute(self, call: Call, _: Forward) -> dict[str, Any]:
        """``VerifyUserAttribute``."""
        request = call.json
        pool, user, _client = self._signed_in(request["AccessToken"])
        self._use_code(pool, user, request["AttributeName"], request["Code"])
        _mark_verified(user, request["AttributeName"])
        return {}

    def update_attributes(self, call: Call, _: Forward) -> dict[str, Any]:
        """``UpdateUserAttributes``: a new number or address is unverified, and Cognito sends a code to it."""
        request = call.json
        pool, user, client_id = self._signed_in(request["AccessToken"])
        changed = self._changed(pool, user, request["UserAttributes"])
        pool.backend.update_user_attributes(request["AccessToken"], request["UserAttributes"])
        return {"CodeDeliveryDetailsList": self._verify(pool, user, changed, client_id, request.get("ClientMetadata"))}

    def admin_update_attributes(self, call: Call, _: Forward) -> dict[str, Any]:
        """``AdminUpdateUserAttributes``: the same, unless the administrator says that it is verified."""
        request = call.json
        pool = self._pool(request["UserPoolId"])
        user = self._user(pool, request["Username"])
        given = {item["Name"]: item["Value"] for item in request["UserAttributes"]}
        changed = [
            attribute
            for attribute in self._changed(pool, user, request["UserAttributes"])
            if given.get(f"{attribute}_verified") != "true"
        ]
        pool.backend.admin_update_user_attributes(pool.model.id, request["Username"], request["UserAttributes"])
        self._verify(pool, user, changed, _NO_CLIENT, request.get("ClientMetadata"))
        return {}

    def _changed(self, pool: _Pool, user: Any, attributes: list[dict[str, str]]) -> list[str]:
        verified = pool.config.get("AutoVerifiedAttributes") or []
        return [
            item["Name"]
            for item in attributes
            if item["Name"] in verified
            and item["Name"] in {"phone_number", "email"}
            and user.attribute_lookup.get(item["Name"]) != item["Value"]
        ]

    def _verify(
        self,
        pool: _Pool,
        user: Any,
        attributes: list[str],
        client_id: str,
        metadata: Mapping[str, str] | None,
    ) -> list[dict[str, str]]:
        details = []
        for attribute in attributes:
            user.update_attributes([{"Name": f"{attribute}_verified", "Value": "false"}])
            code = self._new_code(pool, user, "UpdateUserAttribute", attribute)
            medium = "SMS" if attribute == "phone_number" else "EMAIL"
            message = _Message("UpdateUserAttribute", medium, code, client_id, metadata)
            details.append(self._send(pool, user, message))
        return details

    # -- signing in ---------------------------------------------------------------------------------------------------

    def initiate_auth(self, call: Call, forward: Forward) -> dict[str, Any]:
        """``InitiateAuth`` and ``AdminInitiateAuth``: a code as the first factor, or as the second after the password.
        Its ClientMetadata never gets to custom senders."""
        request = call.json
        if request.get("AuthFlow") == "USER_AUTH":
            return self._choose(request)
        response = forward(call)
        if response.status != 200:
            raise _relayed(response)
        answer = dict(response.json)
        if "PASSWORD" not in str(request.get("AuthFlow", "")):
            return answer
        pool = self._pool_of_client(request["ClientId"])
        user = self._user(pool, request["AuthParameters"]["USERNAME"])
        return self._second_factor(pool, user, request["ClientId"], answer, None)

    def _choose(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Choice-based sign-in, as far as codes go.

        https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-selection-sdk.html
        """
        client_id = str(request["ClientId"])
        pool = self._pool_of_client(client_id)
        if "ALLOW_USER_AUTH" not in (pool.model.clients[client_id].extended_config.get("ExplicitAuthFlows") or []):
            raise _invalid("USER_AUTH flow not enabled for this client")
        given = request["AuthParameters"]
        user = self._user(pool, given["USERNAME"])
        if user.status is UserStatus.UNCONFIRMED:
            raise ServiceError("UserNotConfirmedException", "User is not confirmed.")
        session = str(uuid.uuid4())
        pool.backend.sessions[session] = (user.username, pool.model)
        offered = _first_factors(pool, user)
        if (preferred := given.get("PREFERRED_CHALLENGE")) in offered:
            return self._challenge(pool, user, preferred, client_id, session, None)
        return {"ChallengeName": "SELECT_CHALLENGE", "Session": session, "AvailableChallenges": offered}

    def respond(self, call: Call, forward: Forward) -> dict[str, Any]:
        """``RespondToAuthChallenge`` and ``AdminRespondToAuthChallenge``."""
        request = call.json
        pool = self._pool_of_client(request["ClientId"])
        given = request.get("ChallengeResponses") or {}
        name, metadata = request["ChallengeName"], request.get("ClientMetadata")
        if name == "SELECT_CHALLENGE" or name in _CODE_CHALLENGES:
            session = str(request.get("Session", ""))
            if session not in pool.backend.sessions:
                message = "Invalid session for the user, session is expired."
                raise ServiceError("NotAuthorizedException", message)
            # moto takes the name from the responses; on AWS the session decides.
            user = self._user(pool, pool.backend.sessions[session][0])
            if name == "SELECT_CHALLENGE":
                if given.get("ANSWER") not in _first_factors(pool, user):
                    raise _invalid("The selected challenge is not available.")
                return self._challenge(pool, user, given["ANSWER"], request["ClientId"], session, metadata)
            code = given.get(f"{name}_CODE", "")
            try:
                self._use_code(pool, user, f"{name} {session}", str(code))
            except ServiceError as error:
                if error.code == "ExpiredCodeException":
                    message = "Invalid session for the user, session is expired."
                    raise ServiceError("NotAuthorizedException", message) from None
                raise ServiceError("CodeMismatchException", "Invalid code or auth state for the user.") from None
            # The only one of them that moto knows.
            answered = {**request, "ChallengeName": "SMS_MFA", "ChallengeResponses": {**given, "SMS_MFA_CODE": code}}
            call = call.with_body(json.dumps(answered).encode())
        response = forward(call)
        if response.status != 200:
            raise _relayed(response)
        answer = dict(response.json)
        if name == "NEW_PASSWORD_REQUIRED":
            user = self._user(pool, str(given.get("USERNAME", "")))
            return self._second_factor(pool, user, request["ClientId"], answer, metadata)
        return answer

    def _second_factor(
        self,
        pool: _Pool,
        user: Any,
        client_id: str,
        answer: dict[str, Any],
        metadata: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        """Turn a finished sign-in into a challenge where the pool or the user asks for a code."""
        asked = answer.get("ChallengeName") == "SMS_MFA"
        offered = answer.get("ChallengeName") == "MFA_SETUP" or "AuthenticationResult" in answer
        if not asked and not offered:
            return answer
        on = {
            "SMS_MFA": asked or bool(pool.model.sms_mfa_config),
            "EMAIL_OTP": "EmailMfaConfiguration" in _factors(pool),
        }
        mine = [name for name in on if _CODE_CHALLENGES[name] in _second_factors(user)]
        if pool.model.mfa_config == "ON":
            # Whom a code can reach needs no set-up; what the user prefers comes first.
            mine += [name for name in on if name not in mine]
        elif (pool.model.mfa_config != "OPTIONAL" and not asked) or user.preferred_mfa_setting == "SOFTWARE_TOKEN_MFA":
            mine = []
        mine.sort(key=lambda name: name != user.preferred_mfa_setting)
        reached = [name for name in mine if on[name] and user.attribute_lookup.get(_ATTRIBUTES[_CODE_CHALLENGES[name]])]
        if not reached:
            if asked:
                raise _invalid("User does not have a phone number for SMS MFA.")
            return answer
        session = str(answer.get("Session") or uuid.uuid4())
        pool.backend.sessions[session] = (user.username, pool.model)
        return self._challenge(pool, user, reached[0], client_id, session, metadata, second=True)

    def _challenge(
        self,
        pool: _Pool,
        user: Any,
        name: str,
        client_id: str,
        session: str,
        metadata: Mapping[str, str] | None,
        *,
        second: bool = False,
    ) -> dict[str, Any]:
        """Send the code of a sign-in, and say where it went."""
        more = 0 if second else _MORE_DIGITS_OF_FIRST_FACTORS
        code = self._new_code(pool, user, "Authentication", f"{name} {session}", more)
        message = _Message("Authentication", _CODE_CHALLENGES[name], code, client_id, metadata)
        details = self._send(pool, user, message)
        return {
            "ChallengeName": name,
            "Session": session,
            "ChallengeParameters": {
                "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
                "CODE_DELIVERY_DESTINATION": details["Destination"],
                "USER_ID_FOR_SRP": user.username,
            },
        }

    def prefer(self, call: Call, forward: Forward) -> dict[str, Any]:
        """``SetUserMFAPreference`` and ``AdminSetUserMFAPreference``: moto does not know mail."""
        request = call.json
        response = forward(call)
        if response.status != 200:
            raise _relayed(response)
        setting = request.get("EmailMfaSettings")
        if setting is not None:
            if "AccessToken" in request:
                user = self._signed_in(request["AccessToken"])[1]
            else:
                user = self._user(self._pool(request["UserPoolId"]), request["Username"])
            user.email_mfa_enabled = bool(setting.get("Enabled"))
            if setting.get("PreferredMfa"):
                user.preferred_mfa_setting = "EMAIL_OTP"
            elif user.preferred_mfa_setting == "EMAIL_OTP":
                user.preferred_mfa_setting = ""
        return {}


_OPERATIONS: Final[Mapping[str, Callable[[Cognito, Call, Forward], dict[str, Any]]]] = {
    "SignUp": Cognito.sign_up,
    "ConfirmSignUp": Cognito.confirm_sign_up,
    "ResendConfirmationCode": Cognito.resend,
    "ForgotPassword": Cognito.forgot_password,
    "AdminResetUserPassword": Cognito.admin_reset,
    "ConfirmForgotPassword": Cognito.confirm_forgot_password,
    "AdminCreateUser": Cognito.admin_create_user,
    "GetUserAttributeVerificationCode": Cognito.get_attribute_code,
    "VerifyUserAttribute": Cognito.verify_attribute,
    "UpdateUserAttributes": Cognito.update_attributes,
    "AdminUpdateUserAttributes": Cognito.admin_update_attributes,
    "InitiateAuth": Cognito.initiate_auth,
    "AdminInitiateAuth": Cognito.initiate_auth,
    "SetUserMFAPreference": Cognito.prefer,
    "AdminSetUserMFAPreference": Cognito.prefer,
    "RespondToAuthChallenge": Cognito.respond,
    "AdminRespondToAuthChallenge": Cognito.respond,
}


_POOL_OPERATIONS: Final = frozenset(
    {
        "CreateUserPool",
        "UpdateUserPool",
        "DeleteUserPool",
        "DescribeUserPool",
        "SetUserPoolMfaConfig",
        "GetUserPoolMfaConfig",
    }
)
_OTHER_SECOND_FACTORS: Final = ("SoftwareTokenMfaConfiguration", "EmailMfaConfiguration")
_FACTORS: Final = ("SmsMfaConfiguration", *_OTHER_SECOND_FACTORS, "WebAuthnConfiguration")


def _first_factors(pool: _Pool, user: Any) -> list[str]:
    """The challenges with a code that this user can begin with."""
    allowed = (pool.config["Policies"].get("SignInPolicy") or {}).get("AllowedFirstAuthFactors") or []
    has = user.attribute_lookup
    return [
        name for name in ("EMAIL_OTP", "SMS_OTP") if name in allowed and has.get(_ATTRIBUTES[_CODE_CHALLENGES[name]])
    ]


def _second_factors(user: Any) -> list[str]:
    """The media that a user has chosen for second factors."""
    chosen = {"SMS": user.sms_mfa_enabled, "EMAIL": getattr(user, "email_mfa_enabled", False)}
    return [medium for medium, enabled in chosen.items() if enabled]


def _factors(pool: _Pool) -> dict[str, Any]:
    """The factors that are on, beside the mode: SetUserPoolMfaConfig keeps them outside the pool's own settings."""
    return dict(getattr(pool.model, "localaws_factors", {}))


def _keep_mfa(pool: _Pool, mode: str, factors: Mapping[str, Any]) -> None:
    # moto's own sign-in reads the second, third and fourth.
    pool.model.localaws_factors = dict(factors)
    pool.model.mfa_config = mode
    pool.model.sms_mfa_config = factors.get("SmsMfaConfiguration")
    pool.model.token_mfa_config = factors.get("SoftwareTokenMfaConfiguration")


def _check_mfa(config: Mapping[str, Any], factors: Mapping[str, Any]) -> None:
    """Create and UpdateUserPool can turn SMS on, and nothing else: the others are SetUserPoolMfaConfig's."""
    others = {*_OTHER_SECOND_FACTORS} & {*factors}
    if config["MfaConfiguration"] != "OFF" and not config.get("SmsConfiguration") and not others:
        message = "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
        raise _invalid(message)


def _settle_mfa(pool: _Pool, config: Mapping[str, Any]) -> None:
    """What Create and UpdateUserPool do to the factors: the mode "OFF", said or by default, turns all of them off."""
    mode = config["MfaConfiguration"]
    factors = _factors(pool)
    if mode == "OFF":
        factors = {name: value for name, value in factors.items() if name == "WebAuthnConfiguration"}
    elif config.get("SmsConfiguration"):
        factors.setdefault("SmsMfaConfiguration", {})
    _keep_mfa(pool, mode, factors)
    if pool.model.sms_mfa_config == {}:
        pool.model.sms_mfa_config = {"SmsConfiguration": config["SmsConfiguration"]}


def _mfa_json(pool: _Pool) -> dict[str, Any]:
    factors = _factors(pool)
    answer = {"MfaConfiguration": pool.config.get("MfaConfiguration", "OFF"), **factors}
    if "SmsMfaConfiguration" in factors:
        # One setting under two roofs: the pool's own.
        shared = ("SmsConfiguration", "SmsAuthenticationMessage")
        answer["SmsMfaConfiguration"] = {name: pool.config[name] for name in shared if name in pool.config}
    return answer


def _pool_json(pool: _Pool) -> dict[str, Any]:
    shown = {name: value for name, value in pool.model.to_json(extended=True).items() if value is not None}
    for name in ("CreationDate", "LastModifiedDate"):
        shown[name] = shown[name].timestamp()
    return shown


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)


def _relayed(response: Response) -> ServiceError:
    """moto's error, as an error of ours."""
    body = response.json
    code = str(body.get("__type") or response.header("x-amzn-errortype") or "InternalErrorException")
    return ServiceError(code.rsplit("#", 1)[-1], str(body.get("message") or body.get("Message") or ""), response.status)


def _mark_unverified(user: Any) -> None:
    """Cognito keeps ``…_verified`` beside every number and address."""
    for attribute in ("phone_number", "email"):
        if user.attribute_lookup.get(attribute) and f"{attribute}_verified" not in user.attribute_lookup:
            user.update_attributes([{"Name": f"{attribute}_verified", "Value": "false"}])


def _mark_verified(user: Any, attribute: str) -> None:
    if user.attribute_lookup.get(attribute):
        user.update_attributes([{"Name": f"{attribute}_verified", "Value": "true"}])


def _event_attributes(user: Any) -> dict[str, str]:
    attributes = {str(name): str(value) for name, value in user.attribute_lookup.items()}
    ordered = {"sub": attributes.pop("sub")}
    ordered["cognito:user_status"] = str(getattr(user.status, "value", user.status))
    return {**ordered, **attributes}


def _user_json(user: Any) -> dict[str, Any]:
    return {
        "Username": user.username,
        "Attributes": user.attributes,
        "UserCreateDate": user.create_date.timestamp(),
        "UserLastModifiedDate": user.last_modified_date.timestamp(),
        "Enabled": user.enabled,
        "UserStatus": getattr(user.status, "value", user.status),
    }


def _masked(recipient: str) -> str:
    """As Cognito shows where a code went: ``+*******4567``, ``a***@e***``."""
    if "@" in recipient:
        name, _, domain = recipient.partition("@")
        return f"{name[:1]}***@{domain[:1]}***"
    return f"+*******{recipient[-4:]}"


def _escaped(password: str) -> str:
    """HTML-escaped as the developer guide says of temporary passwords; an apostrophe by its decimal number."""
    return html.escape(password).replace("&#x27;", "&#39;")


def _temporary_password() -> str:
    """Eight characters of every kind that a password policy can ask for, and of those that are escaped."""
    kinds = (string.ascii_uppercase, string.ascii_lowercase, string.digits, "<>&\"'!#")
    characters = [secrets.choice(kind) for kind in kinds for _ in range(4)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _native_template(pool: _Pool, message: _Message) -> tuple[str, str]:
    """Subject (of a mail) and text."""
    config, mail = pool.config, message.medium == "EMAIL"
    if message.purpose == "Authentication":
        own = _factors(pool).get("EmailMfaConfiguration") or {}
        text = own.get("Message") if mail else config.get("SmsAuthenticationMessage")
        return str(own.get("Subject") or "Your authentication code"), str(text or "Your authentication code is {####}.")
    if message.purpose == "AdminCreateUser":
        own = (config.get("AdminCreateUserConfig") or {}).get("InviteMessageTemplate") or {}
        text = own.get("EmailMessage" if mail else "SMSMessage")
        return str(own.get("EmailSubject") or "Your temporary password"), str(
            text or "Your temporary password is {####}."
        )
    text = config.get("EmailVerificationMessage" if mail else "SmsVerificationMessage")
    subject = str(config.get("EmailVerificationSubject") or "Your verification code")
    return subject, str(text or "Your confirmation code is {####}.")
