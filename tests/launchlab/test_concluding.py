"""The end of a command that judges: what people see, what programs get, and the exit code that stays."""

from __future__ import annotations

import io
import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from lab.kernel.errors import UnwritableError
from lab.store.store import Store
from launchlab.cli.app import app
from launchlab.schemas import Schema, schema_of
from launchlab.screen import console, show_failures, show_verdict, told
from tests.builders import SPOILT, a_run_of, a_trial
from tests.commands import LAUNCHLAB, environment
from tests.reports.hostile import HOSTILE, hostile
from tests.stores import measured

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
KEPT, BROKEN = "200 ms", "50 ms"

Said = Callable[..., Result]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    """Return what types a command in a folder with two measured runs, run-1.0 and run-1.1."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    store = Store.at(tmp_path / ".launchlab")
    for release, values in (("1.0", [0.100, 0.103, 0.099]), ("1.1", [0.101, 0.100, 0.102])):
        measured(store, a_run_of(values, release=release))

    def say(*words: str, limit: str = KEPT) -> Result:
        (tmp_path / "launchlab.toml").write_text(PROJECT.replace("LIMIT", limit))
        return CliRunner().invoke(app, list(words))

    return say


@pytest.mark.parametrize(("limit", "code", "outcome"), [(KEPT, 0, "passed"), (BROKEN, 3, "failed")])
def test_with_json_the_object_is_alone_on_standard_output(
    say: Said, limit: str, code: int, outcome: str
) -> None:
    ended = say("compare", "run-1.0", "run-1.1", "--json", limit=limit)
    document = json.loads(ended.stdout)
    jsonschema.Draft202012Validator(schema_of(Schema.DOCUMENT)).validate(document)
    assert (ended.exit_code, document["exit_code"], document["outcome"]) == (code, code, outcome)
    assert Path(document["report"]).is_file()
    assert "Report" in ended.stderr


def test_junit_holds_a_case_for_every_finding(say: Said, tmp_path: Path) -> None:
    assert say("compare", "run-1.0", "run-1.1", "--junit", "j.xml", limit=BROKEN).exit_code == 3
    suite = ET.parse(tmp_path / "j.xml").getroot().find("testsuite")  # noqa: S314  (written by ourselves)
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_a_file_that_cannot_be_written_is_refused_before_anything_else(say: Said) -> None:
    ended = say("compare", "run-1.0", "run-1.1", "--junit", "nowhere/j.xml")
    assert ended.exception is not None
    assert "folder that exists" in str(ended.exception)


def test_github_gets_its_summary_and_annotations_by_itself(
    say: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    ended = say("compare", "run-1.0", "run-1.1", "--json", limit=BROKEN)
    json.loads(ended.stdout)
    assert "::error title=" in ended.stderr
    assert (tmp_path / "summary.md").read_text().startswith("before\n## May tour 1.1 launch? No.")


def test_a_summary_that_cannot_be_written_costs_neither_object_nor_exit_code(
    say: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/nowhere/summary.md")
    ended = say("compare", "run-1.0", "run-1.1", "--json", limit=BROKEN)
    assert isinstance(ended.exception, UnwritableError)
    assert ended.exception.exit_code == 3
    assert json.loads(ended.stdout)["outcome"] == "failed"


def test_judging_again_holds_a_run_against_what_it_was_held_against(say: Said) -> None:
    assert say("compare", "run-1.0", "run-1.1").exit_code == 0
    assert say("judge", "run-1.1").exit_code == 0
    assert say("judge", "run-1.1", limit=BROKEN).exit_code == 3


def test_an_inconclusive_verdict_only_warns_where_the_project_says_so(say: Said, tmp_path: Path) -> None:
    assert say("judge", "run-1.1").exit_code == 4
    (tmp_path / "mine.toml").write_text(PROJECT.replace("LIMIT", KEPT) + '[gate]\ninconclusive = "warn"\n')
    ended = say("judge", "run-1.1", "--project", "mine.toml", "--json")
    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["outcome"] == "inconclusive"


@pytest.mark.parametrize(("limit", "code"), [(KEPT, 1), (BROKEN, 3)])
def test_an_object_that_finds_no_room_is_never_a_pass(
    say: Said, tmp_path: Path, limit: str, code: int
) -> None:
    say("report", limit=limit)
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*LAUNCHLAB, "compare", "run-1.0", "run-1.1", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            check=False,
            env=environment(),
        )
    assert ended.returncode == code
    assert "standard output: No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_junit_of_limits_that_only_advise_is_refused(say: Said) -> None:
    ended = say("load", "--junit", "j.xml")
    assert "--check" in str(ended.exception)


def test_the_newest_runs_are_listed_whatever_they_are_called(say: Said, tmp_path: Path) -> None:
    store = Store.at(tmp_path / ".launchlab")
    run = a_run_of([0.1], release="2.0")
    store.keep(replace(run, subject=replace(run.subject, name="[/x]\x1b]0;owned")))
    ended = say("report")
    assert ended.exit_code == 0
    assert "[/x]␛]0;owned 2.0" in ended.stdout


def test_a_trial_without_readings_is_told_by_its_caveats_alone() -> None:
    doubted = replace(a_trial(caveats=(replace(SPOILT, fatal=False),)), readings={})
    assert told(doubted) == SPOILT.code


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_the_subject_says_acts_on_the_terminal(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = io.StringIO()
    monkeypatch.setattr("sys.stdout", printed)
    to = console()
    for chapter in hostile(name):
        show_verdict(to, chapter.verdict)
        show_failures(to, name, chapter.reasons, Path("runs") / "1")
    lines = printed.getvalue().split("\n")
    assert all(line.isprintable() for line in lines)
    assert not any(line.lstrip().startswith("::") for line in lines)
    spoilt = a_trial(caveats=(replace(SPOILT, advice=name),))
    assert name in told(spoilt)
