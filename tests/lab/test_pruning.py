"""Pruning: what may go goes whole, and what anybody still needs stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lab.kernel.baseline import Kind
from lab.kernel.errors import RecordError, UnwritableError
from lab.kernel.model import Run, Subject
from lab.store import pruning
from lab.store.pruning import Kept, Removal, Rule, superfluous
from lab.store.store import Store
from tests.builders import START, a_run_of
from tests.stores import a_promotion, a_verdict, content, measured

NOW = START + timedelta(days=100)
NEWEST = Rule(keep=1)


def made(name: str, days_ago: float, *, subject: str = "tour", partial: bool = False) -> Run:
    return replace(
        a_run_of([0.1]),
        id=name,
        session=f"session-{name}",
        subject=Subject(name=subject, release="1.1", url=""),
        started_at=NOW - timedelta(days=days_ago),
        partial=partial,
    )


def days(number: float) -> Rule:
    return Rule(age=timedelta(days=number))


def going(runs: Iterable[Run], rule: Rule, promoted: set[str] | None = None) -> list[str]:
    return superfluous([Kept(run=run) for run in runs], promoted or set(), rule, NOW)


def test_the_newest_of_each_subject_stay() -> None:
    runs = [made("a", 3), made("b", 2), made("c", 1), made("other", 9, subject="shop")]
    assert going(runs, Rule(keep=2)) == ["a"]


def test_what_is_young_enough_stays() -> None:
    assert going([made("old", 31), made("young", 29)], days(30)) == ["old"]


def test_a_run_goes_when_no_part_of_the_rule_keeps_it() -> None:
    runs = [made("old", 40), made("older", 50), made("oldest", 60), made("young", 1)]
    assert going(runs, Rule(keep=2, age=timedelta(days=30))) == ["oldest", "older"]


def test_a_promoted_run_stays_whatever_its_age() -> None:
    assert going([made("accepted", 99), made("other", 99)], days(1), {"accepted"}) == ["other"]


def test_what_a_staying_verdict_was_reached_against_stays_and_so_on() -> None:
    runs = [
        Kept(run=made("first", 50)),
        Kept(run=made("second", 40), baselines=("first", "not here")),
        Kept(run=made("third", 2), baselines=("second",)),
        Kept(run=made("stranger", 45), baselines=("first",)),
    ]
    assert superfluous(runs, set(), Rule(keep=1), NOW) == ["stranger"]


def test_a_partial_run_of_today_may_be_in_flight_and_stays() -> None:
    runs = [made("flying", 0.9, partial=True), made("landed", 0.9), made("fallen", 1.1, partial=True)]
    assert going([*runs, made("new", 0)], Rule(keep=1)) == ["fallen", "landed"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with the runs *old*, *accepted* and *new*, and logs of each one's session."""
    kept = Store.at(tmp_path)
    for name, age in (("old", 60), ("accepted", 50), ("new", 2)):
        measured(kept, made(name, age))
        logs = kept.records.session_folder(f"session-{name}")
        logs.mkdir(parents=True)
        (logs / "1.1.log").write_text("ready\n")
    kept.promote(a_promotion("accepted"))
    kept.keep(kept.records.load_run("new"), a_verdict("new"))
    return kept


def aged(folder: Path, moment: datetime) -> None:
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (moment.timestamp(), moment.timestamp()))


def found(store: Store, rule: Rule = NEWEST, *, artifacts_only: bool = False) -> list[Removal]:
    for folder in store.records.root.glob("sessions/*"):
        aged(folder, NOW - timedelta(days=2))
    return pruning.removals(store.records, rule, NOW, artifacts_only=artifacts_only)


def test_what_would_go_is_told_with_its_size(store: Store) -> None:
    run, logs = found(store)
    assert (run.what, run.run) == ("run old", "old")
    assert run.size == sum(path.stat().st_size for path in run.folder.rglob("*") if path.is_file())
    assert (logs.what, logs.size) == ("logs of session-old", 6)


def test_what_goes_is_gone_from_records_and_sql_and_a_rebuild_changes_nothing(store: Store) -> None:
    pruning.remove(store, found(store))
    assert store.records.runs() == ["accepted", "new"]
    assert sorted(path.name for path in store.records.root.glob("runs/.*")) == []
    assert sorted(path.name for path in store.records.root.glob("sessions/*")) == [
        "session-accepted",
        "session-new",
    ]
    before = content(store.records.root)
    assert {row[0] for row in before["trial"]} == {"accepted", "new"}
    assert store.rebuild().left_out == ()
    assert content(store.records.root) == before


def test_artifacts_go_and_the_records_and_their_rows_stay(store: Store) -> None:
    before = content(store.records.root)
    run = store.records.load_run("old")
    (removal,) = found(store, artifacts_only=True)
    assert removal.run is None
    pruning.remove(store, [removal])
    assert store.records.load_run("old") == run
    assert not list(store.records.run_folder("old").rglob("*.log"))
    assert list(store.records.run_folder("new").rglob("*.log"))
    assert store.rebuild().left_out == ()
    assert content(store.records.root) == before
    assert found(store, artifacts_only=True) == []


def test_a_pruning_that_was_killed_is_finished_by_the_next(store: Store) -> None:
    (run, *_) = found(store)
    # As far as a kill in the midst of deleting leaves it.
    aside = run.folder.with_name(".old.removed")
    run.folder.rename(aside)
    (aside / "verdict.json").unlink(missing_ok=True)
    assert store.records.runs() == ["accepted", "new"]
    assert store.rebuild().left_out == ()
    aged(aside, NOW - timedelta(days=2))
    pruning.remove(store, found(store))
    assert not aside.exists()


def test_a_run_that_was_promoted_since_it_was_listed_stays(store: Store) -> None:
    listed = found(store)
    store.promote(a_promotion("old", at=NOW))
    assert [removal.what for removal in pruning.remove(store, listed)] == ["logs of session-old"]
    assert store.records.has("old")
    assert "old" in {row[0] for row in content(store.records.root)["run"]}


def test_a_run_stays_that_was_promoted_once_under_any_name(store: Store) -> None:
    store.promote(a_promotion("old", name="pinned"))
    store.promote(a_promotion("new", at=NOW))
    store.promote(replace(a_promotion("accepted", at=NOW + timedelta(days=1)), kind=Kind.ROLLBACK))
    # In force are "accepted" and "old"; "new" was taken back, and can be gone back to.
    assert found(store, Rule(age=timedelta(0))) == []


def test_what_another_process_removed_meanwhile_is_passed_over(store: Store) -> None:
    listed = found(store)
    assert pruning.remove(store, listed) == listed
    assert pruning.remove(store, listed) == []


def test_a_leftover_of_an_earlier_crash_is_in_nobodys_way(store: Store) -> None:
    (run, *_) = found(store)
    shutil.copytree(run.folder, run.folder.with_name(".old.removed"))
    assert pruning.remove(store, [run]) == [run]
    assert not store.records.has("old")


def test_sql_forgets_what_a_killed_pruning_removed(store: Store) -> None:
    (run, *_) = found(store)
    run.folder.rename(run.folder.with_name(".old.77.removed"))
    before = content(store.records.root)
    assert "old" in {row[0] for row in before["run"]}
    store.forget_removed()
    assert {row[0] for row in content(store.records.root)["run"]} == {"accepted", "new"}


def test_sql_that_is_damaged_keeps_no_run_from_going(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    listed = found(store)
    (store.records.root / "store.sqlite").write_bytes(b"this is no database" * 100)
    assert pruning.remove(store, listed) == listed
    assert "store rebuild" in caplog.text


def test_what_cannot_be_removed_is_told_in_words(store: Store) -> None:
    (run, *_) = found(store)
    # A file where a folder is meant.
    odd = store.records.root / "sessions" / "odd"
    odd.touch()
    with pytest.raises(UnwritableError, match="sessions/odd: Not a directory"):
        pruning.remove(store, [run, Removal(folder=odd, what="logs of odd", size=0)])
    assert not store.records.has("old")
    assert "old" not in {row[0] for row in content(store.records.root)["run"]}


def test_logs_of_a_session_that_has_no_run_yet_stay(store: Store) -> None:
    young = store.records.session_folder("session-starting")
    young.mkdir()
    for folder in store.records.root.glob("sessions/*"):
        aged(folder, NOW)
    listed = pruning.removals(store.records, Rule(keep=1), NOW, artifacts_only=False)
    assert [removal.what for removal in listed] == ["run old"]


@pytest.mark.parametrize("name", ["runs/new/verdict.json", "runs/old/run.json", "baselines/main/*.json"])
def test_nothing_goes_while_a_record_cannot_be_read(store: Store, name: str) -> None:
    (path,) = store.records.root.glob(name)
    path.write_text("{")
    with pytest.raises(RecordError, match="Nothing goes while it is there"):
        found(store)
