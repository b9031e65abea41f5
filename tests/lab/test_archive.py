"""Backups: one file with everything, written beside running measurements, and unpacked with care."""

from __future__ import annotations

import gzip
import io
import itertools
import os
import tarfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.kernel.errors import LabError, RecordError, UnwritableError, UsageError
from lab.store import archive
from lab.store.archive import Limits
from lab.store.records import Records
from lab.store.store import Store
from tests.builders import a_run_of
from tests.stores import a_promotion, a_verdict, content, measured


@pytest.fixture
def store(tmp_path: Path) -> Store:
    kept = Store.at(tmp_path / "store")
    old = measured(kept, a_run_of([0.1, 0.11], release="1.0"))
    measured(kept, a_run_of([0.2]))
    kept.keep(old, a_verdict(old.id, release="1.0"))
    kept.promote(a_promotion(old.id))
    logs = kept.records.session_folder("session-1")
    logs.mkdir(parents=True)
    (logs / "1.0.log").write_text("ready\n")
    return kept


def packed(store: Store, path: Path) -> Path:
    archive.pack(store.records, path)
    return path


def files(root: Path) -> dict[str, bytes]:
    found = (path for top in ("runs", "baselines", "sessions") for path in (root / top).rglob("*"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found if path.is_file()}


def test_what_was_backed_up_comes_back_byte_for_byte(store: Store, tmp_path: Path) -> None:
    merged = archive.restore(Records(tmp_path / "new"), packed(store, tmp_path / "all.tar.gz"))
    assert (merged.runs, merged.known, merged.promotions) == (("run-1.0", "run-1.1"), 0, 1)
    assert files(tmp_path / "new") == files(store.records.root)
    Store.at(tmp_path / "new").rebuild()
    assert content(tmp_path / "new") == content(store.records.root)


def test_neither_sql_nor_unfinished_files_are_in_a_backup(store: Store, tmp_path: Path) -> None:
    (store.records.run_folder("run-1.0") / ".verdict.json.7.partial").write_text("{")
    (store.records.root / "runs" / ".gone.removed").mkdir()
    (store.records.root / "runs" / ".gone.removed" / "run.json").write_text("{")
    with tarfile.open(packed(store, tmp_path / "all.tar.gz")) as written:
        names = written.getnames()
    assert sorted(names) == sorted(
        name for name in files(store.records.root) if "partial" not in name and "removed" not in name
    )


def test_links_and_pipes_are_not_followed_into_a_backup(store: Store, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (store.records.run_folder("run-1.0") / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(store.records.run_folder("run-1.0") / "pipe")
    with tarfile.open(packed(store, tmp_path / "all.tar.gz")) as written:
        assert not [name for name in written.getnames() if name.endswith(("link", "pipe"))]


def test_a_backup_overwrites_only_when_it_is_told_to(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "all.tar.gz"
    path.write_text("precious")
    with pytest.raises(UsageError, match="--overwrite"):
        archive.pack(store.records, path)
    assert path.read_text() == "precious"
    archive.pack(store.records, path, overwrite=True)
    assert tarfile.is_tarfile(path)


def test_a_backup_that_cannot_be_written_leaves_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableError, match=r"all\.tar\.gz"):
        archive.pack(store.records, tmp_path / "file" / "all.tar.gz")
    assert not list(tmp_path.glob(".*partial"))


def in_archive(path: Path) -> list[str]:
    with tarfile.open(path) as written:
        return written.getnames()


def test_a_folder_that_cannot_be_listed_is_named_and_no_backup_is_written(
    store: Store, tmp_path: Path
) -> None:
    sessions = store.records.root / "sessions"
    sessions.rename(tmp_path / "sessions")
    sessions.symlink_to(sessions)
    with pytest.raises(RecordError, match="sessions cannot be read: Too many levels"):
        packed(store, tmp_path / "all.tar.gz")
    assert not list(tmp_path.glob("*all.tar.gz*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_named_and_no_backup_is_written(store: Store, tmp_path: Path) -> None:
    (store.records.run_folder("run-1.0") / "verdict.json").chmod(0)
    with pytest.raises(RecordError, match=r"verdict\.json cannot be read: Permission denied"):
        packed(store, tmp_path / "all.tar.gz")


def test_a_folder_that_is_a_link_is_refused_by_name(store: Store, tmp_path: Path) -> None:
    folder = store.records.run_folder("run-1.0")
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordError, match=r"runs/run-1\.0 is a link"):
        packed(store, tmp_path / "all.tar.gz")


def test_artifacts_of_a_trial_in_flight_are_not_in_a_backup(store: Store, tmp_path: Path) -> None:
    run = store.records.load_run("run-1.0")
    flying = store.records.artifact_folder(run.id, run.trials[0].case, 7)
    (flying / "locust.log").write_text("not masked yet")
    names = in_archive(packed(store, tmp_path / "all.tar.gz"))
    assert [name for name in names if name.endswith("000/locust.log")]
    assert not [name for name in names if flying.name in name]


@pytest.mark.parametrize(("age", "is_there"), [(0, False), (2, True)], ids=["young", "of yesterday"])
def test_logs_of_a_session_that_may_still_write_are_not_in_a_backup(
    store: Store, tmp_path: Path, age: int, *, is_there: bool
) -> None:
    """A killed session ends no run; a day of silence tells that it is over."""
    run = replace(a_run_of([0.1]), id="run-x", session="flying", partial=True)
    store.keep(run)
    for session in ("flying", "starting"):
        log = store.records.session_folder(session) / "1.0.log"
        log.parent.mkdir()
        log.write_text("not masked yet")
        moment = (datetime.now(UTC) - timedelta(days=age)).timestamp()
        for path in (log, log.parent):
            os.utime(path, (moment, moment))
    logs = [name for name in in_archive(packed(store, tmp_path / "all.tar.gz")) if "sessions" in name]
    assert "sessions/session-1/1.0.log" in logs
    assert ("sessions/flying/1.0.log" in logs) == is_there
    assert ("sessions/starting/1.0.log" in logs) == is_there


def test_a_log_that_shrinks_while_it_is_packed_costs_only_what_it_lost(store: Store, tmp_path: Path) -> None:
    log = store.records.run_folder("run-1.0") / "shrinking.log"
    log.write_bytes(os.urandom(20_000_000))

    def begun() -> bool:
        return sum(path.stat().st_size for path in tmp_path.glob(".all*.partial")) > 1_000_000

    with ThreadPoolExecutor() as threads:
        packing = threads.submit(packed, store, tmp_path / "all.tar.gz")
        while not begun() and not packing.done():
            pass
        os.truncate(log, 10)
        assert not packing.done()
    assert archive.restore(Records(tmp_path / "new"), packing.result()).runs == ("run-1.0", "run-1.1")


def measuring(store: Store, number: int) -> None:
    """Do what measurements and prunings do: runs come and go, and logs grow and shrink."""
    run = measured(store, replace(a_run_of([0.1, 0.2]), id=f"run-x{number}"))
    with (store.records.run_folder("run-1.0") / "turning.log").open("w" if number % 3 else "a") as log:
        log.write("more\n" * 1_000)
    if number % 2:
        folder = store.records.run_folder(run.id)
        folder.rename(folder.with_name(f".{folder.name}.removed"))


def test_a_backup_beside_a_measurement_is_whole_up_to_some_moment(store: Store, tmp_path: Path) -> None:
    stop = threading.Event()
    rounds = itertools.count()
    done = 0

    def measure() -> None:
        nonlocal done
        while not stop.is_set():
            measuring(store, next(rounds))
            done += 1

    paths: list[Path] = []
    with ThreadPoolExecutor() as threads:
        measurement = threads.submit(measure)
        try:
            # However the two share the processor, there are several of each.
            while len(paths) < 5 or (done < 5 and not measurement.done()):
                paths.append(packed(store, tmp_path / f"{len(paths)}.tar.gz"))
        finally:
            stop.set()
    measurement.result()
    for path in paths:
        fresh = Store.at(tmp_path / f"new-{path.name}")
        archive.restore(fresh.records, path)
        assert fresh.rebuild().left_out == ()
        assert {"run-1.0", "run-1.1"} <= set(fresh.records.runs())


def test_restoring_keeps_what_is_here_and_adds_what_is_not(store: Store, tmp_path: Path) -> None:
    path = packed(store, tmp_path / "all.tar.gz")
    here = Store.at(tmp_path / "here")
    measured(here, a_run_of([0.3], release="2.0"))
    first = archive.restore(here.records, path)
    assert (len(first.runs), first.known) == (2, 0)
    before = files(here.records.root)
    again = archive.restore(here.records, path)
    assert (again.runs, again.known, again.promotions) == ((), 2, 0)
    assert files(here.records.root) == before
    assert not list(here.records.root.glob(".restoring-*"))


def test_a_run_that_went_on_after_the_backup_stays_as_it_became(store: Store, tmp_path: Path) -> None:
    run = a_run_of([0.1, 0.2, 0.3], release="3.0")
    store.keep(replace(run, trials=(), partial=True))
    store.records.save_trial(run.id, run.trials[0])
    path = packed(store, tmp_path / "all.tar.gz")
    measured(store, run)
    archive.restore(store.records, path)
    assert len(store.records.load_run(run.id).trials) == 3


def test_the_same_run_with_other_content_is_refused_by_name_and_nothing_changes(
    store: Store, tmp_path: Path
) -> None:
    path = packed(store, tmp_path / "all.tar.gz")
    here = Store.at(tmp_path / "here")
    measured(here, a_run_of([0.999]))
    before = files(here.records.root)
    with pytest.raises(RecordError, match=r"run run-1\.1: here with other content\."):
        archive.restore(here.records, path)
    assert files(here.records.root) == before


def refused(store: Store, tmp_path: Path, here: Path, told: str) -> None:
    """Check that a restore into *here* is refused with what is *told*, and that nothing changes."""
    path, before = packed(store, tmp_path / "all.tar.gz"), files(here)
    with pytest.raises(LabError, match=told):
        archive.restore(Records(here), path)
    assert files(here) == before
    assert not list(here.glob(".*"))


def test_a_folder_of_a_run_without_its_record_is_refused_by_name(store: Store, tmp_path: Path) -> None:
    husk = tmp_path / "here" / "runs" / "run-1.1"
    (husk / "trials").mkdir(parents=True)
    (husk / "trials" / "x.json").write_text("{}")
    refused(store, tmp_path, tmp_path / "here", r"runs/run-1\.1: here without run\.json")


def test_what_was_moved_goes_back_when_the_rest_cannot_be(store: Store, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    # Promotions are moved last, and have no place here.
    (tmp_path / "here" / "baselines").touch()
    refused(store, tmp_path, tmp_path / "here", r"cannot write .*baselines")


def damaged(path: Path) -> None:
    path.write_text("{")


def under_another_name(path: Path) -> None:
    path.rename(path.with_name("20990101T000000.000000-run-1.0.json"))


def under_another_baseline(path: Path) -> None:
    path.parent.rename(path.parent.with_name("other"))


def of_a_run_that_is_nowhere(path: Path) -> None:
    path.unlink()
    Records(path.parents[2]).promote(a_promotion("run-0.1"))


@pytest.mark.parametrize(
    "spoil", [damaged, under_another_name, under_another_baseline, of_a_run_that_is_nowhere]
)
def test_a_promotion_that_is_not_what_it_says_is_refused_by_name(
    store: Store, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    (path,) = store.records.promotions()
    spoil(path)
    (path,) = store.records.promotions()
    refused(store, tmp_path, tmp_path / "here", rf"{path.relative_to(store.records.root)}: no promotion")


def test_a_promotion_of_a_run_that_is_here_already_is_taken_over(store: Store, tmp_path: Path) -> None:
    path = packed(store, tmp_path / "all.tar.gz")
    here = Store.at(tmp_path / "here")
    archive.restore(here.records, path)
    (promotion,) = here.records.promotions()
    promotion.unlink()
    assert archive.restore(here.records, path).promotions == 1


def entry(name: str, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


HOSTILE: dict[str, list[tarfile.TarInfo]] = {
    "absolute": [entry("/etc/launchlab-was-here", size=4)],
    "outside": [entry("runs/../../outside", size=4)],
    "outside at once": [entry("../outside", size=4)],
    "no folder of ours": [entry("store.sqlite", size=4)],
    "a hidden name": [entry("runs/a/.b", size=4)],
    "symbolic link": [entry("runs/a/link", type=tarfile.SYMTYPE, linkname="/etc/passwd")],
    "hard link": [entry("runs/a/link", type=tarfile.LNKTYPE, linkname="/etc/passwd")],
    "through a link": [
        entry("runs/a", type=tarfile.SYMTYPE, linkname="/usr"),
        entry("runs/a/outside", size=4),
    ],
    "device": [entry("runs/a/device", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
    "pipe": [entry("runs/a/pipe", type=tarfile.FIFOTYPE)],
    "the same name twice": [entry("runs/a/b", size=4), entry("runs/a/b", size=4)],
    "a file that is a folder": [entry("runs/a/b", size=4), entry("runs/a/b/c", size=4)],
    "a long name": [entry("runs/" + "a" * 5_000, size=4)],
    "nothing but a folder's name": [entry("runs", size=4)],
}


def written(path: Path, entries: list[tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz") as made:
        for each in entries:
            made.addfile(each, io.BytesIO(b"evil"))
    return path


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "a" / "store"
    path = written(tmp_path / "evil.tar.gz", HOSTILE[kind])
    with pytest.raises(RecordError, match=r"evil\.tar\.gz"):
        archive.restore(Records(root), path)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
    assert not Path("/etc/launchlab-was-here").exists()


def bomb(path: Path) -> None:
    with tarfile.open(path, "w:gz") as made, Path("/dev/zero").open("rb") as zeros:
        made.addfile(entry("runs/a/b", size=20_000_000), zeros)


def many(path: Path) -> None:
    written(path, [entry(f"runs/a/{number}") for number in range(2_000)])


def large_header(path: Path) -> None:
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as made:
        made.addfile(entry("runs/a/b", pax_headers={"comment": "x" * 3_000_000}))


def endless_headers(path: Path) -> None:
    announcing = entry("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=1).tobuf(tarfile.GNU_FORMAT)
    with gzip.open(path, "wb") as made:
        made.write((announcing + b"a".ljust(512, b"\0")) * 3_000)


@pytest.mark.parametrize("make", [bomb, many, large_header, endless_headers])
def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "bomb.tar.gz"
    make(path)
    with pytest.raises(RecordError, match=r"bomb\.tar\.gz"):
        archive.restore(Records(tmp_path / "store"), path, Limits(entries=1_000, size=10_000_000))
    assert not [each for each in (tmp_path / "store").rglob("*") if each.is_file()]


def test_half_an_archive_restores_nothing(store: Store, tmp_path: Path) -> None:
    path = packed(store, tmp_path / "all.tar.gz")
    whole = path.read_bytes()
    for size in (0, 10, 500, len(whole) // 2, len(whole) - 9):
        path.write_bytes(whole[:size])
        with pytest.raises(RecordError, match=r"all\.tar\.gz"):
            archive.restore(Records(tmp_path / "new"), path)
    assert not files(tmp_path / "new")


def test_something_else_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(RecordError, match=r"notes\.txt is not a whole archive"):
        archive.restore(Records(tmp_path / "store"), path)
