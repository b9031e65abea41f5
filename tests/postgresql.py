"""A PostgreSQL server of the tests' own: a cluster in a folder, on a free port of loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine

# Debian keeps the server's programs out of the path; newest first.
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, None where there is no server."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).parent] if found else []
    for place in _PLACES:
        folders += sorted(Path("/").glob(place.removeprefix("/")), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server; each test makes its own database in it."""

    port: int

    def address(self, database: str) -> str:
        return f"postgresql://tester@127.0.0.1:{self.port}/{database}"

    def make(self, database: str) -> str:
        """Make a database, and return its address."""
        engine = create_engine(
            self.address("postgres").replace("postgresql:", "postgresql+psycopg:"),
            isolation_level="AUTOCOMMIT",
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{database}"')
        engine.dispose()
        return self.address(database)


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Start a server on a new cluster, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="launchlab-pg-") as place:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        cluster = Path(place) / "cluster"
        as_user = _unprivileged(Path(place))
        _run(as_user, [str(folder / "initdb"), "-D", str(cluster), "-U", "tester", "-A", "trust", "-N"])
        # What a test loses by a crash it makes again, so nothing is synced.
        options = f"-p {port} -h 127.0.0.1 -k {place} -c fsync=off -c max_connections=40"
        control = [str(folder / "pg_ctl"), "-D", str(cluster), "-w", "-t", "60"]
        _run(as_user, [*control, "-l", str(Path(place) / "log"), "-o", options, "start"])
        try:
            yield Server(port=port)
        finally:
            _run(as_user, [*control, "-m", "immediate", "stop"])


def _unprivileged(place: Path) -> pwd.struct_passwd | None:
    """Return a user to run the server as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    os.chown(place, user.pw_uid, user.pw_gid)
    return user


def _run(user: pwd.struct_passwd | None, command: list[str]) -> None:
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    subprocess.run(  # type: ignore[call-overload]
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **identity
    )
