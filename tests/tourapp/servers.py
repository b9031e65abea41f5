"""Starts the real server in processes of its own, for tests that kill it, need many workers, or a browser."""

import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.commands import PATIENCE

# Seconds after which a server that has not answered or stopped is taken for broken.
DEADLINE = 20


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the server in a group of its own; hand out the process and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tourapp", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout
            assert select.select([process.stdout], [], [], PATIENCE)[0], f"no word in {PATIENCE:.0f} s"
            line = process.stdout.readline()
            address = re.search(r"http://[0-9.:]+", line)
            assert address, f"no address in {line!r}"
            yield process, address[0]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Tours:
    """A served tour app, which can be taken away."""

    address: str
    process: subprocess.Popen[str]
    logbook: Path

    def go_away(self) -> None:
        self.process.terminate()
        self.process.wait(DEADLINE)

    def mark_of(self, walker: str, tour: int) -> httpx.Response:
        """Ask where somebody is, as another phone would."""
        headers = {"authorization": f"Bearer demo.{walker}"}
        return httpx.get(f"{self.address}/api/progress/{tour}", headers=headers)

    def mark(self, walker: str, tour: int, **mark: float) -> None:
        """Say where somebody is, over whatever was known."""
        headers = {"authorization": f"Bearer demo.{walker}", "if-match": "*"}
        httpx.put(f"{self.address}/api/progress/{tour}", headers=headers, json=mark).raise_for_status()

    def reported(self, page: str) -> Mapping[str, float]:
        """Return the vitals that browsers reported of a page, in seconds or as a score."""
        with closing(sqlite3.connect(self.logbook)) as logbook:
            return dict(logbook.execute("SELECT name, value FROM vitals WHERE page = ?", (page,)))


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Tours]:
    catalogue = folder / "tours.sqlite"
    with started("--demo-tokens", "--database", str(catalogue), *options) as (process, address):
        tours = Tours(address, process, catalogue.with_name("tours.logbook.sqlite"))
        try:
            yield tours
        finally:
            tours.go_away()
