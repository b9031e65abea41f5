"""``launchlab --help`` answers at once: what is heavy to import waits for the command that needs it."""

from __future__ import annotations

import subprocess
import sys

from tests.commands import ROOT

# In a process of its own: other tests import all of them into this one.
IMPORTING = """
import sys
import launchlab.cli.app
heavy = {"numpy", "scipy", "locust", "gevent", "playwright", "pydantic", "sqlalchemy", "jinja2"}
print(sorted(heavy & set(sys.modules)))
"""


def test_the_command_line_imports_nothing_heavy_before_a_command_is_called() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", IMPORTING], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
