output "content" {
  description = "What the function is told about texts, as JSON."
  value       = jsonencode(local.content)

  precondition {
    condition     = length(local.over_limit) == 0
    error_message = "${var.name}: messages: with the longest values these texts take more parts than they may: ${join("; ", local.over_limit)}. Shorten the text or the brand, take another character (or transliterate = true, if it is typographic), or allow more for the locale in max_segments."
  }

  precondition {
    condition     = length(local.not_for_android) == 0
    error_message = "${var.name}: messages: an Android app finds messages of at most 140 bytes, its hash included; these have more: ${join(", ", local.not_for_android)}. Shorten the text or the brand."
  }
}

output "texts" {
  description = "Locale → trigger → the text with its longest values, and what it costs."
  value       = local.texts
}
