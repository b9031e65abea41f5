"""The store: records are the truth, and SQL is made from them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lab.kernel.baseline import Baseline
from lab.kernel.errors import UnwritableError, UsageError
from lab.kernel.verdict import Verdict
from lab.store.database import Database, Source
from lab.store.postgresql import engine_on
from lab.store.records import Records, new_id
from lab.store.rows import KeptRun
from lab.store.store import Store
from tests.builders import START, VISIT, a_run, a_trial


def a_baseline(run: str, *, name: str = "main", minute: int = 0) -> Baseline:
    return Baseline(
        name=name,
        run=run,
        release="1.0",
        promoted_at=START.replace(minute=minute),
        promoted_by="someone",
        why="it keeps its limits",
    )


MARK = "mine"


def opened(folder: Path, address: str | None) -> Database:
    source = Source(mark=MARK)
    return Database(engine_on(address), source) if address else Database.at(folder / "store.sqlite", source)


def a_verdict(run: str) -> Verdict:
    return Verdict(run=run, release="1.1", baselines=(), findings=(), judged_at=START)


def test_a_run_is_read_with_its_trials_in_the_order_they_were_made(tmp_path: Path) -> None:
    records = Records(tmp_path)
    run = a_run([a_trial(1), a_trial(0), a_trial(0, case=VISIT)])
    records.save_run(run)
    for trial in run.trials:
        records.save_trial(run.id, trial)
    loaded = records.load_run(run.id)
    assert {(t.case, t.index) for t in loaded.trials} == {(t.case, t.index) for t in run.trials}
    assert [t.started_at for t in loaded.trials] == sorted(t.started_at for t in run.trials)


def test_a_trials_artifacts_are_found_below_the_runs_folder(tmp_path: Path) -> None:
    records, run = Records(tmp_path), a_run([a_trial()])
    records.save_run(run)
    (records.artifact_folder(run.id, run.trials[0].case, 0) / "log").write_text("hello")
    records.save_trial(run.id, replace(run.trials[0], artifacts=("log",)))
    (name,) = records.load_run(run.id).trials[0].artifacts
    assert (records.run_folder(run.id) / name).read_text() == "hello"


def test_an_unknown_run_is_refused_with_the_newest_known_ones(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.save_run(a_run())
    with pytest.raises(UsageError, match=r"run-1\.1"):
        records.load_run("run-9")


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", ".hidden", "x" * 100, "a\x00b"])
def test_a_name_never_leaves_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        Records(tmp_path).run_folder(name)


def test_a_runs_name_is_safe_whatever_the_release_is_called(tmp_path: Path) -> None:
    for release in ("1.0", "feature/é ../..", "", "x" * 200):
        assert Records(tmp_path).run_folder(new_id(START, release)).parent == tmp_path / "runs"


def test_the_newest_promotion_is_in_force_and_the_earlier_stay_on_record(tmp_path: Path) -> None:
    records = Records(tmp_path)
    assert records.baseline("main") is None
    records.promote(a_baseline("run-a", minute=1))
    records.promote(a_baseline("run-b", minute=2))
    in_force = records.baseline("main")
    assert in_force is not None
    assert in_force.run == "run-b"
    assert [baseline.run for baseline in records.baselines()] == ["run-a", "run-b"]


def test_a_verdict_is_kept_beside_its_run(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.save_run(a_run())
    assert records.load_verdict("run-1.1") is None
    records.save_verdict(a_verdict("run-1.1"))
    assert records.load_verdict("run-1.1") == a_verdict("run-1.1")


def test_runs_are_listed_newest_first_with_their_outcome(tmp_path: Path, address: str | None) -> None:
    database = opened(tmp_path, address)
    older = replace(a_run([a_trial()]), id="older", started_at=START.replace(hour=1))
    database.keep(KeptRun(run=older))
    database.keep(KeptRun(run=replace(a_run([a_trial()]), id="newer"), verdict=a_verdict("newer")))
    assert [(line.id, line.outcome) for line in database.newest(5)] == [
        ("newer", "inconclusive"),
        ("older", None),
    ]


def test_keeping_a_run_again_replaces_it(tmp_path: Path, address: str | None) -> None:
    database = opened(tmp_path, address)
    database.keep(KeptRun(run=replace(a_run([a_trial()]), partial=True)))
    database.keep(KeptRun(run=a_run([a_trial(0), a_trial(1)])))
    (line,) = database.newest(5)
    assert not line.partial


def test_sql_rebuilt_from_the_records_lists_the_same(tmp_path: Path, address: str | None) -> None:
    database = opened(tmp_path, address)
    run = a_run([a_trial(0), a_trial(1, case=VISIT)])
    kept = KeptRun(run=run, verdict=a_verdict(run.id))
    database.keep(kept)
    before = database.newest(5)
    again = Source(mark=MARK, runs=[kept], promotions=[a_baseline(run.id)])
    assert not database.rebuild(again).told()
    assert database.newest(5) == before


def test_sql_that_cannot_be_written_costs_no_record(tmp_path: Path) -> None:
    store = Store.at(tmp_path)
    (tmp_path / "store.sqlite").unlink()
    (tmp_path / "store.sqlite").mkdir()
    store.keep(a_run())
    store.promote(a_baseline("run-1.1"))
    assert store.records.runs() == ["run-1.1"]
    assert store.records.baseline("main") == a_baseline("run-1.1")
    with pytest.raises(UnwritableError, match="records are untouched"):
        store.rebuild()


@contextmanager
def folders_opened() -> Iterator[list[Path]]:
    """Yield a list of the folders that are opened meanwhile, which is what it takes to sync one."""
    opened: list[Path] = []
    listening = True

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event == "open" and isinstance(arguments[0], str):
            opened.append(Path(arguments[0]))

    # It cannot be removed, so it is told when to stop.
    sys.addaudithook(hear)
    try:
        yield opened
    finally:
        listening = False


def test_a_new_folder_is_synced_into_the_one_above_it(tmp_path: Path) -> None:
    records = Records(tmp_path / "a" / "store")
    with folders_opened() as opened:
        records.save_run(a_run())
    runs = records.root / "runs"
    assert {tmp_path, tmp_path / "a", records.root, runs, runs / "run-1.1"} <= set(opened)
