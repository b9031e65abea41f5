"""``launchlab store``, ``baseline`` and ``compare`` as people type them, on stores made beforehand."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from lab.store.store import Store
from tests.builders import START, a_run_of
from tests.stores import content, measured

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]


def launchlab(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "launchlab", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder whose store has two runs, and is told what it promised."""
    store = Store.at(tmp_path / ".launchlab")
    measured(store, a_run_of([0.100, 0.103, 0.099], release="1.0"))
    measured(store, replace(a_run_of([0.101, 0.100, 0.102]), started_at=START.replace(hour=10)))
    (tmp_path / "launchlab.toml").write_text(
        '[subject]\nname = "tour"\nrelease = "1.1"\nurl = "http://127.0.0.1:9"\n'
        '[[targets]]\nname = "quick"\nreading = "response_mean"\nlimit = "200 ms"\n'
        'drift = { fail = "25 %", accept = "50 %" }\n'
    )
    return tmp_path


def test_a_rebuild_with_a_damaged_record_keeps_the_rest_and_ends_with_1(folder: Path) -> None:
    assert launchlab("store", "rebuild", folder=folder).returncode == 0
    damaged = folder / ".launchlab" / "runs" / "run-1.0" / "run.json"
    damaged.write_text(damaged.read_text()[:50])
    ended = launchlab("store", "rebuild", folder=folder)
    assert ended.returncode == 1
    assert "runs kept: 1\nleft out, and not deleted: 1\n" in ended.stdout
    assert "runs/run-1.0/run.json" in ended.stdout
    assert damaged.exists()


def test_a_store_is_backed_up_lost_and_restored(folder: Path) -> None:
    before = content(folder / ".launchlab")
    assert launchlab("store", "backup", "all.tar.gz", folder=folder).returncode == 0
    again = launchlab("store", "backup", "all.tar.gz", folder=folder)
    assert (again.returncode, "--overwrite" in again.stderr) == (2, True)
    (folder / ".launchlab").rename(folder / "lost")
    ended = launchlab("store", "restore", "all.tar.gz", folder=folder)
    assert ended.returncode == 0, ended.stderr
    assert "runs restored: 2, promotions: 0" in ended.stdout
    assert content(folder / ".launchlab") == before


def test_pruning_shows_first_and_removes_when_told(folder: Path) -> None:
    shown = launchlab("store", "prune", "--keep", "1", folder=folder)
    assert shown.returncode == 0, shown.stderr
    assert "run run-1.0" in shown.stdout
    assert "nothing is removed yet" in shown.stdout
    assert (folder / ".launchlab" / "runs" / "run-1.0").exists()
    assert launchlab("store", "prune", "--keep", "1", "--yes", folder=folder).returncode == 0
    assert [path.name for path in (folder / ".launchlab" / "runs").iterdir()] == ["run-1.1"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("store", "prune"), 2, "--keep N"),
        (("store", "prune", "--older-than", "soon"), 2, "'1 d'"),
        (("store", "backup", "x.tar.gz", "--store", "empty"), 2, "no runs in 'empty'"),
        (("store", "restore", "missing.tar.gz"), 2, "no file 'missing.tar.gz'"),
        (("store", "restore", "launchlab.toml"), 1, "not a whole archive"),
        (("baseline", "show", "nobody"), 2, "unknown baseline 'nobody'"),
        (("baseline", "export", "nobody"), 2, "unknown baseline 'nobody'"),
        (("baseline", "import", "missing.json"), 2, "no file 'missing.json'"),
        (("baseline", "import", "launchlab.toml"), 2, "no exported baseline"),
        (("compare", "missing", "run-1.1"), 2, "neither a run nor a file"),
        (("compare", "launchlab.toml", "run-1.1"), 2, "no exported baseline"),
    ],
)
def test_bad_input_is_refused_with_the_way_out(
    folder: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    before = content(folder / ".launchlab")
    ended = launchlab(*arguments, folder=folder)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert content(folder / ".launchlab") == before


def test_a_baseline_is_exported_imported_elsewhere_and_compared_with(folder: Path) -> None:
    asked = ("baseline", "promote", "run-1.0", "--why", "the first [1]")
    refused = launchlab(*asked, folder=folder)
    assert (refused.returncode, "never judged" in refused.stderr) == (2, True)
    # Its limits are kept, and it is the first.
    assert launchlab("judge", "run-1.0", folder=folder).returncode == 4
    promoted = launchlab(*asked, folder=folder)
    assert promoted.returncode == 0, promoted.stderr
    shown = launchlab("baseline", "show", folder=folder).stdout
    assert "the first [1]" in shown
    assert "response mean" in shown
    assert launchlab("baseline", "export", folder=folder).returncode == 0
    piped = launchlab("baseline", "export", "main", "-", folder=folder).stdout
    assert json.loads(piped) == json.loads((folder / "main.baseline.json").read_text())
    for state in ("now", "already"):
        ended = launchlab("baseline", "import", "main.baseline.json", "--store", "other", folder=folder)
        assert ended.returncode == 0, ended.stderr
        assert f"is {state} release 1.0" in ended.stdout
    assert (
        "imported: the first [1]" in launchlab("baseline", "list", "--store", "other", folder=folder).stdout
    )
    assert launchlab("compare", "main.baseline.json", "run-1.1", folder=folder).returncode == 0
    assert launchlab("compare", "run-1.1", "main.baseline.json", folder=folder).returncode == 0


def test_a_promotion_is_taken_back_and_stays_on_record(folder: Path) -> None:
    for run in ("run-1.0", "run-1.1"):
        accepted = ("baseline", "promote", run, "--why", "launched", "--accept-regression")
        assert launchlab(*accepted, folder=folder).returncode == 0
    back = ("baseline", "rollback", "main", "--why", "slow in the field")
    ended = launchlab(*back, folder=folder)
    assert ended.returncode == 0, ended.stderr
    assert "baseline 'main' is again release 1.0 (run-1.0)" in ended.stdout
    listed = launchlab("baseline", "list", folder=folder).stdout.splitlines()
    assert [line.split()[2] for line in listed] == ["run-1.0", "run-1.1", "run-1.0"]
    assert "rolled back to" in listed[-1]
    ended = launchlab(*back, folder=folder)
    assert (ended.returncode, "no way back" in ended.stderr) == (2, True)


def test_a_store_of_a_newer_launchlab_is_refused_and_not_put_aside(folder: Path) -> None:
    path = folder / ".launchlab" / "store.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    ended = launchlab("report", folder=folder)
    assert ended.returncode == 1
    assert "store.sqlite' has revision '9999', of a newer launchlab" in ended.stderr
    assert "launchlab store rebuild" in ended.stderr
    # The way out that it names.
    path.rename(folder / "newer.sqlite")
    assert launchlab("store", "rebuild", folder=folder).stdout.startswith("runs kept: 2")
