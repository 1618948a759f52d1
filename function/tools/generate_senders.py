"""Writes what follows from ``senders/kinds.json`` and the presets, each between its markers: the type of the variable
``senders``, and the tables of ``docs/senders.md`` and ``docs/email-senders.md``.

    python function/tools/generate_senders.py            write them
    python function/tools/generate_senders.py --check    fail when a committed file is not what would be written
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPOSITORY = Path(__file__).resolve().parents[2]
SENDERS = REPOSITORY / "function/src/custom_sender/senders"
SCHEMA = json.loads((SENDERS / "kinds.json").read_text("utf-8"))
VARIABLE = REPOSITORY / "variables-senders.tf"
PAGE = REPOSITORY / "docs/senders.md"
MAIL_PAGE = REPOSITORY / "docs/email-senders.md"
MARKER = "made by function/tools/generate_senders.py"
LONGEST_TYPE = 100
CARRIES = {"text": "every text", "code": "codes only: the provider writes the text", "mail": "every e-mail"}


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description="Write what follows from the schema of the senders.")
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args()
    status = 0
    for file, text in (
        (VARIABLE, _between(VARIABLE, "  # ", "\n".join(_type()))),
        *((page, _between(page, "<!-- ", "\n".join(_page(page)), " -->")) for page in (PAGE, MAIL_PAGE)),
    ):
        if options.check and file.read_text("utf-8") != text:
            sys.stderr.write(f"{file.relative_to(REPOSITORY)} is not what {Path(__file__).name} writes: run it\n")
            status = 1
        elif not options.check:
            file.write_text(text, "utf-8")
    return status


def _between(file: Path, opening: str, content: str, closing: str = "") -> str:
    begin, end = (f"{opening}{MARKER}: {word}{closing}\n" for word in ("begin", "end"))
    before, _, rest = file.read_text("utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        message = f"{file}: a marker is missing: {begin!r}"
        raise ValueError(message)
    return f"{before}{begin}{content}\n{end}{after}"


# -- the type, formatted as terraform fmt does ------------------------------------------------------------------------


def _type() -> Iterator[str]:
    yield "  type = map(object({"
    yield "    enabled = optional(bool, true)"
    for kind, schema in SCHEMA["kinds"].items():
        yield f"    # {schema['title']}"
        yield f"    {kind} = optional(object({{"
        types = {name: _attribute(rule) for name, rule in schema["attributes"].items()}
        for is_long, items in itertools.groupby(types.items(), lambda item: len(item[1]) > LONGEST_TYPE):
            yield from (_broken if is_long else _aligned)(dict(items))
        yield "    }))"
    yield "  }))"


def _aligned(types: Mapping[str, str]) -> Iterator[str]:
    width = max(map(len, types))
    yield from (f"      {name:<{width}} = {declared}" for name, declared in types.items())


def _broken(types: Mapping[str, str]) -> Iterator[str]:
    """An object whose attributes stand on a line each."""
    for name, declared in types.items():
        before, _, rest = declared.partition("({ ")
        content, _, after = rest.rpartition(" })")
        yield f"      {name} = {before}({{"
        yield from (f"  {line}" for line in _aligned(dict(part.split(" = ", 1) for part in content.split(", "))))
        yield f"      }}){after}"


def _attribute(rule: Mapping[str, Any]) -> str:
    kind = rule.get("type", "map(string)" if "by" in rule else "string")
    if rule.get("required", False):
        return str(kind)
    if "default" in rule:
        return f"optional({kind}, {json.dumps(rule['default'])})"
    return f"optional({kind}, {{}})" if "by" in rule else f"optional({kind})"


# -- the page -----------------------------------------------------------------------------------------------------


def _page(page: Path) -> Iterator[str]:
    for kind, schema in SCHEMA["kinds"].items():
        if (schema.get("carries") == ["mail"]) is not (page == MAIL_PAGE):
            continue
        yield f"### `{kind}`\n"
        yield f"{_sentence(schema['title'])} Carries {_carries(schema)}.\n"
        if "secret" in schema:
            yield "Secret: " + ", or ".join(re.sub(r"\{.*\}", r"`\g<0>`", shape) for shape in schema["secret"]) + ".\n"
        yield from _table("attribute", schema["attributes"])
        yield from _groups(schema)
    for file in sorted((SENDERS / "presets").glob("*.json")):
        preset = json.loads(file.read_text("utf-8"))
        if ("{email}" in file.read_text("utf-8")) is not (page == MAIL_PAGE):
            continue
        yield f"### Preset `{file.stem}`\n"
        yield f"{_sentence(preset['title'])} Secret: " + ", ".join(f"`{name}`" for name in preset["secret"]) + ".\n"
        if preset["settings"]:
            yield from _table("setting", preset["settings"])
        yield from _groups(preset)


def _sentence(title: str) -> str:
    return f"{title[0].upper()}{title[1:]}."


def _carries(schema: Mapping[str, Any]) -> str:
    carried = [CARRIES[content] for content in schema.get("carries", ())]
    return " and ".join(carried) or "what its description has a place for"


def _table(what: str, rules: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield f"| {what} | what it is | default |"
    yield "|---|---|---|"
    for name, rule in rules.items():
        forms = ", or ".join(SCHEMA["forms"][form]["form"] for form in rule.get("is", ()))
        default = (
            "**required**"
            if rule.get("required", False)
            else f"`{json.dumps(rule['default'])}`"
            if "default" in rule
            else ""
        )
        yield f"| `{name}` | {rule.get('form', forms)} | {default} |"
    yield ""


def _groups(schema: Mapping[str, Any]) -> Iterator[str]:
    for group, words in (
        ("exactly_one_of", "Exactly one of {}."),
        ("at_least_one_of", "At least one of {}."),
        ("together", "{} go together."),
    ):
        for names in schema.get(group, ()):
            yield words.format(" and ".join(f"`{name}`" for name in names)) + "\n"


if __name__ == "__main__":
    sys.exit(main())
