# Which texts there are, and every text as it would be sent at its longest, with what it costs. The function does the same with
# the values of one message (function/src/custom_sender/message.py, segments.py, typography.py): tests hold the one against the
# other.
locals {
  brand = coalesce(var.messages.brand, var.name)

  # How long Cognito accepts what it has sent, in seconds, unless the pool says otherwise.
  default_code_lifetimes = {
    AccountTakeOverNotification = 86400
    AdminCreateUser             = 604800
    Authentication              = 180
    ForgotPassword              = 3600
    ResendCode                  = 86400
    SignUp                      = 86400
    UpdateUserAttribute         = 86400
    VerifyUserAttribute         = 86400
  }
  code_lifetimes = merge(local.default_code_lifetimes, var.protection.code_lifetimes_seconds)

  built_in_tags    = keys(local.built_in_texts)
  built_in_locales = [for tag in local.built_in_tags : lower(tag)]

  # What a locale that has no texts of its own is looked for as (locales.py).
  unsaid = {
    in    = "id"
    pt-ao = "pt-pt"
    pt-ch = "pt-pt"
    pt-cv = "pt-pt"
    pt-fr = "pt-pt"
    pt-gq = "pt-pt"
    pt-gw = "pt-pt"
    pt-lu = "pt-pt"
    pt-mo = "pt-pt"
    pt-mz = "pt-pt"
    pt-st = "pt-pt"
    pt-tl = "pt-pt"
    zh-cn = "zh-hans"
    zh-hk = "zh-hant"
    zh-mo = "zh-hant"
    zh-sg = "zh-hans"
    zh-tw = "zh-hant"
  }

  text_keys = [
    "default", "SignUp", "ResendCode", "ForgotPassword", "UpdateUserAttribute", "VerifyUserAttribute", "Authentication",
    "AdminCreateUser", "AccountTakeOverNotification",
  ]

  placeholders = ["code", "brand", "minutes", "username"]
  placeholder  = "^[a-z][a-z0-9_]{0,30}$"

  domain = "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$"

  # What texts are measured with. Codes have six digits, or eight; Cognito's own passwords are shorter than this one of
  # sixteen characters that take two septets each; a user name may be a telephone number; message.py cuts attributes. A
  # name or an attribute with which a text would take more than max_segments is left out of it there.
  longest = {
    code      = "88888888"
    password  = "~~~~~~~~~~~~~~~~"
    username  = "nnnnnnnnnnnnnnnn"
    attribute = "aaaaaaaaaaaaaaaaaaaa"
  }

  # As message.py: what a code lives, in minutes, rounded half up. The text for all is at its longest for the code that
  # lives longest of those that it is sent for.
  lives = merge(local.code_lifetimes, {
    default = max([for trigger, life in local.code_lifetimes : life if !contains(local.own_text_only, trigger)]...)
  })
  minutes = { for trigger, life in local.lives : trigger => tostring(floor((life + 30) / 60)) }

  # Never filled in by a phone, and never replaced by the text for all.
  own_text_only = ["AdminCreateUser", "AccountTakeOverNotification"]

  # The function's own texts, from the files that it reads: locale → trigger → texts, the best one first.
  built_in_folder = "${path.module}/function/src/custom_sender/built_in_texts"
  built_in_texts = {
    for file in fileset(local.built_in_folder, "*.json") :
    trimsuffix(file, ".json") => jsondecode(file("${local.built_in_folder}/${file}"))
  }
  built_in_wanted = (
    var.messages.built_in_locales == null
    ? local.built_in_locales
    : [for locale in var.messages.built_in_locales : replace(lower(locale), "_", "-")]
  )

  configured_locales = { for locale in keys(var.sms.templates) : replace(lower(locale), "_", "-") => locale }

  # What stands in a built-in language's own configuration.
  own_keys = {
    for locale in keys(local.built_in_texts) :
    lower(locale) => keys(lookup(var.sms.templates, lookup(local.configured_locales, lower(locale), locale), {}))
  }

  # Texts of the user's own, and the built-in ones that none of those stands before. English is the last resort of all.
  rows = merge(
    merge([
      for locale, texts in var.sms.templates : {
        for trigger, text in texts : "${locale}.${trigger}" => {
          locale   = locale
          trigger  = trigger
          built_in = false
          texts    = [text]
        }
      }
    ]...),
    merge([
      for locale, texts in local.built_in_texts : {
        for trigger in local.text_keys : "${lookup(local.configured_locales, lower(locale), locale)}.${trigger}" => {
          locale   = lookup(local.configured_locales, lower(locale), locale)
          trigger  = trigger
          built_in = true
          # Of several that say the same, the first that fits. Those that lack the user name or the code say less.
          texts = [
            for text in texts[trigger] : text if(
              strcontains(replace(text, "{", ""), "$username") == strcontains(replace(texts[trigger][0], "{", ""), "$username")
              && strcontains(replace(text, "{", ""), "$code") == strcontains(replace(texts[trigger][0], "{", ""), "$code")
            )
          ]
          } if !contains(local.own_keys[lower(locale)], trigger) && (
          contains(local.own_text_only, trigger) || !contains(local.own_keys[lower(locale)], "default")
        )
      } if contains(local.built_in_wanted, lower(locale)) || locale == "en"
    ]...),
  )

  # The lines that phones fill codes in from: of all that are configured the longest of each kind. "none" is there when
  # some client has none.
  autofill_choices = concat([var.sms.autofill], values(var.sms.autofill.clients))
  domains = [
    for choice in local.autofill_choices : choice.web_otp.domain if choice.web_otp != null
  ]
  longest_domain = concat(reverse(sort([for domain in local.domains : format("%03d %s", length(domain), domain)])), ["0 "])[0]
  autofill_lines = {
    for kind, line in {
      android = "\n00000000000"
      none    = ""
      web_otp = "\n@${split(" ", local.longest_domain)[1]} #${local.longest.code}"
      } : kind => line if anytrue([
        for choice in local.autofill_choices : kind == (choice.web_otp != null ? "web_otp" : choice.android != null ? "android" : "none")
    ])
  }

  # As Python's string.Template. "$$" is put aside behind a character of the private use area, which no text may have, every
  # name gets its braces, and the brand comes last, so that no value is looked at again.
  dollar          = "\uE000"
  attribute_names = join("|", concat(keys(var.messages.attributes), ["0"]))
  braced = merge([
    for row, content in local.rows : {
      for number, text in content.texts : "${row}.${number}" => {
        trigger = content.trigger
        text = replace(
          replace(text, "$$", local.dollar),
          "/\\$(code|brand|minutes|username|${local.attribute_names})\\b/", join("", ["$$", "{$1}"]),
        )
      }
    } if !content.built_in
  ]...)
  own_typed = {
    for place, content in local.braced : place => replace(replace(replace(replace(replace(replace(content.text,
      "$${code}", content.trigger == "AdminCreateUser" ? local.longest.password : local.longest.code),
      "$${minutes}", local.minutes[content.trigger]),
      "$${username}", local.longest.username),
      "/\\$\\{(?:${local.attribute_names})\\}/", local.longest.attribute),
      "$${brand}", local.brand),
    local.dollar, "$")
  }
  # The built-in texts have no "$$", and no letter stands behind a name: replacing words will do, a tenth of the time.
  built_in_typed = merge([
    for row, content in local.rows : {
      for number, text in content.texts : "${row}.${number}" => replace(replace(replace(replace(
        replace(replace(replace(text, "$${code}", "$code"), "$${minutes}", "$minutes"), "$${brand}", "$brand"),
        "$code", content.trigger == "AdminCreateUser" ? local.longest.password : local.longest.code),
        "$minutes", local.minutes[content.trigger]),
        "$username", local.longest.username),
      "$brand", local.brand)
    } if content.built_in
  ]...)
  typed = merge(local.own_typed, local.built_in_typed)

  # As typography.py: only where it makes the text GSM-7.
  plain = {
    for place, text in local.typed :
    place => replace(replace(replace(replace(replace(replace(text,
      "/[\\x{2018}\\x{2019}\\x{201A}\\x{201B}\\x{2032}\\x{2039}\\x{203A}]/", "'"),
      "/[\\x{201C}\\x{201D}\\x{201E}\\x{201F}\\x{2033}\\x{AB}\\x{BB}]/", "\""),
      "/[\\x{2010}-\\x{2015}\\x{2212}]/", "-"),
      "/\\x{2026}/", "..."),
      "/\\x{2022}/", "*"),
    "/[\\x{A0}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}]/", " ")
    if var.sms.transliterate
  }
  completed = merge(
    local.typed,
    { for place, text in local.plain : place => text if !can(regex("[^${local.gsm_7}]", text)) },
  )

  # Every text with every line that may stand behind it: row → kind of line → texts.
  candidates = {
    for row, content in local.rows : row => {
      for kind, line in local.autofill_lines : kind => [
        for number in range(length(content.texts)) : "${local.completed["${row}.${number}"]}${line}"
      ]
    } if !contains(local.own_text_only, content.trigger)
  }
  candidates_without_line = {
    for row, content in local.rows : row => {
      none = [for number in range(length(content.texts)) : local.completed["${row}.${number}"]]
    } if contains(local.own_text_only, content.trigger)
  }

  complete_texts = {
    for text in flatten([
      for kinds in concat(values(local.candidates), values(local.candidates_without_line)) : values(kinds)
    ]) : text => true...
  }

  # 3GPP TS 23.038: the 7-bit default alphabet, and its extension, of which each character takes two septets. Any other
  # character makes the whole text UCS-2, where one beyond U+FFFF takes two units.
  gsm_7_extension = "\\f^{}\\\\\\[~\\]|€"
  gsm_7 = join("", [
    "@£$¥èéùìòÇ\\nØø\\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà", local.gsm_7_extension,
  ])

  is_gsm_7 = { for text in keys(local.complete_texts) : text => !can(regex("[^${local.gsm_7}]", text)) }
  # In UTF-16, of which base64 tells the length: length() counts what looks like one character, whatever it is made of.
  utf_16 = {
    for text in keys(local.complete_texts) :
    text => floor(length(trimsuffix(trimsuffix(textencodebase64(text, "UTF-16LE"), "="), "=")) * 3 / 8)
  }
  units = merge(
    local.utf_16,
    {
      for text, is_gsm_7 in local.is_gsm_7 :
      text => local.utf_16[text] + length(regexall("[${local.gsm_7_extension}]", text)) if is_gsm_7
    },
  )
  # 160 septets or 70 units alone, 153 or 67 as one of several; no two units of one character are in different parts. One
  # letter for each unit: "a" for a character of one, "bc" for one of two.
  parts = merge(
    { for text in keys(local.complete_texts) : text => 1 },
    {
      for text, units in local.units : text => length(regexall(
        local.is_gsm_7[text] ? ".{0,152}[ac]" : ".{0,66}[ac]",
        replace(replace(text,
          local.is_gsm_7[text] ? "/[^${local.gsm_7_extension}]/" : "/[^\\x{10000}-\\x{10FFFF}]/", "a"),
        "/[^a]/", "bc"),
      )) if units > (local.is_gsm_7[text] ? 160 : 70)
    },
  )
  # An Android app finds messages of at most 140 bytes: one part in UCS-2, and in GSM-7 as it is in the app.
  too_long_for_android = {
    for text, is_gsm_7 in local.is_gsm_7 : text => local.parts[text] > 1 || (
      is_gsm_7 && floor(length(trimsuffix(trimsuffix(base64encode(text), "="), "=")) * 3 / 4) > 140
    )
  }

  # What would be sent with each line: the first that fits, or else the last.
  chosen = {
    for row, kinds in merge(local.candidates, local.candidates_without_line) : row => {
      for kind, texts in kinds : kind => concat(
        [for text in texts : text if local.parts[text] == 1 && !(kind == "android" && local.too_long_for_android[text])],
        [texts[length(texts) - 1]],
      )[0]
    }
  }
  # The kind of line with which the text costs most.
  dearest = {
    for row, kinds in local.chosen : row => split(" ", reverse(sort([
      for kind, text in kinds : format("%04d %05d %s", local.parts[text], local.units[text], kind)
    ]))[0])[2]
  }

  # How many parts a text may take: what is said of its locale, of what that begins with, of all; else one where the
  # language can be written in GSM-7, and two elsewhere (templates.py has the same rule and list).
  max_segments = { for locale, parts in var.sms.max_segments : replace(lower(locale), "_", "-") => parts }
  gsm_7_languages = [
    "da", "de", "en", "es", "fi", "fil", "fr", "id", "it", "ms", "nb", "nl", "nn", "no", "pt", "sv", "sw",
  ]
  # Locale → its subtags: zh-Hant-TW → zh, hant, tw.
  subtags = { for locale in keys(local.rows_by_locale) : locale => split("-", replace(lower(locale), "_", "-")) }
  limits = {
    for locale, subtags in local.subtags : locale => [
      for parts in concat(
        [for length in range(length(subtags), 0) : lookup(local.max_segments, join("-", slice(subtags, 0, length)), 0)],
        [lookup(local.max_segments, "default", 0), contains(local.gsm_7_languages, subtags[0]) ? 1 : 2],
      ) : parts if parts > 0
    ][0]
  }

  costs = {
    for row, kind in local.dearest : row => {
      text     = local.chosen[row][kind]
      autofill = kind
      built_in = local.rows[row].built_in
      encoding = local.is_gsm_7[local.chosen[row][kind]] ? "GSM-7" : "UCS-2"
      # length() would count what looks like one character.
      characters   = length(replace(local.chosen[row][kind], "/(?s)./", "a"))
      units        = local.units[local.chosen[row][kind]]
      segments     = local.parts[local.chosen[row][kind]]
      max_segments = local.limits[local.rows[row].locale]
    }
  }
  rows_by_locale = { for row, content in local.rows : content.locale => row... }
  texts = {
    for locale, rows in local.rows_by_locale : locale => { for row in rows : local.rows[row].trigger => local.costs[row] }
  }

  # The characters that make a text UCS-2. The first few of a language that needs it anyway.
  forcing = {
    for row, cost in local.costs : row => [
      for number, character in distinct(regexall("[^${local.gsm_7}]", cost.text)) :
      number < local.forcing_shown ? character : "…" if number <= local.forcing_shown
    ] if cost.segments > cost.max_segments
  }
  forcing_shown = 8

  over_limit = flatten([
    for locale, triggers in local.texts : [
      for trigger, text in triggers : format(
        "%s.%s takes %d (at most %d; %s, %d units%s%s)",
        locale, trigger, text.segments, text.max_segments, text.encoding, text.units,
        text.encoding == "GSM-7" ? "" : " because of ${join("", local.forcing["${locale}.${trigger}"])}",
        text.autofill == "none" ? "" : ", with the line of ${text.autofill}",
      ) if text.segments > text.max_segments
    ]
  ])

  not_for_android = [
    for row, kinds in local.chosen : row
    if anytrue([for kind, text in kinds : local.too_long_for_android[text] if kind == "android"])
  ]

  # Ids of India's registration that no message would ever have: of a text that is not there, or that one's own text for
  # all always stands before. One with a value that a user may not have does not always.
  texts_there = [
    for place in concat(keys(local.rows), [
      for pair in setproduct(
        [
          for locale in local.built_in_wanted : locale if anytrue([
            for name in concat(["username"], keys(var.messages.attributes)) :
            can(regex("\\$\\{?${name}\\b", lookup(local.own_default_texts, locale, "")))
          ])
        ],
        local.text_keys,
      ) : join(".", pair)
    ]) : replace(lower(place), "_", "-")
  ]
  own_default_texts = {
    for locale, texts in var.sms.templates :
    replace(lower(locale), "_", "-") => lookup(texts, "default", "")
  }
  india_for_nothing = flatten([
    for locale, ids in try(var.sms.india.template_ids, {}) : [
      for trigger in keys(ids) : "${locale}.${trigger}"
      if !contains(local.texts_there, replace(lower("${locale}.${trigger}"), "_", "-"))
    ]
  ])
}
