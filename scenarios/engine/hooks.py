"""Ties a recorder to Locust's events, for our own worker and for a plain ``locust`` alike."""

from __future__ import annotations

import gevent
from locust.env import Environment

from scenarios.engine.bookkeeping import Books
from scenarios.engine.garbage import Garbage, GarbageCollector
from scenarios.engine.recorder import Recorder

# How often finished seconds are looked for when no request does it, and requests counted and entered.
ROLL = 0.05


def keep_rolling(environment: Environment, recorder: Recorder, books: Books) -> gevent.Greenlet:
    """Write each second's frame soon after it is over; return the greenlet that does it.

    Garbage is collected at its moments, until it ends; whoever calls has prepared the collector, since that
    takes longer than a load's first moments may be held up.
    """
    collector = GarbageCollector()
    collector.take_over()
    garbage = Garbage(collector)

    def roll() -> None:
        while True:
            look()
            gevent.sleep(ROLL)

    def look() -> None:
        recorder.count()
        recorder.roll()
        # After it: a second has the users that were there in it, not those of the next.
        recorder.users = environment.runner.user_count if environment.runner else 0
        garbage.see(recorder.users)
        books.enter()

    rolling = gevent.spawn(roll)
    # Not in its own finally: a greenlet that is killed before its first turn never comes to it.
    rolling.rawlink(lambda _rolling: collector.hand_back())
    return rolling
