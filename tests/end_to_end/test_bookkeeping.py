"""Locust's own statistics, kept in batches: what they say is what Locust would have said."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.commands import ROOT

pytestmark = pytest.mark.end_to_end


def test_statistics_kept_in_batches_are_those_that_locust_keeps_itself() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.locust_books"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )
    assert ended.returncode == 0, ended.stderr
