# What each text of the user's own (sms.templates) costs at its longest. The built-in ones fit into one segment: unit tests hold
# them to it, and the function's self-check with this brand. The function measures what it sends (`texts/` of its package): the same vectors hold the one and the other.
locals {
  messages = merge(var.messages, {
    brand            = var.messages.brand == null ? var.name : var.messages.brand
    attributes       = { for name, attribute in var.messages.attributes : name => attribute if attribute != null }
    built_in_locales = var.messages.built_in_locales == null ? null : [for tag in var.messages.built_in_locales : tag if tag != null]
  })

  data = {
    for name in ["languages", "triggers"] :
    name => jsondecode(file("${path.module}/function/src/custom_sender/data/${name}.json"))
  }

  # How long Cognito accepts what it has sent, in seconds, unless the pool says otherwise.
  own_lifetimes  = { for trigger, seconds in var.protection.code_lifetimes_seconds : trigger => seconds if seconds != null }
  code_lifetimes = merge({ for trigger, rules in local.data.triggers : trigger => rules.lifetime_seconds }, local.own_lifetimes)
  # As the function: rounded half up. The text for all is at its longest for the code that lives longest of those it is sent for.
  minutes = {
    for trigger, life in merge(local.code_lifetimes, {
      default = max([for trigger, rules in local.data.triggers : local.code_lifetimes[trigger] if rules.default_text]...)
    }) : trigger => tostring(max(1, floor((life + 30) / 60)))
  }

  # Codes have six digits, or eight; Cognito's own passwords are shorter than this one of sixteen characters that take two
  # septets each; a user name may be a telephone number; the function cuts attributes. A name or an attribute with which a text
  # would take more than max_segments is left out of it there.
  longest = {
    code      = "88888888"
    password  = "~~~~~~~~~~~~~~~~"
    username  = "nnnnnnnnnnnnnnnn"
    attribute = "aaaaaaaaaaaaaaaaaaaa"
  }

  # The line that phones fill codes in from: the longest of all that are configured. Each way is longer than the next.
  autofill_choices = concat([local.sms.autofill], values(local.sms.autofill.clients))
  domains          = [for choice in local.autofill_choices : choice.web_otp.domain if try(choice.web_otp.domain, null) != null]
  has_android      = anytrue([for choice in local.autofill_choices : try(choice.android.app_hash, null) != null])
  android_line     = "\n00000000000"
  autofill_line = concat(
    [
      for domain in local.domains : { kind = "web_otp", text = "\n@${domain} #${local.longest.code}" }
      if length(domain) == max(0, [for domain in local.domains : length(domain)]...)
    ],
    [for line in [local.android_line] : { kind = "android", text = line } if local.has_android],
    [{ kind = "none", text = "" }],
  )[0]

  own_texts = merge([
    for locale, texts in local.sms.templates : {
      for trigger, text in texts : "${locale}.${trigger}" => {
        text     = text
        trigger  = trigger
        autofill = try(local.data.triggers[trigger].default_text, true) ? local.autofill_line : { kind = "none", text = "" }
        subtags  = split("-", replace(lower(locale), "_", "-")) # zh-Hant-TW → zh, hant, tw
      }
    }
  ]...)

  # As Python's string.Template. "$$" is put aside behind a character of the private use area, which no text may have.
  # Every name gets its braces. The brand comes last, so that no value is looked at again.
  dollar          = "\uE000"
  attribute_names = join("|", concat([for name in keys(local.messages.attributes) : name if can(regex("^\\w+$", name))], ["0"]))
  typed = {
    for place, own in local.own_texts : place => replace(replace(replace(replace(replace(replace(
      replace(
        replace(own.text, "$$", local.dollar),
        "/\\$(code|brand|minutes|username|${local.attribute_names})\\b/", join("", ["$$", "{$1}"]),
      ),
      "$${code}", own.trigger == "AdminCreateUser" ? local.longest.password : local.longest.code),
      "$${minutes}", lookup(local.minutes, own.trigger, "0")),
      "$${username}", local.longest.username),
      "/\\$\\{(?:${local.attribute_names})\\}/", local.longest.attribute),
      "$${brand}", local.messages.brand),
    local.dollar, "$")
  }
  # As the function: only where it makes the text GSM-7.
  plain = {
    for place, text in local.typed : place => replace(replace(replace(replace(replace(replace(text,
      "/[\\x{2018}\\x{2019}\\x{201A}\\x{201B}\\x{2032}\\x{2039}\\x{203A}]/", "'"),
      "/[\\x{201C}\\x{201D}\\x{201E}\\x{201F}\\x{2033}\\x{AB}\\x{BB}]/", "\""),
      "/[\\x{2010}-\\x{2015}\\x{2212}]/", "-"),
      "/\\x{2026}/", "..."),
      "/\\x{2022}/", "*"),
    "/[\\x{A0}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}]/", " ")
  }
  complete = {
    for place, text in local.typed : place => join("", [
      local.sms.transliterate && !can(regex("[^${local.gsm_7}]", local.plain[place])) ? local.plain[place] : text,
      local.own_texts[place].autofill.text,
    ])
  }

  # 3GPP TS 23.038: the 7-bit default alphabet, and its extension, of which each character takes two septets. Any other
  # character makes the whole text UCS-2, where one beyond U+FFFF takes two units.
  gsm_7_extension = "\\f^{}\\\\\\[~\\]|€"
  gsm_7 = join("", [
    "@£$¥èéùìòÇ\\nØø\\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà", local.gsm_7_extension,
  ])
  alphabets = {
    GSM-7 = { single = 160, part = ".{0,152}[ac]", narrow = "/[^${local.gsm_7_extension}]/" }
    UCS-2 = { single = 70, part = ".{0,66}[ac]", narrow = "/[^\\x{10000}-\\x{10FFFF}]/" }
  }
  encodings = { for place, text in local.complete : place => can(regex("[^${local.gsm_7}]", text)) ? "UCS-2" : "GSM-7" }
  # One letter for each unit: "a" for a character of one, "bc" for one of two; length() of the text itself would count
  # what looks like one character.
  units = {
    for place, text in local.complete :
    place => replace(replace(text, local.alphabets[local.encodings[place]].narrow, "a"), "/[^a]/", "bc")
  }

  costs = {
    for place, own in local.own_texts : place => {
      text       = local.complete[place]
      autofill   = own.autofill.kind
      encoding   = local.encodings[place]
      characters = length(replace(local.units[place], "bc", "b"))
      units      = length(local.units[place])
      # No two units of one character are in different parts.
      segments = length(local.units[place]) <= local.alphabets[local.encodings[place]].single ? 1 : length(regexall(
        local.alphabets[local.encodings[place]].part, local.units[place],
      ))
      # What is said of its locale, of what that begins with, of all; else as the function.
      max_segments = [
        for parts in concat(
          flatten([
            for count in range(length(own.subtags), 0) : lookup(local.max_segments, join("-", slice(own.subtags, 0, count)), [])
          ]),
          lookup(local.max_segments, "default", []), [contains(local.data.languages.gsm_7, own.subtags[0]) ? 1 : 2],
        ) : parts if parts > 0
      ][0]
    }
  }
  max_segments = { for locale, parts in local.sms.max_segments : replace(lower(locale), "_", "-") => parts... }

  # What is paid for twice, and what an app does not find: messages of more than 140 bytes, which are one part in UCS-2, and in
  # GSM-7 are counted as they are in the app.
  text_flaws = concat(
    [
      for place, cost in local.costs : join("", [
        "sms.templates.${place}: at most ${cost.max_segments} segment${cost.max_segments > 1 ? "s" : ""} with the longest values. ",
        "Got: ${cost.segments} (${cost.encoding}", cost.encoding == "GSM-7" ? "" : " because of ${join("", [
          # The first few, of a language that needs UCS-2 anyway.
          for number, character in distinct(regexall("[^${local.gsm_7}]", cost.text)) :
          number < 8 ? character : "…" if number <= 8
        ])}",
        ", ${cost.units} units${cost.autofill == "none" ? "" : ", with the line of ${cost.autofill}"}). Fix: shorten it or ",
        "messages.brand, take another character (sms.transliterate does, if it is typographic), or allow more in sms.max_segments.",
      ]) if cost.segments > cost.max_segments
    ],
    [
      for place, cost in local.costs : join("", [
        "sms.templates.${place}: an Android app finds messages of at most 140 bytes, its hash included. Got: more. ",
        "Fix: shorten it or messages.brand.",
        ]) if local.has_android && cost.autofill != "none" && (
        cost.units - length(local.autofill_line.text) + length(local.android_line) > local.alphabets[cost.encoding].single
        || cost.encoding == "GSM-7" && 140 < floor(length(trimsuffix(trimsuffix(
          base64encode(join("", [trimsuffix(cost.text, local.autofill_line.text), local.android_line])), "="), "="
        )) * 3 / 4)
      )
    ],
  )
}
