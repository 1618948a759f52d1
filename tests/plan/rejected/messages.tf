# judged: messages.default_locale: a language tag
module "locale" {
  messages = {
    default_locale = "English"
  }
}

# judged: messages.default_locale: a language tag
module "locale_empty" {
  messages = {
    default_locale = ""
  }
}

# judged: messages.default_locale: a language that there are texts in. Got: sv. Fix: add them to sms.templates, or
module "default_locale" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { de = { default = "$code" } }
  }
  messages = {
    default_locale = "sv"
  }
}

# judged: sms.templates.en: each name is "default" or a trigger
module "trigger" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { Signup = "$code" } }
  }
}

# judged: sms.templates.en.default: the placeholders $brand, $code, $minutes, $username. Got: $name.
module "placeholder" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$code for $name", SignUp = "$code" } }
  }
}

# judged: sms.templates.en.default: a $ only in front of a placeholder
module "dollar" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$code for 5 $" } }
  }
}

# judged: sms.templates.en.default: a text with $code
module "no_code_but_the_word" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$$code" } }
  }
}

# judged: sms.templates.de.SignUp: a text with $code
module "no_code" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "Hello", SignUp = "$code" }, de = { SignUp = "Hallo" } }
  }
}

# judged: messages.brand: one line of at most 64 characters, none of private use, that begins with one that can be seen
module "brand_too_long" {
  messages = {
    brand = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}

# judged: messages.brand: one line of at most 64 characters, none of private use, that begins with one that can be seen
module "brand_of_two_lines" {
  messages = {
    brand = "Acme\nLogin"
  }
}

# judged: sms.templates.en.default: the placeholders $brand, $code, $minutes, $username. Got: $code1.
module "placeholder_with_digit" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$code1" } }
  }
}

# judged: sms.templates.en.default: a $ only in front of a placeholder
module "placeholder_unclosed" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$${code" } }
  }
}

# judged: sms.templates.en.default: a text of 1 to 1600 characters
module "template_too_long" {
  sms = {
    allowed_countries = ["DE"]
    max_segments      = { en = 25 }
    templates         = { en = { default = "$code aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }
  }
}

# judged: sms.templates.en.AccountTakeOverNotification: a text of 1 to 1600 characters
module "template_empty" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { AccountTakeOverNotification = "" } }
  }
}

# judged: sms.templates: each locale once: pt-BR, pt_BR and pt-br are the same
module "locale_twice" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { pt-BR = { default = "$code" }, pt_BR = { default = "$code" } }
  }
  messages = {
    default_locale = "pt-BR"
  }
}

# judged: sms.templates.en.SignUp: characters that phones have
module "private_use" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { SignUp = "$code \uE000" } }
  }
}

# judged: sms.templates.en.SignUp: the placeholders $brand, $code, $first_name, $minutes, $username. Got: $family_name.
module "attribute_not_named" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { SignUp = "$family_name $code", default = "$first_name $code" } }
  }
  messages = {
    attributes = { first_name = "given_name" }
  }
}

# judged: messages.attributes: each name is a name of small letters
module "attribute_for_code" {
  messages = {
    attributes = { code = "given_name" }
  }
}

# judged: messages.attributes.name: the name of a user attribute
module "attribute_with_space" {
  messages = {
    attributes = { name = "given name" }
  }
}

# judged: sms.autofill.clients.abc: one line, because phones look at the last one of a message
module "autofill_twice" {
  sms = {
    allowed_countries = ["DE"]
    autofill          = { clients = { abc = { web_otp = { domain = "example.com" }, android = { app_hash = "FA+9qCX9VSu" } } } }
  }
}

# judged: sms.autofill.web_otp.domain: a domain in small letters without a path
module "autofill_domain" {
  sms = {
    allowed_countries = ["DE"]
    autofill          = { web_otp = { domain = "example.com/x" } }
  }
}

# judged: sms.autofill.android.app_hash: the 11 characters of the app's hash
module "autofill_hash" {
  sms = {
    allowed_countries = ["DE"]
    autofill          = { android = { app_hash = "FA+9qCX9VS" } }
  }
}

# judged: sms.autofill.clients: each name is the id of an app client
module "autofill_client" {
  sms = {
    allowed_countries = ["DE"]
    autofill          = { clients = { "my app" = {} } }
  }
}

# judged: messages.built_in_locales: languages among ar, de, en, es
module "built_in_locale" {
  messages = {
    built_in_locales = ["sv"]
  }
}

# judged: messages.client_metadata_locale: a key of client metadata
module "client_metadata" {
  messages = {
    client_metadata_locale = "the locale"
  }
}

# judged: sms.country_locales: each name is two capital letters
module "country_locale" {
  sms = {
    allowed_countries = ["DE"]
    country_locales   = { de = "de" }
  }
}

# judged: sms.country_locales.DE: a language tag
module "country_locale_tag" {
  sms = {
    allowed_countries = ["DE"]
    country_locales   = { DE = "German" }
  }
}

# judged: sms.india.entity_id: an id of the registration in India
module "india_id" {
  sms = {
    allowed_countries = ["DE"]
    india             = { entity_id = "1 1", template_ids = {} }
  }
}

# judged: sms.india.template_ids.en: each name is "default" or a trigger
module "india_trigger" {
  sms = {
    allowed_countries = ["DE"]
    india             = { entity_id = "11", template_ids = { en = { Signup = "12" } } }
  }
}

# judged: sms.india.template_ids: ids of texts that are sent. Got: en.SignUp, sv.SignUp. Fix: write that text
module "india_never_sent" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { default = "$code" }, de = { default = "$username: $code" } }
    india             = { entity_id = "11", template_ids = { en = { SignUp = "1", default = "2", AdminCreateUser = "3" }, sv = { SignUp = "4" }, de = { SignUp = "5" }, zh_hant = { SignUp = "6" } } }
  }
}

# judged: sms.country_locales: a language that there are texts in. Got: FI sv-se, FR fr, SE sv-se. Fix: add them
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

# judged: messages.brand: one line of at most 64 characters, none of private use, that begins with one that can be seen
module "brand_of_private_use" {
  messages = {
    brand = "Acme\uE000"
  }
}

# judged: messages.brand: one line of at most 64 characters, none of private use, that begins with one that can be seen
module "brand_of_lines_for_others" {
  messages = {
    brand = "Acme\u2028Login"
  }
}

# judged: messages.brand: one line of at most 64 characters, none of private use, that begins with one that can be seen
module "brand_of_a_joiner" {
  messages = {
    brand = "\u200c"
  }
}

# judged: messages.brand: one line of at most 64 characters, none of private use, that begins with one that can be seen
module "brand_empty" {
  messages = {
    brand = ""
  }
}

# judged: messages.brand: one line of at most 64 characters, none of private use, that begins with one that can be seen
module "brand_of_a_space" {
  messages = {
    brand = " "
  }
}

# refused: sms.templates.en.SignUp: at most 1 segment with the longest values. Got: 2 (GSM-7, 161 units). Fix: shorten
module "segments_of_minutes" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { SignUp = "$code $minutes xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" } }
  }
  protection = {
    code_lifetimes_seconds = { SignUp = 31536000 }
  }
}

# refused: sms.templates.ja.SignUp: at most 2 segments with the longest values. Got: 3 (UCS-2 because of 一丁丂七丄丅丆万…, 158 units).
module "segments_of_many_characters" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { ja = { SignUp = "一丁丂七丄丅丆万丈三上下丌不与丏丐丑丒专且丕世丗丘丙业丛东丝丞丟丠両丢丣两严並丧丨丩个丫丬中丮丯丰丱串丳临丵丶丷丸丹为主丼丽举丿乀乁乂乃乄久乆乇么义乊之乌乍乎乏乐乑乒乓乔乕乖乗乘乙乚乛乜九乞也习乡乢乣乤乥书乧乨乩乪乫乬乭乮乯买乱乲乳乴乵乶乷乸乹乺乻乼乽乾乿亀亁亂亃亄亅了亇予争亊事二亍于亏亐云互亓五井$code" } }
  }
}

# judged: sms.max_segments.de: a whole number from 1 to 25
module "segments_none" {
  sms = {
    allowed_countries = ["DE"]
    max_segments      = { de = 0 }
  }
}

# refused: sms.templates.de.SignUp: at most 1 segment with the longest values. Got: 2 (GSM-7, 161 units).
module "segments_gsm_7" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { de = { SignUp = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx$code", Authentication = "$code" } }
  }
}

# refused: sms.templates.fr.SignUp: at most 1 segment with the longest values. Got: 2 (UCS-2 because of ç, 79 units).
module "segments_one_accent" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { fr = { SignUp = "$code çxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" } }
  }
}

# refused: sms.templates.de.AdminCreateUser: at most 1 segment with the longest values. Got: 2 (GSM-7, 170 units).
module "segments_of_a_value" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { de = { AdminCreateUser = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx $username$code" } }
  }
}

# refused: sms.templates.sv.default: at most 1 segment with the longest values. Got: 2 (GSM-7, 165 units, with the line of web_otp).
module "segments_of_the_line" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { sv = { default = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx$code" } }
    autofill          = { clients = { abc = { web_otp = { domain = "login.example.com" } } } }
  }
}

# judged: the built-in text en.SignUp: at most 1 segment with the longest values. Got: 2 (UCS-2 because of 銀
module "segments_of_the_brand_in_built_in_texts" {
  messages = {
    brand            = "銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀"
    built_in_locales = []
  }
}

# refused: Got: 2 (UCS-2 because of 【銀】, 74 units). Fix: shorten it or messages.brand
module "segments_of_the_brand" {
  sms = {
    allowed_countries = ["DE"]
    max_segments      = { default = 1 }
    templates         = { ja = { SignUp = "【$brand】$code" } }
  }
  messages = {
    brand = "銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀銀"
  }
}

# refused: sms.templates.sv.SignUp: an Android app finds messages of at most 140 bytes, its hash included. Got: more.
module "android_too_long" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { sv = { SignUp = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx$code" } }
    autofill          = { android = { app_hash = "FA+9qCX9VSu" } }
  }
}

# refused: the function's environment: at most 4096 bytes
module "environment" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { for trigger in ["default", "SignUp", "ResendCode", "ForgotPassword", "Authentication"] : trigger => "$code ${join(" ", [for word in range(215) : substr(sha256("${trigger}${word}"), 0, 6)])}" } }
    max_segments      = { en = 25 }
  }
  kms_key = { existing = { arn = local.key } }
}

# refused: which is Lambda's limit. Got: at least
module "environment_with_unknown_secret" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { en = { for trigger in ["default", "SignUp", "ResendCode", "ForgotPassword", "Authentication"] : trigger => "$code ${join(" ", [for word in range(215) : substr(sha256("${trigger}${word}"), 0, 6)])}" } }
    max_segments      = { en = 25 }
  }
  senders = { t = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } } }
}
