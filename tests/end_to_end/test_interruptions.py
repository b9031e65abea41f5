"""Whatever interrupts a command: finished trials are kept, no process is left, the exit code says it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from devices import equipment
from lab.kernel.model import Run
from lab.store.records import Records
from lab.store.store import Store
from tests.builders import a_run_of
from tests.commands import BRIEF, Running, a_project, kept_trials, launchlab, running
from tests.stores import measured as kept

pytestmark = pytest.mark.end_to_end

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
# More trials than any of these sessions lives for.
LONG = ("load", "tiny", "--trials", "50")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project with one brief load case on the bundled tour app."""
    return a_project(tmp_path, BRIEF)


def only_run(folder: Path) -> Run:
    """Return the only run on record; reading it fails if any record of it is damaged."""
    records = Records(folder / ".launchlab")
    (name,) = records.runs()
    return records.load_run(name)


def is_kept_in_part(folder: Path, *, at_least: int = 1) -> bool:
    run = only_run(folder)
    return run.partial and at_least <= len(run.trials) < 50


@pytest.mark.parametrize(
    ("number", "group"),
    [(INT, True), pytest.param(TERM, True, marks=pytest.mark.proof), (TERM, False)],
    ids=["ctrl-c", "kill-group", "kill-one"],
)
def test_a_session_that_is_asked_to_stop_keeps_finished_trials_and_reports_them(
    folder: Path, number: signal.Signals, *, group: bool
) -> None:
    with running(*LONG, folder=folder) as session:
        session.until(lambda: kept_trials(folder), "a trial on record")
        session.interrupt(number, group=group)
        assert session.ends() == 128 + number, session.complained
        assert "PARTIAL" in session.said
        assert "Report" in session.said
        assert not session.complained
        assert is_kept_in_part(folder)
        assert session.leaves_nothing()


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(INT, INT, marks=pytest.mark.proof),
        pytest.param(TERM, TERM, marks=pytest.mark.proof),
        (HUP, INT),
    ],
)
def test_who_insists_ends_a_session_at_once_with_the_code_of_the_first_request(
    folder: Path, first: signal.Signals, then: signal.Signals
) -> None:
    # A subject that leaves a deaf process behind keeps a polite end waiting.
    project = folder / "launchlab.toml"
    deaf = '"/bin/sh", "-c", "(trap \'\' TERM; exec sleep 90) & exec $0 $@", "{python}"'
    project.write_text(project.read_text().replace('"{python}"', deaf))
    with running(*LONG, folder=folder) as session:
        session.until(lambda: kept_trials(folder), "a trial on record")
        session.interrupt(first)
        session.press_until_it_ends(then)
        assert session.ends() == 128 + first, session.complained
        assert "Traceback" not in session.complained
        assert is_kept_in_part(folder)
        assert session.leaves_nothing()


def test_a_request_that_is_heard_twice_is_one(folder: Path) -> None:
    with running(*LONG, folder=folder) as session:
        session.until(lambda: kept_trials(folder), "a trial on record")
        # As timeout(1) does it: to the command, then to its group.
        session.interrupt(TERM, group=False)
        session.interrupt(TERM)
        assert session.ends() == 143
        assert "Report" in session.said
        assert not session.complained


def test_interrupting_while_the_subject_starts_ends_at_once(folder: Path) -> None:
    project = folder / "launchlab.toml"
    serves = '"-m", "tourapp", "--port", "{port}", "--release", "{release}"'
    project.write_text(project.read_text().replace(serves, '"-c", "import time; time.sleep(90)"'))
    with running(*LONG, folder=folder) as session:
        session.until(lambda: list(folder.glob(".launchlab/sessions/*/*.log")), "the subject's start")
        session.interrupt(INT)
        assert session.ends() == 130
        assert "finished trials are kept" in session.complained
        assert session.leaves_nothing()


class Terminal:
    """A pseudo-terminal, with someone who reads it until it is closed."""

    def __init__(self) -> None:
        self._master, self.slave = os.openpty()
        os.set_blocking(self._master, False)
        self._shown = b""

    @property
    def shown(self) -> str:
        """What was written to it so far."""
        with suppress(BlockingIOError):
            while read := os.read(self._master, 65536):
                self._shown += read
        return self._shown.decode("utf-8", "replace")

    def close(self) -> None:
        """Hang up, as closing the window of a terminal does."""
        os.close(self._master)


# Makes standard input the controlling terminal, then becomes the program.
TAKES_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


@contextmanager
def at_a_terminal(
    *arguments: str, folder: Path, through: tuple[str, ...] = ()
) -> Iterator[tuple[Running, Terminal]]:
    terminal = Terminal()
    with running(
        *arguments,
        folder=folder,
        through=(sys.executable, "-c", TAKES_TERMINAL, *through),
        terminal=terminal.slave,
    ) as session:
        os.close(terminal.slave)
        yield session, terminal


def test_a_closed_terminal_ends_a_session_cleanly(folder: Path) -> None:
    with at_a_terminal(*LONG, folder=folder) as (session, terminal):
        # The live line is there, and redrawn all the time.
        session.until(lambda: "#2" in terminal.shown, "a trial that was told")
        terminal.close()
        assert session.ends() == 129
        assert is_kept_in_part(folder)
        assert list(folder.glob(".launchlab/runs/*/report.html"))
        assert session.leaves_nothing()


def test_a_session_that_ignores_the_terminals_end_goes_on(folder: Path) -> None:
    # What nohup does; only that words still go to the terminal, which is gone.
    ignoring = ("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh")
    with at_a_terminal("load", "tiny", "--trials", "2", folder=folder, through=ignoring) as (
        session,
        terminal,
    ):
        session.until(lambda: "#1" in terminal.shown and kept_trials(folder), "a trial on record")
        terminal.close()
        assert session.ends() in (0, 5)
        assert not only_run(folder).partial
        assert session.leaves_nothing()


def test_a_closed_pipe_ends_a_session_and_keeps_what_was_finished(folder: Path) -> None:
    ours, theirs = os.pipe()
    with running(*LONG, folder=folder, stdout=theirs) as session:
        os.close(theirs)
        with os.fdopen(ours, encoding="utf-8") as reader:
            told = next(line for line in reader if "#1" in line)
        assert session.ends() == 141
        assert "1.1" in told
        assert not session.complained
        assert is_kept_in_part(folder)
        assert session.leaves_nothing()


@pytest.mark.parametrize("arguments", [("--help",), ("report",), ("doctor",)])
def test_a_pipe_that_nobody_reads_ends_any_command_quietly(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with running(*arguments, folder=tmp_path, stdout=theirs) as command:
        os.close(theirs)
        assert command.ends() == 141
        assert not command.complained


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a project with a finished run, and the run's name."""
    folder = a_project(tmp_path_factory.mktemp("measured"), BRIEF)
    return folder, kept(Store.at(folder / ".launchlab"), a_run_of([0.100, 0.103, 0.099])).id


@pytest.mark.parametrize(
    ("command", "number"),
    [
        (("judge", "RUN"), INT),
        pytest.param(("report", "RUN"), TERM, marks=pytest.mark.proof),
        (("store", "rebuild"), HUP),
    ],
    ids=["judge", "report", "rebuild"],
)
def test_a_command_that_measures_nothing_ends_at_once_and_harms_nothing(
    measured: tuple[Path, str], command: tuple[str, ...], number: signal.Signals
) -> None:
    folder, run = measured
    arguments = [run if word == "RUN" else word for word in command]
    before = only_run(folder)
    choose = Random(20261123)  # noqa: S311  (moments, not secrets)
    began = time.monotonic()
    assert launchlab(*arguments, folder=folder).returncode in (0, 4, 5)
    length = time.monotonic() - began
    for _ in range(4):
        with running(*arguments, folder=folder) as ending:
            ending.until_it_listens()
            # Some moment of its life, not a wait for something.
            time.sleep(choose.uniform(0, 0.8 * length))
            if ending.process.poll() is None:
                ending.interrupt(number)
            assert ending.ends() in (128 + number, 0, 4, 5)
            assert "Traceback" not in ending.complained
            assert ending.leaves_nothing()
    assert only_run(folder).trials == before.trials
    assert launchlab(*arguments, folder=folder).returncode in (0, 4, 5)


@pytest.mark.parametrize("number", [INT, pytest.param(TERM, marks=pytest.mark.proof)])
def test_an_interrupt_while_the_report_is_made_costs_the_report_only(
    folder: Path, number: signal.Signals
) -> None:
    with running("load", "tiny", folder=folder) as session:
        session.until(lambda: "limits, advisory" in session.said, "the verdict")
        session.interrupt(number, group=False)
        # It may have been quicker.
        assert session.ends() in (128 + number, 0, 5)
        assert "Traceback" not in session.complained
        assert not only_run(folder).partial


@pytest.mark.parametrize(
    "number", [INT, *(pytest.param(number, marks=pytest.mark.proof) for number in (TERM, HUP))]
)
def test_a_session_of_visits_leaves_no_browser(tmp_path: Path, number: signal.Signals) -> None:
    if equipment.find() is None:
        pytest.skip("there is no browser on this machine")
    with running("devices", "--trials", "50", folder=tmp_path) as session:
        session.until(lambda: kept_trials(tmp_path), "a visit on record")
        session.interrupt(number)
        assert session.ends() == 128 + number, session.complained
        assert "Traceback" not in session.complained
        assert is_kept_in_part(tmp_path)
        assert session.leaves_nothing()


def test_two_sessions_in_one_store_do_not_disturb_each_other(folder: Path) -> None:
    with (
        running("load", "tiny", folder=folder) as one,
        running("load", "tiny", folder=folder) as other,
    ):
        assert one.ends() in (0, 5), one.complained
        assert other.ends() in (0, 5), other.complained
        assert not one.complained + other.complained
    records = Records(folder / ".launchlab")
    runs = [records.load_run(name) for name in records.runs()]
    assert len(runs) == 2
    for run in runs:
        assert not run.partial
        assert records.load_verdict(run.id) is not None
        assert run.id in launchlab("report", folder=folder).stdout


def test_a_session_that_is_killed_outright_loses_at_most_the_trial_in_flight(folder: Path) -> None:
    with running(*LONG, folder=folder) as session:
        session.until(lambda: "#1" in session.said, "a trial that was told")
        session.process.kill()
        session.ends()
        assert is_kept_in_part(folder)
        assert session.leaves_nothing()
    assert launchlab("store", "rebuild", folder=folder).stdout == "runs kept: 1\n"
    assert launchlab("judge", only_run(folder).id, folder=folder).returncode in (4, 5)
