"""The database files."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tourapp.store import database
from tourapp.store.database import (
    ForeignFileError,
    ensure_catalogue,
    ensure_logbook,
    open_catalogue,
    open_logbook_for_reading,
    open_logbook_for_writing,
)


def test_a_catalogue_that_is_there_is_reused(catalogue: Path) -> None:
    before = catalogue.stat()
    ensure_catalogue(catalogue, seed=1)
    assert catalogue.stat() == before


def test_a_catalogue_of_another_seed_or_version_is_rebuilt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tours.sqlite"
    inodes = []
    for seed, version in ((1, 1), (2, 1), (2, 2)):
        monkeypatch.setattr(database, "CONTENT_VERSION", version)
        ensure_catalogue(path, seed=seed)
        inodes.append(path.stat().st_ino)
    assert inodes[0] != inodes[1] != inodes[2]
    assert [file.name for file in tmp_path.iterdir()] == ["tours.sqlite"]


def test_a_file_of_another_kind_is_never_replaced(tmp_path: Path) -> None:
    text, other = tmp_path / "letter.txt", tmp_path / "other.sqlite"
    text.write_text("Dear reader, " * 100)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE theirs (column)")
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(ForeignFileError, match="Name a new file"):
            ensure_catalogue(path, seed=1)
        with pytest.raises(ForeignFileError, match="Name a new file"):
            ensure_logbook(path)
        assert path.read_bytes() == before


def test_the_catalogue_cannot_be_written_to_while_serving(catalogue: Path) -> None:
    with (
        closing(open_catalogue(catalogue)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM tours")


def test_the_logbook_commits_durably_through_a_rollback_journal(logbook: Path) -> None:
    with closing(open_logbook_for_writing(logbook)) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("truncate",)


def test_a_logbook_of_another_version_is_refused(logbook: Path) -> None:
    with closing(open_logbook_for_writing(logbook)) as connection:
        connection.execute("PRAGMA user_version = 1")
    with pytest.raises(ForeignFileError, match="version 1"):
        ensure_logbook(logbook)


def test_a_logbook_with_a_commit_that_a_crash_cut_short_is_ours_and_is_repaired(
    logbook: Path, tmp_path: Path
) -> None:
    crashed = tmp_path / "crashed.sqlite"
    with closing(open_logbook_for_writing(logbook)) as writer:
        # A cache of one page makes SQLite write pages, and so the journal, before the commit.
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN IMMEDIATE")
        writer.executemany("INSERT INTO progress VALUES (?, 1, 1, 1.0, 1, 0.0)", [(n,) for n in range(5_000)])
        shutil.copy(logbook, crashed)
        shutil.copy(f"{logbook}-journal", f"{crashed}-journal")
        writer.execute("ROLLBACK")
    ensure_logbook(crashed)
    with closing(open_logbook_for_writing(crashed)) as connection:
        assert connection.execute("SELECT count(*) FROM progress").fetchone() == (0,)


def test_servers_that_start_at_once_take_the_first_ones_logbook(tmp_path: Path) -> None:
    path = tmp_path / "logbook.sqlite"

    def key_of_first_start(_: int) -> bytes:
        ensure_logbook(path)
        with closing(open_logbook_for_reading(path)) as reader:
            (key,) = reader.execute("SELECT key FROM signing_key").fetchone()
        return bytes(key)

    with ThreadPoolExecutor(4) as servers:
        assert len(set(servers.map(key_of_first_start, range(4)))) == 1
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
