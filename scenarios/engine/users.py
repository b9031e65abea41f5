"""The user that journeys are written with: Locust's FastHttpUser, with honest start times."""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

import gevent
from gevent.pool import Group
from locust import FastHttpUser, TaskSet, User
from locust.env import Environment
from locust.runners import WorkerRunner

from profiles.profile import Profile
from scenarios.engine import alarm
from scenarios.engine.arrivals import Arrivals, Start
from scenarios.engine.beats import Beats
from scenarios.engine.flight import UNDER_WAY, InFlight
from scenarios.engine.redirects import StayingRequest
from scenarios.engine.rows import Place, Rows
from scenarios.engine.session import LeanSession
from scenarios.engine.waiting import WaitingRoom

Row = TypeVar("Row")

# Locust starts the users of a second together; within it they are not to march in step.
_SECOND = 1.0


class LoadUser(FastHttpUser):
    """A user whose requests are timed from the moment they were *meant* to start.

    After a pause that is the end of the pause; in an open load, for the first request of a task, the
    moment at which its arrival was due.  What the generator itself adds is recorded as its lag.
    ``self.random`` is seeded by the trial, so that releases under comparison meet users who think and
    choose alike.
    """

    abstract = True
    seed = 0
    # Its client follows no redirect to another origin.
    stays = True
    # Which arrivals the users take, and where they wait for them; None where they pause between tasks.
    arrivals: ClassVar[Arrivals | None] = None
    room: ClassVar[WaitingRoom | None] = None
    # How often each begins a task; None where it pauses for as long as its journey thinks.
    beats: ClassVar[Beats | None] = None
    # Within how many seconds of each other users begin who are started together.
    jitter: ClassVar[float] = _SECOND
    # Which worker this process is; None where Locust's own runner tells.
    place: ClassVar[Place | None] = None
    # The requests of all users that are under way.
    in_flight: ClassVar[InFlight] = UNDER_WAY
    _numbers = itertools.count()

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if not isinstance(self.client, LeanSession):
            self.client.client.request_type = StayingRequest  # type: ignore[misc]
        place = self.place or Place()
        number = place.index + place.count * next(LoadUser._numbers)
        # Reproducible, not secret; and in no two processes the same.
        self.random = random.Random(f"{self.seed}-{number}")  # noqa: S311
        self._coming: Start | None = None
        self._beat = time.perf_counter()
        self._within_task = False
        self._returns: list[Callable[[], None]] = []
        # A journey's own classes define these two; what they say is kept and asked.
        self._think: Callable[[], float] = self.wait_time
        self.wait_time = self._until_next  # type: ignore[method-assign]
        self._prepare: Callable[[], None] = self.on_start
        self.on_start = self._begin  # type: ignore[method-assign]

    @classmethod
    def follow(cls, profile: Profile | None, arrivals: Arrivals | None, began: float | None = None) -> None:
        """Let all users keep to *profile*, whose time begins at *began* or now, and take its *arrivals*."""
        paced = profile is not None and any(stage.pace for stage in profile.stages)
        LoadUser.arrivals = arrivals
        LoadUser.room = WaitingRoom(arrivals) if arrivals else None
        LoadUser.beats = (
            Beats(profile, time.perf_counter() if began is None else began) if profile and paced else None
        )

    def start(self, group: Group) -> gevent.Greenlet:
        """Start in *group*, at a random moment soon."""
        # Locust finds a user by its greenlet's first argument, to count and to stop it.
        self._greenlet = group.spawn(LoadUser._live, self)
        self._group = group
        return self._greenlet

    def _live(self) -> None:
        gevent.sleep(self.random.uniform(0, self.jitter))
        try:
            self.run()  # type: ignore[no-untyped-call]
        finally:
            self._give_back()
            # Of a request in which it was stopped nobody hears the end.
            LoadUser.in_flight.leave(id(self), time.perf_counter())

    def take(self, rows: Rows[Row]) -> Row:
        """Return a row that no other user has, on any worker, until this one stops.

        Raises NoRowLeftError when every row has a user, and UsageError where Locust's workers do not
        know how many they are.
        """
        loan = rows.lend(self.place or place_in(self.environment))
        self._returns.append(lambda: rows.take_back(loan))
        return loan.row

    def wait(self) -> None:
        """Pause within a task, for as long as the journey thinks; open and closed loads alike."""
        self._within_task = True
        try:
            super().wait()  # type: ignore[no-untyped-call]
        finally:
            self._within_task = False

    def context(self) -> dict[str, Any]:
        """Tell the recorder how late this request is; Locust's client asks as each request starts."""
        if isinstance(self.client, LeanSession):
            # It asks ``begins`` instead.
            return {}
        now = time.perf_counter()
        start = self._started(now)
        LoadUser.in_flight.begin(id(self), start.due if start else now, now)
        if start is None:
            return {"launchlab_user": id(self)}
        return {
            "launchlab_user": id(self),
            "launchlab_late": max(0.0, now - start.due),
            "launchlab_lag": max(0.0, now - start.ready),
        }

    def begins(self, now: float) -> Start | None:
        """Return when the request that begins *now* was meant to; it is open from here on."""
        start = self._started(now)
        # A user may have several under way, each in a greenlet of its own.
        LoadUser.in_flight.begin(id(gevent.getcurrent()), start.due if start else now, now)
        return start

    def ends(self, moment: float) -> None:
        """Take the end of the request, whose last byte came at that *moment*."""
        LoadUser.in_flight.end(id(gevent.getcurrent()), moment)

    def _give_back(self) -> None:
        while self._returns:
            self._returns.pop()()

    def next_beat(self, every: float) -> float:
        """Return when its next task is due that begins *every* seconds: maybe long ago.

        Like all times of a user, on the clock of perf_counter.
        """
        self._beat += every
        return self._beat

    def _begin(self) -> None:
        """Do what the journey does first; then wait for the first arrival or beat, where there are such.

        Locust makes a user's first task before its first wait.
        """
        self._prepare()
        self._beat = time.perf_counter()
        if self.beats is not None:
            # Anywhere within a beat, so that all users together come evenly.
            self._beat -= self.random.uniform(0, self.beats.every(self._beat) or 0.0)
        if self.room is not None:
            _sleep_with(self._taskset_instance, self._sleep)
        if self.room is not None or self.beats is not None:
            super().wait()  # type: ignore[no-untyped-call]

    def _until_next(self) -> float:
        """Return how many seconds to wait: until its beat, or for as long as the journey thinks.

        For an arrival it waits here.
        """
        now = time.perf_counter()
        # The arrival before may have led to no request yet, or to none at all.
        self._started(now)
        if self.room is not None and not self._within_task:
            self._coming = self.room.wait()
            return 0.0
        end = self._end_of_pause(now)
        self._coming = Start(due=end, ready=max(end, now), arrival=False)
        return max(0.0, end - now)

    def _end_of_pause(self, now: float) -> float:
        every = self.beats.every(now) if self.beats and not self._within_task else None
        if every is not None:
            return self.next_beat(every)
        if self.beats is not None and not self._within_task:
            # Beats begin anew after a time without.
            self._beat = now
        return now + self._think()

    def _sleep(self, seconds: float) -> None:
        if self._coming is None or not self._coming.arrival:
            alarm.sleep(seconds)

    def _started(self, now: float) -> Start | None:
        """Return when what starts now was meant to start, if it was; with an arrival, its task begins."""
        start, self._coming = self._coming, None
        if start is not None and start.arrival and self.arrivals is not None:
            self.arrivals.begin(start, now)
        return start


def _sleep_with(tasks: Any, sleep: Callable[[float], None]) -> None:
    """Let Locust's loop over a user's *tasks* sleep so, after it has asked for how long."""
    tasks._sleep = sleep  # noqa: SLF001  (Locust has no hook between the two)


def place_in(environment: Environment) -> Place:
    """Return which worker this process is under plain ``locust``.

    Raises UsageError where it has a number that is none of those it was told of: a worker knows how
    many there are only from its own options.
    """
    runner, options = environment.runner, environment.parsed_options
    if not isinstance(runner, WorkerRunner):
        return Place()
    count = max(options.expect_workers, options.processes or 1) if options else 1
    return Place(index=runner.worker_index, count=count)


def unable(classes: Iterable[type[User]]) -> str | None:
    """Return why users of *classes* cannot follow arrivals, or None if they can."""
    for each in classes:
        if not issubclass(each, LoadUser):
            return (
                f"{each.__name__} cannot follow a rate or a pace, because a plain Locust user waits for "
                "neither.  Derive it from launchlab.load.LoadUser, or leave the rate out and say how many "
                "users."
            )
        task_sets = [task for task in each.tasks if isinstance(task, type) and issubclass(task, TaskSet)]
        if task_sets:
            # Its pauses and its interrupt() pass LoadUser by: a pause would use up an arrival in the
            # midst of a task, and what follows an interruption would begin without one.
            return (
                f"{each.__name__} cannot follow a rate or a pace, because its task {task_sets[0].__name__} "
                f"is a TaskSet, in which one arrival is not one task.  Make its tasks methods of "
                f"{each.__name__}, or leave the rate out and say how many users."
            )
    return None


def pacing(every: float) -> Callable[[LoadUser], float]:
    """Return a wait time: one task begins *every* seconds, however long the one before took.

    A task that is late by then begins at once, and what it is late is response time; none is left out.
    A pause within a task would use up a beat, so make it with gevent.sleep.
    """

    def pause(user: LoadUser) -> float:
        # Below zero where the beat is over: so late is the task that follows.
        return user.next_beat(every) - time.perf_counter()

    return pause


def think(median: float, spread: float = 0.5) -> Callable[[LoadUser], float]:
    """Return a wait time: log-normal with *median* seconds; *spread* is the sigma of the logs.

    People's pauses are skewed: many short, a few long.
    """

    def pause(user: LoadUser) -> float:
        return user.random.lognormvariate(math.log(median), spread)

    return pause
