"""The module calls that the plan tests look at, each one line of what makes it special.

A plan costs ten seconds however little is in it, so all of them are instances in one generated root (``accepted``), and
all that must be refused in another (``rejected``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cognito_sms_sender.texts import built_in

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
HASH_KEY: Final = "0123456789abcdef" * 4

REGIONS: Final = {
    "govcloud": "us-gov-west-1",
    "china": "cn-north-1",
    "canada_west": "ca-west-1",
    "taipei": "ap-east-2",  # a Region without a Powertools layer
}

# The key's ARN is in the environment, and the provider shows an environment with one unknown value as unknown: with a
# key that is there already the plan shows all of it. (So these calls have their hash key already: see ``is_known``.)
_KNOWN_KEY: Final = f'{{ existing = {{ arn = "{KEY}" }} }}'
# Without alarms: ten more resources to be planned for each call. Where ``monitoring`` is None they are there.
_DEFAULTS: Final = {
    "allowed_countries": '["DE"]',
    "senders": "{ aws = { sns = {} } }",
    "monitoring": "{ alarms = { enabled = false } }",
}


# A provider that no preset knows, as a user describes it: everything that the language has.
OWN_HTTP: Final = f"""{{
                secret_arn = "{SECRET}"
                url        = "https://api.provider.example/v1/{{secret.account}}/sms?to={{number_digits}}&mode=fast"
                method     = "PUT"
                headers = {{
                  X-Api-Key = "{{secret.key}}", Idempotency-Key = "{{idempotency_uuid}}", X-Channel = "login"
                }}
                basic_auth = {{ username = "{{secret.user}}", password = "{{secret.password}}" }}
                body = jsonencode({{
                  text     = "{{text}}"
                  from     = "Acme & <Söhne>"
                  tags     = ["login", "{{country}}"]
                  options  = {{ ttl = "{{lifetime_seconds}}", flash = false, priority = 1, nothing = null }}
                }})
                lifetime   = {{ min_seconds = 60, max_seconds = 3600 }}
                message_id = "$.data[0].id"
                rules = [
                  {{ outcome = "SENT", status = [200, "202"], fields = {{ "data[*].status" = ["queued"] }} }},
                  {{ outcome = "PROVIDER_CONFIG", credentials_refused = true, fields = {{ error = [17, "A*"] }} }},
                  {{ outcome = "PROVIDER_DOWN", status = ["5xx"] }},
                ]
                allow_private_address = true
              }}"""


def _nested(levels: int) -> str:
    """The text in this many objects, in HCL."""
    return "{ a = " * levels + '"{text}"' + " }" * levels


# What the output user_pool_access says of one pool.
_ATTACHABLE: Final = f"""{{
                user_pool_arn = "{POOL}"
                lambda_config = {{
                  kms_key_id        = "{KEY}"
                  custom_sms_sender = {{ lambda_arn = "{FUNCTIONS}:sms:live", lambda_version = "V1_0" }}
                }}
                authorised_by = ["Cognito-main", "grant"]
              }}"""
# What joins letters of Persian and the emoji of one family, and what keeps two words on one line.
JOINED: Final = "نمی\u200cشود 👩\u200d👩\u200d👧\u00a0❤\ufe0f"

# Ten languages with eight texts each, as somebody would write them: the built-in ones, as their own.
TEN_LOCALES: Final = {
    locale: {trigger: texts[0] for trigger, texts in built_in(locale).items() if trigger[0].isupper()}
    for locale in ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt")
}


@dataclass(frozen=True, slots=True)
class Call:
    """One module call. ``arguments`` are HCL expressions by name, over the defaults; None takes a default away."""

    arguments: Mapping[str, str | None] = field(default_factory=dict)
    provider: str = ""
    module: str = ""
    message: str = ""
    """What the diagnostic of a refused call must say."""

    def hcl(self, name: str, source: str, *, deferred: bool = False) -> str:
        """The call as it stands in the root; ``source`` is the path to the repository.

        ``deferred``: Terraform looks at what is wrong with literals before it plans, and then does not plan at all.
        Behind ``var.yes`` of the root, everything that is wrong comes out of one plan.
        """
        defaults = {} if self.module else {"name": f'"{name.replace("_", "-")}"', **_DEFAULTS}
        arguments = {key: value for key, value in {**defaults, **self.arguments}.items() if value is not None}
        lines = [f'  source = "{source}{self.module}"']
        if self.provider:
            lines.append(f"  providers = {{ aws = aws.{self.provider} }}")
        for key, value in arguments.items():
            lines.append(f"  {key} = var.yes ? {value} : null" if deferred else f"  {key} = {value}")
        return f'module "{name}" {{\n' + "\n".join(lines) + "\n}\n"


def is_known(call: Call) -> bool:
    """Whether the plan can show the function's environment, as soon as its hash key has been made."""
    key = call.arguments.get("kms_key") or ""
    return KEY in key and ".unknown" not in key


# One of each kind that may take test numbers, for calls whose own sender is called aws.
_TESTERS: Final = f"""testers = {{ slack = {{ secret_arn = "{SECRET}", environment = "test" }} }}"""


def _lives(seconds: int, **others: int) -> str:
    """``protection`` with one life for the codes of every trigger but ``others``."""
    triggers = (
        "AccountTakeOverNotification AdminCreateUser Authentication ForgotPassword ResendCode SignUp "
        "UpdateUserAttribute VerifyUserAttribute"
    )
    lives = dict.fromkeys(triggers.split(), seconds) | others
    return f"{{ code_lifetimes_seconds = {{ {', '.join(f'{trigger} = {life}' for trigger, life in lives.items())} }} }}"


# Every ARN that may come from a resource of the same root.
_UNKNOWN: Final = {
    "user_pools": """{
            main = {
              arn                 = aws_cognito_user_pool.unknown.arn
              custom_email_sender = { role_arn = aws_iam_role.unknown.arn }
            }
          }""",
    "user_pool": """{
            custom_email_sender = {
              lambda_arn = aws_lambda_function.unknown.arn
              role_arn   = aws_iam_role.unknown.arn
            }
            triggers = { pre_sign_up = aws_lambda_function.unknown.arn }
          }""",
    "kms_key": """{
            existing               = { arn = aws_kms_key.unknown.arn }
            also_decrypt           = { old = { arn = aws_kms_key.unknown.arn } }
            pool_manager_role_arns = [aws_iam_role.unknown.arn]
          }""",
    "senders": """{
            aws     = { sns = { origination_number = aws_pinpointsmsvoicev2_phone_number.unknown.phone_number } }
            eum     = { end_user_messaging = {
              origination_identity   = aws_pinpointsmsvoicev2_phone_number.unknown.arn
              origination_by_country = { DE = aws_pinpointsmsvoicev2_phone_number.unknown.arn }
              configuration_set_name = aws_pinpointsmsvoicev2_configuration_set.unknown.id
            } }
            mailbox = {
              enabled   = false
              sns_topic = { topic_arn = aws_sns_topic.unknown.arn, environment = "test" }
            }
            own     = { webhook = {
              url        = aws_lambda_function_url.unknown.function_url
              secret_arn = aws_ssm_parameter.unknown.arn
            } }
            twilio  = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } }
            codes   = { notify = {
              notify_configuration_id = terraform_data.unknown.id
              configuration_set_name  = aws_pinpointsmsvoicev2_configuration_set.unknown.id
            } }
            verify  = { twilio_verify = {
              service_sid = "VA0123456789abcdef0123456789abcdef", secret_arn = aws_secretsmanager_secret.unknown.arn
            } }
            vonage  = { vonage = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100123" } }
            chat    = { whatsapp = {
              phone_number_id = "106540352242922", template = "login", secret_arn = aws_ssm_parameter.unknown.arn
            } }
            channel = { enabled = false, slack = {
              secret_arn = aws_ssm_parameter.unknown.arn, environment = "test"
            } }
          }""",
    "allowed_countries": '["AT", "DE", "US"]',
    "routes": """{
            default = ["eum", "mailbox", "twilio", "own"], DE = ["codes", "verify", "vonage"], AT = ["chat", "aws"]
          }""",
    "function": """{
            vpc = {
              subnet_ids         = [aws_subnet.unknown.id]
              security_group_ids = [aws_security_group.unknown.id]
            }
            code_signing_config_arn = aws_lambda_code_signing_config.unknown.arn
          }""",
    "package": "{ layers = [aws_lambda_layer_version.unknown.arn] }",
    "delivery": "{ failure_queue = { kms_key_arn = aws_kms_key.unknown.arn } }",
    "monitoring": """{
            log_kms_key_arn = aws_kms_key.unknown.arn
            alarms          = { topic_arns = [aws_sns_topic.unknown.arn] }
            dashboard       = { enabled = true }
          }""",
    "protection": "{ ledger = { kms_key_arn = aws_kms_key.unknown.arn } }",
    "iam": """{
            permissions_boundary_arn = aws_iam_policy.unknown.arn
            secret_kms_key_arns      = [aws_kms_key.unknown.arn]
          }""",
}

ACCEPTED: Final[Mapping[str, Call]] = {
    # What is there when nothing is asked for.
    "defaults": Call({"monitoring": None}),
    "known": Call({"kms_key": _KNOWN_KEY, "monitoring": None}),
    # Whose pool it is.
    "pool_made": Call({"user_pool": "{}"}),
    "pool_made_known_key": Call({"kms_key": _KNOWN_KEY, "user_pool": "{}"}),
    "pool_beside": Call({"user_pools": "{ main = { arn = aws_cognito_user_pool.beside.arn } }"}),
    "pool_given": Call({"kms_key": _KNOWN_KEY, "user_pools": f'{{ main = {{ arn = "{POOL}" }} }}'}),
    "two_pools": Call(
        {
            "kms_key": f'{{ existing = {{ arn = "{KEY}" }}, pool_manager_role_arns = ["{MANAGER}"] }}',
            "user_pools": f'{{ one = {{ arn = "{POOL}" }}, two = {{ arn = "{OTHER_POOL}" }} }}',
        }
    ),
    "pool_made_and_given": Call({"user_pool": "{}", "user_pools": f'{{ main = {{ arn = "{POOL}" }} }}'}),
    "pool_full": Call(
        {
            "user_pool": f"""{{
                name                = "customers"
                sign_in             = {{ phone_number = true, email = true }}
                self_sign_up        = false
                verify              = ["phone_number"]
                account_recovery    = ["verified_email", "verified_phone_number"]
                mfa                 = {{ mode = "ON", software_token = true }}
                password_policy     = {{ minimum_length = 20, require_symbols = true, history_size = 5 }}
                deletion_protection = false
                email = {{
                  source_arn        = "arn:aws:ses:{REGION}:{ACCOUNT}:identity/example.com"
                  from              = "Acme <login@example.com>"
                  reply_to          = "help@example.com"
                  configuration_set = "login"
                }}
                custom_email_sender = {{ lambda_arn = "{FUNCTIONS}:mail", role_arn = "{EMAIL_ROLE}" }}
                triggers = {{
                  create_auth_challenge          = "{FUNCTIONS}:create"
                  custom_message                 = "{FUNCTIONS}:message"
                  define_auth_challenge          = "{FUNCTIONS}:define"
                  post_authentication            = "{FUNCTIONS}:post"
                  post_confirmation              = "{FUNCTIONS}:confirm"
                  pre_authentication             = "{FUNCTIONS}:pre"
                  pre_sign_up                    = "{FUNCTIONS}:sign"
                  pre_token_generation           = {{ lambda_arn = "{FUNCTIONS}:token", lambda_version = "V2_0" }}
                  user_migration                 = "{FUNCTIONS}:migrate"
                  verify_auth_challenge_response = "{FUNCTIONS}:verify"
                }}
              }}""",
        }
    ),
    "custom_email_sender": Call(
        {
            "kms_key": _KNOWN_KEY,
            "user_pools": f'{{ main = {{ arn = "{POOL}", custom_email_sender = {{ role_arn = "{EMAIL_ROLE}" }} }} }}',
        }
    ),
    # The key.
    # The replica of a pool of eu-central-1: one id in two Regions, and an ARN in each.
    "replica": Call(
        {
            "function": '{ architecture = "x86_64" }',
            "user_pools": f'{{ main = {{ arn = "{REPLICA}" }} }}',
        },
        provider="canada_west",
    ),
    "keys_change": Call(
        {
            "kms_key": f"""{{
                existing     = {{ arn = "{KEY}" }}
                also_decrypt = {{ old = {{ arn = "{KEY}" }}, new = {{ arn = aws_kms_key.unknown.arn }} }}
              }}""",
            "user_pools": f'{{ main = {{ arn = "{POOL}", custom_email_sender = {{ role_arn = "{EMAIL_ROLE}" }} }} }}',
        }
    ),
    "keys_known": Call(
        {"kms_key": f'{{ existing = {{ arn = "{KEY}" }}, also_decrypt = {{ old = {{ arn = "{OTHER_KEY}" }} }} }}'}
    ),
    "key_options": Call({"kms_key": "{ multi_region = true, deletion_window_in_days = 14 }"}),
    # What each sender may do, and what the function is told.
    "sns": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": """{ aws = { sns = {
                sender_id = "Acme", origination_number = "+15550100", sms_type = "Promotional", max_price = "0.50"
                region = "us-east-1", entity_id = "1101", template_id = "1107"
              } } }""",
        }
    ),
    "sns_topic": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f'{{ mailbox = {{ sns_topic = {{ topic_arn = "{TOPIC}", environment = "test" }} }} }}',
            "routes": '{ default = ["mailbox"] }',
        }
    ),
    "end_user_messaging": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{ aws = {{ end_user_messaging = {{
                origination_identity     = "{ORIGINATION_POOL}"
                configuration_set_name   = "codes"
                protect_configuration_id = "protect-1"
                message_type             = "PROMOTIONAL"
                max_price                = "0.25"
                time_to_live_seconds     = 300
                region                   = "us-west-2"
                keyword                  = "ACME"
                in_entity_id             = "1101"
                in_template_id           = "1107"
              }} }} }}""",
        }
    ),
    "end_user_messaging_by_id": Call(
        {"senders": '{ aws = { end_user_messaging = { origination_identity = "pool-0123", region = "us-west-2" } } }'}
    ),
    "twilio": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": (
                f'{{ twilio = {{ twilio = {{ secret_arn = "{SECRET}", messaging_service_sid = "{SERVICE_SID}", '
                "message_privacy = true } } }"
            ),
        }
    ),
    "notify": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{ codes = {{ notify = {{
                notify_configuration_id = "{NOTIFY}"
                template_id             = "notify-code-verification-english-001"
                template_ids            = {{ de = "german-1", pt-BR = "brazilian-1" }}
                code_variable           = "otp"
                configuration_set_name  = "arn:aws:sms-voice:us-east-1:{ACCOUNT}:configuration-set/codes"
                time_to_live_seconds    = 300
                region                  = "us-east-1"
              }} }} }}""",
        }
    ),
    "notify_by_id": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": """{
                aws   = { sns = {} }
                codes = { notify = {
                  notify_configuration_id = "nc-1234567890abcdef0"
                  configuration_set_name  = "codes"
                  region                  = "us-east-1"
                } }
              }""",
            "routes": '{ default = ["codes", "aws"] }',
        }
    ),
    "code_senders_beside_one_that_is_off": Call(
        {
            "senders": """{
                aws   = { enabled = false, sns = {} }
                codes = { notify = { notify_configuration_id = "nc-1234567890abcdef0" } }
              }""",
            "routes": '{ default = ["codes", "aws"] }',
        }
    ),
    "twilio_verify": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{ verify = {{ twilio_verify = {{
                service_sid = "{VERIFY_SID}", secret_arn = "{SECRET}", channel = "sms"
                template_sid = "{TEMPLATE_SID}", app_hash = "A1b2C3d4E5+", friendly_name = "Acme & Söhne"
              }} }} }}""",
        }
    ),
    "vonage": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{ vonage = {{ vonage = {{
                from = "ACME Login", secret_arn = "{SECRET}", entity_id = "1101", content_id = "1107"
              }} }} }}""",
        }
    ),
    "whatsapp": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{
                chat   = {{ whatsapp = {{
                  phone_number_id = "106540352242922", template = "login_code", secret_arn = "{SECRET}"
                  languages = {{ de = "de", pt-BR = "pt_BR" }}, default_language = "es", api_version = "v25.0"
                }} }}
                vonage = {{ vonage = {{ from = "+15550100123", secret_arn = "{SECRET}" }} }}
              }}""",
            "routes": '{ default = ["chat", "vonage"] }',
        }
    ),
    "slack": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f'{{ channel = {{ slack = {{ secret_arn = "{SECRET}", environment = "test" }} }} }}',
            "routes": '{ default = ["channel"] }',
        }
    ),
    "http_own": Call({"kms_key": _KNOWN_KEY, "senders": f"{{ own = {{ http = {OWN_HTTP} }} }}"}),
    "http_unknown": Call(
        {
            "senders": """{ own = { http = {
                secret_arn = aws_secretsmanager_secret.unknown.arn
                url        = aws_lambda_function_url.unknown.function_url
                body       = jsonencode({ to = "{number}", text = "{text}", from = terraform_data.unknown.id })
                rules      = [{ outcome = "SENT", status = ["2xx"] }]
              } } }""",
        }
    ),
    "http_codes": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{ codes = {{ http = {{
                secret_arn = "{SECRET}"
                url        = "https://otp.provider.example/send"
                format     = "form"
                body       = jsonencode({{ to = "{{number}}", otp = "{{code}}" }})
                rules      = [{{ outcome = "SENT", status = ["2xx"] }}]
              }} }} }}""",
        }
    ),
    # Every rule about descriptions at its edge, and what looks like a credential without being one.
    "http_edges": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{
                deep = {{ http = {{
                  secret_arn = "{SECRET}"
                  url        = "https://93.184.215.14:8443/send?key={{secret.key}}"
                  headers = {{
                    Idempotency-Key = "login-{{idempotency_key}}", X-Channel = "Bearer {{secret.a}}"
                    X-Request-Key   = "{{idempotency_uuid}}"
                  }}
                  body  = jsonencode({{ to = "{{number}}", text = {_nested(15)} }})
                  rules = [
                    {{ outcome = "OPTED_OUT", status = ["2xx"], fields = {{ error = ["stop"] }} }},
                    {{ outcome = "PROVIDER_DOWN", status = ["201"] }}, {{ outcome = "SENT", status = ["2xx"] }},
                  ]
                }} }}
                raw = {{ http = {{
                  secret_arn            = "{SECRET}"
                  allow_private_address = true
                  url                   = "https://10.0.0.7/send"
                  body                  = <<-JSON
                    {{ "\\u0074o": "{{number}}", "text" : "a", "text" : "\\u007btext\\u007d", "n": 1e300,
                      "parameters": [{{"key": "code", "type": "text", "value": "{{code}}"}}], "pin": "{{code}}",
                      "token": ["{{secret.a}}", "{{secret.b}}"], "key": "", "quoted": "a[ \\\\" }}
                  JSON
                  rules                 = [{{ outcome = "SENT", status = ["200"] }}]
                }} }}
              }}""",
            "routes": '{ default = ["deep", "raw"] }',
        }
    ),
    "http_presets": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{
                infobip = {{ http = {{
                  preset     = "infobip"
                  secret_arn = "{SECRET}"
                  settings   = {{ subdomain = "abc123", sender = "Acme Login" }}
                }} }}
                messagebird = {{ http = {{
                  preset     = "messagebird"
                  secret_arn = "{SECRET}"
                  settings   = {{ originator = "Acme" }}
                }} }}
                plivo = {{ http = {{
                  preset     = "plivo"
                  secret_arn = "{PARAMETER}"
                  settings   = {{ src = "Acme" }}
                }} }}
                sinch = {{ http = {{
                  preset     = "sinch"
                  secret_arn = "{SECRET}"
                  settings   = {{ region = "eu", service_plan_id = "p-1", max_number_of_message_parts = 2 }}
                }} }}
                telnyx = {{ http = {{
                  preset     = "telnyx"
                  secret_arn = "{SECRET}"
                  settings   = {{ from = "+15550100123" }}
                }} }}
              }}""",
            "routes": '{ default = ["telnyx", "sinch", "plivo"], DE = ["messagebird", "infobip"] }',
        }
    ),
    "webhook": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": (
                f'{{ own = {{ webhook = {{ url = "https://sms.example.com/send", secret_arn = "{PARAMETER}" }} }} }}'
            ),
            "iam": f'{{ secret_kms_key_arns = ["{OTHER_KEY}"] }}',
        }
    ),
    "every_sender": Call(
        {
            "kms_key": _KNOWN_KEY,
            "allowed_countries": '["US", "DE", "AT"]',
            "senders": f"""{{
                aws     = {{ sns = {{}} }}
                eum     = {{ end_user_messaging = {{}} }}
                mailbox = {{ enabled = false, sns_topic = {{ topic_arn = "{TOPIC}", environment = "production" }} }}
                own     = {{ webhook = {{ url = "https://sms.example.com/send", secret_arn = "{PARAMETER}" }} }}
                twilio  = {{ twilio = {{ secret_arn = "{SECRET}", from = "+15550100" }} }}
              }}""",
            "routes": '{ default = ["eum", "mailbox", "twilio", "own"], AT = ["aws"] }',
        }
    ),
    "routes": Call(
        {
            "kms_key": _KNOWN_KEY,
            "allowed_countries": '["US", "DE", "AT", "CA"]',
            "senders": f"""{{
                aws    = {{ sns = {{}} }}
                off    = {{ enabled = false, sns = {{}} }}
                parked = {{ enabled = false, sns = {{}} }}
                own    = {{ webhook = {{
                  url = "https://sms.internal.example", secret_arn = "{PARAMETER}", allow_private_address = true
                }} }}
                twilio = {{ twilio = {{ secret_arn = "{SECRET}", from = "+15550100" }} }}
              }}""",
            "routes": '{ default = ["aws", "own"], US = ["twilio", "off", "aws"], CA = ["twilio"] }',
        }
    ),
    "routes_without_default": Call(
        {
            "kms_key": _KNOWN_KEY,
            "allowed_countries": '["US", "DE"]',
            "senders": "{ aws = { sns = {} }, other = { sns = {} } }",
            "routes": '{ US = ["other"], DE = ["aws", "other"] }',
        }
    ),
    "origination_by_country": Call(
        {
            "kms_key": _KNOWN_KEY,
            "allowed_countries": '["US", "DE", "GB"]',
            "senders": f"""{{
                aws = {{ sns = {{
                  sender_id = "ACME", origination_by_country = {{ US = "+15550100", DE = "ACME-DE" }}
                }} }}
                eum = {{ end_user_messaging = {{
                  origination_identity   = "{ORIGINATION_POOL}"
                  origination_by_country = {{ US = "{ORIGINATION_NUMBER}", GB = "{ORIGINATION_SENDER_ID}" }}
                  region                 = "us-west-2"
                }} }}
              }}""",
            "routes": '{ default = ["eum", "aws"] }',
        }
    ),
    "origination_for_every_country": Call(
        {
            "kms_key": _KNOWN_KEY,
            "allowed_countries": '["US", "GB"]',
            "senders": f"""{{ aws = {{ end_user_messaging = {{
                origination_by_country = {{ US = "{ORIGINATION_NUMBER}", GB = "{ORIGINATION_SENDER_ID}" }}
                region                 = "us-west-2"
              }} }} }}""",
        }
    ),
    "origination_partly_by_id": Call(
        {
            "kms_key": _KNOWN_KEY,
            "allowed_countries": '["US", "GB"]',
            "senders": f"""{{ aws = {{ end_user_messaging = {{
                origination_by_country = {{ US = "{ORIGINATION_NUMBER}", GB = "ACME" }}
                region                 = "us-west-2"
              }} }} }}""",
        }
    ),
    "messages": Call(
        {
            "kms_key": _KNOWN_KEY,
            "messages": """{
                brand          = "Acme"
                default_locale = "de"
                templates = {
                  de = { default = "$code ist Ihr Code für $brand.", SignUp = "Willkommen bei $${brand}: $${code}" }
                  pt-BR = {
                    default                     = "$code vale $minutes minutos ($$ 0), $username"
                    AccountTakeOverNotification = "Atenção!"
                  }
                }
              }""",
        }
    ),
    "messages_all": Call(
        {
            "kms_key": _KNOWN_KEY,
            "messages": """{
                brand          = "Acme"
                default_locale = "de-CH"
                templates = {
                  sv = { default = "Hej $first_name! Din kod är $code.", SignUp = "$code" }
                  vi = { Authentication = "Mã đăng nhập của bạn là $code. Không chia sẻ mã này." }
                }
                attributes = { first_name = "given_name", title = "custom:title" }
                autofill = {
                  web_otp = { domain = "login.example.com" }
                  clients = {
                    "1example23456789androidapp" = { android = { app_hash = "FA+9qCX9VSu" } }
                    "1example23456789terminal00" = {}
                  }
                }
                built_in_locales       = ["de", "pt_pt", "zh-Hant"]
                client_metadata_locale = "locale"
                country_locales        = { CH = "de-CH", SE = "sv" }
                india                  = { entity_id = "1101", template_ids = { sv = { default = "1107" } } }
                max_segments           = { sv = 2, default = 3 }
                transliterate          = true
              }""",
        }
    ),
    "messages_joined": Call(
        {
            "kms_key": _KNOWN_KEY,
            "messages": f"""{{
                brand        = "{JOINED}"
                templates    = {{ fa = {{ default = "{JOINED} $code" }} }}
                max_segments = {{ default = 3 }}
              }}""",
        }
    ),
    "messages_ten_locales": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{
                aws    = {{ end_user_messaging = {{ origination_identity = "{ORIGINATION_POOL}" }} }}
                twilio = {{ twilio = {{ messaging_service_sid = "{SERVICE_SID}", secret_arn = "{SECRET}" }} }}
              }}""",
            "routes": '{ default = ["aws", "twilio"] }',
            "messages": json.dumps({"brand": "Acme", "templates": TEN_LOCALES}).replace("${", "$${"),
        }
    ),
    # Every value at the edge of what is accepted: the function must accept it too.
    "edges": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{
                sns    = {{ sns = {{
                  sender_id = "A-123456789", origination_number = "12345", max_price = "99.99999"
                  region = "us-gov-west-1", entity_id = "{"9" * 50}", template_id = "é"
                  origination_by_country = {{ DE = "+155501001234567" }}
                }} }}
                eum    = {{ end_user_messaging = {{
                  origination_identity = "+15550100", keyword = "ACME é", time_to_live_seconds = 259200
                  in_entity_id = "{"9" * 64}", in_template_id = "1", configuration_set_name = "a/b"
                }} }}
                notify = {{ notify = {{ notify_configuration_id = "nc-1", time_to_live_seconds = 5 }} }}
                topic  = {{ enabled = false, sns_topic = {{
                  topic_arn = "{TOPIC}", environment = "production", kms_key_arn = "{OTHER_KEY}"
                }} }}
                twilio = {{ twilio = {{ secret_arn = "{SECRET}", from = "A&B +_-1234" }} }}
                short  = {{ twilio = {{ secret_arn = "{PARAMETER}", from = "123" }} }}
                own    = {{ webhook = {{ url = "https://a_b.example:65535?x=[1]@", secret_arn = "{PARAMETER}" }} }}
                form   = {{ http = {{
                  secret_arn = "{SECRET}"
                  url        = "https://x.example:65535"
                  format     = "form"
                  body       = jsonencode({{ to = ["{{number}}", null], text = "{{text}}", flash = false, part = 1.5 }})
                  rules      = [{{ outcome = "SENT", status = ["2xx"], fields = {{ "[0]{".a" * 15}" = ["1"] }} }}]
                }} }}
              }}""",
            "routes": """{
                default = ["sns", "topic", "eum", "notify"], US = ["twilio", "short", "own"], AT = ["form"]
              }""",
            "allowed_countries": '["AT", "DE", "US"]',
            "messages": f"""{{
                brand          = "{"é" * 63} "
                default_locale = "pt-BR"
                templates = {{
                  pt_BR = {{
                    default                     = "$$$code$$ $${{code}}1 $brand-$minutes,$username.{"é" * 1500}"
                    AccountTakeOverNotification = "$$code"
                  }}
                }}
                autofill      = {{ clients = {{ "{"a" * 128}" = {{ web_otp = {{ domain = "{"a" * 63}.x" }} }} }} }}
                max_segments  = {{ default = 25 }}
                transliterate = true
              }}""",
        }
    ),
    # Against what is sent twice, too late, or for nothing.
    "protection": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"{{ aws = {{ sns = {{}} }}, {_TESTERS} }}",
            "protection": """{
                ledger            = { point_in_time_recovery = true, deletion_protection = true }
                on_ledger_failure = "refuse"
                limits = {
                  number  = { max = 5, per_seconds = 600 }
                  prefix  = { max = 40, mode = "monitor", without_last_digits = 3 }
                  country = { max = 2000, per_seconds = 86400, mode = "enforce" }
                  overall = { mode = "off" }
                }
                blocked_prefixes       = ["+49155", "+4915"]
                allowed_ranges         = ["satellite", "inmarsat"]
                test_numbers           = { numbers = ["+4915550001", "+15550100*"], sender = "testers" }
                code_lifetimes_seconds = { Authentication = 300 }
              }""",
        }
    ),
    "protection_edges": Call(
        {
            "kms_key": _KNOWN_KEY,
            "senders": f"""{{
                aws = {{ sns = {{}} }}
                own = {{ webhook = {{ url = "https://sms.example.com/send", secret_arn = "{PARAMETER}" }} }}
              }}""",
            "routes": '{ default = ["aws", "own"] }',
            "protection": """{
                limits = {
                  number  = { max = 1, per_seconds = 1 }
                  prefix  = { max = 1000000000, per_seconds = 2592000, without_last_digits = 6 }
                  country = { max = 1, mode = "enforce" }
                  overall = { max = 1, mode = "enforce" }
                }
                blocked_prefixes = ["+1", "+123456789012345"]
                allowed_ranges = [
                  "disaster_relief", "freephone", "inmarsat", "international_networks", "premium", "satellite",
                  "shared_cost", "universal_personal",
                ]
                test_numbers = {
                  numbers = ["+123456*", "+1234567", "+123456789012345*", "+123456789012345"], sender = "own"
                }
                code_lifetimes_seconds = { Authentication = 60, AdminCreateUser = 31536000 }
              }""",
        }
    ),
    "limits_off": Call(
        {
            "kms_key": _KNOWN_KEY,
            "protection": """{ limits = {
                number  = { mode = "off" }
                prefix  = { mode = "off" }
                country = { mode = "off" }
                overall = { mode = "off" }
              } }""",
            "monitoring": None,
        }
    ),
    "ledger_key": Call({"protection": f'{{ ledger = {{ kms_key_arn = "{OTHER_KEY}" }} }}'}),
    "ledger_off": Call({"kms_key": _KNOWN_KEY, "protection": "{ ledger = { enabled = false } }", "monitoring": None}),
    # The package.
    "package_file": Call({"package": '{ filename = "${path.module}/own.zip", layers = [] }'}),
    "package_file_hash": Call({"package": '{ filename = "later.zip", source_code_hash = "release-7", layers = [] }'}),
    "package_s3": Call(
        {
            "package": (
                '{ s3 = { bucket = "artefacts", key = "sms.zip", object_version = "v3" }, '
                'source_code_hash = "release-7" }'
            ),
        }
    ),
    "package_image": Call({"package": f'{{ image_uri = "{IMAGE}" }}'}),
    "layers_own": Call({"package": f'{{ layers = ["{LAYER}"] }}'}),
    "layers_none_in_s3": Call(
        {"package": '{ s3 = { bucket = "artefacts", key = "sms.zip", object_version = "v3" }, layers = [] }'}
    ),
    "x86_python312": Call({"function": '{ architecture = "x86_64", runtime = "python3.12" }'}),
    # The function's options.
    "size": Call({"function": "{ memory_size = 1024, timeout = 60, reserved_concurrency = 0, tracing = false }"}),
    "vpc": Call({"function": '{ vpc = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] } }'}),
    "snap_start": Call({"function": "{ snap_start = true }"}),
    "code_signing": Call({"function": f'{{ code_signing_config_arn = "{SIGNING}" }}'}),
    "boundary_and_path": Call(
        {"iam": f'{{ path = "/sms/", permissions_boundary_arn = "{BOUNDARY}" }}', "user_pool": "{}"},
    ),
    "tags": Call({"tags": '{ team = "login" }', "user_pool": "{}", "monitoring": None}),
    "monitoring": Call(
        {
            "kms_key": _KNOWN_KEY,
            "monitoring": f"""{{
                log_retention_days = 30
                log_kms_key_arn    = "{OTHER_KEY}"
                log_level          = "DEBUG"
                debug_sample_rate  = 0.25
                metrics_namespace  = "Login/SMS"
              }}""",
        }
    ),
    "alarms": Call(
        {
            "monitoring": f"""{{
                metrics_namespace = "Login/SMS"
                alarms = {{
                  topic_arns     = ["{ALARMS}"]
                  errors         = {{ threshold = 11 }}
                  throttles      = {{ threshold = 12 }}
                  dropped_events = {{ threshold = 13 }}
                  event_age      = {{ threshold = 14.5 }}
                  failure_queue  = {{ threshold = 15 }}
                  failed_share   = {{ threshold = 16, min_messages = 17 }}
                  refused        = {{ threshold = 18 }}
                  over_limit     = {{ threshold = 19 }}
                  segments       = {{ threshold = 20 }}
                  ledger         = {{ threshold = 21 }}
                  silence        = {{ enabled = true, hours = 168 }}
                }}
              }}"""
        }
    ),
    "alarms_off_one_by_one": Call(
        {
            "monitoring": """{ alarms = {
                errors         = { enabled = false }
                throttles      = { enabled = false }
                dropped_events = { enabled = false }
                event_age      = { enabled = false }
                failure_queue  = { enabled = false }
                failed_share   = { enabled = false }
                refused        = { enabled = false }
                over_limit     = { enabled = false }
                segments       = { enabled = false }
                ledger         = { enabled = false }
              } }"""
        }
    ),
    "dashboard": Call(
        {
            "senders": f"""{{
                aws    = {{ sns = {{}} }}
                twilio = {{ twilio = {{ secret_arn = "{SECRET}", from = "+15550100" }} }}
              }}""",
            "routes": '{ default = ["aws", "twilio"] }',
            "monitoring": """{
                metrics_namespace = "Login/SMS"
                dashboard         = { enabled = true, price_per_segment = 0.075 }
                alarms            = { event_age = { threshold = 90 }, segments = { threshold = 700 } }
              }""",
        }
    ),
    # What failed.
    "delivery": Call(
        {"delivery": "{ max_event_age_seconds = 300, max_retries = 0, failure_queue = { retention_seconds = 3600 } }"}
    ),
    "delivery_of_short_lives": Call({"protection": _lives(180)}),
    "delivery_of_lives_of_half_an_hour": Call({"protection": _lives(600, ForgotPassword=1800)}),
    "failure_queue_key": Call({"delivery": f'{{ failure_queue = {{ kms_key_arn = "{OTHER_KEY}" }} }}'}),
    "no_failure_queue": Call({"delivery": "{ failure_queue = { enabled = false } }", "monitoring": None}),
    # Other partitions and Regions.
    "govcloud": Call(
        {
            "kms_key": '{ existing = { arn = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1" } }',
            "user_pools": (
                '{ main = { arn = "arn:aws-us-gov:cognito-idp:us-gov-west-1:123456789012:'
                'userpool/us-gov-west-1_Ab1" } }'
            ),
            "senders": "{ aws = { end_user_messaging = {} } }",
        },
        provider="govcloud",
    ),
    "china": Call(
        {
            "senders": (
                '{ own = { webhook = { url = "https://sms.example.cn", '
                'secret_arn = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/own" } } }'
            ),
            "iam": '{ secret_kms_key_arns = ["arn:aws-cn:kms:cn-north-1:123456789012:key/1"] }',
            "user_pool": "{}",
        },
        provider="china",
    ),
    "canada_west": Call({"function": '{ architecture = "x86_64" }'}, provider="canada_west"),
    "region_without_layer": Call({"package": f'{{ layers = ["{LAYER}"] }}'}, provider="taipei"),
    # Every ARN from a resource of the same root; and sensitive besides.
    "unknown": Call(_UNKNOWN),
    "sensitive": Call(
        {name: re.sub(r"\w+\.unknown\.\w+", r"sensitive(\g<0>)", value) for name, value in _UNKNOWN.items()}
    ),
    "unknown_key_made_here": Call({"user_pools": "{ main = { arn = aws_cognito_user_pool.unknown.arn } }"}),
    "unknown_s3": Call(
        {
            "package": """{ s3 = {
                bucket         = aws_s3_object.unknown.bucket
                key            = aws_s3_object.unknown.key
                object_version = aws_s3_object.unknown.version_id
              } }""",
        }
    ),
    # modules/user-pool-attachment.
    "attachment": Call(
        {
            "name": '"acme"',
            "access": 'module.pool_given.user_pool_access["main"]',
            "sms_role_arn": f'"arn:aws:iam::{ACCOUNT}:role/sms"',
        },
        module="/modules/user-pool-attachment",
    ),
    "attachment_full": Call(
        {
            "name": '"full"',
            "access": _ATTACHABLE,
            "sms_role_arn": f'"arn:aws:iam::{ACCOUNT}:role/sms"',
            "custom_email_sender": f'{{ lambda_arn = "{FUNCTIONS}:mail" }}',
            "replace": "true",
            "function": '{ architecture = "x86_64", runtime = "python3.12" }',
            "package": '{ filename = "own.zip" }',
            "iam": f'{{ path = "/login/", permissions_boundary_arn = "{BOUNDARY}" }}',
            "monitoring": f'{{ log_retention_days = 30, log_kms_key_arn = "{KEY}" }}',
            "tags": '{ team = "login" }',
        },
        module="/modules/user-pool-attachment",
    ),
    # What the pool had before has been read already, so that the plan shows what is made of it.
    "attachment_read": Call(
        {
            "name": '"read"',
            "access": _ATTACHABLE,
            "sms_role_arn": f'"arn:aws:iam::{ACCOUNT}:role/sms"',
        },
        module="/modules/user-pool-attachment",
    ),
    "attachment_image": Call(
        {
            "name": '"image"',
            "access": _ATTACHABLE,
            "sms_role_arn": f'"arn:aws:iam::{ACCOUNT}:role/sms"',
            "package": f'{{ image_uri = "{IMAGE}" }}',
        },
        module="/modules/user-pool-attachment",
    ),
    "attachment_unknown": Call(
        {
            "name": '"unknown"',
            "access": 'module.pool_beside.user_pool_access["main"]',
            "custom_email_sender": "{ lambda_arn = sensitive(aws_lambda_function.unknown.arn) }",
            "sms_role_arn": "aws_iam_role.unknown.arn",
        },
        module="/modules/user-pool-attachment",
    ),
    "attachment_govcloud": Call(
        {
            "name": '"gov"',
            "access": 'module.govcloud.user_pool_access["main"]',
            "sms_role_arn": f'"arn:aws-us-gov:iam::{ACCOUNT}:role/sms"',
        },
        module="/modules/user-pool-attachment",
        provider="govcloud",
    ),
    "attachment_china": Call(
        {
            "name": '"china"',
            "access": _ATTACHABLE.replace("arn:aws:", "arn:aws-cn:").replace(REGION, "cn-north-1"),
            "sms_role_arn": f'"arn:aws-cn:iam::{ACCOUNT}:role/sms"',
        },
        module="/modules/user-pool-attachment",
        provider="china",
    ),
    # modules/user-pool by itself.
    "user_pool_alone": Call(
        {
            "name": '"alone"',
            "lambda_config": f"""{{
                kms_key_id        = "{KEY}"
                custom_sms_sender = {{ lambda_arn = "{FUNCTIONS}:sms:live" }}
              }}""",
        },
        module="/modules/user-pool",
    ),
    "user_pool_unverified": Call(
        {
            "name": '"unverified"',
            "verify": "[]",
            "lambda_config": f"""{{
                kms_key_id        = "{KEY}"
                custom_sms_sender = {{ lambda_arn = "{FUNCTIONS}:sms:live" }}
              }}""",
        },
        module="/modules/user-pool",
    ),
    "user_pool_by_name": Call(
        {
            "name": '"by-name"',
            "sign_in": "{ phone_number = false }",
            "account_recovery": '["admin_only"]',
            "lambda_config": f"""{{
                kms_key_id        = "{KEY}"
                custom_sms_sender = {{ lambda_arn = "{FUNCTIONS}:sms:live" }}
              }}""",
        },
        module="/modules/user-pool",
    ),
}

# A pool beside the module, wired from its output; and one of everything whose ARN is unknown at plan.
RESOURCES: Final = """
resource "aws_cognito_user_pool" "beside" {
  name = "beside"
  lambda_config {
    kms_key_id = module.pool_beside.lambda_config.kms_key_id
    custom_sms_sender {
      lambda_arn     = module.pool_beside.lambda_config.custom_sms_sender.lambda_arn
      lambda_version = module.pool_beside.lambda_config.custom_sms_sender.lambda_version
    }
  }
}

resource "aws_cognito_user_pool" "unknown" {
  name = "unknown"
}

resource "aws_iam_role" "unknown" {
  name               = "unknown"
  assume_role_policy = jsonencode({})
}

resource "aws_iam_policy" "unknown" {
  policy = jsonencode({})
}

resource "aws_kms_key" "unknown" {}

resource "aws_sns_topic" "unknown" {}

# Stands for a Notify configuration, which the provider does not have.
resource "terraform_data" "unknown" {}

resource "aws_secretsmanager_secret" "unknown" {}

resource "aws_ssm_parameter" "unknown" {
  name  = "/unknown"
  type  = "SecureString"
  value = "x"
}

resource "aws_pinpointsmsvoicev2_phone_number" "unknown" {
  iso_country_code    = "US"
  message_type        = "TRANSACTIONAL"
  number_type         = "SIMULATOR"
  number_capabilities = ["SMS"]
}

resource "aws_pinpointsmsvoicev2_configuration_set" "unknown" {
  name = "unknown"
}

resource "aws_lambda_function" "unknown" {
  function_name = "unknown"
  role          = aws_iam_role.unknown.arn
  package_type  = "Image"
  image_uri     = "x"
}

resource "aws_lambda_function_url" "unknown" {
  function_name      = aws_lambda_function.unknown.function_name
  authorization_type = "NONE"
}

resource "aws_subnet" "unknown" {
  vpc_id     = "vpc-1"
  cidr_block = "10.0.0.0/24"
}

resource "aws_security_group" "unknown" {}

resource "aws_lambda_code_signing_config" "unknown" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:eu-central-1:123456789012:/signing-profiles/x/y"]
  }
}

resource "aws_lambda_layer_version" "unknown" {
  layer_name = "unknown"
  filename   = "${path.module}/own.zip"
}

resource "aws_s3_object" "unknown" {
  bucket  = "artefacts"
  key     = "sms.zip"
  content = "x"
}
"""

# For calls that are ``deferred``.
YES: Final = """
variable "yes" {
  type    = bool
  default = true
}
"""

# What an output of a call says goes to an output of the root, because a plan holds no others; one that holds an unknown
# value is not in the plan at all.
OUTPUTS: Final = """
output "statements_two_pools" {
  value = module.two_pools.kms_key_policy_statements
}

output "statements_defaults" {
  value = module.defaults.kms_key_policy_statements
}

output "known" {
  value = {
    function_name  = module.known.function_name
    kms_key_arn    = module.known.kms_key_arn
    kms_key_id     = module.known.lambda_config.kms_key_id
    lambda_version = module.known.lambda_config.custom_sms_sender.lambda_version
    log_group_name = module.known.log_group_name
    user_pool_arn  = module.known.user_pool_arn
    user_pool_id   = module.known.user_pool_id
  }
}

output "no_failure_queue" {
  value = [module.no_failure_queue.failure_queue_arn, module.no_failure_queue.failure_queue_url]
}

output "nothing_beside" {
  value = {
    alarm_arns        = module.pool_given.alarm_arns
    dashboard_name    = module.pool_given.dashboard_name
    ledger_table_arn  = module.ledger_off.ledger_table_arn
    ledger_table_name = module.ledger_off.ledger_table_name
  }
}

output "beside" {
  value = {
    alarms            = keys(module.alarms.alarm_arns)
    dashboard_name    = module.dashboard.dashboard_name
    ledger_table_name = module.defaults.ledger_table_name
  }
}
"""


def _refused(message: str, provider: str = "", **arguments: str | None) -> Call:
    return Call(arguments, provider=provider, message=message)


_LEAST_HTTP: Final = """
                url   = "https://api.provider.example/sms"
                body  = jsonencode({ to = "{number}", text = "{text}" })
                rules = [{ outcome = "SENT", status = ["200"] }]
"""


def _http_refused(message: str, description: str, **parts: str) -> Call:
    """An ``http`` sender called own: a description in HCL, with these parts over it."""
    content = f"{{\n{description}\n}}"
    laid_over = "{ " + ", ".join(f"{name} = {value}" for name, value in parts.items()) + " }"
    return _refused(
        message, senders=f'{{ own = {{ http = merge({{ secret_arn = "{SECRET}" }}, {content}, {laid_over}) }} }}'
    )


def _raw_body(members: str) -> str:
    """A body of these members as somebody writes it who does not use jsonencode, in HCL."""
    return json.dumps(f"{{{members}}}")


# Texts that are each short enough, and together do not fit into an environment however well they are compressed.
_LONG_TEXTS: Final = ", ".join(
    f'{trigger} = "$code {" ".join(f"{number:x}" for number in range(7919 * start, 7919 * 900, 7919 * 5))}"'
    for start, trigger in enumerate(["default", "SignUp", "ResendCode", "ForgotPassword", "Authentication"], 1)
)

REJECTED: Final[Mapping[str, Call]] = {
    "too_many_rights": _refused(
        "policies of the function's role must have at most 5120 characters together",
        senders=f'{{ one = {{ twilio = {{ from = "+15550100", secret_arn = "{SECRET}" }} }} }}',
        iam=f'{{ secret_kms_key_arns = [for key in range(60) : "{KEY[:-12]}${{key + 100000000000}}"] }}',
    ),
    "email_of_a_domain": _refused(
        "email.from must say which address",
        user_pool=f'{{ email = {{ source_arn = "arn:aws:ses:{REGION}:{ACCOUNT}:identity/example.com" }} }}',
    ),
    "email_identity": _refused(
        "email.source_arn must be the ARN of an SES identity",
        user_pool='{ email = { source_arn = "login@example.com" } }',
    ),
    "also_decrypt_alias": _refused(
        "kms_key.also_decrypt must name keys by their ARNs",
        kms_key=f'{{ also_decrypt = {{ old = {{ arn = "arn:aws:kms:{REGION}:{ACCOUNT}:alias/old" }} }} }}',
    ),
    # Empty in a way that only a plan sees (as all of these: see Call.hcl).
    "no_country": _refused(
        "allowed_countries is empty", allowed_countries='[for country in ["DE"] : country if !var.yes]'
    ),
    "country_name": _refused("ISO 3166-1 alpha-2", allowed_countries='["Germany"]'),
    "country_lower_case": _refused("two capital letters", allowed_countries='["de"]'),
    "country_unknown": _refused("no telephone number belongs to XX", allowed_countries='["DE", "XX"]'),
    "country_uk": _refused('the United Kingdom\'s code is "GB"', allowed_countries='["UK"]'),
    "name_too_long": _refused("2 to 40 letters", name=f'"{"a" * 41}"'),
    "name_with_space": _refused("2 to 40 letters", name='"acme login"'),
    "no_sender": _refused(
        "senders is empty", senders="{ for name, sender in { aws = { sns = {} } } : name => sender if !var.yes }"
    ),
    "sender_name": _refused("Rename: Acme-SMS", senders="{ Acme-SMS = { sns = {} } }"),
    "sender_without_kind": _refused("Check: nothing.", senders="{ nothing = {} }", routes='{ default = ["nothing"] }'),
    "sender_of_two_kinds": _refused(
        "Check: both.", senders=f'{{ both = {{ sns = {{}}, twilio = {{ secret_arn = "{SECRET}", from = "ACME" }} }} }}'
    ),
    "sns_type": _refused('"Transactional" or "Promotional"', senders='{ aws = { sns = { sms_type = "OTP" } } }'),
    "sns_sender_id": _refused("1 to 11 letters", senders='{ aws = { sns = { sender_id = "Acme Corporation" } } }'),
    "max_price": _refused('for example "0.50"', senders='{ aws = { sns = { max_price = "50 cents" } } }'),
    "topic_environment": _refused(
        'sns_topic.environment must be "test"',
        senders=f'{{ aws = {{ sns_topic = {{ topic_arn = "{TOPIC}", environment = "staging" }} }} }}',
        routes='{ default = ["aws"] }',
    ),
    "topic_unasked": _refused(
        "never used unasked",
        senders=f'{{ aws = {{ sns_topic = {{ topic_arn = "{TOPIC}", environment = "test" }} }} }}',
        routes="{}",
    ),
    "message_type": _refused(
        '"TRANSACTIONAL" or "PROMOTIONAL"', senders='{ aws = { end_user_messaging = { message_type = "OTP" } } }'
    ),
    "time_to_live": _refused(
        "time_to_live_seconds must be 5 to 259200",
        senders="{ aws = { end_user_messaging = { time_to_live_seconds = 4 } } }",
    ),
    "twilio_from_nowhere": _refused(
        "exactly one of messaging_service_sid", senders=f'{{ t = {{ twilio = {{ secret_arn = "{SECRET}" }} }} }}'
    ),
    "twilio_from_both": _refused(
        "exactly one of messaging_service_sid",
        senders=(
            f'{{ t = {{ twilio = {{ secret_arn = "{SECRET}", from = "Acme", '
            f'messaging_service_sid = "{SERVICE_SID}" }} }} }}'
        ),
    ),
    "twilio_service": _refused(
        '"MG" and 32 hexadecimal digits',
        senders=f'{{ t = {{ twilio = {{ secret_arn = "{SECRET}", messaging_service_sid = "AC123" }} }} }}',
    ),
    "notify_template": _refused(
        "take ids of Notify templates",
        senders='{ n = { notify = { notify_configuration_id = "nc-1", template_ids = { en = "Your code is" } } } }',
    ),
    "notify_language": _refused(
        "keyed by language tags",
        senders='{ n = { notify = { notify_configuration_id = "nc-1", template_ids = { english = "x" } } } }',
    ),
    "notify_variable": _refused(
        "without the braces of the template",
        senders='{ n = { notify = { notify_configuration_id = "nc-1", code_variable = "{{code}}" } } }',
    ),
    "notify_time_to_live": _refused(
        "notify.time_to_live_seconds must be 5 to 259200",
        senders='{ n = { notify = { notify_configuration_id = "nc-1", time_to_live_seconds = 4 } } }',
    ),
    "verify_service": _refused(
        '"VA" and 32 hexadecimal digits',
        senders=f'{{ v = {{ twilio_verify = {{ service_sid = "{SERVICE_SID}", secret_arn = "{SECRET}" }} }} }}',
    ),
    "verify_channel": _refused(
        '"sms", "whatsapp" or "call"',
        senders=(
            f'{{ v = {{ twilio_verify = {{ service_sid = "{VERIFY_SID}", secret_arn = "{SECRET}", '
            'channel = "email" } } }'
        ),
    ),
    "verify_template": _refused(
        'only for the channels "sms" and "call"',
        senders=(
            f'{{ v = {{ twilio_verify = {{ service_sid = "{VERIFY_SID}", secret_arn = "{SECRET}", '
            f'channel = "whatsapp", template_sid = "{TEMPLATE_SID}" }} }} }}'
        ),
    ),
    "verify_app_hash": _refused(
        'only for the channel "sms"',
        senders=(
            f'{{ v = {{ twilio_verify = {{ service_sid = "{VERIFY_SID}", secret_arn = "{SECRET}", '
            'channel = "call", app_hash = "A1b2C3d4E5+" } } }'
        ),
    ),
    "verify_name": _refused(
        "friendly_name must have 1 to 30 characters",
        senders=(
            f'{{ v = {{ twilio_verify = {{ service_sid = "{VERIFY_SID}", secret_arn = "{SECRET}", '
            f'friendly_name = "{"x" * 31}" }} }} }}'
        ),
    ),
    "vonage_from": _refused(
        "a sender id of at most 11",
        senders=f'{{ v = {{ vonage = {{ from = "ACME Corporation", secret_arn = "{SECRET}" }} }} }}',
    ),
    "vonage_india": _refused(
        "Set both or neither",
        senders=f'{{ v = {{ vonage = {{ from = "ACME", secret_arn = "{SECRET}", entity_id = "1101" }} }} }}',
    ),
    "whatsapp_number": _refused(
        "not the number itself",
        senders=(
            f'{{ w = {{ whatsapp = {{ phone_number_id = "+15550100", template = "login", '
            f'secret_arn = "{SECRET}" }} }} }}'
        ),
    ),
    "whatsapp_template": _refused(
        "the name of an authentication template",
        senders=(
            '{ w = { whatsapp = { phone_number_id = "12345", template = "Login Code", '
            f'secret_arn = "{SECRET}" }} }} }}'
        ),
    ),
    "whatsapp_language": _refused(
        "as Meta writes them",
        senders=(
            '{ w = { whatsapp = { phone_number_id = "12345", template = "login", '
            f'languages = {{ pt-BR = "pt-BR" }}, secret_arn = "{SECRET}" }} }} }}'
        ),
    ),
    "whatsapp_language_twice": _refused(
        "are one language",
        senders=(
            '{ w = { whatsapp = { phone_number_id = "12345", template = "login", '
            f'languages = {{ pt-BR = "pt_BR", pt_br = "pt_BR" }}, secret_arn = "{SECRET}" }} }} }}'
        ),
    ),
    "whatsapp_version": _refused(
        "a version of the Graph API",
        senders=(
            '{ w = { whatsapp = { phone_number_id = "12345", template = "login", '
            f'api_version = "26", secret_arn = "{SECRET}" }} }} }}'
        ),
    ),
    "slack_environment": _refused(
        'slack.environment must be "test"',
        senders=f'{{ s = {{ slack = {{ secret_arn = "{SECRET}", environment = "staging" }} }} }}',
        routes='{ default = ["s"] }',
    ),
    "slack_unasked": _refused(
        "never used unasked",
        senders=f'{{ s = {{ slack = {{ secret_arn = "{SECRET}", environment = "test" }} }} }}',
        routes="{}",
    ),
    "http_preset_and_url": _http_refused(
        "Remove one of them from: own.",
        'preset = "telnyx", settings = { from = "+15550100123" }',
        url='"https://x.example"',
    ),
    "http_nothing": _http_refused("needs preset (infobip, ", ""),
    "http_without_rules": _http_refused(
        "Check: own.", "", url='"https://x.example"', body='jsonencode({ to = "{number}", text = "{text}" })'
    ),
    "http_preset_and_body": _http_refused(
        "Remove own.http.body, or remove preset",
        'preset = "telnyx", settings = { from = "+15550100123" }',
        body='jsonencode({ text = "{text}", to = "{number}" })',
    ),
    "http_preset": _http_refused("must be one of infobip, ", 'preset = "clickatell", settings = { from = "A" }'),
    "http_setting_unknown": _http_refused(
        "Known: own: from, messaging_profile_id.", 'preset = "telnyx", settings = { from = "ACME", sender = "ACME" }'
    ),
    "http_setting_missing": _http_refused(
        "Add own.http.settings.service_plan_id: the id of the service plan",
        'preset = "sinch", settings = { from = "A" }',
    ),
    "http_settings_missing": _http_refused("Add own.http.settings.originator: a number", 'preset = "messagebird"'),
    "http_setting_wrong": _http_refused(
        "own.http.settings.subdomain must be the first part of your base URL",
        'preset = "infobip", settings = { sender = "ACME", subdomain = "https://abc123.api.infobip.com" }',
    ),
    "http_settings_exclusive": _http_refused(
        "own needs exactly one of src and powerpack_uuid",
        'preset = "plivo", settings = { src = "ACME", powerpack_uuid = "86bbb125-97bb-4d72-89fd-81d5c515b015" }',
    ),
    "http_settings_none": _http_refused("own needs from or messaging_profile_id", 'preset = "telnyx"'),
    "http_settings_of_none": _http_refused("settings belong to a preset", _LEAST_HTTP, settings='{ from = "ACME" }'),
    "http_url_plain": _http_refused("must be an https:// address", _LEAST_HTTP, url='"http://x.example/"'),
    "http_url_user": _http_refused("without user name", _LEAST_HTTP, url='"https://user:password@x.example/"'),
    "http_url_text": _http_refused("servers write URLs into their logs", _LEAST_HTTP, url='"https://x.example/{text}"'),
    "http_url_part": _http_refused(
        "a whole part between two slashes", _LEAST_HTTP, url='"https://x.example/a{number}"'
    ),
    "http_url_host": _http_refused("with a host name", _LEAST_HTTP, url='"https://{secret.host}/"'),
    "http_url_credential": _http_refused(
        "http.url must not hold a credential", _LEAST_HTTP, url='"https://x.example/?api_key=0123456789"'
    ),
    "http_method": _http_refused('"POST" or "PUT"', _LEAST_HTTP, method='"GET"'),
    "http_format": _http_refused('"json" or "form"', _LEAST_HTTP, format='"xml"'),
    "http_header_host": _http_refused("not one that the function sets itself", _LEAST_HTTP, headers='{ Host = "x" }'),
    "http_header_line": _http_refused("printable ASCII", _LEAST_HTTP, headers='{ X-A = "b\\r\\nX-C: d" }'),
    "http_header_text": _http_refused("may end in {secret.…}", _LEAST_HTTP, headers='{ X-Text = "{text}" }'),
    "http_header_authorization": _http_refused(
        "Check: own Authorization.", _LEAST_HTTP, headers='{ Authorization = "Bearer 0123456789abcdef" }'
    ),
    "http_header_key": _http_refused(
        "headers must not hold a credential", _LEAST_HTTP, headers='{ x-api-key = "0123456789abcdef" }'
    ),
    "http_header_bearer": _http_refused(
        "headers must not hold a credential", _LEAST_HTTP, headers='{ X-Forwarded = "Bearer 0123456789abcdef" }'
    ),
    "http_header_half": _http_refused(
        "headers must not hold a credential", _LEAST_HTTP, headers='{ Authorization = "0123456789-{secret.rest}" }'
    ),
    "http_basic_auth": _http_refused(
        "basic_auth names fields of the secret",
        _LEAST_HTTP,
        basic_auth='{ username = "{secret.user}", password = "0123456789" }',
    ),
    "http_body_text": _http_refused("must be a JSON object", _LEAST_HTTP, body='jsonencode(["{number}", "{text}"])'),
    "http_body_pasted": _http_refused(
        "one placeholder and nothing else",
        _LEAST_HTTP,
        body='jsonencode({ to = "{number}", text = "Code: {code}", t = "{code}" })',
    ),
    "http_body_unknown": _http_refused(
        "{number}, {number_digits}, {country}",
        _LEAST_HTTP,
        body='jsonencode({ to = "{phone}", a = "{number}", t = "{text}" })',
    ),
    "http_body_without_number": _http_refused(
        "where the number goes", _LEAST_HTTP, body='jsonencode({ text = "{text}" })'
    ),
    "http_body_without_text": _http_refused(
        "where the message goes", _LEAST_HTTP, body='jsonencode({ to = "{number}" })'
    ),
    "http_body_credential": _http_refused(
        "body must not hold a credential",
        _LEAST_HTTP,
        body='jsonencode({ to = "{number}", text = "{text}", login = { apiKey = "0123456789" } })',
    ),
    "http_lifetime": _http_refused(
        "min_seconds not more than max_seconds",
        _LEAST_HTTP,
        body='jsonencode({ to = "{number}", text = "{text}", ttl = "{lifetime_seconds}" })',
        lifetime="{ min_seconds = 60, max_seconds = 30 }",
    ),
    "http_lifetime_unused": _http_refused("http.lifetime has no effect", _LEAST_HTTP, lifetime="{ min_seconds = 60 }"),
    "http_message_id": _http_refused('for example "data.id"', _LEAST_HTTP, message_id='"data/id"'),
    "http_rule_outcome": _http_refused(
        "outcome must be one of SENT, BLOCKED_BY_PROVIDER",
        _LEAST_HTTP,
        rules='[{ outcome = "SENT", status = ["200"] }, { outcome = "DELIVERED", status = ["201"] }]',
    ),
    "http_rule_never_sent": _http_refused(
        "must have one with outcome SENT", _LEAST_HTTP, rules='[{ outcome = "OPTED_OUT", status = ["400"] }]'
    ),
    "http_rule_sent_by_anything": _http_refused(
        "one with outcome SENT needs status", _LEAST_HTTP, rules='[{ outcome = "SENT", fields = { id = ["*"] } }]'
    ),
    "http_rule_sent_by_failure": _http_refused(
        "of the 200s", _LEAST_HTTP, rules='[{ outcome = "SENT", status = ["200", "500"] }]'
    ),
    "http_rule_status": _http_refused(
        'such as ["429"] or ["4xx"]',
        _LEAST_HTTP,
        rules='[{ outcome = "SENT", status = ["200"] }, { outcome = "OPTED_OUT", status = ["4"] }]',
    ),
    "http_rule_path": _http_refused(
        "are paths into the answer",
        _LEAST_HTTP,
        rules='[{ outcome = "SENT", status = ["200"], fields = { "a b" = ["1"] } }]',
    ),
    "http_rule_values": _http_refused(
        "a list of 1 to 100 values", _LEAST_HTTP, rules='[{ outcome = "SENT", status = ["200"], fields = { a = [] } }]'
    ),
    # What only a body shows that was not made by jsonencode.
    "http_body_name_twice": _http_refused(
        "where the message goes", _LEAST_HTTP, body=_raw_body('"to":"{number}","text":"{text}","text":"hello"')
    ),
    "http_body_escaped_text": _http_refused(
        "one placeholder and nothing else",
        _LEAST_HTTP,
        body=_raw_body('"to":"{number}","text":"{text}","x":"\\u007bphone\\u007d"'),
    ),
    "http_body_escaped_name": _http_refused(
        "only values can be placeholders",
        _LEAST_HTTP,
        body=_raw_body('"to":"{number}","text":"{text}","\\u007bcountry\\u007d":"x"'),
    ),
    "http_body_escaped_credential": _http_refused(
        "body must not hold a credential",
        _LEAST_HTTP,
        body=_raw_body('"to":"{number}","text":"{text}","\\u0070assword" : "0123456789"'),
    ),
    "http_body_too_deep": _http_refused(
        "more than 16 levels deep",
        _LEAST_HTTP,
        body=f'jsonencode({{ to = "{{number}}", flat = "]]]", text = {_nested(16)} }})',
    ),
    "http_method_empty": _http_refused('"POST" or "PUT"', _LEAST_HTTP, method='""'),
    "http_format_empty": _http_refused('"json" or "form"', _LEAST_HTTP, format='""'),
    "http_message_id_empty": _http_refused("are paths into the answer", _LEAST_HTTP, message_id='""'),
    "http_header_encoding": _http_refused(
        "not one that the function sets itself", _LEAST_HTTP, headers='{ Accept-Encoding = "gzip" }'
    ),
    "http_header_authorization_twice": _http_refused(
        "basic_auth makes the Authorization header",
        _LEAST_HTTP,
        headers='{ authorization = "Bearer {secret.a}" }',
        basic_auth='{ username = "{secret.user}", password = "{secret.password}" }',
    ),
    "http_rule_null": _http_refused(
        "Leave out what is not needed", _LEAST_HTTP, rules='[{ outcome = "SENT", status = ["200"] }, null]'
    ),
    "http_rule_values_null": _http_refused(
        "Leave out what is not needed",
        _LEAST_HTTP,
        rules='[{ outcome = "SENT", status = ["200"] }, { outcome = "OPTED_OUT", fields = { a = null } }]',
    ),
    "http_rule_never_reached": _http_refused(
        "can never decide",
        _LEAST_HTTP,
        rules='[{ outcome = "PROVIDER_DOWN", status = ["2xx", "500"] }, { outcome = "SENT", status = ["200"] }]',
    ),
    **{
        f"http_url_{name}": _http_refused("Write the host's name.", _LEAST_HTTP, url=f'"https://{host}/"')
        for name, host in {
            "metadata": "169.254.169.254:80",
            "private": "10.0.0.7",
            "decimal": "2130706433",
            "octal": "93.184.0215.14",
        }.items()
    },
    **{
        f"http_url_credential_{name}": _http_refused(
            "http.url must not hold a credential", _LEAST_HTTP, url=f'"https://x.example/?user=acme&{name}=0123456789"'
        )
        for name in ("pass", "Client-Secret")
    },
    **{
        f"http_body_credential_{number}": _http_refused(
            "body must not hold a credential",
            _LEAST_HTTP,
            body=f'jsonencode({{ to = "{{number}}", text = "{{text}}", login = {{ {member} }} }})',
        )
        for number, member in enumerate(
            (
                'pass = "0123456789"',
                'key = "0123456789"',
                "apikey = 123456789",
                "pin = -1234",
                'token = ["{secret.a}", "0123456789"]',
                'key = { key = "a", value = "b" }, secret = 1',
                'key = "a", password = "0123456789", value = "b"',
            )
        )
    },
    **{
        f"http_header_{name.lower().replace('-', '_')}": _http_refused(
            f"Check: own {name}.", _LEAST_HTTP, headers=f'{{ {name} = "{value}" }}'
        )
        for name, value in {
            "X-AppKey": "0123456789",
            "X-Channel": "Bearer 0123456789 {idempotency_key}",
            "X-Source": "ApiKey 0123456789",
            "X-Origin": "Token {idempotency_key}",
        }.items()
    },
    "route_null": _refused("routes has a null", routes="{ default = null }"),
    "route_name_null": _refused("routes has a null", routes='{ default = ["aws", null] }'),
    "webhook_address": _refused(
        "Write the host's name.",
        senders=f'{{ own = {{ webhook = {{ url = "https://192.168.1.1/sms", secret_arn = "{SECRET}" }} }} }}',
    ),
    "webhook_plain": _refused(
        "must start with https:// and a host name",
        senders=f'{{ own = {{ webhook = {{ url = "http://sms.example.com", secret_arn = "{SECRET}" }} }} }}',
    ),
    "route_name": _refused(
        "Add the country there, or remove the route: FR.", routes='{ default = ["aws"], FR = ["aws"] }'
    ),
    "route_in_lower_case": _refused("or remove the route: de.", routes='{ default = ["aws"], de = ["aws"] }'),
    "route_of_a_country_missing": _refused(
        "routes has none for DE, US. Add one for each, or default",
        allowed_countries='["AT", "DE", "US"]',
        routes='{ AT = ["aws"] }',
    ),
    "route_switched_off": _refused(
        "Every sender of a route is switched off. Set enabled = true for one of them, or add another sender to: DE.",
        senders="{ aws = { sns = {} }, off = { enabled = false, sns = {} } }",
        routes='{ default = ["aws", "off"], DE = ["off"] }',
    ),
    "only_sender_switched_off": _refused(
        "add another sender to: default.", senders="{ aws = { enabled = false, sns = {} } }", routes="{}"
    ),
    "sender_unused": _refused(
        "Add it to a route, remove it, or set enabled = false for it: other.",
        senders="{ aws = { sns = {} }, other = { sns = {} }, off = { enabled = false, sns = {} } }",
        routes='{ default = ["aws"], DE = ["aws"] }',
    ),
    "origination_of_another_country": _refused(
        "Add the country there or remove it here: aws FR.",
        senders='{ aws = { sns = { origination_by_country = { DE = "ACME", FR = "ACME" } } } }',
    ),
    "origination_of_sns": _refused(
        "or a sender id: 1 to 11 letters",
        senders='{ aws = { sns = { origination_by_country = { DE = "Acme Corporation" } } } }',
    ),
    "origination_of_end_user_messaging": _refused(
        "takes the number, id or ARN",
        senders='{ aws = { end_user_messaging = { origination_by_country = { DE = "my pool" } } } }',
    ),
    "route_to_nobody": _refused(": twilio.", routes='{ default = ["aws", "twilio"] }'),
    "route_twice": _refused("each only once", routes='{ default = ["aws", "aws"] }'),
    "route_empty": _refused("at least one sender", routes="{ default = [] }"),
    "route_missing": _refused(
        'routes = { default = ["aws", "other"] }',
        senders="{ aws = { sns = {} }, other = { sns = {} } }",
        routes="{}",
    ),
    "pool_by_id": _refused("not its id", user_pools=f'{{ main = {{ arn = "{POOL_ID}" }} }}'),
    "pool_of_any_id": _refused("without blanks or asterisks", user_pools=f'{{ main = {{ arn = "{EVERY_POOL}" }} }}'),
    "pool_with_blank": _refused("without blanks or asterisks", user_pools=f'{{ main = {{ arn = "{POOL} " }} }}'),
    "email_sender_by_name": _refused(
        "user_pools: custom_email_sender.role_arn",
        user_pools=f'{{ main = {{ arn = "{POOL}", custom_email_sender = {{ role_arn = "mail" }} }} }}',
    ),
    "email_sender_of_the_made_pool_by_name": _refused(
        "user_pool.custom_email_sender.role_arn",
        user_pool=f'{{ custom_email_sender = {{ lambda_arn = "{FUNCTIONS}:mail", role_arn = "mail" }} }}',
    ),
    "pool_managed_by_everybody": _refused(
        '"*" would be everybody', kms_key=f'{{ pool_manager_role_arns = ["{MANAGER}", "*"] }}'
    ),
    "trigger_by_name": _refused("not their names", user_pool='{ triggers = { pre_sign_up = "sign-up" } }'),
    "trigger_of_tokens_by_name": _refused(
        "not their names", user_pool='{ triggers = { pre_token_generation = { lambda_arn = "tokens" } } }'
    ),
    "trigger_of_email_by_name": _refused(
        "not their names",
        user_pool=f'{{ custom_email_sender = {{ lambda_arn = "mail", role_arn = "{EMAIL_ROLE}" }} }}',
    ),
    "trigger_version": _refused(
        '"V1_0", "V2_0" or "V3_0"',
        user_pool=(
            f'{{ triggers = {{ pre_token_generation = {{ lambda_arn = "{FUNCTIONS}:x", lambda_version = "V4_0" }} }} }}'
        ),
    ),
    "pool_key": _refused("becomes part of a statement id", user_pools=f'{{ "my pool" = {{ arn = "{POOL}" }} }}'),
    "pool_key_taken": _refused(
        '"user_pool" in user_pools is taken', user_pools=f'{{ user_pool = {{ arn = "{POOL}" }} }}'
    ),
    "key_alias": _refused(
        "nothing can be decrypted with an alias",
        kms_key=f'{{ existing = {{ arn = "arn:aws:kms:{REGION}:{ACCOUNT}:alias/x" }} }}',
    ),
    "secret_key_of_every_name": _refused('"*" would be every key', iam='{ secret_kms_key_arns = ["*"] }'),
    "secret_key_alias": _refused("takes no alias", iam='{ secret_kms_key_arns = ["alias/secrets"] }'),
    "failure_queue_key_alias": _refused(
        "Leave it out for SQS's own", delivery='{ failure_queue = { kms_key_arn = "alias/failures" } }'
    ),
    "log_key_alias": _refused("not its id or a name", monitoring='{ log_kms_key_arn = "alias/logs" }'),
    "topic_environment_null": _refused(
        "sns_topic.environment",
        senders=f'{{ aws = {{ sns_topic = {{ topic_arn = "{TOPIC}", environment = null }} }} }}',
        routes='{ default = ["aws"] }',
    ),
    "vpc_null": _refused("at least one subnet", function="{ vpc = { subnet_ids = null, security_group_ids = [] } }"),
    "key_window": _refused("deletion_window_in_days must be 7 to 30", kms_key="{ deletion_window_in_days = 3 }"),
    "architecture": _refused('"arm64" or "x86_64"', function='{ architecture = "arm" }'),
    "runtime": _refused('"python3.11" or a later Python', function='{ runtime = "nodejs22.x" }'),
    "memory": _refused("memory_size must be 128 to 10240", function="{ memory_size = 64 }"),
    "timeout": _refused("timeout must be 3 to 900", function="{ timeout = 1000 }"),
    "concurrency": _refused("reserved_concurrency must be 0 or more", function="{ reserved_concurrency = -1 }"),
    "snap_start_runtime": _refused('"python3.12" or later', function='{ snap_start = true, runtime = "python3.11" }'),
    "snap_start_image": _refused(
        "Lambda takes no snapshots of images", function="{ snap_start = true }", package=f'{{ image_uri = "{IMAGE}" }}'
    ),
    "vpc_without_subnets": _refused(
        "at least one subnet", function='{ vpc = { subnet_ids = [], security_group_ids = ["sg-1"] } }'
    ),
    "package_twice": _refused(
        "at most one of filename, s3 and image_uri", package=f'{{ filename = "x.zip", image_uri = "{IMAGE}" }}'
    ),
    "image_with_layers": _refused("an image brings its libraries", package=f'{{ image_uri = "{IMAGE}", layers = [] }}'),
    "layers": _refused(
        "at most five layers", package=f"{{ layers = [{', '.join([f'{chr(34)}{LAYER}{chr(34)}'] * 6)}] }}"
    ),
    "locale": _refused("must look like", messages='{ default_locale = "English" }'),
    "default_locale": _refused(
        'there are no texts for messages.default_locale ("sv")',
        messages='{ default_locale = "sv", templates = { de = { default = "$code" } } }',
    ),
    "trigger": _refused(
        "templates.en.Signup: a text belongs to", messages='{ templates = { en = { Signup = "$code" } } }'
    ),
    "placeholder": _refused(
        "templates: en.default: the placeholders are $code, $brand",
        messages='{ templates = { en = { default = "$code for $name", SignUp = "$code" } } }',
    ),
    "dollar": _refused(
        "a dollar sign is written $$", messages='{ templates = { en = { default = "$code for 5 $" } } }'
    ),
    "no_code_but_the_word": _refused(
        "every text needs $code", messages='{ templates = { en = { default = "$$code" } } }'
    ),
    "no_code": _refused(
        "templates: de.SignUp, en.default: every text needs $code",
        messages='{ templates = { en = { default = "Hello", SignUp = "$code" }, de = { SignUp = "Hallo" } } }',
    ),
    "event_age": _refused("max_event_age_seconds must be 300", delivery="{ max_event_age_seconds = 60 }"),
    "retries": _refused("max_retries must be 0, 1 or 2", delivery="{ max_retries = 3 }"),
    "retention_of_failures": _refused(
        "retention_seconds must be 60", delivery="{ failure_queue = { retention_seconds = 5 } }"
    ),
    "retention_of_logs": _refused("must be one of CloudWatch's", monitoring="{ log_retention_days = 10 }"),
    "log_level": _refused("must be DEBUG, INFO", monitoring='{ log_level = "debug" }'),
    "namespace": _refused("not start with AWS/", monitoring='{ metrics_namespace = "AWS/Lambda" }'),
    "path": _refused("start and end with a slash", iam='{ path = "sms" }'),
    "mfa": _refused('"OFF", "OPTIONAL" or "ON"', user_pool='{ mfa = { mode = "on" } }'),
    "recovery": _refused("so it stands alone", user_pool='{ account_recovery = ["admin_only", "verified_email"] }'),
    "verify": _refused('"phone_number" and "email"', user_pool='{ verify = ["phone"] }'),
    "password_length": _refused(
        "minimum_length must be 6 to 99", user_pool="{ password_policy = { minimum_length = 5 } }"
    ),
    # What the function itself would refuse when it starts.
    "sns_sender_id_of_digits": _refused(
        "at least one of them a letter", senders='{ aws = { sns = { sender_id = "12345" } } }'
    ),
    "sns_number": _refused('"+" and digits only', senders='{ aws = { sns = { origination_number = "+1 555 0100" } } }'),
    "region_of_sns": _refused('for example "eu-central-1"', senders='{ aws = { sns = { region = "EU" } } }'),
    "region_of_end_user_messaging": _refused(
        "Leave it out to send from the function's own", senders='{ aws = { end_user_messaging = { region = "" } } }'
    ),
    "region_of_notify": _refused(
        "must be an AWS Region",
        senders='{ n = { notify = { notify_configuration_id = "nc-1", region = "eu_central_1" } } }',
    ),
    "india_of_sns": _refused("Set both or neither", senders='{ aws = { sns = { entity_id = "1101" } } }'),
    "india_of_end_user_messaging": _refused(
        "in_entity_id and in_template_id", senders='{ aws = { end_user_messaging = { in_entity_id = "1101" } } }'
    ),
    "india_ids": _refused(
        "no spaces. Leave them out",
        senders='{ aws = { sns = { entity_id = "1101 2", template_id = "1107" } } }',
    ),
    "india_ids_of_vonage": _refused(
        "no spaces. Leave them out",
        senders=(
            f'{{ v = {{ vonage = {{ from = "ACME", secret_arn = "{SECRET}", entity_id = "", content_id = "1" }} }} }}'
        ),
    ),
    "identity": _refused(
        "without spaces. Leave it out to let AWS choose",
        senders='{ aws = { end_user_messaging = { origination_identity = "my pool" } } }',
    ),
    "configuration_set": _refused(
        'Leave an optional one out instead of setting it to ""',
        senders='{ aws = { end_user_messaging = { configuration_set_name = "" } } }',
    ),
    "protect_configuration": _refused(
        "digits and _:/- without spaces",
        senders='{ aws = { end_user_messaging = { protect_configuration_id = "protect 1" } } }',
    ),
    "notify_configuration": _refused(
        "digits and _:/- without spaces", senders='{ n = { notify = { notify_configuration_id = "my notify" } } }'
    ),
    "keyword": _refused(
        "the programme name of a short code", senders='{ aws = { end_user_messaging = { keyword = "" } } }'
    ),
    "time_to_live_in_parts": _refused(
        "a whole number", senders="{ aws = { end_user_messaging = { time_to_live_seconds = 5.5 } } }"
    ),
    "notify_time_to_live_in_parts": _refused(
        "a whole number",
        senders='{ n = { notify = { notify_configuration_id = "nc-1", time_to_live_seconds = 5.5 } } }',
    ),
    "twilio_from_too_long": _refused(
        "a sender id of at most 11",
        senders=f'{{ t = {{ twilio = {{ secret_arn = "{SECRET}", from = "ACME Corporation" }} }} }}',
    ),
    "secret_in_s3": _refused(
        "must be the full ARN of a Secrets Manager secret",
        senders='{ t = { twilio = { secret_arn = "arn:aws:s3:::bucket/key", from = "ACME" } } }',
    ),
    "secret_with_key": _refused(
        "the whole secret and no key of it",
        senders=f'{{ v = {{ vonage = {{ secret_arn = "{SECRET}:key::", from = "ACME" }} }} }}',
    ),
    "secret_by_name": _refused(
        "not its name",
        senders='{ own = { webhook = { secret_arn = "my-secret", url = "https://sms.example.com" } } }',
    ),
    "webhook_without_host": _refused(
        "and a host name", senders=f'{{ own = {{ webhook = {{ url = "https://", secret_arn = "{SECRET}" }} }} }}'
    ),
    "webhook_with_user": _refused(
        "without user name",
        senders=f'{{ own = {{ webhook = {{ url = "https://user:pw@sms.example.com", secret_arn = "{SECRET}" }} }} }}',
    ),
    "webhook_port": _refused(
        "webhook.url must start",
        senders=f'{{ own = {{ webhook = {{ url = "https://sms.example.com:65536", secret_arn = "{SECRET}" }} }} }}',
    ),
    "topic_fifo": _refused(
        "not a FIFO topic's",
        senders=f'{{ aws = {{ sns_topic = {{ topic_arn = "{TOPIC}.fifo", environment = "test" }} }} }}',
        routes='{ default = ["aws"] }',
    ),
    "topic_by_name": _refused(
        "not its name",
        senders='{ aws = { sns_topic = { topic_arn = "messages", environment = "test" } } }',
        routes='{ default = ["aws"] }',
    ),
    "topic_key": _refused(
        "Leave it out for a topic without one",
        senders=(
            f'{{ aws = {{ sns_topic = {{ topic_arn = "{TOPIC}", environment = "test", kms_key_arn = "alias/x" }} }} }}'
        ),
        routes='{ default = ["aws"] }',
    ),
    "http_header_twice": _http_refused(
        "Keep one of them", _LEAST_HTTP, headers='{ X-Channel = "login", x-channel = "login" }'
    ),
    "http_body_name": _http_refused(
        "only values can be placeholders",
        _LEAST_HTTP,
        body='jsonencode({ to = "{number}", text = "{text}", "{country}" = "x" })',
    ),
    "http_form_with_object": _http_refused(
        "Take the object apart",
        _LEAST_HTTP,
        format='"form"',
        body='jsonencode({ to = { number = "{number}" }, text = "{text}" })',
    ),
    "http_port": _http_refused("must be an https:// address", _LEAST_HTTP, url='"https://x.example:65536/"'),
    "http_path_too_long": _http_refused("are paths into the answer", _LEAST_HTTP, message_id=f'"{"a" * 65}"'),
    "brand_too_long": _refused("at most 64 characters", messages=f'{{ brand = "{"a" * 65}" }}'),
    "brand_of_two_lines": _refused("on one line", messages='{ brand = "Acme\\nLogin" }'),
    "placeholder_with_digit": _refused(
        "the placeholders are $code", messages='{ templates = { en = { default = "$code1" } } }'
    ),
    "placeholder_unclosed": _refused(
        "the placeholders are $code", messages='{ templates = { en = { default = "$${code" } } }'
    ),
    "template_too_long": _refused(
        "a text has 1 to 1600 characters", messages=f'{{ templates = {{ en = {{ default = "$code {"a" * 1595}" }} }} }}'
    ),
    "template_empty": _refused(
        "leave an empty one out", messages='{ templates = { en = { AccountTakeOverNotification = "" } } }'
    ),
    "locale_twice": _refused(
        "pt-BR, pt_BR and pt-br are one locale",
        messages=(
            '{ default_locale = "pt-BR", templates = { pt-BR = { default = "$code" }, pt_BR = { default = "$code" } } }'
        ),
    ),
    "private_use": _refused(
        "templates: en.SignUp: a text has 1 to 1600 characters, and none of Unicode's private use",
        messages='{ templates = { en = { SignUp = "$code \\uE000" } } }',
    ),
    "attribute_not_named": _refused(
        "templates: en.SignUp: the placeholders are $code, $brand, $minutes, $username, $first_name",
        messages=(
            '{ attributes = { first_name = "given_name" }, '
            'templates = { en = { SignUp = "$family_name $code", default = "$first_name $code" } } }'
        ),
    ),
    "attribute_for_code": _refused(
        "no user attribute can take their place", messages='{ attributes = { code = "given_name" } }'
    ),
    "attribute_with_space": _refused(
        "is the name of a user attribute", messages='{ attributes = { name = "given name" } }'
    ),
    "autofill_twice": _refused(
        "browsers and Android apps both look at the last line of a message, and there is only one",
        messages=(
            '{ autofill = { clients = { abc = { web_otp = { domain = "example.com" }, '
            'android = { app_hash = "FA+9qCX9VSu" } } } } }'
        ),
    ),
    "autofill_domain": _refused(
        "a domain in small letters without a path", messages='{ autofill = { web_otp = { domain = "example.com/x" } } }'
    ),
    "autofill_hash": _refused(
        "the 11 characters of the app's hash", messages='{ autofill = { android = { app_hash = "FA+9qCX9VS" } } }'
    ),
    "autofill_client": _refused(
        "is the id of an app client", messages='{ autofill = { clients = { "my app" = {} } } }'
    ),
    "built_in_locale": _refused(
        "there are built-in texts for ar, de, en, es", messages='{ built_in_locales = ["sv"] }'
    ),
    "client_metadata": _refused(
        "must be a key of client metadata", messages='{ client_metadata_locale = "the locale" }'
    ),
    "country_locale": _refused("a key is a country", messages='{ country_locales = { de = "de" } }'),
    "country_locale_tag": _refused("must look like", messages='{ country_locales = { DE = "German" } }'),
    "india_id": _refused(
        "the ids of the registration", messages='{ india = { entity_id = "1 1", template_ids = {} } }'
    ),
    "india_trigger": _refused(
        "india.template_ids.en.Signup: a text belongs to",
        messages='{ india = { entity_id = "11", template_ids = { en = { Signup = "12" } } } }',
    ),
    "india_never_sent": _refused(
        "india.template_ids has ids for texts that are never sent: en.SignUp, sv.SignUp. An id belongs to",
        messages=(
            '{ templates = { en = { default = "$code" }, de = { default = "$username: $code" } }, '
            'india = { entity_id = "11", template_ids = { '
            'en = { SignUp = "1", default = "2", AdminCreateUser = "3" }, sv = { SignUp = "4" }, '
            'de = { SignUp = "5" }, zh_hant = { SignUp = "6" } } } }'
        ),
    ),
    "country_without_texts": _refused(
        "country_locales: there are no texts for sv-SE, fr, so that these countries would get default_locale",
        messages=(
            '{ built_in_locales = ["de", "zh_Hant"], default_locale = "zh_TW", '
            'country_locales = { AT = "de-AT", FI = "sv-SE", FR = "fr", MO = "zh-MO", SE = "sv-SE", US = "en-US" } }'
        ),
    ),
    "brand_of_private_use": _refused("none of Unicode's private use", messages='{ brand = "Acme\\uE000" }'),
    "brand_of_lines_for_others": _refused("on one line", messages='{ brand = "Acme\\u2028Login" }'),
    "brand_of_a_joiner": _refused("begin with one that can be seen", messages='{ brand = "\\u200c" }'),
    "brand_of_a_space": _refused("not with a space", messages='{ brand = " " }'),
    "segments_of_minutes": _refused(
        "en.SignUp takes 2 (at most 1; GSM-7, 161 units)",
        messages=f'{{ templates = {{ en = {{ SignUp = "$code $minutes {"x" * 145}" }} }} }}',
        protection="{ code_lifetimes_seconds = { SignUp = 31536000 } }",
    ),
    "segments_of_many_characters": _refused(
        "UCS-2, 158 units because of 一丁丂七丄丅丆万…)",
        messages=f'{{ templates = {{ ja = {{ SignUp = "{"".join(chr(0x4E00 + n) for n in range(150))}$code" }} }} }}',
    ),
    "segments_none": _refused("a text may take 1 to 25 parts", messages="{ max_segments = { de = 0 } }"),
    "segments_gsm_7": _refused(
        "de.SignUp takes 2 (at most 1; GSM-7, 161 units)",
        messages=f'{{ templates = {{ de = {{ SignUp = "{"x" * 153}$code", Authentication = "$code" }} }} }}',
    ),
    "segments_one_accent": _refused(
        "fr.SignUp takes 2 (at most 1; UCS-2, 79 units because of ç)",
        messages=f'{{ templates = {{ fr = {{ SignUp = "$code ç{"x" * 69}" }} }} }}',
    ),
    "segments_of_a_value": _refused(
        "de.AdminCreateUser takes 2 (at most 1; GSM-7, 170 units)",
        messages=f'{{ templates = {{ de = {{ AdminCreateUser = "{"x" * 121} $username$code" }} }} }}',
    ),
    "segments_of_the_line": _refused(
        "sv.default takes 2 (at most 1; GSM-7, 165 units, with the line of web_otp)",
        messages=(
            f'{{ templates = {{ sv = {{ default = "{"x" * 128}$code" }} }}, '
            'autofill = { clients = { abc = { web_otp = { domain = "login.example.com" } } } } }'
        ),
    ),
    "segments_of_the_brand": _refused(
        "Shorten the text or the brand", messages=f'{{ brand = "{"銀" * 40}", max_segments = {{ default = 1 }} }}'
    ),
    "android_too_long": _refused(
        "finds messages of at most 140 bytes, its hash included; these have more: sv.SignUp.",
        messages=(
            f'{{ templates = {{ sv = {{ SignUp = "{"x" * 121}$code" }} }}, '
            'autofill = { android = { app_hash = "FA+9qCX9VSu" } } }'
        ),
    ),
    "key_with_space": _refused(
        "must be the ARN of a key",
        kms_key=f'{{ existing = {{ arn = "arn:aws:kms:{REGION}:{ACCOUNT}:key/a b" }} }}',
    ),
    "route_too_long": _refused(
        "at most three attempts for a message, so a fourth would never be used. Shorten: DE.",
        senders="{ a = { sns = {} }, b = { sns = {} }, c = { sns = {} }, d = { sns = {} } }",
        routes='{ default = ["a"], DE = ["a", "b", "c", "d"] }',
    ),
    # Protection.
    "ledger_key_by_alias": _refused(
        "Leave it out for DynamoDB's own encryption", protection='{ ledger = { kms_key_arn = "alias/ledger" } }'
    ),
    "ledger_failure": _refused('must be "send"', protection='{ on_ledger_failure = "open" }'),
    "limit_mode": _refused(
        '"monitor" or "off". Check: country.', protection='{ limits = { country = { mode = "on" } } }'
    ),
    "limit_of_nothing": _refused('set mode = "off"', protection="{ limits = { number = { max = 0 } } }"),
    "limit_of_a_part": _refused("whole numbers", protection="{ limits = { overall = { max = 0.5 } } }"),
    "limit_without_time": _refused("whole numbers", protection="{ limits = { prefix = { per_seconds = 0 } } }"),
    "limit_of_parts_of_seconds": _refused(
        "whole numbers", protection="{ limits = { prefix = { per_seconds = 1.5 } } }"
    ),
    "limit_for_too_long": _refused("30 days", protection="{ limits = { prefix = { per_seconds = 2592001 } } }"),
    "prefix_of_no_digits": _refused(
        "must be 1 to 6", protection="{ limits = { prefix = { without_last_digits = 0 } } }"
    ),
    "prefix_of_too_many_digits": _refused(
        "must be 1 to 6", protection="{ limits = { prefix = { without_last_digits = 7 } } }"
    ),
    "blocked_prefix": _refused("beginnings of numbers in E.164", protection='{ blocked_prefixes = ["0049155"] }'),
    "blocked_prefix_with_asterisk": _refused(
        "beginnings of numbers in E.164", protection='{ blocked_prefixes = ["+49155*"] }'
    ),
    "range_unknown": _refused(
        "disaster_relief, freephone, inmarsat, international_networks, premium, satellite, shared_cost, "
        "universal_personal, and not: DE.",
        protection='{ allowed_ranges = ["DE", "satellite"] }',
    ),
    "range_without_route": _refused(
        "because they have no country. Add default = [...].",
        routes='{ DE = ["aws"] }',
        protection='{ allowed_ranges = ["satellite"] }',
    ),
    "test_numbers_none": _refused(
        "Leave test_numbers out",
        senders=f"{{ aws = {{ sns = {{}} }}, {_TESTERS} }}",
        protection='{ test_numbers = { numbers = [], sender = "testers" } }',
    ),
    "test_number_short": _refused(
        "at least one number in E.164",
        senders=f"{{ aws = {{ sns = {{}} }}, {_TESTERS} }}",
        protection='{ test_numbers = { numbers = ["+123456"], sender = "testers" } }',
    ),
    "test_number_of_everybody": _refused(
        "at least one number in E.164",
        senders=f"{{ aws = {{ sns = {{}} }}, {_TESTERS} }}",
        protection='{ test_numbers = { numbers = ["+15550*"], sender = "testers" } }',
    ),
    "test_sender_unknown": _refused(
        "there are: aws.", protection='{ test_numbers = { numbers = ["+15550100*"], sender = "testers" } }'
    ),
    "test_sender_off": _refused(
        "not switched off",
        senders=f"{{ aws = {{ sns = {{}} }}, {_TESTERS.replace('= { slack', '= { enabled = false, slack')} }}",
        protection='{ test_numbers = { numbers = ["+15550100*"], sender = "testers" } }',
    ),
    "test_sender_to_phones": _refused(
        "so that no message goes to a phone",
        senders="{ aws = { sns = {} }, testers = { sns = {} } }",
        protection='{ test_numbers = { numbers = ["+15550100*"], sender = "testers" } }',
    ),
    "test_sender_alone": _refused(
        "The only sender is that of the test numbers",
        senders=f"{{ {_TESTERS} }}",
        protection='{ test_numbers = { numbers = ["+15550100*"], sender = "testers" } }',
        routes="{}",
    ),
    "test_sender_beside_several": _refused(
        'routes = { default = ["aws", "other"] }',
        senders=f"{{ aws = {{ sns = {{}} }}, other = {{ sns = {{}} }}, {_TESTERS} }}",
        protection='{ test_numbers = { numbers = ["+15550100*"], sender = "testers" } }',
        routes="{}",
    ),
    "life_of_an_unknown_trigger": _refused(
        "and knows no MFA.", protection="{ code_lifetimes_seconds = { MFA = 300 } }"
    ),
    "life_too_short": _refused("60 to 31536000", protection="{ code_lifetimes_seconds = { SignUp = 59 } }"),
    "life_of_parts_of_seconds": _refused("60 to 31536000", protection="{ code_lifetimes_seconds = { SignUp = 60.5 } }"),
    # Monitoring.
    "sample_rate": _refused("0 (none) to 1 (all)", monitoring="{ debug_sample_rate = 5 }"),
    "alarm_threshold": _refused(
        "Set enabled = false for an alarm", monitoring="{ alarms = { dropped_events = { threshold = 0 } } }"
    ),
    "alarm_share": _refused(
        "threshold is in percent", monitoring="{ alarms = { failed_share = { threshold = 101 } } }"
    ),
    "alarm_share_of_nothing": _refused(
        "min_messages is 1 or more", monitoring="{ alarms = { failed_share = { min_messages = 0 } } }"
    ),
    "alarm_silence": _refused(
        "CloudWatch looks back seven days", monitoring="{ alarms = { silence = { hours = 169 } } }"
    ),
    "alarm_topic": _refused(
        "takes ARNs of standard SNS topics", monitoring='{ alarms = { topic_arns = ["on-call@example.com"] } }'
    ),
    "dashboard_price": _refused("in US dollars", monitoring="{ dashboard = { price_per_segment = -1 } }"),
    # The package.
    "layers_none": _refused("No module named 'aws_encryption_sdk'", package="{ layers = [] }"),
    "s3_without_version": _refused(
        "never deploys a new upload", package='{ s3 = { bucket = "artefacts", key = "sms.zip" } }'
    ),
    "image_empty": _refused("must be the URI of an image", package='{ image_uri = "" }'),
    "file_empty": _refused("package.filename must be the path of a zip", package='{ filename = "" }'),
    "file_missing": _refused(
        "package.filename (nope.zip) is not there", package='{ filename = "nope.zip", layers = [] }'
    ),
    "mfa_off_with_token": _refused(
        'Set mode to "OPTIONAL" or "ON", or remove software_token', user_pool="{ mfa = { software_token = true } }"
    ),
    "pool_in_another_region": _refused(
        "call the module with a provider of the pool's Region",
        user_pools=(
            '{ pool-in-another-region = { arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbC" } }'
        ),
    ),
    "key_in_another_region": _refused(
        "of a multi-Region key, the ARN of its replica there",
        kms_key='{ existing = { arn = "arn:aws:kms:us-east-1:123456789012:key/mrk-1" } }',
    ),
    "attachment_without_rights": Call(
        {
            "name": '"acme"',
            "access": _ATTACHABLE.replace('["Cognito-main", "grant"]', "[]"),
            "sms_role_arn": f'"arn:aws:iam::{ACCOUNT}:role/sms"',
        },
        module="/modules/user-pool-attachment",
        message='give access = module.<sender>.user_pool_access["<pool>"] as it is',
    ),
    "attachment_in_another_region": Call(
        {
            "name": '"acme"',
            "access": _ATTACHABLE.replace(REGION, "us-east-1"),
            "sms_role_arn": f'"arn:aws:iam::{ACCOUNT}:role/sms"',
        },
        module="/modules/user-pool-attachment",
        message="it is in us-east-1, and this module is called with a provider of eu-central-1",
    ),
    # Only a plan knows these: where it is, and how much the environment holds.
    "layer_in_region": _refused("Set package.layers to a layer of your own", provider="taipei"),
    "layer_on_arm": _refused("no public Powertools layer for python3.13 on arm64 in ca-west-1", provider="canada_west"),
    "environment": _refused(
        "bytes, and Lambda allows 4096",
        kms_key=_KNOWN_KEY,
        messages=f"{{ templates = {{ en = {{ {_LONG_TEXTS} }} }}, max_segments = {{ en = 25 }} }}",
    ),
    "environment_with_unknown_secret": _refused(
        "needs at least",
        senders='{ t = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } } }',
        messages=f"{{ templates = {{ en = {{ {_LONG_TEXTS} }} }}, max_segments = {{ en = 25 }} }}",
    ),
}
