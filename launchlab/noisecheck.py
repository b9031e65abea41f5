"""``launchlab doctor --noise``: the plan against itself, session after session, and what that is good for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab.engine.noise import Lacking, between_of, noise_of
from lab.engine.policy import USUAL
from lab.kernel.errors import ExitCode, UsageError
from lab.kernel.metrics import Scale, metric_of, title_of
from lab.kernel.model import Case, Run
from lab.kernel.noise import Noise
from lab.kernel.verdict import Margins
from lab.kernel.words import counted, percent
from lab.stats.estimate import Estimate
from lab.stats.power import MOST_TRIALS, POWER
from lab.stats.sessions import LEAST_RUNS, Between
from lab.store.store import Store
from launchlab import project as projects
from launchlab.lanes import measurable
from launchlab.measuring import sound
from launchlab.project import Project, release_of, source_of
from launchlab.screen import console
from launchlab.sessions import Errand, hold

# What the last column asks for: the slowdown that the design of a gate is usually measured by.
_SOUGHT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """So many runs of *release*, of the project's subject or of what runs at *url*."""

    runs: int
    release: str | None
    url: str | None


def show_noise(wanted: Wanted, path: Path | None, folder: Path) -> int:
    """Measure, keep, and print how much runs differ; return 0 when it is known now, else 5.

    Each run is a session of its own: the subject is started anew.  What an interrupted one leaves counts not,
    those before it do, and a later call adds to them.
    """
    to, project, store = console(), projects.load(path), Store.at(folder)
    errand = _errand(wanted, project)
    runs: list[Run] = []
    for number in range(wanted.runs):
        to.print(f"\nRun {number + 1} of {wanted.runs} against itself", style="bold")
        session = hold(errand, store, to)
        if session.exit_code:
            return session.exit_code
        runs.extend(session.runs.values())
        _keep(store, runs[-1])
    return _show(to, runs[-1], store.records.noise(), project)


def _errand(wanted: Wanted, project: Project) -> Errand:
    if not project.cases:
        raise UsageError("the project's plan is empty, so there is nothing to measure.  Add a [plan].")
    cases, caveats = measurable(project.cases)
    return Errand(
        source=source_of(project, wanted.url),
        releases=(release_of(project, wanted.url, wanted.release),),
        cases=cases,
        root=project.root,
        profiles=project.profiles_of(cases),
        locustfiles=project.locustfiles,
        caveats=caveats,
    )


def _keep(store: Store, run: Run) -> None:
    if not sound(run):
        return
    for case in run.cases:
        store.records.save_noise(noise_of(run, case))


def _show(to: Console, run: Run, noise: Sequence[Noise], project: Project) -> int:
    """Print a table for each case of *run*; return 0 when every case has runs enough."""
    now, known = datetime.now(UTC), []
    for case in run.cases:
        readings = list(_readings(case, noise, project))
        found = {key: between_of(noise, run.environment.facts, case, key, now) for key in readings}
        runs = max((each.runs for each in found.values() if isinstance(each, Between)), default=0)
        known.append(runs >= LEAST_RUNS)
        to.print(f"\n{case.name}: {counted(runs, 'run')} against itself" if runs else f"\n{case.name}")
        lacking = dict.fromkeys(each.reason for each in found.values() if isinstance(each, Lacking))
        to.print("\n".join(lacking) or _table(found, noise, case, len(project.targets)))
    if all(known):
        to.print("A stored baseline of this environment may now block and clear, for 30 days.")
        to.print("Next: launchlab gate", style="dim")
        return ExitCode.PASSED
    to.print(f"It takes {LEAST_RUNS} sound runs.  Next: launchlab doctor --noise", style="dim")
    return ExitCode.INVALID


def _readings(case: Case, noise: Sequence[Noise], project: Project) -> Iterator[str]:
    """Yield the readings that targets are about, as far as the case has them; all of them without any."""
    seen = {key for each in noise if each.case == case for key in each.spreads}
    promised = {target.reading for target in project.targets}
    yield from sorted(seen & promised or seen)


def _table(found: dict[str, Between | Lacking], noise: Sequence[Noise], case: Case, family: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    columns = ("reading", "trials vary", "runs vary", "noise floor", "stored finds", "trials for +5 %")
    for column in columns:
        table.add_column(column, header_style="dim", overflow="fold")
    for key, known in found.items():
        if isinstance(known, Between) and metric_of(key).scale is Scale.RATIO:
            table.add_row(escape(title_of(key)), *_figures(key, known, noise, case, max(family, 1)))
    return table


def _figures(key: str, known: Between, noise: Sequence[Noise], case: Case, family: int) -> Iterator[str]:
    spreads = [each.spreads[key] for each in noise if each.case == case and key in each.spreads]
    variation = math.sqrt(sum(spread.variance for spread in spreads) / len(spreads))
    deviation = math.sqrt(known.variance)
    yield from (percent(round(value, 4)) for value in (variation, deviation, 2 * deviation))
    trials = spreads[-1].trials
    error = math.sqrt(2 * known.variance + 2 * variation**2 / trials)
    stored = Estimate(center=0.0, spread=error, floor=0.0, freedom=known.freedom, trials=trials)
    yield f"+{percent(round(_smallest(stored, family), 3))}"
    needed = _trials_for(variation, family)
    yield "more than a thousand" if needed is None else f"{needed} a side, in turns"


def _smallest(estimate: Estimate, family: int) -> float:
    bound = math.log1p(Margins().fail)
    return math.expm1(estimate.smallest_found(bound, USUAL.alpha / family, POWER))


def _trials_for(variation: float, family: int) -> int | None:
    """Return how many trials a side find the sought slowdown between releases that take turns."""
    for trials in range(2, MOST_TRIALS):
        error = variation * math.sqrt(2 / trials)
        side = Estimate(center=0.0, spread=error, floor=0.0, freedom=2.0 * (trials - 1), trials=trials)
        if _smallest(side, family) <= _SOUGHT:
            return trials
    return None
