"""Waits for a socket without holding up the hub, and no longer than until a given moment.

A libev timer bounds each wait: it costs a tenth of gevent.Timeout.
"""

from __future__ import annotations

import time
from enum import IntEnum

from gevent import get_hub, getcurrent


class For(IntEnum):
    """What to wait for, in libev's numbers (EV_READ, EV_WRITE)."""

    READING = 1
    WRITING = 2


class TimeIsUpError(BaseException):
    """Thrown into a greenlet that waited too long; never leaves the module that waits."""


def ready(descriptor: int, event: For, until: float) -> bool:
    """Return whether the event came before *until*, a moment of time.perf_counter."""
    left = until - time.perf_counter()
    if left <= 0:
        return False
    hub = get_hub()
    watcher = hub.loop.io(descriptor, int(event))
    timer = hub.loop.timer(left)
    # The loop's own clock stands still while greenlets run, so it is brought up to date.
    timer.start(getcurrent().throw, TimeIsUpError, update=True)
    try:
        hub.wait(watcher)
    except TimeIsUpError:
        return False
    finally:
        timer.stop()
        timer.close()
        watcher.close()
    return True
