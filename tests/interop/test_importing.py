"""Files of other tools as runs: kept, compared, and never believed more than they deserve."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lab.interop.assembly import IMPORTED
from lab.kernel.errors import ForeignFileError, UsageError
from lab.kernel.model import Run
from lab.kernel.verdict import Outcome, Question
from lab.store.store import Store
from launchlab import importing, judging, rejudging
from launchlab import project as projects
from launchlab.importing import Wanted
from launchlab.project import Project
from tests.builders import a_run_of
from tests.interop.files import FIXTURES, content
from tests.stores import measured

PROJECT = """
[subject]
name = "shop"
release = "1.1"
url = "http://127.0.0.1:9"

[[targets]]
name = "quick"
reading = "response_mean"
limit = "1 s"

[[targets]]
name = "score"
reading = "lighthouse_performance"
limit = "90"
"""
LOCUST = tuple(FIXTURES / f"locust-{number}.json" for number in (1, 2, 3))
BENCHMARKS = tuple(FIXTURES / f"pytest-benchmark-{number}.json" for number in (1, 2, 3))
REPORTS = tuple(FIXTURES / f"lhr-{number}.json" for number in (1, 2, 3))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.at(tmp_path / "store")


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    path = tmp_path / "launchlab.toml"
    path.write_text(PROJECT)
    return path


@pytest.fixture
def project(project_file: Path) -> Project:
    return projects.load(project_file)


def brought(store: Store, project: Project, *paths: Path, release: str | None = None) -> Run:
    return importing.bring_in(store, paths, project, Wanted(release=release))


def codes(run: Run) -> list[str]:
    return [caveat.code for caveat in run.caveats]


def test_several_files_of_one_process_each_are_the_trials_of_one_run(store: Store, project: Project) -> None:
    run = brought(store, project, *BENCHMARKS)
    assert [trial.index for trial in run.trials] == [0, 1, 2]
    assert not run.partial
    assert run == store.records.load_run(run.id)
    assert run.subject.name == "shop"
    assert run.subject.release == content("pytest-benchmark-1.json")["commit_info"]["id"][:12]
    assert run.environment.facts["imported from"] == "pytest-benchmark"
    assert codes(run) == [IMPORTED]


def test_the_file_itself_is_kept_as_it_was(store: Store, project: Project) -> None:
    run = brought(store, project, *LOCUST, release="2.0")
    kept = [store.records.run_folder(run.id) / trial.artifacts[0] for trial in run.trials]
    assert [path.read_bytes() for path in kept] == [path.read_bytes() for path in LOCUST]
    processes = brought(store, project, FIXTURES / "pyperf-1.json")
    assert [len(trial.artifacts) for trial in processes.trials].count(1) == 1


def test_a_single_file_of_one_process_is_advisory_whatever_it_says(
    store: Store, project: Project, project_file: Path
) -> None:
    run = brought(store, project, FIXTURES / "k6-data.json", release="2.0")
    assert "single-trial" in codes(run)
    assert rejudging.judge(store, run.id, [], project_file) == 4
    verdict = store.records.load_verdict(run.id)
    assert verdict
    assert "one trial a side can never pass or fail" in verdict.findings[0].reason


def test_several_files_may_keep_or_break_a_limit(store: Store, project: Project) -> None:
    load = judging.judge(brought(store, project, *LOCUST), project.targets)
    assert load.findings[0].outcome is Outcome.PASSED
    audits = judging.judge(brought(store, project, *REPORTS), project.targets)
    assert audits.findings[1].outcome is Outcome.PASSED
    # What was not imported is not measured.
    assert load.findings[1].outcome is Outcome.INCONCLUSIVE


def test_two_imports_are_of_two_sessions_so_a_difference_warns_and_does_not_block(
    store: Store, project_file: Path, tmp_path: Path
) -> None:
    slower = content("pyperf-1.json")
    for benchmark in slower["benchmarks"]:
        for run in benchmark["runs"]:
            run["values"] = [3 * value for value in run.get("values", [])]
    path = tmp_path / "slower.json"
    path.write_text(json.dumps(slower))
    assert rejudging.compare(store, str(FIXTURES / "pyperf-1.json"), str(path), project_file) == 4
    kept = importing.bring_in(store, [path], projects.load(project_file), Wanted())
    assert rejudging.compare(store, str(FIXTURES / "pyperf-1.json"), kept.id, project_file) == 4
    verdict = store.records.load_verdict(kept.id)
    assert verdict
    drifts = [finding for finding in verdict.findings if finding.question is Question.DRIFT]
    assert {finding.outcome for finding in drifts} == {Outcome.INCONCLUSIVE}
    assert {finding.reading for finding in drifts} == {"time_median", "time_minimum", "time_mean"}
    assert len(drifts) == 6
    assert any(note.startswith("WARNING") for finding in drifts for note in finding.notes)


def test_a_file_held_against_itself_clears_nothing(store: Store, project_file: Path) -> None:
    path = str(FIXTURES / "pyperf-1.json")
    assert rejudging.compare(store, path, path, project_file) == 4


def test_a_measured_run_is_never_comparable_with_an_imported_one(
    store: Store, project: Project, project_file: Path
) -> None:
    imported = brought(store, project, *LOCUST)
    measured(store, a_run_of([0.1, 0.101, 0.099], release="1.0"))
    assert rejudging.compare(store, "run-1.0", imported.id, project_file) == 5
    verdict = store.records.load_verdict(imported.id)
    assert verdict
    assert verdict.outcome is Outcome.NOT_COMPARABLE
    assert "imported from" in next(f.reason for f in verdict.findings if f.question is Question.DRIFT)


def test_files_of_two_environments_or_two_commits_are_no_run(project: Project, tmp_path: Path) -> None:
    other = content("pytest-benchmark-2.json")
    other["machine_info"]["cpu"]["brand_raw"] = "another"
    path = tmp_path / "other.json"
    path.write_text(json.dumps(other))
    with pytest.raises(ForeignFileError, match=r"another environment than .*: different cpu"):
        importing.run_of([BENCHMARKS[0], path], project)
    other = content("pytest-benchmark-2.json")
    other["commit_info"]["id"] = "f" * 40
    path.write_text(json.dumps(other))
    with pytest.raises(ForeignFileError, match="different commits"):
        importing.run_of([BENCHMARKS[0], path], project)


def test_a_copy_is_no_second_trial(project: Project, tmp_path: Path) -> None:
    copy = shutil.copy(LOCUST[0], tmp_path / "copy.json")
    with pytest.raises(UsageError, match="A copy is no second trial"):
        importing.run_of([LOCUST[0], Path(copy)], project)


def test_files_of_two_tools_are_no_run(project: Project) -> None:
    with pytest.raises(UsageError, match="of several tools"):
        importing.run_of([LOCUST[0], BENCHMARKS[0]], project)


def test_a_journey_is_named_where_there_is_one(project: Project) -> None:
    run = importing.run_of(LOCUST, project, Wanted(journey="browse"))
    assert {case.journey for case in run.cases} == {"browse"}
    with pytest.raises(ForeignFileError, match="the files hold 2: join, sort"):
        importing.run_of([FIXTURES / "pyperf-1.json"], project, Wanted(journey="words"))


def lhci(folder: Path, listed: object) -> Path:
    """Make a folder as LHCI leaves it, with a manifest that was written on another machine."""
    for number, path in enumerate(REPORTS):
        shutil.copy(path, folder / f"page-{number}.report.json")
    (folder / "manifest.json").write_text(json.dumps(listed))
    return folder


def test_all_reports_of_lhci_are_trials_not_only_the_representative_one(
    project: Project, tmp_path: Path
) -> None:
    listed = [
        {"url": "http://a/", "isRepresentativeRun": number == 1, "jsonPath": f"/ci/page-{number}.report.json"}
        for number in range(3)
    ]
    folder = lhci(tmp_path, listed)
    assert len(importing.run_of([folder], project).trials) == 3
    assert len(importing.run_of([folder / "manifest.json"], project).trials) == 3
    (folder / "manifest.json").unlink()
    assert len(importing.run_of([folder], project).trials) == 3


@pytest.mark.parametrize("listed", [{}, [{}], [{"jsonPath": 3}], [3]])
def test_a_manifest_that_is_none_is_refused(listed: object, project: Project, tmp_path: Path) -> None:
    with pytest.raises(ForeignFileError, match="no manifest of LHCI"):
        importing.run_of([lhci(tmp_path, listed)], project)


def test_a_manifest_leads_to_no_file_outside_of_its_folder(project: Project, tmp_path: Path) -> None:
    inside = tmp_path / "ci"
    inside.mkdir()
    shutil.copy(REPORTS[0], tmp_path / "secret.json")
    folder = lhci(inside, [{"jsonPath": "../secret.json"}])
    with pytest.raises(UsageError, match="there is no file"):
        importing.run_of([folder], project)


def test_what_cannot_be_read_is_told_with_what_can(store: Store, project: Project, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(UsageError, match=r"no exported baseline .* Accepted: JSON of pyperf"):
        rejudging.found(store, str(path), project)
    with pytest.raises(UsageError, match="there is no file"):
        importing.run_of([tmp_path / "missing.json"], project)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="no JSON file"):
        importing.run_of([empty], project)


def test_without_a_project_an_import_is_compared_and_promised_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before, after = (str(FIXTURES / f"pyperf-{number}.json") for number in (1, 2))
    assert rejudging.compare(store, before, after, None) == 4
    run = importing.bring_in(store, [Path(before)], projects.load(None), Wanted())
    assert run.subject.name == "imported"
    assert rejudging.judge(store, run.id, [], None) == 4
    page = judging.report(store, [run.id])
    assert "imported" in page.read_text()
