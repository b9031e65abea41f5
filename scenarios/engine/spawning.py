"""Starts and stops users smoothly, under Locust's own hooks and with its counts, weights and events.

Locust starts the users of each second in one go, and counts all users that there are several times for
each such step: 10,000 of them hold the hub up for milliseconds a count.  Here they come a few at a time
on an absolute schedule, are counted as they come and go, and whoever leaves ends its task first.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import gevent
import locust.env
from gevent.pool import Group
from locust import User
from locust.dispatch import UsersDispatcher
from locust.runners import STATE_CLEANUP, LocalRunner
from locust.user.task import LOCUST_STATE_RUNNING

# Users come in steps of so many seconds, each of at most so many: creating one takes some 20 µs of a
# processor, so the hub is held up for a fraction of a millisecond.
_STEP = 0.02
_MOST_AT_ONCE = 10
# Within so many seconds of each other the users of a step begin, so that they do not march in it: those of
# plain Locust here, LoadUsers by their own generator.
JITTER = 0.1
# For how long a user whom a ramp down sends away may still be busy with its task: as long as people wait
# for a page at the most (Nielsen, Usability Engineering, chapter 5), and then as long again.
_GRACE = 20.0


class SmoothDispatcher(UsersDispatcher):
    """Locust's dispatcher, in small steps on an absolute schedule."""

    def new_dispatch(
        self, target_user_count: int, spawn_rate: float, user_classes: list[type[User]] | None = None
    ) -> None:
        """Go to *target_user_count* users, *spawn_rate* of them a second."""
        super().new_dispatch(target_user_count, spawn_rate, user_classes)
        step = min(_MOST_AT_ONCE, max(1, round(spawn_rate * _STEP)))
        self._user_count_per_dispatch_iteration = step
        self._wait_between_dispatch = step / spawn_rate
        self._next_step = time.perf_counter()

    @contextmanager
    def _wait_between_dispatch_iteration_context(self) -> Iterator[None]:
        yield
        if self._current_user_count != self._target_user_count:
            self._next_step += self._wait_between_dispatch
            # Those who run come in between even where the ramp is late.
            gevent.sleep(max(0.0, self._next_step - time.perf_counter()))


class CrowdRunner(LocalRunner):
    """Locust's runner for one process, whose steps cost the same however many users there are."""

    def __init__(self, environment: locust.env.Environment) -> None:
        # By the name of their class, and in the order in which they came: those nobody sent away.
        self._staying: defaultdict[str, dict[User, None]] = defaultdict(dict)
        super().__init__(environment)

    @property
    def user_classes_count(self) -> dict[str, int]:
        """How many users of each class are to stay; at the end of the test, how many there are."""
        if self.state == STATE_CLEANUP:
            return super().user_classes_count
        return {each.__name__: len(self._staying[each.__name__]) for each in self.user_classes}

    def spawn_users(
        self,
        user_classes_spawn_count: dict[str, int],
        wait: bool = False,  # noqa: FBT001, FBT002  (Locust's own signature)
    ) -> list[User]:
        """Start users, and remember them until they end."""
        users: list[User] = super().spawn_users(user_classes_spawn_count, wait)
        for user in users:
            self._staying[type(user).__name__][user] = None
            user.greenlet.rawlink(partial(self._forget, user))
        return users

    def stop_users(self, user_classes_stop_count: dict[str, int]) -> None:
        """Send the newest users away, without waiting until they have gone; at the end, all of them."""
        if self.state == STATE_CLEANUP:
            self._stop_all(user_classes_stop_count)
            return
        leaving = [
            self._staying[name].popitem()[0]
            for name, count in user_classes_stop_count.items()
            for _ in range(min(count, len(self._staying[name])))
        ]
        busy = []
        for user in leaving:
            if user._state == LOCUST_STATE_RUNNING:  # noqa: SLF001  (Locust tells it nowhere else)
                # Ends when its task has.
                user.stop(force=False)
                busy.append(user)
            else:
                user.group.killone(user.greenlet, block=False)
        if busy:
            grace = self.environment.stop_timeout or _GRACE
            self.greenlet.add(gevent.spawn_later(grace, self._end, busy))

    def _stop_all(self, user_classes_count: dict[str, int]) -> None:
        """End all users at once, as Locust does where they need not end their task before.

        It waits for one after the other, and the load of 10,000 users goes on for two seconds meanwhile.
        """
        if self.environment.stop_timeout or gevent.getcurrent() in self.user_greenlets:
            super().stop_users(user_classes_count)
        else:
            self.user_greenlets.kill()

    @staticmethod
    def _end(users: list[User]) -> None:
        for user in users:
            user.group.killone(user.greenlet, block=False)

    def _forget(self, user: User, _greenlet: Any) -> None:
        self._staying[type(user).__name__].pop(user, None)


def take_over() -> None:
    """Let the Locust of this process run its users with a CrowdRunner; before it makes its runner."""
    locust.env.LocalRunner = CrowdRunner  # type: ignore[attr-defined]  # Locust has no hook for it
    User.start = _start  # type: ignore[assignment, method-assign]


def _start(user: User, group: Group) -> gevent.Greenlet:
    """Start *user* in *group*, at a random moment soon."""
    # Locust finds a user by its greenlet's first argument, to count and to stop it.
    user._greenlet = group.spawn(_live, user)  # noqa: SLF001  # as its own method does
    user._group = group  # noqa: SLF001
    return user._greenlet  # noqa: SLF001


def _live(user: User) -> None:
    gevent.sleep(random.uniform(0, JITTER))  # noqa: S311  # nothing secret
    user.run()
