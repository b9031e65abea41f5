"""Runs a plan: hands each order to its lane's driver and keeps every trial as it comes.

The engine is handed its drivers and names none.  A trial is saved before the next begins, so a
crash loses at most the one in flight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from lab.engine.allowlist import RATE_CAP
from lab.engine.canary import CANARY
from lab.engine.plan import BEGINNING, Order, Turn, spares, turns
from lab.kernel.model import Case, Lane, Plan, Subject, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a driver can say while a trial runs: how far, and one line of live figures."""

    share: float
    line: str


class Watch(Protocol):
    """How a driver reports progress, and learns that it should stop."""

    def progress(self, progress: Progress) -> None:
        """Show where the trial is."""

    def stopping(self) -> bool:
        """Whether the user asked to stop: end the trial soon, leave nothing behind."""


class Driver(Protocol):
    """Turns an order into a trial.  Knows Locust or Playwright, so the lab need not."""

    def trial(self, order: Order, watch: Watch) -> Trial:
        """Exercise the order's case once.

        Trouble within the trial comes back as fatal caveats.  Raises DriverError only when no
        trial can be made at all.
        """

    def duration(self, case: Case) -> float:
        """Return about how long one trial takes, in seconds."""


class Observer(Watch, Protocol):
    """A watch that also follows the session from trial to trial."""

    def begins(self, turn: Turn) -> None:
        """Learn that a trial is about to start."""

    def ends(self, turn: Turn, trial: Trial) -> None:
        """Learn what came of it; told by whoever keeps the trial, once it is on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What trials are made with.

    *subjects* maps releases to what answers for them.  *canary* times the fixed work, and returns None
    where it could not.  *folder_of* makes the folder for a trial's artifacts.
    """

    subjects: Mapping[str, Subject]
    drivers: Mapping[Lane, Driver]
    canary: Callable[[], float | None]
    folder_of: Callable[[Turn], Path]


# A trial that takes three times its plan, plus half a minute to start, has hung.
_DEADLINE_FACTOR = 3.0
_DEADLINE_ALLOWANCE = 30.0


def trials(
    plan: Plan, equipment: Equipment, observer: Observer, first: Mapping[Case, int] = BEGINNING
) -> Iterator[tuple[Turn, Trial]]:
    """Make the trials of one stretch of *plan*; the caller saves each as it comes, then tells of it.

    *first* has the next index of each case.  Rounds with an INVALID trial are repeated once at the end of
    the stretch, except those of a case that went over its cap: it would again.  The invalid trial stays on
    record.  Ends early, without the trial in flight, when the observer says to stop.
    """
    broken: list[tuple[Case, int]] = []
    excessive: set[Case] = set()
    for turn, trial in _made(turns(plan, first), equipment, observer):
        if not trial.sound:
            broken.append((turn.case, turn.index))
        if any(caveat.code == RATE_CAP for caveat in trial.caveats):
            excessive.add(turn.case)
        yield turn, trial
    worth_it = [(case, index) for case, index in broken if case not in excessive]
    yield from _made(spares(plan, worth_it, first), equipment, observer)


def _made(wanted: Iterable[Turn], equipment: Equipment, observer: Observer) -> Iterator[tuple[Turn, Trial]]:
    for turn in wanted:
        if observer.stopping():
            return
        driver = equipment.drivers[turn.case.lane]
        observer.begins(turn)
        order = Order(
            case=turn.case,
            subject=equipment.subjects[turn.release],
            seed=turn.seed,
            index=turn.index,
            deadline=driver.duration(turn.case) * _DEADLINE_FACTOR + _DEADLINE_ALLOWANCE,
            folder=equipment.folder_of(turn),
        )
        seconds = equipment.canary()
        trial = driver.trial(order, observer)
        if observer.stopping():
            return
        yield turn, trial if seconds is None else _beside(trial, seconds)


def _beside(trial: Trial, seconds: float) -> Trial:
    """Put the canary's seconds, timed right before *trial*, among its readings."""
    return replace(trial, readings={**trial.readings, CANARY: seconds})
