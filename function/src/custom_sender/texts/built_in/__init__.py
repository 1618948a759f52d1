"""The built-in texts: one file a language, named by its tag.

A file is a JSON object: trigger → texts, the best one first. The others are for when that one does not fit: a value is
not there (a user name, a code), or brand and autofill line make it longer than one part. Beside the triggers stand
three more: ``default`` for a trigger that nobody knew when this was written; ``without_code`` for one that comes
without a code; ``perhaps_password`` for one whose secret is not made of digits.

``mail/`` has the mails, in files of the same names: situation → mails, the best one first, each a subject and the
paragraphs of its text.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from custom_sender.languages import normal

if TYPE_CHECKING:
    from collections.abc import Mapping

WITHOUT_CODE: Final = "without_code"
PERHAPS_PASSWORD: Final = "perhaps_password"  # noqa: S105 - a key
# The language when there is nothing in a person's own.
LAST_RESORT: Final = "en"

_FILES: Final = {normal(path.stem): path for path in Path(__file__).parent.glob("*.json")}
# The tags as the files are named: "zh-Hant".
TAGS: Final = tuple(sorted(path.stem for path in _FILES.values()))
LOCALES: Final = frozenset(_FILES)


@cache
def texts_in(locale: str) -> Mapping[str, tuple[str, ...]]:
    """The texts of one of ``LOCALES``. Read when first needed: a sender's users rarely have seventeen languages."""
    content = json.loads(_FILES[locale].read_text("utf-8"))
    return MappingProxyType({key: tuple(texts) for key, texts in content.items()})


def mails_in(locale: str) -> Mapping[str, list[dict[str, Any]]]:
    """The content of the file of mails of one of ``LOCALES``."""
    file = _FILES[locale]
    content: dict[str, list[dict[str, Any]]] = json.loads((file.parent / "mail" / file.name).read_text("utf-8"))
    return content
