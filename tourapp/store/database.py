"""The two database files: the seeded catalogue and the logbook of what walkers write.

They are two files because a commit of a rollback journal locks its whole file while the disk syncs: with one
file, every listing would wait for every saved step.  Write-ahead logging would not have that cost, but SQLite
before 3.51.3 can corrupt such a file.
"""

import contextlib
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from tourapp.content import sphere
from tourapp.content.people import seeded_email
from tourapp.content.reviews import seeded_reviews
from tourapp.content.seed import CONTENT_VERSION, Tour, seeded_tours
from tourapp.store.catalogue import card_of

# Marks a file as ours ("tour" in ASCII), so that a mistyped path never costs somebody else's file.
APPLICATION_ID = 0x746F7572

# Seconds to wait for another process's commit while a file is opened.
LOCK_PATIENCE = 5.0

# Raised when the tables of the logbook change; one of another version is refused, never altered.
LOGBOOK_VERSION = 3

CATALOGUE_SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA journal_mode = OFF;
CREATE TABLE edition (
  content_version INTEGER NOT NULL, seed INTEGER NOT NULL, tours INTEGER NOT NULL, cities INTEGER NOT NULL,
  stops INTEGER NOT NULL
);
CREATE TABLE cities (name TEXT PRIMARY KEY, country TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tours (
  tour_id INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, theme TEXT NOT NULL,
  city TEXT NOT NULL REFERENCES cities, language TEXT NOT NULL, stops INTEGER NOT NULL,
  x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL, card BLOB NOT NULL, description TEXT NOT NULL
);
CREATE INDEX tours_of_city ON tours (city, place);
CREATE INDEX tours_in_language ON tours (language, place);
CREATE TABLE stops (
  tour_id INTEGER NOT NULL REFERENCES tours, position INTEGER NOT NULL, name TEXT NOT NULL,
  story TEXT NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL, seconds INTEGER NOT NULL,
  PRIMARY KEY (tour_id, position)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE tour_boxes USING rtree (tour_id, south, north, west, east);
CREATE VIRTUAL TABLE tour_words USING fts5 (title, city, theme, description, content='', prefix='1 2 3');
"""

LOGBOOK_SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {LOGBOOK_VERSION};
CREATE TABLE signing_key (key BLOB NOT NULL);
CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY, account TEXT NOT NULL, refresh_digest BLOB NOT NULL, started_at REAL NOT NULL,
  refreshed_at REAL NOT NULL, ended_at REAL
) WITHOUT ROWID;
CREATE INDEX ended_sessions ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX idle_sessions ON sessions (refreshed_at);
CREATE TABLE progress (
  account TEXT NOT NULL, tour_id INTEGER NOT NULL, stop INTEGER NOT NULL, seconds REAL NOT NULL,
  version INTEGER NOT NULL, recorded_at REAL NOT NULL,
  PRIMARY KEY (account, tour_id)
) WITHOUT ROWID;
CREATE TABLE sync_answers (
  account TEXT NOT NULL, idempotency_key TEXT NOT NULL, request_digest BLOB NOT NULL, answer BLOB NOT NULL,
  answered_at REAL NOT NULL,
  PRIMARY KEY (account, idempotency_key)
) WITHOUT ROWID;
CREATE INDEX old_sync_answers ON sync_answers (answered_at);
CREATE TABLE reviews (
  review_id INTEGER PRIMARY KEY, tour_id INTEGER NOT NULL, account TEXT NOT NULL, rating INTEGER NOT NULL,
  text TEXT NOT NULL, written_at REAL NOT NULL
);
CREATE INDEX reviews_of_tour ON reviews (tour_id, review_id, rating);
CREATE TABLE vitals (
  received_at REAL NOT NULL, release TEXT NOT NULL, variant TEXT NOT NULL, page TEXT NOT NULL,
  name TEXT NOT NULL, value REAL NOT NULL
);
CREATE TABLE system_metrics (
  sampled_at REAL NOT NULL, worker INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL
);
CREATE TABLE error_logs (
  logged_at REAL NOT NULL, worker INTEGER NOT NULL, release TEXT NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, status INTEGER NOT NULL, error TEXT NOT NULL, trace_id TEXT NOT NULL
);
CREATE TABLE deployment_history (
  deployment_id INTEGER PRIMARY KEY, release TEXT NOT NULL, defects TEXT NOT NULL, workers INTEGER NOT NULL,
  started_at REAL NOT NULL, ended_at REAL
);
"""


class ForeignFileError(Exception):
    """The given path holds something that is not a database of the tour app."""


def ensure_catalogue(path: Path, seed: int) -> None:
    """Build the catalogue of this seed at `path`, unless it is there already.

    Raises ForeignFileError rather than replace a file of another kind.
    """
    if path.exists() and _edition(path) == (CONTENT_VERSION, seed):
        return
    with _built_aside(path) as connection:
        connection.executescript(CATALOGUE_SCHEMA)
        connection.execute("BEGIN")
        for tour in seeded_tours(seed):
            _insert(connection, tour)
        connection.execute(
            "INSERT INTO edition SELECT ?, ?, (SELECT count(*) FROM tours), (SELECT count(*) FROM cities),"
            " (SELECT count(*) FROM stops)",
            (CONTENT_VERSION, seed),
        )
        # One segment instead of many: a search reads a tenth quicker.
        connection.execute("INSERT INTO tour_words (tour_words) VALUES ('optimize')")
        connection.execute("COMMIT")
        connection.execute("ANALYZE")


def ensure_logbook(path: Path) -> None:
    """Create the logbook at `path` with a fresh key and the seeded reviews, unless it is there already.

    Of servers that start at once the first one's is taken by all: it may hold what a walker wrote already.
    """
    if not path.exists():
        with contextlib.suppress(FileExistsError), _built_aside(path, _named_first) as connection:
            _fill_logbook(connection)
    _refuse_foreign(path)
    _refuse_other_version(path)


def open_catalogue(path: Path) -> sqlite3.Connection:
    """Open the catalogue for reading; immutable, so that reads take no locks at all."""
    return _connection(path, "mode=ro&immutable=1")


def open_logbook_for_reading(path: Path) -> sqlite3.Connection:
    """Open the logbook read-only."""
    return _connection(path, "mode=ro")


def open_logbook_for_writing(path: Path) -> sqlite3.Connection:
    """Open the logbook so that a committed transaction survives a power cut."""
    connection = _connection(path, "mode=rw")
    # FULL also syncs the truncated journal; in DELETE mode the removed journal could come back after a power
    # cut and take the last commit with it.
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _fill_logbook(connection: sqlite3.Connection) -> None:
    connection.executescript(LOGBOOK_SCHEMA)
    connection.execute("BEGIN")
    connection.execute("INSERT INTO signing_key VALUES (?)", (secrets.token_bytes(32),))
    connection.executemany(
        "INSERT INTO reviews (tour_id, account, rating, text, written_at) VALUES (?, ?, ?, ?, ?)",
        (
            (each.tour_id, seeded_email(each.account), each.rating, each.text, each.written_at)
            for each in seeded_reviews()
        ),
    )
    connection.execute("COMMIT")


def _connection(path: Path, options: str) -> sqlite3.Connection:
    """Open in autocommit mode: transactions are begun by name, never by the driver."""
    return sqlite3.connect(
        f"file:{quote(str(path))}?{options}",
        uri=True,
        timeout=LOCK_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )


@contextmanager
def _built_aside(
    path: Path, name_it: Callable[[Path, Path], object] = Path.replace
) -> Iterator[sqlite3.Connection]:
    """Hand out a connection to a new file, which gets the name `path` by `name_it` when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(handle)
    aside = Path(name)
    try:
        with closing(_connection(aside, "mode=rw")) as connection:
            yield connection
        name_it(aside, path)
        _sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def _named_first(aside: Path, path: Path) -> None:
    """Give the file a second name, which only one can have; raises FileExistsError for the others."""
    path.hardlink_to(aside)


def _sync_folder(folder: Path) -> None:
    """Make the new name in this folder survive a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_foreign(path: Path) -> None:
    if _header(path)[1] != APPLICATION_ID:
        raise ForeignFileError(
            f"{path} is not a database of the tour app. Name a new file, or remove this one yourself."
        )


def _refuse_other_version(path: Path) -> None:
    found = _header(path)[0]
    if found != LOGBOOK_VERSION:
        raise ForeignFileError(
            f"{path} is a logbook of version {found}, and this release keeps version {LOGBOOK_VERSION}."
            "  Serve it with the release that wrote it, or name a new file."
        )


def _header(path: Path) -> tuple[int, int]:
    """Return the user version and the application id of a file, (0, 0) when it is no database.

    Read from the file itself (SQLite file format, section 1.3): after a crash in the midst of a commit, only
    a connection that may write could ask SQLite for them.
    """
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):  # noqa: PLR2004 - its fixed length
        return 0, 0
    return int.from_bytes(header[60:64], "big"), int.from_bytes(header[68:72], "big")


def _edition(path: Path) -> tuple[int, int] | None:
    """Return content version and seed of the catalogue at `path`, None when it is damaged."""
    _refuse_foreign(path)
    try:
        with closing(open_catalogue(path)) as connection:
            version, seed = connection.execute("SELECT content_version, seed FROM edition").fetchone()
    except (sqlite3.Error, TypeError):
        return None
    return int(version), int(seed)


def _insert(connection: sqlite3.Connection, tour: Tour) -> None:
    city = tour.city
    start = tour.stops[0]
    connection.execute("INSERT OR IGNORE INTO cities VALUES (?, ?)", (city.name, city.country))
    connection.execute(
        "INSERT INTO tours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(tour.tour_id, tour.place, tour.theme, city.name, tour.language.value, len(tour.stops)),
            *sphere.vector(start.latitude, start.longitude),
            *(msgspec.json.encode(card_of(tour)), tour.description),
        ),
    )
    connection.executemany(
        "INSERT INTO stops VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (tour.tour_id, stop.position, stop.name, stop.story, stop.latitude, stop.longitude, stop.seconds)
            for stop in tour.stops
        ],
    )
    # A box of no size: a tour is found by where it starts.
    connection.execute(
        "INSERT INTO tour_boxes VALUES (?, ?, ?, ?, ?)",
        (tour.tour_id, start.latitude, start.latitude, start.longitude, start.longitude),
    )
    # Words are found by place: among equals the more popular tour comes first.
    connection.execute(
        "INSERT INTO tour_words (rowid, title, city, theme, description) VALUES (?, ?, ?, ?, ?)",
        (tour.place, tour.title, city.name, tour.theme, tour.description),
    )
