"""The probe: ``python -m scenarios.probe TASK.json`` asks one address twice a second until it is ended.

It has nothing else to do, so what an answer takes it tells without a generator's delays.  Each answer is
one line of JSON on standard output.  It connects to the address that it was given, follows no redirect, and
gets headers as the load does: in its environment.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.engine.health import line_to
from scenarios.engine.assignment import HEADERS
from scenarios.integrity.probed import Probed

# Requests a second: a hundred or more in a minute, and a hundredth of the smallest load that is probed.
RATE = 2.0
# What the load's own client sends, so that it is answered alike.
_USUAL = {"User-Agent": "launchlab", "Accept-Encoding": "gzip, deflate, br"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Ask for *path* of the host of *url*, at *address*; *seed* decides on the pauses.

    *insecure* accepts any certificate.
    """

    url: str
    address: str
    path: str
    seed: int
    insecure: bool


class Probe:
    """Asks over one connection, which is opened again when it is lost."""

    def __init__(self, task: Task, headers: Mapping[str, str]) -> None:
        self._line = line_to(task.url, task.address, insecure=task.insecure)
        self._path = task.path
        self._headers = {**_USUAL, **headers}

    def ask(self) -> Probed | None:
        """Ask once; None where the connection had to be opened, or failed: the load's are open."""
        if self._line.sock is None and not self._opens():
            return None
        moment, began = time.time(), time.perf_counter()
        try:
            self._line.request("GET", self._path, headers=self._headers)
            answer = self._line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self._line.close()
            return None
        spent = time.perf_counter() - began
        head = sum(len(name) + len(value) + len(": \r\n") for name, value in answer.getheaders())
        first = len(f"HTTP/1.1 {answer.status} {answer.reason}\r\n\r\n")
        return Probed(moment=moment, seconds=spent, status=answer.status, size=first + head + len(body))

    def _opens(self) -> bool:
        try:
            self._line.connect()
        except OSError:
            return False
        return True


def main(path: str) -> None:
    """Do the task in the file at *path* until ended."""
    task = Task(**json.loads(Path(path).read_text(encoding="utf-8")))
    headers = json.loads(os.environ.pop(HEADERS, "{}"))
    probe = Probe(task, headers)
    # Reproducible, not secret.  Never in step with what the subject does at intervals.
    chance = random.Random(task.seed)  # noqa: S311
    while True:
        time.sleep(chance.uniform(0.5, 1.5) / RATE)
        if (answer := probe.ask()) is not None:
            sys.stdout.write(json.dumps(asdict(answer)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
