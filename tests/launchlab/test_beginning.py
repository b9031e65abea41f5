"""``launchlab init``: a project that loads as it is, and never takes the place of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.engine.allowlist import Entry
from lab.kernel.errors import RefusedError, UsageError
from launchlab import project
from launchlab.beginning import begin


def test_a_project_on_this_machine_loads_as_it_was_written(tmp_path: Path) -> None:
    written, kept = begin("http://127.0.0.1:8000/", tmp_path)
    assert {path.name for path in written} == {"launchlab.toml", "locustfile.py", "first.toml"}
    assert kept == []
    loaded = project.load(tmp_path / "launchlab.toml")
    assert loaded.source.url == "http://127.0.0.1:8000"
    assert loaded.locustfiles["locustfile.py"].is_file()
    assert [planned.trials for planned in loaded.cases] == [3, 5]
    assert loaded.source.allow == ()


def test_an_address_elsewhere_is_proposed_for_the_list_and_needs_a_hand_to_be_on_it(tmp_path: Path) -> None:
    begin("http://192.0.2.7:8000", tmp_path)
    path = tmp_path / "launchlab.toml"
    assert project.load(path).source.allow == ()
    path.write_text(path.read_text().replace("# allow = ", "allow = "))
    assert project.load(path).source.allow == (Entry(host="192.0.2.7", users=50, rate=100.0),)


def test_what_is_there_already_is_kept(tmp_path: Path) -> None:
    (tmp_path / "locustfile.py").write_text("mine")
    _, kept = begin("http://127.0.0.1:8000", tmp_path)
    assert [path.name for path in kept] == ["locustfile.py"]
    assert (tmp_path / "locustfile.py").read_text() == "mine"
    with pytest.raises(UsageError, match="exists already"):
        begin("http://127.0.0.1:8000", tmp_path)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("nonsense", UsageError),
        ("ftp://127.0.0.1", UsageError),
        ("http://me:secret@127.0.0.1", UsageError),
        ("http://169.254.169.254/", RefusedError),
    ],
)
def test_what_can_never_be_measured_leaves_no_file(tmp_path: Path, url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        begin(url, tmp_path)
    assert not list(tmp_path.iterdir())
