"""The pages that readers see: a section by its heading, wherever it stands, and a page's code, prose and links."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from localaws import REPOSITORY

README: Final = REPOSITORY / "README.md"
DOCS: Final = [README, *sorted(REPOSITORY.glob("docs/**/*.md"))]
PAGES: Final = [
    *DOCS,
    *(page for page in sorted(REPOSITORY.glob("*.md")) if page != README),
    *(
        page
        for place in ("modules/*", "examples/*", "localaws")
        for page in sorted(REPOSITORY.glob(f"{place}/README.md"))
    ),
]

_FENCE: Final = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_MEASURED: Final = re.compile(r"^<!-- benchmark: \w+ -->$.*?^<!-- benchmark: end -->$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^(#+) (.+)$", re.MULTILINE)


def text() -> str:
    """README and docs in one, for what may stand on any page."""
    return "\n".join(page.read_text() for page in DOCS)


def section(heading: str) -> str:
    """What stands below ``heading`` in README or docs, down to the next heading that is not below it in turn."""
    found = []
    for page in DOCS:
        content = page.read_text()
        headings = list(_headings(content))
        for index, (level, title, end) in enumerate(headings):
            if title == heading:
                after = (start for deeper, title, start in headings[index + 1 :] if deeper <= level)
                found.append(content[end : next(after, len(content))])
    assert len(found) == 1, f"{len(found)} sections are called {heading}"
    return found[0]


def blocks(page: Path, language: str) -> list[str]:
    """The code in one language, each block without the indentation of the list it may stand in."""
    return [textwrap.dedent(code) for _, found, code in _FENCE.findall(page.read_text()) if found == language]


def prose(page: Path) -> str:
    """The page without its code and its generated figures."""
    return re.sub(r"`[^`\n]+`", "`…`", _MEASURED.sub("", _FENCE.sub("", page.read_text())))


def anchors(page: Path) -> set[str]:
    """What a link may name behind "#", as GitHub makes it of the headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title, _ in _headings(page.read_text())}


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """File and anchor of every link that stays in the repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield ((page.parent / path).resolve() if path else page), anchor


def _headings(content: str) -> Iterator[tuple[int, str, int]]:
    """Level, title, and where the text begins; a comment in code is none."""
    hidden = _FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), content)
    yield from ((len(match[1]), match[2], match.end()) for match in _HEADING.finditer(hidden))
