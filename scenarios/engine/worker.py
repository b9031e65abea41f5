"""The Locust process: ``python -m scenarios.engine.worker ASSIGNMENT.json``.

Loads our parts, hooks them into Locust's events, and hands over to Locust's own command, so that
plain locustfiles behave as they do under ``locust``.
"""

from __future__ import annotations

import importlib
import io
import logging
import os
import random
import sys
import time
import traceback
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import gevent
import locust.main
from locust import events
from locust.env import Environment

from lab.kernel.errors import UnwritableError, UsageError
from scenarios import common_start
from scenarios.engine import headers
from scenarios.engine.adoption import adopt, keep_geventhttpclient
from scenarios.engine.assignment import CAPPED, REFUSED, TOO_LATE, Assignment
from scenarios.engine.bookkeeping import Audience, Books, forget_seconds
from scenarios.engine.garbage import GarbageCollector
from scenarios.engine.generator import Client
from scenarios.engine.hooks import ROLL, keep_rolling
from scenarios.engine.rate_cap import EarlyRequests, RateCap
from scenarios.engine.recorder import Recorder
from scenarios.engine.session import Desk, LeanSession
from scenarios.engine.shape import ProfileShape
from scenarios.engine.sockets import raise_fence
from scenarios.engine.spawning import JITTER, SmoothDispatcher, take_over
from scenarios.engine.users import LoadUser, unable
from scenarios.engine.vitals import Vitals

# How often what Locust keeps for its charts is dropped; it looks back for some seconds only.
_FORGET = 60.0


def install(assignment: Assignment, recorder: Recorder) -> None:
    """Make the Locust that is about to start follow *assignment* and report to *recorder*."""
    sent = headers.taken()
    shape = ProfileShape(assignment.profile, assignment.place, waits=True)
    cap = _cap(assignment, recorder)

    def begin(environment: Environment, **_others: Any) -> None:
        reason = unable(environment.user_classes) if assignment.profile.highest_rate else None
        if reason:
            sys.stderr.write(f"{reason}\n")
            sys.exit(REFUSED)
        environment.shape_class = shape
        environment.dispatcher_class = SmoothDispatcher
        headers.give(environment, sent)
        # Not before the locustfile's own listeners, which may make test data or log in for a while.
        events.test_start.add_listener(partial(_start, assignment, recorder, shape))
        if cap is not None:
            _hold_to(cap, environment, recorder)

    LoadUser.seed = assignment.seed
    LoadUser.place = assignment.place
    LoadUser.jitter = JITTER
    events.init.add_listener(begin)
    events.user_error.add_listener(recorder.on_user_error)
    events.user_error.add_listener(_refuse)


def _hold_to(cap: RateCap, environment: Environment, recorder: Recorder) -> None:
    """Count what is asked until the load has begun, and let the recorder count from then on."""
    early, asked = EarlyRequests(cap), environment.events.request

    def hand_over(**_event: Any) -> None:
        recorder.limit(cap.most, cap.exceed)
        asked.remove_listener(early.on_request)

    asked.add_listener(early.on_request)
    # Behind the one that begins the load.
    environment.events.test_start.add_listener(hand_over)


def _start(
    assignment: Assignment,
    recorder: Recorder,
    shape: ProfileShape,
    environment: Environment,
    **_others: Any,
) -> None:
    """Begin the test at the common start."""
    profile, place = assignment.profile, assignment.place
    # Before the clock begins, and before anybody waits for this process only.
    GarbageCollector().prepare()
    began = time.perf_counter() if place.count == 1 else _common_start(Path(assignment.frames).parent)
    LoadUser.follow(profile, recorder.begin(assignment.schedule, began), began)
    # From here on: what was asked before is not of the load.  First of all: who raises stops those behind.
    environment.events.request._handlers.insert(0, recorder.on_request)  # noqa: SLF001  # a hook can only append
    # Users and arrivals follow the same clock, from the same moment on.
    shape.begin()
    books = Books(environment, recorder)
    books.open()
    LeanSession.desk = Desk(recorder, Audience(environment, recorder.on_request))
    # The exception itself is in the log by then, as gevent tells it.
    keep_rolling(environment, recorder, books).link_exception(lambda _rolling: os._exit(os.EX_SOFTWARE))
    # Locust looks at its shape once a second only; the window ends when it ends.
    gevent.spawn(_quit_at, began + profile.duration + ROLL, environment, recorder)
    gevent.spawn(_forget, environment)


def _cap(assignment: Assignment, recorder: Recorder) -> RateCap | None:
    """Return what stops a load above what its subject may be given; None where that has no bound."""
    permit = assignment.reach.subject
    if permit is None or permit.rate is None:
        return None
    # In a greenlet of its own: the notice is written first.
    stop = partial(gevent.spawn, _give_up, recorder)
    return RateCap(permit, assignment.place.count, Path(assignment.frames).parent, stop)


def _common_start(folder: Path) -> float:
    """Wait until all processes are to begin; return that moment on the clock of perf_counter.

    Ends the process where the moment has gone by.
    """
    began = common_start.awaited(folder, gevent.sleep)
    late = time.perf_counter() - began
    if late > 0:
        # At once: the others are under way, and a Locust that winds down has more to say.
        os.write(sys.stderr.fileno(), f"{late:.1f} s too late for the common start\n".encode())
        os._exit(TOO_LATE)
    _sleep_until(began)
    return began


def _sleep_until(moment: float) -> None:
    """Sleep until *moment* on the clock of perf_counter.

    The hub takes the time once a round, so a sleep that begins late in a round ends as much too early.
    """
    while (left := moment - time.perf_counter()) > 0:
        gevent.sleep(left)


def _forget(environment: Environment) -> None:
    """Keep a run of many hours from filling the memory with charts that nobody draws."""
    while True:
        gevent.sleep(_FORGET)
        forget_seconds(environment.stats)


def _refuse(exception: BaseException, **_others: Any) -> None:
    """End the process where a user finds that what was asked for cannot be done."""
    if isinstance(exception, UsageError) or _has_no_tasks(exception):
        _end_refused(str(exception))


def _has_no_tasks(exception: BaseException) -> bool:
    """Whether Locust says that a user's class has no tasks, which it does as often a second as it can."""
    words = ("No tasks defined", "'tasks'")
    return type(exception) is Exception and all(word in str(exception) for word in words)


def _end_refused(reason: str = "") -> None:
    """End the process; its last line says why: *reason*, or what was said already."""
    sys.stdout.flush()
    sys.stderr.flush()
    # At once: a Locust that winds down has more to say.
    os.write(sys.stderr.fileno(), f"{' '.join(reason.split())}\n".encode() if reason else b"")
    os._exit(REFUSED)


def _run_locust(file: Path) -> None:
    """Run Locust's own command; what ends it before the load begins is a fault of the locustfile."""
    errors: list[str] = []

    def note(record: logging.LogRecord) -> bool:
        # Of a traceback, what it comes to.
        errors.extend(record.getMessage().splitlines()[-1:] if record.levelno >= logging.ERROR else [])
        return True

    for logger in (logging.getLogger("locust.main"), logging.getLogger()):
        logger.addFilter(note)
    try:
        locust.main.main()
    except Exception as error:
        if LeanSession.desk is None:
            traceback.print_exc()
            _end_refused(unloadable(file, error))
        raise
    except SystemExit as error:
        if LeanSession.desk is None and error.code:
            reasons = [error.code] if isinstance(error.code, str) else errors[-1:]
            _end_refused(f"{file.name}: {reasons[0]}" if reasons else "")
        raise


def unloadable(file: Path, error: Exception) -> str:
    """Return why the locustfile cannot be loaded, and at which of its lines that shows."""
    if isinstance(error, SyntaxError):
        where, line = Path(error.filename or file), error.lineno
    else:
        lines = [
            step.lineno for step in traceback.extract_tb(error.__traceback__) if step.filename == str(file)
        ]
        where, line = file, lines[-1] if lines else None
    place = f"{where.name}, line {line}" if line else where.name
    return f"{place}: {type(error).__name__}: {' '.join(str(error).split())}"


def _give_up(recorder: Recorder) -> None:
    """End the process whose load is above the cap, so that its driver ends the others."""
    recorder.roll()
    # At once: users who wind down may ask for more.
    os._exit(CAPPED)


def _quit_at(moment: float, environment: Environment, recorder: Recorder) -> None:
    _sleep_until(moment)
    recorder.end()
    if environment.runner:
        environment.runner.quit()


class FrameFile(io.FileIO):
    """The file of frames.  The process ends when it cannot be written: a trial needs every frame."""

    def write(self, content: Any, /) -> int:
        """Append *content*, anything that holds bytes; return how many of them were taken."""
        try:
            return super().write(content)
        except OSError as error:
            # Not by an exception: Locust logs those of a listener, and goes on.
            with suppress(OSError):
                os.write(sys.stderr.fileno(), f"{UnwritableError.of(self.name, error)}\n".encode())
            os._exit(os.EX_IOERR)


_JOURNEYS = Path(__file__).parents[1] / "journeys"


def make_way() -> None:
    """Let a user's file import its own packages, even where ours have the same names."""
    # By name: this package lies below launchlab, and may not import it.
    importlib.import_module("launchlab.load")
    importlib.import_module("launchlab.namesakes").make_way()


def main(path: str) -> None:
    """Run the assignment at *path*; Locust's exit status is this process's."""
    assignment = Assignment.read(Path(path).read_text(encoding="utf-8"))
    # Locust chooses tasks with the interpreter's own generator.
    random.seed(assignment.seed)
    raise_fence(assignment.reach)
    with io.TextIOWrapper(io.BufferedWriter(FrameFile(assignment.frames, "a")), "utf-8") as output:
        vitals = Vitals()
        recorder = Recorder(
            output, in_flight=LoadUser.in_flight, worker=assignment.place.index, vitals=vitals
        )
        install(assignment, recorder)
        events.test_start.add_listener(lambda **_event: vitals.watch())
        take_over()
        if assignment.generator.client is Client.GEVENTHTTPCLIENT:
            keep_geventhttpclient(insecure=assignment.generator.insecure)
        else:
            adopt(insecure=assignment.generator.insecure)
        # The shipped journeys are ours: loaded anew, their users would not be the recorder's.
        if not Path(assignment.locustfile).is_relative_to(_JOURNEYS):
            make_way()
        sys.argv = [
            "locust",
            *("--locustfile", assignment.locustfile),
            *("--host", assignment.url),
            "--headless",
            "--only-summary",
            # Errors are readings; only a broken generator may fail the process.
            *("--exit-code-on-error", "0"),
        ]
        try:
            _run_locust(Path(assignment.locustfile))
        finally:
            # Of the requests that were under way until the last user was gone.
            recorder.close()


if __name__ == "__main__":
    main(sys.argv[1])
