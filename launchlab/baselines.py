"""Baselines: runs accepted by a person, with the reason; put in force, back in force, and shown."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab.engine import promotion
from lab.kernel import digest
from lab.kernel.baseline import Baseline, Kind
from lab.kernel.errors import UsageError
from lab.kernel.metrics import metric_of
from lab.kernel.model import Run
from lab.kernel.units import show, show_range
from lab.store.store import Store
from launchlab.screen import TOLD
from reports.text import NAME, SENTENCE, plain

# What a promotion keeps of its moment, in seconds.
_GRAIN = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A word on a baseline: under which name, why, and by whom; by whoever this is where nobody is named."""

    name: str
    why: str
    by: str | None = None


def promote(store: Store, run: str, decision: Decision, *, accept_regression: bool = False) -> Baseline:
    """Accept *run*.

    Raises UsageError for one that nobody should hold others against, and, unless *accept_regression*, for
    one that did not pass.
    """
    accepted = store.records.load_run(run)
    check_sound(accepted)
    first = store.records.baseline(decision.name) is None
    objection = promotion.objection(store.records.load_verdict(run), first=first)
    if objection is not None and not accept_regression:
        raise UsageError(
            f"run {run!r} {objection}.  "
            "Say --accept-regression, with the reason in --why, if it is accepted all the same."
        )
    return put_in_force(store, accepted, decision, accepted_regression=objection is not None)


def rollback(store: Store, decision: Decision, to: str | None = None) -> Baseline:
    """Put the run that was accepted before back in force, or the earlier run *to*.

    A decision of its own, on record beside those that it takes back.  Raises UsageError when there is
    nothing to go back to, AlteredError when that run is no longer what was promoted.
    """
    in_force(store, decision.name)
    history = [each for each in store.records.baselines() if each.name == decision.name]
    earlier = promotion.earlier(history, to)
    run = store.records.load_reference(earlier.run)
    accepted = earlier.accepted_regression
    return put_in_force(store, run, decision, kind=Kind.ROLLBACK, accepted_regression=accepted)


def check_sound(run: Run) -> None:
    """Raise UsageError for a run that has nothing to hold others against."""
    if run.partial or not any(trial.sound for trial in run.trials):
        raise UsageError(f"run {run.id!r} is partial or has no sound trial.  Promote a finished run.")


def put_in_force(
    store: Store,
    run: Run,
    decision: Decision,
    *,
    accepted_regression: bool,
    kind: Kind = Kind.PROMOTION,
) -> Baseline:
    """Record that *run* is what later ones are held against.  Raises UsageError without a reason."""
    if not decision.why.strip():
        raise UsageError("--why is empty.  Whoever asks later needs the reason.")
    verdict = store.records.load_verdict(run.id)
    baseline = Baseline(
        name=decision.name,
        run=run.id,
        release=run.subject.release,
        promoted_at=_moment(store, decision.name),
        promoted_by=decision.by or _whoever_this_is(),
        why=decision.why,
        kind=kind,
        outcome=verdict.outcome if verdict else None,
        accepted_regression=accepted_regression,
        run_digest=digest.of_run(run),
    )
    store.promote(baseline)
    return baseline


def _moment(store: Store, name: str) -> datetime:
    """Return now, or just after the decision in force: the newest counts, and clocks are set back."""
    before, now = store.records.baseline(name), datetime.now(UTC)
    return now if before is None else max(now, before.promoted_at + _GRAIN)


def _whoever_this_is() -> str:
    """Return the user's name; in a container a user may be a number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def in_force(store: Store, name: str) -> Baseline:
    """Return the baseline *name*.  Raises UsageError with the known names."""
    baseline = store.records.baseline(name)
    if baseline is None:
        raise UsageError.unknown("baseline", name, {each.name for each in store.records.baselines()})
    return baseline


def show_baseline(store: Store, name: str, to: Console) -> None:
    """Print a baseline: who accepted what, when and why, its verdict, its readings, its forerunners."""
    baseline = in_force(store, name)
    run, verdict = store.records.load_reference(baseline.run), store.records.load_verdict(baseline.run)
    to.print(
        f"[bold]{escape(baseline.name)}[/]: release {_shown(baseline.release)}, run {escape(baseline.run)}"
    )
    to.print(_decided(baseline))
    to.print(f"verdict  {verdict.outcome.value.upper() if verdict else 'not judged'}\n")
    to.print(_readings(run))
    earlier = [each for each in store.records.baselines() if each.name == name][:-1]
    if earlier:
        to.print("\nearlier", style="dim")
    for each in reversed(earlier):
        to.print(f"  release {_shown(each.release)}, run {escape(each.run)}, {_decided(each)}")
    to.print(f"Next: launchlab compare {escape(baseline.run)} RUN", style="dim")


def _decided(baseline: Baseline) -> str:
    # An imported reason is a stranger's text.
    return escape(decided(baseline))


def decided(baseline: Baseline) -> str:
    """Return in words how a baseline came into force: what was done, when, by whom, in spite of what, why."""
    moment = f"{baseline.promoted_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    done = {Kind.PROMOTION: "promoted", Kind.ROLLBACK: "rolled back to"}[baseline.kind]
    was = baseline.outcome.value.upper() if baseline.outcome else "not judged"
    spite = f", although {was}" if baseline.accepted_regression else ""
    who, why = plain(baseline.promoted_by, NAME), plain(baseline.why, SENTENCE)
    return f"{done} {moment} by {who}{spite}: {why}"


def _shown(text: str, limit: int = NAME) -> str:
    return escape(plain(text, limit))


def _readings(run: Run) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("case", "reading", "mean", "over trials", "trials"):
        table.add_column(heading, header_style="dim")
    for case in run.cases:
        for key in TOLD[case.lane]:
            values = run.sample(case, key).values
            if values:
                unit = metric_of(key).unit
                mean, spread = sum(values) / len(values), show_range(min(values), max(values), unit)
                words = (case.name, key.replace("_", " "), show(mean, unit), spread, str(len(values)))
                table.add_row(*map(_shown, words))
    return table
