"""``gate --until-decided``: trials are added at planned looks, and the record says which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.store.records import Records
from tests.commands import a_project, launchlab

pytestmark = pytest.mark.end_to_end


def test_trials_are_added_at_planned_looks_within_the_budget(tmp_path: Path) -> None:
    folder = a_project(tmp_path)
    project = folder / "launchlab.toml"
    # A change that two trials a side cannot tell from none.
    project.write_text(
        project.read_text().replace('fail = "25 %", accept = "50 %"', 'fail = "1 %", accept = "2 %"')
    )
    asked = ("gate", "--against", "1.0", "--until-decided", "--budget", "90s", "--json")
    ended = launchlab(*asked, folder=folder)
    assert ended.returncode in (0, 3, 4, 5), ended.stdout + ended.stderr
    told = json.loads(ended.stdout)
    assert told["looks"][:2] == [2, 4]
    assert "up to" in ended.stderr
    assert "look 1: " in ended.stderr
    records = Records(folder / ".launchlab")
    for run in map(records.load_run, records.runs()):
        assert run.look == told["look"]
        assert not run.partial
        assert len(run.trials) >= 2 * run.look
        # Rounds are numbered through, over all looks and spare rounds.
        assert [trial.index for trial in run.trials] == list(range(len(run.trials)))
