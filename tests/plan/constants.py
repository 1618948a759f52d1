"""What the calls and their tests both name. A call of HCL has each text as a local, in small letters."""

from __future__ import annotations

from typing import Final

from custom_sender.texts.built_in import texts_in

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"

KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/66666666-7777-8888-9999-000000000000"
POOL: Final = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_AbCdEf123"
POOL_ID: Final = f"{REGION}_AbCdEf123"
EVERY_POOL: Final = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/*"
OTHER_POOL: Final = f"arn:aws:cognito-idp:{REGION}:210987654321:userpool/{REGION}_ZyXwVu987"
REPLICA: Final = f"arn:aws:cognito-idp:ca-west-1:{ACCOUNT}:userpool/{POOL_ID}"
OTHER_POOL_ID: Final = f"{REGION}_ZyXwVu987"
SECRET: Final = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:twilio-AbCdEf"
PARAMETER: Final = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/sms/webhook"
TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:messages"
ORIGINATION_NUMBER: Final = f"arn:aws:sms-voice:us-west-2:{ACCOUNT}:phone-number/phone-0123456789abcdef0123456789abcdef"
ORIGINATION_SENDER_ID: Final = f"arn:aws:sms-voice:us-west-2:{ACCOUNT}:sender-id/ACME/GB"
ORIGINATION_POOL: Final = f"arn:aws:sms-voice:us-west-2:{ACCOUNT}:pool/pool-0123456789abcdef0123456789abcdef"
IDENTITY: Final = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/acme.com"
EMAIL_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/mail"
MANAGER: Final = f"arn:aws:iam::{ACCOUNT}:role/deployer"
BOUNDARY: Final = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
SIGNING: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:csc-0123456789abcdef0"
FUNCTIONS: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
LAYER: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:libraries:7"
NOTIFY: Final = f"arn:aws:sms-voice:us-east-1:{ACCOUNT}:notify-configuration/nc-1234567890abcdef0"
VERIFY_SID: Final = "VA" + "0123456789abcdef" * 2
TEMPLATE_SID: Final = "HJ" + "0123456789abcdef" * 2
SERVICE_SID: Final = "MG" + "0123456789abcdef" * 2
IMAGE: Final = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/sms@sha256:{'a' * 64}"

ALARMS: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
HASH_KEY: Final = "0123456789abcdef" * 2

REGIONS: Final = {
    "govcloud": "us-gov-west-1",
    "china": "cn-north-1",
    "canada_west": "ca-west-1",
    "taipei": "ap-east-2",  # a Region without a Powertools layer
}

# Ten languages with eight texts each, as somebody would write them: the built-in ones, as their own.
TEN_LOCALES: Final = {
    locale: {trigger: texts[0] for trigger, texts in texts_in(locale).items() if trigger[0].isupper()}
    for locale in ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt")
}
# What joins letters of Persian and the emoji of one family, and what keeps two words on one line.
JOINED: Final = "نمی\u200cشود 👩\u200d👩\u200d👧\u00a0❤\ufe0f"
