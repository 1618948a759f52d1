module "messages" {
  sms = {
    allowed_countries = ["DE"]
    templates = {
      de = { default = "$code ist Ihr Code für $brand.", SignUp = "Willkommen bei $${brand}: $${code}" }
      pt-BR = {
        default                     = "$code vale $minutes minutos ($$ 0), $username"
        AccountTakeOverNotification = "Atenção!"
      }
    }
  }
  messages = {
    brand          = "Acme"
    default_locale = "de"
  }
  kms_key = { existing = { arn = local.key } }
}

module "messages_own_only" {
  messages = { built_in_locales = [] }
  kms_key  = { existing = { arn = local.key } }
}

module "messages_all" {
  sms = {
    allowed_countries = ["DE"]
    templates = {
      sv = { default = "Hej $first_name! Din kod är $code.", SignUp = "$code" }
      vi = { Authentication = "Mã đăng nhập của bạn là $code. Không chia sẻ mã này." }
    }
    autofill = {
      web_otp = { domain = "login.example.com" }
      clients = {
        "1example23456789androidapp" = { android = { app_hash = "FA+9qCX9VSu" } }
        "1example23456789terminal00" = {}
      }
    }
    country_locales = { CH = "de-CH", SE = "sv" }
    india           = { entity_id = "1101", template_ids = { sv = { default = "1107" } } }
    max_segments    = { sv = 2, default = 3 }
    transliterate   = true
  }
  messages = {
    brand                  = "Acme"
    default_locale         = "de-CH"
    attributes             = { first_name = "given_name", title = "custom:title" }
    built_in_locales       = ["de", "pt_pt", "zh-Hant"]
    client_metadata_locale = "locale"
  }
  kms_key = { existing = { arn = local.key } }
}

module "messages_joined" {
  sms = {
    allowed_countries = ["DE"]
    templates         = { fa = { default = "نمی‌شود 👩‍👩‍👧 ❤️ $code" } }
    max_segments      = { default = 3 }
  }
  messages = {
    brand = "نمی‌شود 👩‍👩‍👧 ❤️"
  }
  kms_key = { existing = { arn = local.key } }
}

module "messages_ten_locales" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", "twilio"] }
    templates         = { "ar" : { "SignUp" : "\u0631\u0645\u0632 \u0627\u0644\u062a\u062d\u0642\u0642 \u0644\u062d\u0633\u0627\u0628\u0643 \u0641\u064a $brand \u0647\u0648 $code.", "ResendCode" : "\u0631\u0645\u0632 \u0627\u0644\u062a\u062d\u0642\u0642 \u0644\u062d\u0633\u0627\u0628\u0643 \u0641\u064a $brand \u0647\u0648 $code.", "ForgotPassword" : "\u0631\u0645\u0632 \u0625\u0639\u0627\u062f\u0629 \u062a\u0639\u064a\u064a\u0646 \u0643\u0644\u0645\u0629 \u0627\u0644\u0645\u0631\u0648\u0631 \u0644\u062d\u0633\u0627\u0628\u0643 \u0641\u064a $brand \u0647\u0648 $code. \u0635\u0627\u0644\u062d \u0644\u0645\u062f\u0629 $minutes \u062f. \u0644\u0627 \u062a\u0634\u0627\u0631\u0643\u0647 \u0645\u0639 \u0623\u062d\u062f.", "UpdateUserAttribute" : "\u0631\u0645\u0632 \u062a\u0623\u0643\u064a\u062f \u0631\u0642\u0645 \u0647\u0627\u062a\u0641\u0643 \u0641\u064a $brand \u0647\u0648 $code.", "VerifyUserAttribute" : "\u0631\u0645\u0632 \u062a\u0623\u0643\u064a\u062f \u0631\u0642\u0645 \u0647\u0627\u062a\u0641\u0643 \u0641\u064a $brand \u0647\u0648 $code.", "Authentication" : "\u0631\u0645\u0632 \u0627\u0644\u062f\u062e\u0648\u0644 \u0644\u062d\u0633\u0627\u0628\u0643 \u0641\u064a $brand \u0647\u0648 $code. \u0635\u0627\u0644\u062d \u0644\u0645\u062f\u0629 $minutes \u062f. \u0644\u0627 \u062a\u0634\u0627\u0631\u0643\u0647 \u0645\u0639 \u0623\u062d\u062f.", "AdminCreateUser" : "\u0627\u0633\u0645 \u0627\u0644\u0645\u0633\u062a\u062e\u062f\u0645 \u0641\u064a $brand \u0647\u0648 $username \u0648\u0643\u0644\u0645\u0629 \u0627\u0644\u0645\u0631\u0648\u0631 \u0627\u0644\u0645\u0624\u0642\u062a\u0629:\n$code", "AccountTakeOverNotification" : "\u0646\u0634\u0627\u0637 \u063a\u064a\u0631 \u0645\u0639\u062a\u0627\u062f \u0641\u064a \u062d\u0633\u0627\u0628\u0643 \u0644\u062f\u0649 $brand. \u0625\u0646 \u0644\u0645 \u062a\u0643\u0646 \u0623\u0646\u062a\u060c \u0641\u063a\u064a\u0651\u0631 \u0643\u0644\u0645\u0629 \u0627\u0644\u0645\u0631\u0648\u0631. \u0631\u0645\u0632\u0643 \u0647\u0648 $code" }, "de" : { "SignUp" : "$code ist Ihr Best\u00e4tigungscode f\u00fcr $brand.", "ResendCode" : "$code ist Ihr Best\u00e4tigungscode f\u00fcr $brand.", "ForgotPassword" : "$code ist Ihr Code zum Zur\u00fccksetzen des Passworts bei $brand. G\u00fcltig f\u00fcr $minutes Min. Geben Sie ihn nicht weiter.", "UpdateUserAttribute" : "$code ist Ihr Code von $brand zum Best\u00e4tigen dieser Telefonnummer.", "VerifyUserAttribute" : "$code ist Ihr Code von $brand zum Best\u00e4tigen dieser Telefonnummer.", "Authentication" : "$code ist Ihr Anmeldecode f\u00fcr $brand. G\u00fcltig f\u00fcr $minutes Min. Geben Sie ihn nicht weiter.", "AdminCreateUser" : "Ihr Benutzername bei $brand ist $username, Ihr vorl\u00e4ufiges Passwort ist $code", "AccountTakeOverNotification" : "Ungew\u00f6hnliche Aktivit\u00e4t in Ihrem Konto bei $brand. Wenn Sie das nicht waren, \u00e4ndern Sie Ihr Passwort. Ihr Code ist $code." }, "en" : { "SignUp" : "$code is your $brand verification code.", "ResendCode" : "$code is your $brand verification code.", "ForgotPassword" : "$code is your $brand password reset code. It expires in $minutes min. Do not share it.", "UpdateUserAttribute" : "$code is your $brand code to confirm this phone number.", "VerifyUserAttribute" : "$code is your $brand code to confirm this phone number.", "Authentication" : "$code is your $brand sign-in code. It expires in $minutes min. Do not share it.", "AdminCreateUser" : "Your $brand user name is $username and your temporary password is $code", "AccountTakeOverNotification" : "Unusual activity on your $brand account. If this was not you, change your password. Your code is $code." }, "es" : { "SignUp" : "Usa $code para verificar tu cuenta de $brand.", "ResendCode" : "Usa $code para verificar tu cuenta de $brand.", "ForgotPassword" : "Usa $code para restablecer tu contrase\u00f1a de $brand. Caduca en $minutes min. No lo compartas.", "UpdateUserAttribute" : "Usa $code para confirmar este tel\u00e9fono en $brand.", "VerifyUserAttribute" : "Usa $code para confirmar este tel\u00e9fono en $brand.", "Authentication" : "Usa $code para entrar en $brand. Caduca en $minutes min. No lo compartas.", "AdminCreateUser" : "Tu usuario de $brand es $username y tu contrase\u00f1a temporal es $code", "AccountTakeOverNotification" : "Actividad inusual en tu cuenta de $brand. Si no la reconoces, cambia tu contrase\u00f1a. Usa $code para continuar." }, "fr" : { "SignUp" : "$code est votre code de v\u00e9rification $brand.", "ResendCode" : "$code est votre code de v\u00e9rification $brand.", "ForgotPassword" : "$code est votre code $brand pour r\u00e9initialiser votre mot de passe. Il expire dans $minutes min. Ne le communiquez \u00e0 personne.", "UpdateUserAttribute" : "$code est votre code $brand pour confirmer ce num\u00e9ro de t\u00e9l\u00e9phone.", "VerifyUserAttribute" : "$code est votre code $brand pour confirmer ce num\u00e9ro de t\u00e9l\u00e9phone.", "Authentication" : "$code est votre code de connexion $brand. Il expire dans $minutes min. Ne le communiquez \u00e0 personne.", "AdminCreateUser" : "Votre nom d'utilisateur $brand est $username et votre mot de passe provisoire est $code", "AccountTakeOverNotification" : "Activit\u00e9 inhabituelle sur votre compte $brand. Si ce n'est pas vous, changez votre mot de passe. Votre code est $code." }, "it" : { "SignUp" : "$code \u00e8 il tuo codice di verifica $brand.", "ResendCode" : "$code \u00e8 il tuo codice di verifica $brand.", "ForgotPassword" : "$code \u00e8 il tuo codice $brand per reimpostare la password. Scade tra $minutes min. Non condividerlo.", "UpdateUserAttribute" : "$code \u00e8 il tuo codice $brand per confermare questo numero di telefono.", "VerifyUserAttribute" : "$code \u00e8 il tuo codice $brand per confermare questo numero di telefono.", "Authentication" : "$code \u00e8 il tuo codice di accesso $brand. Scade tra $minutes min. Non condividerlo.", "AdminCreateUser" : "Il tuo nome utente $brand \u00e8 $username e la tua password temporanea \u00e8 $code", "AccountTakeOverNotification" : "Attivit\u00e0 insolita sul tuo account $brand. Se non la riconosci, cambia la password. Il tuo codice \u00e8 $code." }, "ja" : { "SignUp" : "\u3010$brand\u3011\u78ba\u8a8d\u30b3\u30fc\u30c9\u306f $code \u3067\u3059\u3002", "ResendCode" : "\u3010$brand\u3011\u78ba\u8a8d\u30b3\u30fc\u30c9\u306f $code \u3067\u3059\u3002", "ForgotPassword" : "\u3010$brand\u3011\u30d1\u30b9\u30ef\u30fc\u30c9\u518d\u8a2d\u5b9a\u30b3\u30fc\u30c9\u306f $code \u3067\u3059\u3002\u6709\u52b9\u671f\u9650\u306f$${minutes}\u5206\u3067\u3059\u3002\u4ed6\u4eba\u306b\u6559\u3048\u306a\u3044\u3067\u304f\u3060\u3055\u3044\u3002", "UpdateUserAttribute" : "\u3010$brand\u3011\u3053\u306e\u96fb\u8a71\u756a\u53f7\u306e\u78ba\u8a8d\u30b3\u30fc\u30c9\u306f $code \u3067\u3059\u3002", "VerifyUserAttribute" : "\u3010$brand\u3011\u3053\u306e\u96fb\u8a71\u756a\u53f7\u306e\u78ba\u8a8d\u30b3\u30fc\u30c9\u306f $code \u3067\u3059\u3002", "Authentication" : "\u3010$brand\u3011\u30ed\u30b0\u30a4\u30f3\u30b3\u30fc\u30c9\u306f $code \u3067\u3059\u3002\u6709\u52b9\u671f\u9650\u306f$${minutes}\u5206\u3067\u3059\u3002\u4ed6\u4eba\u306b\u6559\u3048\u306a\u3044\u3067\u304f\u3060\u3055\u3044\u3002", "AdminCreateUser" : "\u3010$brand\u3011\u30e6\u30fc\u30b6\u30fc\u540d $username \u4eee\u30d1\u30b9\u30ef\u30fc\u30c9 $code", "AccountTakeOverNotification" : "\u3010$brand\u3011\u901a\u5e38\u3068\u7570\u306a\u308b\u64cd\u4f5c\u3092\u691c\u77e5\u3057\u307e\u3057\u305f\u3002\u5fc3\u5f53\u305f\u308a\u304c\u306a\u3044\u5834\u5408\u306f\u30d1\u30b9\u30ef\u30fc\u30c9\u3092\u5909\u66f4\u3057\u3066\u304f\u3060\u3055\u3044\u3002\u30b3\u30fc\u30c9 $code" }, "nl" : { "SignUp" : "$code is je verificatiecode voor $brand.", "ResendCode" : "$code is je verificatiecode voor $brand.", "ForgotPassword" : "$code is je code voor een nieuw wachtwoord bij $brand. Verloopt over $minutes min. Deel deze code niet.", "UpdateUserAttribute" : "$code is je code van $brand om dit telefoonnummer te bevestigen.", "VerifyUserAttribute" : "$code is je code van $brand om dit telefoonnummer te bevestigen.", "Authentication" : "$code is je inlogcode voor $brand. Verloopt over $minutes min. Deel deze code niet.", "AdminCreateUser" : "Je gebruikersnaam bij $brand is $username en je tijdelijke wachtwoord is $code", "AccountTakeOverNotification" : "Ongebruikelijke activiteit in je account bij $brand. Was jij dit niet? Wijzig je wachtwoord. Je code is $code." }, "pl" : { "SignUp" : "$code to kod weryfikacyjny $brand. Nie podawaj go nikomu.", "ResendCode" : "$code to kod weryfikacyjny $brand. Nie podawaj go nikomu.", "ForgotPassword" : "$code to kod do odzyskania konta $brand. Wygasa za $minutes min. Nie podawaj go nikomu.", "UpdateUserAttribute" : "$code to kod $brand do potwierdzenia tego numeru telefonu.", "VerifyUserAttribute" : "$code to kod $brand do potwierdzenia tego numeru telefonu.", "Authentication" : "$code to kod logowania $brand. Wygasa za $minutes min. Nie podawaj go nikomu.", "AdminCreateUser" : "$brand: login $username, has\u0142o tymczasowe $code", "AccountTakeOverNotification" : "Nietypowa aktywno\u015b\u0107 na koncie $brand. To nie Ty? Zmie\u0144 has\u0142o. Kod: $code" }, "pt" : { "SignUp" : "Use $code para confirmar sua conta $brand.", "ResendCode" : "Use $code para confirmar sua conta $brand.", "ForgotPassword" : "Use $code para redefinir a senha da sua conta $brand. Expira em $minutes min. Nunca o compartilhe.", "UpdateUserAttribute" : "Use $code para confirmar este telefone na sua conta $brand.", "VerifyUserAttribute" : "Use $code para confirmar este telefone na sua conta $brand.", "Authentication" : "Use $code para entrar na sua conta $brand. Expira em $minutes min. Nunca o compartilhe.", "AdminCreateUser" : "Entre na sua conta $brand com o login $username e a senha inicial $code", "AccountTakeOverNotification" : "Atividade incomum na sua conta $brand. Se a desconhece, troque a senha. Use $code para continuar." } }
  }
  senders = {
    aws    = { end_user_messaging = { origination_identity = local.origination_pool, region = "us-west-2" } }
    twilio = { twilio = { messaging_service_sid = local.service_sid, secret_arn = local.secret } }
  }
  messages = {
    brand = "Acme"
  }
  kms_key = { existing = { arn = local.key } }
}

module "edges" {
  sms = {
    allowed_countries = ["AT", "DE", "US"]
    routes = {
      default = ["sns", "topic", "eum", "notify"], US = ["twilio", "short", "own"], AT = ["form"]
    }
    templates = {
      pt_BR = {
        default                     = "$$$code$$ $${code}1 $brand-$minutes,$username.éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé"
        AccountTakeOverNotification = "$$code"
      }
    }
    autofill      = { clients = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" = { web_otp = { domain = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.x" } } } }
    max_segments  = { default = 25 }
    transliterate = true
  }
  senders = {
    sns = { sns = {
      sender_id              = "A-123456789", origination_number = "12345", max_price = "99.99999"
      region                 = "us-gov-west-1", entity_id = "99999999999999999999999999999999999999999999999999", template_id = "é"
      origination_by_country = { DE = "+155501001234567" }
    } }
    eum = { end_user_messaging = {
      origination_identity = "+15550100", keyword = "ACME é", time_to_live_seconds = 259200
      in_entity_id         = "9999999999999999999999999999999999999999999999999999999999999999", in_template_id = "1", configuration_set_name = "a_b"
    } }
    notify = { notify = { notify_configuration_id = "nc-1", time_to_live_seconds = 5 } }
    topic = { enabled = false, sns_topic = {
      topic_arn = local.topic, environment = "production", kms_key_arn = local.other_key
    } }
    twilio = { twilio = { secret_arn = local.secret, from = "A&B +_-1234" } }
    short  = { twilio = { secret_arn = local.parameter, from = "123" } }
    own    = { webhook = { url = "https://a_b.example:65535?x=[1]@", secret_arn = local.parameter } }
    form = { http = {
      secret_arn = local.secret
      url        = "https://x.example:65535"
      format     = "form"
      body       = jsonencode({ to = ["{number}", null], text = "{text}", flash = false, part = 1.5 })
      rules      = [{ outcome = "SENT", status = ["2xx"], fields = { "[0].a.a.a.a.a.a.a.a.a.a.a.a.a.a.a" = ["1"] } }]
    } }
  }
  messages = {
    brand          = "ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé "
    default_locale = "pt-BR"
  }
  kms_key = { existing = { arn = local.key } }
}
