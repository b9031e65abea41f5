"""Measures a plan: starts the releases, runs the trials, keeps records as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from lab.engine import canary_timing, environment, runner
from lab.engine.allowlist import Reach
from lab.engine.plan import BEGINNING, Turn
from lab.engine.runner import Driver, Equipment, Observer
from lab.engine.subject import Served, Source, serving
from lab.kernel.errors import LabError
from lab.kernel.model import Case, Caveat, Environment, Lane, Plan, Run, Subject, Trial
from lab.store.records import new_id
from lab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What a measurement needs besides its plan: the subject, the drivers, facts of the browser.

    *reach* is all that may be connected to.
    """

    source: Source
    drivers: Mapping[Lane, Driver]
    facts: Mapping[str, str]
    reach: Reach = field(default_factory=Reach)


def at_the_end(_runs: Mapping[str, Run]) -> bool:
    """Decide only when all is measured that was planned, at all of its looks."""
    return False


def measure(
    plan: Plan,
    rig: Rig,
    store: Store,
    observer: Observer,
    caveats: tuple[Caveat, ...] = (),
    decided: Callable[[Mapping[str, Run]], bool] = at_the_end,
) -> dict[str, Run]:
    """Make the trials of *plan* and return the run of each release.

    *decided* is asked at each planned look but the last, with the runs so far; where it says so, no more
    are made.  A run stays marked partial until the last trial before its look is kept.  Raises what
    starting the subject raises, and UnwritableError; trouble within a trial is the trial's.
    """
    now = datetime.now(UTC)
    session = new_id(now, "session")
    logs = store.records.session_folder(session)
    with _masked(logs, rig.source), _serving(plan, rig, logs, observer) as served:
        surroundings = environment.capture(rig.facts)
        doubts = (*caveats, *environment.doubts())
        runs = {
            release: _opened(store, session, served.subjects[release], plan, surroundings, doubts)
            for release in plan.releases
        }

        def folder_of(turn: Turn) -> Path:
            return store.records.artifact_folder(runs[turn.release].id, turn.case, turn.index)

        equipment = Equipment(
            subjects=served.subjects,
            drivers=rig.drivers,
            canary=partial(canary_timing.heard, logs / "canary.log"),
            folder_of=folder_of,
        )

        def keep(turn: Turn, trial: Trial) -> None:
            store.records.save_trial(runs[turn.release].id, trial)
            # Told only now: what was seen on a screen is on record, whatever happens next.
            observer.ends(turn, trial)
            served.check()

        first = _stretch(plan, equipment, observer, BEGINNING, keep)
        for look in range(2, len(plan.looks) + 1):
            if observer.stopping() or decided(_seen(store, runs)):
                break
            runs = {release: _going_on(store, run, look) for release, run in runs.items()}
            first = _stretch(plan, equipment, observer, first, keep)
    return {release: _closed(store, run) for release, run in runs.items()}


def _stretch(
    plan: Plan,
    equipment: Equipment,
    observer: Observer,
    first: Mapping[Case, int],
    keep: Callable[[Turn, Trial], None],
) -> Mapping[Case, int]:
    """Measure up to the next look, from each case's index in *first* on; return where it ended."""
    following = dict(first)
    for turn, trial in runner.trials(plan, equipment, observer, first):
        keep(turn, trial)
        following[turn.case] = turn.index + 1
    return following


def _going_on(store: Store, run: Run, look: int) -> Run:
    """Put on record that *run* is measured up to another look."""
    run = replace(run, look=look)
    store.records.save_run(run)
    return run


def _seen(store: Store, runs: Mapping[str, Run]) -> dict[str, Run]:
    """Return *runs* as they are at a look: all is there that was planned so far."""
    return {release: replace(store.records.load_run(run.id), partial=False) for release, run in runs.items()}


@contextmanager
def _masked(logs: Path, source: Source) -> Iterator[None]:
    """Let no secret stay in what the subjects wrote, nor in an error that quotes it."""
    mask = source.headers.mask()
    try:
        yield
    except LabError as error:
        error.args = (mask(str(error)),)
        raise
    finally:
        mask.scrub(logs)


def _serving(plan: Plan, rig: Rig, logs: Path, observer: Observer) -> AbstractContextManager[Served]:
    """Serve the releases, unless all that is measured is code."""
    if any(planned.case.lane is not Lane.BENCH for planned in plan.cases):
        return serving(rig.source, plan.releases, logs, observer.stopping, rig.reach.subject)
    unserved = {release: Subject(name=rig.source.name, release=release, url="") for release in plan.releases}
    return nullcontext(Served(subjects=unserved, children={}))


def _opened(
    store: Store,
    session: str,
    subject: Subject,
    plan: Plan,
    surroundings: Environment,
    caveats: tuple[Caveat, ...],
) -> Run:
    now = datetime.now(UTC)
    run = Run(
        id=new_id(now, subject.release),
        session=session,
        subject=subject,
        environment=surroundings,
        plan=plan,
        started_at=now,
        caveats=caveats,
        partial=True,
    )
    store.keep(run)
    return run


def _closed(store: Store, opened: Run) -> Run:
    # Reading it back marks it partial again if it has fewer trials than planned.
    store.records.save_run(replace(opened, partial=False))
    run = store.records.load_run(opened.id)
    store.keep(run)
    return run


def sound(run: Run) -> bool:
    """Whether every planned trial is there, made at the second try perhaps, and something was answered."""
    return all(
        sum(trial.sound and _answered(trial) for trial in run.trials_of(planned.case)) >= planned.trials
        for planned in run.planned
    )


def _answered(trial: Trial) -> bool:
    return trial.case.lane is not Lane.LOAD or trial.readings.get("throughput", 0.0) > 0
