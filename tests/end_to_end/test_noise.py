"""``doctor --noise``: the plan against itself, in sessions that add up, and what is known then."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.store.records import Records
from tests.commands import launchlab

pytestmark = pytest.mark.end_to_end

PROJECT = """
[subject]
name = "sorting"
url = "http://127.0.0.1:1"
release = "1.0"

[plan]
bench = [{ path = "test_sorting.py", trials = 2 }]

[[targets]]
name = "sorts quickly"
reading = "time_median{test_sorting}"
limit = "1 s"
"""
SORTING = """
def test_sorting(benchmark):
    benchmark.pedantic(sorted, ([3, 1, 2] * 100,), rounds=20)
"""


def test_runs_against_itself_add_up_until_a_stored_baseline_may_decide(tmp_path: Path) -> None:
    (tmp_path / "launchlab.toml").write_text(PROJECT)
    (tmp_path / "test_sorting.py").write_text(SORTING)
    first = launchlab("doctor", "--noise", "--runs", "2", folder=tmp_path)
    assert first.returncode == 5, first.stdout + first.stderr
    assert "only 2 runs of it against itself" in first.stdout
    second = launchlab("doctor", "--noise", "--runs", "3", folder=tmp_path)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "5 runs against itself" in second.stdout
    assert "a side, in turns" in second.stdout or "more than a thousand" in second.stdout
    records = Records(tmp_path / ".launchlab")
    assert len({each.session for each in records.noise()}) == 5
    assert {each.release for each in records.noise()} == {"1.0"}
