"""The texts that readers see: a page's sections, code, prose and links; and the comments of source."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Iterable, Iterator
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


def sentences(text: str) -> list[str]:
    """The sentences of prose, whose paragraphs are apart by an empty line."""
    return re.split(r"(?<=[.!?:])\)?\s+(?=[A-Z0-9`*\[“\"])|\n\s*\n", text)


def comments(source: Path) -> Iterator[str]:
    """The sentences of comments and docstrings in Python or Terraform; what follows a colon or semicolon is its own."""
    found = "\n\n".join(_of_python(source.read_text()) if source.suffix == ".py" else _of_terraform(source.read_text()))
    listed = re.sub(r"(?m)^ ?([-*]|\d+\.) ", "\n\n", re.sub(r"(?m)^(\||    ).*$", "", found))
    plain = re.sub(r"``[^`]+``|`[^`]+`", "`…`", listed)
    for sentence in sentences(plain):
        yield from re.split(r"[:;] ", " ".join(sentence.split()))


def headings(page: Path) -> list[str]:
    """The titles of all sections."""
    return [title for _, title, _ in _headings(page.read_text())]


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


def _of_python(code: str) -> Iterator[str]:
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    yield from _joined((token.start[0], token.line, token.string) for token in tokens if token.type == tokenize.COMMENT)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def _of_terraform(code: str) -> Iterator[str]:
    lines = enumerate(code.splitlines())  # a scanner's directive has no blank behind its "#"
    yield from _joined((number, line, line.strip()) for number, line in lines if re.match(r" *#( |$)", line))


def _joined(comments: Iterable[tuple[int, str, str]]) -> Iterator[str]:
    """Comments that have lines to themselves, one below the other, are a paragraph."""
    last = 0
    paragraph = ""
    for number, line, comment in comments:
        alone = line.lstrip().startswith("#")
        if number != last + 1 or not alone:
            yield paragraph
            paragraph = ""
        paragraph += comment.lstrip("#").removeprefix(" ") + "\n"
        last = number if alone else 0
    yield paragraph
