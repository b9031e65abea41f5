"""Sends a probe beside a load, once the load is steady, and reads back what it found.

Not beside a load so small that the probe would be a part of it, and not where the subject has a cap on its
requests, which belong to the load.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from lab.engine.process import Child
from lab.kernel.record import write_text
from scenarios.engine.frames import Frame, Kind
from scenarios.integrity.probed import Probed
from scenarios.probe import RATE, Task

# What it leaves in the trial's folder.
ANSWERS = "probe.jsonl"
_TASK = "probe.json"
# A hundred times as many requests a second as the probe's.
_LEAST_LOAD = 100 * RATE
# A name that is also the path; one with a template or a query left out stands for many.
_PATH = re.compile(r"GET (/[A-Za-z0-9_\-./~]*)")


class Prober:
    """Watches a load on *url* that is steady from second *begins* on, and probes it at *address* then.

    Leaving its context ends the probe.  *folder* gets what it leaves, *environment* is that of the load's own
    processes.  *insecure* accepts any certificate, as that load does.
    """

    def __init__(
        self,
        url: str,
        address: str,
        begins: int,
        folder: Path,
        environment: Mapping[str, str],
        *,
        insecure: bool = False,
    ) -> None:
        self._url, self._address, self._insecure = url, address, insecure
        self._begins = begins
        self._folder = folder
        self._environment = environment
        self._stack = ExitStack()
        self.endpoint: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def see(self, frame: Frame) -> None:
        """Learn of a finished second; begin while the next is the last before the steady ones.

        To start takes part of a second of a processor, which the load may need.
        """
        if self.endpoint is None and frame.second == self._begins - 2:
            self.endpoint = endpoint_of(frame)
            if self.endpoint is not None:
                self._send(self.endpoint)

    def answers(self) -> Iterator[Probed]:
        """Yield what the probe was answered so far."""
        path = self._folder / ANSWERS
        for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
            if line.startswith(b"{") and line.endswith(b"\n"):
                yield Probed(**json.loads(line))

    def _send(self, endpoint: str) -> None:
        path = urlsplit(self._url).path.rstrip("/") + endpoint.partition(" ")[2]
        task = Task(
            url=self._url, address=self._address, path=path, seed=self._begins, insecure=self._insecure
        )
        write_text(self._folder / _TASK, json.dumps(asdict(task)))
        command = [sys.executable, "-P", "-m", "scenarios.probe", str(self._folder / _TASK)]
        child = Child(command, log=self._folder / ANSWERS, environment=self._environment)
        self._stack.enter_context(child)


def endpoint_of(frame: Frame) -> str | None:
    """Return the endpoint to probe: the one asked most whose name is its path; None for a small load."""
    if frame.size(Kind.RESPONSE) < _LEAST_LOAD:
        return None
    asked = {
        endpoint: sum(counts.values())
        for (endpoint, kind), counts in frame.counts.items()
        if kind is Kind.RESPONSE and _PATH.fullmatch(endpoint)
    }
    return max(asked, key=lambda endpoint: asked[endpoint], default=None)
