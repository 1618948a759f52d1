"""What a user pool's settings are after each call, as Cognito says: from botocore's model of the service, no hand list.

``UpdateUserPool``: "If you don't provide a value for an attribute, Amazon Cognito sets it to its default value." So a
pool's updatable settings are exactly what the last Create or Update said, over the defaults; nothing is kept, except
the pool's name. Which members are updatable is read from the model: what the request of ``UpdateUserPool`` takes.

Some settings are shown under two names (the verification messages, the token trigger), and here both always agree.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

import botocore.session

from localaws.wire import ServiceError

_MODEL: Final = botocore.session.get_session().get_service_model("cognito-idp")
UPDATE: Final[Any] = _MODEL.operation_model("UpdateUserPool").input_shape
"""The request of ``UpdateUserPool``."""
CREATE: Final[Any] = _MODEL.operation_model("CreateUserPool").input_shape
MFA: Final[Any] = _MODEL.operation_model("SetUserPoolMfaConfig").input_shape

SETTINGS: Final = tuple(sorted(set(UPDATE.members) - {"UserPoolId", "PoolName"}))
"""Every setting that an update sets, or resets when it is left out."""
FIXED: Final = tuple(sorted(set(CREATE.members) - set(UPDATE.members) - {"Schema"}))
"""What is said once, when the pool is made."""

# The defaults that Cognito shows for a pool that was made with a name only.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 8,
            "RequireUppercase": True,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": True,
            "TemporaryPasswordValidityDays": 7,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
    },
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
    "DeletionProtection": "INACTIVE",
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "LambdaConfig": {},
    "MfaConfiguration": "OFF",
    "UserPoolTier": "ESSENTIALS",
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
}
_SHOWN_TWICE: Final = {
    "SmsVerificationMessage": "SmsMessage",
    "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
}


def check(shape: Any, value: Any, path: str = "") -> None:
    """Hold a request against the service's model.

    :raises ServiceError: InvalidParameterException that names the member.
    """
    where = path or shape.name
    kind = shape.type_name
    metadata = shape.metadata
    if kind == "structure":
        _check_structure(shape, value, where)
        return
    if kind == "list":
        _check_length(len(value), metadata, where)
        for index, item in enumerate(value):
            check(shape.member, item, f"{where}[{index}]")
    elif kind == "map":
        _check_length(len(value), metadata, where)
        for key, item in value.items():
            check(shape.value, item, f"{where}.{key}")
    elif kind == "string":
        _check_length(len(value), metadata, where)
        if metadata.get("enum") and value not in metadata["enum"]:
            raise _invalid(f"Value '{value}' at '{where}' must satisfy enum value set: {metadata['enum']}")
    elif kind in {"integer", "long"}:
        _check_length(value, metadata, where)


def _check_structure(shape: Any, value: Mapping[str, Any], where: str) -> None:
    unknown = sorted(set(value) - set(shape.members))
    if unknown:
        raise _invalid(f"{where} has no member {', '.join(unknown)}")
    missing = sorted(set(shape.required_members) - set(value))
    if missing:
        raise _invalid(f"{where} needs {', '.join(missing)}")
    for name, item in value.items():
        check(shape.members[name], item, f"{where}.{name}")


def _check_length(size: int, metadata: Mapping[str, Any], where: str) -> None:
    if size < metadata.get("min", size) or size > metadata.get("max", size):
        limits = f"{metadata.get('min', 'any')} to {metadata.get('max', 'any')}"
        raise _invalid(f"'{where}' has size {size}; allowed: {limits}")


def settled(request: Mapping[str, Any]) -> dict[str, Any]:
    """The updatable settings of a pool after an update (or a creation) with this request.

    :raises ServiceError: InvalidParameterException for what Cognito refuses.
    """
    given = {name: copy.deepcopy(value) for name, value in request.items() if name in SETTINGS and value is not None}
    if any(name.startswith("aws:") for name in given.get("UserPoolTags") or {}):
        raise _invalid("aws: prefixed tag key names are not allowed for external use.")
    admin = given.get("AdminCreateUserConfig") or {}
    password = (given.get("Policies") or {}).get("PasswordPolicy") or {}
    if "UnusedAccountValidityDays" in admin and "TemporaryPasswordValidityDays" in password:
        raise _invalid(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
        )
    recovery = [item["Name"] for item in (given.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or []]
    if "admin_only" in recovery and len(recovery) > 1:
        raise _invalid("Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.")
    config: dict[str, Any] = {**copy.deepcopy(dict(_DEFAULTS)), **given}
    config["Policies"] = {**copy.deepcopy(_DEFAULTS["Policies"]), **config["Policies"]}
    _both_names(config, given)
    _token_trigger(config["LambdaConfig"])
    days = config["Policies"]["PasswordPolicy"].setdefault(
        "TemporaryPasswordValidityDays", admin.get("UnusedAccountValidityDays", 7)
    )
    # Shown as ever, although it may no longer be sent beside the other one.
    config["AdminCreateUserConfig"] = {**config["AdminCreateUserConfig"], "UnusedAccountValidityDays": days}
    config["AdminCreateUserConfig"].setdefault("AllowAdminCreateUserOnly", False)
    return config


def _both_names(config: dict[str, Any], given: Mapping[str, Any]) -> None:
    template = config["VerificationMessageTemplate"]
    template.setdefault("DefaultEmailOption", "CONFIRM_WITH_CODE")
    for name, member in _SHOWN_TWICE.items():
        values = {value for value in (given.get(name), template.get(member)) if value is not None}
        if len(values) > 1:
            raise _invalid(f"{name} and VerificationMessageTemplate.{member} differ.")
        if values:
            (value,) = values
            config[name] = template[member] = value


def _token_trigger(triggers: dict[str, Any]) -> None:
    plain = triggers.get("PreTokenGeneration")
    versioned = triggers.get("PreTokenGenerationConfig")
    if plain and versioned and versioned.get("LambdaArn") != plain:
        raise _invalid("PreTokenGeneration and PreTokenGenerationConfig.LambdaArn differ.")
    if plain and not versioned:
        triggers["PreTokenGenerationConfig"] = {"LambdaVersion": "V1_0", "LambdaArn": plain}
    if versioned and not plain:
        triggers["PreTokenGeneration"] = versioned["LambdaArn"]


def check_factors(request: Mapping[str, Any]) -> None:
    """What SetUserPoolMfaConfig refuses besides what the model says.

    :raises ServiceError: InvalidParameterException for a mode that contradicts the factors.
    """
    token = (request.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled")
    configured = token or request.get("SmsMfaConfiguration") or request.get("EmailMfaConfiguration")
    if request.get("MfaConfiguration", "OFF") == "OFF" and configured:
        raise _invalid("Invalid MFA configuration given, can't turn off MFA and configure an MFA together.")


def check_factors_of(config: Mapping[str, Any], mode: str, factors: Mapping[str, Any]) -> None:
    """What SetUserPoolMfaConfig refuses for what the pool is. The texts are AWS's.

    :raises ServiceError: InvalidParameterException.
    """
    first = (config["Policies"].get("SignInPolicy") or {}).get("AllowedFirstAuthFactors") or []
    if mode == "ON" and {"EMAIL_OTP", "SMS_OTP"} & set(first):
        rule = "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled"
        raise _invalid(rule)
    if "EmailMfaConfiguration" not in factors:
        return
    refused = "Cannot set EmailMfaConfiguration when user pool"
    if config["EmailConfiguration"].get("EmailSendingAccount") != "DEVELOPER":
        raise _invalid(f"{refused} EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT.")
    recovery = (config.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or []
    if {mechanism["Name"] for mechanism in recovery} <= {"verified_email"}:
        rule = "AccountRecoverySetting is not set or contains only verified_email in RecoveryMechanisms."
        raise _invalid(f"{refused} {rule}")


def fixed(request: Mapping[str, Any]) -> dict[str, Any]:
    """What a new pool has for ever."""
    return {name: copy.deepcopy(request[name]) for name in FIXED if request.get(name) is not None}


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)
