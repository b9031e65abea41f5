"""A disk that fills up or turns read-only: what was finished is kept, and the command says what lacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices import equipment
from lab.kernel.errors import UnwritableError
from lab.kernel.model import Run
from lab.store.records import Records
from lab.store.store import Store
from launchlab import rejudging
from tests.builders import a_run_of
from tests.commands import BRIEF, Running, a_project, kept_trials, running
from tests.disks import Disk, a_disk

pytestmark = pytest.mark.end_to_end

FULL = "No space left on device"
# So long that the disk fills while a trial is in flight.
ENDLESS = 'users = 50\nramp = "1 s"\nhold = "90 s"\ntrials = 1\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project with a load case and a benchmark file."""
    (tmp_path / "test_bench.py").write_text(
        "def test_sum(benchmark):\n    benchmark.pedantic(sum, args=([1, 2],), rounds=5)\n"
    )
    return a_project(tmp_path, BRIEF)


@pytest.fixture
def disk(folder: Path) -> Iterator[Disk]:
    """Return a small disk, which is to be the store."""
    with a_disk(folder / "disk", "3m") as mounted:
        yield mounted


def only_run(disk: Disk) -> Run:
    records = Records(disk.seen)
    (name,) = records.runs()
    return records.load_run(name)


def gave_up_for(reason: str, session: Running) -> bool:
    """Whether the session ended with a message about *reason*, and left nothing behind."""
    assert session.ends() == 1, session.said + session.complained
    assert reason in session.complained
    assert "cannot write" in session.complained
    assert "kept" in session.complained
    assert "--store" in session.complained
    assert "Traceback" not in session.complained
    return session.leaves_nothing()


@pytest.mark.parametrize(
    "lane",
    [
        ("load", "tiny"),
        pytest.param(("devices",), marks=pytest.mark.proof),
        pytest.param(("bench", "test_bench.py"), marks=pytest.mark.proof),
    ],
    ids=["load", "devices", "bench"],
)
def test_a_disk_that_fills_up_ends_the_session_and_keeps_finished_trials(
    folder: Path, disk: Disk, lane: tuple[str, ...]
) -> None:
    if lane[0] == "devices" and equipment.find() is None:
        pytest.skip("there is no browser on this machine")
    arguments = (*lane, "--trials", "50", "--store", str(disk.path))
    with running(*arguments, folder=folder, through=disk.through) as session:
        session.until(lambda: "#1" in session.said, "a trial that was told")
        disk.fill()
        assert gave_up_for(FULL, session)
    assert only_run(disk).partial
    assert len(only_run(disk).trials) == len(kept_trials(disk.seen)) >= 1
    assert not list(disk.seen.rglob(".*.partial"))
    disk.clear()
    for again in (("store", "rebuild"), ("judge", only_run(disk).id)):
        with running(*again, "--store", str(disk.path), folder=folder, through=disk.through) as command:
            assert command.ends() in (0, 4, 5), command.complained


def test_a_disk_that_fills_up_in_the_middle_of_a_trial_ends_it_at_once(folder: Path, disk: Disk) -> None:
    (folder / "mine" / "tiny.toml").write_text(ENDLESS)
    arguments = ("load", "tiny", "--store", str(disk.path))
    with running(*arguments, folder=folder, through=disk.through) as session:
        frames = "runs/*/trials/*/frames.jsonl"
        session.until(lambda: any(p.stat().st_size for p in disk.seen.glob(frames)), "the first frame")
        disk.fill()
        assert gave_up_for(FULL, session)
    assert not only_run(disk).trials


def test_a_disk_that_turns_read_only_ends_the_session_and_keeps_finished_trials(
    folder: Path, disk: Disk
) -> None:
    arguments = ("load", "tiny", "--trials", "50", "--store", str(disk.path))
    with running(*arguments, folder=folder, through=disk.through) as session:
        session.until(lambda: "#1" in session.said, "a trial that was told")
        disk.freeze()
        assert gave_up_for("Read-only file system", session)
    assert only_run(disk).partial
    assert only_run(disk).trials


def test_a_disk_that_is_full_before_the_first_trial_is_told_before_any_load(folder: Path, disk: Disk) -> None:
    disk.fill()
    for _ in ("without a store", "with one"):
        with running(
            "load", "tiny", "--store", str(disk.path), folder=folder, through=disk.through
        ) as session:
            # 2 when it is SQLite that finds no room, at once; it is asked first.
            assert session.ends() in (1, 2), session.said
            assert "--store" in session.complained
            assert "Traceback" not in session.complained
            assert session.leaves_nothing()
        disk.clear()
        Store.at(disk.seen)
        disk.fill()
    assert not kept_trials(disk.seen)


@pytest.mark.parametrize(("limit", "code", "outcome"), [("200 ms", 1, "PASSED"), ("50 ms", 3, "FAILED")])
def test_a_disk_that_takes_no_verdict_does_not_keep_it_from_being_told(
    folder: Path, disk: Disk, capsys: pytest.CaptureFixture[str], limit: str, code: int, outcome: str
) -> None:
    """Nothing launches without its evidence on record, so a pass that cannot be kept is none."""
    project = folder / "launchlab.toml"
    project.write_text(project.read_text().replace("2 s", limit))
    store = Store.at(disk.seen)
    for release, values in (("1.0", [0.100, 0.103, 0.099]), ("1.1", [0.101, 0.100, 0.102])):
        run = a_run_of(values, release=release)
        store.keep(run)
        for trial in run.trials:
            store.records.save_trial(run.id, trial)
    disk.fill()
    with pytest.raises(UnwritableError, match=FULL) as refused:
        rejudging.judge(store, "run-1.1", ["run-1.0"], project)
    assert refused.value.exit_code == code
    assert outcome in capsys.readouterr().out
    assert store.records.load_verdict("run-1.1") is None
