"""Fifty sessions killed outright at random moments, in one store: at most the trial in flight is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from random import Random

import pytest

from lab.store.records import Records
from lab.store.store import Store
from launchlab import judging, project
from tests.commands import BRIEF, a_project, launchlab
from tests.kills import TRIALS, Killed, killed, length_of_a_session

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(1800)]

KILLS = 50
# Every so many kills the commands themselves go over the store, not only their functions.
OFTEN = 10


def test_a_kill_at_any_moment_loses_at_most_the_trial_in_flight(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_project(tmp_path, BRIEF)
    choose = Random(20261123)  # noqa: S311  (moments, not secrets)
    length = length_of_a_session(folder)
    seen = []
    for number in range(KILLS):
        seen.append(killed(folder, choose.uniform(0, length)))
        the_store_is_whole(folder, seen, by_command=number % OFTEN == OFTEN - 1)
    # The moments reached all of its life: before the run was opened, between trials, at the end.
    assert {killed.kept for killed in seen} >= set(range(TRIALS + 1))
    assert any(killed.run is None for killed in seen)
    with capsys.disabled():
        print(f"\n{summary(seen)}")  # noqa: T201  (the figures are what this proof is for)


def the_store_is_whole(folder: Path, seen: list[Killed], *, by_command: bool) -> None:
    """Check that every run so far is as it was found after its kill, and can be judged and reported."""
    root = folder / ".launchlab"
    runs = [killed.run for killed in seen if killed.run is not None]
    records = Records(root)
    for run in runs:
        assert records.load_run(run.id).trials == run.trials
    store = Store.at(root)
    assert not list(root.glob("*.damaged"))
    # One more: the session that was let live.
    rebuilt = store.rebuild()
    assert (rebuilt.runs, rebuilt.left_out) == (len(runs) + 1, ())
    assert {line.id for line in store.database.newest(KILLS + 1)} >= {run.id for run in runs}
    with sqlite3.connect(root / "store.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    if runs:
        targets = project.load(folder / "launchlab.toml").targets
        store.keep(runs[-1], judging.judge(runs[-1], targets))
        assert judging.report(store, [runs[-1].id]).exists()
    if runs and by_command:
        arguments = ("judge", runs[-1].id, "--project", "launchlab.toml")
        assert launchlab(*arguments, folder=folder).returncode in (0, 4, 5)
        assert launchlab("report", runs[-1].id, folder=folder).returncode == 0
        assert launchlab("store", "rebuild", folder=folder).returncode == 0


def summary(seen: list[Killed]) -> str:
    kept = sum(killed.kept for killed in seen)
    unfinished = sum(killed.run is not None and killed.kept < TRIALS for killed in seen)
    early = sum(killed.run is None for killed in seen)
    return (
        f"{len(seen)} kills: {kept} finished trials kept, none lost; {unfinished} killed with a trial to be "
        f"made, {early} before the run was opened, {len(seen) - unfinished - early} while judging or after"
    )
