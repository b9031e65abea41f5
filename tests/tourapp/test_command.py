"""The command `python -m tourapp`."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from tests.tourapp.servers import DEADLINE, started
from tourapp.__main__ import cache_folder, main
from tourapp.store.database import APPLICATION_ID, LOGBOOK_VERSION


def refuses_connections(address: str) -> bool:
    """Tell whether nobody listens there before the deadline is over."""
    host, _, port = address.removeprefix("http://").partition(":")
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except ConnectionRefusedError:
            return True
        # A listener that closes resets what waited in its queue.
        except ConnectionResetError:
            continue
    return False


@pytest.mark.end_to_end
def test_the_server_answers_once_it_says_so_and_stops_on_sigterm(tmp_path: Path) -> None:
    with started("--release", "1.2", "--database", str(tmp_path / "tours.sqlite")) as (process, address):
        assert httpx.get(f"{address}/readyz").json()["release"] == "1.2"
        began = time.monotonic()
        assert httpx.get(f"{address}/api/search?q=river").status_code == 200
        assert time.monotonic() - began >= 0.4
        process.terminate()
        assert process.wait(DEADLINE) == 0
        assert refuses_connections(address)
    assert {file.name for file in tmp_path.iterdir()} >= {"tours.sqlite", "tours.logbook.sqlite"}


@pytest.mark.end_to_end
def test_a_terminal_that_is_closed_stops_the_server(tmp_path: Path) -> None:
    with started("--workers", "2", "--database", str(tmp_path / "tours.sqlite")) as (process, address):
        os.killpg(process.pid, signal.SIGHUP)
        assert process.wait(DEADLINE) == 0
        assert refuses_connections(address)


@pytest.mark.end_to_end
def test_workers_that_are_still_starting_stop_too(tmp_path: Path) -> None:
    # The server says so when the first worker answers; this many are never ready at once.
    with started("--workers", "6", "--database", str(tmp_path / "tours.sqlite")) as (process, address):
        process.terminate()
        assert process.wait(DEADLINE) == 0
        assert refuses_connections(address)


@pytest.mark.end_to_end
def test_a_killed_server_leaves_no_worker_that_answers(tmp_path: Path) -> None:
    with started("--workers", "2", "--database", str(tmp_path / "tours.sqlite")) as (process, address):
        process.kill()
        process.wait(DEADLINE)
        assert refuses_connections(address)


@pytest.mark.end_to_end
def test_a_taken_port_is_an_error_not_half_of_the_requests(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    database = str(tmp_path / "tours.sqlite")
    with started("--database", database) as (_, address):
        port = address.rpartition(":")[2]
        assert main(["--port", port, "--database", database]) == 1
        assert "Choose another --port" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--release", "9"], ["choose from 1.0, 1.1, 1.2"]),
        (["--defect", "crash"], ["crash", "slow-search, n-plus-one", "cross-user-leak"]),
        (["--defect", "slow-search=soon"], ["seconds from 0 to 60", "soon"]),
        (["--defect", "slow-search=nan"], ["seconds from 0 to 60", "nan"]),
        (["--defect", "no-etag=0.5"], ["no-etag is there or not", "0.5"]),
        (["--port", "70000"], ["from 0 to 65535"]),
        (["--workers", "0"], ["from 1 to 64"]),
        (["--defect", "errors=0.1", "--defect", "errors"], ["--defect", "errors is given twice"]),
        (["--database", "/nonexist/x.sqlite"], ["there is no folder /nonexist", "name another"]),
    ],
)
def test_a_misused_option_names_the_accepted_values(
    arguments: list[str], named: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--port", "0", *arguments])
    assert stop.value.code == 2
    # Python versions differ in whether they quote the accepted values.
    message = capsys.readouterr().err.replace("'", "")
    assert all(name in message for name in named)


def test_a_file_of_another_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader")
    assert main(["--port", "0", "--database", str(letter)]) == 1
    assert "is not a database of the tour app" in capsys.readouterr().err


def test_media_that_cannot_be_kept_are_an_error_with_the_folder_and_a_way_out(
    tmp_path: Path, catalogue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(catalogue, tmp_path / "tours.sqlite")
    options = ["--database", str(tmp_path / "tours.sqlite"), "--media", "/proc/tours"]
    assert main(["--port", "0", *options]) == 1
    told = capsys.readouterr().err
    assert "cannot keep media in /proc/tours" in told
    assert "Name a folder" in told


@pytest.mark.end_to_end
def test_the_line_of_the_start_tells_strengths_that_are_not_the_usual_ones(tmp_path: Path) -> None:
    database = ["--database", str(tmp_path / "tours.sqlite")]
    command = [sys.executable, "-m", "tourapp", "--port", "0", *database]
    defects = ["--release", "1.2", "--defect", "slow-search=0.2", "--defect", "errors"]
    with subprocess.Popen([*command, *defects], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        process.terminate()
    assert line.endswith("(defects: blocking-script, errors, slow-search=0.2)\n")


def test_a_database_that_cannot_be_used_is_an_error_in_one_line(
    tmp_path: Path, catalogue: Path, media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(catalogue, tmp_path / "tours.sqlite")
    logbook = tmp_path / "tours.logbook.sqlite"
    with sqlite3.connect(logbook) as connection:
        # It says that it is a logbook of this version, and has no tables.
        connection.executescript(
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {LOGBOOK_VERSION};"
        )
    options = ["--port", "0", "--database", str(tmp_path / "tours.sqlite"), "--media", str(media)]
    assert main(options) == 1
    assert capsys.readouterr().err.startswith("tourapp: no such table")


@pytest.mark.parametrize("kind", ["link", "writable", "file"])
def test_a_cache_that_somebody_else_may_write_into_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = cache_folder()
    assert folder == cache_folder()
    match kind:
        case "writable":
            folder.chmod(0o770)
        case "link":
            folder.rmdir()
            (tmp_path / "elsewhere").mkdir()
            folder.symlink_to(tmp_path / "elsewhere")
        case _:
            folder.rmdir()
            folder.write_text("mine")
    assert main(["--port", "0"]) == 1
    assert str(folder) in capsys.readouterr().err


def test_a_word_that_is_no_command_is_refused_with_the_one_that_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["defcts"])
    assert stop.value.code == 2
    assert "'defcts'" in (told := capsys.readouterr().err)
    assert "'defects' lists the defects" in told
