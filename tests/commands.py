"""launchlab as people type it: real processes, and a project for them to measure."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
LAUNCHLAB = (sys.executable, "-m", "launchlab")
TINY = 'users = 20\nramp = "1 s"\nhold = "2 s"\ntrials = 1\n'
# The shortest load that has a sound trial.
BRIEF = 'users = 10\nramp = "1 s"\nhold = "1 s"\ntrials = 1\n'
# Carried by every process of one command, and handed on to its children.
_MARK = "LAUNCHLAB_TEST_MARK"
# Much more than anything here takes on a machine swamped with work.
PATIENCE = 100.0
# A leash gives its program five seconds, and those who were told to end once more as many.
_ENDING = 20.0


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}


def launchlab(*arguments: str, folder: Path, timeout: float = 200) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LAUNCHLAB, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=timeout,
        check=False,
        env=environment(),
    )


def a_project(folder: Path, profile: str = TINY) -> Path:
    """Make a project with one load case on the bundled tour app, its profile named tiny."""
    (folder / "mine").mkdir()
    (folder / "mine" / "tiny.toml").write_text(profile)
    (folder / "launchlab.toml").write_text(
        'profiles = ["mine"]\n'
        "[subject]\n"
        'name = "tour"\n'
        'command = ["{python}", "-m", "tourapp", "--port", "{port}", "--release", "{release}"]\n'
        'ready = "/readyz"\n'
        'releases = ["1.0", "1.1", "1.2"]\n'
        'release = "1.1"\n'
        "[plan]\n"
        'load = [{ journey = "browse", profile = "tiny", trials = 2 }]\n'
        "[[targets]]\n"
        'name = "quick"\n'
        'reading = "response_mean"\n'
        'limit = "2 s"\n'
        'drift = { fail = "25 %", accept = "50 %" }\n'
    )
    return folder


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until *condition* holds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience:.0f} s for {what}"
        time.sleep(0.02)


@dataclass(kw_only=True)
class Running:
    """A command that was started, in a session of its own as a terminal would start it."""

    process: subprocess.Popen[bytes]
    mark: str
    output: Path
    trouble: Path
    _seen: list[psutil.Process] = field(default_factory=list)

    @property
    def said(self) -> str:
        """What it wrote to standard output so far."""
        return self.output.read_text(encoding="utf-8")

    @property
    def complained(self) -> str:
        """What it wrote to standard error so far."""
        return self.trouble.read_text(encoding="utf-8")

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until *condition* holds, or the command ends."""
        until(lambda: condition() or self.process.poll() is not None, what)
        assert condition(), (
            f"ended with {self.process.returncode} before {what}: {self.said}{self.complained}"
        )

    def until_it_listens(self) -> None:
        """Wait until signals are understood: before, the interpreter is still starting."""

        def listens() -> bool:
            # proc(5): the signals that are caught, as a mask.
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
            caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
            return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)

        self.until(listens, "handlers of signals")

    def interrupt(self, number: signal.Signals, *, group: bool = True) -> None:
        """Send a signal: to the whole group, as a terminal does, or to the command only."""
        self._seen += psutil.Process(self.process.pid).children(recursive=True)
        (os.killpg if group else os.kill)(self.process.pid, number)

    def press_until_it_ends(self, number: signal.Signals) -> None:
        """Send a signal again and again, as an impatient person does."""
        pressed = time.monotonic()
        while self.process.poll() is None:
            if time.monotonic() - pressed > 1:
                self.interrupt(number)
                pressed = time.monotonic()
            time.sleep(0.02)

    def ends(self) -> int:
        """Wait for its end; return the exit code."""
        return self.process.wait(PATIENCE)

    def leaves_nothing(self) -> bool:
        """Whether all that it started ends; what nobody has waited for yet does not count."""
        until(lambda: not self._left(), f"the end of {self._left()}", _ENDING)
        return True

    def _left(self) -> list[psutil.Process]:
        return [process for process in {*psutil.process_iter(), *self._seen} if self._belongs(process)]

    def _belongs(self, process: psutil.Process) -> bool:
        try:
            if process.pid == self.process.pid or process.status() == psutil.STATUS_ZOMBIE:
                return False
            return process in self._seen or process.environ().get(_MARK) == self.mark
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False


@contextmanager
def running(
    *arguments: str,
    folder: Path,
    through: Sequence[str] = (),
    stdout: int | None = None,
    terminal: int | None = None,
) -> Iterator[Running]:
    """Run launchlab in *folder*, held *through* another program; kill what is left of it at the end.

    Its words go to files, unless *stdout* takes those of standard output, or *terminal* all.
    """
    mark = uuid.uuid4().hex
    output, trouble = folder / f"{mark}.out", folder / f"{mark}.err"
    with output.open("wb") as said, trouble.open("wb") as complained:
        process = subprocess.Popen(
            [*through, *LAUNCHLAB, *arguments],
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=terminal or stdout or said,
            stderr=terminal or complained,
            cwd=folder,
            env={**environment(), _MARK: mark},
            start_new_session=True,
        )
    with process:
        try:
            yield Running(process=process, mark=mark, output=output, trouble=trouble)
        finally:
            process.kill()


def kept_trials(folder: Path) -> list[Path]:
    """Return the trials on record below *folder*, a store's or a project's."""
    return sorted(path for path in folder.rglob("runs/*/trials/*.json") if not path.name.startswith("."))
