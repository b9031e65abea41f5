"""One session at the terminal: shows the plan, measures it under the user's eyes, survives Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from lab.engine import allowlist, canary_timing, looks
from lab.engine.allowlist import Reach
from lab.engine.names import addresses_of
from lab.engine.subject import Source
from lab.kernel.model import Case, Caveat, Lane, Plan, PlannedCase, Run
from lab.kernel.units import number
from lab.kernel.words import counted
from lab.store import failures
from lab.store.store import Store
from launchlab.interrupts import Interrupts
from launchlab.lanes import Loads, rigged
from launchlab.looking import Looking, Looks
from launchlab.measuring import Rig, at_the_end, measure
from launchlab.screen import Screen, show_failures, show_plan, show_runs
from profiles.profile import Profile
from scenarios.engine.generator import Generator

# Orders of trials are reproducible: the same plan meets the same users in the same order.
SEED = 20261123
# What starting and stopping a subject takes.
_SUBJECT_SECONDS = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a command wants measured, of what, and with which files.

    *profiles* are those that the cases of the load lane name, *generator* says how loads are made.
    *looking* says when more trials are made than the cases name; without it there is one look, at the end.
    """

    source: Source
    releases: tuple[str, ...]
    cases: tuple[PlannedCase, ...]
    root: Path
    profiles: Mapping[str, Profile]
    caveats: tuple[Caveat, ...] = ()
    locustfiles: Mapping[str, Path] = field(default_factory=dict)
    generator: Generator = field(default_factory=Generator)
    looking: Looking | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What was measured; *exit_code* is not 0 when the user stopped it."""

    runs: Mapping[str, Run]
    exit_code: int


def hold(errand: Errand, store: Store, to: Console) -> Session:
    """Measure *errand*, showing the plan first and progress during."""
    plan = Plan(cases=errand.cases, releases=errand.releases, seed=SEED)
    cases = [planned.case for planned in errand.cases]
    reach = _reach(errand.source, cases, errand.profiles.values())
    with Interrupts() as interrupts, ExitStack() as stack:
        loads = Loads(profiles=errand.profiles, locustfiles=errand.locustfiles, generator=errand.generator)
        rig = stack.enter_context(rigged(errand.source, cases, errand.root, loads, reach))
        seconds = _estimate(plan, rig)
        if errand.looking:
            plan = replace(plan, looks=looks.planned(plan.cases, seconds, errand.looking.budget))
        subject = f"{errand.source.name} ({errand.source.url or 'started here, on loopback'})"
        show_plan(to, plan, subject, _described(cases, errand.profiles, rig), _lasting(errand, plan, seconds))
        for caveat in errand.caveats:
            to.print(f"{caveat.code}: {caveat.advice}", style="yellow")
        duration = {case: rig.drivers[case.lane].duration(case) for case in cases}
        screen = stack.enter_context(Screen(to, interrupts, seconds, duration.__getitem__))
        looker = Looks(errand.looking, to, partial(screen.goes_on, seconds)) if errand.looking else None
        decided = looker.decided if looker else at_the_end
        runs = measure(plan, rig, store, screen, errand.caveats, decided)
    show_runs(to, runs.values(), errand.caveats)
    for run in runs.values():
        folder = store.records.run_folder(run.id)
        reasons = failures.reasons(failures.of_run(folder, run))
        show_failures(to, run.subject.release, reasons, folder / "trials")
    return Session(runs=runs, exit_code=interrupts.exit_code)


def _reach(source: Source, cases: Sequence[Case], loads: Iterable[Profile]) -> Reach:
    """Return what may be connected to.  Raises RefusedError for a subject or load that is not allowed."""
    code_only = all(case.lane is Lane.BENCH for case in cases)
    if source.url is None or code_only:
        return Reach(allowed=source.allow)
    permit = allowlist.check(source.url, source.allow, addresses_of)
    for profile in loads:
        permit.admit(profile.name, profile.most_users, profile.highest_rate)
    return Reach(subject=permit, allowed=source.allow)


def _estimate(plan: Plan, rig: Rig) -> float:
    trials = sum(
        (rig.drivers[planned.case.lane].duration(planned.case) + canary_timing.DURATION) * planned.trials
        for planned in plan.cases
    )
    return (trials + _SUBJECT_SECONDS) * len(plan.releases)


def _lasting(errand: Errand, plan: Plan, seconds: float) -> str:
    """Say how long it will take; with several looks, how long at most, and what decides."""
    once = f"about {seconds:.0f} s"
    if errand.looking is None:
        return f"{once} in all"
    if not plan.looks:
        return f"{once}: the budget of {number(errand.looking.budget)} s has room for one look"
    return (
        f"up to {len(plan.looks)} looks, {once} each, until it is decided or the budget of "
        f"{number(errand.looking.budget)} s is spent; a look is after {_listed(plan.looks)} trials"
    )


def _listed(looks: Sequence[int]) -> str:
    *before, last = map(str, looks)
    return f"{', '.join(before)} or {last}"


def _described(cases: Sequence[Case], profiles: Mapping[str, Profile], rig: Rig) -> dict[Case, str]:
    """Say what one trial of each case is: users and seconds, a visit, a process."""
    words = {}
    for case in cases:
        seconds = rig.drivers[case.lane].duration(case)
        if case.lane is Lane.LOAD and case.profile is not None:
            words[case] = f"{_load(profiles[case.profile])}, {seconds:.0f} s in all"
        elif case.lane is Lane.DEVICES:
            words[case] = f"a visit in a fresh browser, {seconds:.0f} s"
        else:
            words[case] = f"a fresh process, {seconds:.0f} s"
    return words


def _load(profile: Profile) -> str:
    steady = f"{profile.hold:g} s steady"
    if len(profile.stages) > 1:
        steady += f" in stage {profile.stage!r} of {len(profile.stages)}"
    if profile.schedule is None:
        paced = f", each a task in {profile.pace:g} s" if profile.pace else ""
        return f"{counted(profile.users, 'user')}{paced}, {steady}"
    # A task may make more than one request; how many, only its author knows.
    tasks = number(profile.schedule.total)
    users = counted(profile.users, "user")
    return f"{profile.rate:g} /s by up to {users}, {steady}, about {tasks} requests or more"
