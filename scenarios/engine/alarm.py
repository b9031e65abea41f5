"""Wakes the hub at the moment for which somebody sleeps, and not up to a millisecond later.

libev waits by epoll_wait(2), whose timeouts are whole milliseconds, rounded up.  Where little else happens,
everybody would start that much late, and it would be the generator's lag.  A timer that is a file
(timerfd_create(2)) tells to a fraction of that: that it can be read ends the wait, and libev then finds whose
time has come.
"""

from __future__ import annotations

import ctypes
import heapq
import math
import os
import time
from typing import Any
from weakref import WeakKeyDictionary

import gevent
from gevent.hub import Hub

# <linux/time.h> and timerfd_create(2).  perf_counter is this clock (PEP 418).
_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_TFD_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
# libev's EV_READ.
_READING = 1
# So many seconds at least lie between two alarms: half as many rounds of the hub are worth more than a tenth
# of a millisecond, where thousands sleep or thousands of arrivals a second come due.
_TOGETHER = 0.0002
_NANO = 1_000_000_000
# Seconds that no clock will show; a sleep without an end needs no alarm, and the timer takes no such number.
_NEVER = 2.0**40
# So many seconds later: a sleep may begin a moment after its end was reckoned, and must not be missed by it.
_AFTER = 0.00005


class _Moment(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Moment), ("value", _Moment))


class Alarm:
    """The alarm of the hub whose *loop* it is; moments are on the clock of perf_counter.

    Raises OSError where the system has no such timer.
    """

    def __init__(self, loop: Any) -> None:
        self._system = ctypes.CDLL(None, use_errno=True)
        self._file = self._system.timerfd_create(_CLOCK_MONOTONIC, _TFD_FLAGS)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "there is no timerfd")
        self._moments: list[float] = []
        self._set_for = math.inf
        self._rang = -math.inf
        # Not counted: who only waits for it waits for nothing.
        self._watcher = loop.io(self._file, _READING, ref=False)
        self._watcher.start(self._ring)

    @property
    def waiting(self) -> int:
        """How many moments it has still to ring for."""
        return len(self._moments)

    def wake_at(self, moment: float) -> None:
        """Have the hub look at its timers at this *moment*, if there ever is one."""
        if not moment < _NEVER:
            return
        moment += _AFTER
        heapq.heappush(self._moments, moment)
        if moment < self._set_for:
            self._set(moment)

    def _ring(self) -> None:
        try:
            os.read(self._file, 8)
        except BlockingIOError:
            return
        now = self._rang = time.perf_counter()
        moments = self._moments
        while moments and moments[0] <= now:
            heapq.heappop(moments)
        self._set_for = math.inf
        if moments:
            self._set(moments[0])

    def _set(self, moment: float) -> None:
        moment = max(moment, self._rang + _TOGETHER)
        self._set_for = moment
        value = _Moment(*divmod(int(moment * _NANO) + 1, _NANO))
        setting = ctypes.byref(_Setting(_Moment(0, 0), value))
        if self._system.timerfd_settime(self._file, _TFD_TIMER_ABSTIME, setting, None):
            # Whoever comes next sets it anew.
            self._set_for = math.inf


_ALARMS: WeakKeyDictionary[Hub, Alarm | None] = WeakKeyDictionary()
# A child has the parent's timer, and must not set it.
os.register_at_fork(after_in_child=_ALARMS.clear)


def _alarm() -> Alarm | None:
    """Return the alarm of this thread's hub; None where the system has none, and sleeps stay inexact."""
    hub = gevent.get_hub()
    if hub not in _ALARMS:
        try:
            _ALARMS[hub] = Alarm(hub.loop)
        except (OSError, AttributeError):
            _ALARMS[hub] = None
    return _ALARMS[hub]


def wake_at(moment: float) -> None:
    """Have the hub look at its timers at this *moment*, on the clock of perf_counter."""
    alarm = _alarm()
    if alarm is not None:
        alarm.wake_at(moment)


def sleep(seconds: float) -> None:
    """Sleep as gevent does, and end in time."""
    if seconds > 0:
        wake_at(time.perf_counter() + seconds)
    gevent.sleep(seconds)
