"""The embedded AWS: moto behind one HTTP endpoint, and strictly what moto lacks. A test double; see README.md."""

from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[1]
