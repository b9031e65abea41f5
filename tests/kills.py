"""Kills a session of short trials at a moment of its life, and looks at what is left of it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from lab.kernel.model import Run
from lab.store.records import Records
from tests.commands import Running, running

# Short, and yet several: there is something to lose, and something to keep.
TRIALS = 2
SESSION = ("load", "tiny", "--trials", str(TRIALS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What a killed session had told, and its run as it is on record: None before it was opened."""

    told: int
    run: Run | None

    @property
    def kept(self) -> int:
        """How many of its trials are on record."""
        return len(self.run.trials) if self.run else 0


def length_of_a_session(folder: Path) -> float:
    """Run a whole session; return how many seconds it takes."""
    began = time.monotonic()
    with running(*SESSION, folder=folder) as session:
        assert session.ends() in (0, 5), session.complained
    return time.monotonic() - began


def killed(folder: Path, moment: float) -> Killed:
    """Start a session, kill it with SIGKILL after *moment* seconds, and check what must always be true.

    No trial that was told is missing, every record can be read, no process is left.
    """
    records = Records(folder / ".launchlab")
    before = set(records.runs())
    with running(*SESSION, folder=folder) as session:
        # A moment of its life, not a wait for something.
        time.sleep(moment)
        session.process.kill()
        session.ends()
        assert session.leaves_nothing()
    opened = set(records.runs()) - before
    assert len(opened) <= 1
    run = records.load_run(opened.pop()) if opened else None
    seen = Killed(told=told(session), run=run)
    # A trial is on record before it is told, and the next begins only then.
    assert seen.told <= seen.kept <= seen.told + 1
    assert run is None or run.partial or seen.kept >= TRIALS
    return seen


def told(session: Running) -> int:
    """Count the trials whose end it wrote to standard output."""
    return len(re.findall(r"^\S+ 1\.1 +load +#\d", session.said, re.MULTILINE))
