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

  precondition {
    condition     = length(local.india_for_nothing) == 0
    error_message = "${var.name}: messages: india.template_ids has ids for texts that are never sent: ${join(", ", local.india_for_nothing)}. An id belongs to the locale and trigger of a text in messages.templates, or of a built-in one that no \"default\" of yours stands before: write that text, or move the id to the text that is sent (\"default\")."
  }
}

output "texts" {
  description = "Locale → trigger → the text with its longest values, and what it costs."
  value       = local.texts
}
