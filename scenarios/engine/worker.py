"""The Locust process: ``python -m scenarios.engine.worker ASSIGNMENT.json``.

Loads our parts, hooks them into Locust's events, and hands over to Locust's own command, so that
plain locustfiles behave as they do under ``locust``.
"""

from __future__ import annotations

import gc
import importlib
import io
import os
import random
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent
import locust.main
from locust import events
from locust.env import Environment

from lab.kernel.errors import UnwritableError, UsageError
from scenarios.engine import headers
from scenarios.engine.assignment import REFUSED, Assignment
from scenarios.engine.hooks import ROLL, keep_rolling
from scenarios.engine.rate_cap import RateCap
from scenarios.engine.recorder import Recorder
from scenarios.engine.shape import ProfileShape
from scenarios.engine.sockets import raise_fence
from scenarios.engine.spawning import JITTER, SmoothDispatcher, take_over
from scenarios.engine.users import LoadUser, unable


def install(assignment: Assignment, recorder: Recorder) -> None:
    """Make the Locust that is about to start follow *assignment* and report to *recorder*."""
    sent = headers.taken()
    shape = ProfileShape(assignment.profile, assignment.place)

    def begin(environment: Environment, **_others: Any) -> None:
        reason = unable(environment.user_classes) if assignment.profile.highest_rate else None
        if reason:
            sys.stderr.write(f"{reason}\n")
            sys.exit(REFUSED)
        environment.shape_class = shape
        environment.dispatcher_class = SmoothDispatcher
        headers.give(environment, sent)

    def start(environment: Environment, **_others: Any) -> None:
        # Collections over thousands of users stop the hub; what is loaded now lives for good.
        gc.collect()
        gc.freeze()
        LoadUser.follow(assignment.profile, recorder.begin(assignment.schedule))
        # Users and arrivals follow the same clock, from the same moment on.
        shape.reset_time()  # type: ignore[no-untyped-call]
        keep_rolling(environment, recorder)
        # Locust looks at its shape once a second only; the window ends when it ends.
        gevent.spawn_later(assignment.profile.duration + ROLL, _quit, environment, recorder)
        if (permit := assignment.reach.subject) is not None:
            # In a greenlet of its own: stopping ends the user whose request was one too many.
            cap = RateCap(
                permit, Path(assignment.frames).parent, lambda: gevent.spawn(_quit, environment, recorder)
            )
            events.request.add_listener(cap.on_request)

    LoadUser.seed = assignment.seed
    LoadUser.place = assignment.place
    LoadUser.jitter = JITTER
    events.init.add_listener(begin)
    events.test_start.add_listener(start)
    events.request.add_listener(recorder.on_request)
    events.user_error.add_listener(recorder.on_user_error)
    events.user_error.add_listener(_refuse)


def _refuse(exception: BaseException, **_others: Any) -> None:
    """End the process where a user finds that what was asked for cannot be done; its last line says why."""
    if isinstance(exception, UsageError):
        # At once: a Locust that winds down has more to say.
        os.write(sys.stderr.fileno(), f"{exception}\n".encode())
        os._exit(REFUSED)


def _quit(environment: Environment, recorder: Recorder) -> None:
    recorder.roll()
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
    assignment = Assignment.read(Path(path))
    # Locust chooses tasks with the interpreter's own generator.
    random.seed(assignment.seed)
    raise_fence(assignment.reach)
    with io.TextIOWrapper(io.BufferedWriter(FrameFile(assignment.frames, "a")), "utf-8") as output:
        install(assignment, Recorder(output, open_since=LoadUser.open_since))
        take_over()
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
        locust.main.main()


if __name__ == "__main__":
    main(sys.argv[1])
