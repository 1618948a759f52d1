"""README and documentation: links that resolve, pages that are read in one sitting, and the words of the house."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from localaws import REPOSITORY
from support.pages import DOCS, PAGES, README, anchors, comments, headings, links, prose, sentences


def _name(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


# What is written with a capital letter wherever it stands.
NAMES = {"AWS", "Cognito", "I", "KMS", "Regions", "Terraform", "URL"}
OUT = re.compile(r"\b(?:whoever|shall|of yours|belongs? into|takes some|be glad)\b", re.IGNORECASE)
CLAUSE = re.compile(r"(?:Whatever|What) [\w' ]+ (?:is|are|has|was|can)\b(?!.*\?$)")


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_within_the_repository_resolves(page: Path) -> None:
    broken = [
        f"{target}#{anchor}"
        for target, anchor in links(page)
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]
    assert broken == []


@pytest.mark.parametrize("page", [page for page in DOCS if page != README], ids=_name)
def test_a_page_says_first_what_one_can_do_after_reading_it(page: Path) -> None:
    title, _, rest = page.read_text().partition("\n\n")
    assert title.startswith("# ")
    assert rest.startswith("After reading this page you ")
    assert page.read_text().count("\n") <= 300


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_heading_is_written_like_a_sentence(page: Path) -> None:
    words = [word for title in headings(page) for word in re.sub("`[^`]*`", "…", title).split()[1:]]
    assert {word for word in words if word[0].isupper()} <= NAMES


def test_the_readme_is_read_on_two_screens() -> None:
    assert README.read_text().count("\n") <= 350
    assert README.stat().st_size <= 20_000


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_page_is_written_in_short_sentences_small_cells_and_plain_words(page: Path) -> None:
    lines = prose(page).splitlines()
    tables = [line for line in page.read_text().splitlines() if line.lstrip().startswith("|")]
    cells = [cell for line in tables for cell in re.split(r" \| ", line.lstrip())]
    paragraphs = "\n".join(
        "" if line.lstrip().startswith(("|", "#", "<")) else re.sub(r"^ *([-*]|\d+\.) ", "\n", line) for line in lines
    )
    assert [cell for cell in cells if len(cell) > 160] == []
    assert _too_long(sentences(paragraphs)) == []
    assert OUT.findall("\n".join(lines)) == []


def test_comments_and_errors_are_written_in_short_sentences_and_plain_words(subtests: pytest.Subtests) -> None:
    source = [*REPOSITORY.glob("*.tf"), *REPOSITORY.glob("modules/**/*.tf"), *REPOSITORY.glob("examples/**/*.tf")]
    source += [path for place in ("function", "cli") for path in REPOSITORY.glob(f"{place}/**/*.py")]
    for path in source:
        with subtests.test(_name(path)):
            assert OUT.findall(path.read_text()) == []
            assert _too_long(comments(path)) == []
            assert [sentence for sentence in comments(path) if CLAUSE.match(sentence)] == []


def _too_long(found: Iterable[str]) -> list[str]:
    return [sentence for sentence in found if len(sentence.split()) > 25]
