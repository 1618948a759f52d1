"""Events as Cognito's custom SMS sender trigger sends them. All persons and numbers are made up."""

from __future__ import annotations

from typing import Any

from custom_sender.cognito.event import Event, read

ACCOUNT_ID = "123456789012"
REGION = "eu-central-1"
REPLICA_REGION = "eu-west-1"
POOL_ID = "eu-central-1_Abcdef123"
OTHER_POOL_ID = "eu-central-1_Zzzzzz999"
CLIENT_ID = "4k2n9a8v1example0client26"
PHONE_NUMBER = "+4915112345678"
CODE = "482913"


def make_event(trigger: str = "SignUp", *, code: Any = None, **changes: Any) -> dict[str, Any]:
    """An event as Cognito sent it for real: ``clientMetadata`` null, no ``response``. ``attributes`` are merged in."""
    attributes = {
        "sub": "5f2c1f9e-0d56-4c1b-9b67-1d8a4f3e2b10",
        "phone_number": PHONE_NUMBER,
        "phone_number_verified": "false",
        "email": "jane.roe@customer.example",
        "cognito:user_status": "UNCONFIRMED",
        **changes.pop("attributes", {}),
    }
    return {
        "version": "1",
        "triggerSource": f"CustomSMSSender_{trigger}",
        "region": REGION,
        "userPoolId": POOL_ID,
        "userName": "jane-roe",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": CLIENT_ID},
        "request": {
            "type": "customSMSSenderRequestV1",
            "code": code,
            "clientMetadata": None,
            "userAttributes": {name: value for name, value in attributes.items() if value is not None},
            **changes.pop("request", {}),
        },
        **changes,
    }


def parse(raw: object) -> Event:
    """An event that can become a message."""
    event = read(raw)
    assert isinstance(event, Event), event.flaw
    return event
