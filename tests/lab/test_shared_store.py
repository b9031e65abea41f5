"""A PostgreSQL that several jobs share: none loses what another keeps, and whatever is wrong is said."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from lab.kernel.baseline import Kind
from lab.kernel.errors import RecordError, UsageError
from lab.store.database import Source
from lab.store.postgresql import engine_on, shown
from lab.store.schema import HEAD
from lab.store.store import Store
from lab.store.turns import WRITING
from lab.store.upgrade import upgrade
from tests.builders import START, a_run, a_run_of
from tests.postgresql import Server
from tests.stores import a_promotion, a_verdict, content, measured

JOB = """
import sys
from dataclasses import replace
from pathlib import Path
from lab.store.store import Store
from tests.builders import a_run_of
from tests.stores import measured
sys.stdin.readline()
store = Store.at(Path(sys.argv[1]), sys.argv[2])
for number in range(10):
    measured(store, replace(a_run_of([0.1, 0.2]), id=f"{sys.argv[3]}-{number}"))
"""


def test_two_jobs_share_it_and_each_rebuilds_and_forgets_its_own(tmp_path: Path, shared: str) -> None:
    mine, theirs = (Store.at(tmp_path / name, shared) for name in ("mine", "theirs"))
    kept = measured(mine, replace(a_run_of([0.1]), id="a-1"))
    measured(theirs, replace(a_run_of([0.1]), id="b-1"))
    theirs.promote(a_promotion("b-1"))
    mine.keep(kept, a_verdict("a-1"))
    before = content(tmp_path, shared)
    assert mine.rebuild().runs == 1
    mine.forget_removed()
    assert content(tmp_path, shared) == before
    assert {line.id for line in theirs.database.newest(9)} == {"a-1", "b-1"}


def test_jobs_that_write_at_the_same_moment_lose_nothing(tmp_path: Path, shared: str) -> None:
    """Also the first of them, who all find an empty database and want to migrate it."""
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", JOB, str(tmp_path / name), shared, name],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "abc"
    ]
    for job in jobs:
        assert job.stdin
        job.stdin.write("go\n")
        job.stdin.flush()
    errors = [job.communicate(timeout=120)[1] for job in jobs]
    assert [job.returncode for job in jobs] == [0] * 3, errors
    rows = content(tmp_path, shared)
    assert len(rows["run"]) == 30
    assert len(rows["reading"]) == 60
    assert rows["alembic_version"] == [(HEAD,)]


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_database_of_any_revision_is_migrated_and_its_runs_kept(
    tmp_path: Path, shared: str, revision: str
) -> None:
    with engine_on(shared).execution_options(**WRITING).begin() as connection:
        upgrade(connection, frozenset(), to=revision)
        connection.exec_driver_sql(
            "INSERT INTO run (id, session, subject, release, started_at, partial) "
            "VALUES ('old', 's', 'tour', '1', now(), 0)"
        )
    store = Store.at(tmp_path, shared)
    assert [line.id for line in store.database.newest(9)] == ["old"]
    assert content(tmp_path, shared)["alembic_version"] == [(HEAD,)]


def test_the_deployment_history_tells_what_became_of_releases(tmp_path: Path, address: str | None) -> None:
    store = Store.at(tmp_path, address)
    run = measured(store, a_run_of([0.1], release="1.0"))
    store.keep(run, a_verdict(run.id, release="1.0"))
    store.promote(a_promotion(run.id, at=START + timedelta(hours=1)))
    back = replace(a_promotion(run.id, at=START + timedelta(hours=2)), kind=Kind.ROLLBACK, why="1.1 leaks")
    store.promote(back)
    told = [(event.kind, event.at, event.release, event.why) for event in store.database.history()]
    assert told == [
        ("verdict", START, "1.0", None),
        ("promotion", START + timedelta(hours=1), "1.0", "it keeps its limits"),
        ("rollback", START + timedelta(hours=2), "1.0", "1.1 leaks"),
    ]


def test_the_subjects_words_are_kept_whatever_letters_they_have(tmp_path: Path, shared: str) -> None:
    store = Store.at(tmp_path, shared)
    run = replace(a_run_of([0.1]), id="odd")
    store.keep(replace(run, subject=replace(run.subject, name="a\x00b'; DROP TABLE run; --")))
    assert store.database.newest(1)[0].subject == "a\N{SYMBOL FOR NULL}b'; DROP TABLE run; --"


def test_a_database_of_a_newer_launchlab_is_refused(tmp_path: Path, shared: str) -> None:
    Store.at(tmp_path, shared)
    with psycopg.connect(shared) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(RecordError, match="of a newer launchlab"):
        Store.at(tmp_path, shared)


def test_a_server_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot use the database .*127\.0\.0\.1:1/.*refused") as told:
        Store.at(tmp_path, "postgresql://me:secret@127.0.0.1:1/launchlab")
    assert "secret" not in str(told.value)


def test_a_database_that_is_not_there_is_told(tmp_path: Path, server: Server) -> None:
    with pytest.raises(UsageError, match='"nowhere" does not exist'):
        Store.at(tmp_path, server.address("nowhere"))


def test_a_database_that_may_only_be_read_is_told_and_costs_no_record(tmp_path: Path, shared: str) -> None:
    store = Store.at(tmp_path, shared)
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute(
            f"ALTER DATABASE {shared.rpartition('/')[2]} SET default_transaction_read_only = on"
        )
    store.keep(a_run())
    assert store.records.runs() == ["run-1.1"]
    assert store.database.newest(9) == []


@pytest.mark.parametrize("address", ["mysql://me@host/db", "host/db"])
def test_what_is_no_address_of_a_postgresql_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match=r"postgresql://user@host/launchlab"):
        Store.at(tmp_path, address)


def test_an_address_is_shown_without_its_password() -> None:
    assert shown("postgres://me:secret@db/launchlab") == "postgresql://me:***@db/launchlab"


def test_a_folder_keeps_its_mark(tmp_path: Path) -> None:
    first = Store.at(tmp_path).records.mark()
    assert first == Store.at(tmp_path).records.mark() != Store.at(tmp_path / "other").records.mark()
    assert Source(mark=first).mark == first
