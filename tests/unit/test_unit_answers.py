"""What an answer's HTTP status means where nothing more precise is known: every status, in the words of RFC 9110."""

from __future__ import annotations

from custom_sender.outcome import Outcome
from custom_sender.senders.answers import by_http_status


def test_every_status_has_the_meaning_that_its_class_and_its_own_words_give_it() -> None:
    expected = {
        # A success that the provider does not document: something between us and it may have answered.
        **dict.fromkeys(range(200, 300), Outcome.AMBIGUOUS),
        # A redirect is not followed, and what the server refuses is a matter of what it was asked.
        **dict.fromkeys(range(300, 500), Outcome.PROVIDER_CONFIG),
        # It may have failed behind the point where it accepted the message.
        **dict.fromkeys(range(500, 600), Outcome.AMBIGUOUS),
        # "Did not receive a complete request", "currently unable to handle the request": sections 15.5.9 and 15.6.4.
        **dict.fromkeys((408, 503), Outcome.PROVIDER_DOWN),
        # RFC 6585 section 4.
        429: Outcome.PROVIDER_THROTTLED,
    }
    assert {status: by_http_status(status) for status in expected} == expected
