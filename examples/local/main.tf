# A pool whose users sign up with their phone number, and one sender. Small on purpose. `make demo` applies it with `mail` on.
module "sender" {
  source = "../.."

  name = var.name

  sms = {
    allowed_countries = ["AT", "CH", "DE", "GB", "US"]
    templates = {
      en = {
        default         = "$code is your $brand code. It is valid for $minutes minutes."
        SignUp          = "Welcome to $brand! Your code is $code."
        AdminCreateUser = "Your $brand account is ready. Sign in with this phone number and the password $code"
      }
      de = {
        default         = "$code ist Ihr Code für $brand. Er gilt $minutes Minuten."
        SignUp          = "Willkommen bei $brand! Ihr Code ist $code."
        AdminCreateUser = "Ihr Konto bei $brand ist bereit. Melden Sie sich mit dieser Telefonnummer an. Ihr Passwort ist $code"
      }
    }
  }

  email = one([for mail in var.mail[*] : { from = mail.from }])

  senders = merge(
    { sns = { sns = { sender_id = "Acme" } } },
    { for mail in var.mail[*] : "ses" => { ses = { identity_arn = mail.identity_arn } } },
  )

  user_pool = {
    sign_in             = { phone_number = true, email = var.mail != null }
    mfa                 = { mode = "OPTIONAL" }
    deletion_protection = false # it is there to be thrown away
  }

  messages = { brand = "Acme" }
  kms_key  = { deletion_window_in_days = 7 }
}

# What a web page or an app signs users up with.
resource "aws_cognito_user_pool_client" "app" {
  name         = "app"
  user_pool_id = module.sender.user_pool_id

  explicit_auth_flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  # Sign-in says the same whether a user exists or not.
  prevent_user_existence_errors = "ENABLED"
}
