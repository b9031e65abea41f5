"""Baselines as files: what was accepted travels whole, and arrives as what it was or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lab.kernel import digest
from lab.kernel.errors import LabError, UsageError
from lab.store.store import Store
from launchlab import baselines, dossiers, judging, rejudging
from launchlab.baselines import Decision
from tests.builders import a_run_of
from tests.stores import a_verdict, content, measured

PROJECT = """
[subject]
name = "tour"
release = "1.1"
url = "http://127.0.0.1:9"

[[targets]]
name = "quick"
reading = "response_mean"
limit = "200 ms"
drift = { fail = "25 %", accept = "50 %" }
"""
ACCEPTED = Decision(name="main", why="it keeps its limits")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    kept = Store.at(tmp_path / "store")
    run = measured(kept, a_run_of([0.100, 0.103, 0.099], release="1.0"))
    kept.keep(run, a_verdict(run.id, release="1.0", baselines=("run-0.9",)))
    baselines.promote(kept, run.id, ACCEPTED, accept_regression=True)
    measured(kept, a_run_of([0.101, 0.100, 0.102]))
    return kept


@pytest.fixture
def elsewhere(tmp_path: Path) -> Store:
    return Store.at(tmp_path / "elsewhere")


@pytest.fixture
def exported(store: Store, tmp_path: Path) -> Path:
    path = dossiers.export(store, "main", str(tmp_path / "main.baseline.json"), overwrite=False)
    assert path is not None
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "launchlab.toml"
    path.write_text(PROJECT)
    return path


def test_a_strangers_reason_does_not_act_on_the_terminal(elsewhere: Store, exported: Path) -> None:
    dossiers.bring_in(elsewhere, exported, None, "\x1b[2Jgone\u202e")
    to = Console(width=200)
    with to.capture() as capture:
        baselines.show_baseline(elsewhere, "main", to)
    assert "\x1b" not in capture.get()
    assert "gone" in capture.get()


@pytest.mark.parametrize("ask", [baselines.in_force, dossiers.dossier])
def test_an_unknown_baseline_is_refused_with_the_known(store: Store, ask: Callable[..., Any]) -> None:
    with pytest.raises(UsageError, match=r"'mian'.  Known: main"):
        ask(store, "mian")


def test_an_imported_baseline_is_the_run_that_was_exported(
    store: Store, elsewhere: Store, exported: Path
) -> None:
    baseline, new = dossiers.bring_in(elsewhere, exported, None, None)
    assert new
    assert (baseline.name, baseline.run, baseline.release) == ("main", "run-1.0", "1.0")
    assert baseline.why == "imported: it keeps its limits"
    assert baseline.accepted_regression
    assert baseline.promoted_at > baselines.in_force(store, "main").promoted_at
    there, here = store.records.load_run("run-1.0"), elsewhere.records.load_run("run-1.0")
    assert [trial.readings for trial in here.trials] == [trial.readings for trial in there.trials]
    assert (here.session, here.environment) == (there.session, there.environment)
    assert elsewhere.records.load_verdict("run-1.0") == store.records.load_verdict("run-1.0")
    before = content(elsewhere.records.root)
    assert elsewhere.rebuild().left_out == ()
    assert content(elsewhere.records.root) == before
    # Its verdict was reached against a run that is not here; the page is made all the same.
    assert judging.report(elsewhere, ["run-1.0"]).exists()


def test_importing_again_changes_nothing(elsewhere: Store, exported: Path) -> None:
    first, _ = dossiers.bring_in(elsewhere, exported, None, None)
    assert dossiers.bring_in(elsewhere, exported, None, None) == (first, False)
    assert len(elsewhere.records.baselines()) == 1


def test_an_imported_baseline_may_have_another_name_and_reason(elsewhere: Store, exported: Path) -> None:
    baseline, _ = dossiers.bring_in(elsewhere, exported, "theirs", "the team's word")
    assert (baseline.name, baseline.why) == ("theirs", "imported: the team's word")


def test_an_import_that_was_killed_is_finished_by_the_next(
    elsewhere: Store, store: Store, exported: Path
) -> None:
    # The run's own record is written last.
    elsewhere.records.save_trial("run-1.0", store.records.load_run("run-1.0").trials[0])
    assert elsewhere.records.runs() == []
    dossiers.bring_in(elsewhere, exported, None, None)
    assert len(elsewhere.records.load_run("run-1.0").trials) == 3


def test_a_run_that_is_here_with_other_content_is_refused(elsewhere: Store, exported: Path) -> None:
    measured(elsewhere, a_run_of([0.2, 0.2, 0.2], release="1.0"))
    before = content(elsewhere.records.root)
    with pytest.raises(UsageError, match=r"'run-1\.0'.*is here with other content"):
        dossiers.bring_in(elsewhere, exported, None, None)
    assert content(elsewhere.records.root) == before
    assert elsewhere.records.baselines() == []


def test_an_export_overwrites_only_when_it_is_told_to(store: Store, exported: Path) -> None:
    before = exported.read_text()
    with pytest.raises(UsageError, match="--overwrite"):
        dossiers.export(store, "main", str(exported), overwrite=False)
    dossiers.export(store, "main", str(exported), overwrite=True)
    assert exported.read_text() == before


def test_an_export_has_a_name_of_its_own_or_goes_to_standard_output(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = dossiers.export(store, "main", None, overwrite=False)
    assert path == Path("main.baseline.json")
    assert dossiers.export(store, "main", "-", overwrite=False) is None
    assert json.loads(capsys.readouterr().out) == json.loads(path.read_text())


def test_no_names_of_artifacts_travel(exported: Path) -> None:
    trials = json.loads(exported.read_text())["dossier"]["run"]["trials"]
    assert [trial["artifacts"] for trial in trials] == [[], [], []]


def changed(**changes: object) -> Callable[[dict[str, Any]], None]:
    def change(envelope: dict[str, Any]) -> None:
        for place, value in changes.items():
            *path, last = place.split("__")
            table: Any = envelope
            for key in path:
                table = table[int(key) if key.isdigit() else key]
            table[int(last) if last.isdigit() else last] = value

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (changed(format=99), "format 99"),
        (changed(kind="run"), "is a run record"),
        (changed(dossier__run__trials__0__duration="long"), r"damaged at dossier\.run\.trials\.0\.duration"),
        (changed(dossier__run__trials__0__readings={"response_mean": float("nan")}), "not a dossier|finite"),
        (changed(dossier__run__trials__0__index=1), "at odds with itself"),
        (changed(dossier__run__id="run-2.0"), "at odds with itself"),
        (changed(dossier__run__trials__0__readings={"response_mean": 0.2}), "at odds with itself"),
        (changed(dossier__verdict__run="run-2.0"), "at odds with itself"),
        (
            changed(
                dossier__run__id="../../x",
                dossier__baseline__run="../../x",
                dossier__baseline__run_digest=None,
                dossier__verdict=None,
            ),
            "name",
        ),
        (changed(dossier__baseline__name="../../x"), "cannot be the name of a baseline"),
        (
            changed(dossier__run__session="../../x", dossier__baseline__run_digest=None),
            "cannot be the name of a session",
        ),
        (changed(dossier__run__partial=True), "partial"),
        (changed(dossier__run__trials=[], dossier__baseline__run_digest=None), "no sound trial"),
    ],
)
def test_a_file_that_is_not_what_was_exported_is_refused_and_nothing_is_kept(
    elsewhere: Store, exported: Path, change: Callable[[dict[str, Any]], None], told: str
) -> None:
    envelope = json.loads(exported.read_text())
    change(envelope)
    # Whoever makes such a file can make its digest too.
    exported.write_text(json.dumps({**envelope, "digest": digest.of(envelope["dossier"])}))
    with pytest.raises(LabError, match=told):
        dossiers.bring_in(elsewhere, exported, None, None)
    assert not list(elsewhere.records.root.rglob("*.json"))


@pytest.mark.parametrize(
    "change",
    [
        changed(dossier__run__trials__0__readings={"response_mean": 0.2}),
        changed(dossier__baseline__why="because"),
        changed(dossier__verdict=None),
        changed(digest="sha256:0"),
        changed(digest=None),
    ],
)
def test_a_file_that_was_edited_is_refused_with_what_was_expected(
    elsewhere: Store, exported: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    envelope = json.loads(exported.read_text())
    change(envelope)
    exported.write_text(json.dumps(envelope))
    expected = re.escape(str(envelope["digest"]))
    with pytest.raises(UsageError, match=rf"main\.baseline\.json is not what.*{expected} is expected"):
        dossiers.bring_in(elsewhere, exported, None, None)
    assert not list(elsewhere.records.root.rglob("*.json"))


def test_a_file_that_was_only_laid_out_anew_is_what_it_was(elsewhere: Store, exported: Path) -> None:
    exported.write_text(json.dumps(json.loads(exported.read_text()), sort_keys=True, indent=4))
    assert dossiers.bring_in(elsewhere, exported, None, None)[1]


def test_a_file_from_before_digests_is_read(elsewhere: Store, exported: Path) -> None:
    envelope = json.loads(exported.read_text())
    del envelope["digest"]
    for later in ("kind", "outcome", "accepted_regression", "run_digest"):
        del envelope["dossier"]["baseline"][later]
    exported.write_text(json.dumps({**envelope, "format": 1}))
    baseline, _ = dossiers.bring_in(elsewhere, exported, None, None)
    assert baseline.run_digest == digest.of_run(elsewhere.records.load_run("run-1.0"))


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", "[" * 100_000, '{"format": "1"}', "\x00"])
def test_something_else_is_no_baseline(elsewhere: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"notes\.json is not a dossier record"):
        dossiers.bring_in(elsewhere, path, None, None)


def test_a_file_larger_than_any_record_is_refused_unread(elsewhere: Store, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    with pytest.raises(UsageError, match="larger than 256,000,000 bytes"):
        dossiers.bring_in(elsewhere, path, None, None)


def test_a_stored_run_is_compared_with_a_file_and_keeps_its_verdict(
    elsewhere: Store, exported: Path, project: Path
) -> None:
    measured(elsewhere, a_run_of([0.101, 0.100, 0.102]))
    assert rejudging.compare(elsewhere, str(exported), "run-1.1", project) == 0
    verdict = elsewhere.records.load_verdict("run-1.1")
    assert verdict is not None
    assert verdict.baselines == ("run-1.0",)
    page = elsewhere.records.run_folder("run-1.1") / "report.html"
    assert "Compared with" in page.read_text()
    # Made again without the file, the page has less to say, and is made.
    assert judging.report(elsewhere, ["run-1.1"]).exists()


def test_a_file_is_compared_and_its_verdict_is_not_kept(
    store: Store, exported: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(store.records.root)
    assert rejudging.compare(store, "run-1.1", str(exported), project) == 0
    assert "not kept" in capsys.readouterr().out
    assert content(store.records.root) == before


def test_a_file_measured_elsewhere_is_not_comparable(
    elsewhere: Store, store: Store, tmp_path: Path, project: Path
) -> None:
    far = replace(a_run_of([0.1, 0.1, 0.1], release="0.8"), id="far")
    measured(store, replace(far, environment=replace(far.environment, facts={"cpu": "another"})))
    baselines.promote(store, "far", Decision(name="far", why="elsewhere"), accept_regression=True)
    path = dossiers.export(store, "far", str(tmp_path / "far.json"), overwrite=False)
    measured(elsewhere, a_run_of([0.101, 0.100, 0.102]))
    assert rejudging.compare(elsewhere, str(path), "run-1.1", project) == 5


def test_a_file_of_another_session_can_warn_and_neither_block_nor_clear(
    elsewhere: Store, exported: Path, project: Path
) -> None:
    measured(elsewhere, a_run_of([0.19, 0.191, 0.192], session="another"))
    assert rejudging.compare(elsewhere, str(exported), "run-1.1", project) == 4


def test_what_is_neither_run_nor_file_is_refused_with_the_newest_runs(store: Store, project: Path) -> None:
    with pytest.raises(UsageError, match=r"neither a run nor a file.  Known runs: run-1\.0, run-1\.1"):
        rejudging.compare(store, "run-9", "run-1.1", project)
