"""With several workers (`pytest -n 2 --dist loadgroup`), tests that share something dear run in one of them.

Property tests draw the same few examples in every run, and no slow machine fails them: a failure is a fault that the
next run shows again. ``HYPOTHESIS_PROFILE=search`` looks for new ones, and longer.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, or the drawing of examples, says something about the machine and nothing about the product.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("search"), derandomize=True, max_examples=40)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# One apply, one plan, one embedded AWS: made once in the worker that gets the group. The plan of all that is refused is
# the longest of all, and nothing else needs it.
HERE = Path(__file__).parent
SHARING = {
    HERE / "plan" / "test_plan_refused.py": "refused",
    **{HERE / name: name for name in ("e2e", "localaws", "plan")},
}


# First, because xdist's own hook reads the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put each test into the group of its place; the long plan tests share nothing and go where there is room."""
    for item in items:
        if item.get_closest_marker("long") and item.path.parent.name == "plan":
            continue
        group = next((name for place, name in SHARING.items() if item.path.is_relative_to(place)), None)
        if group is not None:
            item.add_marker(pytest.mark.xdist_group(group))
