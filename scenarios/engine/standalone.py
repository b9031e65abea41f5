"""Records a plain ``locust`` run: our recorder and shape without launchlab's own command.

Each test that Locust runs, from its command line or its web page, leaves a folder with the frames
and the interval log.  A process that only leads workers has no requests, and records nothing.
This is Locust outside the lab: no allow-list and no fence holds it, and its --host is the user's word.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import gevent
from locust import events
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner

from profiles import loader as profiles
from profiles.profile import Profile
from scenarios import framefiles, hdrlog
from scenarios.engine.adoption import adopt
from scenarios.engine.assignment import RECORDED
from scenarios.engine.bookkeeping import Audience, Books
from scenarios.engine.garbage import GarbageCollector
from scenarios.engine.hooks import keep_rolling
from scenarios.engine.recorder import Recorder
from scenarios.engine.session import Desk, LeanSession
from scenarios.engine.shape import ProfileShape
from scenarios.engine.spawning import JITTER, SmoothDispatcher, take_over
from scenarios.engine.users import LoadUser, unable
from scenarios.engine.vitals import Vitals

# Beside the runs of launchlab's own commands.
FOLDER = Path(".launchlab") / "locust"
_LOG = logging.getLogger(__name__)


class Recording:
    """The recording of one test under *profile*, from its start to its stop."""

    def __init__(
        self, environment: Environment, folder: Path, profile: Profile | None, audience: Audience
    ) -> None:
        self._started_at = datetime.now(UTC)
        # Several Locusts may start in one second, such as the workers of one load: each has its own.
        self._folder = folder / f"{self._started_at:%Y%m%dT%H%M%S}-{os.getpid()}"
        self._folder.mkdir(parents=True)
        self._output: TextIO = self._frames.open("w", encoding="utf-8")
        vitals = Vitals()
        self._recorder = Recorder(self._output, in_flight=LoadUser.in_flight, vitals=vitals)
        self._books = Books(environment, self._recorder)
        self._books.open()
        # Before the clock begins.
        GarbageCollector().prepare()
        LoadUser.follow(profile, self._recorder.begin(profile.schedule if profile else None))
        if profile and environment.shape_class:
            # Users and arrivals follow the same clock, from the same moment on.
            environment.shape_class.reset_time()
        LeanSession.desk = Desk(self._recorder, audience)
        self._background: list[gevent.Greenlet] = [
            keep_rolling(environment, self._recorder, self._books),
            vitals.watch(),
        ]

    @property
    def _frames(self) -> Path:
        return self._folder / "frames.jsonl"

    def on_request(self, **request: Any) -> None:
        """Hand a finished request to the recorder."""
        self._recorder.on_request(**request)

    def close(self) -> Path:
        """Write the interval log of the whole seconds so far; return its path."""
        LeanSession.desk = None
        gevent.killall(self._background)
        self._books.close()
        self._recorder.roll()
        self._output.close()
        log = self._folder / "response.hlog"
        # In a thread: a long log takes minutes, and the web page and the master want answers meanwhile.
        pool = gevent.get_hub().threadpool
        pool.apply(hdrlog.write, (log, framefiles.read([self._frames]), self._started_at))
        return log


class Recordings:
    """Answers Locust's events: a recording for each test, below *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current: Recording | None = None
        self._profile: Profile | None = None

    def prepare(self, environment: Environment, **_others: Any) -> None:
        """Follow the profile that ``locust --profile`` names, if it names one.

        Ends the process where there is no place for recordings, or where the profile has a rate that this
        process or its users cannot follow.
        """
        if not isinstance(environment.runner, MasterRunner):
            self._make_folder()
        # Not before the locustfile's own listeners, which may make test data or log in for a while.
        environment.events.test_start.add_listener(self.start)
        self._follow(environment)

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sys.exit(f"cannot write {self._folder}: {error.strerror}.  Give record() another folder.")

    def _follow(self, environment: Environment) -> None:
        name = environment.parsed_options.profile if environment.parsed_options else None
        if not name:
            return
        self._profile = profiles.load(name)
        timed, alone = self._profile.highest_rate, isinstance(environment.runner, LocalRunner)
        if timed and not alone:
            sys.exit(
                f"profile {name!r} has a rate or a pace, which one process alone can follow: use no --worker."
            )
        reason = unable(environment.user_classes) if timed else None
        if reason:
            sys.exit(reason)
        environment.shape_class = ProfileShape(self._profile)
        if alone:
            environment.dispatcher_class = SmoothDispatcher
            LoadUser.jitter = JITTER

    def start(self, environment: Environment, **_others: Any) -> None:
        """Begin a recording, unless this process only leads others."""
        if not isinstance(environment.runner, MasterRunner):
            self._current = Recording(
                environment, self._folder, self._profile, Audience(environment, self.request)
            )

    def request(self, **request: Any) -> None:
        """Record a finished request."""
        if self._current is not None:
            self._current.on_request(**request)

    def stop(self, **_others: Any) -> None:
        """End the recording and say where it is."""
        if self._current is not None:
            _LOG.info("response times are in %s", self._current.close())
            self._current = None


def record(folder: Path = FOLDER) -> None:
    """Make the Locust that loads this locustfile record every test below *folder*.

    Where launchlab's own command started it, it is recorded already, and this does nothing.
    """
    if os.environ.get(RECORDED):
        return
    adopt()
    recordings = Recordings(folder)
    take_over()
    events.init.add_listener(recordings.prepare)
    events.request.add_listener(recordings.request)
    events.test_stop.add_listener(recordings.stop)
