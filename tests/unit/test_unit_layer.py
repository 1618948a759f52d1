"""The public layer is pinned by numbers that say nothing: a comment says what is in it, and the libraries follow."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LAYERS = (REPOSITORY / "layers.tf").read_text()
LOCK = (REPOSITORY / "tests/requirements.txt").read_text()

# Number → what the comment says is in it.
SAID = dict(re.findall(r"^# +number (\d+) +(Powertools .+)$", LAYERS, re.MULTILINE))


def test_every_number_that_is_used_has_a_line_that_says_its_version() -> None:
    assert set(re.findall(r"\bnumber = (\d+)", LAYERS)) == set(SAID)


def test_the_locked_libraries_are_what_most_regions_layer_holds() -> None:
    """Or tests, the embedded AWS and the self-contained package would run others than AWS does."""
    number = re.search(r"^ +aws += \{.*\bnumber = (\d+)", LAYERS, re.MULTILINE)
    assert number
    versions = re.findall(r"(Powertools|aws-encryption-sdk) (\d+\.\d+\.\d+)", SAID[number[1]])
    assert [name for name, _ in versions] == ["Powertools", "aws-encryption-sdk"]
    for name, version in versions:
        library = "aws-lambda-powertools" if name == "Powertools" else name
        assert re.search(rf"^{library}=={re.escape(version)} ", LOCK, re.MULTILINE), f"{library} {version}"
