"""Settings: flag before environment before file before default."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.kernel.toml_file import table_of
from launchlab import project
from launchlab.cli.app import app
from launchlab.settings import Given, Origin, Setting, in_force

FILE = """\
allow = ["staging.example.org"]
[subject]
name = "shop"
release = "7"
url = "https://staging.example.org"
headers = { Authorization = "env:STAGING_TOKEN" }
[gate]
baseline = "live"
"""


def settings(folder: Path, given: dict[str, Given], text: str = FILE) -> dict[str, Setting]:
    path = folder / "launchlab.toml"
    path.write_text(text)
    return {each.name: each for each in in_force(project.load(path), table_of(path), given)}


def test_the_file_beats_the_default_and_says_its_key(tmp_path: Path) -> None:
    found = settings(tmp_path, {})
    assert (found["baseline"].value, found["baseline"].origin) == ("live", Origin.FILE)
    assert found["baseline"].place == "gate.baseline"
    assert (found["store"].value, found["store"].origin) == (".launchlab", Origin.DEFAULT)


def test_environment_and_flag_beat_the_file_and_say_where_they_were_said(tmp_path: Path) -> None:
    given = {
        "release": Given(value="8", origin=Origin.ENVIRONMENT),
        "baseline": Given(value="next", origin=Origin.FLAG),
    }
    found = settings(tmp_path, given)
    assert (found["release"].value, found["release"].place) == ("8", "LAUNCHLAB_RELEASE")
    assert (found["baseline"].value, found["baseline"].place) == ("next", "--baseline")


def test_a_secret_is_shown_as_its_reference_and_needs_no_value_to_be_shown(tmp_path: Path) -> None:
    assert settings(tmp_path, {})["headers"].value == "Authorization: env:STAGING_TOKEN"


def test_a_secret_that_was_written_out_is_not_shown(tmp_path: Path) -> None:
    text = FILE.replace('"env:STAGING_TOKEN"', '"Bearer sk-live-1234567890"')
    assert settings(tmp_path, {}, text)["headers"].value == "Authorization: ***"


def test_what_the_file_says_of_its_own_subject_does_not_hold_for_another(tmp_path: Path) -> None:
    given = {"url": Given(value="http://127.0.0.1:8000", origin=Origin.FLAG)}
    found = settings(tmp_path, given)
    assert (found["release"].value, found["release"].origin) == ("unnamed", Origin.DEFAULT)
    assert found["headers"].value == "none"


@pytest.mark.parametrize(
    ("flags", "variables", "told"),
    [
        ((), {}, "7 file (subject.release)"),
        ((), {"LAUNCHLAB_RELEASE": "8"}, "8 environment (LAUNCHLAB_RELEASE)"),
        (("--release", "9"), {"LAUNCHLAB_RELEASE": "8"}, "9 flag (--release)"),
    ],
)
def test_the_doctor_says_what_decided(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flags: tuple[str, ...],
    variables: dict[str, str],
    told: str,
) -> None:
    (tmp_path / "launchlab.toml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, ["doctor", "--config", *flags], env={"COLUMNS": "200", **variables})
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("release")]
    assert " ".join(line.split()) == f"release {told}"


def test_without_a_gate_section_its_settings_are_defaults(tmp_path: Path) -> None:
    bare = '[subject]\nname = "shop"\nrelease = "7"\nurl = "http://127.0.0.1:8000"\n'
    found = settings(tmp_path, {}, bare)
    assert found["inconclusive"].origin is Origin.DEFAULT
    assert found["headers"].value == "none"
