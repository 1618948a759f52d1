"""Facts that Terraform's side reads too, a file each.

| file | what it says |
|---|---|
| ``triggers.json`` | trigger → how long Cognito accepts its code; may it lack one, may it use the default text |
| ``languages.json`` | ``gsm_7``: what GSM-7 can write; ``right_to_left``; ``unsaid``: what a tag leaves unsaid |
| ``special_ranges.json`` | calling codes that belong to no country, by names that a configuration can use |
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read(name: str) -> dict[str, Any]:
    """The content of one of the files, by its name without ``.json``."""
    content: dict[str, Any] = json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8"))
    return content
