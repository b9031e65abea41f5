"""Gathers the evidence of a visit while it is made; what was noted before a failure is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from devices.artifacts import Artifacts, Document, Ending, Failure, Fault, Mark, Step, Throttle
from devices.network_log import NetworkLog

# Console errors come from the subject and may have no end; so many tell the story.
_CONSOLE_ERRORS = 20
_CONSOLE_LENGTH = 300
# Of the requests of service workers that failed, likewise.
_WORKER_FAULTS = 100
_URL_LENGTH = 500


class Notes:
    """What is known of one visit so far."""

    def __init__(self, url: str, journey: str = "", dead: tuple[str, ...] = ()) -> None:
        self._url = url
        self._journey = journey
        self._dead = dead
        self._steps: list[Step] = []
        self.version = ""
        self.command_line = ""
        self.settled = True
        self.quiet = True
        self.log = NetworkLog()
        self.console_errors: list[str] = []
        self.marks: list[Mark] = []
        self._worker_faults: list[Fault] = []
        self.document: Document | None = None
        self.throttle: Throttle | None = None
        self.screenshot: bytes | None = None
        self._failure: Failure | None = None
        self._failed_step = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step of the visit, and remember the first one that fails."""
        start = time.perf_counter()
        try:
            yield
        except BaseException:
            self._failed_step = self._failed_step or name
            raise
        finally:
            self._steps.append(Step(name=name, duration=time.perf_counter() - start))

    def console(self, text: str) -> None:
        """Note an error that the page wrote to its console."""
        if len(self.console_errors) < _CONSOLE_ERRORS:
            self.console_errors.append(text[:_CONSOLE_LENGTH])

    def worker_fault(self, url: str, fault: str) -> None:
        """Note a request of a service worker that failed."""
        if len(self._worker_faults) < _WORKER_FAULTS:
            self._worker_faults.append(Fault(url=url[:_URL_LENGTH], fault=fault))

    def fail(self, ending: Ending, detail: str) -> None:
        """Note that the visit ended early, in the step that raised first."""
        self._failure = Failure(ending=ending, step=self._failed_step, detail=detail)

    def artifacts(self) -> Artifacts:
        """Return the evidence so far."""
        return Artifacts(
            url=self._url,
            browser=self.version,
            command_line=self.command_line,
            settled=self.settled,
            quiet=self.quiet,
            failure=self._failure,
            document=self.document,
            transfers=self.log.transfers(),
            console_errors=tuple(self.console_errors),
            throttle=self.throttle,
            steps=tuple(self._steps),
            dead=self._dead,
            journey=self._journey,
            walked=self.log.walked(),
            worker_faults=tuple(self._worker_faults),
            marks=tuple(self.marks),
        )
