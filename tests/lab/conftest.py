"""The databases that a store is tested on: a file of SQLite's, and a real PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests import postgresql
from tests.postgresql import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Return a PostgreSQL server for the whole session."""
    folder = postgresql.programs()
    if folder is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    with postgresql.running(folder) as started:
        yield started


@pytest.fixture
def shared(server: Server) -> str:
    """Return the address of an empty PostgreSQL database."""
    return server.make(f"t{secrets.token_hex(8)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> str | None:
    """Return the address of an empty database; None for the file beside the records."""
    if request.param == "sqlite":
        return None
    found: str = request.getfixturevalue("shared")
    return found
