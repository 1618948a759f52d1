"""What texts cost with the longest values: the function's numbers are 3GPP's, and those that a plan says."""

from __future__ import annotations

import pytest

from custom_sender.cognito.triggers import KNOWN_TRIGGERS, OWN_TEXT_ONLY, lifetime_seconds
from custom_sender.texts.autofill import is_found
from custom_sender.texts.gsm import segments
from support.cognito import make_event, parse
from support.composed import composed
from support.configured import messages as read_messages
from support.costs import ATTRIBUTES, COSTS, LONGEST

# What the text for all is sent for, among others.
USUAL = sorted(KNOWN_TRIGGERS - OWN_TEXT_ONLY)


def test_a_text_costs_what_3gpp_says(subtests: pytest.Subtests) -> None:
    for name, cost in COSTS.items():
        with subtests.test(name):
            messages = read_messages({**cost.settings, "attributes": ATTRIBUTES, "max_segments": {"default": 25}})
            lives = {trigger: lifetime_seconds(trigger, cost.lives) for trigger in USUAL}
            trigger = max(USUAL, key=lives.__getitem__) if cost.trigger == "default" else cost.trigger
            # Longer than it may be: how much of it is left is the function's to say.
            attributes = {"locale": "xx", **dict.fromkeys(ATTRIBUTES.values(), LONGEST["attribute"] * 3)}
            event = parse(make_event(trigger, code="AYAD", userName=LONGEST["username"], attributes=attributes))
            code = LONGEST["password" if trigger == "AdminCreateUser" else "code"]
            sent = composed(event, code, messages, left=lifetime_seconds(trigger, cost.lives)).content.text.reveal()

            counted = segments(sent)
            found = {
                "encoding": counted.encoding,
                "units": counted.units,
                "segments": counted.parts,
                "characters": len(sent),
            }
            assert found == cost.expected
            assert sent == (cost.sent or sent)
            assert is_found(sent, messages.autofill.default) is not cost.is_lost
