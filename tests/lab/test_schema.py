"""The SQL store's schema: one history of revisions, run whole or not at all, by one process at a time."""

from __future__ import annotations

import json
import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert

from lab.kernel.errors import RecordError
from lab.store.database import Database, Source
from lab.store.schema import HEAD, METADATA, RUN
from lab.store.sqlite import engine_at, journal_mode
from lab.store.store import Store
from lab.store.turns import WRITING
from lab.store.upgrade import configuration, upgrade
from tests.builders import START, a_run_of
from tests.stores import content, measured

REVISIONS = [
    script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions("base", "heads")
]
SOURCE = Source(mark="mine")
FIRST_TABLES = ("run", "trial", "reading", "deployment_history")


def at_revision(path: Path, revision: str) -> None:
    """Make a store as the launchlab of *revision* made it, with one run."""
    with engine_at(path).execution_options(**WRITING).begin() as connection:
        upgrade(connection, frozenset(), to=revision)
        row = {
            "id": "old",
            "session": "s",
            "subject": "tour",
            "release": "1",
            "started_at": START,
            "partial": 0,
        }
        connection.execute(insert(RUN), row)


def forgets_what_is_new(path: Path) -> None:
    """Take the store back to the first revision, with its runs."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP TABLE error_logs; ALTER TABLE run DROP COLUMN store; DROP TABLE deployment_history; "
            "CREATE TABLE deployment_history (baseline VARCHAR NOT NULL, promoted_at DATETIME NOT NULL, "
            "run VARCHAR NOT NULL, release VARCHAR NOT NULL, promoted_by VARCHAR NOT NULL, "
            "why VARCHAR NOT NULL, PRIMARY KEY (baseline, promoted_at)); "
            "UPDATE alembic_version SET version_num = '0001'"
        )


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_the_tables_in_the_code_are_those_that_the_revisions_make(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    Database.at(path, SOURCE)
    with engine_at(path).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_newest_revision_is_the_one_that_the_code_names() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_any_revision_is_migrated_and_keeps_its_rows(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "store.sqlite"
    at_revision(path, revision)
    database = Database.at(path, SOURCE)
    assert [line.id for line in database.newest(9)] == ["old"]
    assert content(tmp_path)["alembic_version"] == [(HEAD,)]


@pytest.mark.parametrize("there", [FIRST_TABLES, FIRST_TABLES[:2]], ids=["all tables", "only some"])
def test_a_store_older_than_migrations_is_adopted(tmp_path: Path, there: tuple[str, ...]) -> None:
    path = tmp_path / "store.sqlite"
    engine = engine_at(path)
    at_revision(path, "0001")
    with closing(sqlite3.connect(path)) as connection:
        for name in {"alembic_version", *FIRST_TABLES} - set(there):
            connection.execute(f"DROP TABLE {name}")
    assert [line.id for line in Database.at(path, SOURCE).newest(9)] == ["old"]
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_runs_that_an_older_launchlab_kept_fill_the_new_tables(tmp_path: Path) -> None:
    measured(Store.at(tmp_path), a_run_of([0.1, 0.2]))
    before = content(tmp_path)
    forgets_what_is_new(tmp_path / "store.sqlite")
    Store.at(tmp_path)
    assert content(tmp_path) == before


def test_a_store_of_a_newer_launchlab_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    Store.at(tmp_path)
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = (tmp_path / "store.sqlite").read_bytes()
    with pytest.raises(RecordError, match=r"'9999', of a newer launchlab.*store rebuild"):
        Store.at(tmp_path)
    assert (tmp_path / "store.sqlite").read_bytes() == before
    assert not (tmp_path / "store.damaged").exists()


OPENS = """
import json, sys
from pathlib import Path
from lab.store.database import Database, Source
sys.stdin.readline()
Database.at(Path(sys.argv[1]), Source(mark="mine"))
print(json.dumps(sorted(name for name in sys.modules if name == "alembic")))
"""


def opening(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OPENS, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_store_that_is_up_to_date_opens_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    imported = []
    for _ in range(2):
        with opening(path) as process:
            imported.append(json.loads(process.communicate("go\n", timeout=60)[0]))
    assert imported == [["alembic"], []]


def test_processes_that_open_a_fresh_store_at_the_same_moment_all_succeed(tmp_path: Path) -> None:
    processes = [opening(tmp_path / "new" / "store.sqlite") for _ in range(4)]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    assert content(tmp_path / "new")["alembic_version"] == [(HEAD,)]


# Each child opens a copy of the store, and is killed after its n-th statement; the last one comes through.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from lab.store import upgrade
from lab.store.store import Store

old, folder = Path(sys.argv[1]), Path(sys.argv[2])

def child(number):
    left = [number]
    def count(*_):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(Engine, "after_cursor_execute", count)
    shutil.copytree(old, folder / str(number))
    Store.at(folder / str(number))
    os._exit(0)

for number in range(1, 200):
    pid = os.fork()
    if not pid:
        child(number)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
        break
"""


@pytest.mark.parametrize("revision", [None, "0001"])
def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new_with_its_rows(
    tmp_path: Path, revision: str | None
) -> None:
    old, folder = tmp_path / "old", tmp_path / "killed"
    measured(Store.at(old), a_run_of([0.1]))
    whole = content(old)
    if revision is None:
        (old / "store.sqlite").unlink()
    else:
        forgets_what_is_new(old / "store.sqlite")
    before = tables(old / "store.sqlite") if revision else set()
    subprocess.run([sys.executable, "-c", KILLED, str(old), str(folder)], check=True, timeout=100)
    found = {path.parent: tables(path) for path in folder.glob("*/store.sqlite")}
    assert len(found) > 5
    assert all(schema in (before, set(whole)) for schema in found.values())
    assert set(whole) in found.values()
    for root in found:
        Store.at(root)
        assert tables(root / "store.sqlite") == set(whole)
        # A store that was not there has nothing to migrate; 'store rebuild' fills it.
        assert revision is None or content(root) == whole


def test_a_store_is_durable_and_waits_for_its_turn(tmp_path: Path) -> None:
    with engine_at(tmp_path / "store.sqlite").connect() as connection:

        def pragma(name: str) -> object:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

        assert str(pragma("journal_mode")).upper() == journal_mode(sqlite3.sqlite_version_info)
        assert pragma("synchronous") == 2  # FULL
        assert pragma("foreign_keys") == 1
        assert pragma("busy_timeout") == 30_000


def test_a_write_ahead_log_is_used_only_where_it_is_safe() -> None:
    assert journal_mode((3, 40, 1)) == "DELETE"
    assert journal_mode((3, 51, 2)) == "DELETE"
    assert journal_mode((3, 51, 3)) == "WAL"


def test_who_reads_first_and_writes_later_waits_like_any_writer(tmp_path: Path) -> None:
    engine = engine_at(tmp_path / "store.sqlite").execution_options(**WRITING)
    Database.at(tmp_path / "store.sqlite", SOURCE)
    with engine.begin(), closing(sqlite3.connect(tmp_path / "store.sqlite", timeout=0)) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM run").fetchone() == (0,)


def test_the_revisions_speak_postgresql_too() -> None:
    config = configuration()
    config.output_buffer = StringIO()
    config.attributes["dialect"] = "postgresql"
    command.upgrade(config, "head", sql=True)
    written = config.output_buffer.getvalue()
    assert "TIMESTAMP WITH TIME ZONE" in written
    assert all(f" {name} (" in written for name in METADATA.tables)


def test_migrating_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Store.at(tmp_path)
    assert not caplog.records
