"""Verdicts from records: nothing is measured, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab.kernel.baseline import Baseline
from lab.kernel.errors import UsageError
from lab.kernel.model import Run
from lab.kernel.verdict import Outcome
from lab.store.store import Store
from launchlab import judging, rejudging
from tests.builders import START, a_run_of

PROJECT = """
[subject]
name = "tour"
release = "1.1"
url = "http://127.0.0.1:9"

[[targets]]
name = "quick"
reading = "response_mean"
limit = "LIMIT"
drift = { fail = "25 %", accept = "50 %" }
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    kept = Store.at(tmp_path / "store")
    for release, values in (("1.0", [0.100, 0.103, 0.099]), ("1.1", [0.101, 0.100, 0.102])):
        kept_run(kept, a_run_of(values, release=release))
    return kept


def kept_run(store: Store, run: Run) -> None:
    for trial in run.trials:
        store.records.save_trial(run.id, trial)
    store.keep(run)


def project(folder: Path, limit: str) -> Path:
    path = folder / "launchlab.toml"
    path.write_text(PROJECT.replace("LIMIT", limit))
    return path


def outcome(store: Store, run: str) -> Outcome:
    verdict = store.records.load_verdict(run)
    assert verdict is not None
    return verdict.outcome


def test_a_run_is_judged_again_with_the_targets_as_they_are_now(store: Store, tmp_path: Path) -> None:
    assert rejudging.judge(store, "run-1.1", ["run-1.0"], project(tmp_path, "200 ms")) == 0
    assert outcome(store, "run-1.1") is Outcome.PASSED
    assert rejudging.judge(store, "run-1.1", ["run-1.0"], project(tmp_path, "50 ms")) == 3
    assert outcome(store, "run-1.1") is Outcome.FAILED


def test_a_baseline_is_found_by_its_name_and_an_unknown_one_refused(store: Store) -> None:
    baseline = Baseline(
        name="main", run="run-1.0", release="1.0", promoted_at=START, promoted_by="someone", why="the first"
    )
    store.promote(baseline)
    assert rejudging.promoted(store, "main") == "run-1.0"
    with pytest.raises(UsageError, match="main"):
        rejudging.promoted(store, "mian")


def test_a_run_that_lost_trials_is_no_longer_a_pass(store: Store, tmp_path: Path) -> None:
    lost, *_ = (store.records.run_folder("run-1.1") / "trials").glob("*-000.json")
    lost.unlink()
    assert rejudging.judge(store, "run-1.1", ["run-1.0"], project(tmp_path, "200 ms")) == 4
    assert store.records.load_run("run-1.1").partial


def test_reporting_a_run_that_was_never_judged_leaves_it_unjudged(store: Store) -> None:
    page = judging.report(store, ["run-1.0"])
    assert page.read_text().startswith("<!doctype html>")
    assert store.records.load_verdict("run-1.0") is None


def test_sql_made_again_from_the_records_says_the_same(store: Store, tmp_path: Path) -> None:
    rejudging.judge(store, "run-1.1", ["run-1.0"], project(tmp_path, "200 ms"))
    kept_run(store, replace(a_run_of([0.1], release="2.0"), started_at=START.replace(day=24)))
    before = store.database.newest(9)
    assert store.rebuild().runs == 3
    assert store.database.newest(9) == before
