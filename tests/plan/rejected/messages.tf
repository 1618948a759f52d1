# refuses: must look like
module "locale" {
  messages = {
    default_locale = "English"
  }
}

# refuses: there are no texts for messages.default_locale ("sv")
module "default_locale" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { de = { default = "$code" } }
  }
  messages = {
    default_locale = "sv"
  }
}

# refuses: templates.en.Signup: a text belongs to
module "trigger" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { Signup = "$code" } }
  }
}

# refuses: templates: en.default: the placeholders are $code, $brand
module "placeholder" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$code for $name", SignUp = "$code" } }
  }
}

# refuses: a dollar sign is written $$
module "dollar" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$code for 5 $" } }
  }
}

# refuses: every text needs $code
module "no_code_but_the_word" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$$code" } }
  }
}

# refuses: templates: de.SignUp, en.default: every text needs $code
module "no_code" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "Hello", SignUp = "$code" }, de = { SignUp = "Hallo" } }
  }
}

# refuses: at most 64 characters
module "brand_too_long" {
  messages = {
    brand = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}

# refuses: on one line
module "brand_of_two_lines" {
  messages = {
    brand = "Acme\nLogin"
  }
}

# refuses: the placeholders are $code
module "placeholder_with_digit" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$code1" } }
  }
}

# refuses: the placeholders are $code
module "placeholder_unclosed" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$${code" } }
  }
}

# refuses: a text has 1 to 1600 characters
module "template_too_long" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$code aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }
  }
}

# refuses: leave an empty one out
module "template_empty" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { AccountTakeOverNotification = "" } }
  }
}

# refuses: pt-BR, pt_BR and pt-br are one locale
module "locale_twice" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { pt-BR = { default = "$code" }, pt_BR = { default = "$code" } }
  }
  messages = {
    default_locale = "pt-BR"
  }
}

# refuses: templates: en.SignUp: a text has 1 to 1600 characters, and none of Unicode's private use
module "private_use" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { SignUp = "$code \uE000" } }
  }
}

# refuses: templates: en.SignUp: the placeholders are $code, $brand, $minutes, $username, $first_name
module "attribute_not_named" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { SignUp = "$family_name $code", default = "$first_name $code" } }
  }
  messages = {
    attributes = { first_name = "given_name" }
  }
}

# refuses: no user attribute can take their place
module "attribute_for_code" {
  messages = {
    attributes = { code = "given_name" }
  }
}

# refuses: is the name of a user attribute
module "attribute_with_space" {
  messages = {
    attributes = { name = "given name" }
  }
}

# refuses: browsers and Android apps both look at the last line of a message, and there is only one
module "autofill_twice" {
  sms = {
    allowed_countries = ["DE"]
    autofill          = { clients = { abc = { web_otp = { domain = "example.com" }, android = { app_hash = "FA+9qCX9VSu" } } } }
  }
}

# refuses: a domain in small letters without a path
module "autofill_domain" {
  sms = {
    allowed_countries = ["DE"]
    autofill          = { web_otp = { domain = "example.com/x" } }
  }
}

# refuses: the 11 characters of the app's hash
module "autofill_hash" {
  sms = {
    allowed_countries = ["DE"]
    autofill          = { android = { app_hash = "FA+9qCX9VS" } }
  }
}

# refuses: is the id of an app client
module "autofill_client" {
  sms = {
    allowed_countries = ["DE"]
    autofill          = { clients = { "my app" = {} } }
  }
}

# refuses: there are built-in texts for ar, de, en, es
module "built_in_locale" {
  messages = {
    built_in_locales = ["sv"]
  }
}

# refuses: must be a key of client metadata
module "client_metadata" {
  messages = {
    client_metadata_locale = "the locale"
  }
}

# refuses: a key is a country
module "country_locale" {
  sms = {
    allowed_countries = ["DE"]
    country_locales   = { de = "de" }
  }
}

# refuses: must look like
module "country_locale_tag" {
  sms = {
    allowed_countries = ["DE"]
    country_locales   = { DE = "German" }
  }
}

# refuses: the ids of the registration
module "india_id" {
  sms = {
    allowed_countries = ["DE"]
    india             = { entity_id = "1 1", template_ids = {} }
  }
}

# refuses: india.template_ids.en.Signup: a text belongs to
module "india_trigger" {
  sms = {
    allowed_countries = ["DE"]
    india             = { entity_id = "11", template_ids = { en = { Signup = "12" } } }
  }
}

# refuses: india.template_ids has ids for texts that are never sent: en.SignUp, sv.SignUp. An id belongs to
module "india_never_sent" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$code" }, de = { default = "$username: $code" } }
    india             = { entity_id = "11", template_ids = { en = { SignUp = "1", default = "2", AdminCreateUser = "3" }, sv = { SignUp = "4" }, de = { SignUp = "5" }, zh_hant = { SignUp = "6" } } }
  }
}

# refuses: country_locales: there are no texts for sv-SE, fr, so that these countries would get default_locale
module "country_without_texts" {
  sms = {
    allowed_countries = ["DE"]
    country_locales   = { AT = "de-AT", FI = "sv-SE", FR = "fr", MO = "zh-MO", SE = "sv-SE", US = "en-US" }
  }
  messages = {
    built_in_locales = ["de", "zh_Hant"]
    default_locale   = "zh_TW"
  }
}

# refuses: none of Unicode's private use
module "brand_of_private_use" {
  messages = {
    brand = "Acme\uE000"
  }
}

# refuses: on one line
module "brand_of_lines_for_others" {
  messages = {
    brand = "Acme\u2028Login"
  }
}

# refuses: begin with one that can be seen
module "brand_of_a_joiner" {
  messages = {
    brand = "\u200c"
  }
}

# refuses: not with a space
module "brand_of_a_space" {
  messages = {
    brand = " "
  }
}

# refuses: en.SignUp takes 2 (at most 1; GSM-7, 161 units)
module "segments_of_minutes" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { SignUp = "$code $minutes xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" } }
  }
  protection = {
    code_lifetimes_seconds = { SignUp = 31536000 }
  }
}

# refuses: UCS-2, 158 units because of 一丁丂七丄丅丆万…)
module "segments_of_many_characters" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { ja = { SignUp = "一丁丂七丄丅丆万丈三上下丌不与丏丐丑丒专且丕世丗丘丙业丛东丝丞丟丠両丢丣两严並丧丨丩个丫丬中丮丯丰丱串丳临丵丶丷丸丹为主丼丽举丿乀乁乂乃乄久乆乇么义乊之乌乍乎乏乐乑乒乓乔乕乖乗乘乙乚乛乜九乞也习乡乢乣乤乥书乧乨乩乪乫乬乭乮乯买乱乲乳乴乵乶乷乸乹乺乻乼乽乾乿亀亁亂亃亄亅了亇予争亊事二亍于亏亐云互亓五井$code" } }
  }
}

# refuses: a text may take 1 to 25 parts
module "segments_none" {
  sms = {
    allowed_countries = ["DE"]
    max_segments      = { de = 0 }
  }
}

# refuses: de.SignUp takes 2 (at most 1; GSM-7, 161 units)
module "segments_gsm_7" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { de = { SignUp = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx$code", Authentication = "$code" } }
  }
}

# refuses: fr.SignUp takes 2 (at most 1; UCS-2, 79 units because of ç)
module "segments_one_accent" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { fr = { SignUp = "$code çxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" } }
  }
}

# refuses: de.AdminCreateUser takes 2 (at most 1; GSM-7, 170 units)
module "segments_of_a_value" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { de = { AdminCreateUser = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx $username$code" } }
  }
}

# refuses: sv.default takes 2 (at most 1; GSM-7, 165 units, with the line of web_otp)
module "segments_of_the_line" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { sv = { default = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx$code" } }
    autofill          = { clients = { abc = { web_otp = { domain = "login.example.com" } } } }
  }
}

# refuses: Shorten the text or the brand
module "segments_of_the_brand" {
  sms = {
    allowed_countries = ["DE"]
    max_segments      = { default = 1 }
  }
  messages = {
    brand = "銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀"
  }
}

# refuses: finds messages of at most 140 bytes, its hash included; these have more: sv.SignUp.
module "android_too_long" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { sv = { SignUp = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx$code" } }
    autofill          = { android = { app_hash = "FA+9qCX9VSu" } }
  }
}

# refuses: bytes, and Lambda allows 4096
module "environment" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { for trigger in ["default", "SignUp", "ResendCode", "ForgotPassword", "Authentication"] : trigger => "$code ${join(" ", [for word in range(215) : substr(sha256("${trigger}${word}"), 0, 6)])}" } }
    max_segments      = { en = 25 }
  }
  kms_key = { existing = { arn = local.key } }
}

# refuses: needs at least
module "environment_with_unknown_secret" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { for trigger in ["default", "SignUp", "ResendCode", "ForgotPassword", "Authentication"] : trigger => "$code ${join(" ", [for word in range(215) : substr(sha256("${trigger}${word}"), 0, 6)])}" } }
    max_segments      = { en = 25 }
  }
  senders = { t = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } } }
}
