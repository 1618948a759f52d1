"""What texts cost, counted by 3GPP's tables (``gsm.py``): Terraform and the function are both held to it.

``costs.json`` is a list; ``text`` is made of pieces, each a string or [string, how many times].
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ATTRIBUTES: Final = {"given": "given_name", "given_2": "custom:given"}
LONGEST: Final = {"code": "88888888", "password": "~" * 16, "username": "n" * 16, "attribute": "a" * 20}


@dataclass(frozen=True, slots=True)
class Cost:
    """A text of the trigger (or ``default``), and what it costs with the longest values.

    ``settings``: brand, templates, autofill, transliterate; ``lives``: trigger → seconds; ``sent``: short ones whole;
    ``is_lost``: no Android app finds it.
    """

    name: str
    trigger: str
    settings: Mapping[str, Any]
    lives: Mapping[str, int]
    expected: Mapping[str, Any]
    sent: str | None
    is_lost: bool


def _read(row: Mapping[str, Any]) -> Cost:
    trigger = row.get("trigger", "SignUp")
    text = "".join(piece if isinstance(piece, str) else piece[0] * piece[1] for piece in row["text"])
    return Cost(
        name=row["name"],
        trigger=trigger,
        settings={
            "brand": row.get("brand", "Acme"),
            "templates": {"xx": {trigger: text}},
            "autofill": row.get("autofill", {}),
            "transliterate": row.get("transliterate", False),
        },
        lives=row.get("lives", {}),
        expected={name: row[name] for name in ("encoding", "units", "segments", "characters")},
        sent=row.get("sent"),
        is_lost=row.get("lost", False),
    )


COSTS: Final[Mapping[str, Cost]] = {
    row["name"]: _read(row) for row in json.loads(Path(__file__).with_name("costs.json").read_text("utf-8"))
}
