"""The SQL store is made from the records: the same from any history, and from whatever is left of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lab.kernel import record
from lab.kernel.model import Trial
from lab.store.failures import of_run, reasons
from lab.store.store import Store
from tests.builders import SPOILT, START, a_run, a_run_of, a_trial
from tests.stores import REFUSED, a_promotion, a_verdict, content, measured


@pytest.fixture
def store(tmp_path: Path, address: str | None) -> Store:
    """Return a store with a history, on either database."""
    return lived(Store.at(tmp_path, address))


@pytest.fixture
def filed(tmp_path: Path) -> Store:
    """Return a store with a history, in a file."""
    return lived(Store.at(tmp_path))


def lived(kept: Store) -> Store:
    """Keep, keep again, promote twice, judge twice."""
    old = measured(kept, a_run_of([0.1, 0.11], release="1.0"))
    new = measured(kept, a_run([a_trial(0), a_trial(1, caveats=(SPOILT,))]))
    kept.keep(old, a_verdict(old.id, release="1.0"))
    kept.promote(a_promotion(old.id))
    kept.promote(a_promotion(old.id, at=START + timedelta(microseconds=1)))
    kept.keep(new, a_verdict(new.id, baselines=(old.id,)))
    kept.keep(new, a_verdict(new.id))
    # Kept again without a verdict: the one on record stands.
    kept.keep(old)
    return kept


def test_a_rebuilt_store_has_the_same_rows(store: Store, address: str | None) -> None:
    root = store.records.root
    before = content(root, address)
    assert all(before.values())
    rebuilt = store.rebuild()
    assert (rebuilt.runs, rebuilt.left_out) == (2, ())
    assert content(root, address) == before


def test_a_store_made_again_from_nothing_has_the_same_rows(filed: Store) -> None:
    root = filed.records.root
    before = content(root)
    (root / "store.sqlite").unlink()
    Store.at(root).rebuild()
    assert content(root) == before


def test_a_damaged_sql_file_is_put_aside_and_made_again(filed: Store) -> None:
    root = filed.records.root
    before = content(root)
    (root / "store.sqlite").write_bytes(b"this is no database" * 100)
    (root / "store.sqlite-journal").write_bytes(b"of that file")
    Store.at(root)
    assert content(root) == before
    assert (root / "store.damaged").exists()


def damage_below_the_schema(path: Path) -> None:
    """Spoil every page but the first, which holds the schema, so that the file still opens."""
    with path.open("r+b") as file:
        size = int.from_bytes(file.read(18)[16:], "big")
        file.seek(size)
        file.write(b"\xff" * (path.stat().st_size - size))


def test_a_rebuild_puts_a_file_aside_that_turns_out_to_be_damaged(filed: Store) -> None:
    root = filed.records.root
    before = content(root)
    damage_below_the_schema(root / "store.sqlite")
    rebuilt = filed.rebuild()
    assert (rebuilt.runs, rebuilt.left_out) == (2, ())
    assert content(root) == before
    assert (root / "store.damaged").exists()
    filed.promote(a_promotion("run-1.0", at=START + timedelta(days=1)))
    assert len(content(root)["deployment_history"]) == 5


def test_a_promotion_that_sql_cannot_hold_costs_no_other_and_is_named(
    store: Store, address: str | None
) -> None:
    unheld = replace(a_promotion("run-1.0", at=START + timedelta(days=1)), why="\udcff")
    store.promote(unheld)
    rebuilt = store.rebuild()
    assert rebuilt.runs == 2
    (told,) = rebuilt.left_out
    assert told.startswith("the promotion of run-1.0 as main: 'utf-8' codec")
    assert len(content(store.records.root, address)["deployment_history"]) == 4


@pytest.mark.parametrize("name", ["run.json", "trials/*-000.json"])
def test_a_damaged_record_costs_its_own_run_and_is_named(store: Store, name: str) -> None:
    (path,) = store.records.run_folder("run-1.0").glob(name)
    path.write_text(path.read_text()[:100])
    rebuilt = store.rebuild()
    assert rebuilt.runs == 1
    (told,) = rebuilt.left_out
    assert str(path) in told
    assert [line.id for line in store.database.newest(9)] == ["run-1.1"]
    assert path.exists()


def test_a_damaged_verdict_leaves_its_run_unjudged_and_is_named(store: Store) -> None:
    path = store.records.run_folder("run-1.1") / "verdict.json"
    path.write_text("{")
    rebuilt = store.rebuild()
    assert rebuilt.runs == 2
    assert str(path) in rebuilt.left_out[0]
    assert {line.id: line.outcome for line in store.database.newest(9)}["run-1.1"] is None


def test_a_damaged_promotion_costs_no_other(store: Store, address: str | None) -> None:
    first, _ = sorted(store.records.promotions())
    first.write_bytes(b"\xff\xfe")
    rebuilt = store.rebuild()
    assert str(first) in rebuilt.left_out[0]
    assert len(content(store.records.root, address)["deployment_history"]) == 3


def test_a_record_that_sql_cannot_hold_costs_its_own_run(store: Store) -> None:
    path = next(store.records.run_folder("run-1.0").glob("trials/*-000.json"))
    record.write(path.with_name("twice.json"), replace(record.read(path, Trial), duration=1.0))
    rebuilt = store.rebuild()
    assert rebuilt.runs == 1
    assert re.match(r"run run-1\.0: (UNIQUE constraint failed|duplicate key)", rebuilt.left_out[0])


def test_a_folder_that_was_renamed_is_not_taken_for_another_run(store: Store) -> None:
    folder = store.records.run_folder("run-1.0")
    folder.rename(folder.with_name("copy"))
    assert "is of run 'run-1.0'" in store.rebuild().left_out[0]


def test_what_a_crash_left_behind_is_nobodys_record(store: Store, address: str | None) -> None:
    root = store.records.root
    before = content(root, address)
    folder = store.records.run_folder("run-1.0")
    (folder / ".verdict.json.77.partial").write_text("{")
    (folder / "trials" / ".x-000.json.partial").write_text("{")
    (root / "baselines" / "main" / ".y.json.partial").write_text("{")
    removed = root / "runs" / ".gone.removed"
    removed.mkdir()
    (removed / "run.json").write_text("{")
    assert store.rebuild().left_out == ()
    assert content(root, address) == before


def test_failures_are_rows_of_the_run_that_saw_them(store: Store, address: str | None) -> None:
    rows = content(store.records.root, address)["error_logs"]
    case = "browse at demo"
    assert rows[0] == ("run-1.0", case, 0, 0, REFUSED["endpoint"], "HTTP 503", 7, "no room")
    assert len(rows) == 4


@pytest.mark.parametrize(
    "failures",
    [
        None,
        {"endpoint": "x"},
        [{"endpoint": "x"}],
        [{**REFUSED, "count": -1}],
        [{**REFUSED, "count": 10**30}],
        ["a"] * 3,
    ],
)
def test_a_damaged_list_of_failures_has_no_rows(
    tmp_path: Path, address: str | None, failures: object
) -> None:
    store = Store.at(tmp_path, address)
    measured(store, a_run_of([0.1]), failures)
    assert store.rebuild().left_out == ()
    assert content(tmp_path, address)["error_logs"] == []
    assert len(content(tmp_path, address)["trial"]) == 1


def test_failures_are_stored_whatever_the_subject_said(tmp_path: Path, address: str | None) -> None:
    store = Store.at(tmp_path, address)
    hostile = {**REFUSED, "example": "\ud800\x00'; DROP TABLE run; --" + "x" * 9_000}
    measured(store, a_run_of([0.1]), [hostile, hostile])
    rows = content(tmp_path, address)["error_logs"]
    assert len(rows) == 2
    assert len(rows[0][-1]) < 2_001
    assert "\x00" not in rows[0][-1]


def test_a_run_tells_its_reasons_over_all_trials_the_most_frequent_first(tmp_path: Path) -> None:
    store = Store.at(tmp_path)
    rare = {**REFUSED, "what": "HTTP 500", "count": 10}
    run = measured(store, a_run_of([0.1, 0.2]), [rare, REFUSED])
    told = reasons(of_run(store.records.run_folder(run.id), run))
    assert [(reason.what, reason.count) for reason in told] == [("HTTP 500", 20), ("HTTP 503", 14)]


def test_a_trial_names_no_failures_outside_its_run(tmp_path: Path, address: str | None) -> None:
    store = Store.at(tmp_path / "store", address)
    run = measured(store, a_run_of([0.1]), [])
    (tmp_path / "failures.json").write_text("[" + str(REFUSED).replace("'", '"') + "]")
    store.records.save_trial(run.id, replace(run.trials[0], artifacts=("../../../../../failures.json",)))
    store.rebuild()
    assert content(tmp_path / "store", address)["error_logs"] == []


def test_two_promotions_within_a_second_are_two_and_the_later_is_in_force(store: Store) -> None:
    store.promote(a_promotion("run-0.9", at=START + timedelta(microseconds=2)))
    in_force = store.records.baseline("main")
    assert in_force is not None
    assert in_force.run == "run-0.9"
    assert len(store.records.baselines()) == 3
