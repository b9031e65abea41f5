"""Baselines: what a person may put in force, and back in force, and what is on record of it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from lab.kernel import digest
from lab.kernel.baseline import Kind
from lab.kernel.errors import AlteredError, RecordError, UsageError
from lab.kernel.verdict import Outcome
from lab.store.store import Store
from launchlab import baselines, dossiers, rejudging
from launchlab.baselines import Decision
from tests.builders import SPOILT, a_run, a_run_of, a_trial
from tests.stores import a_finding, a_promotion, a_verdict, measured

LAUNCHED = Decision(name="main", why="launched")
BACK = Decision(name="main", why="it was slow in the field")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with three runs that passed: run-1.0, run-1.1 and run-1.2."""
    kept = Store.at(tmp_path)
    for release in ("1.0", "1.1", "1.2"):
        run = measured(kept, a_run_of([0.100, 0.103, 0.099], release=release))
        kept.keep(run, a_verdict(run.id, release=release, findings=(a_finding(),)))
    return kept


def judged(store: Store, run: str, *outcomes: Outcome) -> None:
    findings = tuple(a_finding(outcome) for outcome in outcomes)
    store.records.save_verdict(a_verdict(run, findings=findings))


def promoted(store: Store, *runs: str) -> None:
    for run in runs:
        baselines.promote(store, run, LAUNCHED)


def in_force(store: Store) -> str:
    return baselines.in_force(store, "main").run


def shown(store: Store) -> str:
    to = Console(width=200)
    with to.capture() as capture:
        baselines.show_baseline(store, "main", to)
    return capture.get()


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_promotion_says_who_why_and_what_the_verdict_was(store: Store) -> None:
    baselines.promote(store, "run-1.0", replace(LAUNCHED, by="Ann"))
    baseline = baselines.in_force(store, "main")
    assert (baseline.promoted_by, baseline.why) == ("Ann", "launched")
    assert (baseline.kind, baseline.outcome) == (Kind.PROMOTION, Outcome.PASSED)
    assert not baseline.accepted_regression
    assert baseline.run_digest == digest.of_run(store.records.load_run("run-1.0"))


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.PASSED])
def test_a_run_that_did_not_pass_needs_a_person_to_say_so(store: Store, outcome: Outcome) -> None:
    judged(store, "run-1.0", Outcome.PASSED, outcome)
    with pytest.raises(UsageError, match=rf"is {outcome.value}.*--accept-regression"):
        baselines.promote(store, "run-1.0", LAUNCHED)
    assert store.records.baselines() == []
    baseline = baselines.promote(store, "run-1.0", LAUNCHED, accept_regression=True)
    assert (baseline.outcome, baseline.accepted_regression) == (outcome, True)
    assert f"although {outcome.value.upper()}" in shown(store)


def test_a_run_that_was_never_judged_did_not_pass(store: Store) -> None:
    measured(store, a_run_of([0.1, 0.1, 0.1], release="2.0"))
    with pytest.raises(UsageError, match="never judged"):
        baselines.promote(store, "run-2.0", LAUNCHED)
    baseline = baselines.promote(store, "run-2.0", LAUNCHED, accept_regression=True)
    assert baseline.outcome is None


def test_the_flag_is_no_mark_on_a_run_that_passed(store: Store) -> None:
    baseline = baselines.promote(store, "run-1.0", LAUNCHED, accept_regression=True)
    assert not baseline.accepted_regression


def test_no_flag_makes_up_for_a_reason_or_for_a_sound_trial(store: Store) -> None:
    with pytest.raises(UsageError, match="--why is empty"):
        baselines.promote(store, "run-1.0", replace(LAUNCHED, why=" "), accept_regression=True)
    measured(store, a_run([a_trial(caveats=(SPOILT,))], release="0.7"))
    with pytest.raises(UsageError, match="no sound trial"):
        baselines.promote(store, "run-0.7", LAUNCHED, accept_regression=True)


def test_each_rollback_goes_one_further_back_and_stays_on_record(store: Store) -> None:
    promoted(store, "run-1.0", "run-1.1", "run-1.2")
    back = baselines.rollback(store, BACK)
    assert (back.run, back.release, back.kind, back.why) == ("run-1.1", "1.1", Kind.ROLLBACK, BACK.why)
    assert in_force(store) == "run-1.1"
    assert baselines.rollback(store, BACK).run == "run-1.0"
    with pytest.raises(UsageError, match=r"nothing was in force as 'main' before run 'run-1\.0'"):
        baselines.rollback(store, BACK)
    kinds = [each.kind for each in store.records.baselines()]
    assert kinds == [Kind.PROMOTION] * 3 + [Kind.ROLLBACK] * 2
    assert "rolled back to" in shown(store)


def test_a_rollback_may_go_to_an_earlier_run_and_to_no_other(store: Store) -> None:
    promoted(store, "run-1.0", "run-1.1", "run-1.2")
    for other in ("run-1.2", "run-9"):
        with pytest.raises(UsageError, match=rf"'{other}'.  Known: run-1.0, run-1.1"):
            baselines.rollback(store, BACK, other)
    assert baselines.rollback(store, BACK, "run-1.0").run == "run-1.0"


def test_what_was_rolled_back_may_be_promoted_again(store: Store) -> None:
    promoted(store, "run-1.0", "run-1.1")
    baselines.rollback(store, BACK)
    promoted(store, "run-1.1")
    assert in_force(store) == "run-1.1"
    assert baselines.rollback(store, BACK).run == "run-1.0"


def test_a_rollback_remembers_what_was_accepted_in_spite_of_its_verdict(store: Store) -> None:
    judged(store, "run-1.0", Outcome.FAILED)
    baselines.promote(store, "run-1.0", LAUNCHED, accept_regression=True)
    promoted(store, "run-1.1")
    back = baselines.rollback(store, BACK)
    assert (back.outcome, back.accepted_regression) == (Outcome.FAILED, True)


def test_a_name_that_nobody_promoted_cannot_be_rolled_back(store: Store) -> None:
    promoted(store, "run-1.0")
    with pytest.raises(UsageError, match=r"'mian'.  Known: main"):
        baselines.rollback(store, replace(BACK, name="mian"))


def test_a_clock_that_was_set_back_does_not_undo_a_decision(store: Store) -> None:
    store.promote(a_promotion("run-1.0", at=datetime.now(UTC) + timedelta(days=1)))
    promoted(store, "run-1.1")
    assert in_force(store) == "run-1.1"


@pytest.mark.parametrize(
    ("old", "new"), [('"why": "launched"', '"why": "lunched"'), ('"digest": "sha256:', '"digest": "sha256:0')]
)
def test_a_promotion_that_was_edited_is_an_error_and_never_skipped(store: Store, old: str, new: str) -> None:
    promoted(store, "run-1.0", "run-1.1")
    (path,) = store.records.root.glob("baselines/main/*-run-1.1.json")
    spoil(path, old, new)
    for ask in (lambda: in_force(store), lambda: promoted(store, "run-1.2"), store.records.baselines):
        with pytest.raises(AlteredError, match=rf"{path.name} is not what was written.*is expected"):
            ask()
    # The way out that it names.
    path.rename(store.records.root / "aside.json")
    promoted(store, "run-1.2")
    assert in_force(store) == "run-1.2"


def test_a_promotion_without_its_digest_or_of_another_moment_is_an_error(store: Store) -> None:
    promoted(store, "run-1.0", "run-1.1")
    (path,) = store.records.root.glob("baselines/main/*-run-1.0.json")
    later = path.with_name(path.name.replace("20", "29", 1))
    path.rename(later)
    with pytest.raises(AlteredError, match=rf"{path.name} is expected"):
        in_force(store)
    later.rename(path)
    record = json.loads(path.read_text())
    del record["digest"]
    path.write_text(json.dumps(record))
    with pytest.raises(AlteredError, match="none is expected"):
        store.records.baselines()


def test_half_a_promotion_is_an_error_that_names_its_file(store: Store) -> None:
    promoted(store, "run-1.0")
    (path,) = store.records.root.glob("baselines/main/*.json")
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(RecordError, match=path.name):
        in_force(store)


def test_readings_that_changed_since_the_promotion_are_no_reference(store: Store) -> None:
    promoted(store, "run-1.0", "run-1.1")
    trial = next((store.records.run_folder("run-1.0") / "trials").glob("*-000.json"))
    spoil(trial, '"response_mean": 0.1\n', '"response_mean": 0.2\n')
    expected = store.records.baselines()[0].run_digest
    asks = (
        lambda: store.records.load_reference("run-1.0"),
        lambda: rejudging.judge(store, "run-1.2", ["run-1.0"], None),
        lambda: rejudging.compare(store, "run-1.0", "run-1.2", None),
        lambda: baselines.rollback(store, BACK),
    )
    for ask in asks:
        with pytest.raises(AlteredError, match=rf"run-1\.0 is not what was promoted.*{expected} is expected"):
            ask()
    # The ways out that it names: put back what was, or promote what is.
    spoil(trial, '"response_mean": 0.2\n', '"response_mean": 0.1\n')
    assert store.records.load_reference("run-1.0").id == "run-1.0"
    spoil(trial, '"response_mean": 0.1\n', '"response_mean": 0.3\n')
    promoted(store, "run-1.0")
    assert dossiers.dossier(store, "main").run.id == "run-1.0"


def test_what_may_change_about_a_promoted_run_does_not_change_its_digest(store: Store) -> None:
    promoted(store, "run-1.0")
    run = store.records.load_run("run-1.0")
    store.keep(run, a_verdict("run-1.0", release="1.0", findings=(a_finding(Outcome.FAILED),)))
    store.records.save_trial(run.id, replace(run.trials[0], artifacts=()))
    assert store.records.load_reference("run-1.0").id == "run-1.0"


def test_a_promotion_from_before_digests_is_read_and_can_be_gone_back_to(store: Store) -> None:
    store.promote(a_promotion("run-1.0"))
    (path,) = store.records.root.glob("baselines/main/*.json")
    old = json.loads(path.read_text())
    for later in ("kind", "outcome", "accepted_regression", "run_digest"):
        del old["baseline"][later]
    path.write_text(json.dumps({"format": 1, "kind": "baseline", "baseline": old["baseline"]}))
    assert in_force(store) == "run-1.0"
    assert store.records.load_reference("run-1.0").id == "run-1.0"
    promoted(store, "run-1.1")
    assert baselines.rollback(store, BACK).run_digest == digest.of_run(store.records.load_run("run-1.0"))


def test_a_baseline_is_shown_with_its_reason_verdict_readings_and_forerunners(store: Store) -> None:
    promoted(store, "run-1.0")
    measured(store, a_run_of([0.101, 0.100, 0.102], release="2.0"))
    quicker = Decision(name="main", why="quicker [bold]")
    baselines.promote(store, "run-2.0", quicker, accept_regression=True)
    text = shown(store)
    assert "main: release 2.0, run run-2.0" in text
    assert "quicker [bold]" in text
    assert "not judged" in text
    assert "response mean  101 ms" in text
    assert "100 to 102 ms" in text
    earlier = text[text.index("earlier") :]
    assert "release 1.0, run run-1.0" in earlier
    assert "launched" in earlier
